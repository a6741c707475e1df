/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "json/ss-value.h"

G_BEGIN_DECLS

/* The knowledge that an object mapper has of one type of objects. */

typedef struct
{
  GParamSpec *pspec;
  gboolean    is_seen;   /* as a member */
  gboolean    is_told;   /* that somebody has set it */
} SsMappedProperty;

typedef struct
{
  GType             gtype;
  GObjectClass     *klass;
  SsMappedProperty *properties;
  guint             n_properties;
  GHashTable       *by_name;        /* member name to property, and NULL for those without one */
  gboolean          has_construct_only;
  gboolean          has_objects;    /* properties that hold some */
  gboolean          is_serializable;
  gboolean          has_own_json;   /* reads JSON in its own way */
} SsMappedType;

SsMappedType     *ss_mapped_type_new  (GType gtype);
void              ss_mapped_type_free (SsMappedType *self);
/* Whether a property holds an object, perhaps a list. */
gboolean          ss_mapped_type_holds_object (GParamSpec *pspec);
/* The property that a member is, or NULL. object is NULL while it is being made. */
SsMappedProperty *ss_mapped_type_find (SsMappedType *self, GObject *object, const char *name);

/* The members of JSON that are properties of an object, one after the other. */
typedef struct
{
  SsMappedType  *type;
  GObject       *object;
  const SsValue *value;
  guint          at;

  /* Of the property that came last. */
  const char    *name;
  const SsValue *member;
} SsMappedIter;

/* object is NULL while it is being made, value for no members. */
void              ss_mapped_iter_init (SsMappedIter *self, SsMappedType *type, GObject *object,
                                       const SsValue *value);
/* NULL: there are no more. */
SsMappedProperty *ss_mapped_iter_next (SsMappedIter *self);

G_END_DECLS
