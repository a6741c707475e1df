/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <math.h>

#include "test-row.h"
#include "test-thing.h"
#include "test-witness.h"

/* Objects as signals. */

static ServerSignal *
signal_for (gpointer object)
{
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_for_object ("object", object, &error);

  g_assert_no_error (error);
  g_assert_nonnull (signal);
  return signal;
}

static void
track (ServerSignal *signal,
       const char   *pointer,
       gpointer      object)
{
  g_autoptr (GError) error = NULL;
  gboolean tracked = server_signal_track_object (signal, pointer, object, &error);

  g_assert_no_error (error);
  g_assert_true (tracked);
}

#define assert_fails(call, error_code) \
  G_STMT_START \
  { \
    g_autoptr (GError) fails_error = NULL; \
    GError **error = &fails_error; \
    g_assert_false (call); \
    g_assert_error (fails_error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_##error_code); \
  } \
  G_STMT_END

/* The same, and the words of the message. */
#define assert_fails_at(call, error_code, place) \
  G_STMT_START \
  { \
    g_autoptr (GError) fails_error = NULL; \
    GError **error = &fails_error; \
    g_assert_false (call); \
    g_assert_error (fails_error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_##error_code); \
    if (strstr (fails_error->message, place) == NULL) \
      g_error ("%s:%d: “%s” does not tell of %s", __FILE__, __LINE__, fails_error->message, place); \
  } \
  G_STMT_END

static TestThing *
thing_new (void)
{
  g_auto (GStrv) strings = g_strsplit ("a,é,", ",", -1);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\1\2\377", 4);
  GByteArray *byte_array = g_byte_array_new ();
  g_autoptr (GDateTime) date_time =
    g_date_time_new_from_iso8601 ("2026-11-26T15:40:00.5+01:00", NULL);
  g_autoptr (GDate) date = g_date_new_dmy (26, 11, 2026);
  g_autoptr (GUri) uri = g_uri_parse ("ws://[::1]:3000/ws", G_URI_FLAGS_NONE, NULL);
  g_autoptr (JsonNode) node = json_from_string ("{\"a\":[1,2.5,null]}", NULL);
  g_auto (GValue) value = G_VALUE_INIT;
  GString *text = g_string_new ("text");
  TestPoint point = { 3, -4 };
  g_autoptr (GFile) file = g_file_new_for_uri ("http://example.org/a%20b");
  g_autoptr (TestRow) row = test_row_new (1, "row");
  g_autoptr (GListStore) list = g_list_store_new (TEST_TYPE_ROW);
  TestThing *thing;

  g_value_init (&value, G_TYPE_INT64);
  g_value_set_int64 (&value, 12);
  g_byte_array_append (byte_array, (const guint8 *) "hello", 5);
  thing = g_object_new (TEST_TYPE_THING, "a-boolean", TRUE, "a-char", -7, "a-uchar", 200, "an-int",
                        G_MININT, "a-uint", G_MAXUINT, "a-long", G_MINLONG, "a-ulong", 5UL,
                        "an-int64", G_MININT64, "a-uint64", (guint64) G_MAXINT64, "a-float", 0.1f,
                        "a-double", -0.0, "a-string", "é\n", "an-enum", TEST_COLOUR_LIGHT_BLUE,
                        "some-flags", 3, "strings", strings, "bytes", bytes, "byte-array",
                        byte_array, "date-time", date_time, "date", date, "uri", uri, "a-variant",
                        g_variant_new_parsed ("{'k': <(1, true, [@y 3])>, 'm': <@ms nothing>}"),
                        "a-type", G_TYPE_FILE, "node", node, "a-value", &value, "text", text,
                        "point", &point, "file", file, "object", row, "list", list, NULL);
  g_byte_array_unref (byte_array);
  g_string_free (text, TRUE);
  return thing;
}

static void
test_kinds (void)
{
  static const struct
  {
    const char *name, *json;
  } kinds[] = {
    { "a-boolean", "true" },
    { "a-char", "-7" },
    { "a-uchar", "200" },
    { "an-int", "-2147483648" },
    { "a-uint", "4294967295" },
    { "a-ulong", "5" },
    { "an-int64", "-9223372036854775808" },
    { "a-uint64", "9223372036854775807" },
    { "a-float", "0.1" },
    { "a-double", "-0.0" },
    { "a-string", "'é\\n'" },
    { "an-enum", "'light-blue'" },
    { "some-flags", "['saturday','sunday']" },
    { "strings", "['a','é','']" },
    { "bytes", "'AAEC/w=='" },
    { "byte-array", "'aGVsbG8='" },
    { "date-time", "'2026-11-26T15:40:00.500000+01'" },
    { "date", "'2026-11-26'" },
    { "uri", "'ws://[::1]:3000/ws'" },
    { "a-variant", "{'k':[1,true,[3]],'m':null}" },
    { "a-type", "'GFile'" },
    { "node", "{'a':[1,2.5,null]}" },
    { "a-value", "12" },
    { "text", "'text'" },
    { "point", "[3,-4]" },
    { "file", "'http://example.org/a%20b'" },
    { "object", "{'id':1,'label':'row','next':null,'parts':null}" },
    { "list", "[]" },
  };
  TestThing *thing = thing_new ();
  ServerSignal *signal = signal_for (thing);
  g_autoptr (JsonNode) value = server_signal_dup_value (signal, NULL);
  g_auto (GValue) unnamed = G_VALUE_INIT;
  Witness *witness;

  g_assert_cmpuint (server_signal_get_revision (signal), ==, 0);
  /* The long one, which is not the same everywhere; and none that cannot be read. */
  g_assert_cmpuint (json_object_get_size (json_node_get_object (value)), ==,
                    G_N_ELEMENTS (kinds) + 1);
  g_assert_cmpint (server_signal_get_int (signal, "/a-long"), ==, G_MINLONG);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *pointer = g_strconcat ("/", kinds[i].name, NULL);

      assert_json (signal, pointer, kinds[i].json);
    }

  /* Each as nothing, which is one commit and one operation. */
  witness = witness_new (signal);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (thing), kinds[i].name);
      g_autofree char *pointer = g_strconcat ("/", kinds[i].name, NULL);
      g_auto (GValue) nothing = G_VALUE_INIT;
      g_autofree char *json = NULL;
      g_autofree char *expected = NULL;

      g_value_init (&nothing, pspec->value_type);
      g_object_set_property (G_OBJECT (thing), kinds[i].name, &nothing);
      assert_commits (witness, i + 1);
      json = server_signal_dup_json (signal, pointer);
      expected =
        g_strdup_printf ("[{\"op\":\"replace\",\"path\":\"%s\",\"value\":%s}]", pointer, json);
      g_assert_cmpstr (witness->patch, ==, expected);
    }
  assert_json (signal, "/some-flags", "[]");
  assert_json (signal, "/an-enum", "'red'");
  assert_json (signal, "/a-type", "null");
  assert_json (signal, "/a-double", "0.0");
  assert_json (signal, "/bytes", "null");
  assert_json (signal, "/list", "null");

  /* Values that the type has no names for. */
  g_value_init (&unnamed, test_days_get_type ());
  g_value_set_flags (&unnamed, 4 + 1);
  g_object_set (thing, "a-value", &unnamed, NULL);
  assert_json (signal, "/a-value", "['saturday',4]");
  g_value_unset (&unnamed);
  g_value_init (&unnamed, test_colour_get_type ());
  g_value_set_enum (&unnamed, 17);
  g_object_set (thing, "a-value", &unnamed, NULL);
  assert_json (signal, "/a-value", "17");

  witness_free (witness);
  g_assert_finalize_object (thing);
  g_assert_finalize_object (signal);
}

