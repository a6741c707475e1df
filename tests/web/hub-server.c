/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <stdio.h>

#include <glib-unix.h>

#include "libserver-signal.h"

/* A server for the tests of the browser module: a hub at /ws, files beside it, a signal "counter"
 * that counts and a signal "document" that is changed at random. With --tell it writes each commit
 * of the latter on a line of its own, revision and document, so that the test knows what there
 * was. The page /state has the documents in it. */

static int port;
static int interval = 10;
static int commits = -1;
static int seed = 1;
static int large;
static gboolean tell;
static gboolean prototypes;
static char **roots;
static char **origins;

static const GOptionEntry entries[] = {
  { "port", 0, 0, G_OPTION_ARG_INT, &port, "Port to listen on", "PORT" },
  { "interval", 0, 0, G_OPTION_ARG_INT, &interval, "Milliseconds between two steps", "MS" },
  { "commits", 0, 0, G_OPTION_ARG_INT, &commits, "Steps of the document; without end", "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "Seed of the changes", "SEED" },
  { "large", 0, 0, G_OPTION_ARG_INT, &large, "A signal whose snapshot is so large", "BYTES" },
  { "tell", 0, 0, G_OPTION_ARG_NONE, &tell, "Write each document", NULL },
  { "prototypes", 0, 0, G_OPTION_ARG_NONE, &prototypes, "Use a member that not all can have", NULL },
  { "allow", 0, 0, G_OPTION_ARG_STRING_ARRAY, &origins, "An origin whose pages may connect", "ORIGIN" },
  { "root", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &roots, "A directory of files to serve", "DIR" },
  G_OPTION_ENTRY_NULL
};

static const char *start =
  "{\"list\":[1,{\"id\":2},[3]],\"members\":{},\"text\":\"\",\"number\":0.1}";

static const char *const values[] = {
  "null", "true", "false", "0", "-7", "9007199254740991", "0.1", "1e-7", "123456.789", "\"\"",
  "\"ünï \\u0001 \\\"\"", "\"😀\"", "[]", "{}", "[1,[2,[3]]]", "{\"a\":{\"b\":[null]}}",
  "{\"__proto__\":{\"x\":1},\"constructor\":2}",
};
static const char *const members[] = {
  "", "a", "b~0c", "d~1e", "é", "\"", "0", "-", "constructor", " ", "__proto__",
};

static const char *
pick (GRand             *rand,
      const char *const *from,
      gsize              n)
{
  return from[g_rand_int_range (rand, 0, (int) n)];
}

static int
list_length (ServerSignal *document)
{
  for (int n = 0;; n++)
    {
      g_autofree char *pointer = g_strdup_printf ("/list/%d", n);

      if (!server_signal_has (document, pointer))
        return n;
    }
}

static void
write_something (ServerSignal *document,
                 GRand        *rand)
{
  g_autoptr (GError) error = NULL;
  int length = list_length (document);
  int index = g_rand_int_range (rand, 0, MAX (length, 1));
  const char *value = pick (rand, values, G_N_ELEMENTS (values));
  g_autofree char *element = g_strdup_printf ("/list/%d", index);
  gsize n_members = G_N_ELEMENTS (members) - (prototypes ? 0 : 1);
  g_autofree char *member = g_strdup_printf ("/members/%s", pick (rand, members, n_members));

  switch (g_rand_int_range (rand, 0, 10))
    {
    case 0:
    case 1:
      {
        g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);

        json_node_set_int (node, g_rand_int_range (rand, 0, 1000));
        server_signal_insert_value (document, element, node, &error);
      }
      break;
    case 2:
      if (length > 20 || (length > 0 && g_rand_boolean (rand)))
        server_signal_remove (document, element, &error);
      break;
    case 3:
      if (length > 1)
        {
          g_autofree char *to = g_strdup_printf ("/list/%d", g_rand_int_range (rand, 0, length));

          server_signal_move (document, element, to, &error);
        }
      break;
    case 4:
    case 5:
      server_signal_set_json (document, member, value, &error);
      break;
    case 6:
      if (server_signal_has (document, member))
        server_signal_remove (document, member, &error);
      break;
    case 7:
      server_signal_set_double (document, "/number", g_rand_double_range (rand, -1e6, 1e6), &error);
      break;
    case 8:
      if (length > 0)
        server_signal_set_json (document, element, value, &error);
      break;
    default:
      server_signal_set_string (document, "/text", value, &error);
      break;
    }
  g_assert_no_error (error);
}

