/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <stdio.h>

#include <libserver-signal.h>

/* A hub that answers calls, for the tests of “server-signal call”. It prints its address, and a line
 * for each call that it is told to. Input of which the end has come ends it. */

static JsonNode *
new_int (gint64 value)
{
  return json_node_init_int (json_node_alloc (), value);
}

static void
answer_count (ServerSignalCall *call)
{
  g_autoptr (JsonNode) three = new_int (3);

  for (gint64 i = 1; i <= 2; i++)
    {
      g_autoptr (JsonNode) node = new_int (i);

      server_signal_call_progress (call, node);
    }
  server_signal_call_return (call, three);
}

static void
cancelled_cb (GCancellable *cancellable)
{
  g_print ("cancelled\n");
}

static gboolean
call_cb (ServerSignalHub  *hub,
         ServerSignalCall *call,
         GPtrArray        *held)
{
  const char *method = server_signal_call_get_method (call);
  g_autoptr (JsonNode) arguments = server_signal_call_dup_arguments (call);

  if (g_str_equal (method, "echo"))
    {
      server_signal_call_return (call, arguments);
    }
  else if (g_str_equal (method, "count"))
    {
      answer_count (call);
    }
  else if (g_str_equal (method, "refuse"))
    {
      server_signal_call_fail (call, "no-tea", "There is none", arguments);
    }
  else if (g_str_equal (method, "hold"))
    {
      g_print ("held\n");
      g_signal_connect (server_signal_call_get_cancellable (call), "cancelled",
                        G_CALLBACK (cancelled_cb), NULL);
      g_ptr_array_add (held, g_object_ref (call));
    }
  else if (g_str_equal (method, "drop"))
    {
      g_print ("drop\n");
      server_signal_peer_close (server_signal_call_get_peer (call), SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
                                NULL);
      server_signal_call_return (call, arguments);
    }
  else
    {
      return FALSE;
    }

  return TRUE;
}

static gboolean
input_cb (GIOChannel   *channel,
          GIOCondition  condition,
          gpointer      loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_REMOVE;
}

int
main (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  setvbuf (stdout, NULL, _IOLBF, 0);
  g_signal_connect (hub, "call", G_CALLBACK (call_cb), held);
  if (!server_signal_hub_listen (hub, NULL, 0, &error))
    g_error ("%s", error->message);
  uri = server_signal_hub_dup_uri (hub);
  g_print ("%s\n", uri);

  g_io_add_watch (input, G_IO_IN | G_IO_HUP, input_cb, loop);
  g_main_loop_run (loop);
  server_signal_hub_close (hub);

  return 0;
}
