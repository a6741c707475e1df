/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-value.h"

#include <math.h>

#include "ss-index.h"

/* A container whose room is asked for at once and is at most this large has it in its own tail: one
 * allocation instead of two, and nothing lost worth speaking of when it grows out of it. */
#define TAIL_MAX 64

/* Up to here it is faster to compare a key with each member's than to look into an index. */
#define INDEX_MIN 13

static gpointer
allocate (gsize       size,
          SsValueKind kind)
{
  SsValue *self = g_malloc (size);

  self->refs = 1;
  self->info = kind;

  return self;
}

SsValue *
ss_value_new_large_int (gint64 value)
{
  SsInt *self = allocate (sizeof *self, SS_VALUE_INT);

  self->value = value;

  return &self->base;
}

SsValue *
ss_value_new_double (double value)
{
  SsDouble *self;

  g_assert (isfinite (value));

#if GLIB_SIZEOF_VOID_P == 8
  {
    guint64 word;
    guint top;

    memcpy (&word, &value, sizeof word);
    if (word == 0)
      return (SsValue *) SS_WORD_ZERO;

    top = (word >> 60) & 7;
    if ((top == 3 || top == 4) && word != G_GUINT64_CONSTANT (0x3000000000000000))
      return (SsValue *) (((word << 3 | word >> 61) & ~(guint64) 3) | SS_TAG_DOUBLE);
  }
#endif

  self = allocate (sizeof *self, SS_VALUE_DOUBLE);
  self->value = value;

  return &self->base;
}

SsValue *
ss_value_new_string (const char *utf8,
                     gssize      length)
{
  gsize n = length < 0 ? strlen (utf8) : (gsize) length;
  SsString *self;

  if (G_UNLIKELY (n > SS_STRING_BYTES))
    g_error ("A string of %" G_GSIZE_FORMAT " bytes is longer than a value can be", n);

  self = allocate (sizeof *self + n + 1, SS_VALUE_STRING);
  self->base.info |= (guint32) n << SS_INFO_SHIFT;
  memcpy (self->utf8, utf8, n);
  self->utf8[n] = '\0';

  return &self->base;
}

SsValue *
ss_value_new_array (guint reserve)
{
  guint tail = reserve <= TAIL_MAX ? reserve : 0;
  SsArray *self = allocate (sizeof *self + tail * sizeof *self->tail, SS_VALUE_ARRAY);

  self->length = 0;
  self->capacity = reserve;
  self->hash = 0;
  self->items = reserve == tail ? self->tail : g_new (SsValue *, reserve);

  return &self->base;
}

SsValue *
ss_value_new_object (guint reserve)
{
  guint tail = reserve <= TAIL_MAX ? reserve : 0;
  SsObject *self = allocate (sizeof *self + tail * sizeof *self->tail, SS_VALUE_OBJECT);

  self->length = 0;
  self->capacity = reserve;
  self->hash = 0;
  self->items = reserve == tail ? self->tail : g_new (SsMember, reserve);
  self->index = NULL;

  return &self->base;
}

/* Containers that wait to be freed are chained through the member that nobody needs any more. */
static inline void
drop_child (SsValue  *child,
            SsArray **waiting)
{
  if (!ss_value_is_allocated (child) || !ss_value_drop (child))
    return;

  if (ss_value_is_container (child))
    {
      SsArray *container = (SsArray *) child;

      container->hash = (guint64) (guintptr) *waiting;
      *waiting = container;
    }
  else
    g_free (child);
}

void
ss_value_free (SsValue *value)
{
  SsArray *waiting;

  if (!ss_value_is_container (value))
    {
      g_free (value);
      return;
    }

  waiting = (SsArray *) value;
  waiting->hash = 0;
  while (waiting != NULL)
    {
      SsArray *array = waiting;

      waiting = (SsArray *) (guintptr) array->hash;
      if (ss_value_kind (&array->base) == SS_VALUE_ARRAY)
        {
          for (guint i = 0; i < array->length; i++)
            drop_child (array->items[i], &waiting);
          if (array->items != array->tail)
            g_free (array->items);
        }
      else
        {
          SsObject *object = (SsObject *) array;

          for (guint i = 0; i < object->length; i++)
            {
              drop_child (object->items[i].key, &waiting);
              drop_child (object->items[i].value, &waiting);
            }
          if (object->items != object->tail)
            g_free (object->items);
          if (object->index != NULL)
            ss_index_free (object->index);
        }
      g_free (array);
    }
}