static void
test_numbers (void)
{
  static const struct
  {
    float number;
    const char *json;
  } floats[] = {
    { 16777216.0f, "16777216.0" },
    { 1.0e-45f, "1.4013e-45" },
    { 6.62607e-34f, "6.62607e-34" },
    { 9.10938e-31f, "9.10938e-31" },
    { -0.0f, "-0.0" },
    { 0.0f, "0.0" },
    { G_MAXFLOAT, "3.4028235e38" },
    { 0.333333343f, "0.33333334" },
    { -2.5f, "-2.5" },
  };
  TestThing *thing = thing_new ();
  ServerSignal *signal = signal_for (thing);

  for (guint i = 0; i < G_N_ELEMENTS (floats); i++)
    {
      g_object_set (thing, "a-float", floats[i].number, NULL);
      g_assert_cmpfloat ((float) server_signal_get_double (signal, "/a-float"), ==,
                         floats[i].number);
      assert_json (signal, "/a-float", floats[i].json);
      /* Less than the least difference that GParamSpec sees. */
      g_object_set (thing, "a-double", floats[i].number * 1e-60, NULL);
      g_assert_cmpfloat (server_signal_get_double (signal, "/a-double"), ==,
                         floats[i].number * 1e-60);
    }

  g_assert_finalize_object (thing);
  g_assert_finalize_object (signal);
}

