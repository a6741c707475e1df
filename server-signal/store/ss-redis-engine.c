/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-redis-engine.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-clear-source.h"
#include "ss-limits.h"
#include "ss-redis-connection.h"
#include "ss-redis-script.h"

/* Keys that SCAN looks at in one step. */
#define SCAN_COUNT "1000"

/* The longest wait for replicas that a commit makes. */
#define WAIT_MS "1000"

typedef struct _SsRedisEngine SsRedisEngine;
typedef SsStoreEngineClass SsRedisEngineClass;

struct _SsRedisEngine
{
  SsStoreEngine      parent_instance;

  GMainContext      *context;
  SsRedisAddress    *address;
  char              *sha;           /* of the script */
  GHashTable        *followed;      /* channel → name */

  SsRedisConnection *sentinel;      /* NULL: none is asked now */
  guint              next_sentinel;
  SsRedisConnection *commands;      /* NULL: between two tries */
  SsRedisConnection *news;
  GSocketConnectable *primary;      /* that the sentinels have named, or NULL */
  guint              setup;         /* answers that are awaited before the connections can be used */
  char              *era;           /* replication id of the server */
  GSource           *retry;
  guint              tries;
  gboolean           online;
  gboolean           warned;        /* about settings */
  gboolean           closed;

  /* With replicas to wait for: the requests that are answered when those have them. */
  GQueue             parked;        /* Request */
  GSource           *wait;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsRedisEngine, g_object_unref)

GType ss_redis_engine_get_type (void);

G_DEFINE_TYPE (SsRedisEngine, ss_redis_engine, SS_TYPE_STORE_ENGINE)

typedef struct
{
  SsRedisEngine  *engine;
  SsStoreRequest *request;
  gboolean        is_eval;   /* the script went with it */
  GHashTable     *names;     /* of LIST, so far */
} Request;

static void connect_now (SsRedisEngine *self);
static void send_script (Request *request);

/* Names and keys */

/* The name within the braces by which a cluster finds the place of a key: all keys of a signal are
 * at one. */
static void
append_tag (GString    *key,
            const char *name)
{
  g_string_append_c (key, '{');
  for (const char *at = name; *at != '\0'; at++)
    if (*at == '%' || *at == '{' || *at == '}')
      g_string_append_printf (key, "%%%02X", (guint) (guchar) *at);
    else
      g_string_append_c (key, *at);
  g_string_append_c (key, '}');
}

static char *
make_key (SsRedisEngine *self,
          const char    *name,
          const char    *suffix)
{
  GString *key = g_string_new (self->address->prefix);

  g_string_append_c (key, ':');
  append_tag (key, name);
  g_string_append (key, suffix);

  return g_string_free (key, FALSE);
}

/* The name in the key of a head; NULL for any other key. */
static char *
parse_key (SsRedisEngine *self,
           const char    *key,
           gsize          length)
{
  gsize start = strlen (self->address->prefix) + 2;
  g_autofree char *tag = NULL;

  if (length < start + 1 || key[length - 1] != '}' || !g_utf8_validate_len (key, length, NULL))
    return NULL;

  tag = g_strndup (key + start, length - start - 1);

  return g_uri_unescape_string (tag, NULL);
}

/* The pattern of SCAN for the heads of names that begin with a prefix. */
static char *
make_pattern (SsRedisEngine *self,
              const char    *prefix)
{
  g_autofree char *key = make_key (self, prefix, "");
  GString *pattern = g_string_new (NULL);

  for (const char *at = key; at[1] != '\0'; at++)
    {
      if (strchr ("*?[]\\^-", *at) != NULL)
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *at);
    }
  g_string_append (pattern, "*}");

  return g_string_free (pattern, FALSE);
}

/* Replies */

/* Replies are other than expected rather than missing. */
static const redisReply nothing = { .type = REDIS_REPLY_NIL };

static gboolean
is_string (const redisReply *reply)
{
  return (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS);
}

static gboolean
is_error (const redisReply *reply,
          const char       *code)
{
  return reply->type == REDIS_REPLY_ERROR && g_str_has_prefix (reply->str, code);
}

static const redisReply *
item (const redisReply *array,
      gsize             index)
{
  return array->type == REDIS_REPLY_ARRAY && index < array->elements ? array->element[index]
                                                                     : &nothing;
}

