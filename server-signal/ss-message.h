/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One outgoing message: a text that is encoded once and shared by all that send it. It is
 * immutable, reference-counted, and belongs to one main context.
 *
 * Headroom in front of the text takes the header that a transport puts before it, so that header
 * and text leave in one piece, and the header is written once as well. */
typedef struct _SsMessage SsMessage;

#define SS_MESSAGE_HEADROOM 10

/* Writes the header of a text of that length so that it ends at end; gives its length, which is
 * SS_MESSAGE_HEADROOM at most. */
typedef guint (*SsMessageHeaderFunc) (guint8 *end, gsize length);

SsMessage  *ss_message_new_take (GString *text);     /* frees the string */
SsMessage  *ss_message_ref      (SsMessage *self);
void        ss_message_unref    (SsMessage *self);
const char *ss_message_payload  (SsMessage *self, gsize *length);  /* JSON; NUL-terminated */
/* Header and text in one piece, which lives as long as the message. A message has one kind of
 * header: a transport with another one sends that from elsewhere. */
const void *ss_message_framed   (SsMessage *self, SsMessageHeaderFunc write_header, gsize *length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsMessage, ss_message_unref)

G_END_DECLS
