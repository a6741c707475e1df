/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-hub.h"

#include "server-signal-enum-types.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "server-signal-handshake-private.h"
#include "server-signal-peer-private.h"
#include "ss-action-groups.h"
#include "ss-clear-source.h"
#include "ss-closing.h"
#include "ss-http-link.h"
#include "ss-hub-core.h"
#include "ss-inspection.h"
#include "ss-keepalive.h"
#include "ss-later.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "ss-metrics.h"
#include "ss-object-list.h"
#include "ss-origin-policy.h"
#include "ss-page-state.h"
#include "ss-peer-calls.h"
#include "ss-web-files.h"
#include "transport/ss-address.h"
#include "transport/ss-connection-link.h"
#include "transport/ss-http-server.h"
#include "transport/ss-socket.h"
#include "transport/ss-stream-link.h"
#include "transport/ss-tls.h"

#define DEFAULT_PATH "/ws"
#define DEFAULT_SERVE_PATH "/server-signal"
#define REFUSAL "Pages of this origin, or of this host, may not connect here.\n"

/**
 * ServerSignalHub:
 *
 * The server end: gives the clients of a WebSocket the signals that it shares.
 *
 * ```c
 * g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
 * g_autoptr (ServerSignal) counter = server_signal_new ("counter", NULL);
 * g_autofree char *uri = NULL;
 *
 * if (!server_signal_set_json (counter, NULL, "{\"value\":0}", &error)
 *     || !server_signal_hub_add (hub, counter, &error)
 *     || !server_signal_hub_listen (hub, NULL, 3000, &error))
 *   return FALSE;
 *
 * uri = server_signal_hub_dup_uri (hub); // ws://127.0.0.1:3000/ws
 * server_signal_set_int (counter, "/value", 1, NULL); // and every client shows 1
 * ```
 *
 * ## Signals
 *
 * Every client sees the signals that are added with [method@SignalHub.add]. A client that comes late
 * gets the document as it is then, and from there on each commit, none missed and none twice.
 * [signal@SignalHub::allow] hides signals from some of them. A signal that only one client may see is
 * added to its [class@SignalPeer], best in a handler of [signal@SignalHub::peer-added].
 *
 * ## Ways in
 *
 * There are three, and a hub may use them together:
 *
 * - [method@SignalHub.listen]: a server of the hub's own, for the WebSocket and nothing else. It
 *   holds out against clients that open connections and say nothing, and against running out of
 *   file descriptors.
 * - [method@SignalHub.attach]: a path of the application's [class@Soup.Server], beside its pages
 *   and with its TLS.
 * - [method@SignalHub.accept_stream]: a stream on which the application has answered the handshake
 *   of a WebSocket; and [method@SignalHub.accept], with less to rely on, for a
 *   [class@Soup.WebsocketConnection] that it made itself.
 *
 * In the first two the hub makes the handshake. It takes `server-signal.v1` from what the client
 * offers as subprotocols, and from any other offer nothing, which makes the client a *plain* one.
 * It takes no WebSocket extension. Pages of other hosts are refused unless
 * [property@SignalHub:allowed-origins] has them. [signal@SignalHub::handshake] asks the application,
 * which may take its time and says who has come in.
 *
 * The client for pages comes along: [property@SignalHub:serve-path] and [method@SignalHub.serve] serve
 * the module that a page imports.
 *
 * ## Limits
 *
 * A hub serves [property@SignalHub:max-peers] clients, each of which may follow
 * [property@SignalHub:max-subscriptions] signals and send messages of 128 KiB. For each signal it
 * keeps [property@SignalHub:history-bytes] of patches, so that a client that comes back gets only
 * what it has missed. A document is sent to clients up to a frame of 64 MiB. A server of the hub's
 * own has no more than [property@SignalHub:max-handshakes] connections that are not clients yet.
 *
 * A client that reads slowly costs nobody else anything: when more than
 * [property@SignalHub:max-backlog] bytes wait for it, what it misses is merged until it has caught
 * up, and when it takes nothing for [property@SignalHub:stall-timeout] it is closed.
 * [property@SignalHub:keepalive-interval] and [property@SignalHub:keepalive-timeout] find clients
 * that left without a word.
 *
 * ## Rate
 *
 * Commits of one turn of the main loop leave in one write for each client; to thousands of clients they
 * leave over a few turns, so that the application has its own between. With
 * [property@SignalHub:flush-interval] commits are merged, so that a signal that changes a thousand
 * times in a second is sent, say, twenty times.
 *
 * ## Figures
 *
 * [property@SignalHub:n-peers], [property@SignalHub:n-signals], [property@SignalHub:commits],
 * [property@SignalHub:frames], [property@SignalHub:bytes], [property@SignalHub:merged],
 * [property@SignalHub:backlog] and [property@SignalHub:dropped-peers] tell what a hub is doing.
 * They cost nothing to read.
 *
 * ## The end
 *
 * A hub that listens or is attached lives until [method@SignalHub.close] or
 * [method@SignalHub.detach], whoever forgets it, and until the servers that it is attached to have
 * gone. A program that ends in good order waits for [method@SignalHub.close_async]; its clients are
 * told 1001 (going away), and come back later. A program may also leave without that.
 *
 * A hub that goes with its last reference says 1001 to its clients and emits no signal,
 * [signal@SignalHub::peer-removed] neither. In a child of `fork()` the copy of a hub does nothing
 * when it is closed or goes: sockets, and the file of a unix socket, are the parent's.
 *
 * A hub belongs to the [struct@GLib.MainContext] that is the thread's default when it is made.
 *
 * Since: 1.0
 */
struct _ServerSignalHub
{
  GObject          parent_instance;

  SsHubCore       *core;     /* the part that peers need, see there */
  char            *path;
  char            *health_path;
  char            *serve_path;
  gboolean         inspector;
  SsInspection    *inspection; /* NULL until somebody has asked for it */
  gboolean         http;
  GStrv            allowed_origins;
  SsOriginPolicy  *origin_policy; /* of those; NULL for none */
  guint            refusals_said; /* a bit for each SsOriginVerdict */
  gboolean         untaken_said;  /* that nobody has taken a handshake over */
  SsObjectList    *peers;    /* the hub's reference on each */
  SsHttpServer    *http_server; /* NULL unless listening */
  GPtrArray       *handlers; /* of SsHandler: where the hub is attached, and where it serves files */
  gboolean         held;     /* the hub has a reference to itself, see hold_or_release() */
  GTlsCertificate *certificate;
  gboolean         certificate_refused; /* the one that was set last */
  SsKeepalive     *keepalive;
  SsAddressCounts *addresses; /* of the peers */
  GPtrArray       *unasked;  /* signals that are published, and about which nobody has been asked */
  GSource         *asking;   /* when there are any */
  SsCallRuns      *runs;
  SsActionGroups  *action_groups;
  guint            max_peers;
  guint            max_handshakes;
  guint            max_peers_per_address;
  guint            flush_interval;
  guint            linger;
  ServerSignalOrigin *origin;
  GHashTable      *followed_there; /* names that are followed at the origin */
  gboolean         letting_go;     /* a signal that nobody follows is removed */

  /* Each peer's link is given these. */
  SsLinkCounters  *link_counters;
  guint            stall_timeout;
  guint            keepalive_interval;
  guint            keepalive_timeout;
};

G_DEFINE_FINAL_TYPE (ServerSignalHub, server_signal_hub, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_PATH,
  PROP_HEALTH_PATH,
  PROP_SERVE_PATH,
  PROP_MODULE_VERSION,
  PROP_INSPECTOR,
  PROP_HTTP,
  PROP_ALLOWED_ORIGINS,
  PROP_TLS_CERTIFICATE,
  PROP_MAX_PEERS,
  PROP_MAX_SUBSCRIPTIONS,
  PROP_MAX_CALLS,
  PROP_MAX_CALL_RATE,
  PROP_HISTORY_BYTES,
  PROP_MAX_HANDSHAKES,
  PROP_MAX_PEERS_PER_ADDRESS,
  PROP_MAX_BACKLOG,
  PROP_STALL_TIMEOUT,
  PROP_FLUSH_INTERVAL,
  PROP_LINGER,
  PROP_ANNOUNCE,
  PROP_ORIGIN,
  PROP_KEEPALIVE_INTERVAL,
  PROP_KEEPALIVE_TIMEOUT,
  PROP_PEERS,
  PROP_SIGNALS,
  PROP_N_PEERS,
  PROP_N_SIGNALS,
  PROP_COMMITS,
  PROP_FRAMES,
  PROP_BYTES,
  PROP_MERGED,
  PROP_BACKLOG,
  PROP_DROPPED_PEERS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_AUTHORIZE,
  SIGNAL_HANDSHAKE,
  SIGNAL_ALLOW,
  SIGNAL_REQUEST,
  SIGNAL_PEER_ADDED,
  SIGNAL_PEER_REMOVED,
  SIGNAL_ALLOW_CALL,
  SIGNAL_CALL,
  SIGNAL_RESOLVE,
  SIGNAL_FOLLOWED,
  SIGNAL_UNFOLLOWED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
notify (ServerSignalHub *self,
        guint            property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static GPtrArray *
copy_list (GListModel *model)
{
  guint n = g_list_model_get_n_items (model);
  GPtrArray *items = g_ptr_array_new_full (n, g_object_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (items, g_list_model_get_item (model, i));

  return items;
}

static GPtrArray *
copy_peers (ServerSignalHub *self)
{
  return copy_list (G_LIST_MODEL (self->peers));
}

/* Whether a peer may see a signal that is shared. This is the only place that asks the application;
 * the answer is kept with the peer, see ss_peer_sees(). */
static gboolean
is_allowed (ServerSignalHub  *self,
            ServerSignalPeer *peer,
            ServerSignal     *signal)
{
  gboolean allowed = TRUE;

  g_signal_emit (self, signals[SIGNAL_ALLOW], 0, peer, signal, &allowed);

  return allowed;
}

static gboolean
has_allow_handlers (ServerSignalHub *self)
{
  return g_signal_has_handler_pending (self, signals[SIGNAL_ALLOW], 0, FALSE);
}

/* Asks whether a peer may see a signal on demand whose name it has asked for. */
static void
ask_asker (ServerSignalHub  *self,
           ServerSignalPeer *peer,
           ServerSignal     *signal)
{
  const char *name = server_signal_get_name (signal);

  ss_peer_grant (peer, signal, is_allowed (self, peer, signal));
  if (!ss_demand_has (ss_peer_get_asker (peer), name))
    return;

  if (ss_peer_has (peer, name))
    ss_demand_published (self->core->demand, name, ss_peer_get_asker (peer));
  else
    ss_demand_refuse (self->core->demand, ss_peer_get_asker (peer), name);
}

/* The handlers may do anything. */
static void
review_peer (ServerSignalPeer *peer,
             gpointer          user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);
  g_autoptr (ServerSignalPeer) keep = g_object_ref (peer);
  g_autoptr (GPtrArray) all = NULL;

  if (!has_allow_handlers (self) && !ss_peer_is_blind (peer))
    return;

  all = copy_list (ss_registry_get_model (self->core->registry));
  for (guint i = 0; i < all->len && ss_peer_is_served (peer); i++)
    {
      ServerSignal *signal = all->pdata[i];
      const char *name = server_signal_get_name (signal);

      if (ss_registry_feed (self->core->registry, name) == NULL)
        continue;

      if (!ss_registry_is_quiet (self->core->registry, name))
        ss_peer_show (peer, signal, is_allowed (self, peer, signal));
      /* One that it has not asked for is not there. */
      else if (self->core->guarded &&
               (ss_peer_sees (peer, signal) || ss_demand_has (ss_peer_get_asker (peer), name)))
        ask_asker (self, peer, signal);
    }
}

/* Asks whether those may see it who have asked for its name. */
static void
ask_askers (ServerSignalHub *self,
            GPtrArray       *peers,
            ServerSignal    *signal)
{
  const char *name = server_signal_get_name (signal);

  for (guint i = 0; i < peers->len; i++)
    {
      ServerSignalPeer *peer = peers->pdata[i];

      if (ss_demand_has (ss_peer_get_asker (peer), name))
        ask_asker (self, peer, signal);
    }
}

/* Asks about the signals that have been published. */
static void
ask_unasked (ServerSignalHub *self)
{
  g_autoptr (GPtrArray) peers = NULL;

  ss_clear_source (&self->asking);
  if (self->unasked->len == 0)
    return;

  peers = copy_peers (self);
  while (self->unasked->len > 0)
    {
      g_autoptr (ServerSignal) signal = g_ptr_array_steal_index (self->unasked, 0);

      if (ss_registry_is_quiet (self->core->registry, server_signal_get_name (signal)))
        {
          ask_askers (self, peers, signal);
          continue;
        }

      /* Those that have come since have been asked about all. */
      for (guint i = 0; i < peers->len; i++)
        {
          ServerSignalPeer *peer = peers->pdata[i];

          if (ss_peer_is_served (peer) && !ss_peer_sees (peer, signal))
            ss_peer_show (peer, signal, is_allowed (self, peer, signal));
        }
    }
}

static gboolean
asking_cb (gpointer user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);

  ask_unasked (self);

  return G_SOURCE_REMOVE;
}

/* In the middle of a commit, or of a change of the registry, nobody can be asked. */
static void
ask_later (ServerSignalHub *self,
           ServerSignal    *signal)
{
  g_ptr_array_add (self->unasked, g_object_ref (signal));
  if (self->asking != NULL)
    return;

  self->asking = g_idle_source_new ();
  g_source_set_static_name (self->asking, "[server-signal] allow");
  g_source_set_priority (self->asking, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->asking, asking_cb, self, NULL);
  g_source_attach (self->asking, self->core->owner.context);
}

/* A signal that was made on demand: only those hear of it who have asked for it. */
static void
publish_quietly (ServerSignalHub *self,
                 const char      *name)
{
  self->core->guarded = has_allow_handlers (self);
  if (self->core->guarded)
    ask_later (self, ss_registry_lookup (self->core->registry, name));
  else
    ss_demand_published (self->core->demand, name, NULL);
}

static void
registry_changed_cb (SsRegistry *registry,
                     const char *name,
                     guint       slot,
                     gboolean    published,
                     gpointer    user_data)
{
  ServerSignalHub *self = user_data;
  GListModel *model = G_LIST_MODEL (self->peers);
  gboolean quiet = ss_registry_is_quiet (registry, name);
  gboolean hides = published && !quiet && has_allow_handlers (self);

  if (quiet && published)
    {
      publish_quietly (self, name);
      return;
    }
  /* Nobody has it. */
  if (quiet && self->letting_go && !self->core->guarded)
    return;
  /* Those who have asked are few, where all the others are many. */
  if (!self->core->announce && published && !hides)
    {
      ss_demand_published (self->core->demand, name, NULL);
      return;
    }

  /* Nothing here calls the application, so the list stays as it is. */
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (model, i);

      if (hides)
        ss_peer_hide_new (peer, slot);
      else
        ss_peer_shared_changed (peer, name, slot, published, quiet || !self->core->announce);
    }

  if (hides)
    ask_later (self, ss_registry_lookup (registry, name));
}

static void
via_changed_cb (SsRegistry *registry,
                gpointer    user_data)
{
  ServerSignalHub *self = user_data;
  GListModel *model = G_LIST_MODEL (self->peers);

  /* Nothing here calls the application either. */
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (model, i);

      ss_peer_via_changed (peer);
    }
}

static const SsRegistryFuncs registry_funcs = {
  .changed = registry_changed_cb,
  .via_changed = via_changed_cb,
};

/* Signals on demand */

static void
demand_answer (gpointer  peer,
               SsFrame  *question,
               gpointer  user_data)
{
  ss_peer_answer (peer, question);
}

static void
demand_tell (gpointer    peer,
             const char *name,
             gboolean    added,
             gpointer    user_data)
{
  ss_peer_tell (peer, name, added);
}

static void
unfollow_there (ServerSignalHub *self,
                const char      *name)
{
  g_autofree char *keep = g_strdup (name);
  g_autoptr (ServerSignalOrigin) origin = NULL;

  if (!g_hash_table_remove (self->followed_there, keep))
    return;

  origin = g_object_ref (self->origin);
  server_signal_origin_unfollow (origin, keep);
}

static void
demand_let_go (ServerSignal *signal,
               gpointer      peer,
               gpointer      user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);

  if (peer != NULL)
    {
      server_signal_peer_remove (peer, signal);
      return;
    }

  self->letting_go = TRUE;
  server_signal_hub_remove (self, signal);
  self->letting_go = FALSE;
}

static void
demand_news (ServerSignal *signal,
             gpointer      peer,
             gboolean      followed,
             gpointer      user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);

  g_signal_emit (self, signals[followed ? SIGNAL_FOLLOWED : SIGNAL_UNFOLLOWED], 0, signal, peer);
}

static gboolean
demand_has_readers (gpointer user_data)
{
  return g_signal_has_handler_pending (user_data, signals[SIGNAL_FOLLOWED], 0, FALSE) ||
         g_signal_has_handler_pending (user_data, signals[SIGNAL_UNFOLLOWED], 0, FALSE);
}

static const SsDemandFuncs demand_funcs = {
  .answer = demand_answer,
  .tell = demand_tell,
  .let_go = demand_let_go,
  .news = demand_news,
  .has_readers = demand_has_readers,
};

static gboolean
can_resolve (ServerSignalHub *self)
{
  return self->origin != NULL || self->inspector ||
         g_signal_has_handler_pending (self, signals[SIGNAL_RESOLVE], 0, FALSE);
}

/* The signal that the name would stand for to the peer, if it had data. */
static ServerSignal *
find_unready (ServerSignalHub  *self,
              ServerSignalPeer *peer,
              const char       *name)
{
  ServerSignal *signal = ss_peer_lookup_own (peer, name);

  if (signal == NULL)
    signal = ss_registry_lookup (self->core->registry, name);

  return signal != NULL && !ss_signal_has_data (signal) ? signal : NULL;
}

static ServerSignal *
look_at_hub (ServerSignalHub *self)
{
  if (self->inspection == NULL)
    self->inspection = ss_inspection_new (self->core, self->link_counters);

  return ss_inspection_look (self->inspection, G_LIST_MODEL (self->peers));
}

