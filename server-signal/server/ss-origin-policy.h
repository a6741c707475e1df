/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which pages may connect, by the headers Origin (RFC 6454) and Host of their handshakes. Browsers
 * let any page connect to any WebSocket, and say whose page it is; other clients can say anything,
 * so this protects against pages and nothing else. */
typedef struct _SsOriginPolicy SsOriginPolicy;

typedef enum
{
  SS_ORIGIN_ALLOWED,
  SS_ORIGIN_FOREIGN,        /* a page of another host, which the list does not have */
  SS_ORIGIN_NULL,           /* a page without an origin of its own, such as that of a file */
  SS_ORIGIN_MALFORMED,
  SS_ORIGIN_HOST_FOREIGN,   /* a name that somebody has made this machine's (DNS rebinding) */
  SS_ORIGIN_HOST_MALFORMED,
  SS_ORIGIN_N_VERDICTS
} SsOriginVerdict;

/* entries: see ServerSignalHub:allowed-origins. NULL, and *wrong is the entry that is none. */
SsOriginPolicy  *ss_origin_policy_new   (const char *const *entries, const char **wrong);
void             ss_origin_policy_free  (SsOriginPolicy *self);
/* self: NULL is the policy of an empty list. origin, host: the headers, or NULL. loopback: the
 * server is reached from this machine only. */
SsOriginVerdict  ss_origin_policy_check (SsOriginPolicy *self,
                                         const char     *origin,
                                         const char     *host,
                                         gboolean        loopback);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SsOriginPolicy, ss_origin_policy_free)

G_END_DECLS
