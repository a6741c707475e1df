/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Measures a Redis store beside bare commands on the same server. See README.md. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "libserver-signal.h"
#include "signal/server-signal-private.h"
#include "store/ss-redis-script.h"

#define BATCH 500

static char *uri;
static char *socket_path;

static double
now (void)
{
  return (double) g_get_monotonic_time () / G_USEC_PER_SEC;
}

static void
own_cb (GObject      *object,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  *(ServerSignal **) user_data =
    server_signal_store_own_finish (SERVER_SIGNAL_STORE (object), result, &error);
  if (error != NULL)
    g_error ("%s", error->message);
}

static ServerSignal *
own (ServerSignalStore *store,
     const char        *name,
     const char        *json)
{
  g_autoptr (JsonNode) initial = json_from_string (json, NULL);
  ServerSignal *signal = NULL;

  server_signal_store_own_async (store, name, initial, NULL, own_cb, &signal);
  while (signal == NULL)
    g_main_context_iteration (NULL, TRUE);

  return signal;
}

static void
drain (redisContext *context,
       int           n)
{
  for (int i = 0; i < n; i++)
    {
      void *reply = NULL;

      if (redisGetReply (context, &reply) != REDIS_OK ||
          ((redisReply *) reply)->type == REDIS_REPLY_ERROR)
        g_error ("%s", reply != NULL ? ((redisReply *) reply)->str : context->errstr);
      freeReplyObject (reply);
    }
}

static redisContext *
dial (void)
{
  redisContext *context = redisConnectUnix (socket_path);

  if (context == NULL || context->err != 0)
    g_error ("no server at %s", socket_path);

  return context;
}

static double
bench_store (int n)
{
  g_autoptr (ServerSignalStore) store = server_signal_redis_new (uri, NULL);
  g_autoptr (ServerSignal) signal = own (store, "bench", "{\"n\":0}");
  ServerSignal *published = ss_signal_get_published (signal);
  double start = now ();

  for (int i = 1; i <= n; i++)
    {
      server_signal_set_int (signal, "/n", i, NULL);
      if (i % BATCH == 0)
        while (server_signal_get_revision (published) + 4 * BATCH < (guint64) i)
          g_main_context_iteration (NULL, TRUE);
    }
  while (server_signal_get_revision (published) < (guint64) n)
    g_main_context_iteration (NULL, TRUE);

  return n / (now () - start);
}

static double
bench_script (int n)
{
  redisContext *context = dial ();
  g_autofree char *sha = g_compute_checksum_for_string (G_CHECKSUM_SHA1, ss_redis_script, -1);
  double start;

  freeReplyObject (redisCommand (context, "DEL {x} {x}:log {x}:lease"));
  freeReplyObject (redisCommand (context, "SCRIPT LOAD %s", ss_redis_script));
  freeReplyObject (
    redisCommand (context,
                  "EVALSHA %s 3 {x} {x}:log {x}:lease claim era {x}:news me 10000 epoch %s "
                  "0 0 0000000000000000 {\"n\":0}",
                  sha, ""));
  start = now ();
  for (int i = 0; i < n; i++)
    {
      redisAppendCommand (
        context,
        "EVALSHA %s 3 {x} {x}:log {x}:lease commit era {x}:news me 10000 fresh epoch 1 %d %016x 0 150 %d "
        "%016x 0123456789abcdef0123456789abcdef [{\"op\":\"replace\",\"path\":\"/n\",\"value\":%d}] %s",
        sha, i, i, i + 1, i + 1, i + 1, i % 400 == 399 ? "{\"n\":0}" : "");
      if ((i + 1) % BATCH == 0)
        drain (context, BATCH);
    }
  start = now () - start;
  redisFree (context);

  return n / start;
}

static double
bench_xadd (int n)
{
  redisContext *context = dial ();
  double start = now ();

  freeReplyObject (redisCommand (context, "DEL y"));
  for (int i = 0; i < n; i++)
    {
      redisAppendCommand (
        context,
        "XADD y MAXLEN ~ 1000 %d-0 m %016x%016x0123456789abcdef0123456789abcdef d "
        "[{\"op\":\"replace\",\"path\":\"/n\",\"value\":%d}]",
        i + 1, i, i, i);
      if ((i + 1) % BATCH == 0)
        drain (context, BATCH);
    }
  start = now () - start;
  redisFree (context);

  return n / start;
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *values,
        int     n)
{
  qsort (values, (size_t) n, sizeof *values, compare);

  return values[n / 2];
}

/* From a PUBLISH to its message on another connection. */
static double
bench_publish (int n)
{
  redisContext *out = dial (), *in = dial ();
  g_autofree double *times = g_new (double, n);

  freeReplyObject (redisCommand (in, "SUBSCRIBE z"));
  for (int i = 0; i < n; i++)
    {
      void *reply;
      double start = now ();

      freeReplyObject (redisCommand (out, "PUBLISH z %d", i));
      redisGetReply (in, &reply);
      freeReplyObject (reply);
      times[i] = now () - start;
    }
  redisFree (out);
  redisFree (in);

  return median (times, n);
}

static char *
start_hub (const char   *worker,
           GSubprocess **process)
{
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;

  *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL,
                               worker, "hub", uri, "latency", NULL);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (*process));
  line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);

  return g_strdup_printf ("ws://127.0.0.1:%s/ws", line + strlen ("port "));
}

