/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Signals that are made because somebody asks for them, and their followers. */

#include "config.h"

#include "server-signal-client.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"
#include "model/clock.h"
#include "test-hub.h"

typedef struct _Fixture Fixture;

struct _Fixture
{
  ServerSignalHub *hub;
  char            *uri;
  GString         *asked;    /* names that the handler was asked for */
  GString         *news;     /* + or - and the name */
  ServerSignal *(*make) (Fixture *self, ServerSignalPeer *peer, const char *name);
  ServerSignal    *replica;  /* of which a test says when it has data */
};

static ServerSignal *
resolve_cb (ServerSignalHub  *hub,
            ServerSignalPeer *peer,
            const char       *name,
            gpointer          user_data)
{
  Fixture *self = user_data;

  /* test_websocket_expect_silence() asks for it, to have an answer. */
  if (strcmp (name, "nobody has this") == 0)
    return NULL;

  g_string_append_printf (self->asked, "%s ", name);

  return self->make != NULL ? self->make (self, peer, name) : NULL;
}

static void
followed_cb (ServerSignalHub  *hub,
             ServerSignal     *signal,
             ServerSignalPeer *peer,
             gpointer          user_data)
{
  Fixture *self = user_data;

  g_assert_true (SERVER_IS_SIGNAL_PEER (peer));
  g_string_append_printf (self->news, "+%s ", server_signal_get_name (signal));
}

static void
unfollowed_cb (ServerSignalHub  *hub,
               ServerSignal     *signal,
               ServerSignalPeer *peer,
               gpointer          user_data)
{
  Fixture *self = user_data;

  g_string_append_printf (self->news, "-%s ", server_signal_get_name (signal));
}

static void
removed_cb (ServerSignalHub  *hub,
            ServerSignalPeer *peer,
            gpointer          user_data)
{
  Fixture *self = user_data;

  g_string_append (self->news, "gone ");
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  self->hub = server_signal_hub_new ();
  self->asked = g_string_new (NULL);
  self->news = g_string_new (NULL);
  g_signal_connect (self->hub, "resolve", G_CALLBACK (resolve_cb), self);
  g_signal_connect (self->hub, "followed", G_CALLBACK (followed_cb), self);
  g_signal_connect (self->hub, "unfollowed", G_CALLBACK (unfollowed_cb), self);
  g_signal_connect (self->hub, "peer-removed", G_CALLBACK (removed_cb), self);
  server_signal_hub_listen (self->hub, NULL, 0, &error);
  g_assert_no_error (error);
  self->uri = server_signal_hub_dup_uri (self->hub);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  if (self->hub != NULL)
    {
      server_signal_hub_close (self->hub);
      WAIT_UNTIL (n_peers (self->hub) == 0);
      g_assert_finalize_object (g_steal_pointer (&self->hub));
    }
  if (self->replica != NULL)
    g_assert_finalize_object (g_steal_pointer (&self->replica));
  test_settle ();
  g_free (self->uri);
  g_string_free (self->asked, TRUE);
  g_string_free (self->news, TRUE);
}

#define HELLO(names) "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[" names "],"

static TestWebsocket *
open_v1 (Fixture *self)
{
  TestWebsocket *peer = test_websocket_open (self->uri, V1);

  test_websocket_expect_prefix (peer, HELLO (""));

  return peer;
}

static void
expect_unknown (TestWebsocket *peer,
                const char    *name)
{
  g_autofree char *start =
    g_strdup_printf ("{\"error\":{\"code\":\"unknown-signal\",\"name\":\"%s\",", name);

  test_websocket_expect_prefix (peer, start);
}

static ServerSignal *
make_room (Fixture          *self,
           ServerSignalPeer *peer,
           const char       *name)
{
  return g_str_has_prefix (name, "rooms/") ? new_signal (name, "{\"value\":0}") : NULL;
}

#define ROOM "rooms/42?since=7"

