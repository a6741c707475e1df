/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "client-fixture.h"
#include "client/ss-replicas.h"
#include "server-signal-error.h"
#include "ss-limits.h"
#include "wire/ss-via.h"

#define V1 "server-signal.v1"
#define SIZE "'max':67108864"
#define SNAPSHOT(value, epoch, rev) \
  "{'name':'counter','patch':[{'op':'replace','path':'','value':" value "}]," \
  "'epoch':'" epoch "','rev':" rev "}"
#define UPDATE(value, base, rev) \
  "{'name':'counter','patch':[{'op':'replace','path':'/value','value':" value "}]," \
  "'base':" base ",'rev':" rev "}"

/* Has the client follow "counter", which is {"value":0} in revision 0 of the life "e". */
static ServerSignal *
follow (ClientFixture *self)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  client_fixture_open (self);
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  fake_server_send (self->server, SNAPSHOT ("{'value':0}", "e", "0"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'value':0}");

  return counter;
}

static void
test_idle (ClientFixture *self,
           gconstpointer  protocol)
{
  ServerSignalClient *client = self->client;
  g_autoptr (JsonNode) initial = json_from_string ("{\"value\":7}", NULL);
  g_autoptr (GListModel) signals = g_object_ref (server_signal_client_get_signals (client));
  ServerSignal *a, *b;
  g_autoptr (ServerSignal) first = NULL;

  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_IDLE));
  g_assert_null (server_signal_client_get_error (client));
  g_assert_null (server_signal_client_get_protocol (client));
  g_assert_null (server_signal_client_get_via (client));
  g_assert_true (SOUP_IS_SESSION (server_signal_client_get_session (client)));
  g_assert_true (g_str_has_prefix (server_signal_client_get_uri (client), "ws://127.0.0.1:"));

  a = server_signal_client_get_signal (client, "a");
  b = server_signal_client_get_signal_with_default (client, "b", initial);
  g_assert_true (server_signal_client_get_signal (client, "a") == a);
  g_assert_true (server_signal_client_get_signal (client, "b") == b);
  g_assert_true (server_signal_client_get_signal_with_default (client, "b", NULL) == b);

  assert_document (a, "null");
  assert_document (b, "{'value':7}");
  g_assert_true (server_signal_get_stale (a));
  g_assert_false (server_signal_get_writable (a));

  g_assert_true (g_list_model_get_item_type (signals) == SERVER_TYPE_SIGNAL);
  g_assert_cmpuint (g_list_model_get_n_items (signals), ==, 2);
  first = g_list_model_get_item (signals, 0);
  g_assert_true (first == a);

  /* Nothing was started, so nothing happens. */
  server_signal_client_stop (client);
  test_settle ();
  g_assert_cmpuint (fake_server_get_requests (self->server), ==, 0);
  g_assert_cmpstr (self->states->str, ==, "");
}

static void
test_properties (ClientFixture *self,
                 gconstpointer  protocol)
{
  g_autoptr (ServerSignalClient) client = server_signal_client_new ("ws://localhost/ws");
  g_autoptr (SoupSession) session = soup_session_new ();
  guint retry_min, retry_max, retry_limit, connect_timeout, keepalive_interval, max_frame_size;
  g_autofree char *uri = NULL;

  g_object_get (client, "uri", &uri, "retry-min", &retry_min, "retry-max", &retry_max,
                "retry-limit", &retry_limit, "connect-timeout", &connect_timeout,
                "keepalive-interval", &keepalive_interval, "max-frame-size", &max_frame_size, NULL);
  g_assert_cmpstr (uri, ==, "ws://localhost/ws");
  g_assert_cmpuint (retry_min, ==, 500);
  g_assert_cmpuint (retry_max, ==, 30000);
  g_assert_cmpuint (retry_limit, ==, 0);
  g_assert_cmpuint (connect_timeout, ==, 30000);
  g_assert_cmpuint (keepalive_interval, ==, 20000);
  g_assert_cmpuint (max_frame_size, ==, 64 * 1024 * 1024);

  g_object_set (client, "session", session, NULL);
  g_assert_true (server_signal_client_get_session (client) == session);
  server_signal_client_set_session (client, NULL);
  g_assert_true (SOUP_IS_SESSION (server_signal_client_get_session (client)));
  g_assert_true (server_signal_client_get_session (client) != session);
}

static void
test_follow (ClientFixture *self,
             gconstpointer  protocol)
{
  ServerSignal *counter;

  counter = follow (self);
  seen_watch (self, counter);
  g_assert_cmpstr (self->states->str, ==, "CO");
  g_assert_cmpstr (server_signal_client_get_protocol (self->client), ==, V1);
  g_assert_cmpstr (server_signal_client_get_via (self->client)[0], ==, "h");
  g_assert_cmpstr (server_signal_get_epoch (counter), ==, "e");

  fake_server_send (self->server, UPDATE ("1", "0", "1"));
  fake_server_send (self->server, UPDATE ("5", "1", "5"));
  WAIT_UNTIL (server_signal_get_revision (counter) == 5);
  assert_document (counter, "{'value':5}");
  assert_seen (self, 2, 0);
  g_assert_cmpuint (self->seen.patches, ==, 2);

  server_signal_client_stop (self->client);
  g_assert_true (server_signal_get_stale (counter));
  assert_document (counter, "{'value':5}");
  g_assert_cmpstr (self->states->str, ==, "COI");
  WAIT_UNTIL (fake_server_get_close (self->server) == 1000);
}