/* The signal for a name that there is none of, from the application or the origin. */
static ServerSignal *
find_signal (ServerSignalHub  *self,
             ServerSignalPeer *peer,
             const char       *name)
{
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (ServerSignalOrigin) origin = NULL;

  if (self->inspector && g_str_equal (name, SS_INSPECTION_NAME))
    return look_at_hub (self);

  g_signal_emit (self, signals[SIGNAL_RESOLVE], 0, peer, name, &signal);
  /* One that is there and that this peer may not see is nothing to it. */
  if (signal == NULL && ss_registry_lookup (self->core->registry, name) == NULL &&
      g_set_object (&origin, self->origin))
    {
      g_hash_table_add (self->followed_there, g_strdup (name));
      signal = server_signal_origin_follow (origin, name);
    }
  if (signal == NULL || strcmp (server_signal_get_name (signal), name) == 0)
    return g_steal_pointer (&signal);

  g_critical ("The name “%s” was resolved to a signal “%s”", name, server_signal_get_name (signal));

  return NULL;
}

/* Shares what a name has been resolved to, or gives it to the peer alone. */
static void
take_resolved (ServerSignalHub  *self,
               ServerSignalPeer *peer,
               ServerSignal     *signal)
{
  const char *name = server_signal_get_name (signal);
  ServerSignal *shared = ss_registry_lookup (self->core->registry, name);
  gsize history = (gsize) MIN (self->core->history_bytes, G_MAXSIZE);
  g_autoptr (GError) error = NULL;

  /* The application has done it already. */
  if (shared == signal)
    return;

  if (ss_peer_lookup_own (peer, name) == signal)
    {
      ss_demand_resolved (self->core->demand, signal, peer);
    }
  else if (shared != NULL)
    {
      if (server_signal_peer_add (peer, signal, &error))
        ss_demand_resolved (self->core->demand, signal, peer);
    }
  else if (ss_registry_add_quietly (self->core->registry, signal, history, &error))
    {
      ss_demand_resolved (self->core->demand, signal, NULL);
      notify (self, PROP_N_SIGNALS);
    }

  if (error != NULL)
    {
      g_debug ("A resolved signal is not served: %s", error->message);
      unfollow_there (self, name);
    }
}

static void
resolve (ServerSignalHub  *self,
         ServerSignalPeer *peer,
         const char       *name)
{
  g_autoptr (ServerSignal) signal = find_signal (self, peer, name);

  if (signal != NULL && ss_peer_is_served (peer))
    take_resolved (self, peer, signal);
  else
    unfollow_there (self, name);
}

/* Asks whether the peer may see what was made on demand. */
static void
grant (ServerSignalHub  *self,
       ServerSignalPeer *peer,
       const char       *name)
{
  g_autoptr (ServerSignal) signal = NULL;

  if (!self->core->guarded || !ss_registry_is_quiet (self->core->registry, name) ||
      ss_registry_feed (self->core->registry, name) == NULL || ss_peer_has (peer, name))
    return;

  signal = g_object_ref (ss_registry_lookup (self->core->registry, name));
  ss_peer_grant (peer, signal, is_allowed (self, peer, signal));
}

static SsAsked
peer_ask (ServerSignalPeer *peer,
          SsFrame          *question,
          gpointer          user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);
  SsDemand *demand = self->core->demand;
  SsAsker *asker = ss_peer_get_asker (peer);
  const char *name = question->name;
  ServerSignal *signal;

  /* Nothing fits into that: it asks whether anybody is there. */
  if (question->max > 0 && question->max < SS_ANSWER_BYTES)
    return SS_ASKED_UNKNOWN;
  if (!can_resolve (self) && self->core->announce)
    return SS_ASKED_UNKNOWN;
  if (!ss_demand_has (asker, name) &&
      ss_demand_get_n_questions (asker) >= self->core->max_subscriptions)
    return SS_ASKED_TOO_MANY;

  if (find_unready (self, peer, name) == NULL)
    {
      /* One that is there and that this peer may not see is nothing to it: the application may have
       * another one for it. */
      self->core->guarded = has_allow_handlers (self);
      grant (self, peer, name);
      if (can_resolve (self) && ss_peer_is_served (peer) && !ss_peer_has (peer, name))
        {
          resolve (self, peer, name);
          grant (self, peer, name);
        }
      if (!ss_peer_is_served (peer))
        return SS_ASKED_UNKNOWN;
      if (ss_peer_has (peer, name))
        {
          ss_demand_forget (demand, asker, name);
          return SS_ASKED_READY;
        }
    }

  signal = find_unready (self, peer, name);
  if (signal != NULL && !ss_signal_replica_is_refused (signal))
    {
      ss_demand_wait (demand, asker, question);
      return SS_ASKED_LATER;
    }

  ss_demand_remember (demand, asker, name);

  return SS_ASKED_UNKNOWN;
}

/* The peer has given no sign of life. */
static void
keepalive_cb (SsLink   *link,
              gpointer  user_data)
{
  ServerSignalHub *self = user_data;

  ss_log_info ("peer-dropped",
               SS_LOG (.peer = ss_link_get_remote_address (link),
                       .reason = "it gave no sign of life"),
               "A client is cut off");
  self->core->counters->dropped++;
  ss_link_cut (link);
}

/* cancel: runs the application. */
static void
end_calls (ServerSignalPeer *peer,
           gboolean          cancel)
{
  SsPeerCalls *calls = g_steal_pointer (ss_peer_get_calls (peer));

  if (calls != NULL)
    ss_peer_calls_end (calls, cancel);
}

static void
peer_closed (ServerSignalPeer *peer,
             gpointer          user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);

  ss_log_info ("peer-out", SS_LOG (.peer = server_signal_peer_get_remote_address (peer)),
               "A client has gone");
  ss_keepalive_remove (ss_peer_get_beat (peer));
  ss_object_list_remove (self->peers, g_steal_pointer (ss_peer_get_place (peer)));
  notify (self, PROP_N_PEERS);
  /* It has followed signals before it goes. */
  ss_demand_tell_news (self->core->demand);
  g_signal_emit (self, signals[SIGNAL_PEER_REMOVED], 0, peer);
  end_calls (peer, TRUE);
}

static gboolean
calls_allows (ServerSignalPeer *peer,
              const char       *method,
              gpointer          user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);
  gboolean allowed = FALSE;

  if (!g_signal_has_handler_pending (self, signals[SIGNAL_ALLOW_CALL], 0, FALSE))
    return TRUE;

  g_signal_emit (self, signals[SIGNAL_ALLOW_CALL], 0, peer, method, &allowed);

  return allowed;
}

/* A peer that may not see the state of an action group has no such actions. */
static gboolean
is_action_hidden (ServerSignalHub  *self,
                  ServerSignalPeer *peer,
                  const char       *method)
{
  const char *group = ss_action_groups_find (self->action_groups, method);
  ServerSignal *signal = group != NULL ? ss_registry_lookup (self->core->registry, group) : NULL;

  return signal != NULL && !ss_peer_sees (peer, signal);
}

static gboolean
calls_handle (ServerSignalPeer *peer,
              ServerSignalCall *call,
              gpointer          user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);
  gboolean taken = FALSE;

  if (is_action_hidden (self, peer, server_signal_call_get_method (call)))
    return FALSE;
  if (ss_action_groups_take (self->action_groups, call))
    return TRUE;

  /* A method that nobody has connected to is no quark, and must not become one: clients have any
   * number of names, and quarks are for ever. */
  g_signal_emit (self, signals[SIGNAL_CALL],
                 g_quark_try_string (server_signal_call_get_method (call)), call, &taken);

  return taken;
}

static const SsPeerCallsFuncs calls_funcs = {
  .allows = calls_allows,
  .handle = calls_handle,
};

static SsCallState
peer_get_call (ServerSignalPeer *peer,
               guint64           id,
               gpointer          user_data)
{
  SsPeerCalls *calls = *ss_peer_get_calls (peer);

  return calls != NULL ? ss_peer_calls_get_state (calls, id) : SS_CALL_NONE;
}

static void
peer_call (ServerSignalPeer *peer,
           SsFrame          *frame,
           gpointer          user_data)
{
  ServerSignalHub *self = user_data;
  gpointer *calls = ss_peer_get_calls (peer);

  if (*calls == NULL)
    *calls = ss_peer_calls_new (peer, self->core, self->runs, ss_peer_get_session (peer),
                                &calls_funcs, self);
  ss_peer_calls_take (*calls, frame);
}

static const SsPeerFuncs peer_funcs = {
  .closed = peer_closed,
  .ask = peer_ask,
  .review = review_peer,
  .get_call = peer_get_call,
  .call = peer_call,
};

/* Gives a link the limits and counters of the hub, before anything is sent. */
static void
set_times (ServerSignalHub *self,
           SsLink          *link)
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

static void
set_up_link (ServerSignalHub *self,
             SsLink          *link)
{
  ss_link_set_counters (link, self->link_counters);
  set_times (self, link);
}

/* Makes a peer of the link and takes it in. The hub has the reference. handshake: NULL for one that
 * the application has made. */
static ServerSignalPeer *
take_link (ServerSignalHub       *self,
           SsLink                *link,
           ServerSignalHandshake *handshake,
           const char            *user)
{
  g_autoptr (ServerSignalHub) keep = g_object_ref (self);
  g_autoptr (ServerSignalPeer) peer = NULL;

  set_up_link (self, link);
  peer = ss_peer_new (self->core, link, handshake, user, &peer_funcs, self);
  ss_http_link_set_peer (link, peer);

  ss_log_info ("peer-in", SS_LOG (.peer = ss_link_get_remote_address (link)),
               "A client has come in, and speaks %s",
               ss_link_get_protocol (link) != NULL ? ss_link_get_protocol (link) : "plain");
  ss_address_counts_count (self->addresses, ss_address_get_key (ss_link_get_remote_address (link)),
                           G_OBJECT (link));
  ss_keepalive_add (self->keepalive, ss_peer_get_beat (peer), link);
  ss_object_list_append (self->peers, peer, ss_peer_get_place (peer));
  notify (self, PROP_N_PEERS);
  g_signal_emit (self, signals[SIGNAL_PEER_ADDED], 0, peer);

  server_signal_peer_review (peer);
  ss_peer_start (peer);

  return peer;
}

static gboolean
is_full (ServerSignalHub *self)
{
  return ss_object_list_get_length (self->peers) >= self->max_peers;
}

static void
log_refusal (GSocketAddress *address,
             const char     *reason)
{
  ss_log_info ("peer-refused", SS_LOG (.peer = address, .reason = reason), "A client is refused");
}

/* For one more client, and for one more from its address, which is NULL where nobody knows it. */
static gboolean
check_room (ServerSignalHub *self,
            GSocketAddress  *address)
{
  guint64 key = self->max_peers_per_address > 0 ? ss_address_get_key (address) : 0;
  gboolean crowded =
    key != 0 && ss_address_counts_get (self->addresses, key) >= self->max_peers_per_address;

  if (is_full (self))
    log_refusal (address, "the hub is full");
  else if (crowded)
    log_refusal (address, "there are as many clients of its address as may be");
  else
    return TRUE;

  return FALSE;
}

/* A handler of "authorize" that says no may have said how. A status that would let the client in, or
 * is no answer at all, was not meant. */
static SoupStatus
get_refusal (SoupServerMessage *message)
{
  guint status = soup_server_message_get_status (message);

  if (status >= SOUP_STATUS_MULTIPLE_CHOICES && status < 600 && status != SOUP_STATUS_NOT_MODIFIED)
    return (SoupStatus) status;

  if (status != SOUP_STATUS_NONE)
    g_message (
      "A handler of ServerSignalHub::authorize refuses a client with status %u, which does "
      "not refuse; the client gets 403",
      status);

  return SOUP_STATUS_FORBIDDEN;
}

/* Once for each reason, because a page tries again and again. */
static void
say_refusal (ServerSignalHub *self,
             SsOriginVerdict  verdict,
             const char      *origin,
             const char      *host)
{
  g_autofree char *origin_text = NULL;
  g_autofree char *host_text = NULL;

  if ((self->refusals_said & (1u << verdict)) != 0)
    return;

  self->refusals_said |= 1u << verdict;
  origin_text = g_strescape (origin != NULL ? origin : "", NULL);
  host_text = g_strescape (host != NULL ? host : "", NULL);

  switch (verdict)
    {
    case SS_ORIGIN_FOREIGN:
      g_message (
        "A page of %.256s was refused by a hub that it reached as %.256s. Add the origin to "
        "ServerSignalHub:allowed-origins to let its pages in",
        origin_text, host_text);
      break;

    case SS_ORIGIN_NULL:
      g_message (
        "A page without an origin, such as one that was opened from a file, was refused by a "
        "hub. Add \"null\" to ServerSignalHub:allowed-origins to let such pages in");
      break;

    case SS_ORIGIN_HOST_FOREIGN:
      g_message (
        "A request for the host %.256s was refused by a hub that is on loopback only. Add the "
        "host to ServerSignalHub:allowed-origins to let such requests in",
        host_text);
      break;

    case SS_ORIGIN_MALFORMED:
    case SS_ORIGIN_HOST_MALFORMED:
      g_message (
        "A request was refused by a hub, because no entry of ServerSignalHub:allowed-origins "
        "can stand for the origin \"%.256s\" and the host \"%.256s\"",
        origin_text, host_text);
      break;

    case SS_ORIGIN_ALLOWED:
    case SS_ORIGIN_N_VERDICTS:
    default:
      g_assert_not_reached ();
    }
}

/* Whether the page that asks, if it is one, may connect. A header that comes twice is joined here, and
 * is no good then. */
static gboolean
check_origin (ServerSignalHub   *self,
              SoupServerMessage *message,
              gboolean           loopback)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *origin = soup_message_headers_get_list (headers, "Origin");
  const char *host = soup_message_headers_get_list (headers, "Host");
  SsOriginVerdict verdict = ss_origin_policy_check (self->origin_policy, origin, host, loopback);

  if (verdict == SS_ORIGIN_ALLOWED)
    return TRUE;

  say_refusal (self, verdict, origin, host);
  soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_STATIC,
                                    REFUSAL, strlen (REFUSAL));

  return FALSE;
}

/* SOUP_STATUS_NONE: the application may be asked. */
static SoupStatus
check_request (ServerSignalHub   *self,
               SoupServerMessage *message,
               gboolean           loopback)
{
  GSocketAddress *address = ss_socket_get_message_address (message);

  if (!check_origin (self, message, loopback))
    {
      log_refusal (address, "its origin or host is not allowed");
      return SOUP_STATUS_FORBIDDEN;
    }

  if (check_room (self, address))
    return SOUP_STATUS_NONE;

  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                G_STRINGIFY (SS_FULL_RETRY_SECONDS));

  return is_full (self) ? SOUP_STATUS_SERVICE_UNAVAILABLE : (SoupStatus) 429;
}

/* Said once, because clients come again and again. */
static void
refuse_untaken (ServerSignalHub *self,
                SsAdmission     *admission)
{
  log_refusal (ss_socket_get_message_address (ss_admission_get_message (admission)),
               "no handler of ServerSignalHub::handshake has taken it over");
  if (!self->untaken_said)
    g_message (
      "A client was refused by a hub, because no handler of ServerSignalHub::handshake has "
      "returned TRUE. Return it from a handler that has answered, or is going to answer; to "
      "look on, connect to ServerSignalHub::peer-added");
  self->untaken_said = TRUE;
  ss_admission_answer (admission, SOUP_STATUS_FORBIDDEN);
}

static void
handler_admit (SsAdmission *admission,
               gpointer     user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);
  SoupServerMessage *message = ss_admission_get_message (admission);
  SoupStatus status = check_request (self, message, ss_admission_is_loopback (admission));
  g_autoptr (ServerSignalHandshake) handshake = NULL;
  gboolean answer = TRUE;
  gboolean asks;

  if (status != SOUP_STATUS_NONE)
    {
      ss_admission_answer (admission, status);
      return;
    }

  g_signal_emit (self, signals[SIGNAL_AUTHORIZE], 0, message, &answer);
  if (!answer)
    {
      log_refusal (ss_socket_get_message_address (message),
                   "a handler of ServerSignalHub::authorize said so");
      ss_admission_answer (admission, get_refusal (message));
      return;
    }

  /* The handlers may have ended the server. */
  if (ss_admission_get_message (admission) == NULL)
    return;

  handshake = ss_handshake_new (self->core, admission);
  asks = g_signal_has_handler_pending (self, signals[SIGNAL_HANDSHAKE], 0, FALSE);
  answer = FALSE;
  g_signal_emit (self, signals[SIGNAL_HANDSHAKE], 0, handshake, &answer);
  if (answer || ss_admission_get_message (admission) == NULL)
    return;

  /* A handler that should have kept somebody out may have raised an exception. */
  if (asks)
    refuse_untaken (self, admission);
  else
    ss_handshake_let_in (handshake);
}

/* The length of a folder's path without slashes at its end. */
static gsize
get_folder_length (const char *path)
{
  gsize length = strlen (path);

  while (length > 0 && path[length - 1] == '/')
    length--;

  return length;
}

/* Whether the file is there that a path on the server of the hub's own names. */
static gboolean
answer_file (ServerSignalHub   *self,
             SoupServerMessage *message,
             const char        *path)
{
  g_autofree char *folder = NULL;

  if (self->serve_path == NULL)
    return FALSE;

  folder = g_strndup (self->serve_path, get_folder_length (self->serve_path));

  return g_str_has_prefix (path, folder) &&
         ss_web_files_answer (message, path + strlen (folder), self->inspector, folder, self->path);
}

static SoupStatus
handler_request (SsHandler         *handler,
                 SoupServerMessage *message,
                 const char        *path,
                 gboolean           loopback,
                 gpointer           user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);
  gboolean answered = FALSE;

  if (!g_signal_has_handler_pending (self, signals[SIGNAL_REQUEST], 0, FALSE) &&
      self->serve_path == NULL)
    return SOUP_STATUS_NOT_FOUND;

  if (!check_origin (self, message, loopback))
    {
      log_refusal (ss_socket_get_message_address (message), "its origin or host is not allowed");
      return SOUP_STATUS_FORBIDDEN;
    }

  /* Of other methods there is no body, so nobody could do with them what they ask for. */
  if (soup_server_message_get_method (message) == SOUP_METHOD_GET ||
      soup_server_message_get_method (message) == SOUP_METHOD_HEAD)
    g_signal_emit (self, signals[SIGNAL_REQUEST], 0, message, path, &answered);

  return answered || answer_file (self, message, path) ? SOUP_STATUS_NONE : SOUP_STATUS_NOT_FOUND;
}

