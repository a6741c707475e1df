/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* TLS of a hub's own server: the cost of clients that do not speak it, and the addresses that have
 * it. */

#include <sys/socket.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "transport/ss-hello.h"
#include "transport/ss-tls.h"
#include "ss-limits.h"
#include "test-certificate.h"
#include "test-hub.h"
#include "test-socket.h"

/* Of another certificate. */
static const char other_key_pem[] =
  "-----BEGIN PRIVATE KEY-----\n"
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvkuTsXN8ATfQs9FL\n"
  "TOTWVunJ5I+r7Oc5yXUtOTGxFnGhRANCAAS20epW6dTZTLfl3Vo1ftYojMvy9Hzv\n"
  "XJ/fbIApB8ejzxHbfBc+Wow/aVf4cQRvkTEYPgSKH5nvkVppFQpz2y4m\n"
  "-----END PRIVATE KEY-----\n";

/* For the same name, as the one that comes after the first has expired. */
static const char renewed_pem[] =
  "-----BEGIN CERTIFICATE-----\n"
  "MIIBfzCCASWgAwIBAgIUBoSNT+2wEHOGu08krPSNGLkWNsgwCgYIKoZIzj0EAwIw\n"
  "FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDA5NTQwMloYDzIxMjYxMTA2\n"
  "MDk1NDAyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
  "PQMBBwNCAAT8Lbm2PwKiqwSqINlcCPGtSN550XPV1e9xoHlBT7+SezAKxzHiYgAI\n"
  "KKEbGhVPBkgi7JQRoPIthu+uMCFKR0Sbo1MwUTAdBgNVHQ4EFgQUZx4ec7pSRTxW\n"
  "eYDfhuo17eRQ6xEwHwYDVR0jBBgwFoAUZx4ec7pSRTxWeYDfhuo17eRQ6xEwDwYD\n"
  "VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA8WjaK1oXMUDS1q6Tc11m\n"
  "Hxe4kuCXLYlQyeJo0+I85wgCIGnTVPkpCy+llOKKGr4tkusezy/mQtrZ8bpulTQl\n"
  "mNbv\n"
  "-----END CERTIFICATE-----\n"
  "-----BEGIN PRIVATE KEY-----\n"
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgva9KTP/g0xxab6Uf\n"
  "qoa3BqX2rSLjU10FihtAVEhzo3ShRANCAAT8Lbm2PwKiqwSqINlcCPGtSN550XPV\n"
  "1e9xoHlBT7+SezAKxzHiYgAIKKEbGhVPBkgi7JQRoPIthu+uMCFKR0Sb\n"
  "-----END PRIVATE KEY-----\n";

static gboolean
accept_certificate_cb (gpointer object)
{
  return TRUE;
}

static ServerSignalHub *
new_hub (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate =
    g_tls_certificate_new_from_pem (test_certificate_pem, -1, &error);
  ServerSignalHub *hub;

  g_assert_no_error (error);
  hub = g_object_new (SERVER_TYPE_SIGNAL_HUB, "tls-certificate", certificate, NULL);
  g_assert_true (server_signal_hub_get_tls_certificate (hub) == certificate);
  server_signal_hub_listen (hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);

  return hub;
}

static guint16
port_of (ServerSignalHub *hub)
{
  g_autofree char *uri = server_signal_hub_dup_uri (hub);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  return (guint16) g_uri_get_port (parsed);
}

static TestWebsocket *
begin_login (ServerSignalHub *hub)
{
  g_autofree char *uri = server_signal_hub_dup_uri (hub);
  TestWebsocket *client = test_websocket_begin (uri, NULL);

  g_signal_connect (client->message, "accept-certificate", G_CALLBACK (accept_certificate_cb),
                    NULL);

  return client;
}

