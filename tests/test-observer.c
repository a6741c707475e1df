/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "json/ss-pointer.h"
#include "json/ss-read.h"
#include "json/ss-reader.h"
#include "server-signal-error.h"
#include "test-witness.h"

/* The contracts of observers and sources: which of their functions a signal calls, and when. */

typedef struct
{
  char          name;
  ServerSignal *signal;
  GString      *log;       /* shared by all that follow the signal */
  const SsValue *old;      /* the document that look() was given */
  gint64        writes;    /* once, before "patched"; 0: nothing */
} Follower;

static void
log_step (Follower   *self,
          const char *step)
{
  g_string_append_printf (self->log, "%s%c ", step, self->name);
}

static void
follower_look (gpointer         observer,
               SsPendingCommit *commit)
{
  Follower *self = observer;
  g_autofree char *patch = server_signal_patch_to_json (commit->patch);

  log_step (self, "look");
  self->old = ss_pending_commit_get_old (commit);
  g_assert_true (ss_pending_commit_get_old (commit) == self->old);
  g_assert_true (commit->root == ss_signal_peek (self->signal));
  g_string_append_printf (self->log, "%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT " ",
                          ss_read_int (ss_pointer_resolve (self->old, "/a", NULL)),
                          ss_read_int (ss_pointer_resolve (commit->root, "/a", NULL)));
}

static void
follower_before_patched (gpointer observer)
{
  Follower *self = observer;

  log_step (self, "before");
  if (self->writes != 0)
    g_assert_true (server_signal_set_int (self->signal, "/a", self->writes, NULL));
  self->writes = 0;
}

static void
follower_after_notify (gpointer observer)
{
  log_step (observer, "after");
}

static void
follower_finalize (gpointer observer)
{
  log_step (observer, "finalize");
}

static const SsObserverFuncs observer_funcs = {
  .look = follower_look,
  .before_patched = follower_before_patched,
  .after_notify = follower_after_notify,
  .finalize = follower_finalize,
};

/* Another kind. */
static const SsObserverFuncs other_funcs = {
  .look = follower_look,
  .before_patched = follower_before_patched,
  .after_notify = follower_after_notify,
  .finalize = follower_finalize,
};

static const SsObserverFuncs no_funcs = { NULL };

static void
watch_cb (ServerSignal   *signal,
          const SsCommit *commit,
          gpointer        user_data)
{
  g_string_append (user_data, "watch ");
}

static void
patched_cb (GString *log)
{
  g_string_append (log, "patched ");
}

static void
notify_cb (GString *log)
{
  g_string_append (log, "notify ");
}

static GString *
log_new (ServerSignal *signal)
{
  GString *log = g_string_new (NULL);

  ss_signal_watch (signal, watch_cb, log);
  g_signal_connect_swapped (signal, "patched", G_CALLBACK (patched_cb), log);
  g_signal_connect_swapped (signal, "notify::value", G_CALLBACK (notify_cb), log);
  return log;
}

static void
test_order (void)
{
  ServerSignal *signal = signal_of ("{'a':1}");
  g_autoptr (GString) log = log_new (signal);
  Follower x = { '1', signal, log };
  Follower y = { '2', signal, log };

  ss_signal_add_observer (signal, &observer_funcs, &x);
  ss_signal_add_observer (signal, &no_funcs, &x);
  ss_signal_add_observer (signal, &other_funcs, &y);
  g_assert_true (ss_signal_find_observer (signal, &observer_funcs) == &x);
  g_assert_true (ss_signal_find_observer (signal, &other_funcs) == &y);

  g_assert_true (server_signal_set_int (signal, "/a", 2, NULL));
  g_assert_cmpstr (log->str, ==,
                   "look1 1-2 look2 1-2 watch before1 before2 patched notify "
                   "after1 after2 ");
  /* It is copied once for all observers. */
  g_assert_true (x.old == y.old);

  /* Nothing changes: no commit. */
  g_string_truncate (log, 0);
  g_assert_true (server_signal_set_int (signal, "/a", 2, NULL));
  g_assert_cmpstr (log->str, ==, "");

  g_object_freeze_notify (G_OBJECT (signal));
  g_assert_true (server_signal_set_int (signal, "/a", 3, NULL));
  g_assert_true (server_signal_set_int (signal, "/a", 4, NULL));
  g_assert_cmpstr (log->str, ==, "");
  g_object_thaw_notify (G_OBJECT (signal));
  g_assert_cmpstr (log->str, ==,
                   "look1 2-4 look2 2-4 watch before1 before2 patched notify "
                   "after1 after2 ");

  g_string_truncate (log, 0);
  g_assert_finalize_object (signal);
  g_assert_cmpstr (log->str, ==, "finalize1 finalize2 ");
}

