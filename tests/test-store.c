/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Stores, over an engine in memory that can be away, fail, answer late and lose commits. */

#include <stdlib.h>

#include "libserver-signal.h"
#include "model/clock.h"
#include "ss-limits.h"
#include "store-cases.h"
#include "store-fixture.h"
#include "store/server-signal-store-private.h"
#include "store/ss-store-record.h"
#include "test-utils.h"
#include "wire/ss-feed.h"

/* The engine, and a kind of store that has it. A world is what a server is: its records, which any
 * number of stores share. */

typedef struct
{
  GHashTable *records;  /* name → SsStoreRecord */
  GPtrArray  *engines;
  gboolean    held;     /* answers wait */
  GQueue      answers;  /* Answer */
  guint       fail;     /* in a thousand requests, half of them carried out all the same */
  guint       n_snapshots;
  gboolean    mute;     /* news are lost */
} World;

typedef struct
{
  SsStoreEngine  parent_instance;
  World         *world;
  GHashTable    *followed;
} TestEngine;

typedef SsStoreEngineClass TestEngineClass;

typedef struct
{
  ServerSignalStore  parent_instance;
  World             *world;
  TestEngine        *engine;
} TestStore;

typedef ServerSignalStoreClass TestStoreClass;

typedef struct
{
  SsStoreRequest *request;
  GError         *error;
  World          *world;
} Answer;

GType test_engine_get_type (void);
GType test_store_get_type (void);

G_DEFINE_TYPE (TestEngine, test_engine, SS_TYPE_STORE_ENGINE)
G_DEFINE_TYPE (TestStore, test_store, SERVER_TYPE_SIGNAL_STORE)

static void
world_tell (World             *world,
            const char        *name,
            const SsStoreNews *news)
{
  for (guint i = 0; i < world->engines->len && !world->mute; i++)
    {
      TestEngine *engine = g_ptr_array_index (world->engines, i);

      if (g_hash_table_contains (engine->followed, name) &&
          ss_store_engine_is_online (SS_STORE_ENGINE (engine)))
        ss_store_engine_tell_news (SS_STORE_ENGINE (engine), name, news);
    }
}

static void
give_answer (Answer *answer)
{
  ss_store_request_finish (answer->request, answer->error);
  g_clear_error (&answer->error);
  g_free (answer);
}

static gboolean
answer_cb (gpointer user_data)
{
  give_answer (user_data);

  return G_SOURCE_REMOVE;
}

static void
world_let_go (World *world)
{
  Answer *answer;

  world->held = FALSE;
  while ((answer = g_queue_pop_head (&world->answers)) != NULL)
    g_idle_add (answer_cb, answer);
}

static void
execute (World          *world,
         SsStoreRequest *request)
{
  SsStoreRecord *record = NULL;
  SsStoreChange change;
  gpointer key = NULL;

  if (request->kind == SS_STORE_LIST)
    {
      GHashTableIter iter;
      gpointer name;

      request->names = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_iter_init (&iter, world->records);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        if (g_str_has_prefix (name, request->name))
          g_ptr_array_add (request->names, g_strdup (name));
      return;
    }

  g_hash_table_steal_extended (world->records, request->name, &key, (gpointer *) &record);
  g_free (key);
  change = ss_store_record_run (&record, request);
  if (record != NULL)
    g_hash_table_insert (world->records, g_strdup (request->name), record);

  if (change == SS_STORE_CHANGED_SNAPSHOT)
    world->n_snapshots++;
  if (change == SS_STORE_CHANGED_LOG || change == SS_STORE_CHANGED_SNAPSHOT)
    world_tell (world, request->name,
                &(SsStoreNews) { SS_STORE_NEWS_ENTRY, request->epoch, request->entry });
  else if (change == SS_STORE_CHANGED_AWAY)
    world_tell (world, request->name, &(SsStoreNews) { SS_STORE_NEWS_GONE, NULL, NULL });
  else if (change > SS_STORE_CHANGED_LEASE)
    world_tell (world, request->name, &(SsStoreNews) { SS_STORE_NEWS_CHANGED, NULL, NULL });
}

static void
test_engine_run (SsStoreEngine  *engine,
                 SsStoreRequest *request)
{
  World *world = ((TestEngine *) engine)->world;
  Answer *answer = g_new0 (Answer, 1);
  gboolean fails = !ss_store_engine_is_online (engine);
  gboolean is_lost = world->fail > 0 && g_random_int_range (0, 1000) < (int) world->fail;

  answer->request = request;
  answer->world = world;
  if (!fails && (!is_lost || g_random_boolean ()))
    execute (world, request);
  if (fails || is_lost)
    answer->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "lost");

  if (world->held)
    g_queue_push_tail (&world->answers, answer);
  else
    g_idle_add (answer_cb, answer);
}

