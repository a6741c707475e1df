/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "tool-loop.h"
#include "tool.h"

#define MAX_INDENT 16

#define COLOR_NAME "\033[34m"
#define COLOR_STRING "\033[32m"
#define COLOR_NUMBER "\033[36m"
#define COLOR_WORD "\033[35m"
#define COLOR_END "\033[0m"

static char *color_option;
static gboolean quiet_option;
static gboolean verbose_option;
static int indent_option = -1;
static gboolean raw_option;

const GOptionEntry tool_common_entries[] = {
  { "color", 0, 0, G_OPTION_ARG_STRING, &color_option,
    N_("Whether to use colors: auto, always or never"), N_("WHEN") },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet_option, N_("Print results and errors only"), NULL },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose_option, N_("Say what is going on"), NULL },
  G_OPTION_ENTRY_NULL,
};

const GOptionEntry tool_json_entries[] = {
  { "indent", 'i', 0, G_OPTION_ARG_INT, &indent_option,
    N_("Print JSON in lines that are indented by N spaces a level; 0 for one line"), N_("N") },
  { "raw", 'r', 0, G_OPTION_ARG_NONE, &raw_option, N_("Print strings without quotes"), NULL },
  G_OPTION_ENTRY_NULL,
};

gboolean
tool_output_check (GError **error)
{
  if (color_option != NULL && !g_str_equal (color_option, "auto") &&
      !g_str_equal (color_option, "always") && !g_str_equal (color_option, "never"))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _("--color takes auto, always or never, not “%s”"), color_option);
      return FALSE;
    }

  if (indent_option < -1 || indent_option > MAX_INDENT)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _("--indent takes a number from 0 to %d"), MAX_INDENT);
      return FALSE;
    }

  /* Standard output is for results. */
  g_log_writer_default_set_use_stderr (TRUE);
  if (verbose_option)
    g_setenv ("G_MESSAGES_DEBUG", "server-signal", FALSE);

  return TRUE;
}

gboolean
tool_is_quiet (void)
{
  return quiet_option;
}

gboolean
tool_is_raw (void)
{
  return raw_option;
}

gboolean
tool_is_screen (int fd)
{
  const char *term = g_getenv ("TERM");

  return isatty (fd) && term != NULL && term[0] != '\0' && !g_str_equal (term, "dumb");
}

gboolean
tool_has_colors (void)
{
  const char *no_color = g_getenv ("NO_COLOR");

  if (color_option != NULL && !g_str_equal (color_option, "auto"))
    return g_str_equal (color_option, "always");

  return (no_color == NULL || no_color[0] == '\0') && isatty (STDOUT_FILENO) &&
         g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

char *
tool_make_printable (const char *text,
                     const char *keep)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_sized_new (strlen (valid));

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c) && (c >= 0x80 || strchr (keep, (int) c) == NULL))
        g_string_append (out, "�");
      else
        g_string_append_unichar (out, c);
    }

  return g_string_free (out, FALSE);
}

char *
tool_make_shown (const char *text,
                 const char *keep)
{
  return isatty (STDOUT_FILENO) ? tool_make_printable (text, keep) : g_strdup (text);
}

/* Correct JSON has these control characters in strings only, where they may be escaped. */
static char *
escape_controls (const char *json)
{
  GString *out = g_string_sized_new (strlen (json));

  for (const char *p = json; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c))
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
    }

  return g_string_free (out, FALSE);
}

static void
say (const char *format,
     va_list     arguments)
{
  g_autofree char *raw = g_strdup_vprintf (format, arguments);
  g_autofree char *text = tool_make_printable (raw, "");

  /* In the order in which both are seen on a terminal. */
  fflush (stdout);
  fprintf (stderr, "server-signal: %s\n", text);
}

void
tool_complain (const char *format,
               ...)
{
  va_list arguments;

  va_start (arguments, format);
  say (format, arguments);
  va_end (arguments);
}

void
tool_note (const char *format,
           ...)
{
  va_list arguments;

  if (quiet_option)
    return;

  va_start (arguments, format);
  say (format, arguments);
  va_end (arguments);
}

void
tool_detail (const char *format,
             ...)
{
  va_list arguments;

  if (!verbose_option)
    return;

  va_start (arguments, format);
  say (format, arguments);
  va_end (arguments);
}

/* The reader of a pipe has left, as head(1) does when it has enough; that is no trouble. GIO has
 * SIGPIPE ignored. */
static void
check_output (void)
{
  int code = errno;

  if (!ferror (stdout))
    return;

  if (code != EPIPE)
    fprintf (stderr, "server-signal: %s\n", g_strerror (code));
  _exit (code == EPIPE ? TOOL_DONE : TOOL_TROUBLE);
}

