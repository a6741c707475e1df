/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "server-signal-error.h"
#include "ss-allowance.h"
#include "ss-connection.h"
#include "ss-clear-source.h"
#include "ss-limits.h"
#include "ss-liveness.h"
#include "ss-paced-stream.h"
#include "ss-refusal.h"
#include "ss-sanitize.h"
#include "transport/ss-message-limit.h"
#include "transport/ss-socket.h"
#include "wire/ss-frame.h"

/* The time that a connection which was given up has for its closing handshake, in milliseconds. */
#define PARTING_MS 5000

struct _SsConnection
{
  GObject parent_instance;

  GMainContext            *context;
  const SsConnectionFuncs *funcs;     /* NULL: it is over, nothing is called back */
  gpointer                 user_data;
  SsConnectionLimits       limits;

  GCancellable            *cancellable;
  SoupSession             *session;   /* while the handshake is under way */
  SoupMessage             *message;   /* the handshake, while it is under way */
  guint                    n_interim; /* answers that were not the last one */
  SoupWebsocketConnection *socket;
  GSource                 *timeout;   /* until ss_connection_settled() */
  SsLiveness              *liveness;  /* while there is a socket */
  guint                    retry_after; /* milliseconds; 0: none */
  gboolean                 unauthorized;

  /* A loss that is found while a message is being sent is told later, as the sender is in the
   * middle of something. */
  gboolean                 sending;
  GSource                 *telling;
  const SsConnectionFuncs *told_funcs;
  gboolean                 told_final;
  GError                  *told_error;
};

G_DEFINE_FINAL_TYPE (SsConnection, ss_connection, G_TYPE_OBJECT)

static GSource *
add_timeout (SsConnection *self,
             guint         interval,
             GSourceFunc   func)
{
  GSource *source = g_timeout_source_new (interval);

  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);

  return source;
}

static gboolean
parting_over_cb (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

static void
parted_cb (SoupWebsocketConnection *socket,
           gpointer                 user_data)
{
  g_source_destroy (user_data);
}

static void
unref_source_cb (gpointer  data,
                 GClosure *closure)
{
  g_source_unref (data);
}

/* Takes the socket, and drops it when it is closed or its time is over. libsoup goes on using a
 * connection after the handlers of its "error" signal, so the last reference must not be dropped
 * there; and it waits for ever for a peer that has stopped reading, so waiting for "closed" is not
 * enough. */
static void
park (GMainContext            *context,
      SoupWebsocketConnection *socket)
{
  GSource *source = g_timeout_source_new (PARTING_MS);

  g_source_set_callback (source, parting_over_cb, socket, g_object_unref);
  g_signal_connect_data (socket, "closed", G_CALLBACK (parted_cb), g_source_ref (source),
                         unref_source_cb, 0);
  g_source_attach (source, context);
  g_source_unref (source);
}

static void
end_handshake (SsConnection *self)
{
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (self->message != NULL)
    g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_object (&self->session);
  g_clear_object (&self->message);
}

/* Disconnects the handlers, as libsoup goes on to deliver what is in its buffer after an error.
 *
 * code 0: no closing handshake, because libsoup is in the middle of one or it would be useless. */
static void
let_go (SsConnection *self,
        gushort       code)
{
  self->funcs = NULL;
  ss_clear_source (&self->timeout);
  g_clear_pointer (&self->liveness, ss_liveness_free);
  ss_clear_source (&self->telling);
  end_handshake (self);
  g_cancellable_cancel (self->cancellable);

  if (self->socket != NULL)
    {
      SoupWebsocketConnection *socket = g_steal_pointer (&self->socket);

      g_signal_handlers_disconnect_by_data (socket, self);
      if (code != 0 && soup_websocket_connection_get_state (socket) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close (socket, code, NULL);
      park (self->context, socket);
    }
}

static gboolean
tell_cb (gpointer user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);

  ss_clear_source (&self->telling);
  self->told_funcs->lost (self, self->told_final, self->told_error, self->user_data);

  return G_SOURCE_REMOVE;
}

static void
tell_later (SsConnection            *self,
            const SsConnectionFuncs *funcs,
            gboolean                 final,
            const GError            *error)
{
  self->told_funcs = funcs;
  self->told_final = final;
  self->told_error = g_error_copy (error);
  self->telling = g_idle_source_new ();
  g_source_set_priority (self->telling, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->telling, tell_cb, self, NULL);
  g_source_attach (self->telling, self->context);
}

static void
lose (SsConnection *self,
      gboolean      final,
      gushort       code,
      const GError *error)
{
  const SsConnectionFuncs *funcs = self->funcs;

  if (funcs == NULL)
    return;

  let_go (self, code);
  if (self->sending)
    tell_later (self, funcs, final, error);
  else
    funcs->lost (self, final, error, self->user_data);
}

static gboolean
timeout_cb (gpointer user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  error =
    g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                 self->socket == NULL ? _("The server did not answer within %.1f seconds")
                                      : _("The server did not say hello within %.1f seconds"),
                                           self->limits.timeout / 1000.0);
  lose (self, FALSE, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR, error);

  return G_SOURCE_REMOVE;
}

