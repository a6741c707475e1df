/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <gtk/gtk.h>

#include "libserver-signal.h"

/* Lists that announce their edits, below the models of GTK that sort, filter, flatten and select:
 * after each commit these show what a model that is made anew shows, in the order that a sort of
 * everything gives, and whoever was selected is selected still. The sorter of a GtkColumnView is
 * tested where there is a display. */

#define TEST_TYPE_ROW (test_row_get_type ())
G_DECLARE_FINAL_TYPE (TestRow, test_row, TEST, ROW, GObject)

struct _TestRow
{
  GObject     parent_instance;
  int         n;
  char       *s;
  int         fixed;    /* only when it is made */
  TestRow    *sub;
  GListStore *parts;
};

enum
{
  ROW_N = 1,
  ROW_S,
  ROW_FIXED,
  ROW_SUB,
  ROW_PARTS,
};

G_DEFINE_FINAL_TYPE (TestRow, test_row, G_TYPE_OBJECT)

static void
test_row_set_property (GObject      *object,
                       guint         prop_id,
                       const GValue *value,
                       GParamSpec   *pspec)
{
  TestRow *self = TEST_ROW (object);

  switch (prop_id)
    {
    case ROW_N:
      self->n = g_value_get_int (value);
      break;
    case ROW_S:
      g_free (self->s);
      self->s = g_value_dup_string (value);
      break;
    case ROW_FIXED:
      self->fixed = g_value_get_int (value);
      break;
    case ROW_SUB:
      g_set_object (&self->sub, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
test_row_get_property (GObject    *object,
                       guint       prop_id,
                       GValue     *value,
                       GParamSpec *pspec)
{
  TestRow *self = TEST_ROW (object);

  switch (prop_id)
    {
    case ROW_N:
      g_value_set_int (value, self->n);
      break;
    case ROW_S:
      g_value_set_string (value, self->s);
      break;
    case ROW_FIXED:
      g_value_set_int (value, self->fixed);
      break;
    case ROW_SUB:
      g_value_set_object (value, self->sub);
      break;
    case ROW_PARTS:
      if (self->parts == NULL)
        self->parts = g_list_store_new (TEST_TYPE_ROW);
      g_value_set_object (value, self->parts);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
test_row_finalize (GObject *object)
{
  TestRow *self = TEST_ROW (object);

  g_free (self->s);
  g_clear_object (&self->sub);
  g_clear_object (&self->parts);
  G_OBJECT_CLASS (test_row_parent_class)->finalize (object);
}

static void
test_row_class_init (TestRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = test_row_set_property;
  object_class->get_property = test_row_get_property;
  object_class->finalize = test_row_finalize;
  g_object_class_install_property (object_class, ROW_N,
                                   g_param_spec_int ("n", NULL, NULL, G_MININT, G_MAXINT, 0,
                                                     G_PARAM_READWRITE));
  g_object_class_install_property (object_class, ROW_S,
                                   g_param_spec_string ("s", NULL, NULL, NULL, G_PARAM_READWRITE));
  g_object_class_install_property (object_class, ROW_FIXED,
                                   g_param_spec_int ("fixed", NULL, NULL, 0, G_MAXINT, 0,
                                                     G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY));
  g_object_class_install_property (object_class, ROW_SUB,
                                   g_param_spec_object ("sub", NULL, NULL, TEST_TYPE_ROW,
                                                        G_PARAM_READWRITE));
  g_object_class_install_property (object_class, ROW_PARTS,
                                   g_param_spec_object ("parts", NULL, NULL, G_TYPE_LIST_STORE,
                                                        G_PARAM_READABLE));
}

static void
test_row_init (TestRow *self)
{
}

/* The number of a row, or of a view of one. */
static int
number_of (gconstpointer item)
{
  g_autoptr (JsonNode) node = NULL;

  if (TEST_IS_ROW ((gpointer) item))
    return TEST_ROW ((gpointer) item)->n;

  node = server_signal_view_dup_value (SERVER_SIGNAL_VIEW ((gpointer) item));
  if (node == NULL)
    return -1;
  return JSON_NODE_HOLDS_OBJECT (node)
           ? (int) json_object_get_int_member_with_default (json_node_get_object (node), "n", 0)
           : (int) json_node_get_int (node);
}

static int
compare_live (gconstpointer a,
              gconstpointer b,
              gpointer      is_reversed)
{
  int number_a = number_of (a);
  int number_b = number_of (b);
  int order = number_a < number_b ? -1 : number_a > number_b;

  return is_reversed != NULL ? -order : order;
}

static int
compare_sub (gconstpointer a,
             gconstpointer b,
             gpointer      user_data)
{
  const TestRow *sub_a = ((const TestRow *) a)->sub;
  const TestRow *sub_b = ((const TestRow *) b)->sub;

  return (sub_a != NULL ? sub_a->n : -1) - (sub_b != NULL ? sub_b->n : -1);
}

static gboolean
is_even (gpointer item,
         gpointer user_data)
{
  return number_of (item) % 2 == 0;
}

typedef enum
{
  CUSTOM,
  REVERSED,
  HEADER,
  HEADER_REVERSED,
  NESTED,
  NUMERIC,
  STRING,
  MULTI,
  N_SORTERS,
} Sorting;

static const char *sorting_names[N_SORTERS] = {
  "custom", "reversed", "header", "header-reversed", "nested", "numeric", "string", "multi",
};

static gboolean has_display;

/* A column view is kept with its sorter. */
static GtkSorter *
sorter_new (Sorting     sorting,
            GtkWidget **widget)
{
  GtkColumnViewColumn *column;
  GtkMultiSorter *multi;
  GtkSorter *sorter;

  switch (sorting)
    {
    case CUSTOM:
    case REVERSED:
      return GTK_SORTER (
        gtk_custom_sorter_new (compare_live, GINT_TO_POINTER (sorting == REVERSED), NULL));

    case NESTED:
      return GTK_SORTER (gtk_custom_sorter_new (compare_sub, NULL, NULL));

    case HEADER:
    case HEADER_REVERSED:
      *widget = g_object_ref_sink (gtk_column_view_new (NULL));
      column = gtk_column_view_column_new ("N", NULL);
      sorter = sorter_new (CUSTOM, NULL);
      gtk_column_view_column_set_sorter (column, sorter);
      g_object_unref (sorter);
      gtk_column_view_append_column (GTK_COLUMN_VIEW (*widget), column);
      gtk_column_view_sort_by_column (GTK_COLUMN_VIEW (*widget), column,
                                      sorting == HEADER ? GTK_SORT_ASCENDING : GTK_SORT_DESCENDING);
      g_object_unref (column);
      return g_object_ref (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (*widget)));

    case NUMERIC:
      return GTK_SORTER (
        gtk_numeric_sorter_new (gtk_property_expression_new (TEST_TYPE_ROW, NULL, "n")));

    case STRING:
      return GTK_SORTER (
        gtk_string_sorter_new (gtk_property_expression_new (TEST_TYPE_ROW, NULL, "s")));

    case MULTI:
      multi = gtk_multi_sorter_new ();
      gtk_multi_sorter_append (multi, sorter_new (STRING, NULL));
      gtk_multi_sorter_append (multi, sorter_new (CUSTOM, NULL));
      return GTK_SORTER (multi);

    case N_SORTERS:
    default:
      g_assert_not_reached ();
    }
}

static char *
numbers_of (gpointer model)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);

      g_string_append_printf (text, "%s%d", i > 0 ? " " : "", number_of (item));
    }

  return g_string_free (text, FALSE);
}

#define assert_numbers(model, expected) \
  G_STMT_START \
  { \
    g_autofree char *numbers_now = numbers_of (model); \
    g_assert_cmpstr (numbers_now, ==, (expected)); \
  } \
  G_STMT_END

static void
assert_same_items (gpointer a,
                   gpointer b)
{
  g_assert_cmpuint (g_list_model_get_n_items (a), ==, g_list_model_get_n_items (b));
  for (guint i = 0; i < g_list_model_get_n_items (a); i++)
    {
      g_autoptr (GObject) item_a = g_list_model_get_item (a, i);
      g_autoptr (GObject) item_b = g_list_model_get_item (b, i);

      g_assert_true (item_a == item_b);
    }
}

/* A handler that looks at the whole model at each emission finds it as the emissions have told. */
typedef struct
{
  GListModel *model;
  GPtrArray  *items;
} Observer;

static void
observed_cb (Observer *self,
             guint     position,
             guint     n_removed,
             guint     n_added)
{
  g_assert_cmpuint (position + n_removed, <=, self->items->len);
  if (n_removed > 0)
    g_ptr_array_remove_range (self->items, position, n_removed);
  for (guint i = position; i < position + n_added; i++)
    g_ptr_array_insert (self->items, i, g_list_model_get_item (self->model, i));

  g_assert_cmpuint (g_list_model_get_n_items (self->model), ==, self->items->len);
  for (guint i = 0; i < self->items->len; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (self->model, i);

      g_assert_true (item == self->items->pdata[i]);
    }
}

static Observer *
observer_new (gpointer model)
{
  Observer *self = g_new0 (Observer, 1);

  self->model = model;
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect_swapped (model, "items-changed", G_CALLBACK (observed_cb), self);
  observed_cb (self, 0, 0, g_list_model_get_n_items (model));
  return self;
}

static void
observer_free (Observer *self)
{
  g_signal_handlers_disconnect_by_data (self->model, self);
  g_ptr_array_unref (self->items);
  g_free (self);
}

/* All that follows one list. */
typedef struct
{
  ServerSignalList   *list;
  GtkWidget          *widget;
  GtkSorter          *sorter;
  GtkFilter          *filter;
  GtkSortListModel   *sorted;
  GtkFilterListModel *filtered;          /* of what is sorted */
  GtkSortListModel   *sorted_filtered;   /* the other way round */
  GtkSliceListModel  *slice;
  GtkSingleSelection *single;
  GtkMultiSelection  *multi;
  GPtrArray          *observers;
} Models;

static gpointer
ref (gpointer object)
{
  return g_object_ref (object);
}

static Models *
models_new (ServerSignal *signal,
            const char   *pointer,
            GType         type,
            Sorting       sorting)
{
  Models *self = g_new0 (Models, 1);
  GtkFilterListModel *filtered;

  self->list = server_signal_list_new (signal, pointer, type);
  server_signal_list_set_announces_edits (self->list, TRUE);
  self->sorter = sorter_new (sorting, &self->widget);
  self->filter = GTK_FILTER (gtk_custom_filter_new (is_even, NULL, NULL));
  self->sorted = gtk_sort_list_model_new (ref (self->list), ref (self->sorter));
  self->filtered = gtk_filter_list_model_new (ref (self->sorted), ref (self->filter));
  filtered = gtk_filter_list_model_new (ref (self->list), ref (self->filter));
  self->sorted_filtered = gtk_sort_list_model_new (G_LIST_MODEL (filtered), ref (self->sorter));
  self->slice = gtk_slice_list_model_new (ref (self->sorted), 2, 5);
  self->single = gtk_single_selection_new (ref (self->sorted));
  gtk_single_selection_set_autoselect (self->single, FALSE);
  self->multi = gtk_multi_selection_new (ref (self->sorted));

  self->observers = g_ptr_array_new_with_free_func ((GDestroyNotify) observer_free);
  g_ptr_array_add (self->observers, observer_new (self->list));
  g_ptr_array_add (self->observers, observer_new (self->sorted));
  g_ptr_array_add (self->observers, observer_new (self->filtered));
  g_ptr_array_add (self->observers, observer_new (self->sorted_filtered));
  g_ptr_array_add (self->observers, observer_new (self->slice));
  g_ptr_array_add (self->observers, observer_new (self->single));
  g_ptr_array_add (self->observers, observer_new (self->multi));

  return self;
}

static void
models_free (Models *self)
{
  g_ptr_array_unref (self->observers);
  g_object_unref (self->single);
  g_object_unref (self->multi);
  g_object_unref (self->slice);
  g_object_unref (self->filtered);
  g_object_unref (self->sorted_filtered);
  g_object_unref (self->sorted);
  g_object_unref (self->sorter);
  g_object_unref (self->filter);
  g_clear_object (&self->widget);
  g_assert_finalize_object (self->list);
  g_free (self);
}

static void
models_check (Models *self)
{
  g_autoptr (GtkSortListModel) sorted = NULL;
  g_autoptr (GtkFilterListModel) filtered = NULL;
  g_autoptr (GtkFilterListModel) from_list = NULL;
  g_autoptr (GtkSortListModel) sorted_filtered = NULL;

  sorted = gtk_sort_list_model_new (ref (self->list), ref (self->sorter));
  assert_same_items (self->sorted, sorted);
  filtered = gtk_filter_list_model_new (ref (sorted), ref (self->filter));
  assert_same_items (self->filtered, filtered);
  from_list = gtk_filter_list_model_new (ref (self->list), ref (self->filter));
  sorted_filtered = gtk_sort_list_model_new (ref (from_list), ref (self->sorter));
  assert_same_items (self->sorted_filtered, sorted_filtered);
}

static gboolean
has_item (gpointer model,
          gpointer item)
{
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (GObject) candidate = g_list_model_get_item (model, i);

      if (candidate == item)
        return TRUE;
    }

  return FALSE;
}

