/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/server-signal-patch.h"
#include "json/ss-edit.h"
#include "json/ss-value.h"
#include "server-signal.h"
#include "ss-keeper.h"
#include "ss-observer.h"
#include "ss-owner.h"
#include "ss-source.h"

G_BEGIN_DECLS

/* The private half of the class: for the rooms above, which know of a signal no more than this and
 * its public API. */

/* The thread that may use the signal, and whatever stands on it. NULL for NULL. */
SsOwner *ss_signal_get_owner        (ServerSignal *self);

/* Watches and observers; ss-observer.h has the contract. */
guint    ss_signal_watch            (ServerSignal *self, SsCommitFunc func, gpointer user_data);
guint    ss_signal_watch_standing   (ServerSignal *self, SsStandingFunc func, gpointer user_data);
void     ss_signal_unwatch          (ServerSignal *self, guint id);
/* funcs is static, and stands for the kind of observer; the observer is taken. A signal has one of
 * a kind. */
void     ss_signal_add_observer     (ServerSignal *self, const SsObserverFuncs *funcs,
                                     gpointer observer);
gpointer ss_signal_find_observer    (ServerSignal *self, const SsObserverFuncs *funcs);

/* The document of the last commit, whatever a transaction has written since. Transfer full. It
 * belongs to server_signal_get_revision(). Do not keep it: while it is held, writes must copy. */
SsValue *ss_signal_ref_committed    (ServerSignal *self);
/* The document with the writes of the open transaction. Transfer none. */
SsValue *ss_signal_peek             (ServerSignal *self);

/* Replicas: read-only for the application, stale until the first data. initial NULL: JSON null. */
ServerSignal *ss_signal_new_replica (const char *name, const SsValue *initial);
/* An update: all or nothing, then revision is the replica's revision and it is committed (or,
 * while the application has it frozen, becomes part of the commit at its thaw). Errors as
 * ss_patch_apply(). */
gboolean ss_signal_replica_apply    (ServerSignal *self, ServerSignalPatch *patch, guint64 revision,
                                     GError **error);
/* A snapshot: value (transfer none) is the document now. An equal one is committed without
 * "patched" and without notify::value; any other as the diff. epoch NULL keeps the epoch. The
 * replica is no longer stale, and says so after the commit. */
void     ss_signal_replica_reset    (ServerSignal *self, const SsValue *value, const char *epoch,
                                     guint64 revision);
void     ss_signal_replica_set_stale (ServerSignal *self, gboolean stale);
/* Stale, and what the other end has said is forgotten: it is another one from now on, or none. */
void     ss_signal_replica_unfollow (ServerSignal *self);
/* The other end says that nobody vouches for its own copy, or that somebody does again. Until then
 * the replica is stale, however well it follows. since: the monotonic time at which its copy was
 * known to be current, 0: it does not say. */
void     ss_signal_replica_set_disowned (ServerSignal *self, gboolean disowned, gint64 since);
/* The other end says that it has no such signal, or not for us, or that it has after all. */
void     ss_signal_replica_set_refused (ServerSignal *self, gboolean refused);
gboolean ss_signal_replica_is_refused (ServerSignal *self);
/* Whether the replica equals the other end's document, as far as is known here. */
gboolean ss_signal_replica_is_following (ServerSignal *self);
/* Stale from now on; said later, see ss_later(). */
void     ss_signal_replica_leave     (ServerSignal *self, GMainContext *context);
/* FALSE for a replica before the commit of its first data. */
gboolean ss_signal_has_data         (ServerSignal *self);
/* The age of the document of the last commit: as server_signal_get_age(), but a replica that is
 * current again and frozen has the document for that still to come. */
gint64   ss_signal_get_committed_age (ServerSignal *self);

/* A signal that nobody has seen yet goes on where another process stopped. */
void     ss_signal_set_revision     (ServerSignal *self, guint64 revision);

/* The document before anybody has seen the signal; root taken. */
void     ss_signal_take_root        (ServerSignal *self, SsValue *root);

/* Keepers; ss-keeper.h has the contract. */

/* The keeper is taken; a signal has one at most. shadow, a replica that the keeper writes, is what
 * feeds follow in place of the signal; NULL: they follow the signal itself. */
void     ss_signal_set_keeper       (ServerSignal *self, const SsKeeperFuncs *funcs,
                                     gpointer keeper, ServerSignal *shadow);
/* The signal whose commits peers are shown: the shadow, or the signal itself. Transfer none. */
ServerSignal *ss_signal_get_published (ServerSignal *self);
/* A signal that nobody has seen yet goes on in the life that another process has begun. */
void     ss_signal_set_life         (ServerSignal *self, const char *epoch, guint64 revision);
/* The document stays and another life begins: one commit more, with a new epoch. */
void     ss_signal_begin_life       (ServerSignal *self, const char *epoch);
/* From now on only its keeper writes it, by ss_signal_replica_reset(). For good. */
void     ss_signal_become_replica   (ServerSignal *self);

/* Sources; ss-source.h has the contract. */

/* The source is taken. A signal has one at most. */
void     ss_signal_set_source       (ServerSignal *self, const SsSourceFuncs *funcs,
                                     gpointer source);
gpointer ss_signal_get_source       (ServerSignal *self);   /* NULL: it has none */

/* Writing for a source. Each write is part of the open transaction, and ss_signal_peek() has it at
 * once; ss_signal_written() after the last one ends the transaction, unless there is a larger one.
 * A write that fails changes nothing. */

/* Whether anybody may write: READ_ONLY for a replica, LIMIT when revisions are used up. The
 * functions below do not ask. */
gboolean ss_signal_may_write        (ServerSignal *self, GError **error);
/* One operation, without searching for a shorter patch: a "replace", or an "add" if nothing is at
 * the pointer. An equal value is no write. value is transfer none. */
gboolean ss_signal_source_put       (ServerSignal *self, const char *pointer, const SsValue *value,
                                     GError **error);
/* The same by the patch that ss_diff() gives, where something is at the pointer. */
gboolean ss_signal_source_diff      (ServerSignal *self, const char *pointer, const SsValue *value,
                                     GError **error);
/* For a list whose source knows the operations that make it value: one step instead of n_ops. The
 * operations are taken in any case; value is transfer none. */
gboolean ss_signal_source_put_list  (ServerSignal *self, const char *pointer, const SsValue *value,
                                     SsOp *ops, guint n_ops, GError **error);
/* An operation that is neither "test" nor "replace"; it is cleared in any case. */
gboolean ss_signal_source_apply     (ServerSignal *self, SsOp *op, GError **error);
/* Whether something has been written that is not committed yet. */
gboolean ss_signal_is_pending       (ServerSignal *self);
/* Takes back all pending writes, those of sources as well. For SsSourceFuncs.discard(). */
void     ss_signal_source_discard   (ServerSignal *self);
/* Called after the last of several writes: commits them, or leaves them to the transaction of the
 * application's that they are part of. The caller holds a reference of its own if it goes on using
 * the signal. */
void     ss_signal_written          (ServerSignal *self);
/* "source-failed", or a warning where nobody listens. */
void     ss_signal_source_failed    (ServerSignal *self, const char *pointer, const GError *error);

G_END_DECLS
