/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Documents by HTTP: as JSON, and as a stream of events. */

#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "ss-limits.h"
#include "test-hub.h"
#include "test-socket.h"

#define JSON "application/json"
#define EVENTS "text/event-stream"

typedef struct
{
  ServerSignalHub *hub;
  SoupServer      *server; /* NULL: the hub's own */
  ServerSignal    *counter;
  ServerSignal    *rows;
  guint16          port;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  attached)
{
  g_autoptr (GUri) uri = NULL;
  g_autofree char *text = NULL;

  self->hub = server_signal_hub_new ();
  self->counter = new_signal ("counter", "{\"value\":7}");
  self->rows = new_signal ("rows ü&", "[1,{\"a/b\":\"<x>\"}]");
  g_assert_true (server_signal_hub_add (self->hub, self->counter, NULL));
  g_assert_true (server_signal_hub_add (self->hub, self->rows, NULL));
  if (attached != NULL)
    {
      self->server = new_server ();
      server_signal_hub_attach (self->hub, self->server, "/ws");
    }
  else
    {
      g_assert_true (server_signal_hub_listen (self->hub, "127.0.0.1", 0, NULL));
    }
  text = server_signal_hub_dup_uri (self->hub);
  uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  self->port = (guint16) g_uri_get_port (uri);
}

static void
tear_down (Fixture       *self,
           gconstpointer  attached)
{
  server_signal_hub_close (self->hub);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_assert_finalize_object (g_steal_pointer (&self->counter));
  g_assert_finalize_object (g_steal_pointer (&self->rows));
}

static TestSocket *
send_request (Fixture    *self,
              const char *method,
              const char *query,
              const char *accept,
              const char *headers)
{
  TestSocket *socket = test_socket_new (self->port);
  g_autofree char *request =
    g_strdup_printf ("%s /ws%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: %s\r\n"
                     "%s\r\n",
                     method, query, accept, headers);

  test_socket_send (socket, request, strlen (request));

  return socket;
}

/* All that has come so far. */
static const char *
get_text (TestSocket *socket)
{
  test_socket_read (socket);
  g_byte_array_append (socket->in, (const guint8 *) "", 1);
  g_byte_array_set_size (socket->in, socket->in->len - 1);

  return (const char *) socket->in->data;
}

static gboolean
has (TestSocket *socket,
     const char *part)
{
  return strstr (get_text (socket), part) != NULL;
}

static char *
ask (Fixture    *self,
     const char *method,
     const char *query,
     const char *accept,
     const char *headers)
{
  g_autoptr (TestSocket) socket = send_request (self, method, query, accept, headers);

  WAIT_UNTIL (test_socket_read (socket) && socket->ended);

  return g_strdup (get_text (socket));
}

static const char *
get_body (const char *answer)
{
  const char *end = strstr (answer, "\r\n\r\n");

  g_assert_nonnull (end);

  return end + 4;
}

static char *
dup_header (const char *answer,
            const char *name)
{
  g_autofree char *start = g_strdup_printf ("\r\n%s: ", name);
  const char *found = strstr (answer, start);

  if (found == NULL)
    return NULL;

  found += strlen (start);

  return g_strndup (found, (gsize) (strstr (found, "\r\n") - found));
}

static void
assert_has (const char *answer,
            const char *part)
{
  if (strstr (answer, part) == NULL)
    g_error ("“%s” is not in “%s”", part, answer);
}

