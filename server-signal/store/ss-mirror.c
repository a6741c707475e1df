/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-mirror.h"

#include "signal/ss-epoch.h"
#include "ss-clear-source.h"
#include "ss-later.h"
#include "ss-limits.h"

/* News that come while a question is open. Beyond it they are dropped, and the question is asked
 * again. */
#define MAX_WAITING 1024

typedef enum
{
  IDLE,      /* nothing is asked: offline, leased, not followed yet, or between two tries */
  OPENING,
  FOLLOWING,
} State;

struct _SsMirror
{
  SsStoreEngine *engine;
  char          *name;
  GMainContext  *context;
  SsMirrorFunc   gone;
  gpointer       user_data;

  ServerSignal  *replica;    /* weak; NULL: gone */
  char          *epoch;      /* NULL: no data yet */
  SsMark         mark;

  State          state;
  gboolean       online;
  gboolean       following;  /* the engine was asked for news */
  gboolean       followed;   /* news come */
  gboolean       leased;
  gboolean       freed;
  guint          asked;      /* questions so far: answers to others than the last are dropped */
  guint          tries;
  GQueue         waiting;    /* SsLogEntry that came while a question is open */
  gboolean       overflown;
  GSource       *retry;
};

static void ask (SsMirror *self);

static void
mirror_clear (gpointer data)
{
  SsMirror *self = data;

  g_queue_clear_full (&self->waiting, (GDestroyNotify) ss_log_entry_unref);
  g_object_unref (self->engine);
  g_main_context_unref (self->context);
  g_free (self->epoch);
  g_free (self->name);
}

static void
unhold (SsMirror *self)
{
  g_rc_box_release_full (self, mirror_clear);
}

static void
set_following (SsMirror *self,
               gboolean  following)
{
  if (self->following == following)
    return;

  self->following = following;
  if (!following)
    self->followed = FALSE;
  ss_store_engine_follow (self->engine, self->name, following);
}

static gboolean
retry_cb (gpointer user_data)
{
  SsMirror *self = user_data;

  ss_clear_source (&self->retry);
  ask (self);

  return G_SOURCE_REMOVE;
}

static void
ask_later (SsMirror *self)
{
  guint wait = SS_STORE_RETRY_MS << MIN (self->tries, 5);

  self->tries++;
  self->state = IDLE;
  ss_clear_source (&self->retry);
  self->retry =
    g_timeout_source_new (wait / 2 + (guint) g_random_int_range (0, (int) wait / 2 + 1));
  g_source_set_static_name (self->retry, "[server-signal] store: ask again");
  g_source_set_callback (self->retry, retry_cb, self, NULL);
  g_source_attach (self->retry, self->context);
}

void
ss_mirror_set_stale (SsMirror *self,
                     gboolean  stale)
{
  g_autoptr (ServerSignal) replica = NULL;

  if (self->replica == NULL || self->freed)
    return;

  replica = g_object_ref (self->replica);
  ss_signal_replica_set_stale (replica, stale || self->epoch == NULL);
}

void
ss_mirror_reset (SsMirror      *self,
                 const char    *epoch,
                 const SsValue *value,
                 const SsMark  *mark)
{
  g_autoptr (ServerSignal) replica = NULL;

  if (self->replica == NULL || self->freed)
    return;

  replica = g_object_ref (self->replica);
  if (g_strcmp0 (self->epoch, epoch) != 0)
    {
      g_free (self->epoch);
      self->epoch = g_strdup (epoch);
    }
  self->mark = *mark;
  ss_signal_replica_reset (replica, value, self->epoch, mark->revision);
}

/* FALSE: the patch does not apply, which a chain that fits rules out, unless a writer was at
 * fault. */
static gboolean
apply (SsMirror   *self,
       SsLogEntry *entry)
{
  g_autoptr (ServerSignal) replica = NULL;
  g_autoptr (GError) error = NULL;
  ServerSignalPatch *patch;
  SsMark old = self->mark;

  if (self->replica == NULL || self->freed)
    return TRUE;

  replica = g_object_ref (self->replica);
  patch = ss_log_entry_get_patch (entry, &error);
  self->mark = entry->mark;
  if (patch != NULL && ss_signal_replica_apply (replica, patch, entry->mark.revision, &error))
    return TRUE;

  self->mark = old;
  g_warning ("A commit in the store cannot be applied to \"%s\": %s", self->name, error->message);

  return FALSE;
}

