/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-object-mapper.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "json/ss-node.h"
#include "json/ss-pointer.h"
#include "json/ss-read.h"
#include "ss-gvalue-from-json.h"
#include "ss-item-watch.h"
#include "ss-mapped-type.h"

struct _SsObjectMapper
{
  GHashTable        *types;   /* GType to SsMappedType */
  SsMappedType      *last;
  gboolean           announces_edits;
  guint              n_puts;

  /* The watch pauses while the mapper sets properties, also for what that sets in turn. */
  SsItemWatch       *watch;
  SsObjectMapperFunc func;
  gpointer           user_data;
  gboolean           is_store_told;   /* as for a property */
  gboolean           is_making;
  gboolean           is_trying;       /* objects that it makes go at once */
};

static void update_store (SsObjectMapper *self, GListStore *store, const SsValue *array);
static void notified_cb  (GObject *object, GParamSpec *pspec, gpointer user_data);

SsObjectMapper *
ss_object_mapper_new (SsObjectMapperFunc func,
                      gpointer           user_data)
{
  SsObjectMapper *self = g_new0 (SsObjectMapper, 1);

  self->types = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) ss_mapped_type_free);
  self->watch = ss_item_watch_new (notified_cb, self);
  self->func = func;
  self->user_data = user_data;
  return self;
}

void
ss_object_mapper_set_announces_edits (SsObjectMapper *self,
                                      gboolean        announces_edits)
{
  self->announces_edits = announces_edits;
}

void
ss_object_mapper_free (SsObjectMapper *self)
{
  ss_item_watch_free (self->watch);
  g_hash_table_unref (self->types);
  g_free (self);
}

static SsMappedType *
get_type (SsObjectMapper *self,
          GType           gtype)
{
  SsMappedType *type = self->last;

  if (type != NULL && type->gtype == gtype)
    return type;

  type = g_hash_table_lookup (self->types, GSIZE_TO_POINTER (gtype));
  if (type == NULL)
    {
      type = ss_mapped_type_new (gtype);
      g_hash_table_insert (self->types, GSIZE_TO_POINTER (gtype), type);
    }

  self->last = type;
  return type;
}

/* An object to hold in a property, or NULL. */
static GObject *
make_for_property (SsObjectMapper *self,
                   GParamSpec     *pspec,
                   const SsValue  *value)
{
  if (value == NULL)
    return NULL;

  if (pspec->value_type == G_TYPE_FILE && ss_value_kind (value) == SS_VALUE_STRING)
    return G_OBJECT (g_file_new_for_uri (ss_read_string (value)));

  if (ss_value_kind (value) != SS_VALUE_OBJECT || !G_TYPE_IS_OBJECT (pspec->value_type) ||
      G_TYPE_IS_ABSTRACT (pspec->value_type) || g_type_is_a (pspec->value_type, G_TYPE_LIST_MODEL))
    return NULL;

  return ss_object_mapper_make (self, pspec->value_type, value);
}

/* value NULL: absent. */
static void
init_for_property (GParamSpec    *pspec,
                   const SsValue *value,
                   GValue        *gvalue)
{
  g_value_init (gvalue, pspec->value_type);
  if (value == NULL || !ss_gvalue_from_json (value, pspec, gvalue))
    g_param_value_set_default (pspec, gvalue);
}

static void
put (SsObjectMapper *self,
     SsMappedType   *type,
     GObject        *item,
     GParamSpec     *pspec,
     const GValue   *value)
{
  self->n_puts++;
  if (type->is_serializable)
    json_serializable_set_property (JSON_SERIALIZABLE (item), pspec, value);
  else
    g_object_set_property (item, pspec->name, value);
}

