/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "test-row.h"
#include "test-thing.h"
#include "test-witness.h"

/* Objects as signals that change when they are read. */

static void
track (ServerSignal *signal,
       gpointer      object)
{
  static const char *const names[] = { "an-int", "object", "list", NULL };
  g_autoptr (GError) error = NULL;

  server_signal_track_properties (signal, NULL, object, names, &error);
  g_assert_no_error (error);
}

static void
count_cb (ServerSignal *signal,
          const char   *pointer,
          const GError *error,
          guint        *count)
{
  (*count)++;
}

/* One whose getter ends what it is read for. */

#define TEST_TYPE_ENDER (test_ender_get_type ())
G_DECLARE_FINAL_TYPE (TestEnder, test_ender, TEST, ENDER, GObject)

struct _TestEnder
{
  GObject       parent_instance;
  ServerSignal *signal;
};

G_DEFINE_FINAL_TYPE (TestEnder, test_ender, G_TYPE_OBJECT)

static void
test_ender_get_property (GObject    *object,
                         guint       prop_id,
                         GValue     *value,
                         GParamSpec *pspec)
{
  TestEnder *self = TEST_ENDER (object);

  if (prop_id == 1 && self->signal != NULL)
    server_signal_untrack (self->signal, NULL);
  if (prop_id == 2)
    g_value_take_object (value, test_row_new (7, NULL));
  /* No JSON has such a number: it is refused where nobody follows any more. */
  if (prop_id == 3)
    g_value_set_uint64 (value, G_MAXUINT64);
}

static void
test_ender_class_init (TestEnderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = test_ender_get_property;
  g_object_class_install_property (object_class, 1,
                                   g_param_spec_int ("end", NULL, NULL, 0, 10, 0,
                                                     G_PARAM_READABLE));
  g_object_class_install_property (object_class, 2,
                                   g_param_spec_object ("row", NULL, NULL, TEST_TYPE_ROW,
                                                        G_PARAM_READABLE));
  g_object_class_install_property (object_class, 3,
                                   g_param_spec_uint64 ("large", NULL, NULL, 0, G_MAXUINT64, 0,
                                                        G_PARAM_READABLE));
}

static void
test_ender_init (TestEnder *self)
{
}

static void
test_nested (void)
{
  TestThing *thing = g_object_new (TEST_TYPE_THING, "an-int", 1, NULL);
  TestEnder *ender = g_object_new (TEST_TYPE_ENDER, NULL);
  ServerSignal *signal = signal_of ("{}");
  guint n_failures = 0;

  g_signal_connect (signal, "source-failed", G_CALLBACK (count_cb), &n_failures);
  track (signal, thing);
  ender->signal = signal;
  g_object_set (thing, "object", ender, NULL);
  g_object_set (thing, "an-int", 2, NULL);
  assert_json (signal, NULL, "{'an-int':1,'object':null,'list':null}");
  g_assert_cmpuint (n_failures, ==, 0);

  g_assert_finalize_object (thing);
  g_assert_finalize_object (ender);
  g_assert_finalize_object (signal);
}

static void
test_item (void)
{
  g_autoptr (GListStore) items = g_list_store_new (G_TYPE_OBJECT);
  TestThing *thing = g_object_new (TEST_TYPE_THING, "list", items, NULL);
  TestRow *row = test_row_new (2, NULL);
  TestEnder *ender = g_object_new (TEST_TYPE_ENDER, NULL);
  ServerSignal *signal = signal_of ("{}");
  guint n_failures = 0;

  g_signal_connect (signal, "source-failed", G_CALLBACK (count_cb), &n_failures);
  g_list_store_append (items, row);
  track (signal, thing);
  ender->signal = signal;
  g_list_store_append (items, ender);
  g_object_set (row, "id", 3, NULL);
  assert_json (signal, NULL,
               "{'an-int':0,'object':null,"
               "'list':[{'id':2,'label':null,'next':null,'parts':null}]}");
  g_assert_cmpuint (n_failures, ==, 0);

  g_list_store_remove_all (items);
  g_assert_finalize_object (thing);
  g_assert_finalize_object (row);
  g_assert_finalize_object (ender);
  g_assert_finalize_object (signal);
}

/* A file is its address also where nothing holds it. */
static void
test_file (void)
{
  g_autoptr (GFile) file = g_file_new_for_uri ("file:///a%20b");
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_for_object ("file", G_OBJECT (file), &error);

  g_assert_no_error (error);
  assert_json (signal, NULL, "'file:///a%20b'");
  g_assert_false (server_signal_set_int (signal, NULL, 1, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY);
  g_clear_object (&file);
  server_signal_set_json (signal, NULL, "{}", NULL);
  assert_json (signal, NULL, "{}");
  g_assert_finalize_object (signal);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/track-getter/nested", test_nested);
  g_test_add_func ("/track-getter/item", test_item);
  g_test_add_func ("/track-getter/file", test_file);

  return g_test_run ();
}
