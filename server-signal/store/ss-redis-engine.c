/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-redis-engine.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-clear-source.h"
#include "ss-limits.h"
#include "ss-redis-command.h"
#include "ss-redis-node.h"
#include "ss-redis-reply.h"
#include "ss-redis-script.h"
#include "ss-redis-slots.h"

/* Keys that SCAN looks at in one step. */
#define SCAN_COUNT "1000"

/* Of one request, from node to node of a cluster, before it is asked again later. */
#define MAX_REDIRECTIONS 5

typedef struct _SsRedisEngine SsRedisEngine;
typedef SsStoreEngineClass SsRedisEngineClass;

/* A server, or a node of the cluster. */
typedef struct
{
  SsRedisEngine *engine;
  SsRedisNode   *node;
  char          *host;       /* with the port, the place of a node of a cluster */
  guint16        port;
} Server;

/* A name whose news are wanted. */
typedef struct
{
  char     *name;
  guint     slot;            /* in a cluster */
  Server   *server;          /* that was asked for them, or NULL */
  gboolean  confirmed;       /* by it */
} Followed;

struct _SsRedisEngine
{
  SsStoreEngine      parent_instance;

  GMainContext      *context;
  SsRedisAddress    *address;
  char              *script;
  char              *sha;           /* of the script */
  GHashTable        *followed;      /* channel → Followed */

  SsRedisConnection *guide;         /* the sentinel or the node that is asked where to go, or NULL */
  guint              next_guide;
  GPtrArray         *servers;       /* Server; none between two tries, more than one of a cluster */
  Server           **slots;         /* of a cluster: who has each; NULL: not known */
  guint              n_maps;        /* that there have been */
  GSource           *look;          /* for the next map */
  guint              n_looks;       /* since the last one came */
  GQueue             held;          /* Request: for servers that are not ready */
  GSource           *retry;
  guint              tries;
  gboolean           online;
  gboolean           warned;        /* about settings */
  gboolean           closed;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsRedisEngine, g_object_unref)

GType ss_redis_engine_get_type (void);

G_DEFINE_TYPE (SsRedisEngine, ss_redis_engine, SS_TYPE_STORE_ENGINE)

typedef struct
{
  SsRedisEngine  *engine;
  SsStoreRequest *request;
  Server         *server;    /* that has it, or is to get it */
  gboolean        is_eval;   /* the script went with it */
  gboolean        is_asking; /* a node that only begins to have the key */
  guint           n_redirections;

  /* LIST */
  GHashTable     *names;     /* so far */
  guint           next;      /* of the servers */
  guint           map;       /* in which they are numbered */
} Request;

static void connect_now (SsRedisEngine *self);
static void send_to (Request *request, Server *server);
static void look_again (SsRedisEngine *self);

/* The ends of requests */

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

/* Those for that server, or all where it is NULL. */
static void
take_held (SsRedisEngine *self,
           Server        *server,
           GQueue        *taken)
{
  GList *link = self->held.head;

  g_queue_init (taken);
  while (link != NULL)
    {
      GList *next = link->next;

      if (server == NULL || ((Request *) link->data)->server == server)
        {
          g_queue_unlink (&self->held, link);
          g_queue_push_tail_link (taken, link);
        }
      link = next;
    }
}

/* Losing and finding the servers */

/* May tell requests, which may do anything: nothing refers to it any more. */
static void
server_free (gpointer data)
{
  Server *server = data;
  SsRedisEngine *self = server->engine;
  GHashTableIter iter;
  gpointer followed;
  GQueue held;
  Request *request;

  g_hash_table_iter_init (&iter, self->followed);
  while (g_hash_table_iter_next (&iter, NULL, &followed))
    if (((Followed *) followed)->server == server)
      ((Followed *) followed)->server = NULL;

  take_held (self, server, &held);
  ss_redis_node_free (server->node);
  while ((request = g_queue_pop_head (&held)) != NULL)
    request_lost (request);
  g_free (server->host);
  g_free (server);
}

