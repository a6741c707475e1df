/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-to-json.h"

#include <math.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "json/ss-node.h"
#include "server-signal-error.h"

static SsValue *
refuse (GError     **error,
        const char  *why)
{
  g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON, why);
  return NULL;
}

static SsValue *
refuse_depth (GError **error)
{
  g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                       _("It would make the document nest too deep"));
  return NULL;
}

static SsValue *
utf8_to_json (const char  *utf8,
              gsize        length,
              GError     **error)
{
  if (length > SS_STRING_BYTES)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("A string is longer than %u bytes"), SS_STRING_BYTES);
      return NULL;
    }
  if (!g_utf8_validate (utf8, (gssize) length, NULL))
    return refuse (error, _("The string is not UTF-8"));

  return ss_value_new_string (utf8, (gssize) length);
}

SsValue *
ss_string_to_json (const char  *string,
                   GError     **error)
{
  return string != NULL ? utf8_to_json (string, strlen (string), error) : ss_value_new_null ();
}

static SsValue *
taken_string_to_json (char    *string,
                      GError **error)
{
  g_autofree char *taken = string;

  return ss_string_to_json (taken, error);
}

static SsValue *
unsigned_to_json (guint64   number,
                  GError  **error)
{
  if (number > G_MAXINT64)
    return refuse (error, _("The integer is greater than 9223372036854775807"));

  return ss_value_new_int ((gint64) number);
}

static SsValue *
double_to_json (double   number,
                GError **error)
{
  if (!isfinite (number))
    return refuse (error, _("JSON has only finite numbers"));

  return ss_value_new_double (number);
}

/* A short decimal that is this float, rather than all the digits of its double. */
static SsValue *
float_to_json (float    number,
               GError **error)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (number))
    return double_to_json (number, error);

  for (int digits = 6; digits <= 9; digits++)
    {
      char format[] = "%.6g";
      double candidate;

      format[2] = (char) ('0' + digits);
      g_ascii_formatd (text, sizeof text, format, number);
      candidate = g_ascii_strtod (text, NULL);
      if ((float) candidate == number)
        return ss_value_new_double (candidate);
    }

  return ss_value_new_double (number);
}

static SsValue *
enum_to_json (GType type,
              int   number)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);
  const GEnumValue *value = g_enum_get_value (klass, number);

  return value != NULL ? ss_value_new_string (value->value_nick, -1) : ss_value_new_int (number);
}

static SsValue *
flags_to_json (GType type,
               guint bits)
{
  g_autoptr (GFlagsClass) klass = g_type_class_ref (type);
  SsValue *array = ss_value_new_array (0);

  while (bits != 0)
    {
      const GFlagsValue *value = g_flags_get_first_value (klass, bits);

      if (value == NULL || value->value == 0)
        {
          ss_array_append (array, ss_value_new_int (bits));
          break;
        }
      ss_array_append (array, ss_value_new_string (value->value_nick, -1));
      bits &= ~value->value;
    }

  return array;
}

static SsValue *
base64_to_json (gconstpointer   data,
                gsize           length,
                GError        **error)
{
  if (length / 3 * 4 > SS_STRING_BYTES - 4)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("A string is longer than %u bytes"), SS_STRING_BYTES);
      return NULL;
    }

  return taken_string_to_json (g_base64_encode (data, length), error);
}

static SsValue *
strv_to_json (const char * const  *strv,
              guint                max_depth,
              GError             **error)
{
  g_autoptr (SsValue) array = NULL;

  if (max_depth == 0)
    return refuse_depth (error);

  array = ss_value_new_array (g_strv_length ((char **) strv));
  for (; *strv != NULL; strv++)
    {
      SsValue *string = ss_string_to_json (*strv, error);

      if (string == NULL)
        return NULL;
      ss_array_append (array, string);
    }

  return g_steal_pointer (&array);
}

static SsValue *
date_to_json (const GDate  *date,
              GError      **error)
{
  if (!g_date_valid (date))
    return ss_value_new_null ();

  return taken_string_to_json (g_strdup_printf ("%04u-%02u-%02u", g_date_get_year (date),
                                                g_date_get_month (date), g_date_get_day (date)),
                               error);
}

