/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* The signals that a peer may see, and those that are not there to it. */

#include "signal/server-signal-private.h"
#include "test-hub.h"
#include "wire/ss-via.h"

typedef struct
{
  ServerSignalHub  *hub;
  ServerSignal     *open;      /* which everybody may see */
  ServerSignal     *secret;
  char             *uri;
  ServerSignalPeer *peer;      /* the last that came */
  gboolean          allows;    /* secrets */
  guint             n_asked;
  TestWebsocket    *client;
} Fixture;

static gboolean
is_secret (ServerSignal *signal)
{
  return g_str_has_prefix (server_signal_get_name (signal), "secret");
}

static gboolean
allow_cb (ServerSignalHub  *hub,
          ServerSignalPeer *peer,
          ServerSignal     *signal,
          gpointer          user_data)
{
  Fixture *self = user_data;

  self->n_asked++;

  return self->allows || !is_secret (signal);
}

static void
peer_added_cb (ServerSignalHub  *hub,
               ServerSignalPeer *peer,
               gpointer          user_data)
{
  Fixture *self = user_data;

  g_set_object (&self->peer, peer);
}

static void
add (Fixture      *self,
     ServerSignal *signal)
{
  g_autoptr (GError) error = NULL;

  server_signal_hub_add (self->hub, signal, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->hub = server_signal_hub_new ();
  self->open = new_signal ("open", "{\"value\":1}");
  self->secret = new_signal ("secret", "{\"value\":1}");
  g_signal_connect (self->hub, "allow", G_CALLBACK (allow_cb), self);
  g_signal_connect (self->hub, "peer-added", G_CALLBACK (peer_added_cb), self);
  add (self, self->secret);
  add (self, self->open);
  g_assert_true (server_signal_hub_listen (self->hub, NULL, 0, NULL));
  self->uri = server_signal_hub_dup_uri (self->hub);
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  g_clear_pointer (&self->client, test_websocket_free);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  g_clear_object (&self->peer);
  server_signal_hub_detach (self->hub);
  g_assert_finalize_object (self->hub);
  g_assert_finalize_object (self->secret);
  g_assert_finalize_object (self->open);
  g_free (self->uri);
}

/* The next frame, in which the name is replaced and revisions and epochs are left out. */
static char *
next_of (TestWebsocket *client,
         const char    *name)
{
  g_autofree char *frame = test_websocket_next (client);
  g_autoptr (GString) text = g_string_new (frame);

  g_string_replace (text, name, "NAME", 0);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
subscribe (TestWebsocket *client,
           const char    *name)
{
  g_autofree char *frame = g_strdup_printf ("{\"subscribe\":\"%s\"}", name);

  test_websocket_send (client, frame);
}

/* To the client the secret is what a name is that nobody has, to the byte. */
static void
assert_not_there (TestWebsocket *client,
                  const char    *name)
{
  g_autofree char *answer = NULL;
  g_autofree char *other = NULL;

  subscribe (client, name);
  answer = next_of (client, name);
  subscribe (client, "nobody");
  other = next_of (client, "nobody");
  g_assert_cmpstr (answer, ==, other);
  g_assert_true (
    g_str_has_prefix (answer, "{\"error\":{\"code\":\"unknown-signal\",\"name\":\"NAME\""));
}

static void
open_client (Fixture    *self,
             const char *protocol)
{
  self->client = test_websocket_open (self->uri, protocol);
}

static void
expect_hello (Fixture    *self,
              const char *signals)
{
  g_autofree char *hello = g_strdup_printf (
    "{\"hello\":{\"protocol\":\"server-signal.v1\",\"signals\":[%s],\"via\":[\"%s\"]}}", signals,
    server_signal_hub_get_id (self->hub));

  test_websocket_expect (self->client, hello);
}

static void
test_hidden (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (ServerSignal) second = new_signal ("secret/2", "2");
  g_autoptr (ServerSignal) third = new_signal ("third", "3");

  open_client (self, V1);
  expect_hello (self, "\"open\"");
  g_assert_cmpuint (self->n_asked, ==, 2);
  assert_not_there (self->client, "secret");
  subscribe (self->client, "open");
  test_websocket_expect_prefix (self->client, REPLACE ("open", "", "{\"value\":1}"));

  /* Nothing of it ever comes. */
  set_int (self->secret, "/value", 2);
  set_int (self->open, "/value", 2);
  test_websocket_expect_prefix (self->client, REPLACE ("open", "/value", "2"));

  /* Others come and go. */
  add (self, second);
  add (self, third);
  g_assert_cmpuint (self->n_asked, ==, 4);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"third\"}");
  assert_not_there (self->client, "secret/2");
  server_signal_hub_remove (self->hub, second);
  server_signal_hub_remove (self->hub, self->secret);
  server_signal_hub_remove (self->hub, third);
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"third\"}");
  test_websocket_expect_silence (self->client);

  /* A signal that comes in the place of a hidden one is not hidden. */
  add (self, third);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"third\"}");
  subscribe (self->client, "third");
  test_websocket_expect_prefix (self->client, REPLACE ("third", "", "3"));
}

