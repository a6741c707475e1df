/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A counter that every client sees, and the page that shows it. */

#include <glib-unix.h>
#include <libserver-signal.h>
#include <stdlib.h>

#define PAGE "counter.html"

static gboolean
count_cb (gpointer user_data)
{
  ServerSignal *counter = user_data;

  server_signal_set_int (counter, "/value", server_signal_get_int (counter, "/value") + 1, NULL);

  return G_SOURCE_CONTINUE;
}

/* The page; the module that it imports is the hub's. */
static void
page_cb (SoupServer        *server,
         SoupServerMessage *message,
         const char        *path,
         GHashTable        *query,
         gpointer           user_data)
{
  const char *directory = user_data;
  g_autofree char *file = g_build_filename (directory, PAGE, NULL);
  g_autofree char *text = NULL;
  gsize length;

  if (!g_str_equal (path, "/") || !g_file_get_contents (file, &text, &length, NULL))
    {
      soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
      return;
    }

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/html; charset=utf-8", SOUP_MEMORY_TAKE,
                                    g_steal_pointer (&text), length);
}

/* Ctrl-C, and the end of a service. */
static gboolean
interrupted_cb (gpointer loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_REMOVE;
}

static void
closed_cb (GObject      *hub,
           GAsyncResult *result,
           gpointer      loop)
{
  server_signal_hub_close_finish (SERVER_SIGNAL_HUB (hub), result, NULL);
  g_main_loop_quit (loop);
}

int
main (int   argc,
      char *argv[])
{
  int port = 3000;
  g_autofree char *directory = g_strdup (EXAMPLES_DIRECTORY);
  const GOptionEntry entries[] = {
    { "port", 'p', 0, G_OPTION_ARG_INT, &port, "Port to listen on, 0 for any", "PORT" },
    { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &directory, "Where " PAGE " is", "DIRECTORY" },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- a counter for all to see");
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) counter = NULL;
  g_autoptr (GError) error = NULL;
  GSList *uris;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  counter = server_signal_new_from_json ("counter", "{\"value\": 0}", NULL);
  server_signal_hub_add (hub, counter, NULL);
  server_signal_hub_attach (hub, server, "/ws");
  server_signal_hub_serve (hub, server, "/server-signal");
  soup_server_add_handler (server, NULL, page_cb, directory, NULL);

  if (!soup_server_listen_local (server, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
    {
      g_printerr ("Port %d cannot be had: %s\n", port, error->message);
      return EXIT_FAILURE;
    }

  uris = soup_server_get_uris (server);
  g_print ("Open http://localhost:%d/\n", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  g_timeout_add (10, count_cb, counter);
  g_unix_signal_add (SIGINT, interrupted_cb, loop);
  g_unix_signal_add (SIGTERM, interrupted_cb, loop);
  g_main_loop_run (loop);

  /* The clients are told, and come back when there is a server again. */
  server_signal_hub_close_async (hub, 2000, NULL, closed_cb, loop);
  g_main_loop_run (loop);

  return EXIT_SUCCESS;
}
