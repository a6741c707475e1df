/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <glib/gi18n-lib.h>
#ifdef __linux__
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#endif

#include "server-signal-error.h"
#include "server/ss-socket.h"
#include "ss-connection.h"
#include "ss-limiter.h"
#include "ss-sanitize.h"
#include "wire/ss-frame.h"

/* How long a connection that was given up may take to say goodbye, in milliseconds. */
#define PARTING_MS 5000
/* Between the deadline for a sign of life and giving up, in milliseconds. */
#define GRACE_MS 100
/* Between two questions, in milliseconds. */
#define QUESTION_PERIOD_MS 1000
/* Between two looks at what has come, in milliseconds. */
#define LOOK_MS(self) (500 * (self)->limits.keepalive)

/* libsoup has no name for it. RFC 9110, section 15.5.22. */
#define STATUS_UPGRADE_REQUIRED 426

struct _SsConnection
{
  GObject parent_instance;

  GMainContext            *context;
  const SsConnectionFuncs *funcs;     /* NULL: over, nothing is called back */
  gpointer                 user_data;
  SsConnectionLimits       limits;

  GCancellable            *cancellable;
  SoupMessage             *message;   /* the handshake, while it is under way */
  SoupWebsocketConnection *socket;
  GSource                 *timeout;   /* until the other end has said what it must */
  GSource                 *deadline;  /* for a sign of life */
  gint64                   heard;     /* when the last one was seen, monotonic */
  guint64                  received;  /* bytes by then */
  gboolean                 missed;    /* the deadline is over, the grace is not */

  GSource                 *question;  /* until it may be asked, or must be answered; or NULL */
  gboolean                 asked;     /* the latter */
  gboolean                 graced;    /* it has been given a moment more */
  gint64                   asked_at;  /* when the last one was, monotonic */
  guint64                  asked_received; /* bytes by then */

  guint                    retry_after; /* milliseconds */

  /* A loss that is found while something is being sent is told later: whoever sends is in the
   * middle of something. */
  gboolean                 sending;
  GSource                 *telling;
  const SsConnectionFuncs *told_funcs;
  gboolean                 told_final;
  GError                  *told_error;
};

G_DEFINE_FINAL_TYPE (SsConnection, ss_connection, G_TYPE_OBJECT)

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

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

/* Takes the socket, and drops it when it is closed or has had its time. libsoup goes on using a
 * connection after the handlers of its "error" signal, so the last reference must not be dropped
 * there; and it waits for ever for a peer that stopped reading, so waiting for "closed" is not
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

/* After an error libsoup goes on to deliver what is in its buffer; with the handlers gone it does
 * not come here.
 *
 * code 0: no closing handshake of ours, because libsoup is about it already, or it is useless. */
static void
let_go (SsConnection *self,
        gushort       code)
{
  self->funcs = NULL;
  clear_source (&self->timeout);
  clear_source (&self->deadline);
  clear_source (&self->question);
  clear_source (&self->telling);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->message);

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

  clear_source (&self->telling);
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

  error = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                       self->socket == NULL ? _("The server did not answer within %.1f seconds")
                                            : _("The server did not say hello within %.1f seconds"),
                       self->limits.timeout / 1000.0);
  lose (self, FALSE, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR, error);

  return G_SOURCE_REMOVE;
}

/* How many bytes have come over the socket, what is not read yet among them; 0: it does not tell.
 * libsoup tells of a frame when all of it is there, and over a slow link that is long after its
 * first byte, with no room for a pong between. */