static gboolean
read_number (const redisReply *reply,
             guint64          *number)
{
  if (reply->type == REDIS_REPLY_INTEGER)
    {
      *number = (guint64) MAX (reply->integer, 0);
      return TRUE;
    }

  return is_string (reply) &&
         g_ascii_string_to_unsigned (reply->str, 10, 0, G_MAXUINT64, number, NULL);
}

static gboolean
read_mark (const redisReply *revision,
           const redisReply *chain,
           SsMark           *mark)
{
  return read_number (revision, &mark->revision) && mark->revision <= SS_REVISION_MAX &&
         is_string (chain) && ss_chain_parse (chain->str, chain->len, &mark->chain);
}

/* "BASE-CHAIN CHAIN WRITER" */
static gboolean
read_meta (const char  *text,
           guint64      revision,
           SsMark      *base,
           SsMark      *mark,
           const char **writer)
{
  if (revision == 0 || strlen (text) < 2 * SS_CHAIN_SIZE ||
      !ss_chain_parse (text, SS_CHAIN_SIZE - 1, &base->chain) ||
      !ss_chain_parse (text + SS_CHAIN_SIZE, SS_CHAIN_SIZE - 1, &mark->chain) ||
      text[SS_CHAIN_SIZE - 1] != ' ' || text[2 * SS_CHAIN_SIZE - 1] != ' ')
    return FALSE;

  base->revision = revision - 1;
  mark->revision = revision;
  *writer = text + 2 * SS_CHAIN_SIZE;

  return TRUE;
}

static SsLogEntry *
read_entry (const redisReply  *reply,
            GError           **error)
{
  const redisReply *id = item (reply, 0), *fields = item (reply, 1);
  const redisReply *meta = item (fields, 1), *patch = item (fields, 3);
  SsMark base, mark;
  const char *writer;

  if (!is_string (id) || !is_string (meta) || !is_string (patch) ||
      !read_meta (meta->str, g_ascii_strtoull (id->str, NULL, 10), &base, &mark, &writer))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           "A commit on the Redis server cannot be read");
      return NULL;
    }

  return ss_log_entry_new_kept (&base, &mark, writer, patch->str, patch->len, error);
}

static gboolean
read_state (const redisReply  *reply,
            SsStoreState      *state,
            GError           **error)
{
  const redisReply *entries = item (reply, 11);
  const redisReply *owner = item (reply, 3), *text = item (reply, 10), *from = item (reply, 8);
  guint64 bytes = 0, left = 0;

  if (reply->elements < 12 || entries->type != REDIS_REPLY_ARRAY || !is_string (item (reply, 1)) ||
      !read_number (item (reply, 2), &state->generation) || !is_string (owner) ||
      !read_number (item (reply, 4), &left) ||
      !read_mark (item (reply, 5), item (reply, 6), &state->mark) ||
      !read_number (item (reply, 7), &bytes) || !is_string (from) || !is_string (text) ||
      (from->len > 0 && !read_mark (from, item (reply, 9), &state->snapshot_mark)))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           "The state of a signal on the Redis server cannot be read");
      return FALSE;
    }

  state->epoch = g_strdup (item (reply, 1)->str);
  state->owner = g_strdup (owner->str);
  state->lease_ms = (guint) MIN (left, G_MAXUINT);
  state->log_bytes = bytes;
  if (from->len > 0)
    state->snapshot = g_bytes_new (text->str, text->len);

  for (gsize i = 0; i < entries->elements; i++)
    {
      SsLogEntry *entry = read_entry (entries->element[i], error);

      if (entry == NULL)
        return FALSE;
      g_ptr_array_add (state->entries, entry);
    }

  return TRUE;
}

static gboolean
read_verdict (const redisReply *reply,
              SsStoreVerdict   *verdict)
{
  static const char *const names[] = { "OK", "CONFLICT", "FENCED", "MISSING", "BUSY", "UNSETTLED" };

  for (guint i = 0; is_string (reply) && i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (reply->str, names[i]))
      {
        *verdict = (SsStoreVerdict) i;
        return TRUE;
      }

  return FALSE;
}

