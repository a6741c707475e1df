/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "server-signal-error.h"
#include "test-hub.h"

/* The ways into a hub. */
typedef enum
{
  LISTEN,
  ATTACH,
  ACCEPT,
} Way;

typedef struct
{
  ServerSignalHub *hub;
  ServerSignal    *counter;
  SoupServer      *server; /* the application's; NULL with LISTEN */
  char            *uri;
} Fixture;

static void
accept_cb (SoupServer              *server,
           SoupServerMessage       *message,
           const char              *path,
           SoupWebsocketConnection *connection,
           gpointer                 user_data)
{
  ServerSignalPeer *peer = server_signal_hub_accept (user_data, connection);

  if (peer != NULL)
    g_assert_cmpuint (server_signal_peer_get_backlog (peer), ==, 0);
}

static void
set_up (Fixture       *self,
        gconstpointer  way)
{
  const char *protocols[] = { V1, NULL };
  g_autoptr (GError) error = NULL;

  self->hub = server_signal_hub_new ();
  self->counter = new_signal ("counter", "{\"value\":0}");
  server_signal_hub_add (self->hub, self->counter, &error);
  g_assert_no_error (error);

  switch ((Way) GPOINTER_TO_INT (way))
    {
    case LISTEN:
      server_signal_hub_listen (self->hub, NULL, 0, &error);
      g_assert_no_error (error);
      break;

    case ATTACH:
      self->server = new_server ();
      server_signal_hub_attach (self->hub, self->server, "/ws");
      break;

    case ACCEPT:
    default:
      self->server = new_server ();
      soup_server_add_websocket_handler (self->server, "/ws", NULL, (char **) protocols, accept_cb,
                                         self->hub, NULL);
      break;
    }

  self->uri = server_signal_hub_dup_uri (self->hub);
  if (self->uri == NULL)
    self->uri = uri_of (self->server, "ws", "/ws");
}

static void
tear_down (Fixture       *self,
           gconstpointer  way)
{
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_assert_finalize_object (g_steal_pointer (&self->counter));
  if (self->server != NULL)
    {
      soup_server_disconnect (self->server);
      test_settle ();
      g_clear_object (&self->server);
    }
  g_clear_pointer (&self->uri, g_free);
}

static char *
value_of (const char *frame)
{
  const char *begin = strstr (frame, "\"value\":");
  const char *end = strstr (frame, "}],\"epoch\"");

  if (end == NULL)
    end = frame + strlen (frame) - 3;
  g_assert_nonnull (begin);

  return g_strndup (begin + 8, (gsize) (end - begin - 8));
}

static void
test_late_joiner (Fixture       *self,
                  gconstpointer  way)
{
  g_autoptr (TestWebsocket) first = test_websocket_open (self->uri, NULL);
  g_autoptr (TestWebsocket) second = NULL;

  test_websocket_expect (first, REPLACE ("counter", "", "{\"value\":0}") "}");
  set_int (self->counter, "/value", 1);
  set_int (self->counter, "/value", 2);
  test_websocket_expect (first, REPLACE ("counter", "/value", "1") "}");
  test_websocket_expect (first, REPLACE ("counter", "/value", "2") "}");

  second = test_websocket_open (self->uri, NULL);
  test_websocket_expect (second, REPLACE ("counter", "", "{\"value\":2}") "}");
  set_int (self->counter, "/value", 3);
  test_websocket_expect (first, REPLACE ("counter", "/value", "3") "}");
  test_websocket_expect (second, REPLACE ("counter", "/value", "3") "}");
}

static void
test_both_protocols (Fixture       *self,
                     gconstpointer  way)
{
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);
  g_autoptr (TestWebsocket) v1 = test_websocket_open (self->uri, V1);
  g_autoptr (ServerSignalPeer) peer = NULL;

  test_websocket_expect_prefix (plain, "{\"name\":\"counter\",");
  test_websocket_expect_prefix (
    v1, "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[\"counter\"],");
  test_websocket_send (v1, "{\"subscribe\":\"counter\"}");
  test_websocket_expect_prefix (v1, "{\"name\":\"counter\",");

  g_assert_cmpuint (n_peers (self->hub), ==, 2);
  peer = g_list_model_get_item (server_signal_hub_get_peers (self->hub), 0);
  g_assert_null (server_signal_peer_get_protocol (peer));
  g_clear_object (&peer);
  peer = g_list_model_get_item (server_signal_hub_get_peers (self->hub), 1);
  g_assert_cmpstr (server_signal_peer_get_protocol (peer), ==, V1);

  set_int (self->counter, "/value", 1);
  test_websocket_expect (plain, REPLACE ("counter", "/value", "1") "}");
  test_websocket_expect (v1, REPLACE ("counter", "/value", "1") ",\"base\":0,\"rev\":1}");
}

