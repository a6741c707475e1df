/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libserver-signal.h"
#include "signal/server-signal-private.h"

/* One process of the model test of stores, see store.py. It does what its first argument says, to the
 * signals whose names follow the URI of the store:
 *
 *   own      owns each and writes it
 *   update   counts up the member "count" of each, without a lease
 *   hub      publishes each; says "port N"
 *   clients  holds clients (the URI is their number) of the hubs whose ports it is told
 *
 * It is told, in lines: "go", "hold" (write no more), "ports N…", "state", "quit". To "state" it
 * answers "state JSON" for each signal that it shows, and then "stated N", N updates being under way. An owner says "shown NAME
 * EPOCH REV" as its peers are shown a commit, an updater "counted NAME N" when N updates have
 * succeeded so far, and both "lost NAME" and "refused NAME MESSAGE" for what became of it. */

#define TURN_MS 2

typedef struct
{
  char         *name;
  ServerSignal *signal;     /* that is written, or shown */
  ServerSignal *published;
  guint64       shown;
  guint         n_counted;
  guint         n_running;
  gboolean      is_owning;
} Place;

static GMainLoop *loop;
static ServerSignalStore *store;
static ServerSignalHub *hub;
static GPtrArray *places;
static GPtrArray *clients;
static GArray *ports;
static const char *role;
static gboolean is_going;
static guint n_turns;

static void say (const char *format, ...) G_GNUC_PRINTF (1, 2);

static void
say (const char *format,
     ...)
{
  va_list arguments;

  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
  fflush (stdout);
}

/* Owners */

static void own (Place *place);

static void
published_cb (ServerSignal *published,
              GParamSpec   *pspec,
              gpointer      user_data)
{
  Place *place = user_data;

  if (!server_signal_get_stale (published))
    say ("shown %s %s %" G_GUINT64_FORMAT, place->name, server_signal_get_epoch (published),
         server_signal_get_revision (published));
}

static void
owned_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  Place *place = user_data;
  g_autoptr (GError) error = NULL;

  place->is_owning = FALSE;
  place->signal = server_signal_store_own_finish (store, result, &error);
  if (place->signal == NULL)
    {
      say ("refused %s %s", place->name, error->message);
      return;
    }
  g_set_object (&place->published, ss_signal_get_published (place->signal));
  g_signal_connect (place->published, "notify::revision", G_CALLBACK (published_cb), place);
}

static void
own (Place *place)
{
  g_autoptr (JsonNode) initial = json_from_string ("{\"n\":0,\"count\":0,\"rows\":[]}", NULL);

  place->is_owning = TRUE;
  server_signal_store_own_async (store, place->name, initial, NULL, owned_cb, place);
}

static void
lost_cb (ServerSignalStore *self,
         ServerSignal      *signal,
         GError            *error,
         gpointer           user_data)
{
  for (guint i = 0; i < places->len; i++)
    {
      Place *place = g_ptr_array_index (places, i);

      if (place->signal != signal)
        continue;
      say ("lost %s", place->name);
      g_signal_handlers_disconnect_by_func (place->published, published_cb, place);
      g_clear_object (&place->published);
      g_clear_object (&place->signal);
    }
}

static void
write_signal (Place *place)
{
  ServerSignal *signal = place->signal;

  if (signal == NULL)
    {
      if (!place->is_owning)
        own (place);
      return;
    }

  server_signal_set_int (signal, "/n", 1 + server_signal_get_int (signal, "/n"), NULL);
  if (n_turns % 3 == 0)
    server_signal_set_json (signal, "/rows/-", "{\"x\":[1,\"é\"]}", NULL);
  if (n_turns % 3 == 1 && server_signal_has (signal, "/rows/5"))
    server_signal_remove (signal, "/rows/0", NULL);
}

/* Updaters */

static JsonNode *
count_up (JsonNode *copy,
          gpointer  user_data)
{
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (copy))
    return json_from_string ("{\"count\":1}", NULL);

  object = json_node_get_object (copy);
  json_object_set_int_member (object, "count",
                              1 + (json_object_has_member (object, "count")
                                     ? json_object_get_int_member (object, "count")
                                     : 0));

  return json_node_ref (copy);
}

static void
counted_cb (GObject      *object,
            GAsyncResult *result,
            gpointer      user_data)
{
  Place *place = user_data;
  g_autoptr (GError) error = NULL;

  place->n_running--;
  if (server_signal_store_update_finish (store, result, &error))
    say ("counted %s %u", place->name, ++place->n_counted);
  else
    say ("refused %s %s", place->name, error->message);
}

static void
update (Place *place)
{
  if (place->n_running >= 2)
    return;

  place->n_running++;
  server_signal_store_update_async (store, place->name, count_up, NULL, NULL, NULL, counted_cb,
                                    place);
}

/* Clients */

static void
move_client (ServerSignalClient *client)
{
  g_autofree char *uri = NULL;

  if (ports->len == 0)
    return;

  uri = g_strdup_printf ("ws://127.0.0.1:%u/ws",
                         g_array_index (ports, guint, g_random_int_range (0, (int) ports->len)));
  server_signal_client_stop (client);
  server_signal_client_set_uri (client, uri);
  server_signal_client_start (client);
}

