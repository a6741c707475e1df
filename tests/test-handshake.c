/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The clients that ask to come in, and the answers to them. */

#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "test-certificate.h"
#include "test-hub.h"
#include "test-socket.h"

/* The ways in that ask. */
typedef enum
{
  LISTEN,
  ATTACH,
} Way;

typedef struct
{
  ServerSignalHub       *hub;
  ServerSignal          *signal;
  SoupServer            *server; /* NULL for LISTEN */
  char                  *uri;
  ServerSignalPeer      *peer;   /* the last that came */

  /* For take_cb(): */
  ServerSignalHandshake *handshake;
  guint                  n_asked;
} Fixture;

/* How often the log has said that nobody takes handshakes over. */
static guint n_said;

static GLogWriterOutput
count_messages (GLogLevelFlags   level,
                const GLogField *fields,
                gsize            n_fields,
                gpointer         user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE") && (level & G_LOG_LEVEL_MESSAGE) != 0 &&
        strstr (fields[i].value, "no handler of ServerSignalHub::handshake") != NULL)
      n_said++;

  return g_log_writer_default (level, fields, n_fields, NULL);
}

static void
peer_added_cb (ServerSignalHub  *hub,
               ServerSignalPeer *peer,
               gpointer          user_data)
{
  Fixture *self = user_data;

  g_set_object (&self->peer, peer);
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  self->hub = server_signal_hub_new ();
  self->signal = new_signal ("counter", "1");
  g_assert_true (server_signal_hub_add (self->hub, self->signal, NULL));
  g_signal_connect (self->hub, "peer-added", G_CALLBACK (peer_added_cb), self);
  if (GPOINTER_TO_UINT (data) == ATTACH)
    {
      self->server = new_server ();
      server_signal_hub_attach (self->hub, self->server, NULL);
    }
  else
    {
      server_signal_hub_listen (self->hub, NULL, 0, &error);
      g_assert_no_error (error);
    }
  self->uri = server_signal_hub_dup_uri (self->hub);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_clear_object (&self->handshake);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_clear_object (&self->peer);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (self->hub);
  if (self->server != NULL)
    {
      soup_server_disconnect (self->server);
      g_assert_finalize_object (self->server);
    }
  g_assert_finalize_object (self->signal);
  g_free (self->uri);
}

static gboolean
take_cb (ServerSignalHub       *hub,
         ServerSignalHandshake *handshake,
         gpointer               user_data)
{
  Fixture *self = user_data;

  self->n_asked++;
  g_set_object (&self->handshake, handshake);

  return TRUE;
}

static guint
get_status (TestWebsocket *client)
{
  return soup_message_get_status (client->message);
}

/* Whether an answer would still come to something. */
static gboolean
is_waiting (ServerSignalHandshake *handshake)
{
  return server_signal_handshake_get_response_headers (handshake) != NULL;
}

static TestWebsocket *
begin (Fixture *self)
{
  const char *offer[] = { V1, NULL };

  return test_websocket_begin (self->uri, offer);
}

static void
assert_shows (ServerSignalHandshake *handshake,
              const char            *uri)
{
  static const char *const protocols[] = { V1, "token.c2VjcmV0", NULL };
  SoupMessageHeaders *headers = server_signal_handshake_get_headers (handshake);
  g_autofree char *text = g_uri_to_string (server_signal_handshake_get_uri (handshake));
  GSocketAddress *address = server_signal_handshake_get_remote_address (handshake);
  g_autoptr (GUri) origin = NULL;
  g_autoptr (GSocketAddress) same = NULL;

  g_assert_cmpstr (text, ==, uri);
  g_assert_cmpstr (g_uri_get_query (server_signal_handshake_get_uri (handshake)), ==,
                   "since=4&key=%C3%A9");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "cookie"), ==, "session=abc; b=\xc3\xa9");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "X-Empty"), ==, "");
  g_assert_cmpstr (soup_message_headers_get_list (headers, "X-Twice"), ==, "1, 2");
  g_assert_null (soup_message_headers_get_one (headers, "Authorization"));
  g_assert_cmpstr (server_signal_handshake_get_origin (handshake), ==, "http://127.0.0.1:1");
  g_assert_cmpstrv (server_signal_handshake_get_protocols (handshake), protocols);
  g_assert_true (g_inet_address_get_is_loopback (
    g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address))));
  g_assert_null (server_signal_handshake_get_tls_peer_certificate (handshake));
  g_assert_cmpuint (server_signal_handshake_get_tls_peer_certificate_errors (handshake), ==, 0);
  g_assert_null (server_signal_handshake_get_credentials (handshake));

  g_object_get (handshake, "remote-address", &same, NULL);
  g_assert_true (same == address);
}

