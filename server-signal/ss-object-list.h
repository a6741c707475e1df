/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A list model that an application can read and not write, as the functions here are not the
 * application's, unlike those of a GListStore. Members leave from the middle in O(log n), where a
 * GListStore has to search: with ten thousand peers that leave at once that is the difference
 * between nothing and a second. It has the properties item-type and n-items, as GListStore has. */
#define SS_TYPE_OBJECT_LIST (ss_object_list_get_type ())
G_DECLARE_FINAL_TYPE (SsObjectList, ss_object_list, SS, OBJECT_LIST, GObject)

SsObjectList *ss_object_list_new        (GType item_type);
/* Takes a reference. *place is good until the item leaves, and is set before anybody hears of the
 * item: a handler may remove it again. */
void          ss_object_list_append     (SsObjectList *self, gpointer item, GSequenceIter **place);
void          ss_object_list_remove     (SsObjectList *self, GSequenceIter *place);
/* One change for all; their places are void. */
void          ss_object_list_clear      (SsObjectList *self);
guint         ss_object_list_get_length (SsObjectList *self);

G_END_DECLS
