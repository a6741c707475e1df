/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The server's side of the two protocols, frame by frame, spoken by hand. */

#define _GNU_SOURCE /* memmem */

#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"
#include "test-hub.h"
#include "wire/ss-via.h"

typedef struct
{
  ServerSignalHub *hub;
  ServerSignal    *counter;
  TestWebsocket      *client;
} Fixture;

static char *
hello_of (ServerSignalHub *hub,
          const char      *names)
{
  return g_strdup_printf (
    "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[%s],\"via\":[\"%s\"]}}", names,
    server_signal_hub_get_id (hub));
}

static char *
snapshot_of (ServerSignal *signal)
{
  g_autofree char *json = server_signal_dup_json (signal, NULL);

  return g_strdup_printf (
    "{\"name\":\"%s\",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":%s}],"
    "\"epoch\":\"%s\",\"rev\":%" G_GUINT64_FORMAT "}",
    server_signal_get_name (signal), json, server_signal_get_epoch (signal),
    server_signal_get_revision (signal));
}

#define expect_snapshot(client, signal) \
  G_STMT_START \
  { \
    g_autofree char *expect_snapshot_text = snapshot_of (signal); \
    test_websocket_expect (client, expect_snapshot_text); \
  } \
  G_STMT_END

static void
subscribe_from (TestWebsocket *client,
                const char    *name,
                const char    *epoch,
                guint64        rev)
{
  g_autofree char *text =
    g_strdup_printf ("{\"subscribe\":\"%s\",\"epoch\":\"%s\",\"rev\":%" G_GUINT64_FORMAT "}", name,
                     epoch, rev);

  test_websocket_send (client, text);
}

/* A hub with a counter that has seen three commits. */
static void
fixture_open (Fixture    *self,
              const char *offer)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  self->hub = server_signal_hub_new ();
  self->counter = new_signal ("counter", "{\"value\":0}");
  for (int i = 1; i <= 3; i++)
    set_int (self->counter, "/value", i);

  server_signal_hub_add (self->hub, self->counter, &error);
  g_assert_no_error (error);
  server_signal_hub_listen (self->hub, NULL, 0, &error);
  g_assert_no_error (error);

  uri = server_signal_hub_dup_uri (self->hub);
  self->client = test_websocket_open (uri, offer);
}

static void
set_up_v1 (Fixture       *self,
           gconstpointer  data)
{
  g_autofree char *hello = NULL;

  fixture_open (self, V1);
  hello = hello_of (self->hub, "\"counter\"");
  test_websocket_expect (self->client, hello);
}

static void
set_up_plain (Fixture       *self,
              gconstpointer  data)
{
  fixture_open (self, NULL);
  test_websocket_expect (self->client, REPLACE ("counter", "", "{\"value\":3}") "}");
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_clear_pointer (&self->client, test_websocket_free);
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_assert_finalize_object (g_steal_pointer (&self->counter));
}

static void
test_hello (Fixture       *self,
            gconstpointer  data)
{
  g_assert_cmpstr (soup_websocket_connection_get_protocol (self->client->connection), ==, V1);
  /* Nothing comes that was not asked for. */
  set_int (self->counter, "/value", 4);
  test_websocket_expect_silence (self->client);
}

static void
test_subscribe (Fixture       *self,
                gconstpointer  data)
{
  test_websocket_send (self->client, "{\"subscribe\":\"counter\"}");
  expect_snapshot (self->client, self->counter);

  set_int (self->counter, "/value", 4);
  test_websocket_expect (self->client, REPLACE ("counter", "/value", "4") ","
                                                                          "\"base\":3,\"rev\":4}");

  /* A write of an equal value is no commit. */
  set_int (self->counter, "/value", 4);
  test_websocket_expect_silence (self->client);
}

static void
test_subscribe_resumed (Fixture       *self,
                        gconstpointer  data)
{
  set_int (self->counter, "/value", 4);
  subscribe_from (self->client, "counter", server_signal_get_epoch (self->counter), 3);
  test_websocket_expect (self->client, REPLACE ("counter", "/value", "4") ","
                                                                          "\"base\":3,\"rev\":4}");
}

static void
test_subscribe_confirmed (Fixture       *self,
                          gconstpointer  data)
{
  subscribe_from (self->client, "counter", server_signal_get_epoch (self->counter), 3);
  test_websocket_expect (self->client, "{\"name\":\"counter\",\"patch\":[],\"base\":3,\"rev\":3}");
}

