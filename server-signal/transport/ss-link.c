/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "ss-limits.h"
#include "ss-link.h"
#include "ss-listener.h"
#include "ss-message-limit.h"
#include "ss-poller.h"
#include "ss-socket.h"
#include "ss-stream.h"

/* A close frame holds 125 bytes, of which the code takes two (RFC 6455, 5.5). */
#define REASON_BYTES 123

/* What libsoup reports is kept, and the owner called from the poller's turn: there it may do as it
 * likes, drop this very link or run a main loop, because no function of libsoup's stands half
 * finished below. */
struct _SsLink
{
  GObject                  parent_instance;

  /* What every message needs stands together. */
  SsStream                *stream;     /* NULL: the connection is the caller's, with a stream of libsoup's */
  gushort                  close_code;
  guint                    had_funcs : 1;
  guint                    closing : 1; /* the owner has had enough of it */
  guint                    over : 1;
  guint                    reported : 1;

  SsPoller                *poller;
  SoupWebsocketConnection *connection; /* NULL: it was gone before we came */
  SsDeferred               delivery;
  SsMessageLimit          *limit;      /* the connection's */
  GSocket                 *socket;     /* of the caller's connection */
  char                    *protocol;
  GSocketAddress          *remote_address; /* made from the next when somebody asks */
  guint8                   native_address[sizeof (struct sockaddr_in6)];
  guint8                   native_length;
  SsLinkCounters              *counters;   /* or NULL */

  const SsLinkFuncs       *funcs;
  gpointer                 user_data;
  GQueue                   inbox;      /* GBytes of a text message, or NULL for a binary one */
};

G_DEFINE_FINAL_TYPE (SsLink, ss_link, G_TYPE_OBJECT)

static void
clear_message (gpointer data)
{
  if (data != NULL)
    g_bytes_unref (data);
}

static void
clear_inbox (SsLink *self)
{
  g_queue_clear_full (&self->inbox, clear_message);
}

static void
report_flow (SsLink *self)
{
  gboolean drained = ss_stream_take_drained (self->stream);
  gboolean stalled = ss_stream_take_stalled (self->stream);

  if (drained && !self->closing && self->funcs != NULL && self->funcs->drained != NULL)
    self->funcs->drained (self, self->user_data);
  if (stalled && !self->closing && self->funcs != NULL && self->funcs->stalled != NULL)
    self->funcs->stalled (self, self->user_data);
}

static void
deliver (gpointer object)
{
  g_autoptr (SsLink) self = g_object_ref (object);

  while (self->funcs != NULL && !self->closing && !g_queue_is_empty (&self->inbox))
    {
      g_autoptr (GBytes) message = g_queue_pop_head (&self->inbox);

      if (message != NULL)
        {
          gsize length;
          const char *text = g_bytes_get_data (message, &length);

          self->funcs->message (self, text, length, self->user_data);
        }
      else
        {
          self->funcs->binary (self, self->user_data);
        }
    }

  if (self->stream != NULL && !self->over)
    report_flow (self);

  if (self->over && !self->reported && self->funcs != NULL)
    {
      self->reported = TRUE;
      self->funcs->closed (self, self->close_code, self->user_data);
    }
}

static void
message_cb (SoupWebsocketConnection *connection,
            SoupWebsocketDataType    type,
            GBytes                  *message,
            SsLink                  *self)
{
  /* After an error libsoup goes on with what follows it. */
  if (self->closing || soup_websocket_connection_get_state (connection) != SOUP_WEBSOCKET_STATE_OPEN)
    return;

  if (self->had_funcs && self->funcs == NULL)
    return;

  g_queue_push_tail (&self->inbox, type == SOUP_WEBSOCKET_DATA_TEXT ? g_bytes_ref (message) : NULL);
  ss_poller_defer (self->poller, &self->delivery);
}

