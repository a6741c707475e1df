/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "server-signal-types.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_CALL (server_signal_call_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (ServerSignalCall, server_signal_call, SERVER, SIGNAL_CALL, GObject)

SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_call_return          (ServerSignalCall *self,
                                                      JsonNode         *value);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_call_return_error    (ServerSignalCall *self,
                                                      const GError     *error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_call_fail            (ServerSignalCall *self,
                                                      const char       *code,
                                                      const char       *message,
                                                      JsonNode         *data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_call_progress        (ServerSignalCall *self,
                                                      JsonNode         *value);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalPeer *server_signal_call_get_peer        (ServerSignalCall *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char       *server_signal_call_get_method      (ServerSignalCall *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
JsonNode         *server_signal_call_dup_arguments   (ServerSignalCall *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GCancellable     *server_signal_call_get_cancellable (ServerSignalCall *self);

G_END_DECLS
