/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Hubs that serve the replicas of other hubs on. */

#include "server-signal-client.h"
#include "server-signal-error.h"
#include "test-hub.h"

/* A hub and the client that feeds it. */
typedef struct
{
  ServerSignalHub    *hub;
  ServerSignalClient *client;
  ServerSignal       *replica; /* the client's */
  char               *uri;
} Edge;

typedef struct
{
  ServerSignalHub *origin;
  ServerSignal    *counter;
  char            *uri;
  guint16          port;
  Edge             edges[2];
} Fixture;

static void
edge_listen (Edge *self)
{
  g_autoptr (GError) error = NULL;

  self->hub = server_signal_hub_new ();
  server_signal_hub_listen (self->hub, NULL, 0, &error);
  g_assert_no_error (error);
  self->uri = server_signal_hub_dup_uri (self->hub);
}

static void
edge_feed (Edge       *self,
           const char *upstream)
{
  g_autoptr (GError) error = NULL;

  self->client = server_signal_client_new (upstream);
  g_object_set (self->client, "retry-min", 1, "retry-max", 50, NULL);
  self->replica = server_signal_client_get_signal (self->client, "counter");
  server_signal_hub_add (self->hub, self->replica, &error);
  g_assert_no_error (error);
}

static void
edge_close (Edge *self)
{
  server_signal_client_stop (self->client);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  test_settle ();
  server_signal_client_stop (self->client);
  g_clear_object (&self->client);
  g_clear_pointer (&self->uri, g_free);
}

/* With the life that the counter has. */
static void
origin_open_again (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) parsed = NULL;

  self->origin = server_signal_hub_new ();
  server_signal_hub_add (self->origin, self->counter, NULL);
  server_signal_hub_listen (self->origin, "127.0.0.1", self->port, &error);
  g_assert_no_error (error);
  g_free (self->uri);
  self->uri = server_signal_hub_dup_uri (self->origin);
  parsed = g_uri_parse (self->uri, G_URI_FLAGS_NONE, NULL);
  self->port = (guint16) g_uri_get_port (parsed);
}

static void
origin_open (Fixture    *self,
             const char *json)
{
  self->counter = new_signal ("counter", json);
  origin_open_again (self);
}

static void
origin_go_away (Fixture *self)
{
  server_signal_hub_close (self->origin);
  WAIT_UNTIL (n_peers (self->origin) == 0);
  g_assert_finalize_object (g_steal_pointer (&self->origin));
}

static void
origin_close (Fixture *self)
{
  origin_go_away (self);
  g_assert_finalize_object (g_steal_pointer (&self->counter));
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  origin_open (self, "{\"value\":0}");
  for (guint i = 0; i < 2; i++)
    {
      edge_listen (&self->edges[i]);
      edge_feed (&self->edges[i], self->uri);
    }
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  edge_close (&self->edges[0]);
  edge_close (&self->edges[1]);
  origin_close (self);
  g_free (self->uri);
}

#define expect_format(socket, ...) \
  G_STMT_START \
  { \
    g_autofree char *expect_format_text = g_strdup_printf (__VA_ARGS__); \
    test_websocket_expect (socket, expect_format_text); \
  } \
  G_STMT_END

/* The origin's epoch and revisions pass through. */
static void
test_chain (Fixture       *self,
            gconstpointer  data)
{
  Edge *edge = &self->edges[0];
  g_autoptr (TestWebsocket) v1 = test_websocket_open (edge->uri, V1);
  g_autoptr (TestWebsocket) plain = test_websocket_open (edge->uri, NULL);
  g_autoptr (TestWebsocket) late = NULL;

  /* Nothing to see before the first data. */
  expect_format (v1,
                 "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[],\"via\":[\"%s\"]}}",
                 server_signal_hub_get_id (edge->hub));
  set_int (self->counter, "/value", 1);
  set_int (self->counter, "/value", 2);
  server_signal_client_start (edge->client);
  expect_format (v1, "{\"via\":[\"%s\",\"%s\"]}", server_signal_hub_get_id (self->origin),
                 server_signal_hub_get_id (edge->hub));
  test_websocket_expect (v1, "{\"signal\":\"added\",\"name\":\"counter\"}");
  test_websocket_expect (plain, REPLACE ("counter", "", "{\"value\":2}") "}");

  test_websocket_send (v1, "{\"subscribe\":\"counter\"}");
  expect_format (v1, REPLACE ("counter", "", "{\"value\":2}") ",\"epoch\":\"%s\",\"rev\":2}",
                 server_signal_get_epoch (self->counter));
  set_int (self->counter, "/value", 3);
  test_websocket_expect (v1, REPLACE ("counter", "/value", "3") ",\"base\":2,\"rev\":3}");
  test_websocket_expect (plain, REPLACE ("counter", "/value", "3") "}");

  late = test_websocket_open (edge->uri, V1);
  expect_format (
    late,
    "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[\"counter\"],\"via\":[\"%s\",\"%s\"]}}",
    server_signal_hub_get_id (self->origin), server_signal_hub_get_id (edge->hub));
}