static void
drop_connections (SsRedisEngine *self)
{
  SsRedisConnection *guide = g_steal_pointer (&self->guide);
  g_autoptr (GPtrArray) servers = g_steal_pointer (&self->servers);

  self->servers = g_ptr_array_new_with_free_func (server_free);
  g_clear_pointer (&self->slots, g_free);
  ss_clear_source (&self->look);
  if (guide != NULL)
    ss_redis_connection_close (guide);
}

static gboolean
retry_cb (gpointer user_data)
{
  SsRedisEngine *self = user_data;

  ss_clear_source (&self->retry);
  connect_now (self);

  return G_SOURCE_REMOVE;
}

/* For messages: without the password. */
static char *
dup_place (SsRedisEngine *self,
           const Server  *server)
{
  GString *place;

  if (server != NULL && server->host != NULL)
    return g_strdup_printf ("%s:%u", server->host, server->port);

  place = g_string_new (NULL);
  for (guint i = 0; i < self->address->hosts->len; i++)
    {
      g_autofree char *host =
        g_socket_connectable_to_string (g_ptr_array_index (self->address->hosts, i));

      g_string_append_printf (place, "%s%s", i > 0 ? "," : "", host);
    }

  return g_string_free (place, FALSE);
}

/* Offline, and another try follows. server: that is why, or NULL. */
static void
lose (SsRedisEngine *self,
      const Server  *server,
      const GError  *error)
{
  g_autoptr (SsRedisEngine) keep = g_object_ref (self);
  gboolean was_online = self->online;
  g_autofree char *place = NULL;
  g_autoptr (GError) full = NULL;
  guint wait;

  if (self->closed || self->retry != NULL)
    return;

  place = dup_place (self, server);
  full = g_error_new (error->domain, error->code, _("Redis at %s: %s"), place, error->message);
  g_debug ("%s", full->message);
  wait = MIN (SS_REDIS_RETRY_MS << MIN (self->tries, 10), SS_REDIS_RETRY_MAX_MS);
  self->tries++;
  self->online = FALSE;
  self->retry = g_timeout_source_new ((guint) g_random_int_range (0, (int) wait + 1));
  g_source_set_static_name (self->retry, "[server-signal] store: connect to Redis");
  g_source_set_callback (self->retry, retry_cb, self, NULL);
  g_source_attach (self->retry, self->context);

  /* Said before the requests fail, so that they are made again when it is back. */
  if (was_online || self->tries == 1)
    ss_store_engine_tell_online (SS_STORE_ENGINE (self), FALSE, full);
  drop_connections (self);
}

static void
lose_with (SsRedisEngine *self,
           const Server  *server,
           const char    *message)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, message);

  lose (self, server, error);
}

/* The server for a name. */
static Server *
find_server (SsRedisEngine *self,
             guint          slot)
{
  return self->slots != NULL ? self->slots[slot] : g_ptr_array_index (self->servers, 0);
}

static guint
find_slot (SsRedisEngine *self,
           const char    *name)
{
  g_autofree char *tag = NULL;

  if (!self->address->cluster)
    return 0;

  tag = ss_redis_tag (name);

  return ss_redis_slot (tag);
}

/* Channels of a cluster are those of a shard: they go where the keys go, and whoever listens is told
 * when they do. */
static void
subscribe (SsRedisEngine *self,
           const char    *channel,
           Followed      *followed)
{
  Server *server = find_server (self, followed->slot);

  if (!ss_redis_node_is_ready (server->node))
    return;

  followed->server = server;
  followed->confirmed = FALSE;
  ss_redis_node_subscribe (server->node, self->address->cluster ? "SSUBSCRIBE" : "SUBSCRIBE",
                           channel);
}

