/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-double.h"

#include <float.h>
#include <math.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "ss-digits.h"
#include "ss-powers.h"

/* Both ways between decimal and binary need a power of ten to about 128 bits, and then one or two
 * multiplications decide nearly always. Reading follows the method of Eisel and Lemire ("Number
 * Parsing at a Gigabyte per Second", 2021), which knows when it cannot decide; then the C library
 * does it. Writing follows Giulietti's Schubfach ("The Schubfach way to render doubles", 2020),
 * which always can. */

#define FRACTION_BITS 52
#define FRACTION_MASK (((guint64) 1 << FRACTION_BITS) - 1)
#define HIDDEN_BIT ((guint64) 1 << FRACTION_BITS)
#define EXPONENT_BIAS 1023
#define EXPONENT_MAX 2047

/* No double needs more digits; a few are left over. */
#define PIECE 20

/* In numbers with 60, and with 64, bits behind the point. */
#define TEN_UNITS ((guint64) 10 << 60)
#define HALF_UNIT ((guint64) 1 << 63)

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

/* The double nearest to mantissa * 10^exponent. FALSE when that cannot be told from so many bits,
 * or when it is not a normal number. */
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

  /* The error of the power is less than one in its last place, so that of the product is less than
   * the mantissa. More of the power is needed only where adding that much could carry into the bits
   * that count. */
  product = multiply (mantissa, power->high);
  if ((product.high & 0x1ff) == 0x1ff && product.low + mantissa < mantissa)
    {
      Product more = multiply (mantissa, power->low);
      Product merged = { product.high, product.low + more.high };

      merged.high += merged.low < product.low;
      if ((merged.high & 0x1ff) == 0x1ff && merged.low == G_MAXUINT64 &&
          more.low + mantissa < mantissa)
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
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  };

  if (mantissa <= EXACT_MAX && exponent >= -22 && exponent <= 22 && !rest)
    return exponent < 0 ? (double) mantissa / exact_powers[-exponent]
                        : (double) mantissa * exact_powers[exponent];
#endif

  /* The digits that are not in the mantissa add less than one to it. */
  if (read_nearest (mantissa, exponent, &value) &&
      (!rest || (read_nearest (mantissa + 1, exponent, &above) && above == value)))
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

/* The shortest decimal within the interval that rounds to significand * 2^exponent, and of these
 * the nearest: times 10^*decimal. is_uneven: the next double below is half as far as the next
 * above. */
static guint64
find_shortest (guint64   significand,
               int       exponent,
               gboolean  is_uneven,
               int      *decimal)
{
  guint64 odd = significand & 1;
  int k = (exponent * 1262611 - (is_uneven ? 524031 : 0)) >> 22;
  int shift = exponent + log2_of_power (-k) + 1;
  SsPower power = ss_powers[-k - SS_POWERS_MIN];
  guint64 lower, middle, upper, digits, tens;
  gboolean down, up;

  /* Everything here wants to be rounded up rather than cut off. */
  power.low += k > 0 || k < -55;

  /* In quarters of the decimal's last place. An even significand takes the ends of its interval
   * too. */
  lower = scale (power, (4 * significand - (is_uneven ? 1 : 2)) << shift) + odd;
  middle = scale (power, 4 * significand << shift);
  upper = scale (power, (4 * significand + 2) << shift) - odd;

  digits = middle / 4;
  if (digits >= 10)
    {
      tens = digits / 10;
      down = lower <= 40 * tens;
      up = 40 * tens + 40 <= upper;
      if (down != up)
        {
          *decimal = k + 1;
          return tens + (guint64) up;
        }
    }

  *decimal = k;
  down = lower <= 4 * digits;
  up = 4 * digits + 4 <= upper;
  if (down != up)
    return digits + (guint64) up;

  return digits + (middle > 4 * digits + 2 || (middle == 4 * digits + 2 && (digits & 1)));
}

/* The same for nearly every double, when it is normal and the next one below is as far as the next
 * above: FALSE when what is compared is too close to be told apart from these bits. In units of
 * 10^*decimal the double lies between 2^52 and 10 * 2^53, so that it has 16 or 17 digits before the
 * point, and up to half a unit to five of them lie between it and the ends of its interval.
 *
 * Which of the decimals it is cannot be foreseen, so they are all made and none is jumped to. */
