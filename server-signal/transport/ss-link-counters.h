/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The figures of many links together, counted where things happen. The links may outlive their
 * owner, so each has a reference. */
typedef struct
{
  guint64 frames;    /* queued */
  guint64 bytes;     /* taken by the kernel */
  guint64 backlog;   /* bytes that wait now */
  guint64 n_writing; /* links of HTTP for which some do */
} SsLinkCounters;

static inline SsLinkCounters *
ss_link_counters_new (void)
{
  return g_rc_box_new0 (SsLinkCounters);
}

static inline SsLinkCounters *
ss_link_counters_ref (SsLinkCounters *self)
{
  return g_rc_box_acquire (self);
}

static inline void
ss_link_counters_unref (SsLinkCounters *self)
{
  g_rc_box_release (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsLinkCounters, ss_link_counters_unref)

G_END_DECLS
