/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "json/ss-reader.h"

#include "test-witness.h"

/* A replica as the client writes it: updates, snapshots, epochs, and being stale. */

/* The events of a replica, in order: w for the watch (base>revision, ! for a new epoch, the
 * number of operations), p, v, r, e and s for "patched" and the notifications. */
typedef struct
{
  ServerSignal *signal;
  GString      *events;
} Log;

static void
commit_cb (ServerSignal   *signal,
           const SsCommit *commit,
           gpointer        user_data)
{
  Log *log = user_data;

  g_string_append_printf (log->events, "w%" G_GUINT64_FORMAT ">%" G_GUINT64_FORMAT "%s(%u)",
                          commit->base, commit->revision, commit->new_epoch ? "!" : "",
                          server_signal_patch_get_n_operations (commit->patch));
}

static void
patched_cb (Log *log)
{
  g_string_append_c (log->events, 'p');
}

static void
notify_cb (ServerSignal *signal,
           GParamSpec   *pspec,
           Log          *log)
{
  g_string_append_c (log->events, pspec->name[0]);
}

static void
log_init (Log          *log,
          ServerSignal *signal)
{
  log->signal = signal;
  log->events = g_string_new (NULL);
  ss_signal_watch (signal, commit_cb, log);
  g_signal_connect_swapped (signal, "patched", G_CALLBACK (patched_cb), log);
  g_signal_connect (signal, "notify", G_CALLBACK (notify_cb), log);
}

static void
log_clear (Log *log)
{
  g_string_free (log->events, TRUE);
}

#define assert_events(log, expected) \
  G_STMT_START \
  { \
    g_assert_cmpstr ((log)->events->str, ==, (expected)); \
    g_string_truncate ((log)->events, 0); \
  } \
  G_STMT_END

static void
reset (ServerSignal *replica,
       const char   *json,
       const char   *epoch,
       guint64       revision)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = quoted (json);
  g_autoptr (SsValue) value = ss_value_from_json (text, -1, SS_DOCUMENT_DEPTH, &error);

  g_assert_no_error (error);
  ss_signal_replica_reset (replica, value, epoch, revision);
}

static gboolean
apply (ServerSignal  *replica,
       const char    *json,
       guint64        revision,
       GError       **error)
{
  g_autofree char *text = quoted (json);
  g_autoptr (ServerSignalPatch) patch = server_signal_patch_new_from_json (text, NULL);

  g_assert_nonnull (patch);
  return ss_signal_replica_apply (replica, patch, revision, error);
}

static void
test_new (void)
{
  g_autoptr (SsValue) initial = ss_value_from_json ("{\"value\":0}", -1, SS_DOCUMENT_DEPTH, NULL);
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  ServerSignal *with_default = ss_signal_new_replica ("r", initial);

  g_assert_false (server_signal_get_writable (replica));
  g_assert_true (server_signal_get_stale (replica));
  g_assert_false (ss_signal_has_data (replica));
  g_assert_cmpuint (server_signal_get_revision (replica), ==, 0);
  assert_json (replica, NULL, "null");
  assert_json (with_default, NULL, "{'value':0}");

  g_assert_finalize_object (replica);
  g_assert_finalize_object (with_default);
}

static void
test_snapshots (void)
{
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  Log log;

  log_init (&log, replica);

  /* The first one: the document, where it stands, whose it is, and then that it is current. */
  reset (replica, "{'a':1}", "e1", 5);
  assert_events (&log, "w0>5!(1)pvres");
  g_assert_false (server_signal_get_stale (replica));
  g_assert_true (ss_signal_has_data (replica));
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, "e1");
  g_assert_cmpuint (server_signal_get_revision (replica), ==, 5);

  /* The same again. */
  reset (replica, "{'a':1}", "e1", 5);
  assert_events (&log, "");

  /* Later, but equal. */
  reset (replica, "{'a':1}", "e1", 7);
  assert_events (&log, "w5>7(0)r");

  /* Later and different. */
  reset (replica, "{'a':2}", "e1", 8);
  assert_events (&log, "w7>8(1)pvr");

  /* Another life that looks the same. */
  reset (replica, "{'a':2}", "e2", 8);
  assert_events (&log, "w8>8!(0)e");

  /* Another life that began anew. */
  reset (replica, "{'a':0}", "e3", 0);
  assert_events (&log, "w8>0!(1)pvre");

  /* Without an epoch it stays. */
  reset (replica, "{'a':1}", NULL, 1);
  assert_events (&log, "w0>1(1)pvr");
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, "e3");

  log_clear (&log);
  g_assert_finalize_object (replica);
}

