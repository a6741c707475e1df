/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "tool.h"

G_BEGIN_DECLS

/* The main loop of a subcommand. SIGINT, SIGTERM and SIGHUP end it from the first of these calls on. */

/* For what has to be put away from an earlier time on. */
void       tool_catch_signals (void);
/* Whether an option for tool_wait_until() has a number of seconds that there can be. */
gboolean   tool_seconds_check (const char  *option,
                               double       seconds,
                               GError     **error);
/* The same of --count. */
gboolean   tool_count_check  (int          count,
                              GError     **error);
/* Runs it until the condition holds. seconds: 0 for as long as it takes. FALSE: the time is over, or
 * tool_quit() was called. */
gboolean   tool_wait_until  (gboolean (*condition) (gpointer user_data),
                             gpointer   user_data,
                             double     seconds);
/* Runs it until tool_quit() is called, and returns the status given there. */
ToolStatus tool_run         (void);
/* The first status counts. */
void       tool_quit        (ToolStatus status);
gboolean   tool_is_quitting (void);
/* Whether a signal did it. */
gboolean   tool_is_interrupted (void);

G_END_DECLS
