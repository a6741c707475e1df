/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Reports notifications of properties of some objects, and changes of the items of those that are
 * list models. It holds no references to the objects, which may outlive it. A watched object costs
 * memory, and each of its notifications time, so a watch takes only a few: a mistake of the
 * application shows with those as well as with all. */
typedef struct _SsItemWatch SsItemWatch;

/* Called after all handlers of the application's. pspec is NULL for the items of a list model. */
typedef void (*SsItemWatchFunc) (GObject *object, GParamSpec *pspec, gpointer user_data);

SsItemWatch *ss_item_watch_new    (SsItemWatchFunc func, gpointer user_data);
void         ss_item_watch_free   (SsItemWatch *self);
/* Does nothing where there are enough already, or the object is watched. */
void         ss_item_watch_add    (SsItemWatch *self, GObject *object);
/* The watch reports nothing until each pause is resumed. */
void         ss_item_watch_pause  (SsItemWatch *self);
void         ss_item_watch_resume (SsItemWatch *self);

G_END_DECLS