static void
test_json (Fixture       *self,
           gconstpointer  attached)
{
  static const struct
  {
    const char *query;
    const char *status;
    const char *body;
  } cases[] = {
    { "?name=counter", " 200 OK\r\n", "{\"value\":7}" },
    { "?name=counter&pointer=", " 200 OK\r\n", "{\"value\":7}" },
    { "?name=counter&pointer=/value", " 200 OK\r\n", "7" },
    { "?name=rows+%C3%BC%26&pointer=%2F1%2Fa~1b", " 200 OK\r\n", "\"<x>\"" },
    { "", " 200 OK\r\n", "{\"counter\":{\"value\":7},\"rows ü&\":[1,{\"a/b\":\"<x>\"}]}" },
    { "?token=secret", " 200 OK\r\n",
      "{\"counter\":{\"value\":7},\"rows ü&\":[1,{\"a/b\":\"<x>\"}]}" },
    { "?name=counter&name=nothing&name=counter", " 200 OK\r\n", "{\"counter\":{\"value\":7}}" },
    { "?name=nothing", " 404 Not Found\r\n", NULL },
    { "?name=", " 400 Bad Request\r\n", NULL },
    { "?name=counter&pointer=/nothing", " 404 Not Found\r\n", NULL },
    { "?name=counter&pointer=/value/0", " 404 Not Found\r\n", NULL },
    { "?name=counter&pointer=value", " 400 Bad Request\r\n", NULL },
    { "?pointer=/value", " 400 Bad Request\r\n", NULL },
    { "?name=counter&name=rows&pointer=/value", " 400 Bad Request\r\n", NULL },
    { "?name=counter&since=7", " 400 Bad Request\r\n", NULL },
    { "?since=E:7", " 400 Bad Request\r\n", NULL },
    { "?name=%FF", " 400 Bad Request\r\n", NULL },
    { "?name", " 400 Bad Request\r\n", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = ask (self, "GET", cases[i].query, JSON, "");
      g_autofree char *type = dup_header (answer, "Content-Type");
      const char *body;

      g_test_message ("%s: %s", cases[i].query, answer);
      body = get_body (answer);
      assert_has (answer, cases[i].status);
      assert_has (answer, "\r\nX-Content-Type-Options: nosniff\r\n");
      g_assert_cmpstr (type, ==, cases[i].body != NULL ? JSON : "text/plain; charset=utf-8");
      if (cases[i].body != NULL)
        g_assert_cmpstr (body, ==, cases[i].body);
      else
        g_assert_cmpuint (strlen (body), >, 10);
    }
  for (guint n = SS_NAME_BYTES; n <= SS_NAME_BYTES + 1; n++)
    {
      g_autofree char *name = g_strnfill (n, 'n');
      g_autofree char *query = g_strconcat ("?name=", name, NULL);
      g_autofree char *answer = ask (self, "GET", query, JSON, "");

      assert_has (answer, n > SS_NAME_BYTES ? " 400 Bad Request\r\n" : " 404 Not Found\r\n");
    }
  WAIT_UNTIL (n_peers (self->hub) == 0);
}

/* An answer with everything has everything. */
static void
test_too_many (Fixture       *self,
               gconstpointer  attached)
{
  g_autofree char *answer = NULL;

  server_signal_hub_set_max_subscriptions (self->hub, 1);
  answer = ask (self, "GET", "", JSON, "");
  assert_has (answer, " 500 Internal Server Error\r\n");
  assert_has (get_body (answer), "rows ü&: ");
}

/* A client that has the answer is not sent it again. */
static void
test_etag (Fixture       *self,
           gconstpointer  attached)
{
  static const char *const queries[] = { "?name=counter", "" };

  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_autofree char *first = ask (self, "GET", queries[i], JSON, "");
      g_autofree char *etag = dup_header (first, "ETag");
      g_autofree char *known =
        g_strdup_printf ("If-None-Match: \"other\", W/%s\r\n", etag != NULL ? etag : "");
      g_autofree char *second = NULL;
      g_autofree char *third = NULL;
      g_autofree char *head = NULL;

      g_assert_nonnull (etag);
      second = ask (self, "GET", queries[i], JSON, known);
      assert_has (second, " 304 Not Modified\r\n");
      g_assert_cmpstr (get_body (second), ==, "");
      head = ask (self, "HEAD", queries[i], JSON, "");
      assert_has (head, " 200 OK\r\n");
      assert_has (head, etag);
      g_assert_cmpstr (get_body (head), ==, "");

      set_int (self->counter, "/value", 8 + (int) i);
      third = ask (self, "GET", queries[i], JSON, known);
      assert_has (third, " 200 OK\r\n");
      g_assert_null (strstr (third, etag));
    }
}