static gboolean
commit_cb (gpointer user_data)
{
  ServerSignal *counter = user_data;

  set_int (counter, "/value", server_signal_get_int (counter, "/value") + 1);

  return G_SOURCE_CONTINUE;
}

/* The server commits every millisecond: whoever comes in between sees each number once from the one
 * it began with. */
static void
test_join_while_committing (Fixture       *self,
                            gconstpointer  way)
{
  guint source = g_timeout_add (1, commit_cb, self->counter);

  for (int i = 0; i < 20; i++)
    {
      g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, i % 2 == 0 ? NULL : V1);
      gint64 number = -1;

      if (i % 2 == 1)
        {
          test_websocket_expect_prefix (client, "{\"hello\"");
          test_websocket_send (client, "{\"subscribe\":\"counter\"}");
        }

      for (int j = 0; j < 20; j++)
        {
          g_autofree char *frame = test_websocket_next (client);
          const char *before = j == 0 ? "{\"value\":" : "\"/value\",\"value\":";
          const char *found = strstr (frame, before);
          gint64 next;

          g_assert_nonnull (found);
          next = g_ascii_strtoll (found + strlen (before), NULL, 10);
          if (j > 0)
            g_assert_cmpint (next, ==, number + 1);
          number = next;
        }
    }

  g_source_remove (source);
}

static void
test_large (Fixture       *self,
            gconstpointer  way)
{
  g_autoptr (GString) json = g_string_new ("[");
  g_autoptr (ServerSignal) rows = NULL;
  g_autoptr (TestWebsocket) client = NULL;
  g_autofree char *frame = NULL;
  g_autofree char *value = NULL;

  for (int i = 0; i < 10000; i++)
    g_string_append_printf (json, "%s{\"id\":%d,\"name\":\"row %d\",\"text\":\"%s\",\"on\":%s}",
                            i > 0 ? "," : "", i, i,
                            "a text that makes the row about a hundred bytes long, so 1 MB",
                            i % 2 ? "true" : "false");
  g_string_append_c (json, ']');
  g_assert_cmpuint (json->len, >, 1000000);

  server_signal_hub_remove (self->hub, self->counter);
  rows = new_signal ("rows", json->str);
  server_signal_hub_add (self->hub, rows, NULL);
  client = test_websocket_open (self->uri, NULL);
  frame = test_websocket_next (client);
  value = value_of (frame);
  g_assert_cmpuint (strlen (value), ==, json->len);
  g_assert_true (strcmp (value, json->str) == 0);

  /* One row at the head is one operation. */
  server_signal_set_json (rows, "/0", "null", NULL);
  test_websocket_expect (client, REPLACE ("rows", "/0", "null") "}");
  {
    g_autoptr (JsonNode) row = json_from_string ("{\"id\":-1}", NULL);

    server_signal_insert_value (rows, "/0", row, NULL);
    test_websocket_expect (
      client,
      "{\"name\":\"rows\",\"patch\":[{\"op\":\"add\",\"path\":\"/0\",\"value\":{\"id\":-1}}]}");
  }
}

static void
test_many_signals (Fixture       *self,
                   gconstpointer  way)
{
  g_autoptr (GPtrArray) signals = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (TestWebsocket) plain = NULL;
  g_autoptr (TestWebsocket) v1 = NULL;

  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%d", i);

      g_ptr_array_add (signals, new_signal (name, "0"));
      g_assert_true (server_signal_hub_add (self->hub, g_ptr_array_index (signals, i), NULL));
    }

  plain = test_websocket_open (self->uri, NULL);
  for (int i = 0; i < 1001; i++)
    test_websocket_expect_prefix (plain, "{\"name\":\"");

  /* To subscribe to everything at once is no flood. */
  v1 = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (v1, "{\"hello\"");
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"subscribe\":\"s%d\"}", i);

      test_websocket_send (v1, text);
    }
  for (int i = 0; i < 1000; i++)
    test_websocket_expect_prefix (v1, "{\"name\":\"");
}

