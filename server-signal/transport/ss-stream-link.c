/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-stream-link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "ss-limits.h"
#include "ss-listener.h"
#include "ss-message-limit.h"
#include "ss-request-stream.h"
#include "ss-socket.h"
#include "ss-stream.h"
#include "ss-websocket-frame.h"
#include "ss-websocket-link.h"

/* Service Restart, Try Again Later, Bad Gateway (RFC 6455, 11.7). */
#define FIRST_REGISTERED 1012
#define LAST_REGISTERED 1014

#define SS_TYPE_STREAM_LINK (ss_stream_link_get_type ())
G_DECLARE_FINAL_TYPE (SsStreamLink, ss_stream_link, SS, STREAM_LINK, SsWebsocketLink)

struct _SsStreamLink
{
  SsWebsocketLink  parent_instance;

  SsStream        *stream; /* NULL: the connection was gone before we came, and the link is over */
  SsMessageLimit  *limit;  /* the connection's */
};

G_DEFINE_FINAL_TYPE (SsStreamLink, ss_stream_link, SS_TYPE_WEBSOCKET_LINK)

/* For every message of every peer. A checked cast would look the type up, which is sure. */
static inline SsStream *
get_stream (SsLink *link)
{
  return ((SsStreamLink *) link)->stream;
}

/* SsStreamFuncs */

static void
stream_drained_cb (gpointer owner)
{
  ss_link_drained (owner);
}

static void
stream_stalled_cb (gpointer owner)
{
  ss_link_stalled (owner);
}

static const SsStreamFuncs stream_funcs = {
  .drained = stream_drained_cb,
  .stalled = stream_stalled_cb,
};

static gboolean
control_cb (gpointer   link,
            GError   **error)
{
  ss_link_control (link);

  return TRUE;
}

/* SsWebsocketLink */

