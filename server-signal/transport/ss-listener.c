/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "ss-address.h"
#include "ss-clear-source.h"
#include "ss-limits.h"
#include "ss-log.h"
#include "ss-listener.h"
#include "ss-socket-activation.h"
#include "ss-socket.h"
#include "ss-unix-address.h"

#define UNIX_PREFIX "unix:"
#define ACTIVATED_PREFIX "systemd:"

struct _SsListener
{
  GObject         parent_instance;

  SsListenerFunc  func;
  gpointer        user_data;
  GMainContext   *context;

  GPtrArray      *sockets;
  GArray         *files;          /* SocketFile */
  GPtrArray      *sources;        /* one a socket while accepting */
  GSource        *retry;          /* after accept() failed */

  GQueue          handshakes;     /* Handshake, the oldest first */
  GQueue          ending;         /* Handshake that were dropped, until they are gone */
  GHashTable     *addresses;      /* guint64 * → GQueue of Handshake, as far as they are limited */
  guint           max_handshakes;
  int             highest_fd;     /* that was ever accepted */
  guint           timeout_ms;
  GSource        *timeout;        /* of the oldest */
  gboolean        has_certificate;
};

/* Of a unix socket that we made. By now the path may be somebody else's. */
typedef struct
{
  char  *path;
  dev_t  device;
  ino_t  inode;
} SocketFile;

G_DEFINE_FINAL_TYPE (SsListener, ss_listener, G_TYPE_OBJECT)

/* A connection on its way from accept() to being a peer. Hangs on its GSocket as data, which
 * outlives every stream that is put over it, and goes with it. */
typedef struct
{
  GList       link;
  GQueue     *queue;
  SsListener *listener;
  GSocket    *socket;     /* not referenced */
  GList       address_link;
  guint64     address;
  gint64      since;
  gint64      deadline;
  SsListenerTls tls;
} Handshake;

static G_DEFINE_QUARK (ss-listener-handshake, handshake)
static G_DEFINE_QUARK (ss-listener-tls, tls)

static void resume (SsListener *self);
static void update_timeout (SsListener *self);

/* Handshakes */

/* Of those that came from one address. */
static void
leave_address (Handshake *handshake)
{
  GHashTable *addresses = handshake->listener->addresses;
  guint64 key = handshake->address;
  GQueue *queue = key != 0 ? g_hash_table_lookup (addresses, &key) : NULL;

  if (queue == NULL)
    return;

  handshake->address = 0;
  g_queue_unlink (queue, &handshake->address_link);
  if (g_queue_is_empty (queue))
    g_hash_table_remove (addresses, &key);
}

static GQueue *
join_address (Handshake *handshake)
{
  GHashTable *addresses = handshake->listener->addresses;
  GQueue *queue = g_hash_table_lookup (addresses, &handshake->address);

  if (queue == NULL)
    {
      queue = g_queue_new ();
      g_hash_table_insert (addresses, g_memdup2 (&handshake->address, sizeof handshake->address),
                           queue);
    }
  g_queue_push_tail_link (queue, &handshake->address_link);

  return queue;
}

static void
handshake_free (gpointer data)
{
  Handshake *handshake = data;
  SsListener *listener = handshake->listener;

  if (listener != NULL)
    {
      leave_address (handshake);
      g_queue_unlink (handshake->queue, &handshake->link);
      /* There may be a descriptor again. */
      ss_clear_source (&listener->retry);
      resume (listener);
    }

  g_free (handshake);
}