static void
count_cb (ServerSignalHub  *hub,
          ServerSignalPeer *peer,
          gpointer          user_data)
{
  g_assert_true (SERVER_IS_SIGNAL_PEER (peer));
  ++*(guint *) user_data;
}

static void
test_peer_signals (Fixture       *self,
                   gconstpointer  way)
{
  guint n_added = 0;
  guint n_removed = 0;
  guint n_notified = 0;

  g_signal_connect (self->hub, "peer-added", G_CALLBACK (count_cb), &n_added);
  g_signal_connect (self->hub, "peer-removed", G_CALLBACK (count_cb), &n_removed);
  g_signal_connect_swapped (self->hub, "notify::n-peers", G_CALLBACK (g_atomic_int_inc),
                            &n_notified);

  for (int i = 0; i < 3; i++)
    {
      g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, V1);

      test_websocket_expect_prefix (client, "{\"hello\"");
      g_assert_cmpuint (n_added, ==, i + 1);
      g_assert_cmpuint (n_removed, ==, i);
      g_assert_cmpuint (n_peers (self->hub), ==, 1);
      g_clear_pointer (&client, test_websocket_free);
      WAIT_UNTIL (n_removed == (guint) i + 1);
      g_assert_cmpuint (n_peers (self->hub), ==, 0);
    }
  g_assert_cmpuint (n_notified, ==, 6);
}

static void
test_close (Fixture       *self,
            gconstpointer  way)
{
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);
  g_autoptr (TestWebsocket) v1 = test_websocket_open (self->uri, V1);

  test_websocket_expect_prefix (plain, "{\"name\"");
  test_websocket_expect_prefix (v1, "{\"hello\"");
  set_int (self->counter, "/value", 1);
  server_signal_hub_close (self->hub);
  set_int (self->counter, "/value", 2);

  /* Queued updates come first, later commits do not come. */
  test_websocket_expect_prefix (
    plain, "{\"name\":\"counter\",\"patch\":[{\"op\":\"replace\",\"path\":\"/value\",\"value\":1}");
  test_websocket_expect_close (plain, 1001);
  test_websocket_expect_close (v1, 1001);
  g_assert_true (g_queue_is_empty (&plain->frames));
  WAIT_UNTIL (n_peers (self->hub) == 0);
}

static void
test_close_async (Fixture       *self,
                  gconstpointer  way)
{
  g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strnfill (4 * 1024 * 1024, 'x');
  g_autofree char *frame = NULL;

  test_websocket_expect_prefix (client, "{\"name\"");
  server_signal_set_string (self->counter, "/text", text, NULL);
  server_signal_hub_close_async (self->hub, 20000, NULL, closed_cb, &result);
  WAIT_UNTIL (result != NULL);
  server_signal_hub_close_finish (self->hub, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_peers (self->hub), ==, 0);

  frame = test_websocket_next (client);
  g_assert_cmpuint (strlen (frame), >, strlen (text));
  test_websocket_expect_close (client, 1001);

  /* Nobody is there: done as well. */
  g_clear_object (&result);
  server_signal_hub_close_async (self->hub, 0, NULL, closed_cb, &result);
  WAIT_UNTIL (result != NULL);
  g_assert_true (server_signal_hub_close_finish (self->hub, result, &error));
}

/* The hub goes with its last reference while clients are there. */
static void
test_drop (Fixture       *self,
           gconstpointer  way)
{
  g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, NULL);
  ServerSignalHub *hub = g_object_ref (self->hub);
  guint n_removed = 0;

  test_websocket_expect_prefix (client, "{\"name\"");
  g_signal_connect (hub, "peer-removed", G_CALLBACK (count_cb), &n_removed);
  server_signal_hub_detach (hub);
  g_object_unref (hub);

  if (self->server != NULL)
    soup_server_remove_handler (self->server, "/ws");
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_assert_cmpuint (n_removed, ==, 0);
  set_int (self->counter, "/value", 1);
  test_websocket_expect_close (client, 1001);

  self->hub = server_signal_hub_new ();
}

static void
drop_cb (ServerSignalHub  *hub,
         ServerSignalPeer *peer,
         gpointer          user_data)
{
  ServerSignalHub **slot = user_data;

  server_signal_hub_detach (*slot);
  g_clear_object (slot);
}

