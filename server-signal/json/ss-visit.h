/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-visitor.h"
#include "ss-value.h"

G_BEGIN_DECLS

/* Whether no function has ended the visit. The caller holds the value, so that nothing that a
 * function does edits it in place. Recurses as deep as the tree. */
gboolean ss_value_visit (const SsValue *value, const ServerSignalVisitor *visitor, gpointer user_data);

G_END_DECLS
