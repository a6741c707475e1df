/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <gtk/gtk.h>

#include "libserver-signal.h"

/* GTK's models as signals: the document equals the model when the main loop is idle again, whatever
 * they announce, and in whatever order. None of it needs a display. */

#define N_STORES 3

static GtkStringObject *
new_item (void)
{
  static guint n_made;
  g_autofree char *text = g_strdup_printf ("%c%u", g_test_rand_int_range ('a', 'f'), n_made++);

  return gtk_string_object_new (text);
}

static void
assert_follows (ServerSignal *signal,
                GListModel   *model)
{
  g_autoptr (JsonNode) document = server_signal_dup_value (signal, NULL);
  JsonArray *rows = json_node_get_array (document);
  g_autoptr (GString) is = g_string_new (NULL);
  g_autoptr (GString) should_be = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      JsonObject *row = json_array_get_object_element (rows, i);

      if (json_object_has_member (row, "item"))
        row = json_object_get_object_member (row, "item");
      g_string_append_printf (is, "%s ", json_object_get_string_member (row, "string"));
    }
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);
      g_autoptr (GtkStringObject) string = GTK_IS_TREE_LIST_ROW (item)
                                             ? gtk_tree_list_row_get_item (GTK_TREE_LIST_ROW (item))
                                             : g_object_ref (GTK_STRING_OBJECT (item));

      g_string_append_printf (should_be, "%s ", gtk_string_object_get_string (string));
    }

  g_assert_cmpstr (is->str, ==, should_be->str);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static GListModel *
flatten_of (GListStore *first,
            GListStore *second,
            GListStore *third)
{
  GListStore *models = g_list_store_new (G_TYPE_LIST_MODEL);

  g_list_store_append (models, first);
  g_list_store_append (models, second);
  g_list_store_append (models, third);
  return G_LIST_MODEL (gtk_flatten_list_model_new (G_LIST_MODEL (models)));
}

/* The one from the report. */
static void
test_thrice (void)
{
  g_autoptr (GListStore) store = g_list_store_new (GTK_TYPE_STRING_OBJECT);
  g_autoptr (GtkStringObject) one = gtk_string_object_new ("1");
  g_autoptr (GtkStringObject) nine = gtk_string_object_new ("9");
  GListModel *model = flatten_of (store, store, store);
  g_autoptr (GError) error = NULL;
  ServerSignal *signal;
  g_autofree char *json = NULL;

  g_list_store_append (store, one);
  signal = server_signal_new_for_list ("s", model, &error);
  g_assert_no_error (error);
  g_list_store_insert (store, 0, nine);
  settle ();
  json = server_signal_dup_json (signal, NULL);
  g_assert_cmpstr (json, ==,
                   "[{\"string\":\"9\"},{\"string\":\"1\"},{\"string\":\"9\"},"
                   "{\"string\":\"1\"},{\"string\":\"9\"},{\"string\":\"1\"}]");

  g_assert_finalize_object (signal);
  g_assert_finalize_object (model);
}

static gboolean
is_low (gpointer item,
        gpointer user_data)
{
  return gtk_string_object_get_string (item)[0] <= *(char *) user_data;
}

static gboolean
is_leaf (gpointer item,
         gpointer user_data)
{
  return gtk_string_object_get_string (item)[0] > 'b';
}

/* The same children below each row that has any, and these have none. */
static GListModel *
make_children (gpointer item,
               gpointer user_data)
{
  GListStore **stores = user_data;

  if (is_leaf (item, NULL))
    return NULL;

  return G_LIST_MODEL (
    gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (stores[1])),
                               GTK_FILTER (gtk_custom_filter_new (is_leaf, NULL, NULL))));
}

typedef enum
{
  KIND_FLATTEN,
  KIND_SORT,
  KIND_FILTER,
  KIND_SLICE,
  KIND_SELECTION,
  KIND_TREE,
  KIND_ALL_OF_THEM,
  N_KINDS
} Kind;

static const char * const kind_names[] = {
  "flatten", "sort", "filter", "slice", "selection", "tree", "all-of-them",
};

static char limit = 'c';

static GtkSorter *
string_sorter (void)
{
  return GTK_SORTER (
    gtk_string_sorter_new (gtk_property_expression_new (GTK_TYPE_STRING_OBJECT, NULL, "string")));
}

