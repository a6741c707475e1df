/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-store.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_MEMORY_STORE (server_signal_memory_store_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
GType server_signal_memory_store_get_type (void);

typedef struct _ServerSignalMemoryStore ServerSignalMemoryStore;

#define SERVER_SIGNAL_MEMORY_STORE(object) \
  (G_TYPE_CHECK_INSTANCE_CAST ((object), SERVER_TYPE_SIGNAL_MEMORY_STORE, ServerSignalMemoryStore))
#define SERVER_IS_SIGNAL_MEMORY_STORE(object) \
  (G_TYPE_CHECK_INSTANCE_TYPE ((object), SERVER_TYPE_SIGNAL_MEMORY_STORE))

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerSignalMemoryStore, g_object_unref)

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalStore *server_signal_memory_store_new (void);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalStore *server_signal_memory_store_share (ServerSignalMemoryStore *self);

G_END_DECLS
