/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Our hub: each message is a commit of a ServerSignal. */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include <libserver-signal.h>

#include "control.h"

static ServerSignalHub *hub;
static ServerSignal *counter;
static ServerSignal *single;
static ServerSignal *page;
static gint64 value = FIRST_VALUE;
static gint64 single_value = FIRST_VALUE;

static ServerSignal *
make_signal (const char *name,
             const char *json)
{
  ServerSignal *signal = server_signal_new_from_json (name, json, NULL);

  g_assert_nonnull (signal);

  return signal;
}

static void
peer_added_cb (ServerSignalHub  *self,
               ServerSignalPeer *peer)
{
  if (single != NULL)
    return;

  single = make_signal ("single", "{\"value\":100000}");
  server_signal_peer_add (peer, single, NULL);
}

static void
commit_large (void)
{
  g_autofree char *text = g_malloc (FILLING_BYTES + 32);
  int length = g_snprintf (text, 32, "%" G_GINT64_FORMAT, ++value);

  if (page == NULL)
    {
      page = make_signal ("page", "{\"text\":\"100000\"}");
      server_signal_hub_add (hub, page, NULL);
    }

  memset (text + length, 'x', FILLING_BYTES);
  text[length + FILLING_BYTES] = '\0';
  server_signal_set_string (page, "/text", text, NULL);
}

static void
control_cb (const char *bytes,
            gsize       n_bytes,
            gpointer    user_data)
{
  for (gsize i = 0; i < n_bytes; i++)
    {
      if (bytes[i] == 'b')
        server_signal_set_int (counter, "/value", ++value, NULL);
      else if (bytes[i] == 'l')
        commit_large ();
      else if (single != NULL)
        server_signal_set_int (single, "/value", ++single_value, NULL);
    }
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *uri = NULL;
  g_autoptr (GUri) parsed = NULL;
  g_autoptr (GError) error = NULL;

  hub = server_signal_hub_new ();
  /* The others do not wake idle clients now and then either. */
  server_signal_hub_set_keepalive_interval (hub, 0);
  counter = make_signal ("counter", "{\"value\":100000}");
  g_signal_connect (hub, "peer-added", G_CALLBACK (peer_added_cb), NULL);
  if (!server_signal_hub_add (hub, counter, &error) ||
      !server_signal_hub_listen (hub, "127.0.0.1", 0, &error))
    g_error ("%s", error->message);

  uri = server_signal_hub_dup_uri (hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  /* The last: so much may wait for a client before updates are merged. */
  printf ("%d %d %" G_GUINT64_FORMAT "\n", g_uri_get_port (parsed),
          control_listen (control_cb, NULL), server_signal_hub_get_max_backlog (hub));
  fflush (stdout);
  g_main_loop_run (loop);

  return 0;
}
