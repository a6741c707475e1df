/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-backoff.h"
#include "ss-connection.h"

G_BEGIN_DECLS

/* Keeps a client connected: dials, and after every loss waits and dials again, until it is hung up
 * or the server does not want it back. */
typedef struct _SsDialer SsDialer;

/* Read for each try. */
typedef struct
{
  char               *uri;
  SoupSession        *session;
  SsConnectionLimits  limits;
  SsBackoff           backoff;
} SsDialerTarget;

/* Each of these may call any function of the dialer's, or free it. */
typedef struct
{
  void (*dialing) (gpointer user_data);
  void (*opened)  (gboolean plain, gpointer user_data);
  void (*message) (const char *text, gsize length, gpointer user_data);
  /* final: there will be no other try. */
  void (*lost)    (gboolean final, const GError *error, gpointer user_data);
} SsDialerFuncs;

/* target and funcs must stay. */
SsDialer *ss_dialer_new        (GMainContext *context, SsDialerTarget *target,
                                const SsDialerFuncs *funcs,
                                gpointer user_data);
void      ss_dialer_free       (SsDialer *self);
/* Now, whether it waits or is idle. Not while there is a connection. */
void      ss_dialer_dial       (SsDialer *self);
/* Ends what there is, and is idle; nothing is called back. */
void      ss_dialer_hang_up    (SsDialer *self, gushort code);
/* What the server sent cannot be used: the connection is lost from this end. */
void      ss_dialer_give_up    (SsDialer *self, const GError *error);
/* The server has said what it must say first. */
void      ss_dialer_settled    (SsDialer *self);
void      ss_dialer_send       (SsDialer *self, SsMessage *message);
/* Another number for each connection. */
guint     ss_dialer_get_serial (SsDialer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsDialer, ss_dialer_free)

G_END_DECLS
