/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/ss-edit.h"

G_BEGIN_DECLS

/* What the operations of one commit do to a list, as those see it who follow the list: the runs of
 * elements that go and come, from the front to the back, and the elements that stay and have had
 * something done to them. It costs what the operations do, whatever the length of the list. */

#define SS_LIST_NOWHERE G_MAXUINT

/* At position, when all runs before this one have been made, n_removed elements make room for
 * n_added. position is also the index of the first of these in the new list. */
typedef struct
{
  guint position;
  guint old_position;
  guint n_removed;
  guint n_added;
  guint first_part;   /* what the added ones are, in order */
  guint n_parts;
} SsListRun;

/* Neighbours among the added ones that were neighbours before, in the same order; or new ones. */
typedef struct
{
  guint index;
  guint old_index;    /* SS_LIST_NOWHERE: new */
  guint length;
  guint run;          /* which has them as added ones */
  guint old_run;      /* which has them as removed ones */
} SsListPart;

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
} SsListTouched;

typedef struct
{
  guint   n_old;
  guint   n_new;
  GArray *runs;       /* of SsListRun */
  GArray *parts;      /* of SsListPart */
  GArray *by_old;     /* of guint: the parts that are not new, by their old index */
  GArray *touched;    /* of SsListTouched */
  GArray *writes;     /* of SsListWrite */
} SsListChange;

/* ops are those that indices (NULL: all of them) name; list is the pointer of the list that they
 * were made on, which had n_old elements. The pointers of ops stay in use. Operations that lead
 * neither into the list nor out of it are passed over. */
SsListChange *ss_list_change_new     (guint n_old, const char *list, const SsOp *ops,
                                      const guint *indices, guint n_indices);
/* All elements go, others come. */
SsListChange *ss_list_change_new_all (guint n_old, guint n_new);
void          ss_list_change_free    (SsListChange *self);
/* Where the element at an index is in the new list while the first n_made runs have been made. part
 * is set to the one that it belongs to, or NULL. */
guint         ss_list_change_find    (const SsListChange *self, guint n_made, guint index,
                                      const SsListPart **part);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsListChange, ss_list_change_free)

G_END_DECLS
