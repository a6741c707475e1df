/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "ss-message.h"

G_BEGIN_DECLS

/* One try of a client to reach its server, and the connection that results: an object for each try.
 * It knows HTTP and WebSockets, and nothing of signals. */
#define SS_TYPE_CONNECTION (ss_connection_get_type ())
G_DECLARE_FINAL_TYPE (SsConnection, ss_connection, SS, CONNECTION, GObject)

typedef struct
{
  /* The handshake is done; called once. plain: its answer does not say server-signal.v1. */
  void (*opened)  (SsConnection *connection, gboolean plain, gpointer user_data);
  /* A whole text message, valid UTF-8 and NUL-terminated. Only while the connection is open. */
  void (*message) (SsConnection *connection, const char *text, gsize length, gpointer user_data);
  /* Called once, and last, unless the connection was closed from this end. final: the server does
   * not want the client back. */
  void (*lost)    (SsConnection *connection, gboolean final, const GError *error,
                   gpointer user_data);
} SsConnectionFuncs;

typedef struct
{
  guint max_message;  /* bytes; not 0 */
  guint timeout;      /* milliseconds until ss_connection_settled(); not 0 */
  guint max_document; /* bytes; 0: as max_message */
  guint keepalive;    /* milliseconds between pings, rounded up to seconds; 0: none */
} SsConnectionLimits;

/* funcs must outlive the connection. Everything happens in context. */
SsConnection *ss_connection_new     (GMainContext *context, const SsConnectionFuncs *funcs,
                                     gpointer user_data);
/* Calls nothing back before it returns. FALSE: the URI is not one of a WebSocket
 * (G_IO_ERROR_INVALID_ARGUMENT). */
gboolean      ss_connection_open    (SsConnection *self, SoupSession *session, const char *uri,
                                     const SsConnectionLimits *limits, GError **error);
/* Ends the timeout: the server has sent the frame that it must send first. */
void          ss_connection_settled (SsConnection *self);
/* Asks the other end whether it is still there, as ss_liveness_probe() does; nothing happens while
 * the connection is not open. */
void          ss_connection_probe   (SsConnection *self);
void          ss_connection_send    (SsConnection *self, SsMessage *message);
/* Gives the connection up, from any state: nothing is called back any more. An open one is closed
 * with the code, and frees itself when that is done. */
void          ss_connection_close   (SsConnection *self, gushort code);
/* For lost(): the time for which the server wants no other try, in milliseconds; 0: none. */
guint         ss_connection_get_retry_after (SsConnection *self);
/* For lost(): the server does not take the client's credentials, or takes them no longer. */
gboolean      ss_connection_is_unauthorized (SsConnection *self);

G_END_DECLS
