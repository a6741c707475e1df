/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-item-watch.h"

#include <gio/gio.h>

/* This is many more than a window shows. */
#define MAX_OBJECTS 1000

/* Each handler holds a reference. */
struct _SsItemWatch
{
  gatomicrefcount  ref_count;
  SsItemWatchFunc  func;        /* NULL once the watch is freed */
  gpointer         user_data;
  guint            n_objects;
  guint            n_pauses;
};

static void
watch_unref (SsItemWatch *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    g_free (self);
}

/* The object may have gone as well. */
static void
disconnected_cb (gpointer  data,
                 GClosure *closure)
{
  SsItemWatch *self = data;

  self->n_objects--;
  watch_unref (self);
}

static void
notified_cb (GObject     *object,
             GParamSpec  *pspec,
             SsItemWatch *self)
{
  if (self->n_pauses == 0 && self->func != NULL)
    self->func (object, pspec, self->user_data);
}

static void
items_changed_cb (GObject     *object,
                  guint        position,
                  guint        n_removed,
                  guint        n_added,
                  SsItemWatch *self)
{
  notified_cb (object, NULL, self);
}

SsItemWatch *
ss_item_watch_new (SsItemWatchFunc func,
                   gpointer        user_data)
{
  SsItemWatch *self = g_new0 (SsItemWatch, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->func = func;
  self->user_data = user_data;
  return self;
}

void
ss_item_watch_free (SsItemWatch *self)
{
  self->func = NULL;
  watch_unref (self);
}

void
ss_item_watch_add (SsItemWatch *self,
                   GObject     *object)
{
  gboolean is_list = G_IS_LIST_MODEL (object);
  GCallback callback = is_list ? G_CALLBACK (items_changed_cb) : G_CALLBACK (notified_cb);

  if (self->n_objects >= MAX_OBJECTS ||
      g_signal_handler_find (object, G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA, 0, 0, NULL,
                             callback, self) != 0)
    return;

  self->n_objects++;
  g_atomic_ref_count_inc (&self->ref_count);
  g_signal_connect_data (object, is_list ? "items-changed" : "notify", callback, self,
                         disconnected_cb, G_CONNECT_AFTER);
}

void
ss_item_watch_pause (SsItemWatch *self)
{
  self->n_pauses++;
}

void
ss_item_watch_resume (SsItemWatch *self)
{
  self->n_pauses--;
}
