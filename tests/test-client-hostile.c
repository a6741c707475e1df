/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <libsoup/soup.h>
#include <malloc.h>
#include <string.h>

#include "server-signal-client.h"
#include "server-signal-error.h"
#include "test-quotes.h"
#include "test-utils.h"

/* A server in a thread of its own that writes as fast as it can, against a client in this one. */

#define V1 "server-signal.v1"
/* The longest that the main loop may stand still here, in the processor's time: other programs may have the
 * processor meanwhile. Where a server has the loop for itself, it stands still for as long as the server
 * writes. */
#define STALL_MS 1000
#define FLOOD_MS 60000
#define HEAP_BYTES (48 * 1024 * 1024)
#define BLOCK_BYTES (256 * 1024)

typedef struct _Case Case;

struct _Case
{
  const char *name;
  const char *answer;   /* NULL: the handshake, and hello */
  const char *greeting; /* a text after that, with ' for " */
  guint8      first;    /* of the frame that comes for ever; 0: unit is no frame */
  const char *unit;     /* with ' for " where it is a frame */
  gboolean    quiet;    /* nothing comes for ever */
  void      (*make) (GString *block, guint64 *count);
  GQuark    (*domain) (void);
  int         code;
  const char *words;    /* that the error has; NULL: any */
};

typedef struct
{
  const Case *kind;
  GSocket    *listener;
  GThread    *thread;
  int         over;     /* atomic */
  guint64     sent;
} Server;

static void make_via (GString *block, guint64 *count);

static void
append_frame (GString    *out,
              guint8      first,
              const char *payload,
              gsize       length)
{
  g_string_append_c (out, (char) first);
  if (length < 126)
    {
      g_string_append_c (out, (char) length);
    }
  else if (length < 65536)
    {
      g_string_append_c (out, 126);
      g_string_append_c (out, (char) (length >> 8));
      g_string_append_c (out, (char) length);
    }
  else
    {
      g_string_append_c (out, 127);
      for (int shift = 56; shift >= 0; shift -= 8)
        g_string_append_c (out, (char) (length >> shift));
    }
  g_string_append_len (out, payload, (gssize) length);
}

static void
append_text (GString    *out,
             const char *quoted)
{
  g_autofree char *text = test_json (quoted);

  append_frame (out, 0x81, text, strlen (text));
}

