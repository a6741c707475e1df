/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-store.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_FILE_STORE (server_signal_file_store_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
GType server_signal_file_store_get_type (void);

typedef struct _ServerSignalFileStore ServerSignalFileStore;

#define SERVER_SIGNAL_FILE_STORE(object) \
  (G_TYPE_CHECK_INSTANCE_CAST ((object), SERVER_TYPE_SIGNAL_FILE_STORE, ServerSignalFileStore))
#define SERVER_IS_SIGNAL_FILE_STORE(object) \
  (G_TYPE_CHECK_INSTANCE_TYPE ((object), SERVER_TYPE_SIGNAL_FILE_STORE))

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerSignalFileStore, g_object_unref)

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalStore *server_signal_file_store_new               (const char            *folder);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char        *server_signal_file_store_get_folder        (ServerSignalFileStore *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint              server_signal_file_store_get_sync_interval (ServerSignalFileStore *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void               server_signal_file_store_set_sync_interval (ServerSignalFileStore *self,
                                                               guint                  sync_interval);

G_END_DECLS
