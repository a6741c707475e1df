/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-error.h"

G_DEFINE_QUARK (server-signal-error-quark, server_signal_error)
