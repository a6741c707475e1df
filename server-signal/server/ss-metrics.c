/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-metrics.h"

char *
ss_metrics_print (const SsMetric *metrics,
                  guint           n_metrics)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n_metrics; i++)
    {
      const SsMetric *metric = &metrics[i];

      g_string_append_printf (text, "# TYPE server_signal_%s %s\n", metric->name, metric->type);
      if (metric->unit != NULL)
        g_string_append_printf (text, "# UNIT server_signal_%s %s\n", metric->name, metric->unit);
      g_string_append_printf (text, "# HELP server_signal_%s %s.\n", metric->name, metric->help);
      g_string_append_printf (text, "server_signal_%s%s %" G_GUINT64_FORMAT "\n", metric->name,
                              metric->suffix, metric->value);
    }
  g_string_append (text, "# EOF\n");

  return g_string_free (text, FALSE);
}
