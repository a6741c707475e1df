/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The log of hubs and clients: structured lines, and nothing when nobody reads them. */

#include "config.h"

#include <stdlib.h>

#include <glib/gstdio.h>

#include "model/clock.h"

#include "server-signal-client.h"
#include "server-signal-track.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "test-hub.h"

typedef struct
{
  GLogLevelFlags level;
  GHashTable    *fields;
} Line;

static GPtrArray *lines; /* of Line, of our domain */

static void
line_free (gpointer data)
{
  Line *line = data;

  g_hash_table_unref (line->fields);
  g_free (line);
}

static char *
dup_field (const GLogField *field)
{
  return field->length < 0 ? g_strdup (field->value)
                           : g_strndup (field->value, (gsize) field->length);
}

static GLogWriterOutput
writer_cb (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         user_data)
{
  Line *line = g_new0 (Line, 1);

  line->level = level;
  line->fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (gsize i = 0; i < n_fields; i++)
    g_hash_table_insert (line->fields, g_strdup (fields[i].key), dup_field (&fields[i]));

  if (g_strcmp0 (g_hash_table_lookup (line->fields, "GLIB_DOMAIN"), "ServerSignal") == 0)
    g_ptr_array_add (lines, line);
  else
    line_free (line);

  return level <= G_LOG_LEVEL_WARNING ? g_log_writer_default (level, fields, n_fields, user_data)
                                      : G_LOG_WRITER_HANDLED;
}

/* The line of this event that has these fields, or NULL; NULL: whatever it has. */
static Line *
find (const char *event,
      const char *name,
      const char *reason)
{
  for (guint i = 0; i < lines->len; i++)
    {
      Line *line = g_ptr_array_index (lines, i);
      const char *line_reason = g_hash_table_lookup (line->fields, "SERVER_SIGNAL_REASON");

      if (g_strcmp0 (g_hash_table_lookup (line->fields, "SERVER_SIGNAL_EVENT"), event) == 0 &&
          (name == NULL ||
           g_strcmp0 (g_hash_table_lookup (line->fields, "SERVER_SIGNAL_NAME"), name) == 0) &&
          (reason == NULL || (line_reason != NULL && strstr (line_reason, reason) != NULL)))
        return line;
    }

  return NULL;
}

static const char *
get_field (Line       *line,
           const char *field)
{
  g_assert_nonnull (line);

  return g_hash_table_lookup (line->fields, field);
}

static void
assert_message (Line       *line,
                const char *part)
{
  const char *message = get_field (line, "MESSAGE");

  if (strstr (message, part) == NULL)
    g_error ("“%s” is not in “%s”", part, message);
}

static void
forget (void)
{
  g_ptr_array_set_size (lines, 0);
}

static gboolean
deny_cb (void)
{
  return FALSE;
}

static ServerSignalHub *
new_hub (ServerSignal  *signal,
         char         **uri)
{
  ServerSignalHub *hub = server_signal_hub_new ();
  g_autoptr (GError) error = NULL;

  server_signal_hub_add (hub, signal, &error);
  g_assert_no_error (error);
  server_signal_hub_listen (hub, NULL, 0, &error);
  g_assert_no_error (error);
  *uri = server_signal_hub_dup_uri (hub);

  return hub;
}

