/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-feed.h"

#include <glib/gi18n-lib.h>

#include "json/ss-writer.h"
#include "server-signal-error.h"
#include "ss-frame.h"
#include "ss-history.h"
#include "ss-limits.h"
#include "ss-update-cache.h"

/* Joined patches up to this size are sent without asking whether the snapshot is smaller. */
#define SMALL_UPDATE 4096

/* One walk over the subscriptions, any of which may go away under it. */
typedef struct _Walk Walk;

struct _Walk
{
  GList *next;
  Walk  *outer;
};

/* The message of all who have everything but the newest commit, which is nearly everybody. */
typedef struct
{
  SsMessage *message;  /* NULL: not looked up yet */
  gsize      length;
  guint64    base;
  guint64    revision;
} Common;

struct _SsFeed
{
  ServerSignal  *signal;
  guint          watch;
  guint          standing_watch;
  SsHistory     *history;
  GRefString    *epoch;       /* interned, so that epochs are compared as pointers */
  guint64        revision;    /* of the newest commit that was announced to us */
  guint64       *merged;      /* see ss_feed_count_merged(), or NULL */

  GQueue         subscriptions;
  Walk          *walks;

  SsUpdateCache  updates;
  Common         common[SS_N_PROTOCOLS];

  /* The snapshot that was encoded last, and what of. */
  SsMessage     *snapshots[SS_N_PROTOCOLS];
  GRefString    *snapshot_epoch;
  guint64        snapshot_revision;
  guint64        snapshot_floor; /* the document is known to be as long as that, or longer */

  SsFeedFunc     ready_func;
  gpointer       ready_data;

  /* Calls of ours on the stack: a feed that is freed by a callee goes with the last one. */
  guint          busy;
  gboolean       freed;
  gboolean       ready;
  gboolean       corked;
  gboolean       disowned;    /* nobody vouches for the document */
  SsMessage     *standing;    /* that says so, or the opposite, to all; NULL between times */
};

struct _SsSubscription
{
  GList          link;
  SsFeed        *feed;        /* NULL when it is gone, or the subscription is */
  gpointer       user_data;
  SsDeliverFunc  deliver;

  guint          protocol : 2;
  guint          delivering : 1;
  guint          freed : 1;
  guint          held : 1;
  guint          unanswered : 1; /* nothing has been delivered yet */
  guint          missed : 1;     /* was held, and may have been passed over when the feed was uncorked */
  guint          end_told : 1;
  guint          disowned : 1;   /* as the feed, as far as it was told */
  guint          merged;         /* see ss_subscription_get_merged() */

  /* The subscriber has this when it has taken all that was delivered. No epoch is nothing. */
  GRefString    *epoch;
  guint64        revision;
  guint64        max;

  GError        *end;         /* why it ended */
  SsEndFunc      end_func;
};

static void
set_epoch (GRefString **slot,
           const char  *epoch)
{
  GRefString *old = *slot;

  /* The new one first: the old may be the only thing that keeps it interned. */
  *slot = epoch != NULL ? g_ref_string_new_intern (epoch) : NULL;
  g_clear_pointer (&old, g_ref_string_release);
}

static void
drop_updates (SsFeed *self)
{
  ss_update_cache_clear (&self->updates);
  for (guint i = 0; i < SS_N_PROTOCOLS; i++)
    g_clear_pointer (&self->common[i].message, ss_message_unref);
}

static void
note_common (SsFeed         *self,
             const SsUpdate *update,
             SsProtocol      protocol,
             SsMessage      *message,
             gsize           length)
{
  Common *common = &self->common[protocol];

  if (update->n_commits > 1 || common->message != NULL)
    return;

  *common = (Common) { ss_message_ref (message), length, update->base, self->revision };
}

static void
drop_snapshots (SsFeed *self)
{
  for (guint i = 0; i < SS_N_PROTOCOLS; i++)
    g_clear_pointer (&self->snapshots[i], ss_message_unref);
  self->snapshot_floor = 0;
}

/* A subscriber that takes little must not make us write much, and any number of them must not make
 * us measure it again and again: each look goes twice as far as the one before, so that all together
 * cost no more than the document does. */
