/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "fake-server.h"

#include <string.h>

#include "test-quotes.h"

#define WEBSOCKET_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

struct _FakeServer
{
  GSocketListener *listener;
  GCancellable    *listening;
  guint16          port;

  char            *protocol;
  char            *forced;
  char            *answer;
  char            *headers;
  char            *greeting;
  gboolean         mute;

  GPtrArray       *peers;     /* Peer, oldest first */
  GQueue           texts;     /* char * */
  char            *request;
  guint            requests;
  guint            close_code;
  guint            pings;
  guint            pongs;
};

typedef struct
{
  FakeServer        *server;  /* NULL: dropped */
  GSocketConnection *connection;
  GCancellable      *cancellable;
  GByteArray        *in;
  guint8             chunk[16384];
  gboolean           upgraded;
  GQueue             out;     /* GBytes */
  GBytes            *writing;
} Peer;

static void accept_next (FakeServer *self);
static void read_next (Peer *peer);
static void write_next (Peer *peer);

static void
peer_clear (gpointer data)
{
  Peer *peer = data;

  g_queue_clear_full (&peer->out, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&peer->writing, g_bytes_unref);
  g_byte_array_unref (peer->in);
  g_object_unref (peer->cancellable);
  g_object_unref (peer->connection);
}

static void
peer_unref (gpointer peer)
{
  g_rc_box_release_full (peer, peer_clear);
}

static void
peer_drop (gpointer data)
{
  Peer *peer = data;

  peer->server = NULL;
  g_cancellable_cancel (peer->cancellable);
  g_socket_close (g_socket_connection_get_socket (peer->connection), NULL);
  peer_unref (peer);
}

static Peer *
last_peer (FakeServer *self)
{
  g_assert_cmpuint (self->peers->len, >, 0);

  return g_ptr_array_index (self->peers, self->peers->len - 1);
}

static void
queue_bytes (Peer   *peer,
             GBytes *bytes)
{
  g_queue_push_tail (&peer->out, bytes);
  write_next (peer);
}

static void
written_cb (GObject      *stream,
            GAsyncResult *result,
            gpointer      user_data)
{
  Peer *peer = user_data;

  /* A client that went away is no matter of the server's. */
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, NULL);
  g_clear_pointer (&peer->writing, g_bytes_unref);
  if (peer->server != NULL)
    write_next (peer);
  peer_unref (peer);
}

static void
write_next (Peer *peer)
{
  gconstpointer data;
  gsize length;

  if (peer->writing != NULL || g_queue_is_empty (&peer->out))
    return;

  peer->writing = g_queue_pop_head (&peer->out);
  data = g_bytes_get_data (peer->writing, &length);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (peer->connection)),
                                   data, length, G_PRIORITY_DEFAULT, peer->cancellable, written_cb,
                                   g_rc_box_acquire (peer));
}

static GByteArray *
make_frame (guint8      first,
            const void *data,
            gsize       length)
{
  GByteArray *frame = g_byte_array_new ();
  guint8 head[10] = { first };
  guint size = 2;

  if (length < 126)
    {
      head[1] = (guint8) length;
    }
  else if (length < 65536)
    {
      head[1] = 126;
      head[2] = (guint8) (length >> 8);
      head[3] = (guint8) length;
      size = 4;
    }
  else
    {
      head[1] = 127;
      for (guint i = 0; i < 8; i++)
        head[2 + i] = (guint8) ((guint64) length >> (56 - 8 * i));
      size = 10;
    }

  g_byte_array_append (frame, head, size);
  g_byte_array_append (frame, data, (guint) length);

  return frame;
}

static char *
header_of (const char *request,
           const char *name)
{
  g_auto (GStrv) lines = g_strsplit (request, "\r\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *colon = strchr (lines[i], ':');

      if (colon != NULL && g_ascii_strncasecmp (lines[i], name, strlen (name)) == 0 &&
          colon == lines[i] + strlen (name))
        return g_strdup (g_strstrip (colon + 1));
    }

  return NULL;
}

