/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <unistd.h>
#ifdef SS_LINUX
#include <sys/epoll.h>
#endif

#include "ss-poller.h"

#include "ss-limits.h"

#define EVENTS 256
#define TICK_USEC (G_USEC_PER_SEC / 2)

struct _SsPoller
{
  GSource       source;

  GMainContext *context;
  guint         n_users;
  int           epoll_fd;
  gpointer      epoll_tag;
  SsContextPool pool;
  GQueue        runs;       /* SsPooledContext, those whose turn it is */
  GQueue        flushes;    /* SsPollerWatch */
  guint         n_owed;     /* of them, from the front: so many are flushed before input is taken */
  GPtrArray    *kicks;      /* SsPollerWatch, each with a reference to its object */
  GQueue        deferred;   /* SsDeferred */
  GPtrArray    *ticking;    /* SsPollerWatch */
  gint64        next_tick;
  SsUnfinished  unfinished;
};

/* By main context. An object belongs to one context, but contexts may belong to different
 * threads. */
G_LOCK_DEFINE_STATIC (pollers);
static GHashTable *pollers;

static void
make_ready (SsPoller      *self,
            SsPollerWatch *watch,
            GIOCondition   condition)
{
  SsPooledContext *pooled = watch->pooled;

  if (!watch->funcs->ready (watch->object, condition) || pooled == NULL || pooled->queued)
    return;

  pooled->queued = TRUE;
  g_queue_push_tail (&self->runs, pooled);
}

/* The turn */

/* With thousands of peers each lies in memory that has been left for others since: the next two are
 * fetched while the kernel is busy with this one. */
static inline void
fetch (GList *next)
{
  if (next == NULL)
    return;

  /* The fields that a stream needs for it follow its parent instance. */
  for (guint line = 0; line < 4; line++)
    __builtin_prefetch ((const char *) ((SsPollerWatch *) next->data)->object + sizeof (GIOStream) +
                        64 * line);
  if (next->next != NULL)
    __builtin_prefetch (next->next);
}

/* A commit that thousands follow takes longer than the application may be kept waiting, so those that
 * are left when the time is up, or when there have been many, are the first of the next turn. A peer
 * that is sent something else meanwhile keeps its place, and one that has had its turn takes the last
 * one. Clients that send without a pause must not make others wait, so no input is taken before all
 * that were there in the beginning have had their turn. */
static void
flush_watches (SsPoller *self)
{
  gint64 end =
    g_queue_is_empty (&self->flushes) ? 0 : g_get_monotonic_time () + SS_TURN_WRITES_USEC;
  GList *link;

  if (self->n_owed == 0)
    self->n_owed = g_queue_get_length (&self->flushes);

  /* A main loop inside of a flush takes them from here as well. */
  for (guint n = 1; (link = g_queue_pop_head_link (&self->flushes)) != NULL; n++)
    {
      SsPollerWatch *watch = link->data;

      fetch (self->flushes.head);
      self->n_owed -= MIN (self->n_owed, 1);
      watch->flush_queued = FALSE;
      watch->funcs->flush (watch->object);

      if (n == SS_TURN_WRITES || g_get_monotonic_time () >= end)
        break;
    }

  /* Some may have gone. */
  if (g_queue_is_empty (&self->flushes))
    self->n_owed = 0;
}

static void
make_kicked_ready (SsPoller  *self,
                   GPtrArray *objects)
{
  g_autoptr (GPtrArray) kicks = NULL;

  if (self->kicks->len == 0)
    return;

  kicks = g_steal_pointer (&self->kicks);
  self->kicks = g_ptr_array_new ();
  for (guint i = 0; i < kicks->len; i++)
    {
      SsPollerWatch *watch = g_ptr_array_index (kicks, i);

      watch->kick_queued = FALSE;
      g_ptr_array_add (objects, watch->object);
      make_ready (self, watch, 0);
    }
}

