/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The client for pages, as a hub serves it. */

#include "test-hub.h"
#include "test-socket.h"

#define MODULE "/server-signal.js"

typedef struct
{
  ServerSignalHub *hub;
  SoupServer      *server; /* NULL: the hub's own */
  const char      *folder; /* where the files are */
  guint16          port;
} Fixture;

typedef struct
{
  gboolean    attached;
  const char *path;    /* as the hub was told */
  const char *folder;
  const char *inspector; /* where its page sends the browser; NULL: nowhere */
} Place;

typedef struct
{
  guint               status;
  SoupMessageHeaders *headers;
  GBytes             *body;
} Answer;

static const Place places[] = {
  { FALSE, "/server-signal", "/server-signal", "inspector.html?ws=../ws" },
  { FALSE, "/", "", NULL },
  { FALSE, "/a b/c/", "/a%20b/c", "inspector.html?ws=../../ws" },
  { TRUE, NULL, "/server-signal", "inspector.html?ws=../a%20b/ws" },
  { TRUE, "/x/", "/x", "inspector.html?ws=../a%20b/ws" },
};

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  const Place *place = data;
  g_autofree char *text = NULL;
  g_autoptr (GUri) uri = NULL;

  self->hub = server_signal_hub_new ();
  self->folder = place->folder;
  if (place->attached)
    {
      self->server = new_server ();
      server_signal_hub_serve (self->hub, self->server, place->path);
      server_signal_hub_attach (self->hub, self->server, "/a b/ws");
    }
  else
    {
      server_signal_hub_set_serve_path (self->hub, place->path);
      g_assert_true (server_signal_hub_listen (self->hub, "127.0.0.1", 0, NULL));
    }
  text = server_signal_hub_dup_uri (self->hub);
  uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  self->port = (guint16) g_uri_get_port (uri);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
}