static void
test_drop_in_handler (Fixture       *self,
                      gconstpointer  signal_and_way)
{
  g_autoptr (TestWebsocket) client = NULL;
  gpointer weak = self->hub;

  g_object_add_weak_pointer (weak, &weak);
  g_signal_connect (self->hub, "peer-added", G_CALLBACK (drop_cb), &self->hub);
  client = test_websocket_open (self->uri, NULL);
  WAIT_UNTIL (client->closed && weak == NULL);

  self->hub = server_signal_hub_new ();
}

static void
test_drop_in_removed (Fixture       *self,
                      gconstpointer  way)
{
  g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, NULL);
  gpointer weak = self->hub;

  test_websocket_expect_prefix (client, "{\"name\"");
  g_object_add_weak_pointer (weak, &weak);
  g_signal_connect (self->hub, "peer-removed", G_CALLBACK (drop_cb), &self->hub);
  g_clear_pointer (&client, test_websocket_free);
  WAIT_UNTIL (weak == NULL);

  if (self->server != NULL)
    soup_server_remove_handler (self->server, "/ws");
  self->hub = server_signal_hub_new ();
}

static void
test_signals (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) a = new_signal ("a", "1");
  g_autoptr (ServerSignal) b = new_signal ("b", "2");
  g_autoptr (ServerSignal) other_a = new_signal ("a", "3");
  g_autoptr (GError) error = NULL;
  GListModel *list = server_signal_hub_get_signals (hub);
  guint n_signals;
  guint64 commits;

  g_assert_true (g_list_model_get_item_type (list) == SERVER_TYPE_SIGNAL);
  g_assert_true (server_signal_hub_add (hub, a, &error));
  g_assert_true (server_signal_hub_add (hub, b, &error));
  g_assert_no_error (error);
  g_assert_false (server_signal_hub_add (hub, a, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (server_signal_hub_add (hub, other_a, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_EXISTS);
  g_assert_nonnull (strstr (error->message, "“a”"));

  g_assert_true (server_signal_hub_lookup (hub, "a") == a);
  g_assert_null (server_signal_hub_lookup (hub, "c"));
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, 2);

  /* One that is not there, though its name is. */
  server_signal_hub_remove (hub, other_a);
  g_assert_true (server_signal_hub_lookup (hub, "a") == a);
  server_signal_hub_remove (hub, a);
  g_assert_null (server_signal_hub_lookup (hub, "a"));
  server_signal_hub_remove (hub, a);
  g_assert_true (server_signal_hub_add (hub, other_a, NULL));

  set_int (a, NULL, 9);
  set_int (b, NULL, 9);
  set_int (other_a, NULL, 9);
  g_object_get (hub, "n-signals", &n_signals, "commits", &commits, NULL);
  g_assert_cmpuint (n_signals, ==, 2);
  g_assert_cmpuint (commits, ==, 2);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  g_assert_finalize_object (g_steal_pointer (&a));
  g_assert_finalize_object (g_steal_pointer (&b));
  g_assert_finalize_object (g_steal_pointer (&other_a));
}

/* A hub with all that belongs to it in the main context of a thread. */
typedef struct
{
  GMutex        mutex;
  GCond         cond;
  GMainContext *context;
  GMainLoop    *loop;
  ServerSignal *counter;
  char         *uri;
} Worker;

static gpointer
worker_thread (gpointer user_data)
{
  Worker *worker = user_data;
  ServerSignalHub *hub;

  g_main_context_push_thread_default (worker->context);
  hub = server_signal_hub_new ();
  g_mutex_lock (&worker->mutex);
  worker->counter = new_signal ("counter", "0");
  server_signal_hub_add (hub, worker->counter, NULL);
  g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
  worker->uri = server_signal_hub_dup_uri (hub);
  g_cond_signal (&worker->cond);
  g_mutex_unlock (&worker->mutex);

  g_main_loop_run (worker->loop);

  while (n_peers (hub) > 0)
    g_main_context_iteration (worker->context, TRUE);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
  g_assert_finalize_object (worker->counter);
  while (g_main_context_iteration (worker->context, FALSE))
    continue;
  g_main_context_pop_thread_default (worker->context);

  return NULL;
}

static gboolean
count_up_cb (gpointer user_data)
{
  Worker *worker = user_data;

  set_int (worker->counter, NULL, server_signal_get_int (worker->counter, NULL) + 1);

  return G_SOURCE_REMOVE;
}

static void
test_thread (void)
{
  Worker worker = { .context = g_main_context_new () };
  g_autoptr (TestWebsocket) client = NULL;
  GThread *thread;

  g_mutex_init (&worker.mutex);
  g_cond_init (&worker.cond);
  worker.loop = g_main_loop_new (worker.context, FALSE);
  thread = g_thread_new ("hub", worker_thread, &worker);
  g_mutex_lock (&worker.mutex);
  while (worker.uri == NULL)
    g_cond_wait (&worker.cond, &worker.mutex);
  g_mutex_unlock (&worker.mutex);

  client = test_websocket_open (worker.uri, NULL);
  test_websocket_expect (client, REPLACE ("counter", "", "0") "}");
  for (int i = 1; i < 10; i++)
    {
      g_autofree char *frame = g_strdup_printf (
        "{\"name\":\"counter\",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":%d}]}", i);

      g_main_context_invoke (worker.context, count_up_cb, &worker);
      test_websocket_expect (client, frame);
    }
  g_clear_pointer (&client, test_websocket_free);

  g_main_loop_quit (worker.loop);
  g_thread_join (thread);
  g_main_loop_unref (worker.loop);
  g_main_context_unref (worker.context);
  g_free (worker.uri);
  g_mutex_clear (&worker.mutex);
  g_cond_clear (&worker.cond);
}

