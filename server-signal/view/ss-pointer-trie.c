/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-pointer-trie.h"

#include "json/ss-pointer.h"

/* A token that could be a list's index is kept by its number, since an operation on a list
 * reaches everything from one index on. Whether it is an index or a member that looks like one
 * depends on the document, and may change with it, so a node does not know. */
struct _SsPointerTrieNode
{
  SsPointerTrieNode *parent;
  char         *token;     /* NULL for an index */
  guint         index;
  GHashTable   *members;   /* token to node, or NULL */
  GTree        *elements;  /* index to node, or NULL */
  GPtrArray    *entries;    /* SsPointerTrieEntry, or NULL */
};

struct _SsPointerTrie
{
  SsPointerTrieNode *root;
  guint         n_entries;
};

static SsPointerTrieNode *
node_new (SsPointerTrieNode *parent)
{
  SsPointerTrieNode *node = g_new0 (SsPointerTrieNode, 1);

  node->parent = parent;
  return node;
}

/* Nodes go leaf by leaf, so this never recurses. */
static void
node_free (SsPointerTrieNode *node)
{
  g_assert (node->members == NULL && node->elements == NULL && node->entries == NULL);

  g_free (node->token);
  g_free (node);
}

static int
compare_indices (gconstpointer a,
                 gconstpointer b)
{
  guint index_a = GPOINTER_TO_UINT (a);
  guint index_b = GPOINTER_TO_UINT (b);

  return index_a < index_b ? -1 : index_a > index_b;
}

/* token need not end in NUL. */
static SsPointerTrieNode *
node_child (SsPointerTrieNode *node,
            GString           *key,
            const char        *token,
            gsize              length)
{
  guint index;

  if (ss_token_to_index (token, length, &index))
    return node->elements != NULL ? g_tree_lookup (node->elements, GUINT_TO_POINTER (index)) : NULL;

  if (node->members == NULL)
    return NULL;

  g_string_truncate (key, 0);
  g_string_append_len (key, token, (gssize) length);
  return g_hash_table_lookup (node->members, key->str);
}

static SsPointerTrieNode *
node_add_child (SsPointerTrieNode *node,
                const char        *token,
                gsize              length)
{
  SsPointerTrieNode *child = node_new (node);

  if (ss_token_to_index (token, length, &child->index))
    {
      if (node->elements == NULL)
        node->elements = g_tree_new (compare_indices);
      g_tree_insert (node->elements, GUINT_TO_POINTER (child->index), child);
    }
  else
    {
      child->token = g_strndup (token, length);
      if (node->members == NULL)
        node->members = g_hash_table_new (g_str_hash, g_str_equal);
      g_hash_table_insert (node->members, child->token, child);
    }

  return child;
}

SsPointerTrie *
ss_pointer_trie_new (void)
{
  SsPointerTrie *self = g_new0 (SsPointerTrie, 1);

  self->root = node_new (NULL);
  return self;
}

void
ss_pointer_trie_free (SsPointerTrie *self)
{
  g_assert (ss_pointer_trie_is_empty (self));

  node_free (self->root);
  g_free (self);
}

gboolean
ss_pointer_trie_is_empty (SsPointerTrie *self)
{
  return self->n_entries == 0;
}

void
ss_pointer_trie_add (SsPointerTrie      *self,
                     SsPointerTrieEntry *entry,
                     const char         *pointer)
{
  g_autoptr (GString) scratch = g_string_new (NULL);
  g_autoptr (GString) key = g_string_new (NULL);
  SsPointerTrieNode *node = self->root;
  const char *rest = pointer != NULL ? pointer : "";
  const char *token;
  gsize length;

  g_assert (entry->node == NULL);

  while (ss_pointer_next (&rest, scratch, &token, &length))
    {
      SsPointerTrieNode *child = node_child (node, key, token, length);

      node = child != NULL ? child : node_add_child (node, token, length);
    }

  if (node->entries == NULL)
    node->entries = g_ptr_array_new ();

  entry->node = node;
  entry->position = node->entries->len;
  entry->touched = FALSE;
  g_ptr_array_add (node->entries, entry);
  self->n_entries++;
}

static gboolean
node_is_needed (SsPointerTrieNode *node)
{
  return node->parent == NULL || node->entries != NULL || node->members != NULL ||
         node->elements != NULL;
}

static void
node_prune (SsPointerTrieNode *node)
{
  while (!node_is_needed (node))
    {
      SsPointerTrieNode *parent = node->parent;

      if (node->token != NULL)
        {
          g_hash_table_remove (parent->members, node->token);
          if (g_hash_table_size (parent->members) == 0)
            g_clear_pointer (&parent->members, g_hash_table_unref);
        }
      else
        {
          g_tree_remove (parent->elements, GUINT_TO_POINTER (node->index));
          if (g_tree_nnodes (parent->elements) == 0)
            g_clear_pointer (&parent->elements, g_tree_unref);
        }

      node_free (node);
      node = parent;
    }
}

void
ss_pointer_trie_remove (SsPointerTrie      *self,
                        SsPointerTrieEntry *entry)
{
  SsPointerTrieNode *node = entry->node;

  g_assert (node != NULL);

  g_ptr_array_remove_index_fast (node->entries, entry->position);
  if (entry->position < node->entries->len)
    {
      SsPointerTrieEntry *moved = g_ptr_array_index (node->entries, entry->position);

      moved->position = entry->position;
    }
  if (node->entries->len == 0)
    g_clear_pointer (&node->entries, g_ptr_array_unref);

  entry->node = NULL;
  self->n_entries--;
  node_prune (node);
}

