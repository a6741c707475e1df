/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-backoff.h"

void
ss_backoff_init (SsBackoff *self,
                 guint      min,
                 guint      max,
                 guint      limit)
{
  *self = (SsBackoff) {
    .rand = g_rand_new (),
    .min = min,
    .max = max,
    .limit = limit,
  };
}

void
ss_backoff_clear (SsBackoff *self)
{
  g_clear_pointer (&self->rand, g_rand_free);
}

void
ss_backoff_seed (SsBackoff *self,
                 guint32    seed)
{
  g_rand_set_seed (self->rand, seed);
}

guint
ss_backoff_ceiling (SsBackoff *self)
{
  guint64 ceiling = MAX (self->min, 1);

  /* Any minimum that is shifted by 32 is past every maximum. */
  ceiling <<= MIN (self->failures > 0 ? self->failures - 1 : 0, 32);

  return (guint) MIN (ceiling, MAX (self->max, self->min));
}

gboolean
ss_backoff_failed (SsBackoff *self,
                   guint     *delay)
{
  if (self->failures < G_MAXUINT)
    self->failures++;

  /* Both ends are possible: no wait at all, and the whole of it. */
  *delay = (guint) g_rand_double_range (self->rand, 0, (double) ss_backoff_ceiling (self) + 1);

  return self->limit == 0 || self->failures < self->limit;
}

void
ss_backoff_lasted (SsBackoff *self,
                   gint64     duration)
{
  if (duration > ss_backoff_ceiling (self))
    ss_backoff_reset (self);
}

void
ss_backoff_reset (SsBackoff *self)
{
  self->failures = 0;
}
