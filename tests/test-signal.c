/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <math.h>

#include "test-witness.h"

/* Making, reading and writing a signal. */

static JsonNode *
int_node (gint64 value)
{
  return json_node_init_int (json_node_alloc (), value);
}

static void
test_new (void)
{
  ServerSignal *signal = server_signal_new ("näme/1", NULL);
  ServerSignal *other = server_signal_new ("other", NULL);
  g_autoptr (JsonNode) value = NULL;
  g_autofree char *name = NULL;
  g_autofree char *epoch = NULL;
  guint64 revision = 1;
  gboolean writable = FALSE;
  gboolean stale = TRUE;

  g_object_get (signal, "name", &name, "value", &value, "revision", &revision, "epoch", &epoch,
                "writable", &writable, "stale", &stale, NULL);
  g_assert_cmpstr (name, ==, "näme/1");
  g_assert_true (JSON_NODE_HOLDS_NULL (value));
  g_assert_cmpuint (revision, ==, 0);
  g_assert_cmpuint (strlen (epoch), ==, 32);
  g_assert_cmpuint (strspn (epoch, "0123456789abcdef"), ==, 32);
  g_assert_true (writable);
  g_assert_false (stale);

  g_assert_cmpstr (server_signal_get_name (signal), ==, name);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 0);
  g_assert_cmpstr (server_signal_get_epoch (signal), ==, epoch);
  g_assert_cmpstr (server_signal_get_epoch (signal), !=, server_signal_get_epoch (other));
  g_assert_true (server_signal_get_writable (signal));
  g_assert_false (server_signal_get_stale (signal));
  g_assert_true (ss_signal_has_data (signal));

  g_assert_finalize_object (signal);
  g_assert_finalize_object (other);
}

static void
test_new_with_value (void)
{
  g_autoptr (JsonNode) initial = node_of ("{'list':[1,2.5,'x',null,true]}");
  ServerSignal *signal = server_signal_new ("s", initial);
  ServerSignal *made = g_object_new (SERVER_TYPE_SIGNAL, "name", "m", "value", initial, NULL);

  /* Later changes of the caller's node do not reach the signal. */
  json_object_set_int_member (json_node_get_object (initial), "list", 7);
  assert_json (signal, NULL, "{'list':[1,2.5,'x',null,true]}");
  assert_json (made, NULL, "{'list':[1,2.5,'x',null,true]}");

  g_assert_finalize_object (signal);
  g_assert_finalize_object (made);
}

