/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-slot-set.h"

#define BITS 64

struct _SsSlotSet
{
  guint   n;       /* in the set */
  guint   n_words;
  guint64 words[];
};

gboolean
ss_slot_set_has (const SsSlotSet *self,
                 guint            slot)
{
  return self != NULL && slot / BITS < self->n_words &&
         (self->words[slot / BITS] >> slot % BITS & 1) != 0;
}

static void
grow (SsSlotSet **self,
      guint       n_words)
{
  guint before = *self != NULL ? (*self)->n_words : 0;

  if (*self != NULL && before >= n_words)
    return;

  /* By halves, so that signals that are added one after the other cost little each. */
  n_words = MAX (n_words, before + before / 2);
  *self = g_realloc (*self, sizeof (SsSlotSet) + n_words * sizeof (guint64));
  if (before == 0)
    (*self)->n = 0;
  for (guint i = before; i < n_words; i++)
    (*self)->words[i] = 0;
  (*self)->n_words = n_words;
}

gboolean
ss_slot_set_add (SsSlotSet **self,
                 guint       slot)
{
  g_assert (slot != SS_SLOT_NONE);

  if (ss_slot_set_has (*self, slot))
    return FALSE;

  grow (self, slot / BITS + 1);
  (*self)->words[slot / BITS] |= G_GUINT64_CONSTANT (1) << slot % BITS;
  (*self)->n++;

  return TRUE;
}

gboolean
ss_slot_set_remove (SsSlotSet **self,
                    guint       slot)
{
  if (!ss_slot_set_has (*self, slot))
    return FALSE;

  (*self)->words[slot / BITS] &= ~(G_GUINT64_CONSTANT (1) << slot % BITS);
  if (--(*self)->n == 0)
    ss_slot_set_clear (self);

  return TRUE;
}

guint
ss_slot_set_count (const SsSlotSet *self)
{
  return self != NULL ? self->n : 0;
}

void
ss_slot_set_clear (SsSlotSet **self)
{
  g_clear_pointer (self, g_free);
}
