/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-error.h"
#include "ss-limits.h"
#include "ss-reread.h"
#include "test-json.h"

/* The reader makes the same of a text by itself and with another one known. */
static SsValue *
check_from (const char    *text,
            const char    *known_text,
            const SsValue *known,
            SsRereadMark  *mark,
            guint          max_depth)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) expected_error = NULL;
  g_autofree char *before = test_text (known);
  g_autoptr (SsValue) expected = ss_value_from_json (text, -1, max_depth, &expected_error);
  g_autoptr (SsValue) value =
    ss_value_from_json_again (text, strlen (text), known_text, strlen (known_text), known, mark,
                              max_depth, &error);

  assert_text (known, before);
  if (expected == NULL)
    {
      g_assert_null (value);
      g_assert_error (error, expected_error->domain, expected_error->code);
      g_assert_cmpstr (error->message, ==, expected_error->message);
    }
  else
    {
      g_autofree char *expected_text = test_text (expected);

      g_assert_no_error (error);
      assert_text (value, expected_text);
      assert_same (value, expected);
      g_assert_cmpuint (ss_value_depth (value), ==, ss_value_depth (expected));
      g_assert_cmpuint (ss_value_size (value), ==, ss_value_size (expected));
      g_assert_cmpuint (ss_value_hash (value), ==, ss_value_hash (expected));
    }

  return g_steal_pointer (&value);
}

static SsValue *
check_depth (const char    *text,
             const char    *known_text,
             const SsValue *known,
             guint          max_depth)
{
  SsRereadMark mark = { 0 };
  SsValue *value = check_from (text, known_text, known, &mark, max_depth);

  ss_reread_mark_clear (&mark);

  return value;
}

static SsValue *
check (const char    *text,
       const char    *known_text,
       const SsValue *known)
{
  return check_depth (text, known_text, known, SS_DOCUMENT_DEPTH);
}

/* The document for all cases below: rows long enough that a row is the lesser part of it. */
#define ROW(id) "{\"id\": " id ", \"name\": \"row \\\"" id "\\\" é\", \"tags\": [[1, 2], {\"a\": []}]}"
#define HEAD " { \"first\": " ROW ("0") ", \"rows\": [" ROW ("1") ",\n" ROW ("2") ",\n"
#define TAIL ",\n" ROW ("4") ",\n" ROW ("5") "], \"last\": null } \n"

static const struct
{
  const char *instead;  /* of the third row */
  gboolean    is_shared;
} rows[] = {
  { ROW ("3"), TRUE },
  { ROW ("33"), TRUE },
  { "{\"id\": 3, \"name\": \"other\\\\\", \"tags\": []}", TRUE },
  { "{\"id\": 3}", TRUE },
  { "{}", TRUE },
  { "null", TRUE },
  { "[{}]", TRUE },
  { "{\"id\": [[[[{}]]]]}", TRUE },
  { "{\"id\": 3, \"name\": [[[[[]]]], 3]}", TRUE },
  { ROW ("6") ", " ROW ("7"), TRUE },
  { ROW ("3") ",", FALSE },
  { "", FALSE },
  { "\"", FALSE },
  { "{\"id\": 3, \"id\": 4}", FALSE },
  { "], \"other\": [1", FALSE },
  { "], \"first\": [1", FALSE },
};

static void
test_rows (void)
{
  const char *known_text = HEAD ROW ("3") TAIL;
  g_autoptr (SsValue) known = test_value (known_text);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strconcat (HEAD, rows[i].instead, TAIL, NULL);
      g_autoptr (SsValue) value = check (text, known_text, known);

      g_test_message ("%s", rows[i].instead);
      if (rows[i].is_shared)
        {
          g_assert_nonnull (value);
          g_assert_true (ss_object_value (value, 0) == ss_object_value (known, 0));
          g_assert_true (ss_array_get (ss_object_value (value, 1), 0) ==
                         ss_array_get (ss_object_value (known, 1), 0));
          g_assert_true (ss_array_get (ss_object_value (value, 1), 1) ==
                         ss_array_get (ss_object_value (known, 1), 1));
        }
    }
}

static void
test_removed (void)
{
  const char *known_text = HEAD ROW ("3") TAIL;
  const char *text = HEAD ROW ("4") ",\n" ROW ("5") "], \"last\": null } \n";
  g_autoptr (SsValue) known = test_value (known_text);
  g_autoptr (SsValue) value = check (text, known_text, known);

  g_assert_cmpuint (ss_value_length (ss_object_value (value, 1)), ==, 4);
  g_assert_true (ss_array_get (ss_object_value (value, 1), 0) ==
                 ss_array_get (ss_object_value (known, 1), 0));
}

