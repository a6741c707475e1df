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

gboolean
tool_name_check (const char  *name,
                 GError     **error)
{
  gsize length = strlen (name);

  if (length >= 1 && length <= 1024 && g_utf8_validate (name, -1, NULL))
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_NAME,
               _("“%s” cannot be the name of a signal, which has 1 to 1,024 bytes of UTF-8"),
                  name);

  return FALSE;
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

  if (!tool_name_check (self->name, error) || !tool_pointer_check (self->pointer, error))
    return NULL;

  return g_steal_pointer (&self);
}

GPtrArray *
tool_targets_parse (const char *const  *words,
                    GError            **error)
{
  g_autoptr (GPtrArray) targets =
    g_ptr_array_new_with_free_func ((GDestroyNotify) tool_target_free);

  for (; *words != NULL; words++)
    {
      ToolTarget *target = tool_target_parse (*words, error);

      if (target == NULL)
        return NULL;
      g_ptr_array_add (targets, target);
    }

  return g_steal_pointer (&targets);
}

void
tool_target_free (ToolTarget *self)
{
  g_free (self->name);
  g_free (self->pointer);
  g_free (self);
}
