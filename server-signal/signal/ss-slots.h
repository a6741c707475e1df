/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The places of a list, each with a pointer or NULL. A buffer with a gap where it was last edited:
 * an edit moves the pointers between there and its own place, so edits from front to back move each
 * pointer once in all, and those at one place none. */
typedef struct
{
  gpointer *slots;
  guint     capacity;
  guint     gap_start;
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
  return &self->slots[index < self->gap_start ? index : index + self->gap_length];
}

static inline gpointer
ss_slots_get (const SsSlots *self,
              guint          index)
{
  return *ss_slots_at (self, index);
}

G_END_DECLS
