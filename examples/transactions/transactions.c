/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Many writes, one commit. */

#include <libserver-signal.h>

static void
patched_cb (ServerSignal      *counter,
            ServerSignalPatch *patch)
{
  g_autofree char *json = server_signal_patch_to_json (patch);

  g_print ("%" G_GUINT64_FORMAT " %s\n", server_signal_get_revision (counter), json);
}

int
main (void)
{
  g_autoptr (ServerSignal) counter =
    server_signal_new_from_json ("counter", "{\"value\": 0}", NULL);
  g_autofree char *json = NULL;

  g_signal_connect (counter, "patched", G_CALLBACK (patched_cb), NULL);

  g_object_freeze_notify (G_OBJECT (counter));
  server_signal_set_int (counter, "/value", 1, NULL);
  server_signal_set_string (counter, "/by", "me", NULL);
  g_object_thaw_notify (G_OBJECT (counter));

  g_object_freeze_notify (G_OBJECT (counter));
  server_signal_set_int (counter, "/value", 2, NULL);
  server_signal_discard (counter);
  g_object_thaw_notify (G_OBJECT (counter));

  json = server_signal_dup_json (counter, NULL);
  g_print ("%s\n", json);

  return 0;
}