static void
test_write (void)
{
  ServerSignal *signal = signal_of ("{'a':1}");
  g_autoptr (GString) log = log_new (signal);
  Follower x = { '1', signal, log, NULL, 5 };

  ss_signal_add_observer (signal, &observer_funcs, &x);
  g_assert_true (server_signal_set_int (signal, "/a", 2, NULL));
  g_assert_cmpstr (log->str, ==,
                   "look1 1-2 watch before1 patched notify after1 "
                   "look1 2-5 watch before1 patched notify after1 ");
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 2);

  g_assert_finalize_object (signal);
}

static void
add_cb (ServerSignal      *signal,
        ServerSignalPatch *patch,
        Follower          *follower)
{
  if (ss_signal_find_observer (signal, &other_funcs) == NULL)
    ss_signal_add_observer (signal, &other_funcs, follower);
}

static void
test_added_meanwhile (void)
{
  for (guint n_before = 0; n_before < 2; n_before++)
    {
      ServerSignal *signal = signal_of ("{'a':1}");
      g_autoptr (GString) log = log_new (signal);
      Follower x = { '1', signal, log };
      Follower y = { '2', signal, log };

      if (n_before > 0)
        ss_signal_add_observer (signal, &observer_funcs, &x);
      g_signal_connect (signal, "patched", G_CALLBACK (add_cb), &y);

      g_assert_true (server_signal_set_int (signal, "/a", 2, NULL));
      g_assert_null (strstr (log->str, "look2"));
      g_assert_null (strstr (log->str, "before2"));
      g_assert_null (strstr (log->str, "after2"));

      g_string_truncate (log, 0);
      g_assert_true (server_signal_set_int (signal, "/a", 3, NULL));
      if (n_before > 0)
        g_assert_cmpstr (log->str, ==,
                         "look1 2-3 look2 2-3 watch before1 before2 patched notify "
                         "after1 after2 ");
      else
        g_assert_cmpstr (log->str, ==, "look2 2-3 watch before2 patched notify after2 ");

      g_assert_finalize_object (signal);
    }
}

static void
test_revision_only (void)
{
  ServerSignal *replica = ss_signal_new_replica ("r", NULL);
  g_autoptr (GString) log = log_new (replica);
  g_autoptr (SsValue) value = NULL;
  Follower x = { '1', replica, log };

  value = ss_value_from_json ("{\"a\":1}", -1, SS_DOCUMENT_DEPTH, NULL);
  ss_signal_add_observer (replica, &observer_funcs, &x);

  ss_signal_replica_reset (replica, value, "e", 3);
  g_assert_cmpstr (log->str, ==, "look1 0-1 watch before1 patched notify after1 ");

  g_string_truncate (log, 0);
  ss_signal_replica_reset (replica, value, "e", 4);
  g_assert_cmpstr (log->str, ==, "watch ");

  g_assert_finalize_object (replica);
}

/* Sources */

typedef struct
{
  ServerSignal *signal;
  GString      *log;
} Source;

static gboolean
source_may_write (gpointer     source,
                  const char  *pointer,
                  GError     **error)
{
  Source *self = source;

  g_string_append_printf (self->log, "write:%s ", pointer != NULL ? pointer : "NULL");
  if (g_strcmp0 (pointer, "/mine") != 0)
    return TRUE;

  g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY, "mine");
  return FALSE;
}

static gboolean
source_may_apply (gpointer     source,
                  const SsOp  *ops,
                  guint        n_ops,
                  GError     **error)
{
  for (guint i = 0; i < n_ops; i++)
    if (!source_may_write (source, ops[i].path, error))
      return FALSE;

  return TRUE;
}

static void
source_discard (gpointer source)
{
  Source *self = source;

  g_string_append (self->log, "discard ");
  g_assert_true (ss_signal_is_pending (self->signal));
  ss_signal_source_discard (self->signal);
  g_assert_false (ss_signal_is_pending (self->signal));
  g_assert_true (server_signal_get_int (self->signal, "/a") == 1);

  /* The source writes its own value again into the transaction that was discarded. */
  g_assert_true (
    ss_signal_source_diff (self->signal, "/mine", ss_signal_peek (self->signal), NULL));
  ss_signal_written (self->signal);
}

static void
source_dispose (gpointer source)
{
  Source *self = source;

  g_string_append (self->log, "dispose ");
  g_object_unref (g_object_ref (self->signal));
}

static void
source_finalize (gpointer source)
{
  g_string_append (((Source *) source)->log, "finalize ");
}

