/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-track.h"

G_BEGIN_DECLS

/* A GDBusProxy: each cached property, or each that was chosen, is a member. */
extern const SsTrackKind ss_track_proxy_kind;

G_END_DECLS
