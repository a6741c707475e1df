/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "ss-admission.h"
#include "ss-link.h"

G_BEGIN_DECLS

/* A WebSocket at exactly one path of a SoupServer, which may be the application's and is not
 * altered beyond that. The handshake is our own, in an ordinary request handler: it takes no
 * extension, and it takes server-signal.v1 when that is offered and otherwise none of what is. */
typedef struct _SsHandler SsHandler;

typedef struct
{
  /* Before the handshake is answered, which it is with ss_admission_answer(): now, or later when the
   * owner keeps a reference. The headers, reason and body of a refusal are those that are on the
   * message by then, or else our own. */
  void (*admit) (SsAdmission *admission, gpointer user_data);
  /* A request for any other path, on a server of our own, or for a path of a folder:
   * SOUP_STATUS_NONE where it is answered, or will be; anything else is the answer, as above. It comes
   * with any method, and of others than GET and HEAD the body is thrown away.
   * loopback: see ss_admission_is_loopback(). */
  SoupStatus (*request) (SsHandler *handler, SoupServerMessage *message, const char *path,
                         gboolean loopback, gpointer user_data);
  /* A request at the path that is no WebSocket's. serves: whether the owner has a link for such a
   * one, which is admitted like a handshake then; serve: the link, which answers the message, or NULL
   * where the owner has answered it. */
  gboolean (*serves) (SoupServerMessage *message, gpointer user_data);
  SsLink *(*serve) (SoupServerMessage *message, gpointer user_data);
  /* After the handshake, or with the link of serve. */
  void (*enter) (SoupServerMessage *message, SsLink *link, gpointer user_data);
  /* The server is gone, or has another handler at the path: nothing comes any more. The owner may
   * close the handler here. NULL: the owner keeps the server. */
  void (*gone) (SsHandler *handler, gpointer user_data);
} SsHandlerFuncs;

SsHandler  *ss_handler_new        (SoupServer           *server,
                                   const char           *path,
                                   GMainContext         *context,
                                   const SsHandlerFuncs *funcs,
                                   gpointer              user_data);
/* For a server of our own, where nothing else is: it answers every path, and all but one or two with
 * 404. */
SsHandler  *ss_handler_new_alone  (SoupServer           *server,
                                   const char           *path,
                                   GMainContext         *context,
                                   const SsHandlerFuncs *funcs,
                                   gpointer              user_data);
/* No WebSocket, but a folder of a server that may be the application's: all paths below this one
 * are the owner's, who needs only request and gone then. */
SsHandler  *ss_handler_new_folder (SoupServer           *server,
                                   const char           *path,
                                   GMainContext         *context,
                                   const SsHandlerFuncs *funcs,
                                   gpointer              user_data);
/* Without a slash at its end for a folder. */
const char *ss_handler_get_path   (SsHandler            *self);
/* NULL where the server has dropped the handler. Transfer none. */
SoupServer *ss_handler_get_server (SsHandler            *self);
gboolean    ss_handler_is_folder  (SsHandler            *self);
/* The path that answers 200 to GET and HEAD, of a server of our own; NULL: none. */
void        ss_handler_set_health_path (SsHandler *self, const char *path);
/* How many may wait for the owner's answer: SS_HANDSHAKES unless set. */
void        ss_handler_set_max_waiting (SsHandler *self, guint n);
/* Takes it off the server and frees it; no function is called afterwards. Those that wait get
 * 503. */
void        ss_handler_close      (SsHandler *self);
/* NULL where the server has no port, or has dropped the handler, and for a folder. */
char       *ss_handler_dup_uri    (SsHandler *self);

/* "ws" or "wss", a host that is not bracketed, and a path that is not escaped. The address of all
 * interfaces becomes that of loopback. */
char       *ss_build_uri          (const char *scheme, const char *host, int port, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsHandler, ss_handler_close)

G_END_DECLS
