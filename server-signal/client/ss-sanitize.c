/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-sanitize.h"

#include <string.h>

#define MAX_BYTES 256
/* Of an error, which has words of ours around the server's. */
#define MAX_ERROR_BYTES 1024

/* Control characters, U+0080 to U+009F among them, which terminals obey as well; what ends a line;
 * and what turns the direction of the text around it. */
static gboolean
is_harmful (gunichar character)
{
  GUnicodeType type = g_unichar_type (character);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR ||
         type == G_UNICODE_PARAGRAPH_SEPARATOR || character == 0x061c || character == 0x200e ||
         character == 0x200f || (character >= 0x202a && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069);
}

static char *
clean (const char *text,
       gsize       max_bytes)
{
  g_autofree char *cut = g_strndup (text != NULL ? text : "", max_bytes);
  g_autofree char *valid = g_utf8_make_valid (cut, -1);
  GString *result = g_string_sized_new (strlen (valid));

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      g_string_append_unichar (result, is_harmful (character) ? ' ' : character);
    }

  return g_string_free (result, FALSE);
}

char *
ss_sanitize_text (const char *text)
{
  return clean (text, MAX_BYTES);
}

GError *
ss_sanitize_error (const GError *error)
{
  g_autofree char *words = clean (error->message, MAX_ERROR_BYTES);

  return g_error_new_literal (error->domain, error->code, words);
}

char *
ss_sanitize_uri (GUri *uri)
{
  GUriHideFlags hidden = G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT;

  return g_uri_to_string_partial (uri, hidden);
}
