/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-track.h"

G_BEGIN_DECLS

/* Checks lists after they have changed, when the main loop has nothing else to do.
 *
 * A check is a look at each item. To cost little in a long list that changes all the time, it looks
 * at some items at a time, and, if there are more, goes on only after ten times as long as it
 * took. */
typedef struct _SsTrackCheck SsTrackCheck;

typedef enum
{
  SS_TRACK_CHECK_FINISHED,
  SS_TRACK_CHECK_UNFINISHED,   /* there are more items */
  SS_TRACK_CHECK_CHANGED,      /* the list changes by being looked at */
} SsTrackCheckResult;

/* Looks at some items of a list. It removes a list from the check that it has finished with. */
typedef SsTrackCheckResult (*SsTrackCheckFunc) (gpointer list);

SsTrackCheck *ss_track_check_new    (SsTracks *tracks, SsTrackCheckFunc func);
void          ss_track_check_free   (SsTrackCheck *self);
/* A list is added once at most. */
void          ss_track_check_add    (SsTrackCheck *self, gpointer list);
void          ss_track_check_remove (SsTrackCheck *self, gpointer list);

G_END_DECLS
