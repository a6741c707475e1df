/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/ss-edit.h"

G_BEGIN_DECLS

/* The effect of a commit's operations on one list, as a follower of a list model sees it: the
 * splices, from front to back, by which elements go and come, and the edits of elements that stay.
 * The cost depends on the operations, not on the length of the list. */

#define SS_LIST_NO_INDEX G_MAXUINT

/* At position, when all splices before this one have been made, n_removed elements make room for
 * n_added. position is also the index of the first of these in the new list. */
typedef struct
{
  guint position;
  guint old_position;
  guint n_removed;
  guint n_added;
  guint first_span;   /* the added elements, in order */
  guint n_spans;
} SsListSplice;

/* Neighbours among the added elements that were neighbours before, in the same order; or new
 * ones. */
typedef struct
{
  guint index;
  guint old_index;    /* SS_LIST_NO_INDEX: new */
  guint length;
  guint splice;       /* the one that adds them */
  guint old_splice;   /* the one that removes them */
} SsListSpan;

typedef struct
{
  const char *rest;   /* the pointer from the element on; "" is the element itself */
  SsOpKind    kind;
  guint       next;   /* index plus one in writes, or 0 */
} SsListWrite;

/* An element that stays and was written to. */
typedef struct
{
  guint index;
  guint old_index;
  guint n_writes;
  guint first_write;  /* index in writes of the last one made */
} SsListEdit;

typedef struct
{
  guint   n_old;
  guint   n_new;
  GArray *splices;    /* of SsListSplice */
  GArray *spans;      /* of SsListSpan */
  GArray *by_old;     /* of guint: the spans that are not new, by their old index */
  GArray *edits;      /* of SsListEdit */
  GArray *writes;     /* of SsListWrite */
} SsListDelta;

/* The operations are those of ops that indices (NULL: all of them) name; list is the pointer of the
 * list that they were made on, which had n_old elements. The pointers of ops stay in use.
 * Operations that lead neither into the list nor out of it are ignored. */
SsListDelta *ss_list_delta_new     (guint n_old, const char *list, const SsOp *ops,
                                    const guint *indices, guint n_indices);
/* All elements go, others come. */
SsListDelta *ss_list_delta_new_all (guint n_old, guint n_new);
void         ss_list_delta_free    (SsListDelta *self);
/* The index in the new list of the element that is at an index while the first n_made splices have
 * been made. span is set to the one that it belongs to, or NULL. */
guint        ss_list_delta_find    (const SsListDelta *self, guint n_made, guint index,
                                    const SsListSpan **span);

static inline SsListSplice *
ss_list_splice_at (const SsListDelta *self,
                   guint              index)
{
  return &g_array_index (self->splices, SsListSplice, index);
}

static inline SsListSpan *
ss_list_span_at (const SsListDelta *self,
                 guint              index)
{
  return &g_array_index (self->spans, SsListSpan, index);
}

static inline SsListEdit *
ss_list_edit_at (const SsListDelta *self,
                 guint              index)
{
  return &g_array_index (self->edits, SsListEdit, index);
}

G_END_DECLS