/* A client loses one edge and resumes at another. */
static void
test_change_edges (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr (TestWebsocket) first = NULL;
  g_autoptr (TestWebsocket) second = NULL;
  g_autofree char *resume = NULL;

  for (guint i = 0; i < 2; i++)
    {
      server_signal_client_start (self->edges[i].client);
      WAIT_UNTIL (!server_signal_get_stale (self->edges[i].replica));
    }

  first = test_websocket_open (self->edges[0].uri, V1);
  test_websocket_expect_prefix (first, "{\"hello\"");
  test_websocket_send (first, "{\"subscribe\":\"counter\"}");
  test_websocket_expect_prefix (first, REPLACE ("counter", "", "{\"value\":0}"));
  set_int (self->counter, "/value", 1);
  test_websocket_expect (first, REPLACE ("counter", "/value", "1") ",\"base\":0,\"rev\":1}");
  g_clear_pointer (&first, test_websocket_free);

  set_int (self->counter, "/value", 2);
  WAIT_UNTIL (server_signal_get_revision (self->edges[1].replica) == 2);
  second = test_websocket_open (self->edges[1].uri, V1);
  test_websocket_expect_prefix (second, "{\"hello\"");
  resume = g_strdup_printf ("{\"subscribe\":\"counter\",\"epoch\":\"%s\",\"rev\":1}",
                            server_signal_get_epoch (self->counter));
  test_websocket_send (second, resume);
  test_websocket_expect (second, REPLACE ("counter", "/value", "2") ",\"base\":1,\"rev\":2}");
}

/* The values that the client that goes from edge to edge showed. */
typedef struct
{
  ServerSignalClient *client;
  ServerSignal       *replica;
  GString            *shown;       /* revisions */
} Leaf;

static void
leaf_value_cb (ServerSignal *replica,
               GParamSpec   *pspec,
               gpointer      user_data)
{
  Leaf *self = user_data;

  g_string_append_printf (self->shown, "%" G_GUINT64_FORMAT " ",
                          server_signal_get_revision (replica));
}

static void
leaf_open (Leaf       *self,
           const char *uri)
{
  self->client = server_signal_client_new (uri);
  g_object_set (self->client, "retry-min", 1, "retry-max", 50, NULL);
  self->replica = server_signal_client_get_signal (self->client, "counter");
  self->shown = g_string_new (NULL);
  g_signal_connect (self->replica, "notify::value", G_CALLBACK (leaf_value_cb), self);
  server_signal_client_start (self->client);
}

static void
leaf_close (Leaf *self)
{
  server_signal_client_stop (self->client);
  test_settle ();
  server_signal_client_stop (self->client);
  g_clear_object (&self->client);
  g_string_free (self->shown, TRUE);
}

static gboolean
is_current (ServerSignal *replica,
            guint64       revision)
{
  return !server_signal_get_stale (replica) && server_signal_get_revision (replica) == revision;
}

static void
notified_cb (guint *count)
{
  ++*count;
}

/* Our own client does it as well: one replica, of which the application sees no more than what is
 * new. */
