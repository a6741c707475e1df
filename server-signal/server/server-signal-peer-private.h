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
  void    (*closed) (ServerSignalPeer *self, gpointer user_data);
  /* As that of SsSessionFuncs. */
  SsAsked (*ask)    (ServerSignalPeer *self, SsFrame *question, gpointer user_data);
  /* Has a word with ss_peer_show() on each signal that is shared. */
  void    (*review) (ServerSignalPeer *self, gpointer user_data);
  /* See SsSessionFuncs. The peer is referenced during the call. */
  SsCallState (*get_call) (ServerSignalPeer *self, guint64 id, gpointer user_data);
  void    (*call)   (ServerSignalPeer *self, SsFrame *frame, gpointer user_data);
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
/* FALSE: the connection is over, or its end has begun because the hub has gone. */
gboolean          ss_peer_is_served      (ServerSignalPeer *self);
/* A shared signal came or went. quiet: only a peer that wants it is told. */
void              ss_peer_shared_changed (ServerSignalPeer *self, const char *name, guint slot,
                                          gboolean published, gboolean quiet);
/* Whether the peer may see the shared signal, by the last word of the hub. */
gboolean          ss_peer_sees           (ServerSignalPeer *self, ServerSignal *signal);
/* TRUE: it may not see some of them. */
gboolean          ss_peer_is_blind       (ServerSignalPeer *self);
/* The hub's word, on a signal that is published: the peer is told when it is another one than before,
 * which was yes. To the peer a signal that it may not see is not there. */
void              ss_peer_show           (ServerSignalPeer *self, ServerSignal *signal, gboolean shown);
/* A signal is to be published, and the hub has no word on it yet: the peer is not told. */
void              ss_peer_hide_new       (ServerSignalPeer *self, guint slot);
/* The same for a signal that was made on demand, which nobody may see without that. */
void              ss_peer_grant          (ServerSignalPeer *self, ServerSignal *signal, gboolean granted);
/* The documents of shared signals came through other hubs than before. */
void              ss_peer_via_changed    (ServerSignalPeer *self);
/* The core has other ones. */
void              ss_peer_limits_changed (ServerSignalPeer *self);
/* Ends it without a closing handshake. */
void              ss_peer_cut            (ServerSignalPeer *self);
/* The owner goes, and is not called any more. The peer, which is being closed, keeps itself until its
 * connection is over. */
void              ss_peer_disown         (ServerSignalPeer *self);
/* The same of a name that stands for something now. */
void              ss_peer_announce       (ServerSignalPeer *self, const char *name, gboolean quiet);
/* Of the name of a question that has been asked before: there is a signal now. */
void              ss_peer_answer         (ServerSignalPeer *self, SsFrame *question);
/* That a name is there, or unknown. */
void              ss_peer_tell           (ServerSignalPeer *self, const char *name, gboolean added);
SsAsker          *ss_peer_get_asker      (ServerSignalPeer *self);
/* Whether the name stands for a signal with data that the peer may see. */
gboolean          ss_peer_has            (ServerSignalPeer *self, const char *name);
/* The signal that the peer sees under that name, or NULL. */
ServerSignal     *ss_peer_find_signal    (ServerSignalPeer *self, const char *name);
/* Also one without data. */
ServerSignal     *ss_peer_lookup_own     (ServerSignalPeer *self, const char *name);
SsLink           *ss_peer_get_link       (ServerSignalPeer *self);
SsBeat           *ss_peer_get_beat       (ServerSignalPeer *self);
/* The owner's place for it in its list. */
GSequenceIter   **ss_peer_get_place      (ServerSignalPeer *self);
/* The owner's calls of it, or NULL. */
gpointer         *ss_peer_get_calls      (ServerSignalPeer *self);
SsSession        *ss_peer_get_session    (ServerSignalPeer *self);

G_END_DECLS
