/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Follows the counter and prints each value. */

#include <glib-unix.h>
#include <libserver-signal.h>

static void
value_changed_cb (ServerSignal *counter)
{
  g_print ("%" G_GINT64_FORMAT "\n", server_signal_get_int (counter, "/value"));
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

  client = server_signal_client_new (argc > 1 ? argv[1] : "ws://localhost:3000/ws");
  counter = server_signal_client_get_signal (client, "counter");
  g_signal_connect (counter, "notify::value", G_CALLBACK (value_changed_cb), NULL);
  server_signal_client_start (client);
  g_unix_signal_add (SIGINT, interrupted_cb, loop);
  g_unix_signal_add (SIGTERM, interrupted_cb, loop);
  g_main_loop_run (loop);

  server_signal_client_stop (client);

  return 0;
}
