/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <math.h>

#include "server-signal-error.h"
#include "server-signal-patch.h"
#include "ss-recorder.h"
#include "ss-diff.h"
#include "ss-limits.h"
#include "ss-node.h"
#include "test-json.h"

static ServerSignalPatch *
make_patch (const char *json)
{
  g_autoptr (GError) error = NULL;
  ServerSignalPatch *patch = server_signal_patch_new_from_json (json, &error);

  g_assert_no_error (error);
  return patch;
}

/* RFC 6902, appendix A. code -1: it applies. */
static void
test_rfc_examples (void)
{
  static const struct
  {
    const char *name;
    const char *document;
    const char *patch;
    const char *result;
    int code;
  } cases[] = {
    { "A.1. Adding an Object Member", "{\"foo\":\"bar\"}",
      "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]", "{\"baz\":\"qux\",\"foo\":\"bar\"}",
      -1 },
    { "A.2. Adding an Array Element", "{\"foo\":[\"bar\",\"baz\"]}",
      "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
      "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", -1 },
    { "A.3. Removing an Object Member", "{\"baz\":\"qux\",\"foo\":\"bar\"}",
      "[{\"op\":\"remove\",\"path\":\"/baz\"}]", "{\"foo\":\"bar\"}", -1 },
    { "A.4. Removing an Array Element", "{\"foo\":[\"bar\",\"qux\",\"baz\"]}",
      "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]", "{\"foo\":[\"bar\",\"baz\"]}", -1 },
    { "A.5. Replacing a Value", "{\"baz\":\"qux\",\"foo\":\"bar\"}",
      "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
      "{\"baz\":\"boo\",\"foo\":\"bar\"}", -1 },
    { "A.6. Moving a Value",
      "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
      "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
      "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}", -1 },
    { "A.7. Moving an Array Element", "{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
      "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
      "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}", -1 },
    { "A.8. Testing a Value: Success", "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
      "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]",
      "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}", -1 },
    { "A.9. Testing a Value: Error", "{\"baz\":\"qux\"}",
      "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]", NULL,
      SERVER_SIGNAL_ERROR_TEST_FAILED },
    { "A.10. Adding a Nested Member Object", "{\"foo\":\"bar\"}",
      "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
      "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}", -1 },
    { "A.11. Ignoring Unrecognized Elements", "{\"foo\":\"bar\"}",
      "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
      "{\"foo\":\"bar\",\"baz\":\"qux\"}", -1 },
    { "A.12. Adding to a Nonexistent Target", "{\"foo\":\"bar\"}",
      "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]", NULL,
      SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "A.14. ~ Escape Ordering", "{\"/\":9,\"~1\":10}",
      "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]", "{\"/\":9,\"~1\":10}", -1 },
    { "A.15. Comparing Strings and Numbers", "{\"/\":9,\"~1\":10}",
      "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]", NULL,
      SERVER_SIGNAL_ERROR_TEST_FAILED },
    { "A.16. Adding an Array Value", "{\"foo\":[\"bar\"]}",
      "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
      "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}", -1 },
    { "4. Operation members in any order", "{\"a\":{\"b\":{\"c\":1}}}",
      "[{\"value\":[\"x\"],\"path\":\"/a/b/c\",\"op\":\"add\"}]", "{\"a\":{\"b\":{\"c\":[\"x\"]}}}",
      -1 },
    { "4.1. A member with a null value is there", "{\"a\":null}",
      "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]", "{\"a\":1}", -1 },
    { "4.4. Into one of its children", "{\"a\":{\"b\":1}}",
      "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", NULL,
      SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "4.6. Numerically equal, and written back as it was", "{\"a\":21,\"b\":[{\"c\":-0.0}]}",
      "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"b\":[{\"c\":0}],\"a\":21.0}}]",
      "{\"a\":21,\"b\":[{\"c\":-0.0}]}", -1 },
    { "4.6. Numerically equal to nothing but numbers", "{\"a\":0}",
      "[{\"op\":\"test\",\"path\":\"/a\",\"value\":false}]", NULL,
      SERVER_SIGNAL_ERROR_TEST_FAILED },
    { "5. All or nothing", "{\"a\":1}",
      "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":42},{\"op\":\"test\",\"path\":\"/a\",\"value\":\"C\"}]",
      NULL, SERVER_SIGNAL_ERROR_TEST_FAILED },
    { "No operation", "{\"a\":1}", "[]", "{\"a\":1}", -1 },
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ServerSignalPatch) patch = make_patch (cases[i].patch);
      g_autoptr (SsValue) root = test_value (cases[i].document);
      g_autoptr (GError) error = NULL;
      gboolean applied;

      g_test_message ("%s", cases[i].name);
      applied = ss_patch_apply (patch, &root, NULL, &error);
      if (cases[i].code < 0)
        {
          g_autoptr (SsValue) result = test_value (cases[i].result);

          g_assert_no_error (error);
          g_assert_true (applied);
          assert_same (root, result);
        }
      else
        {
          g_assert_false (applied);
          g_assert_error (error, SERVER_SIGNAL_ERROR, cases[i].code);
          assert_text (root, cases[i].document);
        }
    }
}

