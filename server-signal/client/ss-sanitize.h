/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Makes a server's own words fit for people's eyes and terminals: at most 256 bytes of valid UTF-8,
 * a little more where what was not valid is marked, with a blank for each control character and for
 * what turns the direction of text. NULL becomes "". */
char   *ss_sanitize_text  (const char *text);
/* A copy of an error whose message may have a server's words in it: the same, for 1024 bytes. */
GError *ss_sanitize_error (const GError *error);

/* A copy of an address without the parts that may be secret: the user, the query and the fragment. */
char   *ss_sanitize_uri   (GUri *uri);

G_END_DECLS
