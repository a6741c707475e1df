/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "test-list-model.h"

/* Lists: what each operation at each place says to those who follow. */

static ServerSignal *
signal_of_rows (const char *names)
{
  g_autofree char *rows = rows_json (names);
  g_autofree char *json = g_strdup_printf ("{'rows':%s}", rows);

  return signal_of (json);
}

static void
test_properties (void)
{
  ServerSignal *signal = signal_of_rows ("abc");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  ServerSignalList *views = server_signal_list_new (signal, "/rows", G_TYPE_NONE);
  ServerSignalList *whole = g_object_new (SERVER_TYPE_SIGNAL_LIST, "signal", signal, NULL);
  g_autoptr (ServerSignal) its_signal = NULL;
  g_autofree char *pointer = NULL;
  GType item_type;
  guint n_items;

  g_object_get (list, "signal", &its_signal, "pointer", &pointer, "item-type", &item_type,
                "n-items", &n_items, NULL);
  g_assert_true (its_signal == signal);
  g_assert_cmpstr (pointer, ==, "/rows");
  g_assert_true (item_type == TEST_TYPE_ROW);
  g_assert_cmpuint (n_items, ==, 3);
  g_assert_true (server_signal_list_get_signal (list) == signal);
  g_assert_cmpstr (server_signal_list_get_pointer (list), ==, "/rows");
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (list)) == TEST_TYPE_ROW);
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (views)) == SERVER_TYPE_SIGNAL_VIEW);
  g_assert_cmpstr (server_signal_list_get_pointer (whole), ==, "");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (whole)), ==, 0);
  assert_names (list, "abc");
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), 3));
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (whole), 0));
  g_assert_true (item_at (list, 1) == item_at (list, 1));
  g_assert_true (SERVER_IS_SIGNAL_VIEW (item_at (views, 1)));

  g_clear_object (&its_signal);
  g_assert_finalize_object (list);
  g_assert_finalize_object (views);
  g_assert_finalize_object (whole);
  g_assert_finalize_object (signal);
}

