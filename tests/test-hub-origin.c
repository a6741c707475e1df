/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Which pages a hub lets in. */

#include <unistd.h>

#include <gio/gunixsocketaddress.h>

#include "test-hub.h"
#include "test-socket.h"
#include "transport/ss-socket.h"

/* The hubs of these tests say once for each reason whom they refuse, and which property is meant. */
static guint n_said[3];

typedef enum
{
  SAID_ORIGIN,
  SAID_NULL,
  SAID_HOST,
} Said;

static GLogWriterOutput
count_messages (GLogLevelFlags   level,
                const GLogField *fields,
                gsize            n_fields,
                gpointer         user_data)
{
  static const char *const texts[] = { "A page of http", "A page without an origin",
                                       "A request for the host" };

  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE") && (level & G_LOG_LEVEL_MESSAGE) != 0)
      for (guint j = 0; j < G_N_ELEMENTS (texts); j++)
        if (strstr (fields[i].value, texts[j]) != NULL)
          {
            g_assert_nonnull (strstr (fields[i].value, "ServerSignalHub:allowed-origins"));
            n_said[j]++;
          }

  return g_log_writer_default (level, fields, n_fields, NULL);
}

/* The status with which a handshake is answered; headers have their line ends. */
static guint
shake_hands (GSocketAddress *address,
             const char     *headers)
{
  g_autofree char *request =
    g_strconcat ("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
                 headers, "\r\n", NULL);
  g_autoptr (TestSocket) socket = test_socket_new_for_address (address);

  test_socket_send (socket, request, strlen (request));
  WAIT_UNTIL (test_socket_read (socket) && socket->in->len > strlen ("HTTP/1.1 xyz"));

  return (guint) g_ascii_strtoull ((const char *) socket->in->data + strlen ("HTTP/1.1 "), NULL,
                                   10);
}

static GSocketAddress *
get_address (ServerSignalHub *hub)
{
  g_autofree char *uri = server_signal_hub_dup_uri (hub);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  return g_inet_socket_address_new_from_string ("127.0.0.1", (guint16) g_uri_get_port (parsed));
}

#define LOCAL "Host: 127.0.0.1:81\r\n"
#define EVIL "Host: evil.example:81\r\n"

