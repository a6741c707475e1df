/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <math.h>

#include "server-signal-error.h"
#include "ss-limits.h"
#include "ss-node.h"
#include "ss-reader.h"
#include "ss-writer.h"

static SsValue *
parse (const char *json)
{
  GError *error = NULL;
  SsValue *value = ss_value_from_json (json, -1, SS_DOCUMENT_DEPTH, &error);

  g_assert_no_error (error);

  return value;
}

static void
test_round_trips (void)
{
  static const char *texts[] = {
    "null",
    "true",
    "false",
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "0.5",
    "-0.0",
    "1.0",
    "1e300",
    "5e-324",
    "\"\"",
    "\"a\\\"b\303\251\"",
    "[]",
    "{}",
    "[1,[2,[3]],{\"a\":{}}]",
    "{\"b\":1,\"a\":[true,null],\"\":{\"a/b\":\"c~d\"}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (SsValue) value = parse (texts[i]);
      g_autoptr (JsonNode) node = ss_value_to_node (value);
      g_autoptr (GError) error = NULL;
      g_autoptr (SsValue) back = ss_value_from_node (node, SS_DOCUMENT_DEPTH, &error);
      g_autofree char *json = NULL;

      g_assert_no_error (error);
      json = ss_value_to_json (back, NULL);
      g_assert_cmpstr (json, ==, texts[i]);
    }
}

static void
test_nothing (void)
{
  g_autoptr (SsValue) value = ss_value_from_node (NULL, SS_DOCUMENT_DEPTH, NULL);
  g_autoptr (JsonNode) no_string = json_node_init_string (json_node_alloc (), NULL);
  g_autoptr (SsValue) other = ss_value_from_node (no_string, SS_DOCUMENT_DEPTH, NULL);

  g_assert_cmpint (ss_value_kind (value), ==, SS_VALUE_NULL);
  g_assert_cmpint (ss_value_kind (other), ==, SS_VALUE_NULL);
}

/* A node that comes out is the caller's alone: editing it changes neither the tree nor a second
 * copy. */
static void
test_fresh (void)
{
  g_autoptr (SsValue) value = parse ("{\"a\":[1,{\"b\":\"x\"}]}");
  g_autoptr (JsonNode) first = ss_value_to_node (value);
  g_autoptr (JsonNode) second = ss_value_to_node (value);
  g_autoptr (SsValue) back = NULL;
  JsonArray *list = json_object_get_array_member (json_node_get_object (first), "a");

  json_object_set_string_member (json_array_get_object_element (list, 1), "b", "changed");
  json_array_remove_element (list, 0);

  back = ss_value_from_node (second, SS_DOCUMENT_DEPTH, NULL);
  g_assert_true (ss_value_equal (back, value));
}

static JsonNode *
with_member (const char *key,
             JsonNode   *member)
{
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();
  JsonNode *inner = json_node_init_array (json_node_alloc (), array);
  JsonNode *node;

  json_array_add_null_element (array);
  json_array_add_element (array, member);
  json_object_set_member (object, key, inner);
  node = json_node_init_object (json_node_alloc (), object);
  json_array_unref (array);
  json_object_unref (object);

  return node;
}

static JsonNode *
string_node (const char *text)
{
  return json_node_init_string (json_node_alloc (), text);
}

