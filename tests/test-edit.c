/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-error.h"
#include "ss-limits.h"
#include "test-json.h"

static gboolean
apply (SsValue    **root,
       SsUndo      *undo,
       SsOpKind     kind,
       const char  *from,
       const char  *path,
       const char  *json,
       GError     **error)
{
  SsOp op = {
    .kind = kind,
    .path = g_strdup (path),
    .from = g_strdup (from),
    .value = json != NULL ? test_value (json) : NULL,
  };
  gboolean applied = ss_edit_apply (root, &op, undo, error);

  ss_op_clear (&op);
  return applied;
}

typedef struct
{
  const char *before;
  SsOpKind    kind;
  const char *from;
  const char *path;
  const char *json;
  const char *after;
} Edit;

static const Edit edits[] = {
  { "{}", SS_OP_ADD, NULL, "/a", "1", "{\"a\":1}" },
  { "{\"a\":1,\"b\":2}", SS_OP_ADD, NULL, "/a", "[3]", "{\"a\":[3],\"b\":2}" },
  { "{\"a\":{}}", SS_OP_ADD, NULL, "/a/~1~0", "1", "{\"a\":{\"/~\":1}}" },
  { "{}", SS_OP_ADD, NULL, "/", "1", "{\"\":1}" },
  { "{\"0\":1}", SS_OP_ADD, NULL, "/-", "2", "{\"0\":1,\"-\":2}" },
  { "[]", SS_OP_ADD, NULL, "/0", "1", "[1]" },
  { "[]", SS_OP_ADD, NULL, "/-", "1", "[1]" },
  { "[1,2]", SS_OP_ADD, NULL, "/0", "0", "[0,1,2]" },
  { "[1,2]", SS_OP_ADD, NULL, "/1", "0", "[1,0,2]" },
  { "[1,2]", SS_OP_ADD, NULL, "/2", "0", "[1,2,0]" },
  { "[1,2]", SS_OP_ADD, NULL, "/-", "[]", "[1,2,[]]" },
  { "[1,2]", SS_OP_ADD, NULL, "", "null", "null" },
  { "null", SS_OP_ADD, NULL, "", "{}", "{}" },

  { "{\"a\":1,\"b\":2,\"c\":3}", SS_OP_REMOVE, NULL, "/b", NULL, "{\"a\":1,\"c\":3}" },
  { "{\"a\":{\"b\":[1,{\"c\":2}]}}", SS_OP_REMOVE, NULL, "/a/b/1/c", NULL, "{\"a\":{\"b\":[1,{}]}}" },
  { "[1,2,3]", SS_OP_REMOVE, NULL, "/0", NULL, "[2,3]" },
  { "[1,2,3]", SS_OP_REMOVE, NULL, "/2", NULL, "[1,2]" },

  { "{\"a\":1,\"b\":2}", SS_OP_REPLACE, NULL, "/a", "null", "{\"a\":null,\"b\":2}" },
  { "[[1],2]", SS_OP_REPLACE, NULL, "/0/0", "\"x\"", "[[\"x\"],2]" },
  { "[[1],2]", SS_OP_REPLACE, NULL, "", "7", "7" },

  { "{\"a\":1,\"b\":2,\"c\":3}", SS_OP_MOVE, "/a", "/d", NULL, "{\"b\":2,\"c\":3,\"d\":1}" },
  { "{\"a\":1,\"b\":2,\"c\":3}", SS_OP_MOVE, "/a", "/c", NULL, "{\"b\":2,\"c\":1}" },
  { "{\"a\":1,\"b\":2,\"c\":3}", SS_OP_MOVE, "/c", "/a", NULL, "{\"a\":3,\"b\":2}" },
  { "{\"a\":1,\"b\":2}", SS_OP_MOVE, "/a", "/a", NULL, "{\"a\":1,\"b\":2}" },
  { "[1,2]", SS_OP_MOVE, "", "", NULL, "[1,2]" },
  { "{\"a\":{\"b\":[1,2]},\"c\":0}", SS_OP_MOVE, "/a/b", "", NULL, "[1,2]" },
  { "{\"a\":{\"b\":[1,2]},\"c\":0}", SS_OP_MOVE, "/a/b", "/a", NULL, "{\"a\":[1,2],\"c\":0}" },
  { "{\"a\":{\"b\":[1,2]},\"c\":0}", SS_OP_MOVE, "/c", "/a/b/1", NULL, "{\"a\":{\"b\":[1,0,2]}}" },
  { "[1,2,3,4]", SS_OP_MOVE, "/0", "/3", NULL, "[2,3,4,1]" },
  { "[1,2,3,4]", SS_OP_MOVE, "/0", "/-", NULL, "[2,3,4,1]" },
  { "[1,2,3,4]", SS_OP_MOVE, "/3", "/0", NULL, "[4,1,2,3]" },
  { "[1,2,3,4]", SS_OP_MOVE, "/1", "/2", NULL, "[1,3,2,4]" },
  { "[1,2,3,4]", SS_OP_MOVE, "/2", "/2", NULL, "[1,2,3,4]" },
  { "[9]", SS_OP_MOVE, "/0", "/-", NULL, "[9]" },
  /* The target is a pointer into the list as it is once the element is out. */
  { "[1,[2],[3]]", SS_OP_MOVE, "/0", "/1/0", NULL, "[[2],[1,3]]" },
  { "[[1],2,[3]]", SS_OP_MOVE, "/1", "/0/1", NULL, "[[1,2],[3]]" },
  { "[[1],2,[3]]", SS_OP_MOVE, "/2", "/0/0", NULL, "[[[3],1],2]" },
  { "{\"a\":[[0],[1]],\"b\":[[0],[1]]}", SS_OP_MOVE, "/a/0", "/b/1/0", NULL, "{\"a\":[[1]],\"b\":[[0],[[0],1]]}" },
  { "{\"x\":1,\"a\":{\"b\":2}}", SS_OP_MOVE, "/x", "/a/x", NULL, "{\"a\":{\"b\":2,\"x\":1}}" },

  { "{\"a\":[1]}", SS_OP_COPY, "/a", "/b", NULL, "{\"a\":[1],\"b\":[1]}" },
  { "{\"a\":[1]}", SS_OP_COPY, "/a", "/a/0", NULL, "{\"a\":[[1],1]}" },
  { "{\"a\":[1]}", SS_OP_COPY, "", "/b", NULL, "{\"a\":[1],\"b\":{\"a\":[1]}}" },
  { "{\"a\":[1]}", SS_OP_COPY, "/a", "", NULL, "[1]" },
  { "{\"a\":[1],\"b\":2}", SS_OP_COPY, "/a", "/b", NULL, "{\"a\":[1],\"b\":[1]}" },
  { "[1,2]", SS_OP_COPY, "/0", "/-", NULL, "[1,2,1]" },
  { "[1,2]", SS_OP_COPY, "/1", "/1", NULL, "[1,2,2]" },

  { "{\"a\":1}", SS_OP_TEST, NULL, "/a", "1", "{\"a\":1}" },
  { "{\"a\":{\"x\":1,\"y\":[2]}}", SS_OP_TEST, NULL, "/a", "{\"y\":[2],\"x\":1}", "{\"a\":{\"x\":1,\"y\":[2]}}" },
};