/* The holder of such a connection reads its end and lets it go. reason: for the log, or NULL. */
static void
drop (Handshake  *handshake,
      const char *reason)
{
  SsListener *self = handshake->listener;
  g_autoptr (GSocket) socket = g_object_ref (handshake->socket);
  g_autoptr (GSocketAddress) address = NULL;

  if (reason != NULL)
    {
      address = ss_socket_dup_log_address (g_socket_get_fd (socket));
      ss_log_info ("request-dropped", SS_LOG (.peer = address, .reason = reason),
                   "A handshake is dropped");
    }

  leave_address (handshake);
  g_queue_unlink (handshake->queue, &handshake->link);
  handshake->queue = &self->ending;
  g_queue_push_tail_link (handshake->queue, &handshake->link);
  g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

/* Most handshakes take a moment, so the oldest are those of clients that do not mean to finish, and
 * the newest those of clients that will. FALSE: even the oldest has had no time. Where more clients
 * come than there is room for, each would drop another one, and nobody would ever come in. */
static gboolean
make_room (SsListener *self,
           const char *reason)
{
  Handshake *oldest = g_queue_peek_head (&self->handshakes);

  if (oldest == NULL ||
      g_get_monotonic_time () < oldest->since + SS_HANDSHAKE_LEAST_MS * G_TIME_SPAN_MILLISECOND)
    return FALSE;

  drop (oldest, reason);

  return TRUE;
}

static void
handshake_begin (SsListener    *self,
                 GSocket       *socket,
                 SsListenerTls  tls)
{
  Handshake *handshake = g_new0 (Handshake, 1);

  handshake->link.data = handshake;
  handshake->address_link.data = handshake;
  handshake->queue = &self->handshakes;
  handshake->listener = self;
  handshake->socket = socket;
  handshake->tls = tls;
  handshake->since = g_get_monotonic_time ();
  handshake->deadline = self->timeout_ms > 0
                          ? handshake->since + self->timeout_ms * G_GINT64_CONSTANT (1000)
                          : G_MAXINT64;
  handshake->address = ss_address_get_fd_key (g_socket_get_fd (socket));
  g_queue_push_tail_link (handshake->queue, &handshake->link);
  g_object_set_qdata_full (G_OBJECT (socket), handshake_quark (), handshake, handshake_free);
  update_timeout (self);

  if (handshake->address != 0)
    {
      GQueue *same = join_address (handshake);

      if (g_queue_get_length (same) > MAX (self->max_handshakes / SS_HANDSHAKES_SHARE, 1))
        drop (g_queue_peek_head (same), "there are as many of its address as may be");
    }
}

static void
shut_down_handshakes (SsListener *self,
                      gint64      until,
                      const char *reason)
{
  Handshake *handshake;

  while ((handshake = g_queue_peek_head (&self->handshakes)) != NULL &&
         handshake->deadline <= until)
    drop (handshake, reason);
}

/* Those that are still there are nobody's. */
static void
forget_handshakes (GQueue *queue)
{
  Handshake *handshake;

  while ((handshake = g_queue_peek_head (queue)) != NULL)
    {
      leave_address (handshake);
      g_queue_unlink (queue, &handshake->link);
      handshake->listener = NULL;
    }
}

static gboolean
timeout_cb (gpointer user_data)
{
  g_autoptr (SsListener) self = g_object_ref (user_data);

  ss_clear_source (&self->timeout);
  shut_down_handshakes (self, g_get_monotonic_time (), "its time is up");
  update_timeout (self);

  return G_SOURCE_REMOVE;
}

/* One timeout, of the handshake that was the oldest when it was set. Most end long before; it then
 * finds the next. */
static void
update_timeout (SsListener *self)
{
  Handshake *oldest = g_queue_peek_head (&self->handshakes);
  gint64 left_ms;

  if (self->timeout != NULL || oldest == NULL || oldest->deadline == G_MAXINT64)
    return;

  left_ms = (oldest->deadline - g_get_monotonic_time ()) / 1000 + 1;
  self->timeout = g_timeout_source_new ((guint) CLAMP (left_ms, 0, G_MAXINT));
  g_source_set_callback (self->timeout, timeout_cb, self, NULL);
  g_source_attach (self->timeout, self->context);
}

/* Accepting */

static void
pause_accepting (SsListener *self)
{
  for (guint i = 0; i < self->sources->len; i++)
    g_source_destroy (g_ptr_array_index (self->sources, i));
  g_ptr_array_set_size (self->sources, 0);
}

static gboolean
retry_cb (gpointer user_data)
{
  SsListener *self = user_data;

  ss_clear_source (&self->retry);
  resume (self);

  return G_SOURCE_REMOVE;
}

static void
take_connection (SsListener    *self,
                 GSocket       *socket,
                 SsListenerTls  tls)
{
  g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);

  g_socket_set_blocking (socket, FALSE);
  /* Fails on a unix socket, which does not wait for more anyway. */
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  handshake_begin (self, socket, tls);
  self->func (self, connection, self->user_data);
}

