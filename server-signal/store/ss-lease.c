/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-lease.h"

#include <time.h>

#include <glib/gi18n-lib.h>

#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "signal/ss-epoch.h"
#include "signal/ss-unkept.h"
#include "ss-clear-source.h"
#include "ss-limits.h"

typedef enum
{
  HELD,      /* commits are sent as they come */
  CHECKING,  /* the engine is asked where it is, or brought to where we are */
  AWAY,      /* waiting for the engine, or to ask it again */
  LOST,      /* the signal follows the store */
  OVER,
} State;

struct _SsLease
{
  SsStoreEngine      *engine;
  GMainContext       *context;
  char               *name;
  SsMirror           *mirror;
  ServerSignal       *shadow;    /* the mirror's replica, which keeps the mirror */
  ServerSignal       *signal;    /* no reference; NULL: gone */
  SsValue            *last;      /* its last document then */
  const SsLeaseFuncs *funcs;
  gpointer            user_data;

  char               *owner;
  char               *epoch;
  guint64             generation;
  guint               lease_ms;

  State               state;
  gboolean            online;
  gboolean            releasing;
  guint               watch;      /* of the signal; after the loss of the shadow */
  gulong              stale_id;   /* of the shadow's handler then */
  guint               round;      /* answers to what was asked in an earlier one are dropped */
  guint               tries;
  gboolean            sent;       /* something, since the timer has looked */
  gint64              sure_until; /* boot time, µs: the engine has given it to nobody else; 0: not known */
  GSource            *renewal;
  GSource            *retry;

  SsMark              confirmed;
  SsMark              newest;     /* of the signal */
  GQueue              pending;    /* SsLogEntry on top of confirmed */
  GList              *unsent;     /* the first of them that was not sent in this round */
  gsize               pending_bytes;
  gint64              pending_since;
  GQueue              history;    /* those up to confirmed */
  gsize               history_bytes;
  gsize               log_bytes;  /* in the engine since its snapshot, with those that were sent */

  /* Where another life has begun, whose document the mirror is given once the engine has it. */
  SsValue            *life_value;
  SsMark              life_mark;

  SsUnkept           *unkept;     /* commits that the mirror has not been given; NULL: peers do not wait */
  guint               unshown;    /* of them the engine has these */
};

typedef struct
{
  SsLease *lease;
  guint    round;
  gint64   asked;
} Question;

static void check (SsLease *self);
static void checked_cb (SsStoreRequest *request, const GError *error, gpointer user_data);

/* Time that goes on while the process is stopped and, where the kernel has such a clock, while the
 * machine sleeps. */
