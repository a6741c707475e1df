/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-handler.h"

#include <string.h>

#include "ss-limits.h"
#include "ss-log.h"
#include "ss-protocol.h"
#include "ss-socket.h"
#include "ss-stream-link.h"

#define NOTHING_HERE "There is nothing here.\n"

struct _SsHandler
{
  grefcount             refs;   /* the owner, the server, and each handshake under way */
  SoupServer           *server; /* not held; it tells when it drops us, at its end at the latest */
  char                 *mount;  /* where the server has it */
  char                 *path;
  char                 *health_path;
  gboolean              alone;  /* nothing else is on the server, which knows no sockets */
  gboolean              folder; /* no WebSocket is here */
  const SsHandlerFuncs *funcs;  /* NULL once closed */
  gpointer              user_data;
  GMainContext         *context;
  GQueue                waiting; /* SsAdmission, the oldest first */
  guint                 max_waiting;
};

static SsHandler *
handler_ref (SsHandler *self)
{
  g_ref_count_inc (&self->refs);

  return self;
}

static void
handler_unref (SsHandler *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;

  g_assert (g_queue_is_empty (&self->waiting));

  g_main_context_unref (self->context);
  g_free (self->mount);
  g_free (self->path);
  g_free (self->health_path);
  g_free (self);
}

static void
handler_dropped_cb (gpointer user_data)
{
  SsHandler *self = user_data;

  self->server = NULL;
  if (self->funcs != NULL && self->funcs->gone != NULL)
    self->funcs->gone (self, self->user_data);
  handler_unref (self);
}

/* libsoup 3.2 calls these "Unknown Error". */
static const char *
get_phrase (guint status)
{
  switch (status)
    {
    case 308:
      return "Permanent Redirect";
    case 421:
      return "Misdirected Request";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 506:
      return "Variant Also Negotiates";
    case 508:
      return "Loop Detected";
    case 511:
      return "Network Authentication Required";
    default:
      break;
    }

  if (!g_str_equal (soup_status_get_phrase (status), "Unknown Error"))
    return soup_status_get_phrase (status);

  /* RFC 9110, 15: one that is not known means what the first of its class means. */
  if (status >= 500)
    return "Server Error";

  return status >= 400 ? "Client Error" : "Redirection";
}

static void
set_text (SoupServerMessage *message,
          const char        *text)
{
  soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, text,
                                    strlen (text));
  /* The text may say what the client has said. */
  soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                "X-Content-Type-Options", "nosniff");
}

static void
answer (SoupServerMessage *message,
        guint              status,
        const char        *text)
{
  soup_server_message_set_status (message, status, get_phrase (status));
  set_text (message, text);
}

/* RFC 9110, 15.5.22: such an answer names the protocol. */
static void
answer_upgrade_required (SoupServerMessage *message,
                         const char        *text)
{
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (response, "Upgrade", "websocket");
  soup_message_headers_append (response, "Connection", "Upgrade");
  answer (message, 426, text);
}

static void
answer_not_allowed (SoupServerMessage *message,
                    const char        *allowed,
                    const char        *text)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Allow",
                                allowed);
  answer (message, SOUP_STATUS_METHOD_NOT_ALLOWED, text);
}

static void
answer_health (SoupServerMessage *message)
{
  const char *method = soup_server_message_get_method (message);

  if (method != SOUP_METHOD_GET && method != SOUP_METHOD_HEAD)
    {
      answer_not_allowed (message, "GET, HEAD", "This is asked with GET or HEAD.\n");
      return;
    }

  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Cache-Control",
                                "no-store");
  answer (message, SOUP_STATUS_OK, "OK\n");
}

/* Whether the owner answers it, as it does in a folder, and all but two paths of a server of our
 * own. */
static gboolean
is_owners (SsHandler  *self,
           const char *path)
{
  return self->folder || (self->alone && strcmp (path, self->path) != 0 &&
                          g_strcmp0 (path, self->health_path) != 0);
}

/* Whether it asks for a WebSocket, well or badly. */
static gboolean
is_upgrade (SoupServerMessage *message)
{
  return soup_message_headers_get_list (soup_server_message_get_request_headers (message),
                                        "Upgrade") != NULL;
}

static gboolean
is_served (SsHandler         *self,
           SoupServerMessage *message)
{
  const char *method = soup_server_message_get_method (message);

  return self->funcs != NULL && (method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD) &&
         !is_upgrade (message) && self->funcs->serves (message, self->user_data);
}

