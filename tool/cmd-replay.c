/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "tool-hub.h"
#include "tool-loop.h"
#include "tool-output.h"
#include "tool-target.h"

#define MAX_SPEED 1e6
#define MAX_LINE (128 * 1024 * 1024)
#define BUFFER_BYTES 65536
#define VERSION 1

static double speed_option = 1;
static gboolean loop_option;
static gboolean once_option;

static const GOptionEntry entries[] = {
  { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &speed_option,
    N_("Go X times as fast; 0 for as fast as possible (default: 1)"), N_("X") },
  { "loop", 0, 0, G_OPTION_ARG_NONE, &loop_option, N_("Begin again at the end"), NULL },
  { "once", 0, 0, G_OPTION_ARG_NONE, &once_option, N_("End with the recording"), NULL },
  G_OPTION_ENTRY_NULL,
};

typedef struct
{
  ToolHub          *hub;
  GFile            *file;
  GDataInputStream *stream;
  GHashTable       *signals; /* the name → ServerSignal */
  ServerSignal     *line;    /* the next one, which waits for its time */
  gulong            number;
  guint             n_replayed; /* lines, since the file was opened */
  gboolean          has_failed;
  gboolean          is_again;
  gboolean          is_reading;
  GCancellable     *cancellable;
  gint64            begin;
  guint             source;
} Replay;

static void read_on (Replay *self);

static gboolean
open_stream (Replay  *self,
             GError **error)
{
  g_autoptr (GInputStream) stream = NULL;

  if (self->file != NULL)
    stream = G_INPUT_STREAM (g_file_read (self->file, NULL, error));
  else
    stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  if (stream == NULL)
    return FALSE;

  g_clear_object (&self->stream);
  self->stream = g_data_input_stream_new (stream);
  g_buffered_input_stream_set_buffer_size (G_BUFFERED_INPUT_STREAM (self->stream), BUFFER_BYTES);
  self->number = 0;
  self->n_replayed = 0;
  self->begin = g_get_monotonic_time ();

  return TRUE;
}

static gboolean
parse_line (Replay      *self,
            const char  *text,
            gsize        length,
            GError     **error)
{
  g_clear_object (&self->line);
  self->number++;
  if (length > MAX_LINE || !g_utf8_validate (text, (gssize) length, NULL))
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                   _("this is not a line of JSON"));
      return FALSE;
    }

  self->line = server_signal_new_from_json ("line", text, error);

  return self->line != NULL;
}

static gboolean
apply_line (Replay  *self,
            GError **error)
{
  g_autofree char *name = server_signal_dup_string (self->line, "/signal");
  g_autofree char *value = server_signal_dup_json (self->line, "/value");
  g_autofree char *patch_text = server_signal_dup_json (self->line, "/patch");
  ServerSignal *signal = name != NULL ? g_hash_table_lookup (self->signals, name) : NULL;

  if (name == NULL || !tool_name_check (name, error))
    return error == NULL || *error == NULL;

  if (server_signal_get_boolean (self->line, "/removed"))
    {
      if (signal != NULL)
        tool_hub_remove (self->hub, signal);
      g_hash_table_remove (self->signals, name);
      return TRUE;
    }

  if (patch_text != NULL)
    {
      g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_from_json (patch_text, error);

      if (patch != NULL && signal == NULL)
        g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND,
                     _("“%s” has no value yet"), name);

      return patch != NULL && signal != NULL && server_signal_apply_patch (signal, patch, error);
    }

  if (value == NULL)
    return TRUE;
  if (signal != NULL)
    return server_signal_set_json (signal, NULL, value, error);

  signal = server_signal_new_from_json (name, value, error);
  if (signal == NULL)
    return FALSE;
  g_hash_table_insert (self->signals, g_strdup (name), signal);

  return tool_hub_add (self->hub, signal, error);
}

/* A recording that was cut off lacks its last line, and all else is good. */
static void
complain (Replay       *self,
          const GError *error)
{
  self->has_failed = TRUE;
  /* Once, and not in each round of --loop. */
  if (!self->is_again)
    tool_complain (_("line %lu of the recording: %s"), self->number, error->message);
}

static void
end (Replay *self)
{
  g_autoptr (GError) error = NULL;

  if (loop_option && self->n_replayed > 0)
    {
      self->is_again = TRUE;
      if (open_stream (self, &error))
        {
          read_on (self);
          return;
        }
      tool_complain ("%s", error->message);
      tool_quit (TOOL_TROUBLE);
    }
  else if (once_option)
    {
      tool_quit (self->has_failed ? TOOL_TROUBLE : TOOL_DONE);
    }
  else
    {
      tool_note (_("The recording has ended; its last values are served on"));
    }
}