static void
result_cb (GObject      *object,
           GAsyncResult *result,
           gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* The first bytes of GIO's client. */
static GByteArray *
capture_hello (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) base = NULL;
  g_autoptr (GIOStream) client = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GByteArray *hello = g_byte_array_new ();
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], &error);
  g_assert_no_error (error);
  base = g_socket_connection_factory_create_connection (socket);
  client = g_tls_client_connection_new (G_IO_STREAM (base), NULL, &error);
  g_assert_no_error (error);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (client), G_PRIORITY_DEFAULT, NULL, result_cb,
                                    &result);
  while (hello->len == 0 || ss_hello_check (hello->data, hello->len) > 0)
    {
      guint8 bytes[4096];
      gssize n = recv (fds[1], bytes, sizeof bytes, 0);

      g_assert_cmpint (n, >, 0);
      g_byte_array_append (hello, bytes, (guint) n);
    }
  g_assert_cmpint (ss_hello_check (hello->data, hello->len), ==, 0);
  close (fds[1]);
  WAIT_UNTIL (result != NULL);

  return hello;
}

/* The same in records that are n bytes long. */
static GByteArray *
split_hello (const GByteArray *hello,
             guint             n)
{
  GByteArray *records = g_byte_array_new ();
  guint length = hello->len - 5;

  for (guint i = 0; i < length; i += n)
    {
      guint m = MIN (n, length - i);
      const guint8 header[] = { 22, 3, 1, (guint8) (m >> 8), (guint8) m };

      g_byte_array_append (records, header, sizeof header);
      g_byte_array_append (records, hello->data + 5 + i, m);
    }

  return records;
}

/* A message of such a length: four bytes of header, and zeros. */
static GByteArray *
make_hello (guint length)
{
  GByteArray *hello = g_byte_array_new ();

  g_byte_array_set_size (hello, 5 + length);
  memset (hello->data, 0, hello->len);
  hello->data[5] = 1;
  hello->data[6] = (guint8) ((length - 4) >> 16);
  hello->data[7] = (guint8) ((length - 4) >> 8);
  hello->data[8] = (guint8) (length - 4);

  return hello;
}

static void
add_to_length (guint8 *bytes,
               guint   n_bytes,
               guint   n)
{
  for (guint i = n_bytes; i > 0; i--)
    {
      n += bytes[i - 1];
      bytes[i - 1] = (guint8) n;
      n >>= 8;
    }
}

/* The same with so many bytes more, which are an extension of padding (RFC 7685). The header of the
 * record is left as it is. */
static GByteArray *
pad_hello (const GByteArray *hello,
           guint             n)
{
  GByteArray *padded = g_byte_array_new ();
  const guint8 header[] = { 0, 21, (guint8) ((n - 4) >> 8), (guint8) (n - 4) };
  g_autofree guint8 *zeros = g_malloc0 (n - 4);
  guint at = 5 + 4 + 2 + 32;

  g_byte_array_append (padded, hello->data, hello->len);
  g_byte_array_append (padded, header, sizeof header);
  g_byte_array_append (padded, zeros, n - 4);
  at += 1u + padded->data[at];                                       /* the session id */
  at += 2u + ((guint) padded->data[at] << 8 | padded->data[at + 1]); /* the ciphers */
  at += 1u + padded->data[at];                                       /* the compressions */
  add_to_length (padded->data + 6, 3, n);
  add_to_length (padded->data + at, 2, n);

  return padded;
}

static void
assert_grows (const GByteArray *records)
{
  gsize needed = 1;

  for (gsize n = 0; n < records->len; n++)
    {
      gssize check = ss_hello_check (records->data, n);

      /* Not more than there will be, and it is worth to wait for so many. */
      g_assert_cmpint (check, >, (gssize) n);
      g_assert_cmpint (check, <=, (gssize) records->len);
      g_assert_cmpint (check, >=, (gssize) MIN (needed, records->len));
      needed = (gsize) check;
    }
  g_assert_cmpint (ss_hello_check (records->data, records->len), ==, 0);
}

