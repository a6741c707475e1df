/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The answers of a hub in HTTP: to requests that are no WebSocket's, and to clients that it does
 * not let in. */

#include <unistd.h>

#include <gio/gunixsocketaddress.h>

#include "client/server-signal-client.h"
#include "test-hub.h"
#include "test-socket.h"

#define HANDSHAKE(version) \
  "GET /ws HTTP/1.1\r\nHost: localhost:81\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n" \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: " version "\r\n\r\n"

static TestSocket *
connect_to (ServerSignalHub *hub)
{
  g_autofree char *uri = server_signal_hub_dup_uri (hub);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  return test_socket_new ((guint16) g_uri_get_port (parsed));
}

/* The whole answer to a request that asks for the connection to be closed, with its body. */
static char *
ask (ServerSignalHub *hub,
     const char      *request)
{
  g_autoptr (TestSocket) socket = connect_to (hub);

  test_socket_send (socket, request, strlen (request));
  WAIT_UNTIL (test_socket_read (socket) && socket->ended);

  return g_strndup ((const char *) socket->in->data, socket->in->len);
}

static char *
ask_for (ServerSignalHub *hub,
         const char      *method,
         const char      *path)
{
  g_autofree char *request =
    g_strdup_printf ("%s %s HTTP/1.1\r\nHost: example.org:81\r\nConnection: close\r\n\r\n", method,
                     path);

  return ask (hub, request);
}

static void
assert_has (const char *answer,
            const char *part)
{
  if (strstr (answer, part) == NULL)
    g_error ("“%s” is not in “%s”", part, answer);
}

/* A person with curl is told what to use instead. */
static void
test_plain_request (void)
{
  static const char *const requests[] = {
    "GET /ws HTTP/1.1\r\nHost: example.org:81\r\nConnection: close\r\n\r\n",
    "GET /ws HTTP/1.0\r\nHost: example.org:81\r\n\r\n",
    "GET /ws?x=1 HTTP/1.1\r\nHost: example.org:81\r\nConnection: close\r\nUpgrade: h2c\r\n\r\n",
  };
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autofree char *head = NULL;
  g_autofree char *nameless = NULL;
  g_autofree char *ipv6 = NULL;
  g_autofree char *old = NULL;
  g_autofree char *nowhere = NULL;

  g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autofree char *answer = ask (hub, requests[i]);

      assert_has (answer, " 426 Upgrade Required\r\n");
      assert_has (answer, "\r\nUpgrade: websocket\r\n");
      assert_has (answer, "WebSocket client connects to ws://example.org:81/ws.\n");
    }

  head = ask_for (hub, "HEAD", "/ws");
  assert_has (head, "HTTP/1.1 405 Method Not Allowed\r\n");
  assert_has (head, "\r\nAllow: GET\r\n");
  nameless = ask (hub, "GET /ws HTTP/1.0\r\n\r\n");
  assert_has (nameless, " 426 Upgrade Required\r\n");
  assert_has (nameless, "/ws.\n");
  ipv6 = ask (hub, "GET /ws HTTP/1.1\r\nHost: [2001:db8::1]\r\nConnection: close\r\n\r\n");
  assert_has (ipv6, " ws://[2001:db8::1]/ws.\n");
  old = ask (hub, HANDSHAKE ("8"));
  assert_has (old, "HTTP/1.1 426 Upgrade Required\r\n");
  assert_has (old, "\r\nUpgrade: websocket\r\n");
  assert_has (old, "\r\nSec-WebSocket-Version: 13\r\n");
  nowhere = ask_for (hub, "GET", "/favicon.ico");
  assert_has (nowhere, "HTTP/1.1 404 Not Found\r\n");

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

