/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-inspection.h"

#include "json/ss-writer.h"
#include "server-signal-peer-private.h"
#include "ss-clear-source.h"
#include "ss-limits.h"
#include "ss-peer-calls.h"

struct _SsInspection
{
  SsHubCore      *core;
  SsLinkCounters *counters;
  GListModel     *peers;
  ServerSignal   *signal;
  GSource        *source;
  gint64          since;   /* milliseconds since 1970 */
};

static void
append_figure (GString    *text,
               const char *name,
               guint64     value)
{
  g_string_append_printf (text, ",\"%s\":%" G_GUINT64_FORMAT, name, MIN (value, G_MAXINT64));
}

static void
append_peer (GString          *text,
             ServerSignalPeer *peer)
{
  GSocketAddress *address = server_signal_peer_get_remote_address (peer);
  const char *user = server_signal_peer_get_user (peer);
  const char *protocol = server_signal_peer_get_protocol (peer);
  SsSession *session = ss_peer_get_session (peer);
  SsPeerCalls *calls = *ss_peer_get_calls (peer);
  g_autofree char *id =
    address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : NULL;

  g_string_append (text, "{\"id\":");
  ss_append_quoted (text, id != NULL ? id : "", -1);
  g_string_append (text, ",\"user\":");
  if (user != NULL)
    ss_append_quoted (text, user, -1);
  else
    g_string_append (text, "null");
  g_string_append (text, ",\"protocol\":");
  ss_append_quoted (text, protocol != NULL ? protocol : "plain", -1);
  append_figure (text, "follows", session != NULL ? ss_session_get_n_wants (session) : 0);
  append_figure (text, "backlog", server_signal_peer_get_backlog (peer));
  append_figure (text, "merged", session != NULL ? ss_session_get_merged (session) : 0);
  append_figure (text, "calls", calls != NULL ? ss_peer_calls_get_length (calls) : 0);
  g_string_append_c (text, '}');
}

static void
append_signal (GString      *text,
               SsInspection *self,
               ServerSignal *signal)
{
  g_string_append (text, "{\"id\":");
  ss_append_quoted (text, server_signal_get_name (signal), -1);
  append_figure (text, "revision", server_signal_get_revision (signal));
  append_figure (text, "followers", ss_demand_count (self->core->demand, signal));
  g_string_append_c (text, '}');
}

static char *
print (SsInspection *self)
{
  GString *text = g_string_new ("{\"hub\":");
  GListModel *signals = ss_registry_get_model (self->core->registry);
  guint n_peers = g_list_model_get_n_items (self->peers);
  guint n_signals = g_list_model_get_n_items (signals);

  ss_append_quoted (text, self->core->id, -1);
  append_figure (text, "since", (guint64) self->since);
  append_figure (text, "n-peers", n_peers);
  append_figure (text, "n-signals", n_signals);
  append_figure (text, "commits", self->core->counters->commits);
  append_figure (text, "frames", self->counters->frames);
  append_figure (text, "bytes", self->counters->bytes);
  append_figure (text, "merged", self->core->counters->merged);
  append_figure (text, "backlog", self->counters->backlog);
  append_figure (text, "dropped-peers", self->core->counters->dropped);

  g_string_append (text, ",\"peers\":[");
  for (guint i = 0; i < MIN (n_peers, SS_INSPECTED); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (self->peers, i);

      g_string_append (text, i > 0 ? "," : "");
      append_peer (text, peer);
    }
  g_string_append (text, "],\"signals\":[");
  for (guint i = 0; i < MIN (n_signals, SS_INSPECTED); i++)
    {
      g_autoptr (ServerSignal) signal = g_list_model_get_item (signals, i);

      g_string_append (text, i > 0 ? "," : "");
      append_signal (text, self, signal);
    }
  g_string_append (text, "]}");

  return g_string_free (text, FALSE);
}

static void
look (SsInspection *self)
{
  g_autofree char *json = print (self);
  /* A handler of the application's may end the inspection. */
  g_autoptr (ServerSignal) signal = g_object_ref (self->signal);

  server_signal_set_json (signal, NULL, json, NULL);
}

static gboolean
look_cb (gpointer user_data)
{
  SsInspection *self = user_data;

  /* Nobody has followed it for a while. */
  if (ss_registry_lookup (self->core->registry, SS_INSPECTION_NAME) != self->signal)
    {
      ss_clear_source (&self->source);
      return G_SOURCE_REMOVE;
    }

  if (ss_demand_count (self->core->demand, self->signal) > 0)
    look (self);

  return G_SOURCE_CONTINUE;
}

SsInspection *
ss_inspection_new (SsHubCore      *core,
                   SsLinkCounters *counters)
{
  SsInspection *self = g_new0 (SsInspection, 1);

  self->core = ss_hub_core_ref (core);
  self->counters = ss_link_counters_ref (counters);
  self->signal = server_signal_new (SS_INSPECTION_NAME, NULL);
  self->since = g_get_real_time () / 1000;

  return self;
}

void
ss_inspection_free (SsInspection *self)
{
  ss_clear_source (&self->source);
  g_object_unref (self->signal);
  ss_link_counters_unref (self->counters);
  ss_hub_core_unref (self->core);
  g_free (self);
}

ServerSignal *
ss_inspection_look (SsInspection *self,
                    GListModel   *peers)
{
  g_autoptr (ServerSignal) signal = g_object_ref (self->signal);

  self->peers = peers;
  if (self->source == NULL)
    {
      self->source = g_timeout_source_new (SS_INSPECTION_MS);
      g_source_set_static_name (self->source, "[server-signal] inspection");
      g_source_set_callback (self->source, look_cb, self, NULL);
      g_source_attach (self->source, self->core->owner.context);
    }
  look (self);

  return g_steal_pointer (&signal);
}