static void
test_review (Fixture       *self,
             gconstpointer  data)
{
  open_client (self, V1);
  expect_hello (self, "\"open\"");

  self->allows = TRUE;
  server_signal_peer_review (self->peer);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"secret\"}");
  subscribe (self->client, "secret");
  test_websocket_expect_prefix (self->client, REPLACE ("secret", "", "{\"value\":1}"));
  set_int (self->secret, "/value", 2);
  test_websocket_expect_prefix (self->client, REPLACE ("secret", "/value", "2"));

  /* The same again says nothing. */
  server_signal_peer_review (self->peer);
  server_signal_hub_review (self->hub);
  test_websocket_expect_silence (self->client);

  self->allows = FALSE;
  server_signal_hub_review (self->hub);
  set_int (self->secret, "/value", 3);
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"secret\"}");
  assert_not_there (self->client, "secret");

  /* It is asked for while it is hidden, and comes. */
  self->allows = TRUE;
  server_signal_hub_review (self->hub);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"secret\"}");
  subscribe (self->client, "secret");
  test_websocket_expect_prefix (self->client, REPLACE ("secret", "", "{\"value\":3}"));

  /* Without handlers nothing is hidden. */
  self->allows = FALSE;
  server_signal_hub_review (self->hub);
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"secret\"}");
  g_signal_handlers_disconnect_by_func (self->hub, allow_cb, self);
  test_websocket_expect_silence (self->client);
  server_signal_hub_review (self->hub);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"secret\"}");

  /* After the end it does nothing. */
  g_clear_pointer (&self->client, test_websocket_free);
  WAIT_UNTIL (n_peers (self->hub) == 0);
  server_signal_peer_review (self->peer);
}

/* A plain client, which cannot ask, is sent what it may see. */
static void
test_plain (Fixture       *self,
            gconstpointer  data)
{
  open_client (self, NULL);
  test_websocket_expect (self->client, REPLACE ("open", "", "{\"value\":1}") "}");
  set_int (self->secret, "/value", 2);
  set_int (self->open, "/value", 2);
  test_websocket_expect (self->client, REPLACE ("open", "/value", "2") "}");

  self->allows = TRUE;
  server_signal_peer_review (self->peer);
  test_websocket_expect (self->client, REPLACE ("secret", "", "{\"value\":2}") "}");
  set_int (self->secret, "/value", 3);
  test_websocket_expect (self->client, REPLACE ("secret", "/value", "3") "}");

  self->allows = FALSE;
  server_signal_peer_review (self->peer);
  set_int (self->secret, "/value", 4);
  set_int (self->open, "/value", 3);
  test_websocket_expect (self->client, REPLACE ("open", "/value", "3") "}");
}

/* A signal of the peer's own is not asked about, and gives nothing back that is hidden. */
static void
test_own (Fixture       *self,
          gconstpointer  data)
{
  g_autoptr (ServerSignal) own = new_signal ("secret", "\"mine\"");

  open_client (self, V1);
  expect_hello (self, "\"open\"");
  g_assert_true (server_signal_peer_add (self->peer, own, NULL));
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"secret\"}");
  subscribe (self->client, "secret");
  test_websocket_expect_prefix (self->client, REPLACE ("secret", "", "\"mine\""));
  server_signal_peer_remove (self->peer, own);
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"secret\"}");
  assert_not_there (self->client, "secret");

  /* The shared one appears behind it. */
  g_assert_true (server_signal_peer_add (self->peer, own, NULL));
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"secret\"}");
  self->allows = TRUE;
  server_signal_peer_review (self->peer);
  test_websocket_expect_silence (self->client);
  server_signal_peer_remove (self->peer, own);
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"secret\"}");
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"secret\"}");
}

static gboolean
refuse_cb (ServerSignalHub  *hub,
           ServerSignalPeer *peer,
           ServerSignal     *signal,
           guint            *n_asked)
{
  (*n_asked)++;

  return FALSE;
}

