/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-mirror.h"

G_BEGIN_DECLS

/* A signal that this process may write, as long as it has the lease: it sends the commits to the
 * engine, keeps those that are not confirmed, and some that are, and puts back what the engine has
 * lost. The mirror follows as commits are confirmed; it is the signal's shadow. */
typedef struct _SsLease SsLease;

typedef struct
{
  /* The signal is another's from now on and follows the store, read-only. error: why; NULL: it was
   * given back. */
  void (*lost) (SsLease *lease, ServerSignal *signal, const GError *error, gpointer user_data);
  /* The signal is gone, and all that it has committed is in the store or lost. The lease is to be
   * freed. */
  void (*over) (SsLease *lease, gpointer user_data);
} SsLeaseFuncs;

/* state: the engine's answer to the claim of that owner, and value the document in it. *signal is
 * transfer full; the lease holds no reference to it. The mirror is to be reset next. */
SsLease      *ss_lease_new             (SsStoreEngine *engine, const char *name, SsMirror *mirror,
                                        const char *owner, guint lease_ms,
                                        const SsStoreState *state, SsValue *value,
                                        const SsLeaseFuncs *funcs, gpointer user_data,
                                        ServerSignal **signal);
/* Nothing more is sent; a signal that is still there cannot be written any more. */
void          ss_lease_free            (SsLease *self);
/* Transfer full; NULL: gone. */
ServerSignal *ss_lease_ref_signal      (SsLease *self);
void          ss_lease_set_online      (SsLease *self, gboolean online);
/* Gives the lease back as soon as everything is confirmed. */
void          ss_lease_release         (SsLease *self);
gboolean      ss_lease_is_lost         (SsLease *self);
/* Whether the engine has all of its commits. */
gboolean      ss_lease_is_settled (SsLease *self);
/* An owner is durable unless its id begins with this: its peers are shown commits at once. */
#define SS_LEASE_HASTY '~'

G_END_DECLS
