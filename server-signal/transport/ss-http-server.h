/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-handler.h"

G_BEGIN_DECLS

/* A server of the hub's own, for nothing but its WebSocket: it listens, speaks TLS when it has a
 * certificate, and drops who does not get through the handshake in time. */
typedef struct _SsHttpServer SsHttpServer;

SsHttpServer *ss_http_server_new                (const char           *path,
                                                 GMainContext         *context,
                                                 const SsHandlerFuncs *funcs,
                                                 gpointer              user_data);
void          ss_http_server_free               (SsHttpServer         *self);
/* As ss_listener_listen(). May be called again for more addresses. */
gboolean      ss_http_server_listen             (SsHttpServer         *self,
                                                 const char           *address,
                                                 guint16               port,
                                                 GError              **error);
/* For the connections from now on. NULL: no TLS. See ss_tls_check_certificate(). */
void          ss_http_server_set_certificate    (SsHttpServer         *self,
                                                 GTlsCertificate      *certificate);
/* How many connections may be there that have not become peers yet; more wait in the kernel. */
void          ss_http_server_set_max_handshakes (SsHttpServer         *self,
                                                 guint                 n);
/* See ss_handler_set_health_path(). */
void          ss_http_server_set_health_path    (SsHttpServer         *self,
                                                 const char           *path);
/* Of the first address that has one; NULL where all are unix sockets, or there is none. */
char         *ss_http_server_dup_uri            (SsHttpServer         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsHttpServer, ss_http_server_free)

G_END_DECLS
