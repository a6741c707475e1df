/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "libserver-signal.h"
#include "signal/server-signal-private.h"
#include "test-utils.h"

/* Both ends of ours, over loopback: what the hub's signals are, the client's replicas become. Every
 * case runs in both protocols; the plain one over a server whose WebSockets are handed to the hub
 * without a subprotocol. */

#define V1 "server-signal.v1"
#define LEAVES 8

typedef struct
{
  ServerSignalHub    *hub;
  SoupServer         *server;    /* plain only */
  GPtrArray          *accepted;  /* plain only: SoupWebsocketConnection */
  guint               port;
  ServerSignal       *counter;
  ServerSignalClient *client;
  guint               values;    /* notifications of a replica's */
  guint               stales;
} Fixture;

#define assert_client_error(self, domain, code) \
  g_assert_error (server_signal_client_get_error ((self)->client), domain, code)

static void
accept_cb (SoupServer              *server,
           SoupServerMessage       *message,
           const char              *path,
           SoupWebsocketConnection *connection,
           gpointer                 user_data)
{
  Fixture *self = user_data;

  g_ptr_array_add (self->accepted, g_object_ref (connection));
  server_signal_hub_accept (self->hub, connection);
}

static char *
start_hub (Fixture  *self,
           gboolean  plain)
{
  g_autoptr (GError) error = NULL;

  self->hub = server_signal_hub_new ();
  if (plain)
    {
      self->accepted = g_ptr_array_new_with_free_func (g_object_unref);
      self->server = soup_server_new (NULL, NULL);
      soup_server_add_websocket_handler (self->server, "/ws", NULL, NULL, accept_cb, self, NULL);
      soup_server_listen_local (self->server, self->port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
      g_assert_no_error (error);
      if (self->port == 0)
        {
          GSList *uris = soup_server_get_uris (self->server);

          self->port = g_uri_get_port (uris->data);
          g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
        }
    }
  else
    {
      server_signal_hub_listen (self->hub, NULL, self->port, &error);
      g_assert_no_error (error);
      if (self->port == 0)
        {
          g_autofree char *text = server_signal_hub_dup_uri (self->hub);
          g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, &error);

          g_assert_no_error (error);
          self->port = g_uri_get_port (uri);
        }
    }

  return g_strdup_printf ("ws://127.0.0.1:%u/ws", self->port);
}

static void
stop_hub (Fixture *self)
{
  server_signal_hub_close (self->hub);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (self->hub);
  if (self->server != NULL)
    {
      soup_server_disconnect (self->server);
      g_clear_object (&self->server);
      g_clear_pointer (&self->accepted, g_ptr_array_unref);
    }
  self->hub = NULL;
}

static ServerSignal *
new_signal (const char *name,
            const char *json)
{
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_from_json (name, json, &error);

  g_assert_no_error (error);

  return signal;
}

static void
publish (Fixture      *self,
         ServerSignal *signal)
{
  g_autoptr (GError) error = NULL;

  server_signal_hub_add (self->hub, signal, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture       *self,
        gconstpointer  plain)
{
  g_autofree char *uri = start_hub (self, plain != NULL);

  self->counter = new_signal ("counter", "{\"value\":0}");
  publish (self, self->counter);
  self->client = server_signal_client_new (uri);
  g_object_set (self->client, "retry-min", 1, "retry-max", 20, NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  plain)
{
  if (self->client != NULL)
    {
      server_signal_client_stop (self->client);
      g_assert_finalize_object (self->client);
    }
  if (self->hub != NULL)
    {
      WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) == 0);
      stop_hub (self);
    }
  g_assert_finalize_object (self->counter);
  test_settle ();
}

static gboolean
is_equal (ServerSignal *replica,
          ServerSignal *signal)
{
  return !server_signal_get_stale (replica) &&
         ss_value_equal (ss_signal_peek (replica), ss_signal_peek (signal));
}

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          gpointer    user_data)
{
  (*(guint *) user_data)++;
}

