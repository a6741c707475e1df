/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "test-row.h"
#include "test-utils.h"
#include "test-witness.h"

/* List models that announce what is not so. When the main loop is idle again, the document equals
 * the model. */

#define TEST_TYPE_LIAR (test_liar_get_type ())
G_DECLARE_FINAL_TYPE (TestLiar, test_liar, TEST, LIAR, GObject)

struct _TestLiar
{
  GObject    parent_instance;
  GPtrArray *rows;
  guint      claimed;      /* more rows than there are */
  gboolean   makes_anew;   /* each call of get_item() */
  guint      n_busy;       /* changes when it is looked at, so many times */
  guint      n_calls;
};

static GType
test_liar_get_item_type (GListModel *model)
{
  return TEST_TYPE_ROW;
}

static guint
test_liar_get_n_items (GListModel *model)
{
  TestLiar *self = TEST_LIAR (model);

  return self->rows->len + self->claimed;
}

static gpointer
test_liar_get_item (GListModel *model,
                    guint       position)
{
  TestLiar *self = TEST_LIAR (model);

  self->n_calls++;
  if (self->n_busy > 0)
    {
      self->n_busy--;
      g_ptr_array_add (self->rows, test_row_new ((int) self->n_busy, "busy"));
      g_list_model_items_changed (model, self->rows->len - 1, 0, 1);
    }
  if (position >= self->rows->len)
    return NULL;
  if (self->makes_anew)
    return test_row_new (TEST_ROW (self->rows->pdata[position])->id, NULL);

  return g_object_ref (self->rows->pdata[position]);
}

static void
test_liar_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = test_liar_get_item_type;
  iface->get_n_items = test_liar_get_n_items;
  iface->get_item = test_liar_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestLiar, test_liar, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, test_liar_iface_init))

static void
test_liar_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_LIAR (object)->rows);
  G_OBJECT_CLASS (test_liar_parent_class)->finalize (object);
}

static void
test_liar_class_init (TestLiarClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_liar_finalize;
}

static void
test_liar_init (TestLiar *self)
{
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
}

static TestLiar *
liar_of (guint n_rows)
{
  TestLiar *self = g_object_new (TEST_TYPE_LIAR, NULL);

  for (guint i = 0; i < n_rows; i++)
    g_ptr_array_add (self->rows, test_row_new ((int) i, NULL));

  return self;
}

static void
assert_ids (ServerSignal *signal,
            TestLiar     *liar)
{
  g_autoptr (JsonNode) document = server_signal_dup_value (signal, NULL);

  g_assert_cmpuint (json_array_get_length (json_node_get_array (document)), ==,
                    liar->rows->len + liar->claimed);
  for (guint i = 0; i < liar->rows->len; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/%u/id", i);

      g_assert_cmpint (server_signal_get_int (signal, pointer), ==,
                       TEST_ROW (liar->rows->pdata[i])->id);
    }
}

static ServerSignal *
signal_for (TestLiar *liar)
{
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_for_list ("rows", G_LIST_MODEL (liar), &error);

  g_assert_no_error (error);
  return signal;
}

