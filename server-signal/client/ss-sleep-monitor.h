/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Notices, within two seconds, that the machine has slept or that the program was stopped for more
 * than SS_SLEEP_MONITOR_STOPPED_MS. */
typedef struct _SsSleepMonitor SsSleepMonitor;

#define SS_SLEEP_MONITOR_STOPPED_MS 5000

/* slept: microseconds of sleep, which the monotonic clock has not counted. May free the monitor. */
typedef void (*SsSleepMonitorFunc) (gint64 slept, gpointer user_data);

SsSleepMonitor *ss_sleep_monitor_new  (GMainContext *context, SsSleepMonitorFunc woken,
                                       gpointer user_data);
/* From the context; woken is not called any more. */
void            ss_sleep_monitor_free (SsSleepMonitor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsSleepMonitor, ss_sleep_monitor_free)

G_END_DECLS