static gboolean
followed_cb (gpointer user_data)
{
  gpointer *data = user_data;
  TestEngine *engine = data[0];

  if (ss_store_engine_is_online (SS_STORE_ENGINE (engine)) &&
      g_hash_table_contains (engine->followed, data[1]))
    ss_store_engine_tell_followed (SS_STORE_ENGINE (engine), data[1]);
  g_object_unref (engine);
  g_free (data[1]);
  g_free (data);

  return G_SOURCE_REMOVE;
}

static void
say_followed (TestEngine *engine,
              const char *name)
{
  gpointer *data = g_new (gpointer, 2);

  data[0] = g_object_ref (engine);
  data[1] = g_strdup (name);
  g_idle_add (followed_cb, data);
}

static void
test_engine_follow (SsStoreEngine *engine,
                    const char    *name,
                    gboolean       following)
{
  TestEngine *self = (TestEngine *) engine;

  if (!following)
    {
      g_hash_table_remove (self->followed, name);
      return;
    }
  g_hash_table_add (self->followed, g_strdup (name));
  say_followed (self, name);
}

static void
test_engine_set_online (TestEngine *self,
                        gboolean    online)
{
  GHashTableIter iter;
  gpointer name;

  ss_store_engine_tell_online (SS_STORE_ENGINE (self), online, NULL);
  if (!online)
    return;

  g_hash_table_iter_init (&iter, self->followed);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    say_followed (self, name);
}

static void
test_engine_close (SsStoreEngine *engine)
{
  ss_store_engine_tell_online (engine, FALSE, NULL);
}

static void
test_engine_finalize (GObject *object)
{
  TestEngine *self = (TestEngine *) object;

  g_ptr_array_remove (self->world->engines, self);
  g_hash_table_unref (self->followed);
  G_OBJECT_CLASS (test_engine_parent_class)->finalize (object);
}

static void
test_engine_class_init (TestEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_engine_finalize;
  klass->run = test_engine_run;
  klass->follow = test_engine_follow;
  klass->close = test_engine_close;
}

static void
test_engine_init (TestEngine *self)
{
  self->followed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static SsStoreEngine *
test_store_make_engine (ServerSignalStore *store)
{
  TestStore *self = (TestStore *) store;

  self->engine = g_object_new (test_engine_get_type (), NULL);
  self->engine->world = self->world;
  g_ptr_array_add (self->world->engines, self->engine);
  ss_store_engine_tell_online (SS_STORE_ENGINE (self->engine), TRUE, NULL);

  return SS_STORE_ENGINE (self->engine);
}

static void
test_store_class_init (TestStoreClass *klass)
{
  klass->make_engine = test_store_make_engine;
}

static void
test_store_init (TestStore *self)
{
}

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);

  world->records =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ss_store_record_free);
  world->engines = g_ptr_array_new ();
  g_queue_init (&world->answers);

  return world;
}

