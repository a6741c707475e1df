/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-list-diff.h"

#include <string.h>

#include "ss-list-match.h"
#include "ss-writer.h"

/* The difference of two lists.
 *
 * Common ends are left out first. If the rest is of one length, and its elements look like edited
 * versions of those at the same places, that is what they are taken for. Otherwise elements are
 * matched (ss-list-match.c); as many as possible keep their order (the longest increasing
 * subsequence), the others are moved, removed and added around them, and at last, when everybody is
 * in place, those that were edited are. */

/* A gap where old and new elements differ in number is searched so far for one that is alike. */
#define GAP_WINDOW 8

/* Lists of which more elements differ are written as they match, and not by position as well. */
#define SHORT_LIST 16

/* The text of an element that may be as soon written as moved. */
#define SMALL_ELEMENT 64

/* Sums of a row of numbers of which single ones change (P. M. Fenwick, 1994). Here: how many of the
 * old elements up to an index still wait to be moved. */
typedef struct
{
  int  *sums;
  guint length;
} Fenwick;

static void
fenwick_init (Fenwick *self,
              SsDiff  *diff,
              guint    length)
{
  self->length = length;
  self->sums = ss_diff_allocate (diff, ((gsize) length + 1) * sizeof (int));
  memset (self->sums, 0, ((gsize) length + 1) * sizeof (int));
}

static void
fenwick_add (Fenwick *self,
             guint    index,
             int      amount)
{
  for (index++; index <= self->length; index += index & -index)
    self->sums[index] += amount;
}

static guint
fenwick_before (const Fenwick *self,
                guint          index)
{
  int sum = 0;

  for (; index > 0; index &= index - 1)
    sum += self->sums[index];

  return (guint) sum;
}

static void
diff_element (SsDiff            *self,
              const SsListMatch *match,
              guint              old,
              guint              new)
{
  ss_diff_push_index (self, match->start + new);
  self->diff_values (self, ss_list_match_old (match, old), ss_list_match_new (match, new));
  ss_diff_pop (self);
}

/* Whether one of the new elements at these places equals an old one at another of them. Hashes
 * suffice: a wrong answer is only a longer way to a patch. */
static gboolean
have_moved (SsDiff            *self,
            const SsListMatch *match,
            const guint       *places,
            guint              n_places)
{
  SsDiffMemory memory = ss_diff_memory (self);
  gboolean found = FALSE;
  guint64 *hashes;
  guint mask = 15;
  guint i;

  while (mask < 2 * n_places)
    mask = 2 * mask + 1;
  hashes = ss_diff_allocate (self, ((gsize) mask + 1) * sizeof (guint64));
  memset (hashes, 0, ((gsize) mask + 1) * sizeof (guint64));

  for (i = 0; i < n_places; i++)
    {
      guint64 hash = ss_value_hash (ss_list_match_old (match, places[i])) | 1;
      guint at = (guint) (hash >> 20) & mask;

      while (hashes[at] != 0 && hashes[at] != hash)
        at = (at + 1) & mask;
      hashes[at] = hash;
    }

  for (i = 0; i < n_places && !found; i++)
    {
      guint64 hash = ss_value_hash (ss_list_match_new (match, places[i])) | 1;
      guint at = (guint) (hash >> 20) & mask;

      while (hashes[at] != 0 && hashes[at] != hash)
        at = (at + 1) & mask;
      found = hashes[at] == hash;
    }

  ss_diff_release (self, &memory);

  return found;
}

/* The places at which lists of one length differ. */
static guint
find_places (SsDiff            *self,
             const SsListMatch *match,
             guint             *places)
{
  guint n_places = 0;
  guint i;

  for (i = 0; i < match->n_from; i++)
    if (!ss_diff_equal (self, ss_list_match_old (match, i), ss_list_match_new (match, i)))
      places[n_places++] = i;

  return n_places;
}

static gboolean
is_in_place (SsDiff            *self,
             const SsListMatch *match,
             const guint       *places,
             guint              n_places,
             gboolean          *all_plain)
{
  guint i;

  *all_plain = TRUE;
  for (i = 0; i < n_places; i++)
    {
      const SsValue *old_value = ss_list_match_old (match, places[i]);
      const SsValue *new_value = ss_list_match_new (match, places[i]);

      if (!ss_value_is_container (old_value) || !ss_value_is_container (new_value))
        continue;

      *all_plain = FALSE;
      if (!ss_list_elements_alike (self, old_value, new_value))
        return FALSE;
    }

  return !have_moved (self, match, places, n_places);
}

