/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Closing, stopping, removing and dropping, in any order and inside any callback: nothing is used
 * after it is gone, and nothing stays. */

#include "config.h"

#include "server-signal-client.h"
#include "server-signal-view.h"
#include "test-hub.h"

enum
{
  HUB,
  CLIENT,
  SIGNAL,
  REPLICA,
  VIEW,
  N_OBJECTS,
};

typedef enum
{
  DROP_ALL,
  DROP_HUB,
  DROP_CLIENT,
  DROP_SIGNAL,
  CLOSE,
  CLOSE_ASYNC,
  CLOSE_PEERS,
  REMOVE,
  STOP,
  RESTART,
  RELEASE,
  N_ACTIONS,
} Action;

typedef struct
{
  GObject  *objects[N_OBJECTS]; /* NULL: dropped */
  gpointer  weak[N_OBJECTS];    /* NULL: gone */
  Action    action;
  gboolean  acted;
} Run;

static ServerSignalHub *
hub_of (Run *self)
{
  return (ServerSignalHub *) self->objects[HUB];
}

static ServerSignalClient *
client_of (Run *self)
{
  return (ServerSignalClient *) self->objects[CLIENT];
}

static ServerSignal *
signal_of (Run *self,
           int  which)
{
  return (ServerSignal *) self->objects[which];
}

/* A hub that listens and a client that was started would stay, see test_forgotten(). */
static void
drop (Run *self,
      int  which)
{
  if (which == HUB && self->objects[HUB] != NULL)
    server_signal_hub_detach (hub_of (self));
  if (which == CLIENT && self->objects[CLIENT] != NULL)
    server_signal_client_stop (client_of (self));
  g_clear_object (&self->objects[which]);
}

static gboolean
is_gone (Run *self)
{
  for (int i = 0; i < N_OBJECTS; i++)
    {
      if (self->weak[i] != NULL)
        return FALSE;
    }

  return TRUE;
}

static void
run_init (Run    *self,
          Action  action)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  *self = (Run) { .action = action };
  self->objects[HUB] = G_OBJECT (server_signal_hub_new ());
  self->objects[SIGNAL] = G_OBJECT (new_signal ("counter", "{\"value\":0}"));
  server_signal_hub_add (hub_of (self), signal_of (self, SIGNAL), &error);
  g_assert_no_error (error);
  server_signal_hub_listen (hub_of (self), NULL, 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (hub_of (self));
  self->objects[CLIENT] = G_OBJECT (server_signal_client_new (uri));
  g_object_set (self->objects[CLIENT], "retry-min", 10, "retry-max", 10, NULL);
  self->objects[REPLICA] =
    g_object_ref (G_OBJECT (server_signal_client_get_signal (client_of (self), "counter")));
  self->objects[VIEW] = G_OBJECT (server_signal_view_new (signal_of (self, REPLICA), "/value"));
  for (int i = 0; i < N_OBJECTS; i++)
    {
      self->weak[i] = self->objects[i];
      g_object_add_weak_pointer (self->objects[i], &self->weak[i]);
    }
}

static void
run_clear (Run *self)
{
  for (int i = 0; i < N_OBJECTS; i++)
    drop (self, i);
  WAIT_UNTIL (is_gone (self));
}

static gboolean
is_current (Run *self)
{
  return self->objects[REPLICA] != NULL && !server_signal_get_stale (signal_of (self, REPLICA));
}

/* Every order of dropping, at each stage of a connection. */
static void
test_orders (void)
{
  for (int stage = 0; stage < 4; stage++)
    {
      for (int order = 0; order < 5 * 4 * 3 * 2; order++)
        {
          int left[N_OBJECTS] = { HUB, CLIENT, SIGNAL, REPLICA, VIEW };
          int rest = order;
          Run run;

          run_init (&run, N_ACTIONS);
          if (stage > 0)
            server_signal_client_start (client_of (&run));
          if (stage > 1)
            WAIT_UNTIL (is_current (&run));
          if (stage > 2)
            set_int (signal_of (&run, SIGNAL), "/value", 1);

          for (int n = N_OBJECTS; n > 0; n--)
            {
              int index = rest % n;

              rest /= n;
              drop (&run, left[index]);
              left[index] = left[n - 1];
              if (order % 2 == 0)
                g_main_context_iteration (NULL, FALSE);
            }
          run_clear (&run);
        }
    }
}

static void
async_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  server_signal_hub_close_finish (SERVER_SIGNAL_HUB (object), result, NULL);
}