static SsListenerTls
get_tls (GSocket *listening)
{
  return (SsListenerTls) GPOINTER_TO_UINT (g_object_get_qdata (G_OBJECT (listening), tls_quark ()));
}

/* Goes on as soon as one that was dropped is gone, and otherwise after a while. */
static void
wait_for_room (SsListener *self)
{
  pause_accepting (self);
  self->retry = g_timeout_source_new (SS_ACCEPT_RETRY_MS);
  g_source_set_static_name (self->retry, "[server-signal] accept again");
  g_source_set_callback (self->retry, retry_cb, self, NULL);
  g_source_attach (self->retry, self->context);
}

/* The kernel gives the lowest descriptor that is free, so where that is a high one there are few
 * left. The last few are the application's: GLib itself ends a program that has none. */
static gboolean
is_near_limit (SsListener *self,
               GSocket    *listening)
{
  struct rlimit limit;
  rlim_t reserve;
  int fd;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
    return FALSE;

  reserve = MIN (limit.rlim_cur / SS_DESCRIPTORS_SHARE, SS_DESCRIPTORS_RESERVED);
  /* Nearly always. */
  if ((rlim_t) self->highest_fd + 2 * reserve < limit.rlim_cur)
    return FALSE;

  fd = fcntl (g_socket_get_fd (listening), F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    return TRUE;

  close (fd);

  return (rlim_t) fd + reserve >= limit.rlim_cur;
}

static gboolean
accept_cb (GSocket      *listening,
           GIOCondition  condition,
           gpointer      user_data)
{
  g_autoptr (SsListener) self = g_object_ref (user_data);
  guint n_failed = 0;

  for (guint i = 0; i < SS_ACCEPT_BATCH; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSocket) socket = NULL;
      gboolean near_limit = is_near_limit (self, listening);
      gboolean full = g_queue_get_length (&self->handshakes) >= self->max_handshakes;

      /* Nobody is dropped for one who is not there. */
      if ((near_limit || full) && g_socket_condition_check (listening, G_IO_IN) == 0)
        break;

      if (near_limit)
        {
          ss_log_info ("accept-paused", SS_LOG (.reason = "few descriptors are left"),
                       "No connections are accepted for now");
          if (g_queue_is_empty (&self->ending))
            make_room (self, "few descriptors are left");
          wait_for_room (self);
          break;
        }

      if (full && !make_room (self, "there are as many as may be"))
        {
          wait_for_room (self);
          break;
        }

      socket = g_socket_accept (listening, NULL, &error);
      if (socket != NULL)
        {
          self->highest_fd = MAX (self->highest_fd, g_socket_get_fd (socket));
          take_connection (self, socket, get_tls (listening));
          if (self->sources->len == 0)
            break;
          continue;
        }

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        break;

      /* Most errors are of one connection that has gone again. The others would come at once again,
       * so wait. */
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES) && ++n_failed < 4)
        continue;

      ss_log_info ("accept-paused", SS_LOG (.reason = error->message),
                   "No connections are accepted for now");
      wait_for_room (self);
      break;
    }

  return G_SOURCE_CONTINUE;
}

static void
resume (SsListener *self)
{
  if (self->sources->len > 0 || self->retry != NULL)
    return;

  for (guint i = 0; i < self->sockets->len; i++)
    {
      GSource *source =
        g_socket_create_source (g_ptr_array_index (self->sockets, i), G_IO_IN, NULL);

      g_source_set_callback (source, G_SOURCE_FUNC (accept_cb), self, NULL);
      g_source_attach (source, self->context);
      g_ptr_array_add (self->sources, source);
    }
}

static gboolean
add_socket (SsListener  *self,
            GSocket     *socket,
            GError     **error)
{
  int listening = 0;

  if (g_socket_get_family (socket) == G_SOCKET_FAMILY_UNIX &&
      g_object_get_qdata (G_OBJECT (socket), tls_quark ()) == NULL)
    g_object_set_qdata (G_OBJECT (socket), tls_quark (), GUINT_TO_POINTER (SS_LISTENER_TLS_NEVER));

  /* One that listens already, such as systemd's, has a backlog that somebody chose. */
  g_socket_get_option (socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, NULL);
  if (!listening)
    {
      g_socket_set_listen_backlog (socket, SS_LISTEN_BACKLOG);
      if (!g_socket_listen (socket, error))
        return FALSE;
    }

  g_socket_set_blocking (socket, FALSE);
  pause_accepting (self);
  g_ptr_array_add (self->sockets, g_object_ref (socket));
  resume (self);

  return TRUE;
}