static gboolean
send_all (Server     *self,
          GSocket    *socket,
          const char *data,
          gsize       length)
{
  while (length > 0 && !g_atomic_int_get (&self->over))
    {
      g_autoptr (GError) error = NULL;
      gssize n = g_socket_send (socket, data, length, NULL, &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      length -= (gsize) n;
      self->sent += (guint64) n;
    }

  return length == 0;
}

static char *
read_head (GSocket *socket)
{
  g_autoptr (GString) head = g_string_new (NULL);
  char byte;

  while (strstr (head->str, "\r\n\r\n") == NULL)
    {
      if (g_socket_receive (socket, &byte, 1, NULL, NULL) != 1)
        return NULL;
      g_string_append_c (head, byte);
    }

  return g_strdup (head->str);
}

static char *
accept_key (const char *head)
{
  const char *key = strstr (head, "Sec-WebSocket-Key: ");
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize length = sizeof digest;

  g_assert_nonnull (key);
  key += strlen ("Sec-WebSocket-Key: ");
  g_checksum_update (sum, (const guchar *) key, (gssize) strcspn (key, "\r"));
  g_checksum_update (sum, (const guchar *) "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", -1);
  g_checksum_get_digest (sum, digest, &length);

  return g_base64_encode (digest, length);
}

static void
serve (Server  *self,
       GSocket *socket)
{
  const Case *kind = self->kind;
  g_autofree char *head = read_head (socket);
  g_autoptr (GString) out = g_string_new (NULL);
  guint64 count = 0;

  if (head == NULL)
    return;

  if (kind->answer != NULL)
    {
      g_string_append (out, kind->answer);
    }
  else
    {
      g_autofree char *accepted = accept_key (head);

      g_string_append_printf (out,
                              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\nSec-WebSocket-Protocol: " V1 "\r\n"
                              "Sec-WebSocket-Accept: %s\r\n\r\n",
                              accepted);
      if (kind->make != make_via)
        append_text (out, "{'hello':{'protocol':'server-signal.v1','signals':[],'via':['h']}}");
    }
  if (kind->greeting != NULL)
    append_text (out, kind->greeting);
  if (!send_all (self, socket, out->str, out->len))
    return;

  while (!kind->quiet && !g_atomic_int_get (&self->over))
    {
      if (count == 0 || kind->make != NULL)
        {
          g_string_truncate (out, 0);
          if (kind->make != NULL)
            {
              kind->make (out, &count);
            }
          else
            {
              g_autofree char *payload = kind->first != 0 ? test_json (kind->unit) : NULL;

              while (out->len < BLOCK_BYTES)
                {
                  if (kind->first != 0)
                    append_frame (out, kind->first, payload, strlen (payload));
                  else
                    g_string_append (out, kind->unit);
                }
              count = 1;
            }
        }
      if (!send_all (self, socket, out->str, out->len))
        return;
    }

  while (!g_atomic_int_get (&self->over))
    g_usleep (5000);
}

static gpointer
server_thread (gpointer user_data)
{
  Server *self = user_data;
  g_autoptr (GSocket) socket = NULL;

  socket = g_socket_accept (self->listener, NULL, NULL);
  if (socket != NULL)
    {
      g_socket_set_timeout (socket, 1);
      serve (self, socket);
    }

  return NULL;
}

static guint16
server_start (Server     *self,
              const Case *kind)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  self->kind = kind;
  self->listener =
    g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_socket_bind (self->listener, any, TRUE, &error);
  g_assert_no_error (error);
  g_socket_listen (self->listener, &error);
  g_assert_no_error (error);
  address = g_socket_get_local_address (self->listener, &error);
  g_assert_no_error (error);
  self->thread = g_thread_new ("hostile", server_thread, self);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

static void
server_stop (Server *self)
{
  g_atomic_int_set (&self->over, TRUE);
  g_socket_shutdown (self->listener, TRUE, TRUE, NULL);
  g_thread_join (self->thread);
  g_object_unref (self->listener);
}

/* The heap is looked at by a timer, which also notes how late it comes. */
typedef struct
{
  gint64 last;
  gint64 stall;
  gsize  heap_before;
  gsize  heap;
} Watch;

static gsize
get_heap (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

static gboolean
watch_cb (gpointer user_data)
{
  Watch *watch = user_data;
  gint64 now = test_cpu_time ();

  watch->stall = MAX (watch->stall, now - watch->last);
  watch->last = now;
  watch->heap = MAX (watch->heap, get_heap ());

  return G_SOURCE_CONTINUE;
}

static gboolean
over_cb (gpointer user_data)
{
  Server *server = user_data;

  g_atomic_int_set (&server->over, TRUE);

  return G_SOURCE_REMOVE;
}

/* Ends the flood when the main loop cannot. */
static gpointer
deadline_thread (gpointer user_data)
{
  Server *server = user_data;

  for (guint i = 0; i < FLOOD_MS / 10 && !g_atomic_int_get (&server->over); i++)
    g_usleep (10000);
  g_atomic_int_set (&server->over, TRUE);

  return NULL;
}

static void
assert_clean (const char *text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (c)));
}

