/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-hash.h"
#include "ss-value.h"

/* Equality, hash and depth: walks over a tree with a stack of their own, because a tree that
 * somebody built by hand may be deeper than the machine's. */

SsHashSecret ss_hash_secret;

/* What sets values of different kinds with the same bits apart. */
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

void
ss_hash_draw_secret (void)
{
  if (g_once_init_enter (&ss_hash_secret.drawn))
    {
      g_autoptr (GRand) source = g_rand_new ();

      for (guint i = 0; i < G_N_ELEMENTS (ss_hash_secret.word); i++)
        ss_hash_secret.word[i] = (guint64) g_rand_int (source) << 32 | g_rand_int (source) | 1;

      g_once_init_leave (&ss_hash_secret.drawn, 1);
    }
}

guint64
ss_hash_bytes (const char *bytes,
               gsize       length)
{
  ss_hash_begin ();

  return ss_hash_text (bytes, length);
}

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
          const SsValue *child = is_array ? ss_array_get (value, frame->next)
                                          : ss_object_value (value, frame->next);

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
            frame->sum += mix_with_salt (hash ^ SALT_MEMBER, hash_scalar (ss_object_key (value, frame->next)));
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

  /* What fits into the pointer is always there, so only two that did not fit can still be equal. */
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
      if (ss_value_length (a) != ss_value_length (b)
          || (cached_hash (a) != 0 && cached_hash (b) != 0 && cached_hash (a) != cached_hash (b)))
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
  return number >= -0x1p63 && number < 0x1p63 && (gint64) number == integer
         && (double) (gint64) number == number;
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

          answer = by_value ? compare_outside_by_value (left, right) : compare_outside (left, right);
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
