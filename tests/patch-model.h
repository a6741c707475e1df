/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <string.h>

#include "ss-value.h"

G_BEGIN_DECLS

/* RFC 6902 once more, as simply as it can be written: to compare the library with. A document is a
 * tree of plain nodes, of which nothing is shared; an operation does as its JSON says. Of the
 * library it uses only what reads a value, no pointer, no edit and no comparison. */
typedef struct _Model Model;

struct _Model
{
  SsValueKind  kind;
  gboolean     boolean;
  gint64       integer;
  double       real;
  char        *text;
  GPtrArray   *keys;   /* of an object; char */
  GPtrArray   *items;  /* of an array or an object; Model */
};

static inline void
model_free (Model *self)
{
  g_free (self->text);
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Model, model_free)

static inline Model *
model_new (SsValueKind kind)
{
  Model *self = g_new0 (Model, 1);

  self->kind = kind;
  if (kind == SS_VALUE_OBJECT)
    self->keys = g_ptr_array_new_with_free_func (g_free);
  if (kind == SS_VALUE_OBJECT || kind == SS_VALUE_ARRAY)
    self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) model_free);

  return self;
}

static inline Model *
model_of (const SsValue *value)
{
  Model *self = model_new (ss_value_kind (value));
  guint i;

  switch (self->kind)
    {
    case SS_VALUE_BOOLEAN:
      self->boolean = ss_value_get_boolean (value);
      break;
    case SS_VALUE_INT:
      self->integer = ss_value_get_int (value);
      break;
    case SS_VALUE_DOUBLE:
      self->real = ss_value_get_double (value);
      break;
    case SS_VALUE_STRING:
      self->text = g_strdup (ss_value_get_string (value, NULL));
      break;
    case SS_VALUE_ARRAY:
      for (i = 0; i < ss_value_length (value); i++)
        g_ptr_array_add (self->items, model_of (ss_array_get (value, i)));
      break;
    case SS_VALUE_OBJECT:
      for (i = 0; i < ss_value_length (value); i++)
        {
          g_ptr_array_add (self->keys, g_strdup (ss_value_get_string (ss_object_key (value, i), NULL)));
          g_ptr_array_add (self->items, model_of (ss_object_value (value, i)));
        }
      break;
    case SS_VALUE_NULL:
    default:
      break;
    }

  return self;
}

static inline Model *
model_copy (const Model *other)
{
  Model *self = model_new (other->kind);
  guint i;

  self->boolean = other->boolean;
  self->integer = other->integer;
  self->real = other->real;
  self->text = g_strdup (other->text);
  for (i = 0; other->keys != NULL && i < other->keys->len; i++)
    g_ptr_array_add (self->keys, g_strdup (other->keys->pdata[i]));
  for (i = 0; other->items != NULL && i < other->items->len; i++)
    g_ptr_array_add (self->items, model_copy (other->items->pdata[i]));

  return self;
}

static inline int
model_find (const Model *self,
            const char  *key)
{
  guint i;

  for (i = 0; i < self->keys->len; i++)
    if (strcmp (self->keys->pdata[i], key) == 0)
      return (int) i;

  return -1;
}

/* RFC 6902, 4.6: "numerically equal". A long double has 64 bits behind its point on some
 * machines and 113 on others, enough for both kinds of number, or 53 on the rest, where integers
 * are looked at as well. */
static inline gboolean
model_numbers_equal (const Model *a,
                     const Model *b)
{
  long double x = a->kind == SS_VALUE_INT ? (long double) a->integer : (long double) a->real;
  long double y = b->kind == SS_VALUE_INT ? (long double) b->integer : (long double) b->real;

  return x == y && (a->kind != b->kind || a->integer == b->integer);
}