static gboolean
is_longer_than (SsFeed        *self,
                const SsValue *document,
                guint64        max)
{
  if (max >= SS_FRAME_BYTES)
    return FALSE;

  if (self->snapshot_floor <= max)
    {
      guint64 limit = MAX (max, 2 * self->snapshot_floor);
      gsize bytes = ss_value_measure (document, limit);

      self->snapshot_floor = MIN (bytes, limit + 1);
    }

  return self->snapshot_floor > max;
}

/* The document as it was committed last, which may be ahead of what was announced to us. NULL:
 * larger than max. */
static SsMessage *
get_snapshot (SsFeed     *self,
              SsProtocol  protocol,
              guint64     max)
{
  guint64 revision = server_signal_get_revision (self->signal);
  const char *epoch = server_signal_get_epoch (self->signal);
  SsMessage *message;
  gsize length;

  if (self->snapshot_revision != revision || g_strcmp0 (self->snapshot_epoch, epoch) != 0)
    {
      drop_snapshots (self);
      set_epoch (&self->snapshot_epoch, epoch);
      self->snapshot_revision = revision;
    }

  if (self->snapshots[protocol] == NULL)
    {
      g_autoptr (SsValue) document = ss_signal_ref_committed (self->signal);

      if (is_longer_than (self, document, max))
        return NULL;

      self->snapshots[protocol] =
        ss_frame_encode_snapshot (server_signal_get_name (self->signal), document,
                                  protocol == SS_V1 ? epoch : NULL, revision);
    }

  message = self->snapshots[protocol];
  ss_message_payload (message, &length);

  return length <= max ? message : NULL;
}

static gboolean
is_current (SsSubscription *sub)
{
  SsFeed *feed = sub->feed;

  /* A subscription made before the newest commits were announced to us is ahead of us already. */
  if (sub->epoch == feed->epoch)
    return sub->revision >= feed->revision;

  return g_strcmp0 (sub->epoch, server_signal_get_epoch (feed->signal)) == 0 &&
         sub->revision == server_signal_get_revision (feed->signal);
}

/* Joined patches of many commits may say more than the whole document does. */
static gboolean
is_beaten_by_snapshot (SsFeed     *self,
                       SsUpdate   *update,
                       SsProtocol  protocol,
                       gsize       length)
{
  if (update->n_commits == 1 || length <= SMALL_UPDATE)
    return FALSE;

  if (!update->compared[protocol])
    {
      update->compared[protocol] = TRUE;
      update->beaten[protocol] = get_snapshot (self, protocol, length - 1) != NULL;
    }

  return update->beaten[protocol];
}

/* The subscriber gets so many commits as one. */
static void
count_merged (SsSubscription *sub,
              guint64         n_commits)
{
  if (n_commits <= 1)
    return;

  if (sub->feed->merged != NULL)
    *sub->feed->merged += n_commits - 1;
  sub->merged += (guint) MIN (n_commits - 1, G_MAXUINT - sub->merged);
}

/* The update from where the subscriber is, and its place moves past it. FALSE: there is none, it is
 * too large, or longer than the snapshot; or, if sparing, it would have to be made and costs too
 * much. */
static gboolean
next_update (SsSubscription  *sub,
             gboolean         sparing,
             SsMessage      **message)
{
  SsFeed *feed = sub->feed;
  SsUpdate *update = NULL;
  gsize length;

  if (sub->epoch != NULL && sub->epoch == feed->epoch)
    update = ss_update_cache_find (&feed->updates, feed->history, sub->revision, sparing);
  if (update == NULL)
    return FALSE;

  /* A revision that changed nothing is nothing to one who does not count them. */
  if (sub->protocol == SS_PLAIN && server_signal_patch_get_n_operations (update->patch) == 0)
    {
      sub->revision = feed->revision;
      *message = NULL;
      return TRUE;
    }

  *message = ss_update_get_message (update, server_signal_get_name (feed->signal), sub->protocol,
                                    feed->revision);
  ss_message_payload (*message, &length);
  if (length > sub->max || is_beaten_by_snapshot (feed, update, sub->protocol, length))
    return FALSE;

  sub->revision = feed->revision;
  count_merged (sub, update->n_commits);
  note_common (feed, update, sub->protocol, *message, length);
  ss_message_ref (*message);

  return TRUE;
}

