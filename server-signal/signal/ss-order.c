/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-order.h"

/* An address is as good as a random number once it is mixed, and costs no state: what matters is
 * that priorities know nothing of the order of the elements. */
static guint
mix_address (gconstpointer address)
{
  guint64 x = (guint64) (guintptr) address;

  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return (guint) (x ^ (x >> 31));
}

static void
update (SsOrder *element)
{
  element->size = 1 + ss_order_length (element->left) + ss_order_length (element->right);
}

static void
set_left (SsOrder *element,
          SsOrder *left)
{
  element->left = left;
  if (left != NULL)
    left->parent = element;
}

static void
set_right (SsOrder *element,
           SsOrder *right)
{
  element->right = right;
  if (right != NULL)
    right->parent = element;
}

guint
ss_order_index (const SsOrder *element)
{
  guint index = ss_order_length (element->left);

  for (; element->parent != NULL; element = element->parent)
    if (element->parent->right == element)
      index += element->parent->size - element->size;

  return index;
}

SsOrder *
ss_order_nth (SsOrder *root,
              guint    index)
{
  while (root != NULL)
    {
      guint n_left = ss_order_length (root->left);

      if (index == n_left)
        return root;
      if (index < n_left)
        {
          root = root->left;
        }
      else
        {
          index -= n_left + 1;
          root = root->right;
        }
    }

  return NULL;
}

SsOrder *
ss_order_first (SsOrder *root)
{
  while (root != NULL && root->left != NULL)
    root = root->left;

  return root;
}

SsOrder *
ss_order_next (SsOrder *element)
{
  if (element->right != NULL)
    return ss_order_first (element->right);

  while (element->parent != NULL && element->parent->right == element)
    element = element->parent;

  return element->parent;
}

/* The elements are appended one by one; the way down the right side is the stack. */
SsOrder *
ss_order_build (SsOrder **elements,
                guint     n_elements)
{
  SsOrder *last = NULL;

  for (guint i = 0; i < n_elements; i++)
    {
      SsOrder *element = elements[i];
      SsOrder *below = NULL;
      SsOrder *above = last;

      element->priority = mix_address (element);
      while (above != NULL && above->priority < element->priority)
        {
          /* Nothing is appended below it any more. */
          update (above);
          below = above;
          above = above->parent;
        }

      element->right = NULL;
      set_left (element, below);
      element->parent = above;
      if (above != NULL)
        above->right = element;
      last = element;
    }

  while (last != NULL)
    {
      update (last);
      if (last->parent == NULL)
        break;
      last = last->parent;
    }

  return last;
}

/* Both recurse as deep as the treap is, some two dozen levels for 100,000 elements. */

static void
cut (SsOrder  *root,
     guint     index,
     SsOrder **before,
     SsOrder **after)
{
  guint n_left;

  if (root == NULL)
    {
      *before = NULL;
      *after = NULL;
      return;
    }

  n_left = ss_order_length (root->left);
  if (index <= n_left)
    {
      SsOrder *rest;

      cut (root->left, index, before, &rest);
      set_left (root, rest);
      *after = root;
    }
  else
    {
      SsOrder *rest;

      cut (root->right, index - n_left - 1, &rest, after);
      set_right (root, rest);
      *before = root;
    }
  update (root);
}

void
ss_order_cut (SsOrder  *root,
              guint     index,
              SsOrder **before,
              SsOrder **after)
{
  cut (root, index, before, after);
  if (*before != NULL)
    (*before)->parent = NULL;
  if (*after != NULL)
    (*after)->parent = NULL;
}

static SsOrder *
join (SsOrder *before,
      SsOrder *after)
{
  if (before == NULL)
    return after;
  if (after == NULL)
    return before;

  if (before->priority >= after->priority)
    {
      set_right (before, join (before->right, after));
      update (before);
      return before;
    }

  set_left (after, join (before, after->left));
  update (after);
  return after;
}

SsOrder *
ss_order_join (SsOrder *before,
               SsOrder *after)
{
  SsOrder *root = join (before, after);

  if (root != NULL)
    root->parent = NULL;

  return root;
}
