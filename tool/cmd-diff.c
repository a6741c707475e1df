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
  g_autoptr (ServerSignal) from = NULL;
  g_autoptr (ServerSignal) to = NULL;
  g_autoptr (JsonNode) from_node = NULL;
  g_autoptr (JsonNode) to_node = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  from = tool_read_document (arguments->words[0], &error);
  if (from != NULL)
    to = tool_read_document (arguments->words[1], &error);
  if (to == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  from_node = server_signal_dup_value (from, NULL);
  to_node = server_signal_dup_value (to, NULL);
  patch = server_signal_patch_new_diff (from_node, to_node);
  text = server_signal_patch_to_json (patch);
  if (!tool_is_quiet ())
    tool_print_json (text);

  return server_signal_patch_get_n_operations (patch) == 0 ? TOOL_DONE : TOOL_NO;
}

const ToolCommand tool_diff = {
  .name = "diff",
  .usage = N_("FROM TO"),
  .summary = N_("Print the JSON Patch that makes one document into another"),
  .description = N_("FROM and TO are files with a JSON text each, or - for standard input.\n"
                    "The exit status is 0 if they are equal, 1 if they differ, and 2 if there is "
                    "trouble."),
  .min_words = 2,
  .max_words = 2,
  .groups = { tool_json_entries },
  .run = run,
};
