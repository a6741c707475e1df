/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The times of a processor since the machine was started, in clock ticks. */
typedef struct
{
  guint64 busy;
  guint64 total;
} ProcTime;

typedef struct
{
  int     pid;
  char    name[64];
  guint64 started; /* in clock ticks, so that a number given out again is another process */
  guint64 ticks;   /* that it ran */
  int     threads;
  gint64  memory;  /* bytes that are resident */
} ProcProcess;

GArray   *proc_read_processors (const char  *directory,
                                GError     **error);
gboolean  proc_read_memory     (const char  *directory,
                                gint64      *total,
                                gint64      *available,
                                GError     **error);
gboolean  proc_read_load       (const char  *directory,
                                double      *load,
                                GError     **error);
GArray   *proc_read_processes  (const char  *directory,
                                GError     **error);

G_END_DECLS