/* Several names, in the order of asking, and one that is asked for while connected. */
static void
test_subscribe (ClientFixture *self,
                gconstpointer  protocol)
{
  g_object_set (self->client, "max-frame-size", 4096, NULL);
  server_signal_client_get_signal (self->client, "b");
  server_signal_client_get_signal (self->client, "a");
  client_fixture_open (self);
  client_fixture_expect (self, "{'subscribe':'b','max':4096}");
  client_fixture_expect (self, "{'subscribe':'a','max':4096}");

  server_signal_client_get_signal (self->client, "c");
  client_fixture_expect (self, "{'subscribe':'c','max':4096}");
  server_signal_client_get_signal (self->client, "c");
  test_settle ();
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
}

/* It is asked for with each connection, and at once when it changes. */
static void
test_interval (ClientFixture *self,
               gconstpointer  protocol)
{
  guint n_notified = 0;

  g_signal_connect_swapped (self->client, "notify::interval", G_CALLBACK (g_atomic_int_inc),
                            &n_notified);
  server_signal_client_set_interval (self->client, 250);
  server_signal_client_set_interval (self->client, 250);
  g_assert_cmpuint (n_notified, ==, 1);
  client_fixture_open (self);
  client_fixture_expect (self, "{'interval':250}");
  g_object_set (self->client, "interval", 60000, NULL);
  client_fixture_expect (self, "{'interval':60000}");
  server_signal_client_set_interval (self->client, 0);
  client_fixture_expect (self, "{'interval':0}");

  /* Nothing is what a connection begins with. */
  server_signal_client_stop (self->client);
  server_signal_client_get_signal (self->client, "a");
  client_fixture_open (self);
  client_fixture_expect (self, "{'subscribe':'a'," SIZE "}");
  server_signal_client_set_interval (self->client, 7);
  client_fixture_expect (self, "{'interval':7}");
  g_assert_cmpuint (n_notified, ==, 4);
}

/* Before hello nothing is asked; the greeting may come in the packet of the handshake. */
static void
test_greeting (ClientFixture *self,
               gconstpointer  protocol)
{
  server_signal_client_get_signal (self->client, "counter");
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  server_signal_client_get_signal (self->client, "other");
  test_settle ();
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
  server_signal_client_stop (self->client);

  fake_server_set_greeting (self->server, CLIENT_FIXTURE_HELLO);
  server_signal_client_start (self->client);
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  client_fixture_expect (self, "{'subscribe':'other'," SIZE "}");
}

/* A frame whose members or whose kind nobody has heard of. */
static void
test_unknown (ClientFixture *self,
              gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  fake_server_send (self->server, "{}");
  fake_server_send (self->server, "{'weather':'fine'}");
  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'replace','path':'/value','value':3,"
                    "'why':[1]}],'base':0,'rev':1,'mood':{'good':true}}");
  WAIT_UNTIL (server_signal_get_revision (counter) == 1);
  assert_document (counter, "{'value':3}");
  g_assert_cmpstr (self->states->str, ==, "CO");
}