/* The selected items, of which those that are there still must be selected after the commit. */
static GPtrArray *
list_selected (gpointer selection)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (selection); i++)
    if (gtk_selection_model_is_selected (selection, i))
      g_ptr_array_add (items, g_list_model_get_item (selection, i));

  return items;
}

static void
check_selected (gpointer         selection,
                const GPtrArray *before)
{
  g_autoptr (GPtrArray) now = list_selected (selection);
  guint n_left = 0;

  for (guint i = 0; i < before->len; i++)
    if (has_item (selection, before->pdata[i]))
      {
        g_assert_true (g_ptr_array_find (now, before->pdata[i], NULL));
        n_left++;
      }
  g_assert_cmpuint (now->len, ==, n_left);
}

static ServerSignal *
signal_of (const char *json)
{
  g_autofree char *text = g_strdelimit (g_strdup (json), "'", '"');
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_from_json ("rows", text, &error);

  g_assert_no_error (error);
  return signal;
}

static void
set_json (ServerSignal *signal,
          const char   *pointer,
          const char   *json)
{
  g_autofree char *text = g_strdelimit (g_strdup (json), "'", '"');
  g_autoptr (GError) error = NULL;

  server_signal_set_json (signal, pointer, text, &error);
  g_assert_no_error (error);
}

