/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-document.h"

#include <errno.h>
#include <string.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

/* As much as a document may have. */
#define MAX_BYTES (64 * 1024 * 1024)
#define BOM "\xef\xbb\xbf"

static FILE *
open_file (const char  *name,
           GError     **error)
{
  FILE *file = strcmp (name, "-") == 0 ? stdin : g_fopen (name, "rb");

  if (file == NULL)
    {
      int code = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s", name,
                   g_strerror (code));
    }

  return file;
}

static GString *
read_all (FILE *file)
{
  GString *text = g_string_new (NULL);
  char buffer[65536];
  gsize n;

  while (text->len <= MAX_BYTES && (n = fread (buffer, 1, sizeof buffer, file)) > 0)
    g_string_append_len (text, buffer, (gssize) n);

  return text;
}

char *
tool_read_text (const char  *name,
                GError     **error)
{
  FILE *file = open_file (name, error);
  GString *text;
  int code;

  if (file == NULL)
    return NULL;

  errno = 0;
  text = read_all (file);
  code = ferror (file) ? errno : 0;
  if (file != stdin)
    fclose (file);

  if (code != 0)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s", name,
                 g_strerror (code));
  else if (text->len > MAX_BYTES)
    g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                 _("%s: this is more than %d MiB"), name, MAX_BYTES / 1024 / 1024);
  else if (strlen (text->str) != text->len)
    g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                 _("%s: this is not text: it has a zero byte"), name);
  else
    {
      if (g_str_has_prefix (text->str, BOM))
        g_string_erase (text, 0, strlen (BOM));
      return g_string_free (text, FALSE);
    }

  g_string_free (text, TRUE);

  return NULL;
}

ServerSignal *
tool_read_document (const char  *name,
                    GError     **error)
{
  g_autofree char *text = tool_read_text (name, error);
  ServerSignal *document;

  if (text == NULL)
    return NULL;

  document = server_signal_new_from_json ("document", text, error);
  if (document == NULL)
    g_prefix_error (error, "%s: ", name);

  return document;
}

/* Each is the text of a list. */
char *
tool_patch_join (const char *first,
                 const char *second)
{
  if (g_str_equal (first, "[]"))
    return g_strdup (second);
  if (g_str_equal (second, "[]"))
    return g_strdup (first);

  return g_strdup_printf ("%.*s,%s", (int) strlen (first) - 1, first, second + 1);
}
