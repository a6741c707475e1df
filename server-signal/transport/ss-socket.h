/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The socket below a stream, through TLS and whatever else it is wrapped in; NULL: none is known.
 * Transfer none. */
GSocket  *ss_socket_find      (GIOStream  *stream);
/* Where the other end is; NULL: nobody knows, or it has gone already. The message keeps its own. */
GSocketAddress *ss_socket_dup_remote_address  (GIOStream         *stream);
GSocketAddress *ss_socket_get_message_address (SoupServerMessage *message);
/* The same for a line of the log; NULL where nobody reads it. */
GSocketAddress *ss_socket_dup_log_address     (int                fd);
/* TRUE: bytes go over the socket as they are read and written, so that its descriptor tells all
 * there is to know. (libsoup's own stream holds a few bytes back, those that came with the
 * handshake.) */
gboolean  ss_socket_is_direct (GIOStream  *stream);
/* Without waiting. Errors are those of GIO, WOULD_BLOCK among them. */
gssize    ss_socket_receive   (int         fd,
                               void       *buffer,
                               gsize       count,
                               GError    **error);
/* Bytes that the kernel has been given and the other end has not confirmed; -1: it does not
 * tell. */
int       ss_socket_get_unsent (int         fd);
/* How long the kernel waits for the other end to confirm what it was sent; 0: as long as it likes. fd: -1
 * for none. */
void      ss_socket_set_user_timeout (int   fd,
                                      guint milliseconds);
/* TRUE: bytes have come that are not read yet. */
gboolean  ss_socket_has_input  (int         fd);

/* Counts a listening socket with a port as one that is bound to a loopback address, or to one that
 * other machines can reach. One without a port is not counted. */
void     ss_socket_count_bound (GSocket *socket, guint *n_loopback, guint *n_network);

G_END_DECLS