static void
test_two_edits (void)
{
  ServerSignal *signal = signal_of ("[{'n':7},{'n':5},{'n':9}]");
  Models *rows = models_new (signal, NULL, TEST_TYPE_ROW, CUSTOM);
  Models *views = models_new (signal, NULL, G_TYPE_NONE, CUSTOM);

  g_object_freeze_notify (G_OBJECT (signal));
  set_json (signal, "/2/n", "1");
  set_json (signal, "/0/n", "3");
  g_object_thaw_notify (G_OBJECT (signal));
  assert_numbers (rows->sorted, "1 3 5");
  assert_numbers (views->sorted, "1 3 5");

  /* Edits at both ends of a move, and of what moves. */
  g_object_freeze_notify (G_OBJECT (signal));
  set_json (signal, "/0/n", "8");
  g_assert_true (server_signal_move (signal, "/0", "/2", NULL));
  set_json (signal, "/0/n", "9");
  set_json (signal, "/1/n", "4");
  g_object_thaw_notify (G_OBJECT (signal));
  assert_numbers (rows->list, "9 4 8");
  assert_numbers (rows->sorted, "4 8 9");
  assert_numbers (views->sorted, "4 8 9");

  models_free (rows);
  models_free (views);
  g_assert_finalize_object (signal);
}

