/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* What a plain connection has brought for names that nobody has asked for yet. A plain server sends
 * a signal once from its beginning, so what is thrown away here is only to be had again from a new
 * connection.
 *
 * Where the frames of a name begin with a snapshot, the patches behind it are worked into it from
 * time to time, so that it takes the room of the document and not of its past. */
typedef struct _SsKeep SsKeep;

#define SS_KEEP_NAMES 4096                     /* names that nobody asked for */
#define SS_KEEP_BYTES (16u * 1024u * 1024u)    /* text of their frames, together */

SsKeep    *ss_keep_new       (void);
void       ss_keep_free      (SsKeep *self);
void       ss_keep_clear     (SsKeep *self);   /* a new connection */
/* frame: what text says. Past the limits the name is lost. */
void       ss_keep_add       (SsKeep *self, SsFrame *frame, const char *text, gsize length);
/* The document that a name has now, as if its snapshot had come. NULL: it is not known. */
void       ss_keep_document  (SsKeep *self, const char *name, const SsValue *value);
/* The texts for a name (elements: GBytes), which is forgotten here. NULL: some of it was lost. */
GPtrArray *ss_keep_take      (SsKeep *self, const char *name);
gsize      ss_keep_get_bytes (SsKeep *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsKeep, ss_keep_free)

G_END_DECLS
