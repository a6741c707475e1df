/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A connection as TLS reads it. GIO makes a new handshake (renegotiation, RFC 5246, 7.4.1.1)
 * whenever a client asks for one, and each costs the server a signature, so a client could keep it
 * busy with a few bytes. The type of a record is not encrypted: once the handshake is made, one of
 * another ends the stream. TLS 1.3 has none, and shows everything as application data. */

#define SS_TYPE_RECORD_STREAM (ss_record_stream_get_type ())
G_DECLARE_FINAL_TYPE (SsRecordStream, ss_record_stream, SS, RECORD_STREAM, GIOStream)

SsRecordStream *ss_record_stream_new            (GSocketConnection *connection);
/* From here on. */
void            ss_record_stream_handshake_made (SsRecordStream    *self);

G_END_DECLS
