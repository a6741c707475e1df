/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-origin.h"

/**
 * ServerSignalOrigin:
 *
 * A place that signals come from by their names.
 *
 * [class@SignalClient] is one: its signals are replicas of those of a server. A hub with an
 * [property@SignalHub:origin] follows there what its own clients ask for, and ends that when nobody
 * follows it any more. An application may implement others.
 *
 * Since: 1.0
 */

G_DEFINE_INTERFACE (ServerSignalOrigin, server_signal_origin, G_TYPE_OBJECT)

static void
server_signal_origin_default_init (ServerSignalOriginInterface *iface)
{
}

/**
 * server_signal_origin_follow: (virtual follow)
 * @self: an origin
 * @name: the name of a signal, valid UTF-8 of 1 to 1024 bytes
 *
 * Begins to follow a signal.
 *
 * It may have no data yet, and there may turn out to be none of that name.
 *
 * Returns: (transfer full) (nullable): the signal, which has this name, or `NULL` where there is none
 *   and never will be
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_origin_follow (ServerSignalOrigin *self,
                             const char         *name)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_ORIGIN (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return SERVER_SIGNAL_ORIGIN_GET_IFACE (self)->follow (self, name);
}

/**
 * server_signal_origin_unfollow: (virtual unfollow)
 * @self: an origin
 * @name: a name that was followed; others are ignored
 *
 * Ends what [method@SignalOrigin.follow] began.
 *
 * Since: 1.0
 */
void
server_signal_origin_unfollow (ServerSignalOrigin *self,
                               const char         *name)
{
  g_return_if_fail (SERVER_IS_SIGNAL_ORIGIN (self));
  g_return_if_fail (name != NULL);

  SERVER_SIGNAL_ORIGIN_GET_IFACE (self)->unfollow (self, name);
}
