/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A program outside of the tree: a hub and a client of its own in one main loop. */

#include <libserver-signal.h>

#if !SERVER_SIGNAL_CHECK_VERSION(1, 0, 0)
#error "the version macros are wrong"
#endif

int
main (void)
{
  g_autoptr (ServerSignal) counter =
    server_signal_new_from_json ("counter", "{\"value\":41}", NULL);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignalClient) client = NULL;
  g_autofree char *uri = NULL;
  ServerSignal *replica;
  gint64 deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  if (!server_signal_hub_add (hub, counter, NULL) || !server_signal_hub_listen (hub, NULL, 0, NULL))
    return 1;
  uri = server_signal_hub_dup_uri (hub);
  client = server_signal_client_new (uri);
  replica = server_signal_client_get_signal (client, "counter");
  server_signal_client_start (client);
  server_signal_set_int (counter, "/value", 42, NULL);
  while (server_signal_get_int (replica, "/value") != 42 && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, FALSE);

  return server_signal_get_int (replica, "/value") == 42 ? 0 : 1;
}
