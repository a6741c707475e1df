/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* For POLLRDHUP. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "config.h"

#include "ss-tls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <glib/gi18n-lib.h>

#include "ss-clear-source.h"
#include "ss-hello.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "ss-record-stream.h"
#include "ss-socket.h"

/* Most of them are shorter. */
#define FIRST_LOOK 4096
/* Between looks where the kernel cannot be told how many bytes are waited for; doubled each time. */
#define LOOK_MS 10
#define LOOK_MS_MAX 160

typedef struct
{
  GList              link;
  GQueue            *queue;       /* which it is in */
  SsTls             *tls;         /* NULL: has gone */
  GSocketConnection *connection;
  GTlsCertificate   *certificate;
  SsRecordStream    *records;     /* over connection, once it runs */
  GSource           *source;      /* while the ClientHello is not whole */
  gsize              low_water;   /* of the socket: bytes that make it readable */
  guint              look_ms;
  gint64             since;       /* that it is in the queue */
} Entry;

struct _SsTls
{
  GMainContext *context;
  SsTlsFunc     func;
  gpointer      user_data;

  /* Of Entry. */
  GQueue        silent;           /* the ClientHello is not whole */
  GQueue        waiting;          /* it is, and too many are running */
  GQueue        running;          /* the oldest first */
  GQueue        ending;           /* cut off; their threads are about to notice */
  GSource      *timer;            /* of the oldest that is running */
};

static void look (Entry *entry);
static void run_next (SsTls *self);

static GSocket *
get_socket (Entry *entry)
{
  return g_socket_connection_get_socket (entry->connection);
}

static void
move_to (Entry  *entry,
         GQueue *queue)
{
  if (entry->queue != NULL)
    g_queue_unlink (entry->queue, &entry->link);
  entry->queue = queue;
  entry->since = g_get_monotonic_time ();
  if (queue != NULL)
    g_queue_push_tail_link (queue, &entry->link);
}

static void
entry_free (Entry *entry)
{
  ss_clear_source (&entry->source);
  move_to (entry, NULL);
  g_clear_object (&entry->certificate);
  g_clear_object (&entry->records);
  g_object_unref (entry->connection);
  g_free (entry);
}

/* Deadlines */

static void
update_timer (SsTls *self)
{
  Entry *oldest = g_queue_peek_head (&self->running);
  gint64 due = -1;

  if (oldest != NULL)
    due = oldest->since + G_TIME_SPAN_MILLISECOND *
                            (g_queue_is_empty (&self->waiting) ? SS_TLS_MS : SS_TLS_MS_CROWDED);
  if (g_source_get_ready_time (self->timer) != due)
    g_source_set_ready_time (self->timer, due);
}

/* The thread that sits there reads the end, and says so. */
static gboolean
timer_cb (gpointer user_data)
{
  SsTls *self = user_data;
  Entry *oldest = g_queue_peek_head (&self->running);

  g_source_set_ready_time (self->timer, -1);
  if (oldest != NULL)
    {
      g_socket_shutdown (get_socket (oldest), TRUE, TRUE, NULL);
      move_to (oldest, &self->ending);
    }
  update_timer (self);

  return G_SOURCE_CONTINUE;
}

static gboolean
timer_dispatch (GSource     *source,
                GSourceFunc  callback,
                gpointer     user_data)
{
  return callback (user_data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

/* The handshake */

static GIOStream *
new_server_connection (GIOStream        *base,
                       GTlsCertificate  *certificate,
                       GError          **error)
{
  /* Without the database, which a server that asks for no certificate has no use for, GIO reads the
   * system's certificates, for each connection. */
  return g_initable_new (g_tls_backend_get_server_connection_type (g_tls_backend_get_default ()),
                         NULL, error, "base-io-stream", base, "certificate", certificate,
                         "database", NULL,
                         /* A WebSocket has an end of its own, so one that is cut off is noticed. */
                         "require-close-notify", FALSE, NULL);
}

static void
handshake_cb (GObject      *object,
              GAsyncResult *result,
              gpointer      user_data)
{
  Entry *entry = user_data;
  SsTls *self = entry->tls;
  GTlsConnection *stream = G_TLS_CONNECTION (object);
  g_autoptr (GSocketConnection) connection = g_object_ref (entry->connection);
  g_autoptr (SsRecordStream) records = g_object_ref (entry->records);
  g_autoptr (GError) error = NULL;
  gboolean made = g_tls_connection_handshake_finish (stream, result, &error);
  g_autoptr (GSocketAddress) address =
    ss_socket_dup_log_address (g_socket_get_fd (g_socket_connection_get_socket (connection)));

  entry_free (entry);
  if (self == NULL)
    return;

  /* GIO cannot be told which versions to offer, and where it uses GnuTLS it still takes 1.0. */
  if (!made)
    ss_log_info ("tls-failed", SS_LOG (.peer = address, .reason = error->message),
                 "A client makes no TLS handshake");
  else if (g_tls_connection_get_protocol_version (stream) < G_TLS_PROTOCOL_VERSION_TLS_1_2)
    ss_log_info ("tls-failed", SS_LOG (.peer = address), "A client speaks no TLS later than 1.1");
  else
    {
      ss_record_stream_handshake_made (records);
      run_next (self);
      self->func (G_IO_STREAM (stream), connection, self->user_data);
      return;
    }

  /* Closing the stream would say something, and might wait for that. */
  g_socket_shutdown (g_socket_connection_get_socket (connection), TRUE, TRUE, NULL);
  run_next (self);
}

static void
run (SsTls *self,
     Entry *entry)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GIOStream) stream = NULL;

  entry->records = ss_record_stream_new (entry->connection);
  stream = new_server_connection (G_IO_STREAM (entry->records), entry->certificate, &error);
  if (stream == NULL)
    {
      g_warning ("No TLS for a connection: %s", error->message);
      entry_free (entry);
      return;
    }

  move_to (entry, &self->running);
  g_main_context_push_thread_default (self->context);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (stream), G_PRIORITY_DEFAULT, NULL,
                                    handshake_cb, entry);
  g_main_context_pop_thread_default (self->context);
}