#ifdef SS_LINUX
static void
make_polled_ready (SsPoller  *self,
                   GPtrArray *objects)
{
  struct epoll_event events[EVENTS];
  int n_events;

  if (self->epoll_fd < 0 || g_source_query_unix_fd (&self->source, self->epoll_tag) == 0)
    return;

  n_events = epoll_wait (self->epoll_fd, events, EVENTS, 0);
  for (int i = 0; i < n_events; i++)
    {
      SsPollerWatch *watch = events[i].data.ptr;

      g_ptr_array_add (objects, g_object_ref (watch->object));
    }
  for (int i = 0; i < n_events; i++)
    {
      SsPollerWatch *watch = events[i].data.ptr;

      /* The bits of epoll are those of poll(), which are those of GIOCondition. One may have ended
       * another. */
      if (watch->fd >= 0)
        make_ready (self, watch, (GIOCondition) events[i].events);
    }
}
#endif

/* Those that are left when the time is up are the first of the next turn: thousands of peers may
 * have sent as much as each may. */
static void
run_contexts (SsPoller *self)
{
  gint64 end = g_queue_is_empty (&self->runs) ? 0 : g_get_monotonic_time () + SS_TURN_ALL_USEC;
  SsPooledContext *pooled;

  while ((pooled = g_queue_pop_head (&self->runs)) != NULL)
    {
      ss_pooled_context_run (pooled);
      ss_context_pool_dequeue (&self->pool, pooled);

      if (g_get_monotonic_time () >= end)
        break;
    }
}

static void
run_ready (SsPoller *self)
{
  g_autoptr (GPtrArray) objects = g_ptr_array_new_with_free_func (g_object_unref);

  make_kicked_ready (self, objects);
#ifdef SS_LINUX
  make_polled_ready (self, objects);
#endif

  run_contexts (self);
}

static void
call_deferred (SsPoller *self)
{
  gint64 end = g_queue_is_empty (&self->deferred) ? 0 : g_get_monotonic_time () + SS_TURN_ALL_USEC;

  /* Calls that are deferred meanwhile wait for the next turn, so that other sources get theirs. So
   * do those that are left when the time is up: they are the first then. */
  for (guint n = g_queue_get_length (&self->deferred); n > 0; n--)
    {
      GList *link = g_queue_pop_head_link (&self->deferred);
      SsDeferred *deferred;

      /* A main loop inside of an earlier call may have taken them. */
      if (link == NULL)
        break;

      deferred = link->data;
      deferred->queued = FALSE;
      deferred->func (deferred->object);

      if (g_get_monotonic_time () >= end)
        break;
    }
}

static void
tick_watches (SsPoller *self)
{
  gint64 now;

  if (self->ticking->len == 0)
    return;

  now = g_get_monotonic_time ();
  if (now < self->next_tick)
    return;

  self->next_tick = now + TICK_USEC;
  /* From the end: a watch that stops ticking is replaced by the last one, which has had its
   * turn. */
  for (guint i = self->ticking->len; i > 0; i--)
    {
      SsPollerWatch *watch = g_ptr_array_index (self->ticking, i - 1);

      watch->funcs->tick (watch->object, now);
    }
}

static gboolean
has_calls (SsPoller *self)
{
  return self->kicks->len > 0 || !g_queue_is_empty (&self->runs) ||
         !g_queue_is_empty (&self->deferred) || !g_queue_is_empty (&self->flushes);
}

/* The main loop is about to wait: what this turn has queued leaves now. A ready time would do
 * for that as well, at the price of another turn, and of a write to the loop's own descriptor each
 * time it is set. */
static gboolean
poller_prepare (GSource *source,
                int     *timeout)
{
  SsPoller *self = (SsPoller *) source;

  flush_watches (self);

  *timeout = -1;
  if (has_calls (self))
    *timeout = 0;
  else if (self->ticking->len > 0)
    *timeout = (int) (MAX (self->next_tick - g_get_monotonic_time (), 0) / 1000) + 1;

  return *timeout == 0;
}

static gboolean
poller_check (GSource *source)
{
  SsPoller *self = (SsPoller *) source;

  /* GLib looks at the descriptor. */
  return has_calls (self) || (self->ticking->len > 0 && g_get_monotonic_time () >= self->next_tick);
}