static void
test_nested (void)
{
  g_autoptr (TestRow) row = test_row_new (1, "one");
  g_autoptr (TestRow) inner = test_row_new (2, NULL);
  TestRow *innermost = test_row_new (3, NULL);
  g_autoptr (TestRow) part = test_row_new (9, NULL);
  g_autoptr (GListStore) parts = g_list_store_new (TEST_TYPE_ROW);
  ServerSignal *signal = signal_for (row);
  Witness *witness = witness_new (signal);

  g_object_set (inner, "next", innermost, NULL);
  assert_commits (witness, 0);
  g_object_set (row, "next", inner, NULL);
  assert_patch (witness, "[{'op':'replace','path':'/next','value':{'id':2,'label':null,'next':"
                         "{'id':3,'label':null,'next':null,'parts':null},'parts':null}}]");
  g_object_set (innermost, "label", "deep", NULL);
  assert_patch (witness, "[{'op':'replace','path':'/next/next/label','value':'deep'}]");

  g_object_set (innermost, "parts", parts, NULL);
  g_list_store_append (parts, part);
  assert_patch (witness, "[{'op':'add','path':'/next/next/parts/0','value':"
                         "{'id':9,'label':null,'next':null,'parts':null}}]");
  g_object_set (part, "id", 10, NULL);
  assert_patch (witness, "[{'op':'replace','path':'/next/next/parts/0/id','value':10}]");
  assert_commits (witness, 5);

  /* The property is told of, and holds the same. */
  g_object_notify (G_OBJECT (row), "next");
  assert_commits (witness, 5);

  /* An object that is no longer there is neither followed nor held. */
  g_object_set (inner, "next", NULL, NULL);
  assert_patch (witness, "[{'op':'replace','path':'/next/next','value':null}]");
  g_object_set (innermost, "label", "away", NULL);
  assert_commits (witness, 6);
  g_assert_finalize_object (innermost);
  g_object_set (row, "next", NULL, NULL);
  g_object_set (inner, "id", 20, NULL);
  assert_commits (witness, 7);
  g_object_set (row, "next", inner, NULL);
  g_object_set (inner, "id", 21, NULL);
  assert_commits (witness, 9);
  assert_json (signal, "/next/id", "21");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_own_json (void)
{
  TestThing *own = g_object_new (TEST_TYPE_OWN, "an-int", 5, NULL);
  ServerSignal *signal = signal_for (own);
  Witness *witness = witness_new (signal);

  assert_json (signal, NULL, "{'an-int':'<5>'}");
  g_object_set (own, "an-int", 6, NULL);
  assert_patch (witness, "[{'op':'replace','path':'/an-int','value':'<6>'}]");
  g_object_set (own, "an-int", -1, NULL);
  assert_patch (witness, "[{'op':'remove','path':'/an-int'}]");
  g_object_set (own, "an-int", -2, "a-boolean", TRUE, NULL);
  assert_commits (witness, 2);
  g_object_set (own, "an-int", 7, NULL);
  assert_patch (witness, "[{'op':'add','path':'/an-int','value':'<7>'}]");

  witness_free (witness);
  g_assert_finalize_object (own);
  g_assert_finalize_object (signal);
}

static void
test_picked (void)
{
  static const char *const some[] = { "label", "next/id", "next/next/label", "parts/id", NULL };
  static const char *const whole[] = { "next/id", "next", "next/label", NULL };
  static const char *const unknown[] = { "id", "colour", NULL };
  static const char *const below[] = { "next/colour", NULL };
  static const char *const unreadable[] = { "hidden", NULL };
  static const char *const none[] = { NULL };
  static const char *const bad[][2] = { { "" }, { "a//b" }, { "/id" }, { "id/" }, { "1" } };
  g_autoptr (TestRow) row = test_row_new (1, "one");
  g_autoptr (TestRow) next = test_row_new (2, "two");
  g_autoptr (GListStore) parts = g_list_store_new (TEST_TYPE_ROW);
  g_autoptr (TestThing) thing = thing_new ();
  g_autoptr (GError) no_error = NULL;
  ServerSignal *signal = signal_of ("{}");
  Witness *witness = witness_new (signal);

  g_list_store_append (parts, next);
  g_object_set (row, "next", next, "parts", parts, NULL);

  server_signal_track_properties (signal, "/row", G_OBJECT (row), some, &no_error);
  g_assert_no_error (no_error);
  assert_json (signal, "/row", "{'label':'one','next':{'id':2,'next':null},'parts':[{'id':2}]}");
  g_object_set (next, "label", "quiet", NULL);
  g_object_set (row, "id", 7, NULL);
  assert_commits (witness, 1);
  g_object_set (next, "id", 3, NULL);
  g_assert_nonnull (strstr (witness->patch, "/row/next/id"));
  g_assert_nonnull (strstr (witness->patch, "/row/parts/0/id"));
  assert_commits (witness, 2);

  server_signal_track_properties (signal, "/whole", G_OBJECT (row), whole, &no_error);
  g_assert_no_error (no_error);
  assert_json (signal, "/whole", "{'next':{'id':3,'label':'quiet','next':null,'parts':null}}");
  server_signal_track_properties (signal, "/none", G_OBJECT (row), none, &no_error);
  g_assert_no_error (no_error);
  assert_json (signal, "/none", "{}");
  server_signal_track_list_properties (signal, "/list", G_LIST_MODEL (parts), unknown, &no_error);
  g_assert_error (no_error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND);
  g_clear_error (&no_error);
  server_signal_track_list_properties (signal, "/list", G_LIST_MODEL (parts),
                                       (const char *const[]) { "id", NULL }, &no_error);
  g_assert_no_error (no_error);
  assert_json (signal, "/list", "[{'id':3}]");

  assert_fails_at (server_signal_track_properties (signal, "/x", G_OBJECT (row), unknown, error),
                   NOT_FOUND, "colour");
  assert_fails_at (server_signal_track_properties (signal, "/x", G_OBJECT (row), below, error),
                   NOT_FOUND, "/x/next");
  assert_fails (server_signal_track_properties (signal, "/x", G_OBJECT (thing), unreadable, error),
                NOT_FOUND);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_fails (server_signal_track_properties (signal, "/x", G_OBJECT (row), bad[i], error),
                  INVALID_POINTER);
  g_assert_false (server_signal_has (signal, "/x"));

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_refused (void)
{
  g_autoptr (TestThing) thing = thing_new ();
  g_autoptr (TestRow) row = test_row_new (1, NULL);
  g_autoptr (TestRow) next = test_row_new (2, NULL);
  g_autoptr (TestOdd) odd = g_object_new (TEST_TYPE_ODD, NULL);
  g_autoptr (GListStore) parts = g_list_store_new (TEST_TYPE_ROW);
  g_autoptr (ServerSignal) replica = ss_signal_new_replica ("replica", NULL);
  ServerSignal *signal = signal_of ("{'list':[{}],'n':1,'object':{}}");

#define TRACK(pointer, object) \
  server_signal_track_object (signal, pointer, G_OBJECT (object), error)
  assert_fails (server_signal_track_object (replica, NULL, G_OBJECT (row), error), READ_ONLY);
  assert_fails (TRACK ("no slash", row), INVALID_POINTER);
  assert_fails (TRACK ("/list/0", row), INVALID_POINTER);
  assert_fails (TRACK ("/list/-", row), INVALID_POINTER);
  assert_fails (TRACK ("/list/0/a", row), INVALID_POINTER);
  assert_fails (TRACK ("/n/a", row), NOT_FOUND);
  assert_fails (TRACK ("/missing/a", row), NOT_FOUND);

  assert_fails_at (TRACK ("/object/a", odd), INVALID_JSON, "/object/a/address");
  g_object_set (thing, "a-uint64", (guint64) G_MAXINT64 + 1, NULL);
  assert_fails_at (TRACK ("/object/a", thing), INVALID_JSON, "/object/a/a-uint64");
  g_object_set (thing, "a-uint64", (guint64) 0, "a-double", G_MAXDOUBLE, NULL);
  g_object_set (thing, "a-string", "\377", NULL);
  assert_fails_at (TRACK ("/object/a", thing), INVALID_JSON, "/object/a/a-string");
  g_object_set (thing, "a-string", NULL, "a-variant", g_variant_new_parsed ("[(1, %d)]", INFINITY),
                NULL);
  assert_fails_at (TRACK ("/object/a", thing), INVALID_JSON, "/object/a/a-variant");

  /* An object inside itself, directly, by a list, and further down. */
  g_object_set (row, "next", row, NULL);
  assert_fails_at (TRACK ("/object/a", row), INVALID_JSON, "/object/a/next");
  g_object_set (row, "next", next, NULL);
  g_list_store_append (parts, row);
  g_object_set (next, "parts", parts, NULL);
  assert_fails_at (TRACK ("/object/a", row), INVALID_JSON, "/object/a/next/parts/0");
  assert_fails_at (server_signal_track_list (signal, "/object/a", G_LIST_MODEL (parts), error),
                   INVALID_JSON, "/object/a/0/next/parts");
  g_object_set (next, "parts", NULL, NULL);
  assert_fails_at (TRACK ("/object/a", signal), INVALID_JSON, "/object/a");

  assert_json (signal, NULL, "{'list':[{}],'n':1,'object':{}}");
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 0);

  {
    g_autoptr (GError) error = NULL;

    g_assert_null (server_signal_new_for_object ("odd", G_OBJECT (odd), &error));
    g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
  }

  /* Nothing is left of it. */
  g_object_set (row, "next", NULL, NULL);
  g_assert_finalize_object (signal);
#undef TRACK
}

typedef struct
{
  guint n;
  char *pointer;
  int   code;
} Failures;

static void
failed_cb (ServerSignal *signal,
           const char   *pointer,
           const GError *error,
           Failures     *failures)
{
  failures->n++;
  g_free (failures->pointer);
  failures->pointer = g_strdup (pointer);
  failures->code = error->code;
  g_assert_true (error->domain == SERVER_SIGNAL_ERROR);
}

/* A member that cannot be carried later keeps its value, and the signal says so. */
static void
test_failures (void)
{
  TestThing *thing = thing_new ();
  g_autoptr (TestThing) other = thing_new ();
  g_autoptr (TestRow) row = test_row_new (1, NULL);
  ServerSignal *signal = signal_of ("{}");
  Failures failures = { 0 };
  Witness *witness;

  track (signal, "/thing", thing);
  witness = witness_new (signal);

  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_WARNING, "*/thing/a-uint64*");
  g_object_set (thing, "a-uint64", G_MAXUINT64, NULL);
  g_test_assert_expected_messages ();
  assert_json (signal, "/thing/a-uint64", "9223372036854775807");

  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), &failures);
  g_object_set (thing, "a-string", "\300\200", NULL);
  g_assert_cmpuint (failures.n, ==, 1);
  g_assert_cmpstr (failures.pointer, ==, "/thing/a-string");
  g_assert_cmpint (failures.code, ==, SERVER_SIGNAL_ERROR_INVALID_JSON);
  assert_json (signal, "/thing/a-string", "'é\\n'");
  assert_commits (witness, 0);

  /* The next one is fine. */
  g_object_set (thing, "a-string", "fine", "a-uint64", (guint64) 3, NULL);
  assert_commits (witness, 2);
  g_assert_cmpuint (failures.n, ==, 1);

  /* In a new object there was nothing. */
  g_object_set (other, "a-string", "\377", NULL);
  g_object_set (thing, "object", other, NULL);
  g_assert_cmpuint (failures.n, ==, 2);
  g_assert_cmpstr (failures.pointer, ==, "/thing/object/a-string");
  assert_json (signal, "/thing/object/a-string", "null");
  assert_json (signal, "/thing/object/an-int", "-2147483648");
  g_object_set (other, "a-string", "better", NULL);
  assert_json (signal, "/thing/object/a-string", "'better'");

  /* A ring. */
  g_object_set (other, "object", thing, NULL);
  g_assert_cmpuint (failures.n, ==, 3);
  g_assert_cmpstr (failures.pointer, ==, "/thing/object/object");
  assert_json (signal, "/thing/object/object", "null");
  g_object_set (other, "object", row, NULL);
  g_object_set (row, "id", 12, NULL);
  assert_json (signal, "/thing/object/object/id", "12");
  g_assert_cmpuint (failures.n, ==, 3);

  witness_free (witness);
  g_free (failures.pointer);
  g_object_set (other, "object", NULL, NULL);
  g_assert_finalize_object (thing);
  g_assert_finalize_object (signal);
}

