/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

/* Errors of the script's own: the head is a hash of somebody else's, or not what it should be. */
#define SS_REDIS_FOREIGN "FOREIGN key"
#define SS_REDIS_DAMAGED "DAMAGED key"

/* The rules of ss-store-record.c in Lua, which a Redis server runs at one stroke.
 *
 * A script does not undo its earlier writes when a later one fails, so everything that may fail
 * comes first: the types of the keys are seen by reading them, and the first write is the one that a
 * full memory or disk refuses. Where a user may not run every command, the second write of a commit
 * can be refused as well, and the first is undone.
 *
 * KEYS: the head, a hash: e epoch, g generation, o owner, r revision, c chain, t ms to live, b bytes
 * of log since the snapshot, s snapshot, sr and sc its mark, i the replication id of the server on
 * which the life is known to be whole, u the one on which its owner was last waited for; the log, a
 * stream whose ids are revisions; the lease, a string with the owner's id that ends by itself.
 *
 * ARGV: verb, replication id, channel, id of who asks, ms of a lease, fresh epoch, and those of the
 * verb.
 *
 * After a restart or a failover the replication id is another, and commits may be lost whose
 * revisions would be used again. The owner, who knows, settles that; if there is none, or it is not
 * heard of for a lease more, a new life begins. The same goes for a log that was evicted, where the
 * new life begins with the snapshot. */
extern const char ss_redis_script[];

/* The script as a server is given it. In a cluster the news go through the channels of a shard, since
 * all others are sent to all of its nodes. Transfer full. */
char *ss_redis_script_new (gboolean cluster);
