/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-error.h"
#include "test-json.h"

/* RFC 6901, section 5: the document and every pointer into it. */
static const char rfc_document[] =
  "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
  "\"k\\\"l\":6,\" \":7,\"m~n\":8}";

static void
test_rfc_examples (void)
{
  static const struct
  {
    const char *pointer;
    const char *json;
  } cases[] = {
    { "", rfc_document },    { NULL, rfc_document },  { "/foo", "[\"bar\",\"baz\"]" },
    { "/foo/0", "\"bar\"" }, { "/foo/1", "\"baz\"" }, { "/", "0" },
    { "/a~1b", "1" },        { "/c%d", "2" },         { "/e^f", "3" },
    { "/g|h", "4" },         { "/i\\j", "5" },        { "/k\"l", "6" },
    { "/ ", "7" },           { "/m~0n", "8" },
  };
  g_autoptr (SsValue) root = test_value (rfc_document);
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      SsValue *value = ss_pointer_resolve (root, cases[i].pointer, &error);

      g_assert_no_error (error);
      g_assert_nonnull (value);
      assert_text (value, cases[i].json);
    }
}

static void
test_failures (void)
{
  static const struct
  {
    const char *pointer;
    int code;
  } cases[] = {
    { "foo", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { " ", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "#/foo", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/m~n", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/m~", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/~2", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/nothing/~", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/\xff", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/00", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/01", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/+1", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/-1", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/1e0", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/1.0", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/bar", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/bar/0", SERVER_SIGNAL_ERROR_INVALID_POINTER },
    { "/foo/2", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/foo/4294967295", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/foo/4294967296", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/foo/18446744073709551616", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/foo/-", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/foo/0/x", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/foo/5/x", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/bar", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/FOO", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/foo/0/", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "//", SERVER_SIGNAL_ERROR_NOT_FOUND },
    { "/a~01b", SERVER_SIGNAL_ERROR_NOT_FOUND },
  };
  g_autoptr (SsValue) root = test_value (rfc_document);
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ss_pointer_resolve (root, cases[i].pointer, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, cases[i].code);
      if (g_utf8_validate (cases[i].pointer, -1, NULL))
        g_assert_nonnull (strstr (error->message, cases[i].pointer));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));

      g_assert_null (ss_pointer_resolve (root, cases[i].pointer, NULL));
    }
}

static void
test_valid (void)
{
  static const char *const valid[] = { NULL, "", "/", "//", "/~0~1", "/~01", "/é/0/-/00" };
  static const char *const invalid[] = { "a", "a/b", "/~", "/~/", "/a~2b", "/\x80", "~0", "-" };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (valid); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (ss_pointer_is_valid (valid[i], &error));
      g_assert_no_error (error);
    }

  for (i = 0; i < G_N_ELEMENTS (invalid); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (ss_pointer_is_valid (invalid[i], &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER);
      g_assert_false (ss_pointer_is_valid (invalid[i], NULL));
    }
}

static void
test_tokens (void)
{
  g_autoptr (GString) scratch = g_string_new (NULL);
  const char *pointer = "/foo//~1~0~01/0";
  static const char *const tokens[] = { "foo", "", "/~~1", "0" };
  const char *rest = pointer;
  const char *token;
  gsize length;
  gsize i;

  g_assert_cmpuint (ss_pointer_depth (pointer), ==, 4);
  g_assert_cmpuint (ss_pointer_depth (""), ==, 0);
  g_assert_cmpuint (ss_pointer_depth (NULL), ==, 0);
  g_assert_cmpuint (ss_pointer_depth ("/"), ==, 1);

  for (i = 0; i < G_N_ELEMENTS (tokens); i++)
    {
      g_assert_true (ss_pointer_next (&rest, scratch, &token, &length));
      g_assert_cmpmem (token, length, tokens[i], strlen (tokens[i]));
    }
  g_assert_false (ss_pointer_next (&rest, scratch, &token, &length));
  g_assert_cmpstr (rest, ==, "");

  rest = NULL;
  g_assert_false (ss_pointer_next (&rest, NULL, &token, &length));
}

static void
test_indices (void)
{
  static const char *const others[] = {
    "",   "-",   "-0",  "+1",         "00",         "01",          "1 ",
    " 1", "0x1", "1e1", "4294967295", "4294967296", "99999999999", "١",
  };
  guint index = 7;
  gsize i;

  g_assert_true (ss_token_to_index ("0", 1, &index));
  g_assert_cmpuint (index, ==, 0);
  g_assert_true (ss_token_to_index ("10/", 2, &index));
  g_assert_cmpuint (index, ==, 10);
  g_assert_true (ss_token_to_index ("4294967294", 10, &index));
  g_assert_cmpuint (index, ==, G_MAXUINT - 1);

  for (i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (ss_token_to_index (others[i], strlen (others[i]), &index));
}

static void
test_within (void)
{
  static const struct
  {
    const char *inner;
    const char *outer;
    gboolean within;
  } cases[] = {
    { "", "", TRUE },         { NULL, "", TRUE },      { "", NULL, TRUE },
    { "/a", "", TRUE },       { "/a", NULL, TRUE },    { "/a", "/a", TRUE },
    { "/a/b", "/a", TRUE },   { "/a/", "/a", TRUE },   { "/ab", "/a", FALSE },
    { "/a~1b", "/a", FALSE }, { "/a", "/a/b", FALSE }, { "", "/a", FALSE },
    { NULL, "/", FALSE },     { "/10", "/1", FALSE },
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (ss_pointer_is_within (cases[i].inner, cases[i].outer), ==, cases[i].within);
}

static void
test_append (void)
{
  g_autoptr (GString) pointer = g_string_new (NULL);

  ss_pointer_append_token (pointer, "a/b~c", -1);
  ss_pointer_append_token (pointer, "", -1);
  ss_pointer_append_token (pointer, "xyz", 2);
  ss_pointer_append_index (pointer, 0);
  ss_pointer_append_index (pointer, G_MAXUINT);
  g_assert_cmpstr (pointer->str, ==, "/a~1b~0c//xy/0/4294967295");
}

/* The pointer made on the way down leads to the same place in any document. */
static void
test_random (void)
{
  guint n = test_cases (5000);

  for (; n > 0; n--)
    {
      g_autoptr (SsValue) root = test_random_value (4);
      g_autofree char *pointer = test_random_pointer (root);
      g_autoptr (GError) error = NULL;

      g_assert_true (ss_pointer_is_valid (pointer, &error));
      g_assert_nonnull (ss_pointer_resolve (root, pointer, &error));
      g_assert_no_error (error);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pointer/rfc-examples", test_rfc_examples);
  g_test_add_func ("/pointer/failures", test_failures);
  g_test_add_func ("/pointer/valid", test_valid);
  g_test_add_func ("/pointer/tokens", test_tokens);
  g_test_add_func ("/pointer/indices", test_indices);
  g_test_add_func ("/pointer/within", test_within);
  g_test_add_func ("/pointer/append", test_append);
  g_test_add_func ("/pointer/random", test_random);

  return g_test_run ();
}
