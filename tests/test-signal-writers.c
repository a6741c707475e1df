/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <math.h>

#include "json/ss-pointer.h"

#include "test-witness.h"

/* Every writer against everything that can be wrong: nothing changes, nothing is announced, and
 * the error has the right code and says where. */

typedef enum
{
  GOOD,
  TOO_DEEP,       /* by itself */
  NOT_JSON,
} Argument;

typedef gboolean (*Writer) (ServerSignal  *signal,
                            const char    *pointer,
                            Argument       argument,
                            GError       **error);

#define DOCUMENT "{'list':[1,2],'object':{'a':1},'number':5}"

static JsonNode *
nested_node (guint depth)
{
  JsonNode *node = json_node_init_int (json_node_alloc (), 1);

  for (guint i = 0; i < depth; i++)
    {
      JsonArray *array = json_array_sized_new (1);

      json_array_add_element (array, node);
      node = json_node_init_array (json_node_alloc (), array);
      json_array_unref (array);
    }

  return node;
}

static char *
nested_json (guint depth)
{
  g_autofree char *open = g_strnfill (depth, '[');
  g_autofree char *close = g_strnfill (depth, ']');

  return g_strconcat (open, "1", close, NULL);
}

static JsonNode *
argument_node (Argument argument)
{
  switch (argument)
    {
    case GOOD:
      return nested_node (1);
    case TOO_DEEP:
      return nested_node (SS_DOCUMENT_DEPTH + 1);
    case NOT_JSON:
      return json_node_init_double (json_node_alloc (), NAN);
    default:
      g_assert_not_reached ();
    }
}

static gboolean
set_value (ServerSignal  *signal,
           const char    *pointer,
           Argument       argument,
           GError       **error)
{
  g_autoptr (JsonNode) node = argument_node (argument);

  return server_signal_set_value (signal, pointer, node, error);
}

static gboolean
set_json (ServerSignal  *signal,
          const char    *pointer,
          Argument       argument,
          GError       **error)
{
  g_autofree char *deep = nested_json (SS_DOCUMENT_DEPTH + 1);
  const char *json = argument == GOOD ? "[1]" : argument == TOO_DEEP ? deep : "[1,]";

  return server_signal_set_json (signal, pointer, json, error);
}

static gboolean
set_int (ServerSignal  *signal,
         const char    *pointer,
         Argument       argument,
         GError       **error)
{
  return server_signal_set_int (signal, pointer, 7, error);
}

static gboolean
set_double (ServerSignal  *signal,
            const char    *pointer,
            Argument       argument,
            GError       **error)
{
  return server_signal_set_double (signal, pointer, argument == NOT_JSON ? -INFINITY : 7.5, error);
}

static gboolean
set_boolean (ServerSignal  *signal,
             const char    *pointer,
             Argument       argument,
             GError       **error)
{
  return server_signal_set_boolean (signal, pointer, TRUE, error);
}

static gboolean
set_string (ServerSignal  *signal,
            const char    *pointer,
            Argument       argument,
            GError       **error)
{
  const char *string = argument == NOT_JSON ? "caf\xe9" : "text";

  return server_signal_set_string (signal, pointer, string, error);
}

static gboolean
insert_value (ServerSignal  *signal,
              const char    *pointer,
              Argument       argument,
              GError       **error)
{
  g_autoptr (JsonNode) node = argument_node (argument);

  return server_signal_insert_value (signal, pointer, node, error);
}

static gboolean
insert_json (ServerSignal  *signal,
             const char    *pointer,
             Argument       argument,
             GError       **error)
{
  g_autofree char *deep = nested_json (SS_DOCUMENT_DEPTH + 1);
  const char *json = argument == GOOD ? "[1]" : argument == TOO_DEEP ? deep : "[1,]";

  return server_signal_insert_json (signal, pointer, json, error);
}

static gboolean
remove_ (ServerSignal  *signal,
         const char    *pointer,
         Argument       argument,
         GError       **error)
{
  return server_signal_remove (signal, pointer, error);
}

