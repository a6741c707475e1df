/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Bounds what libsoup takes from a server before a message of it is told: the bytes and the
 * fragments of one message, and the pings, each of which libsoup answers and queues the answer of,
 * read or not. It is a WebSocket extension that is never offered, for these see every frame. It
 * ends the connection with an error of SERVER_SIGNAL_ERROR. */

#define SS_TYPE_FRAME_GUARD (ss_frame_guard_get_type ())
G_DECLARE_FINAL_TYPE (SsFrameGuard, ss_frame_guard, SS, FRAME_GUARD, SoupWebsocketExtension)

SsFrameGuard *ss_frame_guard_new       (guint64 max_bytes);
/* The error for a message that has more than so many bytes, however libsoup finds it. */
GError       *ss_frame_guard_too_large (guint64 max_bytes);

G_END_DECLS
