/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Tells when the other end of an open WebSocket connection is gone without a word: by pings at
 * intervals, and by a probe when there is a reason to doubt it. */
typedef struct _SsLiveness SsLiveness;

/* How long the other end may take to answer a probe, in milliseconds. */
#define SS_LIVENESS_PROBE_MS 5000

/* Once. May free the liveness. */
typedef void (*SsLivenessFunc) (const GError *error, gpointer user_data);

/* keepalive: seconds between pings; 0: none but those of probes. The socket must stay. */
SsLiveness *ss_liveness_new   (GMainContext *context, SoupWebsocketConnection *socket,
                               guint keepalive, SsLivenessFunc dead, gpointer user_data);
void        ss_liveness_free  (SsLiveness *self);
/* A message has come. */
void        ss_liveness_heard (SsLiveness *self);
/* Sends a ping now, but no more than one a second; the other end is dead when nothing comes in
 * SS_LIVENESS_PROBE_MS. Nothing is called back before it returns. */
void        ss_liveness_probe (SsLiveness *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsLiveness, ss_liveness_free)

G_END_DECLS
