/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-hub-core.h"
#include "transport/ss-link-counters.h"

G_BEGIN_DECLS

/* The figures of a hub as a signal, for the inspector. They are looked at once a second, for as long
 * as the hub shares the signal, and never before. */
typedef struct _SsInspection SsInspection;

/* No name of an application's begins like that. */
#define SS_INSPECTION_NAME "server-signal:hub"

/* counters: those of the hub's links. */
SsInspection *ss_inspection_new  (SsHubCore      *core,
                                  SsLinkCounters *counters);
void          ss_inspection_free (SsInspection   *self);
/* The signal, with the figures as they are now; transfer full. peers: of ServerSignalPeer, and to stay
 * until the signal is removed, or the inspection freed. */
ServerSignal *ss_inspection_look (SsInspection   *self,
                                  GListModel     *peers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsInspection, ss_inspection_free)

G_END_DECLS
