/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

G_BEGIN_DECLS

/* Looking at text many bytes at a time: eight in a word, or sixteen where every machine of a kind
 * can. */

#define SS_TEXT_ONES  G_GUINT64_CONSTANT (0x0101010101010101)
#define SS_TEXT_HIGHS G_GUINT64_CONSTANT (0x8080808080808080)

/* The high bit of every byte that is a quote, a backslash or a control character; of bytes behind
 * the first of these too, perhaps. Bytes from 0x80 on count as none of them. */
static inline guint64
ss_text_specials (guint64 word)
{
  guint64 quote = word ^ (SS_TEXT_ONES * '"');
  guint64 backslash = word ^ (SS_TEXT_ONES * '\\');

  return ((quote - SS_TEXT_ONES) | (backslash - SS_TEXT_ONES) | (word - SS_TEXT_ONES * 0x20))
         & ~word & SS_TEXT_HIGHS;
}

/* The number of bytes before the first that is marked, in the order of the text. */
static inline guint
ss_text_first_marked (guint64 marks)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  return (guint) __builtin_ctzll (marks) / 8;
#else
  return (guint) __builtin_clzll (marks) / 8;
#endif
}

#ifdef __SSE2__
#define SS_TEXT_BLOCK 16

/* A bit for each of sixteen bytes that is a quote, a backslash or a control character, the first
 * the lowest. */
static inline guint
ss_text_block_specials (__m128i block)
{
  __m128i quote = _mm_cmpeq_epi8 (block, _mm_set1_epi8 ('"'));
  __m128i backslash = _mm_cmpeq_epi8 (block, _mm_set1_epi8 ('\\'));
  __m128i control = _mm_cmpeq_epi8 (_mm_min_epu8 (block, _mm_set1_epi8 (0x1f)), block);

  return (guint) _mm_movemask_epi8 (_mm_or_si128 (_mm_or_si128 (quote, backslash), control));
}

/* The same, and the bytes from 0x80 on. */
static inline guint
ss_text_block_stops (__m128i block)
{
  return ss_text_block_specials (block) | (guint) _mm_movemask_epi8 (block);
}
#endif

/* Past all that stands for itself in a JSON string and is ASCII. */
static inline const char *
ss_text_skip_plain (const char *at,
                    const char *end)
{
#ifdef __SSE2__
  while (end - at >= SS_TEXT_BLOCK)
    {
      guint stops = ss_text_block_stops (_mm_loadu_si128 ((const __m128i *) at));

      if (stops != 0)
        return at + __builtin_ctz (stops);
      at += SS_TEXT_BLOCK;
    }
#endif

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  while (end - at >= 8)
    {
      guint64 word, marks;

      memcpy (&word, at, sizeof word);
      marks = ss_text_specials (word) | (word & SS_TEXT_HIGHS);
      if (marks != 0)
        return at + ss_text_first_marked (marks);
      at += 8;
    }
#endif

  while (at < end && (guchar) *at >= 0x20 && (guchar) *at < 0x80 && *at != '"' && *at != '\\')
    at++;

  return at;
}

/* When the next eight bytes are decimal digits: TRUE and their value. Neighbours are joined to
 * pairs, these to fours, and these to the eight. */
static inline gboolean
ss_text_eight_digits (const char *at,
                      guint32    *number)
{
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
  guint64 word;

  memcpy (&word, at, sizeof word);
  if (((word & SS_TEXT_ONES * 0xf0) | ((word + SS_TEXT_ONES * 0x06) & SS_TEXT_ONES * 0xf0) >> 4) != SS_TEXT_ONES * 0x33)
    return FALSE;

  word &= SS_TEXT_ONES * 0x0f;
  word = (word * 10 + (word >> 8)) & G_GUINT64_CONSTANT (0x00ff00ff00ff00ff);
  word = (word * 100 + (word >> 16)) & G_GUINT64_CONSTANT (0x0000ffff0000ffff);
  *number = (guint32) (word * 10000 + (word >> 32));

  return TRUE;
#else
  return FALSE;
#endif
}

/* The length of the UTF-8 sequence here, which is not ASCII, or 0 when it is not valid: too short,
 * too long for what it says, a surrogate, or past U+10FFFF. */
static inline gsize
ss_text_utf8_char (const char *at,
                   const char *end)
{
  const guchar *p = (const guchar *) at;
  gsize n = (gsize) (end - at);

  if (p[0] >= 0xc2 && p[0] <= 0xdf)
    return n >= 2 && (p[1] & 0xc0) == 0x80 ? 2 : 0;

  if (p[0] >= 0xe0 && p[0] <= 0xef)
    return n >= 3 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80
           && (p[0] != 0xe0 || p[1] >= 0xa0) && (p[0] != 0xed || p[1] < 0xa0) ? 3 : 0;

  if (p[0] >= 0xf0 && p[0] <= 0xf4)
    return n >= 4 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80
           && (p[0] != 0xf0 || p[1] >= 0x90) && (p[0] != 0xf4 || p[1] < 0x90) ? 4 : 0;

  return 0;
}

/* Appends to a string, and ends it. Inline, because a call for each short piece takes 4 to 8 % of
 * the time for a counter's patch. */
static inline void
ss_text_append (GString    *out,
                const char *bytes,
                gsize       length)
{
  if (G_UNLIKELY (length >= out->allocated_len - out->len))
    {
      g_string_append_len (out, bytes, (gssize) length);
      return;
    }

  memcpy (out->str + out->len, bytes, length);
  out->len += length;
  out->str[out->len] = '\0';
}

G_END_DECLS
