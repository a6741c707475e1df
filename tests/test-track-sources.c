/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#define G_SETTINGS_ENABLE_BACKEND
#include <gio/gsettingsbackend.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

#include "test-utils.h"
#include "test-witness.h"

/* Settings, actions, D-Bus and files as signals. */

#define assert_tracked(call) \
  G_STMT_START \
  { \
    g_autoptr (GError) tracked_error = NULL; \
    GError **error = &tracked_error; \
    g_assert_true (call); \
    g_assert_no_error (tracked_error); \
  } \
  G_STMT_END

typedef struct
{
  guint n;
  char *pointer;
  char *message;
} Failures;

static void
failed_cb (ServerSignal *signal,
           const char   *pointer,
           const GError *error,
           Failures     *failures)
{
  failures->n++;
  g_free (failures->pointer);
  g_free (failures->message);
  failures->pointer = g_strdup (pointer);
  failures->message = g_strdup (error->message);
}

static void
failures_clear (Failures *failures)
{
  g_free (failures->pointer);
  g_free (failures->message);
}

/* Settings */

static GSettings *
make_settings (void)
{
  g_autofree char *directory = g_test_build_filename (G_TEST_BUILT, "schemas", NULL);
  g_autoptr (GSettingsSchemaSource) source = NULL;
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettingsBackend) backend = g_memory_settings_backend_new ();
  g_autoptr (GError) error = NULL;

  source = g_settings_schema_source_new_from_directory (directory, NULL, FALSE, &error);
  g_assert_no_error (error);
  schema = g_settings_schema_source_lookup (source, "test.ServerSignal", FALSE);
  g_assert_nonnull (schema);

  return g_settings_new_full (schema, backend, NULL);
}

static void
test_settings (void)
{
  GSettings *settings = make_settings ();
  ServerSignal *signal = signal_of ("{}");
  Failures failures = { 0 };
  Witness *witness;

  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), &failures);
  assert_tracked (server_signal_track_settings (signal, "/a~1b", settings, error));
  g_assert_cmpint (server_signal_get_int (signal, "/a~1b/volume"), ==, 50);
  assert_json (signal, "/a~1b/devices", "['one']");
  assert_json (signal, "/a~1b/mode", "'loud'");
  assert_json (signal, "/a~1b/factor", "1.5");

  witness = witness_new (signal);
  g_settings_set_int (settings, "volume", 70);
  WAIT_UNTIL (witness->n_patched == 1);
  assert_patch (witness, "[{'op':'replace','path':'/a~1b/volume','value':70}]");
  g_settings_reset (settings, "volume");
  WAIT_UNTIL (witness->n_patched == 2);

  g_settings_set_double (settings, "factor", G_MAXDOUBLE * 10);
  WAIT_UNTIL (failures.n == 1);
  g_assert_cmpstr (failures.pointer, ==, "/a~1b/factor");
  assert_json (signal, "/a~1b/factor", "1.5");

  server_signal_untrack (signal, "/a~1b");
  g_settings_set_int (settings, "volume", 20);
  test_settle ();
  assert_commits (witness, 2);

  witness_free (witness);
  failures_clear (&failures);
  g_object_unref (settings);
  g_assert_finalize_object (signal);
}

/* Actions */

static void
test_actions (void)
{
  GSimpleActionGroup *group = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) plain = g_simple_action_new ("plain", NULL);
  g_autoptr (GSimpleAction) count =
    g_simple_action_new_stateful ("count", NULL, g_variant_new_int32 (1));
  g_autoptr (GSimpleAction) late =
    g_simple_action_new_stateful ("la/te", NULL, g_variant_new_boolean (TRUE));
  g_autoptr (GSimpleAction) number =
    g_simple_action_new_stateful ("number", NULL, g_variant_new_double (0.5));
  ServerSignal *signal = signal_of ("{}");
  Failures failures = { 0 };
  Witness *witness;

  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (plain));
  assert_tracked (server_signal_track_action_group (signal, NULL, G_ACTION_GROUP (group), error));
  assert_json (signal, NULL, "{'plain':{'enabled':true,'state':null}}");

  witness = witness_new (signal);
  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), &failures);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (count));
  assert_patch (witness, "[{'op':'add','path':'/count','value':{'enabled':true,'state':1}}]");
  g_simple_action_set_state (count, g_variant_new_int32 (2));
  assert_patch (witness, "[{'op':'replace','path':'/count/state','value':2}]");
  g_simple_action_set_enabled (plain, FALSE);
  assert_patch (witness, "[{'op':'replace','path':'/plain/enabled','value':false}]");
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (late));
  assert_patch (witness, "[{'op':'add','path':'/la~1te','value':{'enabled':true,'state':true}}]");
  g_simple_action_set_enabled (late, FALSE);
  assert_patch (witness, "[{'op':'replace','path':'/la~1te/enabled','value':false}]");
  g_action_map_remove_action (G_ACTION_MAP (group), "plain");
  assert_patch (witness, "[{'op':'remove','path':'/plain'}]");
  assert_commits (witness, 6);

  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (number));
  g_simple_action_set_state (number, g_variant_new_double (G_MAXDOUBLE * 10));
  g_assert_cmpuint (failures.n, ==, 1);
  g_assert_cmpstr (failures.pointer, ==, "/number/state");
  assert_json (signal, "/number/state", "0.5");
  assert_commits (witness, 7);

  /* The group goes, and its actions may change. */
  g_assert_finalize_object (group);
  g_simple_action_set_enabled (count, FALSE);
  assert_commits (witness, 7);

  witness_free (witness);
  failures_clear (&failures);
  g_assert_finalize_object (signal);
}

