/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "json/ss-value.h"
#include "server-signal-list.h"

G_BEGIN_DECLS

/* For the views that are its items; hint is the view's own. */

/* Transfer full; NULL: its element is gone. */
SsValue *ss_list_ref_element (ServerSignalList *self, ServerSignalView *view, guint *hint);
/* SS_LIST_NO_INDEX: its element is gone. */
guint    ss_list_find        (ServerSignalList *self, ServerSignalView *view, guint *hint);
/* Have the view told when its index is another. */
void     ss_list_add_reader    (ServerSignalList *self, ServerSignalView *view);
void     ss_list_remove_reader (ServerSignalList *self, ServerSignalView *view);

G_END_DECLS
