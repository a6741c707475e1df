/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-list-match.h"

#include <string.h>

/* Which element of the new list is which of the old one.
 *
 * Equal elements find each other by hash. Where a value occurs once on each side that settles it;
 * where it occurs more often, a few differences are looked for exactly, then neighbours of what is
 * settled are taken together, and at last the k-th occurrence is the k-th. Elements that are still
 * left on both sides may have been edited: they find each other by members that only they have,
 * such as an id.
 *
 * Every step is linear in the elements and their members, or bounded by a constant. */

/* An edit distance up to this is searched for exactly, as long as that costs no more than so many
 * steps. */
#define EXACT_DISTANCE 96
#define EXACT_STEPS 4000000

/* So many of an element's first members are looked at, and so many candidates counted. */
#define MEMBERS_LOOKED_AT 32
#define CANDIDATES 8

#define NOBODY G_MAXUINT

typedef struct
{
  guint64 hash;
  guint   first;    /* the first old element with this hash that may be free; more are chained behind it */
  guint8  n_from;   /* occurrences; 0: the slot is free, 2: two or more */
  guint8  n_to;
} Slot;

typedef struct
{
  guint64 hash;     /* 0: the slot is free */
  guint   old;      /* the only element with such a member, or NOBODY when there are several */
} MemberSlot;

typedef struct
{
  SsListMatch *match;
  guint64     *from_hashes;
  guint64     *to_hashes;
  Slot        *slots;
  guint        mask;
  guint       *next;       /* of an old element: the next with the same hash */
  guint       *slot_of_to; /* or NOBODY */
} Equals;

static guint
table_size (guint n)
{
  guint size = 16;

  while (size < 2 * n)
    size *= 2;

  return size;
}

static void
pair (SsListMatch *match,
      guint        old,
      guint        new)
{
  match->from_of_to[new] = (int) old;
  match->to_of_from[old] = (int) new;
}

static gboolean
pair_if_equal (Equals *self,
               guint   old,
               guint   new)
{
  SsListMatch *match = self->match;

  if (match->from_of_to[new] >= 0 || match->to_of_from[old] >= 0 ||
      self->from_hashes[old] != self->to_hashes[new] ||
      !ss_value_equal (ss_list_match_old (match, old), ss_list_match_new (match, new)))
    return FALSE;

  pair (match, old, new);
  return TRUE;
}

static Slot *
find_slot (Equals  *self,
           guint64  hash)
{
  guint at = (guint) hash & self->mask;

  while (self->slots[at].n_from != 0 && self->slots[at].hash != hash)
    at = (at + 1) & self->mask;

  return &self->slots[at];
}

/* TRUE when some value occurs more than once, so that it is open which is which. */
static gboolean
equals_init (Equals      *self,
             SsDiff      *diff,
             SsListMatch *match)
{
  guint size = table_size (match->n_from);
  gboolean repeats = FALSE;
  guint i;

  self->match = match;
  self->mask = size - 1;
  self->slots = ss_diff_allocate (diff, size * sizeof (Slot));
  self->next = ss_diff_allocate (diff, match->n_from * sizeof (guint));
  self->slot_of_to = ss_diff_allocate (diff, match->n_to * sizeof (guint));
  self->from_hashes = ss_diff_allocate (diff, match->n_from * sizeof (guint64));
  self->to_hashes = ss_diff_allocate (diff, match->n_to * sizeof (guint64));
  memset (self->slots, 0, size * sizeof (Slot));

  for (i = match->n_from; i-- > 0;)
    {
      guint64 hash = ss_value_hash (ss_list_match_old (match, i));
      Slot *slot = find_slot (self, hash);

      self->from_hashes[i] = hash;
      self->next[i] = slot->n_from != 0 ? slot->first : NOBODY;
      slot->hash = hash;
      slot->first = i;
      slot->n_from = (guint8) MIN (slot->n_from + 1, 2);
      repeats |= slot->n_from > 1;
    }

  for (i = 0; i < match->n_to; i++)
    {
      guint64 hash = ss_value_hash (ss_list_match_new (match, i));
      Slot *slot = find_slot (self, hash);

      self->to_hashes[i] = hash;
      self->slot_of_to[i] = NOBODY;
      if (slot->n_from != 0)
        {
          self->slot_of_to[i] = (guint) (slot - self->slots);
          slot->n_to = (guint8) MIN (slot->n_to + 1, 2);
          repeats |= slot->n_to > 1;
        }
    }

  return repeats;
}

/* The longest common subsequence, if few elements are not in it (E. W. Myers, An O(ND) Difference
 * Algorithm, 1986). reached[d] holds, for each diagonal, how far d differences lead. */
