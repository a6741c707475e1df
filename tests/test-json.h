/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <string.h>

#include "ss-edit.h"
#include "ss-pointer.h"
#include "ss-reader.h"
#include "ss-writer.h"

G_BEGIN_DECLS

/* Documents for tests: from text, and at random. Randomness is GLib's, whose seed every test
 * program prints, and takes back with --seed. */

static inline SsValue *
test_value (const char *json)
{
  g_autoptr (GError) error = NULL;
  SsValue *value = ss_value_from_json (json, -1, 200, &error);

  g_assert_no_error (error);
  return value;
}

static inline char *
test_text (const SsValue *value)
{
  return ss_value_to_json (value, NULL);
}

#define assert_text(value, expected) \
  G_STMT_START \
  { \
    g_autofree char *assert_text_is = test_text (value); \
    g_assert_cmpstr (assert_text_is, ==, expected); \
  } \
  G_STMT_END

#define assert_same(a, b) \
  G_STMT_START \
  { \
    if (!ss_value_equal (a, b)) \
      { \
        g_autofree char *assert_same_a = test_text (a); \
        g_autofree char *assert_same_b = test_text (b); \
        g_error ("%s:%d: not equal:\n%s\n%s", __FILE__, __LINE__, assert_same_a, assert_same_b); \
      } \
  } \
  G_STMT_END

/* How often a property is tried; SS_TEST_CASES multiplies it, in per cent. */
static inline guint
test_cases (guint cases)
{
  const char *percent = g_getenv ("SS_TEST_CASES");

  return percent != NULL ? MAX (1, (guint) (cases * g_ascii_strtod (percent, NULL) / 100.0)) : cases;
}

static inline const char *
test_random_key (void)
{
  static const char * const keys[] = {
    "a", "b", "c", "id", "name", "", "~", "/", "m~n", "a/b", "~1", "\"", "\\", "é", "0", "1", "-", "\n",
  };

  return keys[g_test_rand_int_range (0, G_N_ELEMENTS (keys))];
}

static inline SsValue *
test_random_scalar (void)
{
  switch (g_test_rand_int_range (0, 10))
    {
    case 0:
      return ss_value_new_null ();
    case 1:
      return ss_value_new_boolean (g_test_rand_int_range (0, 2));
    case 2:
      return ss_value_new_double (g_test_rand_int_range (-3, 4) * 0.5);
    case 3:
      return ss_value_new_int (G_MAXINT64 - g_test_rand_int_range (0, 2));
    case 4:
    case 5:
    case 6:
      return ss_value_new_string (test_random_key (), -1);
    default:
      return ss_value_new_int (g_test_rand_int_range (0, 6));
    }
}

/* Few different scalars and keys, so that equal parts, and members that come back, are common. */
static inline SsValue *
test_random_value (guint depth)
{
  guint n = g_test_rand_int_range (0, 5) == 0 ? g_test_rand_int_range (0, 25) : g_test_rand_int_range (0, 6);
  SsValue *value;
  guint i;

  if (depth == 0)
    return test_random_scalar ();

  switch (g_test_rand_int_range (0, 5))
    {
    case 0:
      return test_random_scalar ();

    case 1:
    case 2:
      value = ss_value_new_object (n);
      for (i = 0; i < n; i++)
        {
          const char *key = test_random_key ();

          if (ss_object_find (value, key, strlen (key)) < 0)
            ss_object_append (value, ss_value_new_string (key, -1), test_random_value (depth - 1));
        }
      return value;

    default:
      value = ss_value_new_array (n);
      for (i = 0; i < n; i++)
        ss_array_append (value, test_random_value (depth - 1));
      return value;
    }
}

/* A pointer to something in the document; its parent is what the last but one token names. */
static inline char *
test_random_pointer (const SsValue *root)
{
  GString *pointer = g_string_new (NULL);

  while (g_test_rand_int_range (0, 4) != 0)
    {
      SsValueKind kind = ss_value_kind (root);
      guint at;

      if ((kind != SS_VALUE_ARRAY && kind != SS_VALUE_OBJECT) || ss_value_length (root) == 0)
        break;

      at = (guint) g_test_rand_int_range (0, (int) ss_value_length (root));
      if (kind == SS_VALUE_ARRAY)
        {
          ss_pointer_append_index (pointer, at);
          root = ss_array_get (root, at);
        }
      else
        {
          ss_pointer_append_token (pointer, ss_value_get_string (ss_object_key (root, at), NULL), -1);
          root = ss_object_value (root, at);
        }
    }

  return g_string_free (pointer, FALSE);
}

/* A pointer to where something could be put: often a place that is not there yet. */
static inline char *
test_random_place (const SsValue *root)
{
  g_autofree char *pointer = test_random_pointer (root);
  const SsValue *value = ss_pointer_resolve (root, pointer, NULL);
  GString *place;

  if (g_test_rand_int_range (0, 3) == 0)
    return g_steal_pointer (&pointer);

  place = g_string_new (pointer);
  if (ss_value_kind (value) == SS_VALUE_ARRAY && g_test_rand_int_range (0, 3) == 0)
    ss_pointer_append_token (place, "-", -1);
  else if (ss_value_kind (value) == SS_VALUE_ARRAY)
    ss_pointer_append_index (place, (guint) g_test_rand_int_range (0, (int) ss_value_length (value) + 2));
  else
    ss_pointer_append_token (place, test_random_key (), -1);

  return g_string_free (place, FALSE);
}

/* An operation that mostly applies. */
static inline void
test_random_op (const SsValue *root,
                SsOp          *op)
{
  op->kind = (SsOpKind) g_test_rand_int_range (0, 6);
  op->from = NULL;
  op->value = NULL;

  switch (op->kind)
    {
    case SS_OP_ADD:
      op->path = test_random_place (root);
      op->value = test_random_value (2);
      break;

    case SS_OP_REPLACE:
      op->path = test_random_pointer (root);
      op->value = test_random_value (2);
      break;

    case SS_OP_REMOVE:
      op->path = test_random_pointer (root);
      break;

    case SS_OP_MOVE:
    case SS_OP_COPY:
      op->from = test_random_pointer (root);
      op->path = test_random_place (root);
      break;

    case SS_OP_TEST:
    default:
      op->path = test_random_pointer (root);
      op->value = ss_value_ref (ss_pointer_resolve (root, op->path, NULL));
      break;
    }
}

G_END_DECLS