/* Anything happens, and anything is said of it. */
static void
test_random (void)
{
  for (guint turn = 0; turn < 40; turn++)
    {
      TestLiar *liar = liar_of ((guint) g_test_rand_int_range (0, 12));
      ServerSignal *signal = signal_for (liar);
      Witness *witness = witness_new (signal);

      for (guint step = 0; step < 30; step++)
        {
          guint n_changes = (guint) g_test_rand_int_range (1, 4);

          for (guint i = 0; i < n_changes; i++)
            {
              guint length = liar->rows->len;
              guint at = (guint) g_test_rand_int_range (0, (int) length + 1);

              switch (g_test_rand_int_range (0, 3))
                {
                case 0:
                  g_ptr_array_insert (liar->rows, (int) at, test_row_new (1000 + (int) step, NULL));
                  break;
                case 1:
                  if (at < length)
                    g_ptr_array_remove_index (liar->rows, at);
                  break;
                default:
                  if (at < length)
                    {
                      g_ptr_array_add (liar->rows, g_ptr_array_steal_index (liar->rows, at));
                      if (g_test_rand_bit ())
                        g_ptr_array_add (liar->rows, g_object_ref (liar->rows->pdata[0]));
                    }
                  break;
                }
              if (g_test_rand_bit ())
                g_list_model_items_changed (G_LIST_MODEL (liar),
                                            (guint) g_test_rand_int_range (0, 16),
                                            (guint) g_test_rand_int_range (0, 3),
                                            (guint) g_test_rand_int_range (0, 3));
            }
          g_list_model_items_changed (G_LIST_MODEL (liar), 0, 0, 0);
          test_settle ();
          assert_ids (signal, liar);
        }

      witness_free (witness);
      g_assert_finalize_object (signal);
      g_assert_finalize_object (liar);
    }
}

/* As many as it says, but not where it says. */
static void
test_elsewhere (void)
{
  TestLiar *liar = liar_of (5);
  ServerSignal *signal = signal_for (liar);
  Witness *witness = witness_new (signal);
  TestRow *row;

  g_ptr_array_insert (liar->rows, 0, test_row_new (9, NULL));
  g_list_model_items_changed (G_LIST_MODEL (liar), 3, 0, 1);
  test_settle ();
  assert_ids (signal, liar);

  /* One at another place than the one that is said to have changed. */
  g_object_unref (liar->rows->pdata[4]);
  liar->rows->pdata[4] = row = test_row_new (40, NULL);
  g_list_model_items_changed (G_LIST_MODEL (liar), 1, 1, 1);
  test_settle ();
  assert_ids (signal, liar);
  g_object_set (row, "id", 41, NULL);
  assert_patch (witness, "[{'op':'replace','path':'/4/id','value':41}]");

  witness_free (witness);
  g_assert_finalize_object (signal);
  g_assert_finalize_object (liar);
}

/* A model that makes its items when it is asked for them: looking whether they are the same is no
 * commit, and comes to an end. */
static void
test_made_anew (void)
{
  TestLiar *liar = liar_of (4);
  ServerSignal *signal;
  Witness *witness;

  liar->makes_anew = TRUE;
  signal = signal_for (liar);
  witness = witness_new (signal);
  g_ptr_array_insert (liar->rows, 1, test_row_new (9, NULL));
  g_list_model_items_changed (G_LIST_MODEL (liar), 1, 0, 1);
  test_settle ();
  assert_commits (witness, 1);
  assert_ids (signal, liar);
  TEST_ROW (liar->rows->pdata[0])->id = 77;
  g_list_model_items_changed (G_LIST_MODEL (liar), 3, 1, 1);
  test_settle ();
  assert_ids (signal, liar);

  witness_free (witness);
  g_assert_finalize_object (signal);
  g_assert_finalize_object (liar);
}

/* One that says it has items where it gives none. */
static void
test_claims (void)
{
  TestLiar *liar = liar_of (2);
  ServerSignal *signal = signal_for (liar);

  liar->claimed = 2;
  g_list_model_items_changed (G_LIST_MODEL (liar), 0, 0, 0);
  test_settle ();
  assert_ids (signal, liar);
  assert_json (signal, "/3", "null");
  liar->claimed = 0;
  g_list_model_items_changed (G_LIST_MODEL (liar), 1, 1, 1);
  test_settle ();
  assert_ids (signal, liar);

  g_assert_finalize_object (signal);
  g_assert_finalize_object (liar);
}

static void
failed_cb (ServerSignal *signal,
           const char   *pointer,
           const GError *error,
           guint        *n_failures)
{
  g_assert_cmpstr (pointer, ==, "");
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  ++*n_failures;
}

