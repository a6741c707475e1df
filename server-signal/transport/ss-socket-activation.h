/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The listening sockets with which systemd has started this process, or whoever does as it does:
 * LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES of sd_listen_fds(3). Each is given to the first who
 * asks for it.
 *
 * name NULL: all of them. NOT_FOUND when there is none, INVALID_ARGUMENT when one is no stream
 * socket that listens; none is taken then. Of GSocket. */
GPtrArray *ss_socket_activation_take (const char *name, GError **error);

G_END_DECLS
