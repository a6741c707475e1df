/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <json-glib/json-glib.h>

#include "server-signal-types.h"
#include "server-signal-visitor.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL (server_signal_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (ServerSignal, server_signal, SERVER, SIGNAL, GObject)

/**
 * ServerSignalUpdateFunc:
 * @copy: (transfer none): a deep copy of the document, which may be edited
 * @user_data: data passed along with the function
 *
 * Makes the new document out of the old one, for [method@Signal.update].
 *
 * Returns: (transfer full) (nullable): the new document, which may be @copy (with a reference of
 *   its own); `NULL` commits nothing
 *
 * Since: 1.0
 */
typedef JsonNode *(*ServerSignalUpdateFunc) (JsonNode *copy,
                                             gpointer  user_data);

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal *server_signal_new           (const char  *name,
                                           JsonNode    *initial);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal *server_signal_new_from_json (const char  *name,
                                           const char  *json,
                                           GError     **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char   *server_signal_get_name      (ServerSignal *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64       server_signal_get_revision  (ServerSignal *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char   *server_signal_get_epoch     (ServerSignal *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_get_writable  (ServerSignal *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_get_stale     (ServerSignal *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gint64        server_signal_get_age       (ServerSignal *self);

SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_has           (ServerSignal *self,
                                           const char   *pointer);
SERVER_SIGNAL_AVAILABLE_IN_ALL
JsonNode     *server_signal_dup_value     (ServerSignal *self,
                                           const char   *pointer);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char         *server_signal_dup_json      (ServerSignal *self,
                                           const char   *pointer);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_visit         (ServerSignal              *self,
                                           const char                *pointer,
                                           const ServerSignalVisitor *visitor,
                                           gpointer                   user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gint64        server_signal_get_int       (ServerSignal *self,
                                           const char   *pointer);
SERVER_SIGNAL_AVAILABLE_IN_ALL
double        server_signal_get_double    (ServerSignal *self,
                                           const char   *pointer);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_get_boolean   (ServerSignal *self,
                                           const char   *pointer);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char         *server_signal_dup_string    (ServerSignal *self,
                                           const char   *pointer);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint         server_signal_get_n_elements (ServerSignal *self,
                                            const char   *pointer);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char        **server_signal_list_members  (ServerSignal *self,
                                           const char   *pointer);

SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_set_value     (ServerSignal  *self,
                                           const char    *pointer,
                                           JsonNode      *value,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_set_json      (ServerSignal  *self,
                                           const char    *pointer,
                                           const char    *json,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_set_int       (ServerSignal  *self,
                                           const char    *pointer,
                                           gint64         value,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_set_double    (ServerSignal  *self,
                                           const char    *pointer,
                                           double         value,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_set_boolean   (ServerSignal  *self,
                                           const char    *pointer,
                                           gboolean       value,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_set_string    (ServerSignal  *self,
                                           const char    *pointer,
                                           const char    *value,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_insert_value  (ServerSignal  *self,
                                           const char    *pointer,
                                           JsonNode      *value,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_insert_json   (ServerSignal  *self,
                                           const char    *pointer,
                                           const char    *json,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_remove        (ServerSignal  *self,
                                           const char    *pointer,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_move          (ServerSignal  *self,
                                           const char    *from,
                                           const char    *pointer,
                                           GError       **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_apply_patch   (ServerSignal       *self,
                                           ServerSignalPatch  *patch,
                                           GError            **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean      server_signal_update        (ServerSignal            *self,
                                           ServerSignalUpdateFunc   func,
                                           gpointer                 user_data,
                                           GError                 **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void          server_signal_discard       (ServerSignal *self);

G_END_DECLS
