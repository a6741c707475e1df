/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "json/ss-value.h"

G_BEGIN_DECLS

/* JSON as a value of a property's type: filled, initialised with that type, is set, within the
 * range of the property. FALSE when it is nothing of the kind; then it is what it was. Objects are
 * not filled here. */
gboolean ss_fill_value (const SsValue *value, GParamSpec *pspec, GValue *filled);
/* The same for a variant of a definite type, or NULL for what JSON says of itself. Floating; NULL
 * when it is nothing of the kind. */
GVariant *ss_fill_make_variant (const SsValue *value, const GVariantType *type);
/* Of the same type. Unlike g_param_values_cmp() this looks into boxed values that it knows, and tells
 * any two floating-point numbers apart. */
gboolean ss_fill_equal (GParamSpec *pspec, const GValue *a, const GValue *b);

G_END_DECLS
