/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "libserver-signal.h"

#include "test-json.h"
#include "test-row.h"
#include "test-utils.h"

/* A list model at one end, a list model at the other, a hub and a client in between. */

typedef struct
{
  GListStore         *store;
  ServerSignal       *signal;
  ServerSignalHub    *hub;
  ServerSignalClient *client;
  ServerSignal       *replica;
  ServerSignalList   *mirror;
  guint               sent;        /* operations of the last commit, at either end */
  guint               received;
  guint               n_changed;   /* emissions of items-changed */
} Fixture;

static void
patched_cb (ServerSignal      *signal,
            ServerSignalPatch *patch,
            guint             *n_operations)
{
  *n_operations = server_signal_patch_get_n_operations (patch);
}

static void
items_changed_cb (Fixture *self)
{
  self->n_changed++;
}

static void
wait_for_commit (Fixture *self)
{
  WAIT_UNTIL (server_signal_get_revision (self->replica) ==
              server_signal_get_revision (self->signal));
}

static void
assert_same_rows (Fixture *self)
{
  GListModel *source = G_LIST_MODEL (self->store);
  GListModel *mirror = G_LIST_MODEL (self->mirror);
  guint length = g_list_model_get_n_items (source);

  g_assert_cmpuint (g_list_model_get_n_items (mirror), ==, length);
  for (guint i = 0; i < length; i++)
    {
      g_autoptr (TestRow) row = g_list_model_get_item (source, i);
      g_autoptr (TestRow) shown = g_list_model_get_item (mirror, i);

      g_assert_true (row != shown);
      g_assert_cmpint (shown->id, ==, row->id);
      g_assert_cmpstr (shown->label, ==, row->label);
      g_assert_true ((shown->next != NULL) == (row->next != NULL));
      if (row->next != NULL)
        g_assert_cmpint (TEST_ROW (shown->next)->id, ==, TEST_ROW (row->next)->id);
    }
}

static void
set_up (Fixture       *self,
        gconstpointer  user_data)
{
  static const char *const properties[] = { "id", "label", "next/id", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  self->store = g_list_store_new (TEST_TYPE_ROW);
  self->signal = server_signal_new_from_json ("board", "{}", NULL);
  server_signal_track_list_properties (self->signal, "/rows", G_LIST_MODEL (self->store),
                                       properties, &error);
  g_assert_no_error (error);

  self->hub = server_signal_hub_new ();
  server_signal_hub_add (self->hub, self->signal, &error);
  g_assert_no_error (error);
  server_signal_hub_listen (self->hub, NULL, 0, &error);
  g_assert_no_error (error);

  uri = server_signal_hub_dup_uri (self->hub);
  self->client = server_signal_client_new (uri);
  self->replica = g_object_ref (server_signal_client_get_signal (self->client, "board"));
  self->mirror = server_signal_list_new (self->replica, "/rows", TEST_TYPE_ROW);
  g_signal_connect (self->signal, "patched", G_CALLBACK (patched_cb), &self->sent);
  g_signal_connect (self->replica, "patched", G_CALLBACK (patched_cb), &self->received);
  g_signal_connect_swapped (self->mirror, "items-changed", G_CALLBACK (items_changed_cb), self);
  server_signal_client_start (self->client);
  WAIT_UNTIL (!server_signal_get_stale (self->replica));
}

static void
tear_down (Fixture       *self,
           gconstpointer  user_data)
{
  g_assert_finalize_object (self->mirror);
  server_signal_client_stop (self->client);
  g_assert_finalize_object (self->client);
  g_assert_finalize_object (self->replica);
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) == 0);
  server_signal_hub_close (self->hub);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (self->hub);
  g_assert_finalize_object (self->signal);
  g_assert_finalize_object (self->store);
  test_settle ();
}

static int
compare_rows (gconstpointer a,
              gconstpointer b,
              gpointer      user_data)
{
  const TestRow *row_a = a;
  const TestRow *row_b = b;

  return GPOINTER_TO_INT (user_data) * ((row_a->id > row_b->id) - (row_a->id < row_b->id));
}

/* Returns how many operations that is; 0: however many. */
static guint
edit (Fixture  *self,
      gboolean *keeps_items)
{
  guint length = g_list_model_get_n_items (G_LIST_MODEL (self->store));
  guint position = (guint) g_test_rand_int_range (0, (int) length + 1);
  g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (self->store), position);
  g_autoptr (TestRow) new_row = NULL;
  g_autofree char *label = g_strdup_printf ("row %u", g_test_rand_int_range (0, 1000));

  *keeps_items = TRUE;
  new_row = test_row_new (g_test_rand_int_range (0, 100000), label);

  if (row == NULL || length < 4)
    {
      g_list_store_insert (self->store, position, new_row);
      return 1;
    }

  switch (g_test_rand_int_range (0, length < 40 ? 9 : 6))
    {
    case 0:
      g_object_set (row, "id", row->id + 1, NULL);
      return 1;

    case 1:
      g_object_set (row, "label", row->label != NULL ? NULL : label, NULL);
      return 1;

    case 2:
      if (row->next != NULL)
        g_object_set (row->next, "id", TEST_ROW (row->next)->id + 1, NULL);
      else
        g_object_set (row, "next", new_row, NULL);
      return 1;

    case 3:
      g_list_store_remove (self->store, position);
      return 1;

    case 4:
      /* Another row at the same place: the mirror may show it in the same item. */
      g_list_store_splice (self->store, position, 1, (gpointer *) &new_row, 1);
      return 2;

    case 5:
      *keeps_items = FALSE;
      g_list_store_sort (self->store, compare_rows, GINT_TO_POINTER (g_test_rand_bit () ? 1 : -1));
      return 0;

    default:
      g_list_store_insert (self->store, position, new_row);
      return 1;
    }
}

