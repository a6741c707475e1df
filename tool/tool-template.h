/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Text with places for values: {/POINTER} for the part of a document, {} for all of it, {name} for the
 * name of the signal, {{ and }} for braces; \n, \t and \\ as in C. Strings go in without quotes. */
typedef struct _ToolTemplate ToolTemplate;

ToolTemplate *tool_template_new  (const char    *text,
                                  GError       **error);
void          tool_template_free (ToolTemplate  *self);
/* A part that is not there becomes nothing. */
char         *tool_template_fill (ToolTemplate  *self,
                                  const char    *name,
                                  const char    *json);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolTemplate, tool_template_free)

G_END_DECLS