static guint64
count_received (SsConnection *self)
{
#ifdef __linux__
  GIOStream *stream = soup_websocket_connection_get_io_stream (self->socket);
  GSocket *socket = ss_socket_find (stream);
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;

  if (socket != NULL &&
      getsockopt (g_socket_get_fd (socket), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
      size >= offsetof (struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
    return info.tcpi_bytes_received;
#endif

  return 0;
}

static void
hear (SsConnection *self)
{
  self->heard = g_get_monotonic_time ();
  self->received = count_received (self);
}

static gboolean deadline_cb (gpointer user_data);

static void
await_life (SsConnection *self,
            guint         interval)
{
  clear_source (&self->deadline);
  self->deadline = add_timeout (self, interval, deadline_cb);
}

static gboolean
deadline_cb (gpointer user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;
  gboolean reading;
  gint64 left;

  if (count_received (self) > self->received)
    hear (self);

  left = self->heard + 2 * (gint64) self->limits.keepalive * G_USEC_PER_SEC
         - g_get_monotonic_time ();
  reading = left > 0 || !self->missed;

  /* After the deadline there is a moment more: when this program was busy for that long itself,
   * then the sign of life lies in the socket and has not been read. */
  self->missed = left <= 0;
  if (reading)
    {
      /* When the bytes that came since the last look came is not known, so there is one often. */
      await_life (self, left > 0 ? MIN ((guint) (left / 1000) + 1, LOOK_MS (self)) : GRACE_MS);
      return G_SOURCE_REMOVE;
    }

  error = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                       _("Nothing was heard of the server for %u seconds"),
                       2 * self->limits.keepalive);
  lose (self, FALSE, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, error);

  return G_SOURCE_REMOVE;
}

/* What was on its way before the question was asked is no answer to it: it may have lain in the
 * socket while the machine slept. Where the socket does not tell, it counts as one. */
static gboolean
is_answered (SsConnection *self)
{
  guint64 received = count_received (self);

  return received > 0 ? received > self->asked_received : self->heard >= self->asked_at;
}

static void
end_question (SsConnection *self)
{
  clear_source (&self->question);
  self->asked = FALSE;
  soup_websocket_connection_set_keepalive_interval (self->socket, self->limits.keepalive);
}

static void
look_for_answer (SsConnection *self)
{
  if (self->asked && is_answered (self))
    end_question (self);
}

static gboolean
unanswered_cb (gpointer user_data)
{
  g_autoptr (SsConnection) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  look_for_answer (self);
  if (!self->asked)
    return G_SOURCE_REMOVE;

  /* The answer may lie in a socket that does not tell, as this program was busy itself. */
  if (count_received (self) == 0 && !self->graced)
    {
      self->graced = TRUE;
      clear_source (&self->question);
      self->question = add_timeout (self, GRACE_MS, unanswered_cb);
      return G_SOURCE_REMOVE;
    }

  error = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                       _("The server did not answer within %u seconds after the network changed or "
                         "the computer woke up"), SS_CONNECTION_QUESTION_MS / 1000);
  lose (self, FALSE, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, error);

  return G_SOURCE_REMOVE;
}

/* libsoup sends pings at its intervals and not otherwise. Its timer is the only one of its kind
 * that has the socket for its data, and is run now; a libsoup with another kind of timer sends one
 * a second later. */
static void
ping (SsConnection *self)
{
  GMainContext *contexts[] = { self->context, g_main_context_get_thread_default () };

  if (self->limits.keepalive == 0)
    soup_websocket_connection_set_keepalive_interval (self->socket, 1);

  for (guint i = 0; i < G_N_ELEMENTS (contexts); i++)
    {
      GSource *timer = g_main_context_find_source_by_funcs_user_data (contexts[i], &g_timeout_funcs,
                                                                      self->socket);

      if (timer != NULL)
        {
          g_source_set_ready_time (timer, 0);
          return;
        }
    }

  soup_websocket_connection_set_keepalive_interval (self->socket, 1);
}

static gboolean
ask_cb (gpointer user_data)
{
  SsConnection *self = user_data;

  clear_source (&self->question);
  self->asked = TRUE;
  self->graced = FALSE;
  self->asked_at = g_get_monotonic_time ();
  self->asked_received = count_received (self);
  self->question = add_timeout (self, SS_CONNECTION_QUESTION_MS, unanswered_cb);
  ping (self);

  return G_SOURCE_REMOVE;
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

  self->heard = g_get_monotonic_time ();
  look_for_answer (self);

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

static void
pong_cb (SoupWebsocketConnection *socket,
         GBytes                  *message,
         gpointer                 user_data)
{
  SsConnection *self = user_data;

  hear (self);
  look_for_answer (self);
}

/* The server sent a close frame. */
static void
lose_closed (SsConnection *self,
             gushort       code,
             const char   *reason)
{
  /* 1008 says that we broke its rules, and 4000 to 4999 are an application's own reasons: neither
   * changes by trying again. Everything else may be better the next time, and so may who was too
   * slow: a program that was stopped, or a computer that slept, goes on. */
  gboolean slow = reason != NULL && g_str_has_prefix (reason, SS_REASON_TOO_SLOW);
  gboolean final = (code == SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION && !slow)
                   || (code >= 4000 && code < 5000);
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_string_printf (words, "%u", code);
  if (reason != NULL && *reason != '\0')
    g_string_append_printf (words, ": %s", reason);

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

  /* The rest of the closing handshake is no business of ours: coming back need not wait for it. */
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
      /* The network. */
      error = cause != NULL ? g_error_copy (cause)
                            : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED,
                                                   _("The connection failed"));
      lose (self, FALSE, 0, error);
    }
  else if (g_error_matches (cause, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG))
    {
      g_autofree char *size = g_format_size_full (self->limits.max_message,
                                                  G_FORMAT_SIZE_IEC_UNITS);

      error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_LIMIT,
                           _("The server sent a message of more than %s"), size);
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
      error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The server does not speak the WebSocket protocol: %s"),
                           cause->message);
      lose (self, FALSE, 0, error);
    }
}