static void
test_subscribe_first_revision (Fixture       *self,
                               gconstpointer  data)
{
  g_autoptr (ServerSignal) fresh = new_signal ("fresh", "1");

  server_signal_hub_add (self->hub, fresh, NULL);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"fresh\"}");
  set_int (fresh, NULL, 2);

  subscribe_from (self->client, "fresh", server_signal_get_epoch (fresh), 0);
  test_websocket_expect (self->client, REPLACE ("fresh", "", "2") ",\"base\":0,\"rev\":1}");
}

static void
test_subscribe_other_life (Fixture       *self,
                           gconstpointer  data)
{
  subscribe_from (self->client, "counter", "another life", 3);
  expect_snapshot (self->client, self->counter);
}

static void
test_subscribe_past_history (Fixture       *self,
                             gconstpointer  data)
{
  /* The hub came when the counter was at 3, so its history begins there. */
  set_int (self->counter, "/value", 4);
  subscribe_from (self->client, "counter", server_signal_get_epoch (self->counter), 1);
  expect_snapshot (self->client, self->counter);
}

static void
test_subscribe_twice (Fixture       *self,
                      gconstpointer  data)
{
  test_websocket_send (self->client, "{\"subscribe\":\"counter\"}");
  expect_snapshot (self->client, self->counter);
  test_websocket_send (self->client, "{\"subscribe\":\"counter\"}");
  expect_snapshot (self->client, self->counter);

  /* And each commit still comes once. */
  set_int (self->counter, "/value", 4);
  test_websocket_expect_prefix (self->client, "{\"name\":\"counter\",\"patch\":[{");
  test_websocket_expect_silence (self->client);
}

static void
test_subscribe_frozen (Fixture       *self,
                       gconstpointer  data)
{
  g_autofree char *before = snapshot_of (self->counter);

  g_object_freeze_notify (G_OBJECT (self->counter));
  set_int (self->counter, "/value", 99);
  test_websocket_send (self->client, "{\"subscribe\":\"counter\"}");
  test_websocket_expect (self->client, before);
  set_int (self->counter, "/value", 100);
  g_object_thaw_notify (G_OBJECT (self->counter));

  test_websocket_expect (self->client,
                         REPLACE ("counter", "/value", "100") ","
                                                              "\"base\":3,\"rev\":4}");
}

static void
test_unsubscribe (Fixture       *self,
                  gconstpointer  data)
{
  test_websocket_send (self->client, "{\"subscribe\":\"counter\"}");
  expect_snapshot (self->client, self->counter);
  test_websocket_send (self->client, "{\"unsubscribe\":\"counter\"}");
  test_websocket_expect_silence (self->client);
  set_int (self->counter, "/value", 4);
  test_websocket_expect_silence (self->client);

  /* Of a signal that is not followed, and of one that is not there. */
  test_websocket_send (self->client, "{\"unsubscribe\":\"counter\"}");
  test_websocket_send (self->client, "{\"unsubscribe\":\"nothing\"}");
  test_websocket_expect_silence (self->client);
}

static void
test_unknown_signal (Fixture       *self,
                     gconstpointer  data)
{
  test_websocket_send (self->client, "{\"subscribe\":\"count\"}");
  test_websocket_expect_prefix (
    self->client, "{\"error\":{\"code\":\"unknown-signal\",\"name\":\"count\",\"message\":\"");
}

static void
test_too_large (Fixture       *self,
                gconstpointer  data)
{
  test_websocket_send (self->client, "{\"subscribe\":\"counter\",\"max\":20}");
  test_websocket_expect_prefix (self->client,
                                "{\"error\":{\"code\":\"too-large\",\"name\":\"counter\",");
  set_int (self->counter, "/value", 4);
  test_websocket_expect_silence (self->client);

  test_websocket_send (self->client, "{\"subscribe\":\"counter\",\"max\":2000}");
  expect_snapshot (self->client, self->counter);
}

static void
test_too_large_later (Fixture       *self,
                      gconstpointer  data)
{
  g_autofree char *long_text = g_strnfill (3000, 'x');

  test_websocket_send (self->client, "{\"subscribe\":\"counter\",\"max\":2000}");
  expect_snapshot (self->client, self->counter);

  server_signal_set_string (self->counter, "/text", long_text, NULL);
  test_websocket_expect_prefix (self->client,
                                "{\"error\":{\"code\":\"too-large\",\"name\":\"counter\",");
  server_signal_remove (self->counter, "/text", NULL);
  test_websocket_expect_silence (self->client);
}

