/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <json-glib/json-glib.h>

#include "ss-value.h"

G_BEGIN_DECLS

/* The bridge to json-glib, both ways a deep copy and exact. NULL as a node is JSON null. Errors:
 * INVALID_JSON for what JSON cannot carry (a double that is not finite, bad UTF-8, a value type
 * that is none of JSON's), LIMIT for nesting past max_depth (checked without recursion before
 * anything recurses). The message has the JSON Pointer of the place. */
SsValue  *ss_value_from_node (JsonNode *node, guint max_depth, GError **error);

/* The same, but every part that is equal to the part of like at the same place is that part itself,
 * so that a diff against like stops there. For lists the elements of the common ends are tried. */
SsValue  *ss_value_from_node_like (JsonNode *node, const SsValue *like, guint max_depth, GError **error);

JsonNode *ss_value_to_node   (const SsValue *value);

G_END_DECLS
