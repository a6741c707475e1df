/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "signal/server-signal-private.h"
#include "wire/ss-message.h"

G_BEGIN_DECLS

/* The sending end of one signal, without any socket: it watches the signal, turns each commit into at
 * most one message for each protocol, keeps the history that resuming needs, and hands messages to its
 * subscribers. A hub has one for each shared signal, a peer one for each signal of its own.
 *
 * A subscriber is anything that takes messages: the deliver function is called with one message at a
 * time, in order. Subscribing hands over the snapshot (or what resuming gives) in the same step, so that
 * no commit is missed and none comes twice. */
typedef struct _SsFeed SsFeed;
typedef struct _SsSubscription SsSubscription;

typedef void (*SsDeliverFunc) (SsMessage *message, gpointer user_data);

SsFeed         *ss_feed_new            (ServerSignal *signal, gsize history_bytes);
void            ss_feed_free           (SsFeed *self);             /* ends all subscriptions */
ServerSignal   *ss_feed_get_signal     (SsFeed *self);
gboolean        ss_feed_is_ready       (SsFeed *self);             /* FALSE: a replica before its first data; it is not published */
/* Called once when the feed becomes ready, if it was not from the start. */
void            ss_feed_set_ready_func (SsFeed *self, void (*func) (SsFeed *feed, gpointer user_data), gpointer user_data);
guint64         ss_feed_get_commits    (SsFeed *self);

/* plain: frames of the plain protocol. epoch and rev: what the subscriber holds already (NULL: nothing). max: the
 * largest message that it takes in bytes, 0 for SS_FRAME_BYTES. NULL and an error when the snapshot is larger
 * (LIMIT: "too-large") or the feed's own copy is behind rev (NOT_CURRENT: "behind"). */
SsSubscription *ss_feed_subscribe      (SsFeed *self, gboolean plain, const char *epoch, gboolean has_rev, guint64 rev,
                                        guint64 max, SsDeliverFunc deliver, gpointer user_data, GError **error);
/* Ends it; nothing is delivered afterwards. Safe within deliver, and after the feed is gone. */
void            ss_subscription_free   (SsSubscription *self);
/* NULL once the feed is gone. */
SsFeed         *ss_subscription_get_feed (SsSubscription *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsFeed, ss_feed_free)

G_END_DECLS
