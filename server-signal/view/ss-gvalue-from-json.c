/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-gvalue-from-json.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "json/ss-node.h"
#include "json/ss-read.h"
#include "json/ss-gvariant-from-json.h"
#include "ss-limits.h"

static gboolean
is_number (const SsValue *value)
{
  SsValueKind kind = ss_value_kind (value);

  return kind == SS_VALUE_INT || kind == SS_VALUE_DOUBLE;
}

/* An integer that is too large for JSON is a string of digits. */
static gboolean
read_unsigned (const SsValue *value,
               guint64       *number)
{
  if (ss_value_kind (value) == SS_VALUE_STRING)
    return g_ascii_string_to_unsigned (ss_read_string (value), 10, 0, G_MAXUINT64, number, NULL);

  if (!is_number (value))
    return FALSE;

  if (ss_value_kind (value) == SS_VALUE_DOUBLE && ss_value_get_double (value) >= 0x1p63)
    *number =
      ss_value_get_double (value) >= 0x1p64 ? G_MAXUINT64 : (guint64) ss_value_get_double (value);
  else
    *number = (guint64) MAX (ss_read_int (value), 0);
  return TRUE;
}

static gboolean
set_number (const SsValue *value,
            GValue        *gvalue)
{
  gint64 number;
  guint64 natural;

  if (G_VALUE_HOLDS_UINT64 (gvalue) || G_VALUE_HOLDS_ULONG (gvalue))
    {
      if (!read_unsigned (value, &natural))
        return FALSE;
      if (G_VALUE_HOLDS_UINT64 (gvalue))
        g_value_set_uint64 (gvalue, natural);
      else
        g_value_set_ulong (gvalue, (gulong) MIN (natural, G_MAXULONG));
      return TRUE;
    }

  if (!is_number (value))
    return FALSE;

  number = ss_read_int (value);
  switch (G_TYPE_FUNDAMENTAL (G_VALUE_TYPE (gvalue)))
    {
    case G_TYPE_CHAR:
      g_value_set_schar (gvalue, (gint8) CLAMP (number, G_MININT8, G_MAXINT8));
      return TRUE;

    case G_TYPE_UCHAR:
      g_value_set_uchar (gvalue, (guchar) CLAMP (number, 0, G_MAXUINT8));
      return TRUE;

    case G_TYPE_INT:
      g_value_set_int (gvalue, (int) CLAMP (number, G_MININT, G_MAXINT));
      return TRUE;

    case G_TYPE_UINT:
      g_value_set_uint (gvalue, (guint) CLAMP (number, 0, G_MAXUINT));
      return TRUE;

    case G_TYPE_LONG:
      g_value_set_long (gvalue, (long) CLAMP (number, G_MINLONG, G_MAXLONG));
      return TRUE;

    case G_TYPE_INT64:
      g_value_set_int64 (gvalue, number);
      return TRUE;

    case G_TYPE_FLOAT:
      g_value_set_float (gvalue, (float) CLAMP (ss_read_double (value), -FLT_MAX, FLT_MAX));
      return TRUE;

    case G_TYPE_DOUBLE:
      g_value_set_double (gvalue, ss_read_double (value));
      return TRUE;

    default:
      return FALSE;
    }
}

static gboolean
set_enum (const SsValue *value,
          GValue        *gvalue)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (G_VALUE_TYPE (gvalue));
  const GEnumValue *found = NULL;

  if (ss_value_kind (value) == SS_VALUE_STRING)
    found = g_enum_get_value_by_nick (klass, ss_read_string (value));
  else if (ss_value_kind (value) == SS_VALUE_INT &&
           ss_value_get_int (value) == (int) ss_value_get_int (value))
    found = g_enum_get_value (klass, (int) ss_value_get_int (value));

  if (found == NULL)
    return FALSE;

  g_value_set_enum (gvalue, found->value);
  return TRUE;
}

