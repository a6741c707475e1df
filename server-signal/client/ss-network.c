/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-network.h"

struct _SsNetwork
{
  GMainContext    *context;
  SsNetworkFunc    back;      /* NULL: freed. Only touched in the context. */
  gpointer         user_data;
  GNetworkMonitor *monitor;
  gulong           handler;
};

static void
network_clear (gpointer data)
{
  SsNetwork *self = data;

  g_clear_object (&self->monitor);
  g_clear_pointer (&self->context, g_main_context_unref);
}

static void
network_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, network_clear);
}

static void
closure_gone_cb (gpointer  data,
                 GClosure *closure)
{
  network_unref (data);
}

static gboolean
tell_cb (gpointer user_data)
{
  SsNetwork *self = user_data;

  if (self->back != NULL)
    self->back (self->user_data);

  return G_SOURCE_REMOVE;
}

/* May run in any thread. */
static void
network_changed_cb (GNetworkMonitor *monitor,
                    gboolean         available,
                    gpointer         user_data)
{
  SsNetwork *self = user_data;

  /* It tells every change of a route or an address as well: all are good moments to try. */
  if (available)
    g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, tell_cb,
                                g_atomic_rc_box_acquire (self), network_unref);
}

SsNetwork *
ss_network_new (GMainContext  *context,
                SsNetworkFunc  back,
                gpointer       user_data)
{
  SsNetwork *self = g_atomic_rc_box_new0 (SsNetwork);

  self->context = g_main_context_ref (context);
  self->back = back;
  self->user_data = user_data;
  self->monitor = g_object_ref (g_network_monitor_get_default ());
  self->handler = g_signal_connect_data (self->monitor, "network-changed",
                                         G_CALLBACK (network_changed_cb),
                                         g_atomic_rc_box_acquire (self), closure_gone_cb, 0);

  return self;
}

void
ss_network_free (SsNetwork *self)
{
  self->back = NULL;
  g_signal_handler_disconnect (self->monitor, self->handler);
  network_unref (self);
}
