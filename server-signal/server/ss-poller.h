/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-park.h"

G_BEGIN_DECLS

/* All peers of one main context, as one source of it. The source waits for their descriptors with
 * one epoll descriptor, so that peers with nothing to say cost nothing in a turn of the main loop.
 * In each turn:
 *
 * 1. ready: what came in goes to libsoup, whose own sources wait in parked contexts that nothing
 * else runs; 2. deferred calls, where applications are called back: in the main context, outside of
 * libsoup; 3. flush: before the loop waits again, all that the turn has queued leaves, in one write
 * a peer.
 *
 * Where there is no epoll, or no descriptor left for one, ss_watch_set_fd() says so and the caller
 * uses GIO's sources. */

typedef struct _SsPoller SsPoller;
typedef struct _SsWatch SsWatch;
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
  /* What was queued is to be written. */
  void     (*flush) (gpointer object);
  /* The descriptor is ready, or (condition 0) ss_watch_kick() was called. TRUE: run the parked
   * context. */
  gboolean (*ready) (gpointer object, GIOCondition condition);
  /* About twice a second while ss_watch_set_ticking(). */
  void     (*tick)  (gpointer object, gint64 now);
} SsWatchFuncs;

/* One peer's part of a poller; embedded in a GObject, which is kept alive while it is kicked. */
struct _SsWatch
{
  const SsWatchFuncs *funcs;
  gpointer            object;
  SsPoller           *poller;
  SsPark             *park;      /* NULL: none to be had, libsoup's sources are in the main context */
  int                 fd;        /* in the epoll set, or -1 */
  GIOCondition        interest;
  guint               ticking_index; /* in the poller's array plus one, or 0 */
  guint               flush_queued : 1;
  guint               kick_queued : 1;
};

SsPoller     *ss_poller_get         (void);  /* of the thread-default main context; transfer full */
SsPoller     *ss_poller_ref         (SsPoller           *self);
void          ss_poller_unref       (SsPoller           *self);
GMainContext *ss_poller_get_context (SsPoller           *self);
/* Neither keeps the object: undefer before it goes. */
void          ss_poller_defer       (SsPoller           *self,
                                     SsDeferred         *deferred);
void          ss_poller_undefer     (SsPoller           *self,
                                     SsDeferred         *deferred);

void          ss_watch_init         (SsWatch            *self,
                                     SsPoller           *poller,
                                     GObject            *object,
                                     const SsWatchFuncs *funcs);
void          ss_watch_clear        (SsWatch            *self);
gboolean      ss_watch_set_fd       (SsWatch            *self,
                                     int                 fd);
void          ss_watch_set_interest (SsWatch            *self,
                                     GIOCondition        interest);
void          ss_watch_set_ticking  (SsWatch            *self,
                                     gboolean            ticking);
void          ss_watch_queue_flush  (SsWatch            *self);
void          ss_watch_kick         (SsWatch            *self);
/* Around calls into libsoup, so that the sources that it makes are parked. */
void          ss_watch_enter        (SsWatch            *self);
void          ss_watch_leave        (SsWatch            *self);
/* Runs the parked context until it has nothing more to do; settle: later in this turn. */
void          ss_watch_run          (SsWatch            *self);
void          ss_watch_settle       (SsWatch            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsPoller, ss_poller_unref)

G_END_DECLS
