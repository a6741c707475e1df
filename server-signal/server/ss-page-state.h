/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-registry.h"

G_BEGIN_DECLS

/* The state that a page is served with: the snapshot of each signal, as a client of server-signal.v1 gets
 * it, in a script element. names: NULL for all signals of the registry. Signals that are not published, or
 * whose snapshot is larger than a frame may be, are left out: the page gets them, or an error, from the
 * hub. */
char *ss_page_state_print (SsRegistry         *registry,
                           const char *const  *names);

G_END_DECLS