static const SsSourceFuncs source_funcs = {
  source_may_write, source_may_apply, source_discard, source_dispose, source_finalize,
};

static void
test_source (void)
{
  ServerSignal *signal = signal_of ("{'a':1,'mine':0}");
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (ServerSignalPatch) patch = NULL;
  g_autoptr (GError) error = NULL;
  Source source = { signal, log };

  g_assert_null (ss_signal_get_source (signal));
  ss_signal_set_source (signal, &source_funcs, &source);
  g_assert_true (ss_signal_get_source (signal) == &source);

  g_assert_true (server_signal_set_int (signal, "/a", 2, NULL));
  g_assert_true (server_signal_set_int (signal, "/a", 1, NULL));
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 2);
  g_assert_false (server_signal_set_int (signal, "/mine", 1, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_false (server_signal_move (signal, "/a", "/mine", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_cmpstr (log->str, ==, "write:/a write:/a write:/mine write:/a write:/mine ");

  g_string_truncate (log, 0);
  patch = server_signal_patch_new_from_json ("[{\"op\":\"remove\",\"path\":\"/a\"},"
                                             "{\"op\":\"remove\",\"path\":\"/mine\"}]",
                                             NULL);
  g_assert_false (server_signal_apply_patch (signal, patch, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY);
  g_assert_cmpstr (log->str, ==, "write:/a write:/mine ");
  assert_json (signal, NULL, "{'a':1,'mine':0}");
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 2);

  g_string_truncate (log, 0);
  g_object_freeze_notify (G_OBJECT (signal));
  g_assert_true (server_signal_set_int (signal, "/a", 7, NULL));
  server_signal_discard (signal);
  g_object_thaw_notify (G_OBJECT (signal));
  g_assert_cmpstr (log->str, ==, "write:/a discard ");
  assert_json (signal, NULL, "{'a':1,'mine':{'a':1,'mine':0}}");
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 3);

  g_string_truncate (log, 0);
  g_assert_finalize_object (signal);
  g_assert_cmpstr (log->str, ==, "dispose finalize ");
}

/* Each write is there at once, and all are one commit; one that fails changes nothing. */
static void
test_source_writes (void)
{
  ServerSignal *signal = signal_of ("{'list':[1,2],'o':{'b':1,'c':2}}");
  Witness *witness = witness_new (signal);
  g_autoptr (SsValue) list = ss_value_from_json ("[2,3]", -1, SS_DOCUMENT_DEPTH, NULL);
  g_autoptr (SsValue) object =
    ss_value_from_json ("{\"b\":1,\"c\":3}", -1, SS_DOCUMENT_DEPTH, NULL);
  g_autoptr (SsValue) three = ss_value_new_int (3);
  g_autoptr (GError) error = NULL;
  SsOp removal = { SS_OP_REMOVE, g_strdup ("/gone"), NULL, NULL };
  SsOp ops[] = {
    { SS_OP_REMOVE, g_strdup ("/list/0"), NULL, NULL },
    { SS_OP_ADD, g_strdup ("/list/1"), NULL, ss_value_ref (three) },
  };

  g_assert_false (ss_signal_source_put (signal, "/nowhere/x", three, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (ss_signal_source_apply (signal, &removal, &error));
  g_assert_nonnull (error);
  g_assert_false (ss_signal_is_pending (signal));

  g_assert_true (ss_signal_source_put (signal, "/new", three, NULL));
  g_assert_true (ss_signal_source_diff (signal, "/o", object, NULL));
  g_assert_true (ss_signal_source_put_list (signal, "/list", list, ops, G_N_ELEMENTS (ops), NULL));
  assert_json (signal, NULL, "{'list':[2,3],'o':{'b':1,'c':3},'new':3}");
  assert_commits (witness, 0);

  ss_signal_written (signal);
  assert_commits (witness, 1);
  g_assert_cmpstr (witness->patch, ==,
                   "[{\"op\":\"add\",\"path\":\"/new\",\"value\":3},"
                   "{\"op\":\"replace\",\"path\":\"/o/c\",\"value\":3},"
                   "{\"op\":\"remove\",\"path\":\"/list/0\"},"
                   "{\"op\":\"add\",\"path\":\"/list/1\",\"value\":3}]");

  witness_free (witness);
  g_assert_finalize_object (signal);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/observer/order", test_order);
  g_test_add_func ("/observer/write", test_write);
  g_test_add_func ("/observer/added-meanwhile", test_added_meanwhile);
  g_test_add_func ("/observer/revision-only", test_revision_only);
  g_test_add_func ("/observer/source", test_source);
  g_test_add_func ("/observer/source-writes", test_source_writes);

  return g_test_run ();
}
