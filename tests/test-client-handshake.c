/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Answers to a client's handshake: subprotocols that proxies have changed, redirects, and refusals
 * that say when to come back. */

#include "config.h"

#include "client-fixture.h"
#include "model/clock.h"
#include "server-signal-error.h"
#include "test-certificate.h"

#define V1 "server-signal.v1"
#define SIZE "'max':67108864"
#define SNAPSHOT \
  "{'name':'counter','patch':[{'op':'replace','path':'','value':7}],'epoch':'e','rev':3}"
#define PLAIN "{'name':'counter','patch':[{'op':'replace','path':'','value':1}]}"

static void
count_cb (ServerSignalClient *client,
          GParamSpec         *pspec,
          gpointer            user_data)
{
  (*(guint *) user_data)++;
}

static gboolean
speaks (ClientFixture *self,
        const char    *protocol)
{
  return g_strcmp0 (server_signal_client_get_protocol (self->client), protocol) == 0;
}

/* A proxy drops the header that it does not know: hello is enough. */
static void
test_dropped (ClientFixture *self,
              gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");
  guint notified = 0;

  g_signal_connect (self->client, "notify::protocol", G_CALLBACK (count_cb), &notified);
  client_fixture_open (self);
  g_assert_true (speaks (self, "plain"));
  fake_server_send (self->server, "{'weather':'fine'}");
  fake_server_send (self->server, CLIENT_FIXTURE_HELLO);
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  g_assert_true (speaks (self, V1));
  g_assert_cmpuint (notified, ==, 2);
  g_assert_cmpstr (server_signal_client_get_via (self->client)[0], ==, "h");
  fake_server_send (self->server, SNAPSHOT);
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "7");
  server_signal_client_get_signal (self->client, "other");
  client_fixture_expect (self, "{'subscribe':'other'," SIZE "}");
  server_signal_client_release (self->client, "other");
  client_fixture_expect (self, "{'unsubscribe':'other'}");

  /* It goes on from its revision, as any v1 client does. */
  fake_server_set_greeting (self->server, CLIENT_FIXTURE_HELLO);
  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);
  client_fixture_expect (self, "{'subscribe':'counter','epoch':'e','rev':3," SIZE "}");
  g_assert_cmpstr (self->states->str, ==, "COWCO");
  g_assert_null (server_signal_client_get_error (self->client));
  g_signal_handlers_disconnect_by_data (self->client, &notified);
}

/* A slow server: nothing says how long a plain one may be silent. */
static void
test_dropped_late (ClientFixture *self,
                   gconstpointer  protocol)
{
  server_signal_client_get_signal (self->client, "counter");
  client_fixture_open (self);
  clock_skip (31 * G_USEC_PER_SEC);
  test_pass_time (20);
  g_assert_cmpstr (self->states->str, ==, "CO");
  fake_server_send (self->server, CLIENT_FIXTURE_HELLO);
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  g_assert_true (speaks (self, V1));
}

/* A server of another version than the one that was offered. */
static void
test_dropped_other (ClientFixture *self,
                    gconstpointer  protocol)
{
  client_fixture_open (self);
  fake_server_send (self->server,
                    "{'hello':{'protocol':'server-signal.v9','signals':[],'via':[]}}");
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
  g_assert_nonnull (
    strstr (server_signal_client_get_error (self->client)->message, "server-signal.v9"));
}

/* hello is the first frame, or it is none. */
static void
test_hello_second (ClientFixture *self,
                   gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  client_fixture_open (self);
  fake_server_send (self->server, PLAIN);
  WAIT_UNTIL (!server_signal_get_stale (counter));
  fake_server_send (self->server, CLIENT_FIXTURE_HELLO);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
  assert_document (counter, "1");
  g_assert_true (server_signal_get_stale (counter));
}

