/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-backpressure.h"

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

void
ss_backpressure_clear (SsBackpressure *self)
{
  g_assert (g_queue_is_empty (&self->flowing) && g_queue_is_empty (&self->held));

  drop_notices (self);
}

static void
hold (SsBackpressure *self)
{
  GList *link;

  while ((link = g_queue_pop_head_link (&self->flowing)) != NULL)
    {
      SsBackpressureItem *item = link->data;

      item->held = TRUE;
      g_queue_push_tail_link (&self->held, link);
      ss_subscription_set_held (item->subscription, TRUE);
    }

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

  /* It may be over with this: the document has outgrown what the peer takes. */
  item->held = FALSE;
  g_queue_push_tail_link (&self->flowing, link);
  ss_subscription_set_held (item->subscription, FALSE);
}

void
ss_backpressure_drained (SsBackpressure *self)
{
  if (!self->pressed)
    return;

  send_notices (self);
  while (!is_over (self) && !g_queue_is_empty (&self->held))
    let_next_go (self);

  if (is_over (self))
    hold (self);
  else
    self->pressed = FALSE;
}

void
ss_backpressure_finish (SsBackpressure *self)
{
  if (!self->pressed)
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
  item->held = self->pressed;
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
