/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-flusher.h"

struct _SsFlusher
{
  grefcount  refs;
  GSource   *timer;
  gint64     interval;
  GQueue     items;     /* SsFlushItem, each holds a reference */
  GQueue     due;
};

static gboolean
timer_cb (gpointer user_data)
{
  ss_flusher_flush (user_data);

  return G_SOURCE_CONTINUE;
}

static gboolean
timer_dispatch (GSource     *source,
                GSourceFunc  callback,
                gpointer     user_data)
{
  return callback (user_data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

SsFlusher *
ss_flusher_new (GMainContext *context)
{
  SsFlusher *self = g_new0 (SsFlusher, 1);

  g_ref_count_init (&self->refs);
  self->timer = g_source_new (&timer_funcs, sizeof (GSource));
  g_source_set_static_name (self->timer, "[server-signal] flush");
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, context);

  return self;
}

SsFlusher *
ss_flusher_ref (SsFlusher *self)
{
  g_ref_count_inc (&self->refs);

  return self;
}

void
ss_flusher_unref (SsFlusher *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;

  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_free (self);
}

void
ss_flusher_set_interval (SsFlusher *self,
                         guint      milliseconds)
{
  self->interval = milliseconds * G_GINT64_CONSTANT (1000);
  ss_flusher_flush (self);

  for (GList *link = self->items.head; link != NULL; link = link->next)
    ss_feed_set_corked (((SsFlushItem *) link->data)->feed, self->interval > 0);
}

void
ss_flusher_flush (SsFlusher *self)
{
  GList *link;

  g_source_set_ready_time (self->timer, -1);
  while ((link = g_queue_pop_head_link (&self->due)) != NULL)
    {
      SsFlushItem *item = link->data;

      item->due = FALSE;
      ss_feed_set_corked (item->feed, FALSE);
      ss_feed_set_corked (item->feed, self->interval > 0);
    }
}

gboolean
ss_flusher_gathers (SsFlusher *self)
{
  return !g_queue_is_empty (&self->due);
}

void
ss_flusher_add (SsFlusher   *self,
                SsFlushItem *item,
                SsFeed      *feed)
{
  g_assert (item->flusher == NULL);

  item->flusher = ss_flusher_ref (self);
  item->feed = feed;
  item->link.data = item;
  item->due_link.data = item;
  g_queue_push_tail_link (&self->items, &item->link);
  ss_feed_set_corked (feed, self->interval > 0);
}

void
ss_flusher_touch (SsFlushItem *item)
{
  SsFlusher *self = item->flusher;

  if (self == NULL || self->interval == 0 || item->due)
    return;

  item->due = TRUE;
  g_queue_push_tail_link (&self->due, &item->due_link);
  if (self->due.length == 1)
    g_source_set_ready_time (self->timer, g_get_monotonic_time () + self->interval);
}

void
ss_flusher_remove (SsFlushItem *item)
{
  g_autoptr (SsFlusher) self = g_steal_pointer (&item->flusher);

  if (self == NULL)
    return;

  g_queue_unlink (&self->items, &item->link);
  if (item->due)
    g_queue_unlink (&self->due, &item->due_link);
  item->due = FALSE;
  ss_feed_set_corked (item->feed, FALSE);
}
