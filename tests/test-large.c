/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <time.h>

#include "server-signal.h"
#include "server-signal-error.h"
#include "server-signal-list.h"
#include "server-signal-patch.h"
#include "ss-limits.h"
#include "ss-recorder.h"
#include "test-json.h"

/* Many edits of large lists and objects. An edit whose cost grew with the length of the list would
 * take these a hundred times as long as they may. */

#define N_ITEMS 1000000
#define N_OPS (n_items () / 50)

/* Under valgrind everything takes longer, and fewer show the same. */
static guint
n_items (void)
{
  return g_getenv ("SS_TEST_CASES") != NULL ? N_ITEMS / 50 : N_ITEMS;
}

/* Of one pass over 20,000 operations, or their undoing, in time of the processor: it takes 0.05
 * or less. */
#define SECONDS 1.0

typedef enum
{
  HEAD,
  MIDDLE,
  RANDOM,
  N_WHERES,
} Where;

static const char * const where_names[] = { "head", "middle", "random" };

static SsValue *
make_list (guint n)
{
  SsValue *list = ss_value_new_array (n);

  for (guint i = 0; i < n; i++)
    ss_array_append (list, ss_value_new_int (i));

  return list;
}

static SsValue *
make_object (guint n)
{
  SsValue *object = ss_value_new_object (n);
  char key[16];

  for (guint i = 0; i < n; i++)
    {
      g_snprintf (key, sizeof key, "k%u", i);
      ss_object_append (object, ss_value_new_string (key, -1), ss_value_new_int (i));
    }

  return object;
}

static void
put_member (SsValue    *object,
            const char *key,
            SsValue    *value)
{
  ss_object_append (object, ss_value_new_string (key, -1), value);
}

/* {"list": [0, 1, …], "lists": [[[…]], [[…]], …], "object": {"k0": 0, …}} */
static SsValue *
make_document (gboolean with_lists)
{
  SsValue *root = ss_value_new_object (3);
  SsValue *lists = ss_value_new_array (20);

  put_member (root, "list", make_list (n_items ()));
  for (guint i = 0; i < 20 && with_lists; i++)
    {
      SsValue *inner = ss_value_new_array (1);

      ss_array_append (inner, make_list (n_items () / 20));
      ss_array_append (lists, inner);
    }
  put_member (root, "lists", lists);
  put_member (root, "object", make_object (with_lists ? 10 : n_items ()));

  return root;
}

static guint
random_below (guint n)
{
  return (guint) g_test_rand_int_range (0, (int) n);
}

static guint
place_in (Where where,
          guint length)
{
  switch (where)
    {
    case HEAD:
      return 0;
    case MIDDLE:
      return length / 2;
    case RANDOM:
    default:
      return random_below (length);
    case N_WHERES:
      g_assert_not_reached ();
    }
}

/* list: a format with one number, which goes round. */
static ServerSignalPatch *
make_patch (SsOpKind    kind,
            Where       where,
            const char *list,
            guint       n_lists,
            guint       length)
{
  g_autofree SsOp *ops = g_new0 (SsOp, N_OPS);

  for (guint i = 0; i < N_OPS; i++)
    {
      SsOp *op = &ops[i];
      g_autofree char *name = g_strdup_printf ("%s/%u/0", list, i % n_lists);
      const char *place = n_lists > 1 ? name : list;

      length -= kind == SS_OP_REMOVE && i % n_lists == 0;
      op->kind = kind;
      op->path = g_strdup_printf ("%s/%u", place, place_in (where, length - 1));
      if (kind == SS_OP_MOVE)
        op->from =
          g_strdup_printf ("%s/%u", place, where == HEAD ? length - 1 : place_in (RANDOM, length));
      else if (kind == SS_OP_COPY)
        op->from = g_strdup_printf ("%s/%u", place, place_in (RANDOM, length));
      else if (kind == SS_OP_ADD || kind == SS_OP_REPLACE)
        op->value = ss_value_new_int (i);
    }

  return ss_patch_new_take (ops, N_OPS);
}