/* The first data is data, even when it says what the default said: an edge waits for it. */
static void
test_first_data_is_equal (void)
{
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  Log log;

  log_init (&log, replica);
  reset (replica, "null", NULL, 0);
  assert_events (&log, "w0>0!(0)s");
  g_assert_true (ss_signal_has_data (replica));

  log_clear (&log);
  g_assert_finalize_object (replica);
}

static void
test_updates (void)
{
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  g_autoptr (GError) error = NULL;
  Log log;

  log_init (&log, replica);
  reset (replica, "{'a':1}", "e", 5);
  assert_events (&log, "w0>5!(1)pvres");

  /* Merged commits skip numbers. */
  g_assert_true (apply (replica, "[{'op':'replace','path':'/a','value':2}]", 9, &error));
  g_assert_no_error (error);
  assert_events (&log, "w5>9(1)pvr");
  assert_json (replica, NULL, "{'a':2}");

  /* The empty confirmation is no commit; one that changed nothing is. */
  g_assert_true (apply (replica, "[]", 9, &error));
  assert_events (&log, "");
  g_assert_true (apply (replica, "[{'op':'replace','path':'/a','value':2}]", 10, &error));
  assert_events (&log, "w9>10(0)r");

  /* All or nothing. */
  g_assert_false (
    apply (replica, "[{'op':'remove','path':'/a'},{'op':'remove','path':'/b'}]", 11, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PATCH_FAILED);
  assert_events (&log, "");
  assert_json (replica, NULL, "{'a':2}");
  g_assert_cmpuint (server_signal_get_revision (replica), ==, 10);

  log_clear (&log);
  g_assert_finalize_object (replica);
}

static void
test_stale (void)
{
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  Log log;

  log_init (&log, replica);
  reset (replica, "1", "e", 1);
  assert_events (&log, "w0>1!(1)pvres");

  ss_signal_replica_set_stale (replica, TRUE);
  ss_signal_replica_set_stale (replica, TRUE);
  assert_events (&log, "s");
  g_assert_true (server_signal_get_stale (replica));

  /* After a reconnect nothing has changed. */
  reset (replica, "1", "e", 1);
  assert_events (&log, "s");
  g_assert_false (server_signal_get_stale (replica));

  ss_signal_replica_set_stale (replica, TRUE);
  ss_signal_replica_set_stale (replica, FALSE);
  assert_events (&log, "ss");

  log_clear (&log);
  g_assert_finalize_object (replica);
}

static void
lose_cb (ServerSignal *replica)
{
  ss_signal_replica_set_stale (replica, TRUE);
}

/* A handler that loses the connection: the snapshot that it is told of does not make the replica
 * current. */
static void
test_lost_in_handler (void)
{
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);

  reset (replica, "1", "e", 1);
  g_signal_connect (replica, "patched", G_CALLBACK (lose_cb), NULL);
  reset (replica, "2", "e", 2);
  g_assert_true (server_signal_get_stale (replica));

  g_assert_finalize_object (replica);
}