static void
dead_cb (const GError *error,
         gpointer      user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);

  lose (self, FALSE, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, error);
}

static void
message_cb (SoupWebsocketConnection *socket,
            int                      type,
            GBytes                  *message,
            gpointer                 user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);
  const char *text;
  gsize length;

  ss_liveness_heard (self->liveness);

  if (type != SOUP_WEBSOCKET_DATA_TEXT)
    {
      g_autoptr (GError) error = NULL;

      error = g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                                   _("The server sent a binary message, which no frame is"));
      lose (self, FALSE, SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA, error);
      return;
    }

  text = g_bytes_get_data (message, &length);
  self->funcs->message (self, text, length, self->user_data);
}

/* The server sent a close frame. */
static void
lose_closed (SsConnection *self,
             gushort       code,
             const char   *reason)
{
  /* 1008 says that the client broke the server's rules, and 4000 to 4999 are an application's own
   * reasons: trying again changes neither. Everything else may be better the next time. So may a
   * client that was too slow, because its program was stopped or its computer slept. */
  gboolean slow = reason != NULL && g_str_has_prefix (reason, SS_REASON_TOO_SLOW);
  gboolean final =
    (code == SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION && !slow) || (code >= 4000 && code < 5000);
  g_autofree char *clean = ss_sanitize_text (reason);
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  self->unauthorized = code == SS_CLOSE_UNAUTHORIZED;
  g_string_printf (words, "%u", code);
  if (*clean != '\0')
    g_string_append_printf (words, ": %s", clean);

  if (final)
    error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_CLOSED,
                         _("The server closed the connection for good (%s)"), words->str);
  else
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                         _("The server closed the connection (%s)"), words->str);
  lose (self, final, 0, error);
}

static void
closing_cb (SoupWebsocketConnection *socket,
            gpointer                 user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);

  /* The next try need not wait for the rest of the closing handshake. */
  lose_closed (self, soup_websocket_connection_get_close_code (socket),
               soup_websocket_connection_get_close_data (socket));
}

static void
closed_cb (SoupWebsocketConnection *socket,
           gpointer                 user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                               _("The connection to the server was lost"));
  lose (self, FALSE, 0, error);
}

static void
error_cb (SoupWebsocketConnection *socket,
          GError                  *cause,
          gpointer                 user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);
  gushort code = soup_websocket_connection_get_close_code (socket);
  g_autoptr (GError) error = NULL;

  if (cause == NULL || cause->domain != SOUP_WEBSOCKET_ERROR)
    {
      /* The network, or control_cb(). */
      error = cause != NULL
                ? g_error_copy (cause)
                : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, _("The connection failed"));
      lose (self, FALSE, 0, error);
    }
  else if (g_error_matches (cause, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG))
    {
      g_autofree char *size =
        g_format_size_full (self->limits.max_message, G_FORMAT_SIZE_IEC_UNITS);

      error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                           _("The server sent a message of more than %s, or one in too many "
                             "fragments"),
                              size);
      lose (self, FALSE, 0, error);
    }
  else if (g_error_matches (cause, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_BAD_DATA))
    {
      error = g_error_new_literal (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                                   _("The server sent text that is not valid UTF-8"));
      lose (self, FALSE, 0, error);
    }
  else if (code >= 1000)
    {
      /* libsoup takes codes that are younger than it is, such as 1012 (service restart), for an
       * error. */
      lose_closed (self, code, soup_websocket_connection_get_close_data (socket));
    }
  else
    {
      error =
        g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                     _("The server does not speak the WebSocket protocol: %s"), cause->message);
      lose (self, FALSE, 0, error);
    }
}

