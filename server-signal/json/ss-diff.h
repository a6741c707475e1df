/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-types.h"
#include "ss-value.h"

G_BEGIN_DECLS

/* The patch that makes from exactly to (ss_value_equal()). Its pointers begin with prefix (NULL:
 * ""), the place of both in a larger document. Its text is at most that of one replacement of the
 * whole plus a few bytes. Never fails, never recurses deeper than SS_DOCUMENT_DEPTH, O(n log n) at
 * worst. */
ServerSignalPatch *ss_diff (const SsValue *from, const SsValue *to, const char *prefix);
/* The same for two lists, element by element however long it gets, and without moves out of one
 * element or into one: for those who keep something for each element. */
ServerSignalPatch *ss_diff_list (const SsValue *from, const SsValue *to);

G_END_DECLS
