/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-track.h"

G_BEGIN_DECLS

/* A GObject by its properties, and a GListModel by its items. */
extern const SsTrackKind ss_track_object_kind;

G_END_DECLS
