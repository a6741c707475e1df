/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-roster.h"

struct _SsRoster
{
  GObject    parent_instance;

  GSequence *items;
  GType      item_type;
  guint      length; /* g_sequence_get_length() walks down the tree */
};

static GType
get_item_type (GListModel *model)
{
  return SS_ROSTER (model)->item_type;
}

static guint
get_n_items (GListModel *model)
{
  return SS_ROSTER (model)->length;
}

static gpointer
get_item (GListModel *model,
          guint       position)
{
  SsRoster *self = SS_ROSTER (model);

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

G_DEFINE_FINAL_TYPE_WITH_CODE (SsRoster, ss_roster, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
ss_roster_finalize (GObject *object)
{
  SsRoster *self = SS_ROSTER (object);

  g_sequence_free (self->items);

  G_OBJECT_CLASS (ss_roster_parent_class)->finalize (object);
}

static void
ss_roster_class_init (SsRosterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ss_roster_finalize;
}

static void
ss_roster_init (SsRoster *self)
{
  self->items = g_sequence_new (g_object_unref);
}

SsRoster *
ss_roster_new (GType item_type)
{
  SsRoster *self = g_object_new (SS_TYPE_ROSTER, NULL);

  self->item_type = item_type;

  return self;
}

GSequenceIter *
ss_roster_append (SsRoster *self,
                  gpointer  item)
{
  GSequenceIter *place = g_sequence_append (self->items, g_object_ref (item));

  self->length++;
  g_list_model_items_changed (G_LIST_MODEL (self), self->length - 1, 0, 1);

  return place;
}

void
ss_roster_remove (SsRoster      *self,
                  GSequenceIter *place)
{
  guint position = (guint) g_sequence_iter_get_position (place);

  g_sequence_remove (place);
  self->length--;
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

void
ss_roster_clear (SsRoster *self)
{
  g_autoptr (GSequence) items = self->items;
  guint length = self->length;

  self->items = g_sequence_new (g_object_unref);
  self->length = 0;
  if (length > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, length, 0);
}

guint
ss_roster_get_length (SsRoster *self)
{
  return self->length;
}