static void
pair_exactly (Equals *self,
              SsDiff *diff)
{
  SsListMatch *match = self->match;
  int n_from = (int) match->n_from;
  int n_to = (int) match->n_to;
  int limit = (int) MIN (EXACT_DISTANCE, EXACT_STEPS / (match->n_from + match->n_to));
  SsDiffMemory memory = ss_diff_memory (diff);
  int **reached = ss_diff_allocate (diff, (gsize) (limit + 1) * sizeof (int *));
  int distance;
  int diagonal;
  int x = 0;
  int y = 0;

  for (distance = 0; distance <= limit; distance++)
    {
      int *before = distance > 0 ? reached[distance - 1] + distance - 1 : NULL;
      int *now = ss_diff_allocate (diff, (gsize) (2 * distance + 1) * sizeof (int));

      reached[distance] = now;
      now += distance;
      for (diagonal = -distance; diagonal <= distance; diagonal += 2)
        {
          if (distance == 0)
            x = 0;
          else if (diagonal == -distance ||
                   (diagonal != distance && before[diagonal - 1] < before[diagonal + 1]))
            x = before[diagonal + 1];
          else
            x = before[diagonal - 1] + 1;
          y = x - diagonal;

          while (x < n_from && y < n_to && self->from_hashes[x] == self->to_hashes[y])
            x++, y++;
          now[diagonal] = x;
          if (x >= n_from && y >= n_to)
            break;
        }
      if (diagonal <= distance)
        break;
    }

  /* Back along the way, pairing what is equal on it. Off the lists' ends a way may lead, but not
   * begin. */
  for (; distance >= 0 && distance <= limit; distance--)
    {
      const int *before = distance > 0 ? reached[distance - 1] + distance - 1 : NULL;
      int from_x = 0;
      int from_y = 0;
      int from_diagonal = 0;

      diagonal = x - y;
      if (distance > 0)
        {
          if (diagonal == -distance ||
              (diagonal != distance && before[diagonal - 1] < before[diagonal + 1]))
            from_diagonal = diagonal + 1;
          else
            from_diagonal = diagonal - 1;
          from_x = before[from_diagonal];
          from_y = from_x - from_diagonal;
        }

      while (x > from_x && y > from_y)
        {
          x--, y--;
          pair_if_equal (self, (guint) x, (guint) y);
        }
      x = from_x;
      y = from_y;
    }

  ss_diff_release (diff, &memory);
}

static void
pair_unique (Equals *self)
{
  guint i;

  for (i = 0; i < self->match->n_to; i++)
    {
      const Slot *slot;

      if (self->slot_of_to[i] == NOBODY)
        continue;
      slot = &self->slots[self->slot_of_to[i]];
      if (slot->n_from == 1 && slot->n_to == 1)
        pair_if_equal (self, slot->first, i);
    }
}

/* Neighbours of a pair that are equal on both sides are a pair as well. */
static void
pair_neighbours (Equals *self)
{
  SsListMatch *match = self->match;
  guint i;

  for (i = 1; i < match->n_to; i++)
    {
      int old = match->from_of_to[i - 1];

      if (old >= 0 && (guint) old + 1 < match->n_from)
        pair_if_equal (self, (guint) old + 1, i);
    }

  for (i = match->n_to - 1; i > 0; i--)
    {
      int old = match->from_of_to[i];

      if (old > 0)
        pair_if_equal (self, (guint) old - 1, i - 1);
    }
}

static void
pair_in_order (Equals *self)
{
  SsListMatch *match = self->match;
  guint i;

  for (i = 0; i < match->n_to; i++)
    {
      Slot *slot;

      if (match->from_of_to[i] >= 0 || self->slot_of_to[i] == NOBODY)
        continue;

      slot = &self->slots[self->slot_of_to[i]];
      while (slot->first != NOBODY && match->to_of_from[slot->first] >= 0)
        slot->first = self->next[slot->first];
      if (slot->first != NOBODY)
        pair_if_equal (self, slot->first, i);
    }
}

static void
match_equal (SsDiff      *diff,
             SsListMatch *match)
{
  Equals self;

  if (!equals_init (&self, diff, match))
    {
      pair_unique (&self);
      return;
    }

  pair_exactly (&self, diff);
  pair_unique (&self);
  pair_neighbours (&self);
  pair_in_order (&self);
}

static guint
n_members_looked_at (const SsValue *value)
{
  return ss_value_is_container (value) ? MIN (ss_value_length (value), MEMBERS_LOOKED_AT) : 0;
}

/* A member's hash has its name in it, an element's in a list its index. Never 0. */
static guint64
member_hash (const SsValue *container,
             guint          index)
{
  const SsValue *value;
  guint64 name;

  if (ss_value_kind (container) == SS_VALUE_OBJECT)
    {
      name = ss_value_hash (ss_object_key (container, index));
      value = ss_object_value (container, index);
    }
  else
    {
      name = index;
      value = ss_array_get (container, index);
    }

  return (ss_value_hash (value) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + name) | 1;
}

static MemberSlot *
find_member_slot (MemberSlot *slots,
                  guint       mask,
                  guint64     hash)
{
  guint at = (guint) (hash >> 20) & mask;

  while (slots[at].hash != 0 && slots[at].hash != hash)
    at = (at + 1) & mask;

  return &slots[at];
}

