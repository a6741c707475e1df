/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "client-fixture.h"

#include "signal/server-signal-private.h"

static void
state_cb (ServerSignalClient *client,
          GParamSpec         *pspec,
          gpointer            user_data)
{
  ClientFixture *self = user_data;

  g_string_append_c (self->states, "ICOWX"[server_signal_client_get_state (client)]);
}

void
client_fixture_set_up (ClientFixture *self,
                       gconstpointer  protocol)
{
  g_autofree char *uri = NULL;

  self->server = fake_server_new (protocol);
  uri = fake_server_dup_uri (self->server);
  self->client = server_signal_client_new (uri);
  self->states = g_string_new (NULL);
  g_object_set (self->client, "retry-min", 1, "retry-max", 20, NULL);
  g_signal_connect (self->client, "notify::state", G_CALLBACK (state_cb), self);
}

void
client_fixture_tear_down (ClientFixture *self,
                          gconstpointer  protocol)
{
  if (self->client != NULL)
    {
      server_signal_client_stop (self->client);
      g_assert_finalize_object (self->client);
    }
  /* The connections that the client has left behind end. */
  WAIT_UNTIL (fake_server_is_mute (self->server) || fake_server_get_peers (self->server) == 0);
  g_clear_pointer (&self->server, fake_server_free);
  test_settle ();
  g_string_free (self->states, TRUE);
}

gboolean
client_fixture_is (ClientFixture           *self,
                   ServerSignalClientState  state)
{
  return server_signal_client_get_state (self->client) == state;
}

static void
say_hello (ClientFixture *self)
{
  if (g_strcmp0 (server_signal_client_get_protocol (self->client), "server-signal.v1") == 0)
    fake_server_send (self->server, CLIENT_FIXTURE_HELLO);
}

void
client_fixture_open (ClientFixture *self)
{
  server_signal_client_start (self->client);
  WAIT_UNTIL (client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  say_hello (self);
}

void
client_fixture_reopen (ClientFixture *self,
                       guint          requests)
{
  WAIT_UNTIL (fake_server_get_requests (self->server) > requests &&
              client_fixture_is (self, SERVER_SIGNAL_CLIENT_STATE_OPEN));
  say_hello (self);
}

void
client_fixture_expect (ClientFixture *self,
                       const char    *json)
{
  g_autoptr (SsValue) expected = test_quoted_value (json);
  g_autoptr (SsValue) value = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  WAIT_UNTIL (fake_server_get_pending (self->server) > 0);
  text = fake_server_take (self->server);
  value = ss_value_from_json (text, -1, SS_FRAME_DEPTH, &error);
  g_assert_no_error (error);
  if (!ss_value_equal (value, expected))
    g_error ("the client sent %s and not %s", text, json);
}

static void
value_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          gpointer      user_data)
{
  ((Seen *) user_data)->values++;
}

static void
stale_cb (ServerSignal *replica,
          GParamSpec   *pspec,
          gpointer      user_data)
{
  ((Seen *) user_data)->stales++;
}

static void
patched_cb (ServerSignal      *replica,
            ServerSignalPatch *patch,
            gpointer           user_data)
{
  ((Seen *) user_data)->patches++;
}

void
seen_watch (ClientFixture *self,
            ServerSignal  *replica)
{
  g_signal_connect (replica, "notify::value", G_CALLBACK (value_cb), &self->seen);
  g_signal_connect (replica, "notify::stale", G_CALLBACK (stale_cb), &self->seen);
  g_signal_connect (replica, "patched", G_CALLBACK (patched_cb), &self->seen);
}

void
assert_document (ServerSignal *replica,
                 const char   *json)
{
  g_autoptr (SsValue) expected = test_quoted_value (json);

  if (!ss_value_equal (ss_signal_peek (replica), expected))
    {
      g_autofree char *text = server_signal_dup_json (replica, NULL);

      g_error ("the replica is %s and not %s", text, json);
    }
}