static void
test_hello (void)
{
  static const guint lengths[] = { 5, 42, 517, 5000, 16384, 40000 };
  static const guint sizes[] = { 1, 3, 4, 5, 100, 16384 };
  static const struct
  {
    const char *bytes;
    gsize length;
  } wrong[] = {
    { "GET / HTTP/1.1\r\n", 16 },
    { "\x80\x2e\x01\x03\x01", 5 }, /* SSL 2 */
    { "\x15\x03\x01\x00\x02", 5 }, /* an alert */
    { "\x16\x02", 2 },
    { "\x16\x03\x01\x00\x00", 5 },     /* empty */
    { "\x16\x03\x01\x40\x01", 5 },     /* too long */
    { "\x16\x03\x01\x00\x05\x02", 6 }, /* a ServerHello */
    { "\x16\x03\x01\x00\x02\x01\x00\x17\x03", 9 },
    { "\x00", 1 },
  };
  g_autoptr (GByteArray) long_hello = make_hello (2000);
  g_autoptr (GByteArray) crumbs = split_hello (long_hello, 1);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (guint j = 0; j < G_N_ELEMENTS (sizes); j++)
      {
        g_autoptr (GByteArray) hello = make_hello (lengths[i]);
        g_autoptr (GByteArray) records = split_hello (hello, sizes[j]);

        if (lengths[i] / sizes[j] < 1000)
          assert_grows (records);
      }

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_cmpint (ss_hello_check ((const guint8 *) wrong[i].bytes, wrong[i].length), ==, -1);
  g_assert_cmpint (ss_hello_check (crumbs->data, crumbs->len), ==, -1);
}

/* A client that speaks something else is let go at once, before any TLS; one that takes its time is
 * not. */
static void
test_strangers (void)
{
  g_autoptr (ServerSignalHub) hub = new_hub ();
  g_autoptr (GByteArray) hello = capture_hello ();
  static const guint sizes[] = { 1, 7, 100 };
  static const char *const wrong[] = { "GET /ws HTTP/1.1\r\n\r\n", "\x80", "\x16\x02",
                                       "\x16\x03\x01\x7f\xff", "\n" };
  g_autoptr (TestSocket) quiet = test_socket_new (port_of (hub));
  g_autoptr (TestSocket) half = test_socket_new (port_of (hub));

  test_socket_send (half, hello->data, hello->len / 2);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (TestSocket) socket = test_socket_new (port_of (hub));
      gint64 begin = g_get_monotonic_time ();

      test_socket_send (socket, wrong[i], strlen (wrong[i]));
      WAIT_UNTIL (test_socket_read (socket) &&
                  (socket->ended || !g_socket_is_connected (socket->socket)));
      g_assert_cmpint (g_get_monotonic_time () - begin, <, G_TIME_SPAN_SECOND);
      g_assert_cmpuint (socket->in->len, ==, 0);
    }

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GByteArray) records = split_hello (hello, sizes[i]);
      g_autoptr (TestSocket) whole = test_socket_new (port_of (hub));
      g_autoptr (TestSocket) dripping = test_socket_new (port_of (hub));

      test_socket_send (whole, records->data, records->len);
      WAIT_UNTIL (test_socket_read (whole) && whole->in->len > 0);
      g_assert_cmpuint (whole->in->data[0], ==, 22);

      for (guint j = 0; j < hello->len; j += sizes[i])
        {
          test_socket_send (dripping, hello->data + j, MIN (sizes[i], hello->len - j));
          g_main_context_iteration (NULL, FALSE);
          if (j + sizes[i] < hello->len)
            g_assert_cmpuint ((test_socket_read (dripping), dripping->in->len), ==, 0);
        }
      WAIT_UNTIL (test_socket_read (dripping) && dripping->in->len > 0);
      g_assert_cmpuint (dripping->in->data[0], ==, 22);
    }

  test_socket_read (quiet);
  g_assert_false (quiet->ended);
  test_socket_read (half);
  g_assert_false (half->ended);

  /* The rest of it comes late. */
  test_socket_send (half, hello->data + hello->len / 2, hello->len - hello->len / 2);
  WAIT_UNTIL (test_socket_read (half) && half->in->len > 0);
  g_assert_cmpuint (half->in->data[0], ==, 22);

  /* Half of one, and the end. */
  {
    g_autoptr (TestSocket) leaving = test_socket_new (port_of (hub));

    test_socket_send (leaving, hello->data, hello->len / 2);
    test_settle ();
    g_socket_shutdown (leaving->socket, FALSE, TRUE, NULL);
    WAIT_UNTIL (test_socket_read (leaving) && leaving->ended);
  }

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* One that is larger than a record, and than the first look, is as good as any when it is whole; one
 * that is larger than anybody's is not waited for. */
