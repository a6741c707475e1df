/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-peer-calls.h"

#include <string.h>

#include "ss-hub-core.h"
#include "ss-limits.h"

struct _SsPeerCalls
{
  ServerSignalPeer       *peer;
  SsHubCore              *core;
  SsCallRuns             *runs;
  SsSession              *session;
  const SsPeerCallsFuncs *funcs;     /* NULL: it has ended */
  gpointer                user_data;
  GHashTable             *asks; /* &id → Ask */
};

typedef struct
{
  SsCallAsk         parent;
  SsPeerCalls      *calls;
  guint64           id;
  guint64           max;       /* bytes of the answer that the client takes */
  SsWaitingMessage *progress;  /* that has not left yet, or NULL */
  gboolean          cancelled;
} Ask;

SsPeerCalls *
ss_peer_calls_new (ServerSignalPeer       *peer,
                   SsHubCore              *core,
                   SsCallRuns             *runs,
                   SsSession              *session,
                   const SsPeerCallsFuncs *funcs,
                   gpointer                user_data)
{
  SsPeerCalls *self = g_rc_box_new0 (SsPeerCalls);

  self->peer = peer;
  self->core = core;
  self->runs = runs;
  self->session = session;
  self->funcs = funcs;
  self->user_data = user_data;
  self->asks = g_hash_table_new (g_int64_hash, g_int64_equal);

  return self;
}

static void
ask_free (Ask *ask)
{
  ss_backpressure_forget (&ask->progress);
  g_hash_table_remove (ask->calls->asks, &ask->id);
  g_slice_free (Ask, ask);
}

/* Gives the calls that nobody waits for any more. */
static GPtrArray *
leave_all (SsPeerCalls *self)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GList) asks = g_hash_table_get_values (self->asks);

  for (GList *link = asks; link != NULL; link = link->next)
    {
      Ask *ask = link->data;
      ServerSignalCall *call = ss_call_ask_leave (&ask->parent);

      if (call != NULL)
        g_ptr_array_add (calls, call);
      ask_free (ask);
    }

  return calls;
}

static void
clear (gpointer data)
{
  SsPeerCalls *self = data;

  g_hash_table_unref (self->asks);
}

static void
peer_calls_unref (SsPeerCalls *self)
{
  g_rc_box_release_full (self, clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsPeerCalls, peer_calls_unref)

void
ss_peer_calls_end (SsPeerCalls *self,
                   gboolean     cancel)
{
  g_autoptr (SsPeerCalls) taken = self;
  g_autoptr (GPtrArray) calls = leave_all (self);

  self->funcs = NULL;
  for (guint i = 0; cancel && i < calls->len; i++)
    ss_call_cancel (g_ptr_array_index (calls, i));
}

static void
ask_answered (SsCallAsk *parent,
              SsOutcome *outcome)
{
  Ask *ask = (Ask *) parent;
  SsPeerCalls *self = ask->calls;
  g_autoptr (SsMessage) message = ss_outcome_encode (outcome, ask->id, ask->max);

  ask_free (ask);
  ss_session_reply (self->session, message, ss_flusher_gathers (self->core->flusher), NULL);
}

static void
ask_progress (SsCallAsk     *parent,
              const SsValue *value)
{
  Ask *ask = (Ask *) parent;
  SsPeerCalls *self = ask->calls;
  g_autoptr (SsMessage) message = ss_frame_encode_progress (ask->id, value);
  gsize length;

  ss_message_payload (message, &length);
  if (length > ask->max)
    return;

  /* It is behind updates that are older than this one, and others may have to come first. */
  if (ask->progress != NULL)
    ss_backpressure_withdraw (ask->progress);
  ss_session_reply (self->session, message, ss_flusher_gathers (self->core->flusher),
                    &ask->progress);
}

static const SsCallAskFuncs ask_funcs = {
  .answered = ask_answered,
  .progress = ask_progress,
};

guint
ss_peer_calls_get_length (SsPeerCalls *self)
{
  return g_hash_table_size (self->asks);
}

SsCallState
ss_peer_calls_get_state (SsPeerCalls *self,
                         guint64      id)
{
  const Ask *ask = g_hash_table_lookup (self->asks, &id);

  if (ask == NULL)
    return SS_CALL_NONE;

  return ask->cancelled ? SS_CALL_CANCELLED : SS_CALL_ASKED;
}

static void
take_cancel (SsPeerCalls *self,
             guint64      id)
{
  Ask *ask = g_hash_table_lookup (self->asks, &id);
  g_autoptr (ServerSignalCall) call = NULL;

  if (ask == NULL || ask->cancelled)
    return;

  ask->cancelled = TRUE;
  call = ss_call_ask_get (&ask->parent);
  if (call != NULL)
    ss_call_cancel (call);
}

/* The name under which the answer is remembered: a key is the secret of who made it up, and stands for
 * one method. */
static char *
dup_key (const SsFrame *frame)
{
  if (frame->key == NULL)
    return NULL;

  return g_strdup_printf ("%zu:%s:%s", strlen (frame->name), frame->name, frame->key);
}

static void
take_call (SsPeerCalls *self,
           SsFrame     *frame)
{
  g_autoptr (ServerSignalCall) call = NULL;
  g_autofree char *key = dup_key (frame);
  gboolean allowed;
  SsCallRun *run;
  Ask *ask;

  if (g_hash_table_size (self->asks) + ss_session_get_n_waiting (self->session) >=
      self->core->max_calls)
    {
      ss_session_refuse (self->session, frame->id, "too-many", "too many calls wait for answers");
      return;
    }

  allowed = self->funcs->allows (self->peer, frame->name, self->user_data);
  /* The application may have closed the peer. */
  if (self->funcs == NULL || !ss_session_is_open (self->session))
    return;

  if (!allowed)
    {
      ss_session_refuse (self->session, frame->id, "unknown-method", "there is no such method");
      return;
    }

  ask = g_slice_new0 (Ask);
  ask->parent.funcs = &ask_funcs;
  ask->calls = self;
  ask->id = frame->id;
  ask->max = frame->max > 0 ? MIN (frame->max, SS_FRAME_BYTES) : SS_FRAME_BYTES;
  g_hash_table_insert (self->asks, &ask->id, ask);

  run = key != NULL ? ss_call_runs_find (self->runs, key) : NULL;
  if (run != NULL)
    {
      ss_call_run_join (run, &ask->parent);
      return;
    }

  call = ss_call_runs_start (self->runs, key, self->peer, self->core, frame->name, frame->value,
                             &ask->parent);
  if (self->funcs->handle (self->peer, call, self->user_data) || ss_call_is_answered (call))
    return;

  ss_call_settle (call, ss_outcome_new_error ("unknown-method", "there is no such method", NULL));
  if (key != NULL && self->funcs != NULL)
    ss_call_runs_forget (self->runs, key);
}

void
ss_peer_calls_take (SsPeerCalls *self,
                    SsFrame     *frame)
{
  g_autoptr (SsPeerCalls) keep = g_rc_box_acquire (self);

  if (frame->kind == SS_FRAME_CANCEL)
    take_cancel (self, frame->id);
  else
    take_call (self, frame);
}
