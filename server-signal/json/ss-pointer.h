/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-value.h"

G_BEGIN_DECLS

/* JSON Pointers (RFC 6901) as text; NULL is "". */

/* The value that a pointer leads to, or NULL and an error: INVALID_POINTER (no leading slash, a bad
 * ~ escape, bad UTF-8, a list index that is no number or has leading zeros), NOT_FOUND (no such
 * member or index, "-", a step into a scalar). The message quotes the pointer. error may be NULL,
 * which costs no message. */
SsValue  *ss_pointer_resolve  (const SsValue *root, const char *pointer, GError **error);
/* NOT_FOUND: the way along pointer has ended before rest, which is its end when only the last step
 * leads to nothing. The message names the first place on the way that is not there. */
void      ss_pointer_set_not_found (GError **error, const char *pointer, const char *rest);
gboolean  ss_pointer_is_valid (const char *pointer, GError **error);
/* TRUE for what is obviously valid: ASCII that begins with a slash and has no "~". */
gboolean  ss_pointer_is_plain (const char *pointer);
guint     ss_pointer_depth    (const char *pointer);            /* number of tokens */
/* TRUE when inner is outer or a place within it, compared token by token. */
gboolean  ss_pointer_is_within (const char *inner, const char *outer);
/* The next token of a pointer that is valid: advances *pointer past it; token is unescaped into
 * scratch only when it has a "~", so it usually points into the text. FALSE at the end. scratch may
 * be NULL when the pointer has no "~". */
gboolean  ss_pointer_next     (const char **pointer, GString *scratch, const char **token, gsize *length);
/* "0", "17": TRUE and the index. No leading zeros, no sign, at most G_MAXUINT - 1. */
gboolean  ss_token_to_index   (const char *token, gsize length, guint *index);
/* Whether a token may stand where a list is: a number of any size or "-". Else INVALID_POINTER. */
gboolean  ss_token_check_index (const char *token, gsize length, const char *pointer, GError **error);
void      ss_pointer_append_token (GString *pointer, const char *token, gssize length); /* "/" and the token, escaped for RFC 6901 */
void      ss_pointer_append_index (GString *pointer, guint index);

G_END_DECLS
