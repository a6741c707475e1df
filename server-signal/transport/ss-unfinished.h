/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The messages that peers have begun and not finished, which have to be kept until they are whole.
 * Each may be as large as a message may, but of what goes beyond SS_UNFINISHED_FREE_BYTES, which
 * nearly all messages are smaller than, there is a limit for all peers of a main context: beyond it
 * the one goes that was begun first. */

typedef struct
{
  GQueue entries; /* SsUnfinishedEntry, the oldest first */
  gsize  n_bytes; /* that count */
} SsUnfinished;

/* Embedded in the object. */
typedef struct
{
  GList    link;
  gpointer object;
  gsize    n_bytes; /* that count; not 0 while it is in the queue */
} SsUnfinishedEntry;

typedef void (*SsUnfinishedFunc) (gpointer object);

/* n_bytes: of its message so far; 0: it has none. drop: ends the one it is given, which may be this
 * one, and may call ss_unfinished_remove(). */
void ss_unfinished_update (SsUnfinished      *self,
                           SsUnfinishedEntry *entry,
                           gsize              n_bytes,
                           SsUnfinishedFunc   drop);
/* It goes, or is whole. Nobody is dropped. */
void ss_unfinished_remove (SsUnfinished      *self,
                           SsUnfinishedEntry *entry);

G_END_DECLS
