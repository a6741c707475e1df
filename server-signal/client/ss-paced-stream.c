/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-paced-stream.h"

#include <string.h>

#include "ss-clear-source.h"
#include "transport/ss-socket.h"

/* Read from the base at a time, and kept while libsoup has not taken all of it. */
#define BUFFER_BYTES (16u * 1024u)
/* The header of a frame that is not masked, at most. RFC 6455, section 5.2. */
#define HEADER_BYTES 10
/* However long a turn was, as one frame may take long, the server gets its next one in time. */
#define REST_US_MIN 1000
#define REST_US_MAX 50000

/* The input */

#define SS_TYPE_PACED_INPUT (ss_paced_input_get_type ())
G_DECLARE_FINAL_TYPE (SsPacedInput, ss_paced_input, SS, PACED_INPUT, GFilterInputStream)

struct _SsPacedInput
{
  GFilterInputStream parent_instance;

  guint8  *buffer;      /* NULL: nothing is kept */
  gsize    start;
  gsize    end;
  guint64  frame_left;  /* of the frame that libsoup is being given */
  gint64   turn_start;  /* monotonic; 0: nothing was read in this turn */
  gint64   turn_end;    /* when the budget was found to be spent; 0: it is not */
  GSocket *socket;      /* the base is its own, which is empty when it gives less than it could; or NULL */
  gboolean is_drained;  /* it did so in this turn */
};

static void ss_paced_input_pollable_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SsPacedInput, ss_paced_input, G_TYPE_FILTER_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      ss_paced_input_pollable_init))

static inline GPollableInputStream *
get_base (SsPacedInput *self)
{
  return G_POLLABLE_INPUT_STREAM (
    g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (self)));
}

/* Waits for its time, or for a main loop that has nothing else to do. */
typedef struct
{
  GSource       source;
  SsPacedInput *input;
  GSource      *idle;
} RestSource;

static gboolean
rest_source_dispatch (GSource     *source,
                      GSourceFunc  callback,
                      gpointer     user_data)
{
  RestSource *rest = (RestSource *) source;
  GPollableSourceFunc func = (GPollableSourceFunc) (void (*) (void)) callback;

  return func (G_OBJECT (rest->input), user_data);
}

static void
rest_source_finalize (GSource *source)
{
  RestSource *rest = (RestSource *) source;

  ss_clear_source (&rest->idle);
  g_object_unref (rest->input);
}

static GSourceFuncs rest_source_funcs = {
  .dispatch = rest_source_dispatch,
  .finalize = rest_source_finalize,
};

static gboolean
rested_cb (gpointer user_data)
{
  g_source_set_ready_time (user_data, 0);

  return G_SOURCE_REMOVE;
}

static GSource *
rest_source_new (SsPacedInput *self,
                 gint64        interval)
{
  GSource *source = g_source_new (&rest_source_funcs, sizeof (RestSource));
  RestSource *rest = (RestSource *) source;

  rest->input = g_object_ref (self);
  g_source_set_ready_time (source, g_get_monotonic_time () + interval);
  rest->idle = g_idle_source_new ();
  g_source_set_priority (rest->idle, G_PRIORITY_LOW);
  g_source_set_callback (rest->idle, rested_cb, source, NULL);
  g_source_attach (rest->idle, g_main_context_get_thread_default ());

  return source;
}

/* Waits for the socket itself. The base's own source is one around others, each of which is dispatched in
 * its turn and taken out of the poll meanwhile, which wakes the main loop up each time. */
typedef struct
{
  GSource       source;
  SsPacedInput *input;
  GSocket      *socket;
  gpointer      tag;
} SocketSource;

/* A socket that was closed here tells nothing more, and its descriptor may be somebody else's. */
static gboolean
socket_source_prepare (GSource *source,
                       int     *timeout)
{
  *timeout = -1;

  return g_socket_is_closed (((SocketSource *) source)->socket);
}

static gboolean
socket_source_check (GSource *source)
{
  SocketSource *waiting = (SocketSource *) source;

  return g_source_query_unix_fd (source, waiting->tag) != 0 || g_socket_is_closed (waiting->socket);
}

static gboolean
socket_source_dispatch (GSource     *source,
                        GSourceFunc  callback,
                        gpointer     user_data)
{
  GPollableSourceFunc func = (GPollableSourceFunc) (void (*) (void)) callback;

  return func (G_OBJECT (((SocketSource *) source)->input), user_data);
}

static void
socket_source_finalize (GSource *source)
{
  g_object_unref (((SocketSource *) source)->input);
  g_object_unref (((SocketSource *) source)->socket);
}

static GSourceFuncs socket_source_funcs = {
  .prepare = socket_source_prepare,
  .check = socket_source_check,
  .dispatch = socket_source_dispatch,
  .finalize = socket_source_finalize,
};

