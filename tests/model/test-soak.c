/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include <gio/gio.h>

#include "mischief.h"
#include "model.h"
#include "proxy.h"
#include "seed.h"
#include "truth.h"

#include "signal/server-signal-private.h"

#include "../test-utils.h"

/* Many clients of one busy server, for a long time, over a network that is seldom at rest: neither
 * end's memory grows once it has what it needs, and at the end every replica is what the server
 * has.
 *
 * The server is a process of its own. SS_TEST_SECONDS is how long it goes (a few when it is not
 * set), SS_TEST_CLIENTS how many there are; SS_TEST_SEED repeats the choices. */

#define N_SIGNALS 20
#define N_FOLLOWED 5          /* of these, by each client */
#define N_CLIENTS 500
#define COMMITS_PER_SECOND 50
#define FAULTS_PER_SECOND 10
#define SAMPLES 200           /* of memory, in a run */
#define RESTART_SECONDS 300   /* between restarts of the hub; in a short run there are three all the same */

/* The sanitizers' heap keeps freed memory, and everything takes longer. */
#ifdef __SANITIZE_ADDRESS__
#define SECONDS 5
#define MEASURES_MEMORY FALSE
#else
#define SECONDS 15
#define MEASURES_MEMORY TRUE
#endif

/* Growth from the second quarter to the last: what the heap takes by chance, and no leak of an
 * hour. */
#define GROWTH_PER_CENT 6
#define GROWTH_KIB 3072

static guint64
memory_of (int process)
{
  g_autofree char *path =
    process != 0 ? g_strdup_printf ("/proc/%d/statm", process) : g_strdup ("/proc/self/statm");
  g_autofree char *text = NULL;
  guint64 size, resident;

  if (!g_file_get_contents (path, &text, NULL, NULL) ||
      sscanf (text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &size, &resident) != 2)
    return 0;

  return resident * (guint64) sysconf (_SC_PAGESIZE) / 1024;
}

/* The server: told by lines what to do. */

typedef struct
{
  GMainLoop       *loop;
  ServerSignalHub *hub;
  ServerSignal    *signals[N_SIGNALS];
  guint16          port;
  guint            timer;
} Server;

static void
server_open (Server *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GUri) parsed = NULL;

  self->hub = server_signal_hub_new ();
  for (guint i = 0; i < N_SIGNALS; i++)
    server_signal_hub_add (self->hub, self->signals[i], &error);
  g_assert_no_error (error);
  server_signal_hub_listen (self->hub, "127.0.0.1", self->port, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (self->hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  self->port = (guint16) g_uri_get_port (parsed);
}

static gboolean
commit_cb (gpointer user_data)
{
  Server *self = user_data;

  model_write (self->signals[g_test_rand_int_range (0, N_SIGNALS)]);

  return G_SOURCE_CONTINUE;
}

static void say (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Not g_print(), which writes in the character set of the locale. */
static void
say (const char *format,
     ...)
{
  va_list arguments;

  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
  fflush (stdout);
}

static gboolean
command_cb (GIOChannel   *channel,
            GIOCondition  condition,
            gpointer      user_data)
{
  Server *self = user_data;
  g_autofree char *line = NULL;
  gsize end;

  if (g_io_channel_read_line (channel, &line, NULL, &end, NULL) != G_IO_STATUS_NORMAL)
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }
  line[end] = '\0';

  if (strcmp (line, "restart") == 0)
    {
      server_signal_hub_detach (self->hub);
      g_clear_object (&self->hub);
      server_open (self);
    }
  else if (strcmp (line, "stop") == 0)
    {
      g_clear_handle_id (&self->timer, g_source_remove);
      for (guint i = 0; i < N_SIGNALS; i++)
        {
          g_autofree char *json = truth_text (ss_signal_peek (self->signals[i]));

          say ("signal %u %s %" G_GUINT64_FORMAT " %s", i,
               server_signal_get_epoch (self->signals[i]),
               server_signal_get_revision (self->signals[i]), json);
        }
      say ("peers %u", g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)));
    }

  return G_SOURCE_CONTINUE;
}

