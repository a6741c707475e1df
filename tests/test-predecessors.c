/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Known faults of earlier libraries for this, each by its name, over sockets: with a client of
 * ours, and with one that was written by hand where ours would not do such a thing. */

#include "config.h"

#include "client-fixture.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "test-hub.h"
#include "wire/ss-frame-decode.h"

#define COMMITS 20000
#define ROW_BYTES 2000

typedef struct
{
  ServerSignalHub    *hub;
  ServerSignal       *signal;
  ServerSignalClient *client;
  ServerSignal       *replica;
  char               *uri;
} Fixture;

static void
publish (Fixture    *self,
         const char *json,
         guint16     port)
{
  g_autoptr (GError) error = NULL;

  self->hub = server_signal_hub_new ();
  self->signal = new_signal ("signal", json);
  server_signal_hub_add (self->hub, self->signal, &error);
  g_assert_no_error (error);
  server_signal_hub_listen (self->hub, NULL, port, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture       *self,
        gconstpointer  json)
{
  publish (self, json, 0);
  self->uri = server_signal_hub_dup_uri (self->hub);
  self->client = server_signal_client_new (self->uri);
  g_object_set (self->client, "retry-min", 1, "retry-max", 20, NULL);
  self->replica = server_signal_client_get_signal (self->client, "signal");
}

static void
tear_down (Fixture       *self,
           gconstpointer  json)
{
  server_signal_client_stop (self->client);
  g_assert_finalize_object (self->client);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (self->hub);
  g_assert_finalize_object (self->signal);
  g_free (self->uri);
}

static gboolean
is_current (ServerSignal *replica,
            ServerSignal *signal)
{
  return !server_signal_get_stale (replica) &&
         ss_value_equal (ss_signal_peek (replica), ss_signal_peek (signal));
}

static void
append (ServerSignal *list,
        gint64        number)
{
  g_autofree char *json = g_strdup_printf ("%" G_GINT64_FORMAT, number);
  g_autoptr (GError) error = NULL;

  server_signal_set_json (list, "/-", json, &error);
  g_assert_no_error (error);
}

/* Applies a frame for the signal as a client that was written by hand does. */
static void
apply_frame (const char  *text,
             SsValue    **document)
{
  g_autoptr (GError) error = NULL;
  g_auto (SsFrame) frame = { 0 };

  g_assert_true (ss_frame_decode (&frame, text, strlen (text), &error));
  if (frame.kind == SS_FRAME_SNAPSHOT)
    {
      if (*document != NULL)
        ss_value_unref (*document);
      *document = ss_value_ref (frame.value);
    }
  else if (frame.kind == SS_FRAME_UPDATE)
    {
      g_assert_nonnull (*document);
      ss_patch_apply (frame.patch, document, NULL, &error);
      g_assert_no_error (error);
    }
}

static void
apply_frames (TestWebsocket  *client,
              SsValue       **document)
{
  char *text;

  while ((text = g_queue_pop_head (&client->frames)) != NULL)
    {
      apply_frame (text, document);
      g_free (text);
    }
}

static gboolean
shows (TestWebsocket  *client,
       SsValue       **document,
       ServerSignal   *signal)
{
  apply_frames (client, document);

  return *document != NULL && ss_value_equal (*document, ss_signal_peek (signal));
}

/* A client that comes after the first commits gets the document as it is, in either protocol. */
static void
test_late_joiner (Fixture       *self,
                  gconstpointer  json)
{
  g_autoptr (TestWebsocket) plain = NULL;

  for (gint64 i = 0; i < 100; i++)
    append (self->signal, i);

  plain = test_websocket_open (self->uri, NULL);
  test_websocket_expect_prefix (plain, "{\"name\":\"signal\",\"patch\":[{\"op\":\"replace\","
                                       "\"path\":\"\",\"value\":[0,1,2,3,4,5,6,7,8,9,10,");
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  g_assert_cmpuint (server_signal_get_revision (self->replica), ==, 100);
}

/* The list grows at every turn of the main loop while clients come: none sees a number twice, or
 * misses one. */
static void
test_snapshot_race (Fixture       *self,
                    gconstpointer  json)
{
  gint64 next = 0;

  for (guint i = 0; i < 30; i++)
    {
      gboolean v1 = i % 2 == 0;
      const char *offers[] = { V1, NULL };
      g_autoptr (TestWebsocket) client = test_websocket_begin (self->uri, v1 ? offers : NULL);
      SsValue *document = NULL;
      gboolean asked = FALSE;
      gint64 end = G_MAXINT64;

      while (next < end)
        {
          append (self->signal, next++);
          if (v1 && !asked && client->opened)
            {
              test_websocket_send (client, "{\"subscribe\":\"signal\"}");
              append (self->signal, next++);
              asked = TRUE;
            }
          g_main_context_iteration (NULL, FALSE);
          apply_frames (client, &document);
          if (document != NULL && end == G_MAXINT64)
            end = next + 50;
        }
      WAIT_UNTIL (shows (client, &document, self->signal));
      for (guint j = 0; j < ss_value_length (document); j++)
        g_assert_cmpint (ss_value_get_int (ss_array_get (document, j)), ==, (gint64) j);
      ss_value_unref (document);
    }
}

static void
count_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          gpointer      user_data)
{
  (*(guint *) user_data)++;
}

