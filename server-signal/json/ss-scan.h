/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-value.h"

G_BEGIN_DECLS

/* The scalars of JSON text. An error is noted with its place, not yet translated. */
typedef struct
{
  const char *end;
  const char *error_at;
  const char *error;
  GString    *scratch;  /* a string with escapes, while it is put together; NULL until there is one */
} SsScan;

void        ss_scan_init   (SsScan *self, const char *end);
void        ss_scan_clear  (SsScan *self);
/* Gives NULL, for the caller to return. */
const char *ss_scan_fail   (SsScan *self, const char *at, const char *error);

/* Each gives the place behind what it read, or NULL when it failed.
 *
 * A string's place is behind its opening quote. Its bytes are in the text itself or, when it has
 * escapes, in scratch until the next string. */
const char *ss_scan_string (SsScan *self, const char *at, const char **bytes, gsize *length, gboolean *escaped);
const char *ss_scan_number (SsScan *self, const char *at, SsValue **value);
const char *ss_scan_word   (SsScan *self, const char *at, const char *word, gsize length, SsValue *meaning,
                            SsValue **value);

G_END_DECLS
