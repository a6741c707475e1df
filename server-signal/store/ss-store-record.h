/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-store-request.h"

G_BEGIN_DECLS

/* One signal as an engine of this process keeps it, and the rules by which it changes: the truth of
 * the engines in memory and in files, and the specification of every other. */
typedef struct
{
  char    *epoch;
  guint64  generation;
  char    *owner;
  gint64   lease_until;     /* monotonic, µs; 0: nobody has it */
  guint    seconds;         /* to live after the last write; 0: for ever */
  gint64   written;         /* when that was, real time in seconds */
  SsMark   mark;

  /* A snapshot, and the commits since. Those before it are kept for who comes back, as far as to
   * the snapshot before. */
  GBytes  *snapshot;
  SsMark   snapshot_mark;
  GQueue   log;             /* SsLogEntry */
  gsize    log_bytes;       /* of those since the snapshot */
} SsStoreRecord;

/* The change that a request has made. */
typedef enum
{
  SS_STORE_CHANGED_NOTHING,
  SS_STORE_CHANGED_LEASE,     /* only who has the lease, and for how long */
  SS_STORE_CHANGED_HEAD,      /* generation, epoch, seconds */
  SS_STORE_CHANGED_LOG,       /* the request's entry is its last */
  SS_STORE_CHANGED_SNAPSHOT,  /* and there is another snapshot */
  SS_STORE_CHANGED_ALL,       /* made, or restored */
  SS_STORE_CHANGED_AWAY,      /* gone */
} SsStoreChange;

void          ss_store_record_free   (SsStoreRecord *self);
/* *slot NULL: there is none. Fills in verdict and state. */
SsStoreChange ss_store_record_run    (SsStoreRecord **slot, SsStoreRequest *request);
/* Whether its time has come. */
gboolean      ss_store_record_is_over (const SsStoreRecord *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsStoreRecord, ss_store_record_free)

G_END_DECLS
