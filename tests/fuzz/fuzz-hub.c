/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * The bytes of one client, from the first of its handshake on, to a hub that listens. The first byte
 * says in which pieces they come and what else there is; with a handshake that is made for it the
 * rest are frames, or lines that become frames. All that the hub answers is well-formed, the peer
 * goes, and the hub too. */

#include "fuzz-loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include "server/server-signal-hub.h"

#define HANDSHAKE(more)                                                                            \
  "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"           \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" more "\r\n"

/* The lowest two bits of the first byte. */
enum { RAW, V1_BYTES, V1_LINES, PLAIN_LINES };

/* The others. */
#define PIECES(mode) ((mode) >> 2 & 3)
#define DEAF 0x10      /* reads nothing before it has said everything */
#define COMMIT 0x20    /* the signals change meanwhile */
#define REMOVE 0x40    /* and one goes */
#define HALF_CLOSE 0x80

static const guint piece_sizes[] = { G_MAXUINT, 1, 7, 100 };

typedef struct
{
  ServerSignalHub *hub;
  ServerSignal    *signals[2];
  GByteArray      *output;
  int              fd;
  guint            n_commits;
} Target;

static GByteArray *
make_input (guint8         mode,
            const uint8_t *data,
            gsize          size)
{
  GByteArray *input = g_byte_array_new ();
  guint kind = mode & 3;

  if (kind == V1_BYTES || kind == V1_LINES)
    {
      static const char head[] = HANDSHAKE ("Sec-WebSocket-Protocol: server-signal.v1\r\n");

      g_byte_array_append (input, (const guint8 *) head, sizeof head - 1);
    }
  else if (kind == PLAIN_LINES)
    {
      static const char head[] = HANDSHAKE ("");

      g_byte_array_append (input, (const guint8 *) head, sizeof head - 1);
    }

  if (kind == RAW || kind == V1_BYTES)
    g_byte_array_append (input, data, (guint) size);
  else
    fuzz_frame_lines (input, TRUE, data, size);

  return input;
}

static void
change (Target *target,
        guint8  mode)
{
  if ((mode & COMMIT) != 0)
    for (guint i = 0; i < G_N_ELEMENTS (target->signals); i++)
      CHECK (server_signal_set_int (target->signals[i], "/n", ++target->n_commits, NULL));
  if ((mode & REMOVE) != 0 && target->n_commits == 4)
    server_signal_hub_remove (target->hub, target->signals[1]);
}

static void
say (Target     *target,
     guint8      mode,
     GByteArray *input)
{
  gsize at = 0;
  guint n_pieces = 0;

  while (at < input->len)
    {
      /* Many small ones, and then the rest: each is a turn of the loop. */
      gsize piece = n_pieces++ < 256 ? piece_sizes[PIECES (mode)] : G_MAXUINT;
      gsize n = fuzz_send (target->fd, input->data + at, MIN (piece, input->len - at));

      fuzz_loop_settle ();
      if (n == 0)
        break;
      at += n;
      if ((mode & DEAF) == 0 && !fuzz_receive (target->fd, target->output))
        break;
      change (target, mode);
    }
  change (target, mode);
  fuzz_loop_settle ();
}

static void
check_output (Target *target)
{
  static const char switched[] = "HTTP/1.1 101 ";
  g_autofree char *text = fuzz_dup_text (target->output);
  const char *end = strstr (text, "\r\n\r\n");

  if (target->output->len < sizeof switched)
    return;
  CHECK (g_str_has_prefix (text, "HTTP/1."));
  if (g_str_has_prefix (text, switched) && end != NULL)
    fuzz_check_frames (target->output->data + (end + 4 - text),
                       target->output->len - (end + 4 - text), FALSE);
}

static void
set_up (Target     *target,
        const char *name)
{
  static const char *const documents[] = { "{\"n\":0,\"list\":[1,2,3]}", "{\"n\":0}" };
  static const char *const names[] = { "s", "t" };
  g_autofree char *address = g_strconcat ("unix:@", name, NULL);

  target->hub = server_signal_hub_new ();
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      target->signals[i] = server_signal_new_from_json (names[i], documents[i], NULL);
      CHECK (server_signal_hub_add (target->hub, target->signals[i], NULL));
    }
  CHECK (server_signal_hub_listen (target->hub, address, 0, NULL));
  target->output = g_byte_array_new ();
  target->fd = fuzz_connect_unix (name);
}

static void
tear_down (Target *target)
{
  GListModel *peers = server_signal_hub_get_peers (target->hub);
  gpointer weak = target->hub;

  for (guint i = 0; g_list_model_get_n_items (peers) > 0; i++)
    {
      CHECK (i < 10000);
      fuzz_loop_skip ();
    }

  g_object_add_weak_pointer (G_OBJECT (target->hub), &weak);
  server_signal_hub_close (target->hub);
  server_signal_hub_detach (target->hub);
  g_object_unref (target->hub);
  fuzz_loop_settle ();
  CHECK (weak == NULL);
  for (guint i = 0; i < G_N_ELEMENTS (target->signals); i++)
    {
      g_object_add_weak_pointer (G_OBJECT (target->signals[i]), (gpointer *) &target->signals[i]);
      g_object_unref (target->signals[i]);
      CHECK (target->signals[i] == NULL);
    }
  g_byte_array_unref (target->output);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  Target target = { 0 };
  g_autofree char *name = g_strdup_printf ("server-signal-fuzz-hub-%d", (int) getpid ());
  g_autoptr (GByteArray) input = NULL;
  uint8_t mode;

  if (size == 0)
    return 0;

  fuzz_loop_begin ();
  mode = data[0];
  input = make_input (mode, data + 1, size - 1);
  set_up (&target, name);
  say (&target, mode, input);
  if ((mode & HALF_CLOSE) != 0)
    {
      shutdown (target.fd, SHUT_WR);
      fuzz_loop_settle ();
    }
  fuzz_receive (target.fd, target.output);
  close (target.fd);
  fuzz_loop_settle ();
  check_output (&target);
  tear_down (&target);

  return 0;
}