/* A lost connection is taken up where it was, and an unchanged document is not announced. */
static void
test_resume (ClientFixture *self,
             gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  seen_watch (self, counter);
  fake_server_drop (self->server);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  g_assert_true (server_signal_get_stale (counter));
  assert_client_error (self, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);

  client_fixture_reopen (self, 1);
  g_assert_null (server_signal_client_get_error (self->client));
  client_fixture_expect (self, "{'subscribe':'counter','epoch':'e','rev':0," SIZE "}");
  fake_server_send (self->server, "{'name':'counter','patch':[],'base':0,'rev':0}");
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_seen (self, 0, 2);

  /* And once more, with something new. */
  fake_server_drop (self->server);
  client_fixture_reopen (self, 2);
  client_fixture_expect (self, "{'subscribe':'counter','epoch':'e','rev':0," SIZE "}");
  fake_server_send (self->server, UPDATE ("9", "0", "9"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'value':9}");
  assert_seen (self, 1, 4);
  g_assert_cmpstr (self->states->str, ==, "COWCOWCO");
}

static void
kill_in_frame (ClientFixture *self)
{
  /* The head of a frame of a hundred bytes, and the first of them. */
  static const char start[] = "\x81\x64{\"name\":\"counter\",\"patch\":[{";

  fake_server_send_raw (self->server, start, sizeof start - 1);
  WAIT_UNTIL (fake_server_is_written (self->server));
  test_settle ();
  fake_server_kill (self->server);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  g_assert_nonnull (server_signal_client_get_error (self->client));
  fake_server_restart (self->server);
}

/* The server dies in the middle of a frame and comes back, another life of it, on the same port. */
static void
test_restart (ClientFixture *self,
              gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);
  guint requests;

  seen_watch (self, counter);
  requests = fake_server_get_requests (self->server);
  kill_in_frame (self);
  client_fixture_reopen (self, requests);
  client_fixture_expect (self, "{'subscribe':'counter','epoch':'e','rev':0," SIZE "}");
  fake_server_send (self->server, SNAPSHOT ("{'value':0}", "f", "3"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_seen (self, 0, 2);
  g_assert_cmpuint (self->seen.patches, ==, 0);

  requests = fake_server_get_requests (self->server);
  kill_in_frame (self);
  client_fixture_reopen (self, requests);
  client_fixture_expect (self, "{'subscribe':'counter','epoch':'f','rev':3," SIZE "}");
  fake_server_send (self->server, SNAPSHOT ("{'value':1,'more':[2]}", "g", "0"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_seen (self, 1, 4);
  g_assert_cmpuint (self->seen.patches, ==, 1);

  assert_document (counter, "{'value':1,'more':[2]}");
  g_assert_cmpstr (server_signal_get_epoch (counter), ==, "g");
  g_assert_true (server_signal_client_get_signal (self->client, "counter") == counter);
}

/* An update on another revision, or one that does not apply: a snapshot is asked for, once. */
static void
test_gap (ClientFixture *self,
          gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  seen_watch (self, counter);
  fake_server_send (self->server, UPDATE ("7", "6", "7"));
  fake_server_send (self->server, UPDATE ("8", "7", "8"));
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  test_settle ();
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
  assert_document (counter, "{'value':0}");
  g_assert_true (server_signal_get_stale (counter));

  fake_server_send (self->server, SNAPSHOT ("{'value':8}", "e", "8"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'value':8}");
  assert_seen (self, 1, 2);

  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'replace','path':'/value','value':9},"
                    "{'op':'remove','path':'/nothing'}],'base':8,'rev':9}");
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  assert_document (counter, "{'value':8}");
  g_assert_cmpstr (self->states->str, ==, "CO");
}

/* A server whose updates never fit is not asked for snapshots for ever. */
static void
test_gap_for_ever (ClientFixture *self,
                   gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  for (guint i = 0; i < SS_REPLICAS_RESYNCS; i++)
    {
      fake_server_send (self->server, UPDATE ("7", "6", "7"));
      client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
      fake_server_send (self->server, SNAPSHOT ("{'value':8}", "e", "0"));
    }
  fake_server_send (self->server, UPDATE ("7", "6", "7"));
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  assert_document (counter, "{'value':8}");
}

static void
test_removed (ClientFixture *self,
              gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  seen_watch (self, counter);
  fake_server_send (self->server, "{'signal':'removed','name':'counter'}");
  WAIT_UNTIL (server_signal_get_stale (counter));
  assert_document (counter, "{'value':0}");
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  test_settle ();
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);

  fake_server_send (self->server, "{'signal':'added','name':'another'}");
  fake_server_send (self->server, "{'signal':'added','name':'counter'}");
  client_fixture_expect (self, "{'subscribe':'counter','epoch':'e','rev':0," SIZE "}");
  fake_server_send (self->server, SNAPSHOT ("{'value':4}", "f", "1"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'value':4}");
  g_assert_null (server_signal_client_get_error (self->client));
  assert_seen (self, 1, 2);
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
}

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          gpointer    user_data)
{
  ++*(guint *) user_data;
}

static gboolean
has_error (ClientFixture *self,
           const char    *words)
{
  const GError *error = server_signal_client_get_error (self->client);

  return error != NULL && strstr (error->message, words) != NULL;
}

/* A name that the server does not know: the client tells so until it comes with "added". */
static void
test_unknown_signal (ClientFixture *self,
                     gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  client_fixture_open (self);
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  fake_server_send (self->server,
                    "{'error':{'code':'unknown-signal','name':'counter','message':'none'}}");
  WAIT_UNTIL (has_error (self, "“counter”: none"));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  fake_server_send (self->server, "{'signal':'added','name':'counter'}");
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  /* The answer to that is still to come: no need to ask again. */
  fake_server_send (self->server, "{'signal':'added','name':'counter'}");
  fake_server_send (self->server, SNAPSHOT ("1", "e", "0"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
  g_assert_null (server_signal_client_get_error (self->client));
}

static void
test_behind (ClientFixture *self,
             gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);
  guint n_errors = 0;

  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);
  g_signal_connect (self->client, "notify::error", G_CALLBACK (count_cb), &n_errors);
  for (guint i = 0; i < 3; i++)
    {
      client_fixture_expect (self, "{'subscribe':'counter','epoch':'e','rev':0," SIZE "}");
      fake_server_send (self->server,
                        "{'error':{'code':'behind','name':'counter','message':'wait'}}");
    }
  client_fixture_expect (self, "{'subscribe':'counter','epoch':'e','rev':0," SIZE "}");
  g_assert_true (server_signal_get_stale (counter));
  /* It is told once, however often it is asked again. */
  g_assert_true (has_error (self, "“counter”: wait"));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  g_assert_cmpuint (n_errors, ==, 1);

  fake_server_send (self->server, UPDATE ("2", "0", "2"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'value':2}");
  g_assert_null (server_signal_client_get_error (self->client));
  g_assert_cmpuint (n_errors, ==, 2);
  g_signal_handlers_disconnect_by_data (self->client, &n_errors);
}

/* With several names in trouble the last complaint is shown, and behind it those that remain. */
static void
test_several_server_errors (ClientFixture *self,
                            gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  server_signal_client_get_signal (self->client, "a");
  server_signal_client_get_signal (self->client, "b");
  fake_server_send (self->server, "{'error':{'code':'unknown-signal','name':'a','message':''}}");
  WAIT_UNTIL (has_error (self, "“a”"));
  fake_server_send (self->server, "{'error':{'code':'too-many','name':'b','message':''}}");
  WAIT_UNTIL (has_error (self, "“b”"));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  fake_server_send (self->server, "{'signal':'removed','name':'counter'}");
  WAIT_UNTIL (server_signal_get_stale (counter));
  g_assert_true (has_error (self, "“counter”"));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);

  /* One that is not shown ends. */
  server_signal_client_release (self->client, "b");
  g_assert_true (has_error (self, "“counter”"));
  fake_server_send (self->server, SNAPSHOT ("1", "e", "1"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  g_assert_true (has_error (self, "“a”"));
  server_signal_client_release (self->client, "a");
  g_assert_null (server_signal_client_get_error (self->client));

  /* An error without a name stays, and a new connection knows of none. */
  server_signal_client_get_signal (self->client, "a");
  fake_server_send (self->server, "{'error':{'code':'unknown-signal','name':'a','message':''}}");
  WAIT_UNTIL (has_error (self, "“a”"));
  fake_server_send (self->server, "{'error':{'code':'bad-message','message':'what?'}}");
  WAIT_UNTIL (has_error (self, "what?"));
  server_signal_client_release (self->client, "a");
  g_assert_true (has_error (self, "what?"));
  server_signal_client_get_signal (self->client, "a");
  fake_server_send (self->server, "{'error':{'code':'unknown-signal','name':'a','message':''}}");
  WAIT_UNTIL (has_error (self, "“a”"));
  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);
  server_signal_client_release (self->client, "a");
  g_assert_null (server_signal_client_get_error (self->client));
}

/* A handler that hears of an error may release the name. */
static void
release_when_told_cb (ServerSignalClient *client,
                      GParamSpec         *pspec,
                      gpointer            user_data)
{
  if (server_signal_client_get_error (client) != NULL)
    server_signal_client_release (client, "counter");
}

static void
test_release_when_told (ClientFixture *self,
                        gconstpointer  protocol)
{
  g_autoptr (ServerSignal) counter = g_object_ref (follow (self));

  g_signal_connect (self->client, "notify::error", G_CALLBACK (release_when_told_cb), NULL);
  fake_server_send (self->server, "{'signal':'removed','name':'counter'}");
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_client_get_signals (self->client)) == 0);
  g_assert_null (server_signal_client_get_error (self->client));
  g_assert_finalize_object (g_steal_pointer (&counter));
}

/* An error of the server's is seen by the application; the connection goes on. */
static void
test_server_errors (ClientFixture *self,
                    gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);
  ServerSignal *large = server_signal_client_get_signal (self->client, "large");
  const GError *error;

  client_fixture_expect (self, "{'subscribe':'large'," SIZE "}");
  fake_server_send (self->server,
                    "{'error':{'code':'too-large','name':'large','message':'70 MB'}}");
  WAIT_UNTIL ((error = server_signal_client_get_error (self->client)) != NULL);
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "large"));
  g_assert_nonnull (strstr (error->message, "70 MB"));
  g_assert_true (server_signal_get_stale (large));

  fake_server_send (self->server, "{'error':{'code':'bad-message','message':'what?'}}");
  WAIT_UNTIL (server_signal_client_get_error (self->client)->code == SERVER_SIGNAL_ERROR_PROTOCOL);
  g_assert_false (server_signal_get_stale (counter));
  g_assert_cmpstr (self->states->str, ==, "CO");
}

