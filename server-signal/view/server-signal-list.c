/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-list.h"

#include "json/ss-pointer.h"
#include "signal/server-signal-private.h"
#include "server-signal-view-private.h"
#include "ss-later.h"
#include "ss-list-delta.h"
#include "ss-list-items.h"
#include "ss-list-update.h"
#include "ss-object-mapper.h"
#include "ss-part.h"

/**
 * ServerSignalList:
 *
 * A list of a [class@Signal] as a list model that follows it.
 *
 * The list is named by a JSON Pointer. Its elements are objects of a class of the application's,
 * whose properties are the members of the elements by name:
 *
 * ```c
 * ServerSignalList *rows;
 * GtkSingleSelection *selection;
 *
 * rows = server_signal_list_new (signal, "/rows", EXAMPLE_TYPE_ROW);
 * selection = gtk_single_selection_new (G_LIST_MODEL (rows));
 * ```
 *
 * ## The effect of a commit
 *
 * - An element that is written to, or replaced by another at its place, keeps its item: the
 *   properties that change are set, and notified, one by one. Models that sort and filter do not
 *   see that; for these there is [property@SignalList:announces-edits].
 * - Elements that come and go are announced by [signal@Gio.ListModel::items-changed], once for each
 *   run of neighbours. During each emission the model matches the emissions so far.
 * - An element that moves keeps its item. An emission covers all places from the old one to the new
 *   one, so that a selection finds the item again; where more than 1,000 elements that stay lie
 *   between, and more than have moved, it is a removal and an insertion.
 *
 * The cost depends on the size of the change, plus one move of the pointers behind it, however long
 * the list is. A list that is replaced as a whole, such as by the first data after a connection was
 * lost, is compared with the old one, and nothing is announced where they are equal.
 *
 * Hubs and clients are served first; then each list whose elements have changed sets the properties
 * of its items and announces itself (with [property@SignalList:announces-edits] both item by item);
 * then [signal@Signal::patched] and `notify::value` are emitted; and then views that are items of
 * no list are notified. A handler may write to the signal (its writes are the next commit), and
 * drop and make lists.
 *
 * A part that is not a list, or not there, is an empty list until it becomes one.
 *
 * ## Items
 *
 * An item is made when it is first asked for, and kept by the list as long as its element is there;
 * an item that is first asked for while its removal is about to be announced is empty. A property
 * is found by the name of the member, in which "_" and "-" are the same. An element that is not an
 * object in JSON is the property `value`. Members without a property, and properties that cannot be
 * set, are ignored. A property whose member is missing, or has a value that it cannot hold, gets
 * its default; null is `NULL` if the property can be that. A property that no element has had as a
 * member is the application's own and left alone. When a construct-only property changes, the item
 * is replaced by a new one.
 *
 * Items follow the document, and the document does not follow them. If anything else sets a
 * property that is a member, the item keeps that value until the member is written to. A warning
 * says so once for each property, with the pointer, and once for the lists within items; for that,
 * a list watches up to 1,000 of its items and the objects in them. An application that lets users
 * edit items writes to the signal instead, or asks the server to. A handler for the item's `notify`
 * may do so too, if it does it at once.
 *
 * | type of the property | JSON |
 * | --- | --- |
 * | integers, `gfloat`, `gdouble` | a number, truncated and clamped to the property's range |
 * | `guint64` | the same, or a string of digits |
 * | `gboolean` | true, false |
 * | `gchararray` | a string |
 * | enumerations | the nick, or the number of a value |
 * | flags | a list of nicks, one nick, or a number |
 * | `GStrv` | a list of strings |
 * | [struct@GLib.Bytes], `GByteArray` | a string in base64 |
 * | [struct@GLib.DateTime] | a string in ISO 8601, in UTC where it has no time zone |
 * | [struct@GLib.Date], [struct@GLib.Uri], [iface@Gio.File] | a string: the date in ISO 8601, the URI |
 * | `GVariant` | any JSON that [func@Json.gvariant_deserialize] reads for the type of the property |
 * | `GType` | its name |
 * | [struct@Json.Node], [struct@Json.Object], [struct@Json.Array] | itself |
 * | other boxed types | JSON that the function given to [func@Json.boxed_register_deserialize_func] takes |
 * | an object | an object, which is created if there is none, and otherwise set in the same way |
 * | a list model that is a [class@Gio.ListStore] | a list of objects of the store's type |
 *
 * A class that implements [iface@Json.Serializable] is asked for its own names and reads its
 * properties in its own way.
 *
 * Without a class the items are [class@SignalView]s, which follow their elements: when another one
 * is inserted before it, the view of an element moves along.
 *
 * Since: 1.0
 */

