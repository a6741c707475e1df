/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "test-list-model.h"

/* Random sequences of commits: after each one the list is the array, element by element, what its
 * emissions say leads there from where it was, an item is the same as long as its element is there,
 * and a view in a list is notified when its element has changed and only then. SS_TEST_CASES has
 * more of them. */

static guint
n_rounds (guint otherwise)
{
  const char *cases = g_getenv ("SS_TEST_CASES");

  return cases != NULL ? (guint) g_ascii_strtoull (cases, NULL, 10) * 10 : otherwise;
}

/* A view in a list, as it was after the commit before. */
typedef struct
{
  ServerSignalView *view;
  SsValue          *value;
  guint             n_notified;
} Seen;

static void
seen_free (Seen *self)
{
  g_signal_handlers_disconnect_by_data (self->view, self);
  g_clear_object (&self->view);
  ss_value_clear (&self->value);
  g_free (self);
}

static void
seen_cb (Seen *self)
{
  self->n_notified++;
}

static SsValue *
ref_value_of (ServerSignalView *view)
{
  g_autoptr (JsonNode) node = server_signal_view_dup_value (view);

  return node != NULL ? ss_value_from_node (node, SS_DOCUMENT_DEPTH, NULL) : NULL;
}

static Seen *
seen_new (ServerSignalView *view)
{
  Seen *self = g_new0 (Seen, 1);

  self->view = g_object_ref (view);
  self->value = ref_value_of (view);
  g_signal_connect_swapped (view, "notify::value", G_CALLBACK (seen_cb), self);
  return self;
}

static gboolean
same_value (const SsValue *a,
            const SsValue *b)
{
  return a == NULL || b == NULL ? a == b : ss_value_equal (a, b);
}

/* Follows a list that announces edits, and keeps the value that each item had when it came: at each
 * emission all items that have not come with it have that value still. */
typedef struct
{
  GListModel *model;
  GPtrArray  *texts;
} Keeper;

/* The text of an item, whatever the order of the members. */
static char *
text_of (gpointer item)
{
  static const char *const members[] = { "name", "count", "id", "inner" };
  g_autoptr (SsValue) value = NULL;
  GString *text;

  if (TEST_IS_ROW (item))
    return g_strdup_printf ("%s %d", TEST_ROW (item)->name, TEST_ROW (item)->count);

  value = ref_value_of (item);
  text = g_string_new (NULL);
  for (guint i = 0;
       i < G_N_ELEMENTS (members) && value != NULL && ss_value_kind (value) == SS_VALUE_OBJECT; i++)
    {
      const SsValue *member = ss_object_get (value, members[i], strlen (members[i]));

      g_string_append_printf (text, "%s ", members[i]);
      if (member != NULL)
        ss_value_append_json (member, text);
    }
  if (value != NULL && ss_value_kind (value) != SS_VALUE_OBJECT)
    ss_value_append_json (value, text);
  return g_string_free (text, FALSE);
}

static void
keeper_check (Keeper *self)
{
  g_assert_cmpuint (g_list_model_get_n_items (self->model), ==, self->texts->len);
  for (guint i = 0; i < self->texts->len; i++)
    {
      g_autofree char *text = text_of (item_at (self->model, i));

      g_assert_cmpstr (text, ==, self->texts->pdata[i]);
    }
}

static void
keeper_changed_cb (Keeper *self,
                   guint   position,
                   guint   n_removed,
                   guint   n_added)
{
  if (n_removed > 0)
    g_ptr_array_remove_range (self->texts, position, n_removed);
  for (guint i = position; i < position + n_added; i++)
    g_ptr_array_insert (self->texts, (gint) i, text_of (item_at (self->model, i)));
  keeper_check (self);
}

static Keeper *
keeper_new (ServerSignal *signal,
            const char   *pointer,
            GType         type)
{
  Keeper *self = g_new0 (Keeper, 1);
  ServerSignalList *list = server_signal_list_new (signal, pointer, type);

  server_signal_list_set_announces_edits (list, TRUE);
  self->model = G_LIST_MODEL (list);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect_swapped (list, "items-changed", G_CALLBACK (keeper_changed_cb), self);
  keeper_changed_cb (self, 0, 0, g_list_model_get_n_items (self->model));
  return self;
}

