/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a client's first message of TLS, its ClientHello, is whole (RFC 8446, 4.1.2 and 5.1; the
 * same in earlier versions). It may span several records.
 *
 * 0: it is. -1: the bytes do not begin one, however many follow. Otherwise how many bytes there have
 * to be before it is worth to look again, which is more than length. */
gssize ss_hello_check (const guint8 *bytes, gsize length);

G_END_DECLS
