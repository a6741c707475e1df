/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "json/ss-reader.h"
#include "test-json.h"
#include "test-row.h"
#include "test-witness.h"

/* List models as signals. */

/* Appends the list as JSON, read from its model and nothing else. */
static void
append_fresh (GString    *json,
              GListModel *model)
{
  guint length = g_list_model_get_n_items (model);

  g_string_append_c (json, '[');
  for (guint i = 0; i < length; i++)
    {
      g_autoptr (TestRow) row = g_list_model_get_item (model, i);

      g_string_append_printf (json, "%s{\"id\":%d,\"label\":", i > 0 ? "," : "", row->id);
      if (row->label != NULL)
        g_string_append_printf (json, "\"%s\"", row->label);
      else
        g_string_append (json, "null");

      g_string_append (json, ",\"next\":");
      if (row->next != NULL)
        g_string_append_printf (json, "{\"id\":%d,\"label\":null,\"next\":null,\"parts\":null}",
                                TEST_ROW (row->next)->id);
      else
        g_string_append (json, "null");

      g_string_append (json, ",\"parts\":");
      if (row->parts != NULL)
        append_fresh (json, row->parts);
      else
        g_string_append (json, "null");
      g_string_append_c (json, '}');
    }
  g_string_append_c (json, ']');
}

static void
assert_follows (ServerSignal *signal,
                const char   *pointer,
                GListModel   *model)
{
  GString *json = g_string_new (NULL);
  g_autofree char *is = server_signal_dup_json (signal, pointer);

  append_fresh (json, model);
  g_assert_cmpstr (is, ==, json->str);
  g_string_free (json, TRUE);
}

static ServerSignal *
signal_for_list (GListModel *model)
{
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_for_list ("rows", model, &error);

  g_assert_no_error (error);
  g_assert_nonnull (signal);
  return signal;
}

static GListStore *
store_of (guint n_rows)
{
  GListStore *store = g_list_store_new (TEST_TYPE_ROW);

  for (guint i = 0; i < n_rows; i++)
    {
      g_autoptr (TestRow) row = test_row_new ((int) i, NULL);

      g_list_store_append (store, row);
    }

  return store;
}

static void
insert_row (GListStore *store,
            guint       position,
            int         id)
{
  g_autoptr (TestRow) row = test_row_new (id, NULL);

  g_list_store_insert (store, position, row);
}

static guint
last_operations (Witness *witness)
{
  g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_from_json (witness->patch, NULL);

  return server_signal_patch_get_n_operations (patch);
}

#define ROW(id) "{'id':" #id ",'label':null,'next':null,'parts':null}"

