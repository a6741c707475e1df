/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-value.h"

#include <math.h>

#include "ss-hash.h"

/* A container whose room is asked for at once and is at most this large has it in its own tail: one
 * allocation instead of two, and nothing lost worth speaking of when it grows out of it. */
#define TAIL_MAX 64

/* Up to here it is faster to compare a key with each member's than to look into an index. */
#define INDEX_MIN 13

/* A container of at least so many items is put into chunks when edits have moved its items so many
 * times over, which costs about as much as that. Shorter ones are moved faster than anything else
 * could be done; members are more to move, and their index has to be swept too. Larger chunks cost
 * more at each edit, smaller ones when one is split. */
#ifdef SS_CHUNKS_SMALL    /* for the fuzz targets, whose documents are */
#define ARRAY_CHUNKS_MIN 6
#define OBJECT_CHUNKS_MIN 6
#define ARRAY_CHUNK 4
#define OBJECT_CHUNK 4
#define ARRAY_CHUNKS_AFTER 0
#define OBJECT_CHUNKS_AFTER 0
#else
#define ARRAY_CHUNKS_MIN 4096
#define OBJECT_CHUNKS_MIN 512
#define ARRAY_CHUNK 1024
#define OBJECT_CHUNK 256
#define ARRAY_CHUNKS_AFTER 4
#define OBJECT_CHUNKS_AFTER 1
#endif

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
  self->size = 0;
  self->moved = 0;
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
  self->index = SS_NO_INDEX;

  return &self->base;
}

static inline SsIndex *
object_index_or_null (const SsObject *self)
{
  guint64 word = __atomic_load_n (&self->index, __ATOMIC_ACQUIRE);

  return word & SS_NO_INDEX ? NULL : (SsIndex *) (guintptr) word;
}

static inline guint64
pack_notes (SsNotes notes)
{
  return SS_NO_INDEX | (guint64) notes.size << SS_NO_INDEX_SIZE_SHIFT |
         (guint64) MIN (notes.moved, SS_NO_INDEX_MOVED_MAX) << SS_NO_INDEX_MOVED_SHIFT;
}

static inline SsNotes
unpack_notes (guint64 word)
{
  return (SsNotes) { (guint32) (word >> SS_NO_INDEX_SIZE_SHIFT),
                     (guint32) (word >> SS_NO_INDEX_MOVED_SHIFT) };
}

static inline SsNotes
object_notes (const SsObject *self)
{
  guint64 word = __atomic_load_n (&self->index, __ATOMIC_ACQUIRE);
  SsNotes *notes;

  if (word & SS_NO_INDEX)
    return unpack_notes (word);

  notes = ss_index_notes ((SsIndex *) (guintptr) word);
  return (SsNotes) { __atomic_load_n (&notes->size, __ATOMIC_RELAXED), notes->moved };
}

/* These two are for the only holder. */
static void
object_set_notes (SsObject *self,
                  SsNotes   notes)
{
  SsIndex *index = object_index_or_null (self);

  if (index != NULL)
    *ss_index_notes (index) = notes;
  else
    self->index = pack_notes (notes);
}

/* The index is taken, the former one is the caller's to free. */
static void
object_set_index (SsObject *self,
                  SsIndex  *index)
{
  SsNotes notes = object_notes (self);

  self->index = index != NULL ? (guint64) (guintptr) index : SS_NO_INDEX;
  object_set_notes (self, notes);
}

static inline void
object_forget_size (SsObject *self)
{
  if (G_LIKELY (self->index & SS_NO_INDEX))
    self->index &= ~((guint64) G_MAXUINT32 << SS_NO_INDEX_SIZE_SHIFT);
  else
    ss_index_notes ((SsIndex *) (guintptr) self->index)->size = 0;
}

static void
object_drop_index (SsObject *self)
{
  SsIndex *index = object_index_or_null (self);

  if (index == NULL)
    return;

  object_set_index (self, NULL);
  ss_index_free (index);
}

guint32
ss_value_get_noted_size (const SsValue *container)
{
  if (ss_value_kind (container) == SS_VALUE_ARRAY)
    return __atomic_load_n (&((const SsArray *) container)->size, __ATOMIC_RELAXED);

  return object_notes ((const SsObject *) container).size;
}