static void
test_too_many (void)
{
  g_autoptr (ServerSignalHub) hub =
    g_object_new (SERVER_TYPE_SIGNAL_HUB, "max-subscriptions", 2, NULL);
  g_autoptr (TestWebsocket) client = NULL;
  g_autofree char *uri = NULL;

  for (int i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("%d", i);
      g_autoptr (ServerSignal) signal = new_signal (name, "0");

      server_signal_hub_add (hub, signal, NULL);
    }
  server_signal_hub_listen (hub, NULL, 0, NULL);
  uri = server_signal_hub_dup_uri (hub);
  client = test_websocket_open (uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");

  test_websocket_send (client, "{\"subscribe\":\"0\"}");
  test_websocket_expect_prefix (client, "{\"name\":\"0\"");
  test_websocket_send (client, "{\"subscribe\":\"1\"}");
  test_websocket_expect_prefix (client, "{\"name\":\"1\"");
  test_websocket_send (client, "{\"subscribe\":\"2\"}");
  test_websocket_expect_prefix (client, "{\"error\":{\"code\":\"too-many\",\"name\":\"2\",");

  /* A second subscription to a signal does not count, and a client that leaves one may have
   * another. */
  test_websocket_send (client, "{\"subscribe\":\"0\"}");
  test_websocket_expect_prefix (client, "{\"name\":\"0\"");
  test_websocket_send (client, "{\"unsubscribe\":\"0\"}");
  test_websocket_send (client, "{\"subscribe\":\"2\"}");
  test_websocket_expect_prefix (client, "{\"name\":\"2\"");

  g_clear_pointer (&client, test_websocket_free);
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (hub)) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

static void
test_added_removed (Fixture       *self,
                    gconstpointer  data)
{
  g_autoptr (ServerSignal) other = new_signal ("other", "[]");

  server_signal_hub_add (self->hub, other, NULL);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"other\"}");
  test_websocket_send (self->client, "{\"subscribe\":\"other\"}");
  expect_snapshot (self->client, other);

  server_signal_hub_remove (self->hub, other);
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"other\"}");
  server_signal_set_json (other, "/-", "1", NULL);
  test_websocket_send (self->client, "{\"subscribe\":\"other\"}");
  test_websocket_expect_prefix (self->client,
                                "{\"error\":{\"code\":\"unknown-signal\",\"name\":\"other\",");

  /* And back: the subscription does not come back by itself. */
  server_signal_hub_add (self->hub, other, NULL);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"other\"}");
  server_signal_set_json (other, "/-", "2", NULL);
  test_websocket_expect_silence (self->client);
  test_websocket_send (self->client, "{\"subscribe\":\"other\"}");
  expect_snapshot (self->client, other);
}

/* Messages of which the third one closes. */
static const char *const bad_messages[] = {
  "",
  "counter",
  "{",
  "[]",
  "[{\"subscribe\":\"counter\"}]",
  "null",
  "\"subscribe\"",
  "{\"subscribe\":\"counter\"} {}",
  "{\"subscribe\":1}",
  "{\"subscribe\":\"\"}",
  "{\"subscribe\":null}",
  "{\"subscribe\":[\"counter\"]}",
  "{\"subscribe\":\"counter\",\"max\":\"1000\"}",
  "{\"subscribe\":\"counter\",\"max\":-1}",
  "{\"subscribe\":\"counter\",\"max\":1.5}",
  "{\"subscribe\":\"counter\",\"epoch\":1,\"rev\":1}",
  "{\"subscribe\":\"counter\",\"epoch\":\"x\",\"rev\":\"1\"}",
  "{\"subscribe\":\"counter\",\"epoch\":\"x\",\"rev\":9007199254740992}",
  "{\"unsubscribe\":1}",
  "{\"unsubscribe\":{}}",
  "{'subscribe':'counter'}",
};

static void
test_bad_message (Fixture       *self,
                  gconstpointer  data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_messages); i++)
    {
      g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
      g_autoptr (TestWebsocket) client = test_websocket_open (uri, V1);

      g_test_message ("%s", bad_messages[i]);
      test_websocket_expect_prefix (client, "{\"hello\"");
      for (int j = 0; j < SS_BAD_MESSAGES; j++)
        {
          test_websocket_send (client, bad_messages[i]);
          test_websocket_expect_prefix (client, "{\"error\":{\"code\":\"bad-message\",");
          /* The connection is as good as before until then. */
          if (j + 1 < SS_BAD_MESSAGES)
            {
              test_websocket_send (client, "{\"subscribe\":\"counter\"}");
              expect_snapshot (client, self->counter);
            }
        }
      test_websocket_expect_close (client, 1008);
    }
}

