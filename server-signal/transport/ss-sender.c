/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-sender.h"

#include "ss-websocket-frame.h"

static void
count_backlog (SsSender *self)
{
  if (self->counters == NULL)
    return;

  self->counters->backlog += (guint64) self->queue.n_bytes - (guint64) self->counted;
  self->counted = self->queue.n_bytes;
}

void
ss_sender_clear (SsSender *self)
{
  ss_queue_clear (&self->queue);
  count_backlog (self);
  self->blocked = FALSE;
  ss_stall_detector_clear (&self->stall);
}

void
ss_sender_set_counters (SsSender       *self,
                        SsLinkCounters *counters)
{
  g_assert (ss_sender_is_empty (self));

  g_clear_pointer (&self->counters, ss_link_counters_unref);
  if (counters != NULL)
    self->counters = ss_link_counters_ref (counters);
}

void
ss_sender_push (SsSender  *self,
                SsMessage *message)
{
  ss_queue_push (&self->queue, message);
  if (self->counters != NULL)
    self->counters->frames++;
  count_backlog (self);
}

void
ss_sender_push_frame (SsSender   *self,
                      const void *frame,
                      gsize       length)
{
  /* Each ping has its answer, unless the peer does not take them. */
  if (self->blocked && ss_websocket_frame_opcode (frame) == SS_OPCODE_PONG)
    ss_queue_push_pong (&self->queue, frame, length);
  else
    ss_queue_push_copy (&self->queue, frame, length);
  count_backlog (self);
}

void
ss_sender_push_ping (SsSender *self)
{
  ss_queue_push_ping (&self->queue);
  count_backlog (self);
}

void
ss_sender_discard (SsSender *self)
{
  ss_queue_discard (&self->queue);
  count_backlog (self);
}

gboolean
ss_sender_send (SsSender *self,
                SsBase   *base,
                gsize    *sent)
{
  gsize total = 0;

  self->blocked = FALSE;
  while (!ss_queue_is_empty (&self->queue) && !self->blocked)
    {
      gsize n = 0;
      GPollableReturn result;

      self->n_writes++;
      result = ss_base_send (base, &self->queue, &n);
      if (result == G_POLLABLE_RETURN_FAILED)
        return FALSE;

      total += n;
      self->blocked = result == G_POLLABLE_RETURN_WOULD_BLOCK;
    }

  self->n_sent += (gint64) total;
  if (total > 0 && self->counters != NULL)
    self->counters->bytes += total;
  count_backlog (self);

  if (self->blocked)
    ss_stall_detector_blocked (&self->stall, total > 0);
  else
    ss_stall_detector_clear (&self->stall);

  *sent = total;

  return TRUE;
}

gboolean
ss_sender_take_drained (SsSender *self)
{
  if (!self->has_mark || self->queue.n_bytes > self->mark)
    return FALSE;

  self->has_mark = FALSE;

  return TRUE;
}
