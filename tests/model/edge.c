/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "edge.h"

#include "../test-utils.h"

void
edge_open (Edge          *self,
           Model         *model,
           Truth         *truth,
           WatchedCounts *counts)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GUri) parsed = NULL;

  self->feeder = watched_new (model, truth, FALSE, TRUE, counts);
  self->hub = server_signal_hub_new ();
  model_tune (self->hub);
  for (guint i = 0; i < MODEL_N_SHARED; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%u", i);

      server_signal_hub_add (self->hub, watched_get_replica (self->feeder, name), &error);
      g_assert_no_error (error);
    }

  /* Names of which it knows nothing. */
  server_signal_hub_set_origin (self->hub,
                                SERVER_SIGNAL_ORIGIN (watched_get_client (self->feeder)));

  server_signal_hub_listen (self->hub, "127.0.0.1", self->port, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (self->hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  self->port = (guint16) g_uri_get_port (parsed);
}

void
edge_restart (Edge          *self,
              Model         *model,
              Truth         *truth,
              WatchedCounts *counts)
{
  server_signal_hub_detach (self->hub);
  g_clear_object (&self->hub);
  watched_free (g_steal_pointer (&self->feeder));
  edge_open (self, model, truth, counts);
}

void
edge_keep (Edge  *self,
           Truth *truth)
{
  GListModel *signals = server_signal_hub_get_signals (self->hub);

  for (guint i = 0; i < g_list_model_get_n_items (signals); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);
      const char *epoch = server_signal_get_epoch (signal);

      if (epoch != NULL)
        truth_keep (truth, epoch);
    }
}

void
edge_close (Edge *self)
{
  server_signal_hub_close (self->hub);
  WAIT_UNTIL (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (g_steal_pointer (&self->hub));
  watched_free (g_steal_pointer (&self->feeder));
}
