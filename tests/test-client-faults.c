/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "client-fixture.h"
#include "model/clock.h"
#include "server-signal-error.h"

#define V1 "server-signal.v1"
#define SNAPSHOT "{'name':'counter','patch':[{'op':'replace','path':'','value':{'value':1}}]}"

typedef struct
{
  const char *name;
  guint8      first;   /* of the frame */
  const char *payload; /* NULL: 131,072 [ */
  int         code;    /* of SERVER_SIGNAL_ERROR */
} Garbage;

static const Garbage garbage[] = {
  { "deep", 0x81, NULL, SERVER_SIGNAL_ERROR_LIMIT },
  { "utf-8", 0x81, "{'name':'caf\xc3", SERVER_SIGNAL_ERROR_PROTOCOL },
  { "binary", 0x82, SNAPSHOT, SERVER_SIGNAL_ERROR_PROTOCOL },
  { "empty", 0x81, "", SERVER_SIGNAL_ERROR_INVALID_JSON },
  { "no-json", 0x81, "{'name':counter}", SERVER_SIGNAL_ERROR_INVALID_JSON },
  { "two", 0x81, "{}{}", SERVER_SIGNAL_ERROR_INVALID_JSON },
  { "no-object", 0x81, "[1]", SERVER_SIGNAL_ERROR_PROTOCOL },
  { "number", 0x81, "1e400", SERVER_SIGNAL_ERROR_INVALID_JSON },
  { "name", 0x81, "{'name':7,'patch':[]}", SERVER_SIGNAL_ERROR_PROTOCOL },
  { "patch", 0x81, "{'name':'counter','patch':[{'op':'fly','path':''}]}",
    SERVER_SIGNAL_ERROR_INVALID_PATCH },
  { "pointer", 0x81, "{'name':'counter','patch':[{'op':'remove','path':'value'}]}",
    SERVER_SIGNAL_ERROR_INVALID_PATCH },
  { "apply", 0x81, "{'name':'counter','patch':[{'op':'remove','path':'/none'}]}",
    SERVER_SIGNAL_ERROR_PATCH_FAILED },
  { "reserved", 0x83, "{}", SERVER_SIGNAL_ERROR_PROTOCOL },
  { "rsv", 0xc1, "{}", SERVER_SIGNAL_ERROR_PROTOCOL },
};

