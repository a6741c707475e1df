/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/server-signal-patch.h"
#include "json/ss-recorder.h"

G_BEGIN_DECLS

/* The patches of the last commits of one epoch of a signal, oldest first and without a gap, as
 * far as a number of bytes goes: what those get who come back. A commit costs its own size,
 * whatever is kept already. */
typedef struct _SsHistory SsHistory;

/* max_bytes bounds, nearly, the memory that it takes; 0 keeps nothing. */
SsHistory         *ss_history_new       (gsize max_bytes);
void               ss_history_free      (SsHistory *self);
void               ss_history_clear     (SsHistory *self);
/* A commit that is not on top of the newest begins anew. One that is larger than the bound
 * leaves nothing. */
void               ss_history_push      (SsHistory *self, guint64 base, guint64 revision,
                                         ServerSignalPatch *patch);
/* All that came after exactly this revision, as one patch. NULL: the history does not reach back
 * there, or a merged commit skipped that revision, or it is the newest. */
ServerSignalPatch *ss_history_join      (SsHistory *self, guint64 base);
/* The memory that those patches take, and their number; 0 where there would be none to join. */
gsize              ss_history_measure   (SsHistory *self, guint64 base, guint *n_commits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsHistory, ss_history_free)

G_END_DECLS
