/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Finds out that a peer takes nothing of what waits for it. */
typedef struct
{
  gint64 since;      /* monotonic time; 0: it takes, or nothing waits */
  int    n_kernel;   /* bytes that the kernel had for it then; -1: not asked yet */
  guint  timeout_ms; /* how long it may; 0: for ever, or it has been told already */
} SsStallDetector;

/* Everything has left. */
static inline void
ss_stall_detector_clear (SsStallDetector *self)
{
  self->since = 0;
}

/* The kernel has no room for all. any: it took a part of it now. */
void     ss_stall_detector_blocked (SsStallDetector *self,
                                    gboolean         any);
/* The kernel says that there is room only when a good part of its buffer is free. A slow peer takes
 * long for that, and has not stopped: what the kernel has still to send becomes less meanwhile.
 * TRUE: it did, and the time begins again. */
gboolean ss_stall_detector_takes   (SsStallDetector *self,
                                    int              fd,
                                    gint64           now);
/* TRUE, once: it has taken nothing for too long. */
gboolean ss_stall_detector_is_due  (SsStallDetector *self,
                                    gint64           now);

G_END_DECLS
