/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The addresses of a hub, and its answers to HTTP there. */

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "test-certificate.h"
#include "test-hub.h"
#include "test-socket.h"

static void
test_properties (void)
{
  g_autoptr (ServerSignalHub) hub =
    g_object_new (SERVER_TYPE_SIGNAL_HUB, "path", "/live", "max-peers", 5, NULL);
  g_autoptr (ServerSignalHub) other = server_signal_hub_new ();
  g_autofree char *uri = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (GUri) parsed = NULL;

  g_assert_cmpstr (server_signal_hub_get_path (hub), ==, "/live");
  g_assert_cmpstr (server_signal_hub_get_path (other), ==, "/ws");
  g_assert_cmpuint (server_signal_hub_get_max_peers (hub), ==, 5);
  g_assert_cmpuint (server_signal_hub_get_history_bytes (hub), ==, 1024 * 1024);
  g_assert_cmpstr (server_signal_hub_get_id (hub), !=, server_signal_hub_get_id (other));
  g_assert_null (server_signal_hub_dup_uri (hub));

  g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
  uri = server_signal_hub_dup_uri (hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  expected = g_strdup_printf ("ws://127.0.0.1:%d/live", g_uri_get_port (parsed));
  g_assert_cmpstr (uri, ==, expected);

  server_signal_hub_detach (hub);
  g_assert_null (server_signal_hub_dup_uri (hub));

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  server_signal_hub_detach (other);
  g_assert_finalize_object (g_steal_pointer (&other));
}

static void
test_listen_again (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignalHub) other = server_signal_hub_new ();
  g_autofree char *uri = NULL;
  g_autofree char *v6 = NULL;
  g_autoptr (TestWebsocket) client = NULL;
  g_autoptr (GUri) parsed = NULL;
  g_autoptr (GError) error = NULL;

  /* The port is taken: nothing changes. */
  g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
  uri = server_signal_hub_dup_uri (hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  g_assert_false (
    server_signal_hub_listen (other, NULL, (guint16) g_uri_get_port (parsed), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_clear_error (&error);
  g_assert_null (server_signal_hub_dup_uri (other));
  g_assert_false (server_signal_hub_listen (other, "not an address", 0, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);

  /* Closed and opened again on the same port, with the same hub. */
  client = test_websocket_open (uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");
  server_signal_hub_close (hub);
  test_websocket_expect_close (client, 1001);
  g_clear_pointer (&client, test_websocket_free);
  client = test_websocket_try (uri, V1);
  g_assert_null (client->connection);
  g_clear_pointer (&client, test_websocket_free);
  g_assert_true (server_signal_hub_listen (hub, NULL, (guint16) g_uri_get_port (parsed), &error));
  client = test_websocket_open (uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");
  g_clear_pointer (&client, test_websocket_free);

  if (server_signal_hub_listen (other, "::1", 0, &error))
    {
      v6 = server_signal_hub_dup_uri (other);
      g_assert_true (g_str_has_prefix (v6, "ws://[::1]:"));
      client = test_websocket_open (v6, NULL);
      g_clear_pointer (&client, test_websocket_free);
      WAIT_UNTIL (n_peers (other) == 0);
    }
  else
    {
      g_test_message ("no IPv6 here: %s", error->message);
    }

  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  server_signal_hub_detach (other);
  g_assert_finalize_object (g_steal_pointer (&other));
}

/* One HTTP request and its answer's status. */
static guint
request (const char *method,
         const char *uri,
         const char *body)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new (method, uri);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;

  if (body != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (body, strlen (body));

      soup_message_set_request_body_from_bytes (message, "text/plain", bytes);
    }
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, closed_cb, &result);
  WAIT_UNTIL (result != NULL);
  answer = soup_session_send_and_read_finish (session, result, &error);
  g_assert_no_error (error);

  return soup_message_get_status (message);
}

static guint
request_path (SoupServer *server,
              const char *method,
              const char *path,
              const char *body)
{
  g_autofree char *uri = uri_of (server, "http", path);

  return request (method, uri, body);
}

static void
test_attach_paths (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (SoupServer) server = new_server ();
  g_autoptr (TestWebsocket) client = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *below = NULL;

  server_signal_hub_attach (hub, server, "/live/ws");
  uri = uri_of (server, "ws", "/live/ws");
  {
    g_autofree char *said = server_signal_hub_dup_uri (hub);

    g_assert_cmpstr (said, ==, uri);
  }

  /* The application's own stays as it is. */
  g_assert_cmpuint (request_path (server, "GET", "/", NULL), ==, 200);
  g_assert_cmpuint (request_path (server, "GET", "/live", NULL), ==, 200);
  g_assert_cmpuint (request_path (server, "POST", "/elsewhere", "x"), ==, 200);
  /* The hub has one path, and nothing below it. */
  g_assert_cmpuint (request_path (server, "GET", "/live/ws", NULL), ==, 426);
  g_assert_cmpuint (request_path (server, "POST", "/live/ws", "x"), ==, 405);
  g_assert_cmpuint (request_path (server, "HEAD", "/live/ws", NULL), ==, 405);
  g_assert_cmpuint (request_path (server, "GET", "/live/ws/", NULL), ==, 404);
  g_assert_cmpuint (request_path (server, "GET", "/live/ws/more", NULL), ==, 404);
  g_assert_cmpuint (request_path (server, "POST", "/live/wsx", "x"), ==, 404);

  below = uri_of (server, "ws", "/live/ws/more");
  client = test_websocket_try (below, V1);
  g_assert_null (client->connection);
  g_clear_pointer (&client, test_websocket_free);

  client = test_websocket_open (uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");

  /* Peers that are in stay in. */
  server_signal_hub_detach (hub);
  g_assert_cmpuint (request_path (server, "GET", "/live/ws", NULL), ==, 200);
  test_websocket_expect_silence (client);
  g_clear_pointer (&client, test_websocket_free);
  WAIT_UNTIL (n_peers (hub) == 0);

  /* The application's handler takes our place, and stays when we go. */
  server_signal_hub_attach (hub, server, NULL);
  g_assert_cmpuint (request_path (server, "GET", "/ws", NULL), ==, 426);
  soup_server_add_handler (server, "/ws", page_cb, NULL, NULL);
  g_assert_cmpuint (request_path (server, "POST", "/ws", "x"), ==, 200);
  server_signal_hub_detach (hub);
  g_assert_cmpuint (request_path (server, "GET", "/ws", NULL), ==, 200);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* The servers and the hub go in either order. */
static void
test_attach_lifetimes (void)
{
  ServerSignalHub *hub = server_signal_hub_new ();
  g_autoptr (SoupServer) one = new_server ();
  g_autoptr (SoupServer) two = new_server ();
  g_autofree char *uri = uri_of (one, "ws", "/ws");
  g_autoptr (TestWebsocket) client = NULL;

  server_signal_hub_attach (hub, one, "/ws");
  server_signal_hub_attach (hub, one, "/ws");
  server_signal_hub_attach (hub, one, "/other");
  server_signal_hub_attach (hub, two, "/ws");
  client = test_websocket_open (uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");

  soup_server_disconnect (one);
  test_settle ();
  g_clear_object (&one);
  test_websocket_expect_silence (client);
  g_assert_cmpuint (n_peers (hub), ==, 1);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
  test_websocket_expect_close (client, 1001);
  g_assert_cmpuint (request_path (two, "GET", "/ws", NULL), ==, 200);
}

static void
test_not_websocket (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autofree char *uri = NULL;
  g_autofree char *http = NULL;
  g_autofree char *below = NULL;

  server_signal_hub_listen (hub, NULL, 0, NULL);
  uri = server_signal_hub_dup_uri (hub);
  http = g_strconcat ("http", uri + 2, NULL);
  below = g_strconcat (http, "/more", NULL);
  g_assert_cmpuint (request ("GET", http, NULL), ==, 426);
  g_assert_cmpuint (request ("HEAD", http, NULL), ==, 405);
  g_assert_cmpuint (request ("PUT", http, "x"), ==, 405);
  g_assert_cmpuint (request ("GET", below, NULL), ==, 404);
  below[strlen (below) - strlen ("ws/more")] = '\0';
  g_assert_cmpuint (request ("GET", below, NULL), ==, 404);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* The answer to a handshake by hand, up to the empty line. */
static char *
shake_hands_at (GSocketConnectable *where,
                const char         *headers)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = g_socket_client_connect (client, where, NULL, NULL);
  g_autofree char *text =
    g_strdup_printf ("GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "%s\r\n",
                     headers);
  g_autoptr (GDataInputStream) input =
    g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_autoptr (GString) answer = g_string_new (NULL);

  g_assert_true (
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), text,
                               strlen (text), NULL, NULL, NULL));
  for (;;)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autofree char *line = NULL;

      g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, closed_cb, &result);
      WAIT_UNTIL (result != NULL);
      line = g_data_input_stream_read_line_finish (input, result, NULL, NULL);
      if (line == NULL || g_str_equal (line, "\r") || line[0] == '\0')
        break;
      g_string_append (answer, g_strchomp (line));
      g_string_append_c (answer, '\n');
    }

  return g_string_free (g_steal_pointer (&answer), FALSE);
}

static char *
shake_hands (ServerSignalHub *hub,
             const char      *headers)
{
  g_autofree char *uri = server_signal_hub_dup_uri (hub);
  g_autoptr (GSocketConnectable) where = g_network_address_parse_uri (uri, 80, NULL);

  return shake_hands_at (where, headers);
}

static void
test_unix_socket (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  g_autoptr (GSocketAddress) where = g_unix_socket_address_new (path);
  g_autofree char *pad = g_strnfill (200, 'x');
  g_autofree char *long_path = g_strconcat ("unix:", folder, "/", pad, NULL);
  g_autofree char *long_name = g_strconcat ("unix:@", pad, NULL);
  const char *const wrong[] = { long_path, long_name, "unix:", "unix:@" };
  g_autofree char *answer = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (server_signal_hub_listen (hub, wrong[i], 0, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
    }

  server_signal_hub_listen (hub, address, 0, &error);
  g_assert_no_error (error);
  g_assert_null (server_signal_hub_dup_uri (hub));
  answer = shake_hands_at (G_SOCKET_CONNECTABLE (where), "Sec-WebSocket-Version: 13\r\n");
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 101 "));

  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* A unix socket has no URI; what else the hub has does. */
static void
test_uri (void)
{
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *address = g_strconcat ("unix:", folder, "/socket", NULL);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignalHub) attached = server_signal_hub_new ();
  g_autoptr (SoupServer) bare = soup_server_new (NULL, NULL);
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autofree char *uri = NULL;
  g_autofree char *again = NULL;
  g_autofree char *other_uri = NULL;
  g_autofree char *name = g_strdup_printf ("server-signal-entry-%d", (int) getpid ());
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) where = NULL;

  g_assert_true (server_signal_hub_listen (hub, address, 0, NULL));
  g_assert_null (server_signal_hub_dup_uri (hub));
  g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
  uri = server_signal_hub_dup_uri (hub);
  g_assert_true (g_str_has_prefix (uri, "ws://127.0.0.1:"));
  g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
  again = server_signal_hub_dup_uri (hub);
  g_assert_cmpstr (again, ==, uri);
  server_signal_hub_detach (hub);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);

  g_assert_true (server_signal_hub_listen (attached, address, 0, NULL));
  server_signal_hub_attach (attached, bare, NULL);
  server_signal_hub_attach (attached, server, "/live");
  g_assert_null (server_signal_hub_dup_uri (attached));
  socket =
    g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  where = g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  g_assert_true (g_socket_bind (socket, where, FALSE, NULL) && g_socket_listen (socket, NULL));
  g_assert_true (soup_server_listen_socket (server, socket, 0, NULL));
  g_assert_null (server_signal_hub_dup_uri (attached));
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  other_uri = server_signal_hub_dup_uri (attached);
  g_assert_true (g_str_has_prefix (other_uri, "ws://127.0.0.1:"));
  g_assert_true (g_str_has_suffix (other_uri, "/live"));

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  server_signal_hub_detach (attached);
  g_assert_finalize_object (g_steal_pointer (&attached));
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_offers (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  const char *version = "Sec-WebSocket-Version: 13\r\n";
  const struct
  {
    const char *offer;
    gboolean v1;
  } cases[] = {
    { "", FALSE },
    { "Sec-WebSocket-Protocol: server-signal.v1\r\n", TRUE },
    { "Sec-WebSocket-Protocol: server-signal.v2\r\n", FALSE },
    { "Sec-WebSocket-Protocol: Server-Signal.v1\r\n", FALSE },
    { "Sec-WebSocket-Protocol: chat, superchat\r\n", FALSE },
    { "Sec-WebSocket-Protocol: chat, server-signal.v1\r\n", TRUE },
    { "Sec-WebSocket-Protocol: server-signal.v1,token.c2VjcmV0\r\n", TRUE },
    { "Sec-WebSocket-Protocol: token.c2VjcmV0\r\nSec-WebSocket-Protocol: server-signal.v1\r\n",
      TRUE },
    { "Sec-WebSocket-Protocol: server-signal.v1\r\nSec-WebSocket-Protocol: token.c2VjcmV0\r\n",
      TRUE },
    { "Sec-WebSocket-Protocol: ,,\r\n", FALSE },
  };
  g_autofree char *old = NULL;
  g_autofree char *none = NULL;
  g_autofree char *short_key = NULL;

  server_signal_hub_listen (hub, NULL, 0, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *headers =
        g_strconcat (version, cases[i].offer,
                     "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
                     NULL);
      g_autofree char *answer = shake_hands (hub, headers);
      g_autofree char *lower = g_ascii_strdown (answer, -1);

      g_test_message ("%s→ %s", cases[i].offer, answer);
      g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 101 "));
      g_assert_nonnull (strstr (answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
      g_assert_null (strstr (lower, "sec-websocket-extensions"));
      g_assert_null (strstr (answer, "c2VjcmV0"));
      if (cases[i].v1)
        g_assert_nonnull (strstr (lower, "sec-websocket-protocol: server-signal.v1\n"));
      else
        g_assert_null (strstr (lower, "sec-websocket-protocol"));
    }

  old = shake_hands (hub, "Sec-WebSocket-Version: 8\r\n");
  g_assert_true (g_str_has_prefix (old, "HTTP/1.1 426 "));
  g_assert_nonnull (strstr (old, "Sec-WebSocket-Version: 13\n"));
  none = shake_hands (hub, "");
  g_assert_true (g_str_has_prefix (none, "HTTP/1.1 400 "));

  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

static gboolean
accept_certificate_cb (SoupMessage *message)
{
  return TRUE;
}

static void
test_tls (void)
{
  g_autofree char *certificate_path =
    g_test_build_filename (G_TEST_DIST, "data", "localhost.pem", NULL);
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (ServerSignalHub) hub = NULL;
  g_autoptr (ServerSignal) signal = new_signal ("counter", "1");
  g_autoptr (TestWebsocket) client = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("GIO has no TLS here (package glib-networking)");
      return;
    }

  certificate = g_tls_certificate_new_from_file (certificate_path, &error);
  g_assert_no_error (error);
  hub = g_object_new (SERVER_TYPE_SIGNAL_HUB, "tls-certificate", certificate, NULL);
  server_signal_hub_add (hub, signal, NULL);
  g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
  uri = server_signal_hub_dup_uri (hub);
  g_assert_true (g_str_has_prefix (uri, "wss://127.0.0.1:"));

  client = test_websocket_begin (uri, NULL);
  g_signal_connect (client->message, "accept-certificate", G_CALLBACK (accept_certificate_cb),
                    NULL);
  WAIT_UNTIL (client->opened);
  g_assert_no_error (client->error);
  test_websocket_expect (client, REPLACE ("counter", "", "1") "}");
  for (int i = 2; i < 10; i++)
    {
      g_autofree char *frame = g_strdup_printf (
        "{\"name\":\"counter\",\"patch\":[{\"op\":\"replace\",\"path\":\"\",\"value\":%d}]}", i);

      set_int (signal, NULL, i);
      test_websocket_expect (client, frame);
    }

  server_signal_hub_close (hub);
  test_websocket_expect_close (client, 1001);
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

static guint16
port_of (ServerSignalHub *hub)
{
  g_autofree char *uri = server_signal_hub_dup_uri (hub);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  return (guint16) g_uri_get_port (parsed);
}

/* Connections that say nothing make room for others, the oldest first. */
static void
test_max_handshakes (void)
{
  g_autoptr (ServerSignalHub) hub =
    g_object_new (SERVER_TYPE_SIGNAL_HUB, "max-handshakes", 2, NULL);
  g_autoptr (TestSocket) first = NULL;
  g_autoptr (TestSocket) second = NULL;
  g_autoptr (TestSocket) third = NULL;
  g_autoptr (TestSocket) fourth = NULL;

  g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
  first = test_socket_new (port_of (hub));
  second = test_socket_new (port_of (hub));
  test_settle ();
  third = test_socket_new (port_of (hub));
  WAIT_UNTIL (test_socket_read (first) && first->ended);
  test_socket_send_handshake (third, "/ws", NULL, 0);
  WAIT_UNTIL (n_peers (hub) == 1 && test_socket_read_handshake (third));

  /* One that has become a client is not one of them. */
  fourth = test_socket_new (port_of (hub));
  test_socket_send_handshake (fourth, "/ws", NULL, 0);
  WAIT_UNTIL (n_peers (hub) == 2 && test_socket_read_handshake (fourth));
  g_assert_false (test_socket_read (second) && second->ended);

  /* The next server that it listens with has the limit as well. */
  server_signal_hub_detach (hub);
  WAIT_UNTIL (test_socket_read (second) && second->ended);
  server_signal_hub_set_max_handshakes (hub, 1);
  g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
  g_clear_pointer (&first, test_socket_free);
  g_clear_pointer (&second, test_socket_free);
  first = test_socket_new (port_of (hub));
  test_settle ();
  second = test_socket_new (port_of (hub));
  WAIT_UNTIL (test_socket_read (first) && first->ended);
  test_socket_send_handshake (second, "/ws", NULL, 0);
  WAIT_UNTIL (n_peers (hub) == 3);

  test_socket_reset (second);
  test_socket_reset (third);
  test_socket_reset (fourth);
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* The version is forced upon both ends, which are in one process. */
static void
test_tls_version (void)
{
  static const struct
  {
    const char *path;
    const char *priority;
    gboolean taken;
  } versions[] = {
    { "/hub-entry/tls-version/subprocess/1.0", "NORMAL:%COMPAT:-VERS-ALL:+VERS-TLS1.0", FALSE },
    { "/hub-entry/tls-version/subprocess/1.1", "NORMAL:%COMPAT:-VERS-ALL:+VERS-TLS1.1", FALSE },
    { "/hub-entry/tls-version/subprocess/1.2", "NORMAL:%COMPAT:-VERS-ALL:+VERS-TLS1.2", TRUE },
    { "/hub-entry/tls-version/subprocess/1.3", "NORMAL:%COMPAT:-VERS-ALL:+VERS-TLS1.3", TRUE },
  };

  if (!g_str_equal (G_OBJECT_TYPE_NAME (g_tls_backend_get_default ()), "GTlsBackendGnutls"))
    {
      g_test_skip ("only GnuTLS can be told which version to speak");
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (versions); i++)
    {
      g_setenv ("G_TLS_GNUTLS_PRIORITY", versions[i].priority, TRUE);
      g_test_trap_subprocess (versions[i].path, 0, 0);
      g_test_trap_assert_passed ();
      g_test_trap_assert_stdout (versions[i].taken ? "*taken*" : "*refused*");
    }
  g_unsetenv ("G_TLS_GNUTLS_PRIORITY");
}

static void
test_tls_version_subprocess (void)
{
  g_autofree char *certificate_path =
    g_test_build_filename (G_TEST_DIST, "data", "localhost.pem", NULL);
  g_autoptr (GTlsCertificate) certificate =
    g_tls_certificate_new_from_file (certificate_path, NULL);
  g_autoptr (ServerSignalHub) hub =
    g_object_new (SERVER_TYPE_SIGNAL_HUB, "tls-certificate", certificate, NULL);
  g_autoptr (TestWebsocket) client = NULL;
  g_autofree char *uri = NULL;

  g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
  uri = server_signal_hub_dup_uri (hub);
  client = test_websocket_begin (uri, NULL);
  g_signal_connect (client->message, "accept-certificate", G_CALLBACK (accept_certificate_cb),
                    NULL);
  WAIT_UNTIL (client->opened);
  g_assert_cmpint (client->connection != NULL, ==, n_peers (hub) == 1);
  g_print (client->connection != NULL ? "taken\n" : "refused\n");

  /* LeakSanitizer does not survive the threads that the handshake has left behind. */
  fflush (stdout);
  _exit (0);
}

/* The process that is started with sockets: one that is called "second" and another one. */
static int
serve_inherited (const char *mode)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) signal = new_signal ("counter", "1");
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  int n_removed = 0;

  server_signal_hub_add (hub, signal, NULL);
  g_assert_false (server_signal_hub_listen (hub, "systemd:nobody", 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  if (g_str_equal (mode, "stranger"))
    {
      g_assert_false (server_signal_hub_listen (hub, "systemd:", 0, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      return 0;
    }
  if (g_str_equal (mode, "connected"))
    {
      /* None is taken when one will not do. */
      g_assert_false (server_signal_hub_listen (hub, "systemd:", 0, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
      g_assert_false (server_signal_hub_listen (hub, "systemd:second", 0, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
      g_assert_true (server_signal_hub_listen (hub, "systemd:first", 0, NULL));
      return 0;
    }

  g_assert_true (server_signal_hub_listen (hub, "systemd:second", 0, &error));
  g_assert_no_error (error);
  g_assert_true (server_signal_hub_listen (hub, "systemd:", 0, &error));
  g_assert_no_error (error);
  g_assert_false (server_signal_hub_listen (hub, "systemd:", 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  for (int fd = 3; fd < 5; fd++)
    g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  uri = server_signal_hub_dup_uri (hub);
  g_assert_nonnull (uri);

  g_signal_connect_swapped (hub, "peer-removed", G_CALLBACK (g_atomic_int_inc), &n_removed);
  WAIT_UNTIL (n_removed == 2);

  return 0;
}

static GSocket *
new_listening_socket (char **uri)
{
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;
  GSocket *socket =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_true (g_socket_bind (socket, any_port, TRUE, NULL));
  g_assert_true (g_socket_listen (socket, NULL));
  address = g_socket_get_local_address (socket, NULL);
  *uri = g_strdup_printf ("ws://127.0.0.1:%u/ws",
                          g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));

  return socket;
}

static const char *program;

/* As systemd does it. pid 0: the right one. */
static GPid
start_with_sockets (int         first,
                    int         second,
                    const char *mode,
                    int         pid)
{
  const char *arguments[] = { "test-hub-entry", "--inherited", mode, NULL };
  int fds[2] = { fcntl (first, F_DUPFD_CLOEXEC, 10), fcntl (second, F_DUPFD_CLOEXEC, 10) };
  g_auto (GStrv) environment = g_get_environ ();
  char variable[32] = "LISTEN_PID=";
  GPid child;

  environment = g_environ_setenv (environment, "LISTEN_FDS", "2", TRUE);
  environment = g_environ_setenv (environment, "LISTEN_FDNAMES", "first:second", TRUE);
  environment = g_environ_setenv (environment, "LISTEN_PID", "", TRUE);

  child = fork ();
  if (child == 0)
    {
      g_snprintf (variable, sizeof variable, "LISTEN_PID=%d", pid != 0 ? pid : getpid ());
      for (char **entry = environment; *entry != NULL; entry++)
        if (strcmp (*entry, "LISTEN_PID=") == 0)
          *entry = variable;
      if (dup2 (fds[0], 3) == 3 && dup2 (fds[1], 4) == 4)
        execve (program, (char **) arguments, environment);
      _exit (127);
    }

  close (fds[0]);
  close (fds[1]);

  return child;
}

static void
child_exited_cb (GPid     child,
                 int      status,
                 gpointer user_data)
{
  *(int *) user_data = status;
}

static void
test_inherited (void)
{
  g_autofree char *first_uri = NULL;
  g_autofree char *second_uri = NULL;
  g_autoptr (GSocket) first = new_listening_socket (&first_uri);
  g_autoptr (GSocket) second = new_listening_socket (&second_uri);
  const char *uris[] = { first_uri, second_uri };
  int pair[2], status = -1;

  g_child_watch_add (start_with_sockets (g_socket_get_fd (first), g_socket_get_fd (second), "serve",
                                         0),
                     child_exited_cb, &status);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TestWebsocket) client = test_websocket_open (uris[i], NULL);

      test_websocket_expect (client, REPLACE ("counter", "", "1") "}");
      g_assert_cmpint (status, ==, -1);
    }
  WAIT_UNTIL (status != -1);
  g_assert_cmpint (status, ==, 0);

  /* Meant for somebody else. */
  status = -1;
  g_child_watch_add (start_with_sockets (g_socket_get_fd (first), g_socket_get_fd (second),
                                         "stranger", 1),
                     child_exited_cb, &status);
  WAIT_UNTIL (status != -1);
  g_assert_cmpint (status, ==, 0);

  /* One that does not listen. */
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
  status = -1;
  g_child_watch_add (start_with_sockets (g_socket_get_fd (first), pair[0], "connected", 0),
                     child_exited_cb, &status);
  WAIT_UNTIL (status != -1);
  g_assert_cmpint (status, ==, 0);
  close (pair[0]);
  close (pair[1]);
}

int
main (int   argc,
      char *argv[])
{
  if (argc == 3 && strcmp (argv[1], "--inherited") == 0)
    return serve_inherited (argv[2]);

  program = argv[0];
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hub-entry/properties", test_properties);
  g_test_add_func ("/hub-entry/listen-again", test_listen_again);
  g_test_add_func ("/hub-entry/attach-paths", test_attach_paths);
  g_test_add_func ("/hub-entry/attach-lifetimes", test_attach_lifetimes);
  g_test_add_func ("/hub-entry/not-websocket", test_not_websocket);
  g_test_add_func ("/hub-entry/uri", test_uri);
  g_test_add_func ("/hub-entry/offers", test_offers);
  g_test_add_func ("/hub-entry/tls", test_tls);
  g_test_add_func ("/hub-entry/max-handshakes", test_max_handshakes);
  g_test_add_func ("/hub-entry/tls-version", test_tls_version);
  g_test_add_func ("/hub-entry/tls-version/subprocess/1.0", test_tls_version_subprocess);
  g_test_add_func ("/hub-entry/tls-version/subprocess/1.1", test_tls_version_subprocess);
  g_test_add_func ("/hub-entry/tls-version/subprocess/1.2", test_tls_version_subprocess);
  g_test_add_func ("/hub-entry/tls-version/subprocess/1.3", test_tls_version_subprocess);
  g_test_add_func ("/hub-entry/unix-socket", test_unix_socket);
  g_test_add_func ("/hub-entry/inherited", test_inherited);

  return test_run_with_tls ();
}