static void
answer_free (Answer *answer)
{
  soup_message_headers_unref (answer->headers);
  g_bytes_unref (answer->body);
  g_free (answer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

/* To the byte, as the client of libsoup would unpack it. headers: lines, or "". */
static Answer *
ask (Fixture    *self,
     const char *method,
     const char *path,
     const char *headers)
{
  g_autoptr (TestSocket) socket = test_socket_new (self->port);
  g_autofree char *request =
    g_strdup_printf ("%s %s%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n", method,
                     self->folder, path, headers);
  Answer *answer = g_new0 (Answer, 1);
  g_autofree char *text = NULL;
  const char *end;
  gsize length;

  test_socket_send (socket, request, strlen (request));
  WAIT_UNTIL (test_socket_read (socket) && socket->ended);

  text = g_strndup ((const char *) socket->in->data, socket->in->len);
  end = strstr (text, "\r\n\r\n");
  g_assert_nonnull (end);
  length = (gsize) (end - text) + 4;
  answer->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  g_assert_true (soup_headers_parse_response (text, (int) length - 2, answer->headers, NULL,
                                              &answer->status, NULL));
  answer->body = g_bytes_new (socket->in->data + length, socket->in->len - length);

  return answer;
}

static const char *
get_header (Answer     *answer,
            const char *name)
{
  return soup_message_headers_get_list (answer->headers, name);
}

static GBytes *
unpack (GBytes *packed)
{
  g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_bytes (packed);
  g_autoptr (GZlibDecompressor) decompressor =
    g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) stream =
    g_converter_input_stream_new (memory, G_CONVERTER (decompressor));
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr (GError) error = NULL;

  g_output_stream_splice (out, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  g_assert_no_error (error);

  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
}

static void
assert_status (Fixture    *self,
               const char *method,
               const char *path,
               const char *headers,
               guint       status)
{
  g_autoptr (Answer) answer = ask (self, method, path, headers);

  g_assert_cmpuint (answer->status, ==, status);
}

static void
assert_type (Fixture    *self,
             const char *path,
             const char *type)
{
  g_autoptr (Answer) answer = ask (self, "GET", path, "");

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (get_header (answer, "Content-Type"), ==, type);
  g_assert_cmpstr (get_header (answer, "X-Content-Type-Options"), ==, "nosniff");
  g_assert_cmpuint (g_bytes_get_size (answer->body), >, 0);
}

/* All that a page needs is there, and nothing else. */
/* By which a file is not had: RFC 9110, 15.5.6. */
static void
test_methods (Fixture *self)
{
  static const char *const methods[] = { "POST", "PUT", "DELETE", "OPTIONS", "PATCH" };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      gboolean asks = strcmp (methods[i], "OPTIONS") == 0;
      g_autoptr (Answer) answer = ask (self, methods[i], MODULE, "");

      g_assert_cmpuint (answer->status, ==, asks ? 204 : 405);
      g_assert_cmpstr (get_header (answer, "Allow"), ==, "GET, HEAD, OPTIONS");
      g_assert_cmpuint (g_bytes_get_size (answer->body), ==, asks ? 0 : 32);
      assert_status (self, methods[i], "/nothing.js", "", 404);
      /* Which is not there for anybody. */
      assert_status (self, methods[i], "/inspector.html", "", 404);
    }
}

static void
test_files (Fixture       *self,
            gconstpointer  data)
{
  static const char *const absent[] = { "/x",
                                        "/served" MODULE,
                                        "/server-signal.js/",
                                        "/adapters",
                                        "/0123456789abcdef0123" MODULE,
                                        "/package.json",
                                        "/" };
  g_autoptr (Answer) module = ask (self, "GET", MODULE, "");
  g_autoptr (Answer) adapter = ask (self, "GET", "/adapters/react.js", "");
  g_autofree char *text =
    g_strndup (g_bytes_get_data (module->body, NULL), g_bytes_get_size (module->body));

  assert_type (self, MODULE, "text/javascript; charset=utf-8");
  assert_type (self, "/server-signal-element.js", "text/javascript; charset=utf-8");
  assert_type (self, "/offline.js", "text/javascript; charset=utf-8");
  assert_type (self, "/server-signal.d.ts", "text/plain; charset=utf-8");
  g_assert_nonnull (strstr (text, "export"));
  g_assert_cmpuint (adapter->status, ==, 200);

  /* With a minifier the library has source maps too. */
  if (strstr (text, "\n//# sourceMappingURL=server-signal.js.map\n") != NULL)
    {
      g_autoptr (Answer) source = ask (self, "GET", "/src" MODULE, "");

      assert_type (self, MODULE ".map", "application/json");
      g_assert_cmpuint (source->status, ==, 200);
      g_assert_cmpuint (g_bytes_get_size (source->body), >, strlen (text));
    }

  for (guint i = 0; i < G_N_ELEMENTS (absent); i++)
    {
      g_autoptr (Answer) answer = ask (self, "GET", absent[i], "");

      if (answer->status != 404)
        g_error ("“%s%s” is there", self->folder, absent[i]);
    }
  test_methods (self);
}

/* The same bytes in fewer. */
static void
test_gzip (Fixture       *self,
           gconstpointer  data)
{
  static const char *const refusals[] = {
    "",
    "Accept-Encoding: br\r\n",
    "Accept-Encoding: gzip;q=0\r\n",
    "Accept-Encoding: *, gzip;q=0\r\n",
  };
  static const char *const takers[] = { "Accept-Encoding: br, gzip;q=0.1\r\n",
                                        "Accept-Encoding: x-gzip\r\n", "Accept-Encoding: *\r\n" };
  g_autoptr (Answer) plain = ask (self, "GET", MODULE, "");

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (Answer) answer = ask (self, "GET", MODULE, refusals[i]);

      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_null (get_header (answer, "Content-Encoding"));
      g_assert_true (g_bytes_equal (answer->body, plain->body));
      g_assert_cmpstr (get_header (answer, "Vary"), ==, "Accept-Encoding, Origin");
    }
  for (guint i = 0; i < G_N_ELEMENTS (takers); i++)
    {
      g_autoptr (Answer) answer = ask (self, "GET", MODULE, takers[i]);
      g_autoptr (GBytes) unpacked = unpack (answer->body);

      g_assert_cmpstr (get_header (answer, "Content-Encoding"), ==, "gzip");
      g_assert_cmpstr (get_header (answer, "Content-Type"), ==, "text/javascript; charset=utf-8");
      g_assert_true (g_bytes_equal (unpacked, plain->body));
      g_assert_cmpuint (g_bytes_get_size (answer->body), <, g_bytes_get_size (plain->body) / 2);
      /* RFC 9110, 8.8.3: two representations have two strong tags. */
      g_assert_cmpstr (get_header (answer, "ETag"), !=, get_header (plain, "ETag"));
    }
}

/* HEAD says all but the content, and a client that has it gets none. */
static void
test_cache (Fixture       *self,
            gconstpointer  data)
{
  const char *version = server_signal_hub_get_module_version (self->hub);
  g_autofree char *path = g_strdup_printf ("/%s" MODULE, version);
  g_autofree char *wrong = g_strdup_printf ("/%s/x.js", version);
  g_autoptr (Answer) plain = ask (self, "GET", MODULE, "");
  g_autoptr (Answer) head = ask (self, "HEAD", MODULE, "");
  g_autoptr (Answer) forever = ask (self, "GET", path, "");
  const char *etag = get_header (plain, "ETag");
  g_autofree char *known = g_strdup_printf ("If-None-Match: \"x\", %s\r\n", etag);
  g_autofree char *packed =
    g_strdup_printf ("If-None-Match: %s\r\nAccept-Encoding: gzip\r\n", etag);
  g_autoptr (Answer) same = ask (self, "GET", MODULE, known);
  g_autoptr (Answer) other = ask (self, "GET", MODULE, packed);
  g_autofree char *length = g_strdup_printf ("%" G_GSIZE_FORMAT, g_bytes_get_size (plain->body));

  g_assert_true (etag[0] == '"' && strlen (etag) > 10 && g_str_has_suffix (etag, "\""));
  g_assert_cmpstr (get_header (plain, "Cache-Control"), ==, "no-cache");

  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpuint (g_bytes_get_size (head->body), ==, 0);
  g_assert_cmpstr (get_header (head, "Content-Length"), ==, length);
  g_assert_cmpstr (get_header (head, "ETag"), ==, etag);

  g_assert_cmpuint (same->status, ==, 304);
  g_assert_cmpuint (g_bytes_get_size (same->body), ==, 0);
  g_assert_cmpstr (get_header (same, "ETag"), ==, etag);
  g_assert_cmpstr (get_header (same, "Cache-Control"), ==, "no-cache");
  g_assert_cmpuint (other->status, ==, 200);

  g_assert_cmpuint (forever->status, ==, 200);
  g_assert_true (g_bytes_equal (forever->body, plain->body));
  g_assert_cmpstr (get_header (forever, "Cache-Control"), ==,
                   "public, max-age=31536000, immutable");
  assert_status (self, "GET", wrong, "", 404);
}

