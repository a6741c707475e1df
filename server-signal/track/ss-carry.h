/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "json/ss-value.h"

G_BEGIN_DECLS

/* What GLib's types are as JSON. NULL and an error, INVALID_JSON or LIMIT, for what JSON cannot
 * carry; the message says why, not where. max_depth bounds the nesting of the result. Objects
 * are not carried here. */
SsValue *ss_carry_value   (const GValue *value, guint max_depth, GError **error);
SsValue *ss_carry_variant (GVariant *variant, guint max_depth, GError **error);
SsValue *ss_carry_string  (const char *string, GError **error);   /* NULL is JSON null */

G_END_DECLS
