/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "server-signal-types.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_HANDSHAKE (server_signal_handshake_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (ServerSignalHandshake, server_signal_handshake, SERVER, SIGNAL_HANDSHAKE, GObject)

SERVER_SIGNAL_AVAILABLE_IN_ALL
void                  server_signal_handshake_accept                  (ServerSignalHandshake *self,
                                                                       const char            *user);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                  server_signal_handshake_reject                  (ServerSignalHandshake *self,
                                                                       guint                  status,
                                                                       const char            *reason);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GUri                 *server_signal_handshake_get_uri                 (ServerSignalHandshake *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
SoupMessageHeaders   *server_signal_handshake_get_headers             (ServerSignalHandshake *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
SoupMessageHeaders   *server_signal_handshake_get_response_headers    (ServerSignalHandshake *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char           *server_signal_handshake_get_origin              (ServerSignalHandshake *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char *const    *server_signal_handshake_get_protocols           (ServerSignalHandshake *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GSocketAddress       *server_signal_handshake_get_remote_address      (ServerSignalHandshake *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GTlsCertificate      *server_signal_handshake_get_tls_peer_certificate
                                                                      (ServerSignalHandshake *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GTlsCertificateFlags  server_signal_handshake_get_tls_peer_certificate_errors
                                                                      (ServerSignalHandshake *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GCredentials         *server_signal_handshake_get_credentials         (ServerSignalHandshake *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char           *server_signal_handshake_get_user                (ServerSignalHandshake *self);

G_END_DECLS
