/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where a Redis server is, read from a URI:
 *
 *   redis://[user[:password]@]host[:port][/database][?prefix=P&replicas=N]
 *   rediss://…                                         with TLS
 *   unix:///path/of/the/socket[?database=N&prefix=P…]
 *   redis+sentinel://host[:port],…/name[/database][?…] the primary that the sentinels name
 *   rediss+sentinel://…                                with TLS to it and to them
 *   redis+cluster://host[:port],…[?…]                  the cluster that has one of these nodes
 *   rediss+cluster://…                                 with TLS
 *
 * With TLS the query may have ca=FILE, the authorities that are trusted, and certificate=FILE, our own
 * with its key, both in PEM.
 */
typedef struct
{
  GPtrArray       *hosts;        /* GSocketConnectable */
  char            *sentinel;     /* the name of the primary, or NULL: hosts are no sentinels */
  gboolean         cluster;      /* hosts are nodes of one */
  gboolean         tls;
  GTlsDatabase    *authorities;  /* or NULL: those of the system */
  GTlsCertificate *certificate;  /* or NULL */
  char            *user;         /* or NULL */
  char            *password;     /* or NULL */
  guint            database;
  char            *prefix;       /* of keys; not empty */
  guint            replicas;     /* that must have a commit before it is confirmed */
} SsRedisAddress;

/* NULL with INVALID_ARGUMENT of GIO's, or for a file that cannot be read with another error. The
 * message has no password. */
SsRedisAddress *ss_redis_address_parse (const char *uri, GError **error);
void            ss_redis_address_free  (SsRedisAddress *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsRedisAddress, ss_redis_address_free)

G_END_DECLS
