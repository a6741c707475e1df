/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/server-signal-patch.h"
#include "json/ss-edit.h"
#include "json/ss-recorder.h"
#include "json/ss-value.h"

G_BEGIN_DECLS

/* A document and the writes to it since its last commit. It knows nothing of objects,
 * handlers and revisions: ServerSignal decides when a transaction ends.  The document is edited
 * in place. An undo log keeps the way back to the last commit, a recorder the patch that leads
 * from there to here. */
typedef struct _SsTransaction SsTransaction;

struct _SsTransaction
{
  SsValue    *root;
  SsUndo     *undo;

  /* The document of the last commit, where it is held instead of the way back to it. */
  SsValue    *base;

  /* Writes that may still be discarded, and those that handlers have made while a commit was being
   * announced. The latter's recorder is made when it is first needed. */
  SsRecorder *open;
  SsRecorder *settled;
  guint       settled_mark;

  /* The values of scalars that have been replaced, and the members that were not there, as long as
   * nothing else has been written: enough to see that a transaction ended where it began. */
  GArray     *origins;
  gboolean    origins_lost;
  guint       n_writes;

  /* How many operations the recorder was given, and whether one of them may have changed
   * nothing. When none has, and the patch has as many, each operation of the patch is a change. */
  guint       n_recorded;
  gboolean    has_idle;
  gboolean    is_exact;    /* that, once the transaction is finished */
};

void     ss_transaction_init          (SsTransaction *self, SsValue *root);   /* root taken */
void     ss_transaction_clear         (SsTransaction *self);

/* Applies an operation that is neither "test" nor "replace"; it is cleared in any case. FALSE
 * leaves everything as it was. */
gboolean ss_transaction_apply         (SsTransaction *self, SsOp *op, GError **error);
/* All or nothing. The patch's tests are made but not passed on: a follower has nothing to test. */
gboolean ss_transaction_apply_patch   (SsTransaction *self, ServerSignalPatch *patch,
                                       GError **error);
/* Makes the part at the pointer, old, equal to value by the patch that ss_diff() gives; both are
 * transfer none. FALSE with LIMIT if the document would be too deep. An equal value is no write. */
gboolean ss_transaction_replace       (SsTransaction *self, const char *pointer, const SsValue *old,
                                       const SsValue *value, GError **error);
/* The same as one operation, without searching for a shorter patch: a "replace", or an "add" if
 * nothing is at the pointer. value is transfer none. */
gboolean ss_transaction_put           (SsTransaction *self, const char *pointer,
                                       const SsValue *value, GError **error);
/* For a caller that knows the operations that make the list at the pointer the list value, and has
 * the latter: one step instead of n_ops. The operations are taken in any case; value is transfer
 * none. */
gboolean ss_transaction_put_list      (SsTransaction *self, const char *pointer,
                                       const SsValue *value, SsOp *ops, guint n_ops,
                                       GError **error);

gboolean ss_transaction_is_pending    (SsTransaction *self);
/* Forgets the single writes and holds both documents instead, so that any number of
 * writes takes no more than that. They can no longer be discarded, and the patch will be the
 * diff. */
void     ss_transaction_collapse      (SsTransaction *self);
/* Earlier writes can no longer be discarded. */
void     ss_transaction_settle        (SsTransaction *self);
void     ss_transaction_discard       (SsTransaction *self);
/* The document of the last commit, transfer full. */
SsValue *ss_transaction_ref_committed (SsTransaction *self);
/* The patch from the last commit to here, or NULL when it ends where it began. Until
 * ss_transaction_close() the last commit is still the one before it. */
ServerSignalPatch *ss_transaction_finish (SsTransaction *self);
void     ss_transaction_close         (SsTransaction *self);   /* here is the last commit now */

G_END_DECLS
