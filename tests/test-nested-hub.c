/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "libserver-signal.h"
#include "test-json.h"
#include "test-row.h"
#include "test-utils.h"

/* Lists within the rows of a list, edited at random at any depth: through a hub and a client the
 * mirror is the same after each edit, was sent no more than that edit, and shows each row and each
 * of its parts by the item that it had. SS_TEST_CASES has more edits of it. */

/* The classes by which rows are shown. */

#define TEST_TYPE_SHOWN (test_shown_get_type ())
G_DECLARE_FINAL_TYPE (TestShown, test_shown, TEST, SHOWN, GObject)

struct _TestShown
{
  GObject     parent_instance;
  int         id;
  char       *label;
  GListStore *parts;
};

G_DEFINE_FINAL_TYPE (TestShown, test_shown, G_TYPE_OBJECT)

static void
test_shown_finalize (GObject *object)
{
  TestShown *self = TEST_SHOWN (object);

  g_free (self->label);
  g_object_unref (self->parts);

  G_OBJECT_CLASS (test_shown_parent_class)->finalize (object);
}

static void
test_shown_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  TestShown *self = TEST_SHOWN (object);

  if (prop_id == TEST_ROW_ID)
    g_value_set_int (value, self->id);
  else if (prop_id == TEST_ROW_LABEL)
    g_value_set_string (value, self->label);
  else
    g_value_set_object (value, self->parts);
}

static void
test_shown_set_property (GObject      *object,
                         guint         prop_id,
                         const GValue *value,
                         GParamSpec   *pspec)
{
  TestShown *self = TEST_SHOWN (object);

  if (prop_id == TEST_ROW_ID)
    {
      self->id = g_value_get_int (value);
    }
  else
    {
      g_free (self->label);
      self->label = g_value_dup_string (value);
    }
}

static void
test_shown_class_init (TestShownClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = test_shown_finalize;
  object_class->get_property = test_shown_get_property;
  object_class->set_property = test_shown_set_property;

  g_object_class_install_property (object_class, TEST_ROW_ID,
                                   g_param_spec_int ("id", NULL, NULL, G_MININT, G_MAXINT, 0,
                                                     G_PARAM_READWRITE));
  g_object_class_install_property (object_class, TEST_ROW_LABEL,
                                   g_param_spec_string ("label", NULL, NULL, NULL,
                                                        G_PARAM_READWRITE));
  g_object_class_install_property (object_class, TEST_ROW_PARTS,
                                   g_param_spec_object ("parts", NULL, NULL, G_TYPE_LIST_STORE,
                                                        G_PARAM_READABLE));
}

static void
test_shown_init (TestShown *self)
{
  self->parts = g_list_store_new (TEST_TYPE_SHOWN);
}

/* The edits */

#define MAX_DEPTH 3

static int next_id;

static TestRow *
new_row (int depth)
{
  g_autoptr (GListStore) parts = NULL;
  TestRow *row = test_row_new (next_id++, "new");

  if (depth < MAX_DEPTH && g_test_rand_bit ())
    {
      parts = g_list_store_new (TEST_TYPE_ROW);
      for (int i = g_test_rand_int_range (0, 4); i > 0; i--)
        {
          g_autoptr (TestRow) part = new_row (depth + 1);

          g_list_store_append (parts, part);
        }
      g_object_set (row, "parts", parts, NULL);
    }

  return row;
}

static void
list_stores (GListModel *model,
             GPtrArray  *stores)
{
  g_ptr_array_add (stores, model);
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TestRow) row = g_list_model_get_item (model, i);

      if (row->parts != NULL)
        list_stores (row->parts, stores);
    }
}

static int
compare_rows (gconstpointer a,
              gconstpointer b,
              gpointer      user_data)
{
  return ((const TestRow *) a)->id % 7 - ((const TestRow *) b)->id % 7;
}