static gint64
get_boot_time (void)
{
#ifdef CLOCK_BOOTTIME
  const clockid_t clock_id = CLOCK_BOOTTIME;
#else
  const clockid_t clock_id = CLOCK_MONOTONIC;
#endif
  struct timespec time;

  clock_gettime (clock_id, &time);

  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* The engine has said that the lease is ours, at some time after it was asked. */
static void
note_sure (const Question *question)
{
  SsLease *self = question->lease;

  self->sure_until = question->asked + self->lease_ms * G_GINT64_CONSTANT (1000);
}

static void
lease_clear (gpointer data)
{
  SsLease *self = data;

  g_object_unref (self->engine);
  g_main_context_unref (self->context);
  g_free (self->name);
  g_free (self->owner);
  g_free (self->epoch);
  g_queue_clear_full (&self->pending, (GDestroyNotify) ss_log_entry_unref);
  g_queue_clear_full (&self->history, (GDestroyNotify) ss_log_entry_unref);
  g_clear_pointer (&self->life_value, ss_value_unref);
  g_clear_pointer (&self->last, ss_value_unref);
  g_clear_pointer (&self->unkept, ss_unkept_free);
}

static void
unhold (SsLease *self)
{
  g_rc_box_release_full (self, lease_clear);
}

static SsStoreRequest *
request_new (SsLease         *self,
             SsStoreKind      kind,
             SsStoreDoneFunc  done)
{
  Question *question = g_new (Question, 1);
  SsStoreRequest *request;

  question->lease = g_rc_box_acquire (self);
  question->round = self->round;
  question->asked = get_boot_time ();
  request = ss_store_request_new (kind, self->name, done, question);
  request->owner = g_strdup (self->owner);
  request->epoch = g_strdup (self->epoch);
  request->generation = self->generation;
  request->lease_ms = self->lease_ms;

  return request;
}

static GBytes *
write_value (const SsValue *value)
{
  gsize length;
  char *text = ss_value_to_json (value, &length);

  return g_bytes_new_take (text, length);
}

static gboolean
retry_cb (gpointer user_data)
{
  SsLease *self = user_data;

  ss_clear_source (&self->retry);
  check (self);

  return G_SOURCE_REMOVE;
}

static void
check_later (SsLease *self)
{
  guint wait = SS_STORE_RETRY_MS << MIN (self->tries, 5);

  self->tries++;
  self->round++;
  self->state = AWAY;
  ss_mirror_set_stale (self->mirror, TRUE);
  ss_clear_source (&self->retry);
  if (!self->online || self->state != AWAY)
    return;

  self->retry =
    g_timeout_source_new (wait / 2 + (guint) g_random_int_range (0, (int) wait / 2 + 1));
  g_source_set_static_name (self->retry, "[server-signal] store: look after the lease");
  g_source_set_callback (self->retry, retry_cb, self, NULL);
  g_source_attach (self->retry, self->context);
}

/* The end */

static void
follow_shadow (SsLease *self)
{
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (SsValue) value = NULL;

  if (self->signal == NULL || !ss_signal_has_data (self->shadow))
    return;

  signal = g_object_ref (self->signal);
  value = ss_signal_ref_committed (self->shadow);
  ss_signal_replica_reset (signal, value, server_signal_get_epoch (self->shadow),
                           server_signal_get_revision (self->shadow));
  if (self->signal != NULL)
    ss_signal_replica_set_stale (signal, server_signal_get_stale (self->shadow));
}

static void
shadow_commit_cb (ServerSignal   *shadow,
                  const SsCommit *commit,
                  gpointer        user_data)
{
  follow_shadow (user_data);
}

static void
shadow_stale_cb (ServerSignal *shadow,
                 GParamSpec   *pspec,
                 gpointer      user_data)
{
  SsLease *self = user_data;

  if (self->signal != NULL)
    ss_signal_replica_set_stale (self->signal, server_signal_get_stale (shadow));
}

/* Nobody is shown them any more. */
static void
drop_pending (SsLease *self)
{
  g_queue_clear_full (&self->pending, (GDestroyNotify) ss_log_entry_unref);
  self->unsent = NULL;
  self->pending_bytes = 0;
  self->unshown = 0;
  if (self->unkept != NULL)
    ss_unkept_clear (self->unkept);
}

/* The signal shows from now on what the store has. error NULL: it was given back. */
static void
lose (SsLease      *self,
      const GError *error)
{
  g_autoptr (ServerSignal) signal = NULL;

  if (self->state == LOST || self->state == OVER)
    return;

  self->state = LOST;
  self->round++;
  ss_clear_source (&self->renewal);
  ss_clear_source (&self->retry);
  drop_pending (self);

  if (self->signal == NULL)
    {
      ss_mirror_set_leased (self->mirror, FALSE);
      self->funcs->over (self, self->user_data);
      return;
    }

  signal = g_object_ref (self->signal);
  ss_signal_unwatch (signal, self->watch);
  self->watch = ss_signal_watch (self->shadow, shadow_commit_cb, self);
  self->stale_id =
    g_signal_connect (self->shadow, "notify::stale", G_CALLBACK (shadow_stale_cb), self);
  ss_signal_become_replica (signal);
  ss_mirror_set_leased (self->mirror, FALSE);
  follow_shadow (self);
  self->funcs->lost (self, signal, error, self->user_data);
}

static void
fence (SsLease *self)
{
  g_autoptr (GError) error =
    g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_READ_ONLY,
                 _("Another process has become the owner of the signal “%s”"), self->name);

  lose (self, error);
}

static void
released_cb (SsStoreRequest *request,
             const GError   *error,
             gpointer        user_data)
{
  g_autofree Question *question = user_data;
  SsLease *self = question->lease;

  if (question->round == self->round && self->state == CHECKING)
    {
      if (error != NULL)
        check_later (self);
      else
        lose (self, NULL);
    }

  unhold (self);
}

static void
release_if_done (SsLease *self)
{
  if (!self->releasing || self->state != HELD || !g_queue_is_empty (&self->pending))
    return;

  self->state = CHECKING;
  self->round++;
  ss_store_engine_run (self->engine, request_new (self, SS_STORE_RELEASE, released_cb));
}

/* Commits */

static void
trim_history (SsLease *self)
{
  while (self->history_bytes > SS_HISTORY_BYTES)
    {
      SsLogEntry *entry = g_queue_pop_head (&self->history);

      self->history_bytes -= ss_log_entry_measure (entry);
      ss_log_entry_unref (entry);
    }
}

