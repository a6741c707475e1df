/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The time at which commits leave, and the counters. */

#include "config.h"

#include "server/server-signal-call.h"
#include "server/server-signal-peer-private.h"
#include "test-hub.h"

typedef struct
{
  ServerSignalHub *hub;
  ServerSignal    *a;
  ServerSignal    *b;
  char            *uri;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  interval)
{
  g_autoptr (GError) error = NULL;

  self->hub =
    g_object_new (SERVER_TYPE_SIGNAL_HUB, "flush-interval", GPOINTER_TO_UINT (interval), NULL);
  self->a = new_signal ("a", "{\"n\":0,\"m\":0}");
  self->b = new_signal ("b", "{\"n\":0}");
  server_signal_hub_add (self->hub, self->a, &error);
  g_assert_no_error (error);
  server_signal_hub_add (self->hub, self->b, &error);
  g_assert_no_error (error);
  server_signal_hub_listen (self->hub, NULL, 0, &error);
  g_assert_no_error (error);
  self->uri = server_signal_hub_dup_uri (self->hub);
}

static void
tear_down (Fixture       *self,
           gconstpointer  interval)
{
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_assert_finalize_object (g_steal_pointer (&self->a));
  g_assert_finalize_object (g_steal_pointer (&self->b));
  g_free (self->uri);
}

static TestWebsocket *
follow (Fixture    *self,
        const char *name)
{
  TestWebsocket *client = test_websocket_open (self->uri, V1);
  g_autofree char *subscribe = g_strdup_printf ("{\"subscribe\":\"%s\"}", name);

  test_websocket_expect_prefix (client, "{\"hello\"");
  test_websocket_send (client, subscribe);
  test_websocket_expect_prefix (client, "{\"name\":");

  return client;
}

/* Each commit is an update of its own; those of one turn leave in one write. */
static void
test_turn (Fixture       *self,
           gconstpointer  interval)
{
  g_autoptr (TestWebsocket) client = follow (self, "a");
  g_autoptr (ServerSignalPeer) peer =
    g_list_model_get_item (server_signal_hub_get_peers (self->hub), 0);
  guint64 n_writes;

  test_settle ();
  n_writes = ss_link_get_n_writes (ss_peer_get_link (peer));
  set_int (self->a, "/n", 1);
  set_int (self->a, "/n", 2);
  set_int (self->a, "/m", 3);
  g_assert_cmpuint (ss_link_get_n_writes (ss_peer_get_link (peer)), ==, n_writes);
  test_websocket_expect (client, REPLACE ("a", "/n", "1") ",\"base\":0,\"rev\":1}");
  test_websocket_expect (client, REPLACE ("a", "/n", "2") ",\"base\":1,\"rev\":2}");
  test_websocket_expect (client, REPLACE ("a", "/m", "3") ",\"base\":2,\"rev\":3}");
  g_assert_cmpuint (ss_link_get_n_writes (ss_peer_get_link (peer)), ==, n_writes + 1);
  g_assert_cmpuint (server_signal_hub_get_merged (self->hub), ==, 0);
}

/* The commits of an interval are one update of each signal, with the last value of each place. */
static void
test_interval (Fixture       *self,
               gconstpointer  interval)
{
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);
  g_autoptr (TestWebsocket) v1 = follow (self, "a");
  gint64 begin;

  test_websocket_expect_prefix (plain, "{\"name\":\"a\"");
  test_websocket_expect_prefix (plain, "{\"name\":\"b\"");

  begin = g_get_monotonic_time ();
  for (guint i = 1; i <= 50; i++)
    {
      set_int (self->a, "/n", i);
      set_int (self->b, "/n", i);
      if (i % 10 == 0)
        set_int (self->a, "/m", i);
    }
  test_websocket_expect (
    plain, "{\"name\":\"a\",\"patch\":[{\"op\":\"replace\",\"path\":\"/n\",\"value\":50},"
           "{\"op\":\"replace\",\"path\":\"/m\",\"value\":50}]}");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, GPOINTER_TO_UINT (interval) * 1000);
  test_websocket_expect (plain, REPLACE ("b", "/n", "50") "}");
  test_websocket_expect (
    v1, "{\"name\":\"a\",\"patch\":[{\"op\":\"replace\",\"path\":\"/n\",\"value\":50},"
        "{\"op\":\"replace\",\"path\":\"/m\",\"value\":50}],\"base\":0,\"rev\":55}");
  g_assert_cmpuint (server_signal_hub_get_commits (self->hub), ==, 105);
  g_assert_cmpuint (server_signal_hub_get_merged (self->hub), ==, 2 * 54 + 49);

  /* A single one waits as well, and comes as it is. */
  begin = g_get_monotonic_time ();
  set_int (self->b, "/n", 51);
  test_websocket_expect (plain, REPLACE ("b", "/n", "51") "}");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, GPOINTER_TO_UINT (interval) * 1000);
  g_assert_cmpuint (server_signal_hub_get_merged (self->hub), ==, 2 * 54 + 49);
}