/* Returns how many operations that is; 0: however many, and the items may be others. */
static guint
edit (GListModel *top)
{
  g_autoptr (GPtrArray) stores = g_ptr_array_new ();
  g_autoptr (TestRow) added = new_row (MAX_DEPTH - 2);
  g_autoptr (TestRow) row = NULL;
  GListStore *store;
  guint length;
  guint position;

  list_stores (top, stores);
  store = stores->pdata[g_test_rand_int_range (0, (int) stores->len)];
  length = g_list_model_get_n_items (G_LIST_MODEL (store));
  position = (guint) g_test_rand_int_range (0, (int) length + 1);
  row = g_list_model_get_item (G_LIST_MODEL (store), position);

  if (row == NULL || length < 2)
    {
      g_list_store_insert (store, position, added);
      return 1;
    }

  switch (g_test_rand_int_range (0, length < 8 ? 10 : 7))
    {
    case 0:
      g_list_store_sort (store, compare_rows, NULL);
      return 0;

    case 1:
      if (row->parts != NULL)
        g_object_set (row, "parts", NULL, NULL);
      else
        g_object_set (row, "parts", added->parts, "label", "other", NULL);
      return 0;

    case 2:
    case 3:
      g_object_set (row, "label", g_strcmp0 (row->label, "new") == 0 ? NULL : "new", NULL);
      return 1;

    case 4:
    case 5:
      g_list_store_remove (store, position);
      return 1;

    case 6:
      g_list_store_splice (store, position, 1, (gpointer *) &added, 1);
      return 0;

    default:
      g_list_store_insert (store, position, added);
      return 1;
    }
}

/* Which row is shown by which item, at any depth; these that were in items before are the same. */
static void
check (GListModel *rows,
       GListModel *shown_rows,
       GHashTable *items,
       gboolean    keeps_items)
{
  guint length = rows != NULL ? g_list_model_get_n_items (rows) : 0;

  g_assert_cmpuint (g_list_model_get_n_items (shown_rows), ==, length);
  for (guint i = 0; i < length; i++)
    {
      TestRow *row = g_list_model_get_item (rows, i);
      TestShown *shown = g_list_model_get_item (shown_rows, i);
      gpointer before = g_hash_table_lookup (items, row);

      g_assert_cmpint (shown->id, ==, row->id);
      g_assert_cmpstr (shown->label, ==, row->label);
      if (keeps_items && before != NULL)
        g_assert_true (before == shown);
      check (row->parts, G_LIST_MODEL (shown->parts), items, keeps_items);
      g_hash_table_insert (items, row, shown);
    }
}

static void
count_operations_cb (guint             *n_operations,
                     ServerSignalPatch *patch)
{
  *n_operations += server_signal_patch_get_n_operations (patch);
}

static gboolean
has_caught_up (ServerSignal *signal,
               ServerSignal *replica)
{
  return !server_signal_get_stale (replica) &&
         server_signal_get_revision (replica) == server_signal_get_revision (signal);
}

static void
test_random (void)
{
  static const char *const properties[] = { "id", "label", "parts", NULL };
  g_autoptr (GListStore) store = g_list_store_new (TEST_TYPE_ROW);
  g_autoptr (GHashTable) items = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  ServerSignal *signal = server_signal_new ("rows", NULL);
  ServerSignalHub *hub = server_signal_hub_new ();
  ServerSignalClient *client;
  ServerSignal *replica;
  ServerSignalList *mirror;
  guint n_edits = test_cases (500);
  guint n_sent = 0, n_received = 0;

  server_signal_track_list_properties (signal, NULL, G_LIST_MODEL (store), properties, &error);
  g_assert_no_error (error);
  server_signal_hub_add (hub, signal, NULL);
  server_signal_hub_listen (hub, NULL, 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (hub);
  client = server_signal_client_new (uri);
  replica = g_object_ref (server_signal_client_get_signal (client, "rows"));
  mirror = server_signal_list_new (replica, NULL, TEST_TYPE_SHOWN);
  g_signal_connect_swapped (signal, "patched", G_CALLBACK (count_operations_cb), &n_sent);
  server_signal_client_start (client);
  WAIT_UNTIL (has_caught_up (signal, replica));
  g_signal_connect_swapped (replica, "patched", G_CALLBACK (count_operations_cb), &n_received);

  items = g_hash_table_new_full (NULL, NULL, g_object_unref, g_object_unref);
  for (guint i = 0; i < n_edits; i++)
    {
      guint n_changes;

      n_sent = n_received = 0;
      n_changes = edit (G_LIST_MODEL (store));
      WAIT_UNTIL (has_caught_up (signal, replica));
      if (n_changes > 0)
        {
          g_assert_cmpuint (n_sent, ==, n_changes);
          g_assert_cmpuint (n_received, ==, n_changes);
        }
      check (G_LIST_MODEL (store), G_LIST_MODEL (mirror), items, n_changes > 0);
    }

  g_hash_table_remove_all (items);
  g_assert_finalize_object (mirror);
  server_signal_client_stop (client);
  g_assert_finalize_object (client);
  g_assert_finalize_object (replica);
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (hub)) == 0);
  server_signal_hub_close (hub);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
  g_assert_finalize_object (signal);
  test_settle ();
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/nested-hub/random", test_random);

  return g_test_run ();
}
