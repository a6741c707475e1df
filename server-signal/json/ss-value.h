/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>
#include <string.h>

#include "ss-chunks.h"
#include "ss-index.h"
#include "ss-string.h"

G_BEGIN_DECLS

/* The value tree: what a document is inside the library.
 *
 * A value is immutable as soon as more than one holder has it; whoever holds the only reference may
 * edit it in place. Sub-trees are shared between documents, so a snapshot is a reference and an
 * unchanged part is the same pointer. Reference counts are atomic, because patches and values may
 * be dropped by another thread (a language's collector); with one holder no atomic operation is
 * paid.
 *
 * null, booleans and the numbers that fit are not allocated: they are the pointer itself. So a
 * value is only ever touched through these functions, and never compared to NULL other than for
 * "nothing here".
 *
 * Members keep their order. Equality is exact: 1 and 1.0 differ, objects are equal in any order.
 * -0.0 and 0.0 differ (their texts do).
 *
 * No function here recurses, so a tree may be of any depth. */

typedef enum
{
  SS_VALUE_NULL,
  SS_VALUE_BOOLEAN,
  SS_VALUE_INT,
  SS_VALUE_DOUBLE,
  SS_VALUE_STRING,
  SS_VALUE_ARRAY,
  SS_VALUE_OBJECT,
} SsValueKind;

/* The longest string, in bytes: its length shares a word with its kind. Readers of text from
 * outside refuse longer ones; ss_value_new_string() stops the program. */
#define SS_STRING_BYTES ((1u << 29) - 1)

static inline SsValue     *ss_value_new_null    (void);
static inline SsValue     *ss_value_new_boolean (gboolean value);
static inline SsValue     *ss_value_new_int     (gint64 value);
SsValue                   *ss_value_new_double  (double value);           /* asserts that it is finite */
/* Valid UTF-8 without NUL; -1: up to NUL. */
SsValue                   *ss_value_new_string  (const char *utf8, gssize length);
SsValue                   *ss_value_new_array   (guint reserve);
SsValue                   *ss_value_new_object  (guint reserve);

static inline SsValue     *ss_value_ref         (const SsValue *value);
static inline void         ss_value_unref       (SsValue *value);         /* without recursion */
static inline void         ss_value_clear       (SsValue **slot);

static inline SsValueKind  ss_value_kind        (const SsValue *value);
static inline gboolean     ss_value_get_boolean (const SsValue *value);
static inline gint64       ss_value_get_int     (const SsValue *value);
static inline double       ss_value_get_double  (const SsValue *value);

gboolean                   ss_value_equal       (const SsValue *a, const SsValue *b);
/* As "test" compares (RFC 6902, 4.6): numbers that are numerically equal, exactly, are equal, so
 * that 1 and 1.0 are, -0.0 and 0 too, but not 9007199254740993 and the double next to it. */
gboolean                   ss_value_equal_by_value (const SsValue *a, const SsValue *b);
/* Seeded for each process; cached in containers. */
guint64                    ss_value_hash        (const SsValue *value);
/* Nesting, cached in containers: of a scalar 0, of [] 1. */
guint                      ss_value_depth       (const SsValue *value);

/* Containers: reading. Nothing here gives a reference away. */
static inline guint        ss_value_length      (const SsValue *container);   /* elements or members */
static inline SsValue     *ss_array_get         (const SsValue *array, guint index);
/* The position of a key, or -1. */
int                        ss_object_find       (const SsValue *object, const char *key, gsize length);
/* The same for a key that is a value already, looked for first at the position where it probably
 * is. */
int                        ss_object_find_key   (const SsValue *object, const SsValue *key, guint position);
/* The value of a key, or NULL. */
static inline SsValue     *ss_object_get        (const SsValue *object, const char *key, gsize length);
static inline SsValue     *ss_object_key        (const SsValue *object, guint position);  /* a string value */
static inline SsValue     *ss_object_value      (const SsValue *object, guint position);

/* Containers: editing. Before any of these the container must be made writable through the slot
 * that holds it (a shallow copy when somebody else holds it too). Values are taken (transfer full);
 * what is removed or replaced is given back (transfer full). Each clears the container's own cached
 * hash, depth and size; whoever edits deeper down calls ss_value_make_writable() on each container of the
 * path from the root, which clears the caches of that one. */
