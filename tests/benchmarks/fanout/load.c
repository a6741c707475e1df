/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* A cheap client: many WebSockets in one epoll loop, which asks the server for messages over its
 * control connection and checks each that arrives. It takes commands from its standard input and
 * answers each with a line of JSON; run.py knows them. Every wait ends. */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST_VALUE 100000
#define STALL_SECONDS 30.0
#define OPENING 64          /* handshakes under way while connections are opened */
#define PER_ADDRESS 20000   /* connections from one loopback address, which has some 28,000 ports */
#define MAX_SENT (1u << 22) /* messages in one measurement */
#define READ_BYTES (256 * 1024)
#define KEPT_BYTES (128 * 1024)
#define NAP_USEC 100
#define MAX_BESIDE 100      /* connections beside the measured ones */
#define LARGE_BYTES 10000   /* at least so many has a large message */
#define NARROW_BYTES 16384
#define NARROW_SEGMENT 1400

typedef enum
{
  CONNECTING,
  SHAKING,
  OPEN,
  GONE,
} State;

typedef struct
{
  int      fd;
  State    state;
  bool     paused;    /* it does not read */
  bool     beside;    /* it is not measured, may go, and the kernel keeps little for it */
  int64_t  value;     /* the newest that has come */
  int64_t  single;
  uint8_t *kept;      /* the beginning of a frame */
  size_t   n_kept;
} Connection;

static int epoll_fd;
static int control_fd;
static int port;
static int server_pid;
static Connection *connections;
static int n_connections;
static bool tolerant;             /* connections that go are counted, not an error */
static int n_gone;

static int64_t newest = FIRST_VALUE;
static int64_t newest_single = FIRST_VALUE;
static uint64_t delivered;        /* steps of values that arrived, over all connections */
static uint64_t n_frames;
static uint64_t n_merged;         /* steps that another message brought along */

static double *sent_at;           /* by the message's number in the measurement */
static int64_t sent_base;
static bool timing;
static double *latencies;
static size_t n_latencies;
static size_t max_latencies;

static uint8_t buffer[KEPT_BYTES + READ_BYTES];

static void fail (const char *format, ...) __attribute__ ((noreturn, format (printf, 1, 2)));

static void
fail (const char *format,
      ...)
{
  va_list args;

  va_start (args, format);
  printf ("{\"error\": \"");
  vprintf (format, args);
  printf ("\"}\n");
  va_end (args);
  exit (1);
}

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);

  return (double) time.tv_sec + (double) time.tv_nsec * 1e-9;
}

/* The server */

static double
server_cpu (void)
{
  char path[64];
  DIR *tasks;
  struct dirent *entry;
  double seconds = 0;

  snprintf (path, sizeof path, "/proc/%d/task", server_pid);
  tasks = opendir (path);
  if (tasks == NULL)
    fail ("the server is gone");

  while ((entry = readdir (tasks)) != NULL)
    {
      char file_path[400];
      unsigned long long nanoseconds;
      FILE *file;

      if (entry->d_name[0] == '.')
        continue;

      snprintf (file_path, sizeof file_path, "%s/%s/schedstat", path, entry->d_name);
      file = fopen (file_path, "r");
      if (file == NULL)
        continue;
      if (fscanf (file, "%llu", &nanoseconds) == 1)
        seconds += (double) nanoseconds * 1e-9;
      fclose (file);
    }
  closedir (tasks);

  return seconds;
}

static long
server_resident (void)
{
  char path[64];
  char line[256];
  FILE *file;
  long kilobytes = -1;

  snprintf (path, sizeof path, "/proc/%d/status", server_pid);
  file = fopen (path, "r");
  if (file == NULL)
    fail ("the server is gone");
  while (fgets (line, sizeof line, file) != NULL)
    if (sscanf (line, "VmRSS: %ld", &kilobytes) == 1)
      break;
  fclose (file);

  return kilobytes;
}

static void
ask (char byte)
{
  if (byte == 's')
    newest_single++;
  else
    newest++;

  if (sent_at != NULL)
    sent_at[(byte == 's' ? newest_single : newest) - sent_base] = now ();
  if (send (control_fd, &byte, 1, MSG_NOSIGNAL) != 1)
    fail ("control: %s", strerror (errno));
}

static void
begin_timing (int64_t base)
{
  sent_base = base;
  sent_at = calloc (MAX_SENT, sizeof (double));
  n_latencies = 0;
  timing = true;
}

