/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The terminal, with values that are drawn in place; those that have changed are lit up for a moment.
 * It takes the whole screen, and gives it back at the end. */
typedef struct _ToolScreen ToolScreen;

ToolScreen *tool_screen_new        (void);
void        tool_screen_free       (ToolScreen *self);
/* json: NULL where there is nothing. */
void        tool_screen_set        (ToolScreen *self,
                                    const char *name,
                                    const char *pointer,
                                    const char *json);
void        tool_screen_remove     (ToolScreen *self,
                                    const char *name,
                                    const char *pointer);
/* The line at the top. error: NULL for none. */
void        tool_screen_set_status (ToolScreen *self,
                                    const char *uri,
                                    gboolean    is_open,
                                    const char *error);
/* Lines of text in the place of values. */
void        tool_screen_set_lines  (ToolScreen *self,
                                    GPtrArray  *lines);
/* The same without a terminal. */
void        tool_screen_print_lines (GPtrArray *lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolScreen, tool_screen_free)

G_END_DECLS