static gboolean
move_to (ServerSignal  *signal,
         const char    *pointer,
         Argument       argument,
         GError       **error)
{
  return server_signal_move (signal, "/number", pointer, error);
}

static gboolean
move_from (ServerSignal  *signal,
           const char    *pointer,
           Argument       argument,
           GError       **error)
{
  return server_signal_move (signal, pointer, "/object/b", error);
}

/* One operation that is good, and then the bad one: all or nothing. */
static gboolean
apply_patch (ServerSignal  *signal,
             const char    *pointer,
             const char    *value,
             GError       **error)
{
  g_autofree char *json = g_strdup_printf ("[{'op':'replace','path':'/list/0','value':0},"
                                           "{'op':'add','path':'%s','value':%s}]",
                                           pointer, value);
  g_autofree char *text = quoted (json);
  g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_from_json (text, error);

  return patch != NULL && server_signal_apply_patch (signal, patch, error);
}

static gboolean
patch_ (ServerSignal  *signal,
        const char    *pointer,
        Argument       argument,
        GError       **error)
{
  return apply_patch (signal, pointer, "7", error);
}

static JsonNode *
update_cb (JsonNode *copy,
           gpointer  user_data)
{
  return argument_node (*(Argument *) user_data);
}

static gboolean
update (ServerSignal  *signal,
        const char    *pointer,
        Argument       argument,
        GError       **error)
{
  return server_signal_update (signal, update_cb, &argument, error);
}

/* Codes that a writer cannot give. */
#define NEVER -1

static const struct
{
  const char *name;
  Writer      write;
  gboolean    is_set;       /* one of set_… */
  gboolean    adds;         /* may write to the end of a list */
  gboolean    is_patch;
  int         too_deep;     /* the error for a value that is too deep, NEVER when it takes none */
  int         not_json;
  int         past_end;     /* the error for /list/2 in a list of two */
} writers[] = {
  { "set_value", set_value, TRUE, FALSE, FALSE,
    SERVER_SIGNAL_ERROR_LIMIT, SERVER_SIGNAL_ERROR_INVALID_JSON, SERVER_SIGNAL_ERROR_NOT_FOUND },
  { "set_json", set_json, TRUE, FALSE, FALSE,
    SERVER_SIGNAL_ERROR_LIMIT, SERVER_SIGNAL_ERROR_INVALID_JSON, SERVER_SIGNAL_ERROR_NOT_FOUND },
  { "set_int", set_int, TRUE, FALSE, FALSE, NEVER, NEVER, SERVER_SIGNAL_ERROR_NOT_FOUND },
  { "set_double", set_double, TRUE, FALSE, FALSE,
    NEVER, SERVER_SIGNAL_ERROR_INVALID_JSON, SERVER_SIGNAL_ERROR_NOT_FOUND },
  { "set_boolean", set_boolean, TRUE, FALSE, FALSE, NEVER, NEVER, SERVER_SIGNAL_ERROR_NOT_FOUND },
  { "set_string", set_string, TRUE, FALSE, FALSE,
    NEVER, SERVER_SIGNAL_ERROR_INVALID_JSON, SERVER_SIGNAL_ERROR_NOT_FOUND },
  { "insert_value", insert_value, FALSE, TRUE, FALSE,
    SERVER_SIGNAL_ERROR_LIMIT, SERVER_SIGNAL_ERROR_INVALID_JSON, NEVER },
  { "insert_json", insert_json, FALSE, TRUE, FALSE,
    SERVER_SIGNAL_ERROR_LIMIT, SERVER_SIGNAL_ERROR_INVALID_JSON, NEVER },
  { "remove", remove_, FALSE, FALSE, FALSE, NEVER, NEVER, SERVER_SIGNAL_ERROR_NOT_FOUND },
  { "move to", move_to, FALSE, TRUE, FALSE, NEVER, NEVER, NEVER },
  { "move from", move_from, FALSE, FALSE, FALSE, NEVER, NEVER, SERVER_SIGNAL_ERROR_NOT_FOUND },
  { "apply_patch", patch_, FALSE, TRUE, TRUE, NEVER, NEVER, NEVER },
};

