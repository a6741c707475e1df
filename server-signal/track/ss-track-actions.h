/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-track.h"

G_BEGIN_DECLS

/* A GActionGroup: each action is a member, with its state. */
extern const SsTrackKind ss_track_actions_kind;
/* The same with all that another process has to know to show the actions: their types, and states that
 * JSON does not say exactly. */
extern const SsTrackKind ss_track_remote_actions_kind;

G_END_DECLS
