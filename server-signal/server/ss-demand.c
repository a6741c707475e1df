/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-demand.h"

#include "ss-clear-source.h"
#include "ss-limits.h"

/* A name that somebody asks for, or that a signal was made for. */
typedef struct
{
  char   *name;
  GQueue  questions; /* Question */
  GQueue  resolved;  /* Resolved; of most names there is one */
} Name;

typedef struct
{
  SsDemand *demand;
  SsAsker  *asker;
  Name     *name;
  GList     link;     /* in the name's questions */
  SsFrame   frame;    /* while it waits */
  GSource  *deadline; /* NULL: it does not wait, the peer was told that the name is unknown */
} Question;

/* A signal that was made because it was asked for. */
typedef struct
{
  SsDemand     *demand;
  ServerSignal *signal;
  Name         *name;
  gpointer      peer;     /* that has it to itself, or NULL; not referenced */
  GList         link;     /* in the name's */
  GList         lingering;
  gint64        due;      /* 0: it does not linger */
  guint         watch;
} Resolved;

typedef struct
{
  guint     n;
  Resolved *resolved; /* or NULL */
} Followed;

typedef struct
{
  ServerSignal *signal;
  GObject      *peer;
  gboolean      followed;
} News;

struct _SsDemand
{
  GMainContext        *context;
  const SsDemandFuncs *funcs;     /* NULL: it has ended */
  gpointer             user_data;
  GHashTable          *names;     /* name → Name */
  GHashTable          *followed;  /* ServerSignal → Followed: those with followers, and the resolved */
  GQueue               lingering; /* Resolved, the one that is due first in front */
  GSource             *linger_source;
  guint                linger;
  GQueue               news;      /* News */
  GSource             *news_source;
};

static void
news_free (gpointer data)
{
  News *news = data;

  g_object_unref (news->signal);
  g_object_unref (news->peer);
  g_free (news);
}

static void
name_free (gpointer data)
{
  Name *name = data;

  g_free (name->name);
  g_free (name);
}

SsDemand *
ss_demand_new (GMainContext        *context,
               const SsDemandFuncs *funcs,
               gpointer             user_data)
{
  SsDemand *self = g_new0 (SsDemand, 1);

  self->context = g_main_context_ref (context);
  self->funcs = funcs;
  self->user_data = user_data;
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, name_free);
  self->followed = g_hash_table_new_full (NULL, NULL, g_object_unref, g_free);
  self->linger = SS_LINGER_MS;

  return self;
}

static Name *
ensure_name (SsDemand   *self,
             const char *name)
{
  Name *found = g_hash_table_lookup (self->names, name);

  if (found == NULL)
    {
      found = g_new0 (Name, 1);
      found->name = g_strdup (name);
      g_hash_table_insert (self->names, found->name, found);
    }

  return found;
}

static void
check_name (SsDemand *self,
            Name     *name)
{
  if (g_queue_is_empty (&name->questions) && g_queue_is_empty (&name->resolved))
    g_hash_table_remove (self->names, name->name);
}

/* Lingering */

static void
stop_lingering (Resolved *resolved)
{
  if (resolved->due == 0)
    return;

  g_queue_unlink (&resolved->demand->lingering, &resolved->lingering);
  resolved->due = 0;
}

static gboolean linger_cb (gpointer user_data);

static void
plan (SsDemand *self)
{
  const Resolved *first = g_queue_peek_head (&self->lingering);
  gint64 now = g_get_monotonic_time ();

  if (first == NULL || self->linger_source != NULL)
    return;

  self->linger_source =
    g_timeout_source_new ((guint) CLAMP ((first->due - now + 999) / 1000, 0, G_MAXINT));
  g_source_set_static_name (self->linger_source, "[server-signal] linger");
  g_source_set_callback (self->linger_source, linger_cb, self, NULL);
  g_source_attach (self->linger_source, self->context);
}

static gboolean
linger_cb (gpointer user_data)
{
  SsDemand *self = user_data;
  gint64 now = g_get_monotonic_time ();
  Resolved *resolved;

  ss_clear_source (&self->linger_source);
  while ((resolved = g_queue_peek_head (&self->lingering)) != NULL && resolved->due <= now)
    {
      g_autoptr (ServerSignal) signal = g_object_ref (resolved->signal);
      gpointer peer = resolved->peer;

      ss_demand_removed (self, signal);
      self->funcs->let_go (signal, peer, self->user_data);
      if (self->funcs == NULL)
        return G_SOURCE_REMOVE;
    }
  plan (self);

  return G_SOURCE_REMOVE;
}