/* A bad write fails in the middle of a transaction as well, and takes nothing else of it away. */
static void
assert_refused (ServerSignal *signal,
                Writer        write,
                const char   *name,
                const char   *pointer,
                Argument      argument,
                int           code,
                const char   *in_message)
{
  g_autofree char *before = server_signal_dup_json (signal, NULL);
  guint64 revision = server_signal_get_revision (signal);
  Witness *witness = witness_new (signal);

  for (guint frozen = 0; frozen < 2; frozen++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s to %s", name, pointer);
      if (frozen)
        g_object_freeze_notify (G_OBJECT (signal));
      g_assert_false (write (signal, pointer, argument, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, code);
      g_test_message ("%s", error->message);
      if (in_message != NULL && strstr (error->message, in_message) == NULL)
        g_error ("“%s” is not in “%s”", in_message, error->message);

      /* Nobody has to ask why. */
      g_assert_false (write (signal, pointer, argument, NULL));
      if (frozen)
        g_object_thaw_notify (G_OBJECT (signal));

      assert_json (signal, NULL, before);
      assert_committed (signal, before);
      assert_commits (witness, 0);
      g_assert_cmpuint (server_signal_get_revision (signal), ==, revision);
    }

  witness_free (witness);
}

/* Text that is not a pointer makes no patch either. */
static int
patch_code (const char *pointer)
{
  return ss_pointer_is_valid (pointer, NULL) ? SERVER_SIGNAL_ERROR_PATCH_FAILED
                                             : SERVER_SIGNAL_ERROR_INVALID_PATCH;
}

static void
assert_all_refused (const char *pointer,
                    int         code)
{
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      ServerSignal *signal = signal_of (DOCUMENT);

      assert_refused (signal, writers[i].write, writers[i].name, pointer, GOOD,
                      writers[i].is_patch ? patch_code (pointer) : code, pointer);
      g_assert_finalize_object (signal);
    }
}

static void
test_bad_pointer (void)
{
  assert_all_refused ("list", SERVER_SIGNAL_ERROR_INVALID_POINTER);
  assert_all_refused ("/object/a~2", SERVER_SIGNAL_ERROR_INVALID_POINTER);
  assert_all_refused ("/object/~", SERVER_SIGNAL_ERROR_INVALID_POINTER);
  assert_all_refused ("/list/first", SERVER_SIGNAL_ERROR_INVALID_POINTER);
  assert_all_refused ("/list/01", SERVER_SIGNAL_ERROR_INVALID_POINTER);
  assert_all_refused ("/list/-1", SERVER_SIGNAL_ERROR_INVALID_POINTER);
  assert_all_refused ("/list/1e0", SERVER_SIGNAL_ERROR_INVALID_POINTER);
}

static void
test_missing_parent (void)
{
  assert_all_refused ("/none/x", SERVER_SIGNAL_ERROR_NOT_FOUND);
  assert_all_refused ("/object/none/x", SERVER_SIGNAL_ERROR_NOT_FOUND);
  assert_all_refused ("/list/5/x", SERVER_SIGNAL_ERROR_NOT_FOUND);
  assert_all_refused ("/list/-/x", SERVER_SIGNAL_ERROR_NOT_FOUND);
}

static void
test_scalar_parent (void)
{
  assert_all_refused ("/object/a/x", SERVER_SIGNAL_ERROR_NOT_FOUND);
  assert_all_refused ("/list/0/x", SERVER_SIGNAL_ERROR_NOT_FOUND);
  assert_all_refused ("/list/0/0", SERVER_SIGNAL_ERROR_NOT_FOUND);
}

