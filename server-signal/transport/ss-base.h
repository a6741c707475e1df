/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-poller.h"
#include "ss-queue.h"

G_BEGIN_DECLS

/* The ground that a stream stands on: libsoup's own GIOStream, with TLS and all that it wraps, or
 * only a descriptor of its socket, once that is enough. Nothing here waits. */
typedef struct
{
  GSource   *input_source;  /* of the stream, where its descriptor says too little */
  GSource   *output_source;
  GIOStream *stream;        /* NULL once only its socket is needed */
  GBytes    *unread;        /* bytes of the stream's that were read too early, or NULL */
  int        fd;            /* of the socket when direct: stream's, or ours when there is none */
  guint      direct : 1;    /* bytes go to the socket as they are, and epoll sees all there is */
  guint      closing : 1;   /* ss_base_close_async() was called */
} SsBase;

void            ss_base_init             (SsBase              *self,
                                          GIOStream           *stream);
void            ss_base_clear            (SsBase              *self);

/* These bytes are read next, and the base is direct no more. Takes them; they are not empty. */
void            ss_base_unread           (SsBase              *self,
                                          GBytes              *bytes);
/* Errors are those of GIO, WOULD_BLOCK among them. */
gssize          ss_base_read             (SsBase              *self,
                                          void                *buffer,
                                          gsize                count,
                                          GError             **error);

static inline GPollableOutputStream *
ss_base_get_output (SsBase *self)
{
  return G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));
}

static inline GPollableReturn
ss_base_send (SsBase  *self,
              SsQueue *queue,
              gsize   *sent)
{
  if (self->direct)
    return ss_queue_send (queue, self->fd, sent);

  return ss_queue_write (queue, ss_base_get_output (self), sent);
}

/* For a base that is not direct: calls func once when there is something to read, or room to write,
 * unless it was asked to already. func says with ss_base_stop_input() or ss_base_stop_output() that
 * it was called. */
void            ss_base_await_input      (SsBase              *self,
                                          GMainContext        *context,
                                          GPollableSourceFunc  func,
                                          gpointer             user_data);
void            ss_base_await_output     (SsBase              *self,
                                          GMainContext        *context,
                                          GPollableSourceFunc  func,
                                          gpointer             user_data);
void            ss_base_stop_input       (SsBase              *self);
void            ss_base_stop_output      (SsBase              *self);

/* Has watch look at the descriptor, one of our own if one is to be had; then the stream goes, whose
 * objects take more memory than all that libsoup and we have for an idle peer. With no epoll to be
 * had it is direct no more. */
void            ss_base_watch            (SsBase              *self,
                                          SsPollerWatch       *watch);

/* Tells the peer that nothing follows: at once where it is direct, otherwise by closing the stream,
 * which may take its time. */
void            ss_base_shut_down        (SsBase              *self);
void            ss_base_close_async      (SsBase              *self,
                                          GMainContext        *context,
                                          GAsyncReadyCallback  callback,
                                          gpointer             user_data);
/* Ends it, once. */
void            ss_base_close            (SsBase              *self);

/* Of the socket; -1: none is known. */
int             ss_base_get_fd           (SsBase              *self);
void            ss_base_set_user_timeout (SsBase              *self,
                                          guint                milliseconds);

G_END_DECLS