static void
end_timing (void)
{
  timing = false;
  free (sent_at);
  sent_at = NULL;
}

/* Messages */

static void
note_latency (int64_t value,
              double  time)
{
  if (n_latencies == max_latencies)
    {
      max_latencies = max_latencies > 0 ? max_latencies * 2 : 65536;
      latencies = realloc (latencies, max_latencies * sizeof (double));
    }

  latencies[n_latencies++] = time - sent_at[value - sent_base];
}

static int
compare_doubles (const void *a,
                 const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
percentile (double part)
{
  return n_latencies > 0 ? latencies[(size_t) ((double) (n_latencies - 1) * part)] * 1e6 : 0;
}

/* The number in a frame, which stands behind the first key "value", be it in a document, a snapshot
 * or a text. */
static int64_t
find_number (const uint8_t *text,
             size_t         length)
{
  static const char key[] = "\"value\":";
  static size_t usual_place;
  const uint8_t *at = text + usual_place;
  const uint8_t *end = text + length;
  int64_t number = 0;

  if (usual_place + sizeof key >= length || memcmp (at, key, sizeof key - 1) != 0)
    {
      at = memmem (text, length, key, sizeof key - 1);
      if (at == NULL)
        fail ("a message without a value: %.*s", (int) (length < 100 ? length : 100),
              (const char *) text);
      usual_place = (size_t) (at - text);
    }

  at += sizeof key - 1;
  if (at < end && *at == '{')
    {
      const uint8_t *colon = memchr (at, ':', (size_t) (end - at));

      at = colon != NULL ? colon + 1 : end;
    }
  if (at < end && *at == '"')
    at++;
  if (at == end || *at < '0' || *at > '9')
    fail ("a message whose value is no number");
  while (at < end && *at >= '0' && *at <= '9')
    number = number * 10 + (*at++ - '0');

  return number;
}

static void
take_text (Connection    *self,
           const uint8_t *text,
           size_t         length,
           double         time)
{
  bool single = length > 9 && text[9] == 's';
  int64_t *held = single ? &self->single : &self->value;
  int64_t value = find_number (text, length);
  int64_t steps = value - *held;

  if (self->beside)
    {
      self->value = value > self->value ? value : self->value;
      return;
    }

  n_frames++;
  /* The snapshot that a hub begins a signal with says what is known already. */
  if (value == FIRST_VALUE)
    return;
  if (steps <= 0)
    fail ("%lld came after %lld", (long long) value, (long long) *held);
  if (value > (single ? newest_single : newest))
    fail ("%lld came before it was asked for", (long long) value);

  *held = value;
  delivered += (uint64_t) steps;
  n_merged += (uint64_t) steps - 1;
  if (timing)
    note_latency (value, time);
}

static void
go (Connection *self,
    const char *why)
{
  if (!tolerant && !self->beside)
    fail ("connection %d: %s", (int) (self - connections), why);

  close (self->fd);
  self->state = GONE;
  n_gone++;
}

static void
send_pong (Connection    *self,
           const uint8_t *payload,
           size_t         length)
{
  uint8_t frame[6 + 125] = { 0x8a, (uint8_t) (0x80 | length) };

  memcpy (frame + 6, payload, length);
  if (send (self->fd, frame, 6 + length, MSG_NOSIGNAL) < 0)
    go (self, "no pong");
}

/* Where the frame at the beginning of the bytes ends, or 0 when it is not all there. */
static size_t
measure_frame (const uint8_t *bytes,
               size_t         n_bytes,
               size_t        *header)
{
  uint64_t length;

  if (n_bytes < 2)
    return 0;

  *header = 2;
  length = bytes[1] & 127;
  if (length == 126)
    {
      if (n_bytes < 4)
        return 0;
      *header = 4;
      length = (uint64_t) bytes[2] << 8 | bytes[3];
    }
  else if (length == 127)
    {
      if (n_bytes < 10)
        return 0;
      *header = 10;
      length = 0;
      for (int i = 2; i < 10; i++)
        length = length << 8 | bytes[i];
    }

  if ((bytes[0] & 0xf0) != 0x80 || (bytes[1] & 0x80) != 0 || length > KEPT_BYTES - 10)
    fail ("a frame that is not expected here");

  return n_bytes >= *header + length ? *header + length : 0;
}

static void
take_bytes (Connection *self)
{
  size_t n_bytes = self->n_kept;
  size_t offset = 0;
  size_t header;
  size_t end;
  double time;
  ssize_t n;

  if (n_bytes > 0)
    memcpy (buffer, self->kept, n_bytes);
  n = recv (self->fd, buffer + n_bytes, READ_BYTES, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0)
    {
      go (self, n == 0 ? "the server ended it" : strerror (errno));
      return;
    }

  n_bytes += (size_t) n;
  time = timing ? now () : 0;
  while ((end = measure_frame (buffer + offset, n_bytes - offset, &header)) > 0)
    {
      const uint8_t *payload = buffer + offset + header;
      int opcode = buffer[offset] & 15;

      if (opcode == 1)
        take_text (self, payload, end - header, time);
      else if (opcode == 9)
        send_pong (self, payload, end - header);
      else if (opcode == 8)
        go (self, "the server closed it");
      if (self->state != OPEN)
        return;

      offset += end;
    }

  self->n_kept = n_bytes - offset;
  if (self->n_kept > 0)
    {
      if (self->kept == NULL)
        self->kept = malloc (KEPT_BYTES);
      memcpy (self->kept, buffer + offset, self->n_kept);
    }
}

/* Opening */

static void
start_connecting (Connection *self,
                  int         number)
{
  struct sockaddr_in source = { .sin_family = AF_INET };
  struct sockaddr_in target = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) port) };
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.ptr = self };
  struct linger linger = { 1, 0 };
  int one = 1;

  target.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd < 0)
    fail ("socket: %s", strerror (errno));

  /* Closing resets, so that no port is kept waiting. */
  setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  setsockopt (self->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (self->beside)
    {
      int n_bytes = NARROW_BYTES;
      int segment = NARROW_SEGMENT;

      /* Loopback's large segments would let some 4 MB wait in the server's kernel before the server
       * sees any of it. */
      setsockopt (self->fd, SOL_SOCKET, SO_RCVBUF, &n_bytes, sizeof n_bytes);
      setsockopt (self->fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
  if (number >= PER_ADDRESS)
    {
      source.sin_addr.s_addr = htonl (INADDR_LOOPBACK + (uint32_t) (number / PER_ADDRESS));
      setsockopt (self->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
      if (bind (self->fd, (struct sockaddr *) &source, sizeof source) < 0)
        fail ("bind: %s", strerror (errno));
    }
  if (connect (self->fd, (struct sockaddr *) &target, sizeof target) < 0 && errno != EINPROGRESS)
    fail ("connect: %s", strerror (errno));
  if (epoll_ctl (epoll_fd, EPOLL_CTL_ADD, self->fd, &event) < 0)
    fail ("epoll_ctl: %s", strerror (errno));
  self->state = CONNECTING;
  self->value = self->single = FIRST_VALUE;
}

static void
send_handshake (Connection *self)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = self };
  char request[300];
  int length = snprintf (
    request, sizeof request,
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    port);

  if (send (self->fd, request, (size_t) length, MSG_NOSIGNAL) != length)
    fail ("handshake: %s", strerror (errno));
  epoll_ctl (epoll_fd, EPOLL_CTL_MOD, self->fd, &event);
  self->state = SHAKING;
}

static bool
take_response (Connection *self)
{
  char response[2048];
  ssize_t n = recv (self->fd, response, sizeof response - 1, MSG_PEEK);
  char *end;

  if (n <= 0)
    fail ("handshake: %s", n == 0 ? "the server ended it" : strerror (errno));

  response[n] = '\0';
  end = strstr (response, "\r\n\r\n");
  if (end == NULL)
    return false;

  /* The answer to the key above, RFC 6455, 1.3. */
  if (strncmp (response, "HTTP/1.1 101 ", 13) != 0 ||
      strstr (response, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == NULL)
    fail ("handshake: %.20s", response);

  /* The bytes that follow are left where they are. */
  recv (self->fd, response, (size_t) (end + 4 - response), 0);
  self->state = OPEN;

  return true;
}

static int
wait_for_events (double seconds)
{
  static struct epoll_event events[1024];
  struct timespec time = { (time_t) seconds, (long) ((seconds - (double) (time_t) seconds) * 1e9) };
  int n_events = epoll_pwait2 (epoll_fd, events, 1024, &time, NULL);
  int n_opened = 0;

  for (int i = 0; i < n_events; i++)
    {
      Connection *self = events[i].data.ptr;

      switch (self->state)
        {
        case CONNECTING:
          send_handshake (self);
          break;

        case SHAKING:
          n_opened += take_response (self);
          break;

        case OPEN:
          take_bytes (self);
          break;

        case GONE:
        default:
          break;
        }
    }

  return n_opened;
}

/* FALSE: it took longer. */
static bool
open_connections (int    from,
                  int    to,
                  int    at_once,
                  double seconds)
{
  double deadline = now () + seconds;
  int started = from;
  int opened = from;

  while (opened < to)
    {
      while (started < to && started - opened < at_once)
        {
          start_connecting (&connections[started], started);
          started++;
        }

      opened += wait_for_events (0.1);
      if (now () > deadline)
        return false;
    }

  return true;
}

static void
close_connections (void)
{
  for (int i = 0; i < n_connections; i++)
    {
      if (connections[i].state != GONE)
        close (connections[i].fd);
      free (connections[i].kept);
    }
  memset (connections, 0, sizeof (Connection) * (size_t) n_connections);
}

static void
connect_control (int control_port)
{
  struct sockaddr_in target = { .sin_family = AF_INET,
                                .sin_port = htons ((uint16_t) control_port) };
  int one = 1;

  target.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  control_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (control_fd < 0 || connect (control_fd, (struct sockaddr *) &target, sizeof target) < 0)
    fail ("control: %s", strerror (errno));
  setsockopt (control_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* Measuring */

static void
wait_until_delivered (uint64_t target)
{
  double last = now ();
  uint64_t before = delivered;

  while (delivered < target)
    {
      wait_for_events (0.1);
      if (delivered != before)
        {
          before = delivered;
          last = now ();
        }
      else if (now () - last > STALL_SECONDS)
        {
          fail ("%llu of %llu messages arrived", (unsigned long long) delivered,
                (unsigned long long) target);
        }
    }
}

static void
check_all_hold_the_newest (void)
{
  for (int i = 0; i < n_connections; i++)
    if (connections[i].value != newest)
      fail ("connection %d holds %lld, the newest is %lld", i, (long long) connections[i].value,
            (long long) newest);
  if (connections[0].single != newest_single)
    fail ("the active connection holds %lld of %lld", (long long) connections[0].single,
          (long long) newest_single);
}

/* Broadcasts, of which up to so many are under way. */
static void
measure_flight (double seconds,
                int    in_flight)
{
  uint64_t base = delivered;
  uint64_t frames_base = n_frames;
  uint64_t merged_base = n_merged;
  uint64_t n = (uint64_t) n_connections;
  uint64_t n_asked = 0;
  double cpu = server_cpu ();
  double start = now ();
  double took;

  while (now () - start < seconds && n_asked < MAX_SENT)
    {
      if (n_asked - (delivered - base) / n < (uint64_t) in_flight)
        {
          ask ('b');
          n_asked++;
        }
      else
        {
          /* The CPU of sending is measured then, not that of waking this client up, which a client
           * on another machine would not cost, and which is the more frequent the slower a server
           * sends. */
          if (in_flight == 1)
            usleep (NAP_USEC);
          wait_for_events (0.1);
        }
    }
  wait_until_delivered (base + n_asked * n);
  took = now () - start;
  cpu = server_cpu () - cpu;
  check_all_hold_the_newest ();

  printf (
    "{\"messages\": %llu, \"frames\": %llu, \"merged\": %llu, \"us\": %.4f, \"per_second\": %.1f}\n",
    (unsigned long long) (delivered - base), (unsigned long long) (n_frames - frames_base),
    (unsigned long long) (n_merged - merged_base), cpu * 1e6 / (double) (delivered - base),
    (double) (delivered - base) / took);
}

/* So many a second: broadcasts, or messages to the active connection alone. Returns the server's
 * CPU time. */
static double
pace (double seconds,
      double rate,
      bool   single)
{
  uint64_t base = delivered;
  uint64_t n = single ? 1 : (uint64_t) n_connections;
  uint64_t n_asked = 0;
  uint64_t n_wanted = (uint64_t) (seconds * rate + 0.5);
  double cpu;
  double start;

  n_wanted = n_wanted < 1 ? 1 : n_wanted >= MAX_SENT ? MAX_SENT - 1 : n_wanted;
  begin_timing (single ? newest_single : newest);
  cpu = server_cpu ();
  start = now ();
  while (n_asked < n_wanted)
    {
      double left = start + (double) n_asked / rate - now ();

      if (left <= 0)
        {
          ask (single ? 's' : 'b');
          n_asked++;
        }
      else
        {
          wait_for_events (left);
        }
    }
  wait_until_delivered (base + n_asked * n);
  cpu = server_cpu () - cpu;
  end_timing ();
  check_all_hold_the_newest ();
  qsort (latencies, n_latencies, sizeof (double), compare_doubles);

  return cpu;
}

static void
measure_paced (double seconds,
               double rate,
               bool   single)
{
  uint64_t base = delivered;
  uint64_t merged_base = n_merged;
  double cpu = pace (seconds, rate, single);

  printf ("{\"messages\": %llu, \"merged\": %llu, \"us\": %.4f, \"p50\": %.1f, \"p99\": %.1f}\n",
          (unsigned long long) (delivered - base), (unsigned long long) (n_merged - merged_base),
          cpu * 1e6 / (double) (delivered - base), percentile (0.5), percentile (0.99));
}

static void
set_paused (Connection *self,
            bool        paused)
{
  struct epoll_event event = { .events = paused ? 0 : EPOLLIN, .data.ptr = self };

  self->paused = paused;
  epoll_ctl (epoll_fd, EPOLL_CTL_MOD, self->fd, &event);
}

/* All but the first connection stop reading while large messages are sent, and read again
 * afterwards. */
static void
measure_stopped (int n_messages)
{
  long before = server_resident ();
  long most = before;
  double deadline;
  double start = now ();
  int n_newest = 0;
  int n_here = 0;

  for (int i = 1; i < n_connections; i++)
    set_paused (&connections[i], true);
  tolerant = true;

  for (int i = 0; i < n_messages; i++)
    {
      double last = now ();

      ask ('l');
      while (connections[0].value < newest - 8 && now () - last < STALL_SECONDS)
        wait_for_events (0.1);
      if (i % 50 == 0 || i == n_messages - 1)
        {
          long resident = server_resident ();

          most = resident > most ? resident : most;
        }
    }
  deadline = now () + STALL_SECONDS;
  while (connections[0].value < newest && now () < deadline)
    wait_for_events (0.1);
  if (connections[0].value < newest)
    fail ("the one who reads holds %lld of %lld", (long long) connections[0].value,
          (long long) newest);

  for (int i = 1; i < n_connections; i++)
    if (connections[i].state == OPEN)
      set_paused (&connections[i], false);
  deadline = now () + STALL_SECONDS / 3;
  do
    {
      n_newest = n_here = 0;
      wait_for_events (0.1);
      for (int i = 1; i < n_connections; i++)
        {
          n_here += connections[i].state == OPEN;
          n_newest += connections[i].state == OPEN && connections[i].value == newest;
        }
    }
  while (n_newest < n_here && now () < deadline);

  printf ("{\"growth_kb\": %ld, \"newest\": %d, \"gone\": %d, \"seconds\": %.2f}\n", most - before,
          n_newest, n_gone, now () - start);
}

/* The bytes of the large messages to a stopped connection that are in neither kernel buffer: the
 * server has to cope with them. */
static int64_t
find_unsent (Connection *self,
             int64_t     n_bytes)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  char line[256];
  int unread = 0;
  FILE *file = fopen ("/proc/net/tcp", "r");

  if (file == NULL || getsockname (self->fd, (struct sockaddr *) &address, &length) < 0 ||
      ioctl (self->fd, FIONREAD, &unread) < 0)
    fail ("a connection's buffers: %s", strerror (errno));

  n_bytes -= unread;
  while (fgets (line, sizeof line, file) != NULL)
    {
      unsigned local;
      unsigned remote;
      unsigned queued;

      if (sscanf (line, " %*d: %*x:%x %*x:%x %*x %x:", &local, &remote, &queued) == 3 &&
          local == (unsigned) port && remote == ntohs (address.sin_port))
        n_bytes -= queued;
    }
  fclose (file);

  return n_bytes;
}

/* The latency of all while some more beside them have stopped reading, with large messages waiting
 * for each. With none beside them it is what that is compared with: the large messages go to all
 * others as well. */
static void
measure_beside (int    n_beside,
                int    n_large,
                double seconds,
                double rate)
{
  Connection *beside = connections + n_connections;
  uint64_t base = delivered;
  int64_t unsent = INT64_MAX;
  int n_left = 0;

  memset (beside, 0, sizeof (Connection) * (size_t) n_beside);
  for (int i = 0; i < n_beside; i++)
    beside[i].beside = true;
  if (!open_connections (n_connections, n_connections + n_beside, OPENING, STALL_SECONDS))
    fail ("the connections beside could not be opened");
  usleep (50000);
  for (int i = 0; i < n_beside; i++)
    set_paused (&beside[i], true);

  for (int i = 1; i <= n_large; i++)
    {
      ask ('l');
      wait_until_delivered (base + (uint64_t) (i > 8 ? i - 8 : 0) * (uint64_t) n_connections);
    }
  wait_until_delivered (base + (uint64_t) n_large * (uint64_t) n_connections);
  wait_for_events (0.1);

  pace (seconds, rate, false);

  for (int i = 0; i < n_beside; i++)
    {
      int64_t held;

      if (beside[i].state == GONE)
        continue;
      n_left++;
      held = find_unsent (&beside[i], (int64_t) n_large * LARGE_BYTES);
      unsent = held < unsent ? held : unsent;
      close (beside[i].fd);
      free (beside[i].kept);
      beside[i].state = GONE;
    }
  usleep (100000);

  printf ("{\"p50\": %.1f, \"p99\": %.1f, \"left\": %d, \"unsent_kb\": %lld}\n", percentile (0.5),
          percentile (0.99), n_left, n_left > 0 ? (long long) unsent / 1024 : 0);
}

static void
measure_accept (int    n,
                double seconds)
{
  double cpu;
  double start;
  double took;
  bool done;

  n_connections = n;
  connections = calloc ((size_t) n, sizeof (Connection));
  cpu = server_cpu ();
  start = now ();
  done = open_connections (0, n, n, seconds);
  took = now () - start;
  usleep (20000);
  cpu = server_cpu () - cpu;
  close_connections ();
  free (connections);
  connections = NULL;

  printf ("{\"seconds\": %.4f, \"done\": %s, \"us\": %.3f}\n", took, done ? "true" : "false",
          cpu * 1e6 / n);
}

static void
measure_open (int    n,
              double seconds)
{
  long before = server_resident ();
  double start = now ();

  n_connections = n;
  connections = calloc ((size_t) (n + MAX_BESIDE), sizeof (Connection));
  /* The first alone: it is the active one, which a server with threads may need a moment to see. */
  if (!open_connections (0, 1, 1, seconds))
    fail ("the first connection could not be opened");
  usleep (50000);
  if (!open_connections (1, n, OPENING, seconds))
    fail ("not all connections could be opened");

  /* One message to all, so that memory which comes with the first is counted. */
  usleep (100000);
  ask ('b');
  wait_until_delivered ((uint64_t) n);
  usleep (200000);
  printf ("{\"seconds\": %.2f, \"kb\": %.3f}\n", now () - start,
          (double) (server_resident () - before) / n);
}

static void
run_command (const char *line)
{
  double seconds;
  double rate;
  int n;
  int n_large;

  if (sscanf (line, "open %d %lf", &n, &seconds) == 2)
    measure_open (n, seconds);
  else if (sscanf (line, "flight %lf %d", &seconds, &n) == 2)
    measure_flight (seconds, n);
  else if (sscanf (line, "paced %lf %lf", &seconds, &rate) == 2)
    measure_paced (seconds, rate, false);
  else if (sscanf (line, "single %lf %lf", &seconds, &rate) == 2)
    measure_paced (seconds, rate, true);
  else if (sscanf (line, "stopped %d", &n) == 1)
    measure_stopped (n);
  else if (sscanf (line, "beside %d %d %lf %lf", &n, &n_large, &seconds, &rate) == 4 &&
           n <= MAX_BESIDE)
    measure_beside (n, n_large, seconds, rate);
  else if (sscanf (line, "accept %d %lf", &n, &seconds) == 2)
    measure_accept (n, seconds);
  else
    fail ("what is %s", line);
  fflush (stdout);
}

int
main (int    argc,
      char **argv)
{
  struct rlimit limit;
  char line[256];

  if (argc != 4)
    fail ("load PORT CONTROL-PORT SERVER-PID");

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);

  port = atoi (argv[1]);
  server_pid = atoi (argv[3]);
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  connect_control (atoi (argv[2]));

  while (fgets (line, sizeof line, stdin) != NULL)
    {
      line[strcspn (line, "\n")] = '\0';
      run_command (line);
    }

  return 0;
}
