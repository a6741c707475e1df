/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "tool.h"

G_BEGIN_DECLS

/* The hub of a subcommand that serves: where it listens, who may come in, its page and its figures. */
typedef struct _ToolHub ToolHub;

/* --listen, --page, --inspect, --token, --origin, --tls, --metrics, --stats and others. */
extern const GOptionEntry tool_hub_entries[];

ToolHub      *tool_hub_new    (GError       **error);
void          tool_hub_free   (ToolHub       *self);
gboolean      tool_hub_add    (ToolHub       *self,
                               ServerSignal  *signal,
                               GError       **error);
void          tool_hub_remove (ToolHub       *self,
                               ServerSignal  *signal);
/* NULL: there is none of that name. */
ServerSignal *tool_hub_lookup (ToolHub       *self,
                               const char    *name);
/* Listens, prints where, and tells systemd. */
gboolean      tool_hub_start  (ToolHub       *self,
                               GError       **error);
/* Runs the main loop to its end, and closes the hub. */
ToolStatus    tool_hub_run    (ToolHub       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolHub, tool_hub_free)

G_END_DECLS
