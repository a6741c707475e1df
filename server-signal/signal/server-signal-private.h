/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-patch.h"
#include "ss-recorder.h"
#include "json/ss-value.h"
#include "server-signal.h"
#include "ss-places.h"

G_BEGIN_DECLS

/* What the hub and the client know of a signal beyond its public API. */

/* One commit, as its watchers see it. Valid only during the call. */
typedef struct
{
  /* Without operations: the document stayed, a replica's revision or epoch did not. */
  ServerSignalPatch *patch;
  guint64            base;      /* the revision that the patch applies to */
  guint64            revision;  /* the revision that it makes; a replica's may skip numbers */
  /* A replica began another life: base means nothing, peers need a snapshot. So it is for its
   * first data, whatever epoch that has. */
  gboolean           new_epoch;
} SsCommit;

/* Called for each commit before any handler of "patched" or "notify::value", in the order of
 * watching. May add and remove watches, write to the signal (that is the next commit) and drop
 * the signal. A watch that is added meanwhile first sees the next commit;
 * ss_signal_ref_committed() has the current one in it. */
typedef void (*SsCommitFunc) (ServerSignal *signal, const SsCommit *commit, gpointer user_data);

guint    ss_signal_watch            (ServerSignal *self, SsCommitFunc func, gpointer user_data);
void     ss_signal_unwatch          (ServerSignal *self, guint id);

/* The document of the last commit, whatever a transaction has written since. Transfer full. It
 * belongs to server_signal_get_revision(). Do not keep it: while it is held, writes must copy. */
SsValue *ss_signal_ref_committed    (ServerSignal *self);
/* The document with what is being written. Transfer none. */
SsValue *ss_signal_peek             (ServerSignal *self);

/* Replicas: read-only for the application, stale until the first data. initial NULL: JSON null. */
ServerSignal *ss_signal_new_replica (const char *name, const SsValue *initial);
/* An update: all or nothing, then revision is the replica's revision and it is committed (or,
 * while the application has it frozen, becomes part of the commit at its thaw). Errors as
 * ss_patch_apply(). */
gboolean ss_signal_replica_apply    (ServerSignal *self, ServerSignalPatch *patch, guint64 revision,
                                     GError **error);
/* A snapshot: value (transfer none) is the document now. What is equal already is committed without
 * "patched" and without notify::value; anything else as the diff. epoch NULL keeps the epoch. The
 * replica is no longer stale, and says so after the commit. */
void     ss_signal_replica_reset    (ServerSignal *self, const SsValue *value, const char *epoch,
                                     guint64 revision);
void     ss_signal_replica_set_stale (ServerSignal *self, gboolean stale);
/* FALSE for a replica before the commit of its first data. */
gboolean ss_signal_has_data         (ServerSignal *self);

/* A new epoch: 128 random bits in hexadecimal digits. */
char    *ss_epoch_new               (void);

/* For a signal that goes on where another process stopped, before anybody has seen it. */
void     ss_signal_set_revision     (ServerSignal *self, guint64 revision);

/* Between the files of this room. */

/* Where views put their places; made when first asked for. */
SsPlaces      *ss_signal_get_places      (ServerSignal *self);

G_END_DECLS
