/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tells the service manager, if there is one, as sd_notify(3) does. */
void tool_systemd_notify (const char *state);

G_END_DECLS
