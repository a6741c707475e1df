/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "proc.h"

G_BEGIN_DECLS

#define MONITOR_TYPE_PROCESS (monitor_process_get_type ())

G_DECLARE_FINAL_TYPE (MonitorProcess, monitor_process, MONITOR, PROCESS, GObject)

MonitorProcess *monitor_process_new     (const ProcProcess *sample);
int             monitor_process_get_pid (MonitorProcess    *self);
gboolean        monitor_process_is      (MonitorProcess    *self,
                                         const ProcProcess *sample);
void            monitor_process_update  (MonitorProcess    *self,
                                         const ProcProcess *sample,
                                         double             ticks);

G_END_DECLS
