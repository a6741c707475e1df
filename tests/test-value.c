/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <float.h>

#include "ss-limits.h"
#include "ss-reader.h"
#include "ss-hash.h"
#include "ss-value.h"
#include "ss-writer.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

static SsValue *
parse (const char *json)
{
  GError *error = NULL;
  SsValue *value = ss_value_from_json (json, -1, SS_DOCUMENT_DEPTH, &error);

  g_assert_no_error (error);

  return value;
}

static void
assert_json (const SsValue *value,
             const char    *expected)
{
  g_autofree char *json = ss_value_to_json (value, NULL);

  g_assert_cmpstr (json, ==, expected);
}

static SsValue *
string (const char *text)
{
  return ss_value_new_string (text, -1);
}

static void
test_scalars (void)
{
  static const gint64 ints[] = {
    0,
    1,
    -1,
    G_MAXINT32,
    G_MININT32,
    G_MAXINT64,
    G_MININT64,
    G_MAXINT64 / 4,
    G_MAXINT64 / 4 + 1,
    G_MININT64 / 4,
    G_MININT64 / 4 - 1,
    (G_GINT64_CONSTANT (1) << 53) + 1,
    (G_GINT64_CONSTANT (1) << 61),
    (G_GINT64_CONSTANT (1) << 61) - 1,
    -(G_GINT64_CONSTANT (1) << 61),
    -(G_GINT64_CONSTANT (1) << 61) - 1,
  };
  static const double doubles[] = {
    0.0,
    1.0,
    -1.0,
    0.1,
    DBL_MAX,
    -DBL_MAX,
    DBL_MIN,
    5e-324,
    -5e-324,
    1e-77,
    1.7272337110188890e-77,
    1e77,
    1e78,
    -1e78,
    0x1p-255,
    0x1p-256,
    0x1p256,
    0x1p257,
    0x1.fffffffffffffp256,
    -0.0,
  };
  const char *text;
  gsize length;
  SsValue *value;

  g_assert_cmpint (ss_value_kind (ss_value_new_null ()), ==, SS_VALUE_NULL);
  g_assert_cmpint (ss_value_kind (ss_value_new_boolean (TRUE)), ==, SS_VALUE_BOOLEAN);
  g_assert_true (ss_value_get_boolean (ss_value_new_boolean (TRUE)));
  g_assert_true (ss_value_get_boolean (ss_value_new_boolean (7)));
  g_assert_false (ss_value_get_boolean (ss_value_new_boolean (FALSE)));

  for (gsize i = 0; i < G_N_ELEMENTS (ints); i++)
    {
      value = ss_value_new_int (ints[i]);
      g_assert_cmpint (ss_value_kind (value), ==, SS_VALUE_INT);
      g_assert_cmpint (ss_value_get_int (value), ==, ints[i]);
      ss_value_unref (value);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (doubles); i++)
    {
      double back;

      value = ss_value_new_double (doubles[i]);
      g_assert_cmpint (ss_value_kind (value), ==, SS_VALUE_DOUBLE);
      back = ss_value_get_double (value);
      g_assert_cmpmem (&back, sizeof back, &doubles[i], sizeof back);
      ss_value_unref (value);
    }

  value = ss_value_new_string ("abcdef", 3);
  text = ss_value_get_string (value, &length);
  g_assert_cmpstr (text, ==, "abc");
  g_assert_cmpuint (length, ==, 3);
  g_assert_cmpint (ss_value_kind (value), ==, SS_VALUE_STRING);
  ss_value_clear (&value);
  g_assert_null (value);
  ss_value_clear (&value);
}

static void
test_any_double (void)
{
  for (guint i = 0; i < 200000; i++)
    {
      guint64 bits = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      double number, back;
      SsValue *value;

      memcpy (&number, &bits, sizeof bits);
      if (number - number != 0)
        continue;
      value = ss_value_new_double (number);
      back = ss_value_get_double (value);
      g_assert_cmpmem (&back, sizeof back, &number, sizeof back);
      ss_value_unref (value);
    }
}