/* The path of the hub's WebSocket on a server of the application's; NULL: there is none. */
static const char *
find_websocket (ServerSignalHub *self,
                SoupServer      *server)
{
  for (guint i = 0; i < self->handlers->len; i++)
    {
      SsHandler *handler = self->handlers->pdata[i];

      if (ss_handler_get_server (handler) == server && !ss_handler_is_folder (handler))
        return ss_handler_get_path (handler);
    }

  return NULL;
}

static SoupStatus
folder_request (SsHandler         *handler,
                SoupServerMessage *message,
                const char        *path,
                gboolean           loopback,
                gpointer           user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);
  const char *folder = ss_handler_get_path (handler);

  if (!check_origin (self, message, loopback))
    {
      log_refusal (ss_socket_get_message_address (message), "its origin or host is not allowed");
      return SOUP_STATUS_FORBIDDEN;
    }

  return ss_web_files_answer (message, path + strlen (folder), self->inspector, folder,
                              find_websocket (self, ss_handler_get_server (handler)))
           ? SOUP_STATUS_NONE
           : SOUP_STATUS_NOT_FOUND;
}

static gboolean
handler_serves (SoupServerMessage *message,
                gpointer           user_data)
{
  ServerSignalHub *self = user_data;

  return self->http && ss_http_link_is_asked (message);
}

static SsLink *
handler_serve (SoupServerMessage *message,
               gpointer           user_data)
{
  return ss_http_link_new (message);
}

static void
handler_enter (SoupServerMessage *message,
               SsLink            *link,
               gpointer           user_data)
{
  ServerSignalHub *self = user_data;
  ServerSignalHandshake *handshake = ss_handshake_get (message);

  /* Others have come in while this handshake was being answered. */
  if (check_room (self, ss_link_get_remote_address (link)))
    take_link (self, link, handshake, server_signal_handshake_get_user (handshake));
  else
    ss_link_cut (link);
}

/* A hub that clients can reach is held, whoever forgets it: a program does not lose its server to a
 * garbage collector. The caller has a reference. */
static void
hold_or_release (ServerSignalHub *self)
{
  gboolean reachable = self->http_server != NULL || self->handlers->len > 0;

  if (self->held == reachable)
    return;

  self->held = reachable;
  if (reachable)
    g_object_ref (self);
  else
    g_object_unref (self);
}

static void
handler_gone (SsHandler *handler,
              gpointer   user_data)
{
  g_autoptr (ServerSignalHub) self = g_object_ref (user_data);

  if (g_ptr_array_remove (self->handlers, handler))
    hold_or_release (self);
}

static const SsHandlerFuncs handler_funcs = {
  .admit = handler_admit,
  .request = handler_request,
  .serves = handler_serves,
  .serve = handler_serve,
  .enter = handler_enter,
  .gone = handler_gone,
};

static const SsHandlerFuncs folder_funcs = {
  .request = folder_request,
  .gone = handler_gone,
};

static gboolean
authorize_default (ServerSignalHub   *self,
                   SoupServerMessage *message)
{
  return TRUE;
}

static gboolean
allow_default (ServerSignalHub  *self,
               ServerSignalPeer *peer,
               ServerSignal     *signal)
{
  return TRUE;
}

/* Goes on until somebody has taken the call. */
static gboolean
call_accumulator (GSignalInvocationHint *hint,
                  GValue                *sum,
                  const GValue          *one,
                  gpointer               data)
{
  gboolean taken = g_value_get_boolean (one);

  g_value_set_boolean (sum, taken);

  return !taken;
}

/* Goes on as long as everybody agrees. */
static gboolean
agreement_accumulator (GSignalInvocationHint *hint,
                       GValue                *sum,
                       const GValue          *one,
                       gpointer               data)
{
  gboolean allowed = g_value_get_boolean (one);

  g_value_set_boolean (sum, allowed);

  return allowed;
}

/* The first signal is the one. */
static gboolean
resolve_accumulator (GSignalInvocationHint *hint,
                     GValue                *sum,
                     const GValue          *one,
                     gpointer               data)
{
  g_value_copy (one, sum);

  return g_value_get_object (one) == NULL;
}

static void
clear_list (gpointer list)
{
  ss_object_list_clear (list);
}

/* The peers finish their closing handshakes by themselves. No signal is emitted for them; readers of
 * the list see it become empty a little later. */
static void
disown_peers (ServerSignalHub *self)
{
  g_autoptr (GPtrArray) peers = copy_peers (self);
  g_autoptr (SsObjectList) list = NULL;

  if (peers->len == 0)
    return;

  for (guint i = 0; i < peers->len; i++)
    {
      ServerSignalPeer *peer = g_ptr_array_index (peers, i);

      ss_peer_disown (peer);
      end_calls (peer, FALSE);
      ss_keepalive_remove (ss_peer_get_beat (peer));
      *ss_peer_get_place (peer) = NULL;
    }

  list = g_steal_pointer (&self->peers);
  self->peers = ss_object_list_new (SERVER_TYPE_SIGNAL_PEER);
  ss_later (self->core->owner.context, list, clear_list);
}

/* The properties. Each is a row of this table, with the functions below that get and set it. A new
 * one needs its number above, a row, a field, and its functions. */

typedef enum
{
  KIND_BOOLEAN,
  KIND_STRING,
  KIND_UINT,
  KIND_UINT64,
  KIND_STRV,
  KIND_LIST,
  KIND_CERTIFICATE,
  KIND_ANNOUNCE,
  KIND_ORIGIN,
} Kind;

typedef struct
{
  const char *name;
  Kind        kind;
  GParamFlags flags;
  GCallback   get;
  GCallback   set;     /* NULL: it cannot be set */
  guint64     minimum; /* of a number, and its default */
  guint64     number;
  const char *string;  /* the default */
} Property;

#define READABLE(name, kind, get) \
  { name, kind, G_PARAM_READABLE, G_CALLBACK (get), NULL, 0, 0, NULL }
#define WRITABLE(name, kind, get, set) \
  { name, kind, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY, G_CALLBACK (get), G_CALLBACK (set), \
    0, 0, NULL }
#define NUMBER(name, kind, minimum, number, get, set) \
  { name, kind, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_CONSTRUCT, G_CALLBACK (get), \
    G_CALLBACK (set), minimum, number, NULL }

static guint get_n_peers   (ServerSignalHub *self);
static guint get_n_signals (ServerSignalHub *self);
static void  set_path      (ServerSignalHub *self, const char *path);

static const Property table[N_PROPS] = {
  /**
   * ServerSignalHub:id: (getter get_id)
   *
   * The id of this hub, made at random.
   *
   * Hubs that serve the replicas of other hubs on tell their clients the ids of all the hubs that a
   * document came through, so that a circle of hubs is noticed.
   *
   * Since: 1.0
   */
  [PROP_ID] = READABLE ("id", KIND_STRING, server_signal_hub_get_id),

  /**
   * ServerSignalHub:path: (getter get_path)
   *
   * The path of the WebSocket in [method@SignalHub.listen], beginning with a slash.
   *
   * The default is `/ws`.
   *
   * Since: 1.0
   */
  [PROP_PATH] = { "path", KIND_STRING, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY,
                  G_CALLBACK (server_signal_hub_get_path), G_CALLBACK (set_path), 0, 0,
                  DEFAULT_PATH },

  /**
   * ServerSignalHub:health-path: (getter get_health_path) (setter set_health_path)
   *
   * The path at which a server of [method@SignalHub.listen] answers GET and HEAD with 200, or `NULL`
   * for none.
   *
   * A plain GET of [property@SignalHub:path] is answered with 426, because a WebSocket is there.
   * Load balancers and orchestrators that look whether a server is up take that for a failure; this
   * path is for them. Nobody is asked who may ([signal@SignalHub::authorize]), and it is answered
   * also when the hub is full. It takes effect at once.
   *
   * The default is `NULL`.
   *
   * Since: 1.0
   */
  [PROP_HEALTH_PATH] = WRITABLE ("health-path", KIND_STRING,
                                 server_signal_hub_get_health_path,
                                 server_signal_hub_set_health_path),

  /**
   * ServerSignalHub:serve-path: (getter get_serve_path) (setter set_serve_path)
   *
   * The folder in which a server of [method@SignalHub.listen] serves the client for pages, or `NULL`
   * for none.
   *
   * With `/server-signal` a page of this server imports `/server-signal/server-signal.js`. All that
   * belongs to it is there: the parts that it imports itself, `server-signal-element.js`,
   * `offline.js`, the adapters, their types for TypeScript, source maps, and the page `inspector.html`
   * where [property@SignalHub:inspector] is `TRUE`. `/` is the root.
   *
   * Files are minified where the library was built with esbuild, and compressed for clients that take
   * gzip. They have an ETag, and are asked for again each time (`no-cache`); below a folder that is
   * called as [property@SignalHub:module-version], such as
   * `/server-signal/VERSION/server-signal.js`, they are kept for ever (`immutable`). They are no secret:
   * [signal@SignalHub::authorize] is not asked, but pages and hosts that may not connect, see
   * [property@SignalHub:allowed-origins], get 403. Methods other than GET and HEAD get 405.
   *
   * [signal@SignalHub::request] is emitted first, so that an application may have a file of its own in
   * the place of one of these. For an application's server there is [method@SignalHub.serve]. It takes
   * effect at once.
   *
   * The default is `NULL`.
   *
   * Since: 1.0
   */
  [PROP_SERVE_PATH] = WRITABLE ("serve-path", KIND_STRING, server_signal_hub_get_serve_path,
                                server_signal_hub_set_serve_path),

  /**
   * ServerSignalHub:module-version: (getter get_module_version)
   *
   * The hash of all files of the client for pages, as a folder in which they are kept for ever.
   *
   * A page that is rendered imports `/server-signal/VERSION/server-signal.js` for a
   * [property@SignalHub:serve-path] of `/server-signal`, so that browsers do not ask for it again until
   * there is another one. Only the version that the library has is there.
   *
   * Since: 1.0
   */
  [PROP_MODULE_VERSION] = READABLE ("module-version", KIND_STRING,
                                    server_signal_hub_get_module_version),

  /**
   * ServerSignalHub:inspector: (getter get_inspector) (setter set_inspector)
   *
   * Whether the inspector is there: the page `inspector.html` where the hub serves the client for pages,
   * see [property@SignalHub:serve-path] and [method@SignalHub.serve].
   *
   * The inspector is for developers. It is a client as any other, let in by the same rules, and shows
   * the signals that it may see.
   *
   * The hub then has one signal more, `server-signal:hub`, which is told to nobody and sent to those who
   * ask for it: an object with the figures of the hub (`n-peers`, `commits`, `bytes` and so on, as the
   * properties), and with the first 1,000 of its peers and signals. A peer there has the members `id`
   * (its address), `user`, `protocol`, `follows` (how many signals), `backlog`, `merged` and `calls` (those
   * not answered yet), a signal `id` (its name), `revision` and `followers`. It changes once a second
   * while somebody follows it, and costs nothing otherwise. [signal@SignalHub::allow] is asked who may see
   * it, since it names all peers and signals.
   *
   * It takes effect at once. The default is `FALSE`.
   *
   * Since: 1.0
   */
  [PROP_INSPECTOR] = WRITABLE ("inspector", KIND_BOOLEAN, server_signal_hub_get_inspector,
                               server_signal_hub_set_inspector),

  /**
   * ServerSignalHub:http: (getter get_http) (setter set_http)
   *
   * Whether documents can be had by HTTP too, at the path of the WebSocket.
   *
   * A GET that accepts `application/json` gets the document of the signal that `?name=` gives, or the
   * part of it that `&pointer=` gives, a JSON Pointer; without a name it gets an object with all
   * documents. The answer has an ETag, and is 304 to a client that has it. A GET that accepts
   * `text/event-stream` gets a stream of server-sent events, each of which is a frame of
   * `server-signal.v1`: of the signals that `?name=` gives, once or more often, or else of all. Browsers go
   * on with a stream of one signal where it was interrupted (Last-Event-ID); another client says it with
   * `&since=EPOCH:REVISION` behind a name. Any other GET is answered with 426.
   *
   * ```sh
   * curl -H 'Accept: application/json' 'http://localhost:3000/ws?name=counter'
   * curl -N -H 'Accept: text/event-stream' 'http://localhost:3000/ws?name=counter'
   * ```
   *
   * Each request is a [class@SignalPeer] for as long as it lasts, let in by the same rules, with the
   * same limits, and shown the same signals as if it had come by WebSocket.
   *
   * The default is `TRUE`.
   *
   * Since: 1.0
   */
  [PROP_HTTP] = { "http", KIND_BOOLEAN,
                  G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_CONSTRUCT,
                  G_CALLBACK (server_signal_hub_get_http), G_CALLBACK (server_signal_hub_set_http),
                  0, TRUE, NULL },

  /**
   * ServerSignalHub:allowed-origins: (getter get_allowed_origins) (setter set_allowed_origins)
   *
   * The origins whose pages may connect beside those of the hub's own host, or `NULL` for no others.
   *
   * Browsers let any page connect to any WebSocket, this machine's own included, and say in the
   * header `Origin` whose page it is. With [method@SignalHub.listen] and [method@SignalHub.attach] a
   * page comes in when the host of its origin is that of the request's header `Host`, at whatever
   * ports, and when the list has its origin. Other pages get 403, and the log says once what to add
   * to this property. Requests without `Origin` do not come from pages, and are let in.
   *
   * Where all ports of the hub's own server, or of the server that it is attached to, are bound to
   * loopback addresses, every request has to be for a host that is an address, `localhost`, a name
   * that ends in `.localhost`, or in the list. Otherwise a stranger could give a name of his own this
   * machine's address, and have a page of that name read what is meant for this machine (DNS
   * rebinding).
   *
   * Entries are:
   *
   * - `https://example.org` or `https://example.org:8443`: one origin, with its scheme, host and port
   *   (RFC 6454), the port being that of the scheme where there is none;
   * - `example.org`, `example.org:8443` or `[2001:db8::1]`: the origins of a host, with any scheme, at
   *   any port or at this one;
   * - `*.example.org`, which may have a scheme and a port as well: all names below `example.org`, but
   *   not `example.org` itself;
   * - `null`: pages without an origin, which are those of `file:`, and sandboxed frames, which may be
   *   anybody's;
   * - `*`: all origins, and all hosts.
   *
   * Upper and lower case are the same, and names of other alphabets may be given in these or in their
   * ASCII form. An entry that is none of the above is refused with a critical message, and the
   * property stays as it is.
   *
   * A header that cannot be an origin, or a host, is refused in any case. `X-Forwarded-Host` is not
   * looked at: a proxy passes `Host` on, or the list has the origin that browsers see. Connections
   * of [method@SignalHub.accept] and [method@SignalHub.accept_stream] are not looked at, and peers that
   * are connected stay.
   *
   * The default is `NULL`.
   *
   * Since: 1.0
   */
  [PROP_ALLOWED_ORIGINS] = WRITABLE ("allowed-origins", KIND_STRV,
                                     server_signal_hub_get_allowed_origins,
                                     server_signal_hub_set_allowed_origins),

  /**
   * ServerSignalHub:tls-certificate: (getter get_tls_certificate) (setter set_tls_certificate)
   *
   * The certificate with which [method@SignalHub.listen] speaks TLS, or `NULL` for no TLS.
   *
   * It holds for connections that are made from then on. An application's server to which the hub
   * is attached has its own. Unix sockets speak TLS only where their address asks for it.
   *
   * A certificate without a private key, or with the key of another one, is refused with a critical
   * message, and the property stays as it is.
   *
   * The default is `NULL`.
   *
   * Since: 1.0
   */
  [PROP_TLS_CERTIFICATE] = WRITABLE ("tls-certificate", KIND_CERTIFICATE,
                                     server_signal_hub_get_tls_certificate,
                                     server_signal_hub_set_tls_certificate),

  /**
   * ServerSignalHub:max-peers: (getter get_max_peers) (setter set_max_peers)
   *
   * The largest number of clients at a time.
   *
   * Clients beyond this limit get 503, with a `Retry-After` of five seconds. Peers that are
   * connected already stay.
   *
   * The default is 65,536.
   *
   * Since: 1.0
   */
  [PROP_MAX_PEERS] = NUMBER ("max-peers", KIND_UINT, 0, SS_PEERS_MAX,
                             server_signal_hub_get_max_peers, server_signal_hub_set_max_peers),

  /**
   * ServerSignalHub:max-subscriptions: (getter get_max_subscriptions) (setter set_max_subscriptions)
   *
   * The largest number of signals that one client may subscribe to.
   *
   * A client that asks for more is told `too-many`. Plain clients, which do not ask, get all.
   * A new number holds for peers that are connected too; they keep what they follow already.
   *
   * The default is 4,096.
   *
   * Since: 1.0
   */
  [PROP_MAX_SUBSCRIPTIONS] = NUMBER ("max-subscriptions", KIND_UINT, 0, SS_SUBSCRIPTIONS_MAX,
                                     server_signal_hub_get_max_subscriptions,
                                     server_signal_hub_set_max_subscriptions),

  /**
   * ServerSignalHub:max-calls: (getter get_max_calls) (setter set_max_calls)
   *
   * The largest number of calls of one client that are not answered yet.
   *
   * A call beyond it fails with `too-many`, and nobody is asked. Answers that wait because the client
   * takes too little count as well. A new number holds for peers that are connected too.
   *
   * The default is 256.
   *
   * Since: 1.0
   */
  [PROP_MAX_CALLS] = NUMBER ("max-calls", KIND_UINT, 0, SS_CALLS_MAX,
                             server_signal_hub_get_max_calls, server_signal_hub_set_max_calls),

  /**
   * ServerSignalHub:max-call-rate: (getter get_max_call_rate) (setter set_max_call_rate)
   *
   * The largest number of calls that one client may make in a second, or 0 for any number.
   *
   * As many may come at once. A call beyond it fails with `too-many`, nobody is asked, and it counts as
   * a message, so that a client that goes on is closed with 1008. A new number holds for peers that are
   * connected too.
   *
   * The default is 1,000.
   *
   * Since: 1.0
   */
  [PROP_MAX_CALL_RATE] = NUMBER ("max-call-rate", KIND_UINT, 0, SS_CALLS_PER_SECOND,
                                 server_signal_hub_get_max_call_rate,
                                 server_signal_hub_set_max_call_rate),

  /**
   * ServerSignalHub:history-bytes: (getter get_history_bytes) (setter set_history_bytes)
   *
   * The number of bytes of patches that are kept for each signal.
   *
   * A client that comes back gets what it has missed when that is still there, and otherwise the
   * whole document; with 0 it always gets the document. The number holds for signals that are added
   * from then on.
   *
   * The default is 1,048,576 bytes (1 MiB).
   *
   * Since: 1.0
   */
  [PROP_HISTORY_BYTES] = NUMBER ("history-bytes", KIND_UINT64, 0, SS_HISTORY_BYTES,
                                 server_signal_hub_get_history_bytes,
                                 server_signal_hub_set_history_bytes),

  /**
   * ServerSignalHub:max-handshakes: (getter get_max_handshakes) (setter set_max_handshakes)
   *
   * The largest number of connections of [method@SignalHub.listen] that have not become clients
   * yet.
   *
   * At this limit the oldest is dropped for the newest, once it has had a second: a handshake takes a
   * moment, so the oldest are those that do not mean to make one. A quarter of them may come from one
   * address, save from this machine's own; the same holds there.
   *
   * With [method@SignalHub.attach] it is the largest number that wait for the answer of a handler of
   * [signal@SignalHub::handshake], of each server.
   *
   * The default is 4,096.
   *
   * Since: 1.0
   */
  [PROP_MAX_HANDSHAKES] = NUMBER ("max-handshakes", KIND_UINT, 1, SS_HANDSHAKES,
                                  server_signal_hub_get_max_handshakes,
                                  server_signal_hub_set_max_handshakes),

  /**
   * ServerSignalHub:max-peers-per-address: (getter get_max_peers_per_address) (setter set_max_peers_per_address)
   *
   * The largest number of clients from one address, or 0 for any number.
   *
   * Clients beyond this limit get 429, with a `Retry-After` of five seconds. IPv6 addresses count as
   * one when their first 64 bits are the same, for that is what one subscriber has. Clients on this
   * machine, on loopback or on a unix socket, are not counted: a proxy there stands for many. Where
   * the proxy is on another machine the limit has to be its business.
   *
   * The default is 0.
   *
   * Since: 1.0
   */
  [PROP_MAX_PEERS_PER_ADDRESS] = NUMBER ("max-peers-per-address", KIND_UINT, 0, 0,
                                         server_signal_hub_get_max_peers_per_address,
                                         server_signal_hub_set_max_peers_per_address),

  /**
   * ServerSignalHub:max-backlog: (getter get_max_backlog) (setter set_max_backlog)
   *
   * The number of bytes that may wait for one client before what comes is merged, or 0 for any
   * number.
   *
   * When more wait, the client is sent no updates until it has taken half of them. Then one update
   * of each signal makes up for those it has missed, or the document where that is smaller: it
   * sees fewer of the states between, and in the end the newest. So what waits for a client that
   * does not keep up is bounded by this number and the largest of its documents, and nobody else is
   * delayed.
   *
   * A new number holds for peers that are connected too. It says nothing of peers of
   * [method@SignalHub.accept], whose frames wait where nobody can count them.
   *
   * The default is 1,048,576 bytes (1 MiB).
   *
   * Since: 1.0
   */
  [PROP_MAX_BACKLOG] = NUMBER ("max-backlog", KIND_UINT64, 0, SS_BACKLOG_BYTES,
                               server_signal_hub_get_max_backlog,
                               server_signal_hub_set_max_backlog),

  /**
   * ServerSignalHub:stall-timeout: (getter get_stall_timeout) (setter set_stall_timeout)
   *
   * The time in which a client may take nothing of what waits for it, in milliseconds, or 0 for
   * ever.
   *
   * When the time is up, what waits is dropped and the client is closed with 1008 and the reason
   * that it is too slow; our clients come back when they go on. The hub looks about twice a second.
   * A client that takes anything at all, be it slowly, stays.
   *
   * A new time holds for peers that are connected too. Peers of [method@SignalHub.accept] have none.
   *
   * The default is 30,000 milliseconds.
   *
   * Since: 1.0
   */
  [PROP_STALL_TIMEOUT] = NUMBER ("stall-timeout", KIND_UINT, 0, SS_STALL_SECONDS * 1000,
                                 server_signal_hub_get_stall_timeout,
                                 server_signal_hub_set_stall_timeout),

  /**
   * ServerSignalHub:flush-interval: (getter get_flush_interval) (setter set_flush_interval)
   *
   * The time for which commits are gathered before they are sent, in milliseconds, or 0 to send each
   * by itself.
   *
   * With 0 each commit is sent as an update of its own, and those of one turn of the main loop leave
   * in one write for each client. Otherwise the first commit begins an interval, at whose end each
   * signal that has changed is sent as one update: the patches of its commits joined, in which a
   * place that was written several times has the last value only. As with clients that come back,
   * patches that have outgrown [property@SignalHub:history-bytes] are replaced by the document.
   *
   * Clients that subscribe are answered at once. Gathered commits leave early when the hub
   * or a peer is closed and when a signal is removed.
   *
   * The default is 0.
   *
   * Since: 1.0
   */
  [PROP_FLUSH_INTERVAL] = NUMBER ("flush-interval", KIND_UINT, 0, 0,
                                  server_signal_hub_get_flush_interval,
                                  server_signal_hub_set_flush_interval),

  /**
   * ServerSignalHub:linger: (getter get_linger) (setter set_linger)
   *
   * The time for which a signal that was made on demand stays when nobody follows it any more, in
   * milliseconds.
   *
   * It counts for signals that [signal@SignalHub::resolve] or [property@SignalHub:origin] gave, from the
   * moment at which their last follower has gone and nobody waits for them. Those that are waiting when
   * the time is set begin anew. `G_MAXUINT` keeps them for ever.
   *
   * The default is 10,000 milliseconds.
   *
   * Since: 1.0
   */
  [PROP_LINGER] = NUMBER ("linger", KIND_UINT, 0, SS_LINGER_MS, server_signal_hub_get_linger,
                          server_signal_hub_set_linger),

  /**
   * ServerSignalHub:announce: (getter get_announce) (setter set_announce)
   *
   * The names that clients are told of without having asked.
   *
   * With `NONE` a client that speaks `server-signal.v1` is greeted with no names, and hears of a signal
   * only when it has asked for its name; plain clients, which cannot ask, get nothing. Signals that were
   * made on demand are never announced, so that a name may be a secret, and a million of them costs
   * nobody anything.
   *
   * It counts for clients that come, and signals that are added, from then on.
   *
   * The default is `SERVER_SIGNAL_ANNOUNCE_ALL`.
   *
   * Since: 1.0
   */
  [PROP_ANNOUNCE] = WRITABLE ("announce", KIND_ANNOUNCE, server_signal_hub_get_announce,
                              server_signal_hub_set_announce),

  /**
   * ServerSignalHub:origin: (getter get_origin) (setter set_origin)
   *
   * The place where names are followed that clients ask for and the hub has no signal of, or `NULL`.
   *
   * So an edge needs no names: with a [class@SignalClient] here, which the application starts, whatever
   * a client asks for is asked for at the server of that, served on as long as somebody follows it, and
   * given back [property@SignalHub:linger] later. [signal@SignalHub::resolve] is asked first. Names that
   * the client was asked for by others before are not given back.
   *
   * Signals that come from an origin go when another one is set.
   *
   * The default is `NULL`.
   *
   * Since: 1.0
   */
  [PROP_ORIGIN] = WRITABLE ("origin", KIND_ORIGIN, server_signal_hub_get_origin,
                            server_signal_hub_set_origin),

  /**
   * ServerSignalHub:keepalive-interval: (getter get_keepalive_interval) (setter set_keepalive_interval)
   *
   * The time from one ping to the next, in milliseconds, or 0 for no pings.
   *
   * Many proxies cut off a connection on which nothing has come for 30 seconds, which the default
   * forestalls.
   *
   * A client of which nothing comes within [property@SignalHub:keepalive-timeout] after a ping is
   * gone, and is cut off. Anything that comes is a sign of life. So one that has lost its network
   * is noticed within the two times. One that has something waiting is not asked; it has
   * [property@SignalHub:stall-timeout]. One that is still taking what the ping stands behind, such
   * as a large document on a slow line, is asked again.
   *
   * Peers of [method@SignalHub.accept] are not asked: the application sets the property
   * `keepalive-interval` of their [class@Soup.WebsocketConnection].
   *
   * The default is 20,000 milliseconds.
   *
   * Since: 1.0
   */
  [PROP_KEEPALIVE_INTERVAL] = NUMBER ("keepalive-interval", KIND_UINT, 0,
                                      SS_KEEPALIVE_SECONDS * 1000,
                                      server_signal_hub_get_keepalive_interval,
                                      server_signal_hub_set_keepalive_interval),

  /**
   * ServerSignalHub:keepalive-timeout: (getter get_keepalive_timeout) (setter set_keepalive_timeout)
   *
   * The time in which a client has to give a sign of life after a ping, in milliseconds.
   *
   * Where it is longer than [property@SignalHub:keepalive-interval], that is taken instead.
   *
   * The default is 15,000 milliseconds.
   *
   * Since: 1.0
   */
  [PROP_KEEPALIVE_TIMEOUT] = NUMBER ("keepalive-timeout", KIND_UINT, 1,
                                     SS_KEEPALIVE_TIMEOUT_SECONDS * 1000,
                                     server_signal_hub_get_keepalive_timeout,
                                     server_signal_hub_set_keepalive_timeout),

  /**
   * ServerSignalHub:peers: (getter get_peers)
   *
   * The clients that are connected, a live list of [class@SignalPeer].
   *
   * Since: 1.0
   */
  [PROP_PEERS] = READABLE ("peers", KIND_LIST, server_signal_hub_get_peers),

  /**
   * ServerSignalHub:signals: (getter get_signals)
   *
   * The signals that all clients share, a live list of [class@Signal].
   *
   * Since: 1.0
   */
  [PROP_SIGNALS] = READABLE ("signals", KIND_LIST, server_signal_hub_get_signals),

  /**
   * ServerSignalHub:n-peers:
   *
   * The number of clients that are connected.
   *
   * Since: 1.0
   */
  [PROP_N_PEERS] = READABLE ("n-peers", KIND_UINT, get_n_peers),

  /**
   * ServerSignalHub:n-signals:
   *
   * The number of signals that all clients share.
   *
   * Since: 1.0
   */
  [PROP_N_SIGNALS] = READABLE ("n-signals", KIND_UINT, get_n_signals),

  /**
   * ServerSignalHub:commits: (getter get_commits)
   *
   * The number of commits of the hub's signals, its peers' own included, since the hub was made.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  [PROP_COMMITS] = READABLE ("commits", KIND_UINT64, server_signal_hub_get_commits),

  /**
   * ServerSignalHub:frames: (getter get_frames)
   *
   * The number of messages that were queued for clients since the hub was made.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  [PROP_FRAMES] = READABLE ("frames", KIND_UINT64, server_signal_hub_get_frames),

  /**
   * ServerSignalHub:bytes: (getter get_bytes)
   *
   * The number of bytes that clients were sent since the hub was made.
   *
   * These are what the kernel has taken, or TLS, with the headers of frames. Of peers of
   * [method@SignalHub.accept] the messages are counted that were handed to libsoup.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  [PROP_BYTES] = READABLE ("bytes", KIND_UINT64, server_signal_hub_get_bytes),

  /**
   * ServerSignalHub:merged: (getter get_merged)
   *
   * The number of commits that clients did not get by themselves, but together with later ones,
   * since the hub was made.
   *
   * Each is counted for each client. Commits are merged because of
   * [property@SignalHub:flush-interval], because a client does not keep up, or because it comes back
   * after a gap.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  [PROP_MERGED] = READABLE ("merged", KIND_UINT64, server_signal_hub_get_merged),

  /**
   * ServerSignalHub:backlog: (getter get_backlog)
   *
   * The number of bytes that wait for all clients together, now.
   *
   * [property@SignalPeer:backlog] is that of one client. Peers of [method@SignalHub.accept] are not
   * in it.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  [PROP_BACKLOG] = READABLE ("backlog", KIND_UINT64, server_signal_hub_get_backlog),

  /**
   * ServerSignalHub:dropped-peers: (getter get_dropped_peers)
   *
   * The number of clients that the hub itself has ended since it was made.
   *
   * These are clients that took nothing for too long, gave no sign of life, or sent what they may
   * not.
   *
   * Changes are not notified.
   *
   * Since: 1.0
   */
  [PROP_DROPPED_PEERS] = READABLE ("dropped-peers", KIND_UINT64,
                                   server_signal_hub_get_dropped_peers),
};

