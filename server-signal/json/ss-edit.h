/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-value.h"

G_BEGIN_DECLS

/* The operations of RFC 6902 on a tree, and their undoing. */

typedef enum
{
  SS_OP_ADD,
  SS_OP_REMOVE,
  SS_OP_REPLACE,
  SS_OP_MOVE,
  SS_OP_COPY,
  SS_OP_TEST,
} SsOpKind;

/* A plain struct; the holder owns what it points to (ss_op_clear()). */
typedef struct
{
  SsOpKind kind;
  char    *path;
  char    *from;   /* move and copy, else NULL */
  SsValue *value;  /* add, replace and test, else NULL */
} SsOp;

void ss_op_clear (SsOp *op);

/* What has to be done to get the tree from before back: a log, newest last. */
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

/* Applies one operation to *root, in place where the tree is held once, else by copying along the
 * path; costs the depth of the pointers, the operation's own value and one move of a list's later
 * pointers. FALSE leaves *root as it was. undo may be NULL. "add" replaces a member that is there;
 * "/list/-" appends. A document deeper than SS_DOCUMENT_DEPTH is refused with LIMIT. Errors:
 * INVALID_POINTER, NOT_FOUND, TEST_FAILED, LIMIT, PATCH_FAILED (a move into itself, remove of "", a
 * parent that is no container); each message quotes the pointer. */
gboolean ss_edit_apply    (SsValue **root, const SsOp *op, SsUndo *undo, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsUndo, ss_undo_free)

G_END_DECLS