static void
test_release (ClientFixture *self,
              gconstpointer  protocol)
{
  g_autoptr (ServerSignal) counter = g_object_ref (follow (self));
  GListModel *signals = server_signal_client_get_signals (self->client);
  ServerSignal *again;

  server_signal_client_release (self->client, "nothing of that name");
  server_signal_client_release (self->client, "counter");
  client_fixture_expect (self, "{'unsubscribe':'counter'}");
  g_assert_true (server_signal_get_stale (counter));
  g_assert_cmpuint (g_list_model_get_n_items (signals), ==, 0);
  /* On its way while we said so. */
  fake_server_send (self->server, UPDATE ("1", "0", "1"));

  again = server_signal_client_get_signal (self->client, "counter");
  g_assert_true (again != counter);
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  fake_server_send (self->server, SNAPSHOT ("{'value':2}", "e", "2"));
  WAIT_UNTIL (!server_signal_get_stale (again));
  assert_document (counter, "{'value':0}");
  assert_document (again, "{'value':2}");
  g_assert_cmpstr (self->states->str, ==, "CO");
  g_assert_finalize_object (g_steal_pointer (&counter));
}

/* A server that has said hello may be silent for ever; a plain one need not say anything at all. */
static void
test_settled (ClientFixture *self,
              gconstpointer  protocol)
{
  g_object_set (self->client, "connect-timeout", 200, NULL);
  client_fixture_open (self);
  test_pass_time (300);
  g_assert_cmpstr (self->states->str, ==, "CO");

  server_signal_client_stop (self->client);
  fake_server_set_protocol (self->server, NULL);
  client_fixture_open (self);
  test_pass_time (300);
  g_assert_cmpstr (self->states->str, ==, "COICO");
}

/* A hello of another protocol, and one that never comes. */
static void
test_bad_hello (ClientFixture *self,
                gconstpointer  protocol)
{
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  fake_server_send (self->server,
                    "{'hello':{'protocol':'server-signal.v9','signals':[],'via':[]}}");
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
  WAIT_UNTIL (fake_server_get_close (self->server) == 1002);

  server_signal_client_stop (self->client);
  g_object_set (self->client, "connect-timeout", 50, NULL);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
via_served_cb (ServerSignal       *signal,
               const char * const *before,
               const char * const *now,
               gpointer            user_data)
{
  GString **told = user_data;
  g_autofree char *from = before != NULL ? g_strjoinv (",", (char **) before) : g_strdup ("");
  g_autofree char *to = now != NULL ? g_strjoinv (",", (char **) now) : g_strdup ("");

  g_string_append_printf (*told, "%s>%s ", from, to);
}

/* The hubs that hello names stand on every replica, and one that would come back to its own hub is
 * refused. */
static void
test_via (ClientFixture *self,
          gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);
  ServerSignal *late = server_signal_client_get_signal (self->client, "late");
  static const char *const now[] = { "h", "i", NULL };
  GString *told = g_string_new (NULL);
  guint n_notified = 0;

  g_assert_cmpstr (ss_via_get (counter)[0], ==, "h");
  g_assert_cmpstr (ss_via_get (late)[0], ==, "h");

  ss_via_serve (counter, "ours", via_served_cb, &told);
  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);
  g_free (fake_server_take (self->server));
  client_fixture_expect (self, "{'subscribe':'counter','epoch':'e','rev':0," SIZE "}");

  /* They may change while connected; the same again is nothing new. */
  g_signal_connect (self->client, "notify::via", G_CALLBACK (count_cb), &n_notified);
  fake_server_send (self->server, "{'via':['h','i']}");
  fake_server_send (self->server, "{'via':['h','i']}");
  fake_server_send (self->server, SNAPSHOT ("{'value':1}", "e", "1"));
  WAIT_UNTIL (server_signal_get_int (counter, "/value") == 1);
  g_assert_cmpuint (n_notified, ==, 1);
  g_assert_cmpstrv (server_signal_client_get_via (self->client), now);
  g_assert_cmpstrv (ss_via_get (late), now);
  g_assert_cmpstr (told->str, ==, "h>h,i ");

  ss_via_serve (counter, "h", via_served_cb, &told);
  fake_server_drop (self->server);
  client_fixture_reopen (self, 2);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  g_assert_true (server_signal_get_stale (counter));
  /* Nothing comes from there. */
  g_assert_null (ss_via_get (counter));
  ss_via_unserve (counter, "h", &told);
  ss_via_unserve (counter, "ours", &told);
  g_string_free (told, TRUE);
  g_signal_handlers_disconnect_by_data (self->client, &n_notified);
}