/* Those whose news come from nowhere, or from where they are not told any more. */
static void
subscribe_all (SsRedisEngine *self)
{
  GHashTableIter iter;
  gpointer channel, data;

  g_hash_table_iter_init (&iter, self->followed);
  while (g_hash_table_iter_next (&iter, &channel, &data))
    {
      Followed *followed = data;
      Server *old = followed->server;

      if (old != NULL && old == find_server (self, followed->slot) && followed->confirmed)
        continue;
      subscribe (self, channel, followed);
      if (old != NULL && old != followed->server)
        ss_redis_node_subscribe (old->node, "SUNSUBSCRIBE", channel);
    }
}

/* Settings with which data can be lost are said once. */
static void
warn_of_settings (SsRedisEngine *self,
                  SsRedisNode   *node)
{
  g_autofree char *policy = ss_redis_node_dup_info (node, "maxmemory_policy");
  g_autofree char *maxmemory = ss_redis_node_dup_info (node, "maxmemory");
  g_autofree char *aof = ss_redis_node_dup_info (node, "aof_enabled");

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

static gboolean
are_ready (SsRedisEngine *self)
{
  for (guint i = 0; i < self->servers->len; i++)
    if (!ss_redis_node_is_ready (((Server *) g_ptr_array_index (self->servers, i))->node))
      return FALSE;

  return TRUE;
}

static void
node_ready_cb (SsRedisNode *node,
               gpointer     user_data)
{
  Server *server = user_data;
  g_autoptr (SsRedisEngine) self = g_object_ref (server->engine);
  GQueue held;
  Request *request;

  warn_of_settings (self, node);
  take_held (self, server, &held);
  while ((request = g_queue_pop_head (&held)) != NULL)
    send_to (request, server);

  if (self->online)
    {
      subscribe_all (self);
    }
  else if (are_ready (self))
    {
      self->online = TRUE;
      self->tries = 0;
      subscribe_all (self);
      ss_store_engine_tell_online (SS_STORE_ENGINE (self), TRUE, NULL);
    }
}

static void
node_ended_cb (SsRedisNode  *node,
               const GError *error,
               gpointer      user_data)
{
  lose (((Server *) user_data)->engine, user_data, error);
}

static void take_push (Server *server, const redisReply *reply);

static void
node_push_cb (SsRedisNode      *node,
              const redisReply *reply,
              gpointer          user_data)
{
  g_autoptr (SsRedisEngine) keep = g_object_ref (((Server *) user_data)->engine);

  take_push (user_data, reply);
}

static const SsRedisNodeFuncs node_funcs = { node_ready_cb, node_push_cb, node_ended_cb };

static Server *
add_server (SsRedisEngine      *self,
            GSocketConnectable *connectable,
            const char         *host,
            guint16             port)
{
  Server *server = g_new0 (Server, 1);

  server->engine = self;
  server->host = g_strdup (host);
  server->port = port;
  server->node = ss_redis_node_new (self->address, connectable, self->script, &node_funcs, server);
  g_ptr_array_add (self->servers, server);

  return server;
}

/* The node at that place, which is made if there is none; it may be one of others. */
static Server *
get_server (SsRedisEngine *self,
            GPtrArray     *others,
            const char    *host,
            guint16        port)
{
  GPtrArray *arrays[] = { self->servers, others };
  g_autoptr (GSocketConnectable) connectable = NULL;

  for (guint k = 0; k < G_N_ELEMENTS (arrays) && arrays[k] != NULL; k++)
    for (guint i = 0; i < arrays[k]->len; i++)
      {
        Server *server = g_ptr_array_index (arrays[k], i);

        if (server->port != port || !g_str_equal (server->host, host))
          continue;
        if (k > 0)
          g_ptr_array_add (self->servers, g_ptr_array_steal_index_fast (others, i));
        return server;
      }

  connectable = g_network_address_new (host, port);

  return add_server (self, connectable, host, port);
}

/* Clusters */

static void
take_map (SsRedisEngine *self,
          GPtrArray     *ranges)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->servers);

  self->servers = g_ptr_array_new_with_free_func (server_free);
  self->n_maps++;
  self->n_looks = 0;
  if (self->slots == NULL)
    self->slots = g_new0 (Server *, SS_REDIS_SLOTS);

  for (guint i = 0; i < ranges->len; i++)
    {
      const SsRedisRange *range = g_ptr_array_index (ranges, i);
      Server *server = get_server (self, old, range->host, range->port);

      for (guint slot = range->first; slot <= range->last; slot++)
        self->slots[slot] = server;
    }

  if (self->online)
    subscribe_all (self);
}

