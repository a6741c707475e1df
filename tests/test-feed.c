/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <string.h>

#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "ss-limits.h"
#include "test-quotes.h"
#include "test-utils.h"
#include "wire/ss-feed.h"
#include "wire/ss-frame-decode.h"
#include "wire/ss-history.h"

#define HISTORY (64 * 1024)

/* A subscriber that does nothing but follow the protocol to the letter: it keeps every message,
 * and the document that they make. */
typedef struct _Inbox Inbox;

struct _Inbox
{
  GPtrArray      *messages;
  GPtrArray      *texts;          /* of the messages, readable */
  SsSubscription *subscription;
  SsValue        *document;
  guint64         revision;
  gboolean        plain;
  gboolean        disowned;       /* as it was told */
  char           *ended;
  gboolean        taking;

  void          (*on_message) (Inbox *inbox);
  gpointer        data;
};

static void
inbox_free (Inbox *inbox)
{
  g_clear_pointer (&inbox->subscription, ss_subscription_free);
  g_ptr_array_unref (inbox->messages);
  g_ptr_array_unref (inbox->texts);
  if (inbox->document != NULL)
    ss_value_unref (inbox->document);
  g_free (inbox->ended);
  g_free (inbox);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Inbox, inbox_free)

static Inbox *
inbox_new (gboolean plain)
{
  Inbox *inbox = g_new0 (Inbox, 1);

  inbox->plain = plain;
  inbox->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) ss_message_unref);
  inbox->texts = g_ptr_array_new_with_free_func (g_free);

  return inbox;
}

static void
deliver_cb (SsMessage *message,
            gpointer   user_data)
{
  Inbox *inbox = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (SsFrame) frame = { 0 };
  const char *text;
  gsize length;

  g_assert_false (inbox->taking);
  inbox->taking = TRUE;
  g_ptr_array_add (inbox->messages, ss_message_ref (message));

  text = ss_message_payload (message, &length);
  g_ptr_array_add (inbox->texts, test_readable (text));
  ss_frame_decode (&frame, text, length, &error);
  g_assert_no_error (error);

  if (frame.kind == SS_FRAME_SNAPSHOT)
    {
      g_assert_cmpint (frame.has_rev, ==, !inbox->plain);
      g_assert_cmpint (frame.epoch != NULL, ==, !inbox->plain);
      if (inbox->document != NULL)
        ss_value_clear (&inbox->document);
      inbox->document = ss_value_ref (frame.value);
    }
  else if (frame.kind == SS_FRAME_SIGNAL)
    {
      g_assert_false (inbox->plain);
      g_assert_cmpint (frame.news, ==, inbox->disowned ? SS_NEWS_FRESH : SS_NEWS_STALE);
      inbox->disowned = !inbox->disowned;
    }
  else
    {
      g_assert_cmpint (frame.kind, ==, SS_FRAME_UPDATE);
      g_assert_nonnull (inbox->document);
      g_assert_cmpint (frame.has_base, ==, !inbox->plain);
      if (!inbox->plain)
        g_assert_cmpuint (frame.base, ==, inbox->revision);
      ss_patch_apply (frame.patch, &inbox->document, NULL, &error);
      g_assert_no_error (error);
    }
  if (frame.kind != SS_FRAME_SIGNAL)
    inbox->revision = frame.rev;

  if (inbox->on_message != NULL)
    inbox->on_message (inbox);
  inbox->taking = FALSE;
}

static void
end_cb (const GError *error,
        gpointer      user_data)
{
  Inbox *inbox = user_data;

  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_null (inbox->ended);
  inbox->ended = g_strdup (error->message);
}

static gboolean
try_to_subscribe (Inbox    *inbox,
                  SsFeed   *feed,
                  guint64   max,
                  GError  **error)
{
  g_assert_null (inbox->subscription);
  inbox->subscription =
    ss_feed_subscribe (feed, inbox->plain, NULL, FALSE, 0, max, deliver_cb, inbox, error);

  return inbox->subscription != NULL;
}

static void
subscribe (Inbox  *inbox,
           SsFeed *feed)
{
  g_autoptr (GError) error = NULL;

  try_to_subscribe (inbox, feed, 0, &error);
  g_assert_no_error (error);
}

/* One who holds what the document was at a revision. */
static void
resume (Inbox      *inbox,
        SsFeed     *feed,
        const char *epoch,
        guint64     revision,
        const char *document)
{
  g_autoptr (GError) error = NULL;

  inbox->revision = revision;
  inbox->document = test_quoted_value (document);
  inbox->subscription =
    ss_feed_subscribe (feed, FALSE, epoch, TRUE, revision, 0, deliver_cb, inbox, &error);
  g_assert_no_error (error);
}

static const char *
message_text (Inbox *inbox,
              guint  index)
{
  g_assert_cmpuint (index, <, inbox->texts->len);

  return inbox->texts->pdata[index];
}

/* Only a snapshot has an epoch. */
static gboolean
is_snapshot (Inbox *inbox,
             guint  index)
{
  return strstr (message_text (inbox, index), "'epoch':") != NULL;
}

static void
assert_has (Inbox        *inbox,
            ServerSignal *signal)
{
  g_autofree char *has = ss_value_to_json (inbox->document, NULL);
  g_autofree char *expected = server_signal_dup_json (signal, NULL);

  g_assert_cmpstr (has, ==, expected);
  if (!inbox->plain)
    g_assert_cmpuint (inbox->revision, ==, server_signal_get_revision (signal));
}

static ServerSignal *
signal_new (const char *readable)
{
  g_autofree char *json = test_json (readable);
  g_autoptr (GError) error = NULL;
  ServerSignal *signal = server_signal_new_from_json ("s", json, &error);

  g_assert_no_error (error);

  return signal;
}

static void
set_int (ServerSignal *signal,
         const char   *pointer,
         gint64        value)
{
  g_autoptr (GError) error = NULL;

  server_signal_set_int (signal, pointer, value, &error);
  g_assert_no_error (error);
}

static void
set_string_of (ServerSignal *signal,
               const char   *pointer,
               gsize         length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strnfill (length, 'x');

  server_signal_set_string (signal, pointer, text, &error);
  g_assert_no_error (error);
}

/* protocol.md: "The first frame for a signal on any connection is a snapshot", "in plain the two
 * last members are left out". */
