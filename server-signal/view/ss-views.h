/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-types.h"
#include "ss-places.h"

G_BEGIN_DECLS

/* The places of a signal that views and lists show: all of them are one observer of the signal,
 * made with the first place. It has those places look at a commit that its operations may have
 * changed, and then tell of it. */

/* The pointer must be a valid one; NULL is "". The place's owner and funcs are set by then. */
void ss_views_add    (ServerSignal *signal, SsPlace *place, const char *pointer);
void ss_views_remove (ServerSignal *signal, SsPlace *place);

G_END_DECLS
