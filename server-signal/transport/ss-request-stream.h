/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

#include "ss-poller.h"

G_BEGIN_DECLS

/* A connection on which one request is awaited, and the stream from which libsoup gets it: not
 * before its head is whole and has been looked at, and never more than that head. libsoup reads on
 * for as long as there is something to read, keeps what it reads, and takes a request in whichever
 * way it can be read.
 *
 * A request that cannot be served is answered here. After any answer but 101 the client is told that
 * nothing follows, and what it still sends is dropped for a moment: a socket that is closed over
 * unread bytes takes its answer back. */

#define SS_TYPE_REQUEST_STREAM (ss_request_stream_get_type ())
G_DECLARE_FINAL_TYPE (SsRequestStream, ss_request_stream, SS, REQUEST_STREAM, GIOStream)

/* The head may be served: called once at most, from the main context or from
 * ss_request_stream_start(). It may end anything. */
typedef void (*SsRequestFunc) (SsRequestStream *self, gpointer user_data);

/* Those that wait for their heads are in the queue, which holds them. base: a GSocketConnection, or
 * TLS over one; connection: that one. */
SsRequestStream   *ss_request_stream_new             (GIOStream         *base,
                                                      GSocketConnection *connection,
                                                      SsPoller          *poller,
                                                      GQueue            *queue,
                                                      SsRequestFunc      func,
                                                      gpointer           user_data);
/* Begins to read. */
void               ss_request_stream_start           (SsRequestStream   *self);
/* Ends all in the queue. */
void               ss_request_stream_cut_all         (GQueue            *queue);
GSocketConnection *ss_request_stream_get_connection  (SsRequestStream   *self);
GIOStream         *ss_request_stream_get_base        (SsRequestStream   *self);
/* Of a stream that libsoup has given back: the one below, which is no longer ours then, and what
 * was read of it behind the head, or NULL. A stream that is not of this kind is given as it is. */
GIOStream         *ss_request_stream_unwrap          (GIOStream         *stream,
                                                      GBytes           **unread);

G_END_DECLS
