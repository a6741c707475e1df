/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_ORIGIN (server_signal_origin_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
G_DECLARE_INTERFACE (ServerSignalOrigin, server_signal_origin, SERVER, SIGNAL_ORIGIN, GObject)

/**
 * ServerSignalOriginInterface:
 * @parent_iface: the parent
 * @follow: begins to follow a name, see [method@SignalOrigin.follow]
 * @unfollow: ends it, see [method@SignalOrigin.unfollow]
 *
 * The functions of an origin.
 *
 * Since: 1.0
 */
struct _ServerSignalOriginInterface
{
  GTypeInterface parent_iface;

  /**
   * ServerSignalOriginInterface::follow:
   * @self: an origin
   * @name: the name of a signal
   *
   * Begins to follow a signal.
   *
   * Returns: (transfer full) (nullable): the signal, or `NULL` where there is none and never will be
   *
   * Since: 1.0
   */
  ServerSignal *(*follow)   (ServerSignalOrigin *self,
                             const char         *name);

  /**
   * ServerSignalOriginInterface::unfollow:
   * @self: an origin
   * @name: a name that was followed
   *
   * Ends what [vfunc@SignalOrigin.follow] began.
   *
   * Since: 1.0
   */
  void          (*unfollow) (ServerSignalOrigin *self,
                             const char         *name);
};

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal *server_signal_origin_follow   (ServerSignalOrigin *self,
                                             const char         *name);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_origin_unfollow (ServerSignalOrigin *self,
                                             const char         *name);

G_END_DECLS
