/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "server-signal-types.h"

#include "server-signal-version.h"
#include "server-signal-error.h"
#include "server-signal-enum-types.h"

#include "server-signal-patch.h"
#include "server-signal-visitor.h"
#include "server-signal.h"
#include "server-signal-origin.h"
#include "server-signal-track.h"
#include "server-signal-view.h"
#include "server-signal-list.h"
#include "server-signal-store.h"
#include "server-signal-memory-store.h"
#include "server-signal-file-store.h"
#include "server-signal-redis.h"
#include "server-signal-handshake.h"
#include "server-signal-peer.h"
#include "server-signal-hub.h"
#include "server-signal-client.h"
