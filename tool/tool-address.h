/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An address to listen at, as server_signal_hub_listen() takes it. */
typedef struct
{
  char    *host;     /* or unix:… or systemd:… */
  guint16  port;
  gboolean has_port;
} ToolAddress;

/* ADDRESS:PORT, :PORT, PORT, unix:… or systemd:… */
ToolAddress *tool_address_parse     (const char   *text,
                                     GError      **error);
void         tool_address_free      (ToolAddress  *self);
/* A link for people to the page of a hub that listens there, or to its WebSocket. Where that is all
 * addresses it has one at which other machines reach this one. */
char        *tool_address_make_link (ToolAddress  *self,
                                     const char   *uri,
                                     gboolean      has_page,
                                     const char   *token);
/* Whether it can be one of ServerSignalHub:allowed-origins. */
gboolean     tool_origin_check      (const char   *origin,
                                     GError      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToolAddress, tool_address_free)

G_END_DECLS
