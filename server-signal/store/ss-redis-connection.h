/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <hiredis/hiredis.h>

#include "ss-redis-address.h"

G_BEGIN_DECLS

/* One connection to a Redis server: hiredis reads the protocol, GIO carries it. Commands are pipelined:
 * the first leaves at once, those that follow together, once for each turn of the main loop, and
 * their replies come in their order. */
typedef struct _SsRedisConnection SsRedisConnection;

/* reply NULL: the connection has ended before it came, and the command may have been carried out.
 * The reply is the connection's. May close the connection. */
typedef void (*SsRedisReplyFunc) (redisReply *reply, gpointer user_data);

typedef struct
{
  /* A reply that no command waits for, as the messages of a subscription are. */
  void (*push)   (SsRedisConnection *connection, redisReply *reply, gpointer user_data);
  /* The end, once; not called after ss_redis_connection_close(). */
  void (*closed) (SsRedisConnection *connection, const GError *error, gpointer user_data);
} SsRedisConnectionFuncs;

/* To server, with TLS as the address has it. */
SsRedisConnection *ss_redis_connection_new    (GSocketConnectable *server,
                                               const SsRedisAddress *address,
                                               const SsRedisConnectionFuncs *funcs,
                                               gpointer user_data);
/* No more functions are called, but those of commands with a NULL reply. */
void               ss_redis_connection_close  (SsRedisConnection *self);
/* lengths NULL: those of strings. func NULL: the reply is one for push. May be called before it is
 * open. */
void               ss_redis_connection_send   (SsRedisConnection *self, int n_args,
                                               const char **args, const gsize *lengths,
                                               SsRedisReplyFunc func, gpointer user_data);

G_END_DECLS
