/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "tool-client.h"
#include "tool-exec.h"
#include "tool-follow.h"
#include "tool-loop.h"
#include "tool-output.h"
#include "tool-screen.h"
#include "tool-template.h"

static gboolean patches_option;
static gboolean lines_option;
static char *exec_option;
static char *template_option;
static int count_option;

static const GOptionEntry entries[] = {
  { "patches", 'p', 0, G_OPTION_ARG_NONE, &patches_option,
    N_("Print the first value and then JSON Patches instead of values"), NULL },
  { "exec", 'e', 0, G_OPTION_ARG_STRING, &exec_option,
    N_("Run COMMAND in a shell for each change, with the value as its input"), N_("COMMAND") },
  { "template", 'T', 0, G_OPTION_ARG_STRING, &template_option,
    N_("Print TEXT for each change, with {/POINTER} replaced by what is there"), N_("TEXT") },
  { "count", 'n', 0, G_OPTION_ARG_INT, &count_option, N_("End after N changes; 0 for never (the default)"), N_("N") },
  { "lines", 0, 0, G_OPTION_ARG_NONE, &lines_option, N_("Print lines on a terminal, too"), NULL },
  G_OPTION_ENTRY_NULL,
};

typedef struct
{
  ServerSignalClient *client;
  gboolean            is_single; /* one signal was asked for, so it is not named */
  guint               n_changes;
  ToolExec           *exec;      /* NULL: not wanted */
  ToolTemplate       *template;  /* the same */
  ToolScreen         *screen;    /* the same */
} Watch;

static void
count (Watch *self)
{
  self->n_changes++;
  if (count_option > 0 && self->n_changes >= (guint) count_option)
    tool_quit (TOOL_DONE);
}

/* {"signal":…,"pointer":…,"value":…} */
static char *
make_line (ToolFollowed *followed,
           const char   *json,
           const char   *patch)
{
  GString *line = g_string_new ("{\"signal\":");
  g_autofree char *name = tool_quote (followed->target->name);

  g_string_append (line, name);
  if (followed->target->pointer[0] != '\0')
    {
      g_autofree char *pointer = tool_quote (followed->target->pointer);

      g_string_append_printf (line, ",\"pointer\":%s", pointer);
    }
  if (json == NULL && patch == NULL)
    g_string_append (line, ",\"absent\":true}");
  else
    g_string_append_printf (line, ",\"%s\":%s}", patch != NULL ? "patch" : "value",
                            patch != NULL ? patch : json);

  return g_string_free (line, FALSE);
}

static void
print_change (Watch        *self,
              ToolFollowed *followed,
              const char   *json,
              const char   *patch)
{
  if (self->template != NULL)
    {
      g_autofree char *text =
        tool_template_fill (self->template, followed->target->name, json != NULL ? json : "null");

      tool_print (text);
      tool_print ("\n");
      tool_flush ();
    }
  else if (!self->is_single)
    {
      g_autofree char *line = make_line (followed, json, patch);

      tool_print_json (line);
    }
  else if (json != NULL || patch != NULL)
    {
      tool_print_json (patch != NULL ? patch : json);
    }
  else
    {
      tool_note (_("There is nothing at “%s” of “%s”"), followed->target->pointer,
                    followed->target->name);
    }
}

static void
changed_cb (ToolFollowed *followed,
            const char   *json,
            const char   *patch,
            gpointer      user_data)
{
  Watch *self = user_data;

  if (tool_is_quitting ())
    return;

  if (self->exec != NULL)
    tool_exec_run (self->exec, followed->target->name, followed->target->pointer,
                   json != NULL ? json : "null", patches_option ? patch : NULL);
  if (self->screen != NULL)
    tool_screen_set (self->screen, followed->target->name, followed->target->pointer, json);
  else if (self->exec == NULL || self->template != NULL)
    print_change (self, followed, json, patches_option ? patch : NULL);
  count (self);
}

static void
patched_cb (ToolFollowed *followed,
            const char   *patch,
            gpointer      user_data)
{
  Watch *self = user_data;

  if (tool_is_quitting ())
    return;

  print_change (self, followed, NULL, patch);
  count (self);
}

