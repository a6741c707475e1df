/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Action groups of one process in another, over sockets. */

#include "config.h"

#include <math.h>

#include "client-fixture.h"
#include "libserver-signal.h"
#include "test-hub.h"

typedef struct
{
  ServerSignalHub    *hub;
  GSimpleActionGroup *group;
  ServerSignalClient *client;
  GActionGroup       *remote;
  GString            *told;      /* by the signals of the remote group */
  GString            *activated; /* actions of the group, with their parameters */
} Fixture;

static void
activate_cb (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  Fixture *self = user_data;
  g_autofree char *text = parameter != NULL ? g_variant_print (parameter, TRUE) : g_strdup ("");

  g_string_append_printf (self->activated, "%s(%s) ", g_action_get_name (G_ACTION (action)), text);
}

static void
change_state_cb (GSimpleAction *action,
                 GVariant      *state,
                 gpointer       user_data)
{
  Fixture *self = user_data;
  g_autofree char *text = g_variant_print (state, TRUE);

  g_string_append_printf (self->activated, "%s=%s ", g_action_get_name (G_ACTION (action)), text);
  g_simple_action_set_state (action, state);
}

static const GActionEntry entries[] = {
  { .name = "play", .activate = activate_cb },
  { .name = "seek", .activate = activate_cb, .parameter_type = "d" },
  { .name = "mute", .state = "false", .change_state = change_state_cb },
  { .name = "mode", .parameter_type = "s", .state = "'all'", .change_state = change_state_cb },
};

static GSimpleAction *
lookup (Fixture    *self,
        const char *name)
{
  return G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->group), name));
}

static void
added_cb (GActionGroup *group,
          const char   *name,
          Fixture      *self)
{
  g_string_append_printf (self->told, "+%s ", name);
}

static void
removed_cb (GActionGroup *group,
            const char   *name,
            Fixture      *self)
{
  g_string_append_printf (self->told, "-%s ", name);
}

static void
enabled_cb (GActionGroup *group,
            const char   *name,
            gboolean      enabled,
            Fixture      *self)
{
  g_string_append_printf (self->told, "%s:%s ", name, enabled ? "on" : "off");
  g_assert_cmpint (g_action_group_get_action_enabled (group, name), ==, enabled);
}

static void
state_cb (GActionGroup *group,
          const char   *name,
          GVariant     *state,
          Fixture      *self)
{
  g_autofree char *text = g_variant_print (state, TRUE);

  g_string_append_printf (self->told, "%s=%s ", name, text);
}

static gboolean
is_enabled (Fixture    *self,
            const char *name)
{
  return g_action_group_get_action_enabled (self->remote, name);
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  self->told = g_string_new (NULL);
  self->activated = g_string_new (NULL);
  self->group = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->group), entries, G_N_ELEMENTS (entries),
                                   self);
  self->hub = server_signal_hub_new ();
  server_signal_hub_add_action_group (self->hub, "player", G_ACTION_GROUP (self->group));
  server_signal_hub_listen (self->hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);

  uri = server_signal_hub_dup_uri (self->hub);
  self->client = server_signal_client_new (uri);
  server_signal_client_set_retry_min (self->client, 1);
  server_signal_client_set_retry_max (self->client, 10);
  self->remote = server_signal_client_get_action_group (self->client, "player");
  g_assert_true (server_signal_client_get_action_group (self->client, "player") == self->remote);
  g_assert_true (G_IS_REMOTE_ACTION_GROUP (self->remote));
  g_signal_connect (self->remote, "action-added", G_CALLBACK (added_cb), self);
  g_signal_connect (self->remote, "action-removed", G_CALLBACK (removed_cb), self);
  g_signal_connect (self->remote, "action-enabled-changed", G_CALLBACK (enabled_cb), self);
  g_signal_connect (self->remote, "action-state-changed", G_CALLBACK (state_cb), self);
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_enabled (self, "play"));
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  /* Calls that are under way hold the client until they have ended. */
  server_signal_client_stop (self->client);
  test_settle ();
  g_assert_finalize_object (g_steal_pointer (&self->client));
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_assert_finalize_object (g_steal_pointer (&self->group));
  g_string_free (self->told, TRUE);
  g_string_free (self->activated, TRUE);
}

