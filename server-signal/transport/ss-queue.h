/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-message.h"

G_BEGIN_DECLS

/* All that waits to be sent to one peer, in order: references to shared messages, and the few small
 * frames that libsoup makes for this peer alone. A ring that an idle peer does not pay for. */

typedef struct
{
  const guint8 *data;
  gsize         length;
  SsMessage    *message;  /* NULL: data is the queue's own, or the ping */
} SsQueueEntry;

typedef struct
{
  SsQueueEntry *ring;
  guint         capacity;
  guint         head;
  guint         n_entries;
  gsize         n_bytes;  /* that wait, in the entries and in the record */
  gsize         sent;     /* of the first entry */
  SsQueueEntry  single;   /* the ring of most, who never have more than one waiting */
  guint64       n_popped; /* entries since the beginning */
  guint64       pong;     /* number of the entry that holds a pong, from 1; 0: none */
  GByteArray   *record;   /* refused by TLS, which wants to see the same bytes again */
} SsQueue;

void     ss_queue_clear        (SsQueue       *self);
void     ss_queue_push         (SsQueue       *self,
                                SsMessage     *message);
void     ss_queue_push_copy    (SsQueue       *self,
                                const void    *data,
                                gsize          length);
/* An empty ping, the same few bytes for everybody. */
void     ss_queue_push_ping    (SsQueue       *self);
/* The answer to a ping of a peer that takes nothing: takes the place of one that still waits
 * (RFC 6455, 5.5.3), so that pings cannot fill the queue. */
void     ss_queue_push_pong    (SsQueue       *self,
                                const void    *data,
                                gsize          length);
/* Drops everything, except what has been sent in part. */
void     ss_queue_discard      (SsQueue       *self);
/* Both send the beginning, as much as the kernel takes at once, and keep the rest. */
GPollableReturn ss_queue_send  (SsQueue               *self,
                                int                    fd,
                                gsize                 *sent);
GPollableReturn ss_queue_write (SsQueue               *self,
                                GPollableOutputStream *stream,
                                gsize                 *written);

static inline gboolean
ss_queue_is_empty (const SsQueue *self)
{
  return self->n_bytes == 0;
}

G_END_DECLS
