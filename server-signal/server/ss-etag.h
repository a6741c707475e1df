/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Whether the client has it already, so that the answer is 304 (RFC 9110, 13.1.2). etag: with its
 * quotes. */
gboolean ss_etag_is_known (SoupServerMessage *message,
                           const char        *etag);

G_END_DECLS
