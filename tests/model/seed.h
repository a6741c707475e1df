/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* GLib's and libsoup's words about each of a million frames are not for the log. */
static inline void
seed_log_cb (const char     *domain,
             GLogLevelFlags  level,
             const char     *message,
             gpointer        user_data)
{
  if (level < G_LOG_LEVEL_INFO)
    g_log_default_handler (domain, level, message, user_data);
}

/* g_test_init(), with a short seed that comes from SS_TEST_SEED or is told: all randomness is
 * GLib's for tests. */
static inline void
seed_init (int    *argc,
           char ***argv)
{
  static GPtrArray *words;
  static char seed[64];
  const char *given = g_getenv ("SS_TEST_SEED");
  guint32 number = given != NULL ? (guint32) g_ascii_strtoull (given, NULL, 10) : g_random_int ();

  /* A seed on the command line comes later, and wins. */
  g_snprintf (seed, sizeof seed, "--seed=R02S%08x%08x%08x%08x", number, ~number, 0u, 0u);
  words = g_ptr_array_new ();
  g_ptr_array_add (words, (*argv)[0]);
  g_ptr_array_add (words, seed);
  for (int i = 1; i < *argc; i++)
    g_ptr_array_add (words, (*argv)[i]);
  *argc = (int) words->len;
  g_ptr_array_add (words, NULL);
  *argv = (char **) words->pdata;

  g_test_init (argc, argv, NULL);
  g_log_set_default_handler (seed_log_cb, NULL);
  g_test_message ("SS_TEST_SEED=%u repeats this run", number);
}

G_END_DECLS
