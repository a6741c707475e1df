/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "wire/ss-frame.h"

G_BEGIN_DECLS

/* The frames of a plain connection for names that the application has not asked for yet. A plain
 * server sends a signal from its beginning once only, so a frame that is thrown away here can only
 * be had again from a new connection.
 *
 * Where the frames of a name begin with a snapshot, later patches are applied to it from time to
 * time, so that the memory follows the size of the document and not the length of its history. */
typedef struct _SsUnclaimed SsUnclaimed;

#define SS_UNCLAIMED_NAMES 4096
#define SS_UNCLAIMED_BYTES (16u * 1024u * 1024u) /* of text, all names together */

SsUnclaimed *ss_unclaimed_new          (void);
void         ss_unclaimed_free         (SsUnclaimed *self);
void         ss_unclaimed_clear        (SsUnclaimed *self);  /* for a new connection */
/* frame is text, decoded. Past the limits the name is lost. */
void         ss_unclaimed_add          (SsUnclaimed *self, SsFrame *frame, const char *text,
                                        gsize length);
/* Sets the document that a name has now, as if its snapshot had come. NULL: it is not known. */
void         ss_unclaimed_set_document (SsUnclaimed *self, const char *name, const SsValue *value);
/* Forgets a name and returns the texts of its frames (elements: GBytes). NULL: some were lost. */
GPtrArray   *ss_unclaimed_take         (SsUnclaimed *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsUnclaimed, ss_unclaimed_free)

G_END_DECLS
