/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Tells of each change of the network: an address, a route, how far it reaches. GNetworkMonitor
 * tells it in the main context in which the program first used it; this tells it in the context of
 * whoever asks. */
typedef struct _SsNetwork SsNetwork;

/* available: whether there is a network now. */
typedef void (*SsNetworkFunc) (gboolean available, gpointer user_data);

SsNetwork *ss_network_new  (GMainContext *context, SsNetworkFunc changed, gpointer user_data);
void       ss_network_free (SsNetwork *self);  /* from the context; changed is not called any more */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsNetwork, ss_network_free)

G_END_DECLS
