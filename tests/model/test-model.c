/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "clock.h"
#include "edge.h"
#include "mischief.h"
#include "model.h"
#include "proxy.h"
#include "seed.h"
#include "watched.h"

#include "signal/server-signal-private.h"

#include "../test-json.h"
#include "../test-utils.h"

/* A server whose signals do what comes to their minds, edges that serve them on, clients that do
 * what they like and go from one to the other, and between each of them a network that does the
 * worst. Every now and then the network rests and mends, and then every replica has to be what the
 * server has, to the last bit; and at all times whatever a replica shows has to have been the
 * server's (see watched.h). Clients make calls meanwhile: none is done twice that must not be, and no
 * answer comes before what it tells of (see calls.h). Signals are hidden from clients and shown again
 * all the time, and no name may be sent to a client to which it has never been shown. Some signals are made
 * only when clients ask for them, at the server and through the edges, and go when nobody follows them; the
 * hubs count just those followers that there are.
 *
 * SS_TEST_SEED repeats a run, SS_TEST_CASES makes it longer, in per cent, SS_TEST_SECONDS gives it
 * so long instead. */

#define N_CLIENTS 10
#define N_PLAIN 2       /* of these */
#define N_EDGES 2
#define N_FAULTS 2100
#define FLIGHT_MS 100
#define QUIET_SECONDS 60 /* of real time, for what takes a moment of it */

/* The things that happen to the server. */
typedef enum
{
  FALL_KILL,       /* and its signals begin another life */
  FALL_RESTART,    /* and its signals live on */
  FALL_SHUT_DOWN,  /* with a goodbye */
  FALL_EDGE,       /* an edge, and what it had */
  FALL_MOVE,       /* a client's connection to one server; it comes back at another */
  N_FALLS
} Fall;

static const char * const fall_names[N_FALLS] = { "kill (new lives)", "kill (same lives)", "shut down",
                                                   "kill an edge", "move" };

typedef struct
{
  Truth        *truth;
  Model        *model;
  Edge          edges[N_EDGES];
  Watched      *clients[N_CLIENTS];
  WatchedCounts counts;
  guint         mischiefs[N_MISCHIEFS];
  guint         falls[N_FALLS];
  guint         n_quiet;
  guint         n_away;
  char         *why;       /* it is unsettled */
} World;

static guint
n_faults (World *self)
{
  guint sum = 0;

  /* These happen some time after they were asked for. */
  self->mischiefs[MISCHIEF_CUT_UP_FIN] = self->counts.n_cuts[PROXY_UP][PROXY_FIN];
  self->mischiefs[MISCHIEF_CUT_UP_RST] = self->counts.n_cuts[PROXY_UP][PROXY_RST];
  self->mischiefs[MISCHIEF_CUT_DOWN_FIN] = self->counts.n_cuts[PROXY_DOWN][PROXY_FIN];
  self->mischiefs[MISCHIEF_CUT_DOWN_RST] = self->counts.n_cuts[PROXY_DOWN][PROXY_RST];
  self->mischiefs[MISCHIEF_DROP] = self->counts.n_mangles[PROXY_MANGLE_DROP];
  self->mischiefs[MISCHIEF_REPEAT] = self->counts.n_mangles[PROXY_MANGLE_REPEAT];

  for (guint i = 0; i < N_MISCHIEFS; i++)
    sum += self->mischiefs[i];
  for (guint i = 0; i < N_FALLS; i++)
    sum += self->falls[i];

  return sum;
}

static void
meet (World *self,
      guint  at)
{
  self->clients[at] = watched_new (self->model, self->truth, at < N_PLAIN, FALSE, &self->counts);
}

/* Real time, which the hurrying clock does not touch. */
static void
pass_turns (guint turns)
{
  for (guint i = 0; i < turns; i++)
    g_main_context_iteration (NULL, FALSE);
}

/* Breaks the connections of the server's clients (edge NULL) or of an edge's. */
static void
break_all (World    *self,
           Edge     *edge,
           ProxyEnd  end)
{
  Watched *feeder = edge != NULL ? edge->feeder : NULL;

  for (guint i = 0; i < N_CLIENTS; i++)
    if (watched_get_feeder (self->clients[i]) == feeder)
      proxy_break_all (watched_get_proxy (self->clients[i]), end);
  for (guint i = 0; i < N_EDGES && edge == NULL; i++)
    proxy_break_all (watched_get_proxy (self->edges[i].feeder), end);
}