/* A property keeps its object as long as that can take on the new value. */
static void
set_object (SsObjectMapper *self,
            SsMappedType   *type,
            GObject        *item,
            GParamSpec     *pspec,
            const SsValue  *value,
            SsMapperScope   scope)
{
  g_autoptr (GObject) now = NULL;
  g_autoptr (GObject) made = NULL;
  g_auto (GValue) wanted = G_VALUE_INIT;

  if ((pspec->flags & G_PARAM_READABLE) != 0)
    g_object_get (item, pspec->name, &now, NULL);

  if (G_IS_LIST_STORE (now))
    {
      if (self->is_making && !self->is_trying)
        ss_item_watch_add (self->watch, now);
      if (scope & SS_MAPPER_LISTS)
        update_store (self, G_LIST_STORE (now), value);
      return;
    }

  if (now != NULL && value != NULL && ss_value_kind (value) == SS_VALUE_OBJECT &&
      !G_IS_LIST_MODEL (now) && !ss_object_mapper_must_replace (self, now, value))
    {
      /* The item has made it itself. */
      if (self->is_making && !self->is_trying)
        ss_item_watch_add (self->watch, now);
      ss_object_mapper_update (self, now, value, scope);
      return;
    }

  if ((scope & SS_MAPPER_VALUES) == 0 || (pspec->flags & G_PARAM_WRITABLE) == 0 ||
      (pspec->flags & G_PARAM_CONSTRUCT_ONLY) != 0 || (now != NULL && G_IS_LIST_MODEL (now)))
    return;

  made = make_for_property (self, pspec, value);
  if (now == NULL && made == NULL)
    return;
  if (G_IS_FILE (now) && G_IS_FILE (made) && g_file_equal (G_FILE (now), G_FILE (made)))
    return;

  g_value_init (&wanted, pspec->value_type);
  g_value_set_object (&wanted, made);
  put (self, type, item, pspec, &wanted);
}

/* FALSE: the type has nothing to say to this. */
static gboolean
read_own_json (SsMappedType  *type,
               GObject       *item,
               GParamSpec    *pspec,
               const SsValue *value,
               GValue        *gvalue)
{
  g_autoptr (JsonNode) node = NULL;

  if (!type->has_own_json || value == NULL)
    return FALSE;

  node = ss_value_to_node (value);
  g_value_init (gvalue, pspec->value_type);
  if (json_serializable_deserialize_property (JSON_SERIALIZABLE (item), pspec->name, gvalue, pspec,
                                              node))
    return TRUE;

  g_value_unset (gvalue);
  return FALSE;
}

/* value NULL: absent. */
static void
set_property (SsObjectMapper *self,
              SsMappedType   *type,
              GObject        *item,
              GParamSpec     *pspec,
              const SsValue  *value,
              SsMapperScope   scope)
{
  g_auto (GValue) wanted = G_VALUE_INIT;
  g_auto (GValue) now = G_VALUE_INIT;
  gboolean is_own;

  /* A type that reads JSON in its own way may make anything of any value. */
  if (scope == SS_MAPPER_LISTS && (!ss_mapped_type_holds_object (pspec) || type->has_own_json))
    return;
  if (type->has_own_json)
    scope = SS_MAPPER_ALL;

  is_own = read_own_json (type, item, pspec, value, &wanted);
  if (!is_own && ss_mapped_type_holds_object (pspec))
    {
      set_object (self, type, item, pspec, value, scope);
      return;
    }

  if ((pspec->flags & G_PARAM_WRITABLE) == 0 || (pspec->flags & G_PARAM_CONSTRUCT_ONLY) != 0)
    return;

  if (!is_own)
    init_for_property (pspec, value, &wanted);

  if ((pspec->flags & G_PARAM_READABLE) != 0)
    {
      g_value_init (&now, pspec->value_type);
      g_object_get_property (item, pspec->name, &now);
      if (ss_gvalue_equal (pspec, &now, &wanted))
        return;
    }

  put (self, type, item, pspec, &wanted);
}

/* Objects and stores that the item makes itself, and properties that it reads in its own way, have
 * to wait until there is an item. */
static gboolean
is_for_construction (SsMappedType *type,
                     GParamSpec   *pspec)
{
  if ((pspec->flags & G_PARAM_WRITABLE) == 0)
    return FALSE;
  if ((pspec->flags & G_PARAM_CONSTRUCT_ONLY) != 0)
    return TRUE;

  return !type->is_serializable && !ss_mapped_type_holds_object (pspec);
}

