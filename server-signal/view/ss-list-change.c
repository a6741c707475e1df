/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-list-change.h"

#include "json/ss-pointer.h"
#include "ss-piece-table.h"

/* An element that moves past no more than so many others that stay goes and comes in one run, in
 * which whoever follows finds it again. */
#define MOVE_SPAN 1000

/* So many elements are told apart by looking at each; more have pieces made. */
#define FEW_TOUCHED 16

typedef struct
{
  SsListChange *change;
  const char   *list;
  gsize         list_length;
  guint         length;    /* while there are no pieces */
  SsPieceTable *pieces;    /* NULL: nothing has moved yet, and few were written to */
} Replay;

typedef enum
{
  OUTSIDE,
  ELEMENT,
  WITHIN,
} Where;

static guint
length_now (const Replay *replay)
{
  return replay->pieces != NULL ? ss_piece_table_length (replay->pieces) : replay->length;
}

static Where
find_element (const Replay  *replay,
              const char    *pointer,
              guint         *index,
              const char   **rest)
{
  const char *token;
  gsize length;

  /* There is one way only to write a pointer. */
  if (pointer == NULL || strncmp (pointer, replay->list, replay->list_length) != 0 ||
      pointer[replay->list_length] != '/')
    return OUTSIDE;

  token = pointer + replay->list_length + 1;
  length = strcspn (token, "/");
  *rest = token + length;

  if (length == 1 && *token == '-')
    *index = length_now (replay);
  else if (!ss_token_to_index (token, length, index))
    return OUTSIDE;

  return **rest == '\0' ? ELEMENT : WITHIN;
}

static void
add_write (SsListChange  *change,
           SsListTouched *touched,
           const char    *rest,
           SsOpKind       kind)
{
  SsListWrite write = { rest, kind, touched->n_writes > 0 ? touched->first_write + 1 : 0 };

  touched->first_write = change->writes->len;
  touched->n_writes++;
  g_array_append_val (change->writes, write);
}

static SsPieceTable *
need_pieces (Replay *replay)
{
  SsListChange *change = replay->change;

  if (replay->pieces == NULL)
    {
      replay->pieces = ss_piece_table_new (replay->length);
      for (guint i = 0; i < change->touched->len; i++)
        ss_piece_table_tag (replay->pieces,
                            g_array_index (change->touched, SsListTouched, i).old_index, i + 1);
    }

  return replay->pieces;
}

static SsListTouched *
find_touched (Replay *replay,
              guint   index)
{
  SsListChange *change = replay->change;
  SsListTouched touched = { index, index, 0, 0 };
  guint tag;

  if (replay->pieces == NULL)
    for (guint i = 0; i < change->touched->len; i++)
      if (g_array_index (change->touched, SsListTouched, i).old_index == index)
        return &g_array_index (change->touched, SsListTouched, i);

  if (replay->pieces == NULL && change->touched->len < FEW_TOUCHED)
    {
      g_array_append_val (change->touched, touched);
      return &g_array_index (change->touched, SsListTouched, change->touched->len - 1);
    }

  /* Where it was before comes with its piece. */
  tag = ss_piece_table_tag (need_pieces (replay), index, change->touched->len + 1);
  if (tag == 0)
    return NULL;
  if (tag == change->touched->len + 1)
    g_array_append_val (change->touched, touched);

  return &g_array_index (change->touched, SsListTouched, tag - 1);
}

static void
touch (Replay     *replay,
       guint       index,
       const char *rest,
       SsOpKind    kind)
{
  SsListTouched *touched = find_touched (replay, index);

  if (touched != NULL)
    add_write (replay->change, touched, rest, kind);
}

