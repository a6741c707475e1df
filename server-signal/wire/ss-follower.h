/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "signal/server-signal-private.h"
#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* The receiving end of one signal, without any socket: it takes the decoded frames of one name, applies them to
 * the replica, and says what has to happen next. Knows both protocols. */
typedef struct _SsFollower SsFollower;

typedef enum
{
  SS_FOLLOW_OK,         /* applied, confirmed, or rightly ignored */
  SS_FOLLOW_SUBSCRIBE,  /* v1: ask for a snapshot (subscribe without epoch), once; further updates are ignored until it comes */
  SS_FOLLOW_RECONNECT,  /* plain: the document is lost; connect again, with back-off */
} SsFollowResult;

SsFollower    *ss_follower_new        (const char *name, const SsValue *initial /* NULL: none */);
void           ss_follower_free       (SsFollower *self);
ServerSignal  *ss_follower_get_signal (SsFollower *self);          /* the replica, transfer none, the same for ever */
/* A connection was made or lost. A plain connection starts from the default again (silently: the replica stays as it
 * shows, stale, until the first frame, and then one commit takes it to what the patches on the default give). */
void           ss_follower_opened     (SsFollower *self, gboolean plain);
void           ss_follower_lost       (SsFollower *self);
/* What to send to follow on: the subscribe message with epoch and revision when they are held. v1 only. */
SsMessage     *ss_follower_subscribe  (SsFollower *self, guint64 max);
SsFollowResult ss_follower_take       (SsFollower *self, SsFrame *frame, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsFollower, ss_follower_free)

G_END_DECLS