static gboolean
read_answer (const redisReply  *reply,
             SsStoreRequest    *request,
             GError           **error)
{
  guint64 bytes;

  if (reply->type == REDIS_REPLY_ERROR)
    {
      gboolean for_now = is_error (reply, "OOM") || is_error (reply, "MISCONF") ||
                         is_error (reply, "NOREPLICAS") || is_error (reply, "BUSY ");

      g_set_error (error, G_IO_ERROR, for_now ? G_IO_ERROR_NO_SPACE : G_IO_ERROR_FAILED,
                   "The Redis server refuses: %s", reply->str);
      return FALSE;
    }

  if (!read_verdict (item (reply, 0), &request->verdict))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           "The answer of the Redis server cannot be read");
      return FALSE;
    }

  if (reply->elements > 2)
    return read_state (reply, &request->state, error);

  if (reply->elements == 2 && read_number (item (reply, 1), &bytes))
    request->state.log_bytes = bytes;

  return TRUE;
}

/* Losing and finding the server */

static void
drop_connections (SsRedisEngine *self)
{
  SsRedisConnection *sentinel = g_steal_pointer (&self->sentinel);
  SsRedisConnection *commands = g_steal_pointer (&self->commands);
  SsRedisConnection *news = g_steal_pointer (&self->news);

  self->setup = 0;
  ss_clear_source (&self->wait);
  if (sentinel != NULL)
    ss_redis_connection_close (sentinel);
  if (news != NULL)
    ss_redis_connection_close (news);
  /* Last: its requests are told, and may do anything. */
  if (commands != NULL)
    ss_redis_connection_close (commands);
}

static gboolean
retry_cb (gpointer user_data)
{
  SsRedisEngine *self = user_data;

  ss_clear_source (&self->retry);
  connect_now (self);

  return G_SOURCE_REMOVE;
}

static void
finish_parked (SsRedisEngine *self,
               guint          n_requests,
               const GError  *error)
{
  while (n_requests-- > 0 && !g_queue_is_empty (&self->parked))
    {
      Request *request = g_queue_pop_head (&self->parked);

      ss_store_request_finish (request->request, error);
      g_object_unref (request->engine);
      g_free (request);
    }
}

/* Offline, and another try follows. */
static void
lose (SsRedisEngine *self,
      const GError  *error)
{
  g_autoptr (SsRedisEngine) keep = g_object_ref (self);
  gboolean was_online = self->online;
  guint wait;

  if (self->closed || self->retry != NULL)
    return;

  g_debug ("Redis: %s", error->message);
  wait = MIN (SS_REDIS_RETRY_MS << MIN (self->tries, 10), SS_REDIS_RETRY_MAX_MS);
  self->tries++;
  self->online = FALSE;
  self->retry = g_timeout_source_new ((guint) g_random_int_range (0, (int) wait + 1));
  g_source_set_static_name (self->retry, "[server-signal] store: connect to Redis");
  g_source_set_callback (self->retry, retry_cb, self, NULL);
  g_source_attach (self->retry, self->context);

  /* Said before the requests fail, so that they are made again when it is back. */
  if (was_online || self->tries == 1)
    ss_store_engine_tell_online (SS_STORE_ENGINE (self), FALSE, error);
  drop_connections (self);
  finish_parked (self, G_MAXUINT, error);
}

static void
lose_with (SsRedisEngine *self,
           const char    *message)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, message);

  lose (self, error);
}

static void
closed_cb (SsRedisConnection *connection,
           const GError      *error,
           gpointer           user_data)
{
  SsRedisEngine *self = user_data;

  if (connection == self->commands)
    self->commands = NULL;
  else if (connection == self->news)
    self->news = NULL;
  else if (connection == self->sentinel)
    self->sentinel = NULL;
  lose (self, error);
}

static void
subscribe (SsRedisEngine *self,
           const char    *command,
           const char    *channel)
{
  const char *args[] = { command, channel };

  ss_redis_connection_send (self->news, 2, args, NULL, NULL, NULL);
}

static void
ready_if_done (SsRedisEngine *self)
{
  GHashTableIter iter;
  gpointer channel;

  if (--self->setup > 0)
    return;

  self->online = TRUE;
  self->tries = 0;
  g_hash_table_iter_init (&iter, self->followed);
  while (g_hash_table_iter_next (&iter, &channel, NULL))
    subscribe (self, "SUBSCRIBE", channel);
  ss_store_engine_tell_online (SS_STORE_ENGINE (self), TRUE, NULL);
}