static void
test_operations (void)
{
  g_autoptr (GListStore) store = store_of (0);
  ServerSignal *signal = signal_for_list (G_LIST_MODEL (store));
  Witness *witness = witness_new (signal);
  g_autoptr (TestRow) row = NULL;

  assert_json (signal, NULL, "[]");

  insert_row (store, 0, 1);
  assert_patch (witness, "[{'op':'add','path':'/0','value':" ROW (1) "}]");
  insert_row (store, 1, 2);
  assert_patch (witness, "[{'op':'add','path':'/1','value':" ROW (2) "}]");
  insert_row (store, 0, 0);
  assert_patch (witness, "[{'op':'add','path':'/0','value':" ROW (0) "}]");
  insert_row (store, 3, 3);
  assert_commits (witness, 4);

  row = g_list_model_get_item (G_LIST_MODEL (store), 2);
  g_object_set (row, "label", "two", NULL);
  assert_patch (witness, "[{'op':'replace','path':'/2/label','value':'two'}]");
  /* A value that is equal already. */
  g_object_set (row, "label", "two", NULL);
  assert_commits (witness, 5);

  g_list_store_remove (store, 1);
  assert_patch (witness, "[{'op':'remove','path':'/1'}]");
  g_object_set (row, "id", 20, NULL);
  assert_patch (witness, "[{'op':'replace','path':'/1/id','value':20}]");
  assert_commits (witness, 7);

  /* Several at once: each that goes, and each that comes. */
  insert_row (store, 3, 4);
  {
    g_autoptr (TestRow) a = test_row_new (10, NULL);
    g_autoptr (TestRow) b = test_row_new (11, NULL);
    gpointer additions[] = { a, b };

    g_list_store_splice (store, 0, 1, additions, 2);
  }
  assert_patch (witness, "[{'op':'remove','path':'/0'},"
                         "{'op':'add','path':'/0','value':" ROW (
                           10) "},"
                               "{'op':'add','path':'/1','value':" ROW (11) "}]");
  assert_follows (signal, NULL, G_LIST_MODEL (store));
  assert_commits (witness, 9);

  g_list_store_remove_all (store);
  assert_patch (witness, "[{'op':'replace','path':'','value':[]}]");
  g_object_set (row, "label", "gone", NULL);
  assert_commits (witness, 10);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static int
compare_rows (gconstpointer a,
              gconstpointer b,
              gpointer      user_data)
{
  const TestRow *row_a = a;
  const TestRow *row_b = b;

  return GPOINTER_TO_INT (user_data) * (row_a->id > row_b->id ? 1 : row_a->id < row_b->id ? -1 : 0);
}

static void
test_whole (void)
{
  g_autoptr (GListStore) store = store_of (5);
  ServerSignal *signal = signal_for_list (G_LIST_MODEL (store));
  Witness *witness = witness_new (signal);
  g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (store), 1);
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_object_unref);

  /* Another order: all but one move. */
  g_list_store_sort (store, compare_rows, GINT_TO_POINTER (-1));
  g_assert_cmpuint (last_operations (witness), ==, 4);
  assert_commits (witness, 1);
  assert_follows (signal, NULL, G_LIST_MODEL (store));
  g_object_set (row, "label", "one", NULL);
  assert_patch (witness, "[{'op':'replace','path':'/3/label','value':'one'}]");

  /* The same order: nothing. */
  g_list_store_sort (store, compare_rows, GINT_TO_POINTER (-1));
  assert_commits (witness, 2);

  /* One that goes elsewhere. */
  g_object_set (row, "id", 100, NULL);
  g_list_store_sort (store, compare_rows, GINT_TO_POINTER (-1));
  assert_patch (witness, "[{'op':'move','from':'/3','path':'/0'}]");
  g_object_set (row, "id", -5, NULL);
  g_list_store_sort (store, compare_rows, GINT_TO_POINTER (-1));
  assert_patch (witness, "[{'op':'move','from':'/0','path':'/4'}]");
  assert_commits (witness, 6);
  assert_follows (signal, NULL, G_LIST_MODEL (store));

  for (int i = 0; i < 7; i++)
    g_ptr_array_add (others, test_row_new (i, "other"));
  g_list_store_splice (store, 0, 5, others->pdata, others->len);
  g_assert_cmpuint (last_operations (witness), ==, 1);
  assert_commits (witness, 7);
  assert_follows (signal, NULL, G_LIST_MODEL (store));

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* As many moves as there have to be, up to where the whole list is less work for everybody. */
static void
test_order (void)
{
  g_autoptr (GListStore) store = store_of (1000);
  ServerSignal *signal = signal_for_list (G_LIST_MODEL (store));
  Witness *witness = witness_new (signal);

  for (guint i = 0; i < 7; i++)
    {
      g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (store), 100 + 50 * i);

      row->id = i % 2 != 0 ? -(int) i : 2000 + (int) i;
    }
  g_list_store_sort (store, compare_rows, GINT_TO_POINTER (1));
  g_assert_cmpuint (last_operations (witness), ==, 7);
  assert_commits (witness, 1);
  g_list_model_items_changed (G_LIST_MODEL (store), 0, 1000, 1000);
  assert_follows (signal, NULL, G_LIST_MODEL (store));

  g_list_store_sort (store, compare_rows, GINT_TO_POINTER (-1));
  g_assert_cmpuint (last_operations (witness), ==, 1);
  assert_follows (signal, NULL, G_LIST_MODEL (store));

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* A model that says more than is true, as filters do, and one that says nothing else than that an
 * item has changed. */
