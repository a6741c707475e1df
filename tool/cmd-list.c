/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n.h>

#include "tool-client.h"
#include "tool-loop.h"
#include "tool-output.h"

#define DEFAULT_TIMEOUT 10.0

static double timeout_option = DEFAULT_TIMEOUT;
static gboolean json_option;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &json_option, N_("Print the names as strings of JSON"), NULL },
  { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &timeout_option,
    N_("Give up after so many seconds; 0 for never (default: 10)"), N_("SECONDS") },
  G_OPTION_ENTRY_NULL,
};

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignalClient) client = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (GError) error = NULL;

  if (tool_seconds_check ("--timeout", timeout_option, &error))
    client = tool_client_new (arguments->words[0], FALSE, &error);
  if (client == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  names = tool_client_wait_names (client, timeout_option);
  if (names == NULL)
    return TOOL_TROUBLE;

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *quoted = tool_quote (names[i]);
      g_autofree char *shown = tool_make_shown (names[i], "");

      if (json_option)
        {
          tool_print_json (quoted);
          continue;
        }
      tool_print (shown);
      tool_print ("\n");
    }
  tool_flush ();

  return TOOL_DONE;
}

const ToolCommand tool_list = {
  .name = "list",
  .usage = N_("URI"),
  .summary = N_("Print the names of a server’s signals"),
  .description = N_("On a terminal control characters of names are not shown; --json has the names as they are."),
  .min_words = 1,
  .max_words = 1,
  .groups = { entries, tool_client_entries },
  .run = run,
};