/* A circle that closes while the connection is there. */
static void
test_via_closes (ClientFixture *self,
                 gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);
  GString *told = g_string_new (NULL);

  ss_via_serve (counter, "ours", via_served_cb, &told);
  g_assert_false (server_signal_get_stale (counter));
  fake_server_send (self->server, "{'via':['ours','h']}");
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  g_assert_true (server_signal_get_stale (counter));
  g_assert_cmpstr (told->str, ==, "h> ");

  ss_via_unserve (counter, "ours", &told);
  g_string_free (told, TRUE);
}

/* More hubs than a document may come through. */
static void
test_via_limit (ClientFixture *self,
                gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);
  GString *frame = g_string_new ("{'via':['h'");

  for (guint i = 1; i < SS_VIA_HUBS; i++)
    g_string_append_printf (frame, ",'h%u'", i);
  g_string_append (frame, "]}");
  fake_server_send (self->server, frame->str);
  WAIT_UNTIL (g_strv_length ((GStrv) server_signal_client_get_via (self->client)) == SS_VIA_HUBS);
  g_assert_false (server_signal_get_stale (counter));

  g_string_truncate (frame, frame->len - strlen ("]}"));
  g_string_append (frame, ",'one more']}");
  fake_server_send (self->server, frame->str);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_string_free (frame, TRUE);
}

/* The server says that nobody vouches for its own copy. */
static void
test_stale (ClientFixture *self,
            gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  g_assert_cmpint (server_signal_get_age (counter), ==, 0);
  seen_watch (self, counter);
  fake_server_send (self->server, "{'signal':'stale','name':'counter','age':5000}");
  WAIT_UNTIL (server_signal_get_stale (counter));
  assert_seen (self, 0, 1);
  g_assert_cmpint (server_signal_get_age (counter), >=, 5000);
  g_assert_cmpint (server_signal_get_age (counter), <, 5000 + 600000);

  /* The document goes on, and is no more current for that. */
  fake_server_send (self->server, UPDATE ("1", "0", "1"));
  WAIT_UNTIL (server_signal_get_int (counter, "/value") == 1);
  g_assert_true (server_signal_get_stale (counter));

  /* Until somebody vouches for it. Words of others are none about this one. */
  fake_server_send (self->server, "{'signal':'fresh','name':'another'}");
  fake_server_send (self->server, "{'signal':'fresh','name':'counter'}");
  WAIT_UNTIL (!server_signal_get_stale (counter));
  g_assert_cmpint (server_signal_get_age (counter), ==, 0);
  assert_seen (self, 1, 2);
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
}

/* The word comes before the document, which is shown, and never as current. */
static void
test_stale_first (ClientFixture *self,
                  gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");
  ServerSignal *unknown = server_signal_client_get_signal (self->client, "unknown");

  g_assert_cmpint (server_signal_get_age (counter), ==, G_MAXINT64);
  client_fixture_open (self);
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  seen_watch (self, counter);
  fake_server_send (self->server, "{'signal':'stale','name':'counter','age':9000}");
  fake_server_send (self->server, SNAPSHOT ("{'value':3}", "e", "3"));
  fake_server_send (self->server, "{'signal':'stale','name':'unknown'}");
  fake_server_send (
    self->server,
    "{'name':'unknown','patch':[{'op':'replace','path':'','value':1}],'epoch':'u','rev':0}");
  WAIT_UNTIL (server_signal_get_int (unknown, NULL) == 1);
  assert_document (counter, "{'value':3}");
  g_assert_true (server_signal_get_stale (counter));
  assert_seen (self, 1, 0);
  g_assert_cmpint (server_signal_get_age (counter), >=, 9000);
  g_assert_cmpint (server_signal_get_age (counter), <, G_MAXINT64);
  /* The server does not know since when. */
  g_assert_cmpint (server_signal_get_age (unknown), ==, G_MAXINT64);

  /* One of which it was known later than what another server says does not get older by that. */
  fake_server_send (self->server, "{'signal':'fresh','name':'counter'}");
  WAIT_UNTIL (!server_signal_get_stale (counter));
  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);
  fake_server_send (self->server, "{'signal':'stale','name':'counter','age':3600000000}");
  fake_server_send (self->server, "{'name':'counter','patch':[],'base':3,'rev':3}");
  fake_server_send (self->server, "{'via':['h','more']}");
  WAIT_UNTIL (g_strv_length ((GStrv) server_signal_client_get_via (self->client)) == 2);
  g_assert_true (server_signal_get_stale (counter));
  g_assert_cmpint (server_signal_get_age (counter), <, 3600000000);
}

