/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "ss-park.h"

/* Each context costs a descriptor and a kilobyte, and an event as many looks as there are users. */
#define USERS 16

/* A parked context has no descriptor to wait for: all that the real poll() would do is to cost a
 * system call. */
static int
poll_nothing (GPollFD *fds,
              guint    n_fds,
              int      timeout)
{
  for (guint i = 0; i < n_fds; i++)
    fds[i].revents = 0;

  return 0;
}

/* Making a context when no descriptor is free aborts the program, so try first. */
static gboolean
descriptor_is_free (void)
{
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return FALSE;

  close (fd);

  return TRUE;
}

static void
free_if_unused (SsParks *self,
                SsPark  *park)
{
  if (park->n_users > 0 || park->queued)
    return;

  g_ptr_array_remove_fast (self->parks, park);
  g_main_context_unref (park->context);
  g_free (park);
}

void
ss_parks_init (SsParks *self)
{
  self->parks = g_ptr_array_new ();
}

void
ss_parks_clear (SsParks *self)
{
  g_assert (self->parks->len == 0);

  g_clear_pointer (&self->parks, g_ptr_array_unref);
}

SsPark *
ss_parks_take (SsParks *self)
{
  SsPark *park = NULL;

  /* The newest stand at the end and are the likeliest to have room. */
  for (guint i = self->parks->len; i > 0; i--)
    {
      SsPark *candidate = g_ptr_array_index (self->parks, i - 1);

      if (park == NULL || candidate->n_users < park->n_users)
        park = candidate;
      if (park->n_users < USERS)
        break;
    }

  /* A crowded one is better than none. */
  if ((park == NULL || park->n_users >= USERS) && descriptor_is_free ())
    {
      park = g_new0 (SsPark, 1);
      park->context = g_main_context_new ();
      g_main_context_set_poll_func (park->context, poll_nothing);
      g_ptr_array_add (self->parks, park);
    }

  if (park != NULL)
    park->n_users++;

  return park;
}

void
ss_parks_release (SsParks *self,
                  SsPark  *park)
{
  park->n_users--;
  free_if_unused (self, park);
}

void
ss_parks_dequeue (SsParks *self,
                  SsPark  *park)
{
  park->queued = FALSE;
  free_if_unused (self, park);
}

void
ss_park_run (SsPark *park)
{
  g_main_context_push_thread_default (park->context);
  g_main_context_iteration (park->context, FALSE);
  while (park->settle)
    {
      park->settle = FALSE;
      while (g_main_context_iteration (park->context, FALSE))
        continue;
    }
  g_main_context_pop_thread_default (park->context);
}
