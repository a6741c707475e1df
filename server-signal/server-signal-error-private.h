/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The error of a call that the server has answered so. data: JSON text, or NULL. */
GError *ss_call_error_new (const char *code, const char *message, const char *data);

G_END_DECLS
