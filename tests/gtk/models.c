/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <gtk/gtk.h>

#include "libserver-signal.h"

/* GTK's models, expressions and .ui files over lists and views. None of it needs a display. */

#define TEST_TYPE_PERSON (test_person_get_type ())
G_DECLARE_FINAL_TYPE (TestPerson, test_person, TEST, PERSON, GObject)

struct _TestPerson
{
  GObject parent_instance;
  char   *name;
  int     age;
};

G_DEFINE_FINAL_TYPE (TestPerson, test_person, G_TYPE_OBJECT)

static void
test_person_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  TestPerson *self = TEST_PERSON (object);

  if (prop_id == 1)
    {
      g_free (self->name);
      self->name = g_value_dup_string (value);
    }
  else
    {
      self->age = g_value_get_int (value);
    }
}

static void
test_person_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  if (prop_id == 1)
    g_value_set_string (value, TEST_PERSON (object)->name);
  else
    g_value_set_int (value, TEST_PERSON (object)->age);
}

static void
test_person_finalize (GObject *object)
{
  g_free (TEST_PERSON (object)->name);
  G_OBJECT_CLASS (test_person_parent_class)->finalize (object);
}

static void
test_person_class_init (TestPersonClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = test_person_set_property;
  object_class->get_property = test_person_get_property;
  object_class->finalize = test_person_finalize;
  g_object_class_install_property (object_class, 1,
                                   g_param_spec_string ("name", NULL, NULL, NULL,
                                                        G_PARAM_READWRITE));
  g_object_class_install_property (object_class, 2,
                                   g_param_spec_int ("age", NULL, NULL, 0, 200, 0,
                                                     G_PARAM_READWRITE));
}

static void
test_person_init (TestPerson *self)
{
}

static ServerSignal *
signal_of (const char *json)
{
  g_autofree char *text = g_strdelimit (g_strdup (json), "'", '"');
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_from_json ("people", text, &error);

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

static ServerSignal *
people (void)
{
  return signal_of ("{'people':[{'name':'Ada','age':36},{'name':'Grace','age':85},"
                    "{'name':'Emmy','age':53},{'name':'Rosa','age':20}]}");
}

static char *
names_of (GListModel *model)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TestPerson) person = g_list_model_get_item (model, i);

      g_string_append_printf (names, "%s%s", i > 0 ? " " : "", person->name);
    }

  return g_string_free (names, FALSE);
}

#define assert_names(model, expected) \
  G_STMT_START \
  { \
    g_autofree char *names_now = names_of (G_LIST_MODEL (model)); \
    g_assert_cmpstr (names_now, ==, (expected)); \
  } \
  G_STMT_END

static void
test_sort_and_filter (void)
{
  ServerSignal *signal = people ();
  ServerSignalList *list = server_signal_list_new (signal, "/people", TEST_TYPE_PERSON);
  GtkSorter *sorter = GTK_SORTER (
    gtk_numeric_sorter_new (gtk_property_expression_new (TEST_TYPE_PERSON, NULL, "age")));
  GtkSortListModel *sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (list)), sorter);
  GtkFilter *filter = GTK_FILTER (
    gtk_string_filter_new (gtk_property_expression_new (TEST_TYPE_PERSON, NULL, "name")));
  GtkFilterListModel *filtered =
    gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (sorted)), filter);

  assert_names (sorted, "Rosa Ada Emmy Grace");
  gtk_string_filter_set_search (GTK_STRING_FILTER (filter), "a");
  assert_names (filtered, "Rosa Ada Grace");

  set_json (signal, "/people/-", "{'name':'Mary','age':40}");
  assert_names (sorted, "Rosa Ada Mary Emmy Grace");
  assert_names (filtered, "Rosa Ada Mary Grace");
  g_assert_true (server_signal_remove (signal, "/people/0", NULL));
  g_assert_true (server_signal_move (signal, "/people/0", "/people/2", NULL));
  assert_names (list, "Emmy Rosa Grace Mary");
  assert_names (filtered, "Rosa Mary Grace");

  /* GTK's models look at an item when it comes, not when it changes: that has to be said. */
  set_json (signal, "/people/1/age", "90");
  assert_names (sorted, "Rosa Mary Emmy Grace");
  server_signal_list_set_announces_edits (list, TRUE);
  set_json (signal, "/people/1/age", "91");
  assert_names (sorted, "Mary Emmy Grace Rosa");
  set_json (signal, "/people", "[{'name':'Rosa','age':20},{'name':'Ida','age':10}]");
  assert_names (sorted, "Ida Rosa");
  set_json (signal, "/people/0/name", "'Else'");
  assert_names (filtered, "Ida");

  g_object_unref (filtered);
  g_object_unref (sorted);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

