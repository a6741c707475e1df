/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Measures a Redis store beside bare commands on the same server. See README.md. */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>
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

/* The cost of some work. */
typedef struct
{
  double seconds;
  double client;      /* the processor's time of this process, in seconds */
  double server;      /* the same of the server */
  double received;    /* bytes that the server got */
  double sent;
  double commands;    /* that the server carried out, those of the script as well */
} Cost;

static double
find_number (const char *info,
             const char *field)
{
  const char *at = strstr (info, field);

  return at != NULL ? g_ascii_strtod (at + strlen (field), NULL) : 0;
}

static void
measure (redisContext *context,
         Cost         *cost)
{
  redisReply *reply = redisCommand (context, "INFO everything");
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  cost->seconds = now ();
  cost->client = (double) usage.ru_utime.tv_sec + (double) usage.ru_stime.tv_sec +
                 (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  cost->server =
    find_number (reply->str, "\nused_cpu_sys:") + find_number (reply->str, "\nused_cpu_user:");
  cost->received = find_number (reply->str, "\ntotal_net_input_bytes:");
  cost->sent = find_number (reply->str, "\ntotal_net_output_bytes:");
  cost->commands = find_number (reply->str, "\ntotal_commands_processed:");
  freeReplyObject (reply);
}

/* Since an earlier look. */
static void
measure_since (redisContext *context,
               Cost         *cost)
{
  Cost later;

  measure (context, &later);
  cost->seconds = later.seconds - cost->seconds;
  cost->client = later.client - cost->client;
  cost->server = later.server - cost->server;
  cost->received = later.received - cost->received;
  cost->sent = later.sent - cost->sent;
  cost->commands = later.commands - cost->commands;
}

static void
bench_store (int   n,
             Cost *cost)
{
  redisContext *context = dial ();
  g_autoptr (ServerSignalStore) store = server_signal_redis_new (uri, NULL);
  g_autoptr (ServerSignal) signal = own (store, "bench", "{\"n\":0}");
  ServerSignal *published = ss_signal_get_published (signal);

  measure (context, cost);
  for (int i = 1; i <= n; i++)
    {
      server_signal_set_int (signal, "/n", i, NULL);
      if (i % BATCH == 0)
        while (server_signal_get_revision (published) + 4 * BATCH < (guint64) i)
          g_main_context_iteration (NULL, TRUE);
    }
  while (server_signal_get_revision (published) < (guint64) n)
    g_main_context_iteration (NULL, TRUE);
  measure_since (context, cost);
  redisFree (context);
}

static void
make_bare (redisContext  *context,
           char         **sha)
{
  *sha = g_compute_checksum_for_string (G_CHECKSUM_SHA1, ss_redis_script, -1);
  freeReplyObject (redisCommand (context, "DEL {x} {x}:log {x}:lease"));
  freeReplyObject (redisCommand (context, "SCRIPT LOAD %s", ss_redis_script));
  freeReplyObject (
    redisCommand (context,
                  "EVALSHA %s 3 {x} {x}:log {x}:lease claim era {x}:news me 10000 epoch %s "
                  "0 0 0000000000000000 {\"n\":0}",
                  *sha, ""));
}

static void
append_bare (redisContext *context,
             const char   *sha,
             int           i)
{
  redisAppendCommand (
    context,
    "EVALSHA %s 3 {x} {x}:log {x}:lease commit era {x}:news me 10000 fresh epoch 1 %d %016x 0 150 %d "
    "%016x 0123456789abcdef0123456789abcdef [{\"op\":\"replace\",\"path\":\"/n\",\"value\":%d}] %s",
    sha, i, i, i + 1, i + 1, i + 1, i % 400 == 399 ? "{\"n\":0}" : "");
}

static void
bench_script (int   n,
              Cost *cost)
{
  redisContext *context = dial (), *other = dial ();
  g_autofree char *sha = NULL;

  make_bare (context, &sha);
  measure (other, cost);
  for (int i = 0; i < n; i++)
    {
      append_bare (context, sha, i);
      if ((i + 1) % BATCH == 0)
        drain (context, BATCH);
    }
  measure_since (other, cost);
  redisFree (context);
  redisFree (other);
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

/* The same way as of a commit to a client, with nothing on it but what must be: the script, its
 * message in another process, which writes it to a connection over TCP. Blocking, and all of it
 * without a library. */
static double
bench_relay (int n)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) here = NULL;
  g_autoptr (GSocketConnection) there = NULL;
  g_autofree double *times = g_new (double, n);
  g_autofree char *sha = NULL;
  redisContext *context = dial ();
  char bytes[4096];
  int in;
  pid_t pid;

  make_bare (context, &sha);
  here = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
  there = g_socket_listener_accept (listener, NULL, NULL, NULL);
  g_socket_set_option (g_socket_connection_get_socket (there), 6 /* TCP */, 1 /* NODELAY */, 1,
                       NULL);
  in = g_socket_get_fd (g_socket_connection_get_socket (here));
  g_unix_set_fd_nonblocking (in, FALSE, NULL);
  pid = fork ();
  if (pid == 0)
    {
      int out = g_socket_get_fd (g_socket_connection_get_socket (there));
      redisContext *news = dial ();
      void *reply;

      freeReplyObject (redisCommand (news, "SUBSCRIBE {x}:news"));
      if (write (out, "ready", 5) != 5)
        _exit (1);
      while (redisGetReply (news, &reply) == REDIS_OK)
        {
          const redisReply *text = ((redisReply *) reply)->element[2];

          if (write (out, text->str, text->len) < 0)
            _exit (0);
          freeReplyObject (reply);
        }
      _exit (0);
    }

  if (read (in, bytes, sizeof bytes) != 5)
    g_error ("no relay");
  for (int i = 0; i < n; i++)
    {
      double start = now ();
      int done;

      append_bare (context, sha, i);
      do
        redisBufferWrite (context, &done);
      while (!done);
      if (read (in, bytes, sizeof bytes) <= 0)
        g_error ("no relay");
      times[i] = now () - start;
      drain (context, 1);
    }
  g_socket_close (g_socket_connection_get_socket (here), NULL);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  redisFree (context);

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

static void say (const char *name, double value);

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
  say ("document", json->len / 1e6);
  say ("head", (double) head->integer / 1e6);
  say ("log", (double) log->integer / 1e6);
  freeReplyObject (head);
  freeReplyObject (log);
  redisFree (context);
}