static gboolean
step_cb (gpointer user_data)
{
  ServerSignal *document = user_data;
  static GRand *rand = NULL;

  if (rand == NULL)
    rand = g_rand_new_with_seed ((guint32) seed);
  switch (g_rand_int_range (rand, 0, 20))
    {
    case 0:
      server_signal_set_json (document, "", start, NULL);
      break;
    case 1:
    case 2:
    case 3:
      g_object_freeze_notify (G_OBJECT (document));
      for (int i = 0; i < 5; i++)
        write_something (document, rand);
      g_object_thaw_notify (G_OBJECT (document));
      break;
    default:
      write_something (document, rand);
      break;
    }

  if (commits >= 0 && server_signal_get_revision (document) >= (guint64) commits)
    return G_SOURCE_REMOVE;

  return G_SOURCE_CONTINUE;
}

static gboolean
count_cb (gpointer user_data)
{
  ServerSignal *counter = user_data;

  server_signal_set_int (counter, "/value", server_signal_get_int (counter, "/value") + 1, NULL);

  return G_SOURCE_CONTINUE;
}

static void
told_cb (ServerSignal *document)
{
  g_autofree char *json = server_signal_dup_json (document, NULL);

  /* Not g_print(), which writes in the character set of the locale. */
  printf ("%" G_GUINT64_FORMAT " %s\n", server_signal_get_revision (document), json);
  fflush (stdout);
}

static void
file_cb (SoupServer        *server,
         SoupServerMessage *message,
         const char        *path,
         GHashTable        *query,
         gpointer           user_data)
{
  const char *name = g_str_equal (path, "/") ? "counter.html" : path + 1;

  /* A page that begins with the documents as they are now. */
  if (g_str_equal (path, "/state"))
    {
      g_autofree char *state = server_signal_hub_dup_state (user_data, NULL);
      char *page = g_strconcat ("<!DOCTYPE html><title>State</title>", state, NULL);

      soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
      soup_server_message_set_response (message, "text/html", SOUP_MEMORY_TAKE, page,
                                        strlen (page));
      return;
    }

  for (guint i = 0; roots != NULL && roots[i] != NULL; i++)
    {
      g_autofree char *file = g_build_filename (roots[i], name, NULL);
      g_autofree char *data = NULL;
      gsize length;

      if (strstr (name, "..") == NULL && g_file_get_contents (file, &data, &length, NULL))
        {
          soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
          soup_server_message_set_response (message,
                                            g_str_has_suffix (name, ".js")     ? "text/javascript"
                                            : g_str_has_suffix (name, ".wasm") ? "application/wasm"
                                                                               : "text/html",
                                            SOUP_MEMORY_TAKE, g_steal_pointer (&data), length);
          return;
        }
    }
  soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
}

/* A signal whose snapshot is a frame of so many bytes. */
static ServerSignal *
new_large (void)
{
  g_autoptr (ServerSignal) signal = server_signal_new ("large", NULL);
  g_autofree char *frame = NULL;
  g_autofree char *text = NULL;

  frame = g_strdup_printf (
    "{\"name\":\"large\",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":\"\"}],"
    "\"epoch\":\"%s\",\"rev\":1}",
    server_signal_get_epoch (signal));
  text = g_strnfill ((gsize) large - strlen (frame), 'x');
  server_signal_set_string (signal, NULL, text, NULL);

  return g_steal_pointer (&signal);
}

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);

  return G_SOURCE_REMOVE;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) counter = server_signal_new_from_json ("counter", "{\"value\":0}", NULL);
  g_autoptr (ServerSignal) document = server_signal_new_from_json ("document", start, NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) ||
      !server_signal_hub_add (hub, counter, &error) ||
      !server_signal_hub_add (hub, document, &error) ||
      !soup_server_listen_local (server, (guint) port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  if (large > 0)
    {
      g_autoptr (ServerSignal) signal = new_large ();

      server_signal_hub_add (hub, signal, NULL);
    }
  soup_server_add_handler (server, NULL, file_cb, hub, NULL);
  server_signal_hub_set_allowed_origins (hub, (const char *const *) origins);
  server_signal_hub_attach (hub, server, "/ws");
  server_signal_hub_serve (hub, server, NULL);

  {
    GSList *uris = soup_server_get_uris (server);
    g_autofree char *uri = g_uri_to_string (uris->data);

    printf ("%s\n", uri);
    fflush (stdout);
    g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  }
  if (tell)
    {
      g_signal_connect (document, "notify::value", G_CALLBACK (told_cb), NULL);
      told_cb (document);
    }
  g_timeout_add ((guint) interval, count_cb, counter);
  g_timeout_add ((guint) interval, step_cb, document);
  g_unix_signal_add (SIGTERM, quit_cb, loop);
  g_main_loop_run (loop);
  server_signal_hub_close (hub);

  return 0;
}
