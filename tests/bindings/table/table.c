/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The rows of table.json in C; see table.py. Usage: table TABLE URI
 *
 * Table and output are signals themselves. */

#include <stdio.h>

#include <libserver-signal.h>

static void
put (ServerSignal *out,
     const char   *at,
     const char   *name,
     JsonNode     *take)
{
  g_autoptr (JsonNode) node = take;
  g_autofree char *pointer = g_strconcat (at, "/", name, NULL);
  g_autoptr (GError) error = NULL;

  server_signal_set_value (out, pointer, node, &error);
  g_assert_no_error (error);
}

static JsonNode *
int_node (gint64 value)
{
  return json_node_init_int (json_node_alloc (), value);
}

static void
read_row (ServerSignal *document,
          const char   *pointer,
          ServerSignal *out,
          const char   *at)
{
  g_autofree char *text = server_signal_dup_string (document, pointer);
  g_auto (GStrv) members = server_signal_list_members (document, pointer);
  JsonNode *node = json_node_alloc ();
  JsonArray *array = json_array_new ();

  put (out, at, "has",
       json_node_init_boolean (json_node_alloc (), server_signal_has (document, pointer)));
  put (out, at, "int", int_node (server_signal_get_int (document, pointer)));
  put (out, at, "double",
       json_node_init_double (json_node_alloc (), server_signal_get_double (document, pointer)));
  put (out, at, "boolean",
       json_node_init_boolean (json_node_alloc (), server_signal_get_boolean (document, pointer)));
  put (out, at, "string",
       text != NULL ? json_node_init_string (json_node_alloc (), text)
                    : json_node_init_null (json_node_alloc ()));
  put (out, at, "n", int_node (server_signal_get_n_elements (document, pointer)));
  for (guint i = 0; members[i] != NULL; i++)
    json_array_add_string_element (array, members[i]);
  json_node_init_array (node, array);
  json_array_unref (array);
  put (out, at, "members", node);
  put (out, at, "value", server_signal_dup_value (document, pointer));
}

static JsonNode *
update_cb (JsonNode *copy,
           gpointer  user_data)
{
  return json_node_copy (user_data);
}

static gboolean
carry_out (ServerSignal  *signal,
           ServerSignal  *table,
           const char    *row,
           GError       **error)
{
#define AT(name) (g_free (at), at = g_strconcat (row, "/" name, NULL))
  g_autofree char *at = NULL;
  g_autofree char *op = server_signal_dup_string (table, AT ("op"));
  g_autofree char *pointer = server_signal_dup_string (table, AT ("pointer"));
  g_autofree char *from = server_signal_dup_string (table, AT ("from"));
  g_autoptr (JsonNode) value = server_signal_dup_value (table, AT ("value"));
  g_autofree char *text = server_signal_dup_string (table, AT ("value"));

  AT ("value");
  if (g_str_equal (op, "set_int"))
    return server_signal_set_int (signal, pointer, server_signal_get_int (table, at), error);
  if (g_str_equal (op, "set_double"))
    return server_signal_set_double (signal, pointer, server_signal_get_double (table, at), error);
  if (g_str_equal (op, "set_boolean"))
    return server_signal_set_boolean (signal, pointer, server_signal_get_boolean (table, at),
                                      error);
  if (g_str_equal (op, "set_string"))
    return server_signal_set_string (signal, pointer, text, error);
  if (g_str_equal (op, "set_json"))
    return server_signal_set_json (signal, pointer, text, error);
  if (g_str_equal (op, "insert_json"))
    return server_signal_insert_json (signal, pointer, text, error);
  if (g_str_equal (op, "set_value"))
    return server_signal_set_value (signal, pointer, value, error);
  if (g_str_equal (op, "insert_value"))
    return server_signal_insert_value (signal, pointer, value, error);
  if (g_str_equal (op, "append"))
    {
      g_autofree char *end = g_strconcat (pointer, "/-", NULL);

      return server_signal_insert_value (signal, end, value, error);
    }
  if (g_str_equal (op, "remove"))
    return server_signal_remove (signal, pointer, error);
  if (g_str_equal (op, "move"))
    return server_signal_move (signal, from, pointer, error);
  if (g_str_equal (op, "apply_patch"))
    {
      g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_from_node (value, error);

      return patch != NULL && server_signal_apply_patch (signal, patch, error);
    }
  if (g_str_equal (op, "update"))
    return server_signal_update (signal, update_cb, value, error);

  g_object_freeze_notify (G_OBJECT (signal));
  server_signal_set_value (signal, pointer, value, NULL);
  server_signal_insert_value (signal, "/l/-", value, NULL);
  if (g_str_equal (op, "discard"))
    server_signal_discard (signal);
  g_object_thaw_notify (G_OBJECT (signal));

  return TRUE;
}

static void
patched_cb (ServerSignal      *signal,
            ServerSignalPatch *patch,
            JsonArray         *patches)
{
  json_array_add_element (patches, server_signal_patch_to_node (patch));
}

static void
write_row (ServerSignal *table,
           const char   *row,
           ServerSignal *out)
{
  g_autofree char *at = g_strconcat (row, "/start", NULL);
  g_autoptr (JsonNode) start = server_signal_dup_value (table, at);
  g_autoptr (ServerSignal) signal = server_signal_new ("row", start);
  g_autoptr (JsonArray) patches = json_array_new ();
  g_autoptr (GError) error = NULL;

  g_signal_connect (signal, "patched", G_CALLBACK (patched_cb), patches);
  if (!carry_out (signal, table, row, &error))
    g_assert_true (error->domain == SERVER_SIGNAL_ERROR);
  put (out, row, "value", server_signal_dup_value (signal, NULL));
  put (out, row, "revision", int_node ((gint64) server_signal_get_revision (signal)));
  put (out, row, "patches", json_node_init_array (json_node_alloc (), patches));
  put (out, row, "error",
       error != NULL ? int_node (error->code) : json_node_init_null (json_node_alloc ()));
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (ServerSignal) out =
    server_signal_new_from_json ("out", "{\"reads\":[],\"writes\":[]}", NULL);
  g_autoptr (ServerSignal) table = NULL;
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *result = NULL;
  ServerSignal *document;

  g_assert_cmpint (argc, ==, 3);
  g_file_get_contents (argv[1], &text, NULL, &error);
  g_assert_no_error (error);
  table = server_signal_new_from_json ("table", text, &error);
  g_assert_no_error (error);

  client = server_signal_client_new (argv[2]);
  document = server_signal_client_get_signal (client, "document");
  server_signal_client_start (client);
  while (server_signal_get_stale (document))
    g_main_context_iteration (NULL, TRUE);

  for (guint i = 0; i < server_signal_get_n_elements (table, "/reads"); i++)
    {
      g_autofree char *at = g_strdup_printf ("/reads/%u", i);
      g_autofree char *name = g_strconcat (at, "/pointer", NULL);
      g_autofree char *pointer = server_signal_dup_string (table, name);

      server_signal_insert_json (out, "/reads/-", "{}", NULL);
      read_row (document, pointer, out, at);
    }
  for (guint i = 0; i < server_signal_get_n_elements (table, "/writes"); i++)
    {
      g_autofree char *at = g_strdup_printf ("/writes/%u", i);

      server_signal_insert_json (out, "/writes/-", "{}", NULL);
      write_row (table, at, out);
    }

  server_signal_client_stop (client);
  result = server_signal_dup_json (out, NULL);
  puts (result);

  return 0;
}
