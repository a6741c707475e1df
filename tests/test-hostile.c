/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Clients that mean no good, before and after their handshake. */

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/clock.h"
#include "transport/ss-address.h"
#include "transport/ss-frame-meter.h"
#include "ss-limits.h"

#include "test-certificate.h"
#include "test-hub.h"
#include "test-socket.h"

#define UPGRADE "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static TestSocket *
connect_to (ServerSignalHub *hub)
{
  g_autofree char *uri = server_signal_hub_dup_uri (hub);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  return test_socket_new ((guint16) g_uri_get_port (parsed));
}

static ServerSignalHub *
new_listening (void)
{
  ServerSignalHub *hub = server_signal_hub_new ();
  g_autoptr (GError) error = NULL;

  server_signal_hub_listen (hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);

  return hub;
}

/* Of an answer; 0: none has come. */
static guint
get_status (TestSocket *socket)
{
  if (socket->in->len < 12 || memcmp (socket->in->data, "HTTP/1.", 7) != 0)
    return 0;

  return (guint) (socket->in->data[9] - '0') * 100 + (guint) (socket->in->data[10] - '0') * 10 +
         (guint) (socket->in->data[11] - '0');
}

static void
test_heads (void)
{
  static const struct
  {
    const char *text;
    guint status;
  } cases[] = {
    { UPGRADE "\r\n", 101 },
    { "\r\n" UPGRADE "\r\n", 101 },
    { UPGRADE "Content-Length: 0\r\n\r\n", 101 },
    { UPGRADE "Expect: 100-continue\r\n\r\n", 101 },
    { UPGRADE "x:\r\ny: \t z\303\244 \r\n\r\n", 101 },
    { "GET http://a/ws HTTP/1.1\r\nHost: a\r\n\r\n", 426 },
    { "GET ws://a:80/ws HTTP/1.1\r\nHost: a\r\n\r\n", 426 },
    { "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 404 },
    { "GET HTTP://A:8080/ws HTTP/1.1\r\nHost: a:8080\r\n\r\n", 426 },
    { "GET http://[::1]/ws HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 426 },
    { "GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n", 404 },
    { "GET http://a/ws HTTP/1.0\r\n\r\n", 426 },
    { "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404 },
    { "GET /%2e%2e/ws HTTP/1.1\r\nHost: a\r\n\r\n", 426 },
    { "GET //ws HTTP/1.1\r\nHost: a\r\n\r\n", 404 },

    /* Two readers would read them differently. */
    { UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 400 },
    { UPGRADE "sec-websocket-version: 13\r\n\r\n", 400 },
    { UPGRADE "HOST: b\r\n\r\n", 400 },
    { UPGRADE "Origin: b\r\nOrigin: b\r\n\r\n", 400 },
    { UPGRADE "Authorization: b\r\nAuthorization: c\r\n\r\n", 400 },
    { UPGRADE "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 400 },
    { UPGRADE "Content-Length: 0, 0\r\n\r\n", 400 },
    { UPGRADE "Content-Length: 1x\r\n\r\n", 400 },
    { UPGRADE "Content-Length: -1\r\n\r\n", 400 },
    { UPGRADE "Content-Length: +0\r\n\r\n", 400 },
    { UPGRADE "Content-Length:\r\n\r\n", 400 },
    { UPGRADE "Content-Length: 99999999999999999999999\r\n\r\n", 400 },
    { UPGRADE "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
    { UPGRADE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
    { UPGRADE "no colon\r\n\r\n", 400 },
    { UPGRADE "x : b\r\n\r\n", 400 },
    { UPGRADE ": b\r\n\r\n", 400 },
    { UPGRADE "x: b\r\n c\r\n\r\n", 400 },
    { UPGRADE "x: b\r\n\tc\r\n\r\n", 400 },
    { UPGRADE "x: b\nc: d\r\n\r\n", 400 },
    { UPGRADE "x: b\rc: d\r\n\r\n", 400 },
    { UPGRADE "x: b\r\r\n\r\n", 400 },
    { UPGRADE "x: b\001\r\n\r\n", 400 },
    { UPGRADE "x: b\177\r\n\r\n", 400 },
    { UPGRADE "x: \377\r\n\r\n", 400 },
    { "GET /ws HTTP/1.1\nHost: a\n\n", 400 },
    { "\n", 400 },
    { "\r\n\r\n", 400 },
    { "GET /ws HTTP/1.1\r\n\r\n", 400 },
    { "GET /ws HTTP/1.1\r\nHost: a/b\r\n\r\n", 400 },
    { "GET /ws HTTP/1.1\r\nHost: a@b\r\n\r\n", 400 },
    { "GET  /ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /ws  HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { " GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /ws\r\nHost: a\r\n\r\n", 400 },
    { "GET\r\n\r\n", 400 },
    { "G(T /ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /ws#a HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /ws%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /ws%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /\303\244 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET file:///ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http:///ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http://b/ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http://a:81/ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http://a:443/ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http://a/ws HTTP/1.1\r\nHost: a:8080\r\n\r\n", 400 },
    { "GET http://:80/ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http://ab/ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http://b@a/ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http://a@b/ws HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http://a@b/ws HTTP/1.0\r\n\r\n", 400 },
    { "GET http://?b HTTP/1.0\r\n\r\n", 400 },
    { "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /ws http/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /ws HTTP/1.1 \r\nHost: a\r\n\r\n", 400 },
    { "GET /ws HTTP/2.0\r\nHost: a\r\n\r\n", 505 },
    { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400 },
    { "\026\003\001\002\005\001", 400 },

    /* No body is taken. */
    { UPGRADE "Content-Length: 5\r\n\r\nhello", 400 },
    { UPGRADE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
    { "HEAD /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 400 },
    { "GET /ws HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
    { "POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501 },
    { "POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501 },
    { "POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 405 },
    { "POST /ws HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", 405 },
    { "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", 404 },
    { "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\nhello", 404 },
  };
  g_autoptr (ServerSignalHub) hub = new_listening ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TestSocket) socket = connect_to (hub);
      g_autofree char *escaped = g_strescape (cases[i].text, NULL);

      g_test_message ("%u: %s", cases[i].status, escaped);
      test_socket_send (socket, cases[i].text, strlen (cases[i].text));
      WAIT_UNTIL (test_socket_read (socket) && get_status (socket) != 0);
      g_assert_cmpuint (get_status (socket), ==, cases[i].status);
      if (cases[i].status != 101)
        WAIT_UNTIL (test_socket_read (socket) && socket->ended);
    }

  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* A NUL is not the end of anything. */
static void
test_nul (void)
{
  static const char text[] = UPGRADE "x: a\0b\r\n\r\n";
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (TestSocket) socket = connect_to (hub);

  test_socket_send (socket, text, sizeof text - 1);
  WAIT_UNTIL (test_socket_read (socket) && socket->ended);
  g_assert_cmpuint (get_status (socket), ==, 400);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* As many bytes as there may be, and one more. */
static void
test_large_heads (void)
{
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autofree char *fill = g_strnfill (SS_REQUEST_BYTES, 'a');
  gsize line_rest = strlen ("GET /ws? HTTP/1.1\r\n");
  gsize head_rest = strlen (UPGRADE "x: \r\n\r\n");

  for (guint i = 0; i < 6; i++)
    {
      g_autoptr (TestSocket) socket = connect_to (hub);
      g_autoptr (GString) text = g_string_new (NULL);
      gboolean fits = i % 2 == 0;
      guint expected = 0;

      switch (i / 2)
        {
        case 0:
          g_string_printf (text, "GET /ws?%.*s HTTP/1.1\r\nHost: a\r\n\r\n",
                           (int) (SS_REQUEST_LINE_BYTES - line_rest + (fits ? 0 : 2)), fill);
          expected = fits ? 426 : 414;
          break;

        case 1:
          g_string_printf (text, UPGRADE "x: %.*s\r\n\r\n",
                           (int) (SS_REQUEST_BYTES - head_rest + (fits ? 0 : 1)), fill);
          expected = fits ? 101 : 431;
          break;

        default:
          g_string_assign (text, UPGRADE);
          for (guint j = 5; j < SS_REQUEST_FIELDS + (fits ? 0 : 1); j++)
            g_string_append (text, "x: y\r\n");
          g_string_append (text, "\r\n");
          expected = fits ? 101 : 431;
          break;
        }

      test_socket_send (socket, text->str, text->len);
      WAIT_UNTIL (test_socket_read (socket) && get_status (socket) != 0);
      g_assert_cmpuint (get_status (socket), ==, expected);
    }

  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* Each piece in a turn of its own; frames may come right behind the head. */
static void
test_pieces (gconstpointer data)
{
  gsize step = GPOINTER_TO_SIZE (data);
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (TestSocket) socket = connect_to (hub);
  g_autoptr (GString) bytes = g_string_new (UPGRADE "\r\n");
  TestFrame frame;

  test_append_frame (bytes, TRUE, 9, "one", -1);
  test_append_frame (bytes, TRUE, 8, "", 0);
  for (gsize i = 0; i < bytes->len; i += step)
    {
      test_socket_send (socket, bytes->str + i, MIN (step, bytes->len - i));
      while (g_main_context_iteration (NULL, FALSE))
        continue;
    }

  WAIT_UNTIL (test_socket_read_handshake (socket));
  WAIT_UNTIL (test_socket_next (socket, &frame));
  g_assert_cmpuint (frame.opcode, ==, 10);
  g_assert_cmpstr (frame.payload, ==, "one");
  test_frame_clear (&frame);
  WAIT_UNTIL (test_socket_next (socket, &frame));
  g_assert_cmpuint (frame.opcode, ==, 8);
  test_frame_clear (&frame);
  test_socket_reset (socket);
  WAIT_UNTIL (n_peers (hub) == 0);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* The second is not answered: the first was the last. */
static void
test_pipelined (void)
{
  static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n" UPGRADE "\r\n";
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (TestSocket) socket = connect_to (hub);

  test_socket_send (socket, text, strlen (text));
  WAIT_UNTIL (test_socket_read (socket) && socket->ended);
  g_byte_array_append (socket->in, (const guint8 *) "", 1);
  g_assert_cmpuint (get_status (socket), ==, 404);
  g_assert_nonnull (strstr ((const char *) socket->in->data, "\r\nConnection: close\r\n"));
  g_assert_null (strstr ((const char *) socket->in->data, " 101 "));
  g_assert_cmpuint (n_peers (hub), ==, 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

typedef struct
{
  TestSocket *socket;
  const char *block;
  gsize       length;
  gsize       n_sent;
  gboolean    ended;
} Flood;

static gpointer
flood_cb (gpointer user_data)
{
  Flood *flood = user_data;

  g_socket_set_blocking (flood->socket->socket, TRUE);
  while (!flood->ended)
    {
      gssize n = g_socket_send (flood->socket->socket, flood->block, flood->length, NULL, NULL);

      if (n < 0)
        flood->ended = TRUE;
      else
        flood->n_sent += (gsize) n;
    }

  return NULL;
}

static gboolean
tick_cb (gpointer user_data)
{
  gint64 *last = user_data;
  gint64 now = g_get_monotonic_time ();

  last[1] = MAX (last[1], now - last[0]);
  last[0] = now;

  return G_SOURCE_CONTINUE;
}

/* A body without end, from another thread, which sends as fast as it can: the main loop goes on, and
 * the connection is over. */
static void
test_endless_body (gconstpointer data)
{
  gboolean attach = g_str_has_prefix (data, "attach ");
  const char *head = attach ? (const char *) data + strlen ("attach ") : data;
  g_autoptr (ServerSignalHub) hub = attach ? server_signal_hub_new () : new_listening ();
  g_autoptr (SoupServer) server = attach ? new_server () : NULL;
  g_autoptr (TestSocket) socket = NULL;
  g_autoptr (GString) block = g_string_new (NULL);
  Flood flood = { 0 };
  gint64 ticks[2] = { g_get_monotonic_time (), 0 };
  GThread *thread;
  guint id;

  if (attach)
    server_signal_hub_attach (hub, server, "/ws");
  socket = connect_to (hub);
  for (guint i = 0; i < 10000; i++)
    g_string_append (block, "1\r\na\r\n");
  flood = (Flood) { .socket = socket, .block = block->str, .length = block->len };
  test_socket_send (socket, head, strlen (head));
  id = g_timeout_add (5, tick_cb, ticks);
  thread = g_thread_new ("flood", flood_cb, &flood);
  WAIT_UNTIL (g_atomic_int_get (&flood.ended));
  g_thread_join (thread);
  g_source_remove (id);

  g_test_message ("%" G_GSIZE_FORMAT " bytes; the longest turn was %" G_GINT64_FORMAT " us",
                  flood.n_sent, ticks[1]);
  g_assert_cmpuint (flood.n_sent, <, 64 * 1024 * 1024);
  g_assert_cmpint (ticks[1], <, G_USEC_PER_SEC);
  WAIT_UNTIL (n_peers (hub) == 0);

  server_signal_hub_detach (hub);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* TLS */

static gboolean
accept_certificate_cb (gpointer object)
{
  return TRUE;
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

/* A second handshake is not made, before the upgrade or after it. */
static void
test_renegotiation_subprocess (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GTlsCertificate) certificate =
        g_tls_certificate_new_from_pem (test_certificate_pem, -1, NULL);
      g_autoptr (ServerSignalHub) hub =
        g_object_new (SERVER_TYPE_SIGNAL_HUB, "tls-certificate", certificate, NULL);
      g_autoptr (TestSocket) socket = NULL;
      g_autoptr (GSocketConnection) base = NULL;
      g_autoptr (GIOStream) client = NULL;
      g_autoptr (GAsyncResult) first = NULL;
      g_autoptr (GAsyncResult) second = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
      socket = connect_to (hub);
      base = g_socket_connection_factory_create_connection (socket->socket);
      client = g_tls_client_connection_new (G_IO_STREAM (base), NULL, NULL);
      g_signal_connect (client, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
      g_tls_connection_handshake_async (G_TLS_CONNECTION (client), G_PRIORITY_DEFAULT, NULL,
                                        result_cb, &first);
      WAIT_UNTIL (first != NULL);
      g_assert_true (g_tls_connection_handshake_finish (G_TLS_CONNECTION (client), first, NULL));
      g_assert_cmpint (g_tls_connection_get_protocol_version (G_TLS_CONNECTION (client)), ==,
                       G_TLS_PROTOCOL_VERSION_TLS_1_2);
      if (i == 1)
        {
          g_output_stream_write (g_io_stream_get_output_stream (client), UPGRADE "\r\n",
                                 strlen (UPGRADE "\r\n"), NULL, NULL);
          WAIT_UNTIL (n_peers (hub) == 1);
        }

      g_tls_connection_handshake_async (G_TLS_CONNECTION (client), G_PRIORITY_DEFAULT, NULL,
                                        result_cb, &second);
      WAIT_UNTIL (second != NULL);
      g_assert_false (
        g_tls_connection_handshake_finish (G_TLS_CONNECTION (client), second, &error));
      WAIT_UNTIL (n_peers (hub) == 0);
      server_signal_hub_close (hub);
    }

  /* LeakSanitizer does not survive the threads that the handshake has left behind. */
  fflush (stdout);
  _exit (0);
}

static void
test_renegotiation (void)
{
  if (!g_str_equal (G_OBJECT_TYPE_NAME (g_tls_backend_get_default ()), "GTlsBackendGnutls"))
    {
      g_test_skip ("only GnuTLS can be told which version to speak");
      return;
    }

  g_setenv ("G_TLS_GNUTLS_PRIORITY", "NORMAL:%COMPAT:-VERS-ALL:+VERS-TLS1.2", TRUE);
  g_test_trap_subprocess ("/hostile/renegotiation/subprocess", 0, 0);
  g_unsetenv ("G_TLS_GNUTLS_PRIORITY");
  g_test_trap_assert_passed ();
}

/* Frames */

static void
test_meter (void)
{
  static const guint8 bytes[] = {
    0x81, 0x80, 0, 0, 0, 0,                /* an empty text */
    0x89, 0x81, 0, 0, 0, 0, 'x',           /* a ping */
    0x01, 0x82, 0, 0, 0, 0, 'a', 'b',      /* a text begins */
    0x89, 0x80, 0, 0, 0, 0,                /* a ping in between */
    0x80, 0xfe, 0, 1, 0, 0, 0,   0,   'c', /* it ends, in a long form */
    0x82, 0xff, 0, 0, 0, 0, 0,   0,   0,   2, 0, 0, 0, 0, 'd', 'e',
  };
  const guint within_from = 13, within_to = 36;

  for (gsize step = 1; step <= sizeof bytes; step++)
    {
      SsFrameMeter meter = { 0 };

      for (gsize i = 0; i < sizeof bytes; i += step)
        {
          gsize end = MIN (i + step, sizeof bytes);

          ss_frame_meter_follow (&meter, bytes + i, end - i);
          if (end > within_from && end < within_to)
            g_assert_true (ss_frame_meter_is_within (&meter));
          if (end == 6 || end == within_from || end == within_to || end == sizeof bytes)
            g_assert_false (ss_frame_meter_is_within (&meter));
        }
      g_assert_cmpuint (meter.n_frames, ==, 6);
    }
}

static TestSocket *
upgrade (ServerSignalHub *hub)
{
  TestSocket *socket = connect_to (hub);

  test_socket_send_handshake (socket, "/ws", NULL, 0);
  WAIT_UNTIL (test_socket_read_handshake (socket));

  return socket;
}

/* Each ping has its answer, in order. */
static void
test_pings (void)
{
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (TestSocket) socket = upgrade (hub);
  g_autoptr (GString) pings = g_string_new (NULL);

  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *payload = g_strdup_printf ("ping %u", i);

      test_append_frame (pings, TRUE, 9, payload, -1);
    }
  test_socket_send (socket, pings->str, pings->len);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *payload = g_strdup_printf ("ping %u", i);
      TestFrame frame;

      WAIT_UNTIL (test_socket_next (socket, &frame));
      g_assert_cmpuint (frame.opcode, ==, 10);
      g_assert_cmpstr (frame.payload, ==, payload);
      test_frame_clear (&frame);
    }

  test_socket_reset (socket);
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* 0: it ends without a close frame. */
static guint
wait_for_close (TestSocket *socket)
{
  for (;;)
    {
      TestFrame frame = { 0 };
      guint code;

      WAIT_UNTIL (test_socket_next (socket, &frame) || socket->ended);
      if (frame.payload == NULL)
        return 0;

      code = test_frame_close_code (&frame);
      test_frame_clear (&frame);
      if (frame.opcode == 8)
        return code;
    }
}

/* They count as messages, and of these a peer of a hub with many signals has many. */
static void
test_ping_flood (gconstpointer data)
{
  const guint n_signals = 600;
  const guint n_good = SS_MESSAGES_BURST + 2 * n_signals;
  guint opcode = GPOINTER_TO_UINT (data);
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (TestSocket) socket = NULL;
  g_autoptr (GString) pings = g_string_new (NULL);
  guint n_pongs = 0;
  TestFrame frame = { 0 };

  for (guint i = 0; i < n_signals; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);
      g_autoptr (ServerSignal) signal = new_signal (name, "0");

      g_assert_true (server_signal_hub_add (hub, signal, NULL));
    }

  /* It speaks v1, for a plain one is sent the documents. */
  socket = connect_to (hub);
  test_socket_send_request (socket, "/ws", "Sec-WebSocket-Protocol: " V1, NULL, 0);
  WAIT_UNTIL (test_socket_read_handshake (socket));
  for (guint i = 0; i < n_good; i++)
    test_append_frame (pings, TRUE, opcode, "", 0);
  test_socket_send (socket, pings->str, pings->len);
  if (opcode == 9)
    {
      while (n_pongs < n_good)
        {
          WAIT_UNTIL (test_socket_next (socket, &frame));
          g_assert_cmpuint (frame.opcode, !=, 8);
          n_pongs += frame.opcode == 10 ? 1 : 0;
          test_frame_clear (&frame);
        }
    }

  for (guint i = 0; i < 10; i++)
    test_socket_send (socket, pings->str, pings->len);
  do
    {
      test_frame_clear (&frame);
      WAIT_UNTIL (test_socket_next (socket, &frame));
    }
  while (frame.opcode != 8);
  g_assert_cmpuint (test_frame_close_code (&frame), ==, 1008);
  g_assert_cmpstr (frame.payload + 2, ==, "too many messages");
  test_frame_clear (&frame);

  test_socket_reset (socket);
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* Codes that were registered after the RFC are good ones, and others are not. */
static void
test_close_codes (void)
{
  static const guint codes[][2] = {
    { 1012, 1012 }, { 1013, 1013 }, { 1014, 1014 }, { 1000, 1000 }, { 3000, 3000 }, { 1004, 1002 },
    { 1005, 1002 }, { 1006, 1002 }, { 1015, 1002 }, { 1016, 1002 }, { 999, 1002 },
  };
  g_autoptr (ServerSignalHub) hub = new_listening ();

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (TestSocket) socket = upgrade (hub);
      TestFrame frame;

      test_socket_send_close (socket, codes[i][0]);
      WAIT_UNTIL (test_socket_next (socket, &frame));
      g_assert_cmpuint (frame.opcode, ==, 8);
      g_assert_cmpuint (test_frame_close_code (&frame), ==, codes[i][1]);
      test_frame_clear (&frame);
      WAIT_UNTIL (test_socket_read (socket) && socket->ended);
    }

  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* All that was sent before has been read. */
static void
wait_for_pong (TestSocket *socket)
{
  TestFrame frame;

  test_socket_send_frame (socket, TRUE, 9, "", 0);
  WAIT_UNTIL (test_socket_next (socket, &frame));
  g_assert_cmpuint (frame.opcode, ==, 10);
  test_frame_clear (&frame);
}

/* A message that has begun is kept, so it has to end some time: one in the middle of a frame, one
 * between two, one in the middle of a header. */
static void
test_unfinished (void)
{
  static const char *const pieces[] = { "\x81\x85\0\0\0\0he", "\x01\x80\0\0\0\0", "\x81" };
  static const gsize lengths[] = { 8, 6, 1 };
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (TestSocket) idle = NULL;
  g_autoptr (TestSocket) late = NULL;

  server_signal_hub_set_keepalive_interval (hub, 0);
  idle = upgrade (hub);
  late = upgrade (hub);
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autoptr (TestSocket) socket = upgrade (hub);

      test_socket_send_frame (late, FALSE, 1, "a", -1);
      test_socket_send (socket, pieces[i], lengths[i]);
      wait_for_pong (late);
      clock_skip ((SS_MESSAGE_SECONDS - 10) * G_USEC_PER_SEC);
      test_settle ();
      test_socket_send_frame (late, TRUE, 0, "b", -1);
      wait_for_pong (late);
      g_assert_cmpuint (n_peers (hub), ==, 3);
      clock_skip (11 * G_USEC_PER_SEC);
      g_assert_cmpuint (wait_for_close (socket), ==, 1008);
      WAIT_UNTIL (n_peers (hub) == 2);
    }

  g_assert_false (test_socket_read (idle) && idle->ended);
  g_assert_false (test_socket_read (late) && late->ended);
  test_socket_reset (idle);
  test_socket_reset (late);
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* Those that are as large as may be share what there is for them. */
static void
test_many_unfinished (void)
{
  const guint n_fit = SS_UNFINISHED_BYTES / (SS_MESSAGE_BYTES - SS_UNFINISHED_FREE_BYTES);
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (GPtrArray) sockets =
    g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);
  g_autofree char *fill = g_strnfill (SS_MESSAGE_BYTES, ' ');
  char header[] = "\x01\xff\0\0\0\0\0\1\xf0\0\0\0\0\0"; /* 126,976 bytes */

  server_signal_hub_set_keepalive_interval (hub, 0);
  /* The oldest have so little that several go for one of the others. */
  for (guint i = 0; i < 10; i++)
    {
      TestSocket *socket = upgrade (hub);

      g_ptr_array_add (sockets, socket);
      test_socket_send_frame (socket, FALSE, 1, fill, SS_UNFINISHED_FREE_BYTES);
      wait_for_pong (socket);
    }
  for (guint i = 0; i < 2 * n_fit; i++)
    {
      TestSocket *socket = upgrade (hub);

      g_ptr_array_add (sockets, socket);
      test_socket_send (socket, header, sizeof header - 1);
      test_socket_send (socket, fill, 126976);
    }
  WAIT_UNTIL (n_peers (hub) <= n_fit + 1);
  g_assert_cmpuint (n_peers (hub), >=, n_fit);
  /* The newest is there, and may go on. */
  {
    TestSocket *last = g_ptr_array_index (sockets, sockets->len - 1);
    TestFrame frame;

    test_socket_send_frame (last, TRUE, 9, "still", -1);
    WAIT_UNTIL (test_socket_next (last, &frame));
    g_assert_cmpuint (frame.opcode, ==, 10);
    g_assert_cmpstr (frame.payload, ==, "still");
    test_frame_clear (&frame);
  }

  for (guint i = 0; i < sockets->len; i++)
    test_socket_reset (g_ptr_array_index (sockets, i));
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* Heads of requests share it, and those of many silent connections are not more than it. */
static void
test_many_heads (void)
{
  const guint n_head = SS_REQUEST_BYTES - 4096;
  const guint n_fit = SS_UNFINISHED_BYTES / (n_head - SS_UNFINISHED_FREE_BYTES);
  const guint n = 2 * n_fit;
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (GPtrArray) sockets =
    g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);
  g_autoptr (GString) head = g_string_new (UPGRADE "x: ");
  guint n_left;

  while (head->len < n_head)
    g_string_append_c (head, 'x');
  for (guint i = 0; i < n; i++)
    {
      TestSocket *socket = connect_to (hub);

      g_ptr_array_add (sockets, socket);
      test_socket_send (socket, head->str, n_head);
      test_settle ();
    }

  do
    {
      n_left = 0;
      test_settle ();
      for (guint i = 0; i < n; i++)
        {
          TestSocket *socket = g_ptr_array_index (sockets, i);

          test_socket_read (socket);
          n_left += socket->ended || !g_socket_is_connected (socket->socket) ? 0 : 1;
        }
    }
  while (n_left > n_fit + 1);
  g_assert_cmpuint (n_left, >=, n_fit);

  /* The newest is there, and gets in. */
  {
    TestSocket *last = g_ptr_array_index (sockets, n - 1);

    test_socket_send (last, "\r\n\r\n", 4);
    WAIT_UNTIL (test_socket_read_handshake (last));
    g_assert_cmpuint (n_peers (hub), ==, 1);
  }

  for (guint i = 0; i < n; i++)
    test_socket_reset (g_ptr_array_index (sockets, i));
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* accept */

static void
accept_cb (SoupServer              *server,
           SoupServerMessage       *message,
           const char              *path,
           SoupWebsocketConnection *connection,
           gpointer                 user_data)
{
  server_signal_hub_accept (user_data, connection);
}

static void
wrote_informational_cb (SoupServerMessage *message,
                        ServerSignalHub   *hub)
{
  g_autoptr (SoupServerMessage) keep = g_object_ref (message);
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  server_signal_hub_accept_stream (hub, stream, NULL);
}

static void
stream_cb (SoupServer        *server,
           SoupServerMessage *message,
           const char        *path,
           GHashTable        *query,
           gpointer           user_data)
{
  g_assert_true (soup_websocket_server_process_handshake (message, NULL, NULL, NULL, NULL));
  g_signal_connect (message, "wrote-informational", G_CALLBACK (wrote_informational_cb), user_data);
}

/* A client that takes nothing, and then breaks the protocol in one way or the other. */
static void
test_accept_queued (gconstpointer data)
{
  static const struct
  {
    const char *bytes;
    gsize length;
  } faults[] = {
    { "\x83\x80\0\0\0\0", 6 },     { "\x88\x81\0\0\0\0a", 7 }, { "\xf1\x81\0\0\0\0x", 7 },
    { "\x81\x81\0\0\0\0\xff", 7 }, { "\x81\x01x", 3 },         { "\x88\x80\0\0\0\0", 6 },
  };
  gboolean as_stream = GPOINTER_TO_INT (data);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autofree char *text = g_strnfill (300000, 'x');
  g_autoptr (ServerSignal) document = new_signal ("document", "\"\"");
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  GSList *uris;
  guint16 port;

  server_signal_set_string (document, "", text, NULL);
  server_signal_hub_add (hub, document, NULL);
  if (as_stream)
    soup_server_add_handler (server, "/ws", stream_cb, hub, NULL);
  else
    soup_server_add_websocket_handler (server, "/ws", NULL, NULL, accept_cb, hub, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  for (guint i = 0; i < 4 * G_N_ELEMENTS (faults); i++)
    {
      g_autoptr (TestSocket) socket = test_socket_new (port);

      setsockopt (g_socket_get_fd (socket->socket), SOL_SOCKET, SO_RCVBUF, &(int) { 4096 },
                  sizeof (int));
      test_socket_send_handshake (socket, "/ws", NULL, 0);
      WAIT_UNTIL (n_peers (hub) == 1);
      for (guint j = 0; j < 4; j++)
        {
          server_signal_set_int (document, "", (int) j, NULL);
          server_signal_set_string (document, "", text, NULL);
        }
      test_settle ();
      test_socket_send (socket, faults[i % G_N_ELEMENTS (faults)].bytes,
                        faults[i % G_N_ELEMENTS (faults)].length);
      test_settle ();
      test_socket_reset (socket);
      WAIT_UNTIL (n_peers (hub) == 0);
      test_settle ();
    }

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* The fragments of one message count together. */
static void
test_accept_fragments (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (TestSocket) socket = NULL;
  g_autofree char *fill = g_strnfill (60000, ' ');
  GSList *uris;

  soup_server_add_websocket_handler (server, "/ws", NULL, NULL, accept_cb, hub, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  socket = test_socket_new ((guint16) g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  test_socket_send_handshake (socket, "/ws", NULL, 0);
  WAIT_UNTIL (n_peers (hub) == 1);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (n_peers (hub), ==, 1);
      test_socket_send_frame (socket, FALSE, i == 0 ? 1 : 0, fill, -1);
    }
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

static void
new_pair (GSocketConnection **first,
          GSocketConnection **second)
{
  GSocketConnection **ends[] = { first, second };
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GSocket) socket = g_socket_new_from_fd (fds[i], NULL);

      *ends[i] = g_socket_connection_factory_create_connection (socket);
    }
}

static TestWebsocket *
adopt_end (GSocketConnection *end)
{
  g_autoptr (GUri) uri = g_uri_parse ("ws://localhost/ws", SOUP_HTTP_URI_FLAGS, NULL);
  TestWebsocket *client = g_new0 (TestWebsocket, 1);

  g_queue_init (&client->frames);
  test_websocket_adopt (client, soup_websocket_connection_new (G_IO_STREAM (end), uri,
                                                               SOUP_WEBSOCKET_CONNECTION_CLIENT,
                                                               NULL, NULL, NULL));

  return client;
}

/* Any stream will do whose other end has its handshake behind it. */
static void
test_accept_stream (void)
{
  static const char *const protocols[] = { NULL, V1, "chat" };
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) counter = new_signal ("counter", "{\"value\":0}");

  server_signal_hub_add (hub, counter, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (protocols); i++)
    {
      g_autoptr (GSocketConnection) server_end = NULL;
      g_autoptr (GSocketConnection) client_end = NULL;
      g_autoptr (TestWebsocket) client = NULL;
      ServerSignalPeer *peer;

      new_pair (&server_end, &client_end);
      client = adopt_end (client_end);
      peer = server_signal_hub_accept_stream (hub, G_IO_STREAM (server_end), protocols[i]);
      g_assert_nonnull (peer);
      g_assert_cmpuint (n_peers (hub), ==, 1);
      test_websocket_expect_prefix (client, i == 1 ? "{\"hello\":{" : "{\"name\":\"counter\",");
      server_signal_peer_close (peer, 1001, NULL);
      test_websocket_expect_close (client, 1001);
      WAIT_UNTIL (n_peers (hub) == 0);
    }

  /* There is no room. */
  server_signal_hub_set_max_peers (hub, 0);
  {
    g_autoptr (GSocketConnection) server_end = NULL;
    g_autoptr (GSocketConnection) client_end = NULL;
    g_autoptr (TestSocket) peer = g_new0 (TestSocket, 1);
    TestFrame frame;

    new_pair (&server_end, &client_end);
    peer->socket = g_object_ref (g_socket_connection_get_socket (client_end));
    g_socket_set_blocking (peer->socket, FALSE);
    peer->in = g_byte_array_new ();
    g_assert_null (server_signal_hub_accept_stream (hub, G_IO_STREAM (server_end), NULL));
    WAIT_UNTIL (test_socket_next (peer, &frame));
    g_assert_cmpuint (test_frame_close_code (&frame), ==, 1013);
    test_frame_clear (&frame);
    WAIT_UNTIL (test_socket_read (peer) && peer->ended);

    /* It is closed by now. */
    server_signal_hub_set_max_peers (hub, 1);
    WAIT_UNTIL (g_io_stream_is_closed (G_IO_STREAM (server_end)));
    g_assert_null (server_signal_hub_accept_stream (hub, G_IO_STREAM (server_end), NULL));
  }

  /* A stream has to tell when it can be read. */
  {
    g_autoptr (GInputStream) input = g_memory_input_stream_new ();
    g_autoptr (GOutputStream) output = g_memory_output_stream_new_resizable ();
    g_autoptr (GIOStream) filter =
      g_simple_io_stream_new (g_buffered_input_stream_new (input), output);

    g_object_unref (g_io_stream_get_input_stream (filter));
    g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*ss_stream_link_is_able*");
    g_assert_null (server_signal_hub_accept_stream (hub, filter, NULL));
    g_test_assert_expected_messages ();
  }

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* Addresses and descriptors */

static void
test_addresses (void)
{
  static const struct
  {
    const char *text;
    guint64 key;
  } cases[] = {
    { "127.0.0.1", 0 },
    { "127.8.9.10", 0 },
    { "::1", 0 },
    { "::ffff:127.0.0.1", 0 },
    { "192.0.2.1", 0xc0000201 },
    { "::ffff:192.0.2.1", 0xc0000201 },
    { "2001:db8:1:2::1", G_GUINT64_CONSTANT (0x20010db800010002) },
    { "2001:db8:1:2:ffff:ffff:ffff:ffff", G_GUINT64_CONSTANT (0x20010db800010002) },
    { "2001:db8:1:3::1", G_GUINT64_CONSTANT (0x20010db800010003) },
  };
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (GObject) first = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GObject) second = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GObject) local = g_object_new (G_TYPE_OBJECT, NULL);
  SsAddressCounts *counts = ss_address_counts_new ();
  guint n_notified = 0;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GSocketAddress) address =
        g_inet_socket_address_new_from_string (cases[i].text, 80);

      g_assert_cmpuint (ss_address_get_key (address), ==, cases[i].key);
    }
  g_assert_cmpuint (ss_address_get_key (NULL), ==, 0);

  ss_address_counts_count (counts, 5, first);
  ss_address_counts_count (counts, 5, second);
  ss_address_counts_count (counts, 0, local);
  g_assert_cmpuint (ss_address_counts_get (counts, 5), ==, 2);
  g_assert_cmpuint (ss_address_counts_get (counts, 0), ==, 0);
  g_clear_object (&first);
  g_assert_cmpuint (ss_address_counts_get (counts, 5), ==, 1);
  g_clear_object (&second);
  g_assert_cmpuint (ss_address_counts_get (counts, 5), ==, 0);
  second = g_object_new (G_TYPE_OBJECT, NULL);
  ss_address_counts_count (counts, 6, second);
  ss_address_counts_free (counts);

  g_assert_cmpuint (server_signal_hub_get_max_peers_per_address (hub), ==, 0);
  g_signal_connect_swapped (hub, "notify::max-peers-per-address", G_CALLBACK (g_atomic_int_inc),
                            &n_notified);
  server_signal_hub_set_max_peers_per_address (hub, 3);
  server_signal_hub_set_max_peers_per_address (hub, 3);
  g_assert_cmpuint (n_notified, ==, 1);
}

/* TRUE: whoever connects seems to come from another machine. */
static gboolean elsewhere;

/* GLib and the library ask the C library, and the program's own function of that name comes first. */
int
getpeername (int              fd,
             struct sockaddr *address,
             socklen_t       *length)
{
  const struct sockaddr_in far = { .sin_family = AF_INET,
                                   .sin_port = g_htons (7),
                                   .sin_addr.s_addr = g_htonl (0xc0000201) };

  if (!elsewhere)
    return (int) syscall (SYS_getpeername, fd, address, length);

  g_assert_cmpuint (*length, >=, sizeof far);
  memcpy (address, &far, sizeof far);
  *length = sizeof far;

  return 0;
}

static void
check_accept (ServerSignalHub *hub,
              gboolean         as_stream,
              gboolean         taken)
{
  g_autoptr (GUri) uri = g_uri_parse ("ws://localhost/ws", SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (GSocketConnection) server_end = NULL;
  g_autoptr (GSocketConnection) client_end = NULL;
  g_autoptr (SoupWebsocketConnection) connection = NULL;
  g_autoptr (TestWebsocket) client = NULL;
  guint n = n_peers (hub);
  ServerSignalPeer *peer;

  new_pair (&server_end, &client_end);
  client = adopt_end (client_end);
  if (as_stream)
    {
      peer = server_signal_hub_accept_stream (hub, G_IO_STREAM (server_end), NULL);
    }
  else
    {
      connection =
        soup_websocket_connection_new (G_IO_STREAM (server_end), uri,
                                       SOUP_WEBSOCKET_CONNECTION_SERVER, NULL, NULL, NULL);
      peer = server_signal_hub_accept (hub, connection);
    }

  g_assert_true ((peer != NULL) == taken);
  g_assert_cmpuint (n_peers (hub), ==, n + (taken ? 1 : 0));
  if (taken)
    server_signal_peer_close (peer, 1001, NULL);
  if (taken || !as_stream)
    test_websocket_expect_close (client, 1001);
  WAIT_UNTIL (n_peers (hub) == n);
}

/* The limit for an address holds on each way in. */
static void
test_crowded (void)
{
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (SoupServer) server = new_server ();
  g_autofree char *uri = uri_of (server, "ws", "/ws");
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  g_autoptr (TestSocket) first = NULL;
  g_autoptr (TestSocket) second = NULL;
  g_autoptr (TestSocket) third = NULL;

  elsewhere = TRUE;
  server_signal_hub_attach (hub, server, NULL);
  server_signal_hub_set_max_peers_per_address (hub, 1);
  first = connect_to (hub);
  test_socket_send (first, UPGRADE "\r\n", strlen (UPGRADE "\r\n"));
  WAIT_UNTIL (n_peers (hub) == 1);

  second = connect_to (hub);
  test_socket_send (second, UPGRADE "\r\n", strlen (UPGRADE "\r\n"));
  WAIT_UNTIL (test_socket_read (second) && get_status (second) == 429);
  third = test_socket_new ((guint16) g_uri_get_port (parsed));
  test_socket_send (third, UPGRADE "\r\n", strlen (UPGRADE "\r\n"));
  WAIT_UNTIL (test_socket_read (third) && get_status (third) == 429);

  check_accept (hub, TRUE, FALSE);
  check_accept (hub, FALSE, FALSE);
  g_assert_cmpuint (n_peers (hub), ==, 1);

  /* There is room for as many again. */
  test_socket_reset (first);
  WAIT_UNTIL (n_peers (hub) == 0);
  check_accept (hub, TRUE, TRUE);
  check_accept (hub, FALSE, TRUE);
  elsewhere = FALSE;
  soup_server_disconnect (server);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* Clients that ask and are gone at once leave nothing behind, in the log neither. */
static void
test_gone (void)
{
  g_autoptr (ServerSignalHub) hub = new_listening ();
  g_autoptr (SoupServer) server = new_server ();
  g_autofree char *uri = uri_of (server, "ws", "/ws");
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  guint n_added = 0;

  g_signal_connect_swapped (hub, "peer-added", G_CALLBACK (g_atomic_int_inc), &n_added);
  server_signal_hub_attach (hub, server, NULL);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (TestSocket) to_hub = connect_to (hub);
      g_autoptr (TestSocket) to_server = test_socket_new ((guint16) g_uri_get_port (parsed));

      test_socket_send (to_hub, UPGRADE "\r\n", strlen (UPGRADE "\r\n"));
      test_socket_send (to_server, UPGRADE "\r\n", strlen (UPGRADE "\r\n"));
      test_socket_reset (to_hub);
      test_socket_reset (to_server);
    }

  /* One that stays comes in behind them. */
  {
    g_autoptr (TestSocket) last = test_socket_new ((guint16) g_uri_get_port (parsed));

    test_socket_send (last, UPGRADE "\r\n", strlen (UPGRADE "\r\n"));
    WAIT_UNTIL (test_socket_read (last) && get_status (last) == 101);
    test_settle ();
    g_assert_cmpuint (n_peers (hub), ==, 1);
    test_socket_reset (last);
  }
  WAIT_UNTIL (n_peers (hub) == 0);
  g_assert_cmpuint (n_added, >=, 1);
  soup_server_disconnect (server);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

static guint
count_free_descriptors (guint limit)
{
  guint n = 0;

  for (guint fd = 0; fd < limit; fd++)
    n += fcntl ((int) fd, F_GETFD) < 0 ? 1 : 0;

  return n;
}

static gboolean
has_ended (TestSocket *socket)
{
  return test_socket_read (socket) && socket->ended;
}

/* More than there is room for come at once and take their time for their requests: nobody is dropped
 * for another as long as all of them are new, or none would ever come in. */
static void
test_crowd (void)
{
  g_autoptr (ServerSignalHub) hub = new_listening ();
  TestSocket *sockets[6];

  server_signal_hub_set_max_handshakes (hub, 2);
  clock_stop (TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (sockets); i++)
    sockets[i] = connect_to (hub);
  test_settle ();

  for (guint i = 0; i < G_N_ELEMENTS (sockets); i++)
    {
      test_socket_send (sockets[i], UPGRADE "\r\n", strlen (UPGRADE "\r\n"));
      WAIT_UNTIL (n_peers (hub) == i + 1);
      for (guint j = 0; j < G_N_ELEMENTS (sockets); j++)
        g_assert_false (has_ended (sockets[j]));
    }

  clock_stop (FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (sockets); i++)
    {
      test_socket_reset (sockets[i]);
      test_socket_free (sockets[i]);
    }
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* They come and go, again and again, where a process may have few descriptors: all that come get in,
 * and nothing stays of those that go. */
static void
test_storm (void)
{
  g_autoptr (ServerSignalHub) hub = new_listening ();
  struct rlimit before, few;
  guint n_free;

  getrlimit (RLIMIT_NOFILE, &before);
  few = before;
  few.rlim_cur = 64;
  setrlimit (RLIMIT_NOFILE, &few);
  n_free = count_free_descriptors (64);

  for (guint round = 0; round < 5; round++)
    {
      g_autoptr (GPtrArray) sockets =
        g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);
      g_autoptr (TestSocket) late = NULL;

      /* Both ends are in this process, and a sixteenth is left to the rest of it. */
      while (count_free_descriptors (64) > 5)
        {
          TestSocket *socket = connect_to (hub);

          g_ptr_array_add (sockets, socket);
          test_socket_send (socket, UPGRADE "\r\n", strlen (UPGRADE "\r\n"));
          WAIT_UNTIL (n_peers (hub) == sockets->len);
        }

      /* There is no room for one more until others have gone. */
      late = connect_to (hub);
      test_socket_send (late, UPGRADE "\r\n", strlen (UPGRADE "\r\n"));
      test_settle ();
      g_assert_cmpuint (n_peers (hub), ==, sockets->len);
      for (guint i = 0; i < sockets->len; i += 2)
        test_socket_reset (g_ptr_array_index (sockets, i));
      g_ptr_array_set_size (sockets, 0);
      WAIT_UNTIL (test_socket_read (late) && get_status (late) == 101 && n_peers (hub) == 1);
      test_socket_reset (late);
      WAIT_UNTIL (n_peers (hub) == 0);
    }

  WAIT_UNTIL (count_free_descriptors (64) == n_free);
  setrlimit (RLIMIT_NOFILE, &before);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* Another process, which opens as many connections as it can and says nothing. */
static pid_t
start_silent_clients (guint16 port,
                      guint   n)
{
  const struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = g_htons (port),
                                       .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK) };
  pid_t pid = fork ();

  if (pid != 0)
    return pid;

  for (guint i = 0; i < n; i++)
    {
      int fd = socket (AF_INET, SOCK_STREAM, 0);

      if (fd < 0 || connect (fd, (const struct sockaddr *) &address, sizeof address) < 0)
        _exit (1);
    }
  for (;;)
    pause ();
}

/* A few descriptors are left, whatever clients do, and newcomers get in. */
static void
test_descriptors (void)
{
  const struct rlimit limit = { 160, 1024 };
  const guint reserve = 160 / SS_DESCRIPTORS_SHARE;
  g_autoptr (ServerSignalHub) hub = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GUri) parsed = NULL;
  g_autoptr (TestSocket) silent = NULL;
  pid_t pid;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  hub = new_listening ();
  uri = server_signal_hub_dup_uri (hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  pid = start_silent_clients ((guint16) g_uri_get_port (parsed), 300);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  WAIT_UNTIL (count_free_descriptors (160) <= reserve + 1);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (TestSocket) socket = upgrade (hub);

      g_assert_cmpuint (count_free_descriptors (160), >=, reserve / 2);
      test_socket_reset (socket);
    }

  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hostile/heads", test_heads);
  g_test_add_func ("/hostile/nul", test_nul);
  g_test_add_func ("/hostile/large-heads", test_large_heads);
  g_test_add_data_func ("/hostile/pieces/1", GSIZE_TO_POINTER (1), test_pieces);
  g_test_add_data_func ("/hostile/pieces/7", GSIZE_TO_POINTER (7), test_pieces);
  g_test_add_data_func ("/hostile/pieces/100", GSIZE_TO_POINTER (100), test_pieces);
  g_test_add_data_func ("/hostile/pieces/all", GSIZE_TO_POINTER (1000), test_pieces);
  g_test_add_func ("/hostile/pipelined", test_pipelined);
  g_test_add_data_func ("/hostile/body/chunked", UPGRADE "Transfer-Encoding: chunked\r\n\r\n",
                        test_endless_body);
  g_test_add_data_func ("/hostile/body/length",
                        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n",
                        test_endless_body);
  g_test_add_data_func ("/hostile/body/attached",
                        "attach " UPGRADE "Transfer-Encoding: chunked\r\n\r\n", test_endless_body);
  g_test_add_data_func ("/hostile/body/attached-post",
                        "attach POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                        test_endless_body);
  g_test_add_func ("/hostile/renegotiation", test_renegotiation);
  g_test_add_func ("/hostile/renegotiation/subprocess", test_renegotiation_subprocess);
  g_test_add_func ("/hostile/meter", test_meter);
  g_test_add_func ("/hostile/pings", test_pings);
  g_test_add_data_func ("/hostile/flood/pings", GUINT_TO_POINTER (9), test_ping_flood);
  g_test_add_data_func ("/hostile/flood/pongs", GUINT_TO_POINTER (10), test_ping_flood);
  g_test_add_func ("/hostile/close-codes", test_close_codes);
  g_test_add_func ("/hostile/unfinished/late", test_unfinished);
  g_test_add_func ("/hostile/unfinished/many", test_many_unfinished);
  g_test_add_func ("/hostile/unfinished/heads", test_many_heads);
  g_test_add_data_func ("/hostile/accept/queued", GINT_TO_POINTER (FALSE), test_accept_queued);
  g_test_add_data_func ("/hostile/accept/queued-stream", GINT_TO_POINTER (TRUE),
                        test_accept_queued);
  g_test_add_func ("/hostile/accept/fragments", test_accept_fragments);
  g_test_add_func ("/hostile/accept/stream", test_accept_stream);
  g_test_add_func ("/hostile/addresses", test_addresses);
  g_test_add_func ("/hostile/addresses/limit", test_crowded);
  g_test_add_func ("/hostile/gone", test_gone);
  g_test_add_func ("/hostile/crowd", test_crowd);
  g_test_add_func ("/hostile/descriptors", test_descriptors);
  g_test_add_func ("/hostile/storm", test_storm);

  return test_run_with_tls ();
}