/* Whether it lingers depends on whether anybody wants it. Those who ask for it although it has data may not
 * see it, and nothing that they do may keep it. */
static void
look (Resolved *resolved)
{
  SsDemand *self = resolved->demand;
  const Followed *followed = g_hash_table_lookup (self->followed, resolved->signal);

  if (followed->n > 0 || self->linger == G_MAXUINT ||
      (!g_queue_is_empty (&resolved->name->questions) && !ss_signal_has_data (resolved->signal)))
    {
      stop_lingering (resolved);
      return;
    }
  if (resolved->due != 0)
    return;

  resolved->due = g_get_monotonic_time () + (gint64) self->linger * 1000;
  g_queue_push_tail_link (&self->lingering, &resolved->lingering);
  plan (self);
}

static void
look_at_all (Name *name)
{
  for (GList *link = name->resolved.head; link != NULL; link = link->next)
    look (link->data);
}

void
ss_demand_set_linger (SsDemand *self,
                      guint     linger)
{
  GHashTableIter iter;
  gpointer followed;

  /* Those that linger already begin anew, so that the first one in the queue is due first. */
  self->linger = linger;
  ss_clear_source (&self->linger_source);
  g_hash_table_iter_init (&iter, self->followed);
  while (g_hash_table_iter_next (&iter, NULL, &followed))
    {
      Resolved *resolved = ((Followed *) followed)->resolved;

      if (resolved == NULL)
        continue;
      stop_lingering (resolved);
      look (resolved);
    }
}

/* Followers */

static gboolean
news_cb (gpointer user_data)
{
  ss_demand_tell_news (user_data);

  return G_SOURCE_REMOVE;
}

/* The application hears of it when nothing is under way. */
static void
note (SsDemand     *self,
      ServerSignal *signal,
      gpointer      peer,
      gboolean      followed)
{
  News *news;

  if (peer == NULL || !self->funcs->has_readers (self->user_data))
    return;

  news = g_new (News, 1);
  *news = (News) { g_object_ref (signal), g_object_ref (peer), followed };
  g_queue_push_tail (&self->news, news);
  if (self->news_source != NULL)
    return;

  self->news_source = g_idle_source_new ();
  g_source_set_static_name (self->news_source, "[server-signal] followers");
  g_source_set_priority (self->news_source, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->news_source, news_cb, self, NULL);
  g_source_attach (self->news_source, self->context);
}

void
ss_demand_tell_news (SsDemand *self)
{
  News *news;

  ss_clear_source (&self->news_source);
  while (self->funcs != NULL && (news = g_queue_pop_head (&self->news)) != NULL)
    {
      self->funcs->news (news->signal, news->peer, news->followed, self->user_data);
      news_free (news);
    }
}

static Followed *
ensure_followed (SsDemand     *self,
                 ServerSignal *signal)
{
  Followed *followed = g_hash_table_lookup (self->followed, signal);

  if (followed == NULL)
    {
      followed = g_new0 (Followed, 1);
      g_hash_table_insert (self->followed, g_object_ref (signal), followed);
    }

  return followed;
}

static void
check_followed (SsDemand     *self,
                ServerSignal *signal,
                Followed     *followed)
{
  if (followed->n == 0 && followed->resolved == NULL)
    g_hash_table_remove (self->followed, signal);
}

void
ss_demand_follow (SsDemand     *self,
                  ServerSignal *signal,
                  gpointer      peer)
{
  Followed *followed;

  if (self->funcs == NULL)
    return;

  followed = ensure_followed (self, signal);
  followed->n++;
  if (followed->resolved != NULL)
    look (followed->resolved);
  note (self, signal, peer, TRUE);
}

void
ss_demand_unfollow (SsDemand     *self,
                    ServerSignal *signal,
                    gpointer      peer)
{
  Followed *followed;

  if (self->funcs == NULL)
    return;

  followed = g_hash_table_lookup (self->followed, signal);
  g_assert (followed != NULL && followed->n > 0);
  followed->n--;
  if (followed->resolved != NULL)
    look (followed->resolved);
  note (self, signal, peer, FALSE);
  check_followed (self, signal, followed);
}

