/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-http-server.h"

#include "ss-listener.h"
#include "ss-request-stream.h"
#include "ss-tls-request-stream.h"
#include "ss-tls.h"

struct _SsHttpServer
{
  char                 *path;
  GMainContext         *context;
  const SsHandlerFuncs *funcs;
  gpointer              user_data;

  SsPoller             *poller;
  GQueue                requests;   /* SsRequestStream whose heads are awaited */
  SsListener           *listener;
  SsTls                *tls;
  SoupServer           *server;
  SsHandler            *handler;
  GTlsCertificate      *certificate;

  /* How many calls of the owner's functions are on the stack. A server is not disconnected by the
   * handler of one of its own requests, which libsoup need not expect. */
  guint                 depth;
  /* Messages whose links are still at them, which may be longer than the owner wants the server. */
  guint                 n_served;
  gboolean              ending;
  gboolean              has_idle;   /* which looks whether it can end */
};

/* libsoup makes a URI of it for a request without the header Host, and takes every address for one
 * with a port: anybody could have it say a critical. */
static void
replace_unix_address (GSocketAddress **local)
{
  if (*local == NULL || G_IS_INET_SOCKET_ADDRESS (*local))
    return;

  g_object_unref (*local);
  *local = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
}

static void
request_cb (SsRequestStream *request,
            gpointer         user_data)
{
  SsHttpServer *self = user_data;
  GSocketConnection *connection = ss_request_stream_get_connection (request);
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);
  g_autoptr (GIOStream) stream = NULL;

  stream = G_IS_TLS_CONNECTION (ss_request_stream_get_base (request))
             ? ss_tls_request_stream_new (request)
             : G_IO_STREAM (g_object_ref (request));

  replace_unix_address (&local);
  /* It may be gone already. */
  if (local == NULL || remote == NULL)
    return;

  ss_admission_set_stream (remote, ss_request_stream_get_base (request));
  soup_server_accept_iostream (self->server, stream, local, remote, NULL);
}

static void
await_request (SsHttpServer      *self,
               GIOStream         *stream,
               GSocketConnection *connection)
{
  g_autoptr (SsRequestStream) request =
    ss_request_stream_new (stream, connection, self->poller, &self->requests, request_cb, self);

  ss_request_stream_start (request);
}

static void
tls_made_cb (GIOStream         *stream,
             GSocketConnection *connection,
             gpointer           user_data)
{
  await_request (user_data, stream, connection);
}

static void
listener_connection_cb (SsListener        *listener,
                        GSocketConnection *connection,
                        gpointer           user_data)
{
  SsHttpServer *self = user_data;
  SsListenerTls tls = ss_listener_get_tls (connection);

  if (self->certificate != NULL && tls != SS_LISTENER_TLS_NEVER)
    ss_tls_take (self->tls, connection, self->certificate);
  else if (tls != SS_LISTENER_TLS_ALWAYS)
    await_request (self, G_IO_STREAM (connection), connection);
}

static void
http_server_admit (SsAdmission *admission,
                   gpointer     user_data)
{
  SsHttpServer *self = user_data;

  ss_admission_set_loopback (admission, ss_admission_is_loopback (admission) &&
                                          ss_listener_is_on_loopback (self->listener));
  self->depth++;
  self->funcs->admit (admission, self->user_data);
  self->depth--;
}

static SoupStatus
http_server_request (SsHandler         *handler,
                     SoupServerMessage *message,
                     const char        *path,
                     gboolean           loopback,
                     gpointer           user_data)
{
  SsHttpServer *self = user_data;
  SoupStatus status;

  self->depth++;
  status =
    self->funcs->request (handler, message, path,
                          loopback && ss_listener_is_on_loopback (self->listener), self->user_data);
  self->depth--;

  return status;
}

static gboolean
http_server_serves (SoupServerMessage *message,
                    gpointer           user_data)
{
  SsHttpServer *self = user_data;

  return self->funcs->serves (message, self->user_data);
}

static void finalize_later (SsHttpServer *self);

static void
served_gone_cb (gpointer  user_data,
                GObject  *message)
{
  SsHttpServer *self = user_data;

  self->n_served--;
  if (self->ending && self->n_served == 0)
    finalize_later (self);
}

static SsLink *
http_server_serve (SoupServerMessage *message,
                   gpointer           user_data)
{
  SsHttpServer *self = user_data;
  SsLink *link = self->funcs->serve (message, self->user_data);

  if (link != NULL)
    {
      self->n_served++;
      g_object_weak_ref (G_OBJECT (message), served_gone_cb, self);
    }

  return link;
}

