/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* A network that changes and a machine that slept: is the server still there? */

#include "config.h"

#include <sys/socket.h>
#include <unistd.h>

#include "client-fixture.h"
#include "client/ss-paced-stream.h"
#include "model/clock.h"
#include "server-signal-error.h"

#define V1 "server-signal.v1"
#define SNAPSHOT \
  "{'name':'counter','patch':[{'op':'replace','path':'','value':7}],'epoch':'e','rev':3}"

/* The client's deadline for an answer, and the time in which it must have noticed a sleep. */
#define DEADLINE (5 * (gint64) G_USEC_PER_SEC)
#define NOTICE (2 * (gint64) G_USEC_PER_SEC)

typedef void (*Event) (void);

static void
network_changed (void)
{
  g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", TRUE);
}

static void
network_gone (void)
{
  g_signal_emit_by_name (g_network_monitor_get_default (), "network-changed", FALSE);
}

static void
connectivity_changed (void)
{
  g_object_notify (G_OBJECT (g_network_monitor_get_default ()), "connectivity");
}

static void
machine_slept (void)
{
  clock_sleep (60 * (gint64) G_USEC_PER_SEC);
}

/* As SIGSTOP does it, or whoever freezes a virtual machine. */
static void
program_stopped (void)
{
  clock_skip (8 * (gint64) G_USEC_PER_SEC);
}

typedef struct
{
  const char *name;
  Event       event;
  guint       keepalive;
} Question;

static const Question questions[] = {
  { "network", network_changed, 20000 },
  { "network-gone", network_gone, 20000 },
  { "connectivity", connectivity_changed, 20000 },
  { "sleep", machine_slept, 20000 },
  { "stopped", program_stopped, 20000 },
  { "network-without-keepalive", network_changed, 0 },
  { "sleep-without-keepalive", machine_slept, 0 },
};

static ServerSignal *
follow (ClientFixture *self,
        guint          keepalive)
{
  ServerSignal *counter = server_signal_client_get_signal (self->client, "counter");

  g_object_set (self->client, "keepalive-interval", keepalive, NULL);
  client_fixture_open (self);
  fake_server_send (self->server, SNAPSHOT);
  WAIT_UNTIL (!server_signal_get_stale (counter));

  return counter;
}

/* A server that answers is asked once, and left in peace. */
static void
test_answered (gconstpointer data)
{
  const Question *kind = data;
  ClientFixture self = { 0 };
  ServerSignal *counter;
  gint64 start;

  client_fixture_set_up (&self, V1);
  counter = follow (&self, kind->keepalive);
  test_settle ();
  g_assert_cmpuint (fake_server_get_pings (self.server), ==, 0);

  kind->event ();
  clock_skip (NOTICE);
  start = g_get_monotonic_time ();
  WAIT_UNTIL (fake_server_get_pings (self.server) == 1);
  g_assert_cmpint (g_get_monotonic_time () - start, <, NOTICE);
  test_pass_time (20);
  clock_skip (DEADLINE);
  test_pass_time (150);
  g_assert_cmpuint (fake_server_get_pings (self.server), ==, 1);
  g_assert_cmpstr (self.states->str, ==, "CO");
  g_assert_false (server_signal_get_stale (counter));

  client_fixture_tear_down (&self, V1);
}

/* One that does not is left, long before two keepalive intervals are over. */
static void
test_unanswered (gconstpointer data)
{
  const Question *kind = data;
  ClientFixture self = { 0 };
  ServerSignal *counter;
  gint64 start;

  client_fixture_set_up (&self, V1);
  counter = follow (&self, kind->keepalive);
  test_settle ();
  fake_server_mute (self.server);

  kind->event ();
  clock_skip (NOTICE);
  test_pass_time (20);
  start = g_get_monotonic_time ();
  clock_skip (DEADLINE / 4);
  test_pass_time (150);
  g_assert_cmpstr (self.states->str, ==, "CO");
  g_assert_false (server_signal_get_stale (counter));
  clock_skip (DEADLINE);
  WAIT_UNTIL (server_signal_get_stale (counter));
  g_assert_true (client_fixture_is (&self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  assert_client_error (&self, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_test_message ("%s", server_signal_client_get_error (self.client)->message);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * DEADLINE);
  assert_document (counter, "7");

  client_fixture_tear_down (&self, V1);
}

/* Each address and each route is told: a ping a second at most, and one after the last of them. */
static void
test_storm (ClientFixture *self,
            gconstpointer  protocol)
{
  follow (self, 20000);
  for (guint i = 0; i < 1000; i++)
    {
      network_changed ();
      connectivity_changed ();
      if (i % 10 == 0)
        test_settle ();
    }
  test_pass_time (50);
  g_assert_cmpuint (fake_server_get_pings (self->server), ==, 1);

  clock_skip (G_USEC_PER_SEC);
  WAIT_UNTIL (fake_server_get_pings (self->server) == 2);
  clock_skip (2 * G_USEC_PER_SEC);
  test_pass_time (50);
  g_assert_cmpuint (fake_server_get_pings (self->server), ==, 2);
  g_assert_cmpstr (self->states->str, ==, "CO");
}

/* Events that go on do not put the deadline off. */
static void
test_storm_unanswered (ClientFixture *self,
                       gconstpointer  protocol)
{
  follow (self, 20000);
  test_settle ();
  fake_server_mute (self->server);
  for (guint i = 0; i < 8 && self->states->len == 2; i++)
    {
      network_changed ();
      clock_skip (G_USEC_PER_SEC);
      test_pass_time (20);
    }
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING) ||
              client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_CONNECTING));
  g_assert_true (g_str_has_prefix (self->states->str, "COW"));
}

