/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The time to wait before the next try: exponential, with full jitter. The first wait is between 0
 * and min, all values equally likely, and each further one in a row between 0 and twice as much, up
 * to max; so a thousand clients that lost one server do not come back at one moment. */
typedef struct
{
  GRand  *rand;
  guint   min;       /* milliseconds; 0 counts as 1 */
  guint   max;       /* milliseconds */
  guint   limit;     /* tries in a row; 0: no end */
  guint   failures;  /* tries in a row without a connection, or with one that did not last */
} SsBackoff;

void     ss_backoff_init    (SsBackoff *self, guint min, guint max, guint limit);
void     ss_backoff_clear   (SsBackoff *self);
/* Makes the waits the same in every run, for tests. */
void     ss_backoff_seed    (SsBackoff *self, guint32 seed);
/* The longest wait that may come next. */
guint    ss_backoff_ceiling (SsBackoff *self);
/* Counts one more failure. FALSE: that was the last try. */
gboolean ss_backoff_failed  (SsBackoff *self, guint *delay);
/* A connection lasted for so many milliseconds. One that lasted longer than the wait before it
 * could have been resets the back-off. A server that says hello and then fails is thus connected to
 * about half of the time, and never at full speed. */
void     ss_backoff_lasted  (SsBackoff *self, gint64 duration);
void     ss_backoff_reset   (SsBackoff *self);

G_END_DECLS