static void
test_bad_message_binary (Fixture       *self,
                         gconstpointer  data)
{
  for (int i = 0; i < SS_BAD_MESSAGES; i++)
    {
      soup_websocket_connection_send_binary (self->client->connection,
                                             "{\"subscribe\":\"counter\"}", 23);
      test_websocket_expect_prefix (self->client, "{\"error\":{\"code\":\"bad-message\",");
    }
  test_websocket_expect_close (self->client, 1008);
}

static void
test_bad_message_deep (Fixture       *self,
                       gconstpointer  data)
{
  g_autofree char *deep = g_strnfill (131072, '[');

  test_websocket_send (self->client, deep);
  test_websocket_expect_prefix (self->client, "{\"error\":{\"code\":\"bad-message\",");
  test_websocket_send (self->client, "{\"subscribe\":\"counter\"}");
  expect_snapshot (self->client, self->counter);
}

static void
test_too_big_message (Fixture       *self,
                      gconstpointer  data)
{
  g_autofree char *big = g_strnfill (SS_MESSAGE_BYTES + 1, ' ');

  test_websocket_send (self->client, big);
  WAIT_UNTIL (self->client->closed);
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) == 0);
}

static void
test_ignored (Fixture       *self,
              gconstpointer  data)
{
  test_websocket_send (self->client, "{}");
  test_websocket_send (self->client, "{\"subscribes\":\"counter\"}");
  test_websocket_send (self->client,
                       "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[],\"via\":[]}}");
  test_websocket_send (self->client, "{\"future\":{\"subscribe\":\"counter\"}}");
  test_websocket_expect_silence (self->client);

  /* Nor do members that it does not know make a message bad. */
  test_websocket_send (self->client,
                       "{\"trace\":[1,{\"a\":null}],\"subscribe\":\"counter\",\"later\":true}");
  expect_snapshot (self->client, self->counter);
}

static void
test_rate (Fixture       *self,
           gconstpointer  data)
{
  for (int i = 0; i < 2 * SS_MESSAGES_BURST && !self->client->closed; i++)
    if (soup_websocket_connection_get_state (self->client->connection) == SOUP_WEBSOCKET_STATE_OPEN)
      test_websocket_send (self->client, GPOINTER_TO_INT (data) ? "{\"future\":1}" : "x");
  test_websocket_expect_close (self->client, 1008);
}

/* A client that asks for many signals may come before them, and asks again for a signal that is
 * removed and added again: no client is sent away for that. */
static void
test_questions (Fixture       *self,
                gconstpointer  data)
{
  const guint n = 2 * SS_MESSAGES_BURST;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"subscribe\":\"early%u\"}", i);

      test_websocket_send (self->client, text);
    }
  for (guint i = 0; i < n; i++)
    test_websocket_expect_prefix (self->client, "{\"error\":{\"code\":\"unknown-signal\",");

  for (guint i = 0; i < server_signal_hub_get_max_subscriptions (self->hub); i++)
    {
      server_signal_hub_remove (self->hub, self->counter);
      server_signal_hub_add (self->hub, self->counter, NULL);
      test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"counter\"}");
      test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"counter\"}");
      test_websocket_send (self->client, "{\"subscribe\":\"counter\"}");
      expect_snapshot (self->client, self->counter);
    }
}

/* Names for more than a message that everybody takes: hello has the first of them. */
static void
test_many_names (Fixture       *self,
                 gconstpointer  data)
{
  const guint n = 2 * SS_HELLO_BYTES / SS_NAME_BYTES;
  g_autofree char *padding = g_strnfill (SS_NAME_BYTES - 10, 'x');
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (TestWebsocket) client = NULL;
  g_autoptr (GPtrArray) signals = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *hello = NULL;
  guint n_told = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u%s", i, padding);
      ServerSignal *signal = server_signal_new (name, NULL);

      g_ptr_array_add (signals, signal);
      server_signal_hub_add (self->hub, signal, NULL);
    }

  client = test_websocket_open (uri, V1);
  hello = test_websocket_next (client);
  g_assert_true (g_str_has_prefix (hello, "{\"hello\""));
  g_assert_cmpuint (strlen (hello), <, SS_HELLO_BYTES + 2 * SS_NAME_BYTES);
  for (const char *at = hello; (at = strstr (at, padding)) != NULL; at += strlen (padding))
    n_told++;
  g_assert_cmpuint (n_told, >, n / 3);
  g_assert_cmpuint (n_told, <, n);
  /* The counter is the one whose name is not padded, wherever it is. */
  for (n_told += strstr (hello, "\"counter\"") != NULL; n_told < n + 1; n_told++)
    test_websocket_expect_prefix (client, "{\"signal\":\"added\",\"name\":\"");
  test_websocket_expect_silence (client);
}

