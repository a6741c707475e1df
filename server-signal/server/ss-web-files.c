/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-web-files.h"

#include <stdlib.h>
#include <string.h>

#include "ss-etag.h"
#include "web/server-signal-resources.h"
#include "web/web-files.h"

#define FOLDER "/server-signal/web/served/"
#define INSPECTOR "inspector"
#define INSPECTOR_PAGE "inspector.html"
/* Its sockets may go to another hub, which its address names. */
#define POLICY \
  "default-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; " \
  "frame-ancestors 'none'"
#define NOT_ALLOWED "This is asked with GET or HEAD.\n"

typedef __typeof__ (web_files[0]) WebFile;

static int
compare_names (gconstpointer name,
               gconstpointer file)
{
  return strcmp (name, ((const WebFile *) file)->name);
}

static const WebFile *
find_file (const char *name)
{
  return bsearch (name, web_files, G_N_ELEMENTS (web_files), sizeof (WebFile), compare_names);
}

/* Also of its style, its script and what that is made of. */
static gboolean
is_inspector (const char *name)
{
  if (g_str_has_prefix (name, "src/"))
    name += strlen ("src/");

  return g_str_has_prefix (name, INSPECTOR);
}

/* The name of the file, and whether the path has the hash that stands for these files. */
static const char *
get_name (const char *path,
          gboolean   *versioned)
{
  const char *name = path + 1;

  *versioned = g_str_has_prefix (name, SS_WEB_VERSION "/");

  return *versioned ? name + strlen (SS_WEB_VERSION "/") : name;
}

static gboolean
has_entry (GSList     *entries,
           const char *name)
{
  return g_slist_find_custom (entries, name, (GCompareFunc) g_ascii_strcasecmp) != NULL;
}

/* RFC 9110, 12.5.3. */
static gboolean
takes_gzip (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *accept = soup_message_headers_get_list (headers, "Accept-Encoding");
  GSList *refused = NULL;
  GSList *taken = accept != NULL ? soup_header_parse_quality_list (accept, &refused) : NULL;
  gboolean takes = has_entry (taken, "gzip") || has_entry (taken, "x-gzip") ||
                   (has_entry (taken, "*") && !has_entry (refused, "gzip"));

  soup_header_free_list (taken);
  soup_header_free_list (refused);

  return takes;
}

static GBytes *
unpack (GBytes *packed,
        gsize   length)
{
  g_autoptr (GInputStream) input = g_memory_input_stream_new_from_bytes (packed);
  g_autoptr (GZlibDecompressor) decompressor =
    g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) stream =
    g_converter_input_stream_new (input, G_CONVERTER (decompressor));
  g_autofree char *data = g_malloc (length);
  gsize n_read;

  /* It is memory, and was made with the library. */
  if (!g_input_stream_read_all (stream, data, length, &n_read, NULL, NULL) || n_read != length)
    g_assert_not_reached ();

  return g_bytes_new_take (g_steal_pointer (&data), length);
}

static void
set_headers (SoupServerMessage *message,
             const char        *etag,
             gboolean           versioned)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);
  const char *origin = soup_message_headers_get_one (request, "Origin");

  soup_message_headers_replace (response, "ETag", etag);
  soup_message_headers_replace (response, "Cache-Control",
                                versioned ? "public, max-age=31536000, immutable" : "no-cache");
  soup_message_headers_replace (response, "Vary", "Accept-Encoding, Origin");
  soup_message_headers_replace (response, "X-Content-Type-Options", "nosniff");
  /* The hub has let it in: modules are loaded from other origins with CORS only. */
  if (origin != NULL)
    soup_message_headers_replace (response, "Access-Control-Allow-Origin", origin);
}