/* Only where it is wanted, with nothing of elsewhere on it. */
static void
test_inspector (Fixture       *self,
                gconstpointer  data)
{
  const Place *place = data;

  g_assert_false (server_signal_hub_get_inspector (self->hub));
  assert_status (self, "GET", "/inspector.html", "", 404);
  server_signal_hub_set_inspector (self->hub, TRUE);
  g_assert_true (server_signal_hub_get_inspector (self->hub));

  {
    g_autoptr (Answer) first = ask (self, "GET", "/inspector.html", "");
    g_autoptr (Answer) page = ask (self, "GET", "/inspector.html?ws=x", "");

    g_assert_cmpuint (first->status, ==, place->inspector != NULL ? 302 : 200);
    g_assert_cmpstr (get_header (first, "Location"), ==, place->inspector);
    g_assert_cmpuint (page->status, ==, 200);
    g_assert_cmpstr (get_header (page, "Content-Type"), ==, "text/html; charset=utf-8");
    g_assert_true (
      g_str_has_prefix (get_header (page, "Content-Security-Policy"), "default-src 'self'; "));
  }

  server_signal_hub_set_inspector (self->hub, FALSE);
  assert_status (self, "GET", "/inspector.html?ws=x", "", 404);
}

static gboolean
request_cb (ServerSignalHub   *hub,
            SoupServerMessage *message,
            const char        *path,
            gpointer           user_data)
{
  if (!g_str_has_suffix (path, "/offline.js"))
    return FALSE;

  soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);

  return TRUE;
}

/* Pages that may not connect have no use for it; the application's own files come first. */
static void
test_rules (Fixture       *self,
            gconstpointer  data)
{
  const char *const origins[] = { "https://example.org", NULL };
  const char *const from = "Origin: https://example.org\r\n";

  assert_status (self, "GET", MODULE, from, 403);
  server_signal_hub_set_allowed_origins (self->hub, origins);

  {
    g_autoptr (Answer) answer = ask (self, "GET", MODULE, from);

    g_assert_cmpuint (answer->status, ==, 200);
    g_assert_cmpstr (get_header (answer, "Access-Control-Allow-Origin"), ==, "https://example.org");
  }

  /* A file of the application's beside the folder is the application's. */
  if (self->server != NULL)
    {
      g_autoptr (Answer) beside = ask (self, "GET", ".js", "");

      g_assert_cmpint (memcmp (g_bytes_get_data (beside->body, NULL), "the page", 8), ==, 0);
      return;
    }

  g_signal_connect (self->hub, "request", G_CALLBACK (request_cb), NULL);
  assert_status (self, "GET", "/offline.js", "", 204);
  assert_status (self, "GET", MODULE, "", 200);
  server_signal_hub_set_serve_path (self->hub, NULL);
  assert_status (self, "GET", MODULE, "", 404);
}

/* A hub that serves files and nothing else is held by that, and let go. */
static void
test_hold (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (SoupServer) server = new_server ();

  g_assert_null (server_signal_hub_get_serve_path (hub));
  server_signal_hub_serve (hub, server, NULL);
  g_assert_null (server_signal_hub_dup_uri (hub));
  g_object_add_weak_pointer (G_OBJECT (hub), (gpointer *) &hub);
  g_object_unref (hub);
  g_assert_nonnull (hub);
  soup_server_remove_handler (server, "/server-signal/");
  g_assert_null (hub);
}

int
main (int   argc,
      char *argv[])
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *, gconstpointer);
  } cases[] = {
    { "files", test_files },         { "gzip", test_gzip },   { "cache", test_cache },
    { "inspector", test_inspector }, { "rules", test_rules },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (places); j++)
      {
        g_autofree char *path = g_strdup_printf ("/hub-files/%s/%u", cases[i].name, j);

        g_test_add (path, Fixture, &places[j], set_up, cases[i].func, tear_down);
      }
  g_test_add_func ("/hub-files/hold", test_hold);

  return g_test_run ();
}