/* Gathered updates leave early where they would be lost. */
static void
test_early (Fixture       *self,
            gconstpointer  interval)
{
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);
  g_autoptr (TestWebsocket) v1 = follow (self, "a");
  g_autoptr (TestWebsocket) late = NULL;
  g_autoptr (ServerSignalPeer) peer = NULL;

  test_websocket_expect_prefix (plain, "{\"name\":\"a\"");
  test_websocket_expect_prefix (plain, "{\"name\":\"b\"");

  set_int (self->a, "/n", 1);
  /* A client that comes meanwhile is answered at once, with the committed state. */
  late = follow (self, "a");
  g_assert_true (g_queue_is_empty (&v1->frames));

  server_signal_hub_remove (self->hub, self->a);
  test_websocket_expect (plain, REPLACE ("a", "/n", "1") "}");
  test_websocket_expect (v1, REPLACE ("a", "/n", "1") ",\"base\":0,\"rev\":1}");
  test_websocket_expect (v1, "{\"signal\":\"removed\",\"name\":\"a\"}");
  test_websocket_expect (late, "{\"signal\":\"removed\",\"name\":\"a\"}");
  server_signal_hub_add (self->hub, self->a, NULL);
  test_websocket_expect (
    plain,
    "{\"name\":\"a\",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"n\":1,\"m\":0}}]}");

  set_int (self->b, "/n", 2);
  peer = g_list_model_get_item (server_signal_hub_get_peers (self->hub), 0);
  server_signal_peer_close (peer, 4000, NULL);
  test_websocket_expect (plain, REPLACE ("b", "/n", "2") "}");
  test_websocket_expect_close (plain, 4000);
  g_clear_pointer (&plain, test_websocket_free);

  plain = test_websocket_open (self->uri, NULL);
  test_websocket_expect_prefix (plain, "{\"name\":\"b\"");
  test_websocket_expect_prefix (plain, "{\"name\":\"a\"");
  set_int (self->b, "/n", 3);
  server_signal_hub_close (self->hub);
  test_websocket_expect (plain, REPLACE ("b", "/n", "3") "}");
  test_websocket_expect_close (plain, 1001);
  test_websocket_expect_close (v1, 1001);
  test_websocket_expect_close (late, 1001);
}

/* A change while it runs, and signals that only one peer has. */
static void
test_change (Fixture       *self,
             gconstpointer  interval)
{
  g_autoptr (TestWebsocket) client = follow (self, "a");
  g_autoptr (ServerSignalPeer) peer =
    g_list_model_get_item (server_signal_hub_get_peers (self->hub), 0);
  g_autoptr (ServerSignal) own = new_signal ("own", "{\"n\":0}");

  server_signal_peer_add (peer, own, NULL);
  test_websocket_expect (client, "{\"signal\":\"added\",\"name\":\"own\"}");
  test_websocket_send (client, "{\"subscribe\":\"own\"}");
  test_websocket_expect_prefix (client, "{\"name\":\"own\"");

  set_int (self->a, "/n", 1);
  set_int (self->a, "/n", 2);
  set_int (own, "/n", 1);
  set_int (own, "/n", 2);
  test_websocket_expect_silence (client);
  server_signal_hub_set_flush_interval (self->hub, 0);
  test_websocket_expect (client, REPLACE ("a", "/n", "2") ",\"base\":0,\"rev\":2}");
  test_websocket_expect (client, REPLACE ("own", "/n", "2") ",\"base\":0,\"rev\":2}");
  set_int (self->a, "/n", 3);
  test_websocket_expect (client, REPLACE ("a", "/n", "3") ",\"base\":2,\"rev\":3}");

  server_signal_hub_set_flush_interval (self->hub, G_MAXUINT);
  set_int (own, "/n", 3);
  set_int (self->a, "/n", 4);
  test_websocket_expect_silence (client);
  server_signal_hub_set_flush_interval (self->hub, 1);
  test_websocket_expect (client, REPLACE ("own", "/n", "3") ",\"base\":2,\"rev\":3}");
  test_websocket_expect (client, REPLACE ("a", "/n", "4") ",\"base\":3,\"rev\":4}");
}

static gboolean
answer_cb (ServerSignalHub  *hub,
           ServerSignalCall *call,
           gpointer          user_data)
{
  Fixture *self = user_data;
  g_autoptr (JsonNode) one = json_node_init_int (json_node_alloc (), 1);

  set_int (self->b, "/n", 9);
  server_signal_call_return (call, one);

  return TRUE;
}

