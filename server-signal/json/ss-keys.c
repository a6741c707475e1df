/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-keys.h"

#include "ss-hash.h"

void
ss_keys_init (SsKeys *self)
{
  self->keys = self->first_keys;
  self->length = 0;
  self->capacity = SS_KEYS_FIRST;
  self->slots = self->first_slots;
  self->first = SS_KEYS_NONE;
  self->object = 0;
  memset (self->first_slots, 0, sizeof self->first_slots);
}

void
ss_keys_clear (SsKeys *self)
{
  for (guint32 i = 0; i < self->length; i++)
    ss_value_unref (self->keys[i].key);
  if (self->keys != self->first_keys)
    {
      g_free (self->keys);
      g_free (self->slots);
    }
}

static void
grow (SsKeys *self)
{
  guint32 capacity = self->capacity * 4;
  guint32 mask = 2 * capacity - 1;

  g_assert (capacity > self->capacity);

  if (self->keys == self->first_keys)
    {
      self->keys = g_new (SsKey, capacity);
      memcpy (self->keys, self->first_keys, sizeof self->first_keys);
    }
  else
    {
      self->keys = g_renew (SsKey, self->keys, capacity);
      g_free (self->slots);
    }
  self->capacity = capacity;

  self->slots = g_new0 (guint32, 2 * (gsize) capacity);
  for (guint32 i = 0; i < self->length; i++)
    {
      guint32 at = self->keys[i].hash & mask;

      while (self->slots[at] != 0)
        at = (at + 1) & mask;
      self->slots[at] = i + 1;
    }
}

guint32
ss_keys_intern (SsKeys     *self,
                guint32     previous,
                const char *bytes,
                gsize       length,
                gboolean    is_plain)
{
  guint32 hash = (guint32) ss_hash_bytes (bytes, length);
  guint32 mask = 2 * self->capacity - 1;
  guint32 number = SS_KEYS_NONE;

  for (guint32 at = hash & mask; self->slots[at] != 0; at = (at + 1) & mask)
    {
      const SsKey *key = &self->keys[self->slots[at] - 1];

      if (key->hash == hash && ss_string_length (key->key) == length &&
          memcmp (ss_value_get_string (key->key, NULL), bytes, length) == 0)
        {
          number = self->slots[at] - 1;
          break;
        }
    }

  if (number == SS_KEYS_NONE)
    {
      SsKey *key;
      guint32 at;

      if (self->length == self->capacity)
        {
          grow (self);
          mask = 2 * self->capacity - 1;
        }

      number = self->length++;
      key = &self->keys[number];
      key->key = ss_value_new_string (bytes, (gssize) length);
      key->hash = hash;
      key->object = 0;
      key->next = SS_KEYS_NONE;
      key->is_plain = (guint32) is_plain;

      at = hash & mask;
      while (self->slots[at] != 0)
        at = (at + 1) & mask;
      self->slots[at] = number + 1;
    }

  self->keys[number].is_plain |= (guint32) is_plain;

  /* A key with a quote in it would be taken for one that ends there. */
  if (self->keys[number].is_plain)
    {
      if (previous == SS_KEYS_NONE)
        self->first = number;
      else
        self->keys[previous].next = number;
    }

  return number;
}
