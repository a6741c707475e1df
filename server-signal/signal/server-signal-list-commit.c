/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-list-struct.h"

#include "json/ss-diff.h"
#include "json/ss-pointer.h"
#include "server-signal-private.h"
#include "server-signal-view-private.h"

/* An item to be brought up to date. */
typedef struct
{
  GObject      *item;
  SsValue      *value;
  guint         index;
  guint         touched;
  SsViewChange  change;
} Update;

static void
update_clear (Update *update)
{
  g_clear_object (&update->item);
  ss_value_clear (&update->value);
}

const SsValue *
ss_list_find_array (ServerSignalList *self,
                    const SsValue    *root)
{
  const SsValue *value = ss_pointer_resolve (root, self->pointer, NULL);

  return value != NULL && ss_value_kind (value) == SS_VALUE_ARRAY ? value : NULL;
}

guint
ss_list_find_index (ServerSignalList  *self,
                    guint              position,
                    const SsListPart **part)
{
  *part = NULL;
  if (self->change == NULL)
    return position;

  return ss_list_change_find (self->change, self->n_made, position, part);
}

gboolean
ss_list_is_moving (const SsListPart *part)
{
  return part != NULL && part->old_index != SS_LIST_NOWHERE && part->run != part->old_run;
}

/* First look. */

static SsViewChange
look_at_view (ServerSignalList    *self,
              const SsListTouched *touched,
              ServerSignalView    *view,
              const SsValue       *value,
              gboolean             is_exact,
              SsTransaction       *transaction,
              SsValue            **old)
{
  const SsValue *array;

  if (!ss_view_is_container (view, value))
    return ss_view_take (view, value);

  if (is_exact)
    return SS_VIEW_VALUE;

  if (*old == NULL)
    *old = ss_transaction_ref_committed (transaction);
  array = ss_list_find_array (self, *old);
  return array != NULL && ss_value_equal (ss_array_get (array, touched->old_index), value) ? 0 : SS_VIEW_VALUE;
}

static void
find_updates (ServerSignalList *self,
              const SsValue    *array,
              gboolean          is_exact,
              SsTransaction    *transaction,
              SsValue         **old)
{
  for (guint i = 0; i < self->change->touched->len; i++)
    {
      const SsListTouched *touched = &g_array_index (self->change->touched, SsListTouched, i);
      GObject *item = ss_slots_get (&self->slots, touched->old_index);
      const SsValue *value = ss_array_get (array, touched->index);
      Update update = { item, NULL, touched->index, i, 0 };

      if (item == NULL)
        continue;

      if (self->has_views)
        {
          update.change = look_at_view (self, touched, SERVER_SIGNAL_VIEW (item), value,
                                        is_exact && touched->n_writes == 1, transaction, old);
          if (update.change == 0)
            continue;
        }
      else
        {
          update.value = ss_value_ref (value);
        }

      g_object_ref (item);
      g_array_append_val (self->updates, update);
    }
}

void
ss_list_drop_change (ServerSignalList *self)
{
  g_clear_pointer (&self->change, ss_list_change_free);
  g_clear_pointer (&self->patch, server_signal_patch_unref);
  g_clear_pointer (&self->updates, g_array_unref);
  g_clear_pointer (&self->moving, g_hash_table_unref);
  self->n_made = 0;
}

