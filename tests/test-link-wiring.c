/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <libsoup/soup.h>

#include "transport/ss-connection-link.h"
#include "transport/ss-listener.h"
#include "transport/ss-stream-link.h"

#include "test-certificate.h"
#include "test-socket.h"
#include "test-utils.h"

#ifdef __SANITIZE_ADDRESS__
/* The leak checker crashes where the TLS backend has been loaded. Valgrind looks for leaks here,
 * and the checker in test-link. */
const char *__asan_default_options (void);

const char *
__asan_default_options (void)
{
  return "detect_leaks=0";
}
#endif

/* The same cases over each way in which a connection comes to be a link, with libsoup's client at
 * the other end. */
typedef enum
{
  LISTENER,   /* our accept loop, plain */
  SERVER,     /* an application's SoupServer */
  TLS,        /* the same with TLS */
  CALLER,     /* a connection that the application has made */
} Wiring;

typedef struct
{
  const char *name;
  Wiring      wiring;
  gboolean    other_context; /* than the default one */
} Way;

static const Way ways[] = {
  { "listener", LISTENER },
  { "server", SERVER },
  { "tls", TLS },
  { "caller", CALLER },
  { "other-context", LISTENER, TRUE },
  { "other-context-tls", TLS, TRUE },
};

typedef struct
{
  const Way               *way;
  GMainContext            *context;
  SoupServer              *server;
  SsListener              *listener;
  guint16                  port;
  SoupSession             *session;

  SsLink                  *link;
  GPtrArray               *messages;
  guint                    n_links;
  guint                    n_closed;
  gushort                  close_code;

  SoupWebsocketConnection *client;
  GPtrArray               *client_messages;
  guint                    n_client_closed;
} Fixture;

