/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An accept loop of our own: the one in SoupServer stops for ever after one EMFILE and has a backlog of 10. Hands each new
 * connection to a function, which gives it to soup_server_accept_iostream(). */
#define SS_TYPE_LISTENER (ss_listener_get_type ())
G_DECLARE_FINAL_TYPE (SsListener, ss_listener, SS, LISTENER, GObject)

typedef void (*SsListenerFunc) (SsListener *self, GSocketConnection *connection, gpointer user_data);

SsListener     *ss_listener_new         (SsListenerFunc func, gpointer user_data);
/* Numeric addresses and "localhost"; "unix:/path" for a unix socket. port 0: any. */
gboolean        ss_listener_listen      (SsListener *self, const char *address, guint16 port, GError **error);
gboolean        ss_listener_take_socket (SsListener *self, GSocket *socket, GError **error);
GSocketAddress *ss_listener_dup_address (SsListener *self);                /* the first one's, or NULL */
void            ss_listener_close       (SsListener *self);

G_END_DECLS
