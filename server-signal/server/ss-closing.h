/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Ends the task, whose source object is the hub, when all the peers have gone from it ("peer-removed"):
 * TRUE when each closed by itself, TIMED_OUT when some had to be cut after timeout_ms. */
void ss_closing_start (GTask        *task,
                       GPtrArray    *peers,
                       guint         timeout_ms,
                       GMainContext *context);

G_END_DECLS
