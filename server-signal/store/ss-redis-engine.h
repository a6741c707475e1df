/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-redis-address.h"
#include "ss-store-engine.h"

G_BEGIN_DECLS

/* The engine on a Redis server, by ss-redis-script.h, over two connections: one for requests, one for
 * news. It connects at once, and again whenever one of them ends. Takes the address. */
SsStoreEngine *ss_redis_engine_new (SsRedisAddress *address);

G_END_DECLS
