/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-commit.h"

#include "ss-transaction.h"

void
ss_pending_commit_init (SsPendingCommit   *self,
                        SsTransaction     *transaction,
                        ServerSignalPatch *patch)
{
  self->patch = patch;
  self->root = transaction->root;
  self->is_exact = transaction->is_exact;
  self->transaction = transaction;
  self->old = NULL;
}

void
ss_pending_commit_clear (SsPendingCommit *self)
{
  ss_value_clear (&self->old);
}

const SsValue *
ss_pending_commit_get_old (SsPendingCommit *self)
{
  if (self->old == NULL)
    self->old = ss_transaction_ref_committed (self->transaction);

  return self->old;
}
