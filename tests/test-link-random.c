/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include <libsoup/soup.h>

#include "transport/ss-listener.h"
#include "transport/ss-stream-link.h"

#include "test-socket.h"
#include "test-utils.h"

/* Peers and owners of links that do what comes to their minds, in any order and in any callback.
 * Messages keep their order, every link that is kept says once that it is over, and nothing is left
 * behind, whatever they do. */

#define N_PEERS 20

typedef struct _World World;

typedef struct
{
  World      *world;
  TestSocket *peer;       /* NULL: gone */
  SsLink     *link;       /* NULL: dropped */
  guint       n_sent;     /* by the link, numbered */
  guint       n_received; /* by the peer */
  guint       n_asked;    /* by the peer, numbered */
  guint       n_heard;    /* by the link */
  gboolean    met;
  gboolean    closed;
  gboolean    reading;    /* the peer reads what it gets */
} Pair;

struct _World
{
  SoupServer *server;
  SsListener *listener;
  guint16     port;
  Pair        pairs[N_PEERS];
  Pair       *connecting;
  guint       n_over;
};

static void
link_acts (Pair *pair)
{
  if (pair->link == NULL)
    return;

  switch (g_test_rand_int_range (0, 40))
    {
    case 0:
      ss_link_close (pair->link, 1000, "enough");
      break;

    case 1:
      ss_link_cut (pair->link);
      break;

    case 2:
      ss_link_set_funcs (pair->link, NULL, NULL);
      g_clear_object (&pair->link);
      break;

    case 3:
      ss_link_close (pair->link, 4000, NULL);
      ss_link_cut (pair->link);
      break;

    default:
      for (int i = g_test_rand_int_range (0, 20); i > 0; i--)
        {
          GString *text = g_string_new (NULL);
          g_autoptr (SsMessage) message = NULL;

          g_string_append_printf (text, "%u ", pair->n_sent);
          g_string_set_size (text,
                             text->len +
                               (gsize) g_test_rand_int_range (0, g_test_rand_bit () ? 50000 : 50));
          for (gsize j = strlen (text->str); j < text->len; j++)
            text->str[j] = '.';
          message = ss_message_new_take (text);
          if (ss_link_is_open (pair->link))
            pair->n_sent++;
          ss_link_send (pair->link, message);
        }
      break;
    }
}

static void
message_cb (SsLink     *link,
            const char *text,
            gsize       length,
            gpointer    user_data)
{
  Pair *pair = user_data;

  g_assert_true (pair->link == link);
  g_assert_false (pair->closed);
  g_assert_true (ss_link_is_open (link) || pair->n_heard < pair->n_asked);
  g_assert_cmpuint (g_ascii_strtoull (text, NULL, 10), ==, pair->n_heard);
  pair->n_heard++;
  link_acts (&pair->world->pairs[g_test_rand_int_range (0, N_PEERS)]);
  link_acts (pair);
}

static void
binary_cb (SsLink   *link,
           gpointer  user_data)
{
  link_acts (user_data);
}

static void
closed_cb (SsLink   *link,
           gushort   code,
           gpointer  user_data)
{
  Pair *pair = user_data;

  g_assert_true (pair->link == link);
  g_assert_false (pair->closed);
  g_assert_cmpuint (ss_link_get_backlog (link), ==, 0);
  pair->closed = TRUE;
  pair->world->n_over++;
  if (g_test_rand_bit ())
    g_clear_object (&pair->link);
}

static const SsLinkFuncs funcs = { message_cb, binary_cb, closed_cb };

static void
upgraded_cb (SoupServerMessage *message,
             gpointer           user_data)
{
  World *world = user_data;
  Pair *pair = world->connecting;

  pair->met = TRUE;
  pair->link = ss_stream_link_new (message, NULL);
  ss_link_set_close_timeout (pair->link, 100);
  ss_link_set_funcs (pair->link, &funcs, pair);
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
  World *world = user_data;
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);

  soup_server_accept_iostream (world->server, G_IO_STREAM (connection), local, remote, NULL);
}