static SsMessage *
next_snapshot (SsSubscription *sub)
{
  SsFeed *feed = sub->feed;
  SsMessage *message = get_snapshot (feed, sub->protocol, sub->max);

  if (message == NULL)
    return NULL;

  if (sub->epoch != NULL && sub->epoch == feed->epoch)
    count_merged (sub, feed->snapshot_revision - MIN (sub->revision, feed->snapshot_revision));
  set_epoch (&sub->epoch, feed->snapshot_epoch);
  sub->revision = feed->snapshot_revision;

  return ss_message_ref (message);
}

/* The message that is to be delivered next, transfer full, and the subscription's place moves past
 * it. NULL without an error when it has everything. */
static SsMessage *
next_message (SsSubscription  *sub,
              GError         **error)
{
  SsFeed *feed = sub->feed;
  SsMessage *message;

  if (is_current (sub))
    return NULL;

  if (next_update (sub, TRUE, &message))
    return message;

  message = next_snapshot (sub);
  if (message != NULL)
    return message;

  /* The document is too large for it, and so what it missed has to be joined, at any price. */
  if (next_update (sub, FALSE, &message))
    return message;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
               _("The signal “%s” is larger than %llu bytes"),
                  server_signal_get_name (feed->signal), (unsigned long long) sub->max);

  return NULL;
}

static SsMessage *
encode_standing (SsFeed *self)
{
  const char *name = server_signal_get_name (self->signal);
  gint64 age = ss_signal_get_committed_age (self->signal);

  if (!self->disowned)
    return ss_frame_encode_signal (SS_NEWS_FRESH, name, -1);

  return ss_frame_encode_signal (SS_NEWS_STALE, name, age <= SS_AGE_MAX ? age : -1);
}

static void
tell_end (SsSubscription *sub)
{
  if (sub->end == NULL || sub->end_func == NULL || sub->end_told)
    return;

  sub->end_told = TRUE;
  sub->end_func (sub->end, sub->user_data);
}

static void
destroy_subscription (SsSubscription *sub)
{
  set_epoch (&sub->epoch, NULL);
  g_clear_error (&sub->end);
  g_slice_free (SsSubscription, sub);
}

/* The first that a subscriber gets: the confirmation that it has everything, what it missed, or the
 * snapshot. */
static SsMessage *
first_message (SsSubscription  *sub,
               GError         **error)
{
  SsFeed *feed = sub->feed;

  sub->unanswered = FALSE;
  if (sub->epoch != NULL && sub->epoch == feed->epoch && sub->revision == feed->revision)
    {
      const char *name = server_signal_get_name (feed->signal);
      SsMessage *message = ss_frame_encode_update (name, NULL, sub->revision, sub->revision);
      gsize length;

      ss_message_payload (message, &length);
      if (length <= sub->max)
        return message;

      ss_message_unref (message);
      set_epoch (&sub->epoch, NULL);
    }

  return next_message (sub, error);
}

/* The news of the feed's standing for the subscriber now, transfer full; NULL: none. pending: a
 * message is to be delivered yet. */
static SsMessage *
next_standing (SsSubscription *sub,
               gboolean        pending)
{
  SsFeed *feed = sub->feed;

  if (sub->disowned == feed->disowned || sub->held)
    return NULL;
  if (!feed->disowned && (pending || sub->unanswered || !is_current (sub)))
    return NULL;

  sub->disowned = feed->disowned != FALSE;
  /* The plain protocol has no word for it. */
  if (sub->protocol == SS_PLAIN)
    return NULL;

  return feed->standing != NULL ? ss_message_ref (feed->standing) : encode_standing (feed);
}

/* Whether the subscription is to be given what it has not got. */
static gboolean
is_due (SsSubscription *sub)
{
  return !sub->held && (!sub->feed->corked || sub->unanswered || sub->missed);
}

/* Delivers the message, and then whatever became due: a subscriber that causes a commit while it
 * takes a message gets the next one when it is done. first may be NULL. */
static void
deliver (SsSubscription *sub,
         SsMessage      *first)
{
  g_autoptr (SsMessage) message = first;

  if (sub->delivering)
    return;

  sub->delivering = TRUE;
  while (sub->feed != NULL && sub->end == NULL)
    {
      g_autoptr (SsMessage) standing = next_standing (sub, message != NULL);

      if (standing != NULL)
        {
          sub->deliver (standing, sub->user_data);
          continue;
        }

      if (message == NULL && is_due (sub))
        {
          sub->missed = FALSE;
          message =
            sub->unanswered ? first_message (sub, &sub->end) : next_message (sub, &sub->end);
        }
      if (message == NULL)
        break;

      sub->deliver (message, sub->user_data);
      g_clear_pointer (&message, ss_message_unref);
    }

  if (sub->feed != NULL)
    tell_end (sub);

  sub->delivering = FALSE;
  if (sub->freed)
    destroy_subscription (sub);
}