/* Each is equal to itself and to nothing else here. */
static void
test_equality (void)
{
  static const char *values[] = {
    "null",
    "true",
    "false",
    "0",
    "1",
    "0.0",
    "-0.0",
    "1.0",
    "\"\"",
    "\"1\"",
    "\"null\"",
    "[]",
    "{}",
    "9007199254740993",
    "9007199254740992.0",
    "9223372036854775807",
    "9223372036854775806",
    "-9223372036854775808",
    "9.223372036854775807e18",
    "1e300",
    "1.0000000000000002e300",
    "[null]",
    "[[]]",
    "[{}]",
    "[1,2]",
    "[2,1]",
    "[1.0,2]",
    "[1,2,3]",
    "[[1],2]",
    "[1,[2]]",
    "[[1,2]]",
    "{\"a\":1}",
    "{\"a\":2}",
    "{\"a\":1.0}",
    "{\"b\":1}",
    "{\"a\":1,\"b\":2}",
    "{\"a\":2,\"b\":1}",
    "{\"a\":{\"b\":1}}",
    "{\"a\":null}",
    "{\"a\":1,\"b\":2,\"c\":3}",
    "{\"a\":\"b\",\"c\":\"d\"}",
    "{\"a\":\"d\",\"c\":\"b\"}",
    "{\"a\":\"c\",\"b\":\"d\"}",
    "\"abcdefghijklmnopqrstuvwxyz\"",
    "\"abcdefghijklmnoPqrstuvwxyz\"",
    "[{\"a\":1},{\"a\":2}]",
    "[{\"a\":2},{\"a\":1}]",
    "{\"a\":[1],\"b\":[2]}",
    "{\"a\":[2],\"b\":[1]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (values); j++)
      for (guint warm = 0; warm < 4; warm++)
        {
          g_autoptr (SsValue) a = parse (values[i]);
          g_autoptr (SsValue) b = parse (values[j]);

          /* Whether a hash is known must make no difference. */
          if (warm & 1)
            ss_value_hash (a);
          if (warm & 2)
            ss_value_hash (b);
          g_assert_cmpint (ss_value_equal (a, b), ==, i == j);
          g_assert_cmpint (ss_value_hash (a) == ss_value_hash (b), ==, i == j);
        }
}

/* A value of one class is equal by value to all of that class, and to nothing else here. */
static void
test_equality_by_value (void)
{
  static const char *values[][5] = {
    { "1", "1.0", "1e0", "10e-1" },
    { "0", "0.0", "-0.0", "-0" },
    { "100", "1e2", "100.0" },
    { "-21", "-21.0" },
    { "9007199254740992", "9007199254740992.0" },
    { "9007199254740993" },
    { "9007199254740994", "9007199254740994.0" },
    { "-9007199254740993" },
    { "-9007199254740992.0", "-9007199254740992" },
    { "9223372036854775807" },
    { "9223372036854775808.0", "9.223372036854775808e18" },
    { "-9223372036854775808", "-9223372036854775808.0" },
    { "9223372036854774784", "9223372036854774784.0" },
    { "1e300" },
    { "-1e300" },
    { "0.5" },
    { "1.0000000000000002" },
    { "5e-324" },
    { "true" },
    { "false" },
    { "null" },
    { "\"1\"" },
    { "\"\"" },
    { "[]" },
    { "{}" },
    { "[1,[2.0]]", "[1.0,[2]]", "[1.0,[2.0]]" },
    { "[1,2.0]", "[1.0,2]" },
    { "[2,1]" },
    { "{\"a\":1,\"b\":[{\"c\":0}]}", "{\"b\":[{\"c\":-0.0}],\"a\":1.0}" },
    { "{\"a\":1,\"b\":[{\"d\":0}]}" },
    { "{\"a\":1}", "{\"a\":1.0}" },
    { "{\"b\":1}" },
    { "[9007199254740993]" },
    { "[9007199254740992.0]", "[9007199254740992]" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (values); j++)
      for (gsize k = 0; k < G_N_ELEMENTS (values[i]) && values[i][k] != NULL; k++)
        for (gsize l = 0; l < G_N_ELEMENTS (values[j]) && values[j][l] != NULL; l++)
          {
            g_autoptr (SsValue) a = parse (values[i][k]);
            g_autoptr (SsValue) b = parse (values[j][l]);

            /* Known hashes, which differ, must make no difference. */
            if ((i + j + k + l) % 2 != 0)
              {
                ss_value_hash (a);
                ss_value_hash (b);
              }
            g_test_message ("%s, %s", values[i][k], values[j][l]);
            g_assert_cmpint (ss_value_equal_by_value (a, b), ==, i == j);
          }
}

static void
test_order_of_members (void)
{
  g_autoptr (SsValue) a = parse ("{\"a\":1,\"b\":[{\"x\":1,\"y\":2}],\"c\":\"z\"}");
  g_autoptr (SsValue) b = parse ("{\"c\":\"z\",\"b\":[{\"y\":2,\"x\":1}],\"a\":1}");

  g_assert_true (ss_value_equal (a, b));
  g_assert_cmpuint (ss_value_hash (a), ==, ss_value_hash (b));
  g_assert_true (ss_value_equal (a, b));
}

static void
test_depth (void)
{
  g_autoptr (SsValue) value = parse ("[1,{\"a\":[[2]]},[3]]");

  g_assert_cmpuint (ss_value_depth (value), ==, 4);
  g_assert_cmpuint (ss_value_depth (ss_array_get (value, 0)), ==, 0);
  g_assert_cmpuint (ss_value_depth (ss_array_get (value, 1)), ==, 3);

  ss_value_unref (ss_array_steal (value, 1));
  g_assert_cmpuint (ss_value_depth (value), ==, 2);
  ss_array_append (value, ss_value_new_array (0));
  ss_array_append (value, parse ("{\"a\":{\"b\":[]}}"));
  g_assert_cmpuint (ss_value_depth (value), ==, 4);
}

/* A chain as deep as nobody's stack is compared, hashed, written and freed. */
static void
test_deep (void)
{
  const guint n = g_test_slow () ? 5000000 : 1000000;
  SsValue *chains[2];

  for (guint i = 0; i < 2; i++)
    {
      chains[i] = ss_value_new_array (0);
      for (guint j = 1; j < n; j++)
        {
          SsValue *outer = j % 2 == 0 ? ss_value_new_array (1) : ss_value_new_object (1);

          if (j % 2 == 0)
            ss_array_append (outer, chains[i]);
          else
            ss_object_append (outer, string ("a"), chains[i]);
          chains[i] = outer;
        }
    }

  g_assert_true (ss_value_equal (chains[0], chains[1]));
  g_assert_cmpuint (ss_value_depth (chains[0]), ==, n);
  g_assert_cmpuint (ss_value_hash (chains[0]), ==, ss_value_hash (chains[1]));
  g_assert_cmpuint (ss_value_measure (chains[0], G_MAXSIZE), ==, (gsize) n * 2 + n / 2 * 4);
  ss_value_unref (chains[0]);
  ss_value_unref (chains[1]);
}

static void
test_array_edits (void)
{
  g_autoptr (SsValue) array = ss_value_new_array (2);

  ss_array_append (array, ss_value_new_int (1));
  ss_array_append (array, string ("two"));
  ss_array_append (array, ss_value_new_int (3));
  assert_json (array, "[1,\"two\",3]");
  ss_array_insert (array, 0, ss_value_new_int (0));
  ss_array_insert (array, 4, ss_value_new_int (4));
  ss_array_insert (array, 2, parse ("[]"));
  assert_json (array, "[0,1,[],\"two\",3,4]");
  ss_value_unref (ss_array_steal (array, 2));
  ss_value_unref (ss_array_steal (array, 0));
  ss_value_unref (ss_array_steal (array, 3));
  assert_json (array, "[1,\"two\",3]");
  ss_value_unref (ss_array_replace (array, 1, ss_value_new_int (2)));
  *ss_array_slot (array, 0) = ss_value_new_null ();
  assert_json (array, "[null,2,3]");
}

static void
test_object_edits (void)
{
  g_autoptr (SsValue) object = ss_value_new_object (0);
  SsValue *key = NULL;

  ss_object_append (object, string ("a"), ss_value_new_int (1));
  ss_object_append (object, string ("b"), string ("two"));
  ss_object_append (object, string ("c"), ss_value_new_int (3));
  g_assert_cmpint (ss_object_find (object, "b", 1), ==, 1);
  g_assert_cmpint (ss_object_find (object, "bc", 1), ==, 1);
  g_assert_cmpint (ss_object_find (object, "bc", 2), ==, -1);
  g_assert_cmpint (ss_object_find (object, "", 0), ==, -1);
  g_assert_null (ss_object_get (object, "d", 1));

  ss_value_unref (ss_object_steal (object, 0, &key));
  g_assert_cmpstr (ss_value_get_string (key, NULL), ==, "a");
  assert_json (object, "{\"b\":\"two\",\"c\":3}");
  ss_object_insert (object, 1, key, ss_value_new_int (1));
  assert_json (object, "{\"b\":\"two\",\"a\":1,\"c\":3}");
  ss_value_unref (ss_object_replace (object, 0, ss_value_new_int (2)));
  ss_value_unref (ss_object_steal (object, 2, NULL));
  *ss_object_slot (object, 1) = ss_value_new_null ();
  assert_json (object, "{\"b\":2,\"a\":null}");
}

/* The hash and the depth never outlive what they were made from. */
static void
test_caches (void)
{
  SsValue *root = parse ("{\"a\":{\"b\":[1,2]},\"c\":[3]}");
  g_autoptr (SsValue) after = parse ("{\"a\":{\"b\":[1,[2]]},\"c\":[3]}");
  guint64 before = ss_value_hash (root);
  SsValue **slot = &root;

  g_assert_cmpuint (ss_value_depth (root), ==, 3);

  ss_value_make_writable (slot);
  slot = ss_object_slot (*slot, 0);
  ss_value_make_writable (slot);
  slot = ss_object_slot (*slot, 0);
  ss_value_make_writable (slot);
  ss_array_replace (*slot, 1, parse ("[2]"));

  g_assert_cmpuint (ss_value_hash (root), !=, before);
  g_assert_cmpuint (ss_value_hash (root), ==, ss_value_hash (after));
  g_assert_cmpuint (ss_value_depth (root), ==, 4);
  g_assert_true (ss_value_equal (root, after));
  ss_value_unref (root);
}

/* The only holder of a container may edit it without further ado; and making it writable is enough
 * for an edit through a slot that is known already. */
static void
test_caches_of_one (void)
{
  g_autoptr (SsValue) array = parse ("[1,[2],[3]]");
  g_autoptr (SsValue) object = parse ("{\"a\":[1]}");
  g_autoptr (SsValue) expected = parse ("[[[0]],[3],{\"a\":[9]}]");
  SsValue **inner;

  ss_value_hash (array);
  ss_value_depth (array);
  ss_value_unref (ss_array_steal (array, 1));
  ss_value_hash (array);
  ss_array_append (array, parse ("{\"a\":[9]}"));
  ss_value_hash (array);
  ss_value_unref (ss_array_replace (array, 0, parse ("[[0]]")));
  g_assert_cmpuint (ss_value_hash (array), ==, ss_value_hash (expected));
  g_assert_cmpuint (ss_value_depth (array), ==, 3);
  g_assert_true (ss_value_equal (array, expected));

  ss_value_hash (object);
  inner = ss_object_slot (object, 0);
  ss_value_hash (object);
  ss_value_make_writable (&object);
  ss_value_make_writable (inner);
  ss_array_append (*inner, parse ("[2]"));
  g_clear_pointer (&expected, ss_value_unref);
  expected = parse ("{\"a\":[1,[2]]}");
  g_assert_cmpuint (ss_value_hash (object), ==, ss_value_hash (expected));
  g_assert_cmpuint (ss_value_depth (object), ==, 3);

  ss_value_hash (object);
  ss_object_append (object, string ("b"), ss_value_new_int (1));
  ss_value_hash (object);
  ss_value_unref (ss_object_steal (object, 0, NULL));
  g_clear_pointer (&expected, ss_value_unref);
  expected = parse ("{\"b\":1}");
  g_assert_cmpuint (ss_value_hash (object), ==, ss_value_hash (expected));
  g_assert_cmpuint (ss_value_depth (object), ==, 1);
}

static void
test_copy_on_write (void)
{
  SsValue *root = parse ("{\"list\":[1,{\"x\":[9]}],\"other\":{\"y\":1}}");
  SsValue *snapshot = ss_value_ref (root);
  SsValue *other = ss_object_value (root, 1);
  SsValue **slot = &root;

  /* Held twice: the path is copied, all else is shared. */
  ss_value_make_writable (slot);
  g_assert_true (root != snapshot);
  slot = ss_object_slot (root, 0);
  ss_value_make_writable (slot);
  ss_array_insert (*slot, 0, string ("new"));
  assert_json (root, "{\"list\":[\"new\",1,{\"x\":[9]}],\"other\":{\"y\":1}}");
  assert_json (snapshot, "{\"list\":[1,{\"x\":[9]}],\"other\":{\"y\":1}}");
  g_assert_true (ss_object_value (root, 1) == other);
  g_assert_true (ss_array_get (ss_object_value (root, 0), 2) ==
                 ss_array_get (ss_object_value (snapshot, 0), 1));
  g_assert_true (ss_object_key (root, 0) == ss_object_key (snapshot, 0));

  /* Held once: in place. */
  {
    SsValue *same_root = root;
    SsValue *same_list = ss_object_value (root, 0);

    slot = &root;
    ss_value_make_writable (slot);
    slot = ss_object_slot (root, 0);
    ss_value_make_writable (slot);
    ss_value_unref (ss_array_steal (*slot, 0));
    g_assert_true (root == same_root);
    g_assert_true (ss_object_value (root, 0) == same_list);
  }
  g_assert_true (ss_value_equal (root, snapshot));

  ss_value_unref (root);
  assert_json (snapshot, "{\"list\":[1,{\"x\":[9]}],\"other\":{\"y\":1}}");
  ss_value_unref (snapshot);
}

static SsValue *
number_key (guint n)
{
  char text[16];

  g_snprintf (text, sizeof text, "k%u", n);

  return string (text);
}

static int
find_number (const SsValue *object,
             guint          n)
{
  char text[16];

  return ss_object_find (object, text, (gsize) g_snprintf (text, sizeof text, "k%u", n));
}

/* A large object against a plain list of its members, through edits and copies. */
static void
test_index (void)
{
  SsValue *object = ss_value_new_object (0);
  g_autoptr (GArray) model = g_array_new (FALSE, FALSE, sizeof (guint));
  guint fresh = 0;

  for (guint step = 0; step < 6000; step++)
    {
      guint choice = (guint) g_test_rand_int_range (0, 10);
      guint at = model->len > 0 ? (guint) g_test_rand_int_range (0, (gint32) model->len) : 0;

      if (choice < (step < 3000 ? 5 : 1) || model->len == 0)
        {
          ss_object_append (object, number_key (fresh), ss_value_new_int (fresh));
          g_array_append_val (model, fresh);
          fresh++;
        }
      else if (choice < 6)
        {
          ss_object_insert (object, at, number_key (fresh), ss_value_new_int (fresh));
          g_array_insert_val (model, at, fresh);
          fresh++;
        }
      else if (choice < 9)
        {
          guint n = g_array_index (model, guint, at);

          g_assert_cmpint (find_number (object, n), ==, (int) at);
          g_assert_cmpint (ss_value_get_int (ss_object_steal (object, at, NULL)), ==, n);
          g_array_remove_index (model, at);
          g_assert_cmpint (find_number (object, n), ==, -1);
        }
      else
        {
          SsValue *copy = ss_value_ref (object);

          ss_value_make_writable (&copy);
          ss_value_unref (object);
          object = copy;
        }

      if (model->len > 0)
        {
          at = (guint) g_test_rand_int_range (0, (gint32) model->len);
          g_assert_cmpint (find_number (object, g_array_index (model, guint, at)), ==, (int) at);
        }
      g_assert_cmpint (find_number (object, fresh), ==, -1);
    }

  g_assert_cmpuint (ss_value_length (object), ==, model->len);
  for (guint i = 0; i < model->len; i++)
    g_assert_cmpint (find_number (object, g_array_index (model, guint, i)), ==, (int) i);
  ss_value_unref (object);
}

/* Nothing here may cost the square of the size, or this test would not end in time. */
static void
test_many_members (void)
{
  const guint n = 20000;
  g_autoptr (SsValue) object = ss_value_new_object (0);

  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpint (find_number (object, i), ==, -1);
      ss_object_append (object, number_key (i), ss_value_new_int (i));
    }
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (find_number (object, i), ==, (int) i);
  for (guint i = n; i-- > n / 2;)
    ss_value_unref (ss_object_steal (object, (guint) find_number (object, i), NULL));
  for (guint i = 0; i < n / 2; i++)
    ss_value_unref (ss_object_steal (object, (guint) find_number (object, i), NULL));
  g_assert_cmpuint (ss_value_length (object), ==, 0);
}

static char *
describe_hash (void)
{
  g_autoptr (SsValue) value = parse ("{\"a\":[1,2.5,\"text\"]}");

  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x %016" G_GINT64_MODIFIER "x",
                          ss_value_hash (value), ss_hash_bytes ("key", 3));
}

