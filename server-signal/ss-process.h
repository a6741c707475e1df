/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <unistd.h>

#include <glib.h>

G_BEGIN_DECLS

/* A child of fork() has a copy of every object, while their sockets, and the files of their
 * sockets, are the parent's as well. Objects that speak to others therefore remember their process,
 * and a copy does nothing when it is closed or disposed: its resources go with its process. */

static inline gboolean
ss_process_is_other (pid_t process)
{
  return process != getpid ();
}

G_END_DECLS