static void
test_invalid (void)
{
  static const struct
  {
    const char *json;
    int code;
    const char *mention;
  } cases[] = {
    { "", SERVER_SIGNAL_ERROR_INVALID_JSON, "1" },
    { "[", SERVER_SIGNAL_ERROR_INVALID_JSON, "1" },
    /* A.13. Invalid JSON Patch Document */
    { "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"op\":\"remove\"}]",
      SERVER_SIGNAL_ERROR_INVALID_JSON, "member" },
    { "{}", SERVER_SIGNAL_ERROR_INVALID_PATCH, "list" },
    { "null", SERVER_SIGNAL_ERROR_INVALID_PATCH, "list" },
    { "[[]]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "Operation 0" },
    { "[{}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“op”" },
    { "[{\"op\":1}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“op”" },
    { "[{\"op\":\"spam\",\"path\":\"\"}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“spam”" },
    { "[{\"op\":\"Add\",\"path\":\"\",\"value\":1}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“Add”" },
    { "[{\"op\":\"remove\"}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“path”" },
    { "[{\"op\":\"remove\",\"path\":null}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“path”" },
    { "[{\"op\":\"remove\",\"path\":\"a\"}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“a”" },
    { "[{\"op\":\"remove\",\"path\":\"/a~\"}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“/a~”" },
    { "[{\"op\":\"add\",\"path\":\"/a\"}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“value”" },
    { "[{\"op\":\"replace\",\"path\":\"/a\"}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“value”" },
    { "[{\"op\":\"test\",\"path\":\"/a\"}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“value”" },
    { "[{\"op\":\"move\",\"path\":\"/a\"}]", SERVER_SIGNAL_ERROR_INVALID_PATCH, "“from”" },
    { "[{\"op\":\"copy\",\"path\":\"/a\",\"from\":7}]", SERVER_SIGNAL_ERROR_INVALID_PATCH,
      "“from”" },
    { "[{\"op\":\"copy\",\"path\":\"/a\",\"from\":\"b\"}]", SERVER_SIGNAL_ERROR_INVALID_PATCH,
      "“b”" },
    { "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"remove\",\"path\":\"/b\"},7]",
      SERVER_SIGNAL_ERROR_INVALID_PATCH, "Operation 2" },
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", cases[i].json);
      g_assert_null (server_signal_patch_new_from_json (cases[i].json, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].mention));
      g_assert_null (server_signal_patch_new_from_json (cases[i].json, NULL));
    }
}

/* Whichever operation fails, the message says which and where, and nothing is left of those before
 * it. */
