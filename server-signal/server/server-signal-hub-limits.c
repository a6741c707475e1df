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
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

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
  SS_RETURN_IF_ELSEWHERE (&self->owner);

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
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

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
  SS_RETURN_IF_ELSEWHERE (&self->owner);

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
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

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
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (self->history_bytes == history_bytes)
    return;

  self->history_bytes = history_bytes;
  ss_hub_notify (self, SS_HUB_PROP_HISTORY_BYTES);
}

/**
 * server_signal_hub_get_max_handshakes: (get-property max-handshakes)
 * @self: a hub
 *
 * Gets the largest number of connections of [method@SignalHub.listen] that have not become clients
 * yet.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint
server_signal_hub_get_max_handshakes (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->max_handshakes;
}

/**
 * server_signal_hub_set_max_handshakes: (set-property max-handshakes)
 * @self: a hub
 * @max_handshakes: the number
 *
 * Sets the largest number of connections of [method@SignalHub.listen] that have not become clients
 * yet.
 *
 * When there are so many, the oldest is dropped for the newest: a handshake takes a moment, so the
 * oldest are those that do not mean to make one. A quarter of them may come from one address, save
 * from this machine's own; the same holds there.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_max_handshakes (ServerSignalHub *self,
                                      guint            max_handshakes)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (max_handshakes > 0);

  if (self->max_handshakes == max_handshakes)
    return;

  self->max_handshakes = max_handshakes;
  if (self->http_server != NULL)
    ss_http_server_set_max_handshakes (self->http_server, max_handshakes);
  ss_hub_notify (self, SS_HUB_PROP_MAX_HANDSHAKES);
}

/**
 * server_signal_hub_get_max_backlog: (get-property max-backlog)
 * @self: a hub
 *
 * Gets how many bytes may wait for one client before what comes is merged.
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
guint64
server_signal_hub_get_max_backlog (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->max_backlog;
}

/**
 * server_signal_hub_set_max_backlog: (set-property max-backlog)
 * @self: a hub
 * @max_backlog: the number of bytes, or 0 for any
 *
 * Sets how many bytes may wait for one client before what comes is merged.
 *
 * When more wait, the client is sent no updates until it has taken half of them. What it misses
 * meanwhile it gets as one update of each signal, or as the document where that is smaller: it sees
 * fewer of the states between, and in the end the newest. So what waits for a client that does not
 * keep up is bounded by this number and the largest of its documents, and nobody else is delayed.
 *
 * The number holds for peers that come from then on. It says nothing of peers of
 * [method@SignalHub.accept], whose frames wait where nobody can count them.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_max_backlog (ServerSignalHub *self,
                                   guint64          max_backlog)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (self->max_backlog == max_backlog)
    return;

  self->max_backlog = max_backlog;
  ss_hub_notify (self, SS_HUB_PROP_MAX_BACKLOG);
}

/**
 * server_signal_hub_get_stall_timeout: (get-property stall-timeout)
 * @self: a hub
 *
 * Gets how long a client may take nothing of what waits for it, in milliseconds.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
server_signal_hub_get_stall_timeout (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->stall_timeout;
}

/**
 * server_signal_hub_set_stall_timeout: (set-property stall-timeout)
 * @self: a hub
 * @stall_timeout: the time in milliseconds, or 0 for ever
 *
 * Sets how long a client may take nothing of what waits for it, in milliseconds.
 *
 * When the time is up, what waits is dropped and the client is closed with 1008, the reason being
 * that it is too slow; our clients come back when they go on. It is looked at about twice a second.
 * A client that takes anything at all, be it slowly, stays.
 *
 * The time holds for peers that come from then on. Peers of [method@SignalHub.accept] have none.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_stall_timeout (ServerSignalHub *self,
                                     guint            stall_timeout)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (self->stall_timeout == stall_timeout)
    return;

  self->stall_timeout = stall_timeout;
  ss_hub_notify (self, SS_HUB_PROP_STALL_TIMEOUT);
}

/**
 * server_signal_hub_get_flush_interval: (get-property flush-interval)
 * @self: a hub
 *
 * Gets how long commits are gathered before they are sent, in milliseconds.
 *
 * Returns: the interval in milliseconds
 *
 * Since: 1.0
 */
guint
server_signal_hub_get_flush_interval (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->flush_interval;
}

