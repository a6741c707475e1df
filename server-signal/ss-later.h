/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* None of our objects emits a signal while it is disposed. That may be the last thing that a
 * program does, and the interpreter that would run a handler may be half gone: PyGObject aborts
 * then when it meets an object that it does not know, and GJS forbids it altogether. Others are
 * told of the end from the main loop, which a program that exits no longer runs. */

typedef void (*SsLaterFunc) (gpointer object);

/* Calls func with object, to which no reference is held: if the object goes first, nothing is
 * called. */
void ss_later (GMainContext *context, gpointer object, SsLaterFunc func);

G_END_DECLS
