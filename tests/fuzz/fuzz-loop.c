/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "fuzz-loop.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "transport/ss-websocket-frame.h"
#include "wire/ss-frame.h"

static gint64 now = G_GINT64_CONSTANT (1000000) * G_USEC_PER_SEC;
static gboolean idle;
static guint64 n_random;

/* The one of the C library is not asked but for the wall clock, which the fuzzer itself looks at. */
int
clock_gettime (clockid_t        id,
               struct timespec *time)
{
  if (id == CLOCK_REALTIME || id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID)
    return (int) syscall (SYS_clock_gettime, id, time);

  time->tv_sec = now / G_USEC_PER_SEC;
  time->tv_nsec = (now % G_USEC_PER_SEC) * 1000;

  return 0;
}

/* The same ids each time. */
int
getentropy (void   *buffer,
            size_t  length)
{
  /* Knuth's, with 64 bits: no two ids of one run are the same. */
  for (size_t i = 0; i < length; i++)
    {
      n_random = n_random * G_GUINT64_CONSTANT (6364136223846793005) +
                 G_GUINT64_CONSTANT (1442695040888963407);
      ((guint8 *) buffer)[i] = (guint8) (n_random >> 56);
    }

  return 0;
}

static int
poll_at_once (GPollFD *fds,
              guint    n_fds,
              int      timeout)
{
  int ready = g_poll (fds, n_fds, 0);

  if (ready != 0 || timeout == 0)
    return ready;

  if (timeout > 0)
    now += timeout * G_GINT64_CONSTANT (1000);
  else
    idle = TRUE;

  return 0;
}

void
fuzz_loop_begin (void)
{
  static gboolean begun;

  if (!begun)
    {
      begun = TRUE;
      g_setenv ("GIO_USE_VFS", "local", TRUE);
      g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
      g_setenv ("GIO_USE_NETWORK_MONITOR", "base", TRUE);
      g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
      g_main_context_set_poll_func (NULL, poll_at_once);
    }
  g_random_set_seed (18);
  n_random = 0;
}

void
fuzz_loop_settle (void)
{
  for (guint i = 0; i < 100000; i++)
    if (!g_main_context_iteration (NULL, FALSE))
      return;

  /* It goes round and round. */
  CHECK (FALSE);
}

gboolean
fuzz_loop_skip (void)
{
  idle = FALSE;
  g_main_context_iteration (NULL, TRUE);

  return !idle;
}

void
fuzz_loop_skip_ms (guint milliseconds)
{
  now += milliseconds * G_GINT64_CONSTANT (1000);
  fuzz_loop_settle ();
}

static socklen_t
fill_address (struct sockaddr_un *address,
              const char         *name)
{
  gsize length = strlen (name);

  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  CHECK (length < sizeof address->sun_path - 1);
  memcpy (address->sun_path + 1, name, length);

  return (socklen_t) (G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + 1 + length);
}

int
fuzz_listen_unix (const char *abstract_name)
{
  struct sockaddr_un address;
  socklen_t length = fill_address (&address, abstract_name);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  CHECK (fd >= 0 && bind (fd, (struct sockaddr *) &address, length) == 0 && listen (fd, 64) == 0);

  return fd;
}

int
fuzz_connect_unix (const char *abstract_name)
{
  struct sockaddr_un address;
  socklen_t length = fill_address (&address, abstract_name);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  CHECK (fd >= 0 && connect (fd, (struct sockaddr *) &address, length) == 0);

  return fd;
}

gboolean
fuzz_receive (int         fd,
              GByteArray *into)
{
  for (;;)
    {
      guint8 buffer[16384];
      gssize n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);

      if (n <= 0)
        return n < 0 && errno == EAGAIN;
      g_byte_array_append (into, buffer, (guint) n);
    }
}

char *
fuzz_dup_text (GByteArray *bytes)
{
  /* An empty array has no data. */
  return bytes->len > 0 ? g_strndup ((const char *) bytes->data, bytes->len) : g_strdup ("");
}

gsize
fuzz_send (int         fd,
           const void *bytes,
           gsize       length)
{
  gssize n = send (fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);

  return n > 0 ? (gsize) n : 0;
}

