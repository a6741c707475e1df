/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Many good clients of a hub in one epoll loop, cheap enough to stand beside it: each follows one
 * signal "load-N" of subject.c, applies its updates, and finds after each whether the document is
 * whole, because its member "sum" tells.
 *
 *     crowd PORT CLIENTS SIGNALS
 *
 * "ready" on standard output when all have their first document. Then for each line of standard input
 * a line of JSON:
 *   reset        forgets latencies and faults
 *   stats        those since
 *   check N…     how many of them hold the number of its signal */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RING 16
#define OPENING 64              /* handshakes under way while connections are opened */
#define OPEN_SECONDS 120
#define KEPT_BYTES 16384
#define BUCKETS 2048            /* of latencies, each 1 % above the one before */
#define MAX_SIGNALS 64

typedef enum { CONNECTING, SHAKING, OPEN, GONE } State;

typedef struct
{
  int      fd;
  State    state;
  bool     whole;       /* a document has come */
  int      signal;
  int64_t  rev;
  int64_t  n;
  int64_t  sum;
  int64_t  t;
  int64_t  ring[RING];
  size_t   n_kept;
  char    *kept;
} Client;

static int epoll_fd;
static int n_clients, n_signals;
static int n_whole, n_opening, n_opened, n_gone;
static Client *clients;
static struct sockaddr_in server = { .sin_family = AF_INET };
static uint64_t n_updates, n_snapshots, n_broken, n_merged;
static uint64_t buckets[BUCKETS];
static double worst;
static char last_fault[200];

static double
now_usec (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);

  return (double) time.tv_sec * 1e6 + (double) time.tv_nsec / 1e3;
}

static void
note_fault (const char *what,
            const char *text,
            size_t      length)
{
  n_broken++;
  snprintf (last_fault, sizeof last_fault, "%s: %.*s", what, (int) (length < 120 ? length : 120),
            text);
  for (char *at = last_fault; *at != '\0'; at++)
    if (*at == '"' || *at == '\\' || (unsigned char) *at < 32)
      *at = '\'';
}

static void
go (Client *self)
{
  if (self->state == CONNECTING || self->state == SHAKING)
    n_opening--;
  close (self->fd);
  self->state = GONE;
  n_gone++;
}