static inline gboolean
gets_common (SsSubscription *sub)
{
  SsFeed *feed = sub->feed;
  Common *common = &feed->common[sub->protocol];

  return common->message != NULL && sub->epoch == feed->epoch && sub->revision == common->base &&
         common->revision == feed->revision && common->length <= sub->max && is_due (sub) &&
         sub->disowned == feed->disowned && !sub->unanswered && !sub->delivering &&
         sub->end == NULL;
}

/* As deliver() does, without looking for what it is. */
static void
deliver_common (SsSubscription *sub)
{
  Common *common = &sub->feed->common[sub->protocol];
  SsMessage *message = ss_message_ref (common->message);

  sub->delivering = TRUE;
  sub->revision = common->revision;
  sub->deliver (message, sub->user_data);
  sub->delivering = FALSE;
  ss_message_unref (message);

  if (sub->freed)
    destroy_subscription (sub);
  else if (sub->feed != NULL && (!is_current (sub) || sub->disowned != sub->feed->disowned))
    deliver (sub, NULL);
}

static void
leave (SsFeed *self)
{
  self->busy--;
  if (self->freed && self->busy == 0)
    g_free (self);
}

/* With thousands of subscribers each lies in memory that has been left for others since: what the
 * next two deliveries touch first is fetched meanwhile. */
static inline void
fetch (GList *next)
{
  if (next == NULL)
    return;

  __builtin_prefetch (((SsSubscription *) next->data)->user_data);
  if (next->next != NULL)
    __builtin_prefetch (next->next->data);
}

/* The feed is busy: its subscribers may free it. */
static void
deliver_to_all (SsFeed *self)
{
  Walk walk = { self->subscriptions.head, self->walks };

  g_assert (self->busy > 0);

  self->walks = &walk;

  while (walk.next != NULL && !self->freed)
    {
      SsSubscription *sub = walk.next->data;

      walk.next = walk.next->next;
      fetch (walk.next);
      if (gets_common (sub))
        deliver_common (sub);
      else
        deliver (sub, NULL);
    }

  self->walks = walk.outer;
}

/* TRUE: it is another one now. */
static gboolean
note_standing (SsFeed *self)
{
  gboolean disowned = ss_signal_get_committed_age (self->signal) > 0;

  if (self->disowned == disowned)
    return FALSE;

  self->disowned = disowned;

  return TRUE;
}

static void
standing_cb (ServerSignal *signal,
             gpointer      user_data)
{
  SsFeed *self = user_data;

  if (!note_standing (self) || !self->ready)
    return;

  self->busy++;
  g_clear_pointer (&self->standing, ss_message_unref);
  if (!g_queue_is_empty (&self->subscriptions))
    self->standing = encode_standing (self);
  deliver_to_all (self);
  /* The next one may have come within. */
  g_clear_pointer (&self->standing, ss_message_unref);
  leave (self);
}

/* Takes the commit in. FALSE: we knew it already. */
static gboolean
note_commit (SsFeed         *self,
             const SsCommit *commit)
{
  gboolean starts = commit->new_epoch || !self->ready;

  /* A replica whose document changed although its revision did not: its server is at fault, but
   * what we have handed out for that revision is wrong all the same, so everybody has nothing. */
  if (!starts && commit->base == self->revision && commit->revision <= commit->base &&
      server_signal_patch_get_n_operations (commit->patch) > 0)
    {
      starts = TRUE;
      for (GList *link = self->subscriptions.head; link != NULL; link = link->next)
        set_epoch (&((SsSubscription *) link->data)->epoch, NULL);
    }

  /* We came to be while it was being announced, or nothing happened. */
  if (!starts && commit->revision <= self->revision)
    return FALSE;

  drop_updates (self);
  drop_snapshots (self);

  if (starts)
    {
      ss_history_clear (self->history);
      set_epoch (&self->epoch, server_signal_get_epoch (self->signal));
    }
  else
    {
      ss_history_push (self->history, commit->base, commit->revision, commit->patch);
      ss_update_cache_push (&self->updates, commit->base, commit->patch);
    }

  self->revision = commit->revision;

  return TRUE;
}

