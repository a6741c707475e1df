/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Something that somebody has so much of, and gets more of with time. Each idle peer of a hub has
 * some, so they are small, and their owner knows what is the most and what comes in a second. */
typedef struct
{
  float   level;
  guint32 time; /* monotonic, in milliseconds, wraps around */
} SsAllowance;

void     ss_allowance_fill (SsAllowance *self, double most);
/* FALSE: there is not so much, and nothing is taken. */
gboolean ss_allowance_take (SsAllowance *self, double amount, double most, double per_second);

G_END_DECLS