/* Names and documents that the answer cannot be cut out of its frame for. */
static void
test_escapes (Fixture       *self,
              gconstpointer  attached)
{
  static const char document[] = "{\"}],\\\"epoch\\\":\\\"\":[\"\\\"rev\\\":1}\"],\"\":\"\\n\"}";
  g_autoptr (ServerSignal) quoted = new_signal ("a\"b\\", document);
  g_autoptr (ServerSignal) plain = new_signal ("plain", document);
  static const struct
  {
    const char *query;
    const char *body;
  } cases[] = {
    { "?name=plain", document },
    { "?name=a%22b%5C", document },
    { "?name=plain&pointer=%2F%7D%5D%2C%22epoch%22%3A%22/0", "\"\\\"rev\\\":1}\"" },
    { "?name=a%22b%5C&pointer=/", "\"\\n\"" },
  };

  g_assert_true (server_signal_hub_add (self->hub, quoted, NULL));
  g_assert_true (server_signal_hub_add (self->hub, plain, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = ask (self, "GET", cases[i].query, JSON, "");
      g_autofree char *length = dup_header (answer, "Content-Length");

      g_assert_cmpstr (get_body (answer), ==, cases[i].body);
      g_assert_cmpuint (g_ascii_strtoull (length, NULL, 10), ==, strlen (cases[i].body));
    }
  server_signal_hub_remove (self->hub, quoted);
  server_signal_hub_remove (self->hub, plain);
}

/* A client that has said all that it has to say waits for its answer; one that has closed is gone. */
static void
test_half_closed (Fixture       *self,
                  gconstpointer  attached)
{
  g_autoptr (TestSocket) socket = send_request (self, "GET", "?name=counter", JSON, "");

  g_assert_true (g_socket_shutdown (socket->socket, FALSE, TRUE, NULL));
  WAIT_UNTIL (test_socket_read (socket) && socket->ended);
  g_assert_cmpstr (get_body (get_text (socket)), ==, "{\"value\":7}");
}

/* As many names as fit into a request are answered over several turns, or are too many. */
static void
test_many_names (Fixture       *self,
                 gconstpointer  attached)
{
  g_autoptr (GString) query = g_string_new ("?name=counter");
  g_autofree char *answer = NULL;

  for (guint i = 0; i < 700; i++)
    g_string_append_printf (query, "&name=%u", i);
  answer = ask (self, "GET", query->str, JSON, "");
  g_test_message ("%s", answer);
  if (strstr (answer, " 200 OK\r\n") != NULL)
    g_assert_cmpstr (get_body (answer), ==, "{\"counter\":{\"value\":7}}");
  else
    assert_has (answer, " 503 Service Unavailable\r\n");
  WAIT_UNTIL (n_peers (self->hub) == 0);
}

/* A client that does not read its answer is let go, and one that reads has all the time that it takes. */
static void
test_unread (Fixture       *self,
             gconstpointer  attached)
{
  const gsize n = 12 * 1024 * 1024;
  g_autofree char *text = g_strnfill (n, 'x');
  g_autoptr (TestSocket) reader = NULL;
  g_autoptr (TestSocket) stuck = NULL;

  g_assert_true (server_signal_set_string (self->counter, NULL, text, NULL));
  server_signal_hub_set_stall_timeout (self->hub, 300);
  stuck = send_request (self, "GET", "?name=counter", JSON, "");
  WAIT_UNTIL (n_peers (self->hub) == 1);
  WAIT_UNTIL (server_signal_hub_get_backlog (self->hub) > 0);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (self->hub), ==, 1);
  g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), ==, 0);

  reader = send_request (self, "GET", "?name=counter", JSON, "");
  WAIT_UNTIL (test_socket_read (reader) && reader->ended);
  g_assert_cmpuint (strlen (get_body (get_text (reader))), ==, n + 2);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (self->hub), ==, 1);
}

/* Only those who ask for it get documents in the place of what stood here before. */
static void
test_others (Fixture       *self,
             gconstpointer  attached)
{
  static const char *const types[] = { "*/*", "text/html", "application/*", "application/jsonx",
                                       "application/json;q=0" };
  g_autofree char *head = ask (self, "HEAD", "", EVENTS, "");
  g_autofree char *post = ask (self, "POST", "", JSON, "");
  g_autofree char *liked =
    ask (self, "GET", "",
         "text/html, text/event-stream;q=0.1, Application/JSON; charset=utf-8;q=0.2", "");
  g_autofree char *off = NULL;
  guint n_notified = 0;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *answer = ask (self, "GET", "", types[i], "");

      assert_has (answer, " 426 Upgrade Required\r\n");
    }
  assert_has (head, " 405 ");
  assert_has (head, "\r\nAllow: GET\r\n");
  assert_has (post, " 405 ");
  assert_has (post, "\r\nAllow: GET, HEAD\r\n");
  assert_has (liked, " 200 OK\r\n");
  assert_has (liked, "\r\nContent-Type: application/json\r\n");

  g_signal_connect_swapped (self->hub, "notify::http", G_CALLBACK (g_atomic_int_inc), &n_notified);
  g_assert_true (server_signal_hub_get_http (self->hub));
  server_signal_hub_set_http (self->hub, FALSE);
  server_signal_hub_set_http (self->hub, FALSE);
  g_assert_cmpuint (n_notified, ==, 1);
  off = ask (self, "GET", "", JSON, "");
  assert_has (off, " 426 Upgrade Required\r\n");
}