/* As WAIT_UNTIL(), in the fixture's context. */
#define WAIT_UNTIL_IN(fixture, condition) \
  G_STMT_START \
  { \
    gint64 wait_end = g_get_monotonic_time () + TEST_DEADLINE_MS * G_GINT64_CONSTANT (1000); \
    gboolean wait_met; \
\
    while (!(wait_met = (condition)) && g_get_monotonic_time () < wait_end) \
      { \
        if (!g_main_context_iteration ((fixture)->context, FALSE)) \
          g_usleep (200); \
      } \
    if (!wait_met) \
      g_error ("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition); \
  } \
  G_STMT_END

static void
settle (Fixture *fixture)
{
  while (g_main_context_iteration (fixture->context, FALSE))
    continue;
}

static void
message_cb (SsLink     *link,
            const char *text,
            gsize       length,
            gpointer    user_data)
{
  Fixture *fixture = user_data;

  g_ptr_array_add (fixture->messages, g_strndup (text, length));
}

static void
binary_cb (SsLink   *link,
           gpointer  user_data)
{
  g_assert_not_reached ();
}

static void
closed_cb (SsLink   *link,
           gushort   code,
           gpointer  user_data)
{
  Fixture *fixture = user_data;

  fixture->n_closed++;
  fixture->close_code = code;
}

static const SsLinkFuncs funcs = { message_cb, binary_cb, closed_cb };

static void
take_link (Fixture *fixture,
           SsLink  *link)
{
  g_clear_object (&fixture->link);
  fixture->link = link;
  fixture->n_links++;
  ss_link_set_max_message (link, 16 * 1024 * 1024);
  ss_link_set_funcs (link, &funcs, fixture);
}

static void
upgraded_cb (SoupServerMessage *message,
             gpointer           user_data)
{
  take_link (user_data, ss_stream_link_new (message, "server-signal.v1"));
}

static void
request_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  static char *protocols[] = { (char *) "server-signal.v1", NULL };

  if (soup_websocket_server_process_handshake (message, NULL, protocols, NULL, NULL))
    g_signal_connect (message, "wrote-informational", G_CALLBACK (upgraded_cb), user_data);
}

static void
websocket_cb (SoupServer              *server,
              SoupServerMessage       *message,
              const char              *path,
              SoupWebsocketConnection *connection,
              gpointer                 user_data)
{
  take_link (user_data, ss_connection_link_new (connection));
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
listen_server (Fixture *fixture)
{
  static char *protocols[] = { (char *) "server-signal.v1", NULL };
  g_autoptr (GError) error = NULL;
  GSList *uris;

  if (fixture->way->wiring == TLS)
    {
      g_autoptr (GTlsCertificate) certificate =
        g_tls_certificate_new_from_pem (test_certificate_pem, -1, &error);

      g_assert_no_error (error);
      soup_server_set_tls_certificate (fixture->server, certificate);
    }
  if (fixture->way->wiring == CALLER)
    soup_server_add_websocket_handler (fixture->server, "/ws", NULL, protocols, websocket_cb,
                                       fixture, NULL);

  soup_server_listen_local (fixture->server, 0,
                            SOUP_SERVER_LISTEN_IPV4_ONLY |
                              (fixture->way->wiring == TLS ? SOUP_SERVER_LISTEN_HTTPS : 0),
                            &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (fixture->server);
  fixture->port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  fixture->way = data;
  fixture->messages = g_ptr_array_new_with_free_func (g_free);
  fixture->client_messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  if (fixture->way->other_context)
    {
      fixture->context = g_main_context_new ();
      g_main_context_push_thread_default (fixture->context);
    }

  fixture->server = soup_server_new (NULL, NULL);
  soup_server_remove_websocket_extension (fixture->server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  if (fixture->way->wiring != CALLER)
    soup_server_add_handler (fixture->server, "/ws", request_cb, fixture, NULL);

  if (fixture->way->wiring == LISTENER)
    {
      g_autoptr (GSocketAddress) address = NULL;

      fixture->listener = ss_listener_new (connection_cb, fixture);
      ss_listener_listen (fixture->listener, "127.0.0.1", 0, &error);
      g_assert_no_error (error);
      address = ss_listener_dup_address (fixture->listener);
      fixture->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
    }
  else
    {
      listen_server (fixture);
    }
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  settle (fixture);
  if (fixture->link != NULL)
    g_assert_finalize_object (g_steal_pointer (&fixture->link));

  if (fixture->client != NULL)
    {
      WAIT_UNTIL_IN (fixture, fixture->n_client_closed == 1);
      g_assert_finalize_object (fixture->client);
    }
  if (fixture->session != NULL)
    {
      soup_session_abort (fixture->session);
      settle (fixture);
      g_object_unref (fixture->session);
    }
  if (fixture->listener != NULL)
    g_assert_finalize_object (fixture->listener);
  soup_server_disconnect (fixture->server);
  settle (fixture);
  g_object_unref (fixture->server);
  g_ptr_array_unref (fixture->messages);
  g_ptr_array_unref (fixture->client_messages);

  if (fixture->context != NULL)
    {
      /* Nothing of all this went to the default context. */
      g_assert_false (g_main_context_pending (NULL));
      g_main_context_pop_thread_default (fixture->context);
      g_main_context_unref (fixture->context);
    }
}

static gboolean
accept_certificate_cb (SoupMessage          *message,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  errors,
                       gpointer              user_data)
{
  return TRUE;
}

static void
client_message_cb (SoupWebsocketConnection *connection,
                   SoupWebsocketDataType    type,
                   GBytes                  *message,
                   Fixture                 *fixture)
{
  g_assert_cmpint (type, ==, SOUP_WEBSOCKET_DATA_TEXT);
  g_ptr_array_add (fixture->client_messages, g_bytes_ref (message));
}

static void
client_closed_cb (SoupWebsocketConnection *connection,
                  Fixture                 *fixture)
{
  fixture->n_client_closed++;
}

static void
connected_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  Fixture *fixture = user_data;
  g_autoptr (GError) error = NULL;

  fixture->client = soup_session_websocket_connect_finish (SOUP_SESSION (object), result, &error);
  g_assert_no_error (error);
  soup_websocket_connection_set_max_incoming_payload_size (fixture->client, 16 * 1024 * 1024);
  g_signal_connect (fixture->client, "message", G_CALLBACK (client_message_cb), fixture);
  g_signal_connect (fixture->client, "closed", G_CALLBACK (client_closed_cb), fixture);
}

static void
connect_client (Fixture *fixture)
{
  static char *protocols[] = { (char *) "server-signal.v1", NULL };
  g_autofree char *uri =
    g_strdup_printf ("%s://127.0.0.1:%u/ws", fixture->way->wiring == TLS ? "wss" : "ws",
                     fixture->port);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);

  fixture->session = soup_session_new ();
  soup_session_remove_feature_by_type (fixture->session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  g_signal_connect (message, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
  soup_session_websocket_connect_async (fixture->session, message, NULL, protocols,
                                        G_PRIORITY_DEFAULT, NULL, connected_cb, fixture);
  WAIT_UNTIL_IN (fixture, fixture->client != NULL && fixture->link != NULL);
}

static void
send_text (SsLink     *link,
           const char *text)
{
  g_autoptr (SsMessage) message = ss_message_new_take (g_string_new (text));

  ss_link_send (link, message);
}

static void
test_messages (Fixture       *fixture,
               gconstpointer  data)
{
  static const gsize lengths[] = {
    1, 125, 126, 16383, 16384, 16385, 65535, 65536, 1, 1024 * 1024, 2
  };

  connect_client (fixture);
  g_assert_true (ss_link_is_open (fixture->link));
  g_assert_cmpstr (ss_link_get_protocol (fixture->link), ==, "server-signal.v1");
  g_assert_true (G_IS_INET_SOCKET_ADDRESS (ss_link_get_remote_address (fixture->link)));

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *text = g_strnfill (lengths[i], (char) ('a' + i));

      send_text (fixture->link, text);
      soup_websocket_connection_send_text (fixture->client, text);
    }

  WAIT_UNTIL_IN (fixture, fixture->client_messages->len == G_N_ELEMENTS (lengths) &&
                            fixture->messages->len == G_N_ELEMENTS (lengths));
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *text = g_strnfill (lengths[i], (char) ('a' + i));

      g_assert_cmpstr (g_ptr_array_index (fixture->messages, i), ==, text);
      g_assert_cmpstr (g_bytes_get_data (g_ptr_array_index (fixture->client_messages, i), NULL), ==,
                       text);
    }

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      send_text (fixture->link, text);
    }
  WAIT_UNTIL_IN (fixture, fixture->client_messages->len == G_N_ELEMENTS (lengths) + 1000);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      g_assert_cmpstr (g_bytes_get_data (g_ptr_array_index (fixture->client_messages,
                                                            G_N_ELEMENTS (lengths) + i),
                                         NULL),
                       ==, text);
    }
  g_assert_cmpuint (ss_link_get_backlog (fixture->link), ==, 0);
}