static GSource *
socket_source_new (SsPacedInput *self)
{
  GSource *source = g_source_new (&socket_source_funcs, sizeof (SocketSource));
  SocketSource *waiting = (SocketSource *) source;

  waiting->input = g_object_ref (self);
  waiting->socket = g_object_ref (self->socket);
  waiting->tag =
    g_source_add_unix_fd (source, g_socket_get_fd (self->socket), G_IO_IN | G_IO_HUP | G_IO_ERR);

  return source;
}

/* How much of the buffer belongs to one frame. */
static gsize
look_at_frame (SsPacedInput *self)
{
  const guint8 *header = self->buffer + self->start;
  gsize length = self->end - self->start;
  guint64 payload;
  gsize n_header = 2;

  if (self->frame_left > 0)
    return (gsize) MIN (self->frame_left, length);

  if (length < n_header)
    return length;

  payload = header[1] & 0x7f;
  if (payload >= 126)
    {
      n_header = payload == 126 ? 4 : HEADER_BYTES;
      if (length < n_header)
        return length;

      payload = 0;
      for (gsize i = 2; i < n_header; i++)
        payload = payload << 8 | header[i];
    }

  /* More than fits is an error that libsoup finds. */
  self->frame_left = MIN (payload, G_MAXINT64) + n_header;

  return (gsize) MIN (self->frame_left, length);
}

static gssize
would_block (GError     **error,
             const char  *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, why);

  return -1;
}

static gssize
fill (SsPacedInput  *self,
      GError       **error)
{
  gsize kept = self->end - self->start;
  gssize n;

  if (self->buffer == NULL)
    self->buffer = g_malloc (BUFFER_BYTES);
  else if (kept > 0)
    memmove (self->buffer, self->buffer + self->start, kept);
  self->start = 0;
  self->end = kept;

  if (self->is_drained)
    n = would_block (error, "The socket was empty");
  else
    n = g_pollable_input_stream_read_nonblocking (get_base (self), self->buffer + kept,
                                                  BUFFER_BYTES - kept, NULL, error);
  if (n > 0)
    {
      self->end += (gsize) n;
      /* The source tells of what comes after this, and that spares a look at an empty socket. */
      self->is_drained = self->socket != NULL && self->end < BUFFER_BYTES;
    }
  else if (kept == 0)
    {
      g_clear_pointer (&self->buffer, g_free);
    }

  return n;
}

static gboolean
is_turn_over (SsPacedInput *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->turn_start == 0)
    self->turn_start = now;
  else if (now - self->turn_start >= SS_PACED_TURN_US)
    self->turn_end = now;

  return self->turn_end != 0;
}

/* A header that has come in part only, and is the beginning of no frame that is known. */
static gboolean
has_part_of_header (SsPacedInput *self)
{
  gsize length = self->end - self->start;

  return self->frame_left == 0 && length < HEADER_BYTES &&
         (length < 2 || (self->buffer[self->start + 1] & 0x7f) >= 126) &&
         !(length >= 4 && (self->buffer[self->start + 1] & 0x7f) == 126);
}

static gboolean
has_input (SsPacedInput *self)
{
  return self->start < self->end && !has_part_of_header (self);
}

static gssize
ss_paced_input_read_nonblocking (GPollableInputStream  *pollable,
                                 void                  *buffer,
                                 gsize                  count,
                                 GError               **error)
{
  SsPacedInput *self = SS_PACED_INPUT (pollable);
  gsize n;

  if (is_turn_over (self))
    return would_block (error, "The turn is over");

  /* A large frame needs no buffer of ours on its way. */
  if (self->start == self->end && self->frame_left > count)
    {
      gssize n_read =
        g_pollable_input_stream_read_nonblocking (get_base (self), buffer, count, NULL, error);

      if (n_read > 0)
        self->frame_left -= (guint64) n_read;

      return n_read;
    }

  if (self->start == self->end || has_part_of_header (self))
    {
      gssize n_read = fill (self, error);

      if (n_read <= 0)
        return n_read;
      if (has_part_of_header (self))
        return would_block (error, "No whole header yet");
    }

  n = MIN (look_at_frame (self), count);
  memcpy (buffer, self->buffer + self->start, n);
  self->start += n;
  self->frame_left -= n;
  if (self->start == self->end)
    g_clear_pointer (&self->buffer, g_free);

  return (gssize) n;
}

static gboolean
ss_paced_input_is_readable (GPollableInputStream *pollable)
{
  SsPacedInput *self = SS_PACED_INPUT (pollable);

  return has_input (self) || g_pollable_input_stream_is_readable (get_base (self));
}

