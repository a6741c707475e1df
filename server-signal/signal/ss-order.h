/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A sequence whose elements know their index: a treap with the sizes of its sub-trees, part of the
 * elements' own structs. Finding an index, an element, and cutting and joining cost O(log n);
 * making a sequence of n elements costs O(n). The sequence is its root, or NULL. */
typedef struct _SsOrder SsOrder;

struct _SsOrder
{
  SsOrder *parent;
  SsOrder *left;
  SsOrder *right;
  guint    size;       /* with what is below; 0: part of no sequence */
  guint    priority;
};

static inline guint
ss_order_length (const SsOrder *root)
{
  return root != NULL ? root->size : 0;
}

guint    ss_order_index (const SsOrder *element);
SsOrder *ss_order_nth   (SsOrder *root, guint index);   /* NULL: past the end */
SsOrder *ss_order_first (SsOrder *root);
SsOrder *ss_order_next  (SsOrder *element);
/* Of elements that are part of no sequence. */
SsOrder *ss_order_build (SsOrder **elements, guint n_elements);
/* The first index elements, and the others. */
void     ss_order_cut   (SsOrder *root, guint index, SsOrder **before, SsOrder **after);
SsOrder *ss_order_join  (SsOrder *before, SsOrder *after);

G_END_DECLS