static SsValue *
boxed_to_json (const GValue  *value,
               guint          max_depth,
               GError       **error)
{
  GType type = G_VALUE_TYPE (value);
  gpointer boxed = g_value_get_boxed (value);
  g_autoptr (JsonNode) node = NULL;
  JsonNodeType node_type;

  if (boxed == NULL)
    return ss_value_new_null ();

  /* A function that the application has registered comes before those here. */
  if (json_boxed_can_serialize (type, &node_type))
    {
      node = json_boxed_serialize (type, boxed);
      return ss_value_from_node (node, max_depth, error);
    }

  if (type == G_TYPE_STRV)
    return strv_to_json (boxed, max_depth, error);

  if (type == G_TYPE_BYTES)
    {
      gsize length;
      gconstpointer data = g_bytes_get_data (boxed, &length);

      return base64_to_json (data, length, error);
    }

  if (type == G_TYPE_BYTE_ARRAY)
    return base64_to_json (((GByteArray *) boxed)->data, ((GByteArray *) boxed)->len, error);

  if (type == G_TYPE_DATE_TIME)
    return taken_string_to_json (g_date_time_format_iso8601 (boxed), error);

  if (type == G_TYPE_DATE)
    return date_to_json (boxed, error);

  if (type == G_TYPE_URI)
    return taken_string_to_json (g_uri_to_string (boxed), error);

  if (type == G_TYPE_GSTRING)
    return utf8_to_json (((GString *) boxed)->str, ((GString *) boxed)->len, error);

  if (type == JSON_TYPE_NODE)
    return ss_value_from_node (boxed, max_depth, error);

  if (type == JSON_TYPE_OBJECT || type == JSON_TYPE_ARRAY)
    {
      node = json_node_alloc ();
      if (type == JSON_TYPE_OBJECT)
        json_node_init_object (node, boxed);
      else
        json_node_init_array (node, boxed);
      return ss_value_from_node (node, max_depth, error);
    }

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
               /* Translators: the name of a type. */
               _("There is no JSON for a value of type “%s”"), g_type_name (type));
  return NULL;
}

SsValue *
ss_gvalue_to_json (const GValue  *value,
                   guint          max_depth,
                   GError       **error)
{
  GType type;
  SsValue *json = NULL;

  while (G_VALUE_TYPE (value) == G_TYPE_VALUE)
    {
      value = g_value_get_boxed (value);
      if (value == NULL || !G_IS_VALUE (value))
        return ss_value_new_null ();
    }

  type = G_VALUE_TYPE (value);
  switch (G_TYPE_FUNDAMENTAL (type))
    {
    case G_TYPE_BOOLEAN:
      return ss_value_new_boolean (g_value_get_boolean (value));

    case G_TYPE_CHAR:
      return ss_value_new_int (g_value_get_schar (value));

    case G_TYPE_UCHAR:
      return ss_value_new_int (g_value_get_uchar (value));

    case G_TYPE_INT:
      return ss_value_new_int (g_value_get_int (value));

    case G_TYPE_UINT:
      return ss_value_new_int (g_value_get_uint (value));

    case G_TYPE_LONG:
      return ss_value_new_int (g_value_get_long (value));

    case G_TYPE_ULONG:
      return unsigned_to_json (g_value_get_ulong (value), error);

    case G_TYPE_INT64:
      return ss_value_new_int (g_value_get_int64 (value));

    case G_TYPE_UINT64:
      return unsigned_to_json (g_value_get_uint64 (value), error);

    case G_TYPE_FLOAT:
      return float_to_json (g_value_get_float (value), error);

    case G_TYPE_DOUBLE:
      return double_to_json (g_value_get_double (value), error);

    case G_TYPE_STRING:
      return ss_string_to_json (g_value_get_string (value), error);

    case G_TYPE_ENUM:
      return enum_to_json (type, g_value_get_enum (value));

    case G_TYPE_FLAGS:
      json = flags_to_json (type, g_value_get_flags (value));
      if (ss_value_depth (json) <= max_depth)
        return json;
      ss_value_unref (json);
      return refuse_depth (error);

    case G_TYPE_VARIANT:
      if (g_value_get_variant (value) == NULL)
        return ss_value_new_null ();
      return ss_gvariant_to_json (g_value_get_variant (value), max_depth, error);

    case G_TYPE_BOXED:
      return boxed_to_json (value, max_depth, error);

    default:
      if (type == G_TYPE_GTYPE)
        return ss_string_to_json (g_type_name (g_value_get_gtype (value)), error);

      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                   _("There is no JSON for a value of type “%s”"), g_type_name (type));
      return NULL;
    }
}

/* Variants: the JSON that json_gvariant_serialize() gives, but for numbers that it falsifies. */

/* The name of a member, from the key of a dictionary. */
static char *
print_key (GVariant *key)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  switch (g_variant_classify (key))
    {
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return g_variant_dup_string (key, NULL);

    case G_VARIANT_CLASS_DOUBLE:
      return g_strdup (g_ascii_dtostr (text, sizeof text, g_variant_get_double (key)));

    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_BYTE:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_UINT16:
    case G_VARIANT_CLASS_INT32:
    case G_VARIANT_CLASS_UINT32:
    case G_VARIANT_CLASS_INT64:
    case G_VARIANT_CLASS_UINT64:
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      if (g_variant_is_of_type (key, G_VARIANT_TYPE_BYTE))
        return g_strdup_printf ("%u", g_variant_get_byte (key));
      return g_variant_print (key, FALSE);
    }
}

