/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The pages that a hub of the command serves beside its WebSocket: the files of a folder or, without
 * one, a page that shows every signal. */
typedef struct _ToolPage ToolPage;

/* folder: NULL for the page of our own. */
ToolPage *tool_page_new    (const char         *folder,
                            GError            **error);
void      tool_page_free   (ToolPage           *self);
/* FALSE: there is nothing at that path. */
gboolean  tool_page_answer (ToolPage           *self,
                            SoupServerMessage  *message,
                            const char         *path);

G_END_DECLS
