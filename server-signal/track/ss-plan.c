/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-plan.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "server-signal-error.h"
#include "ss-limits.h"

typedef struct
{
  char   *name;
  SsPick *inner;
  /* It was named by itself: everything in it, whatever else was named. */
  gboolean whole;
} PickName;

struct _SsPick
{
  GArray *names;   /* of PickName */
};

static SsPick *
pick_alloc (void)
{
  SsPick *pick = g_new0 (SsPick, 1);

  pick->names = g_array_new (FALSE, TRUE, sizeof (PickName));
  return pick;
}

/* No deeper than the longest path that was given, which is bounded. */
void
ss_pick_free (SsPick *pick)
{
  if (pick == NULL)
    return;

  for (guint i = 0; i < pick->names->len; i++)
    {
      PickName *name = &g_array_index (pick->names, PickName, i);

      g_free (name->name);
      ss_pick_free (name->inner);
    }
  g_array_unref (pick->names);
  g_free (pick);
}

static PickName *
pick_name (const SsPick *pick,
           const char   *name)
{
  for (guint i = 0; i < pick->names->len; i++)
    {
      PickName *candidate = &g_array_index (pick->names, PickName, i);

      if (g_str_equal (candidate->name, name))
        return candidate;
    }

  return NULL;
}

static gboolean
add_path (SsPick      *pick,
          const char  *path,
          GError     **error)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  guint n_parts = g_strv_length (parts);

  for (guint i = 0; i < n_parts; i++)
    {
      PickName *name;

      if (n_parts > SS_DOCUMENT_DEPTH)
        break;
      g_strcanon (parts[i], G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-", '-');
      if (!g_param_spec_is_valid_name (parts[i]))
        {
          g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
                       _("“%s” does not name a property"), path);
          return FALSE;
        }

      name = pick_name (pick, parts[i]);
      if (name == NULL)
        {
          PickName added = { g_steal_pointer (&parts[i]), NULL, FALSE };

          g_array_append_val (pick->names, added);
          name = &g_array_index (pick->names, PickName, pick->names->len - 1);
          parts[i] = g_strdup (name->name);
        }

      if (i + 1 == n_parts)
        {
          name->whole = TRUE;
          g_clear_pointer (&name->inner, ss_pick_free);
          return TRUE;
        }
      if (name->whole)
        return TRUE;
      if (name->inner == NULL)
        name->inner = pick_alloc ();
      pick = name->inner;
    }

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
               _("“%s” does not name a property"), path);
  return FALSE;
}

gboolean
ss_pick_new (const char * const  *paths,
             SsPick             **pick,
             GError             **error)
{
  *pick = NULL;
  if (paths == NULL)
    return TRUE;

  *pick = pick_alloc ();
  for (; *paths != NULL; paths++)
    if (!add_path (*pick, *paths, error))
      {
        g_clear_pointer (pick, ss_pick_free);
        return FALSE;
      }

  return TRUE;
}

/* Plans */

static void
plan_add (SsPlan       *plan,
          GParamSpec   *pspec,
          const SsPick *inner)
{
  SsPlanProperty *property = &plan->properties[plan->n_properties++];

  property->pspec = g_param_spec_ref (pspec);
  property->name = g_intern_string (pspec->name);
  property->key = ss_value_new_string (pspec->name, -1);
  property->inner = inner;
}

static gboolean
plan_add_picked (SsPlan        *plan,
                 const SsPick  *pick,
                 GParamSpec   **pspecs,
                 guint          n_pspecs,
                 GError       **error)
{
  for (guint i = 0; i < pick->names->len; i++)
    {
      const PickName *name = &g_array_index (pick->names, PickName, i);
      GParamSpec *found = NULL;

      for (guint j = 0; found == NULL && j < n_pspecs; j++)
        if (g_str_equal (pspecs[j]->name, name->name))
          found = pspecs[j];

      if (found == NULL || (found->flags & G_PARAM_READABLE) == 0)
        {
          g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND,
                       /* Translators: the names of a type and of a property. */
                       _("“%s” has no readable property “%s”"), g_type_name (plan->type),
                       name->name);
          return FALSE;
        }

      plan_add (plan, found, name->inner);
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

SsPlan *
ss_plan_new (GObject       *object,
             const SsPick  *pick,
             GError       **error)
{
  SsPlan *plan = g_new0 (SsPlan, 1);
  g_autofree GParamSpec **pspecs = NULL;
  guint n_pspecs = 0;

  plan->type = G_OBJECT_TYPE (object);
  plan->pick = pick;
  plan->is_serializable = JSON_IS_SERIALIZABLE (object);
  plan->has_own_json = plan->is_serializable && has_own_json (object);

  if (plan->is_serializable)
    pspecs = json_serializable_list_properties (JSON_SERIALIZABLE (object), &n_pspecs);
  else
    pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n_pspecs);

  plan->properties = g_new0 (SsPlanProperty, MAX (n_pspecs, pick != NULL ? pick->names->len : 0));

  if (pick != NULL)
    {
      if (!plan_add_picked (plan, pick, pspecs, n_pspecs, error))
        {
          ss_plan_free (plan);
          return NULL;
        }
      return plan;
    }

  for (guint i = 0; i < n_pspecs; i++)
    if ((pspecs[i]->flags & G_PARAM_READABLE) != 0)
      plan_add (plan, pspecs[i], NULL);

  return plan;
}

void
ss_plan_free (SsPlan *plan)
{
  for (guint i = 0; i < plan->n_properties; i++)
    {
      g_param_spec_unref (plan->properties[i].pspec);
      ss_value_unref (plan->properties[i].key);
    }
  g_free (plan->properties);
  g_free (plan);
}