static inline SsArray *
writable_array (SsValue *value)
{
  SsArray *self = (SsArray *) value;

  g_assert (ss_value_kind (value) == SS_VALUE_ARRAY);
  g_assert (__atomic_load_n (&value->refs, __ATOMIC_RELAXED) == 1);

  self->hash = 0;
  value->info = SS_VALUE_ARRAY;

  return self;
}

static inline SsObject *
writable_object (SsValue *value)
{
  SsObject *self = (SsObject *) value;

  g_assert (ss_value_kind (value) == SS_VALUE_OBJECT);
  g_assert (__atomic_load_n (&value->refs, __ATOMIC_RELAXED) == 1);

  self->hash = 0;
  value->info = SS_VALUE_OBJECT;

  return self;
}

static guint
larger_capacity (guint capacity)
{
  g_assert (capacity < G_MAXINT / 2);

  return MAX (4, capacity + capacity / 2);
}

static void
array_make_room (SsArray *self)
{
  if (self->length < self->capacity)
    return;

  self->capacity = larger_capacity (self->capacity);
  if (self->items == self->tail)
    {
      self->items = g_new (SsValue *, self->capacity);
      memcpy (self->items, self->tail, self->length * sizeof *self->tail);
    }
  else
    self->items = g_renew (SsValue *, self->items, self->capacity);
}

static void
object_make_room (SsObject *self)
{
  if (self->length < self->capacity)
    return;

  self->capacity = larger_capacity (self->capacity);
  if (self->items == self->tail)
    {
      self->items = g_new (SsMember, self->capacity);
      memcpy (self->items, self->tail, self->length * sizeof *self->tail);
    }
  else
    self->items = g_renew (SsMember, self->items, self->capacity);
}

/* A list that was long for a while does not keep its room. */
static void
array_give_back_room (SsArray *self)
{
  if (self->items == self->tail || self->length > self->capacity / 4)
    return;

  self->capacity = MAX (4, self->length * 2);
  self->items = g_renew (SsValue *, self->items, self->capacity);
}

static void
object_give_back_room (SsObject *self)
{
  if (self->items == self->tail || self->length > self->capacity / 4)
    return;

  self->capacity = MAX (4, self->length * 2);
  self->items = g_renew (SsMember, self->items, self->capacity);
  if (self->index != NULL && self->length < INDEX_MIN)
    g_clear_pointer (&self->index, ss_index_free);
}

static SsValue *
copy_array (const SsArray *self)
{
  SsArray *copy = (SsArray *) ss_value_new_array (self->length);

  copy->length = self->length;
  for (guint i = 0; i < self->length; i++)
    copy->items[i] = ss_value_ref (self->items[i]);

  return &copy->base;
}

static SsValue *
copy_object (const SsObject *self)
{
  SsObject *copy = (SsObject *) ss_value_new_object (self->length);
  const SsIndex *index = __atomic_load_n (&self->index, __ATOMIC_ACQUIRE);

  copy->length = self->length;
  for (guint i = 0; i < self->length; i++)
    {
      copy->items[i].key = ss_value_ref (self->items[i].key);
      copy->items[i].value = ss_value_ref (self->items[i].value);
    }
  if (index != NULL)
    copy->index = ss_index_copy (index);

  return &copy->base;
}

void
ss_value_make_writable (SsValue **slot)
{
  SsValue *value = *slot;

  g_assert (ss_value_is_container (value));

  if (__atomic_load_n (&value->refs, __ATOMIC_ACQUIRE) == 1)
    {
      ((SsArray *) value)->hash = 0;
      value->info &= SS_INFO_KIND;
      return;
    }

  *slot = ss_value_kind (value) == SS_VALUE_ARRAY ? copy_array ((SsArray *) value)
                                                  : copy_object ((SsObject *) value);
  ss_value_unref (value);
}

SsValue **
ss_array_slot (SsValue *array,
               guint    index)
{
  SsArray *self = writable_array (array);

  g_assert (index < self->length);

  return &self->items[index];
}