#define assert_told(self, expected) \
  G_STMT_START \
  { \
    WAIT_UNTIL ((self)->told->len >= strlen (expected)); \
    g_assert_cmpstr ((self)->told->str, ==, expected); \
    g_string_truncate ((self)->told, 0); \
  } \
  G_STMT_END

#define assert_activated(self, expected) \
  G_STMT_START \
  { \
    WAIT_UNTIL ((self)->activated->len >= strlen (expected)); \
    g_assert_cmpstr ((self)->activated->str, ==, expected); \
    g_string_truncate ((self)->activated, 0); \
  } \
  G_STMT_END

static void
assert_type (const GVariantType *type,
             const char         *expected)
{
  if (expected == NULL)
    g_assert_null (type);
  else
    g_assert_true (g_variant_type_equal (type, G_VARIANT_TYPE (expected)));
}

static void
assert_action (Fixture    *self,
               const char *name,
               gboolean    enabled,
               const char *parameter_type,
               const char *state_type,
               const char *state_text)
{
  gboolean is;
  const GVariantType *parameter, *type;
  g_autoptr (GVariant) state = NULL;

  g_assert_true (
    g_action_group_query_action (self->remote, name, &is, &parameter, &type, NULL, &state));
  g_assert_cmpint (is, ==, enabled);
  assert_type (parameter, parameter_type);
  assert_type (type, state_type);
  if (state_text == NULL)
    {
      g_assert_null (state);
    }
  else
    {
      g_autofree char *text = g_variant_print (state, TRUE);

      g_assert_cmpstr (text, ==, state_text);
    }
}

static void
test_follow (Fixture       *self,
             gconstpointer  data)
{
  g_auto (GStrv) names = g_action_group_list_actions (self->remote);
  g_autoptr (GSimpleAction) stop = g_simple_action_new ("stop", NULL);

  g_assert_cmpuint (g_strv_length (names), ==, G_N_ELEMENTS (entries));
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    g_assert_true (g_strv_contains ((const char *const *) names, entries[i].name));
  assert_action (self, "play", TRUE, NULL, NULL, NULL);
  assert_action (self, "seek", TRUE, "d", NULL, NULL);
  assert_action (self, "mute", TRUE, NULL, "b", "false");
  assert_action (self, "mode", TRUE, "s", "s", "'all'");
  g_assert_false (g_action_group_has_action (self->remote, "none"));
  g_string_truncate (self->told, 0);

  g_simple_action_set_enabled (lookup (self, "play"), FALSE);
  assert_told (self, "play:off ");
  g_simple_action_set_enabled (lookup (self, "play"), TRUE);
  assert_told (self, "play:on ");
  g_simple_action_set_state (lookup (self, "mute"), g_variant_new_boolean (TRUE));
  assert_told (self, "mute=true ");
  g_action_map_add_action (G_ACTION_MAP (self->group), G_ACTION (stop));
  assert_told (self, "+stop ");
  g_action_map_remove_action (G_ACTION_MAP (self->group), "stop");
  assert_told (self, "-stop ");

  /* Another type makes it another action. */
  g_action_map_remove_action (G_ACTION_MAP (self->group), "seek");
  assert_told (self, "-seek ");
}

