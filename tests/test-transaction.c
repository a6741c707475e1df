/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "test-witness.h"

/* Commits and transactions: what is announced, when, and how often. */

static void
freeze (ServerSignal *signal)
{
  g_object_freeze_notify (G_OBJECT (signal));
}

static void
thaw (ServerSignal *signal)
{
  g_object_thaw_notify (G_OBJECT (signal));
}

static void
set_a (ServerSignal *signal,
       gint64        value)
{
  g_autoptr (GError) error = NULL;
  gboolean written = server_signal_set_int (signal, "/a", value, &error);

  g_assert_no_error (error);
  g_assert_true (written);
}

/* All writes between freeze and thaw are one commit. While frozen, getters see the writes;
 * hubs and joiners see the last commit. */
static void
test_freeze (void)
{
  ServerSignal *signal = signal_of ("{'a':0,'list':[]}");
  Witness *witness = witness_new (signal);

  freeze (signal);
  set_a (signal, 1);
  g_assert_true (server_signal_set_string (signal, "/list/-", "x", NULL));
  g_assert_true (server_signal_set_boolean (signal, "/b", TRUE, NULL));
  assert_commits (witness, 0);

  assert_json (signal, NULL, "{'a':1,'list':['x'],'b':true}");
  assert_committed (signal, "{'a':0,'list':[]}");
  assert_json (signal, NULL, "{'a':1,'list':['x'],'b':true}");
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 0);

  thaw (signal);
  assert_commits (witness, 1);
  assert_committed (signal, "{'a':1,'list':['x'],'b':true}");
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 1);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_single_writes (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  for (guint i = 1; i <= 5; i++)
    {
      set_a (signal, i);
      assert_commits (witness, i);
    }
  assert_patch (witness, "[{'op':'replace','path':'/a','value':5}]");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* A write commits whether anybody listens or not. */
static void
test_alone (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");

  set_a (signal, 1);
  set_a (signal, 2);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 2);
  assert_committed (signal, "{'a':2}");

  g_assert_finalize_object (signal);
}