static void
world_free (World *world)
{
  test_settle ();
  g_assert_cmpuint (world->engines->len, ==, 0);
  g_assert_true (g_queue_is_empty (&world->answers));
  g_hash_table_unref (world->records);
  g_ptr_array_unref (world->engines);
  g_free (world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static SsStoreRecord *
world_get (World      *world,
           const char *name)
{
  return g_hash_table_lookup (world->records, name);
}

/* A failover to a replica that was so many commits behind. */
static void
world_lose (World      *world,
            const char *name,
            guint       n_commits)
{
  SsStoreRecord *record = world_get (world, name);

  while (n_commits-- > 0 && !g_queue_is_empty (&record->log))
    {
      SsLogEntry *entry = g_queue_pop_tail (&record->log);

      record->mark = entry->base;
      ss_log_entry_unref (entry);
    }
}

static ServerSignalStore *
store_new (World *world)
{
  TestStore *self = g_object_new (test_store_get_type (), "lease", 600, NULL);

  self->world = world;

  return SERVER_SIGNAL_STORE (self);
}

static void
store_set_online (ServerSignalStore *store,
                  gboolean           online)
{
  test_engine_set_online (((TestStore *) store)->engine, online);
}

/* The signal that a hub shows for the owner's. */
static ServerSignal *
published (ServerSignal *signal)
{
  return ss_signal_get_published (signal);
}

static void
test_own (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) first = store_new (world);
  g_autoptr (ServerSignalStore) second = store_new (world);
  g_autoptr (ServerSignal) signal = own (first, "count", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (second, "count");
  g_autoptr (ServerSignal) again = server_signal_store_get_signal (second, "count");
  g_autoptr (ServerSignal) next = NULL;
  g_autofree char *epoch = g_strdup (server_signal_get_epoch (signal));

  g_assert_true (replica == again);
  g_assert_true (server_signal_get_writable (signal));
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 0);
  g_assert_false (server_signal_get_writable (replica));
  g_assert_true (server_signal_get_stale (replica));
  WAIT_UNTIL (is_same (signal, replica));

  for (int i = 1; i <= 100; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  WAIT_UNTIL (is_same (signal, replica));
  g_assert_cmpint (server_signal_get_int (replica, "/n"), ==, 100);
  g_assert_cmpuint (server_signal_get_revision (replica), ==, 100);

  /* The next owner goes on where this one stops: what waits is kept before. */
  g_assert_true (server_signal_set_int (signal, "/n", 101, NULL));
  g_clear_object (&signal);
  next = own (second, "count", "{\"n\":-1}");
  g_assert_cmpint (server_signal_get_int (next, "/n"), ==, 101);
  g_assert_cmpuint (server_signal_get_revision (next), ==, 101);
  g_assert_cmpstr (server_signal_get_epoch (next), ==, epoch);
  WAIT_UNTIL (is_same (next, replica));
  g_assert_true (server_signal_set_int (next, "/n", 102, NULL));
  WAIT_UNTIL (is_same (next, replica));

  close_store (first);
  close_store (second);
  g_assert_cmpuint (world_get (world, "count")->mark.revision, ==, 102);
  g_assert_cmpstr (world_get (world, "count")->owner, ==, "");
}

static void
test_own_taken (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) first = store_new (world);
  g_autoptr (ServerSignalStore) second = store_new (world);
  g_autoptr (ServerSignal) signal = own (first, "a", "1");
  g_autoptr (ServerSignal) next = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  Outcome twice = { NULL }, waits = { NULL }, cancelled = { NULL };

  server_signal_store_own_async (first, "a", NULL, NULL, outcome_cb, &twice);
  WAIT_UNTIL (twice.result != NULL);
  g_assert_null (server_signal_store_own_finish (first, twice.result, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_EXISTS);
  g_clear_error (&error);

  server_signal_store_own_async (second, "a", NULL, cancellable, outcome_cb, &cancelled);
  g_cancellable_cancel (cancellable);
  WAIT_UNTIL (cancelled.result != NULL);
  g_assert_null (server_signal_store_own_finish (second, cancelled.result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);

  /* It is renewed for as long as it is wanted, and handed on then. */
  server_signal_store_own_async (second, "a", NULL, NULL, outcome_cb, &waits);
  test_pass_time (1000);
  g_assert_null (waits.result);
  g_assert_true (server_signal_set_json (signal, NULL, "2", NULL));
  server_signal_store_release (first, signal);
  g_assert_false (server_signal_set_json (signal, NULL, "3", &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED);
  WAIT_UNTIL (waits.result != NULL);
  next = server_signal_store_own_finish (second, waits.result, NULL);
  g_assert_cmpint (server_signal_get_int (next, NULL), ==, 2);
  WAIT_UNTIL (!server_signal_get_writable (signal));
  g_assert_true (server_signal_set_json (next, NULL, "3", NULL));
  WAIT_UNTIL (is_same (next, signal));

  g_object_unref (twice.result);
  g_object_unref (waits.result);
  g_object_unref (cancelled.result);
  close_store (first);
  close_store (second);
}

static void
deliver_cb (SsMessage *message,
            gpointer   user_data)
{
  g_ptr_array_add (user_data, g_strdup (ss_message_payload (message, NULL)));
}

/* Peers are shown what the store has, and handlers what was written. */
static void
test_durable (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignalStore) hasty = store_new (world);
  g_autoptr (ServerSignal) signal = own (store, "a", "0");
  g_autoptr (ServerSignal) other = NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) other_texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (SsFeed) feed = NULL;
  g_autoptr (SsFeed) other_feed = NULL;
  SsSubscription *sub, *other_sub;

  server_signal_store_set_durable (hasty, FALSE);
  other = own (hasty, "b", "0");

  feed = ss_feed_new (signal, 65536);
  other_feed = ss_feed_new (other, 65536);
  sub = ss_feed_subscribe (feed, SS_V1, NULL, FALSE, 0, 0, deliver_cb, texts, NULL);
  other_sub =
    ss_feed_subscribe (other_feed, SS_V1, NULL, FALSE, 0, 0, deliver_cb, other_texts, NULL);
  g_assert_cmpuint (texts->len, ==, 1);

  world->held = TRUE;
  g_assert_true (server_signal_set_json (signal, NULL, "1", NULL));
  g_assert_true (server_signal_set_json (other, NULL, "1", NULL));
  test_settle ();
  g_assert_cmpint (server_signal_get_int (signal, NULL), ==, 1);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 1);
  g_assert_cmpuint (texts->len, ==, 1);
  g_assert_cmpuint (other_texts->len, ==, 2);
  g_assert_cmpuint (server_signal_get_revision (published (signal)), ==, 0);

  world_let_go (world);
  WAIT_UNTIL (texts->len == 2);
  g_assert_nonnull (strstr (g_ptr_array_index (texts, 1), "\"base\":0,\"rev\":1"));

  ss_subscription_free (sub);
  ss_subscription_free (other_sub);
  g_clear_pointer (&feed, ss_feed_free);
  g_clear_pointer (&other_feed, ss_feed_free);
  close_store (store);
  close_store (hasty);
}

/* The peers of an owner that did not wait may have seen what the store has not. */
static void
test_hasty_end (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) hasty = store_new (world);
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignal) next = NULL;
  g_autofree char *epoch = NULL;

  server_signal_store_set_durable (hasty, FALSE);
  signal = own (hasty, "a", "0");
  epoch = g_strdup (server_signal_get_epoch (signal));
  g_assert_true (server_signal_set_json (signal, NULL, "1", NULL));
  test_settle ();

  /* As killed. */
  g_clear_object (&hasty);
  next = own (store, "a", "0");
  g_assert_cmpint (server_signal_get_int (next, NULL), ==, 1);
  g_assert_cmpstr (server_signal_get_epoch (next), !=, epoch);
  close_store (store);
}

