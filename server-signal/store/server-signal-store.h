/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "server-signal.h"
#include "server-signal-patch.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_STORE (server_signal_store_get_type ())

/* By hand, as the struct of the class is private: an engine is a part of the library. */
SERVER_SIGNAL_AVAILABLE_IN_ALL
GType server_signal_store_get_type (void);

typedef struct _ServerSignalStoreClass ServerSignalStoreClass;

#define SERVER_SIGNAL_STORE(object) \
  (G_TYPE_CHECK_INSTANCE_CAST ((object), SERVER_TYPE_SIGNAL_STORE, ServerSignalStore))
#define SERVER_IS_SIGNAL_STORE(object) \
  (G_TYPE_CHECK_INSTANCE_TYPE ((object), SERVER_TYPE_SIGNAL_STORE))

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServerSignalStore, g_object_unref)

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal *server_signal_store_get_signal     (ServerSignalStore       *self,
                                                  const char              *name);

SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_own_async      (ServerSignalStore       *self,
                                                  const char              *name,
                                                  JsonNode                *initial,
                                                  GCancellable            *cancellable,
                                                  GAsyncReadyCallback      callback,
                                                  gpointer                 user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal *server_signal_store_own_finish     (ServerSignalStore       *self,
                                                  GAsyncResult            *result,
                                                  GError                 **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_release        (ServerSignalStore       *self,
                                                  ServerSignal            *signal);

SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_update_async   (ServerSignalStore       *self,
                                                  const char              *name,
                                                  ServerSignalUpdateFunc   func,
                                                  gpointer                 func_data,
                                                  GDestroyNotify           func_destroy,
                                                  GCancellable            *cancellable,
                                                  GAsyncReadyCallback      callback,
                                                  gpointer                 user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_store_update_finish  (ServerSignalStore       *self,
                                                  GAsyncResult            *result,
                                                  GError                 **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_patch_async    (ServerSignalStore       *self,
                                                  const char              *name,
                                                  ServerSignalPatch       *patch,
                                                  GCancellable            *cancellable,
                                                  GAsyncReadyCallback      callback,
                                                  gpointer                 user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_store_patch_finish   (ServerSignalStore       *self,
                                                  GAsyncResult            *result,
                                                  GError                 **error);

SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_list_async     (ServerSignalStore       *self,
                                                  const char              *prefix,
                                                  GCancellable            *cancellable,
                                                  GAsyncReadyCallback      callback,
                                                  gpointer                 user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GStrv         server_signal_store_list_finish    (ServerSignalStore       *self,
                                                  GAsyncResult            *result,
                                                  GError                 **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_remove_async   (ServerSignalStore       *self,
                                                  const char              *name,
                                                  GCancellable            *cancellable,
                                                  GAsyncReadyCallback      callback,
                                                  gpointer                 user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_store_remove_finish  (ServerSignalStore       *self,
                                                  GAsyncResult            *result,
                                                  GError                 **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_expire_async   (ServerSignalStore       *self,
                                                  const char              *name,
                                                  guint                    seconds,
                                                  GCancellable            *cancellable,
                                                  GAsyncReadyCallback      callback,
                                                  gpointer                 user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_store_expire_finish  (ServerSignalStore       *self,
                                                  GAsyncResult            *result,
                                                  GError                 **error);

SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_copy_async     (ServerSignalStore       *self,
                                                  const char              *prefix,
                                                  GFile                   *file,
                                                  GCancellable            *cancellable,
                                                  GAsyncReadyCallback      callback,
                                                  gpointer                 user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gssize        server_signal_store_copy_finish    (ServerSignalStore       *self,
                                                  GAsyncResult            *result,
                                                  GError                 **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_restore_async  (ServerSignalStore       *self,
                                                  GFile                   *file,
                                                  GCancellable            *cancellable,
                                                  GAsyncReadyCallback      callback,
                                                  gpointer                 user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gssize        server_signal_store_restore_finish (ServerSignalStore       *self,
                                                  GAsyncResult            *result,
                                                  GError                 **error);

SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_close_async    (ServerSignalStore       *self,
                                                  GCancellable            *cancellable,
                                                  GAsyncReadyCallback      callback,
                                                  gpointer                 user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_store_close_finish   (ServerSignalStore       *self,
                                                  GAsyncResult            *result,
                                                  GError                 **error);

SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_store_get_online     (ServerSignalStore       *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint         server_signal_store_get_offline_time (ServerSignalStore     *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const GError *server_signal_store_get_error      (ServerSignalStore       *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_store_get_durable    (ServerSignalStore       *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_set_durable    (ServerSignalStore       *self,
                                                  gboolean                 durable);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint         server_signal_store_get_lease      (ServerSignalStore       *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_store_set_lease      (ServerSignalStore       *self,
                                                  guint                    lease);

G_END_DECLS
