/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How much of something may come at once, and how much of it in the long run. The clock is read
 * only when what may come at once is spent. */
typedef struct
{
  guint64 burst;
  guint64 per_second;
  guint64 spent;
  gint64  since;      /* that spent was right, monotonic */
} SsAllowance;

void     ss_allowance_init (SsAllowance *self, guint64 burst, guint64 per_second);
/* FALSE: that was too much. */
gboolean ss_allowance_take (SsAllowance *self, guint64 amount);

G_END_DECLS
