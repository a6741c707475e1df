/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "ss-link.h"

G_BEGIN_DECLS

/* A WebSocket at exactly one path of a SoupServer, which may be the application's and is not
 * altered beyond that. The handshake is our own, in an ordinary request handler: it takes no
 * extension, and it takes server-signal.v1 when that is offered and otherwise none of what is. */
typedef struct _SsHandler SsHandler;

typedef struct
{
  /* Before the handshake is answered: SOUP_STATUS_NONE lets it in, anything else is the answer. Its
   * headers, reason and body are those that are on the message by then, or else our own. loopback:
   * the request came through a port, and no port of the server can be reached from other
   * machines. */
  SoupStatus (*admit) (SoupServerMessage *message, gboolean loopback, gpointer user_data);
  /* A request for any other path, on a server of our own: SOUP_STATUS_NONE where it is answered, or
   * will be; anything else is the answer, as above. */
  SoupStatus (*request) (SoupServerMessage *message, const char *path, gboolean loopback,
                         gpointer user_data);
  /* After the handshake. */
  void       (*enter) (SoupServerMessage *message, SsLink *link, gpointer user_data);
} SsHandlerFuncs;

SsHandler  *ss_handler_new        (SoupServer           *server,
                                   const char           *path,
                                   const SsHandlerFuncs *funcs,
                                   gpointer              user_data);
/* For a server of our own, where nothing else is: it answers every path, and all but one or two with
 * 404. */
SsHandler  *ss_handler_new_alone  (SoupServer           *server,
                                   const char           *path,
                                   const SsHandlerFuncs *funcs,
                                   gpointer              user_data);
/* The path that answers 200 to GET and HEAD, of a server of our own; NULL: none. */
void        ss_handler_set_health_path (SsHandler *self, const char *path);
/* Takes it off the server and frees it; no function is called afterwards. */
void        ss_handler_close      (SsHandler *self);
/* NULL where the server has no port, or has dropped the handler. */
char       *ss_handler_dup_uri    (SsHandler *self);

/* "ws" or "wss", a host that is not bracketed, and a path that is not escaped. The address of all
 * interfaces becomes that of loopback. */
char       *ss_build_uri          (const char *scheme, const char *host, int port, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsHandler, ss_handler_close)

G_END_DECLS