void
ss_value_note_size (const SsValue *container,
                    guint32        size)
{
  SsObject *object = (SsObject *) container;
  guint64 word, noted;

  if (ss_value_kind (container) == SS_VALUE_ARRAY)
    {
      __atomic_store_n (&((SsArray *) container)->size, size, __ATOMIC_RELAXED);
      return;
    }

  /* Another reader may come with an index meanwhile. */
  word = __atomic_load_n (&object->index, __ATOMIC_ACQUIRE);
  do
    {
      SsNotes notes;

      if (!(word & SS_NO_INDEX))
        {
          __atomic_store_n (&ss_index_notes ((SsIndex *) (guintptr) word)->size, size,
                            __ATOMIC_RELAXED);
          return;
        }
      notes = unpack_notes (word);
      notes.size = size;
      noted = pack_notes (notes);
    }
  while (!__atomic_compare_exchange_n (&object->index, &word, noted, FALSE, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE));
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
            drop_child (ss_array_get (&array->base, i), &waiting);
          if (array->capacity == SS_CHUNKED)
            ss_chunks_free (array->chunks);
          else if (array->items != array->tail)
            g_free (array->items);
        }
      else
        {
          SsObject *object = (SsObject *) array;

          for (guint i = 0; i < object->length; i++)
            {
              const SsMember *member = ss_object_member (&object->base, i);

              drop_child (member->key, &waiting);
              drop_child (member->value, &waiting);
            }
          if (object->capacity == SS_CHUNKED)
            ss_chunks_free (object->chunks);
          else if (object->items != object->tail)
            g_free (object->items);
          if (object_index_or_null (object) != NULL)
            ss_index_free (object_index_or_null (object));
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
  self->size = 0;
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
  object_forget_size (self);
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
  if (self->length < INDEX_MIN)
    object_drop_index (self);
}

/* Whether an edit that moves n items is the one too many. */
static inline gboolean
moves_too_much (guint32 *moved,
                guint    n,
                guint    length,
                guint    after)
{
  guint64 sum = (guint64) *moved + n;

  *moved = (guint32) MIN (sum, G_MAXUINT32);
  return n > 0 && sum > after * (guint64) length;
}

static void
array_to_chunks (SsArray *self)
{
  SsChunks *chunks = ss_chunks_new (sizeof *self->items, ARRAY_CHUNK);
  guint n;

  for (guint i = 0; i < self->length; i += n)
    {
      n = MIN (self->length - i, ss_chunks_fill (chunks));
      memcpy (ss_chunks_extend (chunks, n, NULL), self->items + i, n * sizeof *self->items);
    }

  if (self->items != self->tail)
    g_free (self->items);
  self->chunks = chunks;
  self->capacity = SS_CHUNKED;
}

static void
array_from_chunks (SsArray *self)
{
  SsChunks *chunks = self->chunks;
  guint n;
  const SsChunk *list = ss_chunks_list (chunks, &n);
  SsValue **at;

  self->capacity = MAX (4, self->length + self->length / 2);
  self->items = at = g_new (SsValue *, self->capacity);
  self->moved = 0;
  for (guint i = 0; i < n; at += list[i++].length)
    memcpy (at, list[i].items, list[i].length * sizeof *at);
  ss_chunks_free (chunks);
}

static void
object_to_chunks (SsObject *self)
{
  SsChunks *chunks = ss_chunks_new (sizeof (SsChunkMember), OBJECT_CHUNK);
  g_autofree guint32 *hashes = g_new (guint32, self->length);
  guint fill = ss_chunks_fill (chunks);
  guint n;

  if (object_index_or_null (self) == NULL)
    object_set_index (self, ss_index_new (self->items, self->length));
  ss_index_to_chunks (object_index_or_null (self), fill, hashes);

  for (guint i = 0; i < self->length; i += n)
    {
      guint32 id;
      SsChunkMember *members;

      n = MIN (self->length - i, fill);
      members = ss_chunks_extend (chunks, n, &id);
      g_assert (id == i / fill);
      for (guint j = 0; j < n; j++)
        {
          members[j].member = self->items[i + j];
          members[j].hash = hashes[i + j];
        }
    }

  if (self->items != self->tail)
    g_free (self->items);
  self->chunks = chunks;
  self->capacity = SS_CHUNKED;
}

/* The sweep over the index that comes with an edit away from the end is as long, wherever that
 * is. */