static int
serve (void)
{
  Server self = { NULL };
  g_autoptr (GIOChannel) channel = g_io_channel_unix_new (0);

  self.loop = g_main_loop_new (NULL, FALSE);
  for (guint i = 0; i < N_SIGNALS; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%u", i);

      self.signals[i] = server_signal_new_from_json (name, "{\"count\":0,\"list\":[]}", NULL);
    }
  server_open (&self);
  say ("port %u", self.port);
  g_io_add_watch (channel, G_IO_IN | G_IO_HUP, command_cb, &self);
  self.timer = g_timeout_add (1000 / COMMITS_PER_SECOND, commit_cb, &self);
  g_main_loop_run (self.loop);

  g_clear_handle_id (&self.timer, g_source_remove);
  server_signal_hub_detach (self.hub);
  g_clear_object (&self.hub);
  for (guint i = 0; i < N_SIGNALS; i++)
    g_object_unref (self.signals[i]);
  g_main_loop_unref (self.loop);

  return 0;
}

/* The clients. */

typedef struct _Soak Soak;

typedef struct
{
  Soak               *soak;
  Proxy              *proxy;
  ProxyPipe          *pipe;
  ServerSignalClient *client;
  ServerSignal       *replicas[N_FOLLOWED];
  guint               which[N_FOLLOWED];
  guint64             revisions[N_FOLLOWED];
} Client;

struct _Soak
{
  GSubprocess      *server;
  GDataInputStream *lines;
  guint16           port;
  char             *last[N_SIGNALS];      /* values of the server in the end, see truth_text() */
  char             *epochs[N_SIGNALS];
  guint64           revisions[N_SIGNALS];
  int               n_peers;              /* of the server in the end, or -1 */
  GPtrArray        *clients;
  guint             faults[N_MISCHIEFS];
  guint             n_restarts;
  guint             n_losses;
  guint             n_shown;
  GArray           *server_memory;        /* KiB */
  GArray           *client_memory;
};

static void
accepted_cb (ProxyPipe *pipe,
             gpointer   user_data)
{
  ((Client *) user_data)->pipe = pipe;
}

static void
ended_cb (ProxyPipe *pipe,
          gpointer   user_data)
{
  Client *client = user_data;

  if (client->pipe == pipe)
    client->pipe = NULL;
}

static void
cut_cb (ProxyPipe *pipe,
        ProxyWay   way,
        ProxyEnd   end,
        gpointer   user_data)
{
  Client *client = user_data;

  client->soak->faults[(way == PROXY_UP ? MISCHIEF_CUT_UP_FIN : MISCHIEF_CUT_DOWN_FIN) +
                       (end == PROXY_RST)]++;
}

static void
ignore_cb (ProxyPipe *pipe,
           gpointer   user_data)
{
}

static const ProxyFuncs proxy_funcs = {
  .accepted = accepted_cb,
  .broken = ignore_cb,
  .deserted = ignore_cb,
  .cut = cut_cb,
  .ended = ended_cb,
};

static void
state_cb (ServerSignalClient *client,
          GParamSpec         *pspec,
          gpointer            user_data)
{
  Client *self = user_data;
  ServerSignalClientState state = server_signal_client_get_state (client);

  g_assert_cmpint (state, !=, SERVER_SIGNAL_CLIENT_STATE_CLOSED);
  if (state == SERVER_SIGNAL_CLIENT_STATE_WAITING)
    self->soak->n_losses++;
}

static void
shown_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          gpointer      user_data)
{
  Client *self = user_data;
  guint64 revision = server_signal_get_revision (replica);

  self->soak->n_shown++;
  for (guint i = 0; i < N_FOLLOWED; i++)
    if (self->replicas[i] == replica)
      {
        g_assert_cmpuint (revision + 1, >, self->revisions[i]);
        self->revisions[i] = revision + 1;
      }
}

static Client *
client_new (Soak *soak)
{
  Client *self = g_new0 (Client, 1);
  g_autofree char *uri = NULL;

  self->soak = soak;
  self->proxy = proxy_new (soak->port, FALSE, &proxy_funcs, self);
  uri = g_strdup_printf ("ws://%s:%u/ws", proxy_host (), proxy_get_port (self->proxy));
  self->client = server_signal_client_new (uri);
  g_object_set (self->client, "retry-min", 50, "retry-max", 1000, "keepalive-interval", 2000,
                "connect-timeout", 5000, NULL);
  g_signal_connect (self->client, "notify::state", G_CALLBACK (state_cb), self);
  for (guint i = 0; i < N_FOLLOWED; i++)
    {
      g_autofree char *name = NULL;

      /* Five different ones. */
      self->which[i] = (guint) g_test_rand_int_range (0, N_SIGNALS / N_FOLLOWED) * N_FOLLOWED + i;
      name = g_strdup_printf ("s%u", self->which[i]);
      self->replicas[i] = server_signal_client_get_signal (self->client, name);
      g_signal_connect (self->replicas[i], "notify::value", G_CALLBACK (shown_cb), self);
    }
  server_signal_client_start (self->client);

  return self;
}

