/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "transport/ss-listener.h"
#include "transport/ss-socket.h"
#include "ss-limits.h"

#include "test-socket.h"
#include "test-utils.h"

typedef struct
{
  SsListener *listener;
  GPtrArray  *connections;
} Fixture;

static void
connection_cb (SsListener        *listener,
               GSocketConnection *connection,
               gpointer           user_data)
{
  Fixture *fixture = user_data;

  g_ptr_array_add (fixture->connections, g_object_ref (connection));
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->connections = g_ptr_array_new_with_free_func (g_object_unref);
  fixture->listener = ss_listener_new (connection_cb, fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  if (fixture->listener != NULL)
    g_assert_finalize_object (fixture->listener);
  g_ptr_array_unref (fixture->connections);
}

static guint16
get_port (SsListener *listener)
{
  g_autoptr (GSocketAddress) address = ss_listener_dup_address (listener);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

static gboolean
have_ipv6 (void)
{
  g_autoptr (GSocket) socket =
    g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("::1", 0);

  return socket != NULL && g_socket_bind (socket, address, TRUE, NULL);
}

static void
assert_reachable (Fixture        *fixture,
                  GSocketAddress *address)
{
  guint n = fixture->connections->len;
  g_autoptr (TestSocket) peer = test_socket_new_for_address (address);
  GSocketConnection *connection;
  GSocket *socket;

  WAIT_UNTIL (fixture->connections->len == n + 1);

  connection = g_ptr_array_index (fixture->connections, n);
  socket = g_socket_connection_get_socket (connection);
  g_assert_false (g_socket_get_blocking (socket));
  g_socket_send (socket, "hello", 5, NULL, NULL);
  WAIT_UNTIL (test_socket_read (peer) && peer->in->len == 5);
}

static void
test_address (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  int nodelay = 0;

  if (g_str_equal (data, "[::1]") && !have_ipv6 ())
    {
      g_test_skip ("no IPv6 here");
      return;
    }

  g_assert_null (ss_listener_dup_address (fixture->listener));
  ss_listener_listen (fixture->listener, data, 0, &error);
  g_assert_no_error (error);

  address = ss_listener_dup_address (fixture->listener);
  g_assert_cmpuint (get_port (fixture->listener), !=, 0);
  assert_reachable (fixture, address);
  g_socket_get_option (g_socket_connection_get_socket (g_ptr_array_index (fixture->connections, 0)),
                       IPPROTO_TCP, TCP_NODELAY, &nodelay, NULL);
  g_assert_cmpint (nodelay, !=, 0);
}

static void
test_localhost (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address4 = NULL;
  g_autoptr (GSocketAddress) address6 = NULL;

  ss_listener_listen (fixture->listener, data, 0, &error);
  g_assert_no_error (error);

  address4 = g_inet_socket_address_new_from_string ("127.0.0.1", get_port (fixture->listener));
  assert_reachable (fixture, address4);
  if (!have_ipv6 ())
    return;

  address6 = g_inet_socket_address_new_from_string ("::1", get_port (fixture->listener));
  assert_reachable (fixture, address6);
}

static void
test_bad_address (Fixture       *fixture,
                  gconstpointer  data)
{
  static const char *const addresses[] = { "",      "example.com", "1.2.3",
                                           "unix:", "[::1",        "localhost:80" };

  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (ss_listener_listen (fixture->listener, addresses[i], 80, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, addresses[i]));
      g_assert_null (ss_listener_dup_address (fixture->listener));
    }
}

static void
test_in_use (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SsListener) other = ss_listener_new (connection_cb, fixture);
  g_autofree char *port = NULL;

  ss_listener_listen (fixture->listener, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  port = g_strdup_printf ("%u", get_port (fixture->listener));

  g_assert_false (ss_listener_listen (other, "127.0.0.1", get_port (fixture->listener), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (error->message, "127.0.0.1"));
  g_assert_nonnull (strstr (error->message, port));
  g_clear_error (&error);

  g_assert_false (ss_listener_listen (other, "localhost", get_port (fixture->listener), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_clear_error (&error);

  /* And free again afterwards, even while connections linger. */
  {
    g_autoptr (GSocketAddress) address = ss_listener_dup_address (fixture->listener);

    assert_reachable (fixture, address);
    ss_listener_close (fixture->listener);
    ss_listener_listen (other, "127.0.0.1",
                        g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)), &error);
    g_assert_no_error (error);
  }
}

static void
test_unix (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *text = g_strconcat ("unix:", path, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (SsListener) other = ss_listener_new (connection_cb, fixture);
  g_autoptr (GSocket) stale = NULL;

  g_assert_no_error (error);

  /* One that a killed server has left behind is taken over. */
  stale =
    g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_socket_bind (stale, address, FALSE, &error);
  g_assert_no_error (error);
  g_socket_close (stale, NULL);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));

  ss_listener_listen (fixture->listener, text, 0, &error);
  g_assert_no_error (error);
  assert_reachable (fixture, address);

  /* One that is in use is not. */
  g_assert_false (ss_listener_listen (other, text, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);

  ss_listener_close (fixture->listener);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  /* A file that is not a socket is not removed either. */
  g_file_set_contents (path, "precious", -1, NULL);
  g_assert_false (ss_listener_listen (other, text, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));

  g_unlink (path);
  g_rmdir (folder);
}

static guint
get_mode (const char *path)
{
  GStatBuf info;

  g_assert_cmpint (g_lstat (path, &info), ==, 0);
  g_assert_true (S_ISSOCK (info.st_mode));

  return info.st_mode & 07777;
}

static void
test_unix_mode (Fixture       *fixture,
                gconstpointer  data)
{
  static const struct
  {
    const char *options;
    guint mode;
  } cases[] = {
    { "", 0660 },
    { "?mode=0600", 0600 },
    { "?mode=666", 0666 },
    { "?mode=0777&tls=0", 0777 },
    { "?tls=0&mode=0606", 0606 },
    { "?tls=0", 0660 },
  };
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  mode_t mask = umask (077);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat ("unix:", path, cases[i].options, NULL);
      g_autoptr (GError) error = NULL;

      ss_listener_listen (fixture->listener, text, 0, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (get_mode (path), ==, cases[i].mode);
      assert_reachable (fixture, address);
      g_assert_cmpint (ss_listener_get_tls (g_ptr_array_index (fixture->connections, i)), ==,
                       SS_LISTENER_TLS_NEVER);
      ss_listener_close (fixture->listener);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }

  umask (mask);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* Each is refused with its name, and nothing is left behind. */
static void
test_unix_bad_options (Fixture       *fixture,
                       gconstpointer  data)
{
  static const struct
  {
    const char *options;
    const char *named;
  } cases[] = {
    { "?", "“”" },
    { "?mode", "“mode”" },
    { "?mode=", "“mode=”" },
    { "?mode=rw", "“mode=rw”" },
    { "?mode=0669", "“mode=0669”" },
    { "?mode=1777", "“mode=1777”" },
    { "?mode=4755", "“mode=4755”" },
    { "?mode=00660", "“mode=00660”" },
    { "?mode=-660", "“mode=-660”" },
    { "?mode=0x1b0", "“mode=0x1b0”" },
    { "?mode=0660&mode=0600", "“mode”" },
    { "?mode=0660&", "“”" },
    { "?mode=0660?tls=1", "“mode=0660?tls=1”" },
    { "?Mode=0660", "“Mode”" },
    { "?owner=root", "“owner”" },
    { "?tls=yes", "“tls=yes”" },
    { "?tls", "“tls”" },
    { "?tls=0&tls=0", "“tls”" },
    { "?tls=1", "“tls=1”" },
  };
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat ("unix:", path, cases[i].options, NULL);

      g_assert_false (ss_listener_listen (fixture->listener, text, 0, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, path));
      g_assert_nonnull (strstr (error->message, cases[i].named));
      g_clear_error (&error);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }

  g_assert_false (
    ss_listener_listen (fixture->listener, "unix:@server-signal-mode?mode=0660", 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "“mode=0660”"));
  g_clear_error (&error);
  g_assert_false (ss_listener_listen (fixture->listener, "unix:?mode=0660", 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_null (ss_listener_dup_address (fixture->listener));

  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* The socket that is at the path by then is somebody else's. */
static void
test_unix_taken_over (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *text = g_strconcat ("unix:", path, NULL);
  g_autofree char *link_path = g_build_filename (folder, "link", NULL);
  g_autofree char *link_text = g_strconcat ("unix:", link_path, NULL);
  g_autoptr (SsListener) other = ss_listener_new (connection_cb, fixture);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;

  ss_listener_listen (fixture->listener, text, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  ss_listener_listen (other, text, 0, &error);
  g_assert_no_error (error);
  ss_listener_close (fixture->listener);
  assert_reachable (fixture, address);

  /* A relative path is that of then, wherever the program is by now. */
  ss_listener_close (other);
  {
    g_autofree char *folder_before = g_get_current_dir ();

    g_assert_cmpint (g_chdir (folder), ==, 0);
    ss_listener_listen (other, "unix:socket", 0, &error);
    g_assert_no_error (error);
    g_assert_cmpint (g_chdir (folder_before), ==, 0);
    ss_listener_close (other);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  }

  /* A link to a dead socket is a file like any other. */
  g_assert_cmpint (symlink ("nowhere", link_path), ==, 0);
  g_assert_false (ss_listener_listen (fixture->listener, link_text, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_true (g_file_test (link_path, G_FILE_TEST_IS_SYMLINK));

  g_unlink (link_path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_abstract (Fixture       *fixture,
               gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("server-signal-test-%d", (int) getpid ());
  g_autofree char *text = g_strconcat ("unix:@", name, NULL);
  g_autoptr (GSocketAddress) address = NULL;

  ss_listener_listen (fixture->listener, text, 0, &error);
  g_assert_no_error (error);
  address = g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  assert_reachable (fixture, address);
}

static void
test_take_socket (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocket) datagram =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;

  g_assert_false (ss_listener_take_socket (fixture->listener, datagram, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  /* One of the family of files has no TLS. */
  {
    g_autoptr (SsListener) other = ss_listener_new (connection_cb, fixture);
    g_autoptr (GSocket) local =
      g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
    g_autofree char *name = g_strdup_printf ("server-signal-taken-%d", (int) getpid ());
    g_autoptr (GSocketAddress) where =
      g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

    g_assert_true (g_socket_bind (local, where, FALSE, NULL));
    g_assert_true (ss_listener_take_socket (other, local, NULL));
    assert_reachable (fixture, where);
    g_assert_cmpint (ss_listener_get_tls (g_ptr_array_index (fixture->connections, 0)), ==,
                     SS_LISTENER_TLS_NEVER);
  }

  /* As systemd hands one over. */
  g_socket_bind (socket, any_port, TRUE, NULL);
  g_socket_listen (socket, NULL);
  ss_listener_take_socket (fixture->listener, socket, &error);
  g_assert_no_error (error);
  address = ss_listener_dup_address (fixture->listener);
  assert_reachable (fixture, address);
}

static void
test_backlog (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GPtrArray) peers = g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);
  g_autofree char *limit = NULL;
  guint n = 200;

  /* All connect before the first is taken; what the kernel allows is the smaller of ours and its
   * own limit. */
  if (g_file_get_contents ("/proc/sys/net/core/somaxconn", &limit, NULL, NULL))
    n = MIN (n, (guint) g_ascii_strtoull (limit, NULL, 10));
  ss_listener_listen (fixture->listener, "127.0.0.1", 0, NULL);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (peers, test_socket_new (get_port (fixture->listener)));
  WAIT_UNTIL (fixture->connections->len == n);
}

static void
test_handshake_timeout (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr (TestSocket) slow = NULL;
  g_autoptr (TestSocket) upgraded = NULL;
  g_autoptr (TestSocket) gone = NULL;

  ss_listener_set_handshake_timeout (fixture->listener, 100);
  ss_listener_listen (fixture->listener, "127.0.0.1", 0, NULL);
  slow = test_socket_new (get_port (fixture->listener));
  WAIT_UNTIL (fixture->connections->len == 1);
  upgraded = test_socket_new (get_port (fixture->listener));
  WAIT_UNTIL (fixture->connections->len == 2);
  gone = test_socket_new (get_port (fixture->listener));
  WAIT_UNTIL (fixture->connections->len == 3);
  g_assert_cmpuint (ss_listener_get_n_handshakes (fixture->listener), ==, 3);

  ss_listener_upgraded (ss_socket_find (g_ptr_array_index (fixture->connections, 1)));
  g_assert_cmpuint (ss_listener_get_n_handshakes (fixture->listener), ==, 2);
  g_ptr_array_remove_index (fixture->connections, 2);
  g_assert_cmpuint (ss_listener_get_n_handshakes (fixture->listener), ==, 1);

  WAIT_UNTIL (test_socket_read (slow) && slow->ended);
  g_assert_cmpuint (ss_listener_get_n_handshakes (fixture->listener), ==, 0);
  test_socket_read (upgraded);
  g_assert_false (upgraded->ended);
}

/* The oldest makes room for the newest. */
static void
test_max_handshakes (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (GPtrArray) peers = g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);

  ss_listener_set_max_handshakes (fixture->listener, 3);
  ss_listener_listen (fixture->listener, "127.0.0.1", 0, NULL);
  for (guint i = 0; i < 5; i++)
    {
      g_ptr_array_add (peers, test_socket_new (get_port (fixture->listener)));
      WAIT_UNTIL (fixture->connections->len == i + 1);
      g_assert_cmpuint (ss_listener_get_n_handshakes (fixture->listener), ==, MIN (i + 1, 3));
    }

  /* One that has arrived is not one of them, and with a larger limit there is room. */
  ss_listener_upgraded (ss_socket_find (g_ptr_array_index (fixture->connections, 2)));
  g_assert_cmpuint (ss_listener_get_n_handshakes (fixture->listener), ==, 2);
  ss_listener_set_max_handshakes (fixture->listener, 4);
  for (guint i = 5; i < 8; i++)
    {
      g_ptr_array_add (peers, test_socket_new (get_port (fixture->listener)));
      WAIT_UNTIL (fixture->connections->len == i + 1);
    }
  g_assert_cmpuint (ss_listener_get_n_handshakes (fixture->listener), ==, 4);

  for (guint i = 0; i < peers->len; i++)
    {
      TestSocket *peer = g_ptr_array_index (peers, i);

      test_socket_read (peer);
      if (i < 2 || i == 3)
        WAIT_UNTIL (test_socket_read (peer) && peer->ended);
      else
        g_assert_false (peer->ended);
    }
}

static void
test_close (Fixture       *fixture,
            gconstpointer  data)
{
  g_autoptr (TestSocket) half = NULL;
  g_autoptr (TestSocket) upgraded = NULL;

  ss_listener_listen (fixture->listener, "127.0.0.1", 0, NULL);
  upgraded = test_socket_new (get_port (fixture->listener));
  WAIT_UNTIL (fixture->connections->len == 1);
  half = test_socket_new (get_port (fixture->listener));
  WAIT_UNTIL (fixture->connections->len == 2);

  /* Peers stay, the others go. */
  ss_listener_upgraded (ss_socket_find (g_ptr_array_index (fixture->connections, 0)));
  ss_listener_close (fixture->listener);
  g_assert_null (ss_listener_dup_address (fixture->listener));
  WAIT_UNTIL (test_socket_read (half) && half->ended);
  test_socket_read (upgraded);
  g_assert_false (upgraded->ended);

  /* Connections may outlive the listener, and it may begin anew. */
  ss_listener_listen (fixture->listener, "127.0.0.1", 0, NULL);
  g_ptr_array_add (fixture->connections,
                   g_object_ref (g_ptr_array_index (fixture->connections, 0)));
  g_assert_finalize_object (g_steal_pointer (&fixture->listener));
}

static void
close_in_cb (SsListener        *listener,
             GSocketConnection *connection,
             gpointer           user_data)
{
  guint *n_connections = user_data;

  ++*n_connections;
  ss_listener_close (listener);
}

static void
test_close_in_callback (Fixture       *fixture,
                        gconstpointer  data)
{
  guint n_connections = 0;
  SsListener *listener = ss_listener_new (close_in_cb, &n_connections);
  g_autoptr (TestSocket) first = NULL;
  g_autoptr (TestSocket) second = NULL;

  ss_listener_listen (listener, "127.0.0.1", 0, NULL);
  first = test_socket_new (get_port (listener));
  second = test_socket_new (get_port (listener));
  WAIT_UNTIL (n_connections > 0);
  test_settle ();
  g_assert_cmpuint (n_connections, ==, 1);
  g_assert_finalize_object (listener);
}

static void
test_no_descriptors (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) peers = g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);
  const struct rlimit limit = { 64, 64 };
  const guint n_reserved = 64 / SS_DESCRIPTORS_SHARE;
  guint n_accepted;
  g_autoptr (GArray) used = g_array_new (FALSE, FALSE, sizeof (int));
  guint16 port;
  int fd;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  ss_listener_listen (fixture->listener, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  port = get_port (fixture->listener);

  /* Twenty that connect, and no descriptor left to take more than five of them, and a few that are
   * not the listener's. */
  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (peers, test_socket_new (port));
  while ((fd = fcntl (0, F_DUPFD, 0)) >= 0)
    g_array_append_val (used, fd);
  for (guint i = 0; i < 5 + n_reserved; i++)
    {
      close (g_array_index (used, int, used->len - 1));
      g_array_set_size (used, used->len - 1);
    }

  WAIT_UNTIL (fixture->connections->len == 5);
  test_settle ();
  g_assert_cmpuint (fixture->connections->len, ==, 5);

  /* Those that are taken go on meanwhile, and when they go, others come. */
  n_accepted = fixture->connections->len;
  for (guint round = 0; round < 3; round++)
    {
      g_ptr_array_set_size (fixture->connections, 0);
      WAIT_UNTIL (fixture->connections->len == 5);
      n_accepted += fixture->connections->len;
    }
  g_assert_cmpuint (n_accepted, ==, 20);

  for (guint i = 0; i < used->len; i++)
    close (g_array_index (used, int, i));
  g_ptr_array_set_size (fixture->connections, 0);
  {
    g_autoptr (GSocketAddress) address = ss_listener_dup_address (fixture->listener);

    assert_reachable (fixture, address);
  }
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
    { "/listener/address/ipv4", test_address, "127.0.0.1" },
    { "/listener/address/ipv6", test_address, "[::1]" },
    { "/listener/address/localhost", test_localhost, "localhost" },
    { "/listener/address/none", test_localhost, NULL },
    { "/listener/address/unix", test_unix },
    { "/listener/address/unix/mode", test_unix_mode },
    { "/listener/address/unix/bad-options", test_unix_bad_options },
    { "/listener/address/unix/taken-over", test_unix_taken_over },
    { "/listener/address/abstract", test_abstract },
    { "/listener/address/bad", test_bad_address },
    { "/listener/address/in-use", test_in_use },
    { "/listener/take-socket", test_take_socket },
    { "/listener/backlog", test_backlog },
    { "/listener/handshake/timeout", test_handshake_timeout },
    { "/listener/handshake/max", test_max_handshakes },
    { "/listener/close", test_close },
    { "/listener/close-in-callback", test_close_in_callback },
    { "/listener/no-descriptors", test_no_descriptors },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].data, set_up, tests[i].func, tear_down);

  return g_test_run ();
}
