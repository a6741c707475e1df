/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-address.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct _SsAddressCounts
{
  grefcount   refs;    /* the owner, and each object */
  GHashTable *numbers; /* guint64 * → guint, of those that are not 0 */
};

typedef struct
{
  SsAddressCounts *counts;
  guint64          key;
} Counted;

static G_DEFINE_QUARK (ss-address-counted, counted)

static guint64
get_ipv4_key (guint32 address)
{
  return address >> 24 == IN_LOOPBACKNET ? 0 : address;
}

/* No network begins with 32 bits that are 0, so the two families do not meet. */
static guint64
get_key (const struct sockaddr_storage *address)
{
  const struct sockaddr_in *ipv4 = (const struct sockaddr_in *) address;
  const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *) address;
  guint64 network;
  guint32 last;

  if (address->ss_family == AF_INET)
    return get_ipv4_key (g_ntohl (ipv4->sin_addr.s_addr));

  if (address->ss_family != AF_INET6 || IN6_IS_ADDR_LOOPBACK (&ipv6->sin6_addr))
    return 0;

  if (IN6_IS_ADDR_V4MAPPED (&ipv6->sin6_addr))
    {
      memcpy (&last, ipv6->sin6_addr.s6_addr + 12, sizeof last);
      return get_ipv4_key (g_ntohl (last));
    }

  memcpy (&network, ipv6->sin6_addr.s6_addr, sizeof network);

  return GUINT64_FROM_BE (network);
}

guint64
ss_address_get_key (GSocketAddress *address)
{
  struct sockaddr_storage native = { 0 };

  if (address == NULL || !g_socket_address_to_native (address, &native, sizeof native, NULL))
    return 0;

  return get_key (&native);
}

guint64
ss_address_get_fd_key (int fd)
{
  struct sockaddr_storage native = { 0 };
  socklen_t length = sizeof native;

  if (getpeername (fd, (struct sockaddr *) &native, &length) < 0)
    return 0;

  return get_key (&native);
}

static void
counts_unref (SsAddressCounts *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;

  g_hash_table_unref (self->numbers);
  g_free (self);
}

SsAddressCounts *
ss_address_counts_new (void)
{
  SsAddressCounts *self = g_new0 (SsAddressCounts, 1);

  g_ref_count_init (&self->refs);
  self->numbers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  return self;
}

void
ss_address_counts_free (SsAddressCounts *self)
{
  counts_unref (self);
}

guint
ss_address_counts_get (SsAddressCounts *self,
                       guint64          key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, &key));
}

static void
set_number (SsAddressCounts *self,
            guint64          key,
            guint            n)
{
  if (n > 0)
    g_hash_table_insert (self->numbers, g_memdup2 (&key, sizeof key), GUINT_TO_POINTER (n));
  else
    g_hash_table_remove (self->numbers, &key);
}

static void
counted_free (gpointer data)
{
  Counted *counted = data;

  set_number (counted->counts, counted->key,
              ss_address_counts_get (counted->counts, counted->key) - 1);
  counts_unref (counted->counts);
  g_free (counted);
}

void
ss_address_counts_count (SsAddressCounts *self,
                         guint64          key,
                         GObject         *object)
{
  Counted *counted;

  if (key == 0)
    return;

  counted = g_new (Counted, 1);
  counted->counts = self;
  counted->key = key;
  g_ref_count_inc (&self->refs);
  set_number (self, key, ss_address_counts_get (self, key) + 1);
  g_object_set_qdata_full (object, counted_quark (), counted, counted_free);
}