/* Marks as many matched elements as possible that are in the same order on both sides. */
static void
keep_longest (SsDiff      *self,
              SsListMatch *match)
{
  SsDiffMemory memory = ss_diff_memory (self);
  int *last = ss_diff_allocate (self, ((gsize) match->n_to + 1) * sizeof (int)); /* by length */
  int *previous = ss_diff_allocate (self, (gsize) match->n_to * sizeof (int));
  guint length = 0;
  int at;
  guint i;

  for (i = 0; i < match->n_to; i++)
    {
      int old = match->from_of_to[i];
      guint low = 0;
      guint high = length;

      if (old < 0)
        continue;

      /* Mostly it goes on from the longest. */
      if (length > 0 && match->from_of_to[last[length - 1]] < old)
        low = length;
      while (low < high)
        {
          guint middle = (low + high) / 2;

          if (match->from_of_to[last[middle]] < old)
            low = middle + 1;
          else
            high = middle;
        }
      previous[i] = low > 0 ? last[low - 1] : -1;
      last[low] = (int) i;
      length = MAX (length, low + 1);
    }

  for (at = length > 0 ? last[length - 1] : -1; at >= 0; at = previous[at])
    match->flags[at] |= SS_ELEMENT_KEPT;

  ss_diff_release (self, &memory);
}

static gboolean
is_kept_old (const SsListMatch *match,
             guint              old)
{
  return match->to_of_from[old] >= 0 &&
         (match->flags[match->to_of_from[old]] & SS_ELEMENT_KEPT) != 0;
}

static void
keep_edited (SsListMatch *match,
             guint        old,
             guint        new)
{
  match->from_of_to[new] = (int) old;
  match->to_of_from[old] = (int) new;
  match->flags[new] |= SS_ELEMENT_EDITED | SS_ELEMENT_KEPT;
}

/* Which elements of a gap are paired: those that are alike first, those that are going to be moved
 * from elsewhere or elsewhere last. */
typedef enum
{
  PAIR_ALIKE,
  PAIR_STAYING,
  PAIR_ANY,
} PairWhich;

static gboolean
may_pair (SsDiff            *self,
          const SsListMatch *match,
          guint              old,
          guint              new,
          PairWhich          which)
{
  const SsValue *old_value = ss_list_match_old (match, old);
  const SsValue *new_value = ss_list_match_new (match, new);

  switch (which)
    {
    case PAIR_ALIKE:
      return ss_list_elements_alike (self, old_value, new_value);
    case PAIR_STAYING:
      return !ss_diff_is_moving (self, old_value) && !ss_diff_is_moving (self, new_value);
    case PAIR_ANY:
    default:
      return TRUE;
    }
}

/* Pairs the unmatched elements between two that are kept. Replacing one is shorter than removing
 * and adding, whatever they are, but for those that have not gone for good. */
static void
pair_in_gap (SsDiff      *self,
             SsListMatch *match,
             const guint *free_old,
             guint        n_free,
             guint        new,
             guint        new_end,
             PairWhich    which)
{
  guint first = 0;

  for (; new < new_end &&first < n_free; new ++)
    {
      guint i;

      if (match->from_of_to[new] >= 0)
        continue;

      for (i = first; i < n_free && i - first < GAP_WINDOW; i++)
        {
          if (may_pair (self, match, free_old[i], new, which))
            {
              keep_edited (match, free_old[i], new);
              first = i + 1;
              break;
            }
        }
    }
}

static void
pair_in_gaps (SsDiff      *self,
              SsListMatch *match,
              PairWhich    which)
{
  SsDiffMemory memory = ss_diff_memory (self);
  guint *free_old = ss_diff_allocate (self, (gsize) match->n_from * sizeof (guint));
  guint old = 0;
  guint new = 0;

  while (old < match->n_from && new < match->n_to)
    {
      guint new_end = new;
      guint n_free = 0;

      for (; old < match->n_from && !is_kept_old (match, old); old++)
        if (match->to_of_from[old] < 0)
          free_old[n_free++] = old;
      while (new_end < match->n_to && (match->flags[new_end] & SS_ELEMENT_KEPT) == 0)
        new_end++;

      if (n_free > 0)
        pair_in_gap (self, match, free_old, n_free, new, new_end, which);

      old++;
      new = new_end + 1;
    }

  ss_diff_release (self, &memory);
}

/* Elements that are hardly alike and would have to be moved as well are better removed and added.
 * Gives the number of elements that do have to be moved. */
static guint
settle_moves (SsListMatch *match)
{
  guint n_moves = 0;
  guint i;

  for (i = 0; i < match->n_to; i++)
    {
      if (match->from_of_to[i] < 0 || (match->flags[i] & SS_ELEMENT_KEPT) != 0)
        continue;

      if ((match->flags[i] & SS_ELEMENT_WEAK) != 0)
        {
          match->to_of_from[match->from_of_to[i]] = -1;
          match->from_of_to[i] = -1;
          match->flags[i] = 0;
        }
      else
        {
          n_moves++;
        }
    }

  return n_moves;
}