/* From a commit here to a client of a hub in another process. */
static double
bench_latency (const char *worker,
               int         n)
{
  g_autoptr (ServerSignalStore) store = server_signal_redis_new (uri, NULL);
  g_autoptr (ServerSignal) signal = own (store, "latency", "{\"n\":0}");
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *hub = start_hub (worker, &process);
  g_autoptr (ServerSignalClient) client = server_signal_client_new (hub);
  ServerSignal *replica = server_signal_client_get_signal (client, "latency");
  g_autofree double *times = g_new (double, n);

  server_signal_client_start (client);
  while (server_signal_get_stale (replica))
    g_main_context_iteration (NULL, TRUE);
  for (int i = 0; i < n; i++)
    {
      double start = now ();

      server_signal_set_int (signal, "/n", i + 1, NULL);
      while (server_signal_get_int (replica, "/n") != i + 1)
        g_main_context_iteration (NULL, TRUE);
      times[i] = now () - start;
    }
  server_signal_client_stop (client);
  g_subprocess_force_exit (process);

  return median (times, n);
}

/* Until all clients of a hub that was killed are in step at another one. */
static double
bench_kill (const char *worker,
            int         n)
{
  g_autoptr (ServerSignalStore) store = server_signal_redis_new (uri, NULL);
  g_autoptr (ServerSignal) signal = own (store, "latency", "{\"n\":0}");
  g_autoptr (GSubprocess) first = NULL;
  g_autoptr (GSubprocess) second = NULL;
  g_autofree char *uris[2] = { start_hub (worker, &first), start_hub (worker, &second) };
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);
  double start;

  for (int i = 0; i < n; i++)
    {
      ServerSignalClient *client = server_signal_client_new (uris[0]);

      server_signal_client_get_signal (client, "latency");
      server_signal_client_start (client);
      g_ptr_array_add (clients, client);
    }
  for (int i = 0; i < n; i++)
    while (server_signal_get_stale (
      server_signal_client_get_signal (g_ptr_array_index (clients, i), "latency")))
      g_main_context_iteration (NULL, TRUE);

  g_subprocess_force_exit (first);
  start = now ();
  server_signal_set_int (signal, "/n", 7, NULL);
  for (int i = 0; i < n; i++)
    {
      ServerSignalClient *client = g_ptr_array_index (clients, i);

      server_signal_client_stop (client);
      server_signal_client_set_uri (client, uris[1]);
      server_signal_client_start (client);
    }
  for (int i = 0; i < n; i++)
    {
      ServerSignal *replica =
        server_signal_client_get_signal (g_ptr_array_index (clients, i), "latency");

      while (server_signal_get_stale (replica) || server_signal_get_int (replica, "/n") != 7)
        g_main_context_iteration (NULL, TRUE);
    }
  start = now () - start;
  g_subprocess_force_exit (second);

  return start;
}

static void
bench_memory (void)
{
  g_autoptr (ServerSignalStore) store = server_signal_redis_new (uri, NULL);
  g_autoptr (GString) json = g_string_new ("{\"n\":0,\"rows\":[");
  g_autoptr (ServerSignal) signal = NULL;
  redisContext *context = dial ();
  redisReply *head, *log;

  for (int i = 0; json->len < 1024 * 1024; i++)
    g_string_append_printf (json, "%s{\"id\":%d,\"name\":\"A row with some text, as rows have\"}",
                            i > 0 ? "," : "", i);
  g_string_append (json, "]}");
  signal = own (store, "memory", json->str);
  for (int i = 1; i <= 10000; i++)
    {
      g_autofree char *pointer = g_strdup_printf ("/rows/%d/name", i % 10000);

      server_signal_set_string (signal, pointer, "Another text", NULL);
      if (i % BATCH == 0)
        g_main_context_iteration (NULL, FALSE);
    }
  while (server_signal_get_revision (ss_signal_get_published (signal)) < 10000)
    g_main_context_iteration (NULL, TRUE);

  head = redisCommand (context, "MEMORY USAGE bench:{memory} SAMPLES 0");
  log = redisCommand (context, "MEMORY USAGE bench:{memory}:log SAMPLES 0");
  printf (
    "memory of a document of %.2f MB after 10,000 small commits: %.2f MB, of which log %.2f MB\n",
    json->len / 1e6, (double) (head->integer + log->integer) / 1e6, log->integer / 1e6);
  freeReplyObject (head);
  freeReplyObject (log);
  redisFree (context);
}

int
main (int    argc,
      char **argv)
{
  int n = argc > 3 ? atoi (argv[3]) : 50000;
  double store, script, xadd, publish, latency;

  if (argc < 3)
    {
      fprintf (stderr, "usage: %s SOCKET WORKER [COMMITS]\n", argv[0]);
      return 2;
    }

  socket_path = argv[1];
  uri = g_strdup_printf ("unix:%s?prefix=bench", socket_path);

  script = bench_script (n);
  store = bench_store (n);
  xadd = bench_xadd (n);
  printf ("commits a second: %.0f; the bare script, pipelined: %.0f (%.2f); bare XADD: %.0f\n",
          store, script, store / script, xadd);

  publish = bench_publish (2000);
  latency = bench_latency (argv[2], 2000);
  printf ("commit to a client of another process' hub: %.0f µs; bare PUBLISH to a message: %.0f µs "
          "(%.1f)\n",
          latency * 1e6, publish * 1e6, latency / publish);
  printf ("1,000 clients of a hub that was killed are in step after %.0f ms\n",
          bench_kill (argv[2], 1000) * 1e3);
  bench_memory ();

  return 0;
}
