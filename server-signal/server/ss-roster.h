/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A list model whose members can leave from the middle in O(log n), which a GListStore cannot: it
 * has to search. With ten thousand peers that leave at once that is the difference between nothing
 * and a second. */
#define SS_TYPE_ROSTER (ss_roster_get_type ())
G_DECLARE_FINAL_TYPE (SsRoster, ss_roster, SS, ROSTER, GObject)

SsRoster      *ss_roster_new        (GType item_type);
/* Takes a reference. The place is good until ss_roster_remove(). */
GSequenceIter *ss_roster_append     (SsRoster *self, gpointer item);
void           ss_roster_remove     (SsRoster *self, GSequenceIter *place);
/* Tells of each that has gone; their places are void. */
void           ss_roster_clear      (SsRoster *self);
guint          ss_roster_get_length (SsRoster *self);

G_END_DECLS
