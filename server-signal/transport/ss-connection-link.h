/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "ss-link.h"

G_BEGIN_DECLS

/* The link of accept: a WebSocket connection that the caller has made, whose extensions are the
 * caller's too. Messages leave through libsoup's own queue, and nobody can tell what waits
 * there. */

SsLink *ss_connection_link_new (SoupWebsocketConnection *connection);

G_END_DECLS
