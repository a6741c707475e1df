/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#define LANE_BYTES (256 * 1024)   /* no more is read before it has been written */
#define SAID_BYTES (64 * 1024)    /* the most that a duplicate can repeat */
#define MAX_GHOSTS 4
#define ABANDON_MS 300            /* how long a server's end stays after the client has gone */

typedef struct
{
  ProxyPipe   *pipe;
  ProxyWay     way;
  int          from;       /* not owned */
  int          to;
  guint        read_id;
  guint        write_id;
  GByteArray  *partial;    /* down: what is not a whole frame yet */
  GByteArray  *out;
  gboolean     upgraded;   /* down: frames follow; up, plain: the handshake is over */
  gboolean     raw;        /* down: no WebSocket */
  gboolean     eof;
  gboolean     shut;

  gint64       cut_after;  /* bytes, or -1 */
  ProxyEnd     cut_end;
  gboolean     stalled;
  guint        delay_id;
  guint        hold_id;    /* down: nothing is read */
  guint        dribble;
  guint        dribble_id;
  ProxyMangle  mangle;
} Lane;

struct _ProxyPipe
{
  Proxy      *proxy;
  int         client;
  int         server;
  guint16     port;
  Lane        lanes[2];
  GByteArray *said;
  gboolean    broken;
  gboolean    discarding;
  guint       abandon_id;
};

/* A duplicate. */
typedef struct
{
  Proxy     *proxy;
  ProxyPipe *pipe;    /* the pipe that it repeats, or NULL */
  int        fd;
  guint      read_id; /* 0: does not read */
} Ghost;

struct _Proxy
{
  const ProxyFuncs *funcs;
  gpointer          user_data;
  guint16           upstream;
  guint16           port;
  gboolean          plain;
  gboolean          raw;
  int               fd;
  guint             accept_id;
  guint             refuse;
  ProxyEnd          refuse_end;
  GPtrArray        *pipes;
  GPtrArray        *ghosts;
};

static void pump (Lane *lane);

static void
close_fd (int      fd,
          ProxyEnd end)
{
  struct linger linger = { 1, 0 };

  if (end == PROXY_RST)
    setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close (fd);
}

static void
prepare_fd (int fd)
{
  int on = 1;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
}

static int
dial (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      close (fd);
      return -1;
    }
  prepare_fd (fd);

  return fd;
}

static void
clear_id (guint *id)
{
  if (*id != 0)
    g_source_remove (*id);
  *id = 0;
}

static void
ghost_free (Ghost *ghost)
{
  clear_id (&ghost->read_id);
  close_fd (ghost->fd, PROXY_RST);
  g_free (ghost);
}

static void
lane_clear (Lane *lane)
{
  clear_id (&lane->read_id);
  clear_id (&lane->write_id);
  clear_id (&lane->delay_id);
  clear_id (&lane->hold_id);
  clear_id (&lane->dribble_id);
  g_byte_array_unref (lane->partial);
  g_byte_array_unref (lane->out);
}

static void
set_broken (ProxyPipe *pipe)
{
  if (pipe->broken)
    return;

  pipe->broken = TRUE;
  pipe->proxy->funcs->broken (pipe, pipe->proxy->user_data);
}

/* Frees the pipe. */
static void
end_pipe (ProxyPipe *pipe,
          ProxyEnd   end)
{
  Proxy *proxy = pipe->proxy;

  set_broken (pipe);
  proxy->funcs->ended (pipe, proxy->user_data);
  for (guint i = 0; i < proxy->ghosts->len; i++)
    {
      Ghost *ghost = g_ptr_array_index (proxy->ghosts, i);

      if (ghost->pipe == pipe)
        ghost->pipe = NULL;
    }

  lane_clear (&pipe->lanes[PROXY_UP]);
  lane_clear (&pipe->lanes[PROXY_DOWN]);
  clear_id (&pipe->abandon_id);
  close_fd (pipe->client, end);
  close_fd (pipe->server, end);
  g_byte_array_unref (pipe->said);
  g_ptr_array_remove (proxy->pipes, pipe);
  g_free (pipe);
}

static gboolean
abandon_cb (gpointer user_data)
{
  ProxyPipe *pipe = user_data;

  pipe->abandon_id = 0;
  end_pipe (pipe, PROXY_FIN);

  return G_SOURCE_REMOVE;
}

