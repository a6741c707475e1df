/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libserver-signal.h>

G_BEGIN_DECLS

/* A signal with the figures of a hub and of each of its clients, which changes once a second while
 * somebody is connected. */
typedef struct _ToolStats ToolStats;

/* The name that “top” looks for. */
#define TOOL_STATS_NAME "hub"

ToolStats *tool_stats_new  (ServerSignalHub  *hub,
                            const char       *name,
                            GError          **error);
void       tool_stats_free (ToolStats        *self);

G_END_DECLS
