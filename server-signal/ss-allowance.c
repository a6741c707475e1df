/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-allowance.h"

static guint32
get_milliseconds (void)
{
  return (guint32) (g_get_monotonic_time () / 1000);
}

void
ss_allowance_fill (SsAllowance *self,
                   double       most)
{
  self->level = (float) most;
  self->time = get_milliseconds ();
}

gboolean
ss_allowance_take (SsAllowance *self,
                   double       amount,
                   double       most,
                   double       per_second)
{
  guint32 now = get_milliseconds ();
  double gained = (now - self->time) * per_second / 1000;
  double level = MIN (self->level + gained, most);
  gboolean enough = level >= amount;

  self->level = (float) (enough ? level - amount : level);
  self->time = now;

  return enough;
}
