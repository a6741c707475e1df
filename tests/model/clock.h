/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A clock that hurries: as soon as the default main context has nothing to do for CLOCK_PAUSE_US,
 * the monotonic clock of the process is put on towards the next timer, by up to CLOCK_STEP_MS at
 * once. So deadlines of seconds pass in a few turns, while all that really takes time (the kernel,
 * other threads) is waited for. Wall clock time stays as it is. */

#define CLOCK_PAUSE_US 300
#define CLOCK_STEP_MS 50

void   clock_install     (void);
/* Puts it on at once, whether it was installed or not. */
void   clock_skip        (gint64 microseconds);
/* The machine was suspended for so long: CLOCK_BOOTTIME has counted it, CLOCK_MONOTONIC has not. */
void   clock_sleep       (gint64 microseconds);
/* CLOCK_MONOTONIC stands still, so that no time passes however slow the machine is, and no timer
 * fires; FALSE: it goes on. */
void   clock_stop        (gboolean       stop);
/* How far it has been put on, in microseconds. */
gint64 clock_get_skipped (void);

G_END_DECLS
