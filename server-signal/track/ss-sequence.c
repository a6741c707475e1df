/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-sequence.h"

#include <string.h>

struct _SsSequenceChunk
{
  guint        number;   /* which of the chunks it is */
  guint        length;
  SsSequenceItem *items[SS_SEQUENCE_CHUNK];
};

struct _SsSequence
{
  guint      length;
  GPtrArray *chunks;
  guint     *sums;       /* a Fenwick tree of the chunks' lengths, counted from 1 */
  guint      sums_capacity;
};

/* So full are chunks when they are made, so that each has room for more. */
#define FILL (SS_SEQUENCE_CHUNK * 3 / 4)

/* With fewer elements to a chunk than this, they are packed anew. */
#define SPARSE (SS_SEQUENCE_CHUNK / 8)

SsSequence *
ss_sequence_new (void)
{
  SsSequence *self = g_new0 (SsSequence, 1);

  self->chunks = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
ss_sequence_free (SsSequence *self)
{
  g_ptr_array_unref (self->chunks);
  g_free (self->sums);
  g_free (self);
}

guint
ss_sequence_length (const SsSequence *self)
{
  return self->length;
}

/* The length of the chunks before that number. */
static guint
sum_before (const SsSequence *self,
            guint             number)
{
  guint sum = 0;

  for (; number > 0; number &= number - 1)
    sum += self->sums[number];

  return sum;
}

static void
add_to_sum (SsSequence *self,
            guint       number,
            int         by)
{
  for (number++; number <= self->chunks->len; number += number & -number)
    self->sums[number] += (guint) by;
}

/* After chunks have come or gone. */
static void
renumber (SsSequence *self)
{
  guint n_chunks = self->chunks->len;

  if (n_chunks + 1 > self->sums_capacity || n_chunks < self->sums_capacity / 4)
    {
      self->sums_capacity = n_chunks + n_chunks / 2 + 8;
      self->sums = g_renew (guint, self->sums, self->sums_capacity);
    }

  for (guint i = 0; i < n_chunks; i++)
    {
      SsSequenceChunk *chunk = self->chunks->pdata[i];

      chunk->number = i;
      self->sums[i + 1] = chunk->length;
    }
  for (guint i = 1; i <= n_chunks; i++)
    if (i + (i & -i) <= n_chunks)
      self->sums[i + (i & -i)] += self->sums[i];
}

guint
ss_sequence_index (const SsSequence     *self,
                   const SsSequenceItem *item)
{
  const SsSequenceChunk *chunk = item->chunk;
  guint at = 0;

  while (chunk->items[at] != item)
    at++;

  return sum_before (self, chunk->number) + at;
}

/* The chunk that has the index, and where in it; at the end of the sequence the end of the last
 * one. */
static SsSequenceChunk *
find_chunk (const SsSequence *self,
            guint             index,
            guint            *at)
{
  guint number = 0;
  guint step = 1;

  while (step * 2 <= self->chunks->len)
    step *= 2;
  for (; step > 0; step /= 2)
    if (number + step <= self->chunks->len && self->sums[number + step] <= index)
      {
        number += step;
        index -= self->sums[number];
      }

  if (number == self->chunks->len)
    {
      number--;
      index += ((SsSequenceChunk *) self->chunks->pdata[number])->length;
    }

  *at = index;
  return self->chunks->pdata[number];
}

SsSequenceItem *
ss_sequence_get (const SsSequence *self,
                 guint             index)
{
  SsSequenceChunk *chunk;
  guint at;

  g_assert (index < self->length);

  chunk = find_chunk (self, index, &at);
  return chunk->items[at];
}

void
ss_sequence_copy (const SsSequence  *self,
                  guint              index,
                  guint              n,
                  SsSequenceItem   **items)
{
  SsSequenceChunk *chunk;
  guint at;

  g_assert (index <= self->length && n <= self->length - index);

  if (n == 0)
    return;

  chunk = find_chunk (self, index, &at);
  for (;;)
    {
      guint here = MIN (n, chunk->length - at);

      memcpy (items, chunk->items + at, here * sizeof *items);
      items += here;
      n -= here;
      if (n == 0)
        return;
      chunk = self->chunks->pdata[chunk->number + 1];
      at = 0;
    }
}

static void
append_packed (GPtrArray       *chunks,
               SsSequenceItem **items,
               guint            n_items)
{
  guint n_chunks = (n_items + FILL - 1) / FILL;

  for (guint i = 0; i < n_chunks; i++)
    {
      SsSequenceChunk *chunk = g_new (SsSequenceChunk, 1);
      guint start = (guint) ((guint64) n_items * i / n_chunks);
      guint end = (guint) ((guint64) n_items * (i + 1) / n_chunks);

      chunk->length = end - start;
      memcpy (chunk->items, items + start, chunk->length * sizeof *items);
      for (guint j = 0; j < chunk->length; j++)
        chunk->items[j]->chunk = chunk;
      g_ptr_array_add (chunks, chunk);
    }
}

/* Chunks first to last, whose elements are these from now on. */
static void
repack (SsSequence      *self,
        guint            first,
        guint            n_chunks,
        SsSequenceItem **items,
        guint            n_items)
{
  g_autoptr (GPtrArray) packed = g_ptr_array_new ();
  GPtrArray *chunks = self->chunks;
  GPtrArray *result = g_ptr_array_new_with_free_func (g_free);

  append_packed (packed, items, n_items);
  for (guint i = 0; i < first; i++)
    g_ptr_array_add (result, chunks->pdata[i]);
  for (guint i = 0; i < packed->len; i++)
    g_ptr_array_add (result, packed->pdata[i]);
  for (guint i = first + n_chunks; i < chunks->len; i++)
    g_ptr_array_add (result, chunks->pdata[i]);

  for (guint i = first; i < first + n_chunks; i++)
    g_free (chunks->pdata[i]);
  g_ptr_array_set_free_func (chunks, NULL);
  g_ptr_array_unref (chunks);
  self->chunks = result;
  renumber (self);
}

static void
pack_sparse (SsSequence *self)
{
  g_autofree SsSequenceItem **items = NULL;

  if (self->chunks->len < 2 || self->length >= self->chunks->len * SPARSE)
    return;

  items = g_new (SsSequenceItem *, MAX (self->length, 1));
  ss_sequence_copy (self, 0, self->length, items);
  repack (self, 0, self->chunks->len, items, self->length);
}

void
ss_sequence_splice (SsSequence      *self,
                    guint            index,
                    guint            n_removed,
                    SsSequenceItem **added,
                    guint            n_added)
{
  SsSequenceChunk *chunk = NULL;
  guint at = 0;
  guint last = 0;
  guint n_covered;
  g_autofree SsSequenceItem **items = NULL;

  g_assert (index <= self->length && n_removed <= self->length - index);

  if (self->chunks->len > 0)
    chunk = find_chunk (self, index, &at);

  /* Most changes are of one chunk. */
  if (chunk != NULL && at + n_removed <= chunk->length &&
      chunk->length - n_removed + n_added <= SS_SEQUENCE_CHUNK)
    {
      for (guint i = 0; i < n_removed; i++)
        chunk->items[at + i]->chunk = NULL;
      memmove (chunk->items + at + n_added, chunk->items + at + n_removed,
               (chunk->length - at - n_removed) * sizeof *chunk->items);
      for (guint i = 0; i < n_added; i++)
        {
          chunk->items[at + i] = added[i];
          added[i]->chunk = chunk;
        }
      chunk->length += n_added - n_removed;
      self->length += n_added - n_removed;
      add_to_sum (self, chunk->number, (int) (n_added - n_removed));
      pack_sparse (self);
      return;
    }

  /* All the elements of the chunks that are touched, as they are to be. */
  n_covered = chunk != NULL ? chunk->length : 0;
  last = chunk != NULL ? chunk->number : 0;
  while (n_covered < at + n_removed)
    {
      SsSequenceChunk *next = g_ptr_array_index (self->chunks, ++last);

      g_assert (next != NULL);
      n_covered += next->length;
    }

  items = g_new (SsSequenceItem *, n_covered + n_added + 1);
  if (chunk != NULL)
    {
      guint start = index - at;

      ss_sequence_copy (self, start, n_covered, items);
      for (guint i = 0; i < n_removed; i++)
        items[at + i]->chunk = NULL;
      memmove (items + at + n_added, items + at + n_removed,
               (n_covered - at - n_removed) * sizeof *items);
    }
  if (n_added > 0)
    memcpy (items + at, added, n_added * sizeof *items);

  self->length += n_added - n_removed;
  repack (self, chunk != NULL ? chunk->number : 0, chunk != NULL ? last - chunk->number + 1 : 0,
          items, n_covered - n_removed + n_added);
  pack_sparse (self);
}
