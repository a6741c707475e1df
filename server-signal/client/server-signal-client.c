/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "server-signal-client.h"
#include "server-signal-origin.h"
#include "json/ss-node.h"
#include "server-signal-enum-types.h"
#include "server-signal-error.h"
#include "ss-client-calls.h"
#include "ss-dialer.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "ss-owner.h"
#include "ss-process.h"
#include "ss-remote-actions.h"
#include "ss-replicas.h"
#include "ss-sanitize.h"
#include "ss-waiters.h"
#include "wire/ss-frame-decode.h"

#define DEFAULT_RETRY_MIN 500
#define DEFAULT_RETRY_MAX 30000
#define DEFAULT_CONNECT_TIMEOUT 30000
#define DEFAULT_KEEPALIVE_INTERVAL 20000
#define MAX_KEEPALIVE_INTERVAL (24 * 60 * 60 * 1000)
#define MIN_FRAME_SIZE 1024

/**
 * ServerSignalClient:
 *
 * One connection to a server and the replicas of its signals.
 *
 * A client connects to a hub, [class@SignalHub], or to any other server of the plain protocol, and
 * keeps a read-only [class@Signal], a replica, for each name that is asked for. A replica is the
 * same object for as long as the client has it: it can be bound to at once, before anything is
 * connected, and it lives through every loss of the connection. [property@Signal:stale] tells
 * whether it is known to be current.
 *
 * ```c
 * static void
 * count_cb (ServerSignal *counter,
 *           GParamSpec   *pspec,
 *           gpointer      user_data)
 * {
 *   g_print ("%" G_GINT64_FORMAT "\n", server_signal_get_int (counter, "/value"));
 * }
 *
 * g_autoptr (ServerSignalClient) client = server_signal_client_new ("ws://localhost:3000/ws");
 * ServerSignal *counter = server_signal_client_get_signal (client, "counter");
 *
 * g_signal_connect (counter, "notify::value", G_CALLBACK (count_cb), NULL);
 * server_signal_client_start (client);
 * ```
 *
 * ## Reconnecting
 *
 * A client that was started stays connected: when the connection is refused, lost or closed,
 * [property@SignalClient:state] becomes `WAITING` and another try follows. The waits grow
 * exponentially and are random over their whole length, so that the clients of a server that was
 * down do not come back together: the first is at most [property@SignalClient:retry-min], and each
 * further one at most twice as long as the one before, up to [property@SignalClient:retry-max]. A
 * connection that lasts longer than the wait before it could have been, counted from the server's
 * hello, resets the waits. A network that comes back ([iface@Gio.NetworkMonitor]) and a machine
 * that wakes reset them too and make for a try at once, though for one a second at most.
 * [property@SignalClient:error] has the reason of the last loss.
 *
 * These end the client for good, in the state `CLOSED`: the server closes with 1008 (policy
 * violation) or with a code of the application's own, 4000 to 4999; it answers the handshake with
 * 401, 403, 407 or 410 and does not say when to come back; the URI is not one of a WebSocket; or
 * [property@SignalClient:retry-limit] tries in a row have failed. After 401, 403 and a close with
 * 3000 [signal@SignalClient::unauthorized] asks the application for newer credentials first. After
 * everything else the client tries again, 404, 426, 503 and pages that are no WebSocket at all
 * included, because proxies answer so while a server restarts. So it does after a 1008 because
 * nothing was read for [property@SignalHub:stall-timeout]: a program that was stopped goes on.
 * [method@SignalClient.start] begins anew after an end.
 *
 * The error of a refused handshake has the status and its reason phrase. When the answer has a
 * `Retry-After` (RFC 9110, section 10.2.3), in seconds or as a date, the client does not try again
 * before that time, whatever the status, unless [method@SignalClient.start] is called. Values of
 * more than an hour count as an hour. The random wait comes on top, so that not all clients are
 * back at the same moment.
 *
 * Redirects are not followed, not even to the same server: the headers, cookies and certificates of
 * the application are for the address that it gave. A redirect is a refusal, whose error has both
 * addresses without user, query and fragment; give the client the address that is meant.
 *
 * When a server sends data that cannot be used (binary messages, text that is not JSON, patches
 * that do not apply, messages larger than [property@SignalClient:max-frame-size]), the client
 * leaves it and tries again in the same way. The replicas keep what they show.
 *
 * ## Noticing that the server is gone
 *
 * An open connection is pinged every [property@SignalClient:keepalive-interval]. The client does
 * not wait for that when the network changes ([iface@Gio.NetworkMonitor]), when the machine wakes
 * from sleep, or when the program was stopped for more than 5 seconds: it sends a ping at once, at
 * most one a second, and when nothing has come from the server 5 seconds later, the connection is
 * lost and the replicas are stale. A sleep is noticed within 2 seconds of waking.
 *
 * ## Two protocols
 *
 * The client offers the WebSocket subprotocol `server-signal.v1`, in which it names the signals
 * that it wants and resumes where it was after a loss. A server that says hello first speaks it,
 * even where a proxy has dropped the server's answer to the offer. Any other server is listened to
 * in the plain protocol, that of the Rust crate `leptos_server_signal`: all its signals come, and
 * each connection starts from the default that was given to
 * [method@SignalClient.get_signal_with_default]. Frames for names that the application has not
 * asked for yet are kept, up to 16 MiB of text and 4096 names, and applied when it asks. If some of
 * them had to be thrown away by then, the client connects again to get them.
 *
 * ## Headers, tokens, proxies and certificates
 *
 * These come from the [class@Soup.Session] in [property@SignalClient:session]. It emits
 * [signal@Soup.Session::request-queued] for each handshake, where the application may add headers
 * to the request.
 *
 * Since: 1.0
 */
struct _ServerSignalClient
{
  GObject parent_instance;

  SsOwner                  owner;
  SsDialerTarget           target;    /* the properties of the next try */
  SsDialer                *dialer;
  SsReplicas              *replicas;
  SsClientCalls           *calls;
  GHashTable              *action_groups; /* name → SsRemoteActions */

  ServerSignalClientState  state;
  GError                  *error;
  SsWaiters                openers;   /* tasks of open_async() */
  SsWaiters                fetchers;  /* tasks of fetch_async() */
  GHashTable              *lent;      /* names that are followed as an origin's, for nobody else */
  guint                    interval;  /* milliseconds between updates that the server is asked for */
  gboolean                 held;      /* the client has a reference to itself, see hold_or_release() */
  pid_t                    process;   /* that made it, see ss_process_is_other() */
};

static void origin_init (ServerSignalOriginInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ServerSignalClient, server_signal_client, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (SERVER_TYPE_SIGNAL_ORIGIN, origin_init))

