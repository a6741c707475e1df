/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-check.h"

/* Between looks at a list that changes when it is looked at, in milliseconds, at first and at
 * most. */
#define WAIT_MS 10
#define WAIT_MS_MAX 2000

struct _SsTrackCheck
{
  SsTracks         *tracks;
  SsTrackCheckFunc  func;
  GPtrArray        *lists;         /* the last one is looked at first */
  GSource          *source;
  gint64            due;
  gint64            cost;          /* in microseconds, since nothing was left to check */
  guint             n_unfinished;  /* looks that did not finish a list, since then */
  guint             wait_ms;
  gboolean          is_looking;
};

SsTrackCheck *
ss_track_check_new (SsTracks         *tracks,
                    SsTrackCheckFunc  func)
{
  SsTrackCheck *self = g_new0 (SsTrackCheck, 1);

  self->tracks = tracks;
  self->func = func;
  self->lists = g_ptr_array_new ();
  return self;
}

static void
stop_source (SsTrackCheck *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

void
ss_track_check_free (SsTrackCheck *self)
{
  stop_source (self);
  g_ptr_array_unref (self->lists);
  g_free (self);
}

static gboolean check_cb (gpointer user_data);

static void
schedule (SsTrackCheck *self)
{
  g_autoptr (GMainContext) context = NULL;
  gint64 now;

  if (self->source != NULL || self->is_looking || self->lists->len == 0)
    return;

  now = g_get_monotonic_time ();
  if (self->due > now)
    self->source = g_timeout_source_new ((guint) ((self->due - now) / 1000 + 1));
  else
    self->source = g_idle_source_new ();
  g_source_set_priority (self->source, G_PRIORITY_LOW);
  g_source_set_static_name (self->source, "[server-signal] check of a list");
  g_source_set_callback (self->source, check_cb, self, NULL);
  context = g_main_context_ref_thread_default ();
  g_source_attach (self->source, context);
}

static gboolean
check_cb (gpointer user_data)
{
  SsTrackCheck *self = user_data;
  gint64 start = g_get_monotonic_time ();
  SsTrackCheckResult result;

  ss_tracks_enter (self->tracks);
  stop_source (self);

  self->is_looking = TRUE;
  result = self->func (self->lists->pdata[self->lists->len - 1]);
  self->is_looking = FALSE;

  /* A list that changes whenever it is looked at must not keep the main loop busy. */
  if (result == SS_TRACK_CHECK_CHANGED)
    self->wait_ms = CLAMP (self->wait_ms * 2, WAIT_MS, WAIT_MS_MAX);
  else
    self->wait_ms = 0;

  self->cost += g_get_monotonic_time () - start;
  self->n_unfinished += result == SS_TRACK_CHECK_UNFINISHED;
  self->due = start + (gint64) self->wait_ms * 1000;
  if (self->lists->len == 0 || result == SS_TRACK_CHECK_CHANGED)
    {
      if (self->n_unfinished > 0)
        self->due = MAX (self->due, start + 10 * self->cost);
      self->cost = 0;
      self->n_unfinished = 0;
    }
  schedule (self);
  ss_tracks_leave (self->tracks);

  return G_SOURCE_REMOVE;
}

void
ss_track_check_add (SsTrackCheck *self,
                    gpointer      list)
{
  g_ptr_array_add (self->lists, list);
  schedule (self);
}

void
ss_track_check_remove (SsTrackCheck *self,
                       gpointer      list)
{
  g_ptr_array_remove_fast (self->lists, list);
  if (self->lists->len == 0)
    stop_source (self);
}
