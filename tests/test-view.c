/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "json/ss-pointer.h"

#include "test-witness.h"

/* Views: what each property shows, and that it is notified when that has changed and only then. */

static void
notify_cb (ServerSignalView *view,
           GParamSpec       *pspec,
           GString          *events)
{
  g_string_append_c (events, pspec->name[0]);
}

/* The first letters of the properties that were notified: v, i, d, b, s. */
static GString *
follow (ServerSignalView *view)
{
  GString *events = g_string_new (NULL);

  g_signal_connect (view, "notify", G_CALLBACK (notify_cb), events);
  return events;
}

#define assert_events(events, expected) \
  G_STMT_START \
  { \
    g_assert_cmpstr ((events)->str, ==, (expected)); \
    g_string_truncate ((events), 0); \
  } \
  G_STMT_END

static void
set (ServerSignal *signal,
     const char   *pointer,
     const char   *json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = quoted (json);

  server_signal_set_json (signal, pointer, text, &error);
  g_assert_no_error (error);
}

static void
test_properties (void)
{
  ServerSignal *signal = signal_of ("{'a':{'b':[true,'x',2.5]}}");
  ServerSignalView *view = server_signal_view_new (signal, "/a/b/2");
  ServerSignalView *whole = server_signal_view_new (signal, NULL);
  g_autoptr (ServerSignal) its_signal = NULL;
  g_autofree char *pointer = NULL;
  g_autofree char *string = NULL;
  g_autoptr (JsonNode) value = NULL;
  gint64 as_int;
  double as_double;
  gboolean as_boolean;

  g_object_get (view, "signal", &its_signal, "pointer", &pointer, "value", &value, "int-value",
                &as_int, "double-value", &as_double, "boolean-value", &as_boolean, "string-value",
                &string, NULL);
  g_assert_true (its_signal == signal);
  g_assert_cmpstr (pointer, ==, "/a/b/2");
  g_assert_cmpfloat (json_node_get_double (value), ==, 2.5);
  g_assert_cmpint (as_int, ==, 2);
  g_assert_cmpfloat (as_double, ==, 2.5);
  g_assert_false (as_boolean);
  g_assert_null (string);

  g_assert_true (server_signal_view_get_signal (view) == signal);
  g_assert_cmpstr (server_signal_view_get_pointer (view), ==, "/a/b/2");
  g_assert_cmpstr (server_signal_view_get_pointer (whole), ==, "");
  g_assert_cmpint (server_signal_view_get_int_value (view), ==, 2);
  g_assert_cmpfloat (server_signal_view_get_double_value (view), ==, 2.5);
  set (signal, "/a/b/2", "true");
  g_assert_true (server_signal_view_get_boolean_value (view));
  set (signal, "/a/b/2", "'y'");
  g_free (g_steal_pointer (&string));
  string = server_signal_view_dup_string_value (view);
  g_assert_cmpstr (string, ==, "y");

  g_clear_object (&its_signal);
  g_assert_finalize_object (view);
  g_assert_finalize_object (whole);
  g_assert_finalize_object (signal);
}

static void
test_notify_by_type (void)
{
  ServerSignal *signal = signal_of ("{'a':1,'b':0}");
  ServerSignalView *view = server_signal_view_new (signal, "/a");
  g_autoptr (GString) events = follow (view);

  set (signal, "/a", "-0.0");
  assert_events (events, "vid");
  set (signal, "/a", "0.0");
  assert_events (events, "vd");
  set (signal, "/a", "1e-300");
  assert_events (events, "vd");
  set (signal, "/a", "2");
  assert_events (events, "vid");
  set (signal, "/a", "2");
  set (signal, "/b", "2");
  assert_events (events, "");
  set (signal, "/a", "2.0");
  assert_events (events, "v");
  set (signal, "/a", "2.5");
  assert_events (events, "vd");
  set (signal, "/a", "'x'");
  assert_events (events, "vids");
  set (signal, "/a", "''");
  assert_events (events, "vs");
  set (signal, "/a", "false");
  assert_events (events, "vs");
  set (signal, "/a", "true");
  assert_events (events, "vb");
  set (signal, "/a", "[1]");
  assert_events (events, "vb");
  set (signal, "/a", "{}");
  assert_events (events, "v");
  set (signal, "/a", "0");
  assert_events (events, "v");
  g_assert_true (server_signal_remove (signal, "/a", NULL));
  assert_events (events, "v");

  g_assert_finalize_object (view);
  g_assert_finalize_object (signal);
}

