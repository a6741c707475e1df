/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* For POLLRDHUP. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "config.h"

#include "ss-admission.h"

#include <poll.h>

#include <glib-unix.h>

#include "ss-clear-source.h"
#include "ss-limits.h"
#include "ss-socket.h"

/* Linux tells of the end of what a client sends without anybody reading up to it. */
#ifdef POLLRDHUP
#define GONE ((GIOCondition) (G_IO_HUP | G_IO_ERR | POLLRDHUP))
#else
#define GONE ((GIOCondition) (G_IO_HUP | G_IO_ERR))
#endif

struct _SsAdmission
{
  grefcount          refs;
  SoupServerMessage *message;   /* NULL: over */
  gboolean           loopback;
  SsAdmissionFunc    func;
  gpointer           user_data;
  GDestroyNotify     destroy;

  /* While it waits. */
  GList              link;
  GQueue            *queue;     /* NULL: it does not */
  GSource           *deadline;
  GSource           *gone;
};

static G_DEFINE_QUARK (ss-admission-stream, stream)

/* NULL: it is over already. */
static SoupServerMessage *
leave (SsAdmission *self)
{
  SoupServerMessage *message = g_steal_pointer (&self->message);

  if (message == NULL)
    return NULL;

  g_signal_handlers_disconnect_by_data (message, self);
  ss_clear_source (&self->deadline);
  ss_clear_source (&self->gone);
  if (self->queue != NULL)
    g_queue_unlink (self->queue, &self->link);
  self->queue = NULL;

  return message;
}

/* answered FALSE: the client has left. */
static void
end (SsAdmission *self,
     gboolean     answered,
     guint        status)
{
  gboolean waits = self->queue != NULL;
  g_autoptr (SoupServerMessage) message = leave (self);
  GSocketAddress *remote;

  if (message == NULL)
    return;

  /* libsoup goes on from the main loop, unless the message is paused again. On a connection that is
   * broken it finds that out. */
  if (waits)
    soup_server_message_unpause (message);
  if (answered)
    self->func (message, status, self->user_data);
  self->destroy (self->user_data);

  /* The address goes on with the peer. */
  remote = ss_socket_get_message_address (message);
  if (remote != NULL)
    g_object_set_qdata (G_OBJECT (remote), stream_quark (), NULL);
}

/* The answer does not come. */
static void
give_up (SsAdmission *self)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (self->message),
                                "Retry-After", G_STRINGIFY (SS_FULL_RETRY_SECONDS));
  end (self, TRUE, SOUP_STATUS_SERVICE_UNAVAILABLE);
}

/* libsoup has done with the connection. */
static void
message_over_cb (SoupServerMessage *message,
                 gpointer           user_data)
{
  SsAdmission *self = user_data;
  g_autoptr (SoupServerMessage) keep = leave (self);

  self->destroy (self->user_data);
}

SsAdmission *
ss_admission_new (SoupServerMessage *message,
                  gboolean           loopback,
                  SsAdmissionFunc    func,
                  gpointer           user_data,
                  GDestroyNotify     destroy)
{
  SsAdmission *self = g_new0 (SsAdmission, 1);

  g_ref_count_init (&self->refs);
  self->link.data = self;
  self->message = g_object_ref (message);
  self->loopback = loopback;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  g_signal_connect (message, "finished", G_CALLBACK (message_over_cb), self);
  g_signal_connect (message, "disconnected", G_CALLBACK (message_over_cb), self);

  return self;
}

SsAdmission *
ss_admission_ref (SsAdmission *self)
{
  g_ref_count_inc (&self->refs);

  return self;
}

void
ss_admission_unref (SsAdmission *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;

  end (self, TRUE, SOUP_STATUS_FORBIDDEN);
  g_free (self);
}

SoupServerMessage *
ss_admission_get_message (SsAdmission *self)
{
  return self->message;
}

gboolean
ss_admission_is_loopback (SsAdmission *self)
{
  return self->loopback;
}

void
ss_admission_set_loopback (SsAdmission *self,
                           gboolean     loopback)
{
  self->loopback = loopback;
}

gboolean
ss_admission_is_held (SsAdmission *self)
{
  return !g_ref_count_compare (&self->refs, 1);
}

GSocket *
ss_admission_find_socket (SoupServerMessage *message)
{
  GSocketAddress *remote = ss_socket_get_message_address (message);
  GWeakRef *weak = remote != NULL ? g_object_get_qdata (G_OBJECT (remote), stream_quark ()) : NULL;
  g_autoptr (GIOStream) stream = NULL;

  if (weak == NULL)
    return soup_server_message_get_socket (message);

  /* The connection of the message keeps it. */
  stream = g_weak_ref_get (weak);

  return stream != NULL ? ss_socket_find (stream) : NULL;
}

GSocket *
ss_admission_get_socket (SsAdmission *self)
{
  return self->message != NULL ? ss_admission_find_socket (self->message) : NULL;
}

void
ss_admission_answer (SsAdmission *self,
                     guint        status)
{
  end (self, TRUE, status);
}

static gboolean
deadline_cb (gpointer user_data)
{
  give_up (user_data);

  return G_SOURCE_REMOVE;
}

static gboolean
gone_cb (int          fd,
         GIOCondition condition,
         gpointer     user_data)
{
  end (user_data, FALSE, 0);

  return G_SOURCE_REMOVE;
}

static void
watch (SsAdmission  *self,
       GMainContext *context)
{
  GSocket *socket = ss_admission_get_socket (self);

  if (socket == NULL || g_socket_is_closed (socket))
    return;

  self->gone = g_unix_fd_source_new (g_socket_get_fd (socket), GONE);
  g_source_set_static_name (self->gone, "[server-signal] handshake: gone");
  g_source_set_callback (self->gone, G_SOURCE_FUNC (gone_cb), self, NULL);
  g_source_attach (self->gone, context);
}

void
ss_admission_wait (SsAdmission  *self,
                   GQueue       *queue,
                   guint         max,
                   GMainContext *context)
{
  if (self->message == NULL)
    return;

  /* The oldest is the one whose answer does not come. */
  while (g_queue_get_length (queue) >= max && !g_queue_is_empty (queue))
    give_up (g_queue_peek_head (queue));

  self->queue = queue;
  g_queue_push_tail_link (queue, &self->link);
  soup_server_message_pause (self->message);

  self->deadline = g_timeout_source_new_seconds (SS_HANDSHAKE_SECONDS);
  g_source_set_static_name (self->deadline, "[server-signal] handshake: deadline");
  g_source_set_callback (self->deadline, deadline_cb, self, NULL);
  g_source_attach (self->deadline, context);
  watch (self, context);
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

void
ss_admission_set_stream (GSocketAddress *remote,
                         GIOStream      *stream)
{
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, stream);
  g_object_set_qdata_full (G_OBJECT (remote), stream_quark (), weak, weak_ref_free);
}
