/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <string.h>

#include <libsoup/soup.h>

#include "test-utils.h"

G_BEGIN_DECLS

/* A WebSocket client that knows nothing of signals: libsoup's, and the frames as text. */
typedef struct
{
  SoupSession             *session;
  SoupMessage             *message;
  SoupWebsocketConnection *connection; /* NULL: refused */
  GQueue                   frames;     /* text that has come and was not looked at */
  GError                  *error;
  gboolean                 opened;     /* or refused */
  gboolean                 closed;
} TestWebsocket;

static inline void
test_websocket_message_cb (SoupWebsocketConnection *connection,
                        int                      type,
                        GBytes                  *bytes,
                        gpointer                 user_data)
{
  TestWebsocket *self = user_data;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  g_assert_cmpint (type, ==, SOUP_WEBSOCKET_DATA_TEXT);
  g_queue_push_tail (&self->frames, g_strndup (text, length));
}

static inline void
test_websocket_closed_cb (SoupWebsocketConnection *connection,
                       gpointer                 user_data)
{
  TestWebsocket *self = user_data;

  self->closed = TRUE;
}

static inline void
test_websocket_adopt (TestWebsocket              *self,
                   SoupWebsocketConnection *connection)
{
  self->connection = connection;
  soup_websocket_connection_set_max_incoming_payload_size (connection, 16 * 1024 * 1024);
  g_signal_connect (connection, "message", G_CALLBACK (test_websocket_message_cb), self);
  g_signal_connect (connection, "closed", G_CALLBACK (test_websocket_closed_cb), self);
}

static inline void
test_websocket_opened_cb (GObject      *source,
                       GAsyncResult *result,
                       gpointer      user_data)
{
  TestWebsocket *self = user_data;
  SoupWebsocketConnection *connection =
    soup_session_websocket_connect_finish (self->session, result, &self->error);

  if (connection != NULL)
    test_websocket_adopt (self, connection);
  self->opened = TRUE;
}

/* offer: subprotocols, NULL for none. */
static inline TestWebsocket *
test_websocket_begin (const char         *uri,
                   const char * const *offer)
{
  TestWebsocket *self = g_new0 (TestWebsocket, 1);

  g_queue_init (&self->frames);
  self->session = soup_session_new ();
  /* Most clients offer permessage-deflate. */
  soup_session_add_feature_by_type (self->session, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  self->message = soup_message_new ("GET", uri);
  g_assert_nonnull (self->message);
  soup_session_websocket_connect_async (self->session, self->message, NULL, (char **) offer,
                                        G_PRIORITY_DEFAULT, NULL, test_websocket_opened_cb, self);

  return self;
}

static inline TestWebsocket *
test_websocket_try (const char *uri,
                 const char *offer)
{
  const char *offers[] = { offer, NULL };
  TestWebsocket *self = test_websocket_begin (uri, offer != NULL ? offers : NULL);

  WAIT_UNTIL (self->opened);

  return self;
}

static inline TestWebsocket *
test_websocket_open (const char *uri,
                  const char *offer)
{
  TestWebsocket *self = test_websocket_try (uri, offer);

  g_assert_no_error (self->error);
  g_assert_nonnull (self->connection);

  return self;
}

static inline void
test_websocket_free (TestWebsocket *self)
{
  if (self->connection != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->connection, self);
      if (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close (self->connection, 1000, NULL);
      WAIT_UNTIL (soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_CLOSED);
      g_object_unref (self->connection);
    }
  g_queue_clear_full (&self->frames, g_free);
  g_clear_error (&self->error);
  g_clear_object (&self->message);
  if (self->session != NULL)
    {
      soup_session_abort (self->session);
      g_object_unref (self->session);
    }
  g_free (self);
}

static inline void
test_websocket_send (TestWebsocket *self,
                  const char *text)
{
  soup_websocket_connection_send_text (self->connection, text);
}

/* The next frame's text. */
static inline char *
test_websocket_next (TestWebsocket *self)
{
  WAIT_UNTIL (!g_queue_is_empty (&self->frames) || self->closed);
  if (g_queue_is_empty (&self->frames))
    g_error ("The connection closed (%u) instead of a frame",
             soup_websocket_connection_get_close_code (self->connection));

  return g_queue_pop_head (&self->frames);
}

/* An update that replaces something, up to the point where the protocols differ. */
#define REPLACE(name, path, value) \
  "{\"name\":\"" name "\",\"patch\":[{\"op\":\"replace\",\"path\":\"" path "\",\"value\":" value "}]"

/* The next frame is exactly this text. */
#define test_websocket_expect(self, text) \
  G_STMT_START \
  { \
    g_autofree char *expect_frame = test_websocket_next (self); \
    g_assert_cmpstr (expect_frame, ==, text); \
  } \
  G_STMT_END

/* The next frame begins with this text. */
#define test_websocket_expect_prefix(self, prefix) \
  G_STMT_START \
  { \
    g_autofree char *expect_frame = test_websocket_next (self); \
    if (!g_str_has_prefix (expect_frame, prefix)) \
      g_error ("%s:%d: %s… does not begin with %s", __FILE__, __LINE__, expect_frame, prefix); \
  } \
  G_STMT_END

/* Nothing has come: what is asked now is answered first. Only for v1. */
#define test_websocket_expect_silence(self) \
  G_STMT_START \
  { \
    test_websocket_send (self, "{\"subscribe\":\"nobody has this\"}"); \
    test_websocket_expect_prefix (self, "{\"error\":{\"code\":\"unknown-signal\",\"name\":\"nobody has this\""); \
  } \
  G_STMT_END

static inline void
test_websocket_expect_close (TestWebsocket *self,
                          gushort     code)
{
  WAIT_UNTIL (self->closed);
  g_assert_cmpuint (soup_websocket_connection_get_close_code (self->connection), ==, code);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestWebsocket, test_websocket_free)

G_END_DECLS