/* Asks for what is not there: what comes before the answer was sent before it. */
static void
expect_nothing (TestWebsocket *client)
{
  test_websocket_send (client, "{\"subscribe\":\"nothing\"}");
  test_websocket_expect_prefix (client, "{\"error\":{\"code\":\"unknown-signal\"");
}

/* A client has asked for an interval: it gets the first update at once and those of the interval
 * together. Others get each. */
static void
test_asked (Fixture       *self,
            gconstpointer  interval)
{
  g_autoptr (TestWebsocket) client = follow (self, "a");
  g_autoptr (TestWebsocket) other = follow (self, "a");
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);

  test_websocket_expect_prefix (plain, "{\"name\":\"a\"");
  test_websocket_expect_prefix (plain, "{\"name\":\"b\"");
  g_signal_connect (self->hub, "call", G_CALLBACK (answer_cb), self);

  /* More than there may be, which counts as the most. */
  test_websocket_send (client, "{\"interval\":9007199254740991}");
  expect_nothing (client);
  for (guint i = 1; i <= 4; i++)
    set_int (self->a, "/n", i);
  test_websocket_expect (client, REPLACE ("a", "/n", "1") ",\"base\":0,\"rev\":1}");
  for (guint i = 1; i <= 4; i++)
    {
      g_autofree char *update = g_strdup_printf (
        "{\"name\":\"a\",\"patch\":[{\"op\":\"replace\",\"path\":\"/n\",\"value\":%u}]", i);

      test_websocket_expect_prefix (other, update);
      test_websocket_expect_prefix (plain, update);
    }

  /* Another signal is answered at once, and then waits with the others. */
  test_websocket_send (client, "{\"subscribe\":\"b\"}");
  test_websocket_expect_prefix (client,
                                "{\"name\":\"b\",\"patch\":[{\"op\":\"replace\",\"path\":\"\"");
  set_int (self->b, "/n", 1);
  expect_nothing (client);
  g_assert_cmpuint (server_signal_hub_get_merged (self->hub), ==, 0);

  /* The answer to a call brings what came before it. */
  test_websocket_send (client, "{\"call\":\"anything\",\"id\":1}");
  test_websocket_expect (client, REPLACE ("a", "/n", "4") ",\"base\":1,\"rev\":4}");
  test_websocket_expect (client, REPLACE ("b", "/n", "9") ",\"base\":0,\"rev\":2}");
  test_websocket_expect (client, "{\"reply\":1,\"value\":1}");
  g_assert_cmpuint (server_signal_hub_get_merged (self->hub), ==, 3);

  /* A signal that is removed is not sent any more. */
  set_int (self->a, "/n", 5);
  set_int (self->b, "/n", 10);
  server_signal_hub_remove (self->hub, self->a);
  test_websocket_expect (client, "{\"signal\":\"removed\",\"name\":\"a\"}");
  expect_nothing (client);
  test_websocket_send (client, "{\"interval\":0}");
  test_websocket_expect (client, REPLACE ("b", "/n", "10") ",\"base\":2,\"rev\":3}");
  for (guint i = 11; i <= 12; i++)
    set_int (self->b, "/n", i);
  test_websocket_expect (client, REPLACE ("b", "/n", "11") ",\"base\":3,\"rev\":4}");
  test_websocket_expect (client, REPLACE ("b", "/n", "12") ",\"base\":4,\"rev\":5}");

  /* The newest comes before the end. */
  test_websocket_send (client, "{\"interval\":60000}");
  expect_nothing (client);
  set_int (self->b, "/n", 13);
  set_int (self->b, "/n", 14);
  server_signal_hub_close (self->hub);
  test_websocket_expect (client, REPLACE ("b", "/n", "13") ",\"base\":5,\"rev\":6}");
  test_websocket_expect (client, REPLACE ("b", "/n", "14") ",\"base\":6,\"rev\":7}");
  test_websocket_expect_close (client, 1001);
  g_signal_handlers_disconnect_by_data (self->hub, self);
}

/* The interval passes. */
static void
test_asked_time (Fixture       *self,
                 gconstpointer  interval)
{
  g_autoptr (TestWebsocket) client = follow (self, "a");
  guint64 n = 0;
  gint64 begin;

  test_websocket_send (client, "{\"interval\":120}");
  expect_nothing (client);
  begin = g_get_monotonic_time ();
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *first = g_strdup_printf ("\"base\":%" G_GUINT64_FORMAT ",", n);
      g_autofree char *frame = NULL;

      set_int (self->a, "/n", ++n);
      set_int (self->a, "/n", ++n);
      WAIT_UNTIL (!g_queue_is_empty (&client->frames));
      frame = g_queue_pop_head (&client->frames);
      g_assert_nonnull (strstr (frame, i == 0 ? first : "\"base\":"));
    }
  /* One at once, and each of the others after its interval. */
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 3 * 120 * 1000);
}