/* Finding the entries that operations have touched. */

/* A move may lead to an entry twice. */
static void
add_hit (GArray *hits,
         guint   op)
{
  if (hits->len == 0 || g_array_index (hits, guint, hits->len - 1) != op)
    g_array_append_val (hits, op);
}

/* op is the index of the operation, which is not needed for those that touch an entry directly. */
static void
touch_node (SsPointerTrieNode *node,
            gboolean           direct,
            guint              op,
            GPtrArray         *touched)
{
  for (guint i = 0; node->entries != NULL && i < node->entries->len; i++)
    {
      SsPointerTrieEntry *entry = g_ptr_array_index (node->entries, i);

      if (!entry->touched)
        {
          entry->touched = TRUE;
          entry->direct = FALSE;
          entry->inside = 0;
          g_ptr_array_add (touched, entry);
        }

      if (direct)
        entry->direct = TRUE;
      else
        entry->inside++;
      if (!direct && entry->hits != NULL)
        add_hit (entry->hits, op);
    }
}

/* A pointer may have any number of tokens, so the walk keeps its own stack. */
static void
touch_subtree (SsPointerTrieNode *top,
               GPtrArray         *touched)
{
  g_autoptr (GPtrArray) stack = NULL;

  touch_node (top, TRUE, 0, touched);
  if (top->members == NULL && top->elements == NULL)
    return;

  stack = g_ptr_array_new ();
  g_ptr_array_add (stack, top);
  while (stack->len > 0)
    {
      SsPointerTrieNode *node = g_ptr_array_steal_index_fast (stack, stack->len - 1);
      GHashTableIter iter;
      gpointer child;

      if (node != top)
        touch_node (node, TRUE, 0, touched);

      if (node->members != NULL)
        {
          g_hash_table_iter_init (&iter, node->members);
          while (g_hash_table_iter_next (&iter, NULL, &child))
            g_ptr_array_add (stack, child);
        }

      if (node->elements != NULL)
        for (GTreeNode *element = g_tree_node_first (node->elements); element != NULL;
             element = g_tree_node_next (element))
          g_ptr_array_add (stack, g_tree_node_value (element));
    }
}

/* Everything in the list at node from an index on. */
static void
touch_from (SsPointerTrieNode *node,
            guint              index,
            GPtrArray         *touched)
{
  if (node->elements == NULL)
    return;

  for (GTreeNode *element = g_tree_lower_bound (node->elements, GUINT_TO_POINTER (index));
       element != NULL; element = g_tree_node_next (element))
    touch_subtree (g_tree_node_value (element), touched);
}

/* "-" was the length of the list when the operation was made, and an operation changes a length
 * by one at most. If the list went elsewhere in between, another operation has touched all
 * that is in it. */
static guint
earliest_end (const char    *path,
              guint          n_ops,
              const SsValue *root)
{
  g_autofree char *list = g_strndup (path, (gsize) (strrchr (path, '/') - path));
  const SsValue *value = ss_pointer_resolve (root, list, NULL);
  guint length = 0;

  if (value != NULL && ss_value_kind (value) == SS_VALUE_ARRAY)
    length = ss_value_length (value);

  return length > n_ops ? length - n_ops : 0;
}

static void
touch_path (SsPointerTrie *self,
            const char    *path,
            gboolean       shifts,
            guint          op,
            guint          n_ops,
            const SsValue *root,
            GString       *scratch,
            GString       *key,
            GPtrArray     *touched)
{
  SsPointerTrieNode *node = self->root;
  const char *rest = path;
  const char *token;
  gsize length;

  while (ss_pointer_next (&rest, scratch, &token, &length))
    {
      gboolean is_last = *rest == '\0';
      SsPointerTrieNode *child;
      guint index;

      touch_node (node, FALSE, op, touched);

      if (is_last && shifts)
        {
          if (length == 1 && *token == '-')
            touch_from (node, earliest_end (path, n_ops, root), touched);
          else if (ss_token_to_index (token, length, &index))
            touch_from (node, index, touched);
        }

      child = node_child (node, key, token, length);
      if (child == NULL)
        return;
      node = child;
    }

  touch_subtree (node, touched);
}

void
ss_pointer_trie_touch (SsPointerTrie *self,
                       const SsOp    *ops,
                       guint          n_ops,
                       const SsValue *root,
                       GPtrArray     *touched)
{
  g_autoptr (GString) scratch = g_string_new (NULL);
  g_autoptr (GString) key = g_string_new (NULL);
  guint first = touched->len;

  for (guint i = 0; i < n_ops; i++)
    {
      const SsOp *op = &ops[i];
      gboolean shifts = op->kind != SS_OP_REPLACE;

      if (op->kind == SS_OP_TEST)
        continue;
      if (op->kind == SS_OP_MOVE)
        touch_path (self, op->from, shifts, i, n_ops, root, scratch, key, touched);
      touch_path (self, op->path, shifts, i, n_ops, root, scratch, key, touched);
    }

  for (guint i = first; i < touched->len; i++)
    ((SsPointerTrieEntry *) g_ptr_array_index (touched, i))->touched = FALSE;
}
