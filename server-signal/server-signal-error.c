/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-error.h"

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
