/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An accept loop of our own: the one in SoupServer stops for ever after one EMFILE and has a
 * backlog of 10. Hands each new connection to a function, which gives it to
 * soup_server_accept_iostream().
 *
 * A connection that is not upgraded within its time is shut down, whatever it was busy with: a
 * handshake of TLS, half a request, or nothing at all. When there are too many of them, or too many
 * from one address, the oldest is shut down for the newest. Of the descriptors that a process may
 * have, the listener leaves a few to the rest of the program. */
#define SS_TYPE_LISTENER (ss_listener_get_type ())
G_DECLARE_FINAL_TYPE (SsListener, ss_listener, SS, LISTENER, GObject)

typedef void (*SsListenerFunc) (SsListener *self, GSocketConnection *connection, gpointer user_data);

SsListener     *ss_listener_new         (SsListenerFunc func, gpointer user_data);
/* Numeric addresses and "localhost" (NULL is the same), for which port 0 takes the same free port
 * on IPv4 and IPv6; "unix:/path" for a unix socket, "unix:@name" for one in the abstract namespace,
 * both of which may have options, see ss_unix_address_parse(); "systemd:" or "systemd:NAME" for
 * those that were handed over, see ss_socket_activation_take(). port 0: any. */
gboolean        ss_listener_listen      (SsListener *self, const char *address, guint16 port, GError **error);
/* One that is bound, and may be listening already. */
gboolean        ss_listener_take_socket (SsListener *self, GSocket *socket, GError **error);
GSocketAddress *ss_listener_dup_address (SsListener *self);                /* the first one's, or NULL */
GSocketAddress *ss_listener_dup_inet_address (SsListener *self);           /* the first that has a port */
/* It has a port, and none that can be reached from other machines. */
gboolean        ss_listener_is_on_loopback (SsListener *self);
/* Listens no more; connections that are on their way to be upgraded are shut down. */
void            ss_listener_close       (SsListener *self);

typedef enum
{
  SS_LISTENER_TLS_WITH_CERTIFICATE, /* on ports: when there is one */
  SS_LISTENER_TLS_NEVER,            /* on unix sockets: whoever connects is on this machine */
  SS_LISTENER_TLS_ALWAYS,           /* on those for which it was asked */
} SsListenerTls;

/* The use of TLS on such a connection, which must be on its way to be upgraded. */
SsListenerTls   ss_listener_get_tls             (GSocketConnection *connection);
/* FALSE, which it is first: nobody can listen where TLS is asked for. */
void            ss_listener_set_has_certificate (SsListener *self, gboolean has_certificate);

/* 0: for ever. */
void            ss_listener_set_handshake_timeout (SsListener *self, guint milliseconds);
/* A quarter of these may come from one address. */
void            ss_listener_set_max_handshakes    (SsListener *self, guint n);
guint           ss_listener_get_n_handshakes      (SsListener *self);
/* The connection has become a peer: no listener minds it any longer. NULL: it is gone. */
void            ss_listener_upgraded              (GSocket *socket);

G_END_DECLS
