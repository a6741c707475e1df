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

    case SS_HUB_PROP_PEERS:
      g_value_set_object (value, self->roster);
      break;

    case SS_HUB_PROP_SIGNALS:
      g_value_set_object (value, ss_shelf_get_model (self->shelf));
      break;

    case SS_HUB_PROP_N_PEERS:
      g_value_set_uint (value, ss_roster_get_length (self->roster));
      break;

    case SS_HUB_PROP_N_SIGNALS:
      g_value_set_uint (value, ss_shelf_get_length (self->shelf));
      break;

    case SS_HUB_PROP_COMMITS:
      g_value_set_uint64 (value, self->commits);
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
   * ServerSignalHub:tls-certificate: (getter get_tls_certificate) (setter set_tls_certificate)
   *
   * The certificate with which [method@SignalHub.listen] speaks TLS, or `NULL` for none.
   *
   * It holds for connections that are made from then on. An application's server to which the hub
   * is attached has its own.
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
   * Who comes when there are so many is answered with 503. Peers that are there already stay.
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

  g_object_class_install_properties (object_class, SS_HUB_N_PROPS, properties);
}

void
ss_hub_notify (ServerSignalHub *self,
               SsHubProperty    property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}
