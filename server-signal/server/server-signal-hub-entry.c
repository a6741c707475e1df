/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* How clients come into a hub, and how they are seen out. */

#include "config.h"

#include "server-signal-hub.h"

#include <glib/gi18n-lib.h>

#include "server-signal-hub-private.h"
#include "server-signal-peer-private.h"
#include "ss-closing.h"
#include "ss-limits.h"
#include "ss-tls.h"
#include "transport/ss-connection-link.h"
#include "transport/ss-stream-link.h"

/* A handler of "authorize" that says no may have said how. What would let the client in, or is no
 * answer at all, was not meant. */
static SoupStatus
get_refusal (SoupServerMessage *message)
{
  guint status = soup_server_message_get_status (message);

  if (status >= SOUP_STATUS_MULTIPLE_CHOICES && status < 600 && status != SOUP_STATUS_NOT_MODIFIED)
    return (SoupStatus) status;

  if (status != SOUP_STATUS_NONE)
    g_message ("A handler of ServerSignalHub::authorize refuses a client with status %u, which does "
               "not refuse; the client gets 403", status);

  return SOUP_STATUS_FORBIDDEN;
}

/* As many clients come from the address as may. */
static gboolean
is_crowded (ServerSignalHub *self,
            GSocketAddress  *address)
{
  guint64 key = self->max_peers_per_address > 0 ? ss_address_get_key (address) : 0;

  return key != 0 && ss_address_counts_get (self->addresses, key) >= self->max_peers_per_address;
}

static ServerSignalPeer *
take_link (ServerSignalHub *self,
           SsLink          *link)
{
  ss_address_counts_count (self->addresses, ss_address_get_key (ss_link_get_remote_address (link)),
                           G_OBJECT (link));

  return ss_hub_take_link (self, link);
}

static SoupStatus
handler_admit (SoupServerMessage *message,
               gpointer           user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);

  if (ss_hub_is_full (self))
    {
      soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                    "Retry-After", G_STRINGIFY (SS_FULL_RETRY_SECONDS));
      return SOUP_STATUS_SERVICE_UNAVAILABLE;
    }

  if (is_crowded (self, soup_server_message_get_remote_address (message)))
    {
      soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                    "Retry-After", G_STRINGIFY (SS_FULL_RETRY_SECONDS));
      return (SoupStatus) 429;
    }

  return ss_hub_ask (self, message) ? SOUP_STATUS_NONE : get_refusal (message);
}

static void
handler_enter (SoupServerMessage *message,
               SsLink            *link,
               gpointer           user_data)
{
  ServerSignalHub *self = user_data;

  /* Others have come in while this handshake was being answered. */
  if (ss_hub_is_full (self) || is_crowded (self, ss_link_get_remote_address (link)))
    ss_link_cut (link);
  else
    take_link (self, link);
}

static const SsHandlerFuncs handler_funcs = {
  .admit = handler_admit,
  .enter = handler_enter,
};

/**
 * server_signal_hub_listen:
 * @self: a hub
 * @address: (nullable): a numeric IPv4 or IPv6 address, `localhost`, `unix:` and the path of a
 *   unix socket with options, `systemd:` and the name of a socket unit or nothing, or `NULL` for
 *   `localhost`
 * @port: the port, or 0 for any that is free
 * @error: return location for an error
 *
 * Makes the hub listen with a server of its own.
 *
 * The WebSocket is at [property@SignalHub:path]; there is nothing else on that server but
 * [property@SignalHub:health-path]. With [property@SignalHub:tls-certificate] it speaks TLS, of
 * version 1.2 at least. A client has ten seconds from its connection to the end of its handshake,
 * and of these five for that of TLS, of which no more than eight are made at a time. `localhost` is
 * both of this machine's loopback addresses, with the same port; give `0.0.0.0` or `::` to be
 * reached from other machines.
 *
 * `unix:/run/app/socket` is a unix socket, `unix:@name` one in Linux's abstract namespace. Its owner
 * and its group may connect (mode 0660), or whoever the option `mode` says in octal:
 * `unix:/run/app/socket?mode=0666`. There is no TLS on it, because nobody is in between, unless the
 * option `tls` asks for it; options are joined with `&`, as in `?mode=0600&tls=1`. The socket that a
 * dead program has left behind is replaced; that of a living one, and any other file, is not. The
 * file goes when the hub ends to listen. @port says nothing then.
 *
 * `systemd:` takes the sockets with which systemd has started this process (socket activation, the
 * variables `LISTEN_FDS` and `LISTEN_PID` of `sd_listen_fds(3)`), or with a name those that it
 * calls so (`FileDescriptorName=` of the unit, the variable `LISTEN_FDNAMES`). @port says nothing
 * then. Each of them is taken once in the life of the process, and their backlog, and the mode of
 * unix sockets, is that of the unit; unix sockets among them have no TLS.
 *
 * May be called several times, for several addresses. [method@SignalHub.detach] ends it.
 *
 * Possible errors are those of [method@Gio.Socket.bind] and [method@Gio.Socket.listen], such as
 * [error@Gio.IOErrorEnum.ADDRESS_IN_USE]; [error@Gio.IOErrorEnum.INVALID_ARGUMENT] for an @address
 * that is none of the above, for an option that is wrong, for a path that is longer than sockets may
 * have (about a hundred bytes), and for something handed over that is no stream socket that listens;
 * [error@Gio.IOErrorEnum.NOT_FOUND] when no such socket was handed over, or it is taken; and
 * [error@Gio.TlsError.BAD_CERTIFICATE] when the certificate was refused that the hub was given.
 *
 * Returns: whether the hub listens there
 *
 * Since: 1.0
 */
