/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "server-signal-client.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "test-hub.h"

typedef struct
{
  ServerSignalHub *hub;
  char            *uri;
} Fixture;

static ServerSignalPeer *
nth_peer (Fixture *self,
          guint    position)
{
  ServerSignalPeer *peer;

  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) > position);
  peer = g_list_model_get_item (server_signal_hub_get_peers (self->hub), position);
  g_assert_nonnull (peer);

  return peer;
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  self->hub = server_signal_hub_new ();
  server_signal_hub_listen (self->hub, NULL, 0, &error);
  g_assert_no_error (error);
  self->uri = server_signal_hub_dup_uri (self->hub);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_clear_pointer (&self->uri, g_free);
}

static void
add_own_counter_cb (ServerSignalHub  *hub,
                    ServerSignalPeer *peer,
                    gpointer          user_data)
{
  g_autoptr (ServerSignal) counter = new_signal ("counter", "{\"value\":0}");
  g_autoptr (GError) error = NULL;

  server_signal_peer_add (peer, counter, &error);
  g_assert_no_error (error);
}

/* Each client has a counter of its own. */
static void
test_own_counters (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr (TestWebsocket) first = NULL;
  g_autoptr (TestWebsocket) second = NULL;
  ServerSignal *counters[2] = { NULL, NULL };
  guint64 commits;

  g_signal_connect (self->hub, "peer-added", G_CALLBACK (add_own_counter_cb), NULL);
  first = test_websocket_open (self->uri, NULL);
  test_websocket_expect (first, REPLACE ("counter", "", "{\"value\":0}") "}");
  second = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (
    second, "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[\"counter\"],");
  test_websocket_send (second, "{\"subscribe\":\"counter\"}");
  test_websocket_expect_prefix (second, REPLACE ("counter", "", "{\"value\":0}") ",\"epoch\":");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ServerSignalPeer) peer = nth_peer (self, i);
      GListModel *own = server_signal_peer_get_signals (peer);

      g_assert_cmpuint (g_list_model_get_n_items (own), ==, 1);
      counters[i] = g_list_model_get_item (own, 0);
    }
  g_assert_true (counters[0] != counters[1]);
  g_assert_cmpuint (g_list_model_get_n_items (server_signal_hub_get_signals (self->hub)), ==, 0);
  g_assert_null (server_signal_hub_lookup (self->hub, "counter"));

  server_signal_set_int (counters[0], "/value", 5, NULL);
  server_signal_set_int (counters[1], "/value", 7, NULL);
  server_signal_set_int (counters[0], "/value", 6, NULL);
  test_websocket_expect (first, REPLACE ("counter", "/value", "5") "}");
  test_websocket_expect (first, REPLACE ("counter", "/value", "6") "}");
  test_websocket_expect (second, REPLACE ("counter", "/value", "7") ",\"base\":0,\"rev\":1}");
  test_websocket_expect_silence (second);

  g_object_get (self->hub, "commits", &commits, NULL);
  g_assert_cmpuint (commits, ==, 3);

  g_clear_pointer (&first, test_websocket_free);
  g_clear_pointer (&second, test_websocket_free);
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) == 0);
  test_settle ();
  g_assert_finalize_object (counters[0]);
  g_assert_finalize_object (counters[1]);
}

/* Signals of another peer cannot be told from signals that are not there: names do not leak. */
static void
test_forbidden (Fixture       *self,
                gconstpointer  data)
{
  g_autoptr (TestWebsocket) owner = test_websocket_open (self->uri, V1);
  g_autoptr (TestWebsocket) other = NULL;
  g_autoptr (ServerSignal) secret = new_signal ("secret", "1");
  g_autoptr (ServerSignalPeer) peer = NULL;
  g_autofree char *forbidden = NULL;
  g_autofree char *absent = NULL;

  test_websocket_expect_prefix (owner, "{\"hello\"");
  peer = nth_peer (self, 0);
  server_signal_peer_add (peer, secret, NULL);
  test_websocket_expect (owner, "{\"signal\":\"added\",\"name\":\"secret\"}");

  other = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (other,
                                "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[],");
  test_websocket_send (other, "{\"subscribe\":\"secret\"}");
  test_websocket_send (other, "{\"subscribe\":\"absent\"}");
  forbidden = test_websocket_next (other);
  absent = test_websocket_next (other);
  g_assert_true (
    g_str_has_prefix (forbidden, "{\"error\":{\"code\":\"unknown-signal\",\"name\":\"secret\","));
  memcpy (strstr (forbidden, "secret"), "absent", strlen ("absent"));
  g_assert_cmpstr (forbidden, ==, absent);

  set_int (secret, NULL, 2);
  test_websocket_expect_silence (other);
}

