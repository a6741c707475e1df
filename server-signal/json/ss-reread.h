/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-value.h"

G_BEGIN_DECLS

/* A place in a text up to which its containers have been looked at, so that the next difference behind it is found
 * from there; all zero at first. It goes with the known text, and after a success with the new one. */
typedef struct
{
  gsize    at;
  gboolean is_string;
  GArray  *frames;
} SsRereadMark;

void ss_reread_mark_clear (SsRereadMark *self);

/* Reads a text much of which was read before, known_text into known, with the same max_depth. Value and
 * error are those of ss_value_from_json(), for any two texts; but where they differ at one place, only
 * the elements or members there are read again, and the others are those of known. */
SsValue *ss_value_from_json_again (const char     *text,
                                   gsize           length,
                                   const char     *known_text,
                                   gsize           known_length,
                                   const SsValue  *known,
                                   SsRereadMark   *mark,
                                   guint           max_depth,
                                   GError        **error);

G_END_DECLS
