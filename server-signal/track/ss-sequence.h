/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An indexed sequence: its elements know their index.
 *
 * The elements are in chunks of up to SS_SEQUENCE_CHUNK, one after the other, and a Fenwick tree
 * has the lengths of the chunks. So an index is found in O(log n), and in few places of memory:
 * with as many lists as there are rows, memory takes the time. */
typedef struct _SsSequence SsSequence;
typedef struct _SsSequenceChunk SsSequenceChunk;

#define SS_SEQUENCE_CHUNK 64

/* Part of the elements' own structs. */
typedef struct
{
  SsSequenceChunk *chunk;   /* NULL: part of no sequence */
} SsSequenceItem;

SsSequence     *ss_sequence_new    (void);
void            ss_sequence_free   (SsSequence *self);   /* the elements stay */
guint           ss_sequence_length (const SsSequence *self);
guint           ss_sequence_index  (const SsSequence *self, const SsSequenceItem *item);
SsSequenceItem *ss_sequence_get    (const SsSequence *self, guint index);
/* n_removed elements at the index go, and n_added come in their place; an element may do both. */
void            ss_sequence_splice (SsSequence *self, guint index, guint n_removed,
                                    SsSequenceItem **added, guint n_added);
/* Copies n elements from the index on. */
void            ss_sequence_copy   (const SsSequence *self, guint index, guint n,
                                    SsSequenceItem **items);

G_END_DECLS
