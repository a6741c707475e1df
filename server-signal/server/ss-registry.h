/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-flusher.h"
#include "ss-counters.h"
#include "ss-slot-set.h"
#include "wire/ss-via.h"

G_BEGIN_DECLS

/* Signals under their names, each with the feed that sends it: the hub has a registry of the signals
 * that all peers share, and a peer one of its own. A signal is published as soon as its feed is
 * ready, which is at once except for a replica that has not had its first data. */
typedef struct _SsRegistry SsRegistry;

/* None of them may change the registry. */
typedef struct
{
  /* slot: the signal's number, which another one may have afterwards when this one has gone.
   * published: the feed is ready and ss_registry_feed() gives it. Otherwise it has just stopped
   * giving it; the subscriptions to it are over after the call. Never called for a signal that was
   * not published. */
  void (*changed)     (SsRegistry *registry, const char *name, guint slot, gboolean published,
                       gpointer user_data);
  /* ss_registry_get_via() is another set than before. */
  void (*via_changed) (SsRegistry *registry, gpointer user_data);
} SsRegistryFuncs;

/* hub: the id of the hub that serves the signals. flusher lets their commits go, counters counts
 * them. */
SsRegistry   *ss_registry_new        (const char *hub, SsFlusher *flusher, SsCounters *counters,
                                      const SsRegistryFuncs *funcs, gpointer user_data);
void          ss_registry_free       (SsRegistry *self); /* removes everything, and calls nothing */
/* INVALID_NAME without a name, EXISTS when the name is taken, NOT_CURRENT when the signal comes from the
 * hub itself. */
gboolean      ss_registry_add        (SsRegistry *self, ServerSignal *signal, gsize history_bytes,
                                      GError **error);
/* The same for a signal that is not told of to those who have not asked: ss_registry_next() passes it
 * over. */
gboolean      ss_registry_add_quietly (SsRegistry *self, ServerSignal *signal, gsize history_bytes,
                                       GError **error);
/* Also in the functions for one that has just been removed. */
gboolean      ss_registry_is_quiet   (SsRegistry *self, const char *name);
gboolean      ss_registry_remove     (SsRegistry *self, ServerSignal *signal); /* FALSE: it was not there */
ServerSignal *ss_registry_lookup     (SsRegistry *self, const char *name);
SsFeed       *ss_registry_feed       (SsRegistry *self, const char *name);     /* NULL unless published */
/* NULL as well for one that is in the set. */
SsFeed       *ss_registry_feed_but   (SsRegistry *self, const char *name, const SsSlotSet *hidden);
guint         ss_registry_get_slot   (SsRegistry *self, const char *name);     /* SS_SLOT_NONE: not there */
/* The published signals in the order in which they came to be: gives the name of the first behind
 * *place, and moves *place to it. 0 is before all, and places of two registries with the same counters
 * are in one order. NULL: there is none, so far. */
const char   *ss_registry_next       (SsRegistry *self, guint64 *place);
guint         ss_registry_get_length (SsRegistry *self);
guint         ss_registry_get_n_published (SsRegistry *self);
SsViaSet     *ss_registry_get_via    (SsRegistry *self); /* of all the signals */
GListModel   *ss_registry_get_model  (SsRegistry *self); /* of ServerSignal, in the order of adding */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsRegistry, ss_registry_free)

G_END_DECLS
