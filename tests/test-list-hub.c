/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "test-list-model.h"

#include "test-hub.h"
#include "fake-server.h"

/* Lists of replicas: through a hub and a client, and over lost connections. */

typedef struct
{
  ServerSignalHub    *hub;
  ServerSignal       *signal;
  guint16             port;
  ServerSignalClient *client;
  ServerSignal       *replica;
  ServerSignalList   *list;
  Shadow             *shadow;
} Fixture;

static void
hub_open (Fixture    *self,
          const char *json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) parsed = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *text = quoted (json);

  self->hub = server_signal_hub_new ();
  self->signal = new_signal ("table", text);
  server_signal_hub_add (self->hub, self->signal, NULL);
  server_signal_hub_listen (self->hub, "127.0.0.1", self->port, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (self->hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  self->port = (guint16) g_uri_get_port (parsed);
}

static void
hub_close (Fixture *self)
{
  server_signal_hub_close (self->hub);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_assert_finalize_object (g_steal_pointer (&self->signal));
}

static gboolean
has_caught_up (Fixture *self)
{
  return !server_signal_get_stale (self->replica) &&
         g_strcmp0 (server_signal_get_epoch (self->replica),
                    server_signal_get_epoch (self->signal)) == 0 &&
         server_signal_get_revision (self->replica) == server_signal_get_revision (self->signal);
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autofree char *uri = NULL;

  hub_open (self, "{'rows':[{'name':'a'},{'name':'b'},{'name':'c'},{'name':'d'}],'n':0}");
  uri = server_signal_hub_dup_uri (self->hub);
  self->client = server_signal_client_new (uri);
  g_object_set (self->client, "retry-min", 1, "retry-max", 50, NULL);
  self->replica = server_signal_client_get_signal (self->client, "table");
  self->list = server_signal_list_new (self->replica, "/rows", TEST_TYPE_ROW);
  self->shadow = shadow_new (self->list);
  server_signal_client_start (self->client);
  WAIT_UNTIL (has_caught_up (self));
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  server_signal_client_stop (self->client);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  shadow_free (self->shadow);
  g_assert_finalize_object (g_steal_pointer (&self->list));
  test_settle ();
  server_signal_client_stop (self->client);
  g_clear_object (&self->client);
  hub_close (self);
}

static void
test_follows (Fixture       *self,
              gconstpointer  data)
{
  GObject *c;

  assert_shadow (self->shadow, "+4@0");
  assert_names (self->list, "abcd");
  c = item_at (self->list, 2);

  server_signal_set_string (self->signal, "/rows/2/name", "C", NULL);
  g_assert_true (server_signal_move (self->signal, "/rows/2", "/rows/0", NULL));
  g_assert_true (server_signal_remove (self->signal, "/rows/3", NULL));
  WAIT_UNTIL (has_caught_up (self));
  assert_names (self->list, "Cab");
  g_assert_true (item_at (self->list, 0) == c);
}

/* Nothing has changed: nothing is announced, and every item is the same object. Changes that were
 * made meanwhile are told as if the connection had never been lost. */
static void
test_reconnect (Fixture       *self,
                gconstpointer  data)
{
  g_autoptr (GPtrArray) items = NULL;
  guint n_sets = 0;

  /* As when a client is cut off and comes back: resumed by the history. */
  g_string_truncate (self->shadow->events, 0);
  items = g_ptr_array_copy (self->shadow->items, (GCopyFunc) (gpointer) g_object_ref, NULL);
  g_ptr_array_set_free_func (items, g_object_unref);
  for (guint i = 0; i < items->len; i++)
    n_sets += ((TestRow *) items->pdata[i])->n_sets;
  server_signal_peer_close ((ServerSignalPeer *) item_at (server_signal_hub_get_peers (self->hub),
                                                          0),
                            1001, "again");
  WAIT_UNTIL (server_signal_get_stale (self->replica));
  WAIT_UNTIL (has_caught_up (self));
  assert_shadow (self->shadow, "");

  /* As when the server is started anew: another life, so a snapshot. */
  hub_close (self);
  WAIT_UNTIL (server_signal_get_stale (self->replica));
  assert_names (self->list, "abcd");
  hub_open (self, "{'rows':[{'name':'a'},{'name':'b'},{'name':'c'},{'name':'d'}],'n':0}");
  WAIT_UNTIL (has_caught_up (self));
  assert_shadow (self->shadow, "");

  /* With something else in the document. */
  hub_close (self);
  hub_open (self, "{'n':77,'rows':[{'name':'a'},{'name':'b'},{'name':'c'},{'name':'d'}]}");
  WAIT_UNTIL (has_caught_up (self));
  g_assert_cmpint (server_signal_get_int (self->replica, "/n"), ==, 77);
  assert_shadow (self->shadow, "");
  for (guint i = 0; i < items->len; i++)
    {
      g_assert_true (items->pdata[i] == (gpointer) item_at (self->list, i));
      n_sets -= ((TestRow *) items->pdata[i])->n_sets;
    }
  g_assert_cmpuint (n_sets, ==, 0);

  /* With another list. */
  hub_close (self);
  hub_open (self, "{'n':77,'rows':[{'name':'x'},{'name':'a'},{'name':'b'},{'name':'d'}]}");
  WAIT_UNTIL (has_caught_up (self));
  assert_shadow (self->shadow, "+1@0 -1@3");
  g_assert_true (items->pdata[3] == (gpointer) item_at (self->list, 3));
}

/* Changes that come one by one, merged, and over lost connections: in the end the list is the
 * server's. */
static void
test_random (Fixture       *self,
             gconstpointer  data)
{
  for (guint round = 0; round < 40; round++)
    {
      guint n_writes = (guint) g_test_rand_int_range (1, 30);

      for (guint i = 0; i < n_writes; i++)
        {
          g_autofree char *at = g_strdup_printf ("/rows/%d", g_test_rand_int_range (0, 8));
          g_autofree char *other = g_strdup_printf ("/rows/%d", g_test_rand_int_range (0, 8));
          g_autofree char *name = g_strdup_printf ("%s/name", at);
          g_autoptr (JsonNode) node = node_of ("{'name':'n'}");
          const char letter[] = { (char) g_test_rand_int_range ('e', 'z'), '\0' };

          switch (g_test_rand_int_range (0, 4))
            {
            case 0:
              server_signal_insert_value (self->signal, at, node, NULL);
              break;
            case 1:
              server_signal_remove (self->signal, at, NULL);
              break;
            case 2:
              server_signal_move (self->signal, at, other, NULL);
              break;
            default:
              server_signal_set_string (self->signal, name, letter, NULL);
              break;
            }
          if (g_test_rand_int_range (0, 8) == 0)
            test_settle ();
        }

      if (round % 10 == 9)
        {
          GListModel *peers = server_signal_hub_get_peers (self->hub);

          if (g_list_model_get_n_items (peers) > 0)
            server_signal_peer_close ((ServerSignalPeer *) item_at (peers, 0), 1001, "again");
          WAIT_UNTIL (server_signal_get_stale (self->replica));
        }
      WAIT_UNTIL (has_caught_up (self));

      {
        g_autofree char *here = server_signal_dup_json (self->signal, "/rows");
        g_autofree char *there = server_signal_dup_json (self->replica, "/rows");
        g_autoptr (GString) names = g_string_new (NULL);
        g_autoptr (JsonNode) rows = server_signal_dup_value (self->signal, "/rows");
        JsonArray *array = json_node_get_array (rows);

        g_assert_cmpstr (here, ==, there);
        for (guint i = 0; i < json_array_get_length (array); i++)
          g_string_append (names,
                           json_object_get_string_member (json_array_get_object_element (array, i),
                                                          "name"));
        assert_names (self->list, names->str);
        g_assert_cmpuint (self->shadow->items->len, ==, json_array_get_length (array));
      }
    }
}

/* A server that speaks plain frames sends the whole document again. */
static void
test_plain (void)
{
  static const char *snapshot = "{'name':'table','patch':[{'op':'replace','path':'','value':"
                                "{'rows':[{'name':'a'},{'name':'b'},{'name':'c'}]}}]}";
  FakeServer *server = fake_server_new (NULL);
  g_autofree char *uri = fake_server_dup_uri (server);
  ServerSignalClient *client = server_signal_client_new (uri);
  ServerSignal *replica = server_signal_client_get_signal (client, "table");
  ServerSignalList *list = server_signal_list_new (replica, "/rows", TEST_TYPE_ROW);
  Shadow *shadow = shadow_new (list);
  GObject *b;

  g_object_set (client, "retry-min", 1, "retry-max", 50, NULL);
  fake_server_set_greeting (server, snapshot);
  server_signal_client_start (client);
  WAIT_UNTIL (!server_signal_get_stale (replica));
  assert_shadow (shadow, "+3@0");
  b = item_at (list, 1);

  fake_server_drop (server);
  WAIT_UNTIL (server_signal_get_stale (replica));
  WAIT_UNTIL (!server_signal_get_stale (replica));
  assert_shadow (shadow, "");
  g_assert_true (item_at (list, 1) == b);

  fake_server_send (server, "{'name':'table','patch':[{'op':'remove','path':'/rows/0'}]}");
  WAIT_UNTIL (g_list_model_get_n_items (G_LIST_MODEL (list)) == 2);
  assert_shadow (shadow, "-1@0");
  g_assert_true (item_at (list, 0) == b);

  shadow_free (shadow);
  g_assert_finalize_object (list);
  server_signal_client_stop (client);
  test_settle ();
  server_signal_client_stop (client);
  g_object_unref (client);
  fake_server_free (server);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/list/hub/follows", Fixture, NULL, set_up, test_follows, tear_down);
  g_test_add ("/list/hub/reconnect", Fixture, NULL, set_up, test_reconnect, tear_down);
  g_test_add ("/list/hub/random", Fixture, NULL, set_up, test_random, tear_down);
  g_test_add_func ("/list/hub/plain", test_plain);

  return g_test_run ();
}