static void
test_reports (void)
{
  g_autoptr (GListStore) store = store_of (10);
  ServerSignal *signal = signal_for_list (G_LIST_MODEL (store));
  Witness *witness = witness_new (signal);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (store), 7);

  for (guint i = 0; i < 10; i++)
    if (i % 3 != 1)
      g_ptr_array_add (kept, g_list_model_get_item (G_LIST_MODEL (store), i));
  g_list_store_splice (store, 0, 10, kept->pdata, kept->len);
  assert_patch (witness, "[{'op':'remove','path':'/7'},{'op':'remove','path':'/4'},"
                         "{'op':'remove','path':'/1'}]");
  assert_follows (signal, NULL, G_LIST_MODEL (store));

  g_ptr_array_insert (kept, 5, g_object_ref (row));
  g_list_store_splice (store, 1, 6, kept->pdata + 1, 7);
  assert_patch (witness, "[{'op':'add','path':'/5','value':" ROW (7) "}]");
  assert_follows (signal, NULL, G_LIST_MODEL (store));
  assert_commits (witness, 2);

  row->id = 70;
  assert_commits (witness, 2);
  g_list_model_items_changed (G_LIST_MODEL (store), 5, 1, 1);
  assert_patch (witness, "[{'op':'replace','path':'/5/id','value':70}]");
  g_list_model_items_changed (G_LIST_MODEL (store), 0, 8, 8);
  assert_commits (witness, 3);
  assert_follows (signal, NULL, G_LIST_MODEL (store));

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_twice (void)
{
  g_autoptr (GListStore) store = store_of (2);
  g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (store), 0);
  ServerSignal *signal;
  Witness *witness;

  g_list_store_append (store, row);
  signal = signal_for_list (G_LIST_MODEL (store));
  witness = witness_new (signal);

  g_object_set (row, "id", 9, NULL);
  g_assert_cmpuint (last_operations (witness), ==, 2);
  assert_commits (witness, 1);
  assert_follows (signal, NULL, G_LIST_MODEL (store));

  g_list_store_remove (store, 0);
  g_object_set (row, "id", 10, NULL);
  assert_patch (witness, "[{'op':'replace','path':'/1/id','value':10}]");
  g_list_store_append (store, row);
  g_list_store_sort (store, compare_rows, GINT_TO_POINTER (-1));
  assert_follows (signal, NULL, G_LIST_MODEL (store));

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* A handler before the signal's own changes the list again: the second change is reported first. */
static void
change_again_cb (GListModel *model,
                 guint       position,
                 guint       removed,
                 guint       added,
                 guint      *turns)
{
  if (*turns > 0)
    {
      --*turns;
      insert_row (G_LIST_STORE (model), 0, 1000 + (int) *turns);
    }
}

static void
write_back_cb (ServerSignal      *signal,
               ServerSignalPatch *patch,
               GListStore        *store)
{
  guint length = g_list_model_get_n_items (G_LIST_MODEL (store));

  if (length < 6)
    {
      g_autoptr (TestRow) last = g_list_model_get_item (G_LIST_MODEL (store), length - 1);

      g_object_set (last, "label", "seen", NULL);
      insert_row (store, length / 2, 500 + (int) length);
    }
}