static void
object_note_sweep (SsObject *self)
{
  SsNotes notes;

  if (self->capacity == SS_CHUNKED)
    return;

  notes = object_notes (self);
  if (moves_too_much (&notes.moved, self->length, self->length, OBJECT_CHUNKS_AFTER))
    object_to_chunks (self);
  else
    object_set_notes (self, notes);
}

static void
object_from_chunks (SsObject *self)
{
  SsChunks *chunks = self->chunks;
  guint n;
  const SsChunk *list = ss_chunks_list (chunks, &n);
  SsMember *at;

  self->capacity = MAX (4, self->length + self->length / 2);
  self->items = at = g_new (SsMember, self->capacity);
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < list[i].length; j++)
      *at++ = ((const SsChunkMember *) list[i].items)[j].member;
  ss_chunks_free (chunks);
  object_drop_index (self);
  object_set_notes (self, (SsNotes) { 0, 0 });
}

/* A list that was in chunks is edited much, and its copy will be. */
static SsValue *
copy_array (const SsArray *self)
{
  SsArray *copy = (SsArray *) ss_value_new_array (self->length);

  copy->length = self->length;
  copy->moved = self->capacity == SS_CHUNKED ? G_MAXUINT32 : self->moved;
  for (guint i = 0; i < self->length; i++)
    copy->items[i] = ss_value_ref (ss_array_get (&self->base, i));

  return &copy->base;
}

static SsValue *
copy_object (const SsObject *self)
{
  SsObject *copy = (SsObject *) ss_value_new_object (self->length);
  const SsIndex *index = object_index_or_null (self);

  copy->length = self->length;
  for (guint i = 0; i < self->length; i++)
    {
      const SsMember *member = ss_object_member (&self->base, i);

      copy->items[i].key = ss_value_ref (member->key);
      copy->items[i].value = ss_value_ref (member->value);
    }
  if (index != NULL && self->capacity != SS_CHUNKED)
    copy->index = (guint64) (guintptr) ss_index_copy (index);
  object_set_notes (copy,
                    (SsNotes) { 0, self->capacity == SS_CHUNKED ? G_MAXUINT32
                                                                : object_notes (self).moved });

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
      if (value->info == SS_VALUE_ARRAY)
        ((SsArray *) value)->size = 0;
      else
        object_forget_size ((SsObject *) value);
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

  if (self->capacity == SS_CHUNKED)
    return ss_chunks_at (self->chunks, index);

  return &self->items[index];
}

SsValue **
ss_object_slot (SsValue *object,
                guint    position)
{
  SsObject *self = writable_object (object);

  g_assert (position < self->length);

  return &ss_object_member (&self->base, position)->value;
}

void
ss_array_append (SsValue *array,
                 SsValue *value)
{
  ss_array_insert (array, ss_value_length (array), value);
}

static void
array_insert_chunked (SsArray *self,
                      guint    index,
                      SsValue *value)
{
  SsChunkSpot spot = ss_chunks_find (self->chunks, index);

  if (ss_chunks_is_full (self->chunks, spot.place))
    ss_chunks_split (self->chunks, &spot);
  *(SsValue **) ss_chunks_insert (self->chunks, spot) = value;
  self->length++;
}

void
ss_array_insert (SsValue *array,
                 guint    index,
                 SsValue *value)
{
  SsArray *self = writable_array (array);

  g_assert (index <= self->length);

  if (G_UNLIKELY (
        self->length >= ARRAY_CHUNKS_MIN && self->capacity != SS_CHUNKED &&
        moves_too_much (&self->moved, self->length - index, self->length, ARRAY_CHUNKS_AFTER)))
    array_to_chunks (self);
  if (G_UNLIKELY (self->capacity == SS_CHUNKED))
    {
      array_insert_chunked (self, index, value);
      return;
    }

  array_make_room (self);
  memmove (self->items + index + 1, self->items + index,
           (self->length - index) * sizeof *self->items);
  self->items[index] = value;
  self->length++;
}

static SsValue *
array_steal_chunked (SsArray *self,
                     guint    index)
{
  SsValue *stolen = ss_array_get (&self->base, index);

  ss_chunks_remove (self->chunks, ss_chunks_find (self->chunks, index));
  self->length--;
  if (ss_chunks_is_sparse (self->chunks, self->length))
    array_from_chunks (self);

  return stolen;
}