/* The mirror has been given what the engine has. */
static void
note_shown (SsLease *self)
{
  guint n = self->unshown;

  self->unshown = 0;
  if (self->unkept != NULL)
    ss_unkept_kept (self->unkept, n);
}

/* The engine has the first that is pending. */
static void
confirm_first (SsLease *self)
{
  GList *link = self->pending.head;
  SsLogEntry *entry = link->data;

  if (self->unsent == link)
    self->unsent = link->next;
  g_queue_unlink (&self->pending, link);
  self->pending_bytes -= ss_log_entry_measure (entry);
  self->pending_since = g_get_monotonic_time ();
  g_queue_push_tail_link (&self->history, link);
  self->history_bytes += ss_log_entry_measure (entry);
  self->confirmed = entry->mark;

  ss_log_entry_ref (entry);
  trim_history (self);
  self->unshown++;
  if (self->life_value == NULL)
    {
      ss_mirror_push (self->mirror, entry);
      note_shown (self);
    }
  else if (ss_mark_equal (&self->confirmed, &self->life_mark))
    {
      g_autoptr (SsValue) value = g_steal_pointer (&self->life_value);

      ss_mirror_reset (self->mirror, self->epoch, value, &entry->mark);
      note_shown (self);
    }
  ss_log_entry_unref (entry);
}

static void
confirm_up_to (SsLease      *self,
               const SsMark *mark)
{
  while (!ss_mark_equal (&self->confirmed, mark) && !g_queue_is_empty (&self->pending))
    confirm_first (self);
}

static void
committed_cb (SsStoreRequest *request,
              const GError   *error,
              gpointer        user_data)
{
  g_autofree Question *question = user_data;
  SsLease *self = question->lease;

  if (question->round == self->round && self->state == HELD)
    {
      if (error != NULL)
        {
          check_later (self);
        }
      else if (request->verdict == SS_STORE_OK)
        {
          note_sure (question);
          self->tries = 0;
          if (request->entry != NULL)
            confirm_up_to (self, &request->entry->mark);
          release_if_done (self);
        }
      else
        {
          check (self);
        }
    }

  unhold (self);
}

/* As much text again as the document has, so that a snapshot costs no more than what it stands
 * for. */
static gboolean
is_snapshot_due (SsLease       *self,
                 const SsValue *value)
{
  return self->log_bytes > MAX (SS_STORE_LOG_BYTES, ss_value_size (value));
}

static void
send_entry (SsLease    *self,
            SsLogEntry *entry)
{
  SsStoreRequest *request = request_new (self, SS_STORE_COMMIT, committed_cb);

  request->entry = ss_log_entry_ref (entry);
  self->log_bytes += ss_log_entry_measure (entry);
  if (self->signal != NULL && ss_mark_equal (&entry->mark, &self->newest))
    {
      g_autoptr (SsValue) value = ss_signal_ref_committed (self->signal);

      if (is_snapshot_due (self, value))
        {
          request->text = write_value (value);
          self->log_bytes = 0;
        }
    }

  self->sent = TRUE;
  ss_store_engine_run (self->engine, request);
}

static void
send_pending (SsLease *self)
{
  while (self->state == HELD && self->unsent != NULL)
    {
      SsLogEntry *entry = self->unsent->data;

      self->unsent = self->unsent->next;
      send_entry (self, entry);
    }
}

static void
signal_commit_cb (ServerSignal   *signal,
                  const SsCommit *commit,
                  gpointer        user_data)
{
  SsLease *self = user_data;
  SsLogEntry *entry = ss_log_entry_new (&self->newest, self->owner, commit->patch);

  if (g_queue_is_empty (&self->pending))
    self->pending_since = g_get_monotonic_time ();
  self->newest = entry->mark;
  g_queue_push_tail (&self->pending, entry);
  self->pending_bytes += ss_log_entry_measure (entry);
  if (self->unkept != NULL)
    ss_unkept_add (self->unkept);
  if (self->unsent == NULL)
    self->unsent = self->pending.tail;
  if (commit->new_epoch)
    {
      g_clear_pointer (&self->life_value, ss_value_unref);
      self->life_value = ss_signal_ref_committed (signal);
      self->life_mark = entry->mark;
    }

  send_pending (self);
}

