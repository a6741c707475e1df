/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifdef SS_LINUX
#include <linux/sockios.h>
#endif

#include "ss-log.h"

/* The stream in the property, which keeps it; NULL: there is no such property. */
static GIOStream *
get_base (GIOStream  *stream,
          const char *property)
{
  g_autoptr (GIOStream) base = NULL;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (stream), property) != NULL)
    g_object_get (stream, property, &base, NULL);

  return base;
}

GSocket *
ss_socket_find (GIOStream *stream)
{
  while (stream != NULL && !G_IS_SOCKET_CONNECTION (stream))
    {
      GIOStream *base = get_base (stream, "base-iostream"); /* SoupIOStream */

      stream = base != NULL ? base : get_base (stream, "base-io-stream"); /* GTlsConnection */
    }

  return stream != NULL ? g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)) : NULL;
}

GSocketAddress *
ss_socket_dup_remote_address (GIOStream *stream)
{
  GSocket *socket = ss_socket_find (stream);

  return socket != NULL ? g_socket_get_remote_address (socket, NULL) : NULL;
}

static G_DEFINE_QUARK (ss-socket-address, address)

/* Asked for the address of a client that has reset its connection, libsoup has a warning for the log,
 * as often as clients do so. */
GSocketAddress *
ss_socket_get_message_address (SoupServerMessage *message)
{
  GSocket *socket = soup_server_message_get_socket (message);
  GSocketAddress *address;

  if (socket == NULL)
    return soup_server_message_get_remote_address (message);

  address = g_object_get_qdata (G_OBJECT (message), address_quark ());
  if (address == NULL)
    {
      address = g_socket_get_remote_address (socket, NULL);
      g_object_set_qdata_full (G_OBJECT (message), address_quark (), address, g_object_unref);
    }

  return address;
}

GSocketAddress *
ss_socket_dup_log_address (int fd)
{
  struct sockaddr_storage address;
  socklen_t length = sizeof address;

  if (!ss_log_is_on (G_LOG_LEVEL_INFO) ||
      getpeername (fd, (struct sockaddr *) &address, &length) < 0)
    return NULL;

  return g_socket_address_new_from_native (&address, length);
}

gboolean
ss_socket_is_direct (GIOStream *stream)
{
  GIOStream *base = get_base (stream, "base-iostream");

  if (base != NULL)
    stream = base;

  return G_IS_SOCKET_CONNECTION (stream) && !G_IS_TCP_WRAPPER_CONNECTION (stream);
}

gssize
ss_socket_receive (int      fd,
                   void    *buffer,
                   gsize    count,
                   GError **error)
{
  gssize n;

  do
    n = recv (fd, buffer, count, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);

  if (n < 0)
    {
      int code = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
    }

  return n;
}

int
ss_socket_get_unsent (int fd)
{
#ifdef SIOCOUTQ
  int n_bytes;

  if (ioctl (fd, SIOCOUTQ, &n_bytes) == 0)
    return n_bytes;
#endif

  return -1;
}

void
ss_socket_set_user_timeout (int   fd,
                            guint milliseconds)
{
#ifdef TCP_USER_TIMEOUT
  int number = (int) MIN (milliseconds, G_MAXINT);

  /* Fails on a unix socket, whose other end cannot go without a word. */
  if (fd >= 0)
    setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &number, sizeof number);
#endif
}

gboolean
ss_socket_has_input (int fd)
{
  int n_bytes = 0;

  return ioctl (fd, FIONREAD, &n_bytes) == 0 && n_bytes > 0;
}

void
ss_socket_count_bound (GSocket *socket,
                       guint   *n_loopback,
                       guint   *n_network)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (socket, NULL);
  GInetAddress *host;

  if (address == NULL || !G_IS_INET_SOCKET_ADDRESS (address))
    return;

  host = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  if (g_inet_address_get_is_loopback (host))
    (*n_loopback)++;
  else
    (*n_network)++;
}