static void
test_close_by_server (Fixture       *fixture,
                      gconstpointer  data)
{
  connect_client (fixture);
  send_text (fixture->link, "last");
  ss_link_close (fixture->link, 4321, "reason");
  WAIT_UNTIL_IN (fixture, fixture->n_closed > 0 && fixture->n_client_closed > 0);
  g_assert_cmpuint (fixture->client_messages->len, ==, 1);
  g_assert_cmpuint (fixture->close_code, ==, 4321);
  g_assert_cmpuint (soup_websocket_connection_get_close_code (fixture->client), ==, 4321);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (fixture->client), ==, "reason");
  settle (fixture);
  g_assert_cmpuint (fixture->n_closed, ==, 1);
}

static void
test_close_by_client (Fixture       *fixture,
                      gconstpointer  data)
{
  connect_client (fixture);
  soup_websocket_connection_send_text (fixture->client, "last");
  soup_websocket_connection_close (fixture->client, 4000, NULL);
  WAIT_UNTIL_IN (fixture, fixture->n_closed > 0 && fixture->n_client_closed > 0);
  g_assert_cmpuint (fixture->messages->len, ==, 1);
  g_assert_cmpuint (fixture->close_code, ==, 4000);
  g_assert_false (ss_link_is_open (fixture->link));
  settle (fixture);
  g_assert_cmpuint (fixture->n_closed, ==, 1);
}

