/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-redis-connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-clear-source.h"
#include "ss-limits.h"

#define READ_BYTES (64u * 1024u)

/* A buffer that has been larger is made anew once it is empty. */
#define KEPT_BYTES (256u * 1024u)

struct _SsRedisConnection
{
  GMainContext                 *context;
  GCancellable                 *cancellable;  /* of connecting */
  const SsRedisConnectionFuncs *funcs;
  gpointer                      user_data;
  GTlsDatabase                 *database;     /* or NULL */
  GTlsCertificate              *certificate;  /* or NULL */

  GSocketConnection            *stream;       /* NULL: not open yet */
  GPollableInputStream         *input;        /* of the stream */
  GPollableOutputStream        *output;
  redisReader                  *reader;
  GByteArray                   *out;          /* to be written */
  guint                         written;      /* of it */
  GSource                      *readable;
  GSource                      *writable;     /* NULL: the stream has taken everything so far */
  GSource                      *flush;
  GQueue                        waiting;      /* Waiting: commands without a reply */
  GSource                      *watchdog;
  gboolean                      has_read;     /* since the watchdog looked */
  guint                         silent;       /* looks since anything was read */
  gboolean                      has_pushes;   /* replies that no command waits for */
  gboolean                      closed;
};

typedef struct
{
  SsRedisReplyFunc func;
  gpointer         user_data;
} Waiting;

static void
connection_clear (gpointer data)
{
  SsRedisConnection *self = data;

  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->database);
  g_clear_object (&self->certificate);
  redisReaderFree (self->reader);
  g_byte_array_unref (self->out);
  g_main_context_unref (self->context);
}

static void
unhold (SsRedisConnection *self)
{
  g_rc_box_release_full (self, connection_clear);
}

static void
closure_unhold (gpointer  user_data,
                GClosure *closure)
{
  unhold (user_data);
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
  ss_clear_source (&self->readable);
  ss_clear_source (&self->writable);
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

/* One read for each turn: more is there in the next one. */
static void
read_some (SsRedisConnection *self)
{
  char bytes[READ_BYTES];
  g_autoptr (GError) error = NULL;
  gssize n_bytes =
    g_pollable_input_stream_read_nonblocking (self->input, bytes, sizeof bytes, NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return;

  g_rc_box_acquire (self);
  self->has_read = TRUE;
  if (n_bytes < 0)
    end (self, error);
  else if (n_bytes == 0)
    fail (self, G_IO_ERROR_CONNECTION_CLOSED, _("The Redis server has closed the connection"));
  else if (redisReaderFeed (self->reader, bytes, (size_t) n_bytes) != REDIS_OK)
    fail (self, G_IO_ERROR_INVALID_DATA, self->reader->errstr);
  else
    take_replies (self);
  unhold (self);
}

static gboolean
readable_cb (GObject  *input,
             gpointer  user_data)
{
  read_some (user_data);

  return G_SOURCE_CONTINUE;
}

static gboolean
socket_readable_cb (GSocket      *socket,
                    GIOCondition  condition,
                    gpointer      user_data)
{
  read_some (user_data);

  return G_SOURCE_CONTINUE;
}

/* A source that may not recurse is taken out of the poll while it is dispatched, and each time that
 * wakes its own main loop up, for another turn with nothing to do. A stream's source has one of the
 * socket within, which nobody can tell that it may. So where nothing lies between, the socket's own
 * is used. Besides, a callback that runs a main loop of its own gets what follows. */
static void
read_on (SsRedisConnection *self)
{
  if (!G_IS_TCP_WRAPPER_CONNECTION (self->stream))
    {
      self->readable = g_socket_create_source (g_socket_connection_get_socket (self->stream),
                                               G_IO_IN | G_IO_HUP | G_IO_ERR, NULL);
      g_source_set_callback (self->readable, G_SOURCE_FUNC (socket_readable_cb), self, NULL);
    }
  else
    {
      self->readable = g_pollable_input_stream_create_source (self->input, NULL);
      g_source_set_callback (self->readable, G_SOURCE_FUNC (readable_cb), self, NULL);
    }
  g_source_set_static_name (self->readable, "[server-signal] store: replies of Redis");
  g_source_set_can_recurse (self->readable, TRUE);
  g_source_attach (self->readable, self->context);
}

static gboolean writable_cb (GObject *output, gpointer user_data);

/* TRUE: everything is written, or the stream will say when it takes more. */
static gboolean
write_on (SsRedisConnection  *self,
          GError            **error)
{
  while (self->written < self->out->len)
    {
      g_autoptr (GError) own_error = NULL;
      gssize n_bytes =
        g_pollable_output_stream_write_nonblocking (self->output, self->out->data + self->written,
                                                    self->out->len - self->written, NULL,
                                                    &own_error);

      if (n_bytes >= 0)
        {
          self->written += (guint) n_bytes;
          continue;
        }
      if (!g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_propagate_error (error, g_steal_pointer (&own_error));
          return FALSE;
        }

      self->writable = g_pollable_output_stream_create_source (self->output, NULL);
      g_source_set_static_name (self->writable, "[server-signal] store: commands to Redis");
      g_source_set_callback (self->writable, G_SOURCE_FUNC (writable_cb), self, NULL);
      g_source_attach (self->writable, self->context);
      return TRUE;
    }

  self->written = 0;
  if (self->out->len > KEPT_BYTES)
    {
      g_byte_array_unref (self->out);
      self->out = g_byte_array_new ();
    }
  g_byte_array_set_size (self->out, 0);

  return TRUE;
}

static gboolean
writable_cb (GObject  *output,
             gpointer  user_data)
{
  SsRedisConnection *self = user_data;
  g_autoptr (GError) error = NULL;

  ss_clear_source (&self->writable);
  if (!write_on (self, &error))
    end (self, error);

  return G_SOURCE_REMOVE;
}

static gboolean
flush_cb (gpointer user_data)
{
  SsRedisConnection *self = user_data;
  g_autoptr (GError) error = NULL;

  ss_clear_source (&self->flush);
  if (self->writable == NULL && !write_on (self, &error))
    end (self, error);

  return G_SOURCE_REMOVE;
}

static void
flush_later (SsRedisConnection *self)
{
  if (self->flush != NULL)
    return;

  self->flush = g_idle_source_new ();
  g_source_set_priority (self->flush, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->flush, "[server-signal] store: flush to Redis");
  g_source_set_callback (self->flush, flush_cb, self, NULL);
  g_source_attach (self->flush, self->context);
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
      fail (self, G_IO_ERROR_TIMED_OUT, _("The Redis server does not answer"));
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
      self->stream = stream;
      if (G_IS_TCP_CONNECTION (stream))
        g_socket_set_option (g_socket_connection_get_socket (stream), IPPROTO_TCP, TCP_NODELAY, 1,
                             NULL);
      self->input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (G_IO_STREAM (stream)));
      self->output =
        G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (G_IO_STREAM (stream)));
      self->has_read = TRUE;
      read_on (self);
      flush_later (self);
    }

  unhold (self);
}