static void
later_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          gpointer      user_data)
{
  gint64 *last = user_data;
  gint64 number = server_signal_get_int (replica, "/number");

  g_assert_cmpint (number, >, *last);
  *last = number;
}

/* A receiver that takes nothing while forty megabytes of commits are made loses none of the state,
 * sees nothing older after something newer, and does not have the hub keep them all. */
static void
test_lagging_receiver (Fixture       *self,
                       gconstpointer  json)
{
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);
  g_autofree char *pad = g_strnfill (ROW_BYTES, 'x');
  SsValue *document = NULL;
  gint64 last = -1;

  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  WAIT_UNTIL (shows (plain, &document, self->signal));
  g_signal_connect (self->replica, "notify::value", G_CALLBACK (later_cb), &last);

  /* Nobody reads, as the main loop that all of them are in does not run. */
  for (guint i = 0; i < COMMITS; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/rows/%u", i % 8);

      pad[i % ROW_BYTES] = (char) ('a' + i % 26);
      g_object_freeze_notify (G_OBJECT (self->signal));
      set_int (self->signal, "/number", i);
      server_signal_set_string (self->signal, i < 8 ? "/rows/-" : pointer, pad, NULL);
      g_object_thaw_notify (G_OBJECT (self->signal));
    }

  for (guint i = 0; i < n_peers (self->hub); i++)
    {
      g_autoptr (ServerSignalPeer) peer =
        g_list_model_get_item (server_signal_hub_get_peers (self->hub), i);

      g_assert_cmpuint (server_signal_peer_get_backlog (peer), <,
                        server_signal_hub_get_max_backlog (self->hub) + 100 * ROW_BYTES);
    }
  WAIT_UNTIL (is_current (self->replica, self->signal));
  g_assert_cmpuint (server_signal_get_revision (self->replica), ==, COMMITS);
  g_assert_cmpint (last, ==, COMMITS - 1);
  WAIT_UNTIL (shows (plain, &document, self->signal));

  /* And it goes on from there. */
  set_int (self->signal, "/number", COMMITS);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  WAIT_UNTIL (shows (plain, &document, self->signal));
  ss_value_unref (document);
}

/* The main loop of a program that can be stopped. */
static gboolean
go_cb (gpointer context)
{
  g_main_context_push_thread_default (context);
  while (g_main_context_iteration (context, FALSE))
    ;
  g_main_context_pop_thread_default (context);

  return G_SOURCE_CONTINUE;
}

static void
loss_cb (ServerSignalClient *client,
         GParamSpec         *pspec,
         gpointer            user_data)
{
  GString *losses = user_data;
  const GError *error = server_signal_client_get_error (client);

  if (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_WAITING)
    g_string_append_printf (losses, "%s\n", error->message);
}