static void
attack (const Case *kind,
        const char *proxied)
{
  Server server = { 0 };
  Watch watch = { 0 };
  guint16 port = server_start (&server, kind);
  g_autofree char *uri = g_strdup_printf ("ws://127.0.0.1:%u/ws", port);
  g_autoptr (ServerSignalClient) client =
    server_signal_client_new (proxied != NULL ? proxied : uri);
  const GError *error;
  GThread *deadline;
  guint id;

  if (proxied != NULL)
    {
      g_autofree char *proxy = g_strdup_printf ("http://127.0.0.1:%u", port);
      g_autoptr (GProxyResolver) resolver = g_simple_proxy_resolver_new (proxy, NULL);
      g_autoptr (SoupSession) session = NULL;

      session = soup_session_new_with_options ("proxy-resolver", resolver, NULL);
      server_signal_client_set_session (client, session);
    }

  g_object_set (client, "retry-min", 60000, "connect-timeout", 2000, NULL);
  server_signal_client_set_max_document (client, 4 * 1024 * 1024);
  server_signal_client_get_signal (client, "counter");
  server_signal_client_start (client);

  watch.last = test_cpu_time ();
  watch.heap_before = get_heap ();
  id = g_timeout_add (5, watch_cb, &watch);
  deadline = g_thread_new ("deadline", deadline_thread, &server);

  while (server_signal_client_get_state (client) != SERVER_SIGNAL_CLIENT_STATE_WAITING &&
         server_signal_client_get_state (client) != SERVER_SIGNAL_CLIENT_STATE_CLOSED &&
         !g_atomic_int_get (&server.over))
    g_main_context_iteration (NULL, TRUE);
  watch_cb (&watch);

  error = server_signal_client_get_error (client);
  g_test_message ("%.1f MiB sent, a stall of %.0f ms, %.1f MiB more; %s",
                  (double) server.sent / 1048576, (double) watch.stall / 1000,
                  ((double) watch.heap - (double) watch.heap_before) / 1048576,
                  error != NULL ? error->message : "no error");
  g_assert_cmpint (watch.stall / 1000, <, STALL_MS);
  g_assert_cmpuint (watch.heap, <, watch.heap_before + HEAP_BYTES);
  g_assert_false (g_atomic_int_get (&server.over));
  g_assert_error (error, kind->domain (), kind->code);
  assert_clean (error->message);
  if (kind->words != NULL)
    g_assert_nonnull (strstr (error->message, kind->words));

  g_source_remove (id);
  over_cb (&server);
  g_thread_join (deadline);
  server_signal_client_stop (client);
  server_stop (&server);
}

static void
test_attack (gconstpointer data)
{
  attack (data, NULL);
}

static void
test_proxy (gconstpointer data)
{
  attack (data, "wss://counter.example:443/ws");
}

/* A piece of 256 KiB more with each update. */
static void
make_growing (GString *block,
              guint64 *count)
{
  g_autofree char *piece = g_strnfill (256 * 1024, 'x');
  g_autofree char *text = NULL;

  if (*count == 0)
    {
      append_text (block, "{'name':'counter','epoch':'e','rev':0,'patch':"
                          "[{'op':'replace','path':'','value':[]}]}");
    }
  else
    {
      text =
        g_strdup_printf ("{'name':'counter','base':%" G_GUINT64_FORMAT ",'rev':%" G_GUINT64_FORMAT
                         ",'patch':[{'op':'add','path':'/-','value':'%s'}]}",
                         *count - 1, *count, piece);
      append_text (block, text);
    }
  (*count)++;
}

/* The document is copied into itself, again and again. */
static void
make_copies (GString *block,
             guint64 *count)
{
  g_autofree char *text = NULL;

  if (*count == 0)
    {
      append_text (block, "{'name':'counter','epoch':'e','rev':0,'patch':"
                          "[{'op':'replace','path':'','value':{'a':[1,2,3,4,5,6,7,8,9]}}]}");
    }
  else
    {
      text =
        g_strdup_printf ("{'name':'counter','base':%" G_GUINT64_FORMAT ",'rev':%" G_GUINT64_FORMAT
                         ",'patch':[{'op':'copy','from':'/a','path':"
                         "'/a/-'}]}",
                         *count - 1, *count);
      append_text (block, text);
    }
  (*count)++;
}

static void
make_via (GString *block,
          guint64 *count)
{
  g_autoptr (GString) text = g_string_new ("{'hello':{'protocol':'server-signal.v1','via':['h'");

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, ",'h%u'", i);
  g_string_append (text, "]}}");
  append_text (block, text->str);
  (*count)++;
}

