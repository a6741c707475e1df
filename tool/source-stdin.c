/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n.h>
#include <unistd.h>

#include "tool-lines.h"
#include "tool-output.h"
#include "tool-source.h"

/* JSON lines from standard input, values or patches. Each line is a commit. */

typedef struct
{
  ServerSignal *signal;
  ToolLines    *lines;
  gboolean      patches;
  gulong        number;
} Input;

static gboolean
apply (Input       *self,
       const char  *line,
       GError     **error)
{
  g_autoptr (ServerSignalPatch) patch = NULL;

  if (!self->patches)
    return server_signal_set_json (self->signal, NULL, line, error);

  patch = server_signal_patch_new_from_json (line, error);

  return patch != NULL && server_signal_apply_patch (self->signal, patch, error);
}

static void
line_cb (const char *line,
         gpointer    user_data)
{
  Input *self = user_data;
  g_autoptr (GError) error = NULL;

  self->number++;
  if (line == NULL)
    tool_complain (_("line %lu of standard input: a string has a zero byte"), self->number);
  else if (line[0] != '\0' && !apply (self, line, &error))
    tool_complain (_("line %lu of standard input: %s"), self->number, error->message);
}

static void
end_cb (const GError *error,
        gpointer      user_data)
{
  if (error != NULL)
    tool_complain (_("standard input: %s"), error->message);
  else
    tool_note (_("Standard input has ended; its last value is served on"));
}

static void
input_free (gpointer data)
{
  Input *self = data;

  tool_lines_free (self->lines);
  g_object_unref (self->signal);
  g_free (self);
}

gboolean
tool_source_stdin (ToolSources  *self,
                   const char   *spec,
                   GError      **error)
{
  g_autoptr (ServerSignal) signal = tool_sources_add (self, spec, error);
  Input *input;

  if (signal == NULL)
    return FALSE;

  input = g_new0 (Input, 1);
  input->signal = g_steal_pointer (&signal);
  input->patches = self->patches;
  input->lines = tool_lines_new (STDIN_FILENO, line_cb, end_cb, input);
  tool_sources_keep (self, input, input_free);

  return TRUE;
}
