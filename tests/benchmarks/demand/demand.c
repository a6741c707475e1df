/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

/* Resolves very many names of which few are followed at a time, and says what the few cost. */

#include "config.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "server-signal-hub.h"

#define ALIVE 1000
#define ROUNDS 100
#define DOCUMENT "{\"value\":0}"

/* The client, a process of its own, whose memory is nobody's business here. */

typedef struct
{
  GMainLoop *loop;
  guint      n_answers;
} Client;

static void
message_cb (SoupWebsocketConnection *connection,
            gint                     type,
            GBytes                  *message,
            gpointer                 user_data)
{
  Client *self = user_data;
  gsize length;

  /* All but the greeting are snapshots. */
  if (strstr (g_bytes_get_data (message, &length), "\"patch\"") != NULL &&
      ++self->n_answers == ALIVE)
    g_main_loop_quit (self->loop);
}

static void
connected_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection **connection = user_data;

  *connection = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  if (*connection == NULL)
    g_error ("%s", error->message);
}

static void
run_client (const char *uri,
            int         ready)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  char *protocols[] = { (char *) "server-signal.v1", NULL };

  for (guint round = 0; round < ROUNDS; round++)
    {
      g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
      Client client = { g_main_loop_new (NULL, FALSE), 0 };
      SoupWebsocketConnection *connection = NULL;

      soup_session_websocket_connect_async (session, message, NULL, protocols, G_PRIORITY_DEFAULT,
                                            NULL, connected_cb, &connection);
      while (connection == NULL)
        g_main_context_iteration (NULL, TRUE);
      g_signal_connect (connection, "message", G_CALLBACK (message_cb), &client);
      for (guint i = 0; i < ALIVE; i++)
        {
          g_autofree char *frame =
            g_strdup_printf ("{\"subscribe\":\"rooms/%u?since=7\"}", round * ALIVE + i);

          soup_websocket_connection_send_text (connection, frame);
        }
      g_main_loop_run (client.loop);
      g_main_loop_unref (client.loop);

      if (write (ready, "x", 1) != 1)
        return;
      if (round == ROUNDS - 1)
        pause ();
      /* The next one begins while the hub still has these. */
      soup_websocket_connection_close (connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
      while (soup_websocket_connection_get_state (connection) != SOUP_WEBSOCKET_STATE_CLOSED)
        g_main_context_iteration (NULL, TRUE);
      g_object_unref (connection);
    }
}

/* The hub. */

static guint n_resolved;

static ServerSignal *
resolve_cb (ServerSignalHub  *hub,
            ServerSignalPeer *peer,
            const char       *name,
            gpointer          user_data)
{
  n_resolved++;

  return server_signal_new_from_json (name, DOCUMENT, NULL);
}

/* first: the bytes in use when the first of them were there. */
static void
report_alive (ServerSignalHub *hub,
              const char      *when,
              gsize            first)
{
  gsize bytes = mallinfo2 ().uordblks;

  g_print ("%-24s %7u names resolved, %5u signals, %8zu bytes in use, %+8zd\n", when, n_resolved,
           g_list_model_get_n_items (server_signal_hub_get_signals (hub)), bytes,
           (gssize) bytes - (gssize) first);
}

/* So many are shared, and nothing is under way. */
static void
wait_for (ServerSignalHub *hub,
          guint            n)
{
  while (g_list_model_get_n_items (server_signal_hub_get_signals (hub)) != n)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static gboolean
ready_cb (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  char bytes[ROUNDS];
  gssize n = read (fd, bytes, sizeof bytes);

  if (n <= 0)
    g_error ("the client has ended");
  *(guint *) user_data += (guint) n;

  return G_SOURCE_CONTINUE;
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (ServerSignalHub) hub = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *fd = NULL;
  g_autoptr (GError) error = NULL;
  guint n_ready = 0;
  gsize before, alive;
  pid_t child;
  int fds[2];

  if (argc == 3)
    {
      run_client (argv[1], atoi (argv[2]));
      return EXIT_SUCCESS;
    }

  hub = server_signal_hub_new ();
  g_signal_connect (hub, "resolve", G_CALLBACK (resolve_cb), NULL);
  server_signal_hub_set_linger (hub, 0);
  if (!server_signal_hub_listen (hub, "127.0.0.1", 0, &error) || pipe (fds) != 0)
    g_error ("%s", error != NULL ? error->message : "no pipe");
  uri = server_signal_hub_dup_uri (hub);
  fd = g_strdup_printf ("%d", fds[1]);

  child = fork ();
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      execl ("/proc/self/exe", argv[0], uri, fd, NULL);
      _exit (EXIT_FAILURE);
    }

  g_unix_fd_add (fds[0], G_IO_IN | G_IO_HUP, ready_cb, &n_ready);
  while (n_ready < 1)
    g_main_context_iteration (NULL, TRUE);
  wait_for (hub, ALIVE);
  before = mallinfo2 ().uordblks;
  report_alive (hub, "on the way", before);

  while (n_ready < ROUNDS)
    g_main_context_iteration (NULL, TRUE);
  wait_for (hub, ALIVE);
  report_alive (hub, "with the last thousand", before);
  alive = mallinfo2 ().uordblks;

  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  while (g_list_model_get_n_items (server_signal_hub_get_peers (hub)) > 0)
    g_main_context_iteration (NULL, TRUE);
  wait_for (hub, 0);
  report_alive (hub, "when nobody follows any", before);
  g_print (
    "%.0f bytes for each of the %u signals that were there, with a thousandth of their client\n",
    (double) (alive - mallinfo2 ().uordblks) / ALIVE, ALIVE);
  server_signal_hub_detach (hub);

  return EXIT_SUCCESS;
}
