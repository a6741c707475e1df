/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "json/ss-edit.h"

G_BEGIN_DECLS

/* Makes objects of the application's types from JSON, and keeps them equal to it property by
 * property: a property is set only when that changes it.
 *
 * A member is the property of its name; "_" and "-" are the same in it. JSON that is not an object
 * is the property "value". Members without a property are ignored. A member that is absent, or
 * that the property cannot hold, is the property's default; properties that no object of the type
 * has had as a member are the application's own, and left alone. */
typedef struct _SsObjectMapper SsObjectMapper;

/* Lists within an item announce themselves. A caller that announces the item can have that done
 * while all items are as they were announced, and set the values after it. */
typedef enum
{
  SS_MAPPER_LISTS = 1 << 0,
  SS_MAPPER_VALUES = 1 << 1,
  SS_MAPPER_ALL = SS_MAPPER_LISTS | SS_MAPPER_VALUES,
} SsMapperScope;

/* A property that is a member was notified, and the mapper has not set it; pspec is NULL for the
 * items of a list within an item. TRUE: say nothing of this property of the type any more. */
typedef gboolean (*SsObjectMapperFunc) (GObject *object, GParamSpec *pspec, gpointer user_data);

SsObjectMapper *ss_object_mapper_new  (SsObjectMapperFunc func, gpointer user_data);
void            ss_object_mapper_free (SsObjectMapper *self);
/* Whether items of lists within items go and come when they were edited. */
void            ss_object_mapper_set_announces_edits (SsObjectMapper *self,
                                                      gboolean announces_edits);

GObject *ss_object_mapper_make         (SsObjectMapper *self, GType type, const SsValue *value);
/* Whether the item must give way to a new one to become value: a property that can only be set
 * while an object is made has another value. */
gboolean ss_object_mapper_must_replace (SsObjectMapper *self, GObject *item, const SsValue *value);
void     ss_object_mapper_update       (SsObjectMapper *self, GObject *item, const SsValue *value,
                                        SsMapperScope scope);
/* The same after a single operation of a kind at rest, a pointer into value, has led to value. */
void     ss_object_mapper_update_at    (SsObjectMapper *self, GObject *item, const SsValue *value,
                                        SsOpKind kind, const char *rest, SsMapperScope scope);

/* Whether a property of an object that was made of value, or for NULL its items, differs both from
 * value and from an object that is made of it now: some setters change the value that they get. */
gboolean       ss_object_mapper_is_set_by_hand (SsObjectMapper *self, GObject *object,
                                                GParamSpec *pspec, const SsValue *value);
/* The JSON that an object was made of which a property of item holds, or a property of that, and so
 * on, and the way there; item was made of value. NULL: no property does. */
const SsValue *ss_object_mapper_find_within    (SsObjectMapper *self, GObject *item,
                                                const SsValue *value, GObject *object,
                                                GString *pointer);
/* The member that is the property, or its name. */
const char    *ss_object_mapper_name_member    (SsObjectMapper *self, GObject *object,
                                                GParamSpec *pspec, const SsValue *value);

G_END_DECLS