/* libsoup closes its half of a socket when its last frame is written, and does not find the socket
 * under our stream. All that it does then is to notify of its state, which may still be OPEN, and it
 * does so then and when it closes the stream, and never else. */
static void
state_cb (SoupWebsocketConnection *connection,
          GParamSpec              *pspec,
          gpointer                 user_data)
{
  GIOStream *stream = soup_websocket_connection_get_io_stream (connection);
  GSocket *socket = ss_socket_find (stream);

  if (socket != NULL && !g_socket_is_closed (socket))
    g_socket_shutdown (socket, FALSE, TRUE, NULL);
}

/* libsoup answers each ping and queues the answer, read or not, also after the connection was given
 * up: the allowance is the limit's. */
static gboolean
control_cb (gpointer   allowance,
            GError   **error)
{
  if (ss_allowance_take (allowance, 1, SS_CONTROL_BURST, SS_CONTROL_PER_SECOND))
    return TRUE;

  g_set_error (error, SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
               _("The server sent more than %u pings at once"), SS_CONTROL_BURST);

  return FALSE;
}

static SsMessageLimit *
new_limit (SsConnection *self)
{
  SsMessageLimit *limit = ss_message_limit_new (self->limits.max_message);
  SsAllowance *allowance = g_new (SsAllowance, 1);

  ss_allowance_fill (allowance, SS_CONTROL_BURST);
  ss_message_limit_set_control_func (limit, control_cb, allowance, g_free);

  return limit;
}

/* Puts a stream of ours between libsoup and the server, for which it takes another WebSocket
 * connection: libsoup makes that of a client itself. The first one gets no input any more and goes
 * with the stream, which closes what both have. Takes plain, which is returned where a libsoup does
 * not do as the versions that are known (3.2 to 3.6). */
static SoupWebsocketConnection *
pace (SsConnection            *self,
      SoupWebsocketConnection *plain)
{
  GMainContext *contexts[] = { self->context, g_main_context_get_thread_default () };
  GIOStream *stream = soup_websocket_connection_get_io_stream (plain);
  g_autoptr (GIOStream) paced = NULL;
  SoupWebsocketConnection *connection;
  GSource *input = NULL;

  /* It is made a moment ago, and waits for input and for nothing else. */
  for (guint i = 0; i < G_N_ELEMENTS (contexts) && input == NULL; i++)
    input = g_main_context_find_source_by_user_data (contexts[i], plain);

  if (input == NULL || soup_websocket_connection_get_extensions (plain) != NULL)
    {
      ss_message_limit_apply (plain, self->limits.max_message);
      return plain;
    }

  g_source_destroy (input);
  paced = ss_paced_stream_new (stream);
  g_object_set_data_full (G_OBJECT (paced), "server-signal-connection", plain, g_object_unref);

  connection = soup_websocket_connection_new (paced, soup_websocket_connection_get_uri (plain),
                                              SOUP_WEBSOCKET_CONNECTION_CLIENT,
                                              soup_websocket_connection_get_origin (plain),
                                              soup_websocket_connection_get_protocol (plain),
                                              g_list_append (NULL, new_limit (self)));
  soup_websocket_connection_set_max_incoming_payload_size (connection, self->limits.max_message);
  if (ss_socket_is_direct (stream))
    g_signal_connect (connection, "notify::state", G_CALLBACK (state_cb), NULL);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (connection), "max-total-message-size"))
    g_object_set (connection, "max-total-message-size", (guint64) self->limits.max_message, NULL);

  return connection;
}