static void
test_client_changes_edges (Fixture       *self,
                           gconstpointer  data)
{
  Leaf leaf = { NULL };
  guint n_uri = 0;

  for (guint i = 0; i < 2; i++)
    {
      server_signal_client_start (self->edges[i].client);
      WAIT_UNTIL (!server_signal_get_stale (self->edges[i].replica));
    }

  leaf_open (&leaf, self->edges[0].uri);
  g_signal_connect_swapped (leaf.client, "notify::uri", G_CALLBACK (notified_cb), &n_uri);
  WAIT_UNTIL (is_current (leaf.replica, 0));
  set_int (self->counter, "/value", 1);
  WAIT_UNTIL (is_current (leaf.replica, 1));

  /* It counts from the next try, so nothing happens yet. */
  server_signal_client_set_uri (leaf.client, self->edges[1].uri);
  server_signal_client_set_uri (leaf.client, self->edges[1].uri);
  g_assert_cmpuint (n_uri, ==, 1);
  g_assert_cmpstr (server_signal_client_get_uri (leaf.client), ==, self->edges[1].uri);
  set_int (self->counter, "/value", 2);
  WAIT_UNTIL (is_current (leaf.replica, 2));
  g_assert_cmpuint (n_peers (self->edges[0].hub), ==, 1);

  server_signal_hub_close (self->edges[0].hub);
  WAIT_UNTIL (server_signal_get_stale (leaf.replica));
  set_int (self->counter, "/value", 3);
  WAIT_UNTIL (is_current (leaf.replica, 3));
  g_assert_cmpuint (n_peers (self->edges[1].hub), ==, 1);
  g_assert_cmpstr (leaf.shown->str, ==, "0 1 2 3 ");
  g_assert_cmpstr (server_signal_get_epoch (leaf.replica), ==,
                   server_signal_get_epoch (self->counter));

  leaf_close (&leaf);
}

/* Nobody goes back in time: at an edge that has not got as far as the client has, it waits. */
static void
test_edge_behind (Fixture       *self,
                  gconstpointer  data)
{
  Leaf leaf = { NULL };

  for (guint i = 0; i < 2; i++)
    {
      server_signal_client_start (self->edges[i].client);
      WAIT_UNTIL (!server_signal_get_stale (self->edges[i].replica));
    }
  /* This one hears no more of it. */
  server_signal_client_stop (self->edges[1].client);

  leaf_open (&leaf, self->edges[0].uri);
  set_int (self->counter, "/value", 5);
  set_int (self->counter, "/value", 6);
  WAIT_UNTIL (is_current (leaf.replica, 2));

  server_signal_client_set_uri (leaf.client, self->edges[1].uri);
  server_signal_hub_close (self->edges[0].hub);
  WAIT_UNTIL (n_peers (self->edges[1].hub) == 1);
  WAIT_UNTIL (server_signal_client_get_state (leaf.client) == SERVER_SIGNAL_CLIENT_STATE_OPEN &&
              server_signal_client_get_via (leaf.client) != NULL);
  test_pass_time (50);
  g_assert_cmpuint (server_signal_get_revision (self->edges[1].replica), ==, 0);
  g_assert_true (server_signal_get_stale (leaf.replica));
  g_assert_cmpuint (server_signal_get_revision (leaf.replica), ==, 2);
  g_assert_cmpint (server_signal_get_int (leaf.replica, "/value"), ==, 6);

  server_signal_client_start (self->edges[1].client);
  WAIT_UNTIL (is_current (leaf.replica, 2));
  set_int (self->counter, "/value", 7);
  WAIT_UNTIL (is_current (leaf.replica, 3));
  g_assert_true (g_str_has_suffix (leaf.shown->str, "2 3 "));

  leaf_close (&leaf);
}

