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

static gboolean
is_decided (gpointer user_data)
{
  g_auto (GStrv) names = server_signal_client_dup_names (user_data);

  return names != NULL || tool_client_is_over (user_data);
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignalClient) client = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (GError) error = NULL;

  client = tool_client_new (arguments->words[0], FALSE, &error);
  if (client == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  server_signal_client_start (client);
  tool_wait_until (is_decided, client, timeout_option);
  names = server_signal_client_dup_names (client);
  if (names == NULL)
    {
      if (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_OPEN)
        tool_complain (_("%s: the server speaks the plain protocol, which does not tell names"),
                          server_signal_client_get_uri (client));
      else
        tool_client_complain (client);
      return TOOL_TROUBLE;
    }

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *quoted = json_option ? tool_quote (names[i]) : NULL;

      tool_print (quoted != NULL ? quoted : names[i]);
      tool_print ("\n");
    }
  tool_flush ();

  return TOOL_DONE;
}

const ToolCommand tool_list = {
  .name = "list",
  .usage = N_("URI"),
  .summary = N_("Print the names of a server’s signals"),
  .min_words = 1,
  .max_words = 1,
  .groups = { entries, tool_client_entries },
  .run = run,
};
