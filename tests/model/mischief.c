/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "mischief.h"

static const char * const names[N_MISCHIEFS] = {
  "cut up (FIN)", "cut up (RST)", "cut down (FIN)", "cut down (RST)", "stall up", "stall down", "stall both",
  "delay", "read slowly", "dribble", "duplicate", "refuse", "drop an update", "repeat an update",
};

const char *
mischief_name (Mischief kind)
{
  return names[kind];
}

gboolean
mischief_is_later (Mischief kind)
{
  return kind <= MISCHIEF_CUT_DOWN_RST || kind == MISCHIEF_DROP || kind == MISCHIEF_REPEAT;
}

gboolean
mischief_do (Mischief   kind,
             Proxy     *proxy,
             ProxyPipe *pipe)
{
  ProxyWay way = g_test_rand_bit () ? PROXY_UP : PROXY_DOWN;
  guint bytes = (guint) g_test_rand_int_range (0, g_test_rand_bit () ? 150 : 2000);

  if (kind == MISCHIEF_REFUSE)
    {
      proxy_refuse (proxy, (guint) g_test_rand_int_range (1, 4),
                    g_test_rand_bit () ? PROXY_FIN : PROXY_RST);
      return TRUE;
    }

  if (pipe == NULL || proxy_pipe_is_broken (pipe))
    return FALSE;

  switch (kind)
    {
    case MISCHIEF_CUT_UP_FIN:
    case MISCHIEF_CUT_UP_RST:
      /* Less goes up. */
      proxy_pipe_cut (pipe, PROXY_UP, bytes / 4,
                      kind == MISCHIEF_CUT_UP_FIN ? PROXY_FIN : PROXY_RST);
      break;
    case MISCHIEF_CUT_DOWN_FIN:
    case MISCHIEF_CUT_DOWN_RST:
      proxy_pipe_cut (pipe, PROXY_DOWN, bytes,
                      kind == MISCHIEF_CUT_DOWN_FIN ? PROXY_FIN : PROXY_RST);
      break;
    case MISCHIEF_STALL_UP:
      proxy_pipe_stall (pipe, PROXY_UP);
      break;
    case MISCHIEF_STALL_DOWN:
      proxy_pipe_stall (pipe, PROXY_DOWN);
      break;
    case MISCHIEF_STALL_BOTH:
      proxy_pipe_stall (pipe, PROXY_UP);
      proxy_pipe_stall (pipe, PROXY_DOWN);
      break;
    case MISCHIEF_DELAY:
      proxy_pipe_delay (pipe, way, (guint) g_test_rand_int_range (1, 500));
      break;
    case MISCHIEF_HOLD:
      proxy_pipe_hold (pipe, (guint) g_test_rand_int_range (1, 800));
      break;
    case MISCHIEF_DRIBBLE:
      proxy_pipe_dribble (pipe, way, bytes / 4);
      break;
    case MISCHIEF_DUPLICATE:
      proxy_pipe_duplicate (pipe, g_test_rand_bit (), g_test_rand_bit ());
      break;
    case MISCHIEF_DROP:
      proxy_pipe_mangle (pipe, PROXY_MANGLE_DROP);
      break;
    case MISCHIEF_REPEAT:
      proxy_pipe_mangle (pipe, PROXY_MANGLE_REPEAT);
      break;
    case MISCHIEF_REFUSE:
    case N_MISCHIEFS:
    default:
      g_assert_not_reached ();
    }

  return TRUE;
}
