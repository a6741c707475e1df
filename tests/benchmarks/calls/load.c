/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Calls a WebSocket server from one epoll loop: load ours|rpc PORT CONNECTIONS DEPTH SECONDS.
 *
 * Each connection has DEPTH calls under way. A call asks for a number plus 1, and the answer is checked, its id and
 * its value. Prints a line of JSON: calls, seconds, and the latencies in microseconds.
 *
 * load cpu PORT: the processor's time of our hub for calls, and for as many commits that go to this one client:
 * one in a turn, for which the hub is woken, and 64 in a turn. */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER 65536

typedef struct
{
  int       socket;
  char      in[BUFFER];
  size_t    length;
  uint64_t  next;     /* id of the next call */
  uint64_t  expected; /* id of the next answer: all servers answer in order */
  uint64_t *times;    /* when the calls under way began, by id modulo depth */
} Connection;

static bool ours;
static unsigned depth;
static uint32_t *latencies;
static size_t n_latencies, room;

static void
fail (const char *what)
{
  printf ("{\"error\":\"%s: %s\"}\n", what, strerror (errno));
  exit (1);
}

static uint64_t
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);

  return (uint64_t) time.tv_sec * 1000000000u + (uint64_t) time.tv_nsec;
}

static void
send_all (int         socket,
          const void *data,
          size_t      length)
{
  const char *at = data;

  while (length > 0)
    {
      ssize_t n = send (socket, at, length, MSG_NOSIGNAL);

      if (n < 0)
        fail ("send");
      at += n;
      length -= (size_t) n;
    }
}

/* A masked text frame (RFC 6455, 5.2) with a mask of zeros; text is up to 65,535 bytes. */
static size_t
frame (char       *out,
       const char *text,
       size_t      length)
{
  size_t at = 0;

  out[at++] = (char) 0x81;
  if (length < 126)
    {
      out[at++] = (char) (0x80 | length);
    }
  else
    {
      out[at++] = (char) (0x80 | 126);
      out[at++] = (char) (length >> 8);
      out[at++] = (char) length;
    }
  memset (out + at, 0, 4);
  at += 4;
  memcpy (out + at, text, length);

  return at + length;
}

static void
send_text (int         socket,
           const char *text)
{
  char buffer[512];

  send_all (socket, buffer, frame (buffer, text, strlen (text)));
}

/* One call, into a buffer. */
static size_t
write_call (Connection *self,
            char       *out)
{
  char text[200];
  int length;

  length = ours ? snprintf (text, sizeof text, "{\"call\":\"add\",\"id\":%lu,\"args\":%lu}",
                            self->next, self->next + 7)
                : snprintf (text, sizeof text,
                            "{\"jsonrpc\":\"2.0\",\"method\":\"add\",\"params\":[%lu],\"id\":%lu}",
                            self->next + 7, self->next);
  self->times[self->next % depth] = now ();
  self->next++;

  return frame (out, text, (size_t) length);
}

/* The number behind a key. */
static uint64_t
number (const char *text,
        size_t      length,
        const char *key)
{
  const char *found = memmem (text, length, key, strlen (key));

  if (found == NULL)
    {
      errno = EPROTO;
      fail (key);
    }
  found += strlen (key);
  while (*found == ' ')
    found++;

  return strtoull (found, NULL, 10);
}

static void
take_answer (Connection *self,
             const char *text,
             size_t      length)
{
  uint64_t id, value;

  if (ours && memcmp (text, "{\"hello\"", 8) == 0)
    return;

  id = number (text, length, ours ? "\"reply\":" : "\"id\":");
  value = number (text, length, ours ? "\"value\":" : "\"result\":");
  if (id != self->expected || value != id + 8)
    {
      errno = EPROTO;
      fail ("a wrong answer");
    }
  self->expected++;
  if (n_latencies == room)
    {
      room = room == 0 ? 1 << 20 : room * 2;
      latencies = realloc (latencies, room * sizeof *latencies);
    }
  latencies[n_latencies++] = (uint32_t) ((now () - self->times[id % depth]) / 1000);
}

