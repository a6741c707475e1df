/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-request-stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <libsoup/soup.h>

#include "ss-base.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "ss-request-head.h"
#include "ss-socket.h"
#include "ss-unfinished.h"

#define READ_BYTES 4096

typedef enum
{
  AWAITED,   /* the head is not whole */
  SERVED,    /* it is, and libsoup has it */
  ENDING,    /* answered; the client shall go first */
  OVER       /* closed, or somebody else's */
} Phase;

struct _SsRequestStream
{
  GIOStream          parent_instance;

  SsBase             base;
  GSocketConnection *connection;
  SsPollerWatch      watch;
  SsDeferred         reading;   /* a head is looked at where applications may be called */
  Phase              phase;
  GList              link;
  GQueue            *queue;     /* while awaited */
  SsRequestFunc      func;
  gpointer           user_data;

  SsRequestHead      head;
  GByteArray        *bytes;     /* of the head, so far */
  SsUnfinishedEntry  unfinished;
  GBytes            *unread;    /* that TLS gave behind it */
  GInputStream      *input;     /* the head, for libsoup */

  gint64             deadline;  /* while ending */
  gsize              n_dropped;
};

G_DEFINE_FINAL_TYPE (SsRequestStream, ss_request_stream, G_TYPE_IO_STREAM)

static void advance (gpointer object);
static void drop_unfinished (gpointer object);

/* Heads that are not whole are kept, as messages are, and have to share with them. */
static void
keep_unfinished (SsRequestStream *self)
{
  ss_unfinished_update (ss_poller_get_unfinished (self->watch.poller), &self->unfinished,
                        self->bytes->len, drop_unfinished);
}

static void
leave_unfinished (SsRequestStream *self)
{
  ss_unfinished_remove (ss_poller_get_unfinished (self->watch.poller), &self->unfinished);
}

static void
leave_queue (SsRequestStream *self)
{
  GQueue *queue = g_steal_pointer (&self->queue);

  if (queue == NULL)
    return;

  g_queue_unlink (queue, &self->link);
  g_object_unref (self);
}

/* The connection's descriptor is closed when nobody else has it: at once. */
static void
finish (SsRequestStream *self)
{
  g_autoptr (SsRequestStream) keep = NULL;
  gboolean was_ending = self->phase == ENDING;

  if (self->phase == OVER)
    return;

  keep = g_object_ref (self);
  self->phase = OVER;
  leave_unfinished (self);
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  ss_poller_undefer (self->watch.poller, &self->reading);
  ss_poller_watch_set_fd (&self->watch, -1);
  ss_poller_watch_set_ticking (&self->watch, FALSE);
  ss_base_close (&self->base);
  ss_base_clear (&self->base);
  leave_queue (self);
  if (was_ending)
    g_object_unref (self);
}

/* Its memory is wanted at once. */
static void
drop_unfinished (gpointer object)
{
  SsRequestStream *self = object;
  g_autoptr (GSocketAddress) address = ss_socket_dup_log_address (ss_base_get_fd (&self->base));

  ss_log_info ("request-dropped",
               SS_LOG (.peer = address, .reason = "too much of unfinished requests and messages"),
               "A handshake is dropped");
  finish (self);
}

/* Waiting */

static gboolean
base_readable_cb (GObject  *stream,
                  gpointer  user_data)
{
  SsRequestStream *self = user_data;

  ss_base_stop_input (&self->base);
  advance (self);

  return G_SOURCE_REMOVE;
}

static void
await_input (SsRequestStream *self)
{
  if (self->base.direct && self->watch.fd < 0)
    {
      ss_poller_watch_set_interest (&self->watch, G_IO_IN);
      /* With no epoll to be had GIO's sources do as well, only slower. */
      if (!ss_poller_watch_set_fd (&self->watch, self->base.fd))
        self->base.direct = FALSE;
    }

  if (!self->base.direct)
    ss_base_await_input (&self->base, ss_poller_get_context (self->watch.poller), base_readable_cb,
                         self);
}

