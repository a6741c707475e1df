/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "signal/server-signal-private.h"
#include "ss-store-engine.h"

G_BEGIN_DECLS

/* The replica of a signal in a store, and its place in the history there: what this process shows
 * as kept. It either follows the news of the engine, or is written by the lease that this process
 * has. It lives as long as the replica does, to which it holds no reference. */
typedef struct _SsMirror SsMirror;

/* The replica is gone, and the mirror is to be freed. */
typedef void (*SsMirrorFunc) (SsMirror *mirror, gpointer user_data);

SsMirror     *ss_mirror_new         (SsStoreEngine *engine, const char *name, SsMirrorFunc gone,
                                     gpointer user_data);
void          ss_mirror_free        (SsMirror *self);   /* the replica goes stale */
/* Transfer full. */
ServerSignal *ss_mirror_ref_replica (SsMirror *self);
const char   *ss_mirror_get_epoch   (SsMirror *self);   /* NULL: nothing yet */
const SsMark *ss_mirror_get_mark    (SsMirror *self);

/* As the engine reports. The replica's handlers run in all of these. */
void          ss_mirror_set_online  (SsMirror *self, gboolean online);
void          ss_mirror_followed    (SsMirror *self);
void          ss_mirror_take_news   (SsMirror *self, const SsStoreNews *news);
/* Asks whether it is where the store is, whatever has been heard. */
void          ss_mirror_audit       (SsMirror *self);

/* A lease of this process writes it from now on, or no longer. */
void          ss_mirror_set_leased  (SsMirror *self, gboolean leased);
/* The document of the store is value, at mark. */
void          ss_mirror_reset       (SsMirror *self, const char *epoch, const SsValue *value,
                                     const SsMark *mark);
/* The store has the entry, which is on top of the mark. */
void          ss_mirror_push        (SsMirror *self, SsLogEntry *entry);
void          ss_mirror_set_stale   (SsMirror *self, gboolean stale);

G_END_DECLS
