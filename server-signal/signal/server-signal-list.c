/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-list.h"

#include "json/ss-diff.h"
#include "json/ss-pointer.h"
#include "server-signal-list-private.h"
#include "server-signal-private.h"
#include "server-signal-view-private.h"
#include "server-signal-view.h"
#include "ss-items.h"
#include "ss-list-change.h"
#include "ss-slots.h"

/**
 * ServerSignalList:
 *
 * A list of a [class@Signal] as a list model that follows it.
 *
 * The list is named by a JSON Pointer. Its elements are objects of a class of the application's,
 * whose properties are the members of the elements by name:
 *
 * ```c
 * g_autoptr (ServerSignalList) rows = server_signal_list_new (signal, "/rows", EXAMPLE_TYPE_ROW);
 * GtkSelectionModel *selection = GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (rows)));
 * ```
 *
 * # What a commit does
 *
 * - An element that is written to, or replaced by another at its place, keeps its item: the
 *   properties that change are set, and notified, one by one. Models that sort and filter do not see
 *   that; for these there is [property@SignalList:announces-edits].
 * - Elements that come and go are told of by [signal@Gio.ListModel::items-changed], once for each
 *   run of neighbours. Within each emission the model is what the emissions so far say.
 * - An element that moves keeps its item. An emission covers all places from the old one to the
 *   new one, so that a selection finds the item again; where more than 1,000 elements that stay
 *   lie between, and more than have moved, it is a removal and an insertion.
 *
 * All this costs what the commit has changed, and one move of the pointers behind it, however long
 * the list is. A list that becomes another as a whole, such as by the first data after a connection
 * was lost, is compared with what it was, and where it is the same nothing is announced.
 *
 * First the hubs and clients are served, then each list whose elements have changed sets the
 * properties of its items and announces itself, then [signal@Signal::patched] and `notify::value`
 * are emitted, and then views that are items of no list are notified. A handler may write to the
 * signal (that is the next commit), and drop lists and make them.
 *
 * What is no list, or not there, is an empty list until it becomes one.
 *
 * # Items
 *
 * An item is made when somebody first asks for it, and kept by the list as long as its element is
 * there; one that is first asked for while its going is on the way to be announced has nothing in it.
 * A property is found by the name of the member, in which "_" and "-" are the same. An
 * element that is not an object in JSON is the property `value`. Members without a property, and
 * those that cannot be set, are passed over. A member that is not there, or is nothing that the
 * property can hold, is the property's default, and null is `NULL` where the property can be that; a
 * property that no element has had as a member is the application's own and left alone. When a
 * property that can only be set while an object is made changes, the item gives way to a new one.
 *
 * | type of the property | JSON |
 * | --- | --- |
 * | integers, `gfloat`, `gdouble` | a number, truncated to an integer and brought into the property's range; a string of digits for `guint64` |
 * | `gboolean` | true, false |
 * | `gchararray` | a string |
 * | enumerations | the nick, or the number of a value |
 * | flags | a list of nicks, one nick, or a number |
 * | `GStrv` | a list of strings |
 * | [struct@GLib.Bytes], `GByteArray` | a string in base64 |
 * | [struct@GLib.DateTime] | a string in ISO 8601, in UTC where it has no time zone |
 * | [struct@GLib.Date], [struct@GLib.Uri], [iface@Gio.File] | a string: the date in ISO 8601, the URI |
 * | `GVariant` | what [func@Json.gvariant_deserialize] makes of it for the type of the property |
 * | `GType` | its name |
 * | [struct@Json.Node], [struct@Json.Object], [struct@Json.Array] | itself |
 * | other boxed types | what was registered with [func@Json.boxed_register_deserialize_func] |
 * | an object | an object, which is made when there is none and else set in the same way |
 * | a list model that is a [class@Gio.ListStore] | a list of objects of the store's type |
 *
 * A class that implements [iface@Json.Serializable] is asked for its own names and reads its
 * properties in its own way.
 *
 * Where no class is given the items are [class@SignalView]s, which follow their elements: when
 * another one is inserted before it, the view of an element goes along.
 *
 * Since: 1.0
 */

struct _ServerSignalList
{
  GObject       parent_instance;

