/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The TLS handshakes of a server.
 *
 * GIO has a thread of its pool, which the whole program shares, sit through each of them. So one
 * begins only when the client has said all that it has to say first, no more than a few are made at
 * a time, and each has a deadline, which is a short one while others wait. A client that says
 * nothing, or something else, costs its socket. */
typedef struct _SsTls SsTls;

/* The handshake is made. stream: the GTlsConnection over connection. */
typedef void (*SsTlsFunc) (GIOStream *stream, GSocketConnection *connection, gpointer user_data);

SsTls    *ss_tls_new               (GMainContext *context, SsTlsFunc func, gpointer user_data);
/* The handshakes under way are ended; func is not called any more. */
void      ss_tls_free              (SsTls *self);
/* One that does not make its handshake is closed without a word. How long it may say nothing is the
 * business of whoever accepted it, who shuts it down. */
void      ss_tls_take              (SsTls *self, GSocketConnection *connection, GTlsCertificate *certificate);
guint     ss_tls_get_n_running     (SsTls *self);

/* Whether TLS can be spoken with it: it has a private key, which is its own. Takes a few
 * milliseconds, in which it is tried. */
gboolean  ss_tls_check_certificate (GTlsCertificate *certificate, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsTls, ss_tls_free)

G_END_DECLS