static void
test_large (void)
{
  static const struct
  {
    guint padding;
    gboolean taken;
  } cases[] = {
    { 5000, TRUE },
    { 17000, TRUE },
    { 40000, TRUE },
    { 65500, FALSE },
  };
  g_autoptr (ServerSignalHub) hub = new_hub ();
  g_autoptr (GByteArray) hello = capture_hello ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) padded = pad_hello (hello, cases[i].padding);
      g_autoptr (GByteArray) records = split_hello (padded, 16384);
      g_autoptr (TestSocket) socket = test_socket_new (port_of (hub));

      test_socket_send (socket, records->data, records->len - 1);
      test_settle ();
      g_assert_cmpuint ((test_socket_read (socket), socket->in->len), ==, 0);
      test_socket_send (socket, records->data + records->len - 1, 1);
      WAIT_UNTIL (
        test_socket_read (socket) &&
        (socket->ended || !g_socket_is_connected (socket->socket) || socket->in->len > 0));
      g_assert_cmpint (socket->in->len > 0, ==, cases[i].taken);
      if (cases[i].taken)
        g_assert_cmpuint (socket->in->data[0], ==, 22);
    }

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* How long a good client takes to come in, and a file of the application's to be read. */
static void
assert_not_delayed (ServerSignalHub *hub,
                    gint64           login_limit)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/proc/self/status");
  g_autoptr (GAsyncResult) loaded = NULL;
  g_autoptr (TestWebsocket) client = NULL;
  gint64 begin = g_get_monotonic_time ();
  gint64 spent;

  g_file_load_contents_async (file, NULL, result_cb, &loaded);
  WAIT_UNTIL (loaded != NULL);
  spent = g_get_monotonic_time () - begin;
  g_test_message ("a file was read in %.1f ms", (double) spent / 1000);
  g_assert_cmpint (spent, <, G_TIME_SPAN_SECOND / 2);

  begin = g_get_monotonic_time ();
  client = begin_login (hub);
  WAIT_UNTIL (client->opened);
  spent = g_get_monotonic_time () - begin;
  g_test_message ("a client came in in %.1f ms", (double) spent / 1000);
  g_assert_no_error (client->error);
  g_assert_nonnull (client->connection);
  g_assert_cmpint (spent, <, login_limit);
}

static void
test_silent (gconstpointer data)
{
  guint n_bytes_per_cent = GPOINTER_TO_UINT (data);
  g_autoptr (ServerSignalHub) hub = new_hub ();
  g_autoptr (GByteArray) hello = capture_hello ();
  g_autoptr (GPtrArray) sockets =
    g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);

  for (guint i = 0; i < 150; i++)
    {
      TestSocket *socket = test_socket_new (port_of (hub));

      test_socket_send (socket, hello->data, hello->len * n_bytes_per_cent / 100);
      g_ptr_array_add (sockets, socket);
    }
  test_settle ();

  /* Those who have said their part are eight at a time, for a second while others wait. */
  assert_not_delayed (hub, n_bytes_per_cent < 100 ? G_TIME_SPAN_SECOND : 3 * G_TIME_SPAN_SECOND);
  g_ptr_array_set_size (sockets, 0);
  assert_not_delayed (hub, 3 * G_TIME_SPAN_SECOND);
  WAIT_UNTIL (n_peers (hub) == 0);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* Handshakes that never end do, while nobody waits and when the hub goes. */
