/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n.h>

#include "tool-document.h"
#include "tool-output.h"
#include "tool.h"

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignal) document = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *result = NULL;

  document = tool_read_document (arguments->words[0], &error);
  if (document != NULL)
    text = tool_read_text (arguments->words[1], &error);
  if (text != NULL)
    {
      patch = server_signal_patch_new_from_json (text, &error);
      if (patch == NULL)
        g_prefix_error (&error, "%s: ", arguments->words[1]);
    }
  if (patch == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  if (!server_signal_apply_patch (document, patch, &error))
    {
      tool_complain ("%s: %s", arguments->words[1], error->message);
      return TOOL_NO;
    }

  result = server_signal_dup_json (document, NULL);
  tool_print_json (result);

  return TOOL_DONE;
}

const ToolCommand tool_patch = {
  .name = "patch",
  .usage = N_("DOCUMENT PATCH"),
  .summary = N_("Apply a JSON Patch to a document and print the result"),
  .description = N_("DOCUMENT and PATCH are files, or - for standard input.\n"
                    "The exit status is 0 if the patch applies, 1 if it does not, in which case "
                    "nothing is printed, and 2 if there is trouble."),
  .min_words = 2,
  .max_words = 2,
  .groups = { tool_json_entries },
  .run = run,
};