static void
take_socket (SsConnection            *self,
             SoupWebsocketConnection *socket)
{
  const char *protocol = soup_websocket_connection_get_protocol (socket);
  gboolean plain = g_strcmp0 (protocol, SS_PROTOCOL_V1) != 0;
  /* libsoup's timer, which sends the pings, counts seconds. */
  guint keepalive = (self->limits.keepalive + 999) / 1000;

  self->socket = pace (self, socket);
  socket = self->socket;
  self->liveness = ss_liveness_new (self->context, socket, keepalive, dead_cb, self);
  g_signal_connect (socket, "message", G_CALLBACK (message_cb), self);
  g_signal_connect (socket, "closing", G_CALLBACK (closing_cb), self);
  g_signal_connect (socket, "closed", G_CALLBACK (closed_cb), self);
  g_signal_connect (socket, "error", G_CALLBACK (error_cb), self);

  self->funcs->opened (self, plain, self->user_data);
}

static void
lose_handshake (SsConnection *self,
                SoupMessage  *message,
                const GError *cause)
{
  g_autoptr (GError) error = NULL;
  gboolean final;

  if (cause->domain != SOUP_WEBSOCKET_ERROR)
    {
      lose (self, FALSE, 0, cause);
      return;
    }

  error = ss_refusal_read (message, cause, &final, &self->retry_after);
  self->unauthorized = soup_message_get_status (message) == SOUP_STATUS_UNAUTHORIZED ||
                       soup_message_get_status (message) == SOUP_STATUS_FORBIDDEN;
  lose (self, final, 0, error);
}

/* libsoup takes as many of these as come, and reads until that would block. */
static void
got_informational_cb (SoupMessage *message,
                      gpointer     user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  if (soup_message_get_status (message) == SOUP_STATUS_SWITCHING_PROTOCOLS ||
      ++self->n_interim <= SS_INTERIM_ANSWERS)
    return;

  error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                       _("The server sent more than %u interim answers to the handshake"),
                          SS_INTERIM_ANSWERS);
  lose (self, FALSE, 0, error);
}

/* Whether libsoup may need what follows the head: it answers a question for a password when it has
 * read the body. */
static gboolean
is_question (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  guint status = soup_message_get_status (message);

  return (status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_PROXY_UNAUTHORIZED) &&
         soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
         soup_message_headers_get_content_length (headers) <= SS_REFUSAL_BODY_BYTES;
}

/* The server answers with a page, which is not read: the head says all, and the body may have no
 * end. */
static void
got_headers_cb (SoupMessage *message,
                gpointer     user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);
  g_autoptr (GError) cause = NULL;

  if (soup_message_get_method (message) == SOUP_METHOD_CONNECT &&
      SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (message)))
    return;

  if (is_question (message))
    return;

  cause = g_error_new_literal (SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET,
                               "The answer is a page");
  lose_handshake (self, message, cause);
}

static void
guard_handshake (SsConnection *self,
                 SoupMessage  *message)
{
  g_signal_connect_object (message, "got-informational", G_CALLBACK (got_informational_cb), self,
                           0);
  g_signal_connect_object (message, "got-headers", G_CALLBACK (got_headers_cb), self, 0);
}

/* A proxy is asked for a tunnel with a message of libsoup's own. */
static void
request_queued_cb (SoupSession *session,
                   SoupMessage *message,
                   gpointer     user_data)
{
  SsConnection *self = user_data;
  GUri *uri = soup_message_get_uri (message);
  GUri *own = soup_message_get_uri (self->message);

  if (soup_message_get_method (message) == SOUP_METHOD_CONNECT &&
      g_strcmp0 (g_uri_get_host (uri), g_uri_get_host (own)) == 0 &&
      g_uri_get_port (uri) == g_uri_get_port (own))
    guard_handshake (self, message);
}

static void
connect_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (SsConnection) self = user_data;
  g_autoptr (SoupMessage) message = self->message != NULL ? g_object_ref (self->message) : NULL;
  g_autoptr (SoupWebsocketConnection) socket = NULL;
  g_autoptr (GError) error = NULL;

  socket = soup_session_websocket_connect_finish (SOUP_SESSION (object), result, &error);
  end_handshake (self);
  if (self->funcs == NULL)
    return;

  if (socket != NULL)
    take_socket (self, g_steal_pointer (&socket));
  else
    lose_handshake (self, message, error);
}