static void
send_frame (Client     *self,
            uint8_t     opcode,
            const char *payload,
            size_t      length)
{
  uint8_t frame[6 + 125] = { 0x80 | opcode, (uint8_t) (0x80 | length) };

  memcpy (frame + 6, payload, length);
  if (send (self->fd, frame, 6 + length, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
    go (self);
}

/* Documents */

static int64_t *
find_member (Client     *self,
             const char *path)
{
  int place;

  if (strcmp (path, "n") == 0)
    return &self->n;
  if (strcmp (path, "t") == 0)
    return &self->t;
  if (strcmp (path, "sum") == 0)
    return &self->sum;
  if (sscanf (path, "ring/%d", &place) == 1 && place >= 0 && place < RING)
    return &self->ring[place];

  return NULL;
}

static int64_t
find_number (const char *text,
             const char *key)
{
  const char *at = strstr (text, key);

  return at != NULL ? strtoll (at + strlen (key), NULL, 10) : -1;
}

static bool
take_document (Client     *self,
               const char *value)
{
  const char *at = strstr (value, "\"ring\":[");

  if (at == NULL)
    return false;

  self->n = find_number (value, "\"n\":");
  self->t = find_number (value, "\"t\":");
  self->sum = find_number (value, "\"sum\":");
  at += strlen ("\"ring\":[");
  for (int i = 0; i < RING; i++)
    {
      char *end;

      self->ring[i] = strtoll (at, &end, 10);
      if (end == at)
        return false;
      at = end + 1;
    }

  return true;
}

static bool
take_operations (Client *self,
                 char   *text)
{
  static const char opening[] = "{\"op\":\"replace\",\"path\":\"/";
  char *at = text;
  int n = 0;

  while ((at = strstr (at, "{\"op\":")) != NULL)
    {
      char *end;
      int64_t *member;

      if (strncmp (at, opening, sizeof opening - 1) != 0)
        return false;
      at += sizeof opening - 1;
      end = strchr (at, '"');
      if (end == NULL || strncmp (end, "\",\"value\":", 10) != 0)
        return false;
      *end = '\0';
      member = find_member (self, at);
      if (member == NULL)
        return false;
      *member = strtoll (end + 10, &at, 10);
      n++;
    }

  return n > 0;
}

static void
take_text (Client *self,
           char   *text,
           size_t  length)
{
  char saved = text[length];
  int64_t base, rev, sum, before = self->n;
  char *document;

  text[length] = '\0';
  if (strncmp (text, "{\"name\":\"load-", 14) != 0)
    {
      if (strncmp (text, "{\"error\"", 8) == 0)
        note_fault ("an error", text, length);
      text[length] = saved;
      return;
    }

  base = find_number (text, "\"base\":");
  rev = find_number (text, "\"rev\":");
  document = strstr (text, "\"path\":\"\",\"value\":{");
  if (document != NULL)
    {
      n_snapshots++;
      if (!take_document (self, document))
        note_fault ("no document", text, length);
      if (!self->whole)
        n_whole++;
      self->whole = true;
    }
  else if (base != self->rev)
    {
      note_fault ("a revision is missing", text, length);
    }
  else if (!take_operations (self, text))
    {
      note_fault ("no update", text, length);
    }
  self->rev = rev;

  sum = self->n;
  for (int i = 0; i < RING; i++)
    sum += (i + 1) * self->ring[i];
  if (sum != self->sum)
    note_fault ("a replica differs", text, length);

  n_updates++;
  if (document == NULL && self->n > before)
    {
      double latency = now_usec () - (double) self->t;
      int bucket = (int) (log (latency > 1 ? latency : 1) / log (1.01));

      n_merged += (uint64_t) (self->n - before - 1);
      buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
      worst = latency > worst ? latency : worst;
    }
  text[length] = saved;
}

/* Frames */

static size_t
take_frame (Client *self,
            char   *bytes,
            size_t  n_bytes)
{
  const uint8_t *head = (const uint8_t *) bytes;
  size_t length, at = 2;

  if (n_bytes < 2)
    return 0;
  length = head[1] & 0x7f;
  if (length == 126)
    {
      if (n_bytes < 4)
        return 0;
      length = (size_t) head[2] << 8 | head[3];
      at = 4;
    }
  else if (length == 127)
    {
      note_fault ("a long frame", "", 0);
      go (self);
      return 0;
    }
  if (n_bytes < at + length)
    return 0;

  if (head[0] == 0x81)
    take_text (self, bytes + at, length);
  else if (head[0] == 0x89)
    send_frame (self, 0xa, bytes + at, length);
  else if (head[0] == 0x88)
    {
      note_fault ("closed", bytes + at + 2, length > 2 ? length - 2 : 0);
      go (self);
    }

  return at + length;
}

static void
shake (Client *self)
{
  static const char head[] =
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2VydmVyLXNpZ25hbC0xNg==\r\n"
    "Sec-WebSocket-Protocol: server-signal.v1\r\n\r\n";
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = self };

  if (send (self->fd, head, sizeof head - 1, MSG_NOSIGNAL) != sizeof head - 1)
    {
      go (self);
      return;
    }
  self->state = SHAKING;
  epoll_ctl (epoll_fd, EPOLL_CTL_MOD, self->fd, &event);
}

static void
read_client (Client *self)
{
  static char buffer[KEPT_BYTES + 65536 + 1];
  size_t n_bytes = self->n_kept, at = 0;
  ssize_t n;

  memcpy (buffer, self->kept, self->n_kept);
  n = recv (self->fd, buffer + n_bytes, sizeof buffer - 1 - n_bytes, 0);
  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0)
    {
      note_fault ("cut off", "", 0);
      go (self);
      return;
    }
  n_bytes += (size_t) n;
  buffer[n_bytes] = '\0';

  if (self->state == SHAKING)
    {
      char *end = memmem (buffer, n_bytes, "\r\n\r\n", 4);

      if (end != NULL && strncmp (buffer, "HTTP/1.1 101", 12) == 0)
        {
          char text[64];

          at = (size_t) (end + 4 - buffer);
          self->state = OPEN;
          n_opening--;
          n_opened++;
          snprintf (text, sizeof text, "{\"subscribe\":\"load-%d\"}", self->signal);
          send_frame (self, 1, text, strlen (text));
        }
      else if (end != NULL)
        {
          note_fault ("refused", buffer, n_bytes);
          go (self);
          return;
        }
    }

  while (self->state == OPEN)
    {
      size_t taken = take_frame (self, buffer + at, n_bytes - at);

      if (taken == 0)
        break;
      at += taken;
    }
  if (self->state == GONE)
    return;

  self->n_kept = n_bytes - at;
  if (self->n_kept > KEPT_BYTES)
    {
      note_fault ("a frame that is too long", "", 0);
      go (self);
      return;
    }
  if (self->n_kept > 0)
    {
      self->kept = realloc (self->kept, self->n_kept);
      memcpy (self->kept, buffer + at, self->n_kept);
    }
}