/* D-Bus */

static const char introspection[] =
  "<node><interface name='test.Player'>"
  "<property name='Volume' type='d' access='read'/>"
  "<property name='Title' type='s' access='read'/>"
  "<property name='Meta' type='a{sv}' access='read'/>"
  "</interface></node>";

typedef struct
{
  double volume;
  char  *title;
} Player;

static GVariant *
get_player_property (GDBusConnection  *connection,
                     const char       *sender,
                     const char       *path,
                     const char       *interface,
                     const char       *name,
                     GError          **error,
                     gpointer          user_data)
{
  Player *player = user_data;

  if (g_str_equal (name, "Volume"))
    return g_variant_new_double (player->volume);
  if (g_str_equal (name, "Title"))
    return g_variant_new_string (player->title);
  return g_variant_new_parsed ("{'length': <%x>, 'artists': <['a', 'b']>}", G_GINT64_CONSTANT (7));
}

static void
emit_changed (GDBusConnection    *connection,
              GVariant           *changed,
              const char * const *invalidated)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (
    connection, NULL, "/player", "org.freedesktop.DBus.Properties", "PropertiesChanged",
    g_variant_new ("(s@a{sv}^as)", "test.Player", changed, invalidated), &error);
  g_assert_no_error (error);
}

static void
got_proxy_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  *(GDBusProxy **) user_data = g_dbus_proxy_new_finish (result, &error);
  g_assert_no_error (error);
}

static void
got_connection_cb (GObject      *object,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  *(GDBusConnection **) user_data = g_dbus_connection_new_finish (result, &error);
  g_assert_no_error (error);
}

static void
test_dbus (void)
{
  static const GDBusInterfaceVTable vtable = { NULL, get_player_property, NULL, { NULL } };
  static const char *const none[] = { NULL };
  static const char *const title[] = { "Title", NULL };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_autofree char *guid = g_dbus_generate_guid ();
  GDBusConnection *connections[2] = { NULL, NULL };
  Player player = { 0.5, "first" };
  GDBusProxy *proxy = NULL;
  ServerSignal *signal = signal_of ("{}");
  g_autoptr (GError) local_error = NULL;
  Witness *witness;
  int fds[2];

  /* Two ends of a socket, so that no bus is needed. */
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GSocket) socket = g_socket_new_from_fd (fds[i], &local_error);
      g_autoptr (GSocketConnection) end = NULL;

      g_assert_no_error (local_error);
      end = g_socket_connection_factory_create_connection (socket);
      g_dbus_connection_new (G_IO_STREAM (end), i == 0 ? guid : NULL,
                             i == 0 ? G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                                        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS
                                    : G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                             NULL, NULL, got_connection_cb, &connections[i]);
    }
  WAIT_UNTIL (connections[0] != NULL && connections[1] != NULL);
  g_dbus_connection_register_object (connections[0], "/player", info->interfaces[0], &vtable,
                                     &player, NULL, &local_error);
  g_assert_no_error (local_error);

  g_dbus_proxy_new (connections[1], G_DBUS_PROXY_FLAGS_NONE, NULL, NULL, "/player", "test.Player",
                    NULL, got_proxy_cb, &proxy);
  WAIT_UNTIL (proxy != NULL);

  assert_tracked (server_signal_track_dbus_proxy (signal, "/player", proxy, error));
  assert_json (signal, "/player/Title", "'first'");
  assert_json (signal, "/player/Volume", "0.5");
  assert_json (signal, "/player/Meta", "{'length':7,'artists':['a','b']}");

  witness = witness_new (signal);
  emit_changed (connections[0], g_variant_new_parsed ("{'Volume': <0.25>, 'Title': <'second'>}"),
                none);
  WAIT_UNTIL (witness->n_patched == 1);
  assert_json (signal, "/player/Title", "'second'");
  assert_json (signal, "/player/Volume", "0.25");
  emit_changed (connections[0], g_variant_new_parsed ("@a{sv} {'Volume': <1.0>}"), title);
  WAIT_UNTIL (witness->n_patched == 2);
  assert_json (signal, "/player/Title", NULL);
  assert_patch (witness, "[{'op':'replace','path':'/player/Volume','value':1.0},"
                         "{'op':'remove','path':'/player/Title'}]");
  emit_changed (connections[0], g_variant_new_parsed ("@a{sv} {'Title': <'third'>}"), none);
  WAIT_UNTIL (witness->n_patched == 3);
  assert_patch (witness, "[{'op':'add','path':'/player/Title','value':'third'}]");

  witness_free (witness);
  g_assert_finalize_object (signal);
  g_object_unref (proxy);
  for (guint i = 0; i < 2; i++)
    {
      g_dbus_connection_close_sync (connections[i], NULL, NULL);
      g_object_unref (connections[i]);
    }
  test_settle ();
}

