/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-patch.h"
#include "ss-recorder.h"
#include "ss-diff.h"
#include "ss-limits.h"
#include "test-json.h"

/* Every patch must be exact, leave both documents alone, and be no longer than a replacement. */
static ServerSignalPatch *
check_diff (const SsValue *from,
            const SsValue *to)
{
  g_autoptr (ServerSignalPatch) patch = ss_diff (from, to, NULL);
  g_autoptr (ServerSignalPatch) again = NULL;
  g_autoptr (SsValue) value = ss_value_ref (from);
  g_autoptr (SsValue) parsed = NULL;
  g_autoptr (SsUndo) undo = ss_undo_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *before = test_text (from);
  const char *text;
  gsize length;
  gsize whole;

  text = ss_patch_text (patch, &length);
  if (!ss_patch_apply (patch, &value, undo, &error) || !ss_value_equal (value, to))
    {
      g_autofree char *after = test_text (to);

      g_error ("%s\nfrom %s\nto %s\nby %s", error != NULL ? error->message : "wrong", before, after,
               text);
    }
  assert_text (from, before);

  whole =
    strlen ("[{\"op\":\"replace\",\"path\":\"\",\"value\":}]") + ss_value_measure (to, G_MAXSIZE);
  if (length > whole)
    g_error ("%" G_GSIZE_FORMAT " instead of %" G_GSIZE_FORMAT " bytes:\n%s\n%s", length, whole,
             before, text);
  g_assert_cmpint (server_signal_patch_get_n_operations (patch) == 0, ==,
                   ss_value_equal (from, to));

  /* The text says the same. */
  again = server_signal_patch_new_from_json (text, &error);
  g_assert_no_error (error);
  parsed = test_value (before);
  g_assert_true (ss_patch_apply (again, &parsed, NULL, &error));
  assert_same (parsed, to);

  ss_undo_rollback (undo, 0, &value);
  assert_text (value, before);

  return g_steal_pointer (&patch);
}

#define assert_patch(from, to, expected) \
  G_STMT_START \
  { \
    g_autoptr (SsValue) assert_from = test_value (from); \
    g_autoptr (SsValue) assert_to = test_value (to); \
    g_autoptr (ServerSignalPatch) assert_patch = check_diff (assert_from, assert_to); \
    g_assert_cmpstr (ss_patch_text (assert_patch, NULL), ==, expected); \
  } \
  G_STMT_END

static void
test_exact (void)
{
  assert_patch ("{\"value\":1}", "{\"value\":1}", "[]");
  assert_patch ("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", "[]");
  assert_patch ("{\"value\":1}", "{\"value\":2}",
                "[{\"op\":\"replace\",\"path\":\"/value\",\"value\":2}]");
  assert_patch ("{\"value\":1}", "{\"value\":1.0}",
                "[{\"op\":\"replace\",\"path\":\"/value\",\"value\":1.0}]");
  assert_patch ("0.0", "-0.0", "[{\"op\":\"replace\",\"path\":\"\",\"value\":-0.0}]");
  assert_patch ("{\"value\":9007199254740993}", "{\"value\":9007199254740992}",
                "[{\"op\":\"replace\",\"path\":\"/value\",\"value\":9007199254740992}]");
  assert_patch ("9007199254740993", "9007199254740992.0",
                "[{\"op\":\"replace\",\"path\":\"\",\"value\":9007199254740992.0}]");
  assert_patch ("null", "{}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":{}}]");
  assert_patch ("[]", "{}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":{}}]");
  assert_patch ("{\"a\":1,\"long\":\"member that stays as it is\"}",
                "{\"long\":\"member that stays as it is\"}",
                "[{\"op\":\"remove\",\"path\":\"/a\"}]");
  assert_patch ("{\"a\":1}", "{\"a\":1,\"b\":[1]}",
                "[{\"op\":\"add\",\"path\":\"/b\",\"value\":[1]}]");
  assert_patch ("{\"\\\"~/\\n\":1,\"x\":1}", "{\"\\\"~/\\n\":2,\"x\":1}",
                "[{\"op\":\"replace\",\"path\":\"/\\\"~0~1\\n\",\"value\":2}]");
  assert_patch ("{\"a\":[[[1]]]}", "{\"a\":[[[2]]]}",
                "[{\"op\":\"replace\",\"path\":\"/a/0/0/0\",\"value\":2}]");
}

static void
test_whole (void)
{
  /* Many small changes give way to one replacement, at whatever level that is shorter. */
  assert_patch ("{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":2,\"b\":3,\"c\":4}",
                "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"a\":2,\"b\":3,\"c\":4}}]");
  assert_patch (
    "{\"keep\":\"a text that is long enough to be worth it\",\"m\":{\"a\":1,\"b\":2,\"c\":3}}",
    "{\"keep\":\"a text that is long enough to be worth it\",\"m\":{\"a\":2,\"b\":3,\"c\":4}}",
    "[{\"op\":\"replace\",\"path\":\"/m\",\"value\":{\"a\":2,\"b\":3,\"c\":4}}]");
  assert_patch ("[1,2,3]", "[]", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[]}]");
  /* A name may be longer in a pointer than in the object, because the pointer escapes it. */
  assert_patch (
    "{\"\":{}}", "{\"~~~~~~~~~~~~~~~~~~~~\":0,\"\":{}}",
    "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"~~~~~~~~~~~~~~~~~~~~\":0,\"\":{}}}]");
  assert_patch ("{\"////////\":1}", "{\"////////\":2}",
                "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"////////\":2}}]");
  assert_patch ("{\"////\":1}", "{\"////\":2}",
                "[{\"op\":\"replace\",\"path\":\"/~1~1~1~1\",\"value\":2}]");
  assert_patch ("{\"a name that is long\":1}", "{}",
                "[{\"op\":\"replace\",\"path\":\"\",\"value\":{}}]");
}

