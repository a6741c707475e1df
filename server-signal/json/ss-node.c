/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-node.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "server-signal-error.h"
#include "ss-pointer.h"

/* Where the walk is; the chain lives on the machine's stack, which max_depth bounds. */
typedef struct _Place Place;

struct _Place
{
  const Place *outer;
  const char  *key;    /* NULL: index counts */
  guint        index;
};

typedef struct
{
  guint    max_depth;
  GError **error;
} Bridge;

static SsValue *read_node (Bridge *bridge, JsonNode *node, const SsValue *like, const SsValue *shape,
                           const Place *place, guint depth);

static char *
place_to_pointer (const Place *place)
{
  GString *pointer = g_string_new (NULL);
  g_autoptr (GPtrArray) chain = g_ptr_array_new ();

  for (; place->outer != NULL; place = place->outer)
    g_ptr_array_add (chain, (gpointer) place);

  for (guint i = chain->len; i > 0; i--)
    {
      place = chain->pdata[i - 1];
      if (place->key == NULL)
        ss_pointer_append_index (pointer, place->index);
      else
        {
          g_autofree char *valid = g_utf8_make_valid (place->key, -1);

          ss_pointer_append_token (pointer, valid, -1);
        }
    }

  return g_string_free (pointer, FALSE);
}

static SsValue *
refuse (Bridge      *bridge,
        const Place *place,
        const char  *why)
{
  g_autofree char *pointer = place_to_pointer (place);

  g_set_error (bridge->error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_JSON,
               /* Translators: a JSON Pointer, and what is wrong with the value there. */
               _("At “%s”: %s"), pointer, why);

  return NULL;
}

/* Like itself when the string is equal to it. NULL for what is no UTF-8. */
static SsValue *
make_string (const char    *utf8,
             const SsValue *like)
{
  gsize length = strlen (utf8);

  if (like != NULL && ss_value_is_string (like) && ss_string_length (like) == length &&
      memcmp (ss_value_get_string (like, NULL), utf8, length) == 0)
    return ss_value_ref (like);

  if (length > SS_STRING_BYTES || !g_utf8_validate (utf8, (gssize) length, NULL))
    return NULL;

  return ss_value_new_string (utf8, (gssize) length);
}

/* Few numbers are allocated; these too are to be the same pointer where they are equal. */
static SsValue *
prefer (SsValue       *value,
        const SsValue *like)
{
  if (like == NULL || value == like || !ss_value_equal (value, like))
    return value;

  ss_value_unref (value);

  return ss_value_ref (like);
}

static SsValue *
read_scalar (Bridge        *bridge,
             JsonNode      *node,
             const SsValue *like,
             const Place   *place)
{
  GType type = json_node_get_value_type (node);
  const char *utf8;
  SsValue *value;
  double number;

  switch (type)
    {
    case G_TYPE_BOOLEAN:
      return ss_value_new_boolean (json_node_get_boolean (node));

    case G_TYPE_INT64:
      return prefer (ss_value_new_int (json_node_get_int (node)), like);

    case G_TYPE_DOUBLE:
      number = json_node_get_double (node);
      if (!isfinite (number))
        return refuse (bridge, place, _("a number that is not finite"));
      return prefer (ss_value_new_double (number), like);

    case G_TYPE_STRING:
      utf8 = json_node_get_string (node);
      if (utf8 == NULL)
        return ss_value_new_null ();
      value = make_string (utf8, like);
      return value != NULL
               ? value
               : refuse (bridge, place, _("a string that is not valid UTF-8 or too long"));

    case G_TYPE_INVALID:
      return refuse (bridge, place, _("a node without a value"));

    default:
      return refuse (bridge, place, _("a value of a type that JSON does not have"));
    }
}

/* shape is another object that probably has the same keys, such as the row before. */
static SsValue *
make_key (const char    *name,
          guint          position,
          const SsValue *like,
          const SsValue *shape)
{
  const SsValue *candidate = NULL;

  if (like != NULL && position < ss_value_length (like))
    candidate = ss_object_key (like, position);
  if (candidate != NULL && strcmp (ss_value_get_string (candidate, NULL), name) == 0)
    return ss_value_ref (candidate);

  candidate = NULL;
  if (shape != NULL && position < ss_value_length (shape))
    candidate = ss_object_key (shape, position);

  return make_string (name, candidate);
}

