/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-scan.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "ss-double.h"
#include "ss-text.h"

/* So many decimal digits fit into 64 bits, whatever they are. */
#define DIGITS_MAX 19

void
ss_scan_init (SsScan     *self,
              const char *end)
{
  self->end = end;
  self->scratch = NULL;
  self->error_at = NULL;
  self->error = NULL;
}

void
ss_scan_clear (SsScan *self)
{
  if (self->scratch != NULL)
    g_string_free (self->scratch, TRUE);
}

const char *
ss_scan_fail (SsScan     *self,
              const char *at,
              const char *error)
{
  self->error_at = at;
  self->error = error;

  return NULL;
}

static gboolean
read_hex4 (const char *at,
           const char *end,
           guint32    *code)
{
  if (end - at < 4)
    return FALSE;

  *code = 0;
  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (at[i]);

      if (digit < 0)
        return FALSE;
      *code = *code << 4 | (guint32) digit;
    }

  return TRUE;
}

static inline char
escape_meaning (char letter)
{
  switch (letter)
    {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
    }
}

/* at is behind the backslash. Gives the place behind the escape. */
static const char *
read_escape (SsScan     *self,
             const char *at)
{
  guint32 code, low;

  if (at == self->end)
    return ss_scan_fail (self, at, N_("the text ends within a string"));

  if (*at != 'u')
    {
      char meaning = escape_meaning (*at);

      if (meaning == '\0')
        return ss_scan_fail (self, at,
                             N_("expected one of \" \\ / b f n r t u after a backslash"));
      g_string_append_c (self->scratch, meaning);
      return at + 1;
    }

  if (!read_hex4 (at + 1, self->end, &code))
    return ss_scan_fail (self, at, N_("expected four hexadecimal digits after \\u"));
  if (code == 0)
    return ss_scan_fail (self, at, N_("\\u0000 is not accepted: a C string cannot carry it"));

  if (code >= 0xd800 && code <= 0xdfff)
    {
      if (code >= 0xdc00 || self->end - at < 11 || at[5] != '\\' || at[6] != 'u' ||
          !read_hex4 (at + 7, self->end, &low) || low < 0xdc00 || low > 0xdfff)
        return ss_scan_fail (self, at, N_("half of a surrogate pair"));
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
  g_string_append_unichar (self->scratch, code);

  return at + 5;
}

/* at is behind the opening quote. Gives the place behind the closing one, and the bytes: in the
 * text itself, or in the scratch string when there are escapes. */
const char *
ss_scan_string (SsScan      *self,
                const char  *at,
                const char **bytes,
                gsize       *length,
                gboolean    *escaped)
{
  const char *run = at;

  *escaped = FALSE;

  for (;;)
    {
      at = ss_text_skip_plain (at, self->end);

      if (G_LIKELY (at < self->end && *at == '"'))
        break;

      if (at == self->end)
        return ss_scan_fail (self, at, N_("the text ends within a string"));

      if (*at == '\\')
        {
          if (!*escaped)
            {
              if (self->scratch == NULL)
                self->scratch = g_string_sized_new (256);
              g_string_truncate (self->scratch, 0);
              *escaped = TRUE;
            }
          ss_text_append (self->scratch, run, (gsize) (at - run));
          at = read_escape (self, at + 1);
          if (at == NULL)
            return NULL;
          run = at;
        }
      else if ((guchar) *at < 0x20)
        return ss_scan_fail (self, at, N_("a control character in a string must be escaped"));
      else
        do
          {
            gsize n = ss_text_utf8_char (at, self->end);

            if (n == 0)
              return ss_scan_fail (self, at, N_("not valid UTF-8"));
            at += n;
          }
        while (at < self->end && (guchar) *at >= 0x80);
    }

  if (*escaped)
    {
      ss_text_append (self->scratch, run, (gsize) (at - run));
      *bytes = self->scratch->str;
      *length = self->scratch->len;
    }
  else
    {
      *bytes = run;
      *length = (gsize) (at - run);
    }

  if (G_UNLIKELY (*length > SS_STRING_BYTES))
    return ss_scan_fail (self, run, N_("the string is too long"));

  return at + 1;
}

static inline gboolean
is_digit (char c)
{
  return (guchar) (c - '0') < 10;
}

/* The digits from here on are added to the mantissa, which may overflow. */
static inline const char *
read_digits (const char *at,
             const char *end,
             guint64    *mantissa)
{
  guint64 sum = *mantissa;

  while (at < end && is_digit (*at))
    sum = sum * 10 + (guint64) (*at++ - '0');
  *mantissa = sum;

  return at;
}

/* The first digits of a number that has more than fit, and the power of ten that belongs to
 * them. */
static guint64
read_leading_digits (const char *at,
                     const char *end,
                     gint64     *exponent)
{
  guint64 mantissa = 0;
  guint taken = 0;
  gboolean is_fraction = FALSE;

  *exponent = 0;
  for (; at < end && (is_digit (*at) || *at == '.'); at++)
    if (*at == '.')
      is_fraction = TRUE;
    else if (taken < DIGITS_MAX)
      {
        mantissa = mantissa * 10 + (guint64) (*at - '0');
        taken += mantissa != 0;
        *exponent -= is_fraction;
      }
    else
      *exponent += !is_fraction;

  return mantissa;
}

/* at is behind an integer's digits: only the sign and overflow remain. */
static const char *
finish_integer (SsScan      *self,
                const char  *start,
                const char  *at,
                guint64      mantissa,
                SsValue    **value)
{
  gboolean negative = *start == '-';

  if (at - start - negative > DIGITS_MAX || mantissa > (guint64) G_MAXINT64 + (guint64) negative)
    return ss_scan_fail (self, start, N_("the integer does not fit into 64 bits"));

  if (negative && mantissa == 0)
    *value = ss_value_new_double (-0.0);
  else
    *value = ss_value_new_int ((gint64) (negative ? -mantissa : mantissa));

  return at;
}

static const char *
read_exponent (SsScan     *self,
               const char *at,
               gint64     *exponent)
{
  gboolean below = at < self->end && *at == '-';
  gint64 power = 0;
  const char *first;

  at += at < self->end && (*at == '-' || *at == '+');
  for (first = at; at < self->end && is_digit (*at); at++)
    power = MIN (power * 10 + (*at - '0'), G_MAXINT32);
  if (at == first)
    return ss_scan_fail (self, at, N_("expected a digit in the exponent"));
  *exponent += below ? -power : power;

  return at;
}

const char *
ss_scan_number (SsScan      *self,
                const char  *at,
                SsValue    **value)
{
  const char *start = at;
  const char *end = self->end;
  const char *first;
  guint64 mantissa = 0;
  gsize n_digits;
  gint64 exponent = 0;
  gboolean rest = FALSE;
  double number;

  at += *at == '-';
  first = at;
  at = read_digits (at, end, &mantissa);
  if (G_UNLIKELY (at == first))
    return ss_scan_fail (self, at, N_("expected a digit"));
  if (G_UNLIKELY (*first == '0' && at - first > 1))
    return ss_scan_fail (self, first + 1, N_("a number cannot begin with 0 and another digit"));

  if (at == end || (*at != '.' && *at != 'e' && *at != 'E'))
    return finish_integer (self, start, at, mantissa, value);

  n_digits = (gsize) (at - first);
  if (*at == '.')
    {
      const char *fraction = ++at;
      guint32 eight;

      /* Fractions are long more often than integers. */
      while (end - at >= 8 && ss_text_eight_digits (at, &eight))
        {
          mantissa = mantissa * 100000000 + eight;
          at += 8;
        }
      at = read_digits (at, end, &mantissa);
      if (at == fraction)
        return ss_scan_fail (self, at, N_("expected a digit after the decimal point"));
      exponent = fraction - at;
      n_digits += (gsize) (at - fraction);
    }

  if (G_UNLIKELY (n_digits > DIGITS_MAX))
    {
      gint64 all = exponent;

      mantissa = read_leading_digits (first, end, &exponent);
      rest = exponent != all;
    }

  if (at < end && (*at == 'e' || *at == 'E'))
    {
      at = read_exponent (self, at + 1, &exponent);
      if (at == NULL)
        return NULL;
    }

  number = ss_double_read (mantissa, (int) CLAMP (exponent, -100000, 100000), rest, start,
                           (gsize) (at - start));
  if (!isfinite (number))
    return ss_scan_fail (self, start, N_("the number is too large for a double"));

  *value = ss_value_new_double (*start == '-' ? -number : number);

  return at;
}

const char *
ss_scan_word (SsScan      *self,
              const char  *at,
              const char  *word,
              gsize        length,
              SsValue     *meaning,
              SsValue    **value)
{
  gsize i;

  for (i = 0; i < length; i++)
    if (at + i == self->end || at[i] != word[i])
      return ss_scan_fail (self, at, N_("expected a value"));

  *value = meaning;

  return at + length;
}
