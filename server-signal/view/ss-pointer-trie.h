/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/ss-edit.h"
#include "json/ss-value.h"

G_BEGIN_DECLS

/* A trie of JSON Pointers by their tokens, so that the operations of a commit lead straight to the
 * pointers whose values they may have changed: its cost is that of the operations' pointers and of
 * the entries that it finds, however many others there are. */
typedef struct _SsPointerTrie SsPointerTrie;
typedef struct _SsPointerTrieNode SsPointerTrieNode;

/* One pointer; part of its owner's struct, which must stay where it is until
 * ss_pointer_trie_remove(). */
typedef struct
{
  /* NULL, or an array of guint, which gets the indices of the operations on something within it. */
  GArray            *hits;

  /* The findings of ss_pointer_trie_touch(), until the next time. */
  gboolean           direct;    /* the value, or one that it is in, was added, removed, replaced
                                 * or moved */
  guint              inside;    /* the number of operations on something within the value */

  SsPointerTrieNode *node;      /* private from here */
  guint              position;
  gboolean           touched;
} SsPointerTrieEntry;

SsPointerTrie *ss_pointer_trie_new      (void);
void           ss_pointer_trie_free     (SsPointerTrie *self);   /* there must be no entry left */
gboolean       ss_pointer_trie_is_empty (SsPointerTrie *self);
/* The pointer must be a valid one; NULL is "". */
void           ss_pointer_trie_add      (SsPointerTrie *self, SsPointerTrieEntry *entry,
                                         const char *pointer);
void           ss_pointer_trie_remove   (SsPointerTrie *self, SsPointerTrieEntry *entry);
/* Appends to touched (of SsPointerTrieEntry *) each entry once whose value the operations may have
 * changed. root is the document after them. */
void           ss_pointer_trie_touch    (SsPointerTrie *self, const SsOp *ops, guint n_ops,
                                         const SsValue *root, GPtrArray *touched);

G_END_DECLS