static void
peer_reads (Pair *pair)
{
  TestFrame frame = { 0 };

  while (test_socket_next (pair->peer, &frame))
    {
      if (frame.opcode == 1)
        {
          g_assert_cmpuint (g_ascii_strtoull (frame.payload, NULL, 10), ==, pair->n_received);
          g_assert_cmpuint (pair->n_received, <, pair->n_sent);
          pair->n_received++;
        }
      else if (frame.opcode == 8)
        {
          /* Nothing follows it. */
          test_socket_read (pair->peer);
          g_assert_cmpuint (pair->peer->in->len, ==, 0);
        }
      test_frame_clear (&frame);
    }
}

static void
peer_acts (Pair *pair)
{
  g_autofree char *text = NULL;

  switch (g_test_rand_int_range (0, 60))
    {
    case 0:
      test_socket_reset (pair->peer);
      g_clear_pointer (&pair->peer, test_socket_free);
      break;

    case 1:
      g_clear_pointer (&pair->peer, test_socket_free);
      break;

    case 2:
      test_socket_send_close (pair->peer, 1001);
      break;

    case 3:
      test_socket_send_frame (pair->peer, TRUE, 1, "\xc3\x28", -1);
      break;

    case 4:
      test_socket_send (pair->peer, "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10);
      break;

    case 5:
      g_socket_shutdown (pair->peer->socket, FALSE, TRUE, NULL);
      break;

    case 6:
      pair->reading = !pair->reading;
      break;

    case 7:
      test_socket_send_frame (pair->peer, TRUE, 2, "binary", -1);
      break;

    case 8:
      test_socket_send_frame (pair->peer, TRUE, 9, "ping", -1);
      break;

    default:
      text = g_strdup_printf ("%u", pair->n_asked++);
      test_socket_send_frame (pair->peer, TRUE, 1, text, -1);
      break;
    }
}

static void
meet (World *world,
      Pair  *pair)
{
  memset (pair, 0, sizeof *pair);
  pair->world = world;
  pair->reading = g_test_rand_int_range (0, 4) > 0;
  world->connecting = pair;
  pair->peer = test_socket_new (world->port);
  test_socket_send_handshake (pair->peer, "/ws", NULL, 0);
  /* Meanwhile somebody else may have dropped the link. */
  WAIT_UNTIL (pair->met && test_socket_read_handshake (pair->peer));
}

static void
part (Pair *pair)
{
  g_clear_pointer (&pair->peer, test_socket_free);
  if (pair->link != NULL)
    WAIT_UNTIL (pair->closed || pair->link == NULL);
  if (pair->link != NULL)
    g_assert_finalize_object (g_steal_pointer (&pair->link));
}

static void
test_random (void)
{
  g_autofree World *world = g_new0 (World, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  const guint n_steps = g_test_slow () ? 200000 : 5000;

  world->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (world->server, "/ws", request_cb, world, NULL);
  world->listener = ss_listener_new (connection_cb, world);
  ss_listener_listen (world->listener, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  address = ss_listener_dup_address (world->listener);
  world->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));

  for (guint i = 0; i < N_PEERS; i++)
    meet (world, &world->pairs[i]);

  for (guint step = 0; step < n_steps; step++)
    {
      Pair *pair = &world->pairs[g_test_rand_int_range (0, N_PEERS)];

      if (g_test_rand_bit ())
        link_acts (pair);
      if (pair->peer != NULL && pair->reading)
        peer_reads (pair);
      if (pair->peer != NULL)
        peer_acts (pair);
      if (g_test_rand_bit ())
        g_main_context_iteration (NULL, FALSE);
      if (pair->peer == NULL || pair->link == NULL || pair->closed)
        {
          part (pair);
          meet (world, pair);
        }
    }

  for (guint i = 0; i < N_PEERS; i++)
    part (&world->pairs[i]);
  g_test_message ("%u links were over", world->n_over);
  g_assert_cmpuint (world->n_over, >, 0);

  test_settle ();
  g_assert_finalize_object (world->listener);
  soup_server_disconnect (world->server);
  g_assert_finalize_object (world->server);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/random", test_random);

  return g_test_run ();
}