static gboolean
poller_dispatch (GSource     *source,
                 GSourceFunc  callback,
                 gpointer     user_data)
{
  SsPoller *self = (SsPoller *) source;

  /* Every user may go in a callback. */
  self->n_users++;

  tick_watches (self);
  if (self->n_owed == 0)
    {
      run_ready (self);
      call_deferred (self);
    }

  ss_poller_unref (self);

  return G_SOURCE_CONTINUE;
}

static void
poller_finalize (GSource *source)
{
  SsPoller *self = (SsPoller *) source;
  SsPooledContext *pooled;

  g_assert (self->kicks->len == 0 && self->ticking->len == 0);
  g_assert (g_queue_is_empty (&self->deferred) && g_queue_is_empty (&self->flushes));

  while ((pooled = g_queue_pop_head (&self->runs)) != NULL)
    ss_context_pool_dequeue (&self->pool, pooled);
  ss_context_pool_clear (&self->pool);
  g_ptr_array_unref (self->kicks);
  g_ptr_array_unref (self->ticking);
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  g_main_context_unref (self->context);
}

static GSourceFuncs poller_funcs = {
  .prepare = poller_prepare,
  .check = poller_check,
  .dispatch = poller_dispatch,
  .finalize = poller_finalize,
};

static SsPoller *
poller_new (GMainContext *context)
{
  SsPoller *self = (SsPoller *) g_source_new (&poller_funcs, sizeof (SsPoller));

  self->context = g_main_context_ref (context);
  ss_context_pool_init (&self->pool);
  g_queue_init (&self->runs);
  g_queue_init (&self->flushes);
  self->kicks = g_ptr_array_new ();
  self->ticking = g_ptr_array_new ();
  g_queue_init (&self->deferred);

#ifdef SS_LINUX
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
#else
  self->epoll_fd = -1;
#endif
  if (self->epoll_fd >= 0)
    self->epoll_tag = g_source_add_unix_fd (&self->source, self->epoll_fd, G_IO_IN);

  g_source_set_name (&self->source, "server-signal peers");
  g_source_set_can_recurse (&self->source, TRUE);
  g_source_attach (&self->source, context);

  return self;
}

SsPoller *
ss_poller_get (void)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  SsPoller *self;

  G_LOCK (pollers);

  if (pollers == NULL)
    pollers = g_hash_table_new (NULL, NULL);

  self = g_hash_table_lookup (pollers, context);
  if (self == NULL)
    {
      self = poller_new (context);
      g_hash_table_insert (pollers, context, self);
    }
  self->n_users++;

  G_UNLOCK (pollers);

  return self;
}

SsPoller *
ss_poller_ref (SsPoller *self)
{
  self->n_users++;

  return self;
}

void
ss_poller_unref (SsPoller *self)
{
  if (--self->n_users > 0)
    return;

  G_LOCK (pollers);
  g_hash_table_remove (pollers, self->context);
  G_UNLOCK (pollers);

  g_source_destroy (&self->source);
  g_source_unref (&self->source);
}

GMainContext *
ss_poller_get_context (SsPoller *self)
{
  return self->context;
}

SsUnfinished *
ss_poller_get_unfinished (SsPoller *self)
{
  return &self->unfinished;
}

void
ss_poller_defer (SsPoller   *self,
                 SsDeferred *deferred)
{
  if (deferred->queued)
    return;

  deferred->queued = TRUE;
  deferred->link.data = deferred;
  g_queue_push_tail_link (&self->deferred, &deferred->link);
}

void
ss_poller_undefer (SsPoller   *self,
                   SsDeferred *deferred)
{
  if (!deferred->queued)
    return;

  deferred->queued = FALSE;
  g_queue_unlink (&self->deferred, &deferred->link);
}

/* Watches */

void
ss_poller_watch_init (SsPollerWatch            *self,
                      SsPoller                 *poller,
                      GObject                  *object,
                      const SsPollerWatchFuncs *funcs)
{
  ss_poller_watch_init_alone (self, poller, object, funcs);
  self->pooled = ss_context_pool_take (&poller->pool);
}