struct _ServerSignalList
{
  GObject       parent_instance;

  ServerSignal *signal;
  char         *pointer;
  GType         item_type;
  gboolean      announces_edits;
  SsPart        part;
  SsListItems   items;

  /* The commit that is being announced, or NULL. */
  SsListUpdate *update;
  /* Items that are views and whose pointer somebody has asked for. */
  GHashTable   *readers;
};

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

static guint
get_length (ServerSignalList *self)
{
  return ss_gap_buffer_length (&self->items.objects);
}

/* The element at a position of the model, which may lag behind the document. */
static guint
find_index (ServerSignalList *self,
            guint             position,
            gboolean         *is_moving)
{
  *is_moving = FALSE;
  return self->update != NULL ? ss_list_update_find (self->update, position, is_moving) : position;
}

/* Its views. */

static guint
find_view (gpointer          list,
           ServerSignalView *view,
           guint            *hint)
{
  ServerSignalList *self = list;
  gboolean is_moving;

  if (!ss_gap_buffer_find (&self->items.objects, view, hint))
    return SS_LIST_NO_INDEX;

  return find_index (self, *hint, &is_moving);
}

/* As of the last commit: a transaction's writes have not moved the items yet. */
static SsValue *
ref_element (gpointer list,
             guint    index)
{
  ServerSignalList *self = list;
  g_autoptr (SsValue) root = NULL;
  const SsValue *array;

  if (self->signal == NULL)
    return NULL;

  root = ss_signal_ref_committed (self->signal);
  array = ss_list_items_find_array (&self->items, root);
  if (array == NULL || index >= ss_value_length (array))
    return NULL;

  return ss_value_ref (ss_array_get (array, index));
}

static char *
dup_pointer (gpointer list,
             guint    index)
{
  ServerSignalList *self = list;
  GString *pointer = g_string_new (self->pointer);

  ss_pointer_append_index (pointer, index);
  return g_string_free (pointer, FALSE);
}

static void
add_reader (gpointer          list,
            ServerSignalView *view)
{
  ServerSignalList *self = list;

  if (self->readers == NULL)
    self->readers = g_hash_table_new (NULL, NULL);

  g_hash_table_add (self->readers, view);
}

static void
remove_reader (gpointer          list,
               ServerSignalView *view)
{
  ServerSignalList *self = list;

  if (self->readers != NULL)
    g_hash_table_remove (self->readers, view);
}

static const SsViewListFuncs view_list_funcs = {
  .find = find_view,
  .ref_element = ref_element,
  .dup_pointer = dup_pointer,
  .add_reader = add_reader,
  .remove_reader = remove_reader,
};

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
thaw_notify (gpointer object)
{
  g_object_thaw_notify (object);
}

/* Views that somebody still holds stay at their pointers. */
static void
dismiss_views (ServerSignalList *self)
{
  for (guint i = 0; i < get_length (self); i++)
    {
      ServerSignalView *view = ss_gap_buffer_get (&self->items.objects, i);
      g_autofree char *pointer = NULL;
      gboolean is_moving;
      guint index;

      if (view == NULL)
        continue;

      index = find_index (self, i, &is_moving);
      if (index != SS_LIST_NO_INDEX)
        {
          pointer = dup_pointer (self, index);
        }
      else
        {
          /* The list goes without a word, and the view speaks later. */
          g_object_freeze_notify (G_OBJECT (view));
          ss_later (g_main_context_get_thread_default (), view, thaw_notify);
        }
      ss_view_leave_list (view, pointer);
    }
}

/* Commits. */

static guint
look (gpointer         owner,
      SsPendingCommit *commit)
{
  ServerSignalList *self = owner;

  g_assert (self->update == NULL);

  self->update =
    ss_list_update_new (&self->items, &self->part.entry, self->announces_edits, commit);
  g_array_set_size (self->part.entry.hits, 0);
  return self->update != NULL;
}