/* An owner that was paused for too long is refused by its generation. */
static void
lost_cb (ServerSignalStore *store,
         ServerSignal      *signal,
         GError            *error,
         gpointer           user_data)
{
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY);
  g_assert_false (server_signal_get_writable (signal));
  (*(guint *) user_data)++;
}

static void
test_fenced (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) first = store_new (world);
  g_autoptr (ServerSignalStore) second = store_new (world);
  g_autoptr (ServerSignal) signal = own (first, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) shown = g_object_ref (published (signal));
  g_autoptr (ServerSignal) next = NULL;
  guint n_lost = 0;

  g_signal_connect (first, "lost", G_CALLBACK (lost_cb), &n_lost);
  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  test_settle ();

  /* It is away, and writes what nobody will ever see. */
  store_set_online (first, FALSE);
  g_assert_true (server_signal_set_int (signal, "/n", 100, NULL));
  g_assert_true (server_signal_set_int (signal, "/m", 100, NULL));
  next = own (second, "a", "{}");
  g_assert_true (server_signal_set_int (next, "/n", 2, NULL));
  test_settle ();
  g_assert_cmpint (server_signal_get_int (shown, "/n"), ==, 1);
  g_assert_true (server_signal_get_stale (shown));
  g_assert_cmpuint (n_lost, ==, 0);

  store_set_online (first, TRUE);
  WAIT_UNTIL (n_lost == 1);
  WAIT_UNTIL (is_same (signal, next));
  WAIT_UNTIL (is_same (shown, next));
  g_assert_false (server_signal_has (signal, "/m"));
  g_assert_true (server_signal_set_int (next, "/n", 3, NULL));
  WAIT_UNTIL (is_same (signal, next));
  g_assert_cmpuint (server_signal_get_revision (next), ==, 3);

  close_store (first);
  close_store (second);
}

/* An engine that lost commits gets them back from the owner. */
static void
test_put_back (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) first = store_new (world);
  g_autoptr (ServerSignalStore) second = store_new (world);
  g_autoptr (ServerSignal) signal = own (first, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (second, "a");
  g_autofree char *epoch = g_strdup (server_signal_get_epoch (signal));

  for (int i = 1; i <= 10; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  WAIT_UNTIL (is_same (signal, replica));

  store_set_online (first, FALSE);
  store_set_online (second, FALSE);
  g_assert_true (server_signal_get_stale (replica));
  world_lose (world, "a", 5);
  g_assert_true (server_signal_set_int (signal, "/n", 11, NULL));
  store_set_online (second, TRUE);
  test_settle ();
  /* Nobody goes back in time. */
  g_assert_true (server_signal_get_stale (replica));
  g_assert_cmpint (server_signal_get_int (replica, "/n"), ==, 10);
  store_set_online (first, TRUE);
  WAIT_UNTIL (is_same (signal, replica));
  g_assert_cmpint (server_signal_get_int (replica, "/n"), ==, 11);
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, epoch);
  g_assert_cmpuint (world_get (world, "a")->mark.revision, ==, 11);

  /* Everything, as FLUSHALL does. */
  g_hash_table_remove_all (world->records);
  g_assert_true (server_signal_set_int (signal, "/n", 12, NULL));
  WAIT_UNTIL (is_same (signal, replica));
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, epoch);
  g_assert_cmpuint (world_get (world, "a")->mark.revision, ==, 12);

  close_store (first);
  close_store (second);
}

/* An owner that was away for too long comes back to an engine that has lost everything, and has what
 * another has gone on from: a new life, or revisions would be used twice. */
