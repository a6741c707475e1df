/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-history.h"
#include "ss-message.h"
#include "ss-protocol.h"

G_BEGIN_DECLS

/* Subscribers that are not all at the same revision, after they were held, share what is made for them
 * as long as they are at one of so many. */
#define SS_N_UPDATES 4

/* The way from one revision to the newest, made once for all who are there. */
typedef struct
{
  guint64            base;
  ServerSignalPatch *patch;
  SsMessage         *messages[SS_N_PROTOCOLS];
  guint              n_commits;

  /* For the owner, who asks for the snapshot's size once, because it is not known for nothing. */
  gboolean           compared[SS_N_PROTOCOLS];
  gboolean           beaten[SS_N_PROTOCOLS];
} SsUpdate;

/* All zero: none. Cleared at each commit. */
typedef struct
{
  SsUpdate updates[SS_N_UPDATES];
  guint    next;   /* which one is given up next */
} SsUpdateCache;

void       ss_update_cache_clear (SsUpdateCache     *self);
/* Good until as many more have been added. */
SsUpdate  *ss_update_cache_add   (SsUpdateCache     *self,
                                  guint64            base,
                                  ServerSignalPatch *patch,
                                  guint              n_commits);
/* NULL: only a snapshot leads on from there. */
SsUpdate  *ss_update_cache_find  (SsUpdateCache     *self,
                                  SsHistory         *history,
                                  guint64            base);
/* revision: the newest. Transfer none. */
SsMessage *ss_update_get_message (SsUpdate          *self,
                                  const char        *name,
                                  SsProtocol         protocol,
                                  guint64            revision);

G_END_DECLS
