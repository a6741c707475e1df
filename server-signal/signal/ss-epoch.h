/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A new epoch: 128 random bits in hexadecimal digits. */
char *ss_epoch_new (void);

G_END_DECLS