static gboolean
is_among (const char **names,
          guint        n_names,
          const char  *name)
{
  for (guint i = 0; i < n_names; i++)
    if (names[i] == name)
      return TRUE;

  return FALSE;
}

GObject *
ss_object_mapper_make (SsObjectMapper *self,
                       GType           gtype,
                       const SsValue  *value)
{
  SsMappedType *type = get_type (self, gtype);
  g_autofree const char **names = g_new (const char *, type->n_properties + 1);
  g_autofree GValue *values = g_new0 (GValue, type->n_properties + 1);
  SsMappedProperty *property;
  SsMappedIter iter;
  GObject *item;
  guint n_names = 0;
  gboolean has_more = type->is_serializable;
  gboolean was_making = self->is_making;

  self->is_making = TRUE;
  ss_item_watch_pause (self->watch);

  ss_mapped_iter_init (&iter, type, NULL, value);
  while ((property = ss_mapped_iter_next (&iter)) != NULL)
    {
      property->is_seen = TRUE;
      if (!is_for_construction (type, property->pspec))
        {
          has_more = TRUE;
          continue;
        }

      /* "a-b" and "a_b" are one; the first one counts. */
      if (is_among (names, n_names, property->pspec->name))
        continue;

      if (ss_mapped_type_holds_object (property->pspec))
        {
          g_value_init (&values[n_names], property->pspec->value_type);
          g_value_take_object (&values[n_names],
                               make_for_property (self, property->pspec, iter.member));
        }
      else
        {
          init_for_property (property->pspec, iter.member, &values[n_names]);
        }
      names[n_names++] = property->pspec->name;
    }

  item = g_object_new_with_properties (gtype, n_names, names, values);
  if (g_type_is_a (gtype, G_TYPE_INITIALLY_UNOWNED))
    g_object_ref_sink (item);

  for (guint i = 0; i < n_names; i++)
    g_value_unset (&values[i]);

  ss_mapped_iter_init (&iter, type, item, value);
  while (has_more && (property = ss_mapped_iter_next (&iter)) != NULL)
    {
      if (is_for_construction (type, property->pspec))
        continue;

      property->is_seen = TRUE;
      set_property (self, type, item, property->pspec, iter.member, SS_MAPPER_ALL);
    }

  if (!self->is_trying)
    ss_item_watch_add (self->watch, item);
  ss_item_watch_resume (self->watch);
  self->is_making = was_making;
  return item;
}

/* A handler may do anything with the item meanwhile; the caller holds it. */
void
ss_object_mapper_update (SsObjectMapper *self,
                         GObject        *item,
                         const SsValue  *value,
                         SsMapperScope   scope)
{
  SsMappedType *type = get_type (self, G_OBJECT_TYPE (item));
  g_autofree gboolean *is_there = g_new0 (gboolean, type->n_properties + 1);
  SsMappedProperty *property;
  SsMappedIter iter;

  if (scope == SS_MAPPER_LISTS && !type->has_objects)
    return;

  ss_item_watch_pause (self->watch);
  ss_mapped_iter_init (&iter, type, item, value);
  while ((property = ss_mapped_iter_next (&iter)) != NULL)
    {
      if (is_there[property - type->properties])
        continue;

      is_there[property - type->properties] = TRUE;
      property->is_seen = TRUE;
      set_property (self, type, item, property->pspec, iter.member, scope);
    }

  for (guint i = 0; i < type->n_properties; i++)
    if (type->properties[i].is_seen && !is_there[i])
      set_property (self, type, item, type->properties[i].pspec, NULL, scope);
  ss_item_watch_resume (self->watch);
}

/* The same items go and come, for models that look at an item only when it comes. */
static void
announce_in_store (GListStore *store,
                   guint       first,
                   guint       end)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  end = MIN (end, g_list_model_get_n_items (G_LIST_MODEL (store)));
  if (first >= end)
    return;

  for (guint i = first; i < end; i++)
    g_ptr_array_add (items, g_list_model_get_item (G_LIST_MODEL (store), i));
  g_list_store_splice (store, first, end - first, items->pdata, end - first);
}

