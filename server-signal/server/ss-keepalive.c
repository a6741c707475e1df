/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-keepalive.h"

/* Peers that are looked at in one turn of the main loop: thousands may have come at the same
 * moment. */
#define BATCH 256

struct _SsKeepalive
{
  GSource         *timer;
  SsKeepaliveFunc  func;
  gpointer         user_data;
  gint64           pause;     /* from the end of one time to the next ping */
  gint64           timeout;
  gboolean         running;

  /* SsBeat, the one that is due first in front, because each is appended with the same time to
   * wait. */
  GQueue           idle;
  GQueue           waiting;
};

static GQueue *
queue_of (SsBeat *beat)
{
  return beat->waiting ? &beat->keepalive->waiting : &beat->keepalive->idle;
}

static void
append (SsBeat   *beat,
        gboolean  waiting,
        gint64    now)
{
  beat->waiting = waiting;
  beat->due = now + (waiting ? beat->keepalive->timeout : beat->keepalive->pause);
  g_queue_push_tail_link (queue_of (beat), &beat->link);
}

static SsBeat *
next_beat (SsKeepalive *self)
{
  SsBeat *idle = g_queue_peek_head (&self->idle);
  SsBeat *waiting = g_queue_peek_head (&self->waiting);

  if (idle == NULL || waiting == NULL)
    return idle != NULL ? idle : waiting;

  return waiting->due <= idle->due ? waiting : idle;
}

static void
update_timer (SsKeepalive *self)
{
  SsBeat *next = self->running ? next_beat (self) : NULL;
  gint64 due = next != NULL ? next->due : -1;

  if (g_source_get_ready_time (self->timer) != due)
    g_source_set_ready_time (self->timer, due);
}

static void
ask (SsBeat *beat,
     gint64  now)
{
  ss_link_was_heard (beat->peer);
  /* One that does not take what waits for it already cannot take a ping; it has another
   * deadline. */
  beat->asked = ss_link_ping (beat->peer);
  beat->ping_end = ss_link_get_n_queued (beat->peer);
  beat->confirmed = ss_link_get_n_confirmed (beat->peer);
  append (beat, TRUE, now);
}

/* The ping still stands behind what the kernel has for the peer, such as a large document, and the
 * peer takes of that. */
static gboolean
is_on_its_way (SsBeat *beat)
{
  gint64 confirmed = ss_link_get_n_confirmed (beat->peer);

  return confirmed > beat->confirmed && confirmed < beat->ping_end;
}

static void
judge (SsBeat *beat,
       gint64  now)
{
  append (beat, FALSE, now);
  if (beat->asked && !ss_link_was_heard (beat->peer) &&
      ss_link_get_stalled_since (beat->peer) == 0 && !is_on_its_way (beat))
    beat->keepalive->func (beat->peer, beat->keepalive->user_data);
}

static gboolean
timer_cb (gpointer user_data)
{
  SsKeepalive *self = user_data;
  gint64 now = g_get_monotonic_time ();
  SsBeat *beat;

  for (guint i = 0; i < BATCH && (beat = next_beat (self)) != NULL && beat->due <= now; i++)
    {
      g_queue_unlink (queue_of (beat), &beat->link);
      if (beat->waiting)
        judge (beat, now);
      else
        ask (beat, now);
    }

  update_timer (self);

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

SsKeepalive *
ss_keepalive_new (GMainContext    *context,
                  SsKeepaliveFunc  func,
                  gpointer         user_data)
{
  SsKeepalive *self = g_new0 (SsKeepalive, 1);

  self->func = func;
  self->user_data = user_data;
  self->timer = g_source_new (&timer_funcs, sizeof (GSource));
  g_source_set_static_name (self->timer, "[server-signal] keepalive");
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, context);

  return self;
}

void
ss_keepalive_free (SsKeepalive *self)
{
  g_assert (g_queue_is_empty (&self->idle) && g_queue_is_empty (&self->waiting));

  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_free (self);
}

void
ss_keepalive_set_times (SsKeepalive *self,
                        guint        interval_ms,
                        guint        timeout_ms)
{
  gint64 now = g_get_monotonic_time ();

  self->running = interval_ms > 0;
  self->timeout = MIN (timeout_ms, interval_ms) * G_GINT64_CONSTANT (1000);
  self->pause = interval_ms * G_GINT64_CONSTANT (1000) - self->timeout;

  /* A shorter time holds for the peers that are there, too. */
  for (GList *link = self->idle.head; link != NULL; link = link->next)
    ((SsBeat *) link->data)->due = now + self->pause;
  for (GList *link = self->waiting.head; link != NULL; link = link->next)
    ((SsBeat *) link->data)->due = now + self->timeout;
  update_timer (self);
}

void
ss_keepalive_add (SsKeepalive *self,
                  SsBeat      *beat,
                  SsLink      *link)
{
  g_assert (beat->keepalive == NULL);

  beat->keepalive = self;
  beat->link.data = beat;
  beat->peer = link;
  append (beat, FALSE, g_get_monotonic_time ());
  update_timer (self);
}

void
ss_keepalive_remove (SsBeat *beat)
{
  if (beat->keepalive == NULL)
    return;

  /* The timer finds out by itself. */
  g_queue_unlink (queue_of (beat), &beat->link);
  beat->keepalive = NULL;
}
