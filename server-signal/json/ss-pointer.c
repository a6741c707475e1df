/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-pointer.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "server-signal-error.h"

/* A "~" that begins neither "~0" nor "~1" is the only way in which the escapes can be wrong. */
static const char *
find_bad_escape (const char *pointer)
{
  const char *tilde;

  for (tilde = strchr (pointer, '~'); tilde != NULL; tilde = strchr (tilde + 1, '~'))
    if (tilde[1] != '0' && tilde[1] != '1')
      return tilde;

  return NULL;
}

gboolean
ss_pointer_is_plain (const char *pointer)
{
  if (*pointer != '/')
    return FALSE;

  for (; *pointer != '\0'; pointer++)
    if ((guchar) *pointer >= 0x80 || *pointer == '~')
      return FALSE;

  return TRUE;
}

gboolean
ss_pointer_is_valid (const char  *pointer,
                     GError     **error)
{
  if (pointer == NULL || *pointer == '\0' || ss_pointer_is_plain (pointer))
    return TRUE;

  if (!g_utf8_validate (pointer, -1, NULL))
    {
      g_autofree char *readable = g_utf8_make_valid (pointer, -1);

      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
                   _("“%s” is not a JSON Pointer: it is not valid UTF-8"), readable);
      return FALSE;
    }

  if (*pointer != '/')
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
                   _("“%s” is not a JSON Pointer: it must be empty or begin with “/”"), pointer);
      return FALSE;
    }

  if (find_bad_escape (pointer) != NULL)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
                   _("“%s” is not a JSON Pointer: “~” must be followed by “0” or “1”"), pointer);
      return FALSE;
    }

  return TRUE;
}

guint
ss_pointer_depth (const char *pointer)
{
  guint depth = 0;

  if (pointer != NULL)
    for (; *pointer != '\0'; pointer++)
      depth += *pointer == '/';

  return depth;
}

/* RFC 6901 has exactly one spelling for each token, so that tokens compare as text. */
gboolean
ss_pointer_is_within (const char *inner,
                      const char *outer)
{
  gsize length;

  if (outer == NULL || *outer == '\0')
    return TRUE;
  if (inner == NULL)
    return FALSE;

  length = strlen (outer);
  return strncmp (inner, outer, length) == 0 && (inner[length] == '\0' || inner[length] == '/');
}

gboolean
ss_pointer_next (const char **pointer,
                 GString     *scratch,
                 const char **token,
                 gsize       *length)
{
  const char *start;
  const char *end;
  gboolean escaped = FALSE;

  if (*pointer == NULL || **pointer == '\0')
    return FALSE;

  start = *pointer + 1;
  for (end = start; *end != '\0' && *end != '/'; end++)
    escaped |= *end == '~';
  *pointer = end;

  if (!escaped)
    {
      *token = start;
      *length = (gsize) (end - start);
      return TRUE;
    }

  g_string_truncate (scratch, 0);
  for (; start < end; start++)
    {
      if (*start == '~' && start + 1 < end)
        {
          start++;
          g_string_append_c (scratch, *start == '1' ? '/' : '~');
        }
      else
        {
          g_string_append_c (scratch, *start);
        }
    }
  *token = scratch->str;
  *length = scratch->len;

  return TRUE;
}

/* Only digits, and no zero in front: what RFC 6901 takes for an index, however large. */
static gboolean
token_is_number (const char *token,
                 gsize       length)
{
  gsize i;

  if (length == 0 || (token[0] == '0' && length > 1))
    return FALSE;

  for (i = 0; i < length; i++)
    if (!g_ascii_isdigit (token[i]))
      return FALSE;

  return TRUE;
}

gboolean
ss_token_to_index (const char *token,
                   gsize       length,
                   guint      *index)
{
  guint64 number = 0;
  gsize i;

  if (length == 0 || length > 10 || (token[0] == '0' && length > 1))
    return FALSE;

  for (i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (token[i]))
        return FALSE;
      number = number * 10 + (guint64) (token[i] - '0');
    }
  if (number >= G_MAXUINT)
    return FALSE;

  *index = (guint) number;
  return TRUE;
}

