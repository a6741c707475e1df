/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-edit.h"
#include "ss-limits.h"

G_BEGIN_DECLS

/* What ss-edit.c and ss-undo.c share. A place is the way down to it by position rather than by
 * name: an edit has found the positions anyhow, going back along them needs no look-up, and they
 * restore the order of members. n_steps 0 is the root. */
typedef struct
{
  guint n_steps;
  guint steps[SS_DOCUMENT_DEPTH];
} SsPlace;

/* The value that was there (transfer full) is given back. */
SsValue *ss_place_swap   (SsValue **root, const guint *steps, guint n_steps, SsValue *value);
/* key is NULL in lists. Both are taken. */
void     ss_place_insert (SsValue **root, const guint *steps, guint n_steps, SsValue *key, SsValue *value);
SsValue *ss_place_steal  (SsValue **root, const guint *steps, guint n_steps, SsValue **key);

/* What has just been done; values and keys are taken. */
void ss_undo_log_insert (SsUndo *undo, const SsPlace *place);
void ss_undo_log_steal  (SsUndo *undo, const SsPlace *place, SsValue *key, SsValue *value);
void ss_undo_log_swap   (SsUndo *undo, const SsPlace *place, SsValue *old_value);
/* old_value: what was at the target and is gone, or NULL. */
void ss_undo_log_move   (SsUndo *undo, const SsPlace *from, SsValue *key, const SsPlace *to, SsValue *old_value);

G_END_DECLS
