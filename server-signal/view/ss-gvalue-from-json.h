/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "json/ss-value.h"

G_BEGIN_DECLS

/* JSON as the value of a property: gvalue, initialised with the property's type, is set within the
 * property's range. FALSE for JSON that the property cannot hold, which leaves gvalue as it was;
 * objects are not made here. */
gboolean ss_gvalue_from_json (const SsValue *value, GParamSpec *pspec, GValue *gvalue);
/* a and b are of the same type. Unlike g_param_values_cmp() this looks into boxed values that it
 * knows, and tells any two floating-point numbers apart. */
gboolean ss_gvalue_equal     (GParamSpec *pspec, const GValue *a, const GValue *b);

G_END_DECLS
