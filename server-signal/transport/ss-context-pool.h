/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Main contexts in which libsoup's sources wait and that only the poller runs, when there is
 * something in them to do. GLib looks at every source of a context in each of its turns, so the
 * peers are spread over contexts of a few. */

typedef struct
{
  GMainContext *context;
  guint         n_users;
  gboolean      queued;   /* for the poller: its turn comes */
  gboolean      settle;   /* run until nothing is left, not only once */
} SsPooledContext;

typedef struct
{
  GPtrArray *contexts; /* of SsPooledContext */
} SsContextPool;

void             ss_context_pool_init    (SsContextPool   *self);
void             ss_context_pool_clear   (SsContextPool   *self);
/* One with room; NULL when there is none and no descriptor for another one. */
SsPooledContext *ss_context_pool_take    (SsContextPool   *self);
/* A context that is queued goes only when it has been dequeued. */
void             ss_context_pool_release (SsContextPool   *self,
                                          SsPooledContext *pooled);
void             ss_context_pool_dequeue (SsContextPool   *self,
                                          SsPooledContext *pooled);

void             ss_pooled_context_run   (SsPooledContext *pooled);

G_END_DECLS
