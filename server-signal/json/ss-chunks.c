/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-chunks.h"

#include <string.h>

struct _SsChunks
{
  guint32  item_size;
  guint32  room;        /* items in a full chunk */
  guint32  length;      /* of the list */
  guint32  capacity;
  SsChunk *list;
  guint32 *sums;        /* the Fenwick tree, from index 1 on */
  guint32 *places;      /* by id; of an id that is free, the next free one */
  guint32  n_ids;
  guint32  free_id;     /* NO_ID: none */
  /* The chunk that was last read: its place, and above that the index of its first item. Threads
   * that read at once may all note theirs. */
  guint64  last;
};

#define NO_ID G_MAXUINT32

SsChunks *
ss_chunks_new (gsize item_size,
               guint room)
{
  SsChunks *self = g_new0 (SsChunks, 1);

  self->item_size = (guint32) item_size;
  self->room = room;
  self->free_id = NO_ID;

  return self;
}

void
ss_chunks_free (SsChunks *self)
{
  for (guint32 i = 0; i < self->length; i++)
    g_free (self->list[i].items);
  g_free (self->list);
  g_free (self->sums);
  g_free (self->places);
  g_free (self);
}

guint
ss_chunks_fill (const SsChunks *self)
{
  return MAX (self->room * 3 / 4, 1);
}

static inline guint32
lowest_bit (guint32 number)
{
  return number & -number;
}

static void
forget_last (SsChunks *self)
{
  __atomic_store_n (&self->last, 0, __ATOMIC_RELAXED);
}

static void
add_up (SsChunks *self)
{
  for (guint32 i = 1; i <= self->length; i++)
    self->sums[i] = self->list[i - 1].length;
  for (guint32 i = 1; i <= self->length; i++)
    if (i + lowest_bit (i) <= self->length)
      self->sums[i + lowest_bit (i)] += self->sums[i];
}

/* The sum that a last chunk brings with it, of what ends there. */
static void
add_up_last (SsChunks *self)
{
  guint32 last = self->length;

  self->sums[last] = self->list[last - 1].length;
  for (guint32 i = 1; i < lowest_bit (last); i *= 2)
    self->sums[last] += self->sums[last - i];
}

static void
change_length (SsChunks *self,
               guint32   place,
               gint32    change)
{
  self->list[place].length += (guint32) change;
  for (guint32 i = place + 1; i <= self->length; i += lowest_bit (i))
    self->sums[i] += (guint32) change;
  forget_last (self);
}

static guint32
take_id (SsChunks *self)
{
  guint32 id = self->free_id;

  if (id == NO_ID)
    return self->n_ids++;

  self->free_id = self->places[id];
  return id;
}

/* Puts an empty chunk into the list; the sums are the caller's to put right. */
static SsChunk *
new_chunk (SsChunks *self,
           guint32   place)
{
  SsChunk *chunk;

  if (self->length == self->capacity)
    {
      self->capacity = MAX (16, self->capacity * 2);
      self->list = g_renew (SsChunk, self->list, self->capacity);
      self->sums = g_renew (guint32, self->sums, self->capacity + 1);
      /* There are no more ids than there have been chunks at once. */
      self->places = g_renew (guint32, self->places, self->capacity);
    }

  chunk = &self->list[place];
  memmove (chunk + 1, chunk, (self->length - place) * sizeof *chunk);
  self->length++;
  chunk->items = g_malloc ((gsize) self->room * self->item_size);
  chunk->length = 0;
  chunk->id = take_id (self);
  for (guint32 i = place; i < self->length; i++)
    self->places[self->list[i].id] = i;

  return chunk;
}

gpointer
ss_chunks_extend (SsChunks *self,
                  guint     n,
                  guint32  *id)
{
  SsChunk *chunk = new_chunk (self, self->length);

  g_assert (n <= self->room);

  chunk->length = n;
  add_up_last (self);
  if (id != NULL)
    *id = chunk->id;

  return chunk->items;
}

const SsChunk *
ss_chunks_list (const SsChunks *self,
                guint          *n)
{
  *n = self->length;
  return self->list;
}

const SsChunk *
ss_chunks_by_id (const SsChunks *self,
                 guint32         id)
{
  return &self->list[self->places[id]];
}