/* As deep as a document may be, and one deeper. */
static void
test_depth (void)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (TestRow) one_more = test_row_new (-1, NULL);
  ServerSignal *signal;
  Failures failures = { 0 };
  GString *pointer = g_string_new (NULL);

  for (int i = 0; i < 120; i++)
    {
      g_ptr_array_add (rows, test_row_new (i, NULL));
      if (i > 0)
        g_object_set (rows->pdata[i - 1], "next", rows->pdata[i], NULL);
    }

  signal = signal_for (rows->pdata[0]);
  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), &failures);
  for (int i = 0; i < 119; i++)
    g_string_append (pointer, "/next");
  g_string_append (pointer, "/id");
  g_assert_cmpint (server_signal_get_int (signal, pointer->str), ==, 119);
  g_object_set (rows->pdata[119], "id", 5, NULL);
  g_assert_cmpint (server_signal_get_int (signal, pointer->str), ==, 5);

  g_object_set (rows->pdata[119], "next", one_more, NULL);
  g_assert_cmpuint (failures.n, ==, 1);
  g_assert_cmpint (failures.code, ==, SERVER_SIGNAL_ERROR_LIMIT);
  g_string_truncate (pointer, pointer->len - 3);
  g_string_append (pointer, "/next");
  assert_json (signal, pointer->str, "null");
  g_assert_finalize_object (signal);

  assert_fails (server_signal_new_for_object ("deep", rows->pdata[0], error), LIMIT);
  for (int i = 119; i > 0; i--)
    g_object_set (rows->pdata[i - 1], "next", NULL, NULL);
  g_string_free (pointer, TRUE);
  g_free (failures.pointer);
}