static void
test_reentry (void)
{
  g_autoptr (GListStore) store = store_of (2);
  guint turns = 0;
  ServerSignal *signal;
  Witness *witness;

  g_signal_connect (store, "items-changed", G_CALLBACK (change_again_cb), &turns);
  signal = signal_for_list (G_LIST_MODEL (store));
  witness = witness_new (signal);

  turns = 3;
  insert_row (store, 1, 7);
  g_assert_cmpuint (turns, ==, 0);
  assert_follows (signal, NULL, G_LIST_MODEL (store));
  turns = 2;
  g_list_store_remove (store, 3);
  assert_follows (signal, NULL, G_LIST_MODEL (store));

  witness_free (witness);
  g_assert_finalize_object (signal);

  /* And from a handler of the signal. */
  g_clear_object (&store);
  store = store_of (1);
  signal = signal_for_list (G_LIST_MODEL (store));
  witness = witness_new (signal);
  g_signal_connect (signal, "patched", G_CALLBACK (write_back_cb), store);
  insert_row (store, 0, 7);
  assert_follows (signal, NULL, G_LIST_MODEL (store));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (store)), ==, 6);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_lifetimes (void)
{
  GListStore *store = store_of (3);
  ServerSignal *signal = signal_for_list (G_LIST_MODEL (store));
  TestRow *row = g_list_model_get_item (G_LIST_MODEL (store), 0);
  g_autoptr (GError) error = NULL;
  Witness *witness = witness_new (signal);

  /* The model goes: its last state stays, and nobody holds the items. */
  g_assert_finalize_object (store);
  g_object_set (row, "label", "gone", NULL);
  assert_commits (witness, 0);
  assert_json (signal, "/1/id", "1");
  g_assert_finalize_object (row);
  g_assert_true (server_signal_set_int (signal, "/1/id", 5, &error));
  g_assert_no_error (error);
  witness_free (witness);
  g_assert_finalize_object (signal);

  /* The signal goes. */
  store = store_of (3);
  signal = signal_for_list (G_LIST_MODEL (store));
  row = g_list_model_get_item (G_LIST_MODEL (store), 0);
  g_assert_finalize_object (signal);
  g_object_set (row, "label", "alone", NULL);
  g_list_store_remove (store, 0);
  g_assert_finalize_object (row);
  g_assert_finalize_object (store);

  /* Neither. */
  store = store_of (3);
  signal = signal_for_list (G_LIST_MODEL (store));
  server_signal_untrack (signal, "/nothing");
  server_signal_untrack (signal, NULL);
  server_signal_untrack (signal, "");
  g_list_store_remove (store, 0);
  assert_json (signal, "/0/id", "0");
  g_assert_finalize_object (store);
  g_assert_finalize_object (signal);
}