/* One signal for all who ask, as long as somebody follows it, and nobody else hears of it. */
static void
test_shared (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (TestWebsocket) first = open_v1 (self);
  g_autoptr (TestWebsocket) second = open_v1 (self);
  g_autoptr (TestWebsocket) other = open_v1 (self);
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);
  g_autoptr (TestWebsocket) late = NULL;
  ServerSignal *room;

  self->make = make_room;
  server_signal_hub_set_linger (self->hub, 0);
  test_websocket_send (first, "{\"subscribe\":\"" ROOM "\"}");
  test_websocket_expect_prefix (first, REPLACE (ROOM, "", "{\"value\":0}"));
  test_websocket_send (second, "{\"subscribe\":\"" ROOM "\"}");
  test_websocket_expect_prefix (second, REPLACE (ROOM, "", "{\"value\":0}"));
  g_assert_cmpstr (self->asked->str, ==, ROOM " ");

  room = server_signal_hub_lookup (self->hub, ROOM);
  g_assert_nonnull (room);
  g_assert_cmpuint (server_signal_hub_get_n_followers (self->hub, room), ==, 2);
  WAIT_UNTIL (strcmp (self->news->str, "+" ROOM " +" ROOM " ") == 0);
  set_int (room, "/value", 1);
  test_websocket_expect_prefix (first, REPLACE (ROOM, "/value", "1"));
  test_websocket_expect_prefix (second, REPLACE (ROOM, "/value", "1"));

  late = open_v1 (self);
  test_websocket_expect_silence (late);
  test_websocket_expect_silence (other);
  test_websocket_send (other, "{\"subscribe\":\"halls/1\"}");
  expect_unknown (other, "halls/1");

  /* A client that asks again follows on. */
  test_websocket_send (first, "{\"subscribe\":\"" ROOM "\"}");
  test_websocket_expect_prefix (first, REPLACE (ROOM, "", "{\"value\":1}"));
  test_websocket_send (first, "{\"unsubscribe\":\"" ROOM "\"}");
  WAIT_UNTIL (server_signal_hub_get_n_followers (self->hub, room) == 1);
  g_clear_pointer (&second, test_websocket_free);
  WAIT_UNTIL (server_signal_hub_lookup (self->hub, ROOM) == NULL);
  WAIT_UNTIL (g_str_has_suffix (self->news->str, "gone "));
  g_assert_cmpstr (self->news->str, ==, "+" ROOM " +" ROOM " -" ROOM " -" ROOM " gone ");
  g_assert_cmpuint (g_list_model_get_n_items (server_signal_hub_get_signals (self->hub)), ==, 0);

  /* The next one is asked about again. */
  test_websocket_send (first, "{\"subscribe\":\"" ROOM "\"}");
  test_websocket_expect_prefix (first, REPLACE (ROOM, "", "{\"value\":0}"));
  g_assert_cmpstr (self->asked->str, ==, ROOM " halls/1 " ROOM " ");
  g_assert_true (g_queue_is_empty (&plain->frames));
}

static void
weak_cb (gpointer  data,
         GObject  *object)
{
  *(gboolean *) data = TRUE;
}

/* It stays for a while, and whoever comes meanwhile keeps it. */
static void
test_linger (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (TestWebsocket) peer = open_v1 (self);
  gboolean gone = FALSE;

  self->make = make_room;
  g_assert_cmpuint (server_signal_hub_get_linger (self->hub), ==, SS_LINGER_MS);
  server_signal_hub_set_linger (self->hub, G_MAXUINT);
  test_websocket_send (peer, "{\"subscribe\":\"rooms/1\"}");
  test_websocket_expect_prefix (peer, REPLACE ("rooms/1", "", "{\"value\":0}"));
  g_object_weak_ref (G_OBJECT (server_signal_hub_lookup (self->hub, "rooms/1")), weak_cb, &gone);
  test_websocket_send (peer, "{\"unsubscribe\":\"rooms/1\"}");
  WAIT_UNTIL (g_str_has_suffix (self->news->str, "-rooms/1 "));
  test_settle ();
  g_assert_false (gone);

  test_websocket_send (peer, "{\"subscribe\":\"rooms/1\"}");
  test_websocket_expect_prefix (peer, REPLACE ("rooms/1", "", "{\"value\":0}"));
  g_assert_cmpstr (self->asked->str, ==, "rooms/1 ");
  server_signal_hub_set_linger (self->hub, 0);
  test_settle ();
  g_assert_false (gone);
  test_websocket_send (peer, "{\"unsubscribe\":\"rooms/1\"}");
  WAIT_UNTIL (gone);

  /* One that was too large for the only one who asked is let go as well. */
  test_websocket_send (peer, "{\"subscribe\":\"rooms/2\",\"max\":70}");
  test_websocket_expect_prefix (peer, "{\"error\":{\"code\":\"too-large\"");
  WAIT_UNTIL (server_signal_hub_lookup (self->hub, "rooms/2") == NULL);
}

static ServerSignal *
make_own (Fixture          *self,
          ServerSignalPeer *peer,
          const char       *name)
{
  ServerSignal *signal = new_signal (name, "1");
  g_autoptr (GError) error = NULL;

  server_signal_peer_add (peer, signal, &error);
  g_assert_no_error (error);

  return signal;
}