/**
 * server_signal_hub_set_flush_interval: (set-property flush-interval)
 * @self: a hub
 * @flush_interval: the interval in milliseconds, or 0 for none
 *
 * Sets how long commits are gathered before they are sent, in milliseconds.
 *
 * With 0, which is the default, each commit is sent as an update of its own, and those of one turn
 * of the main loop leave in one write for each client. Otherwise the first commit begins an
 * interval, at whose end each signal that has changed is sent as one update: the patches of its
 * commits joined, in which a place that was written several times has the last value only. As with
 * clients that come back, patches that have outgrown [property@SignalHub:history-bytes] are
 * replaced by the document.
 *
 * Clients that subscribe are answered at once. What has been gathered leaves early when the hub or
 * a peer is closed and when a signal is removed.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_flush_interval (ServerSignalHub *self,
                                      guint            flush_interval)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (self->flush_interval == flush_interval)
    return;

  self->flush_interval = flush_interval;
  ss_flusher_set_interval (self->flusher, flush_interval);
  ss_hub_notify (self, SS_HUB_PROP_FLUSH_INTERVAL);
}

/**
 * server_signal_hub_get_keepalive_interval: (get-property keepalive-interval)
 * @self: a hub
 *
 * Gets the time from one ping to the next, in milliseconds.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
server_signal_hub_get_keepalive_interval (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->keepalive_interval;
}

/**
 * server_signal_hub_set_keepalive_interval: (set-property keepalive-interval)
 * @self: a hub
 * @keepalive_interval: the time in milliseconds, or 0 for no pings
 *
 * Sets the time from one ping to the next, in milliseconds.
 *
 * A client of which nothing comes within [property@SignalHub:keepalive-timeout] after a ping is
 * gone, and is cut off. Anything that comes is a sign of life. So one that has lost its network is
 * noticed within the two times. One that has something waiting is not asked; it has
 * [property@SignalHub:stall-timeout].
 *
 * Peers of [method@SignalHub.accept] are not asked: the application sets the property
 * `keepalive-interval` of their [class@Soup.WebsocketConnection].
 *
 * Since: 1.0
 */
void
server_signal_hub_set_keepalive_interval (ServerSignalHub *self,
                                          guint            keepalive_interval)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (self->keepalive_interval == keepalive_interval)
    return;

  self->keepalive_interval = keepalive_interval;
  ss_keepalive_set_times (self->keepalive, self->keepalive_interval, self->keepalive_timeout);
  ss_hub_notify (self, SS_HUB_PROP_KEEPALIVE_INTERVAL);
}

/**
 * server_signal_hub_get_keepalive_timeout: (get-property keepalive-timeout)
 * @self: a hub
 *
 * Gets how long a client has to give a sign of life after a ping, in milliseconds.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
server_signal_hub_get_keepalive_timeout (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->keepalive_timeout;
}

/**
 * server_signal_hub_set_keepalive_timeout: (set-property keepalive-timeout)
 * @self: a hub
 * @keepalive_timeout: the time in milliseconds
 *
 * Sets how long a client has to give a sign of life after a ping, in milliseconds.
 *
 * No more than [property@SignalHub:keepalive-interval] is taken.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_keepalive_timeout (ServerSignalHub *self,
                                         guint            keepalive_timeout)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (keepalive_timeout > 0);

  if (self->keepalive_timeout == keepalive_timeout)
    return;

  self->keepalive_timeout = keepalive_timeout;
  ss_keepalive_set_times (self->keepalive, self->keepalive_interval, self->keepalive_timeout);
  ss_hub_notify (self, SS_HUB_PROP_KEEPALIVE_TIMEOUT);
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
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->counters->commits;
}

/**
 * server_signal_hub_get_frames: (get-property frames)
 * @self: a hub
 *
 * Gets the number of messages that were queued for clients since the hub was made.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint64
server_signal_hub_get_frames (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->link_counters->frames;
}

/**
 * server_signal_hub_get_bytes: (get-property bytes)
 * @self: a hub
 *
 * Gets the number of bytes that clients were sent since the hub was made.
 *
 * These are what the kernel has taken, or TLS, with the headers of frames. Of peers of
 * [method@SignalHub.accept] the messages are counted that were handed to libsoup.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint64
server_signal_hub_get_bytes (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->link_counters->bytes;
}

/**
 * server_signal_hub_get_merged: (get-property merged)
 * @self: a hub
 *
 * Gets the number of commits that clients did not get by themselves, but together with later ones,
 * since the hub was made.
 *
 * Each is counted for each client. It is because of [property@SignalHub:flush-interval], because a
 * client does not keep up, or because it comes back after a gap.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint64
server_signal_hub_get_merged (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->counters->merged;
}

/**
 * server_signal_hub_get_backlog: (get-property backlog)
 * @self: a hub
 *
 * Gets the number of bytes that wait for all clients together, now.
 *
 * That of one is [property@SignalPeer:backlog]. Peers of [method@SignalHub.accept] are not in it.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint64
server_signal_hub_get_backlog (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->link_counters->backlog;
}

/**
 * server_signal_hub_get_dropped_peers: (get-property dropped-peers)
 * @self: a hub
 *
 * Gets the number of clients that the hub itself has ended since it was made.
 *
 * These are clients that took nothing for too long, gave no sign of life, or sent what they may
 * not.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
guint64
server_signal_hub_get_dropped_peers (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->counters->dropped;
}
