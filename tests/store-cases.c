/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "store-cases.h"

#include <string.h>

#include "store-fixture.h"
#include "test-utils.h"

/* A lease that an idle owner renews many times in a case. */
#define LEASE_MS 300

static ServerSignalStore *
store_new (const StoreEngine *engine,
           gpointer           place)
{
  ServerSignalStore *store = engine->store_new (place);

  server_signal_store_set_lease (store, LEASE_MS);

  return store;
}

/* Closes the store and drops it, so that another one may have its place. */
static void
end_store (ServerSignalStore *store)
{
  close_store (store);
  g_object_unref (store);
  test_settle ();
}

static GStrv
list (ServerSignalStore *store,
      const char        *prefix)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Outcome outcome = { NULL };
  GStrv names;

  server_signal_store_list_async (store, prefix, NULL, outcome_cb, &outcome);
  WAIT_UNTIL (outcome.result != NULL);
  result = outcome.result;
  names = server_signal_store_list_finish (store, result, &error);
  g_assert_no_error (error);

  return names;
}

static gboolean
remove_signal (ServerSignalStore  *store,
               const char         *name,
               GError            **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  Outcome outcome = { NULL };

  server_signal_store_remove_async (store, name, NULL, outcome_cb, &outcome);
  WAIT_UNTIL (outcome.result != NULL);
  result = outcome.result;

  return server_signal_store_remove_finish (store, result, error);
}

static gssize
restore (ServerSignalStore  *store,
         GFile              *file,
         GError            **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  Outcome outcome = { NULL };

  server_signal_store_restore_async (store, file, NULL, outcome_cb, &outcome);
  WAIT_UNTIL (outcome.result != NULL);
  result = outcome.result;

  return server_signal_store_restore_finish (store, result, error);
}

/* Names that mean something to keys, patterns, hash tags and files. They are in the order of their
 * bytes. */
static const char *const hostile[] = {
  " ", "%00", "%7B", "*", "..", "../up", ".lock", "=0", "a", "a*b", "a.signal", "a.signal.5", "a/b", "a[b]", "a}b{c",
  "b\nc", "b\\c", "{", "{x}y", "{}", "}", "}{", "ü{}%",
};

static void
test_names (gconstpointer data)
{
  const StoreEngine *engine = data;
  gpointer place = engine->set_up ();
  g_autofree char *long_name = g_strnfill (1024, '{');
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) some = NULL;
  g_auto (GStrv) left = NULL;
  ServerSignalStore *store = store_new (engine, place);
  g_autoptr (GError) error = NULL;
  g_autofree char *epoch = NULL;
  guint n_long = 0;

  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autoptr (ServerSignal) signal = own (store, hostile[i], "0");

      g_assert_true (server_signal_set_int (signal, NULL, (gint64) i, NULL));
      if (g_str_equal (hostile[i], "a"))
        epoch = g_strdup (server_signal_get_epoch (signal));
    }
  g_object_unref (own (store, long_name, "1024"));
  end_store (store);

  store = store_new (engine, place);
  names = list (store, NULL);
  g_assert_cmpuint (g_strv_length (names), ==, G_N_ELEMENTS (hostile) + 1);
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], long_name))
      n_long++;
    else
      g_assert_cmpstr (names[i], ==, hostile[i - n_long]);
  g_assert_cmpuint (n_long, ==, 1);
  some = list (store, "a");
  g_assert_cmpuint (g_strv_length (some), ==, 7);

  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autoptr (ServerSignal) signal = own (store, hostile[i], "null");

      g_assert_cmpint (server_signal_get_int (signal, NULL), ==, i);
    }

  /* One that is removed is gone, and begins anew. */
  g_assert_true (remove_signal (store, "a", &error));
  g_assert_no_error (error);
  g_assert_false (remove_signal (store, "a", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_FOUND);
  g_clear_error (&error);
  {
    g_autoptr (ServerSignal) signal = own (store, "b", "1");

    g_assert_false (remove_signal (store, "b", &error));
    g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY);
  }
  end_store (store);

  store = store_new (engine, place);
  left = list (store, "a");
  g_assert_cmpuint (g_strv_length (left), ==, 6);
  {
    g_autoptr (ServerSignal) signal = own (store, "a", "7");

    g_assert_cmpint (server_signal_get_int (signal, NULL), ==, 7);
    g_assert_cmpstr (server_signal_get_epoch (signal), !=, epoch);
  }
  end_store (store);
  engine->tear_down (place);
}

