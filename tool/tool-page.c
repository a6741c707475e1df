/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-page.h"

#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "tool-output.h"

#define OURS "/server-signal/tool"
/* A page has ten seconds to arrive, and stands in memory until then. */
#define MAX_BYTES (16 * 1024 * 1024)

struct _ToolPage
{
  char *folder;
};

ToolPage *
tool_page_new (const char  *folder,
               GError     **error)
{
  ToolPage *self;

  if (folder != NULL && !g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
                   _("%s: this is not a folder"), folder);
      return NULL;
    }

  self = g_new0 (ToolPage, 1);
  self->folder = g_strdup (folder);

  return self;
}

void
tool_page_free (ToolPage *self)
{
  g_free (self->folder);
  g_free (self);
}

static gboolean
is_hidden (const char *path)
{
  return strstr (path, "/.") != NULL;
}

/* Where it really is, if that is in the folder: links do not lead out of it. */
static char *
find_file (ToolPage   *self,
           const char *path)
{
  g_autofree char *name =
    g_strconcat (self->folder, "/", path, g_str_has_suffix (path, "/") ? "index.html" : NULL, NULL);
  char *folder = realpath (self->folder, NULL);
  char *real = realpath (name, NULL);
  g_autofree char *found = NULL;
  gsize length = folder != NULL ? strlen (folder) : 0;

  /* The folder may be the root, which ends in a slash itself. */
  if (folder != NULL && real != NULL && g_str_has_prefix (real, folder) &&
      (real[length] == '/' || folder[length - 1] == '/'))
    found = g_strdup (real);
  free (folder);
  free (real);

  return g_steal_pointer (&found);
}

static gboolean
is_folder (ToolPage   *self,
           const char *path)
{
  g_autofree char *found =
    self->folder != NULL && !is_hidden (path) ? find_file (self, path) : NULL;

  return found != NULL && g_file_test (found, G_FILE_TEST_IS_DIR);
}

static GBytes *
read_file (ToolPage   *self,
           const char *path)
{
  g_autofree char *name = is_hidden (path) ? NULL : find_file (self, path);
  g_autoptr (GFile) file = NULL;
  g_autoptr (GFileInfo) info = NULL;

  if (name == NULL)
    return NULL;

  file = g_file_new_for_path (name);
  info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE,
                            G_FILE_QUERY_INFO_NONE, NULL, NULL);
  if (info == NULL || g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    return NULL;
  if (g_file_info_get_size (info) > MAX_BYTES)
    {
      tool_note (_("%s: this is more than %d MiB"), name, MAX_BYTES / 1024 / 1024);
      return NULL;
    }

  return g_file_load_bytes (file, NULL, NULL, NULL);
}

static GBytes *
find (ToolPage   *self,
      const char *path)
{
  g_autofree char *name = NULL;

  if (self->folder != NULL)
    return read_file (self, path);

  name = g_strconcat (OURS, g_str_equal (path, "/") ? "/page.html" : path, NULL);

  return g_resources_lookup_data (name, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

static char *
guess_type (const char *path,
            GBytes     *bytes)
{
  gsize length;
  const guchar *data = g_bytes_get_data (bytes, &length);
  const char *name = strrchr (path, '/') + 1;
  g_autofree char *type = NULL;
  g_autofree char *mime = NULL;

  /* Browsers insist on these, whatever the system's database says. */
  if (name[0] == '\0' || g_str_has_suffix (name, ".html"))
    return g_strdup ("text/html; charset=utf-8");
  if (g_str_has_suffix (name, ".js") || g_str_has_suffix (name, ".mjs"))
    return g_strdup ("text/javascript; charset=utf-8");
  if (g_str_has_suffix (name, ".css"))
    return g_strdup ("text/css; charset=utf-8");
  if (g_str_has_suffix (name, ".svg"))
    return g_strdup ("image/svg+xml");
  if (g_str_has_suffix (name, ".wasm"))
    return g_strdup ("application/wasm");
  if (g_str_has_suffix (name, ".json"))
    return g_strdup ("application/json");

  type = g_content_type_guess (name, data, length, NULL);
  mime = g_content_type_get_mime_type (type);

  return mime != NULL ? g_steal_pointer (&mime) : g_strdup ("application/octet-stream");
}

gboolean
tool_page_answer (ToolPage          *self,
                  SoupServerMessage *message,
                  const char        *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autoptr (GBytes) bytes = find (self, path);
  g_autofree char *type = NULL;
  gsize length;
  const char *data;

  /* Links of a page are relative to its folder. */
  if (bytes == NULL && is_folder (self, path))
    {
      const char *name = strrchr (path, '/') + 1;
      g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
      g_autofree char *target = g_strconcat ("./", escaped, "/", NULL);

      soup_server_message_set_status (message, SOUP_STATUS_MOVED_PERMANENTLY, NULL);
      soup_message_headers_replace (headers, "Location", target);
      return TRUE;
    }

  if (bytes == NULL)
    return FALSE;

  data = g_bytes_get_data (bytes, &length);
  type = guess_type (path, bytes);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, data, length);
  soup_message_headers_replace (headers, "Cache-Control", "no-cache");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  if (self->folder == NULL && g_str_equal (path, "/"))
    soup_message_headers_replace (headers, "Content-Security-Policy",
                                  "default-src 'self'; connect-src 'self' ws: wss:; "
                                  "img-src 'self' data:");

  return TRUE;
}
