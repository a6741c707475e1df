/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "server-signal-handshake.h"

#include <string.h>

#include "server-signal-handshake-private.h"
#include "ss-log.h"
#include "transport/ss-socket.h"

/**
 * ServerSignalHandshake:
 *
 * A client that asks to come in.
 *
 * A [class@SignalHub] emits [signal@SignalHub::handshake] with one for each request at
 * [method@SignalHub.listen] and [method@SignalHub.attach] that could become a WebSocket. A handler
 * that says `TRUE` takes it over, and answers with [method@SignalHandshake.accept] or
 * [method@SignalHandshake.reject]: at once, or later when it keeps a reference, for as long as it takes to
 * ask a database or another service.
 *
 * ```c
 * static void
 * session_found_cb (GObject      *store,
 *                   GAsyncResult *result,
 *                   gpointer      user_data)
 * {
 *   g_autoptr (ServerSignalHandshake) handshake = user_data;
 *   g_autofree char *user = session_store_find_finish (store, result, NULL);
 *
 *   if (user != NULL)
 *     server_signal_handshake_accept (handshake, user);
 *   else
 *     server_signal_handshake_reject (handshake, SOUP_STATUS_UNAUTHORIZED, "No such session");
 * }
 *
 * static gboolean
 * handshake_cb (ServerSignalHub       *hub,
 *               ServerSignalHandshake *handshake)
 * {
 *   SoupMessageHeaders *headers = server_signal_handshake_get_headers (handshake);
 *
 *   session_store_find_async (store, soup_message_headers_get_list (headers, "Cookie"),
 *                             session_found_cb, g_object_ref (handshake));
 *
 *   return TRUE;
 * }
 * ```
 *
 * One that is dropped without an answer is rejected with 403, and so is one that no handler has taken
 * over. An answer has to come within ten
 * seconds, which with [method@SignalHub.listen] begin with the connection: that is the time for the
 * whole handshake, and the connection is cut off then. With [method@SignalHub.attach] they begin with
 * the question, and the client gets 503 then. At [property@SignalHub:max-handshakes] that wait, the
 * oldest makes room for the newest. An answer to a handshake that is over, because its client has
 * left for instance, does nothing.
 *
 * The peer that a client becomes keeps its handshake in [property@SignalPeer:handshake].
 *
 * Since: 1.0
 */
struct _ServerSignalHandshake
{
  GObject               parent_instance;

  SsHubCore            *core;
  SsAdmission          *admission;  /* NULL: answered */
  GSocketAddress       *remote_address;
  GTlsCertificate      *certificate;
  GTlsCertificateFlags  certificate_errors;
  GCredentials         *credentials;
  char                 *user;

  /* All that a peer's client has ever said, for as long as the peer is there: names and values of
   * headers one after the other, each with its NUL, and at last an empty name. The rest is made of it
   * when it is asked for. */
  char                 *uri_text;
  char                 *header_text;
  GUri                 *uri;
  SoupMessageHeaders   *headers;
  GStrv                 protocols;
};

G_DEFINE_FINAL_TYPE (ServerSignalHandshake, server_signal_handshake, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_URI,
  PROP_HEADERS,
  PROP_ORIGIN,
  PROP_PROTOCOLS,
  PROP_REMOTE_ADDRESS,
  PROP_TLS_PEER_CERTIFICATE,
  PROP_TLS_PEER_CERTIFICATE_ERRORS,
  PROP_CREDENTIALS,
  PROP_USER,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static G_DEFINE_QUARK (ss-handshake, handshake)

static void
pack_header (const char *name,
             const char *value,
             gpointer    user_data)
{
  GString *text = user_data;

  g_string_append_len (text, name, (gssize) strlen (name) + 1);
  g_string_append_len (text, value, (gssize) strlen (value) + 1);
}

static char *
pack_headers (SoupMessageHeaders *headers)
{
  g_autoptr (GString) text = g_string_new (NULL);

  soup_message_headers_foreach (headers, pack_header, text);

  /* With the NUL of the string itself. */
  return g_memdup2 (text->str, text->len + 1);
}

static SoupMessageHeaders *
unpack_headers (const char *text)
{
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  while (*text != '\0')
    {
      const char *value = text + strlen (text) + 1;

      soup_message_headers_append (headers, text, value);
      text = value + strlen (value) + 1;
    }

  return headers;
}

/* The client's own address has the scheme of WebSockets. */
static char *
dup_uri_text (SoupServerMessage *message)
{
  GUri *uri = soup_server_message_get_uri (message);
  g_autofree char *text = uri != NULL ? g_uri_to_string (uri) : NULL;

  if (text != NULL && g_str_has_prefix (text, "http"))
    return g_strconcat ("ws", text + strlen ("http"), NULL);

  return g_steal_pointer (&text);
}

/* The answers may only be given by the thread that the hub belongs to, and the last reference may be
 * dropped by any. */
static gboolean
drop_admission_cb (gpointer user_data)
{
  ss_admission_unref (user_data);

  return G_SOURCE_REMOVE;
}

static void
drop_admission (ServerSignalHandshake *self)
{
  g_autoptr (GSource) source = NULL;

  if (self->admission == NULL || ss_process_is_other (self->core->process))
    return;

  if (ss_owner_is_here (&self->core->owner))
    {
      g_clear_pointer (&self->admission, ss_admission_unref);
      return;
    }

  source = g_idle_source_new ();
  g_source_set_static_name (source, "[server-signal] handshake: dropped");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, drop_admission_cb, g_steal_pointer (&self->admission), NULL);
  g_source_attach (source, self->core->owner.context);
}