/* A receiver that stands still for so long that the hub lets it go comes back when it goes on. */
static void
test_stopped_receiver (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GString) losses = g_string_new (NULL);
  g_autofree char *pad = g_strnfill (500000, 'x');
  guint going = g_timeout_add (1, go_cb, context);
  Fixture self = { 0 };

  publish (&self, "{\"number\":-1,\"pad\":\"\"}", 0);
  self.uri = server_signal_hub_dup_uri (self.hub);
  server_signal_hub_set_stall_timeout (self.hub, 1000);
  g_main_context_push_thread_default (context);
  self.client = server_signal_client_new (self.uri);
  g_object_set (self.client, "retry-min", 1, "retry-max", 20, NULL);
  self.replica = server_signal_client_get_signal (self.client, "signal");
  g_signal_connect (self.client, "notify::state", G_CALLBACK (loss_cb), losses);
  server_signal_client_start (self.client);
  g_main_context_pop_thread_default (context);
  WAIT_UNTIL (is_current (self.replica, self.signal));

  /* More than the kernel takes for it. */
  g_source_remove (going);
  for (guint i = 0; i < 40; i++)
    {
      pad[i] = 'y';
      set_int (self.signal, "/number", i);
      server_signal_set_string (self.signal, "/pad", pad, NULL);
      test_settle ();
    }
  WAIT_UNTIL (server_signal_hub_get_dropped_peers (self.hub) == 1);
  set_int (self.signal, "/number", 40);

  going = g_timeout_add (1, go_cb, context);
  WAIT_UNTIL (is_current (self.replica, self.signal));
  g_assert_cmpint (server_signal_get_int (self.replica, "/number"), ==, 40);
  g_assert_cmpstr (
    losses->str, ==,
    "The server closed the connection (1008: too slow: nothing was read for too long)\n");

  server_signal_client_stop (self.client);
  g_assert_finalize_object (self.client);
  WAIT_UNTIL (n_peers (self.hub) == 0);
  g_source_remove (going);
  server_signal_hub_detach (self.hub);
  g_assert_finalize_object (self.hub);
  g_assert_finalize_object (self.signal);
  g_free (self.uri);
}

/* A server whose patch does not apply: no crash and no wrong document, but a snapshot. */
static void
test_bad_patch (ClientFixture *self,
                gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");
  gboolean v1 = protocol != NULL;
  guint requests;

  client_fixture_open (self);
  if (v1)
    client_fixture_expect (self, "{'subscribe':'counter','max':67108864}");
  fake_server_send (self->server,
                    v1 ? "{'name':'counter','patch':[{'op':'replace','path':'','value':{'a':1}}],"
                         "'epoch':'e','rev':1}"
                       : "{'name':'counter','patch':[{'op':'replace','path':'','value':{'a':1}}]}");
  WAIT_UNTIL (!server_signal_get_stale (counter));

  requests = fake_server_get_requests (self->server);
  fake_server_send (self->server,
                    v1 ? "{'name':'counter','patch':[{'op':'add','path':'/a','value':2},"
                         "{'op':'remove','path':'/b'}],'base':1,'rev':2}"
                       : "{'name':'counter','patch':[{'op':'add','path':'/a','value':2},"
                         "{'op':'remove','path':'/b'}]}");
  WAIT_UNTIL (server_signal_get_stale (counter));
  assert_document (counter, "{'a':1}");

  if (v1)
    client_fixture_expect (self, "{'subscribe':'counter','max':67108864}");
  else
    client_fixture_reopen (self, requests);
  fake_server_send (self->server,
                    v1 ? "{'name':'counter','patch':[{'op':'replace','path':'','value':{'a':2}}],"
                         "'epoch':'e','rev':2}"
                       : "{'name':'counter','patch':[{'op':'replace','path':'','value':{'a':2}}]}");
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'a':2}");
}

/* A name that is not there is no end of anything, and may come yet. */
static void
test_unknown_name (Fixture       *self,
                   gconstpointer  json)
{
  g_autoptr (ServerSignal) later = new_signal ("later", "7");
  ServerSignal *unknown = server_signal_client_get_signal (self->client, "later");

  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  append (self->signal, 1);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  WAIT_UNTIL (server_signal_client_get_error (self->client) != NULL);
  g_assert_true (server_signal_get_stale (unknown));
  g_assert_error (server_signal_client_get_error (self->client), SERVER_SIGNAL_ERROR,
                  SERVER_SIGNAL_ERROR_NOT_CURRENT);

  server_signal_hub_add (self->hub, later, NULL);
  WAIT_UNTIL (is_current (unknown, later));
  g_assert_null (server_signal_client_get_error (self->client));
  server_signal_hub_remove (self->hub, later);
}

