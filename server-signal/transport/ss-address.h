/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where a client comes from, as far as limits for each address need to know. Somebody who has one
 * IPv6 address has a network of them, so these count by their first 64 bits.
 *
 * 0: the limits do not hold for it. On this machine, that is on loopback and on unix sockets, stand
 * proxies, and they stand for many. */
guint64 ss_address_get_key    (GSocketAddress *address);
guint64 ss_address_get_fd_key (int             fd);

/* How many objects there are for each key. */
typedef struct _SsAddressCounts SsAddressCounts;

SsAddressCounts *ss_address_counts_new   (void);
/* Objects that are counted may outlive it. */
void             ss_address_counts_free  (SsAddressCounts *self);
guint            ss_address_counts_get   (SsAddressCounts *self,
                                          guint64          key);
/* Once for an object; as long as it lives. Key 0 is not counted. */
void             ss_address_counts_count (SsAddressCounts *self,
                                          guint64          key,
                                          GObject         *object);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsAddressCounts, ss_address_counts_free)

G_END_DECLS