void
fuzz_frame_append (GByteArray *into,
                   guint8      first,
                   gboolean    masked,
                   const void *payload,
                   gsize       length)
{
  static const guint8 mask[4] = { 0x5a, 0x01, 0xfe, 0x33 };
  guint8 head[8] = { first, masked ? 0x80 : 0 };
  guint n_head = 2;

  CHECK (length <= G_MAXUINT16);
  if (length < 126)
    {
      head[1] |= (guint8) length;
    }
  else
    {
      head[1] |= 126;
      head[n_head++] = (guint8) (length >> 8);
      head[n_head++] = (guint8) length;
    }
  if (masked)
    {
      memcpy (head + n_head, mask, sizeof mask);
      n_head += sizeof mask;
    }
  g_byte_array_append (into, head, n_head);

  if (length > 0)
    g_byte_array_append (into, payload, (guint) length);
  if (masked)
    for (gsize i = 0; i < length; i++)
      into->data[into->len - length + i] ^= mask[i % 4];
}

void
fuzz_frame_lines (GByteArray    *into,
                  gboolean       masked,
                  const uint8_t *data,
                  gsize          size)
{
  while (size > 0)
    {
      const uint8_t *end = memchr (data, '\n', size);
      gsize length = end != NULL ? (gsize) (end - data) : size;
      gsize used = end != NULL ? length + 1 : length;
      guint8 first = 0x80 | SS_OPCODE_TEXT;
      gsize skip = length > 0;

      switch (length > 0 ? data[0] : '\0')
        {
        case '<':
          first = SS_OPCODE_TEXT;
          break; /* the first fragment */
        case '=':
          first = 0;
          break; /* one between */
        case '>':
          first = 0x80;
          break; /* the last one */
        case '#':
          first = 0x80 | 0x2;
          break; /* binary */
        case '?':
          first = 0x80 | SS_OPCODE_PING;
          break;
        case '!':
          first = 0x80 | SS_OPCODE_PONG;
          break;
        case '.':
          first = 0x80 | SS_OPCODE_CLOSE;
          break;
        default:
          skip = 0;
          break;
        }
      fuzz_frame_append (into, first, masked, data + skip, length - skip);
      data += used;
      size -= used;
    }
}

static void
check_text (const guint8 *payload,
            gsize         length)
{
  g_auto (SsFrame) frame = { 0 };

  CHECK (ss_frame_decode (&frame, (const char *) payload, length, NULL));
  CHECK (frame.kind != SS_FRAME_UNKNOWN);
}

void
fuzz_check_frames (const guint8 *bytes,
                   gsize         length,
                   gboolean      masked)
{
  gboolean closed = FALSE;

  while (length >= 2)
    {
      guint8 opcode = bytes[0] & 0x0f;
      guint64 n_payload = bytes[1] & 0x7f;
      gsize n_head = 2;
      g_autofree guint8 *payload = NULL;

      CHECK (!closed);
      CHECK ((bytes[0] & 0xf0) == 0x80);
      CHECK (opcode == SS_OPCODE_TEXT || opcode == SS_OPCODE_CLOSE || opcode == SS_OPCODE_PING ||
             opcode == SS_OPCODE_PONG);
      CHECK (((bytes[1] & 0x80) != 0) == masked);
      if (n_payload >= 126)
        {
          guint n_length = n_payload == 126 ? 2 : 8;

          CHECK (opcode == SS_OPCODE_TEXT);
          if (length < n_head + n_length)
            return;
          n_payload = 0;
          for (guint i = 0; i < n_length; i++)
            n_payload = n_payload << 8 | bytes[n_head++];
          CHECK (n_payload >= (n_length == 2 ? 126u : 65536u));
        }
      n_head += masked ? 4 : 0;
      if (length < n_head || length - n_head < n_payload)
        return;

      payload = g_malloc (n_payload + 1);
      memcpy (payload, bytes + n_head, n_payload);
      for (guint64 i = 0; masked && i < n_payload; i++)
        payload[i] ^= bytes[n_head - 4 + i % 4];
      if (opcode == SS_OPCODE_TEXT)
        check_text (payload, n_payload);
      closed = opcode == SS_OPCODE_CLOSE;
      CHECK (!closed || n_payload == 0 ||
             (n_payload >= 2 && g_utf8_validate ((char *) payload + 2, n_payload - 2, NULL)));
      bytes += n_head + n_payload;
      length -= n_head + n_payload;
    }
}
