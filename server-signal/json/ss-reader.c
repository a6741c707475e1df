/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-reader.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "server-signal-error.h"
#include "ss-double.h"
#include "ss-keys.h"
#include "ss-text.h"

/* One loop over the text. Values that are complete wait in a list until the container that they are in
 * is; then it is made in its exact size. A frame notes where an open container's part of the list
 * begins. In an object every value is preceded by the number of its key, wrapped as an integer, so
 * that the list can be dropped without knowing what is what. */

#define NO_KEY G_MAXUINT32

/* So many decimal digits fit into 64 bits, whatever they are. */
#define DIGITS_MAX 19

typedef struct
{
  gsize   start;      /* the first of its values in the list */
  gsize   opened;     /* the place of its bracket in the text, for errors */
  guint32 key;        /* the number of the last key, NO_KEY before the first */
  guint16 depth;      /* nesting of the deepest child so far */
  guint8  is_object;
} Frame;

typedef struct
{
  const char *text;
  const char *end;
  guint       max_depth;

  SsValue   **values;
  gsize       n_values;
  gsize       values_capacity;
  Frame      *frames;
  guint       n_frames;
  guint       frames_capacity;
  SsKeys      keys;
  GString    *scratch; /* a string with escapes, while it is put together; NULL until there is one */

  const char *error_at;
  const char *error;   /* what is wrong, not yet translated; NULL: nothing */
  gboolean    is_limit;

  SsValue    *first_values[64];
  Frame       first_frames[16];
} Reader;

/* Each gives the first thing wrong: the place and the words. */
static const char *
fail (Reader     *self,
      const char *at,
      const char *error)
{
  self->error_at = at;
  self->error = error;

  return NULL;
}

static void
push_value (Reader  *self,
            SsValue *value)
{
  if (G_UNLIKELY (self->n_values == self->values_capacity))
    {
      gsize capacity = self->values_capacity * 2;

      if (self->values == self->first_values)
        {
          self->values = g_new (SsValue *, capacity);
          memcpy (self->values, self->first_values, sizeof self->first_values);
        }
      else
        self->values = g_renew (SsValue *, self->values, capacity);
      self->values_capacity = capacity;
    }

  self->values[self->n_values++] = value;
}

static gboolean
push_frame (Reader     *self,
            const char *at)
{
  Frame *frame;

  if (self->n_frames == self->max_depth)
    {
      self->is_limit = TRUE;
      fail (self, at, "");
      return FALSE;
    }

  if (G_UNLIKELY (self->n_frames == self->frames_capacity))
    {
      guint capacity = self->frames_capacity * 2;

      if (self->frames == self->first_frames)
        {
          self->frames = g_new (Frame, capacity);
          memcpy (self->frames, self->first_frames, sizeof self->first_frames);
        }
      else
        self->frames = g_renew (Frame, self->frames, capacity);
      self->frames_capacity = capacity;
    }

  frame = &self->frames[self->n_frames++];
  frame->start = self->n_values;
  frame->opened = (gsize) (at - self->text);
  frame->key = NO_KEY;
  frame->depth = 0;
  frame->is_object = *at == '{';

  return TRUE;
}