/* Any of the handlers hides. */
static void
test_handlers (Fixture       *self,
               gconstpointer  data)
{
  guint n = 0;

  self->allows = TRUE;
  open_client (self, V1);
  expect_hello (self, "\"secret\",\"open\"");
  g_signal_connect (self->hub, "allow", G_CALLBACK (refuse_cb), &n);
  test_websocket_expect_silence (self->client);
  server_signal_hub_review (self->hub);
  g_assert_cmpuint (n, ==, 2);
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"secret\"}");
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"open\"}");

  self->allows = FALSE;
  server_signal_hub_review (self->hub);
  g_assert_cmpuint (n, ==, 3);
  test_websocket_expect_silence (self->client);
}

/* A handler that comes later says nothing of those who are there, until it is asked. */
static void
test_connected_later (Fixture       *self,
                      gconstpointer  data)
{
  g_signal_handlers_disconnect_by_func (self->hub, allow_cb, self);
  open_client (self, V1);
  expect_hello (self, "\"secret\",\"open\"");
  g_signal_connect (self->hub, "allow", G_CALLBACK (allow_cb), self);
  subscribe (self->client, "secret");
  test_websocket_expect_prefix (self->client, REPLACE ("secret", "", "{\"value\":1}"));
  g_assert_cmpuint (self->n_asked, ==, 0);
  server_signal_hub_review (self->hub);
  test_websocket_expect (self->client, "{\"signal\":\"removed\",\"name\":\"secret\"}");
}

/* A replica is asked about when it has data, and not from within the commit that brings them. */
static void
test_replica (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (ServerSignal) open = ss_signal_new_replica ("replica", NULL);
  g_autoptr (ServerSignal) secret = ss_signal_new_replica ("secret/replica", NULL);
  const char *const via[] = { "another-hub", NULL };
  g_autoptr (SsValue) value = ss_value_new_int (2);

  ss_via_set (secret, via);
  open_client (self, V1);
  expect_hello (self, "\"open\"");
  add (self, open);
  add (self, secret);
  test_settle ();
  g_assert_cmpuint (self->n_asked, ==, 2);

  ss_signal_replica_reset (secret, value, "e", 1);
  ss_signal_replica_reset (open, value, "e", 1);
  g_assert_cmpuint (self->n_asked, ==, 2);
  WAIT_UNTIL (self->n_asked == 4);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"replica\"}");
  assert_not_there (self->client, "secret/replica");

  /* The way that the hidden one has come is hidden as well. */
  g_clear_pointer (&self->client, test_websocket_free);
  open_client (self, V1);
  expect_hello (self, "\"open\",\"replica\"");
}

/* The number of messages that a client may send at once grows with the signals that it may see only. */
static void
test_counts (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (GPtrArray) secrets = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *name = g_strdup_printf ("secret/%u", i);

      g_ptr_array_add (secrets, new_signal (name, "1"));
      add (self, secrets->pdata[i]);
    }

  open_client (self, V1);
  expect_hello (self, "\"open\"");
  for (guint i = 0; i < 4000; i++)
    test_websocket_send (self->client, "{\"nonsense\":1}");
  test_websocket_expect_close (self->client, 1008);

  for (guint i = 0; i < secrets->len; i++)
    server_signal_hub_remove (self->hub, secrets->pdata[i]);
}

/* Hello has the first of very many names; the rest is told later, and none of it that is hidden. */
static void
test_many_names (Fixture       *self,
                 gconstpointer  data)
{
  g_autofree char *pad = g_strnfill (900, 'x');
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 600; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%u-%s", i % 2 == 0 ? "secret" : "other", i, pad);

      g_ptr_array_add (all, new_signal (name, "1"));
      add (self, all->pdata[i]);
    }

  open_client (self, V1);
  for (guint n = 0; n < 300;)
    {
      g_autofree char *frame = test_websocket_next (self->client);

      g_assert_null (strstr (frame, "secret"));
      for (const char *at = strstr (frame, "other-"); at != NULL; at = strstr (at + 1, "other-"))
        n++;
    }
  test_websocket_expect_silence (self->client);

  for (guint i = 0; i < all->len; i++)
    server_signal_hub_remove (self->hub, all->pdata[i]);
}

/* Things that a handler does while it is asked. */

static gboolean
remove_cb (ServerSignalHub  *hub,
           ServerSignalPeer *peer,
           ServerSignal     *signal)
{
  if (is_secret (signal))
    server_signal_hub_remove (hub, signal);

  return TRUE;
}

