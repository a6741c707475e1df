/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-redis-connection.h"

#include <stdlib.h>

#include "server-signal-error.h"
#include "ss-clear-source.h"
#include "ss-limits.h"

#define READ_BYTES (64u * 1024u)

struct _SsRedisConnection
{
  GMainContext                 *context;
  GCancellable                 *cancellable;
  const SsRedisConnectionFuncs *funcs;
  gpointer                      user_data;

  GSocketConnection            *stream;     /* NULL: not open yet */
  redisReader                  *reader;
  GByteArray                   *out;        /* to be written */
  GByteArray                   *writing;    /* is being written, or NULL */
  GSource                      *flush;
  GQueue                        waiting;    /* Waiting: commands without a reply */
  GSource                      *watchdog;
  gboolean                      has_read;   /* since the watchdog looked */
  guint                         silent;     /* looks since anything was read */
  gboolean                      has_pushes; /* replies that no command waits for */
  gboolean                      closed;
  guint8                        input[READ_BYTES];
};

typedef struct
{
  SsRedisReplyFunc func;
  gpointer         user_data;
} Waiting;

static void read_on (SsRedisConnection *self);

static void
connection_clear (gpointer data)
{
  SsRedisConnection *self = data;

  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  redisReaderFree (self->reader);
  g_byte_array_unref (self->out);
  g_clear_pointer (&self->writing, g_byte_array_unref);
  g_main_context_unref (self->context);
}

static void
unhold (SsRedisConnection *self)
{
  g_rc_box_release_full (self, connection_clear);
}

/* The commands learn last that they have no reply, since they may do anything. */
static void
end (SsRedisConnection *self,
     const GError      *error)
{
  if (self->closed)
    return;

  g_rc_box_acquire (self);
  self->closed = TRUE;
  g_cancellable_cancel (self->cancellable);
  ss_clear_source (&self->flush);
  ss_clear_source (&self->watchdog);
  if (self->stream != NULL)
    g_io_stream_close_async (G_IO_STREAM (self->stream), G_PRIORITY_DEFAULT, NULL, NULL, NULL);

  if (error != NULL)
    self->funcs->closed (self, error, self->user_data);
  while (!g_queue_is_empty (&self->waiting))
    {
      Waiting *waiting = g_queue_pop_head (&self->waiting);

      waiting->func (NULL, waiting->user_data);
      g_free (waiting);
    }
  unhold (self);
  unhold (self);
}

static void
fail (SsRedisConnection *self,
      int                code,
      const char        *message)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, code, message);

  end (self, error);
}

static void
take_reply (SsRedisConnection *self,
            redisReply        *reply)
{
  Waiting *waiting = g_queue_pop_head (&self->waiting);

  if (waiting == NULL)
    {
      self->funcs->push (self, reply, self->user_data);
      return;
    }

  waiting->func (reply, waiting->user_data);
  g_free (waiting);
}

static void
take_replies (SsRedisConnection *self)
{
  while (!self->closed)
    {
      void *reply = NULL;

      if (redisReaderGetReply (self->reader, &reply) != REDIS_OK)
        {
          fail (self, G_IO_ERROR_INVALID_DATA, self->reader->errstr);
          return;
        }
      if (reply == NULL)
        return;

      take_reply (self, reply);
      freeReplyObject (reply);
    }
}

static void
read_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  SsRedisConnection *self = user_data;
  g_autoptr (GError) error = NULL;
  gssize n_bytes = g_input_stream_read_finish (G_INPUT_STREAM (object), result, &error);

  if (self->closed)
    ;
  else if (n_bytes < 0)
    {
      end (self, error);
    }
  else if (n_bytes == 0)
    {
      fail (self, G_IO_ERROR_CONNECTION_CLOSED, "The Redis server has closed the connection");
    }
  else
    {
      self->has_read = TRUE;
      if (redisReaderFeed (self->reader, (const char *) self->input, (size_t) n_bytes) != REDIS_OK)
        {
          fail (self, G_IO_ERROR_INVALID_DATA, self->reader->errstr);
        }
      else
        {
          /* First, so that a callback that runs a main loop of its own gets what follows. */
          read_on (self);
          take_replies (self);
        }
    }

  unhold (self);
}

static void
read_on (SsRedisConnection *self)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->stream)), self->input,
                             sizeof self->input, G_PRIORITY_DEFAULT, self->cancellable, read_cb,
                             g_rc_box_acquire (self));
}

static void write_on (SsRedisConnection *self);

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  SsRedisConnection *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (object), result, NULL, &error))
    {
      if (!self->closed)
        end (self, error);
    }
  else
    {
      g_clear_pointer (&self->writing, g_byte_array_unref);
      write_on (self);
    }

  unhold (self);
}