/* Both or none. */
static void
drop_last_socket (SsListener *self)
{
  pause_accepting (self);
  g_ptr_array_set_size (self->sockets, (int) self->sockets->len - 1);
  resume (self);
}

/* Takes the file away where it is still ours. */
static void
socket_file_clear (gpointer data)
{
  SocketFile *file = data;
  GStatBuf info;

  if (g_lstat (file->path, &info) == 0 && S_ISSOCK (info.st_mode) && info.st_dev == file->device &&
      info.st_ino == file->inode)
    g_unlink (file->path);
  g_clear_pointer (&file->path, g_free);
}

/* Addresses */

static GSocket *
bind_socket (GSocketAddress  *address,
             GError         **error)
{
  g_autoptr (GSocket) socket =
    g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                  G_SOCKET_PROTOCOL_DEFAULT, error);

  if (socket == NULL || !g_socket_bind (socket, address, TRUE, error))
    return NULL;

  return g_steal_pointer (&socket);
}

static gboolean
listen_address (SsListener      *self,
                GSocketAddress  *address,
                GError         **error)
{
  g_autoptr (GSocket) socket = bind_socket (address, error);

  return socket != NULL && add_socket (self, socket, error);
}

/* A server that was killed leaves its socket behind, on which nobody answers. */
static void
remove_stale_socket (GSocketAddress *address,
                     const char     *path)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  if (g_lstat (path, &info) != 0 || !S_ISSOCK (info.st_mode))
    return;

  socket =
    g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  if (socket == NULL)
    return;

  g_socket_set_blocking (socket, FALSE);
  if (!g_socket_connect (socket, address, NULL, &error) &&
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    g_unlink (path);
}

/* Nobody can connect before the socket listens, so nobody comes in who may not. */
static gboolean
set_mode (const char  *path,
          guint        mode,
          GError     **error)
{
  int code;

  if (g_chmod (path, mode) == 0)
    return TRUE;

  code = errno;
  /* Translators: %o is a number such as 660. */
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
               _("its mode cannot be %04o: %s"), mode, g_strerror (code));

  return FALSE;
}

/* The file that bind() has made goes again unless it listens in the end. */
static gboolean
listen_file (SsListener           *self,
             const SsUnixAddress  *unix_address,
             GSocket              *socket,
             GError              **error)
{
  /* The working directory may be another when it goes. */
  SocketFile file = { .path = g_canonicalize_filename (unix_address->path, NULL) };
  GStatBuf info;

  if (g_lstat (file.path, &info) == 0)
    {
      file.device = info.st_dev;
      file.inode = info.st_ino;
    }
  g_array_append_val (self->files, file);

  if (set_mode (file.path, unix_address->mode, error) && add_socket (self, socket, error))
    return TRUE;

  g_array_set_size (self->files, self->files->len - 1);

  return FALSE;
}

static gboolean
listen_unix (SsListener  *self,
             const char  *text,
             GError     **error)
{
  g_auto (SsUnixAddress) unix_address = { NULL };
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;

  if (!ss_unix_address_parse (&unix_address, text, error))
    return FALSE;

  if (unix_address.tls && !self->has_certificate)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   _("the option “%s” needs a certificate, and there is none"), "tls=1");
      return FALSE;
    }

  address = ss_unix_address_to_socket_address (&unix_address, error);
  if (address == NULL)
    return FALSE;

  if (!unix_address.abstract)
    remove_stale_socket (address, unix_address.path);
  socket = bind_socket (address, error);
  if (socket == NULL)
    return FALSE;

  g_object_set_qdata (G_OBJECT (socket), tls_quark (),
                      GUINT_TO_POINTER (unix_address.tls ? SS_LISTENER_TLS_ALWAYS
                                                         : SS_LISTENER_TLS_NEVER));

  return unix_address.abstract ? add_socket (self, socket, error)
                               : listen_file (self, &unix_address, socket, error);
}

