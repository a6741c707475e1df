/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The room that ss_double_format() needs, which is more than it fills. */
#define SS_DOUBLE_CHARS 48

/* The shortest decimal that reads back as the same double, the nearest to it of these, with a
 * fraction or an exponent: 1.0, 0.001, 1e21, -2.5e-7. Returns the length; writes no NUL. The value
 * is finite. */
guint  ss_double_format (double value, char *buffer);

/* mantissa * 10^exponent, rounded to nearest; text is the whole number, for the cases that need
 * more than is in the mantissa (rest: digits were left out of it). May give an infinity. */
double ss_double_read   (guint64 mantissa, int exponent, gboolean rest, const char *text, gsize length);

G_END_DECLS