static gboolean
close_peer_cb (ServerSignalHub  *hub,
               ServerSignalPeer *peer)
{
  server_signal_peer_close (peer, 1000, NULL);

  return TRUE;
}

static gboolean
replace_cb (ServerSignalHub  *hub,
            ServerSignalPeer *peer,
            ServerSignal     *signal)
{
  if (is_secret (signal) && server_signal_has (signal, "/value"))
    {
      g_autoptr (ServerSignal) another = new_signal ("secret", "\"another\"");

      server_signal_hub_remove (hub, signal);
      server_signal_hub_add (hub, another, NULL);
    }

  return FALSE;
}

static gboolean
wait_cb (ServerSignalHub  *hub,
         ServerSignalPeer *peer,
         ServerSignal     *signal)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;

  return !is_secret (signal);
}

static void
test_handler_removes (Fixture       *self,
                      gconstpointer  data)
{
  g_autoptr (ServerSignal) late = new_signal ("secret/late", "1");

  g_signal_connect (self->hub, "allow", G_CALLBACK (remove_cb), self);
  self->allows = TRUE;
  open_client (self, V1);
  expect_hello (self, "\"open\"");
  add (self, late);
  g_assert_null (server_signal_hub_lookup (self->hub, "secret/late"));
  test_websocket_expect_silence (self->client);
}

static void
test_handler_closes (Fixture       *self,
                     gconstpointer  data)
{
  g_signal_connect (self->hub, "allow", G_CALLBACK (close_peer_cb), self);
  self->allows = TRUE;
  open_client (self, V1);
  test_websocket_expect_close (self->client, 1000);
  g_assert_true (g_queue_is_empty (&self->client->frames));
}

static void
test_handler_replaces (Fixture       *self,
                       gconstpointer  data)
{
  g_signal_handlers_disconnect_by_func (self->hub, allow_cb, self);
  g_signal_connect (self->hub, "allow", G_CALLBACK (replace_cb), self);
  open_client (self, V1);
  expect_hello (self, "");
  assert_not_there (self->client, "secret");
  assert_not_there (self->client, "open");
}

static void
test_handler_waits (Fixture       *self,
                    gconstpointer  data)
{
  g_autoptr (ServerSignal) late = new_signal ("late", "1");
  g_autoptr (TestWebsocket) other = NULL;

  g_signal_connect (self->hub, "allow", G_CALLBACK (wait_cb), self);
  self->allows = TRUE;
  open_client (self, V1);
  other = test_websocket_open (self->uri, V1);
  expect_hello (self, "\"open\"");
  test_websocket_expect_prefix (other, "{\"hello\"");
  add (self, late);
  test_websocket_expect (self->client, "{\"signal\":\"added\",\"name\":\"late\"}");
  test_websocket_expect (other, "{\"signal\":\"added\",\"name\":\"late\"}");
  server_signal_hub_review (self->hub);
  test_websocket_expect_silence (self->client);
  assert_not_there (self->client, "secret");
}

static gboolean
drop_hub_cb (ServerSignalHub  *hub,
             ServerSignalPeer *peer,
             ServerSignal     *signal,
             gpointer          user_data)
{
  Fixture *self = user_data;

  server_signal_hub_detach (hub);
  g_clear_object (&self->hub);

  return TRUE;
}

static void
test_handler_drops_hub (Fixture       *self,
                        gconstpointer  data)
{
  open_client (self, V1);
  expect_hello (self, "\"open\"");
  g_signal_connect (self->hub, "allow", G_CALLBACK (drop_hub_cb), self);
  self->allows = TRUE;
  server_signal_peer_review (self->peer);
  g_assert_null (self->hub);
  test_websocket_expect_close (self->client, 1001);
  server_signal_peer_review (self->peer);
  self->hub = server_signal_hub_new ();
}

int
main (int   argc,
      char *argv[])
{
  const struct
  {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } cases[] = {
    { "hidden", test_hidden },
    { "review", test_review },
    { "plain", test_plain },
    { "own", test_own },
    { "handlers", test_handlers },
    { "connected-later", test_connected_later },
    { "replica", test_replica },
    { "counts", test_counts },
    { "many-names", test_many_names },
    { "handler/removes", test_handler_removes },
    { "handler/closes", test_handler_closes },
    { "handler/replaces", test_handler_replaces },
    { "handler/waits", test_handler_waits },
    { "handler/drops-hub", test_handler_drops_hub },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/allow/", cases[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, cases[i].test, tear_down);
    }

  return g_test_run ();
}