/* Goes through the new list and puts one element after the other into its place. Those that wait to
 * be moved stand in the way meanwhile: where depends on the kept ones around them. */
static void
emit_moves (SsDiff            *self,
            const SsListMatch *match)
{
  guint n_from = match->n_from;
  guint n_to = match->n_to;
  guint *n_kept =
    ss_diff_allocate (self, ((gsize) n_to + 1) * sizeof (guint)); /* among the first new ones */
  guint *next_kept =
    ss_diff_allocate (self, (gsize) n_from * sizeof (guint)); /* new index, after an old one */
  guint passed =
    0; /* old elements up to the one kept last; who waits among them is in front of us */
  Fenwick waiting;
  guint kept;
  guint i;

  fenwick_init (&waiting, self, n_from);
  n_kept[0] = 0;
  for (i = 0; i < n_to; i++)
    n_kept[i + 1] = n_kept[i] + ((match->flags[i] & SS_ELEMENT_KEPT) != 0 ? 1 : 0);
  for (kept = n_to, i = n_from; i-- > 0;)
    {
      if (is_kept_old (match, i))
        kept = (guint) match->to_of_from[i];
      else if (match->to_of_from[i] >= 0)
        fenwick_add (&waiting, i, 1);
      next_kept[i] = kept;
    }

  for (i = 0; i < n_to; i++)
    {
      if (match->from_of_to[i] < 0)
        {
          ss_diff_emit_at (self, SS_OP_ADD, match->start + i + fenwick_before (&waiting, passed),
                           NULL, ss_list_match_new (match, i));
        }
      else if ((match->flags[i] & SS_ELEMENT_KEPT) != 0)
        {
          passed = (guint) match->from_of_to[i];
        }
      else
        {
          guint old = (guint) match->from_of_to[i];
          guint placed = MIN (next_kept[old], i);
          guint from =
            placed + n_kept[next_kept[old]] - n_kept[placed] + fenwick_before (&waiting, old);
          guint to;

          fenwick_add (&waiting, old, -1);
          to = i + fenwick_before (&waiting, passed);
          if (from != to)
            ss_diff_emit_move (self, match->start + from, match->start + to);
        }
    }
}

static void
emit_matched (SsDiff      *self,
              SsListMatch *match)
{
  SsDiffMemory memory = ss_diff_memory (self);
  guint n_moves = settle_moves (match);
  guint i;

  /* From the back, so that the indices of those in front stay. */
  for (i = match->n_from; i-- > 0;)
    if (match->to_of_from[i] < 0)
      ss_diff_emit_at (self, SS_OP_REMOVE, match->start + i, ss_list_match_old (match, i), NULL);

  if (n_moves > 0)
    {
      emit_moves (self, match);
    }
  else
    {
      for (i = 0; i < match->n_to; i++)
        if (match->from_of_to[i] < 0)
          ss_diff_emit_at (self, SS_OP_ADD, match->start + i, NULL, ss_list_match_new (match, i));
    }
  ss_diff_release (self, &memory);

  for (i = 0; i < match->n_to; i++)
    if ((match->flags[i] & SS_ELEMENT_EDITED) != 0)
      diff_element (self, match, (guint) match->from_of_to[i], i);
}

static void
emit_in_place (SsDiff            *self,
               const SsListMatch *match,
               const guint       *places,
               guint              n_places)
{
  guint i;

  for (i = 0; i < n_places; i++)
    diff_element (self, match, places[i], places[i]);
}

/* Element by element, and the longer list's rest at the end. */
static void
emit_by_position (SsDiff            *self,
                  const SsListMatch *match)
{
  guint n_both = MIN (match->n_from, match->n_to);
  guint i;

  for (i = match->n_from; i-- > n_both;)
    ss_diff_emit_at (self, SS_OP_REMOVE, match->start + i, ss_list_match_old (match, i), NULL);
  for (i = n_both; i < match->n_to; i++)
    ss_diff_emit_at (self, SS_OP_ADD, match->start + i, NULL, ss_list_match_new (match, i));
  for (i = 0; i < n_both; i++)
    diff_element (self, match, i, i);
}

/* Whether elements were paired although they are not equal, or might have been, or are so small
 * that they are as soon written as moved. */
static gboolean
is_doubtful (const SsListMatch *match)
{
  guint n_edited = 0;
  guint n_added = 0;
  guint n_matched = 0;
  guint i;

  if (MAX (match->n_from, match->n_to) > SHORT_LIST)
    return FALSE;

  for (i = 0; i < match->n_to; i++)
    {
      const SsValue *value = ss_list_match_new (match, i);

      if (match->from_of_to[i] >= 0 && (match->flags[i] & SS_ELEMENT_KEPT) == 0 &&
          ss_value_is_container (value) && ss_value_measure (value, SMALL_ELEMENT) <= SMALL_ELEMENT)
        return TRUE;

      n_edited += (match->flags[i] & SS_ELEMENT_EDITED) != 0;
      n_matched += match->from_of_to[i] >= 0;
      n_added += match->from_of_to[i] < 0;
    }

  return n_edited > 0 || (n_added > 0 && n_matched < match->n_from);
}

