/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <errno.h>
#include <unistd.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "tool-hub.h"
#include "tool-loop.h"
#include "tool-output.h"
#include "tool-source.h"
#include "tool.h"

#define DEFAULT_INTERVAL 2.0
#define MIN_INTERVAL 0.01
#define MAX_INTERVAL 86400.0

static char **stdin_option;
static char **command_option;
static char **dbus_option;
static char **gsettings_option;
static char **journal_option;
static char **proc_option;
static gboolean patch_option;
static char *state_option;
static char *store_option;
static double interval_option = DEFAULT_INTERVAL;
static double timeout_option;

static const GOptionEntry entries[] = {
  { "stdin", 0, 0, G_OPTION_ARG_STRING_ARRAY, &stdin_option,
    N_("Have a signal NAME of the lines of standard input, a JSON text each"), N_("NAME") },
  { "patch", 0, 0, G_OPTION_ARG_NONE, &patch_option, N_("The lines are JSON Patches"), NULL },
  { "command", 0, 0, G_OPTION_ARG_STRING_ARRAY, &command_option,
    N_("Have a signal NAME of the JSON that the command behind “--” prints, again and again"),
    N_("NAME") },
  { "interval", 0, 0, G_OPTION_ARG_DOUBLE, &interval_option,
    N_("The pause between two runs of the command, or two looks at /proc (default: 2)"),
    N_("SECONDS") },
  { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &timeout_option,
    N_("End a run of the command that takes longer; 0 for never (the default)"), N_("SECONDS") },
  { "dbus", 0, 0, G_OPTION_ARG_STRING_ARRAY, &dbus_option,
    N_("Have a signal of the properties of an interface on D-Bus, or of an object and all below it; "
       "session: in front stands for the session bus"),
    N_("NAME=SERVICE:PATH[:INTERFACE]") },
  { "gsettings", 0, 0, G_OPTION_ARG_STRING_ARRAY, &gsettings_option,
    N_("Have a signal of the settings of a schema"), N_("NAME=SCHEMA[:PATH]") },
  { "journal", 0, 0, G_OPTION_ARG_STRING_ARRAY, &journal_option,
    N_("Have a signal of the last 100 entries of the journal that match"), N_("NAME[=MATCH,…]") },
  { "proc", 0, 0, G_OPTION_ARG_STRING_ARRAY, &proc_option,
    N_("Have a signal NAME of the load of this machine"), N_("NAME") },
  { "state", 0, 0, G_OPTION_ARG_FILENAME, &state_option,
    N_("Keep the signals in the folder DIR, so that they go on after a restart"), N_("DIR") },
  { "store", 0, 0, G_OPTION_ARG_STRING, &store_option,
    N_("Keep the signals on a Redis or Valkey server, such as redis://localhost or unix:PATH"), N_("URI") },
  G_OPTION_ENTRY_NULL,
};

static const struct
{
  char         ***option;
  ToolSourceFunc  func;
  gboolean        is_single; /* there is one standard input, and one command */
} kinds[] = {
  { &stdin_option, tool_source_stdin, TRUE },
  { &command_option, tool_source_command, TRUE },
  { &dbus_option, tool_source_dbus, FALSE },
  { &gsettings_option, tool_source_gsettings, FALSE },
  { &journal_option, tool_source_journal, FALSE },
  { &proc_option, tool_source_proc, FALSE },
};

static gboolean
check (const ToolArguments  *arguments,
       GError              **error)
{
  gboolean has_source = arguments->n_words > 0;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      char **specs = *kinds[i].option;

      has_source |= specs != NULL;
      if (kinds[i].is_single && specs != NULL && g_strv_length (specs) > 1)
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                       _("--stdin and --command may be given once"));
          return FALSE;
        }
    }

  if (!has_source)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("There is nothing to serve"));
  else if (!(interval_option >= MIN_INTERVAL && interval_option <= MAX_INTERVAL))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _("--interval takes 0.01 to 86400 seconds"));
  else if (patch_option && stdin_option == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("--patch needs --stdin"));
  else if (state_option != NULL && store_option != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                 _("--state and --store cannot be given together"));
  else if (arguments->rest != NULL && command_option == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                 _("A command behind “--” needs --command"));
  else
    return tool_seconds_check ("--timeout", timeout_option, error);

  return FALSE;
}

