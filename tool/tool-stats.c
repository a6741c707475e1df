/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "tool-stats.h"

#include "tool-target.h"

#define INTERVAL_MS 1000
/* Of many clients the first ones are told. */
#define MAX_PEERS 1000

struct _ToolStats
{
  ServerSignalHub *hub;
  ServerSignal    *signal;
  guint            timeout;
  gint64           begin;
};

static void
add_figure (JsonBuilder *builder,
            const char  *name,
            guint64      value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) MIN (value, G_MAXINT64));
}

static void
add_peer (JsonBuilder      *builder,
          ServerSignalPeer *peer)
{
  GSocketAddress *address = server_signal_peer_get_remote_address (peer);
  g_autofree char *text =
    address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : NULL;
  const char *protocol = server_signal_peer_get_protocol (peer);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "address");
  json_builder_add_string_value (builder, text != NULL ? text : "");
  json_builder_set_member_name (builder, "protocol");
  json_builder_add_string_value (builder, protocol != NULL ? protocol : "plain");
  add_figure (builder, "backlog", server_signal_peer_get_backlog (peer));
  json_builder_end_object (builder);
}

static JsonNode *
make_value (ToolStats *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GListModel *peers = server_signal_hub_get_peers (self->hub);
  guint n_peers = g_list_model_get_n_items (peers);

  json_builder_begin_object (builder);
  add_figure (builder, "uptime",
              (guint64) (g_get_monotonic_time () - self->begin) / G_USEC_PER_SEC);
  add_figure (builder, "n-peers", n_peers);
  add_figure (builder, "n-signals",
              g_list_model_get_n_items (server_signal_hub_get_signals (self->hub)));
  add_figure (builder, "commits", server_signal_hub_get_commits (self->hub));
  add_figure (builder, "frames", server_signal_hub_get_frames (self->hub));
  add_figure (builder, "bytes", server_signal_hub_get_bytes (self->hub));
  add_figure (builder, "merged", server_signal_hub_get_merged (self->hub));
  add_figure (builder, "backlog", server_signal_hub_get_backlog (self->hub));
  add_figure (builder, "dropped-peers", server_signal_hub_get_dropped_peers (self->hub));
  json_builder_set_member_name (builder, "peers");
  json_builder_begin_array (builder);
  for (guint i = 0; i < MIN (n_peers, MAX_PEERS); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, i);

      add_peer (builder, peer);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);

  return json_builder_get_root (builder);
}

static void
update (ToolStats *self)
{
  g_autoptr (JsonNode) value = make_value (self);

  server_signal_set_value (self->signal, NULL, value, NULL);
}

static gboolean
update_cb (gpointer user_data)
{
  ToolStats *self = user_data;

  if (g_list_model_get_n_items (server_signal_hub_get_peers (self->hub)) > 0)
    update (self);

  return G_SOURCE_CONTINUE;
}

ToolStats *
tool_stats_new (ServerSignalHub  *hub,
                const char       *name,
                GError          **error)
{
  ToolStats *self;
  g_autoptr (ServerSignal) signal = NULL;

  if (!tool_name_check (name, error))
    return NULL;

  signal = server_signal_new (name, NULL);
  if (!server_signal_hub_add (hub, signal, error))
    return NULL;

  self = g_new0 (ToolStats, 1);
  self->hub = g_object_ref (hub);
  self->signal = g_steal_pointer (&signal);
  self->begin = g_get_monotonic_time ();
  self->timeout = g_timeout_add (INTERVAL_MS, update_cb, self);
  update (self);

  return self;
}

void
tool_stats_free (ToolStats *self)
{
  g_source_remove (self->timeout);
  g_object_unref (self->signal);
  g_object_unref (self->hub);
  g_free (self);
}