/* A server that echoes whatever it is offered and then talks plain. */
static void
test_no_hello (gconstpointer frame)
{
  ClientFixture self = { 0 };
  ServerSignal *counter;

  client_fixture_set_up (&self, V1);
  counter = server_signal_client_get_signal (self.client, "counter");
  server_signal_client_start (self.client);
  WAIT_UNTIL (client_fixture_is (&self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  fake_server_send (self.server, frame);
  WAIT_UNTIL (client_fixture_is (&self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (&self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (server_signal_client_get_error (self.client)->message, "hello"));
  g_assert_true (server_signal_get_stale (counter));

  client_fixture_tear_down (&self, V1);
}

/* hello that comes twice says nothing new. */
static void
test_hello_twice (ClientFixture *self,
                  gconstpointer  protocol)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  client_fixture_open (self);
  fake_server_send (self->server, CLIENT_FIXTURE_HELLO);
  client_fixture_expect (self, "{'subscribe':'counter'," SIZE "}");
  fake_server_send (self->server, CLIENT_FIXTURE_HELLO);
  fake_server_send (self->server, SNAPSHOT);
  WAIT_UNTIL (!server_signal_get_stale (counter));
  test_settle ();
  g_assert_cmpuint (fake_server_get_pending (self->server), ==, 0);
  g_assert_cmpstr (self->states->str, ==, "CO");
}

typedef struct
{
  const char *name;
  const char *lines;
  gboolean    works;
} Headers;

static const Headers headers[] = {
  { "twice", "Sec-WebSocket-Protocol: server-signal.v1\r\n"
             "Sec-WebSocket-Protocol: server-signal.v1\r\n", TRUE },
  { "name-in-other-case", "SEC-WEBSOCKET-PROTOCOL: server-signal.v1\r\n", TRUE },
  { "other-case", "Sec-WebSocket-Protocol: Server-Signal.V1\r\n", TRUE },
  { "list", "Sec-WebSocket-Protocol: server-signal.v1, server-signal.v1\r\n", FALSE },
  { "not-offered", "Sec-WebSocket-Protocol: graphql-ws\r\n", FALSE },
  { "part", "Sec-WebSocket-Protocol: server-signal\r\n", FALSE },
  { "one-of-two", "Sec-WebSocket-Protocol: server-signal.v1\r\n"
                  "Sec-WebSocket-Protocol: graphql-ws\r\n", FALSE },
  { "extension", "Sec-WebSocket-Protocol: server-signal.v1\r\n"
                 "Sec-WebSocket-Extensions: permessage-deflate\r\n", FALSE },
};

/* The client works or says why not, whatever is made of the header on its way. */
static void
test_headers (gconstpointer data)
{
  const Headers *kind = data;
  ClientFixture self = { 0 };

  client_fixture_set_up (&self, V1);
  server_signal_client_get_signal (self.client, "counter");
  fake_server_set_headers (self.server, kind->lines);
  fake_server_set_greeting (self.server, CLIENT_FIXTURE_HELLO);
  server_signal_client_start (self.client);
  if (kind->works)
    {
      client_fixture_expect (&self, "{'subscribe':'counter'," SIZE "}");
      g_assert_true (speaks (&self, V1));
      g_assert_null (server_signal_client_get_error (self.client));
    }
  else
    {
      WAIT_UNTIL (client_fixture_is (&self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
      g_test_message ("%s", server_signal_client_get_error (self.client)->message);
      assert_client_error (&self, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
    }

  client_fixture_tear_down (&self, V1);
}

/* Redirects */

static void
queued_cb (SoupSession *session,
           SoupMessage *message,
           gpointer     user_data)
{
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                "Bearer secret");
}

static void
add_headers (ServerSignalClient *client)
{
  SoupSession *session = server_signal_client_get_session (client);

  g_signal_connect (session, "request-queued", G_CALLBACK (queued_cb), NULL);
}

static void
assert_redirect_refused (ServerSignalClient *client,
                         const char         *from,
                         const char         *to)
{
  const GError *error = server_signal_client_get_error (client);

  g_test_message ("%s", error->message);
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, from));
  g_assert_nonnull (strstr (error->message, to));
  g_assert_null (strstr (error->message, "secret"));
}

typedef struct
{
  guint       status;
  const char *to;     /* @: the address of another server; .: that of the same one */
  const char *said;   /* likewise */
} Redirect;

static const Redirect redirects[] = {
  { 301, "ws://@/ws", "ws://@/ws" },
  { 302, "ws://@/ws?token=secret#secret", "ws://@/ws" },
  { 303, "ws://anna:secret@@/ws", "ws://@/ws" },
  { 307, "http://@/ws", "http://@/ws" },
  { 308, "//@/ws", "//@/ws" },
  { 302, "ws://./other", "ws://./other" },
  { 307, "/other?token=secret", "/other" },
  { 300, "ws://@/ws", "ws://@/ws" },
  { 302, "ws://[::1/secret", "302" },
  { 302, NULL, "302" },
};

static char *
with_hosts (const char *text,
            const char *same,
            const char *other)
{
  GString *string = g_string_new (text);

  g_string_replace (string, "@@", "\001\002", 0);
  g_string_replace (string, "@", "\002", 0);
  g_string_replace (string, "/./", "/\003/", 0);
  g_string_replace (string, "\001", "@", 0);
  g_string_replace (string, "\002", other, 0);
  g_string_replace (string, "\003", same, 0);

  return g_string_free (string, FALSE);
}

/* No redirect is followed: the headers of the application are for the address that it gave. */
static void
test_redirect (gconstpointer data)
{
  const Redirect *kind = data;
  ClientFixture self = { 0 };
  g_autoptr (FakeServer) other = fake_server_new (V1);
  g_autofree char *other_uri = fake_server_dup_uri (other);
  g_autofree char *other_host = NULL;
  g_autofree char *host = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *plain_uri = NULL;
  g_autofree char *secret_uri = NULL;
  g_autofree char *location = NULL;
  g_autofree char *said = NULL;
  g_autofree char *answer = NULL;

  client_fixture_set_up (&self, V1);
  uri = fake_server_dup_uri (self.server);
  host = g_strndup (uri + 5, strlen (uri) - 8);
  other_host = g_strndup (other_uri + 5, strlen (other_uri) - 8);
  plain_uri = g_strconcat ("ws://", host, "/ws", NULL);
  secret_uri = g_strconcat ("ws://anna:secret@", host, "/ws?token=secret#secret", NULL);
  said = with_hosts (kind->said, host, other_host);
  if (kind->to != NULL)
    {
      g_autofree char *to = with_hosts (kind->to, host, other_host);

      location = g_strconcat ("Location: ", to, "\r\n", NULL);
    }
  answer = g_strdup_printf ("HTTP/1.1 %u Elsewhere\r\n%sContent-Length: 0\r\n\r\n", kind->status,
                            location != NULL ? location : "");

  fake_server_set_answer (self.server, answer);
  server_signal_client_set_uri (self.client, secret_uri);
  g_object_set (self.client, "retry-limit", 2, NULL);
  add_headers (self.client);
  server_signal_client_start (self.client);
  WAIT_UNTIL (client_fixture_is (&self, SERVER_SIGNAL_CLIENT_STATE_CLOSED));
  assert_redirect_refused (self.client, kind->to != NULL ? plain_uri : said, said);
  g_assert_cmpuint (fake_server_get_requests (self.server), ==, 2);
  g_assert_cmpuint (fake_server_get_requests (other), ==, 0);
  g_assert_cmpstr (self.states->str, ==, "CWCX");

  client_fixture_tear_down (&self, V1);
}

static void
redirect_cb (SoupServer        *server,
             SoupServerMessage *message,
             const char        *path,
             GHashTable        *query,
             gpointer           location)
{
  soup_server_message_set_redirect (message, 302, location);
}

/* From TLS to none, where the headers would be read by everybody on the way. */
static void
test_redirect_from_tls (ClientFixture *self,
                        gconstpointer  protocol)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "localhost.pem", NULL);
  g_autofree char *to = fake_server_dup_uri (self->server);
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (SoupServer) server = NULL;
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *uri = NULL;
  g_autoptr (GError) error = NULL;
  GSList *uris;

#ifdef __SANITIZE_ADDRESS__
  g_test_skip ("LeakSanitizer does not survive the look at certificates");
  return;
#endif

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("GIO has no TLS here (package glib-networking)");
      return;
    }

  certificate = g_tls_certificate_new_from_file (path, &error);
  g_assert_no_error (error);
  database = g_tls_file_database_new (path, &error);
  g_assert_no_error (error);
  server = soup_server_new ("tls-certificate", certificate, NULL);
  soup_server_add_handler (server, NULL, redirect_cb, to, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY,
                            &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  uri = g_strdup_printf ("wss://localhost:%d/ws", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  soup_session_set_tls_database (session, database);
  server_signal_client_set_session (self->client, session);
  add_headers (self->client);
  server_signal_client_set_uri (self->client, uri);
  g_object_set (self->client, "retry-limit", 1, NULL);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_CLOSED));
  assert_redirect_refused (self->client, uri, to);
  g_assert_cmpuint (fake_server_get_requests (self->server), ==, 0);
  soup_server_disconnect (server);
}

