/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-unclaimed.h"

/* Patches of this many bytes at least are worked into a snapshot at once, or it would be done for
 * each. */
#define FOLD_BYTES (64u * 1024u)

struct _SsKeep
{
  GHashTable *names;    /* name → Kept */
  gsize       bytes;
  gboolean    overflow; /* there was a name too many: one that is not in names may have been lost */
};

typedef struct
{
  GPtrArray *texts;     /* GBytes; NULL: lost */
  gsize      bytes;
  gsize      snapshot;  /* bytes of the first text where it is a snapshot, else 0 */
} Kept;

static void
kept_free (Kept *kept)
{
  g_clear_pointer (&kept->texts, g_ptr_array_unref);
  g_free (kept);
}

static void
drop_texts (SsKeep *self,
            Kept   *kept)
{
  g_clear_pointer (&kept->texts, g_ptr_array_unref);
  self->bytes -= kept->bytes;
  kept->bytes = 0;
  kept->snapshot = 0;
}

static void
add_text (SsKeep *self,
          Kept   *kept,
          GBytes *text)
{
  gsize length = g_bytes_get_size (text);

  if (kept->texts == NULL)
    kept->texts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (kept->texts, text);
  kept->bytes += length;
  self->bytes += length;

  if (self->bytes > SS_KEEP_BYTES)
    drop_texts (self, kept);
}

static void
add_snapshot (SsKeep        *self,
              Kept          *kept,
              const char    *name,
              const SsValue *value)
{
  g_autoptr (SsMessage) message = ss_frame_encode_snapshot (name, value, NULL, 0);
  const char *text;
  gsize length;

  text = ss_message_payload (message, &length);
  drop_texts (self, kept);
  kept->snapshot = length;
  add_text (self, kept, g_bytes_new (text, length));
}

/* The snapshot and the patches behind it become one snapshot. */
static void
fold (SsKeep     *self,
      Kept       *kept,
      const char *name)
{
  g_autoptr (SsValue) value = NULL;

  for (guint i = 0; i < kept->texts->len; i++)
    {
      g_auto (SsFrame) frame = { 0 };
      gsize length;
      const char *text = g_bytes_get_data (g_ptr_array_index (kept->texts, i), &length);
      gboolean good = ss_frame_decode (&frame, text, length, NULL);

      if (good && frame.kind == SS_FRAME_SNAPSHOT)
        {
          ss_value_clear (&value);
          value = g_steal_pointer (&frame.value);
        }
      else if (!good || !ss_patch_apply (frame.patch, &value, NULL, NULL))
        {
          drop_texts (self, kept);
          return;
        }
    }

  add_snapshot (self, kept, name, value);
}

static Kept *
find (SsKeep     *self,
      const char *name)
{
  Kept *kept = g_hash_table_lookup (self->names, name);

  if (kept != NULL)
    return kept;

  if (g_hash_table_size (self->names) >= SS_KEEP_NAMES)
    {
      self->overflow = TRUE;
      return NULL;
    }

  kept = g_new0 (Kept, 1);
  g_hash_table_insert (self->names, g_strdup (name), kept);

  return kept;
}

SsKeep *
ss_keep_new (void)
{
  SsKeep *self = g_new0 (SsKeep, 1);

  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) kept_free);

  return self;
}

void
ss_keep_free (SsKeep *self)
{
  g_hash_table_unref (self->names);
  g_free (self);
}

void
ss_keep_clear (SsKeep *self)
{
  g_hash_table_remove_all (self->names);
  self->bytes = 0;
  self->overflow = FALSE;
}

void
ss_keep_add (SsKeep     *self,
             SsFrame    *frame,
             const char *text,
             gsize       length)
{
  gboolean is_new = !g_hash_table_contains (self->names, frame->name);
  Kept *kept = find (self, frame->name);

  if (kept == NULL)
    return;

  if (frame->kind == SS_FRAME_SNAPSHOT)
    {
      /* A whole document makes up for whatever was lost before it. */
      drop_texts (self, kept);
      kept->snapshot = length;
    }
  else if (kept->texts == NULL && (!is_new || self->overflow))
    {
      return;
    }

  add_text (self, kept, g_bytes_new (text, length));

  if (kept->snapshot > 0 && kept->bytes - kept->snapshot > MAX (FOLD_BYTES, kept->snapshot))
    fold (self, kept, frame->name);
}

void
ss_keep_document (SsKeep        *self,
                  const char    *name,
                  const SsValue *value)
{
  Kept *kept = find (self, name);

  if (kept == NULL)
    return;

  drop_texts (self, kept);
  if (value != NULL)
    add_snapshot (self, kept, name, value);
}

GPtrArray *
ss_keep_take (SsKeep     *self,
              const char *name)
{
  Kept *kept = g_hash_table_lookup (self->names, name);
  GPtrArray *texts = NULL;

  if (kept == NULL)
    return self->overflow ? NULL : g_ptr_array_new ();

  if (kept->texts != NULL)
    texts = g_ptr_array_ref (kept->texts);
  self->bytes -= kept->bytes;
  g_hash_table_remove (self->names, name);

  return texts;
}

gsize
ss_keep_get_bytes (SsKeep *self)
{
  return self->bytes;
}
