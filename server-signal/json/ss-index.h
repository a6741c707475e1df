/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-string.h"

G_BEGIN_DECLS

typedef struct
{
  SsValue *key;
  SsValue *value;
} SsMember;

/* Where each key of a large object stands: a hash table from key to position, kept right through
 * every edit. It holds no references; the members are given to it when it has to look at them. */
typedef struct _SsIndex SsIndex;

/* Further notes on an object (ss-value.h), which have room here when there is an index. */
typedef struct
{
  guint32 size;
  guint32 moved;
} SsNotes;

SsIndex *ss_index_new    (const SsMember *members, guint length);
SsIndex *ss_index_copy   (const SsIndex *index);
void     ss_index_free   (SsIndex *index);
SsNotes *ss_index_notes  (SsIndex *index);
int      ss_index_find   (const SsIndex *index, const SsMember *members, const char *key, gsize length);
/* Before the member is put at the position, with all that stand there and after moving up; and
 * before it is taken away from there. */
void     ss_index_insert (SsIndex **index, guint position, const SsValue *key);
void     ss_index_remove (SsIndex *index, const SsMember *members, guint position);

/* The same where members stand in chunks: what is noted is not the position but the id of the chunk,
 * in which the member is then looked for, so that nothing has to be put right when others move. */
/* Makes such an index of one whose members are going to stand in chunks of so many each, with the
 * ids 0, 1 …. The hashes are those of the members, by position. */
void     ss_index_to_chunks (SsIndex *index, guint fill, guint32 *hashes);
void     ss_index_note      (SsIndex **index, guint32 hash, guint32 chunk);
void     ss_index_change    (SsIndex *index, guint32 hash, guint32 chunk, guint32 new_chunk);
void     ss_index_forget    (SsIndex *index, guint32 hash, guint32 chunk);
/* Gives, in turn, each chunk that may have a key of this hash. *cursor is NULL at first. */
gboolean ss_index_next      (const SsIndex *index, guint32 hash, gpointer *cursor, guint32 *chunk);
guint32  ss_index_hash      (const char *key, gsize length);

G_END_DECLS