static void
announce (gpointer owner,
          guint    change)
{
  ServerSignalList *self = owner;
  g_autoptr (SsListUpdate) update = NULL;

  ss_list_update_announce (self->update);
  update = g_steal_pointer (&self->update);
  ss_list_update_replace (update);
  if (ss_list_update_resizes (update) && ss_list_items_is_wanted (&self->items))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_ITEMS]);
  if (ss_list_items_is_wanted (&self->items))
    tell_readers (self);
}

static const SsPartFuncs part_funcs = { look, announce, .is_early = TRUE };

/* Making items. */

static GObject *
make_item (ServerSignalList *self,
           guint             position,
           guint             index)
{
  g_autoptr (SsValue) value = ref_element (self, index);

  if (self->items.mapper != NULL)
    return ss_object_mapper_make (self->items.mapper, self->item_type, value);

  return G_OBJECT (ss_view_new_in_list (self->signal, &view_list_funcs, self, value, position));
}

static gpointer
get_item (ServerSignalList *self,
          guint             position)
{
  SsGapBuffer *objects = &self->items.objects;
  GObject *item = NULL;

  /* Making an item runs application code, which may write to the signal. */
  for (int attempt = 0; attempt < 3; attempt++)
    {
      guint version = self->items.version;
      gboolean is_moving;
      guint index;

      if (position >= ss_gap_buffer_length (objects))
        return NULL;

      item = ss_gap_buffer_get (objects, position);
      if (item != NULL)
        return g_object_ref (item);

      index = find_index (self, position, &is_moving);
      if (is_moving)
        item = ss_list_update_get_moving (self->update, index);
      item = item != NULL ? g_object_ref (item) : make_item (self, position, index);

      if (self->items.version == version && ss_gap_buffer_get (objects, position) == NULL)
        {
          *ss_gap_buffer_at (objects, position) = g_object_ref (item);
          if (is_moving)
            ss_list_update_set_moving (self->update, index, item);
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
  ServerSignalList *self = SERVER_SIGNAL_LIST (model);

  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self->signal), 0);

  return get_length (self);
}

static gpointer
server_signal_list_get_item (GListModel *model,
                             guint       position)
{
  ServerSignalList *self = SERVER_SIGNAL_LIST (model);

  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self->signal), NULL);

  return get_item (self, position);
}

static void
server_signal_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = server_signal_list_get_item_type;
  iface->get_n_items = server_signal_list_get_n_items;
  iface->get_item = server_signal_list_get_item;
}

/* Properties of items that are set by hand. */

/* The JSON that an object is made of, which is an item or in one, and its pointer. NULL: nothing
 * that an item shows is in it. */
static const SsValue *
find_object (ServerSignalList *self,
             GObject          *object,
             const SsValue    *array,
             GString          *pointer)
{
  gsize length = pointer->len;

  for (guint i = 0; i < get_length (self); i++)
    if (ss_gap_buffer_get (&self->items.objects, i) == object)
      {
        ss_pointer_append_index (pointer, i);
        return ss_array_get (array, i);
      }

  /* Getters of the application's run here. */
  for (guint i = 0; i < MIN (get_length (self), ss_value_length (array)); i++)
    {
      gpointer slot = ss_gap_buffer_get (&self->items.objects, i);
      g_autoptr (GObject) item = slot != NULL ? g_object_ref (slot) : NULL;
      const SsValue *value = NULL;

      ss_pointer_append_index (pointer, i);
      if (item != NULL)
        value = ss_object_mapper_find_within (self->items.mapper, item, ss_array_get (array, i),
                                              object, pointer);
      if (value != NULL)
        return value;
      g_string_truncate (pointer, length);
    }

  return NULL;
}

/* FALSE also where the elements are not those of the items, as within a transaction. */
static gboolean
is_set_by_hand (ServerSignalList *self,
                GObject          *object,
                GParamSpec       *pspec,
                const SsValue    *root,
                GString          *pointer)
{
  const SsValue *array = ss_list_items_find_array (&self->items, root);
  const SsValue *value;

  g_string_assign (pointer, self->pointer);
  if (array == NULL || ss_value_length (array) != get_length (self))
    return FALSE;

  value = find_object (self, object, array, pointer);
  if (value == NULL || !ss_object_mapper_is_set_by_hand (self->items.mapper, object, pspec, value))
    return FALSE;

  if (pspec != NULL && ss_value_kind (value) == SS_VALUE_OBJECT)
    {
      const char *member = ss_object_mapper_name_member (self->items.mapper, object, pspec, value);

      ss_pointer_append_token (pointer, member, -1);
    }
  return TRUE;
}