static void
replay_op (Replay     *replay,
           const SsOp *op)
{
  guint index = 0, from_index = 0;
  const char *rest, *from_rest;
  Where from = OUTSIDE;
  Where where;

  if (op->kind == SS_OP_TEST)
    return;

  if (op->kind == SS_OP_MOVE)
    from = find_element (replay, op->from, &from_index, &from_rest);

  if (from == ELEMENT)
    {
      where = find_element (replay, op->path, &index, &rest);
      if (where == ELEMENT)
        {
          /* The end is where it is once the element is taken out. */
          index = MIN (index, length_now (replay) - 1);
          ss_piece_table_move (need_pieces (replay), from_index, index);
          return;
        }
      ss_piece_table_remove (need_pieces (replay), from_index);
    }
  else if (from == WITHIN)
    {
      touch (replay, from_index, from_rest, SS_OP_REMOVE);
    }

  where = find_element (replay, op->path, &index, &rest);
  if (where == WITHIN)
    touch (replay, index, rest,
           op->kind == SS_OP_MOVE || op->kind == SS_OP_COPY ? SS_OP_ADD : op->kind);
  else if (where == ELEMENT && op->kind == SS_OP_REPLACE)
    touch (replay, index, rest, op->kind);
  else if (where == ELEMENT && op->kind == SS_OP_REMOVE)
    ss_piece_table_remove (need_pieces (replay), index);
  else if (where == ELEMENT)
    ss_piece_table_insert (need_pieces (replay), index);
}

static SsListChange *
change_new (guint n_old)
{
  SsListChange *self = g_new0 (SsListChange, 1);

  self->n_old = n_old;
  self->n_new = n_old;
  self->runs = g_array_new (FALSE, FALSE, sizeof (SsListRun));
  self->parts = g_array_new (FALSE, FALSE, sizeof (SsListPart));
  self->by_old = g_array_new (FALSE, FALSE, sizeof (guint));
  self->touched = g_array_new (FALSE, FALSE, sizeof (SsListTouched));
  self->writes = g_array_new (FALSE, FALSE, sizeof (SsListWrite));

  return self;
}

/* Makes one of neighbours that belong together; what stays loses its mark of having moved when it
 * is in order with all others that stay. */
static GArray *
list_pieces (SsListChange       *self,
             const SsPieceTable *pieces)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (SsPiece));
  g_autofree guint *limits = NULL;
  GArray *joined = g_array_new (FALSE, FALSE, sizeof (SsPiece));
  guint limit = self->n_old;
  guint end = 0;
  guint index = 0;

  ss_piece_table_list (pieces, all);
  limits = g_new (guint, all->len + 1);
  for (guint i = all->len; i > 0; i--)
    {
      const SsPiece *piece = &g_array_index (all, SsPiece, i - 1);

      limits[i - 1] = limit;
      if (piece->start != SS_PIECE_NEW && !piece->is_moved)
        limit = piece->start;
    }

  for (guint i = 0; i < all->len; i++)
    {
      SsPiece piece = g_array_index (all, SsPiece, i);
      SsPiece *last = joined->len > 0 ? &g_array_index (joined, SsPiece, joined->len - 1) : NULL;
      gboolean is_old = piece.start != SS_PIECE_NEW;

      if (piece.tag != 0)
        {
          SsListTouched *touched = &g_array_index (self->touched, SsListTouched, piece.tag - 1);

          touched->old_index = piece.start;
          touched->index = index;
        }
      index += piece.length;

      if (is_old && piece.is_moved && piece.start >= end &&
          piece.start + piece.length <= limits[i])
        piece.is_moved = FALSE;
      if (is_old && !piece.is_moved)
        end = piece.start + piece.length;

      if (last != NULL && (last->start != SS_PIECE_NEW) == is_old &&
          (!is_old ||
           (last->is_moved == piece.is_moved && last->start + last->length == piece.start)))
        last->length += piece.length;
      else
        g_array_append_val (joined, piece);
    }

  self->n_new = index;
  return joined;
}

/* Between pieces that stay. kept: how many stay before it. */
typedef struct
{
  guint index;
  guint old_index;
  guint n_added;
  guint n_removed;
  guint kept;
  int   joins;      /* changes how many moves are joined from this gap on */
} Gap;

static GArray *
find_gaps (const SsListChange *self,
           const GArray       *pieces)
{
  GArray *gaps = g_array_new (FALSE, FALSE, sizeof (Gap));
  guint index = 0;
  Gap gap = { 0 };

  for (guint i = 0; i <= pieces->len; i++)
    {
      SsPiece piece = { self->n_old, 0, 0, FALSE };

      if (i < pieces->len)
        piece = g_array_index (pieces, SsPiece, i);

      if (piece.start == SS_PIECE_NEW || piece.is_moved)
        {
          index += piece.length;
          continue;
        }

      gap.n_added = index - gap.index;
      gap.n_removed = piece.start - gap.old_index;
      if (gap.n_added > 0 || gap.n_removed > 0)
        g_array_append_val (gaps, gap);

      index += piece.length;
      gap.index = index;
      gap.old_index = piece.start + piece.length;
      gap.kept += piece.length;
    }

  return gaps;
}

