/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One figure in the text format of OpenMetrics 1.0. */
typedef struct
{
  const char *name;   /* without "server_signal_" */
  const char *type;
  const char *suffix; /* of the sample: "_total" for counters */
  const char *unit;   /* NULL: none; otherwise the name ends with it */
  const char *help;   /* without backslashes, quotes and line breaks */
  guint64     value;
} SsMetric;

char *ss_metrics_print (const SsMetric *metrics,
                        guint           n_metrics);

G_END_DECLS