void
ss_mirror_push (SsMirror   *self,
                SsLogEntry *entry)
{
  if (self->freed || self->epoch == NULL || !ss_mark_equal (&self->mark, &entry->base))
    return;

  apply (self, entry);
}

/* The answer as the commits that it consists of, so that a hub can go on with each. */
static gboolean
take_entries (SsMirror           *self,
              const SsStoreState *state)
{
  for (guint i = 0; i < state->entries->len; i++)
    if (!apply (self, g_ptr_array_index (state->entries, i)))
      return FALSE;

  return TRUE;
}

static gboolean
take_state (SsMirror           *self,
            const SsStoreState *state,
            const SsMark       *asked)
{
  g_autoptr (SsValue) value = NULL;
  g_autoptr (GError) error = NULL;

  if (!ss_store_state_check (state, asked, &error))
    {
      g_debug ("%s: %s", self->name, error->message);
      return FALSE;
    }

  if (state->snapshot == NULL)
    return take_entries (self, state);

  value = ss_store_state_get_value (state, NULL, &error);
  if (value == NULL)
    {
      g_warning ("The document of \"%s\" in the store cannot be read: %s", self->name,
                 error->message);
      return FALSE;
    }
  ss_mirror_reset (self, state->epoch, value, &state->mark);

  return TRUE;
}

/* Returns FALSE for a gap. */
static gboolean
take_entry (SsMirror   *self,
            SsLogEntry *entry)
{
  if (ss_mark_equal (&entry->base, &self->mark))
    return apply (self, entry);

  /* An entry may come twice; the same revision in another history is a gap. */
  return entry->mark.revision < self->mark.revision || ss_mark_equal (&entry->mark, &self->mark);
}

static gboolean
take_waiting (SsMirror *self)
{
  gboolean fits = !self->overflown;
  SsLogEntry *entry;

  self->overflown = FALSE;
  while ((entry = g_queue_pop_head (&self->waiting)) != NULL)
    {
      fits = fits && take_entry (self, entry);
      ss_log_entry_unref (entry);
    }

  return fits;
}

static void
answer (SsMirror       *self,
        SsStoreRequest *request)
{
  /* The store is behind: it has lost something that its owner may still put back. */
  gboolean behind = self->epoch != NULL && g_strcmp0 (request->state.epoch, self->epoch) == 0 &&
                    request->state.mark.revision < self->mark.revision;

  switch (request->verdict)
    {
    case SS_STORE_OK:
      /* Nobody goes back in time within one life. */
      if (behind)
        break;
      if (take_state (self, &request->state, &request->mark) && take_waiting (self))
        {
          if (self->state != OPENING)
            return;
          self->state = FOLLOWING;
          self->tries = 0;
          ss_mirror_set_stale (self, FALSE);
          return;
        }
      break;

    case SS_STORE_MISSING:
      /* Its coming is news, and an audit asks all the same. */
      take_waiting (self);
      self->state = FOLLOWING;
      ss_mirror_set_stale (self, TRUE);
      return;

    case SS_STORE_CONFLICT:
    case SS_STORE_FENCED:
    case SS_STORE_BUSY:
    case SS_STORE_UNSETTLED:
    default:
      break;
    }

  if (self->freed || self->state != OPENING)
    return;
  ss_mirror_set_stale (self, TRUE);
  ask_later (self);
}

typedef struct
{
  SsMirror *mirror;
  guint     number;
} Question;

static void
opened_cb (SsStoreRequest *request,
           const GError   *error,
           gpointer        user_data)
{
  g_autofree Question *question = user_data;
  SsMirror *self = question->mirror;

  if (!self->freed && self->state == OPENING && question->number == self->asked)
    {
      if (error == NULL)
        answer (self, request);
      else if (self->online)
        ask_later (self);
      else
        self->state = IDLE;
    }

  unhold (self);
}