static void
say (const char *name,
     double      value)
{
  printf ("%s %.9g\n", name, value);
  fflush (stdout);
}

int
main (int    argc,
      char **argv)
{
  const char *part = argc > 3 ? argv[3] : "";
  int n = argc > 4 ? atoi (argv[4]) : 50000;

  if (argc < 4)
    {
      fprintf (stderr, "usage: %s SOCKET WORKER commits|latency|kill|memory [N]\n", argv[0]);
      return 2;
    }

  socket_path = argv[1];
  uri = g_strdup_printf ("unix:%s?prefix=bench", socket_path);

  if (g_str_equal (part, "commits"))
    {
      Cost store, script;

      bench_script (n, &script);
      bench_store (n, &store);
      say ("commits", n / store.seconds);
      say ("script", n / script.seconds);
      say ("xadd", bench_xadd (n));
      say ("owner-usec", store.client / n * 1e6);
      say ("server-usec", store.server / n * 1e6);
      say ("script-usec", script.server / n * 1e6);
      say ("bytes-to", store.received / n);
      say ("bytes-from", store.sent / n);
      say ("operations", store.commands / n);
    }
  else if (g_str_equal (part, "latency"))
    {
      say ("publish", bench_publish (2000) * 1e6);
      say ("relay", bench_relay (2000) * 1e6);
      say ("latency", bench_latency (argv[2], 2000) * 1e6);
    }
  else if (g_str_equal (part, "kill"))
    {
      say ("kill", bench_kill (argv[2], 1000) * 1e3);
    }
  else
    {
      bench_memory ();
    }

  return 0;
}