static void
keeper_free (Keeper *self)
{
  g_assert_finalize_object (self->model);
  g_ptr_array_unref (self->texts);
  g_free (self);
}

typedef struct
{
  ServerSignal     *signal;
  const char       *pointer;
  Keeper           *keeper;
  Keeper           *views_keeper;
  ServerSignalList *rows;
  Shadow           *rows_shadow;
  ServerSignalList *views;
  Shadow           *views_shadow;
  ServerSignalList *lazy;
  GPtrArray        *seen;      /* of Seen */

  /* The items that the rows must be where it is known; NULL: a new one. */
  GPtrArray        *expected;
  guint             n_structural;
} World;

static World *
world_new (ServerSignal *signal,
           const char   *pointer)
{
  World *self = g_new0 (World, 1);

  self->signal = signal;
  self->pointer = pointer;
  self->rows = server_signal_list_new (signal, pointer, TEST_TYPE_ROW);
  self->rows_shadow = shadow_new (self->rows);
  self->views = server_signal_list_new (signal, pointer, G_TYPE_NONE);
  self->views_shadow = shadow_new (self->views);
  self->lazy = server_signal_list_new (signal, pointer, TEST_TYPE_ROW);
  self->seen = g_ptr_array_new_with_free_func ((GDestroyNotify) seen_free);
  self->keeper = keeper_new (signal, pointer, TEST_TYPE_ROW);
  self->views_keeper = keeper_new (signal, pointer, G_TYPE_NONE);

  return self;
}

static void
world_free (World *self)
{
  keeper_free (self->keeper);
  keeper_free (self->views_keeper);
  shadow_free (self->rows_shadow);
  shadow_free (self->views_shadow);
  g_ptr_array_unref (self->seen);
  g_assert_finalize_object (self->rows);
  g_assert_finalize_object (self->views);
  g_assert_finalize_object (self->lazy);
  g_free (self);
}

static const SsValue *
find_array (World         *self,
            const SsValue *root)
{
  const SsValue *array = ss_pointer_resolve (root, self->pointer, NULL);

  return array != NULL && ss_value_kind (array) == SS_VALUE_ARRAY ? array : NULL;
}

static const SsValue *
get_member (const SsValue *row,
            const char    *name)
{
  return ss_value_kind (row) == SS_VALUE_OBJECT ? ss_object_get (row, name, strlen (name)) : NULL;
}

static void
check_row (TestRow       *row,
           const SsValue *value)
{
  const SsValue *name = get_member (value, "name");
  const SsValue *count = get_member (value, "count");

  if (name != NULL && ss_value_kind (name) == SS_VALUE_STRING)
    g_assert_cmpstr (row->name, ==, ss_value_get_string (name, NULL));
  else if (name != NULL && ss_value_kind (name) == SS_VALUE_NULL)
    g_assert_null (row->name);
  else
    g_assert_cmpstr (row->name, ==, "?");

  if (count != NULL && ss_value_kind (count) == SS_VALUE_INT)
    g_assert_cmpint (row->count, ==, CLAMP (ss_value_get_int (count), -100, 1000000));
  else
    g_assert_cmpint (row->count, ==, 7);
}

static void
check_pointer (World            *self,
               ServerSignalView *view,
               guint             index)
{
  g_autofree char *pointer = g_strdup_printf ("%s/%u", self->pointer, index);

  g_assert_cmpstr (server_signal_view_get_pointer (view), ==, pointer);
}

/* Before a commit. */
static void
world_begin (World *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->views));

  g_string_truncate (self->rows_shadow->events, 0);
  g_string_truncate (self->views_shadow->events, 0);
  self->rows_shadow->n_emissions = 0;
  self->n_structural = 0;
  g_ptr_array_set_size (self->seen, 0);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self->seen, seen_new ((ServerSignalView *) item_at (self->views, i)));
}

