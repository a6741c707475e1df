/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A sequence whose elements know their index.
 *
 * The elements stand in chunks of up to SS_ORDER_CHUNK, one after the other, and a Fenwick tree has
 * the lengths of the chunks. So an index is found in O(log n), and in few places of memory: with as
 * many lists as there are rows, it is memory that takes the time. */
typedef struct _SsOrder SsOrder;
typedef struct _SsOrderChunk SsOrderChunk;

#define SS_ORDER_CHUNK 64

/* Part of the elements' own structs. */
typedef struct
{
  SsOrderChunk *chunk;   /* NULL: part of no sequence */
} SsOrderItem;

SsOrder     *ss_order_new     (void);
void         ss_order_free    (SsOrder *self);                       /* the elements stay */
guint        ss_order_length  (const SsOrder *self);
guint        ss_order_index   (const SsOrder *self, const SsOrderItem *item);
SsOrderItem *ss_order_get     (const SsOrder *self, guint index);
/* n_removed elements at the index go, and n_added come in their place; an element may do both. */
void         ss_order_splice  (SsOrder *self, guint index, guint n_removed,
                               SsOrderItem **added, guint n_added);
/* Copies n elements from the index on. */
void         ss_order_copy    (const SsOrder *self, guint index, guint n, SsOrderItem **items);

G_END_DECLS
