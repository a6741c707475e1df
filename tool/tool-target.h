/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libserver-signal.h>

G_BEGIN_DECLS

/* A signal, or a part of one, as it is written on the command line: NAME, NAME/POINTER, or, for
 * names that have a slash themselves, NAME#/POINTER and NAME#. */
typedef struct
{
  char *name;
  char *pointer; /* "" for the whole document */
} ToolTarget;

/* Whether text is a JSON Pointer (RFC 6901, section 3). */
gboolean    tool_pointer_check (const char  *text,
                                GError     **error);
/* Whether a signal may have this name. */
gboolean    tool_name_check    (const char  *name,
                                GError     **error);
ToolTarget *tool_target_parse  (const char  *text,
                                GError     **error);
/* All of the words; an array of ToolTarget. */
GPtrArray  *tool_targets_parse (const char *const *words,
                                GError           **error);
void        tool_target_free   (ToolTarget  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolTarget, tool_target_free)

G_END_DECLS