static void
client_free (gpointer data)
{
  Client *self = data;

  server_signal_client_stop (self->client);
  g_assert_finalize_object (self->client);
  proxy_free (self->proxy);
  g_free (self);
}

static void
take_line (Soak       *self,
           const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 5);
  guint n = g_strv_length (words);

  if (n == 2 && strcmp (words[0], "port") == 0)
    {
      self->port = (guint16) g_ascii_strtoull (words[1], NULL, 10);
    }
  else if (n == 2 && strcmp (words[0], "peers") == 0)
    {
      self->n_peers = atoi (words[1]);
    }
  else if (n == 5 && strcmp (words[0], "signal") == 0)
    {
      guint at = (guint) g_ascii_strtoull (words[1], NULL, 10);

      g_assert_cmpuint (at, <, N_SIGNALS);
      g_free (self->epochs[at]);
      g_free (self->last[at]);
      self->epochs[at] = g_strdup (words[2]);
      self->revisions[at] = g_ascii_strtoull (words[3], NULL, 10);
      self->last[at] = g_strdup (words[4]);
    }
}

static void
line_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Soak *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line =
    g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_assert_no_error (error);
  if (line == NULL)
    {
      self->port = 0;
      return;
    }

  take_line (self, line);
  g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, NULL, line_cb, self);
}

static void
tell (Soak       *self,
      const char *line)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_subprocess_get_stdin_pipe (self->server), line, strlen (line), NULL,
                             NULL, &error);
  g_assert_no_error (error);
}

static void
do_fault (Soak *self)
{
  Client *client =
    g_ptr_array_index (self->clients, (guint) g_test_rand_int_range (0, (int) self->clients->len));
  Mischief kind = (Mischief) g_test_rand_int_range (0, N_NETWORK_MISCHIEFS);

  if (mischief_do (kind, client->proxy, client->pipe) && !mischief_is_later (kind))
    self->faults[kind]++;
}

static gboolean
is_equal (Soak *self)
{
  if (self->n_peers < 0)
    return FALSE;

  for (guint i = 0; i < self->clients->len; i++)
    {
      Client *client = g_ptr_array_index (self->clients, i);

      for (guint j = 0; j < N_FOLLOWED; j++)
        {
          ServerSignal *replica = client->replicas[j];
          guint at = client->which[j];
          g_autofree char *json = NULL;

          if (server_signal_get_stale (replica) ||
              server_signal_get_revision (replica) != self->revisions[at] ||
              g_strcmp0 (server_signal_get_epoch (replica), self->epochs[at]) != 0)
            return FALSE;
          json = truth_text (ss_signal_peek (replica));
          g_assert_cmpstr (json, ==, self->last[at]);
        }
    }

  return TRUE;
}