/* Answers what can be neither served nor become a WebSocket here. */
static gboolean
check_request (SsHandler         *self,
               SoupServerMessage *message,
               const char        *path)
{
  if (g_strcmp0 (path, self->health_path) == 0)
    {
      answer_health (message);
      return FALSE;
    }

  if (strcmp (path, self->path) != 0)
    {
      answer (message, SOUP_STATUS_NOT_FOUND, NOTHING_HERE);
      return FALSE;
    }

  if (soup_server_message_get_method (message) != SOUP_METHOD_GET && !is_served (self, message))
    {
      gboolean wants_document = self->funcs != NULL && !is_upgrade (message) &&
                                self->funcs->serves (message, self->user_data);

      if (wants_document)
        answer_not_allowed (message, "GET, HEAD", "This is asked with GET or HEAD.\n");
      else
        answer_not_allowed (message, "GET", "A WebSocket begins with GET.\n");
      return FALSE;
    }

  return TRUE;
}

/* On a server of the application's libsoup has the bytes. It would read a body for as long as it
 * comes without giving the main loop a turn, so one that may be endless is cut off where it
 * begins. */
static void
cut_off_body (SoupServerMessage *message)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupEncoding encoding = soup_message_headers_get_encoding (request);
  gboolean may_have = soup_server_message_get_method (message) != SOUP_METHOD_GET;
  GSocket *socket = soup_server_message_get_socket (message);

  if (encoding != SOUP_ENCODING_CHUNKED &&
      (encoding != SOUP_ENCODING_CONTENT_LENGTH ||
       soup_message_headers_get_content_length (request) <= (may_have ? SS_REQUEST_BYTES : 0)))
    return;

  if (socket != NULL)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

/* A path that answers 200 refuses nobody. */
static void
log_refusal (SoupServerMessage *message)
{
  guint status = soup_server_message_get_status (message);

  if (status >= SOUP_STATUS_BAD_REQUEST)
    ss_log_info ("request-refused",
                 SS_LOG (.peer = ss_socket_get_message_address (message),
                         .reason = get_phrase (status)),
                 "A request is refused with %u", status);
}

static void
early_cb (SoupServer        *server,
          SoupServerMessage *message,
          const char        *path,
          GHashTable        *query,
          gpointer           user_data)
{
  SsHandler *self = user_data;

  /* The application has put a handler of its own in the place of ours. */
  if (self->server == NULL)
    return;

  if (self->alone)
    soup_message_headers_append (soup_server_message_get_response_headers (message), "Connection",
                                 "close");

  else
    cut_off_body (message);

  /* A body that a client sends along is not kept in memory. */
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  if (!is_owners (self, path) && !check_request (self, message, path))
    log_refusal (message);
}

/* Of the header Host, which may hold anything. */
static gboolean
is_host (const char *host)
{
  return host != NULL && host[0] != '\0' &&
         host[strspn (host, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".-_:")] == '\0';
}

/* Says what is here to somebody who came with a browser or with curl. */
static void
answer_plain_request (SsHandler         *self,
                      SoupServerMessage *message)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  GUri *uri = soup_server_message_get_uri (message);
  g_autofree char *where = NULL;
  g_autofree char *text = NULL;

  /* Without the header libsoup makes up a host, of the address that the proxy in front sees. */
  if (uri != NULL && is_host (g_uri_get_host (uri)) &&
      soup_message_headers_get_one (request, "Host") != NULL)
    {
      const char *scheme = g_strcmp0 (g_uri_get_scheme (uri), "https") == 0 ? "wss" : "ws";
      int port = g_uri_get_port (uri);

      if (port == (g_str_equal (scheme, "wss") ? 443 : 80))
        port = -1;
      where = ss_build_uri (scheme, g_uri_get_host (uri), port, self->path);
    }

  text = g_strdup_printf ("Here is a WebSocket with signals of server-signal, and no page. "
                          "A WebSocket client connects to %s%s.\n",
                          where != NULL ? where : "the path ", where != NULL ? "" : self->path);
  answer_upgrade_required (message, text);
}