static void
print_hash (void)
{
  g_autofree char *hash = describe_hash ();

  g_print ("hash %s\n", hash);
}

/* Nobody outside can know which keys or values collide: another process hashes otherwise. */
static void
test_seeded (void)
{
  g_autofree char *hash = describe_hash ();
  g_autofree char *same = g_strdup_printf ("*hash %s*", hash);

  g_test_trap_subprocess ("/value/seeded/subprocess", 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*hash *");
  g_test_trap_assert_stdout_unmatched (same);
}

static gpointer
drop_in_thread (gpointer user_data)
{
  SsValue **values = user_data;

  for (guint i = 0; i < 1000; i++)
    {
      ss_value_hash (values[i]);
      ss_object_find (ss_array_get (values[i], 0), "k15", 3);
      ss_value_unref (values[i]);
    }

  return NULL;
}

/* Several holders of shared trees let go at the same time, each in its own thread. */
static void
test_threads (void)
{
  SsValue *values[4][1000];
  GThread *threads[4];

  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (SsValue) large = ss_value_new_object (0);
      g_autoptr (SsValue) shared = ss_value_new_array (0);

      for (guint j = 0; j < 20; j++)
        ss_object_append (large, number_key (j), string ("shared by all"));
      ss_array_append (shared, ss_value_ref (large));
      for (guint j = 0; j < 4; j++)
        if (j < 2)
          values[j][i] = ss_value_ref (shared);
        else
          {
            values[j][i] = ss_value_new_array (0);
            ss_array_append (values[j][i], ss_value_ref (large));
          }
    }

  for (guint j = 0; j < 4; j++)
    threads[j] = g_thread_new ("drop", drop_in_thread, values[j]);
  for (guint j = 0; j < 4; j++)
    g_thread_join (threads[j]);
}

