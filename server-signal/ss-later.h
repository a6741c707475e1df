/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* No signal is emitted while an object of ours is disposed of. It may be the last thing that a
 * program does, and the interpreter that would run a handler may be half gone: PyGObject aborts then
 * when it meets an object that it does not know, and GJS forbids it altogether. Others hear of the
 * end from the main loop, which a program that leaves does not run any more. */

typedef void (*SsLaterFunc) (gpointer object);

/* Calls func with object, on which no reference is kept: when it goes before, nobody hears of it. */
void ss_later (GMainContext *context, gpointer object, SsLaterFunc func);

G_END_DECLS
