/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-slots.h"

#include <string.h>

/* So much may stay unused, beside a part of what is used. */
#define KEPT_GAP 1024

void
ss_slots_init (SsSlots *self,
               guint    length)
{
  self->slots = g_new0 (gpointer, length);
  self->capacity = length;
  self->gap_start = length;
  self->gap_length = 0;
  self->drift = 0;
}

void
ss_slots_clear (SsSlots *self)
{
  g_clear_pointer (&self->slots, g_free);
  self->capacity = 0;
  self->gap_start = 0;
  self->gap_length = 0;
}

static void
move_gap (SsSlots *self,
          guint    position)
{
  gpointer *gap = self->slots + self->gap_start;

  if (self->gap_length == 0)
    ;
  else if (position < self->gap_start)
    memmove (self->slots + position + self->gap_length, self->slots + position,
             (self->gap_start - position) * sizeof (gpointer));
  else
    memmove (gap, gap + self->gap_length, (position - self->gap_start) * sizeof (gpointer));

  self->gap_start = position;
}

static void
resize (SsSlots *self,
        guint    capacity)
{
  guint length = ss_slots_length (self);
  guint n_after = length - self->gap_start;
  gpointer *slots = g_new (gpointer, capacity);

  if (length > 0)
    {
      memcpy (slots, self->slots, self->gap_start * sizeof (gpointer));
      memcpy (slots + capacity - n_after, self->slots + self->capacity - n_after,
              n_after * sizeof (gpointer));
    }

  g_free (self->slots);
  self->slots = slots;
  self->capacity = capacity;
  self->gap_length = capacity - length;
}

void
ss_slots_splice (SsSlots *self,
                 guint    position,
                 guint    n_removed,
                 guint    n_added)
{
  g_assert (n_removed <= ss_slots_length (self) &&
            position <= ss_slots_length (self) - n_removed);

  /* Whichever end of what is removed is nearer. */
  if (self->gap_start > position && self->gap_start <= position + n_removed)
    {
      self->gap_length += self->gap_start - position;
      n_removed -= self->gap_start - position;
      self->gap_start = position;
    }
  else
    {
      move_gap (self, position);
    }
  self->gap_length += n_removed;

  if (self->gap_length < n_added)
    {
      guint length = ss_slots_length (self);

      g_assert (n_added <= G_MAXUINT / 2 - length);
      resize (self, length + n_added + MAX (length / 4, 16));
    }

  memset (self->slots + self->gap_start, 0, n_added * sizeof (gpointer));
  self->gap_start += n_added;
  self->gap_length -= n_added;

  if (self->gap_length > KEPT_GAP && self->gap_length / 3 > ss_slots_length (self))
    resize (self, ss_slots_length (self) + KEPT_GAP / 4);
}

gboolean
ss_slots_find (SsSlots       *self,
               gconstpointer  pointer,
               guint         *hint)
{
  gint64 length = ss_slots_length (self);
  gint64 start;

  if (length == 0)
    return FALSE;

  if (*hint < length && ss_slots_get (self, *hint) == pointer)
    return TRUE;

  start = CLAMP ((gint64) *hint + self->drift, 0, length - 1);
  for (gint64 step = 0; step < length; step++)
    {
      for (int side = 0; side < 2; side++)
        {
          gint64 index = side == 0 ? start + step : start - step;

          if (index >= 0 && index < length && ss_slots_get (self, (guint) index) == pointer)
            {
              self->drift = (int) (index - (gint64) *hint);
              *hint = (guint) index;
              return TRUE;
            }
        }
    }

  return FALSE;
}
