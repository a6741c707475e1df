/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-tls-request-stream.h"

struct _SsTlsRequestStream
{
  GTlsConnection   parent_instance;

  SsRequestStream *request_stream;
};

G_DEFINE_FINAL_TYPE (SsTlsRequestStream, ss_tls_request_stream, G_TYPE_TLS_CONNECTION)

enum
{
  PROP_REQUEST_STREAM = 1,
  N_OWN_PROPS
};

/* Those of GTlsConnection. */
static const char *const overridden[] = {
  "base-io-stream",
  "use-system-certdb",
  "database",
  "interaction",
  "require-close-notify",
  "rehandshake-mode",
  "certificate",
  "peer-certificate",
  "peer-certificate-errors",
  "advertised-protocols",
  "negotiated-protocol",
  "protocol-version",
  "ciphersuite-name",
};

static GInputStream *
ss_tls_request_stream_get_input_stream (GIOStream *stream)
{
  return g_io_stream_get_input_stream (
    G_IO_STREAM (SS_TLS_REQUEST_STREAM (stream)->request_stream));
}

static GOutputStream *
ss_tls_request_stream_get_output_stream (GIOStream *stream)
{
  return g_io_stream_get_output_stream (
    G_IO_STREAM (SS_TLS_REQUEST_STREAM (stream)->request_stream));
}

static gboolean
ss_tls_request_stream_close (GIOStream     *stream,
                             GCancellable  *cancellable,
                             GError       **error)
{
  return g_io_stream_close (G_IO_STREAM (SS_TLS_REQUEST_STREAM (stream)->request_stream),
                            cancellable, error);
}

static void
ss_tls_request_stream_close_async (GIOStream           *stream,
                                   int                  io_priority,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_source_tag (task, ss_tls_request_stream_close_async);
  /* That does not wait. */
  g_io_stream_close (G_IO_STREAM (SS_TLS_REQUEST_STREAM (stream)->request_stream), NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

static gboolean
ss_tls_request_stream_close_finish (GIOStream     *stream,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ss_tls_request_stream_get_property (GObject    *object,
                                    guint       property_id,
                                    GValue     *value,
                                    GParamSpec *pspec)
{
  SsTlsRequestStream *self = SS_TLS_REQUEST_STREAM (object);
  GIOStream *base = ss_request_stream_get_base (self->request_stream);

  if (property_id == PROP_REQUEST_STREAM)
    g_value_set_object (value, self->request_stream);
  else if (base != NULL)
    g_object_get_property (G_OBJECT (base), pspec->name, value);
}

static void
ss_tls_request_stream_set_property (GObject      *object,
                                    guint         property_id,
                                    const GValue *value,
                                    GParamSpec   *pspec)
{
  /* They are set while the object is being made, and are those of the stream below. */
}

static void
ss_tls_request_stream_finalize (GObject *object)
{
  g_clear_object (&SS_TLS_REQUEST_STREAM (object)->request_stream);

  G_OBJECT_CLASS (ss_tls_request_stream_parent_class)->finalize (object);
}

static void
ss_tls_request_stream_class_init (SsTlsRequestStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  object_class->get_property = ss_tls_request_stream_get_property;
  object_class->set_property = ss_tls_request_stream_set_property;
  object_class->finalize = ss_tls_request_stream_finalize;

  stream_class->get_input_stream = ss_tls_request_stream_get_input_stream;
  stream_class->get_output_stream = ss_tls_request_stream_get_output_stream;
  stream_class->close_fn = ss_tls_request_stream_close;
  stream_class->close_async = ss_tls_request_stream_close_async;
  stream_class->close_finish = ss_tls_request_stream_close_finish;

  g_object_class_install_property (object_class, PROP_REQUEST_STREAM,
                                   g_param_spec_object ("request-stream", NULL, NULL,
                                                        SS_TYPE_REQUEST_STREAM,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  for (guint i = 0; i < G_N_ELEMENTS (overridden); i++)
    if (g_object_class_find_property (object_class, overridden[i]) != NULL)
      g_object_class_override_property (object_class, N_OWN_PROPS + i, overridden[i]);
}

static void
ss_tls_request_stream_init (SsTlsRequestStream *self)
{
}

GIOStream *
ss_tls_request_stream_new (SsRequestStream *request_stream)
{
  SsTlsRequestStream *self = g_object_new (SS_TYPE_TLS_REQUEST_STREAM, NULL);

  self->request_stream = g_object_ref (request_stream);

  return G_IO_STREAM (self);
}
