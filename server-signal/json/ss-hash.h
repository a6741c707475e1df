/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* Hashing by multiplying two words that the data and a secret made, to 128 bits, and folding the
 * halves. The secret is drawn once for each process, so that nobody outside can make keys
 * collide. */
typedef struct
{
  gsize   drawn;
  guint64 word[4];
} SsHashSecret;

extern SsHashSecret ss_hash_secret;

void    ss_hash_draw_secret (void);

/* The hash of a string value of these bytes. */
guint64 ss_hash_bytes       (const char *bytes, gsize length);

/* To be called before any of those below. */
static inline void
ss_hash_begin (void)
{
  if (G_UNLIKELY (__atomic_load_n (&ss_hash_secret.drawn, __ATOMIC_ACQUIRE) == 0))
    ss_hash_draw_secret ();
}

static inline guint64
ss_hash_mix (guint64 a,
             guint64 b)
{
#ifdef __SIZEOF_INT128__
  __extension__ unsigned __int128 product = (unsigned __int128) a * b;

  return (guint64) product ^ (guint64) (product >> 64);
#else
  guint64 high = (a >> 32) * (b >> 32);
  guint64 low = (a & G_MAXUINT32) * (b & G_MAXUINT32);
  guint64 one = (a >> 32) * (b & G_MAXUINT32);
  guint64 other = (a & G_MAXUINT32) * (b >> 32);

  return (low ^ high) + (one << 32 | one >> 32) + (other << 29 | other >> 35);
#endif
}

static inline guint64
ss_hash_load8 (const char *bytes)
{
  guint64 word;

  memcpy (&word, bytes, sizeof word);
  return word;
}

static inline guint64
ss_hash_load4 (const char *bytes)
{
  guint32 word;

  memcpy (&word, bytes, sizeof word);
  return word;
}

static inline guint64
ss_hash_text (const char *bytes,
              gsize       length)
{
  const guint64 *secret = ss_hash_secret.word;
  guint64 state = secret[0] ^ length;
  guint64 a, b;

  if (G_LIKELY (length <= 16))
    {
      if (length >= 8)
        {
          a = ss_hash_load8 (bytes);
          b = ss_hash_load8 (bytes + length - 8);
        }
      else if (length >= 4)
        {
          a = ss_hash_load4 (bytes);
          b = ss_hash_load4 (bytes + length - 4);
        }
      else if (length > 0)
        {
          a = (guint64) (guchar) bytes[0] << 16 | (guint64) (guchar) bytes[length / 2] << 8
              | (guchar) bytes[length - 1];
          b = 0;
        }
      else
        a = b = 0;
    }
  else
    {
      const char *last = bytes + length - 16;

      while (bytes < last)
        {
          state = ss_hash_mix (ss_hash_load8 (bytes) ^ secret[1], ss_hash_load8 (bytes + 8) ^ state);
          bytes += 16;
        }
      a = ss_hash_load8 (last);
      b = ss_hash_load8 (last + 8);
    }

  return ss_hash_mix (ss_hash_mix (a ^ secret[1], b ^ state) ^ secret[2], secret[3] ^ length);
}

G_END_DECLS
