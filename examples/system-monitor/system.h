/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define MONITOR_TYPE_SYSTEM (monitor_system_get_type ())

G_DECLARE_FINAL_TYPE (MonitorSystem, monitor_system, MONITOR, SYSTEM, GObject)

MonitorSystem *monitor_system_new    (const char     *directory);
gboolean       monitor_system_sample (MonitorSystem  *self,
                                      GError        **error);

G_END_DECLS