static void
error_cb (SoupWebsocketConnection *connection,
          GError                  *error,
          SsLink                  *self)
{
  g_debug ("A peer's connection fails: %s", error->message);

  if (self->stream == NULL)
    {
      /* libsoup waits for ever for a peer that takes nothing. What has been sent still arrives. */
      if (self->socket != NULL)
        g_socket_shutdown (self->socket, TRUE, FALSE, NULL);
      return;
    }

  /* What is queued would only delay the end. libsoup closes without a word on an oversized
   * message. */
  ss_stream_discard (self->stream);
  if (g_error_matches (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG))
    ss_stream_push_close (self->stream, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
}

static void
closed_cb (SoupWebsocketConnection *connection,
           SsLink                  *self)
{
  if (self->over)
    return;

  self->over = TRUE;
  self->close_code = soup_websocket_connection_get_close_code (connection);
  ss_poller_defer (self->poller, &self->delivery);
}

static gboolean
nothing_cb (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

/* The caller may drop its own reference and ours in a handler of the connection's, which libsoup
 * does not survive. */
static void
release_connection_later (SsLink *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, nothing_cb, g_steal_pointer (&self->connection), g_object_unref);
  g_source_attach (source, ss_poller_get_context (self->poller));
}

static void
release_connection (SsLink *self)
{
  if (self->connection == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->connection, self);
  if (self->stream != NULL)
    {
      ss_stream_enter (self->stream);
      g_clear_object (&self->connection);
      ss_stream_leave (self->stream);
      ss_stream_run (self->stream);
    }
  else
    {
      release_connection_later (self);
    }
}

static void
ss_link_dispose (GObject *object)
{
  SsLink *self = SS_LINK (object);

  ss_link_cut (self);
  self->funcs = NULL;
  release_connection (self);
  if (self->stream != NULL)
    ss_stream_set_flow_call (self->stream, NULL);
  ss_poller_undefer (self->poller, &self->delivery);
  g_clear_object (&self->stream);

  G_OBJECT_CLASS (ss_link_parent_class)->dispose (object);
}

static void
ss_link_finalize (GObject *object)
{
  SsLink *self = SS_LINK (object);

  clear_inbox (self);
  g_clear_object (&self->socket);
  g_clear_object (&self->remote_address);
  g_free (self->protocol);
  g_clear_pointer (&self->counters, ss_link_counters_unref);
  ss_poller_unref (self->poller);

  G_OBJECT_CLASS (ss_link_parent_class)->finalize (object);
}

static void
ss_link_class_init (SsLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ss_link_dispose;
  object_class->finalize = ss_link_finalize;
}

static void
ss_link_init (SsLink *self)
{
  self->poller = ss_poller_get ();
  self->delivery.object = self;
  self->delivery.func = deliver;
}

/* Tells the signals by their number of parameters, the connection included. */
static void
connection_marshal (GClosure     *closure,
                    GValue       *return_value,
                    guint         n_parameters,
                    const GValue *parameters,
                    gpointer      hint,
                    gpointer      marshal_data)
{
  SoupWebsocketConnection *connection = g_value_get_object (&parameters[0]);
  SsLink *self = closure->data;

  if (n_parameters == 3)
    message_cb (connection, (SoupWebsocketDataType) g_value_get_int (&parameters[1]),
                g_value_get_boxed (&parameters[2]), self);
  else if (n_parameters == 2)
    error_cb (connection, g_value_get_boxed (&parameters[1]), self);
  else
    closed_cb (connection, self);
}

static void
watch_connection (SsLink *self)
{
  static const char *const names[] = { "message", "error", "closed" };
  /* One for all, because closures are a good part of what an idle peer takes. */
  GClosure *closure = g_closure_new_simple (sizeof (GClosure), self);

  g_closure_set_marshal (closure, connection_marshal);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_signal_connect_closure (self->connection, names[i], closure, FALSE);
}

/* Nobody asks the connection for the address that the peer asked for, so one does for all. */
static GUri *
get_any_uri (void)
{
  static GUri *uri;

  if (g_once_init_enter (&uri))
    g_once_init_leave (&uri, g_uri_parse ("ws://localhost/", SOUP_HTTP_URI_FLAGS, NULL));

  return uri;
}

/* Its bytes are a tenth of the objects. */
static void
set_remote_address (SsLink         *self,
                    GSocketAddress *address)
{
  gssize length;

  if (address == NULL)
    return;

  length = g_socket_address_get_native_size (address);
  if (length > 0 && (gsize) length <= sizeof self->native_address
      && g_socket_address_to_native (address, self->native_address, sizeof self->native_address, NULL))
    self->native_length = (guint8) length;
  else
    self->remote_address = g_object_ref (address);
}

SsLink *
ss_link_new_for_message (SoupServerMessage *message,
                         const char        *protocol)
{
  SsLink *self = g_object_new (SS_TYPE_LINK, NULL);
  g_autoptr (SoupServerMessage) kept_message = g_object_ref (message);
  g_autoptr (GIOStream) base = NULL;
  GSocket *socket;

  self->protocol = g_strdup (protocol);
  set_remote_address (self, soup_server_message_get_remote_address (message));

  base = soup_server_message_steal_connection (message);
  if (base == NULL)
    {
      self->over = TRUE;
      ss_poller_defer (self->poller, &self->delivery);
      return self;
    }

  ss_listener_upgraded (base);
  socket = ss_socket_find (base);
  /* Fails on a unix socket, which does not wait for more anyway. */
  if (socket != NULL)
    g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);

  self->stream = ss_stream_new (base, self->poller);
  ss_stream_set_flow_call (self->stream, &self->delivery);
  self->limit = ss_message_limit_new (SS_MESSAGE_BYTES, SS_MESSAGE_FRAGMENTS);
  ss_stream_enter (self->stream);
  self->connection = soup_websocket_connection_new (G_IO_STREAM (self->stream),
                                                    get_any_uri (),
                                                    SOUP_WEBSOCKET_CONNECTION_SERVER,
                                                    NULL,
                                                    protocol,
                                                    g_list_append (NULL, self->limit));
  ss_stream_leave (self->stream);
  ss_link_set_max_message (self, SS_MESSAGE_BYTES);
  watch_connection (self);

  return self;
}

