/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-hub.h"

#include "server-signal-hub-private.h"
#include "server-signal-peer-private.h"
#include "ss-limits.h"
#include "ss-later.h"
#include "ss-peer-list.h"
#include "wire/ss-via.h"

/**
 * ServerSignalHub:
 *
 * The server end: gives the clients of a WebSocket the signals that it shares.
 *
 * ```c
 * g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
 * g_autoptr (ServerSignal) counter = server_signal_new ("counter", NULL);
 * g_autofree char *uri = NULL;
 *
 * if (!server_signal_set_json (counter, NULL, "{\"value\":0}", &error)
 *     || !server_signal_hub_add (hub, counter, &error)
 *     || !server_signal_hub_listen (hub, NULL, 3000, &error))
 *   return FALSE;
 *
 * uri = server_signal_hub_dup_uri (hub); // ws://127.0.0.1:3000/ws
 * server_signal_set_int (counter, "/value", 1, NULL); // and every client shows 1
 * ```
 *
 * ## Signals
 *
 * What is added with [method@SignalHub.add] every client sees. A client that comes late gets the
 * document as it is then, and from there on each commit, none missed and none twice. What only one
 * client shall see is added to its [class@SignalPeer], best in a handler of
 * [signal@SignalHub::peer-added].
 *
 * ## Ways in
 *
 * There are three, and a hub may use them together:
 *
 * - [method@SignalHub.listen]: a server of the hub's own, for the WebSocket and nothing else. It
 *   holds out against clients that open connections and say nothing, and against running out of
 *   file descriptors.
 * - [method@SignalHub.attach]: a path of the application's [class@Soup.Server], beside its pages
 *   and with its TLS.
 * - [method@SignalHub.accept_stream]: a stream on which the application has answered the handshake
 *   of a WebSocket; and [method@SignalHub.accept], with less to rely on, for a
 *   [class@Soup.WebsocketConnection] that it made itself.
 *
 * In the first two the hub makes the handshake. It takes `server-signal.v1` from what the client
 * offers as subprotocols, and from any other offer nothing, which makes the client a *plain* one.
 * It takes no WebSocket extension. [signal@SignalHub::authorize] asks the application first.
 *
 * ## Limits
 *
 * [property@SignalHub:max-peers] clients, [property@SignalHub:max-subscriptions] signals for each,
 * messages of 128 KiB from them; [property@SignalHub:history-bytes] of patches are kept for each
 * signal, so that a client that comes back gets only what it has missed. A document is sent to
 * clients up to a frame of 64 MiB. A server of the hub's own has no more than
 * [property@SignalHub:max-handshakes] connections that are not clients yet.
 *
 * A client that reads slowly costs nobody else anything: when more than
 * [property@SignalHub:max-backlog] bytes wait for it, what it misses is merged until it has caught
 * up, and when it takes nothing for [property@SignalHub:stall-timeout] it is closed.
 * [property@SignalHub:keepalive-interval] and [property@SignalHub:keepalive-timeout] find those
 * that went without a word.
 *
 * ## Rate
 *
 * What is committed in one turn of the main loop leaves in one write for each client. With
 * [property@SignalHub:flush-interval] commits are merged, so that a signal that changes a thousand
 * times in a second is sent, say, twenty times.
 *
 * ## Figures
 *
 * [property@SignalHub:n-peers], [property@SignalHub:n-signals], [property@SignalHub:commits],
 * [property@SignalHub:frames], [property@SignalHub:bytes], [property@SignalHub:merged],
 * [property@SignalHub:backlog] and [property@SignalHub:dropped-peers] tell what a hub is doing.
 * They cost nothing to read.
 *
 * ## The end
 *
 * A program may leave without [method@SignalHub.close]. A hub that goes with its last reference
 * says 1001 to its clients and emits no signal, [signal@SignalHub::peer-removed] neither. In a child
 * of `fork()` the copy of a hub does nothing when it is closed or goes: sockets, and the file of a
 * unix socket, are the parent's.
 *
 * A hub belongs to the [struct@GLib.MainContext] that is the thread's default when it is made.
 *
 * Since: 1.0
 */