static void
test_ask (Fixture       *self,
          gconstpointer  data)
{
  g_string_truncate (self->told, 0);
  g_action_group_activate_action (self->remote, "play", NULL);
  g_action_group_activate_action (self->remote, "seek", g_variant_new_double (12.5));
  g_action_group_activate_action (self->remote, "seek", g_variant_new_double (INFINITY));
  assert_activated (self, "play() seek(12.5) seek(inf) ");

  /* A check item asks for a state, and shows what the server makes of it. */
  g_action_group_activate_action (self->remote, "mute", NULL);
  assert_activated (self, "mute=true ");
  assert_told (self, "mute=true ");
  g_action_group_change_action_state (self->remote, "mode", g_variant_new_string ("one"));
  assert_activated (self, "mode='one' ");
  assert_told (self, "mode='one' ");
  g_remote_action_group_change_action_state_full (G_REMOTE_ACTION_GROUP (self->remote), "mode",
                                                  g_variant_new_string ("two"),
                                                  g_variant_new ("a{sv}", NULL));
  g_remote_action_group_activate_action_full (G_REMOTE_ACTION_GROUP (self->remote), "play", NULL,
                                              g_variant_new ("a{sv}", NULL));
  assert_activated (self, "mode='two' play() ");

  /* One that is disabled is not asked for, nor is one that does not exist. */
  g_simple_action_set_enabled (lookup (self, "play"), FALSE);
  WAIT_UNTIL (!is_enabled (self, "play"));
  g_action_group_activate_action (self->remote, "play", NULL);
  g_action_group_activate_action (self->remote, "none", NULL);
  g_action_group_activate_action (self->remote, "seek", g_variant_new_double (1));
  assert_activated (self, "seek(1.0) ");
}

/* A variant is the same at the other end, of any type. */
static void
test_variants (Fixture       *self,
               gconstpointer  data)
{
  static const char *const states[] = {
    "true",
    "byte 0x07",
    "int16 -3",
    "uint16 3",
    "-7",
    "uint32 7",
    "int64 9007199254740993",
    "uint64 18446744073709551615",
    "0.10000000000000001",
    "nan",
    "inf",
    "'text'",
    "objectpath '/a'",
    "signature 'a{sv}'",
    "b'bytes'",
    "(1, 'two', [3.0])",
    "{'a': <1>, 'b': <'x'>, 'c': <byte 0x01>}",
    "<uint32 1>",
    "@ms nothing",
    "just 'x'",
    "@mmi just nothing",
    "@as []",
    "@a{sv} {}",
    "()",
    "{1: 'one', 2: 'two'}",
    "[<[<true>]>]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) state = g_variant_parse (NULL, states[i], NULL, NULL, &error);
      g_autoptr (GVariant) hint = g_variant_ref_sink (g_variant_new ("(sv)", "hint", state));
      g_autoptr (GSimpleAction) action = NULL;
      g_autoptr (GVariant) remote = NULL;
      g_autoptr (GVariant) remote_hint = NULL;
      g_autofree char *expected = g_variant_print (state, TRUE);
      g_autofree char *is = NULL;
      g_autofree char *activated = g_strdup_printf ("any(%s) any=%s ", expected, expected);

      g_assert_no_error (error);
      action = g_simple_action_new_stateful ("any", g_variant_get_type (state), state);
      g_simple_action_set_state_hint (action, hint);
      g_signal_connect (action, "activate", G_CALLBACK (activate_cb), self);
      g_signal_connect (action, "change-state", G_CALLBACK (change_state_cb), self);
      g_action_map_add_action (G_ACTION_MAP (self->group), G_ACTION (action));
      WAIT_UNTIL (is_enabled (self, "any"));
      remote = g_action_group_get_action_state (self->remote, "any");
      is = g_variant_print (remote, TRUE);
      g_assert_cmpstr (is, ==, expected);
      remote_hint = g_action_group_get_action_state_hint (self->remote, "any");
      is = (g_free (is), g_variant_print (remote_hint, TRUE));
      expected = (g_free (expected), g_variant_print (hint, TRUE));
      g_assert_cmpstr (is, ==, expected);

      g_action_group_activate_action (self->remote, "any", state);
      g_action_group_change_action_state (self->remote, "any", state);
      assert_activated (self, activated);
      g_action_map_remove_action (G_ACTION_MAP (self->group), "any");
      WAIT_UNTIL (!g_action_group_has_action (self->remote, "any"));
    }
}

static void
close_peers (Fixture *self)
{
  GListModel *peers = server_signal_hub_get_peers (self->hub);

  for (guint i = 0; i < g_list_model_get_n_items (peers); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, i);

      server_signal_peer_close (peer, 1001, NULL);
    }
}