/* The peer's own signal, for each that asks another one. */
static void
test_own (Fixture       *self,
          gconstpointer  data)
{
  g_autoptr (TestWebsocket) first = open_v1 (self);
  g_autoptr (TestWebsocket) second = open_v1 (self);
  GListModel *peers = server_signal_hub_get_peers (self->hub);
  g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, 0);
  GListModel *signals = server_signal_peer_get_signals (peer);
  g_autoptr (ServerSignal) own = NULL;

  self->make = make_own;
  server_signal_hub_set_linger (self->hub, 0);
  test_websocket_send (first, "{\"subscribe\":\"mine\"}");
  test_websocket_expect (first, "{\"signal\":\"added\",\"name\":\"mine\"}");
  test_websocket_expect_prefix (first, REPLACE ("mine", "", "1"));
  test_websocket_send (second, "{\"subscribe\":\"mine\"}");
  test_websocket_expect (second, "{\"signal\":\"added\",\"name\":\"mine\"}");
  test_websocket_expect_prefix (second, REPLACE ("mine", "", "1"));
  g_assert_cmpstr (self->asked->str, ==, "mine mine ");
  g_assert_null (server_signal_hub_lookup (self->hub, "mine"));

  g_assert_cmpuint (g_list_model_get_n_items (signals), ==, 1);
  own = g_list_model_get_item (signals, 0);
  g_assert_cmpuint (server_signal_hub_get_n_followers (self->hub, own), ==, 1);
  set_int (own, NULL, 2);
  test_websocket_expect_prefix (first, REPLACE ("mine", "", "2"));
  test_websocket_expect_silence (second);

  test_websocket_send (first, "{\"unsubscribe\":\"mine\"}");
  WAIT_UNTIL (g_list_model_get_n_items (signals) == 0);
  g_assert_cmpuint (server_signal_hub_get_n_followers (self->hub, own), ==, 0);
}

/* A name that nobody knows yet: those who have asked hear of it, and nobody else. */
static void
test_later (Fixture       *self,
            gconstpointer  data)
{
  g_autoptr (ServerSignal) late = new_signal ("late", "5");
  g_autoptr (TestWebsocket) asker = NULL;
  g_autoptr (TestWebsocket) gone = NULL;
  g_autoptr (TestWebsocket) other = NULL;
  g_autoptr (TestWebsocket) plain = NULL;
  g_autoptr (GError) error = NULL;

  server_signal_hub_set_announce (self->hub, SERVER_SIGNAL_ANNOUNCE_NONE);
  g_assert_cmpint (server_signal_hub_get_announce (self->hub), ==, SERVER_SIGNAL_ANNOUNCE_NONE);
  asker = open_v1 (self);
  gone = open_v1 (self);
  other = open_v1 (self);
  plain = test_websocket_open (self->uri, NULL);
  test_websocket_send (asker, "{\"subscribe\":\"late\"}");
  expect_unknown (asker, "late");
  test_websocket_send (gone, "{\"subscribe\":\"late\"}");
  expect_unknown (gone, "late");
  test_websocket_send (gone, "{\"unsubscribe\":\"late\"}");
  test_websocket_expect_silence (gone);

  server_signal_hub_add (self->hub, late, &error);
  g_assert_no_error (error);
  test_websocket_expect (asker, "{\"signal\":\"added\",\"name\":\"late\"}");
  test_websocket_send (asker, "{\"subscribe\":\"late\"}");
  test_websocket_expect_prefix (asker, REPLACE ("late", "", "5"));

  /* It goes, and is followed again when it comes. */
  server_signal_hub_remove (self->hub, late);
  test_websocket_expect (asker, "{\"signal\":\"removed\",\"name\":\"late\"}");
  server_signal_hub_add (self->hub, late, &error);
  g_assert_no_error (error);
  test_websocket_expect (asker, "{\"signal\":\"added\",\"name\":\"late\"}");

  test_websocket_expect_silence (gone);
  test_websocket_expect_silence (other);
  test_settle ();
  g_assert_true (g_queue_is_empty (&plain->frames));
  g_clear_pointer (&other, test_websocket_free);
  other = open_v1 (self);
}

static ServerSignal *
make_replica (Fixture          *self,
              ServerSignalPeer *peer,
              const char       *name)
{
  if (self->replica == NULL)
    self->replica = ss_signal_new_replica (name, NULL);

  return g_object_ref (self->replica);
}

static void
fill (ServerSignal *replica)
{
  g_autoptr (SsValue) value = ss_value_new_int (3);

  ss_signal_replica_reset (replica, value, "e", 1);
}

