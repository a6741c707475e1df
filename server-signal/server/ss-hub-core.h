/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-counters.h"
#include "ss-demand.h"
#include "ss-flusher.h"
#include "ss-owner.h"
#include "ss-process.h"
#include "ss-registry.h"

G_BEGIN_DECLS

/* The part of a hub that its peers use. The hub makes it and writes it, its peers read it; each holds
 * a reference, so that a peer may outlive its hub without a way back to it. */
typedef struct
{
  pid_t           process;           /* that made the hub, see ss_process_is_other() */
  char           *id;
  SsOwner         owner;             /* of the hub and of all its peers */
  SsRegistry     *registry;          /* the signals that all peers share; NULL: the hub has gone */
  SsFlusher      *flusher;
  SsCounters     *counters;
  SsDemand       *demand;

  /* The hub's properties of these names. */
  guint64         history_bytes;
  guint64         max_backlog;
  guint           max_subscriptions;
  gboolean        guarded;           /* signals made on demand are seen by those only who may */
  gboolean        announce;          /* whether peers are told of names that they have not asked for */
} SsHubCore;

/* For the thread-default main context. funcs: of the registry of the shared signals. */
SsHubCore *ss_hub_core_new     (const SsRegistryFuncs *funcs, const SsDemandFuncs *demand_funcs,
                                gpointer user_data);
SsHubCore *ss_hub_core_ref     (SsHubCore *self);
void       ss_hub_core_unref   (SsHubCore *self);
/* The hub has gone: nothing is shared any more. Nothing is called. */
void       ss_hub_core_end     (SsHubCore *self);
/* The ids of the hubs that the documents came through, this one's last. own: those of a peer's own
 * signals, or NULL; hidden: the shared signals that it may not see. */
GStrv      ss_hub_core_dup_via (SsHubCore *self, SsViaSet *own, const SsSlotSet *hidden);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsHubCore, ss_hub_core_unref)

G_END_DECLS