/* The end */

/* A turn's worth; FALSE: it is over. */
static gboolean
drop_input (SsRequestStream *self)
{
  guint8 buffer[READ_BYTES];
  gsize budget = SS_TURN_BYTES;
  g_autoptr (GSocketAddress) address = NULL;

  while (budget > 0 && self->n_dropped < SS_REFUSED_BYTES)
    {
      g_autoptr (GError) error = NULL;
      gssize n = ss_base_read (&self->base, buffer, MIN (sizeof buffer, budget), &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return TRUE;
      if (n <= 0)
        return FALSE;

      budget -= (gsize) n;
      self->n_dropped += (gsize) n;
    }

  if (self->n_dropped < SS_REFUSED_BYTES)
    return TRUE;

  address = ss_socket_dup_log_address (ss_base_get_fd (&self->base));
  ss_log_info ("request-dropped",
               SS_LOG (.peer = address, .reason = "it goes on sending after the refusal"),
               "A connection is cut off");

  return FALSE;
}

static void
base_closed_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (SsRequestStream) self = user_data;

  g_io_stream_close_finish (G_IO_STREAM (object), result, NULL);
  finish (self);
}

/* All that there was to say has been said. */
static void
end (SsRequestStream *self)
{
  if (self->phase == ENDING || self->phase == OVER)
    return;

  /* Nobody else need hold it from here on. */
  self->phase = ENDING;
  leave_unfinished (self);
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  g_object_ref (self);
  leave_queue (self);
  ss_poller_undefer (self->watch.poller, &self->reading);

  self->deadline = g_get_monotonic_time () + SS_LINGER_SECONDS * G_USEC_PER_SEC;
  ss_poller_watch_set_ticking (&self->watch, TRUE);
  if (!drop_input (self))
    {
      finish (self);
    }
  else if (self->base.direct)
    {
      ss_base_shut_down (&self->base);
      await_input (self);
    }
  else
    {
      ss_base_close_async (&self->base, ss_poller_get_context (self->watch.poller), base_closed_cb,
                           g_object_ref (self));
    }
}

static const char *
get_phrase (guint status)
{
  switch (status)
    {
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Bad Request";
    }
}

static void
refuse (SsRequestStream *self,
        guint            status)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *date = soup_date_time_to_string (now, SOUP_DATE_HTTP);
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 %u %s\r\n"
                                             "Date: %s\r\n"
                                             "Connection: close\r\n"
                                             "Content-Type: text/plain; charset=utf-8\r\n"
                                             "Content-Length: %zu\r\n"
                                             "\r\n"
                                             "%s.\n",
                                             status, get_phrase (status), date,
                                             strlen (get_phrase (status)) + 2, get_phrase (status));
  g_autoptr (GSocketAddress) address = NULL;

  address = ss_socket_dup_log_address (ss_base_get_fd (&self->base));
  ss_log_info ("request-refused", SS_LOG (.peer = address, .reason = get_phrase (status)),
               "A request is refused with %u", status);
  /* It is the first that is sent, so there is room for it. */
  g_pollable_output_stream_write_nonblocking (ss_base_get_output (&self->base), answer,
                                              strlen (answer), NULL, NULL);
  end (self);
}

/* Reading */

static void
serve (SsRequestStream *self)
{
  g_autoptr (GBytes) head = NULL;

  self->phase = SERVED;
  leave_unfinished (self);
  ss_poller_watch_set_fd (&self->watch, -1);
  ss_base_stop_input (&self->base);
  leave_queue (self);

  ss_request_head_strip (self->bytes);
  head = g_byte_array_free_to_bytes (g_steal_pointer (&self->bytes));
  self->input = g_memory_input_stream_new_from_bytes (head);
  self->func (self, self->user_data);
}

/* As many as there are up to the end of the buffer. They stay in the kernel until it is known how
 * many of them belong to the head, where that is possible. */
