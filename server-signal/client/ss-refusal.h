/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The longest wait that a server's Retry-After makes for, in seconds. */
#define SS_REFUSAL_RETRY_AFTER 3600

/* Reads the answer to a handshake that did not open a WebSocket, and returns it as an error for the
 * application. cause: libsoup's; final: the server does not want the client back; retry_after: the
 * time for which it wants no other try (RFC 9110, section 10.2.3), in milliseconds, 0 for none. */
GError *ss_refusal_read (SoupMessage  *message,
                         const GError *cause,
                         gboolean     *final,
                         guint        *retry_after);

G_END_DECLS
