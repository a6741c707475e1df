/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-value.h"

G_BEGIN_DECLS

/* Reads one JSON text (RFC 8259 and nothing else) into a tree, without recursion. length -1: up to
 * NUL. Gives NULL and SERVER_SIGNAL_ERROR_INVALID_JSON (the message has line, column and what was
 * expected) or SERVER_SIGNAL_ERROR_LIMIT (deeper than max_depth). Refused: a BOM, bad UTF-8, lone
 * surrogates, \u0000 (a C string cannot carry it), integers outside int64 without fraction or
 * exponent, doubles that are not finite, duplicate keys, text after the value, empty text. A number
 * with a fraction or an exponent is a double, every other an integer; -0 is the double -0.0. */
SsValue *ss_value_from_json (const char *text, gssize length, guint max_depth, GError **error);

G_END_DECLS