/* An answer that only has to be no error. */
static void
setup_cb (redisReply *reply,
          gpointer    user_data)
{
  g_autoptr (SsRedisEngine) self = user_data;

  if (reply == NULL || self->setup == 0)
    return;

  if (reply->type == REDIS_REPLY_ERROR)
    lose_with (self, reply->str);
  else
    ready_if_done (self);
}

static char *
find_info (const char *info,
           const char *field)
{
  g_autofree char *start = g_strdup_printf ("\n%s:", field);
  const char *at = strstr (info, start);

  if (at == NULL)
    return NULL;

  at += strlen (start);

  return g_strndup (at, strcspn (at, "\r\n"));
}

/* Settings with which data can be lost are said once. */
static void
warn_of_settings (SsRedisEngine *self,
                  const char    *info)
{
  g_autofree char *policy = find_info (info, "maxmemory_policy");
  g_autofree char *maxmemory = find_info (info, "maxmemory");
  g_autofree char *aof = find_info (info, "aof_enabled");

  if (self->warned)
    return;

  self->warned = TRUE;
  if (policy != NULL && maxmemory != NULL && !g_str_equal (maxmemory, "0") &&
      !g_str_equal (policy, "noeviction"))
    g_message ("The Redis server throws keys away when its memory is full: its setting "
               "maxmemory-policy is %s, not noeviction",
               policy);
  if (aof != NULL && g_str_equal (aof, "0"))
    g_message ("The Redis server keeps no log on disk, so a restart loses commits: its setting "
               "appendonly is no");
}

static void
info_cb (redisReply *reply,
         gpointer    user_data)
{
  g_autoptr (SsRedisEngine) self = user_data;
  g_autofree char *role = NULL;
  g_autofree char *version = NULL;

  if (reply == NULL || self->setup == 0)
    return;

  if (reply->type != REDIS_REPLY_STRING)
    {
      lose_with (self, reply->type == REDIS_REPLY_ERROR ? reply->str : "No answer to INFO");
      return;
    }

  role = find_info (reply->str, "role");
  version = find_info (reply->str, "redis_version");
  g_free (self->era);
  self->era = find_info (reply->str, "master_replid");
  if (self->era == NULL || g_strcmp0 (role, "master") != 0)
    {
      lose_with (self, "The Redis server is not a primary");
      return;
    }
  if (version == NULL || g_ascii_strtoull (version, NULL, 10) < 6 ||
      g_str_has_prefix (version, "6.0"))
    {
      lose_with (self, "The Redis server is older than 6.2");
      return;
    }

  warn_of_settings (self, reply->str);
  ready_if_done (self);
}

/* Before anything else on a connection. */
static void
authenticate (SsRedisEngine     *self,
              SsRedisConnection *connection)
{
  SsRedisAddress *address = self->address;

  if (address->password != NULL)
    {
      const char *args[3] = { "AUTH" };
      int n_args = 1;

      if (address->user != NULL)
        args[n_args++] = address->user;
      args[n_args++] = address->password;
      self->setup++;
      ss_redis_connection_send (connection, n_args, args, NULL, setup_cb, g_object_ref (self));
    }
}

static void
send_setup (SsRedisEngine      *self,
            SsRedisConnection  *connection,
            int                 n_args,
            const char        **args,
            SsRedisReplyFunc    func)
{
  self->setup++;
  ss_redis_connection_send (connection, n_args, args, NULL, func, g_object_ref (self));
}

static void
opened_cb (SsRedisConnection *connection,
           gpointer           user_data)
{
}

static void take_push (SsRedisEngine *self, redisReply *reply);

static void
push_cb (SsRedisConnection *connection,
         redisReply        *reply,
         gpointer           user_data)
{
  g_autoptr (SsRedisEngine) self = g_object_ref (user_data);

  if (connection == self->news)
    take_push (self, reply);
}

static const SsRedisConnectionFuncs connection_funcs = { opened_cb, push_cb, closed_cb };