static gboolean
check_handshake (SsHandler         *self,
                 SoupServerMessage *message)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);
  const char *version = soup_message_headers_get_one (request, "Sec-WebSocket-Version");
  g_autoptr (GError) error = NULL;

  if (soup_server_message_get_http_version (message) == SOUP_HTTP_1_1 &&
      soup_websocket_server_check_handshake (message, NULL, NULL, NULL, &error))
    return TRUE;

  if (error == NULL ||
      g_error_matches (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET))
    {
      answer_plain_request (self, message);
    }
  else if (version != NULL && strcmp (version, "13") != 0)
    {
      /* RFC 6455, 4.4 */
      soup_message_headers_replace (response, "Sec-WebSocket-Version", "13");
      answer_upgrade_required (message, "This WebSocket speaks version 13.\n");
    }
  else
    {
      answer (message, SOUP_STATUS_BAD_REQUEST, "This is not a WebSocket handshake.\n");
    }

  return FALSE;
}

/* Anything that the application has put on the message stands. */
static void
refuse (SoupServerMessage *message,
        guint              status)
{
  g_autofree char *reason = NULL;

  if (soup_server_message_get_status (message) == status &&
      !g_str_equal (soup_server_message_get_reason_phrase (message), "Unknown Error"))
    reason = g_strdup (soup_server_message_get_reason_phrase (message));
  soup_server_message_set_status (message, status, reason != NULL ? reason : get_phrase (status));

  if (soup_server_message_get_response_body (message)->length > 0)
    return;

  if (status == SOUP_STATUS_FORBIDDEN)
    set_text (message, "This is not for everybody.\n");
  else if (status == SOUP_STATUS_NOT_FOUND)
    set_text (message, NOTHING_HERE);
  else if (status >= 500)
    set_text (message, "Not now.\n");
  else
    set_text (message, "Not so.\n");
}

/* An answer that the application began, and then let the client in. */
static void
drop_body (SoupServerMessage *message)
{
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);

  soup_message_body_truncate (soup_server_message_get_response_body (message));
  soup_message_headers_remove (response, "Content-Type");
  soup_message_headers_remove (response, "Content-Length");
}

/* The offer may hold entries of the client's own, such as a token, and come in several lines. */
static gboolean
offers_v1 (SoupServerMessage *message)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  const char *offer = soup_message_headers_get_list (request, "Sec-WebSocket-Protocol");
  GSList *entries;
  gboolean found;

  if (offer == NULL)
    return FALSE;

  entries = soup_header_parse_list (offer);
  found = g_slist_find_custom (entries, SS_PROTOCOL_V1, (GCompareFunc) strcmp) != NULL;
  soup_header_free_list (entries);

  return found;
}

/* Requests that came through a unix socket have no port. */
static gboolean
has_port (SoupServerMessage *message)
{
  GSocketAddress *local = soup_server_message_get_local_address (message);

  return local != NULL && G_IS_INET_SOCKET_ADDRESS (local) &&
         g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local)) != 0;
}

static gboolean
is_on_loopback (SsHandler *self)
{
  GSList *sockets = self->server != NULL ? soup_server_get_listeners (self->server) : NULL;
  guint n_loopback = 0;
  guint n_network = 0;

  for (GSList *link = sockets; link != NULL; link = link->next)
    ss_socket_count_bound (link->data, &n_loopback, &n_network);
  g_slist_free (sockets);

  return n_loopback > 0 && n_network == 0;
}

static void
wrote_informational_cb (SoupServerMessage *message,
                        gpointer           user_data)
{
  SsHandler *self = user_data;
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);
  g_autoptr (SoupServerMessage) keep = NULL;

  if (soup_server_message_get_status (message) != SOUP_STATUS_SWITCHING_PROTOCOLS)
    return;

  keep = g_object_ref (message);
  handler_ref (self);
  g_signal_handlers_disconnect_by_func (message, wrote_informational_cb, self);

  if (self->funcs != NULL)
    {
      const char *protocol = soup_message_headers_get_one (response, "Sec-WebSocket-Protocol");
      g_autoptr (SsLink) link = ss_stream_link_new (message, protocol);

      self->funcs->enter (message, link, self->user_data);
    }
  else
    {
      g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

      g_io_stream_close (stream, NULL, NULL);
    }

  handler_unref (self);
}

static void
handshake_gone_cb (gpointer  data,
                   GClosure *closure)
{
  handler_unref (data);
}

static gboolean
answer_handshake (SoupServerMessage *message)
{
  /* libsoup adds to it. */
  soup_message_headers_remove (soup_server_message_get_response_headers (message), "Connection");

  return soup_websocket_server_process_handshake (message, NULL, NULL, NULL, NULL);
}

