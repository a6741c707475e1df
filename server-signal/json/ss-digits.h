/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

#define SS_DIGITS_MAX 20

static inline void
ss_digits_write_pair (guint32  number,
                      char    *at)
{
  static const char pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

  memcpy (at, pairs + number * 2, 2);
}

static const guint64 ss_digits_powers[SS_DIGITS_MAX] = {
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
  1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
  100000000000000000, 1000000000000000000, G_GUINT64_CONSTANT (10000000000000000000),
};

/* The number of decimal digits; 0 has one. The number of binary digits tells it but for one, and a
 * comparison tells that. */
static inline guint
ss_digits_count (guint64 number)
{
  guint below = (guint) (64 - __builtin_clzll (number | 1)) * 1233 >> 12;

  return below + ((number | 1) >= ss_digits_powers[below]);
}

/* Writes the decimal digits so that they end before end; gives their beginning. Dividing is what
 * costs, so it is done for eight digits at once, and then for pairs of them in words that are half
 * as long. */
static inline char *
ss_digits_write (guint64  number,
                 char    *end)
{
  guint32 rest;

  while (number >= 100000000)
    {
      guint32 eight = (guint32) (number % 100000000);
      guint32 upper = eight / 10000;
      guint32 lower = eight % 10000;

      number /= 100000000;
      end -= 8;
      ss_digits_write_pair (upper / 100, end);
      ss_digits_write_pair (upper % 100, end + 2);
      ss_digits_write_pair (lower / 100, end + 4);
      ss_digits_write_pair (lower % 100, end + 6);
    }

  for (rest = (guint32) number; rest >= 100; rest /= 100)
    {
      end -= 2;
      ss_digits_write_pair (rest % 100, end);
    }

  if (rest >= 10)
    {
      end -= 2;
      ss_digits_write_pair (rest, end);
    }
  else
    *--end = (char) ('0' + rest);

  return end;
}

G_END_DECLS