gboolean
server_signal_hub_listen (ServerSignalHub  *self,
                          const char       *address,
                          guint16           port,
                          GError          **error)
{
  g_autoptr (SsHttpServer) fresh = NULL;
  SsHttpServer *http_server;

  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  /* Whoever meant to have TLS must not get a server without. */
  if (self->certificate_refused && self->certificate == NULL)
    {
      g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                           _("The hub has not taken the certificate that it was given"));
      return FALSE;
    }

  if (self->http_server == NULL)
    {
      fresh = ss_http_server_new (self->path, self->owner.context, &handler_funcs, self);
      ss_http_server_set_certificate (fresh, self->certificate);
      ss_http_server_set_max_handshakes (fresh, self->max_handshakes);
      ss_http_server_set_health_path (fresh, self->health_path);
    }
  http_server = fresh != NULL ? fresh : self->http_server;

  if (!ss_http_server_listen (http_server, address, port, error))
    return FALSE;

  self->http_server = http_server;
  g_steal_pointer (&fresh);

  return TRUE;
}

/**
 * server_signal_hub_dup_uri:
 * @self: a hub
 *
 * Gets a URI for clients to connect to.
 *
 * That is of the first address of [method@SignalHub.listen] that has a port or, when there is none,
 * of the first server that the hub is attached to. Where a server listens on all addresses it is the loopback
 * one.
 *
 * Returns: (nullable) (transfer full): a URI such as `ws://127.0.0.1:3000/ws`, or `NULL` when the
 *   hub does not listen on a port
 *
 * Since: 1.0
 */
char *
server_signal_hub_dup_uri (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  char *first = self->http_server != NULL ? ss_http_server_dup_uri (self->http_server) : NULL;

  if (first != NULL)
    return first;

  for (guint i = 0; i < self->handlers->len; i++)
    {
      char *uri = ss_handler_dup_uri (g_ptr_array_index (self->handlers, i));

      if (uri != NULL)
        return uri;
    }

  return NULL;
}

