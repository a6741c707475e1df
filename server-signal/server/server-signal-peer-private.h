/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-peer.h"
#include "ss-hub-core.h"
#include "ss-keepalive.h"
#include "ss-session.h"
#include "transport/ss-link.h"

G_BEGIN_DECLS

/* The hub's side of its peers. */

typedef struct
{
  /* The connection is over. Once, and not after ss_peer_disown(). The peer is referenced during the
   * call, in which its owner may drop it. */
  void (*closed) (ServerSignalPeer *self, gpointer user_data);
  /* See SsSessionFuncs. The peer is referenced during the call. */
  SsCallState (*get_call) (ServerSignalPeer *self, guint64 id, gpointer user_data);
  void (*call)   (ServerSignalPeer *self, SsFrame *frame, gpointer user_data);
} SsPeerFuncs;

/* handshake, user: or NULL. funcs and user_data must stay until closed() was called or the peer is
 * disowned. */
ServerSignalPeer *ss_peer_new            (SsHubCore             *core,
                                          SsLink                *link,
                                          ServerSignalHandshake *handshake,
                                          const char            *user,
                                          const SsPeerFuncs     *funcs,
                                          gpointer               user_data);
/* Begins to talk, once the application has had its say in "peer-added". */
void              ss_peer_start          (ServerSignalPeer *self);
/* A shared signal came or went. */
void              ss_peer_shared_changed (ServerSignalPeer *self, const char *name, gboolean published);
/* The core has other ones. */
void              ss_peer_limits_changed (ServerSignalPeer *self);
/* Ends it without a closing handshake. */
void              ss_peer_cut            (ServerSignalPeer *self);
/* The owner goes, and is not called any more. The peer, which is being closed, keeps itself until its
 * connection is over. */
void              ss_peer_disown         (ServerSignalPeer *self);
SsLink           *ss_peer_get_link       (ServerSignalPeer *self);
SsBeat           *ss_peer_get_beat       (ServerSignalPeer *self);
/* The owner's place for it in its list. */
GSequenceIter   **ss_peer_get_place      (ServerSignalPeer *self);
/* The owner's calls of it, or NULL. */
gpointer         *ss_peer_get_calls      (ServerSignalPeer *self);
SsSession        *ss_peer_get_session    (ServerSignalPeer *self);

G_END_DECLS