gboolean
ss_token_check_index (const char  *token,
                      gsize        length,
                      const char  *pointer,
                      GError     **error)
{
  g_autofree char *text = NULL;

  if (token_is_number (token, length) || (length == 1 && *token == '-'))
    return TRUE;

  if (error != NULL)
    text = g_strndup (token, length);
  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
               _("“%s” names no place: “%s” is not the index of a list element"), pointer, text);
  return FALSE;
}

void
ss_pointer_set_not_found (GError     **error,
                          const char  *pointer,
                          const char  *rest)
{
  g_autofree char *missing = NULL;

  if (error == NULL)
    return;

  if (*rest == '\0')
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND,
                   _("There is nothing at “%s”"), pointer);
      return;
    }

  missing = g_strndup (pointer, (gsize) (rest - pointer));
  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND,
               _("There is nothing at “%s”, so there is no place “%s”"), missing, pointer);
}

/* The way down again, slowly, to say why it ends. */
static void
explain_failure (const SsValue  *root,
                 const char     *pointer,
                 GError        **error)
{
  g_autoptr (GString) scratch = NULL;
  const char *rest = pointer;
  const char *token;
  gsize length;

  if (error == NULL || !ss_pointer_is_valid (pointer, error))
    return;

  scratch = g_string_new (NULL);
  while (root != NULL && ss_pointer_next (&rest, scratch, &token, &length))
    {
      guint index;

      switch (ss_value_kind (root))
        {
        case SS_VALUE_OBJECT:
          root = ss_object_get (root, token, length);
          break;

        case SS_VALUE_ARRAY:
          if (!ss_token_check_index (token, length, pointer, error))
            return;
          if (ss_token_to_index (token, length, &index) && index < ss_value_length (root))
            root = ss_array_get (root, index);
          else
            root = NULL;
          break;

        case SS_VALUE_NULL:
        case SS_VALUE_BOOLEAN:
        case SS_VALUE_INT:
        case SS_VALUE_DOUBLE:
        case SS_VALUE_STRING:
        default:
          root = NULL;
          break;
        }
    }

  ss_pointer_set_not_found (error, pointer, rest);
}

SsValue *
ss_pointer_resolve (const SsValue  *root,
                    const char     *pointer,
                    GError        **error)
{
  g_autoptr (GString) scratch = NULL;
  const SsValue *value = root;
  const char *rest = pointer;
  const char *token;
  gsize length;

  if (pointer == NULL || *pointer == '\0')
    return (SsValue *) root;

  if (*pointer != '/')
    {
      explain_failure (root, pointer, error);
      return NULL;
    }

  /* Escapes are rare, so the way down neither checks nor decodes them when there are none. A token
   * that is not valid UTF-8 finds nothing, and is told apart when the failure is explained. */
  if (strchr (pointer, '~') != NULL)
    {
      if (find_bad_escape (pointer) != NULL)
        {
          explain_failure (root, pointer, error);
          return NULL;
        }
      scratch = g_string_new (NULL);
    }

  while (value != NULL && ss_pointer_next (&rest, scratch, &token, &length))
    {
      SsValueKind kind = ss_value_kind (value);
      guint index;

      if (kind == SS_VALUE_OBJECT)
        value = ss_object_get (value, token, length);
      else if (kind == SS_VALUE_ARRAY && ss_token_to_index (token, length, &index) &&
               index < ss_value_length (value))
        value = ss_array_get (value, index);
      else
        value = NULL;
    }

  if (value == NULL)
    explain_failure (root, pointer, error);

  return (SsValue *) value;
}

void
ss_pointer_append_token (GString    *pointer,
                         const char *token,
                         gssize      length)
{
  gsize size = length < 0 ? strlen (token) : (gsize) length;
  gsize i;

  g_string_append_c (pointer, '/');
  for (i = 0; i < size; i++)
    {
      if (token[i] == '~')
        g_string_append_len (pointer, "~0", 2);
      else if (token[i] == '/')
        g_string_append_len (pointer, "~1", 2);
      else
        g_string_append_c (pointer, token[i]);
    }
}

void
ss_pointer_append_index (GString *pointer,
                         guint    index)
{
  char digits[16];
  char *start = digits + sizeof digits;

  do
    *--start = (char) ('0' + index % 10);
  while ((index /= 10) != 0);
  *--start = '/';

  g_string_append_len (pointer, start, digits + sizeof digits - start);
}