#define OURS server_signal_error_quark
#define GIO g_io_error_quark
#define LIMIT OURS, SERVER_SIGNAL_ERROR_LIMIT
#define PROTOCOL OURS, SERVER_SIGNAL_ERROR_PROTOCOL
#define CHUNKED(status) "HTTP/1.1 " status "\r\nTransfer-Encoding: chunked\r\n\r\n"
#define UPGRADE "HTTP/1.1 101 Switching Protocols\r\n"

static const Case cases[] = {
  { "hellos", NULL, NULL, 0x81, "{'hello':{'protocol':'server-signal.v1','signals':[]}}", FALSE,
    NULL, LIMIT, NULL },
  { "errors", NULL, NULL, 0x81, "{'error':{'code':'unknown-signal','name':'counter'}}", FALSE,
    NULL, LIMIT, NULL },
  { "errors-without-name", NULL, NULL, 0x81, "{'error':{'code':'a','message':'b'}}", FALSE, NULL,
    LIMIT, NULL },
  { "added", NULL, NULL, 0x81, "{'signal':'added','name':'counter'}", FALSE, NULL, LIMIT, NULL },
  { "removed", NULL, NULL, 0x81, "{'signal':'removed','name':'counter'}", FALSE, NULL, LIMIT,
    NULL },
  { "pings", NULL, NULL, 0x89, "x", FALSE, NULL, LIMIT, "pings" },
  { "pongs", NULL, NULL, 0x8a, "x", FALSE, NULL, LIMIT, "pings" },
  { "unknown", NULL, NULL, 0x81, "{'a':1}", FALSE, NULL, LIMIT, NULL },
  { "not-asked-for", NULL, NULL, 0x81,
    "{'name':'other','epoch':'e','rev':1,'patch':[{'op':'replace','path':'','value':[1,2]}]}",
    FALSE, NULL, LIMIT, NULL },
  { "confirmed", NULL,
    "{'name':'counter','epoch':'e','rev':1,'patch':[{'op':'replace','path':'','value':1}]}", 0x81,
    "{'name':'counter','base':1,'rev':1,'patch':[]}", FALSE, NULL, LIMIT, NULL },
  { "stale", NULL, NULL, 0x81, "{'name':'counter','base':1,'rev':2,'patch':[]}", FALSE, NULL,
    LIMIT, NULL },
  { "growing", NULL, NULL, 0, NULL, FALSE, make_growing, LIMIT, "counter" },
  { "copies", NULL, NULL, 0, NULL, FALSE, make_copies, LIMIT, "counter" },
  { "via", NULL, NULL, 0, NULL, FALSE, make_via, LIMIT, "hubs" },
  { "continue", "HTTP/1.1 100 Continue\r\n\r\n", NULL, 0, "HTTP/1.1 100 Continue\r\n\r\n", FALSE,
    NULL, LIMIT, "interim" },
  { "early-hints", "HTTP/1.1 103 Early\r\n\r\n", NULL, 0, "HTTP/1.1 103 Early\r\n\r\n", FALSE,
    NULL, LIMIT, "interim" },
  { "200", CHUNKED ("200 OK"), NULL, 0, "1\r\na\r\n", FALSE, NULL, PROTOCOL, "200" },
  { "302", CHUNKED ("302 Found"), NULL, 0, "1\r\na\r\n", FALSE, NULL, PROTOCOL, "302" },
  { "308", CHUNKED ("308 Moved"), NULL, 0, "1\r\na\r\n", FALSE, NULL, PROTOCOL, "308" },
  { "401", CHUNKED ("401 Who"), NULL, 0, "1\r\na\r\n", FALSE, NULL, OURS,
    SERVER_SIGNAL_ERROR_CLOSED, "401" },
  { "407", "HTTP/1.1 407 Who\r\nConnection: close\r\n\r\n", NULL, 0, "a", FALSE, NULL, OURS,
    SERVER_SIGNAL_ERROR_CLOSED, "407" },
  { "503", "HTTP/1.1 503 \x1b[2JNo\x7f\r\nContent-Length: 99999999999\r\n\r\n", NULL, 0, "a",
    FALSE, NULL, PROTOCOL, "503" },
  { "endless-line", UPGRADE "X-A: ", NULL, 0, "b", FALSE, NULL, GIO, G_IO_ERROR_PARTIAL_INPUT,
    NULL },
  { "endless-head", UPGRADE, NULL, 0, "X-A: b\r\n", FALSE, NULL, GIO, G_IO_ERROR_PARTIAL_INPUT,
    NULL },
  { "silent", "", NULL, 0, NULL, TRUE, NULL, GIO, G_IO_ERROR_TIMED_OUT, NULL },
  { "slow-head", UPGRADE "X-A: b", NULL, 0, NULL, TRUE, NULL, GIO, G_IO_ERROR_TIMED_OUT, NULL },
};

