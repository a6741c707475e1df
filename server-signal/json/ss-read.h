/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-value.h"

G_BEGIN_DECLS

/* A value as a C type, for whatever is there; NULL is nothing there. */

gint64      ss_read_int     (const SsValue *value); /* truncated and clamped; no number: 0 */
double      ss_read_double  (const SsValue *value); /* no number: 0.0 */
gboolean    ss_read_boolean (const SsValue *value); /* FALSE unless it is true */
const char *ss_read_string  (const SsValue *value); /* NULL unless it is a string */

G_END_DECLS
