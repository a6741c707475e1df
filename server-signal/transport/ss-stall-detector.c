/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-stall-detector.h"

#include "ss-socket.h"

void
ss_stall_detector_blocked (SsStallDetector *self,
                           gboolean         any)
{
  if (!any && self->since != 0)
    return;

  self->since = g_get_monotonic_time ();
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

  self->since = now;

  return TRUE;
}

gboolean
ss_stall_detector_is_due (SsStallDetector *self,
                          gint64           now)
{
  if (self->timeout_ms == 0 || self->since == 0 ||
      now - self->since < self->timeout_ms * G_GINT64_CONSTANT (1000))
    return FALSE;

  self->timeout_ms = 0;

  return TRUE;
}
