/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Our hub, for run.py. The method "add" adds 1 to a number; "usage" gives the processor's time of the process in
 * microseconds; "broadcast" commits so many times to a signal and answers when that is done: as many in a turn as
 * its second argument says, or with 0 one in a turn that a timer begins. */

#include <stdio.h>

#include <sys/resource.h>

#include "libserver-signal.h"

typedef struct
{
  ServerSignal     *counter;
  ServerSignalCall *call;
  gint64            left;
  gint64            together;
} Broadcast;

static gboolean
add_cb (ServerSignalHub  *hub,
        ServerSignalCall *call,
        gpointer          user_data)
{
  g_autoptr (JsonNode) arguments = server_signal_call_dup_arguments (call);
  g_autoptr (JsonNode) sum =
    json_node_init_int (json_node_alloc (), json_node_get_int (arguments) + 1);

  server_signal_call_return (call, sum);

  return TRUE;
}

static gboolean
usage_cb (ServerSignalHub  *hub,
          ServerSignalCall *call,
          gpointer          user_data)
{
  struct rusage usage;
  gint64 time;
  g_autoptr (JsonNode) node = NULL;

  getrusage (RUSAGE_SELF, &usage);
  time = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
  node = json_node_init_int (json_node_alloc (), time);
  server_signal_call_return (call, node);

  return TRUE;
}

static gboolean
commit_cb (gpointer user_data)
{
  Broadcast *self = user_data;

  if (self->left > 0)
    {
      for (gint64 i = 0; i < MAX (self->together, 1) && self->left > 0; i++, self->left--)
        server_signal_set_int (self->counter, "/value",
                               server_signal_get_int (self->counter, "/value") + 1, NULL);
      return G_SOURCE_CONTINUE;
    }

  server_signal_call_return (self->call, NULL);
  g_object_unref (self->call);
  g_free (self);

  return G_SOURCE_REMOVE;
}

static gboolean
broadcast_cb (ServerSignalHub  *hub,
              ServerSignalCall *call,
              ServerSignal     *counter)
{
  g_autoptr (JsonNode) arguments = server_signal_call_dup_arguments (call);
  Broadcast *self = g_new0 (Broadcast, 1);

  self->counter = counter;
  self->call = g_object_ref (call);
  self->left = json_array_get_int_element (json_node_get_array (arguments), 0);
  self->together = json_array_get_int_element (json_node_get_array (arguments), 1);
  if (self->together > 0)
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, commit_cb, self, NULL);
  else
    g_timeout_add (1, commit_cb, self);

  return TRUE;
}

int
main (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) counter =
    server_signal_new_from_json ("counter", "{\"value\":100000}", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GUri) parsed = NULL;

  server_signal_hub_set_max_call_rate (hub, 0);
  server_signal_hub_add (hub, counter, NULL);
  g_signal_connect (hub, "call::add", G_CALLBACK (add_cb), NULL);
  g_signal_connect (hub, "call::usage", G_CALLBACK (usage_cb), NULL);
  g_signal_connect (hub, "call::broadcast", G_CALLBACK (broadcast_cb), counter);
  if (!server_signal_hub_listen (hub, "127.0.0.1", 0, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  uri = server_signal_hub_dup_uri (hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  printf ("%d\n", g_uri_get_port (parsed));
  fflush (stdout);
  g_main_loop_run (loop);

  return 0;
}
