/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The limit: an epoll loop that does as little as a WebSocket server can, one send() for each
 * message and connection. With the argument "join" all messages that were asked for at once leave
 * in one send(). Bytes that a connection does not take wait in its own memory, without a bound. */

#define _GNU_SOURCE

#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "control.h"

#define KEY_HEADER "\r\nSec-WebSocket-Key: "
#define KEY_SUFFIX "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

typedef enum
{
  LISTENER,
  CONTROL_LISTENER,
  CONTROL,
  HANDSHAKE,
  OPEN,
} Kind;

typedef struct
{
  Kind        kind;
  int         fd;
  guint       index;    /* in the array of those that are open */
  GByteArray *pending;  /* bytes that the kernel did not take, or NULL */
} Connection;

static int epoll_fd;
static GPtrArray *open_connections;
static Connection *active;
static GByteArray *frames;
static gboolean join;
static int value = FIRST_VALUE;
static int single_value = FIRST_VALUE;

static Connection *
watch (Kind kind,
       int  fd)
{
  Connection *self = g_new0 (Connection, 1);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = self };

  self->kind = kind;
  self->fd = fd;
  if (epoll_ctl (epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
    g_error ("epoll_ctl: %s", g_strerror (errno));

  return self;
}

static void
drop (Connection *self)
{
  if (self->kind == OPEN)
    {
      g_ptr_array_remove_index_fast (open_connections, self->index);
      if (self->index < open_connections->len)
        ((Connection *) g_ptr_array_index (open_connections, self->index))->index = self->index;
    }
  if (active == self)
    active = NULL;
  close (self->fd);
  g_clear_pointer (&self->pending, g_byte_array_unref);
  g_free (self);
}

static void
set_waiting (Connection *self,
             gboolean    waiting)
{
  struct epoll_event event = { .events = EPOLLIN | (waiting ? EPOLLOUT : 0), .data.ptr = self };

  epoll_ctl (epoll_fd, EPOLL_CTL_MOD, self->fd, &event);
}

static void
send_bytes (Connection *self,
            const void *bytes,
            gsize       n_bytes)
{
  gssize sent = 0;

  if (self->pending == NULL)
    {
      sent = send (self->fd, bytes, n_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent == (gssize) n_bytes)
        return;

      sent = MAX (sent, 0);
      self->pending = g_byte_array_new ();
      set_waiting (self, TRUE);
    }

  g_byte_array_append (self->pending, (const guint8 *) bytes + sent,
                       (guint) (n_bytes - (gsize) sent));
}

static void
send_pending (Connection *self)
{
  gssize sent =
    send (self->fd, self->pending->data, self->pending->len, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (sent == (gssize) self->pending->len)
    {
      g_clear_pointer (&self->pending, g_byte_array_unref);
      set_waiting (self, FALSE);
    }
  else if (sent > 0)
    {
      g_byte_array_remove_range (self->pending, 0, (guint) sent);
    }
}

static void
send_to_all (void)
{
  for (guint i = 0; i < open_connections->len; i++)
    send_bytes (g_ptr_array_index (open_connections, i), frames->data, frames->len);
  g_byte_array_set_size (frames, 0);
}

static void
append_frame (const char *text,
              gsize       length)
{
  const guint8 header[] = { 0x81, length < 126 ? (guint8) length : 126, (guint8) (length >> 8),
                            (guint8) length };

  g_byte_array_append (frames, header, length < 126 ? 2 : 4);
  g_byte_array_append (frames, (const guint8 *) text, (guint) length);
}

static void
append_update (const char *name,
               int         number)
{
  char text[128];
  int length =
    snprintf (text, sizeof text,
              "{\"name\":\"%s\",\"patch\":[{\"op\":\"replace\",\"path\":\"/value\",\"value\":%d}]}",
              name, number);

  append_frame (text, (gsize) length);
}

static void
append_large (void)
{
  g_autofree char *filling = g_strnfill (FILLING_BYTES, 'x');
  g_autofree char *text = g_strdup_printf (
    "{\"name\":\"page\",\"patch\":[{\"op\":\"replace\",\"path\":\"/text\",\"value\":\"%d%s\"}]}",
    ++value, filling);

  append_frame (text, strlen (text));
}

static void
take_control (Connection *self)
{
  char bytes[64];
  gssize n = read (self->fd, bytes, sizeof bytes);

  if (n <= 0)
    {
      drop (self);
      return;
    }

  for (gssize i = 0; i < n; i++)
    {
      if (bytes[i] == 's' && active != NULL)
        {
          if (frames->len > 0)
            send_to_all ();
          append_update ("single", ++single_value);
          send_bytes (active, frames->data, frames->len);
          g_byte_array_set_size (frames, 0);
          continue;
        }

      if (bytes[i] == 'b')
        append_update ("counter", ++value);
      else if (bytes[i] == 'l')
        append_large ();
      if (!join)
        send_to_all ();
    }

  if (frames->len > 0)
    send_to_all ();
}

static void
take_handshake (Connection *self)
{
  char request[2048];
  char response[256];
  guint8 digest[20];
  gsize digest_length = sizeof digest;
  gssize n = recv (self->fd, request, sizeof request - 1, MSG_PEEK);
  g_autoptr (GChecksum) checksum = NULL;
  g_autofree char *accept_key = NULL;
  const char *key;
  int length;

  if (n <= 0)
    {
      drop (self);
      return;
    }

  request[n] = '\0';
  if (strstr (request, "\r\n\r\n") == NULL)
    return;

  recv (self->fd, request, (gsize) n, 0);
  key = strstr (request, KEY_HEADER);
  if (key == NULL)
    {
      drop (self);
      return;
    }

  key += strlen (KEY_HEADER);
  checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_checksum_update (checksum, (const guint8 *) key, (gssize) strcspn (key, "\r"));
  g_checksum_update (checksum, (const guint8 *) KEY_SUFFIX, -1);
  g_checksum_get_digest (checksum, digest, &digest_length);
  accept_key = g_base64_encode (digest, digest_length);
  length =
    snprintf (response, sizeof response,
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: %s\r\n\r\n",
              accept_key);
  send_bytes (self, response, (gsize) length);

  self->kind = OPEN;
  self->index = open_connections->len;
  g_ptr_array_add (open_connections, self);
  if (active == NULL)
    active = self;
}

static void
take_input (Connection *self)
{
  char bytes[4096];
  gssize n = recv (self->fd, bytes, sizeof bytes, 0);

  /* The bytes of clients are of no interest here. */
  if (n == 0 || (n < 0 && errno != EAGAIN))
    drop (self);
}

static void
accept_all (Connection *self)
{
  int fd;
  int one = 1;

  while ((fd = accept4 (self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      watch (self->kind == LISTENER ? HANDSHAKE : CONTROL, fd);
    }
}

static void
take_event (struct epoll_event *event)
{
  Connection *self = event->data.ptr;

  if ((event->events & EPOLLOUT) != 0 && self->pending != NULL)
    send_pending (self);
  if ((event->events & ~(guint) EPOLLOUT) == 0)
    return;

  switch (self->kind)
    {
    case CONTROL:
      take_control (self);
      break;

    case HANDSHAKE:
      take_handshake (self);
      break;

    case OPEN:
      take_input (self);
      break;

    case LISTENER:
    case CONTROL_LISTENER:
    default:
      accept_all (self);
      break;
    }
}

static int
listen_on_loopback (Kind kind)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) < 0 ||
      listen (fd, 4096) < 0 || getsockname (fd, (struct sockaddr *) &address, &length) < 0)
    g_error ("No socket: %s", g_strerror (errno));
  watch (kind, fd);

  return ntohs (address.sin_port);
}

int
main (int    argc,
      char **argv)
{
  struct epoll_event events[256];
  int port;

  join = argc > 1 && strcmp (argv[1], "join") == 0;
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  open_connections = g_ptr_array_new ();
  frames = g_byte_array_new ();
  port = listen_on_loopback (LISTENER);
  printf ("%d %d\n", port, listen_on_loopback (CONTROL_LISTENER));
  fflush (stdout);

  for (;;)
    {
      int n_events = epoll_wait (epoll_fd, events, G_N_ELEMENTS (events), -1);

      for (int i = 0; i < n_events; i++)
        take_event (&events[i]);
    }
}