static void
set_int (ServerSignal *signal,
         const char   *pointer,
         gint64        value)
{
  g_autoptr (GError) error = NULL;

  server_signal_set_int (signal, pointer, value, &error);
  g_assert_no_error (error);
}

/* The counter: each value comes, in order, once. */

typedef struct
{
  gint64  last;
  guint   commits;
} Sequence;

static void
sequence_cb (ServerSignal *replica,
             GParamSpec   *pspec,
             gpointer      user_data)
{
  Sequence *sequence = user_data;
  gint64 value = server_signal_get_int (replica, "/value");

  g_assert_cmpint (value, >, sequence->last);
  sequence->last = value;
  sequence->commits++;
}

static void
test_counts (Fixture       *self,
             gconstpointer  plain)
{
  ServerSignal *replica = server_signal_client_get_signal (self->client, "counter");
  Sequence sequence = { -1, 0 };
  gulong id;

  id = g_signal_connect (replica, "notify::value", G_CALLBACK (sequence_cb), &sequence);
  server_signal_client_start (self->client);
  WAIT_UNTIL (!server_signal_get_stale (replica));
  g_assert_cmpstr (server_signal_client_get_protocol (self->client), ==,
                   plain != NULL ? "plain" : V1);
  g_assert_cmpuint (sequence.commits, ==, 1);

  for (gint64 i = 1; i <= 1000; i++)
    {
      set_int (self->counter, "/value", i);
      if (i % 7 == 0)
        g_main_context_iteration (NULL, FALSE);
    }
  WAIT_UNTIL (sequence.last == 1000);
  g_assert_true (is_equal (replica, self->counter));
  if (plain == NULL)
    {
      g_assert_cmpuint (server_signal_get_revision (replica), ==,
                        server_signal_get_revision (self->counter));
      g_assert_cmpstr (server_signal_get_epoch (replica), ==,
                       server_signal_get_epoch (self->counter));
    }
  g_signal_handler_disconnect (replica, id);
}

/* Joining while the server commits without a pause: from the first document on no list element is
 * missed or doubled. */

static gboolean
append_cb (gpointer user_data)
{
  ServerSignal *list = user_data;
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);
  g_autoptr (GError) error = NULL;

  json_node_set_int (node, (gint64) server_signal_get_revision (list));
  server_signal_insert_value (list, "/-", node, &error);
  g_assert_no_error (error);

  return G_SOURCE_CONTINUE;
}

static void
test_joins (Fixture       *self,
            gconstpointer  plain)
{
  g_autoptr (ServerSignal) list = new_signal ("list", "[]");
  g_autofree char *uri = g_strdup (server_signal_client_get_uri (self->client));
  guint id;

  publish (self, list);
  id = g_timeout_add (1, append_cb, list);

  for (guint i = 0; i < 20; i++)
    {
      ServerSignalClient *client = server_signal_client_new (uri);
      ServerSignal *replica = server_signal_client_get_signal (client, "list");
      guint seen, length;

      server_signal_client_start (client);
      WAIT_UNTIL (!server_signal_get_stale (replica));
      seen = ss_value_length (ss_signal_peek (replica));
      WAIT_UNTIL ((length = ss_value_length (ss_signal_peek (replica))) >= seen + 10);
      for (guint j = 0; j < length; j++)
        g_assert_cmpint (ss_value_get_int (ss_array_get (ss_signal_peek (replica), j)), ==, j);
      server_signal_client_stop (client);
      g_assert_finalize_object (client);
    }

  g_source_remove (id);
  server_signal_hub_remove (self->hub, list);
}

/* Random commits, with random losses of the connection between them. */

static char *
random_pointer (ServerSignal *signal)
{
  g_autofree char *key =
    g_strdup_printf ("/%s", (const char *[]) { "a", "b~1", "c~0d", "é",
                                               "" }[g_test_rand_int_range (0, 5)]);

  if (ss_value_kind (ss_signal_peek (signal)) != SS_VALUE_OBJECT)
    return g_strdup ("");

  switch (g_test_rand_int_range (0, 4))
    {
    case 0:
      return g_strdup_printf ("/list/%d", g_test_rand_int_range (0, LEAVES));
    case 1:
      return g_strdup ("/list/-");
    case 2:
      return g_strdup_printf ("/list/%d%s", g_test_rand_int_range (0, LEAVES), key);
    default:
      return g_steal_pointer (&key);
    }
}

