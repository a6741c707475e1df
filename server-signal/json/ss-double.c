/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-double.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "ss-digits.h"
#include "ss-powers.h"

/* Both ways between decimal and binary need a power of ten to about 128 bits, and then one or two
 * multiplications decide nearly always. Reading follows the method of Eisel and Lemire ("Number Parsing at
 * a Gigabyte per Second", 2021), which knows when it cannot decide; then the C library does it.
 * Writing follows Giulietti's Schubfach ("The Schubfach way to render doubles", 2020), which always
 * can. */

#define FRACTION_BITS 52
#define FRACTION_MASK (((guint64) 1 << FRACTION_BITS) - 1)
#define HIDDEN_BIT ((guint64) 1 << FRACTION_BITS)
#define EXPONENT_BIAS 1023
#define EXPONENT_MAX 2047

/* No double needs more digits; a few are left over. */
#define PIECE 20

/* A double holds this integer, and all below it, exactly. */
#define EXACT_MAX ((guint64) 1 << 53)

typedef struct
{
  guint64 high;
  guint64 low;
} Product;

static inline Product
multiply (guint64 a,
          guint64 b)
{
#ifdef __SIZEOF_INT128__
  __extension__ unsigned __int128 product = (unsigned __int128) a * b;

  return (Product) { (guint64) (product >> 64), (guint64) product };
#else
  guint64 low = (a & G_MAXUINT32) * (b & G_MAXUINT32);
  guint64 one = (a >> 32) * (b & G_MAXUINT32) + (low >> 32);
  guint64 other = (a & G_MAXUINT32) * (b >> 32) + (one & G_MAXUINT32);

  return (Product) { (a >> 32) * (b >> 32) + (one >> 32) + (other >> 32),
                     other << 32 | (low & G_MAXUINT32) };
#endif
}

/* floor (log2 (10^exponent)), for all exponents of doubles. The shift keeps the sign wherever GLib
 * runs. */
static inline int
log2_of_power (int exponent)
{
  return (exponent * 1741647) >> 19;
}

/* The double nearest to mantissa * 10^exponent. FALSE when that cannot be told from so many bits, or when it
 * is not a normal number. */
static gboolean
read_nearest (guint64  mantissa,
              int      exponent,
              double  *value)
{
  const SsPower *power;
  Product product;
  guint64 bits;
  guint shift, top;
  int binary;

  if (exponent < SS_POWERS_MIN || exponent > SS_POWERS_MAX)
    return FALSE;

  power = &ss_powers[exponent - SS_POWERS_MIN];
  shift = (guint) __builtin_clzll (mantissa);
  mantissa <<= shift;
  binary = log2_of_power (exponent) + 64 + EXPONENT_BIAS - (int) shift;

  /* What the power lacks is less than one in its last place, so the product lacks less than the mantissa. Only
   * when adding that could carry into the bits that count, more of the power is needed. */
  product = multiply (mantissa, power->high);
  if ((product.high & 0x1ff) == 0x1ff && product.low + mantissa < mantissa)
    {
      Product more = multiply (mantissa, power->low);
      Product merged = { product.high, product.low + more.high };

      merged.high += merged.low < product.low;
      if ((merged.high & 0x1ff) == 0x1ff && merged.low == G_MAXUINT64 && more.low + mantissa < mantissa)
        return FALSE;
      product = merged;
    }

  /* To 54 bits: one more than there is room for. */
  top = (guint) (product.high >> 63);
  bits = product.high >> (top + 9);
  binary -= (int) (1 ^ top);

  /* Exactly between two doubles, or seemingly so. */
  if (product.low == 0 && (product.high & 0x1ff) == 0 && (bits & 3) == 1)
    return FALSE;

  bits = (bits + (bits & 1)) >> 1;
  if (bits == HIDDEN_BIT << 1)
    {
      bits >>= 1;
      binary++;
    }
  if (binary < 1 || binary >= EXPONENT_MAX)
    return FALSE;

  bits = (guint64) binary << FRACTION_BITS | (bits & FRACTION_MASK);
  memcpy (value, &bits, sizeof bits);

  return TRUE;
}

static double
read_slowly (const char *text,
             gsize       length)
{
  char buffer[64];
  g_autofree char *copy = NULL;

  if (length < sizeof buffer)
    {
      memcpy (buffer, text, length);
      buffer[length] = '\0';
      return fabs (g_ascii_strtod (buffer, NULL));
    }

  copy = g_strndup (text, length);

  return fabs (g_ascii_strtod (copy, NULL));
}

double
ss_double_read (guint64     mantissa,
                int         exponent,
                gboolean    rest,
                const char *text,
                gsize       length)
{
  double value, above;

  if (mantissa == 0)
    return 0;

  /* Where both are exact one operation rounds correctly, unless intermediate results are wider. */
#if FLT_EVAL_METHOD == 0
  static const double exact_powers[] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  };

  if (mantissa <= EXACT_MAX && exponent >= -22 && exponent <= 22 && !rest)
    return exponent < 0 ? (double) mantissa / exact_powers[-exponent]
                        : (double) mantissa * exact_powers[exponent];
#endif

  /* The digits that are not in the mantissa add less than one to it. */
  if (read_nearest (mantissa, exponent, &value)
      && (!rest || (read_nearest (mantissa + 1, exponent, &above) && above == value)))
    return value;

  return read_slowly (text, length);
}

/* power * factor / 2^128 with its last bit set when anything was cut off. */
static inline guint64
scale (SsPower power,
       guint64 factor)
{
  guint64 carried = multiply (power.low, factor).high;
  Product product = multiply (power.high, factor);

  product.low += carried;
  product.high += product.low < carried;

  return product.high | (product.low > 1);
}