static guint
find_gap (const GArray *gaps,
          guint         index,
          gboolean      is_old)
{
  guint low = 0, high = gaps->len;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;
      const Gap *gap = &g_array_index (gaps, Gap, middle);

      if ((is_old ? gap->old_index : gap->index) <= index)
        low = middle;
      else
        high = middle;
    }

  return low;
}

static void
join_moves (GArray       *gaps,
            const GArray *pieces)
{
  guint n_changed = 0;
  guint index = 0;

  for (guint i = 0; i < gaps->len; i++)
    n_changed += g_array_index (gaps, Gap, i).n_added + g_array_index (gaps, Gap, i).n_removed;

  for (guint i = 0; i < pieces->len; i++)
    {
      const SsPiece *piece = &g_array_index (pieces, SsPiece, i);

      if (piece->start != SS_PIECE_NEW && piece->is_moved)
        {
          guint a = find_gap (gaps, piece->start, TRUE);
          guint b = find_gap (gaps, index, FALSE);
          Gap *first = &g_array_index (gaps, Gap, MIN (a, b));
          Gap *last = &g_array_index (gaps, Gap, MAX (a, b));

          if (last->kept - first->kept <= MAX (MOVE_SPAN, n_changed))
            {
              first->joins++;
              last->joins--;
            }
        }
      index += piece->length;
    }
}

static void
make_runs (SsListChange *self,
           const GArray *gaps)
{
  int joined = 0;

  for (guint i = 0; i < gaps->len; i++)
    {
      const Gap *gap = &g_array_index (gaps, Gap, i);

      if (joined > 0)
        {
          SsListRun *run = &g_array_index (self->runs, SsListRun, self->runs->len - 1);

          run->n_removed = gap->old_index + gap->n_removed - run->old_position;
          run->n_added = gap->index + gap->n_added - run->position;
        }
      else
        {
          SsListRun run = { gap->index, gap->old_index, gap->n_removed, gap->n_added, 0, 0 };

          g_array_append_val (self->runs, run);
        }
      joined += gap->joins;
    }
}

static guint
find_run (const SsListChange *self,
          guint               first,
          guint               index,
          gboolean            is_old)
{
  guint low = first, high = self->runs->len;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;
      const SsListRun *run = &g_array_index (self->runs, SsListRun, middle);

      if ((is_old ? run->old_position : run->position) <= index)
        low = middle;
      else
        high = middle;
    }

  return low;
}

static int
compare_parts (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  const SsListChange *self = user_data;
  guint old_a = g_array_index (self->parts, SsListPart, *(const guint *) a).old_index;
  guint old_b = g_array_index (self->parts, SsListPart, *(const guint *) b).old_index;

  return old_a < old_b ? -1 : old_a > old_b;
}

static void
make_parts (SsListChange *self,
            const GArray *pieces)
{
  guint index = 0;
  guint at = 0;

  for (guint i = 0; i < pieces->len && at < self->runs->len; i++)
    {
      const SsPiece *piece = &g_array_index (pieces, SsPiece, i);
      SsListRun *run = &g_array_index (self->runs, SsListRun, at);

      while (at < self->runs->len && index >= run->position + run->n_added)
        run = &g_array_index (self->runs, SsListRun, ++at);

      if (at < self->runs->len && index >= run->position)
        {
          SsListPart part = { index, piece->start, piece->length, at, SS_LIST_NOWHERE };

          if (piece->start != SS_PIECE_NEW)
            part.old_run = find_run (self, 0, piece->start, TRUE);
          if (run->n_parts++ == 0)
            run->first_part = self->parts->len;
          if (piece->start != SS_PIECE_NEW)
            g_array_append_val (self->by_old, self->parts->len);
          g_array_append_val (self->parts, part);
        }
      index += piece->length;
    }

  g_array_sort_with_data (self->by_old, compare_parts, self);
}

static void
forget_removed (SsListChange *self)
{
  for (guint i = self->touched->len; i > 0; i--)
    if (g_array_index (self->touched, SsListTouched, i - 1).index == SS_LIST_NOWHERE)
      g_array_remove_index_fast (self->touched, i - 1);
}