static SsValue *
read_object (Bridge        *bridge,
             JsonNode      *node,
             const SsValue *like,
             const SsValue *shape,
             const Place   *outer,
             guint          depth)
{
  JsonObject *source = json_node_get_object (node);
  g_autoptr (SsValue) object = NULL;
  Place place = { outer };
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;
  gboolean is_same;

  if (source == NULL)
    return refuse (bridge, outer, _("a node without a value"));

  if (like != NULL && ss_value_kind (like) != SS_VALUE_OBJECT)
    like = NULL;
  if (shape != NULL && ss_value_kind (shape) != SS_VALUE_OBJECT)
    shape = NULL;
  is_same = like != NULL && ss_value_length (like) == json_object_get_size (source);

  object = ss_value_new_object (json_object_get_size (source));
  json_object_iter_init_ordered (&iter, source);
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      guint position = ss_value_length (object);
      SsValue *key = make_key (name, position, like, shape);
      const SsValue *same = NULL;
      SsValue *value;

      place.key = name;
      if (key == NULL)
        return refuse (bridge, &place, _("a member's name that is not valid UTF-8 or too long"));

      if (like != NULL)
        {
          int found = ss_object_find_key (like, key, position);

          same = found < 0 ? NULL : ss_object_value (like, (guint) found);
        }

      value = read_node (bridge, member, same, NULL, &place, depth);
      if (value == NULL)
        {
          ss_value_unref (key);
          return NULL;
        }

      is_same = is_same && value == same;
      ss_object_append (object, key, value);
    }

  return is_same ? ss_value_ref (like) : g_steal_pointer (&object);
}

static guint
hash_cb (gconstpointer value)
{
  return (guint) ss_value_hash (value);
}

static gboolean
equal_cb (gconstpointer a,
          gconstpointer b)
{
  return ss_value_equal (a, b);
}

/* Elements that moved: whatever in the middle of the array is equal to something in the middle of
 * like is made the same pointer. front and back are how many elements at the ends are shared
 * already. */
static void
share_moved (SsValue       *array,
             const SsValue *like,
             guint          front,
             guint          back)
{
  g_autoptr (GHashTable) known = NULL;
  guint end = ss_value_length (array) - back;
  guint like_end = ss_value_length (like) - back;

  if (front >= end || front >= like_end)
    return;

  known = g_hash_table_new (hash_cb, equal_cb);
  for (guint i = front; i < like_end; i++)
    if (ss_value_is_allocated (ss_array_get (like, i)))
      g_hash_table_add (known, ss_array_get (like, i));

  for (guint i = front; i < end; i++)
    {
      SsValue *value = ss_array_get (array, i);
      const SsValue *same =
        ss_value_is_allocated (value) ? g_hash_table_lookup (known, value) : NULL;

      if (same != NULL && same != value)
        ss_value_unref (ss_array_replace (array, i, ss_value_ref (same)));
    }
}

/* An array while it is filled, not in order. */
typedef struct
{
  Bridge        *bridge;
  JsonArray     *source;
  SsValue       *array;
  const SsValue *shape;  /* the last element that was read */
  const Place   *outer;
  guint          depth;
} Filling;

static SsValue *
fill_element (Filling       *self,
              guint          index,
              const SsValue *same)
{
  Place place = { self->outer, NULL, index };
  SsValue *value = read_node (self->bridge, json_array_get_element (self->source, index), same,
                              self->shape, &place, self->depth);

  if (value != NULL)
    {
      ss_array_replace (self->array, index, value);
      self->shape = value;
    }

  return value;
}

/* Both ends are read against the ends of like as far as the elements are equal; in between, an
 * element against the one at the same distance from the front, because it may have parts in
 * common. */
static gboolean
fill_array (Filling       *self,
            const SsValue *like)
{
  guint length = ss_value_length (self->array);
  guint like_length = like != NULL ? ss_value_length (like) : 0;
  guint front = 0, back = 0, begin, end;

  for (begin = 0; front == begin && begin < MIN (length, like_length); begin++)
    {
      const SsValue *same = ss_array_get (like, begin);
      const SsValue *value = fill_element (self, begin, same);

      if (value == NULL)
        return FALSE;
      front += value == same;
    }

  for (end = 0; back == end && end < MIN (length - begin, like_length - front); end++)
    {
      const SsValue *same = ss_array_get (like, like_length - 1 - end);
      const SsValue *value = fill_element (self, length - 1 - end, same);

      if (value == NULL)
        return FALSE;
      back += value == same;
    }

  for (guint i = begin; i < length - end; i++)
    if (fill_element (self, i, i < like_length ? ss_array_get (like, i) : NULL) == NULL)
      return FALSE;

  if (like != NULL)
    share_moved (self->array, like, front, back);

  return TRUE;
}

