/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

#include "proc.h"

G_BEGIN_DECLS

#define MONITOR_TYPE_CORE (monitor_core_get_type ())

G_DECLARE_FINAL_TYPE (MonitorCore, monitor_core, MONITOR, CORE, GObject)

MonitorCore *monitor_core_new    (void);
void         monitor_core_update (MonitorCore    *self,
                                  const ProcTime *sample);

G_END_DECLS
