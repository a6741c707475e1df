/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-backpressure.h"

#include "ss-clear-source.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "wire/ss-frame.h"

/* The news of a name for a peer that has heard nothing since the hold. */
typedef struct
{
  GList    link;
  char    *name;
  gboolean removed;
  gboolean added;   /* after that */
} SsNotice;

/* A message in the line of what is held. */
struct _SsWaitingMessage
{
  SsBackpressureItem  item;
  SsMessage          *message;
  SsWaitingMessage  **slot;
};

struct _SsNotices
{
  GHashTable *by_name; /* name → SsNotice */
  GQueue      order;   /* SsNotice, as they came */
};

static void
notice_free (gpointer data)
{
  SsNotice *notice = data;

  g_free (notice->name);
  g_free (notice);
}

void
ss_backpressure_init (SsBackpressure *self,
                      SsLink         *link,
                      gsize           high)
{
  *self = (SsBackpressure) { .link = link, .high = high };
}

static void
drop_notices (SsBackpressure *self)
{
  if (self->notices == NULL)
    return;

  g_hash_table_unref (self->notices->by_name);
  g_clear_pointer (&self->notices, g_free);
}

static gsize
get_length (SsMessage *message)
{
  gsize length;

  ss_message_payload (message, &length);

  return length;
}

/* It is out of the line. */
static void
waiting_free (SsWaitingMessage *waiting)
{
  SsBackpressure *self = waiting->item.owner;

  self->n_waiting--;
  self->waiting_bytes -= get_length (waiting->message);
  if (waiting->slot != NULL)
    *waiting->slot = NULL;
  ss_message_unref (waiting->message);
  g_free (waiting);
}

static void
drop_waiting (SsBackpressure *self)
{
  GList *link, *next;

  for (link = self->held.head; self->n_waiting > 0; link = next)
    {
      SsBackpressureItem *item = link->data;

      next = link->next;
      if (item->subscription != NULL)
        continue;

      g_queue_unlink (&self->held, link);
      waiting_free ((SsWaitingMessage *) item);
    }
}

void
ss_backpressure_clear (SsBackpressure *self)
{
  ss_clear_source (&self->timer);
  drop_waiting (self);
  g_assert (g_queue_is_empty (&self->flowing) && g_queue_is_empty (&self->held));

  drop_notices (self);
}

static void
hold_all (SsBackpressure *self)
{
  GList *link;

  while ((link = g_queue_pop_head_link (&self->flowing)) != NULL)
    {
      SsBackpressureItem *item = link->data;

      item->held = TRUE;
      g_queue_push_tail_link (&self->held, link);
      ss_subscription_set_held (item->subscription, TRUE);
    }
}

static void
hold (SsBackpressure *self)
{
  hold_all (self);
  ss_link_when_drained (self->link, self->high / 2);
}

static gboolean
is_over (SsBackpressure *self)
{
  return self->high > 0 && ss_link_get_backlog (self->link) > self->high;
}

void
ss_backpressure_check (SsBackpressure *self)
{
  if (self->pressed || !is_over (self))
    return;

  ss_log_debug ("merging", SS_LOG (.peer = ss_link_get_remote_address (self->link)),
                "More waits for a client than may: its updates are merged");
  self->pressed = TRUE;
  self->n_answers = 0;
  hold (self);
}

void
ss_backpressure_set_high (SsBackpressure *self,
                          gsize           high)
{
  self->high = high;
  if (!self->pressed)
    ss_backpressure_check (self);
  else
    ss_link_when_drained (self->link, high > 0 ? high / 2 : G_MAXSIZE);
}

static void
send_notice (SsBackpressure *self,
             const char     *name,
             gboolean        added)
{
  SsNews news = added ? SS_NEWS_ADDED : SS_NEWS_REMOVED;
  g_autoptr (SsMessage) message = ss_frame_encode_signal (news, name, -1);

  ss_link_send (self->link, message);
}

/* These are small, so they leave whatever else waits. */
static void
send_notices (SsBackpressure *self)
{
  if (self->notices == NULL)
    return;

  for (GList *link = self->notices->order.head; link != NULL; link = link->next)
    {
      SsNotice *notice = link->data;

      if (notice->removed)
        send_notice (self, notice->name, FALSE);
      if (notice->added)
        send_notice (self, notice->name, TRUE);
    }

  drop_notices (self);
}

static void
let_next_go (SsBackpressure *self)
{
  GList *link = g_queue_pop_head_link (&self->held);
  SsBackpressureItem *item = link->data;

  if (item->subscription == NULL)
    {
      SsWaitingMessage *waiting = (SsWaitingMessage *) item;

      ss_link_send (self->link, waiting->message);
      waiting_free (waiting);
      return;
    }

  /* It may be over with this: the document has outgrown what the peer takes. */
  item->held = FALSE;
  g_queue_push_tail_link (&self->flowing, link);
  ss_subscription_set_held (item->subscription, FALSE);
}

static void
rest (SsBackpressure *self)
{
  self->resting = TRUE;
  hold_all (self);
  g_source_set_ready_time (self->timer,
                           g_get_monotonic_time () + self->interval * G_GINT64_CONSTANT (1000));
}

/* The interval has passed, or something must not wait for that. */
static void
release (SsBackpressure *self)
{
  g_source_set_ready_time (self->timer, -1);
  self->resting = FALSE;

  /* Those behind are held anew by what is delivered. */
  self->releasing = TRUE;
  self->delivered = FALSE;
  while (!self->pressed && !g_queue_is_empty (&self->held))
    let_next_go (self);
  self->releasing = FALSE;

  if (self->delivered && self->interval > 0 && !self->pressed)
    rest (self);
}