static void
test_prefix (void)
{
  g_autoptr (SsValue) from = test_value ("{\"a\":1,\"l\":[\"first element\",\"another\"]}");
  g_autoptr (SsValue) to = test_value ("{\"a\":1,\"l\":[\"another\"]}");
  g_autoptr (SsValue) root =
    test_value ("{\"x~/y\":[{\"a\":1,\"l\":[\"first element\",\"another\"]}]}");
  g_autoptr (ServerSignalPatch) patch = ss_diff (from, to, "/x~0~1y/0");
  g_autoptr (ServerSignalPatch) scalar = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) deep = g_string_new (NULL);
  guint i;

  g_assert_cmpstr (ss_patch_text (patch, NULL), ==,
                   "[{\"op\":\"remove\",\"path\":\"/x~0~1y/0/l/0\"}]");
  g_assert_true (ss_patch_apply (patch, &root, NULL, &error));
  assert_text (root, "{\"x~/y\":[{\"a\":1,\"l\":[\"another\"]}]}");

  for (i = 0; i < 500; i++)
    g_string_append (deep, "/x");
  scalar = ss_diff (from, root, deep->str);
  g_assert_cmpuint (server_signal_patch_get_n_operations (scalar), ==, 1);
  g_assert_nonnull (strstr (ss_patch_text (scalar, NULL), deep->str));
}

/* A list of rows of several members, of which none is like another. */
static SsValue *
make_row (guint id)
{
  g_autofree char *json = g_strdup_printf (
    "{\"id\":%u,\"name\":\"Row number %u\",\"price\":%u.25,\"tags\":[\"a\",\"t%u\"],"
    "\"stock\":%u,\"open\":%s}",
    id, id, id, id % 7, id % 13, id % 2 ? "true" : "false");

  return test_value (json);
}

static SsValue *
make_rows (guint n)
{
  SsValue *rows = ss_value_new_array (n);
  guint i;

  for (i = 0; i < n; i++)
    ss_array_append (rows, make_row (i));

  return rows;
}

static SsValue *
copy_through_text (const SsValue *value)
{
  g_autofree char *text = test_text (value);

  return test_value (text);
}

static void
edit (SsValue    **root,
      SsOpKind     kind,
      const char  *from,
      const char  *path,
      const char  *json)
{
  SsOp op = { .kind = kind, .path = (char *) path, .from = (char *) from };
  g_autoptr (GError) error = NULL;

  op.value = json != NULL ? test_value (json) : NULL;
  ss_edit_apply (root, &op, NULL, &error);
  g_assert_no_error (error);
  ss_value_clear (&op.value);
}

static void
test_rows (void)
{
  static const struct
  {
    SsOpKind kind;
    const char *from;
    const char *path;
    const char *json;
    const char *text; /* NULL: the operation itself */
  } cases[] = {
    { SS_OP_ADD, NULL, "/0", "{\"id\":-1}",
      "[{\"op\":\"add\",\"path\":\"/0\",\"value\":{\"id\":-1}}]" },
    { SS_OP_ADD, NULL, "/10000", "{\"id\":-1}",
      "[{\"op\":\"add\",\"path\":\"/10000\",\"value\":{\"id\":-1}}]" },
    { SS_OP_ADD, NULL, "/5000", "{\"id\":-1}",
      "[{\"op\":\"add\",\"path\":\"/5000\",\"value\":{\"id\":-1}}]" },
    { SS_OP_REMOVE, NULL, "/0", NULL, "[{\"op\":\"remove\",\"path\":\"/0\"}]" },
    { SS_OP_REMOVE, NULL, "/5000", NULL, "[{\"op\":\"remove\",\"path\":\"/5000\"}]" },
    { SS_OP_MOVE, "/10", "/9000", NULL, "[{\"op\":\"move\",\"from\":\"/10\",\"path\":\"/9000\"}]" },
    { SS_OP_MOVE, "/9999", "/0", NULL, "[{\"op\":\"move\",\"from\":\"/9999\",\"path\":\"/0\"}]" },
    { SS_OP_REPLACE, NULL, "/7/stock", "1",
      "[{\"op\":\"replace\",\"path\":\"/7/stock\",\"value\":1}]" },
    { SS_OP_REPLACE, NULL, "/7/tags/1", "null",
      "[{\"op\":\"replace\",\"path\":\"/7/tags/1\",\"value\":null}]" },
  };
  g_autoptr (SsValue) rows = make_rows (10000);
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SsValue) edited = ss_value_ref (rows);
      g_autoptr (SsValue) apart = NULL;
      g_autoptr (ServerSignalPatch) shared_patch = NULL;
      g_autoptr (ServerSignalPatch) apart_patch = NULL;

      edit (&edited, cases[i].kind, cases[i].from, cases[i].path, cases[i].json);
      apart = copy_through_text (edited);
      shared_patch = check_diff (rows, edited);
      g_assert_cmpstr (ss_patch_text (shared_patch, NULL), ==, cases[i].text);
      apart_patch = check_diff (rows, apart);
      g_assert_cmpstr (ss_patch_text (apart_patch, NULL), ==, cases[i].text);
    }
}

