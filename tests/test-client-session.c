/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The services of an application's SoupSession: headers, cookies, proxies, certificates. */

#include "config.h"

#include <unistd.h>

#include <glib/gstdio.h>

#include "client-fixture.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "test-certificate.h"
#include "test-hub.h"

/* The request line and a header of the last request. */
static void
assert_request (ClientFixture *self,
                const char    *begin,
                const char    *header)
{
  const char *request = fake_server_get_request (self->server);

  if (!g_str_has_prefix (request, begin) || strstr (request, header) == NULL)
    g_error ("Not “%s” with “%s”: %s", begin, header, request);
}

static void
queued_cb (SoupSession *session,
           SoupMessage *message,
           gpointer     user_data)
{
  char **token = user_data;
  g_autofree char *value = g_strconcat ("Bearer ", *token, NULL);

  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", value);
}

/* A token that may be another at each try. */
static void
test_bearer (ClientFixture *self,
             gconstpointer  protocol)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  char *token = (char *) "first";

  soup_session_set_user_agent (session, "reader/1.0");
  g_signal_connect (session, "request-queued", G_CALLBACK (queued_cb), &token);
  server_signal_client_set_session (self->client, session);
  client_fixture_open (self);
  assert_request (self, "GET /", "Authorization: Bearer first");
  assert_request (self, "GET /", "User-Agent: reader/1.0");
  assert_request (self, "GET /", "Sec-WebSocket-Protocol: server-signal.v1");

  token = (char *) "second";
  fake_server_drop (self->server);
  client_fixture_reopen (self, 1);
  assert_request (self, "GET /", "Authorization: Bearer second");
}

static void
test_cookies (ClientFixture *self,
              gconstpointer  protocol)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();

  soup_cookie_jar_add_cookie (jar, soup_cookie_new ("session", "abc", "127.0.0.1", "/", -1));
  soup_session_add_feature (session, SOUP_SESSION_FEATURE (jar));
  server_signal_client_set_session (self->client, session);
  client_fixture_open (self);
  assert_request (self, "GET /", "Cookie: session=abc");
}

/* An answer that does not let the client in may set a cookie, which goes along when the client
 * tries again. */
static void
test_cookie_set (ClientFixture *self,
                 gconstpointer  protocol)
{
  g_autoptr (SoupSession) session = soup_session_new ();

  soup_session_add_feature_by_type (session, SOUP_TYPE_COOKIE_JAR);
  server_signal_client_set_session (self->client, session);
  fake_server_set_answer (self->server, "HTTP/1.1 503 Not yet\r\nSet-Cookie: visit=2; Path=/\r\n"
                                        "Content-Length: 0\r\n\r\n");
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  fake_server_set_answer (self->server, NULL);
  client_fixture_reopen (self, 1);
  assert_request (self, "GET /", "Cookie: visit=2");
}

static SoupSession *
session_through (const char *proxy)
{
  g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (proxy, NULL);

  return soup_session_new_with_options ("proxy-resolver", resolver, NULL);
}

static char *
proxy_uri (FakeServer *server)
{
  g_autofree char *uri = fake_server_dup_uri (server);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  return g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (parsed));
}

/* Without TLS libsoup hands the request to the proxy, as one for a page; the name of the server is
 * the proxy's to resolve. */
static void
test_proxy_without_tls (ClientFixture *self,
                        gconstpointer  protocol)
{
  g_autofree char *proxy = proxy_uri (self->server);
  g_autoptr (SoupSession) session = session_through (proxy);
  g_autoptr (ServerSignalClient) client = server_signal_client_new ("ws://far.invalid/ws");
  ServerSignal *counter = server_signal_client_get_signal (client, "counter");

  server_signal_client_set_session (client, session);
  fake_server_set_greeting (self->server, CLIENT_FIXTURE_HELLO);
  server_signal_client_start (client);
  WAIT_UNTIL (fake_server_get_pending (self->server) > 0);
  assert_request (self, "GET ws://far.invalid/ws HTTP/1.1\r\n", "Host: far.invalid");
  fake_server_send (self->server,
                    "{'name':'counter','patch':[{'op':'replace','path':'','value':7}],"
                    "'epoch':'e','rev':0}");
  WAIT_UNTIL (!server_signal_get_stale (counter));
  assert_document (counter, "7");
  g_free (fake_server_take (self->server));
  server_signal_client_stop (client);
  g_assert_finalize_object (g_steal_pointer (&client));
}