/* While the application has it frozen, what comes is gathered. */
static void
test_frozen (void)
{
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  Log log;

  log_init (&log, replica);
  reset (replica, "{'a':1}", "e1", 1);
  assert_events (&log, "w0>1!(1)pvres");

  g_object_freeze_notify (G_OBJECT (replica));
  g_assert_true (apply (replica, "[{'op':'replace','path':'/a','value':2}]", 2, NULL));
  g_assert_true (apply (replica, "[{'op':'add','path':'/b','value':3}]", 3, NULL));
  assert_events (&log, "");
  assert_json (replica, NULL, "{'a':2,'b':3}");
  assert_committed (replica, "{'a':1}");
  g_assert_cmpuint (server_signal_get_revision (replica), ==, 1);

  /* Not the application's to discard. */
  server_signal_discard (replica);
  assert_json (replica, NULL, "{'a':2,'b':3}");

  reset (replica, "{'a':4}", "e2", 0);
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, "e1");
  g_assert_true (apply (replica, "[{'op':'replace','path':'/a','value':5}]", 1, NULL));

  g_object_thaw_notify (G_OBJECT (replica));
  g_assert_true (g_str_has_prefix (log.events->str, "w1>1!("));
  g_assert_true (g_str_has_suffix (log.events->str, ")pve"));
  g_string_truncate (log.events, 0);
  assert_json (replica, NULL, "{'a':5}");
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, "e2");

  /* First data while frozen: none until the thaw. */
  log_clear (&log);
  g_assert_finalize_object (replica);

  replica = ss_signal_new_replica ("r", NULL);
  g_object_freeze_notify (G_OBJECT (replica));
  reset (replica, "1", "e", 1);
  g_assert_false (ss_signal_has_data (replica));
  g_object_thaw_notify (G_OBJECT (replica));
  g_assert_true (ss_signal_has_data (replica));
  g_assert_finalize_object (replica);
}

/* Kept frozen for long, a replica gathers no more than two documents. */
static void
test_frozen_for_long (void)
{
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  guint n = 3 * SS_PENDING_OPERATIONS / 2;
  g_autofree char *last = g_strdup_printf ("{'a':%u,'b':0,'l':[1]}", n - 1);
  Log log;

  log_init (&log, replica);
  reset (replica, "{'a':-1,'b':0,'l':[]}", "e1", 0);
  assert_events (&log, "w0>0!(1)pves");

  g_object_freeze_notify (G_OBJECT (replica));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *patch = g_strdup_printf ("[{'op':'replace','path':'/a','value':%u}]", i);

      g_assert_true (apply (replica, patch, i + 1, NULL));
    }
  g_assert_false (
    apply (replica, "[{'op':'remove','path':'/b'},{'op':'remove','path':'/c'}]", n + 1, NULL));
  g_assert_true (apply (replica, "[{'op':'add','path':'/l/0','value':1}]", n + 1, NULL));
  assert_json (replica, NULL, last);
  assert_committed (replica, "{'a':-1,'b':0,'l':[]}");
  assert_events (&log, "");
  g_object_thaw_notify (G_OBJECT (replica));
  g_assert_true (g_str_has_prefix (log.events->str, "w0>15001("));
  g_assert_true (g_str_has_suffix (log.events->str, ")pvr"));
  assert_committed (replica, last);

  /* And goes on as before. */
  g_string_truncate (log.events, 0);
  g_assert_true (apply (replica, "[{'op':'remove','path':'/l/0'}]", n + 2, NULL));
  assert_events (&log, "w15001>15002(1)pvr");

  log_clear (&log);
  g_assert_finalize_object (replica);
}

static void
flood_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          guint        *n)
{
  while (*n > 0)
    {
      g_autofree char *patch = g_strdup_printf ("[{'op':'replace','path':'/a','value':%u}]", *n);

      g_assert_true (apply (replica, patch, SS_PENDING_OPERATIONS + 100 - --*n, NULL));
    }
}

