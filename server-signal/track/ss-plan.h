/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "json/ss-value.h"

G_BEGIN_DECLS

/* Which properties an application has picked: names, and in what these lead to, names again. NULL
 * where it has picked nothing, which is everything. */
typedef struct _SsPick SsPick;

/* Each path is a name, or names with "/" between them; FALSE and INVALID_POINTER for what is
 * none. */
gboolean  ss_pick_new    (const char * const *paths, SsPick **pick, GError **error);
void      ss_pick_free   (SsPick *pick);

typedef struct
{
  GParamSpec   *pspec;
  const char   *name;    /* interned: names are equal when they are the same pointer */
  SsValue      *key;     /* shared by all objects */
  const SsPick *inner;
} SsPlanProperty;

/* What is read of the objects of one type, in the order of their class. */
typedef struct
{
  GType           type;
  const SsPick   *pick;
  gboolean        is_serializable;  /* get and list by JsonSerializable */
  gboolean        has_own_json;     /* and let it make the JSON */
  guint           n_properties;
  SsPlanProperty *properties;
} SsPlan;

/* NOT_FOUND for a picked name that the type has no readable property of. */
SsPlan *ss_plan_new  (GObject *object, const SsPick *pick, GError **error);
void    ss_plan_free (SsPlan *plan);

/* -1: not read. */
static inline int
ss_plan_find (const SsPlan *plan,
              const char   *interned_name)
{
  for (guint i = 0; i < plan->n_properties; i++)
    if (plan->properties[i].name == interned_name)
      return (int) i;

  return -1;
}

G_END_DECLS