/* Many at once, whichever way it is sent. */
static void
test_bulk (void)
{
  static const guint ranges[][4] = {
    /* length, position, removed, added */
    { 1000, 0, 1000, 1000 }, { 1000, 10, 900, 0 }, { 1000, 10, 20, 400 }, { 1000, 990, 10, 200 },
    { 1000, 500, 100, 100 }, { 0, 0, 0, 100 },     { 40, 0, 39, 1 },      { 100, 0, 100, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    {
      g_autoptr (GListStore) store = store_of (ranges[i][0]);
      g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
      ServerSignal *signal = signal_for_list (G_LIST_MODEL (store));
      Witness *witness = witness_new (signal);
      guint removed = ranges[i][2];
      guint added = ranges[i][3];
      guint staying = ranges[i][0] - removed;
      gboolean is_whole = staying == 0 || (removed + added >= 256 && removed + added > staying);

      for (guint j = 0; j < added; j++)
        g_ptr_array_add (rows, test_row_new (10000 + (int) j, NULL));
      g_list_store_splice (store, ranges[i][1], removed, rows->pdata, added);
      assert_commits (witness, 1);
      g_assert_cmpuint (last_operations (witness), ==, is_whole ? 1 : removed + added);
      assert_follows (signal, NULL, G_LIST_MODEL (store));

      if (added > 0)
        {
          g_object_set (rows->pdata[added / 2], "id", -1, NULL);
          g_assert_cmpuint (last_operations (witness), ==, 1);
          assert_follows (signal, NULL, G_LIST_MODEL (store));
        }
      witness_free (witness);
      g_assert_finalize_object (signal);
    }
}

/* Random edits: after each commit the document equals the model, and as many operations were sent
 * as items have changed. */

static TestRow *
random_row (guint depth)
{
  g_autofree char *label = g_strdup_printf ("row %d", g_test_rand_int_range (0, 1000));
  TestRow *row = test_row_new (g_test_rand_int_range (0, 1000), g_test_rand_bit () ? label : NULL);

  if (g_test_rand_int_range (0, 3) == 0)
    {
      g_autoptr (TestRow) next = test_row_new (g_test_rand_int_range (0, 1000), NULL);

      g_object_set (row, "next", next, NULL);
    }
  if (depth > 0 && g_test_rand_int_range (0, 3) == 0)
    {
      g_autoptr (GListStore) parts = g_list_store_new (TEST_TYPE_ROW);
      guint length = (guint) g_test_rand_int_range (0, 4);

      for (guint i = 0; i < length; i++)
        {
          g_autoptr (TestRow) part = random_row (depth - 1);

          g_list_store_append (parts, part);
        }
      g_object_set (row, "parts", parts, NULL);
    }

  return row;
}

static guint
edit_row (TestRow *row)
{
  g_autofree char *text = NULL;

  switch (g_test_rand_int_range (0, 4))
    {
    case 0:
      g_object_set (row, "id", row->id + 1, NULL);
      return 1;

    case 1:
      text = g_strdup_printf ("%s!", row->label != NULL ? row->label : "");
      g_object_set (row, "label", strlen (text) < 20 ? text : "x", NULL);
      return 1;

    case 2:
      if (row->next != NULL && g_test_rand_bit ())
        {
          g_object_set (row->next, "id", TEST_ROW (row->next)->id + 1, NULL);
        }
      else if (row->next != NULL)
        {
          g_object_set (row, "next", NULL, NULL);
        }
      else
        {
          g_autoptr (TestRow) next = test_row_new (5, NULL);

          g_object_set (row, "next", next, NULL);
        }
      return 1;

    default:
      if (row->parts == NULL)
        {
          g_autoptr (GListStore) parts = store_of (2);

          g_object_set (row, "parts", parts, NULL);
        }
      else
        {
          insert_row (G_LIST_STORE (row->parts), 0, g_test_rand_int_range (0, 100));
        }
      return 1;
    }
}

/* How many operations that has to be, each at every place where the row is. */
static guint
edit_list (GListStore *store,
           gboolean   *is_exact)
{
  guint length = g_list_model_get_n_items (G_LIST_MODEL (store));
  guint position = length > 0 ? (guint) g_test_rand_int_range (0, (int) length) : 0;
  g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (store), position);
  int choice = g_test_rand_int_range (0, 12);
  guint n_places = 0;

  *is_exact = TRUE;

  if (length == 0 || choice < 2)
    {
      g_autoptr (TestRow) new_row = random_row (2);

      g_list_store_insert (store, position, new_row);
      return 1;
    }

  if (choice < 4 && length > 3)
    {
      g_list_store_remove (store, position);
      return 1;
    }

  if (choice == 5 && length > 2)
    {
      guint removed = (guint) g_test_rand_int_range (0, (int) MIN (3, length - position) + 1);
      guint added = (guint) g_test_rand_int_range (0, 4);
      g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);

      if (length > 60)
        added = 0;
      for (guint i = 0; i < added; i++)
        g_ptr_array_add (rows, random_row (1));
      g_list_store_splice (store, position, removed, rows->pdata, added);
      return removed == length && removed + added > 1 ? 1 : removed + added;
    }

  if (choice == 6)
    {
      g_list_store_sort (store, compare_rows, GINT_TO_POINTER (g_test_rand_bit () ? 1 : -1));
      *is_exact = FALSE;
      return 1;
    }

  for (guint i = 0; i < length; i++)
    {
      g_autoptr (TestRow) other = g_list_model_get_item (G_LIST_MODEL (store), i);

      n_places += other == row;
    }

  if (choice == 7 && row->parts != NULL)
    return n_places * edit_list (G_LIST_STORE (row->parts), is_exact);

  /* The same row once more, or one that goes elsewhere in two steps. */
  if (choice == 8 && length < 60)
    {
      g_list_store_append (store, row);
      return 1;
    }

  return n_places * edit_row (row);
}