/* A table as people send it takes at most three and a half times its text. */
static void
test_memory (void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  g_autoptr (GString) text = g_string_new ("{\"rows\":[");
  g_autoptr (SsValue) value = NULL;
  struct mallinfo2 before, after;
  gsize used;

  for (guint i = 0; text->len < 1000000; i++)
    g_string_append_printf (
      text,
      "%s{\"id\":%u,\"name\":\"Row %u\",\"price\":%u.%02u,\"count\":%u,\"open\":%s,"
      "\"sku\":\"SKU-%08u\",\"at\":\"2026-01-%02uT%02u:%02u:00Z\",\"tags\":[\"t%u\",\"u%u\"]}",
      i > 0 ? "," : "", i, i * 7919 % 10007, i % 97, i % 89 + 10, i % 53, i % 3 ? "true" : "false",
      i * 31, i % 28 + 1, i % 24, i * 7 % 60, i % 5, i * 17 % 1000);
  g_string_append (text, "]}");

  before = mallinfo2 ();
  value = parse (text->str);
  after = mallinfo2 ();
  used = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
  g_test_message ("%.2f bytes for each byte of text", (double) used / (double) text->len);
  /* The sanitizers and valgrind bring an allocator of their own, which is not counted. */
  g_assert_cmpuint (used, <=, text->len * 7 / 2);
#else
  g_test_skip ("only glibc counts what is allocated");
#endif
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/value/scalars", test_scalars);
  g_test_add_func ("/value/any-double", test_any_double);
  g_test_add_func ("/value/equality", test_equality);
  g_test_add_func ("/value/equality-by-value", test_equality_by_value);
  g_test_add_func ("/value/order-of-members", test_order_of_members);
  g_test_add_func ("/value/depth", test_depth);
  g_test_add_func ("/value/deep", test_deep);
  g_test_add_func ("/value/array-edits", test_array_edits);
  g_test_add_func ("/value/object-edits", test_object_edits);
  g_test_add_func ("/value/caches", test_caches);
  g_test_add_func ("/value/caches-of-one", test_caches_of_one);
  g_test_add_func ("/value/copy-on-write", test_copy_on_write);
  g_test_add_func ("/value/index", test_index);
  g_test_add_func ("/value/many-members", test_many_members);
  g_test_add_func ("/value/memory", test_memory);
  g_test_add_func ("/value/seeded", test_seeded);
  g_test_add_func ("/value/seeded/subprocess", print_hash);
  g_test_add_func ("/value/threads", test_threads);

  return g_test_run ();
}