static void
abandon (ProxyPipe *pipe)
{
  if (pipe->abandon_id == 0)
    pipe->abandon_id = g_timeout_add (ABANDON_MS, abandon_cb, pipe);
}

/* Says goodbye to both, and listens to neither. */
static void
part (ProxyPipe *pipe)
{
  set_broken (pipe);
  pipe->discarding = TRUE;
  for (guint i = 0; i < 2; i++)
    {
      Lane *lane = &pipe->lanes[i];

      g_byte_array_set_size (lane->out, 0);
      shutdown (lane->to, SHUT_WR);
      lane->shut = TRUE;
      clear_id (&lane->write_id);
    }
  abandon (pipe);
}

/* May free the pipe. */
static void
do_cut (Lane *lane)
{
  ProxyPipe *pipe = lane->pipe;
  ProxyEnd end = lane->cut_end;

  lane->cut_after = -1;
  set_broken (pipe);
  pipe->proxy->funcs->cut (pipe, lane->way, end, pipe->proxy->user_data);
  if (end == PROXY_RST)
    end_pipe (pipe, PROXY_RST);
  else
    part (pipe);
}

static gboolean
writable_cb (int          fd,
             GIOCondition condition,
             gpointer     user_data)
{
  Lane *lane = user_data;

  lane->write_id = 0;
  pump (lane);

  return G_SOURCE_REMOVE;
}

static gboolean
dribble_cb (gpointer user_data)
{
  Lane *lane = user_data;

  lane->dribble_id = 0;
  pump (lane);

  return G_SOURCE_REMOVE;
}

static gboolean
delayed_cb (gpointer user_data)
{
  Lane *lane = user_data;

  lane->delay_id = 0;
  pump (lane);

  return G_SOURCE_REMOVE;
}

/* "name" and the two revisions of an update, as this library writes it. */
static char *
get_update (const guint8 *payload,
            gsize         length)
{
  g_autofree char *text = g_strndup ((const char *) payload, length);
  const char *base = g_strrstr (text, ",\"base\":");
  const char *end;
  guint64 from, to;

  if (!g_str_has_prefix (text, "{\"name\":\"") || base == NULL)
    return NULL;

  from = g_ascii_strtoull (base + 8, (char **) &end, 10);
  if (!g_str_has_prefix (end, ",\"rev\":"))
    return NULL;
  to = g_ascii_strtoull (end + 7, (char **) &end, 10);
  if (strcmp (end, "}") != 0 || from == to)
    return NULL;

  return g_strndup (text + 9, strcspn (text + 9, "\""));
}

/* The name of a snapshot. */
static char *
get_snapshot (const guint8 *payload,
              gsize         length)
{
  gsize tail = MIN (length, 120);
  const char *text = (const char *) payload;

  if (length < 20 || memcmp (text, "{\"name\":\"", 9) != 0 ||
      g_strstr_len (text + length - tail, (gssize) tail, "}],\"epoch\":\"") == NULL)
    return NULL;

  return g_strndup (text + 9, (gsize) (strchr (text + 9, '"') - text - 9));
}

static void
pass_frame (Lane         *lane,
            const guint8 *frame,
            gsize         head,
            gsize         length)
{
  ProxyPipe *pipe = lane->pipe;
  ProxyMangle mangle = lane->mangle;
  g_autofree char *name = NULL;

  if (frame[0] == 0x81 && pipe->proxy->funcs->sent != NULL)
    pipe->proxy->funcs->sent (pipe, (const char *) frame + head, length, pipe->proxy->user_data);

  if (frame[0] == 0x81 && pipe->proxy->funcs->renewed != NULL)
    {
      g_autofree char *renewed = get_snapshot (frame + head, length);

      if (renewed != NULL)
        pipe->proxy->funcs->renewed (pipe, renewed, pipe->proxy->user_data);
    }

  if (mangle != PROXY_MANGLE_NONE && frame[0] == 0x81)
    name = get_update (frame + head, length);

  if (name == NULL || mangle != PROXY_MANGLE_DROP)
    g_byte_array_append (lane->out, frame, (guint) (head + length));
  if (name == NULL)
    return;

  if (mangle == PROXY_MANGLE_REPEAT)
    g_byte_array_append (lane->out, frame, (guint) (head + length));
  lane->mangle = PROXY_MANGLE_NONE;
  pipe->proxy->funcs->mangled (pipe, mangle, name, pipe->proxy->user_data);
}

