/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "signal/ss-commit.h"
#include "ss-list-items.h"
#include "ss-pointer-trie.h"

G_BEGIN_DECLS

/* The update of a list model's items by one commit: it is made while the document before can still
 * be had, and announced once the commit is made. Until then the model lags behind the document, and
 * the update knows by how much. */
typedef struct _SsListUpdate SsListUpdate;

/* entry has the commit's operations on the list. NULL: nothing changes for the items. Runs no code
 * of the application's. */
SsListUpdate *ss_list_update_new      (SsListItems *items, const SsPointerTrieEntry *entry,
                                       gboolean announces_edits, SsPendingCommit *commit);
void          ss_list_update_free     (SsListUpdate *self);

/* Brings the items up to date and has the model emit "items-changed". A handler may dispose the
 * model, which ends the update. */
void          ss_list_update_announce (SsListUpdate *self);
/* Replaces the items that could not be brought up to date. By then the model lags behind no more. */
void          ss_list_update_replace  (SsListUpdate *self);
/* Whether the number of items has changed. */
gboolean      ss_list_update_resizes  (const SsListUpdate *self);

/* The index of the element that is at a position of the model, or SS_LIST_NO_INDEX: it is gone.
 * is_moving: the element goes in one emission and comes in another one, between which its item is
 * at no position. */
guint         ss_list_update_find       (const SsListUpdate *self, guint position,
                                         gboolean *is_moving);
/* The item of an element that moves, or NULL where it has none yet. */
GObject      *ss_list_update_get_moving (const SsListUpdate *self, guint index);
void          ss_list_update_set_moving (SsListUpdate *self, guint index, GObject *item);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsListUpdate, ss_list_update_free)

G_END_DECLS
