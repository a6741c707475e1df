/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include <libsoup/soup.h>

#include "ss-limits.h"
#include "transport/ss-listener.h"
#include "transport/ss-stream-link.h"

#include "test-socket.h"
#include "test-utils.h"

/* A server whose every upgraded connection becomes a link, and the reports of the newest one. */
typedef struct
{
  SoupServer *server;
  SsListener *listener;
  guint16     port;

  SsLink     *link;
  GPtrArray  *messages;
  guint       n_links;
  guint       n_binary;
  guint       n_closed;
  gushort     close_code;

  const char *drop_on;  /* the callback in which the link is dropped */
  GMainLoop  *loop_on_message;
} Fixture;

static void
note (Fixture    *fixture,
      SsLink     *link,
      const char *event)
{
  if (g_strcmp0 (fixture->drop_on, event) != 0)
    return;

  fixture->drop_on = NULL;
  g_assert_true (fixture->link == link);
  g_clear_object (&fixture->link);
}

static void
message_cb (SsLink     *link,
            const char *text,
            gsize       length,
            gpointer    user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (strlen (text), ==, length);
  g_assert_null (g_main_context_get_thread_default ());
  g_ptr_array_add (fixture->messages, g_strdup (text));
  note (fixture, link, "message");

  if (fixture->loop_on_message != NULL)
    {
      GMainLoop *loop = g_steal_pointer (&fixture->loop_on_message);

      g_main_loop_run (loop);
    }
}

static void
binary_cb (SsLink   *link,
           gpointer  user_data)
{
  Fixture *fixture = user_data;

  fixture->n_binary++;
  note (fixture, link, "binary");
}

static void
closed_cb (SsLink   *link,
           gushort   code,
           gpointer  user_data)
{
  Fixture *fixture = user_data;

  g_assert_false (ss_link_is_open (link));
  fixture->n_closed++;
  fixture->close_code = code;
  note (fixture, link, "closed");
}

static const SsLinkFuncs funcs = { message_cb, binary_cb, closed_cb };

static void
upgraded_cb (SoupServerMessage *message,
             gpointer           user_data)
{
  Fixture *fixture = user_data;

  g_clear_object (&fixture->link);
  fixture->link = ss_stream_link_new (message, NULL);
  fixture->n_links++;
  ss_link_set_funcs (fixture->link, &funcs, fixture);
}

static void
request_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  if (soup_websocket_server_process_handshake (message, NULL, NULL, NULL, NULL))
    g_signal_connect (message, "wrote-informational", G_CALLBACK (upgraded_cb), user_data);
}

static void
connection_cb (SsListener        *listener,
               GSocketConnection *connection,
               gpointer           user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);

  soup_server_accept_iostream (fixture->server, G_IO_STREAM (connection), local, remote, NULL);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  fixture->messages = g_ptr_array_new_with_free_func (g_free);
  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, "/ws", request_cb, fixture, NULL);

  fixture->listener = ss_listener_new (connection_cb, fixture);
  ss_listener_listen (fixture->listener, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  address = ss_listener_dup_address (fixture->listener);
  fixture->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->link != NULL)
    g_assert_finalize_object (g_steal_pointer (&fixture->link));

  test_settle ();
  g_assert_finalize_object (fixture->listener);
  soup_server_disconnect (fixture->server);
  g_assert_finalize_object (fixture->server);
  g_ptr_array_unref (fixture->messages);
}

static TestSocket *
connect_raw (Fixture *fixture)
{
  guint n_links = fixture->n_links;
  TestSocket *peer = test_socket_new (fixture->port);

  test_socket_send_handshake (peer, "/ws", NULL, 0);
  WAIT_UNTIL (fixture->n_links == n_links + 1 && test_socket_read_handshake (peer));

  return peer;
}

static void
send_text (SsLink     *link,
           const char *text)
{
  g_autoptr (SsMessage) message = ss_message_new_take (g_string_new (text));

  ss_link_send (link, message);
}

static void
send_filled (SsLink *link,
             guint   number,
             gsize   length)
{
  GString *payload = g_string_new (NULL);
  g_autoptr (SsMessage) message = NULL;

  g_string_append_printf (payload, "%06u", number);
  while (payload->len < length)
    g_string_append_c (payload, 'x');
  message = ss_message_new_take (payload);
  ss_link_send (link, message);
}

