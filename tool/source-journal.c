/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

#include "tool-lines.h"
#include "tool-output.h"
#include "tool-source.h"

/* The last entries of the journal, as journalctl(1) has them. */

#define MAX_ENTRIES 100
#define MAX_MESSAGE 4096

typedef struct
{
  ServerSignal *signal;
  GSubprocess  *process;
  ToolLines    *lines;
} Journal;

/* The members of an entry that the document has, of those that journalctl has. */
static const struct
{
  const char *field;
  const char *member;
  gboolean    is_number;
} fields[] = {
  { "__REALTIME_TIMESTAMP", "time", TRUE }, /* microseconds since 1970 */
  { "PRIORITY", "priority", TRUE },
  { "_SYSTEMD_UNIT", "unit", FALSE },
  { "SYSLOG_IDENTIFIER", "identifier", FALSE },
  { "_PID", "pid", TRUE },
  { "MESSAGE", "message", FALSE },
};

/* journalctl gives a list of bytes for text that is not UTF-8, and null for one that is too long. */
static char *
dup_text (ServerSignal *entry,
          const char   *pointer)
{
  g_autofree char *text = server_signal_dup_string (entry, pointer);
  g_autoptr (GString) bytes = NULL;

  if (text == NULL && server_signal_has (entry, pointer))
    {
      g_autoptr (JsonNode) node = server_signal_dup_value (entry, pointer);

      if (JSON_NODE_HOLDS_ARRAY (node))
        {
          JsonArray *array = json_node_get_array (node);

          bytes = g_string_new (NULL);
          for (guint i = 0; i < MIN (json_array_get_length (array), MAX_MESSAGE); i++)
            {
              char byte = (char) json_array_get_int_element (array, i);

              g_string_append_c (bytes, byte != '\0' ? byte : '?');
            }
          return g_utf8_make_valid (bytes->str, (gssize) bytes->len);
        }
    }

  if (text == NULL)
    return NULL;

  if (strlen (text) > MAX_MESSAGE)
    {
      char *end = g_utf8_find_prev_char (text, text + MAX_MESSAGE);

      *end = '\0';
    }

  return g_steal_pointer (&text);
}

static void
add_entry (Journal      *self,
           ServerSignal *entry)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *last = g_strdup_printf ("/entries/%d", MAX_ENTRIES);

  json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *pointer = g_strconcat ("/", fields[i].field, NULL);
      g_autofree char *text = dup_text (entry, pointer);

      if (text == NULL)
        continue;
      json_builder_set_member_name (builder, fields[i].member);
      if (fields[i].is_number)
        json_builder_add_int_value (builder, g_ascii_strtoll (text, NULL, 10));
      else
        json_builder_add_string_value (builder, text);
    }
  json_builder_end_object (builder);
  node = json_builder_get_root (builder);

  g_object_freeze_notify (G_OBJECT (self->signal));
  server_signal_insert_value (self->signal, "/entries/-", node, NULL);
  if (server_signal_has (self->signal, last))
    server_signal_remove (self->signal, "/entries/0", NULL);
  g_object_thaw_notify (G_OBJECT (self->signal));
}

static void
line_cb (const char *line,
         gpointer    user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ServerSignal) entry =
    server_signal_new_from_json ("entry", line != NULL ? line : "", &error);

  if (entry != NULL)
    add_entry (user_data, entry);
  else
    tool_complain (_("An entry of the journal cannot be read: %s"), error->message);
}

static void
end_cb (const GError *error,
        gpointer      user_data)
{
  Journal *self = user_data;

  tool_complain (_("%s: journalctl has ended"), server_signal_get_name (self->signal));
}

static void
journal_free (gpointer data)
{
  Journal *self = data;

  g_clear_pointer (&self->lines, tool_lines_free);
  g_subprocess_force_exit (self->process);
  g_object_unref (self->process);
  g_object_unref (self->signal);
  g_free (self);
}

gboolean
tool_source_journal (ToolSources  *self,
                     const char   *spec,
                     GError      **error)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_auto (GStrv) command = NULL;
  g_auto (GStrv) matches = NULL;
  g_autofree char *name = NULL;
  g_autofree char *rest = NULL;
  Journal *journal;

  if (strchr (spec, '=') == NULL)
    name = g_strdup (spec);
  else if (!tool_sources_split (spec, &name, &rest, error))
    return FALSE;

  g_strv_builder_add_many (words, "journalctl", "--follow", "--output=json", "--all", NULL);
  g_strv_builder_add (words, "--lines=" G_STRINGIFY (MAX_ENTRIES));
  matches = g_strsplit (rest != NULL ? rest : "", ",", -1);
  for (guint i = 0; matches[i] != NULL; i++)
    {
      /* A field is in capitals, so a match is no option. */
      if (strchr (matches[i], '=') == NULL ||
          matches[i][strspn (matches[i], G_CSET_A_2_Z G_CSET_DIGITS "_")] != '=')
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       _("“%s” is not a match of the journal, such as _SYSTEMD_UNIT=cron.service"),
                          matches[i]);
          return FALSE;
        }
      g_strv_builder_add (words, matches[i]);
    }
  command = g_strv_builder_end (words);

  signal = tool_sources_add (self, name, error);
  if (signal == NULL || !server_signal_set_json (signal, NULL, "{\"entries\":[]}", error))
    return FALSE;

  process =
    g_subprocess_newv ((const char *const *) command, G_SUBPROCESS_FLAGS_STDOUT_PIPE, error);
  if (process == NULL)
    return FALSE;

  journal = g_new0 (Journal, 1);
  journal->signal = g_steal_pointer (&signal);
  journal->process = g_steal_pointer (&process);
  journal->lines = tool_lines_new (g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (
                                     g_subprocess_get_stdout_pipe (journal->process))),
                                   line_cb, end_cb, journal);
  tool_sources_keep (self, journal, journal_free);

  return TRUE;
}