static void
check_time (const char *what,
            clock_t     began)
{
  double seconds = (double) (clock () - began) / CLOCKS_PER_SEC;

  g_test_message ("%s: %.1f ms", what, seconds * 1000);
  g_assert_cmpfloat (seconds, <, SECONDS);
}

/* Applied and rolled back, both in time; and nothing is left of it. */
static void
check_patch (SsValue           **root,
             const SsValue      *before,
             const char         *what,
             ServerSignalPatch  *patch)
{
  g_autoptr (SsUndo) undo = ss_undo_new ();
  g_autofree char *undone = g_strconcat (what, ", undone", NULL);
  GError *error = NULL;
  clock_t began = clock ();

  ss_patch_apply (patch, root, undo, &error);
  g_assert_no_error (error);
  check_time (what, began);

  began = clock ();
  ss_undo_rollback (undo, 0, root);
  check_time (undone, began);
  g_assert_true (ss_value_equal (*root, before));
}

static void
check_kinds (const char *list,
             guint       n_lists)
{
  static const SsOpKind kinds[] = { SS_OP_ADD, SS_OP_REMOVE, SS_OP_MOVE, SS_OP_COPY,
                                    SS_OP_REPLACE };
  g_autoptr (SsValue) root = make_document (n_lists > 1);
  g_autoptr (SsValue) before = make_document (n_lists > 1);
  guint i, where;

  if (n_items () < N_ITEMS && n_lists > 1)
    return;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (where = 0; where < N_WHERES; where++)
      {
        g_autoptr (ServerSignalPatch) patch =
          make_patch (kinds[i], where, list, n_lists, n_items () / n_lists);
        g_autofree char *what =
          g_strdup_printf ("%s at %s, %u lists", ss_op_kind_get_name (kinds[i]), where_names[where],
                           n_lists);

        check_patch (&root, before, what, patch);
      }
}

static void
test_list (void)
{
  check_kinds ("/list", 1);
}

static void
test_lists_in_turn (void)
{
  check_kinds ("/lists", 20);
}

/* Members leave an object from its front, and are moved to other names. */
static void
test_object (void)
{
  g_autoptr (SsValue) root = make_document (FALSE);
  g_autoptr (SsValue) before = make_document (FALSE);

  for (guint kind = 0; kind < 3; kind++)
    {
      g_autofree SsOp *ops = g_new0 (SsOp, N_OPS);
      g_autoptr (ServerSignalPatch) patch = NULL;
      static const char *const names[] = { "members removed", "members moved",
                                           "members added again" };

      for (guint i = 0; i < N_OPS; i++)
        {
          guint at = kind == 2 ? i / 2 : i;

          ops[i].kind = kind == 1 ? SS_OP_MOVE : kind == 2 && i % 2 == 1 ? SS_OP_ADD : SS_OP_REMOVE;
          ops[i].path = g_strdup_printf ("/object/%s%u", kind == 1 ? "new" : "k", at);
          if (kind == 1)
            ops[i].from = g_strdup_printf ("/object/k%u", i);
          else if (ops[i].kind == SS_OP_ADD)
            ops[i].value = ss_value_new_int (1);
        }
      patch = ss_patch_new_take (ops, N_OPS);
      check_patch (&root, before, names[kind], patch);
      g_assert_cmpstr (ss_value_get_string (ss_object_key (ss_object_value (root, 2), 5), NULL), ==,
                       "k5");
    }
}