/* The application leaves alone what follows an object. */
static void
test_read_only (void)
{
  g_autoptr (TestRow) row = test_row_new (1, NULL);
  g_autoptr (JsonNode) node = node_of ("{}");
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (ServerSignalPatch) fine = NULL;
  g_autoptr (GError) no_error = NULL;
  ServerSignal *signal = signal_of ("{'a':{'b':0,'c':0},'ab':0}");

  track (signal, "/a/b", row);

#define MAY(call)       \
  g_assert_true (call); \
  g_assert_no_error (no_error)
  assert_fails (server_signal_set_int (signal, "/a/b/id", 5, error), READ_ONLY);
  assert_fails (server_signal_set_int (signal, "/a/b/new", 5, error), READ_ONLY);
  assert_fails (server_signal_set_string (signal, "/a/b", NULL, error), READ_ONLY);
  assert_fails (server_signal_set_json (signal, "/a", "{}", error), READ_ONLY);
  assert_fails (server_signal_set_value (signal, NULL, node, error), READ_ONLY);
  assert_fails (server_signal_set_double (signal, "", 1.5, error), READ_ONLY);
  assert_fails (server_signal_set_boolean (signal, "/a", TRUE, error), READ_ONLY);
  assert_fails (server_signal_insert_value (signal, "/a/b", node, error), READ_ONLY);
  assert_fails (server_signal_remove (signal, "/a", error), READ_ONLY);
  assert_fails (server_signal_move (signal, "/a", "/x", error), READ_ONLY);
  assert_fails (server_signal_move (signal, "/ab", "/a", error), READ_ONLY);
  MAY (server_signal_set_int (signal, "/a/c", 5, &no_error));
  MAY (server_signal_set_int (signal, "/ab", 5, &no_error));
  MAY (server_signal_set_int (signal, "/a/bb", 5, &no_error));
  MAY (server_signal_remove (signal, "/a/bb", &no_error));

  patch = server_signal_patch_new_from_json (
    "[{\"op\":\"add\",\"path\":\"/x\",\"value\":1},{\"op\":\"remove\",\"path\":\"/a/b/id\"}]",
    NULL);
  assert_fails (server_signal_apply_patch (signal, patch, error), READ_ONLY);
  fine = server_signal_patch_new_from_json (
    "[{\"op\":\"copy\",\"from\":\"/a/b/id\",\"path\":\"/x\"},{\"op\":\"test\",\"path\":\"/a/b/id\",\"value\":1}]",
    NULL);
  MAY (server_signal_apply_patch (signal, fine, &no_error));
  assert_json (signal, NULL,
               "{'a':{'b':{'id':1,'label':null,'next':null,'parts':null},'c':5},"
               "'ab':5,'x':1}");

  /* Nor does another object come there. */
  assert_fails (server_signal_track_object (signal, "/a/b", G_OBJECT (row), error), EXISTS);
  assert_fails (server_signal_track_object (signal, "/a/b/next", G_OBJECT (row), error), EXISTS);
  assert_fails (server_signal_track_object (signal, "/a", G_OBJECT (row), error), EXISTS);
  assert_fails (server_signal_track_object (signal, NULL, G_OBJECT (row), error), EXISTS);
  track (signal, "/a/c", row);
  g_object_set (row, "id", 2, NULL);
  assert_json (signal, "/a/c/id", "2");
  assert_json (signal, "/a/b/id", "2");

  server_signal_untrack (signal, "/a/b");
  MAY (server_signal_set_int (signal, "/a/b", 5, &no_error));
  assert_fails (server_signal_set_int (signal, "/a", 5, error), READ_ONLY);
  server_signal_untrack (signal, "/a/c");
  MAY (server_signal_set_int (signal, "/a", 5, &no_error));
  MAY (server_signal_set_value (signal, NULL, node, &no_error));
#undef MAY

  g_assert_finalize_object (signal);
}

