/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * The bytes of a server, from the first of its answer to the handshake on, to a client, on as many
 * connections as the input has parts between bytes 0x1e. The first byte of a part says in which pieces
 * it comes; with an answer that is made for it the rest are frames, or lines that become frames. All
 * that the client says is well-formed, it connects again where it has to, and it can be let go. */

#include "fuzz-loop.h"

#include <gio/gunixsocketaddress.h>
#include <libsoup/soup.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/server-signal-client.h"

#define SEPARATOR 0x1e
#define MAX_CONNECTIONS 3

/* The lowest two bits of the first byte. */
enum { RAW, V1_BYTES, V1_LINES, PLAIN_LINES };

#define PIECES(mode) ((mode) >> 2 & 3)
#define SILENT_END 0x10 /* and time passes before the connection ends */

static const guint piece_sizes[] = { G_MAXUINT, 1, 7, 100 };

typedef struct
{
  ServerSignalClient *client;
  ServerSignal       *replicas[2];
  int                 listening;
  int                 fd;
  GByteArray         *input;
  GByteArray         *output;
} Target;

/* RFC 6455, 4.2.2 */
static char *
make_accept (const char *request)
{
  const char *key = strstr (request, "Sec-WebSocket-Key: ");
  const char *end = key != NULL ? strstr (key, "\r\n") : NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize length = sizeof digest;

  CHECK (end != NULL);
  key += strlen ("Sec-WebSocket-Key: ");
  g_checksum_update (checksum, (const guint8 *) key, end - key);
  g_checksum_update (checksum, (const guint8 *) "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
  g_checksum_get_digest (checksum, digest, &length);

  return g_base64_encode (digest, length);
}

static GByteArray *
make_input (guint8         mode,
            const char    *request,
            const uint8_t *data,
            gsize          size)
{
  GByteArray *input = g_byte_array_new ();
  guint kind = mode & 3;

  if (kind != RAW)
    {
      g_autofree char *accept = make_accept (request);
      g_autofree char *head = g_strdup_printf (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\n%s\r\n",
        accept, kind == PLAIN_LINES ? "" : "Sec-WebSocket-Protocol: server-signal.v1\r\n");

      g_byte_array_append (input, (const guint8 *) head, (guint) strlen (head));
    }

  if (kind == RAW || kind == V1_BYTES)
    g_byte_array_append (input, data, (guint) size);
  else
    fuzz_frame_lines (input, FALSE, data, size);

  return input;
}

/* FALSE: the client does not come. */
static gboolean
await_client (Target *target)
{
  for (guint i = 0; i < 1000; i++)
    {
      fuzz_loop_settle ();
      target->fd = accept4 (target->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (target->fd >= 0)
        return TRUE;
      if (server_signal_client_get_state (target->client) == SERVER_SIGNAL_CLIENT_STATE_CLOSED)
        return FALSE;
      /* A server may ask to be left alone for an hour, in which the client looks at its clocks each
       * second. */
      if (i < 100)
        fuzz_loop_skip ();
      else
        fuzz_loop_skip_ms (60 * 1000);
    }

  /* Neither closed nor coming. */
  CHECK (FALSE);
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
      gsize piece = n_pieces++ < 256 ? piece_sizes[PIECES (mode)] : G_MAXUINT;
      gsize n = fuzz_send (target->fd, input->data + at, MIN (piece, input->len - at));

      fuzz_loop_settle ();
      if (n == 0)
        break;
      at += n;
      fuzz_receive (target->fd, target->output);
    }
}

static void
check_output (Target *target)
{
  g_autofree char *text = fuzz_dup_text (target->output);
  const char *end = strstr (text, "\r\n\r\n");

  CHECK (end != NULL);
  fuzz_check_frames (target->output->data + (end + 4 - text),
                     target->output->len - (end + 4 - text), TRUE);
}

static void
serve (Target        *target,
       const uint8_t *data,
       size_t         size)
{
  uint8_t mode = data[0];
  g_autofree char *request = NULL;
  g_autoptr (GByteArray) input = NULL;

  target->output = g_byte_array_new ();
  for (guint i = 0; target->output->len == 0 && i < 10; i++)
    {
      fuzz_loop_settle ();
      fuzz_receive (target->fd, target->output);
    }
  request = fuzz_dup_text (target->output);
  CHECK (g_str_has_prefix (request, "GET /ws HTTP/1.1\r\n"));

  input = make_input (mode, request, data + 1, size - 1);
  say (target, mode, input);
  if ((mode & SILENT_END) != 0)
    fuzz_loop_skip_ms (1500);
  fuzz_receive (target->fd, target->output);
  close (target->fd);
  fuzz_loop_settle ();
  check_output (target);
  g_clear_pointer (&target->output, g_byte_array_unref);
}

static void
set_up (Target     *target,
        const char *name)
{
  g_autoptr (GSocketAddress) address =
    g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  g_autoptr (SoupSession) session =
    soup_session_new_with_options ("remote-connectable", address, "proxy-resolver", NULL, NULL);

  target->listening = fuzz_listen_unix (name);
  target->client = server_signal_client_new ("ws://localhost/ws");
  server_signal_client_set_session (target->client, session);
  target->replicas[0] = g_object_ref (server_signal_client_get_signal (target->client, "s"));
  target->replicas[1] = g_object_ref (server_signal_client_get_signal (target->client, "t"));
  server_signal_client_start (target->client);
}

static void
tear_down (Target *target)
{
  gpointer weak = target->client;

  close (target->listening);
  g_object_add_weak_pointer (G_OBJECT (target->client), &weak);
  server_signal_client_stop (target->client);
  fuzz_loop_settle ();
  server_signal_client_stop (target->client);
  g_object_unref (target->client);
  for (guint i = 0; i < 1000 && fuzz_loop_skip (); i++)
    ;
  fuzz_loop_settle ();
  CHECK (weak == NULL);

  for (guint i = 0; i < G_N_ELEMENTS (target->replicas); i++)
    {
      g_autofree char *json = server_signal_dup_json (target->replicas[i], NULL);
      g_autoptr (SsValue) value = ss_value_from_json (json, -1, SS_DOCUMENT_DEPTH, NULL);

      CHECK (value != NULL);
      CHECK (server_signal_get_stale (target->replicas[i]));
      g_object_add_weak_pointer (G_OBJECT (target->replicas[i]), (gpointer *) &target->replicas[i]);
      g_object_unref (target->replicas[i]);
      CHECK (target->replicas[i] == NULL);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  Target target = { 0 };
  g_autofree char *name = g_strdup_printf ("server-signal-fuzz-client-%d", (int) getpid ());

  if (size == 0)
    return 0;

  fuzz_loop_begin ();
  set_up (&target, name);
  for (guint i = 0; i < MAX_CONNECTIONS && size > 0; i++)
    {
      const uint8_t *end = memchr (data + 1, SEPARATOR, size - 1);
      size_t length = end != NULL ? (size_t) (end - data) : size;

      if (!await_client (&target))
        break;
      serve (&target, data, length);
      size -= end != NULL ? length + 1 : length;
      data += end != NULL ? length + 1 : length;
    }
  tear_down (&target);

  return 0;
}
