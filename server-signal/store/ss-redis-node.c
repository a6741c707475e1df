/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-redis-node.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "ss-clear-source.h"
#include "ss-redis-command.h"
#include "ss-redis-reply.h"

/* The longest wait for replicas that a commit makes. */
#define WAIT_MS "1000"

/* Streams trimmed by id, and ids without a number; channels of a shard. */
#define LEAST_VERSION "6.2"
#define LEAST_CLUSTER_VERSION "7.0"

struct _SsRedisNode
{
  GMainContext           *context;
  const SsRedisAddress   *address;
  const SsRedisNodeFuncs *funcs;
  gpointer                user_data;

  SsRedisConnection      *commands;
  SsRedisConnection      *news;
  guint                   setup;      /* answers that are awaited before it is ready */
  char                   *info;
  char                   *era;
  gboolean                over;

  /* With replicas to wait for: those who are told when those have what was sent. */
  GQueue                  waiting;    /* Waiting */
  GSource                *wait;
};

typedef struct
{
  SsRedisWaitFunc func;
  gpointer        user_data;
} Waiting;

static void
node_clear (gpointer data)
{
  SsRedisNode *self = data;

  g_main_context_unref (self->context);
  g_free (self->info);
  g_free (self->era);
}

static void
unhold (SsRedisNode *self)
{
  g_rc_box_release_full (self, node_clear);
}

static void
tell_waiting (SsRedisNode  *self,
              guint         n,
              const GError *error)
{
  while (n-- > 0 && !g_queue_is_empty (&self->waiting))
    {
      Waiting *waiting = g_queue_pop_head (&self->waiting);

      waiting->func (error, waiting->user_data);
      g_free (waiting);
    }
}

/* Closing tells the requests, which may do anything. */
static void
drop_connections (SsRedisNode  *self,
                  const GError *error)
{
  SsRedisConnection *commands = g_steal_pointer (&self->commands);
  SsRedisConnection *news = g_steal_pointer (&self->news);

  self->over = TRUE;
  self->setup = 0;
  ss_clear_source (&self->wait);
  if (news != NULL)
    ss_redis_connection_close (news);
  if (commands != NULL)
    ss_redis_connection_close (commands);
  tell_waiting (self, G_MAXUINT, error);
}

static void
end (SsRedisNode  *self,
     const GError *error)
{
  if (self->over)
    return;

  g_rc_box_acquire (self);
  self->over = TRUE;
  self->funcs->ended (self, error, self->user_data);
  drop_connections (self, error);
  unhold (self);
}

static void
end_with (SsRedisNode *self,
          const char  *message)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, message);

  end (self, error);
}

static void
ready_if_done (SsRedisNode *self)
{
  if (--self->setup == 0)
    self->funcs->ready (self, self->user_data);
}

/* An answer that only has to be no error. */
static void
setup_cb (redisReply *reply,
          gpointer    user_data)
{
  SsRedisNode *self = user_data;

  if (reply == NULL || self->over)
    ;
  else if (reply->type == REDIS_REPLY_ERROR)
    end_with (self, reply->str);
  else
    ready_if_done (self);

  unhold (self);
}

static gboolean
is_older (const char *version,
          const char *least)
{
  char *end, *least_end;
  guint64 major = g_ascii_strtoull (version, &end, 10);
  guint64 least_major = g_ascii_strtoull (least, &least_end, 10);

  if (major != least_major || *end != '.')
    return major < least_major;

  return g_ascii_strtoull (end + 1, NULL, 10) < g_ascii_strtoull (least_end + 1, NULL, 10);
}

static void
take_info (SsRedisNode      *self,
           const redisReply *reply)
{
  const char *least = self->address->cluster ? LEAST_CLUSTER_VERSION : LEAST_VERSION;
  g_autofree char *role = NULL;
  g_autofree char *version = NULL;

  if (reply->type != REDIS_REPLY_STRING)
    {
      end_with (self, reply->type == REDIS_REPLY_ERROR
                        ? reply->str
                        : _("The Redis server has told nothing of itself"));
      return;
    }

  self->info = g_strndup (reply->str, reply->len);
  self->era = ss_redis_node_dup_info (self, "master_replid");
  role = ss_redis_node_dup_info (self, "role");
  version = ss_redis_node_dup_info (self, "redis_version");
  if (self->era == NULL || g_strcmp0 (role, "master") != 0)
    {
      end_with (self, _("The Redis server is not a primary"));
    }
  else if (version == NULL || is_older (version, least))
    {
      g_autofree char *message =
        g_strdup_printf (_("The Redis server is older than version %s"), least);

      end_with (self, message);
    }
  else
    {
      ready_if_done (self);
    }
}

static void
info_cb (redisReply *reply,
         gpointer    user_data)
{
  SsRedisNode *self = user_data;

  if (reply != NULL && !self->over)
    take_info (self, reply);
  unhold (self);
}

void
ss_redis_authenticate (const SsRedisAddress *address,
                       SsRedisConnection    *connection,
                       SsRedisReplyFunc      func,
                       gpointer              user_data)
{
  const char *args[3] = { "AUTH" };
  int n_args = 1;

  if (address->user != NULL)
    args[n_args++] = address->user;
  args[n_args++] = address->password;
  ss_redis_connection_send (connection, n_args, args, NULL, func, user_data);
}

static void
set_up (SsRedisNode       *self,
        SsRedisConnection *connection,
        SsRedisReplyFunc   func,
        const char        *command,
        const char        *argument,
        const char        *text)
{
  const char *args[] = { command, argument, text };

  self->setup++;
  ss_redis_connection_send (connection, 1 + (argument != NULL) + (text != NULL), args, NULL, func,
                            g_rc_box_acquire (self));
}

