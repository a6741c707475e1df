/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The browser module and all that belongs to it, as answers to GET and HEAD. */

/* path: below the folder in which they are served, beginning with a slash. inspector: whether that is
 * there. websocket: the path of the hub's WebSocket, and folder that of the files, without a slash at
 * its end; NULL: nobody knows one. FALSE: there is no such file. */
gboolean    ss_web_files_answer      (SoupServerMessage *message,
                                      const char        *path,
                                      gboolean           inspector,
                                      const char        *folder,
                                      const char        *websocket);
/* The hash of all files. */
const char *ss_web_files_get_version (void);

G_END_DECLS