/* A signal goes on where it was, whatever is in it. */
static void
test_life (gconstpointer data)
{
  const StoreEngine *engine = data;
  gpointer place = engine->set_up ();
  g_autofree char *large = g_strnfill (20000, 'x');
  g_autofree char *epoch = NULL;
  g_autofree char *json = NULL;
  guint64 revision = 0;

  for (guint round = 0; round < 3; round++)
    {
      ServerSignalStore *store = store_new (engine, place);
      g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0,\"double\":1.0,\"list\":[]}");

      if (round > 0)
        {
          g_autofree char *now = server_signal_dup_json (signal, NULL);

          g_assert_cmpstr (now, ==, json);
          g_assert_cmpstr (server_signal_get_epoch (signal), ==, epoch);
          g_assert_cmpuint (server_signal_get_revision (signal), ==, revision);
        }
      /* More than a snapshot stands for. */
      for (int i = 1; i <= 1000; i++)
        g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
      g_assert_true (server_signal_set_string (signal, "/large", large, NULL));
      g_assert_true (server_signal_set_json (signal, "/text", "\"é\\n\\u0001 \\\\\"", NULL));
      g_assert_true (server_signal_set_json (signal, "/list/-", "[1e300,9007199254740993]", NULL));
      g_free (json);
      g_free (epoch);
      json = server_signal_dup_json (signal, NULL);
      epoch = g_strdup (server_signal_get_epoch (signal));
      revision = server_signal_get_revision (signal);
      end_store (store);
    }
  engine->tear_down (place);
}

/* Everybody counts, without a lease, and everybody sees it. */
static void
test_updates (gconstpointer data)
{
  const StoreEngine *engine = data;
  gpointer place = engine->set_up ();
  ServerSignalStore *stores[3];
  const guint n_stores = engine->is_shared ? G_N_ELEMENTS (stores) : 1;
  const guint each = 30;
  g_autoptr (ServerSignal) replica = NULL;
  guint done = 0;

  for (guint i = 0; i < n_stores; i++)
    stores[i] = store_new (engine, place);
  replica = server_signal_store_get_signal (stores[n_stores - 1], "count");
  for (guint n = 0; n < each; n++)
    for (guint i = 0; i < n_stores; i++)
      server_signal_store_update_async (stores[i], "count", count_up, NULL, NULL, NULL, count_cb,
                                        &done);
  WAIT_UNTIL (done == each * n_stores);
  WAIT_UNTIL (server_signal_get_int (replica, "/n") == (gint64) done &&
              !server_signal_get_stale (replica));
  g_assert_cmpuint (server_signal_get_revision (replica), ==, done - 1);

  for (guint i = 0; i < n_stores; i++)
    {
      g_autoptr (ServerSignal) signal = own (stores[i], "count", "null");

      g_assert_true (
        server_signal_set_int (signal, "/n", 1 + server_signal_get_int (signal, "/n"), NULL));
      WAIT_UNTIL (is_settled (signal, replica));
      server_signal_store_release (stores[i], signal);
      WAIT_UNTIL (!server_signal_get_writable (signal));
    }
  g_clear_object (&replica);
  for (guint i = 0; i < n_stores; i++)
    end_store (stores[i]);
  engine->tear_down (place);
}

