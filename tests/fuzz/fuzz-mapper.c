/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * First line: the type of a variant, or a number, which stands for the type of a property; then a
 * document. A value that is made of it is of the type and within the property's range, and what is made
 * of it again is the same; one that cannot be made leaves everything as it was. */

#include "fuzz.h"

#include <gio/gio.h>

#include "json/ss-to-json.h"
#include "view/ss-gvalue-from-json.h"
#include "json/ss-gvariant-from-json.h"

static GParamSpec *
make_property (guint number)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  switch (number)
    {
    case 0:
      return g_param_spec_boolean ("p", NULL, NULL, FALSE, flags);
    case 1:
      return g_param_spec_int ("p", NULL, NULL, -5, 1000, 0, flags);
    case 2:
      return g_param_spec_uint ("p", NULL, NULL, 1, G_MAXUINT, 1, flags);
    case 3:
      return g_param_spec_int64 ("p", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
    case 4:
      return g_param_spec_uint64 ("p", NULL, NULL, 0, G_MAXUINT64, 0, flags);
    case 5:
      return g_param_spec_char ("p", NULL, NULL, -128, 127, 0, flags);
    case 6:
      return g_param_spec_uchar ("p", NULL, NULL, 0, 255, 0, flags);
    case 7:
      return g_param_spec_double ("p", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
    case 8:
      return g_param_spec_float ("p", NULL, NULL, -1, 1, 0, flags);
    case 9:
      return g_param_spec_string ("p", NULL, NULL, NULL, flags);
    case 10:
      return g_param_spec_enum ("p", NULL, NULL, G_TYPE_SOCKET_FAMILY, G_SOCKET_FAMILY_UNIX, flags);
    case 11:
      return g_param_spec_flags ("p", NULL, NULL, G_TYPE_APPLICATION_FLAGS, 0, flags);
    case 12:
      return g_param_spec_boxed ("p", NULL, NULL, G_TYPE_STRV, flags);
    case 13:
      return g_param_spec_boxed ("p", NULL, NULL, G_TYPE_DATE_TIME, flags);
    case 14:
      return g_param_spec_boxed ("p", NULL, NULL, G_TYPE_BYTES, flags);
    case 15:
      return g_param_spec_boxed ("p", NULL, NULL, G_TYPE_DATE, flags);
    case 16:
      return g_param_spec_boxed ("p", NULL, NULL, G_TYPE_URI, flags);
    case 17:
      return g_param_spec_boxed ("p", NULL, NULL, G_TYPE_GSTRING, flags);
    case 18:
      return g_param_spec_boxed ("p", NULL, NULL, G_TYPE_BYTE_ARRAY, flags);
    case 19:
      return g_param_spec_boxed ("p", NULL, NULL, JSON_TYPE_NODE, flags);
    case 20:
      return g_param_spec_variant ("p", NULL, NULL, G_VARIANT_TYPE_ANY, NULL, flags);
    case 21:
      return g_param_spec_variant ("p", NULL, NULL, G_VARIANT_TYPE ("a{sv}"), NULL, flags);
    case 22:
      return g_param_spec_unichar ("p", NULL, NULL, 'a', flags);
    case 23:
      return g_param_spec_long ("p", NULL, NULL, -1, G_MAXLONG, 0, flags);
    case 24:
      return g_param_spec_ulong ("p", NULL, NULL, 0, G_MAXULONG, 0, flags);
    default:
      return NULL;
    }
}

static void
check_property (GParamSpec    *pspec,
                const SsValue *value)
{
  g_auto (GValue) made = G_VALUE_INIT;
  g_auto (GValue) again = G_VALUE_INIT;
  g_auto (GValue) back = G_VALUE_INIT;
  g_autoptr (SsValue) json = NULL;

  g_value_init (&made, pspec->value_type);
  g_value_init (&again, pspec->value_type);
  g_value_init (&back, pspec->value_type);
  g_param_value_set_default (pspec, &made);
  g_param_value_set_default (pspec, &again);
  if (!ss_gvalue_from_json (value, pspec, &made))
    {
      CHECK (ss_gvalue_equal (pspec, &made, &again));
      return;
    }

  CHECK (!g_param_value_validate (pspec, &made));
  CHECK (ss_gvalue_from_json (value, pspec, &again) && ss_gvalue_equal (pspec, &made, &again));

  /* Not everything has a way back; the text of a number that is no JSON, for one. */
  json = ss_gvalue_to_json (&made, SS_DOCUMENT_DEPTH, NULL);
  if (json != NULL)
    CHECK (ss_gvalue_from_json (json, pspec, &back) && ss_gvalue_equal (pspec, &made, &back));
}

static void
check_variant (const GVariantType *type,
               const SsValue      *value)
{
  g_autoptr (GVariant) made = ss_gvariant_from_json (value, type);
  g_autoptr (GVariant) again = ss_gvariant_from_json (value, type);

  CHECK ((made == NULL) == (again == NULL));
  if (made == NULL)
    return;

  g_variant_ref_sink (made);
  g_variant_ref_sink (again);
  CHECK (type == NULL || g_variant_is_of_type (made, type));
  CHECK (g_variant_is_normal_form (made));
  CHECK (g_variant_get_size (made) == g_variant_get_size (again));
  CHECK (g_variant_equal (made, again));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autofree char *line = take_line (&data, &size);
  g_autoptr (SsValue) value =
    ss_value_from_json ((const char *) data, size, SS_DOCUMENT_DEPTH, NULL);

  if (value == NULL)
    return 0;

  if (g_ascii_isdigit (line[0]))
    {
      GParamSpec *pspec = make_property ((guint) g_ascii_strtoull (line, NULL, 10));

      if (pspec == NULL)
        return 0;
      g_param_spec_ref_sink (pspec);
      check_property (pspec, value);
      g_param_spec_unref (pspec);
    }
  else if (line[0] == '\0')
    {
      check_variant (NULL, value);
    }
  else if (g_variant_type_string_is_valid (line) &&
           g_variant_type_is_definite (G_VARIANT_TYPE (line)))
    {
      check_variant (G_VARIANT_TYPE (line), value);
    }

  return 0;
}