/* A patch that fails at its end is undone at the same price. */
static void
test_failing (void)
{
  g_autoptr (SsValue) root = make_document (FALSE);
  g_autoptr (SsValue) before = make_document (FALSE);
  g_autoptr (SsRecorder) recorder = ss_recorder_new ();
  g_autoptr (ServerSignalPatch) head = make_patch (SS_OP_ADD, HEAD, "/list", 1, n_items ());
  g_autoptr (ServerSignalPatch) random = make_patch (SS_OP_MOVE, RANDOM, "/list", 1, n_items ());
  g_autoptr (ServerSignalPatch) patch = NULL;
  SsOp op = { SS_OP_TEST, g_strdup ("/list/0"), NULL, ss_value_new_string ("no", -1) };
  g_autoptr (GError) error = NULL;
  clock_t began = clock ();

  ss_recorder_append (recorder, head);
  ss_recorder_append (recorder, random);
  ss_recorder_take (recorder, &op);
  patch = ss_recorder_finish (recorder);
  check_time ("patches joined", began);
  g_assert_cmpuint (patch->n_ops, ==, 2 * N_OPS + 1);

  began = clock ();
  g_assert_false (ss_patch_apply (patch, &root, NULL, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_TEST_FAILED);
  check_time ("a patch that fails", began);
  g_assert_true (ss_value_equal (root, before));
}

/* Somebody keeps the document from before, which is also asked for by undoing. */
static void
test_shared (void)
{
  g_autoptr (SsValue) root = make_document (FALSE);
  g_autoptr (SsValue) before = ss_value_ref (root);
  g_autoptr (SsValue) older = NULL;
  g_autoptr (SsUndo) undo = ss_undo_new ();
  clock_t began = clock ();

  for (guint i = 0; i < N_OPS; i++)
    {
      SsOp op = { SS_OP_ADD, g_strdup_printf ("/list/%u", i / 2), NULL, ss_value_new_int (-1) };

      g_assert_true (ss_edit_apply (&root, &op, undo, NULL));
      ss_op_clear (&op);
    }
  check_time ("writes by pointer", began);

  began = clock ();
  older = ss_value_ref (root);
  ss_undo_revert (undo, &older);
  check_time ("the older document", began);
  g_assert_true (ss_value_equal (older, before));
  g_assert_cmpuint (ss_value_length (ss_object_value (root, 0)), ==, n_items () + N_OPS);
}

/* An application that writes between freezing and thawing, with a list model beside it; and one that
 * changes its mind. */
static void
test_signal (void)
{
  g_autoptr (SsValue) list = make_list (n_items ());
  g_autofree char *json = ss_value_to_json (list, NULL);
  g_autoptr (ServerSignal) signal = server_signal_new_from_json ("signal", json, NULL);
  g_autoptr (ServerSignalList) model = server_signal_list_new (signal, "", G_TYPE_INVALID);
  g_autoptr (JsonNode) node = json_node_init_int (json_node_alloc (), 1);
  g_autoptr (GError) error = NULL;
  clock_t began;

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, n_items ());

  for (guint round = 0; round < 3; round++)
    {
      began = clock ();
      g_object_freeze_notify (G_OBJECT (signal));
      for (guint i = 0; i < N_OPS; i++)
        {
          g_autofree char *pointer =
            g_strdup_printf ("/%u", round == 0 ? 0 : random_below (n_items ()));

          if (round != 1)
            server_signal_insert_value (signal, pointer, node, &error);
          else
            server_signal_move (signal, pointer, "/7", &error);
          g_assert_no_error (error);
        }
      check_time ("writes of a transaction", began);

      began = clock ();
      if (round == 2)
        server_signal_discard (signal);
      g_object_thaw_notify (G_OBJECT (signal));
      check_time (round == 2 ? "discarded" : "committed", began);
      g_assert_cmpuint (server_signal_get_revision (signal), ==, MIN (round + 1, 2));
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, n_items () + N_OPS);
    }
}

/* Text that is meant to take long to read takes four times as long where there is four times as
 * much, or at least nothing like sixteen times. */