/* At random the server or an edge. */
static void
go_elsewhere (World *self,
              guint  at)
{
  guint where = (guint) g_test_rand_int_range (0, N_EDGES + 1);

  if (where < N_EDGES)
    watched_set_feeder (self->clients[at], self->edges[where].feeder, self->edges[where].port);
  else
    watched_set_feeder (self->clients[at], NULL, model_get_port (self->model));
}

static void
move (World *self)
{
  guint at = (guint) g_test_rand_int_range (0, N_CLIENTS);

  proxy_break_all (watched_get_proxy (self->clients[at]),
                   g_test_rand_bit () ? PROXY_FIN : PROXY_RST);
  go_elsewhere (self, at);
  self->falls[FALL_MOVE]++;
}

static void
fell_edge (World *self)
{
  Edge *edge = &self->edges[g_test_rand_int_range (0, N_EDGES)];
  gboolean is_at[N_CLIENTS];

  for (guint i = 0; i < N_CLIENTS; i++)
    is_at[i] = watched_get_feeder (self->clients[i]) == edge->feeder;
  break_all (self, edge, g_test_rand_bit () ? PROXY_FIN : PROXY_RST);
  edge_restart (edge, self->model, self->truth, &self->counts);
  /* Some wait for it, others look for another one. */
  for (guint i = 0; i < N_CLIENTS; i++)
    if (is_at[i])
      {
        watched_set_feeder (self->clients[i], edge->feeder, edge->port);
        if (g_test_rand_bit ())
          go_elsewhere (self, i);
      }
  self->falls[FALL_EDGE]++;
}

static Watched *
get_watched (World *self,
             guint  at)
{
  return at < N_EDGES ? self->edges[at].feeder : self->clients[at - N_EDGES];
}

static void
wait_until_stale (World *self)
{
  gint64 end = g_get_real_time () + QUIET_SECONDS * G_USEC_PER_SEC;

  for (guint i = 0; i < N_EDGES + N_CLIENTS; i++)
    while (!watched_is_stale (get_watched (self, i)))
      {
        if (g_get_real_time () > end)
          g_error ("%s %u calls current what nobody vouches for", i < N_EDGES ? "edge" : "client",
                   i < N_EDGES ? i : i - N_EDGES);
        g_main_context_iteration (NULL, TRUE);
      }
}