static void
test_not_there_yet (void)
{
  ServerSignal *signal = server_signal_new ("s", NULL);
  ServerSignalView *view = server_signal_view_new (signal, "/list/1/name");
  g_autoptr (GString) events = follow (view);

  g_assert_null (server_signal_view_dup_value (view));
  set (signal, NULL, "{'list':[]}");
  set (signal, "/list/-", "{'name':'zero'}");
  assert_events (events, "");
  set (signal, "/list/-", "{'name':'one'}");
  assert_events (events, "vs");
  set (signal, "/list/-", "{'name':'two'}");
  assert_events (events, "");
  g_assert_true (server_signal_remove (signal, "/list/0", NULL));
  assert_events (events, "vs");
  g_assert_true (server_signal_remove (signal, "/list/0", NULL));
  assert_events (events, "vs");
  g_assert_null (server_signal_view_dup_value (view));
  set (signal, NULL, "{'list':{'1':{'name':'member'}}}");
  assert_events (events, "vs");
  set (signal, "/list", "null");
  assert_events (events, "vs");

  g_assert_finalize_object (view);
  g_assert_finalize_object (signal);
}

/* A list or an object: whatever changes in it, and nothing else. */
static void
test_containers (void)
{
  ServerSignal *signal = signal_of ("{'o':{'x':{'y':1},'l':[1,2]},'p':{'y':1},'l':[[1],[2]]}");
  ServerSignalView *view = server_signal_view_new (signal, "/o");
  ServerSignalView *whole = server_signal_view_new (signal, "");
  ServerSignalView *element = server_signal_view_new (signal, "/l/1");
  g_autoptr (GString) events = follow (view);
  g_autoptr (GString) whole_events = follow (whole);
  g_autoptr (GString) element_events = follow (element);

  set (signal, "/o/x/y", "2");
  assert_events (events, "v");
  set (signal, "/p/y", "2");
  assert_events (events, "");
  assert_events (whole_events, "vv");
  set (signal, "/o/l/-", "3");
  assert_events (events, "v");

  /* Two writes that take each other back, beside one that does not. */
  g_object_freeze_notify (G_OBJECT (signal));
  set (signal, "/o/new", "1");
  set (signal, "/p/y", "3");
  g_assert_true (server_signal_remove (signal, "/o/new", NULL));
  g_object_thaw_notify (G_OBJECT (signal));
  assert_events (events, "");
  g_string_truncate (whole_events, 0);

  /* The same, where the two are one in the end. */
  g_object_freeze_notify (G_OBJECT (signal));
  set (signal, "/o/x/y", "[]");
  set (signal, "/p/y", "5");
  set (signal, "/o/x/y", "2");
  g_object_thaw_notify (G_OBJECT (signal));
  assert_events (events, "");
  g_string_truncate (whole_events, 0);

  /* Replaced by an equal value. */
  {
    g_autoptr (JsonNode) same = server_signal_dup_value (signal, "/o");
    g_autoptr (JsonNode) node = NULL;

    g_object_freeze_notify (G_OBJECT (signal));
    g_assert_true (server_signal_remove (signal, "/o", NULL));
    g_assert_true (server_signal_insert_value (signal, "/o", same, NULL));
    set (signal, "/p/y", "4");
    g_object_thaw_notify (G_OBJECT (signal));
    assert_events (events, "");
    assert_events (whole_events, "v");
  }

  /* Equal ones in the other order. */
  g_assert_true (server_signal_move (signal, "/l/0", "/l/1", NULL));
  assert_events (element_events, "v");
  set (signal, "/l", "[[7],[7]]");
  assert_events (element_events, "v");
  g_assert_true (server_signal_move (signal, "/l/0", "/l/1", NULL));
  assert_events (element_events, "");
  g_assert_true (server_signal_remove (signal, "/l/0", NULL));
  assert_events (element_events, "v");

  g_assert_finalize_object (view);
  g_assert_finalize_object (whole);
  g_assert_finalize_object (element);
  g_assert_finalize_object (signal);
}

