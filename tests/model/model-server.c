/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "mischief.h"
#include "model.h"
#include "proxy.h"
#include "seed.h"

/* The server of the model test and the bad network, for clients that are other programs. It talks in lines:
 *
 *   proxy K PORT            where client K connects to
 *   truth NAME EPOCH REV JSON   a revision of a signal
 *   broken K                something was done to the newest connection of K that ends it
 *   quiet                   the network mends, and nothing is written any more
 *
 * and then answers to "ask", before "asked":
 *
 *   now K NAME EPOCH REV    what that client has to show in the end; other names are not there for it
 *   now K gone              it is not connected
 *
 * and goes on with "go". Arguments: clients, faults in a round, and "leave" where clients end their connections
 * themselves. */

#define STEP_MS 3

typedef struct
{
  guint      number;
  Proxy     *proxy;
  ProxyPipe *pipe;
  GPtrArray *pipes;       /* all that have not ended */
  gboolean   is_there;    /* the newest connection has come */
  gboolean   is_broken;
} Way;

static GMainLoop *loop;
static Truth *truth;
static Model *model;
static GPtrArray *ways;
static guint n_round;
static guint n_faults;
static gboolean clients_leave;
static guint n_total;
static guint faults[N_MISCHIEFS];
static guint n_kills;
static guint timer;

static void say (const char *format, ...) G_GNUC_PRINTF (1, 2);

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

static void
count_fault (Mischief kind)
{
  faults[kind]++;
  n_faults++;
  n_total++;
}

static void
set_broken (Way *way)
{
  if (!way->is_broken)
    say ("broken %u", way->number);
  way->is_broken = TRUE;
}

static void
accepted_cb (ProxyPipe *pipe,
             gpointer   user_data)
{
  Way *way = user_data;

  /* It has left the one before. */
  way->pipe = pipe;
  way->is_there = TRUE;
  way->is_broken = FALSE;
  if (pipe == NULL)
    set_broken (way);
  else
    g_ptr_array_add (way->pipes, pipe);
}

static void
broken_cb (ProxyPipe *pipe,
           gpointer   user_data)
{
  Way *way = user_data;

  if (pipe == way->pipe)
    set_broken (way);
}

static void
deserted_cb (ProxyPipe *pipe,
             gpointer   user_data)
{
  Way *way = user_data;

  if (pipe == way->pipe && !clients_leave)
    g_error ("the server ended connection %u, to which nothing was done", way->number);
}

static void
cut_cb (ProxyPipe *pipe,
        ProxyWay   direction,
        ProxyEnd   end,
        gpointer   user_data)
{
  count_fault ((direction == PROXY_UP ? MISCHIEF_CUT_UP_FIN : MISCHIEF_CUT_DOWN_FIN) +
               (end == PROXY_RST));
}

static void
ended_cb (ProxyPipe *pipe,
          gpointer   user_data)
{
  Way *way = user_data;

  g_ptr_array_remove (way->pipes, pipe);
  if (pipe == way->pipe)
    way->pipe = NULL;
}

/* The connection that the client uses: the newest one, unless clients leave. Then it may be one before that,
 * which somebody else had who is gone by now. */
static ProxyPipe *
find_pipe (Way *way)
{
  ServerSignal *own;

  for (guint i = way->pipes->len; i-- > 0 && clients_leave;)
    {
      ProxyPipe *pipe = g_ptr_array_index (way->pipes, i);

      if (!proxy_pipe_is_broken (pipe) &&
          model_find (model, proxy_pipe_get_port (pipe), MODEL_OWN, &own))
        return pipe;
    }

  return way->is_broken || clients_leave ? NULL : way->pipe;
}

static const ProxyFuncs proxy_funcs = {
  .accepted = accepted_cb,
  .broken = broken_cb,
  .deserted = deserted_cb,
  .cut = cut_cb,
  .ended = ended_cb,
};

static void
truth_cb (ServerSignal *signal,
          const char   *json,
          gpointer      user_data)
{
  say ("truth %s %s %" G_GUINT64_FORMAT " %s", server_signal_get_name (signal),
       server_signal_get_epoch (signal), server_signal_get_revision (signal), json);
}

static void
do_fault (void)
{
  Way *way = g_ptr_array_index (ways, (guint) g_test_rand_int_range (0, (int) ways->len));
  Mischief kind = (Mischief) g_test_rand_int_range (0, N_NETWORK_MISCHIEFS);

  if (g_test_rand_int_range (0, 100) == 0)
    {
      for (guint i = 0; i < ways->len; i++)
        proxy_break_all (((Way *) g_ptr_array_index (ways, i))->proxy,
                         g_test_rand_bit () ? PROXY_FIN : PROXY_RST);
      model_kill (model);
      model_start (model, g_test_rand_bit ());
      n_kills++;
      n_faults++;
      n_total++;
    }
  else if (mischief_do (kind, way->proxy, way->pipe) && !mischief_is_later (kind))
    {
      count_fault (kind);
    }
}