static int
compare_numbers (gconstpointer a,
                 gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

static guint64
median (GArray *samples,
        guint   from,
        guint   to)
{
  g_autoptr (GArray) part = g_array_new (FALSE, FALSE, sizeof (guint64));

  g_array_append_vals (part, &g_array_index (samples, guint64, from), to - from);
  g_array_sort (part, compare_numbers);

  return g_array_index (part, guint64, part->len / 2);
}

static void
check_memory (const char *whose,
              GArray     *samples)
{
  guint n = samples->len;
  guint64 early = median (samples, n / 4, n / 2);
  guint64 late = median (samples, 3 * n / 4, n);

  g_test_message ("memory of the %s: %" G_GUINT64_FORMAT
                  " KiB in the second quarter, %" G_GUINT64_FORMAT
                  " KiB in the last (medians of %u samples)",
                  whose, early, late, n / 4);
  g_assert_cmpuint (early, >, 0);
  g_assert_cmpuint (late, <=, early + early * GROWTH_PER_CENT / 100 + GROWTH_KIB);
}

static double
setting (const char *name,
         double      otherwise)
{
  const char *text = g_getenv (name);

  return text != NULL ? g_ascii_strtod (text, NULL) : otherwise;
}

static void
run (Soak   *self,
     double  seconds)
{
  gint64 start = g_get_monotonic_time ();
  gint64 length = (gint64) (seconds * G_USEC_PER_SEC);
  guint n_faults = 0, n_samples = 0, n_restarts = 0;
  guint restarts = MAX (4, (guint) (seconds / RESTART_SECONDS));
  int process = atoi (g_subprocess_get_identifier (self->server));

  for (;;)
    {
      gint64 now = g_get_monotonic_time () - start;

      if (now >= length)
        break;
      for (; n_faults < (guint) (now * FAULTS_PER_SECOND / G_USEC_PER_SEC); n_faults++)
        do_fault (self);
      for (; n_samples < (guint) (now * SAMPLES / length); n_samples++)
        {
          guint64 server = memory_of (process), client = memory_of (0);

          g_array_append_val (self->server_memory, server);
          g_array_append_val (self->client_memory, client);
          if (n_samples % 10 == 0)
            g_test_message ("%.0f s: server %" G_GUINT64_FORMAT " KiB, clients %" G_GUINT64_FORMAT
                            " KiB, %u losses, %u revisions shown",
                            (double) now / G_USEC_PER_SEC, server, client, self->n_losses,
                            self->n_shown);
        }
      /* The hub is removed and made again a few times. */
      if (n_restarts < (guint) (now * restarts / length))
        {
          n_restarts++;
          self->n_restarts++;
          tell (self, "restart\n");
        }
      test_pass_time (20);
    }
}

static void
test_soak (void)
{
  g_autofree Soak *self = g_new0 (Soak, 1);
  double seconds = setting ("SS_TEST_SECONDS", SECONDS);
  guint n_clients = (guint) setting ("SS_TEST_CLIENTS", N_CLIENTS);
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *seed =
    g_strdup_printf ("--seed=R02S%08x%08x%08x%08x", g_test_rand_int (), 1u, 0u, 0u);
  GString *kinds = g_string_new (NULL);
  guint n_faults = 0;

  if (program == NULL)
    {
      g_test_skip ("no /proc");
      g_string_free (kinds, TRUE);
      return;
    }

  self->n_peers = -1;
  self->server_memory = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->client_memory = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->server = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                   &error, program, seed, "--serve", NULL);
  g_assert_no_error (error);
  self->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->server));
  g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, NULL, line_cb, self);
  WAIT_UNTIL (self->port != 0);

  self->clients = g_ptr_array_new_with_free_func (client_free);
  for (guint i = 0; i < n_clients; i++)
    g_ptr_array_add (self->clients, client_new (self));

  run (self, seconds);

  for (guint i = 0; i < self->clients->len; i++)
    proxy_calm (((Client *) g_ptr_array_index (self->clients, i))->proxy);
  tell (self, "stop\n");
  WAIT_UNTIL (is_equal (self));

  for (guint i = 0; i < N_NETWORK_MISCHIEFS; i++)
    {
      g_string_append_printf (kinds, "%s%u %s", i > 0 ? ", " : "", self->faults[i],
                              mischief_name ((Mischief) i));
      n_faults += self->faults[i];
    }
  g_test_message ("%u faults: %s, %u restarts of the hub", n_faults + self->n_restarts, kinds->str,
                  self->n_restarts);
  g_test_message (
    "%u clients, %.0f s, %u losses, %u revisions shown; all %u replicas are equal in the end",
    n_clients, seconds, self->n_losses, self->n_shown, n_clients * N_FOLLOWED);
  g_string_free (kinds, TRUE);
  g_assert_cmpuint (n_faults, >, 0);
  g_assert_cmpuint (self->n_losses, >, 0);
  if (MEASURES_MEMORY)
    {
      check_memory ("server", self->server_memory);
      check_memory ("clients", self->client_memory);
    }

  g_ptr_array_unref (self->clients);
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->server), NULL, NULL);
  WAIT_UNTIL (self->port == 0);
  g_subprocess_wait (self->server, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (self->server));
  test_settle ();

  for (guint i = 0; i < N_SIGNALS; i++)
    {
      g_free (self->epochs[i]);
      g_free (self->last[i]);
    }
  g_array_unref (self->server_memory);
  g_array_unref (self->client_memory);
  g_object_unref (self->lines);
  g_object_unref (self->server);
}

int
main (int    argc,
      char **argv)
{
  seed_init (&argc, &argv);
  if (argc > 1 && strcmp (argv[1], "--serve") == 0)
    return serve ();

  g_test_add_func ("/soak/clients", test_soak);

  return g_test_run ();
}