static void
connect_to (SsRedisEngine      *self,
            GSocketConnectable *server)
{
  const char *script[] = { "SCRIPT", "LOAD", ss_redis_script };
  g_autofree char *number = g_strdup_printf ("%u", self->address->database);
  const char *database[] = { "SELECT", number };
  const char *info[] = { "INFO" };
  const char *ping[] = { "PING" };

  self->setup = 0;
  self->commands = ss_redis_connection_new (server, self->address->tls, &connection_funcs, self);
  self->news = ss_redis_connection_new (server, self->address->tls, &connection_funcs, self);

  authenticate (self, self->commands);
  if (self->address->database > 0)
    send_setup (self, self->commands, 2, database, setup_cb);
  send_setup (self, self->commands, 1, info, info_cb);
  send_setup (self, self->commands, 3, script, setup_cb);
  authenticate (self, self->news);
  send_setup (self, self->news, 1, ping, setup_cb);
}

static void
named_cb (redisReply *reply,
          gpointer    user_data)
{
  g_autoptr (SsRedisEngine) self = user_data;
  const redisReply *host, *port;
  SsRedisConnection *sentinel;
  guint64 number = 0;

  if (reply == NULL || self->sentinel == NULL)
    return;

  host = item (reply, 0);
  port = item (reply, 1);
  if (!is_string (host) || !read_number (port, &number) || number == 0 || number > G_MAXUINT16)
    {
      lose_with (self, "The sentinel does not know the primary");
      return;
    }

  sentinel = g_steal_pointer (&self->sentinel);
  ss_redis_connection_close (sentinel);
  g_clear_object (&self->primary);
  self->primary = g_network_address_new (host->str, (guint16) number);
  connect_to (self, self->primary);
}

static void
connect_now (SsRedisEngine *self)
{
  GPtrArray *hosts = self->address->hosts;

  if (self->address->sentinel != NULL)
    {
      const char *args[] = { "SENTINEL", "get-master-addr-by-name", self->address->sentinel };
      GSocketConnectable *host = g_ptr_array_index (hosts, self->next_sentinel % hosts->len);

      /* The next try is another's turn. */
      self->next_sentinel++;
      self->sentinel = ss_redis_connection_new (host, self->address->tls, &connection_funcs, self);
      ss_redis_connection_send (self->sentinel, 3, args, NULL, named_cb, g_object_ref (self));
      return;
    }

  connect_to (self, g_ptr_array_index (hosts, 0));
}

/* News */

static void
take_entry (SsRedisEngine *self,
            const char    *name,
            const char    *text,
            gsize          length)
{
  /* c EPOCH BASE BASE-CHAIN REVISION CHAIN WRITER PATCH */
  g_auto (GStrv) parts = g_strsplit (text, " ", 8);
  g_autoptr (SsLogEntry) entry = NULL;
  SsMark base, mark;

  if (g_strv_length (parts) == 8 &&
      g_ascii_string_to_unsigned (parts[2], 10, 0, SS_REVISION_MAX, &base.revision, NULL) &&
      g_ascii_string_to_unsigned (parts[4], 10, 0, SS_REVISION_MAX, &mark.revision, NULL) &&
      ss_chain_parse (parts[3], -1, &base.chain) && ss_chain_parse (parts[5], -1, &mark.chain))
    entry = ss_log_entry_new_kept (&base, &mark, parts[6], parts[7], strlen (parts[7]), NULL);

  if (entry != NULL)
    {
      SsStoreNews news = { SS_STORE_NEWS_ENTRY, parts[1], entry };

      ss_store_engine_tell_news (SS_STORE_ENGINE (self), name, &news);
    }
  else
    {
      SsStoreNews news = { SS_STORE_NEWS_CHANGED, NULL, NULL };

      ss_store_engine_tell_news (SS_STORE_ENGINE (self), name, &news);
    }
}

