/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* GDBus without a bus: connections over a unix socket, both ends GDBusConnection.
 *
 * dbus serve PATH, and dbus load PATH CONNECTIONS DEPTH SECONDS, which prints as load.c does. */

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH "/org/example/Adder"
#define INTERFACE "org.example.Adder"

static const char introspection[] =
  "<node><interface name='" INTERFACE "'><method name='Add'>"
  "<arg type='x' direction='in'/><arg type='x' direction='out'/></method></interface></node>";

static GDBusNodeInfo *info;

static void
method_cb (GDBusConnection       *connection,
           const char            *sender,
           const char            *path,
           const char            *interface,
           const char            *method,
           GVariant              *parameters,
           GDBusMethodInvocation *invocation,
           gpointer               user_data)
{
  gint64 number;

  g_variant_get (parameters, "(x)", &number);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(x)", number + 1));
}

static const GDBusInterfaceVTable vtable = { .method_call = method_cb };

static gboolean
new_connection_cb (GDBusServer     *server,
                   GDBusConnection *connection,
                   gpointer         user_data)
{
  g_dbus_connection_register_object (connection, PATH, info->interfaces[0], &vtable, NULL, NULL,
                                     NULL);
  g_object_ref (connection);

  return TRUE;
}

static int
serve (const char *address)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *guid = g_dbus_generate_guid ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusServer) server =
    g_dbus_server_new_sync (address, G_DBUS_SERVER_FLAGS_NONE, guid, NULL, NULL, &error);

  if (server == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  info = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_signal_connect (server, "new-connection", G_CALLBACK (new_connection_cb), NULL);
  g_dbus_server_start (server);
  printf ("ready\n");
  fflush (stdout);
  g_main_loop_run (loop);

  return 0;
}

typedef struct
{
  GDBusConnection *connection;
  gint64           next;
} Connection;

typedef struct
{
  Connection *connection;
  gint64      number;
  gint64      start;
} Call;

static gint64 end;
static guint under_way;
static GArray *latencies;

static void make_call (Connection *connection);

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
    g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 latency = (guint32) (g_get_monotonic_time () - call->start);
  gint64 number;

  if (answer == NULL)
    g_error ("%s", error->message);
  g_variant_get (answer, "(x)", &number);
  g_assert (number == call->number + 1);
  g_array_append_val (latencies, latency);
  under_way--;
  if (g_get_monotonic_time () < end)
    make_call (call->connection);
  g_free (call);
}

static void
make_call (Connection *connection)
{
  Call *call = g_new0 (Call, 1);

  call->connection = connection;
  call->number = connection->next++;
  call->start = g_get_monotonic_time ();
  under_way++;
  g_dbus_connection_call (connection->connection, NULL, PATH, INTERFACE, "Add",
                          g_variant_new ("(x)", call->number), G_VARIANT_TYPE ("(x)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, answered_cb, call);
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  guint32 one = *(const guint32 *) a, other = *(const guint32 *) b;

  return one < other ? -1 : one > other;
}

static int
load (const char *address,
      guint       n,
      guint       depth,
      double      seconds)
{
  Connection *connections = g_new0 (Connection, n);
  gint64 begin;
  guint32 *sorted;

  latencies = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;

      connections[i].connection =
        g_dbus_connection_new_for_address_sync (address,
                                                G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                                NULL, &error);
      if (connections[i].connection == NULL)
        {
          printf ("{\"error\":\"%s\"}\n", error->message);
          return 1;
        }
    }

  begin = g_get_monotonic_time ();
  end = begin + (gint64) (seconds * G_USEC_PER_SEC);
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < depth; j++)
      make_call (&connections[i]);
  while (under_way > 0)
    g_main_context_iteration (NULL, TRUE);
  end = g_get_monotonic_time ();

  g_array_sort (latencies, compare);
  sorted = (guint32 *) (gpointer) latencies->data;
  printf ("{\"calls\":%u,\"seconds\":%.6f,\"median\":%u,\"p99\":%u,\"max\":%u}\n", latencies->len,
          (double) (end - begin) / G_USEC_PER_SEC, sorted[latencies->len / 2],
          sorted[(guint) (latencies->len * 0.99)], sorted[latencies->len - 1]);

  return 0;
}

int
main (int   argc,
      char *argv[])
{
  g_autofree char *address = argc > 2 ? g_strconcat ("unix:path=", argv[2], NULL) : NULL;

  if (argc == 3)
    return serve (address);
  if (argc == 6)
    return load (address, (guint) atoi (argv[3]), (guint) atoi (argv[4]), atof (argv[5]));

  g_printerr ("dbus serve PATH\ndbus load PATH CONNECTIONS DEPTH SECONDS\n");

  return 2;
}