static void
world_check (World *self)
{
  g_autoptr (SsValue) root = ss_signal_ref_committed (self->signal);
  const SsValue *array = find_array (self, root);
  guint n = array != NULL ? ss_value_length (array) : 0;

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->rows)), ==, n);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->views)), ==, n);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->lazy)), ==, n);
  g_assert_cmpstr (self->rows_shadow->events->str, ==, self->views_shadow->events->str);
  keeper_check (self->keeper);
  keeper_check (self->views_keeper);

  for (guint i = 0; i < n; i++)
    {
      ServerSignalView *view = (ServerSignalView *) item_at (self->views, i);
      const SsValue *value = array != NULL ? ss_array_get (array, i) : NULL;
      g_autoptr (SsValue) shown = ref_value_of (view);

      g_assert_true (self->rows_shadow->items->pdata[i] == (gpointer) item_at (self->rows, i));
      check_row (row_at (self->rows, i), value);
      g_assert_true (ss_value_equal (shown, value));
      check_pointer (self, view, i);
      check_row (row_at (self->keeper->model, i), value);
      if (g_test_rand_bit ())
        check_row (row_at (self->lazy, i), value);
    }

  for (guint i = 0; i < self->seen->len; i++)
    {
      Seen *seen = self->seen->pdata[i];
      g_autoptr (SsValue) now = ref_value_of (seen->view);

      g_assert_cmpuint (seen->n_notified, ==, same_value (now, seen->value) ? 0 : 1);
    }

  if (self->expected == NULL)
    return;

  g_assert_cmpuint (self->rows_shadow->n_emissions, <=, self->n_structural);
  g_assert_cmpuint (self->expected->len, ==, n);
  for (guint i = 0; i < n; i++)
    if (self->expected->pdata[i] != NULL)
      g_assert_true (self->expected->pdata[i] == (gpointer) item_at (self->rows, i));
}

static char *
random_row (void)
{
  static const char *rows[] = {
    "{}",
    "null",
    "7",
    "[1,2]",
    "{'name':null}",
    "{'name':3,'count':'x'}",
    "{'count':-500}",
    "{'name':'a','count':1,'inner':{'deep':[1]}}",
  };

  if (g_test_rand_int_range (0, 4) == 0)
    return quoted (rows[g_test_rand_int_range (0, G_N_ELEMENTS (rows))]);

  return g_strdup_printf ("{\"name\":\"%c\",\"count\":%d,\"id\":%d}",
                          g_test_rand_int_range ('a', 'g'), g_test_rand_int_range (0, 5),
                          g_test_rand_int_range (0, 1000000));
}

static JsonNode *
node_from (const char *json)
{
  g_autoptr (ServerSignal) signal = server_signal_new_from_json ("n", json, NULL);

  return server_signal_dup_value (signal, NULL);
}

static char *
element_pointer (World      *self,
                 guint       index,
                 const char *rest)
{
  return g_strdup_printf ("%s/%u%s", self->pointer, index, rest);
}

/* One write, within the list and of a kind whose outcome is known. */
static void
write_within (World *self)
{
  const SsValue *array = find_array (self, ss_signal_peek (self->signal));
  guint n = array != NULL ? ss_value_length (array) : 0;
  guint index = n > 0 ? (guint) g_test_rand_int_range (0, (gint32) n) : 0;
  g_autofree char *element = element_pointer (self, index, "");
  g_autofree char *row = random_row ();
  g_autoptr (JsonNode) node = node_from (row);
  g_autofree char *other = NULL;
  GPtrArray *expected = self->expected;

  switch (n == 0 ? 0 : g_test_rand_int_range (0, 9))
    {
    case 0:
      index = (guint) g_test_rand_int_range (0, (gint32) n + 1);
      other = index == n && g_test_rand_bit () ? g_strconcat (self->pointer, "/-", NULL)
                                               : element_pointer (self, index, "");
      g_assert_true (server_signal_insert_value (self->signal, other, node, NULL));
      g_ptr_array_insert (expected, (gint) index, NULL);
      self->n_structural++;
      break;

    case 1:
      g_assert_true (server_signal_remove (self->signal, element, NULL));
      g_ptr_array_remove_index (expected, index);
      self->n_structural++;
      break;

    case 2:
    case 3:
      {
        guint to = (guint) g_test_rand_int_range (0, (gint32) n);
        gpointer item = expected->pdata[index];

        other = element_pointer (self, to, "");
        g_assert_true (server_signal_move (self->signal, element, other, NULL));
        g_ptr_array_remove_index (expected, index);
        g_ptr_array_insert (expected, (gint) to, item);
        self->n_structural += 2;
      }
      break;

    case 4:
      g_assert_true (server_signal_set_json (self->signal, element, row, NULL));
      break;

    case 5:
      {
        g_autofree char *json =
          g_strdup_printf ("[{\"op\":\"copy\",\"from\":\"%s\",\"path\":\"%s/0\"}]", element,
                           self->pointer);

        patch_json (self->signal, json);
        g_ptr_array_insert (expected, 0, NULL);
        self->n_structural++;
      }
      break;

    case 6:
      other = element_pointer (self, index, "/name");
      server_signal_set_string (self->signal, other, g_test_rand_bit () ? "n" : "m", NULL);
      break;

    case 7:
      other = element_pointer (self, index, "/count");
      server_signal_remove (self->signal, other, NULL);
      break;

    default:
      other = element_pointer (self, index, "/count");
      server_signal_set_int (self->signal, other, g_test_rand_int_range (0, 9), NULL);
      break;
    }
}

