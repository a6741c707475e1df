/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Shows the load of this machine to any number of windows and pages. */

#include <glib-unix.h>
#include <libserver-signal.h>
#include <locale.h>
#include <stdlib.h>

#include "system.h"

#define PAGE "system-monitor.html"

typedef struct
{
  MonitorSystem *system;
  ServerSignal  *signal;
} Monitor;

static gboolean
sample_cb (gpointer user_data)
{
  const Monitor *monitor = user_data;
  g_autoptr (GError) error = NULL;

  /* Hundreds of properties may change: between these two they become one commit. */
  g_object_freeze_notify (G_OBJECT (monitor->signal));
  if (!monitor_system_sample (monitor->system, &error))
    g_printerr ("%s\n", error->message);
  g_object_thaw_notify (G_OBJECT (monitor->signal));

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
  int interval = 1000;
  g_autofree char *directory = NULL;
  g_autofree char *proc = NULL;
  const GOptionEntry entries[] = {
    { "port", 'p', 0, G_OPTION_ARG_INT, &port, "Port to listen on, 0 for any", "PORT" },
    { "interval", 'i', 0, G_OPTION_ARG_INT, &interval, "Time between two looks", "MILLISECONDS" },
    { "directory", 'd', 0, G_OPTION_ARG_FILENAME, &directory, "Where " PAGE " is", "DIRECTORY" },
    { "proc", 0, 0, G_OPTION_ARG_FILENAME, &proc, "Where the kernel's files are", "DIRECTORY" },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- the machine for all to see");
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (MonitorSystem) system = NULL;
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (GError) error = NULL;
  Monitor monitor;
  GSList *uris;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  /* The first sample is taken before any client asks, and fails at once if the files are
   * missing. */
  system = monitor_system_new (proc != NULL ? proc : "/proc");
  if (!monitor_system_sample (system, &error) ||
      (signal = server_signal_new_for_object ("system", G_OBJECT (system), &error)) == NULL ||
      !server_signal_hub_add (hub, signal, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  server_signal_hub_attach (hub, server, "/ws");
  server_signal_hub_serve (hub, server, "/server-signal");
  soup_server_add_handler (server, NULL, page_cb,
                           directory != NULL ? directory : (char *) EXAMPLES_DIRECTORY, NULL);
  if (!soup_server_listen_local (server, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
    {
      g_printerr ("Port %d cannot be had: %s\n", port, error->message);
      return EXIT_FAILURE;
    }

  uris = soup_server_get_uris (server);
  g_print ("Open http://localhost:%d/\n", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  monitor.system = system;
  monitor.signal = signal;
  g_timeout_add (MAX (interval, 10), sample_cb, &monitor);
  g_unix_signal_add (SIGINT, interrupted_cb, loop);
  g_unix_signal_add (SIGTERM, interrupted_cb, loop);
  g_main_loop_run (loop);

  /* The clients are told, and come back when there is a server again. */
  server_signal_hub_close_async (hub, 2000, NULL, closed_cb, loop);
  g_main_loop_run (loop);

  return EXIT_SUCCESS;
}
