/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-error.h"

#include <libintl.h>

/* No function is always called first, so the translations are bound when the library is loaded. */
static void __attribute__ ((constructor))
bind_text_domain (void)
{
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

/**
 * server_signal_error_quark:
 *
 * Gets the error domain of the library.
 *
 * Returns: the quark of the domain
 *
 * Since: 1.0
 */
G_DEFINE_QUARK (server-signal-error-quark, server_signal_error)