static gboolean
authorize_cb (ServerSignalHub   *hub,
              SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  return g_strcmp0 (soup_message_headers_get_one (headers, "Authorization"), "Bearer 1") == 0;
}

static void
peer_added_cb (ServerSignalHub  *hub,
               ServerSignalPeer *peer,
               ServerSignal     *own)
{
  g_assert_true (server_signal_peer_add (peer, own, NULL));
}

/* The rules are those of the WebSocket. */
static void
test_rules (Fixture       *self,
            gconstpointer  attached)
{
  g_autoptr (ServerSignal) own = new_signal ("own", "true");
  g_autofree char *stranger = ask (self, "GET", "", JSON, "Origin: https://evil.example\r\n");
  g_autofree char *page = ask (self, "GET", "", JSON, "Origin: http://localhost:81\r\n");
  g_autofree char *allowed = NULL;
  g_autofree char *refused = NULL;
  g_autofree char *let_in = NULL;
  g_autofree char *full = NULL;

  assert_has (stranger, " 403 Forbidden\r\n");
  g_assert_null (strstr (stranger, "Access-Control"));
  assert_has (page, " 200 OK\r\n");
  assert_has (page, "\r\nAccess-Control-Allow-Origin: http://localhost:81\r\n");
  assert_has (page, "\r\nVary: Accept, Origin\r\n");

  g_signal_connect (self->hub, "authorize", G_CALLBACK (authorize_cb), NULL);
  g_signal_connect (self->hub, "peer-added", G_CALLBACK (peer_added_cb), own);
  refused = ask (self, "GET", "?name=own", JSON, "");
  assert_has (refused, " 403 Forbidden\r\n");
  let_in = ask (self, "GET", "?name=own", JSON, "Authorization: Bearer 1\r\n");
  assert_has (let_in, " 200 OK\r\n");
  g_assert_cmpstr (get_body (let_in), ==, "true");

  server_signal_hub_set_max_peers (self->hub, 0);
  full = ask (self, "GET", "", EVENTS, "Authorization: Bearer 1\r\n");
  assert_has (full, " 503 Service Unavailable\r\n");
  assert_has (full, "\r\nRetry-After: ");
}

static void
test_stream (Fixture       *self,
             gconstpointer  attached)
{
  g_autoptr (TestSocket) stream = send_request (self, "GET", "?name=counter", EVENTS, "");
  g_autoptr (TestSocket) again = NULL;
  g_autoptr (TestSocket) since = NULL;
  g_autoptr (TestSocket) nonsense = NULL;
  const char *epoch = server_signal_get_epoch (self->counter);
  g_autofree char *first = g_strdup_printf ("id: %s:0\ndata: {\"name\":\"counter\",", epoch);
  g_autofree char *second =
    g_strdup_printf ("id: %s:1\ndata: {\"name\":\"counter\",\"patch\":[{", epoch);
  g_autofree char *header = g_strdup_printf ("Last-Event-ID: %s:1\r\n", epoch);
  g_autofree char *query =
    g_strdup_printf ("?name=counter&since=%s:1&name=rows+%%C3%%BC%%26", epoch);

  WAIT_UNTIL (has (stream, first));
  assert_has (get_text (stream), " 200 OK\r\n");
  assert_has (get_text (stream), "\r\nContent-Type: text/event-stream\r\n");
  assert_has (get_text (stream), "\ndata: {\"hello\":");
  g_assert_false (has (stream, "{\"name\":\"rows"));
  g_assert_cmpuint (n_peers (self->hub), ==, 1);

  set_int (self->counter, "/value", 8);
  WAIT_UNTIL (has (stream, second));
  assert_has (get_text (stream), "\"base\":0,\"rev\":1}\n\n");

  /* A browser that comes back is told that it has all. */
  again = send_request (self, "GET", "?name=counter", EVENTS, header);
  WAIT_UNTIL (has (again, "\"patch\":[],\"base\":1,\"rev\":1}\n\n"));
  g_assert_false (has (again, "\"epoch\""));
  since = send_request (self, "GET", query, EVENTS, "");
  WAIT_UNTIL (has (since, "\"patch\":[],\"base\":1,\"rev\":1}\n\n") &&
              has (since, "\"rows ü&\",\"patch\""));
  g_assert_false (has (since, "\nid:"));
  nonsense = send_request (self, "GET", "?name=counter", EVENTS, "Last-Event-ID: 17\r\n");
  WAIT_UNTIL (has (nonsense, "\"value\":{\"value\":8}}]"));
  g_assert_cmpuint (n_peers (self->hub), ==, 4);

  server_signal_hub_close (self->hub);
  WAIT_UNTIL (test_socket_read (stream) && stream->ended);
  assert_has (get_text (stream), "event: close\ndata: {\"code\":1001}\n\n");
  WAIT_UNTIL (n_peers (self->hub) == 0);
}

