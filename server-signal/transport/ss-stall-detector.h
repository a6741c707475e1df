/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How fast a peer takes what waits for it: since when nothing of it, and when so little waits that
 * there is room for more. */
typedef struct
{
  gint64 stalled_since;    /* monotonic time; 0: it takes, or nothing waits */
  int    n_kernel;         /* bytes that the kernel had for it then; -1: not asked yet */
  guint  timeout_ms;       /* how long it may; 0: for ever, or it has been told already */
  guint  stalled_due : 1;
  guint  watches : 1;      /* for the mark */
  guint  drained_due : 1;
  gsize  mark;
} SsStallDetector;

/* Everything has left. */
static inline void
ss_stall_detector_clear (SsStallDetector *self)
{
  self->stalled_since = 0;
}

/* The kernel has no room for all, took any of it now or not. */
void     ss_stall_detector_blocked      (SsStallDetector *self,
                                         gboolean         any);
/* The kernel says that there is room only when a good part of its buffer is free. A slow peer takes
 * long for that, and is no stopped one: what the kernel has still to send becomes less meanwhile.
 * TRUE: it did, and the time begins again. */
gboolean ss_stall_detector_takes        (SsStallDetector *self,
                                         int              fd,
                                         gint64           now);
/* TRUE, once: it has taken nothing for too long. */
gboolean ss_stall_detector_is_stalled   (SsStallDetector *self,
                                         gint64           now);
/* TRUE, once each time that it was asked for: no more than the mark waits. */
gboolean ss_stall_detector_is_drained   (SsStallDetector *self,
                                         gsize            waiting);
/* What the two said, for whom it is called. */
gboolean ss_stall_detector_take_stalled (SsStallDetector *self);
gboolean ss_stall_detector_take_drained (SsStallDetector *self);

G_END_DECLS