/* The same text, and one that has nothing in common with it. */
static void
test_extremes (void)
{
  static const char *const texts[] = {
    "",
    " ",
    "1",
    "12",
    "null",
    "\"a\"",
    "[]",
    "[ ]",
    "{}",
    "[1]",
    "[[1],[2]]",
    "[[1],[3],[2]]",
    "{\"a\":1}",
    "{\"a\":1,\"b\":2}",
    "{\"b\":2,\"a\":1}",
    "[1,2,3,4,5,6,7,8,9]",
    "[1,2,3,5,6,7,8,9]",
    "[1,2,3,4,4,5,6,7,8,9]",
    "[[[[[[[[1]]]]]]]]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (SsValue) known = ss_value_from_json (texts[i], -1, SS_DOCUMENT_DEPTH, NULL);

      for (guint j = 0; known != NULL && j < G_N_ELEMENTS (texts); j++)
        {
          g_autoptr (SsValue) value = check (texts[j], texts[i], known);

          g_assert_true ((value == known) == (i == j) || !ss_value_is_allocated (known));
        }
    }
}

/* The new part alone is not too deep, but where it stands it is. */
static void
test_deep (void)
{
  const char *known_text = "[[[\"a text that is long\", 1, \"another one, also long\"]]]";
  g_autoptr (SsValue) known = ss_value_from_json (known_text, -1, 5, NULL);
  g_autoptr (SsValue) value = NULL;
  g_autoptr (SsValue) deeper = NULL;

  value = check_depth ("[[[\"a text that is long\", [[1]], \"another one, also long\"]]]",
                       known_text, known, 5);
  g_assert_nonnull (value);
  g_assert_true (ss_array_get (ss_array_get (ss_array_get (value, 0), 0), 0) ==
                 ss_array_get (ss_array_get (ss_array_get (known, 0), 0), 0));
  deeper = check_depth ("[[[\"a text that is long\", [[[1]]], \"another one, also long\"]]]",
                        known_text, known, 5);
  g_assert_null (deeper);
}

/* A text with bytes put in, taken out or exchanged, those of JSON above all. */
static char *
edit_text (const char *text)
{
  static const char *const pieces[] = {
    "[",  "]",        "{", "}",    ",",         ":",         "\"",     "\\",
    " ",  "1",        "-", "null", "[]",        "{}",        "\"a\":", ",1",
    "1,", "\"\\\\\"", "é", ".5",   "\"id\":1,", ",\"b\":[]", "[1],",
  };
  gsize length = strlen (text);
  gsize at = (gsize) g_test_rand_int_range (0, (int) length + 1);
  gsize most = (gsize) g_test_rand_int_range (0, 4);
  gsize n = MIN (length - at, most);
  GString *edited = g_string_new_len (text, (gssize) at);

  if (g_test_rand_int_range (0, 4) != 0)
    g_string_append (edited, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
  g_string_append (edited, text + at + (g_test_rand_int_range (0, 2) != 0 ? n : 0));

  return g_string_free (edited, FALSE);
}

/* So many are right, and so many keep parts of the document that was known: this would not say much if
 * hardly any did. */
static void
test_random (void)
{
  guint n_values = 0;
  guint n_shared = 0;
  guint n = test_cases (6000);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SsValue) known = test_random_value (5);
      g_autofree char *known_text = NULL;
      g_autofree char *text = NULL;
      g_autoptr (SsValue) value = NULL;

      if (!ss_value_is_container (known))
        continue;

      known_text = test_text (known);
      if (g_test_rand_int_range (0, 2) != 0)
        {
          g_autoptr (SsValue) other = ss_value_ref (known);
          SsOp op;

          test_random_op (known, &op);
          ss_edit_apply (&other, &op, NULL, NULL);
          ss_op_clear (&op);
          text = test_text (other);
        }
      else
        {
          text = edit_text (known_text);
        }

      value = check (text, known_text, known);
      if (value == NULL || ss_value_kind (value) != ss_value_kind (known) || value == known)
        continue;

      n_values++;
      for (guint j = 0; j < ss_value_length (known); j++)
        {
          gboolean is_array = ss_value_kind (known) == SS_VALUE_ARRAY;
          SsValue *child = is_array ? ss_array_get (known, j) : ss_object_value (known, j);

          if (ss_value_is_allocated (child) && j < ss_value_length (value) &&
              child == (is_array ? ss_array_get (value, j) : ss_object_value (value, j)))
            {
              n_shared++;
              break;
            }
        }
    }

  g_test_message ("%u of %u values keep a part of the known one", n_shared, n_values);
  g_assert_cmpuint (n_shared, >, n_values / 4);
}

/* One edit after the other, as a file is edited: each from where the one before was. */
static void
test_edits (void)
{
  guint n = test_cases (300);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SsValue) known = test_random_value (5);
      g_autofree char *known_text = test_text (known);
      SsRereadMark mark = { 0 };

      for (guint edit = 0; edit < 30; edit++)
        {
          g_autofree char *text = edit_text (known_text);
          g_autoptr (SsValue) value =
            check_from (text, known_text, known, &mark, SS_DOCUMENT_DEPTH);

          /* The last good one stays. */
          if (value == NULL)
            continue;

          ss_value_unref (known);
          known = g_steal_pointer (&value);
          g_free (known_text);
          known_text = g_steal_pointer (&text);
        }
      ss_reread_mark_clear (&mark);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/reread/rows", test_rows);
  g_test_add_func ("/reread/removed", test_removed);
  g_test_add_func ("/reread/extremes", test_extremes);
  g_test_add_func ("/reread/deep", test_deep);
  g_test_add_func ("/reread/random", test_random);
  g_test_add_func ("/reread/edits", test_edits);

  return g_test_run ();
}