static void
test_failures (void)
{
  static const struct
  {
    const char *op;
    const char *pointer;
    int code;
  } cases[] = {
    { "{\"op\":\"add\",\"path\":\"/no/such\",\"value\":1}", "/no/such",
      SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"add\",\"path\":\"/list/9\",\"value\":1}", "/list/9",
      SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"add\",\"path\":\"/list/x\",\"value\":1}", "/list/x",
      SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"add\",\"path\":\"/n/x\",\"value\":1}", "/n/x", SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"remove\",\"path\":\"/no\"}", "/no", SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"remove\",\"path\":\"\"}", "“”", SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"replace\",\"path\":\"/list/-\",\"value\":1}", "/list/-",
      SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"move\",\"from\":\"/no\",\"path\":\"/m\"}", "/no",
      SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"move\",\"from\":\"/list\",\"path\":\"/list/0\"}", "/list/0",
      SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"copy\",\"from\":\"/list\",\"path\":\"/no/m\"}", "/no/m",
      SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"test\",\"path\":\"/no\",\"value\":1}", "/no", SERVER_SIGNAL_ERROR_PATCH_FAILED },
    { "{\"op\":\"test\",\"path\":\"/n\",\"value\":1.5}", "/n", SERVER_SIGNAL_ERROR_TEST_FAILED },
  };
  static const char document[] = "{\"z\":{\"y\":[0]},\"n\":0,\"list\":[1,2,3],\"a\":null}";
  static const char before[] =
    "{\"op\":\"remove\",\"path\":\"/z\"},{\"op\":\"move\",\"from\":\"/list/0\",\"path\":\"/list/2\"},"
    "{\"op\":\"replace\",\"path\":\"/n\",\"value\":1},{\"op\":\"add\",\"path\":\"/a\",\"value\":{}},";
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *alone = g_strdup_printf ("[%s]", cases[i].op);
      g_autofree char *behind =
        g_strdup_printf ("[%s%s,{\"op\":\"remove\",\"path\":\"/n\"}]", before, cases[i].op);
      g_autoptr (ServerSignalPatch) first = make_patch (alone);
      g_autoptr (ServerSignalPatch) fifth = make_patch (behind);
      g_autoptr (SsValue) root =
        test_value ("{\"z\":{\"y\":[0]},\"n\":1,\"list\":[1,2,3],\"a\":null}");
      g_autoptr (SsValue) other = test_value (document);
      g_autoptr (SsValue) shared = ss_value_ref (other);
      g_autoptr (SsUndo) undo = ss_undo_new ();
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", cases[i].op);
      g_assert_false (ss_patch_apply (first, &root, NULL, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, "Operation 0 "));
      g_assert_nonnull (strstr (error->message, cases[i].pointer));
      g_clear_error (&error);

      g_assert_false (ss_patch_apply (fifth, &other, NULL, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, cases[i].code);
      g_assert_nonnull (strstr (error->message, "Operation 4 "));
      g_assert_nonnull (strstr (error->message, cases[i].pointer));
      assert_text (other, document);
      assert_text (shared, document);

      /* The log of a transaction loses only the entries of this patch. */
      ss_value_clear (&shared);
      shared = ss_value_ref (other);
      {
        g_autoptr (ServerSignalPatch) earlier =
          make_patch ("[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]");

        g_assert_true (ss_patch_apply (earlier, &other, undo, NULL));
      }
      g_assert_false (ss_patch_apply (fifth, &other, undo, NULL));
      assert_text (other, "{\"z\":{\"y\":[0]},\"n\":0,\"list\":[1,2,3],\"a\":1}");
      ss_undo_rollback (undo, 0, &other);
      assert_text (other, document);
    }
}

static void
test_depth (void)
{
  GString *json = g_string_new (NULL);
  g_autofree char *deep = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (ServerSignalPatch) deeper = NULL;
  g_autoptr (SsValue) root = test_value ("{\"a\":1}");
  g_autoptr (GError) error = NULL;
  guint i;

  for (i = 0; i < SS_DOCUMENT_DEPTH; i++)
    g_string_append_c (json, '[');
  for (i = 0; i < SS_DOCUMENT_DEPTH; i++)
    g_string_append_c (json, ']');
  g_string_prepend (json, "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":");
  g_string_append (json, "}]");
  deep = g_string_free (json, FALSE);

  patch = make_patch (deep);
  g_assert_false (ss_patch_apply (patch, &root, NULL, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "Operation 0 "));
  assert_text (root, "{\"a\":1}");

  strstr (deep, "/a")[0] = ' ';
  strstr (deep, " a")[1] = ' ';
  g_clear_error (&error);
  deeper = server_signal_patch_new_from_json (deep, &error);
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_PATCH);
}

/* A few copies, each of the whole document, would make one of more text than there is memory in the
 * world. */