enum
{
  PROP_0,
  PROP_URI,
  PROP_STATE,
  PROP_ERROR,
  PROP_PROTOCOL,
  PROP_VIA,
  PROP_NAMES,
  PROP_SIGNALS,
  PROP_SESSION,
  PROP_RETRY_MIN,
  PROP_RETRY_MAX,
  PROP_RETRY_LIMIT,
  PROP_CONNECT_TIMEOUT,
  PROP_KEEPALIVE_INTERVAL,
  PROP_MAX_FRAME_SIZE,
  PROP_MAX_DOCUMENT,
  PROP_INTERVAL,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum
{
  SIGNAL_UNAUTHORIZED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* The address of the log, or NULL for one that is none. */
static char *
dup_log_uri (ServerSignalClient *self)
{
  g_autoptr (GUri) uri =
    self->target.uri != NULL ? g_uri_parse (self->target.uri, SOUP_HTTP_URI_FLAGS, NULL) : NULL;

  return uri != NULL ? ss_sanitize_uri (uri) : NULL;
}

static void
log_state (ServerSignalClient *self)
{
  static const char *const sentences[] = {
    [SERVER_SIGNAL_CLIENT_STATE_IDLE] = "The client is stopped",
    [SERVER_SIGNAL_CLIENT_STATE_CONNECTING] = "The client connects",
    [SERVER_SIGNAL_CLIENT_STATE_OPEN] = "The client is connected",
    [SERVER_SIGNAL_CLIENT_STATE_WAITING] = "The client waits for another try",
    [SERVER_SIGNAL_CLIENT_STATE_CLOSED] = "The client has ended for good",
  };
  g_autofree char *uri = NULL;

  if (!ss_log_is_on (G_LOG_LEVEL_INFO))
    return;

  uri = dup_log_uri (self);
  ss_log_info ("client-state",
               SS_LOG (.uri = uri, .reason = self->error != NULL ? self->error->message : NULL),
               "%s", sentences[self->state]);
}

static void
set_error (ServerSignalClient *self,
           const GError       *error)
{
  if (self->error == NULL && error == NULL)
    return;

  g_clear_error (&self->error);
  self->error = error != NULL ? ss_sanitize_error (error) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
}

/* A client that was started is held until it is stopped or has ended for good, whoever forgets it: a
 * replica does not stop following because a garbage collector was faster. The caller has a
 * reference. */
static void
hold_or_release (ServerSignalClient *self)
{
  gboolean started = self->state != SERVER_SIGNAL_CLIENT_STATE_IDLE &&
                     self->state != SERVER_SIGNAL_CLIENT_STATE_CLOSED;

  if (self->held == started)
    return;

  self->held = started;
  if (started)
    g_object_ref (self);
  else
    g_object_unref (self);
}

static void
set_state (ServerSignalClient      *self,
           ServerSignalClientState  state)
{
  gboolean had_protocol = server_signal_client_get_protocol (self) != NULL;

  if (self->state == state)
    return;

  self->state = state;
  log_state (self);
  hold_or_release (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  if (had_protocol != (server_signal_client_get_protocol (self) != NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROTOCOL]);
}

static void
dialing_cb (gpointer user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);

  set_state (self, SERVER_SIGNAL_CLIENT_STATE_CONNECTING);
}

static void
opened_cb (gboolean plain,
           gpointer user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);
  g_autoptr (GPtrArray) openers = NULL;
  gboolean had_via = server_signal_client_get_via (self) != NULL;
  const SsConnectionLimits *limits = &self->target.limits;

  /* A plain server is silent until one of its signals changes. */
  if (plain)
    ss_dialer_settled (self->dialer);
  ss_client_calls_opened (self->calls);

  g_object_freeze_notify (G_OBJECT (self));
  set_error (self, NULL);
  set_state (self, SERVER_SIGNAL_CLIENT_STATE_OPEN);
  ss_replicas_opened (self->replicas, plain, limits->max_message,
                      limits->max_document != 0 ? limits->max_document : limits->max_message);
  if (had_via != (server_signal_client_get_via (self) != NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VIA]);
  g_object_thaw_notify (G_OBJECT (self));

  /* Handlers may have stopped the client, which has completed the tasks. */
  if (self->state != SERVER_SIGNAL_CLIENT_STATE_OPEN)
    return;

  openers = ss_waiters_steal (&self->openers, NULL);
  ss_waiters_finish (openers, NULL);
}

/* A hub that does not know the frame ignores it. */
static void
send_interval (ServerSignalClient *self)
{
  g_autoptr (SsMessage) message = ss_frame_encode_interval (self->interval);

  ss_dialer_send (self->dialer, message);
}

static gboolean
take_message (ServerSignalClient  *self,
              const char          *text,
              gsize                length,
              GError             **error)
{
  g_auto (SsFrame) frame = { 0 };

  if (!ss_frame_decode (&frame, text, length, error))
    {
      if (frame.name != NULL)
        g_prefix_error (error, _("A frame of “%s”: "), frame.name);
      else
        g_prefix_error (error, "%s", _("A frame of the server’s: "));
      return FALSE;
    }

  if (frame.kind == SS_FRAME_REPLY && ss_client_calls_reply (self->calls, &frame))
    return TRUE;
  if (frame.kind == SS_FRAME_PROGRESS)
    ss_client_calls_progress (self->calls, &frame);

  return ss_replicas_take (self->replicas, &frame, text, length, error);
}

static void
message_cb (const char *text,
            gsize       length,
            gpointer    user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);
  gboolean greeted = ss_replicas_is_greeted (self->replicas);
  gboolean plain = ss_replicas_is_plain (self->replicas);
  const char *const *via = server_signal_client_get_via (self);
  guint serial = ss_dialer_get_serial (self->dialer);
  g_autoptr (GError) error = NULL;
  gboolean good;

  good = take_message (self, text, length, &error);

  /* Handlers may have stopped the client, and started it again. */
  if (ss_dialer_get_serial (self->dialer) != serial)
    return;

  if (!good)
    {
      ss_dialer_give_up (self->dialer, error);
    }
  else if (!greeted && ss_replicas_is_greeted (self->replicas))
    {
      g_autoptr (GPtrArray) failed =
        ss_client_calls_greeted (self->calls, ss_replicas_is_plain (self->replicas),
                                 self->target.limits.max_message);

      ss_dialer_settled (self->dialer);
      if (self->interval > 0 && !ss_replicas_is_plain (self->replicas))
        send_interval (self);
      if (plain != ss_replicas_is_plain (self->replicas))
        g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROTOCOL]);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VIA]);
      ss_client_calls_tell (failed);
    }
  else if (via != server_signal_client_get_via (self))
    {
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VIA]);
    }
}

/* All that wait for anything. */
static GPtrArray *
steal_waiters (ServerSignalClient *self)
{
  g_autoptr (GPtrArray) fetchers = ss_waiters_steal (&self->fetchers, NULL);
  GPtrArray *waiters = ss_waiters_steal (&self->openers, NULL);

  g_ptr_array_extend_and_steal (waiters, g_steal_pointer (&fetchers));

  return waiters;
}

static void
lost_cb (gboolean      final,
         const GError *cause,
         gpointer      user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);
  g_autoptr (GPtrArray) waiters = final ? steal_waiters (self) : NULL;
  g_autoptr (GError) error = ss_sanitize_error (cause);
  g_autoptr (GPtrArray) failed =
    final ? ss_client_calls_end (self->calls, error->message) : ss_client_calls_lost (self->calls);

  /* Handlers that look at the client while the replicas go stale see the reason. */
  g_object_freeze_notify (G_OBJECT (self));
  set_error (self, error);
  set_state (self, final ? SERVER_SIGNAL_CLIENT_STATE_CLOSED : SERVER_SIGNAL_CLIENT_STATE_WAITING);
  ss_replicas_lost (self->replicas, final);
  g_object_thaw_notify (G_OBJECT (self));

  if (final)
    ss_waiters_finish (waiters, error);
  ss_client_calls_tell (failed);
}

static void
unauthorized_cb (guint         attempt,
                 const GError *cause,
                 gpointer      user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);
  gboolean again = FALSE;

  if (g_signal_has_handler_pending (self, signals[SIGNAL_UNAUTHORIZED], 0, FALSE))
    {
      set_error (self, cause);
      g_signal_emit (self, signals[SIGNAL_UNAUTHORIZED], 0, attempt, &again);
    }

  ss_dialer_answer (self->dialer, again);
}

static const SsDialerFuncs dialer_funcs = {
  .dialing = dialing_cb,
  .opened = opened_cb,
  .message = message_cb,
  .lost = lost_cb,
  .unauthorized = unauthorized_cb,
};

static void
send_cb (SsMessage *message,
         gpointer   user_data)
{
  ServerSignalClient *self = user_data;

  ss_dialer_send (self->dialer, message);
}

static void
fault_cb (const GError *error,
          gpointer      user_data)
{
  ServerSignalClient *self = user_data;

  ss_dialer_give_up (self->dialer, error);
}

static void
notice_cb (const GError *error,
           gpointer      user_data)
{
  ServerSignalClient *self = user_data;

  if (error != NULL && ss_log_is_on (G_LOG_LEVEL_INFO))
    {
      g_autofree char *uri = dup_log_uri (self);

      ss_log_info ("client-notice", SS_LOG (.uri = uri, .reason = error->message),
                   "The server has sent an error");
    }
  set_error (self, error);
}

static void
names_cb (gpointer user_data)
{
  g_object_notify_by_pspec (G_OBJECT (user_data), properties[PROP_NAMES]);
}

static void
refused_cb (ServerSignal *replica,
            const GError *error,
            gpointer      user_data)
{
  g_autoptr (ServerSignalClient) self = g_object_ref (user_data);
  g_autoptr (GPtrArray) fetchers = ss_waiters_steal (&self->fetchers, replica);

  ss_waiters_finish (fetchers, error);
}

static const SsClientCallsFuncs calls_funcs = {
  .send = send_cb,
};

static const SsReplicasFuncs replicas_funcs = {
  .send = send_cb,
  .fault = fault_cb,
  .notice = notice_cb,
  .refused = refused_cb,
  .names = names_cb,
};

/* ServerSignalOrigin: what the application follows by itself stays followed. */

static ServerSignal *
origin_follow (ServerSignalOrigin *origin,
               const char         *name)
{
  ServerSignalClient *self = SERVER_SIGNAL_CLIENT (origin);

  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  if (!ss_replicas_has (self->replicas, name))
    g_hash_table_add (self->lent, g_strdup (name));
  else
    ss_replicas_ask (self->replicas, name);

  return g_object_ref (ss_replicas_get (self->replicas, name, NULL));
}

static void
origin_unfollow (ServerSignalOrigin *origin,
                 const char         *name)
{
  ServerSignalClient *self = SERVER_SIGNAL_CLIENT (origin);

  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (g_hash_table_remove (self->lent, name))
    server_signal_client_release (self, name);
}

static void
origin_init (ServerSignalOriginInterface *iface)
{
  iface->follow = origin_follow;
  iface->unfollow = origin_unfollow;
}

static void
forget_action_group (gpointer group)
{
  ss_remote_actions_leave (group);
  g_object_unref (group);
}