guint
ss_chunks_begin (const SsChunks *self,
                 guint32         id)
{
  guint sum = 0;

  for (guint32 i = self->places[id]; i > 0; i -= lowest_bit (i))
    sum += self->sums[i];

  return sum;
}

SsChunkSpot
ss_chunks_find (const SsChunks *self,
                guint           index)
{
  guint32 place = 0;
  guint32 step = 1u << (31 - __builtin_clz (self->length));

  for (; step > 0; step /= 2)
    if (place + step <= self->length && self->sums[place + step] <= index)
      {
        place += step;
        index -= self->sums[place];
      }

  /* Behind the last item there is the end of the last chunk. */
  if (place == self->length)
    return (SsChunkSpot) { place - 1, index + self->list[place - 1].length };

  return (SsChunkSpot) { place, index };
}

gpointer
ss_chunks_at (const SsChunks *self,
              guint           index)
{
  guint64 last = __atomic_load_n (&self->last, __ATOMIC_RELAXED);
  guint32 place = (guint32) last;
  guint32 begin = (guint32) (last >> 32);
  SsChunkSpot spot;

  if (index >= begin && index - begin < self->list[place].length)
    return self->list[place].items + (gsize) (index - begin) * self->item_size;

  if (index == begin + self->list[place].length && place + 1 < self->length)
    spot = (SsChunkSpot) { place + 1, 0 };
  else
    spot = ss_chunks_find (self, index);

  __atomic_store_n (&((SsChunks *) self)->last, (guint64) (index - spot.offset) << 32 | spot.place,
                    __ATOMIC_RELAXED);

  return self->list[spot.place].items + (gsize) spot.offset * self->item_size;
}

gboolean
ss_chunks_is_full (const SsChunks *self,
                   guint32         place)
{
  return self->list[place].length == self->room;
}

const SsChunk *
ss_chunks_split (SsChunks    *self,
                 SsChunkSpot *spot)
{
  SsChunk *first, *rest;
  guint32 stays = self->room / 2;

  rest = new_chunk (self, spot->place + 1);
  first = rest - 1;

  /* A container that grows at its end has full chunks. */
  if (spot->place + 2 == self->length && spot->offset == self->room)
    stays = self->room;

  rest->length = first->length - stays;
  first->length = stays;
  memcpy (rest->items, first->items + (gsize) stays * self->item_size,
          (gsize) rest->length * self->item_size);
  if (stays == self->room)
    add_up_last (self);
  else
    add_up (self);
  forget_last (self);

  if (spot->offset > stays || stays == self->room)
    {
      spot->place++;
      spot->offset -= stays;
    }

  return rest;
}

gpointer
ss_chunks_insert (SsChunks    *self,
                  SsChunkSpot  spot)
{
  SsChunk *chunk = &self->list[spot.place];
  char *item = chunk->items + (gsize) spot.offset * self->item_size;

  g_assert (chunk->length < self->room && spot.offset <= chunk->length);

  memmove (item + self->item_size, item, (gsize) (chunk->length - spot.offset) * self->item_size);
  change_length (self, spot.place, 1);

  return item;
}

void
ss_chunks_remove (SsChunks    *self,
                  SsChunkSpot  spot)
{
  SsChunk *chunk = &self->list[spot.place];
  char *item = chunk->items + (gsize) spot.offset * self->item_size;

  g_assert (spot.offset < chunk->length);

  memmove (item, item + self->item_size,
           (gsize) (chunk->length - spot.offset - 1) * self->item_size);
  change_length (self, spot.place, -1);
  if (chunk->length > 0 || self->length == 1)
    return;

  g_free (chunk->items);
  self->places[chunk->id] = self->free_id;
  self->free_id = chunk->id;
  self->length--;
  if (spot.place == self->length)
    return;

  memmove (chunk, chunk + 1, (self->length - spot.place) * sizeof *chunk);
  for (guint32 i = spot.place; i < self->length; i++)
    self->places[self->list[i].id] = i;
  add_up (self);
}

gboolean
ss_chunks_is_sparse (const SsChunks *self,
                     guint           length)
{
  return (guint64) self->length * self->room > 4 * ((guint64) length + self->room);
}