/* Data that cannot be used: an error that says so, the document as it was, and another try. */
static void
test_garbage (gconstpointer data)
{
  const Garbage *kind = data;
  g_autofree char *deep = g_strnfill (131072, '[');
  g_autofree char *payload = test_json (kind->payload != NULL ? kind->payload : deep);
  ClientFixture self = { 0 };
  ServerSignal *counter;

  client_fixture_set_up (&self, NULL);
  counter = server_signal_client_get_signal (self.client, "counter");
  client_fixture_open (&self);
  fake_server_send (self.server, SNAPSHOT);
  WAIT_UNTIL (!server_signal_get_stale (counter));
  seen_watch (&self, counter);

  fake_server_send_frame (self.server, kind->first, payload, strlen (payload));
  /* libsoup delivers what stands behind a broken frame: it must not count. */
  fake_server_send (self.server,
                    "{'name':'counter','patch':[{'op':'replace','path':'','value':9}]}");
  WAIT_UNTIL (client_fixture_is (&self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (&self, SERVER_SIGNAL_ERROR, kind->code);
  g_test_message ("%s", server_signal_client_get_error (self.client)->message);
  assert_document (counter, "{'value':1}");
  g_assert_true (server_signal_get_stale (counter));

  client_fixture_reopen (&self, 1);
  fake_server_send (self.server, SNAPSHOT);
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_seen (&self, 0, 2);

  client_fixture_tear_down (&self, NULL);
}

typedef struct
{
  const char *name;
  const char *answer;
  gboolean    final;
  const char *words;   /* that the error has */
} Answer;

static const Answer answers[] = {
  { "200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", FALSE, "200" },
  { "400", "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", FALSE, "400" },
  { "401", "HTTP/1.1 401 Who\r\nContent-Length: 0\r\n"
           "WWW-Authenticate: Basic realm=\"x\"\r\n\r\n", TRUE, "401" },
  { "403", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", TRUE, "403" },
  { "404", "HTTP/1.1 404 Where\r\nContent-Length: 0\r\n\r\n", FALSE, "404" },
  { "410", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", TRUE, "410" },
  { "503", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", FALSE, "503" },
  { "wrong-key", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", FALSE, "handshake" },
};

/* A server that is not ours, or does not want us. */
static void
test_answer (gconstpointer data)
{
  const Answer *kind = data;
  ClientFixture self = { 0 };
  int code = kind->final ? SERVER_SIGNAL_ERROR_CLOSED : SERVER_SIGNAL_ERROR_PROTOCOL;
  const GError *error;
  guint requests;

  client_fixture_set_up (&self, V1);
  fake_server_set_answer (self.server, kind->answer);
  server_signal_client_start (self.client);
  WAIT_UNTIL ((error = server_signal_client_get_error (self.client)) != NULL);
  g_test_message ("%s", error->message);
  g_assert_error (error, SERVER_SIGNAL_ERROR, code);
  g_assert_nonnull (strstr (error->message, kind->words));
  g_assert_cmpstr (self.states->str, ==, kind->final ? "CX" : "CW");

  /* One that is final stays closed until it is started anew, and that works with both. */
  fake_server_set_answer (self.server, NULL);
  requests = fake_server_get_requests (self.server);
  if (kind->final)
    {
      /* Longer than any wait that was set. */
      test_pass_time (60);
      g_assert_cmpuint (fake_server_get_requests (self.server), ==, requests);
    }
  client_fixture_open (&self);
  g_assert_cmpuint (fake_server_get_requests (self.server), ==, requests + 1);
  g_assert_null (server_signal_client_get_error (self.client));

  client_fixture_tear_down (&self, V1);
}

typedef struct
{
  guint16     code;
  const char *reason;
  gboolean    final;
} Code;

static const Code codes[] = {
  { 1000, "", FALSE },
  { 1001, "going away", FALSE },
  { 1002, "", FALSE },
  { 1008, "not you", TRUE },
  { 1008, "", TRUE },
  { 1008, "too slow: nothing was read for too long", FALSE },
  { 1009, "", FALSE },
  { 1011, "", FALSE },
  { 1012, "service restart", FALSE },
  { 1013, "", FALSE },
  { 3000, "", FALSE },
  { 4000, "quota", TRUE },
  { 4999, "", TRUE },
};

static void
test_code (gconstpointer data)
{
  const Code *kind = data;
  ClientFixture self = { 0 };
  g_autofree char *number = g_strdup_printf ("%u", kind->code);
  const GError *error;

  client_fixture_set_up (&self, V1);
  client_fixture_open (&self);
  fake_server_send_close (self.server, kind->code, kind->reason);
  WAIT_UNTIL ((error = server_signal_client_get_error (self.client)) != NULL);
  g_test_message ("%s", error->message);
  if (kind->final)
    g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_nonnull (strstr (error->message, number));
  g_assert_nonnull (strstr (error->message, kind->reason));
  g_assert_cmpstr (self.states->str, ==, kind->final ? "COX" : "COW");
  if (!kind->final)
    client_fixture_reopen (&self, 1);

  client_fixture_tear_down (&self, V1);
}

/* Nobody listens: the client waits and comes when there is somebody. */
static void
test_refused (ClientFixture *self,
              gconstpointer  protocol)
{
  fake_server_kill (self->server);
  server_signal_client_start (self->client);
  WAIT_UNTIL (self->states->len >= 6);
  g_assert_true (g_str_has_prefix (self->states->str, "CWCWCW"));
  assert_client_error (self, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);

  fake_server_restart (self->server);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  g_assert_null (server_signal_client_get_error (self->client));
}

static void
test_retry_limit (ClientFixture *self,
                  gconstpointer  protocol)
{
  fake_server_kill (self->server);
  g_object_set (self->client, "retry-limit", 3, NULL);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_CLOSED));
  g_assert_cmpstr (self->states->str, ==, "CWCWCX");
  assert_client_error (self, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);

  /* It can be started anew. */
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_CLOSED));
  g_assert_cmpstr (self->states->str, ==, "CWCWCXCWCWCX");
  fake_server_restart (self->server);
}

/* A server that shakes hands and says no hello is a failure, however long it is waited for. */
static void
test_no_hello (ClientFixture *self,
               gconstpointer  protocol)
{
  g_object_set (self->client, "retry-limit", 3, NULL);
  server_signal_client_start (self->client);
  for (guint i = 0; i < 3; i++)
    {
      WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
      /* The connect-timeout. */
      clock_skip (30 * G_USEC_PER_SEC);
      WAIT_UNTIL (!client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
    }
  g_assert_cmpstr (self->states->str, ==, "COWCOWCOX");
  assert_client_error (self, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* Only what did not last counts: a connection that is lost now and then is made again for ever. */
static void
test_lasting (ClientFixture *self,
              gconstpointer  protocol)
{
  g_object_set (self->client, "retry-limit", 2, "retry-max", 1, NULL);
  client_fixture_open (self);
  for (guint i = 1; i <= 4; i++)
    {
      test_pass_time (20);
      fake_server_drop (self->server);
      client_fixture_reopen (self, i);
    }
  g_assert_cmpstr (self->states->str, ==, "COWCOWCOWCOWCO");
}

/* The network is back: no more waiting. */
static void
test_network (ClientFixture *self,
              gconstpointer  protocol)
{
  GNetworkMonitor *monitor = g_network_monitor_get_default ();

  g_object_set (self->client, "retry-min", G_MAXINT, "retry-max", G_MAXINT, NULL);
  fake_server_kill (self->server);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  fake_server_restart (self->server);
  test_settle ();
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));

  g_signal_emit_by_name (monitor, "network-changed", FALSE);
  test_settle ();
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));

  g_signal_emit_by_name (monitor, "network-changed", TRUE);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  g_signal_emit_by_name (monitor, "network-changed", TRUE);
  test_settle ();
  g_assert_cmpstr (self->states->str, ==, "CWCO");

  /* So does start(). */
  fake_server_drop (self->server);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
}

/* A network that flaps: a try a second at most, and none of them is one of the limit. */
static void
test_flapping_network (ClientFixture *self,
                       gconstpointer  protocol)
{
  GNetworkMonitor *monitor = g_network_monitor_get_default ();
  gint64 start = g_get_monotonic_time ();
  guint tries = 0;

  g_object_set (self->client, "retry-min", G_MAXINT, "retry-max", G_MAXINT, "retry-limit", 3, NULL);
  fake_server_kill (self->server);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));

  for (guint i = 1; i <= 50; i++)
    {
      g_signal_emit_by_name (monitor, "network-changed", TRUE);
      test_pass_time (2);
      WAIT_UNTIL (!client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_CONNECTING));
      if (i % 10 == 0)
        clock_skip (G_USEC_PER_SEC);
    }
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  for (guint i = 0; i < self->states->len; i++)
    tries += self->states->str[i] == 'C';
  g_assert_cmpuint (tries, >=, 5);
  g_assert_cmpuint (tries, <=, 2 + (g_get_monotonic_time () - start) / G_USEC_PER_SEC);

  /* The last change of many is the one that counts. */
  fake_server_restart (self->server);
  g_signal_emit_by_name (monitor, "network-changed", TRUE);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
}

