/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-peer.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "server-signal-peer-private.h"
#include "ss-clear-source.h"
#include "ss-protocol.h"
#include "ss-session.h"

/* Between two looks at the system's clock, at most. */
#define EXPIRY_LOOK_MS 60000

/**
 * ServerSignalPeer:
 *
 * One connected client, as the hub sees it.
 *
 * A [class@SignalHub] makes a peer for each WebSocket that arrives, announces it with
 * [signal@SignalHub::peer-added], and keeps it until the connection is over. Only hubs make peers.
 * A peer gets the
 * signals that its hub shares, and with [method@SignalPeer.add] signals of its own, which nobody
 * else sees:
 *
 * ```c
 * static void
 * peer_added_cb (ServerSignalHub  *hub,
 *                ServerSignalPeer *peer)
 * {
 *   g_autoptr (ServerSignal) visits = server_signal_new_from_json ("visits", "0", NULL);
 *
 *   server_signal_peer_add (peer, visits, NULL);
 * }
 * ```
 *
 * A peer's own signal shadows a shared one of the same name, for this peer and as long as it is
 * there.
 *
 * Peers that offer the WebSocket subprotocol `server-signal.v1` follow the signals that they
 * subscribe to; all others are *plain*, and get every signal that they may see. Nothing that a
 * client sends can change a signal. A client that sends what the protocol does not know is told so,
 * and closed (1008) with its third such message; a message may have up to 128 KiB, and at length no
 * more than 64 come in a second, not counting a question for each signal that the client may follow
 * and for each that has been added.
 *
 * Since: 1.0
 */
struct _ServerSignalPeer
{
  GObject            parent_instance;

  SsHubCore         *core;
  const SsPeerFuncs *funcs;     /* of the hub; NULL once the connection is over or the hub has gone */
  gpointer           user_data;
  SsLink            *link;
  SsSession         *session;
  gpointer           calls;     /* the hub's */
  SsRegistry        *registry;  /* made when it is needed: most peers have no signals of their own */
  GSequenceIter     *place;     /* in the hub's list */
  SsBeat             beat;
  SsAsker            asker;
  SsSlotSet         *hidden;    /* of the hub's signals, those that this peer may not see */
  SsSlotSet         *granted;   /* of those that were made on demand, the ones that it may see */

  ServerSignalHandshake *handshake;
  char                  *user;
  GDateTime             *expires;
  GSource               *expiry;    /* looks at it */
};

