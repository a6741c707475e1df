/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "server-signal.h"

G_BEGIN_DECLS

#define SERVER_TYPE_SIGNAL_CLIENT (server_signal_client_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (ServerSignalClient, server_signal_client, SERVER, SIGNAL_CLIENT, GObject)

/**
 * ServerSignalClientState:
 * @SERVER_SIGNAL_CLIENT_STATE_IDLE: not started, or stopped
 * @SERVER_SIGNAL_CLIENT_STATE_CONNECTING: a connection is being made
 * @SERVER_SIGNAL_CLIENT_STATE_OPEN: connected
 * @SERVER_SIGNAL_CLIENT_STATE_WAITING: the connection was lost or refused; another try follows
 * @SERVER_SIGNAL_CLIENT_STATE_CLOSED: ended for good, with [property@SignalClient:error]
 *
 * The states of a client.
 *
 * Since: 1.0
 */
typedef enum
{
  SERVER_SIGNAL_CLIENT_STATE_IDLE,
  SERVER_SIGNAL_CLIENT_STATE_CONNECTING,
  SERVER_SIGNAL_CLIENT_STATE_OPEN,
  SERVER_SIGNAL_CLIENT_STATE_WAITING,
  SERVER_SIGNAL_CLIENT_STATE_CLOSED,
} ServerSignalClientState;

/**
 * ServerSignalCallFlags:
 * @SERVER_SIGNAL_CALL_NONE: the call is made once at most
 * @SERVER_SIGNAL_CALL_IDEMPOTENT: the call may be made again when the connection goes before the answer
 *   comes
 *
 * How a call is made.
 *
 * Since: 1.0
 */
typedef enum
{
  SERVER_SIGNAL_CALL_NONE = 0,
  SERVER_SIGNAL_CALL_IDEMPOTENT = 1 << 0,
} ServerSignalCallFlags;

/**
 * ServerSignalProgressFunc:
 * @client: the client that has made the call
 * @value: how far the call is, in words of the server's application; not to be kept
 * @user_data: the data that were given with the function
 *
 * Hears how far a call is.
 *
 * Since: 1.0
 */
typedef void (*ServerSignalProgressFunc) (ServerSignalClient *client,
                                          JsonNode           *value,
                                          gpointer            user_data);

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalClient      *server_signal_client_new (const char *uri);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char              *server_signal_client_get_uri (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_uri (ServerSignalClient *self,
                                                       const char         *uri);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalClientState  server_signal_client_get_state (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const GError            *server_signal_client_get_error (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char              *server_signal_client_get_protocol (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char * const      *server_signal_client_get_via (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char                   **server_signal_client_dup_names (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
SoupSession             *server_signal_client_get_session (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_session (ServerSignalClient *self,
                                                           SoupSession        *session);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint                    server_signal_client_get_retry_min (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_retry_min (ServerSignalClient *self,
                                                             guint               retry_min);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint                    server_signal_client_get_retry_max (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_retry_max (ServerSignalClient *self,
                                                             guint               retry_max);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint                    server_signal_client_get_retry_limit (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_retry_limit (ServerSignalClient *self,
                                                               guint               retry_limit);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint                    server_signal_client_get_connect_timeout (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_connect_timeout (ServerSignalClient *self,
                                                                   guint               connect_timeout);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint                    server_signal_client_get_keepalive_interval (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_keepalive_interval (ServerSignalClient *self,
                                                                      guint               keepalive_interval);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint                    server_signal_client_get_max_frame_size (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_max_frame_size (ServerSignalClient *self,
                                                                  guint               max_frame_size);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint                    server_signal_client_get_max_document (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_max_document (ServerSignalClient *self,
                                                                guint               max_document);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint                    server_signal_client_get_interval (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_set_interval (ServerSignalClient *self,
                                                            guint               interval);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal            *server_signal_client_get_signal (ServerSignalClient *self,
                                                          const char         *name);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal            *server_signal_client_get_signal_with_default (ServerSignalClient *self,
                                                                       const char         *name,
                                                                       JsonNode           *initial);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_release (ServerSignalClient *self,
                                                       const char         *name);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GListModel              *server_signal_client_get_signals (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_start (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_stop (ServerSignalClient *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_open_async (ServerSignalClient   *self,
                                                          GCancellable         *cancellable,
                                                          GAsyncReadyCallback   callback,
                                                          gpointer              user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean                 server_signal_client_open_finish (ServerSignalClient  *self,
                                                           GAsyncResult        *result,
                                                           GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_fetch_async (ServerSignalClient  *self,
                                                           const char          *name,
                                                           GCancellable        *cancellable,
                                                           GAsyncReadyCallback  callback,
                                                           gpointer             user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal            *server_signal_client_fetch_finish (ServerSignalClient  *self,
                                                            GAsyncResult        *result,
                                                            GError             **error);

SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_call_async (ServerSignalClient  *self,
                                                          const char          *method,
                                                          JsonNode            *arguments,
                                                          GCancellable        *cancellable,
                                                          GAsyncReadyCallback  callback,
                                                          gpointer             user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
JsonNode                *server_signal_client_call_finish (ServerSignalClient  *self,
                                                           GAsyncResult        *result,
                                                           GError             **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void                     server_signal_client_call_full_async (ServerSignalClient       *self,
                                                               const char               *method,
                                                               JsonNode                 *arguments,
                                                               ServerSignalCallFlags     flags,
                                                               ServerSignalProgressFunc  progress,
                                                               gpointer                  progress_data,
                                                               GDestroyNotify            progress_destroy,
                                                               GCancellable             *cancellable,
                                                               GAsyncReadyCallback       callback,
                                                               gpointer                  user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
JsonNode                *server_signal_client_call_full_finish (ServerSignalClient  *self,
                                                                GAsyncResult        *result,
                                                                GError             **error);

SERVER_SIGNAL_AVAILABLE_IN_ALL
GActionGroup            *server_signal_client_get_action_group (ServerSignalClient *self,
                                                                const char         *name);

G_END_DECLS