static void
set_up_password (SsRedisNode       *self,
                 SsRedisConnection *connection)
{
  if (self->address->password == NULL)
    return;

  self->setup++;
  ss_redis_authenticate (self->address, connection, setup_cb, g_rc_box_acquire (self));
}

/* Whether news may be sent and had: the channel is nobody's. A node of a cluster has only some, and
 * refuses the others. */
static void
set_up_news (SsRedisNode *self)
{
  g_auto (SsRedisKeys) keys = { 0 };

  if (self->address->cluster)
    {
      set_up (self, self->news, setup_cb, "PING", NULL, NULL);
      return;
    }

  ss_redis_keys_init (&keys, self->address->prefix, "");
  set_up (self, self->commands, setup_cb, "PUBLISH", keys.channel, "");
  set_up (self, self->news, setup_cb, "SUBSCRIBE", keys.channel, NULL);
  set_up (self, self->news, setup_cb, "UNSUBSCRIBE", keys.channel, NULL);
}

static void
push_cb (SsRedisConnection *connection,
         redisReply        *reply,
         gpointer           user_data)
{
  SsRedisNode *self = user_data;

  if (connection == self->news && !self->over)
    self->funcs->push (self, reply, self->user_data);
}

static void
closed_cb (SsRedisConnection *connection,
           const GError      *error,
           gpointer           user_data)
{
  SsRedisNode *self = user_data;

  if (connection == self->commands)
    self->commands = NULL;
  else if (connection == self->news)
    self->news = NULL;
  end (self, error);
}

static const SsRedisConnectionFuncs connection_funcs = { push_cb, closed_cb };

SsRedisNode *
ss_redis_node_new (const SsRedisAddress   *address,
                   GSocketConnectable     *server,
                   const char             *script,
                   const SsRedisNodeFuncs *funcs,
                   gpointer                user_data)
{
  SsRedisNode *self = g_rc_box_new0 (SsRedisNode);
  g_autofree char *database = g_strdup_printf ("%u", address->database);

  self->context = g_main_context_ref_thread_default ();
  self->address = address;
  self->funcs = funcs;
  self->user_data = user_data;
  g_queue_init (&self->waiting);
  self->commands = ss_redis_connection_new (server, address, &connection_funcs, self);
  self->news = ss_redis_connection_new (server, address, &connection_funcs, self);

  set_up_password (self, self->commands);
  if (address->database > 0)
    set_up (self, self->commands, setup_cb, "SELECT", database, NULL);
  set_up (self, self->commands, info_cb, "INFO", NULL, NULL);
  set_up (self, self->commands, setup_cb, "SCRIPT", "LOAD", script);
  set_up_password (self, self->news);
  set_up_news (self);

  return self;
}

void
ss_redis_node_free (SsRedisNode *self)
{
  g_autoptr (GError) error =
    g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                         _("The connection to the Redis server was lost"));

  drop_connections (self, error);
  unhold (self);
}

gboolean
ss_redis_node_is_ready (SsRedisNode *self)
{
  return self->setup == 0 && !self->over;
}

const char *
ss_redis_node_get_era (SsRedisNode *self)
{
  return self->era;
}

char *
ss_redis_node_dup_info (SsRedisNode *self,
                        const char  *field)
{
  g_autofree char *start = g_strdup_printf ("\n%s:", field);
  const char *at = self->info != NULL ? strstr (self->info, start) : NULL;

  if (at == NULL)
    return NULL;

  at += strlen (start);

  return g_strndup (at, strcspn (at, "\r\n"));
}

void
ss_redis_node_send (SsRedisNode       *self,
                    int                n_args,
                    const char       **args,
                    const gsize       *lengths,
                    SsRedisReplyFunc   func,
                    gpointer           user_data)
{
  ss_redis_connection_send (self->commands, n_args, args, lengths, func, user_data);
}

void
ss_redis_node_subscribe (SsRedisNode *self,
                         const char  *command,
                         const char  *channel)
{
  const char *args[] = { command, channel };

  ss_redis_connection_send (self->news, 2, args, NULL, NULL, NULL);
}

static void
waited_cb (redisReply *reply,
           gpointer    user_data)
{
  SsRedisNode *self = user_data;
  g_autoptr (GError) error = NULL;

  if (reply != NULL && !self->over)
    {
      if (reply->type != REDIS_REPLY_INTEGER ||
          reply->integer < (long long) self->address->replicas)
        error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                                     _("Too few replicas of the Redis server have the commit"));
      /* All of them have begun to wait before this was answered, so before it was asked. */
      tell_waiting (self, g_queue_get_length (&self->waiting), error);
    }

  unhold (self);
}

static gboolean
wait_cb (gpointer user_data)
{
  SsRedisNode *self = user_data;
  g_autofree char *number = g_strdup_printf ("%u", self->address->replicas);
  const char *args[] = { "WAIT", number, WAIT_MS };

  ss_clear_source (&self->wait);
  ss_redis_connection_send (self->commands, 3, args, NULL, waited_cb, g_rc_box_acquire (self));

  return G_SOURCE_REMOVE;
}

void
ss_redis_node_wait (SsRedisNode     *self,
                    SsRedisWaitFunc  func,
                    gpointer         user_data)
{
  Waiting *waiting = g_new (Waiting, 1);

  waiting->func = func;
  waiting->user_data = user_data;
  g_queue_push_tail (&self->waiting, waiting);
  if (self->wait != NULL)
    return;

  self->wait = g_idle_source_new ();
  g_source_set_priority (self->wait, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->wait, "[server-signal] store: wait for replicas");
  g_source_set_callback (self->wait, wait_cb, self, NULL);
  g_source_attach (self->wait, self->context);
}
