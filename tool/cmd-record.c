/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "tool-client.h"
#include "tool-follow.h"
#include "tool-loop.h"
#include "tool-output.h"

static double seconds_option;

static const GOptionEntry entries[] = {
  { "time", 0, 0, G_OPTION_ARG_DOUBLE, &seconds_option, N_("End after so many seconds; 0 for never (the default)"),
    N_("SECONDS") },
  G_OPTION_ENTRY_NULL,
};

typedef struct
{
  FILE       *file;
  const char *name;    /* of the file */
  gint64      begin;   /* of the first line */
  guint       n_lines;
} Recording;

/* "t" is the time since the first line, in milliseconds. */
static void
write_line (Recording    *self,
            ToolFollowed *followed,
            const char   *member,
            const char   *json)
{
  g_autofree char *name = tool_quote (followed->target->name);
  gint64 now = g_get_monotonic_time ();

  if (self->begin == 0)
    self->begin = now;
  if (tool_is_quitting ())
    return;

  fprintf (self->file, "{\"t\":%" G_GINT64_FORMAT ",\"signal\":%s,\"%s\":%s}\n",
           (now - self->begin) / 1000, name, member, json);
  self->n_lines++;

  /* So that a recording that is cut off lacks a line at most. */
  if (fflush (self->file) != 0)
    {
      /* The reader of a pipe has left. */
      if (errno == EPIPE)
        {
          tool_quit (TOOL_DONE);
          return;
        }
      tool_complain ("%s: %s", self->name, g_strerror (errno));
      tool_quit (TOOL_TROUBLE);
    }
}

static void
changed_cb (ToolFollowed *followed,
            const char   *json,
            const char   *patch,
            gpointer      user_data)
{
  write_line (user_data, followed, patch != NULL ? "patch" : "value", patch != NULL ? patch : json);
}

static void
removed_cb (ToolFollowed *followed,
            gpointer      user_data)
{
  write_line (user_data, followed, "removed", "true");
}

static const ToolFollowFuncs funcs = {
  .changed = changed_cb,
  .removed = removed_cb,
};

static void
state_cb (ServerSignalClient *client)
{
  if (tool_client_is_over (client))
    tool_quit (TOOL_TROUBLE);
}

static gboolean
is_over (gpointer user_data)
{
  return FALSE;
}

static gboolean
check_targets (GPtrArray  *targets,
               GError    **error)
{
  for (guint i = 0; i < targets->len; i++)
    if (((const ToolTarget *) targets->pdata[i])->pointer[0] != '\0')
      {
        g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                     _("Whole signals are recorded, not parts of them"));
        return FALSE;
      }

  return TRUE;
}

static FILE *
open_file (const char  *name,
           GError     **error)
{
  FILE *file = g_str_equal (name, "-") ? stdout : g_fopen (name, "w");

  if (file == NULL)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", name,
                 g_strerror (errno));

  return file;
}

static ToolStatus
record (ServerSignalClient *client,
        GPtrArray          *targets,
        FILE               *file,
        const char         *name)
{
  Recording self = { .file = file, .name = name };
  g_autoptr (ToolFollow) follow = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format_iso8601 (now);
  ToolStatus status = TOOL_DONE;

  fprintf (file, "{\"recording\":\"server-signal\",\"version\":1,\"time\":\"%s\"}\n", time);
  g_signal_connect (client, "notify::state", G_CALLBACK (state_cb), NULL);
  if (targets->len == 0)
    tool_client_expect_names (client);
  follow = tool_follow_new (client, targets, TRUE, &funcs, &self);
  server_signal_client_start (client);
  if (file == stdout)
    tool_output_watch ();

  if (seconds_option > 0)
    tool_wait_until (is_over, NULL, seconds_option);
  if (seconds_option <= 0 || tool_is_quitting ())
    status = tool_run ();
  if (tool_client_is_over (client))
    tool_client_complain (client);
  tool_note (_("%u lines"), self.n_lines);

  return status;
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ServerSignalClient) client = NULL;
  g_autoptr (GPtrArray) targets = NULL;
  g_autoptr (GError) error = NULL;
  FILE *file = NULL;
  ToolStatus status;

  if (tool_seconds_check ("--time", seconds_option, &error))
    targets = tool_targets_parse (arguments->words + 2, &error);
  if (targets != NULL && check_targets (targets, &error))
    client = tool_client_new (arguments->words[0], TRUE, &error);
  if (client != NULL)
    file = open_file (arguments->words[1], &error);
  if (file == NULL)
    {
      tool_complain ("%s", error->message);
      return TOOL_TROUBLE;
    }

  status = record (client, g_steal_pointer (&targets), file, arguments->words[1]);
  if (file != stdout && fclose (file) != 0 && status == TOOL_DONE)
    {
      tool_complain ("%s: %s", arguments->words[1], g_strerror (errno));
      status = TOOL_TROUBLE;
    }

  return status;
}

const ToolCommand tool_record = {
  .name = "record",
  .usage = N_("URI FILE [NAME]…"),
  .summary = N_("Write down signals of a server with the times of their changes"),
  .description = N_("Without names all signals are recorded, also those that come later. FILE gets JSON "
                    "lines, which “replay” serves again; - is standard output."),
  .min_words = 2,
  .max_words = G_MAXUINT,
  .groups = { entries, tool_client_entries },
  .run = run,
};
