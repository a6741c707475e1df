/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-private.h"
#include "view/ss-places.h"
#include "track/ss-track.h"
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

typedef struct
{
  guint         id;
  SsCommitFunc  func;      /* NULL: removed while the watches were called */
  gpointer      user_data;
} SsWatch;

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

  GArray        *watches;
  guint          last_watch;
  SsPlaces      *places;
  SsTracks      *tracks;     /* NULL until something is tracked */

  gboolean       is_announcing;
  /* The one way to learn whether an object is frozen is to notify a property and see whether
   * that is dispatched at once. */
  gboolean       is_probing;
  gboolean       probe_passed;
};

/* The document before anybody has seen the signal; root taken. */
void     ss_signal_take_root      (ServerSignal *self, SsValue *root);
/* Past the filter of our own for what only a commit announces. */
void     ss_signal_emit_notify    (ServerSignal *self, guint n_pspecs, GParamSpec **pspecs);
void     ss_signal_emit_patched   (ServerSignal *self, ServerSignalPatch *patch);
/* "source-failed", or a warning where nobody listens. */
void     ss_signal_emit_source_failed (ServerSignal *self, const char *pointer, const GError *error);
/* Whether anybody may write: READ_ONLY for a replica, LIMIT when revisions are used up. */
gboolean ss_signal_may_write     (ServerSignal *self, GError **error);
/* "value" was notified, by whomever, and the signal is not frozen. */
void     ss_signal_value_notified (ServerSignal *self);
/* After each write, however small: commits it, or leaves it to the transaction that it is part
 * of. The caller holds a reference of its own if it goes on using the signal. */
void     ss_signal_written        (ServerSignal *self);

G_END_DECLS
