/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Prints a QR code for a terminal; nothing where the command is built without libqrencode. */
void tool_qr_print (const char *text);

G_END_DECLS