static void
test_transaction (void)
{
  ServerSignal *signal = signal_of ("{'a':1}");
  ServerSignalView *view = server_signal_view_new (signal, "/a");
  g_autoptr (GString) events = follow (view);

  g_object_freeze_notify (G_OBJECT (signal));
  set (signal, "/a", "2");
  set (signal, "/a", "3");
  g_assert_cmpint (server_signal_view_get_int_value (view), ==, 3);
  assert_events (events, "");
  g_object_thaw_notify (G_OBJECT (signal));
  assert_events (events, "vid");

  g_object_freeze_notify (G_OBJECT (signal));
  set (signal, "/a", "4");
  server_signal_discard (signal);
  g_object_thaw_notify (G_OBJECT (signal));
  assert_events (events, "");

  /* Made in the middle of a transaction, it is told of its commit. */
  g_object_freeze_notify (G_OBJECT (signal));
  set (signal, "/a", "5");
  {
    ServerSignalView *late = server_signal_view_new (signal, "/a");
    g_autoptr (GString) late_events = follow (late);

    server_signal_discard (signal);
    set (signal, "/a", "5");
    g_object_thaw_notify (G_OBJECT (signal));
    assert_events (late_events, "vid");
    g_assert_finalize_object (late);
  }

  g_assert_finalize_object (view);
  g_assert_finalize_object (signal);
}

#define TEST_TYPE_LABEL (test_label_get_type ())
G_DECLARE_FINAL_TYPE (TestLabel, test_label, TEST, LABEL, GObject)

struct _TestLabel
{
  GObject parent_instance;
  char   *text;
  gint64  number;
};

G_DEFINE_FINAL_TYPE (TestLabel, test_label, G_TYPE_OBJECT)

static void
test_label_set_property (GObject      *object,
                         guint         prop_id,
                         const GValue *value,
                         GParamSpec   *pspec)
{
  TestLabel *self = TEST_LABEL (object);

  if (prop_id == 1)
    {
      g_free (self->text);
      self->text = g_value_dup_string (value);
    }
  else
    {
      self->number = g_value_get_int64 (value);
    }
}

static void
test_label_finalize (GObject *object)
{
  g_free (TEST_LABEL (object)->text);
  G_OBJECT_CLASS (test_label_parent_class)->finalize (object);
}

static void
test_label_class_init (TestLabelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = test_label_set_property;
  object_class->finalize = test_label_finalize;
  g_object_class_install_property (object_class, 1,
                                   g_param_spec_string ("text", NULL, NULL, NULL,
                                                        G_PARAM_WRITABLE));
  g_object_class_install_property (object_class, 2,
                                   g_param_spec_int64 ("number", NULL, NULL, G_MININT64, G_MAXINT64,
                                                       0, G_PARAM_WRITABLE));
}

static void
test_label_init (TestLabel *self)
{
}

static void
test_binding (void)
{
  ServerSignal *signal = signal_of ("{'user':{'name':'Ada','age':36}}");
  ServerSignalView *name = server_signal_view_new (signal, "/user/name");
  ServerSignalView *age = server_signal_view_new (signal, "/user/age");
  TestLabel *label = g_object_new (TEST_TYPE_LABEL, NULL);

  g_object_bind_property (name, "string-value", label, "text", G_BINDING_SYNC_CREATE);
  g_object_bind_property (age, "int-value", label, "number", G_BINDING_SYNC_CREATE);
  g_assert_cmpstr (label->text, ==, "Ada");
  g_assert_cmpint (label->number, ==, 36);

  g_assert_true (server_signal_set_string (signal, "/user/name", "Grace", NULL));
  set (signal, "/user", "{'name':'Grace','age':85}");
  g_assert_cmpstr (label->text, ==, "Grace");
  g_assert_cmpint (label->number, ==, 85);
  g_assert_true (server_signal_remove (signal, "/user", NULL));
  g_assert_cmpstr (label->text, ==, NULL);
  g_assert_cmpint (label->number, ==, 0);

  g_assert_finalize_object (label);
  g_assert_finalize_object (name);
  g_assert_finalize_object (age);
  g_assert_finalize_object (signal);
}