/* The other end is gone without a word. */
static void
test_half_open (ClientFixture *self,
                gconstpointer  protocol)
{
  gint64 start;

  /* Rounded up to a second. */
  g_object_set (self->client, "keepalive-interval", 400, NULL);
  client_fixture_open (self);
  /* Pongs are signs of life: two deadlines pass. */
  test_pass_time (4500);
  g_assert_cmpstr (self->states->str, ==, "CO");

  fake_server_mute (self->server);
  start = g_get_monotonic_time ();
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 4 * G_USEC_PER_SEC);
}

/* A frame that takes longer than two intervals over a slow link, with nothing between its bytes;
 * and one that stops in its middle. */
static void
test_slow_link (ClientFixture *self,
                gconstpointer  protocol)
{
  g_autofree char *json = test_json (SNAPSHOT);
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");
  guint8 head[] = { 0x81, (guint8) strlen (json) };

  g_object_set (self->client, "keepalive-interval", 1000, NULL);
  client_fixture_open (self);
  test_settle ();
  /* Not even pongs. */
  fake_server_mute (self->server);

  fake_server_send_raw (self->server, head, sizeof head);
  for (guint i = 0; json[i] != '\0'; i++)
    {
      fake_server_send_raw (self->server, json + i, 1);
      WAIT_UNTIL (fake_server_is_written (self->server));
      clock_skip (G_USEC_PER_SEC * 9 / 10);
      test_settle ();
      g_assert_cmpstr (self->states->str, ==, "CO");
    }
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "{'value':1}");

  fake_server_send_raw (self->server, head, sizeof head);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpstr (self->states->str, ==, "CO");
      clock_skip (G_USEC_PER_SEC * 9 / 10);
      test_settle ();
    }
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* Twice this interval, in microseconds, is 65 ms in arithmetic of 32 bits. */
static void
test_long_keepalive (ClientFixture *self,
                     gconstpointer  protocol)
{
  g_object_set (self->client, "keepalive-interval", 4295000, NULL);
  client_fixture_open (self);
  test_settle ();

  clock_skip (2 * 4295 * (gint64) G_USEC_PER_SEC);
  test_pass_time (300);
  g_assert_cmpstr (self->states->str, ==, "CO");
}

