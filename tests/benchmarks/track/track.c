/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * Measures the cost of following a list model, beside setting the same number by its pointer, and
 * beside serialising and comparing the whole list, as README.md says. */

#include "config.h"

#include <stdlib.h>
#include <time.h>

#include "libserver-signal.h"

#include "json/ss-diff.h"
#include "json/ss-reader.h"
#include "json/ss-writer.h"
#include "server-signal-private.h"
#include "test-row.h"

/* The best of so many batches counts; of turns that take long, of fewer. */
#define BATCHES 25
#define LONG_BATCHES 3
#define LONG_USEC 200000.0

static gsize last_bytes;
static guint last_operations;

static void
patched_cb (ServerSignal      *signal,
            ServerSignalPatch *patch)
{
  gsize length;

  ss_patch_text (patch, &length);
  last_bytes = length;
  last_operations = server_signal_patch_get_n_operations (patch);
}

static GListStore *
store_of (guint n_rows)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  GListStore *store = g_list_store_new (TEST_TYPE_ROW);

  for (guint i = 0; i < n_rows; i++)
    {
      g_autofree char *label = g_strdup_printf ("row number %u", i);

      g_ptr_array_add (rows, test_row_new ((int) i, label));
    }
  g_list_store_splice (store, 0, 0, rows->pdata, rows->len);

  return store;
}

typedef struct
{
  GListStore   *store;
  ServerSignal *tracked;
  ServerSignal *plain;
  guint         n_rows;
  guint         turn;
} Bench;

typedef void (*TurnFunc) (Bench *bench);

/* In µs of this thread: the machine may have other things to do. */
static double
get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* The best batch, in µs a turn. */
static double
measure (Bench    *bench,
         TurnFunc  turn,
         guint     n_turns)
{
  double best = G_MAXDOUBLE;

  for (guint i = 0; i < BATCHES; i++)
    {
      double start = get_time ();
      double spent;

      for (guint j = 0; j < n_turns; j++)
        turn (bench);
      spent = get_time () - start;
      best = MIN (best, spent / n_turns);
      if (spent > LONG_USEC && i + 1 >= LONG_BATCHES)
        break;
    }

  return best;
}

/* A row somewhere, never the same again soon. */
static guint
some_index (Bench *bench)
{
  bench->turn++;
  return (guint) (((guint64) bench->turn * 2654435761u) % bench->n_rows);
}

static GPtrArray *rows;

static void
notify_turn (Bench *bench)
{
  TestRow *row = rows->pdata[some_index (bench)];

  g_object_set (row, "id", row->id + 1, NULL);
}

static void
nothing_cb (void)
{
}

/* Measures notify_turn() with nobody there, or with somebody who does nothing. */
static void
set_property_turn (Bench *bench)
{
  notify_turn (bench);
}

static void
set_int_turn (Bench *bench)
{
  char pointer[32];

  g_snprintf (pointer, sizeof pointer, "/%u/id", some_index (bench));
  server_signal_set_int (bench->plain, pointer, 1000000 + (int) bench->turn, NULL);
}

static void
insert_turn (Bench *bench)
{
  g_autoptr (TestRow) row = test_row_new (-1, "inserted");

  g_list_store_insert (bench->store, 0, row);
  g_list_store_remove (bench->store, 0);
}

static int
compare_rows (gconstpointer a,
              gconstpointer b,
              gpointer      user_data)
{
  int id_a = ((const TestRow *) a)->id;
  int id_b = ((const TestRow *) b)->id;

  return GPOINTER_TO_INT (user_data) * ((id_a > id_b) - (id_a < id_b));
}

static void
sort_turn (Bench *bench)
{
  g_list_store_sort (bench->store, compare_rows, GINT_TO_POINTER (bench->turn++ % 2 ? 1 : -1));
}

/* One row to the other end, and back. */
static void
move_turn (Bench *bench)
{
  g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (bench->store), 0);

  g_list_store_remove (bench->store, 0);
  g_list_store_insert (bench->store, bench->n_rows - 1, row);
}

/* The whole list again, compared with the old one, as a program without tracking would do. */
static void
diff_turn (Bench *bench)
{
  g_autoptr (JsonNode) node = json_node_alloc ();
  JsonArray *array = json_array_sized_new (bench->n_rows);
  guint length = g_list_model_get_n_items (G_LIST_MODEL (bench->store));

  for (guint i = 0; i < length; i++)
    {
      g_autoptr (TestRow) row = g_list_model_get_item (G_LIST_MODEL (bench->store), i);
      JsonObject *object = json_object_new ();

      json_object_set_int_member (object, "id", row->id);
      json_object_set_string_member (object, "label", row->label);
      json_object_set_null_member (object, "next");
      json_object_set_null_member (object, "parts");
      json_array_add_object_element (array, object);
    }
  json_node_init (node, JSON_NODE_ARRAY);
  json_node_take_array (node, array);
  server_signal_set_value (bench->plain, NULL, node, NULL);
}

static void
notify_and_diff_turn (Bench *bench)
{
  notify_turn (bench);
  diff_turn (bench);
}

