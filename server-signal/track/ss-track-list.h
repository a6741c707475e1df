/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-track-node.h"

G_BEGIN_DECLS

/* A GListModel: each item is an element. */
extern const SsTrackNodeKind ss_track_list_node;

G_END_DECLS
