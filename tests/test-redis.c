/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Stores on real Redis servers, started here, each on a unix socket in a folder of its own. */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "libserver-signal.h"
#include "model/clock.h"
#include "redis-fixture.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"
#include "store-cases.h"
#include "store-fixture.h"
#include "store/ss-redis-address.h"
#include "store/ss-redis-command.h"
#include "store/ss-redis-script.h"
#include "test-utils.h"

static ServerSignalStore *
store_new (const char *socket,
           const char *query)
{
  g_autofree char *uri = g_strdup_printf ("unix:%s?prefix=t%s", socket, query);
  g_autoptr (GError) error = NULL;
  ServerSignalStore *store = server_signal_redis_new (uri, &error);

  g_assert_no_error (error);
  server_signal_store_set_lease (store, 1000);

  return store;
}

static void
test_address (void)
{
  static const struct
  {
    const char *uri;
    gboolean good;
  } cases[] = {
    { "redis://localhost", TRUE },
    { "redis://localhost:7000/3?prefix=app", TRUE },
    { "rediss://user:pa%40ss@example.org/0", TRUE },
    { "redis://:secret@[::1]:6379", TRUE },
    { "redis+sentinel://a:1,b,c:3/mymaster/2?replicas=1", TRUE },
    { "redis+cluster://a:1,b,[::1]:3?prefix=x&replicas=1", TRUE },
    { "rediss+cluster://:secret@a", TRUE },
    { "unix:///run/redis/redis.sock?database=2", TRUE },
    { "unix:/run/redis.sock", TRUE },
    { "redis:localhost", FALSE },
    { "http://localhost", FALSE },
    { "redis://", FALSE },
    { "redis://a,b", FALSE },
    { "redis://a/x", FALSE },
    { "redis://a/1/2", FALSE },
    { "redis://a?what=1", FALSE },
    { "redis://a?prefix=", FALSE },
    { "redis://a?prefix=a{b", FALSE },
    { "redis://user@a", FALSE },
    { "redis+sentinel://a", FALSE },
    { "redis+cluster://", FALSE },
    { "redis+cluster://a/1", FALSE },
    { "redis+cluster://a?database=1", FALSE },
    { "redis+other://a", FALSE },
    { "unix://relative", FALSE },
    { "localhost", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ServerSignalStore) store = server_signal_redis_new (cases[i].uri, &error);

      g_test_message ("%s: %s", cases[i].uri, error != NULL ? error->message : "good");
      g_assert_true ((store != NULL) == cases[i].good);
      if (store == NULL)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }

  {
    g_autoptr (SsRedisAddress) address =
      ss_redis_address_parse ("redis+sentinel://u:p%3A@a:1,b/m/2?replicas=1&prefix=x", NULL);

    g_assert_cmpuint (address->hosts->len, ==, 2);
    g_assert_cmpstr (address->sentinel, ==, "m");
    g_assert_cmpstr (address->user, ==, "u");
    g_assert_cmpstr (address->password, ==, "p:");
    g_assert_cmpuint (address->database, ==, 2);
    g_assert_cmpuint (address->replicas, ==, 1);
    g_assert_cmpstr (address->prefix, ==, "x");
  }
}

