/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* Most frames are alike: one operation that puts a value somewhere, written without white space
 * and in this order.
 *
 *   {"name":N,"patch":[{"op":"replace","path":P,"value":V}]}
 *
 *   {"name":N,"patch":[{"op":"replace","path":P,"value":V}],"base":B,"rev":R}
 *
 * Such a one is decoded straight from its text, without a tree for what is around the value.
 * FALSE: it is another, or there is something wrong with it, and the frame is untouched. Never
 * takes what ss_frame_decode() would refuse or understand otherwise. */
gboolean ss_frame_decode_quick (SsFrame *frame, const char *text, gsize length);

/* The same for a snapshot of our own making, whose document is not read:
 *
 *   {"name":N,"patch":[{"op":"replace","path":"","value":V}],"epoch":E,"rev":R}
 *
 * TRUE: the frame has the name, the epoch and the revision, and document is where its text is. */
gboolean ss_frame_find_snapshot (SsFrame *frame, const char *text, gsize length,
                                 const char **document, gsize *document_length);

G_END_DECLS
