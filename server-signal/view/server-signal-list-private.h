/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-list.h"
#include "ss-places.h"
#include "signal/ss-transaction.h"

G_BEGIN_DECLS

/* How a signal tells its lists of a commit: first each list whose place was touched finds out what
 * that is to it, while the document of the commit before can still be had from the transaction, and
 * no code but ours runs; later it brings its items and itself up to date and tells of it. */

/* old is filled with the document before when that has to be known; the caller keeps it over one
 * commit. FALSE: nothing to announce. */
gboolean ss_list_look        (ServerSignalList *self, ServerSignalPatch *patch,
                              SsTransaction *transaction, SsValue **old);
/* The caller holds a reference, and when it is the last one nobody is told. */
void     ss_list_announce    (ServerSignalList *self);

/* For the views that are its items; hint is the view's own. */

/* Transfer full; NULL: its element is gone. */
SsValue *ss_list_ref_element (ServerSignalList *self, ServerSignalView *view, guint *hint);
/* SS_LIST_NOWHERE: its element is gone. */
guint    ss_list_find        (ServerSignalList *self, ServerSignalView *view, guint *hint);
/* Have the view told when its index is another. */
void     ss_list_add_reader    (ServerSignalList *self, ServerSignalView *view);
void     ss_list_remove_reader (ServerSignalList *self, ServerSignalView *view);

G_END_DECLS