/* Moves what is whole from partial to out. */
static void
split_frames (Lane *lane)
{
  GByteArray *in = lane->partial;

  if (!lane->upgraded && !lane->raw)
    {
      const char *end = g_strstr_len ((const char *) in->data, (gssize) in->len, "\r\n\r\n");
      guint length;

      if (end == NULL)
        return;
      length = (guint) (end + 4 - (const char *) in->data);
      lane->upgraded = g_strstr_len ((const char *) in->data, 13, " 101 ") != NULL;
      lane->raw = !lane->upgraded;
      g_byte_array_append (lane->out, in->data, length);
      g_byte_array_remove_range (in, 0, length);
    }

  while (lane->upgraded && in->len >= 2)
    {
      gsize head = 2, length = in->data[1] & 0x7f;

      if (length == 126)
        head = 4;
      else if (length == 127)
        head = 10;
      if (in->len < head)
        return;
      if (head > 2)
        {
          length = 0;
          for (gsize i = 2; i < head; i++)
            length = length << 8 | in->data[i];
        }
      if (in->len < head + length)
        return;

      pass_frame (lane, in->data, head, length);
      g_byte_array_remove_range (in, 0, (guint) (head + length));
    }

  if (lane->raw)
    {
      g_byte_array_append (lane->out, in->data, in->len);
      g_byte_array_set_size (in, 0);
    }
}

/* Takes the offer out of a handshake. */
static void
strip_offer (Lane *lane)
{
  GByteArray *in = lane->partial;
  char *at = g_strstr_len ((const char *) in->data, (gssize) in->len, "Sec-WebSocket-Protocol:");

  if (!lane->upgraded &&
      g_strstr_len ((const char *) in->data, (gssize) in->len, "\r\n\r\n") == NULL)
    return;

  if (!lane->upgraded && at != NULL)
    memcpy (at, "X-Mislaid-By-A-Proxy--:", 23);
  lane->upgraded = TRUE;
  g_byte_array_append (lane->out, in->data, in->len);
  g_byte_array_set_size (in, 0);
}

static void
take (Lane         *lane,
      const guint8 *data,
      gsize         length)
{
  ProxyPipe *pipe = lane->pipe;
  guint before = lane->out->len;

  if (lane->way == PROXY_UP && !pipe->proxy->plain)
    {
      g_byte_array_append (lane->out, data, (guint) length);
    }
  else
    {
      g_byte_array_append (lane->partial, data, (guint) length);
      if (lane->way == PROXY_UP)
        strip_offer (lane);
      else
        split_frames (lane);
    }

  if (lane->way == PROXY_UP && pipe->said->len + lane->out->len - before <= SAID_BYTES)
    {
      const guint8 *new = lane->out->data + before;
      guint n = lane->out->len - before;

      g_byte_array_append (pipe->said, new, n);
      for (guint i = 0; i < pipe->proxy->ghosts->len; i++)
        {
          Ghost *ghost = g_ptr_array_index (pipe->proxy->ghosts, i);

          if (ghost->pipe == pipe && send (ghost->fd, new, n, MSG_NOSIGNAL) != (gssize) n)
            ghost->pipe = NULL;
        }
    }
}

static gboolean
readable_cb (int          fd,
             GIOCondition condition,
             gpointer     user_data)
{
  Lane *lane = user_data;
  ProxyPipe *pipe = lane->pipe;
  guint8 buffer[16384];
  gssize n = recv (fd, buffer, sizeof buffer, 0);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return G_SOURCE_CONTINUE;

  if (n > 0)
    {
      if (!pipe->discarding)
        take (lane, buffer, (gsize) n);
      pump (lane);
      /* The pipe may be gone, and this source with it. */
      if (g_source_is_destroyed (g_main_current_source ()))
        return G_SOURCE_REMOVE;
      if (lane->out->len < LANE_BYTES)
        return G_SOURCE_CONTINUE;

      lane->read_id = 0;
      return G_SOURCE_REMOVE;
    }

  lane->read_id = 0;
  if (n < 0 && !lane->stalled)
    {
      /* A reset comes through as one. */
      end_pipe (pipe, PROXY_RST);
      return G_SOURCE_REMOVE;
    }

  lane->eof = TRUE;
  if (lane->way == PROXY_UP || n < 0 || pipe->discarding)
    abandon (pipe);
  g_byte_array_append (lane->out, lane->partial->data, lane->partial->len);
  g_byte_array_set_size (lane->partial, 0);
  pump (lane);

  return G_SOURCE_REMOVE;
}