static void
removed_cb (ToolFollowed *followed,
            gpointer      user_data)
{
  Watch *self = user_data;

  if (self->screen != NULL)
    tool_screen_remove (self->screen, followed->target->name, followed->target->pointer);
}

static const ToolFollowFuncs funcs = {
  .changed = changed_cb,
  .removed = removed_cb,
};

/* Where nobody looks at values. */
static const ToolFollowFuncs patch_funcs = {
  .changed = changed_cb,
  .patched = patched_cb,
  .removed = removed_cb,
};

static void
state_cb (ServerSignalClient *client,
          GParamSpec         *pspec,
          Watch              *self)
{
  const GError *error = server_signal_client_get_error (client);
  gboolean is_open = server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_OPEN;

  if (self->screen != NULL)
    tool_screen_set_status (self->screen, server_signal_client_get_uri (client), is_open,
                            error != NULL ? error->message : NULL);
  else if (is_open && error != NULL && g_str_equal (pspec->name, "error"))
    tool_note ("%s", error->message);

  if (tool_client_is_over (client))
    tool_quit (TOOL_TROUBLE);
}

static gboolean
is_screen_wanted (void)
{
  return !lines_option && !patches_option && exec_option == NULL && template_option == NULL &&
         tool_is_screen (STDOUT_FILENO);
}

static ToolStatus
watch (Watch     *self,
       GPtrArray *targets)
{
  g_autoptr (ToolFollow) follow = NULL;
  ToolStatus status;
  gboolean is_patches = patches_option && self->exec == NULL && self->template == NULL;

  g_signal_connect (self->client, "notify::state", G_CALLBACK (state_cb), self);
  g_signal_connect (self->client, "notify::error", G_CALLBACK (state_cb), self);
  if (is_screen_wanted ())
    {
      self->screen = tool_screen_new ();
      tool_screen_set_status (self->screen, server_signal_client_get_uri (self->client), FALSE,
                              NULL);
    }
  if (targets->len == 0)
    tool_client_expect_names (self->client);
  follow = tool_follow_new (self->client, targets, patches_option,
                            is_patches ? &patch_funcs : &funcs, self);
  server_signal_client_start (self->client);
  if (self->exec == NULL || self->template != NULL)
    tool_output_watch ();
  status = tool_run ();

  g_clear_pointer (&self->screen, tool_screen_free);
  if (self->exec != NULL)
    tool_exec_finish (self->exec);
  if (tool_client_is_over (self->client))
    tool_client_complain (self->client);
  g_signal_handlers_disconnect_by_data (self->client, self);

  return status;
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (GPtrArray) targets = NULL;
  g_autoptr (ToolExec) exec = NULL;
  g_autoptr (ToolTemplate) template = NULL;
  g_autoptr (GError) error = NULL;
  Watch self = { 0 };

  if (tool_count_check (count_option, &error))
    targets = tool_targets_parse (arguments->words + 1, &error);
  if (targets != NULL && template_option != NULL)
    template = tool_template_new (template_option, &error);
  if (error == NULL)
    client = tool_client_new (arguments->words[0], TRUE, &error);
  if (client == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  if (exec_option != NULL)
    exec = tool_exec_new (exec_option);
  self.client = client;
  self.is_single = targets->len == 1;
  self.exec = exec;
  self.template = template;

  return watch (&self, g_steal_pointer (&targets));
}

const ToolCommand tool_watch = {
  .name = "watch",
  .usage = N_("URI [NAME[/POINTER]]…"),
  .summary = N_("Follow signals of a server, or parts of them, as they change"),
  .description = N_("Without names all signals are followed. Values of one signal are printed as they "
                    "are, one JSON text a line; of several, each line has the name. On a terminal they "
                    "are drawn in place, and what has changed is lit up.\n"
                    "A connection that is lost is made again. The exit status is 2 if the server does "
                    "not want the client back."),
  .min_words = 1,
  .max_words = G_MAXUINT,
  .groups = { entries, tool_client_entries, tool_json_entries },
  .run = run,
};
