/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-list-update.h"

#include "json/server-signal-patch.h"
#include "json/ss-diff.h"
#include "server-signal-view-private.h"
#include "ss-list-delta.h"

/* An item to be brought up to date. */
typedef struct
{
  GObject      *item;
  SsValue      *value;
  guint         index;
  guint         edit;
  SsViewChange  change;
  gboolean      must_replace;   /* only a new item can become value */
  guint         splice;         /* the one to announce it with, or SS_LIST_NO_INDEX: by itself */
} ItemUpdate;

struct _SsListUpdate
{
  SsListItems       *items;
  SsListDelta       *delta;
  ServerSignalPatch *patch;     /* the delta points into it */
  guint              n_made;    /* of the delta's splices */

  /* Items that go in one splice and come in another one, by their new index. */
  GHashTable        *moving;
  GArray            *updates;   /* of ItemUpdate, until they are announced */
  GArray            *replaced;  /* of ItemUpdate */
  /* Each item is brought up to date when it is announced; else all are at first. */
  gboolean           is_stepwise;
};

static void
item_update_clear (ItemUpdate *update)
{
  g_clear_object (&update->item);
  ss_value_clear (&update->value);
}

static GArray *
item_updates_new (void)
{
  GArray *updates = g_array_new (FALSE, FALSE, sizeof (ItemUpdate));

  g_array_set_clear_func (updates, (GDestroyNotify) item_update_clear);
  return updates;
}

static gboolean
has_views (const SsListUpdate *self)
{
  return self->items->mapper == NULL;
}

static gboolean
is_wanted (const SsListUpdate *self)
{
  return ss_list_items_is_wanted (self->items);
}

static gboolean
span_is_moving (const SsListSpan *span)
{
  return span != NULL && span->old_index != SS_LIST_NO_INDEX && span->splice != span->old_splice;
}

/* Looking at a commit. */

/* NULL: there was no list. */
static const SsValue *
get_old_element (const SsListUpdate *self,
                 SsPendingCommit    *commit,
                 guint               old_index)
{
  const SsValue *old = ss_pending_commit_get_old (commit);
  const SsValue *array = ss_list_items_find_array (self->items, old);

  return array != NULL ? ss_array_get (array, old_index) : NULL;
}

static SsViewChange
look_at_view (const SsListUpdate *self,
              const SsListEdit   *edit,
              ServerSignalView   *view,
              const SsValue      *value,
              gboolean            is_exact,
              SsPendingCommit    *commit)
{
  const SsValue *old;

  if (!ss_view_is_container (view, value))
    return ss_view_take (view, value);

  if (is_exact)
    return SS_VIEW_VALUE;

  old = get_old_element (self, commit, edit->old_index);
  return old != NULL && ss_value_equal (old, value) ? 0 : SS_VIEW_VALUE;
}

/* A view reads the document, which has all new values at once. One that has yet to be announced
 * goes on with the value that followers of the list have seen: a model that sorts views compares
 * those that it keeps with each that comes, and finds no order in them when some have changed
 * unannounced. */
static void
delay_view (const SsListUpdate *self,
            ServerSignalView   *view,
            guint               old_index,
            SsPendingCommit    *commit)
{
  const SsValue *value = ss_view_peek_scalar (view);

  if (value == NULL && !self->is_stepwise && commit->old == NULL)
    return;

  if (value == NULL)
    value = get_old_element (self, commit, old_index);
  if (value != NULL)
    ss_view_delay (view, value);
}

/* Delays views whose elements go until they are announced as gone, unless nothing comes before
 * that, so that nobody compares anything. Lists and objects are not delayed where edits are not
 * announced: it would cost as much as the whole list is long. */
static void
delay_removed (const SsListUpdate *self,
               SsPendingCommit    *commit)
{
  gboolean comes = self->is_stepwise;

  for (guint i = 0; i < self->delta->splices->len; i++)
    {
      const SsListSplice *splice = ss_list_splice_at (self->delta, i);

      for (guint j = 0; comes && j < splice->n_removed; j++)
        {
          guint position = splice->old_position + j;
          ServerSignalView *view = ss_gap_buffer_get (&self->items->objects, position);
          const SsListSpan *span;

          if (view != NULL &&
              ss_list_delta_find (self->delta, 0, position, &span) == SS_LIST_NO_INDEX)
            delay_view (self, view, position, commit);
        }
      comes |= splice->n_added > 0;
    }
}