static void
close_peers (ServerSignalHub *hub)
{
  GListModel *peers = server_signal_hub_get_peers (hub);

  for (guint i = g_list_model_get_n_items (peers); i > 0; i--)
    {
      g_autoptr (ServerSignalPeer) peer = g_list_model_get_item (peers, i - 1);

      server_signal_peer_close (peer, 4000, "enough");
    }
}

/* Connected swapped, to signals of any signature. */
static gboolean
act_cb (Run *self)
{
  if (self->acted)
    return TRUE;

  self->acted = TRUE;
  switch (self->action)
    {
    case DROP_ALL:
      for (int i = 0; i < N_OBJECTS; i++)
        drop (self, i);
      break;
    case DROP_HUB:
      drop (self, HUB);
      break;
    case DROP_CLIENT:
      drop (self, CLIENT);
      break;
    case DROP_SIGNAL:
      drop (self, SIGNAL);
      break;
    case CLOSE:
      server_signal_hub_close (hub_of (self));
      break;
    case CLOSE_ASYNC:
      server_signal_hub_close_async (hub_of (self), 1000, NULL, async_cb, NULL);
      drop (self, HUB);
      break;
    case CLOSE_PEERS:
      close_peers (hub_of (self));
      break;
    case REMOVE:
      server_signal_hub_remove (hub_of (self), signal_of (self, SIGNAL));
      break;
    case STOP:
      server_signal_client_stop (client_of (self));
      break;
    case RESTART:
      server_signal_client_stop (client_of (self));
      server_signal_client_start (client_of (self));
      break;
    case RELEASE:
      server_signal_client_release (client_of (self), "counter");
      break;
    case N_ACTIONS:
    default:
      g_assert_not_reached ();
    }

  return TRUE;
}

static void
open_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  server_signal_client_open_finish (SERVER_SIGNAL_CLIENT (object), result, NULL);
  act_cb (user_data);
}

static void
close_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  server_signal_hub_close_finish (SERVER_SIGNAL_HUB (object), result, NULL);
  act_cb (user_data);
}

/* Where something is done, and on whose signal. */
static const struct
{
  const char *name;
  int         object;
  const char *signal;
} places[] = {
  { "authorize", HUB, "authorize" },
  { "allow", HUB, "allow" },
  { "peer-added", HUB, "peer-added" },
  { "peer-removed", HUB, "peer-removed" },
  { "value", SIGNAL, "notify::value" },
  { "patched", SIGNAL, "patched" },
  { "replica-value", REPLICA, "notify::value" },
  { "replica-patched", REPLICA, "patched" },
  { "replica-stale", REPLICA, "notify::stale" },
  { "view", VIEW, "notify::int-value" },
  { "state", CLIENT, "notify::state" },
  { "error", CLIENT, "notify::error" },
  { "protocol", CLIENT, "notify::protocol" },
  { "peers", HUB, "items-changed" },
  { "opened", CLIENT, NULL },
  { "closed", HUB, NULL },
};

static void
test_place (gconstpointer data)
{
  guint place = GPOINTER_TO_UINT (data);
  gboolean on_close = g_str_equal (places[place].name, "closed");

  for (int action = 0; action < N_ACTIONS; action++)
    {
      const char *signal = places[place].signal;
      Run run;

      /* A peer that was closed already is not there to be closed. */
      if (on_close && (action == CLOSE_ASYNC || action == CLOSE_PEERS))
        continue;

      run_init (&run, (Action) action);
      if (g_strcmp0 (signal, "items-changed") == 0)
        g_signal_connect_swapped (server_signal_hub_get_peers (hub_of (&run)), signal,
                                  G_CALLBACK (act_cb), &run);
      else if (signal != NULL)
        g_signal_connect_swapped (run.objects[places[place].object], signal, G_CALLBACK (act_cb),
                                  &run);

      if (g_str_equal (places[place].name, "opened"))
        server_signal_client_open_async (client_of (&run), NULL, open_cb, &run);
      else
        server_signal_client_start (client_of (&run));
      if (!run.acted)
        WAIT_UNTIL (run.acted || is_current (&run));

      if (!run.acted)
        {
          set_int (signal_of (&run, SIGNAL), "/value", 1);
          WAIT_UNTIL (run.acted ||
                      server_signal_get_int (signal_of (&run, REPLICA), "/value") == 1);
        }
      if (!run.acted)
        {
          if (on_close)
            server_signal_hub_close_async (hub_of (&run), 1000, NULL, close_cb, &run);
          else
            server_signal_hub_close (hub_of (&run));
          WAIT_UNTIL (run.acted);
        }

      /* It goes on for a while with the objects that are left. */
      for (int i = 0; i < 20; i++)
        {
          if (run.objects[SIGNAL] != NULL)
            set_int (signal_of (&run, SIGNAL), "/value", 100 + i);
          g_main_context_iteration (NULL, FALSE);
        }
      run_clear (&run);
    }
}