static gboolean
renewal_cb (gpointer user_data)
{
  SsLease *self = user_data;

  /* With commits on their way the mark would not be the newest, and they renew it as well. */
  if (self->state == HELD && !self->sent && g_queue_is_empty (&self->pending))
    {
      SsStoreRequest *request = request_new (self, SS_STORE_COMMIT, committed_cb);

      request->mark = self->confirmed;
      ss_store_engine_run (self->engine, request);
    }
  self->sent = FALSE;

  return G_SOURCE_CONTINUE;
}

/* Where the engine is */

/* Of those that the engine has confirmed, as far as we remember. */
static gboolean
is_ours (SsLease      *self,
         const SsMark *mark)
{
  if (ss_mark_equal (mark, &self->confirmed))
    return TRUE;

  for (GList *link = self->history.tail; link != NULL; link = link->prev)
    if (ss_mark_equal (&((SsLogEntry *) link->data)->base, mark))
      return TRUE;

  return FALSE;
}

/* Makes the mark the confirmed one, if it is one of ours. */
static gboolean
realign (SsLease      *self,
         const SsMark *mark)
{
  gboolean found = ss_mark_equal (mark, &self->confirmed);

  for (GList *link = self->pending.head; link != NULL && !found; link = link->next)
    if (ss_mark_equal (&((SsLogEntry *) link->data)->mark, mark))
      {
        confirm_up_to (self, mark);
        found = TRUE;
      }

  if (!found)
    {
      found = is_ours (self, mark);

      /* The engine has lost what came after it. */
      while (found && !ss_mark_equal (mark, &self->confirmed))
        {
          GList *last = g_queue_pop_tail_link (&self->history);
          SsLogEntry *entry = last->data;

          self->history_bytes -= ss_log_entry_measure (entry);
          self->pending_bytes += ss_log_entry_measure (entry);
          self->confirmed = entry->base;
          g_queue_push_head_link (&self->pending, last);
          if (self->unkept != NULL)
            ss_unkept_add (self->unkept);
        }
    }

  self->unsent = self->pending.head;

  return found;
}

static void
hold (SsLease *self)
{
  self->state = HELD;
  self->round++;
  /* The engine may still refuse what is sent now. */
  if (g_queue_is_empty (&self->pending))
    self->tries = 0;
  self->unsent = self->pending.head;
  ss_clear_source (&self->retry);
  if (self->life_value == NULL)
    ss_mirror_set_stale (self->mirror, FALSE);
  send_pending (self);
  release_if_done (self);
}

/* The signal goes on in a life that has begun in the engine. */
static void
begin_life (SsLease    *self,
            const char *epoch)
{
  g_autoptr (ServerSignal) signal = NULL;

  g_free (self->epoch);
  self->epoch = g_strdup (epoch);
  if (self->signal == NULL)
    return;

  signal = g_object_ref (self->signal);
  ss_mirror_set_stale (self->mirror, TRUE);
  if (self->signal != NULL)
    ss_signal_begin_life (signal, self->epoch);
}

static void
restored_cb (SsStoreRequest *request,
             const GError   *error,
             gpointer        user_data)
{
  g_autofree Question *question = user_data;
  SsLease *self = question->lease;

  if (question->round == self->round && self->state == CHECKING)
    {
      if (error != NULL)
        {
          check_later (self);
        }
      else if (request->verdict == SS_STORE_OK)
        {
          note_sure (question);
          self->generation = request->generation;
          self->log_bytes = 0;
          if (g_strcmp0 (self->epoch, request->epoch) != 0)
            begin_life (self, request->epoch);
          confirm_up_to (self, &request->mark);
          if (self->state == CHECKING)
            hold (self);
        }
      else if (request->verdict == SS_STORE_CONFLICT)
        {
          check_later (self);
        }
      else
        {
          fence (self);
        }
    }

  unhold (self);
}

/* The document at the newest mark. */
static SsValue *
ref_newest (SsLease *self)
{
  return self->signal != NULL ? ss_signal_ref_committed (self->signal) : ss_value_ref (self->last);
}

/* The engine has lost the signal, or more of it than we remember. If the lease may have been
 * another's meanwhile, who went on from where we were, it is another life. */
static void
restore (SsLease  *self,
         gboolean  is_missing)
{
  g_autoptr (SsValue) value = ref_newest (self);
  SsStoreRequest *request = request_new (self, SS_STORE_RESTORE, restored_cb);

  request->mark = self->newest;
  request->text = write_value (value);
  if (is_missing && get_boot_time () >= self->sure_until)
    {
      g_free (request->epoch);
      request->epoch = ss_epoch_new ();
    }
  ss_store_engine_run (self->engine, request);
}