/* In the order in which they came; but where that takes too long, the newest first: who has waited
 * long may have gone, and a crowd of those who never finish must not stand before everybody. */
static Entry *
pick (SsTls *self)
{
  Entry *oldest = g_queue_peek_head (&self->waiting);

  if (oldest != NULL &&
      g_get_monotonic_time () - oldest->since > SS_TLS_PATIENCE_MS * G_TIME_SPAN_MILLISECOND)
    return g_queue_peek_tail (&self->waiting);

  return oldest;
}

static void
run_next (SsTls *self)
{
  Entry *entry;

  while (ss_tls_get_n_running (self) < SS_TLS_RUNNING && (entry = pick (self)) != NULL)
    run (self, entry);
  update_timer (self);
}

/* The ClientHello */

static void
set_low_water (Entry *entry,
               gsize  bytes)
{
  g_socket_set_option (get_socket (entry), SOL_SOCKET, SO_RCVLOWAT, (int) bytes, NULL);
  entry->low_water = bytes;
}

/* The client will send no more, or nobody reads it any more. */
static gboolean
has_ended (Entry *entry)
{
#ifdef POLLRDHUP
  struct pollfd fd = { .fd = g_socket_get_fd (get_socket (entry)), .events = POLLRDHUP };

  return poll (&fd, 1, 0) > 0 && (fd.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
#else
  return FALSE;
#endif
}

/* Leaves the bytes where they are. */
static gssize
peek (Entry  *entry,
      guint8 *bytes,
      gsize   size)
{
  gssize n;

  do
    n = recv (g_socket_get_fd (get_socket (entry)), bytes, size, MSG_PEEK | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);

  return n;
}

static gboolean
socket_cb (GSocket      *socket,
           GIOCondition  condition,
           gpointer      user_data)
{
  Entry *entry = user_data;

  ss_clear_source (&entry->source);
  look (entry);

  return G_SOURCE_REMOVE;
}

static gboolean
again_cb (gpointer user_data)
{
  Entry *entry = user_data;

  ss_clear_source (&entry->source);
  look (entry);

  return G_SOURCE_REMOVE;
}

static void
await (Entry       *entry,
       GSource     *source,
       GSourceFunc  func)
{
  entry->source = source;
  g_source_set_static_name (source, "[server-signal] ClientHello");
  g_source_set_callback (source, func, entry, NULL);
  g_source_attach (source, entry->tls->context);
}

/* Until there are so many. */
static void
await_bytes (Entry *entry,
             gsize  bytes)
{
  if (entry->look_ms == 0 && entry->low_water < bytes)
    {
      set_low_water (entry, bytes);
      await (entry, g_socket_create_source (get_socket (entry), G_IO_IN, NULL),
             G_SOURCE_FUNC (socket_cb));
      return;
    }

  /* The socket was readable with fewer bytes, as unix sockets are. */
  entry->look_ms = CLAMP (entry->look_ms * 2, LOOK_MS, LOOK_MS_MAX);
  await (entry, g_timeout_source_new (entry->look_ms), again_cb);
}

static void
look (Entry *entry)
{
  SsTls *self = entry->tls;
  guint8 first[FIRST_LOOK];
  g_autofree guint8 *all = NULL;
  const guint8 *bytes = first;
  gssize n = peek (entry, first, sizeof first);
  gssize needed;

  if (n < 0 && errno == EAGAIN)
    {
      await_bytes (entry, 1);
      return;
    }

  if (n == (gssize) sizeof first && ss_hello_check (first, (gsize) n) > 0)
    {
      bytes = all = g_malloc (SS_HELLO_TLS_BYTES);
      n = peek (entry, all, SS_HELLO_TLS_BYTES);
    }

  needed = n > 0 ? ss_hello_check (bytes, (gsize) n) : -1;
  if (needed < 0 || needed > SS_HELLO_TLS_BYTES || (needed > 0 && has_ended (entry)))
    {
      g_autoptr (GSocketAddress) address =
        ss_socket_dup_log_address (g_socket_get_fd (get_socket (entry)));

      ss_log_info ("tls-failed",
                   SS_LOG (.peer = address, .reason = "it begins with something else"),
                   "A client makes no TLS handshake");
      entry_free (entry);
    }
  else if (needed > 0)
    {
      await_bytes (entry, (gsize) needed);
    }
  else
    {
      if (entry->low_water > 1)
        set_low_water (entry, 1);
      move_to (entry, &self->waiting);
      run_next (self);
    }
}

SsTls *
ss_tls_new (GMainContext *context,
            SsTlsFunc     func,
            gpointer      user_data)
{
  SsTls *self = g_new0 (SsTls, 1);

  self->context = g_main_context_ref (context);
  self->func = func;
  self->user_data = user_data;
  self->timer = g_source_new (&timer_funcs, sizeof (GSource));
  g_source_set_static_name (self->timer, "[server-signal] TLS handshakes");
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, context);

  return self;
}