gboolean
ss_list_look (ServerSignalList  *self,
              ServerSignalPatch *patch,
              SsTransaction     *transaction,
              SsValue          **old)
{
  const SsValue *array = ss_list_find_array (self, transaction->root);
  guint n_old = ss_slots_length (&self->slots);
  gboolean is_exact = transaction->is_exact;
  const SsOp *ops;
  guint n_ops;

  g_assert (self->change == NULL);

  if (!self->place.direct && array != NULL)
    {
      ops = ss_patch_ops (patch, &n_ops);
      self->patch = server_signal_patch_ref (patch);
      self->change = ss_list_change_new (n_old, self->pointer, ops,
                                         (const guint *) self->place.hits->data,
                                         self->place.hits->len);
    }
  else if (self->place.direct && n_old > 0 && array != NULL && ss_value_length (array) > 0)
    {
      if (*old == NULL)
        *old = ss_transaction_ref_committed (transaction);
      self->patch = ss_diff_list (ss_list_find_array (self, *old), array);
      ops = ss_patch_ops (self->patch, &n_ops);
      self->change = ss_list_change_new (n_old, "", ops, NULL, n_ops);
      is_exact = TRUE;
    }
  else if (self->place.direct)
    {
      self->change = ss_list_change_new_all (n_old, array != NULL ? ss_value_length (array) : 0);
    }
  g_array_set_size (self->place.hits, 0);

  if (self->change == NULL)
    return FALSE;

  g_assert (self->change->n_new == (array != NULL ? ss_value_length (array) : 0));

  self->updates = g_array_new (FALSE, FALSE, sizeof (Update));
  g_array_set_clear_func (self->updates, (GDestroyNotify) update_clear);
  if (array != NULL)
    find_updates (self, array, is_exact, transaction, old);

  if (self->change->runs->len == 0 && self->updates->len == 0)
    {
      ss_list_drop_change (self);
      return FALSE;
    }

  self->moving = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  for (guint i = 0; i < self->change->by_old->len; i++)
    {
      const SsListPart *part = &g_array_index (self->change->parts, SsListPart,
                                               g_array_index (self->change->by_old, guint, i));

      for (guint j = 0; ss_list_is_moving (part) && j < part->length; j++)
        {
          GObject *item = ss_slots_get (&self->slots, part->old_index + j);

          if (item != NULL)
            g_hash_table_insert (self->moving, GUINT_TO_POINTER (part->index + j),
                                 g_object_ref (item));
        }
    }

  return TRUE;
}

/* Then announce. */

static void
tell_readers (ServerSignalList *self)
{
  g_autoptr (GPtrArray) readers = NULL;
  GHashTableIter iter;
  gpointer view;

  if (self->readers == NULL)
    return;

  readers = g_ptr_array_new_with_free_func (g_object_unref);
  g_hash_table_iter_init (&iter, self->readers);
  while (g_hash_table_iter_next (&iter, &view, NULL))
    g_ptr_array_add (readers, g_object_ref (view));

  for (guint i = 0; i < readers->len; i++)
    ss_view_announce_pointer (readers->pdata[i]);
}

static void
update_item (ServerSignalList *self,
             const Update     *update)
{
  const SsListTouched *touched = &g_array_index (self->change->touched, SsListTouched,
                                                 update->touched);
  const SsListWrite *write = &g_array_index (self->change->writes, SsListWrite,
                                             touched->first_write);

  /* Of several writes the last ones may have moved what the first ones were made at. */
  if (touched->n_writes == 1)
    ss_items_update_at (self->items, update->item, update->value, write->kind, write->rest);
  else
    ss_items_update (self->items, update->item, update->value);
}

/* The caller's reference is not the only one, and nobody has disposed of it: what nobody holds any
 * more tells nobody, whose handlers may not be there either. */
static gboolean
is_wanted (ServerSignalList *self)
{
  return self->signal != NULL && g_atomic_int_get (&G_OBJECT (self)->ref_count) > 1;
}

/* Items that cannot become what they should be are left in the array. edited gets the indices of
 * the others, unless they are announced anyhow. */
static GArray *
update_items (ServerSignalList *self,
              GArray           *edited)
{
  GArray *stuck = g_array_new (FALSE, FALSE, sizeof (Update));
  g_autoptr (GArray) updates = g_steal_pointer (&self->updates);

  g_array_set_clear_func (stuck, (GDestroyNotify) update_clear);
  for (guint i = 0; i < updates->len && self->change != NULL && is_wanted (self); i++)
    {
      Update *update = &g_array_index (updates, Update, i);
      const SsListPart *part;

      if (self->announces_edits)
        {
          ss_list_change_find (self->change, self->change->runs->len, update->index, &part);
          if (part == NULL)
            g_array_append_val (edited, update->index);
        }

      if (self->has_views)
        {
          ss_view_announce (SERVER_SIGNAL_VIEW (update->item), update->change);
        }
      else if (ss_items_is_stuck (self->items, update->item, update->value))
        {
          Update kept = { g_object_ref (update->item), NULL, update->index, 0, 0 };

          g_array_append_val (stuck, kept);
        }
      else
        {
          update_item (self, update);
        }
    }

  return stuck;
}

static void
free_items (ServerSignalList *self,
            GPtrArray        *items)
{
  if (self->has_views)
    for (guint i = 0; i < items->len; i++)
      ss_view_leave_list (items->pdata[i], NULL);

  g_ptr_array_set_size (items, 0);
}