static void
write_on (SsRedisConnection *self)
{
  if (self->closed || self->stream == NULL || self->writing != NULL || self->out->len == 0)
    return;

  self->writing = self->out;
  self->out = g_byte_array_new ();
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->stream)),
                                   self->writing->data, self->writing->len, G_PRIORITY_DEFAULT,
                                   self->cancellable, written_cb, g_rc_box_acquire (self));
}

static gboolean
flush_cb (gpointer user_data)
{
  SsRedisConnection *self = user_data;

  ss_clear_source (&self->flush);
  write_on (self);

  return G_SOURCE_REMOVE;
}

static void
ignore_reply (redisReply *reply,
              gpointer    user_data)
{
}

/* A program that was stopped finds old answers first, so a single look says nothing. */
static gboolean
watchdog_cb (gpointer user_data)
{
  SsRedisConnection *self = user_data;
  const char *ping = "PING";

  self->silent = self->has_read ? 0 : self->silent + 1;
  self->has_read = FALSE;
  if (self->silent > 2)
    {
      fail (self, G_IO_ERROR_TIMED_OUT, "The Redis server does not answer");
      return G_SOURCE_REMOVE;
    }
  if (self->silent == 1 && self->stream != NULL)
    ss_redis_connection_send (self, 1, &ping, NULL, self->has_pushes ? NULL : ignore_reply, NULL);

  return G_SOURCE_CONTINUE;
}

static void
connected_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  SsRedisConnection *self = user_data;
  g_autoptr (GError) error = NULL;
  GSocketConnection *stream =
    g_socket_client_connect_finish (G_SOCKET_CLIENT (object), result, &error);

  if (self->closed)
    {
      g_clear_object (&stream);
    }
  else if (stream == NULL)
    {
      end (self, error);
    }
  else
    {
      GSocketConnection *base = stream;

      self->stream = stream;
      if (G_IS_TCP_WRAPPER_CONNECTION (stream))
        base = G_SOCKET_CONNECTION (
          g_tcp_wrapper_connection_get_base_io_stream (G_TCP_WRAPPER_CONNECTION (stream)));
      if (G_IS_TCP_CONNECTION (base))
        g_socket_set_option (g_socket_connection_get_socket (base), 6 /* TCP */, 1 /* NODELAY */, 1,
                             NULL);
      self->has_read = TRUE;
      read_on (self);
      self->funcs->opened (self, self->user_data);
      write_on (self);
    }

  unhold (self);
}

SsRedisConnection *
ss_redis_connection_new (GSocketConnectable           *address,
                         gboolean                      tls,
                         const SsRedisConnectionFuncs *funcs,
                         gpointer                      user_data)
{
  SsRedisConnection *self = g_rc_box_new0 (SsRedisConnection);
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  self->context = g_main_context_ref_thread_default ();
  self->cancellable = g_cancellable_new ();
  self->funcs = funcs;
  self->user_data = user_data;
  self->reader = redisReaderCreate ();
  self->out = g_byte_array_new ();
  g_queue_init (&self->waiting);

  self->watchdog = g_timeout_source_new (SS_REDIS_SILENCE_MS);
  g_source_set_static_name (self->watchdog, "[server-signal] store: watchdog of Redis");
  g_source_set_callback (self->watchdog, watchdog_cb, self, NULL);
  g_source_attach (self->watchdog, self->context);

  /* Proxies of the desktop are for the web. */
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_tls (client, tls);
  g_socket_client_connect_async (client, address, self->cancellable, connected_cb,
                                 g_rc_box_acquire (self));

  return self;
}

void
ss_redis_connection_close (SsRedisConnection *self)
{
  end (self, NULL);
}

void
ss_redis_connection_send (SsRedisConnection  *self,
                          int                 n_args,
                          const char        **args,
                          const gsize        *lengths,
                          SsRedisReplyFunc    func,
                          gpointer            user_data)
{
  char *command = NULL;
  int length = redisFormatCommandArgv (&command, n_args, args, lengths);

  if (length < 0)
    g_error ("No memory for a command to Redis");

  g_byte_array_append (self->out, (const guint8 *) command, (guint) length);
  redisFreeCommand (command);

  if (func != NULL)
    {
      Waiting *waiting = g_new (Waiting, 1);

      waiting->func = func;
      waiting->user_data = user_data;
      g_queue_push_tail (&self->waiting, waiting);
    }
  else
    {
      self->has_pushes = TRUE;
    }

  if (self->flush != NULL || self->stream == NULL || self->closed)
    return;

  self->flush = g_idle_source_new ();
  g_source_set_priority (self->flush, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->flush, "[server-signal] store: flush to Redis");
  g_source_set_callback (self->flush, flush_cb, self, NULL);
  g_source_attach (self->flush, self->context);
}
