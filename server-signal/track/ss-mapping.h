/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "json/ss-value.h"
#include "ss-property-mask.h"

G_BEGIN_DECLS

typedef struct
{
  GParamSpec           *pspec;
  const char           *name;    /* interned: names are equal when they are the same pointer */
  SsValue              *key;     /* shared by all objects */
  const SsPropertyMask *inner;   /* for the object in it */
} SsMappingProperty;

/* The properties that objects of one type are read by, each of which is a member, in the order of
 * the class or of the mask. */
typedef struct
{
  GType                 type;
  const SsPropertyMask *mask;
  gboolean              is_serializable;   /* JsonSerializable lists and gets them */
  gboolean              has_own_json;      /* and makes the JSON */
  guint                 n_properties;
  SsMappingProperty     *properties;
} SsMapping;

/* NOT_FOUND for a name in the mask that the type has no readable property of. */
SsMapping *ss_mapping_new   (GObject *object, const SsPropertyMask *mask, GError **error);
void       ss_mapping_free  (SsMapping *self);

/* By type and mask. */
guint      ss_mapping_hash  (gconstpointer key);
gboolean   ss_mapping_equal (gconstpointer a, gconstpointer b);

/* -1: no member. */
static inline int
ss_mapping_find (const SsMapping *mapping,
                 const char      *interned_name)
{
  for (guint i = 0; i < mapping->n_properties; i++)
    if (mapping->properties[i].name == interned_name)
      return (int) i;

  return -1;
}

G_END_DECLS
