/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal.h"

G_BEGIN_DECLS

/* Which hubs a replica came through, and which hubs of this process serve it on. A client and a hub
 * that share a replica know nothing else of each other, so it is kept on the signal: enough to
 * notice hubs in a circle. */

/* The ids of the hubs, as in hello; NULL when they are not known. Said by whoever feeds the
 * replica. */
void                ss_via_set       (ServerSignal *replica, const char * const *via);
const char * const *ss_via_get       (ServerSignal *signal);
gboolean            ss_via_has       (ServerSignal *signal, const char *hub);

/* A hub serves the signal, or has stopped to. */
void                ss_via_serve     (ServerSignal *signal, const char *hub);
void                ss_via_unserve   (ServerSignal *signal, const char *hub);

/* Whether one of the hubs that serve the signal is in via: what it said would come back to
 * itself. */
gboolean            ss_via_is_circle (ServerSignal *signal, const char * const *via);

G_END_DECLS
