/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Bounds one incoming message of a WebSocket, however many fragments it comes in. libsoup's own
 * limit is on a fragment, and before libsoup 3.8 nothing limits their sum; their number is never
 * limited, which here is SS_MESSAGE_FRAGMENTS, and one more for each SS_FRAGMENT_BYTES of the message.
 * An extension sees every frame that comes in, so one that is never negotiated and changes nothing can
 * count them, and end a flood early, with SOUP_WEBSOCKET_CLOSE_TOO_BIG. */

#define SS_TYPE_MESSAGE_LIMIT (ss_message_limit_get_type ())
G_DECLARE_FINAL_TYPE (SsMessageLimit, ss_message_limit, SS, MESSAGE_LIMIT, SoupWebsocketExtension)

/* A frame came that carries no message. FALSE, with an error, ends the connection. */
typedef gboolean (*SsControlFunc) (gpointer user_data, GError **error);

SsMessageLimit *ss_message_limit_new              (guint64                  max_bytes);
void            ss_message_limit_set_max_bytes    (SsMessageLimit          *self,
                                                   guint64                  max_bytes);
/* Calls func for each such frame before libsoup answers it; NULL: no longer. */
void            ss_message_limit_set_control_func (SsMessageLimit          *self,
                                                   SsControlFunc            func,
                                                   gpointer                 user_data,
                                                   GDestroyNotify           destroy);
/* For a connection that somebody else has made; again when the limit changes. max_bytes: never
 * 0. */
void            ss_message_limit_apply            (SoupWebsocketConnection *connection,
                                                   guint64                  max_bytes);

G_END_DECLS