/* Refusals */

typedef struct
{
  const char *name;
  const char *answer;
  gint64      wait;    /* seconds */
  const char *words;
} Refusal;

#define REFUSAL(status, lines) "HTTP/1.1 " status "\r\n" lines "Content-Length: 0\r\n\r\n"

static const Refusal refusals[] = {
  { "503", REFUSAL ("503 Back soon", "Retry-After: 7\r\n"), 7, "503 Back soon" },
  { "429", REFUSAL ("429 Too Many Requests", "Retry-After:  120 \r\n"), 120, "429 Too Many" },
  { "401", REFUSAL ("401 Not yet", "Retry-After: 5\r\n"), 5, "401 Not yet" },
  { "403", REFUSAL ("403 Not yet", "Retry-After: 5\r\n"), 5, "403 Not yet" },
  { "302", REFUSAL ("302 Found", "Location: /x\r\nRetry-After: 5\r\n"), 5, "302 Found" },
  { "dates", REFUSAL ("503 Busy", "Date: Mon, 01 Jan 2001 00:00:00 GMT\r\n"
                                  "Retry-After: Mon, 01 Jan 2001 00:00:30 GMT\r\n"), 30, "30" },
  { "day-long", REFUSAL ("503 Busy", "Retry-After: 86400\r\n"), 3600, "3600" },
  { "endless", REFUSAL ("503 Busy", "Retry-After: 99999999999999999999999\r\n"), 3600, "3600" },
  { "far-date", REFUSAL ("503 Busy", "Retry-After: Fri, 31 Dec 2999 23:59:59 GMT\r\n"), 3600,
    "3600" },
  { "zero", REFUSAL ("503 Busy", "Retry-After: 0\r\n"), 0, "503 Busy" },
  { "negative", REFUSAL ("503 Busy", "Retry-After: -5\r\n"), 0, "503 Busy" },
  { "signed", REFUSAL ("503 Busy", "Retry-After: +500\r\n"), 0, "503 Busy" },
  { "fraction", REFUSAL ("503 Busy", "Retry-After: 500.5\r\n"), 0, "503 Busy" },
  { "words", REFUSAL ("503 Busy", "Retry-After: soon\r\n"), 0, "503 Busy" },
  { "empty", REFUSAL ("503 Busy", "Retry-After: \r\n"), 0, "503 Busy" },
  { "past", REFUSAL ("503 Busy", "Retry-After: Mon, 01 Jan 2001 00:00:30 GMT\r\n"), 0,
    "503 Busy" },
  { "own-status", REFUSAL ("499 We are at lunch", "Retry-After: 5\r\n"), 5,
    "499 We are at lunch" },
  { "no-phrase", REFUSAL ("503", "Retry-After: 5\r\n"), 5, "503 Service Unavailable" },
  { "no-utf-8", REFUSAL ("503 Caf\xe9", "Retry-After: 5\r\n"), 5, "503 Caf" },
};

