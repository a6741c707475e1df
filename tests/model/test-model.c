/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <stdio.h>

#include "clock.h"
#include "model.h"
#include "proxy.h"
#include "watched.h"

#include "../test-json.h"
#include "../test-utils.h"

/* A server whose signals do what comes to their minds, clients that do as well, and between each of them and the
 * server a network that does the worst. Every now and then the network rests and mends, and then every replica has
 * to be what the server has, to the last bit; and at all times whatever a replica shows has to have been the
 * server's (see watched.h).
 *
 * SS_TEST_SEED repeats a run, SS_TEST_CASES makes it longer, in per cent, SS_TEST_SECONDS gives it so long instead. */

#define N_CLIENTS 10
#define N_PLAIN 2       /* of these */
#define N_FAULTS 2100
#define QUIET_SECONDS 60 /* of real time, for what takes a moment of it */

typedef enum
{
  CUT_UP_FIN,
  CUT_UP_RST,
  CUT_DOWN_FIN,
  CUT_DOWN_RST,
  STALL_UP,
  STALL_DOWN,
  STALL_BOTH,
  DELAY,
  DRIBBLE,
  DUPLICATE,
  DROP,
  REPEAT,
  REFUSE,
  KILL,
  RESTART,
  SHUT_DOWN,
  N_KINDS
} Kind;

static const char * const kind_names[N_KINDS] = {
  "cut up (FIN)", "cut up (RST)", "cut down (FIN)", "cut down (RST)", "stall up", "stall down", "stall both",
  "delay", "dribble", "duplicate", "drop an update", "repeat an update", "refuse", "kill (new lives)",
  "kill (same lives)", "shut down",
};

typedef struct
{
  Truth        *truth;
  Model        *model;
  Watched      *clients[N_CLIENTS];
  WatchedCounts counts;
  guint         faults[N_KINDS];
  guint         n_quiet;
  guint         n_commits;   /* before the last prune */
} World;

static guint
n_faults (World *self)
{
  guint sum = 0;

  /* These happen some time after they were asked for. */
  self->faults[CUT_UP_FIN] = self->counts.n_cuts[PROXY_UP][PROXY_FIN];
  self->faults[CUT_UP_RST] = self->counts.n_cuts[PROXY_UP][PROXY_RST];
  self->faults[CUT_DOWN_FIN] = self->counts.n_cuts[PROXY_DOWN][PROXY_FIN];
  self->faults[CUT_DOWN_RST] = self->counts.n_cuts[PROXY_DOWN][PROXY_RST];
  self->faults[DROP] = self->counts.n_mangles[PROXY_MANGLE_DROP];
  self->faults[REPEAT] = self->counts.n_mangles[PROXY_MANGLE_REPEAT];

  for (guint i = 0; i < N_KINDS; i++)
    sum += self->faults[i];

  return sum;
}

static void
meet (World *self,
      guint  at)
{
  self->clients[at] = watched_new (self->model, self->truth, at < N_PLAIN, &self->counts);
}

/* Real time, which the hurrying clock does not touch. */
static void
pass_turns (guint turns)
{
  for (guint i = 0; i < turns; i++)
    g_main_context_iteration (NULL, FALSE);
}

static void
break_all (World    *self,
           ProxyEnd  end)
{
  for (guint i = 0; i < N_CLIENTS; i++)
    proxy_break_all (watched_get_proxy (self->clients[i]), end);
}

static void
fell_server (World *self,
             Kind   kind)
{
  if (kind == SHUT_DOWN)
    {
      for (guint i = 0; i < N_CLIENTS; i++)
        proxy_expect_end (watched_get_proxy (self->clients[i]));
      model_shut_down (self->model);
    }
  else
    {
      break_all (self, g_test_rand_bit () ? PROXY_FIN : PROXY_RST);
      model_kill (self->model);
    }
  self->faults[kind]++;
  if (g_test_rand_bit ())
    test_pass_time ((guint) g_test_rand_int_range (1, 60));
  for (int i = g_test_rand_int_range (0, 4); kind == RESTART && i > 0; i--)
    model_step (self->model);
  model_start (self->model, kind == KILL || (kind == SHUT_DOWN && g_test_rand_bit ()));
}