static void
test_cut (Fixture       *fixture,
          gconstpointer  data)
{
  connect_client (fixture);
  ss_link_cut (fixture->link);
  WAIT_UNTIL_IN (fixture, fixture->n_closed > 0 && fixture->n_client_closed > 0);
  g_assert_cmpuint (fixture->close_code, ==, 0);
  g_assert_cmpuint (soup_websocket_connection_get_close_code (fixture->client), ==, 0);
  settle (fixture);
  g_assert_cmpuint (fixture->n_closed, ==, 1);
}

static void
test_drop (Fixture       *fixture,
           gconstpointer  data)
{
  connect_client (fixture);
  send_text (fixture->link, "unsent");
  g_assert_finalize_object (g_steal_pointer (&fixture->link));
  WAIT_UNTIL_IN (fixture, fixture->n_client_closed > 0);
  g_assert_cmpuint (fixture->n_closed, ==, 0);
}

/* A client of TLS that has shaken hands and reads nothing. */

static void
shaken_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  g_tls_connection_handshake_finish (G_TLS_CONNECTION (object), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
test_tls_stalled (Fixture       *fixture,
                  gconstpointer  data)
{
  static const char request[] =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strnfill (100000, 'x');
  GOutputStream *output;

  for (guint how = 0; how < 2; how++)
    {
      g_autoptr (TestSocket) peer = test_socket_new (fixture->port);
      g_autoptr (GSocketConnection) connection =
        g_socket_connection_factory_create_connection (peer->socket);
      g_autoptr (GIOStream) tls =
        g_tls_client_connection_new (G_IO_STREAM (connection), NULL, &error);
      guint n_links = fixture->n_links;
      gboolean shaken = FALSE;

      g_assert_no_error (error);
      g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
      g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), G_PRIORITY_DEFAULT, NULL, shaken_cb,
                                        &shaken);
      WAIT_UNTIL_IN (fixture, shaken);
      output = g_io_stream_get_output_stream (tls);
      g_assert_cmpint (
        g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (output), request,
                                                    strlen (request), NULL, &error),
        ==, strlen (request));
      WAIT_UNTIL_IN (fixture, fixture->n_links == n_links + 1);

      fixture->n_closed = 0;
      ss_link_set_close_timeout (fixture->link, 200);
      while (ss_link_get_stalled_since (fixture->link) == 0)
        {
          send_text (fixture->link, text);
          settle (fixture);
        }
      g_assert_cmpuint (ss_link_get_backlog (fixture->link), >, 0);

      if (how == 0)
        ss_link_close (fixture->link, 1000, NULL);
      else
        ss_link_cut (fixture->link);
      WAIT_UNTIL_IN (fixture, fixture->n_closed == 1);
      g_assert_cmpuint (ss_link_get_backlog (fixture->link), ==, 0);
    }
}