static gboolean
listen_activated (SsListener  *self,
                  const char  *name,
                  GError     **error)
{
  g_autoptr (GPtrArray) sockets = ss_socket_activation_take (name[0] != '\0' ? name : NULL, error);

  if (sockets == NULL)
    return FALSE;

  for (guint i = 0; i < sockets->len; i++)
    if (!add_socket (self, sockets->pdata[i], error))
      return FALSE;

  return TRUE;
}

static gboolean
listen_loopback (SsListener  *self,
                 guint16      port,
                 GError     **error)
{
  /* A free port of the one family may be taken in the other. */
  for (guint attempts_left = 16;; attempts_left--)
    {
      g_autoptr (GSocketAddress) address4 =
        g_inet_socket_address_new_from_string ("127.0.0.1", port);
      g_autoptr (GSocketAddress) address6 = NULL;
      g_autoptr (GSocketAddress) bound = NULL;
      g_autoptr (GSocket) socket4 = bind_socket (address4, error);
      g_autoptr (GSocket) socket6 = NULL;
      g_autoptr (GError) local_error = NULL;

      if (socket4 == NULL || (bound = g_socket_get_local_address (socket4, error)) == NULL)
        return FALSE;

      address6 = g_inet_socket_address_new_from_string ("::1", g_inet_socket_address_get_port (
                                                                 G_INET_SOCKET_ADDRESS (bound)));
      socket6 = bind_socket (address6, &local_error);
      if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
        {
          if (port == 0 && attempts_left > 0)
            continue;

          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }

      if (!add_socket (self, socket4, error))
        return FALSE;

      /* Any other error is a machine without IPv6. */
      if (socket6 == NULL || add_socket (self, socket6, error))
        return TRUE;

      drop_last_socket (self);

      return FALSE;
    }
}

static gboolean
listen_inet (SsListener  *self,
             const char  *text,
             guint16      port,
             GError     **error)
{
  g_autofree char *stripped = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  gsize length = strlen (text);

  if (length > 2 && text[0] == '[' && text[length - 1] == ']')
    text = stripped = g_strndup (text + 1, length - 2);

  address = g_inet_socket_address_new_from_string (text, port);
  if (address == NULL)
    {
      g_set_error_literal (
        error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        _("it is no numeric address, “localhost”, “systemd:” or “unix:” with a path"));
      return FALSE;
    }

  return listen_address (self, address, error);
}

gboolean
ss_listener_listen (SsListener  *self,
                    const char  *address,
                    guint16      port,
                    GError     **error)
{
  gboolean listening;

  g_assert (SS_IS_LISTENER (self));

  if (address == NULL)
    address = "localhost";

  if (g_str_has_prefix (address, UNIX_PREFIX) || g_str_has_prefix (address, ACTIVATED_PREFIX))
    {
      listening = g_str_has_prefix (address, UNIX_PREFIX)
                    ? listen_unix (self, address + strlen (UNIX_PREFIX), error)
                    : listen_activated (self, address + strlen (ACTIVATED_PREFIX), error);
      if (!listening)
        /* Translators: the address, such as "unix:/run/socket"; the reason follows. */
        g_prefix_error (error, _("Cannot listen on “%s”: "), address);
    }
  else
    {
      listening = g_str_equal (address, "localhost") ? listen_loopback (self, port, error)
                                                     : listen_inet (self, address, port, error);
      if (!listening)
        /* Translators: the address, such as "127.0.0.1"; the reason follows. */
        g_prefix_error (error, _("Cannot listen on “%s”, port %u: "), address, port);
    }

  return listening;
}

gboolean
ss_listener_take_socket (SsListener  *self,
                         GSocket     *socket,
                         GError     **error)
{
  g_assert (SS_IS_LISTENER (self));

  if (g_socket_get_socket_type (socket) != G_SOCKET_TYPE_STREAM)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _("The socket is no stream socket"));
      return FALSE;
    }

  return add_socket (self, socket, error);
}

GSocketAddress *
ss_listener_dup_address (SsListener *self)
{
  g_assert (SS_IS_LISTENER (self));

  if (self->sockets->len == 0)
    return NULL;

  return g_socket_get_local_address (g_ptr_array_index (self->sockets, 0), NULL);
}

