/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A window that follows the counter. Usage: window [URI] */

#include <glib-unix.h>
#include <gtk/gtk.h>
#include <libserver-signal.h>

/* Ctrl-C, and the end of a service. */
static gboolean
interrupted_cb (gpointer application)
{
  g_application_quit (application);

  return G_SOURCE_REMOVE;
}

static void
activate_cb (GtkApplication *application,
             gpointer        client)
{
  ServerSignal *counter = server_signal_client_get_signal (client, "counter");
  g_autoptr (ServerSignalView) value = server_signal_view_new (counter, "/value");
  GtkWidget *label = gtk_label_new (NULL);
  GtkWidget *window = gtk_application_window_new (application);

  /* A binding holds neither of its ends, so the label holds the view. */
  g_object_bind_property (value, "int-value", label, "label", G_BINDING_SYNC_CREATE);
  g_object_set_data_full (G_OBJECT (label), "value", g_steal_pointer (&value), g_object_unref);

  /* While the server is away the number stays, greyed out. */
  g_object_bind_property (counter, "stale", label, "sensitive",
                          G_BINDING_SYNC_CREATE | G_BINDING_INVERT_BOOLEAN);

  gtk_window_set_title (GTK_WINDOW (window), "Counter");
  gtk_window_set_default_size (GTK_WINDOW (window), 240, 120);
  gtk_window_set_child (GTK_WINDOW (window), label);
  gtk_window_present (GTK_WINDOW (window));
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GtkApplication) application = NULL;
  g_autoptr (ServerSignalClient) client = NULL;
  int status;

  client = server_signal_client_new (argc > 1 ? argv[1] : "ws://localhost:3000/ws");
  application = gtk_application_new (NULL, G_APPLICATION_FLAGS_NONE);
  g_signal_connect (application, "activate", G_CALLBACK (activate_cb), client);
  g_unix_signal_add (SIGINT, interrupted_cb, application);
  g_unix_signal_add (SIGTERM, interrupted_cb, application);

  server_signal_client_start (client);
  status = g_application_run (G_APPLICATION (application), 0, NULL);
  server_signal_client_stop (client);

  return status;
}