SsValue *
ss_array_steal (SsValue *array,
                guint    index)
{
  SsArray *self = writable_array (array);
  SsValue *stolen;

  g_assert (index < self->length);

  if (G_UNLIKELY (
        self->length >= ARRAY_CHUNKS_MIN && self->capacity != SS_CHUNKED &&
        moves_too_much (&self->moved, self->length - index - 1, self->length, ARRAY_CHUNKS_AFTER)))
    array_to_chunks (self);
  if (G_UNLIKELY (self->capacity == SS_CHUNKED))
    return array_steal_chunked (self, index);

  stolen = self->items[index];
  self->length--;
  memmove (self->items + index, self->items + index + 1,
           (self->length - index) * sizeof *self->items);
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
  SsIndex *index = object_index_or_null (self);
  guint64 word;

  if (G_LIKELY (index != NULL))
    return index;

  /* Two readers may come here at once: one index stays. */
  index = ss_index_new (self->items, self->length);
  word = __atomic_load_n (&self->index, __ATOMIC_ACQUIRE);
  do
    {
      if (!(word & SS_NO_INDEX))
        {
          ss_index_free (index);
          return (SsIndex *) (guintptr) word;
        }
      *ss_index_notes (index) = unpack_notes (word);
    }
  while (!__atomic_compare_exchange_n (&self->index, &word, (guint64) (guintptr) index, FALSE,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));

  return index;
}

static int
find_chunked (const SsObject *self,
              const char     *key,
              gsize           length)
{
  const SsIndex *index = object_index_or_null (self);
  guint32 hash = ss_index_hash (key, length);
  gpointer cursor = NULL;
  guint32 id;

  while (ss_index_next (index, hash, &cursor, &id))
    {
      const SsChunk *chunk = ss_chunks_by_id (self->chunks, id);
      const SsChunkMember *members = (const SsChunkMember *) chunk->items;

      for (guint i = 0; i < chunk->length; i++)
        if (members[i].hash == hash && ss_string_length (members[i].member.key) == length &&
            memcmp (ss_value_get_string (members[i].member.key, NULL), key, length) == 0)
          return (int) (ss_chunks_begin (self->chunks, id) + i);
    }

  return -1;
}

