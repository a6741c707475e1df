/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "signal/server-signal-private.h"
#include "ss-message.h"
#include "ss-protocol.h"

G_BEGIN_DECLS

/* The sending end of one signal, without any socket: it watches the signal, turns each commit
 * into at most one message for each protocol, keeps the history that resuming needs, and hands
 * messages to its subscribers. A hub has one for each shared signal, a peer one for each signal
 * of its own.
 *
 * A subscriber is anything that takes messages: the deliver function is called with one message
 * at a time, in order. Subscribing hands over the snapshot (or what resuming gives) in the same
 * step, so that no commit is missed and none comes twice.
 *
 * A deliver function may do anything: free subscriptions (its own too), subscribe, write to the
 * signal, free the feed. It is never called again from within itself: what a subscriber causes
 * while it is taking a message comes after that one. */
typedef struct _SsFeed SsFeed;
typedef struct _SsSubscription SsSubscription;

typedef void (*SsFeedFunc) (SsFeed *feed, gpointer user_data);
typedef void (*SsDeliverFunc) (SsMessage *message, gpointer user_data);

SsFeed         *ss_feed_new            (ServerSignal *signal, gsize history_bytes);
void            ss_feed_free           (SsFeed *self);             /* ends all subscriptions */
/* The signal that is followed, which is ss_signal_get_published() of the one that it was made for. */
ServerSignal   *ss_feed_get_signal     (SsFeed *self);
/* FALSE: a replica before its first data; it is not published. */
gboolean        ss_feed_is_ready       (SsFeed *self);
/* Called once when the feed becomes ready, if it was not from the start. */
void            ss_feed_set_ready_func (SsFeed *self, SsFeedFunc func, gpointer user_data);
/* Adds to the counter, which must stay as long as the feed, how many commits subscribers did not
 * get by themselves but together with later ones, for each subscriber. */
void            ss_feed_count_merged   (SsFeed *self, guint64 *counter);
/* A corked feed collects commits; when it is let go, each subscriber gets what came meanwhile as
 * one message. A hub that flushes at intervals corks its feeds between. Subscribing is answered
 * at once all the same. */
void            ss_feed_set_corked     (SsFeed *self, gboolean corked);

/* epoch and rev: the state that the subscriber has already (NULL: none). max: the largest message
 * that it takes, in bytes, 0 for SS_FRAME_BYTES. NULL and an error when the snapshot is larger (LIMIT:
 * "too-large"), or the feed's own copy is behind rev, may be because it is of another life and nobody
 * vouches for it, or is not ready (NOT_CURRENT: "behind"). */
SsSubscription *ss_feed_subscribe      (SsFeed *self, SsProtocol protocol, const char *epoch,
                                        gboolean has_rev, guint64 rev, guint64 max,
                                        SsDeliverFunc deliver, gpointer user_data, GError **error);
/* The same, held from the start, see below: what the subscriber gets first it gets when it is let
 * go, as things are then. Whether it takes a message so large is known only then, too. */
SsSubscription *ss_feed_subscribe_held (SsFeed *self, SsProtocol protocol, const char *epoch,
                                        gboolean has_rev, guint64 rev, guint64 max,
                                        SsDeliverFunc deliver, gpointer user_data, GError **error);
/* Ends it; nothing is delivered afterwards. Safe within deliver, and after the feed is gone. */
void            ss_subscription_free   (SsSubscription *self);
/* v1: the subscriber is told as well when the signal becomes stale, before anything that is sent of it
 * then, and when somebody vouches for it again, after what makes it current. */

/* Whether the subscriber was told that the signal is stale, and not yet that it no longer is. */
gboolean        ss_subscription_is_disowned  (SsSubscription *self);
/* It was, by a subscription before this one. */
void            ss_subscription_set_disowned (SsSubscription *self);
/* NULL: the feed has gone. */
ServerSignal   *ss_subscription_get_signal   (SsSubscription *self);
/* How many commits it did not get by themselves but together with later ones. */
guint           ss_subscription_get_merged   (SsSubscription *self);
/* The epoch that was delivered last; NULL: none, or another one is to follow. */
const char     *ss_subscription_get_epoch (SsSubscription *self);

/* A held subscription is sent nothing. When it is let go it gets what it missed as one message:
 * the patches joined, or the snapshot where the history does not reach or the snapshot is
 * smaller. So a slow reader costs no more than what waits for it already, and misses only states
 * between. */
void            ss_subscription_set_held (SsSubscription *self, gboolean held);

/* Gives the subscriber what it has not got, though the feed is corked; not while it is held. */
void            ss_subscription_catch_up (SsSubscription *self);

/* Called once, in place of a message, when what would have to be sent next is larger than max,
 * as an update and as a snapshot (LIMIT: "too-large"). The subscription has ended then: nothing
 * more comes, and its owner tells the other end and frees it, at once or later. If it has ended
 * already, func is called at once. */
typedef void (*SsEndFunc) (const GError *error, gpointer user_data);
void            ss_subscription_set_end_func (SsSubscription *self, SsEndFunc func);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsFeed, ss_feed_free)

G_END_DECLS