static char *
row_text (int range)
{
  return g_strdup_printf ("{\"n\":%d,\"s\":\"%c\",\"fixed\":%d,"
                          "\"sub\":{\"n\":%d},\"parts\":[{\"n\":%d}]}",
                          g_test_rand_int_range (0, range), g_test_rand_int_range ('a', 'f'),
                          g_test_rand_int_range (0, 3), g_test_rand_int_range (0, range),
                          g_test_rand_int_range (0, range));
}

static void
write_at_random (ServerSignal *signal,
                 const char   *list,
                 int           length,
                 int           range)
{
  g_autofree char *at = g_strdup_printf ("%s/%d", list, g_test_rand_int_range (0, length));
  g_autofree char *to = g_strdup_printf ("%s/%d", list, g_test_rand_int_range (0, length));
  g_autofree char *n = g_strdup_printf ("%s/n", at);
  g_autofree char *s = g_strdup_printf ("%s/s", at);
  g_autofree char *sub = g_strdup_printf ("%s/sub/n", at);
  g_autofree char *fixed = g_strdup_printf ("%s/fixed", at);
  g_autofree char *end = g_strdup_printf ("%s/-", list);
  g_autofree char *row = row_text (range);
  g_autoptr (JsonNode) node = json_from_string (row, NULL);

  switch (g_test_rand_int_range (0, 12))
    {
    case 0:
      server_signal_remove (signal, at, NULL);
      break;
    case 1:
      server_signal_move (signal, at, to, NULL);
      break;
    case 2:
      server_signal_insert_value (signal, g_test_rand_bit () ? at : end, node, NULL);
      break;
    case 3:
      server_signal_set_string (signal, s, (char[]) { (char) g_test_rand_int_range ('a', 'f'), 0 },
                                NULL);
      break;
    case 4:
      server_signal_set_int (signal, sub, g_test_rand_int_range (0, range), NULL);
      break;
    case 5:
      server_signal_set_value (signal, at, node, NULL);
      break;
    case 6:
      if (g_test_rand_bit ())
        server_signal_set_int (signal, fixed, g_test_rand_int_range (0, 3), NULL);
      break;
    default:
      server_signal_set_int (signal, n, g_test_rand_int_range (0, range), NULL);
      break;
    }
}