int
ss_object_find (const SsValue *object,
                const char    *key,
                gsize          length)
{
  const SsObject *self = (const SsObject *) object;

  if (G_UNLIKELY (self->capacity == SS_CHUNKED))
    return find_chunked (self, key, length);
  if (self->length >= INDEX_MIN)
    return ss_index_find (object_index (object), self->items, key, length);

  for (guint i = 0; i < self->length; i++)
    {
      const SsValue *candidate = self->items[i].key;

      if (ss_string_length (candidate) == length &&
          memcmp (ss_value_get_string (candidate, NULL), key, length) == 0)
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

  if (position < ss_value_length (object) &&
      ss_string_equal (ss_object_key (object, position), key))
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

static void
object_insert_chunked (SsObject *self,
                       guint     position,
                       SsValue  *key,
                       SsValue  *value)
{
  SsChunkSpot spot = ss_chunks_find (self->chunks, position);
  gsize length;
  const char *utf8 = ss_value_get_string (key, &length);
  SsIndex *index = object_index_or_null (self);
  SsChunkMember *member;
  guint n;

  if (ss_chunks_is_full (self->chunks, spot.place))
    {
      const SsChunk *rest = ss_chunks_split (self->chunks, &spot);

      for (guint i = 0; i < rest->length; i++)
        ss_index_change (index, ((const SsChunkMember *) rest->items)[i].hash, rest[-1].id,
                         rest->id);
    }

  member = ss_chunks_insert (self->chunks, spot);
  member->member.key = key;
  member->member.value = value;
  member->hash = ss_index_hash (utf8, length);
  ss_index_note (&index, member->hash, ss_chunks_list (self->chunks, &n)[spot.place].id);
  self->index = (guint64) (guintptr) index;
  self->length++;
}

void
ss_object_insert (SsValue *object,
                  guint    position,
                  SsValue *key,
                  SsValue *value)
{
  SsObject *self = writable_object (object);
  SsIndex *index;

  g_assert (position <= self->length);
  g_assert (ss_value_is_string (key));

  if (self->length >= OBJECT_CHUNKS_MIN && position < self->length)
    object_note_sweep (self);
  if (G_UNLIKELY (self->capacity == SS_CHUNKED))
    {
      object_insert_chunked (self, position, key, value);
      return;
    }

  object_make_room (self);
  index = object_index_or_null (self);
  if (index != NULL)
    {
      ss_index_insert (&index, position, key);
      self->index = (guint64) (guintptr) index;
    }
  memmove (self->items + position + 1, self->items + position,
           (self->length - position) * sizeof *self->items);
  self->items[position].key = key;
  self->items[position].value = value;
  self->length++;
}

static SsMember
object_steal_chunked (SsObject *self,
                      guint     position)
{
  SsChunkSpot spot = ss_chunks_find (self->chunks, position);
  guint n;
  const SsChunk *chunk = &ss_chunks_list (self->chunks, &n)[spot.place];
  SsChunkMember stolen = ((const SsChunkMember *) chunk->items)[spot.offset];

  ss_index_forget (object_index_or_null (self), stolen.hash, chunk->id);
  ss_chunks_remove (self->chunks, spot);
  self->length--;
  if (ss_chunks_is_sparse (self->chunks, self->length))
    object_from_chunks (self);

  return stolen.member;
}

SsValue *
ss_object_steal (SsValue  *object,
                 guint     position,
                 SsValue **key)
{
  SsObject *self = writable_object (object);
  SsMember stolen;

  g_assert (position < self->length);

  if (self->length >= OBJECT_CHUNKS_MIN && position + 1 < self->length)
    object_note_sweep (self);
  if (G_UNLIKELY (self->capacity == SS_CHUNKED))
    {
      stolen = object_steal_chunked (self, position);
    }
  else
    {
      if (object_index_or_null (self) != NULL)
        ss_index_remove (object_index_or_null (self), self->items, position);
      stolen = self->items[position];
      self->length--;
      memmove (self->items + position, self->items + position + 1,
               (self->length - position) * sizeof *self->items);
      object_give_back_room (self);
    }

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

/* Equality, hash and depth: walks over a tree with a stack of their own, because a tree that
 * somebody built by hand may be deeper than the machine's. */

/* Salts that set values of different kinds with the same bits apart. */
#define SALT_CONSTANT G_GUINT64_CONSTANT (0x5bd1e995a1c3f70d)
#define SALT_INT      G_GUINT64_CONSTANT (0x9216d5d98979fb1b)
#define SALT_DOUBLE   G_GUINT64_CONSTANT (0xd1310ba698dfb5ac)
#define SALT_ARRAY    G_GUINT64_CONSTANT (0x2ffd72dbd01adfb7)
#define SALT_OBJECT   G_GUINT64_CONSTANT (0xb8e1afed6a267e96)
#define SALT_MEMBER   G_GUINT64_CONSTANT (0xba7c9045f12c7f99)

typedef struct
{
  const SsValue *value;
  const SsValue *other;
  guint64        sum;
  guint          next;
} Frame;

typedef struct
{
  Frame *frames;
  guint  length;
  guint  capacity;
  Frame  first[24];
} Walk;

static void
walk_init (Walk *walk)
{
  walk->frames = walk->first;
  walk->length = 0;
  walk->capacity = G_N_ELEMENTS (walk->first);
}

static void
walk_clear (Walk *walk)
{
  if (walk->frames != walk->first)
    g_free (walk->frames);
}

static Frame *
walk_push (Walk          *walk,
           const SsValue *value,
           const SsValue *other)
{
  Frame *frame;

  if (walk->length == walk->capacity)
    {
      walk->capacity *= 2;
      if (walk->frames == walk->first)
        {
          walk->frames = g_new (Frame, walk->capacity);
          memcpy (walk->frames, walk->first, sizeof walk->first);
        }
      else
        walk->frames = g_renew (Frame, walk->frames, walk->capacity);
    }

  frame = &walk->frames[walk->length++];
  frame->value = value;
  frame->other = other;
  frame->sum = 0;
  frame->next = 0;

  return frame;
}

static inline guint64
cached_hash (const SsValue *container)
{
  return __atomic_load_n (&((const SsArray *) container)->hash, __ATOMIC_RELAXED);
}

static inline guint
cached_depth (const SsValue *container)
{
  return __atomic_load_n (&container->info, __ATOMIC_RELAXED) >> SS_INFO_SHIFT;
}

static inline const SsValue *
child_at (const SsValue *container,
          guint          index)
{
  return ss_value_kind (container) == SS_VALUE_ARRAY ? ss_array_get (container, index)
                                                     : ss_object_value (container, index);
}

static inline guint64
mix_with_salt (guint64 bits,
               guint64 salt)
{
  return ss_hash_mix (ss_hash_mix (bits ^ ss_hash_secret.word[1], salt ^ ss_hash_secret.word[0]),
                      ss_hash_secret.word[2] ^ bits);
}

static guint64
hash_scalar (const SsValue *value)
{
  gsize length;
  const char *utf8;
  double number;
  guint64 bits;

  switch (ss_value_kind (value))
    {
    case SS_VALUE_INT:
      return mix_with_salt ((guint64) ss_value_get_int (value), SALT_INT);

    case SS_VALUE_DOUBLE:
      number = ss_value_get_double (value);
      memcpy (&bits, &number, sizeof bits);
      return mix_with_salt (bits, SALT_DOUBLE);

    case SS_VALUE_STRING:
      utf8 = ss_value_get_string (value, &length);
      return ss_hash_text (utf8, length);

    case SS_VALUE_NULL:
    case SS_VALUE_BOOLEAN:
      return mix_with_salt ((guint64) (guintptr) value, SALT_CONSTANT);

    case SS_VALUE_ARRAY:
    case SS_VALUE_OBJECT:
    default:
      g_assert_not_reached ();
    }
}

/* The order of members must not count, so their hashes are added; each is mixed with its key's
 * first, so that values cannot change places unseen. */
static void
hash_tree (const SsValue *root)
{
  Walk walk;

  walk_init (&walk);
  walk_push (&walk, root, NULL);

  while (walk.length > 0)
    {
      Frame *frame = &walk.frames[walk.length - 1];
      const SsValue *value = frame->value;
      gboolean is_array = ss_value_kind (value) == SS_VALUE_ARRAY;
      guint length = ss_value_length (value);
      guint64 hash;

      while (frame->next < length)
        {
          const SsValue *child =
            is_array ? ss_array_get (value, frame->next) : ss_object_value (value, frame->next);

          if (!ss_value_is_container (child))
            hash = hash_scalar (child);
          else if ((hash = cached_hash (child)) == 0)
            {
              frame = NULL;
              walk_push (&walk, child, NULL);
              break;
            }

          if (is_array)
            frame->sum = ss_hash_mix (frame->sum ^ hash, SALT_ARRAY ^ ss_hash_secret.word[1]);
          else
            frame->sum +=
              mix_with_salt (hash ^ SALT_MEMBER, hash_scalar (ss_object_key (value, frame->next)));
          frame->next++;
        }

      if (frame == NULL)
        continue;

      hash = mix_with_salt (frame->sum + length, is_array ? SALT_ARRAY : SALT_OBJECT);
      __atomic_store_n (&((SsArray *) value)->hash, hash != 0 ? hash : 1, __ATOMIC_RELAXED);
      walk.length--;
    }

  walk_clear (&walk);
}

guint64
ss_value_hash (const SsValue *value)
{
  ss_hash_begin ();

  if (!ss_value_is_container (value))
    return hash_scalar (value);

  if (cached_hash (value) == 0)
    hash_tree (value);

  return cached_hash (value);
}

static void
measure_tree (const SsValue *root)
{
  Walk walk;

  walk_init (&walk);
  walk_push (&walk, root, NULL);

  while (walk.length > 0)
    {
      Frame *frame = &walk.frames[walk.length - 1];
      const SsValue *value = frame->value;
      guint length = ss_value_length (value);

      for (; frame->next < length; frame->next++)
        {
          const SsValue *child = child_at (value, frame->next);

          if (!ss_value_is_container (child))
            continue;
          if (cached_depth (child) == 0)
            {
              frame = NULL;
              walk_push (&walk, child, NULL);
              break;
            }
          frame->sum = MAX (frame->sum, cached_depth (child));
        }

      if (frame == NULL)
        continue;

      ss_value_note_depth ((SsValue *) value, (guint) frame->sum + 1);
      walk.length--;
    }

  walk_clear (&walk);
}

guint
ss_value_depth (const SsValue *value)
{
  if (!ss_value_is_container (value))
    return 0;

  if (cached_depth (value) == 0)
    measure_tree (value);

  return cached_depth (value);
}

/* Equal as far as can be told without looking at children: 1 and 0 are answers, -1 is "look". */
static inline int
compare_outside (const SsValue *a,
                 const SsValue *b)
{
  SsValueKind kind;
  double x, y;

  if (a == b)
    return 1;

  /* A value that fits into the pointer is always there, so only two that did not fit can still be
   * equal. */
  if (!ss_value_is_allocated (a) || !ss_value_is_allocated (b))
    return 0;

  kind = ss_value_kind (a);
  if (kind != ss_value_kind (b))
    return 0;

  switch (kind)
    {
    case SS_VALUE_INT:
      return ss_value_get_int (a) == ss_value_get_int (b);

    case SS_VALUE_DOUBLE:
      x = ss_value_get_double (a);
      y = ss_value_get_double (b);
      return memcmp (&x, &y, sizeof x) == 0;

    case SS_VALUE_STRING:
      return ss_string_equal (a, b);

    case SS_VALUE_ARRAY:
    case SS_VALUE_OBJECT:
      if (ss_value_length (a) != ss_value_length (b) ||
          (cached_hash (a) != 0 && cached_hash (b) != 0 && cached_hash (a) != cached_hash (b)))
        return 0;
      return -1;

    case SS_VALUE_NULL:
    case SS_VALUE_BOOLEAN:
    default:
      g_assert_not_reached ();
    }
}

/* A double that is a whole number of 64 bits has exactly one integer that is as large, and no other
 * double has any; so nothing is rounded on the way to an answer. */
static inline gboolean
int_equals_double (gint64 integer,
                   double number)
{
  return number >= -0x1p63 && number < 0x1p63 && (gint64) number == integer &&
         (double) (gint64) number == number;
}

/* The same where numbers count by their value. Hashes are of no use here, because they keep 1 and
 * 1.0 apart as well. */
static int
compare_outside_by_value (const SsValue *a,
                          const SsValue *b)
{
  SsValueKind kind = ss_value_kind (a);
  SsValueKind other = ss_value_kind (b);

  if (a == b)
    return 1;

  if (kind == SS_VALUE_INT && other == SS_VALUE_DOUBLE)
    return int_equals_double (ss_value_get_int (a), ss_value_get_double (b));
  if (kind == SS_VALUE_DOUBLE && other == SS_VALUE_INT)
    return int_equals_double (ss_value_get_int (b), ss_value_get_double (a));
  if (kind == SS_VALUE_DOUBLE && other == SS_VALUE_DOUBLE)
    return ss_value_get_double (a) == ss_value_get_double (b);

  if (kind == other && kind >= SS_VALUE_ARRAY)
    return ss_value_length (a) == ss_value_length (b) ? -1 : 0;

  return compare_outside (a, b);
}

static inline gboolean
compare_trees (const SsValue *a,
               const SsValue *b,
               gboolean       by_value)
{
  int answer = by_value ? compare_outside_by_value (a, b) : compare_outside (a, b);
  Walk walk;

  if (answer >= 0)
    return answer;

  walk_init (&walk);
  walk_push (&walk, a, b);

  while (walk.length > 0 && answer != 0)
    {
      Frame *frame = &walk.frames[walk.length - 1];
      const SsValue *value = frame->value;
      const SsValue *other = frame->other;
      gboolean is_array = ss_value_kind (value) == SS_VALUE_ARRAY;
      guint length = ss_value_length (value);

      answer = 1;
      while (frame->next < length && answer == 1)
        {
          guint index = frame->next++;
          const SsValue *left, *right;

          if (is_array)
            {
              left = ss_array_get (value, index);
              right = ss_array_get (other, index);
            }
          else
            {
              int position = ss_object_find_key (other, ss_object_key (value, index), index);

              if (position < 0)
                {
                  answer = 0;
                  break;
                }
              left = ss_object_value (value, index);
              right = ss_object_value (other, (guint) position);
            }

          answer =
            by_value ? compare_outside_by_value (left, right) : compare_outside (left, right);
          if (answer < 0)
            walk_push (&walk, left, right);
        }

      if (answer == 1)
        walk.length--;
    }

  walk_clear (&walk);

  return answer != 0;
}

gboolean
ss_value_equal (const SsValue *a,
                const SsValue *b)
{
  return compare_trees (a, b, FALSE);
}

gboolean
ss_value_equal_by_value (const SsValue *a,
                         const SsValue *b)
{
  return compare_trees (a, b, TRUE);
}