/* A new value for the whole list, or for a container that it is in. */
static void
write_around (World *self)
{
  g_autoptr (GString) json = g_string_new ("[");
  guint n = (guint) g_test_rand_int_range (0, 12);

  g_clear_pointer (&self->expected, g_ptr_array_unref);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *old = element_pointer (self, (guint) g_test_rand_int_range (0, 10), "");
      g_autofree char *row =
        g_test_rand_int_range (0, 3) > 0 ? server_signal_dup_json (self->signal, old) : NULL;

      if (row == NULL)
        row = random_row ();
      if (json->len > 1)
        g_string_append_c (json, ',');
      g_string_append (json, row);
    }
  g_string_append_c (json, ']');

  if (g_test_rand_bit ())
    {
      g_autofree char *patch =
        g_strdup_printf ("[{\"op\":\"replace\",\"path\":\"%s\",\"value\":%s}]", self->pointer,
                         json->str);

      patch_json (self->signal, patch);
    }
  else
    {
      g_assert_true (server_signal_set_json (self->signal, self->pointer, json->str, NULL));
    }
}

static GPtrArray *
expect_items (World *self)
{
  GPtrArray *items = g_ptr_array_new ();

  for (guint i = 0; i < self->rows_shadow->items->len; i++)
    g_ptr_array_add (items, self->rows_shadow->items->pdata[i]);

  return items;
}

static void
test_rows (void)
{
  ServerSignal *signal = signal_of ("{'p':{'rows':[]},'q':1}");
  World *world = world_new (signal, "/p/rows");
  guint rounds = n_rounds (3000);

  for (guint round = 0; round < rounds; round++)
    {
      guint n_writes = g_test_rand_bit () ? 1 : (guint) g_test_rand_int_range (1, 12);
      gboolean is_around = round % 10 == 0;

      world_begin (world);
      world->expected = expect_items (world);
      g_object_freeze_notify (G_OBJECT (signal));
      if (is_around)
        write_around (world);
      for (guint i = 0; i < n_writes && world->expected != NULL; i++)
        write_within (world);
      /* Beside the list. */
      if (g_test_rand_bit ())
        server_signal_set_int (signal, "/q", g_test_rand_int_range (0, 9), NULL);
      g_object_thaw_notify (G_OBJECT (signal));
      world_check (world);
      g_clear_pointer (&world->expected, g_ptr_array_unref);
    }

  world_free (world);
  g_assert_finalize_object (signal);
}

/* Anything, anywhere: lists at places that are lists now and then. */

static char *
random_pointer (void)
{
  static const char *tokens[] = { "0", "1", "2", "a", "-", "3" };
  GString *pointer = g_string_new (NULL);
  int depth = g_test_rand_int_range (0, 4);

  for (int i = 0; i < depth; i++)
    {
      g_string_append_c (pointer, '/');
      g_string_append (pointer, tokens[g_test_rand_int_range (0, G_N_ELEMENTS (tokens))]);
    }

  return g_string_free (pointer, FALSE);
}