static void
take_push (SsRedisEngine *self,
           redisReply    *reply)
{
  const redisReply *kind = item (reply, 0), *channel = item (reply, 1), *text = item (reply, 2);
  g_autofree char *name = NULL;

  if (reply->type == REDIS_REPLY_ERROR)
    {
      lose_with (self, reply->str);
      return;
    }
  if (!is_string (kind) || !is_string (channel))
    return;

  name = g_strdup (g_hash_table_lookup (self->followed, channel->str));
  if (name == NULL)
    return;

  if (g_str_equal (kind->str, "subscribe"))
    {
      ss_store_engine_tell_followed (SS_STORE_ENGINE (self), name);
    }
  else if (g_str_equal (kind->str, "message") && is_string (text))
    {
      SsStoreNews news = { SS_STORE_NEWS_CHANGED, NULL, NULL };

      if (text->str[0] == 'c')
        {
          take_entry (self, name, text->str, text->len);
          return;
        }
      if (text->str[0] == 'x')
        news.kind = SS_STORE_NEWS_GONE;
      else if (text->str[0] == 'f')
        news.kind = SS_STORE_NEWS_FREE;
      ss_store_engine_tell_news (SS_STORE_ENGINE (self), name, &news);
    }
}

/* Requests */

static void
request_finish (Request      *request,
                const GError *error)
{
  SsRedisEngine *self = request->engine;

  ss_store_request_finish (request->request, error);
  g_clear_pointer (&request->names, g_hash_table_unref);
  g_free (request);
  g_object_unref (self);
}

static void
request_lost (Request *request)
{
  g_autoptr (GError) error =
    g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                         _("The connection to the Redis server was lost"));

  request_finish (request, error);
}

static void
waited_cb (redisReply *reply,
           gpointer    user_data)
{
  g_autoptr (SsRedisEngine) self = user_data;
  g_autoptr (GError) error = NULL;

  if (reply == NULL)
    return;

  /* Everything that is parked was answered before this. */
  if (reply->type != REDIS_REPLY_INTEGER || reply->integer < (long long) self->address->replicas)
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                                 "Too few replicas of the Redis server have the commit");
  finish_parked (self, g_queue_get_length (&self->parked), error);
}

static gboolean
wait_cb (gpointer user_data)
{
  SsRedisEngine *self = user_data;
  g_autofree char *number = g_strdup_printf ("%u", self->address->replicas);
  const char *args[] = { "WAIT", number, WAIT_MS };

  ss_clear_source (&self->wait);
  ss_redis_connection_send (self->commands, 3, args, NULL, waited_cb, g_object_ref (self));

  return G_SOURCE_REMOVE;
}

static gboolean
has_to_wait (Request *request)
{
  SsStoreRequest *asked = request->request;

  return request->engine->address->replicas > 0 && asked->verdict == SS_STORE_OK &&
         asked->kind != SS_STORE_OPEN;
}

static void
replied_cb (redisReply *reply,
            gpointer    user_data)
{
  Request *request = user_data;
  g_autoptr (SsRedisEngine) self = g_object_ref (request->engine);
  g_autoptr (GError) error = NULL;

  if (reply == NULL)
    {
      request_lost (request);
      return;
    }

  if (is_error (reply, "NOSCRIPT") && !request->is_eval && self->commands != NULL)
    {
      request->is_eval = TRUE;
      send_script (request);
      return;
    }

  /* Another server may take it. */
  if (is_error (reply, "READONLY") || is_error (reply, "LOADING") ||
      is_error (reply, "MASTERDOWN") || is_error (reply, "CLUSTERDOWN") ||
      is_error (reply, "NOAUTH") || is_error (reply, "MOVED"))
    {
      lose_with (self, reply->str);
      request_lost (request);
      return;
    }

  if (read_answer (reply, request->request, &error) && has_to_wait (request) && self->online)
    {
      g_queue_push_tail (&self->parked, request);
      if (self->wait == NULL)
        {
          self->wait = g_idle_source_new ();
          g_source_set_priority (self->wait, G_PRIORITY_DEFAULT);
          g_source_set_static_name (self->wait, "[server-signal] store: wait for replicas");
          g_source_set_callback (self->wait, wait_cb, self, NULL);
          g_source_attach (self->wait, self->context);
        }
      return;
    }

  request_finish (request, error);
}

/* The arguments of one EVALSHA, and the texts that they need. */
typedef struct
{
  const char *args[28];
  gsize       lengths[28];
  int         n;
  char        numbers[8][24];
  guint       n_numbers;
  char        chains[4][SS_CHAIN_SIZE];
  guint       n_chains;
} Args;

static void
add_bytes (Args       *self,
           const char *text,
           gsize       length)
{
  self->args[self->n] = text;
  self->lengths[self->n++] = length;
}

static void
add (Args       *self,
     const char *text)
{
  add_bytes (self, text != NULL ? text : "", text != NULL ? strlen (text) : 0);
}

