/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-target.h"

#include <string.h>

#include <glib/gi18n.h>

gboolean
tool_pointer_check (const char  *text,
                    GError     **error)
{
  gboolean valid = (text[0] == '\0' || text[0] == '/') && g_utf8_validate (text, -1, NULL);

  for (const char *p = strchr (text, '~'); valid && p != NULL; p = strchr (p + 1, '~'))
    valid = p[1] == '0' || p[1] == '1';

  if (!valid)
    g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_POINTER,
                 _("“%s” is not a JSON Pointer, which is empty or begins with a slash"), text);

  return valid;
}

ToolTarget *
tool_target_parse (const char  *text,
                   GError     **error)
{
  g_autoptr (ToolTarget) self = g_new0 (ToolTarget, 1);
  const char *hash = strchr (text, '#');
  gsize length = hash != NULL ? (gsize) (hash - text) : strcspn (text, "/");

  self->name = g_strndup (text, length);
  self->pointer = g_strdup (hash != NULL ? hash + 1 : text + length);

  if (length == 0 || length > 1024 || !g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_NAME,
                   _("“%s” does not begin with the name of a signal, 1 to 1,024 bytes of UTF-8"),
                      text);
      return NULL;
    }

  if (!tool_pointer_check (self->pointer, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
tool_target_free (ToolTarget *self)
{
  g_free (self->name);
  g_free (self->pointer);
  g_free (self);
}