static void
test_put_back_late (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) first = store_new (world);
  g_autoptr (ServerSignalStore) second = store_new (world);
  g_autoptr (ServerSignalStore) third = store_new (world);
  g_autoptr (ServerSignal) signal = own (first, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (third, "a");
  g_autoptr (ServerSignal) next = NULL;
  g_autofree char *epoch = g_strdup (server_signal_get_epoch (signal));

  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  WAIT_UNTIL (is_same (signal, replica));
  store_set_online (first, FALSE);
  next = own (second, "a", "{}");
  for (int i = 2; i <= 9; i++)
    g_assert_true (server_signal_set_int (next, "/n", i, NULL));
  WAIT_UNTIL (is_same (next, replica));
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, epoch);

  store_set_online (second, FALSE);
  g_hash_table_remove_all (world->records);
  store_set_online (first, TRUE);
  WAIT_UNTIL (is_same (published (signal), replica));
  g_assert_cmpint (server_signal_get_int (replica, "/n"), ==, 1);
  g_assert_cmpstr (server_signal_get_epoch (replica), !=, epoch);
  g_assert_cmpstr (server_signal_get_epoch (signal), !=, epoch);
  g_assert_true (server_signal_set_int (signal, "/n", 10, NULL));
  WAIT_UNTIL (is_same (signal, replica));

  store_set_online (second, TRUE);
  WAIT_UNTIL (!server_signal_get_writable (next));
  WAIT_UNTIL (is_same (signal, next));
  close_store (first);
  close_store (second);
  close_store (third);
}

/* Writers are told when too much waits, and may go on when it does not. */
static void
test_bound (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignal) signal = own (store, "a", "\"\"");
  g_autofree char *large = g_strnfill (1024 * 1024, 'x');
  g_autoptr (GError) error = NULL;
  guint n = 0;

  store_set_online (store, FALSE);
  g_assert_cmpuint (server_signal_store_get_offline_time (store), >, 0);
  do
    {
      large[0] = (char) ('a' + n);
      n++;
    }
  while (server_signal_set_string (signal, NULL, large, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_cmpuint (n, ==, 17);
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 16);

  store_set_online (store, TRUE);
  g_assert_cmpuint (server_signal_store_get_offline_time (store), ==, 0);
  WAIT_UNTIL (server_signal_get_revision (published (signal)) == 16);
  g_assert_true (server_signal_set_string (signal, NULL, "", NULL));
  close_store (store);
}

/* No update is lost and none is made twice, whatever becomes of the answers. */
static void
test_updates (gconstpointer fail)
{
  g_autoptr (World) world = world_new ();
  ServerSignalStore *stores[4];
  g_autoptr (ServerSignal) replica = NULL;
  guint done = 0, calls = 0;
  const guint each = 50;

  world->fail = GPOINTER_TO_UINT (fail);
  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    stores[i] = store_new (world);
  replica = server_signal_store_get_signal (stores[0], "count");

  for (guint n = 0; n < each; n++)
    for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
      server_signal_store_update_async (stores[i], "count", count_up, &calls, NULL, NULL, count_cb,
                                        &done);
  WAIT_UNTIL (done == each * G_N_ELEMENTS (stores));
  g_assert_cmpuint (calls, >=, done);
  world->fail = 0;
  WAIT_UNTIL (server_signal_get_int (replica, "/n") == (gint64) done);
  g_assert_cmpuint (server_signal_get_revision (replica), ==, done - 1);
  g_assert_cmpuint (world_get (world, "count")->mark.revision, ==, done - 1);

  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    {
      close_store (stores[i]);
      g_object_unref (stores[i]);
    }
}

static void
ignored_cb (SsStoreRequest *request,
            const GError   *error,
            gpointer        user_data)
{
}

/* The answer that is held is lost on its way. */
static void
lose_answer (World *world)
{
  Answer *answer;

  WAIT_UNTIL (world->answers.length == 1);
  answer = g_queue_peek_head (&world->answers);
  answer->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "lost");
}

/* Holds the answer to what is made of the document. */
static JsonNode *
count_held (JsonNode *copy,
            gpointer  user_data)
{
  ((World *) user_data)->held = TRUE;

  return count_up (copy, NULL);
}

