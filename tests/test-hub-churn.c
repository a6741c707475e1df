/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Many connections that come, and are cut: nothing of them stays. */

#include "config.h"

#include <malloc.h>
#include <sys/resource.h>

#include "test-hub.h"
#include "test-socket.h"

static guint
count_descriptors (void)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  if (directory == NULL)
    return 0;

  while (g_dir_read_name (directory) != NULL)
    n++;

  return n;
}

/* Bytes that malloc() has given out; 0 where somebody else has taken its place. */
static gsize
count_bytes (void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

/* All at the same time: each makes its handshake, reads the document, sends something, gets a
 * commit and resets. */
static void
run_connections (ServerSignalHub *hub,
                 ServerSignal    *signal,
                 guint16          port,
                 guint            n)
{
  g_autoptr (GPtrArray) peers = g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);
  guint n_open = 0;

  while (n_open < n)
    {
      guint first = n_open;

      /* No more than the backlog of the listener at once. */
      for (; n_open < n && n_open - first < 256; n_open++)
        {
          g_ptr_array_add (peers, test_socket_new (port));
          test_socket_send_handshake (peers->pdata[n_open], "/ws", NULL, 0);
        }
      WAIT_UNTIL (n_peers (hub) == n_open);
    }

  set_int (signal, "/value", server_signal_get_int (signal, "/value") + 1);
  for (guint i = 0; i < n; i++)
    {
      TestSocket *peer = peers->pdata[i];
      TestFrame frame = { 0 };

      WAIT_UNTIL (test_socket_read_handshake (peer));
      for (guint j = 0; j < 2; j++)
        {
          WAIT_UNTIL (test_socket_next (peer, &frame));
          g_assert_nonnull (strstr (frame.payload, "\"name\":\"counter\""));
          test_frame_clear (&frame);
        }
      test_socket_send_frame (peer, TRUE, 1, "{}", 2);
    }

  test_settle ();
  for (guint i = 0; i < n; i++)
    test_socket_reset (peers->pdata[i]);
  WAIT_UNTIL (n_peers (hub) == 0);
  g_ptr_array_set_size (peers, 0);
  test_settle ();
}

static void
test_churn (void)
{
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) signal = new_signal ("counter", "{\"value\":0}");
  g_autofree char *uri = NULL;
  g_autoptr (GUri) parsed = NULL;
  g_autoptr (GError) error = NULL;
  const char *cases = g_getenv ("SS_TEST_CASES");
  struct rlimit limit;
  guint n, n_descriptors;
  gsize n_bytes;

  server_signal_hub_add (hub, signal, NULL);
  /* On a busy machine a lot takes longer than that, and the pings would be counted as frames. */
  server_signal_hub_set_keepalive_interval (hub, 0);
  server_signal_hub_listen (hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  /* Both ends are here. */
  getrlimit (RLIMIT_NOFILE, &limit);
  n = cases != NULL ? (guint) CLAMP (g_ascii_strtoull (cases, NULL, 10), 100, 10000) : 2500;
  n = (guint) MIN (n, (limit.rlim_cur - 100) / 2);

  /* The first lot makes GLib, libsoup and the allocator at home. */
  run_connections (hub, signal, (guint16) g_uri_get_port (parsed), n);
  n_descriptors = count_descriptors ();
  n_bytes = count_bytes ();
  for (guint round = 0; round < 3; round++)
    run_connections (hub, signal, (guint16) g_uri_get_port (parsed), n);

  g_test_message ("4 times %u connections: %" G_GSSIZE_FORMAT " bytes more", n,
                  (gssize) (count_bytes () - n_bytes));
  g_assert_cmpuint (count_descriptors (), ==, n_descriptors);
  /* Memory that others keep for themselves varies a little; a leak would be some hundred bytes of
   * each. */
  g_assert_cmpint ((gssize) (count_bytes () - n_bytes), <, 65536 + 3 * n * 8);
  g_assert_cmpuint (server_signal_hub_get_backlog (hub), ==, 0);
  g_assert_cmpuint (server_signal_hub_get_frames (hub), ==, 4 * n * 2);

  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  g_assert_finalize_object (g_steal_pointer (&signal));
}

/* In a process with few descriptors: those that do not fit wait until others have gone, and then
 * come in. */
static void
test_few_descriptors (void)
{
  const struct rlimit limit = { 48, 48 };
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) signal = new_signal ("counter", "{\"value\":0}");
  g_autoptr (GPtrArray) peers = g_ptr_array_new_with_free_func ((GDestroyNotify) test_socket_free);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (GUri) parsed = NULL;
  guint n_in;

  if (!g_test_subprocess ())
    {
      server_signal_hub_detach (hub);
      g_assert_finalize_object (g_steal_pointer (&hub));
      g_assert_finalize_object (g_steal_pointer (&signal));
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }

  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  server_signal_hub_add (hub, signal, NULL);
  server_signal_hub_listen (hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  uri = server_signal_hub_dup_uri (hub);
  parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);

  /* Twenty-four clients of this very process leave the hub no descriptors for all of them. */
  for (guint i = 0; i < 24; i++)
    {
      g_ptr_array_add (peers, test_socket_new ((guint16) g_uri_get_port (parsed)));
      test_socket_send_handshake (peers->pdata[i], "/ws", NULL, 0);
    }
  WAIT_UNTIL (n_peers (hub) > 0);
  test_pass_time (300);
  n_in = n_peers (hub);
  g_assert_cmpuint (n_in, <, 24);

  /* Those that are in are served as if nothing were the matter. */
  set_int (signal, "/value", 1);
  for (guint i = 0; i < n_in; i++)
    {
      TestFrame frame = { 0 };

      WAIT_UNTIL (test_socket_read_handshake (peers->pdata[i]));
      for (guint j = 0; j < 2; j++)
        {
          WAIT_UNTIL (test_socket_next (peers->pdata[i], &frame));
          test_frame_clear (&frame);
        }
    }

  for (guint i = 0; i < n_in; i++)
    test_socket_reset (peers->pdata[i]);
  WAIT_UNTIL (n_peers (hub) == 24 - n_in);
  for (guint i = n_in; i < 24; i++)
    {
      TestFrame frame = { 0 };

      WAIT_UNTIL (test_socket_read_handshake (peers->pdata[i]));
      WAIT_UNTIL (test_socket_next (peers->pdata[i], &frame));
      g_assert_nonnull (strstr (frame.payload, "{\"value\":1}"));
      test_frame_clear (&frame);
      test_socket_reset (peers->pdata[i]);
    }
  WAIT_UNTIL (n_peers (hub) == 0);
  server_signal_hub_detach (hub);
  g_assert_finalize_object (g_steal_pointer (&hub));
  g_assert_finalize_object (g_steal_pointer (&signal));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hub-churn/reset", test_churn);
  g_test_add_func ("/hub-churn/few-descriptors", test_few_descriptors);

  return g_test_run ();
}
