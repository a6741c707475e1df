/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A meter for the bytes that a WebSocket's client sends (RFC 6455, 5.2): how many frames, and
 * whether a message is under way. It judges nothing, which is libsoup's business, and of bytes that
 * are no frames it may say anything. */

#define SS_FRAME_HEADER_MAX 14 /* two bytes, a length of 64 bits, a mask */

typedef struct
{
  guint8   header[SS_FRAME_HEADER_MAX];
  guint8   n_header;      /* bytes of it so far */
  gboolean in_message;    /* one in fragments is not whole */
  guint64  n_left;        /* of the payload */
  guint    n_frames;      /* begun; set back by whoever asks */
} SsFrameMeter;

void ss_frame_meter_follow (SsFrameMeter *self, const guint8 *bytes, gsize n_bytes);

/* Something has begun that is not whole yet. */
static inline gboolean
ss_frame_meter_is_within (const SsFrameMeter *self)
{
  return self->in_message || self->n_header > 0;
}

G_END_DECLS
