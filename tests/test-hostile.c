/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Clients that mean no good, before and after their handshake. */

#include <sys/resource.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>

#include "transport/ss-request-head.h"
#include "ss-limits.h"

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

  return (guint) (socket->in->data[9] - '0') * 100 + (guint) (socket->in->data[10] - '0') * 10
         + (guint) (socket->in->data[11] - '0');
}

static void
test_heads (void)
{
  static const struct
  {
    const char *text;
    guint       status;
  } cases[] = {
    { UPGRADE "\r\n", 101 },
    { "\r\n" UPGRADE "\r\n", 101 },
    { UPGRADE "Content-Length: 0\r\n\r\n", 101 },
    { UPGRADE "Expect: 100-continue\r\n\r\n", 101 },
    { UPGRADE "x:\r\ny: \t z\303\244 \r\n\r\n", 101 },
    { "GET http://a/ws HTTP/1.1\r\nHost: a\r\n\r\n", 426 },
    { "GET ws://a:80/ws HTTP/1.1\r\nHost: a\r\n\r\n", 426 },
    { "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 404 },
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

      g_test_message ("%u: %s", cases[i].status, cases[i].text);
      test_socket_send (socket, cases[i].text, strlen (cases[i].text));
      WAIT_UNTIL (test_socket_read (socket) && get_status (socket) != 0);
      g_assert_cmpuint (get_status (socket), ==, cases[i].status);
      if (cases[i].status != 101)
        WAIT_UNTIL (test_socket_read (socket) && socket->ended);
    }

  WAIT_UNTIL (n_peers (hub) == 0);
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
  WAIT_UNTIL (n_peers (hub) == 0);

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

  g_test_message ("%" G_GSIZE_FORMAT " bytes; the longest turn was %" G_GINT64_FORMAT " us", flood.n_sent, ticks[1]);
  g_assert_cmpuint (flood.n_sent, <, 64 * 1024 * 1024);
  g_assert_cmpint (ticks[1], <, G_USEC_PER_SEC);
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
  g_test_add_data_func ("/hostile/body/chunked", UPGRADE "Transfer-Encoding: chunked\r\n\r\n", test_endless_body);
  g_test_add_data_func ("/hostile/body/length", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n",
                        test_endless_body);
  g_test_add_data_func ("/hostile/body/attached", "attach " UPGRADE "Transfer-Encoding: chunked\r\n\r\n",
                        test_endless_body);
  g_test_add_data_func ("/hostile/body/attached-post",
                        "attach POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", test_endless_body);

  return g_test_run ();
}