static void
add_number (Args    *self,
            guint64  number)
{
  char *text = self->numbers[self->n_numbers++];

  g_snprintf (text, sizeof self->numbers[0], "%" G_GUINT64_FORMAT, number);
  add (self, text);
}

static void
add_mark (Args         *self,
          const SsMark *mark)
{
  char *chain = self->chains[self->n_chains++];

  ss_chain_format (mark->chain, chain);
  add_number (self, mark->revision);
  add (self, chain);
}

static void
add_text (Args   *self,
          GBytes *text)
{
  gsize length = 0;
  const char *bytes = text != NULL ? g_bytes_get_data (text, &length) : "";

  add_bytes (self, bytes, length);
}

static void
add_verb (Args           *args,
          SsStoreRequest *request)
{
  static const char *const verbs[] = { "open",    "claim",  "commit", "restore",
                                       "release", "remove", "expire" };

  add (args, verbs[request->kind]);
}

static void
add_arguments (Args           *args,
               SsStoreRequest *request)
{
  SsLogEntry *entry = request->entry;

  switch (request->kind)
    {
    case SS_STORE_OPEN:
      add (args, request->epoch);
      add_mark (args, &request->mark);
      break;

    case SS_STORE_CLAIM:
      {
        SsMark first = ss_mark_first (request->fresh, 0);
        char *chain = args->chains[args->n_chains++];

        add (args, request->epoch);
        add_mark (args, &request->mark);
        ss_chain_format (first.chain, chain);
        add (args, chain);
        add_text (args, request->text);
      }
      break;

    case SS_STORE_COMMIT:
      add (args, request->epoch);
      add_number (args, request->generation);
      add_mark (args, entry != NULL ? &entry->base : &request->mark);
      add (args, request->settles ? "1" : "0");
      if (entry != NULL)
        {
          gsize length;
          const char *text = ss_log_entry_get_text (entry, &length);

          add_number (args, ss_log_entry_measure (entry));
          add_mark (args, &entry->mark);
          add (args, entry->writer);
          add_bytes (args, text, length);
          add_text (args, request->text);
        }
      break;

    case SS_STORE_RESTORE:
      add (args, request->epoch);
      add_number (args, request->generation);
      add_mark (args, &request->mark);
      add_text (args, request->text);
      break;

    case SS_STORE_RELEASE:
      add (args, request->epoch);
      add_number (args, request->generation);
      break;

    case SS_STORE_EXPIRE:
      add_number (args, request->seconds * G_GUINT64_CONSTANT (1000));
      break;

    case SS_STORE_REMOVE:
    case SS_STORE_LIST:
    default:
      break;
    }
}

static void
send_script (Request *request)
{
  SsRedisEngine *self = request->engine;
  SsStoreRequest *asked = request->request;
  g_autofree char *head = make_key (self, asked->name, "");
  g_autofree char *log = make_key (self, asked->name, ":log");
  g_autofree char *lease = make_key (self, asked->name, ":lease");
  g_autofree char *channel = make_key (self, asked->name, ":news");
  Args args = { 0 };

  add (&args, request->is_eval ? "EVAL" : "EVALSHA");
  add (&args, request->is_eval ? ss_redis_script : self->sha);
  add (&args, "3");
  add (&args, head);
  add (&args, log);
  add (&args, lease);
  add_verb (&args, asked);
  add (&args, self->era);
  add (&args, channel);
  add (&args, asked->owner);
  add_number (&args, asked->lease_ms > 0 ? asked->lease_ms : SS_REDIS_GRACE_MS);
  add (&args, asked->fresh);
  add_arguments (&args, asked);
  ss_redis_connection_send (self->commands, args.n, args.args, args.lengths, replied_cb, request);
}

static void
scan (Request    *request,
      const char *cursor);