static void
test_own (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) first = store_new (server->socket, "&database=2");
  g_autoptr (ServerSignalStore) second = store_new (server->socket, "&database=2");
  g_autoptr (ServerSignal) signal = own (first, "a}b{c", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (second, "a}b{c");
  g_autoptr (ServerSignal) next = NULL;
  g_autofree char *epoch = g_strdup (server_signal_get_epoch (signal));
  g_autofree char *large = g_strnfill (20000, 'x');

  for (int i = 1; i <= 1000; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  WAIT_UNTIL (is_settled (signal, replica));
  g_assert_true (server_signal_set_string (signal, "/large", large, NULL));
  g_assert_true (server_signal_set_string (signal, "/text", "\"é\n\\u0001 \x7f", NULL));
  WAIT_UNTIL (is_settled (signal, replica));

  /* Scripts that are gone come back. */
  COMMAND (server, "SCRIPT FLUSH");
  for (int i = 1; i <= 50; i++)
    g_assert_true (server_signal_set_int (signal, "/n", -i, NULL));
  WAIT_UNTIL (is_settled (signal, replica));

  /* As a process that is killed: the next one waits for the end of the lease. */
  g_clear_object (&first);
  next = own (second, "a}b{c", "null");
  g_assert_cmpint (server_signal_get_int (next, "/n"), ==, -50);
  g_assert_cmpuint (server_signal_get_revision (next), ==, 1052);
  g_assert_cmpstr (server_signal_get_epoch (next), ==, epoch);
  g_assert_true (server_signal_set_int (next, "/n", 7, NULL));
  WAIT_UNTIL (is_settled (next, replica));
  close_store (second);
}

/* Many processes count, without a lease. */
static void
test_updates (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  ServerSignalStore *stores[4];
  g_autoptr (ServerSignal) replica = NULL;
  guint done = 0;
  const guint each = 50;

  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    stores[i] = store_new (server->socket, "");
  replica = server_signal_store_get_signal (stores[0], "count");
  for (guint n = 0; n < each; n++)
    for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
      server_signal_store_update_async (stores[i], "count", count_up, NULL, NULL, NULL, count_cb,
                                        &done);
  /* With their connections cut under them. */
  while (done < each * G_N_ELEMENTS (stores))
    {
      guint before = done;

      WAIT_UNTIL (done >= MIN (before + 40, each * G_N_ELEMENTS (stores)));
      COMMAND (server, "CLIENT KILL TYPE normal SKIPME yes");
      COMMAND (server, "CLIENT KILL TYPE pubsub");
    }
  WAIT_UNTIL (server_signal_get_int (replica, "/n") == (gint64) done &&
              !server_signal_get_stale (replica));
  g_assert_cmpuint (server_signal_get_revision (replica), ==, done - 1);

  for (guint i = 0; i < G_N_ELEMENTS (stores); i++)
    {
      close_store (stores[i]);
      g_object_unref (stores[i]);
    }
}

/* The server forgets everything, or is killed: with its log, and without one. */
static void
test_restart (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, "--appendonly", "yes", NULL);
  g_autoptr (ServerSignalStore) first = store_new (server->socket, "");
  g_autoptr (ServerSignalStore) second = store_new (server->socket, "");
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignal) replica = NULL;
  g_autofree char *epoch = NULL;
  g_autofree char *kept = NULL;

  /* Longer than the server is away on any machine: after it, it would be another life. */
  server_signal_store_set_lease (first, 600000);
  signal = own (first, "a", "{\"n\":0}");
  replica = server_signal_store_get_signal (second, "a");
  epoch = g_strdup (server_signal_get_epoch (signal));
  for (int i = 1; i <= 20; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  WAIT_UNTIL (is_settled (signal, replica));

  COMMAND (server, "FLUSHALL");
  g_assert_true (server_signal_set_int (signal, "/n", 21, NULL));
  WAIT_UNTIL (is_settled (signal, replica));

  /* A part of it, as eviction does. */
  COMMAND (server, "DEL t:{a}:log");
  g_assert_true (server_signal_set_int (signal, "/n", 22, NULL));
  WAIT_UNTIL (is_settled (signal, replica));
  COMMAND (server, "DEL t:{a}");
  g_assert_true (server_signal_set_int (signal, "/n", 23, NULL));
  WAIT_UNTIL (is_settled (signal, replica));

  server_kill (server);
  WAIT_UNTIL (!server_signal_store_get_online (first) && server_signal_get_stale (replica));
  for (int i = 24; i <= 30; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  g_assert_cmpint (server_signal_get_int (replica, "/n"), ==, 23);
  server_start (server);
  WAIT_UNTIL (is_settled (signal, replica));
  g_assert_cmpuint (server_signal_get_revision (replica), ==, 30);

  server_kill (server);
  WAIT_UNTIL (!server_signal_store_get_online (first) && server_signal_get_stale (replica));
  {
    g_autofree char *log = g_build_filename (server->folder, "appendonlydir", NULL);

    remove_folder (log);
  }
  server_start (server);
  WAIT_UNTIL (is_settled (signal, replica));
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, epoch);
  kept = ask_string (server, "HGET", "t:{a}", "r");
  g_assert_cmpstr (kept, ==, "30");

  close_store (first);
  close_store (second);
}

static void
make_link (const char *target,
           const char *path)
{
  g_autofree char *next = g_strconcat (path, ".next", NULL);

  g_unlink (next);
  g_assert_cmpint (symlink (target, next), ==, 0);
  g_assert_cmpint (g_rename (next, path), ==, 0);
}

/* A replica that was behind takes the place of its primary. With the owner there, nothing is lost;
 * without it, a new life begins, and says so. */