/* Each operation: the patch, what it says, and the names after it. Rows are "abcdef". */
static void
test_operations (void)
{
  static const struct
  {
    const char *patch;
    const char *events;
    const char *names;
  } cases[] = {
    { "[{'op':'add','path':'/rows/0','value':{'name':'X'}}]", "+1@0", "Xabcdef" },
    { "[{'op':'add','path':'/rows/3','value':{'name':'X'}}]", "+1@3", "abcXdef" },
    { "[{'op':'add','path':'/rows/6','value':{'name':'X'}}]", "+1@6", "abcdefX" },
    { "[{'op':'add','path':'/rows/-','value':{'name':'X'}}]", "+1@6", "abcdefX" },
    { "[{'op':'remove','path':'/rows/0'}]", "-1@0", "bcdef" },
    { "[{'op':'remove','path':'/rows/5'}]", "-1@5", "abcde" },
    { "[{'op':'replace','path':'/rows/2','value':{'name':'X'}}]", "", "abXdef" },
    { "[{'op':'replace','path':'/rows/2','value':7}]", "", "ab?def" },
    { "[{'op':'replace','path':'/rows/2/name','value':'X'}]", "", "abXdef" },
    { "[{'op':'remove','path':'/rows/2/name'}]", "", "ab?def" },
    { "[{'op':'add','path':'/rows/2/count','value':3}]", "", "abcdef" },
    { "[{'op':'move','from':'/rows/0','path':'/rows/2'}]", "=3@0", "bcadef" },
    { "[{'op':'move','from':'/rows/5','path':'/rows/0'}]", "=6@0", "fabcde" },
    { "[{'op':'move','from':'/rows/0','path':'/rows/-'}]", "=6@0", "bcdefa" },
    { "[{'op':'move','from':'/rows/3','path':'/rows/3'}]", "", "abcdef" },
    { "[{'op':'move','from':'/rows/3','path':'/row'}]", "-1@3", "abcef" },
    { "[{'op':'move','from':'/rows/3/name','path':'/rows/0/name'}]", "", "dbc?ef" },
    { "[{'op':'move','from':'/rows/3','path':'/rows/0/inner'}]", "-1@3", "abcef" },
    { "[{'op':'copy','from':'/rows/0','path':'/rows/3'}]", "+1@3", "abcadef" },
    { "[{'op':'copy','from':'/rows/0/name','path':'/rows/3/name'}]", "", "abcaef" },
    /* Runs. */
    { "[{'op':'remove','path':'/rows/1'},{'op':'remove','path':'/rows/1'}]", "-2@1", "adef" },
    { "[{'op':'remove','path':'/rows/4'},{'op':'remove','path':'/rows/1'}]", "-1@1 -1@3", "acdf" },
    { "[{'op':'add','path':'/rows/1','value':{'name':'X'}},"
      "{'op':'add','path':'/rows/2','value':{'name':'Y'}},"
      "{'op':'add','path':'/rows/1','value':{'name':'Z'}}]",
      "+3@1", "aZXYbcdef" },
    { "[{'op':'remove','path':'/rows/1'},{'op':'add','path':'/rows/1','value':{'name':'X'}}]",
      "=1@1", "aXcdef" },
    { "[{'op':'add','path':'/rows/0','value':{'name':'X'}},{'op':'remove','path':'/rows/6'}]",
      "+1@0 -1@6", "Xabcde" },
    { "[{'op':'add','path':'/rows/2','value':{'name':'X'}},{'op':'remove','path':'/rows/2'},"
      "{'op':'replace','path':'/rows/0/name','value':'A'}]",
      "", "Abcdef" },
    { "[{'op':'add','path':'/rows/0','value':{}},{'op':'add','path':'/rows/0/name','value':'X'},"
      "{'op':'replace','path':'/rows/3/name','value':'C'}]",
      "+1@0", "XabCdef" },
    { "[{'op':'replace','path':'/rows/3/name','value':'D'},{'op':'remove','path':'/rows/0'},"
      "{'op':'replace','path':'/rows/4/name','value':'F'}]",
      "-1@0", "bcDeF" },
    { "[{'op':'replace','path':'/rows/3/name','value':'D'},{'op':'remove','path':'/rows/3'}]",
      "-1@3", "abcef" },
    { "[{'op':'move','from':'/rows/0','path':'/rows/5'},{'op':'move','from':'/rows/5','path':'/rows/0'},"
      "{'op':'replace','path':'/rows/0/name','value':'A'}]",
      "", "Abcdef" },
    { "[{'op':'move','from':'/rows/5','path':'/rows/1'},{'op':'move','from':'/rows/1','path':'/rows/5'}]",
      "", "abcdef" },
    /* Around the list. */
    { "[{'op':'replace','path':'/rows','value':[{'name':'a'},{'name':'c'}]}]", "-1@1 -3@2", "ac" },
    { "[{'op':'replace','path':'','value':{'rows':[{'name':'X'},{'name':'a'}]}}]", NULL, "Xa" },
    { "[{'op':'remove','path':'/rows'}]", "-6@0", "" },
    { "[{'op':'replace','path':'/rows','value':{'0':1}}]", "-6@0", "" },
    { "[{'op':'replace','path':'/rows','value':[]}]", "-6@0", "" },
    { "[{'op':'move','from':'/rows','path':'/other'}]", "-6@0", "" },
    { "[{'op':'move','from':'/rows','path':'/other'},{'op':'copy','from':'/other','path':'/rows'},"
      "{'op':'remove','path':'/rows/0'}]",
      "-1@0", "bcdef" },
    { "[{'op':'add','path':'/rowsX','value':[1]},{'op':'add','path':'/rowsX/0','value':2}]", "",
      "abcdef" },
    { "[{'op':'test','path':'/rows/0/name','value':'a'},{'op':'remove','path':'/rows/0'}]", "-1@0",
      "bcdef" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint lazy = 0; lazy < 2; lazy++)
      {
        ServerSignal *signal = signal_of_rows ("abcdef");
        ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
        Shadow *shadow = NULL;

        g_test_message ("%s", cases[i].patch);
        if (!lazy)
          shadow = shadow_new (list);
        patch_json (signal, cases[i].patch);
        assert_names (list, cases[i].names);
        if (shadow != NULL)
          {
            if (cases[i].events != NULL)
              assert_shadow (shadow, cases[i].events);
            shadow_free (shadow);
          }

        g_assert_finalize_object (list);
        g_assert_finalize_object (signal);
      }
}

static void
count_cb (guint *count)
{
  ++*count;
}

/* A row's widget sees what has changed, and nothing else. */
static void
test_notify (void)
{
  ServerSignal *signal = signal_of ("[{'name':'a','count':1,'x':1},{'name':'b','count':2}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_ROW);
  Shadow *shadow = shadow_new (list);
  TestRow *row = row_at (list, 0);
  guint n_name = 0, n_count = 0;

  g_signal_connect_swapped (row, "notify::name", G_CALLBACK (count_cb), &n_name);
  g_signal_connect_swapped (row, "notify::count", G_CALLBACK (count_cb), &n_count);
  row->is_open = TRUE;

  set_json (signal, "/0/name", "'A'");
  g_assert_cmpuint (n_name, ==, 1);
  g_assert_cmpuint (n_count, ==, 0);
  set_json (signal, "/0/x", "2");
  set_json (signal, "/1/count", "4");
  g_assert_cmpuint (n_name + n_count, ==, 1);
  patch_json (signal, "[{'op':'replace','path':'/0','value':{'name':'A','count':3}}]");
  g_assert_cmpuint (n_name, ==, 1);
  g_assert_cmpuint (n_count, ==, 1);
  patch_json (signal, "[{'op':'replace','path':'/0','value':{'count':3}}]");
  g_assert_cmpstr (row->name, ==, "?");
  g_assert_cmpuint (n_name, ==, 2);
  g_assert_cmpuint (n_count, ==, 1);
  patch_json (signal, "[{'op':'remove','path':'/0/count'}]");
  g_assert_cmpint (row->count, ==, 7);

  /* Several writes of one commit are one. */
  g_object_freeze_notify (G_OBJECT (signal));
  set_json (signal, "/0/name", "'B'");
  set_json (signal, "/0/count", "10");
  set_json (signal, "/0/name", "'C'");
  g_assert_cmpstr (row->name, ==, "?");
  g_object_thaw_notify (G_OBJECT (signal));
  g_assert_cmpstr (row->name, ==, "C");
  g_assert_cmpuint (n_name, ==, 3);
  g_assert_cmpuint (n_count, ==, 3);

  g_assert_true (row->is_open);
  assert_shadow (shadow, "");
  shadow_free (shadow);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* An item is the same object as long as its element is there. */
static void
test_identity (void)
{
  ServerSignal *signal = signal_of_rows ("abcdefgh");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  Shadow *shadow = shadow_new (list);
  GObject *a = item_at (list, 0), *c = item_at (list, 2), *h = item_at (list, 7);

  g_assert_true (server_signal_move (signal, "/rows/0", "/rows/4", NULL));
  assert_names (list, "bcdeafgh");
  g_assert_true (item_at (list, 4) == a);
  g_assert_true (item_at (list, 1) == c);
  g_assert_true (item_at (list, 7) == h);

  /* A sort, as somebody who sets the whole list does it. */
  set_names (signal, "/rows", "hgfedcba");
  assert_names (list, "hgfedcba");
  g_assert_true (item_at (list, 7) == a);
  g_assert_true (item_at (list, 5) == c);
  g_assert_true (item_at (list, 0) == h);

  set_names (signal, "/rows", "hgfXedcba");
  set_names (signal, "/rows", "hgXdcba");
  g_assert_true (item_at (list, 6) == a);
  g_assert_true (item_at (list, 4) == c);

  /* Another document around the same list. */
  patch_json (signal,
              "[{'op':'replace','path':'','value':{'z':1,'rows':[{'name':'a'},{'name':'c'}]}}]");
  assert_names (list, "ac");
  g_assert_true (item_at (list, 0) == a);
  g_assert_true (item_at (list, 1) == c);

  shadow_free (shadow);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* Items that nobody has asked for are not made, and those that were stay. */
static void
test_lazy (void)
{
  ServerSignal *signal = signal_of_rows ("abcdefgh");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  Shadow shadow = { G_LIST_MODEL (list), g_ptr_array_new (), g_string_new (NULL), 0, TRUE };
  GObject *d = item_at (list, 3);
  gpointer weak = d;

  g_object_add_weak_pointer (d, &weak);
  g_ptr_array_set_size (shadow.items, 8);
  g_signal_connect_swapped (list, "items-changed", G_CALLBACK (shadow_changed_cb), &shadow);
  g_assert_true (server_signal_remove (signal, "/rows/0", NULL));
  set_json (signal, "/rows/5/name", "'X'");
  g_assert_true (item_at (list, 2) == d);
  assert_names (list, "bcdefXh");
  g_assert_true (server_signal_remove (signal, "/rows/2", NULL));
  g_assert_null (weak);
  g_assert_cmpstr (shadow.events->str, ==, "-1@0 -1@2");

  g_ptr_array_unref (shadow.items);
  g_string_free (shadow.events, TRUE);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* Items that are asked for in the middle of an announcement are those of the place. */
typedef struct
{
  GListModel *model;
  GPtrArray  *seen;
} Asker;

static void
ask_all_cb (Asker *asker)
{
  for (guint i = 0; i < g_list_model_get_n_items (asker->model); i++)
    g_ptr_array_add (asker->seen, g_list_model_get_item (asker->model, i));
}

static void
test_asked_within (void)
{
  static const struct
  {
    const char *patch;
    guint n_emissions;
    const char *seen;
  } cases[] = {
    /* The rows at the emissions, "?" for one that is going and was never asked for. */
    { "[{'op':'add','path':'/rows/0','value':{'name':'X'}},{'op':'remove','path':'/rows/4'},"
      "{'op':'add','path':'/rows/6','value':{'name':'Y'}}]",
      3,
      "Xabc?efgh"
      "Xabcefgh"
      "XabcefYgh" },
    { "[{'op':'move','from':'/rows/1','path':'/rows/3'},{'op':'remove','path':'/rows/7'}]", 2,
      "acdbefg?"
      "acdbefg" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ServerSignal *signal = signal_of_rows ("abcdefgh");
      ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
      Asker asker = { G_LIST_MODEL (list), g_ptr_array_new_with_free_func (g_object_unref) };
      g_autoptr (GString) names = g_string_new (NULL);

      g_signal_connect_swapped (list, "items-changed", G_CALLBACK (ask_all_cb), &asker);
      patch_json (signal, cases[i].patch);
      for (guint j = 0; j < asker.seen->len; j++)
        g_string_append (names, ((TestRow *) asker.seen->pdata[j])->name);
      g_assert_cmpstr (names->str, ==, cases[i].seen);

      g_ptr_array_unref (asker.seen);
      g_assert_finalize_object (list);
      g_assert_finalize_object (signal);
    }
}

/* A move over more than 1,000 that stay goes in two emissions, and the item with it. */
static void
test_far_moves (void)
{
  for (guint materialized = 0; materialized < 3; materialized++)
    for (guint back = 0; back < 2; back++)
      {
        g_autoptr (GString) json = g_string_new ("[");
        ServerSignal *signal;
        ServerSignalList *list;
        ServerSignalList *views;
        ServerSignalView *view;
        Shadow *shadow = NULL;
        g_autoptr (GObject) item = NULL;
        guint from = back ? 2900 : 100, to = back ? 100 : 2900;
        g_autofree char *from_pointer = g_strdup_printf ("/%u", from);
        g_autofree char *to_pointer = g_strdup_printf ("/%u", to);
        char other[20];

        for (guint i = 0; i < 3000; i++)
          g_string_append_printf (json, "%s{'count':%u}", i > 0 ? "," : "", i);
        g_string_append_c (json, ']');
        signal = signal_of (json->str);
        list = server_signal_list_new (signal, "", TEST_TYPE_ROW);
        views = server_signal_list_new (signal, "", G_TYPE_NONE);
        view = (ServerSignalView *) item_at (views, from);
        if (materialized > 0)
          item = g_list_model_get_item (G_LIST_MODEL (list), from);
        if (materialized > 1)
          shadow = shadow_new (list);

        g_assert_true (server_signal_move (signal, from_pointer, to_pointer, NULL));
        g_assert_cmpint (row_at (list, to)->count, ==, from);
        g_assert_cmpint (row_at (list, from)->count, ==, back ? from - 1 : from + 1);
        if (item != NULL)
          g_assert_true (item_at (list, to) == item);
        if (shadow != NULL)
          assert_shadow (shadow, back ? "+1@100 -1@2901" : "-1@100 +1@2900");

        g_assert_cmpstr (server_signal_view_get_pointer (view), ==, to_pointer);
        g_assert_true (item_at (views, to) == (gpointer) view);

        /* The nearer one in one. */
        g_snprintf (other, sizeof other, "/%u", to + 40);
        g_assert_true (server_signal_move (signal, to_pointer, other, NULL));
        if (item != NULL)
          g_assert_true (item_at (list, to + 40) == item);
        if (shadow != NULL)
          {
            assert_shadow (shadow, back ? "=41@100" : "=41@2900");
            shadow_free (shadow);
          }

        g_assert_cmpstr (server_signal_view_get_pointer (view), ==, other);
        g_clear_object (&item);
        g_assert_finalize_object (list);
        g_assert_finalize_object (views);
        g_assert_finalize_object (signal);
      }
}

/* A handler that asks for an item at the place that it is leaving, or has come to already, gets the
 * one that is at the other. */
static void
ask_moved_cb (GPtrArray  *asked,
              guint       position,
              guint       n_removed,
              guint       n_added,
              GListModel *model)
{
  static const guint places[] = { 100, 2900, 2899, 2901 };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      TestRow *row = row_at (model, places[i]);

      if (row != NULL && (row->count == 100 || row->count == 2900))
        g_ptr_array_add (asked, g_object_ref (row));
    }
}

static void
test_asked_while_moving (void)
{
  for (guint back = 0; back < 2; back++)
    {
      g_autoptr (GString) json = g_string_new ("[");
      g_autoptr (GPtrArray) asked = g_ptr_array_new_with_free_func (g_object_unref);
      int moved = back ? 2900 : 100;
      ServerSignal *signal;
      ServerSignalList *list;
      guint n_asked = 0;

      for (guint i = 0; i < 3000; i++)
        g_string_append_printf (json, "%s{'count':%u}", i > 0 ? "," : "", i);
      g_string_append_c (json, ']');
      signal = signal_of (json->str);
      list = server_signal_list_new (signal, "", TEST_TYPE_ROW);

      g_signal_connect_swapped (list, "items-changed", G_CALLBACK (ask_moved_cb), asked);
      g_assert_true (
        server_signal_move (signal, back ? "/2900" : "/100", back ? "/100" : "/2900", NULL));

      for (guint i = 0; i < asked->len; i++)
        if (((TestRow *) asked->pdata[i])->count == moved)
          {
            n_asked++;
            g_assert_true (asked->pdata[i] == (gpointer) item_at (list, back ? 100 : 2900));
          }
      /* At both places when it comes before it goes, and once afterwards. */
      g_assert_cmpuint (n_asked, ==, back ? 3 : 1);

      g_ptr_array_set_size (asked, 0);
      g_assert_finalize_object (list);
      g_assert_finalize_object (signal);
    }
}

/* Views of elements that go are told, and others outlive the list as views of their places. */
static void
test_orphans (void)
{
  ServerSignal *signal = signal_of ("{'rows':[0,1,2,3,4,5]}");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", G_TYPE_NONE);
  ServerSignalView *view = g_list_model_get_item (G_LIST_MODEL (list), 3);
  ServerSignalView *going = g_list_model_get_item (G_LIST_MODEL (list), 1);
  guint n_notified = 0, n_gone = 0, n_pointer = 0, n_unread = 0;

  g_assert_cmpstr (server_signal_view_get_pointer (going), ==, "/rows/1");
  g_signal_connect_swapped (going, "notify::int-value", G_CALLBACK (count_cb), &n_gone);
  g_signal_connect_swapped (going, "notify::pointer", G_CALLBACK (count_cb), &n_gone);
  g_signal_connect_swapped (view, "notify::pointer", G_CALLBACK (count_cb), &n_pointer);
  g_signal_connect_swapped (item_at (list, 4), "notify::pointer", G_CALLBACK (count_cb), &n_unread);
  g_assert_cmpstr (server_signal_view_get_pointer (view), ==, "/rows/3");
  g_assert_true (server_signal_remove (signal, "/rows/1", NULL));
  g_assert_cmpuint (n_gone, ==, 2);
  g_assert_cmpuint (n_pointer, ==, 1);
  g_assert_cmpuint (n_unread, ==, 0);
  g_assert_null (server_signal_view_get_pointer (going));
  g_assert_null (server_signal_view_dup_value (going));
  g_assert_true (server_signal_view_get_signal (going) == signal);

  g_assert_finalize_object (list);
  g_assert_cmpstr (server_signal_view_get_pointer (view), ==, "/rows/2");
  g_assert_cmpint (server_signal_view_get_int_value (view), ==, 3);
  g_signal_connect_swapped (view, "notify::int-value", G_CALLBACK (count_cb), &n_notified);
  g_assert_true (server_signal_remove (signal, "/rows/0", NULL));
  g_assert_cmpint (server_signal_view_get_int_value (view), ==, 4);
  g_assert_cmpuint (n_notified, ==, 1);
  set_json (signal, "/rows/1", "7");
  g_assert_null (server_signal_view_dup_value (going));

  g_assert_finalize_object (view);
  g_assert_finalize_object (going);
  g_assert_finalize_object (signal);
}

static void
test_not_there_yet (void)
{
  ServerSignal *signal = server_signal_new ("s", NULL);
  ServerSignalList *list = server_signal_list_new (signal, "/a/1/rows", TEST_TYPE_ROW);
  Shadow *shadow = shadow_new (list);
  guint n_notified = 0;

  g_signal_connect_swapped (list, "notify::n-items", G_CALLBACK (count_cb), &n_notified);
  set_json (signal, "", "{'a':[]}");
  set_json (signal, "/a/-", "{'rows':[{}]}");
  assert_shadow (shadow, "");
  set_json (signal, "/a/-", "{'rows':[{'name':'x'},{'name':'y'}]}");
  assert_shadow (shadow, "+2@0");
  g_assert_cmpuint (n_notified, ==, 1);
  set_json (signal, "/a/1/rows/0/name", "'X'");
  assert_names (list, "Xy");
  g_assert_cmpuint (n_notified, ==, 1);
  g_assert_true (server_signal_remove (signal, "/a/0", NULL));
  assert_shadow (shadow, "-2@0");
  set_json (signal, "/a/-", "{'rows':{}}");
  set_json (signal, "/a/1/rows", "null");
  set_json (signal, "/a/1/rows", "{'0':{'name':'x'}}");
  set_json (signal, "/a/1/rows/0/name", "'z'");
  assert_shadow (shadow, "");
  set_json (signal, "/a/1/rows", "[{'name':'z'}]");
  assert_shadow (shadow, "+1@0");
  assert_names (list, "z");

  shadow_free (shadow);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* Lists see the last commit, also for items that are asked for in a transaction. */
/* For those who look at an item only when it comes. */
static void
test_announced_edits (void)
{
  ServerSignal *signal = signal_of_rows ("abcdefgh");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  ServerSignalList *lazy = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  Shadow *shadow = shadow_new (list);
  GObject *c = item_at (list, 2);
  guint n_notified = 0, n_lazy = 0;

  g_assert_false (server_signal_list_get_announces_edits (list));
  g_signal_connect_swapped (list, "notify::announces-edits", G_CALLBACK (count_cb), &n_notified);
  g_signal_connect_swapped (lazy, "items-changed", G_CALLBACK (count_cb), &n_lazy);
  server_signal_list_set_announces_edits (list, TRUE);
  g_object_set (list, "announces-edits", TRUE, NULL);
  server_signal_list_set_announces_edits (lazy, TRUE);
  g_assert_cmpuint (n_notified, ==, 1);

  set_json (signal, "/rows/2/name", "'C'");
  assert_shadow (shadow, "=1@2");
  g_assert_true (item_at (list, 2) == c);
  patch_json (signal, "[{'op':'replace','path':'/rows/3/name','value':'D'},"
                      "{'op':'replace','path':'/rows/7/name','value':'H'},"
                      "{'op':'replace','path':'/rows/2/name','value':'X'},"
                      "{'op':'replace','path':'/rows/2/name','value':'C'},"
                      "{'op':'remove','path':'/rows/0'}]");
  assert_shadow (shadow, "-1@0 =2@1 =1@6");
  assert_names (list, "bCDefgH");
  g_assert_true (item_at (list, 1) == c);
  /* An item that is announced as moved is not announced again. */
  patch_json (signal, "[{'op':'replace','path':'/rows/3/name','value':'E'},"
                      "{'op':'move','from':'/rows/3','path':'/rows/1'}]");
  assert_shadow (shadow, "=3@1");
  g_assert_cmpuint (n_lazy, ==, 2);

  shadow_free (shadow);
  g_assert_finalize_object (list);
  g_assert_finalize_object (lazy);
  g_assert_finalize_object (signal);
}

static void
test_transaction (void)
{
  ServerSignal *signal = signal_of_rows ("abc");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  ServerSignalList *late;
  ServerSignalList *views = server_signal_list_new (signal, "/rows", G_TYPE_NONE);
  ServerSignalView *view = (ServerSignalView *) item_at (views, 2);
  g_autoptr (JsonNode) value = NULL;

  g_object_freeze_notify (G_OBJECT (signal));
  g_assert_true (server_signal_remove (signal, "/rows/0", NULL));
  set_json (signal, "/rows/0/name", "'B'");
  late = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (late)), ==, 3);
  g_assert_cmpstr (row_at (list, 1)->name, ==, "b");
  g_assert_cmpstr (server_signal_view_get_pointer (view), ==, "/rows/2");
  value = server_signal_view_dup_value (view);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (value), "name"), ==, "c");
  g_object_thaw_notify (G_OBJECT (signal));
  g_assert_cmpstr (server_signal_view_get_pointer (view), ==, "/rows/1");
  assert_names (list, "Bc");
  assert_names (late, "Bc");

  g_object_freeze_notify (G_OBJECT (signal));
  set_names (signal, "/rows", "xyz");
  server_signal_discard (signal);
  g_object_thaw_notify (G_OBJECT (signal));
  assert_names (list, "Bc");

  g_assert_finalize_object (late);
  g_assert_finalize_object (list);
  g_assert_finalize_object (views);
  g_assert_finalize_object (signal);
}

/* The handlers in the order in which they are told. */
typedef struct
{
  GString    *order;
  const char *what;
} Order;

static void
order_cb (Order *order)
{
  g_string_append (order->order, order->what);
}

static void
test_order (void)
{
  ServerSignal *signal = signal_of_rows ("abc");
  ServerSignalView *view = server_signal_view_new (signal, "/rows/0/name");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  g_autoptr (GString) order = g_string_new (NULL);
  Order orders[] = {
    { order, "view " },  { order, "patched " }, { order, "value " },
    { order, "items " }, { order, "row " },     { order, "n-items " },
  };

  g_signal_connect_swapped (view, "notify::value", G_CALLBACK (order_cb), &orders[0]);
  g_signal_connect_swapped (signal, "patched", G_CALLBACK (order_cb), &orders[1]);
  g_signal_connect_swapped (signal, "notify::value", G_CALLBACK (order_cb), &orders[2]);
  g_signal_connect_swapped (list, "items-changed", G_CALLBACK (order_cb), &orders[3]);
  g_signal_connect_swapped (item_at (list, 1), "notify::name", G_CALLBACK (order_cb), &orders[4]);
  g_signal_connect_swapped (list, "notify::n-items", G_CALLBACK (order_cb), &orders[5]);

  patch_json (
    signal,
    "[{'op':'remove','path':'/rows/0'},{'op':'replace','path':'/rows/0/name','value':'B'}]");
  g_assert_cmpstr (order->str, ==, "row items n-items patched value view ");

  g_assert_finalize_object (view);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* Handlers that do things. */

static void
write_cb (ServerSignalList *list)
{
  ServerSignal *signal = server_signal_list_get_signal (list);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (list));

  if (n < 6)
    {
      g_autoptr (JsonNode) node = node_of ("{'name':'w'}");

      g_assert_true (server_signal_insert_value (signal, "/rows/0", node, NULL));
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, n);
      /* An item that nobody has asked for yet is of the commit that is being announced. */
      g_assert_cmpstr (row_at (list, n - 1)->name, ==, "c");
    }
}

static void
test_writes (void)
{
  ServerSignal *signal = signal_of_rows ("abc");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  Shadow *shadow;

  g_signal_connect (list, "items-changed", G_CALLBACK (write_cb), NULL);
  shadow = shadow_new (list);
  g_assert_true (server_signal_remove (signal, "/rows/0", NULL));
  assert_shadow (shadow, "-1@0 +1@0 +1@0 +1@0 +1@0");
  assert_names (list, "wwwwbc");

  shadow_free (shadow);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* Making an item changes the list that it is made for. */
static void
test_making_writes (void)
{
  ServerSignal *signal = signal_of_rows ("abcd");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);

  test_row_victim = g_object_ref (signal);
  g_assert_cmpstr (row_at (list, 1)->name, ==, "c");
  assert_names (list, "bcd");

  /* In the middle of an announcement. */
  g_signal_connect (list, "items-changed", G_CALLBACK (write_cb), NULL);
  test_row_victim = g_object_ref (signal);
  set_names (signal, "/rows", "xxxxxxyc");
  g_assert_cmpstr (row_at (list, 0)->name, ==, "x");
  assert_names (list, "xxxxxyc");

  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

static void
write_row_cb (TestRow      *row,
              GParamSpec   *pspec,
              ServerSignal *signal)
{
  if (row->count < 20)
    server_signal_set_int (signal, "/rows/1/count", row->count + 1, NULL);
}

static void
test_row_writes (void)
{
  ServerSignal *signal = signal_of_rows ("abc");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);

  g_signal_connect (row_at (list, 1), "notify::count", G_CALLBACK (write_row_cb), signal);
  server_signal_set_int (signal, "/rows/1/count", 1, NULL);
  g_assert_cmpint (row_at (list, 1)->count, ==, 20);

  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

static void
drop_cb (ServerSignalList **list)
{
  g_clear_object (list);
}

static void
test_drop (void)
{
  static const char *patches[] = {
    "[{'op':'remove','path':'/rows/0'},{'op':'remove','path':'/rows/4'},"
    "{'op':'replace','path':'/rows/1/name','value':'X'}]",
    "[{'op':'replace','path':'/rows/1/name','value':'X'},{'op':'replace','path':'/rows/2/name','value':'X'}]",
  };

  for (guint views = 0; views < 2; views++)
    for (guint by_item = 0; by_item < 2; by_item++)
      for (guint disposed = 0; disposed < 2; disposed++)
        {
          ServerSignal *signal = signal_of_rows ("abcdef");
          ServerSignalList *list =
            server_signal_list_new (signal, "/rows", views ? G_TYPE_NONE : TEST_TYPE_ROW);
          gpointer weak = list;
          Shadow *shadow = shadow_new (list);
          g_autoptr (GPtrArray) items = g_ptr_array_ref (shadow->items);
          guint n_changes = 0;
          GObject *emitter = by_item ? items->pdata[1 + (disposed ? 1 : 0)] : G_OBJECT (list);
          const char *event = by_item ? "notify" : "items-changed";

          shadow_free (shadow);
          g_object_add_weak_pointer (G_OBJECT (list), &weak);
          if (disposed)
            g_signal_connect_swapped (emitter, event, G_CALLBACK (g_object_run_dispose), list);
          else
            g_signal_connect_swapped (emitter, event, G_CALLBACK (drop_cb), &list);

          /* A handler is told nothing more once the list was dropped or disposed. */
          g_signal_connect_swapped (list, "items-changed", G_CALLBACK (count_cb), &n_changes);
          patch_json (signal, patches[by_item]);
          g_assert_cmpuint (n_changes, ==, by_item || disposed ? 0 : 1);
          if (disposed)
            g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
          g_clear_object (&list);
          g_assert_null (weak);
          g_ptr_array_set_size (items, 0);
          g_assert_finalize_object (signal);
        }
}

/* The same at any moment of a commit whose edits are announced one by one. */
typedef struct
{
  ServerSignalList **list;
  guint              n_before;
  gboolean           disposes;
  gboolean           done;
} Dropper;

static void
dropper_cb (Dropper *self)
{
  if (self->done || self->n_before-- > 0)
    return;

  self->done = TRUE;
  if (self->disposes)
    g_object_run_dispose (G_OBJECT (*self->list));
  else
    g_clear_object (self->list);
}

static void
test_drop_announced (void)
{
  for (guint i = 0; i < 4 * 24; i++)
    {
      ServerSignal *signal = signal_of_rows ("abcdefgh");
      gboolean has_views = i % 2 == 1;
      ServerSignalList *list =
        server_signal_list_new (signal, "/rows", has_views ? G_TYPE_NONE : TEST_TYPE_ROW);
      Dropper dropper = { &list, i / 4, i / 2 % 2 == 1, FALSE };
      gpointer weak = list;
      g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

      server_signal_list_set_announces_edits (list, TRUE);
      g_object_add_weak_pointer (G_OBJECT (list), &weak);
      g_signal_connect_swapped (list, "items-changed", G_CALLBACK (dropper_cb), &dropper);
      for (guint j = 0; j < 8; j++)
        {
          GObject *item = g_list_model_get_item (G_LIST_MODEL (list), j);

          g_signal_connect_swapped (item, has_views ? "notify::value" : "notify",
                                    G_CALLBACK (dropper_cb), &dropper);
          g_ptr_array_add (items, item);
        }

      patch_json (signal, "[{'op':'replace','path':'/rows/6/name','value':'G'},"
                          "{'op':'replace','path':'/rows/0/name','value':'A'},"
                          "{'op':'replace','path':'/rows/1','value':{'name':'B','count':3}},"
                          "{'op':'move','from':'/rows/1','path':'/rows/3'},"
                          "{'op':'replace','path':'/rows/4/name','value':'E'},"
                          "{'op':'remove','path':'/rows/5'},"
                          "{'op':'replace','path':'/rows/6/name','value':'H'},"
                          "{'op':'add','path':'/rows/7','value':{'name':'i'}}]");

      /* Views stay with their places. */
      for (guint j = 0; has_views && dropper.done && j < items->len; j++)
        {
          const char *pointer = server_signal_view_get_pointer (items->pdata[j]);
          g_autoptr (JsonNode) shown = server_signal_view_dup_value (items->pdata[j]);
          g_autoptr (JsonNode) there = NULL;

          if (pointer != NULL)
            there = server_signal_dup_value (signal, pointer);
          g_assert_true (shown == NULL ? there == NULL : json_node_equal (shown, there));
        }

      if (i / 4 == 0)
        g_assert_true (dropper.done);
      g_clear_object (&list);
      g_assert_null (weak);
      g_ptr_array_set_size (items, 0);
      g_assert_finalize_object (signal);
    }
}

static void
add_list_cb (ServerSignalList  *list,
             guint              position,
             guint              n_removed,
             guint              n_added,
             ServerSignalList **other)
{
  if (*other == NULL)
    {
      *other =
        server_signal_list_new (server_signal_list_get_signal (list), "/rows", TEST_TYPE_ROW);
      assert_names (*other, "cdef");
    }
}

static void
test_add_list (void)
{
  ServerSignal *signal = signal_of_rows ("abcdef");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  ServerSignalList *other = NULL;

  g_signal_connect (list, "items-changed", G_CALLBACK (add_list_cb), &other);
  patch_json (signal, "[{'op':'remove','path':'/rows/0'},{'op':'remove','path':'/rows/0'}]");
  assert_names (other, "cdef");
  g_assert_true (server_signal_remove (signal, "/rows/1", NULL));
  assert_names (other, "cef");
  assert_names (list, "cef");

  g_assert_finalize_object (other);
  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

/* A list keeps its signal and its items, and nobody keeps the list. */
static void
test_lifetime (void)
{
  ServerSignal *signal = signal_of_rows ("abc");
  ServerSignalList *list = server_signal_list_new (signal, "/rows", TEST_TYPE_ROW);
  gpointer weak = signal;
  GObject *item = item_at (list, 1);
  gpointer weak_item = item;

  g_object_add_weak_pointer (G_OBJECT (signal), &weak);
  g_object_add_weak_pointer (item, &weak_item);
  g_object_unref (signal);
  set_json (signal, "/rows/1/name", "'B'");
  assert_names (list, "aBc");
  g_assert_nonnull (weak_item);
  g_assert_finalize_object (list);
  g_assert_null (weak);
  g_assert_null (weak_item);
}

static void
assert_inert (ServerSignalList *list)
{
  gboolean announces_edits = FALSE;
  guint n_items = 1;

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 0);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (list), 0));
  g_object_get (list, "n-items", &n_items, NULL);
  g_assert_cmpuint (n_items, ==, 0);

  server_signal_list_set_announces_edits (list, TRUE);
  g_object_get (list, "announces-edits", &announces_edits, NULL);
  g_assert_true (announces_edits);
  g_object_set (list, "announces-edits", FALSE, NULL);
  g_assert_false (server_signal_list_get_announces_edits (list));
}

