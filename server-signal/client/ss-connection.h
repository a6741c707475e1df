/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

#include "wire/ss-message.h"

G_BEGIN_DECLS

/* One try of a client to talk to its server, and the connection that comes of it: made once, used
 * once. It knows HTTP and WebSockets, and nothing of signals. */
#define SS_TYPE_CONNECTION (ss_connection_get_type ())
G_DECLARE_FINAL_TYPE (SsConnection, ss_connection, SS, CONNECTION, GObject)

typedef struct
{
  /* Once: the handshake is done. plain: its answer does not say server-signal.v1. */
  void (*opened)  (SsConnection *connection, gboolean plain, gpointer user_data);
  /* A whole text message, valid UTF-8 and NUL-terminated, only while the connection is open. */
  void (*message) (SsConnection *connection, const char *text, gsize length, gpointer user_data);
  /* Once and last, unless it was closed from this end. final: the server does not want us back. */
  void (*lost)    (SsConnection *connection, gboolean final, const GError *error,
                   gpointer user_data);
} SsConnectionFuncs;

typedef struct
{
  guint max_message;  /* bytes; not 0 */
  guint timeout;      /* milliseconds until ss_connection_settled(); not 0 */
  guint keepalive;    /* seconds between pings; 0: none */
} SsConnectionLimits;

/* funcs must stay. All happens in context. */
SsConnection *ss_connection_new     (GMainContext *context, const SsConnectionFuncs *funcs,
                                     gpointer user_data);
/* Calls nothing back before it returns. FALSE: the URI is none that can be connected to
 * (G_IO_ERROR_INVALID_ARGUMENT). */
gboolean      ss_connection_open    (SsConnection *self, SoupSession *session, const char *uri,
                                     const SsConnectionLimits *limits, GError **error);
/* The other end said what it had to say first: the timeout is over. */
void          ss_connection_settled (SsConnection *self);
/* Asks the other end whether it is still there, as ss_liveness_probe() does; nothing happens while
 * the connection is not open. */
void          ss_connection_probe   (SsConnection *self);
void          ss_connection_send    (SsConnection *self, SsMessage *message);
/* Gives it up, from any state: nothing is called back any more. An open connection is closed with
 * the code, and goes away by itself. */
void          ss_connection_close   (SsConnection *self, gushort code);
/* The time for which the server wants no other try (RFC 9110, section 10.2.3), in milliseconds; 0:
 * it does not say. When it is lost. */
guint         ss_connection_get_retry_after (SsConnection *self);

G_END_DECLS