static void
take_socket (SsConnection            *self,
             SoupWebsocketConnection *socket)
{
  const char *protocol = soup_websocket_connection_get_protocol (socket);
  gboolean plain = g_strcmp0 (protocol, SS_PROTOCOL_V1) != 0;

  self->socket = socket;
  hear (self);
  ss_limiter_apply (socket, self->limits.max_message);
  g_signal_connect (socket, "message", G_CALLBACK (message_cb), self);
  g_signal_connect (socket, "pong", G_CALLBACK (pong_cb), self);
  g_signal_connect (socket, "closing", G_CALLBACK (closing_cb), self);
  g_signal_connect (socket, "closed", G_CALLBACK (closed_cb), self);
  g_signal_connect (socket, "error", G_CALLBACK (error_cb), self);

  if (self->limits.keepalive > 0)
    {
      soup_websocket_connection_set_keepalive_interval (socket, self->limits.keepalive);
      /* libsoup sends pings but does not miss the pongs. */
      await_life (self, LOOK_MS (self));
    }

  self->funcs->opened (self, plain, self->user_data);
}

/* Without what may be secret: who asks, and what is asked for. */
static char *
address_without_secrets (GUri *uri)
{
  return g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT);
}

/* A redirect is not followed. The application gave its headers, cookies and certificates for one
 * address, and libsoup would take them to any other, from TLS to none too. */
static GError *
redirect_error (SoupMessage *message,
                const char  *status,
                const char  *location)
{
  GUriFlags flags = SOUP_HTTP_URI_FLAGS & ~G_URI_FLAGS_PARSE_RELAXED;
  g_autofree char *from = address_without_secrets (soup_message_get_uri (message));
  g_autofree char *there = NULL;
  g_autofree char *to = NULL;
  g_autoptr (GUri) uri = NULL;

  uri = g_uri_parse_relative (soup_message_get_uri (message), location, flags, NULL);
  if (uri == NULL)
    return g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                        _("The server at %s answered %s, a redirect to no valid address"), from,
                        status);

  there = address_without_secrets (uri);
  to = ss_words_dup (there);

  return g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                      _("The server at %s answered %s, a redirect to %s, and redirects are not "
                        "followed: give the client the address that is meant"), from, status, to);
}

/* RFC 9110, section 10.2.3, in seconds; 0: it is not there, or nonsense, or over. */
static guint
read_retry_after (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *text = soup_message_headers_get_one (headers, "Retry-After");
  const char *date_text = soup_message_headers_get_one (headers, "Date");
  g_autofree char *stripped = g_strstrip (g_strdup (text != NULL ? text : ""));
  g_autoptr (GDateTime) date = NULL;
  g_autoptr (GDateTime) now = NULL;
  gint64 seconds;

  if (*stripped == '\0')
    return 0;

  if (strspn (stripped, "0123456789") == strlen (stripped))
    return (guint) MIN (g_ascii_strtoull (stripped, NULL, 10), G_MAXUINT);

  date = soup_date_time_new_from_http_string (stripped);
  if (date == NULL)
    return 0;

  /* By the server's clock where it tells the time, for one of the two may be wrong. */
  if (date_text != NULL)
    now = soup_date_time_new_from_http_string (date_text);
  if (now == NULL)
    now = g_date_time_new_now_utc ();
  seconds = g_date_time_difference (date, now) / G_TIME_SPAN_SECOND;

  return (guint) CLAMP (seconds, 0, (gint64) G_MAXUINT);
}

