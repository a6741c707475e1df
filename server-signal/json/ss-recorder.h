/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-patch.h"

G_BEGIN_DECLS

/* Collects operations in order and makes a patch of them. An operation that makes an earlier one
 * pointless replaces it: a replace or add at exactly the pointer of an earlier replace or add keeps
 * the last value, as long as nothing in between could have moved the place, written around it or
 * read the value. Also what joins the patches of consecutive commits. */
typedef struct _SsRecorder SsRecorder;

SsRecorder        *ss_recorder_new      (void);
void               ss_recorder_free     (SsRecorder *self);
void               ss_recorder_take     (SsRecorder *self, SsOp *op);                     /* contents taken */
void               ss_recorder_append   (SsRecorder *self, ServerSignalPatch *patch);
gboolean           ss_recorder_is_empty (SsRecorder *self);
void               ss_recorder_reset    (SsRecorder *self);
ServerSignalPatch *ss_recorder_finish   (SsRecorder *self);                               /* and is empty again */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsRecorder, ss_recorder_free)

G_END_DECLS