/* Numbers that change places are often shorter written anew than moved. */
static void
keep_shorter_in_place (SsDiff            *self,
                       const SsDiffMark  *mark,
                       const SsListMatch *match,
                       const guint       *places,
                       guint              n_places)
{
  gsize bytes = ss_diff_bytes_since (self, mark, G_MAXSIZE);
  SsDiffMark moved = ss_diff_mark (self);

  if (bytes / 34 < n_places)
    return;

  emit_in_place (self, match, places, n_places);
  if (ss_diff_bytes_since (self, &moved, bytes) < bytes)
    ss_diff_cut (self, mark, &moved);
  else
    ss_diff_back (self, &moved);
}

static void
diff_middles (SsDiff      *self,
              SsListMatch *match)
{
  SsDiffMemory memory = ss_diff_memory (self);
  SsDiffMark mark = ss_diff_mark (self);
  gboolean is_doubtful_list;
  gboolean all_plain = FALSE;
  guint *places = NULL;
  guint n_places = 0;

  if (match->n_from == match->n_to)
    {
      places = ss_diff_allocate (self, match->n_from * sizeof (guint));
      n_places = find_places (self, match, places);
      if (is_in_place (self, match, places, n_places, &all_plain))
        {
          emit_in_place (self, match, places, n_places);
          ss_diff_release (self, &memory);
          return;
        }
    }

  ss_list_match (self, match,
                 self->lists == SS_DIFF_BY_LIKENESS ||
                   MAX (match->n_from, match->n_to) > SHORT_LIST);
  keep_longest (self, match);
  if (self->lists == SS_DIFF_BY_LIKENESS)
    pair_in_gaps (self, match, PAIR_ALIKE);
  if (self->moving.hashes != NULL)
    pair_in_gaps (self, match, PAIR_STAYING);
  pair_in_gaps (self, match, PAIR_ANY);

  is_doubtful_list = is_doubtful (match);
  if (is_doubtful_list)
    self->has_doubts = TRUE;
  if (is_doubtful_list && self->lists == SS_DIFF_BY_POSITION)
    {
      emit_by_position (self, match);
      ss_diff_release (self, &memory);
      return;
    }

  emit_matched (self, match);
  if (all_plain)
    keep_shorter_in_place (self, &mark, match, places, n_places);
  ss_diff_release (self, &memory);
}

void
ss_diff_lists (SsDiff        *self,
               const SsValue *from,
               const SsValue *to)
{
  SsDiffMark mark = ss_diff_mark (self);
  SsListMatch match = { .from = from, .to = to };
  guint n_from = ss_value_length (from);
  guint n_to = ss_value_length (to);
  guint i;

  while (match.start < MIN (n_from, n_to) &&
         ss_diff_equal (self, ss_array_get (from, match.start), ss_array_get (to, match.start)))
    match.start++;
  /* A last pair that the first loop has found unequal is not compared again: in nested lists that
   * would add up. */
  while (MIN (n_from, n_to) > match.start && !(n_from == n_to && n_from == match.start + 1) &&
         ss_diff_equal (self, ss_array_get (from, n_from - 1), ss_array_get (to, n_to - 1)))
    n_from--, n_to--;
  match.n_from = n_from - match.start;
  match.n_to = n_to - match.start;

  if (match.n_from == 1 && match.n_to == 1)
    {
      /* Replacing the whole list for one element's sake cannot be shorter. */
      diff_element (self, &match, 0, 0);
      if (self->defers)
        ss_diff_keep_shorter (self, &mark, to, FALSE);
      return;
    }

  ss_diff_open (self, to);
  if (match.n_from == 0)
    {
      for (i = 0; i < match.n_to; i++)
        ss_diff_emit_at (self, SS_OP_ADD, match.start + i, NULL, ss_list_match_new (&match, i));
    }
  else if (match.n_to == 0)
    {
      for (i = match.n_from; i-- > 0;)
        ss_diff_emit_at (self, SS_OP_REMOVE, match.start + i, ss_list_match_old (&match, i), NULL);
    }
  else
    {
      diff_middles (self, &match);
    }

  if (!ss_diff_close (self, &mark))
    ss_diff_keep_shorter (self, &mark, to,
                          self->n_ops > mark.n_ops + 1 && !(self->keeps_list && self->depth == 0));
}