static void
test_failover (gconstpointer owner_stays)
{
  g_autoptr (Server) primary = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (Server) other = server_new (PLAIN_OPTIONS, NULL);
  g_autofree char *link = g_build_filename (other->folder, "link", NULL);
  g_autoptr (ServerSignalStore) first = NULL;
  g_autoptr (ServerSignalStore) second = NULL;
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignal) replica = NULL;
  g_autofree char *epoch = NULL;
  redisReply *dump;
  const char *keys[] = { "t:{a}", "t:{a}:log" };

  make_link (primary->socket, link);
  first = store_new (link, "");
  second = store_new (link, "");
  signal = own (first, "a", "{\"n\":0}");
  replica = server_signal_store_get_signal (second, "a");
  for (int i = 1; i <= 10; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  WAIT_UNTIL (is_settled (signal, replica));
  epoch = g_strdup (server_signal_get_epoch (signal));

  /* The other server has it up to here, as one that was replicating has, with another id. */
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      redisReply *reply;

      dump = ask (primary, "DUMP %s", keys[i]);
      reply = ask (other, "RESTORE %s 0 %b", keys[i], dump->str, (size_t) dump->len);
      g_assert_cmpint (reply->type, ==, REDIS_REPLY_STATUS);
      freeReplyObject (reply);
      freeReplyObject (dump);
    }

  for (int i = 11; i <= 15; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  WAIT_UNTIL (is_settled (signal, replica));
  if (!owner_stays)
    g_clear_object (&first);

  make_link (other->socket, link);
  server_kill (primary);
  WAIT_UNTIL (server_signal_get_stale (replica));

  if (owner_stays)
    {
      WAIT_UNTIL (is_settled (signal, replica));
      g_assert_true (server_signal_set_int (signal, "/n", 16, NULL));
      WAIT_UNTIL (is_settled (signal, replica));
      g_assert_cmpuint (server_signal_get_revision (replica), ==, 16);
      g_assert_cmpstr (server_signal_get_epoch (replica), ==, epoch);
      close_store (first);
    }
  else
    {
      g_autoptr (ServerSignal) next = own (second, "a", "null");

      g_assert_cmpuint (server_signal_get_revision (next), ==, 10);
      g_assert_cmpstr (server_signal_get_epoch (next), !=, epoch);
      for (int i = 11; i <= 15; i++)
        g_assert_true (server_signal_set_int (next, "/n", -i, NULL));
      WAIT_UNTIL (is_settled (next, replica));
    }
  close_store (second);
}

/* The reader alone finds out that what it has is gone for good. */
static void
test_failover_read (void)
{
  g_autoptr (Server) primary = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (Server) other = server_new (PLAIN_OPTIONS, NULL);
  g_autofree char *link = g_build_filename (other->folder, "link", NULL);
  g_autoptr (ServerSignalStore) store = NULL;
  g_autoptr (ServerSignal) replica = NULL;
  g_autofree char *epoch = NULL;
  guint done = 0;
  redisReply *dump;
  const char *keys[] = { "t:{a}", "t:{a}:log" };

  make_link (primary->socket, link);
  store = store_new (link, "");
  replica = server_signal_store_get_signal (store, "a");
  for (int i = 0; i < 3; i++)
    server_signal_store_update_async (store, "a", count_up, NULL, NULL, NULL, count_cb, &done);
  WAIT_UNTIL (done == 3 && server_signal_get_int (replica, "/n") == 3);
  epoch = g_strdup (server_signal_get_epoch (replica));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      dump = ask (primary, "DUMP %s", keys[i]);
      COMMAND (other, "RESTORE %s 0 %b", keys[i], dump->str, (size_t) dump->len);
      freeReplyObject (dump);
    }
  server_signal_store_update_async (store, "a", count_up, NULL, NULL, NULL, count_cb, &done);
  WAIT_UNTIL (done == 4 && server_signal_get_int (replica, "/n") == 4);

  make_link (other->socket, link);
  server_kill (primary);
  WAIT_UNTIL (server_signal_get_int (replica, "/n") == 3 && !server_signal_get_stale (replica));
  g_assert_cmpstr (server_signal_get_epoch (replica), !=, epoch);
  close_store (store);
}

/* An owner that is stopped for longer than its lease. */
static void
lost_cb (ServerSignalStore *store,
         ServerSignal      *signal,
         GError            *error,
         gpointer           user_data)
{
  g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY);
  *(gboolean *) user_data = TRUE;
}