static inline gboolean
find_quickly (guint64  significand,
              int      exponent,
              guint64 *digits,
              int     *decimal)
{
  int k = (exponent * 1262611) >> 22;
  guint shift = (guint) (exponent + log2_of_power (-k) + 1);
  const SsPower *power = &ss_powers[-k - SS_POWERS_MIN];
  guint64 carried = multiply (power->low, significand << shift).high;
  Product product = multiply (power->high, significand << shift);
  guint64 tens, rest, half, above;
  gboolean down, up;

  product.low += carried;
  product.high += product.low < carried;

  /* The remainder above a multiple of ten, and half of the interval, with 60 bits behind the point.
   * Each is less than four of the last of these bits off. */
  tens = product.high / 10;
  rest = (product.high - 10 * tens) << 60 | product.low >> 4;
  half = power->high >> (5 - shift);
  above = rest + half;

  if (G_UNLIKELY (rest - half + 8 <= 16 || above - TEN_UNITS + 8 <= 16 ||
                  product.low - HALF_UNIT + 8 <= 16))
    return FALSE;

  down = rest < half;
  up = above > TEN_UNITS;
  *digits = down | up ? 10 * (tens + (guint64) up) : product.high + (product.low >> 63);
  *decimal = k;

  return TRUE;
}

/* Where the point goes is what most people would write: plain from 0.00001 to below 10^16. Pieces
 * are copied with what lies behind them, because copying a fixed size is faster. */
static char *
lay_out_any (char       *out,
             const char *digits,
             int         length,
             int         point)
{
  char exponent[SS_DIGITS_MAX];
  char *end = exponent + SS_DIGITS_MAX;
  char *first;

  if (point > 0 && point <= 16)
    {
      memcpy (out, digits, PIECE);
      if (length <= point)
        {
          memcpy (out + point, ".0", 2);
          return out + point + 2;
        }
      out[point] = '.';
      memcpy (out + point + 1, digits + point, PIECE - 1);
      return out + length + 1;
    }

  if (point > -5 && point <= 0)
    {
      memcpy (out, "0.0000", 6);
      memcpy (out + 2 - point, digits, PIECE);
      return out + 2 - point + length;
    }

  *out++ = digits[0];
  if (length > 1)
    {
      *out = '.';
      memcpy (out + 1, digits + 1, PIECE - 1);
      out += length;
    }
  *out++ = 'e';
  if (point < 1)
    *out++ = '-';
  first = ss_digits_write ((guint64) ABS (point - 1), end);
  memcpy (out, first, (gsize) (end - first));

  return out + (end - first);
}

#ifdef __SSE2__
/* The decimal digits of two numbers below 10^8, each in a byte: fours of them are parted, then
 * pairs, then single ones, all at once. */
static inline __m128i
sixteen_digits (guint32 upper,
                guint32 lower)
{
  __m128i both =
    _mm_unpacklo_epi64 (_mm_cvtsi32_si128 ((int) upper), _mm_cvtsi32_si128 ((int) lower));
  __m128i above, below;

  above = _mm_srli_epi64 (_mm_mul_epu32 (both, _mm_set1_epi64x (0xd1b71759)), 45);
  below = _mm_sub_epi32 (both, _mm_mul_epu32 (above, _mm_set1_epi64x (10000)));
  both = _mm_or_si128 (above, _mm_slli_epi64 (below, 32));

  above = _mm_srli_epi16 (_mm_mulhi_epu16 (both, _mm_set1_epi16 (5243)), 3);
  below = _mm_sub_epi16 (both, _mm_mullo_epi16 (above, _mm_set1_epi16 (100)));
  both = _mm_or_si128 (above, _mm_slli_epi32 (below, 16));

  above = _mm_mulhi_epu16 (both, _mm_set1_epi16 (6554));
  below = _mm_sub_epi16 (both, _mm_mullo_epi16 (above, _mm_set1_epi16 (10)));

  return _mm_or_si128 (above, _mm_slli_epi16 (below, 8));
}

/* 17 digits, the first of which stands point digits before the decimal point, without the zeros at
 * their end. The commonest cases come straight from a register, because memory that was written in
 * other pieces is slow to read. */