static void
untrack_cb (TestRow      *row,
            GParamSpec   *pspec,
            ServerSignal *signal)
{
  server_signal_untrack (signal, NULL);
}

static void
change_again_cb (ServerSignal      *signal,
                 ServerSignalPatch *patch,
                 TestRow           *row)
{
  if (row->id < 5)
    g_object_set (row, "id", row->id + 1, NULL);
}

static void
test_lifetimes (void)
{
  TestRow *row = test_row_new (1, NULL);
  TestRow *next = test_row_new (2, NULL);
  ServerSignal *signal;
  Witness *witness;

  g_object_set (row, "next", next, NULL);
  signal = signal_for (row);
  witness = witness_new (signal);

  /* Each change is announced, one after the other. */
  g_signal_connect (signal, "patched", G_CALLBACK (change_again_cb), row);
  g_object_set (row, "id", 2, NULL);
  assert_commits (witness, 4);
  assert_json (signal, "/id", "5");
  g_signal_handlers_disconnect_by_func (signal, change_again_cb, row);

  /* The object is not held. */
  g_assert_finalize_object (row);
  g_object_set (next, "id", 3, NULL);
  assert_commits (witness, 4);
  assert_json (signal, "/next/id", "2");
  g_assert_finalize_object (next);
  witness_free (witness);
  g_assert_finalize_object (signal);

  /* It ends while it is being told of. */
  row = test_row_new (1, NULL);
  signal = server_signal_new ("late", NULL);
  g_signal_connect (row, "notify::id", G_CALLBACK (untrack_cb), signal);
  track (signal, NULL, row);
  g_object_set (row, "id", 2, NULL);
  assert_json (signal, "/id", "1");
  g_signal_handlers_disconnect_by_func (row, untrack_cb, signal);
  track (signal, NULL, row);
  g_signal_connect (row, "notify::label", G_CALLBACK (untrack_cb), signal);
  g_object_set (row, "label", "first", NULL);
  g_object_set (row, "id", 3, NULL);
  assert_json (signal, NULL, "{'id':2,'label':'first','next':null,'parts':null}");

  /* Disposed, and still held. */
  g_signal_handlers_disconnect_by_func (row, untrack_cb, signal);
  track (signal, NULL, row);
  g_object_run_dispose (G_OBJECT (row));
  g_object_set (row, "id", 4, NULL);
  assert_json (signal, "/id", "3");
  g_assert_finalize_object (row);
  g_assert_finalize_object (signal);
}