/**
 * server_signal_hub_attach:
 * @self: a hub
 * @server: the application's server
 * @path: (nullable): the path of the WebSocket, beginning with a slash, or `NULL` for
 *   [property@SignalHub:path]
 *
 * Puts the hub's WebSocket at a path of an application's server.
 *
 * Pages, TLS and authentication of the server stay as they are, and so do its WebSocket extensions;
 * the hub takes no extension in its own handshakes. A path of a [class@Soup.Server] is a prefix:
 * requests for a longer path that begins with @path, and for which the server has no better
 * handler, are answered with 404. A handler that was at @path before is replaced.
 *
 * The hub does not keep @server alive, nor the other way round. May be called for several servers
 * and paths; [method@SignalHub.detach] takes the hub off all of them.
 *
 * What a [class@Soup.Server] cannot do, it cannot do here. It gives no deadline to clients that do
 * not finish their request or their TLS handshake, and has no limit on how many there are; after it
 * has once run out of file descriptors it accepts no more; it keeps a few hundred bytes of each
 * connection that it ever accepted (libsoup 3.2); it takes old versions of TLS if GIO does; and it
 * listens with a backlog of ten, so that of many clients that come at the same moment most wait for
 * a second or more. It reads requests for as long as they come and keeps what it reads: somebody
 * who sends a body without an end stops the program. Where that is sent to @path the hub ends the
 * connection; on other paths it is the business of the application, whose handlers there would have
 * to do the same from [method@Soup.Server.add_early_handler]. [method@SignalHub.listen] has none of
 * these faults, so towards strangers it is the better choice, or a proxy in front that checks
 * requests. For the backlog there is a remedy: a program may make the socket, say how many may
 * wait, and give it to the server.
 *
 * ```c
 * g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
 *                                            G_SOCKET_PROTOCOL_DEFAULT, &error);
 *
 * g_socket_set_listen_backlog (socket, 4096);
 * if (!g_socket_bind (socket, address, TRUE, &error)
 *     || !g_socket_listen (socket, &error)
 *     || !soup_server_listen_socket (server, socket, 0, &error))
 *   return FALSE;
 * ```
 *
 * Once its handshake is made, a client is the hub's, with all that the hub does for others.
 *
 * Since: 1.0
 */
void
server_signal_hub_attach (ServerSignalHub *self,
                          SoupServer      *server,
                          const char      *path)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (SOUP_IS_SERVER (server));
  g_return_if_fail (path == NULL || path[0] == '/');

  g_ptr_array_add (self->handlers,
                   ss_handler_new (server, path != NULL ? path : self->path, &handler_funcs, self));
}

/**
 * server_signal_hub_detach:
 * @self: a hub
 *
 * Lets no more clients in: ends all of [method@SignalHub.listen] and [method@SignalHub.attach].
 *
 * Clients that are connected stay. The hub may listen or be attached again.
 *
 * Since: 1.0
 */
void
server_signal_hub_detach (ServerSignalHub *self)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (ss_process_is_other (self->process))
    return;

  g_clear_pointer (&self->http_server, ss_http_server_free);
  g_ptr_array_set_size (self->handlers, 0);
}

/**
 * server_signal_hub_accept:
 * @self: a hub
 * @connection: an open WebSocket, the server's side of it
 *
 * Takes over a WebSocket whose handshake the application has made.
 *
 * This is for clients that the application trusts; for others there is
 * [method@SignalHub.accept_stream]. libsoup reads and writes here without the hub in between, so
 * that these remain, with libsoup 3.2: there is no limit on what is queued for a client; a client
 * that sends without a pause keeps the main loop for as long as it does; one that has sent half a
 * message may take its time for the rest; and with permessage-deflate a message of the largest size
 * may become a thousand times as large before it is refused. Messages are limited here too, in the
 * sum of their fragments, and one that breaks the protocol is cut off.
 *
 * The client is plain unless [method@Soup.WebsocketConnection.get_protocol] says
 * `server-signal.v1`. The extensions are what the application agreed on; permessage-deflate takes
 * about 98 KiB for each connection. Frames go through libsoup's own queue, which has no bound and
 * whose depth nobody can see: a client that reads slowly costs memory. [method@SignalHub.listen]
 * and [method@SignalHub.attach] have neither cost.
 *
 * The hub keeps @connection for as long as it is open; the application must not use it any more.
 * [property@SignalHub:max-peers] holds here too: when it is reached, @connection is closed with
 * 1001.
 *
 * Returns: (nullable) (transfer none): the peer, or `NULL` when it was not taken
 *
 * Since: 1.0
 */
ServerSignalPeer *
server_signal_hub_accept (ServerSignalHub         *self,
                          SoupWebsocketConnection *connection)
{
  g_autoptr (SsLink) link = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);
  g_return_val_if_fail (SOUP_IS_WEBSOCKET_CONNECTION (connection), NULL);
  g_return_val_if_fail (soup_websocket_connection_get_connection_type (connection)
                          == SOUP_WEBSOCKET_CONNECTION_SERVER, NULL);

  if (soup_websocket_connection_get_state (connection) != SOUP_WEBSOCKET_STATE_OPEN)
    return NULL;

  if (ss_hub_is_full (self))
    {
      soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
                                       "the server is full");
      return NULL;
    }

  link = ss_connection_link_new (connection);

  return take_link (self, link);
}