/* Which row is shown by which item. */
static GHashTable *
note_items (Fixture *self)
{
  GHashTable *items = g_hash_table_new_full (NULL, NULL, g_object_unref, g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->store)); i++)
    g_hash_table_insert (items, g_list_model_get_item (G_LIST_MODEL (self->store), i),
                         g_list_model_get_item (G_LIST_MODEL (self->mirror), i));

  return items;
}

static void
test_random (Fixture       *self,
             gconstpointer  user_data)
{
  guint n_edits = test_cases (400);

  for (guint i = 0; i < n_edits; i++)
    {
      g_autoptr (GHashTable) items = note_items (self);
      guint64 revision = server_signal_get_revision (self->signal);
      gboolean keeps_items;
      guint n_changes = edit (self, &keeps_items);

      if (n_changes > 0)
        g_assert_cmpuint (server_signal_get_revision (self->signal), ==, revision + 1);
      wait_for_commit (self);
      assert_same_rows (self);
      if (n_changes > 0)
        {
          g_assert_cmpuint (self->sent, ==, n_changes);
          g_assert_cmpuint (self->received, ==, n_changes);
        }

      for (guint j = 0; keeps_items && j < g_list_model_get_n_items (G_LIST_MODEL (self->store));
           j++)
        {
          g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (self->store), j);
          g_autoptr (TestRow) shown = g_list_model_get_item (G_LIST_MODEL (self->mirror), j);
          gpointer before = g_hash_table_lookup (items, row);

          if (before != NULL)
            g_assert_true (before == shown);
        }
    }
}

/* One row that goes elsewhere in a sorted list is one move, and its item goes along. */
static void
test_move (Fixture       *self,
           gconstpointer  user_data)
{
  g_autoptr (TestRow) row = NULL;
  g_autoptr (TestRow) shown = NULL;
  g_autoptr (TestRow) moved = NULL;

  for (int i = 0; i < 20; i++)
    {
      g_autoptr (TestRow) new_row = test_row_new (10 * i, NULL);

      g_list_store_append (self->store, new_row);
    }
  wait_for_commit (self);

  row = g_list_model_get_item (G_LIST_MODEL (self->store), 3);
  shown = g_list_model_get_item (G_LIST_MODEL (self->mirror), 3);
  g_object_set (row, "id", 155, NULL);
  g_list_store_sort (self->store, compare_rows, GINT_TO_POINTER (1));
  wait_for_commit (self);
  g_assert_cmpuint (self->sent, ==, 1);
  assert_same_rows (self);
  moved = g_list_model_get_item (G_LIST_MODEL (self->mirror), 15);
  g_assert_true (moved == shown);
  g_assert_cmpint (shown->id, ==, 155);

  /* The same order again announces nothing at all. */
  self->n_changed = 0;
  g_list_store_sort (self->store, compare_rows, GINT_TO_POINTER (1));
  wait_for_commit (self);
  g_assert_cmpuint (self->n_changed, ==, 0);
}

/* A sort, short or long, keeps every item at the other end. */
static void
test_sort (Fixture       *self,
           gconstpointer  user_data)
{
  static const guint lengths[] = { 5, 300, 1000 };

  for (guint turn = 0; turn < G_N_ELEMENTS (lengths); turn++)
    {
      g_autoptr (GHashTable) shown = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
      g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);

      for (guint i = 0; i < lengths[turn]; i++)
        g_ptr_array_add (rows, test_row_new ((int) (i * 7919 % lengths[turn]), "row"));
      g_list_store_splice (self->store, 0, g_list_model_get_n_items (G_LIST_MODEL (self->store)),
                           rows->pdata, rows->len);
      wait_for_commit (self);
      for (guint i = 0; i < lengths[turn]; i++)
        {
          TestRow *row = g_list_model_get_item (G_LIST_MODEL (self->mirror), i);

          g_hash_table_insert (shown, GINT_TO_POINTER (row->id), row);
        }

      g_list_store_sort (self->store, compare_rows, GINT_TO_POINTER (1));
      wait_for_commit (self);
      assert_same_rows (self);
      for (guint i = 0; i < lengths[turn]; i++)
        {
          g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (self->mirror), i);

          g_assert_true (row == g_hash_table_lookup (shown, GINT_TO_POINTER (row->id)));
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/track-hub/random", Fixture, NULL, set_up, test_random, tear_down);
  g_test_add ("/track-hub/move", Fixture, NULL, set_up, test_move, tear_down);
  g_test_add ("/track-hub/sort", Fixture, NULL, set_up, test_sort, tear_down);

  return g_test_run ();
}