/* A signal without data is waited for. */
static void
test_unready (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (TestWebsocket) first = open_v1 (self);
  g_autoptr (TestWebsocket) second = open_v1 (self);
  g_autoptr (TestWebsocket) third = open_v1 (self);

  self->make = make_replica;
  server_signal_hub_set_linger (self->hub, 0);
  test_websocket_send (first, "{\"subscribe\":\"far\"}");
  test_websocket_send (second, "{\"subscribe\":\"far\",\"epoch\":\"e\",\"rev\":1}");
  test_websocket_send (third, "{\"subscribe\":\"far\"}");
  test_websocket_send (third, "{\"unsubscribe\":\"far\"}");
  test_websocket_expect_silence (first);
  test_websocket_expect_silence (second);
  test_websocket_expect_silence (third);
  g_assert_cmpstr (self->asked->str, ==, "far ");

  fill (self->replica);
  test_websocket_expect (first, REPLACE ("far", "", "3") ",\"epoch\":\"e\",\"rev\":1}");
  test_websocket_expect (second, "{\"name\":\"far\",\"patch\":[],\"base\":1,\"rev\":1}");
  test_websocket_expect_silence (third);
  g_assert_cmpuint (server_signal_hub_get_n_followers (self->hub, self->replica), ==, 2);
}

/* The other end has no such signal: that is known at once, and when it has, that is told. */
static void
test_refused (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (TestWebsocket) peer = open_v1 (self);

  self->make = make_replica;
  server_signal_hub_set_linger (self->hub, 0);
  test_websocket_send (peer, "{\"subscribe\":\"far\"}");
  test_websocket_expect_silence (peer);
  ss_signal_replica_set_refused (self->replica, TRUE);
  expect_unknown (peer, "far");
  test_websocket_send (peer, "{\"subscribe\":\"far\"}");
  expect_unknown (peer, "far");

  ss_signal_replica_set_refused (self->replica, FALSE);
  fill (self->replica);
  test_websocket_expect (peer, "{\"signal\":\"added\",\"name\":\"far\"}");
  test_websocket_send (peer, "{\"subscribe\":\"far\"}");
  test_websocket_expect_prefix (peer, REPLACE ("far", "", "3"));
}

/* A client that waits too long is told, and hears of the signal all the same. */
static void
test_deadline (Fixture       *self,
               gconstpointer  data)
{
  g_autoptr (TestWebsocket) peer = open_v1 (self);

  self->make = make_replica;
  server_signal_hub_set_linger (self->hub, 0);
  test_websocket_send (peer, "{\"subscribe\":\"far\"}");
  WAIT_UNTIL (self->replica != NULL);
  clock_skip (SS_RESOLVE_WAIT_MS * 1000);
  expect_unknown (peer, "far");
  g_assert_true (server_signal_hub_lookup (self->hub, "far") == self->replica);
  fill (self->replica);
  test_websocket_expect (peer, "{\"signal\":\"added\",\"name\":\"far\"}");
  /* It has a signal now, and does not want it. */
  WAIT_UNTIL (server_signal_hub_lookup (self->hub, "far") == NULL);
}

/* Bounds on what is asked for. */
static void
test_limits (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (TestWebsocket) peer = NULL;

  server_signal_hub_set_max_subscriptions (self->hub, 2);
  peer = open_v1 (self);
  test_websocket_send (peer, "{\"subscribe\":\"a\"}");
  expect_unknown (peer, "a");
  test_websocket_send (peer, "{\"subscribe\":\"b\"}");
  expect_unknown (peer, "b");
  test_websocket_send (peer, "{\"subscribe\":\"c\"}");
  test_websocket_expect_prefix (peer, "{\"error\":{\"code\":\"too-many\",\"name\":\"c\"");
  test_websocket_send (peer, "{\"subscribe\":\"a\"}");
  expect_unknown (peer, "a");
  test_websocket_send (peer, "{\"unsubscribe\":\"b\"}");
  test_websocket_send (peer, "{\"subscribe\":\"c\"}");
  expect_unknown (peer, "c");
  g_assert_cmpstr (self->asked->str, ==, "a b a c ");

  /* A question for which there is no room for an answer only asks whether anybody is there. */
  test_websocket_send (peer, "{\"subscribe\":\"d\",\"max\":63}");
  expect_unknown (peer, "d");
  g_assert_cmpstr (self->asked->str, ==, "a b a c ");
}

static ServerSignal *
make_wrong (Fixture          *self,
            ServerSignalPeer *peer,
            const char       *name)
{
  return new_signal ("another", "1");
}

static ServerSignal *
make_end (Fixture          *self,
          ServerSignalPeer *peer,
          const char       *name)
{
  server_signal_peer_close (peer, 4000, "enough");

  return new_signal (name, "1");
}

static ServerSignal *
make_added (Fixture          *self,
            ServerSignalPeer *peer,
            const char       *name)
{
  ServerSignal *signal = new_signal (name, "1");

  server_signal_hub_add (self->hub, signal, NULL);

  return signal;
}

