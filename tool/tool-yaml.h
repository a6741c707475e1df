/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* One YAML document as JSON, by the core schema of YAML 1.2, a ServerSignalParseFunc. Errors have line
 * and column. Where the command is built without libyaml it fails with G_IO_ERROR_NOT_SUPPORTED. */
JsonNode *tool_yaml_parse (GBytes    *bytes,
                           gpointer   user_data,
                           GError   **error);

G_END_DECLS
