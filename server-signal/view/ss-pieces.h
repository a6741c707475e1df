/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What becomes of a list while elements are inserted, removed and moved, kept as pieces of the old
 * list and new ones between them: each step costs O(log n) of the number of steps, whatever the
 * length of the list. */
typedef struct _SsPieces SsPieces;

#define SS_PIECE_NEW G_MAXUINT

typedef struct
{
  guint    start;     /* the old index of the first, or SS_PIECE_NEW */
  guint    length;
  guint    tag;       /* of a single one, as ss_pieces_tag() had it; 0: none */
  gboolean is_moved;
} SsPiece;

SsPieces *ss_pieces_new    (guint length);
void      ss_pieces_free   (SsPieces *self);
guint     ss_pieces_length (const SsPieces *self);
void      ss_pieces_insert (SsPieces *self, guint index);
void      ss_pieces_remove (SsPieces *self, guint index);
void      ss_pieces_move   (SsPieces *self, guint from, guint to);   /* to: once it is taken out */
/* Gives an old element a tag that goes where it goes, unless it has one. Gives the one that it has
 * now, or 0 for a new element. */
guint     ss_pieces_tag    (SsPieces *self, guint index, guint tag);
/* In order, appended to an array of SsPiece. */
void      ss_pieces_list   (const SsPieces *self, GArray *pieces);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsPieces, ss_pieces_free)

G_END_DECLS
