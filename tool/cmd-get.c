/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n.h>

#include "tool-client.h"
#include "tool-loop.h"
#include "tool-output.h"
#include "tool-target.h"

#define DEFAULT_TIMEOUT 30.0

static double timeout_option = DEFAULT_TIMEOUT;

static const GOptionEntry entries[] = {
  { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &timeout_option,
    N_("Give up after so many seconds; 0 for never (default: 30)"), N_("SECONDS") },
  G_OPTION_ENTRY_NULL,
};

/* Whether it is decided: all are there, the server does not have one, or there is no connection. */
static gboolean
is_decided (gpointer user_data)
{
  ServerSignalClient *client = user_data;
  GListModel *signals = server_signal_client_get_signals (client);

  if (tool_client_is_over (client) || server_signal_client_get_error (client) != NULL)
    return TRUE;

  for (guint i = 0; i < g_list_model_get_n_items (signals); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);

      if (server_signal_get_stale (signal))
        return FALSE;
    }

  return TRUE;
}

static ToolStatus
print_parts (ServerSignalClient *client,
             GPtrArray          *targets)
{
  ToolStatus status = TOOL_DONE;

  for (guint i = 0; i < targets->len; i++)
    {
      const ToolTarget *target = targets->pdata[i];
      ServerSignal *signal = server_signal_client_get_signal (client, target->name);
      g_autofree char *value = server_signal_dup_json (signal, target->pointer);

      if (value != NULL)
        {
          tool_print_json (value);
        }
      else
        {
          tool_note (_("There is nothing at “%s” of “%s”"), target->pointer, target->name);
          status = TOOL_NO;
        }
    }

  return status;
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (GPtrArray) targets = NULL;
  g_autoptr (GError) error = NULL;
  gboolean decided;

  if (tool_seconds_check ("--timeout", timeout_option, &error))
    targets = tool_targets_parse (arguments->words + 1, &error);
  if (targets != NULL)
    client = tool_client_new (arguments->words[0], FALSE, &error);
  if (client == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  for (guint i = 0; i < targets->len; i++)
    server_signal_client_get_signal (client, ((const ToolTarget *) targets->pdata[i])->name);
  server_signal_client_start (client);
  decided = tool_wait_until (is_decided, client, timeout_option);

  if (server_signal_client_get_error (client) != NULL)
    {
      gboolean is_open = server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_OPEN;

      tool_client_complain (client);
      return is_open ? TOOL_NO : TOOL_TROUBLE;
    }

  if (!decided)
    {
      if (tool_is_quitting ())
        tool_complain (_("Interrupted"));
      else
        tool_complain (_("%s: not all values came in time"),
                          server_signal_client_get_uri (client));
      return TOOL_TROUBLE;
    }

  return print_parts (client, targets);
}

const ToolCommand tool_get = {
  .name = "get",
  .usage = N_("URI NAME[/POINTER]…"),
  .summary = N_("Print signals of a server, or parts of them"),
  .description = N_("Names that have a slash themselves are written with a number sign: "
                    "NAME#/POINTER or NAME#.\n"
                    "The exit status is 0 if all are there, 1 if one is not, and 2 if there is "
                    "trouble."),
  .min_words = 2,
  .max_words = G_MAXUINT,
  .groups = { entries, tool_client_entries, tool_json_entries },
  .run = run,
};