void      ss_value_make_writable (SsValue **slot);
SsValue **ss_array_slot          (SsValue *array, guint index);
SsValue **ss_object_slot         (SsValue *object, guint position);
void      ss_array_append        (SsValue *array, SsValue *value);
void      ss_array_insert        (SsValue *array, guint index, SsValue *value);
SsValue  *ss_array_steal         (SsValue *array, guint index);
SsValue  *ss_array_replace       (SsValue *array, guint index, SsValue *value);
/* Appends a member; the key must not be there. key is a string value, taken. */
void      ss_object_append       (SsValue *object, SsValue *key, SsValue *value);
/* Puts a member back at a position, for undoing a removal. */
void      ss_object_insert       (SsValue *object, guint position, SsValue *key, SsValue *value);
/* Later members move up; key may be NULL. */
SsValue  *ss_object_steal        (SsValue *object, guint position, SsValue **key);
SsValue  *ss_object_replace      (SsValue *object, guint position, SsValue *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsValue, ss_value_unref)

/* The representation follows, here only so that reading a tree costs no calls.
 *
 * The two lowest bits of the pointer say what it is: an address, an integer, a double, or one of
 * the constants. A double fits when its exponent is near enough to 0 for the top three bits of the
 * exponent to be told from one of them (2^-255 to 2^256): the word is turned left by three, and two
 * bits that can be restored give way to the tag. 0.0 takes the word of the one double that leaves
 * it. */

#define SS_WORD_TAG    ((guintptr) 3)
#define SS_TAG_ADDRESS ((guintptr) 0)
#define SS_TAG_INT     ((guintptr) 1)
#define SS_TAG_DOUBLE  ((guintptr) 2)
#define SS_WORD_NULL   ((guintptr) 3)
#define SS_WORD_FALSE  ((guintptr) 7)
#define SS_WORD_TRUE   ((guintptr) 11)
#define SS_WORD_ZERO   ((guint64) 0x8000000000000002)

typedef struct
{
  SsValue  base;
  gint64   value;
} SsInt;

typedef struct
{
  SsValue base;
  double  value;
} SsDouble;

/* items is the container's own tail until it outgrows that. A large container that is edited again
 * and again away from its end stands in chunks instead; then capacity is SS_CHUNKED, and it stays so
 * until it is small or copied. */
#define SS_CHUNKED G_MAXUINT32

typedef struct
{
  SsValue     base;
  guint32     length;
  guint32     capacity;
  guint64     hash;     /* 0: not known */
  union
  {
    SsValue **items;
    SsChunks *chunks;
  };
  guint32     size;     /* as ss_value_size(); 0: not known */
  guint32     moved;    /* how many items edits have moved, while there are no chunks */
  SsValue    *tail[];
} SsArray;

typedef struct
{
  SsValue     base;
  guint32     length;
  guint32     capacity;
  guint64     hash;
  union
  {
    SsMember *items;
    SsChunks *chunks;   /* of SsChunkMember */
  };
  /* The index, once somebody has looked for a key among many; chunks always have it. Until then its
   * lowest bit is set, and above that there are what an array has as size, 32 bits, and moved. */
  guint64     index;
  SsMember    tail[];
} SsObject;

#define SS_NO_INDEX G_GUINT64_CONSTANT (1)
#define SS_NO_INDEX_SIZE_SHIFT 1
#define SS_NO_INDEX_MOVED_SHIFT 33
#define SS_NO_INDEX_MOVED_MAX ((1u << 31) - 1)

/* hash: of the key, as the index has it. */
typedef struct
{
  SsMember member;
  guint32  hash;
} SsChunkMember;

static inline SsValueKind
ss_value_kind (const SsValue *value)
{
  guintptr word = (guintptr) value;

  switch (word & SS_WORD_TAG)
    {
    case SS_TAG_ADDRESS:
      return (SsValueKind) (__atomic_load_n (&value->info, __ATOMIC_RELAXED) & SS_INFO_KIND);
    case SS_TAG_INT:
      return SS_VALUE_INT;
    case SS_TAG_DOUBLE:
      return SS_VALUE_DOUBLE;
    default:
      return word == SS_WORD_NULL ? SS_VALUE_NULL : SS_VALUE_BOOLEAN;
    }
}

static inline gboolean
ss_value_is_allocated (const SsValue *value)
{
  return ((guintptr) value & SS_WORD_TAG) == SS_TAG_ADDRESS;
}

static inline gboolean
ss_value_is_container (const SsValue *value)
{
  return ss_value_is_allocated (value) && ss_value_kind (value) >= SS_VALUE_ARRAY;
}

static inline gboolean
ss_value_is_string (const SsValue *value)
{
  return ss_value_is_allocated (value) && ss_value_kind (value) == SS_VALUE_STRING;
}

static inline SsValue *
ss_value_new_null (void)
{
  return (SsValue *) SS_WORD_NULL;
}