static void
drop_signal_cb (gpointer  user_data,
                GObject  *where_it_was)
{
  g_clear_object ((ServerSignal **) user_data);
}

/* The signal goes with an object that it lets go of. */
static void
test_last_holder (void)
{
  for (guint i = 0; i < 3; i++)
    {
      TestRow *row = test_row_new (1, NULL);
      TestRow *next = test_row_new (2, NULL);
      ServerSignal *signal;

      g_object_set (row, "next", next, NULL);
      signal = signal_for (row);
      g_object_weak_ref (G_OBJECT (next), drop_signal_cb, &signal);
      g_object_unref (next);

      if (i == 0)
        {
          g_assert_finalize_object (row);
        }
      else
        {
          /* Now only the signal holds it. */
          g_clear_object (&row->next);
          if (i == 1)
            server_signal_untrack (signal, NULL);
          else
            g_object_notify (G_OBJECT (row), "next");
          g_assert_finalize_object (row);
        }
      g_assert_null (signal);
    }
}

/* A nested object that somebody disposes of by hand. */
static void
test_disposed (void)
{
  g_autoptr (TestRow) row = test_row_new (1, NULL);
  g_autoptr (TestRow) next = test_row_new (2, NULL);
  ServerSignal *signal;

  g_object_set (row, "next", next, NULL);
  signal = signal_for (row);
  g_object_run_dispose (G_OBJECT (next));
  g_object_set (row, "next", NULL, NULL);
  assert_json (signal, "/next", "null");
  g_assert_finalize_object (signal);
}

/* A getter that notifies. */
static void
test_getter (void)
{
  static const char *const fine[] = { "fine", NULL };
  TestOdd *odd = g_object_new (TEST_TYPE_ODD, NULL);
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = signal_of ("{}");

  server_signal_track_properties (signal, "/odd", G_OBJECT (odd), fine, &error);
  g_assert_no_error (error);
  g_object_notify (G_OBJECT (odd), "fine");
  g_object_notify (G_OBJECT (odd), "fine");
  assert_json (signal, NULL, "{'odd':{'fine':3}}");
  odd->n_read = 0;
  server_signal_untrack (signal, "/odd");
  server_signal_track_properties (signal, "/odd", G_OBJECT (odd), fine, &error);
  g_assert_no_error (error);
  /* The notification that came while it was read has been looked at. */
  g_assert_cmpint (server_signal_get_int (signal, "/odd/fine"), >, 0);

  g_assert_finalize_object (odd);
  g_assert_finalize_object (signal);
}

