/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-list-struct.h"

#include "json/ss-diff.h"
#include "json/ss-pointer.h"
#include "signal/server-signal-private.h"
#include "server-signal-view-private.h"

/* An item to be brought up to date. */
typedef struct
{
  GObject      *item;
  SsValue      *value;
  guint         index;
  guint         touched;
  SsViewChange  change;
  gboolean      is_stuck;   /* only a new item can become that */
  guint         run;        /* with which it is announced, or SS_LIST_NOWHERE: by itself */
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
              SsPendingCommit     *commit)
{
  const SsValue *array;

  if (!ss_view_is_container (view, value))
    return ss_view_take (view, value);

  if (is_exact)
    return SS_VIEW_VALUE;

  array = ss_list_find_array (self, ss_pending_commit_get_old (commit));
  return array != NULL && ss_value_equal (ss_array_get (array, touched->old_index), value)
           ? 0 : SS_VIEW_VALUE;
}

/* A view reads the document, which has all new values at once. One that has yet to be announced
 * goes on with the value that followers of the list have seen: a model that sorts views compares
 * those that it keeps with each that comes, and finds no order in them when some have changed
 * unannounced. */
static void
delay_view (ServerSignalList  *self,
            ServerSignalView  *view,
            guint              old_index,
            SsPendingCommit   *commit)
{
  const SsValue *value = ss_view_peek_scalar (view);

  if (value == NULL && !self->is_stepwise && commit->old == NULL)
    return;

  if (value == NULL)
    {
      value = ss_array_get (ss_list_find_array (self, ss_pending_commit_get_old (commit)), old_index);
    }
  ss_view_delay (view, value);
}

/* Views whose elements go, until they are announced as gone. Where nothing comes before that,
 * nobody compares anything. Lists and objects are spared that where edits are not announced: it
 * would cost as much as the whole list is long. */
static void
delay_removed (ServerSignalList  *self,
               SsPendingCommit   *commit)
{
  gboolean comes = self->is_stepwise;

  for (guint i = 0; i < self->change->runs->len; i++)
    {
      const SsListRun *run = &g_array_index (self->change->runs, SsListRun, i);

      for (guint j = 0; comes && j < run->n_removed; j++)
        {
          ServerSignalView *view = ss_slots_get (&self->slots, run->old_position + j);
          const SsListPart *part;

          if (view != NULL && ss_list_change_find (self->change, 0, run->old_position + j, &part) ==
                                SS_LIST_NOWHERE)
            delay_view (self, view, run->old_position + j, commit);
        }
      comes |= run->n_added > 0;
    }
}