static void
test_fenced (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) first = store_new (server->socket, "");
  g_autoptr (ServerSignalStore) second = store_new (server->socket, "");
  g_autoptr (ServerSignal) signal = own (first, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) next = NULL;
  gboolean is_lost = FALSE;

  g_signal_connect (first, "lost", G_CALLBACK (lost_cb), &is_lost);
  /* Its lease is over, and it does not know. */
  COMMAND (server, "DEL t:{a}:lease");
  next = own (second, "a", "null");
  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  g_assert_true (server_signal_set_int (next, "/n", 2, NULL));
  WAIT_UNTIL (is_lost);
  WAIT_UNTIL (is_same (signal, next));
  g_assert_cmpint (server_signal_get_int (signal, "/n"), ==, 2);
  g_assert_false (server_signal_get_writable (signal));
  close_store (first);
  close_store (second);
}

/* A document that is put back after a better one has come, since the way was slow, takes nothing back. */
static void
ignored_cb (SsStoreRequest *request,
            const GError   *error,
            gpointer        user_data)
{
}

static void
test_put_back_twice (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) store = store_new (server->socket, "");
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) shown = g_object_ref (ss_signal_get_published (signal));
  SsStoreRequest *request = ss_store_request_new (SS_STORE_RESTORE, "a", ignored_cb, NULL);
  g_auto (SsRedisKeys) keys = { 0 };
  g_autofree char *era = ask_string (server, "HGET", "t:{a}", "i");
  g_autofree char *generation = ask_string (server, "HGET", "t:{a}", "g");
  g_autofree char *revision = NULL;
  SsRedisCommand command;

  request->epoch = g_strdup (server_signal_get_epoch (signal));
  request->owner = ask_string (server, "HGET", "t:{a}", "o");
  request->generation = g_ascii_strtoull (generation, NULL, 10);
  request->mark = ss_mark_first (request->epoch, 0);
  request->text = g_bytes_new_static ("{}", 2);
  ss_redis_keys_init (&keys, "t", "a");
  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  WAIT_UNTIL (is_same (signal, shown));
  ss_redis_command_init (&command, ss_redis_script, NULL, era, &keys, request);

  for (guint i = 0; i < 2; i++)
    {
      redisReply *reply =
        redisCommandArgv (server->context, command.n, command.args, command.lengths);

      /* The same before the owner has lost it, and after. */
      g_assert_cmpint (reply->type, ==, REDIS_REPLY_ARRAY);
      g_assert_cmpstr (reply->element[0]->str, ==, i == 0 ? "CONFLICT" : "OK");
      freeReplyObject (reply);
      g_free (revision);
      revision = ask_string (server, "HGET", "t:{a}", "r");
      g_assert_cmpstr (revision, ==, i == 0 ? "1" : "0");
      if (i == 0)
        COMMAND (server, "DEL t:{a}:log");
    }

  /* The owner, which has more, puts it back. */
  g_assert_true (server_signal_set_int (signal, "/n", 2, NULL));
  WAIT_UNTIL (is_same (signal, shown));
  g_assert_cmpuint (server_signal_get_revision (signal), ==, 2);
  ss_store_request_finish (request, NULL);
  close_store (store);
}

/* A server whose memory is full takes nothing, and everything again when there is room. */
static void
test_full (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) store = store_new (server->socket, "");
  g_autoptr (ServerSignalStore) other = store_new (server->socket, "");
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (other, "a");

  WAIT_UNTIL (is_settled (signal, replica));
  COMMAND (server, "CONFIG SET maxmemory 1");
  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  WAIT_UNTIL (server_signal_get_stale (ss_signal_get_published (signal)));
  g_assert_true (server_signal_set_int (signal, "/n", 2, NULL));
  g_assert_cmpint (server_signal_get_int (ss_signal_get_published (signal), "/n"), ==, 0);
  COMMAND (server, "CONFIG SET maxmemory 0");
  WAIT_UNTIL (is_settled (signal, replica));
  close_store (store);
  close_store (other);
}

static GError *
own_error (ServerSignalStore *store,
           const char        *name)
{
  g_autoptr (GAsyncResult) result = NULL;
  Outcome outcome = { NULL };
  GError *error = NULL;

  server_signal_store_own_async (store, name, NULL, NULL, outcome_cb, &outcome);
  WAIT_UNTIL (outcome.result != NULL);
  result = outcome.result;
  g_assert_null (server_signal_store_own_finish (store, result, &error));

  return error;
}

