/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-mapped-type.h"

#include <json-glib/json-glib.h>

#include "json/ss-read.h"

/* No well-meaning server sends more names than any class has members. */
#define MAX_NAMES 1000

SsMappedType *
ss_mapped_type_new (GType gtype)
{
  SsMappedType *self = g_new0 (SsMappedType, 1);
  g_autofree GParamSpec **pspecs = NULL;

  self->gtype = gtype;
  self->klass = g_type_class_ref (gtype);
  pspecs = g_object_class_list_properties (self->klass, &self->n_properties);
  self->properties = g_new0 (SsMappedProperty, self->n_properties);
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < self->n_properties; i++)
    {
      SsMappedProperty *property = &self->properties[i];

      property->pspec = pspecs[i];
      self->has_construct_only |= (pspecs[i]->flags & G_PARAM_CONSTRUCT_ONLY) != 0;
      self->has_objects |= ss_mapped_type_holds_object (pspecs[i]);
      g_hash_table_insert (self->by_name, g_strdup (pspecs[i]->name), property);
    }

  if (g_type_is_a (gtype, JSON_TYPE_SERIALIZABLE))
    {
      JsonSerializableIface *iface = g_type_interface_peek (self->klass, JSON_TYPE_SERIALIZABLE);
      JsonSerializableIface *standard = g_type_default_interface_ref (JSON_TYPE_SERIALIZABLE);

      self->is_serializable = TRUE;
      self->has_own_json = iface->deserialize_property != standard->deserialize_property;
      g_type_default_interface_unref (standard);
    }

  return self;
}

void
ss_mapped_type_free (SsMappedType *self)
{
  g_hash_table_unref (self->by_name);
  g_free (self->properties);
  g_type_class_unref (self->klass);
  g_free (self);
}

gboolean
ss_mapped_type_holds_object (GParamSpec *pspec)
{
  GType type = G_TYPE_FUNDAMENTAL (pspec->value_type);

  return type == G_TYPE_OBJECT || type == G_TYPE_INTERFACE;
}

SsMappedProperty *
ss_mapped_type_find (SsMappedType *self,
                     GObject      *object,
                     const char   *name)
{
  g_autofree char *canonical = NULL;
  GParamSpec *pspec = NULL;
  gpointer found;

  if (g_hash_table_lookup_extended (self->by_name, name, NULL, &found))
    return found;

  canonical = g_strdelimit (g_strdup (name), "_", '-');
  found = g_hash_table_lookup (self->by_name, canonical);

  if (found == NULL && self->is_serializable)
    {
      /* It has names of its own, which only an object knows. */
      if (object == NULL)
        return NULL;
      pspec = json_serializable_find_property (JSON_SERIALIZABLE (object), name);
      if (pspec != NULL)
        found = g_hash_table_lookup (self->by_name, pspec->name);
    }

  if (g_hash_table_size (self->by_name) < MAX_NAMES)
    g_hash_table_insert (self->by_name, g_strdup (name), found);
  return found;
}

void
ss_mapped_iter_init (SsMappedIter  *self,
                     SsMappedType  *type,
                     GObject       *object,
                     const SsValue *value)
{
  *self = (SsMappedIter) { type, object, value, 0, NULL, NULL };
}

static gboolean
next_member (SsMappedIter *self)
{
  guint at = self->at++;

  if (self->value == NULL)
    return FALSE;

  if (ss_value_kind (self->value) != SS_VALUE_OBJECT)
    {
      self->name = "value";
      self->member = self->value;
      return at == 0 && ss_value_kind (self->value) != SS_VALUE_NULL;
    }

  if (at >= ss_value_length (self->value))
    return FALSE;

  self->name = ss_read_string (ss_object_key (self->value, at));
  self->member = ss_object_value (self->value, at);
  return TRUE;
}

SsMappedProperty *
ss_mapped_iter_next (SsMappedIter *self)
{
  while (next_member (self))
    {
      SsMappedProperty *property = ss_mapped_type_find (self->type, self->object, self->name);

      if (property != NULL)
        return property;
    }

  return NULL;
}
