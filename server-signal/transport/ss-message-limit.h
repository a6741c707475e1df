/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Bounds one incoming message of a WebSocket, however many fragments it comes in. libsoup's own
 * limit is on a fragment, and before libsoup 3.8 nothing limits their sum; their number is never
 * limited. An extension sees every frame that comes in, so one that is never negotiated and changes
 * nothing can count them, and end a flood early, with SOUP_WEBSOCKET_CLOSE_TOO_BIG. */

#define SS_TYPE_MESSAGE_LIMIT (ss_message_limit_get_type ())
G_DECLARE_FINAL_TYPE (SsMessageLimit, ss_message_limit, SS, MESSAGE_LIMIT, SoupWebsocketExtension)

/* max_fragments 0: any number. */
SsMessageLimit *ss_message_limit_new           (guint64                  max_bytes,
                                                guint                    max_fragments);
void            ss_message_limit_set_max_bytes (SsMessageLimit          *self,
                                                guint64                  max_bytes);
/* Calls func for each frame that comes in and carries no message, before libsoup answers it; NULL:
 * no longer. */
void            ss_message_limit_set_control_func (SsMessageLimit       *self,
                                                   void                (*func) (gpointer user_data),
                                                   gpointer              user_data);
/* For a connection that libsoup's client has made, in as many fragments as the server likes.
 * max_bytes: never 0. */
void            ss_message_limit_apply         (SoupWebsocketConnection *connection,
                                                guint64                  max_bytes);

G_END_DECLS
