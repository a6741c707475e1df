/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "server-signal.h"

G_BEGIN_DECLS

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal *server_signal_new_for_object        (const char          *name,
                                                   GObject             *object,
                                                   GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal *server_signal_new_for_list          (const char          *name,
                                                   GListModel          *model,
                                                   GError             **error);

SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_object          (ServerSignal        *self,
                                                   const char          *pointer,
                                                   GObject             *object,
                                                   GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_properties      (ServerSignal        *self,
                                                   const char          *pointer,
                                                   GObject             *object,
                                                   const char * const  *properties,
                                                   GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_list            (ServerSignal        *self,
                                                   const char          *pointer,
                                                   GListModel          *model,
                                                   GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_list_properties (ServerSignal        *self,
                                                   const char          *pointer,
                                                   GListModel          *model,
                                                   const char * const  *properties,
                                                   GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_settings        (ServerSignal        *self,
                                                   const char          *pointer,
                                                   GSettings           *settings,
                                                   GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_action_group    (ServerSignal        *self,
                                                   const char          *pointer,
                                                   GActionGroup        *group,
                                                   GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_dbus_proxy      (ServerSignal        *self,
                                                   const char          *pointer,
                                                   GDBusProxy          *proxy,
                                                   GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_dbus_proxy_properties
                                                  (ServerSignal        *self,
                                                   const char          *pointer,
                                                   GDBusProxy          *proxy,
                                                   const char * const  *properties,
                                                   GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_file            (ServerSignal        *self,
                                                   const char          *pointer,
                                                   GFile               *file,
                                                   GError             **error);
/**
 * ServerSignalParseFunc:
 * @bytes: the contents of the file
 * @user_data: the data that were given with the function
 * @error: return location for an error
 *
 * Reads a file that is not JSON.
 *
 * Fails with any error of the application's.
 *
 * Returns: (transfer full) (nullable): the value, or `NULL` with @error set
 *
 * Since: 1.0
 */
typedef JsonNode *(*ServerSignalParseFunc) (GBytes    *bytes,
                                            gpointer   user_data,
                                            GError   **error);

SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_track_parsed_file     (ServerSignal           *self,
                                                   const char             *pointer,
                                                   GFile                  *file,
                                                   ServerSignalParseFunc   func,
                                                   gpointer                user_data,
                                                   GDestroyNotify          destroy,
                                                   GError                **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_untrack               (ServerSignal        *self,
                                                   const char          *pointer);

G_END_DECLS
