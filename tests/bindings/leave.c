/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* A program that leaves; see leave.py. */

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>
#include <libserver-signal.h>

static const char *way;
static GMainLoop *loop;
static ServerSignalHub *hub;
static ServerSignal *counter;
static ServerSignal *replica;
static ServerSignalClient *client;

static void
heard_cb (const char *what)
{
  g_printerr ("heard %s\n", what);
}

static void
listen_to (gpointer    object,
           const char *name)
{
  g_signal_connect_swapped (object, name, G_CALLBACK (heard_cb), (gpointer) name);
}

static gboolean
check_cb (gpointer user_data)
{
  if (server_signal_get_stale (replica) ||
      g_list_model_get_n_items (server_signal_hub_get_peers (hub)) != 1)
    heard_cb ("that the child was there");
  exit (EXIT_SUCCESS);
}

static gboolean
leave_cb (gpointer user_data)
{
  listen_to (hub, "peer-removed");
  listen_to (hub, "notify");
  listen_to (server_signal_hub_get_peers (hub), "items-changed");
  listen_to (server_signal_hub_get_signals (hub), "items-changed");
  listen_to (client, "notify");
  listen_to (replica, "notify");
  if (g_str_equal (way, "handler"))
    exit (EXIT_SUCCESS);

  if (g_str_equal (way, "fork"))
    {
      pid_t child = fork ();
      int status;

      if (child > 0)
        {
          if (waitpid (child, &status, 0) != child || status != 0)
            heard_cb ("that the child failed");
          g_timeout_add (100, check_cb, NULL);
          return G_SOURCE_REMOVE;
        }
    }

  g_main_loop_quit (loop);

  return G_SOURCE_REMOVE;
}

/* GLib's own thread, which has taken the signal, holds a lock of the main context for a moment; a child
 * that is forked then has it locked for ever. */
static gboolean
terminated_cb (gpointer user_data)
{
  g_timeout_add (50, leave_cb, NULL);

  return G_SOURCE_REMOVE;
}

static gboolean
ready_cb (gpointer user_data)
{
  if (server_signal_get_stale (replica))
    return G_SOURCE_CONTINUE;

  g_print ("ready\n");

  return G_SOURCE_REMOVE;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  way = argv[1];
  loop = g_main_loop_new (NULL, FALSE);
  hub = server_signal_hub_new ();
  counter = server_signal_new ("counter", NULL);
  if (!server_signal_hub_add (hub, counter, &error) ||
      !server_signal_hub_listen (hub, NULL, 0, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  uri = server_signal_hub_dup_uri (hub);
  client = server_signal_client_new (uri);
  replica = g_object_ref (server_signal_client_get_signal (client, "counter"));
  server_signal_client_start (client);
  g_unix_signal_add (SIGTERM, terminated_cb, NULL);
  g_timeout_add (10, ready_cb, NULL);
  g_main_loop_run (loop);

  g_object_unref (client);
  g_object_unref (hub);
  g_object_unref (counter);
  g_object_unref (replica);
  g_main_loop_unref (loop);

  return EXIT_SUCCESS;
}
