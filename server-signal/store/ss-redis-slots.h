/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <hiredis/hiredis.h>

#include <glib.h>

G_BEGIN_DECLS

/* Which node of a cluster has a key. */

#define SS_REDIS_SLOTS 16384

typedef struct
{
  guint    first;
  guint    last;
  char    *host;
  guint16  port;
} SsRedisRange;

/* The slot of keys with that text in braces. */
guint      ss_redis_slot        (const char *tag);
/* The answer to CLUSTER SLOTS of a node at host, as SsRedisRange. NULL: it cannot be read, or slots
 * are missing, with an error. */
GPtrArray *ss_redis_read_ranges (const redisReply *reply, const char *host, GError **error);
/* "KIND SLOT HOST:PORT", as a node at asked refuses a key that another one has. Host transfer full. */
gboolean   ss_redis_read_place  (const char *text, const char *asked, guint *slot, char **host,
                                 guint16 *port);

G_END_DECLS
