/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "tool-output.h"
#include "tool-source.h"

/* The output of a command that is run again and again, one JSON text each time. */

#define MAX_BYTES (64 * 1024 * 1024)
#define READ_BYTES 65536

typedef struct
{
  ServerSignal *signal;
  GStrv         command;
  guint         interval_ms;
  GSubprocess  *process;     /* NULL between two runs */
  GByteArray   *output;
  GCancellable *cancellable;
  guint         timeout;
  double        limit;       /* of a run, in seconds; 0: it may take as long as it does */
  guint         limit_source;
  gboolean      is_late;
  gboolean      is_large;
  char         *failure;     /* the last one, which is said once */
} Command;

static void start (Command *self);

static void
fail (Command    *self,
      const char *message)
{
  if (g_strcmp0 (self->failure, message) != 0)
    tool_complain ("%s: %s", server_signal_get_name (self->signal), message);
  g_free (self->failure);
  self->failure = g_strdup (message);
}

/* With those that it has started. */
static void
kill_group (Command *self,
            int      code)
{
  const char *identifier = g_subprocess_get_identifier (self->process);

  if (identifier != NULL)
    kill (-(pid_t) atoi (identifier), code);
}

static gboolean
limit_cb (gpointer user_data)
{
  Command *self = user_data;

  self->limit_source = 0;
  self->is_late = TRUE;
  kill_group (self, SIGKILL);

  return G_SOURCE_REMOVE;
}

static gboolean
start_cb (gpointer user_data)
{
  Command *self = user_data;

  self->timeout = 0;
  start (self);

  return G_SOURCE_REMOVE;
}

static void
take_output (Command *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (memchr (self->output->data, '\0', self->output->len) != NULL)
    {
      fail (self, _("a string has a zero byte"));
      return;
    }

  g_byte_array_append (self->output, (const guint8 *) "", 1);
  text = g_strstrip (g_strdup ((const char *) self->output->data));
  if (server_signal_set_json (self->signal, NULL, text, &error))
    g_clear_pointer (&self->failure, g_free);
  else
    fail (self, error->message);
}

static void
finish (Command *self)
{
  if (self->is_late)
    {
      g_autofree char *message =
        g_strdup_printf (_("“%s” took more than %g seconds"), self->command[0], self->limit);

      fail (self, message);
    }
  else if (self->is_large)
    {
      g_autofree char *message = g_strdup_printf (_("“%s” has printed more than %d MiB"),
                                                     self->command[0], MAX_BYTES / 1024 / 1024);

      fail (self, message);
    }
  else if (g_subprocess_get_if_exited (self->process) &&
           g_subprocess_get_exit_status (self->process) != 0)
    {
      g_autofree char *message =
        g_strdup_printf (_("“%s” has ended with status %d"), self->command[0],
                            g_subprocess_get_exit_status (self->process));

      fail (self, message);
    }
  else if (!g_subprocess_get_if_exited (self->process))
    {
      g_autofree char *message =
        g_strdup_printf (_("“%s” was ended by a signal"), self->command[0]);

      fail (self, message);
    }
  else
    {
      take_output (self);
    }

  g_byte_array_set_size (self->output, 0);
  if (self->limit_source != 0)
    g_source_remove (self->limit_source);
  self->limit_source = 0;
  g_clear_object (&self->process);
  self->timeout = g_timeout_add (self->interval_ms, start_cb, self);
}

static void
waited_cb (GObject      *process,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  if (!g_subprocess_wait_finish (G_SUBPROCESS (process), result, &error) &&
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  finish (user_data);
}

static void read_on (Command *self);

static void
read_cb (GObject      *stream,
         GAsyncResult *result,
         gpointer      user_data)
{
  Command *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
    g_input_stream_read_bytes_finish (G_INPUT_STREAM (stream), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (bytes != NULL && g_bytes_get_size (bytes) > 0)
    {
      g_byte_array_append (self->output, g_bytes_get_data (bytes, NULL),
                           (guint) g_bytes_get_size (bytes));
      if (self->output->len <= MAX_BYTES)
        {
          read_on (self);
          return;
        }
      self->is_large = TRUE;
      kill_group (self, SIGKILL);
    }

  g_subprocess_wait_async (self->process, self->cancellable, waited_cb, self);
}

static void
read_on (Command *self)
{
  g_input_stream_read_bytes_async (g_subprocess_get_stdout_pipe (self->process), READ_BYTES,
                                   G_PRIORITY_DEFAULT, self->cancellable, read_cb, self);
}

static void
set_group_cb (gpointer user_data)
{
  setpgid (0, 0);
}

static void
start (Command *self)
{
  g_autoptr (GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_child_setup (launcher, set_group_cb, NULL, NULL);
  self->is_late = FALSE;
  self->is_large = FALSE;
  self->process =
    g_subprocess_launcher_spawnv (launcher, (const char *const *) self->command, &error);
  if (self->process == NULL)
    {
      fail (self, error->message);
      self->timeout = g_timeout_add (self->interval_ms, start_cb, self);
      return;
    }

  if (self->limit > 0)
    self->limit_source =
      g_timeout_add ((guint) CLAMP (self->limit * 1000, 1, G_MAXINT), limit_cb, self);
  read_on (self);
}

static void
command_free (gpointer data)
{
  Command *self = data;

  /* Callbacks that are still to come only learn that they were cancelled. */
  g_cancellable_cancel (self->cancellable);
  if (self->timeout != 0)
    g_source_remove (self->timeout);
  if (self->limit_source != 0)
    g_source_remove (self->limit_source);
  if (self->process != NULL)
    kill_group (self, SIGTERM);
  g_clear_object (&self->process);
  g_object_unref (self->cancellable);
  g_object_unref (self->signal);
  g_byte_array_unref (self->output);
  g_strfreev (self->command);
  g_free (self->failure);
  g_free (self);
}

gboolean
tool_source_command (ToolSources  *self,
                     const char   *spec,
                     GError      **error)
{
  g_autoptr (ServerSignal) signal = NULL;
  Command *command;

  if (self->command == NULL || self->command[0] == NULL || self->command[0][0] == '\0')
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _("--command needs a command behind “--”"));
      return FALSE;
    }

  signal = tool_sources_add (self, spec, error);
  if (signal == NULL)
    return FALSE;

  command = g_new0 (Command, 1);
  command->signal = g_steal_pointer (&signal);
  command->command = g_strdupv ((char **) self->command);
  command->limit = self->timeout;
  command->interval_ms = (guint) (self->interval * 1000);
  command->cancellable = g_cancellable_new ();
  command->output = g_byte_array_new ();
  tool_sources_keep (self, command, command_free);
  start (command);

  return TRUE;
}