static gboolean
interval_cb (gpointer user_data)
{
  SsBackpressure *self = user_data;

  if (!self->pressed)
    {
      release (self);
      return G_SOURCE_CONTINUE;
    }

  g_source_set_ready_time (self->timer, -1);
  self->resting = FALSE;
  if (is_over (self))
    hold (self);
  else
    ss_backpressure_drained (self);

  return G_SOURCE_CONTINUE;
}

static gboolean
interval_dispatch (GSource     *source,
                   GSourceFunc  callback,
                   gpointer     user_data)
{
  return callback (user_data);
}

static GSourceFuncs interval_funcs = { .dispatch = interval_dispatch };

void
ss_backpressure_set_interval (SsBackpressure *self,
                              GMainContext   *context,
                              guint           milliseconds)
{
  if (self->interval == milliseconds)
    return;

  self->interval = milliseconds;
  if (self->timer == NULL)
    {
      self->timer = g_source_new (&interval_funcs, sizeof (GSource));
      g_source_set_static_name (self->timer, "[server-signal] interval");
      g_source_set_callback (self->timer, interval_cb, self, NULL);
      g_source_attach (self->timer, context);
    }
  if (self->resting)
    g_source_set_ready_time (self->timer, 0);
}

void
ss_backpressure_delivered (SsBackpressure *self)
{
  if (self->interval == 0 || self->pressed || self->resting)
    return;

  if (self->releasing)
    self->delivered = TRUE;
  else
    rest (self);
}

void
ss_backpressure_drained (SsBackpressure *self)
{
  if (!self->pressed)
    return;

  /* The next is sent when the interval has passed, unless an answer waits for it. */
  if (self->resting && self->n_waiting == 0)
    return;

  send_notices (self);
  while (!is_over (self) && !g_queue_is_empty (&self->held))
    let_next_go (self);

  if (is_over (self))
    {
      hold (self);
      return;
    }

  self->pressed = FALSE;
  self->resting = FALSE;
  if (self->interval > 0)
    rest (self);
}

void
ss_backpressure_finish (SsBackpressure *self)
{
  self->interval = 0;
  if (!self->pressed && !self->resting)
    return;

  send_notices (self);
  while (!g_queue_is_empty (&self->held))
    let_next_go (self);
}

void
ss_backpressure_add (SsBackpressure     *self,
                     SsBackpressureItem *item,
                     SsSubscription     *subscription)
{
  g_assert (item->owner == NULL);

  item->owner = self;
  item->link.data = item;
  item->subscription = subscription;
  item->held = self->pressed || self->resting;
  if (item->held)
    ss_subscription_set_held (subscription, TRUE);
  g_queue_push_tail_link (item->held ? &self->held : &self->flowing, &item->link);
}

void
ss_backpressure_remove (SsBackpressureItem *item)
{
  if (item->owner == NULL)
    return;

  g_queue_unlink (item->held ? &item->owner->held : &item->owner->flowing, &item->link);
  item->owner = NULL;
}

gboolean
ss_backpressure_hold_notice (SsBackpressure *self,
                             const char     *name,
                             gboolean        added,
                             gboolean        known)
{
  SsNotices *notices;
  SsNotice *notice;

  if (!self->pressed)
    return FALSE;

  if (self->notices == NULL)
    {
      self->notices = g_new0 (SsNotices, 1);
      self->notices->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, notice_free);
    }
  notices = self->notices;

  notice = g_hash_table_lookup (notices->by_name, name);
  if (notice == NULL)
    {
      notice = g_new0 (SsNotice, 1);
      notice->link.data = notice;
      notice->name = g_strdup (name);
      g_hash_table_insert (notices->by_name, notice->name, notice);
      g_queue_push_tail_link (&notices->order, &notice->link);
    }

  if (added)
    {
      notice->added = TRUE;
    }
  else if (notice->added && !notice->removed && !known)
    {
      /* The peer has never heard of it: there is nothing to tell. */
      g_queue_unlink (&notices->order, &notice->link);
      g_hash_table_remove (notices->by_name, name);
    }
  else
    {
      notice->removed = TRUE;
      notice->added = FALSE;
    }

  return TRUE;
}

void
ss_backpressure_send (SsBackpressure    *self,
                      SsMessage         *message,
                      SsWaitingMessage **slot)
{
  SsWaitingMessage *waiting;

  if (!self->pressed && self->resting)
    release (self);

  if (!self->pressed)
    {
      ss_link_send (self->link, message);
      ss_backpressure_check (self);
      return;
    }

  waiting = g_new0 (SsWaitingMessage, 1);
  waiting->item.owner = self;
  waiting->item.held = TRUE;
  waiting->item.link.data = &waiting->item;
  waiting->message = ss_message_ref (message);
  waiting->slot = slot;
  if (slot != NULL)
    *slot = waiting;
  self->n_waiting++;
  self->waiting_bytes += get_length (message);
  g_queue_push_tail_link (&self->held, &waiting->item.link);
}

void
ss_backpressure_withdraw (SsWaitingMessage *waiting)
{
  g_queue_unlink (&waiting->item.owner->held, &waiting->item.link);
  waiting_free (waiting);
}

void
ss_backpressure_forget (SsWaitingMessage **slot)
{
  if (*slot != NULL)
    (*slot)->slot = NULL;
  *slot = NULL;
}

void
ss_backpressure_answered (SsBackpressure *self)
{
  if (self->pressed)
    self->n_answers++;
}

gboolean
ss_backpressure_is_flooded (SsBackpressure *self)
{
  return self->pressed && self->n_answers > SS_ANSWERS_WAITING;
}
