/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <json-glib/json-glib.h>

#include "ss-track.h"

G_BEGIN_DECLS

/* A GFile with a JSON text, which is read again when it changes. */
extern const SsTrackKind ss_track_file_kind;

/* The same in another format. */
typedef struct
{
  JsonNode     *(*func) (GBytes *bytes, gpointer user_data, GError **error);
  gpointer       user_data;
  GDestroyNotify destroy;
} SsFileParser;

/* The source of the kind below; the parser is in a reference-counted box, of which the track takes a
 * reference. */
typedef struct
{
  GFile        *file;
  SsFileParser *parser;
} SsParsedFile;

SsFileParser *ss_file_parser_new   (JsonNode       *(*func) (GBytes *, gpointer, GError **),
                                    gpointer          user_data,
                                    GDestroyNotify    destroy);
void          ss_file_parser_unref (SsFileParser     *self);

extern const SsTrackKind ss_track_parsed_file_kind;

G_END_DECLS
