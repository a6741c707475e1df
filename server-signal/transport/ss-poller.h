/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-context-pool.h"
#include "ss-unfinished.h"

G_BEGIN_DECLS

/* All peers of one main context, as one source of it. The source waits for their descriptors with
 * one epoll descriptor, so that peers with nothing to say cost nothing in a turn of the main loop.
 * Each turn has three steps:
 *
 * 1. ready: incoming bytes go to libsoup, whose own sources wait in pooled contexts that nothing
 * else runs; 2. deferred calls, where applications are called back: in the main context, outside of
 * libsoup; 3. flush: before the loop waits again, all that the turn has queued leaves, in one write
 * for each peer, as far as the time of a turn goes.
 *
 * Where there is no epoll, or no descriptor left for one, ss_poller_watch_set_fd() says so and the
 * caller uses GIO's sources. */

typedef struct _SsPoller SsPoller;
typedef struct _SsPollerWatch SsPollerWatch;
typedef struct _SsDeferred SsDeferred;

/* A call from the main loop that is due; embedded in the object that is called. */
struct _SsDeferred
{
  GList    link;
  gpointer object;
  void   (*func) (gpointer object);
  gboolean queued;
};

typedef struct
{
  /* Writes what was queued. */
  void     (*flush) (gpointer object);
  /* The descriptor is ready, or (condition 0) ss_poller_watch_kick() was called. TRUE: run the
   * pooled context. */
  gboolean (*ready) (gpointer object, GIOCondition condition);
  /* About twice a second while ss_poller_watch_set_ticking(). */
  void     (*tick)  (gpointer object, gint64 now);
} SsPollerWatchFuncs;

/* One peer's part of a poller; embedded in a GObject, which is kept alive while it is kicked. */
struct _SsPollerWatch
{
  const SsPollerWatchFuncs *funcs;
  gpointer                  object;
  SsPoller                 *poller;
  SsPooledContext          *pooled;    /* NULL: libsoup's sources are in the main context */
  GList                     flush_link;
  int                       fd;        /* in the epoll set, or -1 */
  GIOCondition              interest;
  guint                     ticking_index; /* in the poller's array plus one, or 0 */
  guint                     flush_queued : 1;
  guint                     kick_queued : 1;
};

/* Of the thread-default main context; transfer full. */
SsPoller     *ss_poller_get                (void);
SsPoller     *ss_poller_ref                (SsPoller                 *self);
void          ss_poller_unref              (SsPoller                 *self);
GMainContext *ss_poller_get_context        (SsPoller                 *self);
/* The messages that its peers have begun to send. */
SsUnfinished *ss_poller_get_unfinished     (SsPoller                 *self);
/* Neither keeps the object: undefer before it goes. */
void          ss_poller_defer              (SsPoller                 *self,
                                            SsDeferred               *deferred);
void          ss_poller_undefer            (SsPoller                 *self,
                                            SsDeferred               *deferred);

void          ss_poller_watch_init         (SsPollerWatch            *self,
                                            SsPoller                 *poller,
                                            GObject                  *object,
                                            const SsPollerWatchFuncs *funcs);
/* Without a pooled context, where libsoup does not wait. */
void          ss_poller_watch_init_alone   (SsPollerWatch            *self,
                                            SsPoller                 *poller,
                                            GObject                  *object,
                                            const SsPollerWatchFuncs *funcs);
void          ss_poller_watch_clear        (SsPollerWatch            *self);
gboolean      ss_poller_watch_set_fd       (SsPollerWatch            *self,
                                            int                       fd);
void          ss_poller_watch_set_interest (SsPollerWatch            *self,
                                            GIOCondition              interest);
void          ss_poller_watch_set_ticking  (SsPollerWatch            *self,
                                            gboolean                  ticking);
void          ss_poller_watch_queue_flush  (SsPollerWatch            *self);
void          ss_poller_watch_kick         (SsPollerWatch            *self);
/* Around calls into libsoup, so that the sources that it makes wait in the pooled context. */
void          ss_poller_watch_enter        (SsPollerWatch            *self);
void          ss_poller_watch_leave        (SsPollerWatch            *self);
/* Runs the pooled context until it has nothing more to do; settle: later in this turn. */
void          ss_poller_watch_run          (SsPollerWatch            *self);
void          ss_poller_watch_settle       (SsPollerWatch            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsPoller, ss_poller_unref)

G_END_DECLS