static void
make_clients (guint n)
{
  for (guint i = 0; i < n; i++)
    {
      ServerSignalClient *client = server_signal_client_new ("ws://127.0.0.1:1/ws");

      g_object_set (client, "retry-min", 20, "retry-max", 200, NULL);
      for (guint k = 0; k < places->len; k++)
        server_signal_client_get_signal (client, ((Place *) g_ptr_array_index (places, k))->name);
      g_ptr_array_add (clients, client);
    }
}

/* The driver */

static void
say_state (const char   *name,
           ServerSignal *signal)
{
  g_autofree char *json = server_signal_dup_json (signal, NULL);

  say ("state {\"name\":\"%s\",\"epoch\":\"%s\",\"rev\":%" G_GUINT64_FORMAT
       ",\"stale\":%s,\"value\":%s}",
       name, server_signal_get_epoch (signal), server_signal_get_revision (signal),
       server_signal_get_stale (signal) ? "true" : "false", json);
}

static void
say_states (void)
{
  guint n_running = 0;

  for (guint i = 0; i < places->len; i++)
    {
      Place *place = g_ptr_array_index (places, i);

      n_running += place->n_running;
      if (place->published != NULL)
        say_state (place->name, place->published);
      else if (place->signal != NULL)
        say_state (place->name, place->signal);
      for (guint k = 0; k < clients->len; k++)
        say_state (place->name,
                   server_signal_client_get_signal (g_ptr_array_index (clients, k), place->name));
    }
  say ("stated %u", n_running);
}

static gboolean
turn_cb (gpointer user_data)
{
  if (!is_going)
    return G_SOURCE_CONTINUE;

  n_turns++;
  if (g_str_equal (role, "clients") && n_turns % 5 == 0)
    move_client (g_ptr_array_index (clients, (guint) g_random_int_range (0, (int) clients->len)));
  for (guint i = 0; i < places->len; i++)
    {
      Place *place = g_ptr_array_index (places, i);

      if (g_str_equal (role, "own"))
        write_signal (place);
      else if (g_str_equal (role, "update"))
        update (place);
    }

  return G_SOURCE_CONTINUE;
}

static void
take_line (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  if (g_str_equal (words[0], "go"))
    is_going = TRUE;
  else if (g_str_equal (words[0], "hold"))
    is_going = FALSE;
  else if (g_str_equal (words[0], "state"))
    say_states ();
  else if (g_str_equal (words[0], "quit"))
    g_main_loop_quit (loop);
  else if (g_str_equal (words[0], "ports"))
    {
      g_array_set_size (ports, 0);
      for (guint i = 1; words[i] != NULL; i++)
        {
          guint port = (guint) atoi (words[i]);

          g_array_append_val (ports, port);
        }
      for (guint i = 0; i < clients->len; i++)
        move_client (g_ptr_array_index (clients, i));
    }
}

static void
line_cb (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autofree char *line =
    g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (object), result, NULL, NULL);

  if (line == NULL)
    {
      g_main_loop_quit (loop);
      return;
    }

  take_line (line);
  g_data_input_stream_read_line_async (G_DATA_INPUT_STREAM (object), G_PRIORITY_DEFAULT, NULL,
                                       line_cb, NULL);
}

static void
place_free (gpointer data)
{
  Place *place = data;

  g_clear_object (&place->published);
  g_clear_object (&place->signal);
  g_free (place->name);
  g_free (place);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (0, FALSE);
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (input);
  g_autoptr (GError) error = NULL;

  if (argc < 4)
    {
      fprintf (stderr, "usage: %s own|update|hub|clients URI NAME…\n", argv[0]);
      return 2;
    }

  role = argv[1];
  loop = g_main_loop_new (NULL, FALSE);
  places = g_ptr_array_new_with_free_func (place_free);
  clients = g_ptr_array_new_with_free_func (g_object_unref);
  ports = g_array_new (FALSE, FALSE, sizeof (guint));
  for (int i = 3; i < argc; i++)
    {
      Place *place = g_new0 (Place, 1);

      place->name = g_strdup (argv[i]);
      g_ptr_array_add (places, place);
    }

  if (g_str_equal (role, "clients"))
    {
      make_clients ((guint) atoi (argv[2]));
    }
  else
    {
      store = server_signal_redis_new (argv[2], &error);
      if (store == NULL)
        g_error ("%s", error->message);
      server_signal_store_set_lease (store, 800);
      g_signal_connect (store, "lost", G_CALLBACK (lost_cb), NULL);
    }

  if (g_str_equal (role, "hub"))
    {
      g_autoptr (GUri) uri = NULL;
      g_autofree char *text = NULL;

      hub = server_signal_hub_new ();
      for (guint i = 0; i < places->len; i++)
        {
          Place *place = g_ptr_array_index (places, i);

          place->signal = server_signal_store_get_signal (store, place->name);
          server_signal_hub_add (hub, place->signal, NULL);
        }
      if (!server_signal_hub_listen (hub, NULL, 0, &error))
        g_error ("%s", error->message);
      text = server_signal_hub_dup_uri (hub);
      uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
      say ("port %d", g_uri_get_port (uri));
    }

  g_data_input_stream_read_line_async (lines, G_PRIORITY_DEFAULT, NULL, line_cb, NULL);
  g_timeout_add (TURN_MS, turn_cb, NULL);
  g_main_loop_run (loop);

  g_clear_object (&hub);
  g_ptr_array_unref (places);
  g_ptr_array_unref (clients);
  g_array_unref (ports);
  g_clear_object (&store);
  g_main_loop_unref (loop);

  return 0;
}