static void
server_signal_client_dispose (GObject *object)
{
  ServerSignalClient *self = SERVER_SIGNAL_CLIENT (object);
  g_autoptr (GPtrArray) failed = NULL;

  if (!ss_process_is_other (self->process))
    {
      ss_dialer_hang_up (self->dialer, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
      self->state = SERVER_SIGNAL_CLIENT_STATE_IDLE;
      g_hash_table_remove_all (self->action_groups);
      ss_replicas_abandon (self->replicas);
      failed = ss_client_calls_end (self->calls, _("the client is gone"));
      ss_client_calls_tell (failed);
      hold_or_release (self);
    }

  G_OBJECT_CLASS (server_signal_client_parent_class)->dispose (object);
}

static void
server_signal_client_finalize (GObject *object)
{
  ServerSignalClient *self = SERVER_SIGNAL_CLIENT (object);

  /* It ends with the process; the connection is the parent's. */
  if (ss_process_is_other (self->process))
    {
      G_OBJECT_CLASS (server_signal_client_parent_class)->finalize (object);
      return;
    }

  g_clear_pointer (&self->dialer, ss_dialer_free);
  g_clear_pointer (&self->replicas, ss_replicas_free);
  g_clear_pointer (&self->calls, ss_client_calls_free);
  g_clear_pointer (&self->action_groups, g_hash_table_unref);
  ss_waiters_clear (&self->openers);
  ss_waiters_clear (&self->fetchers);
  g_clear_pointer (&self->lent, g_hash_table_unref);
  g_clear_error (&self->error);
  ss_backoff_clear (&self->target.backoff);
  g_clear_object (&self->target.session);
  g_clear_pointer (&self->target.uri, g_free);
  ss_owner_clear (&self->owner);

  G_OBJECT_CLASS (server_signal_client_parent_class)->finalize (object);
}

static void
server_signal_client_get_property (GObject    *object,
                                   guint       property_id,
                                   GValue     *value,
                                   GParamSpec *pspec)
{
  ServerSignalClient *self = SERVER_SIGNAL_CLIENT (object);

  switch (property_id)
    {
    case PROP_URI:
      g_value_set_string (value, self->target.uri);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;
    case PROP_PROTOCOL:
      g_value_set_string (value, server_signal_client_get_protocol (self));
      break;
    case PROP_VIA:
      g_value_set_boxed (value, server_signal_client_get_via (self));
      break;
    case PROP_NAMES:
      g_value_take_boxed (value, server_signal_client_dup_names (self));
      break;
    case PROP_SIGNALS:
      g_value_set_object (value, server_signal_client_get_signals (self));
      break;
    case PROP_SESSION:
      g_value_set_object (value, self->target.session);
      break;
    case PROP_RETRY_MIN:
      g_value_set_uint (value, self->target.backoff.min);
      break;
    case PROP_RETRY_MAX:
      g_value_set_uint (value, self->target.backoff.max);
      break;
    case PROP_RETRY_LIMIT:
      g_value_set_uint (value, self->target.backoff.limit);
      break;
    case PROP_CONNECT_TIMEOUT:
      g_value_set_uint (value, self->target.limits.timeout);
      break;
    case PROP_KEEPALIVE_INTERVAL:
      g_value_set_uint (value, self->target.limits.keepalive);
      break;
    case PROP_MAX_FRAME_SIZE:
      g_value_set_uint (value, self->target.limits.max_message);
      break;
    case PROP_MAX_DOCUMENT:
      g_value_set_uint (value, self->target.limits.max_document);
      break;
    case PROP_INTERVAL:
      g_value_set_uint (value, self->interval);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
set_uint (ServerSignalClient *self,
          guint               property_id,
          guint              *field,
          guint               value)
{
  if (*field == value)
    return;

  *field = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property_id]);
}

static void
set_uri (ServerSignalClient *self,
         const char         *uri)
{
  if (g_strcmp0 (self->target.uri, uri) == 0)
    return;

  g_free (self->target.uri);
  self->target.uri = g_strdup (uri);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_URI]);
}

