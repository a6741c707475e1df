/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-list-delta.h"

#include "json/ss-pointer.h"
#include "ss-piece-table.h"

/* An element that moves past at most this many others that stay goes and comes in one splice, in
 * which a follower of the list finds it again. */
#define MOVE_SPAN 1000

/* Elements that are told apart by looking at each; more of them have pieces made. */
#define FEW_EDITS 16

typedef struct
{
  SsListDelta  *delta;
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
add_write (SsListDelta *delta,
           SsListEdit  *edit,
           const char  *rest,
           SsOpKind     kind)
{
  SsListWrite write = { rest, kind, edit->n_writes > 0 ? edit->first_write + 1 : 0 };

  edit->first_write = delta->writes->len;
  edit->n_writes++;
  g_array_append_val (delta->writes, write);
}

static SsPieceTable *
need_pieces (Replay *replay)
{
  SsListDelta *delta = replay->delta;

  if (replay->pieces == NULL)
    {
      replay->pieces = ss_piece_table_new (replay->length);
      for (guint i = 0; i < delta->edits->len; i++)
        ss_piece_table_tag (replay->pieces, ss_list_edit_at (delta, i)->old_index, i + 1);
    }

  return replay->pieces;
}

static SsListEdit *
find_edit (Replay *replay,
           guint   index)
{
  SsListDelta *delta = replay->delta;
  SsListEdit edit = { index, index, 0, 0 };
  guint tag;

  if (replay->pieces == NULL)
    for (guint i = 0; i < delta->edits->len; i++)
      if (ss_list_edit_at (delta, i)->old_index == index)
        return ss_list_edit_at (delta, i);

  if (replay->pieces == NULL && delta->edits->len < FEW_EDITS)
    {
      g_array_append_val (delta->edits, edit);
      return ss_list_edit_at (delta, delta->edits->len - 1);
    }

  /* Its old index comes with its piece. */
  tag = ss_piece_table_tag (need_pieces (replay), index, delta->edits->len + 1);
  if (tag == 0)
    return NULL;
  if (tag == delta->edits->len + 1)
    g_array_append_val (delta->edits, edit);

  return ss_list_edit_at (delta, tag - 1);
}

static void
touch (Replay     *replay,
       guint       index,
       const char *rest,
       SsOpKind    kind)
{
  SsListEdit *edit = find_edit (replay, index);

  if (edit != NULL)
    add_write (replay->delta, edit, rest, kind);
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

static SsListDelta *
delta_new (guint n_old)
{
  SsListDelta *self = g_new0 (SsListDelta, 1);

  self->n_old = n_old;
  self->n_new = n_old;
  self->splices = g_array_new (FALSE, FALSE, sizeof (SsListSplice));
  self->spans = g_array_new (FALSE, FALSE, sizeof (SsListSpan));
  self->by_old = g_array_new (FALSE, FALSE, sizeof (guint));
  self->edits = g_array_new (FALSE, FALSE, sizeof (SsListEdit));
  self->writes = g_array_new (FALSE, FALSE, sizeof (SsListWrite));

  return self;
}

/* Joins neighbours that belong together. A piece loses its mark of having moved when it is in order
 * with all others that stay. */
static GArray *
list_pieces (SsListDelta        *self,
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
          SsListEdit *edit = ss_list_edit_at (self, piece.tag - 1);

          edit->old_index = piece.start;
          edit->index = index;
        }
      index += piece.length;

      if (is_old && piece.is_moved && piece.start >= end && piece.start + piece.length <= limits[i])
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
find_gaps (const SsListDelta *self,
           const GArray      *pieces)
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
make_splices (SsListDelta  *self,
              const GArray *gaps)
{
  int joined = 0;

  for (guint i = 0; i < gaps->len; i++)
    {
      const Gap *gap = &g_array_index (gaps, Gap, i);

      if (joined > 0)
        {
          SsListSplice *splice = ss_list_splice_at (self, self->splices->len - 1);

          splice->n_removed = gap->old_index + gap->n_removed - splice->old_position;
          splice->n_added = gap->index + gap->n_added - splice->position;
        }
      else
        {
          SsListSplice splice = { gap->index, gap->old_index, gap->n_removed, gap->n_added, 0, 0 };

          g_array_append_val (self->splices, splice);
        }
      joined += gap->joins;
    }
}

static guint
find_splice (const SsListDelta *self,
             guint              first,
             guint              index,
             gboolean           is_old)
{
  guint low = first, high = self->splices->len;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;
      const SsListSplice *splice = ss_list_splice_at (self, middle);

      if ((is_old ? splice->old_position : splice->position) <= index)
        low = middle;
      else
        high = middle;
    }

  return low;
}

static int
compare_spans (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  const SsListDelta *self = user_data;
  guint old_a = ss_list_span_at (self, *(const guint *) a)->old_index;
  guint old_b = ss_list_span_at (self, *(const guint *) b)->old_index;

  return old_a < old_b ? -1 : old_a > old_b;
}

static void
make_spans (SsListDelta  *self,
            const GArray *pieces)
{
  guint index = 0;
  guint at = 0;

  for (guint i = 0; i < pieces->len && at < self->splices->len; i++)
    {
      const SsPiece *piece = &g_array_index (pieces, SsPiece, i);
      SsListSplice *splice = ss_list_splice_at (self, at);

      while (at < self->splices->len && index >= splice->position + splice->n_added)
        splice = ss_list_splice_at (self, ++at);

      if (at < self->splices->len && index >= splice->position)
        {
          SsListSpan span = { index, piece->start, piece->length, at, SS_LIST_NO_INDEX };

          if (piece->start != SS_PIECE_NEW)
            span.old_splice = find_splice (self, 0, piece->start, TRUE);
          if (splice->n_spans++ == 0)
            splice->first_span = self->spans->len;
          if (piece->start != SS_PIECE_NEW)
            g_array_append_val (self->by_old, self->spans->len);
          g_array_append_val (self->spans, span);
        }
      index += piece->length;
    }

  g_array_sort_with_data (self->by_old, compare_spans, self);
}

static void
forget_removed (SsListDelta *self)
{
  for (guint i = self->edits->len; i > 0; i--)
    if (ss_list_edit_at (self, i - 1)->index == SS_LIST_NO_INDEX)
      g_array_remove_index_fast (self->edits, i - 1);
}

static void
finish (SsListDelta        *self,
        const SsPieceTable *pieces)
{
  g_autoptr (GArray) joined = NULL;
  g_autoptr (GArray) gaps = NULL;

  for (guint i = 0; i < self->edits->len; i++)
    ss_list_edit_at (self, i)->index = SS_LIST_NO_INDEX;

  joined = list_pieces (self, pieces);
  forget_removed (self);
  gaps = find_gaps (self, joined);
  join_moves (gaps, joined);
  make_splices (self, gaps);
  make_spans (self, joined);
}

SsListDelta *
ss_list_delta_new (guint        n_old,
                   const char  *list,
                   const SsOp  *ops,
                   const guint *indices,
                   guint        n_indices)
{
  SsListDelta *self = delta_new (n_old);
  Replay replay = { self, list, strlen (list), n_old, NULL };

  for (guint i = 0; i < n_indices; i++)
    replay_op (&replay, &ops[indices != NULL ? indices[i] : i]);

  if (replay.pieces != NULL)
    finish (self, replay.pieces);
  g_clear_pointer (&replay.pieces, ss_piece_table_free);

  return self;
}

SsListDelta *
ss_list_delta_new_all (guint n_old,
                       guint n_new)
{
  SsListDelta *self = delta_new (n_old);
  SsListSplice splice = { 0, 0, n_old, n_new, 0, 1 };
  SsListSpan span = { 0, SS_LIST_NO_INDEX, n_new, 0, SS_LIST_NO_INDEX };

  self->n_new = n_new;
  if (n_old > 0 || n_new > 0)
    {
      g_array_append_val (self->splices, splice);
      g_array_append_val (self->spans, span);
    }

  return self;
}

void
ss_list_delta_free (SsListDelta *self)
{
  g_array_unref (self->splices);
  g_array_unref (self->spans);
  g_array_unref (self->by_old);
  g_array_unref (self->edits);
  g_array_unref (self->writes);
  g_free (self);
}

static const SsListSpan *
find_span_by_old (const SsListDelta *self,
                  guint              old_index)
{
  guint low = 0, high = self->by_old->len;
  const SsListSpan *span;

  if (high == 0)
    return NULL;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      span = ss_list_span_at (self, g_array_index (self->by_old, guint, middle));
      if (span->old_index <= old_index)
        low = middle;
      else
        high = middle;
    }

  span = ss_list_span_at (self, g_array_index (self->by_old, guint, low));
  return span->old_index <= old_index && old_index - span->old_index < span->length ? span : NULL;
}