static GError *
update_error (ServerSignalStore *store,
              const char        *name)
{
  g_autoptr (GAsyncResult) result = NULL;
  Outcome outcome = { NULL };
  GError *error = NULL;

  server_signal_store_update_async (store, name, count_up, NULL, NULL, NULL, outcome_cb, &outcome);
  WAIT_UNTIL (outcome.result != NULL);
  result = outcome.result;
  server_signal_store_update_finish (store, result, &error);

  return error;
}

/* Data of others under our keys: it is left as it is, and whoever asks is told where it is. */
static void
test_foreign (void)
{
  static const char *const commands[] = {
    "SET t:{a} theirs",
    "SET t:{a}:log theirs",
    "HSET t:{a}:lease theirs 1",
    "HSET t:{a} theirs 1",
    "HSET t:{a} e 1 g 1 o x r x c x t 0 b 0 s x sr 0 sc x i x u x",
  };
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) store = store_new (server->socket, "");

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (ServerSignal) replica = NULL;
      g_autoptr (ServerSignal) signal = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) update = NULL;
      redisReply *before, *after;

      g_test_message ("%s", commands[i]);
      COMMAND (server, commands[i]);
      before = ask (server, "EVAL %s 0",
                    "local all = ''; for _, key in ipairs(redis.call('KEYS', '*'))"
                    " do all = all .. key .. redis.call('DUMP', key) end return all");
      error = own_error (store, "a");
      g_assert_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, server->socket));
      g_assert_nonnull (strstr (error->message, "t:{a}"));
      update = update_error (store, "a");
      g_assert_error (update, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL);

      /* Where nobody is told by an error, the store says it, until it is over. */
      g_assert_null (server_signal_store_get_error (store));
      replica = server_signal_store_get_signal (store, "a");
      WAIT_UNTIL (server_signal_store_get_error (store) != NULL);
      g_assert_error (server_signal_store_get_error (store), SERVER_SIGNAL_ERROR,
                      SERVER_SIGNAL_ERROR_PROTOCOL);
      g_assert_true (server_signal_store_get_online (store));
      after = ask (server, "EVAL %s 0",
                   "local all = ''; for _, key in ipairs(redis.call('KEYS', '*'))"
                   " do all = all .. key .. redis.call('DUMP', key) end return all");
      g_assert_cmpmem (before->str, before->len, after->str, after->len);
      freeReplyObject (before);
      freeReplyObject (after);

      COMMAND (server, "FLUSHALL");
      signal = own (store, "a", "{\"n\":0}");
      WAIT_UNTIL (is_settled (signal, replica));
      WAIT_UNTIL (server_signal_store_get_error (store) == NULL);
      server_signal_store_release (store, signal);
      WAIT_UNTIL (!server_signal_get_writable (signal));
      COMMAND (server, "FLUSHALL");
    }
  close_store (store);
}

/* A user who may not run every command: a commit is made as a whole or not at all, and the owner goes
 * on when it is allowed. */
static void
test_forbidden (void)
{
  static const char *const commands[] = { "evalsha", "hset", "xadd", "set" };
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) store = store_new (server->socket, "");
  g_autoptr (ServerSignalStore) other = store_new (server->socket, "");
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (other, "a");
  g_autoptr (ServerSignal) counted = server_signal_store_get_signal (other, "b");
  g_autofree char *key = NULL;
  guint done = 0;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (GError) error = NULL;

      WAIT_UNTIL (is_settled (signal, replica));
      COMMAND (server, "ACL SETUSER default -%s", commands[i]);
      if (!g_str_equal (commands[i], "set"))
        {
          error = update_error (store, "b");
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
        }
      g_assert_true (server_signal_set_int (signal, "/n", (gint64) i + 1, NULL));
      WAIT_UNTIL (server_signal_store_get_error (store) != NULL);
      g_assert_error (server_signal_store_get_error (store), G_IO_ERROR,
                      G_IO_ERROR_PERMISSION_DENIED);
      g_assert_nonnull (strstr (server_signal_store_get_error (store)->message, "t:{a}"));
      COMMAND (server, "ACL SETUSER default +%s", commands[i]);
      WAIT_UNTIL (is_settled (signal, replica));
      WAIT_UNTIL (server_signal_store_get_error (store) == NULL);
      server_signal_store_update_async (store, "b", count_up, NULL, NULL, NULL, count_cb, &done);
      WAIT_UNTIL (done == i + 1);
    }
  /* None of those that were refused. */
  WAIT_UNTIL (server_signal_get_int (counted, "/n") == (gint64) done &&
              !server_signal_get_stale (counted));
  close_store (store);
  close_store (other);
}