static void
reclaimed_cb (SsStoreRequest *request,
              const GError   *error,
              gpointer        user_data)
{
  g_autofree Question *question = user_data;
  SsLease *self = question->lease;

  if (question->round == self->round && self->state == CHECKING)
    {
      if (error != NULL)
        {
          check_later (self);
        }
      else if (request->verdict != SS_STORE_OK || self->signal == NULL ||
               !realign (self, &request->state.mark))
        {
          fence (self);
        }
      else
        {
          note_sure (question);
          self->generation = request->state.generation;
          self->log_bytes = request->state.log_bytes;
          if (g_strcmp0 (self->epoch, request->state.epoch) != 0)
            begin_life (self, request->state.epoch);
          if (self->state == CHECKING)
            hold (self);
        }
    }

  unhold (self);
}

/* The engine is at one of our marks that is older than what it has confirmed. */
static gboolean
is_lost (SsLease      *self,
         const SsMark *mark)
{
  return !ss_mark_equal (mark, &self->confirmed) && is_ours (self, mark);
}

/* Whether the engine goes on from there or from before, whatever it has confirmed. */
static gboolean
has_made (SsLease      *self,
          const SsMark *mark)
{
  for (GList *link = self->pending.head; link != NULL; link = link->next)
    if (ss_mark_equal (&((SsLogEntry *) link->data)->mark, mark))
      return TRUE;

  return is_ours (self, mark);
}

static void
ask_at (SsLease      *self,
        const SsMark *mark,
        gboolean      settles)
{
  SsStoreRequest *request = request_new (self, SS_STORE_COMMIT, checked_cb);

  request->mark = *mark;
  request->settles = settles;
  ss_store_engine_run (self->engine, request);
}

static void
take_answer (SsLease        *self,
             SsStoreRequest *request)
{
  SsStoreState *state = &request->state;

  switch (request->verdict)
    {
    case SS_STORE_OK:
      self->log_bytes = state->log_bytes;
      hold (self);
      break;

    case SS_STORE_CONFLICT:
      if (request->settles && ss_mark_equal (&state->mark, &request->mark))
        {
          check_later (self);
        }
      else if (is_lost (self, &state->mark) || !realign (self, &state->mark))
        {
          /* At one stroke: if we ended in between, nobody would know that commits are missing. */
          restore (self, FALSE);
        }
      else if (self->state == CHECKING)
        {
          /* No handler of what was confirmed has ended it. */
          ask_at (self, &self->confirmed, TRUE);
        }
      break;

    case SS_STORE_MISSING:
      restore (self, TRUE);
      break;

    case SS_STORE_FENCED:
      /* Nobody has it, or we have, by a claim or in a life whose answer was lost. */
      if ((state->lease_ms == 0 || g_strcmp0 (state->owner, self->owner) == 0) &&
          has_made (self, &state->mark) && self->signal != NULL)
        {
          SsStoreRequest *claim = request_new (self, SS_STORE_CLAIM, reclaimed_cb);
          g_autoptr (SsValue) value = ss_signal_ref_committed (self->signal);

          claim->fresh = ss_epoch_new ();
          claim->text = write_value (value);
          claim->mark = self->confirmed;
          ss_store_engine_run (self->engine, claim);
        }
      else
        {
          fence (self);
        }
      break;

    case SS_STORE_BUSY:
    case SS_STORE_UNSETTLED:
    default:
      check_later (self);
      break;
    }
}

static void
checked_cb (SsStoreRequest *request,
            const GError   *error,
            gpointer        user_data)
{
  g_autofree Question *question = user_data;
  SsLease *self = question->lease;

  if (question->round == self->round && self->state == CHECKING)
    {
      if (error == NULL && request->verdict == SS_STORE_OK)
        note_sure (question);
      if (error != NULL)
        check_later (self);
      else
        take_answer (self, request);
    }

  unhold (self);
}

static void
check (SsLease *self)
{
  if (self->state == LOST || self->state == OVER)
    return;

  if (!self->online)
    {
      check_later (self);
      return;
    }

  self->state = CHECKING;
  self->round++;
  self->unsent = self->pending.head;
  ask_at (self, &self->confirmed, FALSE);
}

/* The signal's keeper */