static ServerSignal *
signal_of_rows (guint n_rows,
                int   range)
{
  g_autoptr (GString) text = g_string_new ("{\"a\":[");
  ServerSignal *signal;

  for (guint i = 0; i < n_rows; i++)
    {
      g_autofree char *row = row_text (range);

      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", row);
    }
  g_string_append (text, "],\"b\":[1,5,3]}");
  signal = server_signal_new_from_json ("rows", text->str, NULL);
  g_assert_nonnull (signal);

  return signal;
}

/* Where n_rows differ in few ways there is more to keep in order by place. */
static void
check_random (Sorting sorting,
              guint   n_rows,
              int     range,
              guint   n_rounds,
              int     n_writes)
{
  ServerSignal *signal = signal_of_rows (n_rows, range);
  gboolean has_views = sorting < NESTED;
  Models *all[2] = { models_new (signal, "/a", TEST_TYPE_ROW, sorting),
                     has_views ? models_new (signal, "/a", G_TYPE_NONE, sorting) : NULL };

  for (guint round = 0; round < n_rounds; round++)
    {
      GPtrArray *single[2] = { NULL, NULL };
      GPtrArray *multi[2] = { NULL, NULL };

      for (guint i = 0; i < G_N_ELEMENTS (all) && all[i] != NULL; i++)
        {
          guint n_items = g_list_model_get_n_items (G_LIST_MODEL (all[i]->list));

          gtk_single_selection_set_selected (all[i]->single,
                                             (guint) g_test_rand_int_range (0, (int) n_items + 1));
          gtk_selection_model_select_item (GTK_SELECTION_MODEL (all[i]->multi),
                                           (guint) g_test_rand_int_range (0, (int) n_items + 1),
                                           g_test_rand_int_range (0, 9) == 0);
          single[i] = list_selected (all[i]->single);
          multi[i] = list_selected (all[i]->multi);
        }

      g_object_freeze_notify (G_OBJECT (signal));
      for (int i = g_test_rand_int_range (1, n_writes + 1); i > 0; i--)
        write_at_random (signal, "/a", (int) n_rows, range);
      if (g_test_rand_int_range (0, 40) == 0)
        {
          g_autoptr (ServerSignal) other = signal_of_rows (n_rows, range);
          g_autoptr (JsonNode) node = server_signal_dup_value (other, "/a");

          g_assert_true (server_signal_set_value (signal, "/a", node, NULL));
        }
      g_object_thaw_notify (G_OBJECT (signal));

      for (guint i = 0; i < G_N_ELEMENTS (all) && all[i] != NULL; i++)
        {
          models_check (all[i]);
          check_selected (all[i]->single, single[i]);
          check_selected (all[i]->multi, multi[i]);
          g_ptr_array_unref (single[i]);
          g_ptr_array_unref (multi[i]);
        }
    }

  for (guint i = 0; i < G_N_ELEMENTS (all) && all[i] != NULL; i++)
    models_free (all[i]);
  g_assert_finalize_object (signal);
}

