/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-history.h"

#include <string.h>

#include "json/ss-writer.h"

#define MIN_CAPACITY 16

typedef struct
{
  guint64            base;
  guint64            revision;
  ServerSignalPatch *patch;
  gsize              bytes;
  gsize              end;     /* of all entries so far, in bytes; wraps around */
} Entry;

/* A ring, so that neither end of it costs more than the other. */
struct _SsHistory
{
  Entry *entries;
  gsize  capacity;   /* a power of two, or 0 */
  gsize  first;
  gsize  length;
  gsize  bytes;
  gsize  end;        /* of the newest entry */
  gsize  max_bytes;
};

static Entry *
get_entry (SsHistory *self,
           gsize      index)
{
  return &self->entries[(self->first + index) & (self->capacity - 1)];
}

/* The memory of an entry. A value takes up to some three times its text, if the document has let go
 * of it. Nearly is enough; counting stops where there is too much anyway. */
static gsize
measure (ServerSignalPatch *patch,
         gsize              limit)
{
  gsize bytes = sizeof (Entry) + 64;
  const SsOp *ops;
  guint n_ops;

  ops = ss_patch_ops (patch, &n_ops);
  for (guint i = 0; i < n_ops && bytes <= limit; i++)
    {
      bytes += sizeof (SsOp) + 32 + strlen (ops[i].path);
      if (ops[i].from != NULL)
        bytes += strlen (ops[i].from);
      if (ops[i].kind == SS_OP_ADD || ops[i].kind == SS_OP_REPLACE || ops[i].kind == SS_OP_TEST)
        bytes += 3 * ss_value_measure (ops[i].value, limit);
    }

  return bytes;
}

static void
drop_first (SsHistory *self)
{
  Entry *entry = get_entry (self, 0);

  self->bytes -= entry->bytes;
  g_clear_pointer (&entry->patch, server_signal_patch_unref);
  self->first = (self->first + 1) & (self->capacity - 1);
  self->length--;
}

static void
grow (SsHistory *self)
{
  gsize capacity = MAX (2 * self->capacity, MIN_CAPACITY);
  Entry *entries = g_new (Entry, capacity);

  for (gsize i = 0; i < self->length; i++)
    entries[i] = *get_entry (self, i);

  g_free (self->entries);
  self->entries = entries;
  self->capacity = capacity;
  self->first = 0;
}

SsHistory *
ss_history_new (gsize max_bytes)
{
  SsHistory *self = g_new0 (SsHistory, 1);

  self->max_bytes = max_bytes;

  return self;
}

void
ss_history_free (SsHistory *self)
{
  g_assert (self != NULL);

  ss_history_clear (self);
  g_free (self);
}

void
ss_history_clear (SsHistory *self)
{
  g_assert (self != NULL);

  while (self->length > 0)
    drop_first (self);

  g_clear_pointer (&self->entries, g_free);
  self->capacity = 0;
  self->first = 0;
}

void
ss_history_push (SsHistory         *self,
                 guint64            base,
                 guint64            revision,
                 ServerSignalPatch *patch)
{
  gsize bytes;

  g_assert (self != NULL);
  g_assert (base < revision);
  g_assert (patch != NULL);

  if (self->max_bytes == 0)
    return;

  if (self->length > 0 && get_entry (self, self->length - 1)->revision != base)
    ss_history_clear (self);

  bytes = measure (patch, self->max_bytes);
  if (bytes > self->max_bytes)
    {
      ss_history_clear (self);
      return;
    }

  while (self->bytes + bytes > self->max_bytes)
    drop_first (self);
  if (self->length == self->capacity)
    grow (self);

  self->length++;
  self->bytes += bytes;
  self->end += bytes;
  *get_entry (self, self->length - 1) = (Entry) {
    .base = base,
    .revision = revision,
    .patch = server_signal_patch_ref (patch),
    .bytes = bytes,
    .end = self->end,
  };
}

/* The entry on top of exactly base, or length. */
static gsize
find (SsHistory *self,
      guint64    base)
{
  gsize low = 0;
  gsize high = self->length;

  while (low < high)
    {
      gsize middle = low + (high - low) / 2;

      if (get_entry (self, middle)->base < base)
        low = middle + 1;
      else
        high = middle;
    }

  return low < self->length && get_entry (self, low)->base == base ? low : self->length;
}

gsize
ss_history_measure (SsHistory *self,
                    guint64    base,
                    guint     *n_commits)
{
  const Entry *entry;
  gsize from;

  g_assert (self != NULL);
  g_assert (n_commits != NULL);

  from = find (self, base);
  *n_commits = (guint) (self->length - from);
  if (*n_commits == 0)
    return 0;

  entry = get_entry (self, from);

  return self->end - entry->end + entry->bytes;
}

ServerSignalPatch *
ss_history_join (SsHistory *self,
                 guint64    base)
{
  g_autoptr (SsRecorder) recorder = NULL;
  gsize from;

  g_assert (self != NULL);

  from = find (self, base);
  if (from == self->length)
    return NULL;
  if (from == self->length - 1)
    return server_signal_patch_ref (get_entry (self, from)->patch);

  recorder = ss_recorder_new ();
  for (gsize i = from; i < self->length; i++)
    ss_recorder_append (recorder, get_entry (self, i)->patch);

  return ss_recorder_finish (recorder);
}