static void
count_cb (guint *count)
{
  ++*count;
}

#define assert_selected(selection, index, person) \
  G_STMT_START \
  { \
    g_assert_cmpuint (gtk_single_selection_get_selected (selection), ==, (index)); \
    g_assert_true (gtk_single_selection_get_selected_item (selection) == (gpointer) (person)); \
  } \
  G_STMT_END

/* The selected item stays selected, wherever the row goes. */
static void
test_selection (gconstpointer announces_edits)
{
  ServerSignal *signal = people ();
  ServerSignalList *list = server_signal_list_new (signal, "/people", TEST_TYPE_PERSON);
  GtkSingleSelection *selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (list)));
  g_autoptr (TestPerson) emmy = g_list_model_get_item (G_LIST_MODEL (list), 2);

  server_signal_list_set_announces_edits (list, GPOINTER_TO_INT (announces_edits));
  gtk_single_selection_set_selected (selection, 2);

  set_json (signal, "/people/2/age", "54");
  set_json (signal, "/people/2", "{'name':'Emmy','age':55}");
  assert_selected (selection, 2, emmy);
  g_assert_true (server_signal_remove (signal, "/people/0", NULL));
  assert_selected (selection, 1, emmy);
  g_assert_true (server_signal_move (signal, "/people/1", "/people/0", NULL));
  assert_selected (selection, 0, emmy);
  g_assert_true (server_signal_move (signal, "/people/0", "/people/2", NULL));
  assert_selected (selection, 2, emmy);
  /* A sort. */
  set_json (signal, "/people",
            "[{'name':'Emmy','age':55},{'name':'Grace','age':85},"
            "{'name':'Rosa','age':20}]");
  assert_selected (selection, 0, emmy);
  /* The list around others. */
  set_json (signal, "/people", "[{'name':'X'},{'name':'Rosa','age':20},{'name':'Emmy','age':55}]");
  assert_selected (selection, 2, emmy);
  g_assert_cmpint (emmy->age, ==, 55);

  g_object_unref (selection);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* Random edits under a sorted, filtered model: no assertion of GTK fails, and the model shows the
 * array. */
static void
test_random (void)
{
  ServerSignal *signal = signal_of ("[]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_PERSON);
  GtkSorter *sorter = GTK_SORTER (
    gtk_string_sorter_new (gtk_property_expression_new (TEST_TYPE_PERSON, NULL, "name")));
  GtkSortListModel *sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (list)), sorter);
  GtkSingleSelection *selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (sorted)));

  for (guint round = 0; round < 500; round++)
    {
      guint n_writes = (guint) g_test_rand_int_range (1, 8);
      const char *last = "";

      g_object_freeze_notify (G_OBJECT (signal));
      for (guint i = 0; i < n_writes; i++)
        {
          g_autofree char *at = g_strdup_printf ("/%d", g_test_rand_int_range (0, 20));
          g_autofree char *to = g_strdup_printf ("/%d", g_test_rand_int_range (0, 20));
          g_autofree char *row =
            g_strdup_printf ("{\"name\":\"%c%d\"}", g_test_rand_int_range ('a', 'z'), round);
          g_autoptr (JsonNode) node = json_from_string (row, NULL);

          switch (g_test_rand_int_range (0, 4))
            {
            case 0:
              server_signal_remove (signal, at, NULL);
              break;
            case 1:
              server_signal_move (signal, at, to, NULL);
              break;
            default:
              server_signal_insert_value (signal, g_test_rand_bit () ? at : "/-", node, NULL);
              break;
            }
        }
      g_object_thaw_notify (G_OBJECT (signal));

      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (sorted)), ==,
                        g_list_model_get_n_items (G_LIST_MODEL (list)));
      for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (sorted)); i++)
        {
          g_autoptr (TestPerson) person = g_list_model_get_item (G_LIST_MODEL (sorted), i);

          g_assert_cmpint (g_utf8_collate (last, person->name), <=, 0);
          last = person->name;
        }
    }

  g_object_unref (selection);
  g_object_unref (sorted);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* A widget that can be edited and is bound both ways: it follows, and the input stays and is
 * reported once. */
