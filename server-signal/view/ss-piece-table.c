/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-piece-table.h"

/* The table is a treap by position. Nodes lie in one array and are named by their index in it, as
 * the array moves while it grows; 0 is none. */
typedef struct
{
  SsPiece piece;
  guint   left;
  guint   right;
  guint   priority;
  guint   total;     /* the lengths of it and all below */
} Node;

struct _SsPieceTable
{
  GArray  *nodes;
  guint    root;
  guint32  random;
};

#define NODE(self, at) (&g_array_index ((self)->nodes, Node, (at)))

static guint
node_new (SsPieceTable *self,
          guint         start,
          guint         length)
{
  Node node = { .piece = { start, length, 0, FALSE }, .total = length };

  /* Marsaglia's xorshift is enough: priorities must only know nothing of positions. */
  self->random ^= self->random << 13;
  self->random ^= self->random >> 17;
  self->random ^= self->random << 5;
  node.priority = self->random;

  g_array_append_val (self->nodes, node);
  return self->nodes->len - 1;
}

static void
update (SsPieceTable *self,
        guint         at)
{
  Node *node = NODE (self, at);

  node->total =
    node->piece.length + NODE (self, node->left)->total + NODE (self, node->right)->total;
}

static guint
join (SsPieceTable *self,
      guint         before,
      guint         after)
{
  if (before == 0)
    return after;
  if (after == 0)
    return before;

  if (NODE (self, before)->priority > NODE (self, after)->priority)
    {
      guint right = join (self, NODE (self, before)->right, after);

      NODE (self, before)->right = right;
      update (self, before);
      return before;
    }
  else
    {
      guint left = join (self, before, NODE (self, after)->left);

      NODE (self, after)->left = left;
      update (self, after);
      return after;
    }
}

/* Splits a node after its first index elements. */
static void
cut (SsPieceTable *self,
     guint         at,
     guint         index,
     guint        *before,
     guint        *after)
{
  guint n_left, length;
  guint part;

  if (at == 0)
    {
      *before = *after = 0;
      return;
    }

  n_left = NODE (self, NODE (self, at)->left)->total;
  length = NODE (self, at)->piece.length;

  if (index <= n_left)
    {
      cut (self, NODE (self, at)->left, index, before, &part);
      NODE (self, at)->left = part;
      update (self, at);
      *after = at;
    }
  else if (index >= n_left + length)
    {
      cut (self, NODE (self, at)->right, index - n_left - length, &part, after);
      NODE (self, at)->right = part;
      update (self, at);
      *before = at;
    }
  else
    {
      /* Through the piece, which then is none that has moved: those are single ones. Its later part
       * is a node of its own, with the nodes to the right. */
      guint n_before = index - n_left;
      SsPiece piece = NODE (self, at)->piece;
      guint rest =
        node_new (self, piece.start == SS_PIECE_NEW ? SS_PIECE_NEW : piece.start + n_before,
                  length - n_before);
      guint right = NODE (self, at)->right;

      NODE (self, at)->piece.length = n_before;
      NODE (self, at)->right = 0;
      update (self, at);
      *before = at;
      *after = join (self, rest, right);
    }
}

SsPieceTable *
ss_piece_table_new (guint length)
{
  SsPieceTable *self = g_new0 (SsPieceTable, 1);

  self->nodes = g_array_new (FALSE, TRUE, sizeof (Node));
  g_array_set_size (self->nodes, 1);
  self->random = 2463534242u;
  if (length > 0)
    self->root = node_new (self, 0, length);

  return self;
}

void
ss_piece_table_free (SsPieceTable *self)
{
  g_array_unref (self->nodes);
  g_free (self);
}

guint
ss_piece_table_length (const SsPieceTable *self)
{
  return NODE (self, self->root)->total;
}

/* Makes a new piece that ends at index one longer, as when many elements are added one after the
 * other. */
static gboolean
extend_new (SsPieceTable *self,
            guint         index)
{
  gboolean is_new = FALSE;

  if (index == 0)
    return FALSE;

  for (int pass = 0; pass < 2; pass++)
    {
      guint at = self->root;
      guint rest = index - 1;

      for (;;)
        {
          Node *node = NODE (self, at);
          guint n_left = NODE (self, node->left)->total;

          if (pass == 1)
            node->total++;

          if (rest < n_left)
            {
              at = node->left;
            }
          else if (rest >= n_left + node->piece.length)
            {
              rest -= n_left + node->piece.length;
              at = node->right;
            }
          else
            {
              is_new = node->piece.start == SS_PIECE_NEW;
              if (pass == 1)
                node->piece.length++;
              break;
            }
        }

      if (!is_new)
        return FALSE;
    }

  return TRUE;
}

void
ss_piece_table_insert (SsPieceTable *self,
                       guint         index)
{
  guint before, after;

  g_assert (index <= ss_piece_table_length (self));

  if (extend_new (self, index))
    return;

  cut (self, self->root, index, &before, &after);
  self->root = join (self, join (self, before, node_new (self, SS_PIECE_NEW, 1)), after);
}

/* Takes one element out as a piece of its own. */
static guint
take (SsPieceTable *self,
      guint         index,
      guint        *before,
      guint        *after)
{
  guint taken;

  g_assert (index < ss_piece_table_length (self));

  cut (self, self->root, index, before, &taken);
  cut (self, taken, 1, &taken, after);
  return taken;
}

void
ss_piece_table_remove (SsPieceTable *self,
                       guint         index)
{
  guint before, after;

  take (self, index, &before, &after);
  self->root = join (self, before, after);
}

void
ss_piece_table_move (SsPieceTable *self,
                     guint         from,
                     guint         to)
{
  guint before, after;
  guint taken;

  if (from == to)
    return;

  taken = take (self, from, &before, &after);
  NODE (self, taken)->piece.is_moved = TRUE;
  self->root = join (self, before, after);
  g_assert (to <= ss_piece_table_length (self));
  cut (self, self->root, to, &before, &after);
  self->root = join (self, join (self, before, taken), after);
}

guint
ss_piece_table_tag (SsPieceTable *self,
                    guint         index,
                    guint         tag)
{
  guint before, after;
  guint taken = take (self, index, &before, &after);
  SsPiece *piece = &NODE (self, taken)->piece;

  if (piece->start == SS_PIECE_NEW)
    tag = 0;
  else if (piece->tag == 0)
    piece->tag = tag;
  else
    tag = piece->tag;

  self->root = join (self, join (self, before, taken), after);
  return tag;
}

static void
list_node (const SsPieceTable *self,
           guint               at,
           GArray             *pieces)
{
  if (at == 0)
    return;

  list_node (self, NODE (self, at)->left, pieces);
  g_array_append_val (pieces, NODE (self, at)->piece);
  list_node (self, NODE (self, at)->right, pieces);
}

void
ss_piece_table_list (const SsPieceTable *self,
                     GArray             *pieces)
{
  list_node (self, self->root, pieces);
}
