/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-gate.h"

#include "ss-listener.h"
#include "ss-socket.h"

struct _SsGate
{
  char                 *path;
  GMainContext         *context;
  const SsHandlerFuncs *funcs;
  gpointer              user_data;

  SsListener           *listener;
  SoupServer           *server;
  SsHandler            *handler;
  GTlsCertificate      *certificate;

  /* How many calls of the owner's functions are on the stack. A server is not disconnected by the
   * handler of one of its own requests, which libsoup need not expect. */
  guint                 depth;
};

/* GIO cannot be told which versions to offer, and where it uses GnuTLS it still takes 1.0. Nothing
 * has been sent or read yet but the handshake. */
static void
protocol_version_cb (GTlsConnection *connection)
{
  GTlsProtocolVersion version = g_tls_connection_get_protocol_version (connection);
  GSocket *socket = ss_socket_find (G_IO_STREAM (connection));

  if (version == G_TLS_PROTOCOL_VERSION_UNKNOWN || version >= G_TLS_PROTOCOL_VERSION_TLS_1_2)
    return;

  g_debug ("A client speaks no TLS later than 1.1");
  if (socket != NULL)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

static GIOStream *
wrap_in_tls (SsGate            *self,
             GSocketConnection *connection)
{
  g_autoptr (GError) error = NULL;
  GIOStream *stream =
    g_tls_server_connection_new (G_IO_STREAM (connection), self->certificate, &error);

  if (stream == NULL)
    {
      g_warning ("No TLS for a connection: %s", error->message);
      return NULL;
    }

  /* A WebSocket has an end of its own, so one that is cut off is noticed. */
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (stream), FALSE);
  g_signal_connect (stream, "notify::protocol-version", G_CALLBACK (protocol_version_cb), NULL);

  return stream;
}

static void
listener_connection_cb (SsListener        *listener,
                        GSocketConnection *connection,
                        gpointer           user_data)
{
  SsGate *self = user_data;
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GIOStream) stream = NULL;

  /* It may be gone already. */
  if (local == NULL || remote == NULL)
    return;

  if (self->certificate != NULL)
    stream = wrap_in_tls (self, connection);
  else
    stream = g_object_ref (G_IO_STREAM (connection));
  if (stream == NULL)
    return;

  soup_server_accept_iostream (self->server, stream, local, remote, NULL);
}

static SoupStatus
gate_admit (SoupServerMessage *message,
            gpointer           user_data)
{
  SsGate *self = user_data;
  SoupStatus status;

  self->depth++;
  status = self->funcs->admit (message, self->user_data);
  self->depth--;

  return status;
}

static void
gate_enter (SoupServerMessage *message,
            SsLink            *link,
            gpointer           user_data)
{
  SsGate *self = user_data;

  self->depth++;
  self->funcs->enter (message, link, self->user_data);
  self->depth--;
}

static const SsHandlerFuncs gate_funcs = {
  .admit = gate_admit,
  .enter = gate_enter,
};

SsGate *
ss_gate_new (const char           *path,
             GMainContext         *context,
             const SsHandlerFuncs *funcs,
             gpointer              user_data)
{
  SsGate *self = g_new0 (SsGate, 1);

  self->path = g_strdup (path);
  self->context = g_main_context_ref (context);
  self->funcs = funcs;
  self->user_data = user_data;
  self->listener = ss_listener_new (listener_connection_cb, self);
  self->server = soup_server_new (NULL, NULL);
  self->handler = ss_handler_new (self->server, path, &gate_funcs, self);

  return self;
}

static void
gate_finalize (SsGate *self)
{
  /* Ends the requests that are under way; what has become a WebSocket is no longer the server's. */
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_object_unref (self->listener);
  g_clear_object (&self->certificate);
  g_main_context_unref (self->context);
  g_free (self->path);
  g_free (self);
}

static gboolean
finalize_cb (gpointer user_data)
{
  SsGate *self = user_data;

  if (self->depth > 0)
    return G_SOURCE_CONTINUE;

  gate_finalize (self);

  return G_SOURCE_REMOVE;
}

void
ss_gate_free (SsGate *self)
{
  ss_listener_close (self->listener);
  g_clear_pointer (&self->handler, ss_handler_close);

  if (self->depth > 0)
    {
      g_autoptr (GSource) idle = g_idle_source_new ();

      g_source_set_static_name (idle, "[server-signal] end of a server");
      g_source_set_callback (idle, finalize_cb, self, NULL);
      g_source_attach (idle, self->context);
    }
  else
    {
      gate_finalize (self);
    }
}

gboolean
ss_gate_listen (SsGate      *self,
                const char  *address,
                guint16      port,
                GError     **error)
{
  return ss_listener_listen (self->listener, address, port, error);
}

void
ss_gate_set_certificate (SsGate          *self,
                         GTlsCertificate *certificate)
{
  g_set_object (&self->certificate, certificate);
}

void
ss_gate_set_max_handshakes (SsGate *self,
                            guint   n)
{
  ss_listener_set_max_handshakes (self->listener, n);
}

char *
ss_gate_dup_uri (SsGate *self)
{
  g_autoptr (GSocketAddress) address = ss_listener_dup_address (self->listener);
  g_autofree char *host = NULL;
  GInetSocketAddress *inet;

  if (address == NULL || !G_IS_INET_SOCKET_ADDRESS (address))
    return NULL;

  inet = G_INET_SOCKET_ADDRESS (address);
  host = g_inet_address_to_string (g_inet_socket_address_get_address (inet));

  return ss_build_uri (self->certificate != NULL ? "wss" : "ws", host,
                       g_inet_socket_address_get_port (inet), self->path);
}