static gboolean
time_cb (gpointer user_data)
{
  Replay *self = user_data;
  g_autoptr (GError) error = NULL;

  self->source = 0;
  if (apply_line (self, &error))
    self->n_replayed++;
  else
    complain (self, error);
  read_on (self);

  return G_SOURCE_REMOVE;
}

/* The line waits for its time. */
static void
schedule (Replay *self)
{
  double due = (double) server_signal_get_int (self->line, "/t");
  double wait = 0;

  if (speed_option > 0)
    wait = due / speed_option - (double) ((g_get_monotonic_time () - self->begin) / 1000);

  /* Clients have their turn in between. */
  self->source =
    g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, (guint) CLAMP (wait, 0, (double) G_MAXINT),
                        time_cb, self, NULL);
}

static void
read_cb (GObject      *stream,
         GAsyncResult *result,
         gpointer      user_data)
{
  Replay *self = user_data;
  g_autoptr (GError) error = NULL;
  gsize length = 0;
  g_autofree char *text =
    g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (stream), result, &length, &error);

  self->is_reading = FALSE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (error != NULL)
    {
      tool_complain (_("line %lu of the recording: %s"), self->number + 1, error->message);
      tool_quit (TOOL_TROUBLE);
    }
  else if (text == NULL)
    {
      end (self);
    }
  else if (parse_line (self, text, length, &error))
    {
      schedule (self);
    }
  else
    {
      complain (self, error);
      read_on (self);
    }
}

/* Lines of a pipe may come at any time. */
static void
read_on (Replay *self)
{
  self->is_reading = TRUE;
  g_data_input_stream_read_line_async (self->stream, G_PRIORITY_DEFAULT_IDLE, self->cancellable,
                                       read_cb, self);
}

/* The first line says what it is. */
static gboolean
check_head (Replay  *self,
            GError **error)
{
  gsize length = 0;
  g_autofree char *text = g_data_input_stream_read_line (self->stream, &length, NULL, error);
  g_autofree char *kind = NULL;
  gint64 version;

  if (text != NULL && parse_line (self, text, length, error))
    kind = server_signal_dup_string (self->line, "/recording");
  g_clear_error (error);

  if (g_strcmp0 (kind, "server-signal") != 0)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_FAILED,
                   _("This is not a recording of “server-signal record”"));
      return FALSE;
    }

  version = server_signal_get_int (self->line, "/version");
  if (version == VERSION)
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_FAILED,
               _("This is a recording of version %ld, not of %d"), (long) version, VERSION);

  return FALSE;
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ToolHub) hub = NULL;
  g_autoptr (GError) error = NULL;
  Replay self = { 0 };
  ToolStatus status = TOOL_TROUBLE;

  if (!(speed_option >= 0 && speed_option <= MAX_SPEED))
    {
      tool_complain (_("--speed takes a number from 0 to a million"));
      return TOOL_TROUBLE;
    }

  if (loop_option && g_str_equal (arguments->words[0], "-"))
    {
      tool_complain (_("--loop needs a file, which can be read again"));
      return TOOL_TROUBLE;
    }

  self.cancellable = g_cancellable_new ();
  self.file = g_str_equal (arguments->words[0], "-")
                ? NULL
                : g_file_new_for_commandline_arg (arguments->words[0]);
  self.signals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  if (open_stream (&self, &error) && check_head (&self, &error))
    hub = tool_hub_new (&error);
  self.hub = hub;
  if (hub != NULL && tool_hub_start (hub, &error))
    {
      self.begin = g_get_monotonic_time ();
      read_on (&self);
      status = tool_hub_run (hub);
    }
  else
    {
      tool_complain ("%s", error->message);
    }

  g_cancellable_cancel (self.cancellable);
  while (self.is_reading)
    g_main_context_iteration (NULL, TRUE);
  if (self.source != 0)
    g_source_remove (self.source);
  g_clear_object (&self.cancellable);
  g_clear_object (&self.line);
  g_clear_object (&self.stream);
  g_clear_object (&self.file);
  g_hash_table_unref (self.signals);

  return status;
}

const ToolCommand tool_replay = {
  .name = "replay",
  .usage = N_("FILE"),
  .summary = N_("Serve a recording, with its times"),
  .description = N_("FILE is what “record” has written, or - for standard input. At its end the last "
                    "values are served on. Lines that cannot be read or do not apply are said and left "
                    "out; the exit status of --once is 2 then."),
  .min_words = 1,
  .max_words = 1,
  .groups = { entries, tool_hub_entries },
  .run = run,
};