/* While the server is away all is disabled, and shows the last state. */
static void
test_away (Fixture       *self,
           gconstpointer  data)
{
  g_simple_action_set_enabled (lookup (self, "seek"), FALSE);
  WAIT_UNTIL (!is_enabled (self, "seek"));
  close_peers (self);
  WAIT_UNTIL (!is_enabled (self, "play"));
  assert_action (self, "mute", FALSE, NULL, "b", "false");
  g_action_group_activate_action (self->remote, "play", NULL);

  g_simple_action_set_state (lookup (self, "mute"), g_variant_new_boolean (TRUE));
  WAIT_UNTIL (is_enabled (self, "play"));
  assert_action (self, "mute", TRUE, NULL, "b", "true");
  assert_action (self, "seek", FALSE, "d", NULL, NULL);
  g_assert_cmpstr (self->activated->str, ==, "");
}

static void
test_removed (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (GSimpleActionGroup) other = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) other_action = g_simple_action_new ("other", NULL);
  g_autoptr (GObject) keep = g_object_ref (G_OBJECT (self->remote));
  GActionGroup *remote = self->remote;

  server_signal_hub_remove_action_group (self->hub, "nobody");
  server_signal_hub_remove_action_group (self->hub, "player");
  WAIT_UNTIL (!is_enabled (self, "play"));
  g_assert_null (server_signal_hub_lookup (self->hub, "player"));

  server_signal_hub_add_action_group (self->hub, "player", G_ACTION_GROUP (self->group));
  WAIT_UNTIL (is_enabled (self, "play"));
  /* Another one in its place. */
  g_action_map_add_action (G_ACTION_MAP (other), G_ACTION (other_action));
  server_signal_hub_add_action_group (self->hub, "player", G_ACTION_GROUP (other));
  WAIT_UNTIL (is_enabled (self, "other"));
  g_assert_false (g_action_group_has_action (self->remote, "play"));

  server_signal_client_release (self->client, "player");
  g_assert_false (is_enabled (self, "other"));
  g_action_group_activate_action (remote, "other", NULL);
  self->remote = server_signal_client_get_action_group (self->client, "player");
  g_assert_true (self->remote != remote);
  WAIT_UNTIL (is_enabled (self, "other"));
  g_signal_handlers_disconnect_by_data (remote, self);
  server_signal_hub_remove_action_group (self->hub, "player");
}

static void
test_clashes (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (ServerSignal) signal = new_signal ("taken", "1");
  g_autoptr (GError) error = NULL;

  server_signal_hub_add (self->hub, signal, &error);
  g_assert_no_error (error);
  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*taken*is not offered*");
  server_signal_hub_add_action_group (self->hub, "taken", G_ACTION_GROUP (self->group));
  g_test_assert_expected_messages ();
  g_assert_true (server_signal_hub_lookup (self->hub, "taken") == signal);

  server_signal_hub_add (self->hub, signal, &error);
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_EXISTS);
}

