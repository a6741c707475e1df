/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-stall-detector.h"

#include "ss-socket.h"

void
ss_stall_detector_blocked (SsStallDetector *self,
                           gboolean         any)
{
  if (!any && self->stalled_since != 0)
    return;

  self->stalled_since = g_get_monotonic_time ();
  self->n_kernel = -1;
}

gboolean
ss_stall_detector_takes (SsStallDetector *self,
                         int              fd,
                         gint64           now)
{
  int before = self->n_kernel;

  self->n_kernel = ss_socket_get_unsent (fd);
  if (self->n_kernel < 0 || self->n_kernel >= before)
    return FALSE;

  self->stalled_since = now;

  return TRUE;
}

gboolean
ss_stall_detector_is_stalled (SsStallDetector *self,
                              gint64           now)
{
  if (self->timeout_ms == 0 || self->stalled_since == 0 ||
      now - self->stalled_since < self->timeout_ms * G_GINT64_CONSTANT (1000))
    return FALSE;

  self->timeout_ms = 0;
  self->stalled_due = TRUE;

  return TRUE;
}

gboolean
ss_stall_detector_is_drained (SsStallDetector *self,
                              gsize            waiting)
{
  if (!self->watches || waiting > self->mark)
    return FALSE;

  self->watches = FALSE;
  self->drained_due = TRUE;

  return TRUE;
}

gboolean
ss_stall_detector_take_stalled (SsStallDetector *self)
{
  gboolean due = self->stalled_due;

  self->stalled_due = FALSE;

  return due;
}

gboolean
ss_stall_detector_take_drained (SsStallDetector *self)
{
  gboolean due = self->drained_due;

  self->drained_due = FALSE;

  return due;
}
