/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-variant-member.h"

#include <string.h>

#include "ss-gvariant-from-json.h"
#include "ss-limits.h"
#include "ss-read.h"
#include "ss-to-json.h"

/* An action, its member and the document are around it. */
#define VARIANT_DEPTH (SS_DOCUMENT_DEPTH - 3)

static SsValue *
get (const SsValue *object,
     const char    *key)
{
  return ss_object_get (object, key, strlen (key));
}

static GVariant *
sink (GVariant *variant)
{
  return variant != NULL ? g_variant_take_ref (variant) : NULL;
}

/* NULL: JSON cannot carry it. exact: it says all that the variant does. */
static SsValue *
to_json (GVariant *variant,
         gboolean  typed,
         gboolean *exact)
{
  SsValue *value = ss_gvariant_to_json (variant, VARIANT_DEPTH, NULL);
  g_autoptr (GVariant) back = NULL;

  *exact = FALSE;
  if (value == NULL)
    return NULL;

  back = sink (ss_gvariant_from_json (value, typed ? g_variant_get_type (variant) : NULL));
  *exact = back != NULL && g_variant_equal (back, variant);

  return value;
}

static void
append (SsValue    *object,
        const char *key,
        SsValue    *value)
{
  ss_object_append (object, ss_value_new_string (key, -1), value);
}

void
ss_variant_member_put (SsValue    *object,
                       const char *key,
                       GVariant   *variant,
                       gboolean    typed)
{
  g_autofree char *text_key = NULL;
  g_autofree char *text = NULL;
  gboolean exact = TRUE;
  SsValue *value = variant != NULL ? to_json (variant, typed, &exact) : NULL;

  append (object, key, value != NULL ? value : ss_value_new_null ());
  if (exact)
    return;

  text_key = g_strconcat (key, "-text", NULL);
  text = g_variant_print (variant, TRUE);
  append (object, text_key, ss_value_new_string (text, -1));
}

GVariant *
ss_variant_member_get (const SsValue      *object,
                       const char         *key,
                       const GVariantType *type)
{
  g_autofree char *text_key = g_strconcat (key, "-text", NULL);
  const SsValue *text = get (object, text_key);
  const SsValue *value = get (object, key);

  if (text != NULL)
    {
      const char *string = ss_read_string (text);

      return string != NULL ? g_variant_parse (type, string, NULL, NULL, NULL) : NULL;
    }

  if (value == NULL || (type == NULL && ss_value_kind (value) == SS_VALUE_NULL))
    return NULL;

  return sink (ss_gvariant_from_json (value, type));
}

GVariantType *
ss_variant_member_get_type (const SsValue *object,
                            const char    *key)
{
  const SsValue *value = get (object, key);
  const char *string = value != NULL ? ss_read_string (value) : NULL;

  return string != NULL && g_variant_type_string_is_valid (string) ? g_variant_type_new (string)
                                                                   : NULL;
}
