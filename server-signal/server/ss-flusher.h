/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "wire/ss-feed.h"

G_BEGIN_DECLS

/* Lets the commits of a hub's signals go at intervals: all feeds are corked, and the first commit
 * begins an interval at whose end those that have something are let go, so that each subscriber
 * gets one message of each. With no interval no feed is corked. */
typedef struct _SsFlusher SsFlusher;

/* Embedded in the owner of the feed. All zero: not added. */
typedef struct
{
  GList      link;
  GList      due_link;
  SsFlusher *flusher;
  SsFeed    *feed;
  gboolean   due;
} SsFlushItem;

SsFlusher *ss_flusher_new          (GMainContext *context);
SsFlusher *ss_flusher_ref          (SsFlusher *self);
void       ss_flusher_unref        (SsFlusher *self);
/* 0: none, and what is due leaves now. */
void       ss_flusher_set_interval (SsFlusher *self, guint milliseconds);
/* Does not wait for the end of the interval. */
void       ss_flusher_flush        (SsFlusher *self);
/* Some feed has something that has not left yet. */
gboolean   ss_flusher_gathers      (SsFlusher *self);
void       ss_flusher_add          (SsFlusher *self, SsFlushItem *item, SsFeed *feed);
/* The feed has something. */
void       ss_flusher_touch        (SsFlushItem *item);
/* The feed is corked no longer. */
void       ss_flusher_remove       (SsFlushItem *item);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsFlusher, ss_flusher_unref)

G_END_DECLS