/* Files */

static void
write_file (const char *path,
            const char *json)
{
  g_autofree char *text = quoted (json);
  FILE *file = g_fopen (path, "w");

  g_assert_nonnull (file);
  fputs (text, file);
  fclose (file);
}

static void
test_file (void)
{
  g_autofree char *directory = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "config.json", NULL);
  g_autofree char *other = g_build_filename (directory, "other.json", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) missing = g_file_new_for_path (other);
  g_autoptr (GError) io_error = NULL;
  ServerSignal *signal = signal_of ("{'n':1}");
  Failures failures = { 0 };
  Witness *witness;

  g_assert_false (server_signal_track_file (signal, "/file", missing, &io_error));
  g_assert_error (io_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&io_error);
  write_file (path, "{'a':");
  g_assert_false (server_signal_track_file (signal, "/file", file, &io_error));
  g_assert_error (io_error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON);
  g_clear_error (&io_error);
  assert_json (signal, NULL, "{'n':1}");

  write_file (path, "{'a':1,'b':[1,2,3]}");
  assert_tracked (server_signal_track_file (signal, "/file", file, error));
  assert_json (signal, "/file", "{'a':1,'b':[1,2,3]}");

  /* The difference, and only that. */
  witness = witness_new (signal);
  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), &failures);
  write_file (path, "{'a':2,'b':[1,2,3]}");
  WAIT_UNTIL (witness->n_patched == 1);
  assert_patch (witness, "[{'op':'replace','path':'/file/a','value':2}]");

  /* Half of it. */
  write_file (path, "{'a':3,'b':[1,");
  WAIT_UNTIL (failures.n >= 1);
  g_assert_cmpstr (failures.pointer, ==, "/file");
  g_assert_nonnull (strstr (failures.message, "column"));
  assert_json (signal, "/file/a", "2");

  /* Another file in its place. */
  write_file (other, "{'a':4}");
  g_assert_cmpint (g_rename (other, path), ==, 0);
  WAIT_UNTIL (server_signal_get_int (signal, "/file/a") == 4);
  assert_json (signal, "/file", "{'a':4}");

  /* Gone, and back. */
  failures.n = 0;
  g_assert_cmpint (g_unlink (path), ==, 0);
  WAIT_UNTIL (failures.n >= 1);
  assert_json (signal, "/file", "{'a':4}");
  write_file (path, "5");
  WAIT_UNTIL (server_signal_get_int (signal, "/file") == 5);

  /* It ends while the file is being read. */
  write_file (path, "6");
  server_signal_untrack (signal, "/file");
  test_pass_time (50);
  assert_json (signal, "/file", "5");
  assert_tracked (server_signal_track_file (signal, "/file", file, error));
  write_file (path, "7");
  witness_free (witness);
  g_assert_finalize_object (signal);
  test_pass_time (50);

  failures_clear (&failures);
  g_unlink (path);
  g_rmdir (directory);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/track-sources/settings", test_settings);
  g_test_add_func ("/track-sources/actions", test_actions);
  g_test_add_func ("/track-sources/dbus", test_dbus);
  g_test_add_func ("/track-sources/file", test_file);

  return g_test_run ();
}
