/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A server's own words as they may be shown to people: the first 256 bytes, as valid UTF-8, without
 * control characters. NULL counts as none. */
char *ss_words_dup (const char *text);

G_END_DECLS
