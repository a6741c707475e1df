/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "json/ss-value.h"

G_BEGIN_DECLS

/* GLib's types as JSON. NULL and an error, INVALID_JSON or LIMIT, for what JSON cannot
 * carry; the message says why, not where. max_depth bounds the nesting of the result. Objects
 * are not for these functions. */
SsValue *ss_gvalue_to_json   (const GValue *value, guint max_depth, GError **error);
SsValue *ss_gvariant_to_json (GVariant *variant, guint max_depth, GError **error);
SsValue *ss_string_to_json   (const char *string, GError **error);   /* NULL is JSON null */

G_END_DECLS
