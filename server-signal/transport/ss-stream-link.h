/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "ss-link.h"

G_BEGIN_DECLS

#define SS_CLOSE_TRY_AGAIN 1013 /* of the registry of RFC 6455, 11.7 */

/* The link of listen and attach: libsoup's WebSocket connection over our own stream, so that
 * messages leave through a queue whose entries are references to what all peers share. */

/* Takes over the connection of a request whose handshake has been answered (in
 * "wrote-informational"). protocol NULL: none was agreed on. */
SsLink *ss_stream_link_new (SoupServerMessage *message,
                            const char        *protocol);

/* For a stream on which somebody else has answered it. Both its halves must be able to poll. */
gboolean        ss_stream_link_is_able        (GIOStream  *stream);
SsLink         *ss_stream_link_new_for_stream (GIOStream  *stream,
                                               const char *protocol);
/* Closes such a stream with this code instead. */
void            ss_stream_link_turn_away      (GIOStream  *stream,
                                               gushort     code);

G_END_DECLS