static void
test_read_only (Fixture       *self,
                gconstpointer  data)
{
  guint64 revision = server_signal_get_revision (self->counter);

  test_websocket_send (self->client, "{\"subscribe\":\"counter\"}");
  expect_snapshot (self->client, self->counter);
  test_websocket_send (self->client, REPLACE ("counter", "/value", "666") "}");
  test_websocket_send (self->client, REPLACE ("counter", "/value", "666") ","
                                                                          "\"base\":3,\"rev\":4}");
  test_websocket_send (self->client,
                       REPLACE ("counter", "", "666") ","
                                                      "\"epoch\":\"mine\",\"rev\":9}");
  test_websocket_send (self->client, "{\"signal\":\"removed\",\"name\":\"counter\"}");
  test_websocket_expect_silence (self->client);

  g_assert_cmpint (server_signal_get_int (self->counter, "/value"), ==, 3);
  g_assert_cmpuint (server_signal_get_revision (self->counter), ==, revision);
}

/* A replica as a client would keep it: this hub is an edge. */
static ServerSignal *
new_replica (const char *name)
{
  return ss_signal_new_replica (name, NULL);
}

static void
replica_reset (ServerSignal *replica,
               gint64        number,
               const char   *epoch,
               guint64       revision)
{
  g_autoptr (SsValue) value = ss_value_new_int (number);

  ss_signal_replica_reset (replica, value, epoch, revision);
}

static void
test_edge_first_data (Fixture       *self,
                      gconstpointer  data)
{
  g_autoptr (ServerSignal) replica = new_replica ("remote");

  server_signal_hub_add (self->hub, replica, NULL);
  test_websocket_send (self->client, "{\"subscribe\":\"remote\"}");
  test_websocket_expect_prefix (self->client,
                                "{\"error\":{\"code\":\"unknown-signal\",\"name\":\"remote\",");

  replica_reset (replica, 7, "origin", 41);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"remote\"}");
  test_websocket_send (self->client, "{\"subscribe\":\"remote\"}");
  test_websocket_expect (self->client,
                         REPLACE ("remote", "", "7") ","
                                                     "\"epoch\":\"origin\",\"rev\":41}");

  /* Another life of the origin goes through at once. */
  replica_reset (replica, 8, "origin 2", 3);
  test_websocket_expect (self->client,
                         REPLACE ("remote", "", "8") ","
                                                     "\"epoch\":\"origin 2\",\"rev\":3}");
}

