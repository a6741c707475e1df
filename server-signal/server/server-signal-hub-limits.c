/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The limits of a hub, and the figures of one that runs. */

#include "config.h"

#include "server-signal-hub.h"

#include "server-signal-hub-private.h"

/**
 * server_signal_hub_get_max_peers: (get-property max-peers)
 * @self: a hub
 *
 * Gets the largest number of clients at a time.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
server_signal_hub_get_max_peers (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);

  return self->max_peers;
}

/**
 * server_signal_hub_set_max_peers: (set-property max-peers)
 * @self: a hub
 * @max_peers: the number
 *
 * Sets the largest number of clients at a time.
 *
 * Peers that are there already stay.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_max_peers (ServerSignalHub *self,
                                 guint            max_peers)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));

  if (self->max_peers == max_peers)
    return;

  self->max_peers = max_peers;
  ss_hub_notify (self, SS_HUB_PROP_MAX_PEERS);
}

/**
 * server_signal_hub_get_max_subscriptions: (get-property max-subscriptions)
 * @self: a hub
 *
 * Gets the largest number of signals that one client may subscribe to.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
server_signal_hub_get_max_subscriptions (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);

  return self->max_subscriptions;
}

/**
 * server_signal_hub_set_max_subscriptions: (set-property max-subscriptions)
 * @self: a hub
 * @max_subscriptions: the number
 *
 * Sets the largest number of signals that one client may subscribe to.
 *
 * It holds for peers that come from then on.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_max_subscriptions (ServerSignalHub *self,
                                         guint            max_subscriptions)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));

  if (self->max_subscriptions == max_subscriptions)
    return;

  self->max_subscriptions = max_subscriptions;
  ss_hub_notify (self, SS_HUB_PROP_MAX_SUBSCRIPTIONS);
}

/**
 * server_signal_hub_get_history_bytes: (get-property history-bytes)
 * @self: a hub
 *
 * Gets how many bytes of patches are kept for each signal.
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
guint64
server_signal_hub_get_history_bytes (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);

  return self->history_bytes;
}

/**
 * server_signal_hub_set_history_bytes: (set-property history-bytes)
 * @self: a hub
 * @history_bytes: the number of bytes; with 0 every client that comes back gets whole documents
 *
 * Sets how many bytes of patches are kept for each signal.
 *
 * It holds for signals that are added from then on.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_history_bytes (ServerSignalHub *self,
                                     guint64          history_bytes)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));

  if (self->history_bytes == history_bytes)
    return;

  self->history_bytes = history_bytes;
  ss_hub_notify (self, SS_HUB_PROP_HISTORY_BYTES);
}

/**
 * server_signal_hub_get_commits: (get-property commits)
 * @self: a hub
 *
 * Gets the number of commits of the hub's signals, its peers' own included, since the hub was made.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint64
server_signal_hub_get_commits (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);

  return self->commits;
}