/* Several edits at once, of which each has to come out as itself. */
static void
test_edited_and_moved (void)
{
  g_autoptr (SsValue) rows = make_rows (100);
  g_autoptr (SsValue) edited = ss_value_ref (rows);
  g_autoptr (SsValue) apart = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint i;

  /* A moved row with an edited field. */
  edit (&edited, SS_OP_MOVE, "/80", "/3", NULL);
  edit (&edited, SS_OP_REPLACE, NULL, "/3/stock", "-5");
  patch = check_diff (rows, edited);
  g_assert_cmpstr (ss_patch_text (patch, NULL), ==,
                   "[{\"op\":\"move\",\"from\":\"/80\",\"path\":\"/3\"},"
                   "{\"op\":\"replace\",\"path\":\"/3/stock\",\"value\":-5}]");
  g_clear_pointer (&patch, server_signal_patch_unref);

  /* Insertions and removals around edits: one operation for each. */
  ss_value_clear (&edited);
  edited = ss_value_ref (rows);
  for (i = 0; i < 10; i++)
    {
      g_autofree char *price = g_strdup_printf ("/%u/price", 7 * i + 2);
      g_autofree char *place = g_strdup_printf ("/%u", 9 * i);
      g_autofree char *json = g_strdup_printf ("{\"id\":%u,\"name\":\"new\"}", 1000 + i);

      edit (&edited, SS_OP_REPLACE, NULL, price, "0.125");
      edit (&edited, i % 2 ? SS_OP_ADD : SS_OP_REMOVE, NULL, place, i % 2 ? json : NULL);
    }
  apart = copy_through_text (edited);
  patch = check_diff (rows, apart);
  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), <=, 20);
  g_clear_pointer (&patch, server_signal_patch_unref);

  /* Every row edited, and one put in front: nothing is equal, but every row is known by its
   * members. */
  ss_value_clear (&edited);
  edited = ss_value_ref (rows);
  for (i = 0; i < 100; i++)
    {
      g_autofree char *stock = g_strdup_printf ("/%u/stock", i);

      edit (&edited, SS_OP_REPLACE, NULL, stock, "99");
    }
  edit (&edited, SS_OP_ADD, NULL, "/0", "{\"id\":1000}");
  patch = check_diff (rows, edited);
  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), ==, 101);
}

static guint
longest_increasing (const guint *order,
                    guint        n)
{
  g_autofree guint *best = g_new (guint, n);
  guint longest = 0;
  guint i, j;

  for (i = 0; i < n; i++)
    {
      best[i] = 1;
      for (j = 0; j < i; j++)
        if (order[j] < order[i])
          best[i] = MAX (best[i], best[j] + 1);
      longest = MAX (longest, best[i]);
    }

  return longest;
}

static void
test_permutations (void)
{
  guint cases = test_cases (300);
  g_autoptr (SsValue) all = make_rows (60);

  for (; cases > 0; cases--)
    {
      guint n = (guint) g_test_rand_int_range (2, 60);
      guint n_swaps = (guint) g_test_rand_int_range (1, 2 * (int) n);
      g_autofree guint *order = g_new (guint, n);
      g_autoptr (SsValue) from = ss_value_new_array (n);
      g_autoptr (SsValue) to = ss_value_new_array (n);
      g_autoptr (ServerSignalPatch) patch = NULL;
      guint n_ops;
      guint i;

      for (i = 0; i < n; i++)
        order[i] = i;
      for (i = 0; i < n_swaps; i++)
        {
          guint a = (guint) g_test_rand_int_range (0, (int) n);
          guint b = (guint) g_test_rand_int_range (0, (int) n);
          guint kept = order[a];

          order[a] = order[b];
          order[b] = kept;
        }
      for (i = 0; i < n; i++)
        {
          ss_array_append (from, ss_value_ref (ss_array_get (all, i)));
          ss_array_append (to, ss_value_ref (ss_array_get (all, order[i])));
        }

      patch = check_diff (from, to);
      n_ops = server_signal_patch_get_n_operations (patch);
      g_assert_cmpuint (n_ops, ==, n - longest_increasing (order, n));
    }
}

/* Repeated elements leave it open which is which; the choice must not cost more than a few
 * operations. */
static void
test_repeated (void)
{
  g_autoptr (SsValue) from = ss_value_new_array (0);
  g_autoptr (SsValue) to = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint i;

  for (i = 0; i < 1000; i++)
    ss_array_append (from, make_row (i % 2));
  ss_array_append (from, make_row (5));
  to = ss_value_ref (from);
  edit (&to, SS_OP_REMOVE, NULL, "/0", NULL);
  edit (&to, SS_OP_REPLACE, NULL, "/999", "{\"id\":6}");
  edit (&to, SS_OP_ADD, NULL, "/500", "{\"id\":7}");
  patch = check_diff (from, to);
  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), <=, 4);
}

/* The same where there are too many differences to look for the fewest: what stands between
 * elements that are known goes with them. */