/* Nor to an older life, where the origin has begun another one that the edge has not heard of. */
static void
test_edge_of_older_life (Fixture       *self,
                         gconstpointer  data)
{
  Edge *edge = &self->edges[1];
  Leaf leaf = { NULL };
  g_autofree char *lives = NULL;
  g_autoptr (TestWebsocket) v1 = NULL;
  g_autoptr (TestWebsocket) fresh = NULL;
  g_autofree char *resume = NULL;

  server_signal_client_start (edge->client);
  WAIT_UNTIL (!server_signal_get_stale (edge->replica));
  /* This one hears no more of it. */
  server_signal_client_stop (edge->client);
  origin_close (self);
  origin_open (self, "{\"value\":7}");

  leaf_open (&leaf, self->uri);
  WAIT_UNTIL (is_current (leaf.replica, 0));
  lives = g_strdup (server_signal_get_epoch (leaf.replica));
  g_assert_cmpstr (lives, !=, server_signal_get_epoch (edge->replica));

  server_signal_client_set_uri (leaf.client, edge->uri);
  origin_go_away (self);
  WAIT_UNTIL (n_peers (edge->hub) == 1);
  /* A client that holds nothing gets what there is, and is told. The other one waits. */
  fresh = test_websocket_open (edge->uri, V1);
  test_websocket_expect_prefix (fresh, "{\"hello\"");
  test_websocket_send (fresh, "{\"subscribe\":\"counter\"}");
  test_websocket_expect_prefix (fresh, "{\"signal\":\"stale\",\"name\":\"counter\",\"age\":");
  test_websocket_expect_prefix (fresh, REPLACE ("counter", "", "{\"value\":0}"));
  v1 = test_websocket_open (edge->uri, V1);
  test_websocket_expect_prefix (v1, "{\"hello\"");
  resume = g_strdup_printf ("{\"subscribe\":\"counter\",\"epoch\":\"%s\",\"rev\":0}", lives);
  test_websocket_send (v1, resume);
  test_websocket_expect (
    v1, "{\"error\":{\"code\":\"behind\",\"name\":\"counter\",\"message\":"
        "\"The signal “counter” may be behind here, for nobody vouches for it\"}}");
  g_assert_true (server_signal_get_stale (leaf.replica));
  g_assert_cmpstr (server_signal_get_epoch (leaf.replica), ==, lives);
  g_assert_cmpint (server_signal_get_int (leaf.replica, "/value"), ==, 7);

  origin_open_again (self);
  server_signal_client_start (edge->client);
  WAIT_UNTIL (is_current (leaf.replica, 0));
  g_assert_cmpstr (leaf.shown->str, ==, "0 ");

  leaf_close (&leaf);
}

/* A word for the document that the edge has is enough: there need be no commit. */
static void
test_edge_vouched_for (Fixture       *self,
                       gconstpointer  data)
{
  Edge *edge = &self->edges[1];
  g_autoptr (TestWebsocket) v1 = NULL;

  server_signal_client_start (edge->client);
  WAIT_UNTIL (!server_signal_get_stale (edge->replica));
  server_signal_client_stop (edge->client);

  v1 = test_websocket_open (edge->uri, V1);
  test_websocket_expect_prefix (v1, "{\"hello\"");
  test_websocket_send (v1, "{\"subscribe\":\"counter\",\"epoch\":\"of long ago\",\"rev\":90}");
  WAIT_UNTIL (n_peers (edge->hub) == 1);
  server_signal_client_start (edge->client);
  expect_format (v1, "{\"via\":[\"%s\",\"%s\"]}", server_signal_hub_get_id (self->origin),
                 server_signal_hub_get_id (edge->hub));
  expect_format (v1, REPLACE ("counter", "", "{\"value\":0}") ",\"epoch\":\"%s\",\"rev\":0}",
                 server_signal_get_epoch (self->counter));
}