/* A frame that is long on its way is an answer, as far as it has come. */
static void
test_slow_answer (ClientFixture *self,
                  gconstpointer  protocol)
{
  follow (self, 20000);
  test_settle ();
  fake_server_mute (self->server);
  network_changed ();
  test_settle ();
  fake_server_send_raw (self->server, "\x81", 1);
  WAIT_UNTIL (fake_server_is_written (self->server));
  clock_skip (2 * DEADLINE);
  test_pass_time (150);
  g_assert_cmpstr (self->states->str, ==, "CO");
}

/* Without a connection there is nobody to ask, but a good moment to try. */
static void
test_waiting (ClientFixture *self,
              gconstpointer  protocol)
{
  g_object_set (self->client, "retry-min", G_MAXINT, "retry-max", G_MAXINT, NULL);
  fake_server_kill (self->server);
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  fake_server_restart (self->server);
  machine_slept ();
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  g_assert_cmpstr (self->states->str, ==, "CWCO");
}

/* The time that a server has asked for goes by while the machine sleeps. */
static void
test_retry_after (ClientFixture *self,
                  gconstpointer  protocol)
{
  fake_server_set_answer (self->server, "HTTP/1.1 503 Busy\r\nRetry-After: 90\r\n"
                                        "Content-Length: 0\r\n\r\n");
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_WAITING));
  fake_server_set_answer (self->server, NULL);
  machine_slept ();
  clock_skip (NOTICE);
  test_pass_time (60);
  g_assert_cmpstr (self->states->str, ==, "CW");
  machine_slept ();
  clock_skip (NOTICE);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  g_assert_cmpstr (self->states->str, ==, "CWCO");
}

/* A source that waits for a socket which is closed here is ready, whatever the descriptor is by then. */
static void
test_closed_here (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSocketConnection) base = NULL;
  g_autoptr (GIOStream) paced = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSource) source = NULL;
  g_autoptr (GError) error = NULL;
  GPollableInputStream *input;
  char text[8];
  int fds[2], priority;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], &error);
  g_assert_no_error (error);
  base = g_socket_connection_factory_create_connection (socket);
  paced = ss_paced_stream_new (G_IO_STREAM (base));
  input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (paced));

  /* A frame, behind which it is known to be empty. */
  g_assert_cmpint (send (fds[1], "\201\001x", 3, 0), ==, 3);
  g_assert_cmpint (g_pollable_input_stream_read_nonblocking (input, text, sizeof text, NULL,
                                                             &error),
                   ==, 3);
  g_assert_no_error (error);

  source = g_pollable_input_stream_create_source (input, NULL);
  g_source_attach (source, context);
  g_assert_true (g_main_context_acquire (context));
  g_assert_false (g_main_context_prepare (context, &priority));
  g_socket_close (socket, &error);
  g_assert_no_error (error);
  g_assert_true (g_main_context_prepare (context, &priority));
  g_main_context_release (context);
  g_source_destroy (source);
  close (fds[1]);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    {
      g_autofree char *answered =
        g_strdup_printf ("/client-network/answered/%s", questions[i].name);
      g_autofree char *unanswered =
        g_strdup_printf ("/client-network/unanswered/%s", questions[i].name);

      g_test_add_data_func (answered, &questions[i], test_answered);
      g_test_add_data_func (unanswered, &questions[i], test_unanswered);
    }
  g_test_add_func ("/client-network/closed-here", test_closed_here);
  CLIENT_TEST ("/client-network/storm", V1, test_storm);
  CLIENT_TEST ("/client-network/storm/unanswered", V1, test_storm_unanswered);
  CLIENT_TEST ("/client-network/slow-answer", V1, test_slow_answer);
  CLIENT_TEST ("/client-network/waiting", V1, test_waiting);
  CLIENT_TEST ("/client-network/retry-after", V1, test_retry_after);

  return g_test_run ();
}