/* A view keeps its signal, and a signal not its views. */
static void
test_lifetime (void)
{
  ServerSignal *signal = signal_of ("{'a':1}");
  ServerSignalView *view = server_signal_view_new (signal, "/a");
  ServerSignalView *other = server_signal_view_new (signal, "/a");
  g_autoptr (GString) events = follow (view);

  g_assert_finalize_object (other);
  set (signal, "/a", "2");
  assert_events (events, "vid");

  g_object_unref (signal);
  set (signal, "/a", "3");
  assert_events (events, "vid");
  g_object_add_weak_pointer (G_OBJECT (signal), (gpointer *) &signal);
  g_assert_finalize_object (view);
  g_assert_null (signal);
}

static void
drop_views_cb (GPtrArray *views)
{
  g_ptr_array_set_size (views, 0);
}

/* The handler of one drops all of them, and with them the last references to the signal. */
static void
test_drop (void)
{
  ServerSignal *signal = signal_of ("{'a':1}");
  g_autoptr (GPtrArray) views = g_ptr_array_new_with_free_func (g_object_unref);
  gpointer weak = signal;

  for (guint i = 0; i < 3; i++)
    g_ptr_array_add (views, server_signal_view_new (signal, "/a"));
  g_signal_connect_swapped (views->pdata[1], "notify::int-value", G_CALLBACK (drop_views_cb),
                            views);
  g_object_add_weak_pointer (G_OBJECT (signal), &weak);
  g_object_unref (signal);

  set (signal, "/a", "2");
  g_assert_cmpuint (views->len, ==, 0);
  g_assert_null (weak);
}

static void
drop_view_cb (ServerSignalView **view)
{
  g_clear_object (view);
}

/* Found changed, and gone before it is told. */
static void
test_drop_by_signal (void)
{
  ServerSignal *signal = signal_of ("{'a':1}");
  ServerSignalView *view = server_signal_view_new (signal, "/a");

  g_autoptr (GString) events = follow (view);

  g_signal_connect_swapped (signal, "patched", G_CALLBACK (drop_view_cb), &view);
  set (signal, "/a", "2");
  g_assert_null (view);
  assert_events (events, "");

  g_assert_finalize_object (signal);
}

static void
write_cb (ServerSignalView *view)
{
  gint64 now = server_signal_view_get_int_value (view);

  if (now < 5)
    server_signal_set_int (server_signal_view_get_signal (view), "/a", now + 1, NULL);
}

static void
test_writes (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  ServerSignalView *view = server_signal_view_new (signal, "/a");
  g_autoptr (GString) events = follow (view);

  g_signal_connect (view, "notify::int-value", G_CALLBACK (write_cb), NULL);
  set (signal, "/a", "1");
  g_assert_cmpint (server_signal_view_get_int_value (view), ==, 5);
  assert_events (events, "vidvidvidvidvid");

  g_assert_finalize_object (view);
  g_assert_finalize_object (signal);
}

static void
assert_inert (ServerSignalView *view)
{
  g_autoptr (JsonNode) value = NULL;
  g_autofree char *string = NULL;
  gint64 integer;
  double real;
  gboolean boolean;

  g_object_get (view, "value", &value, "int-value", &integer, "double-value", &real,
                "boolean-value", &boolean, "string-value", &string, NULL);
  g_assert_null (value);
  g_assert_cmpint (integer, ==, 0);
  g_assert_cmpfloat (real, ==, 0.0);
  g_assert_false (boolean);
  g_assert_null (string);
  g_assert_null (server_signal_view_dup_value (view));
}