gboolean
ss_list_elements_alike (SsDiff        *self,
                        const SsValue *a,
                        const SsValue *b)
{
  gboolean is_object;
  guint n_equal = 0;
  guint n_looked_at;
  guint hint = 0;
  guint i;

  if (!ss_value_is_container (a) || !ss_value_is_container (b) ||
      ss_value_kind (a) != ss_value_kind (b))
    return FALSE;

  is_object = ss_value_kind (a) == SS_VALUE_OBJECT;
  n_looked_at = n_members_looked_at (a);
  for (i = 0; i < n_looked_at && 2 * n_equal < n_looked_at; i++)
    {
      if (is_object)
        {
          int position = ss_object_find_key (b, ss_object_key (a, i), hint);

          if (position < 0)
            continue;
          hint = (guint) position + 1;
          if (ss_diff_equal (self, ss_object_value (a, i), ss_object_value (b, (guint) position)))
            n_equal++;
        }
      else if (i < ss_value_length (b) &&
               ss_diff_equal (self, ss_array_get (a, i), ss_array_get (b, i)))
        {
          n_equal++;
        }
    }

  return n_equal > 0 && 2 * n_equal >= n_looked_at;
}

/* The free old element that has the most members that a new one has and no other old one. */
static guint
find_candidate (const SsListMatch *match,
                MemberSlot        *slots,
                guint              mask,
                const SsValue     *value,
                gboolean          *shares_first)
{
  guint candidates[CANDIDATES];
  guint counts[CANDIDATES];
  guint n_candidates = 0;
  guint first = NOBODY;
  guint best = 0;
  guint n = n_members_looked_at (value);
  guint i;

  for (i = 0; i < n; i++)
    {
      const MemberSlot *slot = find_member_slot (slots, mask, member_hash (value, i));
      guint at = 0;

      if (slot->hash == 0 || slot->old == NOBODY || match->to_of_from[slot->old] >= 0)
        continue;

      if (i == 0)
        first = slot->old;
      while (at < n_candidates && candidates[at] != slot->old)
        at++;
      if (at == CANDIDATES)
        continue;
      if (at == n_candidates)
        {
          candidates[at] = slot->old;
          counts[at] = 0;
          n_candidates++;
        }
      counts[at]++;
      if (counts[at] > counts[best])
        best = at;
    }

  if (n_candidates == 0)
    return NOBODY;

  *shares_first = candidates[best] == first;
  return candidates[best];
}

static void
match_alike (SsDiff      *diff,
             SsListMatch *match)
{
  MemberSlot *slots;
  guint n_members = 0;
  guint n_new = 0;
  guint mask;
  guint i, j;

  for (i = 0; i < match->n_from; i++)
    if (match->to_of_from[i] < 0)
      n_members += n_members_looked_at (ss_list_match_old (match, i));
  for (i = 0; i < match->n_to; i++)
    n_new += match->from_of_to[i] < 0 && ss_value_is_container (ss_list_match_new (match, i));
  if (n_members == 0 || n_new == 0)
    return;

  mask = table_size (n_members) - 1;
  slots = ss_diff_allocate (diff, (mask + 1) * sizeof (MemberSlot));
  memset (slots, 0, (mask + 1) * sizeof (MemberSlot));

  for (i = 0; i < match->n_from; i++)
    {
      const SsValue *value = ss_list_match_old (match, i);
      guint n = n_members_looked_at (value);

      if (match->to_of_from[i] >= 0)
        continue;

      for (j = 0; j < n; j++)
        {
          guint64 hash = member_hash (value, j);
          MemberSlot *slot = find_member_slot (slots, mask, hash);

          slot->old = slot->hash == 0 ? i : NOBODY;
          slot->hash = hash;
        }
    }

  for (i = 0; i < match->n_to; i++)
    {
      const SsValue *value = ss_list_match_new (match, i);
      gboolean shares_first = FALSE;
      gboolean alike;
      guint old;

      if (match->from_of_to[i] >= 0 || !ss_value_is_container (value))
        continue;

      old = find_candidate (match, slots, mask, value, &shares_first);
      if (old == NOBODY)
        continue;

      alike = ss_list_elements_alike (diff, ss_list_match_old (match, old), value);
      if (alike || shares_first)
        {
          pair (match, old, i);
          match->flags[i] |= SS_ELEMENT_EDITED | (alike ? 0 : SS_ELEMENT_WEAK);
        }
    }
}

void
ss_list_match (SsDiff      *self,
               SsListMatch *match,
               gboolean     by_likeness)
{
  SsDiffMemory memory;

  match->from_of_to = ss_diff_allocate (self, match->n_to * sizeof (int));
  match->to_of_from = ss_diff_allocate (self, match->n_from * sizeof (int));
  match->flags = ss_diff_allocate (self, match->n_to);
  memset (match->from_of_to, -1, match->n_to * sizeof (int));
  memset (match->to_of_from, -1, match->n_from * sizeof (int));
  memset (match->flags, 0, match->n_to);

  memory = ss_diff_memory (self);
  match_equal (self, match);
  if (by_likeness)
    match_alike (self, match);
  ss_diff_release (self, &memory);
}
