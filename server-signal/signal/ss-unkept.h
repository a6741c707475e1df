/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The commits of one signal that its keeper has not confirmed, so that peers are not shown them yet.
 * All those of a thread can be waited for: an answer that comes of them must not be ahead of them. */
typedef struct _SsUnkept SsUnkept;
typedef struct _SsUnkeptWait SsUnkeptWait;

typedef void (*SsUnkeptFunc) (gpointer user_data);

SsUnkept     *ss_unkept_new         (void);
/* Nobody waits for those that are left. */
void          ss_unkept_free        (SsUnkept *self);
/* One more. */
void          ss_unkept_add         (SsUnkept *self);
/* Peers are shown the oldest n. May call those who wait for them. */
void          ss_unkept_kept        (SsUnkept *self, guint n);
/* Peers will never be shown those that are left. May call those who wait for them. */
void          ss_unkept_clear       (SsUnkept *self);

/* func is called, once, when none is left of those that there are now. NULL: there are none. */
SsUnkeptWait *ss_unkept_wait        (SsUnkeptFunc func, gpointer user_data);
void          ss_unkept_wait_cancel (SsUnkeptWait *wait);

G_END_DECLS
