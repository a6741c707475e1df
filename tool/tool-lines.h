/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Lines of a descriptor, read as they come. No more is read than is handled, so that a writer who is
 * faster has to wait. */
typedef struct _ToolLines ToolLines;

/* line: without its end, which may be changed; NULL: it has a zero byte, which JSON has not. end: there
 * are no more; error: NULL at the end of the file. They must not free the object. The descriptor is
 * not closed. */
ToolLines *tool_lines_new  (int        fd,
                            void     (*line) (const char *line, gpointer user_data),
                            void     (*end) (const GError *error, gpointer user_data),
                            gpointer   user_data);
void       tool_lines_free (ToolLines *self);

G_END_DECLS
