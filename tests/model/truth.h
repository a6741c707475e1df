/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "libserver-signal.h"
#include "json/ss-value.h"

G_BEGIN_DECLS

/* All that a server's signals ever had, revision by revision; replicas are measured by it. */
typedef struct _Truth Truth;

/* Told of each revision. */
typedef void (*TruthFunc) (ServerSignal *signal, const char *json, gpointer user_data);

Truth      *truth_new       (void);
void        truth_free      (Truth *self);
void        truth_set_func  (Truth *self, TruthFunc func, gpointer user_data);
/* From now on, with the revision that it has. */
void        truth_follow    (Truth *self, ServerSignal *signal);
guint       truth_get_n_commits (Truth *self);
/* The document, its members in the order of their names; NULL: there was no such revision of this
 * life of this name. */
const char *truth_lookup    (Truth *self, const char *name, const char *epoch, guint64 revision);
/* For replicas that have neither: whether the document is one that a signal of this name had, and
 * none from before one of the same life that was found earlier. places remembers these (by
 * epoch). */
gboolean    truth_find      (Truth *self, const char *name, const char *json, GHashTable *places);
/* Where the document was, and since when it may be no longer. */
char       *truth_describe  (Truth *self, const char *name, const char *json, GHashTable *places);
/* Forgets all but the newest of each signal that is there: everybody has that. Somebody who serves
 * on what is gone keeps it true. */
void        truth_prune     (Truth *self);
void        truth_keep      (Truth *self, const char *epoch);   /* at the next truth_prune() */

/* JSON text that is the same for equal documents. */
char       *truth_text      (const SsValue *value);

G_END_DECLS
