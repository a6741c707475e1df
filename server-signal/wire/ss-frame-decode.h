/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* Strict JSON, at most SS_FRAME_DEPTH deep; a receiver ignores members that it does not know,
 * but a known one of the wrong type, a revision outside 0 … 2^53-1 or a name over its limit is
 * an error. Errors: PROTOCOL (not an object, wrong types), INVALID_JSON, INVALID_PATCH, LIMIT.
 * On FALSE the frame is cleared, except name where it was read (so that the caller knows which
 * signal is concerned). */
gboolean ss_frame_decode (SsFrame     *frame,
                          const char  *text,
                          gsize        length,
                          GError     **error);

G_END_DECLS
