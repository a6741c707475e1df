/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-gap-buffer.h"

#include <string.h>

/* The slots that may stay unused, beside a part of those in use. */
#define KEPT_GAP 1024

void
ss_gap_buffer_init (SsGapBuffer *self,
                    guint        length)
{
  self->slots = g_new0 (gpointer, length);
  self->capacity = length;
  self->start = 0;
  self->gap_start = length;
  self->gap_length = 0;
  self->drift = 0;
}

void
ss_gap_buffer_clear (SsGapBuffer *self)
{
  g_clear_pointer (&self->slots, g_free);
  self->capacity = 0;
  self->start = 0;
  self->gap_start = 0;
  self->gap_length = 0;
}

/* The index in slots of an offset from the start, which counts the gap. */
static guint
at_offset (const SsGapBuffer *self,
           guint              offset)
{
  guint at = self->start + offset;

  return at < self->capacity ? at : at - self->capacity;
}

/* The pointers behind the gap come in front of it, up to an index. */
static void
move_gap_up (SsGapBuffer *self,
             guint        position)
{
  while (self->gap_start < position)
    {
      guint to = at_offset (self, self->gap_start);
      guint from = at_offset (self, self->gap_start + self->gap_length);
      guint n = MIN (position - self->gap_start, self->capacity - MAX (to, from));

      memmove (self->slots + to, self->slots + from, n * sizeof (gpointer));
      self->gap_start += n;
    }
}

static void
move_gap_down (SsGapBuffer *self,
               guint        position)
{
  while (self->gap_start > position)
    {
      /* The ends, of which 0 is the other side of the last slot. */
      guint from = at_offset (self, self->gap_start);
      guint to = at_offset (self, self->gap_start + self->gap_length);
      guint n;

      from = from > 0 ? from : self->capacity;
      to = to > 0 ? to : self->capacity;
      n = MIN (self->gap_start - position, MIN (to, from));
      memmove (self->slots + to - n, self->slots + from - n, n * sizeof (gpointer));
      self->gap_start -= n;
    }
}

static void
move_gap (SsGapBuffer *self,
          guint        position)
{
  guint length = ss_gap_buffer_length (self);

  if (self->gap_length == 0)
    {
      /* An empty gap can be anywhere. */
      self->gap_start = position;
      return;
    }

  /* In a ring the gap at the end is the gap at the start. */
  if (position < self->gap_start &&
      length - self->gap_start + position < self->gap_start - position)
    {
      move_gap_up (self, length);
      self->start = at_offset (self, length);
      self->gap_start = 0;
    }
  else if (position > self->gap_start &&
           self->gap_start + length - position < position - self->gap_start)
    {
      move_gap_down (self, 0);
      self->start = at_offset (self, self->gap_length);
      self->gap_start = length;
    }

  move_gap_up (self, position);
  move_gap_down (self, position);
}

static void
resize (SsGapBuffer *self,
        guint        capacity)
{
  guint length = ss_gap_buffer_length (self);
  gpointer *slots = g_new (gpointer, capacity);

  for (guint i = 0; i < length; i++)
    slots[i < self->gap_start ? i : i + capacity - length] = ss_gap_buffer_get (self, i);

  g_free (self->slots);
  self->slots = slots;
  self->start = 0;
  self->capacity = capacity;
  self->gap_length = capacity - length;
}

void
ss_gap_buffer_splice (SsGapBuffer *self,
                      guint        position,
                      guint        n_removed,
                      guint        n_added)
{
  g_assert (n_removed <= ss_gap_buffer_length (self) &&
            position <= ss_gap_buffer_length (self) - n_removed);

  /* The gap swallows the removed elements around it, or moves to the nearer end. */
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
      guint length = ss_gap_buffer_length (self);

      g_assert (n_added <= G_MAXUINT / 2 - length);
      resize (self, length + n_added + MAX (length / 4, 16));
    }

  for (guint i = 0; i < n_added; i++)
    self->slots[at_offset (self, self->gap_start + i)] = NULL;
  self->gap_start += n_added;
  self->gap_length -= n_added;

  if (self->gap_length > KEPT_GAP && self->gap_length / 3 > ss_gap_buffer_length (self))
    resize (self, ss_gap_buffer_length (self) + KEPT_GAP / 4);
}

gboolean
ss_gap_buffer_find (SsGapBuffer   *self,
                    gconstpointer  pointer,
                    guint         *hint)
{
  gint64 length = ss_gap_buffer_length (self);
  gint64 start;

  if (length == 0)
    return FALSE;

  if (*hint < length && ss_gap_buffer_get (self, *hint) == pointer)
    return TRUE;

  start = CLAMP ((gint64) *hint + self->drift, 0, length - 1);
  for (gint64 step = 0; step < length; step++)
    {
      for (int side = 0; side < 2; side++)
        {
          gint64 index = side == 0 ? start + step : start - step;

          if (index >= 0 && index < length && ss_gap_buffer_get (self, (guint) index) == pointer)
            {
              self->drift = (int) (index - (gint64) *hint);
              *hint = (guint) index;
              return TRUE;
            }
        }
    }

  return FALSE;
}
