/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-history.h"
#include "ss-message.h"
#include "ss-protocol.h"

G_BEGIN_DECLS

/* Subscribers that are not all at the same revision, because they come back or were held, share
 * the updates that are made for them. The newest commit's own is at hand, and so many others. */
#define SS_N_JOINED 16

/* The way from one revision to the newest, made once for all who are there. */
typedef struct
{
  guint64            base;
  ServerSignalPatch *patch;
  SsMessage         *messages[SS_N_PROTOCOLS];
  guint              n_commits;

  /* The owner asks for the snapshot's size once, because it is not known for nothing. */
  gboolean           compared[SS_N_PROTOCOLS];
  gboolean           beaten[SS_N_PROTOCOLS];
} SsUpdate;

/* All zero: none. Cleared at each commit. */
typedef struct
{
  SsUpdate  newest;
  SsUpdate *joined;      /* SS_N_JOINED, or NULL before the first */
  guint     next;        /* which of them is given up next */

  /* Bytes of history that may be joined now; see ss_update_cache_find(). */
  double    allowance;
  gint64    allowance_time;
} SsUpdateCache;

void       ss_update_cache_clear   (SsUpdateCache     *self);
/* The update that the newest commit is. */
void       ss_update_cache_push    (SsUpdateCache     *self,
                                    guint64            base,
                                    ServerSignalPatch *patch);
/* Good until as many more have been asked for. NULL: only a snapshot leads on from there, or, if
 * sparing, to join what would lead on costs more than may be spent on that now: clients may come
 * from as many revisions as they like to say, and each join takes a millisecond for a history of a
 * megabyte. */
SsUpdate  *ss_update_cache_find    (SsUpdateCache     *self,
                                    SsHistory         *history,
                                    guint64            base,
                                    gboolean           sparing);
/* revision: the newest. Transfer none. */
SsMessage *ss_update_get_message   (SsUpdate          *self,
                                    const char        *name,
                                    SsProtocol         protocol,
                                    guint64            revision);

G_END_DECLS
