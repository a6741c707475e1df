/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-hub-core.h"

SsHubCore *
ss_hub_core_new (const SsRegistryFuncs *funcs,
                 const SsDemandFuncs   *demand_funcs,
                 gpointer               user_data)
{
  SsHubCore *self = g_atomic_rc_box_new0 (SsHubCore);

  self->process = getpid ();
  self->id = g_uuid_string_random ();
  ss_owner_init (&self->owner);
  self->flusher = ss_flusher_new (self->owner.context);
  self->counters = ss_counters_new ();
  self->registry = ss_registry_new (self->id, self->flusher, self->counters, funcs, user_data);
  self->demand = ss_demand_new (self->owner.context, demand_funcs, user_data);
  self->announce = TRUE;

  return self;
}

static void
clear (gpointer data)
{
  SsHubCore *self = data;

  g_assert (self->registry == NULL);

  ss_demand_free (self->demand);
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
  ss_demand_end (self->demand);
  g_clear_pointer (&self->registry, ss_registry_free);
}

/* As ss_registry_get_via(), without the signals that are hidden. */
static void
append_shown (GPtrArray       *ids,
              SsRegistry      *registry,
              const SsSlotSet *hidden)
{
  GListModel *signals = ss_registry_get_model (registry);
  g_autoptr (SsViaSet) shown = ss_via_set_new ();

  for (guint i = 0; i < g_list_model_get_n_items (signals); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);
      const char *const *via = ss_via_get (signal);

      if (via != NULL &&
          !ss_slot_set_has (hidden,
                            ss_registry_get_slot (registry, server_signal_get_name (signal))))
        ss_via_set_add (shown, via);
    }

  ss_via_set_append (shown, ids);
}

GStrv
ss_hub_core_dup_via (SsHubCore       *self,
                     SsViaSet        *own,
                     const SsSlotSet *hidden)
{
  GPtrArray *ids = g_ptr_array_new ();

  if (hidden != NULL)
    append_shown (ids, self->registry, hidden);
  else
    ss_via_set_append (ss_registry_get_via (self->registry), ids);
  if (own != NULL)
    ss_via_set_append (own, ids);

  if (!g_ptr_array_find_with_equal_func (ids, self->id, g_str_equal, NULL))
    g_ptr_array_add (ids, g_strdup (self->id));
  g_ptr_array_add (ids, NULL);

  return (GStrv) g_ptr_array_free (ids, FALSE);
}