SsValue **
ss_object_slot (SsValue *object,
                guint    position)
{
  SsObject *self = writable_object (object);

  g_assert (position < self->length);

  return &self->items[position].value;
}

void
ss_array_append (SsValue *array,
                 SsValue *value)
{
  SsArray *self = writable_array (array);

  array_make_room (self);
  self->items[self->length++] = value;
}

void
ss_array_insert (SsValue *array,
                 guint    index,
                 SsValue *value)
{
  SsArray *self = writable_array (array);

  g_assert (index <= self->length);

  array_make_room (self);
  memmove (self->items + index + 1, self->items + index, (self->length - index) * sizeof *self->items);
  self->items[index] = value;
  self->length++;
}

SsValue *
ss_array_steal (SsValue *array,
                guint    index)
{
  SsArray *self = writable_array (array);
  SsValue *stolen;

  g_assert (index < self->length);

  stolen = self->items[index];
  self->length--;
  memmove (self->items + index, self->items + index + 1, (self->length - index) * sizeof *self->items);
  array_give_back_room (self);

  return stolen;
}

SsValue *
ss_array_replace (SsValue *array,
                  guint    index,
                  SsValue *value)
{
  SsValue **slot = ss_array_slot (array, index);
  SsValue *replaced = *slot;

  *slot = value;

  return replaced;
}

static const SsIndex *
object_index (const SsValue *object)
{
  SsObject *self = (SsObject *) object;
  SsIndex *index = __atomic_load_n (&self->index, __ATOMIC_ACQUIRE);

  if (G_UNLIKELY (index == NULL))
    {
      SsIndex *first = NULL;

      /* Two readers may come here at once: one index stays. */
      index = ss_index_new (self->items, self->length);
      if (!__atomic_compare_exchange_n (&self->index, &first, index, FALSE,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        {
          ss_index_free (index);
          index = first;
        }
    }

  return index;
}

int
ss_object_find (const SsValue *object,
                const char    *key,
                gsize          length)
{
  const SsObject *self = (const SsObject *) object;

  if (self->length >= INDEX_MIN)
    return ss_index_find (object_index (object), self->items, key, length);

  for (guint i = 0; i < self->length; i++)
    {
      const SsValue *candidate = self->items[i].key;

      if (ss_string_length (candidate) == length
          && memcmp (ss_value_get_string (candidate, NULL), key, length) == 0)
        return (int) i;
    }

  return -1;
}

int
ss_object_find_key (const SsValue *object,
                    const SsValue *key,
                    guint          position)
{
  gsize length;
  const char *utf8;

  if (position < ss_value_length (object) && ss_string_equal (ss_object_key (object, position), key))
    return (int) position;

  utf8 = ss_value_get_string (key, &length);

  return ss_object_find (object, utf8, length);
}

void
ss_object_append (SsValue *object,
                  SsValue *key,
                  SsValue *value)
{
  ss_object_insert (object, ss_value_length (object), key, value);
}

void
ss_object_insert (SsValue *object,
                  guint    position,
                  SsValue *key,
                  SsValue *value)
{
  SsObject *self = writable_object (object);

  g_assert (position <= self->length);
  g_assert (ss_value_is_string (key));

  object_make_room (self);
  if (self->index != NULL)
    ss_index_insert (&self->index, position, key);
  memmove (self->items + position + 1, self->items + position,
           (self->length - position) * sizeof *self->items);
  self->items[position].key = key;
  self->items[position].value = value;
  self->length++;
}

SsValue *
ss_object_steal (SsValue  *object,
                 guint     position,
                 SsValue **key)
{
  SsObject *self = writable_object (object);
  SsMember stolen;

  g_assert (position < self->length);

  if (self->index != NULL)
    ss_index_remove (self->index, self->items, position);
  stolen = self->items[position];
  self->length--;
  memmove (self->items + position, self->items + position + 1,
           (self->length - position) * sizeof *self->items);
  object_give_back_room (self);

  if (key != NULL)
    *key = stolen.key;
  else
    ss_value_unref (stolen.key);

  return stolen.value;
}

SsValue *
ss_object_replace (SsValue *object,
                   guint    position,
                   SsValue *value)
{
  SsValue **slot = ss_object_slot (object, position);
  SsValue *replaced = *slot;

  *slot = value;

  return replaced;
}
