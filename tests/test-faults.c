/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Faults of the surroundings: handlers that run a main loop or drop everything, programs that are
 * started, clocks that jump, a disk that is full. */

#define _GNU_SOURCE

#include "config.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "json/server-signal-patch.h"
#include "model/clock.h"
#include "server-signal-client.h"
#include "server-signal-list.h"
#include "server-signal-track.h"
#include "server-signal-view.h"
#include "test-hub.h"
#include "test-row.h"

#define DOCUMENT "{\"value\":0,\"rows\":[{\"id\":1},{\"id\":2},{\"id\":3}]}"
#define MAX_DEPTH 3

enum
{
  HUB,
  CLIENT,
  SIGNAL,
  REPLICA,
  VIEW,
  LIST,
  N_OBJECTS
};

typedef struct
{
  GObject *objects[N_OBJECTS]; /* NULL: dropped */
  gpointer weak[N_OBJECTS];    /* NULL: gone */
  guint    depth;
  guint    n_nested;
  gboolean dropped;
} World;

static ServerSignal *
signal_of (World *self,
           int    which)
{
  return (ServerSignal *) self->objects[which];
}

static void
set_up (World *self)
{
  ServerSignalHub *hub = server_signal_hub_new ();
  ServerSignalClient *client;
  ServerSignal *replica;
  g_autofree char *uri = NULL;
  g_autoptr (GError) error = NULL;

  *self = (World) { .objects = { G_OBJECT (hub) } };
  self->objects[SIGNAL] = G_OBJECT (new_signal ("s", DOCUMENT));
  g_assert_true (server_signal_hub_add (hub, signal_of (self, SIGNAL), NULL));
  server_signal_hub_listen (hub, NULL, 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (hub);
  client = server_signal_client_new (uri);
  g_object_set (client, "retry-min", 10, "retry-max", 10, NULL);
  self->objects[CLIENT] = G_OBJECT (client);
  replica = g_object_ref (server_signal_client_get_signal (client, "s"));
  self->objects[REPLICA] = G_OBJECT (replica);
  self->objects[VIEW] = G_OBJECT (server_signal_view_new (replica, "/value"));
  self->objects[LIST] = G_OBJECT (server_signal_list_new (replica, "/rows", TEST_TYPE_ROW));
  for (int i = 0; i < N_OBJECTS; i++)
    {
      self->weak[i] = self->objects[i];
      g_object_add_weak_pointer (self->objects[i], &self->weak[i]);
    }
}

static void
drop_all (World *self)
{
  g_autoptr (ServerSignalHub) hub = (ServerSignalHub *) g_steal_pointer (&self->objects[HUB]);
  g_autoptr (ServerSignalClient) client =
    (ServerSignalClient *) g_steal_pointer (&self->objects[CLIENT]);

  if (hub != NULL)
    server_signal_hub_detach (hub);
  /* Handlers come here again. */
  if (client != NULL)
    server_signal_client_stop (client);
  for (int i = 0; i < N_OBJECTS; i++)
    g_clear_object (&self->objects[i]);
}

static gboolean
is_gone (World *self)
{
  for (int i = 0; i < N_OBJECTS; i++)
    if (self->weak[i] != NULL)
      return FALSE;

  return TRUE;
}

static void
tear_down (World *self)
{
  drop_all (self);
  WAIT_UNTIL (is_gone (self));
}

static gboolean
is_current (World *self)
{
  return !server_signal_get_stale (signal_of (self, REPLICA)) &&
         server_signal_get_int (signal_of (self, REPLICA), "/value") ==
           server_signal_get_int (signal_of (self, SIGNAL), "/value");
}

static void
patch (World      *self,
       const char *json)
{
  g_autoptr (ServerSignalPatch) made = NULL;
  g_autoptr (GError) error = NULL;

  made = server_signal_patch_new_from_json (json, &error);
  g_assert_no_error (error);
  server_signal_apply_patch (signal_of (self, SIGNAL), made, &error);
  g_assert_no_error (error);
}

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
  { "list", LIST, "items-changed" },
  { "state", CLIENT, "notify::state" },
  { "error", CLIENT, "notify::error" },
  { "protocol", CLIENT, "notify::protocol" },
};

/* Everything that is called back, on the way to a connection, through it and to its end. Handlers
 * are connected swapped, to signals of any signature. */