static inline gboolean
model_passes (const Model *a,
              const Model *tested)
{
  gboolean is_number = a->kind == SS_VALUE_INT || a->kind == SS_VALUE_DOUBLE;
  guint n = a->items != NULL ? a->items->len : 0;
  guint i;

  if (is_number && (tested->kind == SS_VALUE_INT || tested->kind == SS_VALUE_DOUBLE))
    return model_numbers_equal (a, tested);

  if (a->kind != tested->kind || a->boolean != tested->boolean || g_strcmp0 (a->text, tested->text) != 0
      || n != (tested->items != NULL ? tested->items->len : 0))
    return FALSE;

  for (i = 0; i < n; i++)
    {
      int at = a->kind == SS_VALUE_OBJECT ? model_find (tested, a->keys->pdata[i]) : (int) i;

      if (at < 0 || !model_passes (a->items->pdata[i], tested->items->pdata[at]))
        return FALSE;
    }

  return TRUE;
}

static inline gboolean
model_equal (const Model *a,
             const Model *b)
{
  guint n = a->items != NULL ? a->items->len : 0;
  guint i;

  if (a->kind != b->kind || a->boolean != b->boolean || a->integer != b->integer
      || memcmp (&a->real, &b->real, sizeof a->real) != 0 || g_strcmp0 (a->text, b->text) != 0
      || n != (b->items != NULL ? b->items->len : 0))
    return FALSE;

  for (i = 0; i < n; i++)
    {
      int at = a->kind == SS_VALUE_OBJECT ? model_find (b, a->keys->pdata[i]) : (int) i;

      if (at < 0 || !model_equal (a->items->pdata[i], b->items->pdata[at]))
        return FALSE;
    }

  return TRUE;
}

/* The tokens of a pointer, which is well formed. */
static inline GStrv
model_tokens (const char *pointer)
{
  GStrv tokens = g_strsplit (*pointer == '/' ? pointer + 1 : pointer, "/", -1);
  guint i;

  if (*pointer == '\0')
    {
      g_strfreev (tokens);
      return g_new0 (char *, 1);
    }

  /* "" splits into nothing, but "/" has one token. */
  if (tokens[0] == NULL)
    {
      g_strfreev (tokens);
      tokens = g_new0 (char *, 2);
      tokens[0] = g_strdup ("");
    }

  for (i = 0; tokens[i] != NULL; i++)
    {
      g_autoptr (GString) token = g_string_new (tokens[i]);

      g_string_replace (token, "~1", "/", 0);
      g_string_replace (token, "~0", "~", 0);
      g_free (tokens[i]);
      tokens[i] = g_strdup (token->str);
    }

  return tokens;
}

/* The place of a token in a container, or -1. An array that may grow has one more. */
static inline int
model_place (const Model *self,
             const char  *token,
             gboolean     may_grow)
{
  guint n = self->items != NULL ? self->items->len : 0;
  guint i;

  if (self->kind == SS_VALUE_OBJECT)
    return model_find (self, token);
  if (self->kind != SS_VALUE_ARRAY)
    return -1;
  if (may_grow && strcmp (token, "-") == 0)
    return (int) n;

  for (i = 0; i < n + (may_grow ? 1 : 0); i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);

      if (strcmp (token, number) == 0)
        return (int) i;
    }

  return -1;
}

/* The value that the first tokens lead to, all but so many of them. NULL: nothing. */
static inline Model *
model_follow (Model      *self,
              const GStrv tokens,
              guint       but)
{
  guint n = g_strv_length (tokens);
  guint i;

  for (i = 0; i + but < n && self != NULL; i++)
    {
      int at = model_place (self, tokens[i], FALSE);

      self = at >= 0 ? self->items->pdata[at] : NULL;
    }

  return self;
}

/* The value is taken when that works. */
static inline gboolean
model_add (Model      **root,
           const char  *path,
           Model       *value)
{
  g_auto (GStrv) tokens = model_tokens (path);
  guint n = g_strv_length (tokens);
  const char *last = n > 0 ? tokens[n - 1] : NULL;
  Model *parent;
  int at;

  if (n == 0)
    {
      model_free (*root);
      *root = value;
      return TRUE;
    }

  parent = model_follow (*root, tokens, 1);
  if (parent == NULL || parent->items == NULL)
    return FALSE;

  at = model_place (parent, last, TRUE);
  if (parent->kind == SS_VALUE_ARRAY)
    {
      if (at < 0)
        return FALSE;
      g_ptr_array_insert (parent->items, at, value);
    }
  else if (at >= 0)
    {
      model_free (parent->items->pdata[at]);
      parent->items->pdata[at] = value;
    }
  else
    {
      g_ptr_array_add (parent->keys, g_strdup (last));
      g_ptr_array_add (parent->items, value);
    }

  return TRUE;
}