/* A server that takes the connection and never answers the handshake. */
static void
test_silent_handshake (ClientFixture *self,
                       gconstpointer  protocol)
{
  fake_server_mute (self->server);
  g_object_set (self->client, "connect-timeout", 100, NULL);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* A message over the limit, whole and in fragments that each are under it. */
static void
test_too_large (ClientFixture *self,
                gconstpointer  protocol)
{
  g_autofree char *pad = g_strnfill (4096, ' ');

  g_object_set (self->client, "max-frame-size", 10000, NULL);
  client_fixture_open (self);
  fake_server_send_raw (self->server, "\x81\x7e\x27\x11", 4);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);

  client_fixture_reopen (self, 1);
  fake_server_send_frame (self->server, 0x01, pad, 4096);
  fake_server_send_frame (self->server, 0x00, pad, 4096);
  test_settle ();
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  fake_server_send_frame (self->server, 0x00, pad, 4096);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);

  /* Many small messages are not one large one. */
  client_fixture_reopen (self, 2);
  for (guint i = 0; i < 10; i++)
    {
      fake_server_send_frame (self->server, 0x01, "{", 1);
      fake_server_send_frame (self->server, 0x00, pad, 4096);
      fake_server_send_frame (self->server, 0x80, "}", 1);
    }
  WAIT_UNTIL (fake_server_is_written (self->server));
  test_settle ();
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
}

/* Addresses that are none: told at once, and final. */
static void
test_bad_uri (void)
{
  const char *uris[] = { "",         "nonsense", "ftp://localhost/ws", "ws://",
                         "ws:///ws", "http//x",  "ws://[::1/ws",       "ws://a:99999/" };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      ServerSignalClient *client = server_signal_client_new (uris[i]);

      server_signal_client_start (client);
      g_assert_cmpint (server_signal_client_get_state (client), ==,
                       SERVER_SIGNAL_CLIENT_STATE_CLOSED);
      g_assert_error (server_signal_client_get_error (client), G_IO_ERROR,
                      G_IO_ERROR_INVALID_ARGUMENT);
      server_signal_client_stop (client);
      g_assert_cmpint (server_signal_client_get_state (client), ==,
                       SERVER_SIGNAL_CLIENT_STATE_IDLE);
      server_signal_client_stop (client);
      g_assert_finalize_object (client);
    }
}

static void
queued_cb (SoupSession *session,
           SoupMessage *message,
           gpointer     user_data)
{
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                "Bearer abc");
}

/* An application's session: its headers go along, and it is left as it was. No compression is
 * offered. */
static void
test_session (ClientFixture *self,
              gconstpointer  protocol)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  const char *request;

  soup_session_add_feature_by_type (session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  soup_session_add_feature_by_type (session, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  g_signal_connect (session, "request-queued", G_CALLBACK (queued_cb), NULL);
  server_signal_client_set_session (self->client, session);
  client_fixture_open (self);
  request = fake_server_get_request (self->server);
  g_assert_nonnull (strstr (request, "Authorization: Bearer abc\r\n"));
  g_assert_nonnull (strstr (request, "Sec-WebSocket-Protocol: server-signal.v1"));
  g_assert_null (strstr (request, "Sec-WebSocket-Extensions"));
  g_assert_true (soup_session_has_feature (session, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE));
}

/* A server that chooses a protocol which nobody offered. */
static void
test_forced_protocol (ClientFixture *self,
                      gconstpointer  protocol)
{
  fake_server_force_protocol (self->server, "graphql-ws");
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
}

/* open_async() */

typedef struct
{
  gboolean  done;
  gboolean  opened;
  GError   *error;
} Opening;

static void
open_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Opening *opening = user_data;

  g_assert_false (opening->done);
  opening->opened =
    server_signal_client_open_finish (SERVER_SIGNAL_CLIENT (object), result, &opening->error);
  opening->done = TRUE;
  g_assert_true (opening->opened == (opening->error == NULL));
}