static void
server_signal_client_set_property (GObject      *object,
                                   guint         property_id,
                                   const GValue *value,
                                   GParamSpec   *pspec)
{
  ServerSignalClient *self = SERVER_SIGNAL_CLIENT (object);

  SS_RETURN_IF_ELSEWHERE (&self->owner);

  switch (property_id)
    {
    case PROP_URI:
      set_uri (self, g_value_get_string (value));
      break;
    case PROP_SESSION:
      server_signal_client_set_session (self, g_value_get_object (value));
      break;
    case PROP_RETRY_MIN:
      set_uint (self, PROP_RETRY_MIN, &self->target.backoff.min, g_value_get_uint (value));
      break;
    case PROP_RETRY_MAX:
      set_uint (self, PROP_RETRY_MAX, &self->target.backoff.max, g_value_get_uint (value));
      break;
    case PROP_RETRY_LIMIT:
      set_uint (self, PROP_RETRY_LIMIT, &self->target.backoff.limit, g_value_get_uint (value));
      break;
    case PROP_CONNECT_TIMEOUT:
      set_uint (self, PROP_CONNECT_TIMEOUT, &self->target.limits.timeout, g_value_get_uint (value));
      break;
    case PROP_KEEPALIVE_INTERVAL:
      set_uint (self, PROP_KEEPALIVE_INTERVAL, &self->target.limits.keepalive,
                g_value_get_uint (value));
      break;
    case PROP_MAX_FRAME_SIZE:
      set_uint (self, PROP_MAX_FRAME_SIZE, &self->target.limits.max_message,
                g_value_get_uint (value));
      break;
    case PROP_MAX_DOCUMENT:
      set_uint (self, PROP_MAX_DOCUMENT, &self->target.limits.max_document,
                g_value_get_uint (value));
      break;
    case PROP_INTERVAL:
      server_signal_client_set_interval (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
server_signal_client_class_init (ServerSignalClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readwrite = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = server_signal_client_dispose;
  object_class->finalize = server_signal_client_finalize;
  object_class->get_property = server_signal_client_get_property;
  object_class->set_property = server_signal_client_set_property;

  /**
   * ServerSignalClient:uri: (attributes org.gtk.Property.get=server_signal_client_get_uri org.gtk.Property.set=server_signal_client_set_uri)
   *
   * The address of the server, such as `ws://localhost:3000/ws` or `wss://example.org/ws`.
   *
   * It counts from the next try.
   *
   * Since: 1.0
   */
  properties[PROP_URI] =
    g_param_spec_string ("uri", NULL, NULL, NULL, readwrite | G_PARAM_CONSTRUCT);

  /**
   * ServerSignalClient:state: (attributes org.gtk.Property.get=server_signal_client_get_state)
   *
   * The state of the client.
   *
   * Since: 1.0
   */
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, SERVER_TYPE_SIGNAL_CLIENT_STATE,
                                              SERVER_SIGNAL_CLIENT_STATE_IDLE, readable);

  /**
   * ServerSignalClient:error: (attributes org.gtk.Property.get=server_signal_client_get_error)
   *
   * The reason why the connection was last lost or refused, or an error that the server has sent.
   *
   * It is set together with the state `WAITING` or `CLOSED`, or just before for a handler of
   * [signal@SignalClient::unauthorized], and `NULL` again as soon as the client is `OPEN` or started
   * anew.
   *
   * While the client is `OPEN` it tells why a signal is not sent: the server does not have it, took
   * it away, or is behind what the client has (`SERVER_SIGNAL_ERROR_NOT_CURRENT`); or the signal is
   * too large for [property@SignalClient:max-frame-size], or one too many
   * (`SERVER_SIGNAL_ERROR_LIMIT`). The message has its name. When the signal comes after all, or is
   * released, another that is not sent is told instead, or it is `NULL`. It is set, too, when the
   * server does not understand the client (`SERVER_SIGNAL_ERROR_PROTOCOL`), for as long as the
   * connection lasts.
   *
   * Since: 1.0
   */
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, readable);

  /**
   * ServerSignalClient:protocol: (attributes org.gtk.Property.get=server_signal_client_get_protocol)
   *
   * The protocol of the connection: `server-signal.v1`, `plain`, or `NULL` while it is not open.
   *
   * If a proxy has dropped the answer to the offer of `server-signal.v1`, it is `plain` until the
   * server says hello.
   *
   * Since: 1.0
   */
  properties[PROP_PROTOCOL] = g_param_spec_string ("protocol", NULL, NULL, NULL, readable);

  /**
   * ServerSignalClient:via: (attributes org.gtk.Property.get=server_signal_client_get_via)
   *
   * The ids of the hubs that the data have come through, the server's own among them, as the server
   * told them last; `NULL` while they are not known.
   *
   * Since: 1.0
   */
  properties[PROP_VIA] = g_param_spec_boxed ("via", NULL, NULL, G_TYPE_STRV, readable);

  /**
   * ServerSignalClient:names: (attributes org.gtk.Property.get=server_signal_client_dup_names)
   *
   * The names of the signals that the server has, as it told them: those that this client may
   * subscribe to. `NULL` while they are not known, which in the plain protocol is always.
   *
   * It is notified when the server has told them, for each that comes or goes afterwards, and when
   * the connection is lost. The first 65,536 are remembered.
   *
   * Since: 1.0
   */
  properties[PROP_NAMES] = g_param_spec_boxed ("names", NULL, NULL, G_TYPE_STRV, readable);

  /**
   * ServerSignalClient:signals: (attributes org.gtk.Property.get=server_signal_client_get_signals)
   *
   * The replicas that were asked for, in that order: a list of [class@Signal].
   *
   * Since: 1.0
   */
  properties[PROP_SIGNALS] =
    g_param_spec_object ("signals", NULL, NULL, G_TYPE_LIST_MODEL, readable);

  /**
   * ServerSignalClient:session: (attributes org.gtk.Property.get=server_signal_client_get_session org.gtk.Property.set=server_signal_client_set_session)
   *
   * The HTTP session that connections are made with, for cookies, headers, proxies and TLS.
   *
   * A client makes one of its own when none is given. An application's session is only used, never
   * changed.
   *
   * Since: 1.0
   */
  properties[PROP_SESSION] =
    g_param_spec_object ("session", NULL, NULL, SOUP_TYPE_SESSION, readwrite | G_PARAM_CONSTRUCT);

  /**
   * ServerSignalClient:retry-min: (attributes org.gtk.Property.get=server_signal_client_get_retry_min org.gtk.Property.set=server_signal_client_set_retry_min)
   *
   * The longest that the first wait before another try can be, in milliseconds.
   *
   * The default is 500 milliseconds.
   *
   * Since: 1.0
   */
  properties[PROP_RETRY_MIN] =
    g_param_spec_uint ("retry-min", NULL, NULL, 1, G_MAXUINT, DEFAULT_RETRY_MIN, readwrite);

  /**
   * ServerSignalClient:retry-max: (attributes org.gtk.Property.get=server_signal_client_get_retry_max org.gtk.Property.set=server_signal_client_set_retry_max)
   *
   * The longest that any wait before another try can be, in milliseconds.
   *
   * If it is less than [property@SignalClient:retry-min], the latter counts. A server that asks for
   * more with `Retry-After` gets it, up to an hour.
   *
   * The default is 30,000 milliseconds.
   *
   * Since: 1.0
   */
  properties[PROP_RETRY_MAX] =
    g_param_spec_uint ("retry-max", NULL, NULL, 1, G_MAXUINT, DEFAULT_RETRY_MAX, readwrite);

  /**
   * ServerSignalClient:retry-limit: (attributes org.gtk.Property.get=server_signal_client_get_retry_limit org.gtk.Property.set=server_signal_client_set_retry_limit)
   *
   * How many tries in a row may fail before the client gives up, in the state `CLOSED`, or 0 for any
   * number.
   *
   * A connection that did not last is a failure too, and so is one whose server never said hello.
   * The count starts anew when the network changes.
   *
   * The default is 0.
   *
   * Since: 1.0
   */
  properties[PROP_RETRY_LIMIT] =
    g_param_spec_uint ("retry-limit", NULL, NULL, 0, G_MAXUINT, 0, readwrite);

  /**
   * ServerSignalClient:connect-timeout: (attributes org.gtk.Property.get=server_signal_client_get_connect_timeout org.gtk.Property.set=server_signal_client_set_connect_timeout)
   *
   * How long a try may take, from resolving the name to the server's hello, in milliseconds.
   *
   * It counts from the next try.
   *
   * The default is 30,000 milliseconds.
   *
   * Since: 1.0
   */
  properties[PROP_CONNECT_TIMEOUT] = g_param_spec_uint ("connect-timeout", NULL, NULL, 1, G_MAXUINT,
                                                        DEFAULT_CONNECT_TIMEOUT, readwrite);

  /**
   * ServerSignalClient:keepalive-interval: (attributes org.gtk.Property.get=server_signal_client_get_keepalive_interval org.gtk.Property.set=server_signal_client_set_keepalive_interval)
   *
   * The time from one ping to the next, in milliseconds, or 0 for no pings but those after a change
   * of the network or a sleep.
   *
   * When nothing has come from the server for twice that time, not even an answer to a ping, then
   * the connection is lost: its other end went away without a word. On Linux each byte counts, so
   * a large frame may take as long as it needs over a slow link; elsewhere only whole messages and
   * answers to pings do. The time is rounded up to whole seconds. It counts from the next connection.
   *
   * The default is 20,000 milliseconds, as proxies cut connections that are silent for 30 seconds.
   *
   * Since: 1.0
   */
  properties[PROP_KEEPALIVE_INTERVAL] =
    g_param_spec_uint ("keepalive-interval", NULL, NULL, 0, MAX_KEEPALIVE_INTERVAL,
                       DEFAULT_KEEPALIVE_INTERVAL, readwrite);

  /**
   * ServerSignalClient:max-frame-size: (attributes org.gtk.Property.get=server_signal_client_get_max_frame_size org.gtk.Property.set=server_signal_client_set_max_frame_size)
   *
   * The largest message that the client takes from the server, in bytes, in however many fragments
   * it comes.
   *
   * It counts from the next connection. A server of `server-signal.v1` is told, and sends nothing
   * larger.
   *
   * The default is 67,108,864 bytes (64 MiB).
   *
   * Since: 1.0
   */
  properties[PROP_MAX_FRAME_SIZE] = g_param_spec_uint ("max-frame-size", NULL, NULL, MIN_FRAME_SIZE,
                                                       G_MAXUINT, SS_FRAME_BYTES, readwrite);

  /**
   * ServerSignalClient:max-document: (attributes org.gtk.Property.get=server_signal_client_get_max_document org.gtk.Property.set=server_signal_client_set_max_document)
   *
   * The largest document that the client follows, in bytes of JSON text, or 0 for as many as
   * [property@SignalClient:max-frame-size].
   *
   * A document grows by small updates as well as by large ones, and by copies within it. An update
   * that would make a larger one is not applied: the replica keeps what it shows, the connection is
   * lost, with an error of `SERVER_SIGNAL_ERROR_LIMIT` that names the signal, and the client tries
   * again as after other data that cannot be used. A server of `server-signal.v1` is told, and
   * answers that the signal is too large.
   *
   * It counts from the next connection.
   *
   * The default is 0.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_DOCUMENT] =
    g_param_spec_uint ("max-document", NULL, NULL, 0, G_MAXUINT, 0, readwrite);

  /**
   * ServerSignalClient:interval: (attributes org.gtk.Property.get=server_signal_client_get_interval org.gtk.Property.set=server_signal_client_set_interval)
   *
   * The least time between two updates of the replicas, in milliseconds, that the server is asked to
   * keep, or 0 for each update at once.
   *
   * The server merges what is committed meanwhile, as it does for clients that do not keep up: the
   * first update after a pause comes at once, those within the interval together when it is over.
   * New replicas and answers to calls do not wait for it. It is for programs that show values to
   * people, run on batteries or are far away, and need no states in between. Servers that do not
   * know it, and those of the plain protocol, send all updates.
   *
   * It counts at once, and for each connection to come.
   *
   * The default is 0.
   *
   * Since: 1.0
   */
  properties[PROP_INTERVAL] =
    g_param_spec_uint ("interval", NULL, NULL, 0, SS_INTERVAL_MS_MAX, 0, readwrite);

  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * ServerSignalClient::unauthorized:
   * @self: the client
   * @attempt: how many times this came in a row, 1 at first
   *
   * The server does not take the client's credentials, or takes them no longer.
   *
   * It has answered the handshake with 401 or 403, or has closed the connection with 3000, as a hub
   * does at the time of [property@SignalPeer:expires]. [property@SignalClient:error] has the
   * details.
   *
   * A handler that has newer credentials puts them where the next handshake finds them, such as a
   * cookie into the [class@Soup.Session] in [property@SignalClient:session] or a token into
   * [property@SignalClient:uri], and returns `TRUE`; no further handler is called then. The client
   * tries again at once, or when the server's `Retry-After` has passed. Where no handler returns
   * `TRUE` a client that was refused is `CLOSED`, and one that was closed waits as after any other loss.
   * In Python and JavaScript a handler that raises an exception has returned `FALSE`.
   * A handler that has to ask somebody first returns `FALSE`, and calls [method@SignalClient.start]
   * when it has the answer.
   *
   * ```c
   * static gboolean
   * unauthorized_cb (ServerSignalClient *client,
   *                  guint               attempt)
   * {
   *   g_autofree char *uri = NULL;
   *
   *   if (attempt > 1)
   *     return FALSE;
   *
   *   uri = g_strdup_printf ("wss://example.org/ws?token=%s", renew_token ());
   *   server_signal_client_set_uri (client, uri);
   *
   *   return TRUE;
   * }
   * ```
   *
   * It is emitted three times in a row at most. The count begins anew with a connection that lasts
   * longer than the wait before it could have been, and when the client is stopped.
   *
   * Returns: whether there are newer credentials to try
   *
   * Since: 1.0
   */
  signals[SIGNAL_UNAUTHORIZED] =
    g_signal_new ("unauthorized", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                  g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 1, G_TYPE_UINT);
}

static void
server_signal_client_init (ServerSignalClient *self)
{
  ss_owner_init (&self->owner);
  self->target.limits.timeout = DEFAULT_CONNECT_TIMEOUT;
  self->target.limits.keepalive = DEFAULT_KEEPALIVE_INTERVAL;
  self->target.limits.max_message = SS_FRAME_BYTES;
  self->process = getpid ();
  ss_waiters_init (&self->openers, self->owner.context);
  self->lent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ss_waiters_init (&self->fetchers, self->owner.context);
  self->replicas = ss_replicas_new (self->owner.context, &replicas_funcs, self);
  self->calls = ss_client_calls_new (self->owner.context, &calls_funcs, self);
  self->action_groups =
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, forget_action_group);
  self->dialer = ss_dialer_new (self->owner.context, &self->target, &dialer_funcs, self);
  ss_backoff_init (&self->target.backoff, DEFAULT_RETRY_MIN, DEFAULT_RETRY_MAX, 0);
}

