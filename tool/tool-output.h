/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Everything that people and programs read. */

/* The options that all subcommands have: --color, --quiet, --verbose. */
extern const GOptionEntry tool_common_entries[];
/* Those of subcommands that print JSON: --indent, --raw. */
extern const GOptionEntry tool_json_entries[];

/* Checks the values of the options above. */
gboolean tool_output_check   (GError     **error);
gboolean tool_is_quiet       (void);
gboolean tool_is_raw         (void);
/* Whether colours are wanted on standard output: by --color, and otherwise on a terminal unless
 * NO_COLOR is set or TERM is dumb. */
gboolean tool_has_colors     (void);
/* Whether the descriptor is a terminal on which text can be drawn in place: not one for which TERM is
 * dumb. */
gboolean tool_is_screen      (int         fd);
/* Has the descriptors of standard input and output stand for nothing where the caller has closed
 * them, so that no other file becomes one of them, and has output that is not written end the program
 * with a status. To be called first. */
void     tool_output_set_up  (void);

/* To standard error, with the program's name in front. Notes are not printed with --quiet, details
 * only with --verbose. */
void     tool_complain       (const char *format, ...) G_GNUC_PRINTF (1, 2);
void     tool_note           (const char *format, ...) G_GNUC_PRINTF (1, 2);
void     tool_detail         (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* To standard output. The program ends when nobody reads it. */
void     tool_print          (const char *text);
void     tool_flush          (void);
/* Ends tool_run() as soon as nobody reads a pipe, and not only when there is something to print. */
void     tool_output_watch   (void);
/* A line of JSON as --indent and --raw want it. json: one JSON text, correct and without white
 * space. */
void     tool_print_json     (const char *json);

/* The same text with line breaks and colours. indent: 0 for one line. */
char    *tool_format_json    (const char *json,
                              guint       indent,
                              gboolean    colors);
/* The text without control characters but those in keep, and in UTF-8, so that a terminal only shows
 * it. All that a server has said goes through here on its way to one. */
char    *tool_make_printable (const char *text,
                              const char *keep);
/* As it is, unless standard output is a terminal. */
char    *tool_make_shown     (const char *text,
                              const char *keep);
/* A string of JSON without quotes and escapes; any other value as it is. */
char    *tool_unquote        (const char *json);
/* A string as JSON. */
char    *tool_quote          (const char *text);

G_END_DECLS