/* The word holds for what it was said of: not for the next connection, nor for what comes after the
 * signal was taken away. */
static void
test_stale_ends (ClientFixture *self,
                 gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  fake_server_send (self->server, "{'signal':'stale','name':'counter'}");
  WAIT_UNTIL (server_signal_get_stale (counter));
  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);
  g_assert_true (server_signal_get_stale (counter));
  fake_server_send (self->server, "{'name':'counter','patch':[],'base':0,'rev':0}");
  WAIT_UNTIL (!server_signal_get_stale (counter));

  fake_server_send (self->server, "{'signal':'stale','name':'counter'}");
  fake_server_send (self->server, "{'signal':'removed','name':'counter'}");
  fake_server_send (self->server, "{'signal':'added','name':'counter'}");
  fake_server_send (self->server, SNAPSHOT ("{'value':7}", "f", "0"));
  WAIT_UNTIL (server_signal_get_int (counter, "/value") == 7);
  g_assert_false (server_signal_get_stale (counter));
}

/* The plain protocol has no such word. */
static void
test_stale_plain (ClientFixture *self,
                  gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  client_fixture_open (self);
  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'replace','path':'','value':1}]}");
  WAIT_UNTIL (!server_signal_get_stale (counter));
  fake_server_send (self->server, "{'signal':'stale','name':'counter'}");
  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'replace','path':'','value':2}]}");
  WAIT_UNTIL (server_signal_get_int (counter, NULL) == 2);
  g_assert_false (server_signal_get_stale (counter));
}

static void
assert_names (ServerSignalClient *client,
              const char         *expected)
{
  g_auto (GStrv) names = server_signal_client_dup_names (client);
  g_autofree char *joined = names != NULL ? g_strjoinv (" ", names) : NULL;

  g_assert_cmpstr (joined, ==, expected);
}

/* The names that the server has are those that it tells, for as long as the connection lasts. */
static void
test_names (ClientFixture *self,
            gconstpointer  protocol)
{
  g_autoptr (GString) many = g_string_new ("{'hello':{'protocol':'server-signal.v1','signals':[");
  g_auto (GStrv) names = NULL;
  guint told = 0;

  g_signal_connect (self->client, "notify::names", G_CALLBACK (count_cb), &told);
  assert_names (self->client, NULL);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  assert_names (self->client, NULL);
  g_assert_cmpuint (told, ==, 0);

  fake_server_send (self->server, "{'hello':{'protocol':'server-signal.v1','signals':['b','a','b'],"
                                  "'via':['h']}}");
  WAIT_UNTIL (told == 1);
  assert_names (self->client, "b a");
  fake_server_send (self->server, "{'signal':'added','name':'a'}");
  fake_server_send (self->server, "{'signal':'removed','name':'x'}");
  fake_server_send (self->server, "{'signal':'added','name':'c'}");
  fake_server_send (self->server, "{'signal':'removed','name':'b'}");
  WAIT_UNTIL (told == 3);
  assert_names (self->client, "a c");

  fake_server_drop (self->server);
  WAIT_UNTIL (told == 4);
  assert_names (self->client, NULL);

  /* Those of a hostile server are limited. */
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  for (guint i = 0; i < SS_SERVER_NAMES + 5; i++)
    g_string_append_printf (many, "%s'n%u'", i > 0 ? "," : "", i);
  g_string_append (many, "],'via':['h']}}");
  fake_server_send (self->server, many->str);
  WAIT_UNTIL (told == 5);
  names = server_signal_client_dup_names (self->client);
  g_assert_cmpuint (g_strv_length (names), ==, SS_SERVER_NAMES);
  fake_server_send (self->server, "{'signal':'removed','name':'n0'}");
  fake_server_send (self->server, "{'signal':'added','name':'late'}");
  WAIT_UNTIL (told == 7);

  server_signal_client_stop (self->client);
  g_assert_cmpuint (told, ==, 8);
  assert_names (self->client, NULL);
  g_signal_handlers_disconnect_by_data (self->client, &told);
}

/* A server that is replaced by one of the plain protocol, and that by one of ours: what is held of
 * the one means nothing to the other. */
static void
test_other_protocol (ClientFixture *self,
                     gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  fake_server_set_protocol (self->server, NULL);
  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);
  g_assert_cmpstr (server_signal_client_get_protocol (self->client), ==, "plain");
  g_assert_null (server_signal_client_get_via (self->client));
  g_assert_true (server_signal_get_stale (counter));
  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'add','path':'','value':[1]}]}");
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "[1]");
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);

  fake_server_set_protocol (self->server, V1);
  fake_server_drop (self->server);
  client_fixture_reopen (self, 2);
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  fake_server_send (self->server, SNAPSHOT ("[2]", "e", "0"));
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "[2]");
  g_assert_true (server_signal_client_get_signal (self->client, "counter") == counter);
}

/* Handlers that pull the rug away. */

static void
release_cb (ServerSignal *counter,
            GParamSpec   *pspec,
            gpointer      user_data)
{
  ClientFixture *self = user_data;

  if (self->client != NULL)
    server_signal_client_release (self->client, "counter");
}

static void
stop_cb (ServerSignal *counter,
         GParamSpec   *pspec,
         gpointer      user_data)
{
  ClientFixture *self = user_data;

  server_signal_client_stop (self->client);
}

static void
restart_cb (ServerSignal *counter,
            GParamSpec   *pspec,
            gpointer      user_data)
{
  ClientFixture *self = user_data;

  server_signal_client_stop (self->client);
  server_signal_client_start (self->client);
}

static void
drop_cb (GObject    *object,
         GParamSpec *pspec,
         gpointer    user_data)
{
  ClientFixture *self = user_data;
  g_autoptr (ServerSignalClient) client = g_steal_pointer (&self->client);

  /* Stopping comes here again. */
  if (client != NULL)
    server_signal_client_stop (client);
}