static void
scanned_cb (redisReply *reply,
            gpointer    user_data)
{
  Request *request = user_data;
  SsRedisEngine *self = request->engine;
  const redisReply *cursor, *keys;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer name;

  if (reply == NULL)
    {
      request_lost (request);
      return;
    }

  cursor = item (reply, 0);
  keys = item (reply, 1);
  if (!is_string (cursor) || keys->type != REDIS_REPLY_ARRAY)
    {
      g_set_error (&error, G_IO_ERROR, G_IO_ERROR_FAILED, "The Redis server refuses: %s",
                   reply->type == REDIS_REPLY_ERROR ? reply->str : "SCAN");
      request_finish (request, error);
      return;
    }

  for (gsize i = 0; i < keys->elements; i++)
    {
      name = parse_key (self, keys->element[i]->str, keys->element[i]->len);

      /* A key may come more than once. */
      if (name != NULL)
        g_hash_table_add (request->names, name);
    }

  if (!g_str_equal (cursor->str, "0") && self->commands != NULL)
    {
      scan (request, cursor->str);
      return;
    }

  request->request->names = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, request->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (request->request->names, g_strdup (name));
  request_finish (request, NULL);
}

static void
scan (Request    *request,
      const char *cursor)
{
  SsRedisEngine *self = request->engine;
  g_autofree char *pattern = make_pattern (self, request->request->name);
  const char *args[] = { "SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT };

  ss_redis_connection_send (self->commands, 6, args, NULL, scanned_cb, request);
}

static gboolean
refused_cb (gpointer user_data)
{
  Request *request = user_data;
  g_autoptr (GError) error = g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                                                  _("There is no connection to the Redis server"));

  request_finish (request, error);

  return G_SOURCE_REMOVE;
}

static void
ss_redis_engine_run (SsStoreEngine  *engine,
                     SsStoreRequest *asked)
{
  SsRedisEngine *self = (SsRedisEngine *) engine;
  Request *request = g_new0 (Request, 1);

  request->engine = g_object_ref (self);
  request->request = asked;
  if (!self->online || self->commands == NULL)
    {
      g_autoptr (GSource) source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_static_name (source, "[server-signal] store: no connection");
      g_source_set_callback (source, refused_cb, request, NULL);
      g_source_attach (source, self->context);
    }
  else if (asked->kind == SS_STORE_LIST)
    {
      request->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      scan (request, "0");
    }
  else
    {
      send_script (request);
    }
}

static void
ss_redis_engine_follow (SsStoreEngine *engine,
                        const char    *name,
                        gboolean       following)
{
  SsRedisEngine *self = (SsRedisEngine *) engine;
  g_autofree char *channel = NULL;

  channel = make_key (self, name, ":news");
  if (self->online && self->news != NULL)
    subscribe (self, following ? "SUBSCRIBE" : "UNSUBSCRIBE", channel);
  if (following)
    g_hash_table_insert (self->followed, g_steal_pointer (&channel), g_strdup (name));
  else
    g_hash_table_remove (self->followed, channel);
}

static void
ss_redis_engine_close (SsStoreEngine *engine)
{
  SsRedisEngine *self = (SsRedisEngine *) engine;
  g_autoptr (SsRedisEngine) keep = g_object_ref (self);
  g_autoptr (GError) error = g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                                                  _("The store is closed"));

  self->closed = TRUE;
  self->online = FALSE;
  ss_clear_source (&self->retry);
  drop_connections (self);
  finish_parked (self, G_MAXUINT, error);
}

static void
ss_redis_engine_finalize (GObject *object)
{
  SsRedisEngine *self = (SsRedisEngine *) object;

  g_clear_pointer (&self->address, ss_redis_address_free);
  g_clear_object (&self->primary);
  g_hash_table_unref (self->followed);
  g_main_context_unref (self->context);
  g_free (self->era);
  g_free (self->sha);

  G_OBJECT_CLASS (ss_redis_engine_parent_class)->finalize (object);
}

static void
ss_redis_engine_class_init (SsRedisEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ss_redis_engine_finalize;
  klass->run = ss_redis_engine_run;
  klass->follow = ss_redis_engine_follow;
  klass->close = ss_redis_engine_close;
}

static void
ss_redis_engine_init (SsRedisEngine *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->followed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->sha = g_compute_checksum_for_string (G_CHECKSUM_SHA1, ss_redis_script, -1);
  g_queue_init (&self->parked);
}

SsStoreEngine *
ss_redis_engine_new (SsRedisAddress *address)
{
  SsRedisEngine *self = g_object_new (ss_redis_engine_get_type (), NULL);

  self->address = address;
  connect_now (self);

  return SS_STORE_ENGINE (self);
}