static inline Model *
model_remove (Model      **root,
              const char  *path)
{
  g_auto (GStrv) tokens = model_tokens (path);
  guint n = g_strv_length (tokens);
  Model *parent = n > 0 ? model_follow (*root, tokens, 1) : NULL;
  int at = parent != NULL ? model_place (parent, tokens[n - 1], FALSE) : -1;

  if (at < 0)
    return NULL;

  if (parent->keys != NULL)
    g_ptr_array_remove_index (parent->keys, (guint) at);

  return g_ptr_array_steal_index (parent->items, (guint) at);
}

static inline Model *
model_get (Model      *root,
           const char *path)
{
  g_auto (GStrv) tokens = model_tokens (path);

  return model_follow (root, tokens, 0);
}

static inline gboolean
model_replace (Model      **root,
               const char  *path,
               Model       *value)
{
  Model *there = model_get (*root, path);
  Model kept;

  if (there == NULL)
    return FALSE;

  kept = *there;
  *there = *value;
  *value = kept;
  model_free (value);

  return TRUE;
}

static inline gboolean
model_move (Model      **root,
            const char  *from,
            const char  *path)
{
  g_autofree char *inside = g_strconcat (from, "/", NULL);
  Model *value;

  if (model_get (*root, from) == NULL || g_str_has_prefix (path, inside))
    return FALSE;
  if (strcmp (from, path) == 0)
    return TRUE;

  value = model_remove (root, from);
  if (value != NULL && model_add (root, path, value))
    return TRUE;

  if (value != NULL)
    model_free (value);
  return FALSE;
}

static inline const char *
model_member (const SsValue *op,
              const char    *name)
{
  const SsValue *member = ss_object_get (op, name, strlen (name));

  g_assert (member != NULL);

  return ss_value_get_string (member, NULL);
}

/* One operation, as its JSON says. An operation that fails may leave something half done. */
static inline gboolean
model_apply_op (Model         **root,
                const SsValue  *op)
{
  const char *name = model_member (op, "op");
  const char *path = model_member (op, "path");
  Model *value;
  gboolean done;

  if (strcmp (name, "remove") == 0)
    {
      value = model_remove (root, path);
      if (value == NULL)
        return FALSE;
      model_free (value);
      return TRUE;
    }
  if (strcmp (name, "move") == 0)
    return model_move (root, model_member (op, "from"), path);

  if (strcmp (name, "copy") == 0)
    {
      value = model_get (*root, model_member (op, "from"));
      if (value == NULL)
        return FALSE;
      value = model_copy (value);
      done = model_add (root, path, value);
    }
  else
    {
      value = model_of (ss_object_get (op, "value", 5));
      if (strcmp (name, "test") == 0)
        {
          const Model *there = model_get (*root, path);

          done = there != NULL && model_passes (there, value);
          model_free (value);
          return done;
        }
      done = strcmp (name, "replace") == 0 ? model_replace (root, path, value) : model_add (root, path, value);
    }

  if (!done)
    model_free (value);
  return done;
}

/* A whole patch, given as its JSON: all or nothing. */
static inline gboolean
model_apply (Model         **root,
             const SsValue  *patch)
{
  g_autoptr (Model) result = model_copy (*root);
  guint i;

  for (i = 0; i < ss_value_length (patch); i++)
    if (!model_apply_op (&result, ss_array_get (patch, i)))
      return FALSE;

  model_free (*root);
  *root = g_steal_pointer (&result);

  return TRUE;
}

G_END_DECLS
