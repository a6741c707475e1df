/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "server-signal-types.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_LIST (server_signal_list_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (ServerSignalList, server_signal_list, SERVER, SIGNAL_LIST, GObject)

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalList *server_signal_list_new         (ServerSignal     *signal,
                                                  const char       *pointer,
                                                  GType             item_type);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal     *server_signal_list_get_signal  (ServerSignalList *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char       *server_signal_list_get_pointer (ServerSignalList *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean          server_signal_list_get_announces_edits (ServerSignalList *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_list_set_announces_edits (ServerSignalList *self,
                                                          gboolean          announces_edits);

G_END_DECLS
