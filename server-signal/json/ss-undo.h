/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-limits.h"
#include "ss-value.h"

G_BEGIN_DECLS

/* A log of the steps that lead back to the tree from before, newest last. */
typedef struct _SsUndo SsUndo;

SsUndo  *ss_undo_new      (void);
void     ss_undo_free     (SsUndo *undo);
gboolean ss_undo_is_empty (const SsUndo *undo);
guint    ss_undo_mark     (SsUndo *undo);                                      /* a place to go back to */
void     ss_undo_rollback (SsUndo *undo, guint mark, SsValue **root);          /* and drop what is after the mark */
/* Makes *root what it was at the start of the log and leaves the log as it is: on a second
 * reference to the tree this gives the older document while the newer one stays. */
void     ss_undo_revert   (const SsUndo *undo, SsValue **root);
void     ss_undo_reset    (SsUndo *undo);                                      /* forget: the writes stand */

/* For ss-edit.c, which logs what it does. A path is the way down to it by position rather than by
 * name: an edit has found the positions anyhow, going back along them needs no look-up, and they
 * restore the order of members. n_steps 0 is the root. */
typedef struct
{
  guint n_steps;
  guint steps[SS_DOCUMENT_DEPTH];
} SsPath;

/* The value that was there (transfer full) is given back. */
SsValue *ss_path_swap   (SsValue **root, const guint *steps, guint n_steps, SsValue *value);
/* key is NULL in lists. Both are taken. */
void     ss_path_insert (SsValue **root, const guint *steps, guint n_steps, SsValue *key, SsValue *value);
SsValue *ss_path_steal  (SsValue **root, const guint *steps, guint n_steps, SsValue **key);

/* Each notes an edit that has just been made; values and keys are taken. */
void ss_undo_log_insert (SsUndo *undo, const SsPath *place);
void ss_undo_log_steal  (SsUndo *undo, const SsPath *place, SsValue *key, SsValue *value);
void ss_undo_log_swap   (SsUndo *undo, const SsPath *place, SsValue *old_value);
/* old_value: what was at the target and is gone, or NULL. */
void ss_undo_log_move   (SsUndo *undo, const SsPath *from, SsValue *key, const SsPath *to, SsValue *old_value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsUndo, ss_undo_free)

G_END_DECLS
