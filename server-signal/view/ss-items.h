/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "json/ss-edit.h"

G_BEGIN_DECLS

/* Objects of the application's types made of JSON, and kept equal to it property by property: a
 * property is set only when that changes it.
 *
 * A member is the property of its name; "_" and "-" are the same in it. What is no object in JSON
 * is the property "value". Members without a property are passed over. A member that is absent, or
 * is nothing that the property can hold, is the property's default; properties that no object of
 * the type has had as a member are the application's own, and left alone. */
typedef struct _SsItems SsItems;

/* A property that is a member was notified, and nothing here has set it; pspec is NULL for the items
 * of a list within an item. TRUE: say nothing of this property of the type any more. */
typedef gboolean (*SsItemsFunc) (GObject *object, GParamSpec *pspec, gpointer user_data);

SsItems *ss_items_new    (SsItemsFunc func, gpointer user_data);
void     ss_items_free   (SsItems *self);
GObject *ss_items_make   (SsItems *self, GType type, const SsValue *value);
/* Whether items of lists within items go and come when they were edited. */
void     ss_items_set_announces_edits (SsItems *self, gboolean announces_edits);
/* The lists within an item announce themselves. Whoever announces the item can have that done while
 * all items are as they were announced, and the values after it. */
typedef enum
{
  SS_ITEMS_LISTS = 1 << 0,
  SS_ITEMS_VALUES = 1 << 1,
  SS_ITEMS_ALL = SS_ITEMS_LISTS | SS_ITEMS_VALUES,
} SsItemsPart;

void     ss_items_update (SsItems *self, GObject *item, const SsValue *value, SsItemsPart part);
/* Only what one operation of this kind at rest, a pointer into value, which is what it has led to,
 * may have changed. */
void     ss_items_update_at (SsItems *self, GObject *item, const SsValue *value, SsOpKind kind,
                             const char *rest, SsItemsPart part);
/* Whether the item must give way to a new one to become value: a property that can only be set
 * while an object is made has another value. */
gboolean ss_items_is_stuck (SsItems *self, GObject *item, const SsValue *value);

/* Whether the property of an object that was made of value, or for NULL its items, is something else than value says, and
 * than what an object that is made of it has: some setters make something of what they get. */
gboolean ss_items_is_set_by_hand (SsItems *self, GObject *object, GParamSpec *pspec,
                                  const SsValue *value);
/* What an object was made of that is held by a property of item, or by one of that, and so on, and
 * the way there; item was made of value. NULL: nowhere. */
const SsValue *ss_items_find_within (SsItems *self, GObject *item, const SsValue *value,
                                     GObject *object, GString *pointer);
/* The member that is the property, or its name. */
const char *ss_items_name_member (SsItems *self, GObject *object, GParamSpec *pspec,
                                  const SsValue *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsItems, ss_items_free)

G_END_DECLS
