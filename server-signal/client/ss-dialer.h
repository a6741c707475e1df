/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-backoff.h"
#include "ss-connection.h"

G_BEGIN_DECLS

/* Keeps a client connected: dials, and after every loss waits and dials again, until it hangs up or
 * the server does not want the client back. */
typedef struct _SsDialer SsDialer;

/* The dialer reads these for each try. */
typedef struct
{
  char               *uri;
  SoupSession        *session;
  SsConnectionLimits  limits;
  SsBackoff           backoff;
} SsDialerTarget;

/* Each of these may call any function of the dialer, or free it. */
typedef struct
{
  void (*dialing) (gpointer user_data);
  void (*opened)  (gboolean plain, gpointer user_data);
  void (*message) (const char *text, gsize length, gpointer user_data);
  /* final: there will be no other try. */
  void (*lost)    (gboolean final, const GError *error, gpointer user_data);
  /* The server does not take the credentials. The connection is gone, and lost() follows with
   * ss_dialer_answer(). attempt: how often this came in a row, 1 at first; no more than
   * SS_UNAUTHORIZED_TRIES. */
  void (*unauthorized) (guint attempt, const GError *error, gpointer user_data);
} SsDialerFuncs;

/* target and funcs must outlive the dialer. */
SsDialer *ss_dialer_new        (GMainContext *context, SsDialerTarget *target,
                                const SsDialerFuncs *funcs,
                                gpointer user_data);
void      ss_dialer_free       (SsDialer *self);
/* Dials now, whether it was waiting or idle. Not allowed while there is a connection. */
void      ss_dialer_dial       (SsDialer *self);
/* Ends the connection or the wait; nothing is called back. */
void      ss_dialer_hang_up    (SsDialer *self, gushort code);
/* Loses the connection from this end, because the server sent something that cannot be used. */
void      ss_dialer_give_up    (SsDialer *self, const GError *error);
/* The server has sent the frame that it must send first. */
void      ss_dialer_settled    (SsDialer *self);
/* To unauthorized(), unless the dialer has been hung up since: whether to dial again at once. */
void      ss_dialer_answer     (SsDialer *self, gboolean again);
void      ss_dialer_send       (SsDialer *self, SsMessage *message);
/* A number that changes with each connection. */
guint     ss_dialer_get_serial (SsDialer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsDialer, ss_dialer_free)

G_END_DECLS