static void
test_peers (void)
{
  g_autoptr (ServerSignal) counter = new_signal ("counter", "{\"value\":0}");
  g_autofree char *uri = NULL;
  ServerSignalHub *hub = new_hub (counter, &uri);
  TestWebsocket *peer = test_websocket_open (uri, V1);
  Line *line;

  WAIT_UNTIL (find ("peer-in", NULL, NULL) != NULL);
  line = find ("peer-in", NULL, NULL);
  g_assert_cmpuint (line->level, ==, G_LOG_LEVEL_INFO);
  g_assert_true (g_str_has_prefix (get_field (line, "SERVER_SIGNAL_PEER"), "127.0.0.1:"));
  assert_message (line, "127.0.0.1:");
  assert_message (line, V1);

  test_websocket_send (peer, "{\"subscribe\":\"counter\"}");
  WAIT_UNTIL (find ("subscribed", "counter", NULL) != NULL);
  g_assert_cmpuint (find ("subscribed", "counter", NULL)->level, ==, G_LOG_LEVEL_DEBUG);
  test_websocket_send (peer, "{\"subscribe\":\"other\"}");
  WAIT_UNTIL (find ("not-sent", "other", "no such signal") != NULL);
  test_websocket_send (peer, "{\"unsubscribe\":\"counter\"}");
  WAIT_UNTIL (find ("unsubscribed", "counter", NULL) != NULL);

  for (guint i = 0; i < 3; i++)
    test_websocket_send (peer, "{");
  WAIT_UNTIL (find ("peer-dropped", NULL, "too many bad messages") != NULL);
  test_websocket_expect_close (peer, 1008);
  test_websocket_free (peer);
  WAIT_UNTIL (find ("peer-out", NULL, NULL) != NULL);
  g_assert_cmpstr (get_field (find ("peer-out", NULL, NULL), "SERVER_SIGNAL_PEER"), ==,
                   get_field (find ("peer-in", NULL, NULL), "SERVER_SIGNAL_PEER"));

  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
}

static void
assert_answer (const char *uri,
               guint       status)
{
  TestWebsocket *refused = test_websocket_try (uri, NULL);

  g_assert_null (refused->connection);
  g_assert_cmpuint (soup_message_get_status (refused->message), ==, status);
  test_websocket_free (refused);
}

static void
test_refused (void)
{
  g_autoptr (ServerSignal) counter = new_signal ("counter", "{\"value\":0}");
  g_autofree char *uri = NULL;
  ServerSignalHub *hub = new_hub (counter, &uri);
  g_autofree char *elsewhere = g_strconcat (uri, "/elsewhere", NULL);

  assert_answer (elsewhere, 404);
  g_assert_nonnull (find ("request-refused", NULL, "Not Found"));

  server_signal_hub_set_max_peers (hub, 0);
  assert_answer (uri, 503);
  g_assert_nonnull (find ("peer-refused", NULL, "full"));
  server_signal_hub_set_max_peers (hub, 1);

  g_signal_connect (hub, "authorize", G_CALLBACK (deny_cb), NULL);
  assert_answer (uri, 403);
  g_assert_nonnull (find ("peer-refused", NULL, "authorize"));

  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
}

static void
test_client (void)
{
  g_autoptr (ServerSignal) counter = new_signal ("counter", "{\"value\":0}");
  g_autofree char *uri = NULL;
  g_autofree char *secret = NULL;
  ServerSignalHub *hub = new_hub (counter, &uri);
  ServerSignalClient *client;
  Line *line;

  secret = g_strconcat (uri, "?token=geheim", NULL);
  client = server_signal_client_new (secret);
  server_signal_client_start (client);
  WAIT_UNTIL (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_OPEN);
  line = find ("client-state", NULL, NULL);
  g_assert_cmpstr (get_field (line, "SERVER_SIGNAL_URI"), ==, uri);
  assert_message (line, "The client connects");

  server_signal_client_get_signal (client, "other");
  WAIT_UNTIL (find ("client-notice", NULL, "other") != NULL);

  forget ();
  server_signal_hub_close (hub);
  WAIT_UNTIL (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_WAITING);
  line = find ("client-state", NULL, "going away");
  assert_message (line, "waits for another try");
  g_assert_null (strstr (get_field (line, "MESSAGE"), "geheim"));

  forget ();
  server_signal_client_stop (client);
  assert_message (find ("client-state", NULL, NULL), "stopped");
  g_assert_finalize_object (client);

  /* One that cannot be told. */
  forget ();
  client = server_signal_client_new ("nowhere");
  server_signal_client_start (client);
  WAIT_UNTIL (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_CLOSED);
  line = find ("client-state", NULL, "nowhere");
  assert_message (line, "ended for good");
  g_assert_null (get_field (line, "SERVER_SIGNAL_URI"));
  server_signal_client_stop (client);
  g_assert_finalize_object (client);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
}

