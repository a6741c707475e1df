/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

/* The words that both ends agree on outside of frames. */

/* The WebSocket subprotocol; without it a connection is plain. */
#define SS_PROTOCOL_V1 "server-signal.v1"

/* The reason (RFC 6455, section 7.1.6) of a close with 1008 begins with it when the client read
 * nothing for too long. That passes, so a client comes back; every other 1008 is for good. */
#define SS_REASON_TOO_SLOW "too slow"

/* The members of an action in the signal of its group, and of the arguments of its calls. */
#define SS_ACTION_ENABLED "enabled"
#define SS_ACTION_PARAMETER_TYPE "parameter-type"
#define SS_ACTION_STATE_TYPE "state-type"
#define SS_ACTION_STATE_HINT "state-hint"
#define SS_ACTION_STATE "state"
#define SS_ACTION_PARAMETER "parameter"

/* The code with which a client is closed whose credentials hold no longer (IANA's registry of RFC 6455,
 * 11.7). */
#define SS_CLOSE_UNAUTHORIZED 3000

/* Also the index of what is kept for each. */
typedef enum
{
  SS_V1,
  SS_PLAIN,
  SS_N_PROTOCOLS
} SsProtocol;