static void
test_repeated_between (void)
{
  g_autoptr (SsValue) from = ss_value_new_array (0);
  g_autoptr (SsValue) to = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint i;

  for (i = 0; i < 300; i++)
    {
      ss_array_append (from, make_row (100 + i));
      ss_array_append (from, make_row (1));
      ss_array_append (from, make_row (2));
    }
  to = ss_value_ref (from);
  edit (&to, SS_OP_REMOVE, NULL, "/1", NULL);
  for (i = 0; i < 120; i++)
    {
      g_autofree char *place = g_strdup_printf ("/%u", 6 * i + 5);
      g_autofree char *json = g_strdup_printf ("\"%u\"", i);

      edit (&to, SS_OP_REPLACE, NULL, place, json);
    }
  patch = check_diff (from, to);
  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), ==, 121);
}

/* In a gap where elements were added, what is alike is taken for edited, not what comes first. */
static void
test_alike_in_gap (void)
{
#define ROW(v)                                                                                                    \
  "{\"t\":1,\"u\":\"some text that is so long that writing the row anew is longer than any edit of it\",\"v\":" v \
  "}"
  assert_patch ("[\"one\"," ROW ("3") ",\"two\"," ROW ("4") ",\"three\"]",
                "[\"one\",\"new\"," ROW ("5") ",\"two\",\"newer\"," ROW ("6") ",\"three\"]",
                "[{\"op\":\"add\",\"path\":\"/1\",\"value\":\"new\"},"
                "{\"op\":\"add\",\"path\":\"/4\",\"value\":\"newer\"},"
                "{\"op\":\"replace\",\"path\":\"/2/v\",\"value\":5},"
                "{\"op\":\"replace\",\"path\":\"/5/v\",\"value\":6}]");
#undef ROW
}

/* Rows that have most in common, but are there on both sides, were moved and not edited. */
static void
test_alike_but_moved (void)
{
#define ROW(v) "{\"t\":1,\"u\":2,\"v\":\"" v " and much more text, so that writing it is long\"}"
  assert_patch ("[" ROW ("a") "," ROW ("b") "]", "[" ROW ("b") "," ROW ("a") "]",
                "[{\"op\":\"move\",\"from\":\"/1\",\"path\":\"/0\"}]");
#undef ROW
}

/* A row that keeps nothing but its id is not worth moving: it goes, and another comes. */
static void
test_moved_and_rewritten (void)
{
  g_autoptr (SsValue) from = make_rows (20);
  g_autoptr (SsValue) to = ss_value_ref (from);
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autofree char *text = NULL;

  edit (&to, SS_OP_REMOVE, NULL, "/3", NULL);
  edit (&to, SS_OP_ADD, NULL, "/15", "{\"id\":3,\"a\":0,\"b\":0}");
  patch = check_diff (from, to);
  g_assert_cmpstr (ss_patch_text (patch, NULL), ==,
                   "[{\"op\":\"remove\",\"path\":\"/3\"},"
                   "{\"op\":\"add\",\"path\":\"/15\",\"value\":{\"id\":3,\"a\":0,\"b\":0}}]");
}

/* Elements that occur several times and move: each is one operation, as long as it is worth it. */
static void
test_repeated_and_moved (void)
{
#define A "\"a text that is longer than the operation that moves it, and is there twice\""
#define B "\"another text that is longer than the operation that moves it, there twice\""
  assert_patch ("[1," A "," A ",2,3,4,5," B "," B "]", "[1," B "," B ",2,3,4,5," A "," A "]",
                "[{\"op\":\"move\",\"from\":\"/7\",\"path\":\"/1\"},"
                "{\"op\":\"move\",\"from\":\"/8\",\"path\":\"/2\"},"
                "{\"op\":\"move\",\"from\":\"/3\",\"path\":\"/8\"},"
                "{\"op\":\"move\",\"from\":\"/3\",\"path\":\"/8\"}]");
#undef A
#undef B
}

static void
test_scalars_in_place (void)
{
  g_autoptr (SsValue) from = ss_value_new_array (0);
  g_autoptr (SsValue) to = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  gsize length;
  guint i;

  /* Switches that are thrown: every value is there many times. */
  for (i = 0; i < 500; i++)
    ss_array_append (from, ss_value_new_boolean (g_test_rand_int_range (0, 2)));
  to = copy_through_text (from);
  for (i = 0; i < 3; i++)
    {
      g_autofree char *place = g_strdup_printf ("/%u", 100 * i + 17);
      gboolean was_on = ss_value_get_boolean (ss_array_get (from, 100 * i + 17));

      edit (&to, SS_OP_REPLACE, NULL, place, was_on ? "false" : "true");
    }
  patch = check_diff (from, to);
  ss_patch_text (patch, &length);
  g_assert_cmpuint (length, <=,
                    3 * strlen ("{\"op\":\"replace\",\"path\":\"/117\",\"value\":false},"));
  g_clear_pointer (&patch, server_signal_patch_unref);

  /* Two numbers that change places: moving them would name the list four times. */
  ss_value_clear (&from);
  ss_value_clear (&to);
  from = test_value ("{\"numbers\":[]}");
  for (i = 0; i < 100; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);

      edit (&from, SS_OP_ADD, NULL, "/numbers/-", number);
    }
  to = copy_through_text (from);
  edit (&to, SS_OP_REPLACE, NULL, "/numbers/10", "80");
  edit (&to, SS_OP_REPLACE, NULL, "/numbers/80", "10");
  patch = check_diff (from, to);
  g_assert_cmpstr (ss_patch_text (patch, NULL), ==,
                   "[{\"op\":\"replace\",\"path\":\"/numbers/10\",\"value\":80},"
                   "{\"op\":\"replace\",\"path\":\"/numbers/80\",\"value\":10}]");
}