guint
ss_demand_count (SsDemand     *self,
                 ServerSignal *signal)
{
  const Followed *followed = g_hash_table_lookup (self->followed, signal);

  return followed != NULL ? followed->n : 0;
}

/* Questions */

static void
end_waiting (Question *question)
{
  ss_clear_source (&question->deadline);
  ss_frame_clear (&question->frame);
}

/* By the table of the asker. */
static void
question_free (gpointer data)
{
  Question *question = data;
  Name *name = question->name;

  end_waiting (question);
  g_queue_unlink (&name->questions, &question->link);
  look_at_all (name);
  check_name (question->demand, name);
  g_free (question);
}

static Question *
ensure_question (SsDemand   *self,
                 SsAsker    *asker,
                 const char *name)
{
  Question *question =
    asker->questions != NULL ? g_hash_table_lookup (asker->questions, name) : NULL;

  if (question != NULL)
    return question;

  if (asker->questions == NULL)
    asker->questions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, question_free);
  question = g_new0 (Question, 1);
  question->demand = self;
  question->asker = asker;
  question->name = ensure_name (self, name);
  question->link.data = question;
  g_queue_push_tail_link (&question->name->questions, &question->link);
  g_hash_table_insert (asker->questions, question->name->name, question);
  look_at_all (question->name);

  return question;
}

static void
give_up (Question *question)
{
  SsDemand *self = question->demand;

  end_waiting (question);
  if (self->funcs == NULL)
    return;

  self->funcs->tell (question->asker->peer, question->name->name, FALSE, self->user_data);
}

static gboolean
deadline_cb (gpointer user_data)
{
  give_up (user_data);

  return G_SOURCE_REMOVE;
}

void
ss_demand_remember (SsDemand   *self,
                    SsAsker    *asker,
                    const char *name)
{
  if (self->funcs != NULL)
    end_waiting (ensure_question (self, asker, name));
}

void
ss_demand_wait (SsDemand *self,
                SsAsker  *asker,
                SsFrame  *question)
{
  Question *waiting;

  if (self->funcs == NULL)
    return;

  waiting = ensure_question (self, asker, question->name);
  end_waiting (waiting);
  waiting->frame = *question;
  *question = (SsFrame) { 0 };
  waiting->deadline = g_timeout_source_new (SS_RESOLVE_WAIT_MS);
  g_source_set_static_name (waiting->deadline, "[server-signal] resolve: deadline");
  g_source_set_callback (waiting->deadline, deadline_cb, waiting, NULL);
  g_source_attach (waiting->deadline, self->context);
}

gboolean
ss_demand_forget (SsDemand   *self,
                  SsAsker    *asker,
                  const char *name)
{
  return asker->questions != NULL && g_hash_table_remove (asker->questions, name);
}

guint
ss_demand_get_n_questions (const SsAsker *asker)
{
  return asker->questions != NULL ? g_hash_table_size (asker->questions) : 0;
}

gboolean
ss_demand_has (const SsAsker *asker,
               const char    *name)
{
  return asker->questions != NULL && g_hash_table_contains (asker->questions, name);
}

void
ss_demand_leave (SsDemand   *self,
                 SsAsker    *asker,
                 GListModel *own)
{
  g_clear_pointer (&asker->questions, g_hash_table_unref);

  for (guint i = 0; own != NULL && i < g_list_model_get_n_items (own); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (own, i);
      const Followed *followed = g_hash_table_lookup (self->followed, signal);

      if (followed != NULL && followed->resolved != NULL && followed->resolved->peer == asker->peer)
        ss_demand_removed (self, signal);
    }
}

void
ss_demand_refuse (SsDemand   *self,
                  SsAsker    *asker,
                  const char *name)
{
  Question *question =
    asker->questions != NULL ? g_hash_table_lookup (asker->questions, name) : NULL;

  if (question == NULL)
    return;

  look_at_all (question->name);
  if (question->deadline != NULL)
    give_up (question);
}