/* More than any document can have. */
static void
test_endless (void)
{
  TestLiar *liar = liar_of (2);
  ServerSignal *signal = signal_for (liar);
  ServerSignal *other = signal_of ("{}");
  g_autoptr (GError) error = NULL;
  guint n_failures = 0;

  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), &n_failures);
  liar->claimed = G_MAXUINT - 10;
  g_list_model_items_changed (G_LIST_MODEL (liar), 0, 0, liar->claimed);
  test_settle ();
  g_assert_cmpuint (n_failures, >=, 1);
  g_assert_cmpuint (liar->n_calls, <, 100);
  g_assert_cmpint (server_signal_get_int (signal, "/1/id"), ==, 1);
  g_assert_false (server_signal_track_list (other, "/x", G_LIST_MODEL (liar), &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  liar->claimed = 0;
  g_list_model_items_changed (G_LIST_MODEL (liar), 0, 0, 0);
  test_settle ();
  assert_ids (signal, liar);

  g_assert_finalize_object (other);
  g_assert_finalize_object (signal);
  g_assert_finalize_object (liar);
}

/* One that changes for a while whenever it is looked at. */
static void
test_busy (void)
{
  TestLiar *liar = liar_of (3);
  ServerSignal *signal = signal_for (liar);
  guint n_failures = 0;

  g_signal_connect (signal, "source-failed", G_CALLBACK (failed_cb), &n_failures);
  liar->n_busy = 30;
  g_list_model_items_changed (G_LIST_MODEL (liar), 0, 1, 1);
  test_settle ();
  g_assert_cmpuint (liar->n_busy, ==, 0);
  assert_ids (signal, liar);

  g_assert_finalize_object (signal);
  g_assert_finalize_object (liar);
}

/* Too long to be looked at in one go. */
static void
test_long (void)
{
  TestLiar *liar = liar_of (20000);
  ServerSignal *signal = signal_for (liar);
  static const guint places[] = { 19999, 0, 4096, 12345 };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/%u/id", places[i]);

      g_object_unref (liar->rows->pdata[places[i]]);
      liar->rows->pdata[places[i]] = test_row_new (-1 - (int) i, NULL);
      g_list_model_items_changed (G_LIST_MODEL (liar), 7, 1, 1);
      WAIT_UNTIL (server_signal_get_int (signal, pointer) == -1 - (int) i);
    }

  /* It is taken away in the middle of a look. */
  g_list_model_items_changed (G_LIST_MODEL (liar), 7, 1, 1);
  g_main_context_iteration (NULL, FALSE);
  g_assert_finalize_object (signal);
  g_assert_finalize_object (liar);
  test_settle ();
}

/* The signal, the model or its place goes before the loop is idle. */
static void
test_gone (void)
{
  for (guint i = 0; i < 4; i++)
    {
      TestLiar *liar = liar_of (3);
      ServerSignal *signal = signal_for (liar);

      g_ptr_array_insert (liar->rows, 0, test_row_new (9, NULL));
      g_list_model_items_changed (G_LIST_MODEL (liar), 3, 0, 1);
      if (i == 0)
        server_signal_untrack (signal, NULL);
      if (i == 1)
        g_assert_finalize_object (signal);
      if (i == 2)
        g_assert_finalize_object (liar);
      test_settle ();

      if (i != 1)
        g_assert_finalize_object (signal);
      if (i != 2)
        g_assert_finalize_object (liar);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/track-lies/elsewhere", test_elsewhere);
  g_test_add_func ("/track-lies/random", test_random);
  g_test_add_func ("/track-lies/made-anew", test_made_anew);
  g_test_add_func ("/track-lies/claims", test_claims);
  g_test_add_func ("/track-lies/endless", test_endless);
  g_test_add_func ("/track-lies/busy", test_busy);
  g_test_add_func ("/track-lies/long", test_long);
  g_test_add_func ("/track-lies/gone", test_gone);

  return g_test_run ();
}
