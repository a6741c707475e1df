/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "server-signal-peer.h"
#include "transport/ss-link.h"

G_BEGIN_DECLS

/* A client that asks by HTTP: with GET for documents as they are, `application/json`, or for a stream
 * of frames, `text/event-stream`. To the hub it is a peer like any other: the link asks for signals
 * in its place, in frames of server-signal.v1, and turns the answers into an answer of HTTP.
 *
 * The query says which signals, see ss_http_link_new(). */

/* Whether the request is of this kind. */
gboolean  ss_http_link_is_asked (SoupServerMessage *message);
/* `name=N`, which may come more than once, is a signal; without it all are meant that the hello names
 * and, for a stream, those that are added. `pointer=P` is the part of the one signal that is answered.
 * `since=E:R` behind a name is the state that the client holds, for a stream; for a stream of one
 * signal the header Last-Event-ID is the same. NULL and an answer on the message when the query makes
 * no sense. */
SsLink   *ss_http_link_new      (SoupServerMessage *message);
/* The peer that the link belongs to now; nothing for a link of another kind. */
void      ss_http_link_set_peer (SsLink            *link,
                                 ServerSignalPeer  *peer);

G_END_DECLS
