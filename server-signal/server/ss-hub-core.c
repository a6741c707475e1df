/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-hub-core.h"

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

/* registry: that of the signals, or NULL where none is hidden. */
static void
add_via (GPtrArray       *ids,
         GListModel      *signals,
         SsRegistry      *registry,
         const SsSlotSet *hidden)
{
  for (guint i = 0; i < g_list_model_get_n_items (signals); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);
      const char *const *via = ss_via_get (signal);

      if (via != NULL && hidden != NULL &&
          ss_slot_set_has (hidden,
                           ss_registry_get_slot (registry, server_signal_get_name (signal))))
        continue;

      for (guint j = 0; via != NULL && via[j] != NULL; j++)
        if (!g_ptr_array_find_with_equal_func (ids, via[j], g_str_equal, NULL))
          g_ptr_array_add (ids, g_strdup (via[j]));
    }
}

GStrv
ss_hub_core_dup_via (SsHubCore       *self,
                     GListModel      *own,
                     const SsSlotSet *hidden)
{
  GPtrArray *ids = g_ptr_array_new ();

  add_via (ids, ss_registry_get_model (self->registry), self->registry, hidden);
  if (own != NULL)
    add_via (ids, own, NULL, NULL);

  if (!g_ptr_array_find_with_equal_func (ids, self->id, g_str_equal, NULL))
    g_ptr_array_add (ids, g_strdup (self->id));
  g_ptr_array_add (ids, NULL);

  return (GStrv) g_ptr_array_free (ids, FALSE);
}
