/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-read.h"

static gboolean
is_of_kind (const SsValue *value,
            SsValueKind    kind)
{
  return value != NULL && ss_value_kind (value) == kind;
}

gint64
ss_read_int (const SsValue *value)
{
  /* 2^63, the first double that no longer fits; the largest int64 itself is no double. */
  const double end = 9223372036854775808.0;
  double number;

  if (is_of_kind (value, SS_VALUE_INT))
    return ss_value_get_int (value);
  if (!is_of_kind (value, SS_VALUE_DOUBLE))
    return 0;

  number = ss_value_get_double (value);
  if (number >= end)
    return G_MAXINT64;
  if (number < -end)
    return G_MININT64;

  return (gint64) number;
}

double
ss_read_double (const SsValue *value)
{
  if (is_of_kind (value, SS_VALUE_INT))
    return (double) ss_value_get_int (value);
  if (is_of_kind (value, SS_VALUE_DOUBLE))
    return ss_value_get_double (value);

  return 0.0;
}

gboolean
ss_read_boolean (const SsValue *value)
{
  return is_of_kind (value, SS_VALUE_BOOLEAN) && ss_value_get_boolean (value);
}

const char *
ss_read_string (const SsValue *value)
{
  return is_of_kind (value, SS_VALUE_STRING) ? ss_value_get_string (value, NULL) : NULL;
}