/* Without its news a store is of no use, and says so rather than being late. */
static void
test_no_news (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) store = store_new (server->socket, "");
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (store, "a");

  COMMAND (server, "ACL SETUSER default resetchannels");
  WAIT_UNTIL (server_signal_store_get_error (store) != NULL);
  g_assert_nonnull (strstr (server_signal_store_get_error (store)->message, "NOPERM"));
  g_assert_nonnull (strstr (server_signal_store_get_error (store)->message, server->socket));
  g_assert_false (server_signal_store_get_online (store));
  COMMAND (server, "ACL SETUSER default &t:*");
  signal = own (store, "a", "1");
  WAIT_UNTIL (is_settled (signal, replica));
  g_assert_null (server_signal_store_get_error (store));
  close_store (store);
}

/* A commit is not confirmed before a replica has it. */
static void
test_replicas (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, "--port", "PORT", NULL);
  g_autoptr (Server) second = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) store = NULL;
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignal) shown = NULL;

  COMMAND (second, "REPLICAOF 127.0.0.1 %d", (int) server->port);

  store = store_new (server->socket, "&replicas=1");
  signal = own (store, "a", "0");
  shown = g_object_ref (ss_signal_get_published (signal));
  g_assert_true (server_signal_set_json (signal, NULL, "1", NULL));
  WAIT_UNTIL (server_signal_get_int (shown, NULL) == 1);

  COMMAND (second, "REPLICAOF NO ONE");
  g_assert_true (server_signal_set_json (signal, NULL, "2", NULL));
  WAIT_UNTIL (server_signal_get_stale (shown));
  g_assert_cmpint (server_signal_get_int (shown, NULL), ==, 1);

  COMMAND (second, "REPLICAOF 127.0.0.1 %d", (int) server->port);
  WAIT_UNTIL (server_signal_get_int (shown, NULL) == 2 && !server_signal_get_stale (shown));
  close_store (store);
}

static void
test_password (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, "--port", "PORT", NULL);
  g_autoptr (ServerSignalStore) good = NULL;
  g_autoptr (ServerSignalStore) bad = store_new (server->socket, "");
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignal) replica = NULL;
  g_autofree char *uri = NULL;
  g_auto (GStrv) names = NULL;
  Outcome listed = { NULL };

  /* The commands that doc/stores.md says. */
  COMMAND (server, "ACL SETUSER app on >s:cret ~t:* &t:* -@all +@read +@write +@connection "
                   "+@pubsub +@scripting +info +wait");
  COMMAND (server, "ACL SETUSER default resetpass");
  uri = g_strdup_printf ("redis://app:s%%3Acret@127.0.0.1:%u/0?prefix=t", server->port);
  good = server_signal_redis_new (uri, NULL);
  signal = own (good, "a", "1");
  g_assert_true (server_signal_store_get_online (good));
  g_assert_true (server_signal_set_json (signal, NULL, "2", NULL));
  WAIT_UNTIL (is_same (signal, ss_signal_get_published (signal)));
  server_signal_store_list_async (good, NULL, NULL, outcome_cb, &listed);
  WAIT_UNTIL (listed.result != NULL);
  names = server_signal_store_list_finish (good, listed.result, NULL);
  g_assert_cmpuint (g_strv_length (names), ==, 1);
  g_object_unref (listed.result);

  replica = server_signal_store_get_signal (bad, "a");
  WAIT_UNTIL (server_signal_store_get_error (bad) != NULL);
  g_assert_nonnull (strstr (server_signal_store_get_error (bad)->message, "NOAUTH"));
  g_assert_true (server_signal_get_stale (replica));
  close_store (good);
  close_store (bad);
}

/* A server that is there and says nothing is one that is away. */
static void
test_silent (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) store = store_new (server->socket, "");
  g_autoptr (ServerSignalStore) other = store_new (server->socket, "");
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (other, "a");

  WAIT_UNTIL (is_settled (signal, replica));
  g_subprocess_send_signal (server->process, SIGSTOP);
  g_assert_true (server_signal_set_int (signal, "/n", 1, NULL));
  /* The first look finds what came before, and after the second one something is asked. A server under load
   * says something even after the signal. */
  for (guint i = 0; i < 100 && (server_signal_store_get_online (store) ||
                                server_signal_store_get_online (other));
       i++)
    {
      g_assert_true (i > 2 || server_signal_store_get_online (store));
      clock_skip (SS_REDIS_SILENCE_MS * G_GINT64_CONSTANT (1000));
      test_settle ();
    }
  g_assert_false (server_signal_store_get_online (store));
  g_assert_false (server_signal_store_get_online (other));
  g_assert_true (server_signal_get_stale (replica));
  g_assert_error (server_signal_store_get_error (store), G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  g_subprocess_send_signal (server->process, SIGCONT);
  WAIT_UNTIL (is_settled (signal, replica));
  close_store (store);
  close_store (other);
}

