/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-mapping.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "server-signal-error.h"

static void
mapping_add (SsMapping            *mapping,
             GParamSpec           *pspec,
             const SsPropertyMask *inner)
{
  SsMappingProperty *property = &mapping->properties[mapping->n_properties++];

  property->pspec = g_param_spec_ref (pspec);
  property->name = g_intern_string (pspec->name);
  property->key = ss_value_new_string (pspec->name, -1);
  property->inner = inner;
}

static gboolean
mapping_add_masked (SsMapping             *mapping,
                    const SsPropertyMask  *mask,
                    GParamSpec           **pspecs,
                    guint                  n_pspecs,
                    GError               **error)
{
  guint n_names = ss_property_mask_length (mask);

  for (guint i = 0; i < n_names; i++)
    {
      const SsPropertyMask *inner;
      const char *name = ss_property_mask_get (mask, i, &inner);
      GParamSpec *found = NULL;

      for (guint j = 0; found == NULL && j < n_pspecs; j++)
        if (g_str_equal (pspecs[j]->name, name))
          found = pspecs[j];

      if (found == NULL || (found->flags & G_PARAM_READABLE) == 0)
        {
          g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND,
                       /* Translators: the names of a type and of a property. */
                       _("“%s” has no readable property “%s”"), g_type_name (mapping->type), name);
          return FALSE;
        }

      mapping_add (mapping, found, inner);
    }

  return TRUE;
}

static gboolean
has_own_json (GObject *object)
{
  gpointer standard = g_type_default_interface_ref (JSON_TYPE_SERIALIZABLE);
  gboolean is_own = JSON_SERIALIZABLE_GET_IFACE (object)->serialize_property !=
                    ((JsonSerializableIface *) standard)->serialize_property;

  g_type_default_interface_unref (standard);
  return is_own;
}

SsMapping *
ss_mapping_new (GObject               *object,
                const SsPropertyMask  *mask,
                GError               **error)
{
  SsMapping *mapping = g_new0 (SsMapping, 1);
  g_autofree GParamSpec **pspecs = NULL;
  guint n_pspecs = 0;
  guint n_properties;

  mapping->type = G_OBJECT_TYPE (object);
  mapping->mask = mask;
  mapping->is_serializable = JSON_IS_SERIALIZABLE (object);
  mapping->has_own_json = mapping->is_serializable && has_own_json (object);

  if (mapping->is_serializable)
    pspecs = json_serializable_list_properties (JSON_SERIALIZABLE (object), &n_pspecs);
  else
    pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n_pspecs);

  n_properties = mask != NULL ? ss_property_mask_length (mask) : n_pspecs;
  mapping->properties = g_new0 (SsMappingProperty, n_properties);

  if (mask != NULL)
    {
      if (!mapping_add_masked (mapping, mask, pspecs, n_pspecs, error))
        {
          ss_mapping_free (mapping);
          return NULL;
        }
      return mapping;
    }

  for (guint i = 0; i < n_pspecs; i++)
    if ((pspecs[i]->flags & G_PARAM_READABLE) != 0)
      mapping_add (mapping, pspecs[i], NULL);

  return mapping;
}

void
ss_mapping_free (SsMapping *mapping)
{
  for (guint i = 0; i < mapping->n_properties; i++)
    {
      g_param_spec_unref (mapping->properties[i].pspec);
      ss_value_unref (mapping->properties[i].key);
    }
  g_free (mapping->properties);
  g_free (mapping);
}

guint
ss_mapping_hash (gconstpointer key)
{
  const SsMapping *mapping = key;

  return g_direct_hash ((gpointer) mapping->type) ^ g_direct_hash (mapping->mask);
}

gboolean
ss_mapping_equal (gconstpointer a,
                  gconstpointer b)
{
  const SsMapping *mapping_a = a;
  const SsMapping *mapping_b = b;

  return mapping_a->type == mapping_b->type && mapping_a->mask == mapping_b->mask;
}