static void
guide_closed_cb (SsRedisConnection *connection,
                 const GError      *error,
                 gpointer           user_data)
{
  SsRedisEngine *self = user_data;

  self->guide = NULL;
  lose (self, NULL, error);
}

static void
guide_push_cb (SsRedisConnection *connection,
               redisReply        *reply,
               gpointer           user_data)
{
}

static const SsRedisConnectionFuncs guide_funcs = { guide_push_cb, guide_closed_cb };

static void
end_guide (SsRedisEngine *self)
{
  SsRedisConnection *guide = g_steal_pointer (&self->guide);

  ss_redis_connection_close (guide);
}

static void
ignored_cb (redisReply *reply,
            gpointer    user_data)
{
}

static void
mapped_cb (redisReply *reply,
           gpointer    user_data)
{
  g_autoptr (SsRedisEngine) self = user_data;
  GPtrArray *hosts = self->address->hosts;
  GNetworkAddress *asked;
  g_autoptr (GPtrArray) ranges = NULL;
  g_autoptr (GError) error = NULL;

  if (reply == NULL || self->guide == NULL)
    return;

  asked = g_ptr_array_index (hosts, (self->next_guide - 1) % hosts->len);
  ranges = ss_redis_read_ranges (reply, g_network_address_get_hostname (asked), &error);
  if (ranges == NULL)
    {
      lose (self, NULL, error);
      return;
    }

  end_guide (self);
  take_map (self, ranges);
}

typedef struct
{
  SsRedisEngine *engine;
  char          *host;
} Look;

static void
looked_cb (redisReply *reply,
           gpointer    user_data)
{
  g_autofree Look *look = user_data;
  g_autofree char *host = look->host;
  g_autoptr (SsRedisEngine) self = look->engine;
  g_autoptr (GPtrArray) ranges = NULL;
  g_autoptr (GError) error = NULL;

  if (reply == NULL || !self->online)
    return;

  ranges = ss_redis_read_ranges (reply, host, &error);
  if (ranges != NULL)
    take_map (self, ranges);
  else
    look_again (self);
}

static gboolean
look_cb (gpointer user_data)
{
  SsRedisEngine *self = user_data;
  const char *args[] = { "CLUSTER", "SLOTS" };
  Server *server;
  Look *look;

  ss_clear_source (&self->look);
  server =
    g_ptr_array_index (self->servers, (guint) g_random_int_range (0, (int) self->servers->len));
  if (!ss_redis_node_is_ready (server->node))
    {
      look_again (self);
      return G_SOURCE_REMOVE;
    }

  look = g_new (Look, 1);
  look->engine = g_object_ref (self);
  look->host = g_strdup (server->host);
  ss_redis_node_send (server->node, 2, args, NULL, looked_cb, look);

  return G_SOURCE_REMOVE;
}

/* The nodes have changed what each has. A look at any of them says it, sooner or later. */
static void
look_again (SsRedisEngine *self)
{
  if (self->look != NULL || !self->online || !self->address->cluster)
    return;

  self->look = g_timeout_source_new (SS_REDIS_RETRY_MS << MIN (self->n_looks, 6));
  self->n_looks++;
  g_source_set_static_name (self->look, "[server-signal] store: nodes of the cluster");
  g_source_set_callback (self->look, look_cb, self, NULL);
  g_source_attach (self->look, self->context);
}