/* An application that sets a property of an item has mostly mistaken the item for the place to
 * write to. A user's input is not taken back, but it does not go unnoticed either. The application
 * may also write it to the signal, in a handler of its own, which was called before this one. */
static gboolean
tell_set_by_hand (GObject    *object,
                  GParamSpec *pspec,
                  gpointer    user_data)
{
  ServerSignalList *self = user_data;
  g_autoptr (ServerSignalList) keep = NULL;
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (GString) pointer = NULL;
  g_autoptr (SsValue) pending = NULL;
  g_autoptr (SsValue) committed = NULL;

  /* While a commit is announced there are items that have yet to get their values. */
  if (self->signal == NULL || self->update != NULL)
    return FALSE;

  keep = g_object_ref (self);
  signal = g_object_ref (self->signal);
  pointer = g_string_new (NULL);
  pending = ss_value_ref (ss_signal_peek (signal));
  if (!is_set_by_hand (self, object, pspec, pending, pointer))
    return FALSE;

  committed = ss_signal_ref_committed (signal);
  if (committed != pending && !is_set_by_hand (self, object, pspec, committed, pointer))
    return FALSE;

  if (pspec != NULL)
    g_warning ("The property \"%s\" of a %s was set, but items only follow the signal \"%s\": "
               "\"%s\" keeps its value, and the item differs until that is written to (said once "
               "for each property)",
               pspec->name, G_OBJECT_TYPE_NAME (object), server_signal_get_name (signal),
               pointer->str);
  else
    g_warning (
      "A list within an item was changed, but items only follow the signal \"%s\": "
      "\"%s\" keeps its elements, and the list differs until that is written to (said once)",
      server_signal_get_name (signal), pointer->str);
  return TRUE;
}

static void
server_signal_list_constructed (GObject *object)
{
  ServerSignalList *self = SERVER_SIGNAL_LIST (object);
  g_autoptr (SsValue) committed = NULL;
  SsObjectMapper *mapper = NULL;

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

  if (!ss_owner_is_here (ss_signal_get_owner (self->signal)))
    {
      ss_owner_refuse (G_STRFUNC);
      g_clear_object (&self->signal);
      return;
    }

  if (self->item_type != SERVER_TYPE_SIGNAL_VIEW)
    mapper = ss_object_mapper_new (tell_set_by_hand, self);
  committed = ss_signal_ref_committed (self->signal);
  ss_list_items_init (&self->items, G_LIST_MODEL (self), self->pointer, mapper, committed);
  ss_part_init (&self->part, &part_funcs, self);
  self->part.entry.hits = g_array_new (FALSE, FALSE, sizeof (guint));
  ss_part_attach (&self->part, self->signal, self->pointer);
}

static void
server_signal_list_dispose (GObject *object)
{
  ServerSignalList *self = SERVER_SIGNAL_LIST (object);

  if (ss_part_is_attached (&self->part))
    ss_part_detach (&self->part, self->signal);
  if (self->items.mapper == NULL)
    dismiss_views (self);
  g_clear_object (&self->signal);
  ss_list_items_clear (&self->items);

  G_OBJECT_CLASS (server_signal_list_parent_class)->dispose (object);
}