/**
 * server_signal_client_new:
 * @uri: the address of the server, such as `ws://localhost:3000/ws`
 *
 * Makes a client, which does nothing until [method@SignalClient.start] or
 * [method@SignalClient.open_async].
 *
 * An address that is not one of a WebSocket is an error when the client is started.
 *
 * Returns: (transfer full): a new client
 *
 * Since: 1.0
 */
ServerSignalClient *
server_signal_client_new (const char *uri)
{
  g_return_val_if_fail (uri != NULL, NULL);

  return g_object_new (SERVER_TYPE_SIGNAL_CLIENT, "uri", uri, NULL);
}

/**
 * server_signal_client_get_uri: (attributes org.gtk.Method.get_property=uri)
 * @self: a client
 *
 * Gets the address of the server, such as `ws://localhost:3000/ws` or `wss://example.org/ws`.
 *
 * Returns: (transfer none): the address
 *
 * Since: 1.0
 */
const char *
server_signal_client_get_uri (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return self->target.uri;
}

/**
 * server_signal_client_set_uri: (attributes org.gtk.Method.set_property=uri)
 * @self: a client
 * @uri: the address of the server, such as `ws://localhost:3000/ws`
 *
 * Sets the address of the server.
 *
 * It counts from the next try, whenever that comes: a connection that is open stays. The replicas
 * stay as well. Where the other server serves on what the first one did, they go on from the
 * revision that they have: when one edge of a tree of hubs is lost, another takes over.
 *
 * ```c
 * static void
 * state_cb (ServerSignalClient *client)
 * {
 *   if (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_WAITING)
 *     server_signal_client_set_uri (client, next_uri ());
 * }
 * ```
 *
 * Since: 1.0
 */
void
server_signal_client_set_uri (ServerSignalClient *self,
                              const char         *uri)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (uri != NULL);

  set_uri (self, uri);
}

/**
 * server_signal_client_get_state: (attributes org.gtk.Method.get_property=state)
 * @self: a client
 *
 * Gets the state of the client.
 *
 * Returns: the state
 *
 * Since: 1.0
 */
ServerSignalClientState
server_signal_client_get_state (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), SERVER_SIGNAL_CLIENT_STATE_IDLE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, SERVER_SIGNAL_CLIENT_STATE_IDLE);

  return self->state;
}

/**
 * server_signal_client_get_error: (attributes org.gtk.Method.get_property=error)
 * @self: a client
 *
 * Gets the reason why the connection was last lost or refused, or an error that the server has
 * sent.
 *
 * See [property@SignalClient:error] for when it is set.
 *
 * Returns: (transfer none) (nullable): the reason, which the client keeps; `NULL` when nothing is
 *   wrong
 *
 * Since: 1.0
 */
const GError *
server_signal_client_get_error (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return self->error;
}

/**
 * server_signal_client_get_protocol: (attributes org.gtk.Method.get_property=protocol)
 * @self: a client
 *
 * Gets the protocol of the connection: `server-signal.v1`, `plain`, or `NULL` while it is not open.
 *
 * If a proxy has dropped the answer to the offer of `server-signal.v1`, it is `plain` until the
 * server says hello.
 *
 * Returns: (transfer none) (nullable): the protocol
 *
 * Since: 1.0
 */
const char *
server_signal_client_get_protocol (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  if (self->state != SERVER_SIGNAL_CLIENT_STATE_OPEN)
    return NULL;

  return ss_replicas_is_plain (self->replicas) ? "plain" : SS_PROTOCOL_V1;
}

/**
 * server_signal_client_get_via: (attributes org.gtk.Method.get_property=via)
 * @self: a client
 *
 * Gets the ids of the hubs that the data have come through, the server's own among them, as the
 * server told them last; `NULL` while they are not known.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the ids
 *
 * Since: 1.0
 */
const char * const *
server_signal_client_get_via (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return ss_replicas_get_via (self->replicas);
}

/**
 * server_signal_client_dup_names: (attributes org.gtk.Method.get_property=names)
 * @self: a client
 *
 * Gets the names of the signals that the server has, as it told them.
 *
 * They are not known while the client is not connected, and never in the plain protocol. The state
 * `OPEN` comes first: watch [property@SignalClient:names].
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the names, or `NULL` while they are
 *   not known
 *
 * Since: 1.0
 */
char **
server_signal_client_dup_names (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return ss_replicas_dup_names (self->replicas);
}

/**
 * server_signal_client_get_session: (attributes org.gtk.Method.get_property=session)
 * @self: a client
 *
 * Gets the HTTP session that connections are made with, for cookies, headers, proxies and TLS.
 *
 * Returns: (transfer none): the session
 *
 * Since: 1.0
 */
SoupSession *
server_signal_client_get_session (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return self->target.session;
}

/**
 * server_signal_client_set_session: (attributes org.gtk.Method.set_property=session)
 * @self: a client
 * @session: (nullable): a session of the client's thread; `NULL` for one of the client's own
 *
 * Sets the HTTP session that connections are made with, for cookies, headers, proxies and TLS.
 *
 * It counts from the next try. The session is only used, never changed.
 *
 * ```c
 * static void
 * request_queued_cb (SoupSession *session,
 *                    SoupMessage *message,
 *                    gpointer     token)
 * {
 *   SoupMessageHeaders *headers = soup_message_get_request_headers (message);
 *
 *   soup_message_headers_replace (headers, "Authorization", token);
 * }
 *
 * g_autoptr (SoupSession) session = soup_session_new ();
 *
 * g_signal_connect (session, "request-queued", G_CALLBACK (request_queued_cb), "Bearer …");
 * server_signal_client_set_session (client, session);
 * ```
 *
 * Since: 1.0
 */
void
server_signal_client_set_session (ServerSignalClient *self,
                                  SoupSession        *session)
{
  g_autoptr (SoupSession) own = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (session == NULL || SOUP_IS_SESSION (session));

  if (session == NULL)
    session = own = soup_session_new ();

  if (g_set_object (&self->target.session, session))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SESSION]);
}

/**
 * server_signal_client_get_retry_min: (attributes org.gtk.Method.get_property=retry-min)
 * @self: a client
 *
 * Gets the longest that the first wait before another try can be, in milliseconds.
 *
 * The default is 500 milliseconds.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
server_signal_client_get_retry_min (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->target.backoff.min;
}

/**
 * server_signal_client_set_retry_min: (attributes org.gtk.Method.set_property=retry-min)
 * @self: a client
 * @retry_min: the time in milliseconds, at least 1
 *
 * Sets the longest that the first wait before another try can be, in milliseconds.
 *
 * It counts from the next wait.
 *
 * The default is 500 milliseconds.
 *
 * Since: 1.0
 */
void
server_signal_client_set_retry_min (ServerSignalClient *self,
                                    guint               retry_min)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (retry_min >= 1);

  set_uint (self, PROP_RETRY_MIN, &self->target.backoff.min, retry_min);
}

/**
 * server_signal_client_get_retry_max: (attributes org.gtk.Method.get_property=retry-max)
 * @self: a client
 *
 * Gets the longest that any wait before another try can be, in milliseconds.
 *
 * The default is 30,000 milliseconds.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
server_signal_client_get_retry_max (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->target.backoff.max;
}

/**
 * server_signal_client_set_retry_max: (attributes org.gtk.Method.set_property=retry-max)
 * @self: a client
 * @retry_max: the time in milliseconds, at least 1
 *
 * Sets the longest that any wait before another try can be, in milliseconds.
 *
 * It counts from the next wait. If it is less than [property@SignalClient:retry-min], the latter
 * counts.
 *
 * The default is 30,000 milliseconds.
 *
 * Since: 1.0
 */
void
server_signal_client_set_retry_max (ServerSignalClient *self,
                                    guint               retry_max)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (retry_max >= 1);

  set_uint (self, PROP_RETRY_MAX, &self->target.backoff.max, retry_max);
}

/**
 * server_signal_client_get_retry_limit: (attributes org.gtk.Method.get_property=retry-limit)
 * @self: a client
 *
 * Gets how many tries in a row may fail before the client gives up.
 *
 * The default is 0.
 *
 * Returns: the number, or 0 for any number
 *
 * Since: 1.0
 */