static void
test_random (void)
{
  guint n = test_cases (12000);

  for (; n > 0; n--)
    {
      g_autoptr (SsValue) from = test_random_value (5);
      g_autoptr (SsValue) to = NULL;
      g_autoptr (ServerSignalPatch) patch = NULL;

      if (n % 4 == 0)
        {
          to = test_random_value (5);
        }
      else
        {
          guint n_ops = (guint) g_test_rand_int_range (1, 12);

          to = n % 4 == 1 ? copy_through_text (from) : ss_value_ref (from);
          for (; n_ops > 0; n_ops--)
            {
              SsOp op;

              test_random_op (to, &op);
              ss_edit_apply (&to, &op, NULL, NULL);
              ss_op_clear (&op);
            }
        }

      patch = check_diff (from, to);
    }
}

/* Lists of rows, the way in which they change in programs. */
static void
test_random_rows (void)
{
  guint n = test_cases (1500);

  for (; n > 0; n--)
    {
      guint length = (guint) g_test_rand_int_range (1, 60);
      g_autoptr (SsValue) from = make_rows (length);
      g_autoptr (SsValue) to = ss_value_ref (from);
      g_autoptr (ServerSignalPatch) patch = NULL;
      guint n_edits = (guint) g_test_rand_int_range (1, 20);
      guint i;

      for (i = 0; i < n_edits; i++)
        {
          int last = (int) ss_value_length (to) - 1;
          g_autofree char *place =
            g_strdup_printf ("/%d", last > 0 ? g_test_rand_int_range (0, last) : 0);
          g_autofree char *other =
            g_strdup_printf ("/%d", last > 0 ? g_test_rand_int_range (0, last) : 0);
          g_autofree char *stock = g_strdup_printf ("%s/stock", place);

          switch (g_test_rand_int_range (0, 6))
            {
            case 0:
              edit (&to, SS_OP_ADD, NULL, place, "{\"id\":-1,\"name\":\"n\"}");
              break;
            case 1:
              if (last > 1)
                edit (&to, SS_OP_REMOVE, NULL, place, NULL);
              break;
            case 2:
              if (last > 1)
                edit (&to, SS_OP_MOVE, place, other, NULL);
              break;
            case 3:
              edit (&to, SS_OP_COPY, place, other, NULL);
              break;
            default:
              edit (&to, SS_OP_ADD, NULL, stock, "\"out\"");
              break;
            }
        }

      patch = check_diff (from, to);
      g_assert_cmpuint (server_signal_patch_get_n_operations (patch), <=, 2 * n_edits);
    }
}

/* Documents that would be slow if anything in the diff took quadratic time: then the test takes
 * hours. */
static void
test_equal_elements (void)
{
  g_autoptr (SsValue) from = ss_value_new_array (0);
  g_autoptr (SsValue) to = ss_value_new_array (0);
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint i;

  ss_array_append (from, ss_value_new_int (1));
  ss_array_append (to, ss_value_new_int (2));
  for (i = 0; i < 10000; i++)
    {
      ss_array_append (from, ss_value_new_string ("the same", -1));
      if (i < 9990)
        ss_array_append (to, ss_value_new_string ("the same", -1));
    }
  ss_array_append (from, ss_value_new_int (3));
  ss_array_append (to, ss_value_new_int (4));

  patch = check_diff (from, to);
  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), <=, 12);
}

static void
test_all_moved (void)
{
  g_autoptr (SsValue) rows = make_rows (10000);
  g_autoptr (SsValue) reversed = ss_value_new_array (0);
  g_autoptr (SsValue) shuffled = ss_value_new_array (0);
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint i;

  for (i = 0; i < 10000; i++)
    {
      SsValue *row = ss_array_get (rows, 9999 - i);

      ss_array_append (reversed, ss_value_ref (row));
      /* 7919 is prime, so every row comes once; every tenth is another one. */
      ss_array_append (shuffled, i % 10 == 0
                                   ? make_row (20000 + i)
                                   : ss_value_ref (ss_array_get (rows, i * 7919 % 10000)));
    }

  patch = check_diff (rows, reversed);
  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), ==, 9999);
  g_clear_pointer (&patch, server_signal_patch_unref);
  patch = check_diff (rows, shuffled);
}

static void
test_all_alike (void)
{
  g_autoptr (SsValue) from = ss_value_new_array (0);
  g_autoptr (SsValue) to = ss_value_new_array (0);
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint i;

  for (i = 0; i < 10000; i++)
    {
      g_autofree char *old_row = g_strdup_printf ("{\"a\":1,\"b\":\"text\",\"n\":%u}", i % 3);
      g_autofree char *new_row = g_strdup_printf ("{\"a\":1,\"b\":\"text\",\"n\":%u}", 4 + i % 2);

      ss_array_append (from, test_value (old_row));
      ss_array_append (to, test_value (new_row));
    }
  ss_array_append (to, ss_value_new_null ());

  patch = check_diff (from, to);
}