/* The handler may do anything, and may be wrong. */
static void
test_handlers (Fixture       *self,
               gconstpointer  data)
{
  g_autoptr (TestWebsocket) peer = open_v1 (self);

  server_signal_hub_set_linger (self->hub, 0);
  self->make = make_wrong;
  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*resolved to a signal*");
  test_websocket_send (peer, "{\"subscribe\":\"a\"}");
  expect_unknown (peer, "a");
  g_test_assert_expected_messages ();

  /* One that the application shares itself is its own business, and stays. */
  self->make = make_added;
  test_websocket_send (peer, "{\"subscribe\":\"b\"}");
  test_websocket_expect (peer, "{\"signal\":\"added\",\"name\":\"b\"}");
  test_websocket_expect_prefix (peer, REPLACE ("b", "", "1"));
  test_websocket_send (peer, "{\"unsubscribe\":\"b\"}");
  WAIT_UNTIL (g_str_has_suffix (self->news->str, "-b "));
  test_settle ();
  g_assert_nonnull (server_signal_hub_lookup (self->hub, "b"));

  self->make = make_end;
  test_websocket_send (peer, "{\"subscribe\":\"c\"}");
  test_websocket_expect_close (peer, 4000);
  WAIT_UNTIL (n_peers (self->hub) == 0);
}