/* All that it shows is there when it is asked, and with the peer as well. */
static void
test_shows (Fixture       *self,
            gconstpointer  data)
{
  const char *offer[] = { V1, "token.c2VjcmV0", NULL };
  g_autofree char *uri = g_strconcat (self->uri, "?since=4&key=%C3%A9", NULL);
  g_autoptr (TestWebsocket) client = test_websocket_begin (uri, offer);
  SoupMessageHeaders *headers = soup_message_get_request_headers (client->message);

  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  soup_message_headers_append (headers, "Cookie", "session=abc; b=\xc3\xa9");
  soup_message_headers_append (headers, "X-Empty", "");
  soup_message_headers_append (headers, "X-Twice", "1");
  soup_message_headers_append (headers, "X-Twice", "2");
  soup_message_headers_replace (headers, "Origin", "http://127.0.0.1:1");
  WAIT_UNTIL (self->handshake != NULL);
  assert_shows (self->handshake, uri);
  g_assert_null (server_signal_handshake_get_user (self->handshake));
  g_assert_true (is_waiting (self->handshake));
  soup_message_headers_append (server_signal_handshake_get_response_headers (self->handshake),
                               "Set-Cookie", "session=def");

  server_signal_handshake_accept (self->handshake, "anna");
  g_assert_cmpstr (server_signal_handshake_get_user (self->handshake), ==, "anna");
  g_assert_false (is_waiting (self->handshake));
  test_websocket_expect_prefix (client, "{\"hello\"");
  g_assert_cmpstr (soup_message_headers_get_one (
                     soup_message_get_response_headers (client->message), "Set-Cookie"),
                   ==, "session=def");
  g_assert_true (server_signal_peer_get_handshake (self->peer) == self->handshake);
  g_assert_cmpstr (server_signal_peer_get_user (self->peer), ==, "anna");
  assert_shows (self->handshake, uri);

  /* The first answer counts. */
  server_signal_handshake_reject (self->handshake, 403, NULL);
  server_signal_handshake_accept (self->handshake, "bert");
  g_assert_cmpstr (server_signal_handshake_get_user (self->handshake), ==, "anna");
  test_websocket_expect_silence (client);
}

/* The answer takes its time, and others come in meanwhile. */
static void
test_later (Fixture       *self,
            gconstpointer  data)
{
  gulong id = g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  g_autoptr (TestWebsocket) client = begin (self);
  g_autoptr (TestWebsocket) other = NULL;

  WAIT_UNTIL (self->handshake != NULL);
  g_signal_handler_disconnect (self->hub, id);
  other = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (other, "{\"hello\"");
  g_assert_null (server_signal_peer_get_user (self->peer));
  g_assert_nonnull (server_signal_peer_get_handshake (self->peer));
  g_assert_false (client->opened);
  g_assert_cmpuint (n_peers (self->hub), ==, 1);

  server_signal_handshake_accept (self->handshake, NULL);
  test_websocket_expect_prefix (client, "{\"hello\"");
  g_assert_cmpuint (n_peers (self->hub), ==, 2);
  g_assert_null (server_signal_peer_get_user (self->peer));
}

static void
test_reject (Fixture       *self,
             gconstpointer  data)
{
  const struct
  {
    guint status;
    const char *reason;
    const char *phrase;
  } cases[] = {
    { 401, "No such session", "No such session" },
    { 403, NULL, "Forbidden" },
    { 429, NULL, "Too Many Requests" },
    { 418, "Set-Cookie: a=b\r\nX-Evil: 1", "Set-Cookie: a=b  X-Evil: 1" },
    { 503, "", "Service Unavailable" },
  };

  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TestWebsocket) client = begin (self);
      SoupMessageHeaders *headers;

      WAIT_UNTIL (self->handshake != NULL);
      soup_message_headers_append (server_signal_handshake_get_response_headers (self->handshake),
                                   "WWW-Authenticate", "Bearer");
      server_signal_handshake_reject (self->handshake, cases[i].status, cases[i].reason);
      g_assert_false (is_waiting (self->handshake));
      server_signal_handshake_accept (self->handshake, "anna");
      g_assert_null (server_signal_handshake_get_user (self->handshake));
      WAIT_UNTIL (client->opened);
      g_assert_null (client->connection);
      g_assert_cmpuint (get_status (client), ==, cases[i].status);
      g_assert_cmpstr (soup_message_get_reason_phrase (client->message), ==, cases[i].phrase);
      headers = soup_message_get_response_headers (client->message);
      g_assert_cmpstr (soup_message_headers_get_one (headers, "WWW-Authenticate"), ==, "Bearer");
      g_assert_null (soup_message_headers_get_one (headers, "X-Evil"));
      g_clear_object (&self->handshake);
    }

  g_assert_null (self->peer);
}