static SsValue *
read_array (Bridge        *bridge,
            JsonNode      *node,
            const SsValue *like,
            const SsValue *shape,
            const Place   *place,
            guint          depth)
{
  JsonArray *source = json_node_get_array (node);
  g_autoptr (SsValue) array = NULL;
  Filling filling;
  guint length;

  if (source == NULL)
    return refuse (bridge, place, _("a node without a value"));

  if (like != NULL && ss_value_kind (like) != SS_VALUE_ARRAY)
    like = NULL;
  if (shape != NULL && (ss_value_kind (shape) != SS_VALUE_ARRAY || ss_value_length (shape) == 0))
    shape = NULL;

  /* All places hold something from the start, because they are not filled in order. */
  length = json_array_get_length (source);
  array = ss_value_new_array (length);
  for (guint i = 0; i < length; i++)
    ss_array_append (array, ss_value_new_null ());

  filling = (Filling) { bridge, source, array, shape != NULL ? ss_array_get (shape, 0) : NULL,
                        place,  depth };
  if (!fill_array (&filling, like))
    return NULL;

  if (like != NULL && length == ss_value_length (like))
    {
      guint same = 0;

      while (same < length && ss_array_get (array, same) == ss_array_get (like, same))
        same++;
      if (same == length)
        return ss_value_ref (like);
    }

  return g_steal_pointer (&array);
}

static SsValue *
read_node (Bridge        *bridge,
           JsonNode      *node,
           const SsValue *like,
           const SsValue *shape,
           const Place   *place,
           guint          depth)
{
  if (node == NULL)
    return ss_value_new_null ();

  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_NULL:
      return ss_value_new_null ();

    case JSON_NODE_VALUE:
      return read_scalar (bridge, node, like, place);

    case JSON_NODE_ARRAY:
    case JSON_NODE_OBJECT:
      if (depth == bridge->max_depth)
        {
          g_autofree char *pointer = place_to_pointer (place);

          g_set_error (bridge->error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                       /* Translators: a JSON Pointer. */
                       _("At “%s”: nested deeper than %u levels"), pointer, bridge->max_depth);
          return NULL;
        }
      if (json_node_get_node_type (node) == JSON_NODE_ARRAY)
        return read_array (bridge, node, like, shape, place, depth + 1);
      return read_object (bridge, node, like, shape, place, depth + 1);

    default:
      g_assert_not_reached ();
    }
}

SsValue *
ss_value_from_node_like (JsonNode       *node,
                         const SsValue  *like,
                         guint           max_depth,
                         GError        **error)
{
  const Place root = { NULL };
  Bridge bridge = { max_depth, error };

  return read_node (&bridge, node, like, NULL, &root, 0);
}

SsValue *
ss_value_from_node (JsonNode  *node,
                    guint      max_depth,
                    GError   **error)
{
  return ss_value_from_node_like (node, NULL, max_depth, error);
}

/* Recurses as deep as the tree, which is no deeper than documents are: json-glib frees nodes so
 * too. */
JsonNode *
ss_value_to_node (const SsValue *value)
{
  JsonNode *node = json_node_alloc ();
  JsonArray *array;
  JsonObject *object;

  switch (ss_value_kind (value))
    {
    case SS_VALUE_NULL:
      return json_node_init_null (node);

    case SS_VALUE_BOOLEAN:
      return json_node_init_boolean (node, ss_value_get_boolean (value));

    case SS_VALUE_INT:
      return json_node_init_int (node, ss_value_get_int (value));

    case SS_VALUE_DOUBLE:
      return json_node_init_double (node, ss_value_get_double (value));

    case SS_VALUE_STRING:
      return json_node_init_string (node, ss_value_get_string (value, NULL));

    case SS_VALUE_ARRAY:
      array = json_array_sized_new (ss_value_length (value));
      for (guint i = 0; i < ss_value_length (value); i++)
        json_array_add_element (array, ss_value_to_node (ss_array_get (value, i)));
      json_node_init (node, JSON_NODE_ARRAY);
      json_node_take_array (node, array);
      return node;

    case SS_VALUE_OBJECT:
      object = json_object_new ();
      for (guint i = 0; i < ss_value_length (value); i++)
        json_object_set_member (object, ss_value_get_string (ss_object_key (value, i), NULL),
                                ss_value_to_node (ss_object_value (value, i)));
      json_node_init (node, JSON_NODE_OBJECT);
      json_node_take_object (node, object);
      return node;

    default:
      g_assert_not_reached ();
    }
}
