/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-gvariant-from-json.h"

#include "json/ss-read.h"

/* json_gvariant_deserialize() does the same, but leaks memory whenever something does not fit. The
 * document bounds how deep this recurses. */

static gboolean
read_integer (const SsValue *value,
              gint64         least,
              gint64         most,
              gint64        *number)
{
  if (ss_value_kind (value) != SS_VALUE_INT)
    return FALSE;

  *number = ss_value_get_int (value);
  return *number >= least && *number <= most;
}

static GVariant *
make_integer (const SsValue      *value,
              const GVariantType *type)
{
  gint64 number;

  switch (*g_variant_type_peek_string (type))
    {
    case 'y':
      return read_integer (value, 0, G_MAXUINT8, &number) ? g_variant_new_byte ((guint8) number)
                                                          : NULL;
    case 'n':
      return read_integer (value, G_MININT16, G_MAXINT16, &number)
               ? g_variant_new_int16 ((gint16) number)
               : NULL;
    case 'q':
      return read_integer (value, 0, G_MAXUINT16, &number) ? g_variant_new_uint16 ((guint16) number)
                                                           : NULL;
    case 'i':
      return read_integer (value, G_MININT32, G_MAXINT32, &number)
               ? g_variant_new_int32 ((gint32) number)
               : NULL;
    case 'u':
      return read_integer (value, 0, G_MAXUINT32, &number) ? g_variant_new_uint32 ((guint32) number)
                                                           : NULL;
    case 'x':
      return read_integer (value, G_MININT64, G_MAXINT64, &number) ? g_variant_new_int64 (number)
                                                                   : NULL;
    case 't':
      return read_integer (value, 0, G_MAXINT64, &number) ? g_variant_new_uint64 ((guint64) number)
                                                          : NULL;
    case 'h':
      return read_integer (value, G_MININT32, G_MAXINT32, &number)
               ? g_variant_new_handle ((gint32) number)
               : NULL;
    default:
      return NULL;
    }
}

static GVariant *
make_basic (const SsValue      *value,
            const GVariantType *type)
{
  const char *string = ss_read_string (value);
  SsValueKind kind = ss_value_kind (value);

  switch (*g_variant_type_peek_string (type))
    {
    case 'b':
      return kind == SS_VALUE_BOOLEAN ? g_variant_new_boolean (ss_value_get_boolean (value)) : NULL;

    case 'd':
      return kind == SS_VALUE_INT || kind == SS_VALUE_DOUBLE
               ? g_variant_new_double (ss_read_double (value))
               : NULL;

    case 's':
      return string != NULL ? g_variant_new_string (string) : NULL;

    case 'o':
      return string != NULL && g_variant_is_object_path (string)
               ? g_variant_new_object_path (string)
               : NULL;

    case 'g':
      return string != NULL && g_variant_is_signature (string) ? g_variant_new_signature (string)
                                                               : NULL;

    default:
      return make_integer (value, type);
    }
}

/* The key of a dictionary, from the name of a member. */
static GVariant *
make_key (const SsValue      *name,
          const GVariantType *type)
{
  const char *text = ss_read_string (name);
  g_autoptr (SsValue) value = NULL;
  gint64 number;
  char *end;

  switch (*g_variant_type_peek_string (type))
    {
    case 's':
    case 'o':
    case 'g':
      return make_basic (name, type);

    case 'b':
      if (!g_str_equal (text, "true") && !g_str_equal (text, "false"))
        return NULL;
      return g_variant_new_boolean (g_str_equal (text, "true"));

    case 'd':
      {
        double real = g_ascii_strtod (text, &end);

        return end != text && *end == '\0' ? g_variant_new_double (real) : NULL;
      }

    default:
      if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
        return NULL;
      value = ss_value_new_int (number);
      return make_integer (value, type);
    }
}