/* May fail, and then changes nothing. */
static void
write_something (ServerSignal *signal)
{
  static const char *values[] = {
    "null",
    "true",
    "-5",
    "1.0",
    "1",
    "\"text \\\" é\"",
    "[]",
    "{}",
    "[1,2,[3,{\"x\":null}]]",
    "{\"a\":1,\"b/\":[2],\"c~d\":{\"e\":3.5e-7}}",
    "9007199254740993",
  };
  g_autofree char *pointer = random_pointer (signal);
  g_autofree char *other = random_pointer (signal);
  const char *value = values[g_test_rand_int_range (0, G_N_ELEMENTS (values))];
  g_autoptr (JsonNode) node = json_from_string (value, NULL);

  switch (g_test_rand_int_range (0, 16))
    {
    case 0:
      server_signal_set_json (signal, "", "{\"list\":[0,{\"a\":1},2],\"a\":{}}", NULL);
      break;
    case 1:
    case 2:
      server_signal_remove (signal, pointer, NULL);
      break;
    case 3:
    case 4:
      server_signal_move (signal, other, pointer, NULL);
      break;
    case 5:
    case 6:
    case 7:
    case 8:
      server_signal_insert_value (signal, pointer, node, NULL);
      break;
    case 9:
      g_object_freeze_notify (G_OBJECT (signal));
      for (guint i = 0; i < 5; i++)
        write_something (signal);
      if (g_test_rand_bit ())
        server_signal_discard (signal);
      g_object_thaw_notify (G_OBJECT (signal));
      break;
    default:
      server_signal_set_json (signal, pointer, value, NULL);
      break;
    }
}

static void
restart_hub (Fixture      *self,
             ServerSignal *signal,
             gboolean      plain)
{
  stop_hub (self);
  WAIT_UNTIL (server_signal_client_get_state (self->client) != SERVER_SIGNAL_CLIENT_STATE_OPEN);
  g_free (start_hub (self, plain));
  publish (self, self->counter);
  publish (self, signal);
}

static void
test_random (Fixture       *self,
             gconstpointer  plain)
{
  g_autoptr (ServerSignal) signal = new_signal ("random", "{\"list\":[],\"a\":{}}");
  ServerSignal *replica = server_signal_client_get_signal (self->client, "random");

  publish (self, signal);
  g_signal_connect (replica, "notify::value", G_CALLBACK (count_cb), &self->values);
  server_signal_client_start (self->client);

  for (guint round = 0; round < 200; round++)
    {
      for (guint i = 0; i < 10; i++)
        {
          write_something (signal);
          if (g_test_rand_int_range (0, 3) == 0)
            g_main_context_iteration (NULL, FALSE);
        }
      if (round % 20 == 7)
        restart_hub (self, signal, plain != NULL);
      if (round % 20 == 13)
        {
          server_signal_client_stop (self->client);
          write_something (signal);
          server_signal_client_start (self->client);
        }

      WAIT_UNTIL (is_equal (replica, signal) &&
                  (plain != NULL ||
                   server_signal_get_revision (replica) == server_signal_get_revision (signal)));
    }
  g_assert_cmpuint (self->values, >, 200);
  g_assert_true (server_signal_client_get_signal (self->client, "random") == replica);
  server_signal_hub_remove (self->hub, signal);
}

/* A server that comes back: one notify::value when the document is another, none when it is the
 * same. */
