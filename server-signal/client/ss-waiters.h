/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "signal/server-signal.h"

G_BEGIN_DECLS

/* The tasks of an object that wait for something to happen, each until it is cancelled. Those that wait
 * for a replica to be current are done when it is, and return it; the others return a boolean. */
typedef struct
{
  GMainContext *context;
  GPtrArray    *tasks;    /* GTask */
} SsWaiters;

/* context: not referenced. */
void       ss_waiters_init   (SsWaiters *self, GMainContext *context);
void       ss_waiters_clear  (SsWaiters *self);
/* replica: NULL for none; otherwise one that is stale. cancelled: what the error says when the task is
 * cancelled, a literal. */
void       ss_waiters_add    (SsWaiters *self, GTask *task, ServerSignal *replica,
                              const char *cancelled);
/* Takes those out that wait for the replica, or all (NULL). They are completed last, as their callbacks
 * may do anything. */
GPtrArray *ss_waiters_steal  (SsWaiters *self, ServerSignal *replica);
/* Completes tasks that were taken out. error: NULL when it has happened. */
void       ss_waiters_finish (GPtrArray *tasks, const GError *error);

G_END_DECLS