static void
test_add_while_connected (Fixture       *self,
                          gconstpointer  data)
{
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);
  g_autoptr (TestWebsocket) v1 = test_websocket_open (self->uri, V1);
  g_autoptr (ServerSignalPeer) plain_peer = NULL;
  g_autoptr (ServerSignalPeer) v1_peer = NULL;
  g_autoptr (ServerSignal) signal = new_signal ("own", "1");
  g_autoptr (ServerSignal) again = new_signal ("own", "2");
  g_autoptr (GError) error = NULL;

  test_websocket_expect_prefix (v1,
                                "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[],");
  plain_peer = nth_peer (self, 0);
  v1_peer = nth_peer (self, 1);

  /* One signal may be of several peers; not two of one name of one. */
  g_assert_true (server_signal_peer_add (plain_peer, signal, &error));
  g_assert_true (server_signal_peer_add (v1_peer, signal, &error));
  g_assert_no_error (error);
  g_assert_false (server_signal_peer_add (v1_peer, signal, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (server_signal_peer_add (v1_peer, again, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_EXISTS);

  test_websocket_expect (plain, REPLACE ("own", "", "1") "}");
  test_websocket_expect (v1, "{\"signal\":\"added\",\"name\":\"own\"}");
  test_websocket_send (v1, "{\"subscribe\":\"own\"}");
  test_websocket_expect_prefix (v1, "{\"name\":\"own\",");

  server_signal_peer_remove (v1_peer, again);
  test_websocket_expect_silence (v1);
  server_signal_peer_remove (v1_peer, signal);
  server_signal_peer_remove (v1_peer, signal);
  test_websocket_expect (v1, "{\"signal\":\"removed\",\"name\":\"own\"}");
  test_websocket_expect_silence (v1);

  server_signal_set_int (signal, NULL, 3, NULL);
  test_websocket_expect (plain, REPLACE ("own", "", "3") "}");
  test_websocket_expect_silence (v1);
}

/* A peer's own signal shadows a shared one of the same name for that peer. */
static void
test_shadow (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (ServerSignal) shared = new_signal ("a", "\"shared\"");
  g_autoptr (ServerSignal) own = new_signal ("a", "\"own\"");
  g_autoptr (TestWebsocket) first = NULL;
  g_autoptr (TestWebsocket) plain = NULL;
  g_autoptr (TestWebsocket) other = NULL;
  g_autoptr (ServerSignalPeer) first_peer = NULL;
  g_autoptr (ServerSignalPeer) plain_peer = NULL;

  server_signal_hub_add (self->hub, shared, NULL);
  first = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (
    first, "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[\"a\"],");
  test_websocket_send (first, "{\"subscribe\":\"a\"}");
  test_websocket_expect_prefix (first, REPLACE ("a", "", "\"shared\"") ",");
  plain = test_websocket_open (self->uri, NULL);
  test_websocket_expect (plain, REPLACE ("a", "", "\"shared\"") "}");
  other = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (other, "{\"hello\"");
  first_peer = nth_peer (self, 0);
  plain_peer = nth_peer (self, 1);

  /* removed, then added; the plain one just gets the document. */
  g_assert_true (server_signal_peer_add (first_peer, own, NULL));
  g_assert_true (server_signal_peer_add (plain_peer, own, NULL));
  test_websocket_expect (first, "{\"signal\":\"removed\",\"name\":\"a\"}");
  test_websocket_expect (first, "{\"signal\":\"added\",\"name\":\"a\"}");
  test_websocket_expect (plain, REPLACE ("a", "", "\"own\"") "}");

  /* The subscription to the shared one is over. */
  server_signal_set_string (shared, NULL, "shared 2", NULL);
  test_websocket_expect_silence (first);
  test_websocket_send (first, "{\"subscribe\":\"a\"}");
  test_websocket_expect_prefix (first, REPLACE ("a", "", "\"own\"") ",");
  server_signal_set_string (own, NULL, "own 2", NULL);
  test_websocket_expect_prefix (first, REPLACE ("a", "", "\"own 2\"") ",");
  test_websocket_expect (plain, REPLACE ("a", "", "\"own 2\"") "}");

  /* Changes of the shared one meanwhile are not seen. */
  server_signal_hub_remove (self->hub, shared);
  test_websocket_expect (other, "{\"signal\":\"removed\",\"name\":\"a\"}");
  server_signal_hub_add (self->hub, shared, NULL);
  test_websocket_expect (other, "{\"signal\":\"added\",\"name\":\"a\"}");
  test_websocket_expect_silence (first);
  g_assert_true (g_queue_is_empty (&plain->frames));

  /* And back. */
  server_signal_peer_remove (first_peer, own);
  server_signal_peer_remove (plain_peer, own);
  test_websocket_expect (first, "{\"signal\":\"removed\",\"name\":\"a\"}");
  test_websocket_expect (first, "{\"signal\":\"added\",\"name\":\"a\"}");
  test_websocket_expect (plain, REPLACE ("a", "", "\"shared 2\"") "}");
  test_websocket_send (first, "{\"subscribe\":\"a\"}");
  test_websocket_expect_prefix (first, REPLACE ("a", "", "\"shared 2\"") ",");
}

/* A shared signal that has gone while it was shadowed does not come back. */
static void
test_shadow_alone (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr (ServerSignal) shared = new_signal ("a", "\"shared\"");
  g_autoptr (ServerSignal) own = new_signal ("a", "\"own\"");
  g_autoptr (TestWebsocket) client = NULL;
  g_autoptr (ServerSignalPeer) peer = NULL;

  server_signal_hub_add (self->hub, shared, NULL);
  client = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");
  peer = nth_peer (self, 0);
  server_signal_peer_add (peer, own, NULL);
  test_websocket_expect (client, "{\"signal\":\"removed\",\"name\":\"a\"}");
  test_websocket_expect (client, "{\"signal\":\"added\",\"name\":\"a\"}");
  server_signal_hub_remove (self->hub, shared);
  server_signal_peer_remove (peer, own);
  test_websocket_expect (client, "{\"signal\":\"removed\",\"name\":\"a\"}");
  test_websocket_expect_silence (client);
}

static void
shadow_cb (ServerSignalHub  *hub,
           ServerSignalPeer *peer,
           gpointer          user_data)
{
  g_assert_true (server_signal_peer_add (peer, user_data, NULL));
}

static void
test_shadow_from_the_start (Fixture       *self,
                            gconstpointer  data)
{
  g_autoptr (ServerSignal) shared = new_signal ("a", "\"shared\"");
  g_autoptr (ServerSignal) own = new_signal ("a", "\"own\"");
  g_autoptr (TestWebsocket) plain = NULL;
  g_autoptr (TestWebsocket) v1 = NULL;

  server_signal_hub_add (self->hub, shared, NULL);
  g_signal_connect (self->hub, "peer-added", G_CALLBACK (shadow_cb), own);
  plain = test_websocket_open (self->uri, NULL);
  test_websocket_expect (plain, REPLACE ("a", "", "\"own\"") "}");
  v1 = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (
    v1, "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[\"a\"],");
  test_websocket_send (v1, "{\"subscribe\":\"a\"}");
  test_websocket_expect_prefix (v1, REPLACE ("a", "", "\"own\"") ",");
  test_websocket_expect_silence (v1);
  g_assert_true (g_queue_is_empty (&plain->frames));
}

/* A replica of the peer's own shadows when it has data, not before. */
static void
test_shadow_replica (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (ServerSignal) shared = new_signal ("a", "1");
  g_autoptr (ServerSignal) replica = ss_signal_new_replica ("a", NULL);
  g_autoptr (SsValue) value = ss_value_new_int (2);
  g_autoptr (TestWebsocket) client = NULL;

  server_signal_hub_add (self->hub, shared, NULL);
  g_signal_connect (self->hub, "peer-added", G_CALLBACK (shadow_cb), replica);
  client = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (
    client, "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[\"a\"],");
  test_websocket_send (client, "{\"subscribe\":\"a\"}");
  test_websocket_expect_prefix (client, REPLACE ("a", "", "1") ",");
  ss_signal_replica_reset (replica, value, "origin", 9);
  test_websocket_expect (client, "{\"signal\":\"removed\",\"name\":\"a\"}");
  test_websocket_expect (client, "{\"signal\":\"added\",\"name\":\"a\"}");
  test_websocket_send (client, "{\"subscribe\":\"a\"}");
  test_websocket_expect (client, REPLACE ("a", "", "2") ",\"epoch\":\"origin\",\"rev\":9}");
}

static void
test_properties (Fixture       *self,
                 gconstpointer  data)
{
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, "something.else");
  g_autoptr (TestWebsocket) v1 = NULL;

  /* libsoup's client insists on an answer to its offer, so this one goes without. */
  g_clear_pointer (&plain, test_websocket_free);
  plain = test_websocket_open (self->uri, NULL);
  v1 = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (v1, "{\"hello\"");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ServerSignalPeer) peer = nth_peer (self, i);
      g_autofree char *protocol = NULL;
      g_autoptr (GSocketAddress) address = NULL;
      g_autoptr (GListModel) signals = NULL;
      g_autofree char *text = NULL;
      guint64 backlog;

      g_object_get (peer, "protocol", &protocol, "remote-address", &address, "backlog", &backlog,
                    "signals", &signals, NULL);
      g_assert_cmpstr (protocol, ==, i == 0 ? NULL : V1);
      g_assert_true (G_IS_INET_SOCKET_ADDRESS (address));
      g_assert_true (address == server_signal_peer_get_remote_address (peer));
      text = g_inet_address_to_string (
        g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
      g_assert_cmpstr (text, ==, "127.0.0.1");
      g_assert_cmpuint (backlog, ==, 0);
      g_assert_true (g_list_model_get_item_type (signals) == SERVER_TYPE_SIGNAL);
    }
}