static void
live (World *self)
{
  server_signal_client_start ((ServerSignalClient *) self->objects[CLIENT]);
  WAIT_UNTIL (self->dropped || is_current (self));
  if (!self->dropped)
    patch (self, "[{\"op\":\"replace\",\"path\":\"/value\",\"value\":1},"
                 "{\"op\":\"remove\",\"path\":\"/rows/1\"}]");
  WAIT_UNTIL (self->dropped || is_current (self));
  if (!self->dropped)
    server_signal_hub_close ((ServerSignalHub *) self->objects[HUB]);
  WAIT_UNTIL (self->dropped || server_signal_get_stale (signal_of (self, REPLICA)));
}

/* As a dialog does that a handler runs. */
static gboolean
nest_cb (World *self)
{
  if (self->depth == MAX_DEPTH)
    return TRUE;

  self->depth++;
  self->n_nested++;
  for (guint i = 0; i < 20; i++)
    {
      if (i == 10 && self->n_nested < 10)
        set_int (signal_of (self, SIGNAL), "/value", 100 + self->n_nested);
      g_main_context_iteration (NULL, FALSE);
    }
  self->depth--;

  return TRUE;
}

static void
test_nested (gconstpointer data)
{
  guint place = GPOINTER_TO_UINT (data);
  World world;

  set_up (&world);
  g_signal_connect_swapped (world.objects[places[place].object], places[place].signal,
                            G_CALLBACK (nest_cb), &world);
  live (&world);
  if (world.n_nested == 0)
    WAIT_UNTIL (world.n_nested > 0);

  /* It connects again, and nothing has been missed. */
  for (int i = 0; i < N_OBJECTS; i++)
    g_signal_handlers_disconnect_by_data (world.objects[i], &world);
  {
    ServerSignalHub *hub = (ServerSignalHub *) world.objects[HUB];
    g_autofree char *uri = NULL;
    g_autofree char *sent = NULL;
    g_autofree char *received = NULL;
    g_autoptr (GError) error = NULL;

    server_signal_hub_listen (hub, NULL, 0, &error);
    g_assert_no_error (error);
    uri = server_signal_hub_dup_uri (hub);
    server_signal_client_set_uri ((ServerSignalClient *) world.objects[CLIENT], uri);
    WAIT_UNTIL (is_current (&world));
    sent = server_signal_dup_json (signal_of (&world, SIGNAL), NULL);
    received = server_signal_dup_json (signal_of (&world, REPLICA), NULL);
    g_assert_cmpstr (sent, ==, received);
    g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (world.objects[LIST])), ==, 2);
  }
  tear_down (&world);
}

static gboolean
drop_cb (World *self)
{
  if (!self->dropped)
    {
      self->dropped = TRUE;
      drop_all (self);
    }

  return TRUE;
}

/* The other places are those of test-lifetimes.c. */
static void
test_drop_in_list (void)
{
  World world;

  set_up (&world);
  g_signal_connect_swapped (world.objects[LIST], "items-changed", G_CALLBACK (drop_cb), &world);
  live (&world);
  g_assert_true (world.dropped);
  tear_down (&world);
}

static GHashTable *
list_descriptors (void)
{
  GHashTable *set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_hash_table_add (set, g_strdup (name));

  return set;
}