  ServerSignal *signal;
  char         *pointer;
  GType         item_type;
  gboolean      has_views;   /* as items */
  gboolean      announces_edits;
  SsPlace       place;
  SsItems      *items;

  /* An item or NULL for each element, in the order that was announced last. */
  SsSlots       slots;
  /* Goes up when that order changes. */
  guint         version;
  /* Views whose pointer somebody has asked for. */
  GHashTable   *readers;

  /* What is being announced: the patch that it points into, and how many runs have been made. Items
   * that have gone from one place and come to another in a different run are in moving, by their
   * new index. */
  SsListChange *change;
  ServerSignalPatch *patch;
  guint         n_made;
  GHashTable   *moving;
  GArray       *updates;
};

/* An item to be brought up to date. */
typedef struct
{
  GObject      *item;
  SsValue      *value;
  guint         index;
  guint         touched;
  SsViewChange  change;
} Update;

static void server_signal_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ServerSignalList, server_signal_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      server_signal_list_model_init))

enum
{
  PROP_0,
  PROP_SIGNAL,
  PROP_POINTER,
  PROP_ITEM_TYPE,
  PROP_ANNOUNCES_EDITS,
  PROP_N_ITEMS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void
update_clear (Update *update)
{
  g_clear_object (&update->item);
  ss_value_clear (&update->value);
}

static const SsValue *
find_array (ServerSignalList *self,
            const SsValue    *root)
{
  const SsValue *value = ss_pointer_resolve (root, self->pointer, NULL);

  return value != NULL && ss_value_kind (value) == SS_VALUE_ARRAY ? value : NULL;
}

/* The element that is at a place of the model, which may lag behind the document's last commit. */
static guint
find_index (ServerSignalList  *self,
            guint              position,
            const SsListPart **part)
{
  *part = NULL;
  if (self->change == NULL)
    return position;

  return ss_list_change_find (self->change, self->n_made, position, part);
}

/* Of the last commit: what a transaction writes has not moved the items yet. */
static SsValue *
ref_element (ServerSignalList *self,
             guint             index)
{
  g_autoptr (SsValue) root = NULL;
  const SsValue *array;

  if (self->signal == NULL || index == SS_LIST_NOWHERE)
    return NULL;

  root = ss_signal_ref_committed (self->signal);
  array = find_array (self, root);
  if (array == NULL || index >= ss_value_length (array))
    return NULL;

  return ss_value_ref (ss_array_get (array, index));
}

/* Making items. */

static gboolean
is_moving (const SsListPart *part)
{
  return part != NULL && part->old_index != SS_LIST_NOWHERE && part->run != part->old_run;
}

static GObject *
make_item (ServerSignalList *self,
           guint             position,
           guint             index)
{
  g_autoptr (SsValue) value = ref_element (self, index);

  if (self->has_views)
    return G_OBJECT (ss_view_new_in_list (self->signal, self, value, position));

  return ss_items_make (self->items, self->item_type, value);
}

static gpointer
get_item (ServerSignalList *self,
          guint             position)
{
  GObject *item = NULL;

  /* Making an item runs code of the application's, which may write to the signal. */
  for (int attempt = 0; attempt < 3; attempt++)
    {
      const SsListPart *part;
      guint version = self->version;
      guint index;

      if (position >= ss_slots_length (&self->slots))
        return NULL;

      item = ss_slots_get (&self->slots, position);
      if (item != NULL)
        return g_object_ref (item);

      index = find_index (self, position, &part);
      if (is_moving (part))
        item = g_hash_table_lookup (self->moving, GUINT_TO_POINTER (index));
      item = item != NULL ? g_object_ref (item) : make_item (self, position, index);

      if (self->version == version && ss_slots_get (&self->slots, position) == NULL)
        {
          *ss_slots_at (&self->slots, position) = g_object_ref (item);
          if (is_moving (part))
            g_hash_table_insert (self->moving, GUINT_TO_POINTER (index), g_object_ref (item));
          return item;
        }

      if (attempt < 2)
        g_clear_object (&item);
    }

  return item;
}

static GType
server_signal_list_get_item_type (GListModel *model)
{
  return SERVER_SIGNAL_LIST (model)->item_type;
}

static guint
server_signal_list_get_n_items (GListModel *model)
{
  return ss_slots_length (&SERVER_SIGNAL_LIST (model)->slots);
}

static gpointer
server_signal_list_get_item (GListModel *model,
                             guint       position)
{
  return get_item (SERVER_SIGNAL_LIST (model), position);
}

static void
server_signal_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = server_signal_list_get_item_type;
  iface->get_n_items = server_signal_list_get_n_items;
  iface->get_item = server_signal_list_get_item;
}

