/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Follows the counter from whichever of several servers is there. leaf URI… */

#include <glib-unix.h>
#include <libserver-signal.h>
#include <stdlib.h>

static void
value_changed_cb (ServerSignal *counter,
                  GParamSpec   *pspec,
                  gpointer      user_data)
{
  ServerSignalClient *client = user_data;

  g_print ("%s %" G_GINT64_FORMAT "\n", server_signal_client_get_uri (client),
           server_signal_get_int (counter, "/value"));
}

/* Lost one edge: the next attempt is at another. The replica keeps its revision. */
static void
state_changed_cb (ServerSignalClient *client,
                  GParamSpec         *pspec,
                  gpointer            user_data)
{
  char **uris = user_data;
  static guint at = 0;

  if (server_signal_client_get_state (client) != SERVER_SIGNAL_CLIENT_STATE_WAITING)
    return;

  at = (at + 1) % g_strv_length (uris);
  server_signal_client_set_uri (client, uris[at]);
}

/* Ctrl-C, and the end of a service. */
static gboolean
interrupted_cb (gpointer loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_REMOVE;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (ServerSignalClient) client = NULL;
  ServerSignal *counter;

  if (argc < 2)
    {
      g_printerr ("Usage: leaf URI…\n");
      return EXIT_FAILURE;
    }

  client = server_signal_client_new (argv[1]);
  counter = server_signal_client_get_signal (client, "counter");
  g_signal_connect (counter, "notify::value", G_CALLBACK (value_changed_cb), client);
  g_signal_connect (client, "notify::state", G_CALLBACK (state_changed_cb), argv + 1);
  server_signal_client_start (client);
  g_unix_signal_add (SIGINT, interrupted_cb, loop);
  g_unix_signal_add (SIGTERM, interrupted_cb, loop);
  g_main_loop_run (loop);

  server_signal_client_stop (client);

  return EXIT_SUCCESS;
}