static GString *
repeat (const char *open,
        const char *unit,
        const char *close,
        gsize       size)
{
  GString *text = g_string_sized_new (size + 1);
  gsize length = strlen (unit);

  g_string_append (text, open);
  while (text->len + length + strlen (close) < size)
    g_string_append_len (text, unit, (gssize) length);
  if (text->str[text->len - 1] == ',')
    g_string_truncate (text, text->len - 1);
  g_string_append (text, close);

  return text;
}

static GString *
many_keys (gsize       size,
           const char *close)
{
  GString *text = g_string_new ("{\"\":0");

  for (guint i = 0; text->len + 20 < size; i++)
    g_string_append_printf (text, ",\"%x\":%u", i, i % 10);

  return g_string_append (text, close);
}

static double
time_reading (const GString *text)
{
  clock_t began = clock ();
  g_autoptr (SsValue) value =
    ss_value_from_json (text->str, (gssize) text->len, SS_FRAME_DEPTH, NULL);
  guint64 hash = 0;

  if (value != NULL)
    {
      g_autofree char *json = ss_value_to_json (value, NULL);
      g_autoptr (SsValue) again = ss_value_from_json (json, -1, SS_FRAME_DEPTH, NULL);

      g_assert_true (ss_value_equal (value, again));
      g_assert_true (ss_value_equal_by_value (value, again));
      hash = ss_value_hash (value);
      g_assert_cmpuint (hash, ==, ss_value_hash (again));
      ss_value_size (value);
    }

  return (double) (clock () - began) / CLOCKS_PER_SEC;
}

