/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-call-runs.h"
#include "ss-session.h"

G_BEGIN_DECLS

/* The calls that one peer waits for. */
typedef struct _SsPeerCalls SsPeerCalls;

/* Both run the application, which may do anything. */
typedef struct
{
  /* FALSE: the peer may not call the method. */
  gboolean (*allows) (ServerSignalPeer *peer, const char *method, gpointer user_data);
  /* FALSE: nobody has taken it. */
  gboolean (*handle) (ServerSignalPeer *peer, ServerSignalCall *call, gpointer user_data);
} SsPeerCallsFuncs;

/* The peer, whose session it is, is not referenced, and must be by the caller of take(). runs and user_data
 * must stay until the end. */
SsPeerCalls *ss_peer_calls_new        (ServerSignalPeer *peer, SsHubCore *core, SsCallRuns *runs,
                                       SsSession *session,
                                       const SsPeerCallsFuncs *funcs, gpointer user_data);
/* Those that are not answered yet. */
guint        ss_peer_calls_get_length (SsPeerCalls *self);
/* See SsSessionFuncs. */
SsCallState  ss_peer_calls_get_state  (SsPeerCalls *self, guint64 id);
void         ss_peer_calls_take       (SsPeerCalls *self, SsFrame *frame);
/* The connection is over, or the hub goes: nothing is answered any more, and self is gone for the
 * caller. cancel: calls that nobody waits for any more are cancelled, which runs the application. */
void         ss_peer_calls_end        (SsPeerCalls *self, gboolean cancel);

G_END_DECLS