static gssize
peek (SsRequestStream  *self,
      guint8           *buffer,
      gsize             count,
      GError          **error)
{
  gssize n;

  if (!self->base.direct)
    return ss_base_read (&self->base, buffer, count, error);

  do
    n = recv (self->base.fd, buffer, count, MSG_PEEK | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);

  if (n < 0)
    {
      int code = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
    }

  return n;
}

static void
take (SsRequestStream *self,
      guint8          *buffer,
      gsize            n,
      gsize            n_peeked)
{
  if (self->base.direct)
    ss_socket_receive (self->base.fd, buffer, n, NULL);
  else if (n < n_peeked)
    self->unread = g_bytes_new (buffer + n, n_peeked - n);
}

/* FALSE: there is nothing more to read for now, or it is no longer awaited. */
static gboolean
read_some (SsRequestStream *self)
{
  g_autoptr (GError) error = NULL;
  gsize before = self->bytes->len;
  gsize length = 0;
  guint8 *buffer;
  guint status;
  gssize n;

  g_byte_array_set_size (self->bytes, (guint) before + READ_BYTES);
  buffer = self->bytes->data + before;
  n = peek (self, buffer, READ_BYTES, &error);
  if (n <= 0)
    {
      g_byte_array_set_size (self->bytes, (guint) before);
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        await_input (self);
      else
        finish (self);
      return FALSE;
    }

  status = ss_request_head_check (&self->head, (const char *) self->bytes->data, before + (gsize) n,
                                  &length);
  take (self, buffer, status == 200 ? length - before : (gsize) n, (gsize) n);
  g_byte_array_set_size (self->bytes, (guint) (status == 200 ? length : before + (gsize) n));

  if (status == 200)
    serve (self);
  else if (status != 0)
    refuse (self, status);
  else
    keep_unfinished (self);

  return status == 0 && self->phase == AWAITED;
}

/* A head is not larger than what one may send in a turn. */
static void
advance (gpointer object)
{
  g_autoptr (SsRequestStream) self = g_object_ref (object);

  if (self->phase == AWAITED)
    {
      while (read_some (self))
        continue;
    }
  else if (self->phase == ENDING && !self->base.closing)
    {
      if (drop_input (self))
        await_input (self);
      else
        finish (self);
    }
}

/* SsPollerWatchFuncs */

static void
flush_cb (gpointer object)
{
}

static gboolean
ready_cb (gpointer     object,
          GIOCondition condition)
{
  SsRequestStream *self = object;

  ss_poller_defer (self->watch.poller, &self->reading);

  return FALSE;
}

static void
tick_cb (gpointer object,
         gint64   now)
{
  SsRequestStream *self = object;

  if (now >= self->deadline)
    finish (self);
}

static const SsPollerWatchFuncs watch_funcs = {
  .flush = flush_cb,
  .ready = ready_cb,
  .tick = tick_cb,
};

/* GIOStream, for libsoup */

static GInputStream *
ss_request_stream_get_input_stream (GIOStream *stream)
{
  return SS_REQUEST_STREAM (stream)->input;
}

static GOutputStream *
ss_request_stream_get_output_stream (GIOStream *stream)
{
  return g_io_stream_get_output_stream (SS_REQUEST_STREAM (stream)->base.stream);
}

static gboolean
ss_request_stream_close (GIOStream     *stream,
                         GCancellable  *cancellable,
                         GError       **error)
{
  end (SS_REQUEST_STREAM (stream));

  return TRUE;
}

static void
ss_request_stream_close_async (GIOStream           *stream,
                               int                  io_priority,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_source_tag (task, ss_request_stream_close_async);
  end (SS_REQUEST_STREAM (stream));
  g_task_return_boolean (task, TRUE);
}