static void
test_past_end (void)
{
  assert_all_refused ("/list/3", SERVER_SIGNAL_ERROR_NOT_FOUND);
  assert_all_refused ("/list/4294967295", SERVER_SIGNAL_ERROR_NOT_FOUND);
  assert_all_refused ("/list/99999999999999999999", SERVER_SIGNAL_ERROR_NOT_FOUND);

  /* The index that is the length appends where "add" is meant, and else is past the end. */
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      ServerSignal *signal = signal_of (DOCUMENT);

      if (writers[i].past_end != NEVER)
        assert_refused (signal, writers[i].write, writers[i].name, "/list/2", GOOD,
                        writers[i].past_end, "/list/2");
      else
        g_assert_true (writers[i].write (signal, "/list/2", GOOD, NULL));
      g_assert_finalize_object (signal);
    }
}

static void
test_nothing_there (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      ServerSignal *signal = signal_of (DOCUMENT);

      if (writers[i].write == remove_ || writers[i].write == move_from)
        {
          assert_refused (signal, writers[i].write, writers[i].name, "/none", GOOD,
                          SERVER_SIGNAL_ERROR_NOT_FOUND, "/none");
          assert_refused (signal, writers[i].write, writers[i].name, "/list/-", GOOD,
                          SERVER_SIGNAL_ERROR_NOT_FOUND, "/list/-");
        }
      else
        {
          g_assert_true (writers[i].write (signal, "/none", GOOD, NULL));
          g_assert_true (server_signal_has (signal, "/none"));
        }
      g_assert_finalize_object (signal);
    }
}

static void
test_whole (void)
{
  ServerSignal *signal = signal_of (DOCUMENT);

  assert_refused (signal, remove_, "remove", "", GOOD, SERVER_SIGNAL_ERROR_INVALID_POINTER, NULL);
  assert_refused (signal, remove_, "remove", NULL, GOOD, SERVER_SIGNAL_ERROR_INVALID_POINTER, NULL);
  assert_refused (signal, move_from, "move from", "", GOOD, SERVER_SIGNAL_ERROR_INVALID_POINTER,
                  "/object/b");

  g_assert_finalize_object (signal);
}

static gboolean
move_into_itself (ServerSignal  *signal,
                  const char    *pointer,
                  Argument       argument,
                  GError       **error)
{
  return server_signal_move (signal, "/object", pointer, error);
}

static void
test_move_into_itself (void)
{
  ServerSignal *signal = signal_of (DOCUMENT);
  g_autoptr (GError) error = NULL;

  assert_refused (signal, move_into_itself, "move", "/object/b", GOOD,
                  SERVER_SIGNAL_ERROR_INVALID_POINTER, "/object");

  /* To where it is: no write, but it has to be there. */
  g_assert_false (server_signal_move (signal, "/none", "/none", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND);

  g_assert_finalize_object (signal);
}

static void
test_value (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      ServerSignal *signal = signal_of (DOCUMENT);

      if (writers[i].too_deep != NEVER)
        assert_refused (signal, writers[i].write, writers[i].name, "/object/a", TOO_DEEP,
                        writers[i].too_deep, "/object/a");
      if (writers[i].not_json != NEVER)
        assert_refused (signal, writers[i].write, writers[i].name, "/object/a", NOT_JSON,
                        writers[i].not_json, "/object/a");
      g_assert_finalize_object (signal);
    }
}

static void
test_update (void)
{
  ServerSignal *signal = signal_of (DOCUMENT);

  assert_refused (signal, update, "update", NULL, TOO_DEEP, SERVER_SIGNAL_ERROR_LIMIT, NULL);
  assert_refused (signal, update, "update", NULL, NOT_JSON, SERVER_SIGNAL_ERROR_INVALID_JSON, NULL);

  g_assert_finalize_object (signal);
}

/* A value that is not too deep, but where it goes it would be. Lists down to the limit are
 * filled; the pointer leads to the innermost, which is empty. */
static char *
deepest_pointer (guint depth)
{
  GString *pointer = g_string_new ("/deep");

  for (guint i = 0; i < depth; i++)
    g_string_append (pointer, "/0");

  return g_string_free (pointer, FALSE);
}

