/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-peer-list.h"

struct _SsPeerList
{
  GObject    parent_instance;

  GSequence *items;
  GType      item_type;
  guint      length; /* g_sequence_get_length() walks down the tree */
};

static GType
get_item_type (GListModel *model)
{
  return SS_PEER_LIST (model)->item_type;
}

static guint
get_n_items (GListModel *model)
{
  return SS_PEER_LIST (model)->length;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  SsPeerList *self = SS_PEER_LIST (model);

  if (position >= self->length)
    return NULL;

  return g_object_ref (g_sequence_get (g_sequence_get_iter_at_pos (self->items, (int) position)));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SsPeerList, ss_peer_list, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
ss_peer_list_finalize (GObject *object)
{
  SsPeerList *self = SS_PEER_LIST (object);

  g_sequence_free (self->items);

  G_OBJECT_CLASS (ss_peer_list_parent_class)->finalize (object);
}

static void
ss_peer_list_class_init (SsPeerListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ss_peer_list_finalize;
}

static void
ss_peer_list_init (SsPeerList *self)
{
  self->items = g_sequence_new (g_object_unref);
}

SsPeerList *
ss_peer_list_new (GType item_type)
{
  SsPeerList *self = g_object_new (SS_TYPE_PEER_LIST, NULL);

  self->item_type = item_type;

  return self;
}

GSequenceIter *
ss_peer_list_append (SsPeerList *self,
                     gpointer    item)
{
  GSequenceIter *place = g_sequence_append (self->items, g_object_ref (item));

  self->length++;
  g_list_model_items_changed (G_LIST_MODEL (self), self->length - 1, 0, 1);

  return place;
}

void
ss_peer_list_remove (SsPeerList    *self,
                     GSequenceIter *place)
{
  guint position = (guint) g_sequence_iter_get_position (place);

  g_sequence_remove (place);
  self->length--;
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

void
ss_peer_list_clear (SsPeerList *self)
{
  g_autoptr (GSequence) items = self->items;
  guint length = self->length;

  self->items = g_sequence_new (g_object_unref);
  self->length = 0;
  if (length > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, length, 0);
}

guint
ss_peer_list_get_length (SsPeerList *self)
{
  return self->length;
}