/* The shortest decimal within the interval that rounds to significand * 2^exponent, and of these the nearest:
 * times 10^*decimal. is_uneven: the next double below is half as far as the next above. */
static guint64
find_shortest (guint64   significand,
               int       exponent,
               gboolean  is_uneven,
               int      *decimal)
{
  gboolean is_odd = significand & 1;
  int k = (exponent * 1262611 - (is_uneven ? 524031 : 0)) >> 22;
  int shift = exponent + log2_of_power (-k) + 1;
  SsPower power = ss_powers[-k - SS_POWERS_MIN];
  guint64 lower, middle, upper, digits, tens;
  gboolean down, up;

  /* Everything here wants to be rounded up rather than cut off. */
  power.low += k > 0 || k < -55;

  /* In quarters of the decimal's last place. An even significand takes the ends of its interval too. */
  lower = scale (power, (4 * significand - (is_uneven ? 1 : 2)) << shift) + is_odd;
  middle = scale (power, 4 * significand << shift);
  upper = scale (power, (4 * significand + 2) << shift) - is_odd;

  digits = middle / 4;
  if (digits >= 10)
    {
      tens = digits / 10;
      down = lower <= 40 * tens;
      up = 40 * tens + 40 <= upper;
      if (down != up)
        {
          *decimal = k + 1;
          return tens + up;
        }
    }

  *decimal = k;
  down = lower <= 4 * digits;
  up = 4 * digits + 4 <= upper;
  if (down != up)
    return digits + up;

  return digits + (middle > 4 * digits + 2 || (middle == 4 * digits + 2 && (digits & 1)));
}

static inline guint64
trim_zeros (guint64  digits,
            int     *exponent)
{
  static const struct
  {
    guint64 power;
    int     zeros;
  } steps[] = { { 100000000, 8 }, { 10000, 4 }, { 100, 2 }, { 10, 1 } };

  if (digits % 10 != 0)
    return digits;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (digits % steps[i].power == 0)
      {
        digits /= steps[i].power;
        *exponent += steps[i].zeros;
      }

  return digits;
}

/* Where the point goes is what most people would write: plain from 0.00001 to below 10^16. Pieces are copied with
 * what lies behind them, because copying a fixed size is faster. */
static inline char *
lay_out (char    *out,
         guint64  digits,
         int      exponent)
{
  char buffer[SS_DIGITS_MAX + PIECE];
  char *end = buffer + SS_DIGITS_MAX;
  char *first = ss_digits_write (digits, end);
  int length = (int) (end - first);
  int point = length + exponent;

  if (exponent >= 0 && point <= 16)
    {
      memcpy (out, first, PIECE);
      memset (out + length, '0', (gsize) exponent);
      memcpy (out + point, ".0", 2);
      return out + point + 2;
    }

  if (point > 0 && point <= 16)
    {
      memcpy (out, first, PIECE);
      out[point] = '.';
      memcpy (out + point + 1, first + point, PIECE - 1);
      return out + length + 1;
    }

  if (point > -5 && point <= 0)
    {
      memcpy (out, "0.0000", 6);
      memcpy (out + 2 - point, first, PIECE);
      return out + 2 - point + length;
    }

  *out++ = first[0];
  if (length > 1)
    {
      *out = '.';
      memcpy (out + 1, first + 1, PIECE - 1);
      out += length;
    }
  *out++ = 'e';
  if (point < 1)
    *out++ = '-';
  first = ss_digits_write ((guint64) ABS (point - 1), end);
  memcpy (out, first, 3);

  return out + (end - first);
}

guint
ss_double_format (double  value,
                  char   *buffer)
{
  char *out = buffer;
  guint64 bits, fraction, significand, digits;
  int exponent, decimal = 0;

  memcpy (&bits, &value, sizeof bits);
  if (bits >> 63)
    *out++ = '-';

  fraction = bits & FRACTION_MASK;
  exponent = (int) (bits >> FRACTION_BITS & EXPONENT_MAX);
  g_assert (exponent != EXPONENT_MAX);

  if (exponent == 0 && fraction == 0)
    {
      memcpy (out, "0.0", 3);
      return (guint) (out + 3 - buffer);
    }

#if FLT_EVAL_METHOD == 0
  /* Prices and measures: when some thousandths read back as the number they are it, because no other decimal of
   * so few digits does. */
  {
    double size = fabs (value);
    guint64 thousandths = size < 1e12 ? (guint64) (size * 1000 + 0.5) : 0;

    if ((double) thousandths / 1000 == size)
      {
        decimal = -3;
        digits = trim_zeros (thousandths, &decimal);
        return (guint) (lay_out (out, digits, decimal) - buffer);
      }
  }
#endif

  significand = exponent != 0 ? HIDDEN_BIT | fraction : fraction;
  exponent = MAX (exponent, 1) - EXPONENT_BIAS - FRACTION_BITS;

  if (exponent <= 0 && exponent >= -FRACTION_BITS && (significand & (((guint64) 1 << -exponent) - 1)) == 0)
    digits = significand >> -exponent;
  else
    {
      digits = find_shortest (significand, exponent, fraction == 0 && significand == HIDDEN_BIT
                              && exponent > 1 - EXPONENT_BIAS - FRACTION_BITS, &decimal);
      digits = trim_zeros (digits, &decimal);
    }

  return (guint) (lay_out (out, digits, decimal) - buffer);
}