static void
server_signal_handshake_finalize (GObject *object)
{
  ServerSignalHandshake *self = SERVER_SIGNAL_HANDSHAKE (object);

  if (self->core != NULL)
    {
      drop_admission (self);
      g_clear_pointer (&self->core, ss_hub_core_unref);
    }
  g_clear_object (&self->remote_address);
  g_clear_object (&self->certificate);
  g_clear_object (&self->credentials);
  g_clear_pointer (&self->user, g_free);
  g_clear_pointer (&self->uri_text, g_free);
  g_clear_pointer (&self->header_text, g_free);
  g_clear_pointer (&self->uri, g_uri_unref);
  g_clear_pointer (&self->headers, soup_message_headers_unref);
  g_clear_pointer (&self->protocols, g_strfreev);

  G_OBJECT_CLASS (server_signal_handshake_parent_class)->finalize (object);
}

static void
server_signal_handshake_get_property (GObject    *object,
                                      guint       prop_id,
                                      GValue     *value,
                                      GParamSpec *pspec)
{
  ServerSignalHandshake *self = SERVER_SIGNAL_HANDSHAKE (object);

  switch (prop_id)
    {
    case PROP_URI:
      g_value_set_boxed (value, server_signal_handshake_get_uri (self));
      break;

    case PROP_HEADERS:
      g_value_set_boxed (value, server_signal_handshake_get_headers (self));
      break;

    case PROP_ORIGIN:
      g_value_set_string (value, server_signal_handshake_get_origin (self));
      break;

    case PROP_PROTOCOLS:
      g_value_set_boxed (value, server_signal_handshake_get_protocols (self));
      break;

    case PROP_REMOTE_ADDRESS:
      g_value_set_object (value, server_signal_handshake_get_remote_address (self));
      break;

    case PROP_TLS_PEER_CERTIFICATE:
      g_value_set_object (value, server_signal_handshake_get_tls_peer_certificate (self));
      break;

    case PROP_TLS_PEER_CERTIFICATE_ERRORS:
      g_value_set_flags (value, server_signal_handshake_get_tls_peer_certificate_errors (self));
      break;

    case PROP_CREDENTIALS:
      g_value_set_object (value, server_signal_handshake_get_credentials (self));
      break;

    case PROP_USER:
      g_value_set_string (value, server_signal_handshake_get_user (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
server_signal_handshake_class_init (ServerSignalHandshakeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = server_signal_handshake_finalize;
  object_class->get_property = server_signal_handshake_get_property;

  /**
   * ServerSignalHandshake:uri: (getter get_uri)
   *
   * The address that the client asked for, of the scheme `ws` or `wss`, with its query.
   *
   * Since: 1.0
   */
  properties[PROP_URI] = g_param_spec_boxed ("uri", NULL, NULL, G_TYPE_URI, readable);

  /**
   * ServerSignalHandshake:headers: (getter get_headers)
   *
   * The headers of the request, in which cookies and bearer tokens are.
   *
   * Since: 1.0
   */
  properties[PROP_HEADERS] =
    g_param_spec_boxed ("headers", NULL, NULL, SOUP_TYPE_MESSAGE_HEADERS, readable);

  /**
   * ServerSignalHandshake:origin: (getter get_origin)
   *
   * The origin of the page that asks, such as `https://example.org`, or `NULL` for no page.
   *
   * [property@SignalHub:allowed-origins] has let it pass.
   *
   * Since: 1.0
   */
  properties[PROP_ORIGIN] = g_param_spec_string ("origin", NULL, NULL, NULL, readable);

  /**
   * ServerSignalHandshake:protocols: (getter get_protocols)
   *
   * The subprotocols that the client offers, in its order, and among them entries of its own such as
   * a token.
   *
   * Since: 1.0
   */
  properties[PROP_PROTOCOLS] = g_param_spec_boxed ("protocols", NULL, NULL, G_TYPE_STRV, readable);

  /**
   * ServerSignalHandshake:remote-address: (getter get_remote_address)
   *
   * The address that the connection comes from, where it is known.
   *
   * Since: 1.0
   */
  properties[PROP_REMOTE_ADDRESS] =
    g_param_spec_object ("remote-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS, readable);

  /**
   * ServerSignalHandshake:tls-peer-certificate: (getter get_tls_peer_certificate)
   *
   * The certificate of the client, or `NULL` for none.
   *
   * A client has one only where the server has asked for it, as a [class@Soup.Server] does with its
   * `tls-auth-mode`.
   *
   * Since: 1.0
   */
  properties[PROP_TLS_PEER_CERTIFICATE] =
    g_param_spec_object ("tls-peer-certificate", NULL, NULL, G_TYPE_TLS_CERTIFICATE, readable);

  /**
   * ServerSignalHandshake:tls-peer-certificate-errors: (getter get_tls_peer_certificate_errors)
   *
   * The faults of the client's certificate; 0 for none.
   *
   * Since: 1.0
   */
  properties[PROP_TLS_PEER_CERTIFICATE_ERRORS] =
    g_param_spec_flags ("tls-peer-certificate-errors", NULL, NULL, G_TYPE_TLS_CERTIFICATE_FLAGS, 0,
                        readable);

  /**
   * ServerSignalHandshake:credentials: (getter get_credentials)
   *
   * The process and the user at the other end of a unix socket, or `NULL` for any other connection.
   *
   * Since: 1.0
   */
  properties[PROP_CREDENTIALS] =
    g_param_spec_object ("credentials", NULL, NULL, G_TYPE_CREDENTIALS, readable);

  /**
   * ServerSignalHandshake:user: (getter get_user)
   *
   * The user that it was accepted for, or `NULL` for nobody in particular, or none yet.
   *
   * Since: 1.0
   */
  properties[PROP_USER] = g_param_spec_string ("user", NULL, NULL, NULL, readable);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
server_signal_handshake_init (ServerSignalHandshake *self)
{
}

ServerSignalHandshake *
ss_handshake_new (SsHubCore   *core,
                  SsAdmission *admission)
{
  ServerSignalHandshake *self = g_object_new (SERVER_TYPE_SIGNAL_HANDSHAKE, NULL);
  SoupServerMessage *message = ss_admission_get_message (admission);
  GSocket *socket = ss_admission_get_socket (admission);

  self->core = ss_hub_core_ref (core);
  self->admission = ss_admission_ref (admission);
  g_set_object (&self->remote_address, ss_socket_get_message_address (message));
  g_set_object (&self->certificate, soup_server_message_get_tls_peer_certificate (message));
  self->certificate_errors = soup_server_message_get_tls_peer_certificate_errors (message);
  if (socket != NULL && g_socket_get_family (socket) == G_SOCKET_FAMILY_UNIX)
    self->credentials = g_socket_get_credentials (socket, NULL);
  self->uri_text = dup_uri_text (message);
  self->header_text = pack_headers (soup_server_message_get_request_headers (message));

  return self;
}

void
ss_handshake_let_in (ServerSignalHandshake *self)
{
  server_signal_handshake_accept (self, NULL);
}

ServerSignalHandshake *
ss_handshake_get (SoupServerMessage *message)
{
  return g_object_get_qdata (G_OBJECT (message), handshake_quark ());
}

/* Only a hub makes them, as with peers. */
static gboolean
is_of_hub (ServerSignalHandshake *self)
{
  return SERVER_IS_SIGNAL_HANDSHAKE (self) && self->core != NULL;
}

/* NULL: it is over. */
static SoupServerMessage *
get_message (ServerSignalHandshake *self)
{
  return self->admission != NULL ? ss_admission_get_message (self->admission) : NULL;
}

/**
 * server_signal_handshake_accept:
 * @self: a handshake
 * @user: (nullable): the name of the user that the client acts for, or `NULL` for nobody in
 *   particular
 *
 * Lets the client in.
 *
 * It becomes a peer, with @user in [property@SignalPeer:user], when its handshake is written. If the
 * hub is full by then, the connection is cut off.
 *
 * The first answer counts; later ones do nothing, and neither does one to a client that has left or
 * whose time is up.
 *
 * Since: 1.0
 */
void
server_signal_handshake_accept (ServerSignalHandshake *self,
                                const char            *user)
{
  g_autoptr (SsAdmission) admission = NULL;
  SoupServerMessage *message;

  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (user == NULL || g_utf8_validate (user, -1, NULL));

  message = get_message (self);
  if (message == NULL || ss_process_is_other (self->core->process))
    return;

  admission = g_steal_pointer (&self->admission);
  self->user = g_strdup (user);
  g_object_set_qdata_full (G_OBJECT (message), handshake_quark (), g_object_ref (self),
                           g_object_unref);
  ss_admission_answer (admission, SOUP_STATUS_NONE);
  if (user != NULL)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_USER]);
}

/* A line break would begin another header. */
static char *
dup_phrase (const char *reason)
{
  char *phrase = g_strdup (reason);

  for (char *at = phrase; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';

  return phrase;
}

/**
 * server_signal_handshake_reject:
 * @self: a handshake
 * @status: an HTTP status from 300 to 599, such as 401 or 403
 * @reason: (nullable): a short text for the client, or `NULL` for that of the status
 *
 * Refuses the client.
 *
 * @reason is the reason phrase and the body of the answer. The headers of
 * [method@SignalHandshake.get_response_headers] go along, such as `WWW-Authenticate` with 401, or
 * `Retry-After` (in seconds) with 429 and 503. Our clients do not come back after 401, 403, 407 and
 * 410 without a `Retry-After`, unless a handler of [signal@SignalClient::unauthorized] has newer
 * credentials.
 *
 * The first answer counts; later ones do nothing.
 *
 * Since: 1.0
 */
void
server_signal_handshake_reject (ServerSignalHandshake *self,
                                guint                  status,
                                const char            *reason)
{
  g_autoptr (SsAdmission) admission = NULL;
  SoupServerMessage *message;

  g_return_if_fail (is_of_hub (self));
  SS_RETURN_IF_ELSEWHERE (&self->core->owner);
  g_return_if_fail (status >= 300 && status < 600 && status != SOUP_STATUS_NOT_MODIFIED);
  g_return_if_fail (reason == NULL || g_utf8_validate (reason, -1, NULL));

  message = get_message (self);
  if (message == NULL || ss_process_is_other (self->core->process))
    return;

  ss_log_info ("peer-refused",
               SS_LOG (.peer = ss_socket_get_message_address (message), .reason = reason),
               "A client is refused with %u", status);
  admission = g_steal_pointer (&self->admission);
  if (reason != NULL && reason[0] != '\0')
    {
      g_autofree char *phrase = dup_phrase (reason);
      g_autofree char *body = g_strconcat (reason, "\n", NULL);

      soup_server_message_set_status (message, status, phrase);
      soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY,
                                        body, strlen (body));
      soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                    "X-Content-Type-Options", "nosniff");
    }
  ss_admission_answer (admission, status);
}

/**
 * server_signal_handshake_get_uri: (get-property uri)
 * @self: a handshake
 *
 * Gets the address that the client asked for, of the scheme `ws` or `wss`, with its query.
 *
 * Returns: (nullable) (transfer none): the address, or `NULL` where the request has none
 *
 * Since: 1.0
 */
GUri *
server_signal_handshake_get_uri (ServerSignalHandshake *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  if (self->uri == NULL && self->uri_text != NULL)
    self->uri = g_uri_parse (self->uri_text, SOUP_HTTP_URI_FLAGS, NULL);

  return self->uri;
}

/**
 * server_signal_handshake_get_headers: (get-property headers)
 * @self: a handshake
 *
 * Gets the headers of the request, in which cookies and bearer tokens are.
 *
 * Returns: (transfer none): the headers, which are not to be changed
 *
 * Since: 1.0
 */
SoupMessageHeaders *
server_signal_handshake_get_headers (ServerSignalHandshake *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  if (self->headers == NULL)
    self->headers = unpack_headers (self->header_text);

  return self->headers;
}

/**
 * server_signal_handshake_get_response_headers:
 * @self: a handshake
 *
 * Gets the headers of the answer, to add to them before the answer is given.
 *
 * They go along with either answer: a cookie as well as `WWW-Authenticate`. Those of the WebSocket
 * itself are the hub's.
 *
 * Returns: (nullable) (transfer none): the headers, or `NULL` when the handshake has been answered or
 *   is over
 *
 * Since: 1.0
 */
SoupMessageHeaders *
server_signal_handshake_get_response_headers (ServerSignalHandshake *self)
{
  SoupServerMessage *message;

  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  message = get_message (self);

  return message != NULL ? soup_server_message_get_response_headers (message) : NULL;
}

/**
 * server_signal_handshake_get_origin: (get-property origin)
 * @self: a handshake
 *
 * Gets the origin of the page that asks, such as `https://example.org`.
 *
 * Returns: (nullable) (transfer none): the origin, or `NULL` for no page
 *
 * Since: 1.0
 */
const char *
server_signal_handshake_get_origin (ServerSignalHandshake *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  for (const char *name = self->header_text; *name != '\0';)
    {
      const char *value = name + strlen (name) + 1;

      if (g_ascii_strcasecmp (name, "Origin") == 0)
        return value;
      name = value + strlen (value) + 1;
    }

  return NULL;
}

/**
 * server_signal_handshake_get_protocols: (get-property protocols)
 * @self: a handshake
 *
 * Gets the subprotocols that the client offers, and among them entries of its own such as a token.
 *
 * Returns: (transfer none) (array zero-terminated=1): the subprotocols, in the client's order
 *
 * Since: 1.0
 */
const char *const *
server_signal_handshake_get_protocols (ServerSignalHandshake *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  if (self->protocols == NULL)
    {
      const char *offer = soup_message_headers_get_list (server_signal_handshake_get_headers (self),
                                                         "Sec-WebSocket-Protocol");
      GSList *entries = offer != NULL ? soup_header_parse_list (offer) : NULL;
      g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

      for (GSList *link = entries; link != NULL; link = link->next)
        g_strv_builder_add (builder, link->data);
      soup_header_free_list (entries);
      self->protocols = g_strv_builder_end (builder);
    }

  return (const char *const *) self->protocols;
}

/**
 * server_signal_handshake_get_remote_address: (get-property remote-address)
 * @self: a handshake
 *
 * Gets the address that the connection comes from.
 *
 * Returns: (nullable) (transfer none): the address, or `NULL` where it is not known
 *
 * Since: 1.0
 */
GSocketAddress *
server_signal_handshake_get_remote_address (ServerSignalHandshake *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->remote_address;
}

/**
 * server_signal_handshake_get_tls_peer_certificate: (get-property tls-peer-certificate)
 * @self: a handshake
 *
 * Gets the certificate of the client.
 *
 * Returns: (nullable) (transfer none): the certificate, or `NULL` for none
 *
 * Since: 1.0
 */
GTlsCertificate *
server_signal_handshake_get_tls_peer_certificate (ServerSignalHandshake *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->certificate;
}

/**
 * server_signal_handshake_get_tls_peer_certificate_errors: (get-property tls-peer-certificate-errors)
 * @self: a handshake
 *
 * Gets the faults of the client's certificate.
 *
 * Returns: the faults, or 0 for none
 *
 * Since: 1.0
 */
GTlsCertificateFlags
server_signal_handshake_get_tls_peer_certificate_errors (ServerSignalHandshake *self)
{
  g_return_val_if_fail (is_of_hub (self), 0);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, 0);

  return self->certificate_errors;
}

/**
 * server_signal_handshake_get_credentials: (get-property credentials)
 * @self: a handshake
 *
 * Gets the process and the user at the other end of a unix socket.
 *
 * Returns: (nullable) (transfer none): the credentials, or `NULL` for any other connection
 *
 * Since: 1.0
 */
GCredentials *
server_signal_handshake_get_credentials (ServerSignalHandshake *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->credentials;
}

/**
 * server_signal_handshake_get_user: (get-property user)
 * @self: a handshake
 *
 * Gets the user that it was accepted for.
 *
 * Returns: (nullable) (transfer none): the name of the user, or `NULL` for nobody in particular, or
 *   none yet
 *
 * Since: 1.0
 */
const char *
server_signal_handshake_get_user (ServerSignalHandshake *self)
{
  g_return_val_if_fail (is_of_hub (self), NULL);
  SS_RETURN_VAL_IF_ELSEWHERE (&self->core->owner, NULL);

  return self->user;
}