static void
test_close (Fixture       *self,
            gconstpointer  data)
{
  static const struct
  {
    gushort code;
    const char *reason;
    const char *sent;
  } cases[] = {
    { 1000, NULL, NULL },
    { 1001, "", NULL },
    { 1008, "not so fast", "not so fast" },
    { 1011, "broken", "broken" },
    { 3000, "c'est fini — adieu", "c'est fini — adieu" },
    { 4999, "x", "x" },
    /* 123 bytes at most, and no character cut in two. */
    { 4000, "aéééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé",
      "aééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé" },
    { 4001, "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé",
      "ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, V1);
      g_autoptr (ServerSignalPeer) peer = NULL;
      g_autoptr (ServerSignal) signal = new_signal ("late", "1");
      g_autoptr (GError) error = NULL;

      test_websocket_expect_prefix (client, "{\"hello\"");
      peer = nth_peer (self, 0);
      server_signal_peer_close (peer, cases[i].code, cases[i].reason);
      server_signal_peer_close (peer, 4444, "too late");
      /* Nothing follows the close frame. */
      g_assert_true (server_signal_peer_add (peer, signal, NULL));
      server_signal_hub_add (self->hub, signal, NULL);
      server_signal_hub_remove (self->hub, signal);

      test_websocket_expect_close (client, cases[i].code);
      g_assert_cmpstr (soup_websocket_connection_get_close_data (client->connection), ==,
                       cases[i].sent);
      g_assert_true (g_queue_is_empty (&client->frames));
      g_clear_pointer (&client, test_websocket_free);
      WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) == 0);

      /* Afterwards it is an object like any other. */
      g_assert_false (server_signal_peer_add (peer, signal, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
      server_signal_peer_remove (peer, signal);
      server_signal_peer_close (peer, 1000, NULL);
      g_assert_cmpstr (server_signal_peer_get_protocol (peer), ==, V1);
      g_assert_cmpuint (g_list_model_get_n_items (server_signal_peer_get_signals (peer)), ==, 0);
      test_settle ();
      g_assert_finalize_object (g_steal_pointer (&peer));
      g_assert_finalize_object (g_steal_pointer (&signal));
    }
}

/* Held by the application, a peer outlives its hub. */
static void
test_outlives_hub (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, V1);
  g_autoptr (ServerSignalPeer) peer = NULL;
  g_autoptr (ServerSignal) own = new_signal ("own", "1");
  g_autoptr (GError) error = NULL;

  test_websocket_expect_prefix (client, "{\"hello\"");
  peer = nth_peer (self, 0);
  server_signal_peer_add (peer, own, NULL);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_assert_false (server_signal_peer_add (peer, own, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  server_signal_set_int (own, NULL, 2, NULL);
  server_signal_peer_remove (peer, own);
  test_websocket_expect (client, "{\"signal\":\"added\",\"name\":\"own\"}");
  test_websocket_expect_close (client, 1001);
  g_clear_pointer (&client, test_websocket_free);
  test_settle ();
  g_assert_finalize_object (g_steal_pointer (&peer));

  self->hub = server_signal_hub_new ();
}

static void
close_cb (ServerSignalHub  *hub,
          ServerSignalPeer *peer,
          gpointer          user_data)
{
  server_signal_peer_close (peer, 4001, "go away");
}

static void
test_close_in_added (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = NULL;

  g_signal_connect (self->hub, "peer-added", G_CALLBACK (close_cb), NULL);
  client = test_websocket_open (self->uri, V1);
  test_websocket_expect_close (client, 4001);
  g_assert_true (g_queue_is_empty (&client->frames));
}

/* A handler of a signal takes the signal away while its commit is being told. */
static void
remove_cb (ServerSignal      *signal,
           ServerSignalPatch *patch,
           gpointer           user_data)
{
  Fixture *self = user_data;
  g_autoptr (ServerSignalPeer) peer =
    g_list_model_get_item (server_signal_hub_get_peers (self->hub), 0);

  server_signal_peer_remove (peer, signal);
  server_signal_hub_remove (self->hub, signal);
}

static void
test_remove_in_handler (Fixture       *self,
                        gconstpointer  data)
{
  g_autoptr (ServerSignal) signal = new_signal ("a", "1");
  g_autoptr (TestWebsocket) client = NULL;

  if (GPOINTER_TO_INT (data))
    server_signal_hub_add (self->hub, signal, NULL);
  else
    g_signal_connect (self->hub, "peer-added", G_CALLBACK (shadow_cb), signal);
  g_signal_connect (signal, "patched", G_CALLBACK (remove_cb), self);

  client = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");
  test_websocket_send (client, "{\"subscribe\":\"a\"}");
  test_websocket_expect_prefix (client, "{\"name\":\"a\",");
  server_signal_set_int (signal, NULL, 2, NULL);
  test_websocket_expect (client, REPLACE ("a", "", "2") ",\"base\":0,\"rev\":1}");
  test_websocket_expect (client, "{\"signal\":\"removed\",\"name\":\"a\"}");
  g_assert_finalize_object (g_steal_pointer (&signal));
}

static void
check_read_only (GListModel *model)
{
  g_assert_true (g_list_model_get_item_type (model) == SERVER_TYPE_SIGNAL);
  /* A GListStore would take what anybody adds, and show what is not served. */
  g_assert_false (G_IS_LIST_STORE (model));
}

/* The application reads these lists, and writes them by adding to and removing from their owners. */
static void
test_lists (Fixture       *self,
            gconstpointer  data)
{
  g_autoptr (TestWebsocket) websocket = test_websocket_open (self->uri, V1);
  g_autoptr (ServerSignalClient) client = server_signal_client_new (self->uri);
  g_autoptr (ServerSignal) first = new_signal ("first", "1");
  g_autoptr (ServerSignal) second = new_signal ("second", "2");
  g_autoptr (ServerSignalPeer) peer = NULL;
  GListModel *models[2];

  test_websocket_expect_prefix (websocket, "{\"hello\"");
  peer = nth_peer (self, 0);
  models[0] = server_signal_hub_get_signals (self->hub);
  models[1] = server_signal_peer_get_signals (peer);
  for (guint i = 0; i < 2; i++)
    check_read_only (models[i]);
  check_read_only (server_signal_client_get_signals (client));

  g_assert_true (server_signal_hub_add (self->hub, first, NULL));
  g_assert_true (server_signal_hub_add (self->hub, second, NULL));
  g_assert_true (server_signal_peer_add (peer, first, NULL));
  g_assert_true (server_signal_peer_add (peer, second, NULL));
  server_signal_hub_remove (self->hub, first);
  server_signal_peer_remove (peer, first);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ServerSignal) left = g_list_model_get_item (models[i], 0);

      g_assert_cmpuint (g_list_model_get_n_items (models[i]), ==, 1);
      g_assert_true (left == second);
    }
}

