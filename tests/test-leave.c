/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Programs that leave without closing anything, and children that leave with a copy of it all: no
 * handler is called by an object that goes, and nothing is done to what is the parent's. */

#include "config.h"

#include <sys/wait.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "server-signal-client.h"
#include "server-signal-list.h"
#include "server-signal-track.h"
#include "server-signal-view.h"
#include "test-certificate.h"
#include "test-hub.h"
#include "test-socket.h"

typedef struct
{
  ServerSignalHub    *hub;
  ServerSignal       *signal;
  ServerSignal       *own;
  ServerSignalClient *client;
  ServerSignal       *replica;
  ServerSignalView   *view;
  ServerSignalList   *list;
  ServerSignalPeer   *peer;
  GListModel         *models[4]; /* the hub's peers and signals, the peer's and the client's signals */
  guint               n_calls;
} World;

static gboolean
accept_certificate_cb (SoupMessage *message)
{
  return TRUE;
}

static void
request_queued_cb (SoupSession *session,
                   SoupMessage *message)
{
  g_signal_connect (message, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
}

static void
peer_added_cb (ServerSignalHub  *hub,
               ServerSignalPeer *peer,
               gpointer          user_data)
{
  World *self = user_data;

  if (self->peer == NULL)
    {
      self->peer = g_object_ref (peer);
      server_signal_peer_add (peer, self->own, NULL);
    }
}

static void
world_init (World    *self,
            gboolean  tls)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (SoupSession) session = soup_session_new ();

  *self = (World) { NULL };
  self->hub = server_signal_hub_new ();
  if (tls)
    {
      g_autoptr (GTlsCertificate) certificate =
        g_tls_certificate_new_from_pem (test_certificate_pem, -1, NULL);

      server_signal_hub_set_tls_certificate (self->hub, certificate);
      g_signal_connect (session, "request-queued", G_CALLBACK (request_queued_cb), NULL);
    }
  self->signal = new_signal ("rows", "{\"rows\":[{\"n\":1},{\"n\":2}]}");
  self->own = new_signal ("own", "1");
  server_signal_hub_add (self->hub, self->signal, NULL);
  g_signal_connect (self->hub, "peer-added", G_CALLBACK (peer_added_cb), self);
  server_signal_hub_listen (self->hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (self->hub);

  self->client = server_signal_client_new (uri);
  g_object_set (self->client, "session", session, "retry-min", 10, NULL);
  self->replica = g_object_ref (server_signal_client_get_signal (self->client, "rows"));
  self->view = server_signal_view_new (self->replica, "/rows/0/n");
  self->list = server_signal_list_new (self->replica, "/rows", SERVER_TYPE_SIGNAL_VIEW);
  server_signal_client_start (self->client);
  WAIT_UNTIL (!server_signal_get_stale (self->replica));

  self->models[0] = g_object_ref (server_signal_hub_get_peers (self->hub));
  self->models[1] = g_object_ref (server_signal_hub_get_signals (self->hub));
  self->models[2] = g_object_ref (server_signal_peer_get_signals (self->peer));
  self->models[3] = g_object_ref (server_signal_client_get_signals (self->client));
}

/* Each of the things that an application may have a handler on. */
static void
listen_to_all (World *self)
{
  const struct
  {
    gpointer object;
    const char *signal;
  } heard[] = {
    { self->hub, "peer-removed" },
    { self->hub, "notify" },
    { self->signal, "notify" },
    { self->signal, "patched" },
    { self->own, "notify" },
    { self->peer, "notify" },
    { self->client, "notify" },
    { self->replica, "notify" },
    { self->replica, "patched" },
    { self->view, "notify" },
    { self->list, "notify" },
    { self->list, "items-changed" },
    { self->models[0], "items-changed" },
    { self->models[1], "items-changed" },
    { self->models[2], "items-changed" },
    { self->models[3], "items-changed" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (heard); i++)
    g_signal_connect_swapped (heard[i].object, heard[i].signal, G_CALLBACK (g_atomic_int_inc),
                              &self->n_calls);
}

static void
world_clear (World *self)
{
  g_clear_object (&self->list);
  g_clear_object (&self->view);
  g_clear_object (&self->replica);
  if (self->client != NULL)
    server_signal_client_stop (self->client);
  g_clear_object (&self->client);
  g_clear_object (&self->peer);
  if (self->hub != NULL)
    server_signal_hub_detach (self->hub);
  g_clear_object (&self->hub);
  g_clear_object (&self->signal);
  g_clear_object (&self->own);
  for (guint i = 0; i < G_N_ELEMENTS (self->models); i++)
    g_clear_object (&self->models[i]);
}

static void
test_quiet (gconstpointer data)
{
  g_autoptr (GObject) row = NULL;
  World world;

  world_init (&world, GPOINTER_TO_INT (data));
  row = g_list_model_get_item (G_LIST_MODEL (world.list), 0);
  g_signal_connect_swapped (row, "notify", G_CALLBACK (g_atomic_int_inc), &world.n_calls);
  listen_to_all (&world);

  /* All that a program's end lets go of, while somebody still has the rest. */
  g_clear_object (&world.list);
  g_object_run_dispose (G_OBJECT (world.client));
  g_clear_object (&world.client);
  server_signal_hub_detach (world.hub);
  g_clear_object (&world.hub);
  g_assert_cmpuint (world.n_calls, ==, 0);
  g_assert_true (server_signal_get_stale (world.replica));

  /* And when it goes on, everybody hears what has changed. */
  WAIT_UNTIL (g_list_model_get_n_items (world.models[0]) == 0 &&
              g_list_model_get_n_items (world.models[1]) == 0 &&
              g_list_model_get_n_items (world.models[2]) == 0);
  g_assert_cmpuint (world.n_calls, ==, 4);
  world_clear (&world);
}

/* Not before it is needed: who does not run a main loop any more hears nothing at all. */
static void
test_run_dispose (void)
{
  World world;

  world_init (&world, FALSE);
  listen_to_all (&world);
  g_object_run_dispose (G_OBJECT (world.client));
  g_object_run_dispose (G_OBJECT (world.hub));
  g_object_run_dispose (G_OBJECT (world.hub));
  g_object_run_dispose (G_OBJECT (world.list));
  g_object_run_dispose (G_OBJECT (world.view));
  g_object_run_dispose (G_OBJECT (world.replica));
  g_object_run_dispose (G_OBJECT (world.signal));
  g_object_run_dispose (G_OBJECT (world.peer));
  g_assert_cmpuint (world.n_calls, ==, 0);
  test_settle ();
  world_clear (&world);
}

typedef enum
{
  DROP,
  CLOSE,
  DISPOSE,
} Way;

/* In a child: what a program does that ends. */
static void
leave (World *world,
       Way    way)
{
  if (way == CLOSE)
    {
      server_signal_hub_close (world->hub);
      server_signal_hub_close_async (world->hub, 100, NULL, NULL, NULL);
      server_signal_hub_detach (world->hub);
      server_signal_peer_close (world->peer, 1000, NULL);
      server_signal_client_stop (world->client);
    }
  if (way == DISPOSE)
    {
      g_object_run_dispose (G_OBJECT (world->client));
      g_object_run_dispose (G_OBJECT (world->hub));
    }
  world_clear (world);
  _exit (0);
}

static void
test_fork (gconstpointer data)
{
  gboolean tls = GPOINTER_TO_INT (data);
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  g_autoptr (GSocketAddress) where = g_unix_socket_address_new (path);
  g_autoptr (TestSocket) local = NULL;
  g_autoptr (TestSocket) later = NULL;
  World world;

  world_init (&world, tls);
  g_assert_true (server_signal_hub_listen (world.hub, address, 0, NULL));
  local = test_socket_new_for_address (where);
  test_socket_send_handshake (local, "/ws", NULL, 0);
  WAIT_UNTIL (test_socket_read_handshake (local));
  listen_to_all (&world);

  for (Way way = DROP; way <= DISPOSE; way++)
    {
      pid_t child = fork ();
      int status;
      TestFrame frame;

      g_assert_cmpint (child, >=, 0);
      if (child == 0)
        leave (&world, way);
      g_assert_cmpint (waitpid (child, &status, 0), ==, child);
      g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);

      /* Everything goes on as if nothing had been. */
      set_int (world.signal, "/rows/0/n", 10 + (int) way);
      WAIT_UNTIL (server_signal_view_get_int_value (world.view) == 10 + (int) way);
      g_assert_false (server_signal_get_stale (world.replica));
      g_assert_cmpuint (n_peers (world.hub), ==, 2);
      g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
      do
        {
          WAIT_UNTIL (test_socket_next (local, &frame));
          g_assert_cmpuint (frame.opcode, ==, 1);
          test_frame_clear (&frame);
        }
      while (local->in->len > 0);
      g_assert_false (local->ended);
    }

  later = test_socket_new_for_address (where);
  test_socket_send_handshake (later, "/ws", NULL, 0);
  WAIT_UNTIL (test_socket_read_handshake (later));
  world_clear (&world);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* The watch of a file is the parent's as well. */
static void
test_fork_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file.json", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (ServerSignal) signal = new_signal ("file", "{\"file\":null}");
  g_autoptr (GError) error = NULL;
  pid_t child;
  int status;

  g_file_set_contents (path, "1", -1, &error);
  g_assert_no_error (error);
  server_signal_track_file (signal, "/file", file, &error);
  g_assert_no_error (error);
  test_settle ();

  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      g_clear_object (&signal);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);

  g_file_set_contents (path, "2", -1, &error);
  g_assert_no_error (error);
  WAIT_UNTIL (server_signal_get_int (signal, "/file") == 2);

  g_assert_finalize_object (g_steal_pointer (&signal));
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/leave/quiet", GINT_TO_POINTER (FALSE), test_quiet);
  g_test_add_data_func ("/leave/fork", GINT_TO_POINTER (FALSE), test_fork);
  g_test_add_func ("/leave/fork-file", test_fork_file);
  g_test_add_func ("/leave/run-dispose", test_run_dispose);
  if (g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_add_data_func ("/leave/quiet/tls", GINT_TO_POINTER (TRUE), test_quiet);
      g_test_add_data_func ("/leave/fork/tls", GINT_TO_POINTER (TRUE), test_fork);
    }

  return test_run_with_tls ();
}