static void
test_open (ClientFixture *self,
           gconstpointer  protocol)
{
  Opening first = { 0 }, second = { 0 }, third = { 0 };

  /* Not at the first try. */
  fake_server_kill (self->server);
  server_signal_client_open_async (self->client, NULL, open_cb, &first);
  server_signal_client_open_async (self->client, NULL, open_cb, &second);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  g_assert_false (first.done);
  fake_server_restart (self->server);
  WAIT_UNTIL (first.done && second.done);
  g_assert_no_error (first.error);
  g_assert_no_error (second.error);
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));

  /* It is open. */
  server_signal_client_open_async (self->client, NULL, open_cb, &third);
  g_assert_false (third.done);
  WAIT_UNTIL (third.done);
  g_assert_no_error (third.error);
  g_assert_cmpuint (fake_server_get_requests (self->server), ==, 1);
}

static void
test_open_cancelled (ClientFixture *self,
                     gconstpointer  protocol)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Opening cancelled = { 0 }, before = { 0 }, other = { 0 };

  fake_server_kill (self->server);
  server_signal_client_open_async (self->client, cancellable, open_cb, &cancelled);
  server_signal_client_open_async (self->client, NULL, open_cb, &other);
  test_settle ();
  g_cancellable_cancel (cancellable);
  g_assert_false (cancelled.done);
  WAIT_UNTIL (cancelled.done);
  g_assert_error (cancelled.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&cancelled.error);

  /* The client goes on for the others that wait. */
  fake_server_restart (self->server);
  WAIT_UNTIL (other.done);
  g_assert_no_error (other.error);

  /* Cancelled before it began: nothing is started. */
  server_signal_client_stop (self->client);
  server_signal_client_open_async (self->client, cancellable, open_cb, &before);
  WAIT_UNTIL (before.done);
  g_assert_error (before.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&before.error);
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_IDLE));
}

/* The cancellable is used again before the main loop has run. */
static void
test_open_reset (ClientFixture *self,
                 gconstpointer  protocol)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Opening cancelled = { 0 };

  fake_server_kill (self->server);
  server_signal_client_open_async (self->client, cancellable, open_cb, &cancelled);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  g_cancellable_cancel (cancellable);
  g_cancellable_reset (cancellable);
  WAIT_UNTIL (cancelled.done);
  g_assert_error (cancelled.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&cancelled.error);
  fake_server_restart (self->server);
}

static void
stop_when_open_cb (ServerSignalClient *client,
                   GParamSpec         *pspec,
                   gpointer            user_data)
{
  if (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_OPEN)
    server_signal_client_stop (client);
}

/* A handler that stops the client when it is open ends the wait for that with an error. */
static void
test_open_stopped (ClientFixture *self,
                   gconstpointer  protocol)
{
  Opening stopped = { 0 };

  g_signal_connect (self->client, "notify::state", G_CALLBACK (stop_when_open_cb), NULL);
  server_signal_client_open_async (self->client, NULL, open_cb, &stopped);
  WAIT_UNTIL (stopped.done);
  g_assert_error (stopped.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&stopped.error);
  g_assert_cmpstr (self->states->str, ==, "COI");
}

static void
test_open_fails (ClientFixture *self,
                 gconstpointer  protocol)
{
  g_autoptr (ServerSignalClient) nowhere = server_signal_client_new ("nowhere");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Opening refused = { 0 }, stopped = { 0 }, bad = { 0 };

  fake_server_set_answer (self->server, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
  server_signal_client_open_async (self->client, cancellable, open_cb, &refused);
  WAIT_UNTIL (refused.done);
  g_assert_error (refused.error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  g_clear_error (&refused.error);
  g_cancellable_cancel (cancellable);

  server_signal_client_open_async (self->client, NULL, open_cb, &stopped);
  server_signal_client_stop (self->client);
  WAIT_UNTIL (stopped.done);
  g_assert_error (stopped.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&stopped.error);

  server_signal_client_open_async (nowhere, NULL, open_cb, &bad);
  WAIT_UNTIL (bad.done);
  g_assert_error (bad.error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&bad.error);
}

/* An open connection whose server stops reading does not keep anything when the client goes. */
static void
test_stopped_reader (ClientFixture *self,
                     gconstpointer  protocol)
{
  client_fixture_open (self);
  fake_server_mute (self->server);
  server_signal_client_stop (self->client);
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_IDLE));
  server_signal_client_start (self->client);
  server_signal_client_stop (self->client);
  g_assert_finalize_object (g_steal_pointer (&self->client));
}

