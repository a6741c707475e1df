/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "server-signal-origin.h"
#include "server-signal-peer.h"
#include "server-signal.h"

G_BEGIN_DECLS

/**
 * ServerSignalAnnounce:
 * @SERVER_SIGNAL_ANNOUNCE_ALL: all that a client may see, but for those made on demand
 * @SERVER_SIGNAL_ANNOUNCE_NONE: none
 *
 * The names that clients are told of without having asked.
 *
 * Since: 1.0
 */
typedef enum
{
  SERVER_SIGNAL_ANNOUNCE_ALL,
  SERVER_SIGNAL_ANNOUNCE_NONE,
} ServerSignalAnnounce;

#define SERVER_TYPE_SIGNAL_HUB (server_signal_hub_get_type ())

SERVER_SIGNAL_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (ServerSignalHub, server_signal_hub, SERVER, SIGNAL_HUB, GObject)

SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalHub  *server_signal_hub_new          (void);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean          server_signal_hub_add          (ServerSignalHub          *self,
                                                  ServerSignal             *signal,
                                                  GError                  **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_remove       (ServerSignalHub          *self,
                                                  ServerSignal             *signal);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignal     *server_signal_hub_lookup       (ServerSignalHub          *self,
                                                  const char               *name);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean          server_signal_hub_listen       (ServerSignalHub          *self,
                                                  const char               *address,
                                                  guint16                   port,
                                                  GError                  **error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char             *server_signal_hub_dup_uri      (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_attach       (ServerSignalHub          *self,
                                                  SoupServer               *server,
                                                  const char               *path);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_serve        (ServerSignalHub          *self,
                                                  SoupServer               *server,
                                                  const char               *path);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_detach       (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalPeer *server_signal_hub_accept       (ServerSignalHub          *self,
                                                  SoupWebsocketConnection  *connection);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalPeer *server_signal_hub_accept_stream (ServerSignalHub         *self,
                                                   GIOStream               *stream,
                                                   const char              *protocol);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalPeer *server_signal_hub_accept_with_user (ServerSignalHub         *self,
                                                      SoupWebsocketConnection *connection,
                                                      const char              *user);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalPeer *server_signal_hub_accept_stream_with_user (ServerSignalHub  *self,
                                                             GIOStream        *stream,
                                                             const char       *protocol,
                                                             const char       *user);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_review       (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GListModel       *server_signal_hub_get_peers    (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GListModel       *server_signal_hub_get_signals  (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char       *server_signal_hub_get_id       (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char       *server_signal_hub_get_path              (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char       *server_signal_hub_get_health_path       (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_health_path       (ServerSignalHub          *self,
                                                           const char               *health_path);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char       *server_signal_hub_get_serve_path        (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_serve_path        (ServerSignalHub          *self,
                                                           const char               *serve_path);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char       *server_signal_hub_get_module_version    (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean          server_signal_hub_get_inspector         (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_inspector         (ServerSignalHub          *self,
                                                           gboolean                  inspector);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean          server_signal_hub_get_http              (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_http              (ServerSignalHub          *self,
                                                           gboolean                  http);
SERVER_SIGNAL_AVAILABLE_IN_ALL
const char *const *server_signal_hub_get_allowed_origins  (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_allowed_origins   (ServerSignalHub          *self,
                                                           const char *const        *allowed_origins);
SERVER_SIGNAL_AVAILABLE_IN_ALL
GTlsCertificate  *server_signal_hub_get_tls_certificate   (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_tls_certificate   (ServerSignalHub          *self,
                                                           GTlsCertificate          *certificate);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_max_peers         (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_max_peers         (ServerSignalHub          *self,
                                                           guint                     max_peers);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_max_subscriptions (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_max_subscriptions (ServerSignalHub          *self,
                                                           guint                     max_subscriptions);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_max_calls         (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_max_calls         (ServerSignalHub          *self,
                                                           guint                     max_calls);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_max_call_rate     (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_max_call_rate     (ServerSignalHub          *self,
                                                           guint                     max_call_rate);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64           server_signal_hub_get_history_bytes     (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_history_bytes     (ServerSignalHub          *self,
                                                           guint64                   history_bytes);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_max_peers_per_address (ServerSignalHub     *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_max_peers_per_address (ServerSignalHub     *self,
                                                               guint                max_peers_per_address);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_max_handshakes    (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_max_handshakes    (ServerSignalHub          *self,
                                                           guint                     max_handshakes);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64           server_signal_hub_get_max_backlog       (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_max_backlog       (ServerSignalHub          *self,
                                                           guint64                   max_backlog);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_stall_timeout     (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_stall_timeout     (ServerSignalHub          *self,
                                                           guint                     stall_timeout);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_flush_interval    (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_flush_interval    (ServerSignalHub          *self,
                                                           guint                     flush_interval);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_linger   (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_linger   (ServerSignalHub          *self,
                                                  guint                     linger);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalAnnounce
                  server_signal_hub_get_announce (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_announce (ServerSignalHub          *self,
                                                  ServerSignalAnnounce      announce);
SERVER_SIGNAL_AVAILABLE_IN_ALL
ServerSignalOrigin *
                  server_signal_hub_get_origin   (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_origin   (ServerSignalHub          *self,
                                                  ServerSignalOrigin       *origin);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_n_followers (ServerSignalHub       *self,
                                                     ServerSignal          *signal);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_keepalive_interval (ServerSignalHub         *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_keepalive_interval (ServerSignalHub         *self,
                                                            guint                    keepalive_interval);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint             server_signal_hub_get_keepalive_timeout (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_set_keepalive_timeout (ServerSignalHub          *self,
                                                           guint                     keepalive_timeout);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64           server_signal_hub_get_commits           (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64           server_signal_hub_get_frames            (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64           server_signal_hub_get_bytes             (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64           server_signal_hub_get_merged            (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64           server_signal_hub_get_backlog           (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
guint64           server_signal_hub_get_dropped_peers     (ServerSignalHub          *self);
/**
 * SERVER_SIGNAL_METRICS_TYPE:
 *
 * The media type of [method@SignalHub.dup_metrics].
 *
 * Since: 1.0
 */
#define SERVER_SIGNAL_METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

SERVER_SIGNAL_AVAILABLE_IN_ALL
char             *server_signal_hub_dup_metrics  (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char             *server_signal_hub_dup_state    (ServerSignalHub          *self,
                                                  const char *const        *names);

SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_close        (ServerSignalHub          *self);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_close_async  (ServerSignalHub          *self,
                                                  guint                     timeout_ms,
                                                  GCancellable             *cancellable,
                                                  GAsyncReadyCallback       callback,
                                                  gpointer                  user_data);
SERVER_SIGNAL_AVAILABLE_IN_ALL
gboolean          server_signal_hub_close_finish (ServerSignalHub          *self,
                                                  GAsyncResult             *result,
                                                  GError                  **error);

SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_add_action_group      (ServerSignalHub          *self,
                                                           const char               *name,
                                                           GActionGroup             *group);
SERVER_SIGNAL_AVAILABLE_IN_ALL
void              server_signal_hub_remove_action_group   (ServerSignalHub          *self,
                                                           const char               *name);

G_END_DECLS