static SsValue *
make_nested (guint    depth,
             gboolean objects,
             int      inner,
             int      sibling)
{
  SsValue *value = ss_value_new_int (inner);

  for (; depth > 0; depth--)
    {
      SsValue *outer;
      guint i;

      if (objects)
        {
          outer = ss_value_new_object (2);
          ss_object_append (outer, ss_value_new_string ("other", -1), ss_value_new_int (sibling));
          ss_object_append (outer, ss_value_new_string ("inner", -1), value);
        }
      else
        {
          outer = ss_value_new_array (0);
          for (i = 0; i < 50; i++)
            ss_array_append (outer, ss_value_new_int ((int) i * sibling));
          ss_array_append (outer, value);
          for (i = 0; i < 50; i++)
            ss_array_append (outer, ss_value_new_int ((int) i));
        }
      value = outer;
    }

  return value;
}

static void
test_deep (void)
{
  guint kind;

  for (kind = 0; kind < 2; kind++)
    {
      g_autoptr (SsValue) from = make_nested (SS_DOCUMENT_DEPTH, kind, 1, 1);
      g_autoptr (SsValue) leaf = make_nested (SS_DOCUMENT_DEPTH, kind, 2, 1);
      g_autoptr (SsValue) all = make_nested (SS_DOCUMENT_DEPTH, kind, 2, 2);
      g_autoptr (SsValue) wrapped = ss_value_new_array (2);
      g_autoptr (SsValue) unwrapped = ss_value_new_array (2);
      g_autoptr (ServerSignalPatch) patch = check_diff (from, leaf);

      g_assert_cmpuint (server_signal_patch_get_n_operations (patch), ==, 1);
      g_clear_pointer (&patch, server_signal_patch_unref);
      patch = check_diff (from, all);
      g_clear_pointer (&patch, server_signal_patch_unref);

      ss_array_append (wrapped, make_nested (SS_DOCUMENT_DEPTH - 1, kind, 1, 1));
      ss_array_append (wrapped, ss_value_new_int (1));
      ss_array_append (unwrapped, ss_value_new_int (2));
      ss_array_append (unwrapped, make_nested (SS_DOCUMENT_DEPTH - 1, kind, 2, 1));
      patch = check_diff (wrapped, unwrapped);
    }
}

/* Deeper than a document may be, as it can only be made by hand: nothing overflows. */
static void
test_too_deep (void)
{
  g_autoptr (SsValue) from = make_nested (100000, TRUE, 1, 1);
  g_autoptr (SsValue) to = make_nested (100000, TRUE, 2, 1);
  g_autoptr (ServerSignalPatch) patch = ss_diff (from, to, NULL);

  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), ==, 1);
}

static void
test_huge_strings (void)
{
  g_autofree char *huge = g_strnfill (1 << 20, 'x');
  g_autoptr (SsValue) from = ss_value_new_array (0);
  g_autoptr (SsValue) to = ss_value_new_array (0);
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint i;

  for (i = 0; i < 20; i++)
    {
      huge[i] = 'y';
      ss_array_append (from, ss_value_new_string (huge, -1));
      huge[i + 100] = '"';
      ss_array_append (to, ss_value_new_string (huge, -1));
    }
  ss_array_append (to, ss_value_ref (ss_array_get (from, 3)));

  patch = check_diff (from, to);
}

/* A name as long as a document above very many changes must not be written down for each of them,
 * not even to find out that it is too much: the pointers of this test would take gigabytes. Values
 * beside it stay as they are. */
static void
test_long_names (void)
{
  g_autofree char *name = g_strnfill (200000, 'n');
  guint kind;

  for (kind = 0; kind < 3; kind++)
    {
      g_autoptr (SsValue) from = ss_value_new_object (2);
      g_autoptr (SsValue) to = ss_value_new_object (2);
      g_autoptr (SsValue) beside = make_rows (3000);
      g_autoptr (ServerSignalPatch) patch = NULL;
      SsValue *old_part = kind == 0 ? ss_value_new_object (0) : ss_value_new_array (0);
      SsValue *new_part = kind == 0 ? ss_value_new_object (0) : ss_value_new_array (0);
      g_autoptr (SsValue) changed = copy_through_text (beside);
      const SsOp *ops;
      guint n_ops;
      guint i;

      for (i = 0; i < 10000; i++)
        {
          g_autofree char *key = g_strdup_printf ("%u", i);

          if (kind == 0)
            {
              ss_object_append (old_part, ss_value_new_string (key, -1), ss_value_new_int (i));
              ss_object_append (new_part, ss_value_new_string (key, -1), ss_value_new_int (i + 1));
            }
          else
            {
              ss_array_append (old_part, ss_value_new_int (i));
              /* Changed in place, or backwards. */
              ss_array_append (new_part, ss_value_new_int (kind == 1 ? i + 20000 : 10000 - i));
            }
        }
      edit (&changed, SS_OP_REPLACE, NULL, "/7/stock", "-1");
      ss_object_append (from, ss_value_new_string ("beside", -1), ss_value_ref (beside));
      ss_object_append (from, ss_value_new_string (name, -1), old_part);
      ss_object_append (to, ss_value_new_string ("beside", -1), ss_value_ref (changed));
      ss_object_append (to, ss_value_new_string (name, -1), new_part);

      patch = check_diff (from, to);
      ops = ss_patch_ops (patch, &n_ops);
      g_assert_cmpuint (n_ops, ==, 2);
      g_assert_cmpstr (ops[0].path, ==, "/beside/7/stock");
      g_assert_cmpint (ops[1].kind, ==, SS_OP_REPLACE);
      g_assert_cmpstr (ops[1].path + 1, ==, name);
    }
}