static void
test_deadline (void)
{
  g_autoptr (ServerSignalHub) hub = new_hub ();
  g_autoptr (GByteArray) hello = capture_hello ();
  g_autoptr (TestSocket) socket = test_socket_new (port_of (hub));
  g_autoptr (TestSocket) second = NULL;
  gint64 begin = g_get_monotonic_time ();

  test_socket_send (socket, hello->data, hello->len);
  WAIT_UNTIL (test_socket_read (socket) && socket->ended);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, SS_TLS_MS * 900);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, SS_TLS_MS * 2000);

  second = test_socket_new (port_of (hub));
  test_socket_send (second, hello->data, hello->len);
  WAIT_UNTIL (test_socket_read (second) && second->in->len > 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  WAIT_UNTIL (test_socket_read (second) && second->ended);
}

static void
made_cb (GIOStream         *stream,
         GSocketConnection *connection,
         gpointer           user_data)
{
  g_assert_true (G_IS_SOCKET_CONNECTION (connection));
  g_set_object ((GIOStream **) user_data, stream);
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
      g_autoptr (GError) error = NULL;
      g_autoptr (GSocket) socket = g_socket_new_from_fd (fds[i], &error);

      g_assert_no_error (error);
      *ends[i] = g_socket_connection_factory_create_connection (socket);
    }
}

/* The system's certificates are not read for it. */
static void
test_no_database (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate =
    g_tls_certificate_new_from_pem (test_certificate_pem, -1, &error);
  g_autoptr (SsTls) tls = NULL;
  g_autoptr (GIOStream) made = NULL;
  g_autoptr (GIOStream) client = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GSocketConnection) server_end = NULL;
  g_autoptr (GSocketConnection) client_end = NULL;

  new_pair (&server_end, &client_end);
  tls = ss_tls_new (g_main_context_default (), made_cb, &made);
  ss_tls_take (tls, server_end, certificate);
  g_assert_cmpuint (ss_tls_get_n_running (tls), ==, 0);
  client = g_tls_client_connection_new (G_IO_STREAM (client_end), NULL, &error);
  g_signal_connect (client, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (client), G_PRIORITY_DEFAULT, NULL, result_cb,
                                    &result);
  WAIT_UNTIL (made != NULL && result != NULL);
  g_assert_null (g_tls_connection_get_database (G_TLS_CONNECTION (made)));
  g_assert_cmpuint (ss_tls_get_n_running (tls), ==, 0);
}

static void
refuse (ServerSignalHub *hub,
        GTlsCertificate *certificate,
        const char      *why)
{
  GTlsCertificate *before = server_signal_hub_get_tls_certificate (hub);

  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, why);
  server_signal_hub_set_tls_certificate (hub, certificate);
  g_test_assert_expected_messages ();
  g_assert_true (server_signal_hub_get_tls_certificate (hub) == before);
}

/* A certificate that nobody could speak TLS with is refused where it is set, and never means that
 * there is none. */
