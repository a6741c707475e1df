/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "json/ss-value.h"
#include "ss-message.h"

G_BEGIN_DECLS

/* How a call ended: with a value, or with an error. Immutable and reference-counted. */
typedef struct
{
  SsValue *value;   /* the result, or the data of the error, or NULL */
  char    *code;    /* NULL: no error */
  char    *message;
} SsOutcome;

/* value, data: taken; data may be NULL. */
SsOutcome *ss_outcome_new        (SsValue *value);
SsOutcome *ss_outcome_new_error  (const char *code, const char *message, SsValue *data);
/* With the code that stands for the error's domain and code. */
SsOutcome *ss_outcome_new_gerror (const GError *error);
SsOutcome *ss_outcome_ref        (SsOutcome *self);
void       ss_outcome_unref      (SsOutcome *self);
/* The reply to the call of that id, of max bytes at most: a larger one is an error instead. */
SsMessage *ss_outcome_encode     (const SsOutcome *self, guint64 id, guint64 max);
/* About its bytes of memory, or so many that they are more than limit. */
gsize      ss_outcome_measure    (const SsOutcome *self, gsize limit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsOutcome, ss_outcome_unref)

G_END_DECLS