static void
server_signal_list_finalize (GObject *object)
{
  ServerSignalList *self = SERVER_SIGNAL_LIST (object);

  g_clear_pointer (&self->part.entry.hits, g_array_unref);
  g_clear_pointer (&self->update, ss_list_update_free);
  g_clear_pointer (&self->readers, g_hash_table_unref);
  g_clear_pointer (&self->items.mapper, ss_object_mapper_free);
  g_clear_pointer (&self->pointer, g_free);

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
      g_value_set_uint (value, get_length (self));
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
   * There is no default: it has to be given.
   *
   * Since: 1.0
   */
  props[PROP_SIGNAL] = g_param_spec_object ("signal", NULL, NULL, SERVER_TYPE_SIGNAL,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                              G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalList:pointer: (getter get_pointer)
   *
   * The JSON Pointer (RFC 6901) of the list; the empty one, for which `NULL` stands as well, is the
   * whole document. The default is the empty pointer.
   *
   * Since: 1.0
   */
  props[PROP_POINTER] = g_param_spec_string ("pointer", NULL, NULL, NULL,
                                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                               G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalList:item-type:
   *
   * The class of the items, which must be instantiable; `G_TYPE_NONE`, for which `G_TYPE_INVALID`
   * stands as well, is [class@SignalView]. The default is `G_TYPE_NONE`.
   *
   * Since: 1.0
   */
  props[PROP_ITEM_TYPE] = g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_NONE,
                                              G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                                G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalList:announces-edits: (getter get_announces_edits) (setter set_announces_edits)
   *
   * Whether an item whose element was written to is announced as well, as if it had been removed
   * and added again at the same place.
   *
   * Models such as `GtkSortListModel` and `GtkFilterListModel` look at an item only when it is
   * added, so this makes them sort and filter the changed items again. The item stays the same
   * object, and a selection finds it.
   *
   * Such a model also takes for granted that the items that it has sorted are in order still when
   * another one comes, while some sorters compare the items as they are: a `GtkCustomSorter` does,
   * and the header of a `GtkColumnView`. The properties of an item are therefore set right before
   * the emission that announces it; until then it keeps its old values. The same holds for views as
   * items, where a commit that changes lists or objects then costs time in proportion to the length
   * of the list. The items of a [class@Gio.ListStore] within an item are announced in the same way.
   * The default is `FALSE`.
   *
   * Since: 1.0
   */
  props[PROP_ANNOUNCES_EDITS] =
    g_param_spec_boolean ("announces-edits", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalList:n-items:
   *
   * The number of items, as [method@Gio.ListModel.get_n_items] gives it. The default is 0.
   *
   * It is notified after the emissions of [signal@Gio.ListModel::items-changed] of a commit.
   *
   * Since: 1.0
   */
  props[PROP_N_ITEMS] =
    g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
server_signal_list_init (ServerSignalList *self)
{
}

/**
 * server_signal_list_new:
 * @signal: a signal
 * @pointer: (nullable): a JSON Pointer (RFC 6901); `NULL` is the whole document
 * @item_type: the class of the items, which must be instantiable, or `G_TYPE_NONE` for
 *   [class@SignalView]
 *
 * Makes a list model of a list of a signal, which need not exist yet.
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
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (signal), NULL);
  g_return_val_if_fail (ss_pointer_is_valid (pointer, NULL), NULL);
  g_return_val_if_fail (item_type == G_TYPE_NONE || item_type == G_TYPE_INVALID ||
                          (G_TYPE_IS_OBJECT (item_type) && !G_TYPE_IS_ABSTRACT (item_type)),
                        NULL);

  return g_object_new (SERVER_TYPE_SIGNAL_LIST, "signal", signal, "pointer", pointer, "item-type",
                       item_type == G_TYPE_INVALID ? G_TYPE_NONE : item_type, NULL);
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
 * Returns: `TRUE` if it is announced as if it had been removed and added again at the same place
 *
 * Since: 1.0
 */
gboolean
server_signal_list_get_announces_edits (ServerSignalList *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_LIST (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (ss_signal_get_owner (self->signal), FALSE);

  return self->announces_edits;
}

/**
 * server_signal_list_set_announces_edits: (set-property announces-edits)
 * @self: a list
 * @announces_edits: whether an item whose element was written to is announced as well
 *
 * Sets whether an item whose element was written to is announced as well, as if it had been removed
 * and added again at the same place. Its properties are then set right before that emission.
 *
 * Models such as `GtkSortListModel` and `GtkFilterListModel` look at an item only when it is added,
 * so this makes them sort and filter the changed items again.
 *
 * Since: 1.0
 */
void
server_signal_list_set_announces_edits (ServerSignalList *self,
                                        gboolean          announces_edits)
{
  g_return_if_fail (SERVER_IS_SIGNAL_LIST (self));
  SS_RETURN_IF_ELSEWHERE (ss_signal_get_owner (self->signal));

  announces_edits = !!announces_edits;
  if (self->announces_edits == announces_edits)
    return;

  self->announces_edits = announces_edits;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ANNOUNCES_EDITS]);
}