static void
http_server_enter (SoupServerMessage *message,
                   SsLink            *link,
                   gpointer           user_data)
{
  SsHttpServer *self = user_data;

  self->depth++;
  self->funcs->enter (message, link, self->user_data);
  self->depth--;
}

static const SsHandlerFuncs http_server_funcs = {
  .admit = http_server_admit,
  .request = http_server_request,
  .serves = http_server_serves,
  .serve = http_server_serve,
  .enter = http_server_enter,
};

SsHttpServer *
ss_http_server_new (const char           *path,
                    GMainContext         *context,
                    const SsHandlerFuncs *funcs,
                    gpointer              user_data)
{
  SsHttpServer *self = g_new0 (SsHttpServer, 1);

  self->path = g_strdup (path);
  self->context = g_main_context_ref (context);
  self->funcs = funcs;
  self->user_data = user_data;
  g_main_context_push_thread_default (context);
  self->poller = ss_poller_get ();
  g_main_context_pop_thread_default (context);
  g_queue_init (&self->requests);
  self->listener = ss_listener_new (listener_connection_cb, self);
  self->tls = ss_tls_new (context, tls_made_cb, self);
  self->server = soup_server_new (NULL, NULL);
  self->handler = ss_handler_new_alone (self->server, path, context, &http_server_funcs, self);

  return self;
}

static void
http_server_finalize (SsHttpServer *self)
{
  /* Ends the requests that are under way; what has become a WebSocket is no longer the server's. */
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_object_unref (self->listener);
  g_clear_object (&self->certificate);
  ss_poller_unref (self->poller);
  g_main_context_unref (self->context);
  g_free (self->path);
  g_free (self);
}

static gboolean
finalize_cb (gpointer user_data)
{
  SsHttpServer *self = user_data;

  if (self->depth > 0)
    return G_SOURCE_CONTINUE;

  self->has_idle = FALSE;
  if (self->n_served == 0)
    http_server_finalize (self);

  return G_SOURCE_REMOVE;
}

static void
finalize_later (SsHttpServer *self)
{
  g_autoptr (GSource) idle = NULL;

  if (self->has_idle)
    return;

  self->has_idle = TRUE;
  idle = g_idle_source_new ();
  g_source_set_static_name (idle, "[server-signal] end of a server");
  g_source_set_callback (idle, finalize_cb, self, NULL);
  g_source_attach (idle, self->context);
}

void
ss_http_server_free (SsHttpServer *self)
{
  ss_listener_close (self->listener);
  g_clear_pointer (&self->tls, ss_tls_free);
  ss_request_stream_cut_all (&self->requests);
  g_clear_pointer (&self->handler, ss_handler_close);
  self->ending = TRUE;

  if (self->depth > 0)
    finalize_later (self);
  else if (self->n_served == 0)
    http_server_finalize (self);
}

gboolean
ss_http_server_listen (SsHttpServer  *self,
                       const char    *address,
                       guint16        port,
                       GError       **error)
{
  ss_listener_set_has_certificate (self->listener, self->certificate != NULL);

  return ss_listener_listen (self->listener, address, port, error);
}

void
ss_http_server_set_certificate (SsHttpServer    *self,
                                GTlsCertificate *certificate)
{
  g_set_object (&self->certificate, certificate);
}

void
ss_http_server_set_max_handshakes (SsHttpServer *self,
                                   guint         n)
{
  ss_listener_set_max_handshakes (self->listener, n);
  ss_handler_set_max_waiting (self->handler, n);
}

void
ss_http_server_set_health_path (SsHttpServer *self,
                                const char   *path)
{
  ss_handler_set_health_path (self->handler, path);
}

char *
ss_http_server_dup_uri (SsHttpServer *self)
{
  g_autoptr (GSocketAddress) address = ss_listener_dup_inet_address (self->listener);
  g_autofree char *host = NULL;
  GInetSocketAddress *inet;

  if (address == NULL)
    return NULL;

  inet = G_INET_SOCKET_ADDRESS (address);
  host = g_inet_address_to_string (g_inet_socket_address_get_address (inet));

  return ss_build_uri (self->certificate != NULL ? "wss" : "ws", host,
                       g_inet_socket_address_get_port (inet), self->path);
}