/* libsoup asks for one whenever it has read all that there was, which ends the turn. */
static GSource *
ss_paced_input_create_source (GPollableInputStream *pollable,
                              GCancellable         *cancellable)
{
  SsPacedInput *self = SS_PACED_INPUT (pollable);
  gint64 spent = self->turn_end - self->turn_start;
  gboolean is_over = self->turn_end != 0;
  gboolean is_empty = self->is_drained && cancellable == NULL && !g_socket_is_closed (self->socket);

  self->turn_start = 0;
  self->turn_end = 0;
  self->is_drained = FALSE;

  /* Once the base has nothing left that came with the handshake, the socket tells all there is. */
  if (!is_over && !has_input (self) && is_empty)
    return socket_source_new (self);
  /* The base's own source does as well as one around it, for libsoup takes nothing from the stream
   * that the source names. */
  if (!is_over && !has_input (self))
    return g_pollable_input_stream_create_source (get_base (self), cancellable);

  return rest_source_new (self, is_over ? CLAMP (spent, REST_US_MIN, REST_US_MAX) : 0);
}

static void
ss_paced_input_finalize (GObject *object)
{
  g_clear_object (&SS_PACED_INPUT (object)->socket);
  g_free (SS_PACED_INPUT (object)->buffer);

  G_OBJECT_CLASS (ss_paced_input_parent_class)->finalize (object);
}

static void
ss_paced_input_class_init (SsPacedInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ss_paced_input_finalize;
}

static void
ss_paced_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = ss_paced_input_is_readable;
  iface->read_nonblocking = ss_paced_input_read_nonblocking;
  iface->create_source = ss_paced_input_create_source;
}

static void
ss_paced_input_init (SsPacedInput *self)
{
}

/* The stream */

struct _SsPacedStream
{
  GIOStream parent_instance;

  GIOStream    *base;
  GInputStream *input;
};

enum
{
  PROP_0,
  PROP_BASE_IO_STREAM,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (SsPacedStream, ss_paced_stream, G_TYPE_IO_STREAM)

static GInputStream *
ss_paced_stream_get_input_stream (GIOStream *stream)
{
  return SS_PACED_STREAM (stream)->input;
}

static GOutputStream *
ss_paced_stream_get_output_stream (GIOStream *stream)
{
  return g_io_stream_get_output_stream (SS_PACED_STREAM (stream)->base);
}

static gboolean
ss_paced_stream_close (GIOStream     *stream,
                       GCancellable  *cancellable,
                       GError       **error)
{
  return g_io_stream_close (SS_PACED_STREAM (stream)->base, cancellable, error);
}

static void
base_closed_cb (GObject      *object,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_io_stream_close_finish (G_IO_STREAM (object), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
ss_paced_stream_close_async (GIOStream           *stream,
                             int                  priority,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  GTask *task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_source_tag (task, ss_paced_stream_close_async);
  g_io_stream_close_async (SS_PACED_STREAM (stream)->base, priority, cancellable, base_closed_cb,
                           task);
}

static gboolean
ss_paced_stream_close_finish (GIOStream     *stream,
                              GAsyncResult  *result,
                              GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ss_paced_stream_get_property (GObject    *object,
                              guint       property_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  if (property_id == PROP_BASE_IO_STREAM)
    g_value_set_object (value, SS_PACED_STREAM (object)->base);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
ss_paced_stream_finalize (GObject *object)
{
  SsPacedStream *self = SS_PACED_STREAM (object);

  g_object_unref (self->input);
  g_object_unref (self->base);

  G_OBJECT_CLASS (ss_paced_stream_parent_class)->finalize (object);
}

static void
ss_paced_stream_class_init (SsPacedStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  object_class->get_property = ss_paced_stream_get_property;
  object_class->finalize = ss_paced_stream_finalize;

  stream_class->get_input_stream = ss_paced_stream_get_input_stream;
  stream_class->get_output_stream = ss_paced_stream_get_output_stream;
  stream_class->close_fn = ss_paced_stream_close;
  stream_class->close_async = ss_paced_stream_close_async;
  stream_class->close_finish = ss_paced_stream_close_finish;

  /* The name is that of GTlsConnection's, by which the socket below is found. */
  properties[PROP_BASE_IO_STREAM] =
    g_param_spec_object ("base-io-stream", NULL, NULL, G_TYPE_IO_STREAM,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ss_paced_stream_init (SsPacedStream *self)
{
}

GIOStream *
ss_paced_stream_new (GIOStream *base)
{
  SsPacedStream *self = g_object_new (SS_TYPE_PACED_STREAM, NULL);

  self->base = g_object_ref (base);
  self->input =
    g_object_new (SS_TYPE_PACED_INPUT, "base-stream", g_io_stream_get_input_stream (base),
                  "close-base-stream", FALSE, NULL);
  if (ss_socket_is_direct (base))
    g_set_object (&SS_PACED_INPUT (self->input)->socket, ss_socket_find (base));

  return G_IO_STREAM (self);
}
