/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#define G_SETTINGS_ENABLE_BACKEND
#include <gio/gsettingsbackend.h>
#include <math.h>
#include <sys/socket.h>

#include "test-utils.h"
#include "test-witness.h"

/* Members of a source that JSON cannot carry: each is told of, and the others are followed. */

static const char *
last_failure (GPtrArray *failures)
{
  return failures->len > 0 ? failures->pdata[failures->len - 1] : NULL;
}

static void
failed_cb (ServerSignal *signal,
           const char   *pointer,
           const GError *error,
           GPtrArray    *failures)
{
  g_assert_cmpstr (error->message, !=, "");
  g_ptr_array_add (failures, g_strdup (pointer));
}

static ServerSignal *
watched_signal (GPtrArray **failures)
{
  ServerSignal *signal = signal_of ("{}");

  *failures = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), *failures);
  return signal;
}

/* Settings */

static void
test_settings (void)
{
  g_autofree char *directory = g_test_build_filename (G_TEST_BUILT, "schemas", NULL);
  g_autoptr (GSettingsSchemaSource) source = NULL;
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettingsBackend) backend = g_memory_settings_backend_new ();
  g_autoptr (GSettings) settings = NULL;
  g_autoptr (GPtrArray) failures = NULL;
  ServerSignal *signal = watched_signal (&failures);
  g_autoptr (GError) error = NULL;

  source = g_settings_schema_source_new_from_directory (directory, NULL, FALSE, &error);
  g_assert_no_error (error);
  schema = g_settings_schema_source_lookup (source, "test.ServerSignal", FALSE);
  settings = g_settings_new_full (schema, backend, NULL);
  g_settings_set_double (settings, "factor", INFINITY);

  g_assert_true (server_signal_track_settings (signal, "/s", settings, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (failures->len, ==, 1);
  g_assert_cmpstr (last_failure (failures), ==, "/s/factor");
  assert_json (signal, "/s/factor", "null");
  assert_json (signal, "/s/volume", "50");

  g_settings_set_double (settings, "factor", 2.5);
  WAIT_UNTIL (server_signal_get_double (signal, "/s/factor") == 2.5);
  g_settings_set_double (settings, "factor", NAN);
  WAIT_UNTIL (failures->len == 2);
  assert_json (signal, "/s/factor", "2.5");

  g_clear_object (&settings);
  g_assert_finalize_object (signal);
}

/* Actions */

static void
test_actions (void)
{
  GSimpleActionGroup *group = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) count =
    g_simple_action_new_stateful ("count", NULL, g_variant_new_uint64 (G_MAXUINT64));
  g_autoptr (GSimpleAction) ratio =
    g_simple_action_new_stateful ("ratio", NULL, g_variant_new_double (NAN));
  g_autoptr (GSimpleAction) open = g_simple_action_new ("open", G_VARIANT_TYPE_STRING);
  g_autoptr (GSimpleAction) fresh = NULL;
  g_autoptr (GPtrArray) failures = NULL;
  ServerSignal *signal = watched_signal (&failures);
  g_autoptr (GError) error = NULL;
  Witness *witness;

  /* At the start. */
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (count));
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (open));
  g_assert_true (server_signal_track_action_group (signal, "/a", G_ACTION_GROUP (group), &error));
  g_assert_no_error (error);
  g_assert_cmpuint (failures->len, ==, 1);
  g_assert_cmpstr (last_failure (failures), ==, "/a/count/state");
  assert_json (signal, "/a/count", "{'enabled':true,'state':null}");
  assert_json (signal, "/a/open", "{'enabled':true,'state':null}");

  /* One that comes later, is disabled meanwhile, and becomes good. */
  witness = witness_new (signal);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (ratio));
  g_assert_cmpuint (failures->len, ==, 2);
  g_assert_cmpstr (last_failure (failures), ==, "/a/ratio/state");
  assert_patch (witness, "[{'op':'add','path':'/a/ratio','value':{'enabled':true,'state':null}}]");
  g_simple_action_set_enabled (ratio, FALSE);
  assert_patch (witness, "[{'op':'replace','path':'/a/ratio/enabled','value':false}]");
  g_simple_action_set_state (ratio, g_variant_new_double (-INFINITY));
  g_assert_cmpuint (failures->len, ==, 3);
  assert_commits (witness, 2);
  g_simple_action_set_state (ratio, g_variant_new_double (0.5));
  assert_patch (witness, "[{'op':'replace','path':'/a/ratio/state','value':0.5}]");
  g_simple_action_set_state (count, g_variant_new_uint64 (7));
  assert_patch (witness, "[{'op':'replace','path':'/a/count/state','value':7}]");

  /* To bad, and to good again. */
  g_simple_action_set_state (ratio, g_variant_new_double (NAN));
  g_assert_cmpuint (failures->len, ==, 4);
  assert_json (signal, "/a/ratio", "{'enabled':false,'state':0.5}");
  g_simple_action_set_state (ratio, g_variant_new_double (1.5));
  assert_json (signal, "/a/ratio", "{'enabled':false,'state':1.5}");

  /* Another one of the same name, which starts badly, knows nothing of the old state. */
  g_simple_action_set_enabled (open, FALSE);
  assert_json (signal, "/a/open", "{'enabled':false,'state':null}");
  fresh = g_simple_action_new_stateful ("ratio", NULL, g_variant_new_double (INFINITY));
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (fresh));
  assert_json (signal, "/a/ratio", "{'enabled':true,'state':null}");
  g_action_map_remove_action (G_ACTION_MAP (group), "ratio");
  g_assert_false (server_signal_has (signal, "/a/ratio"));
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (fresh));
  g_simple_action_set_state (fresh, g_variant_new_double (3.5));
  assert_json (signal, "/a/ratio", "{'enabled':true,'state':3.5}");

  witness_free (witness);
  g_assert_finalize_object (group);
  g_assert_finalize_object (signal);
}

