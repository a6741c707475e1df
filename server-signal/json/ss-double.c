/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-double.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The powers of ten that a double holds exactly. */
static const double exact_powers[] = {
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

#define EXACT_MAX ((guint64) 1 << 53)

double
ss_double_read (guint64     mantissa,
                int         exponent,
                gboolean    rest,
                const char *text,
                gsize       length)
{
  char buffer[64];
  g_autofree char *copy = NULL;

  /* Both are exact, so the one operation rounds correctly (not where intermediate results are wider). */
#if FLT_EVAL_METHOD == 0
  if (G_LIKELY (mantissa <= EXACT_MAX && exponent >= -22 && exponent <= 22 && !rest))
    return exponent < 0 ? (double) mantissa / exact_powers[-exponent]
                        : (double) mantissa * exact_powers[exponent];
#endif

  if (length < sizeof buffer)
    {
      memcpy (buffer, text, length);
      buffer[length] = '\0';
      return fabs (g_ascii_strtod (buffer, NULL));
    }

  copy = g_strndup (text, length);

  return fabs (g_ascii_strtod (copy, NULL));
}

/* The digits of the shortest decimal: value = digits * 10^exponent. */
static guint64
shortest_digits (double value,
                 int   *exponent)
{
  char buffer[40];
  char *end;
  guint64 digits = 0;
  int point = 0;

  for (int precision = value < DBL_MIN ? 0 : 14; precision <= 16; precision++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%de", precision);
      g_ascii_formatd (buffer, sizeof buffer, format, value);
      if (precision == 16 || g_ascii_strtod (buffer, NULL) == value)
        break;
    }

  for (end = buffer; *end != 'e'; end++)
    {
      if (*end == '.')
        {
          point = 1;
          continue;
        }
      digits = digits * 10 + (guint64) (*end - '0');
      *exponent -= point;
    }
  *exponent += atoi (end + 1);

  while (digits % 10 == 0)
    {
      digits /= 10;
      *exponent += 1;
    }

  return digits;
}

guint
ss_double_format (double value,
                  char  *buffer)
{
  char digits[24];
  char *out = buffer;
  guint64 mantissa;
  int exponent = 0;
  int length, point;

  if (signbit (value))
    {
      *out++ = '-';
      value = -value;
    }

  if (value == 0)
    {
      memcpy (out, "0.0", 3);
      return (guint) (out + 3 - buffer);
    }

  mantissa = shortest_digits (value, &exponent);
  length = g_snprintf (digits, sizeof digits, "%" G_GUINT64_FORMAT, mantissa);
  point = length + exponent;

  if (exponent >= 0 && point <= 16)
    {
      memcpy (out, digits, (gsize) length);
      out += length;
      memset (out, '0', (gsize) exponent);
      out += exponent;
      memcpy (out, ".0", 2);
      out += 2;
    }
  else if (point > 0 && point <= 16)
    {
      memcpy (out, digits, (gsize) point);
      out[point] = '.';
      memcpy (out + point + 1, digits + point, (gsize) (length - point));
      out += length + 1;
    }
  else if (point > -5 && point <= 0)
    {
      memcpy (out, "0.", 2);
      out += 2;
      memset (out, '0', (gsize) -point);
      out += -point;
      memcpy (out, digits, (gsize) length);
      out += length;
    }
  else
    {
      *out++ = digits[0];
      if (length > 1)
        {
          *out++ = '.';
          memcpy (out, digits + 1, (gsize) length - 1);
          out += length - 1;
        }
      *out++ = 'e';
      out += g_snprintf (out, 6, "%d", point - 1);
    }

  return (guint) (out - buffer);
}