static gboolean
keeper_may_write (gpointer   keeper,
                  GError   **error)
{
  SsLease *self = keeper;

  if (self->state == OVER || self->releasing)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                   _("The store of the signal “%s” is closed"), self->name);
      return FALSE;
    }

  if (self->pending_bytes > SS_STORE_PENDING_BYTES)
    {
      gint64 waited = g_get_monotonic_time () - self->pending_since;

      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                   _("The store has not confirmed a commit of the signal “%s” for %d seconds, and "
                     "%u bytes are waiting"),
                      self->name, (int) (waited / G_USEC_PER_SEC), (guint) self->pending_bytes);
      return FALSE;
    }

  return TRUE;
}

static void
keeper_finalize (gpointer keeper)
{
  SsLease *self = keeper;

  self->last = ss_signal_ref_committed (self->signal);
  self->signal = NULL;
  if (self->state == LOST)
    self->funcs->over (self, self->user_data);
  else if (self->state != OVER)
    ss_lease_release (self);

  unhold (self);
}

static const SsKeeperFuncs keeper_funcs = { keeper_may_write, keeper_finalize };

SsLease *
ss_lease_new (SsStoreEngine       *engine,
              const char          *name,
              SsMirror            *mirror,
              const char          *owner,
              guint                lease_ms,
              const SsStoreState  *state,
              SsValue             *value,
              const SsLeaseFuncs  *funcs,
              gpointer             user_data,
              ServerSignal       **signal)
{
  SsLease *self = g_rc_box_new0 (SsLease);

  self->engine = g_object_ref (engine);
  self->context = g_main_context_ref_thread_default ();
  self->name = g_strdup (name);
  self->mirror = mirror;
  self->funcs = funcs;
  self->user_data = user_data;
  self->owner = g_strdup (owner);
  self->epoch = g_strdup (state->epoch);
  self->generation = state->generation;
  self->lease_ms = lease_ms;
  self->confirmed = self->newest = state->mark;
  self->log_bytes = state->log_bytes;
  self->state = HELD;
  self->online = TRUE;
  g_queue_init (&self->pending);
  g_queue_init (&self->history);
  if (owner[0] != SS_LEASE_HASTY)
    self->unkept = ss_unkept_new ();

  self->shadow = ss_mirror_ref_replica (mirror);
  ss_mirror_set_leased (mirror, TRUE);

  self->signal = server_signal_new (name, NULL);
  ss_signal_take_root (self->signal, ss_value_ref (value));
  ss_signal_set_life (self->signal, state->epoch, state->mark.revision);
  self->watch = ss_signal_watch (self->signal, signal_commit_cb, self);
  ss_signal_set_keeper (self->signal, &keeper_funcs, g_rc_box_acquire (self),
                        owner[0] != SS_LEASE_HASTY ? self->shadow : NULL);

  self->renewal = g_timeout_source_new (MAX (lease_ms / 3, 1));
  g_source_set_static_name (self->renewal, "[server-signal] store: renew the lease");
  g_source_set_callback (self->renewal, renewal_cb, self, NULL);
  g_source_attach (self->renewal, self->context);

  *signal = self->signal;

  return self;
}

void
ss_lease_free (SsLease *self)
{
  gboolean was_lost = self->state == LOST;

  self->state = OVER;
  self->round++;
  ss_clear_source (&self->renewal);
  ss_clear_source (&self->retry);
  drop_pending (self);
  if (was_lost && self->stale_id != 0)
    {
      ss_signal_unwatch (self->shadow, self->watch);
      g_signal_handler_disconnect (self->shadow, self->stale_id);
    }
  else if (!was_lost && self->signal != NULL)
    {
      ss_signal_unwatch (self->signal, self->watch);
    }
  g_clear_object (&self->shadow);
  unhold (self);
}

ServerSignal *
ss_lease_ref_signal (SsLease *self)
{
  return self->signal != NULL ? g_object_ref (self->signal) : NULL;
}

void
ss_lease_set_online (SsLease  *self,
                     gboolean  online)
{
  self->online = online;
  if (self->state == LOST || self->state == OVER)
    return;

  g_rc_box_acquire (self);
  if (online)
    {
      self->tries = 0;
      check (self);
    }
  else
    {
      self->round++;
      self->state = AWAY;
      ss_clear_source (&self->retry);
      ss_mirror_set_stale (self->mirror, TRUE);
    }
  unhold (self);
}

void
ss_lease_release (SsLease *self)
{
  self->releasing = TRUE;
  release_if_done (self);
}

gboolean
ss_lease_is_lost (SsLease *self)
{
  return self->state == LOST;
}

gboolean
ss_lease_is_settled (SsLease *self)
{
  return g_queue_is_empty (&self->pending);
}