/* A getter, and the setter of a number, which stores it, puts it into effect with the function
 * apply, and notifies, unless it is the number that was there. */
#define GETTER(function, type, value) \
  type \
  function (ServerSignalHub *self) \
  { \
    g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), (type) 0); \
    SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, (type) 0); \
  \
    return value; \
  }
#define SETTER(function, type, field, property, apply) \
  void \
  function (ServerSignalHub *self, \
            type             number) \
  { \
    g_return_if_fail (SERVER_IS_SIGNAL_HUB (self)); \
    SS_RETURN_IF_ELSEWHERE (&self->core->owner); \
    g_return_if_fail (number >= table[property].minimum); \
  \
    if (self->field == number) \
      return; \
  \
    self->field = number; \
    apply (self); \
    notify (self, property); \
  }
#define NOTHING(self)

static void
apply_max_handshakes (ServerSignalHub *self)
{
  if (self->http_server != NULL)
    ss_http_server_set_max_handshakes (self->http_server, self->max_handshakes);
  for (guint i = 0; i < self->handlers->len; i++)
    ss_handler_set_max_waiting (self->handlers->pdata[i], self->max_handshakes);
}

static void
apply_flush_interval (ServerSignalHub *self)
{
  ss_flusher_set_interval (self->core->flusher, self->flush_interval);
}

static void
apply_linger (ServerSignalHub *self)
{
  ss_demand_set_linger (self->core->demand, self->linger);
}

static void
apply_limits (ServerSignalHub *self)
{
  GListModel *model = G_LIST_MODEL (self->peers);

  /* Nothing here calls the application, so the list stays as it is. */
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (model, i);

      set_times (self, ss_peer_get_link (peer));
      ss_peer_limits_changed (peer);
    }
}

static void
apply_keepalive (ServerSignalHub *self)
{
  ss_keepalive_set_times (self->keepalive, self->keepalive_interval, self->keepalive_timeout);
  apply_limits (self);
}

static void
server_signal_hub_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  ServerSignalHub *self = SERVER_SIGNAL_HUB (object);
  const Property *row = &table[prop_id];

  switch (row->kind)
    {
    case KIND_BOOLEAN:
      g_value_set_boolean (value, ((gboolean (*) (ServerSignalHub *)) row->get) (self));
      break;

    case KIND_STRING:
      g_value_set_string (value, ((const char *(*) (ServerSignalHub *) ) row->get) (self));
      break;

    case KIND_UINT:
      g_value_set_uint (value, ((guint (*) (ServerSignalHub *)) row->get) (self));
      break;

    case KIND_UINT64:
      g_value_set_uint64 (value, ((guint64 (*) (ServerSignalHub *)) row->get) (self));
      break;

    case KIND_STRV:
      g_value_set_boxed (value, ((const char *const *(*) (ServerSignalHub *) ) row->get) (self));
      break;

    case KIND_LIST:
      g_value_set_object (value, ((GListModel * (*) (ServerSignalHub *) ) row->get) (self));
      break;

    case KIND_ANNOUNCE:
      g_value_set_enum (value, (int) server_signal_hub_get_announce (self));
      break;

    case KIND_ORIGIN:
      g_value_set_object (value, server_signal_hub_get_origin (self));
      break;

    case KIND_CERTIFICATE:
      g_value_set_object (value, ((GTlsCertificate * (*) (ServerSignalHub *) ) row->get) (self));
      break;

    default:
      g_assert_not_reached ();
    }
}

static void
server_signal_hub_set_property (GObject      *object,
                                guint         prop_id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  ServerSignalHub *self = SERVER_SIGNAL_HUB (object);
  const Property *row = &table[prop_id];

  switch (row->kind)
    {
    case KIND_BOOLEAN:
      ((void (*) (ServerSignalHub *, gboolean)) row->set) (self, g_value_get_boolean (value));
      break;

    case KIND_STRING:
      ((void (*) (ServerSignalHub *, const char *)) row->set) (self, g_value_get_string (value));
      break;

    case KIND_UINT:
      ((void (*) (ServerSignalHub *, guint)) row->set) (self, g_value_get_uint (value));
      break;

    case KIND_UINT64:
      ((void (*) (ServerSignalHub *, guint64)) row->set) (self, g_value_get_uint64 (value));
      break;

    case KIND_STRV:
      ((void (*) (ServerSignalHub *, const char *const *)) row->set) (self,
                                                                      g_value_get_boxed (value));
      break;

    case KIND_ANNOUNCE:
      server_signal_hub_set_announce (self, (ServerSignalAnnounce) g_value_get_enum (value));
      break;

    case KIND_ORIGIN:
      server_signal_hub_set_origin (self, g_value_get_object (value));
      break;

    case KIND_CERTIFICATE:
      ((void (*) (ServerSignalHub *, GTlsCertificate *)) row->set) (self,
                                                                    g_value_get_object (value));
      break;

    case KIND_LIST:
    default:
      g_assert_not_reached ();
    }
}

static GParamSpec *
make_pspec (const Property *row)
{
  GParamFlags flags = row->flags | G_PARAM_STATIC_STRINGS;

  switch (row->kind)
    {
    case KIND_BOOLEAN:
      return g_param_spec_boolean (row->name, NULL, NULL, row->number != 0, flags);

    case KIND_STRING:
      return g_param_spec_string (row->name, NULL, NULL, row->string, flags);

    case KIND_UINT:
      return g_param_spec_uint (row->name, NULL, NULL, (guint) row->minimum, G_MAXUINT,
                                (guint) row->number, flags);

    case KIND_UINT64:
      return g_param_spec_uint64 (row->name, NULL, NULL, row->minimum, G_MAXUINT64, row->number,
                                  flags);

    case KIND_STRV:
      return g_param_spec_boxed (row->name, NULL, NULL, G_TYPE_STRV, flags);

    case KIND_LIST:
      return g_param_spec_object (row->name, NULL, NULL, G_TYPE_LIST_MODEL, flags);

    case KIND_ANNOUNCE:
      return g_param_spec_enum (row->name, NULL, NULL, SERVER_TYPE_SIGNAL_ANNOUNCE,
                                SERVER_SIGNAL_ANNOUNCE_ALL, flags);

    case KIND_ORIGIN:
      return g_param_spec_object (row->name, NULL, NULL, SERVER_TYPE_SIGNAL_ORIGIN, flags);

    case KIND_CERTIFICATE:
      return g_param_spec_object (row->name, NULL, NULL, G_TYPE_TLS_CERTIFICATE, flags);

    default:
      g_assert_not_reached ();
    }
}

