/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <json-glib/json-glib.h>

#include "server-signal-types.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_PATCH (server_signal_patch_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
GType              server_signal_patch_get_type         (void) G_GNUC_CONST;

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalPatch *server_signal_patch_new_diff         (JsonNode           *from,
                                                         JsonNode           *to);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalPatch *server_signal_patch_new_from_json    (const char         *json,
                                                         GError            **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalPatch *server_signal_patch_new_from_node    (JsonNode           *node,
                                                         GError            **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalPatch *server_signal_patch_ref              (ServerSignalPatch  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void               server_signal_patch_unref            (ServerSignalPatch  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint              server_signal_patch_get_n_operations (ServerSignalPatch  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char              *server_signal_patch_to_json          (ServerSignalPatch  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
JsonNode          *server_signal_patch_to_node          (ServerSignalPatch  *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
JsonNode          *server_signal_patch_apply            (ServerSignalPatch  *self,
                                                         JsonNode           *document,
                                                         GError            **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerSignalPatch, server_signal_patch_unref)

G_END_DECLS