static gboolean
answer_cb (ServerSignalHub       *hub,
           ServerSignalHandshake *handshake,
           gpointer               user_data)
{
  const char *answer = user_data;

  if (g_str_equal (answer, "no"))
    server_signal_handshake_reject (handshake, 410, NULL);
  else if (!g_str_equal (answer, "neither"))
    server_signal_handshake_accept (handshake, answer);

  return !g_str_equal (answer, "neither");
}

/* The first handler that takes it has it, and answers at once. */
static void
test_at_once (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = NULL;
  g_autoptr (TestWebsocket) refused = NULL;

  g_signal_connect (self->hub, "handshake", G_CALLBACK (answer_cb), "neither");
  g_signal_connect (self->hub, "handshake", G_CALLBACK (answer_cb), "anna");
  g_signal_connect (self->hub, "handshake", G_CALLBACK (answer_cb), "no");
  client = test_websocket_open (self->uri, V1);
  WAIT_UNTIL (self->peer != NULL);
  g_assert_cmpstr (server_signal_peer_get_user (self->peer), ==, "anna");

  g_signal_handlers_disconnect_by_func (self->hub, answer_cb, (gpointer) "anna");
  refused = test_websocket_try (self->uri, V1);
  g_assert_null (refused->connection);
  g_assert_cmpuint (get_status (refused), ==, 410);
}

/* Handlers that answer nothing and say nothing, which is what an exception looks like from here. */
static void
test_untaken (Fixture       *self,
              gconstpointer  data)
{
  gulong id = g_signal_connect (self->hub, "handshake", G_CALLBACK (answer_cb), "neither");
  gulong other = g_signal_connect (self->hub, "handshake", G_CALLBACK (answer_cb), "neither");
  g_autoptr (TestWebsocket) let_in = NULL;

  n_said = 0;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TestWebsocket) client = test_websocket_try (self->uri, V1);

      g_assert_null (client->connection);
      g_assert_cmpuint (get_status (client), ==, 403);
    }
  g_assert_cmpuint (n_said, ==, 1);
  g_assert_null (self->peer);

  /* One that is blocked is not asked. */
  g_signal_handler_block (self->hub, id);
  g_signal_handler_disconnect (self->hub, other);
  let_in = test_websocket_open (self->uri, V1);
  WAIT_UNTIL (self->peer != NULL);
  g_assert_null (server_signal_peer_get_user (self->peer));
}

static gboolean
accept_cb (ServerSignalHub       *hub,
           ServerSignalHandshake *handshake,
           gpointer               user_data)
{
  server_signal_handshake_accept (handshake, user_data);

  return FALSE;
}

/* An answer counts, whatever the handler says then. */
static void
test_answered_untaken (Fixture       *self,
                       gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = NULL;

  g_signal_connect (self->hub, "handshake", G_CALLBACK (accept_cb), (gpointer) "anna");
  client = test_websocket_open (self->uri, V1);
  WAIT_UNTIL (self->peer != NULL);
  g_assert_cmpstr (server_signal_peer_get_user (self->peer), ==, "anna");
}

static gboolean
drop_cb (ServerSignalHub       *hub,
         ServerSignalHandshake *handshake)
{
  return TRUE;
}