static void
do_fault (World *self,
          Kind   kind)
{
  Watched *client = self->clients[g_test_rand_int_range (0, N_CLIENTS)];
  ProxyPipe *pipe = watched_get_pipe (client);
  ProxyWay way = g_test_rand_bit () ? PROXY_UP : PROXY_DOWN;

  if (kind >= KILL)
    {
      fell_server (self, kind);
      return;
    }
  if (kind == REFUSE)
    {
      proxy_refuse (watched_get_proxy (client), (guint) g_test_rand_int_range (1, 4),
                    g_test_rand_bit () ? PROXY_FIN : PROXY_RST);
      self->faults[kind]++;
      return;
    }
  if (pipe == NULL || proxy_pipe_is_broken (pipe))
    return;

  switch (kind)
    {
    case CUT_UP_FIN:
    case CUT_UP_RST:
      proxy_pipe_cut (pipe, PROXY_UP, (guint) g_test_rand_int_range (0, g_test_rand_bit () ? 100 : 600),
                      kind == CUT_UP_FIN ? PROXY_FIN : PROXY_RST);
      return;
    case CUT_DOWN_FIN:
    case CUT_DOWN_RST:
      proxy_pipe_cut (pipe, PROXY_DOWN, (guint) g_test_rand_int_range (0, g_test_rand_bit () ? 200 : 3000),
                      kind == CUT_DOWN_FIN ? PROXY_FIN : PROXY_RST);
      return;
    case DROP:
      proxy_pipe_mangle (pipe, PROXY_MANGLE_DROP);
      return;
    case REPEAT:
      proxy_pipe_mangle (pipe, PROXY_MANGLE_REPEAT);
      return;

    case STALL_UP:
      proxy_pipe_stall (pipe, PROXY_UP);
      break;
    case STALL_DOWN:
      proxy_pipe_stall (pipe, PROXY_DOWN);
      break;
    case STALL_BOTH:
      proxy_pipe_stall (pipe, PROXY_UP);
      proxy_pipe_stall (pipe, PROXY_DOWN);
      break;
    case DELAY:
      proxy_pipe_delay (pipe, way, (guint) g_test_rand_int_range (1, 500));
      break;
    case DRIBBLE:
      proxy_pipe_dribble (pipe, way, (guint) g_test_rand_int_range (1, 400));
      break;
    case DUPLICATE:
      proxy_pipe_duplicate (pipe, g_test_rand_bit (), g_test_rand_bit ());
      break;
    case REFUSE:
    case KILL:
    case RESTART:
    case SHUT_DOWN:
    case N_KINDS:
    default:
      g_assert_not_reached ();
    }
  self->faults[kind]++;
}

/* The server's end is rarer than the network's whims. */
static Kind
pick_kind (void)
{
  if (g_test_rand_int_range (0, 40) == 0)
    return (Kind) g_test_rand_int_range (KILL, N_KINDS);

  return (Kind) g_test_rand_int_range (0, KILL);
}

static const char *
unsettled (World *self,
           guint *which)
{
  guint n_peers = g_list_model_get_n_items (server_signal_hub_get_peers (model_get_hub (self->model)));

  for (*which = 0; *which < N_CLIENTS; ++*which)
    {
      const char *why = watched_is_unsettled (self->clients[*which]);

      if (why != NULL)
        return why;
    }

  return n_peers != N_CLIENTS ? "the server has more peers than there are" : NULL;
}