static void
test_copies (void)
{
  /* With the names beside them, sixty-four of these are as large as a document may be. */
  g_autofree char *megabyte = g_strnfill ((1 << 20) - 16, 'x');
  g_autofree char *document = g_strdup_printf ("{\"a\":\"%s\"}", megabyte);
  g_autoptr (SsValue) root = test_value (document);
  g_autoptr (SsValue) small = test_value ("{}");
  g_autoptr (SsValue) shared = ss_value_ref (small);
  g_autoptr (GString) json = g_string_new ("[");
  g_autoptr (GString) sixty = g_string_new ("[");
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (ServerSignalPatch) fits = NULL;
  g_autoptr (GError) error = NULL;
  guint i;

  for (i = 0; i < 100; i++)
    g_string_append_printf (json, "%s{\"op\":\"copy\",\"from\":\"\",\"path\":\"/%u\"}",
                            i > 0 ? "," : "", i);
  g_string_append_c (json, ']');
  patch = make_patch (json->str);
  g_assert_false (ss_patch_apply (patch, &small, NULL, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "Operation 2"));
  assert_text (small, "{}");
  assert_text (shared, "{}");

  /* Sixty-three times a megabyte is allowed, and once more is not. */
  for (i = 0; i < 63; i++)
    g_string_append_printf (sixty, "%s{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/%u\"}",
                            i > 0 ? "," : "", i);
  g_string_append_c (sixty, ']');
  fits = make_patch (sixty->str);
  g_clear_error (&error);
  g_assert_true (ss_patch_apply (fits, &root, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (ss_value_length (root), ==, 64);

  g_string_truncate (sixty, sixty->len - 1);
  g_string_append (sixty, ",{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/last\"}]");
  server_signal_patch_unref (fits);
  fits = make_patch (sixty->str);
  g_assert_false (ss_patch_apply (fits, &root, NULL, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "Operation 63 "));
  g_assert_cmpuint (ss_value_length (root), ==, 64);
}

/* Copies that replace each other do not make the document larger, but they are made. */
static void
test_copies_replaced (void)
{
  g_autofree char *megabyte = g_strnfill (1 << 20, 'x');
  g_autofree char *document = g_strdup_printf ("{\"a\":[\"%s\"]}", megabyte);
  g_autoptr (SsValue) root = test_value (document);
  g_autoptr (GString) json = g_string_new ("[");
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 70; i++)
    g_string_append_printf (json, "%s{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}",
                            i > 0 ? "," : "");
  g_string_append_c (json, ']');
  patch = make_patch (json->str);
  g_assert_false (ss_patch_apply (patch, &root, NULL, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "Operation 63 "));
  assert_text (root, document);
}

/* The same, spread over patches that are small each: the document as a whole is bounded, whether it
 * is held once or shared, and with a log of the caller's that has something already. */
static void
test_copies_spread (void)
{
  static const char *const copies[] = {
    "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/list/-\"}]",
    "[{\"op\":\"add\",\"path\":\"/n\",\"value\":1},{\"op\":\"copy\",\"from\":\"/list\",\"path\":\"/list/0\"},"
    "{\"op\":\"replace\",\"path\":\"/n\",\"value\":2}]",
    "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/list/0\"}]",
  };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (copies); i++)
    {
      g_autofree char *filling = g_strnfill (1 << 18, 'x');
      g_autofree char *document = g_strdup_printf ("{\"a\":\"%s\",\"list\":[]}", filling);
      g_autoptr (SsValue) root = test_value (document);
      g_autoptr (ServerSignalPatch) patch = make_patch (copies[i / 2]);
      g_autoptr (ServerSignalPatch) copy = make_patch (copies[2]);
      g_autoptr (ServerSignalPatch) removal =
        make_patch ("[{\"op\":\"remove\",\"path\":\"/list/0\"}]");
      g_autoptr (ServerSignalPatch) first =
        make_patch ("[{\"op\":\"replace\",\"path\":\"/a\",\"value\":\"y\"}]");
      g_autoptr (SsUndo) undo = ss_undo_new ();
      g_autoptr (GError) error = NULL;
      guint32 size = 0;
      guint n = 0;

      while (error == NULL)
        {
          g_autoptr (SsValue) kept = i % 2 == 0 ? ss_value_ref (root) : NULL;

          size = ss_value_size (root);
          g_assert_cmpuint (size, <=, SS_DOCUMENT_BYTES);
          g_assert_cmpuint (n++, <, 300);
          g_assert_true (ss_patch_apply (patch, &root, undo, &error) == (error == NULL));
          if (i % 2 == 0)
            ss_undo_reset (undo);
        }
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
      g_assert_nonnull (strstr (error->message, i / 2 == 1 ? "Operation 1 " : "Operation 0 "));
      g_assert_nonnull (strstr (error->message, i / 2 == 0 ? "/list/-" : "/list/0"));
      g_assert_cmpuint (ss_value_size (root), ==, size);
      g_assert_cmpuint (ss_value_measure (root, G_MAXSIZE), ==, size);

      /* Other patches go on, and when there is room again, so do copies. */
      g_clear_error (&error);
      g_assert_true (ss_patch_apply (removal, &root, undo, &error));
      g_assert_true (ss_patch_apply (removal, &root, undo, &error));
      g_assert_true (ss_patch_apply (first, &root, undo, &error));
      g_assert_true (ss_patch_apply (copy, &root, undo, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (ss_value_measure (root, G_MAXSIZE), ==, ss_value_size (root));

      if (i % 2 == 1)
        {
          ss_undo_rollback (undo, 0, &root);
          assert_text (root, document);
          g_assert_cmpuint (ss_value_size (root), ==, strlen (document));
        }
    }
}

static void
test_written (void)
{
  static const char json[] =
    "[{\"op\":\"add\",\"path\":\"/a~1\\\"\\n\\u0001é\",\"value\":{\"x\":[1,1.0,-0.0,null,\"\\\"\"]}},"
    "{\"op\":\"remove\",\"path\":\"/b\"},"
    "{\"op\":\"replace\",\"path\":\"\",\"value\":null},"
    "{\"op\":\"move\",\"from\":\"/c\",\"path\":\"/d\"},"
    "{\"op\":\"copy\",\"from\":\"/\\\\\",\"path\":\"/\"},"
    "{\"op\":\"test\",\"path\":\"/e\",\"value\":false}]";
  g_autoptr (ServerSignalPatch) patch = make_patch (json);
  g_autoptr (ServerSignalPatch) other = NULL;
  g_autofree char *text = server_signal_patch_to_json (patch);
  g_autoptr (JsonNode) node = server_signal_patch_to_node (patch);
  g_autofree char *other_text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_cmpstr (text, ==, json);
  g_assert_true (ss_patch_text (patch, &length) == ss_patch_text (patch, NULL));
  g_assert_cmpuint (length, ==, strlen (json));
  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), ==, 6);

  other = server_signal_patch_new_from_node (node, &error);
  g_assert_no_error (error);
  other_text = server_signal_patch_to_json (other);
  g_assert_cmpstr (other_text, ==, json);
}

