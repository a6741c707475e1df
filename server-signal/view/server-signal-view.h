/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <json-glib/json-glib.h>

#include "server-signal-types.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_VIEW (server_signal_view_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (ServerSignalView, server_signal_view, SERVER, SIGNAL_VIEW, GObject)

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalView *server_signal_view_new               (ServerSignal     *signal,
                                                        const char       *pointer);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal     *server_signal_view_get_signal        (ServerSignalView *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char       *server_signal_view_get_pointer       (ServerSignalView *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
JsonNode         *server_signal_view_dup_value         (ServerSignalView *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gint64            server_signal_view_get_int_value     (ServerSignalView *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
double            server_signal_view_get_double_value  (ServerSignalView *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean          server_signal_view_get_boolean_value (ServerSignalView *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char             *server_signal_view_dup_string_value  (ServerSignalView *self);

G_END_DECLS