static void
test_reading (void)
{
  g_autofree char *sevens = g_strnfill (100000, '7');
  g_autofree char *zeros = g_strnfill (100000, '0');
  g_autofree char *fraction = g_strdup_printf ("1.%s,", sevens);
  g_autofree char *halfway = g_strdup_printf ("9007199254740993.%s1,", zeros);
  g_autofree char *tiny = g_strdup_printf ("%se-99999,", sevens);
  g_autofree char *integer = g_strdup_printf ("%s,", sevens);
  const char *const shapes[][3] = {
    { "", "[", "" },
    { "", "{\"\":", "" },
    { "[", "[],", "]" },
    { "[", "{},", "]" },
    { "[", "[[[[0]]]],", "]" },
    { "{", "\"a\":0,", "}" },
    { "[", "{\"a\":0,\"b\":1},{\"b\":0,\"a\":1},", "]" },
    { "[", "{\"a\\n\":0},", "]" },
    { "[", fraction, "]" },
    { "[", halfway, "]" },
    { "[", tiny, "]" },
    { "[", integer, "]" },
    { "[9007199254740993.", "0", "1]" },
    { "[", "9007199254740993.0,", "]" },
    { "[", "5e-324,", "]" },
    { "\"", "\\u00e9", "\"" },
    { "\"", "\\ud83d\\ude00", "\"" },
    { "[", "\"\\n\",", "]" },
    { "\"", "\303\251", "\"" },
    { "[", "\n", "" },
    { NULL, NULL, "}" },
    { NULL, NULL, ",\"\":1}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      double seconds[2];

      for (guint j = 0; j < 2; j++)
        {
          gsize size = (gsize) n_items () << 2 * j;
          GString *text = shapes[i][0] == NULL
                            ? many_keys (size, shapes[i][2])
                            : repeat (shapes[i][0], shapes[i][1], shapes[i][2], size);

          seconds[j] = time_reading (text);
          g_string_free (text, TRUE);
        }
      g_test_message ("%.20s…: %.1f ms, then %.1f ms",
                      shapes[i][0] != NULL ? shapes[i][1] : "many keys", seconds[0] * 1000,
                      seconds[1] * 1000);
      g_assert_cmpfloat (seconds[1], <, 12 * MAX (seconds[0], 0.02));
    }
}

/* Two objects in which the same members stand in opposite order, below each other as deep as they
 * may, and differ in the last that is looked at. */
static void
test_equality (void)
{
  for (guint different = 0; different < 2; different++)
    {
      SsValue *a = ss_value_new_int (1);
      SsValue *b = different ? ss_value_new_int (2) : ss_value_new_int (1);
      clock_t began;
      char key[16];

      for (guint level = 0; level < SS_DOCUMENT_DEPTH; level++)
        {
          SsValue *outer_a = ss_value_new_object (0);
          SsValue *outer_b = ss_value_new_object (0);
          guint n = n_items () / 500;

          put_member (outer_b, "inner", b);
          for (guint i = 0; i < n; i++)
            {
              g_snprintf (key, sizeof key, "k%u", i);
              put_member (outer_a, key, ss_value_new_int (i));
              g_snprintf (key, sizeof key, "k%u", n - 1 - i);
              put_member (outer_b, key, ss_value_new_int (n - 1 - i));
            }
          put_member (outer_a, "inner", a);
          a = outer_a;
          b = outer_b;
        }

      began = clock ();
      g_assert_true (ss_value_equal (a, b) == !different);
      g_assert_true (ss_value_equal_by_value (a, b) == !different);
      check_time ("equality of deep trees", began);
      ss_value_unref (a);
      ss_value_unref (b);
    }
}

/* Pointers that are long and deep cost their length, not that for each of their levels. */
static void
test_long_pointers (void)
{
  g_autoptr (SsRecorder) recorder = ss_recorder_new ();
  g_autofree char *long_key = g_strnfill (1 << 16, 'k');
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (GString) deep = g_string_new (NULL);
  guint n = n_items () / 1000;
  clock_t began;

  g_string_append_printf (deep, "/%s", long_key);
  while (ss_pointer_depth (deep->str) < SS_DOCUMENT_DEPTH - 1)
    g_string_append (deep, "/a");

  began = clock ();
  for (guint i = 0; i < n; i++)
    {
      SsOp op = { SS_OP_REPLACE, g_strdup_printf ("%s/%u", deep->str, i % (n / 2)), NULL,
                  ss_value_new_int (i) };

      ss_recorder_take (recorder, &op);
    }
  check_time ("long pointers recorded", began);
  patch = ss_recorder_finish (recorder);
  g_assert_cmpuint (patch->n_ops, ==, n / 2);
}

/* The same edits of large lists and objects once more, as simply as they can be made. */

#define N_CONTAINERS 4

typedef struct
{
  guint  key;
  gint64 value;
} Item;

typedef struct
{
  SsValue *root;       /* [[…], {…}, […], {…}] */
  GArray  *models[N_CONTAINERS];
  guint    next_key;
} Random;

static gboolean
is_list (guint container)
{
  return container % 2 == 0;
}

static void
check_model (Random *self)
{
  for (guint c = 0; c < N_CONTAINERS; c++)
    {
      const SsValue *container = ss_array_get (self->root, c);
      guint length = ss_value_length (container);

      g_assert_cmpuint (length, ==, self->models[c]->len);
      for (guint i = 0; i < length; i++)
        {
          const Item *item = &g_array_index (self->models[c], Item, i);
          char key[16];

          if (is_list (c))
            {
              g_assert_cmpint (ss_value_get_int (ss_array_get (container, i)), ==, item->value);
              continue;
            }
          g_snprintf (key, sizeof key, "%u", item->key);
          g_assert_cmpint (ss_value_get_int (ss_object_value (container, i)), ==, item->value);
          g_assert_cmpstr (ss_value_get_string (ss_object_key (container, i), NULL), ==, key);
          g_assert_cmpint (ss_object_find (container, key, strlen (key)), ==, (int) i);
        }
    }
}

static char *
item_pointer (Random *self,
              guint   container,
              guint   at)
{
  guint name = at;

  if (!is_list (container))
    name = g_array_index (self->models[container], Item, at).key;

  return g_strdup_printf ("/%u/%u", container, name);
}

/* A place for a new item. Of an object it is its end. */
static char *
new_pointer (Random *self,
             guint   container,
             guint  *at)
{
  static const guint heads[] = { 0, 0, 1, 500, 4000 };
  guint length = self->models[container]->len;

  if (!is_list (container))
    {
      *at = length;
      return g_strdup_printf ("/%u/%u", container, self->next_key++);
    }

  *at =
    random_below (2) == 0 ? heads[random_below (G_N_ELEMENTS (heads))] : random_below (length + 1);
  *at = MIN (*at, length);
  return g_strdup_printf ("/%u/%u", container, *at);
}

static void
model_put (Random     *self,
           guint       container,
           guint       at,
           const char *pointer,
           gint64      value)
{
  Item item = { (guint) g_ascii_strtoull (strrchr (pointer, '/') + 1, NULL, 10), value };

  g_array_insert_val (self->models[container], at, item);
}

static void
random_edit (Random   *self,
             gboolean  shrinks,
             SsUndo   *undo)
{
  guint c = random_below (N_CONTAINERS);
  guint to = random_below (N_CONTAINERS);
  guint length = self->models[c]->len;
  guint at = length > 0 ? (random_below (3) == 0 ? MIN (3, length - 1) : random_below (length)) : 0;
  gint64 value = length > 0 ? g_array_index (self->models[c], Item, at).value : 0;
  SsOp op = { SS_OP_ADD, NULL, NULL, NULL };
  GError *error = NULL;
  guint place = 0;

  switch (length == 0 ? 0 : random_below (shrinks ? 12 : 7))
    {
    case 0:
    case 1:
      op.path = new_pointer (self, to, &place);
      value = (gint64) random_below (1000000);
      op.value = ss_value_new_int (value);
      model_put (self, to, place, op.path, value);
      break;
    case 2:
      op.kind = SS_OP_REPLACE;
      op.path = item_pointer (self, c, at);
      op.value = ss_value_new_int (value + 1);
      g_array_index (self->models[c], Item, at).value = value + 1;
      break;
    case 3:
      op.kind = SS_OP_COPY;
      op.from = item_pointer (self, c, at);
      op.path = new_pointer (self, to, &place);
      model_put (self, to, place, op.path, value);
      break;
    case 4:
      op.kind = SS_OP_MOVE;
      op.from = item_pointer (self, c, at);
      g_array_remove_index (self->models[c], at);
      op.path = new_pointer (self, to, &place);
      model_put (self, to, place, op.path, value);
      break;
    case 5:
      op.kind = SS_OP_TEST;
      op.path = item_pointer (self, c, at);
      op.value = ss_value_new_int (value);
      break;
    default:
      op.kind = SS_OP_REMOVE;
      op.path = item_pointer (self, c, at);
      g_array_remove_index (self->models[c], at);
      break;
    }

  ss_edit_apply (&self->root, &op, undo, &error);
  g_assert_no_error (error);
  ss_op_clear (&op);
}

static void
test_random (void)
{
  guint n_rounds = g_getenv ("SS_TEST_CASES") != NULL ? 6 : 60;
  Random self = { ss_value_new_array (N_CONTAINERS), { NULL }, 0 };

  for (guint c = 0; c < N_CONTAINERS; c++)
    {
      SsValue *container = is_list (c) ? ss_value_new_array (0) : ss_value_new_object (0);
      char key[16];

      self.models[c] = g_array_new (FALSE, FALSE, sizeof (Item));
      for (guint i = 0; i < 6000; i++)
        {
          Item item = { self.next_key++, i };

          g_snprintf (key, sizeof key, "%u", item.key);
          g_array_append_val (self.models[c], item);
          if (is_list (c))
            ss_array_append (container, ss_value_new_int (i));
          else
            ss_object_append (container, ss_value_new_string (key, -1), ss_value_new_int (i));
        }
      ss_array_append (self.root, container);
    }

  for (guint round = 0; round < n_rounds; round++)
    {
      g_autoptr (SsUndo) undo = ss_undo_new ();
      g_autoptr (SsValue) kept = random_below (4) == 0 ? ss_value_ref (self.root) : NULL;
      g_autofree char *before = ss_value_to_json (self.root, NULL);
      gboolean shrinks = round % 20 >= 15;
      GArray *models[N_CONTAINERS];
      guint n = random_below (3) == 0 ? 3000 : 300;

      if (round % 3 == 0)
        ss_value_size (self.root);
      for (guint c = 0; c < N_CONTAINERS; c++)
        models[c] = g_array_copy (self.models[c]);
      for (guint i = 0; i < n; i++)
        random_edit (&self, shrinks, undo);
      check_model (&self);
      g_assert_cmpuint (ss_value_size (self.root), ==, ss_value_measure (self.root, G_MAXSIZE));

      if (kept != NULL)
        {
          g_autofree char *kept_text = ss_value_to_json (kept, NULL);
          g_autoptr (SsValue) older = ss_value_ref (self.root);
          g_autofree char *older_text = NULL;

          ss_undo_revert (undo, &older);
          older_text = ss_value_to_json (older, NULL);
          g_assert_cmpstr (kept_text, ==, before);
          g_assert_cmpstr (older_text, ==, before);
        }

      if (round % 2 == 0)
        {
          g_autofree char *after = NULL;

          ss_undo_rollback (undo, 0, &self.root);
          for (guint c = 0; c < N_CONTAINERS; c++)
            {
              g_array_unref (self.models[c]);
              self.models[c] = g_array_ref (models[c]);
            }
          check_model (&self);
          after = ss_value_to_json (self.root, NULL);
          g_assert_cmpstr (after, ==, before);
          g_assert_cmpuint (ss_value_size (self.root), ==, strlen (after));
        }
      for (guint c = 0; c < N_CONTAINERS; c++)
        g_array_unref (models[c]);
    }

  for (guint c = 0; c < N_CONTAINERS; c++)
    g_array_unref (self.models[c]);
  ss_value_unref (self.root);
}

/* A large container in chunks that is emptied gives its memory back and is like any other. */
static void
test_emptied (void)
{
  g_autoptr (SsValue) list = make_list (20000);
  g_autoptr (SsValue) object = make_object (20000);

  for (guint i = 0; i < 20000; i++)
    {
      SsValue *key;

      g_assert_cmpint (ss_object_find (object, "k19999", 6), ==, (int) (19999 - i));
      ss_value_unref (ss_array_steal (list, 0));
      ss_value_unref (ss_object_steal (object, 0, &key));
      ss_value_unref (key);
    }
  g_assert_cmpuint (ss_value_length (list), ==, 0);
  g_assert_cmpuint (ss_value_length (object), ==, 0);

  for (guint i = 0; i < 5000; i++)
    {
      char key[16];

      g_snprintf (key, sizeof key, "n%u", i);
      ss_array_insert (list, i / 2, ss_value_new_int (i));
      ss_object_append (object, ss_value_new_string (key, -1), ss_value_new_int (i));
      g_assert_cmpint (ss_object_find (object, key, strlen (key)), ==, (int) i);
    }
  g_assert_cmpuint (ss_value_length (list), ==, 5000);
  g_assert_cmpint (ss_object_find (object, "k5", 2), ==, -1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/large/list", test_list);
  g_test_add_func ("/large/lists-in-turn", test_lists_in_turn);
  g_test_add_func ("/large/object", test_object);
  g_test_add_func ("/large/failing", test_failing);
  g_test_add_func ("/large/shared", test_shared);
  g_test_add_func ("/large/signal", test_signal);
  g_test_add_func ("/large/reading", test_reading);
  g_test_add_func ("/large/equality", test_equality);
  g_test_add_func ("/large/long-pointers", test_long_pointers);
  g_test_add_func ("/large/random", test_random);
  g_test_add_func ("/large/emptied", test_emptied);

  return g_test_run ();
}