G_DEFINE_FINAL_TYPE (ServerSignalHub, server_signal_hub, G_TYPE_OBJECT)

enum
{
  SIGNAL_AUTHORIZE,
  SIGNAL_PEER_ADDED,
  SIGNAL_PEER_REMOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

GPtrArray *
ss_hub_copy_peers (ServerSignalHub *self)
{
  GListModel *model = G_LIST_MODEL (self->peers);
  guint n = g_list_model_get_n_items (model);
  GPtrArray *peers = g_ptr_array_new_full (n, g_object_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (peers, g_list_model_get_item (model, i));

  return peers;
}

static void
registry_changed_cb (SsRegistry *registry,
                     const char *name,
                     gboolean    published,
                     gpointer    user_data)
{
  ServerSignalHub *self = user_data;
  GListModel *model = G_LIST_MODEL (self->peers);

  /* Nothing here calls the application, so the list stays as it is. */
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (model, i);

      ss_peer_shared_changed (peer, name, published);
    }
}

/* The peer has given no sign of life. */
static void
keepalive_cb (SsLink  *link,
              gpointer user_data)
{
  ServerSignalHub *self = user_data;

  self->counters->dropped++;
  ss_link_cut (link);
}

ServerSignalPeer *
ss_hub_take_link (ServerSignalHub *self,
                  SsLink          *link)
{
  g_autoptr (ServerSignalHub) keep = g_object_ref (self);
  g_autoptr (ServerSignalPeer) peer = ss_peer_new (self, link);

  ss_keepalive_add (self->keepalive, ss_peer_get_beat (peer), link, self);
  ss_peer_set_place (peer, ss_peer_list_append (self->peers, peer));
  ss_hub_notify (self, SS_HUB_PROP_N_PEERS);
  g_signal_emit (self, signals[SIGNAL_PEER_ADDED], 0, peer);

  ss_peer_start (peer);

  return peer;
}

/* The peer's connection is over, or will be soon. */
static void
remove_peer (ServerSignalHub  *self,
             ServerSignalPeer *peer)
{
  ss_keepalive_remove (ss_peer_get_beat (peer));
  ss_peer_list_remove (self->peers, ss_peer_get_place (peer));
  ss_peer_set_place (peer, NULL);
  ss_hub_notify (self, SS_HUB_PROP_N_PEERS);
  g_signal_emit (self, signals[SIGNAL_PEER_REMOVED], 0, peer);
}

gboolean
ss_hub_is_full (ServerSignalHub *self)
{
  return ss_peer_list_get_length (self->peers) >= self->max_peers;
}

gboolean
ss_hub_ask (ServerSignalHub   *self,
            SoupServerMessage *message)
{
  gboolean allowed = FALSE;

  g_signal_emit (self, signals[SIGNAL_AUTHORIZE], 0, message, &allowed);

  return allowed;
}

static gboolean
authorize_default (ServerSignalHub   *self,
                   SoupServerMessage *message)
{
  return TRUE;
}

/* Goes on as long as everybody agrees. */
static gboolean
authorize_accumulator (GSignalInvocationHint *hint,
                       GValue                *sum,
                       const GValue          *one,
                       gpointer               data)
{
  gboolean allowed = g_value_get_boolean (one);

  g_value_set_boolean (sum, allowed);

  return allowed;
}

static void
clear_list (gpointer list)
{
  ss_peer_list_clear (list);
}

/* They finish their closing handshakes by themselves. No signal is emitted for them; whoever has the
 * list sees it become empty a little later. */
static void
forget_peers (ServerSignalHub *self)
{
  g_autoptr (GPtrArray) peers = ss_hub_copy_peers (self);
  g_autoptr (SsPeerList) list = NULL;

  if (peers->len == 0)
    return;

  for (guint i = 0; i < peers->len; i++)
    {
      ServerSignalPeer *peer = g_ptr_array_index (peers, i);

      ss_peer_forget_hub (peer);
      ss_keepalive_remove (ss_peer_get_beat (peer));
      ss_peer_set_place (peer, NULL);
    }

  list = g_steal_pointer (&self->peers);
  self->peers = ss_peer_list_new (SERVER_TYPE_SIGNAL_PEER);
  ss_later (self->owner.context, list, clear_list);
}

static void
server_signal_hub_dispose (GObject *object)
{
  ServerSignalHub *self = SERVER_SIGNAL_HUB (object);

  if (!ss_process_is_other (self->process))
    {
      ss_owner_take (&self->owner);
      server_signal_hub_close (self);
      forget_peers (self);
    }

  G_OBJECT_CLASS (server_signal_hub_parent_class)->dispose (object);
}

static void
server_signal_hub_finalize (GObject *object)
{
  ServerSignalHub *self = SERVER_SIGNAL_HUB (object);

  /* It ends with the process; to close the sockets properly would close the parent's. */
  if (ss_process_is_other (self->process))
    {
      G_OBJECT_CLASS (server_signal_hub_parent_class)->finalize (object);
      return;
    }

  g_clear_pointer (&self->registry, ss_registry_free);
  g_clear_pointer (&self->keepalive, ss_keepalive_free);
  g_clear_pointer (&self->flusher, ss_flusher_unref);
  g_clear_pointer (&self->counters, ss_counters_unref);
  g_clear_pointer (&self->link_counters, ss_link_counters_unref);
  g_clear_pointer (&self->handlers, g_ptr_array_unref);
  g_clear_pointer (&self->addresses, ss_address_counts_free);
  g_clear_object (&self->peers);
  g_clear_object (&self->certificate);
  ss_owner_clear (&self->owner);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->health_path, g_free);
  g_clear_pointer (&self->id, g_free);

