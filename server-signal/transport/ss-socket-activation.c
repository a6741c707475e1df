/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "ss-socket-activation.h"

#define FIRST_FD 3
/* More than anybody configures; the variable may hold anything. */
#define MAX_FDS 1024

/* Hubs may live in several threads. */
G_LOCK_DEFINE_STATIC (taken);
static gboolean taken[MAX_FDS];

/* FALSE: it is not a number, or not one in the range. */
static gboolean
get_number (const char *variable,
            guint64     max,
            guint64    *number)
{
  const char *text = g_getenv (variable);

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 1, max, number, NULL);
}

static gboolean
is_listening (int fd)
{
  int value = 0;
  socklen_t length = sizeof value;

  if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &value, &length) < 0 || value != SOCK_STREAM)
    return FALSE;

  length = sizeof value;

  return getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0;
}

/* The numbers of those that have the name and are not taken yet. */
static GArray *
find (const char *name)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (guint));
  const char *text = g_getenv ("LISTEN_FDNAMES");
  g_auto (GStrv) names = g_strsplit (text != NULL ? text : "", ":", -1);
  guint n_names = g_strv_length (names);
  guint64 pid, n;

  /* Sockets that were meant for the process that started this one are not ours. */
  if (!get_number ("LISTEN_PID", G_MAXINT, &pid) || pid != (guint64) getpid () ||
      !get_number ("LISTEN_FDS", MAX_FDS, &n))
    return found;

  for (guint i = 0; i < n; i++)
    if (!taken[i] && (name == NULL || (i < n_names && strcmp (names[i], name) == 0)))
      g_array_append_val (found, i);

  return found;
}

static gboolean
check (GArray  *found,
       GError **error)
{
  if (found->len == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           _("no such socket was handed over to this process"));
      return FALSE;
    }

  for (guint i = 0; i < found->len; i++)
    if (!is_listening (FIRST_FD + (int) g_array_index (found, guint, i)))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _("descriptor %d is not a stream socket that listens"),
                        FIRST_FD + (int) g_array_index (found, guint, i));
        return FALSE;
      }

  return TRUE;
}

static GPtrArray *
take (GArray  *found,
      GError **error)
{
  g_autoptr (GPtrArray) sockets = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < found->len; i++)
    {
      guint number = g_array_index (found, guint, i);
      int fd = FIRST_FD + (int) number;
      GSocket *socket;

      /* A program that this process starts has no use for it. */
      fcntl (fd, F_SETFD, FD_CLOEXEC);
      socket = g_socket_new_from_fd (fd, error);
      if (socket == NULL)
        return NULL;

      taken[number] = TRUE;
      g_ptr_array_add (sockets, socket);
    }

  return g_steal_pointer (&sockets);
}

GPtrArray *
ss_socket_activation_take (const char  *name,
                           GError     **error)
{
  g_autoptr (GArray) found = NULL;
  GPtrArray *sockets = NULL;

  G_LOCK (taken);
  found = find (name);
  if (check (found, error))
    sockets = take (found, error);
  G_UNLOCK (taken);

  return sockets;
}