static void
finish (SsListChange       *self,
        const SsPieceTable *pieces)
{
  g_autoptr (GArray) joined = NULL;
  g_autoptr (GArray) gaps = NULL;

  for (guint i = 0; i < self->touched->len; i++)
    g_array_index (self->touched, SsListTouched, i).index = SS_LIST_NOWHERE;

  joined = list_pieces (self, pieces);
  forget_removed (self);
  gaps = find_gaps (self, joined);
  join_moves (gaps, joined);
  make_runs (self, gaps);
  make_parts (self, joined);
}

SsListChange *
ss_list_change_new (guint        n_old,
                    const char  *list,
                    const SsOp  *ops,
                    const guint *indices,
                    guint        n_indices)
{
  SsListChange *self = change_new (n_old);
  Replay replay = { self, list, strlen (list), n_old, NULL };

  for (guint i = 0; i < n_indices; i++)
    replay_op (&replay, &ops[indices != NULL ? indices[i] : i]);

  if (replay.pieces != NULL)
    finish (self, replay.pieces);
  g_clear_pointer (&replay.pieces, ss_piece_table_free);

  return self;
}

SsListChange *
ss_list_change_new_all (guint n_old,
                        guint n_new)
{
  SsListChange *self = change_new (n_old);
  SsListRun run = { 0, 0, n_old, n_new, 0, 1 };
  SsListPart part = { 0, SS_LIST_NOWHERE, n_new, 0, SS_LIST_NOWHERE };

  self->n_new = n_new;
  if (n_old > 0 || n_new > 0)
    {
      g_array_append_val (self->runs, run);
      g_array_append_val (self->parts, part);
    }

  return self;
}

void
ss_list_change_free (SsListChange *self)
{
  g_array_unref (self->runs);
  g_array_unref (self->parts);
  g_array_unref (self->by_old);
  g_array_unref (self->touched);
  g_array_unref (self->writes);
  g_free (self);
}

static const SsListPart *
find_part_by_old (const SsListChange *self,
                  guint               old_index)
{
  guint low = 0, high = self->by_old->len;
  const SsListPart *part;

  if (high == 0)
    return NULL;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      part = &g_array_index (self->parts, SsListPart, g_array_index (self->by_old, guint, middle));
      if (part->old_index <= old_index)
        low = middle;
      else
        high = middle;
    }

  part = &g_array_index (self->parts, SsListPart, g_array_index (self->by_old, guint, low));
  return part->old_index <= old_index && old_index - part->old_index < part->length ? part : NULL;
}

static const SsListPart *
find_part (const SsListChange *self,
           guint               index,
           const SsListRun    *run)
{
  guint low = run->first_part, high = run->first_part + run->n_parts;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->parts, SsListPart, middle).index <= index)
        low = middle;
      else
        high = middle;
    }

  return &g_array_index (self->parts, SsListPart, low);
}

guint
ss_list_change_find (const SsListChange  *self,
                     guint                n_made,
                     guint                index,
                     const SsListPart   **part)
{
  const SsListRun *run;
  guint old_index = index;

  *part = NULL;

  if (n_made > 0)
    {
      run = &g_array_index (self->runs, SsListRun, n_made - 1);
      if (index < run->position + run->n_added)
        {
          run = &g_array_index (self->runs, SsListRun, find_run (self, 0, index, FALSE));
          if (index >= run->position && index < run->position + run->n_added)
            *part = find_part (self, index, run);
          return index;
        }
      old_index = index - (run->position + run->n_added) + run->old_position + run->n_removed;
    }

  /* Of the runs still to be made, the last one that begins at or before it. */
  if (n_made < self->runs->len)
    {
      run = &g_array_index (self->runs, SsListRun, find_run (self, n_made, old_index, TRUE));
      if (old_index >= run->old_position)
        {
          if (old_index < run->old_position + run->n_removed)
            {
              *part = find_part_by_old (self, old_index);
              return *part != NULL ? (*part)->index + old_index - (*part)->old_index
                                   : SS_LIST_NOWHERE;
            }
          return old_index - (run->old_position + run->n_removed) + run->position + run->n_added;
        }
      run = n_made > 0 ? &g_array_index (self->runs, SsListRun, n_made - 1) : NULL;
    }
  else
    {
      run = n_made > 0 ? &g_array_index (self->runs, SsListRun, n_made - 1) : NULL;
    }

  return run == NULL ? old_index
                     : old_index - (run->old_position + run->n_removed) + run->position +
                         run->n_added;
}