/* Puts what a run adds in the place of what it removes. What is left over is in gone. */
static void
make_run (ServerSignalList *self,
          const SsListRun  *run,
          guint             at,
          GPtrArray        *gone)
{
  g_autofree GObject **added = g_new0 (GObject *, run->n_added + 1);
  guint old_start = run->position;

  for (guint i = run->first_part; i < run->first_part + run->n_parts; i++)
    {
      const SsListPart *part = &g_array_index (self->change->parts, SsListPart, i);

      for (guint j = 0; part->old_index != SS_LIST_NOWHERE && j < part->length; j++)
        {
          GObject **to = &added[part->index + j - run->position];

          if (ss_list_is_moving (part))
            {
              *to = g_hash_table_lookup (self->moving, GUINT_TO_POINTER (part->index + j));
              if (*to != NULL)
                g_object_ref (*to);
            }
          else
            {
              gpointer *from = ss_slots_at (&self->slots,
                                            old_start + part->old_index + j - run->old_position);

              *to = g_steal_pointer (from);
            }
        }
    }

  for (guint i = 0; i < run->n_removed; i++)
    {
      GObject *item = ss_slots_get (&self->slots, old_start + i);
      const SsListPart *part;

      if (item == NULL)
        continue;
      if (self->moving != NULL && g_hash_table_size (self->moving) > 0)
        {
          /* Where it is going it is held as well. */
          ss_list_change_find (self->change, at, old_start + i, &part);
          if (ss_list_is_moving (part))
            {
              g_object_unref (item);
              continue;
            }
        }
      g_ptr_array_add (gone, item);
    }

  ss_slots_splice (&self->slots, run->position, run->n_removed, run->n_added);
  for (guint i = 0; i < run->n_added; i++)
    if (added[i] != NULL)
      {
        *ss_slots_at (&self->slots, run->position + i) = added[i];
        if (self->has_views)
          ss_view_set_hint (SERVER_SIGNAL_VIEW (added[i]), run->position + i);
      }
  self->version++;
}

static int
compare_indices (gconstpointer a,
                 gconstpointer b)
{
  guint index_a = *(const guint *) a;
  guint index_b = *(const guint *) b;

  return index_a < index_b ? -1 : index_a > index_b;
}

static void
announce_edits (ServerSignalList *self,
                GArray           *edited)
{
  guint end;

  g_array_sort (edited, compare_indices);
  for (guint i = 0; i < edited->len && is_wanted (self); i = end)
    {
      guint first = g_array_index (edited, guint, i);

      for (end = i + 1; end < edited->len; end++)
        if (g_array_index (edited, guint, end) != first + end - i)
          break;
      g_list_model_items_changed (G_LIST_MODEL (self), first, end - i, end - i);
    }
}

static void
replace_stuck (ServerSignalList *self,
               const GArray     *stuck)
{
  for (guint i = 0; i < stuck->len && is_wanted (self); i++)
    {
      const Update *update = &g_array_index (stuck, Update, i);
      gpointer *slot;

      /* Unless it was replaced meanwhile. */
      slot = ss_slots_at (&self->slots, update->index);
      if (*slot != update->item)
        continue;

      *slot = NULL;
      self->version++;
      g_object_unref (update->item);
      g_list_model_items_changed (G_LIST_MODEL (self), update->index, 1, 1);
    }
}

void
ss_list_announce (ServerSignalList *self)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (GArray) edited = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) stuck = NULL;
  guint n_old, n_new;

  if (self->change == NULL)
    return;

  /* The pointers of the change lie in it, and a handler may dispose of the list. */
  patch = self->patch != NULL ? server_signal_patch_ref (self->patch) : NULL;
  n_old = self->change->n_old;
  n_new = self->change->n_new;
  stuck = update_items (self, edited);

  while (self->change != NULL && self->n_made < self->change->runs->len && is_wanted (self))
    {
      SsListRun run = g_array_index (self->change->runs, SsListRun, self->n_made);

      make_run (self, &run, self->n_made, gone);
      self->n_made++;
      g_list_model_items_changed (G_LIST_MODEL (self), run.position, run.n_removed, run.n_added);
      free_items (self, gone);
    }

  if (self->change == NULL || !is_wanted (self))
    {
      ss_list_drop_change (self);
      return;
    }

  ss_list_drop_change (self);
  announce_edits (self, edited);
  replace_stuck (self, stuck);
  if (n_old != n_new && is_wanted (self))
    g_object_notify (G_OBJECT (self), "n-items");
  tell_readers (self);
}