/* Nobody has a reference to the hub, nor to the client, and everything goes on. */
static void
test_forgotten (void)
{
  ServerSignalHub *hub;
  ServerSignalClient *client;
  Run run;

  run_init (&run, N_ACTIONS);
  hub = hub_of (&run);
  client = client_of (&run);
  server_signal_client_start (client);
  g_clear_object (&run.objects[HUB]);
  g_clear_object (&run.objects[CLIENT]);

  WAIT_UNTIL (is_current (&run));
  set_int (signal_of (&run, SIGNAL), "/value", 1);
  WAIT_UNTIL (server_signal_get_int (signal_of (&run, REPLICA), "/value") == 1);

  /* The client waits for another try, and connects again. */
  server_signal_hub_close (g_object_ref (hub));
  WAIT_UNTIL (server_signal_client_get_state (client) == SERVER_SIGNAL_CLIENT_STATE_WAITING);
  g_object_unref (hub);
  WAIT_UNTIL (run.weak[HUB] == NULL);
  g_assert_nonnull (run.weak[CLIENT]);

  server_signal_client_stop (client);
  g_assert_null (run.weak[CLIENT]);
  run_clear (&run);
}

/* The end for good is an end. */
static void
test_forgotten_closed (void)
{
  Run run;

  run_init (&run, N_ACTIONS);
  server_signal_client_start (client_of (&run));
  WAIT_UNTIL (is_current (&run));
  g_clear_object (&run.objects[CLIENT]);
  close_peers (hub_of (&run));
  WAIT_UNTIL (run.weak[CLIENT] == NULL);
  run_clear (&run);
}

/* As often as it is said, it is one reference; and an address that is none holds nothing. */
static void
test_held_once (void)
{
  ServerSignalHub *hub = server_signal_hub_new ();
  g_autoptr (SoupServer) server = new_server ();
  g_autoptr (GError) error = NULL;

  g_assert_false (server_signal_hub_listen (hub, "nowhere", 0, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (G_OBJECT (hub)->ref_count, ==, 1);

  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (server_signal_hub_listen (hub, NULL, 0, NULL));
      server_signal_hub_attach (hub, server, "/a");
      server_signal_hub_attach (hub, server, "/b");
      g_assert_cmpuint (G_OBJECT (hub)->ref_count, ==, 2);
      server_signal_hub_detach (hub);
      server_signal_hub_detach (hub);
      g_assert_cmpuint (G_OBJECT (hub)->ref_count, ==, 1);
    }

  g_assert_finalize_object (hub);
}

/* A hub that nobody can reach any more because the server is gone, or has other handlers. */
static void
test_forgotten_attached (void)
{
  ServerSignalHub *hub = server_signal_hub_new ();
  SoupServer *server = new_server ();
  gpointer weak = hub;

  g_object_add_weak_pointer (G_OBJECT (hub), &weak);
  server_signal_hub_attach (hub, server, "/a");
  server_signal_hub_attach (hub, server, "/b");
  /* In the place of its own. */
  server_signal_hub_attach (hub, server, "/b");
  g_object_unref (hub);
  g_assert_nonnull (weak);

  soup_server_remove_handler (server, "/b");
  g_assert_nonnull (weak);
  soup_server_add_handler (server, "/a", page_cb, NULL, NULL);
  g_assert_null (weak);

  hub = server_signal_hub_new ();
  weak = hub;
  g_object_add_weak_pointer (G_OBJECT (hub), &weak);
  server_signal_hub_attach (hub, server, "/a");
  g_object_unref (hub);
  g_assert_nonnull (weak);
  g_assert_finalize_object (server);
  g_assert_null (weak);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/lifetimes/orders", test_orders);
  g_test_add_func ("/lifetimes/forgotten", test_forgotten);
  g_test_add_func ("/lifetimes/forgotten/closed", test_forgotten_closed);
  g_test_add_func ("/lifetimes/forgotten/attached", test_forgotten_attached);
  g_test_add_func ("/lifetimes/held-once", test_held_once);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_strdup_printf ("/lifetimes/in/%s", places[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_place);
    }

  return g_test_run ();
}
