/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-loop.h"

#include <signal.h>

#include <glib-unix.h>

static gboolean quitting;
static ToolStatus final_status;

static gboolean
signal_cb (gpointer user_data)
{
  tool_quit (TOOL_DONE);

  return G_SOURCE_CONTINUE;
}

static void
set_up (void)
{
  static gboolean is_set_up;

  if (is_set_up)
    return;

  is_set_up = TRUE;
  g_unix_signal_add (SIGINT, signal_cb, NULL);
  g_unix_signal_add (SIGTERM, signal_cb, NULL);
  g_unix_signal_add (SIGHUP, signal_cb, NULL);
}

static gboolean
timeout_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_CONTINUE;
}

gboolean
tool_wait_until (gboolean (*condition) (gpointer user_data),
                 gpointer   user_data,
                 double     seconds)
{
  gboolean over = FALSE;
  gboolean holds;
  guint timeout = 0;

  set_up ();
  if (seconds > 0)
    timeout = g_timeout_add ((guint) MIN (seconds * 1000, G_MAXUINT / 2), timeout_cb, &over);

  while (!(holds = condition (user_data)) && !over && !quitting)
    g_main_context_iteration (NULL, TRUE);

  if (timeout > 0)
    g_source_remove (timeout);

  return holds;
}

ToolStatus
tool_run (void)
{
  set_up ();
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
