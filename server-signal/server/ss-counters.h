/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The figures of a hub, counted where things happen, such as in its signals' feeds, which may
 * outlive it. So reading them costs nothing, and counting an addition. Those of its connections are
 * SsLinkCounters. */
typedef struct
{
  guint64 commits;
  guint64 merged;    /* commits that a peer got together with a later one, counted for each peer */
  guint64 dropped;   /* peers that the hub has ended for what they did or did not do */
  guint64 published; /* signals, ever: gives them their order */
} SsCounters;

static inline SsCounters *
ss_counters_new (void)
{
  return g_rc_box_new0 (SsCounters);
}

static inline SsCounters *
ss_counters_ref (SsCounters *self)
{
  return g_rc_box_acquire (self);
}

static inline void
ss_counters_unref (SsCounters *self)
{
  g_rc_box_release (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsCounters, ss_counters_unref)

G_END_DECLS
