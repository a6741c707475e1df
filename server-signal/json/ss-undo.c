/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-writer.h"
#include "ss-undo.h"

#include <string.h>

/* The log keeps what has left the tree, never a part of the tree itself: a reference to something
 * that is still in the tree would make the next write there copy it. */

typedef enum
{
  UNDO_INSERT,
  UNDO_STEAL,
  UNDO_SWAP,
  UNDO_MOVE,
} UndoKind;

typedef struct
{
  UndoKind kind;
  guint    first_step;  /* the steps of the place, then those of a move's origin */
  guint    n_steps;
  guint    n_from_steps;
  SsValue *value;       /* that was stolen, or replaced */
  SsValue *key;         /* of the member that was stolen or moved away */
} UndoEntry;

/* Every write comes by here, so these are plain arrays. */
struct _SsUndo
{
  UndoEntry *entries;
  guint      n_entries;
  guint      entries_capacity;
  guint     *steps;
  guint      n_steps;
  guint      steps_capacity;
  /* Entries below are what a mark may roll back to, so later writes must not be folded into
   * them. */
  guint      barrier;
};

/* So many entries may stay allocated when the log is emptied. */
#define KEPT_ENTRIES 1024

/* A log has memory for steps as soon as it has an entry: one without any still points into it. */
#define STEPS_RESERVED 16

/* The containers of a path keep their noted sizes through an edit: by how much the text grows is
 * known once for all of them. Nobody looks for that when the document's size is not noted, which it
 * is when somebody has asked for it. */
typedef struct
{
  gboolean is_known;
  gint64   bytes;
} Growth;

static gboolean
has_size (const SsValue *root)
{
  guint32 size = ss_value_is_container (root) ? ss_value_get_noted_size (root) : 0;

  return size != 0 && size != G_MAXUINT32;
}

static guint32
grown_size (const SsValue *container,
            const Growth  *growth)
{
  guint32 size;

  if (!growth->is_known)
    return 0;
  size = ss_value_get_noted_size (container);
  if (size == 0 || size == G_MAXUINT32)
    return 0;

  return (guint32) MIN ((gint64) size + growth->bytes, (gint64) G_MAXUINT32);
}

static const SsValue *
child_at (const SsValue *container,
          guint          position)
{
  return ss_value_kind (container) == SS_VALUE_ARRAY ? ss_array_get (container, position)
                                                     : ss_object_value (container, position);
}

static const SsValue *
follow (const SsValue *root,
        const guint   *steps,
        guint          n_steps)
{
  for (guint i = 0; i < n_steps; i++)
    root = child_at (root, steps[i]);

  return root;
}

/* Of a new element or member, in a container that has so many others. */
static gint64
size_in_container (const SsValue *key,
                   const SsValue *value,
                   guint          n_others)
{
  return (key != NULL ? (gint64) ss_value_size (key) + 1 : 0) + ss_value_size (value) +
         (n_others > 0);
}

static SsValue **
descend (SsValue      **slot,
         const guint   *steps,
         guint          n_steps,
         const Growth  *growth)
{
  guint i;

  for (i = 0; i < n_steps; i++)
    {
      guint32 size = grown_size (*slot, growth);
      SsValue *container;

      ss_value_make_writable (slot);
      container = *slot;
      if (ss_value_kind (container) == SS_VALUE_ARRAY)
        slot = ss_array_slot (container, steps[i]);
      else
        slot = ss_object_slot (container, steps[i]);
      if (size != 0)
        ss_value_note_size (container, size);
    }

  return slot;
}

/* size: what is to be noted once the parent has been edited. */
static SsValue *
open_parent (SsValue      **root,
             const guint   *steps,
             guint          n_steps,
             const Growth  *growth,
             guint32       *size)
{
  SsValue **slot = descend (root, steps, n_steps - 1, growth);

  *size = grown_size (*slot, growth);
  ss_value_make_writable (slot);
  return *slot;
}