static void
test_bad_pointer (void)
{
  static const char *const pointers[] = { "a", "a/b", " /a", "/~", "/~2", "/a~", "\xff", "/\xff" };
  ServerSignal *signal = signal_of ("{}");
  ServerSignalView *view;

  for (guint i = 0; i < G_N_ELEMENTS (pointers); i++)
    {
      g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*ss_pointer_is_valid*");
      g_assert_null (server_signal_view_new (signal, pointers[i]));
      g_test_assert_expected_messages ();

      g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*no JSON Pointer*");
      view = g_object_new (SERVER_TYPE_SIGNAL_VIEW, "signal", signal, "pointer", pointers[i], NULL);
      g_test_assert_expected_messages ();
      g_assert_cmpstr (server_signal_view_get_pointer (view), ==, pointers[i]);
      assert_inert (view);
      set (signal, "", "1");
      set (signal, "", "{'a':{'b':1},'~':2,'~2':3,'a~':4,' ':{'a':5}}");
      assert_inert (view);
      g_object_run_dispose (G_OBJECT (view));
      assert_inert (view);
      set (signal, "", "{}");
      g_assert_finalize_object (view);
    }

  g_assert_finalize_object (signal);
}

static void
test_no_signal (void)
{
  static const char *const pointers[] = { NULL, "", "/a" };

  for (guint i = 0; i < G_N_ELEMENTS (pointers); i++)
    {
      ServerSignalView *view;

      g_test_expect_message ("ServerSignal", G_LOG_LEVEL_CRITICAL, "*without a signal*");
      view = g_object_new (SERVER_TYPE_SIGNAL_VIEW, "pointer", pointers[i], NULL);
      g_test_assert_expected_messages ();
      g_assert_null (server_signal_view_get_signal (view));
      g_assert_cmpstr (server_signal_view_get_pointer (view), ==, pointers[i] ? pointers[i] : "");
      assert_inert (view);
      g_object_run_dispose (G_OBJECT (view));
      assert_inert (view);
      g_assert_finalize_object (view);
    }
}

/* Random edits, and views everywhere: each is notified exactly when its own part has changed. */

typedef struct
{
  ServerSignalView *view;
  SsValue          *value;
  guint             n_notified;
} Seen;

static void
count_cb (Seen *seen)
{
  seen->n_notified++;
}

static SsValue *
ref_shown (ServerSignalView *view)
{
  const SsValue *root = ss_signal_peek (server_signal_view_get_signal (view));
  const SsValue *value = ss_pointer_resolve (root, server_signal_view_get_pointer (view), NULL);

  return value != NULL ? ss_value_ref (value) : NULL;
}

static void
seen_init (Seen             *self,
           ServerSignalView *view)
{
  self->view = view;
  self->value = ref_shown (view);
  self->n_notified = 0;
  g_signal_connect_swapped (view, "notify::value", G_CALLBACK (count_cb), self);
}

