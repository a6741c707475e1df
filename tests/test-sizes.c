/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Snapshots of the size that a client just takes, over sockets: that size arrives, one byte more
 * does not, and the application is told. */

#include "config.h"

#include "server-signal-client.h"
#include "server-signal-error.h"
#include "signal/server-signal-private.h"
#include "ss-limits.h"
#include "test-hub.h"
#include "wire/ss-frame.h"

typedef struct
{
  SoupServer         *server; /* plain */
  ServerSignalHub    *hub;
  ServerSignal       *text;
  ServerSignal       *other;
  ServerSignalClient *client;
} Fixture;

static void
accept_cb (SoupServer              *server,
           SoupServerMessage       *message,
           const char              *path,
           SoupWebsocketConnection *connection,
           gpointer                 user_data)
{
  server_signal_hub_accept (user_data, connection);
}

static void
set_up (Fixture       *self,
        gconstpointer  plain)
{
  g_autofree char *uri = NULL;
  g_autoptr (GError) error = NULL;

  self->hub = server_signal_hub_new ();
  self->text = new_signal ("text", "\"\"");
  self->other = new_signal ("other", "0");
  server_signal_hub_add (self->hub, self->text, &error);
  g_assert_no_error (error);
  server_signal_hub_add (self->hub, self->other, &error);
  g_assert_no_error (error);
  if (plain != NULL)
    {
      self->server = new_server ();
      soup_server_add_websocket_handler (self->server, "/ws", NULL, NULL, accept_cb, self->hub,
                                         NULL);
      uri = uri_of (self->server, "ws", "/ws");
    }
  else
    {
      server_signal_hub_listen (self->hub, NULL, 0, &error);
      g_assert_no_error (error);
      uri = server_signal_hub_dup_uri (self->hub);
    }
  self->client = server_signal_client_new (uri);
  g_object_set (self->client, "retry-min", 1, "retry-max", 20, NULL);
}

static void
tear_down (Fixture       *self,
           gconstpointer  plain)
{
  server_signal_client_stop (self->client);
  g_assert_finalize_object (self->client);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (self->hub);
  g_assert_finalize_object (self->text);
  g_assert_finalize_object (self->other);
  if (self->server != NULL)
    {
      soup_server_disconnect (self->server);
      test_settle ();
      g_object_unref (self->server);
    }
}

static gboolean
is_current (Fixture      *self,
            ServerSignal *signal)
{
  ServerSignal *replica =
    server_signal_client_get_signal (self->client, server_signal_get_name (signal));

  return !server_signal_get_stale (replica) &&
         ss_value_equal (ss_signal_peek (replica), ss_signal_peek (signal));
}

/* Makes the text such that a snapshot of it is a frame of so many bytes; the revision it gets by
 * that has one digit. */
static void
set_frame_bytes (Fixture  *self,
                 gsize     bytes,
                 gboolean  plain)
{
  g_autoptr (SsValue) empty = ss_value_new_string ("", 0);
  g_autoptr (SsMessage) frame =
    ss_frame_encode_snapshot ("text", empty, plain ? NULL : server_signal_get_epoch (self->text),
                              1);
  gsize around;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  ss_message_payload (frame, &around);
  text = g_strnfill (bytes - around, 'x');
  server_signal_set_string (self->text, NULL, text, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (server_signal_get_revision (self->text), <, 10);
}

static void
test_edge (Fixture *self,
           gsize    bytes)
{
  ServerSignal *text = server_signal_client_get_signal (self->client, "text");

  server_signal_client_get_signal (self->client, "other");
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self, self->text) && is_current (self, self->other));
  server_signal_client_stop (self->client);

  set_frame_bytes (self, bytes, FALSE);
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self, self->text));
  g_assert_null (server_signal_client_get_error (self->client));
  server_signal_client_stop (self->client);

  /* One more, which a new client would have to be sent as a snapshot; what is held is kept, and the
   * other signal goes on. */
  set_frame_bytes (self, bytes + 1, FALSE);
  server_signal_client_release (self->client, "text");
  text = server_signal_client_get_signal (self->client, "text");
  server_signal_client_start (self->client);
  WAIT_UNTIL (server_signal_client_get_error (self->client) != NULL);
  g_assert_error (server_signal_client_get_error (self->client), SERVER_SIGNAL_ERROR,
                  SERVER_SIGNAL_ERROR_LIMIT);
  set_int (self->other, NULL, server_signal_get_int (self->other, NULL) + 1);
  WAIT_UNTIL (is_current (self, self->other));
  g_assert_true (server_signal_get_stale (text));
  g_assert_cmpint (server_signal_client_get_state (self->client), ==,
                   SERVER_SIGNAL_CLIENT_STATE_OPEN);
}

