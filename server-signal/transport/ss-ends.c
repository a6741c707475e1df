/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-ends.h"

struct _SsInput
{
  GInputStream parent_instance;

  SsEnds *ends; /* NULL: the stream is gone */
};

struct _SsOutput
{
  GOutputStream parent_instance;

  SsEnds *ends; /* NULL: the stream is gone */
};

static void ss_input_pollable_init (GPollableInputStreamInterface *iface);
static void ss_output_pollable_init (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SsInput, ss_input, G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      ss_input_pollable_init))
G_DEFINE_FINAL_TYPE_WITH_CODE (SsOutput, ss_output, G_TYPE_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      ss_output_pollable_init))

/* A source that waits for nothing by itself: ss_ends_wake() makes it ready. That is a flag and no
 * ready time, because setting one costs a system call. */
typedef struct
{
  GSource   source;
  SsInput  *input;
  gboolean  ready;
} WaitSource;

static gboolean
wait_source_prepare (GSource *source,
                     int     *timeout)
{
  *timeout = -1;

  return ((WaitSource *) source)->ready;
}

static gboolean
wait_source_dispatch (GSource     *source,
                      GSourceFunc  callback,
                      gpointer     user_data)
{
  WaitSource *wait = (WaitSource *) source;
  GPollableSourceFunc func = (GPollableSourceFunc) (void (*) (void)) callback;

  wait->ready = FALSE;

  return func (G_OBJECT (wait->input), user_data);
}

static void
wait_source_finalize (GSource *source)
{
  WaitSource *wait = (WaitSource *) source;

  if (wait->input->ends != NULL && wait->input->ends->waiting == source)
    wait->input->ends->waiting = NULL;

  g_object_unref (wait->input);
}

static GSourceFuncs wait_source_funcs = {
  .prepare = wait_source_prepare,
  .dispatch = wait_source_dispatch,
  .finalize = wait_source_finalize,
};

/* The input */

static gssize
input_read_nonblocking (GPollableInputStream  *pollable,
                        void                  *buffer,
                        gsize                  count,
                        GError               **error)
{
  SsInput *self = SS_INPUT (pollable);

  return self->ends != NULL ? self->ends->funcs->read (self->ends, buffer, count, error) : 0;
}

static gboolean
input_is_readable (GPollableInputStream *pollable)
{
  /* libsoup reads until that would block and then waits for the source, so a guess is as good as a
   * look. */
  return FALSE;
}

static GSource *
input_create_source (GPollableInputStream *pollable,
                     GCancellable         *cancellable)
{
  SsInput *self = SS_INPUT (pollable);
  GSource *source = g_source_new (&wait_source_funcs, sizeof (WaitSource));
  WaitSource *wait = (WaitSource *) source;

  wait->input = g_object_ref (self);
  wait->ready = self->ends == NULL;
  if (self->ends != NULL)
    {
      self->ends->waiting = source;
      self->ends->funcs->wait (self->ends);
    }

  return source;
}

static gssize
input_read (GInputStream  *stream,
            void          *buffer,
            gsize          count,
            GCancellable  *cancellable,
            GError       **error)
{
  return input_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream), buffer, count, error);
}

static void
ss_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->read_nonblocking = input_read_nonblocking;
  iface->is_readable = input_is_readable;
  iface->create_source = input_create_source;
}

static void
ss_input_class_init (SsInputClass *klass)
{
  G_INPUT_STREAM_CLASS (klass)->read_fn = input_read;
}

static void
ss_input_init (SsInput *self)
{
}

/* The output */

static gssize
output_write_nonblocking (GPollableOutputStream  *pollable,
                          const void             *buffer,
                          gsize                   count,
                          GError                **error)
{
  SsOutput *self = SS_OUTPUT (pollable);

  if (self->ends == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The stream is closed");
      return -1;
    }

  return self->ends->funcs->write (self->ends, buffer, count, error);
}

static gboolean
output_is_writable (GPollableOutputStream *pollable)
{
  return TRUE;
}

static GSource *
output_create_source (GPollableOutputStream *pollable,
                      GCancellable          *cancellable)
{
  SsOutput *self = SS_OUTPUT (pollable);
  g_autoptr (GSource) always = g_timeout_source_new (0);
  GSource *source = g_pollable_source_new (G_OBJECT (pollable));

  g_source_set_dummy_callback (always);
  g_source_add_child_source (source, always);
  if (self->ends != NULL)
    self->ends->funcs->settle (self->ends);

  return source;
}

static gssize
output_write (GOutputStream  *stream,
              const void     *buffer,
              gsize           count,
              GCancellable   *cancellable,
              GError        **error)
{
  return output_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (stream), buffer, count, error);
}

static void
ss_output_pollable_init (GPollableOutputStreamInterface *iface)
{
  iface->write_nonblocking = output_write_nonblocking;
  iface->is_writable = output_is_writable;
  iface->create_source = output_create_source;
}

static void
ss_output_class_init (SsOutputClass *klass)
{
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = output_write;
}

static void
ss_output_init (SsOutput *self)
{
}

/* Both */

void
ss_ends_init (SsEnds            *self,
              const SsEndsFuncs *funcs)
{
  self->funcs = funcs;
  self->input = g_object_new (SS_TYPE_INPUT, NULL);
  SS_INPUT (self->input)->ends = self;
  self->output = g_object_new (SS_TYPE_OUTPUT, NULL);
  SS_OUTPUT (self->output)->ends = self;
}

void
ss_ends_clear (SsEnds *self)
{
  SS_INPUT (self->input)->ends = NULL;
  SS_OUTPUT (self->output)->ends = NULL;
  g_clear_object (&self->input);
  g_clear_object (&self->output);
}

void
ss_ends_wake (SsEnds *self)
{
  if (self->waiting != NULL)
    ((WaitSource *) self->waiting)->ready = TRUE;
}