static void
ss_stream_link_failed (SsWebsocketLink *link,
                       const GError    *error)
{
  SsStreamLink *self = SS_STREAM_LINK (link);
  gushort code;

  /* The queue would only delay the end. libsoup closes without a word on an oversized message. */
  ss_stream_discard (self->stream);
  code = soup_websocket_connection_get_close_code (ss_websocket_link_get_connection (link));
  /* To libsoup the codes that have been registered since are faults. */
  if (code >= FIRST_REGISTERED && code <= LAST_REGISTERED)
    ss_stream_push_close (self->stream, code);
  if (g_error_matches (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG))
    ss_stream_push_close (self->stream, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
}

/* SsLink */

static void
ss_stream_link_send (SsLink    *link,
                     SsMessage *message)
{
  ss_stream_push (get_stream (link), message);
}

static void
ss_stream_link_close (SsLink     *link,
                      gushort     code,
                      const char *reason,
                      gboolean    discard)
{
  SsStreamLink *self = SS_STREAM_LINK (link);

  if (discard)
    ss_stream_discard (self->stream);

  if (!ss_websocket_link_is_connected (SS_WEBSOCKET_LINK (self)))
    return;

  /* The peer's answer has to be read. */
  ss_stream_start (self->stream);
  ss_stream_enter (self->stream);
  ss_websocket_link_begin_closing (SS_WEBSOCKET_LINK (self), code, reason);
  ss_stream_leave (self->stream);
}

static void
ss_stream_link_cut (SsLink *link)
{
  ss_stream_cut (get_stream (link));
}

static void
ss_stream_link_start (SsLink *link)
{
  ss_stream_start (get_stream (link));
}

static gboolean
ss_stream_link_is_open (SsLink *link)
{
  return ss_stream_is_writable (get_stream (link)) &&
         SS_LINK_CLASS (ss_stream_link_parent_class)->is_open (link);
}

static void
ss_stream_link_set_limit (SsLink      *link,
                          SsLinkLimit  limit,
                          gsize        value)
{
  SsStreamLink *self = SS_STREAM_LINK (link);

  switch (limit)
    {
    case SS_LINK_MAX_MESSAGE:
      /* To libsoup 0 means that there is no limit, and then a frame of 14 bytes is enough to crash
       * it. */
      g_assert (value > 0);
      soup_websocket_connection_set_max_incoming_payload_size (ss_websocket_link_get_connection (
                                                                 SS_WEBSOCKET_LINK (self)),
                                                               value);
      ss_message_limit_set_max_bytes (self->limit, value);
      break;

    case SS_LINK_CLOSE_TIMEOUT:
      ss_stream_set_close_timeout (self->stream, (guint) value);
      break;

    case SS_LINK_STALL_TIMEOUT:
      ss_stream_set_stall_timeout (self->stream, (guint) value);
      break;

    case SS_LINK_USER_TIMEOUT:
      ss_stream_set_user_timeout (self->stream, (guint) value);
      break;

    default:
      break;
    }
}

static void
ss_stream_link_set_counters (SsLink         *link,
                             SsLinkCounters *counters)
{
  ss_sender_set_counters (ss_stream_get_sender (get_stream (link)), counters);
}

static gsize
ss_stream_link_get_backlog (SsLink *link)
{
  return ss_stream_get_sender (get_stream (link))->queue.n_bytes;
}

static void
ss_stream_link_when_drained (SsLink *link,
                             gsize   mark)
{
  ss_sender_set_mark (ss_stream_get_sender (get_stream (link)), mark);
}

static void
ss_stream_link_hold_input (SsLink   *link,
                           gboolean  held)
{
  ss_stream_hold_input (get_stream (link), held);
}

static gboolean
ss_stream_link_ping (SsLink *link)
{
  return ss_stream_push_ping (get_stream (link));
}

static gboolean
ss_stream_link_was_heard (SsLink *link)
{
  return ss_stream_was_heard (get_stream (link));
}

static void
ss_stream_link_measure (SsLink         *link,
                        SsLinkProgress *progress)
{
  SsStream *stream = get_stream (link);
  const SsSender *sender = ss_stream_get_sender (stream);

  progress->stalled_since = sender->stall.since;
  progress->n_queued = ss_sender_get_n_queued (sender);
  progress->n_confirmed = ss_stream_get_n_confirmed (stream);
  progress->n_writes = sender->n_writes;
}

static void
ss_stream_link_dispose (GObject *object)
{
  SsStreamLink *self = SS_STREAM_LINK (object);
  g_autoptr (SsStream) stream = NULL;
  SoupWebsocketConnection *connection;

  G_OBJECT_CLASS (ss_stream_link_parent_class)->dispose (object);

  stream = g_steal_pointer (&self->stream);
  if (stream == NULL)
    return;

  ss_stream_set_funcs (stream, NULL, NULL);
  ss_message_limit_set_control_func (self->limit, NULL, NULL, NULL);
  connection = ss_websocket_link_steal_connection (SS_WEBSOCKET_LINK (self));
  ss_stream_enter (stream);
  g_object_unref (connection);
  ss_stream_leave (stream);
  ss_stream_run (stream);
}

static void
ss_stream_link_class_init (SsStreamLinkClass *klass)
{
  SsLinkClass *link_class = SS_LINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ss_stream_link_dispose;

  SS_WEBSOCKET_LINK_CLASS (klass)->failed = ss_stream_link_failed;

  link_class->send = ss_stream_link_send;
  link_class->close = ss_stream_link_close;
  link_class->cut = ss_stream_link_cut;
  link_class->start = ss_stream_link_start;
  link_class->is_open = ss_stream_link_is_open;
  link_class->set_limit = ss_stream_link_set_limit;
  link_class->set_counters = ss_stream_link_set_counters;
  link_class->get_backlog = ss_stream_link_get_backlog;
  link_class->when_drained = ss_stream_link_when_drained;
  link_class->hold_input = ss_stream_link_hold_input;
  link_class->ping = ss_stream_link_ping;
  link_class->was_heard = ss_stream_link_was_heard;
  link_class->measure = ss_stream_link_measure;
}

static void
ss_stream_link_init (SsStreamLink *self)
{
}

/* Nobody asks the connection for the address that the peer asked for, so one does for all. */
static GUri *
get_any_uri (void)
{
  static GUri *uri;

  if (g_once_init_enter (&uri))
    g_once_init_leave (&uri, g_uri_parse ("ws://localhost/", SOUP_HTTP_URI_FLAGS, NULL));

  return uri;
}

/* Over base, of which unread, or NULL, comes first. */
static void
begin (SsStreamLink *self,
       GIOStream    *base,
       GBytes       *unread,
       const char   *protocol)
{
  SsLink *link = SS_LINK (self);
  GSocket *socket = ss_socket_find (base);
  g_autoptr (SoupWebsocketConnection) connection = NULL;

  /* Fails on a unix socket, which does not wait for more anyway. */
  if (socket != NULL)
    g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);

  ss_link_set_protocol (link, protocol);
  self->stream = ss_stream_new (base, ss_link_get_poller (link));
  if (unread != NULL)
    ss_stream_unread (self->stream, unread);
  ss_stream_set_funcs (self->stream, &stream_funcs, self);
  self->limit = ss_message_limit_new (SS_MESSAGE_BYTES);
  ss_message_limit_set_control_func (self->limit, control_cb, self, NULL);
  ss_stream_enter (self->stream);
  connection = soup_websocket_connection_new (G_IO_STREAM (self->stream), get_any_uri (),
                                              SOUP_WEBSOCKET_CONNECTION_SERVER, NULL, protocol,
                                              g_list_append (NULL, self->limit));
  ss_stream_leave (self->stream);
  ss_websocket_link_set_connection (SS_WEBSOCKET_LINK (self), connection);
  ss_link_set_max_message (link, SS_MESSAGE_BYTES);
}