static void
test_frozen (void)
{
  g_autoptr (TestRow) row = test_row_new (1, NULL);
  ServerSignal *signal = signal_for (row);
  Witness *witness = witness_new (signal);

  /* The signal: one commit. */
  g_object_freeze_notify (G_OBJECT (signal));
  g_object_set (row, "id", 2, NULL);
  g_object_set (row, "label", "two", NULL);
  g_object_thaw_notify (G_OBJECT (signal));
  assert_commits (witness, 1);
  assert_patch (witness, "[{'op':'replace','path':'/id','value':2},"
                         "{'op':'replace','path':'/label','value':'two'}]");

  /* The object: each by itself, at the thaw. */
  g_object_freeze_notify (G_OBJECT (row));
  g_object_set (row, "id", 3, "label", "three", NULL);
  assert_commits (witness, 1);
  g_object_thaw_notify (G_OBJECT (row));
  assert_commits (witness, 3);

  /* There and back again. */
  g_object_freeze_notify (G_OBJECT (signal));
  g_object_set (row, "id", 2, NULL);
  g_object_set (row, "id", 3, NULL);
  g_object_thaw_notify (G_OBJECT (signal));
  assert_commits (witness, 3);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* The object that was tracked under a part of the transaction goes with it. */
static void
test_discarded (void)
{
  g_autoptr (TestRow) row = test_row_new (1, NULL);
  ServerSignal *signal = signal_of ("{}");
  Failures failures = { 0 };

  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), &failures);
  g_object_freeze_notify (G_OBJECT (signal));
  server_signal_set_json (signal, "/a", "{}", NULL);
  track (signal, "/a/row", row);
  server_signal_discard (signal);
  g_object_thaw_notify (G_OBJECT (signal));
  assert_json (signal, NULL, "{}");
  g_assert_cmpuint (failures.n, ==, 1);
  g_assert_cmpstr (failures.pointer, ==, "/a/row");
  g_object_set (row, "id", 2, NULL);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 0);
  track (signal, "/a", row);

  g_free (failures.pointer);
  g_assert_finalize_object (signal);
}

/* When the revisions are used up, nothing is followed any more, and said. */
static void
test_last_revision (void)
{
  g_autoptr (TestRow) row = test_row_new (1, NULL);
  g_autoptr (TestRow) other = test_row_new (2, NULL);
  g_autoptr (GListStore) store = g_list_store_new (TEST_TYPE_ROW);
  ServerSignal *signal = signal_for (row);
  Failures failures = { 0 };

  g_object_set (row, "parts", store, NULL);
  ss_signal_set_revision (signal, SS_REVISION_MAX - 1);
  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), &failures);
  g_object_set (row, "id", 2, NULL);
  g_assert_cmpuint (failures.n, ==, 0);
  g_object_set (row, "id", 3, NULL);
  g_assert_cmpuint (failures.n, ==, 1);
  g_assert_cmpint (failures.code, ==, SERVER_SIGNAL_ERROR_LIMIT);
  g_list_store_append (store, other);
  g_list_model_items_changed (G_LIST_MODEL (store), 0, 1, 1);
  g_list_store_remove_all (store);
  assert_json (signal, "/id", "2");
  assert_json (signal, "/parts", "[]");

  g_free (failures.pointer);
  g_assert_finalize_object (signal);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/track-object/kinds", test_kinds);
  g_test_add_func ("/track-object/numbers", test_numbers);
  g_test_add_func ("/track-object/nested", test_nested);
  g_test_add_func ("/track-object/own-json", test_own_json);
  g_test_add_func ("/track-object/picked", test_picked);
  g_test_add_func ("/track-object/refused", test_refused);
  g_test_add_func ("/track-object/failures", test_failures);
  g_test_add_func ("/track-object/depth", test_depth);
  g_test_add_func ("/track-object/read-only", test_read_only);
  g_test_add_func ("/track-object/lifetimes", test_lifetimes);
  g_test_add_func ("/track-object/last-holder", test_last_holder);
  g_test_add_func ("/track-object/disposed", test_disposed);
  g_test_add_func ("/track-object/getter", test_getter);
  g_test_add_func ("/track-object/frozen", test_frozen);
  g_test_add_func ("/track-object/discarded", test_discarded);
  g_test_add_func ("/track-object/last-revision", test_last_revision);

  return g_test_run ();
}