static void
server_signal_hub_dispose (GObject *object)
{
  ServerSignalHub *self = SERVER_SIGNAL_HUB (object);

  if (!ss_process_is_other (self->core->process))
    {
      ss_owner_take (&self->core->owner);
      server_signal_hub_close (self);
      ss_clear_source (&self->asking);
      g_ptr_array_set_size (self->unasked, 0);
      g_clear_pointer (&self->inspection, ss_inspection_free);
      disown_peers (self);
    }

  G_OBJECT_CLASS (server_signal_hub_parent_class)->dispose (object);
}

typedef struct
{
  ServerSignalOrigin *origin;
  GHashTable         *names;
} Leaving;

static void
unfollow_all (ServerSignalOrigin *origin,
              GHashTable         *names)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    server_signal_origin_unfollow (origin, name);
}

static gboolean
leaving_cb (gpointer user_data)
{
  Leaving *leaving = user_data;

  unfollow_all (leaving->origin, leaving->names);

  return G_SOURCE_REMOVE;
}

static void
leaving_free (gpointer data)
{
  Leaving *leaving = data;

  g_object_unref (leaving->origin);
  g_hash_table_unref (leaving->names);
  g_free (leaving);
}

/* The hub goes; its origin hears of that from the main loop, as its handlers may do anything. */
static void
leave_origin (ServerSignalHub *self)
{
  if (self->origin != NULL && g_hash_table_size (self->followed_there) > 0)
    {
      g_autoptr (GSource) source = g_idle_source_new ();
      Leaving *leaving = g_new (Leaving, 1);

      *leaving = (Leaving) { g_object_ref (self->origin), g_steal_pointer (&self->followed_there) };
      g_source_set_static_name (source, "[server-signal] leave the origin");
      g_source_set_callback (source, leaving_cb, leaving, leaving_free);
      g_source_attach (source, self->core->owner.context);
    }

  g_clear_object (&self->origin);
  g_clear_pointer (&self->followed_there, g_hash_table_unref);
}

static void
server_signal_hub_finalize (GObject *object)
{
  ServerSignalHub *self = SERVER_SIGNAL_HUB (object);

  /* It ends with the process; to close the sockets properly would close the parent's. */
  if (ss_process_is_other (self->core->process))
    {
      G_OBJECT_CLASS (server_signal_hub_parent_class)->finalize (object);
      return;
    }

  ss_hub_core_end (self->core);
  leave_origin (self);
  g_clear_pointer (&self->inspection, ss_inspection_free);
  g_clear_pointer (&self->core, ss_hub_core_unref);
  g_clear_pointer (&self->link_counters, ss_link_counters_unref);
  g_clear_pointer (&self->keepalive, ss_keepalive_free);
  g_clear_pointer (&self->handlers, g_ptr_array_unref);
  g_clear_pointer (&self->addresses, ss_address_counts_free);
  ss_clear_source (&self->asking);
  g_clear_pointer (&self->unasked, g_ptr_array_unref);
  g_clear_pointer (&self->runs, ss_call_runs_free);
  g_clear_pointer (&self->action_groups, ss_action_groups_free);
  g_clear_object (&self->peers);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->health_path, g_free);
  g_clear_pointer (&self->serve_path, g_free);
  g_clear_pointer (&self->allowed_origins, g_strfreev);
  g_clear_pointer (&self->origin_policy, ss_origin_policy_free);

  G_OBJECT_CLASS (server_signal_hub_parent_class)->finalize (object);
}

