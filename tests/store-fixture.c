/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "store-fixture.h"

#include <glib/gstdio.h>

#include "signal/server-signal-private.h"
#include "test-utils.h"

void
outcome_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Outcome *outcome = user_data;

  g_assert_null (outcome->result);
  outcome->result = g_object_ref (result);
}

ServerSignal *
own (ServerSignalStore *store,
     const char        *name,
     const char        *json)
{
  g_autoptr (JsonNode) initial = json_from_string (json, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  Outcome outcome = { NULL };
  ServerSignal *signal;

  server_signal_store_own_async (store, name, initial, NULL, outcome_cb, &outcome);
  WAIT_UNTIL (outcome.result != NULL);
  result = outcome.result;
  signal = server_signal_store_own_finish (store, result, &error);
  g_assert_no_error (error);

  return signal;
}

void
close_store (ServerSignalStore *store)
{
  Outcome outcome = { NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  server_signal_store_close_async (store, NULL, outcome_cb, &outcome);
  WAIT_UNTIL (outcome.result != NULL);
  result = outcome.result;
  g_assert_true (server_signal_store_close_finish (store, result, &error));
  g_assert_no_error (error);
}

gboolean
is_same (ServerSignal *a,
         ServerSignal *b)
{
  g_autofree char *one = server_signal_dup_json (a, NULL);
  g_autofree char *other = server_signal_dup_json (b, NULL);

  return g_str_equal (one, other) &&
         server_signal_get_revision (a) == server_signal_get_revision (b) &&
         g_strcmp0 (server_signal_get_epoch (a), server_signal_get_epoch (b)) == 0 &&
         !server_signal_get_stale (a) && !server_signal_get_stale (b);
}

gboolean
is_settled (ServerSignal *signal,
            ServerSignal *replica)
{
  return is_same (signal, ss_signal_get_published (signal)) && is_same (signal, replica);
}

JsonNode *
count_up (JsonNode *copy,
          gpointer  user_data)
{
  guint *calls = user_data;

  if (calls != NULL)
    (*calls)++;
  if (JSON_NODE_HOLDS_NULL (copy))
    return json_from_string ("{\"n\":1}", NULL);

  json_object_set_int_member (json_node_get_object (copy), "n",
                              1 + json_object_get_int_member (json_node_get_object (copy), "n"));

  return json_node_ref (copy);
}

void
count_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  server_signal_store_update_finish (SERVER_SIGNAL_STORE (object), result, &error);
  g_assert_no_error (error);
  (*(guint *) user_data)++;
}

void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        remove_folder (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}
