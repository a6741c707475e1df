/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* A replica that is waited for. */

#include "config.h"

#include "client-fixture.h"
#include "server-signal-error.h"

#define V1 "server-signal.v1"
#define SNAPSHOT "{'name':'counter','patch':[{'op':'replace','path':'','value':7}],'epoch':'e','rev':3}"
#define UNKNOWN "{'error':{'code':'unknown-signal','name':'counter','message':'no'}}"

/* How a fetch ended. */
typedef struct
{
  ServerSignal *replica;
  GError       *error;
  gboolean      done;
  gboolean      stale;
} Fetch;

static void
fetch_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Fetch *self = user_data;

  g_assert_false (self->done);
  self->replica =
    server_signal_client_fetch_finish (SERVER_SIGNAL_CLIENT (source), result, &self->error);
  self->stale = self->replica != NULL && server_signal_get_stale (self->replica);
  self->done = TRUE;
}

static void
fetch_clear (Fetch *self)
{
  g_clear_object (&self->replica);
  g_clear_error (&self->error);
  self->done = FALSE;
}

static void
start (ClientFixture *self,
       Fetch         *fetch)
{
  server_signal_client_fetch_async (self->client, "counter", NULL, fetch_cb, fetch);
}

static void
expect_value (Fetch  *fetch,
              gint64  value)
{
  WAIT_UNTIL (fetch->done);
  g_assert_no_error (fetch->error);
  g_assert_false (fetch->stale);
  g_assert_cmpint (server_signal_get_int (fetch->replica, NULL), ==, value);
  fetch_clear (fetch);
}

static void
expect_error (Fetch  *fetch,
              GQuark  domain,
              int     code)
{
  WAIT_UNTIL (fetch->done);
  g_assert_error (fetch->error, domain, code);
  g_assert_null (fetch->replica);
  fetch_clear (fetch);
}

static void
greet (ClientFixture *self)
{
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  fake_server_send (self->server, CLIENT_FIXTURE_HELLO);
}

/* One call, and there is a value: the client is started for it. */
static void
test_value (ClientFixture *self,
            gconstpointer  protocol)
{
  Fetch first = { NULL }, second = { NULL }, third = { NULL };

  start (self, &first);
  start (self, &second);
  g_assert_cmpuint (g_list_model_get_n_items (server_signal_client_get_signals (self->client)), ==,
                    1);
  greet (self);
  client_fixture_expect (self, "{'subscribe':'counter','max':67108864}");
  /* Neither to be connected nor to have been greeted is to have data. */
  g_assert_false (first.done);
  fake_server_send (self->server, SNAPSHOT);
  expect_value (&first, 7);
  expect_value (&second, 7);

  start (self, &third);
  g_assert_false (third.done);
  expect_value (&third, 7);
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
}

/* A document that nobody vouches for is none. */
static void
test_stale (ClientFixture *self,
            gconstpointer  protocol)
{
  Fetch fetch = { NULL };
  ServerSignal *counter;

  start (self, &fetch);
  greet (self);
  fake_server_send (self->server, "{'signal':'stale','name':'counter'}");
  fake_server_send (self->server, SNAPSHOT);
  counter = server_signal_client_get_signal (self->client, "counter");
  WAIT_UNTIL (server_signal_get_int (counter, NULL) == 7);
  g_assert_false (fetch.done);
  fake_server_send (self->server, "{'signal':'fresh','name':'counter'}");
  expect_value (&fetch, 7);
}

/* Losses are lived through. */
static void
test_lost (ClientFixture *self,
           gconstpointer  protocol)
{
  Fetch fetch = { NULL };

  fake_server_kill (self->server);
  start (self, &fetch);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  fake_server_restart (self->server);
  greet (self);
  fake_server_drop (self->server);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  g_assert_false (fetch.done);
  greet (self);
  fake_server_send (self->server, SNAPSHOT);
  expect_value (&fetch, 7);
}

