/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/ss-patch.h"
#include "json/ss-value.h"

G_BEGIN_DECLS

/* Commits as the followers of a signal see them. */

/* A commit that has been made. Valid only during the call. */
typedef struct
{
  /* Without operations: the document stayed, a replica's revision or epoch did not. */
  ServerSignalPatch *patch;
  guint64            base;      /* the revision that the patch applies to */
  guint64            revision;  /* the revision that it makes; a replica's may skip numbers */
  /* A replica began another life: base means nothing, peers need a snapshot. The same holds for its
   * first data, whatever its epoch. */
  gboolean           new_epoch;
} SsCommit;

/* A commit whose transaction is not closed yet, so that both documents can be had. Valid only
 * during the call. */
typedef struct
{
  ServerSignalPatch *patch;
  const SsValue     *root;      /* the document after the commit */
  /* Each operation of the patch is a change: none has replaced a value with an equal one. */
  gboolean           is_exact;
  /* The document before it, once an observer has asked for it; see below. */
  SsValue           *old;

  struct _SsTransaction *transaction;  /* private */
} SsPendingCommit;

void           ss_pending_commit_init    (SsPendingCommit       *self,
                                          struct _SsTransaction *transaction,
                                          ServerSignalPatch     *patch);
void           ss_pending_commit_clear   (SsPendingCommit *self);
/* The document before the commit, transfer none. Making it copies the lists and objects on the way
 * to the writes; that is done when it is first asked for, and once for all callers. */
const SsValue *ss_pending_commit_get_old (SsPendingCommit *self);

G_END_DECLS