/* All ends are in this process: what was on its way has come when none has anything to do. */
static void
pass_flight (void)
{
  test_pass_time (FLIGHT_MS);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* The server is away for longer: everybody comes to know it, through the edges too, and nobody takes it
 * back before the server does. */
static void
stay_away (World *self)
{
  /* A word may be on its way, with its withdrawal behind it. */
  for (guint i = 0; i < N_EDGES + N_CLIENTS; i++)
    proxy_calm (watched_get_proxy (get_watched (self, i)));
  wait_until_stale (self);
  pass_flight ();
  wait_until_stale (self);

  for (guint i = 0; i < N_EDGES + N_CLIENTS; i++)
    watched_set_away (get_watched (self, i), TRUE);
  test_pass_time (FLIGHT_MS);
  for (guint i = 0; i < N_EDGES + N_CLIENTS; i++)
    watched_set_away (get_watched (self, i), FALSE);
  self->n_away++;
}

static void
fell_server (World *self)
{
  Fall fall = (Fall) g_test_rand_int_range (0, FALL_EDGE);

  if (fall == FALL_SHUT_DOWN)
    {
      for (guint i = 0; i < N_CLIENTS; i++)
        if (watched_get_feeder (self->clients[i]) == NULL)
          proxy_expect_end (watched_get_proxy (self->clients[i]));
      for (guint i = 0; i < N_EDGES; i++)
        proxy_expect_end (watched_get_proxy (self->edges[i].feeder));
      model_shut_down (self->model);
    }
  else
    {
      break_all (self, NULL, g_test_rand_bit () ? PROXY_FIN : PROXY_RST);
      model_kill (self->model);
    }
  self->falls[fall]++;
  if (g_test_rand_int_range (0, 3) == 0)
    stay_away (self);
  else if (g_test_rand_bit ())
    test_pass_time ((guint) g_test_rand_int_range (1, 60));
  for (int i = g_test_rand_int_range (0, 4); fall == FALL_RESTART && i > 0; i--)
    model_step (self->model);
  model_start (self->model, fall == FALL_KILL || (fall == FALL_SHUT_DOWN && g_test_rand_bit ()));
}

/* The server's end is rarer than the network's whims. */
static void
do_fault (World *self)
{
  guint at = (guint) g_test_rand_int_range (0, N_CLIENTS + N_EDGES);
  Watched *client = at < N_CLIENTS ? self->clients[at] : self->edges[at - N_CLIENTS].feeder;
  Mischief kind = (Mischief) g_test_rand_int_range (0, N_MISCHIEFS);

  if (g_test_rand_int_range (0, 40) == 0)
    fell_server (self);
  else if (g_test_rand_int_range (0, 40) == 0)
    fell_edge (self);
  else if (g_test_rand_int_range (0, 10) == 0)
    move (self);
  else if (mischief_do (kind, watched_get_proxy (client), watched_get_pipe (client)) &&
           !mischief_is_later (kind))
    self->mischiefs[kind]++;
}

static guint
n_peers (ServerSignalHub *hub)
{
  return g_list_model_get_n_items (server_signal_hub_get_peers (hub));
}

/* Whether the client or the edge at that port of the server's asks for the name. */
static gboolean
asks_server (guint16     port,
             const char *name,
             gpointer    user_data)
{
  World *self = user_data;

  for (guint i = 0; i < N_EDGES + N_CLIENTS; i++)
    {
      Watched *watched = get_watched (self, i);
      ProxyPipe *pipe = watched_get_pipe (watched);

      if (watched_get_feeder (watched) == NULL && pipe != NULL &&
          proxy_pipe_get_port (pipe) == port)
        return watched_asks (watched, name);
    }

  return FALSE;
}

static guint
n_asking_edge (World      *self,
               Edge       *edge,
               const char *name)
{
  guint n = 0;

  for (guint i = 0; i < N_CLIENTS; i++)
    n += watched_get_feeder (self->clients[i]) == edge->feeder &&
         watched_asks (self->clients[i], name);

  return n;
}

/* An edge has what its clients ask for, and what it was told to serve, and asks its server for no more. */
static const char *
check_edge (World *self,
            Edge  *edge)
{
  GListModel *signals = server_signal_client_get_signals (watched_get_client (edge->feeder));

  for (guint i = 0; i < g_list_model_get_n_items (signals); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);
      const char *name = server_signal_get_name (signal);
      guint n_asking = n_asking_edge (self, edge, name);
      guint n = server_signal_hub_get_n_followers (edge->hub, signal);
      /* A client may have more of it than an edge that gets no more. */
      guint n_least =
        ss_signal_has_data (signal) && !server_signal_get_stale (signal) ? n_asking : 0;

      if (server_signal_hub_lookup (edge->hub, name) != signal)
        return "an edge follows a signal for nobody";
      if (n_asking == 0 && watched_get_replica (edge->feeder, name) == NULL)
        {
          g_free (self->why);
          self->why = g_strdup_printf (
            "an edge keeps “%s” (%s, %s), for which nobody asks, with %u followers", name,
            ss_signal_has_data (signal) ? "with data" : "empty",
            server_signal_get_stale (signal) ? "stale" : "current", n);
          return self->why;
        }
      if (n < n_least || n > n_asking)
        {
          g_free (self->why);
          self->why =
            g_strdup_printf ("“%s” (%s) has %u followers at an edge, which counts %u", name,
                             server_signal_get_stale (signal) ? "stale" : "current", n_asking, n);

          return self->why;
        }
    }

  return NULL;
}

static const char *
unsettled (World *self,
           guint *which)
{
  guint n_at_edges = 0;
  const char *why;

  for (*which = 0; *which < N_EDGES + N_CLIENTS; ++*which)
    {
      why = watched_is_unsettled (get_watched (self, *which));
      if (why != NULL)
        return why;
    }

  for (guint i = 0; i < N_EDGES; i++)
    n_at_edges += n_peers (self->edges[i].hub);

  if (n_peers (model_get_hub (self->model)) + n_at_edges != N_CLIENTS + N_EDGES)
    return "there are more peers than clients";

  for (*which = 0; *which < N_EDGES; ++*which)
    if ((why = check_edge (self, &self->edges[*which])) != NULL)
      return why;

  return model_check_followers (self->model, asks_server, self);
}

