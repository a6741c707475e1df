/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-call-runs.h"

#include "signal/ss-unkept.h"
#include "ss-limits.h"

struct _SsCallRuns
{
  GHashTable *by_key; /* key → SsCallRun, the oldest first in the queue */
  GQueue      kept;
  gsize       bytes;  /* of the answers of those */
};

struct _SsCallRun
{
  SsCallRuns       *runs;    /* that remember it, or NULL */
  GList             link;
  char             *key;
  gint64            start;
  gsize             bytes;
  ServerSignalCall *call;    /* not a reference; NULL: answered */
  SsOutcome        *outcome;
  SsUnkeptWait     *wait;    /* NULL: the outcome is not there, or is told */
  GQueue            asks;
};

SsCallRuns *
ss_call_runs_new (void)
{
  SsCallRuns *self = g_new0 (SsCallRuns, 1);

  self->by_key = g_hash_table_new (g_str_hash, g_str_equal);

  return self;
}

static void
run_free (SsCallRun *run)
{
  if (run->call != NULL)
    ss_call_detach (run->call);
  g_clear_pointer (&run->wait, ss_unkept_wait_cancel);
  g_clear_pointer (&run->outcome, ss_outcome_unref);
  g_free (run->key);
  g_slice_free (SsCallRun, run);
}

/* Nobody can find it any more. It is freed unless somebody waits for it. */
static void
forget (SsCallRun *run)
{
  SsCallRuns *self = g_steal_pointer (&run->runs);

  g_hash_table_remove (self->by_key, run->key);
  g_queue_unlink (&self->kept, &run->link);
  self->bytes -= run->bytes;
  if (g_queue_is_empty (&run->asks))
    run_free (run);
}

void
ss_call_runs_free (SsCallRuns *self)
{
  while (!g_queue_is_empty (&self->kept))
    forget (self->kept.head->data);

  g_hash_table_unref (self->by_key);
  g_free (self);
}

/* The oldest go when there are too many, or too much; each goes in time. Those that peers wait for
 * are as many as these may have calls, and stay. */
static void
make_room (SsCallRuns *self)
{
  gint64 then = g_get_monotonic_time () - SS_ANSWERS_KEPT_SECONDS * G_USEC_PER_SEC;
  GList *link, *next;

  for (link = self->kept.head; link != NULL; link = next)
    {
      SsCallRun *run = link->data;

      next = link->next;
      if (run->start > then && self->kept.length <= SS_ANSWERS_KEPT &&
          self->bytes <= SS_ANSWERS_KEPT_BYTES)
        return;
      if (g_queue_is_empty (&run->asks))
        forget (run);
    }
}

SsCallRun *
ss_call_runs_find (SsCallRuns *self,
                   const char *key)
{
  make_room (self);

  return g_hash_table_lookup (self->by_key, key);
}

static void
tell (SsCallRun *run)
{
  GList *link;

  while ((link = g_queue_pop_head_link (&run->asks)) != NULL)
    {
      SsCallAsk *ask = link->data;

      ask->run = NULL;
      ask->funcs->answered (ask, run->outcome);
    }

  if (run->runs == NULL)
    {
      run_free (run);
      return;
    }

  run->bytes = ss_outcome_measure (run->outcome, SS_ANSWERS_KEPT_BYTES);
  run->runs->bytes += run->bytes;
  make_room (run->runs);
}

static void
kept_cb (gpointer user_data)
{
  SsCallRun *run = user_data;

  run->wait = NULL;
  tell (run);
}

/* Peers are told when they are shown all that was committed before, which a store may have to confirm
 * yet. */
static void
call_answered (ServerSignalCall *call,
               SsOutcome        *outcome,
               gpointer          user_data)
{
  SsCallRun *run = user_data;

  run->call = NULL;
  run->outcome = ss_outcome_ref (outcome);
  run->wait = ss_unkept_wait (kept_cb, run);
  if (run->wait == NULL)
    tell (run);
}

static void
call_progress (ServerSignalCall *call,
               const SsValue    *value,
               gpointer          user_data)
{
  SsCallRun *run = user_data;

  for (GList *link = run->asks.head; link != NULL; link = link->next)
    {
      SsCallAsk *ask = link->data;

      ask->funcs->progress (ask, value);
    }
}

static const SsCallFuncs call_funcs = {
  .answered = call_answered,
  .progress = call_progress,
};

static void
add_ask (SsCallRun *run,
         SsCallAsk *ask)
{
  ask->run = run;
  ask->link.data = ask;
  g_queue_push_tail_link (&run->asks, &ask->link);
}

ServerSignalCall *
ss_call_runs_start (SsCallRuns       *self,
                    const char       *key,
                    ServerSignalPeer *peer,
                    SsHubCore        *core,
                    const char       *method,
                    SsValue          *arguments,
                    SsCallAsk        *ask)
{
  SsCallRun *run = g_slice_new0 (SsCallRun);

  run->call = ss_call_new (peer, core, method, arguments, &call_funcs, run);
  run->link.data = run;
  add_ask (run, ask);
  if (key != NULL)
    {
      g_assert (!g_hash_table_contains (self->by_key, key));

      run->runs = self;
      run->key = g_strdup (key);
      run->start = g_get_monotonic_time ();
      g_hash_table_insert (self->by_key, run->key, run);
      g_queue_push_tail_link (&self->kept, &run->link);
      make_room (self);
    }

  return run->call;
}

void
ss_call_run_join (SsCallRun *self,
                  SsCallAsk *ask)
{
  if (self->outcome != NULL && self->wait == NULL)
    ask->funcs->answered (ask, self->outcome);
  else
    add_ask (self, ask);
}

ServerSignalCall *
ss_call_ask_get (SsCallAsk *ask)
{
  return ask->run != NULL && ask->run->call != NULL ? g_object_ref (ask->run->call) : NULL;
}

ServerSignalCall *
ss_call_ask_leave (SsCallAsk *ask)
{
  SsCallRun *run = g_steal_pointer (&ask->run);
  ServerSignalCall *call;

  if (run == NULL)
    return NULL;

  g_queue_unlink (&run->asks, &ask->link);
  if (run->runs != NULL || !g_queue_is_empty (&run->asks))
    return NULL;

  /* Its last reference may be on its way out. */
  call = run->call != NULL ? g_object_ref (run->call) : NULL;
  run_free (run);

  return call;
}

void
ss_call_runs_forget (SsCallRuns *self,
                     const char *key)
{
  SsCallRun *run = g_hash_table_lookup (self->by_key, key);

  if (run != NULL)
    forget (run);
}
