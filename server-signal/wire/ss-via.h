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

/* The ids are others from now on. Writes to no signal, and runs no application code. */
typedef void (*SsViaFunc) (ServerSignal *signal, const char * const *before,
                           const char * const *now, gpointer user_data);

/* A hub serves the signal, or has stopped to. func is called until then; hub and user_data name the
 * pair. */
void                ss_via_serve     (ServerSignal *signal, const char *hub, SsViaFunc func,
                                      gpointer user_data);
void                ss_via_unserve   (ServerSignal *signal, const char *hub, gpointer user_data);

/* Whether one of the hubs that serve the signal is in via: what it said would come back to
 * itself. */
gboolean            ss_via_is_circle (ServerSignal *signal, const char * const *via);

/* The hubs that several signals came through: each id once, the one that was there first in front. */
typedef struct _SsViaSet SsViaSet;

SsViaSet           *ss_via_set_new    (void);
void                ss_via_set_free   (SsViaSet *self);
/* The ids of one more signal, or of one less, or NULL. TRUE: the set is another one now. */
gboolean            ss_via_set_add    (SsViaSet *self, const char * const *via);
gboolean            ss_via_set_remove (SsViaSet *self, const char * const *via);
gboolean            ss_via_set_is_empty (SsViaSet *self);
/* Adds those ids to the array that are not in it. */
void                ss_via_set_append (SsViaSet *self, GPtrArray *ids);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsViaSet, ss_via_set_free)

G_END_DECLS