#define assert_next_frame(peer, expected_opcode, text) \
  G_STMT_START \
  { \
    TestFrame next = { 0 }; \
    WAIT_UNTIL (test_socket_next (peer, &next)); \
    g_assert_cmpuint (next.opcode, ==, expected_opcode); \
    g_assert_cmpstr (next.payload, ==, text); \
    test_frame_clear (&next); \
  } \
  G_STMT_END

#define assert_next_close(peer, code) \
  G_STMT_START \
  { \
    TestFrame next = { 0 }; \
    WAIT_UNTIL (test_socket_next (peer, &next)); \
    g_assert_cmpuint (next.opcode, ==, 8); \
    g_assert_cmpuint (test_frame_close_code (&next), ==, code); \
    test_frame_clear (&next); \
  } \
  G_STMT_END

/* Nothing more comes, the connection ends, and the link says so once. */
#define assert_over(fixture, peer, code) \
  G_STMT_START \
  { \
    WAIT_UNTIL (test_socket_read (peer) && (peer)->ended); \
    g_assert_cmpuint ((peer)->in->len, ==, 0); \
    g_clear_pointer (&peer, test_socket_free); \
    WAIT_UNTIL ((fixture)->n_closed > 0); \
    test_settle (); \
    g_assert_cmpuint ((fixture)->n_closed, ==, 1); \
    g_assert_cmpuint ((fixture)->close_code, ==, code); \
    g_assert_false (ss_link_is_open ((fixture)->link)); \
    g_assert_cmpuint (ss_link_get_backlog ((fixture)->link), ==, 0); \
  } \
  G_STMT_END

static void
test_order (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);
  g_autoptr (SsMessage) shared = ss_message_new_take (g_string_new ("shared"));
  g_autoptr (SsLink) first = NULL;
  g_autoptr (TestSocket) other = NULL;

  first = g_object_ref (fixture->link);
  other = connect_raw (fixture);

  send_text (first, "one");
  ss_link_send (first, shared);
  ss_link_send (fixture->link, shared);
  g_assert_cmpuint (ss_link_get_backlog (first), ==, 2 + 3 + 2 + 6);
  send_text (first, "three");

  assert_next_frame (peer, 1, "one");
  assert_next_frame (peer, 1, "shared");
  assert_next_frame (peer, 1, "three");
  assert_next_frame (other, 1, "shared");
  g_assert_cmpuint (ss_link_get_backlog (first), ==, 0);

  test_socket_send_frame (peer, TRUE, 1, "from the first", -1);
  test_socket_send_frame (other, TRUE, 1, "from the other", -1);
  WAIT_UNTIL (fixture->messages->len == 2);

  g_assert_true (ss_link_is_open (first));
  g_assert_null (ss_link_get_protocol (first));
  g_assert_true (G_IS_INET_SOCKET_ADDRESS (ss_link_get_remote_address (first)));
  ss_link_set_funcs (first, NULL, NULL);
}

static void
test_coalescing (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);
  guint64 n_writes;

  test_settle ();
  n_writes = ss_link_get_n_writes (fixture->link);
  for (guint i = 0; i < 200; i++)
    send_filled (fixture->link, i, 20);
  g_assert_cmpuint (ss_link_get_n_writes (fixture->link), ==, n_writes);

  WAIT_UNTIL (ss_link_get_backlog (fixture->link) == 0);
  g_assert_cmpuint (ss_link_get_n_writes (fixture->link), ==, n_writes + 1);

  for (guint i = 0; i < 200; i++)
    {
      TestFrame frame = { 0 };

      WAIT_UNTIL (test_socket_next (peer, &frame));
      g_assert_cmpuint ((guint) g_ascii_strtoull (frame.payload, NULL, 10), ==, i);
      test_frame_clear (&frame);
    }
}

