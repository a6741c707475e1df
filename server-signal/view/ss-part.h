/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-types.h"
#include "signal/ss-commit.h"
#include "ss-pointer-trie.h"

G_BEGIN_DECLS

/* A part of a signal's document that an object shows, such as a view or a list. All parts of a
 * signal are one observer of it, made with the first part, which has those look at a commit whose
 * values the commit's operations may have changed, and then announce it. */

/* The answer of a part's owner, an object, to a commit that may have changed the part. */
typedef struct
{
  /* The change, in bits of the owner's own; 0: there is none, and announce() is not called. Runs no
   * application code. */
  guint    (*look)     (gpointer owner, SsPendingCommit *commit);
  /* The caller holds a reference; if that is the last one, nothing must be emitted. */
  void     (*announce) (gpointer owner, guint change);
  gboolean   is_early;   /* announced before "patched", and not after "notify::value" */
} SsPartFuncs;

/* Part of its owner's struct, which must stay where it is until ss_part_detach(). */
typedef struct
{
  SsPointerTrieEntry  entry;
  const SsPartFuncs  *funcs;
  gpointer            owner;
} SsPart;

void     ss_part_init        (SsPart *self, const SsPartFuncs *funcs, gpointer owner);
/* The pointer must be a valid one; NULL is "". */
void     ss_part_attach      (SsPart *self, ServerSignal *signal, const char *pointer);
void     ss_part_detach      (SsPart *self, ServerSignal *signal);
gboolean ss_part_is_attached (const SsPart *self);

G_END_DECLS