/* Another node has the key. FALSE: the reply says nothing of the kind. */
static gboolean
redirect (Request          *request,
          const redisReply *reply)
{
  SsRedisEngine *self = request->engine;
  gboolean has_moved = ss_redis_is_error (reply, "MOVED ");
  g_autofree char *host = NULL;
  guint16 port;
  guint slot;
  Server *server;

  if ((!has_moved && !ss_redis_is_error (reply, "ASK ")) || self->slots == NULL)
    return FALSE;

  look_again (self);
  if (!self->online || ++request->n_redirections > MAX_REDIRECTIONS ||
      !ss_redis_read_place (reply->str, request->server->host, &slot, &host, &port))
    {
      request_lost (request);
      return TRUE;
    }

  server = get_server (self, NULL, host, port);
  if (has_moved)
    self->slots[slot] = server;
  request->is_asking = !has_moved;
  send_to (request, server);

  return TRUE;
}

/* Sentinels */

static void
named_cb (redisReply *reply,
          gpointer    user_data)
{
  g_autoptr (SsRedisEngine) self = user_data;
  g_autoptr (GSocketConnectable) primary = NULL;
  const redisReply *host, *port;
  guint64 number = 0;

  if (reply == NULL || self->guide == NULL)
    return;

  host = ss_redis_item (reply, 0);
  port = ss_redis_item (reply, 1);
  if (!ss_redis_is_string (host) || !ss_redis_read_number (port, &number) || number == 0 ||
      number > G_MAXUINT16)
    {
      g_autofree char *message = g_strdup_printf (_("The sentinel does not know the primary “%s”"),
                                                     self->address->sentinel);

      lose_with (self, NULL, message);
      return;
    }

  end_guide (self);
  primary = g_network_address_new (host->str, (guint16) number);
  add_server (self, primary, host->str, (guint16) number);
}

