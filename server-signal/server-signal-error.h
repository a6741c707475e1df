/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-types.h"

G_BEGIN_DECLS

/**
 * SERVER_SIGNAL_ERROR:
 *
 * The error domain of the library; its codes are [error@SignalError].
 *
 * Since: 1.0
 */
#define SERVER_SIGNAL_ERROR (server_signal_error_quark ())

/**
 * ServerSignalError:
 * @SERVER_SIGNAL_ERROR_READ_ONLY: the signal is a replica, which only its server writes, or the
 *   part follows a source
 * @SERVER_SIGNAL_ERROR_INVALID_JSON: text that is not JSON (RFC 8259), or a value that JSON cannot
 *   carry; the message says where and what was expected
 * @SERVER_SIGNAL_ERROR_INVALID_POINTER: text that is not a JSON Pointer (RFC 6901), or one that
 *   cannot name a place here, such as a list index that is not a number
 * @SERVER_SIGNAL_ERROR_NOT_FOUND: a pointer to a place that does not exist: a missing member or
 *   parent, or an index past the end
 * @SERVER_SIGNAL_ERROR_INVALID_PATCH: JSON that is not a JSON Patch (RFC 6902)
 * @SERVER_SIGNAL_ERROR_PATCH_FAILED: a patch that does not apply; the message names the operation's
 *   index and pointer
 * @SERVER_SIGNAL_ERROR_TEST_FAILED: a `test` operation that found another value
 * @SERVER_SIGNAL_ERROR_LIMIT: a documented limit was exceeded, such as that on nesting
 * @SERVER_SIGNAL_ERROR_EXISTS: a signal of that name, or a source at that place, exists already
 * @SERVER_SIGNAL_ERROR_PROTOCOL: the other end does not speak this protocol
 * @SERVER_SIGNAL_ERROR_NOT_CURRENT: a document that cannot be vouched for
 * @SERVER_SIGNAL_ERROR_CLOSED: the connection was closed for good
 * @SERVER_SIGNAL_ERROR_FAILED: a function of the application has failed
 * @SERVER_SIGNAL_ERROR_INVALID_NAME: text that cannot be the name of a signal, which has 1 to 1,024
 *   bytes of UTF-8
 * @SERVER_SIGNAL_ERROR_CALL_FAILED: the server has answered a call with an error, whose code
 *   [func@ServerSignal.SignalError.dup_call_code] gives
 * @SERVER_SIGNAL_ERROR_NOT_SUPPORTED: the server does not speak `server-signal.v1`, which this needs
 *
 * The errors of the library.
 *
 * Since: 1.0
 */
typedef enum
{
  SERVER_SIGNAL_ERROR_READ_ONLY,
  SERVER_SIGNAL_ERROR_INVALID_JSON,
  SERVER_SIGNAL_ERROR_INVALID_POINTER,
  SERVER_SIGNAL_ERROR_NOT_FOUND,
  SERVER_SIGNAL_ERROR_INVALID_PATCH,
  SERVER_SIGNAL_ERROR_PATCH_FAILED,
  SERVER_SIGNAL_ERROR_TEST_FAILED,
  SERVER_SIGNAL_ERROR_LIMIT,
  SERVER_SIGNAL_ERROR_EXISTS,
  SERVER_SIGNAL_ERROR_PROTOCOL,
  SERVER_SIGNAL_ERROR_NOT_CURRENT,
  SERVER_SIGNAL_ERROR_CLOSED,
  SERVER_SIGNAL_ERROR_FAILED,
  SERVER_SIGNAL_ERROR_INVALID_NAME,
  SERVER_SIGNAL_ERROR_CALL_FAILED,
  SERVER_SIGNAL_ERROR_NOT_SUPPORTED,
} ServerSignalError;

SERVER_SIGNAL_AVAILABLE_IN_ALL
GQuark server_signal_error_quark         (void);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char  *server_signal_error_dup_call_code (const GError *error);
SERVER_SIGNAL_AVAILABLE_IN_ALL
char  *server_signal_error_dup_call_data (const GError *error);

G_END_DECLS