/* A client that knows nothing but calls. */
static void
test_by_hand (Fixture       *self,
              gconstpointer  data)
{
  static const struct
  {
    const char *call;
    const char *reply;
  } cases[] = {
    { "player.play", "\"value\":null" },
    { "player.play\",\"args\":{\"x\":1},\"y\":\"", "\"value\":null" },
    { "player.play\",\"args\":{\"parameter\":1},\"y\":\"",
      "\"error\":{\"code\":\"invalid-arguments\"" },
    { "player.play\",\"args\":7,\"y\":\"", "\"error\":{\"code\":\"invalid-arguments\"" },
    { "player.play\",\"args\":{\"state\":7},\"y\":\"",
      "\"error\":{\"code\":\"invalid-arguments\"" },
    { "player.seek", "\"error\":{\"code\":\"invalid-arguments\"" },
    { "player.seek\",\"args\":{\"parameter\":\"7\"},\"y\":\"",
      "\"error\":{\"code\":\"invalid-arguments\"" },
    { "player.seek\",\"args\":{\"parameter-text\":\"7\"},\"y\":\"", "\"value\":null" },
    { "player.seek\",\"args\":{\"parameter-text\":\"'7'\"},\"y\":\"",
      "\"error\":{\"code\":\"invalid-arguments\"" },
    { "player.seek\",\"args\":{\"parameter\":7},\"y\":\"", "\"value\":null" },
    { "player.mute\",\"args\":{\"state\":true},\"y\":\"", "\"value\":null" },
    { "player.mute\",\"args\":{\"state\":\"yes\"},\"y\":\"",
      "\"error\":{\"code\":\"invalid-arguments\"" },
    { "player.off", "\"error\":{\"code\":\"disabled\"" },
    { "player.nothing", "\"error\":{\"code\":\"unknown-method\"" },
    { "player", "\"error\":{\"code\":\"unknown-method\"" },
    { "player.", "\"error\":{\"code\":\"unknown-method\"" },
    { "a.b.c.d", "\"value\":null" },
  };
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (TestWebsocket) socket = test_websocket_open (uri, V1);
  g_autofree char *hello = test_websocket_next (socket);
  g_autoptr (GSimpleActionGroup) dotted = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) action = g_simple_action_new ("c.d", NULL);
  g_autoptr (GSimpleAction) off = g_simple_action_new ("off", NULL);
  g_autofree char *added = NULL;

  g_signal_connect (action, "activate", G_CALLBACK (activate_cb), self);
  g_action_map_add_action (G_ACTION_MAP (dotted), G_ACTION (action));
  server_signal_hub_add_action_group (self->hub, "a.b", G_ACTION_GROUP (dotted));
  added = test_websocket_next (socket);
  g_simple_action_set_enabled (off, FALSE);
  g_action_map_add_action (G_ACTION_MAP (self->group), G_ACTION (off));

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *call = g_strdup_printf ("{\"id\":%u,\"call\":\"%s\"}", i, cases[i].call);
      g_autofree char *prefix = g_strdup_printf ("{\"reply\":%u,%s", i, cases[i].reply);
      g_autofree char *reply = NULL;

      test_websocket_send (socket, call);
      reply = test_websocket_next (socket);
      if (!g_str_has_prefix (reply, prefix))
        g_error ("%s gives %s", call, reply);
    }
  assert_activated (self, "play() play() seek(7.0) seek(7.0) mute=true c.d() ");
  server_signal_hub_remove_action_group (self->hub, "a.b");
}

static gboolean
forbid_cb (ServerSignalHub  *hub,
           ServerSignalPeer *peer,
           const char       *method,
           Fixture          *self)
{
  return !g_str_equal (method, "player.play");
}

static void
test_allow (Fixture       *self,
            gconstpointer  data)
{
  gulong id = g_signal_connect (self->hub, "allow-call", G_CALLBACK (forbid_cb), self);

  g_action_group_activate_action (self->remote, "play", NULL);
  g_action_group_activate_action (self->remote, "seek", g_variant_new_double (1));
  assert_activated (self, "seek(1.0) ");
  g_signal_handler_disconnect (self->hub, id);
}

static gboolean
hide_cb (ServerSignalHub  *hub,
         ServerSignalPeer *peer,
         ServerSignal     *signal,
         Fixture          *self)
{
  return FALSE;
}

/* A peer that may not see the states has no actions, and is told so in the words for those that do not
 * exist. */
static void
test_hidden (Fixture       *self,
             gconstpointer  data)
{
  gulong id = g_signal_connect (self->hub, "allow", G_CALLBACK (hide_cb), self);
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (TestWebsocket) socket = NULL;
  g_autofree char *hello = NULL;

  server_signal_hub_review (self->hub);
  WAIT_UNTIL (!is_enabled (self, "play"));
  socket = test_websocket_open (uri, V1);
  hello = test_websocket_next (socket);
  test_websocket_send (socket, "{\"call\":\"player.play\",\"id\":1}");
  test_websocket_expect (socket, "{\"reply\":1,\"error\":{\"code\":\"unknown-method\","
                                 "\"message\":\"there is no such method\"}}");
  g_assert_cmpstr (self->activated->str, ==, "");

  g_signal_handler_disconnect (self->hub, id);
  server_signal_hub_review (self->hub);
  WAIT_UNTIL (is_enabled (self, "play"));
}