guint
server_signal_client_get_retry_limit (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->target.backoff.limit;
}

/**
 * server_signal_client_set_retry_limit: (attributes org.gtk.Method.set_property=retry-limit)
 * @self: a client
 * @retry_limit: the number, or 0 for any number
 *
 * Sets how many tries in a row may fail before the client gives up.
 *
 * It counts from the next failure.
 *
 * The default is 0.
 *
 * Since: 1.0
 */
void
server_signal_client_set_retry_limit (ServerSignalClient *self,
                                      guint               retry_limit)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  set_uint (self, PROP_RETRY_LIMIT, &self->target.backoff.limit, retry_limit);
}

/**
 * server_signal_client_get_connect_timeout: (attributes org.gtk.Method.get_property=connect-timeout)
 * @self: a client
 *
 * Gets how long a try may take, from resolving the name to the server's hello, in milliseconds.
 *
 * The default is 30,000 milliseconds.
 *
 * Returns: the time in milliseconds
 *
 * Since: 1.0
 */
guint
server_signal_client_get_connect_timeout (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->target.limits.timeout;
}

/**
 * server_signal_client_set_connect_timeout: (attributes org.gtk.Method.set_property=connect-timeout)
 * @self: a client
 * @connect_timeout: the time in milliseconds, at least 1
 *
 * Sets how long a try may take, from resolving the name to the server's hello, in milliseconds.
 *
 * It counts from the next try.
 *
 * The default is 30,000 milliseconds.
 *
 * Since: 1.0
 */
void
server_signal_client_set_connect_timeout (ServerSignalClient *self,
                                          guint               connect_timeout)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (connect_timeout >= 1);

  set_uint (self, PROP_CONNECT_TIMEOUT, &self->target.limits.timeout, connect_timeout);
}

/**
 * server_signal_client_get_keepalive_interval: (attributes org.gtk.Method.get_property=keepalive-interval)
 * @self: a client
 *
 * Gets the time from one ping to the next, in milliseconds.
 *
 * The default is 20,000 milliseconds.
 *
 * Returns: the time in milliseconds, or 0 for no pings but those after a change of the network or
 *   a sleep
 *
 * Since: 1.0
 */
guint
server_signal_client_get_keepalive_interval (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->target.limits.keepalive;
}

/**
 * server_signal_client_set_keepalive_interval: (attributes org.gtk.Method.set_property=keepalive-interval)
 * @self: a client
 * @keepalive_interval: the time in milliseconds, at most 86,400,000 (a day), or 0 for no pings but
 *   those after a change of the network or a sleep
 *
 * Sets the time from one ping to the next, in milliseconds.
 *
 * It is rounded up to whole seconds, and counts from the next connection.
 *
 * The default is 20,000 milliseconds.
 *
 * Since: 1.0
 */
void
server_signal_client_set_keepalive_interval (ServerSignalClient *self,
                                             guint               keepalive_interval)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (keepalive_interval <= MAX_KEEPALIVE_INTERVAL);

  set_uint (self, PROP_KEEPALIVE_INTERVAL, &self->target.limits.keepalive, keepalive_interval);
}

/**
 * server_signal_client_get_max_frame_size: (attributes org.gtk.Method.get_property=max-frame-size)
 * @self: a client
 *
 * Gets the largest message that the client takes from the server, in bytes.
 *
 * The default is 67,108,864 bytes (64 MiB).
 *
 * Returns: the number of bytes
 *
 * Since: 1.0
 */
guint
server_signal_client_get_max_frame_size (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->target.limits.max_message;
}

/**
 * server_signal_client_set_max_frame_size: (attributes org.gtk.Method.set_property=max-frame-size)
 * @self: a client
 * @max_frame_size: the number of bytes, at least 1,024
 *
 * Sets the largest message that the client takes from the server, in bytes.
 *
 * It counts from the next connection.
 *
 * The default is 67,108,864 bytes (64 MiB).
 *
 * Since: 1.0
 */
void
server_signal_client_set_max_frame_size (ServerSignalClient *self,
                                         guint               max_frame_size)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (max_frame_size >= MIN_FRAME_SIZE);

  set_uint (self, PROP_MAX_FRAME_SIZE, &self->target.limits.max_message, max_frame_size);
}

/**
 * server_signal_client_get_max_document: (attributes org.gtk.Method.get_property=max-document)
 * @self: a client
 *
 * Gets the largest document that the client follows, in bytes of JSON text.
 *
 * The default is 0.
 *
 * Returns: the number of bytes, or 0 for as many as [property@SignalClient:max-frame-size]
 *
 * Since: 1.0
 */
guint
server_signal_client_get_max_document (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->target.limits.max_document;
}

/**
 * server_signal_client_set_max_document: (attributes org.gtk.Method.set_property=max-document)
 * @self: a client
 * @max_document: the number of bytes, or 0 for as many as [property@SignalClient:max-frame-size]
 *
 * Sets the largest document that the client follows, in bytes of JSON text.
 *
 * It counts from the next connection. Every further update that would make the document larger is
 * refused: see [property@SignalClient:max-document].
 *
 * The default is 0.
 *
 * Since: 1.0
 */
void
server_signal_client_set_max_document (ServerSignalClient *self,
                                       guint               max_document)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  set_uint (self, PROP_MAX_DOCUMENT, &self->target.limits.max_document, max_document);
}

/**
 * server_signal_client_get_interval: (attributes org.gtk.Method.get_property=interval)
 * @self: a client
 *
 * Gets the least time between two updates of the replicas, in milliseconds, that the server is asked
 * to keep.
 *
 * The default is 0.
 *
 * Returns: the time in milliseconds, or 0 for each update at once
 *
 * Since: 1.0
 */
guint
server_signal_client_get_interval (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, 0);

  return self->interval;
}

/**
 * server_signal_client_set_interval: (attributes org.gtk.Method.set_property=interval)
 * @self: a client
 * @interval: the time in milliseconds, at most 60,000 (a minute), or 0 for each update at once
 *
 * Sets the least time between two updates of the replicas, in milliseconds, that the server is asked
 * to keep.
 *
 * It counts at once, and for each connection to come.
 *
 * The default is 0.
 *
 * Since: 1.0
 */
void
server_signal_client_set_interval (ServerSignalClient *self,
                                   guint               interval)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (interval <= SS_INTERVAL_MS_MAX);

  if (self->interval == interval)
    return;

  self->interval = interval;
  if (ss_replicas_is_greeted (self->replicas) && !ss_replicas_is_plain (self->replicas))
    send_interval (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_INTERVAL]);
}

/**
 * server_signal_client_get_signal:
 * @self: a client
 * @name: the name of a signal, valid UTF-8 of at most 1024 bytes
 *
 * Gets the replica of a signal, which is JSON null until data come.
 *
 * It is the same object every time, until it is given back with [method@SignalClient.release]. The
 * name need not exist at the server: the replica is then stale until it does. In the plain protocol
 * a signal without a default cannot be patched before a whole document came; for servers that only
 * send patches use [method@SignalClient.get_signal_with_default].
 *
 * Where a handler of the list [property@SignalClient:signals] releases the name as soon as it is
 * there, the replica that was let go of is returned, which is kept until the main loop runs.
 *
 * Returns: (transfer none): the replica, which the client keeps
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_client_get_signal (ServerSignalClient *self,
                                 const char         *name)
{
  return server_signal_client_get_signal_with_default (self, name, NULL);
}

/**
 * server_signal_client_get_signal_with_default:
 * @self: a client
 * @name: the name of a signal, valid UTF-8 of at most 1024 bytes
 * @initial: (nullable): the document until data come, and the one that each plain connection starts
 *   from; `NULL` for JSON null
 *
 * Gets the replica of a signal, which has a default until data come.
 *
 * The default is that of whoever asks for the name first; later ones are ignored. See
 * [method@SignalClient.get_signal] for the rest.
 *
 * ```c
 * g_autoptr (JsonNode) zero = json_from_string ("{\"value\":0}", NULL);
 * ServerSignal *counter = server_signal_client_get_signal_with_default (client, "counter", zero);
 * ```
 *
 * Returns: (transfer none): the replica, which the client keeps
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_client_get_signal_with_default (ServerSignalClient *self,
                                              const char         *name,
                                              JsonNode           *initial)
{
  g_autoptr (SsValue) value = NULL;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);
  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (strlen (name) <= SS_NAME_BYTES && g_utf8_validate (name, -1, NULL), NULL);

  if (initial != NULL)
    {
      value = ss_value_from_node (initial, SS_DOCUMENT_DEPTH, &error);
      if (value == NULL)
        g_critical ("The default of “%s” is no document: %s", name, error->message);
    }

  return ss_replicas_get (self->replicas, name, value);
}

/**
 * server_signal_client_release:
 * @self: a client
 * @name: the name of a signal that was asked for; others are ignored
 *
 * Lets go of a signal, which is not followed any more.
 *
 * The client drops its reference to the replica, which keeps its document for those who have
 * references of their own and goes stale. Asking for the name again makes another replica.
 *
 * Since: 1.0
 */