static void
test_edited (void)
{
  ServerSignal *signal = people ();
  ServerSignalList *list = server_signal_list_new (signal, "/people", TEST_TYPE_PERSON);
  g_autoptr (TestPerson) ada = g_list_model_get_item (G_LIST_MODEL (list), 0);
  GtkEntryBuffer *buffer = gtk_entry_buffer_new (NULL, 0);
  GtkAdjustment *adjustment = gtk_adjustment_new (0, 0, 50, 1, 1, 0);

  g_object_bind_property (ada, "name", buffer, "text",
                          G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
  g_object_bind_property (ada, "age", adjustment, "value",
                          G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
  set_json (signal, "/people/0/name", "'Ada Lovelace'");
  set_json (signal, "/people/0", "{'name':'Augusta','age':70}");
  g_assert_cmpstr (gtk_entry_buffer_get_text (buffer), ==, "Augusta");
  g_assert_cmpint (ada->age, ==, 70);

  g_test_expect_message ("ServerSignal", G_LOG_LEVEL_WARNING,
                         "*\"name\"*\"people\"*\"/people/0/name\"*");
  gtk_entry_buffer_set_text (buffer, "Countess", -1);
  g_test_assert_expected_messages ();
  gtk_entry_buffer_set_text (buffer, "Countess of Lovelace", -1);
  g_assert_cmpstr (ada->name, ==, "Countess of Lovelace");
  set_json (signal, "/people/0/name", "'Ada'");
  g_assert_cmpstr (gtk_entry_buffer_get_text (buffer), ==, "Ada");

  g_object_unref (buffer);
  g_object_ref_sink (adjustment);
  g_object_unref (adjustment);
  g_clear_object (&ada);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* An expression on a view, and one on the view in a list, watched. */
static void
test_expression (void)
{
  ServerSignal *signal = people ();
  ServerSignalView *view = server_signal_view_new (signal, "/people/1/age");
  ServerSignalList *list = server_signal_list_new (signal, "/people", G_TYPE_NONE);
  g_autoptr (ServerSignalView) item = g_list_model_get_item (G_LIST_MODEL (list), 1);
  GtkExpression *expression =
    gtk_property_expression_new (SERVER_TYPE_SIGNAL_VIEW, NULL, "int-value");
  GtkExpression *pointer = gtk_property_expression_new (SERVER_TYPE_SIGNAL_VIEW, NULL, "pointer");
  GtkExpressionWatch *watch, *pointer_watch;
  GValue value = G_VALUE_INIT;
  guint n_told = 0, n_pointer = 0;

  watch = gtk_expression_watch (expression, view, (GtkExpressionNotify) count_cb, &n_told, NULL);
  pointer_watch =
    gtk_expression_watch (pointer, item, (GtkExpressionNotify) count_cb, &n_pointer, NULL);
  g_assert_true (gtk_expression_watch_evaluate (watch, &value));
  g_assert_cmpint (g_value_get_int64 (&value), ==, 85);
  g_value_unset (&value);
  g_assert_true (gtk_expression_watch_evaluate (pointer_watch, &value));
  g_assert_cmpstr (g_value_get_string (&value), ==, "/people/1");
  g_value_unset (&value);

  set_json (signal, "/people/1/age", "86");
  set_json (signal, "/people/0/age", "37");
  g_assert_cmpuint (n_told, ==, 1);
  g_assert_cmpuint (n_pointer, ==, 0);
  g_assert_true (server_signal_remove (signal, "/people/0", NULL));
  g_assert_cmpuint (n_told, ==, 2);
  g_assert_cmpuint (n_pointer, ==, 1);
  g_assert_true (gtk_expression_watch_evaluate (watch, &value));
  g_assert_cmpint (g_value_get_int64 (&value), ==, 53);
  g_value_unset (&value);
  g_assert_true (gtk_expression_watch_evaluate (pointer_watch, &value));
  g_assert_cmpstr (g_value_get_string (&value), ==, "/people/0");
  g_value_unset (&value);

  gtk_expression_watch_unwatch (watch);
  gtk_expression_watch_unwatch (pointer_watch);
  gtk_expression_unref (expression);
  gtk_expression_unref (pointer);
  g_clear_object (&item);
  g_assert_finalize_object (view);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

static const char ui[] =
  "<interface>"
  "  <object class='ServerSignalView' id='age'>"
  "    <property name='signal'>people</property>"
  "    <property name='pointer'>/people/0/age</property>"
  "  </object>"
  "  <object class='GtkAdjustment' id='adjustment'>"
  "    <property name='upper'>200</property>"
  "    <property name='value' bind-source='age' bind-property='double-value' bind-flags='sync-create'/>"
  "    <binding name='page-increment'>"
  "      <lookup name='double-value' type='ServerSignalView'>age</lookup>"
  "    </binding>"
  "  </object>"
  "  <object class='GtkSortListModel' id='sorted'>"
  "    <property name='model'>"
  "      <object class='ServerSignalList' id='list'>"
  "        <property name='signal'>people</property>"
  "        <property name='pointer'>/people</property>"
  "        <property name='item-type'>TestPerson</property>"
  "      </object>"
  "    </property>"
  "    <property name='sorter'>"
  "      <object class='GtkStringSorter'>"
  "        <property name='expression'><lookup name='name' type='TestPerson'/></property>"
  "      </object>"
  "    </property>"
  "  </object>"
  "</interface>";

static void
test_builder (void)
{
  ServerSignal *signal = people ();
  GtkBuilder *builder = gtk_builder_new ();
  g_autofree char *text = g_strdelimit (g_strdup (ui), "'", '"');
  g_autoptr (GError) error = NULL;
  GtkAdjustment *adjustment;
  GListModel *sorted;

  g_type_ensure (TEST_TYPE_PERSON);
  gtk_builder_expose_object (builder, "people", G_OBJECT (signal));
  gtk_builder_add_from_string (builder, text, -1, &error);
  g_assert_no_error (error);
  adjustment = GTK_ADJUSTMENT (gtk_builder_get_object (builder, "adjustment"));
  sorted = G_LIST_MODEL (gtk_builder_get_object (builder, "sorted"));

  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, 36.0);
  g_assert_cmpfloat (gtk_adjustment_get_page_increment (adjustment), ==, 36.0);
  assert_names (sorted, "Ada Emmy Grace Rosa");

  set_json (signal, "/people/0", "{'name':'Zoe','age':7}");
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, 7.0);
  g_assert_cmpfloat (gtk_adjustment_get_page_increment (adjustment), ==, 7.0);
  g_assert_true (server_signal_remove (signal, "/people/1", NULL));
  set_json (signal, "/people/-", "{'name':'Ada'}");
  assert_names (gtk_builder_get_object (builder, "list"), "Zoe Emmy Rosa Ada");
  g_assert_cmpuint (g_list_model_get_n_items (sorted), ==, 4);

  g_object_unref (builder);
  g_assert_finalize_object (signal);
}

/* The one that the manual shows. */
static void
test_ui_file (void)
{
  ServerSignal *signal = people ();
  GtkBuilder *builder = gtk_builder_new ();
  g_autofree char *file =
    g_test_build_filename (G_TEST_DIST, "..", "examples", "lists", "age.ui", NULL);
  g_autoptr (GError) error = NULL;
  GtkAdjustment *adjustment;

  gtk_builder_expose_object (builder, "people", G_OBJECT (signal));
  gtk_builder_add_from_file (builder, file, &error);
  g_assert_no_error (error);
  adjustment = GTK_ADJUSTMENT (gtk_builder_get_object (builder, "adjustment"));
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, 36.0);
  set_json (signal, "/people/0/age", "37");
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, 37.0);

  g_object_unref (builder);
  g_assert_finalize_object (signal);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  gtk_init_check ();

  g_test_add_func ("/gtk/models/sort-and-filter", test_sort_and_filter);
  g_test_add_data_func ("/gtk/models/selection", GINT_TO_POINTER (FALSE), test_selection);
  g_test_add_data_func ("/gtk/models/selection-of-announced", GINT_TO_POINTER (TRUE),
                        test_selection);
  g_test_add_func ("/gtk/models/random", test_random);
  g_test_add_func ("/gtk/models/edited", test_edited);
  g_test_add_func ("/gtk/models/expression", test_expression);
  g_test_add_func ("/gtk/models/builder", test_builder);
  g_test_add_func ("/gtk/models/ui-file", test_ui_file);

  return g_test_run ();
}