GSocketAddress *
ss_listener_dup_inet_address (SsListener *self)
{
  g_assert (SS_IS_LISTENER (self));

  for (guint i = 0; i < self->sockets->len; i++)
    {
      g_autoptr (GSocketAddress) address =
        g_socket_get_local_address (self->sockets->pdata[i], NULL);

      if (address != NULL && G_IS_INET_SOCKET_ADDRESS (address))
        return g_steal_pointer (&address);
    }

  return NULL;
}

gboolean
ss_listener_is_on_loopback (SsListener *self)
{
  guint n_loopback = 0;
  guint n_network = 0;

  g_assert (SS_IS_LISTENER (self));

  for (guint i = 0; i < self->sockets->len; i++)
    ss_socket_count_bound (self->sockets->pdata[i], &n_loopback, &n_network);

  return n_loopback > 0 && n_network == 0;
}

SsListenerTls
ss_listener_get_tls (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  Handshake *handshake = g_object_get_qdata (G_OBJECT (socket), handshake_quark ());

  return handshake != NULL ? handshake->tls : SS_LISTENER_TLS_WITH_CERTIFICATE;
}

void
ss_listener_set_has_certificate (SsListener *self,
                                 gboolean    has_certificate)
{
  g_assert (SS_IS_LISTENER (self));

  self->has_certificate = has_certificate;
}

void
ss_listener_close (SsListener *self)
{
  g_assert (SS_IS_LISTENER (self));

  pause_accepting (self);
  ss_clear_source (&self->retry);

  for (guint i = 0; i < self->sockets->len; i++)
    g_socket_close (g_ptr_array_index (self->sockets, i), NULL);
  g_ptr_array_set_size (self->sockets, 0);

  g_array_set_size (self->files, 0);

  shut_down_handshakes (self, G_MAXINT64, NULL);
  forget_handshakes (&self->ending);
  ss_clear_source (&self->timeout);
}

void
ss_listener_set_handshake_timeout (SsListener *self,
                                   guint       milliseconds)
{
  g_assert (SS_IS_LISTENER (self));

  self->timeout_ms = milliseconds;
}

void
ss_listener_set_max_handshakes (SsListener *self,
                                guint       n)
{
  g_assert (SS_IS_LISTENER (self));
  g_assert (n > 0);

  self->max_handshakes = n;
}

guint
ss_listener_get_n_handshakes (SsListener *self)
{
  g_assert (SS_IS_LISTENER (self));

  return g_queue_get_length (&self->handshakes);
}

void
ss_listener_upgraded (GSocket *socket)
{
  if (socket != NULL)
    g_object_set_qdata (G_OBJECT (socket), handshake_quark (), NULL);
}

static void
ss_listener_dispose (GObject *object)
{
  ss_listener_close (SS_LISTENER (object));

  G_OBJECT_CLASS (ss_listener_parent_class)->dispose (object);
}

static void
ss_listener_finalize (GObject *object)
{
  SsListener *self = SS_LISTENER (object);

  g_ptr_array_unref (self->sockets);
  g_array_unref (self->files);
  g_ptr_array_unref (self->sources);
  g_hash_table_unref (self->addresses);
  g_main_context_unref (self->context);

  G_OBJECT_CLASS (ss_listener_parent_class)->finalize (object);
}

static void
ss_listener_class_init (SsListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  /* The first GTask of a program makes a thread with a descriptor of its own, and aborts when there
   * is none. Without this that would be when the first connection is closed to make room for
   * others. */
  g_type_ensure (G_TYPE_TASK);

  object_class->dispose = ss_listener_dispose;
  object_class->finalize = ss_listener_finalize;
}

static void
ss_listener_init (SsListener *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->sockets = g_ptr_array_new_with_free_func (g_object_unref);
  self->files = g_array_new (FALSE, FALSE, sizeof (SocketFile));
  g_array_set_clear_func (self->files, socket_file_clear);
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);
  self->addresses =
    g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_queue_free);
  self->max_handshakes = SS_HANDSHAKES;
  self->timeout_ms = SS_HANDSHAKE_SECONDS * 1000;
}

SsListener *
ss_listener_new (SsListenerFunc func,
                 gpointer       user_data)
{
  SsListener *self = g_object_new (SS_TYPE_LISTENER, NULL);

  self->func = func;
  self->user_data = user_data;

  return self;
}