static void
test_new_from_json (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *deep = g_strnfill (SS_DOCUMENT_DEPTH + 1, '[');
  ServerSignal *signal = server_signal_new_from_json ("s", "{\"a\": [1, 1.0]}", &error);

  g_assert_no_error (error);
  assert_json (signal, NULL, "{'a':[1,1.0]}");
  g_assert_finalize_object (signal);

  g_assert_null (server_signal_new_from_json ("s", "{\"a\":}", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
  g_clear_error (&error);

  g_assert_null (server_signal_new_from_json ("s", deep, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
}

static void
expect_critical (const char *pattern)
{
  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, pattern);
}

static void
test_name (void)
{
  g_autofree char *longest = g_strnfill (SS_NAME_BYTES, 'n');
  g_autofree char *too_long = g_strnfill (SS_NAME_BYTES + 1, 'n');
  const char *bad[] = { NULL, "", "\xff", too_long };
  ServerSignal *signal = server_signal_new (longest, NULL);

  g_assert_cmpstr (server_signal_get_name (signal), ==, longest);
  g_assert_finalize_object (signal);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      expect_critical ("*is_name*");
      g_assert_null (server_signal_new (bad[i], NULL));
      g_test_assert_expected_messages ();

      expect_critical ("*name*");
      signal = g_object_new (SERVER_TYPE_SIGNAL, "name", bad[i], NULL);
      g_test_assert_expected_messages ();
      g_assert_nonnull (server_signal_get_name (signal));
      g_assert_finalize_object (signal);
    }
}

static void
test_bad_initial (void)
{
  g_autoptr (JsonNode) infinite = json_node_init_double (json_node_alloc (), INFINITY);
  ServerSignal *signal;

  expect_critical ("*initial value*");
  signal = server_signal_new ("s", infinite);
  g_test_assert_expected_messages ();
  assert_json (signal, NULL, "null");

  g_assert_finalize_object (signal);
}

static void
test_has (void)
{
  ServerSignal *signal = signal_of ("{'a':null,'list':[0],'':1,'a/b':2,'m~n':3}");

  g_assert_true (server_signal_has (signal, NULL));
  g_assert_true (server_signal_has (signal, ""));
  g_assert_true (server_signal_has (signal, "/a"));
  g_assert_true (server_signal_has (signal, "/list/0"));
  g_assert_true (server_signal_has (signal, "/"));
  g_assert_true (server_signal_has (signal, "/a~1b"));
  g_assert_true (server_signal_has (signal, "/m~0n"));
  g_assert_false (server_signal_has (signal, "/list/1"));
  g_assert_false (server_signal_has (signal, "/list/-"));
  g_assert_false (server_signal_has (signal, "/list/00"));
  g_assert_false (server_signal_has (signal, "/b"));
  g_assert_false (server_signal_has (signal, "/a/b"));

  g_assert_finalize_object (signal);
}

static void
test_getters (void)
{
  ServerSignal *signal =
    signal_of ("{'i':-7,'d':-7.9,'big':1e300,'low':-1e300,'edge':9223372036854775807.0,"
               "'max':9223372036854775807,'s':'8','t':true,'f':false,'n':null,'o':{},'l':[1]}");
  static const struct
  {
    const char *pointer;
    gint64 as_int;
    double as_double;
    gboolean as_boolean;
    const char *as_string;
  } cases[] = {
    { "/i", -7, -7.0, FALSE, NULL },
    { "/d", -7, -7.9, FALSE, NULL },
    { "/big", G_MAXINT64, 1e300, FALSE, NULL },
    { "/low", G_MININT64, -1e300, FALSE, NULL },
    { "/edge", G_MAXINT64, 9223372036854775808.0, FALSE, NULL },
    { "/max", G_MAXINT64, 9223372036854775808.0, FALSE, NULL },
    { "/s", 0, 0.0, FALSE, "8" },
    { "/t", 0, 0.0, TRUE, NULL },
    { "/f", 0, 0.0, FALSE, NULL },
    { "/n", 0, 0.0, FALSE, NULL },
    { "/o", 0, 0.0, FALSE, NULL },
    { "/l", 0, 0.0, FALSE, NULL },
    { "/l/0", 1, 1.0, FALSE, NULL },
    { "/none", 0, 0.0, FALSE, NULL },
    { NULL, 0, 0.0, FALSE, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *string = server_signal_dup_string (signal, cases[i].pointer);

      g_test_message ("%s", cases[i].pointer);
      g_assert_cmpint (server_signal_get_int (signal, cases[i].pointer), ==, cases[i].as_int);
      g_assert_cmpfloat (server_signal_get_double (signal, cases[i].pointer), ==,
                         cases[i].as_double);
      g_assert_cmpint (server_signal_get_boolean (signal, cases[i].pointer), ==,
                       cases[i].as_boolean);
      g_assert_cmpstr (string, ==, cases[i].as_string);
    }

  assert_json (signal, "/s", "'8'");
  assert_json (signal, "/none", NULL);
  g_assert_null (server_signal_dup_value (signal, "/none"));

  g_assert_finalize_object (signal);
}

static void
test_members (void)
{
  ServerSignal *signal =
    signal_of ("{'list':[0,[1,2]],'object':{'b':1,'a/b':{},'m~n':null,'':[]},'s':'text','n':null}");
  static const struct
  {
    const char *pointer;
    guint n_elements;
    const char *members; /* joined by commas; NULL: it is no object */
  } cases[] = {
    { NULL, 4, "list,object,s,n" },
    { "", 4, "list,object,s,n" },
    { "/list", 2, NULL },
    { "/list/1", 2, NULL },
    { "/list/0", 0, NULL },
    { "/object", 4, "b,a/b,m~n," },
    { "/object/a~1b", 0, "" },
    { "/object/", 0, NULL },
    { "/s", 0, NULL },
    { "/n", 0, NULL },
    { "/none", 0, NULL },
    { "/list/-", 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) members = server_signal_list_members (signal, cases[i].pointer);
      g_autofree char *joined = g_strjoinv (",", members);

      g_test_message ("%s", cases[i].pointer);
      g_assert_cmpuint (server_signal_get_n_elements (signal, cases[i].pointer), ==,
                        cases[i].n_elements);
      g_assert_cmpstr (joined, ==, cases[i].members != NULL ? cases[i].members : "");
      g_assert_cmpuint (g_strv_length (members), ==,
                        cases[i].members != NULL ? cases[i].n_elements : 0);
    }

  /* Elements and members of many are kept in another way. */
  g_object_freeze_notify (G_OBJECT (signal));
  for (guint i = 0; i < 5000; i++)
    {
      g_autofree char *member = g_strdup_printf ("/object/a%u", i);

      g_assert_true (server_signal_insert_json (signal, "/list/0", "true", NULL));
      g_assert_true (server_signal_insert_json (signal, member, "[]", NULL));
    }
  g_object_thaw_notify (G_OBJECT (signal));
  g_assert_true (server_signal_remove (signal, "/object/a0", NULL));
  g_assert_cmpuint (server_signal_get_n_elements (signal, "/list"), ==, 5002);
  {
    g_auto (GStrv) members = server_signal_list_members (signal, "/object");

    g_assert_cmpuint (g_strv_length (members), ==, 5003);
    g_assert_cmpuint (server_signal_get_n_elements (signal, "/object"), ==, 5003);
    g_assert_cmpstr (members[0], ==, "b");
    g_assert_cmpstr (members[4], ==, "a1");
    g_assert_cmpstr (members[5002], ==, "a4999");
  }

  g_assert_finalize_object (signal);
}

/* Reading with text that is not a JSON Pointer says so, whatever it is that is read. */
static void
test_bad_pointers (void)
{
  ServerSignal *signal = signal_of ("{'nope':1,'list':[1]}");
  const char *bad[] = { "nope", "list/0", "/~", "/a~2b", "/list~", "#/nope", " /nope", "/\xff" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("case %u", i);
      for (guint j = 0; j < 9; j++)
        expect_critical ("*signal \"test\"*is not*");

      g_assert_false (server_signal_has (signal, bad[i]));
      g_assert_cmpint (server_signal_get_int (signal, bad[i]), ==, 0);
      g_assert_cmpfloat (server_signal_get_double (signal, bad[i]), ==, 0.0);
      g_assert_false (server_signal_get_boolean (signal, bad[i]));
      g_assert_null (server_signal_dup_string (signal, bad[i]));
      g_assert_null (server_signal_dup_json (signal, bad[i]));
      g_assert_null (server_signal_dup_value (signal, bad[i]));
      g_assert_cmpuint (server_signal_get_n_elements (signal, bad[i]), ==, 0);
      {
        g_auto (GStrv) members = server_signal_list_members (signal, bad[i]);

        g_assert_cmpuint (g_strv_length (members), ==, 0);
      }
      g_test_assert_expected_messages ();
    }

  g_assert_finalize_object (signal);
}

/* Where the parent is there and holds nothing, that is the reason, with each writer. */
static void
test_scalar_parent (void)
{
  static const char *const documents[] = { "null", "1", "'a'", "true" };

  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      ServerSignal *signal = signal_of (documents[i]);
      g_autoptr (JsonNode) node = json_from_string ("[1]", NULL);
      GError *errors[3] = {
        NULL,
      };

      g_assert_false (server_signal_set_int (signal, "/count", 1, &errors[0]));
      g_assert_false (server_signal_set_string (signal, "/-", "a", &errors[1]));
      g_assert_false (server_signal_insert_value (signal, "/0", node, &errors[2]));
      for (guint j = 0; j < G_N_ELEMENTS (errors); j++)
        {
          g_test_message ("%s", errors[j]->message);
          g_assert_error (errors[j], SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND);
          g_assert_nonnull (strstr (errors[j]->message, "neither an object nor a list"));
          g_clear_error (&errors[j]);
        }
      g_assert_cmpuint (server_signal_get_revision (signal), ==, 0);
      g_assert_finalize_object (signal);
    }
}

/* The first place on the way that is not there is named, and the one that was asked for. */
static void
test_missing_parent (void)
{
  ServerSignal *signal = signal_of ("{'a':{'b':1},'list':[{}],'other':1}");
  static const struct
  {
    const char *pointer;
    const char *missing;
  } cases[] = {
    { "/x/y", "“/x”" },           { "/a/c/d", "“/a/c”" },           { "/a/c/d/e", "“/a/c”" },
    { "/list/1/n", "“/list/1”" }, { "/list/0/n/m", "“/list/0/n”" }, { "/list/-/n", "“/list/-”" },
    { "/a/b/c/d", "“/a/b/c”" },   { "/m~1n/o", "“/m~1n”" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) node = json_from_string ("[1]", NULL);
      GError *errors[4] = {
        NULL,
      };

      g_assert_false (server_signal_set_int (signal, cases[i].pointer, 1, &errors[0]));
      g_assert_false (server_signal_insert_value (signal, cases[i].pointer, node, &errors[1]));
      g_assert_false (server_signal_remove (signal, cases[i].pointer, &errors[2]));
      g_assert_false (server_signal_move (signal, "/other", cases[i].pointer, &errors[3]));
      for (guint j = 0; j < G_N_ELEMENTS (errors); j++)
        {
          g_test_message ("%s", errors[j]->message);
          g_assert_error (errors[j], SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND);
          g_assert_nonnull (strstr (errors[j]->message, cases[i].missing));
          g_assert_nonnull (strstr (errors[j]->message, cases[i].pointer));
          g_clear_error (&errors[j]);
        }
    }

  g_assert_finalize_object (signal);
}

/* Nobody holds our tree. */
static void
test_copies_out (void)
{
  ServerSignal *signal = signal_of ("{'o':{'a':1}}");
  g_autoptr (JsonNode) value = NULL;
  g_autoptr (JsonNode) part = server_signal_dup_value (signal, "/o");
  g_autoptr (JsonNode) whole = server_signal_dup_value (signal, NULL);

  g_object_get (signal, "value", &value, NULL);
  json_object_set_int_member (json_node_get_object (part), "a", 2);
  json_object_remove_member (json_node_get_object (whole), "o");
  json_object_remove_member (json_node_get_object (value), "o");
  assert_json (signal, NULL, "{'o':{'a':1}}");

  g_assert_finalize_object (signal);
}

/* And nobody's node is kept. */
static void
test_copies_in (void)
{
  ServerSignal *signal = signal_of ("{}");
  g_autoptr (JsonNode) node = node_of ("{'a':[1]}");

  g_assert_true (server_signal_set_value (signal, "/set", node, NULL));
  g_assert_true (server_signal_insert_value (signal, "/insert", node, NULL));
  json_array_add_int_element (json_object_get_array_member (json_node_get_object (node), "a"), 2);
  assert_json (signal, NULL, "{'set':{'a':[1]},'insert':{'a':[1]}}");

  g_assert_finalize_object (signal);
}

/* Each write from a document, the document that it gives, and the patch, which is NULL where
 * nothing changes. */
typedef struct
{
  const char *before;
  const char *write;     /* the writer, as in write_by_name() */
  const char *pointer;
  const char *argument;
  const char *after;
  const char *patch;
} Write;

static gboolean
write_by_name (ServerSignal  *signal,
               const Write   *write,
               GError       **error)
{
  const char *pointer = write->pointer;
  const char *argument = write->argument;
  g_autofree char *json = quoted (argument);
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;

  if (g_str_equal (write->write, "json"))
    return server_signal_set_json (signal, pointer, json, error);
  if (g_str_equal (write->write, "int"))
    return server_signal_set_int (signal, pointer, g_ascii_strtoll (argument, NULL, 10), error);
  if (g_str_equal (write->write, "double"))
    return server_signal_set_double (signal, pointer, g_ascii_strtod (argument, NULL), error);
  if (g_str_equal (write->write, "boolean"))
    return server_signal_set_boolean (signal, pointer, g_str_equal (argument, "true"), error);
  if (g_str_equal (write->write, "string"))
    return server_signal_set_string (signal, pointer, argument, error);
  if (g_str_equal (write->write, "remove"))
    return server_signal_remove (signal, pointer, error);
  if (g_str_equal (write->write, "move"))
    return server_signal_move (signal, argument, pointer, error);

  if (g_str_equal (write->write, "patch"))
    {
      patch = server_signal_patch_new_from_json (json, error);
      g_assert_nonnull (patch);
      return server_signal_apply_patch (signal, patch, error);
    }

  node = argument != NULL ? node_of (argument) : NULL;
  if (g_str_equal (write->write, "value"))
    return server_signal_set_value (signal, pointer, node, error);
  if (g_str_equal (write->write, "insert"))
    return server_signal_insert_value (signal, pointer, node, error);

  g_assert_not_reached ();
}

static void
test_writes (void)
{
  static const Write writes[] = {
    { "1", "int", NULL, "2", "2", "[{'op':'replace','path':'','value':2}]" },
    { "1", "int", "", "1", "1", NULL },
    { "1", "double", "", "1", "1.0", "[{'op':'replace','path':'','value':1.0}]" },
    { "{'a':1}", "int", "/a", "2", "{'a':2}", "[{'op':'replace','path':'/a','value':2}]" },
    { "{'a':1}", "int", "/b", "2", "{'a':1,'b':2}", "[{'op':'add','path':'/b','value':2}]" },
    { "[1]", "int", "/-", "2", "[1,2]", "[{'op':'add','path':'/-','value':2}]" },
    { "{'-':0}", "int", "/-", "2", "{'-':2}", "[{'op':'replace','path':'/-','value':2}]" },
    { "{}", "int", "/", "2", "{'':2}", "[{'op':'add','path':'/','value':2}]" },
    { "{'a':{}}", "boolean", "/a/x~1y", "true", "{'a':{'x/y':true}}",
      "[{'op':'add','path':'/a/x~1y','value':true}]" },
    { "{'a':1}", "boolean", "/a", "false", "{'a':false}",
      "[{'op':'replace','path':'/a','value':false}]" },
    { "{'a':1}", "double", "/a", "0.1", "{'a':0.1}", "[{'op':'replace','path':'/a','value':0.1}]" },
    { "{'a':1}", "string", "/a", "é\n", "{'a':'é\\n'}",
      "[{'op':'replace','path':'/a','value':'é\\n'}]" },
    { "{'a':1}", "string", "/a", NULL, "{'a':null}",
      "[{'op':'replace','path':'/a','value':null}]" },
    { "{'a':null}", "string", "/a", NULL, "{'a':null}", NULL },
    { "{'a':'x'}", "string", "/a", "x", "{'a':'x'}", NULL },
    { "{'a':1}", "value", "/a", NULL, "{'a':null}", "[{'op':'replace','path':'/a','value':null}]" },
    { "{'a':[1,{'b':2}]}", "value", "", "{'a':[1,{'b':2}]}", "{'a':[1,{'b':2}]}", NULL },
    { "{'a':1,'b':2}", "json", "", "{'b':2,'a':1}", "{'a':1,'b':2}", NULL },
    { "{'a':{'x':1,'y':'a long string, so that the rest is kept'}}", "value", "/a",
      "{'x':2,'y':'a long string, so that the rest is kept'}",
      "{'a':{'x':2,'y':'a long string, so that the rest is kept'}}",
      "[{'op':'replace','path':'/a/x','value':2}]" },
    { "{'a':{'x':1,'y':'a long string, so that the rest is kept'}}", "json", NULL,
      "{'a':{'x':2,'y':'a long string, so that the rest is kept'}}",
      "{'a':{'x':2,'y':'a long string, so that the rest is kept'}}",
      "[{'op':'replace','path':'/a/x','value':2}]" },
    { "{'a':{'x':1}}", "json", "/a", "5", "{'a':5}", "[{'op':'replace','path':'/a','value':5}]" },

    { "[1,3]", "insert", "/1", "2", "[1,2,3]", "[{'op':'add','path':'/1','value':2}]" },
    { "[1]", "insert", "/0", "1", "[1,1]", "[{'op':'add','path':'/0','value':1}]" },
    { "[1]", "insert", "/1", "2", "[1,2]", "[{'op':'add','path':'/1','value':2}]" },
    { "[1]", "insert", "/-", "2", "[1,2]", "[{'op':'add','path':'/-','value':2}]" },
    { "[1]", "insert", "/-", NULL, "[1,null]", "[{'op':'add','path':'/-','value':null}]" },
    { "{'0':1}", "insert", "/0", "1", "{'0':1}", NULL },
    { "{'0':1}", "insert", "/0", "2", "{'0':2}", "[{'op':'add','path':'/0','value':2}]" },
    { "{}", "insert", "/x", "{}", "{'x':{}}", "[{'op':'add','path':'/x','value':{}}]" },
    { "{}", "insert", "", "[]", "[]", "[{'op':'add','path':'','value':[]}]" },
    { "[]", "insert", "", "[]", "[]", NULL },

    { "[1,2,3]", "remove", "/1", NULL, "[1,3]", "[{'op':'remove','path':'/1'}]" },
    { "{'a':1,'b':2}", "remove", "/a", NULL, "{'b':2}", "[{'op':'remove','path':'/a'}]" },

    { "[1,2,3]", "move", "/0", "/2", "[3,1,2]", "[{'op':'move','from':'/2','path':'/0'}]" },
    { "[1,2,3]", "move", "/-", "/0", "[2,3,1]", "[{'op':'move','from':'/0','path':'/-'}]" },
    { "{'a':1,'b':{}}", "move", "/b/c", "/a", "{'b':{'c':1}}",
      "[{'op':'move','from':'/a','path':'/b/c'}]" },
    { "{'a':{'b':1}}", "move", "/a", "/a/b", "{'a':1}",
      "[{'op':'move','from':'/a/b','path':'/a'}]" },
    { "{'a':{'b':1}}", "move", NULL, "/a", "{'b':1}", "[{'op':'move','from':'/a','path':''}]" },
    { "{'a':1}", "move", "/a", "/a", "{'a':1}", NULL },

    { "{'a':1}", "patch", NULL, "[]", "{'a':1}", NULL },
    { "{'a':1}", "patch", NULL, "[{'op':'test','path':'/a','value':1}]", "{'a':1}", NULL },
    { "{'a':1}", "patch", NULL, "[{'op':'replace','path':'/a','value':1}]", "{'a':1}", NULL },
    { "{'a':1}", "patch", NULL,
      "[{'op':'test','path':'/a','value':1},{'op':'copy','from':'/a','path':'/b'}]",
      "{'a':1,'b':1}", "[{'op':'copy','from':'/a','path':'/b'}]" },
    { "{'l':[]}", "patch", NULL,
      "[{'op':'add','path':'/l/-','value':1},{'op':'add','path':'/l/0','value':0}]", "{'l':[0,1]}",
      "[{'op':'add','path':'/l/-','value':1},{'op':'add','path':'/l/0','value':0}]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (writes); i++)
    {
      g_autoptr (GError) error = NULL;
      ServerSignal *signal = signal_of (writes[i].before);
      ServerSignal *unseen = signal_of (writes[i].before);
      Witness *witness = witness_new (signal);
      g_autoptr (JsonNode) patch = NULL;
      gboolean written;

      g_test_message ("%u: %s %s", i, writes[i].write, writes[i].pointer);
      written = write_by_name (signal, &writes[i], &error);
      g_assert_no_error (error);
      g_assert_true (written);
      assert_json (signal, NULL, writes[i].after);
      assert_commits (witness, writes[i].patch != NULL ? 1 : 0);
      if (writes[i].patch != NULL)
        assert_patch (witness, writes[i].patch);

      /* In place, where nobody else holds the document. */
      g_assert_true (write_by_name (unseen, &writes[i], NULL));
      assert_json (unseen, NULL, writes[i].after);

      witness_free (witness);
      g_assert_finalize_object (signal);
      g_assert_finalize_object (unseen);
    }
}

/* Set and diff give the same patch. */
static void
test_set_is_diff (void)
{
  static const char *documents[] = {
    "null",
    "1",
    "'text'",
    "[]",
    "{}",
    "[1,2,3,4]",
    "[0,1,2,3,4]",
    "[4,3,2,1]",
    "{'a':1,'b':[1,2]}",
    "{'b':[2,1],'c':{'d':null}}",
    "[{'id':1,'n':'one'},{'id':2,'n':'two'}]",
    "[{'id':2,'n':'two'},{'id':1,'n':'uno'}]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    for (guint j = 0; j < G_N_ELEMENTS (documents); j++)
      {
        g_autoptr (JsonNode) from = node_of (documents[i]);
        g_autoptr (JsonNode) to = node_of (documents[j]);
        g_autoptr (ServerSignalPatch) diff = server_signal_patch_new_diff (from, to);
        g_autofree char *text = server_signal_patch_to_json (diff);
        ServerSignal *signal = server_signal_new ("s", from);
        Witness *witness = witness_new (signal);

        g_assert_true (server_signal_set_value (signal, NULL, to, NULL));
        g_assert_cmpstr (witness->patch != NULL ? witness->patch : "[]", ==, text);
        assert_json (signal, NULL, documents[j]);

        witness_free (witness);
        g_assert_finalize_object (signal);
      }
}

static JsonNode *
edit_copy_cb (JsonNode *copy,
              gpointer  user_data)
{
  json_object_set_int_member (json_node_get_object (copy), "n", 2);
  return json_node_ref (copy);
}

static JsonNode *
other_cb (JsonNode *copy,
          gpointer  user_data)
{
  return int_node (7);
}

static JsonNode *
nothing_cb (JsonNode *copy,
            gpointer  user_data)
{
  json_object_set_int_member (json_node_get_object (copy), "n", 99);
  (*(guint *) user_data)++;
  return NULL;
}

static JsonNode *
infinite_cb (JsonNode *copy,
             gpointer  user_data)
{
  json_object_set_double_member (json_node_get_object (copy), "n", INFINITY);
  return json_node_ref (copy);
}

static JsonNode *
write_too_cb (JsonNode *copy,
              gpointer  user_data)
{
  g_assert_true (server_signal_set_int (user_data, "/m", 5, NULL));
  json_object_set_int_member (json_node_get_object (copy), "n", 3);
  return json_node_ref (copy);
}

static void
test_update (void)
{
  ServerSignal *signal = signal_of ("{'n':1,'rest':[1,2,3]}");
  Witness *witness = witness_new (signal);
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_assert_true (server_signal_update (signal, edit_copy_cb, NULL, &error));
  g_assert_no_error (error);
  assert_commits (witness, 1);
  assert_patch (witness, "[{'op':'replace','path':'/n','value':2}]");

  /* Equal already. */
  g_assert_true (server_signal_update (signal, edit_copy_cb, NULL, &error));
  assert_commits (witness, 1);

  g_assert_false (server_signal_update (signal, nothing_cb, &n, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_cmpuint (n, ==, 1);
  assert_commits (witness, 1);
  assert_json (signal, "/n", "2");

  g_assert_false (server_signal_update (signal, infinite_cb, NULL, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
  g_clear_error (&error);
  assert_commits (witness, 1);

  /* The function's own writes stand, and its result is compared with the document that they made:
   * the copy has no m. */
  g_assert_true (server_signal_update (signal, write_too_cb, signal, &error));
  assert_commits (witness, 3);
  assert_json (signal, NULL, "{'n':3,'rest':[1,2,3]}");

  g_assert_true (server_signal_update (signal, other_cb, NULL, &error));
  assert_commits (witness, 4);
  assert_json (signal, NULL, "7");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_last_revision (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  g_autoptr (GError) error = NULL;

  ss_signal_set_revision (signal, SS_REVISION_MAX - 1);
  g_assert_true (server_signal_set_int (signal, "/a", 1, &error));
  g_assert_cmpuint (server_signal_get_revision (signal), ==, SS_REVISION_MAX);

  g_assert_false (server_signal_set_int (signal, "/a", 2, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, SS_REVISION_MAX);
  assert_json (signal, "/a", "1");

  g_assert_finalize_object (signal);
}

static char *
table_of (guint n_rows)
{
  GString *json = g_string_new ("{'rows':[");

  for (guint i = 0; i < n_rows; i++)
    g_string_append_printf (json, "%s{'id':%u,'name':'row %u of the table','done':false,'at':%u.5}",
                            i > 0 ? "," : "", i, i, i);
  g_string_append (json, "]}");

  return g_strdelimit (g_string_free (json, FALSE), "'", '"');
}

/* One row at the head of 10,000: one operation, whichever way it comes. */
static void
test_head_insert (void)
{
  g_autofree char *json = table_of (10000);
  g_autoptr (JsonNode) row = node_of ("{'id':-1,'name':'the new one','done':true,'at':0.0}");
  ServerSignal *signal = signal_of (json);
  Witness *witness = witness_new (signal);
  const char *expected =
    "[{'op':'add','path':'/rows/0','value':{'id':-1,'name':'the new one','done':true,'at':0.0}}]";
  g_autofree char *with_row = NULL;

  g_assert_true (server_signal_insert_value (signal, "/rows/0", row, NULL));
  assert_commits (witness, 1);
  assert_patch (witness, expected);
  with_row = server_signal_dup_json (signal, NULL);

  /* As a whole new document. */
  g_assert_true (server_signal_remove (signal, "/rows/0", NULL));
  g_assert_true (server_signal_set_json (signal, NULL, with_row, NULL));
  assert_commits (witness, 3);
  assert_patch (witness, expected);
  assert_json (signal, "/rows/10000/id", "9999");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_large (void)
{
  g_autofree char *json = table_of (16000);
  ServerSignal *signal = signal_of (json);
  Witness *witness;
  g_autofree char *text = NULL;
  g_autofree char *long_string = g_strnfill (1000 * 1000, 'x');

  g_assert_cmpuint (strlen (json), >, 1000 * 1000);
  assert_json (signal, NULL, json);
  witness = witness_new (signal);

  /* No change at all, and then one field. */
  g_assert_true (server_signal_set_json (signal, NULL, json, NULL));
  assert_commits (witness, 0);
  g_assert_true (server_signal_set_boolean (signal, "/rows/8000/done", TRUE, NULL));
  assert_commits (witness, 1);
  g_assert_true (server_signal_set_json (signal, NULL, json, NULL));
  assert_commits (witness, 2);
  assert_patch (witness, "[{'op':'replace','path':'/rows/8000/done','value':false}]");

  g_assert_true (server_signal_set_string (signal, "/long", long_string, NULL));
  text = server_signal_dup_string (signal, "/long");
  g_assert_cmpstr (text, ==, long_string);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* A write costs the depth of its pointer and not the size of the document: in place, a list of
 * 100,000 is written as often as one of 10 in the same time, give or take a factor that copying
 * the list would exceed by far. */
static gint64
time_writes (guint n_rows)
{
  g_autofree char *json = table_of (n_rows);
  ServerSignal *signal = signal_of (json);
  gint64 best = G_MAXINT64;

  for (int run = 0; run < 5; run++)
    {
      gint64 start = g_get_monotonic_time ();

      for (int i = 0; i < 2000; i++)
        g_assert_true (server_signal_set_int (signal, "/rows/5/id", run * 2000 + i + 100, NULL));
      best = MIN (best, g_get_monotonic_time () - start);
    }

  g_assert_finalize_object (signal);
  return best;
}

static void
test_in_place (void)
{
  gint64 small = time_writes (10);
  gint64 large = time_writes (100000);

  g_test_message ("2,000 writes: %" G_GINT64_FORMAT " µs in 10 rows, %" G_GINT64_FORMAT
                  " µs in 100,000",
                  small, large);
  g_assert_cmpint (large, <, 10 * small);
}

/* A visitor that writes JSON text, and stops after some calls. */
typedef struct
{
  GString      *text;
  ServerSignal *signal;      /* written to by the first call */
  guint         calls_left;
} Visit;

static gboolean
visit_text (Visit      *visit,
            const char *text)
{
  if (visit->signal != NULL)
    g_assert_true (server_signal_set_json (visit->signal, NULL, "[]", NULL));
  visit->signal = NULL;
  g_string_append (visit->text, text);

  return --visit->calls_left > 0;
}

static gboolean
visit_end_list_cb (gpointer user_data)
{
  return visit_text (user_data, "]");
}

static gboolean
visit_end_object_cb (gpointer user_data)
{
  return visit_text (user_data, "}");
}

static gboolean
visit_null_cb (gpointer user_data)
{
  return visit_text (user_data, "null;");
}

static gboolean
visit_boolean_cb (gboolean value,
                  gpointer user_data)
{
  return visit_text (user_data, value ? "true;" : "false;");
}

static gboolean
visit_integer_cb (gint64   value,
                  gpointer user_data)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT ";", value);

  return visit_text (user_data, text);
}

static gboolean
visit_number_cb (double   value,
                 gpointer user_data)
{
  g_autofree char *text = g_strdup_printf ("%.2f;", value);

  return visit_text (user_data, text);
}

static gboolean
visit_string_cb (const char *utf8,
                 gsize       length,
                 gpointer    user_data)
{
  g_autofree char *text = g_strdup_printf ("%s:%" G_GSIZE_FORMAT ";", utf8, length);

  return visit_text (user_data, text);
}

static gboolean
visit_list_cb (guint    n_elements,
               gpointer user_data)
{
  g_autofree char *text = g_strdup_printf ("[%u ", n_elements);

  return visit_text (user_data, text);
}

static gboolean
visit_object_cb (guint    n_members,
                 gpointer user_data)
{
  g_autofree char *text = g_strdup_printf ("{%u ", n_members);

  return visit_text (user_data, text);
}

static const ServerSignalVisitor visitor = {
  visit_null_cb, visit_boolean_cb,  visit_integer_cb, visit_number_cb, visit_string_cb,
  visit_list_cb, visit_end_list_cb, visit_object_cb,  visit_string_cb, visit_end_object_cb,
};

static void
test_visit (void)
{
  static const char expected[] = "{2 a:1;[6 1;2.50;é:2;true;null;[0 ]]b:1;{0 }}";
  ServerSignal *signal =
    server_signal_new_from_json ("s", "{\"a\":[1,2.5,\"é\",true,null,[]],\"b\":{}}", NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  Visit visit = { text, NULL, G_MAXUINT };
  guint n_calls;

  g_assert_true (server_signal_visit (signal, NULL, &visitor, &visit));
  g_assert_cmpstr (text->str, ==, expected);
  n_calls = G_MAXUINT - visit.calls_left;

  g_string_truncate (text, 0);
  g_assert_true (server_signal_visit (signal, "/a/2", &visitor, &visit));
  g_assert_cmpstr (text->str, ==, "é:2;");

  g_string_truncate (text, 0);
  g_assert_false (server_signal_visit (signal, "/c", &visitor, &visit));
  g_assert_cmpstr (text->str, ==, "");

  /* Each call can be the last, of whatever kind it is. */
  for (guint i = 1; i <= n_calls; i++)
    {
      g_string_truncate (text, 0);
      visit.calls_left = i;
      g_assert_false (server_signal_visit (signal, NULL, &visitor, &visit));
      g_assert_cmpuint (visit.calls_left, ==, 0);
      g_assert_true (g_str_has_prefix (expected, text->str));
    }

  /* The document that the visit has begun with is the one that it ends with. */
  g_string_truncate (text, 0);
  visit = (Visit) { text, signal, G_MAXUINT };
  g_assert_true (server_signal_visit (signal, NULL, &visitor, &visit));
  g_assert_cmpstr (text->str, ==, expected);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 1);

  g_assert_finalize_object (signal);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/signal/new", test_new);
  g_test_add_func ("/signal/new-with-value", test_new_with_value);
  g_test_add_func ("/signal/new-from-json", test_new_from_json);
  g_test_add_func ("/signal/name", test_name);
  g_test_add_func ("/signal/bad-initial", test_bad_initial);
  g_test_add_func ("/signal/has", test_has);
  g_test_add_func ("/signal/getters", test_getters);
  g_test_add_func ("/signal/members", test_members);
  g_test_add_func ("/signal/bad-pointers", test_bad_pointers);
  g_test_add_func ("/signal/missing-parent", test_missing_parent);
  g_test_add_func ("/signal/scalar-parent", test_scalar_parent);
  g_test_add_func ("/signal/visit", test_visit);
  g_test_add_func ("/signal/copies-out", test_copies_out);
  g_test_add_func ("/signal/copies-in", test_copies_in);
  g_test_add_func ("/signal/writes", test_writes);
  g_test_add_func ("/signal/set-is-diff", test_set_is_diff);
  g_test_add_func ("/signal/update", test_update);
  g_test_add_func ("/signal/last-revision", test_last_revision);
  g_test_add_func ("/signal/head-insert", test_head_insert);
  g_test_add_func ("/signal/large", test_large);
  g_test_add_func ("/signal/in-place", test_in_place);

  return g_test_run ();
}