static void
open_client (Client *self,
             int     number)
{
  struct epoll_event event = { .events = EPOLLOUT, .data.ptr = self };
  int on = 1;

  self->signal = number % n_signals;
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd < 0)
    {
      perror ("crowd: socket");
      exit (1);
    }
  setsockopt (self->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  n_opening++;
  epoll_ctl (epoll_fd, EPOLL_CTL_ADD, self->fd, &event);
  if (connect (self->fd, (struct sockaddr *) &server, sizeof server) != 0 && errno != EINPROGRESS)
    go (self);
}

/* Commands */

static double
percentile (double part)
{
  uint64_t total = 0, passed = 0;

  for (int i = 0; i < BUCKETS; i++)
    total += buckets[i];
  for (int i = 0; i < BUCKETS && total > 0; i++)
    {
      passed += buckets[i];
      if ((double) passed >= part * (double) total)
        return pow (1.01, i + 1) / 1e3;
    }

  return 0;
}

static void
answer (char *line)
{
  if (strncmp (line, "check", 5) == 0)
    {
      int64_t numbers[MAX_SIGNALS] = { 0 };
      char *at = line + 5;
      int n_in_step = 0;

      for (int i = 0; i < n_signals; i++)
        numbers[i] = strtoll (at, &at, 10);
      for (int i = 0; i < n_clients; i++)
        n_in_step += clients[i].state == OPEN && clients[i].n == numbers[clients[i].signal] ? 1 : 0;
      printf ("{\"in_step\": %d}\n", n_in_step);
    }
  else
    {
      if (strncmp (line, "reset", 5) == 0)
        {
          memset (buckets, 0, sizeof buckets);
          worst = 0;
          n_updates = n_snapshots = n_broken = n_merged = 0;
          last_fault[0] = '\0';
        }
      printf (
        "{\"gone\": %d, \"updates\": %llu, \"snapshots\": %llu, \"merged\": %llu, \"faults\": %llu,"
        " \"fault\": \"%s\", \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, \"max_ms\": %.3f}\n",
        n_gone, (unsigned long long) n_updates, (unsigned long long) n_snapshots,
        (unsigned long long) n_merged, (unsigned long long) n_broken, last_fault, percentile (0.5),
        percentile (0.99), percentile (0.999), worst / 1e3);
    }
  fflush (stdout);
}

int
main (int    argc,
      char **argv)
{
  struct epoll_event events[512];
  struct epoll_event input = { .events = EPOLLIN, .data.ptr = NULL };
  struct rlimit limit;
  char line[1024];
  size_t n_line = 0;
  int n_begun = 0;
  bool ready = false;
  double begun = now_usec ();

  if (argc != 4)
    return 2;
  server.sin_port = htons ((uint16_t) atoi (argv[1]));
  inet_pton (AF_INET, "127.0.0.1", &server.sin_addr);
  n_clients = atoi (argv[2]);
  n_signals = atoi (argv[3]);
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  if (n_clients < 1 || n_signals < 1 || n_signals > MAX_SIGNALS ||
      (rlim_t) n_clients + 16 > limit.rlim_cur)
    {
      fprintf (stderr, "crowd: not with %d clients, %d signals and %ld descriptors\n", n_clients,
               n_signals, (long) limit.rlim_cur);
      return 2;
    }

  clients = calloc ((size_t) n_clients, sizeof *clients);
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  epoll_ctl (epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &input);
  for (;;)
    {
      int n_events;

      while (n_begun < n_clients && n_opening < OPENING)
        {
          open_client (&clients[n_begun], n_begun);
          n_begun++;
        }
      if (!ready && n_whole == n_clients)
        {
          ready = true;
          printf ("ready\n");
          fflush (stdout);
        }
      if (!ready && (n_gone > 0 || now_usec () - begun > OPEN_SECONDS * 1e6))
        {
          fprintf (stderr, "crowd: %d of %d have a document, %d have gone: %s\n", n_whole,
                   n_clients, n_gone, last_fault);
          return 1;
        }

      n_events = epoll_wait (epoll_fd, events, 512, 1000);
      for (int i = 0; i < n_events; i++)
        {
          Client *client = events[i].data.ptr;

          if (client == NULL)
            {
              ssize_t n = read (STDIN_FILENO, line + n_line, sizeof line - 1 - n_line);

              if (n <= 0)
                return 0;
              n_line += (size_t) n;
              line[n_line] = '\0';
              if (line[n_line - 1] == '\n')
                {
                  answer (line);
                  n_line = 0;
                }
            }
          else if (client->state == CONNECTING)
            {
              shake (client);
            }
          else if (client->state != GONE)
            {
              read_client (client);
            }
        }
    }
}
