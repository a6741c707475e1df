/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* libsoup limits a fragment, but neither their sum nor their number. An extension sees every frame
 * that comes in, so one that is never negotiated and changes nothing can count them and end a flood
 * early. */

#define SS_TYPE_GUARD (ss_guard_get_type ())
G_DECLARE_FINAL_TYPE (SsGuard, ss_guard, SS, GUARD, SoupWebsocketExtension)

SsGuard *ss_guard_new           (void);
void     ss_guard_set_max_bytes (SsGuard *self,
                                 gsize    bytes);

G_END_DECLS
