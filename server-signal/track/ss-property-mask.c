/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-property-mask.h"

#include <glib/gi18n-lib.h>
#include <glib-object.h>

#include "server-signal-error.h"
#include "ss-limits.h"

typedef struct
{
  char           *name;
  SsPropertyMask *inner;
  gboolean        whole;   /* named by itself too: everything in it, whatever else is named */
} MaskName;

struct _SsPropertyMask
{
  GArray *names;   /* of MaskName */
};

static SsPropertyMask *
mask_alloc (void)
{
  SsPropertyMask *mask = g_new0 (SsPropertyMask, 1);

  mask->names = g_array_new (FALSE, TRUE, sizeof (MaskName));
  return mask;
}

/* The longest path bounds the recursion. */
void
ss_property_mask_free (SsPropertyMask *mask)
{
  if (mask == NULL)
    return;

  for (guint i = 0; i < mask->names->len; i++)
    {
      MaskName *name = &g_array_index (mask->names, MaskName, i);

      g_free (name->name);
      ss_property_mask_free (name->inner);
    }
  g_array_unref (mask->names);
  g_free (mask);
}

static MaskName *
mask_lookup (const SsPropertyMask *mask,
             const char           *name)
{
  for (guint i = 0; i < mask->names->len; i++)
    {
      MaskName *candidate = &g_array_index (mask->names, MaskName, i);

      if (g_str_equal (candidate->name, name))
        return candidate;
    }

  return NULL;
}

static gboolean
add_path (SsPropertyMask  *mask,
          const char      *path,
          GError         **error)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  guint n_parts = g_strv_length (parts);

  for (guint i = 0; i < n_parts; i++)
    {
      MaskName *name;

      if (n_parts > SS_DOCUMENT_DEPTH)
        break;
      g_strcanon (parts[i], G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-", '-');
      if (!g_param_spec_is_valid_name (parts[i]))
        {
          g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
                       _("“%s” does not name a property"), path);
          return FALSE;
        }

      name = mask_lookup (mask, parts[i]);
      if (name == NULL)
        {
          MaskName added = { g_steal_pointer (&parts[i]), NULL, FALSE };

          g_array_append_val (mask->names, added);
          name = &g_array_index (mask->names, MaskName, mask->names->len - 1);
          parts[i] = g_strdup (name->name);
        }

      if (i + 1 == n_parts)
        {
          name->whole = TRUE;
          g_clear_pointer (&name->inner, ss_property_mask_free);
          return TRUE;
        }
      if (name->whole)
        return TRUE;
      if (name->inner == NULL)
        name->inner = mask_alloc ();
      mask = name->inner;
    }

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
               _("“%s” does not name a property"), path);
  return FALSE;
}

gboolean
ss_property_mask_new (const char * const  *paths,
                      SsPropertyMask     **mask,
                      GError             **error)
{
  *mask = NULL;
  if (paths == NULL)
    return TRUE;

  *mask = mask_alloc ();
  for (; *paths != NULL; paths++)
    if (!add_path (*mask, *paths, error))
      {
        g_clear_pointer (mask, ss_property_mask_free);
        return FALSE;
      }

  return TRUE;
}

guint
ss_property_mask_length (const SsPropertyMask *self)
{
  return self->names->len;
}

const char *
ss_property_mask_get (const SsPropertyMask  *self,
                      guint                  index,
                      const SsPropertyMask **inner)
{
  const MaskName *name = &g_array_index (self->names, MaskName, index);

  *inner = name->inner;
  return name->name;
}
