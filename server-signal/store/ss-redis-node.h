/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "ss-redis-address.h"
#include "ss-redis-connection.h"

G_BEGIN_DECLS

/* One server: a connection for requests and one for news, which are ready once the server is known to
 * be a primary, and to be new enough. It ends with the first of the two. */
typedef struct _SsRedisNode SsRedisNode;

typedef struct
{
  /* Requests can be sent, and channels subscribed to. */
  void (*ready) (SsRedisNode *node, gpointer user_data);
  /* A reply on the connection for news. */
  void (*push)  (SsRedisNode *node, const redisReply *reply, gpointer user_data);
  /* The end, once: requests are told that they have no reply after it. */
  void (*ended) (SsRedisNode *node, const GError *error, gpointer user_data);
} SsRedisNodeFuncs;

/* error NULL: so many replicas as the address wants have everything that was sent before. */
typedef void (*SsRedisWaitFunc) (const GError *error, gpointer user_data);

/* script: what the server has to know. address and script are borrowed for the life of the node. */
SsRedisNode *ss_redis_node_new       (const SsRedisAddress *address, GSocketConnectable *server,
                                      const char *script, const SsRedisNodeFuncs *funcs,
                                      gpointer user_data);
/* Takes the node. Nothing more is told, but to requests and to those who wait. */
void         ss_redis_node_free      (SsRedisNode *self);
gboolean     ss_redis_node_is_ready  (SsRedisNode *self);
/* The replication id, another one after each loss of the server's memory. */
const char  *ss_redis_node_get_era   (SsRedisNode *self);
/* A value that the server has told of itself, transfer full, or NULL. */
char        *ss_redis_node_dup_info  (SsRedisNode *self, const char *field);
/* As ss_redis_connection_send(), once it is ready. */
void         ss_redis_node_send      (SsRedisNode *self, int n_args, const char **args,
                                      const gsize *lengths, SsRedisReplyFunc func,
                                      gpointer user_data);
/* command: SUBSCRIBE or another of its kind. */
void         ss_redis_node_subscribe (SsRedisNode *self, const char *command, const char *channel);
void         ss_redis_node_wait      (SsRedisNode *self, SsRedisWaitFunc func, gpointer user_data);

/* Before anything else on a connection that asks for it. */
void         ss_redis_authenticate   (const SsRedisAddress *address, SsRedisConnection *connection,
                                      SsRedisReplyFunc func, gpointer user_data);

G_END_DECLS