static void
test_nodes (void)
{
  g_autoptr (JsonNode) from = json_from_string ("{\"count\":1,\"list\":[1,2]}", NULL);
  g_autoptr (JsonNode) to = json_from_string ("{\"count\":2,\"list\":[1,2]}", NULL);
  g_autoptr (JsonNode) bad = json_node_init_double (json_node_alloc (), NAN);
  g_autoptr (JsonNode) nothing = json_node_new (JSON_NODE_NULL);
  g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_diff (from, to);
  g_autoptr (ServerSignalPatch) null_patch = server_signal_patch_new_diff (NULL, nothing);
  g_autoptr (JsonNode) result = NULL;
  g_autofree char *text = server_signal_patch_to_json (patch);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (text, ==, "[{\"op\":\"replace\",\"path\":\"/count\",\"value\":2}]");
  g_assert_cmpuint (server_signal_patch_get_n_operations (null_patch), ==, 0);

  result = server_signal_patch_apply (patch, from, &error);
  g_assert_no_error (error);
  g_assert_true (json_node_equal (result, to));
  /* A deep copy: changing the result changes neither the patch nor the document. */
  json_object_set_int_member (json_node_get_object (result), "count", 77);
  json_array_add_int_element (json_object_get_array_member (json_node_get_object (result), "list"),
                              3);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (from), "count"), ==, 1);
  g_assert_cmpuint (json_array_get_length (
                      json_object_get_array_member (json_node_get_object (from), "list")),
                    ==, 2);

  g_assert_null (server_signal_patch_apply (patch, NULL, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED);
  g_clear_error (&error);
  g_assert_null (server_signal_patch_apply (patch, bad, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
  g_clear_error (&error);
  g_assert_null (server_signal_patch_new_from_node (bad, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
  g_clear_error (&error);
  g_assert_null (server_signal_patch_new_from_node (nothing, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_PATCH);

  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*server_signal_patch_new_diff*");
  g_assert_null (server_signal_patch_new_diff (from, bad));
  g_test_assert_expected_messages ();
}

static void
test_boxed (void)
{
  g_auto (GValue) value = G_VALUE_INIT;
  ServerSignalPatch *patch = make_patch ("[]");

  g_value_init (&value, SERVER_TYPE_SIGNAL_PATCH);
  g_value_take_boxed (&value, server_signal_patch_ref (patch));
  server_signal_patch_unref (patch);
  g_assert_true (g_value_get_boxed (&value) == patch);
}

static gpointer
text_thread_cb (gpointer user_data)
{
  return (gpointer) ss_patch_text (user_data, NULL);
}

/* The first caller that asks makes the text, and everybody gets the same. */
static void
test_threads (void)
{
  guint i, j;

  for (i = 0; i < 50; i++)
    {
      g_autoptr (ServerSignalPatch) patch =
        make_patch ("[{\"op\":\"add\",\"path\":\"/a\",\"value\":[1,2,3]}]");
      GThread *threads[4];

      for (j = 0; j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new (NULL, text_thread_cb, patch);
      for (j = 0; j < G_N_ELEMENTS (threads); j++)
        g_assert_true (g_thread_join (threads[j]) == ss_patch_text (patch, NULL));
    }
}

static void
record (SsRecorder *recorder,
        const char *json)
{
  g_autofree char *list = g_strdup_printf ("[%s]", json);
  g_autoptr (ServerSignalPatch) patch = make_patch (list);

  ss_recorder_append (recorder, patch);
}

/* In short: R/a/1 is a replacement of "/a" by 1, A an addition, D a removal, M/a>/b a move, C a
 * copy, T a test. */
static void
record_short (SsRecorder *recorder,
              const char *script)
{
  g_auto (GStrv) steps = g_strsplit (script, " ", -1);
  guint i;

  for (i = 0; steps[i] != NULL; i++)
    {
      g_auto (GStrv) parts =
        g_strsplit (steps[i] + 1, steps[i][0] == 'M' || steps[i][0] == 'C' ? ">" : "=", 2);
      g_autofree char *json = NULL;

      switch (steps[i][0])
        {
        case 'R':
          json = g_strdup_printf ("{\"op\":\"replace\",\"path\":\"%s\",\"value\":%s}", parts[0],
                                  parts[1]);
          break;
        case 'A':
          json =
            g_strdup_printf ("{\"op\":\"add\",\"path\":\"%s\",\"value\":%s}", parts[0], parts[1]);
          break;
        case 'T':
          json =
            g_strdup_printf ("{\"op\":\"test\",\"path\":\"%s\",\"value\":%s}", parts[0], parts[1]);
          break;
        case 'D':
          json = g_strdup_printf ("{\"op\":\"remove\",\"path\":\"%s\"}", parts[0]);
          break;
        default:
          json = g_strdup_printf ("{\"op\":\"%s\",\"from\":\"%s\",\"path\":\"%s\"}",
                                  steps[i][0] == 'M' ? "move" : "copy", parts[0], parts[1]);
          break;
        }
      record (recorder, json);
    }
}

static char *
to_short (ServerSignalPatch *patch)
{
  GString *script = g_string_new (NULL);
  const SsOp *ops;
  guint n_ops;
  guint i;

  ops = ss_patch_ops (patch, &n_ops);
  for (i = 0; i < n_ops; i++)
    {
      if (i > 0)
        g_string_append_c (script, ' ');
      g_string_append_c (script, "ADRMCT"[ops[i].kind]);
      if (ops[i].from != NULL)
        g_string_append_printf (script, "%s>", ops[i].from);
      g_string_append (script, ops[i].path);
      if (ops[i].value != NULL)
        {
          g_string_append_c (script, '=');
          ss_value_append_json (ops[i].value, script);
        }
    }

  return g_string_free (script, FALSE);
}

static void
test_recorder (void)
{
  static const struct
  {
    const char *script;
    const char *result;
  } cases[] = {
    { "R/a=1", "R/a=1" },
    { "R/a=1 R/a=2 R/a=3", "R/a=3" },
    { "A/a=1 R/a=2", "A/a=2" },
    { "A/a=1 A/a=2", "A/a=2" },
    { "R/a=1 A/a=2", "R/a=2" },
    { "R=1 R=2", "R=2" },
    { "R/a=1 R/b=1 R/a=2 R/b=2 R/a=3", "R/a=3 R/b=2" },
    { "R/a=1 R/ab=1 R/a=2", "R/a=2 R/ab=1" },
    { "R/a=1 R/b/c=1 R/a=2 R/b/c=2", "R/a=2 R/b/c=2" },
    /* Something below, or above, was written in between. */
    { "R/a={} A/a/b=1 R/a=[]", "R/a={} A/a/b=1 R/a=[]" },
    { "R/a/b=1 R/a={} R/a/b=2", "R/a/b=1 R/a={} R/a/b=2" },
    { "R/a/b=1 R/a/b/c=1 R/a/b=2", "R/a/b=1 R/a/b/c=1 R/a/b=2" },
    { "R/a=1 R={} R/a=2", "R/a=1 R={} R/a=2" },
    /* Somebody read. */
    { "R/a=1 T/a=1 R/a=2", "R/a=1 T/a=1 R/a=2" },
    { "R/a=1 T={} R/a=2", "R/a=1 T={} R/a=2" },
    { "R/a={} T/a/b=1 R/a=2", "R/a={} T/a/b=1 R/a=2" },
    { "R/a=1 T/b=1 R/a=2", "R/a=2 T/b=1" },
    { "R/a=1 C/a>/b R/a=2", "R/a=1 C/a>/b R/a=2" },
    { "R/a=1 C/c>/b R/a=2 R/b=3 R/b=4", "R/a=2 C/c>/b R/b=4" },
    /* Something moved. */
    { "R/a=1 M/a>/b R/a=2", "R/a=1 M/a>/b R/a=2" },
    { "R/a=1 M/b>/a R/a=2", "R/a=1 M/b>/a R/a=2" },
    { "R/a=1 D/a A/a=2", "R/a=1 D/a A/a=2" },
    { "R/a/x=1 M/a>/b R/a/x=2", "R/a/x=1 M/a>/b R/a/x=2" },
    { "R/a=1 D/b R/a=2", "R/a=2 D/b" },
    /* Lists: what comes or goes shifts the others; an element added twice is two elements. */
    { "R/l/1=1 R/l/1=2", "R/l/1=2" },
    { "A/l/1=1 R/l/1=2", "A/l/1=2" },
    { "A/l/1=1 A/l/1=2", "A/l/1=1 A/l/1=2" },
    { "A/l/-=1 A/l/-=2", "A/l/-=1 A/l/-=2" },
    { "R/l/1=1 A/l/1=2", "R/l/1=1 A/l/1=2" },
    { "R/l/1=1 A/l/0=2 R/l/1=3", "R/l/1=1 A/l/0=2 R/l/1=3" },
    { "R/l/1=1 D/l/0 R/l/1=3", "R/l/1=1 D/l/0 R/l/1=3" },
    { "R/l/1/x=1 D/l/0 R/l/1/x=3", "R/l/1/x=1 D/l/0 R/l/1/x=3" },
    { "R/l/1=1 M/l/7>/l/0 R/l/1=3", "R/l/1=1 M/l/7>/l/0 R/l/1=3" },
    { "R/l/1=1 C/x>/l/0 R/l/1=3", "R/l/1=1 C/x>/l/0 R/l/1=3" },
    { "R/n=1 A/l/-=1 R/n=2 A/l/-=2 R/n=3", "R/n=3 A/l/-=1 A/l/-=2" },
    { "R/n=1 A/l/0=1 R/n=2 D/l/0 R/n=3", "R/n=3 A/l/0=1 D/l/0" },
    { "R/l/1=1 A/l/-=1 R/l/1=2", "R/l/1=2 A/l/-=1" },
    { "R/l=[] A/l/-=1 R/l=[2]", "R/l=[] A/l/-=1 R/l=[2]" },
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SsRecorder) recorder = ss_recorder_new ();
      g_autoptr (ServerSignalPatch) patch = NULL;
      g_autoptr (ServerSignalPatch) empty = NULL;
      g_autofree char *script = NULL;

      g_assert_true (ss_recorder_is_empty (recorder));
      record_short (recorder, cases[i].script);
      g_assert_false (ss_recorder_is_empty (recorder));
      patch = ss_recorder_finish (recorder);
      script = to_short (patch);
      g_assert_cmpstr (script, ==, cases[i].result);

      g_assert_true (ss_recorder_is_empty (recorder));
      empty = ss_recorder_finish (recorder);
      g_assert_cmpuint (server_signal_patch_get_n_operations (empty), ==, 0);
      record_short (recorder, cases[i].script);
      ss_recorder_reset (recorder);
      g_assert_true (ss_recorder_is_empty (recorder));
    }
}

static void
test_recorder_many (void)
{
  g_autoptr (SsRecorder) recorder = ss_recorder_new ();
  g_autoptr (ServerSignalPatch) patch = NULL;
  guint i;

  for (i = 0; i < 20000; i++)
    {
      SsOp op = {
        .kind = SS_OP_REPLACE,
        .path = g_strdup_printf ("/rows/%u/price", i % 5000),
        .value = ss_value_new_int (i),
      };

      ss_recorder_take (recorder, &op);
    }
  patch = ss_recorder_finish (recorder);
  g_assert_cmpuint (server_signal_patch_get_n_operations (patch), ==, 5000);
}

/* The recorded patch does the same as the operations did. */
static void
test_recorder_random (void)
{
  guint n = test_cases (8000);

  for (; n > 0; n--)
    {
      g_autoptr (SsRecorder) recorder = ss_recorder_new ();
      g_autoptr (SsValue) root = test_random_value (3);
      g_autoptr (SsValue) replayed = ss_value_ref (root);
      g_autoptr (ServerSignalPatch) patch = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *result = NULL;
      guint n_ops = (guint) g_test_rand_int_range (1, 30);

      for (; n_ops > 0; n_ops--)
        {
          SsOp op;

          test_random_op (root, &op);
          if (g_test_rand_int_range (0, 2) == 0)
            {
              op.kind = SS_OP_REPLACE;
              g_clear_pointer (&op.from, g_free);
              ss_value_clear (&op.value);
              op.value = test_random_value (1);
            }
          if (ss_edit_apply (&root, &op, NULL, NULL))
            ss_recorder_take (recorder, &op);
          else
            ss_op_clear (&op);
        }

      result = test_text (root);
      patch = ss_recorder_finish (recorder);
      g_assert_true (ss_patch_apply (patch, &replayed, NULL, &error));
      g_assert_no_error (error);
      assert_text (replayed, result);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/patch/rfc-examples", test_rfc_examples);
  g_test_add_func ("/patch/invalid", test_invalid);
  g_test_add_func ("/patch/failures", test_failures);
  g_test_add_func ("/patch/depth", test_depth);
  g_test_add_func ("/patch/copies", test_copies);
  g_test_add_func ("/patch/copies/replaced", test_copies_replaced);
  g_test_add_func ("/patch/copies/spread", test_copies_spread);
  g_test_add_func ("/patch/text", test_written);
  g_test_add_func ("/patch/nodes", test_nodes);
  g_test_add_func ("/patch/boxed", test_boxed);
  g_test_add_func ("/patch/threads", test_threads);
  g_test_add_func ("/patch/recorder", test_recorder);
  g_test_add_func ("/patch/recorder-many", test_recorder_many);
  g_test_add_func ("/patch/recorder-random", test_recorder_random);

  return g_test_run ();
}