/* A name that cannot be a member's. */
static void
test_names (void)
{
  GSimpleActionGroup *group = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) bad =
    g_simple_action_new_stateful ("b\xff", NULL, g_variant_new_int32 (1));
  g_autoptr (GSimpleAction) good =
    g_simple_action_new_stateful ("good", NULL, g_variant_new_int32 (1));
  g_autoptr (GSimpleAction) late =
    g_simple_action_new_stateful ("\xc3", NULL, g_variant_new_int32 (1));
  g_autoptr (GPtrArray) failures = NULL;
  ServerSignal *signal = watched_signal (&failures);
  g_autoptr (GError) error = NULL;

  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (bad));
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (good));
  g_assert_true (server_signal_track_action_group (signal, "/a", G_ACTION_GROUP (group), &error));
  g_assert_no_error (error);
  g_assert_cmpuint (failures->len, ==, 1);
  g_assert_cmpstr (last_failure (failures), ==, "/a");

  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (late));
  g_simple_action_set_state (late, g_variant_new_int32 (2));
  g_simple_action_set_enabled (bad, FALSE);
  g_action_map_remove_action (G_ACTION_MAP (group), "\xc3");
  g_assert_cmpuint (failures->len, ==, 2);
  g_simple_action_set_state (good, g_variant_new_int32 (2));
  assert_json (signal, NULL, "{'a':{'good':{'enabled':true,'state':2}}}");

  g_assert_finalize_object (group);
  g_assert_finalize_object (signal);
}

static void
set_again_cb (GActionGroup  *group,
              const char    *name,
              GVariant      *state,
              GSimpleAction *action)
{
  if (g_variant_get_int32 (state) == 1)
    {
      g_simple_action_set_state (action, g_variant_new_int32 (2));
      g_simple_action_set_enabled (action, FALSE);
    }
}

/* A handler before the signal's own changes the action again: the older change is told last. */
static void
test_reentry (void)
{
  GSimpleActionGroup *group = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) count =
    g_simple_action_new_stateful ("count", NULL, g_variant_new_int32 (0));
  ServerSignal *signal = signal_of ("{}");
  g_autoptr (GError) error = NULL;

  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (count));
  g_signal_connect (group, "action-state-changed", G_CALLBACK (set_again_cb), count);
  g_assert_true (server_signal_track_action_group (signal, NULL, G_ACTION_GROUP (group), &error));
  g_assert_no_error (error);
  g_simple_action_set_state (count, g_variant_new_int32 (1));
  assert_json (signal, NULL, "{'count':{'enabled':false,'state':2}}");

  /* As such an emission comes. */
  g_action_group_action_state_changed (G_ACTION_GROUP (group), "count", g_variant_new_int32 (1));
  g_action_group_action_enabled_changed (G_ACTION_GROUP (group), "count", TRUE);
  assert_json (signal, NULL, "{'count':{'enabled':false,'state':2}}");

  g_assert_finalize_object (group);
  g_assert_finalize_object (signal);
}