static void
find_updates (ServerSignalList *self,
              const SsValue    *array,
              gboolean          is_exact,
              SsPendingCommit  *commit)
{
  for (guint i = 0; i < self->change->touched->len; i++)
    {
      const SsListTouched *touched = &g_array_index (self->change->touched, SsListTouched, i);
      GObject *item = ss_slots_get (&self->slots, touched->old_index);
      const SsValue *value = ss_array_get (array, touched->index);
      Update update = { item, NULL, touched->index, i, 0, FALSE, SS_LIST_NOWHERE };

      if (item == NULL)
        continue;

      if (self->has_views)
        {
          if (self->is_stepwise)
            delay_view (self, SERVER_SIGNAL_VIEW (item), touched->old_index, commit);
          update.change = look_at_view (self, touched, SERVER_SIGNAL_VIEW (item), value,
                                        is_exact && touched->n_writes == 1, commit);
          if (update.change == 0)
            {
              ss_view_catch_up (SERVER_SIGNAL_VIEW (item));
              continue;
            }
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

guint
ss_list_look (gpointer         owner,
              const SsPlace   *place,
              SsPendingCommit *commit)
{
  ServerSignalList *self = owner;
  ServerSignalPatch *patch = commit->patch;
  const SsValue *array = ss_list_find_array (self, commit->root);
  guint n_old = ss_slots_length (&self->slots);
  gboolean is_exact = commit->is_exact;
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
      self->patch = ss_diff_list (ss_list_find_array (self, ss_pending_commit_get_old (commit)),
                                  array);
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
  self->is_stepwise = self->announces_edits;
  if (self->has_views)
    delay_removed (self, commit);
  if (array != NULL)
    find_updates (self, array, is_exact, commit);

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
             const Update     *update,
             SsItemsPart       part)
{
  const SsListTouched *touched = &g_array_index (self->change->touched, SsListTouched,
                                                 update->touched);
  const SsListWrite *write = &g_array_index (self->change->writes, SsListWrite,
                                             touched->first_write);

  /* Of several writes the last ones may have moved what the first ones were made at. */
  if (touched->n_writes == 1)
    ss_items_update_at (self->items, update->item, update->value, write->kind, write->rest,
                        part);
  else
    ss_items_update (self->items, update->item, update->value, part);
}

/* The caller's reference is not the only one, and nobody has disposed of it: what nobody holds any
 * more tells nobody, whose handlers may not be there either. */
static gboolean
is_wanted (ServerSignalList *self)
{
  return self->signal != NULL && g_atomic_int_get (&G_OBJECT (self)->ref_count) > 1;
}

static void
make_update (ServerSignalList *self,
             const Update     *update,
             SsItemsPart       part)
{
  if (!self->has_views)
    {
      update_item (self, update, part);
    }
  else if (part & SS_ITEMS_VALUES)
    {
      ss_view_catch_up (SERVER_SIGNAL_VIEW (update->item));
      ss_view_announce (SERVER_SIGNAL_VIEW (update->item), update->change);
    }
}

/* Brings all items up to date that can become what they should be, and those that cannot are left
 * in the array. */
static GArray *
update_items (ServerSignalList *self)
{
  GArray *stuck = g_array_new (FALSE, FALSE, sizeof (Update));
  g_autoptr (GArray) updates = g_steal_pointer (&self->updates);

  g_array_set_clear_func (stuck, (GDestroyNotify) update_clear);
  for (guint i = 0; i < updates->len && self->change != NULL && is_wanted (self); i++)
    {
      Update *update = &g_array_index (updates, Update, i);

      if (!self->has_views && ss_items_is_stuck (self->items, update->item, update->value))
        {
          Update kept = { g_object_ref (update->item), NULL, update->index, 0, 0, TRUE,
                          SS_LIST_NOWHERE };

          g_array_append_val (stuck, kept);
        }
      else
        {
          make_update (self, update, SS_ITEMS_ALL);
        }
    }

  return stuck;
}

/* A model that sorts the items with a function that compares them as they are, as GtkCustomSorter
 * and the header of a GtkColumnView do, takes for granted that what it has sorted is in order still
 * when another item comes. So where edits are announced each item gets its new values with the
 * emission that tells of it, and until then it is what it was: with the run in which it both
 * goes and comes, with the one in which it comes when it has gone in an earlier one, and else
 * after all runs. */

static int
compare_updates (gconstpointer a,
                 gconstpointer b)
{
  const Update *update_a = a;
  const Update *update_b = b;

  if (update_a->run != update_b->run)
    return update_a->run < update_b->run ? -1 : 1;

  return update_a->index < update_b->index ? -1 : update_a->index > update_b->index;
}

/* In the order in which they will be announced. */
static GArray *
plan_updates (ServerSignalList *self)
{
  GArray *updates = g_steal_pointer (&self->updates);

  for (guint i = 0; i < updates->len && self->change != NULL; i++)
    {
      Update *update = &g_array_index (updates, Update, i);
      const SsListPart *part;

      ss_list_change_find (self->change, self->change->runs->len, update->index, &part);
      if (!self->has_views)
        update->is_stuck = ss_items_is_stuck (self->items, update->item, update->value);
      if (part != NULL && part->old_run <= part->run && !update->is_stuck)
        update->run = part->run;
    }

  g_array_sort (updates, compare_updates);
  return updates;
}

/* Those from first to end. Lists within the items announce themselves, and a model that shows
 * these and the items in one, such as a tree, may be sorted as a whole: so the lists go first, and
 * then no more is announced until all of these are. */
static void
make_updates (ServerSignalList *self,
              const GArray     *updates,
              guint             first,
              guint             end)
{
  static const SsItemsPart parts[] = { SS_ITEMS_LISTS, SS_ITEMS_VALUES };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    for (guint j = first; j < end && self->change != NULL && is_wanted (self); j++)
      {
        const Update *update = &g_array_index (updates, Update, j);

        if (!update->is_stuck)
          make_update (self, update, parts[i]);
      }
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

/* Makes the updates from first to end, which are of neighbours, and tells of them. */
static void
announce_edits (ServerSignalList *self,
                const GArray     *updates,
                guint             first,
                guint             end)
{
  guint position = g_array_index (updates, Update, first).index;

  make_updates (self, updates, first, end);
  if (self->change == NULL || !is_wanted (self))
    return;

  for (guint i = first; i < end; i++)
    if (g_array_index (updates, Update, i).is_stuck)
      {
        gpointer *slot = ss_slots_at (&self->slots, g_array_index (updates, Update, i).index);

        g_assert (*slot == g_array_index (updates, Update, i).item);
        g_object_unref (*slot);
        *slot = NULL;
        self->version++;
      }

  g_list_model_items_changed (G_LIST_MODEL (self), position, end - first, end - first);
}

static void
announce_all_edits (ServerSignalList *self,
                    const GArray     *updates,
                    guint             at)
{
  guint end;

  for (; at < updates->len && self->change != NULL && is_wanted (self); at = end)
    {
      for (end = at + 1; end < updates->len; end++)
        if (g_array_index (updates, Update, end).index !=
            g_array_index (updates, Update, at).index + end - at)
          break;
      announce_edits (self, updates, at, end);
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
ss_list_announce (gpointer owner,
                  guint    change)
{
  ServerSignalList *self = owner;
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (GArray) updates = NULL;
  g_autoptr (GArray) stuck = NULL;
  guint n_old, n_new;
  guint at = 0, end;

  if (self->change == NULL)
    return;

  /* The pointers of the change lie in it, and a handler may dispose of the list. */
  patch = self->patch != NULL ? server_signal_patch_ref (self->patch) : NULL;
  n_old = self->change->n_old;
  n_new = self->change->n_new;
  ss_items_set_announces_edits (self->items, self->is_stepwise);
  if (self->is_stepwise)
    updates = plan_updates (self);
  else
    stuck = update_items (self);

  while (self->change != NULL && self->n_made < self->change->runs->len && is_wanted (self))
    {
      SsListRun run = g_array_index (self->change->runs, SsListRun, self->n_made);

      for (end = at; updates != NULL && end < updates->len; end++)
        if (g_array_index (updates, Update, end).run != self->n_made)
          break;
      if (updates != NULL)
        make_updates (self, updates, at, end);
      at = end;
      if (self->change == NULL || !is_wanted (self))
        break;

      make_run (self, &run, self->n_made, gone);
      self->n_made++;
      g_list_model_items_changed (G_LIST_MODEL (self), run.position, run.n_removed, run.n_added);
      free_items (self, gone);
    }

  /* All are where they were going. */
  if (self->change != NULL)
    g_hash_table_remove_all (self->moving);
  if (updates != NULL)
    announce_all_edits (self, updates, at);

  if (self->change == NULL || !is_wanted (self))
    {
      ss_list_drop_change (self);
      return;
    }

  ss_list_drop_change (self);
  if (stuck != NULL)
    replace_stuck (self, stuck);
  if (n_old != n_new && is_wanted (self))
    g_object_notify (G_OBJECT (self), "n-items");
  tell_readers (self);
}