static gboolean
ss_request_stream_close_finish (GIOStream     *stream,
                                GAsyncResult  *result,
                                GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ss_request_stream_dispose (GObject *object)
{
  finish (SS_REQUEST_STREAM (object));

  G_OBJECT_CLASS (ss_request_stream_parent_class)->dispose (object);
}

static void
ss_request_stream_finalize (GObject *object)
{
  SsRequestStream *self = SS_REQUEST_STREAM (object);

  ss_poller_watch_clear (&self->watch);
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  g_clear_pointer (&self->unread, g_bytes_unref);
  g_clear_object (&self->input);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (ss_request_stream_parent_class)->finalize (object);
}

static void
ss_request_stream_class_init (SsRequestStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  object_class->dispose = ss_request_stream_dispose;
  object_class->finalize = ss_request_stream_finalize;

  stream_class->get_input_stream = ss_request_stream_get_input_stream;
  stream_class->get_output_stream = ss_request_stream_get_output_stream;
  stream_class->close_fn = ss_request_stream_close;
  stream_class->close_async = ss_request_stream_close_async;
  stream_class->close_finish = ss_request_stream_close_finish;
}

static void
ss_request_stream_init (SsRequestStream *self)
{
  self->link.data = self;
  self->unfinished.object = self;
  self->reading.object = self;
  self->reading.func = advance;
  self->bytes = g_byte_array_new ();
}

SsRequestStream *
ss_request_stream_new (GIOStream         *base,
                       GSocketConnection *connection,
                       SsPoller          *poller,
                       GQueue            *queue,
                       SsRequestFunc      func,
                       gpointer           user_data)
{
  SsRequestStream *self = g_object_new (SS_TYPE_REQUEST_STREAM, NULL);

  ss_base_init (&self->base, base);
  self->connection = g_object_ref (connection);
  ss_poller_watch_init_alone (&self->watch, poller, G_OBJECT (self), &watch_funcs);
  self->func = func;
  self->user_data = user_data;
  self->queue = queue;
  g_queue_push_tail_link (queue, &self->link);
  g_object_ref (self);

  return self;
}

void
ss_request_stream_start (SsRequestStream *self)
{
  g_assert (SS_IS_REQUEST_STREAM (self));

  advance (self);
}

void
ss_request_stream_cut_all (GQueue *queue)
{
  while (!g_queue_is_empty (queue))
    finish (g_queue_peek_head (queue));
}

GSocketConnection *
ss_request_stream_get_connection (SsRequestStream *self)
{
  g_assert (SS_IS_REQUEST_STREAM (self));

  return self->connection;
}

GIOStream *
ss_request_stream_get_base (SsRequestStream *self)
{
  g_assert (SS_IS_REQUEST_STREAM (self));

  return self->base.stream;
}

/* libsoup's stream is over ours, or over that of TLS which is over ours. */
static SsRequestStream *
find (GIOStream *stream)
{
  static const char *const properties[] = { "base-iostream", "request-stream" };

  for (guint i = 0; i < G_N_ELEMENTS (properties) && !SS_IS_REQUEST_STREAM (stream); i++)
    {
      g_autoptr (GIOStream) base = NULL;

      if (g_object_class_find_property (G_OBJECT_GET_CLASS (stream), properties[i]) == NULL)
        return NULL;

      g_object_get (stream, properties[i], &base, NULL);
      /* The stream keeps it. */
      stream = base;
    }

  return SS_IS_REQUEST_STREAM (stream) ? SS_REQUEST_STREAM (stream) : NULL;
}

GIOStream *
ss_request_stream_unwrap (GIOStream  *stream,
                          GBytes    **unread)
{
  SsRequestStream *self = find (stream);
  GIOStream *base;

  *unread = NULL;
  if (self == NULL || self->phase != SERVED)
    return g_object_ref (stream);

  self->phase = OVER;
  *unread = g_steal_pointer (&self->unread);
  base = g_steal_pointer (&self->base.stream);
  ss_base_clear (&self->base);

  return base;
}