/* A refusal for another reason changes nothing, and then nothing is told of. */
static void
test_refused (void)
{
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) ratio =
    g_simple_action_new_stateful ("ratio", NULL, g_variant_new_double (NAN));
  g_autoptr (GPtrArray) failures = NULL;
  ServerSignal *signal = watched_signal (&failures);
  g_autoptr (GString) pointer = g_string_new (NULL);
  g_autoptr (GString) json = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 119; i++)
    {
      g_string_append (pointer, "/x");
      g_string_append (json, "{\"x\":");
    }
  g_string_append (json, "{}");
  for (guint i = 0; i < 119; i++)
    g_string_append_c (json, '}');
  g_assert_true (server_signal_set_json (signal, NULL, json->str, &error));
  g_assert_no_error (error);

  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (ratio));
  g_assert_false (
    server_signal_track_action_group (signal, pointer->str, G_ACTION_GROUP (group), &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_cmpuint (failures->len, ==, 0);

  g_assert_finalize_object (signal);
}

/* D-Bus */

static const char introspection[] =
  "<node><interface name='test.Unit'>"
  "<property name='Limit' type='t' access='read'/>"
  "<property name='Name' type='s' access='read'/>"
  "<property name='Ratio' type='d' access='read'/>"
  "<property name='Meta' type='v' access='read'/>"
  "</interface></node>";

typedef struct
{
  GDBusNodeInfo   *info;
  GDBusConnection *connections[2];
  GDBusProxy      *proxy;
  GVariant        *values;         /* a{sv} */
} Unit;

static GVariant *
get_property (GDBusConnection  *connection,
              const char       *sender,
              const char       *path,
              const char       *interface,
              const char       *name,
              GError          **error,
              gpointer          user_data)
{
  Unit *unit = user_data;

  return g_variant_lookup_value (unit->values, name, NULL);
}

static const GDBusInterfaceVTable vtable = { NULL, get_property, NULL, { NULL } };

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

/* Two ends of a socket, so that no bus is needed. */
static void
unit_open (Unit       *self,
           const char *values)
{
  g_autofree char *guid = g_dbus_generate_guid ();
  g_autoptr (GError) error = NULL;
  int fds[2];

  *self = (Unit) { 0 };
  self->info = g_dbus_node_info_new_for_xml (introspection, NULL);
  self->values = g_variant_ref_sink (g_variant_new_parsed (values));
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GSocket) socket = g_socket_new_from_fd (fds[i], &error);
      g_autoptr (GSocketConnection) end = g_socket_connection_factory_create_connection (socket);

      g_dbus_connection_new (G_IO_STREAM (end), i == 0 ? guid : NULL,
                             i == 0 ? G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                                        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS
                                    : G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                             NULL, NULL, got_connection_cb, &self->connections[i]);
    }
  WAIT_UNTIL (self->connections[0] != NULL && self->connections[1] != NULL);
  g_dbus_connection_register_object (self->connections[0], "/unit", self->info->interfaces[0],
                                     &vtable, self, NULL, &error);
  g_assert_no_error (error);
  g_dbus_proxy_new (self->connections[1], G_DBUS_PROXY_FLAGS_NONE, NULL, NULL, "/unit", "test.Unit",
                    NULL, got_proxy_cb, &self->proxy);
  WAIT_UNTIL (self->proxy != NULL);
}

static void
unit_close (Unit *self)
{
  g_object_unref (self->proxy);
  for (guint i = 0; i < 2; i++)
    {
      g_dbus_connection_close_sync (self->connections[i], NULL, NULL);
      g_object_unref (self->connections[i]);
    }
  g_variant_unref (self->values);
  g_dbus_node_info_unref (self->info);
  test_settle ();
}

