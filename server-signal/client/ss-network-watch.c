/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-network-watch.h"

struct _SsNetworkWatch
{
  GMainContext       *context;
  SsNetworkWatchFunc  changed;    /* NULL: freed. Only touched in the context. */
  gpointer            user_data;
  GNetworkMonitor    *monitor;
  gulong              handlers[2];
};

/* A change on its way to the context. */
typedef struct
{
  SsNetworkWatch *watch;
  gboolean        available;
} Change;

static void
watch_clear (gpointer data)
{
  SsNetworkWatch *self = data;

  g_clear_object (&self->monitor);
  g_clear_pointer (&self->context, g_main_context_unref);
}

static void
watch_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, watch_clear);
}

static void
closure_gone_cb (gpointer  data,
                 GClosure *closure)
{
  watch_unref (data);
}

static void
change_free (gpointer data)
{
  Change *change = data;

  watch_unref (change->watch);
  g_free (change);
}

static gboolean
tell_cb (gpointer user_data)
{
  Change *change = user_data;
  SsNetworkWatch *self = change->watch;

  if (self->changed != NULL)
    self->changed (change->available, self->user_data);

  return G_SOURCE_REMOVE;
}

/* May run in any thread. */
static void
tell (SsNetworkWatch *self,
      gboolean        available)
{
  Change *change = g_new (Change, 1);

  change->watch = g_atomic_rc_box_acquire (self);
  change->available = available;
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, tell_cb, change, change_free);
}

/* Each address and each route is told, not only whether there is any. */
static void
network_changed_cb (GNetworkMonitor *monitor,
                    gboolean         available,
                    gpointer         user_data)
{
  tell (user_data, available);
}

static void
connectivity_cb (GNetworkMonitor *monitor,
                 GParamSpec      *pspec,
                 gpointer         user_data)
{
  tell (user_data, g_network_monitor_get_network_available (monitor));
}

SsNetworkWatch *
ss_network_watch_new (GMainContext       *context,
                      SsNetworkWatchFunc  changed,
                      gpointer            user_data)
{
  SsNetworkWatch *self = g_atomic_rc_box_new0 (SsNetworkWatch);

  self->context = g_main_context_ref (context);
  self->changed = changed;
  self->user_data = user_data;
  self->monitor = g_object_ref (g_network_monitor_get_default ());
  self->handlers[0] =
    g_signal_connect_data (self->monitor, "network-changed", G_CALLBACK (network_changed_cb),
                           g_atomic_rc_box_acquire (self), closure_gone_cb, 0);
  self->handlers[1] =
    g_signal_connect_data (self->monitor, "notify::connectivity", G_CALLBACK (connectivity_cb),
                           g_atomic_rc_box_acquire (self), closure_gone_cb, 0);

  return self;
}

void
ss_network_watch_free (SsNetworkWatch *self)
{
  self->changed = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (self->handlers); i++)
    g_signal_handler_disconnect (self->monitor, self->handlers[i]);
  watch_unref (self);
}