/* A handler that lets very many updates in: they are one commit, and there is none after it. */
static void
test_flood_within_handler (void)
{
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  guint n = 0;
  Log log;

  reset (replica, "{'a':0}", "e", 0);
  g_signal_connect (replica, "notify::value", G_CALLBACK (flood_cb), &n);
  log_init (&log, replica);
  n = SS_PENDING_OPERATIONS + 90;
  g_assert_true (apply (replica, "[{'op':'replace','path':'/a','value':-1}]", 1, NULL));
  g_assert_cmpuint (server_signal_get_revision (replica), ==, SS_PENDING_OPERATIONS + 100);
  assert_events (&log, "w0>1(1)pvrw1>10100(1)pvr");
  assert_committed (replica, "{'a':1}");

  log_clear (&log);
  g_assert_finalize_object (replica);
}

static void
drop_cb (ServerSignal **held)
{
  g_clear_object (held);
}

static void
test_drop (void)
{
  static const char *where[] = { "patched", "notify::value", "notify::stale" };

  for (guint i = 0; i < G_N_ELEMENTS (where); i++)
    {
      ServerSignal *replica = ss_signal_new_replica ("r", NULL);
      ServerSignal *held = replica;
      gpointer weak = replica;

      g_object_add_weak_pointer (G_OBJECT (replica), &weak);
      g_signal_connect_swapped (replica, where[i], G_CALLBACK (drop_cb), &held);
      reset (replica, "1", "e", 1);
      g_assert_null (held);
      g_assert_null (weak);
    }
}

static void
forward_cb (ServerSignal   *signal,
            const SsCommit *commit,
            gpointer        user_data)
{
  ServerSignal *replica = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (commit->base, ==, server_signal_get_revision (replica));
  ss_signal_replica_apply (replica, commit->patch, commit->revision, &error);
  g_assert_no_error (error);
}

/* A replica that is given each commit of a signal is equal to it after each. */
static void
test_follows (void)
{
  ServerSignal *signal = signal_of ("{'l':[],'o':{}}");
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  guint watch = ss_signal_watch (signal, forward_cb, replica);

  ss_signal_replica_reset (replica, ss_signal_peek (signal), server_signal_get_epoch (signal), 0);
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *element = g_strdup_printf ("/l/%d", g_test_rand_int_range (0, 6));
      g_autofree char *other = g_strdup_printf ("/l/%d", g_test_rand_int_range (0, 6));
      g_autofree char *json = g_strdup_printf ("[%u,{\"n\":%u}]", i, i % 3);

      switch (g_test_rand_int_range (0, 5))
        {
        case 0:
          server_signal_set_json (signal, "/l/-", json, NULL);
          break;
        case 1:
          server_signal_set_json (signal, element, json, NULL);
          break;
        case 2:
          server_signal_remove (signal, element, NULL);
          break;
        case 3:
          server_signal_move (signal, element, other, NULL);
          break;
        case 4:
          server_signal_set_json (signal, "/o/x", json, NULL);
          break;
        default:
          g_assert_not_reached ();
        }

      g_assert_true (ss_value_equal (ss_signal_peek (signal), ss_signal_peek (replica)));
      g_assert_cmpuint (server_signal_get_revision (signal), ==,
                        server_signal_get_revision (replica));
    }

  ss_signal_unwatch (signal, watch);
  g_assert_finalize_object (signal);
  g_assert_finalize_object (replica);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/replica/new", test_new);
  g_test_add_func ("/replica/snapshots", test_snapshots);
  g_test_add_func ("/replica/first-data-is-equal", test_first_data_is_equal);
  g_test_add_func ("/replica/updates", test_updates);
  g_test_add_func ("/replica/stale", test_stale);
  g_test_add_func ("/replica/lost-in-handler", test_lost_in_handler);
  g_test_add_func ("/replica/frozen", test_frozen);
  g_test_add_func ("/replica/frozen-for-long", test_frozen_for_long);
  g_test_add_func ("/replica/flood-within-handler", test_flood_within_handler);
  g_test_add_func ("/replica/drop", test_drop);
  g_test_add_func ("/replica/follows", test_follows);

  return g_test_run ();
}