SsLink *
ss_link_new_for_connection (SoupWebsocketConnection *connection)
{
  SsLink *self = g_object_new (SS_TYPE_LINK, NULL);
  GIOStream *base = soup_websocket_connection_get_io_stream (connection);

  self->connection = g_object_ref (connection);
  self->protocol = g_strdup (soup_websocket_connection_get_protocol (connection));
  g_set_object (&self->socket, ss_socket_find (base));
  if (self->socket != NULL)
    self->remote_address = g_socket_get_remote_address (self->socket, NULL);

  watch_connection (self);
  if (soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_CLOSED)
    closed_cb (connection, self);

  return self;
}

void
ss_link_set_funcs (SsLink            *self,
                   const SsLinkFuncs *funcs,
                   gpointer           user_data)
{
  g_assert (SS_IS_LINK (self));

  self->funcs = funcs;
  self->user_data = user_data;

  if (funcs == NULL)
    {
      clear_inbox (self);
      return;
    }

  self->had_funcs = TRUE;
  if (self->stream != NULL)
    ss_stream_start (self->stream);
  if (self->over || !g_queue_is_empty (&self->inbox))
    ss_poller_defer (self->poller, &self->delivery);
}

void
ss_link_set_max_message (SsLink *self,
                         gsize   bytes)
{
  g_assert (SS_IS_LINK (self));
  /* To libsoup 0 means that there is no limit, and then a frame of 14 bytes is enough to crash
   * it. */
  g_assert (bytes > 0);

  if (self->connection != NULL)
    soup_websocket_connection_set_max_incoming_payload_size (self->connection, bytes);
  if (self->limit != NULL)
    ss_message_limit_set_max_bytes (self->limit, bytes);
}

void
ss_link_set_close_timeout (SsLink *self,
                           guint   milliseconds)
{
  g_assert (SS_IS_LINK (self));

  if (self->stream != NULL)
    ss_stream_set_close_timeout (self->stream, milliseconds);
}