static void
write_anything (ServerSignal *signal)
{
  static const char *values[] = {
    "1",
    "{'name':'x'}",
    "null",
    "[]",
    "{}",
    "[0,1,[2,{'a':[]}]]",
    "{'a':[0,1],'0':{'1':2}}",
    "[[],[1],[{'name':'y','a':[1,2]}]]",
  };
  g_autofree char *value = quoted (values[g_test_rand_int_range (0, G_N_ELEMENTS (values))]);
  g_autofree char *pointer = random_pointer ();
  g_autofree char *other = random_pointer ();
  g_autofree char *json = NULL;
  g_autoptr (ServerSignalPatch) patch = NULL;

  switch (g_test_rand_int_range (0, 6))
    {
    case 0:
      server_signal_set_json (signal, pointer, value, NULL);
      break;

    case 1:
      server_signal_remove (signal, pointer, NULL);
      break;

    case 2:
      server_signal_move (signal, pointer, other, NULL);
      break;

    default:
      {
        int kind = g_test_rand_int_range (0, 3);

        if (kind == 2)
          json =
            g_strdup_printf ("[{\"op\":\"copy\",\"path\":\"%s\",\"from\":\"%s\"}]", pointer, other);
        else
          json = g_strdup_printf ("[{\"op\":\"%s\",\"path\":\"%s\",\"value\":%s}]",
                                  kind == 0 ? "add" : "replace", pointer, value);
        patch = server_signal_patch_new_from_json (json, NULL);
        server_signal_apply_patch (signal, patch, NULL);
      }
      break;
    }
}

static void
test_anything (void)
{
  static const char *pointers[] = { "", "/a", "/0", "/2", "/0/1", "/a/0", "/1/2", "/2/1/a" };
  ServerSignal *signal = signal_of ("null");
  World *worlds[G_N_ELEMENTS (pointers)];
  guint rounds = n_rounds (3000);

  for (guint i = 0; i < G_N_ELEMENTS (pointers); i++)
    worlds[i] = world_new (signal, pointers[i]);

  for (guint round = 0; round < rounds; round++)
    {
      guint n_writes = (guint) g_test_rand_int_range (1, 5);

      for (guint i = 0; i < G_N_ELEMENTS (pointers); i++)
        world_begin (worlds[i]);

      g_object_freeze_notify (G_OBJECT (signal));
      if (round % 20 == 0)
        set_json (signal, "",
                  round % 40 == 0 ? "{'a':[1,[2,3],3],'0':[0,[4]],'2':[{},{'a':[1]}]}"
                                  : "[[1,[2]],[1,2,[3]],[[],{'a':[5]}]]");
      for (guint i = 0; i < n_writes; i++)
        write_anything (signal);
      g_object_thaw_notify (G_OBJECT (signal));

      for (guint i = 0; i < G_N_ELEMENTS (pointers); i++)
        world_check (worlds[i]);
    }

  for (guint i = 0; i < G_N_ELEMENTS (pointers); i++)
    world_free (worlds[i]);
  g_assert_finalize_object (signal);
}

/* Lists in the items of a list: stores that the items have made, kept equal as well. */

#define TEST_TYPE_PARENT (test_parent_get_type ())
G_DECLARE_FINAL_TYPE (TestParent, test_parent, TEST, PARENT, GObject)

struct _TestParent
{
  GObject     parent_instance;
  GListStore *children;
  Shadow     *shadow;
};

G_DEFINE_FINAL_TYPE (TestParent, test_parent, G_TYPE_OBJECT)

static void
test_parent_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  g_value_set_object (value, TEST_PARENT (object)->children);
}

static void
test_parent_finalize (GObject *object)
{
  TestParent *self = TEST_PARENT (object);

  shadow_free (self->shadow);
  g_assert_finalize_object (self->children);
  G_OBJECT_CLASS (test_parent_parent_class)->finalize (object);
}

