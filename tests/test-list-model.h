/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "test-witness.h"

#include "json/ss-pointer.h"

G_BEGIN_DECLS

/* Follows a list model by its emissions: at each emission this does to a list of its own what the
 * emission tells, and then both have to be the same. */
typedef struct
{
  GListModel *model;
  GPtrArray  *items;
  GString    *events;       /* "+2@0" two more at 0, "-1@3" one less at 3, "=2@1" two others at 1 */
  guint       n_emissions;
  gboolean    is_lazy;      /* asks only for what is new */
} Shadow;

static inline void
shadow_changed_cb (Shadow *self,
                   guint   position,
                   guint   n_removed,
                   guint   n_added)
{
  self->n_emissions++;
  g_assert_true (n_removed > 0 || n_added > 0);
  g_assert_cmpuint (position + n_removed, <=, self->items->len);

  if (self->events->len > 0)
    g_string_append_c (self->events, ' ');
  if (n_removed == n_added)
    g_string_append_printf (self->events, "=%u@%u", n_added, position);
  else if (n_added == 0)
    g_string_append_printf (self->events, "-%u@%u", n_removed, position);
  else if (n_removed == 0)
    g_string_append_printf (self->events, "+%u@%u", n_added, position);
  else
    g_string_append_printf (self->events, "-%u+%u@%u", n_removed, n_added, position);

  if (n_removed > 0)
    g_ptr_array_remove_range (self->items, position, n_removed);
  for (guint i = 0; i < n_added; i++)
    g_ptr_array_insert (self->items, position + i,
                        g_list_model_get_item (self->model, position + i));

  g_assert_cmpuint (g_list_model_get_n_items (self->model), ==, self->items->len);
  for (guint i = 0; i < self->items->len && !self->is_lazy; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (self->model, i);

      g_assert_true (item == self->items->pdata[i]);
    }
}

static inline Shadow *
shadow_new (gpointer model)
{
  Shadow *self = g_new0 (Shadow, 1);

  self->model = G_LIST_MODEL (model);
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->events = g_string_new (NULL);
  for (guint i = 0; i < g_list_model_get_n_items (self->model); i++)
    g_ptr_array_add (self->items, g_list_model_get_item (self->model, i));
  g_signal_connect_swapped (model, "items-changed", G_CALLBACK (shadow_changed_cb), self);

  return self;
}

static inline void
shadow_free (Shadow *self)
{
  g_signal_handlers_disconnect_by_data (self->model, self);
  g_ptr_array_unref (self->items);
  g_string_free (self->events, TRUE);
  g_free (self);
}

#define assert_shadow(shadow, expected) \
  G_STMT_START \
  { \
    g_assert_cmpstr ((shadow)->events->str, ==, (expected)); \
    g_string_truncate ((shadow)->events, 0); \
  } \
  G_STMT_END

/* A class of the kind that an application writes. */

#define TEST_TYPE_ROW (test_row_get_type ())
G_DECLARE_FINAL_TYPE (TestRow, test_row, TEST, ROW, GObject)

struct _TestRow
{
  GObject  parent_instance;
  char    *name;
  int      count;
  gboolean is_open;    /* no server knows of it */
  guint    n_sets;
};

enum
{
  TEST_ROW_NAME = 1,
  TEST_ROW_COUNT,
  TEST_ROW_OPEN,
};

G_DEFINE_FINAL_TYPE (TestRow, test_row, G_TYPE_OBJECT)

/* The next row that is made removes the first row of this signal. */
static ServerSignal *test_row_victim;

static void
test_row_set_property (GObject      *object,
                       guint         prop_id,
                       const GValue *value,
                       GParamSpec   *pspec)
{
  TestRow *self = TEST_ROW (object);

  self->n_sets++;
  if (prop_id == TEST_ROW_NAME)
    {
      g_free (self->name);
      self->name = g_value_dup_string (value);
    }
  else if (prop_id == TEST_ROW_COUNT)
    {
      self->count = g_value_get_int (value);
    }
  else
    {
      self->is_open = g_value_get_boolean (value);
    }
}

static void
test_row_get_property (GObject    *object,
                       guint       prop_id,
                       GValue     *value,
                       GParamSpec *pspec)
{
  TestRow *self = TEST_ROW (object);

  if (prop_id == TEST_ROW_NAME)
    g_value_set_string (value, self->name);
  else if (prop_id == TEST_ROW_COUNT)
    g_value_set_int (value, self->count);
  else
    g_value_set_boolean (value, self->is_open);
}

static void
test_row_finalize (GObject *object)
{
  g_free (TEST_ROW (object)->name);
  G_OBJECT_CLASS (test_row_parent_class)->finalize (object);
}

static void
test_row_class_init (TestRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = test_row_set_property;
  object_class->get_property = test_row_get_property;
  object_class->finalize = test_row_finalize;
  g_object_class_install_property (object_class, TEST_ROW_NAME,
                                   g_param_spec_string ("name", NULL, NULL, "?",
                                                        G_PARAM_READWRITE));
  g_object_class_install_property (object_class, TEST_ROW_COUNT,
                                   g_param_spec_int ("count", NULL, NULL, -100, 1000000, 7,
                                                     G_PARAM_READWRITE));
  g_object_class_install_property (object_class, TEST_ROW_OPEN,
                                   g_param_spec_boolean ("open", NULL, NULL, FALSE,
                                                         G_PARAM_READWRITE));
}

static void
test_row_init (TestRow *self)
{
  g_autoptr (ServerSignal) victim = g_steal_pointer (&test_row_victim);

  self->name = g_strdup ("?");
  self->count = 7;
  if (victim != NULL)
    server_signal_remove (victim, "/rows/0", NULL);
}

static inline TestRow *
row_at (gpointer model,
        guint    position)
{
  g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (model), position);

  return row;
}

static inline GObject *
item_at (gpointer model,
         guint    position)
{
  g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (model), position);

  return item;
}

/* The names of all rows, one after the other. */
static inline char *
names_of (gpointer model)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (model)); i++)
    g_string_append (names, row_at (model, i)->name);

  return g_string_free (names, FALSE);
}

#define assert_names(model, expected) \
  G_STMT_START \
  { \
    g_autofree char *names_now = names_of (model); \
    g_assert_cmpstr (names_now, ==, (expected)); \
  } \
  G_STMT_END

/* A list of rows with these letters as their names. */
static inline char *
rows_json (const char *names)
{
  GString *json = g_string_new ("[");

  for (const char *name = names; *name != '\0'; name++)
    g_string_append_printf (json, "%s{'name':'%c'}", name > names ? "," : "", *name);
  g_string_append_c (json, ']');

  return g_string_free (json, FALSE);
}

static inline void
set_json (ServerSignal *signal,
          const char   *pointer,
          const char   *json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = quoted (json);

  server_signal_set_json (signal, pointer, text, &error);
  g_assert_no_error (error);
}

static inline void
patch_json (ServerSignal *signal,
            const char   *json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = quoted (json);
  g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_from_json (text, &error);

  g_assert_no_error (error);
  server_signal_apply_patch (signal, patch, &error);
  g_assert_no_error (error);
}

static inline void
set_names (ServerSignal *signal,
           const char   *pointer,
           const char   *names)
{
  g_autofree char *json = rows_json (names);

  set_json (signal, pointer, json);
}

G_END_DECLS
