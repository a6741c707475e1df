/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One outgoing text message, encoded once and shared by the queues of all peers: the header of an
 * unmasked WebSocket text frame (RFC 6455, 5.2) and the payload behind it, in one piece of memory.
 * Immutable, atomically reference-counted. */
typedef struct _SsMessage SsMessage;

SsMessage  *ss_message_new_take (GString *payload);     /* frees the string */
SsMessage  *ss_message_ref      (SsMessage *self);
void        ss_message_unref    (SsMessage *self);
const char *ss_message_payload  (SsMessage *self, gsize *length);  /* JSON; NUL-terminated */
const void *ss_message_framed   (SsMessage *self, gsize *length);  /* header and payload */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsMessage, ss_message_unref)

G_END_DECLS
