/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-loop.h"

#include <math.h>
#include <signal.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

/* A timer takes no more than some weeks. */
#define MAX_TIMER_MS 3600000

static gboolean quitting;
static gboolean interrupted;
static ToolStatus final_status;

static gboolean
signal_cb (gpointer user_data)
{
  interrupted = TRUE;
  tool_quit (TOOL_DONE);

  return G_SOURCE_CONTINUE;
}

void
tool_catch_signals (void)
{
  static gboolean is_set_up;

  if (is_set_up)
    return;

  is_set_up = TRUE;
  g_unix_signal_add (SIGINT, signal_cb, NULL);
  g_unix_signal_add (SIGTERM, signal_cb, NULL);
  g_unix_signal_add (SIGHUP, signal_cb, NULL);
}

gboolean
tool_seconds_check (const char  *option,
                    double       seconds,
                    GError     **error)
{
  if (isfinite (seconds) && seconds >= 0)
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _("%s takes a number of seconds, or 0 for no end"), option);

  return FALSE;
}

gboolean
tool_count_check (int      count,
                  GError **error)
{
  if (count >= 0)
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _("--count takes a number, or 0 for no end"));

  return FALSE;
}

/* The end of a wait. */
typedef struct
{
  gint64   time;  /* G_MAXINT64: there is none */
  guint    timer;
} End;

static void arm (End *self);

static gboolean
timer_cb (gpointer user_data)
{
  arm (user_data);

  return G_SOURCE_REMOVE;
}

/* It only wakes up the main loop. */
static void
arm (End *self)
{
  gint64 rest = (self->time - g_get_monotonic_time ()) / 1000 + 1;

  self->timer = g_timeout_add ((guint) CLAMP (rest, 0, MAX_TIMER_MS), timer_cb, self);
}

gboolean
tool_wait_until (gboolean (*condition) (gpointer user_data),
                 gpointer   user_data,
                 double     seconds)
{
  End end = { G_MAXINT64, 0 };
  gboolean holds;

  tool_catch_signals ();
  if (seconds > 0)
    {
      /* So long that it does not matter. */
      end.time = g_get_monotonic_time () + (gint64) (MIN (seconds, 1e12) * G_USEC_PER_SEC);
      arm (&end);
    }

  while (!(holds = condition (user_data)) && !quitting && g_get_monotonic_time () < end.time)
    g_main_context_iteration (NULL, TRUE);

  if (end.timer > 0)
    g_source_remove (end.timer);

  return holds;
}

ToolStatus
tool_run (void)
{
  tool_catch_signals ();
  while (!quitting)
    g_main_context_iteration (NULL, TRUE);

  return final_status;
}

void
tool_quit (ToolStatus status)
{
  if (quitting)
    return;

  quitting = TRUE;
  final_status = status;
  g_main_context_wakeup (NULL);
}

gboolean
tool_is_quitting (void)
{
  return quitting;
}

gboolean
tool_is_interrupted (void)
{
  return interrupted;
}