/* Members that were renamed, and values that went from one object or list to another. */
static void
test_moved (void)
{
  /* Renamed, at the top and further down, along with any other change there. */
  assert_patch ("{\"a\":{\"text\":\"long enough to be worth a move\"}}",
                "{\"b\":{\"text\":\"long enough to be worth a move\"}}",
                "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]");
  assert_patch ("{\"a\":1}", "{\"b\":1}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]");
  assert_patch (
    "{\"m\":{\"a\":{\"text\":\"long enough to be worth a move\"},\"n\":1}}",
    "{\"m\":{\"b\":{\"text\":\"long enough to be worth a move\"},\"n\":2}}",
    "[{\"op\":\"replace\",\"path\":\"/m/n\",\"value\":2},{\"op\":\"move\",\"from\":\"/m/a\",\"path\":\"/m/b\"}]");
  assert_patch ("{\"~/\\\"\":{\"text\":\"long enough to be worth a move\"}}",
                "{\"b\":{\"text\":\"long enough to be worth a move\"}}",
                "[{\"op\":\"move\",\"from\":\"/~0~1\\\"\",\"path\":\"/b\"}]");

  /* From one object to another, in either order. */
  assert_patch ("{\"a\":{\"x\":{\"text\":\"long enough to be worth a move\"}},\"b\":{\"k\":1}}",
                "{\"a\":{},\"b\":{\"k\":1,\"y\":{\"text\":\"long enough to be worth a move\"}}}",
                "[{\"op\":\"move\",\"from\":\"/a/x\",\"path\":\"/b/y\"}]");
  assert_patch ("{\"a\":{\"k\":1},\"b\":{\"x\":{\"text\":\"long enough to be worth a move\"}}}",
                "{\"a\":{\"k\":1,\"y\":{\"text\":\"long enough to be worth a move\"}},\"b\":{}}",
                "[{\"op\":\"move\",\"from\":\"/b/x\",\"path\":\"/a/y\"}]");

  /* Over what was there. */
  assert_patch ("{\"a\":{\"text\":\"long enough to be worth a move\"},\"b\":1}",
                "{\"b\":{\"text\":\"long enough to be worth a move\"}}",
                "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]");
  assert_patch (
    "{\"a\":{\"text\":\"long enough to be worth a move\"},\"b\":{\"other\":1,\"n\":2},\"c\":1}",
    "{\"b\":{\"text\":\"long enough to be worth a move\"},\"c\":1}",
    "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]");

  /* Equal values: as many as there are. */
  assert_patch (
    "{\"a\":{\"text\":\"long enough to be worth a move\"},\"b\":{\"text\":\"long enough to be worth a move\"}}",
    "{\"c\":{\"text\":\"long enough to be worth a move\"},\"d\":{\"text\":\"long enough to be worth a move\"}}",
    "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/c\"},{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/d\"}]");
  assert_patch (
    "{\"a\":{\"text\":\"long enough to be worth a move\"},\"b\":{\"text\":\"long enough to be worth a move\"},\"k\":{\"text\":\"another one of about that length\"}}",
    "{\"c\":{\"text\":\"long enough to be worth a move\"},\"k\":{\"text\":\"another one of about that length\"}}",
    "[{\"op\":\"remove\",\"path\":\"/b\"},{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/c\"}]");

  /* Not what is equal by value alone. */
  assert_patch (
    "{\"a\":1,\"k\":[{\"text\":\"long enough to be worth a move\"},{\"text\":\"another one of about that length\"}]}",
    "{\"b\":1.0,\"k\":[{\"text\":\"long enough to be worth a move\"},{\"text\":\"another one of about that length\"}]}",
    "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"add\",\"path\":\"/b\",\"value\":1.0}]");

  /* Out of a list, into one, and from list to list, with the indices of that moment. */
  assert_patch ("{\"l\":[1,{\"text\":\"long enough to be worth a move\"},2],\"m\":{}}",
                "{\"l\":[1,2],\"m\":{\"x\":{\"text\":\"long enough to be worth a move\"}}}",
                "[{\"op\":\"move\",\"from\":\"/l/1\",\"path\":\"/m/x\"}]");
  assert_patch ("{\"a\":{\"text\":\"long enough to be worth a move\"},\"l\":[1,2]}",
                "{\"l\":[1,{\"text\":\"long enough to be worth a move\"},2]}",
                "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/l/1\"}]");
  assert_patch ("{\"a\":[{\"text\":\"long enough to be worth a move\"},1,2,3],\"b\":[4,5]}",
                "{\"a\":[1,2,3],\"b\":[4,{\"text\":\"long enough to be worth a move\"},5]}",
                "[{\"op\":\"move\",\"from\":\"/a/0\",\"path\":\"/b/1\"}]");
  assert_patch ("{\"a\":[4,5],\"b\":[1,2,{\"text\":\"long enough to be worth a move\"},3]}",
                "{\"a\":[4,{\"text\":\"long enough to be worth a move\"},5],\"b\":[1,2,3]}",
                "[{\"op\":\"move\",\"from\":\"/b/2\",\"path\":\"/a/1\"}]");

  /* Operations between the two have their indices put right. */
  assert_patch (
    "{\"a\":[{\"text\":\"long enough to be worth a move\"},{\"id\":7,\"name\":\"seven\",\"n\":1}],\"z\":{}}",
    "{\"a\":[{\"id\":7,\"name\":\"seven\",\"n\":2}],\"z\":{\"x\":{\"text\":\"long enough to be worth a move\"}}}",
    "[{\"op\":\"replace\",\"path\":\"/a/1/n\",\"value\":2},{\"op\":\"move\",\"from\":\"/a/0\",\"path\":\"/z/x\"}]");
  assert_patch (
    "{\"a\":[{\"id\":7,\"name\":\"seven\",\"n\":1}],\"z\":{\"x\":{\"text\":\"long enough to be worth a move\"}}}",
    "{\"a\":[{\"text\":\"long enough to be worth a move\"},{\"id\":7,\"name\":\"seven\",\"n\":2}],\"z\":{}}",
    "[{\"op\":\"replace\",\"path\":\"/a/0/n\",\"value\":2},{\"op\":\"move\",\"from\":\"/z/x\",\"path\":\"/a/0\"}]");
}

