/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Main contexts in which libsoup's sources wait and that only the poller runs, when there is
 * something in them to do. GLib looks at every source of a context in each of its turns, so the
 * peers are spread over contexts of a few. */

typedef struct
{
  GMainContext *context;
  guint         n_users;
  gboolean      queued;   /* for the poller: its turn comes */
  gboolean      settle;   /* run until nothing is left, not only once */
} SsPark;

typedef struct
{
  GPtrArray *parks;
} SsParks;

void    ss_parks_init    (SsParks *self);
void    ss_parks_clear   (SsParks *self);
/* One with room. NULL when there is none and no descriptor for another one. */
SsPark *ss_parks_take    (SsParks *self);
/* One that is queued goes when it has been dequeued. */
void    ss_parks_release (SsParks *self,
                          SsPark  *park);
void    ss_parks_dequeue (SsParks *self,
                          SsPark  *park);

void    ss_park_run      (SsPark  *park);

G_END_DECLS