static void
test_restart (Fixture       *self,
              gconstpointer  plain)
{
  ServerSignal *replica = server_signal_client_get_signal (self->client, "counter");

  set_int (self->counter, "/value", 5);
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_equal (replica, self->counter));
  g_signal_connect (replica, "notify::value", G_CALLBACK (count_cb), &self->values);
  g_signal_connect (replica, "notify::stale", G_CALLBACK (count_cb), &self->stales);

  for (guint i = 1; i <= 6; i++)
    {
      stop_hub (self);
      WAIT_UNTIL (server_signal_get_stale (replica));
      assert_client_error (self, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);

      /* The same document, another life: then a change in the same life. */
      if (i % 2 == 1)
        {
          g_assert_finalize_object (self->counter);
          self->counter = new_signal ("counter", "{\"value\":5}");
          set_int (self->counter, "/value", server_signal_get_int (replica, "/value"));
        }
      else
        {
          set_int (self->counter, "/value", 10 * i);
          set_int (self->counter, "/value", 10 * i + 1);
        }
      g_free (start_hub (self, plain != NULL));
      publish (self, self->counter);
      WAIT_UNTIL (is_equal (replica, self->counter));
      g_assert_cmpuint (self->values, ==, i / 2);
      g_assert_cmpuint (self->stales, ==, 2 * i);
    }
}

/* A signal that goes and comes while connected. */
static void
test_comes_and_goes (Fixture       *self,
                     gconstpointer  plain)
{
  ServerSignal *replica = server_signal_client_get_signal (self->client, "counter");
  g_autoptr (ServerSignal) other = new_signal ("other", "7");
  ServerSignal *other_replica = server_signal_client_get_signal (self->client, "other");

  server_signal_client_start (self->client);
  WAIT_UNTIL (is_equal (replica, self->counter));
  g_assert_true (server_signal_get_stale (other_replica));
  publish (self, other);
  WAIT_UNTIL (is_equal (other_replica, other));

  server_signal_hub_remove (self->hub, self->counter);
  set_int (self->counter, "/value", 3);
  if (plain == NULL)
    WAIT_UNTIL (server_signal_get_stale (replica));
  publish (self, self->counter);
  WAIT_UNTIL (is_equal (replica, self->counter));
  g_assert_cmpint (server_signal_client_get_state (self->client), ==,
                   SERVER_SIGNAL_CLIENT_STATE_OPEN);
  server_signal_hub_remove (self->hub, other);
}

/* Past libsoup's limit of 128 KiB, and a row at the head of ten thousand. */
static void
test_large (Fixture       *self,
            gconstpointer  plain)
{
  g_autoptr (GString) json = g_string_new ("[");
  g_autoptr (ServerSignal) rows = NULL;
  g_autoptr (JsonNode) row = json_from_string ("{\"id\":-1,\"name\":\"the new one\"}", NULL);
  g_autoptr (GError) error = NULL;
  ServerSignal *replica = server_signal_client_get_signal (self->client, "rows");

  for (guint i = 0; i < 10000; i++)
    g_string_append_printf (json,
                            "%s{\"id\":%u,\"name\":\"row number %u of the table, and a text "
                            "that makes it longer than it would have been\"}",
                            i > 0 ? "," : "", i, i);
  g_string_append_c (json, ']');
  g_assert_cmpuint (json->len, >, 1000000);
  rows = new_signal ("rows", json->str);
  publish (self, rows);

  server_signal_client_start (self->client);
  WAIT_UNTIL (is_equal (replica, rows));
  server_signal_insert_value (rows, "/0", row, &error);
  g_assert_no_error (error);
  WAIT_UNTIL (is_equal (replica, rows));
  g_assert_cmpuint (ss_value_length (ss_signal_peek (replica)), ==, 10001);
  server_signal_hub_remove (self->hub, rows);
}

/* A hub that does not let the client in, and one that throws it out for good. */

static gboolean
deny_cb (ServerSignalHub   *hub,
         SoupServerMessage *message,
         gpointer           user_data)
{
  return FALSE;
}

static void
test_denied (Fixture       *self,
             gconstpointer  plain)
{
  g_signal_connect (self->hub, "authorize", G_CALLBACK (deny_cb), NULL);
  server_signal_client_start (self->client);
  WAIT_UNTIL (server_signal_client_get_state (self->client) == SERVER_SIGNAL_CLIENT_STATE_CLOSED);
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
}

