/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-value.h"

G_BEGIN_DECLS

/* Reads a text much of which was read before, known_text into known, with the same max_depth. Value and
 * error are those of ss_value_from_json(), for any two texts; but where they differ at one place, only
 * the elements or members there are read again, and the others are those of known. */
SsValue *ss_value_from_json_again (const char     *text,
                                   gsize           length,
                                   const char     *known_text,
                                   gsize           known_length,
                                   const SsValue  *known,
                                   guint           max_depth,
                                   GError        **error);

G_END_DECLS