static void
test_edits (void)
{
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (edits); i++)
    {
      const Edit *edit = &edits[i];
      g_autoptr (SsValue) alone = test_value (edit->before);
      g_autoptr (SsValue) shared = test_value (edit->before);
      g_autoptr (SsValue) kept = ss_value_ref (shared);
      g_autoptr (SsUndo) undo = ss_undo_new ();
      g_autoptr (SsValue) older = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s: %s → %s", edit->before, edit->from, edit->path);
      g_assert_true (apply (&alone, NULL, edit->kind, edit->from, edit->path, edit->json, &error));
      g_assert_no_error (error);
      assert_text (alone, edit->after);

      /* Nobody else who has the document sees the change, and the log leads back to it. */
      g_assert_true (apply (&shared, undo, edit->kind, edit->from, edit->path, edit->json, &error));
      g_assert_no_error (error);
      assert_text (shared, edit->after);
      assert_text (kept, edit->before);

      older = ss_value_ref (shared);
      ss_undo_revert (undo, &older);
      assert_text (older, edit->before);
      assert_text (shared, edit->after);

      ss_undo_rollback (undo, 0, &shared);
      assert_text (shared, edit->before);
      g_assert_true (ss_undo_is_empty (undo));
    }
}

static void
test_failures (void)
{
  static const struct
  {
    SsOpKind kind;
    const char *from;
    const char *path;
    const char *json;
    int code;
  } cases[] = {
    { SS_OP_ADD, NULL, "a", "1", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { SS_OP_ADD, NULL, "/a~", "1", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { SS_OP_ADD, NULL, "/list/x", "1", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { SS_OP_ADD, NULL, "/list/01", "1", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { SS_OP_ADD, NULL, "/list/4", "1", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_ADD, NULL, "/list/4294967296", "1", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_ADD, NULL, "/no/such", "1", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_ADD, NULL, "/list/-/a", "1", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_ADD, NULL, "/n/a/b", "1", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_ADD, NULL, "/n/a", "1", SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_ADD, NULL, "/list/0/0", "1", SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_ADD, NULL, "/text/0", "1", SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_REMOVE, NULL, "", NULL, SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_REMOVE, NULL, "/no", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_REMOVE, NULL, "/list/3", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_REMOVE, NULL, "/list/-", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_REMOVE, NULL, "/n/a", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_REMOVE, NULL, "/list/a", NULL, SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { SS_OP_REPLACE, NULL, "/no", "1", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_REPLACE, NULL, "/list/3", "1", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_REPLACE, NULL, "/list/-", "1", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_REPLACE, NULL, "/list/1e0", "1", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { SS_OP_REPLACE, NULL, "list", "1", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { SS_OP_MOVE, "/no", "/a", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_MOVE, "/no", "/no", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_MOVE, "/list/-", "/list/0", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_MOVE, "/list/0", "/list/3", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_MOVE, "/list/0", "/no/a", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_MOVE, "/list/0", "/n/a", NULL, SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_MOVE, "/list", "/list/0", NULL, SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_MOVE, "/object", "/object/o/x", NULL, SERVER_SIGNAL_ERROR_PATCH_FAILED },
    /* RFC 6902, 4.4, forbids it by the text of the pointers, although another element is there by
     * then. */
    { SS_OP_MOVE, "/mixed/0", "/mixed/0/0", NULL, SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_MOVE, "", "/a", NULL, SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_MOVE, "list", "/a", NULL, SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { SS_OP_MOVE, "/list/0", "/list/1/", NULL, SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_COPY, "/no", "/a", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_COPY, "/list", "/list/4", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_COPY, "/list", "/n/4", NULL, SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { SS_OP_COPY, "/list/-", "/a", NULL, SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_TEST, NULL, "/no", "1", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { SS_OP_TEST, NULL, "/n", "1.0000000000000002", SERVER_SIGNAL_ERROR_TEST_FAILED },
    { SS_OP_TEST, NULL, "/n", "\"1\"", SERVER_SIGNAL_ERROR_TEST_FAILED },
    { SS_OP_TEST, NULL, "/zero", "5e-324", SERVER_SIGNAL_ERROR_TEST_FAILED },
    { SS_OP_TEST, NULL, "/zero", "false", SERVER_SIGNAL_ERROR_TEST_FAILED },
    { SS_OP_TEST, NULL, "/big", "9007199254740992", SERVER_SIGNAL_ERROR_TEST_FAILED },
    { SS_OP_TEST, NULL, "/big", "9007199254740992.0", SERVER_SIGNAL_ERROR_TEST_FAILED },
    { SS_OP_TEST, NULL, "/list", "[1,2]", SERVER_SIGNAL_ERROR_TEST_FAILED },
    { SS_OP_TEST, NULL, "", "{}", SERVER_SIGNAL_ERROR_TEST_FAILED },
  };
  static const char document[] =
    "{\"n\":1,\"zero\":-0.0,\"big\":9007199254740993,\"list\":[1,2,3],\"text\":\"t\",\"object\":{\"o\":{}},"
    "\"mixed\":[1,[2]]}";
  g_autoptr (SsValue) root = test_value (document);
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SsUndo) undo = ss_undo_new ();
      g_autoptr (GError) error = NULL;
      SsValue *before = root;

      g_test_message ("%d %s → %s", cases[i].kind, cases[i].from, cases[i].path);
      g_assert_false (
        apply (&root, undo, cases[i].kind, cases[i].from, cases[i].path, cases[i].json, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, cases[i].code);
      g_assert_true (strstr (error->message, cases[i].path) != NULL ||
                     (cases[i].from != NULL && strstr (error->message, cases[i].from) != NULL));
      g_assert_true (root == before);
      g_assert_true (ss_undo_is_empty (undo));
      assert_text (root, document);
    }
}

/* Containers of a single holder are edited in place; only shared ones are copied, along the
 * path. */
static void
test_in_place (void)
{
  g_autoptr (SsValue) root = test_value ("{\"a\":[{\"x\":1},{\"y\":2}],\"b\":{\"z\":[]}}");
  g_autoptr (SsValue) snapshot = NULL;
  g_autoptr (SsUndo) undo = ss_undo_new ();
  SsValue *a = ss_pointer_resolve (root, "/a", NULL);
  SsValue *a0 = ss_pointer_resolve (root, "/a/0", NULL);
  SsValue *a1 = ss_pointer_resolve (root, "/a/1", NULL);
  SsValue *b = ss_pointer_resolve (root, "/b", NULL);
  SsValue *before = root;

  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/a/0/x", "3", NULL));
  g_assert_true (apply (&root, undo, SS_OP_ADD, NULL, "/a/0", "[]", NULL));
  g_assert_true (apply (&root, undo, SS_OP_MOVE, "/a/0", "/b/z/0", NULL, NULL));
  g_assert_true (root == before);
  g_assert_true (ss_pointer_resolve (root, "/a", NULL) == a);
  g_assert_true (ss_pointer_resolve (root, "/a/0", NULL) == a0);
  g_assert_true (ss_pointer_resolve (root, "/b", NULL) == b);
  ss_undo_rollback (undo, 0, &root);
  g_assert_true (root == before);
  g_assert_true (ss_pointer_resolve (root, "/a/0", NULL) == a0);
  assert_text (root, "{\"a\":[{\"x\":1},{\"y\":2}],\"b\":{\"z\":[]}}");

  snapshot = ss_value_ref (root);
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/a/0/x", "3", NULL));
  g_assert_true (snapshot == before);
  g_assert_true (root != before);
  g_assert_true (ss_pointer_resolve (root, "/a/0", NULL) != a0);
  g_assert_true (ss_pointer_resolve (root, "/a/1", NULL) == a1);
  g_assert_true (ss_pointer_resolve (root, "/b", NULL) == b);
  g_assert_true (ss_pointer_resolve (snapshot, "/a/0", NULL) == a0);
}

/* The log must not hold what is in the tree: a list of 10,000 would be copied at the next write. */
static void
test_undo_holds_nothing (void)
{
  g_autoptr (SsValue) root = test_value ("{\"rows\":[[1],[2]],\"other\":{}}");
  g_autoptr (SsUndo) undo = ss_undo_new ();
  SsValue *rows = ss_pointer_resolve (root, "/rows", NULL);
  SsValue *row = ss_pointer_resolve (root, "/rows/0", NULL);

  g_assert_true (apply (&root, undo, SS_OP_MOVE, "/rows", "/other/rows", NULL, NULL));
  g_assert_true (apply (&root, undo, SS_OP_MOVE, "/other", "", NULL, NULL));
  g_assert_true (apply (&root, undo, SS_OP_MOVE, "/rows/1", "/rows/0", NULL, NULL));
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/rows/1/0", "5", NULL));
  g_assert_true (ss_pointer_resolve (root, "/rows", NULL) == rows);
  g_assert_true (ss_pointer_resolve (root, "/rows/1", NULL) == row);
  assert_text (root, "{\"rows\":[[2],[5]]}");
  ss_undo_rollback (undo, 0, &root);
  assert_text (root, "{\"rows\":[[1],[2]],\"other\":{}}");
}

static void
test_undo_marks (void)
{
  g_autoptr (SsValue) root = test_value ("{\"n\":0}");
  g_autoptr (SsUndo) undo = ss_undo_new ();
  guint first;
  guint second;

  g_assert_true (ss_undo_is_empty (undo));
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/n", "1", NULL));
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/n", "2", NULL));
  first = ss_undo_mark (undo);
  /* A thousand writes of one place are one entry, but never one that a mark lies within. */
  g_assert_cmpuint (first, ==, 1);
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/n", "3", NULL));
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/n", "4", NULL));
  second = ss_undo_mark (undo);
  g_assert_cmpuint (second, ==, 2);
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/n", "5", NULL));

  ss_undo_rollback (undo, second, &root);
  assert_text (root, "{\"n\":4}");
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/n", "6", NULL));
  ss_undo_rollback (undo, second, &root);
  assert_text (root, "{\"n\":4}");
  ss_undo_rollback (undo, first, &root);
  assert_text (root, "{\"n\":2}");
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/n", "7", NULL));
  ss_undo_rollback (undo, first, &root);
  assert_text (root, "{\"n\":2}");
  ss_undo_rollback (undo, 0, &root);
  assert_text (root, "{\"n\":0}");

  g_assert_true (apply (&root, undo, SS_OP_ADD, NULL, "/m", "1", NULL));
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, "/m", "2", NULL));
  g_assert_cmpuint (ss_undo_mark (undo), ==, 1);
  ss_undo_reset (undo);
  g_assert_true (ss_undo_is_empty (undo));
  ss_undo_rollback (undo, 0, &root);
  assert_text (root, "{\"n\":0,\"m\":2}");
}

static char *
nested (guint       depth,
        const char *inner)
{
  GString *json = g_string_new (NULL);
  guint i;

  for (i = 0; i < depth; i++)
    g_string_append (json, "[");
  g_string_append (json, inner);
  for (i = 0; i < depth; i++)
    g_string_append (json, "]");

  return g_string_free (json, FALSE);
}

static char *
nested_pointer (guint depth)
{
  GString *pointer = g_string_new (NULL);
  guint i;

  for (i = 0; i < depth; i++)
    g_string_append (pointer, "/0");

  return g_string_free (pointer, FALSE);
}

static void
test_depth (void)
{
  g_autofree char *deepest = nested (SS_DOCUMENT_DEPTH, "");
  g_autofree char *too_deep = nested (SS_DOCUMENT_DEPTH + 1, "");
  g_autofree char *half = nested (SS_DOCUMENT_DEPTH / 2, "");
  g_autofree char *middle = nested_pointer (SS_DOCUMENT_DEPTH / 2);
  g_autofree char *below = g_strconcat (middle, "/0", NULL);
  g_autofree char *bottom = nested_pointer (SS_DOCUMENT_DEPTH);
  g_autofree char *past = nested_pointer (SS_DOCUMENT_DEPTH + 1);
  g_autoptr (SsValue) root = test_value (deepest);
  g_autoptr (SsUndo) undo = ss_undo_new ();
  g_autoptr (GError) error = NULL;

  /* A scalar fits into the innermost list, another list does not. */
  g_assert_true (apply (&root, undo, SS_OP_ADD, NULL, bottom, "1", &error));
  g_assert_no_error (error);
  g_assert_false (apply (&root, undo, SS_OP_ADD, NULL, bottom, "[]", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (apply (&root, undo, SS_OP_REPLACE, NULL, bottom, "{}", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (apply (&root, undo, SS_OP_ADD, NULL, past, "1", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED);
  g_clear_error (&error);
  g_assert_false (apply (&root, undo, SS_OP_REPLACE, NULL, "", too_deep, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (apply (&root, undo, SS_OP_COPY, "/0/0", "/0/0/0/0", NULL, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_true (apply (&root, undo, SS_OP_REPLACE, NULL, middle, half, &error));
  g_assert_no_error (error);
  g_assert_false (apply (&root, undo, SS_OP_ADD, NULL, below, half, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_true (apply (&root, undo, SS_OP_ADD, NULL, "/1", half, &error));
  g_assert_no_error (error);
  /* One level down would still fit for the half, not for the whole. */
  g_assert_true (apply (&root, undo, SS_OP_MOVE, "/1", "/0/0/0", NULL, &error));
  g_assert_no_error (error);
  g_assert_false (apply (&root, undo, SS_OP_MOVE, "/0/0/1", "/0/0/0/0", NULL, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_clear_error (&error);

  ss_undo_rollback (undo, 0, &root);
  assert_text (root, deepest);
}

/* Many random operations: alone and shared give the same; what fails changes nothing; the log leads
 * back to every state that was marked, to the byte. */
static void
test_random (void)
{
  guint n = test_cases (6000);

  for (; n > 0; n--)
    {
      g_autoptr (SsValue) alone = test_random_value (4);
      g_autofree char *start = test_text (alone);
      g_autoptr (SsValue) other = test_value (start);
      g_autoptr (SsUndo) undo = ss_undo_new ();
      g_autofree char *marked = NULL;
      g_autoptr (SsValue) older = NULL;
      guint n_ops = (guint) g_test_rand_int_range (1, 16);
      guint marked_op = (guint) g_test_rand_int_range (0, (int) n_ops);
      guint mark = 0;
      guint i;

      for (i = 0; i < n_ops; i++)
        {
          g_autofree char *before = test_text (alone);
          g_autofree char *after = NULL;
          g_autoptr (SsValue) held = ss_value_ref (other);
          SsOp op;

          if (i == marked_op)
            {
              mark = ss_undo_mark (undo);
              marked = g_strdup (before);
            }

          test_random_op (alone, &op);
          if (ss_edit_apply (&alone, &op, undo, NULL))
            {
              g_assert_true (ss_edit_apply (&other, &op, NULL, NULL));
            }
          else
            {
              assert_text (alone, before);
              g_assert_false (ss_edit_apply (&other, &op, NULL, NULL));
            }
          ss_op_clear (&op);

          after = test_text (alone);
          assert_text (other, after);
          assert_text (held, before);
        }

      older = ss_value_ref (alone);
      ss_undo_revert (undo, &older);
      assert_text (older, start);
      assert_same (alone, other);
      ss_undo_rollback (undo, mark, &alone);
      assert_text (alone, marked);
      ss_undo_rollback (undo, 0, &alone);
      assert_text (alone, start);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/edit/edits", test_edits);
  g_test_add_func ("/edit/failures", test_failures);
  g_test_add_func ("/edit/in-place", test_in_place);
  g_test_add_func ("/edit/undo-holds-nothing", test_undo_holds_nothing);
  g_test_add_func ("/edit/undo-marks", test_undo_marks);
  g_test_add_func ("/edit/depth", test_depth);
  g_test_add_func ("/edit/random", test_random);

  return g_test_run ();
}
