/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-list-items.h"

#include "json/ss-pointer.h"

void
ss_list_items_init (SsListItems    *self,
                    GListModel     *model,
                    const char     *pointer,
                    SsObjectMapper *mapper,
                    const SsValue  *root)
{
  const SsValue *array;

  self->model = model;
  self->pointer = pointer;
  self->mapper = mapper;

  array = ss_list_items_find_array (self, root);
  ss_gap_buffer_init (&self->objects, array != NULL ? ss_value_length (array) : 0);
}

void
ss_list_items_clear (SsListItems *self)
{
  SsGapBuffer objects = self->objects;

  self->model = NULL;
  ss_gap_buffer_init (&self->objects, 0);
  self->version++;

  for (guint i = 0; i < ss_gap_buffer_length (&objects); i++)
    {
      GObject *object = ss_gap_buffer_get (&objects, i);

      g_clear_object (&object);
    }
  ss_gap_buffer_clear (&objects);
}

gboolean
ss_list_items_is_wanted (const SsListItems *self)
{
  return self->model != NULL && g_atomic_int_get (&G_OBJECT (self->model)->ref_count) > 1;
}

const SsValue *
ss_list_items_find_array (const SsListItems *self,
                          const SsValue     *root)
{
  const SsValue *value = ss_pointer_resolve (root, self->pointer, NULL);

  return value != NULL && ss_value_kind (value) == SS_VALUE_ARRAY ? value : NULL;
}

void
ss_list_items_forget (SsListItems *self,
                      guint        position)
{
  gpointer *object = ss_gap_buffer_at (&self->objects, position);

  self->version++;
  g_clear_object (object);
}
