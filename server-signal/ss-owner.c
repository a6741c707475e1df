/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-owner.h"

/* Its address differs in each thread, and is cheaper to get than a GThread. */
static __thread char this_thread;

void
ss_owner_init (SsOwner *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->maker = &this_thread;
  self->user = &this_thread;
}

void
ss_owner_clear (SsOwner *self)
{
  g_clear_pointer (&self->context, g_main_context_unref);
}

void
ss_owner_take (SsOwner *self)
{
  g_atomic_pointer_set (&self->user, &this_thread);
}

gboolean
ss_owner_is_here (SsOwner *self)
{
  const void *here = &this_thread;

  if (G_UNLIKELY (self == NULL))
    return TRUE;

  if (G_LIKELY (g_atomic_pointer_get (&self->user) == here))
    return TRUE;

  if (!g_main_context_is_owner (self->context))
    {
      /* The context was run in another thread, but no longer is. */
      if (self->maker != here || !g_main_context_acquire (self->context))
        return FALSE;
      g_main_context_release (self->context);
    }

  g_atomic_pointer_set (&self->user, here);
  return TRUE;
}

void
ss_owner_refuse (const char *function)
{
  g_critical ("%s() was called in another thread than the object's, and does nothing. A source of "
              "the object's main context may call it, see g_idle_add() and GLib.idle_add()",
              function);
}
