/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include <glib/gi18n.h>

#include "tool-client.h"
#include "tool-document.h"
#include "tool-loop.h"
#include "tool-output.h"

#define DEFAULT_TIMEOUT 30.0
#define MAX_METHOD 1024

static double timeout_option = DEFAULT_TIMEOUT;
static gboolean progress_option;
static gboolean idempotent_option;

static const GOptionEntry entries[] = {
  { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &timeout_option,
    N_("Give up after so many seconds; 0 for never (default: 30)"), N_("SECONDS") },
  { "progress", 0, 0, G_OPTION_ARG_NONE, &progress_option,
    N_("Print how far the call is, to standard error"), NULL },
  { "idempotent", 0, 0, G_OPTION_ARG_NONE, &idempotent_option,
    N_("Make the call again when the connection is lost; it is done once"), NULL },
  G_OPTION_ENTRY_NULL,
};

typedef struct
{
  ServerSignalClient *client;
  gboolean            is_over;
  JsonNode           *value;
  GError             *error;
} Call;

static char *
node_to_json (JsonNode *node)
{
  g_autoptr (ServerSignal) holder = server_signal_new ("value", node);

  return server_signal_dup_json (holder, NULL);
}

static void
progress_cb (ServerSignalClient *client,
             JsonNode           *value,
             gpointer            user_data)
{
  g_autofree char *text = node_to_json (value);

  tool_note (_("Progress: %s"), text);
}

static void
called_cb (GObject      *client,
           GAsyncResult *result,
           gpointer      user_data)
{
  Call *self = user_data;

  self->value =
    server_signal_client_call_full_finish (SERVER_SIGNAL_CLIENT (client), result, &self->error);
  self->is_over = TRUE;
}

static gboolean
is_over (gpointer user_data)
{
  const Call *self = user_data;

  return self->is_over;
}

static gboolean
check_method (const char  *method,
              GError     **error)
{
  if (method[0] != '\0' && strlen (method) <= MAX_METHOD && g_utf8_validate (method, -1, NULL))
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _("“%s” cannot be a method, which has 1 to 1,024 bytes of UTF-8"), method);

  return FALSE;
}

/* NULL without an error: there are none. */
static JsonNode *
read_arguments (const ToolArguments  *arguments,
                GError              **error)
{
  g_autoptr (ServerSignal) holder = NULL;

  if (arguments->n_words < 3)
    return NULL;

  if (g_str_equal (arguments->words[2], "-"))
    holder = tool_read_document ("-", error);
  else
    holder = server_signal_new_from_json ("arguments", arguments->words[2], error);

  return holder != NULL ? server_signal_dup_value (holder, NULL) : NULL;
}

/* The server has answered with an error. */
static ToolStatus
refuse (const GError *error)
{
  g_autofree char *data = server_signal_error_dup_call_data (error);

  tool_complain ("%s", error->message);
  if (data != NULL)
    tool_note (_("More about the error: %s"), data);

  return TOOL_NO;
}

static ToolStatus
finish (Call *self)
{
  g_autoptr (JsonNode) value = g_steal_pointer (&self->value);
  g_autoptr (GError) error = g_steal_pointer (&self->error);
  g_autofree char *text = NULL;

  if (g_error_matches (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CALL_FAILED))
    return refuse (error);

  if (error != NULL)
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        tool_complain (tool_is_quitting () ? _("The call was interrupted")
                                           : _("There was no answer in time"));
      else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED))
        tool_client_complain (self->client);
      else
        tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  text = node_to_json (value);
  tool_print_json (text);

  return TOOL_DONE;
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) error = NULL;
  Call self = { 0 };

  if (tool_seconds_check ("--timeout", timeout_option, &error) &&
      check_method (arguments->words[1], &error))
    node = read_arguments (arguments, &error);
  if (error == NULL)
    client = tool_client_new (arguments->words[0], idempotent_option, &error);
  if (client == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  self.client = client;
  server_signal_client_start (client);
  server_signal_client_call_full_async (client, arguments->words[1], node,
                                        idempotent_option ? SERVER_SIGNAL_CALL_IDEMPOTENT
                                                          : SERVER_SIGNAL_CALL_NONE,
                                        progress_option ? progress_cb : NULL, NULL, NULL,
                                        cancellable, called_cb, &self);

  if (!tool_wait_until (is_over, &self, timeout_option))
    g_cancellable_cancel (cancellable);
  while (!self.is_over)
    g_main_context_iteration (NULL, TRUE);

  return finish (&self);
}

const ToolCommand tool_call = {
  .name = "call",
  .usage = N_("URI METHOD [ARGUMENTS]"),
  .summary = N_("Ask a server to do something, and print its answer"),
  .description = N_("ARGUMENTS are JSON, such as '{\"title\":\"Tea\"}', or - for standard input. A negative "
                    "number stands behind “--”.\n"
                    "The exit status is 0 if the server answers with a value, 1 if it answers with an "
                    "error, and 2 if there is trouble. Whether the server has done it is not known if the "
                    "connection was lost, or nothing came in time."),
  .min_words = 2,
  .max_words = 3,
  .groups = { entries, tool_client_entries, tool_json_entries },
  .run = run,
};