/* An owner that puts the signal back as another life, and never hears of it, is the owner all the same. */
static void
test_put_back_unheard (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignalStore) other = store_new (world);
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (other, "a");
  g_autofree char *epoch = g_strdup (server_signal_get_epoch (signal));
  guint n_lost = 0;

  g_signal_connect (store, "lost", G_CALLBACK (lost_cb), &n_lost);
  WAIT_UNTIL (is_same (signal, replica));
  store_set_online (store, FALSE);
  /* Longer than the lease. */
  test_pass_time (700);
  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  g_hash_table_remove_all (world->records);
  store_set_online (store, TRUE);
  while (world_get (world, "a") == NULL)
    {
      world->held = TRUE;
      WAIT_UNTIL (world->answers.length > 0);
      if (world_get (world, "a") == NULL)
        world_let_go (world);
    }
  for (GList *link = world->answers.head; link != NULL; link = link->next)
    if (((Answer *) link->data)->request->kind == SS_STORE_RESTORE)
      ((Answer *) link->data)->error =
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "lost");
  world_let_go (world);

  WAIT_UNTIL (is_same (signal, replica));
  g_assert_cmpuint (n_lost, ==, 0);
  g_assert_true (server_signal_get_writable (signal));
  g_assert_cmpstr (server_signal_get_epoch (signal), !=, epoch);
  g_assert_true (server_signal_set_int (signal, "/n", 2, NULL));
  WAIT_UNTIL (is_same (signal, replica));
  close_store (store);
  close_store (other);
}

/* A document that is put back after a better one has come, since the way was slow, takes nothing back. */
static void
test_put_back_twice (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  SsStoreRequest *request = ss_store_request_new (SS_STORE_RESTORE, "a", ignored_cb, NULL);
  SsStoreRecord *record = world_get (world, "a");

  request->epoch = g_strdup (record->epoch);
  request->owner = g_strdup (record->owner);
  request->generation = record->generation;
  request->mark = record->mark;
  request->text = g_bytes_ref (record->snapshot);
  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  WAIT_UNTIL (is_same (signal, published (signal)));

  g_assert_cmpint (ss_store_record_run (&record, request), ==, SS_STORE_CHANGED_NOTHING);
  g_assert_cmpint (request->verdict, ==, SS_STORE_CONFLICT);
  g_assert_cmpuint (record->mark.revision, ==, 1);
  ss_store_request_finish (request, NULL);
  close_store (store);
}

/* An update that makes its signal, and never hears of it, makes it once: whether another life has begun
 * meanwhile, or the store was asked before it came. */
static void
test_update_unheard (gconstpointer is_late)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignal) replica = NULL;
  SsStoreRecord *record = NULL;
  guint done = 0;

  server_signal_store_update_async (store, "a", count_held, world, NULL, NULL, count_cb, &done);
  lose_answer (world);
  record = world_get (world, "a");
  if (is_late != NULL)
    {
      gpointer key;

      g_hash_table_steal_extended (world->records, "a", &key, NULL);
      g_free (key);
      world_let_go (world);
      world->held = TRUE;
      WAIT_UNTIL (world->answers.length == 1);
      g_hash_table_insert (world->records, g_strdup ("a"), record);
    }
  else
    {
      g_free (record->epoch);
      record->epoch = g_strdup ("another");
      record->generation++;
    }
  world_let_go (world);
  WAIT_UNTIL (done == 1);

  replica = server_signal_store_get_signal (store, "a");
  WAIT_UNTIL (!server_signal_get_stale (replica));
  g_assert_cmpint (server_signal_get_int (replica, "/n"), ==, 1);
  g_assert_cmpuint (server_signal_get_revision (replica), ==, 0);
  g_clear_object (&replica);
  close_store (store);
}

static JsonNode *
give_none (JsonNode *copy,
           gpointer  user_data)
{
  return NULL;
}

