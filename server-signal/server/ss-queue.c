/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-queue.h"

/* A ring of this many entries is kept when the queue runs empty; a larger one goes back to the allocator. */
#define KEPT_CAPACITY 8
/* Pieces that leave in one call, and bytes that make one TLS record. */
#define VECTORS 256
#define RECORD_BYTES 16384

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
  g_clear_pointer (&self->record, g_byte_array_unref);
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

static guint
peek (SsQueue       *self,
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

/* Drops what has left the entries. */
static void
consume (SsQueue *self,
         gsize    n_bytes)
{
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

GPollableReturn
ss_queue_send (SsQueue *self,
               GSocket *socket,
               gsize   *sent)
{
  GOutputVector vectors[VECTORS];
  guint n_vectors = peek (self, vectors, VECTORS);
  GPollableReturn result;

  result = g_socket_send_message_with_timeout (socket, NULL, vectors, (int) n_vectors, NULL, 0,
                                               G_SOCKET_MSG_NONE, 0, sent, NULL, NULL);
  if (result == G_POLLABLE_RETURN_OK)
    {
      consume (self, *sent);
      self->n_bytes -= *sent;
    }

  return result;
}

/* Small messages share a record. */
static void
fill_record (SsQueue *self)
{
  if (self->record == NULL)
    self->record = g_byte_array_new ();

  while (self->record->len < RECORD_BYTES && self->n_entries > 0)
    {
      GOutputVector vector;
      gsize size;

      peek (self, &vector, 1);
      size = MIN (vector.size, RECORD_BYTES - self->record->len);
      g_byte_array_append (self->record, vector.buffer, (guint) size);
      consume (self, size);
    }
}

GPollableReturn
ss_queue_write (SsQueue               *self,
                GPollableOutputStream *stream,
                gsize                 *written)
{
  g_autoptr (GError) error = NULL;
  gssize n;

  if (self->record == NULL)
    fill_record (self);

  n = g_pollable_output_stream_write_nonblocking (stream, self->record->data, self->record->len, NULL, &error);
  if (n < 0)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? G_POLLABLE_RETURN_WOULD_BLOCK
                                                                       : G_POLLABLE_RETURN_FAILED;

  *written = (gsize) n;
  self->n_bytes -= *written;
  if (*written == self->record->len)
    g_clear_pointer (&self->record, g_byte_array_unref);
  else
    g_byte_array_remove_range (self->record, 0, (guint) n);

  return G_POLLABLE_RETURN_OK;
}
