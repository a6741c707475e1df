/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "ss-link-private.h"

G_BEGIN_DECLS

/* The part that links over a SoupWebsocketConnection share: libsoup speaks the protocol, and what
 * it reports is passed on. */

#define SS_TYPE_WEBSOCKET_LINK (ss_websocket_link_get_type ())
G_DECLARE_DERIVABLE_TYPE (SsWebsocketLink, ss_websocket_link, SS, WEBSOCKET_LINK, SsLink)

struct _SsWebsocketLinkClass
{
  SsLinkClass parent_class;

  /* libsoup has found a fault, and goes on to close the connection. */
  void (*failed) (SsWebsocketLink *self, const GError *error);
};

/* Once, while the link is being made. */
void                     ss_websocket_link_set_connection   (SsWebsocketLink         *self,
                                                             SoupWebsocketConnection *connection);
SoupWebsocketConnection *ss_websocket_link_get_connection   (SsWebsocketLink         *self);
/* For dispose: gives the reference, and hears no more of it. NULL: there is none. */
SoupWebsocketConnection *ss_websocket_link_steal_connection (SsWebsocketLink         *self);
/* Neither closed nor closing. */
gboolean                 ss_websocket_link_is_connected     (SsWebsocketLink         *self);
/* Begins the closing handshake while it is connected, with as much of the reason as there is room
 * for. */
void                     ss_websocket_link_begin_closing    (SsWebsocketLink         *self,
                                                             gushort                  code,
                                                             const char              *reason);

G_END_DECLS