/* hello names the hubs that the data came through, each once, this one last. */
static void
test_edge_via (Fixture       *self,
               gconstpointer  data)
{
  g_autoptr (ServerSignal) one = new_replica ("one");
  g_autoptr (ServerSignal) two = new_replica ("two");
  const char *const via_one[] = { "origin", "edge", NULL };
  const char *const via_two[] = { "origin", "other", NULL };
  const char *const circle[] = { "origin", server_signal_hub_get_id (self->hub), NULL };
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autofree char *hello = NULL;
  g_autoptr (TestWebsocket) client = NULL;
  g_autoptr (GError) error = NULL;

  ss_via_set (one, via_one);
  ss_via_set (two, via_two);
  g_assert_false (ss_via_is_circle (one, circle));
  server_signal_hub_add (self->hub, one, NULL);
  server_signal_hub_add (self->hub, two, NULL);
  g_assert_true (ss_via_is_circle (one, circle));
  g_assert_false (ss_via_is_circle (one, via_one));
  g_assert_false (ss_via_is_circle (one, NULL));

  client = test_websocket_open (uri, V1);
  hello =
    g_strdup_printf ("{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[\"counter\"],"
                     "\"via\":[\"origin\",\"edge\",\"other\",\"%s\"]}}",
                     server_signal_hub_get_id (self->hub));
  test_websocket_expect (client, hello);

  server_signal_hub_remove (self->hub, one);
  g_assert_false (ss_via_is_circle (one, circle));

  /* A signal that came from here. */
  ss_via_set (one, circle);
  g_assert_false (server_signal_hub_add (self->hub, one, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  g_assert_nonnull (strstr (error->message, "“one”"));
  g_assert_null (server_signal_hub_lookup (self->hub, "one"));
}

/* A question of a client that has not seen yet that it was sent another life: no confirmation of
 * the life that it names, which it would take for one of that. */
static void
test_edge_lives_cross (Fixture       *self,
                       gconstpointer  data)
{
  g_autoptr (ServerSignal) replica = new_replica ("remote");

  replica_reset (replica, 7, "one", 41);
  server_signal_hub_add (self->hub, replica, NULL);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"remote\"}");
  test_websocket_send (self->client, "{\"subscribe\":\"remote\"}");
  test_websocket_expect (self->client,
                         REPLACE ("remote", "", "7") ",\"epoch\":\"one\",\"rev\":41}");
  subscribe_from (self->client, "remote", "one", 41);
  test_websocket_expect (self->client, "{\"name\":\"remote\",\"patch\":[],\"base\":41,\"rev\":41}");

  replica_reset (replica, 8, "two", 41);
  test_websocket_expect (self->client,
                         REPLACE ("remote", "", "8") ",\"epoch\":\"two\",\"rev\":41}");
  server_signal_hub_set_flush_interval (self->hub, 3600 * 1000);
  replica_reset (replica, 7, "one", 41);
  subscribe_from (self->client, "remote", "one", 41);
  test_websocket_expect (self->client,
                         REPLACE ("remote", "", "7") ",\"epoch\":\"one\",\"rev\":41}");
}

static void
test_edge_removed_before_data (Fixture       *self,
                               gconstpointer  data)
{
  g_autoptr (ServerSignal) replica = new_replica ("remote");

  server_signal_hub_add (self->hub, replica, NULL);
  server_signal_hub_remove (self->hub, replica);
  replica_reset (replica, 7, "origin", 41);
  test_websocket_expect_silence (self->client);
}

static gboolean
set_true_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_REMOVE;
}

static void
test_behind_catches_up (Fixture       *self,
                        gconstpointer  data)
{
  gboolean late = FALSE;
  g_autoptr (ServerSignal) replica = new_replica ("remote");
  g_autoptr (ServerSignalPatch) patch = NULL;

  server_signal_hub_add (self->hub, replica, NULL);
  replica_reset (replica, 7, "origin", 41);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"remote\"}");

  /* The client has seen 43 elsewhere, and gets nothing that is older. */
  subscribe_from (self->client, "remote", "origin", 43);
  test_websocket_expect_silence (self->client);

  patch =
    server_signal_patch_new_from_json ("[{\"op\":\"replace\",\"path\":\"\",\"value\":8}]", NULL);
  g_assert_true (ss_signal_replica_apply (replica, patch, 42, NULL));
  test_websocket_expect_silence (self->client);
  g_assert_true (ss_signal_replica_apply (replica, patch, 43, NULL));
  test_websocket_expect (self->client, "{\"name\":\"remote\",\"patch\":[],\"base\":43,\"rev\":43}");
  g_assert_true (ss_signal_replica_apply (replica, patch, 44, NULL));
  test_websocket_expect_prefix (self->client, "{\"name\":\"remote\",\"patch\":[");

  /* And that is that: nothing happens when the time would have been up. */
  g_timeout_add (SS_BEHIND_WAIT_MS + 100, set_true_cb, &late);
  WAIT_UNTIL (late);
  test_websocket_expect_silence (self->client);
  g_assert_true (ss_signal_replica_apply (replica, patch, 45, NULL));
  test_websocket_expect_prefix (self->client, "{\"name\":\"remote\",\"patch\":[");
}

static void
test_behind_answered (Fixture       *self,
                      gconstpointer  data)
{
  gint64 begin = g_get_monotonic_time ();

  subscribe_from (self->client, "counter", server_signal_get_epoch (self->counter), 5);
  test_websocket_expect_prefix (self->client,
                                "{\"error\":{\"code\":\"behind\",\"name\":\"counter\",");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, SS_BEHIND_WAIT_MS * 1000 / 2);

  /* It is over then, and the client asks again. */
  set_int (self->counter, "/value", 4);
  set_int (self->counter, "/value", 5);
  test_websocket_expect_silence (self->client);
  subscribe_from (self->client, "counter", server_signal_get_epoch (self->counter), 5);
  test_websocket_expect (self->client, "{\"name\":\"counter\",\"patch\":[],\"base\":5,\"rev\":5}");
}