static void
test_mistakes (void)
{
  static const char *const pointers[] = { "a", "rows", "/~", "/~2", "/rows~", "\xff", "/\xff" };
  const GType types[] = { TEST_TYPE_ROW, G_TYPE_NONE };
  ServerSignal *signal = signal_of_rows ("abc");
  ServerSignalList *list;

  for (guint i = 0; i < G_N_ELEMENTS (pointers) * G_N_ELEMENTS (types); i++)
    {
      const char *pointer = pointers[i / G_N_ELEMENTS (types)];
      GType type = types[i % G_N_ELEMENTS (types)];

      g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*ss_pointer_is_valid*");
      g_assert_null (server_signal_list_new (signal, pointer, type));
      g_test_assert_expected_messages ();

      g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*no JSON Pointer*");
      list = g_object_new (SERVER_TYPE_SIGNAL_LIST, "signal", signal, "pointer", pointer,
                           "item-type", type, NULL);
      g_test_assert_expected_messages ();
      g_assert_cmpstr (server_signal_list_get_pointer (list), ==, pointer);
      assert_inert (list);
      set_json (signal, "/rows/1/name", "'B'");
      set_json (signal, "/rows/1/name", "'b'");
      assert_inert (list);
      g_object_run_dispose (G_OBJECT (list));
      assert_inert (list);
      g_assert_finalize_object (list);
    }

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*without a signal*");
      list = g_object_new (SERVER_TYPE_SIGNAL_LIST, "pointer", "/a", "item-type", types[i],
                           "announces-edits", TRUE, NULL);
      g_test_assert_expected_messages ();
      g_assert_null (server_signal_list_get_signal (list));
      assert_inert (list);
      g_object_run_dispose (G_OBJECT (list));
      assert_inert (list);
      g_assert_finalize_object (list);
    }

  g_assert_finalize_object (signal);
}

