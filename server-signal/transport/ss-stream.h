/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-message.h"
#include "ss-poller.h"
#include "ss-sender.h"

G_BEGIN_DECLS

/* The stream that stands between libsoup's WebSocket connection and the socket of one peer.
 * Everything that is written to it is taken at once and whole into a queue, in which shared
 * messages stand by reference, and leaves with the next turn of the main loop. So libsoup never
 * holds anything back, and how much waits is known to the byte.
 *
 * Closing it, which is libsoup's way to end a connection, sends what is queued, tells the peer that
 * nothing follows, and waits for the peer to go: a socket closed over unread bytes would take back
 * what is still on its way, the close frame with its reason included. Each of these steps has its
 * time, after which the peer is cut. */

#define SS_TYPE_STREAM (ss_stream_get_type ())
G_DECLARE_FINAL_TYPE (SsStream, ss_stream, SS, STREAM, GIOStream)

/* Called from within the stream, so they may only take note. */
typedef struct
{
  /* Once for each mark of the sender's. */
  void (*drained) (gpointer owner);
  /* Once, when the sender's stall detector is due. */
  void (*stalled) (gpointer owner);
} SsStreamFuncs;

SsStream *ss_stream_new               (GIOStream           *base,
                                       SsPoller            *poller);
/* Bytes of base, which is TLS, that are read before all others. Takes them. */
void      ss_stream_unread            (SsStream            *self,
                                       GBytes              *bytes);
/* funcs must stay; NULL: nobody is told. owner: not referenced. */
void      ss_stream_set_funcs         (SsStream            *self,
                                       const SsStreamFuncs *funcs,
                                       gpointer             owner);
/* Begins to read. */
void      ss_stream_start             (SsStream            *self);
/* Held: nothing more is read, neither in this turn nor later. */
void      ss_stream_hold_input        (SsStream            *self,
                                       gboolean             held);
/* The time in which the peer has to take something of what waits for it, 0 for ever. */
void      ss_stream_set_stall_timeout (SsStream            *self,
                                       guint                milliseconds);
/* The time for which a closing peer may take nothing and answer nothing. */
void      ss_stream_set_close_timeout (SsStream            *self,
                                       guint                milliseconds);
void      ss_stream_push              (SsStream            *self,
                                       SsMessage           *message);
/* Drops what is queued and sends a close frame without a reason, unless one has been queued
 * already. */
void      ss_stream_push_close        (SsStream            *self,
                                       gushort              code);
/* Drops what is queued. */
void      ss_stream_discard           (SsStream            *self);
/* Ends it at once; libsoup sees the end of the stream in the next turn. */
void      ss_stream_cut               (SsStream            *self);
/* No close frame is queued, and it is neither cut nor failed. */
gboolean  ss_stream_is_writable       (SsStream            *self);
/* For its figures, its mark, its timeout and its counters; bytes go through the stream. */
SsSender *ss_stream_get_sender        (SsStream            *self);
/* A ping. FALSE: something waits for the peer already. */
gboolean  ss_stream_push_ping         (SsStream            *self);
/* TRUE: something has come in since this was asked last, read or not. */
gboolean  ss_stream_was_heard         (SsStream            *self);
/* Of all bytes since the beginning, see ss_sender_get_n_queued(): how many the other end has
 * confirmed. */
gint64    ss_stream_get_n_confirmed   (SsStream            *self);
/* The time that the kernel gives a peer to confirm what it is sent; 0: as long as the system likes.
 * Before ss_stream_start(). */
void      ss_stream_set_user_timeout  (SsStream            *self,
                                       guint                milliseconds);

/* Around calls into libsoup's connection, and to let it finish what it began there. */
void      ss_stream_enter             (SsStream            *self);
void      ss_stream_leave             (SsStream            *self);
void      ss_stream_run               (SsStream            *self);

G_END_DECLS