/* A proxy that wants to know who that is does not change its mind. */
static void
test_proxy_refuses (ClientFixture *self,
                    gconstpointer  protocol)
{
  g_autofree char *proxy = proxy_uri (self->server);
  g_autoptr (SoupSession) session = session_through (proxy);
  g_autoptr (ServerSignalClient) client = server_signal_client_new ("ws://far.invalid/ws");

  server_signal_client_set_session (client, session);
  fake_server_set_answer (self->server, "HTTP/1.1 407 Who is that\r\nContent-Length: 0\r\n\r\n");
  server_signal_client_start (client);
  WAIT_UNTIL (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_CLOSED);
  g_assert_error (server_signal_client_get_error (client), SERVER_SIGNAL_ERROR,
                  SERVER_SIGNAL_ERROR_CLOSED);
  server_signal_client_stop (client);
  g_assert_finalize_object (g_steal_pointer (&client));
}

/* A proxy that makes tunnels, all to one port whatever their name. */
typedef struct
{
  GSocketService    *service;
  guint16            port;
  guint16            target;
  GSocketConnection *connection; /* while it is read from */
  GBytes            *request;
  guint              tunnels;
} Proxy;

static void
proxy_read_cb (GObject      *input,
               GAsyncResult *result,
               gpointer      user_data)
{
  Proxy *self = user_data;
  g_autoptr (GSocketConnection) connection = g_steal_pointer (&self->connection);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) there = NULL;
  g_autoptr (GError) error = NULL;

  self->request = g_input_stream_read_bytes_finish (G_INPUT_STREAM (input), result, &error);
  g_assert_no_error (error);
  there = g_socket_client_connect_to_host (client, "127.0.0.1", self->target, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                             "HTTP/1.1 200 OK\r\n\r\n", 19, NULL, NULL, &error);
  g_assert_no_error (error);
  self->tunnels++;
  g_io_stream_splice_async (G_IO_STREAM (connection), G_IO_STREAM (there),
                            G_IO_STREAM_SPLICE_CLOSE_STREAM1 | G_IO_STREAM_SPLICE_CLOSE_STREAM2,
                            G_PRIORITY_DEFAULT, NULL, NULL, NULL);
}

static gboolean
proxy_cb (GSocketService    *service,
          GSocketConnection *connection,
          GObject           *source,
          gpointer           user_data)
{
  Proxy *self = user_data;

  /* A head so short comes in one piece. */
  g_assert_null (self->connection);
  self->connection = g_object_ref (connection);
  g_input_stream_read_bytes_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), 4096,
                                   G_PRIORITY_DEFAULT, NULL, proxy_read_cb, self);

  return TRUE;
}

/* The session says which certificates to trust, and through which proxy to go, which makes a
 * tunnel. */
static void
test_tls (gconstpointer through_proxy)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "localhost.pem", NULL);
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GTlsDatabase) others = NULL;
  g_autofree char *other_path = NULL;
  g_autoptr (SoupSession) stranger = NULL;
  g_autoptr (ServerSignalHub) hub = NULL;
  g_autoptr (ServerSignal) signal = new_signal ("counter", "1");
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (SoupSession) session = NULL;
  g_autofree char *hub_uri = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (GUri) parsed = NULL;
  g_autoptr (GError) error = NULL;
  Proxy proxy = { 0 };
  ServerSignal *replica;
  int file;