static void
server_signal_hub_class_init (ServerSignalHubClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = server_signal_hub_dispose;
  object_class->finalize = server_signal_hub_finalize;
  object_class->get_property = server_signal_hub_get_property;
  object_class->set_property = server_signal_hub_set_property;

  for (guint i = PROP_0 + 1; i < N_PROPS; i++)
    properties[i] = make_pspec (&table[i]);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * ServerSignalHub::authorize:
   * @self: the hub
   * @message: the request, with its headers, URI and address
   *
   * Asks whether a client may come in, before its handshake is answered.
   *
   * This is for a decision that is made at once, and with libsoup's own view of the request.
   * [signal@SignalHub::handshake], which is emitted after it, may be answered later, and says
   * on whose behalf a client comes.
   *
   * The client comes in when every handler says `TRUE`, or when there is none. The first that says
   * `FALSE` ends it, and the client is refused; in Python and JavaScript a handler that raises an
   * exception has said `FALSE`. This is the place to look at cookies and at a bearer token. Pages
   * of other origins have been refused by then, see [property@SignalHub:allowed-origins].
   *
   * A client that is refused gets the status that the handler has set on @message with
   * [method@Soup.ServerMessage.set_status], from 300 to 599, with its reason, and 403 where it has
   * set none. Response headers that the handler has set go along, such as
   * `WWW-Authenticate` with 401, or `Retry-After` (in seconds) with 429 and 503; and so does a body.
   *
   * ```c
   * static gboolean
   * authorize_cb (ServerSignalHub   *hub,
   *               SoupServerMessage *message)
   * {
   *   SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
   *
   *   if (!is_token (soup_message_headers_get_one (headers, "Authorization")))
   *     {
   *       soup_server_message_set_status (message, SOUP_STATUS_UNAUTHORIZED, NULL);
   *       soup_message_headers_replace (soup_server_message_get_response_headers (message),
   *                                     "WWW-Authenticate", "Bearer");
   *       return FALSE;
   *     }
   *
   *   return TRUE;
   * }
   * ```
   *
   * Connections that come through [method@SignalHub.accept] were let in by the application already,
   * and are not asked about. A handler must not keep @message.
   *
   * Returns: whether the client may come in
   *
   * Since: 1.0
   */
  signals[SIGNAL_AUTHORIZE] =
    g_signal_new_class_handler ("authorize", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                G_CALLBACK (authorize_default), agreement_accumulator, NULL, NULL,
                                G_TYPE_BOOLEAN, 1, SOUP_TYPE_SERVER_MESSAGE);

  /**
   * ServerSignalHub::handshake:
   * @self: the hub
   * @handshake: the client, with its headers, address and certificate
   *
   * A client asks to come in.
   *
   * A handler that says `TRUE` has taken @handshake over, to answer it now or, when it keeps a
   * reference, later; no further handler is called. Where there are handlers and none takes it over
   * or answers it, the client gets 403, and the log says so once; in Python and JavaScript a handler
   * that raises an exception has taken nothing over. Without a handler the client comes in, as nobody
   * in particular. A program that only wants to know who comes connects to
   * [signal@SignalHub::peer-added] and looks at [property@SignalPeer:handshake]. Clients that
   * [property@SignalHub:allowed-origins] or [signal@SignalHub::authorize] has refused, or for which
   * there is no room, have been answered before.
   *
   * ```c
   * static gboolean
   * handshake_cb (ServerSignalHub       *hub,
   *               ServerSignalHandshake *handshake)
   * {
   *   const char *user = find_user (server_signal_handshake_get_headers (handshake));
   *
   *   if (user != NULL)
   *     server_signal_handshake_accept (handshake, user);
   *   else
   *     server_signal_handshake_reject (handshake, SOUP_STATUS_UNAUTHORIZED, NULL);
   *
   *   return TRUE;
   * }
   * ```
   *
   * Connections that come through [method@SignalHub.accept] and [method@SignalHub.accept_stream] were
   * let in by the application already, and are not asked about.
   *
   * Returns: whether the handler has taken the handshake over
   *
   * Since: 1.0
   */
  signals[SIGNAL_HANDSHAKE] =
    g_signal_new ("handshake", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 1,
                  SERVER_TYPE_SIGNAL_HANDSHAKE);

  /**
   * ServerSignalHub::request:
   * @self: the hub
   * @message: the request
   * @path: its path, beginning with a slash, with escapes resolved
   *
   * A request for something else than the WebSocket has come to a server of
   * [method@SignalHub.listen].
   *
   * A handler that has something at @path sets a status, and an answer with
   * [method@Soup.ServerMessage.set_response], and returns `TRUE`; the others are not asked then. It
   * may also hold the answer back with [method@Soup.ServerMessage.pause]. Without a handler that
   * returns `TRUE` the answer is 404.
   *
   * ```c
   * static gboolean
   * request_cb (ServerSignalHub   *hub,
   *             SoupServerMessage *message,
   *             const char        *path)
   * {
   *   g_autofree char *metrics = NULL;
   *
   *   if (!g_str_equal (path, "/metrics"))
   *     return FALSE;
   *
   *   metrics = server_signal_hub_dup_metrics (hub);
   *   soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
   *   soup_server_message_set_response (message, SERVER_SIGNAL_METRICS_TYPE, SOUP_MEMORY_COPY, metrics,
   *                                     strlen (metrics));
   *
   *   return TRUE;
   * }
   * ```
   *
   * This is for a page and what belongs to it, and for figures: only GET and HEAD come here and other
   * methods get 404, each connection takes one request, and a client has ten seconds from its
   * connection to the end of the answer. Pages and hosts that may not connect, see
   * [property@SignalHub:allowed-origins], get 403 here too; [signal@SignalHub::authorize] is not asked.
   * [property@SignalHub:path] and [property@SignalHub:health-path] do not come here, and servers to
   * which the hub is attached have handlers of their own.
   *
   * Returns: whether the handler answers the request
   *
   * Since: 1.0
   */
  signals[SIGNAL_REQUEST] =
    g_signal_new ("request", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 2,
                  SOUP_TYPE_SERVER_MESSAGE, G_TYPE_STRING);

  /**
   * ServerSignalHub::allow:
   * @self: the hub
   * @peer: the client
   * @signal: a signal that the hub shares
   *
   * Asks whether a client may see a signal.
   *
   * It may when every handler says `TRUE`, or when there is none; the first that says `FALSE` ends
   * it. In Python and JavaScript a handler that raises an exception has said `FALSE`. To the client
   * a signal that it may not see is not there: it is not told the name, and a question for it is
   * answered as one for a name that nobody has.
   *
   * ```c
   * static gboolean
   * allow_cb (ServerSignalHub  *hub,
   *           ServerSignalPeer *peer,
   *           ServerSignal     *signal)
   * {
   *   const char *name = server_signal_get_name (signal);
   *
   *   return !g_str_has_prefix (name, "staff/") || is_staff (server_signal_peer_get_user (peer));
   * }
   * ```
   *
   * Each client is asked about once for each signal: when it has connected, after
   * [signal@SignalHub::peer-added], and when a signal is added. The answer holds until
   * [method@SignalPeer.review] or [method@SignalHub.review], so a handler that would answer otherwise
   * now, because of another [property@SignalPeer:user] for instance, is followed by one of these. A
   * handler that is connected while clients are there counts for them from then on, too. Signals of
   * [method@SignalPeer.add] are not asked about. A client that comes costs an emission for each
   * signal of the hub, and a commit none.
   *
   * Returns: whether the client may see the signal
   *
   * Since: 1.0
   */
  signals[SIGNAL_ALLOW] =
    g_signal_new_class_handler ("allow", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                G_CALLBACK (allow_default), agreement_accumulator, NULL, NULL,
                                G_TYPE_BOOLEAN, 2, SERVER_TYPE_SIGNAL_PEER, SERVER_TYPE_SIGNAL);

  /**
   * ServerSignalHub::peer-added:
   * @self: the hub
   * @peer: the client
   *
   * A client has connected.
   *
   * It has been told nothing yet: signals that a handler adds with [method@SignalPeer.add] are
   * among the first that it hears of. This is no place to keep a client out: an exception of the handler
   * changes nothing, while one of [signal@SignalHub::handshake] refuses.
   *
   * Since: 1.0
   */
  signals[SIGNAL_PEER_ADDED] =
    g_signal_new ("peer-added", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, SERVER_TYPE_SIGNAL_PEER);

  /**
   * ServerSignalHub::peer-removed:
   * @self: the hub
   * @peer: the client
   *
   * A client's connection is over.
   *
   * This comes once for each peer that was announced with [signal@SignalHub::peer-added], but not
   * for those that are there when the hub itself goes with its last reference: a program that wants
   * to hear of each calls [method@SignalHub.close], or [method@SignalHub.close_async], before.
   *
   * Since: 1.0
   */
  signals[SIGNAL_PEER_REMOVED] =
    g_signal_new ("peer-removed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, SERVER_TYPE_SIGNAL_PEER);

  /**
   * ServerSignalHub::allow-call:
   * @self: the hub
   * @peer: the client
   * @method: the name of what it asks for
   *
   * Asks whether a client may make a call.
   *
   * The client may when every handler says `TRUE`, or when there is none. The first that says `FALSE`
   * ends it, and the client gets the error `unknown-method`, as for a method that nobody has taken. In
   * Python and JavaScript a handler that raises an exception has said `FALSE`.
   *
   * Returns: whether the client may
   *
   * Since: 1.0
   */
  signals[SIGNAL_ALLOW_CALL] =
    g_signal_new ("allow-call", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  agreement_accumulator, NULL, NULL, G_TYPE_BOOLEAN, 2, SERVER_TYPE_SIGNAL_PEER,
                  G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * ServerSignalHub::call:
   * @self: the hub
   * @call: the call
   *
   * A client asks for something.
   *
   * The detail is the method: connect to `call::add-task` for the method `add-task`, or to `call` for
   * all. A handler that returns `TRUE` has taken the call, has answered it or keeps a reference to
   * answer it later, and no other is asked. A call that nobody has taken or answered gets the error
   * `unknown-method`. In Python and JavaScript a handler that raises an exception has not taken it,
   * and commits that it has made before stay.
   *
   * [class@SignalCall] shows a handler.
   *
   * Returns: whether the call was taken
   *
   * Since: 1.0
   */
  signals[SIGNAL_CALL] =
    g_signal_new ("call", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0,
                  call_accumulator, NULL, NULL, G_TYPE_BOOLEAN, 1, SERVER_TYPE_SIGNAL_CALL);

  /**
   * ServerSignalHub::resolve:
   * @self: the hub
   * @peer: the client
   * @name: the name, valid UTF-8 of 1 to 1024 bytes
   *
   * A client asks for a name that there is no signal of.
   *
   * A handler may give the signal of that name, which is shared from then on with all clients that ask
   * for it, or which only this one has when the handler adds it with [method@SignalPeer.add]. Parts of
   * a name mean nothing to the hub: `rooms/42?since=7` is a name like any other. The first handler that
   * gives a signal ends the emission, and where none does, the client is told that the signal is
   * unknown, and hears of it when it comes to be; in Python and JavaScript a handler that raises an
   * exception gives none.
   *
   * A signal that has no data yet, such as the replica of another hub's, is waited for, up to 5 seconds.
   *
   * Such a signal is let go when nobody has followed it for [property@SignalHub:linger]: the next client
   * that asks for the name is asked about again. So a program may have a million names of which ten
   * are there. A client may wait for, or have asked in vain for, as many names as
   * [property@SignalHub:max-subscriptions].
   *
   * ```python
   * def resolve(hub, peer, name):
   *     if name.startswith('rooms/'):
   *         return ServerSignal.Signal.new_from_json(name, load_room(name))
   * ```
   *
   * Returns: (transfer full) (nullable): the signal, or `NULL` for none
   *
   * Since: 1.0
   */
  signals[SIGNAL_RESOLVE] =
    g_signal_new ("resolve", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, resolve_accumulator,
                  NULL, NULL, SERVER_TYPE_SIGNAL, 2, SERVER_TYPE_SIGNAL_PEER, G_TYPE_STRING);

  /**
   * ServerSignalHub::followed:
   * @self: the hub
   * @signal: the signal
   * @peer: the client
   *
   * A client has begun to follow a signal.
   *
   * Plain clients follow every signal that they get. Together with [signal@SignalHub::unfollowed], and
   * with [method@SignalHub.get_n_followers], a program may read a sensor only while somebody looks. It
   * comes from the main loop, shortly after the client was sent the document; by then the client may
   * have gone.
   *
   * Since: 1.0
   */
  signals[SIGNAL_FOLLOWED] =
    g_signal_new ("followed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, SERVER_TYPE_SIGNAL, SERVER_TYPE_SIGNAL_PEER);

  /**
   * ServerSignalHub::unfollowed:
   * @self: the hub
   * @signal: the signal
   * @peer: the client
   *
   * A client does not follow a signal any more, because it has said so, because it has gone, or because
   * the signal was removed.
   *
   * It comes after [signal@SignalHub::followed] for the same two, from the main loop, and before
   * [signal@SignalHub::peer-removed].
   *
   * Since: 1.0
   */
  signals[SIGNAL_UNFOLLOWED] =
    g_signal_new ("unfollowed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, SERVER_TYPE_SIGNAL, SERVER_TYPE_SIGNAL_PEER);
}

static void
server_signal_hub_init (ServerSignalHub *self)
{
  self->core = ss_hub_core_new (&registry_funcs, &demand_funcs, self);
  self->link_counters = ss_link_counters_new ();
  self->keepalive = ss_keepalive_new (self->core->owner.context, keepalive_cb, self);
  self->linger = SS_LINGER_MS;
  self->followed_there = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->peers = ss_object_list_new (SERVER_TYPE_SIGNAL_PEER);
  self->handlers = g_ptr_array_new_with_free_func ((GDestroyNotify) ss_handler_close);
  self->addresses = ss_address_counts_new ();
  self->unasked = g_ptr_array_new_with_free_func (g_object_unref);
  self->runs = ss_call_runs_new ();
  self->action_groups = ss_action_groups_new ();
}

/**
 * server_signal_hub_new:
 *
 * Makes a hub without signals that listens nowhere yet.
 *
 * Returns: (transfer full): a new hub
 *
 * Since: 1.0
 */
ServerSignalHub *
server_signal_hub_new (void)
{
  return g_object_new (SERVER_TYPE_SIGNAL_HUB, NULL);
}

/**
 * server_signal_hub_add:
 * @self: a hub
 * @signal: a signal
 * @error: return location for an error
 *
 * Shares a signal with all clients.
 *
 * Clients that are connected are told that it has come, plain ones get the document. The hub keeps a
 * reference on @signal until [method@SignalHub.remove]. The signal may be shared by several hubs.
 *
 * @signal may be the replica of another hub's signal, which this hub then serves on, with its epoch
 * and revisions unchanged; clients hear of it when it has had its first data.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_INVALID_NAME` for a signal without a name;
 * - `SERVER_SIGNAL_ERROR_EXISTS` if the hub has a signal of that name already;
 * - `SERVER_SIGNAL_ERROR_NOT_CURRENT` for the replica of a signal that this hub serves itself,
 *   perhaps through others: nobody would write it.
 *
 * Returns: whether the signal was added
 *
 * Since: 1.0
 */
gboolean
server_signal_hub_add (ServerSignalHub  *self,
                       ServerSignal     *signal,
                       GError          **error)
{
  g_autoptr (ServerSignalHub) keep = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, FALSE);
  g_return_val_if_fail (SERVER_IS_SIGNAL (signal), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  keep = g_object_ref (self);
  if (!ss_registry_add (self->core->registry, signal,
                        (gsize) MIN (self->core->history_bytes, G_MAXSIZE), error))
    return FALSE;

  ask_unasked (self);
  notify (self, PROP_N_SIGNALS);

  return TRUE;
}

/**
 * server_signal_hub_remove:
 * @self: a hub
 * @signal: a signal
 *
 * Stops sharing a signal.
 *
 * Clients that speak `server-signal.v1` are told that it has gone; plain ones hear no more of it.
 * Nothing happens when @signal is not one of the hub's.
 *
 * Since: 1.0
 */
void
server_signal_hub_remove (ServerSignalHub *self,
                          ServerSignal    *signal)
{
  g_autoptr (ServerSignalHub) keep = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (SERVER_IS_SIGNAL (signal));

  keep = g_object_ref (self);
  if (!ss_registry_remove (self->core->registry, signal))
    return;

  ss_demand_removed (self->core->demand, signal);
  unfollow_there (self, server_signal_get_name (signal));
  notify (self, PROP_N_SIGNALS);
}

/**
 * server_signal_hub_lookup:
 * @self: a hub
 * @name: the name of a signal
 *
 * Finds a signal that the hub shares.
 *
 * Returns: (nullable) (transfer none): the signal, or `NULL` when there is none of that name
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_hub_lookup (ServerSignalHub *self,
                          const char      *name)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  return ss_registry_lookup (self->core->registry, name);
}

/**
 * server_signal_hub_listen:
 * @self: a hub
 * @address: (nullable): a numeric IPv4 or IPv6 address, `localhost`, `unix:` and the path of a
 *   unix socket with options, `systemd:` and the name of a socket unit or nothing, or `NULL` for
 *   `localhost`
 * @port: the port, or 0 for any that is free
 * @error: return location for an error
 *
 * Makes the hub listen with a server of its own.
 *
 * The WebSocket is at [property@SignalHub:path]; there is nothing else on that server but
 * [property@SignalHub:health-path], [property@SignalHub:serve-path], and answers of
 * [signal@SignalHub::request]. With [property@SignalHub:tls-certificate] it speaks TLS, of
 * version 1.2 at least. A client has ten seconds from its connection to the end of its handshake,
 * and of these five for that of TLS, of which no more than eight are made at a time. `localhost` is
 * both of this machine's loopback addresses, with the same port; give `0.0.0.0` or `::` to be
 * reached from other machines.
 *
 * `unix:/run/app/socket` is a unix socket; with an at sign and a name in place of the path it is one
 * in Linux's abstract namespace. Its owner and its group may connect (mode 0660), or whoever the
 * option `mode` says in octal:
 * `unix:/run/app/socket?mode=0666`. There is no TLS on it, because nobody is in between, unless the
 * option `tls` asks for it; options are joined with `&`, as in `?mode=0600&tls=1`. The socket that a
 * dead program has left behind is replaced; that of a living one, and any other file, is not. The
 * file goes when the hub ends to listen. @port says nothing then.
 *
 * `systemd:` takes the sockets with which systemd has started this process (socket activation, the
 * variables `LISTEN_FDS` and `LISTEN_PID` of `sd_listen_fds(3)`), or with a name those that it
 * calls so (`FileDescriptorName=` of the unit, the variable `LISTEN_FDNAMES`). @port says nothing
 * then. Each of them is taken once in the life of the process, and their backlog, and the mode of
 * unix sockets, is that of the unit; unix sockets among them have no TLS.
 *
 * May be called several times, for several addresses. [method@SignalHub.detach] ends it; until then
 * the hub lives, even if nobody has a reference to it.
 *
 * Fails with
 *
 * - `G_IO_ERROR_ADDRESS_IN_USE` for a port or unix socket that is in use, and the other errors of
 *   [method@Gio.Socket.bind] and [method@Gio.Socket.listen];
 * - `G_IO_ERROR_INVALID_ARGUMENT` for an @address that is none of the above, for an option that is
 *   wrong, for a path that is longer than a socket's may be (about a hundred bytes), and for a
 *   descriptor handed over that is no listening stream socket;
 * - `G_IO_ERROR_NOT_FOUND` if no such socket was handed over, or it has been taken;
 * - `G_TLS_ERROR_BAD_CERTIFICATE` if the hub has refused the certificate that it was given.
 *
 * Returns: whether the hub listens there
 *
 * Since: 1.0
 */
gboolean
server_signal_hub_listen (ServerSignalHub  *self,
                          const char       *address,
                          guint16           port,
                          GError          **error)
{
  g_autoptr (SsHttpServer) fresh = NULL;
  SsHttpServer *http_server;

  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  /* A program that meant to have TLS must not get a server without. */
  if (self->certificate_refused && self->certificate == NULL)
    {
      g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
                           _("The hub has not taken the certificate that it was given"));
      return FALSE;
    }

  if (self->http_server == NULL)
    {
      fresh = ss_http_server_new (self->path, self->core->owner.context, &handler_funcs, self);
      ss_http_server_set_certificate (fresh, self->certificate);
      ss_http_server_set_max_handshakes (fresh, self->max_handshakes);
      ss_http_server_set_health_path (fresh, self->health_path);
    }
  http_server = fresh != NULL ? fresh : self->http_server;

  if (!ss_http_server_listen (http_server, address, port, error))
    return FALSE;

  self->http_server = http_server;
  g_steal_pointer (&fresh);
  hold_or_release (self);

  return TRUE;
}

/**
 * server_signal_hub_dup_uri:
 * @self: a hub
 *
 * Gets a URI for clients to connect to.
 *
 * It is the URI of the first address of [method@SignalHub.listen] that has a port or, when there is
 * none, of the first server that the hub is attached to. Where a server listens on all addresses its
 * host is that of loopback.
 *
 * Returns: (nullable) (transfer full): a URI such as `ws://127.0.0.1:3000/ws`, or `NULL` when the
 *   hub does not listen on a port
 *
 * Since: 1.0
 */
char *
server_signal_hub_dup_uri (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  char *first = self->http_server != NULL ? ss_http_server_dup_uri (self->http_server) : NULL;

  if (first != NULL)
    return first;

  for (guint i = 0; i < self->handlers->len; i++)
    {
      char *uri = ss_handler_dup_uri (g_ptr_array_index (self->handlers, i));

      if (uri != NULL)
        return uri;
    }

  return NULL;
}

static SsHandler *
attach (ServerSignalHub *self,
        SoupServer      *server,
        const char      *path)
{
  SsHandler *handler =
    ss_handler_new (server, path, self->core->owner.context, &handler_funcs, self);

  ss_handler_set_max_waiting (handler, self->max_handshakes);

  return handler;
}

/**
 * server_signal_hub_attach:
 * @self: a hub
 * @server: the application's server
 * @path: (nullable): the path of the WebSocket, beginning with a slash, or `NULL` for
 *   [property@SignalHub:path]
 *
 * Puts the hub's WebSocket at a path of an application's server.
 *
 * Pages, TLS and authentication of the server stay as they are, and so do its WebSocket extensions;
 * the hub takes no extension in its own handshakes. A path of a [class@Soup.Server] is a prefix:
 * requests for a longer path that begins with @path, and for which the server has no better
 * handler, are answered with 404. A handler that was at @path before is replaced.
 *
 * The hub does not keep @server alive. While it is attached, until [method@SignalHub.detach] or the
 * end of @server, the hub lives, even if nobody has a reference to it. May be called for several
 * servers and paths; [method@SignalHub.detach] takes the hub off all of them.
 *
 * A [class@Soup.Server] cannot do here what it cannot do elsewhere. It gives no deadline to clients that do
 * not finish their request or their TLS handshake, and has no limit on how many there are; after it
 * has once run out of file descriptors it accepts no more; it keeps a few hundred bytes of each
 * connection that it ever accepted (libsoup 3.2); it takes old versions of TLS if GIO does; and it
 * listens with a backlog of ten, so that of many clients that come at the same moment most wait for
 * a second or more. It reads requests for as long as they come and keeps what it reads: a client
 * that sends a body without an end stops the program. Where that is sent to @path the hub ends the
 * connection; on other paths it is the business of the application, whose handlers there would have
 * to do the same from [method@Soup.Server.add_early_handler]. [method@SignalHub.listen] has none of
 * these faults, so towards strangers it is the better choice, or a proxy in front that checks
 * requests. For the backlog there is a remedy: a program may make the socket, say how many may
 * wait, and give it to the server.
 *
 * ```c
 * g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
 *                                            G_SOCKET_PROTOCOL_DEFAULT, &error);
 *
 * g_socket_set_listen_backlog (socket, 4096);
 * if (!g_socket_bind (socket, address, TRUE, &error)
 *     || !g_socket_listen (socket, &error)
 *     || !soup_server_listen_socket (server, socket, 0, &error))
 *   return FALSE;
 * ```
 *
 * Once its handshake is made, a client is the hub's, with all that the hub does for others.
 *
 * Since: 1.0
 */
void
server_signal_hub_attach (ServerSignalHub *self,
                          SoupServer      *server,
                          const char      *path)
{
  g_autoptr (ServerSignalHub) keep = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (SOUP_IS_SERVER (server));
  g_return_if_fail (path == NULL || path[0] == '/');

  /* The one that is replaced may have been the hub's own. */
  keep = g_object_ref (self);
  g_ptr_array_add (self->handlers, attach (self, server, path != NULL ? path : self->path));
  hold_or_release (self);
}

/**
 * server_signal_hub_serve:
 * @self: a hub
 * @server: the application's server
 * @path: (nullable): the path of a folder, beginning with a slash, or `NULL` for `/server-signal`
 *
 * Serves the client for pages from a folder of an application's server.
 *
 * A page of that server imports `/server-signal/server-signal.js`. [property@SignalHub:serve-path],
 * which is the same for the server of [method@SignalHub.listen], lists the files and says how they are
 * answered.
 *
 * ```c
 * server_signal_hub_attach (hub, server, "/ws");
 * server_signal_hub_serve (hub, server, "/server-signal");
 * ```
 *
 * Other paths below the folder get 404 unless the server has a handler of their own for them, and a
 * handler that was there before is replaced. The hub does not keep @server alive, and
 * lives itself until [method@SignalHub.detach] or the end of @server.
 *
 * Since: 1.0
 */
void
server_signal_hub_serve (ServerSignalHub *self,
                         SoupServer      *server,
                         const char      *path)
{
  g_autoptr (ServerSignalHub) keep = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (SOUP_IS_SERVER (server));
  g_return_if_fail (path == NULL || path[0] == '/');

  keep = g_object_ref (self);
  g_ptr_array_add (self->handlers,
                   ss_handler_new_folder (server, path != NULL ? path : DEFAULT_SERVE_PATH,
                                          self->core->owner.context, &folder_funcs, self));
  hold_or_release (self);
}

/**
 * server_signal_hub_detach:
 * @self: a hub
 *
 * Lets no more clients in: ends all of [method@SignalHub.listen], [method@SignalHub.attach] and
 * [method@SignalHub.serve].
 *
 * Clients that are connected stay. The hub may listen or be attached again.
 *
 * Since: 1.0
 */
void
server_signal_hub_detach (ServerSignalHub *self)
{
  g_autoptr (ServerSignalHub) keep = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);

  if (ss_process_is_other (self->core->process))
    return;

  keep = g_object_ref (self);
  g_clear_pointer (&self->http_server, ss_http_server_free);
  g_ptr_array_set_size (self->handlers, 0);
  hold_or_release (self);
}

/**
 * server_signal_hub_accept:
 * @self: a hub
 * @connection: an open WebSocket, the server's side of it
 *
 * Takes over a WebSocket whose handshake the application has made.
 *
 * This is for clients that the application trusts; for others there is
 * [method@SignalHub.accept_stream]. libsoup reads and writes here without the hub in between, so
 * that these remain, with libsoup 3.2: there is no limit on what is queued for a client; a client
 * that sends without a pause keeps the main loop for as long as it does; one that has sent half a
 * message may take its time for the rest; and with permessage-deflate a message of the largest size
 * may become a thousand times as large before it is refused. Messages are limited here too, in the
 * sum of their fragments, and one that breaks the protocol is cut off.
 *
 * The client is plain unless [method@Soup.WebsocketConnection.get_protocol] says
 * `server-signal.v1`. The extensions are what the application agreed on; permessage-deflate takes
 * about 98 KiB for each connection. Frames go through libsoup's own queue, which has no bound and
 * whose depth nobody can see: a client that reads slowly costs memory. [method@SignalHub.listen]
 * and [method@SignalHub.attach] have neither cost.
 *
 * The hub keeps @connection for as long as it is open; the application must not use it any more.
 * [property@SignalHub:max-peers] and [property@SignalHub:max-peers-per-address] hold here too: when
 * one is reached, @connection is closed with 1001.
 *
 * [method@SignalHub.accept_with_user] says on whose behalf the client comes.
 *
 * Returns: (nullable) (transfer none): the peer, or `NULL` when it was not taken
 *
 * Since: 1.0
 */
ServerSignalPeer *
server_signal_hub_accept (ServerSignalHub         *self,
                          SoupWebsocketConnection *connection)
{
  return server_signal_hub_accept_with_user (self, connection, NULL);
}

/**
 * server_signal_hub_accept_with_user:
 * @self: a hub
 * @connection: an open WebSocket, the server's side of it
 * @user: (nullable): the name of the user that the client acts for, or `NULL` for nobody in
 *   particular
 *
 * Takes over a WebSocket whose handshake the application has made, as [method@SignalHub.accept] does.
 *
 * The peer has @user in [property@SignalPeer:user] before anything is decided about it.
 *
 * Returns: (nullable) (transfer none): the peer, or `NULL` when it was not taken
 *
 * Since: 1.0
 */
ServerSignalPeer *
server_signal_hub_accept_with_user (ServerSignalHub         *self,
                                    SoupWebsocketConnection *connection,
                                    const char              *user)
{
  g_autoptr (SsLink) link = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);
  g_return_val_if_fail (SOUP_IS_WEBSOCKET_CONNECTION (connection), NULL);
  g_return_val_if_fail (soup_websocket_connection_get_connection_type (connection) ==
                          SOUP_WEBSOCKET_CONNECTION_SERVER,
                        NULL);
  g_return_val_if_fail (user == NULL || g_utf8_validate (user, -1, NULL), NULL);

  if (soup_websocket_connection_get_state (connection) != SOUP_WEBSOCKET_STATE_OPEN)
    return NULL;

  address = ss_socket_dup_remote_address (soup_websocket_connection_get_io_stream (connection));
  if (!check_room (self, address))
    {
      soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
                                       "the server is full");
      return NULL;
    }

  link = ss_connection_link_new (connection);

  return take_link (self, link, NULL, user);
}

/**
 * server_signal_hub_accept_stream:
 * @self: a hub
 * @stream: a stream on which the handshake of a WebSocket has just been answered
 * @protocol: (nullable): the subprotocol that was agreed on, or `NULL` for none
 *
 * Takes over a stream on which the application has made a WebSocket's handshake.
 *
 * From here on the client is like one of [method@SignalHub.listen], with the hub's queue, limits and
 * deadlines. It is plain unless @protocol is `server-signal.v1`. The handshake must not have agreed
 * on an extension.
 *
 * ```c
 * static void
 * wrote_informational_cb (SoupServerMessage *message,
 *                         ServerSignalHub   *hub)
 * {
 *   g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);
 *
 *   server_signal_hub_accept_stream (hub, stream, NULL);
 * }
 * ```
 *
 * Both halves of @stream must be able to poll, see [method@Gio.PollableInputStream.can_poll].
 *
 * The hub keeps @stream for as long as it is open; the application must not use it any more.
 * [property@SignalHub:max-peers] and [property@SignalHub:max-peers-per-address] hold here too: when
 * there are as many, the client is told so with the close code 1013, and @stream is closed.
 *
 * [method@SignalHub.accept_stream_with_user] says on whose behalf the client comes.
 *
 * Returns: (nullable) (transfer none): the peer, or `NULL` when it was not taken
 *
 * Since: 1.0
 */
ServerSignalPeer *
server_signal_hub_accept_stream (ServerSignalHub *self,
                                 GIOStream       *stream,
                                 const char      *protocol)
{
  return server_signal_hub_accept_stream_with_user (self, stream, protocol, NULL);
}

/**
 * server_signal_hub_accept_stream_with_user:
 * @self: a hub
 * @stream: a stream on which the handshake of a WebSocket has just been answered
 * @protocol: (nullable): the subprotocol that was agreed on, or `NULL` for none
 * @user: (nullable): the name of the user that the client acts for, or `NULL` for nobody in
 *   particular
 *
 * Takes over a stream on which the application has made a WebSocket's handshake, as
 * [method@SignalHub.accept_stream] does.
 *
 * The peer has @user in [property@SignalPeer:user] before anything is decided about it.
 *
 * Returns: (nullable) (transfer none): the peer, or `NULL` when it was not taken
 *
 * Since: 1.0
 */
ServerSignalPeer *
server_signal_hub_accept_stream_with_user (ServerSignalHub *self,
                                           GIOStream       *stream,
                                           const char      *protocol,
                                           const char      *user)
{
  g_autoptr (SsLink) link = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);
  g_return_val_if_fail (G_IS_IO_STREAM (stream), NULL);
  g_return_val_if_fail (ss_stream_link_is_able (stream), NULL);
  g_return_val_if_fail (user == NULL || g_utf8_validate (user, -1, NULL), NULL);

  if (g_io_stream_is_closed (stream))
    return NULL;

  address = ss_socket_dup_remote_address (stream);
  if (!check_room (self, address))
    {
      ss_stream_link_turn_away (stream, SS_CLOSE_TRY_AGAIN);
      return NULL;
    }

  link = ss_stream_link_new_for_stream (stream, protocol);

  return take_link (self, link, NULL, user);
}