static gboolean
update_store_at (SsObjectMapper *self,
                 GListStore     *store,
                 const SsValue  *array,
                 SsOpKind        kind,
                 const char     *rest)
{
  const char *token = rest + 1;
  gsize length = strcspn (token, "/");
  g_autoptr (GObject) item = NULL;
  guint n_puts = self->n_puts;
  guint index;

  /* Only where nothing has shifted. */
  if (ss_value_kind (array) != SS_VALUE_ARRAY || !ss_token_to_index (token, length, &index) ||
      (token[length] == '\0' && kind != SS_OP_REPLACE) || index >= ss_value_length (array) ||
      g_list_model_get_n_items (G_LIST_MODEL (store)) != ss_value_length (array))
    return FALSE;

  item = g_list_model_get_item (G_LIST_MODEL (store), index);
  ss_object_mapper_update_at (self, item, ss_array_get (array, index), kind, token + length,
                              SS_MAPPER_ALL);
  if (self->announces_edits && self->n_puts != n_puts)
    announce_in_store (store, index, index + 1);
  return TRUE;
}

/* Goes down along rest as far as objects that the properties hold go as well. */
static void
update_property_at (SsObjectMapper *self,
                    SsMappedType   *type,
                    GObject        *item,
                    GParamSpec     *pspec,
                    const SsValue  *value,
                    SsOpKind        kind,
                    const char     *rest,
                    SsMapperScope   scope)
{
  g_autoptr (GObject) now = NULL;

  if (*rest != '\0' && value != NULL && !type->has_own_json &&
      ss_mapped_type_holds_object (pspec) && (pspec->flags & G_PARAM_READABLE) != 0)
    g_object_get (item, pspec->name, &now, NULL);

  if (G_IS_LIST_STORE (now))
    {
      if ((scope & SS_MAPPER_LISTS) == 0 ||
          update_store_at (self, G_LIST_STORE (now), value, kind, rest))
        return;
    }
  else if (now != NULL && !G_IS_LIST_MODEL (now) && ss_value_kind (value) == SS_VALUE_OBJECT &&
           !ss_object_mapper_must_replace (self, now, value))
    {
      ss_object_mapper_update_at (self, now, value, kind, rest, scope);
      return;
    }

  set_property (self, type, item, pspec, value, scope);
}

void
ss_object_mapper_update_at (SsObjectMapper *self,
                            GObject        *item,
                            const SsValue  *value,
                            SsOpKind        kind,
                            const char     *rest,
                            SsMapperScope   scope)
{
  SsMappedType *type = get_type (self, G_OBJECT_TYPE (item));
  g_autoptr (GString) scratch = NULL;
  g_autofree char *name = NULL;
  const char *token;
  gsize length;
  const SsValue *member;
  SsMappedProperty *property;

  if (*rest == '\0' || ss_value_kind (value) != SS_VALUE_OBJECT)
    {
      ss_object_mapper_update (self, item, value, scope);
      return;
    }

  scratch = g_string_new (NULL);
  ss_pointer_next (&rest, scratch, &token, &length);
  name = g_strndup (token, length);
  property = ss_mapped_type_find (type, item, name);
  if (property == NULL)
    return;

  member = ss_object_get (value, name, length);
  property->is_seen |= member != NULL;
  if (!property->is_seen)
    return;

  ss_item_watch_pause (self->watch);
  update_property_at (self, type, item, property->pspec, member, kind, rest, scope);
  ss_item_watch_resume (self->watch);
}

/* Whether a property is what the member says, as far as can be seen. */
static gboolean
has_member (GObject       *item,
            GParamSpec    *pspec,
            const SsValue *member)
{
  g_auto (GValue) wanted = G_VALUE_INIT;
  g_auto (GValue) now = G_VALUE_INIT;

  if ((pspec->flags & G_PARAM_READABLE) == 0 || ss_mapped_type_holds_object (pspec))
    return TRUE;

  init_for_property (pspec, member, &wanted);
  g_value_init (&now, pspec->value_type);
  g_object_get_property (item, pspec->name, &now);
  return ss_gvalue_equal (pspec, &now, &wanted);
}