static void
test_figures (Fixture       *self,
              gconstpointer  interval)
{
  static const char *const names[] = { "commits", "frames",  "bytes",
                                       "merged",  "backlog", "dropped-peers" };
  g_autoptr (TestWebsocket) client = NULL;
  g_autoptr (TestWebsocket) plain = NULL;
  g_autoptr (ServerSignalPeer) peer = NULL;
  guint64 bytes, expected;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint64 value = 1;

      g_object_get (self->hub, names[i], &value, NULL);
      g_assert_cmpuint (value, ==, 0);
    }

  /* The hello, and a document. */
  client = follow (self, "a");
  g_assert_cmpuint (server_signal_hub_get_frames (self->hub), ==, 2);
  plain = test_websocket_open (self->uri, NULL);
  test_websocket_expect_prefix (plain, "{\"name\":\"a\"");
  test_websocket_expect_prefix (plain, "{\"name\":\"b\"");
  g_assert_cmpuint (server_signal_hub_get_frames (self->hub), ==, 4);
  g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), ==, 0);

  bytes = server_signal_hub_get_bytes (self->hub);
  set_int (self->a, "/n", 1);
  expected = 2 + strlen (REPLACE ("a", "/n", "1") ",\"base\":0,\"rev\":1}") + 2 +
             strlen (REPLACE ("a", "/n", "1") "}");
  g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), ==, expected);
  peer = g_list_model_get_item (server_signal_hub_get_peers (self->hub), 1);
  g_assert_cmpuint (server_signal_peer_get_backlog (peer), ==,
                    2 + strlen (REPLACE ("a", "/n", "1") "}"));
  test_settle ();
  g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), ==, 0);
  g_assert_cmpuint (server_signal_hub_get_bytes (self->hub) - bytes, ==, expected);
  g_assert_cmpuint (server_signal_hub_get_frames (self->hub), ==, 6);
  g_assert_cmpuint (server_signal_hub_get_commits (self->hub), ==, 1);

  /* Updates of a peer that goes wait no more. */
  set_int (self->a, "/n", 2);
  g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), >, 0);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ServerSignalPeer) one =
        g_list_model_get_item (server_signal_hub_get_peers (self->hub), i);

      ss_peer_cut (one);
    }
  g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), ==, 0);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (self->hub), ==, 0);
  g_clear_pointer (&client, test_websocket_free);
  g_clear_pointer (&plain, test_websocket_free);

  /* Three bad messages. */
  client = test_websocket_open (self->uri, V1);
  for (guint i = 0; i < 3; i++)
    test_websocket_send (client, "?");
  test_websocket_expect_close (client, 1008);
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (self->hub), ==, 1);
}

static void
test_properties (void)
{
  static const struct
  {
    const char *name;
    guint64 initial;
    guint64 lowest;
  } limits[] = {
    { "max-handshakes", 4096, 1 },      { "max-backlog", 1024 * 1024, 0 },
    { "stall-timeout", 30000, 0 },      { "flush-interval", 0, 0 },
    { "keepalive-interval", 20000, 0 }, { "keepalive-timeout", 15000, 1 },
  };
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      guint64 value = 0;
      guint n_notified = 0;
      g_autofree char *detailed = g_strdup_printf ("notify::%s", limits[i].name);
      gulong handler =
        g_signal_connect_swapped (hub, detailed, G_CALLBACK (g_atomic_int_inc), &n_notified);

      g_object_get (hub, limits[i].name, &value, NULL);
      g_assert_cmpuint (value, ==, limits[i].initial);
      for (guint j = 0; j < 2; j++)
        {
          if (g_str_equal (limits[i].name, "max-backlog"))
            g_object_set (hub, limits[i].name, (guint64) 77, NULL);
          else
            g_object_set (hub, limits[i].name, 77, NULL);
          g_object_get (hub, limits[i].name, &value, NULL);
          g_assert_cmpuint (value, ==, 77);
        }
      g_assert_cmpuint (n_notified, ==, 1);
      g_signal_handler_disconnect (hub, handler);
    }

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

int
main (int   argc,
      char *argv[])
{
#define CASE(path, function, interval) \
  g_test_add ("/hub-flush/" path, Fixture, GUINT_TO_POINTER (interval), set_up, function, tear_down)

  g_test_init (&argc, &argv, NULL);

  CASE ("turn", test_turn, 0);
  CASE ("interval", test_interval, 300);
  CASE ("early", test_early, 100 * 1000);
  CASE ("change", test_change, 100 * 1000);
  CASE ("asked", test_asked, 0);
  CASE ("asked/time", test_asked_time, 0);
  CASE ("figures", test_figures, 0);
  g_test_add_func ("/hub-flush/properties", test_properties);

  return g_test_run ();
}