/* Without names all signals come, those that are added too. */
static void
test_stream_of_all (Fixture       *self,
                    gconstpointer  attached)
{
  g_autoptr (TestSocket) stream = send_request (self, "GET", "", EVENTS, "");
  g_autoptr (ServerSignal) late = new_signal ("late", "1");

  WAIT_UNTIL (has (stream, "{\"name\":\"counter\",\"patch\":") &&
              has (stream, "{\"name\":\"rows ü&\","));
  g_assert_true (server_signal_hub_add (self->hub, late, NULL));
  WAIT_UNTIL (has (stream, "{\"name\":\"late\",\"patch\":"));
  set_int (late, NULL, 2);
  WAIT_UNTIL (has (stream, "\"base\":0,\"rev\":1}"));
  server_signal_hub_remove (self->hub, late);
  WAIT_UNTIL (has (stream, "{\"signal\":\"removed\",\"name\":\"late\"}"));

  /* Proxies end streams that are silent. */
  server_signal_hub_set_keepalive_interval (self->hub, 20);
  WAIT_UNTIL (has (stream, "\n:\n\n"));
}

/* A client that takes nothing holds up no more than its queue, and is let go in the end. */
static void
test_slow_stream (Fixture       *self,
                  gconstpointer  attached)
{
  g_autoptr (TestSocket) stream = NULL;
  g_autofree char *text = g_strnfill (100000, 'x');
  guint64 most = 0;

  server_signal_hub_set_max_backlog (self->hub, 200000);
  server_signal_hub_set_stall_timeout (self->hub, 200);
  stream = send_request (self, "GET", "?name=counter", EVENTS, "");
  WAIT_UNTIL (n_peers (self->hub) == 1);
  /* Until the kernel has taken all that it takes. */
  for (guint i = 0, n_full = 0; i < 5000 && n_full < 100; i++)
    {
      text[i] = (char) ('a' + i % 26);
      g_assert_true (server_signal_set_string (self->counter, "/text", text, NULL));
      g_main_context_iteration (NULL, FALSE);
      most = MAX (most, server_signal_hub_get_backlog (self->hub));
      n_full = server_signal_hub_get_backlog (self->hub) > 0 ? n_full + 1 : 0;
    }
  g_assert_cmpuint (most, >, 0);
  g_assert_cmpuint (most, <, 500000);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_assert_cmpuint (server_signal_hub_get_backlog (self->hub), ==, 0);
  g_assert_cmpuint (server_signal_hub_get_dropped_peers (self->hub), ==, 1);
}

/* A client that goes is noticed with the next event. */
static void
test_gone (Fixture       *self,
           gconstpointer  attached)
{
  TestSocket *stream = send_request (self, "GET", "?name=counter", EVENTS, "");
  int value = 8;

  WAIT_UNTIL (has (stream, "{\"name\":\"counter\","));
  test_socket_free (stream);
  WAIT_UNTIL ((set_int (self->counter, "/value", value++), n_peers (self->hub) == 0));
}

static guint
count_descriptors (void)
{
  guint n = 0;

  for (int fd = 0; fd < 1024; fd++)
    n += fcntl (fd, F_GETFD) >= 0;

  return n;
}

/* Nothing is sent, and its end is noticed all the same: of the whole connection, or of what a stream's
 * client sends. */