static void
ss_connection_dispose (GObject *object)
{
  SsConnection *self = SS_CONNECTION (object);

  let_go (self, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);

  G_OBJECT_CLASS (ss_connection_parent_class)->dispose (object);
}

static void
ss_connection_finalize (GObject *object)
{
  SsConnection *self = SS_CONNECTION (object);

  g_clear_object (&self->cancellable);
  g_clear_error (&self->told_error);
  g_clear_pointer (&self->context, g_main_context_unref);

  G_OBJECT_CLASS (ss_connection_parent_class)->finalize (object);
}

static void
ss_connection_class_init (SsConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ss_connection_dispose;
  object_class->finalize = ss_connection_finalize;
}

static void
ss_connection_init (SsConnection *self)
{
  self->cancellable = g_cancellable_new ();
}

SsConnection *
ss_connection_new (GMainContext            *context,
                   const SsConnectionFuncs *funcs,
                   gpointer                 user_data)
{
  SsConnection *self = g_object_new (SS_TYPE_CONNECTION, NULL);

  self->context = g_main_context_ref (context);
  self->funcs = funcs;
  self->user_data = user_data;

  return self;
}

static gboolean
is_websocket (GUri *uri)
{
  static const char *const schemes[] = { "ws", "wss", "http", "https", NULL };
  const char *host = g_uri_get_host (uri);

  return host != NULL && *host != '\0' && g_strv_contains (schemes, g_uri_get_scheme (uri));
}

gboolean
ss_connection_open (SsConnection              *self,
                    SoupSession               *session,
                    const char                *uri,
                    const SsConnectionLimits  *limits,
                    GError                   **error)
{
  static const char *protocols[] = { SS_PROTOCOL_V1, NULL };
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GUri) parsed = NULL;

  g_assert (self->funcs != NULL && self->message == NULL && self->socket == NULL);

  parsed = uri != NULL ? g_uri_parse (uri, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  if (parsed == NULL || !is_websocket (parsed))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _("“%s” is not the address of a WebSocket; it begins with ws:// or wss://"),
                      uri != NULL ? uri : "");
      return FALSE;
    }

  message = soup_message_new_from_uri (SOUP_METHOD_GET, parsed);
  self->limits = *limits;
  self->message = g_object_ref (message);
  self->session = g_object_ref (session);
  /* Compression costs 98 KiB a connection, and lets 100 KB become 180 MB here. It is disabled for
   * the message, so that a session of the application stays as it is. */
  soup_message_disable_feature (message, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  /* libsoup would follow a redirect to any host, and from TLS to none. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  self->timeout = add_timeout (self, limits->timeout, timeout_cb);
  soup_session_websocket_connect_async (session, message, NULL, (char **) protocols,
                                        G_PRIORITY_DEFAULT, self->cancellable, connect_cb,
                                        g_object_ref (self));
  /* After libsoup's own handlers of the message, which keep cookies and answer questions for a
   * password. */
  guard_handshake (self, message);
  g_signal_connect (session, "request-queued", G_CALLBACK (request_queued_cb), self);

  return TRUE;
}

void
ss_connection_settled (SsConnection *self)
{
  ss_clear_source (&self->timeout);
}

void
ss_connection_probe (SsConnection *self)
{
  if (self->liveness != NULL &&
      soup_websocket_connection_get_state (self->socket) == SOUP_WEBSOCKET_STATE_OPEN)
    ss_liveness_probe (self->liveness);
}

void
ss_connection_send (SsConnection *self,
                    SsMessage    *message)
{
  gsize length;

  if (self->socket == NULL ||
      soup_websocket_connection_get_state (self->socket) != SOUP_WEBSOCKET_STATE_OPEN)
    return;

  self->sending = TRUE;
  soup_websocket_connection_send_text (self->socket, ss_message_payload (message, &length));
  self->sending = FALSE;
}

void
ss_connection_close (SsConnection *self,
                     gushort       code)
{
  let_go (self, code);
}

guint
ss_connection_get_retry_after (SsConnection *self)
{
  return self->retry_after;
}

gboolean
ss_connection_is_unauthorized (SsConnection *self)
{
  return self->unauthorized;
}
