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

SsItems *ss_items_new    (void);
void     ss_items_free   (SsItems *self);
GObject *ss_items_make   (SsItems *self, GType type, const SsValue *value);
void     ss_items_update (SsItems *self, GObject *item, const SsValue *value);
/* Only what one operation of this kind at rest, a pointer into value, which is what it has led to,
 * may have changed. */
void     ss_items_update_at (SsItems *self, GObject *item, const SsValue *value, SsOpKind kind,
                             const char *rest);
/* Whether the item must give way to a new one to become value: a property that can only be set
 * while an object is made has another value. */
gboolean ss_items_is_stuck (SsItems *self, GObject *item, const SsValue *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsItems, ss_items_free)

G_END_DECLS
