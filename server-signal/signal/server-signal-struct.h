/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-private.h"
#include "ss-transaction.h"

G_BEGIN_DECLS

/* The inside of a signal, for the files of the class: server-signal.c is the object,
 * server-signal-commit.c its commits, watches and the replica's side, server-signal-read.c and
 * server-signal-write.c what applications call. */

enum
{
  PROP_0,
  PROP_NAME,
  PROP_VALUE,
  PROP_REVISION,
  PROP_EPOCH,
  PROP_WRITABLE,
  PROP_STALE,
  N_PROPS
};

extern GParamSpec *ss_signal_props[N_PROPS];

struct _ServerSignal
{
  GObject        parent_instance;

  char          *name;
  char          *epoch;
  guint64        revision;
  SsTransaction  transaction;

  /* What came for a replica and is not committed yet, since the application has it frozen. */
  gboolean       is_incoming;
  gboolean       incoming_is_new;
  guint64        incoming_revision;
  char          *incoming_epoch;

  gboolean       is_replica;
  gboolean       is_stale;
  gboolean       has_data;

  SsObservers    observers;
  gpointer       source;     /* NULL: there is none */
  const SsSourceFuncs *source_funcs;

  gboolean       is_announcing;
  /* The one way to learn whether an object is frozen is to notify a property and see whether
   * that is dispatched at once. */
  gboolean       is_probing;
  gboolean       probe_passed;
};

/* Past the filter of our own for what only a commit announces. */
void     ss_signal_emit_notify    (ServerSignal *self, guint n_pspecs, GParamSpec **pspecs);
void     ss_signal_emit_patched   (ServerSignal *self, ServerSignalPatch *patch);
/* "value" was notified, by whomever, and the signal is not frozen. */
void     ss_signal_value_notified (ServerSignal *self);

G_END_DECLS
