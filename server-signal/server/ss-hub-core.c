/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-hub-core.h"

#include "ss-limits.h"
#include "wire/ss-via.h"

SsHubCore *
ss_hub_core_new (SsRegistryFunc func,
                 gpointer       user_data)
{
  SsHubCore *self = g_atomic_rc_box_new0 (SsHubCore);

  self->process = getpid ();
  self->id = g_uuid_string_random ();
  ss_owner_init (&self->owner);
  self->flusher = ss_flusher_new (self->owner.context);
  self->counters = ss_counters_new ();
  self->link_counters = ss_link_counters_new ();
  self->registry = ss_registry_new (self->id, self->flusher, self->counters, func, user_data);

  return self;
}

static void
clear (gpointer data)
{
  SsHubCore *self = data;

  g_assert (self->registry == NULL);

  ss_flusher_unref (self->flusher);
  ss_counters_unref (self->counters);
  ss_link_counters_unref (self->link_counters);
  ss_owner_clear (&self->owner);
  g_free (self->id);
}

SsHubCore *
ss_hub_core_ref (SsHubCore *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
ss_hub_core_unref (SsHubCore *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

void
ss_hub_core_end (SsHubCore *self)
{
  g_clear_pointer (&self->registry, ss_registry_free);
}

static void
add_via (GPtrArray  *ids,
         GListModel *signals)
{
  for (guint i = 0; i < g_list_model_get_n_items (signals); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);
      const char *const *via = ss_via_get (signal);

      for (guint j = 0; via != NULL && via[j] != NULL; j++)
        if (!g_ptr_array_find_with_equal_func (ids, via[j], g_str_equal, NULL))
          g_ptr_array_add (ids, g_strdup (via[j]));
    }
}

GStrv
ss_hub_core_dup_via (SsHubCore  *self,
                     GListModel *own)
{
  GPtrArray *ids = g_ptr_array_new ();

  add_via (ids, ss_registry_get_model (self->registry));
  if (own != NULL)
    add_via (ids, own);

  if (!g_ptr_array_find_with_equal_func (ids, self->id, g_str_equal, NULL))
    g_ptr_array_add (ids, g_strdup (self->id));
  g_ptr_array_add (ids, NULL);

  return (GStrv) g_ptr_array_free (ids, FALSE);
}

void
ss_hub_core_set_up_link (SsHubCore *self,
                         SsLink    *link)
{
  ss_link_set_counters (link, self->link_counters);
  ss_hub_core_set_times (self, link);
}

void
ss_hub_core_set_times (SsHubCore *self,
                       SsLink    *link)
{
  guint64 user_timeout = 0;

  ss_link_set_stall_timeout (link, self->stall_timeout);

  /* This ends a peer that takes nothing as well, and must not come before the deadline with its
   * reason. */
  if (self->keepalive_interval > 0 && self->stall_timeout > 0)
    {
      guint64 alive = (guint64) self->keepalive_interval + self->keepalive_timeout;
      guint64 stalled = (guint64) self->stall_timeout + SS_CLOSE_SECONDS * 1000;

      user_timeout = MIN (MAX (alive, stalled), G_MAXINT);
    }
  ss_link_set_user_timeout (link, (guint) user_timeout);
}