static void
test_backlog (Fixture       *fixture,
              gconstpointer  data)
{
  const guint n_messages = 1000;
  const gsize length = 10000;
  g_autoptr (TestSocket) peer = connect_raw (fixture);
  gint64 stalled_since;

  g_assert_cmpint (ss_link_get_stalled_since (fixture->link), ==, 0);
  for (guint i = 0; i < n_messages; i++)
    {
      send_filled (fixture->link, i, length);
      g_assert_cmpuint (ss_link_get_backlog (fixture->link), ==, (i + 1) * (4 + length));
    }

  /* More than the kernel takes for a reader that has stopped. */
  WAIT_UNTIL (ss_link_get_stalled_since (fixture->link) != 0);
  test_settle ();
  g_assert_cmpuint (ss_link_get_backlog (fixture->link), >, 0);
  g_assert_cmpuint (ss_link_get_backlog (fixture->link), <, n_messages * (4 + length));
  stalled_since = ss_link_get_stalled_since (fixture->link);
  send_filled (fixture->link, n_messages, length);
  test_settle ();
  g_assert_cmpint (ss_link_get_stalled_since (fixture->link), ==, stalled_since);

  for (guint i = 0; i <= n_messages; i++)
    {
      TestFrame frame = { 0 };

      WAIT_UNTIL (test_socket_next (peer, &frame));
      g_assert_cmpuint (frame.length, ==, length);
      g_assert_cmpuint ((guint) strtoul (frame.payload, NULL, 10), ==, i);
      test_frame_clear (&frame);
    }

  g_assert_cmpuint (ss_link_get_backlog (fixture->link), ==, 0);
  g_assert_cmpint (ss_link_get_stalled_since (fixture->link), ==, 0);
  g_assert_true (ss_link_is_open (fixture->link));
}

static void
fill_until_stalled (Fixture *fixture)
{
  for (guint i = 0; ss_link_get_stalled_since (fixture->link) == 0; i++)
    {
      send_filled (fixture->link, i, 100000);
      test_settle ();
    }
}

static void
test_ping (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);
  gsize backlog;

  test_socket_send_frame (peer, FALSE, 1, "ab", -1);
  test_socket_send_frame (peer, TRUE, 9, "are you there", -1);
  test_socket_send_frame (peer, TRUE, 0, "cd", -1);
  assert_next_frame (peer, 10, "are you there");
  WAIT_UNTIL (fixture->messages->len == 1);
  g_assert_cmpstr (g_ptr_array_index (fixture->messages, 0), ==, "abcd");

  /* The answers to one that pings and does not read are one answer. */
  fill_until_stalled (fixture);
  backlog = ss_link_get_backlog (fixture->link);
  for (guint i = 0; i < 1000; i++)
    test_socket_send_frame (peer, TRUE, 9, "still there?", -1);
  test_socket_send_frame (peer, TRUE, 1, "done", -1);
  WAIT_UNTIL (fixture->messages->len == 2);
  g_assert_cmpuint (ss_link_get_backlog (fixture->link), <=, backlog + 2 + 12);
}

static void
test_binary (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  test_socket_send_frame (peer, TRUE, 2, "\001\002", -1);
  WAIT_UNTIL (fixture->n_binary == 1);
  g_assert_cmpuint (fixture->messages->len, ==, 0);
  g_assert_true (ss_link_is_open (fixture->link));
}

static void
test_early_bytes (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (TestSocket) peer = test_socket_new (fixture->port);
  g_autoptr (GString) frames = g_string_new (NULL);

  test_append_frame (frames, TRUE, 1, "early", -1);
  test_append_frame (frames, TRUE, 1, "earlier than open", -1);
  test_socket_send_handshake (peer, "/ws", frames->str, frames->len);
  WAIT_UNTIL (fixture->messages->len == 2);
  g_assert_cmpstr (g_ptr_array_index (fixture->messages, 0), ==, "early");
  g_assert_cmpstr (g_ptr_array_index (fixture->messages, 1), ==, "earlier than open");
}

/* Closing */

static void
test_close_by_peer (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  send_text (fixture->link, "last");
  test_socket_send_frame (peer, TRUE, 1, "bye", -1);
  test_socket_send_close (peer, 4001);
  test_socket_send_frame (peer, TRUE, 1, "too late", -1);
  assert_next_frame (peer, 1, "last");
  assert_next_close (peer, 4001);
  assert_over (fixture, peer, 4001);
  g_assert_cmpuint (fixture->messages->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (fixture->messages, 0), ==, "bye");

  /* Nobody is there, and nobody minds. */
  send_text (fixture->link, "hello?");
  ss_link_close (fixture->link, 1000, NULL);
  ss_link_cut (fixture->link);
}

static void
test_close_by_server (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  send_text (fixture->link, "before");
  ss_link_close (fixture->link, 1001, "going away");
  send_text (fixture->link, "after");
  g_assert_false (ss_link_is_open (fixture->link));

  assert_next_frame (peer, 1, "before");
  assert_next_close (peer, 1001);
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  test_socket_send_frame (peer, TRUE, 1, "not for you any more", -1);
  test_socket_send_close (peer, 1001);
  assert_over (fixture, peer, 1001);
  g_assert_cmpuint (fixture->messages->len, ==, 0);
}

