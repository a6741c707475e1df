/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "libserver-signal.h"
#include "calls.h"
#include "model.h"
#include "proxy.h"

G_BEGIN_DECLS

/* A client that is watched in all that it shows, behind a proxy of its own. All that it shows must
 * be true: a revision that the server had, document and all, none older after a newer one in one
 * life; its replicas' patches lead from what was shown before to what is shown next; and it loses a
 * connection exactly when something was done to that connection. */
typedef struct _Watched Watched;

typedef struct
{
  guint n_cuts[2][2];    /* by way and end */
  guint n_mangles[3];
  guint n_shown;         /* revisions that replicas showed */
  guint n_connections;
  guint n_broken;        /* connections to which something was done that ends them */
  guint n_noticed;       /* … of which the client's state told */
  guint n_left;          /* … which the application left before that */
  guint n_owed;          /* updates lost or doubled on the way to a replica that was current */
  guint n_paid;          /* … of which it told by not being current */
  CallCounts calls;
} WatchedCounts;

/* edge: it only feeds a hub, see edge.h, and asks for every shared signal; the hub asks it for others. */
Watched    *watched_new         (Model *model, Truth *truth, gboolean plain, gboolean edge, WatchedCounts *counts);
void        watched_free        (Watched *self);
Proxy      *watched_get_proxy   (Watched *self);
/* Whether its client asks for it, which a plain one cannot: it has all that there is. */
gboolean    watched_asks        (Watched *self, const char *name);
ServerSignalClient *watched_get_client (Watched *self);
ServerSignal *watched_get_replica (Watched *self, const char *name);
/* From its next connection on it is behind the edge that this one feeds, or (NULL) at the server
 * itself. */
void        watched_set_feeder  (Watched *self, Watched *feeder, guint16 port);
Watched    *watched_get_feeder  (Watched *self);
/* The newest connection, or NULL. */
ProxyPipe  *watched_get_pipe    (Watched *self);
/* Whether nothing that it shows is called current, or could be: a plain client of an edge is not
 * told. */
gboolean    watched_is_stale    (Watched *self);
/* The origin is away, and all know: nothing becomes current before it is back. */
void        watched_set_away    (Watched *self, gboolean away);
/* Something an application does: stops and starts, releases and asks again, freezes. */
void        watched_act         (Watched *self);
/* Whether some client has a connection that the server sees from there. */
gboolean    watched_is_client   (GInetSocketAddress *address);
/* Makes a call, unless it is a plain one. */
void        watched_ask         (Watched *self);
/* Ends what the application has frozen or stopped. */
void        watched_finish      (Watched *self);
/* NULL: all of its replicas are exactly what the server has. Otherwise what is not so yet. */
const char *watched_is_unsettled (Watched *self);
/* After that. */
void        watched_check       (Watched *self);

G_END_DECLS