static inline const char *
skip_space (const char *at,
            const char *end)
{
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
    at++;

  return at;
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

/* at is behind the backslash. Gives the place behind the escape. */
static const char *
read_escape (Reader     *self,
             const char *at)
{
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const char *letter;
  guint32 code, low;

  if (at == self->end)
    return fail (self, at, N_("the text ends within a string"));

  if (*at != 'u')
    {
      letter = *at != '\0' ? strchr (letters, *at) : NULL;
      if (letter == NULL)
        return fail (self, at, N_("expected one of \" \\ / b f n r t u after a backslash"));
      g_string_append_c (self->scratch, meanings[letter - letters]);
      return at + 1;
    }

  if (!read_hex4 (at + 1, self->end, &code))
    return fail (self, at, N_("expected four hexadecimal digits after \\u"));
  if (code == 0)
    return fail (self, at, N_("\\u0000 is not accepted: a C string cannot carry it"));

  if (code >= 0xd800 && code <= 0xdfff)
    {
      if (code >= 0xdc00 || self->end - at < 11 || at[5] != '\\' || at[6] != 'u'
          || !read_hex4 (at + 7, self->end, &low) || low < 0xdc00 || low > 0xdfff)
        return fail (self, at, N_("half of a surrogate pair"));
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
  g_string_append_unichar (self->scratch, code);

  return at + 5;
}

/* at is behind the opening quote. Gives the place behind the closing one, and the bytes: in the text
 * itself, or in the scratch string when there are escapes. */
static const char *
read_string (Reader      *self,
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
        return fail (self, at, N_("the text ends within a string"));

      if (*at == '\\')
        {
          if (!*escaped)
            {
              if (self->scratch == NULL)
                self->scratch = g_string_sized_new (256);
              g_string_truncate (self->scratch, 0);
              *escaped = TRUE;
            }
          g_string_append_len (self->scratch, run, at - run);
          at = read_escape (self, at + 1);
          if (at == NULL)
            return NULL;
          run = at;
        }
      else if ((guchar) *at < 0x20)
        return fail (self, at, N_("a control character in a string must be escaped"));
      else
        do
          {
            gsize n = ss_text_utf8_char (at, self->end);

            if (n == 0)
              return fail (self, at, N_("not valid UTF-8"));
            at += n;
          }
        while (at < self->end && (guchar) *at >= 0x80);
    }

  if (*escaped)
    {
      g_string_append_len (self->scratch, run, at - run);
      *bytes = self->scratch->str;
      *length = self->scratch->len;
    }
  else
    {
      *bytes = run;
      *length = (gsize) (at - run);
    }

  if (G_UNLIKELY (*length > SS_STRING_BYTES))
    return fail (self, run, N_("the string is too long"));

  return at + 1;
}

static const char *
read_string_value (Reader      *self,
                   const char  *at,
                   SsValue    **value)
{
  const char *bytes;
  gsize length;
  gboolean escaped;

  at = read_string (self, at + 1, &bytes, &length, &escaped);
  if (at != NULL)
    *value = ss_value_new_string (bytes, (gssize) length);

  return at;
}

/* Reads a key and its colon. */
static const char *
read_key (Reader     *self,
          const char *at)
{
  Frame *frame = &self->frames[self->n_frames - 1];
  guint32 previous = frame->key;
  guint32 key;
  const char *bytes;
  gsize length;
  gboolean escaped;

  if (at == self->end || *at != '"')
    return fail (self, at, previous == NO_KEY ? N_("expected a member's name in quotes or “}”")
                                              : N_("expected a member's name in quotes"));

  at++;
  key = ss_keys_guess (&self->keys, previous, at, self->end, &length);
  if (G_LIKELY (key != SS_KEYS_NONE))
    at += length + 1;
  else
    {
      at = read_string (self, at, &bytes, &length, &escaped);
      if (at == NULL)
        return NULL;
      key = ss_keys_intern (&self->keys, previous, bytes, length, !escaped);
    }
  frame->key = key;
  push_value (self, ss_value_new_int (key));

  if (G_UNLIKELY (at == self->end || *at != ':'))
    {
      at = skip_space (at, self->end);
      if (at == self->end || *at != ':')
        return fail (self, at, N_("expected “:”"));
    }

  return skip_space (at + 1, self->end);
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

/* The first digits of a number that has more than fit, and the power of ten that belongs to them. */
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
finish_integer (Reader      *self,
                const char  *start,
                const char  *at,
                guint64      mantissa,
                SsValue    **value)
{
  gboolean negative = *start == '-';

  if (at - start - negative > DIGITS_MAX || mantissa > (guint64) G_MAXINT64 + negative)
    return fail (self, start, N_("the integer does not fit into 64 bits"));

  if (negative && mantissa == 0)
    *value = ss_value_new_double (-0.0);
  else
    *value = ss_value_new_int ((gint64) (negative ? -mantissa : mantissa));

  return at;
}

static const char *
read_exponent (Reader      *self,
               const char  *at,
               gint64      *exponent)
{
  gboolean below = at < self->end && *at == '-';
  gint64 power = 0;
  const char *first;

  at += at < self->end && (*at == '-' || *at == '+');
  for (first = at; at < self->end && is_digit (*at); at++)
    power = MIN (power * 10 + (*at - '0'), G_MAXINT32);
  if (at == first)
    return fail (self, at, N_("expected a digit in the exponent"));
  *exponent += below ? -power : power;

  return at;
}

static const char *
read_number (Reader      *self,
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
    return fail (self, at, N_("expected a digit"));
  if (G_UNLIKELY (*first == '0' && at - first > 1))
    return fail (self, first + 1, N_("a number cannot begin with 0 and another digit"));

  if (at == end || (*at != '.' && *at != 'e' && *at != 'E'))
    return finish_integer (self, start, at, mantissa, value);

  n_digits = (gsize) (at - first);
  if (*at == '.')
    {
      const char *fraction = ++at;

      at = read_digits (at, end, &mantissa);
      if (at == fraction)
        return fail (self, at, N_("expected a digit after the decimal point"));
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

  number = ss_double_read (mantissa, (int) CLAMP (exponent, -100000, 100000), rest, start, (gsize) (at - start));
  if (!isfinite (number))
    return fail (self, start, N_("the number is too large for a double"));

  *value = ss_value_new_double (*start == '-' ? -number : number);

  return at;
}

static const char *
read_word (Reader      *self,
           const char  *at,
           const char  *word,
           gsize        length,
           SsValue     *meaning,
           SsValue    **value)
{
  gsize i;

  for (i = 0; i < length; i++)
    if (at + i == self->end || at[i] != word[i])
      return fail (self, at, N_("expected a value"));

  *value = meaning;

  return at + length;
}

static const char *
read_scalar (Reader      *self,
             const char  *at,
             SsValue    **value)
{
  if (at == self->end)
    return fail (self, at, N_("expected a value, not the end of the text"));

  switch (*at)
    {
    case '"':
      return read_string_value (self, at, value);
    case 't':
      return read_word (self, at, "true", 4, ss_value_new_boolean (TRUE), value);
    case 'f':
      return read_word (self, at, "false", 5, ss_value_new_boolean (FALSE), value);
    case 'n':
      return read_word (self, at, "null", 4, ss_value_new_null (), value);
    case '-':
      return read_number (self, at, value);
    default:
      if (is_digit (*at))
        return read_number (self, at, value);
      if ((guchar) *at == 0xef && self->end - at >= 3 && memcmp (at, "\xef\xbb\xbf", 3) == 0)
        return fail (self, at, N_("a byte order mark is not accepted"));
      return fail (self, at, N_("expected a value"));
    }
}

/* Finds the place of the member with this ordinal: the object is known to be well formed. */
static const char *
find_member (const char *at,
             gsize       ordinal)
{
  guint depth = 1;
  gboolean is_name = TRUE;

  for (at++;; at++)
    switch (*at)
      {
      case '{':
      case '[':
        depth++;
        break;
      case '}':
      case ']':
        depth--;
        break;
      case ',':
        is_name = depth == 1;
        break;
      case '"':
        if (depth == 1 && is_name && ordinal-- == 0)
          return at;
        is_name = FALSE;
        for (at++; *at != '"'; at++)
          at += *at == '\\';
        break;
      default:
        break;
      }
}

/* The values of the innermost container are complete. */
static SsValue *
close_container (Reader *self)
{
  Frame *frame = &self->frames[--self->n_frames];
  SsValue **values = self->values + frame->start;
  gsize n = self->n_values - frame->start;
  SsValue *container;

  if (frame->is_object)
    {
      SsObject *object;

      n /= 2;
      container = ss_value_new_object ((guint) n);
      object = (SsObject *) container;
      ss_keys_begin_object (&self->keys);
      for (gsize i = 0; i < n; i++)
        {
          guint32 number = (guint32) ss_value_get_int (values[2 * i]);
          SsValue *key = ss_keys_take (&self->keys, number);

          if (G_UNLIKELY (key == NULL))
            {
              fail (self, find_member (self->text + frame->opened, i),
                    N_("the object has a member of this name already"));
              ss_value_unref (container);
              /* What the object took is gone from the list. */
              memmove (values, values + 2 * i, (2 * n - 2 * i) * sizeof *values);
              self->n_values -= 2 * i;
              return NULL;
            }
          object->items[i].key = key;
          object->items[i].value = values[2 * i + 1];
          object->length++;
        }
    }
  else
    {
      container = ss_value_new_array ((guint) n);
      ((SsArray *) container)->length = (guint32) n;
      memcpy (((SsArray *) container)->items, values, n * sizeof *values);
    }

  self->n_values = frame->start;
  ss_value_note_depth (container, frame->depth + 1u);
  if (self->n_frames > 0)
    {
      Frame *outer = frame - 1;

      outer->depth = MAX (outer->depth, (guint16) (frame->depth + 1u));
    }

  return container;
}

/* After a value: to the place where the next one begins, closing containers on the way. *value is the whole
 * document when that was its end. */
static const char *
read_on (Reader      *self,
         const char  *at,
         SsValue    **value,
         gboolean    *is_complete)
{
  *is_complete = FALSE;

  for (;;)
    {
      Frame *frame;

      if (self->n_frames == 0)
        {
          *is_complete = TRUE;
          at = skip_space (at, self->end);
          return at == self->end ? at : fail (self, at, N_("expected the end of the text"));
        }

      frame = &self->frames[self->n_frames - 1];
      push_value (self, *value);
      *value = NULL;
      at = skip_space (at, self->end);

      if (at < self->end && *at == ',')
        {
          at = skip_space (at + 1, self->end);
          return frame->is_object ? read_key (self, at) : at;
        }

      if (at == self->end || *at != (frame->is_object ? '}' : ']'))
        return fail (self, at, frame->is_object ? N_("expected “,” or “}”") : N_("expected “,” or “]”"));

      *value = close_container (self);
      if (*value == NULL)
        return NULL;
      at++;
    }
}

static SsValue *
read_document (Reader *self)
{
  const char *at = skip_space (self->text, self->end);
  SsValue *value = NULL;
  gboolean is_complete = FALSE;

  while (!is_complete)
    {
      if (at < self->end && (*at == '{' || *at == '['))
        {
          gboolean is_object = *at == '{';

          if (!push_frame (self, at))
            return NULL;
          at = skip_space (at + 1, self->end);
          if (at < self->end && *at == (is_object ? '}' : ']'))
            {
              value = close_container (self);
              at++;
            }
          else if (is_object)
            {
              at = read_key (self, at);
              if (at == NULL)
                return NULL;
              continue;
            }
          else
            continue;
        }
      else
        {
          at = read_scalar (self, at, &value);
          if (at == NULL)
            return NULL;
        }

      at = read_on (self, at, &value, &is_complete);
      if (at == NULL)
        {
          ss_value_clear (&value);
          return NULL;
        }
    }

  return value;
}

static void
set_error (Reader  *self,
           GError **error)
{
  guint line = 1, column = 1;

  for (const char *p = self->text; p < self->error_at; p++)
    if (*p == '\n')
      {
        line++;
        column = 1;
      }
    else
      column += ((guchar) *p & 0xc0) != 0x80;

  if (self->is_limit)
    g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                 /* Translators: a place in a text. */
                 _("Line %u, column %u: nested deeper than %u levels"), line, column, self->max_depth);
  else
    g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
                 /* Translators: a place in a text, and what is wrong there. */
                 _("Line %u, column %u: %s"), line, column, _(self->error));
}

SsValue *
ss_value_from_json (const char  *text,
                    gssize       length,
                    guint        max_depth,
                    GError     **error)
{
  Reader self;
  SsValue *value;

  self.text = text;
  self.end = text + (length < 0 ? strlen (text) : (gsize) length);
  self.max_depth = MIN (max_depth, G_MAXUINT16 - 1);
  self.values = self.first_values;
  self.n_values = 0;
  self.values_capacity = G_N_ELEMENTS (self.first_values);
  self.frames = self.first_frames;
  self.n_frames = 0;
  self.frames_capacity = G_N_ELEMENTS (self.first_frames);
  self.scratch = NULL;
  self.error = NULL;
  self.is_limit = FALSE;
  ss_keys_init (&self.keys);

  value = read_document (&self);
  if (value == NULL)
    set_error (&self, error);

  for (gsize i = 0; i < self.n_values; i++)
    ss_value_unref (self.values[i]);
  if (self.values != self.first_values)
    g_free (self.values);
  if (self.frames != self.first_frames)
    g_free (self.frames);
  if (self.scratch != NULL)
    g_string_free (self.scratch, TRUE);
  ss_keys_clear (&self.keys);

  return value;
}
