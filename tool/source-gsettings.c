/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "tool-source.h"

/* The settings of a schema, as they are and become. */

gboolean
tool_source_gsettings (ToolSources  *self,
                       const char   *spec,
                       GError      **error)
{
  GSettingsSchemaSource *schemas = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettings) settings = NULL;
  g_autoptr (ServerSignal) signal = NULL;
  g_autofree char *name = NULL;
  g_autofree char *id = NULL;
  char *path;

  if (!tool_sources_split (spec, &name, &id, error))
    return FALSE;

  path = strchr (id, ':');
  if (path != NULL)
    *path++ = '\0';
  if (schemas != NULL)
    schema = g_settings_schema_source_lookup (schemas, id, TRUE);

  if (schema == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _("There is no schema of settings “%s”"), id);
      return FALSE;
    }

  if ((path != NULL) == (g_settings_schema_get_path (schema) != NULL) ||
      (path != NULL && (path[0] != '/' || !g_str_has_suffix (path, "/") || strstr (path, "//"))))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   g_settings_schema_get_path (schema) != NULL
                   ? _("The settings “%s” have a path of their own")
                   : _("The settings “%s” need a path, as in SCHEMA:/PATH/"), id);
      return FALSE;
    }

  settings = g_settings_new_full (schema, NULL, path);
  signal = tool_sources_make (self, name, error);
  if (signal == NULL || !server_signal_track_settings (signal, NULL, settings, error) ||
      !tool_hub_add (self->hub, signal, error))
    return FALSE;

  tool_sources_keep (self, g_steal_pointer (&settings), g_object_unref);
  tool_sources_keep (self, g_steal_pointer (&signal), g_object_unref);

  return TRUE;
}