/* Descriptors */

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  if (dir == NULL)
    return 0;

  while (g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

static void
test_many (Fixture       *fixture,
           gconstpointer  data)
{
  const guint n_rounds = g_test_slow () ? 100 : 20;
  guint n_descriptors = 0;

  for (guint round = 0; round < n_rounds; round++)
    {
      g_autoptr (GPtrArray) peers =
        g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);
      g_autoptr (GPtrArray) links = g_ptr_array_new_with_free_func (g_object_unref);

      for (guint i = 0; i < 100; i++)
        {
          guint n_links = fixture->n_links;
          TestSocket *peer = test_socket_new (fixture->port);

          g_ptr_array_add (peers, peer);
          test_socket_send_handshake (peer, "/ws", NULL, 0);
          WAIT_UNTIL (fixture->n_links == n_links + 1 && test_socket_read_handshake (peer));
          g_ptr_array_add (links, g_object_ref (fixture->link));
        }

      fixture->n_closed = 0;
      for (guint i = 0; i < links->len; i++)
        send_text (g_ptr_array_index (links, i), "hello");
      for (guint i = 0; i < peers->len; i++)
        {
          TestSocket *peer = g_ptr_array_index (peers, i);

          switch (i % 4)
            {
            case 0:
              test_socket_reset (peer);
              break;
            case 1:
              g_socket_close (peer->socket, NULL);
              break;
            case 2:
              test_socket_send_close (peer, 1000);
              g_socket_close (peer->socket, NULL);
              break;
            default:
              ss_link_cut (g_ptr_array_index (links, i));
              break;
            }
        }
      WAIT_UNTIL (fixture->n_closed == 100);
      g_clear_object (&fixture->link);
      g_ptr_array_set_size (links, 0);
      g_ptr_array_set_size (peers, 0);
      test_settle ();
      /* GLib makes itself at home in the first. */
      if (round == 0)
        n_descriptors = count_descriptors ();
    }

  g_assert_cmpuint (count_descriptors (), ==, n_descriptors);
}

static void
test_no_descriptors (Fixture       *fixture,
                     gconstpointer  data)
{
  const struct rlimit limit = { 64, 64 };
  g_autoptr (GArray) used = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (TestSocket) peer = NULL;
  TestFrame frame = { 0 };
  int fd;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  /* The connection is there, and then not one descriptor is left for anything that would watch
   * it. */
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  peer = test_socket_new (fixture->port);
  WAIT_UNTIL (ss_listener_get_n_handshakes (fixture->listener) == 1);
  while ((fd = fcntl (0, F_DUPFD, 0)) >= 0)
    g_array_append_val (used, fd);

  test_socket_send_handshake (peer, "/ws", NULL, 0);
  WAIT_UNTIL (fixture->n_links == 1 && test_socket_read_handshake (peer));
  test_socket_send_frame (peer, TRUE, 1, "in", -1);
  WAIT_UNTIL (fixture->messages->len == 1);
  send_text (fixture->link, "out");
  WAIT_UNTIL (test_socket_next (peer, &frame));
  g_assert_cmpstr (frame.payload, ==, "out");
  test_frame_clear (&frame);
  test_socket_send_close (peer, 1000);
  WAIT_UNTIL (test_socket_next (peer, &frame));
  g_assert_cmpuint (frame.opcode, ==, 8);
  test_frame_clear (&frame);
  WAIT_UNTIL (test_socket_read (peer) && peer->ended);
  g_socket_close (peer->socket, NULL);
  WAIT_UNTIL (fixture->n_closed == 1);
  g_assert_cmpuint (fixture->close_code, ==, 1000);

  for (guint i = 0; i < used->len; i++)
    close (g_array_index (used, int, i));
}

int
main (int    argc,
      char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "messages", test_messages },
    { "close-by-server", test_close_by_server },
    { "close-by-client", test_close_by_client },
    { "cut", test_cut },
    { "drop", test_drop },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (tests); j++)
        {
          g_autofree char *path =
            g_strdup_printf ("/link/wiring/%s/%s", ways[i].name, tests[j].name);

          g_test_add (path, Fixture, &ways[i], set_up, tests[j].func, tear_down);
        }
    }
  g_test_add ("/link/wiring/tls/stalled", Fixture, &ways[2], set_up, test_tls_stalled, tear_down);
  g_test_add ("/link/many", Fixture, &ways[0], set_up, test_many, tear_down);
  g_test_add ("/link/no-descriptors", Fixture, &ways[0], set_up, test_no_descriptors, tear_down);

  return test_run_with_tls ();
}
