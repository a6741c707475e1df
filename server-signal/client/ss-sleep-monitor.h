/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Notices, within two seconds, that the machine has slept, or that the program was stopped for more
 * than SS_WAKE_STOPPED_MS. */
typedef struct _SsWake SsWake;

#define SS_WAKE_STOPPED_MS 5000

/* slept: microseconds of sleep that the monotonic clock has not counted. */
typedef void (*SsWakeFunc) (gint64 slept, gpointer user_data);

SsWake *ss_wake_new  (GMainContext *context, SsWakeFunc func, gpointer user_data);
void    ss_wake_free (SsWake *self);  /* from the context; func is not called any more */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsWake, ss_wake_free)

G_END_DECLS