static void
test_thrown_out (Fixture       *self,
                 gconstpointer  plain)
{
  ServerSignal *replica = server_signal_client_get_signal (self->client, "counter");
  g_autoptr (ServerSignalPeer) peer = NULL;

  server_signal_client_start (self->client);
  WAIT_UNTIL (is_equal (replica, self->counter));
  peer = g_list_model_get_item (server_signal_hub_get_peers (self->hub), 0);
  server_signal_peer_close (peer, 4001, "enough");
  WAIT_UNTIL (server_signal_client_get_state (self->client) == SERVER_SIGNAL_CLIENT_STATE_CLOSED);
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  g_assert_nonnull (strstr (server_signal_client_get_error (self->client)->message, "enough"));
}

/* A client that takes less than the document: the application is told, and nothing else suffers. */
static void
test_too_large (Fixture       *self,
                gconstpointer  plain)
{
  g_autofree char *pad = g_strnfill (4096, 'x');
  g_autofree char *json = g_strdup_printf ("\"%s\"", pad);
  g_autoptr (ServerSignal) large = new_signal ("large", json);
  ServerSignal *replica = server_signal_client_get_signal (self->client, "counter");
  ServerSignal *large_replica = server_signal_client_get_signal (self->client, "large");

  publish (self, large);
  g_object_set (self->client, "max-frame-size", 2048, NULL);
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_equal (replica, self->counter) &&
              server_signal_client_get_error (self->client) != NULL);
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_true (server_signal_get_stale (large_replica));
  g_assert_cmpint (server_signal_client_get_state (self->client), ==,
                   SERVER_SIGNAL_CLIENT_STATE_OPEN);
  server_signal_hub_remove (self->hub, large);
}

/* An edge: a replica of the one hub is a signal of another, epoch and revision unchanged. */
static void
test_edge (Fixture       *self,
           gconstpointer  plain)
{
  ServerSignal *replica = server_signal_client_get_signal (self->client, "counter");
  Fixture edge = { 0 };
  ServerSignal *far;
  g_autofree char *uri = start_hub (&edge, FALSE);

  edge.counter = g_object_ref (replica);
  publish (&edge, replica);
  edge.client = server_signal_client_new (uri);
  far = server_signal_client_get_signal (edge.client, "counter");
  server_signal_client_start (edge.client);
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_equal (far, self->counter));
  set_int (self->counter, "/value", 12);
  WAIT_UNTIL (is_equal (far, self->counter));
  g_assert_cmpstr (server_signal_get_epoch (far), ==, server_signal_get_epoch (replica));
  g_assert_cmpuint (server_signal_get_revision (far), ==, server_signal_get_revision (replica));
  if (plain == NULL)
    g_assert_cmpstr (server_signal_get_epoch (far), ==, server_signal_get_epoch (self->counter));

  server_signal_hub_remove (edge.hub, replica);
  server_signal_client_stop (edge.client);
  g_clear_object (&edge.client);
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (edge.hub)) == 0);
  stop_hub (&edge);
  g_object_unref (edge.counter);
}

#define COUNTER_TEST(name, func) \
  G_STMT_START \
  { \
    g_test_add ("/counter/v1/" name, Fixture, NULL, set_up, func, tear_down); \
    g_test_add ("/counter/plain/" name, Fixture, "plain", set_up, func, tear_down); \
  } \
  G_STMT_END

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  COUNTER_TEST ("counts", test_counts);
  COUNTER_TEST ("joins", test_joins);
  COUNTER_TEST ("random", test_random);
  COUNTER_TEST ("restart", test_restart);
  COUNTER_TEST ("comes-and-goes", test_comes_and_goes);
  COUNTER_TEST ("large", test_large);
  COUNTER_TEST ("thrown-out", test_thrown_out);
  COUNTER_TEST ("edge", test_edge);
  g_test_add ("/counter/v1/denied", Fixture, NULL, set_up, test_denied, tear_down);
  g_test_add ("/counter/v1/too-large", Fixture, NULL, set_up, test_too_large, tear_down);

  return g_test_run ();
}
