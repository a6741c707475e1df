/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-diff-writer.h"

G_BEGIN_DECLS

/* The operations that make one list into another, where we are. */
void ss_diff_lists (SsDiff *self, const SsValue *from, const SsValue *to);

G_END_DECLS