static void
test_behind_removed (Fixture       *self,
                     gconstpointer  data)
{
  subscribe_from (self->client, "counter", server_signal_get_epoch (self->counter), 5);
  test_websocket_expect_silence (self->client);
  server_signal_hub_remove (self->hub, self->counter);
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"counter\"}");
  set_int (self->counter, "/value", 4);
  set_int (self->counter, "/value", 5);
  test_websocket_expect_silence (self->client);
}

static void
test_plain (Fixture       *self,
            gconstpointer  data)
{
  g_autoptr (ServerSignal) other = new_signal ("other", "1.0");

  g_assert_null (soup_websocket_connection_get_protocol (self->client->connection));
  set_int (self->counter, "/value", 4);
  test_websocket_expect (self->client, REPLACE ("counter", "/value", "4") "}");

  server_signal_hub_add (self->hub, other, NULL);
  test_websocket_expect (self->client, REPLACE ("other", "", "1.0") "}");
  server_signal_hub_remove (self->hub, other);
  set_int (other, NULL, 2);
  set_int (self->counter, "/value", 5);
  test_websocket_expect (self->client, REPLACE ("counter", "/value", "5") "}");
}

static void
test_plain_ignores (Fixture       *self,
                    gconstpointer  data)
{
  /* Messages of a plain client are ignored: no answer, and no end either. */
  for (gsize i = 0; i < G_N_ELEMENTS (bad_messages); i++)
    test_websocket_send (self->client, bad_messages[i]);
  soup_websocket_connection_send_binary (self->client->connection, "x", 1);
  test_websocket_send (self->client, "{\"subscribe\":\"nothing\"}");
  test_websocket_send (
    self->client, "{\"name\":\"counter\",\"patch\":[{\"op\":\"remove\",\"path\":\"/value\"}]}");

  /* A ping is answered behind all of it. */
  soup_websocket_connection_send_text (self->client->connection, "last");
  set_int (self->counter, "/value", 4);
  test_websocket_expect (self->client, REPLACE ("counter", "/value", "4") "}");
  g_assert_true (server_signal_has (self->counter, "/value"));
}

/* Bytes on a socket: what libsoup's client would not send. */
static GSocketConnection *
raw_open (ServerSignalHub *hub,
          const char      *more,
          gsize            more_length)
{
  g_autofree char *uri = server_signal_hub_dup_uri (hub);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection =
    g_socket_client_connect_to_host (client, g_uri_get_host (parsed),
                                     (guint16) g_uri_get_port (parsed), NULL, &error);
  g_autoptr (GString) packet = NULL;
  const char *request =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: server-signal.v1\r\n\r\n";

  g_assert_no_error (error);
  packet = g_string_new (request);
  g_string_append_len (packet, more, (gssize) more_length);
  g_assert_true (
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                               packet->str, packet->len, NULL, NULL, NULL));

  return connection;
}

static gboolean
raw_readable_cb (GSocket      *socket,
                 GIOCondition  condition,
                 gpointer      user_data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
raw_take (GSocketConnection *connection,
          GString           *seen,
          const char        *text,
          gsize              length)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  char buffer[4096];
  gssize n;

  if (memmem (seen->str, seen->len, text, length) != NULL)
    return TRUE;

  n = g_socket_receive_with_blocking (socket, buffer, sizeof buffer, FALSE, NULL, NULL);
  g_assert_cmpint (n, !=, 0);
  if (n > 0)
    g_string_append_len (seen, buffer, n);

  return memmem (seen->str, seen->len, text, length) != NULL;
}

/* Reads until what has come contains the text. */
static void
raw_expect (GSocketConnection *connection,
            GString           *seen,
            const char        *text,
            gsize              length)
{
  g_autoptr (GSource) source =
    g_socket_create_source (g_socket_connection_get_socket (connection), G_IO_IN, NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (raw_readable_cb), NULL, NULL);
  g_source_attach (source, NULL);
  WAIT_UNTIL (raw_take (connection, seen, text, length));
  g_source_destroy (source);
}

