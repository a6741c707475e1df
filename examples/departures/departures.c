/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers
 *
 * A departures board: a GListStore that this program edits as if it were alone, followed by every
 * window. It is edited by commands on standard input, and by chance every now and then. */

#include <glib-unix.h>
#include <libserver-signal.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#include "departure.h"

static int
compare_times (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  return g_strcmp0 (board_departure_get_time ((BoardDeparture *) a),
                    board_departure_get_time ((BoardDeparture *) b));
}

/* Gives the place of a train, or -1. */
static int
find (GListStore *board,
      const char *train)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (board)); i++)
    {
      g_autoptr (BoardDeparture) departure = g_list_model_get_item (G_LIST_MODEL (board), i);

      if (g_str_equal (board_departure_get_train (departure), train))
        return (int) i;
    }

  return -1;
}

/* Does what a line says. Gives FALSE when it is no command or its train is not on the board. */
static gboolean
run (GListStore *board,
     const char *line)
{
  g_autoptr (BoardDeparture) departure = NULL;
  g_auto (GStrv) words = NULL;
  int n_words, place;

  if (!g_shell_parse_argv (line, &n_words, &words, NULL) || n_words < 2)
    return FALSE;

  if (g_str_equal (words[0], "add") && n_words == 5)
    {
      departure = board_departure_new (words[1], words[2], words[3], words[4]);
      g_list_store_insert_sorted (board, departure, compare_times, NULL);
      return TRUE;
    }

  place = find (board, words[1]);
  if (place < 0)
    return FALSE;

  departure = g_list_model_get_item (G_LIST_MODEL (board), place);
  if (g_str_equal (words[0], "platform") && n_words == 3)
    board_departure_set_platform (departure, words[2]);
  else if (g_str_equal (words[0], "remark") && n_words == 3)
    board_departure_set_remarks (departure, words[2]);
  else if (g_str_equal (words[0], "depart") && n_words == 2)
    g_list_store_remove (board, place);
  else
    return FALSE;

  return TRUE;
}

static gboolean
input_cb (GIOChannel   *channel,
          GIOCondition  condition,
          gpointer      user_data)
{
  g_autofree char *line = NULL;

  if (g_io_channel_read_line (channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    return G_SOURCE_REMOVE;

  if (!run (user_data, line))
    g_printerr ("Commands: add TIME TRAIN DESTINATION PLATFORM, platform TRAIN PLATFORM, "
                "remark TRAIN TEXT, depart TRAIN\n");

  return G_SOURCE_CONTINUE;
}

/* The first train leaves and another is announced, or one is late or changes its platform. */
static gboolean
chance_cb (gpointer user_data)
{
  static const char *const destinations[] = { "Alder Bay",  "Birchwood",  "Elm Junction",
                                              "Hazelton",   "Linden",     "Mapleford",
                                              "Rowan Hill", "Willow Mere" };
  static int minutes = 12 * 60;
  GListStore *board = user_data;
  guint n_departures = g_list_model_get_n_items (G_LIST_MODEL (board));
  g_autoptr (BoardDeparture) departure = NULL;
  g_autofree char *text = NULL;

  if (n_departures < 12 || g_random_int_range (0, 4) == 0)
    {
      g_autofree char *time = NULL;
      g_autofree char *train = g_strdup_printf ("R %d", g_random_int_range (100, 1000));

      if (n_departures >= 12)
        g_list_store_remove (board, 0);
      minutes = (minutes + g_random_int_range (1, 15)) % (24 * 60);
      time = g_strdup_printf ("%02d:%02d", minutes / 60, minutes % 60);
      text = g_strdup_printf ("%d", g_random_int_range (1, 13));
      departure =
        board_departure_new (time, train,
                             destinations[g_random_int_range (0, G_N_ELEMENTS (destinations))],
                             text);
      g_list_store_append (board, departure);
      return G_SOURCE_CONTINUE;
    }

  departure =
    g_list_model_get_item (G_LIST_MODEL (board), g_random_int_range (0, (int) n_departures));
  if (g_random_boolean ())
    {
      text = g_strdup_printf ("%d", g_random_int_range (1, 13));
      board_departure_set_platform (departure, text);
    }
  else
    {
      text = g_strdup_printf ("%d minutes late", g_random_int_range (1, 12) * 5);
      board_departure_set_remarks (departure, text);
    }

  return G_SOURCE_CONTINUE;
}

/* Ctrl-C, and the end of a service. */
static gboolean
interrupted_cb (gpointer loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_REMOVE;
}

static void
closed_cb (GObject      *hub,
           GAsyncResult *result,
           gpointer      loop)
{
  server_signal_hub_close_finish (SERVER_SIGNAL_HUB (hub), result, NULL);
  g_main_loop_quit (loop);
}

int
main (int   argc,
      char *argv[])
{
  int port = 3000;
  int interval = 1000;
  const GOptionEntry entries[] = {
    { "port", 'p', 0, G_OPTION_ARG_INT, &port, "Port to listen on, 0 for any", "PORT" },
    { "interval", 'i', 0, G_OPTION_ARG_INT, &interval,
      "Time between two things that happen by chance, 0 for none", "MILLISECONDS" },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- departures for all to see");
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GListStore) board = g_list_store_new (BOARD_TYPE_DEPARTURE);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (STDIN_FILENO);
  g_autoptr (ServerSignalHub) hub = server_signal_hub_new ();
  g_autoptr (ServerSignal) signal = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  /* From here on whatever happens to the list or to one of its rows reaches every window. */
  signal = server_signal_new_for_list ("departures", G_LIST_MODEL (board), &error);
  if (signal == NULL || !server_signal_hub_add (hub, signal, &error) ||
      !server_signal_hub_listen (hub, NULL, port, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }

  uri = server_signal_hub_dup_uri (hub);
  g_print ("%s\n", uri);

  g_io_add_watch (input, G_IO_IN | G_IO_HUP, input_cb, board);
  if (interval > 0)
    {
      while (g_list_model_get_n_items (G_LIST_MODEL (board)) < 12)
        chance_cb (board);
      g_timeout_add (interval, chance_cb, board);
    }
  g_unix_signal_add (SIGINT, interrupted_cb, loop);
  g_unix_signal_add (SIGTERM, interrupted_cb, loop);
  g_main_loop_run (loop);

  /* The clients are told, and come back when there is a server again. */
  server_signal_hub_close_async (hub, 2000, NULL, closed_cb, loop);
  g_main_loop_run (loop);

  return EXIT_SUCCESS;
}
