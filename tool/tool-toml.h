/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A TOML document (1.0) as JSON, a ServerSignalParseFunc: members in the order of the file, dates and times as
 * strings. Errors have line and column; JSON has no inf and no nan. Where the command is built without toml++ it
 * fails with G_IO_ERROR_NOT_SUPPORTED. */
JsonNode *tool_toml_parse (GBytes    *bytes,
                           gpointer   user_data,
                           GError   **error);

G_END_DECLS