/* Nobody keeps it: at once, or after a while. */
static void
test_dropped (Fixture       *self,
              gconstpointer  data)
{
  gulong id = g_signal_connect (self->hub, "handshake", G_CALLBACK (drop_cb), NULL);
  g_autoptr (TestWebsocket) client = test_websocket_try (self->uri, V1);
  g_autoptr (TestWebsocket) late = NULL;

  g_assert_null (client->connection);
  g_assert_cmpuint (get_status (client), ==, 403);

  g_signal_handler_disconnect (self->hub, id);
  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  late = begin (self);
  WAIT_UNTIL (self->handshake != NULL);
  g_assert_false (late->opened);
  g_assert_finalize_object (g_steal_pointer (&self->handshake));
  WAIT_UNTIL (late->opened);
  g_assert_null (late->connection);
  g_assert_cmpuint (get_status (late), ==, 403);
}

static gboolean
refuse_cb (ServerSignalHub   *hub,
           SoupServerMessage *message)
{
  return FALSE;
}

/* Those who are refused anyway are not asked about. */
static void
test_refused_before (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = NULL;

  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  g_signal_connect (self->hub, "authorize", G_CALLBACK (refuse_cb), NULL);
  client = test_websocket_try (self->uri, V1);
  g_assert_cmpuint (get_status (client), ==, 403);
  g_clear_pointer (&client, test_websocket_free);

  g_signal_handlers_disconnect_by_func (self->hub, refuse_cb, NULL);
  server_signal_hub_set_max_peers (self->hub, 0);
  client = test_websocket_try (self->uri, V1);
  g_assert_cmpuint (get_status (client), ==, 503);
  g_assert_cmpuint (self->n_asked, ==, 0);
}

/* The last place is taken while the answer is awaited. */
static void
test_full_meanwhile (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = NULL;
  g_autoptr (TestWebsocket) other = NULL;
  gulong id;

  server_signal_hub_set_max_peers (self->hub, 1);
  id = g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  client = begin (self);
  WAIT_UNTIL (self->handshake != NULL);
  g_signal_handler_disconnect (self->hub, id);
  other = test_websocket_open (self->uri, V1);
  test_websocket_expect_prefix (other, "{\"hello\"");

  server_signal_handshake_accept (self->handshake, "anna");
  WAIT_UNTIL (client->closed || client->error != NULL);
  g_assert_cmpuint (n_peers (self->hub), ==, 1);
  test_websocket_expect_silence (other);
}

/* A client that leaves is noticed while its answer is awaited, long before its time is up. */
static void
test_client_leaves (Fixture       *self,
                    gconstpointer  data)
{
  g_autoptr (ServerSignalHandshake) earlier = NULL;
  g_autoptr (TestWebsocket) stays = NULL;
  g_autoptr (TestWebsocket) leaves = NULL;

  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  stays = begin (self);
  WAIT_UNTIL (self->handshake != NULL);
  earlier = g_steal_pointer (&self->handshake);
  leaves = begin (self);
  WAIT_UNTIL (self->handshake != NULL);
  g_assert_true (is_waiting (self->handshake));
  soup_session_abort (leaves->session);
  WAIT_UNTIL (!is_waiting (self->handshake));
  g_assert_true (is_waiting (earlier));

  server_signal_handshake_accept (self->handshake, "anna");
  g_assert_null (server_signal_handshake_get_user (self->handshake));
  server_signal_handshake_reject (self->handshake, 403, NULL);
  test_settle ();
  g_assert_null (self->peer);
  server_signal_handshake_accept (earlier, "bert");
  test_websocket_expect_prefix (stays, "{\"hello\"");
}

/* The hub goes away while answers are awaited, and they come to nothing. */
static void
test_detach (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = begin (self);

  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  WAIT_UNTIL (self->handshake != NULL);
  server_signal_hub_detach (self->hub);
  g_assert_false (is_waiting (self->handshake));
  server_signal_handshake_accept (self->handshake, "anna");
  WAIT_UNTIL (client->opened);
  g_assert_null (client->connection);
  if (GPOINTER_TO_UINT (data) == ATTACH)
    g_assert_cmpuint (get_status (client), ==, 503);
  g_assert_null (self->peer);
}

static gboolean
detach_cb (ServerSignalHub       *hub,
           ServerSignalHandshake *handshake,
           gpointer               user_data)
{
  Fixture *self = user_data;

  g_set_object (&self->handshake, handshake);
  server_signal_hub_detach (hub);
  server_signal_handshake_accept (handshake, "anna");

  return TRUE;
}

static void
test_detach_in_handler (Fixture       *self,
                        gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = NULL;

  g_signal_connect (self->hub, "handshake", G_CALLBACK (detach_cb), self);
  client = test_websocket_try (self->uri, V1);
  g_assert_null (client->connection);
  g_assert_null (self->peer);
}