static void
insert_and_diff_turn (Bench *bench)
{
  g_autoptr (TestRow) row = test_row_new (-1, "inserted");

  g_list_store_insert (bench->store, 0, row);
  diff_turn (bench);
  g_list_store_remove (bench->store, 0);
  diff_turn (bench);
}

static void
sort_and_diff_turn (Bench *bench)
{
  sort_turn (bench);
  diff_turn (bench);
}

/* The same on a tree that is made already: the comparing alone. */
static SsValue *older, *newer;

static void
diff_alone_turn (Bench *bench)
{
  ServerSignalPatch *patch = ss_diff (older, newer, NULL);

  server_signal_patch_unref (patch);
}

static void
prepare_trees (Bench    *bench,
               TurnFunc  change)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  diff_turn (bench);
  before = server_signal_dup_json (bench->plain, NULL);
  change (bench);
  diff_turn (bench);
  after = server_signal_dup_json (bench->plain, NULL);
  ss_value_clear (&older);
  ss_value_clear (&newer);
  older = ss_value_from_json (before, -1, 120, NULL);
  newer = ss_value_from_json (after, -1, 120, NULL);
}

static void
report (const char *what,
        guint       n_rows,
        double      usec)
{
  g_print ("%-44s %7u rows %12.2f us %10" G_GSIZE_FORMAT " bytes %7u operations\n", what, n_rows,
           usec, last_bytes, last_operations);
  last_bytes = 0;
  last_operations = 0;
}

static void
run (guint n_rows)
{
  g_autoptr (GError) error = NULL;
  Bench bench = { store_of (n_rows), NULL, NULL, n_rows, 0 };
  double set_int;
  double set_property;
  double notify;
  double start;
  guint many = 20000;
  guint few = MAX (1, 100000 / n_rows);

  rows = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < n_rows; i++)
    g_ptr_array_add (rows, g_list_model_get_item (G_LIST_MODEL (bench.store), i));

  bench.plain = server_signal_new ("plain", NULL);
  g_signal_connect (bench.plain, "patched", G_CALLBACK (patched_cb), NULL);
  diff_turn (&bench);
  last_bytes = 0;

  report ("g_object_set(), nobody there", n_rows, measure (&bench, set_property_turn, many));
  for (guint i = 0; i < n_rows; i++)
    g_signal_connect (rows->pdata[i], "notify", G_CALLBACK (nothing_cb), NULL);
  set_property = measure (&bench, set_property_turn, many);
  report ("g_object_set(), a handler that does nothing", n_rows, set_property);
  for (guint i = 0; i < n_rows; i++)
    g_signal_handlers_disconnect_by_func (rows->pdata[i], nothing_cb, NULL);
  set_int = measure (&bench, set_int_turn, many);
  report ("server_signal_set_int()", n_rows, set_int);

  start = get_time ();
  bench.tracked = server_signal_new_for_list ("tracked", G_LIST_MODEL (bench.store), &error);
  g_assert_no_error (error);
  report ("begin to track", n_rows, get_time () - start);
  g_signal_connect (bench.tracked, "patched", G_CALLBACK (patched_cb), NULL);

  notify = measure (&bench, notify_turn, many);
  report ("notify of one row", n_rows, notify);
  g_print ("%-44s %7u rows %12.2f us\n", "  more than set_int()", n_rows, notify - set_int);
  g_print ("%-44s %7u rows %12.2f us\n", "  more than set_int() and that handler", n_rows,
           notify - set_property - set_int);
  report ("insert at the head, and remove", n_rows, measure (&bench, insert_turn, few * 10));
  report ("move the first row to the end, two steps", n_rows,
          measure (&bench, move_turn, few * 10));
  report ("sort backwards", n_rows, measure (&bench, sort_turn, few));
  g_assert_cmpuint (server_signal_get_revision (bench.tracked), >=, many);
  {
    g_autofree char *json = server_signal_dup_json (bench.tracked, NULL);
    g_autofree char *plain = NULL;

    diff_turn (&bench);
    plain = server_signal_dup_json (bench.plain, NULL);
    g_assert_cmpstr (json, ==, plain);
  }
  g_clear_object (&bench.tracked);

  report ("serialise and compare: one row", n_rows, measure (&bench, notify_and_diff_turn, few));
  report ("serialise and compare: insert and remove", n_rows,
          measure (&bench, insert_and_diff_turn, few));
  report ("serialise and compare: sort", n_rows, measure (&bench, sort_and_diff_turn, few));
  prepare_trees (&bench, notify_turn);
  report ("compare alone, all hashes known: one row", n_rows,
          measure (&bench, diff_alone_turn, few));
  prepare_trees (&bench, sort_turn);
  report ("compare alone, all hashes known: sort", n_rows, measure (&bench, diff_alone_turn, few));

  ss_value_clear (&older);
  ss_value_clear (&newer);
  g_clear_pointer (&rows, g_ptr_array_unref);
  g_clear_object (&bench.plain);
  g_clear_object (&bench.store);
}

int
main (int    argc,
      char **argv)
{
  if (argc > 1)
    {
      for (int i = 1; i < argc; i++)
        run ((guint) atoi (argv[i]));
      return 0;
    }

  run (10000);
  run (100000);
  return 0;
}
