/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-places.h"

#include "json/ss-pointer.h"

/* A token that could be a list's index is kept by its number, since an operation on a list
 * reaches everything from one index on. Whether it is an index or a member that looks like one
 * depends on the document, and may change with it, so a node does not know. */
struct _SsPlacesNode
{
  SsPlacesNode *parent;
  char         *token;     /* NULL for an index */
  guint         index;
  GHashTable   *members;   /* token to node, or NULL */
  GTree        *elements;  /* index to node, or NULL */
  GPtrArray    *places;    /* SsPlace, or NULL */
};

struct _SsPlaces
{
  SsPlacesNode *root;
  guint         n_places;
};

static SsPlacesNode *
node_new (SsPlacesNode *parent)
{
  SsPlacesNode *node = g_new0 (SsPlacesNode, 1);

  node->parent = parent;
  return node;
}

/* Nodes go leaf by leaf, so this never recurses. */
static void
node_free (SsPlacesNode *node)
{
  g_assert (node->members == NULL && node->elements == NULL && node->places == NULL);

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
static SsPlacesNode *
node_child (SsPlacesNode *node,
            GString      *key,
            const char   *token,
            gsize         length)
{
  guint index;

  if (ss_token_to_index (token, length, &index))
    return node->elements != NULL
             ? g_tree_lookup (node->elements, GUINT_TO_POINTER (index))
             : NULL;

  if (node->members == NULL)
    return NULL;

  g_string_truncate (key, 0);
  g_string_append_len (key, token, length);
  return g_hash_table_lookup (node->members, key->str);
}

static SsPlacesNode *
node_add_child (SsPlacesNode *node,
                const char   *token,
                gsize         length)
{
  SsPlacesNode *child = node_new (node);

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

SsPlaces *
ss_places_new (void)
{
  SsPlaces *self = g_new0 (SsPlaces, 1);

  self->root = node_new (NULL);
  return self;
}

void
ss_places_free (SsPlaces *self)
{
  g_assert (ss_places_is_empty (self));

  node_free (self->root);
  g_free (self);
}

gboolean
ss_places_is_empty (SsPlaces *self)
{
  return self->n_places == 0;
}

void
ss_places_add (SsPlaces   *self,
               SsPlace    *place,
               const char *pointer)
{
  g_autoptr (GString) scratch = g_string_new (NULL);
  g_autoptr (GString) key = g_string_new (NULL);
  SsPlacesNode *node = self->root;
  const char *rest = pointer != NULL ? pointer : "";
  const char *token;
  gsize length;

  g_assert (place->node == NULL);

  while (ss_pointer_next (&rest, scratch, &token, &length))
    {
      SsPlacesNode *child = node_child (node, key, token, length);

      node = child != NULL ? child : node_add_child (node, token, length);
    }

  if (node->places == NULL)
    node->places = g_ptr_array_new ();

  place->node = node;
  place->position = node->places->len;
  place->touched = FALSE;
  g_ptr_array_add (node->places, place);
  self->n_places++;
}

static gboolean
node_is_needed (SsPlacesNode *node)
{
  return node->parent == NULL || node->places != NULL || node->members != NULL ||
         node->elements != NULL;
}

static void
node_prune (SsPlacesNode *node)
{
  while (!node_is_needed (node))
    {
      SsPlacesNode *parent = node->parent;

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
ss_places_remove (SsPlaces *self,
                  SsPlace  *place)
{
  SsPlacesNode *node = place->node;

  g_assert (node != NULL);

  g_ptr_array_remove_index_fast (node->places, place->position);
  if (place->position < node->places->len)
    {
      SsPlace *moved = g_ptr_array_index (node->places, place->position);

      moved->position = place->position;
    }
  if (node->places->len == 0)
    g_clear_pointer (&node->places, g_ptr_array_unref);

  place->node = NULL;
  self->n_places--;
  node_prune (node);
}

/* Finding what operations have touched. */

/* A move may lead to a place twice. */
static void
add_hit (GArray *hits,
         guint   op)
{
  if (hits->len == 0 || g_array_index (hits, guint, hits->len - 1) != op)
    g_array_append_val (hits, op);
}

/* op is its index; of those that touch a place directly nobody wants it. */
static void
touch_node (SsPlacesNode *node,
            gboolean      direct,
            guint         op,
            GPtrArray    *touched)
{
  for (guint i = 0; node->places != NULL && i < node->places->len; i++)
    {
      SsPlace *place = g_ptr_array_index (node->places, i);

      if (!place->touched)
        {
          place->touched = TRUE;
          place->direct = FALSE;
          place->inside = 0;
          g_ptr_array_add (touched, place);
        }

      if (direct)
        place->direct = TRUE;
      else
        place->inside++;
      if (!direct && place->hits != NULL)
        add_hit (place->hits, op);
    }
}

/* A place can be given with any number of tokens, so the walk keeps its own stack. */
static void
touch_subtree (SsPlacesNode *top,
               GPtrArray    *touched)
{
  g_autoptr (GPtrArray) stack = NULL;

  touch_node (top, TRUE, 0, touched);
  if (top->members == NULL && top->elements == NULL)
    return;

  stack = g_ptr_array_new ();
  g_ptr_array_add (stack, top);
  while (stack->len > 0)
    {
      SsPlacesNode *node = g_ptr_array_steal_index_fast (stack, stack->len - 1);
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
touch_from (SsPlacesNode *node,
            guint         index,
            GPtrArray    *touched)
{
  if (node->elements == NULL)
    return;

  for (GTreeNode *element = g_tree_lower_bound (node->elements, GUINT_TO_POINTER (index));
       element != NULL; element = g_tree_node_next (element))
    touch_subtree (g_tree_node_value (element), touched);
}

/* "-" was the length of the list when the operation was made, and an operation changes a length
 * by one at most. Where the list went elsewhere in between, another operation has touched all
 * that is in it. */
static guint
earliest_end (const char    *path,
              guint          n_ops,
              const SsValue *root)
{
  g_autofree char *list = g_strndup (path, strrchr (path, '/') - path);
  const SsValue *value = ss_pointer_resolve (root, list, NULL);
  guint length = 0;

  if (value != NULL && ss_value_kind (value) == SS_VALUE_ARRAY)
    length = ss_value_length (value);

  return length > n_ops ? length - n_ops : 0;
}

static void
touch_path (SsPlaces      *self,
            const char    *path,
            gboolean       shifts,
            guint          op,
            guint          n_ops,
            const SsValue *root,
            GString       *scratch,
            GString       *key,
            GPtrArray     *touched)
{
  SsPlacesNode *node = self->root;
  const char *rest = path;
  const char *token;
  gsize length;

  while (ss_pointer_next (&rest, scratch, &token, &length))
    {
      gboolean is_last = *rest == '\0';
      SsPlacesNode *child;
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
ss_places_touch (SsPlaces      *self,
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
    ((SsPlace *) g_ptr_array_index (touched, i))->touched = FALSE;
}
