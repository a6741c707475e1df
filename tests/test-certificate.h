/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

static inline gboolean
test_has_pool_threads (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;

  while (tasks != NULL && (name = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", name, "comm", NULL);
      g_autofree char *comm = NULL;

      /* GLib's thread that makes the others stays. */
      if (g_file_get_contents (path, &comm, NULL, NULL) && g_str_has_prefix (comm, "pool-")
          && !g_str_has_prefix (comm, "pool-spawner"))
        return TRUE;
    }

  return FALSE;
}

/* g_test_run() for tests of TLS. LeakSanitizer does not survive the threads of GIO's pool that a
 * handshake has left behind: it crashes when it looks into them. */
static inline int
test_run_with_tls (void)
{
  int status = g_test_run ();

  g_thread_pool_set_max_unused_threads (0);
  for (int i = 0; i < 1000 && test_has_pool_threads (); i++)
    g_usleep (1000);

  return status;
}

/* Signed by itself and worth nothing: its key stands beside it. */
static const char test_certificate_pem[] G_GNUC_UNUSED =
  "-----BEGIN CERTIFICATE-----\n"
  "MIIBfjCCASWgAwIBAgIUHAQhds+T726qVmpK/qPlLjatYOEwCgYIKoZIzj0EAwIw\n"
  "FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzIwNDU0NFoYDzIxMjYxMDMw\n"
  "MjA0NTQ0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
  "PQMBBwNCAAT/L5w+WBu2Zz71P9FQI6ogxfeZ3lseVg8v3Um5EwJGtctKVLGnck/x\n"
  "4/1gvboxuh/klGIBAjlBmxrzIEhiQQbOo1MwUTAdBgNVHQ4EFgQUyBLzBtMvjtZU\n"
  "rnfujYnFpA9iHckwHwYDVR0jBBgwFoAUyBLzBtMvjtZUrnfujYnFpA9iHckwDwYD\n"
  "VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBSA0Gb5rGbXHnQPTQsVpri\n"
  "iz0WsxF+8UCVe+HS3MyTtgIgHvWwlGXq6t0vJtfcUkwKr9D8gctEQ+SWw90vSwHA\n"
  "kdk=\n"
  "-----END CERTIFICATE-----\n"
  "-----BEGIN PRIVATE KEY-----\n"
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggder2jY2tWHEgKVR\n"
  "tRAXOxi7cqW0FNalFBE5PZ38WDuhRANCAAT/L5w+WBu2Zz71P9FQI6ogxfeZ3lse\n"
  "Vg8v3Um5EwJGtctKVLGnck/x4/1gvboxuh/klGIBAjlBmxrzIEhiQQbO\n"
  "-----END PRIVATE KEY-----\n";
