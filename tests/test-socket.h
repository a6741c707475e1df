/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <string.h>
#include <sys/socket.h>

#include <gio/gio.h>

G_BEGIN_DECLS

/* A WebSocket client written by hand over a bare socket, which does right and wrong to the byte. It
 * never waits: reading takes what is there, for use in WAIT_UNTIL(). */
typedef struct
{
  GSocket    *socket;
  GByteArray *in;
  GSource    *wake;   /* so that the main loop turns when something comes in */
  gboolean    ended;
} TestSocket;

typedef struct
{
  gboolean fin;
  guint    opcode;
  gsize    length;
  char    *payload; /* NUL-terminated */
} TestFrame;

static inline void
test_frame_clear (TestFrame *frame)
{
  g_clear_pointer (&frame->payload, g_free);
}

static inline guint
test_frame_close_code (const TestFrame *frame)
{
  return frame->length < 2 ? 0 : (guint) ((guint8) frame->payload[0] << 8 | (guint8) frame->payload[1]);
}

static inline TestSocket *
test_socket_new_for_address (GSocketAddress *address)
{
  g_autoptr (GError) error = NULL;
  TestSocket *self = g_new0 (TestSocket, 1);

  self->in = g_byte_array_new ();
  self->socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                               G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_assert_no_error (error);
  g_socket_connect (self->socket, address, NULL, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (self->socket, FALSE);

  return self;
}

static inline TestSocket *
test_socket_new (guint16 port)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);

  return test_socket_new_for_address (address);
}

static inline void
test_socket_free (TestSocket *self)
{
  if (self->wake != NULL)
    {
      g_source_destroy (self->wake);
      g_source_unref (self->wake);
    }
  g_object_unref (self->socket);
  g_byte_array_unref (self->in);
  g_free (self);
}