static gboolean
left_cb (int          fd,
         GIOCondition condition,
         gpointer     user_data)
{
  tool_quit (TOOL_DONE);

  return G_SOURCE_REMOVE;
}

void
tool_output_watch (void)
{
  struct stat buffer;

  if (fstat (STDOUT_FILENO, &buffer) == 0 &&
      (S_ISFIFO (buffer.st_mode) || S_ISSOCK (buffer.st_mode)))
    g_unix_fd_add (STDOUT_FILENO, G_IO_ERR | G_IO_HUP, left_cb, NULL);
}

/* GOption prints --help, and ends the program, itself. */
static void
flush_cb (void)
{
  if (ferror (stdout) || fflush (stdout) != 0)
    check_output ();
}

void
tool_output_set_up (void)
{
  /* Opened the wrong way round, so that reading and writing still fail. */
  static const int flags[] = { O_WRONLY, O_RDONLY, O_RDONLY };

  for (int fd = 0; fd < (int) G_N_ELEMENTS (flags); fd++)
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF && open ("/dev/null", flags[fd]) != fd)
      _exit (TOOL_TROUBLE);

  atexit (flush_cb);
}

void
tool_print (const char *text)
{
  fputs (text, stdout);
  check_output ();
}

void
tool_flush (void)
{
  fflush (stdout);
  check_output ();
}

/* The end of a string of JSON that begins at text. */
static const char *
skip_string (const char *text)
{
  for (text++; *text != '"'; text++)
    if (*text == '\\')
      text++;

  return text + 1;
}

static const char *
skip_word (const char *text)
{
  return text + strcspn (text, ",]}");
}

static void
append_colored (GString    *out,
                const char *color,
                const char *begin,
                const char *end)
{
  if (color != NULL)
    g_string_append (out, color);
  g_string_append_len (out, begin, end - begin);
  if (color != NULL)
    g_string_append (out, COLOR_END);
}

static void
break_line (GString *out,
            guint    indent,
            guint    depth)
{
  if (indent == 0)
    return;

  g_string_append_printf (out, "\n%*s", (int) (indent * depth), "");
}

static const char *
get_color (char first)
{
  switch (first)
    {
    case '"':
      return COLOR_STRING;
    case 't':
    case 'f':
    case 'n':
      return COLOR_WORD;
    default:
      return COLOR_NUMBER;
    }
}

char *
tool_format_json (const char *json,
                  guint       indent,
                  gboolean    colors)
{
  GString *out = g_string_sized_new (strlen (json) * 2);
  guint depth = 0;

  while (*json != '\0')
    {
      const char *end = json + 1;

      switch (*json)
        {
        case '{':
        case '[':
          g_string_append_c (out, *json);
          if (*end == '}' || *end == ']')
            g_string_append_c (out, *end++);
          else
            break_line (out, indent, ++depth);
          break;

        case '}':
        case ']':
          break_line (out, indent, --depth);
          g_string_append_c (out, *json);
          break;

        case ',':
          g_string_append_c (out, ',');
          break_line (out, indent, depth);
          break;

        case '"':
          end = skip_string (json);
          append_colored (out, !colors ? NULL : *end == ':' ? COLOR_NAME : COLOR_STRING, json, end);
          if (*end == ':')
            {
              g_string_append (out, indent > 0 ? ": " : ":");
              end++;
            }
          break;

        default:
          end = skip_word (json);
          append_colored (out, colors ? get_color (*json) : NULL, json, end);
          break;
        }
      json = end;
    }

  return g_string_free (out, FALSE);
}

char *
tool_unquote (const char *json)
{
  g_autoptr (ServerSignal) holder = NULL;

  if (json[0] != '"')
    return g_strdup (json);

  holder = server_signal_new_from_json ("text", json, NULL);

  return server_signal_dup_string (holder, NULL);
}

char *
tool_quote (const char *text)
{
  g_autoptr (ServerSignal) holder = server_signal_new ("text", NULL);
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  server_signal_set_string (holder, NULL, valid, NULL);

  return server_signal_dup_json (holder, NULL);
}

void
tool_print_json (const char *json)
{
  g_autofree char *text = NULL;

  if (raw_option && json[0] == '"')
    {
      g_autofree char *string = tool_unquote (json);

      text = tool_make_shown (string, "\n\t");
    }
  else
    {
      g_autofree char *escaped = isatty (STDOUT_FILENO) ? escape_controls (json) : NULL;

      text = tool_format_json (escaped != NULL ? escaped : json, (guint) MAX (indent_option, 0),
                               tool_has_colors ());
    }

  tool_print (text);
  tool_print ("\n");
  tool_flush ();
}
