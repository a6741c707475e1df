/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A sequence of items of one size, in chunks of bounded room: what a large container becomes when
 * many edits away from its end have been made. An edit moves items within one chunk, and finds it by
 * sums of the chunks' lengths (a Fenwick tree) in a logarithmic number of steps. A full chunk is
 * split, which costs a sweep over the list of chunks, once for at least a quarter of a chunk's room
 * of insertions. No chunk is empty, but for a single one.
 *
 * Reading in order costs a comparison for each item, because the chunk that was last read is
 * remembered. Several threads may read at once. */
typedef struct _SsChunks SsChunks;

/* id: the same as long as the chunk is there, wherever it is moved to. */
typedef struct
{
  char   *items;
  guint32 length;
  guint32 id;
} SsChunk;

typedef struct
{
  guint32 place;    /* in the list of chunks */
  guint32 offset;   /* in the chunk */
} SsChunkSpot;

SsChunks      *ss_chunks_new    (gsize item_size, guint room);
void           ss_chunks_free   (SsChunks *self);
/* A new chunk of n items behind the others; the items are to be filled in. */
gpointer       ss_chunks_extend (SsChunks *self, guint n, guint32 *id);
/* So many items are best in a chunk at first. */
guint          ss_chunks_fill   (const SsChunks *self);

const SsChunk *ss_chunks_list   (const SsChunks *self, guint *n);
gpointer       ss_chunks_at     (const SsChunks *self, guint index);
const SsChunk *ss_chunks_by_id  (const SsChunks *self, guint32 id);
/* The index of a chunk's first item. */
guint          ss_chunks_begin  (const SsChunks *self, guint32 id);

/* Where an item is, or, of the index behind the last, would be put. */
SsChunkSpot    ss_chunks_find   (const SsChunks *self, guint index);
gboolean       ss_chunks_is_full (const SsChunks *self, guint32 place);
/* Makes room at the spot of a full chunk, and moves the spot. The chunk's id now stands for its
 * first part only; what is given is the chunk with the rest, which may have nothing yet. */
const SsChunk *ss_chunks_split  (SsChunks *self, SsChunkSpot *spot);
/* Into a chunk that is not full; the item is to be filled in. */
gpointer       ss_chunks_insert (SsChunks *self, SsChunkSpot spot);
/* The caller has looked at the item. */
void           ss_chunks_remove (SsChunks *self, SsChunkSpot spot);
/* Whether a plain array would be a quarter as large, so that what is left should become one. */
gboolean       ss_chunks_is_sparse (const SsChunks *self, guint length);

G_END_DECLS