/* The network mends, and everything has to be well. */
static void
be_quiet (World *self)
{
  gint64 end = g_get_real_time () + QUIET_SECONDS * G_USEC_PER_SEC;
  const char *why;
  guint which;

  for (guint i = 0; i < N_CLIENTS; i++)
    {
      proxy_calm (watched_get_proxy (self->clients[i]));
      proxy_drop_ghosts (watched_get_proxy (self->clients[i]));
      watched_finish (self->clients[i]);
    }
  model_finish (self->model);

  while ((why = unsettled (self, &which)) != NULL)
    {
      if (g_get_real_time () > end)
        g_error ("client %u: %s", which, why);
      g_main_context_iteration (NULL, TRUE);
    }

  for (guint i = 0; i < N_CLIENTS; i++)
    watched_check (self->clients[i]);
  g_assert_cmpuint (self->counts.n_broken, ==, self->counts.n_noticed + self->counts.n_left);
  g_assert_cmpuint (self->counts.n_owed, ==, self->counts.n_paid);
  truth_prune (self->truth);
  self->n_quiet++;
}

static void
be_wild (World *self)
{
  for (int step = g_test_rand_int_range (10, 150); step > 0; step--)
    {
      for (int i = g_test_rand_int_range (0, 4); i > 0; i--)
        model_step (self->model);
      if (g_test_rand_int_range (0, 3) == 0)
        do_fault (self, pick_kind ());
      if (g_test_rand_int_range (0, 6) == 0)
        watched_act (self->clients[g_test_rand_int_range (0, N_CLIENTS)]);
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

  for (guint i = 0; i < N_KINDS; i++)
    {
      g_assert_true (self->faults[i] > 0 || n_faults (self) < N_FAULTS);
      g_string_append_printf (kinds, "%s%u %s", i > 0 ? ", " : "", self->faults[i], kind_names[i]);
    }
  g_test_message ("%u faults: %s", n_faults (self), kinds->str);
  g_test_message ("%u commits, %u connections of %u clients, %u broken of which %u were noticed and %u left; "
                  "%u updates lost or doubled for a current replica, all noticed; %u revisions shown, %u quiet points; "
                  "%.1f s, and %.0f s skipped",
                  truth_get_n_commits (self->truth), self->counts.n_connections, N_CLIENTS,
                  self->counts.n_broken, self->counts.n_noticed, self->counts.n_left, self->counts.n_owed,
                  self->counts.n_shown, self->n_quiet,
                  (double) (g_get_real_time () - start) / G_USEC_PER_SEC,
                  (double) clock_get_skipped () / G_USEC_PER_SEC);
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

  self->truth = truth_new ();
  self->model = model_new (self->truth);
  for (guint i = 0; i < N_CLIENTS; i++)
    meet (self, i);
  be_quiet (self);

  while (seconds != NULL ? g_get_real_time () - start < g_ascii_strtod (seconds, NULL) * G_USEC_PER_SEC
                         : n_faults (self) < goal)
    {
      be_wild (self);
      be_quiet (self);
      if (g_get_real_time () - last > 60 * G_USEC_PER_SEC)
        {
          last = g_get_real_time ();
          g_test_message ("%u faults, %u commits", n_faults (self), truth_get_n_commits (self->truth));
        }
    }
  report (self, start);

  for (guint i = 0; i < N_CLIENTS; i++)
    watched_free (self->clients[i]);
  model_free (self->model);
  test_settle ();
  truth_free (self->truth);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *seed = NULL;
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  const char *given = g_getenv ("SS_TEST_SEED");
  guint32 number = given != NULL ? (guint32) g_ascii_strtoull (given, NULL, 10) : g_random_int ();
  char **words;

  /* All randomness is GLib's for tests, of which only the seed is ours. */
  seed = g_strdup_printf ("--seed=R02S%08x%08x%08x%08x", number, ~number, 0u, 0u);
  g_ptr_array_add (arguments, argv[0]);
  g_ptr_array_add (arguments, seed);
  for (int i = 1; i < argc; i++)
    g_ptr_array_add (arguments, argv[i]);
  argc = (int) arguments->len;
  g_ptr_array_add (arguments, NULL);
  words = (char **) arguments->pdata;
  g_test_init (&argc, &words, NULL);
  g_test_message ("SS_TEST_SEED=%u repeats this run", number);
  clock_install ();

  g_test_add_func ("/model/faults", test_faults);

  return g_test_run ();
}