static void
watch_input (Lane *lane)
{
  gboolean wanted = !lane->eof && lane->out->len < LANE_BYTES && lane->hold_id == 0 &&
                    !(lane->stalled && lane->way == PROXY_DOWN);

  if (wanted && lane->read_id == 0)
    lane->read_id = g_unix_fd_add (lane->from, G_IO_IN | G_IO_HUP | G_IO_ERR, readable_cb, lane);
}

/* Moves bytes on. May free the pipe. */
static void
pump (Lane *lane)
{
  ProxyPipe *pipe = lane->pipe;
  GByteArray *out = lane->out;

  while (!lane->stalled && lane->delay_id == 0 && lane->dribble_id == 0 && !pipe->discarding &&
         (out->len > 0 || lane->cut_after == 0))
    {
      gsize length = lane->dribble > 0 ? 1 : out->len;
      gssize n;

      if (lane->cut_after == 0)
        {
          do_cut (lane);
          return;
        }
      if (lane->cut_after > 0)
        length = MIN (length, (gsize) lane->cut_after);

      n = send (lane->to, out->data, length, MSG_NOSIGNAL);
      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        {
          if (lane->write_id == 0)
            lane->write_id = g_unix_fd_add (lane->to, G_IO_OUT, writable_cb, lane);
          break;
        }
      if (n < 0)
        {
          end_pipe (pipe, PROXY_RST);
          return;
        }

      g_byte_array_remove_range (out, 0, (guint) n);
      if (lane->cut_after > 0)
        lane->cut_after -= n;
      if (lane->dribble > 0)
        {
          lane->dribble--;
          /* Not behind everything else, which would be a stall. */
          lane->dribble_id = g_timeout_add_full (G_PRIORITY_DEFAULT, 0, dribble_cb, lane, NULL);
        }
    }

  if (lane->eof && out->len == 0 && !lane->shut && !lane->stalled)
    {
      if (lane->way == PROXY_DOWN && !pipe->broken && !pipe->lanes[PROXY_UP].eof)
        pipe->proxy->funcs->deserted (pipe, pipe->proxy->user_data);
      if (lane->way == PROXY_DOWN)
        set_broken (pipe);
      shutdown (lane->to, SHUT_WR);
      lane->shut = TRUE;
    }

  if (pipe->lanes[PROXY_UP].eof && pipe->lanes[PROXY_DOWN].eof && pipe->lanes[PROXY_UP].shut &&
      pipe->lanes[PROXY_DOWN].shut)
    {
      end_pipe (pipe, PROXY_FIN);
      return;
    }

  watch_input (lane);
}

static void
lane_init (Lane      *lane,
           ProxyPipe *pipe,
           ProxyWay   way)
{
  lane->pipe = pipe;
  lane->way = way;
  lane->from = way == PROXY_UP ? pipe->client : pipe->server;
  lane->to = way == PROXY_UP ? pipe->server : pipe->client;
  lane->partial = g_byte_array_new ();
  lane->out = g_byte_array_new ();
  lane->cut_after = -1;
  watch_input (lane);
}

/* FALSE: nobody waits. */
static gboolean
accept_one (Proxy    *self,
            gboolean  known)
{
  struct sockaddr_in local;
  socklen_t length = sizeof local;
  ProxyPipe *pipe;
  int server = -1;
  int fd = accept (self->fd, NULL, NULL);

  if (fd < 0)
    return FALSE;

  if (!known)
    {
      close_fd (fd, PROXY_RST);
      return TRUE;
    }

  if (self->refuse == 0)
    server = dial (self->upstream);
  if (server < 0)
    {
      close_fd (fd, self->refuse > 0 ? self->refuse_end : PROXY_RST);
      if (self->refuse > 0)
        self->refuse--;
      self->funcs->accepted (NULL, self->user_data);
      return TRUE;
    }

  prepare_fd (fd);
  getsockname (server, (struct sockaddr *) &local, &length);
  pipe = g_new0 (ProxyPipe, 1);
  pipe->proxy = self;
  pipe->client = fd;
  pipe->server = server;
  pipe->port = ntohs (local.sin_port);
  pipe->said = g_byte_array_new ();
  lane_init (&pipe->lanes[PROXY_UP], pipe, PROXY_UP);
  lane_init (&pipe->lanes[PROXY_DOWN], pipe, PROXY_DOWN);
  pipe->lanes[PROXY_DOWN].raw = self->raw;
  g_ptr_array_add (self->pipes, pipe);
  self->funcs->accepted (pipe, self->user_data);

  return TRUE;
}