SsValue *
ss_path_swap (SsValue     **root,
              const guint  *steps,
              guint         n_steps,
              SsValue      *value)
{
  Growth growth = { has_size (*root), 0 };
  SsValue *parent, *old_value;
  guint32 size;

  if (n_steps == 0)
    {
      old_value = *root;
      *root = value;
      return old_value;
    }

  if (growth.is_known)
    growth.bytes = (gint64) ss_value_size (value) - ss_value_size (follow (*root, steps, n_steps));

  parent = open_parent (root, steps, n_steps, &growth, &size);
  if (ss_value_kind (parent) == SS_VALUE_ARRAY)
    old_value = ss_array_replace (parent, steps[n_steps - 1], value);
  else
    old_value = ss_object_replace (parent, steps[n_steps - 1], value);
  if (size != 0)
    ss_value_note_size (parent, size);

  return old_value;
}

void
ss_path_insert (SsValue     **root,
                const guint  *steps,
                guint         n_steps,
                SsValue      *key,
                SsValue      *value)
{
  Growth growth = { has_size (*root), 0 };
  guint position = steps[n_steps - 1];
  SsValue *parent;
  guint32 size;

  if (growth.is_known)
    growth.bytes =
      size_in_container (key, value, ss_value_length (follow (*root, steps, n_steps - 1)));

  parent = open_parent (root, steps, n_steps, &growth, &size);
  if (ss_value_kind (parent) == SS_VALUE_ARRAY)
    ss_array_insert (parent, position, value);
  else if (position == ss_value_length (parent))
    ss_object_append (parent, key, value);
  else
    ss_object_insert (parent, position, key, value);
  if (size != 0)
    ss_value_note_size (parent, size);
}

SsValue *
ss_path_steal (SsValue     **root,
               const guint  *steps,
               guint         n_steps,
               SsValue     **key)
{
  Growth growth = { has_size (*root), 0 };
  guint position = steps[n_steps - 1];
  SsValue *parent, *stolen;
  guint32 size;

  if (growth.is_known)
    {
      const SsValue *above = follow (*root, steps, n_steps - 1);
      const SsValue *name =
        ss_value_kind (above) == SS_VALUE_OBJECT ? ss_object_key (above, position) : NULL;

      growth.bytes =
        -size_in_container (name, child_at (above, position), ss_value_length (above) - 1);
    }

  parent = open_parent (root, steps, n_steps, &growth, &size);
  if (ss_value_kind (parent) == SS_VALUE_ARRAY)
    {
      if (key != NULL)
        *key = NULL;
      stolen = ss_array_steal (parent, position);
    }
  else
    {
      stolen = ss_object_steal (parent, position, key);
    }
  if (size != 0)
    ss_value_note_size (parent, size);

  return stolen;
}

SsUndo *
ss_undo_new (void)
{
  return g_new0 (SsUndo, 1);
}

void
ss_undo_free (SsUndo *undo)
{
  ss_undo_reset (undo);
  g_free (undo->entries);
  g_free (undo->steps);
  g_free (undo);
}

gboolean
ss_undo_is_empty (const SsUndo *undo)
{
  return undo->n_entries == 0;
}

guint
ss_undo_mark (SsUndo *undo)
{
  undo->barrier = undo->n_entries;
  return undo->barrier;
}

static void
log_steps (SsUndo       *undo,
           const SsPath *place)
{
  if (undo->steps == NULL || undo->steps_capacity - undo->n_steps < place->n_steps)
    {
      undo->steps_capacity =
        MAX (undo->steps_capacity * 2, undo->n_steps + MAX (place->n_steps, STEPS_RESERVED));
      undo->steps = g_renew (guint, undo->steps, undo->steps_capacity);
    }

  for (guint i = 0; i < place->n_steps; i++)
    undo->steps[undo->n_steps++] = place->steps[i];
}

static UndoEntry *
log_entry (SsUndo       *undo,
           UndoKind      kind,
           const SsPath *place)
{
  UndoEntry *entry;

  if (undo->n_entries == undo->entries_capacity)
    {
      undo->entries_capacity = MAX (undo->entries_capacity * 2, 8);
      undo->entries = g_renew (UndoEntry, undo->entries, undo->entries_capacity);
    }

  entry = &undo->entries[undo->n_entries++];
  *entry = (UndoEntry) { .kind = kind, .first_step = undo->n_steps, .n_steps = place->n_steps };
  log_steps (undo, place);

  return entry;
}