/* Its views. */

guint
ss_list_find (ServerSignalList *self,
              ServerSignalView *view,
              guint            *hint)
{
  const SsListPart *part;

  if (!ss_slots_find (&self->slots, view, hint))
    return SS_LIST_NOWHERE;

  return find_index (self, *hint, &part);
}

SsValue *
ss_list_ref_element (ServerSignalList *self,
                     ServerSignalView *view,
                     guint            *hint)
{
  return ref_element (self, ss_list_find (self, view, hint));
}

void
ss_list_add_reader (ServerSignalList *self,
                    ServerSignalView *view)
{
  if (self->readers == NULL)
    self->readers = g_hash_table_new (NULL, NULL);

  g_hash_table_add (self->readers, view);
}

void
ss_list_remove_reader (ServerSignalList *self,
                       ServerSignalView *view)
{
  if (self->readers != NULL)
    g_hash_table_remove (self->readers, view);
}

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

/* Following the signal: first look. */

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
  array = find_array (self, *old);
  return ss_value_equal (ss_array_get (array, touched->old_index), value) ? 0 : SS_VIEW_VALUE;
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

static void
drop_change (ServerSignalList *self)
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
  const SsValue *array = find_array (self, transaction->root);
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
      self->patch = ss_diff_list (find_array (self, *old), array);
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
      drop_change (self);
      return FALSE;
    }

  self->moving = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  for (guint i = 0; i < self->change->by_old->len; i++)
    {
      const SsListPart *part = &g_array_index (self->change->parts, SsListPart,
                                               g_array_index (self->change->by_old, guint, i));

      for (guint j = 0; is_moving (part) && j < part->length; j++)
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

/* Items that cannot become what they should be are left in the array. edited gets the indices of the
 * others, unless they are announced anyhow. */
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

          if (is_moving (part))
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
          if (is_moving (part))
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
      drop_change (self);
      return;
    }

  drop_change (self);
  announce_edits (self, edited);
  replace_stuck (self, stuck);
  if (n_old != n_new && is_wanted (self))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_ITEMS]);
  tell_readers (self);
}

static void
server_signal_list_constructed (GObject *object)
{
  ServerSignalList *self = SERVER_SIGNAL_LIST (object);
  g_autoptr (SsValue) committed = NULL;
  const SsValue *array;

  G_OBJECT_CLASS (server_signal_list_parent_class)->constructed (object);

  if (self->pointer == NULL)
    self->pointer = g_strdup ("");
  if (self->item_type == G_TYPE_NONE || self->item_type == G_TYPE_INVALID)
    self->item_type = SERVER_TYPE_SIGNAL_VIEW;

  if (!G_TYPE_IS_OBJECT (self->item_type) || G_TYPE_IS_ABSTRACT (self->item_type))
    {
      g_critical ("No items can be made of type %s, so the list has views instead",
                  g_type_name (self->item_type));
      self->item_type = SERVER_TYPE_SIGNAL_VIEW;
    }
  self->has_views = self->item_type == SERVER_TYPE_SIGNAL_VIEW;

  if (!ss_pointer_is_valid (self->pointer, NULL))
    {
      g_critical ("A list at \"%s\", which is no JSON Pointer, is empty", self->pointer);
      return;
    }

  if (self->signal == NULL)
    {
      g_critical ("A list without a signal is empty");
      return;
    }

  committed = ss_signal_ref_committed (self->signal);
  array = find_array (self, committed);
  ss_slots_init (&self->slots, array != NULL ? ss_value_length (array) : 0);
  self->place.owner = self;
  self->place.hits = g_array_new (FALSE, FALSE, sizeof (guint));
  ss_places_add (ss_signal_get_places (self->signal), &self->place, self->pointer);
}