static gboolean
accept_cb (int          fd,
           GIOCondition condition,
           gpointer     user_data)
{
  accept_one (user_data, TRUE);

  return G_SOURCE_CONTINUE;
}

const char *
proxy_host (void)
{
#ifdef __linux__
  static char host[16];

  if (*host == '\0')
    g_snprintf (host, sizeof host, "127.%u.%u.1", 1 + (guint) getpid () / 256 % 254,
                (guint) getpid () % 256);

  return host;
#else
  return "127.0.0.1";
#endif
}

Proxy *
proxy_new (guint16           upstream,
           gboolean          plain,
           const ProxyFuncs *funcs,
           gpointer          user_data)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  Proxy *self = g_new0 (Proxy, 1);

  self->funcs = funcs;
  self->user_data = user_data;
  self->upstream = upstream;
  self->plain = plain;
  self->pipes = g_ptr_array_new ();
  self->ghosts = g_ptr_array_new_with_free_func ((GDestroyNotify) ghost_free);

  address.sin_addr.s_addr = inet_addr (proxy_host ());
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->fd < 0 || bind (self->fd, (struct sockaddr *) &address, sizeof address) != 0 ||
      listen (self->fd, 64) != 0 ||
      getsockname (self->fd, (struct sockaddr *) &address, &length) != 0)
    g_error ("The proxy cannot listen: %s", g_strerror (errno));
  self->port = ntohs (address.sin_port);
  self->accept_id = g_unix_fd_add (self->fd, G_IO_IN, accept_cb, self);

  return self;
}

void
proxy_free (Proxy *self)
{
  while (self->pipes->len > 0)
    end_pipe (g_ptr_array_index (self->pipes, 0), PROXY_RST);
  g_ptr_array_unref (self->pipes);
  g_ptr_array_unref (self->ghosts);
  g_source_remove (self->accept_id);
  close (self->fd);
  g_free (self);
}

guint16
proxy_get_port (Proxy *self)
{
  return self->port;
}

void
proxy_set_raw (Proxy *self)
{
  self->raw = TRUE;
}

void
proxy_set_upstream (Proxy   *self,
                    guint16  upstream)
{
  self->upstream = upstream;
}

void
proxy_forget_pending (Proxy *self)
{
  while (accept_one (self, FALSE))
    continue;
}

void
proxy_refuse (Proxy    *self,
              guint     n,
              ProxyEnd  end)
{
  self->refuse += n;
  self->refuse_end = end;
}

void
proxy_break_all (Proxy    *self,
                 ProxyEnd  end)
{
  while (self->pipes->len > 0)
    end_pipe (g_ptr_array_index (self->pipes, 0), end);
  proxy_drop_ghosts (self);
}

void
proxy_expect_end (Proxy *self)
{
  for (guint i = 0; i < self->pipes->len; i++)
    set_broken (g_ptr_array_index (self->pipes, i));
}

void
proxy_calm (Proxy *self)
{
  g_autoptr (GPtrArray) pipes = g_ptr_array_new ();

  self->refuse = 0;
  for (guint i = 0; i < self->pipes->len; i++)
    g_ptr_array_add (pipes, g_ptr_array_index (self->pipes, i));

  for (guint i = 0; i < pipes->len; i++)
    {
      ProxyPipe *pipe = g_ptr_array_index (pipes, i);

      for (guint way = 0; way < 2 && g_ptr_array_find (self->pipes, pipe, NULL); way++)
        {
          Lane *lane = &pipe->lanes[way];

          lane->cut_after = -1;
          lane->mangle = PROXY_MANGLE_NONE;
          lane->dribble = 0;
          clear_id (&lane->delay_id);
          clear_id (&lane->hold_id);
          clear_id (&lane->dribble_id);
          pump (lane);
        }
    }
}

static void
describe_lane (const Lane *lane,
               GString    *words)
{
  g_string_append_printf (words, "%s: %u waiting%s%s%s%s%s%s; ",
                          lane->way == PROXY_UP ? "up" : "down", lane->out->len,
                          lane->stalled ? ", stalled" : "", lane->eof ? ", at its end" : "",
                          lane->shut ? ", shut" : "", lane->upgraded ? "" : ", no WebSocket yet",
                          lane->read_id != 0 ? ", reads" : "",
                          lane->write_id != 0 ? ", writes" : "");
}