void
ss_poller_watch_init_alone (SsPollerWatch            *self,
                            SsPoller                 *poller,
                            GObject                  *object,
                            const SsPollerWatchFuncs *funcs)
{
  self->funcs = funcs;
  self->object = object;
  self->poller = ss_poller_ref (poller);
  self->pooled = NULL;
  self->fd = -1;
}

void
ss_poller_watch_clear (SsPollerWatch *self)
{
  g_assert (!self->kick_queued);

  if (self->flush_queued)
    g_queue_unlink (&self->poller->flushes, &self->flush_link);
  self->flush_queued = FALSE;

  ss_poller_watch_set_fd (self, -1);
  ss_poller_watch_set_ticking (self, FALSE);
  if (self->pooled != NULL)
    {
      ss_context_pool_release (&self->poller->pool, self->pooled);
      self->pooled = NULL;
    }
  g_clear_pointer (&self->poller, ss_poller_unref);
}

gboolean
ss_poller_watch_set_fd (SsPollerWatch *self,
                        int            fd)
{
#ifdef SS_LINUX
  if (self->fd >= 0)
    epoll_ctl (self->poller->epoll_fd, EPOLL_CTL_DEL, self->fd, NULL);
  self->fd = -1;

  if (fd >= 0)
    {
      struct epoll_event event = { .events = self->interest, .data.ptr = self };

      if (self->poller->epoll_fd < 0 ||
          epoll_ctl (self->poller->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        return FALSE;

      self->fd = fd;
    }

  return TRUE;
#else
  return fd < 0;
#endif
}

void
ss_poller_watch_set_interest (SsPollerWatch *self,
                              GIOCondition   interest)
{
  if (self->interest == interest)
    return;

  self->interest = interest;
#ifdef SS_LINUX
  if (self->fd >= 0)
    {
      struct epoll_event event = { .events = interest, .data.ptr = self };

      epoll_ctl (self->poller->epoll_fd, EPOLL_CTL_MOD, self->fd, &event);
    }
#endif
}

void
ss_poller_watch_set_ticking (SsPollerWatch *self,
                             gboolean       ticking)
{
  SsPoller *poller = self->poller;

  if (ticking == (self->ticking_index > 0))
    return;

  if (ticking)
    {
      if (poller->ticking->len == 0)
        poller->next_tick = g_get_monotonic_time () + TICK_USEC;
      g_ptr_array_add (poller->ticking, self);
      self->ticking_index = poller->ticking->len;
    }
  else
    {
      guint index = self->ticking_index - 1;

      g_ptr_array_remove_index_fast (poller->ticking, index);
      if (index < poller->ticking->len)
        ((SsPollerWatch *) g_ptr_array_index (poller->ticking, index))->ticking_index = index + 1;
      self->ticking_index = 0;
    }
}

void
ss_poller_watch_queue_flush (SsPollerWatch *self)
{
  if (self->flush_queued)
    return;

  self->flush_queued = TRUE;
  self->flush_link.data = self;
  g_queue_push_tail_link (&self->poller->flushes, &self->flush_link);
}

void
ss_poller_watch_kick (SsPollerWatch *self)
{
  if (self->kick_queued)
    return;

  self->kick_queued = TRUE;
  g_object_ref (self->object);
  g_ptr_array_add (self->poller->kicks, self);
}

/* The context in which libsoup's sources wait. */
static GMainContext *
get_context (SsPollerWatch *self)
{
  return self->pooled != NULL ? self->pooled->context : self->poller->context;
}

void
ss_poller_watch_enter (SsPollerWatch *self)
{
  g_main_context_push_thread_default (get_context (self));
}

void
ss_poller_watch_leave (SsPollerWatch *self)
{
  g_main_context_pop_thread_default (get_context (self));
}

void
ss_poller_watch_run (SsPollerWatch *self)
{
  if (self->pooled == NULL)
    return;

  self->pooled->settle = TRUE;
  ss_pooled_context_run (self->pooled);
}

void
ss_poller_watch_settle (SsPollerWatch *self)
{
  if (self->pooled != NULL)
    self->pooled->settle = TRUE;
}