static const Case proxies[] = {
  { "403", CHUNKED ("403 No"), NULL, 0, "1\r\na\r\n", FALSE, NULL, OURS,
    SERVER_SIGNAL_ERROR_CLOSED, "403" },
  { "502", "HTTP/1.1 502 Bad\x1b[1m\r\nConnection: close\r\n\r\n", NULL, 0, "a", FALSE, NULL,
    PROTOCOL, "502" },
  { "continue", "HTTP/1.1 100 Continue\r\n\r\n", NULL, 0, "HTTP/1.1 100 Continue\r\n\r\n", FALSE,
    NULL, LIMIT, "interim" },
  { "silent", "", NULL, 0, NULL, TRUE, NULL, GIO, G_IO_ERROR_TIMED_OUT, NULL },
};

static void
make_fragments (GString *block,
                guint64 *count)
{
  if (*count == 0)
    append_frame (block, 0x01, "", 0);
  while (block->len < BLOCK_BYTES)
    append_frame (block, 0x00, "", 0);
  (*count)++;
}

static void
make_close (GString *block,
            guint64 *count)
{
  static const char reason[] = "\x03\xe9"
                               "\x1b[2Jgone\r\n\xc2\x9b"
                               "1m\xe2\x80\xae";

  append_frame (block, 0x88, reason, sizeof reason - 1);
  (*count)++;
}

static const Case fragments = { "fragments", NULL, NULL, 0, NULL, FALSE, make_fragments, LIMIT,
                                "fragments" };
static const Case closing = { "close-reason", NULL, NULL, 0, NULL, FALSE, make_close, GIO,
                              G_IO_ERROR_CONNECTION_CLOSED, "gone" };
static const Case bad_names[] = {
  { "name", NULL, NULL, 0x81, "{'name':'\\u001b[2J','patch':[{'op':'fly','path':'\\u009b'}]}",
    FALSE, NULL, OURS, SERVER_SIGNAL_ERROR_INVALID_PATCH, NULL },
  { "op", NULL, NULL, 0x81, "{'name':'counter','patch':[{'op':'\\u001b[2J','path':''}]}", FALSE,
    NULL, OURS, SERVER_SIGNAL_ERROR_INVALID_PATCH, NULL },
};

static void
add_cases (const char    *prefix,
           const Case    *kinds,
           gsize          n_kinds,
           GTestDataFunc  func)
{
  for (gsize i = 0; i < n_kinds; i++)
    {
      g_autofree char *path = g_strconcat (prefix, kinds[i].name, NULL);

      g_test_add_data_func (path, &kinds[i], func);
    }
}

/* libsoup has a message for each frame, which a test in TAP prints, and there are millions. */
static void
drop_cb (const char     *domain,
         GLogLevelFlags  level,
         const char     *message,
         gpointer        user_data)
{
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("libsoup", G_LOG_LEVEL_DEBUG, drop_cb, NULL);

  add_cases ("/client-hostile/", cases, G_N_ELEMENTS (cases), test_attack);
  add_cases ("/client-hostile/", &fragments, 1, test_attack);
  add_cases ("/client-hostile/", &closing, 1, test_attack);
  add_cases ("/client-hostile/words/", bad_names, G_N_ELEMENTS (bad_names), test_attack);
  add_cases ("/client-hostile/proxy/", proxies, G_N_ELEMENTS (proxies), test_proxy);

  return g_test_run ();
}