/* An origin that has started again is another life, which goes through at once. */
static void
test_new_epoch (Fixture       *self,
                gconstpointer  data)
{
  Edge *edge = &self->edges[0];
  g_autoptr (TestWebsocket) client = NULL;

  server_signal_client_start (edge->client);
  WAIT_UNTIL (!server_signal_get_stale (edge->replica));
  client = test_websocket_open (edge->uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");
  test_websocket_send (client, "{\"subscribe\":\"counter\"}");
  test_websocket_expect_prefix (client, REPLACE ("counter", "", "{\"value\":0}"));

  origin_close (self);
  /* The edge still serves the document that it has, and says that nobody vouches for it. */
  test_websocket_expect_prefix (client, "{\"signal\":\"stale\",\"name\":\"counter\",\"age\":");
  g_assert_true (server_signal_get_stale (edge->replica));
  test_websocket_send (client, "{\"subscribe\":\"counter\"}");
  test_websocket_expect_prefix (client, "{\"signal\":\"stale\",\"name\":\"counter\",\"age\":");
  test_websocket_expect_prefix (client, REPLACE ("counter", "", "{\"value\":0}"));

  origin_open (self, "{\"value\":7}");
  expect_format (client, "{\"via\":[\"%s\",\"%s\"]}", server_signal_hub_get_id (self->origin),
                 server_signal_hub_get_id (edge->hub));
  expect_format (client, REPLACE ("counter", "", "{\"value\":7}") ",\"epoch\":\"%s\",\"rev\":0}",
                 server_signal_get_epoch (self->counter));
  test_websocket_expect (client, "{\"signal\":\"fresh\",\"name\":\"counter\"}");
}

/* The peer hears first of the standing, and then of the hubs. */
static void
stop_feeding (Edge          *edge,
              TestWebsocket *peer)
{
  server_signal_client_stop (edge->client);
  test_websocket_expect_prefix (peer, "{\"signal\":\"stale\",\"name\":\"counter\",\"age\":");
  expect_format (peer, "{\"via\":[\"%s\"]}", server_signal_hub_get_id (edge->hub));
}

static void
start_feeding (Fixture       *self,
               Edge          *edge,
               TestWebsocket *peer)
{
  server_signal_client_start (edge->client);
  expect_format (peer, "{\"via\":[\"%s\",\"%s\"]}", server_signal_hub_get_id (self->origin),
                 server_signal_hub_get_id (edge->hub));
}

/* The origin is the same one again: the confirmation of what the edge has is enough. */
static void
test_confirmed (Fixture       *self,
                gconstpointer  data)
{
  Edge *edge = &self->edges[0];
  g_autoptr (TestWebsocket) client = NULL;
  g_autoptr (TestWebsocket) plain = NULL;
  g_autoptr (TestWebsocket) late = NULL;

  server_signal_client_start (edge->client);
  WAIT_UNTIL (!server_signal_get_stale (edge->replica));
  client = test_websocket_open (edge->uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");
  test_websocket_send (client, "{\"subscribe\":\"counter\"}");
  test_websocket_expect_prefix (client, REPLACE ("counter", "", "{\"value\":0}"));
  plain = test_websocket_open (edge->uri, NULL);
  test_websocket_expect (plain, REPLACE ("counter", "", "{\"value\":0}") "}");

  stop_feeding (edge, client);
  start_feeding (self, edge, client);
  test_websocket_expect (client, "{\"signal\":\"fresh\",\"name\":\"counter\"}");

  /* The word is taken back when the subscription that it was said to ends. */
  stop_feeding (edge, client);
  test_websocket_send (client, "{\"unsubscribe\":\"counter\"}");
  test_websocket_expect (client, "{\"signal\":\"fresh\",\"name\":\"counter\"}");
  start_feeding (self, edge, client);
  WAIT_UNTIL (!server_signal_get_stale (edge->replica));
  test_websocket_send (client, "{\"subscribe\":\"counter\"}");
  test_websocket_expect_prefix (client, REPLACE ("counter", "", "{\"value\":0}"));

  /* One that asks again is told what has changed since it was told. */
  stop_feeding (edge, client);
  set_int (self->counter, "/value", 1);
  start_feeding (self, edge, client);
  test_websocket_expect_prefix (client, REPLACE ("counter", "/value", "1"));
  test_websocket_expect (client, "{\"signal\":\"fresh\",\"name\":\"counter\"}");

  /* While the program has the replica frozen, the document that would be current is not out. */
  stop_feeding (edge, client);
  g_object_freeze_notify (G_OBJECT (edge->replica));
  set_int (self->counter, "/value", 2);
  start_feeding (self, edge, client);
  WAIT_UNTIL (!server_signal_get_stale (edge->replica));
  late = test_websocket_open (edge->uri, V1);
  test_websocket_expect_prefix (late, "{\"hello\"");
  test_websocket_send (late, "{\"subscribe\":\"counter\"}");
  test_websocket_expect_prefix (late, "{\"signal\":\"stale\",\"name\":\"counter\",\"age\":");
  test_websocket_expect_prefix (late, REPLACE ("counter", "", "{\"value\":1}"));
  g_object_thaw_notify (G_OBJECT (edge->replica));
  for (guint i = 0; i < 2; i++)
    {
      TestWebsocket *each = i == 0 ? client : late;

      test_websocket_expect_prefix (each, REPLACE ("counter", "/value", "2"));
      test_websocket_expect (each, "{\"signal\":\"fresh\",\"name\":\"counter\"}");
    }

  /* A plain peer is told documents, and nothing else. */
  test_websocket_expect (plain, REPLACE ("counter", "/value", "1") "}");
  test_websocket_expect (plain, REPLACE ("counter", "/value", "2") "}");
}

#define N_LINKS 4

/* Edges one behind the other. */
static void
test_honest (void)
{
  Fixture self = { NULL };
  Edge links[N_LINKS] = { { NULL } };
  g_autoptr (ServerSignalClient) client = NULL;
  ServerSignal *leaf;

  origin_open (&self, "{\"value\":0}");
  for (guint i = 0; i < N_LINKS; i++)
    {
      edge_listen (&links[i]);
      edge_feed (&links[i], i == 0 ? self.uri : links[i - 1].uri);
      server_signal_client_start (links[i].client);
    }
  client = server_signal_client_new (links[N_LINKS - 1].uri);
  g_object_set (client, "retry-min", 1, "retry-max", 50, NULL);
  leaf = server_signal_client_get_signal (client, "counter");
  server_signal_client_start (client);
  WAIT_UNTIL (is_current (leaf, 0));

  /* All of them know when the first one does, and since when. */
  origin_close (&self);
  WAIT_UNTIL (server_signal_get_stale (leaf));
  for (guint i = 0; i < N_LINKS; i++)
    g_assert_true (server_signal_get_stale (links[i].replica));
  test_pass_time (50);
  g_assert_cmpint (server_signal_get_age (links[0].replica), >=, 50);
  g_assert_cmpint (server_signal_get_age (leaf), >=, 50);

  /* A client that comes meanwhile is told the document, and never that it is current. */
  server_signal_client_release (client, "counter");
  leaf = server_signal_client_get_signal (client, "counter");
  g_assert_cmpint (server_signal_get_age (leaf), ==, G_MAXINT64);
  WAIT_UNTIL (server_signal_get_age (leaf) < G_MAXINT64);
  WAIT_UNTIL (server_signal_get_epoch (leaf) != NULL &&
              strcmp (server_signal_get_epoch (leaf), server_signal_get_epoch (links[0].replica)) ==
                0);
  g_assert_true (server_signal_get_stale (leaf));
  /* But for the time that the word took from one to the next. */
  g_assert_cmpint (server_signal_get_age (leaf), >=, 50);

  origin_open (&self, "{\"value\":9}");
  WAIT_UNTIL (!server_signal_get_stale (leaf));
  g_assert_cmpint (server_signal_get_int (leaf, "/value"), ==, 9);
  g_assert_cmpuint (g_strv_length ((GStrv) server_signal_client_get_via (client)), ==, N_LINKS + 1);

  server_signal_client_stop (client);
  for (guint i = N_LINKS; i > 0; i--)
    edge_close (&links[i - 1]);
  origin_close (&self);
  g_free (self.uri);
}

/* Two edges that feed each other: whoever notices refuses. */
static void
test_circle (void)
{
  Edge edges[2] = { { NULL } };
  const GError *error;

  edge_listen (&edges[0]);
  edge_listen (&edges[1]);
  edge_feed (&edges[0], edges[1].uri);
  edge_feed (&edges[1], edges[0].uri);

  server_signal_client_start (edges[0].client);
  WAIT_UNTIL (server_signal_client_get_via (edges[0].client) != NULL);
  server_signal_client_start (edges[1].client);
  WAIT_UNTIL (server_signal_client_get_error (edges[1].client) != NULL);
  error = server_signal_client_get_error (edges[1].client);
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  g_assert_nonnull (strstr (error->message, "“counter”"));
  g_assert_true (server_signal_get_stale (edges[1].replica));

  server_signal_client_stop (edges[0].client);
  server_signal_client_stop (edges[1].client);
  WAIT_UNTIL (n_peers (edges[0].hub) == 0 && n_peers (edges[1].hub) == 0);
  edge_close (&edges[0]);
  edge_close (&edges[1]);
}

static guint
n_refused (Edge  *edges,
           guint  n)
{
  guint n_found = 0;

  for (guint i = 0; i < n; i++)
    {
      const GError *error = server_signal_client_get_error (edges[i].client);

      if (error != NULL && strstr (error->message, "would come back to the hub") != NULL)
        {
          g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
          n_found++;
        }
    }

  return n_found;
}

/* A circle of any size is refused where it closes, though every link of it is made before there is
 * anything to be told through it. */
static void
test_large_circle (void)
{
  Edge edges[5] = { { NULL } };
  guint n = G_N_ELEMENTS (edges);

  for (guint i = 0; i < n; i++)
    edge_listen (&edges[i]);
  for (guint i = 0; i < n; i++)
    edge_feed (&edges[i], edges[(i + n - 1) % n].uri);

  /* All but the last. Each knows of those before it. */
  for (guint i = 1; i < n; i++)
    server_signal_client_start (edges[i].client);
  WAIT_UNTIL (server_signal_client_get_via (edges[n - 1].client) != NULL &&
              g_strv_length ((GStrv) server_signal_client_get_via (edges[n - 1].client)) == n - 1);
  g_assert_cmpuint (n_refused (edges, n), ==, 0);

  server_signal_client_start (edges[0].client);
  WAIT_UNTIL (n_refused (edges, n) > 0);
  for (guint i = 0; i < n; i++)
    server_signal_client_stop (edges[i].client);
  for (guint i = 0; i < n; i++)
    WAIT_UNTIL (n_peers (edges[i].hub) == 0);
  for (guint i = 0; i < n; i++)
    edge_close (&edges[i]);
}

static gboolean
is_open (Edge *edge)
{
  return server_signal_client_get_state (edge->client) == SERVER_SIGNAL_CLIENT_STATE_OPEN &&
         server_signal_client_get_via (edge->client) != NULL;
}

/* The same with all links at once, none of which knows anything at first. */
static void
test_sudden_circle (void)
{
  Edge edges[3] = { { NULL } };
  guint n = G_N_ELEMENTS (edges);

  for (guint i = 0; i < n; i++)
    edge_listen (&edges[i]);
  for (guint i = 0; i < n; i++)
    edge_feed (&edges[i], edges[(i + n - 1) % n].uri);
  for (guint i = 0; i < n; i++)
    server_signal_client_start (edges[i].client);
  WAIT_UNTIL (n_refused (edges, n) > 0);

  /* One link less, and it is a chain, in which the others come to stay. */
  server_signal_client_stop (edges[0].client);
  WAIT_UNTIL (n_refused (edges, n) == 0 && is_open (&edges[1]) && is_open (&edges[2]) &&
              g_strv_length ((GStrv) server_signal_client_get_via (edges[2].client)) == n - 1);

  for (guint i = 1; i < n; i++)
    server_signal_client_stop (edges[i].client);
  for (guint i = 0; i < n; i++)
    WAIT_UNTIL (n_peers (edges[i].hub) == 0);
  for (guint i = 0; i < n; i++)
    edge_close (&edges[i]);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/edge/chain", Fixture, NULL, set_up, test_chain, tear_down);
  g_test_add ("/edge/change-edges", Fixture, NULL, set_up, test_change_edges, tear_down);
  g_test_add ("/edge/client-changes-edges", Fixture, NULL, set_up, test_client_changes_edges,
              tear_down);
  g_test_add ("/edge/behind", Fixture, NULL, set_up, test_edge_behind, tear_down);
  g_test_add ("/edge/of-older-life", Fixture, NULL, set_up, test_edge_of_older_life, tear_down);
  g_test_add ("/edge/vouched-for", Fixture, NULL, set_up, test_edge_vouched_for, tear_down);
  g_test_add ("/edge/new-epoch", Fixture, NULL, set_up, test_new_epoch, tear_down);
  g_test_add ("/edge/confirmed", Fixture, NULL, set_up, test_confirmed, tear_down);
  g_test_add_func ("/edge/honest", test_honest);
  g_test_add_func ("/edge/circle", test_circle);
  g_test_add_func ("/edge/circle/large", test_large_circle);
  g_test_add_func ("/edge/circle/sudden", test_sudden_circle);

  return g_test_run ();
}