/* The handshake outlives the hub, its handlers and its server. */
static void
test_outlives (Fixture       *self,
               gconstpointer  data)
{
  g_autoptr (ServerSignalHandshake) handshake = NULL;
  g_autoptr (TestWebsocket) client = begin (self);

  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  WAIT_UNTIL (self->handshake != NULL);
  handshake = g_steal_pointer (&self->handshake);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  g_assert_false (is_waiting (handshake));
  server_signal_handshake_accept (handshake, "anna");
  WAIT_UNTIL (client->opened);
  g_assert_null (client->connection);
  g_assert_cmpstr (g_uri_get_path (server_signal_handshake_get_uri (handshake)), ==, "/ws");
  g_assert_finalize_object (g_steal_pointer (&handshake));
  self->hub = server_signal_hub_new ();
}

/* Of the handshakes that wait, the oldest makes room. */
static void
test_most (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (TestWebsocket) first = NULL;
  g_autoptr (TestWebsocket) second = NULL;
  g_autoptr (ServerSignalHandshake) oldest = NULL;

  server_signal_hub_set_max_handshakes (self->hub, 1);
  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  first = begin (self);
  WAIT_UNTIL (self->handshake != NULL);
  oldest = g_steal_pointer (&self->handshake);
  second = begin (self);
  WAIT_UNTIL (self->handshake != NULL);
  WAIT_UNTIL (!is_waiting (oldest) && first->opened);
  g_assert_null (first->connection);
  if (GPOINTER_TO_UINT (data) == ATTACH)
    {
      g_assert_cmpuint (get_status (first), ==, 503);
      g_assert_cmpstr (soup_message_headers_get_one (
                         soup_message_get_response_headers (first->message), "Retry-After"),
                       ==, "5");
    }

  server_signal_handshake_accept (self->handshake, "anna");
  test_websocket_expect_prefix (second, "{\"hello\"");
}

/* The answer does not come in time. */
static void
test_deadline (Fixture       *self,
               gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = NULL;

  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  client = begin (self);
  WAIT_UNTIL (client->opened);
  g_assert_null (client->connection);
  g_assert_cmpuint (self->n_asked, ==, 1);
  g_assert_false (is_waiting (self->handshake));
  if (GPOINTER_TO_UINT (data) == ATTACH)
    g_assert_cmpuint (get_status (client), ==, 503);
}

static void
user_cb (ServerSignalPeer *peer,
         GParamSpec       *pspec,
         guint            *n)
{
  (*n)++;
}

static void
test_user (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, NULL);
  g_autofree char *user = NULL;
  guint n = 0;

  WAIT_UNTIL (self->peer != NULL);
  g_assert_null (server_signal_peer_get_user (self->peer));
  g_signal_connect (self->peer, "notify::user", G_CALLBACK (user_cb), &n);
  server_signal_peer_set_user (self->peer, "anna");
  server_signal_peer_set_user (self->peer, "anna");
  g_assert_cmpuint (n, ==, 1);
  g_object_set (self->peer, "user", "bert", NULL);
  g_object_get (self->peer, "user", &user, NULL);
  g_assert_cmpstr (user, ==, "bert");
  server_signal_peer_set_user (self->peer, NULL);
  g_assert_cmpuint (n, ==, 3);
  g_assert_null (server_signal_peer_get_user (self->peer));
}

static void
expires_cb (ServerSignalPeer *peer,
            GParamSpec       *pspec,
            guint            *n)
{
  (*n)++;
}

