/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-base.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ss-socket.h"
#include "ss-clear-source.h"

static GPollableInputStream *
get_input (SsBase *self)
{
  return G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
}

static GSocket *
find_socket (SsBase *self)
{
  return self->stream != NULL ? ss_socket_find (self->stream) : NULL;
}

void
ss_base_init (SsBase    *self,
              GIOStream *stream)
{
  *self = (SsBase) { .stream = g_object_ref (stream), .fd = -1 };
  self->direct = ss_socket_is_direct (stream) != FALSE;
  if (self->direct)
    self->fd = g_socket_get_fd (ss_socket_find (stream));
}

void
ss_base_clear (SsBase *self)
{
  ss_clear_source (&self->input_source);
  ss_clear_source (&self->output_source);
  g_clear_object (&self->stream);
  g_clear_pointer (&self->unread, g_bytes_unref);
}

void
ss_base_unread (SsBase *self,
                GBytes *bytes)
{
  g_assert (self->unread == NULL && g_bytes_get_size (bytes) > 0);

  /* A socket's own bytes may have been read as well, where nobody had an epoll to wait for them with. */
  self->direct = FALSE;
  self->unread = bytes;
}

static gsize
read_unread (SsBase *self,
             void   *buffer,
             gsize   count)
{
  g_autoptr (GBytes) unread = g_steal_pointer (&self->unread);
  gsize length;
  const guint8 *bytes = g_bytes_get_data (unread, &length);
  gsize n = MIN (count, length);

  memcpy (buffer, bytes, n);
  if (n < length)
    self->unread = g_bytes_new_from_bytes (unread, n, length - n);

  return n;
}

gssize
ss_base_read (SsBase  *self,
              void    *buffer,
              gsize    count,
              GError **error)
{
  if (self->unread != NULL)
    return (gssize) read_unread (self, buffer, count);

  if (self->stream == NULL)
    return ss_socket_receive (self->fd, buffer, count, error);

  return g_pollable_input_stream_read_nonblocking (get_input (self), buffer, count, NULL, error);
}

static void
await (GSource             **source,
       GSource              *fresh,
       GMainContext         *context,
       GPollableSourceFunc   func,
       gpointer              user_data)
{
  *source = fresh;
  g_source_set_callback (fresh, G_SOURCE_FUNC (func), user_data, NULL);
  g_source_attach (fresh, context);
}

void
ss_base_await_input (SsBase              *self,
                     GMainContext        *context,
                     GPollableSourceFunc  func,
                     gpointer             user_data)
{
  GSource *source;

  if (self->input_source != NULL)
    return;

  source = g_pollable_input_stream_create_source (get_input (self), NULL);
  /* Nobody else tells of these. */
  if (self->unread != NULL)
    g_source_set_ready_time (source, 0);
  await (&self->input_source, source, context, func, user_data);
}

void
ss_base_await_output (SsBase              *self,
                      GMainContext        *context,
                      GPollableSourceFunc  func,
                      gpointer             user_data)
{
  if (self->output_source == NULL)
    await (&self->output_source,
           g_pollable_output_stream_create_source (ss_base_get_output (self), NULL), context, func,
           user_data);
}

void
ss_base_stop_input (SsBase *self)
{
  ss_clear_source (&self->input_source);
}

void
ss_base_stop_output (SsBase *self)
{
  ss_clear_source (&self->output_source);
}

/* Not while something waits in a buffer of libsoup's stream, and not without a descriptor to be
 * had. */
static gboolean
replace_stream (SsBase        *self,
                SsPollerWatch *watch)
{
  int fd;

  if (!G_IS_SOCKET_CONNECTION (self->stream) &&
      g_pollable_input_stream_is_readable (get_input (self)))
    return FALSE;

  fd = fcntl (self->fd, F_DUPFD_CLOEXEC, 3);
  if (fd < 0 || !ss_poller_watch_set_fd (watch, fd))
    {
      if (fd >= 0)
        close (fd);
      return FALSE;
    }

  self->fd = fd;
  g_io_stream_close (self->stream, NULL, NULL);
  g_clear_object (&self->stream);

  return TRUE;
}

void
ss_base_watch (SsBase        *self,
               SsPollerWatch *watch)
{
  /* With no epoll to be had GIO's sources do as well, only slower. */
  if (self->direct && !replace_stream (self, watch) && !ss_poller_watch_set_fd (watch, self->fd))
    self->direct = FALSE;
}

void
ss_base_shut_down (SsBase *self)
{
  g_assert (self->direct);

  shutdown (self->fd, SHUT_WR);
}

void
ss_base_close_async (SsBase              *self,
                     GMainContext        *context,
                     GAsyncReadyCallback  callback,
                     gpointer             user_data)
{
  g_assert (!self->direct && !self->closing);

  self->closing = TRUE;
  ss_clear_source (&self->input_source);
  g_main_context_push_thread_default (context);
  g_io_stream_close_async (self->stream, G_PRIORITY_DEFAULT, NULL, callback, user_data);
  g_main_context_pop_thread_default (context);
}

void
ss_base_close (SsBase *self)
{
  GSocket *socket = find_socket (self);

  ss_clear_source (&self->input_source);
  ss_clear_source (&self->output_source);
  if (self->stream == NULL)
    {
      close (self->fd);
      return;
    }

  /* Closing TLS writes, which must not wait for a peer that does not read. */
  if (!self->direct && socket != NULL)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
  if (!self->closing)
    g_io_stream_close (self->stream, NULL, NULL);
}

int
ss_base_get_fd (SsBase *self)
{
  GSocket *socket = find_socket (self);

  return socket != NULL ? g_socket_get_fd (socket) : self->fd;
}

void
ss_base_set_user_timeout (SsBase *self,
                          guint   milliseconds)
{
  ss_socket_set_user_timeout (ss_base_get_fd (self), milliseconds);
}