static void
let_go (GQueue *queue)
{
  Entry *entry;

  while ((entry = g_queue_peek_head (queue)) != NULL)
    {
      g_socket_shutdown (get_socket (entry), TRUE, TRUE, NULL);
      move_to (entry, NULL);
      entry->tls = NULL;
    }
}

void
ss_tls_free (SsTls *self)
{
  Entry *entry;

  while ((entry = g_queue_peek_head (&self->silent)) != NULL)
    entry_free (entry);
  while ((entry = g_queue_peek_head (&self->waiting)) != NULL)
    entry_free (entry);
  let_go (&self->running);
  let_go (&self->ending);

  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_main_context_unref (self->context);
  g_free (self);
}

void
ss_tls_take (SsTls             *self,
             GSocketConnection *connection,
             GTlsCertificate   *certificate)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->link.data = entry;
  entry->tls = self;
  entry->connection = g_object_ref (connection);
  entry->certificate = g_object_ref (certificate);
  move_to (entry, &self->silent);
  look (entry);
}

guint
ss_tls_get_n_running (SsTls *self)
{
  return g_queue_get_length (&self->running) + g_queue_get_length (&self->ending);
}

/* Certificates */

static GSocketConnection *
new_end (int      fd,
         GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);

  if (socket == NULL)
    return NULL;

  g_socket_set_timeout (socket, SS_TLS_MS / 1000);

  return g_socket_connection_factory_create_connection (socket);
}

static gboolean
accept_certificate_cb (GTlsConnection *connection)
{
  return TRUE;
}

static gpointer
serve_cb (gpointer user_data)
{
  g_tls_connection_handshake (user_data, NULL, NULL);

  return NULL;
}

/* A client in this thread, to which another one is the server: it finds out whether the server has
 * the key that belongs to the certificate. */
static gboolean
try_handshake (GTlsConnection     *server,
               GSocketConnection  *end,
               GError            **error)
{
  g_autoptr (GIOStream) client =
    g_initable_new (g_tls_backend_get_client_connection_type (g_tls_backend_get_default ()), NULL,
                    error, "base-io-stream", end, "database", NULL, NULL);
  GThread *thread;
  gboolean made;

  if (client == NULL)
    return FALSE;

  g_signal_connect (client, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
  thread = g_thread_new ("tls-check", serve_cb, server);
  made = g_tls_connection_handshake (G_TLS_CONNECTION (client), NULL, error);
  g_socket_shutdown (g_socket_connection_get_socket (end), TRUE, TRUE, NULL);
  g_thread_join (thread);

  return made;
}

static gboolean
make_pair (int fds[2])
{
#ifdef SOCK_CLOEXEC
  return socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0;
#else
  if (socketpair (AF_UNIX, SOCK_STREAM, 0, fds) < 0)
    return FALSE;

  for (guint i = 0; i < 2; i++)
    fcntl (fds[i], F_SETFD, FD_CLOEXEC);

  return TRUE;
#endif
}

gboolean
ss_tls_check_certificate (GTlsCertificate  *certificate,
                          GError          **error)
{
  g_autoptr (GSocketConnection) server_end = NULL;
  g_autoptr (GSocketConnection) client_end = NULL;
  g_autoptr (GIOStream) server = NULL;
  g_autoptr (GError) local_error = NULL;
  int fds[2];

  /* Without descriptors it cannot be tried, which is not the certificate's fault. */
  if (!make_pair (fds))
    return TRUE;

  server_end = new_end (fds[0], NULL);
  client_end = new_end (fds[1], NULL);
  if (server_end == NULL || client_end == NULL)
    return TRUE;

  server = new_server_connection (G_IO_STREAM (server_end), certificate, error);
  if (server == NULL)
    return FALSE;

  if (try_handshake (G_TLS_CONNECTION (server), client_end, &local_error) ||
      local_error->domain != G_TLS_ERROR)
    return TRUE;

  g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
               _("the private key does not belong to the certificate (%s)"), local_error->message);

  return FALSE;
}