/* The views that somebody still holds stay with their places. */
static void
dismiss_views (ServerSignalList *self)
{
  for (guint i = 0; i < ss_slots_length (&self->slots); i++)
    {
      ServerSignalView *view = ss_slots_get (&self->slots, i);
      const SsListPart *part;
      guint index;

      if (view == NULL)
        continue;

      index = find_index (self, i, &part);
      if (index == SS_LIST_NOWHERE)
        {
          ss_view_leave_list (view, NULL);
        }
      else
        {
          g_autoptr (GString) pointer = g_string_new (self->pointer);

          ss_pointer_append_index (pointer, index);
          ss_view_leave_list (view, pointer->str);
        }
    }
}

static void
server_signal_list_dispose (GObject *object)
{
  ServerSignalList *self = SERVER_SIGNAL_LIST (object);
  SsSlots slots;

  if (self->place.node != NULL)
    ss_places_remove (ss_signal_get_places (self->signal), &self->place);
  if (self->has_views)
    dismiss_views (self);
  drop_change (self);
  g_clear_object (&self->signal);

  slots = self->slots;
  ss_slots_init (&self->slots, 0);
  self->version++;
  for (guint i = 0; i < ss_slots_length (&slots); i++)
    {
      GObject *item = ss_slots_get (&slots, i);

      g_clear_object (&item);
    }
  ss_slots_clear (&slots);

  G_OBJECT_CLASS (server_signal_list_parent_class)->dispose (object);
}

static void
server_signal_list_finalize (GObject *object)
{
  ServerSignalList *self = SERVER_SIGNAL_LIST (object);

  g_clear_pointer (&self->place.hits, g_array_unref);
  g_clear_pointer (&self->readers, g_hash_table_unref);
  g_clear_pointer (&self->items, ss_items_free);
  g_clear_pointer (&self->pointer, g_free);
  ss_slots_clear (&self->slots);

  G_OBJECT_CLASS (server_signal_list_parent_class)->finalize (object);
}