static void
commit_cb (ServerSignal   *signal,
           const SsCommit *commit,
           gpointer        user_data)
{
  SsFeed *self = user_data;
  gboolean was_ready = self->ready;
  gboolean stood_up;

  self->busy++;

  stood_up = note_standing (self);
  if (note_commit (self, commit) || stood_up)
    {
      self->ready = self->ready || ss_signal_has_data (self->signal);
      if (self->ready && (!self->corked || stood_up))
        deliver_to_all (self);
      if (!self->freed && self->ready && !was_ready && self->ready_func != NULL)
        self->ready_func (self, self->ready_data);
    }

  leave (self);
}

SsFeed *
ss_feed_new (ServerSignal *signal,
             gsize         history_bytes)
{
  SsFeed *self;

  g_assert (signal != NULL);

  /* The commits that may be shown, which a signal that is kept in a store has by way of it. */
  signal = ss_signal_get_published (signal);

  self = g_new0 (SsFeed, 1);
  self->signal = g_object_ref (signal);
  self->history = ss_history_new (history_bytes);
  self->revision = server_signal_get_revision (signal);
  set_epoch (&self->epoch, server_signal_get_epoch (signal));
  self->ready = ss_signal_has_data (signal);
  self->disowned = ss_signal_get_committed_age (signal) > 0;
  self->watch = ss_signal_watch (signal, commit_cb, self);
  self->standing_watch = ss_signal_watch_standing (signal, standing_cb, self);

  return self;
}

void
ss_feed_free (SsFeed *self)
{
  GList *link;

  g_assert (self != NULL);
  g_assert (!self->freed);

  self->freed = TRUE;
  self->busy++;

  ss_signal_unwatch (self->signal, self->watch);
  ss_signal_unwatch (self->signal, self->standing_watch);
  while ((link = g_queue_pop_head_link (&self->subscriptions)) != NULL)
    ((SsSubscription *) link->data)->feed = NULL;

  drop_updates (self);
  drop_snapshots (self);
  set_epoch (&self->epoch, NULL);
  set_epoch (&self->snapshot_epoch, NULL);
  g_clear_pointer (&self->history, ss_history_free);
  g_clear_object (&self->signal);

  leave (self);
}

ServerSignal *
ss_feed_get_signal (SsFeed *self)
{
  g_assert (self != NULL);

  return self->signal;
}

gboolean
ss_feed_is_ready (SsFeed *self)
{
  g_assert (self != NULL);

  return self->ready;
}

void
ss_feed_set_ready_func (SsFeed     *self,
                        SsFeedFunc  func,
                        gpointer    user_data)
{
  g_assert (self != NULL);

  self->ready_func = func;
  self->ready_data = user_data;
}

void
ss_feed_count_merged (SsFeed  *self,
                      guint64 *counter)
{
  g_assert (self != NULL);

  self->merged = counter;
}

void
ss_feed_set_corked (SsFeed   *self,
                    gboolean  corked)
{
  g_assert (self != NULL);

  if (self->corked == corked)
    return;

  self->corked = corked;
  if (corked || !self->ready)
    return;

  self->busy++;
  deliver_to_all (self);
  leave (self);
}

/* NULL and an error when the feed cannot answer now. */
static SsSubscription *
subscription_new (SsFeed         *self,
                  SsProtocol      protocol,
                  const char     *epoch,
                  gboolean        has_rev,
                  guint64         rev,
                  guint64         max,
                  SsDeliverFunc   deliver_func,
                  gpointer        user_data,
                  GError        **error)
{
  SsSubscription *sub;
  gboolean holds;
  gboolean resumes;
  guint64 newest;

  g_assert (self != NULL && !self->freed);
  g_assert (deliver_func != NULL);

  newest = MAX (self->revision, server_signal_get_revision (self->signal));
  holds = protocol == SS_V1 && has_rev && epoch != NULL;
  resumes = holds && g_strcmp0 (epoch, self->epoch) == 0;
  if (!self->ready || (resumes && rev > newest))
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                   _("The signal “%s” is behind revision %llu here"),
                      server_signal_get_name (self->signal), (unsigned long long) rev);
      return NULL;
    }
  /* Lives are in no order: while nobody vouches for ours, it may be the older one. */
  if (holds && !resumes && self->disowned)
    {
      g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_NOT_CURRENT,
                   _("The signal “%s” may be behind here, for nobody vouches for it"),
                      server_signal_get_name (self->signal));
      return NULL;
    }

  sub = g_slice_new0 (SsSubscription);
  sub->feed = self;
  sub->link.data = sub;
  sub->protocol = protocol;
  sub->max = max > 0 ? max : SS_FRAME_BYTES;
  sub->deliver = deliver_func;
  sub->user_data = user_data;
  sub->unanswered = TRUE;

  /* One who is ahead of what was announced to us, but not of the signal, came from another feed
   * of it. */
  if (resumes && rev <= self->revision)
    {
      set_epoch (&sub->epoch, self->epoch);
      sub->revision = rev;
    }

  return sub;
}