static void
test_random (gconstpointer data)
{
  Sorting sorting = (Sorting) GPOINTER_TO_INT (data);

  if ((sorting == HEADER || sorting == HEADER_REVERSED) && !has_display)
    {
      g_test_skip ("There is no display, which a GtkColumnView needs");
      return;
    }

  check_random (sorting, 12, 6, 150, 6);
  check_random (sorting, 40, 1000, 60, 20);
}

/* A long table of which one commit changes twenty rows, and a longer one, in which rows also
 * move so far that they go and come in two emissions. */
static void
test_long (gconstpointer data)
{
  gboolean is_longer = data != NULL;
  guint n_rows = is_longer ? 2500 : 500;
  ServerSignal *signal = signal_of_rows (n_rows, 100000);
  ServerSignalList *list = server_signal_list_new (signal, "/a", TEST_TYPE_ROW);
  GtkSorter *sorter = sorter_new (CUSTOM, NULL);
  GtkSortListModel *sorted = gtk_sort_list_model_new (ref (list), ref (sorter));
  GtkMultiSelection *selection = gtk_multi_selection_new (ref (sorted));

  server_signal_list_set_announces_edits (list, TRUE);
  for (guint round = 0; round < 40; round++)
    {
      g_autoptr (GtkSortListModel) fresh = NULL;

      gtk_selection_model_select_item (GTK_SELECTION_MODEL (selection),
                                       (guint) g_test_rand_int_range (0, (int) n_rows), FALSE);
      g_object_freeze_notify (G_OBJECT (signal));
      for (guint i = 0; i < 20; i++)
        {
          int row = g_test_rand_int_range (0, (int) n_rows);
          g_autofree char *at = g_strdup_printf ("/a/%d/n", row);

          if (is_longer)
            write_at_random (signal, "/a", (int) n_rows, 100000);
          server_signal_set_int (signal, at, g_test_rand_int_range (0, 100000), NULL);
        }
      g_object_thaw_notify (G_OBJECT (signal));

      fresh = gtk_sort_list_model_new (ref (list), ref (sorter));
      assert_same_items (sorted, fresh);
    }

  g_object_unref (selection);
  g_object_unref (sorted);
  g_object_unref (sorter);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* Views that go and come are compared as they were announced, also where edits are not. */
static void
test_removed_views (void)
{
  for (guint round = 0; round < 300; round++)
    {
      g_autoptr (GString) text = g_string_new ("[");
      ServerSignal *signal;
      Models *models;

      for (guint i = 0; i < 12; i++)
        g_string_append_printf (text, "%s%d", i > 0 ? "," : "", g_test_rand_int_range (1, 100));
      g_string_append_c (text, ']');
      signal = server_signal_new_from_json ("rows", text->str, NULL);
      models = models_new (signal, NULL, G_TYPE_NONE, round % 2 == 0 ? CUSTOM : REVERSED);
      server_signal_list_set_announces_edits (models->list, FALSE);

      for (guint commit = 0; commit < 3; commit++)
        {
          g_object_freeze_notify (G_OBJECT (signal));
          for (guint i = 0; i < 4; i++)
            {
              g_autofree char *at = g_strdup_printf ("/%d", g_test_rand_int_range (0, 12));
              g_autofree char *to = g_strdup_printf ("/%d", g_test_rand_int_range (0, 12));
              g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);

              json_node_set_int (node, g_test_rand_int_range (1, 100));
              server_signal_remove (signal, at, NULL);
              server_signal_insert_value (signal, to, node, NULL);
            }
          g_object_thaw_notify (G_OBJECT (signal));
          models_check (models);
        }

      models_free (models);
      g_assert_finalize_object (signal);
    }
}