static void
test_random (void)
{
  guint n_cases = test_cases (60);

  for (guint turn = 0; turn < n_cases; turn++)
    {
      g_autoptr (GListStore) store = g_list_store_new (TEST_TYPE_ROW);
      ServerSignal *signal = signal_of ("{'rows':[],'other':1}");
      g_autoptr (GError) error = NULL;
      Witness *witness;

      server_signal_track_list (signal, "/rows", G_LIST_MODEL (store), &error);
      g_assert_no_error (error);
      witness = witness_new (signal);

      for (guint i = 0; i < 60; i++)
        {
          guint n_commits = witness->n_patched;
          gboolean is_exact;
          guint n_changes = edit_list (store, &is_exact);

          if (is_exact)
            {
              g_assert_cmpuint (witness->n_patched, ==, n_commits + (n_changes > 0));
              if (n_changes > 0)
                g_assert_cmpuint (last_operations (witness), ==, n_changes);
            }
          else
            {
              g_assert_cmpuint (witness->n_patched, <=, n_commits + 1);
            }
          assert_follows (signal, "/rows", G_LIST_MODEL (store));
        }

      /* Nothing that was held is held any more. */
      witness_free (witness);
      g_assert_finalize_object (signal);
    }
}

/* The same, with others who change the list while they are told of a change: before the signal
 * is, after it, and when it has made a commit. */
typedef struct
{
  GListStore *store;
  guint       budget;
} Meddler;

static void
meddle_cb (Meddler *meddler)
{
  gboolean is_exact;

  if (meddler->budget == 0 || g_test_rand_int_range (0, 3) != 0)
    return;

  meddler->budget--;
  edit_list (meddler->store, &is_exact);
}

static void
test_random_reentry (void)
{
  guint n_cases = test_cases (60);
  guint n_meddled = 0;

  for (guint turn = 0; turn < n_cases; turn++)
    {
      Meddler meddler = { g_list_store_new (TEST_TYPE_ROW), 0 };
      ServerSignal *signal;
      Witness *witness;

      g_signal_connect_swapped (meddler.store, "items-changed", G_CALLBACK (meddle_cb), &meddler);
      signal = signal_for_list (G_LIST_MODEL (meddler.store));
      g_signal_connect_swapped (meddler.store, "items-changed", G_CALLBACK (meddle_cb), &meddler);
      g_signal_connect_swapped (signal, "patched", G_CALLBACK (meddle_cb), &meddler);
      witness = witness_new (signal);

      for (guint i = 0; i < 40; i++)
        {
          gboolean is_exact;

          meddler.budget = 4;
          edit_list (meddler.store, &is_exact);
          n_meddled += 4 - meddler.budget;
          assert_follows (signal, NULL, G_LIST_MODEL (meddler.store));
        }

      witness_free (witness);
      g_assert_finalize_object (signal);
      g_assert_finalize_object (meddler.store);
    }
  g_assert_cmpuint (n_meddled, >, n_cases);
}