/* At the time that was set last the client is asked to come with something newer. */
static void
test_expires (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (TestWebsocket) client = test_websocket_open (self->uri, V1);
  g_autoptr (TestWebsocket) plain = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) past = g_date_time_add_years (now, -1);
  g_autoptr (GDateTime) future = g_date_time_add_years (now, 100);
  g_autoptr (GDateTime) same = g_date_time_add_seconds (future, 0);
  g_autoptr (GDateTime) soon = NULL;
  g_autoptr (GDateTime) is = NULL;
  guint n = 0;

  test_websocket_expect_prefix (client, "{\"hello\"");
  g_assert_null (server_signal_peer_get_expires (self->peer));
  g_signal_connect (self->peer, "notify::expires", G_CALLBACK (expires_cb), &n);
  server_signal_peer_set_expires (self->peer, future);
  server_signal_peer_set_expires (self->peer, same);
  g_assert_cmpuint (n, ==, 1);
  server_signal_peer_set_expires (self->peer, past);
  g_object_set (self->peer, "expires", NULL, NULL);
  g_assert_cmpuint (n, ==, 3);
  test_websocket_expect_silence (client);

  soon = g_date_time_new_now_local ();
  g_object_set (self->peer, "expires", soon, NULL);
  g_object_get (self->peer, "expires", &is, NULL);
  g_assert_true (g_date_time_equal (is, soon));
  set_int (self->signal, NULL, 2);
  test_websocket_expect_close (client, 3000);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (client->connection), ==,
                   "the credentials have expired");
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_peer_set_expires (self->peer, future);

  /* A plain one as well; what has passed is at once. */
  plain = test_websocket_open (self->uri, NULL);
  WAIT_UNTIL (n_peers (self->hub) == 1);
  server_signal_peer_set_expires (self->peer, past);
  test_websocket_expect_close (plain, 3000);
}

static void
wrote_informational_cb (SoupServerMessage *message,
                        gpointer           user_data)
{
  Fixture *self = user_data;
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);
  ServerSignalPeer *peer =
    server_signal_hub_accept_stream_with_user (self->hub, stream, V1, "carla");

  g_assert_true (peer == self->peer);
}

static void
stream_cb (SoupServer        *server,
           SoupServerMessage *message,
           const char        *path,
           GHashTable        *query,
           gpointer           user_data)
{
  const char *protocols[] = { V1, NULL };

  g_assert_true (
    soup_websocket_server_process_handshake (message, NULL, (char **) protocols, NULL, NULL));
  g_signal_connect (message, "wrote-informational", G_CALLBACK (wrote_informational_cb), user_data);
}

static void
connection_cb (SoupServer              *server,
               SoupServerMessage       *message,
               const char              *path,
               SoupWebsocketConnection *connection,
               gpointer                 user_data)
{
  Fixture *self = user_data;
  ServerSignalPeer *peer = server_signal_hub_accept_with_user (self->hub, connection, "bert");

  g_assert_true (peer == self->peer);
}

/* Where the application has made the handshake it says who has come. */
static void
test_accept (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (SoupServer) server = new_server ();
  g_autofree char *stream_uri = uri_of (server, "ws", "/stream");
  g_autofree char *connection_uri = uri_of (server, "ws", "/connection");
  const char *protocols[] = { V1, NULL };
  g_autoptr (TestWebsocket) client = NULL;
  g_autoptr (TestWebsocket) other = NULL;

  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  soup_server_add_handler (server, "/stream", stream_cb, self, NULL);
  soup_server_add_websocket_handler (server, "/connection", NULL, (char **) protocols,
                                     connection_cb, self, NULL);
  client = test_websocket_open (stream_uri, V1);
  test_websocket_expect_prefix (client, "{\"hello\"");
  g_assert_cmpstr (server_signal_peer_get_user (self->peer), ==, "carla");
  g_assert_null (server_signal_peer_get_handshake (self->peer));

  other = test_websocket_open (connection_uri, V1);
  test_websocket_expect_prefix (other, "{\"hello\"");
  g_assert_cmpstr (server_signal_peer_get_user (self->peer), ==, "bert");
  g_assert_null (server_signal_peer_get_handshake (self->peer));
  g_assert_cmpuint (self->n_asked, ==, 0);
}

/* The other end of a unix socket is a process of some user. */
static void
test_credentials (Fixture       *self,
                  gconstpointer  data)
{
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  g_autoptr (GSocketAddress) where = g_unix_socket_address_new (path);
  g_autoptr (TestSocket) client = NULL;
  g_autoptr (GError) error = NULL;
  GCredentials *credentials;

  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);
  server_signal_hub_listen (self->hub, address, 0, &error);
  g_assert_no_error (error);
  client = test_socket_new_for_address (where);
  test_socket_send_handshake (client, "/ws", NULL, 0);
  WAIT_UNTIL (self->handshake != NULL);
  credentials = server_signal_handshake_get_credentials (self->handshake);
  g_assert_nonnull (credentials);
  g_assert_cmpint (g_credentials_get_unix_pid (credentials, &error), ==, getpid ());
  g_assert_no_error (error);
  g_assert_cmpuint (g_credentials_get_unix_user (credentials, &error), ==, getuid ());
  g_assert_no_error (error);
  server_signal_handshake_accept (self->handshake, "anna");
  WAIT_UNTIL (self->peer != NULL);
  g_assert_cmpstr (server_signal_peer_get_user (self->peer), ==, "anna");

  g_clear_pointer (&client, test_socket_free);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static gboolean
