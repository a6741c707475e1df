/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-via.h"

static G_DEFINE_QUARK (ss-via, via)
static G_DEFINE_QUARK (ss-via-servers, servers)

void
ss_via_set (ServerSignal       *replica,
            const char * const *via)
{
  g_assert (SERVER_IS_SIGNAL (replica));

  g_object_set_qdata_full (G_OBJECT (replica), via_quark (), g_strdupv ((char **) via),
                           (GDestroyNotify) g_strfreev);
}

const char * const *
ss_via_get (ServerSignal *signal)
{
  g_assert (SERVER_IS_SIGNAL (signal));

  return g_object_get_qdata (G_OBJECT (signal), via_quark ());
}

gboolean
ss_via_has (ServerSignal *signal,
            const char   *hub)
{
  const char *const *via = ss_via_get (signal);

  return via != NULL && g_strv_contains (via, hub);
}

void
ss_via_serve (ServerSignal *signal,
              const char   *hub)
{
  GPtrArray *servers;

  g_assert (SERVER_IS_SIGNAL (signal));

  servers = g_object_get_qdata (G_OBJECT (signal), servers_quark ());
  if (servers == NULL)
    {
      servers = g_ptr_array_new_with_free_func (g_free);
      g_object_set_qdata_full (G_OBJECT (signal), servers_quark (), servers,
                               (GDestroyNotify) g_ptr_array_unref);
    }

  /* A hub may serve a signal to all, and to single peers besides: it may be there more than
   * once. */
  g_ptr_array_add (servers, g_strdup (hub));
}

void
ss_via_unserve (ServerSignal *signal,
                const char   *hub)
{
  GPtrArray *servers;
  guint position;

  g_assert (SERVER_IS_SIGNAL (signal));

  servers = g_object_get_qdata (G_OBJECT (signal), servers_quark ());
  if (servers != NULL && g_ptr_array_find_with_equal_func (servers, hub, g_str_equal, &position))
    g_ptr_array_remove_index_fast (servers, position);
}

gboolean
ss_via_is_circle (ServerSignal       *signal,
                  const char * const *via)
{
  GPtrArray *servers;

  g_assert (SERVER_IS_SIGNAL (signal));

  servers = g_object_get_qdata (G_OBJECT (signal), servers_quark ());
  for (guint i = 0; servers != NULL && via != NULL && i < servers->len; i++)
    if (g_strv_contains (via, g_ptr_array_index (servers, i)))
      return TRUE;

  return FALSE;
}