static gboolean
incoming_cb (GSocketService    *service,
             GSocketConnection *connection,
             GObject           *source,
             gpointer           user_data)
{
  (*(guint *) user_data)++;
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);

  return TRUE;
}

/* A server that ends every connection is not asked all the time. */
static void
test_retries (void)
{
  g_autofree char *folder = g_dir_make_tmp ("server-signal-redis-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketService) service = g_socket_service_new ();
  g_autoptr (ServerSignalStore) store = store_new (path, "");
  g_autoptr (ServerSignal) replica = NULL;
  const guint seconds = 20 * SS_REDIS_RETRY_MAX_MS / 1000;
  guint n_connections = 0;

  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (service), address,
                                                G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                                                NULL, NULL, NULL));
  g_signal_connect (service, "incoming", G_CALLBACK (incoming_cb), &n_connections);
  replica = server_signal_store_get_signal (store, "a");
  WAIT_UNTIL (n_connections >= 2);
  for (guint i = 0; i < seconds * 100; i++)
    {
      clock_skip (10000);
      test_settle ();
    }
  /* Two for each try: some at first, and then 20 of the longest wait, or twice as many, as it is one of up
   * to that time. */
  g_assert_cmpuint (n_connections, >, 2 * 10);
  g_assert_cmpuint (n_connections, <, 2 * 120);
  g_test_message ("%u connections in %u seconds", n_connections, seconds);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  close_store (store);
  remove_folder (folder);
}

/* After a failover the reader does not begin a new life before the owner has had its time. */
static void
test_grace (void)
{
  g_autoptr (Server) primary = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (Server) other = server_new (PLAIN_OPTIONS, NULL);
  g_autofree char *link = g_build_filename (other->folder, "link", NULL);
  g_autoptr (ServerSignalStore) first = NULL;
  g_autoptr (ServerSignalStore) second = NULL;
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignal) replica = NULL;
  g_autofree char *epoch = NULL;
  gint64 left = 0;
  redisReply *dump;

  make_link (primary->socket, link);
  first = store_new (link, "");
  second = store_new (link, "");
  signal = own (first, "a", "{\"n\":1}");
  replica = server_signal_store_get_signal (second, "a");
  WAIT_UNTIL (is_settled (signal, replica));
  epoch = g_strdup (server_signal_get_epoch (signal));
  dump = ask (primary, "DUMP t:{a}");
  COMMAND (other, "RESTORE t:{a} 0 %b", dump->str, (size_t) dump->len);
  freeReplyObject (dump);
  g_clear_object (&first);
  make_link (other->socket, link);
  server_kill (primary);

  while (left <= 0)
    {
      redisReply *reply = ask (other, "PTTL t:{a}:lease");

      left = reply->integer;
      freeReplyObject (reply);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpint (left, >, SS_REDIS_GRACE_MS / 2);
  g_assert_cmpint (left, <=, SS_REDIS_GRACE_MS);
  g_assert_true (server_signal_get_stale (replica));
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, epoch);
  COMMAND (other, "DEL t:{a}:lease");
  WAIT_UNTIL (!server_signal_get_stale (replica));
  g_assert_cmpstr (server_signal_get_epoch (replica), !=, epoch);
  close_store (second);
}

typedef struct
{
  ServerSignal *signal;
  guint         n_calls;
  guint         n_answers;
  gint64        shown;      /* by the caller's replica when the answer came */
} Calls;

static gboolean
write_cb (ServerSignalHub  *hub,
          ServerSignalCall *call,
          gpointer          user_data)
{
  Calls *calls = user_data;

  calls->n_calls++;
  server_signal_set_int (calls->signal, "/n", calls->n_calls, NULL);
  server_signal_call_return (call, NULL);

  return TRUE;
}

static void
written_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  ServerSignalClient *client = SERVER_SIGNAL_CLIENT (object);
  Calls *calls = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) value = server_signal_client_call_finish (client, result, &error);

  g_assert_no_error (error);
  calls->n_answers++;
  calls->shown = server_signal_get_int (server_signal_client_get_signal (client, "a"), "/n");
}

