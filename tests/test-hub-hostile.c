/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Many connections at once that ask for as much work as they can: the application's main loop goes
 * on, an honest client gets its updates, and the others are closed. */

#include "config.h"

#include "ss-limits.h"
#include "test-hub.h"
#include "test-socket.h"

#define N_HOSTILE 50
/* Between two turns of a timer there is no more work than this; sanitizers take four times as long
 * for everything. */
#define STALL_MS 100

typedef struct
{
  ServerSignalHub *hub;
  ServerSignal    *signal;
  TestWebsocket   *honest;
  GPtrArray       *hostile; /* TestSocket */

  gint64           last;
  gint64           longest;
  guint            timer;
} Fixture;

static gboolean
tick_cb (gpointer user_data)
{
  Fixture *self = user_data;
  gint64 now = test_cpu_time ();

  self->longest = MAX (self->longest, now - self->last);
  self->last = now;

  return G_SOURCE_CONTINUE;
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  self->hub = server_signal_hub_new ();
  self->signal = new_signal ("s", "{\"n\":0}");
  server_signal_hub_add (self->hub, self->signal, &error);
  g_assert_no_error (error);
  server_signal_hub_listen (self->hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);

  uri = server_signal_hub_dup_uri (self->hub);
  self->honest = test_websocket_open (uri, V1);
  test_websocket_send (self->honest, "{\"subscribe\":\"s\"}");
  g_free (test_websocket_next (self->honest));
  g_free (test_websocket_next (self->honest));

  self->hostile = g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);
}

static void
connect_hostile (Fixture    *self,
                 const char *header)
{
  g_autofree char *uri = server_signal_hub_dup_uri (self->hub);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  for (guint i = 0; i < N_HOSTILE; i++)
    {
      TestSocket *socket = test_socket_new ((guint16) g_uri_get_port (parsed));

      g_ptr_array_add (self->hostile, socket);
      test_socket_send_request (socket, g_uri_get_path (parsed), header, NULL, 0);
      WAIT_UNTIL (test_socket_read_handshake (socket));
    }
  g_assert_cmpuint (n_peers (self->hub), ==, N_HOSTILE + 1);
}

static void
expect_policy_violation (TestSocket *socket)
{
  TestFrame frame = { 0 };

  do
    {
      test_frame_clear (&frame);
      WAIT_UNTIL (test_socket_next (socket, &frame));
    }
  while (frame.opcode != 8);

  g_assert_cmpuint (test_frame_close_code (&frame), ==, 1008);
  g_assert_cmpstr (frame.payload + 2, ==, "too many messages");
  test_frame_clear (&frame);
}

/* All send the same at once, and updates go on meanwhile. */
static void
attack (Fixture       *self,
        const GString *bytes)
{
  self->longest = 0;
  self->last = test_cpu_time ();
  self->timer = g_timeout_add (5, tick_cb, self);

  for (guint i = 0; i < self->hostile->len; i++)
    test_socket_send (self->hostile->pdata[i], bytes->str, bytes->len);

  for (gint64 n = 1; n <= 20; n++)
    {
      g_autofree char *update = NULL;

      set_int (self->signal, "/n", n);
      update = test_websocket_next (self->honest);
      g_assert_nonnull (strstr (update, "\"path\":\"/n\""));
    }
  for (guint i = 0; i < self->hostile->len; i++)
    expect_policy_violation (self->hostile->pdata[i]);

  tick_cb (self);
  g_source_remove (self->timer);
  g_test_message ("the longest stall: %.1f ms", (double) self->longest / 1000);
  g_assert_cmpint (self->longest, <, STALL_MS * 1000);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  test_websocket_free (self->honest);
  g_ptr_array_unref (self->hostile);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (self->hub);
  g_assert_finalize_object (self->signal);
  test_settle ();
}

static void
test_pings (Fixture       *self,
            gconstpointer  data)
{
  g_autoptr (GString) bytes = g_string_new (NULL);

  for (guint i = 0; i < 20000; i++)
    test_append_frame (bytes, TRUE, 9, "", 0);
  connect_hostile (self, data);
  attack (self, bytes);
}

static void
test_questions (Fixture       *self,
                gconstpointer  data)
{
  g_autoptr (GString) json = g_string_new ("[0");
  g_autoptr (GString) bytes = g_string_new (NULL);
  g_autoptr (ServerSignal) large = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *question = NULL;

  for (guint i = 1; i < 100000; i++)
    g_string_append_printf (json, ",{\"a\":%u}", i);
  g_string_append_c (json, ']');
  question =
    g_strdup_printf ("{\"subscribe\":\"large\",\"max\":%" G_GSIZE_FORMAT "}", json->len - 1);
  large = new_signal ("large", json->str);
  server_signal_hub_add (self->hub, large, &error);
  g_assert_no_error (error);
  test_websocket_expect (self->honest, "{\"signal\":\"added\",\"name\":\"large\"}");

  for (guint i = 0; i < 2000; i++)
    test_append_frame (bytes, TRUE, 1, question, -1);
  connect_hostile (self, data);
  attack (self, bytes);
}

static void
test_small_messages (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (GString) bytes = g_string_new (NULL);

  for (guint i = 0; i < 20000; i++)
    test_append_frame (bytes, TRUE, 1, "{}", -1);
  connect_hostile (self, data);
  attack (self, bytes);
}

/* libsoup says something of each frame, which would cost more than the frame. */
static void
ignore_cb (const char     *domain,
           GLogLevelFlags  level,
           const char     *message,
           gpointer        user_data)
{
}

#define OFFER "Sec-WebSocket-Protocol: " V1

#define CASE(path, header, function) \
  g_test_add ("/hub-hostile/" path, Fixture, header, set_up, function, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("libsoup", G_LOG_LEVEL_DEBUG, ignore_cb, NULL);

  CASE ("pings/v1", OFFER, test_pings);
  CASE ("pings/plain", NULL, test_pings);
  CASE ("small-messages/v1", OFFER, test_small_messages);
  CASE ("small-messages/plain", NULL, test_small_messages);
  CASE ("questions", OFFER, test_questions);

  return g_test_run ();
}