static void
remove_again_cb (GListModel *model,
                 guint       position,
                 guint       removed,
                 guint       added,
                 gpointer    user_data)
{
  g_autoptr (ServerSignal) signal = g_list_model_get_item (model, position);

  if (added > 0)
    server_signal_hub_remove (user_data, signal);
}

/* A handler of the list removes the signal that is just being added. */
static void
test_remove_while_added (Fixture       *self,
                         gconstpointer  data)
{
  ServerSignal *signal = new_signal ("brief", "1");
  GListModel *model = server_signal_hub_get_signals (self->hub);
  gulong handler =
    g_signal_connect (model, "items-changed", G_CALLBACK (remove_again_cb), self->hub);

  g_assert_true (server_signal_hub_add (self->hub, signal, NULL));
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 0);
  g_assert_null (server_signal_hub_lookup (self->hub, "brief"));
  g_signal_handler_disconnect (model, handler);
  g_assert_finalize_object (signal);
}

static void
test_nameless (Fixture       *self,
               gconstpointer  data)
{
  g_autoptr (TestWebsocket) websocket = test_websocket_open (self->uri, V1);
  g_autoptr (ServerSignalPeer) peer = NULL;

  test_websocket_expect_prefix (websocket, "{\"hello\"");
  peer = nth_peer (self, 0);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ServerSignal) signal = NULL;
      g_autoptr (GError) error = NULL;

      g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*name*");
      signal = i == 0 ? g_object_new (SERVER_TYPE_SIGNAL, NULL)
                      : g_object_new (SERVER_TYPE_SIGNAL, "name", "", NULL);
      g_test_assert_expected_messages ();

      g_assert_false (server_signal_hub_add (self->hub, signal, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_NAME);
      g_clear_error (&error);
      g_assert_false (server_signal_peer_add (peer, signal, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_NAME);
      g_assert_cmpuint (g_list_model_get_n_items (server_signal_hub_get_signals (self->hub)), ==,
                        0);
      g_assert_cmpuint (g_list_model_get_n_items (server_signal_peer_get_signals (peer)), ==, 0);
    }

  test_websocket_expect_silence (websocket);
}