SsSubscription *
ss_feed_subscribe (SsFeed         *self,
                   SsProtocol      protocol,
                   const char     *epoch,
                   gboolean        has_rev,
                   guint64         rev,
                   guint64         max,
                   SsDeliverFunc   deliver_func,
                   gpointer        user_data,
                   GError        **error)
{
  SsSubscription *sub =
    subscription_new (self, protocol, epoch, has_rev, rev, max, deliver_func, user_data, error);
  SsMessage *message;

  if (sub == NULL)
    return NULL;

  message = first_message (sub, error);
  if (message == NULL)
    {
      destroy_subscription (sub);
      return NULL;
    }

  g_queue_push_tail_link (&self->subscriptions, &sub->link);
  deliver (sub, message);

  return sub;
}

SsSubscription *
ss_feed_subscribe_held (SsFeed         *self,
                        SsProtocol      protocol,
                        const char     *epoch,
                        gboolean        has_rev,
                        guint64         rev,
                        guint64         max,
                        SsDeliverFunc   deliver_func,
                        gpointer        user_data,
                        GError        **error)
{
  SsSubscription *sub =
    subscription_new (self, protocol, epoch, has_rev, rev, max, deliver_func, user_data, error);

  if (sub == NULL)
    return NULL;

  sub->held = TRUE;
  g_queue_push_tail_link (&self->subscriptions, &sub->link);

  return sub;
}

void
ss_subscription_free (SsSubscription *self)
{
  g_assert (self != NULL);
  g_assert (!self->freed);

  if (self->feed != NULL)
    {
      for (Walk *walk = self->feed->walks; walk != NULL; walk = walk->outer)
        if (walk->next == &self->link)
          walk->next = self->link.next;
      g_queue_unlink (&self->feed->subscriptions, &self->link);
      self->feed = NULL;
    }

  self->freed = TRUE;
  if (!self->delivering)
    destroy_subscription (self);
}

gboolean
ss_subscription_is_disowned (SsSubscription *self)
{
  g_assert (self != NULL);

  return self->disowned;
}

void
ss_subscription_set_disowned (SsSubscription *self)
{
  g_assert (self != NULL);

  self->disowned = TRUE;
  if (self->feed != NULL)
    deliver (self, NULL);
}

ServerSignal *
ss_subscription_get_signal (SsSubscription *self)
{
  g_assert (self != NULL);

  return self->feed != NULL ? self->feed->signal : NULL;
}

guint
ss_subscription_get_merged (SsSubscription *self)
{
  return self->merged;
}

const char *
ss_subscription_get_epoch (SsSubscription *self)
{
  g_assert (self != NULL);

  return self->epoch;
}

void
ss_subscription_set_held (SsSubscription *self,
                          gboolean        held)
{
  g_assert (self != NULL);

  if (self->held == held)
    return;

  self->held = held != FALSE;
  if (held)
    return;

  self->missed = TRUE;
  deliver (self, NULL);
}

void
ss_subscription_catch_up (SsSubscription *self)
{
  g_assert (self != NULL);

  if (self->held || self->feed == NULL || self->end != NULL || is_current (self))
    return;

  self->missed = TRUE;
  deliver (self, NULL);
}

void
ss_subscription_set_end_func (SsSubscription *self,
                              SsEndFunc       func)
{
  g_assert (self != NULL);

  self->end_func = func;
  if (!self->delivering && self->feed != NULL)
    tell_end (self);
}
