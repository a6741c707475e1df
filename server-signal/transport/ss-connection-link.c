/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-connection-link.h"

#include "ss-limits.h"
#include "ss-message-limit.h"
#include "ss-socket.h"
#include "ss-websocket-link.h"

#define SS_TYPE_CONNECTION_LINK (ss_connection_link_get_type ())
G_DECLARE_FINAL_TYPE (SsConnectionLink, ss_connection_link, SS, CONNECTION_LINK, SsWebsocketLink)

struct _SsConnectionLink
{
  SsWebsocketLink  parent_instance;

  GSocket         *socket;   /* or NULL */
  SsLinkCounters  *counters; /* or NULL */
};

G_DEFINE_FINAL_TYPE (SsConnectionLink, ss_connection_link, SS_TYPE_WEBSOCKET_LINK)

/* SsWebsocketLink */

static void
ss_connection_link_failed (SsWebsocketLink *link,
                           const GError    *error)
{
  SsConnectionLink *self = SS_CONNECTION_LINK (link);

  /* libsoup waits for ever for a peer that takes nothing. Messages that have been sent still
   * arrive. */
  if (self->socket != NULL)
    g_socket_shutdown (self->socket, TRUE, FALSE, NULL);
}

/* SsLink */

static void
ss_connection_link_send (SsLink    *link,
                         SsMessage *message)
{
  SsConnectionLink *self = SS_CONNECTION_LINK (link);
  SsWebsocketLink *websocket = SS_WEBSOCKET_LINK (link);
  g_autoptr (GBytes) bytes = NULL;
  const char *text;
  gsize length;

  if (!ss_websocket_link_is_connected (websocket))
    return;

  text = ss_message_payload (message, &length);
  bytes = g_bytes_new_static (text, length);
  soup_websocket_connection_send_message (ss_websocket_link_get_connection (websocket),
                                          SOUP_WEBSOCKET_DATA_TEXT, bytes);
  if (self->counters != NULL)
    {
      self->counters->frames++;
      self->counters->bytes += length;
    }
}

static void
ss_connection_link_close (SsLink     *link,
                          gushort     code,
                          const char *reason,
                          gboolean    discard)
{
  ss_websocket_link_begin_closing (SS_WEBSOCKET_LINK (link), code, reason);
}

static void
ss_connection_link_cut (SsLink *link)
{
  SsConnectionLink *self = SS_CONNECTION_LINK (link);

  if (self->socket != NULL)
    g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
  else
    ss_websocket_link_begin_closing (SS_WEBSOCKET_LINK (self), SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
                                     NULL);
}

static void
ss_connection_link_set_limit (SsLink      *link,
                              SsLinkLimit  limit,
                              gsize        value)
{
  if (limit == SS_LINK_MAX_MESSAGE)
    ss_message_limit_apply (ss_websocket_link_get_connection (SS_WEBSOCKET_LINK (link)), value);
}

static void
ss_connection_link_set_counters (SsLink         *link,
                                 SsLinkCounters *counters)
{
  SsConnectionLink *self = SS_CONNECTION_LINK (link);

  g_assert (self->counters == NULL);

  self->counters = ss_link_counters_ref (counters);
}

static gboolean
nothing_cb (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

/* The caller may drop its own reference and ours in a handler of the connection's, which libsoup
 * does not survive. */
static void
release_later (SoupWebsocketConnection *connection,
               GMainContext            *context)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, nothing_cb, connection, g_object_unref);
  g_source_attach (source, context);
}

/* Where frames wait when the other end breaks the protocol, libsoup closes the stream behind its
 * close frame, then waits for room to write the rest, which a closed socket never has, and aborts
 * the program when the connection goes while that source is there. Called once, the source finds
 * that there is nothing to do. The connection stays until then. */
static void
closed_cb (SoupWebsocketConnection *connection,
           gpointer                 user_data)
{
  GMainContext *context = user_data;
  GSource *source = g_main_context_find_source_by_user_data (context, connection);

  if (source == NULL)
    return;

  g_source_set_ready_time (source, 0);
  release_later (g_object_ref (connection), context);
}

static void
unref_context (gpointer  data,
               GClosure *closure)
{
  g_main_context_unref (data);
}

static void
ss_connection_link_dispose (GObject *object)
{
  SsConnectionLink *self = SS_CONNECTION_LINK (object);
  SoupWebsocketConnection *connection;

  G_OBJECT_CLASS (ss_connection_link_parent_class)->dispose (object);

  connection = ss_websocket_link_steal_connection (SS_WEBSOCKET_LINK (self));
  if (connection != NULL)
    release_later (connection, ss_poller_get_context (ss_link_get_poller (SS_LINK (self))));
}

static void
ss_connection_link_finalize (GObject *object)
{
  SsConnectionLink *self = SS_CONNECTION_LINK (object);

  g_clear_object (&self->socket);
  g_clear_pointer (&self->counters, ss_link_counters_unref);

  G_OBJECT_CLASS (ss_connection_link_parent_class)->finalize (object);
}

static void
ss_connection_link_class_init (SsConnectionLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  SsLinkClass *link_class = SS_LINK_CLASS (klass);

  object_class->dispose = ss_connection_link_dispose;
  object_class->finalize = ss_connection_link_finalize;

  SS_WEBSOCKET_LINK_CLASS (klass)->failed = ss_connection_link_failed;

  link_class->send = ss_connection_link_send;
  link_class->close = ss_connection_link_close;
  link_class->cut = ss_connection_link_cut;
  link_class->set_limit = ss_connection_link_set_limit;
  link_class->set_counters = ss_connection_link_set_counters;
}

static void
ss_connection_link_init (SsConnectionLink *self)
{
}

SsLink *
ss_connection_link_new (SoupWebsocketConnection *connection)
{
  SsConnectionLink *self = g_object_new (SS_TYPE_CONNECTION_LINK, NULL);
  SsLink *link = SS_LINK (self);
  GIOStream *base = soup_websocket_connection_get_io_stream (connection);
  g_autoptr (GSocketAddress) address = ss_socket_dup_remote_address (base);

  ss_link_set_protocol (link, soup_websocket_connection_get_protocol (connection));
  ss_link_set_remote_address (link, address);
  g_set_object (&self->socket, ss_socket_find (base));

  /* Also when the link has gone. */
  g_signal_connect_data (connection, "closed", G_CALLBACK (closed_cb),
                         g_main_context_ref (ss_poller_get_context (ss_link_get_poller (link))),
                         unref_context, 0);
  ss_websocket_link_set_connection (SS_WEBSOCKET_LINK (self), connection);
  ss_link_set_max_message (link, SS_MESSAGE_BYTES);

  return link;
}
