/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-track.h"

G_BEGIN_DECLS

/* A GFile with a JSON text, which is read again when it changes. */
extern const SsTrackKind ss_track_file_kind;

G_END_DECLS