static void
test_update_errors (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignalStore) other = store_new (world);
  g_autoptr (ServerSignal) signal = own (store, "owned", "{\"n\":1}");
  g_autoptr (ServerSignalPatch) good = NULL;
  g_autoptr (ServerSignalPatch) bad = NULL;
  Outcome outcomes[6] = { { NULL } };
  g_autoptr (GError) error = NULL;

  good = server_signal_patch_new_from_json (
    "[{\"op\":\"test\",\"path\":\"\",\"value\":null},{\"op\":\"replace\",\"path\":\"\",\"value\":5}]",
    NULL);
  bad =
    server_signal_patch_new_from_json ("[{\"op\":\"test\",\"path\":\"\",\"value\":null}]", NULL);

  server_signal_store_update_async (other, "owned", count_up, NULL, NULL, NULL, outcome_cb,
                                    &outcomes[0]);
  server_signal_store_update_async (other, "b", give_none, NULL, NULL, NULL, outcome_cb,
                                    &outcomes[1]);
  server_signal_store_patch_async (other, "c", good, NULL, outcome_cb, &outcomes[2]);
  server_signal_store_patch_async (other, "c", bad, NULL, outcome_cb, &outcomes[3]);
  server_signal_store_update_async (other, "", count_up, NULL, NULL, NULL, outcome_cb,
                                    &outcomes[4]);
  server_signal_store_update_async (store, "owned", count_up, NULL, NULL, NULL, outcome_cb,
                                    &outcomes[5]);
  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
    WAIT_UNTIL (outcomes[i].result != NULL);

  g_assert_false (server_signal_store_update_finish (other, outcomes[0].result, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_false (server_signal_store_update_finish (other, outcomes[1].result, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_true (server_signal_store_patch_finish (other, outcomes[2].result, &error));
  g_assert_no_error (error);
  g_assert_false (server_signal_store_patch_finish (other, outcomes[3].result, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_TEST_FAILED);
  g_clear_error (&error);
  g_assert_false (server_signal_store_update_finish (other, outcomes[4].result, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_INVALID_NAME);
  g_clear_error (&error);
  g_assert_true (server_signal_store_update_finish (store, outcomes[5].result, &error));
  g_assert_cmpint (server_signal_get_int (signal, "/n"), ==, 2);

  for (guint i = 0; i < G_N_ELEMENTS (outcomes); i++)
    g_object_unref (outcomes[i].result);
  close_store (store);
  close_store (other);
}

static JsonNode *
be_overtaken (JsonNode *copy,
              gpointer  user_data)
{
  SsStoreRecord *record = world_get (user_data, "a");
  g_autoptr (ServerSignalPatch) patch =
    server_signal_patch_new_from_json ("[{\"op\":\"add\",\"path\":\"/m\",\"value\":0}]", NULL);
  SsLogEntry *entry = ss_log_entry_new (&record->mark, "another", patch);

  g_queue_push_tail (&record->log, entry);
  record->mark = entry->mark;

  return count_up (copy, NULL);
}

static void
test_conflicts (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (GError) error = NULL;
  Outcome outcome = { NULL };

  server_signal_store_release (store, signal);
  WAIT_UNTIL (!server_signal_get_writable (signal));
  server_signal_store_update_async (store, "a", be_overtaken, world, NULL, NULL, outcome_cb,
                                    &outcome);
  WAIT_UNTIL (outcome.result != NULL);
  g_assert_false (server_signal_store_update_finish (store, outcome.result, &error));
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT);
  g_assert_cmpuint (world_get (world, "a")->mark.revision, ==, 101);
  g_object_unref (outcome.result);
  close_store (store);
}

/* Four stores own, update and follow one signal, while answers are lost, stores are away and the
 * engine loses commits, as long as an owner is there to put them back. */
static void
test_random (void)
{
  const char *seed_text = g_getenv ("SS_TEST_SEED");
  guint32 seed = seed_text != NULL ? (guint32) atoi (seed_text) : g_random_int ();
  const char *cases = g_getenv ("SS_TEST_CASES");
  guint n_steps = cases != NULL ? MIN (20u * (guint) atoi (cases), 20000u) : 600;
  g_autoptr (World) world = world_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  ServerSignalStore *stores[4];
  ServerSignal *replicas[4];
  g_autoptr (ServerSignal) signal = NULL;
  guint owner = 0;

  g_test_message ("SS_TEST_SEED=%u", seed);
  g_random_set_seed (seed);
  for (guint i = 0; i < 4; i++)
    {
      stores[i] = store_new (world);
      server_signal_store_set_lease (stores[i], 60000);
      replicas[i] = server_signal_store_get_signal (stores[i], "a");
    }
  signal = own (stores[owner], "a", "{\"n\":0,\"rows\":[]}");

  for (guint step = 0; step < n_steps; step++)
    {
      guint i = (guint) g_rand_int_range (rand, 0, 4);

      world->fail = g_rand_boolean (rand) ? 100 : 0;
      switch (g_rand_int_range (rand, 0, 12))
        {
        case 0:
          store_set_online (stores[i], FALSE);
          break;

        case 1:
        case 2:
          for (guint k = 0; k < 4; k++)
            if (!server_signal_store_get_online (stores[k]))
              store_set_online (stores[k], TRUE);
          break;

        case 3:
          /* The owner is told to look, as it is when a connection to a new primary is made. */
          world_lose (world, "a", (guint) g_rand_int_range (rand, 1, 8));
          store_set_online (stores[owner], FALSE);
          store_set_online (stores[owner], TRUE);
          break;

        case 4:
          if (!server_signal_store_get_online (stores[owner]))
            store_set_online (stores[owner], TRUE);
          world->fail = 0;
          g_clear_object (&signal);
          owner = i;
          if (!server_signal_store_get_online (stores[owner]))
            store_set_online (stores[owner], TRUE);
          signal = own (stores[owner], "a", "null");
          break;

        case 5:
        case 6:
          server_signal_set_json (signal, "/rows/-", "{\"x\":[1,2,3]}", NULL);
          break;

        case 7:
          server_signal_remove (signal, "/rows/0", NULL);
          break;

        default:
          g_assert_true (server_signal_set_int (signal, "/n", step, NULL));
          break;
        }
      for (int k = g_rand_int_range (rand, 0, 20); k > 0; k--)
        g_main_context_iteration (NULL, FALSE);
      /* The peers have nothing that the owner has not. */
      g_assert_cmpuint (server_signal_get_revision (published (signal)), <=,
                        server_signal_get_revision (signal));
    }

  world->fail = 0;
  for (guint k = 0; k < 4; k++)
    if (!server_signal_store_get_online (stores[k]))
      store_set_online (stores[k], TRUE);
  for (guint k = 0; k < 4; k++)
    WAIT_UNTIL (is_same (signal, replicas[k]));
  g_assert_cmpuint (world_get (world, "a")->mark.revision, ==, server_signal_get_revision (signal));

  g_clear_object (&signal);
  for (guint i = 0; i < 4; i++)
    {
      g_object_unref (replicas[i]);
      close_store (stores[i]);
      g_object_unref (stores[i]);
    }
}

/* The history in the store stays as short as the document. */
static void
test_snapshots (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = NULL;
  g_autoptr (ServerSignalStore) other = store_new (world);
  SsStoreRecord *record;

  for (int i = 1; i <= 3000; i++)
    {
      g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
      if (i % 100 == 0)
        test_settle ();
    }
  WAIT_UNTIL (server_signal_get_revision (published (signal)) == 3000);
  record = world_get (world, "a");
  g_assert_cmpuint (record->snapshot_mark.revision, >, 1000);
  g_assert_cmpuint (record->log.length, <, 2000);
  replica = server_signal_store_get_signal (other, "a");
  WAIT_UNTIL (is_same (signal, replica));
  g_clear_object (&replica);
  close_store (store);
  close_store (other);
}

/* A replica that has missed something, and was not told, finds that out by itself. */
static void
test_audit (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignalStore) other = store_new (world);
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (other, "a");

  WAIT_UNTIL (is_same (signal, replica));
  world->mute = TRUE;
  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  WAIT_UNTIL (is_same (signal, published (signal)));
  test_settle ();
  g_assert_cmpint (server_signal_get_int (replica, "/n"), ==, 0);
  clock_skip (SS_STORE_AUDIT_MS * G_GINT64_CONSTANT (1000));
  WAIT_UNTIL (is_same (signal, replica));
  g_clear_object (&replica);
  close_store (store);
  close_store (other);
}

/* Answers that come after a snapshot was sent are of the time before it, and ask for no other one. */
static void
test_snapshots_late (void)
{
  g_autoptr (World) world = world_new ();
  g_autoptr (ServerSignalStore) store = store_new (world);
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");

  world->held = TRUE;
  for (int i = 1; i <= 3000; i++)
    {
      g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
      if (i > 300)
        give_answer (g_queue_pop_head (&world->answers));
    }
  g_assert_cmpuint (world->n_snapshots, >, 1);
  g_assert_cmpuint (world->n_snapshots, <=, 3000 * 200 / SS_STORE_LOG_BYTES);
  world_let_go (world);
  WAIT_UNTIL (server_signal_get_revision (published (signal)) == 3000);
  close_store (store);
}

/* Of stores in memory one has to stay, which the others share. */

static gpointer
memory_set_up (void)
{
  return server_signal_memory_store_new ();
}

static ServerSignalStore *
memory_store_new (gpointer place)
{
  return server_signal_memory_store_share (place);
}

static const StoreEngine memory_engine = {
  .name = "memory",
  .set_up = memory_set_up,
  .store_new = memory_store_new,
  .tear_down = g_object_unref,
  .is_shared = TRUE,
};

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/own", test_own);
  g_test_add_func ("/store/own/taken", test_own_taken);
  g_test_add_func ("/store/durable", test_durable);
  g_test_add_func ("/store/hasty-end", test_hasty_end);
  g_test_add_func ("/store/fenced", test_fenced);
  g_test_add_func ("/store/put-back", test_put_back);
  g_test_add_func ("/store/put-back/late", test_put_back_late);
  g_test_add_func ("/store/put-back/unheard", test_put_back_unheard);
  g_test_add_func ("/store/put-back/twice", test_put_back_twice);
  g_test_add_func ("/store/bound", test_bound);
  g_test_add_data_func ("/store/updates", NULL, test_updates);
  g_test_add_data_func ("/store/updates/faults", GUINT_TO_POINTER (200), test_updates);
  g_test_add_data_func ("/store/updates/unheard", NULL, test_update_unheard);
  g_test_add_data_func ("/store/updates/late", GINT_TO_POINTER (TRUE), test_update_unheard);
  g_test_add_func ("/store/update-errors", test_update_errors);
  g_test_add_func ("/store/conflicts", test_conflicts);
  g_test_add_func ("/store/random", test_random);
  g_test_add_func ("/store/snapshots", test_snapshots);
  g_test_add_func ("/store/audit", test_audit);
  g_test_add_func ("/store/snapshots/late", test_snapshots_late);
  store_cases_add (&memory_engine);

  return g_test_run ();
}
