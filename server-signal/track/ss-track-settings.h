/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-track.h"

G_BEGIN_DECLS

/* A GSettings: each key is a member. */
extern const SsTrackKind ss_track_settings_kind;

G_END_DECLS