static void
test_refuses (void)
{
  struct
  {
    JsonNode *node;
    const char *pointer;
    const char *expected;
  } rows[] = {
    { json_node_init_double (json_node_alloc (), NAN), "“”", "finite" },
    { json_node_init_double (json_node_alloc (), INFINITY), "“”", "finite" },
    { with_member ("a", json_node_init_double (json_node_alloc (), -INFINITY)), "“/a/1”",
      "finite" },
    { with_member ("a/b~c", string_node ("x\377")), "“/a~1b~0c/1”", "UTF-8" },
    { with_member ("a", string_node ("\355\240\200")), "“/a/1”", "UTF-8" },
    { with_member ("x\377", string_node ("")), "“/x\357\277\275”", "UTF-8" },
    { with_member ("a", json_node_new (JSON_NODE_VALUE)), "“/a/1”", "without a value" },
    { with_member ("a", json_node_new (JSON_NODE_ARRAY)), "“/a/1”", "without a value" },
    { with_member ("a", json_node_new (JSON_NODE_OBJECT)), "“/a/1”", "without a value" },
  };
  g_autoptr (SsValue) like = parse ("{\"a\":[null,1.5]}");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) again = NULL;

      g_assert_null (ss_value_from_node (rows[i].node, SS_DOCUMENT_DEPTH, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, rows[i].pointer));
      g_assert_nonnull (strstr (error->message, rows[i].expected));

      g_assert_null (ss_value_from_node_like (rows[i].node, like, SS_DOCUMENT_DEPTH, &again));
      g_assert_cmpstr (again->message, ==, error->message);
      g_assert_null (ss_value_from_node (rows[i].node, SS_DOCUMENT_DEPTH, NULL));
      json_node_unref (rows[i].node);
    }
}

static JsonNode *
nested (guint n)
{
  JsonNode *node = json_node_init_array (json_node_alloc (), json_array_new ());

  json_array_unref (json_node_get_array (node));
  for (guint i = 1; i < n; i++)
    {
      JsonArray *array = json_array_new ();

      json_array_add_element (array, node);
      node = json_node_init_array (json_node_alloc (), array);
      json_array_unref (array);
    }

  return node;
}