static void
seen_check (Seen *self)
{
  g_autoptr (SsValue) before = self->value;
  SsValue *now = ref_shown (self->view);
  gboolean is_same = before != NULL && now != NULL ? ss_value_equal (before, now) : before == now;
  const char *pointer = server_signal_view_get_pointer (self->view);

  if (self->n_notified != (is_same ? 0 : 1))
    g_error ("The view of “%s” was told %u times, and %s", pointer, self->n_notified,
             is_same ? "nothing had changed" : "it had changed");

  self->value = now;
  self->n_notified = 0;
}

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
write_at_random (ServerSignal *signal)
{
  static const char *values[] = {
    "1", "1.0", "'x'", "null", "[]", "{}", "[0,1,[2,{'a':[]}]]", "{'a':[0,1],'0':{'1':2}}",
  };
  g_autofree char *value = quoted (values[g_test_rand_int_range (0, G_N_ELEMENTS (values))]);
  g_autofree char *pointer = random_pointer ();
  g_autofree char *other = random_pointer ();
  g_autoptr (JsonNode) node = NULL;

  switch (g_test_rand_int_range (0, 4))
    {
    case 0:
      server_signal_set_json (signal, pointer, value, NULL);
      break;
    case 1:
      node = node_of (value);
      server_signal_insert_value (signal, pointer, node, NULL);
      break;
    case 2:
      server_signal_remove (signal, pointer, NULL);
      break;
    case 3:
      server_signal_move (signal, pointer, other, NULL);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
test_random (void)
{
  ServerSignal *signal = signal_of ("null");
  Seen seen[60];

  for (guint i = 0; i < G_N_ELEMENTS (seen); i++)
    {
      g_autofree char *pointer = random_pointer ();

      seen_init (&seen[i], server_signal_view_new (signal, pointer));
    }

  for (guint round = 0; round < 5000; round++)
    {
      guint n_writes = g_test_rand_int_range (1, 4);

      /* Now and then a document with something at many of the places. */
      g_object_freeze_notify (G_OBJECT (signal));
      if (round % 50 == 0)
        set (signal, "", "{'a':[1,2,3],'0':{'1':[4]}}");
      for (guint i = 0; i < n_writes; i++)
        write_at_random (signal);
      g_object_thaw_notify (G_OBJECT (signal));

      for (guint i = 0; i < G_N_ELEMENTS (seen); i++)
        seen_check (&seen[i]);
    }

  for (guint i = 0; i < G_N_ELEMENTS (seen); i++)
    {
      ss_value_clear (&seen[i].value);
      g_assert_finalize_object (seen[i].view);
    }
  g_assert_finalize_object (signal);
}

/* A commit costs what it touches: with 10,000 views elsewhere it takes no longer. */

static gint64
time_writes (ServerSignal *signal)
{
  gint64 best = G_MAXINT64;

  for (int run = 0; run < 5; run++)
    {
      gint64 start = g_get_monotonic_time ();

      for (int i = 0; i < 2000; i++)
        g_assert_true (server_signal_set_int (signal, "/rows/77/n", 1000 + run * 2000 + i, NULL));
      best = MIN (best, g_get_monotonic_time () - start);
    }

  return best;
}

static void
test_many (void)
{
  g_autoptr (GString) json = g_string_new ("{'rows':[");
  g_autoptr (GPtrArray) views = g_ptr_array_new_with_free_func (g_object_unref);
  ServerSignal *signal;
  g_autoptr (GString) events = NULL;
  gint64 few;
  gint64 many;

  for (int i = 0; i < 10000; i++)
    g_string_append_printf (json, "%s{'n':%d}", i > 0 ? "," : "", i);
  g_string_append (json, "]}");
  signal = signal_of (json->str);

  g_ptr_array_add (views, server_signal_view_new (signal, "/rows/77/n"));
  events = follow (views->pdata[0]);
  few = time_writes (signal);
  for (int i = 0; i < 10000; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/rows/%d%s", i, i == 77 ? "" : "/n");

      g_ptr_array_add (views, server_signal_view_new (signal, pointer));
    }
  many = time_writes (signal);
  g_test_message ("2,000 commits: %" G_GINT64_FORMAT " µs with one view, %" G_GINT64_FORMAT
                  " µs with 10,001",
                  few, many);
  g_assert_cmpint (many, <, 10 * few);
  g_assert_cmpuint (events->len, >=, 3 * 4000);

  g_ptr_array_set_size (views, 0);
  g_assert_finalize_object (signal);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/view/properties", test_properties);
  g_test_add_func ("/view/notify-by-type", test_notify_by_type);
  g_test_add_func ("/view/not-there-yet", test_not_there_yet);
  g_test_add_func ("/view/containers", test_containers);
  g_test_add_func ("/view/transaction", test_transaction);
  g_test_add_func ("/view/binding", test_binding);
  g_test_add_func ("/view/lifetime", test_lifetime);
  g_test_add_func ("/view/drop", test_drop);
  g_test_add_func ("/view/drop-by-signal", test_drop_by_signal);
  g_test_add_func ("/view/writes", test_writes);
  g_test_add_func ("/view/bad-pointer", test_bad_pointer);
  g_test_add_func ("/view/no-signal", test_no_signal);
  g_test_add_func ("/view/random", test_random);
  g_test_add_func ("/view/many", test_many);

  return g_test_run ();
}