/* Ends the connection with a reset. */
static inline void
test_socket_reset (TestSocket *self)
{
  struct linger linger = { 1, 0 };

  setsockopt (g_socket_get_fd (self->socket), SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  g_socket_close (self->socket, NULL);
}

/* Sends all of it, running the main loop while the other end has to read first. */
static inline void
test_socket_send (TestSocket *self,
                  const void *data,
                  gsize       length)
{
  const char *bytes = data;

  while (length > 0)
    {
      g_autoptr (GError) error = NULL;
      gssize n = g_socket_send (self->socket, bytes, length, NULL, &error);

      if (n < 0)
        {
          /* A server that has seen enough may have gone. */
          if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            return;
          g_main_context_iteration (NULL, FALSE);
          continue;
        }
      bytes += n;
      length -= (gsize) n;
    }
}

/* The mask is zero, which masks as well as any. length -1: up to the NUL. */
static inline void
test_append_frame (GString    *bytes,
                   gboolean    fin,
                   guint       opcode,
                   const char *payload,
                   gssize      length)
{
  gsize n = length < 0 ? strlen (payload) : (gsize) length;

  g_string_append_c (bytes, (char) ((fin ? 0x80 : 0) | opcode));
  if (n < 126)
    {
      g_string_append_c (bytes, (char) (0x80 | n));
    }
  else
    {
      g_assert (n <= G_MAXUINT16);
      g_string_append_c (bytes, (char) (0x80 | 126));
      g_string_append_c (bytes, (char) (n >> 8));
      g_string_append_c (bytes, (char) n);
    }
  g_string_append_len (bytes, "\0\0\0\0", 4);
  g_string_append_len (bytes, payload, (gssize) n);
}

static inline void
test_socket_send_frame (TestSocket *self,
                        gboolean    fin,
                        guint       opcode,
                        const char *payload,
                        gssize      length)
{
  g_autoptr (GString) bytes = g_string_new (NULL);

  test_append_frame (bytes, fin, opcode, payload, length);
  test_socket_send (self, bytes->str, bytes->len);
}

static inline void
test_socket_send_close (TestSocket *self,
                        guint       code)
{
  const char payload[] = { (char) (code >> 8), (char) code };

  test_socket_send_frame (self, TRUE, 8, payload, 2);
}

/* The request with a line of headers or NULL, and bytes that follow it in the same packet. */
static inline void
test_socket_send_request (TestSocket *self,
                          const char *path,
                          const char *header,
                          const char *bytes,
                          gsize       length)
{
  g_autoptr (GString) request = g_string_new (NULL);

  g_string_append_printf (request,
                          "GET %s HTTP/1.1\r\n"
                          "Host: localhost\r\n"
                          "Upgrade: websocket\r\n"
                          "Connection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Sec-WebSocket-Version: 13\r\n"
                          "%s%s"
                          "\r\n",
                          path,
                          header != NULL ? header : "",
                          header != NULL ? "\r\n" : "");
  if (length > 0)
    g_string_append_len (request, bytes, (gssize) length);
  test_socket_send (self, request->str, request->len);
}

static inline void
test_socket_send_handshake (TestSocket *self,
                            const char *path,
                            const char *bytes,
                            gsize       length)
{
  test_socket_send_request (self, path, NULL, bytes, length);
}

static inline gboolean
test_socket_wake_cb (GSocket      *socket,
                     GIOCondition  condition,
                     gpointer      user_data)
{
  TestSocket *self = user_data;

  g_clear_pointer (&self->wake, g_source_unref);

  return G_SOURCE_REMOVE;
}

/* Takes what is there. Always TRUE. */
static inline gboolean
test_socket_read (TestSocket *self)
{
  gssize n;

  do
    {
      guint length = self->in->len;

      g_byte_array_set_size (self->in, length + 65536);
      n = self->ended ? 0 : g_socket_receive (self->socket, (char *) self->in->data + length, 65536, NULL, NULL);
      g_byte_array_set_size (self->in, length + (guint) MAX (n, 0));
      if (n == 0)
        self->ended = TRUE;
    }
  while (n > 0);

  if (self->wake == NULL && !self->ended)
    {
      self->wake = g_socket_create_source (self->socket, G_IO_IN, NULL);
      g_source_set_callback (self->wake, G_SOURCE_FUNC (test_socket_wake_cb), self, NULL);
      g_source_attach (self->wake, NULL);
    }

  return TRUE;
}

/* TRUE when the answer has come, and was 101. */
static inline gboolean
test_socket_read_handshake (TestSocket *self)
{
  const char *end;

  test_socket_read (self);
  end = self->in->len > 0 ? g_strstr_len ((const char *) self->in->data, self->in->len, "\r\n\r\n") : NULL;
  if (end == NULL)
    return FALSE;

  g_assert_cmpint (strncmp ((const char *) self->in->data, "HTTP/1.1 101 ", 13), ==, 0);
  g_byte_array_remove_range (self->in, 0, (guint) (end + 4 - (const char *) self->in->data));

  return TRUE;
}

/* The next whole frame, when there is one. */
static inline gboolean
test_socket_next (TestSocket *self,
                  TestFrame  *frame)
{
  const guint8 *data;
  gsize header = 2;
  guint64 length;

  test_socket_read (self);
  data = self->in->data;
  if (self->in->len < 2)
    return FALSE;

  length = data[1];
  g_assert_cmpuint (length, <, 128);
  if (length == 126)
    header = 4;
  else if (length == 127)
    header = 10;
  if (self->in->len < header)
    return FALSE;

  if (header > 2)
    {
      length = 0;
      for (gsize i = 2; i < header; i++)
        length = length << 8 | data[i];
    }
  if (self->in->len < header + length)
    return FALSE;

  frame->fin = (data[0] & 0x80) != 0;
  frame->opcode = data[0] & 0x0f;
  frame->length = length;
  frame->payload = g_strndup ((const char *) data + header, length);
  memcpy (frame->payload, data + header, length);
  g_byte_array_remove_range (self->in, 0, (guint) (header + length));

  return TRUE;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestSocket, test_socket_free)

G_END_DECLS