static const SsListSpan *
find_span (const SsListDelta  *self,
           guint               index,
           const SsListSplice *splice)
{
  guint low = splice->first_span, high = splice->first_span + splice->n_spans;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (ss_list_span_at (self, middle)->index <= index)
        low = middle;
      else
        high = middle;
    }

  return ss_list_span_at (self, low);
}

guint
ss_list_delta_find (const SsListDelta  *self,
                    guint               n_made,
                    guint               index,
                    const SsListSpan  **span)
{
  const SsListSplice *before = n_made > 0 ? ss_list_splice_at (self, n_made - 1) : NULL;
  const SsListSplice *splice;
  guint old_index = index;

  *span = NULL;

  if (before != NULL)
    {
      if (index < before->position + before->n_added)
        {
          splice = ss_list_splice_at (self, find_splice (self, 0, index, FALSE));
          if (index >= splice->position && index < splice->position + splice->n_added)
            *span = find_span (self, index, splice);
          return index;
        }
      old_index =
        index - (before->position + before->n_added) + before->old_position + before->n_removed;
    }

  /* Of the splices still to be made, the last one that begins at or before it. */
  if (n_made < self->splices->len)
    {
      splice = ss_list_splice_at (self, find_splice (self, n_made, old_index, TRUE));
      if (old_index >= splice->old_position)
        {
          if (old_index < splice->old_position + splice->n_removed)
            {
              *span = find_span_by_old (self, old_index);
              return *span != NULL ? (*span)->index + old_index - (*span)->old_index
                                   : SS_LIST_NO_INDEX;
            }
          before = splice;
        }
    }

  return before == NULL ? old_index
                        : old_index - (before->old_position + before->n_removed) +
                            before->position + before->n_added;
}
