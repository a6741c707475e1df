/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-queue.h"

/* A ring of this many entries is kept when the queue runs empty; a larger one goes back to the allocator. */
#define KEPT_CAPACITY 8

static inline SsQueueEntry *
nth_entry (SsQueue *self,
           guint    nth)
{
  /* The capacity is a power of two. */
  return &self->ring[(self->head + nth) & (self->capacity - 1)];
}

static void
clear_entry (SsQueueEntry *entry)
{
  if (entry->message != NULL)
    ss_message_unref (entry->message);
  else
    g_free ((void *) entry->data);
}

static SsQueueEntry *
append_entry (SsQueue *self)
{
  if (self->n_entries == self->capacity)
    {
      guint capacity = MAX (self->capacity * 2, 4);
      SsQueueEntry *ring = g_new (SsQueueEntry, capacity);

      for (guint i = 0; i < self->n_entries; i++)
        ring[i] = *nth_entry (self, i);

      g_free (self->ring);
      self->ring = ring;
      self->capacity = capacity;
      self->head = 0;
    }

  return nth_entry (self, self->n_entries++);
}

static void
release_ring (SsQueue *self)
{
  self->head = 0;
  if (self->capacity > KEPT_CAPACITY)
    {
      g_clear_pointer (&self->ring, g_free);
      self->capacity = 0;
    }
}

void
ss_queue_clear (SsQueue *self)
{
  for (guint i = 0; i < self->n_entries; i++)
    clear_entry (nth_entry (self, i));

  g_free (self->ring);
  *self = (SsQueue) { 0 };
}

void
ss_queue_push (SsQueue   *self,
               SsMessage *message)
{
  SsQueueEntry *entry = append_entry (self);

  entry->message = ss_message_ref (message);
  entry->data = ss_message_framed (message, &entry->length);
  self->n_bytes += entry->length;
}

void
ss_queue_push_copy (SsQueue    *self,
                    const void *data,
                    gsize       length)
{
  SsQueueEntry *entry = append_entry (self);

  entry->message = NULL;
  entry->data = g_memdup2 (data, length);
  entry->length = length;
  self->n_bytes += length;
}

void
ss_queue_push_pong (SsQueue    *self,
                    const void *data,
                    gsize       length)
{
  guint64 first_unsent = self->n_popped + (self->sent > 0 ? 2 : 1);

  if (self->pong >= first_unsent)
    {
      SsQueueEntry *entry = nth_entry (self, (guint) (self->pong - self->n_popped - 1));

      self->n_bytes += length - entry->length;
      clear_entry (entry);
      entry->data = g_memdup2 (data, length);
      entry->length = length;
    }
  else
    {
      ss_queue_push_copy (self, data, length);
      self->pong = self->n_popped + self->n_entries;
    }
}

void
ss_queue_discard (SsQueue *self)
{
  guint n_kept = self->sent > 0 ? 1 : 0;

  for (guint i = n_kept; i < self->n_entries; i++)
    {
      self->n_bytes -= nth_entry (self, i)->length;
      clear_entry (nth_entry (self, i));
    }

  self->n_entries = MIN (self->n_entries, n_kept);
  self->pong = 0;
  if (self->n_entries == 0)
    release_ring (self);
}

guint
ss_queue_peek (SsQueue       *self,
               GOutputVector *vectors,
               guint          n_vectors)
{
  gsize skip = self->sent;

  n_vectors = MIN (n_vectors, self->n_entries);
  for (guint i = 0; i < n_vectors; i++)
    {
      SsQueueEntry *entry = nth_entry (self, i);

      vectors[i].buffer = entry->data + skip;
      vectors[i].size = entry->length - skip;
      skip = 0;
    }

  return n_vectors;
}

void
ss_queue_consume (SsQueue *self,
                  gsize    n_bytes)
{
  g_assert (n_bytes <= self->n_bytes);

  self->n_bytes -= n_bytes;
  n_bytes += self->sent;

  while (self->n_entries > 0 && n_bytes >= nth_entry (self, 0)->length)
    {
      n_bytes -= nth_entry (self, 0)->length;
      clear_entry (nth_entry (self, 0));
      self->head = (self->head + 1) & (self->capacity - 1);
      self->n_entries--;
      self->n_popped++;
    }

  self->sent = n_bytes;
  if (self->n_entries == 0)
    release_ring (self);
}