static gboolean
request_cb (ServerSignalHub   *hub,
            SoupServerMessage *message,
            const char        *path,
            gpointer           user_data)
{
  g_autofree char *metrics = NULL;

  if (g_str_equal (path, "/gone"))
    {
      server_signal_hub_detach (hub);
      soup_server_message_set_status (message, SOUP_STATUS_GONE, NULL);
      return TRUE;
    }

  if (!g_str_equal (path, "/a b/metrics"))
    return FALSE;

  ++*(guint *) user_data;
  metrics = server_signal_hub_dup_metrics (hub);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, SERVER_SIGNAL_METRICS_TYPE, SOUP_MEMORY_COPY, metrics,
                                    strlen (metrics));

  return TRUE;
}

/* The application may have more on the hub's own server, for those who may come. */
static void
test_request (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autofree char *nobody = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *head = NULL;
  g_autofree char *elsewhere = NULL;
  g_autofree char *rebound = NULL;
  g_autofree char *foreign = NULL;
  g_autofree char *body = NULL;
  g_autofree char *gone = NULL;
  guint n_asked = 0;

  g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
  nobody = ask (hub, "GET /a%20b/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  assert_has (nobody, "HTTP/1.1 404 Not Found\r\n");
  assert_has (nobody, "There is nothing here.");

  g_signal_connect (hub, "request", G_CALLBACK (request_cb), &n_asked);
  answer =
    ask (hub, "GET /a%20b/metrics?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  assert_has (answer, "HTTP/1.1 200 OK\r\n");
  assert_has (answer,
              "\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n");
  assert_has (
    answer, "\n# TYPE server_signal_backlog_bytes gauge\n# UNIT server_signal_backlog_bytes bytes\n"
            "# HELP server_signal_backlog_bytes Bytes that wait for clients.\n"
            "server_signal_backlog_bytes 0\n");
  assert_has (answer, "\nserver_signal_commits_total 0\n");
  g_assert_true (g_str_has_suffix (answer, "\n# EOF\n"));
  head = ask (hub, "HEAD /a%20b/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  assert_has (head, "HTTP/1.1 200 OK\r\n");
  g_assert_true (g_str_has_suffix (head, "\r\n\r\n"));
  g_assert_cmpuint (n_asked, ==, 2);

  elsewhere = ask (hub, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  assert_has (elsewhere, "HTTP/1.1 404 Not Found\r\n");
  rebound =
    ask (hub, "GET /a%20b/metrics HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n");
  assert_has (rebound, "HTTP/1.1 403 Forbidden\r\n");
  foreign =
    ask (hub, "GET /a%20b/metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: http://example.org\r\n"
              "Connection: close\r\n\r\n");
  assert_has (foreign, "HTTP/1.1 403 Forbidden\r\n");
  body = ask (hub, "POST /a%20b/metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                   "Connection: close\r\n\r\nx");
  assert_has (body, "HTTP/1.1 404 Not Found\r\n");
  g_assert_cmpuint (n_asked, ==, 2);

  gone = ask (hub, "GET /gone HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  g_assert_true (gone[0] == '\0' || strstr (gone, " 410 ") != NULL);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

static guint64
get_metric (ServerSignalHub *hub,
            const char      *name)
{
  g_autofree char *metrics = server_signal_hub_dup_metrics (hub);
  g_autofree char *line = g_strdup_printf ("\nserver_signal_%s ", name);
  const char *found = strstr (metrics, line);

  g_assert_nonnull (found);

  return g_ascii_strtoull (found + strlen (line), NULL, 10);
}

/* The text has the figures of the properties. */
static void
test_metrics (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) counter = server_signal_new ("counter", NULL);
  g_autofree char *uri = NULL;
  g_autoptr (ServerSignalClient) client = NULL;
  ServerSignal *replica;

  g_assert_true (server_signal_hub_add (hub, counter, NULL));
  g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
  uri = server_signal_hub_dup_uri (hub);
  client = server_signal_client_new (uri);
  replica = server_signal_client_get_signal (client, "counter");
  server_signal_client_start (client);
  WAIT_UNTIL (!server_signal_get_stale (replica));
  g_assert_true (server_signal_set_int (counter, NULL, 7, NULL));
  WAIT_UNTIL (server_signal_get_int (replica, NULL) == 7);

  g_assert_cmpuint (get_metric (hub, "peers"), ==, 1);
  g_assert_cmpuint (get_metric (hub, "signals"), ==, 1);
  g_assert_cmpuint (get_metric (hub, "commits_total"), ==, 1);
  g_assert_cmpuint (get_metric (hub, "frames_total"), ==, server_signal_hub_get_frames (hub));
  g_assert_cmpuint (get_metric (hub, "frames_total"), >, 0);
  g_assert_cmpuint (get_metric (hub, "sent_bytes_total"), ==, server_signal_hub_get_bytes (hub));
  g_assert_cmpuint (get_metric (hub, "sent_bytes_total"), >, 0);
  g_assert_cmpuint (get_metric (hub, "merged_total"), ==, 0);
  g_assert_cmpuint (get_metric (hub, "dropped_peers_total"), ==, 0);
  g_assert_cmpuint (get_metric (hub, "backlog_bytes"), ==, 0);

  server_signal_client_stop (client);
  WAIT_UNTIL (get_metric (hub, "peers") == 0);
  g_assert_finalize_object (g_steal_pointer (&client));
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

#define STATE_START "<script type=\"application/json\" id=\"server-signal-state\">"
#define STATE_END "</script>"

/* The frames in the element, and NULL where it is not one whole element. */
static JsonArray *
parse_state (const char *element)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_assert_true (g_str_has_prefix (element, STATE_START));
  g_assert_true (g_str_has_suffix (element, STATE_END));
  text = g_strndup (element + strlen (STATE_START),
                    strlen (element) - strlen (STATE_START) - strlen (STATE_END));
  g_assert_null (strpbrk (text, "<>&"));
  g_assert_null (strstr (text, "\xe2\x80\xa8"));
  g_assert_null (strstr (text, "\xe2\x80\xa9"));
  node = json_from_string (text, NULL);
  g_assert_nonnull (node);

  return json_array_ref (json_node_get_array (node));
}

/* A page begins with the snapshots that a client would get, whatever stands in them. */
static void
test_state (void)
{
  static const char *const some[] = { "late", "nothing", "<!--", "empty", NULL };
  static const char *const none[] = { NULL };
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) markup = server_signal_new ("<!--", NULL);
  g_autoptr (ServerSignal) empty = server_signal_new ("empty", NULL);
  g_autoptr (ServerSignalClient) client = server_signal_client_new ("ws://127.0.0.1:9/");
  g_autoptr (ServerSignal) late = g_object_ref (server_signal_client_get_signal (client, "late"));
  const char *value = "</script><script>&amp;\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa]]>\\u003c";
  g_autofree char *all = NULL;
  g_autofree char *named = NULL;
  g_autofree char *nobody = NULL;
  g_autoptr (JsonArray) frames = NULL;
  g_autoptr (JsonArray) named_frames = NULL;
  g_autoptr (JsonArray) no_frames = NULL;
  JsonObject *frame;
  JsonObject *operation;

  g_assert_true (server_signal_hub_add (hub, markup, NULL));
  g_assert_true (server_signal_hub_add (hub, empty, NULL));
  g_assert_true (server_signal_hub_add (hub, late, NULL));
  g_assert_true (server_signal_set_string (markup, NULL, value, NULL));
  /* That is not committed yet. */
  g_object_freeze_notify (G_OBJECT (markup));
  g_assert_true (server_signal_set_int (markup, NULL, 1, NULL));

  all = server_signal_hub_dup_state (hub, NULL);
  g_object_thaw_notify (G_OBJECT (markup));
  frames = parse_state (all);
  g_assert_cmpuint (json_array_get_length (frames), ==, 2);
  frame = json_array_get_object_element (frames, 0);
  g_assert_cmpstr (json_object_get_string_member (frame, "name"), ==, "<!--");
  g_assert_cmpstr (json_object_get_string_member (frame, "epoch"), ==,
                   server_signal_get_epoch (markup));
  g_assert_cmpint (json_object_get_int_member (frame, "rev"), ==, 1);
  operation = json_array_get_object_element (json_object_get_array_member (frame, "patch"), 0);
  g_assert_cmpstr (json_object_get_string_member (operation, "value"), ==, value);

  named = server_signal_hub_dup_state (hub, some);
  named_frames = parse_state (named);
  g_assert_cmpuint (json_array_get_length (named_frames), ==, 2);
  frame = json_array_get_object_element (named_frames, 0);
  operation = json_array_get_object_element (json_object_get_array_member (frame, "patch"), 0);
  g_assert_cmpint (json_object_get_int_member (operation, "value"), ==, 1);
  frame = json_array_get_object_element (named_frames, 1);
  g_assert_cmpstr (json_object_get_string_member (frame, "name"), ==, "empty");

  nobody = server_signal_hub_dup_state (hub, none);
  no_frames = parse_state (nobody);
  g_assert_cmpuint (json_array_get_length (no_frames), ==, 0);

  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* A host is not made up where there is none, which only HTTP/1.0 may do without, and a socket
 * without a port is no trouble. */
static void
test_no_host (void)
{
  static const struct
  {
    const char *request;
    const char *status;
    const char *text;
  } cases[] = {
    { "GET /ws HTTP/1.0\r\n\r\n", " 426 Upgrade Required\r\n", " connects to the path /ws.\n" },
    { "GET /ws HTTP/1.1\r\nHost: %41\r\n\r\n", " 426 Upgrade Required\r\n", "WebSocket" },
    { "GET /ws HTTP/1.1\r\nHost:\r\n\r\n", " 400 Bad Request\r\n", "Bad Request" },
    { "GET /ws HTTP/1.1\r\nHost: a b\r\n\r\n", " 400 Bad Request\r\n", "Bad Request" },
    { "GET /ws HTTP/1.1\r\nHost: <i>\r\n\r\n", " 400 Bad Request\r\n", "Bad Request" },
  };
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autofree char *name = g_strdup_printf ("server-signal-http-%d", (int) getpid ());
  g_autofree char *text = g_strconcat ("unix:@", name, NULL);
  g_autoptr (GSocketAddress) address =
    g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

  g_assert_true (server_signal_hub_listen (hub, text, 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TestSocket) socket = test_socket_new_for_address (address);

      test_socket_send (socket, cases[i].request, strlen (cases[i].request));
      WAIT_UNTIL (test_socket_read (socket) && socket->ended);
      g_byte_array_append (socket->in, (const guint8 *) "", 1);
      assert_has ((const char *) socket->in->data, cases[i].status);
      assert_has ((const char *) socket->in->data, cases[i].text);
    }

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

static void
test_health (void)
{
  static const char *const paths[] = { "/health", "/", "/ws/health" };
  g_autoptr (ServerSignalHub) hub =
    g_object_new (SERVER_TYPE_SIGNAL_HUB, "health-path", "/ready", NULL);
  g_autofree char *first = NULL;
  g_autofree char *post = NULL;
  g_autofree char *none = NULL;
  guint n_notified = 0;

  g_signal_connect_swapped (hub, "notify::health-path", G_CALLBACK (g_atomic_int_inc), &n_notified);
  server_signal_hub_set_max_peers (hub, 0);
  g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
  first = ask_for (hub, "GET", "/ready");
  assert_has (first, "HTTP/1.1 200 OK\r\n");
  post = ask_for (hub, "POST", "/ready");
  assert_has (post, "HTTP/1.1 405 Method Not Allowed\r\n");
  assert_has (post, "\r\nAllow: GET, HEAD\r\n");

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *get = NULL;
      g_autofree char *head = NULL;
      g_autofree char *former = NULL;

      server_signal_hub_set_health_path (hub, paths[i]);
      server_signal_hub_set_health_path (hub, paths[i]);
      g_assert_cmpuint (n_notified, ==, i + 1);
      g_assert_cmpstr (server_signal_hub_get_health_path (hub), ==, paths[i]);
      get = ask_for (hub, "GET", paths[i]);
      assert_has (get, "HTTP/1.1 200 OK\r\n");
      head = ask_for (hub, "HEAD", paths[i]);
      assert_has (head, "HTTP/1.1 200 OK\r\n");
      g_assert_true (g_str_has_suffix (head, "\r\n\r\n"));
      former = ask_for (hub, "GET", "/ready");
      assert_has (former, "HTTP/1.1 404 Not Found\r\n");
    }

  /* The WebSocket stays where it is. */
  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*health_path*");
  server_signal_hub_set_health_path (hub, "/ws");
  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*health_path*");
  server_signal_hub_set_health_path (hub, "ready");
  g_test_assert_expected_messages ();
  g_assert_cmpstr (server_signal_hub_get_health_path (hub), ==, "/ws/health");
  server_signal_hub_set_health_path (hub, NULL);
  none = ask_for (hub, "GET", "/ws/health");
  assert_has (none, "HTTP/1.1 404 Not Found\r\n");

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

typedef struct
{
  guint       status; /* that the handler sets; 0: none */
  const char *reason;
  const char *header;
  const char *value;
  const char *body;
  const char *line;   /* of the answer */
} Refusal;

static gboolean
refuse_cb (ServerSignalHub   *hub,
           SoupServerMessage *message,
           const Refusal     *refusal)
{
  if (refusal->status != 0)
    soup_server_message_set_status (message, refusal->status, refusal->reason);
  if (refusal->header != NULL)
    soup_message_headers_append (soup_server_message_get_response_headers (message),
                                 refusal->header, refusal->value);
  if (refusal->body != NULL)
    soup_server_message_set_response (message, "text/html", SOUP_MEMORY_STATIC, refusal->body,
                                      strlen (refusal->body));

  return FALSE;
}

static gboolean
change_mind_cb (ServerSignalHub   *hub,
                SoupServerMessage *message)
{
  soup_server_message_set_status (message, SOUP_STATUS_UNAUTHORIZED, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "no", 2);

  return TRUE;
}

/* "authorize" says how it refuses. */
static void
test_refusals (void)
{
  static const Refusal refusals[] = {
    { 0, NULL, NULL, NULL, NULL, "HTTP/1.1 403 Forbidden\r\n" },
    { 401, NULL, "WWW-Authenticate", "Bearer realm=\"x\"", NULL, "HTTP/1.1 401 Unauthorized\r\n" },
    { 429, NULL, "Retry-After", "120", NULL, "HTTP/1.1 429 Too Many Requests\r\n" },
    { 503, NULL, "Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT", "<p>later",
      "HTTP/1.1 503 Service Unavailable\r\n" },
    { 403, "Not You", NULL, NULL, "<p>no", "HTTP/1.1 403 Not You\r\n" },
    { 302, NULL, "Location", "https://example.org/", NULL, "HTTP/1.1 302 Found\r\n" },
    { 308, NULL, "Location", "https://example.org/", NULL, "HTTP/1.1 308 Permanent Redirect\r\n" },
    { 451, NULL, NULL, NULL, NULL, "HTTP/1.1 451 Unavailable For Legal Reasons\r\n" },
    { 499, NULL, NULL, NULL, NULL, "HTTP/1.1 499 Client Error\r\n" },
    { 499, "Mine", NULL, NULL, NULL, "HTTP/1.1 499 Mine\r\n" },
    { 599, NULL, NULL, NULL, NULL, "HTTP/1.1 599 Server Error\r\n" },
    /* Not meant. */
    { 101, NULL, NULL, NULL, NULL, "HTTP/1.1 403 Forbidden\r\n" },
    { 100, NULL, NULL, NULL, NULL, "HTTP/1.1 403 Forbidden\r\n" },
    { 200, NULL, "WWW-Authenticate", "Basic", NULL, "HTTP/1.1 403 Forbidden\r\n" },
    { 204, NULL, NULL, NULL, NULL, "HTTP/1.1 403 Forbidden\r\n" },
    { 304, NULL, NULL, NULL, NULL, "HTTP/1.1 403 Forbidden\r\n" },
    { 600, NULL, NULL, NULL, NULL, "HTTP/1.1 403 Forbidden\r\n" },
    { 1, NULL, NULL, NULL, NULL, "HTTP/1.1 403 Forbidden\r\n" },
  };
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (TestSocket) socket = NULL;
  g_autofree char *full = NULL;

  g_assert_true (server_signal_hub_listen (hub, "127.0.0.1", 0, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      const Refusal *refusal = &refusals[i];
      gulong handler =
        g_signal_connect (hub, "authorize", G_CALLBACK (refuse_cb), (gpointer) refusal);
      g_autofree char *answer = ask (hub, HANDSHAKE ("13"));

      g_test_message ("%u → %s", refusal->status, answer);
      g_assert_true (g_str_has_prefix (answer, refusal->line));
      if (refusal->header != NULL)
        {
          g_autofree char *line =
            g_strdup_printf ("\r\n%s: %s\r\n", refusal->header, refusal->value);

          assert_has (answer, line);
        }
      if (refusal->body != NULL)
        g_assert_true (g_str_has_suffix (answer, refusal->body));
      else
        g_assert_true (g_str_has_suffix (answer, ".\n"));
      g_signal_handler_disconnect (hub, handler);
    }

  server_signal_hub_set_max_peers (hub, 0);
  full = ask (hub, HANDSHAKE ("13"));
  assert_has (full, "HTTP/1.1 503 Service Unavailable\r\n");
  assert_has (full, "\r\nRetry-After: 5\r\n");

  /* A handler that prepared to say no, and then says yes. */
  server_signal_hub_set_max_peers (hub, 1);
  g_signal_connect (hub, "authorize", G_CALLBACK (change_mind_cb), NULL);
  socket = connect_to (hub);
  test_socket_send_handshake (socket, "/ws", NULL, 0);
  WAIT_UNTIL (test_socket_read (socket) && socket->in->len > 0 && n_peers (hub) == 1);
  g_byte_array_append (socket->in, (const guint8 *) "", 1);
  g_assert_true (
    g_str_has_prefix ((const char *) socket->in->data, "HTTP/1.1 101 Switching Protocols\r\n"));
  g_assert_null (strstr ((const char *) socket->in->data, "Content-"));

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

/* An application's server has other things at its other paths. */
static void
test_attached (void)
{
  g_autoptr (ServerSignalHub) hub =
    g_object_new (SERVER_TYPE_SIGNAL_HUB, "health-path", "/ws/health", NULL);
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *health = NULL;
  const Refusal refusal = { 429, NULL, "Retry-After", "7", NULL, NULL };
  g_autofree char *refused = NULL;

  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  server_signal_hub_attach (hub, server, NULL);
  plain = ask_for (hub, "GET", "/ws");
  assert_has (plain, "HTTP/1.1 426 Upgrade Required\r\n");
  health = ask_for (hub, "GET", "/ws/health");
  assert_has (health, "HTTP/1.1 404 Not Found\r\n");
  g_signal_connect (hub, "authorize", G_CALLBACK (refuse_cb), (gpointer) &refusal);
  refused = ask (hub, HANDSHAKE ("13"));
  assert_has (refused, "HTTP/1.1 429 Too Many Requests\r\n");
  assert_has (refused, "\r\nRetry-After: 7\r\n");

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hub-http/request", test_request);
  g_test_add_func ("/hub-http/metrics", test_metrics);
  g_test_add_func ("/hub-http/state", test_state);
  g_test_add_func ("/hub-http/plain-request", test_plain_request);
  g_test_add_func ("/hub-http/no-host", test_no_host);
  g_test_add_func ("/hub-http/health", test_health);
  g_test_add_func ("/hub-http/refusals", test_refusals);
  g_test_add_func ("/hub-http/attached", test_attached);

  return g_test_run ();
}
