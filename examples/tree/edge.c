/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * An edge: serves the counter of another server on. edge URI [PORT] */

#include <glib-unix.h>
#include <libserver-signal.h>
#include <stdlib.h>

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
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (ServerSignalHub) hub = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  guint16 port = argc > 2 ? (guint16) atoi (argv[2]) : 0;
  ServerSignal *counter;

  client = server_signal_client_new (argc > 1 ? argv[1] : "ws://localhost:3000/ws");
  hub = server_signal_hub_new ();
  counter = server_signal_client_get_signal (client, "counter");
  if (!server_signal_hub_add (hub, counter, &error) ||
      !server_signal_hub_listen (hub, NULL, port, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }
  server_signal_client_start (client);

  uri = server_signal_hub_dup_uri (hub);
  g_print ("%s\n", uri);
  g_unix_signal_add (SIGINT, interrupted_cb, loop);
  g_unix_signal_add (SIGTERM, interrupted_cb, loop);
  g_main_loop_run (loop);

  /* The clients are told, and come back when there is a server again. */
  server_signal_client_stop (client);
  server_signal_hub_close_async (hub, 2000, NULL, closed_cb, loop);
  g_main_loop_run (loop);

  return EXIT_SUCCESS;
}
