/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-base.h"
#include "ss-link-counters.h"
#include "ss-queue.h"
#include "ss-stall-detector.h"

G_BEGIN_DECLS

/* The way out of one connection: its queue, how much of it has left, and how the peer takes it. All
 * zero is an empty one. */
typedef struct
{
  SsQueue          queue;
  guint            blocked : 1;  /* the rest of the queue waits for the peer */
  guint            has_mark : 1; /* see ss_sender_take_drained() */
  guint            n_writes;     /* wraps around */
  SsLinkCounters  *counters;     /* or NULL */
  gsize            counted;      /* bytes of the queue that stand in their backlog */
  SsStallDetector  stall;
  gint64           n_sent;       /* bytes that the kernel has taken, or TLS */
  gsize            mark;
} SsSender;

/* Drops everything, also what has been sent in part: nothing more can be sent. */
void     ss_sender_clear        (SsSender       *self);
/* Before anything is pushed. NULL: counts nowhere. */
void     ss_sender_set_counters (SsSender       *self,
                                 SsLinkCounters *counters);
void     ss_sender_push         (SsSender       *self,
                                 SsMessage      *message);
/* A frame that libsoup has made for this peer. */
void     ss_sender_push_frame   (SsSender       *self,
                                 const void     *frame,
                                 gsize           length);
void     ss_sender_push_ping    (SsSender       *self);
/* Drops everything, except what has been sent in part. */
void     ss_sender_discard      (SsSender       *self);
/* Sends as much as base takes at once; FALSE: nothing can be sent any more. */
gboolean ss_sender_send         (SsSender       *self,
                                 SsBase         *base,
                                 gsize          *sent);
/* TRUE, once for each time that a mark was set: no more bytes wait than that. */
gboolean ss_sender_take_drained (SsSender       *self);

static inline void
ss_sender_set_mark (SsSender *self,
                    gsize     mark)
{
  self->has_mark = TRUE;
  self->mark = mark;
}

/* Of all bytes since the beginning. A few too few where more is sent than is queued, as with TLS;
 * differences show what goes on. */
static inline gint64
ss_sender_get_n_queued (const SsSender *self)
{
  return self->n_sent + (gint64) self->queue.n_bytes;
}

static inline gboolean
ss_sender_is_empty (const SsSender *self)
{
  return ss_queue_is_empty (&self->queue);
}

G_END_DECLS
