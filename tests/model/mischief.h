/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include "proxy.h"

G_BEGIN_DECLS

/* The ways in which a network troubles connections. */
typedef enum
{
  MISCHIEF_CUT_UP_FIN,
  MISCHIEF_CUT_UP_RST,
  MISCHIEF_CUT_DOWN_FIN,
  MISCHIEF_CUT_DOWN_RST,
  MISCHIEF_STALL_UP,
  MISCHIEF_STALL_DOWN,
  MISCHIEF_STALL_BOTH,
  MISCHIEF_DELAY,
  MISCHIEF_HOLD,
  MISCHIEF_DRIBBLE,
  MISCHIEF_DUPLICATE,
  MISCHIEF_REFUSE,
  /* No network does these, but a hub with a bug could. */
  MISCHIEF_DROP,
  MISCHIEF_REPEAT,
  N_MISCHIEFS
} Mischief;

#define N_NETWORK_MISCHIEFS MISCHIEF_DROP

const char *mischief_name     (Mischief kind);
/* Does it to the pipe (NULL, or broken: nothing is done but refusing), with details at random.
 * Those for which mischief_is_later() happen only when enough bytes, or an update, come. FALSE: not
 * done. */
gboolean    mischief_do       (Mischief kind, Proxy *proxy, ProxyPipe *pipe);
gboolean    mischief_is_later (Mischief kind);

G_END_DECLS
