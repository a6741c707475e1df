/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Tells of each change of the network: of an address, of a route, of how far it reaches.
 * GNetworkMonitor emits its signals in the main context in which the program first used it; here
 * they arrive in the caller's. */
typedef struct _SsNetworkWatch SsNetworkWatch;

/* available: whether there is a network now. */
typedef void (*SsNetworkWatchFunc) (gboolean available, gpointer user_data);

SsNetworkWatch *ss_network_watch_new  (GMainContext *context, SsNetworkWatchFunc changed,
                                       gpointer user_data);
/* From the context; changed is not called any more. */
void            ss_network_watch_free (SsNetworkWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsNetworkWatch, ss_network_watch_free)

G_END_DECLS
