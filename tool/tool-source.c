/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-source.h"

#include <string.h>

#include <glib/gi18n.h>

#include "tool-output.h"
#include "tool-target.h"

typedef struct
{
  gpointer       data;
  GDestroyNotify destroy;
} Kept;

static void
kept_free (gpointer data)
{
  Kept *self = data;

  self->destroy (self->data);
  g_free (self);
}

ToolSources *
tool_sources_new (ToolHub *hub)
{
  ToolSources *self = g_new0 (ToolSources, 1);

  self->hub = hub;
  self->kept = g_ptr_array_new_with_free_func (kept_free);

  return self;
}

void
tool_sources_free (ToolSources *self)
{
  while (self->kept->len > 0)
    g_ptr_array_set_size (self->kept, (int) self->kept->len - 1);
  g_ptr_array_unref (self->kept);
  g_free (self);
}

void
tool_sources_keep (ToolSources    *self,
                   gpointer        data,
                   GDestroyNotify  destroy)
{
  Kept *kept = g_new0 (Kept, 1);

  kept->data = data;
  kept->destroy = destroy;
  g_ptr_array_add (self->kept, kept);
}

static void
source_failed_cb (ServerSignal *signal,
                  const char   *pointer,
                  const GError *error)
{
  tool_complain ("%s%s: %s", server_signal_get_name (signal), pointer, error->message);
}

ServerSignal *
tool_sources_make (const char  *name,
                   GError     **error)
{
  ServerSignal *signal;

  if (!tool_name_check (name, error))
    return NULL;

  signal = server_signal_new (name, NULL);
  g_signal_connect (signal, "source-failed", G_CALLBACK (source_failed_cb), NULL);

  return signal;
}

ServerSignal *
tool_sources_add (ToolSources  *self,
                  const char   *name,
                  GError      **error)
{
  g_autoptr (ServerSignal) signal = tool_sources_make (name, error);

  if (signal == NULL || !tool_hub_add (self->hub, signal, error))
    return NULL;

  return g_steal_pointer (&signal);
}

gboolean
tool_sources_split (const char  *spec,
                    char       **name,
                    char       **rest,
                    GError     **error)
{
  const char *equals = strchr (spec, '=');

  if (equals == NULL || equals == spec || equals[1] == '\0')
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _("“%s” is not the name of a signal, an equals sign, and a source"), spec);
      return FALSE;
    }

  *name = g_strndup (spec, (gsize) (equals - spec));
  *rest = g_strdup (equals + 1);

  return TRUE;
}
