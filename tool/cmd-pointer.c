/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n.h>

#include "tool-document.h"
#include "tool-output.h"
#include "tool-target.h"
#include "tool.h"

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignal) document = NULL;
  g_autoptr (GError) error = NULL;
  ToolStatus status = TOOL_DONE;

  for (guint i = 1; i < arguments->n_words; i++)
    if (!tool_pointer_check (arguments->words[i], &error))
      {
        tool_complain ("%s", error->message);
        return TOOL_TROUBLE;
      }

  document = tool_read_document (arguments->words[0], &error);
  if (document == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  for (guint i = 1; i < arguments->n_words; i++)
    {
      g_autofree char *value = server_signal_dup_json (document, arguments->words[i]);

      if (value != NULL)
        {
          tool_print_json (value);
        }
      else
        {
          tool_note (_("There is nothing at “%s”"), arguments->words[i]);
          status = TOOL_NO;
        }
    }

  return status;
}

const ToolCommand tool_pointer = {
  .name = "pointer",
  .usage = N_("DOCUMENT POINTER…"),
  .summary = N_("Print the parts of a document that JSON Pointers name"),
  .description = N_("DOCUMENT is a file with a JSON text, or - for standard input.\n"
                    "The exit status is 0 if all parts are there, 1 if one is not, and 2 if there "
                    "is trouble."),
  .min_words = 2,
  .max_words = G_MAXUINT,
  .groups = { tool_json_entries },
  .run = run,
};