static void
connect_now (SsRedisEngine *self)
{
  SsRedisAddress *address = self->address;
  const char *sentinel[] = { "SENTINEL", "get-master-addr-by-name", address->sentinel };
  const char *cluster[] = { "CLUSTER", "SLOTS" };
  GSocketConnectable *host =
    g_ptr_array_index (address->hosts, self->next_guide % address->hosts->len);

  if (address->sentinel == NULL && !address->cluster)
    {
      add_server (self, host, NULL, 0);
      return;
    }

  /* The next try is another's turn. */
  self->next_guide++;
  self->guide = ss_redis_connection_new (host, address, &guide_funcs, self);
  if (address->sentinel != NULL)
    {
      ss_redis_connection_send (self->guide, 3, sentinel, NULL, named_cb, g_object_ref (self));
      return;
    }

  /* Where the password is wrong the next answer says so. */
  if (address->password != NULL)
    ss_redis_authenticate (address, self->guide, ignored_cb, NULL);
  ss_redis_connection_send (self->guide, 2, cluster, NULL, mapped_cb, g_object_ref (self));
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

/* A node that has given a slot away ends the subscriptions of its channels. */
static void
take_push (Server           *server,
           const redisReply *reply)
{
  SsRedisEngine *self = server->engine;
  const redisReply *kind = ss_redis_item (reply, 0), *channel = ss_redis_item (reply, 1);
  const redisReply *text = ss_redis_item (reply, 2);
  g_autofree char *name = NULL;
  Followed *followed;
  const char *word;

  if (reply->type == REDIS_REPLY_ERROR)
    {
      if (self->slots != NULL &&
          (ss_redis_is_error (reply, "MOVED ") || ss_redis_is_error (reply, "CLUSTERDOWN")))
        look_again (self);
      else
        lose_with (self, server, reply->str);
      return;
    }
  if (!ss_redis_is_string (kind) || !ss_redis_is_string (channel))
    return;

  followed = g_hash_table_lookup (self->followed, channel->str);
  if (followed == NULL || followed->server != server)
    return;

  name = g_strdup (followed->name);
  word = kind->str + (self->address->cluster && kind->str[0] == 's' ? 1 : 0);
  if (g_str_equal (word, "subscribe"))
    {
      followed->confirmed = TRUE;
      ss_store_engine_tell_followed (SS_STORE_ENGINE (self), name);
    }
  else if (g_str_equal (word, "unsubscribe") && self->address->cluster)
    {
      followed->server = NULL;
      look_again (self);
    }
  else if (g_str_equal (word, "message") && ss_redis_is_string (text))
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

static gboolean
has_to_wait (Request *request)
{
  SsStoreRequest *asked = request->request;

  return request->engine->address->replicas > 0 && asked->verdict == SS_STORE_OK &&
         asked->kind != SS_STORE_OPEN;
}

static void
replicated_cb (const GError *error,
               gpointer      user_data)
{
  request_finish (user_data, error);
}

static void
name_place (Request  *request,
            GError  **error)
{
  SsRedisEngine *self = request->engine;
  g_autofree char *place = dup_place (self, request->server);
  g_auto (SsRedisKeys) keys = { 0 };

  ss_redis_keys_init (&keys, self->address->prefix, request->request->name);
  g_prefix_error (error, _("Redis at %s, key “%s”: "), place, keys.head);
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

  if (ss_redis_is_error (reply, "NOSCRIPT") && !request->is_eval)
    {
      request->is_eval = TRUE;
      send_to (request, request->server);
      return;
    }

  if (redirect (request, reply))
    return;

  /* Another server may take it. */
  if (ss_redis_is_error (reply, "READONLY") || ss_redis_is_error (reply, "LOADING") ||
      ss_redis_is_error (reply, "MASTERDOWN") || ss_redis_is_error (reply, "NOAUTH") ||
      ss_redis_is_error (reply, "MOVED"))
    {
      lose_with (self, request->server, reply->str);
      request_lost (request);
      return;
    }

  if (ss_redis_read_answer (reply, request->request, &error) && has_to_wait (request) &&
      self->online)
    {
      ss_redis_node_wait (request->server->node, replicated_cb, request);
      return;
    }

  if (ss_redis_is_error (reply, "CLUSTERDOWN"))
    look_again (self);
  if (error != NULL)
    name_place (request, &error);
  request_finish (request, error);
}

static void
send_script (Request *request)
{
  SsRedisEngine *self = request->engine;
  SsRedisNode *node = request->server->node;
  g_auto (SsRedisKeys) keys = { 0 };
  SsRedisCommand command;

  ss_redis_keys_init (&keys, self->address->prefix, request->request->name);
  ss_redis_command_init (&command, self->script, request->is_eval ? NULL : self->sha,
                         ss_redis_node_get_era (node), &keys, request->request);
  if (request->is_asking)
    {
      const char *asking = "ASKING";

      ss_redis_node_send (node, 1, &asking, NULL, ignored_cb, NULL);
    }
  ss_redis_node_send (node, command.n, command.args, command.lengths, replied_cb, request);
}

static void
send_to (Request *request,
         Server  *server)
{
  request->server = server;
  if (ss_redis_node_is_ready (server->node))
    send_script (request);
  else
    g_queue_push_tail (&request->engine->held, request);
}

/* Each node of a cluster has names of its own. */
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

  cursor = ss_redis_item (reply, 0);
  keys = ss_redis_item (reply, 1);
  if (!ss_redis_is_string (cursor) || keys->type != REDIS_REPLY_ARRAY)
    {
      g_autofree char *place = dup_place (self, request->server);

      ss_redis_set_error (reply, &error);
      g_prefix_error (&error, _("Redis at %s: "), place);
      request_finish (request, error);
      return;
    }

  for (gsize i = 0; i < keys->elements; i++)
    {
      name =
        ss_redis_parse_key (self->address->prefix, keys->element[i]->str, keys->element[i]->len);

      /* A key may come more than once. */
      if (name != NULL)
        g_hash_table_add (request->names, name);
    }

  if (!g_str_equal (cursor->str, "0"))
    {
      scan (request, cursor->str);
      return;
    }
  if (++request->next < self->servers->len)
    {
      scan (request, "0");
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
  g_autofree char *pattern = ss_redis_pattern (self->address->prefix, request->request->name);
  const char *args[] = { "SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT, "TYPE", "hash" };
  Server *server;

  /* Names of the nodes may be missing that had other numbers. */
  server = request->map == self->n_maps && request->next < self->servers->len
             ? g_ptr_array_index (self->servers, request->next)
             : NULL;
  request->server = server;
  if (server != NULL && ss_redis_node_is_ready (server->node))
    ss_redis_node_send (server->node, G_N_ELEMENTS (args), args, NULL, scanned_cb, request);
  else
    request_lost (request);
}

static gboolean
refused_cb (gpointer user_data)
{
  Request *request = user_data;
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
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
  if (!self->online)
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
      request->map = self->n_maps;
      scan (request, "0");
    }
  else
    {
      send_to (request, find_server (self, find_slot (self, asked->name)));
    }
}

static void
followed_free (gpointer data)
{
  Followed *followed = data;

  g_free (followed->name);
  g_free (followed);
}

static void
ss_redis_engine_follow (SsStoreEngine *engine,
                        const char    *name,
                        gboolean       following)
{
  SsRedisEngine *self = (SsRedisEngine *) engine;
  g_auto (SsRedisKeys) keys = { 0 };
  const char *channel;
  Followed *followed;

  ss_redis_keys_init (&keys, self->address->prefix, name);
  channel = keys.channel;

  if (!following)
    {
      followed = g_hash_table_lookup (self->followed, channel);
      if (followed != NULL && followed->server != NULL)
        ss_redis_node_subscribe (followed->server->node,
                                 self->address->cluster ? "SUNSUBSCRIBE" : "UNSUBSCRIBE", channel);
      g_hash_table_remove (self->followed, channel);
      return;
    }

  followed = g_new0 (Followed, 1);
  followed->name = g_strdup (name);
  followed->slot = find_slot (self, name);
  if (self->online)
    subscribe (self, channel, followed);
  g_hash_table_insert (self->followed, g_steal_pointer (&keys.channel), followed);
}

static void
ss_redis_engine_close (SsStoreEngine *engine)
{
  SsRedisEngine *self = (SsRedisEngine *) engine;
  g_autoptr (SsRedisEngine) keep = g_object_ref (self);

  self->closed = TRUE;
  self->online = FALSE;
  ss_clear_source (&self->retry);
  drop_connections (self);
}

static void
ss_redis_engine_finalize (GObject *object)
{
  SsRedisEngine *self = (SsRedisEngine *) object;

  g_clear_pointer (&self->address, ss_redis_address_free);
  g_ptr_array_unref (self->servers);
  g_hash_table_unref (self->followed);
  g_main_context_unref (self->context);
  g_free (self->script);
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
  self->followed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, followed_free);
  self->servers = g_ptr_array_new_with_free_func (server_free);
  g_queue_init (&self->held);
}

SsStoreEngine *
ss_redis_engine_new (SsRedisAddress *address)
{
  SsRedisEngine *self = g_object_new (ss_redis_engine_get_type (), NULL);

  self->address = address;
  self->script = ss_redis_script_new (address->cluster);
  self->sha = g_compute_checksum_for_string (G_CHECKSUM_SHA1, self->script, -1);
  connect_now (self);

  return SS_STORE_ENGINE (self);
}
