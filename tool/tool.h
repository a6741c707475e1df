/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libserver-signal.h>

G_BEGIN_DECLS

/* The exit status of every subcommand, as those of diff(1) and grep(1). */
typedef enum
{
  TOOL_DONE = 0,
  TOOL_NO = 1,      /* they differ, it is not there, it did not happen in time */
  TOOL_TROUBLE = 2, /* wrong usage, unreadable input, no connection */
} ToolStatus;

/* The words of the command line behind the subcommand, without options. Those behind "--" are among
 * them, unless the subcommand has a use for them of its own. */
typedef struct
{
  const char *const *words;
  guint              n_words;
  const char *const *rest; /* the words behind "--"; NULL: there is none */
} ToolArguments;

/* A subcommand. Each stands in cmd-NAME.c, and main.c has the table of them. */
typedef struct
{
  const char         *name;
  const char         *usage;       /* the words that it takes, for --help */
  const char         *summary;     /* one line */
  const char         *description; /* NULL, or more for --help */
  guint               min_words;
  guint               max_words;
  gboolean            takes_rest;  /* words behind "--" */
  const GOptionEntry *groups[4];   /* options, its own first */
  ToolStatus        (*run) (const ToolArguments *arguments);
} ToolCommand;

extern const ToolCommand tool_serve;
extern const ToolCommand tool_watch;
extern const ToolCommand tool_get;
extern const ToolCommand tool_list;
extern const ToolCommand tool_wait;
extern const ToolCommand tool_call;
extern const ToolCommand tool_record;
extern const ToolCommand tool_replay;
extern const ToolCommand tool_top;
extern const ToolCommand tool_bench;
extern const ToolCommand tool_diff;
extern const ToolCommand tool_patch;
extern const ToolCommand tool_pointer;

G_END_DECLS
