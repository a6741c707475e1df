/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "server-signal-handshake.h"
#include "server-signal.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_PEER (server_signal_peer_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (ServerSignalPeer, server_signal_peer, SERVER, SIGNAL_PEER, GObject)

SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean        server_signal_peer_add                (ServerSignalPeer  *self,
                                                       ServerSignal      *signal,
                                                       GError           **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void            server_signal_peer_remove             (ServerSignalPeer  *self,
                                                       ServerSignal      *signal);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void            server_signal_peer_review             (ServerSignalPeer  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void            server_signal_peer_close              (ServerSignalPeer  *self,
                                                       gushort            code,
                                                       const char        *reason);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char     *server_signal_peer_get_protocol       (ServerSignalPeer  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GSocketAddress *server_signal_peer_get_remote_address (ServerSignalPeer  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64         server_signal_peer_get_backlog        (ServerSignalPeer  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GListModel     *server_signal_peer_get_signals        (ServerSignalPeer  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalHandshake *server_signal_peer_get_handshake (ServerSignalPeer *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char     *server_signal_peer_get_user           (ServerSignalPeer  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void            server_signal_peer_set_user           (ServerSignalPeer  *self,
                                                       const char        *user);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GDateTime      *server_signal_peer_get_expires        (ServerSignalPeer  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void            server_signal_peer_set_expires        (ServerSignalPeer  *self,
                                                       GDateTime         *expires);

G_END_DECLS