static GListModel *
make_model (Kind         kind,
            GListStore **stores,
            GtkFilter   *filter)
{
  /* GTK's own sorted model does not survive one store twice below a filter. */
  GListModel *flat = flatten_of (stores[0], stores[1], stores[kind == KIND_ALL_OF_THEM ? 2 : 0]);
  GListModel *model;

  switch (kind)
    {
    case KIND_FLATTEN:
      return flat;
    case KIND_SORT:
      return G_LIST_MODEL (gtk_sort_list_model_new (flat, string_sorter ()));
    case KIND_FILTER:
      return G_LIST_MODEL (gtk_filter_list_model_new (flat, g_object_ref (filter)));
    case KIND_SLICE:
      return G_LIST_MODEL (gtk_slice_list_model_new (flat, 2, 5));
    case KIND_SELECTION:
      return G_LIST_MODEL (gtk_multi_selection_new (flat));
    case KIND_TREE:
      g_object_unref (flat);
      return G_LIST_MODEL (gtk_tree_list_model_new (G_LIST_MODEL (g_object_ref (stores[0])), FALSE,
                                                    TRUE, make_children, stores, NULL));
    case KIND_ALL_OF_THEM:
    case N_KINDS:
    default:
      model = G_LIST_MODEL (gtk_filter_list_model_new (flat, g_object_ref (filter)));
      model = G_LIST_MODEL (gtk_sort_list_model_new (model, string_sorter ()));
      model = G_LIST_MODEL (gtk_slice_list_model_new (model, 0, 9));
      return G_LIST_MODEL (gtk_single_selection_new (model));
    }
}

static void
change_again_cb (GListModel *model,
                 guint       position,
                 guint       removed,
                 guint       added,
                 GListStore *other)
{
  if (g_test_rand_int_range (0, 4) == 0 && g_list_model_get_n_items (G_LIST_MODEL (other)) < 8)
    {
      g_autoptr (GtkStringObject) item = new_item ();

      g_list_store_insert (other, 0, item);
    }
}

static void
change (GListStore *store)
{
  guint length = g_list_model_get_n_items (G_LIST_MODEL (store));
  guint at = (guint) g_test_rand_int_range (0, (int) length + 1);
  guint removed = (guint) g_test_rand_int_range (0, (int) MIN (length - at, 3) + 1);
  gpointer items[3] = { new_item (), new_item (), NULL };

  /* One that is there already, now and then. */
  items[2] = length > 0 && g_test_rand_bit () ? g_list_model_get_item (G_LIST_MODEL (store), 0)
                                              : G_OBJECT (new_item ());
  if (length > 12)
    g_list_store_remove_all (store);
  else
    g_list_store_splice (store, at, removed, items, (guint) g_test_rand_int_range (0, 4));
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    g_object_unref (items[i]);
}

static void
test_random (gconstpointer data)
{
  Kind kind = GPOINTER_TO_UINT (data);

  for (guint turn = 0; turn < 10; turn++)
    {
      GListStore *stores[N_STORES];
      GtkFilter *filter = GTK_FILTER (gtk_custom_filter_new (is_low, &limit, NULL));
      g_autoptr (GError) error = NULL;
      ServerSignal *signal;
      GListModel *model;

      for (guint i = 0; i < N_STORES; i++)
        stores[i] = g_list_store_new (GTK_TYPE_STRING_OBJECT);
      model = make_model (kind, stores, filter);
      change (stores[0]);
      if (turn % 3 == 0)
        g_signal_connect (stores[0], "items-changed", G_CALLBACK (change_again_cb), stores[1]);
      if (turn % 3 == 1)
        g_signal_connect (model, "items-changed", G_CALLBACK (change_again_cb), stores[0]);

      if (kind == KIND_TREE)
        {
          static const char *const names[] = { "item/string", NULL };

          signal = server_signal_new_from_json ("s", "[]", NULL);
          server_signal_track_list_properties (signal, NULL, model, names, &error);
        }
      else
        {
          signal = server_signal_new_for_list ("s", model, &error);
        }
      g_assert_no_error (error);
      assert_follows (signal, model);

      for (guint step = 0; step < 40; step++)
        {
          guint n_changes = (guint) g_test_rand_int_range (1, 4);

          for (guint i = 0; i < n_changes; i++)
            change (stores[g_test_rand_int_range (0, N_STORES)]);
          if (g_test_rand_bit ())
            {
              limit = (char) g_test_rand_int_range ('a', 'g');
              gtk_filter_changed (filter, GTK_FILTER_CHANGE_DIFFERENT);
            }
          settle ();
          assert_follows (signal, model);
        }

      g_assert_finalize_object (signal);
      g_object_unref (model);
      g_object_unref (filter);
      for (guint i = 0; i < N_STORES; i++)
        g_object_unref (stores[i]);
      settle ();
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  gtk_init_check ();

  g_test_add_func ("/gtk/tracks/thrice", test_thrice);
  for (guint i = 0; i < N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/gtk/tracks/", kind_names[i], NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_random);
    }

  return g_test_run ();
}