static gboolean
authorize_cb (ServerSignalHub   *hub,
              SoupServerMessage *message,
              gpointer           user_data)
{
  gboolean *allow = user_data;

  g_assert_true (SOUP_IS_SERVER_MESSAGE (message));
  /* Our test client does offer it. */
  g_assert_nonnull (
    soup_message_headers_get_list (soup_server_message_get_request_headers (message),
                                   "Sec-WebSocket-Extensions"));

  return *allow;
}

static void
test_authorize (Fixture       *self,
                gconstpointer  way)
{
  gboolean first = TRUE;
  gboolean second = TRUE;
  guint n_added = 0;

  g_signal_connect (self->hub, "peer-added", G_CALLBACK (count_cb), &n_added);
  g_signal_connect (self->hub, "authorize", G_CALLBACK (authorize_cb), &first);
  g_signal_connect_after (self->hub, "authorize", G_CALLBACK (authorize_cb), &second);

  for (int i = 0; i < 4; i++)
    {
      g_autoptr (TestWebsocket) client = NULL;

      first = (i & 1) == 0;
      second = (i & 2) == 0;
      client = test_websocket_try (self->uri, V1);
      if (first && second)
        {
          g_assert_nonnull (client->connection);
          g_assert_null (soup_websocket_connection_get_extensions (client->connection));
        }
      else
        {
          g_assert_null (client->connection);
          g_assert_cmpuint (soup_message_get_status (client->message), ==, 403);
        }
    }
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_assert_cmpuint (n_added, ==, 1);
}

static gboolean
detach_cb (ServerSignalHub   *hub,
           SoupServerMessage *message,
           gpointer           user_data)
{
  if (GPOINTER_TO_INT (user_data))
    server_signal_hub_close (hub);
  else
    server_signal_hub_detach (hub);

  return TRUE;
}

/* The application shuts the door while somebody stands in it. */
static void
test_detach_in_authorize (Fixture       *self,
                          gconstpointer  way)
{
  g_autoptr (TestWebsocket) client = NULL;

  g_signal_connect (self->hub, "authorize", G_CALLBACK (detach_cb), NULL);
  client = test_websocket_try (self->uri, V1);
  g_assert_null (client->connection);
  /* A server of the hub's own is gone before it could answer. */
  if (GPOINTER_TO_INT (way) == ATTACH)
    g_assert_cmpuint (soup_message_get_status (client->message), ==, 503);
  g_assert_cmpuint (n_peers (self->hub), ==, 0);
}

static void
close_hub_cb (ServerSignalHub  *hub,
              ServerSignalPeer *peer,
              gpointer          user_data)
{
  server_signal_hub_close (hub);
}

static void
test_close_in_added (Fixture       *self,
                     gconstpointer  way)
{
  g_autoptr (TestWebsocket) client = NULL;

  g_signal_connect (self->hub, "peer-added", G_CALLBACK (close_hub_cb), NULL);
  client = test_websocket_open (self->uri, V1);
  test_websocket_expect_close (client, 1001);
  g_assert_true (g_queue_is_empty (&client->frames));
}