/* Both ways in with a server look at the same headers. */
static void
check_loopback (ServerSignalHub *hub)
{
  static const char *const only_localhost[] = { "http://localhost:5173", NULL };
  static const char *const all[] = { "*", NULL };
  static const char *const null[] = { "null", NULL };
  static const char *const evil[] = { "evil.example", NULL };
  g_autoptr (GSocketAddress) address = get_address (hub);

  for (guint i = 0; i < G_N_ELEMENTS (n_said); i++)
    n_said[i] = 0;

  g_assert_cmpuint (shake_hands (address, LOCAL), ==, 101);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://127.0.0.1:8080\r\n"), ==, 101);
  g_assert_cmpuint (shake_hands (address, "Host: localhost\r\nOrigin: http://localhost\r\n"), ==,
                    101);
  g_assert_cmpuint (shake_hands (address, "Host: [::1]:81\r\nOrigin: https://[::1]\r\n"), ==, 101);

  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://evil.example\r\n"), ==, 403);
      g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://localhost:5173\r\n"), ==, 403);
      g_assert_cmpuint (shake_hands (address, LOCAL "Origin: null\r\n"), ==, 403);
      g_assert_cmpuint (shake_hands (address, EVIL "Origin: http://evil.example:81\r\n"), ==, 403);
      g_assert_cmpuint (shake_hands (address, EVIL), ==, 403);
    }
  for (guint i = 0; i < G_N_ELEMENTS (n_said); i++)
    g_assert_cmpuint (n_said[i], ==, 1);

  /* A header that claims to come from a proxy is not trusted. */
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://evil.example\r\n"
                                                "X-Forwarded-Host: evil.example\r\n"
                                                "Forwarded: host=evil.example\r\n"),
                    ==, 403);
  g_assert_cmpuint (shake_hands (address, EVIL "X-Forwarded-Host: localhost\r\n"), ==, 403);
  /* Two of them, which our own server refuses before (400), and such as are none. */
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://127.0.0.1\r\n"
                                                "Origin: http://evil.example\r\n"),
                    >=, 400);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://evil.example\r\n"
                                                "Origin: http://127.0.0.1\r\n"),
                    >=, 400);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin:\r\n"), ==, 403);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://127.0.0.1/\r\n"), ==, 403);
  g_assert_cmpuint (shake_hands (address, "Host: localhost/\r\n"), >=, 400);
  g_assert_cmpuint (shake_hands (address, LOCAL EVIL), >=, 400);
  g_assert_cmpuint (shake_hands (address, EVIL LOCAL), >=, 400);
  g_assert_cmpuint (shake_hands (address, ""), >=, 400);

  /* It holds at once, and for nobody else. */
  server_signal_hub_set_allowed_origins (hub, only_localhost);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://localhost:5173\r\n"), ==, 101);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://127.0.0.1:8080\r\n"), ==, 101);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://localhost:5174\r\n"), ==, 403);
  server_signal_hub_set_allowed_origins (hub, null);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: null\r\n"), ==, 101);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://localhost:5173\r\n"), ==, 403);
  server_signal_hub_set_allowed_origins (hub, evil);
  g_assert_cmpuint (shake_hands (address, EVIL), ==, 101);
  g_assert_cmpuint (shake_hands (address, EVIL "Origin: https://evil.example\r\n"), ==, 101);
  g_assert_cmpuint (shake_hands (address, EVIL "Origin: https://more.evil.example\r\n"), ==, 403);
  server_signal_hub_set_allowed_origins (hub, all);
  g_assert_cmpuint (shake_hands (address, EVIL "Origin: https://more.evil.example\r\n"), ==, 101);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: null\r\n"), ==, 101);
  server_signal_hub_set_allowed_origins (hub, NULL);
  g_assert_cmpuint (shake_hands (address, EVIL), ==, 403);

  WAIT_UNTIL (n_peers (hub) == 0);
}

static void
test_listen (void)
{
  ServerSignalHub *hub = server_signal_hub_new ();

  g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
  check_loopback (hub);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
}

static void
test_attach (void)
{
  ServerSignalHub *hub = server_signal_hub_new ();
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);

  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  server_signal_hub_attach (hub, server, NULL);
  check_loopback (hub);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
}

/* No page comes by a unix socket but through a proxy, which has looked at the host. */
static void
test_unix_socket (gconstpointer data)
{
  gboolean with_port = GPOINTER_TO_INT (data);
  ServerSignalHub *hub = server_signal_hub_new ();
  g_autofree char *name = g_strdup_printf ("server-signal-origin-%d", (int) getpid ());
  g_autofree char *text = g_strconcat ("unix:@", name, NULL);
  g_autoptr (GSocketAddress) address =
    g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

  if (with_port)
    g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
  g_assert_true (server_signal_hub_listen (hub, text, 0, NULL));

  g_assert_cmpuint (shake_hands (address, "Host: example.org\r\n"), ==, 101);
  g_assert_cmpuint (shake_hands (address, "Host: example.org\r\nOrigin: https://example.org\r\n"),
                    ==, 101);
  g_assert_cmpuint (shake_hands (address, "Host: example.org\r\nOrigin: https://evil.example\r\n"),
                    ==, 403);
  if (with_port)
    {
      g_autoptr (GSocketAddress) port = get_address (hub);

      g_assert_cmpuint (shake_hands (port, "Host: example.org\r\n"), ==, 403);
    }

  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
}