static void
emit_changed (Unit     *self,
              GVariant *changed)
{
  static const char *const none[] = { NULL };
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (self->connections[0], NULL, "/unit",
                                 "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                 g_variant_new ("(s@a{sv}^as)", "test.Unit", changed, none),
                                 &error);
  g_assert_no_error (error);
}

#define ALL_FINE "{'Limit': <uint64 7>, 'Name': <'first'>, 'Ratio': <0.5>, 'Meta': <<1>>}"
#define SOME_BAD \
  "{'Limit': <uint64 18446744073709551615>, 'Name': <'first'>, 'Ratio': <0.5>, 'Meta': <<1>>}"

/* Before, the program ended here. */
static void
test_dbus_changes (void)
{
  g_autoptr (GPtrArray) failures = NULL;
  ServerSignal *signal = watched_signal (&failures);
  g_autoptr (GError) error = NULL;
  Unit unit;
  Witness *witness;

  unit_open (&unit, ALL_FINE);
  g_assert_true (server_signal_track_dbus_proxy (signal, "/unit", unit.proxy, &error));
  g_assert_no_error (error);
  assert_json (signal, "/unit", "{'Limit':7,'Meta':1,'Name':'first','Ratio':0.5}");

  witness = witness_new (signal);
  emit_changed (&unit, g_variant_new_parsed ("{'Limit': <uint64 18446744073709551615>,"
                                             " 'Name': <'second'>}"));
  WAIT_UNTIL (failures->len == 1);
  g_assert_cmpstr (last_failure (failures), ==, "/unit/Limit");
  assert_json (signal, "/unit", "{'Limit':7,'Meta':1,'Name':'second','Ratio':0.5}");
  assert_patch (witness, "[{'op':'replace','path':'/unit/Name','value':'second'}]");

  emit_changed (&unit, g_variant_new ("a{sv}", NULL));
  emit_changed (&unit, g_variant_new_parsed ("{'Ratio': <%d>, 'Limit': <uint64 8>}", NAN));
  WAIT_UNTIL (failures->len == 2);
  g_assert_cmpstr (last_failure (failures), ==, "/unit/Ratio");
  assert_json (signal, "/unit", "{'Limit':8,'Meta':1,'Name':'second','Ratio':0.5}");

  /* Deep in a value, and one that has not been there before. */
  emit_changed (&unit,
                g_variant_new_parsed (
                  "{'Meta': <{'a': <[<uint64 1>, <uint64 18446744073709551615>]>}>, 'Late': <%d>}",
                  INFINITY));
  WAIT_UNTIL (failures->len == 4);
  assert_json (signal, "/unit/Meta", "1");
  assert_json (signal, "/unit/Late", "null");
  emit_changed (&unit, g_variant_new_parsed ("{'Late': <%d>, 'Ratio': <1.5>}", 2.5));
  WAIT_UNTIL (server_signal_get_double (signal, "/unit/Late") == 2.5);
  assert_json (signal, "/unit/Ratio", "1.5");
  g_assert_cmpuint (failures->len, ==, 4);

  witness_free (witness);
  g_assert_finalize_object (signal);
  unit_close (&unit);
}

