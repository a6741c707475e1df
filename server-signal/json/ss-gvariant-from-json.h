/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

#include "json/ss-value.h"

G_BEGIN_DECLS

/* JSON as a variant of a definite type; NULL stands for the type that the JSON itself suggests.
 * Floating, or NULL for JSON that is nothing of the type. */
GVariant *ss_gvariant_from_json (const SsValue *value, const GVariantType *type);

G_END_DECLS