static gboolean
step_cb (gpointer user_data)
{
  if (n_faults < n_round)
    {
      for (int i = g_test_rand_int_range (0, 3); i > 0; i--)
        model_step (model);
      if (g_test_rand_int_range (0, 5) == 0)
        do_fault ();
      return G_SOURCE_CONTINUE;
    }

  timer = 0;
  for (guint i = 0; i < ways->len; i++)
    {
      Way *way = g_ptr_array_index (ways, i);

      proxy_calm (way->proxy);
      proxy_drop_ghosts (way->proxy);
    }
  model_finish (model);
  say ("quiet");

  return G_SOURCE_REMOVE;
}

static void
answer (void)
{
  static const char *const names[] = {
    "s0", "s1", "s2", "s3", "s4", "s5", MODEL_OWN, MODEL_NOTHING
  };

  for (guint i = 0; i < ways->len; i++)
    {
      Way *way = g_ptr_array_index (ways, i);
      ProxyPipe *pipe = find_pipe (way);
      ServerSignal *signal;

      if (pipe == NULL || !model_find (model, proxy_pipe_get_port (pipe), MODEL_OWN, &signal))
        {
          say ("now %u gone", way->number);
          continue;
        }

      for (guint j = 0; j < G_N_ELEMENTS (names); j++)
        {
          model_find (model, proxy_pipe_get_port (pipe), names[j], &signal);
          if (signal != NULL)
            say ("now %u %s %s %" G_GUINT64_FORMAT, way->number, names[j],
                 server_signal_get_epoch (signal), server_signal_get_revision (signal));
        }
    }
  say ("asked");
}

static void
finish (void)
{
  GString *kinds = g_string_new (NULL);

  for (guint i = 0; i < N_NETWORK_MISCHIEFS; i++)
    g_string_append_printf (kinds, "%u %s, ", faults[i], mischief_name ((Mischief) i));
  say ("done %u faults: %s%u kills; %u commits", n_total, kinds->str, n_kills,
       truth_get_n_commits (truth));
  g_string_free (kinds, TRUE);
  g_main_loop_quit (loop);
}

static gboolean
command_cb (GIOChannel   *channel,
            GIOCondition  condition,
            gpointer      user_data)
{
  do
    {
      g_autofree char *line = NULL;
      gsize end;

      if (g_io_channel_read_line (channel, &line, NULL, &end, NULL) != G_IO_STATUS_NORMAL)
        {
          finish ();
          return G_SOURCE_REMOVE;
        }

      line[end] = '\0';
      if (strcmp (line, "ask") == 0)
        {
          answer ();
        }
      else if (strcmp (line, "go") == 0 && timer == 0)
        {
          truth_prune (truth);
          n_faults = 0;
          timer = g_timeout_add (STEP_MS, step_cb, NULL);
        }
    }
  while (g_io_channel_get_buffer_condition (channel) & G_IO_IN);

  return G_SOURCE_CONTINUE;
}

static void
way_free (gpointer data)
{
  Way *way = data;

  way->pipe = NULL;
  way->is_broken = TRUE;
  proxy_free (way->proxy);
  g_ptr_array_unref (way->pipes);
  g_free (way);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GIOChannel) channel = g_io_channel_unix_new (STDIN_FILENO);
  guint n_clients;

  seed_init (&argc, &argv);
  if (argc < 3)
    {
      g_printerr ("Usage: model-server CLIENTS FAULTS [leave]\n");
      return 2;
    }
  n_clients = (guint) g_ascii_strtoull (argv[1], NULL, 10);
  n_round = (guint) g_ascii_strtoull (argv[2], NULL, 10);
  clients_leave = argc > 3 && g_str_equal (argv[3], "leave");

  loop = g_main_loop_new (NULL, FALSE);
  truth = truth_new ();
  truth_set_func (truth, truth_cb, NULL);
  model = model_new (truth, FALSE);
  ways = g_ptr_array_new_with_free_func (way_free);
  for (guint i = 0; i < n_clients; i++)
    {
      Way *way = g_new0 (Way, 1);

      way->number = i;
      way->pipes = g_ptr_array_new ();
      way->proxy = proxy_new (model_get_port (model), FALSE, &proxy_funcs, way);
      g_ptr_array_add (ways, way);
      say ("proxy %u %s:%u", i, proxy_host (), proxy_get_port (way->proxy));
    }
  g_io_add_watch (channel, G_IO_IN | G_IO_HUP, command_cb, NULL);
  /* The signals that are there at first. */
  n_faults = n_round;
  timer = g_timeout_add (STEP_MS, step_cb, NULL);
  g_main_loop_run (loop);

  g_ptr_array_unref (ways);
  model_free (model);
  truth_free (truth);
  g_main_loop_unref (loop);

  return 0;
}
