/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-index.h"

#include "ss-hash.h"

/* Open addressing with linear steps. Positions are noted, not addresses, so that the members may
 * move in memory; when members move up or down, one sweep over the table puts the positions right,
 * which costs less than the move of the members themselves. */

#define EMPTY G_MAXUINT32
#define GONE (G_MAXUINT32 - 1)

typedef struct
{
  guint32 position;
  guint32 hash;
} Slot;

struct _SsIndex
{
  SsNotes notes;
  guint32 mask;
  guint32 used;   /* slots that are not EMPTY, so those that are GONE too */
  guint32 live;
  Slot    slots[];
};

static SsIndex *
allocate (guint length)
{
  SsIndex *index;
  gsize n = 32;

  /* At most half full, with room to grow. */
  while (n < (gsize) length * 2 + length / 2)
    n *= 2;
  g_assert (n <= G_MAXINT32);

  index = g_malloc (sizeof *index + n * sizeof (Slot));
  index->mask = (guint32) n - 1;
  index->notes = (SsNotes) { 0, 0 };
  index->used = 0;
  index->live = 0;
  memset (index->slots, 0xff, n * sizeof (Slot));

  return index;
}

static void
put (SsIndex *index,
     guint32  hash,
     guint32  position)
{
  guint32 at = hash & index->mask;

  while (index->slots[at].position != EMPTY)
    at = (at + 1) & index->mask;

  index->slots[at].position = position;
  index->slots[at].hash = hash;
  index->used++;
  index->live++;
}

guint32
ss_index_hash (const char *key,
               gsize       length)
{
  return (guint32) ss_hash_bytes (key, length);
}

static guint32
hash_key (const SsValue *key)
{
  gsize length;
  const char *utf8 = ss_value_get_string (key, &length);

  return ss_index_hash (utf8, length);
}

SsIndex *
ss_index_new (const SsMember *members,
              guint           length)
{
  SsIndex *index = allocate (length);

  for (guint i = 0; i < length; i++)
    put (index, hash_key (members[i].key), i);

  return index;
}

SsIndex *
ss_index_copy (const SsIndex *index)
{
  return g_memdup2 (index, sizeof *index + ((gsize) index->mask + 1) * sizeof (Slot));
}

void
ss_index_free (SsIndex *index)
{
  g_free (index);
}

SsNotes *
ss_index_notes (SsIndex *index)
{
  return &index->notes;
}

int
ss_index_find (const SsIndex  *index,
               const SsMember *members,
               const char     *key,
               gsize           length)
{
  guint32 hash = (guint32) ss_hash_bytes (key, length);

  for (guint32 at = hash & index->mask; index->slots[at].position != EMPTY;
       at = (at + 1) & index->mask)
    {
      const SsValue *candidate;

      if (index->slots[at].hash != hash || index->slots[at].position == GONE)
        continue;
      candidate = members[index->slots[at].position].key;
      if (ss_string_length (candidate) == length &&
          memcmp (ss_value_get_string (candidate, NULL), key, length) == 0)
        return (int) index->slots[at].position;
    }

  return -1;
}

static SsIndex *
make_room (SsIndex **index)
{
  SsIndex *self = *index;
  SsIndex *larger;

  if (((gsize) self->used + 1) * 4 <= ((gsize) self->mask + 1) * 3)
    return self;

  larger = allocate (self->live + 1);
  larger->notes = self->notes;
  for (gsize i = 0; i <= self->mask; i++)
    if (self->slots[i].position < GONE)
      put (larger, self->slots[i].hash, self->slots[i].position);

  ss_index_free (self);
  *index = larger;

  return larger;
}

void
ss_index_insert (SsIndex       **index,
                 guint           position,
                 const SsValue  *key)
{
  SsIndex *self = make_room (index);

  if (position < self->live)
    for (gsize i = 0; i <= self->mask; i++)
      {
        guint32 there = self->slots[i].position;

        self->slots[i].position = there + (there >= position && there < GONE);
      }

  put (self, hash_key (key), position);
}

void
ss_index_remove (SsIndex        *index,
                 const SsMember *members,
                 guint           position)
{
  guint32 at = hash_key (members[position].key) & index->mask;

  while (index->slots[at].position != position)
    at = (at + 1) & index->mask;

  index->slots[at].position = GONE;
  index->live--;

  if (position < index->live)
    for (gsize i = 0; i <= index->mask; i++)
      {
        guint32 there = index->slots[i].position;

        index->slots[i].position = there - (there > position && there < GONE);
      }
}

void
ss_index_to_chunks (SsIndex *index,
                    guint    fill,
                    guint32 *hashes)
{
  for (gsize i = 0; i <= index->mask; i++)
    {
      Slot *slot = &index->slots[i];

      if (slot->position >= GONE)
        continue;
      hashes[slot->position] = slot->hash;
      slot->position /= fill;
    }
}

void
ss_index_note (SsIndex **index,
               guint32   hash,
               guint32   chunk)
{
  put (make_room (index), hash, chunk);
}

/* Of several keys of one hash in one chunk it does not matter which slot is whose. */
static Slot *
find_slot (SsIndex *index,
           guint32  hash,
           guint32  chunk)
{
  guint32 at = hash & index->mask;

  while (index->slots[at].hash != hash || index->slots[at].position != chunk)
    at = (at + 1) & index->mask;

  return &index->slots[at];
}

void
ss_index_change (SsIndex *index,
                 guint32  hash,
                 guint32  chunk,
                 guint32  new_chunk)
{
  find_slot (index, hash, chunk)->position = new_chunk;
}

void
ss_index_forget (SsIndex *index,
                 guint32  hash,
                 guint32  chunk)
{
  find_slot (index, hash, chunk)->position = GONE;
  index->live--;
}

gboolean
ss_index_next (const SsIndex *index,
               guint32        hash,
               gpointer      *cursor,
               guint32       *chunk)
{
  const Slot *slot = *cursor;
  guint32 at =
    slot == NULL ? hash & index->mask : ((guint32) (slot - index->slots) + 1) & index->mask;

  for (; index->slots[at].position != EMPTY; at = (at + 1) & index->mask)
    if (index->slots[at].hash == hash && index->slots[at].position != GONE)
      {
        *cursor = (gpointer) &index->slots[at];
        *chunk = index->slots[at].position;
        return TRUE;
      }

  return FALSE;
}
