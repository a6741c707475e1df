/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "libserver-signal.h"

G_BEGIN_DECLS

/* The calls of the model test. A Clerk is the server's side: it writes to signals, and answers, now or later, with
 * the revision that it has made. An Asker is a client's: it asks at random, and checks of each answer that the
 * replica has at least that revision; and the clerk checks that nothing is done twice. */
typedef struct _Clerk Clerk;
typedef struct _Asker Asker;

typedef struct
{
  guint n_asked;
  guint n_answered;
  guint n_failed;    /* with an error of the server's */
  guint n_closed;    /* nobody knows whether they were done */
  guint n_checked;   /* answers whose revision a current replica had */
} CallCounts;

/* A signal to write to, that all clients see; NULL: none. Transfer none. */
typedef ServerSignal *(*ClerkPick) (gpointer user_data);
/* The replica that a client shows as current under that name, with nothing lost on its way; NULL: none. */
typedef ServerSignal *(*AskerFind) (const char *name, gpointer user_data);

/* Whether a connection from that port is a client's own: the network repeats what clients say on others, which
 * does things twice that no client has asked for twice. */
typedef gboolean (*ClerkIsClient) (GInetSocketAddress *address);
void     clerk_set_is_client (ClerkIsClient func);
Clerk   *clerk_new        (ClerkPick pick, gpointer user_data);
void     clerk_free       (Clerk *self);
void     clerk_serve      (Clerk *self, ServerSignalHub *hub);
/* The hub goes. */
void     clerk_leave      (Clerk *self);
/* Answers one of those that wait, perhaps. */
void     clerk_step       (Clerk *self);
/* Answers all, and from now on at once, until the next step. */
void     clerk_finish     (Clerk *self);

Asker   *asker_new        (ServerSignalClient *client, AskerFind find, gpointer user_data, CallCounts *counts);
/* find() is not called any more. */
void     asker_free       (Asker *self);
void     asker_ask        (Asker *self);
gboolean asker_is_waiting (Asker *self);

G_END_DECLS