accept_certificate_cb (GObject              *connection,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  errors)
{
  return TRUE;
}

static void
request_started_cb (SoupServer        *server,
                    SoupServerMessage *message)
{
  g_signal_connect (message, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
}

/* A server that asks its clients for a certificate shows it. */
static void
test_certificate (Fixture       *self,
                  gconstpointer  data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "localhost.pem", NULL);
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (SoupServer) server = NULL;
  g_autoptr (TestWebsocket) client = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("GIO has no TLS here (package glib-networking)");
      return;
    }

  certificate = g_tls_certificate_new_from_file (path, &error);
  g_assert_no_error (error);
  server = g_object_new (SOUP_TYPE_SERVER, "tls-certificate", certificate, "tls-auth-mode",
                         G_TLS_AUTHENTICATION_REQUESTED, NULL);
  g_signal_connect (server, "request-started", G_CALLBACK (request_started_cb), NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY,
                            &error);
  g_assert_no_error (error);
  server_signal_hub_attach (self->hub, server, NULL);
  g_signal_connect (self->hub, "handshake", G_CALLBACK (take_cb), self);

  uri = uri_of (server, "wss", "/ws");
  client = test_websocket_begin (uri, NULL);
  g_signal_connect (client->message, "accept-certificate", G_CALLBACK (accept_certificate_cb),
                    NULL);
  soup_message_set_tls_client_certificate (client->message, certificate);
  WAIT_UNTIL (self->handshake != NULL);
  g_assert_true (
    g_tls_certificate_is_same (certificate,
                               server_signal_handshake_get_tls_peer_certificate (self->handshake)));
  g_assert_cmpuint (server_signal_handshake_get_tls_peer_certificate_errors (self->handshake) &
                      G_TLS_CERTIFICATE_UNKNOWN_CA,
                    !=, 0);
  g_assert_cmpstr (g_uri_get_scheme (server_signal_handshake_get_uri (self->handshake)), ==, "wss");
#ifdef __SANITIZE_ADDRESS__
  /* libsoup 3.2 keeps a reference to the certificate of each client for ever. */
  __lsan_ignore_object (server_signal_handshake_get_tls_peer_certificate (self->handshake));
#endif
  server_signal_handshake_accept (self->handshake, "anna");
  test_websocket_expect (client, REPLACE ("counter", "", "1") "}");

  g_clear_pointer (&client, test_websocket_free);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  soup_server_disconnect (server);
}

int
main (int   argc,
      char *argv[])
{
  const struct
  {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
    gboolean both; /* ways in */
  } cases[] = {
    { "shows", test_shows, TRUE },
    { "later", test_later, TRUE },
    { "reject", test_reject, TRUE },
    { "at-once", test_at_once, FALSE },
    { "untaken", test_untaken, TRUE },
    { "answered-untaken", test_answered_untaken, FALSE },
    { "dropped", test_dropped, TRUE },
    { "refused-before", test_refused_before, FALSE },
    { "full-meanwhile", test_full_meanwhile, TRUE },
    { "client-leaves", test_client_leaves, TRUE },
    { "detach", test_detach, TRUE },
    { "detach-in-handler", test_detach_in_handler, TRUE },
    { "outlives", test_outlives, TRUE },
    { "most", test_most, TRUE },
    { "deadline", test_deadline, TRUE },
    { "user", test_user, FALSE },
    { "expires", test_expires, FALSE },
    { "accept", test_accept, FALSE },
    { "credentials", test_credentials, FALSE },
    { "certificate", test_certificate, FALSE },
  };

  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (count_messages, NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *listen = g_strconcat ("/handshake/listen/", cases[i].name, NULL);
      g_autofree char *attach = g_strconcat ("/handshake/attach/", cases[i].name, NULL);

      g_test_add (listen, Fixture, GUINT_TO_POINTER (LISTEN), set_up, cases[i].test, tear_down);
      if (cases[i].both)
        g_test_add (attach, Fixture, GUINT_TO_POINTER (ATTACH), set_up, cases[i].test, tear_down);
    }

  return test_run_with_tls ();
}