static void
test_source (void)
{
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file.json", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  ServerSignal *signal = new_signal ("settings", "{\"file\":null}");
  g_autoptr (GError) error = NULL;
  guint n_failed = 0;

  g_file_set_contents (path, "1", -1, &error);
  g_assert_no_error (error);
  g_signal_connect_swapped (signal, "source-failed", G_CALLBACK (g_atomic_int_inc), &n_failed);
  server_signal_track_file (signal, "/file", file, &error);
  g_assert_no_error (error);
  g_file_set_contents (path, "[", -1, &error);
  g_assert_no_error (error);
  WAIT_UNTIL (n_failed > 0);
  assert_message (find ("source-failed", "settings", NULL), "/file");

  g_assert_finalize_object (signal);
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* The same with nobody who reads it. */
static void
test_off (void)
{
  g_autoptr (ServerSignal) counter = new_signal ("counter", "{\"value\":0}");
  g_autofree char *uri = NULL;
  ServerSignalHub *hub = new_hub (counter, &uri);
  ServerSignalClient *client = server_signal_client_new (uri);
  ServerSignal *replica = server_signal_client_get_signal (client, "counter");

  server_signal_client_start (client);
  WAIT_UNTIL (!server_signal_get_stale (replica));
  server_signal_client_stop (client);
  WAIT_UNTIL (n_peers (hub) == 0);
  g_assert_cmpuint (lines->len, ==, 0);

  g_assert_finalize_object (client);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
}

static void
test_on (gconstpointer test)
{
  g_log_set_debug_enabled (TRUE);
  ((void (*) (void)) test) ();
  g_log_set_debug_enabled (FALSE);
  forget ();
}

/* However often something happens, there are so many lines of it, and then some by and by; what else
 * happens has lines of its own. */
static void
test_flood (void)
{
  guint n_lines = 0;
  Line *last;

  for (guint i = 0; i < 4 * SS_LOG_LINES; i++)
    ss_log_info ("flood", SS_LOG_NONE, "Something happens");
  for (guint i = 0; i < lines->len; i++)
    {
      last = g_ptr_array_index (lines, i);
      n_lines +=
        g_strcmp0 (g_hash_table_lookup (last->fields, "SERVER_SIGNAL_EVENT"), "flood") == 0;
      g_assert_null (g_hash_table_lookup (last->fields, "SERVER_SIGNAL_LEFT_OUT"));
    }
  g_assert_cmpuint (n_lines, >=, SS_LOG_LINES);
  g_assert_cmpuint (n_lines, <, 2 * SS_LOG_LINES);

  ss_log_info ("another", SS_LOG_NONE, "Something else happens");
  g_assert_nonnull (find ("another", NULL, NULL));

  clock_skip (G_USEC_PER_SEC);
  ss_log_info ("flood", SS_LOG (.reason = "a reason"), "Something happens");
  last = g_ptr_array_index (lines, lines->len - 1);
  g_assert_cmpuint (strtoul (get_field (last, "SERVER_SIGNAL_LEFT_OUT"), NULL, 10), ==,
                    4 * SS_LOG_LINES - n_lines);
  assert_message (last, "Something happens: a reason (");
  assert_message (last, " lines like this were left out)");

  ss_log_info ("flood", SS_LOG_NONE, "Something happens");
  last = g_ptr_array_index (lines, lines->len - 1);
  g_assert_null (g_hash_table_lookup (last->fields, "SERVER_SIGNAL_LEFT_OUT"));
}

int
main (int   argc,
      char *argv[])
{
  int status;

  /* GLib may look only once. */
  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_init (&argc, &argv, NULL);
  lines = g_ptr_array_new_with_free_func (line_free);
  g_log_set_writer_func (writer_cb, NULL, NULL);

  g_test_add_func ("/log/off", test_off);
  g_test_add_data_func ("/log/peers", test_peers, test_on);
  g_test_add_data_func ("/log/refused", test_refused, test_on);
  g_test_add_data_func ("/log/client", test_client, test_on);
  g_test_add_data_func ("/log/source", test_source, test_on);
  g_test_add_data_func ("/log/flood", test_flood, test_on);

  status = g_test_run ();
  g_ptr_array_unref (lines);

  return status;
}