static gboolean
read_flag (GFlagsClass   *klass,
           const SsValue *value,
           guint         *bits)
{
  const GFlagsValue *found;

  if (ss_value_kind (value) == SS_VALUE_INT)
    {
      gint64 number = ss_value_get_int (value);

      if (number < 0 || number > G_MAXUINT || ((guint) number & ~klass->mask) != 0)
        return FALSE;
      *bits |= (guint) number;
      return TRUE;
    }

  if (ss_value_kind (value) != SS_VALUE_STRING)
    return FALSE;

  found = g_flags_get_value_by_nick (klass, ss_read_string (value));
  if (found == NULL)
    return FALSE;

  *bits |= found->value;
  return TRUE;
}

static gboolean
set_flags (const SsValue *value,
           GValue        *gvalue)
{
  g_autoptr (GFlagsClass) klass = g_type_class_ref (G_VALUE_TYPE (gvalue));
  guint bits = 0;

  if (ss_value_kind (value) != SS_VALUE_ARRAY)
    {
      if (!read_flag (klass, value, &bits))
        return FALSE;
    }
  else
    {
      for (guint i = 0; i < ss_value_length (value); i++)
        if (!read_flag (klass, ss_array_get (value, i), &bits))
          return FALSE;
    }

  g_value_set_flags (gvalue, bits);
  return TRUE;
}

static char **
make_strv (const SsValue *value)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (ss_value_kind (value) != SS_VALUE_ARRAY)
    return NULL;

  for (guint i = 0; i < ss_value_length (value); i++)
    {
      const SsValue *element = ss_array_get (value, i);

      if (ss_value_kind (element) != SS_VALUE_STRING)
        return NULL;
      g_strv_builder_add (builder, ss_read_string (element));
    }

  return g_strv_builder_end (builder);
}

/* g_base64_decode() skips all characters that are not base64. */
static guchar *
decode_base64 (const char *text,
               gsize      *length)
{
  gsize n_digits =
    strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  gsize n_padding = strspn (text + n_digits, "=");

  if (text[n_digits + n_padding] != '\0' || n_padding > 2 || (n_digits + n_padding) % 4 != 0)
    return NULL;

  return g_base64_decode (text, length);
}

static GDate *
parse_date (const char *text)
{
  static const char pattern[] = "dddd-dd-dd";
  GDateYear year;
  GDateMonth month;
  GDateDay day;

  for (gsize i = 0; i < sizeof pattern; i++)
    if (pattern[i] == 'd' ? !g_ascii_isdigit (text[i]) : text[i] != pattern[i])
      return NULL;

  year = (GDateYear) g_ascii_strtoull (text, NULL, 10);
  month = (GDateMonth) g_ascii_strtoull (text + 5, NULL, 10);
  day = (GDateDay) g_ascii_strtoull (text + 8, NULL, 10);

  return g_date_valid_dmy (day, month, year) ? g_date_new_dmy (day, month, year) : NULL;
}

/* NULL: the string is nothing of the kind. */
static gpointer
make_from_string (GType       type,
                  const char *text)
{
  gsize length;

  if (type == G_TYPE_DATE_TIME)
    {
      g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();

      return g_date_time_new_from_iso8601 (text, utc);
    }

  if (type == G_TYPE_BYTES)
    {
      guchar *data = decode_base64 (text, &length);

      return data != NULL ? g_bytes_new_take (data, length) : NULL;
    }

  if (type == G_TYPE_BYTE_ARRAY)
    {
      guchar *data = decode_base64 (text, &length);

      return data != NULL ? g_byte_array_new_take (data, length) : NULL;
    }

  if (type == G_TYPE_DATE)
    return parse_date (text);
  if (type == G_TYPE_URI)
    return g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  if (type == G_TYPE_GSTRING)
    return g_string_new (text);

  return NULL;
}

static gpointer
make_boxed (const SsValue *value,
            GType          type)
{
  SsValueKind kind = ss_value_kind (value);
  g_autoptr (JsonNode) node = NULL;
  JsonNodeType node_type;

  if (type == G_TYPE_STRV)
    return make_strv (value);
  if (type == JSON_TYPE_NODE)
    return ss_value_to_node (value);

  node_type = kind == SS_VALUE_OBJECT  ? JSON_NODE_OBJECT
              : kind == SS_VALUE_ARRAY ? JSON_NODE_ARRAY
                                       : JSON_NODE_VALUE;
  if (json_boxed_can_deserialize (type, node_type))
    {
      node = ss_value_to_node (value);
      return json_boxed_deserialize (type, node);
    }

  if (kind == SS_VALUE_STRING)
    return make_from_string (type, ss_read_string (value));

  if (type == JSON_TYPE_OBJECT && kind == SS_VALUE_OBJECT)
    {
      node = ss_value_to_node (value);
      return json_node_dup_object (node);
    }
  if (type == JSON_TYPE_ARRAY && kind == SS_VALUE_ARRAY)
    {
      node = ss_value_to_node (value);
      return json_node_dup_array (node);
    }

  return NULL;
}

