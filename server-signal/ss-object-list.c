/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-object-list.h"

struct _SsObjectList
{
  GObject        parent_instance;

  GSequence     *items;
  GType          item_type;
  guint          length; /* g_sequence_get_length() walks down the tree */

  /* The item that was read last, because most readers go on with the next. NULL after a change. */
  GSequenceIter *last;
  guint          last_position;
};

enum
{
  PROP_0,
  PROP_ITEM_TYPE,
  PROP_N_ITEMS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GType
get_item_type (GListModel *model)
{
  return SS_OBJECT_LIST (model)->item_type;
}

static guint
get_n_items (GListModel *model)
{
  return SS_OBJECT_LIST (model)->length;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  SsObjectList *self = SS_OBJECT_LIST (model);

  if (position >= self->length)
    return NULL;

  if (self->last != NULL && position == self->last_position + 1)
    self->last = g_sequence_iter_next (self->last);
  else if (self->last == NULL || position != self->last_position)
    self->last = g_sequence_get_iter_at_pos (self->items, (int) position);
  self->last_position = position;

  return g_object_ref (g_sequence_get (self->last));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SsObjectList, ss_object_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
ss_object_list_finalize (GObject *object)
{
  SsObjectList *self = SS_OBJECT_LIST (object);

  g_sequence_free (self->items);

  G_OBJECT_CLASS (ss_object_list_parent_class)->finalize (object);
}

static void
ss_object_list_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  SsObjectList *self = SS_OBJECT_LIST (object);

  switch (prop_id)
    {
    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, self->item_type);
      break;

    case PROP_N_ITEMS:
      g_value_set_uint (value, self->length);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
ss_object_list_class_init (SsObjectListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = ss_object_list_finalize;
  object_class->get_property = ss_object_list_get_property;

  properties[PROP_ITEM_TYPE] = g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_OBJECT,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_N_ITEMS] = g_param_spec_uint ("n-items", NULL, NULL, 0, G_MAXUINT, 0,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ss_object_list_init (SsObjectList *self)
{
  self->items = g_sequence_new (g_object_unref);
}

SsObjectList *
ss_object_list_new (GType item_type)
{
  SsObjectList *self = g_object_new (SS_TYPE_OBJECT_LIST, NULL);

  self->item_type = item_type;

  return self;
}

static void
changed (SsObjectList *self,
         guint         position,
         guint         n_removed,
         guint         n_added)
{
  g_autoptr (SsObjectList) keep = g_object_ref (self);

  self->last = NULL;
  self->length += n_added - n_removed;
  g_list_model_items_changed (G_LIST_MODEL (self), position, n_removed, n_added);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_ITEMS]);
}

void
ss_object_list_append (SsObjectList   *self,
                       gpointer        item,
                       GSequenceIter **place)
{
  *place = g_sequence_append (self->items, g_object_ref (item));
  changed (self, self->length, 0, 1);
}

void
ss_object_list_remove (SsObjectList  *self,
                       GSequenceIter *place)
{
  guint position = (guint) g_sequence_iter_get_position (place);

  g_sequence_remove (place);
  changed (self, position, 1, 0);
}

void
ss_object_list_clear (SsObjectList *self)
{
  g_autoptr (GSequence) items = NULL;

  if (self->length == 0)
    return;

  items = g_steal_pointer (&self->items);
  self->items = g_sequence_new (g_object_unref);
  changed (self, 0, self->length, 0);
}

guint
ss_object_list_get_length (SsObjectList *self)
{
  return self->length;
}