static gboolean
patch_list (ServerSignal  *signal,
            const char    *pointer,
            Argument       argument,
            GError       **error)
{
  return apply_patch (signal, pointer, "[7]", error);
}

static gboolean
move_list (ServerSignal  *signal,
           const char    *pointer,
           Argument       argument,
           GError       **error)
{
  return server_signal_move (signal, "/list", pointer, error);
}

static void
test_too_deep_together (void)
{
  static const struct
  {
    const char *name;
    Writer write;
    gboolean existing;
  } deep_writers[] = {
    { "set_value", set_value, FALSE },
    { "set_json", set_json, FALSE },
    { "set_value", set_value, TRUE },
    { "set_json", set_json, TRUE },
    { "insert_value", insert_value, FALSE },
    { "insert_json", insert_json, FALSE },
    { "move", move_list, FALSE },
    { "apply_patch", patch_list, FALSE },
  };
  /* One level is the object, and the argument would be one more than there is. */
  g_autofree char *json = nested_json (SS_DOCUMENT_DEPTH - 1);
  g_autofree char *document = g_strdup_printf ("{'list':[0],'deep':%s}", json);
  g_autofree char *innermost = deepest_pointer (SS_DOCUMENT_DEPTH - 2);
  g_autofree char *append = g_strconcat (innermost, "/-", NULL);
  g_autofree char *existing = g_strconcat (innermost, "/0", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (deep_writers); i++)
    {
      ServerSignal *signal = signal_of (document);
      const char *pointer = deep_writers[i].existing ? existing : append;

      g_assert_true (server_signal_set_int (signal, pointer, 2, NULL));
      assert_refused (signal, deep_writers[i].write, deep_writers[i].name, pointer, GOOD,
                      SERVER_SIGNAL_ERROR_LIMIT, pointer);
      g_assert_finalize_object (signal);
    }
}

/* Two lists that differ inside: what is put there by the diff is too deep, not the whole. */
static void
test_too_deep_by_diff (void)
{
  g_autofree char *json = nested_json (SS_DOCUMENT_DEPTH - 1);
  g_autofree char *document = g_strdup_printf ("{'deep':%s}", json);
  g_autofree char *deeper = nested_json (SS_DOCUMENT_DEPTH);
  ServerSignal *signal = signal_of (document);
  Witness *witness = witness_new (signal);
  g_autoptr (GError) error = NULL;

  g_assert_false (server_signal_set_json (signal, "/deep", deeper, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "/deep"));
  assert_json (signal, NULL, document);
  assert_commits (witness, 0);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_replica (void)
{
  g_autoptr (ServerSignal) source = signal_of (DOCUMENT);
  ServerSignal *replica = ss_signal_new_replica ("the-name", ss_signal_peek (source));

  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      assert_refused (replica, writers[i].write, writers[i].name, "/number", GOOD,
                      SERVER_SIGNAL_ERROR_READ_ONLY, "the-name");
      assert_refused (replica, writers[i].write, writers[i].name, "/none/x", GOOD,
                      SERVER_SIGNAL_ERROR_READ_ONLY, "the-name");
    }
  assert_refused (replica, update, "update", NULL, GOOD, SERVER_SIGNAL_ERROR_READ_ONLY, "the-name");

  g_assert_finalize_object (replica);
}