/* The next whole message from the server: its text within the buffer. NULL: there is none. */
static const char *
next_message (Connection *self,
              size_t     *at,
              size_t     *length)
{
  const unsigned char *head = (const unsigned char *) self->in + *at;
  size_t left = self->length - *at, header = 2;

  if (left < 2)
    return NULL;
  *length = head[1] & 127;
  if (*length == 126)
    {
      if (left < 4)
        return NULL;
      *length = (size_t) head[2] << 8 | head[3];
      header = 4;
    }
  if (left < header + *length)
    return NULL;

  *at += header + *length;

  return (const char *) head + header;
}

static bool
receive (Connection *self)
{
  ssize_t n = recv (self->socket, self->in + self->length, BUFFER - self->length - 1, 0);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return false;
  if (n <= 0)
    fail ("the connection has ended");
  self->length += (size_t) n;
  self->in[self->length] = '\0';

  return true;
}

static void
drop (Connection *self,
      size_t      at)
{
  memmove (self->in, self->in + at, self->length - at);
  self->length -= at;
}

static void
step (Connection *self,
      bool        more)
{
  static char out[BUFFER];
  size_t at = 0, length, written = 0;
  const char *text;
  uint64_t before = self->expected;

  if (!receive (self))
    return;
  while ((text = next_message (self, &at, &length)) != NULL)
    take_answer (self, text, length);
  drop (self, at);

  for (; more && before < self->expected; before++)
    written += write_call (self, out + written);
  send_all (self->socket, out, written);
}

static void
connect_to (Connection *self,
            int         port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) port) };
  char request[400];
  int one = 1;
  char *end;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->socket = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt (self->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect (self->socket, (struct sockaddr *) &address, sizeof address) < 0)
    fail ("connect");
  snprintf (
    request, sizeof request,
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
    port, ours ? "Sec-WebSocket-Protocol: server-signal.v1\r\n" : "");
  send_all (self->socket, request, strlen (request));
  while ((end = strstr (self->in, "\r\n\r\n")) == NULL)
    receive (self);
  if (strstr (self->in, " 101 ") == NULL)
    fail ("the handshake was refused");
  drop (self, (size_t) (end + 4 - self->in));
}

static int
compare (const void *a,
         const void *b)
{
  uint32_t one = *(const uint32_t *) a, other = *(const uint32_t *) b;

  return one < other ? -1 : one > other;
}

static void
run (int    port,
     int    n,
     double seconds)
{
  Connection *connections = calloc ((size_t) n, sizeof *connections);
  struct epoll_event events[256];
  int epoll = epoll_create1 (EPOLL_CLOEXEC);
  uint64_t begin, end;
  size_t under_way;

  for (int i = 0; i < n; i++)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.ptr = &connections[i] };

      connections[i].times = calloc (depth, sizeof (uint64_t));
      connect_to (&connections[i], port);
      epoll_ctl (epoll, EPOLL_CTL_ADD, connections[i].socket, &event);
    }

  begin = now ();
  end = begin + (uint64_t) (seconds * 1e9);
  for (int i = 0; i < n; i++)
    for (unsigned j = 0; j < depth; j++)
      {
        char out[256];

        send_all (connections[i].socket, out, write_call (&connections[i], out));
      }

  under_way = (size_t) n * depth;
  while (under_way > 0)
    {
      int ready = epoll_wait (epoll, events, 256, 20000);
      bool more = now () < end;

      if (ready == 0)
        {
          errno = ETIMEDOUT;
          fail ("no answer");
        }
      for (int i = 0; i < ready; i++)
        step (events[i].data.ptr, more);

      under_way = 0;
      if (!more)
        for (int i = 0; i < n; i++)
          under_way += connections[i].next - connections[i].expected;
      else
        under_way = 1;
    }
  end = now ();

  qsort (latencies, n_latencies, sizeof *latencies, compare);
  printf ("{\"calls\":%zu,\"seconds\":%.6f,\"median\":%u,\"p99\":%u,\"max\":%u}\n", n_latencies,
          (double) (end - begin) / 1e9, latencies[n_latencies / 2],
          latencies[(size_t) ((double) n_latencies * 0.99)], latencies[n_latencies - 1]);
}

