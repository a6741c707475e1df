/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-redis.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "server-signal-store-private.h"

#ifdef SS_HAVE_REDIS
#include "ss-redis-address.h"
#include "ss-redis-engine.h"
#endif

/**
 * ServerSignalRedis:
 *
 * A store on a Redis or Valkey server, which the processes of several machines share.
 *
 * ```c
 * g_autoptr (ServerSignalStore) store = server_signal_redis_new ("redis://localhost/0", NULL);
 * ```
 *
 * It connects when it is first used, over one connection for requests and one for news, whatever the
 * number of signals, and again whenever one of them ends. The server has to be of version 6.2 or
 * later. Each commit is one script, which the server runs at one stroke; the document is written
 * anew after as many bytes of commits as it has, so a signal takes its document and as much again
 * for history, twice.
 *
 * ## The server's failures
 *
 * A server that is restarted, or whose replica takes its place, may have lost the last commits. The
 * owner of a signal puts them back from its memory, up to 1 MiB of commits or, if that is not enough,
 * as the whole document. Where the owner is gone as well, a new life of the signal begins, so that
 * nobody takes what is written then for what was lost: clients load the document again. With
 * `replicas` in the address a commit is confirmed only when so many replicas have it.
 *
 * ## Clusters
 *
 * In a Redis Cluster, of version 7.0 or later, each signal is at one node with all of its keys, and a
 * store has two connections to each node that has any. News go through the channels of a shard, so they
 * cost the other nodes nothing. The store follows slots that are moved while it works. To the nodes to
 * which they go that looks like a failover: owners vouch for their signals, and of one without an owner a
 * new life begins. A store is [property@SignalStore:online] while it has all nodes.
 *
 * ## Settings
 *
 * Settings with which a server loses data are told once, as messages in the log: a
 * `maxmemory-policy` other than `noeviction`, and `appendonly no`.
 *
 * Since: 1.0
 */
struct _ServerSignalRedis
{
  ServerSignalStore  parent_instance;

#ifdef SS_HAVE_REDIS
  SsRedisAddress    *address;
#endif
};

typedef ServerSignalStoreClass ServerSignalRedisClass;

G_DEFINE_FINAL_TYPE (ServerSignalRedis, server_signal_redis, SERVER_TYPE_SIGNAL_STORE)

static SsStoreEngine *
server_signal_redis_make_engine (ServerSignalStore *store)
{
#ifdef SS_HAVE_REDIS
  return ss_redis_engine_new (g_steal_pointer (&SERVER_SIGNAL_REDIS (store)->address));
#else
  g_assert_not_reached ();
#endif
}

static void
server_signal_redis_finalize (GObject *object)
{
#ifdef SS_HAVE_REDIS
  g_clear_pointer (&SERVER_SIGNAL_REDIS (object)->address, ss_redis_address_free);
#endif

  G_OBJECT_CLASS (server_signal_redis_parent_class)->finalize (object);
}

static void
server_signal_redis_class_init (ServerSignalRedisClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = server_signal_redis_finalize;
  klass->make_engine = server_signal_redis_make_engine;
}

static void
server_signal_redis_init (ServerSignalRedis *self)
{
}

/**
 * server_signal_redis_new:
 * @uri: the address of the server
 * @error: return location for a #GError
 *
 * Creates a store on a Redis or Valkey server.
 *
 * - `redis://[user[:password]@]host[:port][/database]` is the server at that host; the default port
 *   is 6379, the default database is 0.
 * - `rediss://…` is the same with TLS; the certificate has to be one for that host.
 * - `unix:///path` is the server at a unix socket.
 * - `redis+sentinel://host[:port],host[:port]/name[/database]` is the primary of that name, for which
 *   the sentinels are asked anew at each try; their default port is 26379. User and password are
 *   those of the primary.
 * - `rediss+sentinel://…` is the same with TLS, to the sentinels as well.
 * - `redis+cluster://host[:port],host[:port]` is the cluster to which these nodes belong, which are
 *   asked in turn for the others. Several are given so that one of them is there.
 * - `rediss+cluster://…` is the same with TLS.
 *
 * A query may follow: `?prefix=app` is the beginning of all keys, by default `server-signal`;
 * `database=1` is for unix sockets; with `replicas=1` a commit is confirmed only when one replica has
 * it. Keys have the name of the signal in braces, so that all of one signal are in one slot.
 *
 * With TLS the authorities that the system trusts are trusted; `ca=/path` is a file of others in PEM, in
 * their place. `certificate=/path` is our own certificate with its key, in one file of PEM, for a
 * server that asks for one, as Redis does unless `tls-auth-clients` is off. Servers that a sentinel or a
 * cluster names by their IP address need certificates for that address.
 *
 * Fails with
 *
 * - `G_IO_ERROR_INVALID_ARGUMENT` for an address that is none of these;
 * - an error of GIO's if a file of certificates cannot be read;
 * - `G_IO_ERROR_NOT_SUPPORTED` if the library was built without hiredis.
 *
 * Returns: (transfer full) (type ServerSignalRedis): a new store, or `NULL` with @error set
 *
 * Since: 1.0
 */
ServerSignalStore *
server_signal_redis_new (const char  *uri,
                         GError     **error)
{
#ifdef SS_HAVE_REDIS
  SsRedisAddress *address;
  ServerSignalRedis *self;

  g_return_val_if_fail (uri != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  address = ss_redis_address_parse (uri, error);
  if (address == NULL)
    return NULL;

  self = g_object_new (SERVER_TYPE_SIGNAL_REDIS, NULL);
  self->address = address;

  return SERVER_SIGNAL_STORE (self);
#else
  g_return_val_if_fail (uri != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _("The library was built without hiredis"));

  return NULL;
#endif
}
