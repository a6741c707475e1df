/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Hears when a property of one of some objects is notified, and when one of them that is a list
 * model says that its items have changed. The objects are not held, and may outlive the watch. A
 * watched object costs memory and each of its notifications time, so a watch takes no more than a
 * few: a mistake of the application's shows with those as it does with all. */
typedef struct _SsItemWatch SsItemWatch;

/* Called after all handlers of the application's. pspec is NULL for the items of a list model. */
typedef void (*SsItemWatchFunc) (GObject *object, GParamSpec *pspec, gpointer user_data);

SsItemWatch *ss_item_watch_new    (SsItemWatchFunc func, gpointer user_data);
void         ss_item_watch_free   (SsItemWatch *self);
/* Does nothing where there are enough already, or the object is watched. */
void         ss_item_watch_add    (SsItemWatch *self, GObject *object);
/* The watch hears nothing until each pause is resumed. */
void         ss_item_watch_pause  (SsItemWatch *self);
void         ss_item_watch_resume (SsItemWatch *self);

G_END_DECLS