/* Says how long the server is left alone. */
static void
add_wait (GError *error,
          guint   asked)
{
  g_autofree char *said = g_steal_pointer (&error->message);

  if (asked > SS_CONNECTION_RETRY_AFTER)
    error->message = g_strdup_printf (_("%s (it wants no other try for %u seconds, and gets one "
                                        "after %u)"), said, asked, SS_CONNECTION_RETRY_AFTER);
  else
    error->message = g_strdup_printf (_("%s (it wants no other try for %u seconds)"), said, asked);
}

/* What became of a handshake that did not end in a connection. */
static void
lose_handshake (SsConnection *self,
                SoupMessage  *message,
                const GError *cause)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *location = soup_message_headers_get_one (headers, "Location");
  guint status = soup_message_get_status (message);
  g_autofree char *phrase = ss_words_dup (soup_message_get_reason_phrase (message));
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;
  gboolean final = FALSE;
  guint asked;

  if (cause->domain != SOUP_WEBSOCKET_ERROR)
    {
      lose (self, FALSE, 0, cause);
      return;
    }

  words = g_strdup_printf ("%u %s", status,
                           *g_strstrip (phrase) != '\0' ? phrase : soup_status_get_phrase (status));
  asked = status != SOUP_STATUS_SWITCHING_PROTOCOLS ? read_retry_after (message) : 0;

  switch (status)
    {
    case SOUP_STATUS_UNAUTHORIZED:
    case SOUP_STATUS_FORBIDDEN:
    case SOUP_STATUS_PROXY_UNAUTHORIZED:
    case SOUP_STATUS_GONE:
      /* A server that says when to come back means it. */
      final = asked == 0;
      error = g_error_new (SERVER_SIGNAL_ERROR,
                           final ? SERVER_SIGNAL_ERROR_CLOSED : SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The server refused the connection: %s"), words);
      break;

    case SOUP_STATUS_SWITCHING_PROTOCOLS:
      error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The server’s WebSocket handshake is wrong: %s"), cause->message);
      break;

    case STATUS_UPGRADE_REQUIRED:
      error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                           _("The server answered %s: something on the way to it may have dropped "
                             "the header “Upgrade”"), words);
      break;

    default:
      if (status >= 300 && status < 400 && location != NULL)
        error = redirect_error (message, words, location);
      else
        error = g_error_new (SERVER_SIGNAL_ERROR, SERVER_SIGNAL_ERROR_PROTOCOL,
                             _("The server answered %s instead of opening a WebSocket"), words);
      break;
    }

  self->retry_after = MIN (asked, SS_CONNECTION_RETRY_AFTER) * 1000;
  if (asked > 0)
    add_wait (error, asked);

  lose (self, final, 0, error);
}

static void
connect_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (SsConnection) self = user_data;
  g_autoptr (SoupMessage) message = g_steal_pointer (&self->message);
  g_autoptr (SoupWebsocketConnection) socket = NULL;
  g_autoptr (GError) error = NULL;

  socket = soup_session_websocket_connect_finish (SOUP_SESSION (object), result, &error);
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
  static const char * const schemes[] = { "ws", "wss", "http", "https", NULL };
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
  /* Compression costs 98 KiB a connection, and lets 100 KB become 180 MB here. Said for the
   * message, so a session that belongs to the application stays as it is. */
  soup_message_disable_feature (message, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  self->timeout = add_timeout (self, limits->timeout, timeout_cb);
  soup_session_websocket_connect_async (session, message, NULL, (char **) protocols,
                                        G_PRIORITY_DEFAULT,
                                        self->cancellable, connect_cb, g_object_ref (self));

  return TRUE;
}

void
ss_connection_settled (SsConnection *self)
{
  clear_source (&self->timeout);
}

void
ss_connection_question (SsConnection *self)
{
  gint64 wait;

  if (self->socket == NULL ||
      soup_websocket_connection_get_state (self->socket) != SOUP_WEBSOCKET_STATE_OPEN)
    return;

  /* The answer to the last one may not have been read yet, and says nothing of what has happened
   * since it came. */
  look_for_answer (self);
  if (self->question != NULL)
    return;

  wait = self->asked_at + QUESTION_PERIOD_MS * (gint64) 1000 - g_get_monotonic_time ();
  if (self->asked_at == 0 || wait <= 0)
    ask_cb (self);
  else
    self->question = add_timeout (self, (guint) (wait / 1000) + 1, ask_cb);
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