static void
answer_request (Peer       *peer,
                const char *request)
{
  FakeServer *self = peer->server;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autofree char *key = header_of (request, "Sec-WebSocket-Key");
  g_autofree char *offer = header_of (request, "Sec-WebSocket-Protocol");
  g_autofree char *accept = NULL;
  const char *protocol = self->forced;
  guint8 digest[20];
  gsize length = sizeof digest;
  GString *head;

  self->requests++;
  g_free (self->request);
  self->request = g_strdup (request);

  if (self->answer != NULL)
    {
      queue_bytes (peer, g_bytes_new (self->answer, strlen (self->answer)));
      return;
    }

  if (protocol == NULL && offer != NULL && self->protocol != NULL &&
      strstr (offer, self->protocol) != NULL)
    protocol = self->protocol;

  g_assert_nonnull (key);
  g_checksum_update (checksum, (const guchar *) key, -1);
  g_checksum_update (checksum, (const guchar *) WEBSOCKET_GUID, -1);
  g_checksum_get_digest (checksum, digest, &length);
  accept = g_base64_encode (digest, length);

  head = g_string_new ("HTTP/1.1 101 Switching Protocols\r\n"
                       "Upgrade: websocket\r\n"
                       "Connection: Upgrade\r\n");
  g_string_append_printf (head, "Sec-WebSocket-Accept: %s\r\n", accept);
  if (self->headers != NULL)
    g_string_append (head, self->headers);
  else if (protocol != NULL)
    g_string_append_printf (head, "Sec-WebSocket-Protocol: %s\r\n", protocol);
  g_string_append (head, "\r\n");

  if (self->greeting != NULL)
    {
      g_autoptr (GByteArray) frame = make_frame (0x81, self->greeting, strlen (self->greeting));

      g_string_append_len (head, (const char *) frame->data, frame->len);
    }

  peer->upgraded = TRUE;
  queue_bytes (peer, g_string_free_to_bytes (head));
}

/* One frame of the client's, which is always masked. FALSE: not whole yet. */
static gboolean
take_frame (Peer *peer)
{
  FakeServer *self = peer->server;
  guint8 *data = peer->in->data;
  guint at = 2;
  guint64 length;
  guint8 *mask;

  if (peer->in->len < 2)
    return FALSE;

  g_assert_true (data[1] & 0x80);
  length = data[1] & 0x7f;
  if (length == 126)
    {
      at = 4;
      if (peer->in->len < at)
        return FALSE;
      length = (guint64) data[2] << 8 | data[3];
    }
  g_assert_cmpuint (length, !=, 127);

  if (peer->in->len < at + 4 + length)
    return FALSE;

  mask = data + at;
  at += 4;
  for (guint i = 0; i < length; i++)
    data[at + i] ^= mask[i % 4];

  switch (data[0] & 0x0f)
    {
    case 0x01:
      g_queue_push_tail (&self->texts, g_strndup ((const char *) data + at, length));
      break;

    case 0x08:
      {
        g_autoptr (GByteArray) frame = make_frame (0x88, data + at, length);

        self->close_code = length >= 2 ? (guint) data[at] << 8 | data[at + 1] : 1005;
        queue_bytes (peer, g_bytes_new (frame->data, frame->len));
        break;
      }

    case 0x09:
      {
        g_autoptr (GByteArray) frame = make_frame (0x8a, data + at, length);

        self->pings++;
        queue_bytes (peer, g_bytes_new (frame->data, frame->len));
        break;
      }

    case 0x0a:
      self->pongs++;
      break;

    default:
      break;
    }

  g_byte_array_remove_range (peer->in, 0, at + (guint) length);

  return TRUE;
}

static void
take_input (Peer *peer)
{
  if (!peer->upgraded)
    {
      const char *end = g_strstr_len ((const char *) peer->in->data, peer->in->len, "\r\n\r\n");
      g_autofree char *request = NULL;

      if (end == NULL)
        return;

      request = g_strndup ((const char *) peer->in->data, end - (const char *) peer->in->data);
      g_byte_array_remove_range (peer->in, 0, (guint) (end - (const char *) peer->in->data) + 4);
      answer_request (peer, request);
    }

  while (peer->upgraded && take_frame (peer))
    continue;
}

static void
read_cb (GObject      *stream,
         GAsyncResult *result,
         gpointer      user_data)
{
  Peer *peer = user_data;
  gssize count = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, NULL);

  if (peer->server != NULL && count > 0)
    {
      g_byte_array_append (peer->in, peer->chunk, (guint) count);
      if (!peer->server->mute)
        {
          take_input (peer);
          read_next (peer);
        }
    }
  else if (peer->server != NULL)
    {
      g_ptr_array_remove (peer->server->peers, peer);
    }

  peer_unref (peer);
}

static void
read_next (Peer *peer)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (peer->connection)),
                             peer->chunk, sizeof peer->chunk, G_PRIORITY_DEFAULT, peer->cancellable,
                             read_cb, g_rc_box_acquire (peer));
}