/* An edge that knows no names. */
static void
test_origin (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (ServerSignalHub) edge = server_signal_hub_new ();
  g_autoptr (ServerSignalClient) upstream = server_signal_client_new (self->uri);
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (ServerSignal) own = new_signal ("own", "1");
  g_autofree char *uri = NULL;
  g_autoptr (GError) error = NULL;
  ServerSignal *room, *hall, *kept, *local;

  self->make = make_room;
  server_signal_hub_set_linger (self->hub, 0);
  server_signal_hub_set_linger (edge, 0);
  g_object_set (upstream, "retry-min", 1, "retry-max", 50, NULL);
  kept = server_signal_client_get_signal (upstream, "rooms/kept");
  server_signal_hub_set_origin (edge, SERVER_SIGNAL_ORIGIN (upstream));
  g_assert_true (server_signal_hub_get_origin (edge) == SERVER_SIGNAL_ORIGIN (upstream));
  server_signal_hub_add (edge, own, &error);
  g_assert_no_error (error);
  server_signal_hub_listen (edge, NULL, 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (edge);

  client = server_signal_client_new (uri);
  g_object_set (client, "retry-min", 1, "retry-max", 50, NULL);
  room = server_signal_client_get_signal (client, "rooms/1");
  hall = server_signal_client_get_signal (client, "halls/1");
  local = server_signal_client_get_signal (client, "own");
  server_signal_client_get_signal (client, "rooms/kept");
  server_signal_client_start (client);
  server_signal_client_start (upstream);
  WAIT_UNTIL (!server_signal_get_stale (room) && !server_signal_get_stale (local));
  WAIT_UNTIL (server_signal_client_get_error (client) != NULL);
  g_assert_error (server_signal_client_get_error (client), SERVER_SIGNAL_ERROR,
                  SERVER_SIGNAL_ERROR_NOT_CURRENT);
  g_assert_true (server_signal_get_stale (hall));
  set_int (server_signal_hub_lookup (self->hub, "rooms/1"), "/value", 4);
  WAIT_UNTIL (server_signal_get_int (room, "/value") == 4);

  /* Nobody vouches for it while the origin is away. */
  server_signal_client_stop (upstream);
  WAIT_UNTIL (server_signal_get_stale (room));
  g_assert_false (server_signal_get_stale (local));
  WAIT_UNTIL (server_signal_hub_lookup (self->hub, "rooms/1") == NULL);
  server_signal_client_start (upstream);
  WAIT_UNTIL (!server_signal_get_stale (room));

  /* A name that comes to be there reaches those who have asked, through the edge. */
  {
    g_autoptr (ServerSignal) late = new_signal ("halls/1", "8");

    server_signal_hub_add (self->hub, late, &error);
    g_assert_no_error (error);
    WAIT_UNTIL (!server_signal_get_stale (hall));
    g_assert_cmpint (server_signal_get_int (hall, NULL), ==, 8);
  }

  /* It is given back to where it came from when nobody follows it. */
  server_signal_client_release (client, "rooms/1");
  WAIT_UNTIL (server_signal_hub_lookup (edge, "rooms/1") == NULL);
  WAIT_UNTIL (server_signal_hub_lookup (self->hub, "rooms/1") == NULL);
  server_signal_client_release (client, "rooms/kept");
  WAIT_UNTIL (server_signal_hub_lookup (edge, "rooms/kept") == NULL);
  test_settle ();
  g_assert_false (server_signal_get_stale (kept));

  /* With another origin they are others'. */
  server_signal_hub_set_origin (edge, NULL);
  g_assert_null (server_signal_hub_lookup (edge, "halls/1"));
  WAIT_UNTIL (server_signal_get_stale (hall));
  g_assert_cmpuint (g_list_model_get_n_items (server_signal_client_get_signals (upstream)), ==, 1);

  server_signal_client_stop (client);
  server_signal_client_stop (upstream);
  server_signal_hub_close (edge);
  WAIT_UNTIL (n_peers (edge) == 0);
}

static gboolean
allow_cb (ServerSignalHub  *hub,
          ServerSignalPeer *peer,
          ServerSignal     *signal,
          gpointer          user_data)
{
  GListModel *peers = server_signal_hub_get_peers (hub);
  g_autoptr (ServerSignalPeer) first = g_list_model_get_item (peers, 0);

  /* The first one only, and nobody the secret. */
  return peer == first && strcmp (server_signal_get_name (signal), "rooms/secret") != 0;
}

/* A name that is there and that a client may not see is no name to it, whoever has asked before. */
static void
test_allowed (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (TestWebsocket) first = NULL;
  g_autoptr (TestWebsocket) second = NULL;

  g_signal_connect (self->hub, "allow", G_CALLBACK (allow_cb), self);
  self->make = make_room;
  first = open_v1 (self);
  second = open_v1 (self);
  test_websocket_send (first, "{\"subscribe\":\"rooms/secret\"}");
  expect_unknown (first, "rooms/secret");
  test_websocket_send (first, "{\"subscribe\":\"rooms/1\"}");
  test_websocket_expect_prefix (first, REPLACE ("rooms/1", "", "{\"value\":0}"));
  g_assert_nonnull (server_signal_hub_lookup (self->hub, "rooms/1"));

  /* The second one gets another of its own, as far as the application gives it one. */
  self->make = NULL;
  test_websocket_send (second, "{\"subscribe\":\"rooms/1\"}");
  expect_unknown (second, "rooms/1");
  set_int (server_signal_hub_lookup (self->hub, "rooms/1"), "/value", 1);
  test_websocket_expect_prefix (first, REPLACE ("rooms/1", "/value", "1"));
  test_websocket_expect_silence (second);

  /* It may no longer see it. */
  g_signal_handlers_disconnect_by_func (self->hub, allow_cb, self);
  g_signal_connect_swapped (self->hub, "allow", G_CALLBACK (g_object_is_floating), self->hub);
  server_signal_hub_review (self->hub);
  test_websocket_expect (first, "{\"signal\":\"removed\",\"name\":\"rooms/1\"}");

  /* A replica is asked about when its data come. */
  self->make = make_replica;
  test_websocket_send (first, "{\"subscribe\":\"far\"}");
  WAIT_UNTIL (self->replica != NULL);
  fill (self->replica);
  expect_unknown (first, "far");
  g_signal_handlers_disconnect_by_func (self->hub, g_object_is_floating, self->hub);
}

static gboolean
allow_others_cb (ServerSignalHub  *hub,
                 ServerSignalPeer *peer,
                 ServerSignal     *signal,
                 gpointer          hidden_from)
{
  return peer != *(ServerSignalPeer **) hidden_from;
}

/* A client that asks for a name hears of it each time that it may see it, and does not keep it while it may
 * not. */
static void
test_review (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (TestWebsocket) first = open_v1 (self);
  g_autoptr (TestWebsocket) second = open_v1 (self);
  g_autoptr (ServerSignalPeer) peer =
    g_list_model_get_item (server_signal_hub_get_peers (self->hub), 1);
  ServerSignalPeer *hidden_from = peer;

  g_signal_connect (self->hub, "allow", G_CALLBACK (allow_others_cb), &hidden_from);
  self->make = make_room;
  test_websocket_send (first, "{\"subscribe\":\"rooms/1\"}");
  test_websocket_expect_prefix (first, REPLACE ("rooms/1", "", "{\"value\":0}"));
  self->make = NULL;
  test_websocket_send (second, "{\"subscribe\":\"rooms/1\"}");
  expect_unknown (second, "rooms/1");

  for (guint i = 0; i < 2; i++)
    {
      hidden_from = NULL;
      server_signal_peer_review (peer);
      test_websocket_expect (second, "{\"signal\":\"added\",\"name\":\"rooms/1\"}");
      test_websocket_send (second, "{\"subscribe\":\"rooms/1\"}");
      test_websocket_expect_prefix (second, REPLACE ("rooms/1", "", "{\"value\":0}"));

      hidden_from = peer;
      server_signal_peer_review (peer);
      test_websocket_expect (second, "{\"signal\":\"removed\",\"name\":\"rooms/1\"}");
    }

  server_signal_hub_set_linger (self->hub, 0);
  test_websocket_send (first, "{\"unsubscribe\":\"rooms/1\"}");
  WAIT_UNTIL (server_signal_hub_lookup (self->hub, "rooms/1") == NULL);

  /* Signals that are not announced. */
  {
    g_autoptr (ServerSignal) hall = new_signal ("halls/1", "8");
    g_autoptr (GError) error = NULL;

    hidden_from = NULL;
    server_signal_hub_set_announce (self->hub, SERVER_SIGNAL_ANNOUNCE_NONE);
    server_signal_hub_add (self->hub, hall, &error);
    g_assert_no_error (error);
    test_websocket_send (second, "{\"subscribe\":\"halls/1\"}");
    test_websocket_expect_prefix (second, REPLACE ("halls/1", "", "8"));
    hidden_from = peer;
    server_signal_peer_review (peer);
    test_websocket_expect (second, "{\"signal\":\"removed\",\"name\":\"halls/1\"}");
    hidden_from = NULL;
    server_signal_peer_review (peer);
    test_websocket_expect (second, "{\"signal\":\"added\",\"name\":\"halls/1\"}");
  }
}

/* The hub goes while much is under way. */
static void
test_end (Fixture       *self,
          gconstpointer  data)
{
  g_autoptr (TestWebsocket) peer = open_v1 (self);
  g_autoptr (ServerSignalClient) upstream = server_signal_client_new ("ws://127.0.0.1:1/ws");

  self->make = make_replica;
  server_signal_hub_set_origin (self->hub, SERVER_SIGNAL_ORIGIN (upstream));
  test_websocket_send (peer, "{\"subscribe\":\"far\"}");
  WAIT_UNTIL (self->replica != NULL);
  self->make = NULL;
  test_websocket_send (peer, "{\"subscribe\":\"further\"}");
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_client_get_signals (upstream)) == 1);
  server_signal_hub_close (self->hub);
  g_clear_object (&self->hub);
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_client_get_signals (upstream)) == 0);
  test_websocket_expect_close (peer, 1001);
}