/* The size of frames that a client takes by default. */
static void
test_default (Fixture       *self,
              gconstpointer  plain)
{
  test_edge (self, SS_FRAME_BYTES);
}

/* Where libsoup would stop by itself. */
static void
test_libsoup (Fixture       *self,
              gconstpointer  plain)
{
  g_object_set (self->client, "max-frame-size", 128 * 1024, NULL);
  test_edge (self, 128 * 1024);
}

static void
test_past_libsoup (Fixture       *self,
                   gconstpointer  plain)
{
  g_object_set (self->client, "max-frame-size", 128 * 1024 + 1, NULL);
  test_edge (self, 128 * 1024 + 1);
}

/* A plain server cannot be told what its client takes: the connection ends where the frame is too
 * large, and the application sees why. */
static void
test_plain (Fixture       *self,
            gconstpointer  plain)
{
  const gsize bytes = 1024 * 1024;

  g_object_set (self->client, "max-frame-size", (guint) bytes, NULL);
  set_frame_bytes (self, bytes, TRUE);
  server_signal_client_get_signal (self->client, "text");
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self, self->text));
  g_assert_cmpstr (server_signal_client_get_protocol (self->client), ==, "plain");
  server_signal_client_stop (self->client);

  set_frame_bytes (self, bytes + 1, TRUE);
  server_signal_client_start (self->client);
  WAIT_UNTIL (server_signal_client_get_state (self->client) == SERVER_SIGNAL_CLIENT_STATE_WAITING);
  g_assert_error (server_signal_client_get_error (self->client), SERVER_SIGNAL_ERROR,
                  SERVER_SIGNAL_ERROR_LIMIT);
  g_assert_true (server_signal_get_stale (server_signal_client_get_signal (self->client, "text")));
}

/* A plain client cannot be told that a document has become too large for it; once it fits again, it
 * comes again, and the other signals go on meanwhile. */
static void
test_plain_back (Fixture       *self,
                 gconstpointer  plain)
{
  g_autofree char *large = g_strnfill (SS_FRAME_BYTES, 'x');

  server_signal_client_get_signal (self->client, "text");
  server_signal_client_get_signal (self->client, "other");
  server_signal_client_start (self->client);
  WAIT_UNTIL (is_current (self, self->text) && is_current (self, self->other));

  server_signal_set_string (self->text, NULL, large, NULL);
  set_int (self->other, NULL, 1);
  WAIT_UNTIL (is_current (self, self->other));
  server_signal_set_string (self->text, NULL, "small", NULL);
  WAIT_UNTIL (is_current (self, self->text));
  server_signal_set_string (self->text, NULL, "smaller", NULL);
  WAIT_UNTIL (is_current (self, self->text));
  g_assert_null (server_signal_client_get_error (self->client));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define CASE(path, plain, func) g_test_add ("/sizes/" path, Fixture, plain, set_up, func, tear_down)

  CASE ("default", NULL, test_default);
  CASE ("libsoup", NULL, test_libsoup);
  CASE ("past-libsoup", NULL, test_past_libsoup);
  CASE ("plain", "plain", test_plain);
  CASE ("plain-back", "plain", test_plain_back);

  return g_test_run ();
}