static void
test_release_in_handler (ClientFixture *self,
                         gconstpointer  protocol)
{
  g_autoptr (ServerSignal) counter = g_object_ref (follow (self));

  g_signal_connect (counter, "notify::value", G_CALLBACK (release_cb), self);
  fake_server_send (self->server, UPDATE ("1", "0", "1"));
  fake_server_send (self->server, UPDATE ("2", "1", "2"));
  client_fixture_expect (self, "{'unsubscribe':'counter'}");
  test_settle ();
  assert_document (counter, "{'value':1}");
  g_assert_true (server_signal_get_stale (counter));
}

/* A handler of the list releases the replica that is added to it: it is returned all the same. */
static void
release_added_cb (GListModel *signals,
                  guint       position,
                  guint       n_removed,
                  guint       n_added,
                  gpointer    user_data)
{
  ClientFixture *self = user_data;
  ServerSignal *replica;

  if (n_added == 0)
    return;

  replica = self->added = g_list_model_get_item (signals, position);
  g_object_add_weak_pointer (G_OBJECT (replica), (gpointer *) &self->added);
  server_signal_client_release (self->client, "counter");
  g_object_unref (replica);
}

static void
test_release_when_added (ClientFixture *self,
                         gconstpointer  protocol)
{
  GListModel *signals = server_signal_client_get_signals (self->client);
  ServerSignal *counter;

  g_signal_connect (signals, "items-changed", G_CALLBACK (release_added_cb), self);
  counter = server_signal_client_get_signal (self->client, "counter");
  g_assert_nonnull (self->added);
  g_assert_true (counter == self->added);
  g_assert_true (server_signal_get_stale (counter));
  g_assert_cmpuint (g_list_model_get_n_items (signals), ==, 0);

  test_settle ();
  g_assert_null (self->added);
}

static void
test_stop_in_handler (ClientFixture *self,
                      gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  g_signal_connect (counter, "notify::value", G_CALLBACK (stop_cb), self);
  fake_server_send (self->server, UPDATE ("1", "0", "1"));
  fake_server_send (self->server, UPDATE ("2", "1", "2"));
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_IDLE));
  test_settle ();
  assert_document (counter, "{'value':1}");
  g_assert_true (server_signal_get_stale (counter));
}

static void
test_restart_in_handler (ClientFixture *self,
                         gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  g_signal_connect (counter, "notify::value", G_CALLBACK (restart_cb), self);
  fake_server_send (self->server, UPDATE ("1", "0", "1"));
  fake_server_send (self->server, UPDATE ("2", "1", "2"));
  client_fixture_reopen (self, 1);
  client_fixture_expect (self, "{'subscribe':'counter','epoch':'e','rev':1," SIZE "}");
  assert_document (counter, "{'value':1}");
}

/* Frames that come while a handler runs a main loop of its own wait for its end. */
static void
nest_cb (ServerSignal *counter,
         GParamSpec   *pspec,
         gpointer      user_data)
{
  ClientFixture *self = user_data;
  guint64 revision = server_signal_get_revision (counter);

  if (revision > 3)
    return;

  fake_server_send (self->server, revision == 1   ? UPDATE ("2", "1", "2")
                                  : revision == 2 ? UPDATE ("3", "2", "3")
                                                  : UPDATE ("4", "3", "4"));
  WAIT_UNTIL (fake_server_is_written (self->server));
  test_settle ();
  g_assert_cmpuint (server_signal_get_revision (counter), ==, revision);
}

static void
test_nested_loop (ClientFixture *self,
                  gconstpointer  protocol)
{
  ServerSignal *counter = follow (self);

  g_signal_connect (counter, "notify::value", G_CALLBACK (nest_cb), self);
  fake_server_send (self->server, UPDATE ("1", "0", "1"));
  WAIT_UNTIL (server_signal_get_revision (counter) == 4);
  assert_document (counter, "{'value':4}");
}

/* The last reference goes in a handler of the replica's and in each state of the client's. */
static void
test_drop_in_handler (ClientFixture *self,
                      gconstpointer  protocol)
{
  g_autoptr (ServerSignal) counter = g_object_ref (follow (self));
  ServerSignalClient *client = self->client;

  g_object_add_weak_pointer (G_OBJECT (client), (gpointer *) &client);
  g_signal_connect (counter, "notify::value", G_CALLBACK (drop_cb), self);
  fake_server_send (self->server, UPDATE ("1", "0", "1"));
  fake_server_send (self->server, UPDATE ("2", "1", "2"));
  WAIT_UNTIL (client == NULL);
  assert_document (counter, "{'value':1}");
  g_assert_true (server_signal_get_stale (counter));
  g_assert_finalize_object (g_steal_pointer (&counter));
}

static void
test_drop_in_state (ClientFixture *self,
                    gconstpointer  protocol)
{
  ServerSignalClient *client = self->client;

  g_object_add_weak_pointer (G_OBJECT (client), (gpointer *) &client);
  g_signal_connect_after (client, "notify::state", G_CALLBACK (drop_cb), self);
  g_object_ref (client);
  server_signal_client_start (client);
  server_signal_client_stop (client);
  g_object_unref (client);
  g_assert_null (client);
}

static void
test_drop_when_open (ClientFixture *self,
                     gconstpointer  protocol)
{
  ServerSignalClient *client = self->client;

  server_signal_client_start (client);
  g_object_add_weak_pointer (G_OBJECT (client), (gpointer *) &client);
  g_signal_connect_after (client, "notify::state", G_CALLBACK (drop_cb), self);
  WAIT_UNTIL (client == NULL);
  g_assert_cmpstr (self->states->str, ==, "COI");
}

