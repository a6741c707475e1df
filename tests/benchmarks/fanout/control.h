/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

/* The numbers that all servers of the benchmark count from, so that their messages are equally
 * long. */
#define FIRST_VALUE 100000
#define FILLING_BYTES 10000

/* The commands of the load client to a server: 'b' one more to all, 's' one more to the connection
 * that came first, 'l' a large one to all. */
typedef void (*ControlFunc) (const char *bytes, gsize n_bytes, gpointer user_data);

guint16 control_listen (ControlFunc func, gpointer user_data);
