/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-value.h"

G_BEGIN_DECLS

/* The keys of one text: each is made once, however many objects have it, and is known by a number.
 * After each key it is noted which one followed, because the rows of a table have the same keys in
 * the same order: then a key costs one comparison. */

#define SS_KEYS_NONE G_MAXUINT32
#define SS_KEYS_FIRST 32

typedef struct
{
  SsValue *key;
  guint32  hash;
  guint32  object;   /* the last object that took it */
  guint32  next;     /* the key that followed it last; SS_KEYS_NONE */
  guint32  is_plain; /* it can be compared with the text as it stands there */
} SsKey;

typedef struct
{
  SsKey   *keys;
  guint32  length;
  guint32  capacity;
  guint32 *slots;    /* twice the capacity; a key's number plus one */
  guint32  first;    /* the key that was an object's first last */
  guint32  object;
  SsKey    first_keys[SS_KEYS_FIRST];
  guint32  first_slots[2 * SS_KEYS_FIRST];
} SsKeys;

void     ss_keys_init   (SsKeys *self);
void     ss_keys_clear  (SsKeys *self);
guint32  ss_keys_intern (SsKeys *self, guint32 previous, const char *bytes, gsize length, gboolean is_plain);

/* The key that the text behind a quote probably is, or SS_KEYS_NONE when it is another. */
static inline guint32
ss_keys_guess (const SsKeys *self,
               guint32       previous,
               const char   *at,
               const char   *end,
               gsize        *length)
{
  guint32 number = previous == SS_KEYS_NONE ? self->first : self->keys[previous].next;
  const char *utf8;

  if (number == SS_KEYS_NONE)
    return SS_KEYS_NONE;

  utf8 = ss_value_get_string (self->keys[number].key, length);
  if ((gsize) (end - at) > *length && at[*length] == '"' && memcmp (at, utf8, *length) == 0)
    return number;

  return SS_KEYS_NONE;
}

static inline void
ss_keys_begin_object (SsKeys *self)
{
  self->object++;
}

/* A reference to the key, or NULL when the object has taken it already. Nobody else can see the
 * keys yet, so counting needs no atomic operation. */
static inline SsValue *
ss_keys_take (SsKeys  *self,
              guint32  number)
{
  SsKey *key = &self->keys[number];

  if (key->object == self->object)
    return NULL;

  key->object = self->object;
  key->key->refs++;

  return key->key;
}

G_END_DECLS
