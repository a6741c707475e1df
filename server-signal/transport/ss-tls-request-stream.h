/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-request-stream.h"

G_BEGIN_DECLS

/* A request stream over TLS as libsoup wants to see it: as a GTlsConnection, by which it knows that
 * the request's scheme is https. It has the properties of the one below. */

#define SS_TYPE_TLS_REQUEST_STREAM (ss_tls_request_stream_get_type ())
G_DECLARE_FINAL_TYPE (SsTlsRequestStream, ss_tls_request_stream, SS, TLS_REQUEST_STREAM, GTlsConnection)

GIOStream *ss_tls_request_stream_new (SsRequestStream *request_stream);

G_END_DECLS