/* A refusal is told, and the name is asked for anew the next time. */
static void
test_refused (ClientFixture *self,
              gconstpointer  protocol)
{
  Fetch fetch = { NULL };
  ServerSignal *other = server_signal_client_get_signal (self->client, "other");

  start (self, &fetch);
  greet (self);
  client_fixture_expect (self, "{'subscribe':'other','max':67108864}");
  client_fixture_expect (self, "{'subscribe':'counter','max':67108864}");
  fake_server_send (self->server, UNKNOWN);
  expect_error (&fetch, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);

  start (self, &fetch);
  client_fixture_expect (self, "{'subscribe':'counter','max':67108864}");
  fake_server_send (self->server, "{'error':{'code':'too-large','name':'counter','message':'no'}}");
  expect_error (&fetch, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);

  /* A server that is behind catches up, and errors of others are theirs. */
  start (self, &fetch);
  fake_server_send (self->server,
                    "{'error':{'code':'unknown-signal','name':'other','message':'no'}}");
  fake_server_send (self->server, "{'error':{'code':'behind','name':'counter','message':'no'}}");
  client_fixture_expect (self, "{'subscribe':'counter','max':67108864}");
  client_fixture_expect (self, "{'subscribe':'counter','max':67108864}");
  g_assert_false (fetch.done);
  fake_server_send (self->server, SNAPSHOT);
  expect_value (&fetch, 7);
  g_assert_true (server_signal_get_stale (other));

  /* It is followed on, and so it may go again. */
  fake_server_send (self->server, "{'signal':'stale','name':'counter'}");
  WAIT_UNTIL (server_signal_get_stale (server_signal_client_get_signal (self->client, "counter")));
  start (self, &fetch);
  fake_server_send (self->server, "{'signal':'removed','name':'counter'}");
  expect_error (&fetch, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
}

static void
release_cb (ServerSignalClient *client)
{
  server_signal_client_release (client, "counter");
}

/* The application does not want it any more, in each way. */
static void
test_given_up (ClientFixture *self,
               gconstpointer  protocol)
{
  GListModel *signals = server_signal_client_get_signals (self->client);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Fetch fetch = { NULL }, other = { NULL };
  gulong id;

  server_signal_client_fetch_async (self->client, "counter", cancellable, fetch_cb, &fetch);
  start (self, &other);
  g_cancellable_cancel (cancellable);
  expect_error (&fetch, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  server_signal_client_fetch_async (self->client, "counter", cancellable, fetch_cb, &fetch);
  expect_error (&fetch, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (other.done);

  server_signal_client_release (self->client, "counter");
  expect_error (&other, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);

  start (self, &fetch);
  server_signal_client_stop (self->client);
  expect_error (&fetch, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  server_signal_client_release (self->client, "counter");

  /* A handler that lets go of it at once. */
  id = g_signal_connect_swapped (signals, "items-changed", G_CALLBACK (release_cb), self->client);
  start (self, &fetch);
  expect_error (&fetch, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  g_signal_handler_disconnect (signals, id);
  g_assert_cmpuint (g_list_model_get_n_items (signals), ==, 0);
}

/* The server does not want the client, and when it does again, it is asked again. */
static void
test_closed (ClientFixture *self,
             gconstpointer  protocol)
{
  Fetch fetch = { NULL };

  start (self, &fetch);
  greet (self);
  fake_server_send_close (self->server, 4001, "go");
  expect_error (&fetch, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_CLOSED));

  start (self, &fetch);
  greet (self);
  fake_server_send (self->server, SNAPSHOT);
  expect_value (&fetch, 7);
}

static void
test_plain (ClientFixture *self,
            gconstpointer  protocol)
{
  Fetch fetch = { NULL };

  start (self, &fetch);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'replace','path':'','value':7}]}");
  expect_value (&fetch, 7);
}

/* While the program has it frozen, its value is not out. */
static void
test_frozen (ClientFixture *self,
             gconstpointer  protocol)
{
  Fetch fetch = { NULL };
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  g_object_freeze_notify (G_OBJECT (counter));
  start (self, &fetch);
  greet (self);
  fake_server_send (self->server, SNAPSHOT);
  WAIT_UNTIL (!server_signal_get_stale (counter));
  g_assert_false (fetch.done);
  g_object_thaw_notify (G_OBJECT (counter));
  expect_value (&fetch, 7);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  CLIENT_TEST ("/client-fetch/value", V1, test_value);
  CLIENT_TEST ("/client-fetch/stale", V1, test_stale);
  CLIENT_TEST ("/client-fetch/lost", V1, test_lost);
  CLIENT_TEST ("/client-fetch/refused", V1, test_refused);
  CLIENT_TEST ("/client-fetch/given-up", V1, test_given_up);
  CLIENT_TEST ("/client-fetch/closed", V1, test_closed);
  CLIENT_TEST ("/client-fetch/plain", NULL, test_plain);
  CLIENT_TEST ("/client-fetch/frozen", V1, test_frozen);

  return g_test_run ();
}
