/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "transport/ss-link.h"
#include "wire/ss-feed.h"

G_BEGIN_DECLS

/* Bounds what waits for one peer. Above the high-water mark all its subscriptions are held, so that
 * what they miss is merged where it costs nothing; at half of the mark they are let go one after the
 * other, the one that has waited longest first, until there is too much again. So no more waits
 * than the mark and one message, however many signals the peer follows, and none of them waits for
 * ever.
 *
 * A peer may have asked for an interval. Then its subscriptions are held as well for so long after each
 * update, and let go together. A new subscription gets its first message at once all the same, and a
 * reply does not wait either.
 *
 * News of signals that came or went is held back as well: of each name, one of both at most. And so are
 * replies, each behind the updates that its peer has not got by then: they wait in the same line. */
typedef struct _SsNotices SsNotices;

typedef struct _SsWaitingMessage SsWaitingMessage;

typedef struct
{
  SsLink     *link;
  gsize       high;
  gboolean    pressed;
  guint       interval;  /* milliseconds; 0: none */
  gboolean    resting;   /* until it has passed */
  gboolean    releasing; /* those that are held are let go because of that */
  gboolean    delivered; /* something was, meanwhile */
  GSource    *timer;     /* NULL: there was no interval yet */
  guint       n_answers; /* sent to the peer since it takes too little */
  GQueue      flowing;   /* SsBackpressureItem */
  GQueue      held;      /* SsBackpressureItem, the one that has waited longest first */
  guint       n_waiting; /* messages among those */
  gsize       waiting_bytes;
  SsNotices  *notices;   /* NULL: none are held back */
} SsBackpressure;

typedef struct
{
  GList           link;
  SsBackpressure *owner; /* NULL: not in one */
  SsSubscription *subscription; /* NULL: the item is the head of a message that waits */
  gboolean        held;
} SsBackpressureItem;

/* link: not referenced. high 0: nothing is ever held. */
void     ss_backpressure_init        (SsBackpressure *self, SsLink *link, gsize high);
void     ss_backpressure_clear       (SsBackpressure *self);
/* Messages that wait already are not dropped. */
void     ss_backpressure_set_high    (SsBackpressure *self, gsize high);
/* context: where the time passes. */
void     ss_backpressure_set_interval (SsBackpressure *self, GMainContext *context,
                                       guint milliseconds);
/* Call when an update was queued, besides ss_backpressure_check(). */
void     ss_backpressure_delivered   (SsBackpressure *self);
/* Call when something was queued. */
void     ss_backpressure_check       (SsBackpressure *self);
/* Call when the link says that it is drained. */
void     ss_backpressure_drained     (SsBackpressure *self);
/* Sends what is held back, all of it: the connection is to be closed, and the newest comes before
 * its end. */
void     ss_backpressure_finish      (SsBackpressure *self);
static inline gboolean
ss_backpressure_is_pressed (SsBackpressure *self)
{
  return self->pressed;
}
/* While pressed: subscription is one that is held already. */
void     ss_backpressure_add         (SsBackpressure *self, SsBackpressureItem *item,
                                      SsSubscription *subscription);
void     ss_backpressure_remove      (SsBackpressureItem *item);
/* known: the peer has asked for the name, whatever it has been told. FALSE: it is not held back,
 * the caller tells the peer. */
gboolean ss_backpressure_hold_notice (SsBackpressure *self, const char *name, gboolean added,
                                      gboolean known);
/* Sends a message behind all that is held now, or at once. slot: NULL, or a place that has the message
 * for as long as it waits; it must stay until it is cleared. */
void     ss_backpressure_send        (SsBackpressure *self, SsMessage *message,
                                      SsWaitingMessage **slot);
/* It is not sent. */
void     ss_backpressure_withdraw    (SsWaitingMessage *waiting);
/* The place goes, the message stays. */
void     ss_backpressure_forget      (SsWaitingMessage **slot);
/* An answer is sent to something that the peer asked. */
void     ss_backpressure_answered    (SsBackpressure *self);
/* The peer asks and asks, and takes no answers. */
gboolean ss_backpressure_is_flooded  (SsBackpressure *self);

G_END_DECLS