void
server_signal_client_release (ServerSignalClient *self,
                              const char         *name)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (name != NULL);

  /* Handlers may drop the client. */
  g_object_ref (self);
  ss_replicas_release (self->replicas, name);
  g_hash_table_remove (self->action_groups, name);
  g_object_unref (self);
}

/**
 * server_signal_client_get_signals: (attributes org.gtk.Method.get_property=signals)
 * @self: a client
 *
 * Gets the replicas that were asked for, in that order.
 *
 * Returns: (transfer none): a list of [class@Signal], which follows what is asked for and released,
 *   and which nothing else changes
 *
 * Since: 1.0
 */
GListModel *
server_signal_client_get_signals (ServerSignalClient *self)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);

  return ss_replicas_get_model (self->replicas);
}

/**
 * server_signal_client_start:
 * @self: a client
 *
 * Connects now, and again whenever the connection is lost.
 *
 * The client lives until [method@SignalClient.stop], or until it is `CLOSED`, even if nobody has a
 * reference to it.
 *
 * A client that waits for its next try tries at once; one that is connecting or connected goes on.
 * After `CLOSED` it begins anew.
 *
 * Since: 1.0
 */
void
server_signal_client_start (ServerSignalClient *self)
{
  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  switch (self->state)
    {
    case SERVER_SIGNAL_CLIENT_STATE_CONNECTING:
    case SERVER_SIGNAL_CLIENT_STATE_OPEN:
      return;

    case SERVER_SIGNAL_CLIENT_STATE_WAITING:
      ss_dialer_dial (self->dialer);
      return;

    case SERVER_SIGNAL_CLIENT_STATE_IDLE:
    case SERVER_SIGNAL_CLIENT_STATE_CLOSED:
    default:
      ss_backoff_reset (&self->target.backoff);
      g_object_freeze_notify (G_OBJECT (self));
      set_error (self, NULL);
      ss_dialer_dial (self->dialer);
      g_object_thaw_notify (G_OBJECT (self));
      return;
    }
}

/**
 * server_signal_client_stop:
 * @self: a client
 *
 * Closes the connection, or ends the wait for the next one; the client is `IDLE`.
 *
 * The replicas keep their documents, and go stale. [method@SignalClient.open_async] and
 * [method@SignalClient.fetch_async] that are under way end with `G_IO_ERROR_CANCELLED`.
 *
 * Since: 1.0
 */
void
server_signal_client_stop (ServerSignalClient *self)
{
  g_autoptr (ServerSignalClient) keep = NULL;
  g_autoptr (GPtrArray) waiters = NULL;
  g_autoptr (GPtrArray) failed = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);

  if (self->state == SERVER_SIGNAL_CLIENT_STATE_IDLE || ss_process_is_other (self->process))
    return;

  keep = g_object_ref (self);
  ss_dialer_hang_up (self->dialer, SOUP_WEBSOCKET_CLOSE_NORMAL);
  waiters = steal_waiters (self);
  failed = ss_client_calls_end (self->calls, _("the client was stopped"));

  g_object_freeze_notify (G_OBJECT (self));
  set_error (self, NULL);
  set_state (self, SERVER_SIGNAL_CLIENT_STATE_IDLE);
  ss_replicas_lost (self->replicas, TRUE);
  g_object_thaw_notify (G_OBJECT (self));

  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _("The client was stopped"));
  ss_waiters_finish (waiters, error);
  ss_client_calls_tell (failed);
}

/**
 * server_signal_client_open_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the client is connected
 * @user_data: data for @callback
 *
 * Starts the client, as [method@SignalClient.start], and tells when it is connected.
 *
 * Connected does not mean that there are data: the replicas are still [property@Signal:stale] then,
 * and their documents come a moment later, or not at all. [method@SignalClient.fetch_async] waits for
 * those of one signal.
 *
 * The client tries again for as long as it takes: only what closes it for good is a failure.
 * Cancelling ends the waiting and not the client, which [method@SignalClient.stop] does. As with
 * every asynchronous operation the client lives until it is done.
 *
 * ```js
 * await client.open_async ();
 * ```
 *
 * Python awaits it too, see [Native values](native-values.html#await).
 *
 * Since: 1.0
 */
void
server_signal_client_open_async (ServerSignalClient  *self,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, server_signal_client_open_async);

  if (g_task_return_error_if_cancelled (task))
    return;

  if (self->state == SERVER_SIGNAL_CLIENT_STATE_OPEN)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  ss_waiters_add (&self->openers, task, NULL, _("The wait for the connection was cancelled"));
  server_signal_client_start (self);
}

/**
 * server_signal_client_open_finish:
 * @self: a client
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Finishes [method@SignalClient.open_async].
 *
 * Fails with
 *
 * - `G_IO_ERROR_CANCELLED` if the cancellable was cancelled or the client was stopped;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the server does not want the client;
 * - `G_IO_ERROR_INVALID_ARGUMENT` for a URI that is not one of a WebSocket;
 * - the error of the last try if [property@SignalClient:retry-limit] is reached.
 *
 * Returns: whether the client got connected
 *
 * Since: 1.0
 */
gboolean
server_signal_client_open_finish (ServerSignalClient  *self,
                                  GAsyncResult        *result,
                                  GError             **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), FALSE);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * server_signal_client_fetch_async:
 * @self: a client
 * @name: the name of a signal, valid UTF-8 of at most 1024 bytes
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the replica is current
 * @user_data: data for @callback
 *
 * Gets the replica of a signal, as [method@SignalClient.get_signal], and tells when it is current.
 *
 * So a script that wants one value is one call. A client that is `IDLE` or `CLOSED` is started; one
 * that is not connected tries again for as long as it takes, and a document for which nobody vouches
 * is waited for until somebody does. A server that has refused the name before is asked again.
 *
 * Cancelling, and a failure, end the waiting only: the replica is followed on, and may become current
 * later, until it is given back with [method@SignalClient.release]. As with every asynchronous
 * operation the client lives until it is done.
 *
 * ```js
 * const counter = await client.fetch_async ('counter');
 * ```
 *
 * Since: 1.0
 */
void
server_signal_client_fetch_async (ServerSignalClient  *self,
                                  const char          *name,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (ServerSignal) replica = NULL;

  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (name != NULL);
  g_return_if_fail (strlen (name) <= SS_NAME_BYTES && g_utf8_validate (name, -1, NULL));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, server_signal_client_fetch_async);

  if (g_task_return_error_if_cancelled (task))
    return;

  /* It is asked for, or again, and then waited for: no answer comes before this returns. */
  replica = g_object_ref (ss_replicas_get (self->replicas, name, NULL));
  if (!server_signal_get_stale (replica))
    {
      g_task_return_pointer (task, g_steal_pointer (&replica), g_object_unref);
      return;
    }

  if (!ss_replicas_ask (self->replicas, name))
    {
      g_task_return_new_error (task, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                               _("“%s” was released"), name);
      return;
    }

  ss_waiters_add (&self->fetchers, task, replica, _("The wait for the signal was cancelled"));
  if (self->state == SERVER_SIGNAL_CLIENT_STATE_IDLE ||
      self->state == SERVER_SIGNAL_CLIENT_STATE_CLOSED)
    server_signal_client_start (self);
}

/**
 * server_signal_client_fetch_finish:
 * @self: a client
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Finishes [method@SignalClient.fetch_async].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_NOT_CURRENT` if the server has no such signal for this client, or has taken
 *   it away;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the document is too large, or the client follows too many signals;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the server does not want the client, or the signal was released;
 * - `G_IO_ERROR_CANCELLED` if the cancellable was cancelled or the client was stopped;
 * - `G_IO_ERROR_INVALID_ARGUMENT` for a URI that is not one of a WebSocket;
 * - the error of the last try if [property@SignalClient:retry-limit] is reached.
 *
 * Returns: (transfer full): the replica, which was current when the operation was done, or `NULL`
 *
 * Since: 1.0
 */
