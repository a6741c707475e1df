/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>
#include <hiredis/hiredis.h>

G_BEGIN_DECLS

/* A redis-server in a folder of its own. The test speaks to it over its unix socket. */
typedef struct
{
  char         *folder;
  char         *socket;
  guint16       port;        /* of 127.0.0.1; 0: it listens at the socket only */
  guint16       bus_port;    /* of a node of a cluster */
  GSubprocess  *process;
  redisContext *context;
  GStrv         options;
} Server;

/* Of a server that keeps nothing and replicates without delay. */
#define PLAIN_OPTIONS "--save", "", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"

/* options: of the command line, to NULL. PORT and BUS_PORT in them stand for free ports, and a
 * name that ends in .conf for an empty file. */
Server     *server_new     (const char *first, ...) G_GNUC_NULL_TERMINATED;
/* Again, with the options and ports of before, after server_kill(). */
void        server_start   (Server *self);
void        server_kill    (Server *self);
void        server_free    (Server *self);
redisReply *ask            (Server *self, const char *format, ...);
/* A string of its answer, or NULL. */
char       *ask_string     (Server *self, const char *command, const char *key, const char *field);
/* Whether the answer to INFO, CLUSTER INFO or the like has this text. */
gboolean    server_tells   (Server *self, const char *command, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_free)

/* Where only the effect counts. */
#define COMMAND(server, ...) \
  G_STMT_START \
  { \
    redisReply *reply_ = ask (server, __VA_ARGS__); \
    if (reply_->type == REDIS_REPLY_ERROR) \
      g_error ("%s:%d: %s", __FILE__, __LINE__, reply_->str); \
    freeReplyObject (reply_); \
  } \
  G_STMT_END

G_END_DECLS