static void
test_max_peers (Fixture       *self,
                gconstpointer  way)
{
  g_autoptr (TestWebsocket) first = NULL;
  g_autoptr (TestWebsocket) second = NULL;

  server_signal_hub_set_max_peers (self->hub, 1);
  first = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (first, "{\"hello\"");
  second = test_websocket_try (self->uri, V1);
  if (GPOINTER_TO_INT (way) == ACCEPT)
    {
      test_websocket_expect_close (second, 1001);
    }
  else
    {
      g_assert_null (second->connection);
      g_assert_cmpuint (soup_message_get_status (second->message), ==, 503);
    }

  g_clear_pointer (&first, test_websocket_free);
  g_clear_pointer (&second, test_websocket_free);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  second = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (second, "{\"hello\"");
}

/* A client that stopped to read is cut when the time is up. */
static void
test_close_async_timeout (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) signal = NULL;
  g_autofree char *text = g_strnfill (16 * 1024 * 1024, 'x');
  g_autofree char *json = g_strdup_printf ("\"%s\"", text);
  g_autofree char *uri = NULL;
  g_autoptr (GUri) parsed = NULL;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ServerSignalPeer) peer = NULL;
  const char *handshake =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  gint64 begin;

  signal = new_signal ("large", json);
  server_signal_hub_add (hub, signal, NULL);
  server_signal_hub_listen (hub, NULL, 0, NULL);
  uri = server_signal_hub_dup_uri (hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1",
                                                (guint16) g_uri_get_port (parsed), NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), handshake,
                             strlen (handshake), NULL, NULL, NULL);
  WAIT_UNTIL (n_peers (hub) == 1);
  peer = g_list_model_get_item (server_signal_hub_get_peers (hub), 0);
  WAIT_UNTIL (server_signal_peer_get_backlog (peer) > 1024 * 1024);

  begin = g_get_monotonic_time ();
  server_signal_hub_close_async (hub, 200, NULL, closed_cb, &result);
  WAIT_UNTIL (result != NULL);
  g_assert_false (server_signal_hub_close_finish (hub, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 190 * 1000);
  WAIT_UNTIL (n_peers (hub) == 0);
  g_clear_object (&result);

  g_clear_object (&peer);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

static void
test_close_async_cancelled (Fixture       *self,
                            gconstpointer  way)
{
  g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, V1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  test_websocket_expect_prefix (client, "{\"hello\"");
  g_cancellable_cancel (cancellable);
  server_signal_hub_close_async (self->hub, 20000, cancellable, closed_cb, &result);
  WAIT_UNTIL (result != NULL);
  g_assert_false (server_signal_hub_close_finish (self->hub, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  test_websocket_expect_close (client, 1001);
}

int
main (int   argc,
      char *argv[])
{
  static const struct
  {
    const char *name;
    Way way;
  } ways[] = { { "listen", LISTEN }, { "attach", ATTACH }, { "accept", ACCEPT } };
  static const struct
  {
    const char *name;
    void (*test) (Fixture *self, gconstpointer way);
    gboolean own_handshake; /* not for accept */
  } cases[] = {
    { "late-joiner", test_late_joiner },
    { "both-protocols", test_both_protocols },
    { "join-while-committing", test_join_while_committing },
    { "large", test_large },
    { "many-signals", test_many_signals },
    { "peer-signals", test_peer_signals },
    { "max-peers", test_max_peers },
    { "close", test_close },
    { "close-async", test_close_async },
    { "close-async/cancelled", test_close_async_cancelled },
    { "close-in-added", test_close_in_added },
    { "drop", test_drop },
    { "drop-in-added", test_drop_in_handler },
    { "drop-in-removed", test_drop_in_removed },
    { "authorize", test_authorize, TRUE },
    { "detach-in-authorize", test_detach_in_authorize, TRUE },
  };

  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (cases); j++)
      {
        g_autofree char *path = g_strdup_printf ("/hub/%s/%s", ways[i].name, cases[j].name);

        if (!cases[j].own_handshake || ways[i].way != ACCEPT)
          g_test_add (path, Fixture, GINT_TO_POINTER (ways[i].way), set_up, cases[j].test,
                      tear_down);
      }

  g_test_add_func ("/hub/signals", test_signals);
  g_test_add_func ("/hub/close-async/timeout", test_close_async_timeout);
  g_test_add_func ("/hub/thread", test_thread);

  return g_test_run ();
}