/* Lists in a list, one of them twice. */
static void
test_lists (void)
{
  g_autoptr (GListStore) outer = g_list_store_new (G_TYPE_LIST_MODEL);
  g_autoptr (GListStore) a = store_of (1);
  g_autoptr (GListStore) b = store_of (0);
  ServerSignal *signal;
  Witness *witness;

  g_list_store_append (outer, a);
  g_list_store_append (outer, b);
  g_list_store_append (outer, a);
  signal = signal_for_list (G_LIST_MODEL (outer));
  witness = witness_new (signal);
  assert_json (signal, NULL, "[[" ROW (0) "],[],[" ROW (0) "]]");

  insert_row (a, 0, 5);
  assert_commits (witness, 1);
  g_assert_cmpuint (last_operations (witness), ==, 2);
  insert_row (b, 0, 6);
  assert_patch (witness, "[{'op':'add','path':'/1/0','value':" ROW (6) "}]");
  g_list_store_remove (outer, 0);
  g_list_store_remove (a, 1);
  assert_patch (witness, "[{'op':'remove','path':'/1/1'}]");
  assert_json (signal, NULL, "[[" ROW (6) "],[" ROW (5) "]]");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* Several changes in one transaction. */
static void
test_transactions (void)
{
  g_autoptr (GListStore) store = store_of (4);
  ServerSignal *signal = signal_of ("{'rows':null,'n':0}");
  g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (store), 3);
  g_autoptr (GError) error = NULL;
  Witness *witness = witness_new (signal);

  /* It begins in one, too. */
  g_object_freeze_notify (G_OBJECT (signal));
  server_signal_track_list (signal, "/rows", G_LIST_MODEL (store), &error);
  g_assert_no_error (error);
  g_object_set (row, "id", 30, NULL);
  g_list_store_remove (store, 0);
  assert_committed (signal, "{'rows':null,'n':0}");
  g_object_thaw_notify (G_OBJECT (signal));
  assert_commits (witness, 1);
  assert_follows (signal, "/rows", G_LIST_MODEL (store));

  g_object_freeze_notify (G_OBJECT (signal));
  insert_row (store, 0, 0);
  g_object_set (row, "id", 31, NULL);
  server_signal_set_int (signal, "/n", 4, &error);
  g_assert_no_error (error);
  g_object_thaw_notify (G_OBJECT (signal));
  assert_commits (witness, 2);
  g_assert_cmpuint (last_operations (witness), ==, 3);

  /* Writes of the application can be taken back, changes of the list cannot. */
  g_object_freeze_notify (G_OBJECT (signal));
  server_signal_set_int (signal, "/n", 5, &error);
  g_assert_no_error (error);
  g_list_store_remove (store, 1);
  g_object_set (row, "label", "kept", NULL);
  server_signal_discard (signal);
  assert_json (signal, "/n", "4");
  assert_follows (signal, "/rows", G_LIST_MODEL (store));
  g_object_set (row, "id", 32, NULL);
  g_object_thaw_notify (G_OBJECT (signal));
  assert_commits (witness, 3);
  assert_json (signal, "/n", "4");
  assert_follows (signal, "/rows", G_LIST_MODEL (store));

  /* Neither can that it is tracked. */
  server_signal_untrack (signal, "/rows");
  server_signal_set_string (signal, "/rows", NULL, &error);
  g_assert_no_error (error);
  g_object_freeze_notify (G_OBJECT (signal));
  server_signal_track_list (signal, "/rows", G_LIST_MODEL (store), &error);
  g_assert_no_error (error);
  server_signal_discard (signal);
  g_object_thaw_notify (G_OBJECT (signal));
  assert_follows (signal, "/rows", G_LIST_MODEL (store));
  insert_row (store, 0, 99);
  assert_follows (signal, "/rows", G_LIST_MODEL (store));

  witness_free (witness);
  g_assert_finalize_object (signal);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/track-list/operations", test_operations);
  g_test_add_func ("/track-list/whole", test_whole);
  g_test_add_func ("/track-list/order", test_order);
  g_test_add_func ("/track-list/reports", test_reports);
  g_test_add_func ("/track-list/twice", test_twice);
  g_test_add_func ("/track-list/reentry", test_reentry);
  g_test_add_func ("/track-list/lifetimes", test_lifetimes);
  g_test_add_func ("/track-list/bulk", test_bulk);
  g_test_add_func ("/track-list/random", test_random);
  g_test_add_func ("/track-list/random-reentry", test_random_reentry);
  g_test_add_func ("/track-list/lists", test_lists);
  g_test_add_func ("/track-list/transactions", test_transactions);

  return g_test_run ();
}