static void
test_depth (void)
{
  g_autoptr (JsonNode) fits = nested (SS_DOCUMENT_DEPTH);
  g_autoptr (JsonNode) deeper = nested (SS_DOCUMENT_DEPTH + 1);
  g_autoptr (JsonNode) cycle = nested (2);
  g_autoptr (SsValue) value = ss_value_from_node (fits, SS_DOCUMENT_DEPTH, NULL);
  g_autoptr (GError) error = NULL;
  JsonNode *inner;

  g_assert_cmpuint (ss_value_depth (value), ==, SS_DOCUMENT_DEPTH);

  g_assert_null (ss_value_from_node (deeper, SS_DOCUMENT_DEPTH, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "/0/0/0"));
  g_assert_nonnull (strstr (error->message, "120"));
  g_clear_error (&error);

  /* A node that contains itself is endless. */
  inner = json_node_init_array (json_node_alloc (), json_node_get_array (cycle));
  json_array_add_element (json_node_get_array (cycle), inner);
  g_assert_null (ss_value_from_node (cycle, SS_DOCUMENT_DEPTH, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  json_array_remove_element (json_node_get_array (cycle), 1);
}

/* Gives the tree of json, which shares equal parts with that of like. */
static SsValue *
read_like (const char    *json,
           const SsValue *like)
{
  g_autoptr (SsValue) value = parse (json);
  g_autoptr (JsonNode) node = ss_value_to_node (value);
  g_autoptr (GError) error = NULL;
  SsValue *result = ss_value_from_node_like (node, like, SS_DOCUMENT_DEPTH, &error);

  g_assert_no_error (error);
  g_assert_true (ss_value_equal (result, value));

  return result;
}

static void
test_like_same (void)
{
  static const char *texts[] = {
    "null",
    "1",
    "9223372036854775807",
    "0.5",
    "1e300",
    "\"x\"",
    "[]",
    "{}",
    "[1,\"x\",[2,{\"a\":\"y\"}]]",
    "{\"a\":{\"b\":[\"c\",1e300,9223372036854775807]},\"d\":1}",
  };
  g_autoptr (SsValue) ordered = parse ("{\"a\":[1],\"b\":{\"c\":\"x\",\"d\":2}}");
  g_autoptr (SsValue) other = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (SsValue) like = parse (texts[i]);
      g_autoptr (SsValue) value = read_like (texts[i], like);

      g_assert_true (value == like);
    }

  /* The order of members makes no difference to equality, so none here. */
  other = read_like ("{\"b\":{\"d\":2,\"c\":\"x\"},\"a\":[1]}", ordered);
  g_assert_true (other == ordered);
}

static void
test_like_parts (void)
{
  g_autoptr (SsValue) like = parse (
    "{\"a\":[{\"x\":1},{\"x\":2},{\"x\":3},{\"x\":4}],\"b\":{\"c\":[1],\"d\":\"s\"},\"e\":{}}");
  g_autoptr (SsValue) value = NULL;
  SsValue *old_list = ss_object_value (like, 0);
  SsValue *new_list;

  /* One inserted in the middle: both ends are shared. */
  value = read_like (
    "{\"a\":[{\"x\":1},{\"x\":2},{\"x\":9},{\"x\":3},{\"x\":4}],\"b\":{\"c\":[2],\"d\":\"s\"},\"f\":{}}",
    like);
  new_list = ss_object_value (value, 0);
  g_assert_true (ss_array_get (new_list, 0) == ss_array_get (old_list, 0));
  g_assert_true (ss_array_get (new_list, 1) == ss_array_get (old_list, 1));
  g_assert_true (ss_array_get (new_list, 3) == ss_array_get (old_list, 2));
  g_assert_true (ss_array_get (new_list, 4) == ss_array_get (old_list, 3));
  g_assert_true (ss_object_get (ss_object_get (value, "b", 1), "d", 1) ==
                 ss_object_get (ss_object_get (like, "b", 1), "d", 1));
  g_assert_true (ss_object_key (value, 0) == ss_object_key (like, 0));
  g_clear_pointer (&value, ss_value_unref);

  /* Two changed ones, and those between them. */
  value =
    read_like ("{\"a\":[{\"x\":0},{\"x\":2},{\"x\":3},{\"x\":0}],\"b\":{\"c\":[1],\"d\":\"t\"}}",
               like);
  new_list = ss_object_value (value, 0);
  g_assert_true (ss_array_get (new_list, 1) == ss_array_get (old_list, 1));
  g_assert_true (ss_array_get (new_list, 2) == ss_array_get (old_list, 2));
  g_assert_true (ss_object_get (ss_object_get (value, "b", 1), "c", 1) ==
                 ss_object_get (ss_object_get (like, "b", 1), "c", 1));
  g_clear_pointer (&value, ss_value_unref);

  /* Shorter, longer, empty, of other kinds. */
  value = read_like ("{\"a\":[{\"x\":4}],\"b\":[],\"e\":1}", like);
  g_assert_true (ss_array_get (ss_object_value (value, 0), 0) == ss_array_get (old_list, 3));
  g_clear_pointer (&value, ss_value_unref);
  value = read_like ("{\"a\":[{\"x\":1},{\"x\":1},{\"x\":2},{\"x\":3},{\"x\":4},{\"x\":4}]}", like);
  g_clear_pointer (&value, ss_value_unref);
  value = read_like ("{\"a\":{},\"b\":\"s\",\"e\":[]}", like);
  g_clear_pointer (&value, ss_value_unref);
  value = read_like ("[1,2]", like);
}

/* The keys of rows are one string each, with nothing to be like as well. */
static void
test_shares_keys (void)
{
  g_autoptr (SsValue) value =
    read_like ("[{\"a\":1,\"b\":2},{\"a\":1,\"b\":2},{\"a\":1,\"b\":2}]", NULL);

  for (guint i = 0; i < 2; i++)
    g_assert_true (ss_object_key (ss_array_get (value, 0), i) ==
                   ss_object_key (ss_array_get (value, 2), i));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/node/round-trips", test_round_trips);
  g_test_add_func ("/node/nothing", test_nothing);
  g_test_add_func ("/node/fresh", test_fresh);
  g_test_add_func ("/node/refuses", test_refuses);
  g_test_add_func ("/node/depth", test_depth);
  g_test_add_func ("/node/like/same", test_like_same);
  g_test_add_func ("/node/like/parts", test_like_parts);
  g_test_add_func ("/node/shares-keys", test_shares_keys);

  return g_test_run ();
}
