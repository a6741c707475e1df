/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Patches on their own: no hub, no client. */

#include <libserver-signal.h>

int
main (void)
{
  g_autoptr (JsonNode) before =
    json_from_string ("{\"title\":\"Guests\",\"rows\":[{\"id\":1,\"name\":\"Alice\",\"table\":4},"
                      "{\"id\":2,\"name\":\"Bob\",\"table\":4}]}",
                      NULL);
  g_autoptr (JsonNode) after = json_from_string (
    "{\"title\":\"Guests\",\"rows\":[{\"id\":3,\"name\":\"Carol\",\"table\":1},"
    "{\"id\":1,\"name\":\"Alice\",\"table\":4},{\"id\":2,\"name\":\"Bob\",\"table\":7}]}",
    NULL);
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (ServerSignalPatch) received = NULL;
  g_autoptr (ServerSignalPatch) guard = NULL;
  g_autoptr (JsonNode) result = NULL;
  g_autoptr (JsonNode) nothing = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *document = NULL;

  /* The difference, as text to store or to send. */
  patch = server_signal_patch_new_diff (before, after);
  text = server_signal_patch_to_json (patch);
  g_print ("%s\n", text);

  /* On the other side. */
  received = server_signal_patch_new_from_json (text, &error);
  g_assert_no_error (error);
  result = server_signal_patch_apply (received, before, &error);
  g_assert_no_error (error);
  document = json_to_string (result, FALSE);
  g_print ("%s\n", document);

  /* A patch that does not apply changes nothing, and the error names the operation. */
  guard =
    server_signal_patch_new_from_json ("[{\"op\":\"test\",\"path\":\"/rows/0/id\",\"value\":3},"
                                       "{\"op\":\"remove\",\"path\":\"/rows/0\"}]",
                                       &error);
  g_assert_no_error (error);
  nothing = server_signal_patch_apply (guard, before, &error);
  if (g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_TEST_FAILED))
    g_print ("Carol is not the first\n");

  return nothing == NULL ? 0 : 1;
}