static void
settle (World *self)
{
  gint64 end = g_get_real_time () + QUIET_SECONDS * G_USEC_PER_SEC;
  gint64 start = g_get_monotonic_time ();
  const char *why;
  guint which;

  while ((why = unsettled (self, &which)) != NULL)
    {
      if (g_get_real_time () > end)
        g_error ("%s %u at %s, in %.1f s of its clock: %s", which < N_EDGES ? "edge" : "client",
                 which < N_EDGES ? which : which - N_EDGES,
                 watched_get_feeder (get_watched (self, which)) != NULL ? "an edge" : "the server",
                 (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC, why);
      g_main_context_iteration (NULL, TRUE);
    }
}

/* The network mends, and everything has to be well. */
static void
be_quiet (World *self)
{
  for (guint i = 0; i < N_EDGES + N_CLIENTS; i++)
    {
      Watched *client = i < N_EDGES ? self->edges[i].feeder : self->clients[i - N_EDGES];

      proxy_calm (watched_get_proxy (client));
      proxy_drop_ghosts (watched_get_proxy (client));
      watched_finish (client);
    }
  model_finish (self->model);

  settle (self);
  /* Nobody has waited for frames of a signal that was taken away: a plain client is not told of
   * that. */
  pass_flight ();
  settle (self);

  for (guint i = 0; i < N_EDGES; i++)
    {
      watched_check (self->edges[i].feeder);
      edge_keep (&self->edges[i], self->truth);
    }
  for (guint i = 0; i < N_CLIENTS; i++)
    watched_check (self->clients[i]);
  g_assert_cmpuint (self->counts.n_broken, ==, self->counts.n_noticed + self->counts.n_left);
  g_assert_cmpuint (self->counts.n_owed, ==, self->counts.n_paid);
  truth_prune (self->truth);
  self->n_quiet++;
}

/* Some do not read while there is much to be read. */
static void
flood (World *self)
{
  for (guint i = 0; i < N_CLIENTS; i++)
    {
      ProxyPipe *pipe = watched_get_pipe (self->clients[i]);

      if (pipe != NULL && !proxy_pipe_is_broken (pipe) && g_test_rand_bit ())
        {
          proxy_pipe_hold (pipe, 400);
          self->mischiefs[MISCHIEF_HOLD]++;
        }
    }
  model_flood (self->model);
}

static void
be_wild (World *self)
{
  for (int step = g_test_rand_int_range (10, 150); step > 0; step--)
    {
      for (int i = g_test_rand_int_range (0, 4); i > 0; i--)
        model_step (self->model);
      if (g_test_rand_int_range (0, 3) == 0)
        do_fault (self);
      if (g_test_rand_int_range (0, 6) == 0)
        watched_act (self->clients[g_test_rand_int_range (0, N_CLIENTS)]);
      if (g_test_rand_int_range (0, 2) == 0)
        watched_ask (self->clients[g_test_rand_int_range (0, N_CLIENTS)]);
      if (g_test_rand_int_range (0, 12) == 0)
        model_review (self->model);
      if (g_test_rand_int_range (0, 800) == 0)
        flood (self);
      if (g_test_rand_int_range (0, 40) == 0)
        watched_act (self->edges[g_test_rand_int_range (0, N_EDGES)].feeder);
      if (g_test_rand_int_range (0, 150) == 0)
        {
          guint at = (guint) g_test_rand_int_range (0, N_CLIENTS);

          watched_free (self->clients[at]);
          meet (self, at);
        }

      if (g_test_rand_int_range (0, 10) == 0)
        test_pass_time ((guint) g_test_rand_int_range (1, 200));
      else
        pass_turns ((guint) g_test_rand_int_range (0, 12));
    }
}

static void
report (World  *self,
        gint64  start)
{
  GString *kinds = g_string_new (NULL);
  const CallCounts *calls = &self->counts.calls;
  guint n = n_faults (self);

  for (guint i = 0; i < N_MISCHIEFS; i++)
    {
      g_assert_true (self->mischiefs[i] > 0 || n < N_FAULTS);
      g_string_append_printf (kinds, "%u %s, ", self->mischiefs[i], mischief_name ((Mischief) i));
    }
  for (guint i = 0; i < N_FALLS; i++)
    {
      g_assert_true (self->falls[i] > 0 || n < N_FAULTS);
      g_string_append_printf (kinds, "%s%u %s", i > 0 ? ", " : "", self->falls[i], fall_names[i]);
    }
  g_test_message ("%u faults: %s", n, kinds->str);
  g_test_message ("%u reviews, %u names that were sent looked at",
                  model_get_n_reviews (self->model), model_get_n_sent (self->model));
  g_test_message ("%u signals made on demand, %u let go; %u times a follower was told of",
                  model_get_n_resolved (self->model), model_get_n_let_go (self->model),
                  model_get_n_followed (self->model));
  g_assert_cmpuint (model_get_n_reviews (self->model), >, 0);
  g_assert_true (n < N_FAULTS ||
                 (model_get_n_resolved (self->model) > 0 && model_get_n_let_go (self->model) > 0));
  g_assert_cmpuint (model_get_n_followed (self->model), >, 0);
  g_assert_cmpuint (model_get_n_sent (self->model), >, 0);
  g_test_message (
    "%u commits, %u connections of %u clients and %u edges, %u broken of which %u were noticed and %u left; "
    "%u updates lost or doubled for a current replica, all noticed; %u revisions shown, %u updates merged, %u quiet points, "
    "%u times nobody was current; "
    "%.1f s, and %.0f s skipped",
    truth_get_n_commits (self->truth), self->counts.n_connections, N_CLIENTS, N_EDGES,
    self->counts.n_broken, self->counts.n_noticed, self->counts.n_left, self->counts.n_owed,
    self->counts.n_shown, model_get_n_merged (self->model), self->n_quiet, self->n_away,
    (double) (g_get_real_time () - start) / G_USEC_PER_SEC,
    (double) clock_get_skipped () / G_USEC_PER_SEC);
  g_test_message (
    "%u calls, %u answered, %u failed, %u in doubt; %u answers behind what they tell of",
    calls->n_asked, calls->n_answered, calls->n_failed, calls->n_closed, calls->n_checked);
  g_assert_true (n < N_FAULTS || (calls->n_answered > 0 && calls->n_failed > 0 &&
                                  calls->n_closed > 0 && calls->n_checked > 0));
  g_string_free (kinds, TRUE);
}

static void
test_faults (void)
{
  g_autofree World *self = g_new0 (World, 1);
  const char *seconds = g_getenv ("SS_TEST_SECONDS");
  gint64 start = g_get_real_time ();
  gint64 last = start;
  guint goal = test_cases (N_FAULTS);

  clerk_set_is_client (watched_is_client);
  self->truth = truth_new ();
  self->model = model_new (self->truth, TRUE);
  for (guint i = 0; i < N_EDGES; i++)
    edge_open (&self->edges[i], self->model, self->truth, &self->counts);
  for (guint i = 0; i < N_CLIENTS; i++)
    meet (self, i);
  be_quiet (self);

  while (seconds != NULL
           ? g_get_real_time () - start < g_ascii_strtod (seconds, NULL) * G_USEC_PER_SEC
           : n_faults (self) < goal)
    {
      be_wild (self);
      be_quiet (self);
      if (g_get_real_time () - last > 60 * G_USEC_PER_SEC)
        {
          last = g_get_real_time ();
          g_test_message ("%u faults, %u commits", n_faults (self),
                          truth_get_n_commits (self->truth));
        }
    }
  report (self, start);

  for (guint i = 0; i < N_CLIENTS; i++)
    watched_free (self->clients[i]);
  for (guint i = 0; i < N_EDGES; i++)
    edge_close (&self->edges[i]);
  model_free (self->model);
  test_settle ();
  truth_free (self->truth);
  g_free (self->why);
}

int
main (int    argc,
      char **argv)
{
  seed_init (&argc, &argv);
  clock_install ();

  g_test_add_func ("/model/faults", test_faults);

  return g_test_run ();
}
