/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-exec.h"

#include <signal.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "tool-document.h"
#include "tool-loop.h"
#include "tool-output.h"

struct _ToolExec
{
  char        *command;
  GSubprocess *process; /* NULL: none runs */
  GQueue       waiting; /* of Job */
};

typedef struct
{
  char *name;
  char *pointer;
  char *json;
  char *patch;  /* NULL: json is the input */
} Job;

static void start_next (ToolExec *self);

static void
job_free (gpointer data)
{
  Job *self = data;

  g_free (self->name);
  g_free (self->pointer);
  g_free (self->json);
  g_free (self->patch);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_free)

static void
done_cb (GObject      *process,
         GAsyncResult *result,
         gpointer      user_data)
{
  ToolExec *self = user_data;
  g_autoptr (GError) error = NULL;

  /* One that does not read its input is no failure. */
  g_subprocess_communicate_finish (G_SUBPROCESS (process), result, NULL, NULL, NULL);
  if (!g_subprocess_get_if_exited (self->process) && !tool_is_interrupted ())
    tool_complain (_("“%s” was ended by a signal"), self->command);
  else if (g_subprocess_get_if_exited (self->process) &&
           g_subprocess_get_exit_status (self->process) != 0)
    tool_complain (_("“%s” has ended with status %d"), self->command,
                      g_subprocess_get_exit_status (self->process));
  g_clear_object (&self->process);
  start_next (self);
}

static void
start_next (ToolExec *self)
{
  const char *const words[] = { "/bin/sh", "-c", self->command, NULL };
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GBytes) input = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (Job) job = NULL;
  char *text;

  if (self->process != NULL || g_queue_is_empty (&self->waiting))
    return;

  job = g_queue_pop_head (&self->waiting);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE);
  g_subprocess_launcher_setenv (launcher, "SERVER_SIGNAL_NAME", job->name, TRUE);
  g_subprocess_launcher_setenv (launcher, "SERVER_SIGNAL_POINTER", job->pointer, TRUE);
  g_subprocess_launcher_setenv (launcher, "SERVER_SIGNAL_INPUT",
                                job->patch != NULL ? "patch" : "value", TRUE);
  self->process = g_subprocess_launcher_spawnv (launcher, words, &error);
  if (self->process == NULL)
    {
      tool_complain ("%s", error->message);
      return;
    }

  text = g_strconcat (job->patch != NULL ? job->patch : job->json, "\n", NULL);
  input = g_bytes_new_take (text, strlen (text));
  g_subprocess_communicate_async (self->process, input, NULL, done_cb, self);
}

ToolExec *
tool_exec_new (const char *command)
{
  ToolExec *self = g_new0 (ToolExec, 1);

  self->command = g_strdup (command);
  g_queue_init (&self->waiting);

  return self;
}

void
tool_exec_free (ToolExec *self)
{
  g_queue_clear_full (&self->waiting, job_free);
  g_clear_object (&self->process);
  g_free (self->command);
  g_free (self);
}

static void
job_set (Job        *self,
         const char *json,
         const char *patch)
{
  g_autofree char *joined = NULL;

  /* A value that waits comes with all changes. */
  if (patch != NULL && self->json == NULL)
    joined = g_strdup (patch);
  else if (patch != NULL && self->patch != NULL)
    joined = tool_patch_join (self->patch, patch);
  if (joined != NULL && strlen (joined) > strlen (json) && self->json != NULL)
    g_clear_pointer (&joined, g_free);

  g_free (self->json);
  self->json = g_strdup (json);
  g_free (self->patch);
  self->patch = g_steal_pointer (&joined);
}

void
tool_exec_run (ToolExec   *self,
               const char *name,
               const char *pointer,
               const char *json,
               const char *patch)
{
  Job *job;

  for (GList *link = self->waiting.head; link != NULL; link = link->next)
    {
      job = link->data;
      if (g_str_equal (job->name, name) && g_str_equal (job->pointer, pointer))
        {
          job_set (job, json, patch);
          return;
        }
    }

  job = g_new0 (Job, 1);
  job->name = g_strdup (name);
  job->pointer = g_strdup (pointer);
  job_set (job, json, patch);
  g_queue_push_tail (&self->waiting, job);
  start_next (self);
}

void
tool_exec_finish (ToolExec *self)
{
  gboolean is_told = FALSE;

  while (self->process != NULL)
    {
      /* The command may go on for ever, and the rest is not wanted any more. */
      if (tool_is_interrupted () && !is_told)
        {
          g_queue_clear_full (&self->waiting, job_free);
          g_subprocess_send_signal (self->process, SIGTERM);
          is_told = TRUE;
        }
      g_main_context_iteration (NULL, TRUE);
    }
}
