/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-allowance.h"

void
ss_allowance_init (SsAllowance *self,
                   guint64      burst,
                   guint64      per_second)
{
  *self = (SsAllowance) {
    .burst = burst,
    .per_second = per_second,
    .since = g_get_monotonic_time (),
  };
}

/* Gives back what the time that has passed allows. */
static void
refill (SsAllowance *self)
{
  gint64 now = g_get_monotonic_time ();
  double earned = (double) (now - self->since) / G_USEC_PER_SEC * (double) self->per_second;

  if (earned >= (double) self->spent)
    self->spent = 0;
  else
    self->spent -= (guint64) earned;
  self->since = now;
}

gboolean
ss_allowance_take (SsAllowance *self,
                   guint64      amount)
{
  self->spent += MIN (amount, G_MAXUINT32);
  if (self->spent <= self->burst)
    return TRUE;

  refill (self);

  return self->spent <= self->burst;
}
