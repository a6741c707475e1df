/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-diff-writer.h"

G_BEGIN_DECLS

/* The fate of the elements between the common ends of two lists. Indices count from start. */
typedef enum
{
  SS_ELEMENT_EDITED = 1 << 0,  /* the one that it is matched with is not equal, but like it */
  SS_ELEMENT_WEAK = 1 << 1,    /* … and so little alike that it is not worth a move */
  SS_ELEMENT_KEPT = 1 << 2,    /* stays where it is while others move around it */
} SsElementFlags;

typedef struct
{
  const SsValue *from;
  const SsValue *to;
  guint          start;
  guint          n_from;
  guint          n_to;
  int           *from_of_to;  /* the old index of a new element, or -1 */
  int           *to_of_from;  /* the new index of an old element, or -1 */
  guint8        *flags;       /* SsElementFlags of a new element */
} SsListMatch;

/* Fills in which element is which: those that are equal first, then, by likeness, those that look
 * like an edited version. */
void       ss_list_match       (SsDiff *self, SsListMatch *match, gboolean by_likeness);
gboolean   ss_list_elements_alike (SsDiff *self, const SsValue *a, const SsValue *b);


static inline SsValue *
ss_list_match_old (const SsListMatch *match,
                   guint              index)
{
  return ss_array_get (match->from, match->start + index);
}

static inline SsValue *
ss_list_match_new (const SsListMatch *match,
                   guint              index)
{
  return ss_array_get (match->to, match->start + index);
}

G_END_DECLS
