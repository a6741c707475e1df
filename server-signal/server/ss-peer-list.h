/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A list model whose members can leave from the middle in O(log n), which a GListStore cannot: it
 * has to search. With ten thousand peers that leave at once that is the difference between nothing
 * and a second. */
#define SS_TYPE_PEER_LIST (ss_peer_list_get_type ())
G_DECLARE_FINAL_TYPE (SsPeerList, ss_peer_list, SS, PEER_LIST, GObject)

SsPeerList    *ss_peer_list_new        (GType item_type);
/* Takes a reference. The place is good until ss_peer_list_remove(). */
GSequenceIter *ss_peer_list_append     (SsPeerList *self, gpointer item);
void           ss_peer_list_remove     (SsPeerList *self, GSequenceIter *place);
/* Tells of each that has gone; their places are void. */
void           ss_peer_list_clear      (SsPeerList *self);
guint          ss_peer_list_get_length (SsPeerList *self);

G_END_DECLS