static void
find_updates (SsListUpdate    *self,
              const SsValue   *array,
              gboolean         is_exact,
              SsPendingCommit *commit)
{
  for (guint i = 0; i < self->delta->edits->len; i++)
    {
      const SsListEdit *edit = ss_list_edit_at (self->delta, i);
      GObject *item = ss_gap_buffer_get (&self->items->objects, edit->old_index);
      const SsValue *value = ss_array_get (array, edit->index);
      ItemUpdate update = { item, NULL, edit->index, i, 0, FALSE, SS_LIST_NO_INDEX };

      if (item == NULL)
        continue;

      if (has_views (self))
        {
          if (self->is_stepwise)
            delay_view (self, SERVER_SIGNAL_VIEW (item), edit->old_index, commit);
          update.change = look_at_view (self, edit, SERVER_SIGNAL_VIEW (item), value,
                                        is_exact && edit->n_writes == 1, commit);
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

static void
find_moving (SsListUpdate *self)
{
  for (guint i = 0; i < self->delta->by_old->len; i++)
    {
      guint at = g_array_index (self->delta->by_old, guint, i);
      const SsListSpan *span = ss_list_span_at (self->delta, at);

      for (guint j = 0; span_is_moving (span) && j < span->length; j++)
        {
          GObject *item = ss_gap_buffer_get (&self->items->objects, span->old_index + j);

          if (item != NULL)
            ss_list_update_set_moving (self, span->index + j, item);
        }
    }
}

/* A list that was replaced as a whole is compared with the old one. */
static gboolean
find_delta (SsListUpdate             *self,
            const SsPointerTrieEntry *entry,
            const SsValue            *array,
            SsPendingCommit          *commit)
{
  guint n_old = ss_gap_buffer_length (&self->items->objects);
  guint n_new = array != NULL ? ss_value_length (array) : 0;
  const SsOp *ops;
  guint n_ops;

  if (!entry->direct && array == NULL)
    return FALSE;

  if (!entry->direct)
    {
      self->patch = server_signal_patch_ref (commit->patch);
      ops = ss_patch_ops (self->patch, &n_ops);
      self->delta = ss_list_delta_new (n_old, self->items->pointer, ops,
                                       (const guint *) entry->hits->data, entry->hits->len);
    }
  else if (n_old > 0 && n_new > 0)
    {
      const SsValue *old = ss_pending_commit_get_old (commit);

      self->patch = ss_diff_list (ss_list_items_find_array (self->items, old), array);
      ops = ss_patch_ops (self->patch, &n_ops);
      self->delta = ss_list_delta_new (n_old, "", ops, NULL, n_ops);
    }
  else
    {
      self->delta = ss_list_delta_new_all (n_old, n_new);
    }

  g_assert (self->delta->n_new == n_new);
  return TRUE;
}

SsListUpdate *
ss_list_update_new (SsListItems              *items,
                    const SsPointerTrieEntry *entry,
                    gboolean                  announces_edits,
                    SsPendingCommit          *commit)
{
  g_autoptr (SsListUpdate) self = g_new0 (SsListUpdate, 1);
  const SsValue *array = ss_list_items_find_array (items, commit->root);

  self->items = items;
  self->is_stepwise = announces_edits;
  if (!find_delta (self, entry, array, commit))
    return NULL;

  self->updates = item_updates_new ();
  if (has_views (self))
    delay_removed (self, commit);
  if (array != NULL)
    find_updates (self, array, entry->direct || commit->is_exact, commit);

  if (self->delta->splices->len == 0 && self->updates->len == 0)
    return NULL;

  self->moving = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  find_moving (self);
  return g_steal_pointer (&self);
}

void
ss_list_update_free (SsListUpdate *self)
{
  g_clear_pointer (&self->delta, ss_list_delta_free);
  g_clear_pointer (&self->patch, server_signal_patch_unref);
  g_clear_pointer (&self->moving, g_hash_table_unref);
  g_clear_pointer (&self->updates, g_array_unref);
  g_clear_pointer (&self->replaced, g_array_unref);
  g_free (self);
}

/* Announcing it. */

guint
ss_list_update_find (const SsListUpdate *self,
                     guint               position,
                     gboolean           *is_moving)
{
  const SsListSpan *span;
  guint index = ss_list_delta_find (self->delta, self->n_made, position, &span);

  *is_moving = span_is_moving (span);
  return index;
}

GObject *
ss_list_update_get_moving (const SsListUpdate *self,
                           guint               index)
{
  return g_hash_table_lookup (self->moving, GUINT_TO_POINTER (index));
}

void
ss_list_update_set_moving (SsListUpdate *self,
                           guint         index,
                           GObject      *item)
{
  g_hash_table_insert (self->moving, GUINT_TO_POINTER (index), g_object_ref (item));
}

gboolean
ss_list_update_resizes (const SsListUpdate *self)
{
  return self->delta->n_old != self->delta->n_new;
}

static void
update_item (const SsListUpdate *self,
             const ItemUpdate   *update,
             SsMapperScope       scope)
{
  SsObjectMapper *mapper = self->items->mapper;
  const SsListEdit *edit = ss_list_edit_at (self->delta, update->edit);
  const SsListWrite *write = &g_array_index (self->delta->writes, SsListWrite, edit->first_write);

  /* Of several writes the last ones may have moved what the first ones were made at. */
  if (edit->n_writes == 1)
    ss_object_mapper_update_at (mapper, update->item, update->value, write->kind, write->rest,
                                scope);
  else
    ss_object_mapper_update (mapper, update->item, update->value, scope);
}

static void
make_update (const SsListUpdate *self,
             const ItemUpdate   *update,
             SsMapperScope       scope)
{
  if (!has_views (self))
    {
      update_item (self, update, scope);
    }
  else if (scope & SS_MAPPER_VALUES)
    {
      ss_view_catch_up (SERVER_SIGNAL_VIEW (update->item));
      ss_view_announce (SERVER_SIGNAL_VIEW (update->item), update->change);
    }
}

static gboolean
must_replace (const SsListUpdate *self,
              const ItemUpdate   *update)
{
  return !has_views (self) &&
         ss_object_mapper_must_replace (self->items->mapper, update->item, update->value);
}

/* Updates all items that can take on their new values, and leaves the others to
 * ss_list_update_replace(). */
static void
update_items (SsListUpdate *self)
{
  g_autoptr (GArray) updates = g_steal_pointer (&self->updates);

  for (guint i = 0; i < updates->len && is_wanted (self); i++)
    {
      const ItemUpdate *update = &g_array_index (updates, ItemUpdate, i);

      if (!must_replace (self, update))
        {
          make_update (self, update, SS_MAPPER_ALL);
        }
      else
        {
          ItemUpdate replaced = { g_object_ref (update->item), .index = update->index };

          if (self->replaced == NULL)
            self->replaced = item_updates_new ();
          g_array_append_val (self->replaced, replaced);
        }
    }
}

/* A model that sorts the items with a function that compares them as they are, as GtkCustomSorter
 * and the header of a GtkColumnView do, relies on its sorted items being in order when another item
 * comes. Where edits are announced, therefore, each item gets its new values with the emission that
 * announces it, and keeps the old ones until then: with the splice in which it both goes and comes,
 * with the one in which it comes when it has gone in an earlier one, and else after all splices. */

static int
compare_updates (gconstpointer a,
                 gconstpointer b)
{
  const ItemUpdate *update_a = a;
  const ItemUpdate *update_b = b;

  if (update_a->splice != update_b->splice)
    return update_a->splice < update_b->splice ? -1 : 1;

  return update_a->index < update_b->index ? -1 : update_a->index > update_b->index;
}

/* Puts the updates in the order in which they will be announced. */
static void
plan_updates (SsListUpdate *self)
{
  for (guint i = 0; i < self->updates->len && is_wanted (self); i++)
    {
      ItemUpdate *update = &g_array_index (self->updates, ItemUpdate, i);
      const SsListSpan *span;

      ss_list_delta_find (self->delta, self->delta->splices->len, update->index, &span);
      update->must_replace = must_replace (self, update);
      if (span != NULL && span->old_splice <= span->splice && !update->must_replace)
        update->splice = span->splice;
    }

  g_array_sort (self->updates, compare_updates);
}

/* Makes the updates from first to end. Lists within the items announce themselves, and a model that
 * shows these and the items in one, such as a tree, may be sorted as a whole: so the lists go
 * first, and then no more is announced until all of these are. */
static void
make_updates (const SsListUpdate *self,
              guint               first,
              guint               end)
{
  static const SsMapperScope scopes[] = { SS_MAPPER_LISTS, SS_MAPPER_VALUES };

  for (guint i = 0; i < G_N_ELEMENTS (scopes); i++)
    for (guint j = first; j < end && is_wanted (self); j++)
      {
        const ItemUpdate *update = &g_array_index (self->updates, ItemUpdate, j);

        if (!update->must_replace)
          make_update (self, update, scopes[i]);
      }
}

static void
free_items (const SsListUpdate *self,
            GPtrArray          *items)
{
  if (has_views (self))
    for (guint i = 0; i < items->len; i++)
      ss_view_leave_list (items->pdata[i], NULL);

  g_ptr_array_set_size (items, 0);
}

/* The items that a splice adds, in order; NULL: it has none yet. */
static GObject **
take_added (const SsListUpdate *self,
            const SsListSplice *splice)
{
  GObject **added = g_new0 (GObject *, splice->n_added + 1);

  for (guint i = splice->first_span; i < splice->first_span + splice->n_spans; i++)
    {
      const SsListSpan *span = ss_list_span_at (self->delta, i);

      for (guint j = 0; span->old_index != SS_LIST_NO_INDEX && j < span->length; j++)
        {
          GObject **to = &added[span->index + j - splice->position];

          if (span_is_moving (span))
            {
              *to = ss_list_update_get_moving (self, span->index + j);
              if (*to != NULL)
                g_object_ref (*to);
            }
          else
            {
              guint offset = span->old_index + j - splice->old_position;

              *to = g_steal_pointer (
                ss_gap_buffer_at (&self->items->objects, splice->position + offset));
            }
        }
    }

  return added;
}

/* Items that a splice removes go to gone, but for those that come in another one, where they are
 * held as well. */
static void
take_removed (const SsListUpdate *self,
              const SsListSplice *splice,
              GPtrArray          *gone)
{
  gboolean is_moving = FALSE;

  for (guint i = 0; i < splice->n_removed; i++)
    {
      GObject *item = ss_gap_buffer_get (&self->items->objects, splice->position + i);

      if (item == NULL)
        continue;

      if (g_hash_table_size (self->moving) > 0)
        ss_list_update_find (self, splice->position + i, &is_moving);
      if (is_moving)
        g_object_unref (item);
      else
        g_ptr_array_add (gone, item);
    }
}

static void
make_splice (SsListUpdate       *self,
             const SsListSplice *splice,
             GPtrArray          *gone)
{
  SsListItems *items = self->items;
  g_autofree GObject **added = take_added (self, splice);

  take_removed (self, splice, gone);
  ss_gap_buffer_splice (&items->objects, splice->position, splice->n_removed, splice->n_added);
  for (guint i = 0; i < splice->n_added; i++)
    if (added[i] != NULL)
      {
        *ss_gap_buffer_at (&items->objects, splice->position + i) = added[i];
        if (has_views (self))
          ss_view_set_hint (SERVER_SIGNAL_VIEW (added[i]), splice->position + i);
      }
  items->version++;
  self->n_made++;
}

static void
announce_splices (SsListUpdate *self,
                  guint        *first)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_object_unref);

  while (self->n_made < self->delta->splices->len && is_wanted (self))
    {
      const SsListSplice *splice = ss_list_splice_at (self->delta, self->n_made);
      guint end = *first;

      while (self->is_stepwise && end < self->updates->len &&
             g_array_index (self->updates, ItemUpdate, end).splice == self->n_made)
        end++;
      make_updates (self, *first, end);
      *first = end;
      if (!is_wanted (self))
        return;

      make_splice (self, splice, gone);
      g_list_model_items_changed (self->items->model, splice->position, splice->n_removed,
                                  splice->n_added);
      free_items (self, gone);
    }
}

/* Makes the updates from first to end, which are of neighbours, and tells of them. */
static void
announce_neighbours (const SsListUpdate *self,
                     guint               first,
                     guint               end)
{
  guint position = g_array_index (self->updates, ItemUpdate, first).index;

  make_updates (self, first, end);
  if (!is_wanted (self))
    return;

  for (guint i = first; i < end; i++)
    if (g_array_index (self->updates, ItemUpdate, i).must_replace)
      ss_list_items_forget (self->items, g_array_index (self->updates, ItemUpdate, i).index);

  g_list_model_items_changed (self->items->model, position, end - first, end - first);
}

static void
announce_edits (const SsListUpdate *self,
                guint               first)
{
  guint end;

  for (; first < self->updates->len && is_wanted (self); first = end)
    {
      guint index = g_array_index (self->updates, ItemUpdate, first).index;

      for (end = first + 1; end < self->updates->len; end++)
        if (g_array_index (self->updates, ItemUpdate, end).index != index + end - first)
          break;
      announce_neighbours (self, first, end);
    }
}

void
ss_list_update_announce (SsListUpdate *self)
{
  guint first = 0;

  if (!has_views (self))
    ss_object_mapper_set_announces_edits (self->items->mapper, self->is_stepwise);
  if (self->is_stepwise)
    plan_updates (self);
  else
    update_items (self);

  announce_splices (self, &first);

  /* All items have arrived. */
  g_hash_table_remove_all (self->moving);
  if (self->is_stepwise)
    announce_edits (self, first);
  g_clear_pointer (&self->updates, g_array_unref);
}

void
ss_list_update_replace (SsListUpdate *self)
{
  for (guint i = 0; self->replaced != NULL && i < self->replaced->len && is_wanted (self); i++)
    {
      const ItemUpdate *update = &g_array_index (self->replaced, ItemUpdate, i);

      /* Unless it was replaced meanwhile. */
      if (ss_gap_buffer_get (&self->items->objects, update->index) != update->item)
        continue;

      ss_list_items_forget (self->items, update->index);
      g_list_model_items_changed (self->items->model, update->index, 1, 1);
    }
}