/* The application answers, and may take the handler off the server while it does. */
static void
ask_owner (SsHandler         *self,
           SoupServerMessage *message,
           const char        *path)
{
  SoupStatus status = SOUP_STATUS_NOT_FOUND;

  handler_ref (self);
  if (self->funcs != NULL)
    status = self->funcs->request (self, message, path,
                                   has_port (message) && (self->alone || is_on_loopback (self)),
                                   self->user_data);
  if (status != SOUP_STATUS_NONE)
    refuse (message, status);
  /* The owner tells the log of those that it refuses. */
  if (status == SOUP_STATUS_NOT_FOUND)
    log_refusal (message);
  handler_unref (self);
}

static void
serve (SsHandler         *self,
       SoupServerMessage *message)
{
  g_autoptr (SsLink) link = NULL;

  drop_body (message);
  link = self->funcs->serve (message, self->user_data);
  if (link != NULL)
    self->funcs->enter (message, link, self->user_data);
  else
    log_refusal (message);
}

/* SsAdmissionFunc */
static void
answer_admission (SoupServerMessage *message,
                  guint              status,
                  gpointer           user_data)
{
  SsHandler *self = user_data;

  if (status == SOUP_STATUS_NONE && self->funcs == NULL)
    status = SOUP_STATUS_SERVICE_UNAVAILABLE;

  if (status != SOUP_STATUS_NONE)
    {
      refuse (message, status);
    }
  else if (!is_upgrade (message))
    {
      serve (self, message);
    }
  else if (answer_handshake (message))
    {
      drop_body (message);
      /* libsoup would answer an offer that it does not know with 400, so it is not told of ours. */
      if (offers_v1 (message))
        soup_message_headers_append (soup_server_message_get_response_headers (message),
                                     "Sec-WebSocket-Protocol", SS_PROTOCOL_V1);
      g_signal_connect_data (message, "wrote-informational", G_CALLBACK (wrote_informational_cb),
                             handler_ref (self), handshake_gone_cb, 0);
    }
}

static void
request_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  SsHandler *self = user_data;
  g_autoptr (SsAdmission) admission = NULL;
  gboolean loopback;

  if (is_owners (self, path))
    {
      ask_owner (self, message, path);
      return;
    }

  if (!check_request (self, message, path) ||
      (!is_served (self, message) && !check_handshake (self, message)))
    {
      log_refusal (message);
      return;
    }

  /* The application decides here, and may take the handler off the server while it does. */
  handler_ref (self);
  loopback = has_port (message) && (self->alone || is_on_loopback (self));
  admission = ss_admission_new (message, loopback, answer_admission, handler_ref (self),
                                (GDestroyNotify) handler_unref);
  self->funcs->admit (admission, self->user_data);
  if (self->funcs == NULL)
    ss_admission_answer (admission, SOUP_STATUS_SERVICE_UNAVAILABLE);
  else if (ss_admission_is_held (admission))
    ss_admission_wait (admission, &self->waiting, self->max_waiting, self->context);

  handler_unref (self);
}

static SsHandler *
handler_new (SoupServer           *server,
             const char           *path,
             const char           *mount,
             GMainContext         *context,
             const SsHandlerFuncs *funcs,
             gpointer              user_data)
{
  SsHandler *self = g_new0 (SsHandler, 1);

  g_ref_count_init (&self->refs);
  self->server = server;
  self->path = g_strdup (path);
  self->mount = g_strdup (mount);
  self->context = g_main_context_ref (context);
  self->funcs = funcs;
  self->user_data = user_data;
  g_queue_init (&self->waiting);
  self->max_waiting = SS_HANDSHAKES;

  /* Both stand in one entry of the server's, which goes as a whole. */
  soup_server_add_handler (server, self->mount, request_cb, handler_ref (self), handler_dropped_cb);
  soup_server_add_early_handler (server, self->mount, early_cb, handler_ref (self),
                                 (GDestroyNotify) handler_unref);

  return self;
}

SsHandler *
ss_handler_new (SoupServer           *server,
                const char           *path,
                GMainContext         *context,
                const SsHandlerFuncs *funcs,
                gpointer              user_data)
{
  return handler_new (server, path, path, context, funcs, user_data);
}

SsHandler *
ss_handler_new_alone (SoupServer           *server,
                      const char           *path,
                      GMainContext         *context,
                      const SsHandlerFuncs *funcs,
                      gpointer              user_data)
{
  SsHandler *self = handler_new (server, path, "/", context, funcs, user_data);

  self->alone = TRUE;

  return self;
}