static gboolean
add_entry (SsValue   *object,
           GVariant  *entry,
           guint      max_depth,
           GError   **error)
{
  g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
  g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);
  g_autofree char *name = print_key (key);
  SsValue *name_value = ss_string_to_json (name, error);
  SsValue *json;
  int position;

  if (name_value == NULL)
    return FALSE;

  json = ss_gvariant_to_json (value, max_depth, error);
  if (json == NULL)
    {
      ss_value_unref (name_value);
      return FALSE;
    }

  /* A variant may have a key twice; the last one counts, as in a hash table made of it. */
  position = ss_object_find (object, name, strlen (name));
  if (position < 0)
    {
      ss_object_append (object, name_value, json);
    }
  else
    {
      ss_value_unref (name_value);
      ss_value_unref (ss_object_replace (object, (guint) position, json));
    }

  return TRUE;
}

static SsValue *unwrapped_to_json (GVariant *variant, guint max_depth, GError **error);

static SsValue *
container_to_json (GVariant  *variant,
                   guint      max_depth,
                   GError   **error)
{
  gboolean is_entry = g_variant_is_of_type (variant, G_VARIANT_TYPE_DICT_ENTRY);
  gboolean is_object = is_entry || g_variant_is_of_type (variant, G_VARIANT_TYPE_DICTIONARY);
  g_autoptr (SsValue) container = NULL;
  gsize n_children = g_variant_n_children (variant);

  if (max_depth == 0)
    return refuse_depth (error);

  container = is_object ? ss_value_new_object (0) : ss_value_new_array (0);

  if (is_entry)
    return add_entry (container, variant, max_depth - 1, error) ? g_steal_pointer (&container)
                                                                : NULL;

  for (gsize i = 0; i < n_children; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);

      if (is_object)
        {
          if (!add_entry (container, child, max_depth - 1, error))
            return NULL;
        }
      else
        {
          SsValue *json = ss_gvariant_to_json (child, max_depth - 1, error);

          if (json == NULL)
            return NULL;
          ss_array_append (container, json);
        }
    }

  return g_steal_pointer (&container);
}

static SsValue *
unwrapped_to_json (GVariant  *variant,
                   guint      max_depth,
                   GError   **error)
{
  switch (g_variant_classify (variant))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return ss_value_new_boolean (g_variant_get_boolean (variant));

    case G_VARIANT_CLASS_BYTE:
      return ss_value_new_int (g_variant_get_byte (variant));

    case G_VARIANT_CLASS_INT16:
      return ss_value_new_int (g_variant_get_int16 (variant));

    case G_VARIANT_CLASS_UINT16:
      return ss_value_new_int (g_variant_get_uint16 (variant));

    case G_VARIANT_CLASS_INT32:
      return ss_value_new_int (g_variant_get_int32 (variant));

    case G_VARIANT_CLASS_UINT32:
      return ss_value_new_int (g_variant_get_uint32 (variant));

    case G_VARIANT_CLASS_INT64:
      return ss_value_new_int (g_variant_get_int64 (variant));

    case G_VARIANT_CLASS_UINT64:
      return unsigned_to_json (g_variant_get_uint64 (variant), error);

    case G_VARIANT_CLASS_HANDLE:
      return ss_value_new_int (g_variant_get_handle (variant));

    case G_VARIANT_CLASS_DOUBLE:
      return double_to_json (g_variant_get_double (variant), error);

    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return ss_string_to_json (g_variant_get_string (variant, NULL), error);

    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
      return container_to_json (variant, max_depth, error);

    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
    default:
      g_assert_not_reached ();
    }
}

/* A variant in a variant is no nesting of the document, so these are unwrapped in a loop. */
SsValue *
ss_gvariant_to_json (GVariant  *variant,
                     guint      max_depth,
                     GError   **error)
{
  g_autoptr (GVariant) inner = g_variant_ref (variant);

  while (inner != NULL)
    {
      GVariant *next;

      if (g_variant_is_of_type (inner, G_VARIANT_TYPE_VARIANT))
        next = g_variant_get_variant (inner);
      else if (g_variant_is_of_type (inner, G_VARIANT_TYPE_MAYBE))
        next = g_variant_get_maybe (inner);
      else
        return unwrapped_to_json (inner, max_depth, error);

      g_variant_unref (inner);
      inner = next;
    }

  return ss_value_new_null ();
}
