/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Bounds what one message of a connection may take, however many fragments it comes in. A larger
 * one ends the connection with an error of SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG.
 * Never 0. */
void ss_limiter_apply (SoupWebsocketConnection *connection, guint64 max);

G_END_DECLS