#define HUB "server-signal:hub"

static gint64
get_peer_figure (ServerSignal *figures,
                 const char   *name)
{
  g_autofree char *pointer = g_strdup_printf ("/peers/0/%s", name);

  return server_signal_get_int (figures, pointer);
}

/* The figures of the hub are a signal, for those who ask for it where there is an inspector. */
static void
test_inspection_figures (Fixture       *self,
                         gconstpointer  data)
{
  g_autoptr (ServerSignal) rows = new_signal ("rows", "{\"value\":0}");
  g_autoptr (ServerSignalClient) client = server_signal_client_new (self->uri);
  ServerSignal *figures = server_signal_client_get_signal (client, HUB);
  ServerSignal *replica = server_signal_client_get_signal (client, "rows");
  g_autofree char *protocol = NULL;
  g_autofree char *first = NULL;
  g_auto (GStrv) names = NULL;

  g_assert_true (server_signal_hub_add (self->hub, rows, NULL));
  server_signal_client_start (client);
  WAIT_UNTIL (!server_signal_get_stale (replica) && strstr (self->asked->str, HUB) != NULL);
  g_assert_true (server_signal_get_stale (figures));
  g_assert_null (server_signal_hub_lookup (self->hub, HUB));
  server_signal_client_release (client, HUB);

  server_signal_hub_set_inspector (self->hub, TRUE);
  figures = server_signal_client_get_signal (client, HUB);
  WAIT_UNTIL (!server_signal_get_stale (figures));
  g_assert_cmpint (server_signal_get_int (figures, "/n-peers"), ==, 1);
  g_assert_cmpuint (server_signal_get_n_elements (figures, "/peers"), ==, 1);
  g_assert_true (server_signal_has (figures, "/peers/0/user"));
  protocol = server_signal_dup_string (figures, "/peers/0/protocol");
  g_assert_cmpstr (protocol, ==, V1);
  first = server_signal_dup_string (figures, "/signals/0/id");
  g_assert_cmpstr (first, ==, "rows");

  /* They follow the hub. */
  set_int (rows, "/value", 1);
  WAIT_UNTIL (server_signal_get_int (figures, "/signals/0/revision") ==
              (gint64) server_signal_get_revision (rows));
  WAIT_UNTIL (get_peer_figure (figures, "follows") == 2);
  g_assert_cmpint (server_signal_get_int (figures, "/signals/0/followers"), ==, 1);
  g_assert_cmpint (server_signal_get_int (figures, "/commits"), >, 0);
  g_assert_cmpint (server_signal_get_int (figures, "/bytes"), >, 0);
  g_assert_cmpint (get_peer_figure (figures, "calls"), ==, 0);

  /* Nobody else has heard of it. */
  names = server_signal_client_dup_names (client);
  g_assert_cmpuint (g_strv_length (names), ==, 1);
  g_assert_cmpstr (names[0], ==, "rows");

  server_signal_hub_set_inspector (self->hub, FALSE);
  WAIT_UNTIL (server_signal_get_stale (figures));
  g_assert_null (server_signal_hub_lookup (self->hub, HUB));

  server_signal_client_stop (client);
}

