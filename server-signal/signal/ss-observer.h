/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-types.h"
#include "ss-commit.h"

G_BEGIN_DECLS

/* Followers of a signal, which knows only the functions that they gave: watches, which are told of
 * each commit or of each change of the signal's standing, and observers, which have places in the
 * document. */

/* A watch is called for each commit before any handler of "patched" or "notify::value", in the
 * order of watching. It may add and remove watches, write to the signal (that is the next commit)
 * and drop the signal. A watch that is added meanwhile first sees the next commit;
 * ss_signal_ref_committed() has the current one in it. */
typedef void (*SsCommitFunc) (ServerSignal *signal, const SsCommit *commit, gpointer user_data);

/* The same for a replica that has become stale or current, or that the other end does not send any more
 * or sends after all. Called at once, also while the
 * application has the replica frozen, and before "notify::stale". */
typedef void (*SsStandingFunc) (ServerSignal *signal, gpointer user_data);

/* A commit calls the functions of its signal's observers in this order, and each of them for all
 * observers, in the order in which they came, before the next one; the watches come between the
 * first two. A commit that leaves the document as it is, such as that of a replica's new revision,
 * calls none of them. An observer that comes during a commit is first called at the next one.
 *
 * A function that an observer does not need is NULL. The signal holds the observer, and the
 * observer holds no reference to the signal. Commits of a signal do not nest: an observer may keep
 * what it finds in look() until after_notify(), and a commit that has called the one calls the
 * other. */
typedef struct
{
  /* Finds out what the commit changes for the observer. Runs no application code, and
   * writes nothing. */
  void (*look)           (gpointer observer, SsPendingCommit *commit);
  /* The commit is made; "patched" comes next. From here on applications may be called back, which
   * write to the signal (that is the next commit) or drop it: it stays until the commit is over. */
  void (*before_patched) (gpointer observer);
  /* "notify::value" has been emitted. */
  void (*after_notify)   (gpointer observer);
  /* The signal is gone, and the observer has to go as well. */
  void (*finalize)       (gpointer observer);
} SsObserverFuncs;

/* The followers of one signal. */
typedef struct
{
  GArray   *watches;
  guint     last_watch;
  guint     n_telling;    /* calls on the stack that go through them */

  GArray   *observers;    /* NULL until there is one */
  guint     n_looked;     /* of those, at the commit that is being made */
} SsObservers;

void     ss_observers_init           (SsObservers *self);
void     ss_observers_clear          (SsObservers *self);   /* finalizes the observers */

guint    ss_observers_watch          (SsObservers *self, SsCommitFunc func, gpointer user_data);
guint    ss_observers_watch_standing (SsObservers *self, SsStandingFunc func, gpointer user_data);
void     ss_observers_unwatch        (SsObservers *self, guint id);   /* either kind */
void     ss_observers_tell           (SsObservers *self, ServerSignal *signal,
                                      const SsCommit *commit);
void     ss_observers_tell_standing  (SsObservers *self, ServerSignal *signal);

/* funcs is static, and stands for the kind of observer; the observer is taken. */
void     ss_observers_add            (SsObservers *self, const SsObserverFuncs *funcs,
                                      gpointer observer);
/* The observer of a kind, or NULL. */
gpointer ss_observers_find           (SsObservers *self, const SsObserverFuncs *funcs);
void     ss_observers_look           (SsObservers *self, SsPendingCommit *commit);
void     ss_observers_before_patched (SsObservers *self);
void     ss_observers_after_notify   (SsObservers *self);

static inline gboolean
ss_observers_has_any (const SsObservers *self)
{
  return self->observers != NULL;
}

G_END_DECLS