#ifdef __SANITIZE_ADDRESS__
  /* Now and then LeakSanitizer's own tracer crashes at the end, in the threads in which GIO has
   * looked at certificates. */
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
  file = g_file_open_tmp ("server-signal-XXXXXX.pem", &other_path, &error);
  g_assert_no_error (error);
  close (file);
  g_file_set_contents (other_path, test_certificate_pem, -1, &error);
  g_assert_no_error (error);
  others = g_tls_file_database_new (other_path, &error);
  g_assert_no_error (error);
  hub = g_object_new (SERVER_TYPE_SIGNAL_HUB, "tls-certificate", certificate, NULL);
  server_signal_hub_add (hub, signal, NULL);
  server_signal_hub_listen (hub, NULL, 0, &error);
  g_assert_no_error (error);
  hub_uri = server_signal_hub_dup_uri (hub);
  parsed = g_uri_parse (hub_uri, G_URI_FLAGS_NONE, NULL);
  uri = g_strdup_printf ("wss://localhost:%d/ws", g_uri_get_port (parsed));

  client = server_signal_client_new (uri);
  g_object_set (client, "retry-min", 1, "retry-max", 20, NULL);
  replica = server_signal_client_get_signal (client, "counter");
  /* Somebody else is trusted. */
  stranger = soup_session_new ();
  soup_session_set_tls_database (stranger, others);
  server_signal_client_set_session (client, stranger);
  server_signal_client_start (client);
  WAIT_UNTIL (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_WAITING);
  g_assert_error (server_signal_client_get_error (client), G_TLS_ERROR,
                  G_TLS_ERROR_BAD_CERTIFICATE);

  if (through_proxy != NULL)
    {
      g_autofree char *uri_of_proxy = NULL;

      proxy.target = (guint16) g_uri_get_port (parsed);
      proxy.service = g_socket_service_new ();
      proxy.port =
        g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (proxy.service), NULL, &error);
      g_assert_no_error (error);
      g_signal_connect (proxy.service, "incoming", G_CALLBACK (proxy_cb), &proxy);
      uri_of_proxy = g_strdup_printf ("http://127.0.0.1:%u", proxy.port);
      session = session_through (uri_of_proxy);
    }
  else
    {
      session = soup_session_new ();
    }
  soup_session_set_tls_database (session, database);
  server_signal_client_set_session (client, session);
  WAIT_UNTIL (!server_signal_get_stale (replica));
  set_int (signal, NULL, 2);
  WAIT_UNTIL (server_signal_get_int (replica, NULL) == 2);

  g_unlink (other_path);

  server_signal_client_stop (client);
  g_assert_finalize_object (g_steal_pointer (&client));
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  if (through_proxy != NULL)
    {
      expected = g_strdup_printf ("CONNECT localhost:%u HTTP/1.1\r\n", proxy.target);
      g_assert_cmpuint (proxy.tunnels, ==, 1);
      g_assert_cmpmem (g_bytes_get_data (proxy.request, NULL), strlen (expected), expected,
                       strlen (expected));
      g_bytes_unref (proxy.request);
      g_socket_service_stop (proxy.service);
      test_settle ();
      g_object_unref (proxy.service);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  CLIENT_TEST ("/client-session/bearer", V1, test_bearer);
  CLIENT_TEST ("/client-session/cookies", V1, test_cookies);
  CLIENT_TEST ("/client-session/cookie-set", V1, test_cookie_set);
  CLIENT_TEST ("/client-session/proxy-without-tls", V1, test_proxy_without_tls);
  CLIENT_TEST ("/client-session/proxy-refuses", V1, test_proxy_refuses);
  g_test_add_data_func ("/client-session/tls", NULL, test_tls);
  g_test_add_data_func ("/client-session/tls/proxy", "proxy", test_tls);

  return test_run_with_tls ();
}
