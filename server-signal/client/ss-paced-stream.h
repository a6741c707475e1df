/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A stream between libsoup's WebSocket connection of a client and the stream of its server, with a
 * budget for each turn of the main loop. libsoup reads until that would block, so a server that
 * writes faster than the client reads would have the main loop for itself.
 *
 * Here reading would block when a turn has lasted SS_PACED_TURN_US, and goes on when the main loop
 * has nothing else to do, or after as long a time again. Each read ends with a frame at the latest,
 * so no more than one frame of a server's comes after the end of a turn. Writing is the base's. */

#define SS_TYPE_PACED_STREAM (ss_paced_stream_get_type ())
G_DECLARE_FINAL_TYPE (SsPacedStream, ss_paced_stream, SS, PACED_STREAM, GIOStream)

#define SS_PACED_TURN_US 5000

/* The base's ends have to be pollable. */
GIOStream *ss_paced_stream_new (GIOStream *base);

G_END_DECLS