/* Makes n calls at once, and takes their answers. Gives the value of the last; counts updates that come. */
static uint64_t
ask (Connection *self,
     const char *method,
     const char *arguments,
     unsigned    n,
     uint64_t   *n_updates)
{
  static char out[BUFFER];
  uint64_t value = 0;
  size_t written = 0;

  for (unsigned i = 0; i < n; i++)
    {
      char text[200];
      int length = snprintf (text, sizeof text, "{\"call\":\"%s\",\"id\":%u,\"args\":%s}", method,
                             i, arguments);

      written += frame (out + written, text, (size_t) length);
    }
  send_all (self->socket, out, written);

  while (n > 0)
    {
      size_t at = 0, length;
      const char *message;

      while (n > 0 && (message = next_message (self, &at, &length)) != NULL)
        {
          if (memcmp (message, "{\"reply\"", 8) == 0)
            {
              n--;
              value = number (message, length, "\"value\":");
            }
          else if (memcmp (message, "{\"name\"", 7) == 0)
            {
              (*n_updates)++;
            }
        }
      drop (self, at);
      if (n > 0)
        receive (self);
    }

  return value;
}

/* The processor's time for one call and for one update, in microseconds. together: so many in a turn. */
static void
measure_cpu (Connection *self,
             unsigned    n,
             unsigned    together,
             double     *call,
             double     *update)
{
  char arguments[100];
  uint64_t n_updates = 0, start, middle, end;

  snprintf (arguments, sizeof arguments, "[%u,%u]", n, together > 1 ? together : 0);
  start = ask (self, "usage", "null", 1, &n_updates);
  for (unsigned i = 0; i < n; i += together)
    if (ask (self, "add", "41", together, &n_updates) != 42)
      fail ("a wrong answer");
  middle = ask (self, "usage", "null", 1, &n_updates);
  n_updates = 0;
  ask (self, "broadcast", arguments, 1, &n_updates);
  end = ask (self, "usage", "null", 1, &n_updates);
  if (n_updates != n)
    fail ("updates were merged");

  *call = (double) (middle - start) / n;
  *update = (double) (end - middle) / n;
}

static void
measure_all_cpu (int port)
{
  static Connection connection;
  double call, update, call_together, update_together;

  ours = true;
  connect_to (&connection, port);
  send_text (connection.socket, "{\"subscribe\":\"counter\"}");
  measure_cpu (&connection, 640, 64, &call, &update);
  measure_cpu (&connection, 3000, 1, &call, &update);
  measure_cpu (&connection, 64 * 1000, 64, &call_together, &update_together);
  printf ("{\"call\":%.3f,\"update\":%.3f,\"call-together\":%.3f,\"update-together\":%.3f}\n", call,
          update, call_together, update_together);
}

int
main (int   argc,
      char *argv[])
{
  if (argc == 3 && strcmp (argv[1], "cpu") == 0)
    {
      measure_all_cpu (atoi (argv[2]));
      return 0;
    }
  if (argc != 6)
    {
      fprintf (stderr, "load ours|rpc PORT CONNECTIONS DEPTH SECONDS\nload cpu PORT\n");
      return 2;
    }

  ours = strcmp (argv[1], "ours") == 0;
  depth = (unsigned) atoi (argv[4]);
  run (atoi (argv[2]), atoi (argv[3]), atof (argv[5]));

  return 0;
}
