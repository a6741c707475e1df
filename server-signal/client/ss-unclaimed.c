/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-unclaimed.h"

#include "wire/ss-frame-decode.h"
#include "json/ss-patch.h"
#include "json/ss-writer.h"

/* Patches are folded into their snapshot in batches of this many bytes at least, and not one by
 * one. */
#define FOLD_BYTES (64u * 1024u)
/* Of the patches of one batch. Each takes as long as what it copies, and all are there at once. */
#define FOLD_COPIES 16

struct _SsUnclaimed
{
  GHashTable *names;    /* name → Entry */
  gsize       bytes;
  gboolean    overflow; /* a name was refused, so any that is not in names may be lost */
};

typedef struct
{
  GPtrArray *texts;     /* GBytes; NULL: lost */
  gsize      bytes;
  gsize      snapshot;  /* bytes of the first text where it is a snapshot, else 0 */
} Entry;

static void
entry_free (Entry *entry)
{
  g_clear_pointer (&entry->texts, g_ptr_array_unref);
  g_free (entry);
}

static void
drop_texts (SsUnclaimed *self,
            Entry       *entry)
{
  g_clear_pointer (&entry->texts, g_ptr_array_unref);
  self->bytes -= entry->bytes;
  entry->bytes = 0;
  entry->snapshot = 0;
}

static void
add_text (SsUnclaimed *self,
          Entry       *entry,
          GBytes      *text)
{
  gsize length = g_bytes_get_size (text);

  if (entry->texts == NULL)
    entry->texts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (entry->texts, text);
  entry->bytes += length;
  self->bytes += length;

  if (self->bytes > SS_UNCLAIMED_BYTES)
    drop_texts (self, entry);
}

static void
add_snapshot (SsUnclaimed   *self,
              Entry         *entry,
              const char    *name,
              const SsValue *value)
{
  g_autoptr (SsMessage) message = ss_frame_encode_snapshot (name, value, NULL, 0);
  const char *text;
  gsize length;

  text = ss_message_payload (message, &length);
  drop_texts (self, entry);
  entry->snapshot = length;
  add_text (self, entry, g_bytes_new (text, length));
}

/* Whether the patch copies nothing, or what it has copied is within the limits. Without copies a
 * document has no more text than its patches. */
static gboolean
is_small (ServerSignalPatch *patch,
          const SsValue     *value,
          guint             *n_copies)
{
  guint before = *n_copies;
  guint n_ops;
  const SsOp *ops = ss_patch_ops (patch, &n_ops);

  for (guint i = 0; i < n_ops; i++)
    *n_copies += ops[i].kind == SS_OP_COPY;

  return *n_copies == before ||
         (*n_copies <= FOLD_COPIES &&
          ss_value_measure (value, SS_UNCLAIMED_BYTES) <= SS_UNCLAIMED_BYTES);
}

/* Makes one snapshot of the snapshot and the patches behind it. */
static void
fold (SsUnclaimed *self,
      Entry       *entry,
      const char  *name)
{
  g_autoptr (SsValue) value = NULL;
  guint n_copies = 0;

  for (guint i = 0; i < entry->texts->len; i++)
    {
      g_auto (SsFrame) frame = { 0 };
      gsize length;
      const char *text = g_bytes_get_data (g_ptr_array_index (entry->texts, i), &length);
      gboolean good = ss_frame_decode (&frame, text, length, NULL);

      if (good && frame.kind == SS_FRAME_SNAPSHOT)
        {
          ss_value_clear (&value);
          value = g_steal_pointer (&frame.value);
        }
      else if (!good || !ss_patch_apply (frame.patch, &value, NULL, NULL) ||
               !is_small (frame.patch, value, &n_copies))
        {
          drop_texts (self, entry);
          return;
        }
    }

  add_snapshot (self, entry, name, value);
}

static Entry *
find (SsUnclaimed *self,
      const char  *name)
{
  Entry *entry = g_hash_table_lookup (self->names, name);

  if (entry != NULL)
    return entry;

  if (g_hash_table_size (self->names) >= SS_UNCLAIMED_NAMES)
    {
      self->overflow = TRUE;
      return NULL;
    }

  entry = g_new0 (Entry, 1);
  g_hash_table_insert (self->names, g_strdup (name), entry);

  return entry;
}

SsUnclaimed *
ss_unclaimed_new (void)
{
  SsUnclaimed *self = g_new0 (SsUnclaimed, 1);

  self->names =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) entry_free);

  return self;
}

void
ss_unclaimed_free (SsUnclaimed *self)
{
  g_hash_table_unref (self->names);
  g_free (self);
}

void
ss_unclaimed_clear (SsUnclaimed *self)
{
  g_hash_table_remove_all (self->names);
  self->bytes = 0;
  self->overflow = FALSE;
}

void
ss_unclaimed_add (SsUnclaimed *self,
                  SsFrame     *frame,
                  const char  *text,
                  gsize        length)
{
  gboolean is_new = !g_hash_table_contains (self->names, frame->name);
  Entry *entry = find (self, frame->name);

  if (entry == NULL)
    return;

  if (frame->kind == SS_FRAME_SNAPSHOT)
    {
      /* A whole document makes up for everything that was lost before it. */
      drop_texts (self, entry);
      entry->snapshot = length;
    }
  else if (entry->texts == NULL && (!is_new || self->overflow))
    {
      return;
    }

  add_text (self, entry, g_bytes_new (text, length));

  if (entry->snapshot > 0 && entry->bytes - entry->snapshot > MAX (FOLD_BYTES, entry->snapshot))
    fold (self, entry, frame->name);
}

void
ss_unclaimed_set_document (SsUnclaimed   *self,
                           const char    *name,
                           const SsValue *value)
{
  Entry *entry = find (self, name);

  if (entry == NULL)
    return;

  drop_texts (self, entry);
  if (value != NULL)
    add_snapshot (self, entry, name, value);
}

GPtrArray *
ss_unclaimed_take (SsUnclaimed *self,
                   const char  *name)
{
  Entry *entry = g_hash_table_lookup (self->names, name);
  GPtrArray *texts = NULL;

  if (entry == NULL)
    return self->overflow ? NULL : g_ptr_array_new ();

  if (entry->texts != NULL)
    texts = g_ptr_array_ref (entry->texts);
  self->bytes -= entry->bytes;
  g_hash_table_remove (self->names, name);

  return texts;
}