/* Commits that a peer got together are counted with it. */
static void
test_inspection_merged (Fixture       *self,
                        gconstpointer  data)
{
  g_autoptr (ServerSignal) rows = new_signal ("rows", "{\"value\":0}");
  g_autoptr (ServerSignalClient) client = server_signal_client_new (self->uri);
  ServerSignal *replica = server_signal_client_get_signal (client, "rows");
  ServerSignal *figures = server_signal_client_get_signal (client, HUB);

  server_signal_hub_set_inspector (self->hub, TRUE);
  server_signal_hub_set_flush_interval (self->hub, 1);
  g_assert_true (server_signal_hub_add (self->hub, rows, NULL));
  server_signal_client_start (client);
  WAIT_UNTIL (!server_signal_get_stale (replica) && !server_signal_get_stale (figures));
  for (int i = 1; i <= 10; i++)
    set_int (rows, "/value", i);
  WAIT_UNTIL (server_signal_get_int (replica, "/value") == 10);
  WAIT_UNTIL (get_peer_figure (figures, "merged") >= 9);
  g_assert_cmpint (get_peer_figure (figures, "merged"), <=,
                   (gint64) server_signal_hub_get_merged (self->hub));

  server_signal_client_stop (client);
}

static gboolean
allow_inspection_cb (ServerSignalHub  *hub,
                     ServerSignalPeer *peer,
                     ServerSignal     *signal,
                     gpointer          allowed)
{
  return g_strcmp0 (server_signal_get_name (signal), HUB) != 0 || *(gboolean *) allowed;
}

/* They name everybody, so not everybody may see them. */
static void
test_inspection_allow (Fixture       *self,
                       gconstpointer  data)
{
  g_autoptr (TestWebsocket) peer = NULL;
  gboolean allowed = FALSE;

  server_signal_hub_set_inspector (self->hub, TRUE);
  g_signal_connect (self->hub, "allow", G_CALLBACK (allow_inspection_cb), &allowed);
  peer = open_v1 (self);
  test_websocket_send (peer, "{\"subscribe\":\"" HUB "\"}");
  expect_unknown (peer, HUB);
  allowed = TRUE;
  server_signal_hub_review (self->hub);
  test_websocket_expect_prefix (peer, "{\"signal\":\"added\",\"name\":\"" HUB "\"}");
  test_websocket_send (peer, "{\"subscribe\":\"" HUB "\"}");
  test_websocket_expect_prefix (peer, "{\"name\":\"" HUB "\",");
}

/* Of very many the first ones are named. */
static void
test_inspection_many (Fixture       *self,
                      gconstpointer  data)
{
  g_autoptr (ServerSignalClient) client = server_signal_client_new (self->uri);
  ServerSignal *figures = server_signal_client_get_signal (client, HUB);

  for (guint i = 0; i < SS_INSPECTED + 10; i++)
    {
      g_autofree char *name = g_strdup_printf ("signal %u", i);
      g_autoptr (ServerSignal) signal = server_signal_new (name, NULL);

      g_assert_true (server_signal_hub_add (self->hub, signal, NULL));
    }
  server_signal_hub_set_inspector (self->hub, TRUE);
  server_signal_client_start (client);
  WAIT_UNTIL (!server_signal_get_stale (figures));
  g_assert_cmpuint (server_signal_get_n_elements (figures, "/signals"), ==, SS_INSPECTED);
  g_assert_cmpint (server_signal_get_int (figures, "/n-signals"), >=, SS_INSPECTED + 10);

  server_signal_client_stop (client);
}

#define DEMAND_TEST(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  DEMAND_TEST ("/hub-demand/inspection/figures", test_inspection_figures);
  DEMAND_TEST ("/hub-demand/inspection/merged", test_inspection_merged);
  DEMAND_TEST ("/hub-demand/inspection/allow", test_inspection_allow);
  DEMAND_TEST ("/hub-demand/inspection/many", test_inspection_many);
  DEMAND_TEST ("/hub-demand/shared", test_shared);
  DEMAND_TEST ("/hub-demand/linger", test_linger);
  DEMAND_TEST ("/hub-demand/own", test_own);
  DEMAND_TEST ("/hub-demand/later", test_later);
  DEMAND_TEST ("/hub-demand/unready", test_unready);
  DEMAND_TEST ("/hub-demand/refused", test_refused);
  DEMAND_TEST ("/hub-demand/deadline", test_deadline);
  DEMAND_TEST ("/hub-demand/limits", test_limits);
  DEMAND_TEST ("/hub-demand/handlers", test_handlers);
  DEMAND_TEST ("/hub-demand/origin", test_origin);
  DEMAND_TEST ("/hub-demand/allowed", test_allowed);
  DEMAND_TEST ("/hub-demand/review", test_review);
  DEMAND_TEST ("/hub-demand/end", test_end);

  return g_test_run ();
}
