/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "ss-context-pool.h"

/* Each context costs a descriptor and a kilobyte, and an event as many looks as there are users. */
#define USERS 16

/* A pooled context has no descriptor to wait for: all that the real poll() would do is to cost a
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
free_if_unused (SsContextPool   *self,
                SsPooledContext *pooled)
{
  if (pooled->n_users > 0 || pooled->queued)
    return;

  g_ptr_array_remove_fast (self->contexts, pooled);
  g_main_context_unref (pooled->context);
  g_free (pooled);
}

void
ss_context_pool_init (SsContextPool *self)
{
  self->contexts = g_ptr_array_new ();
}

void
ss_context_pool_clear (SsContextPool *self)
{
  g_assert (self->contexts->len == 0);

  g_clear_pointer (&self->contexts, g_ptr_array_unref);
}

SsPooledContext *
ss_context_pool_take (SsContextPool *self)
{
  SsPooledContext *pooled = NULL;

  /* The newest stand at the end and are the likeliest to have room. */
  for (guint i = self->contexts->len; i > 0; i--)
    {
      SsPooledContext *candidate = g_ptr_array_index (self->contexts, i - 1);

      if (pooled == NULL || candidate->n_users < pooled->n_users)
        pooled = candidate;
      if (pooled->n_users < USERS)
        break;
    }

  /* A crowded one is better than none. */
  if ((pooled == NULL || pooled->n_users >= USERS) && descriptor_is_free ())
    {
      pooled = g_new0 (SsPooledContext, 1);
      pooled->context = g_main_context_new ();
      g_main_context_set_poll_func (pooled->context, poll_nothing);
      g_ptr_array_add (self->contexts, pooled);
    }

  if (pooled != NULL)
    pooled->n_users++;

  return pooled;
}

void
ss_context_pool_release (SsContextPool   *self,
                         SsPooledContext *pooled)
{
  pooled->n_users--;
  free_if_unused (self, pooled);
}

void
ss_context_pool_dequeue (SsContextPool   *self,
                         SsPooledContext *pooled)
{
  pooled->queued = FALSE;
  free_if_unused (self, pooled);
}

void
ss_pooled_context_run (SsPooledContext *pooled)
{
  g_main_context_push_thread_default (pooled->context);
  g_main_context_iteration (pooled->context, FALSE);
  while (pooled->settle)
    {
      pooled->settle = FALSE;
      while (g_main_context_iteration (pooled->context, FALSE))
        continue;
    }
  g_main_context_pop_thread_default (pooled->context);
}