SsLink *
ss_stream_link_new (SoupServerMessage *message,
                    const char        *protocol)
{
  SsStreamLink *self = g_object_new (SS_TYPE_STREAM_LINK, NULL);
  SsLink *link = SS_LINK (self);
  g_autoptr (SoupServerMessage) kept_message = g_object_ref (message);
  g_autoptr (GIOStream) stolen = NULL;
  g_autoptr (GIOStream) base = NULL;
  GBytes *unread;

  ss_link_set_remote_address (link, ss_socket_get_message_address (message));

  stolen = soup_server_message_steal_connection (message);
  if (stolen == NULL)
    {
      ss_link_set_protocol (link, protocol);
      ss_link_over (link, 0);
      return link;
    }

  base = ss_request_stream_unwrap (stolen, &unread);
  ss_listener_upgraded (ss_socket_find (base));
  begin (self, base, unread, protocol);

  return link;
}

gboolean
ss_stream_link_is_able (GIOStream *stream)
{
  GInputStream *input = g_io_stream_get_input_stream (stream);
  GOutputStream *output = g_io_stream_get_output_stream (stream);

  return G_IS_POLLABLE_INPUT_STREAM (input) &&
         g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (input)) &&
         G_IS_POLLABLE_OUTPUT_STREAM (output) &&
         g_pollable_output_stream_can_poll (G_POLLABLE_OUTPUT_STREAM (output));
}

SsLink *
ss_stream_link_new_for_stream (GIOStream  *stream,
                               const char *protocol)
{
  SsStreamLink *self = g_object_new (SS_TYPE_STREAM_LINK, NULL);
  g_autoptr (GSocketAddress) address = ss_socket_dup_remote_address (stream);

  ss_link_set_remote_address (SS_LINK (self), address);
  begin (self, stream, NULL, protocol);

  return SS_LINK (self);
}

void
ss_stream_link_turn_away (GIOStream *stream,
                          gushort    code)
{
  guint8 frame[SS_CLOSE_FRAME_BYTES];

  ss_websocket_frame_close (frame, code);
  g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (
                                                g_io_stream_get_output_stream (stream)),
                                              frame, sizeof frame, NULL, NULL);
  g_io_stream_close_async (stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
}