static void
server_signal_list_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  ServerSignalList *self = SERVER_SIGNAL_LIST (object);

  switch (prop_id)
    {
    case PROP_SIGNAL:
      g_value_set_object (value, self->signal);
      break;

    case PROP_POINTER:
      g_value_set_string (value, self->pointer);
      break;

    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, self->item_type);
      break;

    case PROP_ANNOUNCES_EDITS:
      g_value_set_boolean (value, self->announces_edits);
      break;

    case PROP_N_ITEMS:
      g_value_set_uint (value, ss_slots_length (&self->slots));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_list_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  ServerSignalList *self = SERVER_SIGNAL_LIST (object);

  switch (prop_id)
    {
    case PROP_SIGNAL:
      self->signal = g_value_dup_object (value);
      break;

    case PROP_POINTER:
      self->pointer = g_value_dup_string (value);
      break;

    case PROP_ITEM_TYPE:
      self->item_type = g_value_get_gtype (value);
      break;

    case PROP_ANNOUNCES_EDITS:
      server_signal_list_set_announces_edits (self, g_value_get_boolean (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_list_class_init (ServerSignalListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = server_signal_list_constructed;
  object_class->dispose = server_signal_list_dispose;
  object_class->finalize = server_signal_list_finalize;
  object_class->get_property = server_signal_list_get_property;
  object_class->set_property = server_signal_list_set_property;

  /**
   * ServerSignalList:signal: (getter get_signal)
   *
   * The signal that the list is a part of.
   *
   * Since: 1.0
   */
  props[PROP_SIGNAL] =
    g_param_spec_object ("signal", NULL, NULL,
                         SERVER_TYPE_SIGNAL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS |
                         G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalList:pointer: (getter get_pointer)
   *
   * The JSON Pointer (RFC 6901) of the list; the empty one, for which `NULL` stands as well, is the
   * whole document.
   *
   * Since: 1.0
   */
  props[PROP_POINTER] =
    g_param_spec_string ("pointer", NULL, NULL,
                         NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS |
                         G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalList:item-type:
   *
   * The class of the items, of which objects can be made; `G_TYPE_NONE`, for which `G_TYPE_INVALID`
   * stands as well, is [class@SignalView].
   *
   * Since: 1.0
   */
  props[PROP_ITEM_TYPE] =
    g_param_spec_gtype ("item-type", NULL, NULL,
                        G_TYPE_NONE,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS |
                        G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalList:announces-edits: (getter get_announces_edits) (setter set_announces_edits)
   *
   * Whether an item whose element was written to is announced as well, as if it had gone and come to the
   * same place, after its properties were set.
   *
   * Models such as `GtkSortListModel` and `GtkFilterListModel` look at an item only when it comes, so
   * this is what has them sort and filter again those that have changed. The item stays who it is,
   * and a selection finds it.
   *
   * Since: 1.0
   */
  props[PROP_ANNOUNCES_EDITS] =
    g_param_spec_boolean ("announces-edits", NULL, NULL,
                          FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalList:n-items:
   *
   * The number of items, as [method@Gio.ListModel.get_n_items] gives it.
   *
   * It is notified after the emissions of [signal@Gio.ListModel::items-changed] of a commit.
   *
   * Since: 1.0
   */
  props[PROP_N_ITEMS] =
    g_param_spec_uint ("n-items", NULL, NULL,
                       0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
server_signal_list_init (ServerSignalList *self)
{
  self->items = ss_items_new ();
}

/**
 * server_signal_list_new:
 * @signal: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @item_type: the class of the items, of which objects can be made, or `G_TYPE_NONE` for
 *   [class@SignalView]
 *
 * Makes a list model of a list of a signal, which need not be there yet.
 *
 * Returns: (transfer full): a new list
 *
 * Since: 1.0
 */
ServerSignalList *
server_signal_list_new (ServerSignal *signal,
                        const char   *pointer,
                        GType         item_type)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL (signal), NULL);
  g_return_val_if_fail (ss_pointer_is_valid (pointer, NULL), NULL);
  g_return_val_if_fail (item_type == G_TYPE_NONE || item_type == G_TYPE_INVALID ||
                          (G_TYPE_IS_OBJECT (item_type) && !G_TYPE_IS_ABSTRACT (item_type)),
                        NULL);

  return g_object_new (SERVER_TYPE_SIGNAL_LIST,
                       "signal", signal,
                       "pointer", pointer,
                       "item-type", item_type == G_TYPE_INVALID ? G_TYPE_NONE : item_type,
                       NULL);
}

/**
 * server_signal_list_get_signal: (get-property signal)
 * @self: a list
 *
 * Gets the signal that the list is a part of.
 *
 * Returns: (transfer none): the signal
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_list_get_signal (ServerSignalList *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_LIST (self), NULL);

  return self->signal;
}

/**
 * server_signal_list_get_pointer: (get-property pointer)
 * @self: a list
 *
 * Gets the JSON Pointer (RFC 6901) of the list.
 *
 * Returns: (transfer none): the pointer; the empty one is the whole document
 *
 * Since: 1.0
 */
const char *
server_signal_list_get_pointer (ServerSignalList *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_LIST (self), NULL);

  return self->pointer;
}

/**
 * server_signal_list_get_announces_edits: (get-property announces-edits)
 * @self: a list
 *
 * Gets whether an item whose element was written to is announced as well.
 *
 * Returns: `TRUE` if it is announced as if it had gone and come to the same place
 *
 * Since: 1.0
 */
gboolean
server_signal_list_get_announces_edits (ServerSignalList *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_LIST (self), FALSE);

  return self->announces_edits;
}

/**
 * server_signal_list_set_announces_edits: (set-property announces-edits)
 * @self: a list
 * @announces_edits: whether an item whose element was written to is announced as well
 *
 * Sets whether an item whose element was written to is announced as well, as if it had gone and
 * come to the same place, after its properties were set.
 *
 * Models such as `GtkSortListModel` and `GtkFilterListModel` look at an item only when it comes, so
 * this is what has them sort and filter again those that have changed.
 *
 * Since: 1.0
 */
void
server_signal_list_set_announces_edits (ServerSignalList *self,
                                        gboolean          announces_edits)
{
  g_return_if_fail (SERVER_IS_SIGNAL_LIST (self));

  announces_edits = !!announces_edits;
  if (self->announces_edits == announces_edits)
    return;

  self->announces_edits = announces_edits;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ANNOUNCES_EDITS]);
}