static void
accepted_cb (GObject      *listener,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  FakeServer *self = user_data;
  Peer *peer;

  connection = g_socket_listener_accept_finish (G_SOCKET_LISTENER (listener), result, NULL, &error);
  /* Then the server may be gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_assert_no_error (error);

  peer = g_rc_box_new0 (Peer);
  peer->server = self;
  peer->connection = g_steal_pointer (&connection);
  peer->cancellable = g_cancellable_new ();
  peer->in = g_byte_array_new ();
  g_queue_init (&peer->out);
  g_ptr_array_add (self->peers, peer);
  if (!self->mute)
    read_next (peer);
  accept_next (self);
}

static void
accept_next (FakeServer *self)
{
  g_socket_listener_accept_async (self->listener, self->listening, accepted_cb, self);
}

static void
listen_on_port (FakeServer *self)
{
  g_autoptr (GSocketAddress) address =
    g_inet_socket_address_new_from_string ("127.0.0.1", self->port);
  g_autoptr (GSocketAddress) effective = NULL;
  g_autoptr (GError) error = NULL;

  self->listener = g_socket_listener_new ();
  self->listening = g_cancellable_new ();
  g_socket_listener_add_address (self->listener, address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &effective, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (effective));
  accept_next (self);
}

FakeServer *
fake_server_new (const char *protocol)
{
  FakeServer *self = g_new0 (FakeServer, 1);

  self->protocol = g_strdup (protocol);
  self->peers = g_ptr_array_new_with_free_func (peer_drop);
  g_queue_init (&self->texts);
  listen_on_port (self);

  return self;
}

void
fake_server_free (FakeServer *self)
{
  if (self->listener != NULL)
    fake_server_kill (self);
  g_ptr_array_unref (self->peers);
  g_queue_clear_full (&self->texts, g_free);
  g_free (self->protocol);
  g_free (self->forced);
  g_free (self->answer);
  g_free (self->headers);
  g_free (self->greeting);
  g_free (self->request);
  g_free (self);
}

char *
fake_server_dup_uri (FakeServer *self)
{
  return g_strdup_printf ("ws://127.0.0.1:%u/ws", self->port);
}

void
fake_server_set_protocol (FakeServer *self,
                          const char *protocol)
{
  g_free (self->protocol);
  self->protocol = g_strdup (protocol);
}

void
fake_server_set_answer (FakeServer *self,
                        const char *http)
{
  g_free (self->answer);
  self->answer = g_strdup (http);
}

void
fake_server_force_protocol (FakeServer *self,
                            const char *protocol)
{
  g_free (self->forced);
  self->forced = g_strdup (protocol);
}

void
fake_server_set_headers (FakeServer *self,
                         const char *lines)
{
  g_free (self->headers);
  self->headers = g_strdup (lines);
}

void
fake_server_set_greeting (FakeServer *self,
                          const char *text)
{
  g_free (self->greeting);
  self->greeting = test_json (text);
}

void
fake_server_mute (FakeServer *self)
{
  self->mute = TRUE;
}

gboolean
fake_server_is_mute (FakeServer *self)
{
  return self->mute;
}

void
fake_server_kill (FakeServer *self)
{
  g_cancellable_cancel (self->listening);
  g_socket_listener_close (self->listener);
  g_clear_object (&self->listener);
  g_clear_object (&self->listening);
  g_ptr_array_set_size (self->peers, 0);
}

void
fake_server_restart (FakeServer *self)
{
  g_assert_null (self->listener);

  listen_on_port (self);
}

void
fake_server_drop (FakeServer *self)
{
  g_ptr_array_remove (self->peers, last_peer (self));
}

guint
fake_server_get_requests (FakeServer *self)
{
  return self->requests;
}

guint
fake_server_get_peers (FakeServer *self)
{
  return self->peers->len;
}

const char *
fake_server_get_request (FakeServer *self)
{
  return self->request;
}

gboolean
fake_server_is_written (FakeServer *self)
{
  Peer *peer = last_peer (self);

  return peer->writing == NULL && g_queue_is_empty (&peer->out);
}

guint
fake_server_get_pings (FakeServer *self)
{
  return self->pings;
}

guint
fake_server_get_pongs (FakeServer *self)
{
  return self->pongs;
}

guint
fake_server_get_close (FakeServer *self)
{
  return self->close_code;
}

void
fake_server_send_raw (FakeServer *self,
                      const void *data,
                      gsize       length)
{
  queue_bytes (last_peer (self), g_bytes_new (data, length));
}

void
fake_server_send_frame (FakeServer *self,
                        guint8      first,
                        const void *data,
                        gsize       length)
{
  g_autoptr (GByteArray) frame = make_frame (first, data, length);

  fake_server_send_raw (self, frame->data, frame->len);
}

void
fake_server_send (FakeServer *self,
                  const char *text)
{
  g_autofree char *json = test_json (text);

  fake_server_send_frame (self, 0x81, json, strlen (json));
}

void
fake_server_send_close (FakeServer *self,
                        guint16     code,
                        const char *reason)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  guint8 head[2] = { (guint8) (code >> 8), (guint8) code };

  g_byte_array_append (payload, head, 2);
  g_byte_array_append (payload, (const guint8 *) reason, (guint) strlen (reason));
  fake_server_send_frame (self, 0x88, payload->data, payload->len);
}

char *
fake_server_take (FakeServer *self)
{
  return g_queue_pop_head (&self->texts);
}

guint
fake_server_get_pending (FakeServer *self)
{
  return self->texts.length;
}