static void
test_nested (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  freeze (signal);
  set_a (signal, 1);
  freeze (signal);
  freeze (signal);
  set_a (signal, 2);
  thaw (signal);
  set_a (signal, 3);
  thaw (signal);
  assert_commits (witness, 0);
  assert_committed (signal, "{'a':0}");
  thaw (signal);
  assert_commits (witness, 1);
  assert_patch (witness, "[{'op':'replace','path':'/a','value':3}]");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* A member that comes and goes again, whatever was done to it meanwhile, is no change; other things
 * beside it are. */
static void
test_come_and_go (void)
{
  ServerSignal *signal = signal_of ("{'a':0,'o':{'x':1},'l':[1,2]}");
  Witness *witness = witness_new (signal);
  g_autoptr (ServerSignalPatch) patch = NULL;

  freeze (signal);
  server_signal_set_int (signal, "/new", 1, NULL);
  server_signal_remove (signal, "/new", NULL);
  thaw (signal);
  assert_commits (witness, 0);

  freeze (signal);
  set_a (signal, 5);
  server_signal_set_json (signal, "/o/new", "{\"y\":[1,2,3]}", NULL);
  server_signal_set_json (signal, "/o/new", "{\"y\":[2,3],\"z\":1}", NULL);
  server_signal_set_json (signal, "/o/new/y/-", "4", NULL);
  server_signal_remove (signal, "/o/new/y/0", NULL);
  server_signal_set_json (signal, "/o/new/y", "[7,8,9]", NULL);
  server_signal_remove (signal, "/o/new", NULL);
  server_signal_set_int (signal, "/o/new", 1, NULL);
  server_signal_set_int (signal, "/o/new", 2, NULL);
  server_signal_remove (signal, "/o/new", NULL);
  set_a (signal, 0);
  thaw (signal);
  assert_commits (witness, 0);

  patch = server_signal_patch_new_from_json ("[{\"op\":\"add\",\"path\":\"/o/p\",\"value\":1},"
                                             "{\"op\":\"remove\",\"path\":\"/o/p\"}]",
                                             NULL);
  server_signal_apply_patch (signal, patch, NULL);
  assert_commits (witness, 0);

  /* Not what only looks like it. */
  freeze (signal);
  server_signal_set_int (signal, "/new", 1, NULL);
  server_signal_remove (signal, "/new", NULL);
  server_signal_set_int (signal, "/new", 1, NULL);
  thaw (signal);
  assert_commits (witness, 1);
  freeze (signal);
  server_signal_set_int (signal, "/l/0", 5, NULL);
  server_signal_set_json (signal, "/l/-", "3", NULL);
  server_signal_remove (signal, "/l/0", NULL);
  thaw (signal);
  assert_commits (witness, 2);
  freeze (signal);
  server_signal_remove (signal, "/new", NULL);
  server_signal_set_int (signal, "/new", 2, NULL);
  server_signal_remove (signal, "/new", NULL);
  thaw (signal);
  assert_commits (witness, 3);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_empty (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  freeze (signal);
  thaw (signal);
  assert_commits (witness, 0);

  /* Equal already. */
  freeze (signal);
  set_a (signal, 0);
  thaw (signal);
  set_a (signal, 0);
  assert_commits (witness, 0);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_back_where_it_began (void)
{
  ServerSignal *signal = signal_of ("{'a':0,'b':'x','c':null}");
  Witness *witness = witness_new (signal);

  freeze (signal);
  set_a (signal, 1);
  g_assert_true (server_signal_set_string (signal, "/b", "y", NULL));
  g_assert_true (server_signal_set_double (signal, "/c", 0.5, NULL));
  set_a (signal, 0);
  g_assert_true (server_signal_set_string (signal, "/c", NULL, NULL));
  g_assert_true (server_signal_set_string (signal, "/b", "x", NULL));
  thaw (signal);
  assert_commits (witness, 0);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 0);

  /* One of them is not. */
  freeze (signal);
  set_a (signal, 1);
  g_assert_true (server_signal_set_string (signal, "/b", "y", NULL));
  set_a (signal, 0);
  thaw (signal);
  assert_commits (witness, 1);

  /* 0 and 0.0 are different. */
  freeze (signal);
  set_a (signal, 1);
  g_assert_true (server_signal_set_double (signal, "/a", 0.0, NULL));
  thaw (signal);
  assert_commits (witness, 2);

  /* A member that went in between. */
  set_a (signal, 0);
  freeze (signal);
  set_a (signal, 1);
  g_assert_true (server_signal_remove (signal, "/b", NULL));
  set_a (signal, 0);
  thaw (signal);
  assert_commits (witness, 4);

  /* More than are looked at. */
  freeze (signal);
  for (int i = 0; i < 100; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/m%d", i);

      g_assert_true (server_signal_set_int (signal, pointer, 0, NULL));
    }
  thaw (signal);
  assert_commits (witness, 5);
  freeze (signal);
  for (int value = 1; value >= 0; value--)
    for (int i = 0; i < 100; i++)
      {
        g_autofree char *pointer = g_strdup_printf ("/m%d", i);

        g_assert_true (server_signal_set_int (signal, pointer, value + (i == 99), NULL));
      }
  thaw (signal);
  assert_commits (witness, 6);
  assert_json (signal, "/m99", "1");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_discard (void)
{
  ServerSignal *signal = signal_of ("{'a':0,'list':[1,2,3],'o':{'x':{'y':1}}}");
  Witness *witness = witness_new (signal);
  g_autofree char *before = server_signal_dup_json (signal, NULL);

  freeze (signal);
  set_a (signal, 1);
  g_assert_true (server_signal_remove (signal, "/list/1", NULL));
  g_assert_true (server_signal_set_json (signal, "/list/-", "[{}]", NULL));
  g_assert_true (server_signal_move (signal, "/o/x", "/list/0", NULL));
  g_assert_true (server_signal_set_int (signal, "/list/0/y", 5, NULL));
  g_assert_true (server_signal_set_json (signal, "", "[]", NULL));
  server_signal_discard (signal);
  assert_json (signal, NULL, before);
  thaw (signal);
  assert_commits (witness, 0);
  assert_json (signal, NULL, before);

  /* Writes after it are committed. */
  freeze (signal);
  set_a (signal, 1);
  server_signal_discard (signal);
  server_signal_discard (signal);
  g_assert_true (server_signal_remove (signal, "/list", NULL));
  thaw (signal);
  assert_commits (witness, 1);
  assert_patch (witness, "[{'op':'remove','path':'/list'}]");

  /* Discarding, and then back where it began. */
  freeze (signal);
  g_assert_true (server_signal_set_json (signal, "/list", "[]", NULL));
  server_signal_discard (signal);
  set_a (signal, 9);
  set_a (signal, 0);
  thaw (signal);
  assert_commits (witness, 1);

  /* Nothing to take back. */
  server_signal_discard (signal);
  set_a (signal, 2);
  server_signal_discard (signal);
  assert_commits (witness, 2);
  assert_json (signal, "/a", "2");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
test_foreign_notify (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  g_object_notify (G_OBJECT (signal), "value");
  g_object_notify (G_OBJECT (signal), "revision");
  freeze (signal);
  g_object_notify (G_OBJECT (signal), "value");
  thaw (signal);
  assert_commits (witness, 0);

  freeze (signal);
  g_object_notify (G_OBJECT (signal), "value");
  set_a (signal, 1);
  g_object_notify (G_OBJECT (signal), "value");
  g_object_notify (G_OBJECT (signal), "revision");
  thaw (signal);
  assert_commits (witness, 1);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

/* Other properties are none of a commit's business. */
static void
test_other_notify (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  guint n = 0;

  g_signal_connect_swapped (signal, "notify::stale", G_CALLBACK (count_cb), &n);
  g_object_notify (G_OBJECT (signal), "stale");
  g_assert_cmpuint (n, ==, 1);
  freeze (signal);
  g_object_notify (G_OBJECT (signal), "stale");
  set_a (signal, 1);
  thaw (signal);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 1);

  g_assert_finalize_object (signal);
}

/* A failed write in a transaction takes nothing else with it. */
static void
test_failed_write (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  freeze (signal);
  g_assert_false (server_signal_set_int (signal, "/x/y", 1, NULL));
  thaw (signal);
  assert_commits (witness, 0);

  freeze (signal);
  set_a (signal, 1);
  g_assert_false (server_signal_remove (signal, "/x", NULL));
  thaw (signal);
  assert_commits (witness, 1);
  assert_patch (witness, "[{'op':'replace','path':'/a','value':1}]");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* Writes of handlers */

static void
count_up_cb (ServerSignal *signal)
{
  gint64 now = server_signal_get_int (signal, "/a");

  if (now < 5)
    set_a (signal, now + 1);
}

static void
order_cb (ServerSignal *signal,
          GParamSpec   *pspec,
          GString      *order)
{
  g_string_append_printf (order, "%" G_GINT64_FORMAT ":%" G_GUINT64_FORMAT " ",
                          server_signal_get_int (signal, "/a"),
                          server_signal_get_revision (signal));
}

/* A write made by a handler becomes the next commit, announced after the current one has reached
 * every handler. */
static void
test_handler_writes (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  g_autoptr (GString) order = g_string_new (NULL);
  Witness *witness;

  /* Before and after the other handlers, in both kinds. */
  g_signal_connect (signal, "patched", G_CALLBACK (count_up_cb), NULL);
  witness = witness_new (signal);
  g_signal_connect (signal, "notify::value", G_CALLBACK (order_cb), order);

  set_a (signal, 1);
  assert_commits (witness, 5);
  g_assert_cmpstr (order->str, ==, "2:1 3:2 4:3 5:4 5:5 ");
  assert_json (signal, NULL, "{'a':5}");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* Hubs do not depend on the order of handlers: they see each commit before any of them. */
static void
watch_cb (ServerSignal   *signal,
          const SsCommit *commit,
          gpointer        user_data)
{
  GString *order = user_data;
  g_autoptr (SsValue) committed = ss_signal_ref_committed (signal);
  g_autofree char *json = ss_value_to_json (committed, NULL);
  g_autofree char *patch = server_signal_patch_to_json (commit->patch);

  g_string_append_printf (order, "w%" G_GUINT64_FORMAT "%s ", commit->revision, json);
}

static void
patched_order_cb (ServerSignal      *signal,
                  ServerSignalPatch *patch,
                  GString           *order)
{
  g_string_append_printf (order, "p%" G_GUINT64_FORMAT " ", server_signal_get_revision (signal));
}

static void
notify_order_cb (ServerSignal *signal,
                 GParamSpec   *pspec,
                 GString      *order)
{
  g_string_append_printf (order, "n%" G_GUINT64_FORMAT " ", server_signal_get_revision (signal));
}

static void
test_order (void)
{
  ServerSignal *signal = signal_of ("{'a':3}");
  g_autoptr (GString) order = g_string_new (NULL);
  guint watch;

  g_signal_connect (signal, "patched", G_CALLBACK (count_up_cb), NULL);
  g_signal_connect (signal, "notify::value", G_CALLBACK (notify_order_cb), order);
  g_signal_connect (signal, "patched", G_CALLBACK (patched_order_cb), order);
  watch = ss_signal_watch (signal, watch_cb, order);

  set_a (signal, 4);
  assert_quoted (order->str, "w1{'a':4} p1 n1 w2{'a':5} p2 n2 ");

  ss_signal_unwatch (signal, watch);
  g_assert_finalize_object (signal);
}

static void
transaction_cb (ServerSignal *signal)
{
  if (server_signal_get_revision (signal) > 1)
    return;

  freeze (signal);
  set_a (signal, 10);
  g_assert_true (server_signal_set_int (signal, "/b", 1, NULL));
  thaw (signal);
  set_a (signal, 11);
  assert_committed (signal, "{'a':1}");
}

/* All that handlers write during one commit is the next one. */
static void
test_handler_transaction (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  g_signal_connect (signal, "patched", G_CALLBACK (transaction_cb), NULL);
  g_signal_connect (signal, "notify::value", G_CALLBACK (transaction_cb), NULL);
  set_a (signal, 1);
  assert_commits (witness, 2);
  assert_json (signal, NULL, "{'a':11,'b':1}");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
leave_frozen_cb (ServerSignal *signal)
{
  if (server_signal_get_revision (signal) > 1)
    return;

  freeze (signal);
  set_a (signal, server_signal_get_int (signal, "/a") + 1);
}

/* A handler that leaves the signal frozen: what was written is committed at its thaw. */
static void
test_handler_leaves_frozen (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  g_signal_connect (signal, "patched", G_CALLBACK (leave_frozen_cb), NULL);
  set_a (signal, 1);
  assert_commits (witness, 1);
  assert_json (signal, NULL, "{'a':2}");
  assert_committed (signal, "{'a':1}");

  set_a (signal, 3);
  assert_commits (witness, 1);
  thaw (signal);
  assert_commits (witness, 2);
  assert_committed (signal, "{'a':3}");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
thaw_cb (ServerSignal *signal)
{
  if (server_signal_get_revision (signal) == 1)
    thaw (signal);
}

/* One handler freezes, a later one of the same commit thaws. */
static void
test_handler_thaws (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  g_signal_connect (signal, "patched", G_CALLBACK (leave_frozen_cb), NULL);
  g_signal_connect (signal, "notify::value", G_CALLBACK (thaw_cb), NULL);
  set_a (signal, 1);
  assert_commits (witness, 2);
  assert_committed (signal, "{'a':2}");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
write_b_cb (ServerSignal *signal)
{
  if (server_signal_get_revision (signal) == 1)
    {
      g_assert_true (server_signal_set_int (signal, "/b", 1, NULL));
      freeze (signal);
      g_assert_true (server_signal_set_int (signal, "/c", 1, NULL));
      thaw (signal);
      g_assert_true (server_signal_set_int (signal, "/b", 2, NULL));
    }
}

static void
write_and_discard_cb (ServerSignal *signal)
{
  if (server_signal_get_revision (signal) == 1)
    {
      freeze (signal);
      set_a (signal, 7);
      g_assert_true (server_signal_remove (signal, "/b", NULL));
      server_signal_discard (signal);
      thaw (signal);
    }
}

/* A handler discards what its own transaction has written, not what others have decided. */
static void
test_handler_discards (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  g_signal_connect (signal, "patched", G_CALLBACK (write_b_cb), NULL);
  g_signal_connect (signal, "notify::value", G_CALLBACK (write_and_discard_cb), NULL);
  set_a (signal, 1);
  assert_commits (witness, 2);
  assert_json (signal, NULL, "{'a':1,'b':2,'c':1}");

  /* The decisions of then are committed now, and do not bind later transactions. */
  freeze (signal);
  set_a (signal, 8);
  server_signal_discard (signal);
  thaw (signal);
  assert_commits (witness, 2);
  assert_json (signal, NULL, "{'a':1,'b':2,'c':1}");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
undo_cb (ServerSignal *signal)
{
  if (server_signal_get_revision (signal) == 1)
    {
      set_a (signal, 5);
      set_a (signal, 1);
    }
}

static void
test_handler_back_where_it_began (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  g_signal_connect (signal, "patched", G_CALLBACK (undo_cb), NULL);
  set_a (signal, 1);
  assert_commits (witness, 1);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

static void
notify_cb (ServerSignal *signal)
{
  g_object_notify (G_OBJECT (signal), "value");
}

static void
test_handler_foreign_notify (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness = witness_new (signal);

  g_signal_connect (signal, "patched", G_CALLBACK (notify_cb), NULL);
  g_signal_connect (signal, "notify::value", G_CALLBACK (notify_cb), NULL);
  set_a (signal, 1);
  assert_commits (witness, 1);

  witness_free (witness);
  g_assert_finalize_object (signal);
}

#define CHAIN 100000

typedef struct
{
  char *lowest;
  char *highest;
} Stack;

static void
chain_cb (ServerSignal *signal,
          GParamSpec   *pspec,
          Stack        *stack)
{
  char here;
  gint64 now = server_signal_get_int (signal, "/a");

  stack->lowest = stack->lowest == NULL ? &here : MIN (stack->lowest, &here);
  stack->highest = MAX (stack->highest, &here);

  if (now < CHAIN)
    set_a (signal, now + 1);
}

/* A long chain of handlers' writes does not grow the stack. */
static void
test_chain (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Stack stack = { NULL, NULL };

  g_signal_connect (signal, "notify::value", G_CALLBACK (chain_cb), &stack);
  set_a (signal, 1);
  g_assert_cmpint (server_signal_get_int (signal, "/a"), ==, CHAIN);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, CHAIN);
  g_assert_cmpint (stack.highest - stack.lowest, <, 16 * 1024);

  g_assert_finalize_object (signal);
}

static void
pass_on_cb (ServerSignal *signal,
            GParamSpec   *pspec,
            ServerSignal *other)
{
  gint64 now = server_signal_get_int (signal, "/a");

  if (now < 1000)
    set_a (other, now + 1);
}

/* Two signals that write each other. */
static void
test_ping_pong (void)
{
  ServerSignal *ping = signal_of ("{'a':0}");
  ServerSignal *pong = signal_of ("{'a':0}");

  g_signal_connect (ping, "notify::value", G_CALLBACK (pass_on_cb), pong);
  g_signal_connect (pong, "notify::value", G_CALLBACK (pass_on_cb), ping);
  set_a (ping, 1);
  g_assert_cmpint (server_signal_get_int (ping, "/a"), ==, 999);
  g_assert_cmpint (server_signal_get_int (pong, "/a"), ==, 1000);
  g_assert_cmpuint (server_signal_get_revision (ping), ==, 500);

  g_assert_finalize_object (ping);
  g_assert_finalize_object (pong);
}

/* Dropping the last reference */

static void
drop_cb (ServerSignal **held)
{
  g_clear_object (held);
}

static void
drop_watch_cb (ServerSignal   *signal,
               const SsCommit *commit,
               gpointer        user_data)
{
  drop_cb (user_data);
}

static void
test_drop (void)
{
  static const char *where[] = { "watch", "patched", "notify::value", "notify::revision" };

  for (guint i = 0; i < G_N_ELEMENTS (where); i++)
    for (guint frozen = 0; frozen < 2; frozen++)
      {
        ServerSignal *signal = signal_of ("{'a':0}");
        ServerSignal *held = signal;
        gpointer weak = signal;
        guint n = 0;

        if (i == 0)
          ss_signal_watch (signal, drop_watch_cb, &held);
        else
          g_signal_connect_swapped (signal, where[i], G_CALLBACK (drop_cb), &held);
        g_signal_connect_swapped (signal, "notify::value", G_CALLBACK (count_cb), &n);
        g_object_add_weak_pointer (G_OBJECT (signal), &weak);

        if (frozen)
          freeze (signal);
        set_a (signal, 1);
        if (frozen)
          thaw (signal);

        g_assert_null (held);
        g_assert_null (weak);
        g_assert_cmpuint (n, ==, 1);
      }
}

static void
test_drop_frozen (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  guint n = 0;

  g_signal_connect_swapped (signal, "notify::value", G_CALLBACK (count_cb), &n);
  freeze (signal);
  set_a (signal, 1);
  g_assert_finalize_object (signal);
  g_assert_cmpuint (n, ==, 0);
}

static JsonNode *
drop_update_cb (JsonNode *copy,
                gpointer  user_data)
{
  drop_cb (user_data);
  return json_node_init_int (json_node_alloc (), 1);
}

static void
test_drop_in_update (void)
{
  ServerSignal *signal = signal_of ("0");

  g_assert_true (server_signal_update (signal, drop_update_cb, &signal, NULL));
  g_assert_null (signal);
}

/* Watches */

typedef struct
{
  guint    own;
  guint    other;
  gboolean add;
  guint    n;
} Watcher;

static void
change_watches_cb (ServerSignal   *signal,
                   const SsCommit *commit,
                   gpointer        user_data)
{
  Watcher *self = user_data;

  self->n++;
  if (self->own != 0)
    ss_signal_unwatch (signal, self->own);
  if (self->other != 0)
    ss_signal_unwatch (signal, self->other);
  self->own = 0;
  self->other = 0;
  if (self->add)
    self->own = ss_signal_watch (signal, change_watches_cb, self);
}

static void
test_watches_change (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Watcher first = {
    0,
  };
  Watcher second = {
    0,
  };
  Watcher third = {
    0,
  };

  /* The first goes, and takes the second with it before its turn; the third comes again each
   * time. */
  first.own = ss_signal_watch (signal, change_watches_cb, &first);
  first.other = ss_signal_watch (signal, change_watches_cb, &second);
  third.own = ss_signal_watch (signal, change_watches_cb, &third);
  third.add = TRUE;

  set_a (signal, 1);
  g_assert_cmpuint (first.n, ==, 1);
  g_assert_cmpuint (second.n, ==, 0);
  g_assert_cmpuint (third.n, ==, 1);

  set_a (signal, 2);
  set_a (signal, 3);
  g_assert_cmpuint (first.n, ==, 1);
  g_assert_cmpuint (second.n, ==, 0);
  g_assert_cmpuint (third.n, ==, 3);

  ss_signal_unwatch (signal, third.own);
  set_a (signal, 4);
  g_assert_cmpuint (third.n, ==, 3);

  g_assert_finalize_object (signal);
}

static void
write_watch_cb (ServerSignal   *signal,
                const SsCommit *commit,
                gpointer        user_data)
{
  if (commit->revision == 1)
    set_a (signal, 2);
}

static void
test_watch_writes (void)
{
  ServerSignal *signal = signal_of ("{'a':0}");
  Witness *witness;
  guint watch = ss_signal_watch (signal, write_watch_cb, NULL);

  witness = witness_new (signal);
  set_a (signal, 1);
  assert_commits (witness, 2);
  assert_committed (signal, "{'a':2}");

  ss_signal_unwatch (signal, watch);
  witness_free (witness);
  g_assert_finalize_object (signal);
}

/* A random walk through all of it, with the witness checking each commit. */
static void
test_random (void)
{
  ServerSignal *signal = signal_of ("{'a':0,'l':[],'o':{}}");
  Witness *witness = witness_new (signal);
  guint depth = 0;

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *element = g_strdup_printf ("/l/%d", g_test_rand_int_range (0, 8));
      g_autofree char *member = g_strdup_printf ("/o/%d", g_test_rand_int_range (0, 4));

      switch (g_test_rand_int_range (0, 12))
        {
        case 0:
          freeze (signal);
          depth++;
          break;
        case 1:
        case 2:
          if (depth > 0)
            {
              depth--;
              thaw (signal);
            }
          break;
        case 3:
          server_signal_discard (signal);
          if (depth > 0)
            g_assert_true (ss_value_equal (ss_signal_peek (signal), witness->mirror));
          break;
        case 4:
          set_a (signal, g_test_rand_int_range (0, 3));
          break;
        case 5:
          {
            g_autoptr (JsonNode) node = json_node_init_int (json_node_alloc (), i % 4);

            server_signal_insert_value (signal, element, node, NULL);
          }
          break;
        case 6:
          server_signal_remove (signal, element, NULL);
          break;
        case 7:
          server_signal_move (signal, element, member, NULL);
          break;
        case 8:
          server_signal_move (signal, member, element, NULL);
          break;
        case 9:
          server_signal_set_json (signal, element, "{\"deep\":[1,2,{}]}", NULL);
          break;
        case 10:
          server_signal_set_json (signal, "/l", g_test_rand_bit () ? "[1,2,3]" : "[3,1]", NULL);
          break;
        case 11:
          server_signal_set_json (signal, member, "[[]]", NULL);
          break;
        default:
          g_assert_not_reached ();
        }

      if (i % 16 == 0)
        {
          g_autoptr (SsValue) committed = ss_signal_ref_committed (signal);

          g_assert_true (ss_value_equal (committed, witness->mirror));
        }
    }
  while (depth-- > 0)
    thaw (signal);
  g_assert_true (ss_value_equal (ss_signal_peek (signal), witness->mirror));

  witness_free (witness);
  g_assert_finalize_object (signal);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/transaction/freeze", test_freeze);
  g_test_add_func ("/transaction/single-writes", test_single_writes);
  g_test_add_func ("/transaction/alone", test_alone);
  g_test_add_func ("/transaction/nested", test_nested);
  g_test_add_func ("/transaction/empty", test_empty);
  g_test_add_func ("/transaction/come-and-go", test_come_and_go);
  g_test_add_func ("/transaction/back-where-it-began", test_back_where_it_began);
  g_test_add_func ("/transaction/discard", test_discard);
  g_test_add_func ("/transaction/foreign-notify", test_foreign_notify);
  g_test_add_func ("/transaction/other-notify", test_other_notify);
  g_test_add_func ("/transaction/failed-write", test_failed_write);
  g_test_add_func ("/transaction/order", test_order);
  g_test_add_func ("/transaction/random", test_random);
  g_test_add_func ("/transaction/handler/writes", test_handler_writes);
  g_test_add_func ("/transaction/handler/transaction", test_handler_transaction);
  g_test_add_func ("/transaction/handler/leaves-frozen", test_handler_leaves_frozen);
  g_test_add_func ("/transaction/handler/thaws", test_handler_thaws);
  g_test_add_func ("/transaction/handler/discards", test_handler_discards);
  g_test_add_func ("/transaction/handler/back-where-it-began", test_handler_back_where_it_began);
  g_test_add_func ("/transaction/handler/foreign-notify", test_handler_foreign_notify);
  g_test_add_func ("/transaction/handler/chain", test_chain);
  g_test_add_func ("/transaction/handler/ping-pong", test_ping_pong);
  g_test_add_func ("/transaction/drop/handlers", test_drop);
  g_test_add_func ("/transaction/drop/frozen", test_drop_frozen);
  g_test_add_func ("/transaction/drop/update", test_drop_in_update);
  g_test_add_func ("/transaction/watch/change", test_watches_change);
  g_test_add_func ("/transaction/watch/writes", test_watch_writes);

  return g_test_run ();
}
