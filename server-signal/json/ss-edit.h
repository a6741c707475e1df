/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-undo.h"

G_BEGIN_DECLS

/* The operations of RFC 6902 on a tree. */

typedef enum
{
  SS_OP_ADD,
  SS_OP_REMOVE,
  SS_OP_REPLACE,
  SS_OP_MOVE,
  SS_OP_COPY,
  SS_OP_TEST,
} SsOpKind;

/* As RFC 6902 spells them. */
const char *ss_op_kind_get_name  (SsOpKind kind);
gboolean    ss_op_kind_from_name (const char *name, SsOpKind *kind);

/* A plain struct; the holder owns what it points to (ss_op_clear()). */
typedef struct
{
  SsOpKind kind;
  char    *path;
  char    *from;   /* move and copy, else NULL */
  SsValue *value;  /* add, replace and test, else NULL */
} SsOp;

void ss_op_clear (SsOp *op);

/* Applies one operation to *root, in place where the tree is held once, else by copying along the
 * path; costs the depth of the pointers, the operation's own value and one move of a list's later
 * pointers. FALSE leaves *root as it was. undo may be NULL. "add" replaces a member that is there;
 * "/list/-" appends. A document deeper than SS_DOCUMENT_DEPTH is refused with LIMIT. Errors:
 * INVALID_POINTER, NOT_FOUND, TEST_FAILED, LIMIT, PATCH_FAILED (a move into itself, remove of "", a
 * parent that is no container); each message quotes the pointer. */
gboolean ss_edit_apply    (SsValue **root, const SsOp *op, SsUndo *undo, GError **error);

G_END_DECLS