static void
test_frames (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':1}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  Inbox *v1 = inbox_new (FALSE);
  Inbox *plain = inbox_new (TRUE);
  g_autofree char *snapshot =
    g_strdup_printf ("{'name':'s','patch':[{'op':'replace','path':'','value':{'a':1}}],"
                     "'epoch':'%s','rev':0}",
                     server_signal_get_epoch (signal));

  g_assert_true (ss_feed_is_ready (feed));
  g_assert_true (ss_feed_get_signal (feed) == signal);
  subscribe (v1, feed);
  subscribe (plain, feed);
  g_assert_cmpstr (message_text (v1, 0), ==, snapshot);
  g_assert_cmpstr (message_text (plain, 0), ==,
                   "{'name':'s','patch':[{'op':'replace','path':'','value':{'a':1}}]}");

  set_int (signal, "/a", 2);
  g_assert_cmpstr (message_text (v1, 1), ==,
                   "{'name':'s','patch':[{'op':'replace','path':'/a','value':2}],"
                   "'base':0,'rev':1}");
  g_assert_cmpstr (message_text (plain, 1), ==,
                   "{'name':'s','patch':[{'op':'replace','path':'/a','value':2}]}");

  /* A write that changes nothing is no commit. */
  set_int (signal, "/a", 2);
  g_assert_cmpuint (v1->messages->len, ==, 2);

  g_clear_pointer (&v1->subscription, ss_subscription_free);
  set_int (signal, "/a", 3);
  g_assert_cmpuint (v1->messages->len, ==, 2);
  g_assert_cmpuint (plain->messages->len, ==, 3);

  /* Nothing comes from a feed that is gone, and its subscriptions outlive it. */
  ss_feed_free (feed);
  set_int (signal, "/a", 4);
  g_assert_cmpuint (plain->messages->len, ==, 3);

  inbox_free (v1);
  inbox_free (plain);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

static void
test_encoded_once (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':1}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  Inbox *inboxes[6];

  for (guint i = 0; i < G_N_ELEMENTS (inboxes); i++)
    {
      inboxes[i] = inbox_new (i % 2 == 1);
      subscribe (inboxes[i], feed);
    }
  set_int (signal, "/a", 2);

  for (guint i = 2; i < G_N_ELEMENTS (inboxes); i++)
    for (guint j = 0; j < 2; j++)
      g_assert_true (inboxes[i]->messages->pdata[j] == inboxes[i % 2]->messages->pdata[j]);

  for (guint i = 0; i < G_N_ELEMENTS (inboxes); i++)
    {
      assert_has (inboxes[i], signal);
      inbox_free (inboxes[i]);
    }
  ss_feed_free (feed);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* protocol.md: "While a signal is frozen (in a transaction) a joiner gets the last commit, not
 * what is half written." */
static void
test_transaction (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':1,'b':1}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  Inbox *inbox = inbox_new (FALSE);
  Inbox *plain = inbox_new (TRUE);

  g_object_freeze_notify (G_OBJECT (signal));
  set_int (signal, "/a", 2);
  subscribe (inbox, feed);
  subscribe (plain, feed);
  g_assert_nonnull (strstr (message_text (inbox, 0), "{'a':1,'b':1}"));
  g_assert_nonnull (strstr (message_text (plain, 0), "{'a':1,'b':1}"));
  set_int (signal, "/b", 2);
  g_assert_cmpuint (inbox->messages->len, ==, 1);
  g_object_thaw_notify (G_OBJECT (signal));

  g_assert_cmpuint (inbox->messages->len, ==, 2);
  g_assert_cmpuint (plain->messages->len, ==, 2);
  assert_has (inbox, signal);
  assert_has (plain, signal);

  inbox_free (inbox);
  inbox_free (plain);
  ss_feed_free (feed);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* protocol.md, the second row of "Client → server". */
static void
test_resume (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':0}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  const char *epoch = server_signal_get_epoch (signal);

  /* The first event ever can be resumed from: revision 0. */
  for (guint i = 1; i <= 5; i++)
    set_int (signal, "/a", i);

  for (guint from = 0; from < 5; from++)
    {
      g_autoptr (Inbox) inbox = inbox_new (FALSE);
      g_autofree char *held = g_strdup_printf ("{'a':%u}", from);

      resume (inbox, feed, epoch, from, held);
      g_assert_false (is_snapshot (inbox, 0));
      assert_has (inbox, signal);
      set_int (signal, "/a", 100 + from);
      set_int (signal, "/a", 5);
      assert_has (inbox, signal);
    }

  {
    g_autoptr (Inbox) inbox = inbox_new (FALSE);
    resume (inbox, feed, epoch, 15, "{'a':5}");
    g_assert_cmpuint (inbox->messages->len, ==, 1);
    g_assert_cmpstr (message_text (inbox, 0), ==, "{'name':'s','patch':[],'base':15,'rev':15}");
    set_int (signal, "/a", 6);
    g_assert_cmpuint (inbox->messages->len, ==, 2);
    assert_has (inbox, signal);
  }
  {
    /* Another life: its revisions are not ours. */
    g_autoptr (Inbox) inbox = inbox_new (FALSE);

    resume (inbox, feed, "another", 15, "{'a':5}");
    g_assert_true (is_snapshot (inbox, 0));
    assert_has (inbox, signal);
  }
  {
    /* An epoch without a revision is nothing that is held. */
    g_autoptr (Inbox) inbox = inbox_new (FALSE);

    inbox->subscription =
      ss_feed_subscribe (feed, FALSE, epoch, FALSE, 0, 0, deliver_cb, inbox, NULL);
    g_assert_true (is_snapshot (inbox, 0));
  }
  {
    g_autoptr (GError) error = NULL;
    g_autoptr (Inbox) inbox = inbox_new (FALSE);

    g_assert_null (ss_feed_subscribe (feed, FALSE, epoch, TRUE, 17, 0, deliver_cb, inbox, &error));
    g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
    g_assert_cmpuint (inbox->messages->len, ==, 0);
  }

  ss_feed_free (feed);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

static void
test_resume_bounded (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':0}");
  SsFeed *feed = ss_feed_new (signal, 2000);
  SsFeed *forgetful = ss_feed_new (signal, 0);
  const char *epoch = server_signal_get_epoch (signal);
  guint resumed = 0;

  for (guint i = 1; i <= 100; i++)
    set_int (signal, "/a", i);

  for (guint from = 0; from < 100; from++)
    {
      g_autoptr (Inbox) inbox = inbox_new (FALSE);
      g_autofree char *held = g_strdup_printf ("{'a':%u}", from);

      resume (inbox, feed, epoch, from, held);
      assert_has (inbox, signal);
      if (!is_snapshot (inbox, 0))
        resumed++;
      else
        g_assert_cmpuint (resumed, ==, 0);
    }
  g_assert_cmpuint (resumed, >, 3);
  g_assert_cmpuint (resumed, <, 30);

  for (guint from = 98; from < 100; from++)
    {
      g_autoptr (Inbox) inbox = inbox_new (FALSE);

      resume (inbox, forgetful, epoch, from, "{'a':98}");
      if (from < 99)
        g_assert_true (is_snapshot (inbox, 0));
      /* Live commits need no history. */
      set_int (signal, "/a", 200 + from);
      g_assert_false (is_snapshot (inbox, 1));
      assert_has (inbox, signal);
    }

  ss_feed_free (feed);
  ss_feed_free (forgetful);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* protocol.md: "if exactly that revision is in the history". */
static void
test_resume_merged (void)
{
  g_autoptr (SsValue) first = test_quoted_value ("{'a':5}");
  g_autoptr (ServerSignal) replica = ss_signal_new_replica ("s", NULL);
  g_autoptr (ServerSignalPatch) patch =
    test_quoted_patch ("[{'op':'replace','path':'/a','value':9}]");
  SsFeed *feed;

  ss_signal_replica_reset (replica, first, "e", 5);
  feed = ss_feed_new (replica, HISTORY);
  ss_signal_replica_apply (replica, patch, 9, NULL);

  for (guint from = 4; from <= 9; from++)
    {
      g_autoptr (Inbox) inbox = inbox_new (FALSE);

      resume (inbox, feed, "e", from, from == 9 ? "{'a':9}" : "{'a':5}");
      g_assert_cmpint (is_snapshot (inbox, 0), ==, from != 5 && from != 9);
      assert_has (inbox, replica);
    }

  ss_feed_free (feed);
  g_assert_finalize_object (g_steal_pointer (&replica));
}

/* Many commits may say more than the document. */
static void
test_resume_large (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'list':[]}");
  SsFeed *feed = ss_feed_new (signal, 1024 * 1024);
  g_autoptr (Inbox) inbox = inbox_new (FALSE);
  g_autoptr (Inbox) later = inbox_new (FALSE);
  const char *epoch;

  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (GError) error = NULL;

      server_signal_set_json (signal, "/list/-", "\"an element\"", &error);
      g_assert_no_error (error);
      server_signal_remove (signal, "/list/0", &error);
      g_assert_no_error (error);
    }

  epoch = server_signal_get_epoch (signal);
  resume (inbox, feed, epoch, 0, "{'list':[]}");
  g_assert_true (is_snapshot (inbox, 0));
  assert_has (inbox, signal);

  resume (later, feed, epoch, 380, "{'list':[]}");
  g_assert_false (is_snapshot (later, 0));
  assert_has (later, signal);

  ss_feed_free (feed);
  g_clear_pointer (&inbox, inbox_free);
  g_clear_pointer (&later, inbox_free);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

static void
test_history (void)
{
  g_autoptr (SsHistory) history = ss_history_new (4000);
  g_autoptr (ServerSignalPatch) small =
    test_quoted_patch ("[{'op':'add','path':'/a/0','value':1}]");
  g_autofree char *text = g_strnfill (5000, 'x');
  g_autofree char *large_text = g_strdup_printf ("[{'op':'add','path':'/a','value':'%s'}]", text);
  g_autoptr (ServerSignalPatch) large = test_quoted_patch (large_text);
  ServerSignalPatch *joined;
  guint n_commits;
  guint length;

  g_assert_cmpuint (ss_history_measure (history, 0, &n_commits), ==, 0);
  g_assert_null (ss_history_join (history, 0));

  for (guint64 i = 0; i < 1000; i++)
    ss_history_push (history, i, i + 1, small);
  for (length = 0; ss_history_measure (history, 1000 - length - 1, &n_commits) > 0; length++)
    {
      g_assert_cmpuint (ss_history_measure (history, 1000 - length - 1, &n_commits), <=, 4000);
      g_assert_cmpuint (n_commits, ==, length + 1);
    }
  g_assert_cmpuint (length, >, 5);
  g_assert_cmpuint (length, <, 40);

  g_assert_null (ss_history_join (history, 1000 - length - 1));
  g_assert_null (ss_history_join (history, 1000));
  joined = ss_history_join (history, 1000 - length);
  g_assert_cmpuint (server_signal_patch_get_n_operations (joined), ==, length);
  server_signal_patch_unref (joined);

  /* A gap begins anew. */
  ss_history_push (history, 2000, 2001, small);
  g_assert_null (ss_history_join (history, 999));
  ss_history_push (history, 2001, 2005, small);
  joined = ss_history_join (history, 2000);
  ss_history_measure (history, 2000, &n_commits);
  g_assert_cmpuint (n_commits, ==, 2);
  server_signal_patch_unref (joined);
  g_assert_null (ss_history_join (history, 2003));

  /* An update that is too large to be kept leaves nothing that could be resumed from. */
  ss_history_push (history, 2005, 2006, large);
  g_assert_null (ss_history_join (history, 2005));
  g_assert_cmpuint (ss_history_measure (history, 2001, &n_commits), ==, 0);
}

/* Documents are measured once for all who do not take them, whatever they say that they take. */
static void
test_measured_once (void)
{
  g_autoptr (GString) json = g_string_new ("[0");
  g_autoptr (ServerSignal) signal = NULL;
  SsFeed *feed;
  gint64 start;
  double ms;

  for (guint i = 1; i < 200000; i++)
    g_string_append_printf (json, ",%u", i);
  g_string_append_c (json, ']');
  signal = signal_new (json->str);
  feed = ss_feed_new (signal, HISTORY);

  start = test_cpu_time ();
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Inbox) inbox = inbox_new (FALSE);

      g_assert_false (try_to_subscribe (inbox, feed, json->len - 1000 + i, &error));
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
      g_assert_cmpuint (inbox->messages->len, ==, 0);
    }
  ms = (double) (test_cpu_time () - start) / 1000;
  g_test_message ("1,000 refusals: %.1f ms", ms);
  g_assert_cmpfloat (ms, <, 300);

  ss_feed_free (feed);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* Counts updates, as opposed to snapshots. */
static void
count_updates_cb (SsMessage *message,
                  gpointer   user_data)
{
  guint *n_updates = user_data;

  *n_updates += !g_str_has_prefix (ss_message_payload (message, NULL),
                                   "{\"name\":\"s\",\"patch\":[{\"op\":\"replace\",\"path\":\"\",");
}

static void
resume_from (SsFeed  *feed,
             guint64  revision,
             guint   *n_updates)
{
  const char *epoch = server_signal_get_epoch (ss_feed_get_signal (feed));
  g_autoptr (GError) error = NULL;
  SsSubscription *subscription =
    ss_feed_subscribe (feed, SS_V1, epoch, TRUE, revision, 0, count_updates_cb, n_updates, &error);

  g_assert_no_error (error);
  ss_subscription_free (subscription);
}

/* Long histories are joined for a few revisions, then all get the snapshot, which is made once. A
 * short history is joined for everybody. */
static void
test_resume_from_everywhere (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'text':''}");
  SsFeed *feed = ss_feed_new (signal, SS_HISTORY_BYTES);
  const guint n_commits = 3000;
  /* Of the shortest of the histories, at the least: 2,000 commits of 100 bytes. */
  const double history_bytes = 2000 * 100;
  guint n_updates = 0;
  gint64 began;
  gint64 start;
  double allowed;
  double ms;

  /* The snapshot is larger than any history. */
  set_string_of (signal, "/text", 500000);
  for (guint i = 1; i < n_commits; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/m%u", i);

      set_int (signal, pointer, i);
    }

  began = g_get_monotonic_time ();
  start = test_cpu_time ();
  for (guint i = 1; i <= 1000; i++)
    resume_from (feed, i, &n_updates);
  ms = (double) (test_cpu_time () - start) / 1000;
  allowed = SS_JOIN_BYTES +
            (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC * SS_JOIN_BYTES_PER_SECOND;
  g_test_message ("1,000 resumptions, %u of them joined: %.1f ms", n_updates, ms);
  g_assert_cmpuint (n_updates, >, 0);
  g_assert_cmpfloat (n_updates, <=, allowed / history_bytes + 1);

  n_updates = 0;
  for (guint i = n_commits - 50; i < n_commits; i++)
    resume_from (feed, i, &n_updates);
  g_assert_cmpuint (n_updates, ==, 50);

  ss_feed_free (feed);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* A client that does not take the document has to get the update, whatever it costs. */
static void
test_resume_small (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'text':''}");
  SsFeed *feed = ss_feed_new (signal, SS_HISTORY_BYTES);
  g_autoptr (GError) error = NULL;
  guint n_updates = 0;

  set_string_of (signal, "/text", 500000);
  for (guint i = 1; i < 3000; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/m%u", i);

      set_int (signal, pointer, i);
    }
  for (guint i = 1; i <= 200; i++)
    resume_from (feed, i, &n_updates);

  for (guint i = 201; i <= 210; i++)
    {
      SsSubscription *subscription;

      n_updates = 0;
      subscription = ss_feed_subscribe (feed, SS_V1, server_signal_get_epoch (signal), TRUE, i,
                                        400000, count_updates_cb, &n_updates, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (n_updates, ==, 1);
      ss_subscription_free (subscription);
    }

  ss_feed_free (feed);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* The work for a commit and for a join grows as the number of operations does. */
static void
test_many_operations (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'list':[]}");
  SsFeed *feed = ss_feed_new (signal, 64 * 1024 * 1024);
  g_autoptr (GError) error = NULL;
  guint n_updates = 0;
  SsSubscription *prompt =
    ss_feed_subscribe (feed, SS_V1, NULL, FALSE, 0, 0, count_updates_cb, &n_updates, &error);
  SsSubscription *slow =
    ss_feed_subscribe (feed, SS_V1, NULL, FALSE, 0, 0, count_updates_cb, &n_updates, &error);
  gint64 start;
  double ms;

  g_assert_no_error (error);
  ss_subscription_set_held (slow, TRUE);
  for (guint commit = 0; commit < 2; commit++)
    {
      g_object_freeze_notify (G_OBJECT (signal));
      for (guint i = 0; i < 20000; i++)
        {
          g_autoptr (JsonNode) node = json_node_init_int (json_node_alloc (), i);

          server_signal_insert_value (signal, "/list/0", node, &error);
          g_assert_no_error (error);
        }

      start = test_cpu_time ();
      g_object_thaw_notify (G_OBJECT (signal));
      ms = (double) (test_cpu_time () - start) / 1000;
      g_test_message ("a commit of 20,000 insertions: %.1f ms", ms);
      g_assert_cmpfloat (ms, <, 100);
      g_assert_cmpuint (n_updates, ==, commit + 1);
    }

  start = test_cpu_time ();
  ss_subscription_set_held (slow, FALSE);
  ms = (double) (test_cpu_time () - start) / 1000;
  g_test_message ("two of them joined, or the snapshot: %.1f ms", ms);
  g_assert_cmpfloat (ms, <, 200);

  ss_subscription_free (prompt);
  ss_subscription_free (slow);
  ss_feed_free (feed);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

static void
test_max (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':'','b':''}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  g_autoptr (GError) error = NULL;
  g_autoptr (Inbox) inbox = inbox_new (FALSE);
  g_autoptr (Inbox) plain = inbox_new (TRUE);
  g_autoptr (Inbox) roomy = inbox_new (FALSE);
  g_autoptr (Inbox) refused = inbox_new (FALSE);
  gsize length;

  /* To the byte. */
  subscribe (inbox, feed);
  ss_message_payload (inbox->messages->pdata[0], &length);
  g_clear_pointer (&inbox->subscription, ss_subscription_free);
  g_assert_false (try_to_subscribe (refused, feed, length - 1, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_cmpuint (refused->messages->len, ==, 0);
  g_clear_error (&error);
  try_to_subscribe (inbox, feed, length, &error);
  g_assert_no_error (error);
  g_clear_pointer (&inbox->subscription, ss_subscription_free);

  try_to_subscribe (inbox, feed, 400, &error);
  g_assert_no_error (error);
  ss_subscription_set_end_func (inbox->subscription, end_cb);
  try_to_subscribe (plain, feed, 400, &error);
  g_assert_no_error (error);

  /* The update is too large, the snapshot is not: operations that undo each other within one
   * patch. A subscriber that can take the update gets it. */
  subscribe (roomy, feed);
  {
    g_autoptr (GString) text = g_string_new ("[");
    g_autoptr (ServerSignalPatch) patch = NULL;

    for (guint i = 0; i < 200; i++)
      g_string_append_printf (text, "{'op':'move','from':'/%s','path':'/%s'},", i % 2 ? "c" : "a",
                              i % 2 ? "a" : "c");
    g_string_append (text, "{'op':'replace','path':'/b','value':1}]");
    patch = test_quoted_patch (text->str);
    server_signal_apply_patch (signal, patch, &error);
    g_assert_no_error (error);
  }
  length = inbox->messages->len;
  g_assert_true (is_snapshot (inbox, length - 1));
  assert_has (inbox, signal);
  assert_has (plain, signal);
  g_assert_false (is_snapshot (roomy, 1));
  assert_has (roomy, signal);

  /* The snapshot grows past the limit in steps that do not, and is never needed. */
  set_string_of (signal, "/b", 300);
  set_string_of (signal, "/a", 300);
  assert_has (inbox, signal);
  g_assert_null (inbox->ended);
  length = inbox->messages->len;

  /* Now neither will do. */
  set_string_of (signal, "/a", 500);
  g_assert_nonnull (inbox->ended);
  g_assert_cmpuint (inbox->messages->len, ==, length);
  set_string_of (signal, "/a", 1);
  g_assert_cmpuint (inbox->messages->len, ==, length);
  g_assert_cmpuint (plain->messages->len, ==, length - 2);

  /* Nobody is told too late. */
  g_assert_null (plain->ended);
  ss_subscription_set_end_func (plain->subscription, end_cb);
  g_assert_nonnull (plain->ended);

  ss_feed_free (feed);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* Handlers that do everything at once. */

typedef struct
{
  ServerSignal *signal;
  SsFeed       *feed;
  GPtrArray    *inboxes;
  guint         n_handled;
} Party;

static void
join_party (Party *party)
{
  for (guint plain = 0; plain < 2; plain++)
    {
      Inbox *inbox = inbox_new (plain == 1);

      subscribe (inbox, party->feed);
      g_ptr_array_add (party->inboxes, inbox);
    }
}

static void
join_on_patched_cb (ServerSignal      *signal,
                    ServerSignalPatch *patch,
                    Party             *party)
{
  join_party (party);
  if (party->n_handled++ < 3)
    {
      set_int (signal, "/a", 1000 + party->n_handled);
      join_party (party);
    }
}

static void
join_on_watch_cb (ServerSignal   *signal,
                  const SsCommit *commit,
                  gpointer        user_data)
{
  join_on_patched_cb (signal, commit->patch, user_data);
}

static void
join_on_message (Inbox *inbox)
{
  join_on_patched_cb (((Party *) inbox->data)->signal, NULL, inbox->data);
}

static void
test_join_within (void)
{
  enum
  {
    BY_PATCHED,
    BY_WATCH_BEFORE,
    BY_WATCH_AFTER,
    BY_DELIVERY,
    N_WAYS
  };

  for (guint way = 0; way < N_WAYS; way++)
    {
      g_autoptr (ServerSignal) signal = signal_new ("{'a':0}");
      g_autoptr (Inbox) inbox = inbox_new (FALSE);
      Party party = { .signal = signal };
      guint watch = 0;

      party.inboxes = g_ptr_array_new_with_free_func ((GDestroyNotify) inbox_free);
      if (way == BY_WATCH_BEFORE)
        watch = ss_signal_watch (signal, join_on_watch_cb, &party);
      party.feed = ss_feed_new (signal, HISTORY);
      if (way == BY_WATCH_AFTER)
        watch = ss_signal_watch (signal, join_on_watch_cb, &party);
      else if (way == BY_PATCHED)
        g_signal_connect (signal, "patched", G_CALLBACK (join_on_patched_cb), &party);

      subscribe (inbox, party.feed);
      if (way == BY_DELIVERY)
        {
          inbox->data = &party;
          inbox->on_message = join_on_message;
        }

      for (guint i = 1; i < 10; i++)
        set_int (signal, "/a", i);

      g_assert_cmpuint (party.n_handled, >, 3);
      g_assert_cmpuint (party.inboxes->len, >=, 2 * 10);
      assert_has (inbox, signal);
      for (guint i = 0; i < party.inboxes->len; i++)
        assert_has (party.inboxes->pdata[i], signal);

      if (watch != 0)
        ss_signal_unwatch (signal, watch);
      g_ptr_array_unref (party.inboxes);
      g_clear_pointer (&inbox, inbox_free);
      ss_feed_free (party.feed);
      g_assert_finalize_object (g_steal_pointer (&signal));
    }
}

static void
write_on_message (Inbox *inbox)
{
  ServerSignal *signal = inbox->data;

  if (server_signal_get_int (signal, "/a") < 10)
    set_int (signal, "/a", server_signal_get_int (signal, "/a") + 1);
}

/* The write is made before the message is taken, and its update comes after it all the same. */
static void
test_write_within (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':0}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  g_autoptr (Inbox) before = inbox_new (FALSE);
  g_autoptr (Inbox) writer = inbox_new (FALSE);
  g_autoptr (Inbox) after = inbox_new (TRUE);

  subscribe (before, feed);
  writer->data = signal;
  writer->on_message = write_on_message;
  subscribe (writer, feed);
  subscribe (after, feed);
  set_int (signal, "/a", 5);

  g_assert_cmpint (server_signal_get_int (signal, "/a"), ==, 10);
  assert_has (before, signal);
  assert_has (writer, signal);
  assert_has (after, signal);

  ss_feed_free (feed);
  g_clear_pointer (&before, inbox_free);
  g_clear_pointer (&writer, inbox_free);
  g_clear_pointer (&after, inbox_free);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

typedef struct
{
  SsFeed       *feed;
  ServerSignal *signal;
  Inbox        *inboxes[4];
  guint         victims;    /* bits */
  gboolean      free_feed;
  gboolean      feed_first;
} Disaster;

static void
strike_feed (Disaster *disaster)
{
  if (disaster->free_feed)
    {
      g_clear_pointer (&disaster->feed, ss_feed_free);
      g_clear_object (&disaster->signal);
    }
}

static void
strike (Inbox *inbox)
{
  Disaster *disaster = inbox->data;

  if (disaster->feed_first)
    strike_feed (disaster);
  for (guint i = 0; i < G_N_ELEMENTS (disaster->inboxes); i++)
    if (disaster->victims & (1u << i))
      g_clear_pointer (&disaster->inboxes[i]->subscription, ss_subscription_free);
  strike_feed (disaster);
}

/* Whichever subscriber ends whichever others, itself, the feed and the signal, nothing comes to
 * those who ended, and all comes to the others. */
static void
test_free_within (void)
{
  for (guint striker = 0; striker < 4; striker++)
    for (guint victims = 0; victims < 16; victims++)
      for (guint free_feed = 0; free_feed < 3; free_feed++)
        {
          Disaster disaster = {
            .victims = victims,
            .free_feed = free_feed > 0,
            .feed_first = free_feed == 2,
          };

          disaster.signal = signal_new ("{'a':0}");
          disaster.feed = ss_feed_new (disaster.signal, HISTORY);
          for (guint i = 0; i < 4; i++)
            {
              disaster.inboxes[i] = inbox_new (i % 2 == 1);
              subscribe (disaster.inboxes[i], disaster.feed);
            }
          disaster.inboxes[striker]->data = &disaster;
          disaster.inboxes[striker]->on_message = strike;

          set_int (disaster.signal, "/a", 1);
          for (guint i = 0; i < 4; i++)
            {
              gboolean reached = i <= striker || (!free_feed && (victims & (1u << i)) == 0);

              g_assert_cmpuint (disaster.inboxes[i]->messages->len, ==, reached ? 2 : 1);
            }

          if (!free_feed)
            {
              set_int (disaster.signal, "/a", 2);
              for (guint i = 0; i < 4; i++)
                if ((victims & (1u << i)) == 0)
                  assert_has (disaster.inboxes[i], disaster.signal);
              ss_feed_free (disaster.feed);
              g_assert_finalize_object (disaster.signal);
            }
          for (guint i = 0; i < 4; i++)
            inbox_free (disaster.inboxes[i]);
        }
}

/* The first message comes before there is a subscription to free; the feed can be freed by it. */
static void
test_free_in_first (void)
{
  Disaster disaster = { .free_feed = TRUE };
  Inbox *inbox = inbox_new (FALSE);

  disaster.signal = signal_new ("{'a':0}");
  disaster.feed = ss_feed_new (disaster.signal, HISTORY);
  inbox->data = &disaster;
  inbox->on_message = strike;
  subscribe (inbox, disaster.feed);
  g_assert_null (disaster.feed);
  inbox_free (inbox);
}

static void
assert_news (Inbox      *inbox,
             guint       first,
             const char *kinds)
{
  g_autofree char *got = g_strdup (kinds);
  guint n = inbox->texts->len - first;

  g_assert_cmpuint (n, ==, strlen (kinds));
  for (guint i = 0; i < n; i++)
    {
      const char *text = message_text (inbox, first + i);

      got[i] = strstr (text, "'stale'") != NULL   ? '-'
               : strstr (text, "'fresh'") != NULL ? '+'
                                                  : 'd';
    }
  g_assert_cmpstr (got, ==, kinds);
}

/* The feed of a replica whose origin comes and goes: nothing that nobody vouches for comes without a
 * word before it, and the word is taken back behind what makes it current. */
static void
test_standing (void)
{
  g_autoptr (SsValue) first = test_quoted_value ("{'a':0}");
  g_autoptr (SsValue) other = test_quoted_value ("{'a':7}");
  g_autoptr (ServerSignal) replica = ss_signal_new_replica ("s", NULL);
  g_autoptr (ServerSignalPatch) patch =
    test_quoted_patch ("[{'op':'replace','path':'/a','value':1}]");
  SsFeed *feed;
  Inbox *v1 = inbox_new (FALSE), *plain = inbox_new (TRUE), *held = inbox_new (FALSE);
  Inbox *late = inbox_new (FALSE), *again = inbox_new (FALSE);
  g_autoptr (GError) error = NULL;

  ss_signal_replica_reset (replica, first, "e", 0);
  feed = ss_feed_new (replica, HISTORY);
  subscribe (v1, feed);
  subscribe (plain, feed);
  subscribe (held, feed);
  assert_news (v1, 0, "d");

  /* Told at once, and to all with the same bytes. */
  ss_signal_replica_set_stale (replica, TRUE);
  assert_news (v1, 1, "-");
  g_assert_true (v1->messages->pdata[1] == held->messages->pdata[1]);
  g_assert_true (ss_subscription_is_disowned (v1->subscription));
  g_assert_cmpuint (plain->messages->len, ==, 1);
  subscribe (late, feed);
  assert_news (late, 0, "-d");

  /* A confirmed document is as good as a new one. */
  ss_signal_replica_set_stale (replica, FALSE);
  assert_news (v1, 2, "+");
  assert_news (late, 2, "+");
  g_assert_false (ss_subscription_is_disowned (v1->subscription));

  /* An update makes it current, and the word comes behind. */
  ss_signal_replica_set_stale (replica, TRUE);
  g_object_freeze_notify (G_OBJECT (replica));
  ss_signal_replica_apply (replica, patch, 1, &error);
  g_assert_no_error (error);
  ss_signal_replica_set_stale (replica, FALSE);
  /* It is not out yet. */
  assert_news (v1, 3, "-");
  g_object_thaw_notify (G_OBJECT (replica));
  assert_news (v1, 3, "-d+");
  assert_has (v1, replica);
  g_assert_cmpuint (plain->messages->len, ==, 2);

  /* A held subscriber misses changes that are over, and is told in this order as well. */
  ss_subscription_set_held (held->subscription, TRUE);
  ss_signal_replica_set_stale (replica, TRUE);
  ss_signal_replica_set_stale (replica, FALSE);
  ss_signal_replica_set_stale (replica, TRUE);
  ss_signal_replica_reset (replica, other, "e", 2);
  g_assert_cmpuint (held->messages->len, ==, 6);
  ss_subscription_set_held (held->subscription, FALSE);
  assert_news (held, 6, "d");
  ss_subscription_set_held (held->subscription, TRUE);
  ss_signal_replica_set_stale (replica, TRUE);
  ss_signal_replica_reset (replica, first, "e", 3);
  ss_signal_replica_set_stale (replica, TRUE);
  ss_subscription_set_held (held->subscription, FALSE);
  assert_news (held, 7, "-d");
  ss_signal_replica_set_stale (replica, FALSE);
  assert_news (held, 9, "+");

  /* A corked feed tells bad news at once, and good news behind what it gathers. */
  g_ptr_array_set_size (v1->texts, 0);
  ss_feed_set_corked (feed, TRUE);
  ss_signal_replica_set_stale (replica, TRUE);
  assert_news (v1, 0, "-");
  ss_signal_replica_reset (replica, other, "e", 4);
  assert_news (v1, 0, "-");
  ss_feed_set_corked (feed, FALSE);
  assert_news (v1, 0, "-d+");

  /* One who was told by a subscription before. */
  g_clear_pointer (&v1->subscription, ss_subscription_free);
  again->disowned = TRUE;
  subscribe (again, feed);
  assert_news (again, 0, "d");
  ss_subscription_set_disowned (again->subscription);
  assert_news (again, 0, "d+");
  assert_has (again, replica);

  ss_feed_free (feed);
  inbox_free (v1);
  inbox_free (plain);
  inbox_free (held);
  inbox_free (late);
  inbox_free (again);
  g_assert_finalize_object (g_steal_pointer (&replica));
}

static void
regain_on_message (Inbox *inbox)
{
  ServerSignal *replica = inbox->data;

  if (server_signal_get_stale (replica))
    ss_signal_replica_set_stale (replica, FALSE);
}

/* A subscriber that causes the next change while it is told of one: in the end all know. */
static void
test_standing_within (void)
{
  g_autoptr (SsValue) first = test_quoted_value ("{'a':0}");
  g_autoptr (ServerSignal) replica = ss_signal_new_replica ("s", NULL);
  Inbox *inboxes[3];
  SsFeed *feed;

  ss_signal_replica_reset (replica, first, "e", 0);
  feed = ss_feed_new (replica, HISTORY);
  for (guint i = 0; i < G_N_ELEMENTS (inboxes); i++)
    {
      inboxes[i] = inbox_new (FALSE);
      subscribe (inboxes[i], feed);
    }
  inboxes[1]->data = replica;
  inboxes[1]->on_message = regain_on_message;

  ss_signal_replica_set_stale (replica, TRUE);
  g_assert_false (server_signal_get_stale (replica));
  for (guint i = 0; i < G_N_ELEMENTS (inboxes); i++)
    g_assert_false (inboxes[i]->disowned);
  assert_news (inboxes[0], 1, "-+");
  assert_news (inboxes[1], 1, "-+");

  ss_feed_free (feed);
  for (guint i = 0; i < G_N_ELEMENTS (inboxes); i++)
    inbox_free (inboxes[i]);
  g_assert_finalize_object (g_steal_pointer (&replica));
}

static void
ready_cb (SsFeed   *feed,
          gpointer  user_data)
{
  Party *party = user_data;

  party->n_handled++;
  g_assert_true (ss_feed_is_ready (feed));
  join_party (party);
}

/* protocol.md: an edge publishes a replica "only after its first data, with the origin's epoch
 * and revision"; "when a snapshot of a new epoch arrives, the edge drops its history of that
 * signal and passes the snapshot to every peer". */
static void
test_edge (void)
{
  g_autoptr (SsValue) first = test_quoted_value ("{'a':5}");
  g_autoptr (SsValue) second = test_quoted_value ("{'a':1}");
  g_autoptr (ServerSignalPatch) patch =
    test_quoted_patch ("[{'op':'replace','path':'/a','value':6}]");
  g_autoptr (ServerSignal) replica = ss_signal_new_replica ("s", NULL);
  g_autoptr (GError) error = NULL;
  Party party = { .signal = replica };
  g_autoptr (Inbox) early = inbox_new (FALSE);
  g_autoptr (Inbox) late = inbox_new (FALSE);
  guint n_messages;

  party.inboxes = g_ptr_array_new_with_free_func ((GDestroyNotify) inbox_free);
  party.feed = ss_feed_new (replica, HISTORY);
  ss_feed_set_ready_func (party.feed, ready_cb, &party);
  g_assert_false (ss_feed_is_ready (party.feed));
  g_assert_false (try_to_subscribe (early, party.feed, 0, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  g_clear_error (&error);

  ss_signal_replica_reset (replica, first, "e1", 7);
  g_assert_cmpuint (party.n_handled, ==, 1);
  for (guint i = 0; i < 2; i++)
    assert_has (party.inboxes->pdata[i], replica);
  g_assert_nonnull (strstr (message_text (party.inboxes->pdata[0], 0), "'epoch':'e1','rev':7"));

  ss_signal_replica_apply (replica, patch, 9, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++)
    assert_has (party.inboxes->pdata[i], replica);

  /* The same document at a later revision: those who count are told. */
  n_messages = ((Inbox *) party.inboxes->pdata[1])->messages->len;
  {
    g_autoptr (SsValue) same = ss_signal_ref_committed (replica);

    ss_signal_replica_reset (replica, same, "e1", 12);
  }
  for (guint i = 0; i < 2; i++)
    assert_has (party.inboxes->pdata[i], replica);
  g_assert_cmpuint (((Inbox *) party.inboxes->pdata[1])->messages->len, ==, n_messages);

  /* Nothing new at all. */
  n_messages = ((Inbox *) party.inboxes->pdata[0])->messages->len;
  {
    g_autoptr (SsValue) same = ss_signal_ref_committed (replica);

    ss_signal_replica_reset (replica, same, "e1", 12);
  }
  g_assert_cmpuint (((Inbox *) party.inboxes->pdata[0])->messages->len, ==, n_messages);

  subscribe (late, party.feed);
  g_assert_nonnull (strstr (message_text (late, 0), "'epoch':'e1','rev':12"));
  g_clear_pointer (&late->subscription, ss_subscription_free);

  /* An origin that was at fault: another document at the same revision. Nobody keeps the one
   * that was. */
  ss_signal_replica_reset (replica, second, "e1", 12);
  for (guint i = 0; i < 2; i++)
    assert_has (party.inboxes->pdata[i], replica);
  subscribe (early, party.feed);
  assert_has (early, replica);

  ss_signal_replica_reset (replica, first, "e2", 3);
  for (guint i = 0; i < 2; i++)
    assert_has (party.inboxes->pdata[i], replica);
  n_messages = ((Inbox *) party.inboxes->pdata[0])->messages->len;
  g_assert_nonnull (
    strstr (message_text (party.inboxes->pdata[0], n_messages - 1), "'epoch':'e2','rev':3"));

  ss_value_clear (&late->document);
  resume (late, party.feed, "e1", 9, "{'a':6}");
  g_assert_nonnull (strstr (message_text (late, 1), "'epoch':'e2','rev':3"));
  g_assert_cmpuint (party.n_handled, ==, 1);

  /* The history of one life is not continued by the next, whatever the numbers. */
  ss_signal_replica_apply (replica, patch, 4, &error);
  g_assert_no_error (error);
  ss_signal_replica_reset (replica, second, "e3", 4);
  ss_signal_replica_apply (replica, patch, 5, &error);
  g_assert_no_error (error);
  g_clear_pointer (&late->subscription, ss_subscription_free);
  ss_value_clear (&late->document);
  resume (late, party.feed, "e3", 3, "{'a':0}");
  g_assert_nonnull (strstr (message_text (late, late->messages->len - 1), "'epoch':'e3','rev':5"));
  assert_has (late, replica);

  ss_feed_free (party.feed);
  g_ptr_array_unref (party.inboxes);
  g_clear_pointer (&late, inbox_free);
  g_clear_pointer (&early, inbox_free);
  g_assert_finalize_object (g_steal_pointer (&replica));
}

static void
test_held_subscription (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':0,'b':0}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  g_autoptr (Inbox) slow = inbox_new (FALSE);
  g_autoptr (Inbox) plain = inbox_new (TRUE);
  g_autoptr (Inbox) fast = inbox_new (FALSE);

  subscribe (slow, feed);
  subscribe (plain, feed);
  subscribe (fast, feed);
  ss_subscription_set_held (slow->subscription, TRUE);
  ss_subscription_set_held (plain->subscription, TRUE);
  for (guint i = 1; i <= 50; i++)
    {
      set_int (signal, "/a", i);
      set_int (signal, "/b", i);
    }
  g_assert_cmpuint (slow->messages->len, ==, 1);
  g_assert_cmpuint (plain->messages->len, ==, 1);
  g_assert_cmpuint (fast->messages->len, ==, 101);

  ss_subscription_set_held (slow->subscription, FALSE);
  ss_subscription_set_held (plain->subscription, FALSE);
  g_assert_cmpuint (slow->messages->len, ==, 2);
  g_assert_cmpuint (plain->messages->len, ==, 2);
  g_assert_cmpstr (message_text (slow, 1), ==,
                   "{'name':'s','patch':[{'op':'replace','path':'/a','value':50},"
                   "{'op':'replace','path':'/b','value':50}],'base':0,'rev':100}");
  assert_has (slow, signal);
  assert_has (plain, signal);

  /* Nothing missed, nothing sent. */
  ss_subscription_set_held (slow->subscription, TRUE);
  ss_subscription_set_held (slow->subscription, FALSE);
  g_assert_cmpuint (slow->messages->len, ==, 2);
  set_int (signal, "/a", 51);
  assert_has (slow, signal);
  assert_has (fast, signal);

  ss_feed_free (feed);
  g_clear_pointer (&slow, inbox_free);
  g_clear_pointer (&plain, inbox_free);
  g_clear_pointer (&fast, inbox_free);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

static void
test_held_feed (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':0}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  Inbox *inboxes[4];

  ss_feed_set_corked (feed, TRUE);
  for (guint i = 0; i < 3; i++)
    {
      inboxes[i] = inbox_new (FALSE);
      subscribe (inboxes[i], feed);
    }
  for (guint i = 1; i <= 20; i++)
    set_int (signal, "/a", i);
  inboxes[3] = inbox_new (FALSE);
  subscribe (inboxes[3], feed);
  assert_has (inboxes[3], signal);
  g_assert_cmpuint (inboxes[0]->messages->len, ==, 1);

  ss_feed_set_corked (feed, FALSE);
  for (guint i = 0; i < 4; i++)
    assert_has (inboxes[i], signal);
  g_assert_cmpuint (inboxes[0]->messages->len, ==, 2);
  g_assert_true (inboxes[0]->messages->pdata[1] == inboxes[2]->messages->pdata[1]);
  g_assert_cmpuint (inboxes[3]->messages->len, ==, 1);

  ss_feed_free (feed);
  for (guint i = 0; i < 4; i++)
    inbox_free (inboxes[i]);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* A subscriber that is held when the feed lets go gets the updates it missed as soon as it is
 * released itself, since the feed, which has nothing new, need not do so again. */
static void
test_held_by_both (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':0}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  g_autoptr (Inbox) slow = inbox_new (FALSE);

  subscribe (slow, feed);
  ss_feed_set_corked (feed, TRUE);
  ss_subscription_set_held (slow->subscription, TRUE);
  set_int (signal, "/a", 1);
  set_int (signal, "/a", 2);
  ss_feed_set_corked (feed, FALSE);
  ss_feed_set_corked (feed, TRUE);
  g_assert_cmpuint (slow->messages->len, ==, 1);

  ss_subscription_set_held (slow->subscription, FALSE);
  g_assert_cmpuint (slow->messages->len, ==, 2);
  assert_has (slow, signal);

  /* Commits wait for the feed again from now on. */
  set_int (signal, "/a", 3);
  g_assert_cmpuint (slow->messages->len, ==, 2);
  ss_feed_set_corked (feed, FALSE);
  assert_has (slow, signal);

  ss_feed_free (feed);
  g_clear_pointer (&slow, inbox_free);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* A subscriber that is held at first gets nothing before it is released, and then the state of that
 * time. */
static void
test_subscribe_held (void)
{
  g_autoptr (ServerSignal) signal = signal_new ("{'a':0}");
  SsFeed *feed = ss_feed_new (signal, HISTORY);
  const char *epoch = server_signal_get_epoch (signal);
  guint64 merged = 0;
  Inbox *inboxes[5];

  ss_feed_count_merged (feed, &merged);
  set_int (signal, "/a", 1);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GError) error = NULL;
      Inbox *inbox = inboxes[i] = inbox_new (i == 1);

      /* One new of each protocol, two that hold revision 1, and one that takes hardly anything. */
      inbox->subscription =
        ss_feed_subscribe_held (feed, inbox->plain, i == 2 || i == 3 ? epoch : NULL, TRUE, 1,
                                i == 4 ? 10 : 0, deliver_cb, inbox, &error);
      g_assert_no_error (error);
      inbox->revision = i == 2 || i == 3 ? 1 : 0;
      if (inbox->revision == 1)
        inbox->document = test_quoted_value ("{'a':1}");
      ss_subscription_set_end_func (inbox->subscription, end_cb);
    }

  /* The confirmation. */
  ss_subscription_set_held (inboxes[2]->subscription, FALSE);
  g_assert_cmpstr (message_text (inboxes[2], 0), ==, "{'name':'s','patch':[],'base':1,'rev':1}");
  for (guint i = 2; i <= 5; i++)
    set_int (signal, "/a", i);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (inboxes[i]->messages->len, ==, i == 2 ? 5 : 0);
  g_assert_cmpuint (merged, ==, 0);

  /* A feed that is held answers all the same. */
  ss_feed_set_corked (feed, TRUE);
  for (guint i = 0; i < 5; i++)
    ss_subscription_set_held (inboxes[i]->subscription, FALSE);
  ss_feed_set_corked (feed, FALSE);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (inboxes[i]->messages->len, ==, i == 2 ? 5 : 1);
      g_assert_cmpint (is_snapshot (inboxes[i], 0), ==, i == 0);
      assert_has (inboxes[i], signal);
    }
  g_assert_cmpuint (inboxes[4]->messages->len, ==, 0);
  g_assert_nonnull (inboxes[4]->ended);
  g_assert_cmpuint (merged, ==, 3);

  ss_feed_free (feed);
  for (guint i = 0; i < 5; i++)
    inbox_free (inboxes[i]);
  g_assert_finalize_object (g_steal_pointer (&signal));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/history", test_history);
  g_test_add_func ("/feed/frames", test_frames);
  g_test_add_func ("/feed/encoded-once", test_encoded_once);
  g_test_add_func ("/feed/transaction", test_transaction);
  g_test_add_func ("/feed/resume", test_resume);
  g_test_add_func ("/feed/resume-bounded", test_resume_bounded);
  g_test_add_func ("/feed/resume-merged", test_resume_merged);
  g_test_add_func ("/feed/resume-large", test_resume_large);
  g_test_add_func ("/feed/measured-once", test_measured_once);
  g_test_add_func ("/feed/resume-from-everywhere", test_resume_from_everywhere);
  g_test_add_func ("/feed/resume-small", test_resume_small);
  g_test_add_func ("/feed/many-operations", test_many_operations);
  g_test_add_func ("/feed/max", test_max);
  g_test_add_func ("/feed/join-within", test_join_within);
  g_test_add_func ("/feed/write-within", test_write_within);
  g_test_add_func ("/feed/free-within", test_free_within);
  g_test_add_func ("/feed/free-in-first", test_free_in_first);
  g_test_add_func ("/feed/standing", test_standing);
  g_test_add_func ("/feed/standing/within", test_standing_within);
  g_test_add_func ("/feed/edge", test_edge);
  g_test_add_func ("/feed/held-subscription", test_held_subscription);
  g_test_add_func ("/feed/held-feed", test_held_feed);
  g_test_add_func ("/feed/held-by-both", test_held_by_both);
  g_test_add_func ("/feed/subscribe-held", test_subscribe_held);

  return g_test_run ();
}