ServerSignal *
server_signal_client_fetch_finish (ServerSignalClient  *self,
                                   GAsyncResult        *result,
                                   GError             **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Says what is wrong with a call of the application's. */
static SsValue *
read_arguments (JsonNode  *arguments,
                GError   **error)
{
  if (arguments == NULL)
    return NULL;

  return ss_value_from_node (arguments, SS_DOCUMENT_DEPTH, error);
}

static void
call (ServerSignalClient       *self,
      const char               *method,
      JsonNode                 *arguments,
      ServerSignalCallFlags     flags,
      ServerSignalProgressFunc  progress,
      gpointer                  progress_data,
      GDestroyNotify            progress_destroy,
      GTask                    *made)
{
  g_autoptr (GTask) task = made;
  g_autoptr (SsValue) value = NULL;
  GError *error = NULL;

  /* An answer that has come stands, though the call was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);

  value = read_arguments (arguments, &error);
  if (error == NULL &&
      !g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error) &&
      (self->state == SERVER_SIGNAL_CLIENT_STATE_IDLE ||
       self->state == SERVER_SIGNAL_CLIENT_STATE_CLOSED))
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                                 _("The call was not made: the client is not started"));

  if (error != NULL)
    {
      g_task_return_error (task, error);
      if (progress_destroy != NULL)
        progress_destroy (progress_data);
      return;
    }

  ss_client_calls_add (self->calls, g_steal_pointer (&task), method, value,
                       (flags & SERVER_SIGNAL_CALL_IDEMPOTENT) != 0, (SsProgressFunc) progress,
                       progress_data, progress_destroy);
}

/* A method has a name like a signal. */
static gboolean
is_method (const char *method)
{
  return method != NULL && method[0] != '\0' && strlen (method) <= SS_NAME_BYTES &&
         g_utf8_validate (method, -1, NULL);
}

/**
 * server_signal_client_call_async:
 * @self: a client
 * @method: the name of what is asked for, valid UTF-8 of 1 to 1,024 bytes
 * @arguments: (nullable): the arguments, of which a copy is sent, or `NULL` for none
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the answer is there
 * @user_data: data for @callback
 *
 * Asks the server for something.
 *
 * The server's application answers, see [signal@SignalHub::call]. Its commits before
 * that are in the replicas when the answer comes.
 *
 * The client has to be started, as [method@SignalClient.start] or [method@SignalClient.open_async]
 * does; otherwise the call fails with `G_IO_ERROR_NOT_CONNECTED`.
 *
 * While the client is connecting the call waits until it is connected. A call is made once at most: when
 * the connection goes before the answer comes, the call fails with `SERVER_SIGNAL_ERROR_CLOSED`, and it
 * is not known whether it was done. With `SERVER_SIGNAL_CALL_IDEMPOTENT` of
 * [method@SignalClient.call_full_async] it is made again instead.
 *
 * Cancelling ends the wait at once. The server is told, and may have done the call, or parts of it, or
 * not.
 *
 * ```js
 * const answer = await client.call ('add-task', { title: 'Tea' });
 * ```
 *
 * Since: 1.0
 */
void
server_signal_client_call_async (ServerSignalClient  *self,
                                 const char          *method,
                                 JsonNode            *arguments,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (is_method (method));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, server_signal_client_call_async);
  call (self, method, arguments, SERVER_SIGNAL_CALL_NONE, NULL, NULL, NULL, task);
}

/**
 * server_signal_client_call_finish:
 * @self: a client
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Finishes [method@SignalClient.call_async].
 *
 * Fails with
 *
 * - `SERVER_SIGNAL_ERROR_CALL_FAILED` if the server has answered with an error, whose code
 *   [func@ServerSignal.SignalError.dup_call_code] gives;
 * - `SERVER_SIGNAL_ERROR_CLOSED` if the connection went before the answer came: the call may have been
 *   done, or not;
 * - `SERVER_SIGNAL_ERROR_NOT_SUPPORTED` if the server speaks the plain protocol, which has no calls;
 * - `SERVER_SIGNAL_ERROR_LIMIT` if the call takes more than 128 KiB, or 1,024 of them are waiting; it
 *   was not made;
 * - `SERVER_SIGNAL_ERROR_INVALID_JSON` for arguments that JSON cannot carry;
 * - `G_IO_ERROR_NOT_CONNECTED` if the client is not started, or ended before the call was made;
 * - `G_IO_ERROR_CANCELLED` if the cancellable was cancelled.
 *
 * Returns: (transfer full): the result
 *
 * Since: 1.0
 */
JsonNode *
server_signal_client_call_finish (ServerSignalClient  *self,
                                  GAsyncResult        *result,
                                  GError             **error)
{
  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * server_signal_client_call_full_async:
 * @self: a client
 * @method: the name of what is asked for, valid UTF-8 of 1 to 1,024 bytes
 * @arguments: (nullable): the arguments, of which a copy is sent, or `NULL` for none
 * @flags: how the call is made
 * @progress: (nullable) (scope notified) (closure progress_data) (destroy progress_destroy): hears of
 *   [method@SignalCall.progress]
 * @progress_data: data for @progress
 * @progress_destroy: (nullable): called when @progress_data are not needed any more
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the answer is there
 * @user_data: data for @callback
 *
 * Asks the server for something, as [method@SignalClient.call_async] does, and hears how far it is.
 *
 * A call with `SERVER_SIGNAL_CALL_IDEMPOTENT` is made again when the connection goes before the answer
 * comes, as often as it takes. It has a key, made at random, by which the hub knows it again: while it is
 * being worked on the answer is waited for, and an answer that was given is given again. A hub keeps the
 * answers of five minutes, 1,024 of them and 4 MiB at most. Beyond that, and when the server was started
 * anew, the call may be done a second time. So this is for calls of which that does no harm.
 *
 * Since: 1.0
 */
void
server_signal_client_call_full_async (ServerSignalClient       *self,
                                      const char               *method,
                                      JsonNode                 *arguments,
                                      ServerSignalCallFlags     flags,
                                      ServerSignalProgressFunc  progress,
                                      gpointer                  progress_data,
                                      GDestroyNotify            progress_destroy,
                                      GCancellable             *cancellable,
                                      GAsyncReadyCallback       callback,
                                      gpointer                  user_data)
{
  GTask *task;

  g_return_if_fail (SERVER_IS_SIGNAL_CLIENT (self));
  SS_RETURN_IF_ELSEWHERE (&self->owner);
  g_return_if_fail (is_method (method));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, server_signal_client_call_full_async);
  call (self, method, arguments, flags, progress, progress_data, progress_destroy, task);
}

/**
 * server_signal_client_call_full_finish:
 * @self: a client
 * @result: the result that the callback was given
 * @error: return location for an error
 *
 * Finishes [method@SignalClient.call_full_async].
 *
 * Fails with the errors of [method@SignalClient.call_finish].
 *
 * Returns: (transfer full): the result
 *
 * Since: 1.0
 */
JsonNode *
server_signal_client_call_full_finish (ServerSignalClient  *self,
                                       GAsyncResult        *result,
                                       GError             **error)
{
  return server_signal_client_call_finish (self, result, error);
}

static gboolean
actions_is_ready (gpointer user_data)
{
  ServerSignalClient *self = user_data;

  return !ss_replicas_is_plain (self->replicas);
}

/* An activation has nobody who could hear of a failure. */
static void
activated_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autofree char *method = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer =
    server_signal_client_call_finish (SERVER_SIGNAL_CLIENT (source), result, &error);

  if (error != NULL)
    ss_log_info ("action-failed", SS_LOG (.name = method, .reason = error->message),
                 "An action of the server’s has failed");
}

static void
actions_call (const char *method,
              SsValue    *arguments,
              gpointer    user_data)
{
  ServerSignalClient *self = user_data;
  g_autoptr (SsValue) taken = arguments;
  GTask *task = g_task_new (self, NULL, activated_cb, g_strdup (method));

  g_task_set_source_tag (task, actions_call);
  ss_client_calls_add (self->calls, task, method, taken, FALSE, NULL, NULL, NULL);
}

static const SsRemoteActionsFuncs actions_funcs = {
  .is_ready = actions_is_ready,
  .call = actions_call,
};

/**
 * server_signal_client_get_action_group:
 * @self: a client
 * @name: the name of an action group that the server offers, valid UTF-8 of 1 to 1,024 bytes
 *
 * Gets actions of the server, as [method@SignalHub.add_action_group] offers them.
 *
 * They have the server's names, types, states and enabled-ness. To activate one, or to change its state,
 * asks the server, and the state here follows the server's. A widget whose `action-name` is one of them
 * greys out when the server disables it, and all do while the server is away: all actions are disabled
 * as long as the replica that has their states, the signal @name, is stale.
 *
 * ```c
 * gtk_widget_insert_action_group (window, "player",
 *                                 server_signal_client_get_action_group (client, "player"));
 * gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "player.play");
 * ```
 *
 * It is the same object every time, a [iface@Gio.RemoteActionGroup], until @name is given back with
 * [method@SignalClient.release]. In the plain protocol, which has no calls, its actions are disabled.
 * An activation that fails says so in the log; [method@SignalClient.call_async] gives the error, with
 * the method that is @name, a dot and the name of the action.
 *
 * Returns: (transfer none): the actions, which the client keeps
 *
 * Since: 1.0
 */
GActionGroup *
server_signal_client_get_action_group (ServerSignalClient *self,
                                       const char         *name)
{
  SsRemoteActions *actions;
  ServerSignal *replica;

  g_return_val_if_fail (SERVER_IS_SIGNAL_CLIENT (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->owner, NULL);
  g_return_val_if_fail (is_method (name), NULL);

  replica = server_signal_client_get_signal (self, name);
  actions = g_hash_table_lookup (self->action_groups, name);
  if (actions == NULL)
    {
      actions = ss_remote_actions_new (name, replica, &actions_funcs, self);
      g_hash_table_insert (self->action_groups, g_strdup (name), actions);
    }

  return G_ACTION_GROUP (actions);
}
