/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-handler.h"

G_BEGIN_DECLS

/* A server of the hub's own, for nothing but its WebSocket: it listens, speaks TLS when it has a
 * certificate, and drops who does not get through the handshake in time. */
typedef struct _SsGate SsGate;

SsGate   *ss_gate_new             (const char           *path,
                                   GMainContext         *context,
                                   const SsHandlerFuncs *funcs,
                                   gpointer              user_data);
void      ss_gate_free            (SsGate *self);
/* As ss_listener_listen(). May be called again for more addresses. */
gboolean  ss_gate_listen          (SsGate *self, const char *address, guint16 port, GError **error);
/* For the connections from now on. NULL: no TLS. See ss_tls_check_certificate(). */
void      ss_gate_set_certificate (SsGate *self, GTlsCertificate *certificate);
/* How many connections may be there that have not become peers yet; more wait in the kernel. */
void      ss_gate_set_max_handshakes (SsGate *self, guint n);
/* See ss_handler_set_health_path(). */
void      ss_gate_set_health_path (SsGate *self, const char *path);
/* Of the first address that has one; NULL where all are unix sockets, or there is none. */
char     *ss_gate_dup_uri         (SsGate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsGate, ss_gate_free)

G_END_DECLS
