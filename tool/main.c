/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <locale.h>
#include <string.h>

#include <glib/gi18n.h>

#include "tool-output.h"
#include "tool.h"

/* In the order of --help. */
static const ToolCommand *const commands[] = {
  &tool_serve,
  &tool_watch,
  &tool_get,
  &tool_list,
  &tool_wait,
  &tool_call,
  &tool_record,
  &tool_replay,
  &tool_top,
  &tool_bench,
  &tool_diff,
  &tool_patch,
  &tool_pointer,
};

static void
print_help (void)
{
  g_print (
    "%s\n  server-signal %s\n\n%s\n\n%s\n",
    _("Usage:"),
      _("COMMAND [OPTION…] [ARGUMENT…]"),
        _("Server signals on the command line: JSON documents of a server, live on every client."),
           _("Commands:"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-9s %s\n", commands[i]->name, _(commands[i]->summary));
  g_print ("\n%s\n",
           _("“server-signal COMMAND --help” says more about each, and so does its manual "
                       "page, such as server-signal-diff(1)."));
}

static const ToolCommand *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i]->name, name))
      return commands[i];

  return NULL;
}

static GOptionContext *
make_context (const ToolCommand *command)
{
  g_autofree char *usage =
    g_strdup_printf ("%s%s", _(command->usage), command->takes_rest ? _(" [-- COMMAND…]") : "");
  GOptionContext *context = g_option_context_new (usage);

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, command->summary);
  if (command->description != NULL)
    g_option_context_set_description (context, command->description);
  for (guint i = 0; i < G_N_ELEMENTS (command->groups) && command->groups[i] != NULL; i++)
    g_option_context_add_main_entries (context, command->groups[i], GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, tool_common_entries, GETTEXT_PACKAGE);

  return context;
}

/* Cuts off "--" and the words behind it, which are no options. */
static GStrv
split_rest (GStrv words)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_equal (words[i], "--"))
      {
        GStrv rest = g_strdupv (words + i + 1);

        for (; words[i] != NULL; i++)
          g_clear_pointer (&words[i], g_free);
        return rest;
      }

  return NULL;
}

/* Of commands that do not run another one these are words like those before. */
static GStrv
join (GStrv words,
      GStrv rest)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();

  g_strv_builder_addv (all, (const char **) words);
  g_strv_builder_addv (all, (const char **) rest);

  return g_strv_builder_end (all);
}

static gboolean
check_words (const ToolCommand    *command,
             const ToolArguments  *arguments,
             GError              **error)
{
  if (arguments->n_words < command->min_words)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("Too few arguments"));
      return FALSE;
    }

  if (arguments->n_words > command->max_words)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   _("Too many arguments: “%s”"), arguments->words[command->max_words]);
      return FALSE;
    }

  return TRUE;
}

static ToolStatus
run_command (const ToolCommand *command,
             GStrv              words)
{
  g_autoptr (GOptionContext) context = make_context (command);
  g_auto (GStrv) copy = g_strdupv (words);
  g_auto (GStrv) rest = split_rest (copy);
  g_auto (GStrv) all = NULL;
  g_autoptr (GError) error = NULL;
  ToolArguments arguments = { 0 };
  g_autofree char *name = g_strconcat ("server-signal ", command->name, NULL);

  /* GOption begins its usage with it. The first word stands where it looks for none. */
  g_set_prgname (name);

  if (g_option_context_parse_strv (context, &copy, &error) && tool_output_check (&error))
    {
      all = rest != NULL && !command->takes_rest ? join (copy, rest) : g_strdupv (copy);
      arguments.words = (const char *const *) all + 1;
      arguments.n_words = g_strv_length (all) - 1;
      arguments.rest = command->takes_rest ? (const char *const *) rest : NULL;
      if (check_words (command, &arguments, &error))
        return command->run (&arguments);
    }

  tool_complain ("%s", error->message);
  tool_note (_("“server-signal %s --help” says how it is used"), command->name);

  return TOOL_TROUBLE;
}

int
main (int    argc,
      char **argv)
{
  g_auto (GStrv) words = NULL;
  const ToolCommand *command;

  tool_output_set_up ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("server-signal");

  words = g_strdupv (argv + (argc > 0 ? 1 : 0));
  if (words[0] == NULL)
    {
      print_help ();
      return TOOL_TROUBLE;
    }

  if (g_str_equal (words[0], "--help") || g_str_equal (words[0], "-h") ||
      (g_str_equal (words[0], "help") && words[1] == NULL))
    {
      print_help ();
      return TOOL_DONE;
    }

  if (g_str_equal (words[0], "--version"))
    {
      g_print ("server-signal %s\n", PACKAGE_VERSION);
      return TOOL_DONE;
    }

  if (g_str_equal (words[0], "help"))
    {
      command = find_command (words[1]);
      g_free (words[0]);
      words[0] = g_steal_pointer (&words[1]);
      words[1] = g_strdup ("--help");
    }
  else
    {
      command = find_command (words[0]);
    }

  if (command == NULL)
    {
      tool_complain (_("There is no command “%s”; “server-signal --help” lists them"), words[0]);
      return TOOL_TROUBLE;
    }

  return run_command (command, words);
}
