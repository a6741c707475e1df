/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "transport/ss-link.h"

G_BEGIN_DECLS

/* Finds out which peers are still there: each is sent a ping at intervals, and then has a time in
 * which anything at all has to come from it. One timer for all of them; a peer costs nothing but
 * its ping and what it answers. */
typedef struct _SsKeepalive SsKeepalive;

/* Embedded in the owner of the link. All zero: not added. */
typedef struct
{
  GList        link;
  SsKeepalive *keepalive;
  SsLink      *peer;      /* not referenced */
  gpointer     user_data;
  gint64       due;
  gint64       ping_end;  /* in all bytes for the peer */
  gint64       confirmed; /* of them when it was asked */
  gboolean     waiting;   /* for the end of the time for a sign of life */
  gboolean     asked;     /* for one */
} SsBeat;

/* The peer is gone. It may be removed, and so may others. */
typedef void (*SsKeepaliveFunc) (SsLink *link, gpointer user_data);

SsKeepalive *ss_keepalive_new       (GMainContext *context, SsKeepaliveFunc func);
/* All beats have been removed. */
void         ss_keepalive_free      (SsKeepalive *self);
/* interval_ms: from one ping to the next, 0 for no pings. timeout_ms: no more than that, or as much
 * is taken. */
void         ss_keepalive_set_times (SsKeepalive *self, guint interval_ms, guint timeout_ms);
void         ss_keepalive_add       (SsKeepalive *self, SsBeat *beat, SsLink *link, gpointer user_data);
void         ss_keepalive_remove    (SsBeat *beat);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsKeepalive, ss_keepalive_free)

G_END_DECLS
