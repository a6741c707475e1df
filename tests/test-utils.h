/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <time.h>

#include <glib.h>

G_BEGIN_DECLS

/* How long a test waits for something that must happen. Under valgrind and the sanitizers
 * everything takes longer, so it is generous: a test that passes never waits for it. */
#define TEST_DEADLINE_MS 30000

static inline gboolean
test_deadline_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_CONTINUE;
}

/* Runs the default main context until the condition holds, and fails the test when it does not in
 * time. */
#define WAIT_UNTIL(condition) \
  G_STMT_START \
  { \
    gboolean wait_over = FALSE, wait_met; \
    guint wait_id = g_timeout_add (TEST_DEADLINE_MS, test_deadline_cb, &wait_over); \
\
    while (!(wait_met = (condition)) && !wait_over) \
      g_main_context_iteration (NULL, TRUE); \
    g_source_remove (wait_id); \
    if (!wait_met) \
      g_error ("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition); \
  } \
  G_STMT_END

/* Runs the default main context for a while. Only for showing that something does not happen. */
static inline void
test_pass_time (guint milliseconds)
{
  gboolean over = FALSE;
  guint id = g_timeout_add (milliseconds, test_deadline_cb, &over);

  while (!over)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (id);
}

/* The processor's time that this thread has had, in microseconds: a measure of stalls that is the same
 * on a busy machine. */
static inline gint64
test_cpu_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);

  return (gint64) time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* Runs the default main context for as long as it has something to do. */
static inline void
test_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

G_END_DECLS