/* The next try does not come before the server wants it, nor much later. */
static void
test_refusal (gconstpointer data)
{
  const Refusal *kind = data;
  ClientFixture self = { 0 };
  const GError *error;

  client_fixture_set_up (&self, V1);
  fake_server_set_answer (self.server, kind->answer);
  server_signal_client_start (self.client);
  WAIT_UNTIL (client_fixture_is (&self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  error = server_signal_client_get_error (self.client);
  g_test_message ("%s", error->message);
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, kind->words));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  fake_server_set_answer (self.server, NULL);
  if (kind->wait > 0)
    {
      clock_skip ((kind->wait - 2) * G_USEC_PER_SEC);
      /* Longer than any wait that was set; changes of the network do not count here. */
      g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", TRUE);
      test_pass_time (60);
      g_assert_cmpstr (self.states->str, ==, "CW");
      clock_skip (2 * G_USEC_PER_SEC);
    }
  WAIT_UNTIL (client_fixture_is (&self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  g_assert_cmpstr (self.states->str, ==, "CWCO");

  client_fixture_tear_down (&self, V1);
}

/* start() does not wait, and forgets the time that the server has asked for. */
static void
test_refusal_started (ClientFixture *self,
                      gconstpointer  protocol)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) later = g_date_time_add_seconds (now, 300);
  g_autofree char *date = soup_date_time_to_string (later, SOUP_DATE_HTTP);
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 503 Busy\r\nRetry-After: %s\r\n"
                                             "Content-Length: 0\r\n\r\n",
                                             date);

  fake_server_set_answer (self->server, answer);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  clock_skip (200 * G_USEC_PER_SEC);
  test_pass_time (60);
  g_assert_cmpstr (self->states->str, ==, "CW");

  fake_server_set_answer (self->server, NULL);
  client_fixture_open (self);
  g_assert_cmpstr (self->states->str, ==, "CWCO");
  fake_server_drop (self->server);
  client_fixture_reopen (self, 2);
  g_assert_cmpstr (self->states->str, ==, "CWCOWCO");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  CLIENT_TEST ("/client-handshake/dropped", NULL, test_dropped);
  CLIENT_TEST ("/client-handshake/dropped/late", NULL, test_dropped_late);
  CLIENT_TEST ("/client-handshake/dropped/other-version", NULL, test_dropped_other);
  CLIENT_TEST ("/client-handshake/dropped/hello-second", NULL, test_hello_second);
  CLIENT_TEST ("/client-handshake/dropped/hello-twice", NULL, test_hello_twice);
  g_test_add_data_func ("/client-handshake/no-hello/plain", PLAIN, test_no_hello);
  g_test_add_data_func ("/client-handshake/no-hello/v1", SNAPSHOT, test_no_hello);
  for (guint i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/client-handshake/header/%s", headers[i].name);

      g_test_add_data_func (path, &headers[i], test_headers);
    }
  for (guint i = 0; i < G_N_ELEMENTS (redirects); i++)
    {
      g_autofree char *path =
        g_strdup_printf ("/client-handshake/redirect/%u-%u", i + 1, redirects[i].status);

      g_test_add_data_func (path, &redirects[i], test_redirect);
    }
  CLIENT_TEST ("/client-handshake/redirect/from-tls", V1, test_redirect_from_tls);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path =
        g_strdup_printf ("/client-handshake/retry-after/%s", refusals[i].name);

      g_test_add_data_func (path, &refusals[i], test_refusal);
    }
  CLIENT_TEST ("/client-handshake/retry-after/started", V1, test_refusal_started);

  return test_run_with_tls ();
}
