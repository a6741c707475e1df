/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-unkept.h"

struct _SsUnkept
{
  GQueue  *pending;   /* of the thread */
  GList    link;      /* in it, while there are any */
  guint64  made;
  guint64  kept;
  GQueue   marks;     /* Mark, the one that is reached first at the head */
};

struct _SsUnkeptWait
{
  SsUnkeptFunc func;
  gpointer     user_data;
  guint        left;       /* marks that are not reached */
  gboolean     cancelled;
};

/* Somebody waits until so many are kept. */
typedef struct
{
  SsUnkeptWait *wait;
  guint64       made;
} Mark;

static void
pending_free (gpointer pending)
{
  g_queue_free (pending);
}

/* Of the signals of this thread those that have any. */
static GQueue *
get_pending (void)
{
  static GPrivate key = G_PRIVATE_INIT (pending_free);
  GQueue *pending = g_private_get (&key);

  if (pending == NULL)
    {
      pending = g_queue_new ();
      g_private_set (&key, pending);
    }

  return pending;
}

SsUnkept *
ss_unkept_new (void)
{
  SsUnkept *self = g_new0 (SsUnkept, 1);

  self->pending = get_pending ();
  self->link.data = self;
  g_queue_init (&self->marks);

  return self;
}

void
ss_unkept_free (SsUnkept *self)
{
  ss_unkept_clear (self);
  g_free (self);
}

void
ss_unkept_add (SsUnkept *self)
{
  if (self->made++ == self->kept)
    g_queue_push_tail_link (self->pending, &self->link);
}

/* The waits that are over are gathered first, since they may do anything to this one. */
void
ss_unkept_kept (SsUnkept *self,
                guint     n)
{
  GQueue over = G_QUEUE_INIT;
  SsUnkeptWait *wait;
  Mark *mark;

  if (n == 0)
    return;

  g_assert (self->made - self->kept >= n);

  self->kept += n;
  if (self->kept == self->made)
    g_queue_unlink (self->pending, &self->link);
  while ((mark = g_queue_peek_head (&self->marks)) != NULL && mark->made <= self->kept)
    {
      g_queue_pop_head (&self->marks);
      if (--mark->wait->left == 0)
        g_queue_push_tail (&over, mark->wait);
      g_free (mark);
    }

  while ((wait = g_queue_pop_head (&over)) != NULL)
    {
      if (!wait->cancelled)
        wait->func (wait->user_data);
      g_free (wait);
    }
}

void
ss_unkept_clear (SsUnkept *self)
{
  ss_unkept_kept (self, (guint) (self->made - self->kept));
}

SsUnkeptWait *
ss_unkept_wait (SsUnkeptFunc func,
                gpointer     user_data)
{
  GQueue *pending = get_pending ();
  SsUnkeptWait *wait;

  if (g_queue_is_empty (pending))
    return NULL;

  wait = g_new0 (SsUnkeptWait, 1);
  wait->func = func;
  wait->user_data = user_data;
  for (GList *link = pending->head; link != NULL; link = link->next)
    {
      SsUnkept *unkept = link->data;
      Mark *mark = g_new (Mark, 1);

      mark->wait = wait;
      mark->made = unkept->made;
      wait->left++;
      g_queue_push_tail (&unkept->marks, mark);
    }

  return wait;
}

/* It is freed where its last mark is reached. */
void
ss_unkept_wait_cancel (SsUnkeptWait *wait)
{
  wait->cancelled = TRUE;
}