static void
client_event_cb (GSocketClient      *client,
                 GSocketClientEvent  event,
                 GSocketConnectable *address,
                 GIOStream          *stream,
                 gpointer            user_data)
{
  SsRedisConnection *self = user_data;

  if (event != G_SOCKET_CLIENT_TLS_HANDSHAKING)
    return;

  if (self->database != NULL)
    g_tls_connection_set_database (G_TLS_CONNECTION (stream), self->database);
  if (self->certificate != NULL)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (stream), self->certificate);
}

SsRedisConnection *
ss_redis_connection_new (GSocketConnectable           *server,
                         const SsRedisAddress         *address,
                         const SsRedisConnectionFuncs *funcs,
                         gpointer                      user_data)
{
  SsRedisConnection *self = g_rc_box_new0 (SsRedisConnection);
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  self->context = g_main_context_ref_thread_default ();
  self->cancellable = g_cancellable_new ();
  self->funcs = funcs;
  self->user_data = user_data;
  g_set_object (&self->database, address->authorities);
  g_set_object (&self->certificate, address->certificate);
  self->reader = redisReaderCreate ();
  self->out = g_byte_array_new ();
  g_queue_init (&self->waiting);

  self->watchdog = g_timeout_source_new (SS_REDIS_SILENCE_MS);
  g_source_set_static_name (self->watchdog, "[server-signal] store: watchdog of Redis");
  g_source_set_callback (self->watchdog, watchdog_cb, self, NULL);
  g_source_attach (self->watchdog, self->context);

  /* Proxies of the desktop are for the web. */
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_tls (client, address->tls);
  g_signal_connect_data (client, "event", G_CALLBACK (client_event_cb), g_rc_box_acquire (self),
                         closure_unhold, 0);
  g_socket_client_connect_async (client, server, self->cancellable, connected_cb,
                                 g_rc_box_acquire (self));

  return self;
}

void
ss_redis_connection_close (SsRedisConnection *self)
{
  end (self, NULL);
}

static void
append_count (GByteArray *out,
              char        sign,
              gsize       count)
{
  char text[32];
  int length = g_snprintf (text, sizeof text, "%c%" G_GSIZE_FORMAT "\r\n", sign, count);

  g_byte_array_append (out, (const guint8 *) text, (guint) length);
}

void
ss_redis_connection_send (SsRedisConnection  *self,
                          int                 n_args,
                          const char        **args,
                          const gsize        *lengths,
                          SsRedisReplyFunc    func,
                          gpointer            user_data)
{
  gboolean is_alone = func != NULL && g_queue_is_empty (&self->waiting) && self->out->len == 0;

  append_count (self->out, '*', (gsize) n_args);
  for (int i = 0; i < n_args; i++)
    {
      gsize length = lengths != NULL ? lengths[i] : strlen (args[i]);

      append_count (self->out, '$', length);
      g_byte_array_append (self->out, (const guint8 *) args[i], (guint) length);
      g_byte_array_append (self->out, (const guint8 *) "\r\n", 2);
    }

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

  if (self->stream == NULL || self->closed)
    return;

  /* A command that nothing is on its way with need not wait for the end of the turn. An error is
   * told from there all the same, as those who send expect no end. */
  if (!is_alone || self->writable != NULL || !write_on (self, NULL))
    flush_later (self);
}