/* Nothing goes from element to element, for those who keep something for each. */
static void
test_list_elements (void)
{
  g_autoptr (SsValue) from = test_value ("[{\"a\":[1,2,3,4,5],\"k\":1},{\"k\":2}]");
  g_autoptr (SsValue) to = test_value ("[{\"k\":1},{\"b\":[1,2,3,4,5],\"k\":2}]");
  g_autoptr (ServerSignalPatch) patch = ss_diff_list (from, to);
  guint n_ops;
  const SsOp *ops = ss_patch_ops (patch, &n_ops);
  guint i;

  g_assert_cmpuint (n_ops, >, 0);
  for (i = 0; i < n_ops; i++)
    g_assert_cmpint (ops[i].kind, !=, SS_OP_MOVE);
  g_assert_true (ss_patch_apply (patch, &from, NULL, NULL));
  assert_same (from, to);
}

/* The patch is exact and moves the value, wherever it went in a document of nested objects and
 * lists. */
static void
test_random_moved (void)
{
  guint n = test_cases (20000);
  guint n_moves = 0;
  guint i, j;

  for (i = 0; i < n; i++)
    {
      g_autoptr (SsValue) from = test_random_value (2 + i % 3);
      g_autoptr (SsValue) to = ss_value_ref (from);
      g_autoptr (ServerSignalPatch) patch = NULL;
      guint n_ops = (guint) g_test_rand_int_range (1, 6);
      const SsOp *ops;

      for (j = 0; j < n_ops; j++)
        {
          SsOp op;

          test_random_op (to, &op);
          /* Mostly moves, and not all of them apply. */
          if (op.kind == SS_OP_MOVE || g_test_rand_int_range (0, 8) == 0)
            ss_edit_apply (&to, &op, NULL, NULL);
          else
            j--;
          ss_op_clear (&op);
        }

      patch = check_diff (from, to);
      ops = ss_patch_ops (patch, &n_ops);
      for (j = 0; j < n_ops; j++)
        n_moves += ops[j].kind == SS_OP_MOVE;
    }

  g_test_message ("%u moves", n_moves);
  g_assert_cmpuint (n_moves, >, n / 8);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/diff/exact", test_exact);
  g_test_add_func ("/diff/whole", test_whole);
  g_test_add_func ("/diff/prefix", test_prefix);
  g_test_add_func ("/diff/moved", test_moved);
  g_test_add_func ("/diff/list-elements", test_list_elements);
  g_test_add_func ("/diff/random-moved", test_random_moved);
  g_test_add_func ("/diff/rows", test_rows);
  g_test_add_func ("/diff/edited-and-moved", test_edited_and_moved);
  g_test_add_func ("/diff/permutations", test_permutations);
  g_test_add_func ("/diff/repeated", test_repeated);
  g_test_add_func ("/diff/repeated-between", test_repeated_between);
  g_test_add_func ("/diff/alike-in-gap", test_alike_in_gap);
  g_test_add_func ("/diff/alike-but-moved", test_alike_but_moved);
  g_test_add_func ("/diff/moved-and-rewritten", test_moved_and_rewritten);
  g_test_add_func ("/diff/repeated-and-moved", test_repeated_and_moved);
  g_test_add_func ("/diff/scalars-in-place", test_scalars_in_place);
  g_test_add_func ("/diff/random", test_random);
  g_test_add_func ("/diff/random-rows", test_random_rows);
  g_test_add_func ("/diff/equal-elements", test_equal_elements);
  g_test_add_func ("/diff/all-moved", test_all_moved);
  g_test_add_func ("/diff/all-alike", test_all_alike);
  g_test_add_func ("/diff/deep", test_deep);
  g_test_add_func ("/diff/too-deep", test_too_deep);
  g_test_add_func ("/diff/huge-strings", test_huge_strings);
  g_test_add_func ("/diff/long-names", test_long_names);

  return g_test_run ();
}
