/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-diff-writer.h"

G_BEGIN_DECLS

/* Whether something that went from one place came at another, and fills in what may be. */
gboolean ss_diff_may_move   (SsDiff *self);
/* Makes moves of what went and came in a difference that defers, and keeps of the rest what is
 * shorter: the operations on a container, or one on the whole of it. FALSE when the operations are
 * of no use afterwards. */
gboolean ss_diff_find_moves (SsDiff *self);

G_END_DECLS