static void
test_dbus_start (void)
{
  g_autoptr (GPtrArray) failures = NULL;
  ServerSignal *signal = watched_signal (&failures);
  g_autoptr (GError) error = NULL;
  Unit unit;

  unit_open (&unit, SOME_BAD);
  g_assert_true (server_signal_track_dbus_proxy (signal, "/a~1b", unit.proxy, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (failures->len, ==, 1);
  g_assert_cmpstr (last_failure (failures), ==, "/a~1b/Limit");
  assert_json (signal, "/a~1b", "{'Limit':null,'Meta':1,'Name':'first','Ratio':0.5}");
  emit_changed (&unit, g_variant_new_parsed ("{'Limit': <uint64 9>}"));
  WAIT_UNTIL (server_signal_get_int (signal, "/a~1b/Limit") == 9);

  g_assert_finalize_object (signal);
  unit_close (&unit);
}

static void
test_dbus_properties (void)
{
  static const char *const some[] = { "Ratio", "Late", "Name", "Ratio", NULL };
  static const char *const none[] = { NULL };
  static const char *const odd[] = { "Name", "Meta/length", NULL };
  g_autoptr (GPtrArray) failures = NULL;
  ServerSignal *signal = watched_signal (&failures);
  g_autoptr (GError) error = NULL;
  Unit unit;
  Witness *witness;

  unit_open (&unit, SOME_BAD);
  g_assert_false (
    server_signal_track_dbus_proxy_properties (signal, "/unit", unit.proxy, odd, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER);
  g_assert_nonnull (strstr (error->message, "Meta/length"));
  g_clear_error (&error);
  g_assert_true (
    server_signal_track_dbus_proxy_properties (signal, "/unit", unit.proxy, some, &error));
  g_assert_no_error (error);
  g_assert_true (
    server_signal_track_dbus_proxy_properties (signal, "/none", unit.proxy, none, &error));
  g_assert_no_error (error);
  g_assert_true (
    server_signal_track_dbus_proxy_properties (signal, "/all", unit.proxy, NULL, &error));
  g_assert_no_error (error);
  assert_json (signal, "/unit", "{'Ratio':0.5,'Name':'first'}");
  assert_json (signal, "/none", "{}");
  assert_json (signal, "/all/Meta", "1");
  g_assert_cmpuint (failures->len, ==, 1);
  g_assert_cmpstr (last_failure (failures), ==, "/all/Limit");
  server_signal_untrack (signal, "/all");

  witness = witness_new (signal);
  emit_changed (&unit, g_variant_new_parsed ("{'Limit': <%d>, 'Late': <1>, 'Name': <'b'>}", NAN));
  WAIT_UNTIL (server_signal_has (signal, "/unit/Late"));
  assert_json (signal, "/unit", "{'Ratio':0.5,'Name':'b','Late':1}");
  assert_json (signal, "/none", "{}");
  assert_commits (witness, 1);
  g_assert_cmpuint (failures->len, ==, 1);

  witness_free (witness);
  g_assert_finalize_object (signal);
  unit_close (&unit);
}

/* Values that may come over a bus. */
static void
test_dbus_types (void)
{
  g_autoptr (GPtrArray) failures = NULL;
  ServerSignal *signal = watched_signal (&failures);
  g_autoptr (GVariant) deep = g_variant_ref_sink (g_variant_new_int32 (1));
  g_autoptr (GError) error = NULL;
  GVariantDict dict;
  Unit unit;

  unit_open (&unit, ALL_FINE);
  g_assert_true (server_signal_track_dbus_proxy (signal, NULL, unit.proxy, &error));
  g_assert_no_error (error);

  for (guint i = 0; i < 30; i++)
    {
      GVariant *outer = g_variant_ref_sink (g_variant_new_variant (deep));

      g_variant_unref (deep);
      deep = outer;
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "Boxes", deep);
  g_variant_dict_insert (&dict, "Bytes", "@ay", g_variant_new_bytestring ("a\xff\x80"));
  g_variant_dict_insert (&dict, "Handle", "h", 3);
  g_variant_dict_insert (&dict, "Path", "o", "/a/b");
  g_variant_dict_insert (&dict, "Signature", "g", "a{sv}");
  g_variant_dict_insert (&dict, "Tuple", "(bynqiux)", TRUE, 255, -1, 65535, -5, 5u, G_MININT64);
  g_variant_dict_insert_value (&dict, "Ints", g_variant_new_parsed ("{1: 'a', -2: 'b'}"));
  g_variant_dict_insert_value (&dict, "Flags", g_variant_new_parsed ("{true: <{'x': <@ai []>}>}"));
  g_variant_dict_insert_value (&dict, "Paths",
                               g_variant_new_parsed ("{objectpath '/a': <byte 0x07>}"));
  g_variant_dict_insert_value (&dict, "Large",
                               g_variant_new_parsed ("{uint64 18446744073709551615: 1}"));
  g_variant_dict_insert_value (&dict, "Empty", g_variant_new_parsed ("@a{sv} {}"));
  emit_changed (&unit, g_variant_dict_end (&dict));
  WAIT_UNTIL (server_signal_has (signal, "/Empty"));
  g_assert_cmpuint (failures->len, ==, 0);
  assert_json (signal, "/Boxes", "1");
  assert_json (signal, "/Bytes", "[97,255,128,0]");
  assert_json (signal, "/Handle", "3");
  assert_json (signal, "/Path", "'/a/b'");
  assert_json (signal, "/Signature", "'a{sv}'");
  assert_json (signal, "/Tuple", "[true,255,-1,65535,-5,5,-9223372036854775808]");
  assert_json (signal, "/Ints", "{'1':'a','-2':'b'}");
  assert_json (signal, "/Flags", "{'true':{'x':[]}}");
  assert_json (signal, "/Paths", "{'/a':7}");
  assert_json (signal, "/Large", "{'18446744073709551615':1}");
  assert_json (signal, "/Empty", "{}");
  /* The others have not moved. */
  assert_json (signal, "/Limit", "7");

  g_assert_finalize_object (signal);
  unit_close (&unit);
}

/* A bus of its own, on which the other side goes and comes back. */
static void
test_dbus_owner (void)
{
  g_autofree char *daemon = g_find_program_in_path ("dbus-daemon");
  g_autoptr (GTestDBus) bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_autoptr (GPtrArray) failures = NULL;
  ServerSignal *signal = watched_signal (&failures);
  g_autoptr (GDBusConnection) here = NULL;
  g_autoptr (GError) error = NULL;
  GDBusProxy *proxy = NULL;
  Unit unit = { 0 };

  if (daemon == NULL)
    {
      g_object_unref (signal);
      g_test_skip ("missing: dbus-daemon");
      return;
    }

  g_test_dbus_up (bus);
  here = g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (bus),
                                                 G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                 NULL, NULL, &error);
  g_assert_no_error (error);
  g_dbus_proxy_new (here, G_DBUS_PROXY_FLAGS_NONE, NULL, "test.Unit", "/unit", "test.Unit", NULL,
                    got_proxy_cb, &proxy);
  WAIT_UNTIL (proxy != NULL);

  /* Nobody there yet. */
  g_assert_true (server_signal_track_dbus_proxy (signal, "/unit", proxy, &error));
  g_assert_no_error (error);
  assert_json (signal, "/unit", "{}");

  unit.values = g_variant_ref_sink (g_variant_new_parsed (SOME_BAD));
  for (guint turn = 1; turn <= 2; turn++)
    {
      g_autoptr (GDBusConnection) there = NULL;
      guint owner;

      there =
        g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (bus),
                                                G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                NULL, NULL, &error);
      g_assert_no_error (error);
      g_dbus_connection_register_object (there, "/unit", info->interfaces[0], &vtable, &unit, NULL,
                                         &error);
      g_assert_no_error (error);
      owner = g_bus_own_name_on_connection (there, "test.Unit", G_BUS_NAME_OWNER_FLAGS_NONE, NULL,
                                            NULL, NULL, NULL);
      WAIT_UNTIL (server_signal_has (signal, "/unit/Name"));
      assert_json (signal, "/unit/Limit", "null");
      assert_json (signal, "/unit/Ratio", "0.5");
      g_assert_cmpuint (failures->len, ==, turn);

      g_bus_unown_name (owner);
      WAIT_UNTIL (!server_signal_has (signal, "/unit/Name"));
      assert_json (signal, "/unit", "{}");
      g_dbus_connection_close_sync (there, NULL, NULL);
    }

  g_assert_finalize_object (signal);
  g_object_unref (proxy);
  g_dbus_connection_close_sync (here, NULL, NULL);
  g_clear_object (&here);
  test_settle ();
  g_variant_unref (unit.values);
  g_test_dbus_down (bus);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/track-members/settings", test_settings);
  g_test_add_func ("/track-members/actions", test_actions);
  g_test_add_func ("/track-members/names", test_names);
  g_test_add_func ("/track-members/reentry", test_reentry);
  g_test_add_func ("/track-members/refused", test_refused);
  g_test_add_func ("/track-members/dbus/changes", test_dbus_changes);
  g_test_add_func ("/track-members/dbus/start", test_dbus_start);
  g_test_add_func ("/track-members/dbus/properties", test_dbus_properties);
  g_test_add_func ("/track-members/dbus/types", test_dbus_types);
  g_test_add_func ("/track-members/dbus/owner", test_dbus_owner);

  return g_test_run ();
}