static gboolean
set_boxed (const SsValue *value,
           GValue        *gvalue)
{
  gpointer boxed;

  if (ss_value_kind (value) == SS_VALUE_NULL && G_VALUE_TYPE (gvalue) != JSON_TYPE_NODE)
    {
      g_value_set_boxed (gvalue, NULL);
      return TRUE;
    }

  boxed = make_boxed (value, G_VALUE_TYPE (gvalue));
  if (boxed == NULL)
    return FALSE;

  g_value_take_boxed (gvalue, boxed);
  return TRUE;
}

/* An indefinite type says too little, so the JSON suggests one. */
static gboolean
set_variant (const SsValue *value,
             GParamSpec    *pspec,
             GValue        *gvalue)
{
  const GVariantType *type =
    G_IS_PARAM_SPEC_VARIANT (pspec) ? G_PARAM_SPEC_VARIANT (pspec)->type : G_VARIANT_TYPE_ANY;
  g_autoptr (GVariant) variant = NULL;

  if (ss_value_kind (value) == SS_VALUE_NULL && !g_variant_type_is_maybe (type))
    {
      g_value_set_variant (gvalue, NULL);
      return TRUE;
    }

  variant = ss_gvariant_from_json (value, g_variant_type_is_definite (type) ? type : NULL);
  if (variant == NULL)
    return FALSE;

  g_variant_ref_sink (variant);
  if (!g_variant_is_of_type (variant, type))
    return FALSE;

  g_value_set_variant (gvalue, variant);
  return TRUE;
}

static gboolean
set_any (const SsValue *value,
         GParamSpec    *pspec,
         GValue        *gvalue)
{
  GType type = G_VALUE_TYPE (gvalue);

  switch (G_TYPE_FUNDAMENTAL (type))
    {
    case G_TYPE_BOOLEAN:
      if (ss_value_kind (value) != SS_VALUE_BOOLEAN)
        return FALSE;
      g_value_set_boolean (gvalue, ss_value_get_boolean (value));
      return TRUE;

    case G_TYPE_STRING:
      if (ss_value_kind (value) != SS_VALUE_STRING && ss_value_kind (value) != SS_VALUE_NULL)
        return FALSE;
      g_value_set_string (gvalue, ss_read_string (value));
      return TRUE;

    case G_TYPE_ENUM:
      return set_enum (value, gvalue);

    case G_TYPE_FLAGS:
      return set_flags (value, gvalue);

    case G_TYPE_BOXED:
      return set_boxed (value, gvalue);

    case G_TYPE_VARIANT:
      return set_variant (value, pspec, gvalue);

    default:
      if (type == G_TYPE_GTYPE && ss_value_kind (value) == SS_VALUE_STRING)
        {
          GType named = g_type_from_name (ss_read_string (value));

          if (named == G_TYPE_INVALID)
            return FALSE;
          g_value_set_gtype (gvalue, named);
          return TRUE;
        }
      return set_number (value, gvalue);
    }
}

gboolean
ss_gvalue_from_json (const SsValue *value,
                     GParamSpec    *pspec,
                     GValue        *gvalue)
{
  if (!set_any (value, pspec, gvalue))
    return FALSE;

  /* Clamps it to the property's range. */
  g_param_value_validate (pspec, gvalue);
  return TRUE;
}

static gboolean
is_byte_array_equal (const GByteArray *a,
                     const GByteArray *b)
{
  return a->len == b->len && (a->len == 0 || memcmp (a->data, b->data, a->len) == 0);
}

static gboolean
is_date_equal (const GDate *a,
               const GDate *b)
{
  if (!g_date_valid (a) || !g_date_valid (b))
    return g_date_valid (a) == g_date_valid (b);

  return g_date_compare (a, b) == 0;
}