void
ss_link_send (SsLink    *self,
              SsMessage *message)
{
  g_assert (SS_IS_LINK (self));

  if (self->closing || self->over)
    return;

  if (self->stream != NULL)
    {
      ss_stream_push (self->stream, message);
    }
  else if (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    {
      gsize length;
      const char *payload = ss_message_payload (message, &length);
      g_autoptr (GBytes) bytes = g_bytes_new_static (payload, length);

      soup_websocket_connection_send_message (self->connection, SOUP_WEBSOCKET_DATA_TEXT, bytes);
      if (self->counters != NULL)
        {
          self->counters->frames++;
          self->counters->bytes += length;
        }
    }
}

void
ss_link_close (SsLink     *self,
               gushort     code,
               const char *reason)
{
  g_autofree char *short_reason = NULL;

  g_assert (SS_IS_LINK (self));

  if (self->closing || self->over)
    return;

  self->closing = TRUE;
  clear_inbox (self);
  if (soup_websocket_connection_get_state (self->connection) != SOUP_WEBSOCKET_STATE_OPEN)
    return;

  /* libsoup takes a longer one for a protocol error. */
  if (reason != NULL && strlen (reason) > REASON_BYTES)
    {
      const char *end = g_utf8_find_prev_char (reason, reason + REASON_BYTES + 1);

      reason = short_reason = g_strndup (reason, (gsize) (end - reason));
    }

  if (self->stream != NULL)
    {
      /* The peer's answer has to be read. */
      ss_stream_start (self->stream);
      ss_stream_enter (self->stream);
    }
  soup_websocket_connection_close (self->connection, code, reason);
  if (self->stream != NULL)
    ss_stream_leave (self->stream);
}

void
ss_link_abandon (SsLink     *self,
                 gushort     code,
                 const char *reason)
{
  g_assert (SS_IS_LINK (self));

  if (self->closing || self->over)
    return;

  if (self->stream != NULL)
    ss_stream_discard (self->stream);
  ss_link_close (self, code, reason);
}

void
ss_link_cut (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  self->closing = TRUE;
  clear_inbox (self);

  if (self->over)
    return;

  if (self->stream != NULL)
    ss_stream_cut (self->stream);
  else if (self->socket != NULL)
    g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
  else if (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->connection, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
}

gboolean
ss_link_is_open (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  if (self->closing || self->over)
    return FALSE;

  if (self->stream != NULL && !ss_stream_is_writable (self->stream))
    return FALSE;

  return soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN;
}

gsize
ss_link_get_backlog (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return self->stream != NULL ? ss_stream_get_backlog (self->stream) : 0;
}

gint64
ss_link_get_stalled_since (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return self->stream != NULL ? ss_stream_get_stalled_since (self->stream) : 0;
}

void
ss_link_when_drained (SsLink *self,
                      gsize   mark)
{
  g_assert (SS_IS_LINK (self));

  if (self->stream != NULL)
    ss_stream_when_drained (self->stream, mark);
}

void
ss_link_set_stall_timeout (SsLink *self,
                           guint   milliseconds)
{
  g_assert (SS_IS_LINK (self));

  if (self->stream != NULL)
    ss_stream_set_stall_timeout (self->stream, milliseconds);
}

gboolean
ss_link_ping (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return self->stream != NULL && !self->closing && !self->over && ss_stream_push_ping (self->stream);
}

gboolean
ss_link_was_heard (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return self->stream == NULL || ss_stream_was_heard (self->stream);
}

gint64
ss_link_get_n_queued (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return self->stream != NULL ? ss_stream_get_n_queued (self->stream) : 0;
}

gint64
ss_link_get_n_confirmed (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return self->stream != NULL ? ss_stream_get_n_confirmed (self->stream) : 0;
}

void
ss_link_set_user_timeout (SsLink *self,
                          guint   milliseconds)
{
  g_assert (SS_IS_LINK (self));

  if (self->stream != NULL)
    ss_stream_set_user_timeout (self->stream, milliseconds);
}

void
ss_link_set_counters (SsLink     *self,
                      SsLinkCounters *counters)
{
  g_assert (SS_IS_LINK (self));
  g_assert (self->counters == NULL);

  self->counters = ss_link_counters_ref (counters);
  if (self->stream != NULL)
    ss_stream_set_counters (self->stream, counters);
}

guint64
ss_link_get_n_writes (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return self->stream != NULL ? ss_stream_get_n_writes (self->stream) : 0;
}

const char *
ss_link_get_protocol (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  return self->protocol;
}

GSocketAddress *
ss_link_get_remote_address (SsLink *self)
{
  g_assert (SS_IS_LINK (self));

  if (self->remote_address == NULL && self->native_length > 0)
    self->remote_address = g_socket_address_new_from_native (self->native_address, self->native_length);

  return self->remote_address;
}
