/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-track-node.h"

#include "server-signal.h"

/* A model may announce something else than what happened to it. A GtkFlattenListModel that has one
 * store three times tells of a new item three times, and shows all three at the first; a class of
 * the application's may be wrong. So when the main loop has nothing else to do after a change, the
 * items are compared with those of the model, and where they differ the list is gone through.
 *
 * That is a look at each item, and not at its properties. So that it costs little in a long list
 * that changes all the time, it is done some items at a time, and after more than those the next
 * time only after ten times as long as it took. */

/* So many at a time. As many are done at once in any case, however long they took: where others
 * have the processor, time says nothing. */
#define CHECK_ITEMS 4096

/* Between looks at a model that changes when it is looked at, in milliseconds, at first and at
 * most. */
#define CHECK_WAIT 10
#define CHECK_WAIT_MAX 2000

static gboolean check_cb (gpointer user_data);

static void
schedule (SsTracks *self)
{
  g_autoptr (GMainContext) context = NULL;
  gint64 now = g_get_monotonic_time ();

  if (self->check != NULL || self->is_checking || self->unchecked->len == 0)
    return;

  if (self->check_due > now)
    self->check = g_timeout_source_new ((guint) ((self->check_due - now) / 1000 + 1));
  else
    self->check = g_idle_source_new ();
  g_source_set_priority (self->check, G_PRIORITY_LOW);
  g_source_set_static_name (self->check, "[server-signal] check of a list");
  g_source_set_callback (self->check, check_cb, self, NULL);
  context = g_main_context_ref_thread_default ();
  g_source_attach (self->check, context);
}

static void
stop_source (SsTracks *self)
{
  if (self->check != NULL)
    g_source_destroy (self->check);
  g_clear_pointer (&self->check, g_source_unref);
}

void
ss_track_list_check_later (SsTrackNode *list)
{
  SsTracks *tracks = list->track->tracks;

  /* A store announces what has happened, and nothing else. */
  if (G_OBJECT_TYPE (list->object) == G_TYPE_LIST_STORE)
    return;

  list->checked = 0;
  if (!list->is_unchecked)
    {
      list->is_unchecked = TRUE;
      g_ptr_array_add (tracks->unchecked, list);
    }
  schedule (tracks);
}

void
ss_track_list_check_no_more (SsTrackNode *list)
{
  SsTracks *tracks = list->track->tracks;

  list->is_unchecked = FALSE;
  g_ptr_array_remove_fast (tracks->unchecked, list);
  if (tracks->unchecked->len == 0)
    stop_source (tracks);
}

typedef enum
{
  CHECK_SAME,
  CHECK_DIFFERENT,
  CHECK_UNFINISHED,
  CHECK_CHANGED,     /* by code of the application's that ran meanwhile */
} CheckResult;

static CheckResult
check_some (SsTrackNode *list,
            guint        n_items)
{
  GListModel *model = G_LIST_MODEL (list->object);
  guint length = ss_sequence_length (list->items);
  guint from = MIN (list->checked, length);
  guint n = MIN (n_items, length - from);
  g_autofree SsSequenceItem **items = g_new (SsSequenceItem *, MAX (n, 1));
  guint version = list->version;

  if (g_list_model_get_n_items (model) != length)
    return CHECK_DIFFERENT;

  ss_sequence_copy (list->items, from, n, items);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GObject) object = g_list_model_get_item (model, from + i);

      if (list->is_dead || list->version != version)
        return CHECK_CHANGED;
      if (((SsTrackNode *) items[i])->object != object)
        return CHECK_DIFFERENT;
    }

  list->checked = from + n;
  return list->checked == length ? CHECK_SAME : CHECK_UNFINISHED;
}

static gboolean
check_cb (gpointer user_data)
{
  SsTracks *self = user_data;
  g_autoptr (ServerSignal) keep = g_object_ref (self->signal);
  gint64 start = g_get_monotonic_time ();
  gboolean has_changed = FALSE;
  SsTrackNode *list;

  ss_tracks_enter (self);
  stop_source (self);
  self->is_checking = TRUE;

  list = self->unchecked->pdata[self->unchecked->len - 1];
  if (!ss_track_node_is_live (list))
    {
      /* It will be gone through when the document has it. */
      ss_track_list_check_no_more (list);
    }
  else
    {
      CheckResult result = check_some (list, CHECK_ITEMS);

      self->check_turns += result == CHECK_UNFINISHED;

      if (result == CHECK_SAME || result == CHECK_DIFFERENT)
        {
          guint version = list->version + 1;

          ss_track_list_check_no_more (list);
          if (result == CHECK_DIFFERENT)
            ss_track_list_resync (list);
          has_changed = result == CHECK_DIFFERENT && list->version != version;
        }
      has_changed = has_changed || result == CHECK_CHANGED;
    }
  self->is_checking = FALSE;

  /* A model that changes by being looked at must not keep the main loop from its rest. */
  if (has_changed)
    self->check_wait = CLAMP (self->check_wait * 2, CHECK_WAIT, CHECK_WAIT_MAX);
  else
    self->check_wait = 0;

  self->check_cost += g_get_monotonic_time () - start;
  self->check_due = start + (gint64) self->check_wait * 1000;
  if (self->unchecked->len == 0 || has_changed)
    {
      if (self->check_turns > 0)
        self->check_due = MAX (self->check_due, start + 10 * self->check_cost);
      self->check_cost = 0;
      self->check_turns = 0;
    }
  schedule (self);
  ss_tracks_leave (self);

  return G_SOURCE_REMOVE;
}