/**
 * server_signal_hub_accept_stream:
 * @self: a hub
 * @stream: a stream on which the handshake of a WebSocket has just been answered
 * @protocol: (nullable): the subprotocol that was agreed on, or `NULL` for none
 *
 * Takes over a stream on which the application has made a WebSocket's handshake.
 *
 * From here on the client is like one of [method@SignalHub.listen], with the hub's queue, limits and
 * deadlines. It is plain unless @protocol is `server-signal.v1`. The handshake must not have agreed
 * on an extension.
 *
 * ```c
 * static void
 * wrote_informational_cb (SoupServerMessage *message,
 *                         ServerSignalHub   *hub)
 * {
 *   g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);
 *
 *   server_signal_hub_accept_stream (hub, stream, NULL);
 * }
 * ```
 *
 * Both halves of @stream must be able to poll, see [method@Gio.PollableInputStream.can_poll].
 *
 * The hub keeps @stream for as long as it is open; the application must not use it any more.
 * [property@SignalHub:max-peers] and [property@SignalHub:max-peers-per-address] hold here too: when
 * there are as many, the client is told so with the close code 1013, and @stream is closed.
 *
 * Returns: (nullable) (transfer none): the peer, or `NULL` when it was not taken
 *
 * Since: 1.0
 */
ServerSignalPeer *
server_signal_hub_accept_stream (ServerSignalHub *self,
                                 GIOStream       *stream,
                                 const char      *protocol)
{
  g_autoptr (SsLink) link = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);
  g_return_val_if_fail (G_IS_IO_STREAM (stream), NULL);
  g_return_val_if_fail (ss_stream_link_is_able (stream), NULL);

  if (g_io_stream_is_closed (stream))
    return NULL;

  address = ss_stream_link_dup_address (stream);
  if (ss_hub_is_full (self) || is_crowded (self, address))
    {
      ss_stream_link_turn_away (stream, SS_CLOSE_TRY_AGAIN);
      return NULL;
    }

  link = ss_stream_link_new_for_stream (stream, protocol);

  return take_link (self, link);
}

/**
 * server_signal_hub_get_max_peers_per_address: (get-property max-peers-per-address)
 * @self: a hub
 *
 * Gets the largest number of clients from one address.
 *
 * Returns: the number, or 0 for any number
 *
 * Since: 1.0
 */
guint
server_signal_hub_get_max_peers_per_address (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->max_peers_per_address;
}

/**
 * server_signal_hub_set_max_peers_per_address: (set-property max-peers-per-address)
 * @self: a hub
 * @max_peers_per_address: the number, or 0 for any number
 *
 * Sets the largest number of clients from one address.
 *
 * Clients that are connected stay. See [property@SignalHub:max-peers-per-address] for how addresses
 * are counted.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_max_peers_per_address (ServerSignalHub *self,
                                             guint            max_peers_per_address)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (self->max_peers_per_address == max_peers_per_address)
    return;

  self->max_peers_per_address = max_peers_per_address;
  ss_hub_notify (self, SS_HUB_PROP_MAX_PEERS_PER_ADDRESS);
}

/**
 * server_signal_hub_get_health_path: (get-property health-path)
 * @self: a hub
 *
 * Gets the path at which a server of [method@SignalHub.listen] says that it is up.
 *
 * Returns: (nullable) (transfer none): the path, or `NULL` when there is none
 *
 * Since: 1.0
 */
const char *
server_signal_hub_get_health_path (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return self->health_path;
}

/**
 * server_signal_hub_set_health_path: (set-property health-path)
 * @self: a hub
 * @health_path: (nullable): a path that begins with a slash and is not
 *   [property@SignalHub:path], or `NULL` for none
 *
 * Sets the path at which a server of [method@SignalHub.listen] says that it is up.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_health_path (ServerSignalHub *self,
                                   const char      *health_path)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (health_path == NULL || health_path[0] == '/');
  g_return_if_fail (g_strcmp0 (health_path, self->path) != 0);

  if (g_strcmp0 (self->health_path, health_path) == 0)
    return;

  g_free (self->health_path);
  self->health_path = g_strdup (health_path);
  if (self->http_server != NULL)
    ss_http_server_set_health_path (self->http_server, self->health_path);
  ss_hub_notify (self, SS_HUB_PROP_HEALTH_PATH);
}

/**
 * server_signal_hub_get_tls_certificate: (get-property tls-certificate)
 * @self: a hub
 *
 * Gets the certificate with which [method@SignalHub.listen] speaks TLS.
 *
 * Returns: (nullable) (transfer none): the certificate, or `NULL` for no TLS
 *
 * Since: 1.0
 */
