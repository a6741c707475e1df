/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A command that is run for each change, with the value as its input and SERVER_SIGNAL_NAME and
 * SERVER_SIGNAL_POINTER in its environment. One runs at a time; of the values of a place that come
 * meanwhile the last one waits. Where patches are wanted the input is the patch from the value that the command knows,
 * and SERVER_SIGNAL_INPUT says which of the two it is: patches that come meanwhile wait as one, or as the
 * value when that is shorter. */
typedef struct _ToolExec ToolExec;

ToolExec *tool_exec_new    (const char *command);
void      tool_exec_free   (ToolExec   *self);
void      tool_exec_run    (ToolExec   *self,
                            const char *name,
                            const char *pointer,
                            const char *json,
                            const char *patch);  /* NULL: the value is given */
/* Runs the main loop until the command has been run with all that waits. */
void      tool_exec_finish (ToolExec   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolExec, tool_exec_free)

G_END_DECLS