/* An application cannot make a peer, and is told so by whatever it does with one. */
static void
test_made_by_hand (void)
{
  ServerSignalPeer *peer = g_object_new (SERVER_TYPE_SIGNAL_PEER, NULL);
  g_autoptr (ServerSignal) signal = new_signal ("signal", "1");
  g_autoptr (GListModel) signals = NULL;

#define REFUSES(statement)                                                       \
  G_STMT_START                                                                   \
  {                                                                              \
    g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*is_of_hub*"); \
    statement;                                                                   \
    g_test_assert_expected_messages ();                                          \
  }                                                                              \
  G_STMT_END

  REFUSES (g_assert_false (server_signal_peer_add (peer, signal, NULL)));
  REFUSES (server_signal_peer_remove (peer, signal));
  REFUSES (server_signal_peer_close (peer, 1000, NULL));
  REFUSES (g_assert_null (server_signal_peer_get_protocol (peer)));
  REFUSES (g_assert_null (server_signal_peer_get_remote_address (peer)));
  REFUSES (g_assert_cmpuint (server_signal_peer_get_backlog (peer), ==, 0));
  REFUSES (g_assert_null (server_signal_peer_get_signals (peer)));
  REFUSES (g_object_get (peer, "signals", &signals, NULL));
  g_assert_null (signals);

  g_assert_finalize_object (peer);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define CASE(path, function, data) \
  g_test_add ("/peer/" path, Fixture, data, set_up, function, tear_down)

  CASE ("own-counters", test_own_counters, NULL);
  CASE ("forbidden", test_forbidden, NULL);
  CASE ("add-while-connected", test_add_while_connected, NULL);
  CASE ("shadow", test_shadow, NULL);
  CASE ("shadow/alone", test_shadow_alone, NULL);
  CASE ("shadow/from-the-start", test_shadow_from_the_start, NULL);
  CASE ("shadow/replica", test_shadow_replica, NULL);
  CASE ("properties", test_properties, NULL);
  CASE ("close", test_close, NULL);
  CASE ("close/in-added", test_close_in_added, NULL);
  CASE ("outlives-hub", test_outlives_hub, NULL);
  CASE ("remove-in-handler/own", test_remove_in_handler, GINT_TO_POINTER (FALSE));
  CASE ("remove-in-handler/shared", test_remove_in_handler, GINT_TO_POINTER (TRUE));
  CASE ("lists", test_lists, NULL);
  CASE ("remove-while-added", test_remove_while_added, NULL);
  CASE ("nameless", test_nameless, NULL);
  g_test_add_func ("/peer/made-by-hand", test_made_by_hand);

  return g_test_run ();
}