GTlsCertificate *
server_signal_hub_get_tls_certificate (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return self->certificate;
}

/**
 * server_signal_hub_set_tls_certificate: (set-property tls-certificate)
 * @self: a hub
 * @certificate: (nullable): a certificate with its private key, or `NULL` for no TLS
 *
 * Sets the certificate with which [method@SignalHub.listen] speaks TLS.
 *
 * It holds for connections that are made from then on.
 *
 * A certificate without a private key, or with the key of another one, is refused: a critical
 * message says so, and the property stays as it is. To find that out the hub makes a handshake with
 * itself, which takes a few milliseconds. Where the property is `NULL` then,
 * [method@SignalHub.listen] gives an error rather than to serve without TLS.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_tls_certificate (ServerSignalHub *self,
                                       GTlsCertificate *certificate)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (certificate == NULL || G_IS_TLS_CERTIFICATE (certificate));

  if (self->certificate == certificate)
    {
      self->certificate_refused = FALSE;
      return;
    }

  if (certificate != NULL && !ss_tls_check_certificate (certificate, &error))
    {
      g_critical ("The certificate of a hub stays as it is: %s", error->message);
      self->certificate_refused = TRUE;
      return;
    }

  self->certificate_refused = FALSE;
  g_set_object (&self->certificate, certificate);
  if (self->http_server != NULL)
    ss_http_server_set_certificate (self->http_server, certificate);
  g_object_notify (G_OBJECT (self), "tls-certificate");
}

/**
 * server_signal_hub_close:
 * @self: a hub
 *
 * Lets no more clients in, as [method@SignalHub.detach] does, and closes every peer with 1001
 * (going away).
 *
 * This does not wait. The peers leave the hub one after the other, when each has taken what was
 * queued for it and has answered the close, or a few seconds have passed. When the last reference on
 * the hub goes its clients are closed in the same way, without a signal. A program that ends right afterwards should wait with
 * [method@SignalHub.close_async].
 *
 * The hub keeps its signals, and may listen or be attached again.
 *
 * Since: 1.0
 */
void
server_signal_hub_close (ServerSignalHub *self)
{
  g_autoptr (GPtrArray) peers = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (ss_process_is_other (self->process))
    return;

  server_signal_hub_detach (self);
  ss_flusher_flush (self->flusher);

  peers = ss_hub_copy_peers (self);
  for (guint i = 0; i < peers->len; i++)
    server_signal_peer_close (g_ptr_array_index (peers, i), SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
                              "the server is going away");
}

/**
 * server_signal_hub_close_async:
 * @self: a hub
 * @timeout_ms: how long to wait for the clients, in milliseconds
 * @cancellable: (nullable): a cancellable; what has begun goes on when it is cancelled, but is not
 *   waited for
 * @callback: (scope async) (closure user_data) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Closes the hub as [method@SignalHub.close] does, and waits until its peers have gone.
 *
 * What is queued for a peer goes out first. Peers that are still there when the time is up are cut
 * off.
 *
 * Since: 1.0
 */
void
server_signal_hub_close_async (ServerSignalHub     *self,
                               guint                timeout_ms,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GPtrArray) peers = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, server_signal_hub_close_async);

  if (ss_process_is_other (self->process))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  peers = ss_hub_copy_peers (self);
  ss_closing_start (task, peers, timeout_ms, self->owner.context);
  server_signal_hub_close (self);
}

/**
 * server_signal_hub_close_finish:
 * @self: a hub
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Finishes [method@SignalHub.close_async].
 *
 * Possible errors are [error@Gio.IOErrorEnum.TIMED_OUT], when some peers had to be cut off, and
 * [error@Gio.IOErrorEnum.CANCELLED].
 *
 * Returns: whether every peer took what was queued and closed in time
 *
 * Since: 1.0
 */
gboolean
server_signal_hub_close_finish (ServerSignalHub  *self,
                                GAsyncResult     *result,
                                GError          **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
