/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-message.h"

G_BEGIN_DECLS

/* Frames of RFC 6455, section 5.2, as a server sends them: not masked, and each of them whole. */

typedef enum
{
  SS_OPCODE_TEXT = 0x1,
  SS_OPCODE_CLOSE = 0x8,
  SS_OPCODE_PING = 0x9,
  SS_OPCODE_PONG = 0xa,
} SsOpcode;

#define SS_CLOSE_FRAME_BYTES 4

/* An empty ping, the same few bytes for everybody. */
extern const guint8 ss_websocket_ping[2];

static inline SsOpcode
ss_websocket_frame_opcode (const void *frame)
{
  return *(const guint8 *) frame & 0x0f;
}

/* The frame that carries the message, built once and shared by all peers. */
const void *ss_websocket_frame_message (SsMessage *message,
                                        gsize     *length);
/* A close frame without a reason. */
void        ss_websocket_frame_close   (guint8     frame[SS_CLOSE_FRAME_BYTES],
                                        gushort    code);

G_END_DECLS