static void
test_truncated_utf8 (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (GSocketConnection) connection = raw_open (self->hub, "", 0);
  g_autoptr (GString) seen = g_string_new (NULL);
  /* "{é" without the last byte, masked with zeros, and a good message behind it. */
  const char bad[] = "\x81\x82\0\0\0\0{\xc3"
                     "\x81\x97\0\0\0\0{\"subscribe\":\"counter\"}";

  raw_expect (connection, seen, "\"hello\"", 7);
  g_assert_true (
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), bad,
                               sizeof bad - 1, NULL, NULL, NULL));
  /* A close frame with 1007, and not a word about the counter. */
  raw_expect (connection, seen, "\x88\x02\x03\xef", 4);
  g_assert_null (memmem (seen->str, seen->len, "\"patch\"", 7));
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
}

static void
test_early_message (Fixture       *self,
                    gconstpointer  data)
{
  /* In the very packet of the handshake. */
  const char early[] = "\x81\x97\0\0\0\0{\"subscribe\":\"counter\"}";
  g_autoptr (GSocketConnection) connection = raw_open (self->hub, early, sizeof early - 1);
  g_autoptr (GString) seen = g_string_new (NULL);

  raw_expect (connection, seen, "\"patch\"", 7);
  g_assert_true (memmem (seen->str, seen->len, "\"hello\"", 7) != NULL);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define CASE_V1(path, function, data) \
  g_test_add ("/protocol/v1/" path, Fixture, data, set_up_v1, function, tear_down)
#define CASE_PLAIN(path, function, data) \
  g_test_add ("/protocol/plain/" path, Fixture, data, set_up_plain, function, tear_down)

  CASE_V1 ("hello", test_hello, NULL);
  CASE_V1 ("subscribe", test_subscribe, NULL);
  CASE_V1 ("subscribe/resumed", test_subscribe_resumed, NULL);
  CASE_V1 ("subscribe/confirmed", test_subscribe_confirmed, NULL);
  CASE_V1 ("subscribe/first-revision", test_subscribe_first_revision, NULL);
  CASE_V1 ("subscribe/other-life", test_subscribe_other_life, NULL);
  CASE_V1 ("subscribe/past-history", test_subscribe_past_history, NULL);
  CASE_V1 ("subscribe/twice", test_subscribe_twice, NULL);
  CASE_V1 ("subscribe/frozen", test_subscribe_frozen, NULL);
  CASE_V1 ("unsubscribe", test_unsubscribe, NULL);
  CASE_V1 ("unknown-signal", test_unknown_signal, NULL);
  CASE_V1 ("too-large", test_too_large, NULL);
  CASE_V1 ("too-large/later", test_too_large_later, NULL);
  g_test_add_func ("/protocol/v1/too-many", test_too_many);
  CASE_V1 ("added-removed", test_added_removed, NULL);
  CASE_V1 ("bad-message", test_bad_message, NULL);
  CASE_V1 ("bad-message/binary", test_bad_message_binary, NULL);
  CASE_V1 ("bad-message/deep", test_bad_message_deep, NULL);
  CASE_V1 ("bad-message/truncated-utf8", test_truncated_utf8, NULL);
  CASE_V1 ("too-big-message", test_too_big_message, NULL);
  CASE_V1 ("ignored", test_ignored, NULL);
  CASE_V1 ("rate", test_rate, GINT_TO_POINTER (TRUE));
  CASE_V1 ("questions", test_questions, NULL);
  CASE_V1 ("many-names", test_many_names, NULL);
  CASE_V1 ("read-only", test_read_only, NULL);
  CASE_V1 ("early-message", test_early_message, NULL);
  CASE_V1 ("edge/first-data", test_edge_first_data, NULL);
  CASE_V1 ("edge/via", test_edge_via, NULL);
  CASE_V1 ("edge/lives-cross", test_edge_lives_cross, NULL);
  CASE_V1 ("edge/removed-before-data", test_edge_removed_before_data, NULL);
  CASE_V1 ("behind/catches-up", test_behind_catches_up, NULL);
  CASE_V1 ("behind/answered", test_behind_answered, NULL);
  CASE_V1 ("behind/removed", test_behind_removed, NULL);
  CASE_PLAIN ("updates", test_plain, NULL);
  CASE_PLAIN ("ignores", test_plain_ignores, NULL);
  CASE_PLAIN ("rate", test_rate, GINT_TO_POINTER (FALSE));

  return g_test_run ();
}
