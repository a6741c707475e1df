/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-view.h"
#include "ss-places.h"
#include "ss-transaction.h"

G_BEGIN_DECLS

/* How a signal tells its views of a commit: first each view whose place was touched looks what
 * has changed, while the document of the commit before can still be had from the transaction,
 * and later, after the signal's own handlers, notifies that. */

typedef enum
{
  SS_VIEW_VALUE = 1 << 0,
  SS_VIEW_INT = 1 << 1,
  SS_VIEW_DOUBLE = 1 << 2,
  SS_VIEW_BOOLEAN = 1 << 3,
  SS_VIEW_STRING = 1 << 4,
} SsViewChange;

/* old is filled with the document before when that has to be known; the caller keeps it over the
 * views of one commit. */
SsViewChange ss_view_look     (ServerSignalView *self, const SsPlace *place,
                               SsTransaction *transaction, SsValue **old);
void         ss_view_announce (ServerSignalView *self, SsViewChange change);

G_END_DECLS
