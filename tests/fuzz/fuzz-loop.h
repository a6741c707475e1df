/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * For the targets that need a main loop and a socket: time that passes only when nothing is left to
 * do, and the ends of WebSockets as bytes. */

#pragma once

#include <gio/gio.h>

#include "fuzz.h"

/* The target's own settings of GIO, a clock of its own, and the same random numbers each time. */
void     fuzz_loop_begin       (void);
/* Runs what is due now. */
void     fuzz_loop_settle      (void);
/* Runs what is due next, however far ahead that is. FALSE: nothing is due any more. */
gboolean fuzz_loop_skip        (void);
void     fuzz_loop_skip_ms     (guint milliseconds);

/* Not blocking. */
int      fuzz_listen_unix      (const char *abstract_name);
int      fuzz_connect_unix     (const char *abstract_name);
/* Waiting bytes are appended. FALSE: the other end has closed. */
gboolean fuzz_receive          (int fd, GByteArray *into);
char    *fuzz_dup_text         (GByteArray *bytes);
/* How much was taken. */
gsize    fuzz_send             (int fd, const void *bytes, gsize length);

/* first: the opcode with its bits. */
void     fuzz_frame_append     (GByteArray *into, guint8 first, gboolean masked, const void *payload,
                                gsize length);
/* Input for the one end as lines: a text each, or what its first letter says. */
void     fuzz_frame_lines      (GByteArray *into, gboolean masked, const uint8_t *data, gsize size);

/* The bytes that follow a handshake are frames of RFC 6455 as one end has to send them, each text a
 * frame of the protocol, and after a close frame there is none; the last may be cut. */
void     fuzz_check_frames     (const guint8 *bytes, gsize length, gboolean masked);
