/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "test-list-model.h"

#include "test-hub.h"

/* A list model on one side and its mirror on the other, through a hub and a client: after each edit
 * of the one the other is the same, was sent no more than that edit, and has the items that it had.
 * SS_TEST_CASES has more edits of it. */

typedef struct
{
  GListStore         *store;
  GPtrArray          *mirrored;   /* the mirror's item for each of the store's */
  ServerSignal       *signal;
  ServerSignalHub    *hub;
  ServerSignalClient *client;
  ServerSignal       *replica;
  ServerSignalList   *list;
  Shadow             *shadow;
  guint               n_operations;
  guint               next_name;
} World;

static void
patched_cb (World             *world,
            ServerSignalPatch *patch)
{
  world->n_operations += server_signal_patch_get_n_operations (patch);
}

static gboolean
has_caught_up (World *world)
{
  return !server_signal_get_stale (world->replica) &&
         server_signal_get_revision (world->replica) == server_signal_get_revision (world->signal);
}

static void
world_open (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  world->store = g_list_store_new (TEST_TYPE_ROW);
  world->mirrored = g_ptr_array_new ();
  world->signal = server_signal_new_for_list ("rows", G_LIST_MODEL (world->store), &error);
  g_assert_no_error (error);
  world->hub = server_signal_hub_new ();
  server_signal_hub_add (world->hub, world->signal, NULL);
  server_signal_hub_listen (world->hub, NULL, 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (world->hub);

  world->client = server_signal_client_new (uri);
  world->replica = server_signal_client_get_signal (world->client, "rows");
  world->list = server_signal_list_new (world->replica, NULL, TEST_TYPE_ROW);
  world->shadow = shadow_new (world->list);
  server_signal_client_start (world->client);
  WAIT_UNTIL (has_caught_up (world));
  g_signal_connect_swapped (world->replica, "patched", G_CALLBACK (patched_cb), world);
}

static void
world_close (World *world)
{
  server_signal_client_stop (world->client);
  WAIT_UNTIL (n_peers (world->hub) == 0);
  shadow_free (world->shadow);
  g_assert_finalize_object (world->list);
  test_settle ();
  server_signal_client_stop (world->client);
  g_clear_object (&world->client);
  server_signal_hub_detach (world->hub);
  g_assert_finalize_object (world->hub);
  g_assert_finalize_object (world->signal);
  g_assert_finalize_object (world->store);
  g_ptr_array_unref (world->mirrored);
}

static TestRow *
new_row (World *world)
{
  g_autofree char *name = g_strdup_printf ("%u", world->next_name++);

  return g_object_new (TEST_TYPE_ROW, "name", name, "count", g_test_rand_int_range (0, 100), NULL);
}

static int
compare_rows (gconstpointer a,
              gconstpointer b,
              gpointer      user_data)
{
  return ((const TestRow *) a)->count - ((const TestRow *) b)->count;
}

/* The edits. Each gives how many operations it may take. */

static guint
insert (World *world)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (world->store));
  guint at = (guint) g_test_rand_int_range (0, (gint32) n + 1);
  g_autoptr (TestRow) row = new_row (world);

  g_list_store_insert (world->store, at, row);
  g_ptr_array_insert (world->mirrored, (int) at, NULL);
  return 1;
}

static guint
splice_store (World *world)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (world->store));
  guint at = (guint) g_test_rand_int_range (0, (gint32) n + 1);
  guint n_removed = (guint) g_test_rand_int_range (0, 4);
  guint n_added = (guint) g_test_rand_int_range (0, 4);
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);

  n_removed = MIN (n_removed, n - at);
  for (guint i = 0; i < n_added; i++)
    g_ptr_array_add (added, new_row (world));
  g_list_store_splice (world->store, at, n_removed, added->pdata, added->len);
  if (n_removed > 0)
    g_ptr_array_remove_range (world->mirrored, at, n_removed);
  for (guint i = 0; i < n_added; i++)
    g_ptr_array_insert (world->mirrored, (int) at, NULL);

  return n_removed + n_added;
}

static guint
notify (World *world)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (world->store));
  TestRow *row;

  if (n == 0)
    return 0;

  row = row_at (world->store, (guint) g_test_rand_int_range (0, (gint32) n));
  g_object_set (row, "count", row->count + 1, NULL);
  return 1;
}

/* A sorted GListStore says that all went and others came. */
static guint
sort (World *world)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (world->store));

  g_list_store_sort (world->store, compare_rows, NULL);
  g_ptr_array_set_size (world->mirrored, 0);
  g_ptr_array_set_size (world->mirrored, (int) n);

  return 2 * n;
}

static void
check (World *world)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (world->store));

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (world->list)), ==, n);
  g_assert_cmpuint (world->mirrored->len, ==, n);
  for (guint i = 0; i < n; i++)
    {
      TestRow *here = row_at (world->store, i);
      TestRow *there = row_at (world->list, i);

      g_assert_cmpstr (here->name, ==, there->name);
      g_assert_cmpint (here->count, ==, there->count);
      g_assert_true (here->is_open == there->is_open);
      if (world->mirrored->pdata[i] != NULL)
        g_assert_true (world->mirrored->pdata[i] == (gpointer) there);
      world->mirrored->pdata[i] = there;
    }
}

static void
test_edits (void)
{
  static guint (*const edits[]) (World * world) = { insert, insert, splice_store, notify,
                                                    notify, notify, sort };
  const char *cases = g_getenv ("SS_TEST_CASES");
  guint n_rounds = cases != NULL ? (guint) g_ascii_strtoull (cases, NULL, 10) : 400;
  World world = { NULL };

  world_open (&world);
  for (guint round = 0; round < n_rounds; round++)
    {
      guint n_edits = g_test_rand_bit () ? 1 : (guint) g_test_rand_int_range (1, 6);
      guint n_operations = 0;

      world.n_operations = 0;
      if (n_edits > 1)
        g_object_freeze_notify (G_OBJECT (world.signal));
      for (guint i = 0; i < n_edits; i++)
        n_operations += edits[g_test_rand_int_range (0, G_N_ELEMENTS (edits))](&world);
      if (n_edits > 1)
        g_object_thaw_notify (G_OBJECT (world.signal));

      WAIT_UNTIL (has_caught_up (&world));
      check (&world);
      g_assert_cmpuint (world.n_operations, <=, n_operations);
    }
  world_close (&world);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/list/track/edits", test_edits);

  return g_test_run ();
}