void
ss_undo_log_insert (SsUndo       *undo,
                    const SsPath *place)
{
  log_entry (undo, UNDO_INSERT, place);
}

void
ss_undo_log_steal (SsUndo       *undo,
                   const SsPath *place,
                   SsValue      *key,
                   SsValue      *value)
{
  UndoEntry *entry = log_entry (undo, UNDO_STEAL, place);

  entry->key = key;
  entry->value = value;
}

/* The same place written again and again, as a counter in a long transaction is, needs one
 * entry. */
static gboolean
is_undone_by_last (SsUndo       *undo,
                   const SsPath *place)
{
  const UndoEntry *last;

  if (undo->n_entries == undo->barrier)
    return FALSE;

  last = &undo->entries[undo->n_entries - 1];
  return (last->kind == UNDO_SWAP || last->kind == UNDO_INSERT) &&
         last->n_steps == place->n_steps &&
         (place->n_steps == 0 || memcmp (undo->steps + last->first_step, place->steps,
                                         place->n_steps * sizeof (guint)) == 0);
}

void
ss_undo_log_swap (SsUndo       *undo,
                  const SsPath *place,
                  SsValue      *old_value)
{
  if (is_undone_by_last (undo, place))
    ss_value_unref (old_value);
  else
    log_entry (undo, UNDO_SWAP, place)->value = old_value;
}

void
ss_undo_log_move (SsUndo       *undo,
                  const SsPath *from,
                  SsValue      *key,
                  const SsPath *to,
                  SsValue      *old_value)
{
  UndoEntry *entry = log_entry (undo, UNDO_MOVE, to);

  entry->n_from_steps = from->n_steps;
  entry->key = key;
  entry->value = old_value;
  log_steps (undo, from);
}

/* Takes what the entry holds. */
static void
revert_entry (SsValue         **root,
              const UndoEntry  *entry,
              const guint      *steps,
              SsValue          *key,
              SsValue          *value)
{
  switch (entry->kind)
    {
    case UNDO_INSERT:
      ss_value_unref (ss_path_steal (root, steps, entry->n_steps, NULL));
      break;

    case UNDO_STEAL:
      ss_path_insert (root, steps, entry->n_steps, key, value);
      break;

    case UNDO_SWAP:
      ss_value_unref (ss_path_swap (root, steps, entry->n_steps, value));
      break;

    case UNDO_MOVE:
      {
        SsValue *moved;

        if (value != NULL)
          moved = ss_path_swap (root, steps, entry->n_steps, value);
        else
          moved = ss_path_steal (root, steps, entry->n_steps, NULL);
        ss_path_insert (root, steps + entry->n_steps, entry->n_from_steps, key, moved);
      }
      break;

    default:
      g_assert_not_reached ();
    }
}

void
ss_undo_rollback (SsUndo   *undo,
                  guint     mark,
                  SsValue **root)
{
  while (undo->n_entries > mark)
    {
      UndoEntry *entry = &undo->entries[--undo->n_entries];

      revert_entry (root, entry, undo->steps + entry->first_step, entry->key, entry->value);
      undo->n_steps = entry->first_step;
    }

  undo->barrier = MIN (undo->barrier, undo->n_entries);
}

void
ss_undo_revert (const SsUndo  *undo,
                SsValue      **root)
{
  guint i;

  for (i = undo->n_entries; i > 0; i--)
    {
      const UndoEntry *entry = &undo->entries[i - 1];

      revert_entry (root, entry, undo->steps + entry->first_step,
                    entry->key != NULL ? ss_value_ref (entry->key) : NULL,
                    entry->value != NULL ? ss_value_ref (entry->value) : NULL);
    }
}

void
ss_undo_reset (SsUndo *undo)
{
  guint i;

  for (i = 0; i < undo->n_entries; i++)
    {
      ss_value_clear (&undo->entries[i].value);
      ss_value_clear (&undo->entries[i].key);
    }
  undo->n_entries = 0;
  undo->n_steps = 0;
  undo->barrier = 0;

  if (undo->entries_capacity > KEPT_ENTRIES)
    {
      g_clear_pointer (&undo->entries, g_free);
      g_clear_pointer (&undo->steps, g_free);
      undo->entries_capacity = 0;
      undo->steps_capacity = 0;
    }
}
