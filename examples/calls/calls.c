/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A server that answers calls, and a client that makes them, here in one process. */

#include <libserver-signal.h>

/* The server. */

static gboolean
add_cb (ServerSignalHub  *hub,
        ServerSignalCall *call,
        ServerSignal     *counter)
{
  g_autoptr (JsonNode) arguments = server_signal_call_dup_arguments (call);
  g_autoptr (JsonNode) answer = NULL;
  gint64 by = 0;

  /* Arguments come from strangers. */
  if (json_node_get_value_type (arguments) == G_TYPE_INT64)
    by = json_node_get_int (arguments);
  if (by < 1 || by > 10)
    {
      server_signal_call_fail (call, "invalid-arguments", "A number from 1 to 10 is needed", NULL);
      return TRUE;
    }

  server_signal_set_int (counter, "/value", server_signal_get_int (counter, "/value") + by, NULL);
  answer = server_signal_dup_value (counter, "/value");
  server_signal_call_return (call, answer);

  return TRUE;
}

static gboolean
tick_cb (gpointer data)
{
  ServerSignalCall *call = data;
  g_autoptr (GError) error = NULL;

  if (!g_cancellable_set_error_if_cancelled (server_signal_call_get_cancellable (call), &error))
    {
      server_signal_call_progress (call, NULL);
      return G_SOURCE_CONTINUE;
    }

  server_signal_call_return_error (call, error);

  return G_SOURCE_REMOVE;
}

static gboolean
tick_for_cb (ServerSignalHub  *hub,
             ServerSignalCall *call)
{
  g_timeout_add_full (G_PRIORITY_DEFAULT, 10, tick_cb, g_object_ref (call), g_object_unref);

  return TRUE;
}

/* The client. */

static void
added_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      counter)
{
  ServerSignalClient *client = SERVER_SIGNAL_CLIENT (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = server_signal_client_call_finish (client, result, &error);

  if (answer != NULL)
    {
      g_print ("The answer is %" G_GINT64_FORMAT ", the replica has %" G_GINT64_FORMAT "\n",
               json_node_get_int (answer), server_signal_get_int (counter, "/value"));
    }
  else
    {
      g_autofree char *code = server_signal_error_dup_call_code (error);

      g_print ("%s: %s\n", code != NULL ? "Refused" : "Not answered", error->message);
    }
}

static void
progress_cb (ServerSignalClient *client,
             JsonNode           *value,
             gpointer            cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
ticked_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      loop)
{
  ServerSignalClient *client = SERVER_SIGNAL_CLIENT (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = server_signal_client_call_full_finish (client, result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_print ("Cancelled\n");
  g_main_loop_quit (loop);
}

int
main (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) counter = NULL;
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (JsonNode) three = json_node_init_int (json_node_alloc (), 3);
  g_autoptr (JsonNode) million = json_node_init_int (json_node_alloc (), 1000000);
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  ServerSignal *replica;

  counter = server_signal_new_from_json ("counter", "{\"value\": 0}", NULL);
  server_signal_hub_add (hub, counter, NULL);
  g_signal_connect_object (hub, "call::add", G_CALLBACK (add_cb), counter, 0);
  g_signal_connect (hub, "call::tick", G_CALLBACK (tick_for_cb), NULL);
  if (!server_signal_hub_listen (hub, NULL, 0, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  uri = server_signal_hub_dup_uri (hub);
  client = server_signal_client_new (uri);
  replica = server_signal_client_get_signal (client, "counter");
  server_signal_client_start (client);
  server_signal_client_call_async (client, "add", three, NULL, added_cb, replica);
  server_signal_client_call_async (client, "add", million, NULL, added_cb, replica);
  server_signal_client_call_full_async (client, "tick", NULL, SERVER_SIGNAL_CALL_NONE, progress_cb,
                                        cancellable, NULL, cancellable, ticked_cb, loop);
  g_main_loop_run (loop);

  server_signal_client_stop (client);
  server_signal_hub_close (hub);

  return 0;
}
