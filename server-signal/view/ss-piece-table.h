/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A piece table: a list while elements are inserted, removed and moved, as pieces of the old list
 * and new ones between them. Each step costs O(log n) of the number of steps, whatever the length
 * of the list. */
typedef struct _SsPieceTable SsPieceTable;

#define SS_PIECE_NEW G_MAXUINT

typedef struct
{
  guint    start;     /* the old index of the first, or SS_PIECE_NEW */
  guint    length;
  guint    tag;       /* of a single one, by ss_piece_table_tag(); 0: none */
  gboolean is_moved;
} SsPiece;

SsPieceTable *ss_piece_table_new    (guint length);
void          ss_piece_table_free   (SsPieceTable *self);
guint         ss_piece_table_length (const SsPieceTable *self);
void          ss_piece_table_insert (SsPieceTable *self, guint index);
void          ss_piece_table_remove (SsPieceTable *self, guint index);
/* to is the index once the element is taken out. */
void          ss_piece_table_move   (SsPieceTable *self, guint from, guint to);
/* Gives an old element a tag that goes where it goes, unless it has one. Gives the one that it has
 * now, or 0 for a new element. */
guint         ss_piece_table_tag    (SsPieceTable *self, guint index, guint tag);
/* The pieces in order, appended to an array of SsPiece. */
void          ss_piece_table_list   (const SsPieceTable *self, GArray *pieces);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsPieceTable, ss_piece_table_free)

G_END_DECLS
