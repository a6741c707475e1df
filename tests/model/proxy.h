/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A bad network between one client and its server, on the loopback interface: a TCP proxy that does
 * to each connection, to the byte, what it is told. All in the default main context. */

typedef struct _Proxy Proxy;
typedef struct _ProxyPipe ProxyPipe; /* one connection of the client's */

typedef enum
{
  PROXY_UP,     /* from the client to the server */
  PROXY_DOWN,
} ProxyWay;

typedef enum
{
  PROXY_FIN,
  PROXY_RST,
} ProxyEnd;

typedef enum
{
  PROXY_MANGLE_NONE,
  PROXY_MANGLE_DROP,
  PROXY_MANGLE_REPEAT,
} ProxyMangle;

typedef struct
{
  /* A connection of the client's came; pipe NULL: and was refused. */
  void (*accepted) (ProxyPipe *pipe, gpointer user_data);
  /* This connection carries nothing any more, or not everything; told once. */
  void (*broken)   (ProxyPipe *pipe, gpointer user_data);
  /* The server ended a connection that was whole. */
  void (*deserted) (ProxyPipe *pipe, gpointer user_data);
  /* The connection that was to be cut at a byte is. */
  void (*cut)      (ProxyPipe *pipe, ProxyWay way, ProxyEnd end, gpointer user_data);
  /* An update of this signal was dropped or repeated. */
  void (*mangled)  (ProxyPipe *pipe, ProxyMangle what, const char *name, gpointer user_data);
  /* A snapshot of this signal passed. */
  void (*renewed)  (ProxyPipe *pipe, const char *name, gpointer user_data);
  /* The server has sent this text, which is not NUL-terminated. May be NULL. */
  void (*sent)     (ProxyPipe *pipe, const char *text, gsize length, gpointer user_data);
  /* The pipe is about to be freed. */
  void (*ended)    (ProxyPipe *pipe, gpointer user_data);
} ProxyFuncs;

/* plain: takes the offer of a subprotocol out of the client's handshakes. */
Proxy   *proxy_new            (guint16 upstream, gboolean plain, const ProxyFuncs *funcs, gpointer user_data);
void     proxy_free           (Proxy *self);
guint16  proxy_get_port       (Proxy *self);
/* The address of all proxies, one that no other process has where the system has so many: the
 * client of another test whose server is gone may try a port that is a proxy's by now. */
const char *proxy_host        (void);
/* No WebSocket goes through it, but bytes that are let through as they are. */
void     proxy_set_raw        (Proxy *self);
/* For connections that come. */
void     proxy_set_upstream   (Proxy *self, guint16 upstream);
/* Connections that wait to be accepted are not the client's newest one. */
void     proxy_forget_pending (Proxy *self);
/* The next n connections are refused. */
void     proxy_refuse         (Proxy *self, guint n, ProxyEnd end);
/* Ends all connections at once, as the end of the server's process does. */
void     proxy_break_all      (Proxy *self, ProxyEnd end);
/* The server is about to end all connections itself. */
void     proxy_expect_end     (Proxy *self);
/* Takes back what has not happened yet, and lets delayed bytes go. Stalls stay. */
void     proxy_calm           (Proxy *self);
guint    proxy_get_n_ghosts   (Proxy *self);
/* All connections and their states, for finding out what went wrong. */
char    *proxy_describe       (Proxy *self);
void     proxy_drop_ghosts    (Proxy *self);

/* After so many more bytes that way. */
void     proxy_pipe_cut       (ProxyPipe *self, ProxyWay way, guint after, ProxyEnd end);
/* Nothing more goes that way, and nobody is told. */
void     proxy_pipe_stall     (ProxyPipe *self, ProxyWay way);
/* Bytes on that way wait for so long, in order. */
void     proxy_pipe_delay     (ProxyPipe *self, ProxyWay way, guint milliseconds);
/* For so long the client takes nothing, and the kernel's buffers fill. */
void     proxy_pipe_hold      (ProxyPipe *self, guint milliseconds);
/* So many bytes go one by one. */
void     proxy_pipe_dribble   (ProxyPipe *self, ProxyWay way, guint bytes);
/* The next update is lost, or comes twice. */
void     proxy_pipe_mangle    (ProxyPipe *self, ProxyMangle what);
/* A second connection to the server says all that the client has said. follows: and will say; else
 * it is left as it is. reads: takes what the server sends. */
void     proxy_pipe_duplicate (ProxyPipe *self, gboolean follows, gboolean reads);
gboolean proxy_pipe_is_broken (ProxyPipe *self);
/* The port that the server sees. */
guint16  proxy_pipe_get_port  (ProxyPipe *self);

G_END_DECLS
