/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

/* The limits of the library, in one place. protocol.md's section "Sizes" rules the first group. */

#define SS_FRAME_DEPTH 128                      /* nesting of a frame */
#define SS_DOCUMENT_DEPTH 120                   /* nesting of a document: [] is 1, a number is 0 */
#define SS_FRAME_BYTES (64u * 1024u * 1024u)    /* largest frame that either end takes by default */
#define SS_REVISION_MAX ((G_GUINT64_CONSTANT (1) << 53) - 1)
#define SS_NAME_BYTES 1024                      /* length of a signal's name in UTF-8 */
#define SS_HISTORY_BYTES (1024u * 1024u)        /* patches kept for resuming, for each signal */
