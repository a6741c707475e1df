/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-redis-script.h"
#include "ss-store-request.h"

G_BEGIN_DECLS

/* The arguments of one EVALSHA, and the texts that they need. */
typedef struct
{
  const char *args[28];
  gsize       lengths[28];
  int         n;
  char        numbers[8][24];
  guint       n_numbers;
  char        chains[4][SS_CHAIN_SIZE];
  guint       n_chains;
} SsRedisCommand;

/* The keys of a signal, and the channel of its news. */
typedef struct
{
  char *head;
  char *log;
  char *lease;
  char *channel;
} SsRedisKeys;

void   ss_redis_keys_init    (SsRedisKeys *self, const char *prefix, const char *name);
void   ss_redis_keys_clear   (SsRedisKeys *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SsRedisKeys, ss_redis_keys_clear)

/* The text in the braces by which a cluster finds the place of a key: all keys of a signal are at
 * one. Transfer full. */
char  *ss_redis_tag          (const char *name);
/* The name in the key of a head, transfer full; NULL for any other key. */
char  *ss_redis_parse_key    (const char *prefix, const char *key, gsize length);
/* The pattern of SCAN for the heads of names that begin so. Transfer full. */
char  *ss_redis_pattern      (const char *prefix, const char *name);

/* Has the script do what is asked. All texts are borrowed. sha: of the script that the server knows, or
 * NULL: the script goes with it. era: the server's replication id. */
void   ss_redis_command_init (SsRedisCommand *self, const char *script, const char *sha,
                              const char *era, const SsRedisKeys *keys,
                              const SsStoreRequest *asked);

G_END_DECLS
