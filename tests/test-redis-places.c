/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Stores that have to find their server, on real ones: with TLS, by sentinels, in a cluster. */

#include <stdlib.h>
#include <string.h>

#include "libserver-signal.h"
#include "redis-fixture.h"
#include "signal/server-signal-private.h"
#include "store-fixture.h"
#include "store/ss-redis-slots.h"
#include "test-certificate.h"
#include "test-utils.h"

static ServerSignalStore *
store_new (const char *format,
           ...) G_GNUC_PRINTF (1, 2);

static ServerSignalStore *
store_new (const char *format,
           ...)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  ServerSignalStore *store;
  va_list arguments;

  va_start (arguments, format);
  uri = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  store = server_signal_redis_new (uri, &error);
  g_assert_no_error (error);
  server_signal_store_set_lease (store, 2000);

  return store;
}

static char *
find_certificate (void)
{
  return g_test_build_filename (G_TEST_DIST, "data", "localhost.pem", NULL);
}

#define TLS_OPTIONS(certificate) \
  "--tls-port", "PORT", "--port", "0", "--tls-cert-file", certificate, "--tls-key-file", \
    certificate, "--tls-ca-cert-file", certificate

/* The server wants a certificate of its clients as well. */
static void
test_tls (void)
{
  g_autofree char *file = find_certificate ();
  g_autoptr (Server) server = server_new (PLAIN_OPTIONS, TLS_OPTIONS (file), NULL);
  const guint port = server->port;
  g_autoptr (ServerSignalStore) store =
    store_new ("rediss://localhost:%u/0?prefix=t&ca=%s&certificate=%s", port, file, file);
  g_autoptr (ServerSignalStore) other =
    store_new ("rediss://127.0.0.1:%u?prefix=t&ca=%s&certificate=%s", port, file, file);
  g_autoptr (ServerSignal) signal = own (store, "a", "{\"n\":0}");
  g_autoptr (ServerSignal) replica = server_signal_store_get_signal (other, "a");
  g_autofree char *large = g_strnfill (300000, 'x');

  for (int i = 1; i <= 500; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  g_assert_true (server_signal_set_string (signal, "/large", large, NULL));
  WAIT_UNTIL (is_settled (signal, replica));
  close_store (store);
  close_store (other);

  /* Without a certificate of our own, with authorities that do not know the server's, and without
   * TLS. */
  {
    ServerSignalStore *bad[] = {
      store_new ("rediss://localhost:%u?ca=%s", port, file),
      store_new ("rediss://localhost:%u?certificate=%s", port, file),
      store_new ("redis://localhost:%u", port),
    };

    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
      {
        g_autoptr (ServerSignal) nothing = server_signal_store_get_signal (bad[i], "a");

        WAIT_UNTIL (server_signal_store_get_error (bad[i]) != NULL);
        g_test_message ("%s", server_signal_store_get_error (bad[i])->message);
        g_assert_false (server_signal_store_get_online (bad[i]));
        g_assert_true (server_signal_get_stale (nothing));
        close_store (bad[i]);
        g_object_unref (bad[i]);
      }
  }
}

/* Files of certificates that cannot be read, and those of an address that has no TLS. */
static void
test_certificates (void)
{
  g_autofree char *file = find_certificate ();
  char *good[] = {
    g_strdup_printf ("rediss://a?ca=%s&certificate=%s", file, file),
    g_strdup_printf ("rediss+sentinel://a,b/main?ca=%s", file),
    g_strdup_printf ("rediss+cluster://a,b?ca=%s", file),
  };
  g_autofree char *bad = g_strdup_printf ("redis://a?ca=%s", file);
  const char *missing[] = { "rediss://a?ca=/none", "rediss://a?certificate=/none" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ServerSignalStore) store = server_signal_redis_new (good[i], &error);

      g_assert_no_error (error);
      g_free (good[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (missing); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (server_signal_redis_new (missing[i], &error));
      g_assert_nonnull (strstr (error->message, "/none"));
    }
  {
    g_autoptr (GError) error = NULL;

    g_assert_null (server_signal_redis_new (bad, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  }
}

/* A sentinel knows the replica of its primary, and that it is one. */
static gboolean
knows_replica (Server *sentinel)
{
  redisReply *reply = ask (sentinel, "SENTINEL replicas main");
  gboolean found = FALSE;

  if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1)
    {
      redisReply *fields = reply->element[0];

      for (gsize i = 0; i + 1 < fields->elements; i += 2)
        if (g_str_equal (fields->element[i]->str, "flags"))
          found = g_str_equal (fields->element[i + 1]->str, "slave");
    }
  freeReplyObject (reply);

  return found;
}

static gboolean
names_primary (Server  *sentinel,
               guint16  port)
{
  redisReply *reply = ask (sentinel, "SENTINEL get-master-addr-by-name main");
  gboolean is_it = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
                   strtoul (reply->element[1]->str, NULL, 10) == port;

  freeReplyObject (reply);

  return is_it;
}

/* Has it make another server the primary. It refuses while it does so. */
static gboolean
fails_over (Server  *sentinel,
            guint16  port)
{
  if (names_primary (sentinel, port))
    return TRUE;

  freeReplyObject (ask (sentinel, "SENTINEL failover main"));

  return FALSE;
}

static gboolean
has_revision (Server     *server,
              const char *revision)
{
  g_autofree char *has = ask_string (server, "HGET", "t:{a}", "r");

  return g_strcmp0 (has, revision) == 0;
}

/* Asked again and again, without a main loop for those who follow. */
#define POLL_UNTIL(condition) \
  G_STMT_START \
  { \
    gint64 end_ = g_get_monotonic_time () + TEST_DEADLINE_MS * G_GINT64_CONSTANT (1000); \
    while (!(condition)) \
      { \
        g_assert_cmpint (g_get_monotonic_time (), <, end_); \
        g_usleep (5000); \
      } \
  } \
  G_STMT_END

/* A sentinel makes a replica the primary that has missed commits, and which are put back by the owner.
 * Of the addresses in the store one is nobody's. */
static void
test_sentinel (gconstpointer with_tls)
{
  g_autofree char *file = find_certificate ();
  g_autoptr (Server) primary = NULL;
  g_autoptr (Server) second = NULL;
  g_autoptr (Server) sentinel = NULL;
  g_autoptr (ServerSignalStore) first = NULL;
  g_autoptr (ServerSignalStore) other = NULL;
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignal) replica = NULL;
  g_autofree char *epoch = NULL;
  g_autofree char *uri = NULL;

  if (with_tls)
    {
      primary = server_new (PLAIN_OPTIONS, TLS_OPTIONS (file), "--tls-replication", "yes", NULL);
      second = server_new (PLAIN_OPTIONS, TLS_OPTIONS (file), "--tls-replication", "yes", NULL);
      sentinel = server_new ("sentinel.conf", "--sentinel", TLS_OPTIONS (file), "--tls-replication",
                             "yes", NULL);
      uri = g_strdup_printf ("rediss+sentinel://127.0.0.1:%u/main?prefix=t&ca=%s&certificate=%s",
                             sentinel->port, file, file);
    }
  else
    {
      primary = server_new (PLAIN_OPTIONS, "--port", "PORT", NULL);
      second = server_new (PLAIN_OPTIONS, "--port", "PORT", NULL);
      sentinel = server_new ("sentinel.conf", "--sentinel", "--port", "PORT", NULL);
      uri =
        g_strdup_printf ("redis+sentinel://127.0.0.1:1,127.0.0.1:%u/main?prefix=t", sentinel->port);
    }

  /* The replica comes in by a name that can be shut out. */
  COMMAND (primary, "ACL SETUSER replica on >secret ~* &* +@all");
  COMMAND (second, "CONFIG SET masteruser replica");
  COMMAND (second, "CONFIG SET masterauth secret");
  COMMAND (second, "REPLICAOF 127.0.0.1 %d", (int) primary->port);
  POLL_UNTIL (server_tells (second, "INFO replication", "master_link_status:up"));
  COMMAND (sentinel, "SENTINEL DEBUG info-period 100 ping-period 100 publish-period 100");
  COMMAND (sentinel, "SENTINEL monitor main 127.0.0.1 %d 1", (int) primary->port);
  POLL_UNTIL (knows_replica (sentinel));
  /* News are good for a few of these periods, and the machine may be busy. */
  COMMAND (sentinel, "SENTINEL DEBUG info-period 10000 ping-period 1000");

  first = store_new ("%s", uri);
  other = store_new ("%s", uri);
  signal = own (first, "a", "{\"n\":0}");
  replica = server_signal_store_get_signal (other, "a");
  epoch = g_strdup (server_signal_get_epoch (signal));
  for (int i = 1; i <= 10; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  WAIT_UNTIL (is_settled (signal, replica));
  POLL_UNTIL (server_tells (second, "INFO replication", "master_link_status:up"));
  POLL_UNTIL (has_revision (second, "10"));

  COMMAND (primary, "ACL SETUSER replica off");
  COMMAND (primary, "CLIENT KILL TYPE replica");
  POLL_UNTIL (server_tells (second, "INFO replication", "master_link_status:down"));
  for (int i = 11; i <= 15; i++)
    g_assert_true (server_signal_set_int (signal, "/n", i, NULL));
  WAIT_UNTIL (is_settled (signal, replica));

  server_kill (primary);
  WAIT_UNTIL (server_signal_get_stale (replica));
  POLL_UNTIL (fails_over (sentinel, second->port));
  WAIT_UNTIL (is_settled (signal, replica));
  g_assert_true (server_signal_set_int (signal, "/n", 16, NULL));
  WAIT_UNTIL (is_settled (signal, replica));
  g_assert_cmpuint (server_signal_get_revision (replica), ==, 16);
  g_assert_cmpstr (server_signal_get_epoch (replica), ==, epoch);
  g_assert_true (has_revision (second, "16"));
  close_store (first);
  close_store (other);
}

/* A cluster of three nodes, each with a third of the slots. */

#define N_NODES 3

typedef struct
{
  Server *nodes[N_NODES];
} Cluster;

static void
cluster_free (Cluster *self)
{
  for (guint i = 0; i < N_NODES; i++)
    server_free (self->nodes[i]);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cluster, cluster_free)

static gboolean
is_whole (Cluster *self)
{
  for (guint i = 0; i < N_NODES; i++)
    if (!server_tells (self->nodes[i], "CLUSTER INFO", "cluster_state:ok") ||
        !server_tells (self->nodes[i], "CLUSTER INFO", "cluster_known_nodes:3"))
      return FALSE;

  return TRUE;
}

static Cluster *
cluster_new (void)
{
  Cluster *self = g_new0 (Cluster, 1);

  for (guint i = 0; i < N_NODES; i++)
    {
      int first = SS_REDIS_SLOTS * (int) i / N_NODES;
      int next = SS_REDIS_SLOTS * ((int) i + 1) / N_NODES;

      self->nodes[i] = server_new (PLAIN_OPTIONS, "--port", "PORT", "--cluster-enabled", "yes",
                                   "--cluster-port", "BUS_PORT", "--cluster-node-timeout", "15000",
                                   "--appendonly", "yes", "--appendfsync", "no", NULL);
      COMMAND (self->nodes[i], "CLUSTER ADDSLOTSRANGE %d %d", first, next - 1);
      COMMAND (self->nodes[i], "CLUSTER SET-CONFIG-EPOCH %d", (int) i + 1);
    }
  for (guint i = 1; i < N_NODES; i++)
    COMMAND (self->nodes[0], "CLUSTER MEET 127.0.0.1 %d %d", (int) self->nodes[i]->port,
             (int) self->nodes[i]->bus_port);
  POLL_UNTIL (is_whole (self));

  return self;
}

static guint
find_node (const char *tag)
{
  guint slot = ss_redis_slot (tag);

  for (guint i = 0;; i++)
    if (slot < SS_REDIS_SLOTS * (i + 1) / N_NODES)
      return i;
}

static ServerSignalStore *
cluster_store (Cluster *self)
{
  return store_new ("redis+cluster://127.0.0.1:1,127.0.0.1:%u,127.0.0.1:%u?prefix=t",
                    self->nodes[0]->port, self->nodes[1]->port);
}

/* Slots are those of the server's own opinion; the braces of a name are no tag. */
static void
check_slots (Cluster *self)
{
  static const char *const keys[][2] = {
    { "a", "t:{a}" },      { "a", "t:{a}:log" },         { "a", "t:{a}:lease" },
    { "a", "t:{a}:news" }, { "123456789", "123456789" }, { "%7Bb%7D", "t:{%7Bb%7D}" },
    { "ü", "t:{ü}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      redisReply *reply = ask (self->nodes[0], "CLUSTER KEYSLOT %s", keys[i][1]);

      g_assert_cmpint (reply->integer, ==, ss_redis_slot (keys[i][0]));
      freeReplyObject (reply);
    }
}

static char *
get_id (Server *node)
{
  redisReply *reply = ask (node, "CLUSTER MYID");
  char *id = g_strdup (reply->str);

  freeReplyObject (reply);

  return id;
}

static void
move_key (Server     *from,
          Server     *to,
          const char *key)
{
  COMMAND (from, "MIGRATE 127.0.0.1 %d %s 0 5000", (int) to->port, key);
}

static gboolean
has_listener (Server *node)
{
  redisReply *reply = ask (node, "PUBSUB SHARDNUMSUB t:{a}:news");
  gboolean found = reply->elements == 2 && reply->element[1]->integer == 1;

  freeReplyObject (reply);

  return found;
}

/* A slot goes from one node to another, as redis-cli moves it, while its signal is written and read. */
static void
move_slot (Cluster      *self,
           ServerSignal *signal,
           ServerSignal *replica)
{
  guint slot = ss_redis_slot ("a"), at = find_node ("a");
  Server *from = self->nodes[at], *to = self->nodes[(at + 1) % N_NODES];
  g_autofree char *from_id = get_id (from);
  g_autofree char *to_id = get_id (to);
  int n = 100;

  COMMAND (to, "CLUSTER SETSLOT %d IMPORTING %s", (int) slot, from_id);
  COMMAND (from, "CLUSTER SETSLOT %d MIGRATING %s", (int) slot, to_id);
  g_assert_true (server_signal_set_int (signal, "/n", ++n, NULL));
  /* The server refuses while its keys are here and there. The lease may have run out meanwhile. */
  move_key (from, to, "t:{a}");
  g_assert_true (server_signal_set_int (signal, "/n", ++n, NULL));
  WAIT_UNTIL (server_signal_get_stale (ss_signal_get_published (signal)));
  g_assert_true (server_signal_set_int (signal, "/n", ++n, NULL));
  move_key (from, to, "t:{a}:log");
  move_key (from, to, "t:{a}:lease");
  /* By ASK, and no news of it. */
  WAIT_UNTIL (is_same (signal, ss_signal_get_published (signal)));
  for (Server *node = to; node != NULL; node = node == to ? from : NULL)
    COMMAND (node, "CLUSTER SETSLOT %d NODE %s", (int) slot, to_id);
  /* The reader has gone there, and does not wait for the next audit. */
  WAIT_UNTIL (has_listener (to) && is_settled (signal, replica));
  g_assert_false (has_listener (from));
  for (int i = 0; i < 50; i++)
    g_assert_true (server_signal_set_int (signal, "/n", ++n, NULL));
  WAIT_UNTIL (is_settled (signal, replica));
  {
    g_autofree char *kept = ask_string (to, "HGET", "t:{a}", "e");

    g_assert_cmpstr (kept, ==, server_signal_get_epoch (signal));
  }
}

static void
test_cluster (void)
{
  g_autoptr (Cluster) cluster = cluster_new ();
  g_autoptr (ServerSignalStore) first = cluster_store (cluster);
  g_autoptr (ServerSignalStore) second = cluster_store (cluster);
  const char *names[] = { "a", "b", "c", "d", "e", "f", "{g}", "h%" };
  ServerSignal *signals[G_N_ELEMENTS (names)], *replicas[G_N_ELEMENTS (names)];
  g_autoptr (ServerSignal) counted = server_signal_store_get_signal (second, "counted");
  g_autofree char *epoch = NULL;
  g_auto (GStrv) listed = NULL;
  Outcome outcome = { NULL };
  guint places[N_NODES] = { 0 }, done = 0;

  check_slots (cluster);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      signals[i] = own (first, names[i], "{\"n\":0}");
      replicas[i] = server_signal_store_get_signal (second, names[i]);
      places[find_node (names[i])]++;
      for (int k = 1; k <= 20; k++)
        g_assert_true (server_signal_set_int (signals[i], "/n", k, NULL));
    }
  for (guint i = 0; i < N_NODES; i++)
    g_assert_cmpuint (places[i], >, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    WAIT_UNTIL (is_settled (signals[i], replicas[i]));

  for (guint i = 0; i < 40; i++)
    server_signal_store_update_async (i % 2 > 0 ? first : second, "counted", count_up, NULL, NULL,
                                      NULL, count_cb, &done);
  WAIT_UNTIL (done == 40 && server_signal_get_int (counted, "/n") == 40);

  server_signal_store_list_async (first, NULL, NULL, outcome_cb, &outcome);
  WAIT_UNTIL (outcome.result != NULL);
  listed = server_signal_store_list_finish (first, outcome.result, NULL);
  g_clear_object (&outcome.result);
  g_assert_cmpuint (g_strv_length (listed), ==, G_N_ELEMENTS (names) + 1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (g_strv_contains ((const char *const *) listed, names[i]));

  epoch = g_strdup (server_signal_get_epoch (signals[0]));
  move_slot (cluster, signals[0], replicas[0]);
  g_assert_cmpstr (server_signal_get_epoch (replicas[0]), ==, epoch);

  /* One node is gone for a while: the cluster is, and everything goes on where it was. */
  server_kill (cluster->nodes[2]);
  WAIT_UNTIL (!server_signal_store_get_online (first) && !server_signal_store_get_online (second));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (server_signal_set_int (signals[i], "/n", 1000, NULL));
  server_start (cluster->nodes[2]);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    WAIT_UNTIL (is_settled (signals[i], replicas[i]));

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_object_unref (signals[i]);
      g_object_unref (replicas[i]);
    }
  close_store (first);
  close_store (second);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *program = g_find_program_in_path ("redis-server");

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redis-places/certificates", test_certificates);
  if (program == NULL)
    {
      g_test_message ("redis-server is not installed");
      return g_test_run ();
    }

  g_test_add_func ("/redis-places/tls", test_tls);
  g_test_add_data_func ("/redis-places/sentinel", GINT_TO_POINTER (FALSE), test_sentinel);
  g_test_add_data_func ("/redis-places/sentinel-tls", GINT_TO_POINTER (TRUE), test_sentinel);
  g_test_add_func ("/redis-places/cluster", test_cluster);

  return test_run_with_tls ();
}
