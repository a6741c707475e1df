/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The places of a list, each with a pointer or NULL. A ring with a gap where it was last edited: an
 * edit moves the pointers between there and its own place, whichever way round is shorter. So edits
 * from front to back move each pointer once in all, and those at one place, or at both ends in
 * turn, none. */
typedef struct
{
  gpointer *slots;
  guint     capacity;
  guint     start;       /* where in slots the first one is, or the gap in front of it */
  guint     gap_start;   /* the index of the first one behind the gap */
  guint     gap_length;

  /* How far the element that was last looked for was from where it had been. */
  int       drift;
} SsSlots;

void  ss_slots_init   (SsSlots *self, guint length);   /* all NULL */
void  ss_slots_clear  (SsSlots *self);
/* What is removed is the caller's to have looked at before; what is added is NULL. */
void  ss_slots_splice (SsSlots *self, guint position, guint n_removed, guint n_added);
/* The index of what is there; hint is where it once was, and is set to where it is. A pointer that
 * is there costs as many steps as it has moved otherwise than the one that was asked for before. */
gboolean ss_slots_find (SsSlots *self, gconstpointer pointer, guint *hint);

static inline guint
ss_slots_length (const SsSlots *self)
{
  return self->capacity - self->gap_length;
}

static inline gpointer *
ss_slots_at (const SsSlots *self,
             guint          index)
{
  guint at = self->start + index + (index < self->gap_start ? 0 : self->gap_length);

  return &self->slots[at < self->capacity ? at : at - self->capacity];
}

static inline gpointer
ss_slots_get (const SsSlots *self,
              guint          index)
{
  return *ss_slots_at (self, index);
}

G_END_DECLS