/* The kernel tells a sender that the connection is gone. A caller that releases a signal or asks
 * for one is in the middle of that, and hears of the loss from the main loop. */
static void
test_lost_while_sending (ClientFixture *self,
                         gconstpointer  data)
{
  ServerSignal *replicas[4];

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%u", i);

      replicas[i] = g_object_ref (server_signal_client_get_signal (self->client, name));
    }
  client_fixture_open (self);
  WAIT_UNTIL (fake_server_get_pending (self->server) == 3);

  fake_server_drop (self->server);
  for (guint i = 0; i < 3; i++)
    {
      server_signal_client_release (self->client, server_signal_get_name (replicas[i]));
      g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
    }
  replicas[3] = g_object_ref (server_signal_client_get_signal (self->client, "s3"));
  g_assert_true (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  g_assert_cmpstr (self->states->str, ==, "CO");

  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  g_assert_nonnull (server_signal_client_get_error (self->client));
  g_assert_cmpstr (self->states->str, ==, "COW");
  client_fixture_reopen (self, 1);

  for (guint i = 0; i < 4; i++)
    g_object_unref (replicas[i]);
}

/* The same, and the client goes before it hears of it. */
static void
test_dropped_while_lost (ClientFixture *self,
                         gconstpointer  data)
{
  server_signal_client_get_signal (self->client, "s0");
  server_signal_client_get_signal (self->client, "s1");
  client_fixture_open (self);
  WAIT_UNTIL (fake_server_get_pending (self->server) == 2);

  fake_server_drop (self->server);
  server_signal_client_release (self->client, "s0");
  server_signal_client_release (self->client, "s1");
  server_signal_client_stop (self->client);
  g_assert_finalize_object (g_steal_pointer (&self->client));
  test_settle ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      g_autofree char *path = g_strdup_printf ("/client-faults/garbage/%s", garbage[i].name);

      g_test_add_data_func (path, &garbage[i], test_garbage);
    }
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/client-faults/answer/%s", answers[i].name);

      g_test_add_data_func (path, &answers[i], test_answer);
    }
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      /* "1008", "1008-not-you", "1008-too-slow" … */
      g_autofree char *words = g_strndup (codes[i].reason, strcspn (codes[i].reason, ":"));
      g_autofree char *path =
        g_strdup_printf ("/client-faults/code/%u%s%s", codes[i].code, *words != '\0' ? "-" : "",
                         g_strdelimit (words, " ", '-'));

      g_test_add_data_func (path, &codes[i], test_code);
    }
  CLIENT_TEST ("/client-faults/refused", V1, test_refused);
  CLIENT_TEST ("/client-faults/retry-limit", V1, test_retry_limit);
  CLIENT_TEST ("/client-faults/no-hello", V1, test_no_hello);
  CLIENT_TEST ("/client-faults/lasting", V1, test_lasting);
  CLIENT_TEST ("/client-faults/network", V1, test_network);
  CLIENT_TEST ("/client-faults/flapping-network", V1, test_flapping_network);
  CLIENT_TEST ("/client-faults/half-open", V1, test_half_open);
  CLIENT_TEST ("/client-faults/slow-link", NULL, test_slow_link);
  CLIENT_TEST ("/client-faults/long-keepalive", V1, test_long_keepalive);
  CLIENT_TEST ("/client-faults/silent-handshake", V1, test_silent_handshake);
  CLIENT_TEST ("/client-faults/too-large", V1, test_too_large);
  g_test_add_func ("/client-faults/bad-uri", test_bad_uri);
  CLIENT_TEST ("/client-faults/session", V1, test_session);
  CLIENT_TEST ("/client-faults/forced-protocol", V1, test_forced_protocol);
  CLIENT_TEST ("/client-faults/open", V1, test_open);
  CLIENT_TEST ("/client-faults/open-cancelled", V1, test_open_cancelled);
  CLIENT_TEST ("/client-faults/open-reset", V1, test_open_reset);
  CLIENT_TEST ("/client-faults/open-stopped", V1, test_open_stopped);
  CLIENT_TEST ("/client-faults/open-fails", V1, test_open_fails);
  CLIENT_TEST ("/client-faults/stopped-reader", V1, test_stopped_reader);
  CLIENT_TEST ("/client-faults/lost-while-sending", V1, test_lost_while_sending);
  CLIENT_TEST ("/client-faults/dropped-while-lost", V1, test_dropped_while_lost);

  return g_test_run ();
}
