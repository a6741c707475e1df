/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-hash.h"

SsHashSecret ss_hash_secret;

void
ss_hash_draw_secret (void)
{
  if (g_once_init_enter (&ss_hash_secret.drawn))
    {
      g_autoptr (GRand) source = g_rand_new ();

      for (guint i = 0; i < G_N_ELEMENTS (ss_hash_secret.word); i++)
        ss_hash_secret.word[i] = (guint64) g_rand_int (source) << 32 | g_rand_int (source) | 1;

      g_once_init_leave (&ss_hash_secret.drawn, 1);
    }
}

guint64
ss_hash_bytes (const char *bytes,
               gsize       length)
{
  ss_hash_begin ();

  return ss_hash_text (bytes, length);
}