/* A client that asks twice has one replica, and each commit once; on the wire as well. */
static void
test_asked_twice (Fixture       *self,
                  gconstpointer  json)
{
  g_autoptr (TestWebsocket) hand = test_websocket_open (self->uri, V1);
  SsValue *document = NULL;
  guint values = 0;

  g_assert_true (server_signal_client_get_signal (self->client, "signal") == self->replica);
  server_signal_client_start (self->client);
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  g_assert_true (server_signal_client_get_signal (self->client, "signal") == self->replica);
  g_assert_cmpuint (n_peers (self->hub), ==, 2);
  g_signal_connect (self->replica, "notify::value", G_CALLBACK (count_cb), &values);

  test_websocket_send (hand, "{\"subscribe\":\"signal\"}");
  test_websocket_send (hand, "{\"subscribe\":\"signal\"}");
  test_websocket_send (hand, "{\"subscribe\":\"nobody has this\"}");
  WAIT_UNTIL (g_queue_get_length (&hand->frames) == 4);
  apply_frames (hand, &document);

  append (self->signal, 1);
  append (self->signal, 2);
  WAIT_UNTIL (shows (hand, &document, self->signal));
  WAIT_UNTIL (is_current (self->replica, self->signal));
  g_assert_cmpuint (values, <=, 2);
  test_websocket_expect_silence (hand);
  g_assert_true (shows (hand, &document, self->signal));
  ss_value_unref (document);
}

/* It is the hub that sees to it, whatever a client sends. */
static void
test_read_only (Fixture       *self,
                gconstpointer  json)
{
  static const char *const attempts[] = {
    "{\"name\":\"signal\",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":[666]}]}",
    "{\"name\":\"signal\",\"patch\":[{\"op\":\"add\",\"path\":\"/-\",\"value\":666}],\"base\":0,\"rev\":1}",
    "{\"name\":\"signal\",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":[666]}],\"epoch\":\"x\",\"rev\":9}",
    "{\"signal\":\"removed\",\"name\":\"signal\"}",
    "{\"signal\":\"added\",\"name\":\"another\"}",
    "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[\"another\"],\"via\":[]}}",
    "{\"error\":{\"code\":\"unknown-signal\",\"name\":\"signal\",\"message\":\"\"}}",
    "{\"set\":\"signal\",\"value\":666}",
  };
  g_autoptr (TestWebsocket) v1 = test_websocket_open (self->uri, V1);
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);
  g_autoptr (GError) error = NULL;

  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  for (guint i = 0; i < G_N_ELEMENTS (attempts); i++)
    {
      test_websocket_send (v1, attempts[i]);
      test_websocket_send (plain, attempts[i]);
    }
  test_websocket_expect_prefix (v1, "{\"hello\"");
  test_websocket_expect_silence (v1);
  append (self->signal, 1);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  g_assert_cmpuint (server_signal_get_revision (self->signal), ==, 1);
  test_websocket_expect (plain, REPLACE ("signal", "", "[]") "}");
  test_websocket_expect (plain, "{\"name\":\"signal\",\"patch\":[{\"op\":\"add\",\"path\":\"/-\","
                                "\"value\":1}]}");

  /* And the client says so to the program that tries. */
  g_assert_false (server_signal_set_json (self->replica, "/-", "666", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY);
}

/* The server comes back with as many commits as before, and others: the number alone is not
 * trusted. */
static void
test_new_life (Fixture       *self,
               gconstpointer  json)
{
  g_autofree char *epoch = NULL;
  g_autoptr (GUri) uri = g_uri_parse (self->uri, G_URI_FLAGS_NONE, NULL);

  for (gint64 i = 0; i < 5; i++)
    append (self->signal, i);
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  epoch = g_strdup (server_signal_get_epoch (self->replica));

  server_signal_hub_close (self->hub);
  WAIT_UNTIL (n_peers (self->hub) == 0 && server_signal_get_stale (self->replica));
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (self->hub);
  g_assert_finalize_object (self->signal);
  publish (self, "[\"another\"]", (guint16) g_uri_get_port (uri));
  for (gint64 i = 100; i < 105; i++)
    append (self->signal, i);

  WAIT_UNTIL (is_current (self->replica, self->signal));
  g_assert_cmpuint (server_signal_get_revision (self->replica), ==, 5);
  g_assert_cmpstr (server_signal_get_epoch (self->replica), !=, epoch);
  append (self->signal, 105);
  WAIT_UNTIL (is_current (self->replica, self->signal));
}

static void
patched_cb (ServerSignal      *replica,
            ServerSignalPatch *patch,
            gpointer           user_data)
{
  char **slot = user_data;

  g_free (*slot);
  *slot = server_signal_patch_to_json (patch);
}