static void
test_parent_class_init (TestParentClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = test_parent_get_property;
  G_OBJECT_CLASS (klass)->finalize = test_parent_finalize;
  g_object_class_install_property (G_OBJECT_CLASS (klass), 1,
                                   g_param_spec_object ("children", NULL, NULL, G_TYPE_LIST_STORE,
                                                        G_PARAM_READABLE));
}

static void
test_parent_init (TestParent *self)
{
  self->children = g_list_store_new (TEST_TYPE_ROW);
  self->shadow = shadow_new (self->children);
}

static char *
random_list (guint n)
{
  GString *json = g_string_new ("[");

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *row = random_row ();

      if (i > 0)
        g_string_append_c (json, ',');
      g_string_append (json, row);
    }
  g_string_append_c (json, ']');

  return g_string_free (json, FALSE);
}

static void
write_child (ServerSignal *signal)
{
  g_autofree char *parent = g_strdup_printf ("/%d", g_test_rand_int_range (0, 3));
  g_autofree char *child = g_strdup_printf ("%s/children/%d", parent, g_test_rand_int_range (0, 6));
  g_autofree char *other =
    g_strdup_printf ("/%d/children/%d", g_test_rand_int_range (0, 3), g_test_rand_int_range (0, 6));
  g_autofree char *count = g_strdup_printf ("%s/count", child);
  g_autofree char *children = g_strdup_printf ("%s/children", parent);
  g_autofree char *row = random_row ();
  g_autofree char *rows = random_list ((guint) g_test_rand_int_range (0, 5));
  g_autofree char *whole = g_strdup_printf ("{\"children\":%s}", rows);
  g_autoptr (JsonNode) node = node_from (row);

  switch (g_test_rand_int_range (0, 10))
    {
    case 0:
      server_signal_set_json (signal, children, rows, NULL);
      break;
    case 1:
      server_signal_set_json (signal, parent, whole, NULL);
      break;
    case 2:
      server_signal_remove (signal, child, NULL);
      break;
    case 3:
      server_signal_move (signal, child, other, NULL);
      break;
    case 4:
      server_signal_set_json (signal, child, row, NULL);
      break;
    case 5:
      server_signal_move (signal, parent, "/0", NULL);
      break;
    case 6:
      server_signal_remove (signal, g_test_rand_bit () ? children : count, NULL);
      break;
    case 7:
      server_signal_set_int (signal, count, g_test_rand_int_range (0, 9), NULL);
      break;
    default:
      server_signal_insert_value (signal, child, node, NULL);
      break;
    }
}

static void
test_children (void)
{
  ServerSignal *signal = signal_of ("[{'children':[]},{},{'children':[{'name':'a'}]}]");
  ServerSignalList *list = server_signal_list_new (signal, NULL, TEST_TYPE_PARENT);
  guint rounds = n_rounds (3000);

  for (guint i = 0; i < 3; i++)
    item_at (list, i);

  for (guint round = 0; round < rounds; round++)
    {
      guint n_writes = g_test_rand_bit () ? 1 : (guint) g_test_rand_int_range (1, 6);
      g_autoptr (SsValue) root = NULL;

      g_object_freeze_notify (G_OBJECT (signal));
      for (guint i = 0; i < n_writes; i++)
        write_child (signal);
      g_object_thaw_notify (G_OBJECT (signal));

      root = ss_signal_ref_committed (signal);
      for (guint i = 0; i < 3; i++)
        {
          TestParent *parent = (TestParent *) item_at (list, i);
          const SsValue *rows = get_member (ss_array_get (root, i), "children");
          guint n =
            rows != NULL && ss_value_kind (rows) == SS_VALUE_ARRAY ? ss_value_length (rows) : 0;

          g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (parent->children)), ==, n);
          g_assert_cmpuint (parent->shadow->items->len, ==, n);
          for (guint j = 0; j < n; j++)
            check_row (row_at (parent->children, j), ss_array_get (rows, j));
        }
    }

  g_assert_finalize_object (list);
  g_assert_finalize_object (signal);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/list-random/rows", test_rows);
  g_test_add_func ("/list-random/anything", test_anything);
  g_test_add_func ("/list-random/children", test_children);

  return g_test_run ();
}