static inline char *
lay_out_17 (char    *out,
            guint64  digits,
            int      point)
{
  static const guint8 masks[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  };
  guint32 upper = (guint32) (digits / ss_digits_powers[8]);
  guint32 lower = (guint32) (digits - upper * ss_digits_powers[8]);
  guint32 top = upper / 100000000;
  __m128i rest = sixteen_digits (upper - top * 100000000, lower);
  int zeros = _mm_movemask_epi8 (_mm_cmpeq_epi8 (rest, _mm_setzero_si128 ()));
  int length = 32 - __builtin_clz ((guint) (zeros ^ 0xffff) << 1 | 1);
  char buffer[2 * PIECE];

  top += '0';
  rest = _mm_or_si128 (rest, _mm_set1_epi8 ('0'));

  if (point > -5 && point <= 0)
    {
      memcpy (out, "0.0000", 6);
      out += 2 - point;
      *out = (char) top;
      _mm_storeu_si128 ((__m128i *) (out + 1), rest);
      return out + length;
    }

  if (point < length && point > 0)
    {
      /* Those before the point where they are, those behind it one place on. */
      __m128i mask = _mm_loadu_si128 ((const __m128i *) (masks + 17 - point));
      __m128i moved = _mm_or_si128 (_mm_slli_si128 (rest, 1), _mm_cvtsi32_si128 ((int) top));

      *out = (char) top;
      _mm_storeu_si128 ((__m128i *) (out + 2), rest);
      moved = _mm_or_si128 (_mm_and_si128 (mask, rest), _mm_andnot_si128 (mask, moved));
      _mm_storeu_si128 ((__m128i *) (out + 1), moved);
      out[point] = '.';
      return out + length + 1;
    }

  buffer[0] = (char) top;
  _mm_storeu_si128 ((__m128i *) (buffer + 1), rest);
  memset (buffer + 17, '0', sizeof buffer - 17);

  return lay_out_any (out, buffer, length, point);
}
#else
static char *
lay_out_17 (char    *out,
            guint64  digits,
            int      point)
{
  char buffer[2 * PIECE];
  int length = 17;

  memset (buffer, '0', sizeof buffer);
  ss_digits_write (digits, buffer + 17);
  while (length > 1 && buffer[length - 1] == '0')
    length--;

  return lay_out_any (out, buffer, length, point);
}
#endif

#if FLT_EVAL_METHOD == 0
/* Prices and measures: when some thousandths read back as the number they are it, because no other
 * decimal of so few digits does. Dividing takes long, so it is only done for what is near
 * enough. */
static inline gboolean
is_thousandths (double   size,
                guint64 *thousandths)
{
  double scaled = size * 1000;
  gint64 nearest;

  if (size >= 1e12)
    return FALSE;

  nearest = (gint64) (scaled + 0.5);
  *thousandths = (guint64) nearest;

  return fabs (scaled - (double) nearest) <= scaled * 0x1p-51 && (double) nearest / 1000 == size;
}

static inline char *
lay_out_thousandths (char    *out,
                     guint64  thousandths)
{
  guint64 whole = thousandths / 1000;
  guint32 part = (guint32) (thousandths - 1000 * whole);
  char *at = out + ss_digits_count (whole);

  ss_digits_write (whole, at);
  *at = '.';
  at[1] = (char) ('0' + part / 100);
  ss_digits_write_pair (part % 100, at + 2);

  return at + 2 + (part % 100 != 0) + (part % 10 != 0);
}
#endif

/* The doubles that are less usual. */
static G_GNUC_NO_INLINE char *
format_slowly (char     *out,
               guint64   significand,
               int       exponent,
               gboolean  is_uneven)
{
  int decimal;
  guint64 digits = find_shortest (significand, exponent, is_uneven, &decimal);
  guint count = ss_digits_count (digits);

  return lay_out_17 (out, digits * ss_digits_powers[17 - count], (int) count + decimal);
}

guint
ss_double_format (double  value,
                  char   *buffer)
{
  char *out = buffer;
  guint64 bits, fraction, digits;
  int exponent, decimal;
  guint64 significand;

  memcpy (&bits, &value, sizeof bits);
  *out = '-';
  out += bits >> 63;

  fraction = bits & FRACTION_MASK;
  exponent = (int) (bits >> FRACTION_BITS & EXPONENT_MAX);
  g_assert (exponent != EXPONENT_MAX);

  if (exponent == 0 && fraction == 0)
    {
      memcpy (out, "0.0", 3);
      return (guint) (out + 3 - buffer);
    }

#if FLT_EVAL_METHOD == 0
  if (is_thousandths (fabs (value), &digits))
    return (guint) (lay_out_thousandths (out, digits) - buffer);
#endif

  significand = exponent != 0 ? HIDDEN_BIT | fraction : fraction;
  if (G_LIKELY (
        exponent != 0 && fraction != 0 &&
        find_quickly (significand, exponent - EXPONENT_BIAS - FRACTION_BITS, &digits, &decimal)))
    {
      gboolean is_short = digits < ss_digits_powers[16];

      out = lay_out_17 (out, is_short ? 10 * digits : digits, 17 - is_short + decimal);
    }
  else
    {
      out = format_slowly (out, significand, MAX (exponent, 1) - EXPONENT_BIAS - FRACTION_BITS,
                           fraction == 0 && exponent > 1);
    }

  return (guint) (out - buffer);
}