static void
publish (Question *question)
{
  SsDemand *self = question->demand;
  SsAsker *asker = question->asker;
  gpointer peer = asker->peer;
  g_autofree char *name = g_strdup (question->name->name);
  gboolean waits = question->deadline != NULL;
  g_auto (SsFrame) frame = question->frame;

  question->frame = (SsFrame) { 0 };
  g_hash_table_remove (asker->questions, name);
  if (waits)
    self->funcs->answer (peer, &frame, self->user_data);
  else
    self->funcs->tell (peer, name, TRUE, self->user_data);
}

void
ss_demand_published (SsDemand   *self,
                     const char *name,
                     SsAsker    *asker)
{
  Name *found = g_hash_table_lookup (self->names, name);

  if (asker != NULL)
    {
      Question *question =
        asker->questions != NULL ? g_hash_table_lookup (asker->questions, name) : NULL;

      if (question != NULL)
        publish (question);
      return;
    }

  /* The name may go with the last question. */
  for (guint n = found != NULL ? found->questions.length : 0; n > 0; n--)
    publish (g_queue_peek_head (&found->questions));
}

/* Resolved signals */

static void
standing_cb (ServerSignal *signal,
             gpointer      user_data)
{
  Resolved *resolved = user_data;

  if (!ss_signal_replica_is_refused (signal) || ss_signal_has_data (signal))
    return;

  for (GList *link = resolved->name->questions.head; link != NULL; link = link->next)
    {
      Question *question = link->data;

      if (question->deadline != NULL)
        give_up (question);
    }
}

void
ss_demand_resolved (SsDemand     *self,
                    ServerSignal *signal,
                    gpointer      peer)
{
  Followed *followed;
  Resolved *resolved;

  if (self->funcs == NULL)
    return;

  followed = ensure_followed (self, signal);
  if (followed->resolved != NULL)
    return;

  resolved = followed->resolved = g_new0 (Resolved, 1);
  resolved->demand = self;
  resolved->signal = signal;
  resolved->name = ensure_name (self, server_signal_get_name (signal));
  resolved->peer = peer;
  resolved->link.data = resolved;
  resolved->lingering.data = resolved;
  g_queue_push_tail_link (&resolved->name->resolved, &resolved->link);
  resolved->watch = ss_signal_watch_standing (signal, standing_cb, resolved);
  look (resolved);
}

void
ss_demand_removed (SsDemand     *self,
                   ServerSignal *signal)
{
  Followed *followed = g_hash_table_lookup (self->followed, signal);
  Resolved *resolved = followed != NULL ? followed->resolved : NULL;
  Name *name;

  if (resolved == NULL)
    return;

  followed->resolved = NULL;
  name = resolved->name;
  stop_lingering (resolved);
  ss_signal_unwatch (signal, resolved->watch);
  g_queue_unlink (&name->resolved, &resolved->link);
  g_free (resolved);
  check_name (self, name);
  check_followed (self, signal, followed);
}

gboolean
ss_demand_is_resolved (SsDemand     *self,
                       ServerSignal *signal)
{
  const Followed *followed = g_hash_table_lookup (self->followed, signal);

  return followed != NULL && followed->resolved != NULL;
}

void
ss_demand_end (SsDemand *self)
{
  GHashTableIter iter;
  gpointer signal;
  Followed *followed;
  News *news;

  if (self->funcs == NULL)
    return;

  g_hash_table_iter_init (&iter, self->followed);
  while (g_hash_table_iter_next (&iter, &signal, (gpointer *) &followed))
    {
      g_autofree Resolved *resolved = g_steal_pointer (&followed->resolved);

      if (resolved == NULL)
        continue;
      stop_lingering (resolved);
      ss_signal_unwatch (signal, resolved->watch);
      g_queue_unlink (&resolved->name->resolved, &resolved->link);
    }
  g_hash_table_remove_all (self->followed);
  while ((news = g_queue_pop_head (&self->news)) != NULL)
    news_free (news);
  ss_clear_source (&self->news_source);
  ss_clear_source (&self->linger_source);
  self->funcs = NULL;
}

void
ss_demand_free (SsDemand *self)
{
  ss_demand_end (self);
  g_hash_table_unref (self->followed);
  g_hash_table_unref (self->names);
  g_main_context_unref (self->context);
  g_free (self);
}
