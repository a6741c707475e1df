/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libserver-signal.h>

G_BEGIN_DECLS

/* Text of a file, or of standard input for "-", of at most 64 MiB; a byte order mark at its start is
 * left out. */
char         *tool_read_text     (const char *name,
                                  GError    **error);
/* A JSON text, strictly read, as the document of a signal. */
ServerSignal *tool_read_document (const char *name,
                                  GError    **error);
/* The operations of one patch, and then those of another. */
char         *tool_patch_join    (const char *first,
                                  const char *second);

G_END_DECLS