/* Revision 0 is one to resume from: what comes is the first commit, and not the document. */
static void
test_first_revision (Fixture       *self,
                     gconstpointer  json)
{
  g_autoptr (TestWebsocket) hand = test_websocket_open (self->uri, V1);
  g_autofree char *subscribe = NULL;
  g_autofree char *patch = NULL;

  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  g_assert_cmpuint (server_signal_get_revision (self->replica), ==, 0);
  g_signal_connect (self->replica, "patched", G_CALLBACK (patched_cb), &patch);
  server_signal_client_stop (self->client);

  append (self->signal, 1);
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self->replica, self->signal));
  g_assert_cmpstr (patch, ==, "[{\"op\":\"add\",\"path\":\"/-\",\"value\":1}]");

  test_websocket_expect_prefix (hand, "{\"hello\"");
  subscribe = g_strdup_printf ("{\"subscribe\":\"signal\",\"epoch\":\"%s\",\"rev\":0}",
                               server_signal_get_epoch (self->signal));
  test_websocket_send (hand, subscribe);
  test_websocket_expect (hand, "{\"name\":\"signal\",\"patch\":[{\"op\":\"add\",\"path\":\"/-\","
                               "\"value\":1}],\"base\":0,\"rev\":1}");
}

/* Removing a signal that peers are reading: nothing of it comes behind "removed", nor to a plain
 * peer ever again, and a peer that lags does not keep it. */
static void
test_removed_while_read (Fixture       *self,
                         gconstpointer  json)
{
  g_autoptr (TestWebsocket) v1 = test_websocket_open (self->uri, V1);
  g_autoptr (TestWebsocket) plain = test_websocket_open (self->uri, NULL);
  g_autofree char *pad = g_strnfill (100000, 'x');
  g_autoptr (ServerSignal) other = new_signal ("other", "1");
  gboolean removed = FALSE;
  char *text;

  test_websocket_expect_prefix (v1, "{\"hello\"");
  test_websocket_send (v1, "{\"subscribe\":\"signal\"}");
  test_websocket_expect_prefix (v1, "{\"name\":\"signal\"");
  test_websocket_expect_prefix (plain, "{\"name\":\"signal\"");
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self->replica, self->signal));

  for (guint i = 0; i < 200; i++)
    {
      pad[0]++;
      server_signal_set_string (self->signal, i == 0 ? "/-" : "/0", pad, NULL);
    }
  server_signal_hub_remove (self->hub, self->signal);
  g_assert_finalize_object (g_steal_pointer (&self->signal));
  server_signal_hub_add (self->hub, other, NULL);

  WAIT_UNTIL (server_signal_get_stale (self->replica));
  for (gboolean added = FALSE; !added;)
    {
      text = test_websocket_next (v1);
      g_assert_false (removed && strstr (text, "\"patch\"") != NULL);
      removed = removed || g_str_equal (text, "{\"signal\":\"removed\",\"name\":\"signal\"}");
      added = g_str_equal (text, "{\"signal\":\"added\",\"name\":\"other\"}");
      g_free (text);
    }
  g_assert_true (removed);
  test_websocket_expect_silence (v1);
  for (gboolean last = FALSE; !last;)
    {
      text = test_websocket_next (plain);
      last = g_str_has_prefix (text, "{\"name\":\"other\"");
      g_free (text);
    }
  self->signal = g_steal_pointer (&other);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define CASE(path, func) g_test_add ("/predecessors/" path, Fixture, "[]", set_up, func, tear_down)

  CASE ("late-joiner", test_late_joiner);
  CASE ("snapshot-race", test_snapshot_race);
  g_test_add ("/predecessors/lagging-receiver", Fixture, "{\"number\":-1,\"rows\":[]}", set_up,
              test_lagging_receiver, tear_down);
  g_test_add_func ("/predecessors/stopped-receiver", test_stopped_receiver);
  CLIENT_TEST ("/predecessors/patch-that-does-not-apply/v1", V1, test_bad_patch);
  CLIENT_TEST ("/predecessors/patch-that-does-not-apply/plain", NULL, test_bad_patch);
  CASE ("unknown-name", test_unknown_name);
  CASE ("asked-twice", test_asked_twice);
  CASE ("read-only", test_read_only);
  CASE ("new-life", test_new_life);
  CASE ("first-revision", test_first_revision);
  CASE ("removed-while-read", test_removed_while_read);

  return g_test_run ();
}