static void
ask (SsMirror *self)
{
  Question *question;
  SsStoreRequest *request;

  if (self->freed || !self->online || !self->followed || self->leased)
    return;

  ss_clear_source (&self->retry);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) ss_log_entry_unref);
  self->overflown = FALSE;
  self->state = OPENING;

  question = g_new (Question, 1);
  question->mirror = g_rc_box_acquire (self);
  question->number = ++self->asked;
  request = ss_store_request_new (SS_STORE_OPEN, self->name, opened_cb, question);
  request->epoch = g_strdup (self->epoch);
  request->mark = self->mark;
  request->fresh = ss_epoch_new ();
  ss_store_engine_run (self->engine, request);
}

static void
replica_gone_cb (gpointer  user_data,
                 GObject  *replica)
{
  SsMirror *self = user_data;

  self->replica = NULL;
  self->gone (self, self->user_data);
}

SsMirror *
ss_mirror_new (SsStoreEngine *engine,
               const char    *name,
               SsMirrorFunc   gone,
               gpointer       user_data)
{
  SsMirror *self = g_rc_box_new0 (SsMirror);

  self->engine = g_object_ref (engine);
  self->name = g_strdup (name);
  self->context = g_main_context_ref_thread_default ();
  self->gone = gone;
  self->user_data = user_data;
  g_queue_init (&self->waiting);
  self->online = ss_store_engine_is_online (engine);

  return self;
}

void
ss_mirror_free (SsMirror *self)
{
  self->freed = TRUE;
  ss_clear_source (&self->retry);
  set_following (self, FALSE);
  if (self->replica != NULL)
    {
      g_object_weak_unref (G_OBJECT (self->replica), replica_gone_cb, self);
      ss_signal_replica_leave (self->replica, self->context);
      self->replica = NULL;
    }
  unhold (self);
}

ServerSignal *
ss_mirror_ref_replica (SsMirror *self)
{
  ServerSignal *replica;

  if (self->replica != NULL)
    return g_object_ref (self->replica);

  replica = ss_signal_new_replica (self->name, NULL);
  self->replica = replica;
  g_object_weak_ref (G_OBJECT (replica), replica_gone_cb, self);
  set_following (self, !self->leased);

  return replica;
}

const char *
ss_mirror_get_epoch (SsMirror *self)
{
  return self->epoch;
}

const SsMark *
ss_mirror_get_mark (SsMirror *self)
{
  return &self->mark;
}

void
ss_mirror_set_online (SsMirror *self,
                      gboolean  online)
{
  self->online = online;
  if (self->leased)
    return;

  if (!online)
    {
      self->followed = FALSE;
      self->state = IDLE;
      ss_clear_source (&self->retry);
      ss_mirror_set_stale (self, TRUE);
    }
}

void
ss_mirror_followed (SsMirror *self)
{
  self->followed = TRUE;
  self->tries = 0;
  ask (self);
}

static void
take_news (SsMirror          *self,
           const SsStoreNews *news)
{
  switch (news->kind)
    {
    case SS_STORE_NEWS_ENTRY:
      if (self->state == OPENING)
        {
          if (self->waiting.length < MAX_WAITING)
            g_queue_push_tail (&self->waiting, ss_log_entry_ref (news->entry));
          else
            self->overflown = TRUE;
        }
      else if (self->state == FOLLOWING &&
               (g_strcmp0 (news->epoch, self->epoch) != 0 || !take_entry (self, news->entry)))
        {
          ask (self);
        }
      break;

    case SS_STORE_NEWS_CHANGED:
      if (self->state == OPENING)
        self->overflown = TRUE;
      else
        ask (self);
      break;

    case SS_STORE_NEWS_GONE:
      if (self->state == OPENING)
        self->overflown = TRUE;
      else
        ss_mirror_set_stale (self, TRUE);
      break;

    case SS_STORE_NEWS_FREE:
    default:
      break;
    }
}

void
ss_mirror_take_news (SsMirror          *self,
                     const SsStoreNews *news)
{
  if (self->freed || self->leased || self->replica == NULL)
    return;

  g_rc_box_acquire (self);
  take_news (self, news);
  unhold (self);
}

void
ss_mirror_audit (SsMirror *self)
{
  if (self->state == FOLLOWING && self->replica != NULL)
    ask (self);
}

void
ss_mirror_set_leased (SsMirror *self,
                      gboolean  leased)
{
  if (self->leased == leased)
    return;

  self->leased = leased;
  self->state = IDLE;
  ss_clear_source (&self->retry);
  set_following (self, !leased && self->replica != NULL);
}