static void
test_gone_quietly (Fixture       *self,
                   gconstpointer  attached)
{
  guint before = count_descriptors ();

  server_signal_hub_set_keepalive_interval (self->hub, 0);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (TestSocket) stream = send_request (self, "GET", "?name=counter", EVENTS, "");

      WAIT_UNTIL (has (stream, "{\"name\":\"counter\","));
      if (i == 0)
        test_socket_reset (stream);
      else if (i == 1)
        g_socket_close (stream->socket, NULL);
      else
        g_socket_shutdown (stream->socket, FALSE, TRUE, NULL);
      WAIT_UNTIL (n_peers (self->hub) == 0);
    }
  /* libsoup lets the connections go as well. */
  WAIT_UNTIL (count_descriptors () <= before);
}

#ifdef TCP_USER_TIMEOUT
/* The socket of the server's end that has this TCP_USER_TIMEOUT, or -1. */
static int
find_descriptor (int milliseconds)
{
  for (int fd = 0; fd < 1024; fd++)
    {
      int value = 0;
      socklen_t length = sizeof value;

      if (getsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &length) == 0 &&
          value == milliseconds)
        return fd;
    }

  return -1;
}

/* A machine that vanishes says nothing: from here on the client's end takes no packet, and confirms
 * none. The kernel notices after the time that the hub gives it for that. */
static void
test_vanished (Fixture       *self,
               gconstpointer  attached)
{
  struct sock_filter nothing = BPF_STMT (BPF_RET | BPF_K, 0);
  struct sock_fprog program = { 1, &nothing };
  int milliseconds = 400;
  g_autoptr (TestSocket) stream = NULL;
  int fd;

  server_signal_hub_set_stall_timeout (self->hub, 60000);
  server_signal_hub_set_keepalive_interval (self->hub, 70000);
  server_signal_hub_set_keepalive_timeout (self->hub, 7000);
  stream = send_request (self, "GET", "?name=counter", EVENTS, "");
  WAIT_UNTIL (has (stream, "{\"name\":\"counter\","));
  fd = find_descriptor (77000);
  g_assert_cmpint (fd, >=, 0);
  server_signal_hub_set_stall_timeout (self->hub, 90000);
  g_assert_cmpint (find_descriptor (94000), ==, fd);
  server_signal_hub_set_stall_timeout (self->hub, 0);
  g_assert_cmpint (find_descriptor (94000), <, 0);

  /* Nobody here waits for as long as a hub does. */
  g_assert_no_errno (
    setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds));
  g_assert_no_errno (setsockopt (g_socket_get_fd (stream->socket), SOL_SOCKET, SO_ATTACH_FILTER,
                                 &program, sizeof program));
  set_int (self->counter, "/value", 8);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_assert_false (has (stream, "\"rev\":1"));
}
#endif

#define ADD(name, attached, function) \
  g_test_add ("/hub-documents/" name, Fixture, attached, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("json", NULL, test_json);
  ADD ("json/attached", "", test_json);
  ADD ("too-many", NULL, test_too_many);
  ADD ("etag", NULL, test_etag);
  ADD ("escapes", NULL, test_escapes);
  ADD ("half-closed", NULL, test_half_closed);
  ADD ("half-closed/attached", "", test_half_closed);
  ADD ("many-names", NULL, test_many_names);
  ADD ("unread", NULL, test_unread);
  ADD ("unread/attached", "", test_unread);
  ADD ("others", NULL, test_others);
  ADD ("others/attached", "", test_others);
  ADD ("rules", NULL, test_rules);
  ADD ("rules/attached", "", test_rules);
  ADD ("stream", NULL, test_stream);
  ADD ("stream/attached", "", test_stream);
  ADD ("stream/all", NULL, test_stream_of_all);
  ADD ("stream/all/attached", "", test_stream_of_all);
  ADD ("stream/slow", NULL, test_slow_stream);
  ADD ("stream/slow/attached", "", test_slow_stream);
  ADD ("stream/gone", NULL, test_gone);
  ADD ("stream/gone/attached", "", test_gone);
  ADD ("stream/gone-quietly", NULL, test_gone_quietly);
  ADD ("stream/gone-quietly/attached", "", test_gone_quietly);
#ifdef TCP_USER_TIMEOUT
  ADD ("stream/vanished", NULL, test_vanished);
  ADD ("stream/vanished/attached", "", test_vanished);
#endif

  return g_test_run ();
}