char *
proxy_describe (Proxy *self)
{
  GString *words = g_string_new (NULL);

  g_string_append_printf (words, "to port %u, %u refused next\n", self->upstream, self->refuse);
  for (guint i = 0; i < self->pipes->len; i++)
    {
      const ProxyPipe *pipe = g_ptr_array_index (self->pipes, i);

      g_string_append_printf (words, "%p from port %u%s%s%s: ", (const void *) pipe, pipe->port,
                              pipe->broken ? ", broken" : "",
                              pipe->discarding ? ", discarding" : "",
                              pipe->abandon_id != 0 ? ", abandoned" : "");
      describe_lane (&pipe->lanes[PROXY_UP], words);
      describe_lane (&pipe->lanes[PROXY_DOWN], words);
      g_string_append_c (words, '\n');
    }

  return g_string_free (words, FALSE);
}

guint
proxy_get_n_ghosts (Proxy *self)
{
  return self->ghosts->len;
}

void
proxy_drop_ghosts (Proxy *self)
{
  g_ptr_array_set_size (self->ghosts, 0);
}

void
proxy_pipe_cut (ProxyPipe *self,
                ProxyWay   way,
                guint      after,
                ProxyEnd   end)
{
  self->lanes[way].cut_after = after;
  self->lanes[way].cut_end = end;
  pump (&self->lanes[way]);
}

void
proxy_pipe_stall (ProxyPipe *self,
                  ProxyWay   way)
{
  Lane *lane = &self->lanes[way];

  lane->stalled = TRUE;
  if (way == PROXY_DOWN)
    clear_id (&lane->read_id);
  set_broken (self);
}

void
proxy_pipe_delay (ProxyPipe *self,
                  ProxyWay   way,
                  guint      milliseconds)
{
  Lane *lane = &self->lanes[way];

  if (lane->delay_id == 0)
    lane->delay_id = g_timeout_add (milliseconds, delayed_cb, lane);
}

static gboolean
held_cb (gpointer user_data)
{
  Lane *lane = user_data;

  lane->hold_id = 0;
  watch_input (lane);

  return G_SOURCE_REMOVE;
}

void
proxy_pipe_hold (ProxyPipe *self,
                 guint      milliseconds)
{
  Lane *lane = &self->lanes[PROXY_DOWN];

  if (lane->hold_id != 0)
    return;

  clear_id (&lane->read_id);
  lane->hold_id = g_timeout_add (milliseconds, held_cb, lane);
}

void
proxy_pipe_dribble (ProxyPipe *self,
                    ProxyWay   way,
                    guint      bytes)
{
  self->lanes[way].dribble = bytes;
}

void
proxy_pipe_mangle (ProxyPipe   *self,
                   ProxyMangle  what)
{
  self->lanes[PROXY_DOWN].mangle = what;
}

static gboolean
ghost_cb (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  Ghost *ghost = user_data;
  guint8 buffer[16384];
  gssize n = recv (fd, buffer, sizeof buffer, 0);

  if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
    return G_SOURCE_CONTINUE;

  ghost->read_id = 0;
  g_ptr_array_remove_fast (ghost->proxy->ghosts, ghost);

  return G_SOURCE_REMOVE;
}

void
proxy_pipe_duplicate (ProxyPipe *self,
                      gboolean   follows,
                      gboolean   reads)
{
  Proxy *proxy = self->proxy;
  int fd = dial (proxy->upstream);
  Ghost *ghost;

  if (fd < 0)
    return;

  if (proxy->ghosts->len >= MAX_GHOSTS)
    g_ptr_array_remove_index (proxy->ghosts, 0);
  ghost = g_new0 (Ghost, 1);
  ghost->proxy = proxy;
  ghost->fd = fd;
  ghost->pipe = follows ? self : NULL;
  if (send (fd, self->said->data, self->said->len, MSG_NOSIGNAL) != (gssize) self->said->len)
    ghost->pipe = NULL;
  if (reads)
    ghost->read_id = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP | G_IO_ERR, ghost_cb, ghost);
  g_ptr_array_add (proxy->ghosts, ghost);
}

gboolean
proxy_pipe_is_broken (ProxyPipe *self)
{
  return self->broken;
}

guint16
proxy_pipe_get_port (ProxyPipe *self)
{
  return self->port;
}
