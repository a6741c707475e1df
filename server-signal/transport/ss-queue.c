/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-queue.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ss-websocket-frame.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

/* A ring of this many entries is kept when the queue runs empty; a larger one goes back to the
 * allocator. */
#define KEPT_CAPACITY 8
/* Pieces that leave in one call, the bytes up to which they are copied together for it, which then
 * costs less than to tell the kernel of each, and bytes that make one TLS record. */
#define VECTORS 256
#define JOINED_BYTES 4096
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
  else if (entry->data != ss_websocket_ping)
    g_free ((void *) entry->data);
}

static void
free_ring (SsQueue *self)
{
  if (self->ring != &self->single)
    g_free (self->ring);

  self->ring = NULL;
  self->capacity = 0;
}

static SsQueueEntry *
append_entry (SsQueue *self)
{
  if (self->capacity == 0)
    {
      self->ring = &self->single;
      self->capacity = 1;
      self->head = 0;
    }
  else if (self->n_entries == self->capacity)
    {
      guint capacity = MAX (self->capacity * 2, 4);
      SsQueueEntry *ring = g_new (SsQueueEntry, capacity);

      for (guint i = 0; i < self->n_entries; i++)
        ring[i] = *nth_entry (self, i);

      free_ring (self);
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
    free_ring (self);
}

void
ss_queue_clear (SsQueue *self)
{
  for (guint i = 0; i < self->n_entries; i++)
    clear_entry (nth_entry (self, i));

  free_ring (self);
  g_clear_pointer (&self->record, g_byte_array_unref);
  *self = (SsQueue) { 0 };
}

void
ss_queue_push (SsQueue   *self,
               SsMessage *message)
{
  SsQueueEntry *entry = append_entry (self);

  entry->message = ss_message_ref (message);
  entry->data = ss_websocket_frame_message (message, &entry->length);
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
ss_queue_push_ping (SsQueue *self)
{
  SsQueueEntry *entry = append_entry (self);

  entry->message = NULL;
  entry->data = ss_websocket_ping;
  entry->length = sizeof ss_websocket_ping;
  self->n_bytes += sizeof ss_websocket_ping;
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

/* A single entry has left as a whole, which is nearly always so. */
static void
consume_single (SsQueue *self)
{
  clear_entry (nth_entry (self, 0));
  self->head = (self->head + 1) & (self->capacity - 1);
  self->n_entries = 0;
  self->n_popped++;
  self->sent = 0;
  self->n_bytes = 0;
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

static gssize
send_joined (SsQueue *self,
             int      fd,
             int      flags)
{
  guint8 joined[JOINED_BYTES];
  gsize skip = self->sent;
  gsize length = 0;

  for (guint i = 0; i < self->n_entries; i++)
    {
      SsQueueEntry *entry = nth_entry (self, i);

      memcpy (joined + length, entry->data + skip, entry->length - skip);
      length += entry->length - skip;
      skip = 0;
    }

  return send (fd, joined, length, flags);
}

static gssize
send_vectors (SsQueue *self,
              int      fd,
              int      flags)
{
  GOutputVector vectors[VECTORS];
  /* GLib sees to it that its vectors are the system's. */
  struct msghdr header = { .msg_iov = (struct iovec *) vectors };

  header.msg_iovlen = peek (self, vectors, VECTORS);

  return sendmsg (fd, &header, flags);
}

GPollableReturn
ss_queue_send (SsQueue *self,
               int      fd,
               gsize   *sent)
{
  const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  gssize n;

  do
    {
      if (self->n_entries == 1)
        {
          SsQueueEntry *entry = nth_entry (self, 0);

          n = send (fd, entry->data + self->sent, entry->length - self->sent, flags);
        }
      else if (self->n_bytes <= JOINED_BYTES)
        {
          n = send_joined (self, fd, flags);
        }
      else
        {
          n = send_vectors (self, fd, flags);
        }
    }
  while (n < 0 && errno == EINTR);

  if (n < 0)
    return errno == EAGAIN ? G_POLLABLE_RETURN_WOULD_BLOCK : G_POLLABLE_RETURN_FAILED;

  *sent = (gsize) n;
  if (self->n_entries == 1 && self->capacity == 1 && *sent == self->n_bytes)
    {
      consume_single (self);
      return G_POLLABLE_RETURN_OK;
    }

  consume (self, *sent);
  self->n_bytes -= *sent;

  return G_POLLABLE_RETURN_OK;
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

  n = g_pollable_output_stream_write_nonblocking (stream, self->record->data, self->record->len,
                                                  NULL, &error);
  if (n < 0)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)
             ? G_POLLABLE_RETURN_WOULD_BLOCK
             : G_POLLABLE_RETURN_FAILED;

  *written = (gsize) n;
  self->n_bytes -= *written;
  if (*written == self->record->len)
    g_clear_pointer (&self->record, g_byte_array_unref);
  else
    g_byte_array_remove_range (self->record, 0, (guint) n);

  return G_POLLABLE_RETURN_OK;
}