/* An answer is never ahead of what its call has committed, so it waits for the store as that does. */
static void
test_answers (void)
{
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, NULL);
  g_autoptr (ServerSignalStore) store = store_new (server->socket, "");
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignalClient) client = NULL;
  g_autofree char *uri = NULL;
  ServerSignal *replica;
  Calls calls = { .signal = signal };

  g_signal_connect (hub, "call::write", G_CALLBACK (write_cb), &calls);
  g_assert_true (server_signal_hub_add (hub, signal, NULL));
  g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
  uri = server_signal_hub_dup_uri (hub);
  client = server_signal_client_new (uri);
  replica = server_signal_client_get_signal (client, "a");
  server_signal_client_start (client);
  WAIT_UNTIL (!server_signal_get_stale (replica));

  for (guint i = 1; i <= 50; i++)
    {
      server_signal_client_call_async (client, "write", NULL, NULL, written_cb, &calls);
      WAIT_UNTIL (calls.n_answers == i);
      g_assert_cmpint (calls.shown, ==, i);
    }

  COMMAND (server, "CONFIG SET maxmemory 1");
  server_signal_client_call_async (client, "write", NULL, NULL, written_cb, &calls);
  WAIT_UNTIL (calls.n_calls == 51 && server_signal_get_stale (ss_signal_get_published (signal)));
  server_signal_client_call_async (client, "write", NULL, NULL, written_cb, &calls);
  WAIT_UNTIL (calls.n_calls == 52);
  test_settle ();
  g_assert_cmpuint (calls.n_answers, ==, 50);
  COMMAND (server, "CONFIG SET maxmemory 0");
  WAIT_UNTIL (calls.n_answers == 52);
  g_assert_cmpint (calls.shown, ==, 52);

  /* Where the commit is lost with the lease, the answer comes all the same. */
  COMMAND (server, "CONFIG SET maxmemory 1");
  server_signal_client_call_async (client, "write", NULL, NULL, written_cb, &calls);
  WAIT_UNTIL (calls.n_calls == 53);
  COMMAND (server, "CONFIG SET maxmemory 0");
  COMMAND (server, "HSET t:{a} o other g 1000");
  COMMAND (server, "SET t:{a}:lease other");
  WAIT_UNTIL (calls.n_answers == 53);
  WAIT_UNTIL (!server_signal_get_writable (signal));

  server_signal_client_stop (client);
  server_signal_hub_detach (hub);
  close_store (store);
}

static gpointer
redis_set_up (void)
{
  return server_new (PLAIN_OPTIONS, NULL);
}

static ServerSignalStore *
redis_store_new (gpointer place)
{
  return store_new (((Server *) place)->socket, "");
}

static void
redis_tear_down (gpointer place)
{
  server_free (place);
}

static const StoreEngine redis_engine = {
  .name = "redis",
  .set_up = redis_set_up,
  .store_new = redis_store_new,
  .tear_down = redis_tear_down,
  .is_shared = TRUE,
};

int
main (int    argc,
      char **argv)
{
  g_autofree char *program = g_find_program_in_path ("redis-server");

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/redis/address", test_address);
  if (program == NULL)
    {
      g_test_message ("redis-server is not installed");
      return g_test_run ();
    }

  g_test_add_func ("/redis/own", test_own);
  store_cases_add (&redis_engine);
  g_test_add_func ("/redis/updates", test_updates);
  g_test_add_func ("/redis/restart", test_restart);
  g_test_add_data_func ("/redis/failover/owner", GINT_TO_POINTER (TRUE), test_failover);
  g_test_add_data_func ("/redis/failover/no-owner", NULL, test_failover);
  g_test_add_func ("/redis/failover/reader", test_failover_read);
  g_test_add_func ("/redis/fenced", test_fenced);
  g_test_add_func ("/redis/put-back-twice", test_put_back_twice);
  g_test_add_func ("/redis/full", test_full);
  g_test_add_func ("/redis/foreign", test_foreign);
  g_test_add_func ("/redis/forbidden", test_forbidden);
  g_test_add_func ("/redis/no-news", test_no_news);
  g_test_add_func ("/redis/replicas", test_replicas);
  g_test_add_func ("/redis/password", test_password);
  g_test_add_func ("/redis/answers", test_answers);
  g_test_add_func ("/redis/silent", test_silent);
  g_test_add_func ("/redis/retries", test_retries);
  g_test_add_func ("/redis/grace", test_grace);

  return g_test_run ();
}
