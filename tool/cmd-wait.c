/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n.h>

#include "tool-client.h"
#include "tool-loop.h"
#include "tool-output.h"
#include "tool-target.h"

static double timeout_option;
static gboolean not_option;

static const GOptionEntry entries[] = {
  { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &timeout_option,
    N_("Give up after so many seconds, with status 1; 0 for never (the default)"), N_("SECONDS") },
  { "not", 0, 0, G_OPTION_ARG_NONE, &not_option, N_("Wait until it is something else"), NULL },
  G_OPTION_ENTRY_NULL,
};

typedef struct
{
  ServerSignalClient *client;
  ServerSignal       *signal;
  const char         *pointer;
  ServerSignalPatch  *test; /* of the value; NULL: anything will do */
} Wait;

static gboolean
has_value (const Wait *self)
{
  g_autoptr (JsonNode) value = server_signal_dup_value (self->signal, self->pointer);
  g_autoptr (JsonNode) same = NULL;

  if (value == NULL || self->test == NULL)
    return value != NULL;

  same = server_signal_patch_apply (self->test, value, NULL);

  return same != NULL;
}

/* Numbers are equal whatever their kind (RFC 6902, 4.6). */
static ServerSignalPatch *
make_test (const char  *value,
           GError     **error)
{
  g_autoptr (ServerSignal) holder = server_signal_new_from_json ("value", value, error);
  g_autofree char *json = holder != NULL ? server_signal_dup_json (holder, NULL) : NULL;
  g_autofree char *text = NULL;

  if (json == NULL)
    return NULL;

  text = g_strdup_printf ("[{\"op\":\"test\",\"path\":\"\",\"value\":%s}]", json);

  return server_signal_patch_new_from_json (text, error);
}

static gboolean
is_decided (gpointer user_data)
{
  const Wait *self = user_data;

  if (tool_client_is_over (self->client))
    return TRUE;

  return !server_signal_get_stale (self->signal) && has_value (self) != not_option;
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (ToolTarget) target = NULL;
  g_autoptr (ServerSignalPatch) test = NULL;
  g_autoptr (GError) error = NULL;
  Wait self;

  if (tool_seconds_check ("--timeout", timeout_option, &error))
    target = tool_target_parse (arguments->words[1], &error);
  if (target != NULL && arguments->n_words > 2)
    test = make_test (arguments->words[2], &error);
  if (error == NULL)
    client = tool_client_new (arguments->words[0], TRUE, &error);
  if (client == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  self.client = client;
  self.signal = server_signal_client_get_signal (client, target->name);
  self.pointer = target->pointer;
  self.test = test;
  server_signal_client_start (client);

  if (!tool_wait_until (is_decided, &self, timeout_option))
    {
      if (!tool_is_quitting ())
        return TOOL_NO;
      tool_complain (_("Interrupted"));
      return TOOL_TROUBLE;
    }

  if (tool_client_is_over (client))
    {
      tool_client_complain (client);
      return TOOL_TROUBLE;
    }

  return TOOL_DONE;
}

const ToolCommand tool_wait = {
  .name = "wait",
  .usage = N_("URI NAME[/POINTER] [VALUE]"),
  .summary = N_("Wait until a signal, or a part of it, has a value"),
  .description = N_("VALUE is JSON, such as 7, true or '\"on\"'; a negative number stands behind “--”. Without "
                    "it any value will do, as soon as there is one.\n"
                    "The exit status is 0 if it is so, 1 if the time is over, and 2 if there is "
                    "trouble. A server that is away is waited for."),
  .min_words = 2,
  .max_words = 3,
  .groups = { entries, tool_client_entries },
  .run = run,
};
