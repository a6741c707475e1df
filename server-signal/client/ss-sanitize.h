/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes a server's own words fit for people's eyes: at most 256 bytes of valid UTF-8, without
 * control characters. NULL becomes "". */
char *ss_sanitize_text (const char *text);

G_END_DECLS