static GVariant *
make_entry (const SsValue      *object,
            guint               position,
            const GVariantType *type)
{
  const GVariantType *key_type = g_variant_type_key (type);
  g_autoptr (GVariant) key = make_key (ss_object_key (object, position), key_type);
  g_autoptr (GVariant) value = NULL;

  if (key == NULL)
    return NULL;
  g_variant_ref_sink (key);

  value = ss_gvariant_from_json (ss_object_value (object, position), g_variant_type_value (type));
  if (value == NULL)
    return NULL;
  g_variant_ref_sink (value);

  return g_variant_new_dict_entry (key, value);
}

static gboolean
add_children (GVariantBuilder    *builder,
              const SsValue      *value,
              const GVariantType *type)
{
  gboolean is_object = ss_value_kind (value) == SS_VALUE_OBJECT;
  gboolean is_dictionary = g_variant_type_is_subtype_of (type, G_VARIANT_TYPE_DICTIONARY);
  const GVariantType *element = NULL;

  if (is_object != is_dictionary || (!is_object && ss_value_kind (value) != SS_VALUE_ARRAY))
    return FALSE;

  element =
    g_variant_type_is_array (type) ? g_variant_type_element (type) : g_variant_type_first (type);
  for (guint i = 0; i < ss_value_length (value); i++)
    {
      GVariant *child;

      if (element == NULL)
        return FALSE;
      if (is_object)
        child = make_entry (value, i, element);
      else
        child = ss_gvariant_from_json (ss_array_get (value, i), element);
      if (child == NULL)
        return FALSE;
      g_variant_builder_add_value (builder, child);
      if (g_variant_type_is_tuple (type))
        element = g_variant_type_next (element);
    }

  /* A tuple is not shorter than its type either. */
  return g_variant_type_is_array (type) || element == NULL;
}

static const GVariantType *
guess_type (const SsValue *value)
{
  switch (ss_value_kind (value))
    {
    case SS_VALUE_BOOLEAN:
      return G_VARIANT_TYPE_BOOLEAN;
    case SS_VALUE_INT:
      return G_VARIANT_TYPE_INT64;
    case SS_VALUE_DOUBLE:
      return G_VARIANT_TYPE_DOUBLE;
    case SS_VALUE_STRING:
      return G_VARIANT_TYPE_STRING;
    case SS_VALUE_ARRAY:
      return G_VARIANT_TYPE ("av");
    case SS_VALUE_OBJECT:
      return G_VARIANT_TYPE_VARDICT;
    case SS_VALUE_NULL:
    default:
      return G_VARIANT_TYPE ("mv");
    }
}

static GVariant *
make_wrapped (const SsValue      *value,
              const GVariantType *type)
{
  GVariant *inner;

  if (g_variant_type_is_variant (type))
    {
      inner = ss_gvariant_from_json (value, guess_type (value));
      return inner != NULL ? g_variant_new_variant (inner) : NULL;
    }

  if (ss_value_kind (value) == SS_VALUE_NULL)
    return g_variant_new_maybe (g_variant_type_element (type), NULL);

  inner = ss_gvariant_from_json (value, g_variant_type_element (type));
  return inner != NULL ? g_variant_new_maybe (NULL, inner) : NULL;
}

GVariant *
ss_gvariant_from_json (const SsValue      *value,
                       const GVariantType *type)
{
  GVariantBuilder builder;

  if (type == NULL)
    type = guess_type (value);

  if (g_variant_type_is_variant (type) || g_variant_type_is_maybe (type))
    return make_wrapped (value, type);
  if (g_variant_type_is_basic (type))
    return make_basic (value, type);

  if (g_variant_type_is_dict_entry (type))
    return ss_value_kind (value) == SS_VALUE_OBJECT && ss_value_length (value) == 1
             ? make_entry (value, 0, type)
             : NULL;

  g_variant_builder_init (&builder, type);
  if (!add_children (&builder, value, type))
    {
      g_variant_builder_clear (&builder);
      return NULL;
    }

  return g_variant_builder_end (&builder);
}
