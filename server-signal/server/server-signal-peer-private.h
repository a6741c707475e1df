/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-hub.h"
#include "server-signal-peer.h"
#include "ss-keepalive.h"
#include "transport/ss-link.h"

G_BEGIN_DECLS

/* The hub's side of its peers. */

ServerSignalPeer *ss_peer_new            (ServerSignalHub *hub, SsLink *link);
/* Begins to talk, once the application has had its say in "peer-added". */
void              ss_peer_start          (ServerSignalPeer *self);
/* A shared signal came or went. */
void              ss_peer_shared_changed (ServerSignalPeer *self, const char *name, gboolean published);
/* Ends it without a closing handshake. */
void              ss_peer_cut            (ServerSignalPeer *self);
/* The hub is going away and must not be called any more. */
void              ss_peer_forget_hub     (ServerSignalPeer *self);
SsLink           *ss_peer_get_link       (ServerSignalPeer *self);
SsBeat           *ss_peer_get_beat       (ServerSignalPeer *self);
GSequenceIter    *ss_peer_get_place      (ServerSignalPeer *self);
void              ss_peer_set_place      (ServerSignalPeer *self, GSequenceIter *place);

G_END_DECLS
