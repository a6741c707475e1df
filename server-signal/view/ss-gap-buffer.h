/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A gap buffer of pointers, NULL among them, as a ring: the gap is where it was last edited, and an
 * edit moves the pointers between there and its own position, whichever way round is shorter. So
 * edits from front to back move each pointer once in all, and those at one position, or at both
 * ends in turn, none. */
typedef struct
{
  gpointer *slots;
  guint     capacity;
  guint     start;       /* where in slots the first one is, or the gap in front of it */
  guint     gap_start;   /* the index of the first one behind the gap */
  guint     gap_length;

  /* How far the element that was last looked for was from where it had been. */
  int       drift;
} SsGapBuffer;

void     ss_gap_buffer_init   (SsGapBuffer *self, guint length);   /* all NULL */
void     ss_gap_buffer_clear  (SsGapBuffer *self);
/* The caller has looked at the elements to remove; added ones are NULL. */
void     ss_gap_buffer_splice (SsGapBuffer *self, guint position, guint n_removed, guint n_added);
/* The index of a pointer; hint is where it once was, and is set to where it is. Finding a pointer
 * takes as many steps as its movement differs from that of the one found before. */
gboolean ss_gap_buffer_find   (SsGapBuffer *self, gconstpointer pointer, guint *hint);

static inline guint
ss_gap_buffer_length (const SsGapBuffer *self)
{
  return self->capacity - self->gap_length;
}

static inline gpointer *
ss_gap_buffer_at (const SsGapBuffer *self,
                  guint          index)
{
  guint at = self->start + index + (index < self->gap_start ? 0 : self->gap_length);

  return &self->slots[at < self->capacity ? at : at - self->capacity];
}

static inline gpointer
ss_gap_buffer_get (const SsGapBuffer *self,
                   guint          index)
{
  return *ss_gap_buffer_at (self, index);
}

G_END_DECLS
