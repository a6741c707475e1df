/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-value.h"

G_BEGIN_DECLS

/* Appends the value as JSON text: no white space, members in order, doubles in the shortest form
 * that reads back the same and always with a fraction or an exponent (1.0, 1e21), strings with the
 * escapes that RFC 8259 requires and no others. Cannot fail: a tree holds nothing that JSON
 * cannot. */
void  ss_value_append_json (const SsValue *value, GString *out);
char *ss_value_to_json     (const SsValue *value, gsize *length);

/* The parts, for those who write text directly. */
void  ss_append_int        (GString *out, gint64 value);
void  ss_append_quoted     (GString *out, const char *utf8, gssize length);       /* with the quotes */
void  ss_append_escaped    (GString *out, const char *utf8, gssize length);       /* without them */

/* The length that ss_value_append_json() would write, exactly, or any number over limit as soon
 * as it is known to be over limit. */
gsize ss_value_measure     (const SsValue *value, gsize limit);
/* The same where escapes in strings are not counted: cached in containers, and kept up to date by
 * edits along a path (ss-undo.h), so that it costs nothing to ask again. G_MAXUINT32: that or
 * more. */
guint32 ss_value_size      (const SsValue *value);

G_END_DECLS
