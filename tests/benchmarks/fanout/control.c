/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The control connection of the servers that run a GMainLoop. */

#include "config.h"

#include "control.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

static ControlFunc control_func;
static gpointer control_data;

static gboolean
bytes_cb (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  char bytes[64];
  gssize n = read (fd, bytes, sizeof bytes);

  if (n <= 0)
    {
      close (fd);
      return G_SOURCE_REMOVE;
    }

  control_func (bytes, (gsize) n, control_data);

  return G_SOURCE_CONTINUE;
}

static gboolean
connection_cb (int          fd,
               GIOCondition condition,
               gpointer     user_data)
{
  int connection = accept (fd, NULL, NULL);

  if (connection >= 0)
    {
      g_autoptr (GSource) source = g_unix_fd_source_new (connection, G_IO_IN);

      /* Otherwise GLib takes the descriptor out of the loop for each call, which costs four system
       * calls. */
      g_source_set_can_recurse (source, TRUE);
      g_source_set_callback (source, G_SOURCE_FUNC (bytes_cb), NULL, NULL);
      g_source_attach (source, NULL);
    }

  return G_SOURCE_CONTINUE;
}

guint16
control_listen (ControlFunc func,
                gpointer    user_data)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fd, 8) < 0 ||
      getsockname (fd, (struct sockaddr *) &address, &length) < 0)
    g_error ("No control socket: %s", g_strerror (errno));

  control_func = func;
  control_data = user_data;
  g_unix_fd_add (fd, G_IO_IN, connection_cb, NULL);

  return ntohs (address.sin_port);
}