gboolean
ss_object_mapper_must_replace (SsObjectMapper *self,
                               GObject        *item,
                               const SsValue  *value)
{
  SsMappedType *type = get_type (self, G_OBJECT_TYPE (item));
  SsMappedProperty *property;
  SsMappedIter iter;

  if (!type->has_construct_only)
    return FALSE;

  ss_mapped_iter_init (&iter, type, item, value);
  while ((property = ss_mapped_iter_next (&iter)) != NULL)
    if ((property->pspec->flags & G_PARAM_CONSTRUCT_ONLY) != 0 &&
        !has_member (item, property->pspec, iter.member))
      return TRUE;

  return FALSE;
}

/* Whether an item equals one that would be made from value, as far as can be seen without making
 * one. */
static gboolean
is_like (SsObjectMapper *self,
         GObject        *item,
         const SsValue  *value)
{
  SsMappedType *type = get_type (self, G_OBJECT_TYPE (item));
  SsMappedProperty *property;
  SsMappedIter iter;

  if (type->has_own_json)
    return TRUE;

  ss_mapped_iter_init (&iter, type, item, value);
  while ((property = ss_mapped_iter_next (&iter)) != NULL)
    if (!has_member (item, property->pspec, iter.member))
      return FALSE;

  return TRUE;
}

static gboolean
is_like_at (SsObjectMapper *self,
            GListModel     *model,
            guint           index,
            const SsValue  *value)
{
  g_autoptr (GObject) item = g_list_model_get_item (model, index);

  return item != NULL && is_like (self, item, value);
}

static void
replace_in_store (SsObjectMapper *self,
                  GListStore     *store,
                  guint           index,
                  const SsValue  *value)
{
  g_autoptr (GObject) made = NULL;

  made = ss_object_mapper_make (self, g_list_model_get_item_type (G_LIST_MODEL (store)), value);
  g_list_store_splice (store, index, 1, (gpointer *) &made, 1);
}

/* The items from first to end become the elements in their places. Where edits are announced, an
 * item has its new values when nothing else is announced before it. */
static void
update_in_store (SsObjectMapper *self,
                 GListStore     *store,
                 const SsValue  *array,
                 guint           first,
                 guint           end)
{
  guint edited = first; /* from there on, and not announced */

  for (guint i = first; i < end && i < g_list_model_get_n_items (G_LIST_MODEL (store)); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (store), i);
      const SsValue *value = ss_array_get (array, i);
      gboolean must_replace = ss_object_mapper_must_replace (self, item, value);
      guint n_puts;

      if (!self->announces_edits && !must_replace)
        {
          ss_object_mapper_update (self, item, value, SS_MAPPER_ALL);
          continue;
        }

      if (must_replace || get_type (self, G_OBJECT_TYPE (item))->has_objects)
        {
          if (self->announces_edits)
            announce_in_store (store, edited, i);
          edited = i;
        }
      if (must_replace)
        {
          replace_in_store (self, store, i, value);
          edited = i + 1;
          continue;
        }

      ss_object_mapper_update (self, item, value, SS_MAPPER_LISTS);
      n_puts = self->n_puts;
      ss_object_mapper_update (self, item, value, SS_MAPPER_VALUES);
      if (self->n_puts == n_puts)
        {
          announce_in_store (store, edited, i);
          edited = i + 1;
        }
    }

  if (self->announces_edits)
    announce_in_store (store, edited, end);
}

/* A list within an item: items that are alike at both ends stay, and between these one after the
 * other becomes the element in its place. */
