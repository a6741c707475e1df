/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-flusher.h"
#include "ss-tally.h"

G_BEGIN_DECLS

/* Signals under their names, each with the feed that sends it: the hub has a shelf of the signals
 * that all peers share, and a peer one of its own. A signal is published as soon as its feed is
 * ready, which is at once except for a replica that has not had its first data. */
typedef struct _SsShelf SsShelf;

/* published: the feed is ready and ss_shelf_feed() gives it. Otherwise it has just stopped to give
 * it; the subscriptions to it are over after the call. Never called for a signal that was not
 * published. */
typedef void (*SsShelfFunc) (SsShelf *shelf, const char *name, gboolean published, gpointer user_data);

/* hub: the id of the hub that serves the signals. flusher, tally: what lets their commits go, and
 * where they are counted. Both NULL for a shelf that stays empty. */
SsShelf      *ss_shelf_new        (const char *hub, SsFlusher *flusher, SsTally *tally, SsShelfFunc func, gpointer user_data);
void          ss_shelf_free       (SsShelf *self);      /* takes everything off without calling func */
/* EXISTS when the name is taken. */
gboolean      ss_shelf_add        (SsShelf *self, ServerSignal *signal, gsize history_bytes, GError **error);
gboolean      ss_shelf_remove     (SsShelf *self, ServerSignal *signal);   /* FALSE: it was not there */
ServerSignal *ss_shelf_lookup     (SsShelf *self, const char *name);
SsFeed       *ss_shelf_feed       (SsShelf *self, const char *name);       /* NULL unless published */
guint         ss_shelf_get_length (SsShelf *self);
GListModel   *ss_shelf_get_model  (SsShelf *self);                         /* of ServerSignal, in the order of adding */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsShelf, ss_shelf_free)

G_END_DECLS