/**
 * server_signal_hub_review:
 * @self: a hub
 *
 * Asks again which signals its clients may see, as [method@SignalPeer.review] does for one.
 *
 * Since: 1.0
 */
void
server_signal_hub_review (ServerSignalHub *self)
{
  g_autoptr (ServerSignalHub) keep = NULL;
  g_autoptr (GPtrArray) peers = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);

  keep = g_object_ref (self);
  peers = copy_peers (self);
  for (guint i = 0; i < peers->len; i++)
    server_signal_peer_review (peers->pdata[i]);
}

/**
 * server_signal_hub_get_peers: (get-property peers)
 * @self: a hub
 *
 * Gets the clients that are connected.
 *
 * Returns: (transfer none): a live list of [class@SignalPeer], which only the hub changes
 *
 * Since: 1.0
 */
GListModel *
server_signal_hub_get_peers (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return G_LIST_MODEL (self->peers);
}

/**
 * server_signal_hub_get_signals: (get-property signals)
 * @self: a hub
 *
 * Gets the signals that all clients share.
 *
 * Returns: (transfer none): a live list of [class@Signal], which [method@SignalHub.add] and
 *   [method@SignalHub.remove] change and nothing else
 *
 * Since: 1.0
 */
GListModel *
server_signal_hub_get_signals (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return ss_registry_get_model (self->core->registry);
}

static guint
get_n_peers (ServerSignalHub *self)
{
  return ss_object_list_get_length (self->peers);
}

static guint
get_n_signals (ServerSignalHub *self)
{
  return ss_registry_get_length (self->core->registry);
}

/**
 * server_signal_hub_get_id: (get-property id)
 * @self: a hub
 *
 * Gets the id of this hub, made at random.
 *
 * Returns: (transfer none): the id
 *
 * Since: 1.0
 */
const char *
server_signal_hub_get_id (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);

  return self->core->id;
}

static void
set_path (ServerSignalHub *self,
          const char      *path)
{
  if (path == NULL || path[0] != '/')
    {
      g_critical ("The path of a hub begins with a slash; it is %s now", DEFAULT_PATH);
      path = DEFAULT_PATH;
    }

  self->path = g_strdup (path);
}

/**
 * server_signal_hub_get_path: (get-property path)
 * @self: a hub
 *
 * Gets the path of the WebSocket in [method@SignalHub.listen].
 *
 * The default is `/ws`.
 *
 * Returns: (transfer none): the path, beginning with a slash; `/ws` unless another was given
 *
 * Since: 1.0
 */
const char *
server_signal_hub_get_path (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);

  return self->path;
}

/**
 * server_signal_hub_get_health_path: (get-property health-path)
 * @self: a hub
 *
 * Gets the path at which a server of [method@SignalHub.listen] answers GET and HEAD with 200.
 *
 * The default is `NULL`.
 *
 * Returns: (nullable) (transfer none): the path, or `NULL` for none
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_health_path, const char *, self->health_path)

/**
 * server_signal_hub_set_health_path: (set-property health-path)
 * @self: a hub
 * @health_path: (nullable): a path that begins with a slash and is not
 *   [property@SignalHub:path], or `NULL` for none
 *
 * Sets the path at which a server of [method@SignalHub.listen] answers GET and HEAD with 200.
 *
 * It takes effect at once.
 *
 * The default is `NULL`.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_health_path (ServerSignalHub *self,
                                   const char      *health_path)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (health_path == NULL || health_path[0] == '/');
  g_return_if_fail (g_strcmp0 (health_path, self->path) != 0);

  if (g_strcmp0 (self->health_path, health_path) == 0)
    return;

  g_free (self->health_path);
  self->health_path = g_strdup (health_path);
  if (self->http_server != NULL)
    ss_http_server_set_health_path (self->http_server, self->health_path);
  notify (self, PROP_HEALTH_PATH);
}

/**
 * server_signal_hub_get_serve_path: (get-property serve-path)
 * @self: a hub
 *
 * Gets the folder in which a server of [method@SignalHub.listen] serves the client for pages.
 *
 * The default is `NULL`.
 *
 * Returns: (nullable) (transfer none): the path, or `NULL` for none
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_serve_path, const char *, self->serve_path)

/**
 * server_signal_hub_set_serve_path: (set-property serve-path)
 * @self: a hub
 * @serve_path: (nullable): a path that begins with a slash, or `NULL` for none
 *
 * Sets the folder in which a server of [method@SignalHub.listen] serves the client for pages.
 *
 * It takes effect at once.
 *
 * The default is `NULL`.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_serve_path (ServerSignalHub *self,
                                  const char      *serve_path)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (serve_path == NULL || serve_path[0] == '/');

  if (g_strcmp0 (self->serve_path, serve_path) == 0)
    return;

  g_free (self->serve_path);
  self->serve_path = g_strdup (serve_path);
  notify (self, PROP_SERVE_PATH);
}

/**
 * server_signal_hub_get_module_version: (get-property module-version)
 * @self: a hub
 *
 * Gets the hash of all files of the client for pages, as a folder in which they are kept for ever.
 *
 * Returns: (transfer none): the hash, of letters and digits
 *
 * Since: 1.0
 */
const char *
server_signal_hub_get_module_version (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);

  return ss_web_files_get_version ();
}

static void
forget_inspection (ServerSignalHub *self)
{
  ServerSignal *signal = ss_registry_lookup (self->core->registry, SS_INSPECTION_NAME);

  if (self->inspection != NULL && signal != NULL &&
      ss_demand_is_resolved (self->core->demand, signal))
    server_signal_hub_remove (self, signal);
  g_clear_pointer (&self->inspection, ss_inspection_free);
}

/**
 * server_signal_hub_get_inspector: (get-property inspector)
 * @self: a hub
 *
 * Gets whether the inspector is there.
 *
 * The default is `FALSE`.
 *
 * Returns: whether it is
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_inspector, gboolean, self->inspector)

/**
 * server_signal_hub_set_inspector: (set-property inspector)
 * @self: a hub
 * @inspector: whether the inspector is there
 *
 * Sets whether the inspector is there, where the hub serves the client for pages.
 *
 * It takes effect at once.
 *
 * The default is `FALSE`.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_inspector (ServerSignalHub *self,
                                 gboolean         inspector)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);

  inspector = inspector != FALSE;
  if (self->inspector == inspector)
    return;

  self->inspector = inspector;
  if (!inspector)
    forget_inspection (self);
  notify (self, PROP_INSPECTOR);
}

/**
 * server_signal_hub_get_http: (get-property http)
 * @self: a hub
 *
 * Gets whether documents can be had by HTTP at the path of the WebSocket.
 *
 * The default is `TRUE`.
 *
 * Returns: whether they can
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_http, gboolean, self->http)

/**
 * server_signal_hub_set_http: (set-property http)
 * @self: a hub
 * @http: whether documents can be had by HTTP
 *
 * Sets whether documents can be had by HTTP at the path of the WebSocket.
 *
 * It holds for requests from now on.
 *
 * The default is `TRUE`.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_http (ServerSignalHub *self,
                            gboolean         http)
{
  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);

  http = http != FALSE;
  if (self->http == http)
    return;

  self->http = http;
  notify (self, PROP_HTTP);
}

/**
 * server_signal_hub_get_allowed_origins: (get-property allowed-origins)
 * @self: a hub
 *
 * Gets the origins whose pages may connect beside those of the hub's own host.
 *
 * The default is `NULL`.
 *
 * Returns: (nullable) (transfer none) (array zero-terminated=1): the entries, or `NULL` for no
 *   others
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_allowed_origins, const char *const *,
        (const char *const *) self->allowed_origins)

/**
 * server_signal_hub_set_allowed_origins: (set-property allowed-origins)
 * @self: a hub
 * @allowed_origins: (nullable) (array zero-terminated=1): the entries, such as
 *   `https://example.org`, `*.example.org`, `null` and `*`, or `NULL` for no others
 *
 * Sets the origins whose pages may connect beside those of the hub's own host.
 *
 * [property@SignalHub:allowed-origins] says what an entry may be. An entry that is nothing of the
 * kind is refused with a critical message, and the property stays as it is.
 *
 * The default is `NULL`.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_allowed_origins (ServerSignalHub   *self,
                                       const char *const *allowed_origins)
{
  g_autoptr (SsOriginPolicy) policy = NULL;
  const char *wrong = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);

  if (allowed_origins == (const char *const *) self->allowed_origins ||
      (allowed_origins != NULL && self->allowed_origins != NULL &&
       g_strv_equal (allowed_origins, (const char *const *) self->allowed_origins)))
    return;

  if (allowed_origins != NULL)
    {
      policy = ss_origin_policy_new (allowed_origins, &wrong);
      if (policy == NULL)
        {
          g_critical (
            "The allowed origins of a hub stay as they are: \"%s\" is neither an origin such "
            "as https://example.org, nor a host, nor *, nor null",
            wrong);
          return;
        }
    }

  g_strfreev (self->allowed_origins);
  self->allowed_origins = g_strdupv ((char **) allowed_origins);
  g_clear_pointer (&self->origin_policy, ss_origin_policy_free);
  self->origin_policy = g_steal_pointer (&policy);
  notify (self, PROP_ALLOWED_ORIGINS);
}

/**
 * server_signal_hub_get_tls_certificate: (get-property tls-certificate)
 * @self: a hub
 *
 * Gets the certificate with which [method@SignalHub.listen] speaks TLS.
 *
 * The default is `NULL`.
 *
 * Returns: (nullable) (transfer none): the certificate, or `NULL` for no TLS
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_tls_certificate, GTlsCertificate *, self->certificate)

/**
 * server_signal_hub_set_tls_certificate: (set-property tls-certificate)
 * @self: a hub
 * @certificate: (nullable): a certificate with its private key, or `NULL` for no TLS
 *
 * Sets the certificate with which [method@SignalHub.listen] speaks TLS.
 *
 * It holds for connections that are made from then on.
 *
 * A certificate without a private key, or with the key of another one, is refused: a critical
 * message says so, and the property stays as it is. To find that out the hub makes a handshake with
 * itself, which takes a few milliseconds. Where the property is `NULL` then,
 * [method@SignalHub.listen] gives an error rather than to serve without TLS.
 *
 * The default is `NULL`.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_tls_certificate (ServerSignalHub *self,
                                       GTlsCertificate *certificate)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (certificate == NULL || G_IS_TLS_CERTIFICATE (certificate));

  if (self->certificate == certificate)
    {
      self->certificate_refused = FALSE;
      return;
    }

  if (certificate != NULL && !ss_tls_check_certificate (certificate, &error))
    {
      g_critical ("The certificate of a hub stays as it is: %s", error->message);
      self->certificate_refused = TRUE;
      return;
    }

  self->certificate_refused = FALSE;
  g_set_object (&self->certificate, certificate);
  if (self->http_server != NULL)
    ss_http_server_set_certificate (self->http_server, certificate);
  notify (self, PROP_TLS_CERTIFICATE);
}

/**
 * server_signal_hub_get_max_peers: (get-property max-peers)
 * @self: a hub
 *
 * Gets the largest number of clients at a time.
 *
 * The default is 65,536.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_max_peers, guint, self->max_peers)

/**
 * server_signal_hub_set_max_peers: (set-property max-peers)
 * @self: a hub
 * @max_peers: the number
 *
 * Sets the largest number of clients at a time.
 *
 * Clients beyond this limit get 503, with a `Retry-After` of five seconds. Peers that are connected
 * already stay.
 *
 * The default is 65,536.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_max_peers, guint, max_peers, PROP_MAX_PEERS, NOTHING)

/**
 * server_signal_hub_get_max_subscriptions: (get-property max-subscriptions)
 * @self: a hub
 *
 * Gets the largest number of signals that one client may subscribe to.
 *
 * The default is 4,096.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_max_subscriptions, guint, self->core->max_subscriptions)

/**
 * server_signal_hub_set_max_subscriptions: (set-property max-subscriptions)
 * @self: a hub
 * @max_subscriptions: the number
 *
 * Sets the largest number of signals that one client may subscribe to.
 *
 * A client that asks for more is told `too-many`. Plain clients, which do not ask, get all. A new
 * number holds for peers that are connected too; they keep what they follow already.
 *
 * The default is 4,096.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_max_subscriptions, guint, core->max_subscriptions,
        PROP_MAX_SUBSCRIPTIONS, apply_limits)

/**
 * server_signal_hub_get_max_calls: (get-property max-calls)
 * @self: a hub
 *
 * Gets the largest number of calls of one client that are not answered yet.
 *
 * The default is 256.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_max_calls, guint, self->core->max_calls)

/**
 * server_signal_hub_set_max_calls: (set-property max-calls)
 * @self: a hub
 * @max_calls: the number
 *
 * Sets the largest number of calls of one client that are not answered yet.
 *
 * A call beyond it fails with `too-many`, and nobody is asked. Answers that wait because the client
 * takes too little count as well. A new number holds for peers that are connected too.
 *
 * The default is 256.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_max_calls, guint, core->max_calls, PROP_MAX_CALLS, NOTHING)

/**
 * server_signal_hub_get_max_call_rate: (get-property max-call-rate)
 * @self: a hub
 *
 * Gets the largest number of calls that one client may make in a second.
 *
 * The default is 1,000.
 *
 * Returns: the number, or 0 for any number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_max_call_rate, guint, self->core->max_call_rate)

/**
 * server_signal_hub_set_max_call_rate: (set-property max-call-rate)
 * @self: a hub
 * @max_call_rate: the number, or 0 for any number
 *
 * Sets the largest number of calls that one client may make in a second.
 *
 * As many may come at once. A call beyond it fails with `too-many`, nobody is asked, and it counts as
 * a message, so that a client that goes on is closed with 1008. A new number holds for peers that are
 * connected too.
 *
 * The default is 1,000.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_max_call_rate, guint, core->max_call_rate, PROP_MAX_CALL_RATE,
        apply_limits)

/**
 * server_signal_hub_get_history_bytes: (get-property history-bytes)
 * @self: a hub
 *
 * Gets the number of bytes of patches that are kept for each signal.
 *
 * The default is 1,048,576 bytes (1 MiB).
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_history_bytes, guint64, self->core->history_bytes)

/**
 * server_signal_hub_set_history_bytes: (set-property history-bytes)
 * @self: a hub
 * @history_bytes: the number of bytes
 *
 * Sets the number of bytes of patches that are kept for each signal.
 *
 * A client that comes back gets what it has missed when that is still there, and otherwise the whole
 * document; with 0 it always gets the document. The number holds for signals that are added from then
 * on.
 *
 * The default is 1,048,576 bytes (1 MiB).
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_history_bytes, guint64, core->history_bytes, PROP_HISTORY_BYTES,
        NOTHING)

/**
 * server_signal_hub_get_max_handshakes: (get-property max-handshakes)
 * @self: a hub
 *
 * Gets the largest number of connections of [method@SignalHub.listen] that have not become clients
 * yet.
 *
 * The default is 4,096.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_max_handshakes, guint, self->max_handshakes)

/**
 * server_signal_hub_set_max_handshakes: (set-property max-handshakes)
 * @self: a hub
 * @max_handshakes: the number, at least 1
 *
 * Sets the largest number of connections of [method@SignalHub.listen] that have not become clients
 * yet.
 *
 * At this limit the oldest is dropped for the newest, once it has had a second: a handshake takes a
 * moment, so the oldest are those that do not mean to make one. A quarter of them may come from one
 * address, save from this machine's own; the same holds there.
 *
 * With [method@SignalHub.attach] it is the largest number that wait for the answer of a handler of
 * [signal@SignalHub::handshake], of each server.
 *
 * The default is 4,096.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_max_handshakes, guint, max_handshakes, PROP_MAX_HANDSHAKES,
        apply_max_handshakes)

/**
 * server_signal_hub_get_max_peers_per_address: (get-property max-peers-per-address)
 * @self: a hub
 *
 * Gets the largest number of clients from one address.
 *
 * The default is 0.
 *
 * Returns: the number, or 0 for any number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_max_peers_per_address, guint, self->max_peers_per_address)

/**
 * server_signal_hub_set_max_peers_per_address: (set-property max-peers-per-address)
 * @self: a hub
 * @max_peers_per_address: the number, or 0 for any number
 *
 * Sets the largest number of clients from one address.
 *
 * Clients that are connected stay. [property@SignalHub:max-peers-per-address] says how addresses are
 * counted.
 *
 * The default is 0.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_max_peers_per_address, guint, max_peers_per_address,
        PROP_MAX_PEERS_PER_ADDRESS, NOTHING)

/**
 * server_signal_hub_get_max_backlog: (get-property max-backlog)
 * @self: a hub
 *
 * Gets the number of bytes that may wait for one client before what comes is merged.
 *
 * The default is 1,048,576 bytes (1 MiB).
 *
 * Returns: the number of bytes, or 0 for any number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_max_backlog, guint64, self->core->max_backlog)

/**
 * server_signal_hub_set_max_backlog: (set-property max-backlog)
 * @self: a hub
 * @max_backlog: the number of bytes, or 0 for any number
 *
 * Sets the number of bytes that may wait for one client before what comes is merged.
 *
 * When more wait, the client is sent no updates until it has taken half of them. Then one update of
 * each signal makes up for those it has missed, or the document where that is smaller: it sees
 * fewer of the states between, and in the end the newest. So what waits for a client that does not
 * keep up is bounded by this number and the largest of its documents, and nobody else is delayed.
 *
 * A new number holds for peers that are connected too. It says nothing of peers of
 * [method@SignalHub.accept], whose frames wait where nobody can count them.
 *
 * The default is 1,048,576 bytes (1 MiB).
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_max_backlog, guint64, core->max_backlog, PROP_MAX_BACKLOG, apply_limits)

/**
 * server_signal_hub_get_stall_timeout: (get-property stall-timeout)
 * @self: a hub
 *
 * Gets the time in which a client may take nothing of what waits for it, in milliseconds.
 *
 * The default is 30,000 milliseconds.
 *
 * Returns: the time in milliseconds, or 0 for ever
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_stall_timeout, guint, self->stall_timeout)

/**
 * server_signal_hub_set_stall_timeout: (set-property stall-timeout)
 * @self: a hub
 * @stall_timeout: the time in milliseconds, or 0 for ever
 *
 * Sets the time in which a client may take nothing of what waits for it, in milliseconds.
 *
 * When the time is up, what waits is dropped and the client is closed with 1008 and the reason that
 * it is too slow; our clients come back when they go on. The hub looks about twice a second. A client
 * that takes anything at all, be it slowly, stays.
 *
 * A new time holds for peers that are connected too. Peers of [method@SignalHub.accept] have none.
 *
 * The default is 30,000 milliseconds.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_stall_timeout, guint, stall_timeout, PROP_STALL_TIMEOUT, apply_limits)

/**
 * server_signal_hub_get_flush_interval: (get-property flush-interval)
 * @self: a hub
 *
 * Gets the time for which commits are gathered before they are sent, in milliseconds.
 *
 * The default is 0.
 *
 * Returns: the time in milliseconds, or 0 to send each by itself
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_flush_interval, guint, self->flush_interval)

/**
 * server_signal_hub_set_flush_interval: (set-property flush-interval)
 * @self: a hub
 * @flush_interval: the time in milliseconds, or 0 to send each by itself
 *
 * Sets the time for which commits are gathered before they are sent, in milliseconds.
 *
 * With 0 each commit is sent as an update of its own, and those of one turn of the main loop leave in
 * one write for each client. Otherwise the first commit begins an interval, at whose end each signal
 * that has changed is sent as one update: the patches of its commits joined, in which a place that
 * was written several times has the last value only. As with clients that come back, patches that
 * have outgrown [property@SignalHub:history-bytes] are replaced by the document.
 *
 * Clients that subscribe are answered at once. Gathered commits leave early when the hub or
 * a peer is closed and when a signal is removed.
 *
 * The default is 0.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_flush_interval, guint, flush_interval, PROP_FLUSH_INTERVAL,
        apply_flush_interval)

/**
 * server_signal_hub_get_linger: (get-property linger)
 * @self: a hub
 *
 * Gets the time for which a signal that was made on demand stays when nobody follows it any more.
 *
 * The default is 10,000 milliseconds.
 *
 * Returns: the time in milliseconds; `G_MAXUINT` for ever
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_linger, guint, self->linger)

/**
 * server_signal_hub_set_linger: (set-property linger)
 * @self: a hub
 * @linger: the time in milliseconds; `G_MAXUINT` for ever
 *
 * Sets the time for which a signal that was made on demand stays when nobody follows it any more.
 *
 * Those that are waiting for their time begin anew.
 *
 * The default is 10,000 milliseconds.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_linger, guint, linger, PROP_LINGER, apply_linger)

/**
 * server_signal_hub_get_announce: (get-property announce)
 * @self: a hub
 *
 * Gets the names that clients are told of without having asked.
 *
 * The default is `SERVER_SIGNAL_ANNOUNCE_ALL`.
 *
 * Returns: which names
 *
 * Since: 1.0
 */