static inline SsValue *
ss_value_new_boolean (gboolean value)
{
  return (SsValue *) (value ? SS_WORD_TRUE : SS_WORD_FALSE);
}

static inline gboolean
ss_value_get_boolean (const SsValue *value)
{
  return (guintptr) value == SS_WORD_TRUE;
}

SsValue *ss_value_new_large_int (gint64 value);

static inline SsValue *
ss_value_new_int (gint64 value)
{
  if (G_LIKELY (value >= G_MINSSIZE / 4 && value <= G_MAXSSIZE / 4))
    return (SsValue *) ((guintptr) value << 2 | SS_TAG_INT);

  return ss_value_new_large_int (value);
}

static inline gint64
ss_value_get_int (const SsValue *value)
{
  if (((guintptr) value & SS_WORD_TAG) == SS_TAG_INT)
    return (gint64) ((gintptr) value >> 2);

  return ((const SsInt *) value)->value;
}

static inline double
ss_value_get_double (const SsValue *value)
{
#if GLIB_SIZEOF_VOID_P == 8
  guint64 word = (guint64) (guintptr) value;

  if ((word & SS_WORD_TAG) == SS_TAG_DOUBLE)
    {
      double number;

      if (word == SS_WORD_ZERO)
        return 0.0;
      word = (word & ~(guint64) 3) | (2 - (word >> 63));
      word = word >> 3 | word << 61;
      memcpy (&number, &word, sizeof number);
      return number;
    }
#endif

  return ((const SsDouble *) value)->value;
}

static inline SsValue *
ss_value_ref (const SsValue *value)
{
  SsValue *self = (SsValue *) value;

  if (ss_value_is_allocated (value))
    __atomic_fetch_add (&self->refs, 1, __ATOMIC_RELAXED);

  return self;
}

/* Drops one reference; TRUE when it was the last and the memory is the caller's to free. The only
 * holder need not tell anybody, so it only looks. */
static inline gboolean
ss_value_drop (SsValue *value)
{
  return __atomic_load_n (&value->refs, __ATOMIC_ACQUIRE) == 1
         || __atomic_fetch_sub (&value->refs, 1, __ATOMIC_ACQ_REL) == 1;
}

void ss_value_free (SsValue *value);  /* after ss_value_drop() */

static inline void
ss_value_unref (SsValue *value)
{
  if (ss_value_is_allocated (value) && ss_value_drop (value))
    ss_value_free (value);
}

static inline void
ss_value_clear (SsValue **slot)
{
  SsValue *value = *slot;

  *slot = NULL;
  if (value != NULL)
    ss_value_unref (value);
}

static inline guint
ss_value_length (const SsValue *container)
{
  return ((const SsArray *) container)->length;
}

static inline SsValue *
ss_array_get (const SsValue *array,
              guint          index)
{
  const SsArray *self = (const SsArray *) array;

  if (G_UNLIKELY (self->capacity == SS_CHUNKED))
    return *(SsValue **) ss_chunks_at (self->chunks, index);

  return self->items[index];
}

static inline SsMember *
ss_object_member (const SsValue *object,
                  guint          position)
{
  const SsObject *self = (const SsObject *) object;

  if (G_UNLIKELY (self->capacity == SS_CHUNKED))
    return &((SsChunkMember *) ss_chunks_at (self->chunks, position))->member;

  return &self->items[position];
}

static inline SsValue *
ss_object_key (const SsValue *object,
               guint          position)
{
  return ss_object_member (object, position)->key;
}

static inline SsValue *
ss_object_value (const SsValue *object,
                 guint          position)
{
  return ss_object_member (object, position)->value;
}

static inline SsValue *
ss_object_get (const SsValue *object,
               const char    *key,
               gsize          length)
{
  int position = ss_object_find (object, key, length);

  return position < 0 ? NULL : ss_object_value (object, (guint) position);
}

/* For the reader, which knows how long a container and how deep a tree is once it has read it. */
static inline void
ss_value_note_depth (SsValue *container,
                     guint    depth)
{
  guint32 noted = MIN (depth, G_MAXUINT32 >> SS_INFO_SHIFT);
  guint32 kind = __atomic_load_n (&container->info, __ATOMIC_RELAXED) & SS_INFO_KIND;

  __atomic_store_n (&container->info, kind | noted << SS_INFO_SHIFT, __ATOMIC_RELAXED);
}

/* 0: not known. */
guint32 ss_value_get_noted_size (const SsValue *container);
/* For those who have measured it, or who have made the container writable and know by how much its
 * text grows or shrinks. */
void    ss_value_note_size      (const SsValue *container, guint32 size);

G_END_DECLS