  G_OBJECT_CLASS (server_signal_hub_parent_class)->finalize (object);
}

static void
server_signal_hub_class_init (ServerSignalHubClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = server_signal_hub_dispose;
  object_class->finalize = server_signal_hub_finalize;
  ss_hub_install_properties (object_class);

  /**
   * ServerSignalHub::authorize:
   * @self: the hub
   * @message: the request, with its headers, URI and address
   *
   * Asks whether a client may come in, before its handshake is answered.
   *
   * The client comes in when every handler says `TRUE`, or when there is none. The first that says
   * `FALSE` ends it, and the client is refused. This is the place to look at cookies, at a bearer
   * token, and at the header `Origin`: browsers let any page connect to any WebSocket, this
   * machine's own included, and send the page's origin along.
   *
   * A client that is refused gets the status that the handler has set on @message with
   * [method@Soup.ServerMessage.set_status], from 300 to 599, with its reason, and 403 where it has
   * set none. What the handler has put among the response headers goes along, such as
   * `WWW-Authenticate` with 401, or `Retry-After` (in seconds) with 429 and 503; and so does a body.
   *
   * ```c
   * static gboolean
   * authorize_cb (ServerSignalHub   *hub,
   *               SoupServerMessage *message)
   * {
   *   SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
   *   const char *origin = soup_message_headers_get_one (headers, "Origin");
   *
   *   if (g_strcmp0 (origin, "https://example.org") != 0)
   *     return FALSE;
   *
   *   if (!is_token (soup_message_headers_get_one (headers, "Authorization")))
   *     {
   *       soup_server_message_set_status (message, SOUP_STATUS_UNAUTHORIZED, NULL);
   *       soup_message_headers_replace (soup_server_message_get_response_headers (message),
   *                                     "WWW-Authenticate", "Bearer");
   *       return FALSE;
   *     }
   *
   *   return TRUE;
   * }
   * ```
   *
   * Connections that come through [method@SignalHub.accept] were let in by the application already,
   * and are not asked about. A handler must not keep @message.
   *
   * Returns: whether the client may come in
   *
   * Since: 1.0
   */
  signals[SIGNAL_AUTHORIZE] =
    g_signal_new_class_handler ("authorize", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                G_CALLBACK (authorize_default), authorize_accumulator, NULL, NULL,
                                G_TYPE_BOOLEAN, 1, SOUP_TYPE_SERVER_MESSAGE);

  /**
   * ServerSignalHub::peer-added:
   * @self: the hub
   * @peer: the client
   *
   * A client has connected.
   *
   * It has been told nothing yet: signals that a handler adds with [method@SignalPeer.add] are
   * among the first that it hears of.
   *
   * Since: 1.0
   */
  signals[SIGNAL_PEER_ADDED] =
    g_signal_new ("peer-added", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, SERVER_TYPE_SIGNAL_PEER);

  /**
   * ServerSignalHub::peer-removed:
   * @self: the hub
   * @peer: the client
   *
   * A client's connection is over.
   *
   * This comes once for each peer that was announced with [signal@SignalHub::peer-added], but not
   * for those that are there when the hub itself goes with its last reference: a program that wants
   * to hear of each calls [method@SignalHub.close], or [method@SignalHub.close_async], before.
   *
   * Since: 1.0
   */
  signals[SIGNAL_PEER_REMOVED] =
    g_signal_new ("peer-removed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, SERVER_TYPE_SIGNAL_PEER);
}

static void
server_signal_hub_init (ServerSignalHub *self)
{
  self->process = getpid ();
  self->id = g_uuid_string_random ();
  ss_owner_init (&self->owner);
  self->flusher = ss_flusher_new (self->owner.context);
  self->counters = ss_counters_new ();
  self->link_counters = ss_link_counters_new ();
  self->keepalive = ss_keepalive_new (self->owner.context, keepalive_cb);
  self->registry = ss_registry_new (self->id, self->flusher, self->counters, registry_changed_cb, self);
  self->peers = ss_peer_list_new (SERVER_TYPE_SIGNAL_PEER);
  self->handlers = g_ptr_array_new_with_free_func ((GDestroyNotify) ss_handler_close);
  self->addresses = ss_address_counts_new ();
}

SsOwner *
ss_hub_get_owner (ServerSignalHub *self)
{
  return self != NULL ? &self->owner : NULL;
}

GMainContext *
ss_hub_get_context (ServerSignalHub *self)
{
  return self->owner.context;
}

gsize
ss_hub_get_history_bytes (ServerSignalHub *self)
{
  return (gsize) self->history_bytes;
}

SsRegistry *
ss_hub_get_registry (ServerSignalHub *self)
{
  return self->registry;
}

static void
add_via (GPtrArray    *ids,
         ServerSignal *signal)
{
  const char *const *via = ss_via_get (signal);

  for (guint i = 0; via != NULL && via[i] != NULL; i++)
    if (!g_ptr_array_find_with_equal_func (ids, via[i], g_str_equal, NULL))
      g_ptr_array_add (ids, g_strdup (via[i]));
}

GStrv
ss_hub_dup_via (ServerSignalHub *self,
                GListModel      *own)
{
  GPtrArray *ids = g_ptr_array_new ();
  GListModel *models[] = { ss_registry_get_model (self->registry), own };

  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    for (guint j = 0; models[i] != NULL && j < g_list_model_get_n_items (models[i]); j++)
      {
        g_autoptr (ServerSignal) signal = g_list_model_get_item (models[i], j);

        add_via (ids, signal);
      }

  if (!g_ptr_array_find_with_equal_func (ids, self->id, g_str_equal, NULL))
    g_ptr_array_add (ids, g_strdup (self->id));
  g_ptr_array_add (ids, NULL);

  return (GStrv) g_ptr_array_free (ids, FALSE);
}

SsFlusher *
ss_hub_get_flusher (ServerSignalHub *self)
{
  return self->flusher;
}

SsCounters *
ss_hub_get_counters (ServerSignalHub *self)
{
  return self->counters;
}

void
ss_hub_set_up_link (ServerSignalHub *self,
                    SsLink          *link)
{
  ss_link_set_counters (link, self->link_counters);
  ss_link_set_stall_timeout (link, self->stall_timeout);

  /* This ends a peer that takes nothing as well, and must not come before the deadline with its
   * reason. */
  if (self->keepalive_interval > 0 && self->stall_timeout > 0)
    {
      guint64 alive = (guint64) self->keepalive_interval + self->keepalive_timeout;
      guint64 stalled = (guint64) self->stall_timeout + SS_CLOSE_SECONDS * 1000;

      ss_link_set_user_timeout (link, (guint) MIN (MAX (alive, stalled), G_MAXINT));
    }
}

void
ss_hub_peer_closed (ServerSignalHub  *self,
                    ServerSignalPeer *peer)
{
  g_autoptr (ServerSignalHub) keep = g_object_ref (self);

  remove_peer (self, peer);
}

/**
 * server_signal_hub_new:
 *
 * Makes a hub without signals that listens nowhere yet.
 *
 * Returns: (transfer full): a new hub
 *
 * Since: 1.0
 */
ServerSignalHub *
server_signal_hub_new (void)
{
  return g_object_new (SERVER_TYPE_SIGNAL_HUB, NULL);
}

/**
 * server_signal_hub_add:
 * @self: a hub
 * @signal: a signal
 * @error: return location for an error
 *
 * Shares a signal with all clients.
 *
 * Those that are connected are told that it has come, plain ones get the document. The hub keeps a
 * reference on @signal until [method@SignalHub.remove]. The signal may be shared by several hubs.
 *
 * @signal may be the replica of another hub's signal, which this hub then serves on, with its epoch
 * and revisions unchanged; clients hear of it when it has had its first data.
 *
 * Possible errors are [error@SignalError.EXISTS], when the hub has a signal of that name already,
 * and [error@SignalError.NOT_CURRENT], when @signal is the replica of a signal that this hub serves
 * itself, perhaps through others: nobody would write it.
 *
 * Returns: whether the signal was added
 *
 * Since: 1.0
 */
gboolean
server_signal_hub_add (ServerSignalHub  *self,
                       ServerSignal     *signal,
                       GError          **error)
{
  g_autoptr (ServerSignalHub) keep = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (SERVER_IS_SIGNAL (signal), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  keep = g_object_ref (self);
  if (!ss_registry_add (self->registry, signal, (gsize) self->history_bytes, error))
    return FALSE;

  ss_hub_notify (self, SS_HUB_PROP_N_SIGNALS);

  return TRUE;
}

/**
 * server_signal_hub_remove:
 * @self: a hub
 * @signal: a signal
 *
 * Stops to share a signal.
 *
 * Clients that speak `server-signal.v1` are told that it has gone; plain ones hear no more of it.
 * Nothing happens when @signal is not one of the hub's.
 *
 * Since: 1.0
 */
void
server_signal_hub_remove (ServerSignalHub *self,
                          ServerSignal    *signal)
{
  g_autoptr (ServerSignalHub) keep = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (SERVER_IS_SIGNAL (signal));

  keep = g_object_ref (self);
  if (ss_registry_remove (self->registry, signal))
    ss_hub_notify (self, SS_HUB_PROP_N_SIGNALS);
}

/**
 * server_signal_hub_lookup:
 * @self: a hub
 * @name: the name of a signal
 *
 * Finds a signal that the hub shares.
 *
 * Returns: (nullable) (transfer none): the signal, or `NULL` when there is none of that name
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_hub_lookup (ServerSignalHub *self,
                          const char      *name)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return ss_registry_lookup (self->registry, name);
}

/**
 * server_signal_hub_get_peers: (get-property peers)
 * @self: a hub
 *
 * Gets the clients that are connected.
 *
 * Returns: (transfer none): a live list of [class@SignalPeer]
 *
 * Since: 1.0
 */
GListModel *
server_signal_hub_get_peers (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return G_LIST_MODEL (self->peers);
}

/**
 * server_signal_hub_get_signals: (get-property signals)
 * @self: a hub
 *
 * Gets the signals that all clients share.
 *
 * Returns: (transfer none): a live list of [class@Signal]
 *
 * Since: 1.0
 */
GListModel *
server_signal_hub_get_signals (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return ss_registry_get_model (self->registry);
}

/**
 * server_signal_hub_get_id: (get-property id)
 * @self: a hub
 *
 * Gets the id of this hub, which was made at random.
 *
 * Returns: (transfer none): the id
 *
 * Since: 1.0
 */
const char *
server_signal_hub_get_id (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);

  return self->id;
}

/**
 * server_signal_hub_get_path: (get-property path)
 * @self: a hub
 *
 * Gets the path of the WebSocket in [method@SignalHub.listen].
 *
 * Returns: (transfer none): the path, beginning with a slash
 *
 * Since: 1.0
 */
const char *
server_signal_hub_get_path (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);

  return self->path;
}