static void
test_close_reason (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);
  g_autoptr (GString) reason = g_string_new (NULL);
  TestFrame frame = { 0 };

  /* The limit falls into the middle of the character. */
  for (guint i = 0; i < 122; i++)
    g_string_append_c (reason, 'x');
  g_string_append (reason, "ä and so on, and so on, and so on");
  ss_link_close (fixture->link, 4999, reason->str);

  WAIT_UNTIL (test_socket_next (peer, &frame));
  g_assert_cmpuint (frame.opcode, ==, 8);
  g_assert_cmpuint (frame.length, ==, 2 + 122);
  g_assert_cmpuint (test_frame_close_code (&frame), ==, 4999);
  test_frame_clear (&frame);
  test_socket_send_close (peer, 4999);
  assert_over (fixture, peer, 4999);
}

static void
test_close_by_both (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  test_socket_send_close (peer, 4002);
  ss_link_close (fixture->link, 1000, NULL);
  assert_next_close (peer, 1000);
  assert_over (fixture, peer, 4002);
}

static void
test_close_mute (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  /* Takes what it gets and answers nothing. */
  ss_link_set_close_timeout (fixture->link, 200);
  ss_link_close (fixture->link, 1000, NULL);
  assert_next_close (peer, 1000);
  assert_over (fixture, peer, 0);
}

static void
test_close_stalled (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  ss_link_set_close_timeout (fixture->link, 200);
  fill_until_stalled (fixture);
  ss_link_close (fixture->link, 1000, NULL);
  g_assert_cmpuint (ss_link_get_backlog (fixture->link), >, 0);
  WAIT_UNTIL (fixture->n_closed == 1);
  g_assert_cmpuint (fixture->close_code, ==, 0);
  g_assert_cmpuint (ss_link_get_backlog (fixture->link), ==, 0);
}

static void
test_vanished (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  g_clear_pointer (&peer, test_socket_free);
  WAIT_UNTIL (fixture->n_closed == 1);
  g_assert_cmpuint (fixture->close_code, ==, 0);
}

static void
test_reset (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  fill_until_stalled (fixture);
  test_socket_reset (peer);
  WAIT_UNTIL (fixture->n_closed == 1);
  g_assert_cmpuint (ss_link_get_backlog (fixture->link), ==, 0);
}

static void
test_cut (Fixture       *fixture,
          gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  send_text (fixture->link, "never sent");
  ss_link_cut (fixture->link);
  g_assert_false (ss_link_is_open (fixture->link));
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  assert_over (fixture, peer, 0);
}

/* Violations */

static void
test_bad_utf8 (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  test_socket_send_frame (peer, TRUE, 1, "good", -1);
  test_socket_send_frame (peer, TRUE, 1, "bad \xff", -1);
  test_socket_send_frame (peer, TRUE, 1, "good again", -1);
  assert_next_close (peer, 1007);
  assert_over (fixture, peer, 0);
  g_assert_cmpuint (fixture->messages->len, ==, 1);
}

static void
test_violation_stalled (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  /* Does wrong and does not read what we say to it. */
  ss_link_set_close_timeout (fixture->link, 200);
  fill_until_stalled (fixture);
  test_socket_send_frame (peer, TRUE, 1, "\xff", -1);
  WAIT_UNTIL (fixture->n_closed == 1);
}

static void
test_oversized (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);
  g_autofree char *text = g_strnfill (1001, 'x');

  ss_link_set_max_message (fixture->link, 1000);
  test_socket_send_frame (peer, TRUE, 1, text, 1000);
  WAIT_UNTIL (fixture->messages->len == 1);
  test_socket_send_frame (peer, TRUE, 1, text, 1001);
  assert_next_close (peer, 1009);
  assert_over (fixture, peer, 0);
  g_assert_cmpuint (fixture->messages->len, ==, 1);
}

static void
test_flood_bytes (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);
  g_autofree char *text = g_strnfill (500, 'x');

  ss_link_set_max_message (fixture->link, 1000);
  test_socket_send_frame (peer, FALSE, 1, text, 500);
  test_socket_send_frame (peer, TRUE, 0, text, 500);
  WAIT_UNTIL (fixture->messages->len == 1);
  test_socket_send_frame (peer, FALSE, 1, text, 500);
  test_socket_send_frame (peer, FALSE, 0, text, 500);
  test_socket_send_frame (peer, FALSE, 0, text, 1);
  assert_next_close (peer, 1009);
  assert_over (fixture, peer, 0);
  g_assert_cmpuint (fixture->messages->len, ==, 1);
}