/* A program that the application starts gets none of ours. */
static void
test_descriptors (void)
{
  g_autoptr (GHashTable) before = list_descriptors ();
  g_autoptr (GHashTable) after = NULL;
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file.json", NULL);
  g_autofree char *socket_path = g_build_filename (folder, "socket", NULL);
  g_autofree char *unix_address = g_strconcat ("unix:", socket_path, NULL);
  g_autofree char *abstract = g_strdup_printf ("unix:@server-signal-test-%d", (int) getpid ());
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  ServerSignal *tracked = new_signal ("f", "{}");
  GHashTableIter iter;
  gpointer name;
  guint n_sockets = 0, n_epolls = 0, n_inotifies = 0;
  World world;

  if (g_hash_table_size (before) == 0)
    {
      g_test_skip ("there is no /proc/self/fd");
      g_rmdir (folder);
      return;
    }

  /* Descriptors that other tests have left open, such as the one of epoll, count too. */
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDOUT);
      g_test_trap_assert_passed ();
      g_rmdir (folder);
      return;
    }

  g_file_set_contents (path, "{}", -1, &error);
  g_assert_no_error (error);
  set_up (&world);
  server_signal_hub_listen ((ServerSignalHub *) world.objects[HUB], unix_address, 0, &error);
  g_assert_no_error (error);
  server_signal_hub_listen ((ServerSignalHub *) world.objects[HUB], abstract, 0, &error);
  g_assert_no_error (error);
  server_signal_track_file (tracked, "/file", file, &error);
  g_assert_no_error (error);
  server_signal_client_start ((ServerSignalClient *) world.objects[CLIENT]);
  WAIT_UNTIL (is_current (&world));

  after = list_descriptors ();
  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      int fd = (int) g_ascii_strtoll (name, NULL, 10);
      int flags = fcntl (fd, F_GETFD);
      g_autofree char *link = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *what = NULL;

      /* The folder's own is closed by now. */
      if (g_hash_table_contains (before, name) || flags < 0)
        continue;

      what = g_file_read_link (link, NULL);
      g_test_message ("%s: %s", (char *) name, what);
      g_assert_cmpint (flags & FD_CLOEXEC, !=, 0);
      n_sockets += g_str_has_prefix (what, "socket:");
      n_epolls += strstr (what, "eventpoll") != NULL;
      n_inotifies += strstr (what, "inotify") != NULL;
    }
  /* The hub's on a port and two of Unix, and both ends of the connection. */
  g_assert_cmpuint (n_sockets, >=, 5);
  g_assert_cmpuint (n_epolls, >=, 1);
  g_assert_cmpuint (n_inotifies, >=, 1);

  g_assert_finalize_object (tracked);
  tear_down (&world);
  g_unlink (path);
  g_rmdir (folder);
}

/* Timers that were to run meanwhile all run at once, and a peer that answers stays. */
static void
test_clock (void)
{
  static const gint64 jumps[] = { 1, 16, 21, 36, 3600, 86400 };
  World world;

  set_up (&world);
  server_signal_client_start ((ServerSignalClient *) world.objects[CLIENT]);
  WAIT_UNTIL (is_current (&world));
  g_assert_cmpuint (n_peers ((ServerSignalHub *) world.objects[HUB]), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++)
    {
      g_autoptr (ServerSignalPeer) peer =
        g_list_model_get_item (server_signal_hub_get_peers ((ServerSignalHub *) world.objects[HUB]),
                               0);
      g_autoptr (ServerSignalPeer) same = NULL;

      clock_skip (jumps[i] * G_USEC_PER_SEC);
      for (guint j = 0; j < 4; j++)
        {
          test_pass_time (50);
          clock_skip (2 * (gint64) G_USEC_PER_SEC);
        }
      patch (&world, "[{\"op\":\"replace\",\"path\":\"/value\",\"value\":7}]");
      set_int (signal_of (&world, SIGNAL), "/value", 10 + i);
      WAIT_UNTIL (is_current (&world));
      same =
        g_list_model_get_item (server_signal_hub_get_peers ((ServerSignalHub *) world.objects[HUB]),
                               0);
      g_test_message ("%" G_GINT64_FORMAT " seconds", jumps[i]);
      g_assert_true (same == peer);
    }
  tear_down (&world);
}

/* In a child, whose file systems are its own. */
static void
test_full_disk (void)
{
  g_autofree char *folder = g_dir_make_tmp ("server-signal-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  g_autoptr (GError) error = NULL;
  ServerSignalHub *hub;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      g_rmdir (folder);
      return;
    }

  if (unshare (CLONE_NEWNS | (geteuid () != 0 ? CLONE_NEWUSER : 0)) != 0 ||
      mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount ("none", folder, "tmpfs", 0, "nr_inodes=1") != 0)
    {
      g_test_message ("No file system of our own can be had here");
      return;
    }

  hub = server_signal_hub_new ();
  g_assert_false (server_signal_hub_listen (hub, address, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);

  /* There is nothing left of it, and elsewhere it listens. */
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (server_signal_hub_listen (hub, NULL, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpint (umount (folder), ==, 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (hub);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_strdup_printf ("/faults/nested/%s", places[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_nested);
    }
  g_test_add_func ("/faults/drop-in-list", test_drop_in_list);
  g_test_add_func ("/faults/descriptors", test_descriptors);
  g_test_add_func ("/faults/clock", test_clock);
  g_test_add_func ("/faults/full-disk", test_full_disk);

  return g_test_run ();
}