static void
update_store (SsObjectMapper *self,
              GListStore     *store,
              const SsValue  *array)
{
  GListModel *model = G_LIST_MODEL (store);
  GType gtype = g_list_model_get_item_type (model);
  gboolean is_array = array != NULL && ss_value_kind (array) == SS_VALUE_ARRAY;
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);
  guint n_now = g_list_model_get_n_items (model);
  guint n_wanted = is_array ? ss_value_length (array) : 0;
  guint n_head = 0, n_tail = 0, n_kept;

  if (!G_TYPE_IS_OBJECT (gtype) || G_TYPE_IS_ABSTRACT (gtype))
    return;

  if (n_now != n_wanted)
    {
      while (n_head < MIN (n_now, n_wanted) &&
             is_like_at (self, model, n_head, ss_array_get (array, n_head)))
        n_head++;
      while (
        n_tail < MIN (n_now, n_wanted) - n_head &&
        is_like_at (self, model, n_now - 1 - n_tail, ss_array_get (array, n_wanted - 1 - n_tail)))
        n_tail++;
    }

  n_kept = MIN (n_now, n_wanted) - n_tail;
  for (guint i = n_kept; i < n_wanted - n_tail; i++)
    g_ptr_array_add (added, ss_object_mapper_make (self, gtype, ss_array_get (array, i)));
  if (n_now - n_tail > n_kept || added->len > 0)
    g_list_store_splice (store, n_kept, n_now - n_tail - n_kept, added->pdata, added->len);

  update_in_store (self, store, array, 0, n_kept);
  update_in_store (self, store, array, n_wanted - n_tail, n_wanted);
}

/* Properties that somebody else sets. */

static void
notified_cb (GObject    *object,
             GParamSpec *pspec,
             gpointer    user_data)
{
  SsObjectMapper *self = user_data;
  SsMappedType *type;
  SsMappedProperty *property;

  if (pspec == NULL)
    {
      if (!self->is_store_told)
        self->is_store_told = self->func (object, NULL, self->user_data);
      return;
    }

  type = get_type (self, G_OBJECT_TYPE (object));
  property = g_hash_table_lookup (type->by_name, pspec->name);
  if (property != NULL && property->is_seen && !property->is_told)
    property->is_told = self->func (object, property->pspec, self->user_data);
}

/* NULL: absent. */
static const SsValue *
find_member (SsMappedType   *type,
             GObject        *object,
             GParamSpec     *pspec,
             const SsValue  *value,
             const char    **name)
{
  SsMappedProperty *property;
  SsMappedIter iter;

  ss_mapped_iter_init (&iter, type, object, value);
  while ((property = ss_mapped_iter_next (&iter)) != NULL)
    if (property->pspec == pspec)
      {
        *name = iter.name;
        return iter.member;
      }

  *name = pspec->name;
  return NULL;
}

const char *
ss_object_mapper_name_member (SsObjectMapper *self,
                              GObject        *object,
                              GParamSpec     *pspec,
                              const SsValue  *value)
{
  const char *name;

  find_member (get_type (self, G_OBJECT_TYPE (object)), object, pspec, value, &name);
  return name;
}

static gboolean
is_other_object (SsObjectMapper *self,
                 GObject        *now,
                 GParamSpec     *pspec,
                 const SsValue  *member)
{
  if (G_IS_LIST_MODEL (now) || g_type_is_a (pspec->value_type, G_TYPE_LIST_MODEL))
    return FALSE;

  if (pspec->value_type == G_TYPE_FILE)
    {
      g_autoptr (GObject) file = make_for_property (self, pspec, member);

      return file == NULL || now == NULL ? file != now
                                         : !g_file_equal (G_FILE (file), G_FILE (now));
    }

  if (member == NULL || ss_value_kind (member) != SS_VALUE_OBJECT)
    return now != NULL;

  return now == NULL || !is_like (self, now, member);
}

