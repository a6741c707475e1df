/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-track.h"

G_BEGIN_DECLS

/* For sources whose members are variants of others: a value that JSON cannot carry does not stop
 * the rest, and the application is told of it. */

char     *ss_track_member_pointer (const SsTrack *self, const char *name);
gboolean  ss_track_member_exists  (const SsTrack *self, const char *pointer);
/* For a place that is not in the document yet, which is null for a value that JSON cannot carry.
 * variant may be NULL, which is JSON null. */
SsValue  *ss_track_member_read    (SsTrack *self, const char *pointer, GVariant *variant);
/* A value that JSON cannot carry leaves the place as it was. */
void      ss_track_member_put     (SsTrack *self, const char *pointer, GVariant *variant);
/* value is taken. A source that lists a name twice has one member of it. */
void      ss_track_member_append  (SsValue *object, const char *name, SsValue *value);

G_END_DECLS