G_DEFINE_FINAL_TYPE (ServerSignalPeer, server_signal_peer, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PROTOCOL,
  PROP_REMOTE_ADDRESS,
  PROP_BACKLOG,
  PROP_SIGNALS,
  PROP_HANDSHAKE,
  PROP_USER,
  PROP_EXPIRES,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

gboolean
ss_peer_is_served (ServerSignalPeer *self)
{
  return self->funcs != NULL;
}

static SsFeed *
own_feed (ServerSignalPeer *self,
          const char       *name)
{
  return self->registry != NULL ? ss_registry_feed (self->registry, name) : NULL;
}

static SsFeed *
shared_feed (ServerSignalPeer *self,
             const char       *name)
{
  SsRegistry *registry = self->core->registry;

  if (!ss_peer_is_served (self))
    return NULL;
  if (self->core->guarded && ss_registry_is_quiet (registry, name) &&
      !ss_slot_set_has (self->granted, ss_registry_get_slot (registry, name)))
    return NULL;

  return ss_registry_feed_but (registry, name, self->hidden);
}

static SsFeed *
session_lookup (const char *name,
                gpointer    user_data)
{
  ServerSignalPeer *self = user_data;
  SsFeed *feed = own_feed (self, name);

  return feed != NULL ? feed : shared_feed (self, name);
}

static const char *
next_in (SsRegistry *registry,
         guint64    *place)
{
  const char *name = registry != NULL ? ss_registry_next (registry, place) : NULL;

  if (name == NULL)
    *place = G_MAXUINT64;

  return name;
}

static const char *
session_next_name (guint64  *place,
                   gpointer  user_data)
{
  ServerSignalPeer *self = user_data;

  if (!self->core->announce)
    return NULL;

  for (;;)
    {
      guint64 shared_place = *place;
      guint64 own_place = *place;
      const char *shared =
        next_in (ss_peer_is_served (self) ? self->core->registry : NULL, &shared_place);
      const char *own = next_in (self->registry, &own_place);

      if (shared == NULL && own == NULL)
        return NULL;

      *place = MIN (shared_place, own_place);
      if (own_place < shared_place)
        return own;
      /* Its own takes the place of a shared one, and some it may not see. */
      if (own_feed (self, shared) == NULL && shared_feed (self, shared) != NULL)
        return shared;
    }
}

/* By the limits that go with it the peer could count the signals that it may not see. */
static guint
session_count (gpointer user_data)
{
  ServerSignalPeer *self = user_data;
  guint n = self->registry != NULL ? ss_registry_get_length (self->registry) : 0;

  if (ss_peer_is_served (self))
    n += ss_registry_get_n_published (self->core->registry) - ss_slot_set_count (self->hidden);

  return n;
}

static GStrv
session_dup_via (gpointer user_data)
{
  ServerSignalPeer *self = user_data;

  if (!ss_peer_is_served (self))
    return g_new0 (char *, 1);

  return ss_hub_core_dup_via (self->core,
                              self->registry != NULL ? ss_registry_get_via (self->registry) : NULL,
                              self->hidden);
}

static SsCallState
session_get_call (guint64  id,
                  gpointer user_data)
{
  ServerSignalPeer *self = user_data;

  return ss_peer_is_served (self) ? self->funcs->get_call (self, id, self->user_data)
                                  : SS_CALL_NONE;
}

static void
session_call (SsFrame  *frame,
              gpointer  user_data)
{
  g_autoptr (ServerSignalPeer) self = g_object_ref (user_data);

  if (ss_peer_is_served (self))
    self->funcs->call (self, frame, self->user_data);
}

static void
leave (ServerSignalPeer *self)
{
  ss_demand_leave (self->core->demand, &self->asker,
                   self->registry != NULL ? ss_registry_get_model (self->registry) : NULL);
}

static void
session_closed (gpointer user_data)
{
  g_autoptr (ServerSignalPeer) self = g_object_ref (user_data);
  const SsPeerFuncs *funcs = g_steal_pointer (&self->funcs);

  ss_clear_source (&self->expiry);
  leave (self);
  if (funcs != NULL)
    funcs->closed (self, self->user_data);

  /* Nobody hears these signals through this peer any more, however long somebody keeps it. */
  g_clear_pointer (&self->registry, ss_registry_free);

  /* The reference that ss_peer_disown() took. */
  if (funcs == NULL)
    g_object_unref (self);
}

static SsAsked
session_ask (SsFrame  *question,
             gpointer  user_data)
{
  g_autoptr (ServerSignalPeer) self = g_object_ref (user_data);

  return ss_peer_is_served (self) ? self->funcs->ask (self, question, self->user_data)
                                  : SS_ASKED_UNKNOWN;
}

static gboolean
session_forget (const char *name,
                gpointer    user_data)
{
  ServerSignalPeer *self = user_data;

  return ss_demand_forget (self->core->demand, &self->asker, name);
}

static void
session_followed (ServerSignal *signal,
                  gboolean      followed,
                  gpointer      user_data)
{
  ServerSignalPeer *self = user_data;
  gpointer reader = ss_peer_is_served (self) ? self : NULL;

  if (followed)
    ss_demand_follow (self->core->demand, signal, reader);
  else
    ss_demand_unfollow (self->core->demand, signal, reader);
}

static void
session_dropped (gpointer user_data)
{
  ServerSignalPeer *self = user_data;

  self->core->counters->dropped++;
}

static const SsSessionFuncs session_funcs = {
  .lookup = session_lookup,
  .next_name = session_next_name,
  .count = session_count,
  .dup_via = session_dup_via,
  .get_call = session_get_call,
  .call = session_call,
  .ask = session_ask,
  .forget = session_forget,
  .followed = session_followed,
  .dropped = session_dropped,
  .closed = session_closed,
};

/* The name stands for something now. A peer that has asked for it hears of that in any case. */
void
ss_peer_announce (ServerSignalPeer *self,
                  const char       *name,
                  gboolean          quiet)
{
  if (ss_demand_has (&self->asker, name))
    ss_demand_published (self->core->demand, name, &self->asker);
  else if (!quiet)
    ss_session_added (self->session, name);
}

void
ss_peer_answer (ServerSignalPeer *self,
                SsFrame          *question)
{
  ss_session_answer (self->session, question);
}

void
ss_peer_tell (ServerSignalPeer *self,
              const char       *name,
              gboolean          added)
{
  if (added)
    ss_session_added (self->session, name);
  else
    ss_session_unknown (self->session, name);
}

SsAsker *
ss_peer_get_asker (ServerSignalPeer *self)
{
  return &self->asker;
}

gboolean
ss_peer_has (ServerSignalPeer *self,
             const char       *name)
{
  return session_lookup (name, self) != NULL;
}

ServerSignal *
ss_peer_find_signal (ServerSignalPeer *self,
                     const char       *name)
{
  SsFeed *feed = session_lookup (name, self);

  return feed != NULL ? ss_feed_get_signal (feed) : NULL;
}

ServerSignal *
ss_peer_lookup_own (ServerSignalPeer *self,
                    const char       *name)
{
  return self->registry != NULL ? ss_registry_lookup (self->registry, name) : NULL;
}

/* The peer sees no signal of that name any more. quiet: those who have asked for it are told of one to come,
 * and nobody else. */
static void
withdraw (ServerSignalPeer *self,
          const char       *name,
          gboolean          quiet)
{
  if (ss_session_removed (self->session, name, quiet) && quiet)
    ss_demand_remember (self->core->demand, &self->asker, name);
}

static void
registry_changed_cb (SsRegistry *registry,
                     const char *name,
                     guint       slot,
                     gboolean    published,
                     gpointer    user_data)
{
  ServerSignalPeer *self = user_data;
  gboolean shared = shared_feed (self, name) != NULL;
  gboolean quiet = !self->core->announce || ss_registry_is_quiet (registry, name);

  /* A signal of the peer's own takes the place of the shared one, and gives it back. */
  if (published)
    {
      if (shared)
        ss_session_removed (self->session, name, quiet);
      ss_peer_announce (self, name, quiet);
    }
  else
    {
      withdraw (self, name, quiet);
      if (shared)
        ss_peer_announce (self, name, quiet);
    }
}

static void
registry_via_changed_cb (SsRegistry *registry,
                         gpointer    user_data)
{
  ServerSignalPeer *self = user_data;

  ss_session_via_changed (self->session);
}

static const SsRegistryFuncs registry_funcs = {
  .changed = registry_changed_cb,
  .via_changed = registry_via_changed_cb,
};

static SsRegistry *
ensure_registry (ServerSignalPeer *self)
{
  if (self->registry == NULL)
    self->registry = ss_registry_new (self->core->id, self->core->flusher, self->core->counters,
                                      &registry_funcs, self);

  return self->registry;
}

static void
server_signal_peer_finalize (GObject *object)
{
  ServerSignalPeer *self = SERVER_SIGNAL_PEER (object);

  /* The connection is the parent's. */
  if (self->core != NULL && !ss_process_is_other (self->core->process))
    {
      self->funcs = NULL;
      g_clear_pointer (&self->session, ss_session_free);
      leave (self);
      g_clear_pointer (&self->registry, ss_registry_free);
      g_clear_object (&self->link);
      g_clear_object (&self->handshake);
      ss_clear_source (&self->expiry);
      ss_slot_set_clear (&self->hidden);
      ss_slot_set_clear (&self->granted);
      g_clear_pointer (&self->core, ss_hub_core_unref);
    }
  g_clear_pointer (&self->user, g_free);
  g_clear_pointer (&self->expires, g_date_time_unref);

  G_OBJECT_CLASS (server_signal_peer_parent_class)->finalize (object);
}

static void
server_signal_peer_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  ServerSignalPeer *self = SERVER_SIGNAL_PEER (object);

  switch (prop_id)
    {
    case PROP_PROTOCOL:
      g_value_set_string (value, server_signal_peer_get_protocol (self));
      break;

    case PROP_REMOTE_ADDRESS:
      g_value_set_object (value, server_signal_peer_get_remote_address (self));
      break;

    case PROP_BACKLOG:
      g_value_set_uint64 (value, server_signal_peer_get_backlog (self));
      break;

    case PROP_SIGNALS:
      g_value_set_object (value, server_signal_peer_get_signals (self));
      break;

    case PROP_HANDSHAKE:
      g_value_set_object (value, server_signal_peer_get_handshake (self));
      break;

    case PROP_USER:
      g_value_set_string (value, server_signal_peer_get_user (self));
      break;

    case PROP_EXPIRES:
      g_value_set_boxed (value, server_signal_peer_get_expires (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_peer_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  ServerSignalPeer *self = SERVER_SIGNAL_PEER (object);

  switch (prop_id)
    {
    case PROP_USER:
      server_signal_peer_set_user (self, g_value_get_string (value));
      break;

    case PROP_EXPIRES:
      server_signal_peer_set_expires (self, g_value_get_boxed (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_peer_class_init (ServerSignalPeerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = server_signal_peer_finalize;
  object_class->get_property = server_signal_peer_get_property;
  object_class->set_property = server_signal_peer_set_property;

  /**
   * ServerSignalPeer:protocol: (getter get_protocol)
   *
   * The WebSocket subprotocol that was agreed on.
   *
   * `server-signal.v1`, or `NULL` (or what [method@SignalHub.accept] was given) for a plain peer.
   *
   * Since: 1.0
   */
  properties[PROP_PROTOCOL] =
    g_param_spec_string ("protocol", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalPeer:remote-address: (getter get_remote_address)
   *
   * The address that the connection came from, where it is known.
   *
   * Since: 1.0
   */
  properties[PROP_REMOTE_ADDRESS] =
    g_param_spec_object ("remote-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalPeer:backlog: (getter get_backlog)
   *
   * The number of bytes that wait to be sent to this peer.
   *
   * Always 0 for a peer that came through [method@SignalHub.accept], whose frames wait in libsoup,
   * where nobody can count them. Changes are not notified.
   *
   * Since: 1.0
   */
  properties[PROP_BACKLOG] = g_param_spec_uint64 ("backlog", NULL, NULL, 0, G_MAXUINT64, 0,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalPeer:signals: (getter get_signals)
   *
   * The peer's own signals, a live list of [class@Signal].
   *
   * Since: 1.0
   */
  properties[PROP_SIGNALS] = g_param_spec_object ("signals", NULL, NULL, G_TYPE_LIST_MODEL,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalPeer:handshake: (getter get_handshake)
   *
   * The handshake with which the client came in, or `NULL` for a peer of [method@SignalHub.accept] or
   * [method@SignalHub.accept_stream].
   *
   * Its headers, address and certificate stay readable for as long as the peer is there.
   *
   * Since: 1.0
   */
  properties[PROP_HANDSHAKE] =
    g_param_spec_object ("handshake", NULL, NULL, SERVER_TYPE_SIGNAL_HANDSHAKE,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * ServerSignalPeer:user: (getter get_user) (setter set_user)
   *
   * The name of the user that the client acts for, or `NULL` for nobody in particular.
   *
   * It begins with that of [method@SignalHandshake.accept]. The hub makes nothing of it: it is for the
   * application's own handlers.
   *
   * The default is `NULL`.
   *
   * Since: 1.0
   */
  properties[PROP_USER] =
    g_param_spec_string ("user", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * ServerSignalPeer:expires: (getter get_expires) (setter set_expires)
   *
   * The time at which the client has to come with something newer, or `NULL` for never.
   *
   * At that time, by the system's clock, or at once where it has passed, the client is closed with
   * 3000 (unauthorized), as [method@SignalPeer.close] does it. It comes back with a handshake that the
   * application looks at. This is for credentials that hold until a certain time. Our clients ask
   * their application for newer ones then, see [signal@SignalClient::unauthorized].
   *
   * The default is `NULL`.
   *
   * Since: 1.0
   */
  properties[PROP_EXPIRES] =
    g_param_spec_boxed ("expires", NULL, NULL, G_TYPE_DATE_TIME,
                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
server_signal_peer_init (ServerSignalPeer *self)
{
}

ServerSignalPeer *
ss_peer_new (SsHubCore             *core,
             SsLink                *link,
             ServerSignalHandshake *handshake,
             const char            *user,
             const SsPeerFuncs     *funcs,
             gpointer               user_data)
{
  ServerSignalPeer *self = g_object_new (SERVER_TYPE_SIGNAL_PEER, NULL);

  self->core = ss_hub_core_ref (core);
  self->funcs = funcs;
  self->user_data = user_data;
  self->link = g_object_ref (link);
  self->asker.peer = self;
  g_set_object (&self->handshake, handshake);
  self->user = g_strdup (user);
  self->session = ss_session_new (link, core->owner.context, core->max_subscriptions,
                                  (gsize) MIN (core->max_backlog, G_MAXSIZE), &session_funcs, self);
  ss_session_set_call_rate (self->session, core->max_call_rate);

  return self;
}

void
ss_peer_start (ServerSignalPeer *self)
{
  ss_session_start (self->session);
}

void
ss_peer_shared_changed (ServerSignalPeer *self,
                        const char       *name,
                        guint             slot,
                        gboolean          published,
                        gboolean          quiet)
{
  gboolean hidden = ss_slot_set_remove (&self->hidden, slot);

  ss_slot_set_remove (&self->granted, slot);
  if (hidden || own_feed (self, name) != NULL)
    return;

  if (published)
    ss_peer_announce (self, name, quiet);
  else
    withdraw (self, name, quiet);
}

gboolean
ss_peer_sees (ServerSignalPeer *self,
              ServerSignal     *signal)
{
  SsFeed *feed = shared_feed (self, server_signal_get_name (signal));

  return feed != NULL && ss_feed_get_signal (feed) == signal;
}

gboolean
ss_peer_is_blind (ServerSignalPeer *self)
{
  return self->hidden != NULL;
}

void
ss_peer_hide_new (ServerSignalPeer *self,
                  guint             slot)
{
  ss_slot_set_add (&self->hidden, slot);
}

void
ss_peer_show (ServerSignalPeer *self,
              ServerSignal     *signal,
              gboolean          shown)
{
  const char *name = server_signal_get_name (signal);
  SsFeed *feed = ss_peer_is_served (self) ? ss_registry_feed (self->core->registry, name) : NULL;
  guint slot;
  gboolean changed;

  /* It may have gone meanwhile, or another be in its place. */
  if (feed == NULL || ss_feed_get_signal (feed) != signal)
    return;

  slot = ss_registry_get_slot (self->core->registry, name);
  changed =
    shown ? ss_slot_set_remove (&self->hidden, slot) : ss_slot_set_add (&self->hidden, slot);
  if (!changed || own_feed (self, name) != NULL)
    return;

  if (shown)
    ss_peer_announce (self, name, !self->core->announce);
  else
    withdraw (self, name, !self->core->announce);
  ss_session_via_changed (self->session);
}

void
ss_peer_grant (ServerSignalPeer *self,
               ServerSignal     *signal,
               gboolean          granted)
{
  const char *name = server_signal_get_name (signal);
  guint slot;

  if (!ss_peer_is_served (self) || ss_registry_lookup (self->core->registry, name) != signal)
    return;

  slot = ss_registry_get_slot (self->core->registry, name);
  if (granted)
    ss_slot_set_add (&self->granted, slot);
  else if (ss_slot_set_remove (&self->granted, slot) && own_feed (self, name) == NULL)
    withdraw (self, name, TRUE);
}

void
ss_peer_via_changed (ServerSignalPeer *self)
{
  ss_session_via_changed (self->session);
}

void
ss_peer_limits_changed (ServerSignalPeer *self)
{
  ss_session_set_limits (self->session, self->core->max_subscriptions,
                         (gsize) MIN (self->core->max_backlog, G_MAXSIZE));
  ss_session_set_call_rate (self->session, self->core->max_call_rate);
}

void
ss_peer_cut (ServerSignalPeer *self)
{
  ss_link_cut (self->link);
}

void
ss_peer_disown (ServerSignalPeer *self)
{
  g_assert (ss_peer_is_served (self));

  /* The closing handshake is still to come, and nobody else need hold the peer. */
  self->funcs = NULL;
  self->user_data = NULL;
  g_object_ref (self);
}

SsLink *
ss_peer_get_link (ServerSignalPeer *self)
{
  return self->link;
}

SsBeat *
ss_peer_get_beat (ServerSignalPeer *self)
{
  return &self->beat;
}

GSequenceIter **
ss_peer_get_place (ServerSignalPeer *self)
{
  return &self->place;
}

gpointer *
ss_peer_get_calls (ServerSignalPeer *self)
{
  return &self->calls;
}

SsSession *
ss_peer_get_session (ServerSignalPeer *self)
{
  return self->session;
}

/* Only a hub makes peers: one that an application has made has no connection, and none of the
 * functions below can do anything for it. */
static gboolean
is_of_hub (ServerSignalPeer *self)
{
  return SERVER_IS_SIGNAL_PEER (self) && self->core != NULL;
}

/**
 * server_signal_peer_add:
 * @self: a peer
 * @signal: a signal
 * @error: return location for an error
 *
 * Adds a signal that this peer sees and nobody else.
 *
 * It shadows a signal of the same name that the hub shares. In a handler of
 * [signal@SignalHub::peer-added] this is in time for the first thing that the peer is told; later
 * the peer is told that the signal has come. A replica of another hub's signal is published when it
 * has had its first data.
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_INVALID_NAME` for a signal without a name;
 * - `SERVER_SIGNAL_ERROR_EXISTS` if the peer has a signal of that name already;
 * - `SERVER_SIGNAL_ERROR_NOT_CURRENT` for the replica of a signal that this hub serves itself;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the connection is over.
 *
 * Returns: whether the signal was added
 *
 * Since: 1.0
 */
gboolean
server_signal_peer_add (ServerSignalPeer  *self,
                        ServerSignal      *signal,
                        GError           **error)
{
  g_autoptr (ServerSignalPeer) keep = NULL;

  g_return_val_if_fail (is_of_hub (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, FALSE);
  g_return_val_if_fail (SERVER_IS_SIGNAL (signal), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!ss_peer_is_served (self))
    {
      g_set_error_literal (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                           _("The peer’s connection is closed"));
      return FALSE;
    }

  keep = g_object_ref (self);

  return ss_registry_add (ensure_registry (self), signal,
                          (gsize) MIN (self->core->history_bytes, G_MAXSIZE), error);
}

/**
 * server_signal_peer_remove:
 * @self: a peer
 * @signal: a signal
 *
 * Removes a signal that was added with [method@SignalPeer.add].
 *
 * The peer is told that it has gone. If it shadowed a shared signal, that one comes back. Nothing
 * happens when @signal is not the peer's own.
 *
 * Since: 1.0
 */
void
server_signal_peer_remove (ServerSignalPeer *self,
                           ServerSignal     *signal)
{
  g_autoptr (ServerSignalPeer) keep = NULL;

  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (SERVER_IS_SIGNAL (signal));

  keep = g_object_ref (self);
  if (self->registry != NULL && ss_registry_remove (self->registry, signal))
    ss_demand_removed (self->core->demand, signal);
}

/**
 * server_signal_peer_review:
 * @self: a peer
 *
 * Asks again which of the hub's signals this client may see.
 *
 * [signal@SignalHub::allow] is emitted for each of them. The client is told that those have gone which
 * it may no longer see, and gets nothing more of them, and that those have come which it may see now.
 *
 * Nothing happens when the connection is over.
 *
 * Since: 1.0
 */
void
server_signal_peer_review (ServerSignalPeer *self)
{
  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);

  if (ss_peer_is_served (self))
    self->funcs->review (self, self->user_data);
}

/**
 * server_signal_peer_close:
 * @self: a peer
 * @code: a WebSocket close code (RFC 6455, 7.4)
 * @reason: (nullable): a short text for the client, of which 123 bytes at most are sent
 *
 * Closes the connection.
 *
 * Messages that are queued go out first, then the close frame with @code and @reason; nothing is sent after
 * it. The peer is gone with [signal@SignalHub::peer-removed], when the client has answered or a few
 * seconds have passed. A second call does nothing.
 *
 * Codes that an endpoint may send are 1000 to 1003, 1007 to 1009, 1011, and 3000 to 4999. Our
 * clients come back after most of them, after 3000 with newer credentials; they take 1008 and 4000 to
 * 4999 as the wish that they do not, save for a 1008 whose reason begins with "too slow".
 *
 * Since: 1.0
 */
void
server_signal_peer_close (ServerSignalPeer *self,
                          gushort           code,
                          const char       *reason)
{
  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail ((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1009) ||
                    code == 1011 || (code >= 3000 && code <= 4999));
  g_return_if_fail (reason == NULL || g_utf8_validate (reason, -1, NULL));

  if (ss_process_is_other (self->core->process))
    return;

  ss_flusher_flush (self->core->flusher);
  ss_session_close (self->session, code, reason);
}

/**
 * server_signal_peer_get_protocol: (get-property protocol)
 * @self: a peer
 *
 * Gets the WebSocket subprotocol that was agreed on.
 *
 * Returns: (nullable) (transfer none): `server-signal.v1`, or `NULL` (or what
 *   [method@SignalHub.accept] was given) for a plain peer
 *
 * Since: 1.0
 */
const char *
server_signal_peer_get_protocol (ServerSignalPeer *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return ss_link_get_protocol (self->link);
}

/**
 * server_signal_peer_get_remote_address: (get-property remote-address)
 * @self: a peer
 *
 * Gets the address that the connection came from.
 *
 * Returns: (nullable) (transfer none): the address, or `NULL` where it is not known
 *
 * Since: 1.0
 */
GSocketAddress *
server_signal_peer_get_remote_address (ServerSignalPeer *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return ss_link_get_remote_address (self->link);
}

/**
 * server_signal_peer_get_backlog: (get-property backlog)
 * @self: a peer
 *
 * Gets the number of bytes that wait to be sent to this peer.
 *
 * Returns: the number of bytes; always 0 for a peer that came through [method@SignalHub.accept]
 *
 * Since: 1.0
 */
guint64
server_signal_peer_get_backlog (ServerSignalPeer *self)
{
  g_return_val_if_fail (is_of_hub (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, 0);

  return ss_link_get_backlog (self->link);
}

/**
 * server_signal_peer_get_signals: (get-property signals)
 * @self: a peer
 *
 * Gets the peer's own signals.
 *
 * Those that the hub shares are in [method@SignalHub.get_signals].
 *
 * Returns: (transfer none): a live list of [class@Signal], which [method@SignalPeer.add] and
 *   [method@SignalPeer.remove] change and nothing else
 *
 * Since: 1.0
 */
GListModel *
server_signal_peer_get_signals (ServerSignalPeer *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return ss_registry_get_model (ensure_registry (self));
}

/**
 * server_signal_peer_get_handshake: (get-property handshake)
 * @self: a peer
 *
 * Gets the handshake with which the client came in.
 *
 * Returns: (nullable) (transfer none): the handshake, or `NULL` for a peer of
 *   [method@SignalHub.accept] or [method@SignalHub.accept_stream]
 *
 * Since: 1.0
 */
ServerSignalHandshake *
server_signal_peer_get_handshake (ServerSignalPeer *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->handshake;
}

/**
 * server_signal_peer_get_user: (get-property user)
 * @self: a peer
 *
 * Gets the name of the user that the client acts for.
 *
 * The default is `NULL`.
 *
 * Returns: (nullable) (transfer none): the name, or `NULL` for nobody in particular
 *
 * Since: 1.0
 */
const char *
server_signal_peer_get_user (ServerSignalPeer *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->user;
}

/**
 * server_signal_peer_set_user: (set-property user)
 * @self: a peer
 * @user: (nullable): the name, or `NULL` for nobody in particular
 *
 * Sets the name of the user that the client acts for.
 *
 * The hub makes nothing of it: it is for the application's own handlers.
 *
 * The default is `NULL`.
 *
 * Since: 1.0
 */
void
server_signal_peer_set_user (ServerSignalPeer *self,
                             const char       *user)
{
  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (user == NULL || g_utf8_validate (user, -1, NULL));

  if (g_strcmp0 (self->user, user) == 0)
    return;

  g_free (self->user);
  self->user = g_strdup (user);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_USER]);
}

/**
 * server_signal_peer_get_expires: (get-property expires)
 * @self: a peer
 *
 * Gets the time at which the client has to come with something newer.
 *
 * The default is `NULL`.
 *
 * Returns: (nullable) (transfer none): the time, or `NULL` for never
 *
 * Since: 1.0
 */
GDateTime *
server_signal_peer_get_expires (ServerSignalPeer *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->expires;
}

static void watch_expiry (ServerSignalPeer *self);

static gboolean
expiry_cb (gpointer user_data)
{
  g_autoptr (ServerSignalPeer) self = g_object_ref (user_data);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  if (g_date_time_compare (now, self->expires) < 0)
    {
      watch_expiry (self);
    }
  else
    {
      ss_clear_source (&self->expiry);
      server_signal_peer_close (self, SS_CLOSE_UNAUTHORIZED, "the credentials have expired");
    }

  return G_SOURCE_REMOVE;
}

/* The system's clock may be set, and goes on while the machine sleeps, which timers do not: it is
 * looked at from time to time. */
static void
watch_expiry (ServerSignalPeer *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  gint64 left_ms;

  ss_clear_source (&self->expiry);
  if (self->expires == NULL || !ss_peer_is_served (self))
    return;

  left_ms = g_date_time_difference (self->expires, now) / G_TIME_SPAN_MILLISECOND + 1;
  self->expiry = g_timeout_source_new ((guint) CLAMP (left_ms, 0, EXPIRY_LOOK_MS));
  g_source_set_static_name (self->expiry, "[server-signal] expires");
  g_source_set_callback (self->expiry, expiry_cb, self, NULL);
  g_source_attach (self->expiry, self->core->owner.context);
}

/**
 * server_signal_peer_set_expires: (set-property expires)
 * @self: a peer
 * @expires: (nullable): the time, or `NULL` for never
 *
 * Sets the time at which the client has to come with something newer.
 *
 * It is closed with 3000 (unauthorized) then, or at once where the time has passed.
 *
 * The default is `NULL`.
 *
 * Since: 1.0
 */
void
server_signal_peer_set_expires (ServerSignalPeer *self,
                                GDateTime        *expires)
{
  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);

  if (self->expires == expires ||
      (self->expires != NULL && expires != NULL && g_date_time_equal (self->expires, expires)))
    return;

  g_clear_pointer (&self->expires, g_date_time_unref);
  self->expires = expires != NULL ? g_date_time_ref (expires) : NULL;
  watch_expiry (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EXPIRES]);
}