static void
test_certificates (void)
{
  g_autoptr (GError) error = NULL;
  const char *key = strstr (test_certificate_pem, "-----BEGIN PRIVATE KEY-----");
  g_autofree char *bare_pem =
    g_strndup (test_certificate_pem, (gsize) (key - test_certificate_pem));
  g_autofree char *wrong_pem = g_strconcat (bare_pem, other_key_pem, NULL);
  g_autoptr (GTlsCertificate) good =
    g_tls_certificate_new_from_pem (test_certificate_pem, -1, &error);
  g_autoptr (GTlsCertificate) bare = g_tls_certificate_new_from_pem (bare_pem, -1, &error);
  g_autoptr (GTlsCertificate) wrong = g_tls_certificate_new_from_pem (wrong_pem, -1, &error);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignalHub) other = NULL;
  g_autofree char *uri = NULL;

  g_assert_no_error (error);
  refuse (hub, bare, "*no private key*");
  g_assert_false (server_signal_hub_listen (hub, "127.0.0.1", 0, &error));
  g_assert_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_clear_error (&error);
  refuse (hub, wrong, "*does not belong*");
  g_assert_false (server_signal_hub_listen (hub, "127.0.0.1", 0, &error));
  g_assert_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_clear_error (&error);

  server_signal_hub_set_tls_certificate (hub, good);
  g_assert_true (server_signal_hub_get_tls_certificate (hub) == good);
  refuse (hub, bare, "*no private key*");
  server_signal_hub_listen (hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (hub);
  g_assert_true (g_str_has_prefix (uri, "wss://"));
  assert_not_delayed (hub, G_TIME_SPAN_SECOND);

  /* Where it is made with one, and where nobody wants one any more. */
  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*no private key*");
  other = g_object_new (SERVER_TYPE_SIGNAL_HUB, "tls-certificate", bare, NULL);
  g_test_assert_expected_messages ();
  g_assert_null (server_signal_hub_get_tls_certificate (other));
  g_assert_false (server_signal_hub_listen (other, "127.0.0.1", 0, NULL));
  server_signal_hub_set_tls_certificate (other, NULL);
  server_signal_hub_listen (other, "127.0.0.1", 0, &error);
  g_assert_no_error (error);

  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  server_signal_hub_detach (other);
  g_assert_finalize_object (g_steal_pointer (&other));
}

/* A certificate is renewed while clients are connected: these stay, one that has begun its handshake
 * gets in, and those that come see the new one. */
static void
test_renewed (void)
{
  g_autoptr (ServerSignalHub) hub = new_hub ();
  g_autoptr (ServerSignal) counter = new_signal ("counter", "{\"n\":0}");
  g_autoptr (GTlsCertificate) first = g_object_ref (server_signal_hub_get_tls_certificate (hub));
  g_autoptr (GTlsCertificate) renewed = NULL;
  g_autoptr (GByteArray) hello = capture_hello ();
  g_autoptr (TestSocket) under_way = NULL;
  g_autoptr (GError) error = NULL;
  TestWebsocket *clients[2];

  renewed = g_tls_certificate_new_from_pem (renewed_pem, -1, &error);
  g_assert_no_error (error);
  server_signal_hub_add (hub, counter, &error);
  g_assert_no_error (error);

  clients[0] = begin_login (hub);
  WAIT_UNTIL (clients[0]->opened);
  g_assert_no_error (clients[0]->error);
  under_way = test_socket_new (port_of (hub));
  test_socket_send (under_way, hello->data, hello->len / 2);
  test_settle ();

  server_signal_hub_set_tls_certificate (hub, renewed);
  test_socket_send (under_way, hello->data + hello->len / 2, hello->len - hello->len / 2);
  WAIT_UNTIL (test_socket_read (under_way) && under_way->in->len > 0);
  g_assert_cmpuint (under_way->in->data[0], ==, 22);

  clients[1] = begin_login (hub);
  WAIT_UNTIL (clients[1]->opened);
  g_assert_no_error (clients[1]->error);
  g_assert_true (
    g_tls_certificate_is_same (soup_message_get_tls_peer_certificate (clients[0]->message), first));
  g_assert_true (
    g_tls_certificate_is_same (soup_message_get_tls_peer_certificate (clients[1]->message),
                               renewed));

  g_assert_cmpuint (n_peers (hub), ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    g_free (test_websocket_next (clients[i]));
  set_int (counter, "/n", 1);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      g_autofree char *update = test_websocket_next (clients[i]);

      g_assert_nonnull (strstr (update, "\"path\":\"/n\""));
      g_assert_false (clients[i]->closed);
    }

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    test_websocket_free (clients[i]);
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  test_settle ();
}