static gboolean
is_other_value (SsObjectMapper *self,
                SsMappedType   *type,
                GObject        *object,
                GParamSpec     *pspec,
                const SsValue  *value,
                const SsValue  *member)
{
  g_auto (GValue) now = G_VALUE_INIT;
  g_auto (GValue) wanted = G_VALUE_INIT;
  g_auto (GValue) made = G_VALUE_INIT;
  g_autoptr (GObject) other = NULL;
  gboolean is_own = read_own_json (type, object, pspec, member, &wanted);

  g_value_init (&now, pspec->value_type);
  g_object_get_property (object, pspec->name, &now);
  if (!is_own && ss_mapped_type_holds_object (pspec))
    return is_other_object (self, g_value_get_object (&now), pspec, member);

  if (!is_own)
    init_for_property (pspec, member, &wanted);
  if (ss_gvalue_equal (pspec, &now, &wanted))
    return FALSE;

  other = ss_object_mapper_make (self, type->gtype, value);
  g_value_init (&made, pspec->value_type);
  g_object_get_property (other, pspec->name, &made);
  return !ss_gvalue_equal (pspec, &now, &made);
}

static gboolean
has_other_items (SsObjectMapper *self,
                 GListModel     *store,
                 const SsValue  *array)
{
  guint n_items = g_list_model_get_n_items (store);

  if (n_items != (ss_value_kind (array) == SS_VALUE_ARRAY ? ss_value_length (array) : 0))
    return TRUE;

  for (guint i = 0; i < n_items; i++)
    if (!is_like_at (self, store, i, ss_array_get (array, i)))
      return TRUE;

  return FALSE;
}

gboolean
ss_object_mapper_is_set_by_hand (SsObjectMapper *self,
                                 GObject        *object,
                                 GParamSpec     *pspec,
                                 const SsValue  *value)
{
  SsMappedType *type;
  const char *name;
  const SsValue *member;
  gboolean was_trying = self->is_trying;
  gboolean is_other;

  if (pspec == NULL)
    return has_other_items (self, G_LIST_MODEL (object), value);
  if ((pspec->flags & G_PARAM_READABLE) == 0 || (pspec->flags & G_PARAM_WRITABLE) == 0)
    return FALSE;

  type = get_type (self, G_OBJECT_TYPE (object));
  self->is_trying = TRUE;
  member = find_member (type, object, pspec, value, &name);
  is_other = is_other_value (self, type, object, pspec, value, member);
  self->is_trying = was_trying;

  return is_other;
}

const SsValue *
ss_object_mapper_find_within (SsObjectMapper *self,
                              GObject        *item,
                              const SsValue  *value,
                              GObject        *object,
                              GString        *pointer)
{
  SsMappedType *type = get_type (self, G_OBJECT_TYPE (item));
  SsMappedProperty *property;
  SsMappedIter iter;
  gsize length = pointer->len;

  if (item == object)
    return value;
  if (!type->has_objects)
    return NULL;

  ss_mapped_iter_init (&iter, type, item, value);
  while ((property = ss_mapped_iter_next (&iter)) != NULL)
    {
      const SsValue *member = iter.member;
      const SsValue *found = NULL;
      g_autoptr (GObject) now = NULL;

      if (!ss_mapped_type_holds_object (property->pspec) ||
          (property->pspec->flags & G_PARAM_READABLE) == 0)
        continue;

      ss_pointer_append_token (pointer, iter.name, -1);
      g_object_get (item, property->pspec->name, &now, NULL);
      if (now == object)
        return member;
      if (!G_IS_LIST_MODEL (now) && now != NULL && ss_value_kind (member) == SS_VALUE_OBJECT)
        found = ss_object_mapper_find_within (self, now, member, object, pointer);

      for (guint i = 0; found == NULL && G_IS_LIST_STORE (now) &&
                        ss_value_kind (member) == SS_VALUE_ARRAY && i < ss_value_length (member);
           i++)
        {
          g_autoptr (GObject) element = g_list_model_get_item (G_LIST_MODEL (now), i);
          gsize list_length = pointer->len;

          if (element == NULL)
            break;
          ss_pointer_append_index (pointer, i);
          found =
            ss_object_mapper_find_within (self, element, ss_array_get (member, i), object, pointer);
          if (found == NULL)
            g_string_truncate (pointer, list_length);
        }

      if (found != NULL)
        return found;
      g_string_truncate (pointer, length);
    }

  return NULL;
}