static gboolean
is_uri_equal (GUri *a,
              GUri *b)
{
  g_autofree char *text_a = g_uri_to_string (a);
  g_autofree char *text_b = g_uri_to_string (b);

  return strcmp (text_a, text_b) == 0;
}

/* NULL: it has no form in JSON. */
static JsonNode *
boxed_to_node (GType    type,
               gpointer boxed)
{
  JsonNodeType node_type;

  if (type == JSON_TYPE_NODE)
    return json_node_ref (boxed);
  if (type == JSON_TYPE_OBJECT)
    return json_node_init_object (json_node_alloc (), boxed);
  if (type == JSON_TYPE_ARRAY)
    return json_node_init_array (json_node_alloc (), boxed);

  return json_boxed_can_serialize (type, &node_type) ? json_boxed_serialize (type, boxed) : NULL;
}

/* json_node_equal() takes 1 and 1.0 for the same. */
static gboolean
is_json_equal (GType    type,
               gpointer a,
               gpointer b)
{
  g_autoptr (JsonNode) node_a = boxed_to_node (type, a);
  g_autoptr (JsonNode) node_b = boxed_to_node (type, b);
  g_autoptr (SsValue) value_a = NULL;
  g_autoptr (SsValue) value_b = NULL;

  if (node_a == NULL || node_b == NULL)
    return FALSE;

  value_a = ss_value_from_node (node_a, SS_DOCUMENT_DEPTH, NULL);
  value_b = ss_value_from_node (node_b, SS_DOCUMENT_DEPTH, NULL);

  return value_a != NULL && value_b != NULL && ss_value_equal (value_a, value_b);
}

/* Of all the types of which make_boxed() makes values. */
static gboolean
is_boxed_equal (GType    type,
                gpointer a,
                gpointer b)
{
  if (a == b)
    return TRUE;

  if (type == G_TYPE_STRV)
    return g_strv_equal (a, b);
  if (type == G_TYPE_BYTES)
    return g_bytes_equal (a, b);
  if (type == G_TYPE_BYTE_ARRAY)
    return is_byte_array_equal (a, b);
  if (type == G_TYPE_DATE_TIME)
    return g_date_time_equal (a, b) &&
           g_date_time_get_utc_offset (a) == g_date_time_get_utc_offset (b);
  if (type == G_TYPE_DATE)
    return is_date_equal (a, b);
  if (type == G_TYPE_URI)
    return is_uri_equal (a, b);
  if (type == G_TYPE_GSTRING)
    return g_string_equal (a, b);

  return is_json_equal (type, a, b);
}

gboolean
ss_gvalue_equal (GParamSpec   *pspec,
                 const GValue *a,
                 const GValue *b)
{
  GType type = G_VALUE_TYPE (a);

  /* GParamSpec treats numbers as equal that differ by less than its epsilon, which is 1e-30 for a
   * float, and also the two zeros. JSON has neither NaN nor infinity. */
  if (G_TYPE_FUNDAMENTAL (type) == G_TYPE_FLOAT)
    {
      float float_a = g_value_get_float (a);
      float float_b = g_value_get_float (b);

      return memcmp (&float_a, &float_b, sizeof float_a) == 0;
    }

  if (G_TYPE_FUNDAMENTAL (type) == G_TYPE_DOUBLE)
    {
      double double_a = g_value_get_double (a);
      double double_b = g_value_get_double (b);

      return memcmp (&double_a, &double_b, sizeof double_a) == 0;
    }

  if (G_TYPE_FUNDAMENTAL (type) == G_TYPE_VARIANT)
    {
      GVariant *variant_a = g_value_get_variant (a);
      GVariant *variant_b = g_value_get_variant (b);

      return variant_a == variant_b ||
             (variant_a != NULL && variant_b != NULL && g_variant_equal (variant_a, variant_b));
    }

  if (G_TYPE_FUNDAMENTAL (type) == G_TYPE_BOXED && g_value_get_boxed (a) != NULL &&
      g_value_get_boxed (b) != NULL)
    return is_boxed_equal (type, g_value_get_boxed (a), g_value_get_boxed (b));

  return g_param_values_cmp (pspec, a, b) == 0;
}
