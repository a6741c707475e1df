/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "ss-link.h"

G_BEGIN_DECLS

/* The link of listen and attach: libsoup's WebSocket connection over our own stream, so that
 * messages leave through a queue whose entries are references to what all peers share. */

/* Takes over the connection of a request whose handshake has been answered (in
 * "wrote-informational"). protocol NULL: none was agreed on. */
SsLink *ss_stream_link_new (SoupServerMessage *message,
                            const char        *protocol);

G_END_DECLS
