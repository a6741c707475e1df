/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/server-signal-patch.h"
#include "json/ss-value.h"

G_BEGIN_DECLS

/* A place in the history of a signal. The chain is a hash over everything that led there, so two
 * histories that have the same mark are the same history: on an engine that loses commits, whose
 * revisions are then used again, the revision alone does not say that. */
typedef struct
{
  guint64 revision;
  guint64 chain;
} SsMark;

static inline gboolean
ss_mark_equal (const SsMark *a,
               const SsMark *b)
{
  return a->revision == b->revision && a->chain == b->chain;
}

/* The first mark of a life. */
SsMark        ss_mark_first        (const char *epoch, guint64 revision);
/* The one that follows on base when that writer commits that patch. Two writers that commit the
 * same patch on the same base come to different marks. */
SsMark        ss_mark_next         (const SsMark *base, const char *writer, const char *patch,
                                    gsize length);
/* The chain as 16 hexadecimal digits, as engines keep it. */
#define SS_CHAIN_SIZE 17
void          ss_chain_format      (guint64 chain, char text[SS_CHAIN_SIZE]);
gboolean      ss_chain_parse       (const char *text, gssize length, guint64 *chain);

/* One commit; immutable and reference-counted. */
typedef struct
{
  gatomicrefcount    refs;
  SsMark             base;
  SsMark             mark;
  char              *writer;
  /* One of them at least is there. */
  ServerSignalPatch *patch;
  char              *text;
  gsize              length;
} SsLogEntry;

/* Made here: its mark follows on base. */
SsLogEntry   *ss_log_entry_new        (const SsMark *base, const char *writer,
                                       ServerSignalPatch *patch);
/* Come from an engine. NULL where the chain does not fit, with PROTOCOL. */
SsLogEntry   *ss_log_entry_new_kept   (const SsMark *base, const SsMark *mark, const char *writer,
                                       const char *text, gsize length, GError **error);
SsLogEntry   *ss_log_entry_ref        (SsLogEntry *self);
void          ss_log_entry_unref      (SsLogEntry *self);
const char   *ss_log_entry_get_text   (SsLogEntry *self, gsize *length);
/* Transfer none; NULL and an error for text that is no patch. */
ServerSignalPatch *ss_log_entry_get_patch (SsLogEntry *self, GError **error);
/* The room that it takes in a log, nearly. */
gsize         ss_log_entry_measure    (SsLogEntry *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsLogEntry, ss_log_entry_unref)

/* The state of a signal in a store, as it is told to one who asks. */
typedef struct
{
  char       *epoch;
  guint64     generation;   /* of its owners, the one that there is and all before it */
  char       *owner;        /* the id of the last one, or "" when it has given the signal back */
  guint       lease_ms;     /* that it goes on to have it; 0: it is free */
  SsMark      mark;
  gsize       log_bytes;    /* of the commits since the snapshot */

  /* NULL: the entries begin at the mark that was asked with. */
  GBytes     *snapshot;
  SsMark      snapshot_mark;
  GPtrArray  *entries;      /* SsLogEntry */
} SsStoreState;

void          ss_store_state_init     (SsStoreState *self);
void          ss_store_state_clear    (SsStoreState *self);
/* Whether snapshot and entries are one chain that ends at the mark; PROTOCOL. asked: the mark that
 * was asked with, where there is no snapshot. */
gboolean      ss_store_state_check    (const SsStoreState *self, const SsMark *asked,
                                       GError **error);
/* The document at the mark, transfer full. value: the document that was asked with, or NULL. */
SsValue      *ss_store_state_get_value (const SsStoreState *self, const SsValue *value,
                                        GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SsStoreState, ss_store_state_clear)

G_END_DECLS