ServerSignalAnnounce
server_signal_hub_get_announce (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), SERVER_SIGNAL_ANNOUNCE_ALL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, SERVER_SIGNAL_ANNOUNCE_ALL);

  return self->core->announce ? SERVER_SIGNAL_ANNOUNCE_ALL : SERVER_SIGNAL_ANNOUNCE_NONE;
}

/**
 * server_signal_hub_set_announce: (set-property announce)
 * @self: a hub
 * @announce: which names
 *
 * Sets the names that clients are told of without having asked.
 *
 * It counts for clients that come, and signals that are added, from then on.
 *
 * The default is `SERVER_SIGNAL_ANNOUNCE_ALL`.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_announce (ServerSignalHub      *self,
                                ServerSignalAnnounce  announce)
{
  gboolean all = announce == SERVER_SIGNAL_ANNOUNCE_ALL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (all || announce == SERVER_SIGNAL_ANNOUNCE_NONE);

  if (self->core->announce == all)
    return;

  self->core->announce = all;
  notify (self, PROP_ANNOUNCE);
}

/**
 * server_signal_hub_get_origin: (get-property origin)
 * @self: a hub
 *
 * Gets the place where names are followed that clients ask for and the hub has no signal of.
 *
 * The default is `NULL`.
 *
 * Returns: (nullable) (transfer none): the origin
 *
 * Since: 1.0
 */
ServerSignalOrigin *
server_signal_hub_get_origin (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->origin;
}

/**
 * server_signal_hub_set_origin: (set-property origin)
 * @self: a hub
 * @origin: (nullable): the origin, such as a [class@SignalClient], or `NULL` for none
 *
 * Sets the place where names are followed that clients ask for and the hub has no signal of.
 *
 * Signals that come from the one before go. The default is `NULL`.
 *
 * Since: 1.0
 */
void
server_signal_hub_set_origin (ServerSignalHub    *self,
                              ServerSignalOrigin *origin)
{
  g_autoptr (ServerSignalHub) keep = NULL;
  g_autofree char **names = NULL;
  guint n_names;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (origin == NULL || SERVER_IS_SIGNAL_ORIGIN (origin));

  if (self->origin == origin)
    return;

  keep = g_object_ref (self);
  names = (char **) g_hash_table_get_keys_as_array (self->followed_there, &n_names);
  for (guint i = 0; i < n_names; i++)
    names[i] = g_strdup (names[i]);
  for (guint i = 0; i < n_names; i++)
    {
      g_autofree char *name = names[i];
      ServerSignal *signal = ss_registry_lookup (self->core->registry, name);

      if (signal != NULL)
        server_signal_hub_remove (self, signal);
      unfollow_there (self, name);
    }

  if (g_set_object (&self->origin, origin))
    notify (self, PROP_ORIGIN);
}

/**
 * server_signal_hub_get_n_followers:
 * @self: a hub
 * @signal: a signal, one of the hub's or of its peers'
 *
 * Gets the number of clients that follow a signal now.
 *
 * Returns: the number; 0 for a signal that the hub does not serve
 *
 * Since: 1.0
 */
guint
server_signal_hub_get_n_followers (ServerSignalHub *self,
                                   ServerSignal    *signal)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, 0);
  g_return_val_if_fail (SERVER_IS_SIGNAL (signal), 0);

  return ss_demand_count (self->core->demand, signal);
}

/**
 * server_signal_hub_get_keepalive_interval: (get-property keepalive-interval)
 * @self: a hub
 *
 * Gets the time from one ping to the next, in milliseconds.
 *
 * The default is 20,000 milliseconds.
 *
 * Returns: the time in milliseconds, or 0 for no pings
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_keepalive_interval, guint, self->keepalive_interval)

/**
 * server_signal_hub_set_keepalive_interval: (set-property keepalive-interval)
 * @self: a hub
 * @keepalive_interval: the time in milliseconds, or 0 for no pings
 *
 * Sets the time from one ping to the next, in milliseconds.
 *
 * A client of which nothing comes within [property@SignalHub:keepalive-timeout] after a ping is
 * gone, and is cut off. Anything that comes is a sign of life. So one that has lost its network is
 * noticed within the two times. One that has something waiting is not asked; it has
 * [property@SignalHub:stall-timeout].
 *
 * Peers of [method@SignalHub.accept] are not asked: the application sets the property
 * `keepalive-interval` of their [class@Soup.WebsocketConnection].
 *
 * The default is 20,000 milliseconds.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_keepalive_interval, guint, keepalive_interval,
        PROP_KEEPALIVE_INTERVAL, apply_keepalive)

/**
 * server_signal_hub_get_keepalive_timeout: (get-property keepalive-timeout)
 * @self: a hub
 *
 * Gets the time in which a client has to give a sign of life after a ping, in milliseconds.
 *
 * The default is 15,000 milliseconds.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_keepalive_timeout, guint, self->keepalive_timeout)

/**
 * server_signal_hub_set_keepalive_timeout: (set-property keepalive-timeout)
 * @self: a hub
 * @keepalive_timeout: the time in milliseconds, at least 1
 *
 * Sets the time in which a client has to give a sign of life after a ping, in milliseconds.
 *
 * Where it is longer than [property@SignalHub:keepalive-interval], that is taken instead.
 *
 * The default is 15,000 milliseconds.
 *
 * Since: 1.0
 */
SETTER (server_signal_hub_set_keepalive_timeout, guint, keepalive_timeout,
        PROP_KEEPALIVE_TIMEOUT, apply_keepalive)

/**
 * server_signal_hub_get_commits: (get-property commits)
 * @self: a hub
 *
 * Gets the number of commits of the hub's signals, its peers' own included, since the hub was made.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_commits, guint64, self->core->counters->commits)

/**
 * server_signal_hub_get_frames: (get-property frames)
 * @self: a hub
 *
 * Gets the number of messages that were queued for clients since the hub was made.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_frames, guint64, self->link_counters->frames)

/**
 * server_signal_hub_get_bytes: (get-property bytes)
 * @self: a hub
 *
 * Gets the number of bytes that clients were sent since the hub was made.
 *
 * These are what the kernel has taken, or TLS, with the headers of frames. Of peers of
 * [method@SignalHub.accept] the messages are counted that were handed to libsoup.
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_bytes, guint64, self->link_counters->bytes)

/**
 * server_signal_hub_get_merged: (get-property merged)
 * @self: a hub
 *
 * Gets the number of commits that clients did not get by themselves, but together with later ones,
 * since the hub was made.
 *
 * Each is counted for each client. Commits are merged because of
 * [property@SignalHub:flush-interval], because a client does not keep up, or because it comes back
 * after a gap.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_merged, guint64, self->core->counters->merged)

/**
 * server_signal_hub_get_backlog: (get-property backlog)
 * @self: a hub
 *
 * Gets the number of bytes that wait for all clients together, now.
 *
 * [property@SignalPeer:backlog] is that of one client. Peers of [method@SignalHub.accept] are not in
 * it.
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_backlog, guint64, self->link_counters->backlog)

/**
 * server_signal_hub_get_dropped_peers: (get-property dropped-peers)
 * @self: a hub
 *
 * Gets the number of clients that the hub itself has ended since it was made.
 *
 * These are clients that took nothing for too long, gave no sign of life, or sent what they may
 * not.
 *
 * Returns: the number
 *
 * Since: 1.0
 */
GETTER (server_signal_hub_get_dropped_peers, guint64, self->core->counters->dropped)

/**
 * server_signal_hub_dup_metrics:
 * @self: a hub
 *
 * Gets the hub's figures as text that Prometheus and other monitoring systems read.
 *
 * It is in the format of OpenMetrics 1.0, with the media type `SERVER_SIGNAL_METRICS_TYPE`, and ends with
 * `# EOF`. There are
 *
 * - `server_signal_peers` and `server_signal_signals`, their number now;
 * - `server_signal_backlog_bytes`, the bytes that wait for peers now;
 * - `server_signal_commits_total`, `server_signal_frames_total`, `server_signal_sent_bytes_total`,
 *   `server_signal_merged_total` and `server_signal_dropped_peers_total`, counted from the beginning:
 *   [property@SignalHub:commits], [property@SignalHub:frames], [property@SignalHub:bytes],
 *   [property@SignalHub:merged] and [property@SignalHub:dropped-peers].
 *
 * [signal@SignalHub::request] has an example.
 *
 * Returns: (transfer full): the text
 *
 * Since: 1.0
 */
char *
server_signal_hub_dup_metrics (ServerSignalHub *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  {
    const SsMetric metrics[] = {
      { "peers", "gauge", "", NULL, "Clients that are connected", get_n_peers (self) },
      { "signals", "gauge", "", NULL, "Signals that all clients share", get_n_signals (self) },
      { "backlog_bytes", "gauge", "", "bytes", "Bytes that wait for clients",
        server_signal_hub_get_backlog (self) },
      { "commits", "counter", "_total", NULL, "Commits of shared signals",
        server_signal_hub_get_commits (self) },
      { "frames", "counter", "_total", NULL, "Frames queued for clients",
        server_signal_hub_get_frames (self) },
      { "sent_bytes", "counter", "_total", "bytes", "Bytes sent to clients",
        server_signal_hub_get_bytes (self) },
      { "merged", "counter", "_total", NULL, "Commits that clients got together with later ones",
        server_signal_hub_get_merged (self) },
      { "dropped_peers", "counter", "_total", NULL,
        "Clients that were closed for being slow or gone",
        server_signal_hub_get_dropped_peers (self) },
    };

    return ss_metrics_print (metrics, G_N_ELEMENTS (metrics));
  }
}

/**
 * server_signal_hub_dup_state:
 * @self: a hub
 * @names: (nullable) (array zero-terminated=1): names of signals, or `NULL` for all that the hub has
 *
 * Gets an HTML element with the documents of signals as they are now, so that a page begins with data.
 *
 * It is `<script type="application/json" id="server-signal-state">`, and is put anywhere into a page
 * that a server renders, before the script that connects. The client for pages finds it there: the
 * signals have these values at once, stale until the hub vouches for them, and their replicas resume
 * from these revisions, so that nothing is sent twice. Neither markup in a document nor a line
 * separator ends the element.
 *
 * The content is a JSON array of the snapshots that a client of `server-signal.v1` gets. While a
 * signal is frozen its last commit counts. Signals that the hub does not have, replicas without data,
 * and documents that are too large for a frame are left out: the page gets them, or an error, from the
 * hub.
 *
 * The page carries the documents to all who can load it. For a page of one user, name the signals
 * that the user may see.
 *
 * Returns: (transfer full): the element
 *
 * Since: 1.0
 */
char *
server_signal_hub_dup_state (ServerSignalHub   *self,
                             const char *const *names)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return ss_page_state_print (self->core->registry, names);
}

/**
 * server_signal_hub_close:
 * @self: a hub
 *
 * Lets no more clients in, as [method@SignalHub.detach] does, and closes every peer with 1001
 * (going away).
 *
 * This does not wait. The peers leave the hub one after the other, when each has taken what was
 * queued for it and has answered the close, or a few seconds have passed. When the last reference on
 * the hub goes, which is not before it is detached, its clients are closed in the same way, without a
 * signal. A program that ends right afterwards should wait with [method@SignalHub.close_async].
 *
 * The hub keeps its signals, and may listen or be attached again.
 *
 * Since: 1.0
 */
void
server_signal_hub_close (ServerSignalHub *self)
{
  g_autoptr (ServerSignalHub) keep = NULL;
  g_autoptr (GPtrArray) peers = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);

  if (ss_process_is_other (self->core->process))
    return;

  keep = g_object_ref (self);
  server_signal_hub_detach (self);
  ss_flusher_flush (self->core->flusher);

  peers = copy_peers (self);
  for (guint i = 0; i < peers->len; i++)
    server_signal_peer_close (g_ptr_array_index (peers, i), SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
                              "the server is going away");
}

/**
 * server_signal_hub_close_async:
 * @self: a hub
 * @timeout_ms: how long to wait for the clients, in milliseconds
 * @cancellable: (nullable): a cancellable; what has begun goes on when it is cancelled, but is not
 *   waited for
 * @callback: (scope async) (closure user_data) (nullable): called when it is done
 * @user_data: data for @callback
 *
 * Closes the hub as [method@SignalHub.close] does, and waits until its peers have gone.
 *
 * Messages that are queued for a peer go out first. Peers that are still there when the time is up are cut
 * off.
 *
 * Since: 1.0
 */
void
server_signal_hub_close_async (ServerSignalHub     *self,
                               guint                timeout_ms,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GPtrArray) peers = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, server_signal_hub_close_async);

  if (ss_process_is_other (self->core->process))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  peers = copy_peers (self);
  ss_closing_start (task, peers, timeout_ms, self->core->owner.context);
  server_signal_hub_close (self);
}

/**
 * server_signal_hub_close_finish:
 * @self: a hub
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Finishes [method@SignalHub.close_async].
 *
 * Fails with
 *
 * - `G_IO_ERROR_TIMED_OUT` if some peers had to be cut off;
 * - `G_IO_ERROR_CANCELLED` if the cancellable was cancelled.
 *
 * Returns: whether every peer took what was queued and closed in time
 *
 * Since: 1.0
 */
gboolean
server_signal_hub_close_finish (ServerSignalHub  *self,
                                GAsyncResult     *result,
                                GError          **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_HUB (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * server_signal_hub_add_action_group:
 * @self: a hub
 * @name: the name of the group, 1 to 1,024 bytes of UTF-8
 * @group: an action group
 *
 * Offers the actions of a group to the clients.
 *
 * A client has them with [method@SignalClient.get_action_group], with the names, types, states and
 * enabled-ness that they have here. The state of the group is a signal of the hub's, with the same @name:
 * each action is a member of the document, an object with `enabled` and `state`, and `parameter-type`
 * and `state-type` where there are such. To activate an action, or to request another state, clients
 * make a call to the method that is @name, a dot and the name of the action.
 *
 * [signal@SignalHub::allow-call] is asked before a call, and an action that is disabled, or is given a
 * parameter of another type, fails the call with `disabled` or `invalid-arguments`.
 *
 * The hub keeps a reference on @group until [method@SignalHub.remove_action_group]. A group that was
 * added with that name before is removed. There must be no other signal of that name.
 *
 * ```c
 * g_autoptr (GSimpleActionGroup) player = g_simple_action_group_new ();
 *
 * g_action_map_add_action_entries (G_ACTION_MAP (player), entries, G_N_ELEMENTS (entries), self);
 * server_signal_hub_add_action_group (hub, "player", G_ACTION_GROUP (player));
 * ```
 *
 * Since: 1.0
 */
void
server_signal_hub_add_action_group (ServerSignalHub *self,
                                    const char      *name,
                                    GActionGroup    *group)
{
  g_autoptr (ServerSignalHub) keep = NULL;
  g_autoptr (GError) error = NULL;
  ServerSignal *signal;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (name != NULL && name[0] != '\0' && strlen (name) <= SS_NAME_BYTES);
  g_return_if_fail (g_utf8_validate (name, -1, NULL));
  g_return_if_fail (G_IS_ACTION_GROUP (group));

  keep = g_object_ref (self);
  server_signal_hub_remove_action_group (self, name);
  signal = ss_action_groups_add (self->action_groups, name, group, &error);
  if (signal != NULL && server_signal_hub_add (self, signal, &error))
    return;

  g_critical ("The action group “%s” is not offered: %s", name, error->message);
  if (signal != NULL)
    g_object_unref (ss_action_groups_remove (self->action_groups, name));
}

/**
 * server_signal_hub_remove_action_group:
 * @self: a hub
 * @name: the name of a group
 *
 * Offers the actions of a group no longer.
 *
 * At the clients they are disabled. Nothing happens when there is no group of that name.
 *
 * Since: 1.0
 */
void
server_signal_hub_remove_action_group (ServerSignalHub *self,
                                       const char      *name)
{
  g_autoptr (ServerSignal) signal = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_HUB (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (name != NULL);

  signal = ss_action_groups_remove (self->action_groups, name);
  if (signal != NULL)
    server_signal_hub_remove (self, signal);
}