static void
test_drop_when_lost (ClientFixture *self,
                     gconstpointer  protocol)
{
  ServerSignalClient *client = self->client;

  client_fixture_open (self);
  g_object_add_weak_pointer (G_OBJECT (client), (gpointer *) &client);
  g_signal_connect_after (client, "notify::state", G_CALLBACK (drop_cb), self);
  fake_server_drop (self->server);
  WAIT_UNTIL (client == NULL);
  g_assert_cmpstr (self->states->str, ==, "COWI");
}

/* Connecting, connected and waiting clients end when they are disposed. */
static void
test_drop_anywhere (ClientFixture *self,
                    gconstpointer  protocol)
{
  g_autofree char *uri = fake_server_dup_uri (self->server);
  ServerSignalClient *client;

  client = server_signal_client_new (uri);
  server_signal_client_start (client);
  g_object_run_dispose (G_OBJECT (client));
  g_assert_finalize_object (client);

  client = server_signal_client_new (uri);
  server_signal_client_start (client);
  WAIT_UNTIL (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_OPEN);
  g_object_run_dispose (G_OBJECT (client));
  g_assert_finalize_object (client);
  WAIT_UNTIL (fake_server_get_close (self->server) == 1001);

  fake_server_set_answer (self->server, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  client = server_signal_client_new (uri);
  server_signal_client_start (client);
  WAIT_UNTIL (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_WAITING);
  g_object_run_dispose (G_OBJECT (client));
  g_assert_finalize_object (client);
}

static void
drop_removed_cb (GListModel *signals,
                 guint       position,
                 guint       n_removed,
                 guint       n_added,
                 gpointer    user_data)
{
  ClientFixture *self = user_data;
  g_autoptr (ServerSignalClient) client = g_steal_pointer (&self->client);

  /* Stopping comes here again. */
  if (client != NULL)
    server_signal_client_stop (client);
}

/* A signal is released while its error is the newest. */
static void
test_drop_when_released (ClientFixture *self,
                         gconstpointer  protocol)
{
  ServerSignalClient *client = self->client;

  follow (self);
  fake_server_send (self->server, "{'signal':'removed','name':'counter'}");
  WAIT_UNTIL (server_signal_client_get_error (client) != NULL);
  g_object_add_weak_pointer (G_OBJECT (client), (gpointer *) &client);
  g_signal_connect (server_signal_client_get_signals (client), "items-changed",
                    G_CALLBACK (drop_removed_cb), self);
  server_signal_client_release (client, "counter");
  g_assert_null (client);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  CLIENT_TEST ("/client/idle", V1, test_idle);
  CLIENT_TEST ("/client/properties", V1, test_properties);
  CLIENT_TEST ("/client/follow", V1, test_follow);
  CLIENT_TEST ("/client/subscribe", V1, test_subscribe);
  CLIENT_TEST ("/client/interval", V1, test_interval);
  CLIENT_TEST ("/client/greeting", V1, test_greeting);
  CLIENT_TEST ("/client/unknown", V1, test_unknown);
  CLIENT_TEST ("/client/resume", V1, test_resume);
  CLIENT_TEST ("/client/restart", V1, test_restart);
  CLIENT_TEST ("/client/gap", V1, test_gap);
  CLIENT_TEST ("/client/gap-for-ever", V1, test_gap_for_ever);
  CLIENT_TEST ("/client/removed", V1, test_removed);
  CLIENT_TEST ("/client/unknown-signal", V1, test_unknown_signal);
  CLIENT_TEST ("/client/behind", V1, test_behind);
  CLIENT_TEST ("/client/server-errors", V1, test_server_errors);
  CLIENT_TEST ("/client/several-server-errors", V1, test_several_server_errors);
  CLIENT_TEST ("/client/release-when-told", V1, test_release_when_told);
  CLIENT_TEST ("/client/release", V1, test_release);
  CLIENT_TEST ("/client/bad-hello", V1, test_bad_hello);
  CLIENT_TEST ("/client/settled", V1, test_settled);
  CLIENT_TEST ("/client/via", V1, test_via);
  CLIENT_TEST ("/client/via/closes", V1, test_via_closes);
  CLIENT_TEST ("/client/via/limit", V1, test_via_limit);
  CLIENT_TEST ("/client/stale", V1, test_stale);
  CLIENT_TEST ("/client/stale/first", V1, test_stale_first);
  CLIENT_TEST ("/client/stale/ends", V1, test_stale_ends);
  CLIENT_TEST ("/client/stale/plain", NULL, test_stale_plain);
  CLIENT_TEST ("/client/names", V1, test_names);
  CLIENT_TEST ("/client/other-protocol", V1, test_other_protocol);
  CLIENT_TEST ("/client/release-in-handler", V1, test_release_in_handler);
  CLIENT_TEST ("/client/release-when-added", V1, test_release_when_added);
  CLIENT_TEST ("/client/stop-in-handler", V1, test_stop_in_handler);
  CLIENT_TEST ("/client/restart-in-handler", V1, test_restart_in_handler);
  CLIENT_TEST ("/client/drop-in-handler", V1, test_drop_in_handler);
  CLIENT_TEST ("/client/drop-in-state", V1, test_drop_in_state);
  CLIENT_TEST ("/client/nested-loop", V1, test_nested_loop);
  CLIENT_TEST ("/client/drop-when-open", V1, test_drop_when_open);
  CLIENT_TEST ("/client/drop-when-lost", V1, test_drop_when_lost);
  CLIENT_TEST ("/client/drop-when-released", V1, test_drop_when_released);
  CLIENT_TEST ("/client/drop-anywhere", V1, test_drop_anywhere);

  return g_test_run ();
}
