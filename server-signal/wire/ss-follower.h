/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "signal/server-signal-private.h"
#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* The receiving end of one signal, without any socket: it takes the decoded frames of one name,
 * applies them to the replica, and says what has to happen next. Knows both protocols.
 *
 * The replica's handlers run within ss_follower_take(), and may call anything here,
 * ss_follower_free() too. */
typedef struct _SsFollower SsFollower;

typedef enum
{
  SS_FOLLOW_OK,         /* applied, confirmed, or rightly ignored */
  /* v1: send ss_follower_subscribe(), once. After a gap or a patch that does not apply it asks for
   * a snapshot (no epoch), and further updates are ignored until it comes. */
  SS_FOLLOW_SUBSCRIBE,
  /* plain: the document is lost; v1: the snapshot that was asked for is no good. Connect again,
   * with back-off; whatever else comes on this connection is ignored. */
  SS_FOLLOW_RECONNECT,
} SsFollowResult;

SsFollower    *ss_follower_new        (const char *name, const SsValue *initial /* NULL: none */);
void           ss_follower_free       (SsFollower *self);          /* the replica goes stale */
/* The replica, transfer none, the same for ever. */
ServerSignal  *ss_follower_get_signal (SsFollower *self);
/* The largest document that is followed, in bytes of JSON text; G_MAXUINT64, as it is at first: any.
 * A frame that would make a larger one is not applied, and only another connection helps. */
void           ss_follower_set_max    (SsFollower *self, guint64 max);
/* A connection was made or lost. A plain connection starts from the default again (silently: the
 * replica stays as it shows, stale, until the first frame, and then one commit takes it to what
 * the patches on the default give). */
void           ss_follower_opened     (SsFollower *self, gboolean plain);
void           ss_follower_lost       (SsFollower *self);
/* v1: the other end says that nobody vouches for its copy, or that somebody does again. since: the
 * monotonic time at which it knew its copy to be current, 0: it does not say. */
void           ss_follower_set_disowned (SsFollower *self, gboolean disowned, gint64 since);
/* v1: the subscription ended and the connection did not ("removed"). */
void           ss_follower_unsubscribed (SsFollower *self);
/* The message to send to follow on: subscribe, with epoch and revision when they are held.
 * v1 only. */
SsMessage     *ss_follower_subscribe  (SsFollower *self, guint64 max);
/* Updates and snapshots of this name; every other frame is ignored. error is set with any result
 * but SS_FOLLOW_OK. A snapshot that is older than what the replica shows, of the same life, is not
 * shown: the replica waits, stale, until the updates that follow have caught up. */
SsFollowResult ss_follower_take       (SsFollower *self, SsFrame *frame, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsFollower, ss_follower_free)

G_END_DECLS
