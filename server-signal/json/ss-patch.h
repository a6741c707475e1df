/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-types.h"
#include "ss-edit.h"

G_BEGIN_DECLS

/* Inside, a patch is a list of operations on the value tree, and its text, made once when first
 * asked. */

struct _ServerSignalPatch
{
  gatomicrefcount  ref_count;
  guint            n_ops;
  gboolean         owns_pointers;  /* each operation's pointers are allocated on their own */
  /* Made when first asked for, perhaps by several threads at once: the first to set it wins, and
   * they all make the same. */
  char            *text;
  gsize            text_length;
  SsOp             ops[];
};

const SsOp        *ss_patch_ops        (ServerSignalPatch *self, guint *n_ops);
const char        *ss_patch_text       (ServerSignalPatch *self, gsize *length);         /* the JSON array, cached */
/* For those who need it once: the text is not kept. */
void               ss_patch_append_text (ServerSignalPatch *self, GString *out);
/* A patch out of the parsed JSON array; INVALID_PATCH names the operation's index and what is
 * wrong. Members that RFC 6902 does not know are ignored; a missing or twisted one is an error. */
ServerSignalPatch *ss_patch_from_value (const SsValue *array, GError **error);
/* All or nothing on *root, in place where possible. Errors as ss_edit_apply(), but every code
 * except TEST_FAILED and LIMIT becomes PATCH_FAILED, and the message names the operation's index
 * and pointer. */
gboolean           ss_patch_apply      (ServerSignalPatch *self, SsValue **root, SsUndo *undo, GError **error);

/* For those who make patches. The operations' contents are taken, the array is not. */
ServerSignalPatch *ss_patch_new_take   (const SsOp *ops, guint n_ops);
/* A patch with room for n_ops operations, to be filled in before anybody else sees it, whose
 * pointers all lie in *pointers, pointer_bytes of memory that are the patch's too. */
ServerSignalPatch *ss_patch_new_sized  (guint n_ops, gsize pointer_bytes, SsOp **ops, char **pointers);
/* Called when the last reference goes. */
void               ss_patch_free       (ServerSignalPatch *self);

G_END_DECLS