static void
test_patch_errors (void)
{
  static const struct
  {
    const char *json;
    int code;
    const char *index;
    const char *pointer;
  } cases[] = {
    { "[{'op':'remove','path':'/number'},{'op':'test','path':'/object/a','value':1.5}]",
      SERVER_SIGNAL_ERROR_TEST_FAILED, "1", "/object/a" },
    { "[{'op':'add','path':'/x','value':1},{'op':'copy','from':'/list','path':'/x/y'}]",
      SERVER_SIGNAL_ERROR_PATCH_FAILED, "1", "/x/y" },
    { "[{'op':'move','from':'/object','path':'/object/a'}]", SERVER_SIGNAL_ERROR_PATCH_FAILED, "0",
      "/object" },
    { "[{'op':'replace','path':'','value':[]},{'op':'remove','path':''}]",
      SERVER_SIGNAL_ERROR_PATCH_FAILED, "1", "" },
    { "[{'op':'replace','path':'','value':[]},{'op':'replace','path':'/0','value':0}]",
      SERVER_SIGNAL_ERROR_PATCH_FAILED, "1", "/0" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ServerSignal *signal = signal_of (DOCUMENT);
      Witness *witness = witness_new (signal);
      g_autoptr (GError) error = NULL;
      g_autofree char *json = quoted (cases[i].json);
      g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_from_json (json, &error);

      g_assert_no_error (error);
      g_assert_false (server_signal_apply_patch (signal, patch, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, cases[i].code);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, cases[i].index));
      g_assert_nonnull (strstr (error->message, cases[i].pointer));
      assert_json (signal, NULL, DOCUMENT);
      assert_commits (witness, 0);

      witness_free (witness);
      g_assert_finalize_object (signal);
    }
}

/* A browser writes 21.0 as 21, and guards what it changes with that. */
static void
test_patch_guards (void)
{
  static const struct
  {
    const char *document;
    const char *guard;
    gboolean holds;
  } cases[] = {
    { "{'n':21.0}", "21", TRUE },
    { "{'n':21}", "21.0", TRUE },
    { "{'n':1e2}", "100", TRUE },
    { "{'n':-0.0}", "0", TRUE },
    { "{'n':{'a':[1,2.0],'b':{'c':3}}}", "{'b':{'c':3.0},'a':[1.0,2]}", TRUE },
    { "{'n':9007199254740993}", "9007199254740993", TRUE },
    { "{'n':9007199254740993}", "9007199254740992.0", FALSE },
    { "{'n':[9223372036854775807]}", "[9223372036854775808.0]", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint in_transaction = 0; in_transaction < 2; in_transaction++)
      {
        ServerSignal *signal = signal_of (cases[i].document);
        g_autofree char *list = g_strdup_printf ("[{'op':'test','path':'/n','value':%s},"
                                                 "{'op':'replace','path':'/n','value':22}]",
                                                 cases[i].guard);
        g_autofree char *json = quoted (list);
        g_autoptr (GError) error = NULL;
        g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_from_json (json, &error);

        g_test_message ("%s, guarded by %s", cases[i].document, cases[i].guard);
        g_assert_no_error (error);
        if (in_transaction)
          g_object_freeze_notify (G_OBJECT (signal));
        g_assert_cmpint (server_signal_apply_patch (signal, patch, &error), ==, cases[i].holds);
        if (in_transaction)
          g_object_thaw_notify (G_OBJECT (signal));

        if (cases[i].holds)
          {
            g_assert_no_error (error);
            assert_json (signal, NULL, "{'n':22}");
          }
        else
          {
            g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_TEST_FAILED);
            assert_json (signal, NULL, cases[i].document);
          }
        g_assert_finalize_object (signal);
      }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/writers/bad-pointer", test_bad_pointer);
  g_test_add_func ("/writers/missing-parent", test_missing_parent);
  g_test_add_func ("/writers/scalar-parent", test_scalar_parent);
  g_test_add_func ("/writers/past-end", test_past_end);
  g_test_add_func ("/writers/nothing-there", test_nothing_there);
  g_test_add_func ("/writers/whole", test_whole);
  g_test_add_func ("/writers/move-into-itself", test_move_into_itself);
  g_test_add_func ("/writers/value", test_value);
  g_test_add_func ("/writers/update", test_update);
  g_test_add_func ("/writers/too-deep-together", test_too_deep_together);
  g_test_add_func ("/writers/too-deep-by-diff", test_too_deep_by_diff);
  g_test_add_func ("/writers/replica", test_replica);
  g_test_add_func ("/writers/patch-errors", test_patch_errors);
  g_test_add_func ("/signal/writers/patch-guards", test_patch_guards);

  return g_test_run ();
}
