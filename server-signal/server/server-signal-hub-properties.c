/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The properties of a hub: what they are, and which function each belongs to. */

#include "config.h"

#include "server-signal-hub.h"

#include "server-signal-hub-private.h"
#include "ss-limits.h"

#define DEFAULT_PATH "/ws"

static GParamSpec *properties[SS_HUB_N_PROPS];

static void
get_property (GObject    *object,
              guint       prop_id,
              GValue     *value,
              GParamSpec *pspec)
{
  ServerSignalHub *self = SERVER_SIGNAL_HUB (object);

  switch (prop_id)
    {
    case SS_HUB_PROP_ID:
      g_value_set_string (value, self->id);
      break;

    case SS_HUB_PROP_PATH:
      g_value_set_string (value, self->path);
      break;

    case SS_HUB_PROP_HEALTH_PATH:
      g_value_set_string (value, self->health_path);
      break;

    case SS_HUB_PROP_TLS_CERTIFICATE:
      g_value_set_object (value, self->certificate);
      break;

    case SS_HUB_PROP_MAX_PEERS:
      g_value_set_uint (value, self->max_peers);
      break;

    case SS_HUB_PROP_MAX_SUBSCRIPTIONS:
      g_value_set_uint (value, self->max_subscriptions);
      break;

    case SS_HUB_PROP_HISTORY_BYTES:
      g_value_set_uint64 (value, self->history_bytes);
      break;

    case SS_HUB_PROP_MAX_HANDSHAKES:
      g_value_set_uint (value, self->max_handshakes);
      break;

    case SS_HUB_PROP_MAX_PEERS_PER_ADDRESS:
      g_value_set_uint (value, self->max_peers_per_address);
      break;

    case SS_HUB_PROP_MAX_BACKLOG:
      g_value_set_uint64 (value, self->max_backlog);
      break;

    case SS_HUB_PROP_STALL_TIMEOUT:
      g_value_set_uint (value, self->stall_timeout);
      break;

    case SS_HUB_PROP_FLUSH_INTERVAL:
      g_value_set_uint (value, self->flush_interval);
      break;

    case SS_HUB_PROP_KEEPALIVE_INTERVAL:
      g_value_set_uint (value, self->keepalive_interval);
      break;

    case SS_HUB_PROP_KEEPALIVE_TIMEOUT:
      g_value_set_uint (value, self->keepalive_timeout);
      break;

    case SS_HUB_PROP_PEERS:
      g_value_set_object (value, self->peers);
      break;

    case SS_HUB_PROP_SIGNALS:
      g_value_set_object (value, ss_registry_get_model (self->registry));
      break;

    case SS_HUB_PROP_N_PEERS:
      g_value_set_uint (value, ss_peer_list_get_length (self->peers));
      break;

    case SS_HUB_PROP_N_SIGNALS:
      g_value_set_uint (value, ss_registry_get_length (self->registry));
      break;

    case SS_HUB_PROP_COMMITS:
      g_value_set_uint64 (value, self->counters->commits);
      break;

    case SS_HUB_PROP_FRAMES:
      g_value_set_uint64 (value, self->link_counters->frames);
      break;

    case SS_HUB_PROP_BYTES:
      g_value_set_uint64 (value, self->link_counters->bytes);
      break;

    case SS_HUB_PROP_MERGED:
      g_value_set_uint64 (value, self->counters->merged);
      break;

    case SS_HUB_PROP_BACKLOG:
      g_value_set_uint64 (value, self->link_counters->backlog);
      break;

    case SS_HUB_PROP_DROPPED_PEERS:
      g_value_set_uint64 (value, self->counters->dropped);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
set_property (GObject      *object,
              guint         prop_id,
              const GValue *value,
              GParamSpec   *pspec)
{
  ServerSignalHub *self = SERVER_SIGNAL_HUB (object);

  switch (prop_id)
    {
    case SS_HUB_PROP_PATH:
      self->path = g_value_dup_string (value);
      if (self->path == NULL || self->path[0] != '/')
        {
          g_critical ("The path of a hub begins with a slash; it is %s now", DEFAULT_PATH);
          g_free (self->path);
          self->path = g_strdup (DEFAULT_PATH);
        }
      break;

    case SS_HUB_PROP_HEALTH_PATH:
      server_signal_hub_set_health_path (self, g_value_get_string (value));
      break;

    case SS_HUB_PROP_TLS_CERTIFICATE:
      server_signal_hub_set_tls_certificate (self, g_value_get_object (value));
      break;

    case SS_HUB_PROP_MAX_PEERS:
      server_signal_hub_set_max_peers (self, g_value_get_uint (value));
      break;

    case SS_HUB_PROP_MAX_SUBSCRIPTIONS:
      server_signal_hub_set_max_subscriptions (self, g_value_get_uint (value));
      break;

    case SS_HUB_PROP_HISTORY_BYTES:
      server_signal_hub_set_history_bytes (self, g_value_get_uint64 (value));
      break;

    case SS_HUB_PROP_MAX_HANDSHAKES:
      server_signal_hub_set_max_handshakes (self, g_value_get_uint (value));
      break;

    case SS_HUB_PROP_MAX_PEERS_PER_ADDRESS:
      server_signal_hub_set_max_peers_per_address (self, g_value_get_uint (value));
      break;

    case SS_HUB_PROP_MAX_BACKLOG:
      server_signal_hub_set_max_backlog (self, g_value_get_uint64 (value));
      break;

    case SS_HUB_PROP_STALL_TIMEOUT:
      server_signal_hub_set_stall_timeout (self, g_value_get_uint (value));
      break;

    case SS_HUB_PROP_FLUSH_INTERVAL:
      server_signal_hub_set_flush_interval (self, g_value_get_uint (value));
      break;

    case SS_HUB_PROP_KEEPALIVE_INTERVAL:
      server_signal_hub_set_keepalive_interval (self, g_value_get_uint (value));
      break;

    case SS_HUB_PROP_KEEPALIVE_TIMEOUT:
      server_signal_hub_set_keepalive_timeout (self, g_value_get_uint (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

void
ss_hub_install_properties (GObjectClass *object_class)
{
  object_class->get_property = get_property;
  object_class->set_property = set_property;

  /**
   * ServerSignalHub:id: (getter get_id)
   *
   * The id of this hub, made at random.
   *
   * Hubs that serve the replicas of other hubs on tell their clients the ids of all the hubs that a
   * document came through, so that a circle of hubs is noticed.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_ID] =
    g_param_spec_string ("id", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:path: (getter get_path)
   *
   * The path of the WebSocket in [method@SignalHub.listen], beginning with a slash.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_PATH] =
    g_param_spec_string ("path", NULL, NULL, DEFAULT_PATH,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:health-path: (getter get_health_path) (setter set_health_path)
   *
   * The path at which a server of [method@SignalHub.listen] answers GET and HEAD with 200, for those
   * who watch over it, or `NULL`, which is the default, for none.
   *
   * A plain GET of [property@SignalHub:path] is answered with 426, because a WebSocket is there.
   * Load balancers and orchestrators that look whether a server is up take that for a failure; this
   * path is for them. Nobody is asked who may ([signal@SignalHub::authorize]), and it is answered
   * also when the hub is full. It holds from then on.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_HEALTH_PATH] =
    g_param_spec_string ("health-path", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:tls-certificate: (getter get_tls_certificate) (setter set_tls_certificate)
   *
   * The certificate with which [method@SignalHub.listen] speaks TLS, or `NULL` for none.
   *
   * It holds for connections that are made from then on. An application's server to which the hub
   * is attached has its own. Unix sockets speak TLS only where their address asks for it.
   *
   * A certificate without a private key, or with the key of another one, is refused with a critical
   * message, and the property stays as it is.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_TLS_CERTIFICATE] =
    g_param_spec_object ("tls-certificate", NULL, NULL, G_TYPE_TLS_CERTIFICATE,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:max-peers: (getter get_max_peers) (setter set_max_peers)
   *
   * The largest number of clients at a time.
   *
   * Clients beyond this limit get 503, with a `Retry-After` of five seconds. Peers that are there
   * already stay. The default is 65,536.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_MAX_PEERS] =
    g_param_spec_uint ("max-peers", NULL, NULL, 0, G_MAXUINT, SS_PEERS_MAX,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS
                         | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:max-subscriptions: (getter get_max_subscriptions) (setter set_max_subscriptions)
   *
   * The largest number of signals that one client may subscribe to.
   *
   * It is told `too-many` when it asks for more. Plain clients, which do not ask, get all. The
   * number holds for peers that come from then on.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_MAX_SUBSCRIPTIONS] =
    g_param_spec_uint ("max-subscriptions", NULL, NULL, 0, G_MAXUINT, SS_SUBSCRIPTIONS_MAX,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS
                         | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:history-bytes: (getter get_history_bytes) (setter set_history_bytes)
   *
   * How many bytes of patches are kept for each signal.
   *
   * A client that comes back gets what it has missed when that is still there, and otherwise the
   * whole document. The number holds for signals that are added from then on.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_HISTORY_BYTES] =
    g_param_spec_uint64 ("history-bytes", NULL, NULL, 0, G_MAXSIZE, SS_HISTORY_BYTES,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS
                           | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:max-handshakes: (getter get_max_handshakes) (setter set_max_handshakes)
   *
   * The largest number of connections of [method@SignalHub.listen] that have not become clients
   * yet.
   *
   * When there are so many, the oldest is dropped for the newest: a handshake takes a moment, so the
   * oldest are those that do not mean to make one. A quarter of them may come from one address, save
   * from this machine's own; the same holds there.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_MAX_HANDSHAKES] =
    g_param_spec_uint ("max-handshakes", NULL, NULL, 1, G_MAXUINT, SS_HANDSHAKES,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS
                         | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:max-peers-per-address: (getter get_max_peers_per_address) (setter set_max_peers_per_address)
   *
   * The largest number of clients from one address, or 0 for any number.
   *
   * A client beyond it gets 429 and is told when to come again. IPv6 addresses count as one when
   * their first 64 bits are the same, for that is what one subscriber has. Clients on this machine,
   * on loopback or on a unix socket, are not counted: a proxy there stands for many. Where the proxy
   * is on another machine the limit has to be its business.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_MAX_PEERS_PER_ADDRESS] =
    g_param_spec_uint ("max-peers-per-address", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:max-backlog: (getter get_max_backlog) (setter set_max_backlog)
   *
   * How many bytes may wait for one client before what comes is merged, or 0 for any number.
   *
   * When more wait, the client is sent no updates until it has taken half of them. What it misses
   * meanwhile it gets as one update of each signal, or as the document where that is smaller: it
   * sees fewer of the states between, and in the end the newest. So what waits for a client that
   * does not keep up is bounded by this number and the largest of its documents, and nobody else is
   * delayed.
   *
   * The number holds for peers that come from then on. It says nothing of peers of
   * [method@SignalHub.accept], whose frames wait where nobody can count them.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_MAX_BACKLOG] =
    g_param_spec_uint64 ("max-backlog", NULL, NULL, 0, G_MAXUINT64, SS_BACKLOG_BYTES,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS
                           | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:stall-timeout: (getter get_stall_timeout) (setter set_stall_timeout)
   *
   * How long a client may take nothing of what waits for it, in milliseconds, or 0 for ever.
   *
   * When the time is up, what waits is dropped and the client is closed with 1008, the reason being
   * that it is too slow; our clients come back when they go on. It is looked at about twice a
   * second. A client that takes anything at all, be it slowly, stays.
   *
   * The time holds for peers that come from then on. Peers of [method@SignalHub.accept] have none.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_STALL_TIMEOUT] =
    g_param_spec_uint ("stall-timeout", NULL, NULL, 0, G_MAXUINT, SS_STALL_SECONDS * 1000,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS
                         | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:flush-interval: (getter get_flush_interval) (setter set_flush_interval)
   *
   * How long commits are gathered before they are sent, in milliseconds.
   *
   * With 0, which is the default, each commit is sent as an update of its own, and those of one
   * turn of the main loop leave in one write for each client. Otherwise the first commit begins an
   * interval, at whose end each signal that has changed is sent as one update: the patches of its
   * commits joined, in which a place that was written several times has the last value only. As
   * with clients that come back, patches that have outgrown [property@SignalHub:history-bytes] are
   * replaced by the document.
   *
   * Clients that subscribe are answered at once. What has been gathered leaves early when the hub
   * or a peer is closed and when a signal is removed.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_FLUSH_INTERVAL] =
    g_param_spec_uint ("flush-interval", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS
                         | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:keepalive-interval: (getter get_keepalive_interval) (setter set_keepalive_interval)
   *
   * The time from one ping to the next, in milliseconds, or 0 for no pings.
   *
   * The default is 20,000: many proxies cut off a connection on which nothing has come for 30
   * seconds.
   *
   * A client of which nothing comes within [property@SignalHub:keepalive-timeout] after a ping is
   * gone, and is cut off. Anything that comes is a sign of life. So one that has lost its network
   * is noticed within the two times. One that has something waiting is not asked; it has
   * [property@SignalHub:stall-timeout]. One that is still taking what the ping stands behind, such
   * as a large document on a slow line, is asked again.
   *
   * Peers of [method@SignalHub.accept] are not asked: the application sets the property
   * `keepalive-interval` of their [class@Soup.WebsocketConnection].
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_KEEPALIVE_INTERVAL] =
    g_param_spec_uint ("keepalive-interval", NULL, NULL, 0, G_MAXUINT, SS_KEEPALIVE_SECONDS * 1000,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS
                         | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:keepalive-timeout: (getter get_keepalive_timeout) (setter set_keepalive_timeout)
   *
   * How long a client has to give a sign of life after a ping, in milliseconds.
   *
   * The default is 15,000. No more than [property@SignalHub:keepalive-interval] is taken.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_KEEPALIVE_TIMEOUT] =
    g_param_spec_uint ("keepalive-timeout", NULL, NULL, 1, G_MAXUINT, SS_KEEPALIVE_TIMEOUT_SECONDS * 1000,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS
                         | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalHub:peers: (getter get_peers)
   *
   * The clients that are connected, a live list of [class@SignalPeer].
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_PEERS] =
    g_param_spec_object ("peers", NULL, NULL, G_TYPE_LIST_MODEL,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:signals: (getter get_signals)
   *
   * The signals that all clients share, a live list of [class@Signal].
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_SIGNALS] =
    g_param_spec_object ("signals", NULL, NULL, G_TYPE_LIST_MODEL,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:n-peers:
   *
   * The number of clients that are connected.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_N_PEERS] =
    g_param_spec_uint ("n-peers", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:n-signals:
   *
   * The number of signals that all clients share.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_N_SIGNALS] =
    g_param_spec_uint ("n-signals", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:commits: (getter get_commits)
   *
   * The number of commits of the hub's signals, its peers' own included, since the hub was made.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_COMMITS] =
    g_param_spec_uint64 ("commits", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:frames: (getter get_frames)
   *
   * The number of messages that were queued for clients since the hub was made.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_FRAMES] =
    g_param_spec_uint64 ("frames", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:bytes: (getter get_bytes)
   *
   * The number of bytes that clients were sent since the hub was made.
   *
   * These are what the kernel has taken, or TLS, with the headers of frames. Of peers of
   * [method@SignalHub.accept] the messages are counted that were handed to libsoup.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_BYTES] =
    g_param_spec_uint64 ("bytes", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:merged: (getter get_merged)
   *
   * The number of commits that clients did not get by themselves, but together with later ones,
   * since the hub was made.
   *
   * Each is counted for each client. It is because of [property@SignalHub:flush-interval], because
   * a client does not keep up, or because it comes back after a gap.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_MERGED] =
    g_param_spec_uint64 ("merged", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:backlog: (getter get_backlog)
   *
   * The number of bytes that wait for all clients together, now.
   *
   * That of one is [property@SignalPeer:backlog]. Peers of [method@SignalHub.accept] are not in it.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_BACKLOG] =
    g_param_spec_uint64 ("backlog", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalHub:dropped-peers: (getter get_dropped_peers)
   *
   * The number of clients that the hub itself has ended since it was made.
   *
   * These are clients that took nothing for too long, gave no sign of life, or sent what they may
   * not.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  properties[SS_HUB_PROP_DROPPED_PEERS] =
    g_param_spec_uint64 ("dropped-peers", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, SS_HUB_N_PROPS, properties);
}

void
ss_hub_notify (ServerSignalHub *self,
               SsHubProperty    property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}
