/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A WebSocket server for tests, on loopback, that does what it is told and nothing else: it can
 * send any bytes, stop in the middle of a frame, refuse, fall silent, die, and come back on the
 * same port. It knows nothing of our library. Everything runs in the default main context, so a
 * test waits with WAIT_UNTIL. Messages to "the peer" go to the connection that came last. */
typedef struct _FakeServer FakeServer;

/* protocol: the subprotocol that it chooses when it is offered; NULL: none. */
FakeServer *fake_server_new           (const char *protocol);
void        fake_server_free          (FakeServer *self);
char       *fake_server_dup_uri       (FakeServer *self);

void        fake_server_set_protocol  (FakeServer *self, const char *protocol);
/* Instead of a handshake each request gets this text. NULL: handshakes again. */
void        fake_server_set_answer    (FakeServer *self, const char *http);
/* The subprotocol that it chooses, whether it is offered or not. */
void        fake_server_force_protocol (FakeServer *self, const char *protocol);
/* Header lines of the handshake's answer, each with its \r\n, in the place of the one that names
 * the subprotocol. NULL: that one again. */
void        fake_server_set_headers  (FakeServer *self, const char *lines);
/* Each new connection is sent this text frame at once, in the same packet as the handshake; ' in it
 * is ". */
void        fake_server_set_greeting  (FakeServer *self, const char *text);
/* From now on it reads and answers nothing, not even pings. */
void        fake_server_mute          (FakeServer *self);
gboolean    fake_server_is_mute       (FakeServer *self);

/* The port closes, and every connection with it. */
void        fake_server_kill          (FakeServer *self);
/* On the same port. */
void        fake_server_restart       (FakeServer *self);
/* The peer's connection ends, without a close frame. */
void        fake_server_drop          (FakeServer *self);

guint       fake_server_get_requests  (FakeServer *self);  /* HTTP requests so far */
guint       fake_server_get_peers     (FakeServer *self);  /* connections that are there now */
const char *fake_server_get_request   (FakeServer *self);  /* the last request's head */
/* Whether all that was to be sent has been handed to the kernel. */
gboolean    fake_server_is_written    (FakeServer *self);
guint       fake_server_get_pings     (FakeServer *self);  /* that came from clients */
guint       fake_server_get_pongs     (FakeServer *self);  /* answers to pings of a test's */
/* The code of the last close frame that came from a client. */
guint       fake_server_get_close     (FakeServer *self);

/* A text frame, whose ' are ". */
void        fake_server_send          (FakeServer *self, const char *text);
void        fake_server_send_frame    (FakeServer *self, guint8 first,
                                       const void *data, gsize length);
void        fake_server_send_raw      (FakeServer *self, const void *data, gsize length);
void        fake_server_send_close    (FakeServer *self, guint16 code, const char *reason);

/* The text frames that clients have sent, oldest first. NULL: none. */
char       *fake_server_take          (FakeServer *self);
guint       fake_server_get_pending   (FakeServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeServer, fake_server_free)

G_END_DECLS