/* A unix socket speaks TLS where it is asked for, and only there. */
static void
test_unix (void)
{
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *tls_path = g_build_filename (folder, "tls", NULL);
  g_autofree char *text = g_strconcat ("unix:", path, NULL);
  g_autofree char *tls_text = g_strconcat ("unix:", tls_path, "?tls=1&mode=0600", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketAddress) tls_address = g_unix_socket_address_new (tls_path);
  g_autoptr (ServerSignalHub) hub = new_hub ();
  g_autoptr (GByteArray) hello = capture_hello ();
  g_autoptr (TestSocket) plain = NULL;
  g_autoptr (TestSocket) tls = NULL;
  g_autoptr (TestSocket) late = NULL;
  g_autoptr (GError) error = NULL;

  server_signal_hub_listen (hub, text, 0, &error);
  g_assert_no_error (error);
  server_signal_hub_listen (hub, tls_text, 0, &error);
  g_assert_no_error (error);

  plain = test_socket_new_for_address (address);
  test_socket_send_handshake (plain, "/ws", NULL, 0);
  WAIT_UNTIL (test_socket_read_handshake (plain));

  /* The kernel wakes with any number of bytes there. */
  tls = test_socket_new_for_address (tls_address);
  for (guint i = 0; i < hello->len; i += 50)
    {
      test_socket_send (tls, hello->data + i, MIN (50, hello->len - i));
      g_main_context_iteration (NULL, FALSE);
    }
  WAIT_UNTIL (test_socket_read (tls) && tls->in->len > 0);
  g_assert_cmpuint (tls->in->data[0], ==, 22);

  /* Never without, when the certificate has gone meanwhile. */
  server_signal_hub_set_tls_certificate (hub, NULL);
  late = test_socket_new_for_address (tls_address);
  test_socket_send_handshake (late, "/ws", NULL, 0);
  WAIT_UNTIL (test_socket_read (late) && (late->ended || !g_socket_is_connected (late->socket)));
  g_assert_cmpuint (late->in->len, ==, 0);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* A client over TLS that says more than is taken in one turn gets its answers, in their order. */
static void
test_many_messages (void)
{
  ServerSignalHub *hub = new_hub ();
  g_autofree char *uri = server_signal_hub_dup_uri (hub);
  const char *const offer[] = { V1, NULL };
  TestWebsocket *client = test_websocket_begin (uri, offer);
  const guint n = 2000;

  g_signal_connect (client->message, "accept-certificate", G_CALLBACK (accept_certificate_cb),
                    NULL);
  WAIT_UNTIL (client->opened);
  g_assert_no_error (client->error);
  g_free (test_websocket_next (client));

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"subscribe\":\"%u\"}", i);

      test_websocket_send (client, text);
    }
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *beginning =
        g_strdup_printf ("{\"error\":{\"code\":\"unknown-signal\",\"name\":\"%u\",", i);

      test_websocket_expect_prefix (client, beginning);
    }

  test_websocket_free (client);
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
  test_settle ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hub-tls/hello", test_hello);
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    return g_test_run ();

  g_test_add_func ("/hub-tls/strangers", test_strangers);
  g_test_add_func ("/hub-tls/large", test_large);
  g_test_add_data_func ("/hub-tls/silent/nothing", GUINT_TO_POINTER (0), test_silent);
  g_test_add_data_func ("/hub-tls/silent/half", GUINT_TO_POINTER (50), test_silent);
  g_test_add_data_func ("/hub-tls/silent/whole", GUINT_TO_POINTER (100), test_silent);
  g_test_add_func ("/hub-tls/deadline", test_deadline);
  g_test_add_func ("/hub-tls/many-messages", test_many_messages);
  g_test_add_func ("/hub-tls/unix", test_unix);
  g_test_add_func ("/hub-tls/no-database", test_no_database);
  g_test_add_func ("/hub-tls/certificates", test_certificates);
  g_test_add_func ("/hub-tls/renewed", test_renewed);

  return test_run_with_tls ();
}