static GListModel *
parts_of (gpointer item,
          gpointer user_data)
{
  GListModel *parts;

  g_object_get (item, "parts", &parts, NULL);
  return parts;
}

/* GtkMapListModel puts an item that comes before another behind it (4.8.3). */
static void
follow_parts_cb (GListModel *rows,
                 guint       position,
                 guint       n_removed,
                 guint       n_added,
                 GListStore *stores)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = position; i < position + n_added; i++)
    {
      g_autoptr (GObject) row = g_list_model_get_item (rows, i);

      g_ptr_array_add (parts, parts_of (row, NULL));
    }
  g_list_store_splice (stores, position, n_removed, parts->pdata, n_added);
}

/* Two lists of one signal in one, and the lists within the items in one, sorted; and as a tree. */
static void
test_flattened (gconstpointer has_views)
{
  GType type = has_views != NULL ? G_TYPE_NONE : TEST_TYPE_ROW;
  ServerSignal *signal = signal_of_rows (10, 50);
  ServerSignalList *lists[2] = { server_signal_list_new (signal, "/a", type),
                                 server_signal_list_new (signal, "/c", type) };
  GListStore *store = g_list_store_new (G_TYPE_LIST_MODEL);
  GtkFlattenListModel *flat = gtk_flatten_list_model_new (ref (store));
  GtkSorter *sorter = sorter_new (CUSTOM, NULL);
  GtkSortListModel *sorted = gtk_sort_list_model_new (ref (flat), ref (sorter));
  GtkTreeListModel *tree = NULL;
  GtkTreeListModel *rows_tree = NULL;
  GtkSortListModel *sorted_tree = NULL;
  g_autoptr (GListStore) stores = g_list_store_new (G_TYPE_LIST_MODEL);
  GtkFlattenListModel *flat_parts = NULL;
  GtkSortListModel *sorted_parts = NULL;
  GPtrArray *observers = g_ptr_array_new_with_free_func ((GDestroyNotify) observer_free);

  set_json (signal, "/c", "[{'n':3},{'n':30},{'n':20},{'n':10},{'n':40}]");
  for (guint i = 0; i < 2; i++)
    {
      server_signal_list_set_announces_edits (lists[i], TRUE);
      g_list_store_append (store, lists[i]);
    }
  g_ptr_array_add (observers, observer_new (sorted));
  if (type == TEST_TYPE_ROW)
    {
      tree = gtk_tree_list_model_new (ref (lists[0]), TRUE, TRUE,
                                      (GtkTreeListModelCreateModelFunc) parts_of, NULL, NULL);
      rows_tree = gtk_tree_list_model_new (ref (lists[0]), FALSE, TRUE,
                                           (GtkTreeListModelCreateModelFunc) parts_of, NULL, NULL);
      sorted_tree =
        gtk_sort_list_model_new (ref (rows_tree),
                                 GTK_SORTER (gtk_tree_list_row_sorter_new (ref (sorter))));
      g_ptr_array_add (observers, observer_new (sorted_tree));
      g_signal_connect (lists[0], "items-changed", G_CALLBACK (follow_parts_cb), stores);
      follow_parts_cb (G_LIST_MODEL (lists[0]), 0, 0,
                       g_list_model_get_n_items (G_LIST_MODEL (lists[0])), stores);
      flat_parts = gtk_flatten_list_model_new (ref (stores));
      sorted_parts = gtk_sort_list_model_new (ref (flat_parts), ref (sorter));
      g_ptr_array_add (observers, observer_new (tree));
      g_ptr_array_add (observers, observer_new (sorted_parts));
    }

  for (guint round = 0; round < 200; round++)
    {
      g_autoptr (GtkSortListModel) fresh = NULL;

      g_object_freeze_notify (G_OBJECT (signal));
      for (int i = g_test_rand_int_range (1, 8); i > 0; i--)
        {
          g_autofree char *at = g_strdup_printf ("/a/%d/parts/-", g_test_rand_int_range (0, 10));
          g_autofree char *first =
            g_strdup_printf ("/a/%d/parts/0/n", g_test_rand_int_range (0, 10));
          g_autofree char *row = row_text (50);
          g_autoptr (JsonNode) node = json_from_string (row, NULL);

          write_at_random (signal, g_test_rand_bit () ? "/a" : "/c", 10, 50);
          if (g_test_rand_int_range (0, 4) == 0)
            server_signal_insert_value (signal, at, node, NULL);
          if (g_test_rand_int_range (0, 3) == 0)
            server_signal_set_int (signal, first, g_test_rand_int_range (0, 50), NULL);
        }
      g_object_thaw_notify (G_OBJECT (signal));

      fresh = gtk_sort_list_model_new (ref (flat), ref (sorter));
      assert_same_items (sorted, fresh);
      if (tree != NULL)
        {
          g_autoptr (GtkSortListModel) fresh_parts = NULL;
          g_autoptr (GtkSortListModel) fresh_sorted_tree = NULL;
          g_autoptr (GtkTreeListModel) fresh_tree = NULL;

          fresh_sorted_tree =
            gtk_sort_list_model_new (ref (rows_tree),
                                     ref (gtk_sort_list_model_get_sorter (sorted_tree)));
          assert_same_items (sorted_tree, fresh_sorted_tree);
          fresh_parts = gtk_sort_list_model_new (ref (flat_parts), ref (sorter));
          assert_same_items (sorted_parts, fresh_parts);
          fresh_tree =
            gtk_tree_list_model_new (ref (lists[0]), TRUE, TRUE,
                                     (GtkTreeListModelCreateModelFunc) parts_of, NULL, NULL);
          assert_same_items (tree, fresh_tree);
        }
    }

  g_ptr_array_unref (observers);
  g_signal_handlers_disconnect_by_data (lists[0], stores);
  g_list_store_remove_all (stores);
  g_clear_object (&tree);
  g_clear_object (&sorted_parts);
  g_clear_object (&flat_parts);
  g_clear_object (&sorted_tree);
  g_clear_object (&rows_tree);
  g_object_unref (sorted);
  g_object_unref (sorter);
  g_object_unref (flat);
  g_object_unref (store);
  g_assert_finalize_object (lists[0]);
  g_assert_finalize_object (lists[1]);
  g_assert_finalize_object (signal);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  /* There need not be a session bus. */
  g_setenv ("GTK_A11Y", "none", TRUE);
  has_display = gtk_init_check ();

  g_test_add_func ("/gtk/sorters/two-edits", test_two_edits);
  for (int i = 0; i < N_SORTERS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/gtk/sorters/random/%s", sorting_names[i]);

      g_test_add_data_func (path, GINT_TO_POINTER (i), test_random);
    }
  g_test_add_data_func ("/gtk/sorters/long", NULL, test_long);
  g_test_add_data_func ("/gtk/sorters/longer", GINT_TO_POINTER (1), test_long);
  g_test_add_func ("/gtk/sorters/removed-views", test_removed_views);
  g_test_add_data_func ("/gtk/sorters/flattened/items", NULL, test_flattened);
  g_test_add_data_func ("/gtk/sorters/flattened/views", GINT_TO_POINTER (1), test_flattened);

  return g_test_run ();
}