static void
answer_file (SoupServerMessage *message,
             const WebFile     *file,
             gboolean           versioned)
{
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);
  gboolean gzip = takes_gzip (message);
  /* Two representations have two strong tags (RFC 9110, 8.8.3). */
  g_autofree char *etag = g_strdup_printf ("\"%s%s\"", file->hash, gzip ? "-gzip" : "");
  g_autofree char *resource = g_strconcat (FOLDER, file->name, NULL);
  g_autoptr (GBytes) body = NULL;

  set_headers (message, etag, versioned);
  if (ss_etag_is_known (message, etag))
    {
      soup_server_message_set_status (message, SOUP_STATUS_NOT_MODIFIED, NULL);
      return;
    }

  body = g_resource_lookup_data (server_signal_web_get_resource (), resource,
                                 G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_assert (body != NULL);
  if (gzip)
    {
      soup_message_headers_replace (response, "Content-Encoding", "gzip");
    }
  else
    {
      g_autoptr (GBytes) packed = g_steal_pointer (&body);

      body = unpack (packed, file->length);
    }

  if (g_str_equal (file->name, INSPECTOR_PAGE))
    soup_message_headers_replace (response, "Content-Security-Policy", POLICY);
  soup_message_headers_replace (response, "Content-Type", file->type);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), body);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

/* The address of the inspector with that of the WebSocket, which is relative, so that it is right
 * behind a proxy that takes a prefix away. NULL: it finds it by itself. */
static char *
make_inspector_uri (SoupServerMessage *message,
                    const char        *folder,
                    const char        *websocket,
                    gboolean           versioned)
{
  GUri *uri = soup_server_message_get_uri (message);
  const char *query = uri != NULL ? g_uri_get_query (uri) : NULL;
  g_autofree char *escaped = NULL;
  g_autoptr (GString) relative = NULL;

  if (websocket == NULL || (query != NULL && query[0] != '\0'))
    return NULL;

  relative = g_string_new (NULL);
  for (const char *at = folder; *at != '\0'; at++)
    if (*at == '/')
      g_string_append (relative, "../");
  if (versioned)
    g_string_append (relative, "../");
  g_string_append (relative, websocket + 1);
  if (g_str_equal (relative->str, "ws"))
    return NULL;

  escaped = g_uri_escape_string (relative->str, "/", FALSE);

  return g_strconcat (INSPECTOR_PAGE "?ws=", escaped, NULL);
}

/* FALSE: the method is one by which a file is not had, and this was the answer. */
static gboolean
check_method (SoupServerMessage *message)
{
  const char *method = soup_server_message_get_method (message);

  if (method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD)
    return TRUE;

  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Allow",
                                "GET, HEAD, OPTIONS");
  if (method == SOUP_METHOD_OPTIONS)
    {
      soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
    }
  else
    {
      soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
      soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_STATIC,
                                        NOT_ALLOWED, strlen (NOT_ALLOWED));
    }

  return FALSE;
}

gboolean
ss_web_files_answer (SoupServerMessage *message,
                     const char        *path,
                     gboolean           inspector,
                     const char        *folder,
                     const char        *websocket)
{
  const WebFile *file;
  gboolean versioned;
  g_autofree char *elsewhere = NULL;

  if (path[0] != '/')
    return FALSE;

  file = find_file (get_name (path, &versioned));
  if (file == NULL || (!inspector && is_inspector (file->name)))
    return FALSE;
  if (!check_method (message))
    return TRUE;

  if (g_str_equal (file->name, INSPECTOR_PAGE))
    elsewhere = make_inspector_uri (message, folder, websocket, versioned);
  if (elsewhere != NULL)
    {
      SoupMessageHeaders *response = soup_server_message_get_response_headers (message);

      /* libsoup's own function makes it absolute. */
      soup_message_headers_replace (response, "Location", elsewhere);
      soup_message_headers_replace (response, "Cache-Control", "no-cache");
      soup_server_message_set_status (message, SOUP_STATUS_FOUND, NULL);
    }
  else
    {
      answer_file (message, file, versioned);
    }

  return TRUE;
}

const char *
ss_web_files_get_version (void)
{
  return SS_WEB_VERSION;
}
