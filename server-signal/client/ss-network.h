/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Watches for the network to come back. GNetworkMonitor tells it in the main context in which the
 * program first used it; this tells it in the context of who asks. */
typedef struct _SsNetwork SsNetwork;

typedef void (*SsNetworkFunc) (gpointer user_data);

SsNetwork *ss_network_new  (GMainContext *context, SsNetworkFunc back, gpointer user_data);
void       ss_network_free (SsNetwork *self);  /* from the context; back is not called any more */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsNetwork, ss_network_free)

G_END_DECLS
