/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "clock.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Microseconds; atomic enough: written by the main thread only. */
static gint64 skipped;
static gint64 slept;
static gboolean stopped;
static struct timespec stopped_at;

/* GLib, libsoup and the library ask the C library for the time, and the program's own function of
 * that name comes first. */
int
clock_gettime (clockid_t        id,
               struct timespec *time)
{
  int result = (int) syscall (SYS_clock_gettime, id, time);

  if (stopped && id == CLOCK_MONOTONIC)
    *time = stopped_at;
  else if (result == 0 && (id == CLOCK_MONOTONIC || id == CLOCK_BOOTTIME))
    {
      gint64 ahead = id == CLOCK_BOOTTIME ? skipped + slept : skipped;
      gint64 nanoseconds = time->tv_nsec + (ahead % G_USEC_PER_SEC) * 1000;

      time->tv_sec += (time_t) (ahead / G_USEC_PER_SEC + nanoseconds / 1000000000);
      time->tv_nsec = (long) (nanoseconds % 1000000000);
    }

  return result;
}

static int
hurry (GPollFD *fds,
       guint    n_fds,
       int      timeout)
{
  int ready = g_poll (fds, n_fds, 0);

  if (ready != 0 || timeout == 0)
    return ready;

  /* The others that may have something for us: the kernel, threads. */
  g_usleep (CLOCK_PAUSE_US);
  ready = g_poll (fds, n_fds, 0);
  if (ready == 0 && timeout > 0)
    skipped += MIN (timeout, CLOCK_STEP_MS) * 1000;

  return ready;
}

void
clock_install (void)
{
  g_main_context_set_poll_func (NULL, hurry);
}

void
clock_skip (gint64 microseconds)
{
  skipped += microseconds;
}

void
clock_sleep (gint64 microseconds)
{
  slept += microseconds;
}

void
clock_stop (gboolean stop)
{
  stopped = FALSE;
  clock_gettime (CLOCK_MONOTONIC, &stopped_at);
  stopped = stop;
}

gint64
clock_get_skipped (void)
{
  return skipped;
}