/* A socket that is bound and does not listen is enough to see what counts. */
static void
test_bound (void)
{
  static const struct
  {
    const char *address;
    guint n_loopback;
    guint n_network;
  } cases[] = {
    { "127.0.0.1", 1, 0 }, { "127.1.2.3", 1, 0 }, { "0.0.0.0", 0, 1 },
    { "::1", 1, 0 },       { "::", 0, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GSocketAddress) address =
        g_inet_socket_address_new_from_string (cases[i].address, 0);
      g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (address),
                                                 G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
      guint n_loopback = 0;
      guint n_network = 0;

      if (socket == NULL || !g_socket_bind (socket, address, FALSE, NULL))
        {
          g_test_message ("%s cannot be had here", cases[i].address);
          g_assert_true (strchr (cases[i].address, ':') != NULL);
          continue;
        }

      ss_socket_count_bound (socket, &n_loopback, &n_network);
      g_assert_cmpuint (n_loopback, ==, cases[i].n_loopback);
      g_assert_cmpuint (n_network, ==, cases[i].n_network);
    }
}

static void
count_cb (guint *count)
{
  (*count)++;
}

/* An entry that is none is named, and changes nothing. */
static void
test_property (void)
{
  static const char *const good[] = { "https://example.org", "*.example.org", "null", NULL };
  static const char *const bad[] = { "https://example.org", "https://example.org/page", NULL };
  static const char *const empty[] = { NULL };
  g_autoptr (ServerSignalHub) hub =
    g_object_new (SERVER_TYPE_SIGNAL_HUB, "allowed-origins", good, NULL);
  g_auto (GStrv) got = NULL;
  guint n_notified = 0;

  g_signal_connect_swapped (hub, "notify::allowed-origins", G_CALLBACK (count_cb), &n_notified);
  g_object_get (hub, "allowed-origins", &got, NULL);
  g_assert_cmpstrv (got, good);

  server_signal_hub_set_allowed_origins (hub, good);
  server_signal_hub_set_allowed_origins (hub, server_signal_hub_get_allowed_origins (hub));
  g_assert_cmpuint (n_notified, ==, 0);

  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*https://example.org/page*");
  server_signal_hub_set_allowed_origins (hub, bad);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (n_notified, ==, 0);
  g_assert_cmpstrv (server_signal_hub_get_allowed_origins (hub), good);

  g_object_set (hub, "allowed-origins", empty, NULL);
  g_assert_cmpuint (n_notified, ==, 1);
  g_assert_cmpstrv (server_signal_hub_get_allowed_origins (hub), empty);
  server_signal_hub_set_allowed_origins (hub, NULL);
  g_assert_cmpuint (n_notified, ==, 2);
  g_assert_null (server_signal_hub_get_allowed_origins (hub));
}

static gboolean
authorize_cb (ServerSignalHub   *hub,
              SoupServerMessage *message,
              guint             *count)
{
  (*count)++;

  return TRUE;
}

/* The application is asked about pages that may connect, and a hub that is full tells others nothing. */
static void
test_order (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (GSocketAddress) address = NULL;
  guint n_asked = 0;

  g_signal_connect (hub, "authorize", G_CALLBACK (authorize_cb), &n_asked);
  g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
  address = get_address (hub);

  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://evil.example\r\n"), ==, 403);
  g_assert_cmpuint (n_asked, ==, 0);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://127.0.0.1\r\n"), ==, 101);
  g_assert_cmpuint (n_asked, ==, 1);
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_set_max_peers (hub, 0);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://evil.example\r\n"), ==, 403);
  g_assert_cmpuint (shake_hands (address, LOCAL "Origin: http://127.0.0.1\r\n"), ==, 503);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (count_messages, NULL, NULL);

  g_test_add_func ("/hub-origin/listen", test_listen);
  g_test_add_func ("/hub-origin/attach", test_attach);
  g_test_add_data_func ("/hub-origin/unix-socket", GINT_TO_POINTER (FALSE), test_unix_socket);
  g_test_add_data_func ("/hub-origin/unix-socket/and-port", GINT_TO_POINTER (TRUE),
                        test_unix_socket);
  g_test_add_func ("/hub-origin/bound", test_bound);
  g_test_add_func ("/hub-origin/property", test_property);
  g_test_add_func ("/hub-origin/order", test_order);

  return g_test_run ();
}