static void
test_flood_fragments (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  for (guint i = 0; i < SS_MESSAGE_FRAGMENTS - 1; i++)
    test_socket_send_frame (peer, FALSE, i == 0 ? 1 : 0, "", 0);
  test_socket_send_frame (peer, TRUE, 0, "", 0);
  WAIT_UNTIL (fixture->messages->len == 1);

  for (guint i = 0; i <= SS_MESSAGE_FRAGMENTS; i++)
    test_socket_send_frame (peer, FALSE, i == 0 ? 1 : 0, "", 0);
  assert_next_close (peer, 1009);
  assert_over (fixture, peer, 0);
}

static void
test_unmasked (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);

  test_socket_send (peer, "\x81\x01x", 3);
  assert_next_close (peer, 1002);
  assert_over (fixture, peer, 0);
}

/* Ownership */

static void
test_drop (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);
  gpointer link = fixture->link;

  g_object_add_weak_pointer (link, &link);
  fixture->drop_on = data;
  if (g_str_equal (data, "now"))
    {
      send_text (fixture->link, "unsent");
      g_clear_object (&fixture->link);
    }

  test_socket_send_frame (peer, TRUE, 1, "text", -1);
  test_socket_send_frame (peer, TRUE, 1, "more text", -1);
  test_socket_send_frame (peer, TRUE, 2, "binary", -1);
  test_socket_send_close (peer, 1000);
  WAIT_UNTIL (link == NULL);
  WAIT_UNTIL (test_socket_read (peer) && peer->ended);
  test_settle ();
  g_assert_cmpuint (fixture->messages->len, ==,
                    g_str_equal (data, "now")       ? 0
                    : g_str_equal (data, "message") ? 1
                                                    : 2);
  g_assert_cmpuint (fixture->n_closed, ==, g_str_equal (data, "closed") ? 1 : 0);
}

typedef struct
{
  Fixture    *fixture;
  TestSocket *peer;
  GMainLoop  *loop;
  gboolean    sent;
} Nested;

static gboolean
nested_cb (gpointer user_data)
{
  Nested *nested = user_data;

  if (nested->fixture->messages->len == 1 && !nested->sent)
    {
      nested->sent = TRUE;
      test_socket_send_frame (nested->peer, TRUE, 1, "second", -1);
    }
  if (nested->fixture->messages->len < 2)
    return G_SOURCE_CONTINUE;

  g_main_loop_quit (nested->loop);

  return G_SOURCE_REMOVE;
}

static void
test_nested_loop (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (TestSocket) peer = connect_raw (fixture);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Nested nested = { fixture, peer, loop, FALSE };

  /* The handler of the first message returns when the second has been delivered. */
  fixture->loop_on_message = loop;
  g_timeout_add (1, nested_cb, &nested);
  test_socket_send_frame (peer, TRUE, 1, "first", -1);
  WAIT_UNTIL (fixture->messages->len == 2);
  g_assert_true (nested.sent);
}

int
main (int    argc,
      char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
    const char *data;
  } tests[] = {
    { "/link/order", test_order },
    { "/link/coalescing", test_coalescing },
    { "/link/backlog", test_backlog },
    { "/link/ping", test_ping },
    { "/link/binary", test_binary },
    { "/link/early-bytes", test_early_bytes },
    { "/link/close/by-peer", test_close_by_peer },
    { "/link/close/by-server", test_close_by_server },
    { "/link/close/reason", test_close_reason },
    { "/link/close/by-both", test_close_by_both },
    { "/link/close/mute", test_close_mute },
    { "/link/close/stalled", test_close_stalled },
    { "/link/vanished", test_vanished },
    { "/link/reset", test_reset },
    { "/link/cut", test_cut },
    { "/link/violation/bad-utf8", test_bad_utf8 },
    { "/link/violation/stalled", test_violation_stalled },
    { "/link/violation/oversized", test_oversized },
    { "/link/violation/flood-bytes", test_flood_bytes },
    { "/link/violation/flood-fragments", test_flood_fragments },
    { "/link/violation/unmasked", test_unmasked },
    { "/link/drop/now", test_drop, "now" },
    { "/link/drop/message", test_drop, "message" },
    { "/link/drop/binary", test_drop, "binary" },
    { "/link/drop/closed", test_drop, "closed" },
    { "/link/nested-loop", test_nested_loop },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].data, set_up, tests[i].func, tear_down);

  return g_test_run ();
}
