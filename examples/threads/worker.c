/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A thread works, the main context publishes how far it is. */

#include <libserver-signal.h>

typedef struct
{
  ServerSignal *job;
  GMainLoop    *loop;
  int           done;
} Progress;

/* In the main context, where the signal was made. */
static gboolean
publish_cb (gpointer user_data)
{
  Progress *progress = user_data;

  server_signal_set_int (progress->job, "/done", progress->done, NULL);
  if (progress->done == 100)
    g_main_loop_quit (progress->loop);

  return G_SOURCE_REMOVE;
}

/* In the thread: the signal is passed on, and not touched. */
static gpointer
work (gpointer user_data)
{
  Progress *job = user_data;

  for (int done = 1; done <= 100; done++)
    {
      Progress *progress = g_memdup2 (job, sizeof *job);

      progress->done = done;
      g_idle_add_full (G_PRIORITY_DEFAULT, publish_cb, progress, g_free);
    }

  return NULL;
}

int
main (void)
{
  g_autoptr (ServerSignal) job = server_signal_new_from_json ("job", "{\"done\": 0}", NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Progress progress = { job, loop, 0 };
  GThread *thread = g_thread_new ("work", work, &progress);
  g_autofree char *json = NULL;

  g_main_loop_run (loop);
  g_thread_join (thread);
  json = server_signal_dup_json (job, NULL);
  g_print ("%s\n", json);

  return 0;
}