SsHandler *
ss_handler_new_folder (SoupServer           *server,
                       const char           *path,
                       GMainContext         *context,
                       const SsHandlerFuncs *funcs,
                       gpointer              user_data)
{
  g_autofree char *folder = g_strdup (path);
  g_autofree char *mount = NULL;
  gsize length = strlen (folder);
  SsHandler *self;

  while (length > 0 && folder[length - 1] == '/')
    folder[--length] = '\0';

  /* A prefix to libsoup: without the slash it would be one of files beside the folder as well. */
  mount = g_strconcat (folder, "/", NULL);
  self = handler_new (server, folder, mount, context, funcs, user_data);
  self->folder = TRUE;

  return self;
}

const char *
ss_handler_get_path (SsHandler *self)
{
  return self->path;
}

SoupServer *
ss_handler_get_server (SsHandler *self)
{
  return self->server;
}

gboolean
ss_handler_is_folder (SsHandler *self)
{
  return self->folder;
}

void
ss_handler_set_health_path (SsHandler  *self,
                            const char *path)
{
  g_free (self->health_path);
  self->health_path = g_strdup (path);
}

void
ss_handler_set_max_waiting (SsHandler *self,
                            guint      n)
{
  g_assert (n > 0);

  self->max_waiting = n;
}

void
ss_handler_close (SsHandler *self)
{
  SsAdmission *oldest;

  self->funcs = NULL;
  self->user_data = NULL;
  while ((oldest = g_queue_peek_head (&self->waiting)) != NULL)
    ss_admission_answer (oldest, SOUP_STATUS_SERVICE_UNAVAILABLE);
  if (self->server != NULL)
    soup_server_remove_handler (self->server, self->mount);
  handler_unref (self);
}

char *
ss_build_uri (const char *scheme,
              const char *host,
              int         port,
              const char *path)
{
  g_autofree char *escaped =
    g_uri_escape_string (path, G_URI_RESERVED_CHARS_ALLOWED_IN_PATH, FALSE);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  g_autofree char *loopback = NULL;

  if (address != NULL && g_inet_address_get_is_any (address))
    {
      g_autoptr (GInetAddress) local =
        g_inet_address_new_loopback (g_inet_address_get_family (address));

      loopback = g_inet_address_to_string (local);
      host = loopback;
    }

  return g_uri_join (G_URI_FLAGS_ENCODED, scheme, NULL, host, port, escaped, NULL, NULL);
}

/* The first that has a port, or NULL. */
static GInetSocketAddress *
dup_inet_address (GSList   *sockets,
                  gboolean *are_all)
{
  g_autoptr (GSocketAddress) first = NULL;

  *are_all = TRUE;
  for (; sockets != NULL; sockets = sockets->next)
    {
      g_autoptr (GSocketAddress) address = g_socket_get_local_address (sockets->data, NULL);

      if (address == NULL || !G_IS_INET_SOCKET_ADDRESS (address))
        *are_all = FALSE;
      else if (first == NULL)
        first = g_steal_pointer (&address);
    }

  return first != NULL ? G_INET_SOCKET_ADDRESS (g_steal_pointer (&first)) : NULL;
}

/* libsoup knows of each of its sockets whether it speaks TLS, but takes all of them for sockets with
 * ports. */
static char *
build_server_uri (SsHandler          *self,
                  GInetSocketAddress *address,
                  gboolean            ask_server)
{
  GSList *uris = ask_server ? soup_server_get_uris (self->server) : NULL;
  g_autofree char *host = NULL;
  gboolean tls = soup_server_is_https (self->server);

  if (uris != NULL)
    tls = g_str_equal (g_uri_get_scheme (uris->data), "https");
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  host = g_inet_address_to_string (g_inet_socket_address_get_address (address));

  return ss_build_uri (tls ? "wss" : "ws", host, g_inet_socket_address_get_port (address),
                       self->path);
}

char *
ss_handler_dup_uri (SsHandler *self)
{
  GSList *sockets =
    self->server != NULL && !self->folder ? soup_server_get_listeners (self->server) : NULL;
  gboolean are_all;
  g_autoptr (GInetSocketAddress) address = dup_inet_address (sockets, &are_all);

  g_slist_free (sockets);

  return address != NULL ? build_server_uri (self, address, are_all) : NULL;
}