static gboolean
add_sources (ToolSources          *sources,
             const ToolArguments  *arguments,
             GError              **error)
{
  for (guint i = 0; i < arguments->n_words; i++)
    if (!tool_source_file (sources, arguments->words[i], error))
      return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (char **spec = *kinds[i].option; spec != NULL && *spec != NULL; spec++)
      if (!kinds[i].func (sources, *spec, error))
        return FALSE;

  return TRUE;
}

static ServerSignalStore *
make_redis_store (GError **error)
{
  ServerSignalStore *store = server_signal_redis_new (store_option, error);

  if (store == NULL)
    g_prefix_error (error, "--store %s: ", store_option);

  return store;
}

/* A store tries again and again; here it is said at once that this cannot be the folder. */
static gboolean
check_state (GError **error)
{
  if (g_mkdir_with_parents (state_option, 0700) != 0 ||
      g_access (state_option, R_OK | W_OK | X_OK) != 0)
    {
      int code = errno;

      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "--state %s: %s",
                   state_option, g_strerror (code));
      return FALSE;
    }

  return TRUE;
}

/* store: NULL where none is wanted. */
static gboolean
make_store (ServerSignalStore **store,
            GError            **error)
{
  if (state_option != NULL && !check_state (error))
    return FALSE;

  if (state_option != NULL)
    *store = server_signal_file_store_new (state_option);
  else if (store_option != NULL)
    *store = make_redis_store (error);

  return *store != NULL || (state_option == NULL && store_option == NULL);
}

static ToolStatus
run (const ToolArguments *arguments)
{
  g_autoptr (ToolHub) hub = NULL;
  g_autoptr (ToolSources) sources = NULL;
  g_autoptr (ServerSignalStore) store = NULL;
  g_autoptr (GError) error = NULL;

  if (check (arguments, &error) && make_store (&store, &error))
    hub = tool_hub_new (&error);
  if (hub != NULL)
    {
      sources = tool_sources_new (hub, store);
      sources->interval = interval_option;
      sources->timeout = timeout_option;
      sources->patches = patch_option;
      sources->command = arguments->rest;
      if (add_sources (sources, arguments, &error) && tool_hub_start (hub, &error))
        return tool_hub_run (hub);
    }

  /* Told to end while it stands by. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && tool_is_quitting ())
    return TOOL_DONE;

  tool_complain ("%s", error->message);

  return TOOL_TROUBLE;
}

const ToolCommand tool_serve = {
  .name = "serve",
  .usage = N_("[NAME=FILE | FILE | FOLDER]…"),
  .summary = N_("Serve files, folders, pipes, commands and services as signals"),
  .description = N_("FILE has JSON, YAML or TOML, and is read again when it changes: clients get the "
                    "difference. While it is broken, the last good value is served. All files of a "
                    "FOLDER that end in .json, .yaml, .yml or .toml are signals, also those that come "
                    "later. YAML is one document, by the core schema of YAML 1.2, and may have merge "
                    "keys.\n"
                    "Without --page there is a page that shows every signal. Of the files of its DIR those are "
                    "served that have 16 MiB at most, are not hidden, and to which no link leads out of DIR.\n"
                    "With --state or --store a server that is started again goes on where it was, and "
                    "clients get what they have missed. It waits while another process has the signals."),
  .min_words = 0,
  .max_words = G_MAXUINT,
  .takes_rest = TRUE,
  .groups = { entries, tool_hub_entries },
  .run = run,
};
