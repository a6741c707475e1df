/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-store.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_REDIS (server_signal_redis_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
GType server_signal_redis_get_type (void);

typedef struct _ServerSignalRedis ServerSignalRedis;

#define SERVER_SIGNAL_REDIS(object) \
  (G_TYPE_CHECK_INSTANCE_CAST ((object), SERVER_TYPE_SIGNAL_REDIS, ServerSignalRedis))
#define SERVER_IS_SIGNAL_REDIS(object) \
  (G_TYPE_CHECK_INSTANCE_TYPE ((object), SERVER_TYPE_SIGNAL_REDIS))

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerSignalRedis, g_object_unref)

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalStore *server_signal_redis_new (const char *uri, GError **error);

G_END_DECLS