static void
test_bad_item_types (void)
{
  const GType types[] = { G_TYPE_INT, G_TYPE_LIST_MODEL, G_TYPE_INPUT_STREAM, JSON_TYPE_NODE };
  ServerSignal *signal = signal_of_rows ("abc");

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *pattern = g_strdup_printf ("*%s*", g_type_name (types[i]));
      g_autoptr (GObject) item = NULL;
      ServerSignalList *list;

      g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*item_type*");
      g_assert_null (server_signal_list_new (signal, "/rows", types[i]));
      g_test_assert_expected_messages ();

      g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, pattern);
      list = g_object_new (SERVER_TYPE_SIGNAL_LIST, "signal", signal, "pointer", "/rows",
                           "item-type", types[i], NULL);
      g_test_assert_expected_messages ();
      g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (list)) == SERVER_TYPE_SIGNAL_VIEW);
      item = g_list_model_get_item (G_LIST_MODEL (list), 0);
      g_assert_true (SERVER_IS_SIGNAL_VIEW (item));
      g_clear_object (&item);
      g_assert_finalize_object (list);
    }

  g_assert_finalize_object (signal);
}

/* A list goes on with items that somebody has disposed of. */
static void
test_disposed_items (void)
{
  for (int stays = 0; stays < 2; stays++)
    {
      ServerSignal *signal = signal_of_rows ("abcd");
      ServerSignalList *list = server_signal_list_new (signal, "/rows", SERVER_TYPE_SIGNAL_VIEW);
      ServerSignalView *views[4];

      for (guint i = 0; i < G_N_ELEMENTS (views); i++)
        {
          views[i] = g_list_model_get_item (G_LIST_MODEL (list), i);
          g_assert_nonnull (server_signal_view_get_pointer (views[i]));
          g_object_run_dispose (G_OBJECT (views[i]));
          g_assert_null (server_signal_view_dup_value (views[i]));
          g_assert_null (server_signal_view_get_pointer (views[i]));
        }

      server_signal_list_set_announces_edits (list, stays == 1);
      set_json (signal, "/rows/1/name", "'B'");
      g_assert_true (server_signal_remove (signal, "/rows/2", NULL));
      set_json (signal, "/rows/2", "1");
      set_json (signal, "/rows/2", "2");
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 3);
      if (stays)
        set_json (signal, "/rows", "[]");
      g_assert_finalize_object (list);

      for (guint i = 0; i < G_N_ELEMENTS (views); i++)
        {
          g_assert_null (server_signal_view_dup_value (views[i]));
          g_assert_cmpint (server_signal_view_get_int_value (views[i]), ==, 0);
          g_assert_finalize_object (views[i]);
        }
      g_assert_finalize_object (signal);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/list/properties", test_properties);
  g_test_add_func ("/list/operations", test_operations);
  g_test_add_func ("/list/notify", test_notify);
  g_test_add_func ("/list/identity", test_identity);
  g_test_add_func ("/list/lazy", test_lazy);
  g_test_add_func ("/list/asked-within", test_asked_within);
  g_test_add_func ("/list/far-moves", test_far_moves);
  g_test_add_func ("/list/asked-while-moving", test_asked_while_moving);
  g_test_add_func ("/list/orphans", test_orphans);
  g_test_add_func ("/list/not-there-yet", test_not_there_yet);
  g_test_add_func ("/list/announced-edits", test_announced_edits);
  g_test_add_func ("/list/transaction", test_transaction);
  g_test_add_func ("/list/order", test_order);
  g_test_add_func ("/list/writes", test_writes);
  g_test_add_func ("/list/making-writes", test_making_writes);
  g_test_add_func ("/list/row-writes", test_row_writes);
  g_test_add_func ("/list/drop", test_drop);
  g_test_add_func ("/list/drop-announced", test_drop_announced);
  g_test_add_func ("/list/add-list", test_add_list);
  g_test_add_func ("/list/lifetime", test_lifetime);
  g_test_add_func ("/list/mistakes", test_mistakes);
  g_test_add_func ("/list/bad-item-types", test_bad_item_types);
  g_test_add_func ("/list/disposed-items", test_disposed_items);

  return g_test_run ();
}