/* A copy goes into a store of this kind, or another, and names what is wrong with it. */
static void
test_copy (gconstpointer data)
{
  const StoreEngine *engine = data;
  gpointer place = engine->set_up (), other_place = engine->set_up ();
  ServerSignalStore *store = store_new (engine, place);
  g_autoptr (GFileIOStream) stream = NULL;
  g_autoptr (GFile) file = g_file_new_tmp ("server-signal-XXXXXX", &stream, NULL);
  g_autoptr (ServerSignal) signal = own (store, "room/a", "{\"x\":[1.5,\"\\u00e9\"]}");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *epoch = g_strdup (server_signal_get_epoch (signal));
  Outcome copied = { NULL };

  g_object_unref (own (store, "room/b", "2"));
  g_object_unref (own (store, "c", "3"));
  for (int i = 0; i < 7; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  WAIT_UNTIL (is_settled (signal, signal));
  server_signal_store_copy_async (store, "room/", file, NULL, outcome_cb, &copied);
  WAIT_UNTIL (copied.result != NULL);
  result = copied.result;
  g_assert_cmpint (server_signal_store_copy_finish (store, result, NULL), ==, 2);

  for (guint i = 0; i < 2; i++)
    {
      ServerSignalStore *other =
        i == 0 ? store_new (engine, other_place) : server_signal_memory_store_new ();
      g_autoptr (ServerSignal) back = NULL;

      g_assert_cmpint (restore (other, file, &error), ==, 2);
      g_assert_no_error (error);
      g_assert_cmpint (restore (other, file, &error), ==, 0);
      g_assert_no_error (error);
      back = server_signal_store_get_signal (other, "room/a");
      WAIT_UNTIL (!server_signal_get_stale (back));
      g_assert_cmpint (server_signal_get_int (back, "/n"), ==, 6);
      g_assert_cmpuint (server_signal_get_revision (back), ==, server_signal_get_revision (signal));
      g_assert_cmpstr (server_signal_get_epoch (back), !=, epoch);
      g_assert_true (remove_signal (other, "room/a", NULL));
      WAIT_UNTIL (server_signal_get_stale (back));
      g_clear_object (&back);
      end_store (other);
    }

  g_assert_true (g_file_replace_contents (file, "{\"name\":\"d\",\"rev\":0,\"value\":1}\n{}\n", 34,
                                          NULL, FALSE, G_FILE_CREATE_NONE, NULL, NULL, NULL));
  g_assert_cmpint (restore (store, file, &error), ==, -1);
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, g_file_peek_path (file)));
  g_clear_object (&signal);
  g_assert_false (remove_signal (store, "d", NULL));
  g_file_delete (file, NULL, NULL);
  end_store (store);
  engine->tear_down (place);
  engine->tear_down (other_place);
}

static gboolean
is_gone (ServerSignalStore *store)
{
  g_auto (GStrv) names = list (store, NULL);

  return names[0] == NULL;
}

/* A time to live begins when the owner has gone, however seldom it has renewed a long lease. */
static void
test_expire (gconstpointer data)
{
  const StoreEngine *engine = data;
  gpointer place = engine->set_up ();
  ServerSignalStore *store = engine->store_new (place);
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *epoch = NULL;
  Outcome expired = { NULL };

  server_signal_store_set_lease (store, 60000);
  signal = own (store, "a", "1");
  epoch = g_strdup (server_signal_get_epoch (signal));
  server_signal_store_expire_async (store, "a", 1, NULL, outcome_cb, &expired);
  WAIT_UNTIL (expired.result != NULL);
  result = expired.result;
  g_assert_true (server_signal_store_expire_finish (store, result, NULL));

  test_pass_time (1500);
  g_assert_true (server_signal_set_int (signal, NULL, 2, NULL));
  WAIT_UNTIL (is_settled (signal, signal));
  g_assert_cmpstr (server_signal_get_epoch (signal), ==, epoch);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 1);

  server_signal_store_release (store, signal);
  WAIT_UNTIL (is_gone (store));
  g_clear_object (&signal);
  signal = own (store, "a", "3");
  g_assert_cmpstr (server_signal_get_epoch (signal), !=, epoch);
  end_store (store);
  engine->tear_down (place);
}

void
store_cases_add (const StoreEngine *engine)
{
  static const struct
  {
    const char *name;
    GTestDataFunc func;
  } cases[] = {
    { "names", test_names }, { "life", test_life },     { "updates", test_updates },
    { "copy", test_copy },   { "expire", test_expire },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/%s/cases/%s", engine->name, cases[i].name);

      g_test_add_data_func (path, engine, cases[i].func);
    }
}