/* Those that outlive their client are disabled and do nothing. */
static void
test_client_gone (Fixture       *self,
                  gconstpointer  data)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  ServerSignalClient *other = server_signal_client_new (uri);
  GActionGroup *remote = server_signal_client_get_action_group (other, "player");
  g_autoptr (GObject) keep = g_object_ref (G_OBJECT (remote));

  server_signal_client_start (other);
  WAIT_UNTIL (g_action_group_get_action_enabled (remote, "play"));
  server_signal_client_stop (other);
  g_assert_finalize_object (other);
  test_settle ();
  g_assert_false (g_action_group_get_action_enabled (remote, "play"));
  g_action_group_activate_action (remote, "play", NULL);
}

/* A server may say anything. */

static void
test_strange (ClientFixture *self,
              gconstpointer  protocol)
{
  GActionGroup *group = server_signal_client_get_action_group (self->client, "g");
  g_auto (GStrv) names = NULL;

  client_fixture_open (self);
  fake_server_send (self->server,
                    "{'name':'g','patch':[{'op':'replace','path':'','value':{"
                    "'a':1,'b':null,'c':{'enabled':'yes'},'d':{'enabled':true,'state':7},"
                    "'e':{'enabled':true,'state-type':'((','state':7},"
                    "'f':{'enabled':true,'state-type':'i','state':'no'},"
                    "'g':{'enabled':true,'state-type':'i','state-text':'[[['},"
                    "'h':{'enabled':true,'state-type':'i','state-text':'7','parameter-type':7},"
                    "'i':{'enabled':true,'state-hint-text':'}'}"
                    "}}],'epoch':'e','rev':1}");
  WAIT_UNTIL (g_action_group_has_action (group, "h"));
  names = g_action_group_list_actions (group);
  g_assert_cmpuint (g_strv_length (names), ==, 5);
  g_assert_false (g_action_group_has_action (group, "a"));
  g_assert_false (g_action_group_get_action_enabled (group, "c"));
  g_assert_true (g_action_group_get_action_enabled (group, "d"));
  g_assert_null (g_action_group_get_action_state (group, "d"));
  g_assert_null (g_action_group_get_action_state_type (group, "e"));
  g_assert_false (g_action_group_has_action (group, "f"));
  g_assert_false (g_action_group_has_action (group, "g"));
  g_assert_null (g_action_group_get_action_state_hint (group, "i"));

  fake_server_send (
    self->server, "{'name':'g','patch':[{'op':'replace','path':'','value':[1]}],'base':1,'rev':2}");
  WAIT_UNTIL (!g_action_group_has_action (group, "h"));
}

static void
test_plain (ClientFixture *self,
            gconstpointer  protocol)
{
  GActionGroup *group = server_signal_client_get_action_group (self->client, "g");

  client_fixture_open (self);
  fake_server_send (self->server, "{'name':'g','patch':[{'op':'replace','path':'','value':{"
                                  "'a':{'enabled':true,'state':null}}}]}");
  WAIT_UNTIL (g_action_group_has_action (group, "a"));
  g_assert_false (g_action_group_get_action_enabled (group, "a"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define TEST(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  TEST ("/remote-actions/follow", test_follow);
  TEST ("/remote-actions/ask", test_ask);
  TEST ("/remote-actions/variants", test_variants);
  TEST ("/remote-actions/away", test_away);
  TEST ("/remote-actions/removed", test_removed);
  TEST ("/remote-actions/clashes", test_clashes);
  TEST ("/remote-actions/by-hand", test_by_hand);
  TEST ("/remote-actions/allow", test_allow);
  TEST ("/remote-actions/hidden", test_hidden);
  TEST ("/remote-actions/client-gone", test_client_gone);
  CLIENT_TEST ("/remote-actions/strange", V1, test_strange);
  CLIENT_TEST ("/remote-actions/plain", NULL, test_plain);

  return g_test_run ();
}
