/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-handler.h"

#include <string.h>

#include "ss-protocol.h"
#include "ss-stream-link.h"

struct _SsHandler
{
  grefcount             refs;   /* the owner, the server, and each handshake under way */
  SoupServer           *server; /* not held; it tells when it drops us, at its end at the latest */
  char                 *path;
  const SsHandlerFuncs *funcs;  /* NULL once closed */
  gpointer              user_data;
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

  g_free (self->path);
  g_free (self);
}

static void
handler_dropped_cb (gpointer user_data)
{
  SsHandler *self = user_data;

  self->server = NULL;
  handler_unref (self);
}

static void
answer (SoupServerMessage *message,
        guint              status,
        const char        *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_STATIC,
                                    text, strlen (text));
}

/* Answers what cannot become a WebSocket here. */
static gboolean
check_request (SsHandler         *self,
               SoupServerMessage *message,
               const char        *path)
{
  if (strcmp (path, self->path) != 0)
    {
      answer (message, SOUP_STATUS_NOT_FOUND, "There is nothing here.\n");
      return FALSE;
    }

  if (soup_server_message_get_method (message) != SOUP_METHOD_GET)
    {
      soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                    "Allow", "GET");
      answer (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "A WebSocket begins with GET.\n");
      return FALSE;
    }

  return TRUE;
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

  /* Whatever body a client sends along is not kept in memory. */
  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  check_request (self, message, path);
}

static gboolean
check_handshake (SoupServerMessage *message)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);
  const char *version = soup_message_headers_get_one (request, "Sec-WebSocket-Version");
  g_autoptr (GError) error = NULL;

  if (soup_server_message_get_http_version (message) == SOUP_HTTP_1_1
      && soup_websocket_server_check_handshake (message, NULL, NULL, NULL, &error))
    return TRUE;

  if (error == NULL
      || g_error_matches (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_NOT_WEBSOCKET))
    {
      /* RFC 9110, 15.5.22 */
      soup_message_headers_replace (response, "Upgrade", "websocket");
      soup_message_headers_append (response, "Connection", "Upgrade");
      answer (message, 426, "Here is a WebSocket.\n");
    }
  else if (version != NULL && strcmp (version, "13") != 0)
    {
      /* RFC 6455, 4.4 */
      soup_message_headers_replace (response, "Sec-WebSocket-Version", "13");
      answer (message, 426, "This WebSocket speaks version 13.\n");
    }
  else
    {
      answer (message, SOUP_STATUS_BAD_REQUEST, "This is not a WebSocket handshake.\n");
    }

  return FALSE;
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

static void
request_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  SsHandler *self = user_data;
  SoupStatus status;
  gboolean v1;

  if (!check_request (self, message, path) || !check_handshake (message))
    return;

  /* The application decides here, and may take the handler off the server while it does. */
  handler_ref (self);
  status = self->funcs->admit (message, self->user_data);
  if (status == SOUP_STATUS_NONE && self->funcs == NULL)
    status = SOUP_STATUS_SERVICE_UNAVAILABLE;

  v1 = offers_v1 (message);
  if (status == SOUP_STATUS_FORBIDDEN)
    answer (message, status, "This is not for everybody.\n");
  else if (status != SOUP_STATUS_NONE)
    answer (message, status, "Not now.\n");
  else if (soup_websocket_server_process_handshake (message, NULL, NULL, NULL, NULL))
    {
      /* libsoup would answer an offer that it does not know with 400, so it is not told of ours. */
      if (v1)
        soup_message_headers_append (soup_server_message_get_response_headers (message),
                                     "Sec-WebSocket-Protocol", SS_PROTOCOL_V1);
      g_signal_connect_data (message, "wrote-informational", G_CALLBACK (wrote_informational_cb),
                             handler_ref (self), handshake_gone_cb, 0);
    }

  handler_unref (self);
}

SsHandler *
ss_handler_new (SoupServer           *server,
                const char           *path,
                const SsHandlerFuncs *funcs,
                gpointer              user_data)
{
  SsHandler *self = g_new0 (SsHandler, 1);

  g_ref_count_init (&self->refs);
  self->server = server;
  self->path = g_strdup (path);
  self->funcs = funcs;
  self->user_data = user_data;

  /* Both stand in one entry of the server's, which goes as a whole. */
  soup_server_add_handler (server, path, request_cb, handler_ref (self), handler_dropped_cb);
  soup_server_add_early_handler (server, path, early_cb, handler_ref (self),
                                 (GDestroyNotify) handler_unref);

  return self;
}

void
ss_handler_close (SsHandler *self)
{
  self->funcs = NULL;
  self->user_data = NULL;
  if (self->server != NULL)
    soup_server_remove_handler (self->server, self->path);
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

char *
ss_handler_dup_uri (SsHandler *self)
{
  GSList *uris = self->server != NULL ? soup_server_get_uris (self->server) : NULL;
  char *result = NULL;

  if (uris != NULL)
    {
      GUri *uri = uris->data;
      const char *scheme = g_str_equal (g_uri_get_scheme (uri), "https") ? "wss" : "ws";

      result = ss_build_uri (scheme, g_uri_get_host (uri), g_uri_get_port (uri), self->path);
    }
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  return result;
}
