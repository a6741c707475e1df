/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-record-stream.h"
#include "ss-log.h"

#define RECORD_HEADER 5 /* type, version, length of two bytes */
#define TYPE_HANDSHAKE 22

/* The input is read in the thread that makes the handshake, and after that in the main context. */
#define SS_TYPE_RECORD_INPUT (ss_record_input_get_type ())
G_DECLARE_FINAL_TYPE (SsRecordInput, ss_record_input, SS, RECORD_INPUT, GInputStream)

struct _SsRecordInput
{
  GInputStream  parent_instance;

  GInputStream *base;
  guint8        header[RECORD_HEADER]; /* of the record that is being read */
  guint         n_header;
  gsize         n_left;                /* of its bytes */
  gboolean      made;                  /* the handshake */
  gboolean      ended;                 /* another one was about to begin */
};

struct _SsRecordStream
{
  GIOStream          parent_instance;

  GSocketConnection *connection;
  SsRecordInput     *input;
};

static void ss_record_input_pollable_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SsRecordInput, ss_record_input, G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      ss_record_input_pollable_init))
G_DEFINE_FINAL_TYPE (SsRecordStream, ss_record_stream, G_TYPE_IO_STREAM)

enum
{
  PROP_BASE_IO_STREAM = 1
};

/* The input */

/* FALSE: a record begins that may not be there. */
static gboolean
follow (SsRecordInput *self,
        const guint8  *bytes,
        gsize          n)
{
  while (n > 0)
    {
      gsize step;

      if (self->n_left == 0)
        {
          if (self->n_header == 0 && self->made && bytes[0] == TYPE_HANDSHAKE)
            return FALSE;

          self->header[self->n_header++] = bytes[0];
          if (self->n_header == RECORD_HEADER)
            {
              self->n_header = 0;
              self->n_left = (gsize) self->header[3] << 8 | self->header[4];
            }
          step = 1;
        }
      else
        {
          step = MIN (n, self->n_left);
          self->n_left -= step;
        }
      bytes += step;
      n -= step;
    }

  return TRUE;
}

static gssize
took (SsRecordInput *self,
      const void    *buffer,
      gssize         n)
{
  if (n > 0 && !follow (self, buffer, (gsize) n))
    {
      ss_log_info ("peer-dropped", SS_LOG_NONE,
                   "A client asks for another TLS handshake, and is cut off");
      self->ended = TRUE;
    }

  return self->ended ? 0 : n;
}

static gssize
ss_record_input_read (GInputStream  *stream,
                      void          *buffer,
                      gsize          count,
                      GCancellable  *cancellable,
                      GError       **error)
{
  SsRecordInput *self = SS_RECORD_INPUT (stream);

  if (self->ended)
    return 0;

  return took (self, buffer, g_input_stream_read (self->base, buffer, count, cancellable, error));
}

static gssize
ss_record_input_read_nonblocking (GPollableInputStream  *pollable,
                                  void                  *buffer,
                                  gsize                  count,
                                  GError               **error)
{
  SsRecordInput *self = SS_RECORD_INPUT (pollable);

  if (self->ended)
    return 0;

  return took (self, buffer,
               g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (self->base),
                                                         buffer, count, NULL, error));
}

static gboolean
ss_record_input_is_readable (GPollableInputStream *pollable)
{
  SsRecordInput *self = SS_RECORD_INPUT (pollable);

  return self->ended || g_pollable_input_stream_is_readable (G_POLLABLE_INPUT_STREAM (self->base));
}

static GSource *
ss_record_input_create_source (GPollableInputStream *pollable,
                               GCancellable         *cancellable)
{
  SsRecordInput *self = SS_RECORD_INPUT (pollable);
  g_autoptr (GSource) source =
    g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (self->base), NULL);

  return g_pollable_source_new_full (self, source, cancellable);
}

static void
ss_record_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->read_nonblocking = ss_record_input_read_nonblocking;
  iface->is_readable = ss_record_input_is_readable;
  iface->create_source = ss_record_input_create_source;
}

static void
ss_record_input_finalize (GObject *object)
{
  g_clear_object (&SS_RECORD_INPUT (object)->base);

  G_OBJECT_CLASS (ss_record_input_parent_class)->finalize (object);
}

static void
ss_record_input_class_init (SsRecordInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ss_record_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = ss_record_input_read;
}

static void
ss_record_input_init (SsRecordInput *self)
{
}

/* The stream */

static GInputStream *
ss_record_stream_get_input_stream (GIOStream *stream)
{
  return G_INPUT_STREAM (SS_RECORD_STREAM (stream)->input);
}

static GOutputStream *
ss_record_stream_get_output_stream (GIOStream *stream)
{
  return g_io_stream_get_output_stream (G_IO_STREAM (SS_RECORD_STREAM (stream)->connection));
}

static gboolean
ss_record_stream_close (GIOStream     *stream,
                        GCancellable  *cancellable,
                        GError       **error)
{
  return g_io_stream_close (G_IO_STREAM (SS_RECORD_STREAM (stream)->connection), cancellable,
                            error);
}

static void
ss_record_stream_get_property (GObject    *object,
                               guint       property_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  g_assert (property_id == PROP_BASE_IO_STREAM);

  g_value_set_object (value, SS_RECORD_STREAM (object)->connection);
}

static void
ss_record_stream_finalize (GObject *object)
{
  SsRecordStream *self = SS_RECORD_STREAM (object);

  g_clear_object (&self->input);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (ss_record_stream_parent_class)->finalize (object);
}

static void
ss_record_stream_class_init (SsRecordStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  object_class->get_property = ss_record_stream_get_property;
  object_class->finalize = ss_record_stream_finalize;

  stream_class->get_input_stream = ss_record_stream_get_input_stream;
  stream_class->get_output_stream = ss_record_stream_get_output_stream;
  stream_class->close_fn = ss_record_stream_close;

  /* By which ss_socket_find() finds its way. */
  g_object_class_install_property (object_class, PROP_BASE_IO_STREAM,
                                   g_param_spec_object ("base-io-stream", NULL, NULL,
                                                        G_TYPE_IO_STREAM,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
ss_record_stream_init (SsRecordStream *self)
{
}

SsRecordStream *
ss_record_stream_new (GSocketConnection *connection)
{
  SsRecordStream *self = g_object_new (SS_TYPE_RECORD_STREAM, NULL);

  self->connection = g_object_ref (connection);
  self->input = g_object_new (SS_TYPE_RECORD_INPUT, NULL);
  self->input->base = g_object_ref (g_io_stream_get_input_stream (G_IO_STREAM (connection)));

  return self;
}

void
ss_record_stream_handshake_made (SsRecordStream *self)
{
  g_assert (SS_IS_RECORD_STREAM (self));

  self->input->made = TRUE;
}
